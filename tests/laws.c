/* laws.c - The laws of packet sets and decisions, tried on random rule sets.
 *
 * DOC: How it is judged
 *
 * Every law loops over seeds.  A seed makes a rule set or some matches, and packets at
 * their edges; what the diagrams say is compared with the oracle (oracle.h), point by
 * point, or with another way to say the same set.  A failure prints the seed:
 *
 *	LAWS_SEED=17 LAWS_CASES=1 build/tests/laws		that case alone
 *	LAWS_CASES=100000 build/tests/laws			many more than usual
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rules/base/arena.h"
#include "rules/base/strbuf.h"
#include "rules/ruleset_text.h"
#include "tests/oracle/oracle.h"
#include "tests/oracle/random_rules.h"

#define MOST_TRUTHS (1u << RANDOM_UNKNOWNS)

/* Everything of one case; all of it dies with the arena and the diagram. */
struct trial {
	struct chance chance;
	struct arena *arena;
	struct diag *diag;
	struct edges edges;
	struct space *space;
	struct diagram *diagram;
	const char *failure; /* what was wrong, or NULL */
};

static const struct random_shape every_axis = {
	.fields = (1u << FIELD_COUNT) - 1,
	.unknowns = RANDOM_UNKNOWNS,
	.terms = 2,
	.depth = 2,
	.chains = 5,
	.rules = 8,
	.stages = 4,
	.marks = true,
};

static void fail(struct trial *trial, const char *what)
{
	if (!trial->failure)
		trial->failure = what;
}

static void trial_begin(struct trial *trial, uint64_t seed)
{
	*trial = (struct trial){.chance = {seed * 0x2545f4914f6cdd1du + 1}};
	trial->arena = arena_new();
	trial->diag = diag_new(trial->arena);
	trial->space = space_new(trial->arena);
}

static void trial_seal(struct trial *trial, size_t budget)
{
	edges_finish(&trial->edges, trial->arena);
	if (space_seal(trial->space) < 0)
		BUG("too many unknowns");
	trial->diagram = diagram_new(trial->space, budget);
}

static void trial_end(struct trial *trial)
{
	diagram_free(trial->diagram);
	arena_free(trial->arena);
}

static void add_match(struct trial *trial, const struct match *match)
{
	space_add_match(trial->space, match);
	edges_add_match(&trial->edges, match, trial->arena);
}

static struct ruleset *make_ruleset(struct trial *trial, const struct random_shape *shape)
{
	struct ruleset *rules = random_ruleset(&trial->chance, shape, trial->arena);

	space_add_ruleset(trial->space, rules);
	edges_add_ruleset(&trial->edges, rules, trial->arena);
	return rules;
}

static struct truths trial_truths(const struct trial *trial, uint64_t bits)
{
	return (struct truths){trial->edges.unknowns.at, trial->edges.unknowns.count,
			       bits};
}

static unsigned count_truths(const struct trial *trial)
{
	return 1u << trial->edges.unknowns.count;
}

/* The points at which the unknowns have the values of @bits. */
static struct pset truths_set(struct trial *trial, uint64_t bits)
{
	struct match match = {0};

	for (size_t i = 0; i < trial->edges.unknowns.count; i++)
		match_unknown(&match, trial->edges.unknowns.at[i], !(bits >> i & 1),
			      trial->arena);
	return pset_match(trial->diagram, &match);
}

static bool member_at(struct trial *trial, struct pset set, const struct packet *packet,
		      uint64_t bits)
{
	struct pset there = pset_intersect(trial->diagram, set, truths_set(trial, bits));

	return pset_contains(trial->diagram, pset_possibly(trial->diagram, there),
			     packet);
}

/* -- decisions against the oracle -------------------------------------------------- */

struct leaf_list {
	uint32_t at[2 * MOST_TRUTHS];
	size_t count;
};

static void note_leaf(void *context, uint32_t leaf)
{
	struct leaf_list *list = context;

	if (list->count < ARRAY_SIZE(list->at))
		list->at[list->count++] = leaf;
}

static bool same_text(const char *a, const char *b)
{
	return a && b ? strcmp(a, b) == 0 : a == b;
}

static bool outcome_is(const struct decisions *decisions, const struct outcome *outcome,
		       const struct fate *fate, enum decide_by by)
{
	const char *id = fate->rule ? fate->rule->id : NULL;
	const struct rule *rule = by == DECIDE_BY_RULE ? fate->rule : NULL;

	return outcome->verdict == fate->verdict && outcome->marks == fate->marks &&
	       (!fate->marks || outcome->mark == fate->mark) &&
	       same_text(outcome->id, by == DECIDE_BY_VERDICT ? NULL : id) &&
	       decisions_rule(decisions, outcome->rule) == rule;
}

