/* legalize.h - From the bound intent to rules that a target can say. */
#ifndef BACKENDS_LEGALIZE_H
#define BACKENDS_LEGALIZE_H

#include "backends/backend.h"

/**
 * DOC: Legal rules
 *
 * This is the one place that knows what targets cannot say.  It reads the capabilities
 * and limits of the job's back end and makes a rule set with one path, whose stages the
 * scope names:
 *
 *	deny	the base, rules for each group of flows, a log rule if asked for, a
 *refusal of whatever is governed and left (where the target has one to say)
 *	keep	rules for each group of flows
 *
 * A group is flows of one client, purpose, protocol and port.  It has one rule, or one a
 * family, service tag or host name where the target takes no more than that in a rule.
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

/**
 * struct legal - Rules that the target can say
 * @coverage_not_shown: service tags stand for addresses, and no tag file says whether
 *		they hold them
 */
struct legal {
	struct ruleset *rules;
	struct not_covered *not_covered;
	size_t not_covered_count, not_covered_capacity;
	bool coverage_not_shown;
};

/** backend_legalize() - Return: 0, or -1 with the reasons in @diag */
int backend_legalize(const struct backend_job *job, const struct backend_scope *scope,
		     struct arena *arena, struct legal *ret_legal, struct diag *diag);

#endif
