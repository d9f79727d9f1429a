/* obligation.c - What an output owes the intent, and whether an artifact keeps it. */
#include "backends/obligation.h"

#include <string.h>

#include "backends/answer.h"
#include "backends/followed_sets.h"
#include "rules/base/arena.h"
#include "rules/base/textmap.h"

/* The flows of a question while they are gathered. */
struct gathering {
	const struct backend_job *job;
	struct arena *arena;
	struct obligation_detail *detail; /* NULL: the text is ours */
	struct labelled_match *flows;
	size_t count, capacity;
	bool *stand_ins; /* one a flow, made when the first is needed */
	size_t stand_in_count, stand_in_capacity;
	struct proof_room *rooms;
	size_t room_count, room_capacity;
	struct textmap leads; /* flows by the name of what they are owed */
};

/* The packets of one flow, wherever they go: from whom, of which families, what. */
static struct match flow_packets(const struct flow *flow, unsigned families,
				 struct arena *arena)
{
	const struct flow_client *client = flow->client;
	struct ranges of = {0};
	struct match match = {0};

	if (!client->any_address)
		match_addrs(&match, FIELD_SOURCE, &client->addresses, arena);
	for (unsigned family = 0; family < FAMILY_COUNT; family++)
		if (families & 1u << family)
			ranges_add(&of, (struct range){family, family}, arena);
	ranges_normalize(&of);
	match_numbers(&match, FIELD_FAMILY, &of, arena);
	if (flow->protocol != PROTOCOL_ANY)
		match_number(&match, FIELD_PROTOCOL, flow->protocol, flow->protocol,
			     arena);
	if (flow->ports.count)
		match_numbers(&match, FIELD_DESTINATION_PORT, &flow->ports, arena);
	return match;
}

/* The requests of one flow for its host name, wherever that leads. */
static struct match flow_requests(const struct gathering *gathering,
				  const struct flow *flow, unsigned families)
{
	struct match match = flow_packets(flow, families, gathering->arena);

	match_name(&match, name_pattern_parse(flow->name), false, gathering->arena);
	gathering->job->backend->request(gathering->job, flow, &match, gathering->arena);
	return match;
}

static struct labelled_match *add_flow(struct gathering *gathering,
				       const struct flow *flow, const struct match *match)
{
	struct labelled_match *added = arena_push(gathering->arena, gathering->flows,
						  gathering->count, gathering->capacity);

	*added = (struct labelled_match){flow->group, *match, flow->at};
	return added;
}

static void add_room(struct gathering *gathering, const struct flow *flow,
		     const struct match *match, bool counted)
{
	*arena_push(gathering->arena, gathering->rooms, gathering->room_count,
		    gathering->room_capacity) =
		(struct proof_room){*match, flow->group, counted};
}

/* Say of the flows that nothing was said of whether tags stand for their names: none, but
 * for the last one, which @last tells. */
static void set_stand_ins(struct gathering *gathering, bool last)
{
	while (gathering->stand_in_count < gathering->count) {
		bool *next = arena_push(gathering->arena, gathering->stand_ins,
					gathering->stand_in_count,
					gathering->stand_in_capacity);

		*next = last && gathering->stand_in_count == gathering->count;
	}
}

static struct obligation_flow *add_row(struct gathering *gathering,
				       const struct flow *flow)
{
	struct obligation_detail *detail = gathering->detail;
	struct obligation_flow *row =
		arena_push(gathering->arena, detail->flows, detail->flow_count,
			   detail->flow_capacity);

	*row = (struct obligation_flow){.flow = flow};
	return row;
}

/* @packets of a flow to @to; for somebody else's text a row for each address range. */
static void add_to_addresses(struct gathering *gathering, const struct flow *flow,
			     const struct match *packets, const struct addr_set *to)
{
	struct arena *arena = gathering->arena;

	if (!gathering->detail) {
		match_addrs(&add_flow(gathering, flow, packets)->match, FIELD_DESTINATION,
			    to, arena);
		return;
	}
	for (unsigned family = 0; family < FAMILY_COUNT; family++) {
		const struct ranges *ranges = &to->of[family];

		if (!(flow_families(flow) & 1u << family))
			continue;
		for (size_t i = 0; i < ranges->count; i++) {
			struct obligation_flow *row = add_row(gathering, flow);
			struct addr_set one = {0};
			struct match match = {0};

			row->has_range = true;
			row->family = (enum family)family;
			row->range = ranges->at[i];
			ranges_add(&one.of[family], ranges->at[i], arena);
			for (size_t j = 0; j < packets->count; j++)
				*match_add(&match, packets->terms[j].kind, arena) =
					packets->terms[j];
			match_addrs(&match, FIELD_DESTINATION, &one, arena);
			add_flow(gathering, flow, &match);
		}
	}
}