static bool fate_equal(const struct fate *a, const struct fate *b)
{
	return a->verdict == b->verdict && a->rule == b->rule && a->marks == b->marks &&
	       a->mark == b->mark;
}

/* Every fate must be behind a leaf and every leaf must be a fate. */
static void check_leaves(struct trial *trial, const struct decisions *decisions,
			 struct decision rest, const struct fate *fates,
			 enum decide_by by)
{
	struct leaf_list list = {{0}, 0};
	bool met[ARRAY_SIZE(list.at)] = {false};

	decision_leaves(trial->diagram, rest, note_leaf, &list);
	for (unsigned bits = 0; bits < count_truths(trial); bits++) {
		size_t i = 0;

		while (i < list.count &&
		       !outcome_is(decisions, decisions_outcome(decisions, list.at[i]),
				   &fates[bits], by))
			i++;
		if (i == list.count)
			fail(trial, "a fate that no leaf has");
		else
			met[i] = true;
	}
	for (size_t i = 0; i < list.count; i++)
		if (!met[i])
			fail(trial, "a leaf that is nobody's fate");
}

/* With the unknowns fixed there is one leaf, and it is the right one. */
static void check_fixed(struct trial *trial, const struct decisions *decisions,
			struct decision rest, const struct fate *fates, enum decide_by by)
{
	unsigned bits = (unsigned)chance_below(&trial->chance, count_truths(trial));
	struct leaf_list list = {{0}, 0};

	rest = decision_within(trial->diagram, rest, truths_set(trial, bits));
	decision_leaves(trial->diagram, rest, note_leaf, &list);
	for (size_t i = 0; i < list.count; i++)
		if (list.at[i] &&
		    !outcome_is(decisions, decisions_outcome(decisions, list.at[i]),
				&fates[bits], by))
			fail(trial, "another fate under fixed unknowns");
	if (list.count > 2)
		fail(trial, "several fates under fixed unknowns");
}

/* The unknowns of what is left are those that make a difference, no more, no fewer. */
static void check_unknowns(struct trial *trial, struct decision rest,
			   const struct fate *fates)
{
	const struct symbols *unknowns = &trial->edges.unknowns;
	const char *names[RANDOM_UNKNOWNS];
	size_t count = decision_unknowns(trial->diagram, rest, names, ARRAY_SIZE(names));
	size_t differ = 0;

	for (size_t i = 0; i < unknowns->count; i++) {
		bool makes_difference = false, named = false;

		for (unsigned bits = 0; bits < count_truths(trial); bits++)
			makes_difference |=
				!fate_equal(&fates[bits], &fates[bits ^ 1u << i]);
		for (size_t j = 0; j < count && j < ARRAY_SIZE(names); j++)
			named |= strcmp(names[j], unknowns->at[i]) == 0;
		if (makes_difference != named)
			fail(trial, "the unknowns named are not those that matter");
		differ += makes_difference;
	}
	if (differ != count)
		fail(trial, "the number of unknowns is wrong");
}

static void check_packet(struct trial *trial, const struct ruleset *rules,
			 const struct decisions *decisions,
			 const struct decision *decision, const struct packet *packet)
{
	struct fate fates[MOST_TRUTHS];

	for (unsigned bits = 0; bits < count_truths(trial); bits++) {
		struct truths truths = trial_truths(trial, bits);

		fates[bits] = oracle_path(rules, &rules->paths[0], packet, &truths);
	}
	for (int by = DECIDE_BY_RULE; by <= DECIDE_BY_VERDICT; by++) {
		struct decision rest = decision_at(trial->diagram, decision[by], packet);
		uint32_t leaf;

		check_leaves(trial, decisions, rest, fates, (enum decide_by)by);
		if (by == DECIDE_BY_RULE && !decision_is_leaf(rest, &leaf)) {
			check_unknowns(trial, rest, fates);
			check_fixed(trial, decisions, rest, fates, (enum decide_by)by);
		}
	}
}

