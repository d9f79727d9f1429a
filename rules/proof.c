/* proof.c - Does a rule set say what the intent says, for every packet? */
#include "rules/proof.h"

#include <stdlib.h>
#include <string.h>

#include "rules/base/arena.h"

/* Naming more unknowns than this tells nobody more. */
#define MAX_UNKNOWNS_NAMED 8

/* Everything that the steps of one proof share. */
struct prover {
	const struct proof_question *question;
	struct arena *arena;
	struct diagram *diagram;
	struct decisions *decisions;
	struct proof *proof;
	struct pset universe;
	struct pset governed;
	struct pset base;
	struct pset flows;
	struct pset room;	 /* what may be admitted besides: all of it, */
	struct pset counted;	 /* and what of it counts */
	struct decision by_rule; /* the rule set's decision, for who decides a witness */
	struct decision wanted;	 /* the intent's, by id */
};

static struct space *make_space(const struct proof_question *question,
				struct arena *arena)
{
	struct space *space = space_new(arena);

	space_add_ruleset(space, question->rules);
	space_add_match(space, question->universe);
	space_add_match(space, question->governed);
	if (question->spared)
		space_add_match(space, question->spared);
	for (size_t i = 0; i < question->base_count; i++)
		space_add_match(space, &question->base[i].match);
	for (size_t i = 0; i < question->flow_count; i++)
		space_add_match(space, &question->flows[i].match);
	for (size_t i = 0; i < question->room_count; i++)
		space_add_match(space, &question->rooms[i].match);
	return space;
}

static struct count count_destinations(struct prover *prover, struct pset set)
{
	CLEANUP(arena_cleanup) struct arena *scratch = arena_new();
	struct addr_set addrs = pset_destinations(prover->diagram, set, scratch);

	return count_addresses(&addrs);
}

/* The rule that decides a packet, and what the answer depends on. */
static void explain_witness(struct prover *prover, struct proof_finding *finding)
{
	struct decision left =
		decision_at(prover->diagram, prover->by_rule, &finding->witness);
	const char *names[MAX_UNKNOWNS_NAMED];
	const struct outcome *outcome;
	uint32_t leaf;

	if (!decision_is_leaf(left, &leaf)) {
		size_t count = decision_unknowns(prover->diagram, left, names,
						 MAX_UNKNOWNS_NAMED);

		finding->unknown_count =
			count < MAX_UNKNOWNS_NAMED ? count : MAX_UNKNOWNS_NAMED;
		finding->unknowns =
			arena_grow(prover->arena, names, finding->unknown_count,
				   finding->unknown_count, sizeof(*names));
		return;
	}
	outcome = decisions_outcome(prover->decisions, leaf);
	finding->verdict = outcome->verdict;
	finding->rule = decisions_rule(prover->decisions, outcome->rule);
	finding->chain = decisions_chain(prover->decisions, outcome->rule);
}

/* Whose packet it is: a base set's name, a flow's id, or NULL. */
static const char *owner(struct prover *prover, const struct packet *packet)
{
	const struct proof_question *question = prover->question;
	uint32_t leaf;

	for (size_t i = 0; i < question->base_count; i++)
		if (pset_contains(prover->diagram,
				  pset_match(prover->diagram, &question->base[i].match),
				  packet))
			return question->base[i].id;
	if (!decision_is_leaf(decision_at(prover->diagram, prover->wanted, packet),
			      &leaf))
		return NULL;
	return decisions_outcome(prover->decisions, leaf)->id;
}

/* A finding for @wrong unless it is empty. */
static void find(struct prover *prover, enum proof_fault fault, struct pset wrong)
{
	struct proof *proof = prover->proof;
	struct proof_finding *finding;

	if (pset_is_empty(wrong))
		return;
	finding = arena_push(prover->arena, proof->findings, proof->finding_count,
			     proof->finding_capacity);
	finding->fault = fault;
	finding->has_witness = true;
	pset_witness(prover->diagram, wrong, &finding->witness);
	finding->flow = owner(prover, &finding->witness);
	finding->destinations = count_destinations(prover, wrong);
	explain_witness(prover, finding);
}

static int get_labelled(const void *context, size_t index, struct decision_part *ret_part)
{
	const struct labelled_match *matches = context;

	*ret_part = (struct decision_part){.match = &matches[index].match, .leaf = 1};
	return 0;
}