/* A copy that can be added to without touching @match. */
static struct match match_copy(const struct match *match, struct arena *arena)
{
	struct match copy = {0};

	for (size_t i = 0; i < match->count; i++)
		*match_add(&copy, match->terms[i].kind, arena) = match->terms[i];
	return copy;
}

/* The flow's packets to each of its tags: the room that they give, or, with @as_flow,
 * what is asked for. */
static void add_tags(struct gathering *gathering, const struct flow *flow, bool as_flow)
{
	struct match packets = flow_packets(flow, flow_families(flow), gathering->arena);

	for (size_t i = 0; i < flow->tag_count; i++) {
		struct match match = match_copy(&packets, gathering->arena);

		match_tag(&match, FIELD_DESTINATION, flow->tags[i].name,
			  flow->tags[i].addresses, gathering->arena);
		if (!as_flow) {
			add_room(gathering, flow, &match, true);
			continue;
		}
		add_flow(gathering, flow, &match);
		if (flow->name)
			set_stand_ins(gathering, true);
		if (gathering->detail)
			add_row(gathering, flow)->tag = flow->tags[i].name;
	}
}

/*
 * A proxy goes where a name leads in a family of its own choice.  So it is asked for a
 * name also in those families of a client in which the name is bound to nothing.
 */
static void add_other_families(struct gathering *gathering, const struct flow *flow,
			       const struct addr_set *to)
{
	unsigned families = 0;
	struct match requests;

	for (unsigned family = 0; family < FAMILY_COUNT; family++)
		if (flow->client->families & 1u << family && !to->of[family].count)
			families |= 1u << family;
	if (!families || gathering->job->backend->kind != BACKEND_KIND_PROXY)
		return;
	requests = flow_requests(gathering, flow, families);
	add_flow(gathering, flow, &requests);
	if (gathering->detail)
		add_row(gathering, flow);
}

/* A name leads where it leads: only where the flow is bound it must be admitted. */
static void add_named(struct gathering *gathering, const struct flow *flow)
{
	struct match requests = flow_requests(gathering, flow, flow->client->families);
	struct match anywhere = match_copy(&requests, gathering->arena);
	struct addr_set to = addr_set_of(&flow->addresses, flow->client->families);

	add_room(gathering, flow, &anywhere, false);
	if (flow->bound && !addr_set_is_empty(&to)) {
		add_to_addresses(gathering, flow, &requests, &to);
		add_other_families(gathering, flow, &to);
		return;
	}
	add_flow(gathering, flow, &requests);
	if (gathering->detail)
		add_row(gathering, flow);
}

/*
 * A set that others fill: wherever the name leads, whatever that is, among the addresses
 * that a public name can have.  What is known to be in the set are answers that were
 * checked: these it may hold besides.
 */
static void add_followed(struct gathering *gathering, const struct flow *flow)
{
	struct arena *arena = gathering->arena;
	struct match packets = flow_packets(flow, flow_families(flow), arena);
	struct match checked = match_copy(&packets, arena);
	struct addr_set bounds = addr_set_public(flow_families(flow), arena);
	struct addr_set answers = addr_set_union(&flow->addresses, &flow->lately, arena);

	match_addrs(&packets, FIELD_DESTINATION, &bounds, arena);
	followed_match(gathering->job, flow, &packets, arena);
	add_flow(gathering, flow, &packets);
	if (gathering->detail)
		add_row(gathering, flow);
	if (followed_by_resolver(gathering->job) || addr_set_is_empty(&answers))
		return;
	match_addrs(&checked, FIELD_DESTINATION, &answers, arena);
	add_room(gathering, flow, &checked, false);
}

static void add_host(struct gathering *gathering, const struct flow *flow)
{
	struct match packets = flow_packets(flow, flow_families(flow), gathering->arena);

	if (flow->bound) {
		add_to_addresses(gathering, flow, &packets, &flow->addresses);
		return;
	}
	match_resolved(&packets, FIELD_DESTINATION, flow->name, NULL, gathering->arena);
	add_flow(gathering, flow, &packets);
	if (gathering->detail)
		add_row(gathering, flow);
}

/* One line says the sets of a name, of both families: it is that of the first flow which
 * asks for any of them. */
