/* legalize.h - From the bound intent to rules that a target can say. */
#ifndef BACKENDS_LEGALIZE_H
#define BACKENDS_LEGALIZE_H

#include "backends/backend.h"

/**
 * DOC: Legal rules
 *
 * This is the one place that knows what targets cannot say.  It reads the capabilities
 *and limits of the job's back end and makes a rule set with one path and one chain:
 *
 *	deny	the base, one rule a group of flows, a log rule if asked for, a refusal of
 *		whatever is governed and left
 *	keep	one rule a group of flows
 *
 * Sets of clients have labels "c_<client>", of destinations "e_<set>", of all governed
 * clients "clients".  Equal labels mean equal sets.  What the target cannot say is an
 * error; nothing is widened or left out in silence.
 */

/** struct not_covered - A flow that is not this target's business, and why */
struct not_covered {
	const struct flow *flow;
	const char *reason;
};

struct legal {
	struct ruleset *rules;
	struct not_covered *not_covered;
	size_t not_covered_count, not_covered_capacity;
};

/** backend_legalize() - Return: 0, or -1 with the reasons in @diag */
int backend_legalize(const struct backend_job *job, const struct backend_scope *scope,
		     struct arena *arena, struct legal *ret_legal, struct diag *diag);

#endif
