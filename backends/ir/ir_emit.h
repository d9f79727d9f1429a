/* ir_emit.h - Writing rules and intent as JSON; of the back end's constant only. */
#ifndef BACKENDS_IR_IR_EMIT_H
#define BACKENDS_IR_IR_EMIT_H

#include "backends/backend.h"
#include "backends/json.h"

/** ir_emit() - Write a legal rule set and its intent as one document, "ir.json" */
int ir_emit(const struct ruleset *rules, const struct backend_job *job,
	    struct arena *arena, struct artifact_list *artifacts, struct diag *diag);

/** ir_put_intent() - The keys "clients" and "flows" */
void ir_put_intent(struct json_writer *json, const struct backend_job *job);

/** ir_put_prefixes() - @key and the fewest prefixes that are a set */
void ir_put_prefixes(struct json_writer *json, const char *key,
		     const struct addr_set *addrs);

/** ir_put_ranges() - @key and pairs of first and last */
void ir_put_ranges(struct json_writer *json, const char *key,
		   const struct ranges *ranges);

#endif
