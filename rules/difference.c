/* difference.c - What one rule set lets pass and another does not. */
#include "rules/difference.h"

#include <stdlib.h>

#include "rules/base/arena.h"

/* Tags of the algebras; below 33 are those of sets, decisions and proofs. */
enum {
	TAG_DIFFERS = 33,
	TAG_PAIR,
};

/**
 * struct numbered_pair - Two numbers that have a number together, from 1 on
 *
 * Of rule sets of 100 000 rules nearly as many pairs of rules may meet, so they are found
 * by hashing.
 */
struct numbered_pair {
	uint32_t a, b;
};

struct pairs {
	struct numbered_pair *at;
	size_t count, capacity;
	uint32_t *table; /* the pair's number; 0 is free */
	size_t mask;
	struct arena *arena;
};

static size_t pair_slot(const struct pairs *pairs, uint32_t a, uint32_t b)
{
	uint64_t hash = ((uint64_t)a << 32 | b) * UINT64_C(0x9e3779b97f4a7c15);
	size_t slot = (size_t)(hash >> 32) & pairs->mask;

	while (pairs->table[slot]) {
		const struct numbered_pair *pair = &pairs->at[pairs->table[slot] - 1];

		if (pair->a == a && pair->b == b)
			break;
		slot = (slot + 1) & pairs->mask;
	}
	return slot;
}

static void pairs_grow(struct pairs *pairs)
{
	size_t size = pairs->table ? 2 * (pairs->mask + 1) : 64;

	pairs->table = arena_array(pairs->arena, size, uint32_t);
	pairs->mask = size - 1;
	for (size_t i = 0; i < pairs->count; i++)
		pairs->table[pair_slot(pairs, pairs->at[i].a, pairs->at[i].b)] =
			(uint32_t)i + 1;
}

static uint32_t pair_number(struct pairs *pairs, uint32_t a, uint32_t b)
{
	size_t slot;

	if (!pairs->table || 2 * pairs->count > pairs->mask)
		pairs_grow(pairs);
	slot = pair_slot(pairs, a, b);
	if (pairs->table[slot])
		return pairs->table[slot];
	if (pairs->count >= DIAGRAM_LEAF_MAX)
		BUG("more pairs than leaves");
	*arena_push(pairs->arena, pairs->at, pairs->count, pairs->capacity) =
		(struct numbered_pair){a, b};
	pairs->table[slot] = (uint32_t)pairs->count;
	return (uint32_t)pairs->count;
}

/* Everything that the steps of one comparison share. */
struct comparison {
	const struct difference_question *question;
	struct arena *arena;
	struct diag *diag;
	const struct space *space;
	struct diagram *diagram;
	struct decisions *decisions;
	struct decision before, after;
	struct pset within; /* the packets that are compared */
	struct addr_set
		destinations; /* of the packets that differ, once they are known */
	struct pairs classes;
	struct pairs rules; /* leaves of @before and @after that meet */
};

static struct pset compared_packets(struct comparison *job)
{
	const struct difference_question *question = job->question;
	struct pset set =
		pset_intersect(job->diagram,
			       pset_match(job->diagram, &question->before_path->universe),
			       pset_match(job->diagram, &question->after_path->universe));

	if (!question->within)
		return set;
	return pset_intersect(job->diagram, set,
			      pset_match(job->diagram, question->within));
}

/* Decides both rule sets in a diagram of their own; the caller frees it. */
static int decide_both(struct comparison *job, enum decide_by by,
		       const struct addr_set *destinations)
{
	const struct difference_question *question = job->question;

	job->diagram = diagram_new(job->space, DIAGRAM_DEFAULT_EDGES);
	job->decisions = decisions_new(job->diagram, job->arena);
	job->within = compared_packets(job);
	if (decide_to(job->decisions, question->before, question->before_path, by,
		      destinations, &job->before, job->diag) < 0)
		return -1;
	return decide_to(job->decisions, question->after, question->after_path, by,
			 destinations, &job->after, job->diag);
}

/* What of an outcome counts, as a number from 1 on: 0 stands for "not compared". */
static uint32_t class_of(void *context, uint32_t leaf)
{
	struct comparison *job = context;
	const struct outcome *outcome = decisions_outcome(job->decisions, leaf);
	enum verdict verdict = outcome->verdict;
	bool marks = job->question->marks && outcome->marks && verdict_passes(verdict);

	if (verdict_passes(verdict))
		verdict = job->question->undecided && verdict != VERDICT_ADMIT
				  ? VERDICT_UNDECIDED
				  : VERDICT_ADMIT;
	return pair_number(&job->classes, (uint32_t)verdict << 1 | (marks ? 1u : 0u),
			   marks ? outcome->mark : 0);
}