/* decide() by rule, id and verdict, at packets on the edges. */
static size_t law_decide(struct trial *trial)
{
	const struct ruleset *rules = make_ruleset(trial, &every_axis);
	struct decisions *decisions;
	struct decision decision[DECIDE_BY_VERDICT + 1];
	size_t packets = 1000;

	trial_seal(trial, DIAGRAM_DEFAULT_EDGES);
	decisions = decisions_new(trial->diagram, trial->arena);
	for (int by = DECIDE_BY_RULE; by <= DECIDE_BY_VERDICT; by++) {
		if (decide(decisions, rules, &rules->paths[0], (enum decide_by)by,
			   &decision[by], trial->diag) < 0) {
			fail(trial, "decide() gave up");
			return 1;
		}
	}
	for (size_t i = 0; i < packets && !trial->failure; i++) {
		struct packet packet = random_packet(&trial->chance, &trial->edges);
		CLEANUP(strbuf_release) struct strbuf text = {0};

		check_packet(trial, rules, decisions, decision, &packet);
		if (!trial->failure)
			continue;
		packet_format(&packet, &text);
		strbuf_puts(&text, "\n");
		ruleset_print(rules, &text);
		printf("# %s at %s", trial->failure, strbuf_text(&text));
	}
	return packets;
}

/* decisions_select(), decisions_marked() and decisions_by_id() at packets. */
static size_t law_select(struct trial *trial)
{
	struct random_shape shape = every_axis;
	const struct ruleset *rules;
	struct decisions *decisions;
	struct decision decision, by_id;
	struct pset sets[VERDICT_UNDECIDED + 1], marked;
	size_t packets = 50;

	shape.unknowns = 0;
	rules = make_ruleset(trial, &shape);
	trial_seal(trial, DIAGRAM_DEFAULT_EDGES);
	decisions = decisions_new(trial->diagram, trial->arena);
	if (decide(decisions, rules, &rules->paths[0], DECIDE_BY_RULE, &decision,
		   trial->diag) < 0)
		fail(trial, "decide() gave up");
	if (trial->failure)
		return 1;
	for (unsigned verdict = VERDICT_NONE; verdict <= VERDICT_UNDECIDED; verdict++)
		sets[verdict] = decisions_select(decisions, decision, 1u << verdict);
	marked = decisions_marked(decisions, decision, 2);
	by_id = decisions_by_id(decisions, decision);
	for (size_t i = 0; i < packets; i++) {
		struct packet packet = random_packet(&trial->chance, &trial->edges);
		struct truths truths = trial_truths(trial, 0);
		struct fate fate = oracle_path(rules, &rules->paths[0], &packet, &truths);
		uint32_t leaf = 0;

		for (unsigned verdict = VERDICT_NONE; verdict <= VERDICT_UNDECIDED;
		     verdict++)
			if (pset_contains(trial->diagram, sets[verdict], &packet) !=
			    (fate.verdict == verdict))
				fail(trial, "a packet selected by the wrong verdict");
		if (pset_contains(trial->diagram, marked, &packet) !=
		    (fate.marks && fate.mark == 2 && fate.verdict != VERDICT_REFUSE))
			fail(trial, "a packet with the wrong mark");
		if (!decision_is_leaf(decision_at(trial->diagram, by_id, &packet),
				      &leaf) ||
		    (leaf != 0) != (fate.verdict == VERDICT_ADMIT) ||
		    (leaf && !same_text(decisions_outcome(decisions, leaf)->id,
					fate.rule ? fate.rule->id : NULL)))
			fail(trial, "a packet admitted by the wrong id");
	}
	return packets;
}

/* -- sets against points ------------------------------------------------------------ */

enum { SETS = 5 };

struct some_sets {
	struct match match[SETS];
	struct pset set[SETS];
};

static struct some_sets make_sets(struct trial *trial, unsigned unknowns)
{
	struct random_shape shape = every_axis;
	struct some_sets sets;

	shape.terms = 3;
	shape.unknowns = unknowns;
	for (unsigned i = 0; i < SETS; i++) {
		sets.match[i] = random_match(&trial->chance, &shape, trial->arena);
		add_match(trial, &sets.match[i]);
	}
	trial_seal(trial, DIAGRAM_DEFAULT_EDGES);
	for (unsigned i = 0; i < SETS; i++)
		sets.set[i] = pset_match(trial->diagram, &sets.match[i]);
	return sets;
}