static const struct flow *lead_of(struct gathering *gathering, const char *name,
				  const struct flow *flow)
{
	struct flow *lead = textmap_get(&gathering->leads, name);

	if (lead)
		return lead;
	lead = arena_make(gathering->arena, struct flow);
	*lead = *flow;
	textmap_put(&gathering->leads, name, lead, gathering->arena);
	return flow;
}

/* Addresses of a family that the name is answered with enter a set. */
static void add_filled(struct gathering *gathering, const struct flow *flow,
		       const struct match *asked, enum family family, const char *set)
{
	struct match match = match_copy(asked, gathering->arena);

	answer_match_fills(&match, family, set, gathering->arena);
	add_flow(gathering, flow, &match);
	if (gathering->detail)
		add_row(gathering, flow);
}

/* An answer depends on the name alone: who asks, and what for, no resolver knows. */
static void add_answer(struct gathering *gathering, const struct flow *flow)
{
	struct backend_answer answer = {0};
	struct match asked = {0};

	gathering->job->backend->answer(gathering->job, flow, gathering->arena, &answer);
	match_name(&asked, name_pattern_parse(answer.name), false, gathering->arena);
	for (unsigned family = 0; family < FAMILY_COUNT; family++)
		if (answer.fills[family])
			add_filled(gathering, lead_of(gathering, answer.name, flow),
				   &asked, (enum family)family, answer.fills[family]);
	if (addr_set_is_empty(&answer.to))
		return;
	match_addrs(&asked, FIELD_DESTINATION, &answer.to, gathering->arena);
	if (answer.port)
		match_number(&asked, FIELD_DESTINATION_PORT, answer.port, answer.port,
			     gathering->arena);
	add_flow(gathering, flow, &asked);
	if (gathering->detail)
		add_row(gathering, flow);
}

/* What one flow asks for, in the form that the target has for it, and its room. */
static void gather_flow(struct gathering *gathering, const struct flow *flow)
{
	struct match packets;

	switch (backend_form(gathering->job, flow)) {
	case FLOW_BY_NAME:
		add_named(gathering, flow);
		return;
	case FLOW_BY_ANSWER:
		add_answer(gathering, flow);
		return;
	case FLOW_BY_HOST:
		if (followed_job(gathering->job)) {
			add_followed(gathering, flow);
			return;
		}
		add_host(gathering, flow);
		break;
	case FLOW_BY_TAGS:
		if (!flow->bound || !flow_tags_known(flow)) {
			add_tags(gathering, flow, true);
			break;
		}
		packets = flow_packets(flow, flow_families(flow), gathering->arena);
		add_to_addresses(gathering, flow, &packets, &flow->addresses);
		break;
	case FLOW_BY_ADDRESSES:
	case FLOW_UNSAID: /* verify: somebody else's text may say it by address */
		packets = flow_packets(flow, flow_families(flow), gathering->arena);
		add_to_addresses(gathering, flow, &packets, &flow->addresses);
		break;
	}
	if (gathering->job->accepts_tags)
		add_tags(gathering, flow, false);
}

/* One of the protocols and ports that the flows name. */
static struct match intent_ports(const struct backend_job *job, struct arena *arena)
{
	struct match match = {0};
	struct term *term = match_add(&match, TERM_CHOICE, arena);