static struct decision classify(struct comparison *job, struct decision decision)
{
	decision = decision_map(job->diagram, decision, class_of, job);
	return decision_within(job->diagram, decision, job->within);
}

static int check_budget(struct comparison *job)
{
	if (!diagram_exceeded(job->diagram))
		return 0;
	return diag_report(job->diag, DIAG_RULES_TOO_COMPLEX, SPAN_NONE,
			   "the comparison outgrew its budget of edges");
}

/* -- the packets that differ, by the rules that decide them ------------------------- */

static uint32_t leaf_differs(void *context, uint32_t a, uint32_t b)
{
	(void)context;
	return a != b;
}

static uint32_t leaf_pair(void *context, uint32_t a, uint32_t b)
{
	struct comparison *job = context;

	return a || b ? pair_number(&job->rules, a, b) : 0;
}

static struct pset differing(struct comparison *job)
{
	static const struct leaf_algebra differs = {
		.join = leaf_differs,
		.left_neutral = DIAGRAM_NO_LEAF,
		.right_neutral = DIAGRAM_NO_LEAF,
		.commutative = true,
		.tag = TAG_DIFFERS,
	};

	return (struct pset){decision_join(job->diagram, &differs,
					   classify(job, job->before),
					   classify(job, job->after))
				     .node};
}

/* The two deciding rules of each packet of @where, as one leaf. */
static struct decision pair_deciders(struct comparison *job, struct pset where)
{
	const struct leaf_algebra pair = {
		.join = leaf_pair,
		.left_neutral = DIAGRAM_NO_LEAF,
		.right_neutral = DIAGRAM_NO_LEAF,
		.context = job,
		.tag = TAG_PAIR,
	};

	return decision_join(job->diagram, &pair,
			     decision_within(job->diagram, job->before, where),
			     decision_within(job->diagram, job->after, where));
}

/* The packets of @set that are refused before, or after. */
static struct pset refused(struct comparison *job, struct decision decision,
			   struct pset set)
{
	return pset_intersect(job->diagram, set,
			      decisions_select(job->decisions, decision,
					       1u << VERDICT_REFUSE));
}

static struct pset part_packets(struct comparison *job, enum difference_kind kind,
				struct pset differ)
{
	struct pset before = refused(job, job->before, differ);
	struct pset after = refused(job, job->after, differ);

	if (kind == DIFFERENCE_OPENS)
		return before;
	if (kind == DIFFERENCE_CLOSES)
		return after;
	return pset_subtract(job->diagram, differ,
			     pset_union(job->diagram, before, after));
}

/* -- boxes ------------------------------------------------------------------------- */

static struct difference_side side(const struct comparison *job, uint32_t leaf)
{
	const struct outcome *outcome = decisions_outcome(job->decisions, leaf);

	return (struct difference_side){
		.verdict = outcome->verdict,
		.rule = decisions_rule(job->decisions, outcome->rule),
		.chain = decisions_chain(job->decisions, outcome->rule),
		.marks = outcome->marks,
		.mark = outcome->mark,
	};
}

/* A box as it was found: the pair of rules says where it belongs. */
struct found_box {
	struct match match;
	uint32_t pair;
	size_t order; /* of the first box of the same pair */
	size_t index;
};

struct found_boxes {
	struct found_box *at;
	size_t count, capacity;
	struct comparison *job;
};

static void add_box(const struct match *box, uint32_t leaf, void *context)
{
	struct found_boxes *found = context;
	struct found_box *new =
		arena_push(found->job->arena, found->at, found->count, found->capacity);

	*new = (struct found_box){.match = *box, .pair = leaf, .index = found->count - 1};
}

static int compare_boxes(const void *a, const void *b)
{
	const struct found_box *x = a, *y = b;

	if (x->order != y->order)
		return x->order < y->order ? -1 : 1;
	return x->index < y->index ? -1 : 1;
}

/* Boxes of one pair come together, pairs in the order in which they were met. */
static void group_boxes(struct found_boxes *found)
{
	const struct pairs *pairs = &found->job->rules;
	size_t *first = arena_array(found->job->arena, pairs->count + 1, size_t);

	for (size_t i = 0; i < found->count; i++) {
		struct found_box *box = &found->at[i];

		if (!first[box->pair])
			first[box->pair] = i + 1;
		box->order = first[box->pair];
	}
	if (found->count)
		qsort(found->at, found->count, sizeof(*found->at), compare_boxes);
}

/* A box without its unknowns: the packets, whatever those are. */
static struct match without_unknowns(const struct match *box, struct arena *arena)
{
	struct match match = {0};