/* pset_match() and the operations, point by point and for all values of unknowns. */
static size_t law_pointwise(struct trial *trial)
{
	struct some_sets sets = make_sets(trial, RANDOM_UNKNOWNS);
	struct diagram *diagram = trial->diagram;
	struct pset a = sets.set[0], b = sets.set[1];
	struct pset both = pset_intersect(diagram, a, b), any = pset_union(diagram, a, b);
	struct pset rest = pset_subtract(diagram, a, b),
		    not = pset_complement(diagram, a);
	struct pset surely = pset_surely(diagram, a),
		    possibly = pset_possibly(diagram, a);
	size_t packets = 30;

	for (size_t i = 0; i < packets; i++) {
		struct packet packet = random_packet(&trial->chance, &trial->edges);
		bool always = true, ever = false;

		for (unsigned bits = 0; bits < count_truths(trial); bits++) {
			struct truths truths = trial_truths(trial, bits);
			bool in_a = oracle_match(&sets.match[0], &packet, &truths);
			bool in_b = oracle_match(&sets.match[1], &packet, &truths);

			always &= in_a;
			ever |= in_a;
			if (member_at(trial, a, &packet, bits) != in_a)
				fail(trial, "pset_match() differs from its match");
			if (member_at(trial, both, &packet, bits) != (in_a && in_b))
				fail(trial, "pset_intersect() is wrong at a point");
			if (member_at(trial, any, &packet, bits) != (in_a || in_b))
				fail(trial, "pset_union() is wrong at a point");
			if (member_at(trial, rest, &packet, bits) != (in_a && !in_b))
				fail(trial, "pset_subtract() is wrong at a point");
			if (member_at(trial, not, &packet, bits) == in_a)
				fail(trial, "pset_complement() is wrong at a point");
		}
		if (pset_contains(diagram, surely, &packet) != always)
			fail(trial, "pset_surely() is wrong at a point");
		if (pset_contains(diagram, possibly, &packet) != ever)
			fail(trial, "pset_possibly() is wrong at a point");
	}
	return packets;
}

/* Equal sets are equal numbers, whichever way they were built. */
static size_t law_algebra(struct trial *trial)
{
	struct some_sets sets = make_sets(trial, RANDOM_UNKNOWNS);
	struct diagram *diagram = trial->diagram;
	struct pset a = sets.set[0], b = sets.set[1], c = sets.set[2];
	struct pset not_a = pset_complement(diagram, a),
		    not_b = pset_complement(diagram, b);
	struct pset both = pset_intersect(diagram, a, b), any = pset_union(diagram, a, b);
	struct pset rest = pset_subtract(diagram, a, b);
	const struct {
		const char *law;
		struct pset left, right;
	} laws[] = {
		{"not not a = a", pset_complement(diagram, not_a), a},
		{"a and a = a", pset_intersect(diagram, a, a), a},
		{"a or a = a", pset_union(diagram, a, a), a},
		{"a and not a = empty", pset_intersect(diagram, a, not_a), pset_empty()},
		{"a or not a = full", pset_union(diagram, a, not_a), pset_full()},
		{"a or b = b or a", any, pset_union(diagram, b, a)},
		{"a and b = b and a", both, pset_intersect(diagram, b, a)},
		{"(a or b) or c = a or (b or c)", pset_union(diagram, any, c),
		 pset_union(diagram, a, pset_union(diagram, b, c))},
		{"(a and b) and c = a and (b and c)", pset_intersect(diagram, both, c),
		 pset_intersect(diagram, a, pset_intersect(diagram, b, c))},
		{"c and (a or b) = (c and a) or (c and b)",
		 pset_intersect(diagram, c, any),
		 pset_union(diagram, pset_intersect(diagram, c, a),
			    pset_intersect(diagram, c, b))},
		{"c or (a and b) = (c or a) and (c or b)", pset_union(diagram, c, both),
		 pset_intersect(diagram, pset_union(diagram, c, a),
				pset_union(diagram, c, b))},
		{"not (a or b) = not a and not b", pset_complement(diagram, any),
		 pset_intersect(diagram, not_a, not_b)},
		{"not (a and b) = not a or not b", pset_complement(diagram, both),
		 pset_union(diagram, not_a, not_b)},
		{"(a and b) or (a less b) = a", pset_union(diagram, both, rest), a},
		{"a less b = a and not b", rest, pset_intersect(diagram, a, not_b)},
		{"a less empty = a", pset_subtract(diagram, a, pset_empty()), a},
		{"a less full = empty", pset_subtract(diagram, a, pset_full()),
		 pset_empty()},
		{"surely = not possibly not", pset_surely(diagram, a),
		 pset_complement(diagram, pset_possibly(diagram, not_a))},
	};

	for (size_t i = 0; i < ARRAY_SIZE(laws); i++)
		if (!pset_equal(laws[i].left, laws[i].right))
			fail(trial, laws[i].law);
	if (pset_within(diagram, a, b) != pset_is_empty(rest))
		fail(trial, "a within b = (a less b is empty)");
	if (!pset_within(diagram, both, a) || !pset_within(diagram, a, any) ||
	    !pset_within(diagram, pset_surely(diagram, a), a) ||
	    !pset_within(diagram, a, pset_possibly(diagram, a)))
		fail(trial, "within");
	if (pset_equal(a, b) !=
	    (pset_within(diagram, a, b) && pset_within(diagram, b, a)))
		fail(trial, "equal = within both ways");
	return ARRAY_SIZE(laws) + 6;
}

