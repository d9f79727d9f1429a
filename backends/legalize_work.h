/* legalize_work.h - Inside legalize*.c only: the work on one job. */
#ifndef BACKENDS_LEGALIZE_WORK_H
#define BACKENDS_LEGALIZE_WORK_H

#include "backends/legalize.h"
#include "rules/base/textmap.h"

/** struct unbound_name - A name that the target needs an address of */
struct unbound_name {
	const struct flow *flow;
	size_t clients; /* how many need it */
};

/**
 * struct work - What the steps share
 * @sets:	the sets that have a label, @labels the same by label
 * @unbound:	names without an address, each once; @unbound_keys the same by view and
 * name
 */
struct work {
	const struct backend_job *job;
	const struct backend_scope *scope;
	struct arena *arena;
	struct diag *diag;
	struct legal *legal;
	struct labelled_set **sets;
	size_t set_count, set_capacity;
	struct textmap labels;
	struct unbound_name **unbound;
	size_t unbound_count, unbound_capacity;
	struct textmap unbound_keys;
};

/** legal_has_cap() - Has the job's target the capability? */
static inline bool legal_has_cap(const struct work *work, uint32_t cap)
{
	return work->job->backend->caps & cap;
}

/** legal_is_covered() - Is the flow this target's business?  What is not is noted. */
bool legal_is_covered(struct work *work, const struct flow *flow);

/** legal_chain() - Where rules go: of the first stage, or @named, of that for names */
struct chain *legal_chain(struct work *work, bool named);

/** legal_add_answers() - Rules of a resolver: what it owes for each name, once
 *
 * Return: 0, or -1 with the reasons in the diagnostics
 */
int legal_add_answers(struct work *work);

/** legal_report_unsaid() - Say why the target cannot say a flow; always -1
 *
 * Names without an address are only noted: legal_report_unbound() tells of them.
 */
int legal_report_unsaid(struct work *work, const struct flow *flow);

/** legal_report_unbound() - Report each noted name once */
void legal_report_unbound(struct work *work);

/** legal_check_tags() - 0 when the flow's tags hold its addresses, as far as is known */
int legal_check_tags(struct work *work, const struct flow *flow);

#endif
