/* obligation.h - What an output owes the intent, and whether an artifact keeps it. */
#ifndef BACKENDS_OBLIGATION_H
#define BACKENDS_OBLIGATION_H

#include "backends/backend.h"
#include "rules/proof.h"

/**
 * DOC: Obligations
 *
 * The obligation of a job is built flow by flow from the bound intent, never from legal
 * rules, so that a fault in legalize.c, in an emitter or in an importer shows as a
 * difference.
 */

/**
 * struct obligation_flow - What one row of a detailed proof is about
 * @has_range:	@flow to the addresses @range of @family; else wherever its name leads, or
 *		to the addresses of service tag @tag
 */
struct obligation_flow {
	const struct flow *flow;
	bool has_range;
	enum family family;
	struct range range;
	const char *tag;
};

/**
 * struct obligation_detail - What verify asks for beyond an answer
 * @intent_ports: look for too much only at the protocols and ports of the flows
 * @flows:	set by obligation_prove(): what each row of the proof is about
 */
struct obligation_detail {
	bool intent_ports;
	struct obligation_flow *flows;
	size_t flow_count, flow_capacity;
};

/**
 * obligation_question() - What obligation_prove() asks, for who wants to ask others
 * @rules:	as imported; the question points into it, and into @job and @scope
 *
 * Return: 0, or -1 where the rule set has no path that the target's rules are on
 */
int obligation_question(const struct backend_job *job, const struct backend_scope *scope,
			const struct ruleset *rules, struct obligation_detail *detail,
			struct arena *arena, struct proof_question *ret_question,
			struct diag *diag);

/**
 * obligation_prove() - Decide whether @rules, as imported, keep the obligation of @job
 * @detail:	NULL for a text of our own: then rules must carry the flows' ids, and what
 *		is not ours must be left undecided.  Else somebody else's: only what is
 *		admitted counts, and each flow is told about.
 *
 * Return: 0 and the proof, whichever way it went; -1 when it could not be decided or the
 * rule set has no path that the target's rules are on
 */
int obligation_prove(const struct backend_job *job, const struct backend_scope *scope,
		     const struct ruleset *rules, struct obligation_detail *detail,
		     struct arena *arena, struct proof *ret_proof, struct diag *diag);

/**
 * obligation_report() - Report every finding of a proof that does not hold
 * @source_name: what the artifact is called in messages
 *
 * Return: 0 when it holds, else -1 with proof-failed and a witness for each finding
 */
int obligation_report(const struct backend_job *job, const struct proof *proof,
		      const char *source_name, struct diag *diag);

#endif