/* The same set from terms in another order, term by term, from a choice, by points. */
static size_t law_canonical(struct trial *trial)
{
	struct some_sets sets = make_sets(trial, RANDOM_UNKNOWNS);
	struct diagram *diagram = trial->diagram;
	struct pset all = pset_full(), some = pset_empty(), back = pset_empty();
	struct match turned = {0}, choice = {0}, none = {0};
	struct term *term = match_add(&choice, TERM_CHOICE, trial->arena);

	for (size_t i = sets.match[0].count; i-- > 0;) {
		const struct term *from = &sets.match[0].terms[i];
		struct match one = {0};

		*match_add(&turned, from->kind, trial->arena) = *from;
		*match_add(&one, from->kind, trial->arena) = *from;
		all = pset_intersect(diagram, all, pset_match(diagram, &one));
	}
	if (!pset_equal(pset_match(diagram, &turned), sets.set[0]))
		fail(trial, "terms in another order make another set");
	if (!pset_equal(all, sets.set[0]))
		fail(trial, "terms one by one make another set");
	for (size_t i = 0; i < SETS; i++) {
		*arena_push(trial->arena, term->choices.at, term->choices.count,
			    term->choices.capacity) = sets.match[i];
		some = pset_union(diagram, some, sets.set[i]);
		back = pset_union(diagram, sets.set[SETS - 1 - i], back);
	}
	if (!pset_equal(some, back) || !pset_equal(pset_match(diagram, &choice), some))
		fail(trial, "a choice is not the union of its alternatives");
	term->negated = true;
	if (!pset_equal(pset_match(diagram, &choice), pset_complement(diagram, some)))
		fail(trial, "a negated choice is not the complement");
	if (!pset_equal(pset_match(diagram, &none), pset_full()))
		fail(trial, "no terms at all do not match everything");
	return 6;
}

/* A witness is in its set, for the diagram and for the oracle. */
static size_t law_witness(struct trial *trial)
{
	struct some_sets sets = make_sets(trial, 0);
	struct truths truths = trial_truths(trial, 0);
	size_t cases = 0;

	for (unsigned i = 0; i + 1 < SETS; i++) {
		struct pset rest =
			pset_subtract(trial->diagram, sets.set[i], sets.set[i + 1]);
		struct packet packet;

		if (pset_is_empty(rest))
			continue;
		pset_witness(trial->diagram, rest, &packet);
		cases++;
		if (!pset_contains(trial->diagram, rest, &packet))
			fail(trial, "a witness is not in its set");
		if (!oracle_match(&sets.match[i], &packet, &truths) ||
		    oracle_match(&sets.match[i + 1], &packet, &truths))
			fail(trial, "a witness shows nothing");
	}
	return cases;
}

struct boxes {
	struct trial *trial;
	struct pset sum;
	size_t count;
};

static void add_box(const struct match *box, void *context)
{
	struct boxes *boxes = context;
	struct diagram *diagram = boxes->trial->diagram;
	struct pset set = pset_match(diagram, box);

	for (size_t i = 0; i < box->count; i++)
		if (box->terms[i].kind == TERM_CHOICE)
			fail(boxes->trial, "a box with a choice");
	if (pset_is_empty(set))
		fail(boxes->trial, "an empty box");
	if (!pset_is_empty(pset_intersect(diagram, boxes->sum, set)))
		fail(boxes->trial, "boxes overlap");
	boxes->sum = pset_union(diagram, boxes->sum, set);
	boxes->count++;
}

/* Boxes are disjoint, not empty, and make up the set; a limit is kept and told. */
static size_t law_cover(struct trial *trial)
{
	struct some_sets sets = make_sets(trial, RANDOM_UNKNOWNS);
	struct diagram *diagram = trial->diagram;
	struct pset set = pset_subtract(diagram, sets.set[0], sets.set[1]);
	struct boxes boxes = {trial, pset_empty(), 0}, some = {trial, pset_empty(), 0};
	size_t limit = 1 + chance_below(&trial->chance, 5);
	bool all = pset_cover(diagram, set, 2000, trial->arena, add_box, &boxes);

	if (all != pset_equal(boxes.sum, set) || !pset_within(diagram, boxes.sum, set))
		fail(trial, "boxes do not make up the set");
	if (boxes.count > 2000 || (!all && boxes.count < 2000))
		fail(trial, "the cover stopped at the wrong box");
	all = pset_cover(diagram, set, limit, trial->arena, add_box, &some);
	if (some.count > limit || all != (some.count == boxes.count))
		fail(trial, "a limit of boxes is not kept");
	return boxes.count;
}

