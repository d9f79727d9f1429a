/* obligation.c - What an output owes the intent, and whether an artifact keeps it. */
#include "backends/obligation.h"

#include <string.h>

#include "rules/base/arena.h"

/* The packets of one flow to some of its addresses: who, where to, what. */
static struct match flow_match(const struct flow *flow, const struct addr_set *to,
			       struct arena *arena)
{
	const struct flow_client *client = flow->client;
	struct ranges families = {0};
	struct match match = {0};

	match_addrs(&match, FIELD_DESTINATION, to, arena);
	if (!client->any_address)
		match_addrs(&match, FIELD_SOURCE, &client->addresses, arena);
	for (unsigned family = 0; family < FAMILY_COUNT; family++)
		if (client->families & flow->families & 1u << family)
			ranges_add(&families, (struct range){family, family}, arena);
	ranges_normalize(&families);
	match_numbers(&match, FIELD_FAMILY, &families, arena);
	if (flow->protocol != PROTOCOL_ANY)
		match_number(&match, FIELD_PROTOCOL, flow->protocol, flow->protocol,
			     arena);
	if (flow->ports.count)
		match_numbers(&match, FIELD_DESTINATION_PORT, &flow->ports, arena);
	return match;
}

/* The flows of a question while they are gathered. */
struct gathering {
	struct arena *arena;
	struct labelled_match *flows;
	size_t count, capacity;
};

static void add_flow(struct gathering *gathering, const struct flow *flow,
		     const struct addr_set *to)
{
	struct labelled_match *added = arena_push(gathering->arena, gathering->flows,
						  gathering->count, gathering->capacity);

	added->id = flow->group;
	added->match = flow_match(flow, to, gathering->arena);
}

/* A row for each address range that the client can reach. */
static void add_rows(struct gathering *gathering, const struct flow *flow,
		     struct obligation_detail *detail)
{
	for (unsigned family = 0; family < FAMILY_COUNT; family++) {
		const struct ranges *ranges = &flow->addresses.of[family];

		if (!(flow->families & flow->client->families & 1u << family))
			continue;
		for (size_t i = 0; i < ranges->count; i++) {
			struct addr_set to = {0};
			struct obligation_flow *row =
				arena_push(gathering->arena, detail->flows,
					   detail->flow_count, detail->flow_capacity);

			ranges_add(&to.of[family], ranges->at[i], gathering->arena);
			*row = (struct obligation_flow){flow, (enum family)family,
							ranges->at[i]};
			add_flow(gathering, flow, &to);
		}
	}
}

/* One of the protocols and ports that the flows name. */
static struct match intent_ports(const struct backend_job *job, struct arena *arena)
{
	struct match match = {0};
	struct term *term = match_add(&match, TERM_CHOICE, arena);

	for (size_t i = 0; i < job->intent->flow_count; i++) {
		const struct flow *flow = job->intent->flows[i];
		struct match *choice;

		if (!backend_governs(job, flow) || flow->path != CLIENT_DIRECT ||
		    flow->protocol == PROTOCOL_ANY)
			continue;
		choice = arena_push(arena, term->choices.at, term->choices.count,
				    term->choices.capacity);
		match_number(choice, FIELD_PROTOCOL, flow->protocol, flow->protocol,
			     arena);
		if (flow->ports.count)
			match_numbers(choice, FIELD_DESTINATION_PORT, &flow->ports,
				      arena);
	}
	return match;
}

int obligation_prove(const struct backend_job *job, const struct backend_scope *scope,
		     const struct ruleset *rules, struct obligation_detail *detail,
		     struct arena *arena, struct proof *ret_proof, struct diag *diag)
{
	const struct intent *intent = job->intent;
	const char *mark = backend_setting(job, "mark");
	struct gathering gathering = {.arena = arena};
	/* Our own text that has nothing on the hook admits and refuses nothing there. */
	const struct path nothing = {.name = scope->path};
	struct match beyond;
	struct proof_question question = {
		.rules = rules,
		.path = ruleset_find_path(rules, scope->path),
		.universe = &scope->universe,
		.governed = &scope->governed,
		.spared = scope->spares ? &scope->spared : NULL,
		.base = scope->base,
		.base_count = scope->base_count,
		.deny = job->deny,
		.trace = !detail,
		.detail = detail != NULL,
		.ways = scope->ways,
		.marks = mark != NULL,
		.mark = mark ? backend_number(mark) : 0,
	};

