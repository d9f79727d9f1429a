/* flow_names.h - The flows of an intent in the order of their names. */
#ifndef COMPILER_FLOW_NAMES_H
#define COMPILER_FLOW_NAMES_H

#include <stdbool.h>
#include <stddef.h>

#include "rules/intent.h"

struct arena;

/**
 * flow_names() - The flows that have a name, sorted by view and name
 *
 * Flows of one name keep the order that they have in the intent.
 */
struct flow **flow_names(const struct intent *intent, struct arena *arena,
			 size_t *ret_count);

/** flow_names_equal() - Are both about the same name in the same view? */
bool flow_names_equal(const struct flow *a, const struct flow *b);

/** flow_names_find() - A flow with this view and name in a list of flow_names(), or NULL
 */
const struct flow *flow_names_find(struct flow *const *flows, size_t count,
				   const char *view, const char *name);

#endif