/* An address is a destination exactly if a packet of the set goes there. */
static size_t law_destinations(struct trial *trial)
{
	struct some_sets sets = make_sets(trial, RANDOM_UNKNOWNS);
	struct diagram *diagram = trial->diagram;
	struct pset set = pset_subtract(diagram, sets.set[0], sets.set[1]);
	struct addr_set found = pset_destinations(diagram, set, trial->arena);
	size_t cases = 0;

	for (int family = 0; family < FAMILY_COUNT; family++) {
		const struct edge_list *edges = &trial->edges.addrs[family][0];

		for (size_t i = 0; i < edges->count; i++, cases++) {
			struct addr addr = {(enum family)family, edges->at[i]};
			struct addr_set one = {0};
			struct match match = {0};

			one.of[family] = ranges_one(addr.value, addr.value, trial->arena);
			match_addrs(&match, FIELD_DESTINATION, &one, trial->arena);
			if (addr_set_contains(&found, &addr) ==
			    pset_is_empty(pset_intersect(diagram, set,
							 pset_match(diagram, &match))))
				fail(trial, "a destination too many or too few");
		}
	}
	return cases;
}

/* -- counts ---------------------------------------------------------------------------
 */

static struct count axis_size(const struct space *space, unsigned level)
{
	struct count max = count_from(space_max(space, level)), one = count_from(1);

	return count_add(&max, &one);
}

/* Points of all axes but family, protocol and state, for packets of @family. */
static struct count other_points(const struct trial *trial, enum family family)
{
	struct count points = count_from(1);

	for (unsigned level = LEVEL_FAMILY + 1; level < LEVEL_UNKNOWN; level++) {
		bool ipv4 = level == LEVEL_DESTINATION_IPV4 || level == LEVEL_SOURCE_IPV4;
		bool ipv6 = level == LEVEL_DESTINATION_IPV6 || level == LEVEL_SOURCE_IPV6;
		struct count size = axis_size(trial->space, level);

		if ((ipv4 && family != FAMILY_IPV4) || (ipv6 && family != FAMILY_IPV6) ||
		    level == LEVEL_PROTOCOL ||
		    level == LEVEL_PROTOCOL + FIELD_STATE - FIELD_PROTOCOL)
			continue;
		points = count_multiply(&points, &size);
	}
	return points;
}

static struct count brute_count(const struct trial *trial, const struct match *match)
{
	struct truths truths = trial_truths(trial, 0);
	struct count sum = count_from(0);

	for (int family = 0; family < FAMILY_COUNT; family++) {
		struct count points = other_points(trial, (enum family)family), all;
		struct packet packet = {.family = (enum family)family};
		uint64_t members = 0;

		for (uint32_t protocol = 0; protocol < 256; protocol++) {
			for (uint32_t state = 0; state < CT_STATE_COUNT; state++) {
				packet.number[FIELD_PROTOCOL] = protocol;
				packet.number[FIELD_STATE] = state;
				members += oracle_match(match, &packet, &truths);
			}
		}
		all = count_from(members);
		points = count_multiply(&points, &all);
		sum = count_add(&sum, &points);
	}
	return sum;
}

/* Counts on three small axes are those of counting one by one. */
static size_t law_count(struct trial *trial)
{
	struct random_shape shape = every_axis;
	struct match match;
	struct count count, brute;

	shape.fields = 1u << FIELD_FAMILY | 1u << FIELD_PROTOCOL | 1u << FIELD_STATE;
	shape.unknowns = 0;
	shape.terms = 4;
	match = random_match(&trial->chance, &shape, trial->arena);
	add_match(trial, &match);
	trial_seal(trial, DIAGRAM_DEFAULT_EDGES);
	count = pset_count(trial->diagram, pset_match(trial->diagram, &match));
	brute = brute_count(trial, &match);
	if (!count_equal(&count, &brute))
		fail(trial, "a count differs from counting");
	return 1;
}

