/* endpoints_list.h - The listing of an intent: who needs what, and why. */
#ifndef COMPILER_ENDPOINTS_LIST_H
#define COMPILER_ENDPOINTS_LIST_H

#include "rules/intent.h"

struct strbuf;

/**
 * endpoints_list_text() - A table for people: client, endpoint, service, reason, binding
 *
 * Control characters of the spec's texts are printed as "?".
 */
void endpoints_list_text(const struct intent *intent, struct strbuf *out);

/**
 * endpoints_list_json() - {"version": 1, "flows": [...]}, in the order of the intent
 *
 * A flow has "id", "group", "client", "path" ("direct" or "proxy"), "endpoint" (a host
 * name or null), "protocol", "ports", "reason", "service_tags", "regional_tags", "view",
 * "bound_by" (null: not bound) and "addresses".
 */
void endpoints_list_json(const struct intent *intent, struct strbuf *out);

#endif
