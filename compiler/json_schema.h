/* json_schema.h - The spec as a JSON Schema (2020-12), made from the tables. */
#ifndef COMPILER_JSON_SCHEMA_H
#define COMPILER_JSON_SCHEMA_H

#include "rules/base/strbuf.h"

/**
 * json_schema() - What editors and pipelines can check without postern
 *
 * It refuses whatever one value can show to be wrong: keys, words, forms, bounds, and
 * what must or must not stand beside it in its mapping.  It cannot see what two parts say
 * about each other (names that refer to nothing, addresses outside their subnet).  It is
 * stricter than parse.c in one thing: where a text is meant, a JSON number or a YAML
 * boolean is refused (name: 12345), since other readers disagree about its spelling.
 */
void json_schema(struct strbuf *out);

#endif