/* |a| + |b| = |a or b| + |a and b|, |a| + |not a| = |full|, and 0 only for empty. */
static size_t law_count_sums(struct trial *trial)
{
	struct some_sets sets = make_sets(trial, 0);
	struct diagram *diagram = trial->diagram;
	struct pset a = sets.set[0], b = sets.set[1];
	struct count in_a = pset_count(diagram, a), in_b = pset_count(diagram, b);
	struct count any = pset_count(diagram, pset_union(diagram, a, b));
	struct count both = pset_count(diagram, pset_intersect(diagram, a, b));
	struct count rest = pset_count(diagram, pset_complement(diagram, a));
	struct count full = pset_count(diagram, pset_full());
	struct count left = count_add(&in_a, &in_b), right = count_add(&any, &both);

	if (!count_equal(&left, &right))
		fail(trial, "|a| + |b| = |a or b| + |a and b|");
	left = count_add(&in_a, &rest);
	if (!count_equal(&left, &full))
		fail(trial, "|a| + |not a| = |full|");
	if (count_is_zero(&in_a) != pset_is_empty(a))
		fail(trial, "only the empty set has no points");
	return 3;
}

/* -- shadowed rules --------------------------------------------------------------------
 */

struct alive {
	const struct rule *rules[64];
	size_t count;
};

static void note_alive(void *context, const struct rule *rule)
{
	struct alive *alive = context;

	for (size_t i = 0; i < alive->count; i++)
		if (alive->rules[i] == rule)
			return;
	if (alive->count == ARRAY_SIZE(alive->rules))
		BUG("more rules than expected");
	alive->rules[alive->count++] = rule;
}

static bool is_alive(const struct alive *alive, const struct rule *rule)
{
	for (size_t i = 0; i < alive->count; i++)
		if (alive->rules[i] == rule)
			return true;
	return false;
}

/* Every packet there is, up to what no rule of the shape can tell apart. */
static void find_alive(struct trial *trial, const struct ruleset *rules,
		       struct alive *alive)
{
	const struct edge_list *protocols = &trial->edges.numbers[FIELD_PROTOCOL];
	const struct edge_list *marks = &trial->edges.numbers[FIELD_MARK];

	for (size_t i = 0; i < protocols->count * marks->count * CT_STATE_COUNT; i++) {
		struct packet packet = {0};

		packet.number[FIELD_PROTOCOL] =
			(uint32_t)protocols->at[i % protocols->count];
		packet.number[FIELD_MARK] =
			(uint32_t)marks->at[i / protocols->count % marks->count];
		packet.number[FIELD_STATE] =
			(uint32_t)(i / protocols->count / marks->count);
		for (unsigned bits = 0; bits < count_truths(trial); bits++) {
			struct truths truths = trial_truths(trial, bits);

			oracle_deciders(rules, &rules->paths[0], &packet, &truths,
					note_alive, alive);
		}
	}
}

static bool decides(const struct rule *rule)
{
	return rule->action == ACTION_ADMIT || rule->action == ACTION_REFUSE ||
	       rule->action == ACTION_UNDECIDED;
}

/* No living rule is called dead, and every dead rule is found. */
static size_t law_shadowed(struct trial *trial)
{
	struct random_shape shape = every_axis;
	struct alive alive = {.count = 0};
	struct ruleset *rules;
	size_t number = 0;
	bool *dead;

	shape.fields = 1u << FIELD_PROTOCOL | 1u << FIELD_MARK | 1u << FIELD_STATE;
	shape.unknowns = 1;
	shape.stages = 3;
	shape.chains = 3;
	rules = make_ruleset(trial, &shape);
	trial_seal(trial, DIAGRAM_DEFAULT_EDGES);
	find_alive(trial, rules, &alive);
	if (decide_shadowed(rules, &dead, trial->arena, trial->diag) < 0) {
		fail(trial, "decide_shadowed() gave up");
		return 1;
	}
	for (size_t i = 0; i < rules->chain_count; i++) {
		for (size_t j = 0; j < rules->chains[i].count; j++, number++) {
			const struct rule *rule = &rules->chains[i].rules[j];
			bool lives = is_alive(&alive, rule);

			if (dead[number] && (lives || !decides(rule)))
				fail(trial, "a living rule is called dead");
			if (!dead[number] && !lives && decides(rule))
				fail(trial, "a dead rule is not found");
		}
	}
	return number;
}

/* -- limits and repetition --------------------------------------------------------------
 */