	if (!question.path && detail)
		return diag_report(diag, DIAG_NO_PATH, SPAN_NONE,
				   "nothing of the rule set is on hook '%s', where "
				   "output "
				   "'%s' needs its rules",
				   scope->path, job->name);
	if (!question.path)
		question.path = &nothing;
	for (size_t i = 0; i < intent->flow_count; i++) {
		const struct flow *flow = intent->flows[i];

		if (!backend_governs(job, flow) || flow->path != CLIENT_DIRECT)
			continue;
		if (detail)
			add_rows(&gathering, flow, detail);
		else
			add_flow(&gathering, flow, &flow->addresses);
	}
	question.flows = gathering.flows;
	question.flow_count = gathering.count;
	if (detail && detail->intent_ports) {
		beyond = intent_ports(job, arena);
		question.beyond = &beyond;
	}
	return prove(&question, arena, ret_proof, diag);
}

/* What went wrong, in words; @may: for some values of unknowns only. */
static const char *fault_text(enum proof_fault fault, bool may)
{
	switch (fault) {
	case PROOF_NARROWER:
		return may ? "may refuse what the spec asks for"
			   : "refuses what the spec asks for";
	case PROOF_WIDER:
		return may ? "may admit what nothing in the spec asks for"
			   : "admits what nothing in the spec asks for";
	case PROOF_BASE:
		return may ? "may refuse what must always be admitted"
			   : "refuses what must always be admitted";
	case PROOF_WRONG_FLOW:
		return "admits a flow by a rule that is not the flow's";
	case PROOF_FLOW_MISSING:
		return "has no rule for a flow";
	case PROOF_NOT_LEFT:
		return may ? "may decide packets that it should leave alone"
			   : "decides packets that it should leave alone";
	case PROOF_UNMARKED:
		return may ? "may not mark what the spec asks for"
			   : "does not mark what the spec asks for";
	case PROOF_MARKED:
		return may ? "may mark what nothing in the spec asks for"
			   : "marks what nothing in the spec asks for";
	case PROOF_ALTERED:
		return "changes packets before or after they are decided";
	}
	BUG("proof fault %d", (int)fault);
}

static void note_decider(const struct proof_finding *finding, struct diag *diag)
{
	const char *name = finding->rule ? finding->rule->name : NULL;

	for (size_t i = 0; i < finding->unknown_count; i++)
		diag_note(diag, SPAN_NONE, "it depends on what cannot be modelled: %s",
			  finding->unknowns[i]);
	if (finding->unknown_count)
		return;
	if (finding->fault == PROOF_ALTERED && finding->rule)
		diag_note(diag, finding->rule->at, "by this rule: %s",
			  finding->rule->alters);
	else if (finding->rule && finding->rule->blurs)
		diag_note(diag, finding->rule->at,
			  "this rule sets a mark that is not known");
	else if (finding->rule)
		diag_note(diag, finding->rule->at, "decided by this rule%s%s%s: %s",
			  name ? " '" : "", name ? name : "", name ? "'" : "",
			  verdict_name(finding->verdict));
	else
		diag_note(diag, SPAN_NONE, "%s", verdict_by_default(finding->verdict));
}

/* The place in the spec of the flow that a finding is about. */
static struct span finding_place(const struct backend_job *job,
				 const struct proof_finding *finding)
{
	for (size_t i = 0; finding->flow && i < job->intent->flow_count; i++)
		if (strcmp(job->intent->flows[i]->group, finding->flow) == 0)
			return job->intent->flows[i]->at;
	return job->at;
}

int obligation_report(const struct backend_job *job, const struct proof *proof,
		      const char *source_name, struct diag *diag)
{
	char count[COUNT_TEXT_MAX];

	for (size_t i = 0; i < proof->finding_count; i++) {
		const struct proof_finding *finding = &proof->findings[i];

		diag_report(diag, DIAG_PROOF_FAILED, finding_place(job, finding),
			    "'%s' %s%s%s%s", source_name,
			    fault_text(finding->fault, finding->unknown_count > 0),
			    finding->flow ? " ('" : "",
			    finding->flow ? finding->flow : "",
			    finding->flow ? "')" : "");
		if (finding->has_witness) {
			CLEANUP(strbuf_release) struct strbuf packet = {0};

			packet_format(&finding->witness, &packet);
			diag_witness(diag, "%s", strbuf_text(&packet));
			note_decider(finding, diag);
		}
		if (finding->fault == PROOF_WIDER)
			diag_note(diag, SPAN_NONE,
				  "such packets have %s destination "
				  "addresses in all",
				  count_format(&finding->destinations, count));
	}
	return proof->finding_count ? -1 : 0;
}