static struct pset unite(struct diagram *diagram, const struct labelled_match *matches,
			 size_t count)
{
	struct decision_parts parts = {count, get_labelled, matches, 0};
	struct pset set;

	return pset_fold(diagram, &parts, &set) < 0 ? pset_empty() : set;
}

/* The rooms of the question; those that count are what is left when the others are taken
 * away. */
static void make_room(struct prover *prover)
{
	const struct proof_question *question = prover->question;
	struct diagram *diagram = prover->diagram;
	struct pset uncounted = pset_empty();

	prover->counted = pset_empty();
	for (size_t i = 0; i < question->room_count; i++) {
		const struct proof_room *room = &question->rooms[i];
		struct pset set = pset_match(diagram, &room->match);

		if (room->counted)
			prover->counted = pset_union(diagram, prover->counted, set);
		else
			uncounted = pset_union(diagram, uncounted, set);
	}
	prover->room = pset_union(diagram, prover->counted, uncounted);
	prover->counted = pset_subtract(diagram, prover->counted, uncounted);
}

/* The flows that ask for what they say, not by what stands for them. */
static struct pset asked_by_themselves(struct prover *prover)
{
	const struct proof_question *question = prover->question;
	struct pset asked = pset_empty();

	if (!question->stand_ins)
		return prover->flows;
	for (size_t i = 0; i < question->flow_count; i++)
		if (!question->stand_ins[i])
			asked = pset_union(prover->diagram, asked,
					   pset_match(prover->diagram,
						      &question->flows[i].match));
	return asked;
}

/*
 * Packets of @set that are not in @other, for some values of the unknowns.  An unknown
 * that both sides speak of (a service tag whose addresses nobody knows) has one value at
 * a time, so they are compared value by value, and only then is it forgotten.
 */
static struct pset beside(struct prover *prover, struct pset set, struct pset other)
{
	return pset_possibly(prover->diagram, pset_subtract(prover->diagram, set, other));
}

/* How much more than asked for is admitted where a service tag gives room. */
static void count_excess(struct prover *prover, struct pset admitted)
{
	struct proof *proof = prover->proof;
	struct pset asked =
		pset_union(prover->diagram, prover->base, asked_by_themselves(prover));
	struct pset excess =
		pset_intersect(prover->diagram, prover->counted, prover->governed);
	struct pset surely;

	excess = pset_intersect(prover->diagram, excess, admitted);
	surely = pset_surely(prover->diagram,
			     pset_subtract(prover->diagram, excess, asked));
	excess = beside(prover, excess, asked);
	proof->excess = count_from(0);
	if (pset_is_empty(excess))
		return;
	proof->wider = true;
	proof->excess_unknown = excess.node != surely.node;
	proof->excess = count_destinations(prover, excess);
	pset_witness(prover->diagram, excess, &proof->excess_packet);
}

static void add_box(const struct match *box, void *context)
{
	struct prover *prover = context;
	struct proof *proof = prover->proof;

	*arena_push(prover->arena, proof->boxes, proof->box_count, proof->box_capacity) =
		*box;
}

static struct proof_decider decider(struct prover *prover, const struct packet *packet)
{
	struct decision left = decision_at(prover->diagram, prover->by_rule, packet);
	struct proof_decider decider = {0};
	const struct outcome *outcome;
	uint32_t leaf;

	if (!decision_is_leaf(left, &leaf)) {
		decision_unknowns(prover->diagram, left, &decider.unknown, 1);
		return decider;
	}
	outcome = decisions_outcome(prover->decisions, leaf);
	decider.verdict = outcome->verdict;
	decider.rule = decisions_rule(prover->decisions, outcome->rule);
	return decider;
}