/* A budget too small is reported; nothing crashes, and it stays exceeded. */
static size_t law_budget(struct trial *trial)
{
	const struct ruleset *rules = make_ruleset(trial, &every_axis);
	size_t budget = 1 + chance_below(&trial->chance, 300);
	struct decisions *decisions;
	struct decision decision;
	struct boxes boxes = {trial, pset_empty(), 0};
	struct pset set;

	trial_seal(trial, budget);
	decisions = decisions_new(trial->diagram, trial->arena);
	if (decide(decisions, rules, &rules->paths[0], DECIDE_BY_RULE, &decision,
		   trial->diag) < 0) {
		if (!diagram_exceeded(trial->diagram))
			fail(trial, "decide() gave up within its budget");
		if (diag_message(trial->diag, 0)->code != DIAG_RULES_TOO_COMPLEX)
			fail(trial, "an exceeded budget is called something else");
	} else if (diagram_exceeded(trial->diagram)) {
		fail(trial, "an answer past the budget");
	}
	if (!diagram_exceeded(trial->diagram))
		return 1;
	set = pset_match(trial->diagram, &rules->paths[0].universe);
	set = pset_union(trial->diagram, set, pset_complement(trial->diagram, set));
	set = pset_possibly(trial->diagram, pset_surely(trial->diagram, set));
	pset_cover(trial->diagram, set, 10, trial->arena, add_box, &boxes);
	pset_count(trial->diagram, set);
	pset_destinations(trial->diagram, set, trial->arena);
	trial->failure = NULL; /* what an exceeded diagram answers is worth nothing */
	if (!diagram_exceeded(trial->diagram))
		fail(trial, "an exceeded diagram recovered");
	return 1;
}

/* Texts of random rule sets read back, and decide the same. */
static size_t law_text(struct trial *trial)
{
	struct ruleset *rules = make_ruleset(trial, &every_axis), *again = NULL;
	CLEANUP(strbuf_release) struct strbuf text = {0}, twice = {0};
	struct decisions *decisions;
	struct decision a, b;

	ruleset_print(rules, &text);
	if (ruleset_read(text.text, text.length, 0, trial->arena, &again, trial->diag) <
	    0) {
		fail(trial, "a printed rule set cannot be read");
		return 1;
	}
	ruleset_print(again, &twice);
	if (strcmp(text.text, twice.text) != 0)
		fail(trial, "a printed rule set prints otherwise");
	trial_seal(trial, DIAGRAM_DEFAULT_EDGES);
	decisions = decisions_new(trial->diagram, trial->arena);
	if (decide(decisions, rules, &rules->paths[0], DECIDE_BY_ID, &a, trial->diag) <
		    0 ||
	    decide(decisions, again, &again->paths[0], DECIDE_BY_ID, &b, trial->diag) <
		    0 ||
	    a.node != b.node)
		fail(trial, "a rule set that was read decides otherwise");
	return 1;
}

/* -- the program
 * -------------------------------------------------------------------------- */

static const struct law {
	const char *name;
	size_t (*run)(struct trial *trial);
	unsigned share; /* of LAWS_CASES, in percent */
} laws[] = {
	{"decide-against-oracle", law_decide, 100},
	{"select", law_select, 50},
	{"pointwise", law_pointwise, 50},
	{"algebra", law_algebra, 100},
	{"canonical", law_canonical, 100},
	{"witness", law_witness, 100},
	{"cover", law_cover, 50},
	{"destinations", law_destinations, 50},
	{"count", law_count, 20},
	{"count-sums", law_count_sums, 100},
	{"shadowed", law_shadowed, 100},
	{"budget", law_budget, 100},
	{"text", law_text, 100},
};

/* Enough for every branch of the diagrams, in some seconds. */
#define DEFAULT_CASES 2000u

static uint64_t setting(const char *name, uint64_t fallback)
{
	const char *value = getenv(name);

	return value ? strtoull(value, NULL, 10) : fallback;
}

static bool run_law(const struct law *law, uint64_t first_seed, uint64_t seeds)
{
	size_t cases = 0;

	for (uint64_t seed = first_seed; seed < first_seed + seeds; seed++) {
		struct trial trial;
		const char *failure;

		trial_begin(&trial, seed);
		cases += law->run(&trial);
		failure = trial.failure;
		trial_end(&trial);
		if (failure) {
			printf("not ok - laws/%s: %s, seed %llu\n", law->name, failure,
			       (unsigned long long)seed);
			return false;
		}
	}
	printf("ok - laws/%s: %zu cases\n", law->name, cases);
	return true;
}

int main(int argc, char **argv)
{
	uint64_t seed = setting("LAWS_SEED", 1);
	uint64_t cases = setting("LAWS_CASES", DEFAULT_CASES);
	bool fine = true;

	for (size_t i = 0; i < ARRAY_SIZE(laws); i++)
		if (argc < 2 || strcmp(argv[1], laws[i].name) == 0)
			fine &= run_law(&laws[i], seed,
					(cases * laws[i].share + 99) / 100);
	return fine ? 0 : 1;
}
