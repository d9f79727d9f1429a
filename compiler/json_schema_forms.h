/* json_schema_forms.h - Parts of the JSON Schema; only json_schema*.c include it. */
#ifndef COMPILER_JSON_SCHEMA_FORMS_H
#define COMPILER_JSON_SCHEMA_FORMS_H

#include "backends/json.h"

/** json_schema_define() - Begin "$defs" entry @prefix@name; blanks become dashes */
void json_schema_define(struct json_writer *json, const char *prefix, const char *name);

/** json_schema_ref() - "$ref" to such an entry */
void json_schema_ref(struct json_writer *json, const char *prefix, const char *name);

/* Keywords for one value. */
void json_schema_text(struct json_writer *json, const char *pattern, unsigned longest);
void json_schema_number(struct json_writer *json, uint64_t first, uint64_t last,
			const char *pattern);
void json_schema_words(struct json_writer *json, const char *const *words);

/** json_schema_forms() - Define name, region, address, prefix, port, protocol and so on
 */
void json_schema_forms(struct json_writer *json);

#endif