static void detail_rows(struct prover *prover, struct pset passing)
{
	const struct proof_question *question = prover->question;
	struct diagram *diagram = prover->diagram;
	struct proof_row *rows =
		arena_array(prover->arena, question->flow_count, struct proof_row);

	for (size_t i = 0; i < question->flow_count; i++) {
		struct pset flow = pset_match(diagram, &question->flows[i].match);
		struct pset admitted, refused;
		struct packet packet;

		flow = pset_intersect(diagram, flow, prover->governed);
		refused = beside(prover, flow, passing);
		admitted = beside(prover, flow, refused);
		rows[i].admitted = !pset_is_empty(admitted);
		rows[i].refused = !pset_is_empty(refused);
		if (rows[i].admitted) {
			pset_witness(diagram, admitted, &packet);
			rows[i].admitted_by = decider(prover, &packet);
		}
		if (rows[i].refused) {
			pset_witness(diagram, refused, &rows[i].refused_packet);
			rows[i].refused_by = decider(prover, &rows[i].refused_packet);
		}
	}
	prover->proof->rows = rows;
}

/* deny: exactly the intent, whatever the unknowns are. */
static void prove_deny(struct prover *prover)
{
	struct diagram *diagram = prover->diagram;
	/* What no stage sees is not refused either: IPv6 where all tables are "ip". */
	unsigned passing =
		1u << VERDICT_ADMIT | 1u << VERDICT_UNDECIDED | 1u << VERDICT_NONE;
	struct pset admitted =
		decisions_select(prover->decisions, prover->by_rule, passing);
	struct pset asked = pset_union(diagram, prover->base, prover->flows);
	struct pset wanted = pset_intersect(diagram, prover->flows, prover->governed);
	struct pset beyond = pset_intersect(diagram, admitted, prover->governed);
	struct pset refused, based;

	/* The base of our own text has rules of its own; the end of a chain is none. */
	passing = prover->question->trace ? 1u << VERDICT_ADMIT : passing;
	based = decisions_select(prover->decisions, prover->by_rule, passing);
	find(prover, PROOF_BASE, beside(prover, prover->base, based));
	wanted = pset_subtract(diagram, wanted, prover->base);
	refused = beside(prover, wanted, admitted);
	find(prover, PROOF_NARROWER, refused);
	beyond = pset_subtract(diagram, beyond, asked);
	beyond = beside(prover, beyond, prover->room);
	count_excess(prover, admitted);
	if (prover->question->beyond)
		beyond = pset_intersect(diagram, beyond,
					pset_match(diagram, prover->question->beyond));
	find(prover, PROOF_WIDER, beyond);
	if (prover->question->detail) {
		detail_rows(prover, admitted);
		prover->proof->boxes_complete =
			pset_cover(diagram, beyond, PROOF_MAX_BOXES, prover->arena,
				   add_box, prover);
	}
	/* What only may be open, where a name leads, has no number. */
	admitted = pset_surely(diagram, pset_subtract(diagram, wanted, refused));
	prover->proof->admitted = pset_count(diagram, admitted);
	prover->proof->destinations = count_destinations(prover, admitted);
}

static unsigned outside_bits(const struct proof_question *question)
{
	return question->outside ? question->outside : 1u << VERDICT_UNDECIDED;
}

/* keep: the intent is admitted, everything else is left alone. */
static void prove_keep(struct prover *prover)
{
	struct diagram *diagram = prover->diagram;
	struct decisions *decisions = prover->decisions;
	struct pset wanted = pset_intersect(diagram, prover->flows, prover->governed);
	struct pset rest = pset_subtract(diagram, prover->universe, wanted);
	struct pset admitted =
		decisions_select(decisions, prover->by_rule, 1u << VERDICT_ADMIT);
	unsigned leaving = outside_bits(prover->question) |
			   (prover->question->trace ? 0 : 1u << VERDICT_NONE);
	struct pset left = decisions_select(decisions, prover->by_rule, leaving);
	struct pset marked, known;

	count_excess(prover, admitted);
	rest = pset_subtract(diagram, rest, prover->room);
	find(prover, PROOF_NARROWER, beside(prover, wanted, admitted));
	find(prover, PROOF_NOT_LEFT, beside(prover, rest, left));
	known = pset_surely(diagram, wanted);
	prover->proof->admitted = pset_count(diagram, known);
	prover->proof->destinations = count_destinations(prover, known);
	if (prover->question->marks) {
		marked = decisions_marked(decisions, prover->by_rule,
					  prover->question->mark);
		find(prover, PROOF_UNMARKED, beside(prover, wanted, marked));
		find(prover, PROOF_MARKED,
		     beside(prover, marked, pset_union(diagram, wanted, prover->room)));
		admitted = pset_intersect(diagram, admitted, marked);
	}
	if (prover->question->detail)
		detail_rows(prover, admitted);
}

