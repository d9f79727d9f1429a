/* tags_list.h - Printing service tags. */
#ifndef COMPILER_TAGS_LIST_H
#define COMPILER_TAGS_LIST_H

#include "backends/json.h"
#include "compiler/service_tags.h"
#include "rules/base/strbuf.h"

/** tags_list_text() - A line a tag: prefixes as listed, addresses covered, a family */
void tags_list_text(const struct service_tags *tags, struct strbuf *out);
void tags_list_json(const struct service_tags *tags, struct strbuf *out);

/** tag_text() - The fewest prefixes that cover a tag, a line each */
void tag_text(const struct service_tag *tag, struct strbuf *out);
void tag_json(const struct service_tags *tags, const struct service_tag *tag,
	      struct strbuf *out);

/** put_prefixes() - The fewest prefixes of a set, a line each behind @before */
void put_prefixes(const struct addr_set *set, const char *before, struct strbuf *out);

/** json_prefixes() - The same as a list below a key */
void json_prefixes(struct json_writer *json, const char *key, const struct addr_set *set);

/** json_tags_head() - Keys "cloud" and "change_number" of the object that is open */
void json_tags_head(struct json_writer *json, const struct service_tags *tags);

#endif