	for (size_t i = 0; i < job->intent->flow_count; i++) {
		const struct flow *flow = job->intent->flows[i];
		struct match *choice;

		if (!backend_covers(job, flow) || flow->protocol == PROTOCOL_ANY)
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

/* Our own text that has nothing on the hook admits and refuses nothing there. */
static const struct path *path_of(const struct backend_scope *scope,
				  const struct ruleset *rules, bool ours,
				  struct arena *arena)
{
	const struct path *path = ruleset_find_path(rules, scope->path);
	struct path *nothing;

	if (path || !ours)
		return path;
	nothing = arena_make(arena, struct path);
	nothing->name = scope->path;
	return nothing;
}

/* Has the path a stage for names alone, behind others? */
static bool has_named_stage(const struct backend_scope *scope)
{
	for (size_t i = 1; i < scope->stage_count; i++)
		if (scope->stages[i].named)
			return true;
	return false;
}

/* Everything of the question that the flows make.  Where names have a stage of their own,
 * whatever packets match in the stages before is decided there, name or not: the flows
 * of those come first. */
static void ask_for_flows(struct gathering *gathering, const struct backend_scope *scope,
			  struct proof_question *question)
{
	const struct intent *intent = gathering->job->intent;
	bool apart = has_named_stage(scope);

	for (unsigned named = 0; named < (apart ? 2u : 1u); named++) {
		for (size_t i = 0; i < intent->flow_count; i++) {
			const struct flow *flow = intent->flows[i];

			if (backend_covers(gathering->job, flow) &&
			    (!apart || named == (backend_form(gathering->job, flow) ==
						 FLOW_BY_NAME)))
				gather_flow(gathering, flow);
		}
	}
	if (gathering->stand_in_count)
		set_stand_ins(gathering, false);
	question->flows = gathering->flows;
	question->flow_count = gathering->count;
	question->stand_ins = gathering->stand_ins;
	question->rooms = gathering->rooms;
	question->room_count = gathering->room_count;
}

int obligation_question(const struct backend_job *job, const struct backend_scope *scope,
			const struct ruleset *rules, struct obligation_detail *detail,
			struct arena *arena, struct proof_question *ret_question,
			struct diag *diag)
{
	const char *mark = backend_setting(job, "mark");
	struct gathering gathering = {.job = job, .arena = arena, .detail = detail};
	struct match *beyond;
	struct proof_question question = {
		.rules = rules,
		.path = path_of(scope, rules, !detail, arena),
		.universe = &scope->universe,
		.governed = &scope->governed,
		.spared = scope->spares ? &scope->spared : NULL,
		.base = scope->base,
		.base_count = scope->base_count,
		.deny = job->deny,
		.trace = !detail,
		.detail = detail != NULL,
		.ways = scope->ways,
		.outside = scope->outside,
		.marks = mark != NULL,
		.mark = mark ? backend_number(mark) : 0,
	};

	if (!question.path)
		return diag_report(diag, DIAG_NO_PATH, SPAN_NONE,
				   "nothing of the rule set is on hook '%s', where "
				   "output "
				   "'%s' needs its rules",
				   scope->path, job->name);
	ask_for_flows(&gathering, scope, &question);
	if (detail && detail->intent_ports) {
		beyond = arena_make(arena, struct match);
		*beyond = intent_ports(job, arena);
		question.beyond = beyond;
	}
	*ret_question = question;
	return 0;
}

int obligation_prove(const struct backend_job *job, const struct backend_scope *scope,
		     const struct ruleset *rules, struct obligation_detail *detail,
		     struct arena *arena, struct proof *ret_proof, struct diag *diag)
{
	struct proof_question question;

	if (obligation_question(job, scope, rules, detail, arena, &question, diag) < 0)
		return -1;
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

/* The same of a resolver, which lets nothing pass. */
static const char *answer_fault_text(enum proof_fault fault, bool may)
{
	switch (fault) {
	case PROOF_NARROWER:
		return may ? "may not give an answer that the spec asks for"
			   : "does not give an answer that the spec asks for";
	case PROOF_WIDER:
		return may ? "may answer what nothing in the spec asks for"
			   : "answers what nothing in the spec asks for";
	case PROOF_WRONG_FLOW:
		return "gives a flow's answer by a record that is not the flow's";
	case PROOF_FLOW_MISSING:
		return "has no record for a flow";
	case PROOF_NOT_LEFT:
		return may ? "may decide names that it should leave alone"
			   : "decides names that it should leave alone";
	case PROOF_BASE:
	case PROOF_UNMARKED:
	case PROOF_MARKED:
	case PROOF_ALTERED:
		break;
	}
	return fault_text(fault, may);
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
		const char *(*text)(enum proof_fault, bool) =
			job->backend->kind == BACKEND_KIND_RESOLVER ? answer_fault_text
								    : fault_text;

		diag_report(diag, DIAG_PROOF_FAILED, finding_place(job, finding),
			    "'%s' %s%s%s%s", source_name,
			    text(finding->fault, finding->unknown_count > 0),
			    finding->flow ? " ('" : "",
			    finding->flow ? finding->flow : "",
			    finding->flow ? "')" : "");
		if (finding->has_witness) {
			CLEANUP(strbuf_release) struct strbuf packet = {0};

			packet_format(&finding->witness, &packet);
			diag_witness(diag, "%s", strbuf_text(&packet));
			note_decider(finding, diag);
		}
		if (finding->fault == PROOF_WIDER &&
		    job->backend->kind != BACKEND_KIND_RESOLVER)
			diag_note(diag, SPAN_NONE,
				  "such packets have %s destination "
				  "addresses in all",
				  count_format(&finding->destinations, count));
	}
	return proof->finding_count ? -1 : 0;
}