/* Leaf 1 where two decisions differ. */
static uint32_t leaf_differs(void *context, uint32_t a, uint32_t b)
{
	(void)context;
	return a != b;
}

static bool same_id(const char *a, const char *b)
{
	return a == b || (a && b && strcmp(a, b) == 0);
}

/* Ids, to be looked up once they are sorted. */
struct ids {
	const struct decisions *decisions;
	struct arena *arena;
	const char **at;
	size_t count, capacity;
};

static void add_id(struct ids *ids, const char *id)
{
	if (id)
		*arena_push(ids->arena, ids->at, ids->count, ids->capacity) = id;
}

static void add_leaf_id(void *context, uint32_t leaf)
{
	struct ids *ids = context;

	add_id(ids, decisions_outcome(ids->decisions, leaf)->id);
}

static int compare_ids(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void sort_ids(struct ids *ids)
{
	if (ids->count)
		qsort(ids->at, ids->count, sizeof(*ids->at), compare_ids);
}

static bool has_id(const struct ids *ids, const char *id)
{
	return ids->count &&
	       bsearch(&id, ids->at, ids->count, sizeof(*ids->at), compare_ids);
}

static struct ids carried_ids(const struct ruleset *rules, struct arena *arena)
{
	struct ids ids = {.arena = arena};

	for (size_t i = 0; i < rules->chain_count; i++)
		for (size_t j = 0; j < rules->chains[i].count; j++)
			add_id(&ids, rules->chains[i].rules[j].id);
	sort_ids(&ids);
	return ids;
}

/* The flows that have a governed packet of their own, but no rule of their id. */
static void find_missing_ids(struct prover *prover)
{
	const struct proof_question *question = prover->question;
	struct ids carried = carried_ids(question->rules, prover->arena);
	struct ids needed = {.decisions = prover->decisions, .arena = prover->arena};
	const char *last = NULL;

	decision_leaves(prover->diagram,
			decision_within(prover->diagram, prover->wanted,
					prover->governed),
			add_leaf_id, &needed);
	sort_ids(&needed);
	for (size_t i = 0; i < question->flow_count; i++) {
		const char *id = question->flows[i].id;
		struct proof_finding *finding;

		/* Flows of a group follow each other; one look serves them. */
		if (same_id(last, id))
			continue;
		last = id;
		if (!id || !has_id(&needed, id) || has_id(&carried, id))
			continue;
		finding = arena_push(prover->arena, prover->proof->findings,
				     prover->proof->finding_count,
				     prover->proof->finding_capacity);
		finding->fault = PROOF_FLOW_MISSING;
		finding->flow = id;
	}
}

struct whose {
	const struct decisions *decisions;
	const char *id;
};

static bool is_theirs(void *context, uint32_t leaf)
{
	const struct whose *whose = context;
	const struct outcome *outcome = decisions_outcome(whose->decisions, leaf);

	return outcome->verdict == VERDICT_ADMIT && same_id(outcome->id, whose->id);
}

/* Less what a rule decides for the sake of another flow, in the room that this gives. */
static struct pset without_rooms(struct prover *prover, struct pset wrong)
{
	const struct proof_question *question = prover->question;
	struct diagram *diagram = prover->diagram;

	for (size_t i = 0; i < question->room_count && !pset_is_empty(wrong); i++) {
		struct whose whose = {prover->decisions, question->rooms[i].id};
		struct pset room, theirs;

		if (!whose.id)
			continue;
		room = pset_intersect(diagram, wrong,
				      pset_match(diagram, &question->rooms[i].match));
		if (pset_is_empty(room))
			continue;
		theirs = decision_select(diagram, prover->by_rule, is_theirs, &whose);
		wrong = pset_subtract(diagram, wrong,
				      pset_intersect(diagram, room, theirs));
	}
	return wrong;
}

/* Every packet of a flow is decided by a rule with the flow's id, and nothing is decided
 * that is not governed. */
static void prove_trace(struct prover *prover)
{
	static const struct leaf_algebra differs = {
		.join = leaf_differs,
		.left_neutral = DIAGRAM_NO_LEAF,
		.right_neutral = DIAGRAM_NO_LEAF,
		.tag = 32,
	};
	struct diagram *diagram = prover->diagram;
	struct decisions *decisions = prover->decisions;
	struct pset flows = pset_intersect(diagram, prover->flows, prover->governed);
	/* What no chain sees passes as well, by nobody's rule. */
	struct pset admitted =
		decisions_select(decisions, prover->by_rule,
				 1u << VERDICT_ADMIT | 1u << VERDICT_UNDECIDED |
					 1u << VERDICT_NONE);
	struct pset left = decisions_select(decisions, prover->by_rule,
					    outside_bits(prover->question));
	struct pset rest = pset_subtract(diagram, prover->universe, prover->governed);
	struct pset wrong;

	flows = pset_subtract(diagram, flows, prover->base);
	wrong.node =
		decision_join(diagram, &differs,
			      decision_within(diagram,
					      decisions_by_id(decisions, prover->by_rule),
					      flows),
			      decision_within(diagram, prover->wanted, flows))
			.node;
	wrong = without_rooms(prover, wrong);
	/* What is refused was found already; here it is about who admits. */
	find(prover, PROOF_WRONG_FLOW,
	     pset_subtract(diagram, pset_possibly(diagram, wrong),
			   beside(prover, flows, admitted)));
	find_missing_ids(prover);
	if (!prover->question->deny)
		return;
	rest = pset_subtract(diagram, rest, prover->base);
	if (prover->question->spared)
		rest = pset_subtract(diagram, rest,
				     pset_intersect(diagram,
						    pset_union(diagram, prover->flows,
							       prover->room),
						    pset_match(diagram,
							       prover->question
								       ->spared)));
	find(prover, PROOF_NOT_LEFT, beside(prover, rest, left));
}

/* -- on the other hooks, and what the model does not follow ------------------------- */

/* The governed flows and the base, where they pass the hook @way. */
static int prove_way(struct prover *prover, const struct path *way, struct diag *diag)
{
	const struct proof_question *question = prover->question;
	struct diagram *diagram = prover->diagram;
	struct pset universe = pset_match(diagram, &way->universe);
	struct pset base =
		pset_intersect(diagram, universe,
			       unite(diagram, question->base, question->base_count));
	struct pset flows =
		pset_intersect(diagram, pset_intersect(diagram, universe, prover->flows),
			       pset_match(diagram, question->governed));
	struct pset refused;

	if (decide(prover->decisions, question->rules, way, DECIDE_BY_RULE,
		   &prover->by_rule, diag) < 0)
		return -1;
	refused = pset_possibly(diagram,
				decisions_select(prover->decisions, prover->by_rule,
						 1u << VERDICT_REFUSE));
	find(prover, PROOF_BASE, pset_intersect(diagram, base, refused));
	flows = pset_subtract(diagram, flows, base);
	find(prover, PROOF_NARROWER, pset_intersect(diagram, flows, refused));
	return 0;
}

/* A finding for a rule that alters what is governed, or blurs the mark that is asked for.
 */
static void find_altered(struct prover *prover, const struct rule *rule,
			 struct pset reach)
{
	const struct proof_question *question = prover->question;
	struct diagram *diagram = prover->diagram;
	struct pset hurt =
		pset_possibly(diagram,
			      pset_intersect(diagram, pset_match(diagram, &rule->match),
					     reach));
	size_t before = prover->proof->finding_count;

	if (rule->alters)
		find(prover, PROOF_ALTERED,
		     pset_intersect(diagram, hurt,
				    pset_match(diagram, question->governed)));
	else if (question->marks) {
		struct pset flows =
			pset_intersect(diagram, prover->flows,
				       pset_match(diagram, question->governed));

		find(prover, PROOF_UNMARKED, pset_intersect(diagram, hurt, flows));
		find(prover, PROOF_MARKED, pset_subtract(diagram, hurt, flows));
	}
	for (size_t i = before; i < prover->proof->finding_count; i++) {
		prover->proof->findings[i].rule = rule;
		prover->proof->findings[i].unknown_count = 0;
	}
}

/* The rules of @chain and of those that it leads to; what leads there is not looked at,
 * so that too much is found rather than too little. */
static void walk_altered(struct prover *prover, size_t chain, struct pset reach,
			 bool *seen)
{
	const struct ruleset *rules = prover->question->rules;
	size_t *queue = arena_array(prover->arena, rules->chain_count, size_t),
	       queued = 0;

	memset(seen, 0, rules->chain_count * sizeof(*seen));
	seen[chain] = true;
	queue[queued++] = chain;
	while (queued) {
		const struct chain *of = &rules->chains[queue[--queued]];

		for (size_t i = 0; i < of->count; i++) {
			const struct rule *rule = &of->rules[i];

			if (rule->alters || rule->blurs)
				find_altered(prover, rule, reach);
			if ((rule->action != ACTION_JUMP &&
			     rule->action != ACTION_GOTO) ||
			    seen[rule->target])
				continue;
			seen[rule->target] = true;
			queue[queued++] = rule->target;
		}
	}
}

static bool alters_any(const struct ruleset *rules)
{
	for (size_t i = 0; i < rules->chain_count; i++)
		for (size_t j = 0; j < rules->chains[i].count; j++)
			if (rules->chains[i].rules[j].alters ||
			    rules->chains[i].rules[j].blurs)
				return true;
	return false;
}

static void prove_unaltered(struct prover *prover, const struct path *path)
{
	struct diagram *diagram = prover->diagram;
	struct pset universe = pset_match(diagram, &path->universe);
	bool *seen =
		arena_array(prover->arena, prover->question->rules->chain_count, bool);

	for (size_t i = 0; i < path->count; i++)
		walk_altered(prover, path->stages[i].chain,
			     pset_intersect(diagram, universe,
					    pset_match(diagram, &path->stages[i].guard)),
			     seen);
}

static int prove_ways(struct prover *prover, struct diag *diag)
{
	const struct proof_question *question = prover->question;
	bool alters = alters_any(question->rules);

	if (alters)
		prove_unaltered(prover, question->path);
	for (size_t i = 0; question->ways && question->ways[i]; i++) {
		const struct path *way =
			ruleset_find_path(question->rules, question->ways[i]);

		if (way && prove_way(prover, way, diag) < 0)
			return -1;
		if (way && alters)
			prove_unaltered(prover, way);
	}
	return 0;
}

static int begin(struct prover *prover, struct diag *diag)
{
	const struct proof_question *question = prover->question;
	struct diagram *diagram = prover->diagram;

	prover->universe = pset_match(diagram, question->universe);
	prover->governed =
		pset_intersect(diagram, pset_match(diagram, question->governed),
			       prover->universe);
	prover->base =
		pset_intersect(diagram,
			       unite(diagram, question->base, question->base_count),
			       prover->universe);
	if (decisions_flows(prover->decisions, question->flows, question->flow_count,
			    &prover->wanted, diag) < 0)
		return -1;
	prover->flows =
		decisions_select(prover->decisions, prover->wanted, 1u << VERDICT_ADMIT);
	make_room(prover);
	return decide(prover->decisions, question->rules, question->path, DECIDE_BY_RULE,
		      &prover->by_rule, diag);
}

int prove(const struct proof_question *question, struct arena *arena,
	  struct proof *ret_proof, struct diag *diag)
{
	struct space *space = make_space(question, arena);
	CLEANUP(diagram_cleanup) struct diagram *diagram = NULL;
	struct proof proof = {0};
	struct prover prover = {
		.question = question,
		.arena = arena,
		.proof = &proof,
	};

	if (space_seal(space) < 0)
		return diag_report(diag, DIAG_RULES_TOO_COMPLEX, SPAN_NONE,
				   "more than %u unknown conditions", SPACE_MAX_UNKNOWNS);
	diagram = diagram_new(space, DIAGRAM_DEFAULT_EDGES);
	prover.diagram = diagram;
	prover.decisions = decisions_new(diagram, arena);
	if (begin(&prover, diag) < 0)
		return -1;
	if (question->deny)
		prove_deny(&prover);
	else
		prove_keep(&prover);
	if (question->trace)
		prove_trace(&prover);
	if (prove_ways(&prover, diag) < 0)
		return -1;
	if (diagram_exceeded(diagram))
		return diag_report(diag, DIAG_RULES_TOO_COMPLEX, SPAN_NONE,
				   "the proof outgrew its budget of edges");
	*ret_proof = proof;
	return 0;
}