	for (size_t i = 0; i < box->count; i++)
		if (box->terms[i].kind != TERM_UNKNOWN)
			*match_add(&match, box->terms[i].kind, arena) = box->terms[i];
	return match;
}

static struct count count_destinations(struct comparison *job, struct pset set)
{
	CLEANUP(arena_cleanup) struct arena *scratch = arena_new();
	struct addr_set addrs = pset_destinations(job->diagram, set, scratch);

	return count_addresses(&addrs);
}

static void finish_box(struct comparison *job, const struct found_box *found,
		       struct pset surely, struct difference_box *box)
{
	struct match match = without_unknowns(&found->match, job->arena);
	struct pset packets = pset_match(job->diagram, &match);
	const struct numbered_pair *pair = &job->rules.at[found->pair - 1];

	box->match = found->match;
	box->surely = pset_within(job->diagram, packets, surely);
	box->destinations = count_destinations(job, packets);
	box->before = side(job, pair->a);
	box->after = side(job, pair->b);
	/* Empty only where the budget burst, and then nobody sees the box. */
	if (!pset_is_empty(packets))
		pset_witness(job->diagram, packets, &box->witness);
}

static void describe_part(struct comparison *job, struct decision deciders,
			  struct pset packets, struct difference_part *part)
{
	struct diagram *diagram = job->diagram;
	struct pset surely = pset_surely(diagram, packets);
	struct found_boxes found = {.job = job};

	part->any = !pset_is_empty(packets);
	part->destinations = count_destinations(job, pset_possibly(diagram, packets));
	part->surely = count_destinations(job, surely);
	part->complete =
		decision_cover(diagram, decision_within(diagram, deciders, packets),
			       job->question->max_boxes, job->arena, add_box, &found);
	if (diagram_exceeded(diagram))
		return;
	group_boxes(&found);
	for (size_t i = 0; i < found.count; i++)
		finish_box(job, &found.at[i], surely,
			   arena_push(job->arena, part->boxes, part->box_count,
				      part->box_capacity));
}

/* -- the answer -------------------------------------------------------------------- */

/* Only verdicts and marks: the smallest diagrams, and all that equality needs. */
static int is_equal(struct comparison *job, struct difference *difference)
{
	struct pset differ;

	if (decide_both(job, DECIDE_BY_VERDICT, NULL) < 0)
		return -1;
	differ = differing(job);
	difference->compared = !pset_is_empty(job->within);
	difference->equal = pset_is_empty(differ);
	job->destinations = pset_destinations(job->diagram, differ, job->arena);
	return check_budget(job);
}

static int describe(struct comparison *job, struct difference *difference)
{
	struct match match = {0};
	struct decision deciders;
	struct pset differ;

	if (decide_both(job, DECIDE_BY_RULE, &job->destinations) < 0)
		return -1;
	match_addrs(&match, FIELD_DESTINATION, &job->destinations, job->arena);
	job->within = pset_intersect(job->diagram, job->within,
				     pset_match(job->diagram, &match));
	differ = differing(job);
	deciders = pair_deciders(job, differ);
	for (int kind = 0; kind < DIFFERENCE_KINDS; kind++)
		describe_part(job, deciders,
			      part_packets(job, (enum difference_kind)kind, differ),
			      &difference->parts[kind]);
	return check_budget(job);
}

static int run(struct comparison *job,
	       int (*step)(struct comparison *job, struct difference *difference),
	       struct difference *difference)
{
	int result = step(job, difference);

	diagram_free(job->diagram);
	job->diagram = NULL;
	job->classes = job->rules = (struct pairs){.arena = job->arena};
	return result;
}

int difference_find(const struct difference_question *question, struct arena *arena,
		    struct difference *ret_difference, struct diag *diag)
{
	struct space *space = space_new(arena);
	struct comparison job = {
		.question = question,
		.arena = arena,
		.diag = diag,
		.space = space,
		.classes = {.arena = arena},
		.rules = {.arena = arena},
	};
	struct difference difference = {0};

	space_add_ruleset(space, question->before);
	space_add_ruleset(space, question->after);
	if (question->within)
		space_add_match(space, question->within);
	if (space_seal(space) < 0)
		return diag_report(diag, DIAG_RULES_TOO_COMPLEX, SPAN_NONE,
				   "more than %u unknown conditions", SPACE_MAX_UNKNOWNS);
	if (run(&job, is_equal, &difference) < 0)
		return -1;
	if (!difference.equal && run(&job, describe, &difference) < 0)
		return -1;
	*ret_difference = difference;
	return 0;
}
