/* bdd_oracle.c - Are two policies equal?  Our diagrams and BuDDy must agree.
 *
 * DOC: An oracle that others wrote
 *
 * Random first-match policies over IPv4 source and destination, protocol and ports are
 * compared in pairs, once as decisions of a rule set and once as binary decision diagrams
 * of BuDDy (bdd.h, libbdd 2.4), which knows nothing of ours: one Boolean variable a bit,
 * rules folded from the last to the first.  LAWS_SEED and LAWS_CASES as in laws.c.
 */
#include <bdd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rules/base/arena.h"
#include "rules/decide.h"
#include "tests/oracle/random_rules.h"

/* The axes of a policy, in the order of BuDDy's variables. */
enum axis {
	AXIS_TO,
	AXIS_FROM,
	AXIS_PROTOCOL,
	AXIS_PORT,
	AXIS_SOURCE_PORT,
	AXIS_COUNT,
};

static const struct axis_info {
	enum field field;
	unsigned bits;
} axes[AXIS_COUNT] = {
	[AXIS_TO] = {FIELD_DESTINATION, 32},
	[AXIS_FROM] = {FIELD_SOURCE, 32},
	[AXIS_PROTOCOL] = {FIELD_PROTOCOL, 8},
	[AXIS_PORT] = {FIELD_DESTINATION_PORT, 16},
	[AXIS_SOURCE_PORT] = {FIELD_SOURCE_PORT, 16},
};

#define VARIABLES 104 /* the bits above */

struct line {
	struct {
		uint32_t first, last;
	} on[AXIS_COUNT];
	bool admits;
};

/* Room for what the rewrites add. */
#define LINES_MAX 600

struct policy {
	struct line lines[LINES_MAX];
	size_t count;
};

static uint32_t axis_max(enum axis axis)
{
	return (uint32_t)u128_mask(axes[axis].bits);
}

/* -- random policies ---------------------------------------------------------------- */

/* A prefix of one of few networks, so that lines overlap and nest. */
static void random_prefix(struct chance *chance, uint32_t *ret_first, uint32_t *ret_last)
{
	unsigned length = 8 + (unsigned)chance_below(chance, 25);
	uint32_t host = (uint32_t)u128_mask(32 - length);
	uint32_t base = 10u << 24 | (uint32_t)chance_below(chance, 4) << 22 |
			((uint32_t)chance_number(chance) & 0x000f00ffu);

	if (chance_percent(chance, 10)) {
		host = UINT32_MAX;
		base = 0;
	}
	*ret_first = base & ~host;
	*ret_last = base | host;
}

static void random_ports(struct chance *chance, uint32_t *ret_first, uint32_t *ret_last)
{
	static const uint32_t ports[] = {0, 22, 53, 80, 443, 1024, 3128, 8080, 65535};
	uint32_t a = ports[chance_below(chance, ARRAY_SIZE(ports))];
	uint32_t b = ports[chance_below(chance, ARRAY_SIZE(ports))];

	if (chance_percent(chance, 40))
		b = a;
	if (chance_percent(chance, 20))
		b = (uint32_t)chance_below(chance, 65536);
	*ret_first = a < b ? a : b;
	*ret_last = a < b ? b : a;
}

static struct line random_line(struct chance *chance)
{
	static const uint32_t protocols[] = {PROTOCOL_TCP, PROTOCOL_UDP, PROTOCOL_ICMP};
	struct line line = {.admits = chance_percent(chance, 60)};

	for (int axis = 0; axis < AXIS_COUNT; axis++)
		line.on[axis].last = axis_max((enum axis)axis);
	random_prefix(chance, &line.on[AXIS_TO].first, &line.on[AXIS_TO].last);
	random_prefix(chance, &line.on[AXIS_FROM].first, &line.on[AXIS_FROM].last);
	if (chance_percent(chance, 85))
		line.on[AXIS_PROTOCOL].first = line.on[AXIS_PROTOCOL].last =
			protocols[chance_below(chance, ARRAY_SIZE(protocols))];
	if (chance_percent(chance, 80))
		random_ports(chance, &line.on[AXIS_PORT].first, &line.on[AXIS_PORT].last);
	if (chance_percent(chance, 10))
		random_ports(chance, &line.on[AXIS_SOURCE_PORT].first,
			     &line.on[AXIS_SOURCE_PORT].last);
	return line;
}

static void random_policy(struct chance *chance, struct policy *policy)
{
	policy->count = 100 + chance_below(chance, 300);
	for (size_t i = 0; i < policy->count; i++)
		policy->lines[i] = random_line(chance);
}

static void insert_line(struct policy *policy, size_t at, struct line line)
{
	if (policy->count == LINES_MAX)
		BUG("no room for another line");
	memmove(&policy->lines[at + 1], &policy->lines[at],
		(policy->count - at) * sizeof(policy->lines[0]));
	policy->lines[at] = line;
	policy->count++;
}

/* -- rewrites that change nothing, and changes ------------------------------------------
 */

/* One line becomes two, that share an axis between them. */
static void split_line(struct chance *chance, struct policy *policy)
{
	size_t at = chance_below(chance, policy->count);
	size_t axis = chance_below(chance, AXIS_COUNT);
	struct line rest = policy->lines[at];
	uint32_t first = rest.on[axis].first, last = rest.on[axis].last, middle;

	if (first == last)
		return;
	middle = first + (uint32_t)chance_below(chance, last - first);
	policy->lines[at].on[axis].last = middle;
	rest.on[axis].first = middle + 1;
	insert_line(policy, at + chance_below(chance, 2), rest);
	/* Whichever stands first, both halves are there and decide the same. */
}

/* A line again, somewhere behind itself: nothing is left for it. */
static void repeat_line(struct chance *chance, struct policy *policy)
{
	size_t at = chance_below(chance, policy->count);
	struct line line = policy->lines[at];
	size_t behind = at + 1 + chance_below(chance, policy->count - at);

	line.admits = chance_percent(chance, 50);
	insert_line(policy, behind, line);
}

static bool lines_meet(const struct line *a, const struct line *b)
{
	for (int axis = 0; axis < AXIS_COUNT; axis++)
		if (a->on[axis].first > b->on[axis].last ||
		    b->on[axis].first > a->on[axis].last)
			return false;
	return true;
}

/* Two neighbours that agree, or never meet, change places. */
static void swap_lines(struct chance *chance, struct policy *policy)
{
	size_t at = chance_below(chance, policy->count - 1);
	struct line *line = &policy->lines[at], other = line[1];

	if (line[0].admits != other.admits && lines_meet(&line[0], &other))
		return;
	line[1] = line[0];
	line[0] = other;
}

static void rewrite(struct chance *chance, struct policy *policy)
{
	for (unsigned i = 0; i < 60; i++) {
		switch (chance_below(chance, 3)) {
		case 0:
			split_line(chance, policy);
			break;
		case 1:
			repeat_line(chance, policy);
			break;
		default:
			swap_lines(chance, policy);
			break;
		}
	}
}

/* One line takes in one more port; where others hide it, nothing changes. */
static void widen(struct chance *chance, struct policy *policy)
{
	for (;;) {
		struct line *line = &policy->lines[chance_below(chance, policy->count)];

		if (line->on[AXIS_PORT].last < axis_max(AXIS_PORT)) {
			line->on[AXIS_PORT].last++;
			return;
		}
	}
}

/* -- with BuDDy
 * --------------------------------------------------------------------------- */

/* Replaces @sum, which BuDDy counts, by @next. */
static void keep(BDD *sum, BDD next)
{
	bdd_addref(next);
	bdd_delref(*sum);
	*sum = next;
}

/* The numbers of @bits bits from variable @at on that are at least (or at most) @bound.
 */
static BDD bdd_bound(unsigned at, unsigned bits, uint32_t bound, bool at_least)
{
	BDD result = bddtrue;

	for (unsigned i = 0; i < bits; i++) {
		int variable = (int)(at + bits - 1 - i);
		bool bit = bound >> i & 1;
		BDD next;

		if (at_least)
			next = bit ? bdd_and(bdd_ithvar(variable), result)
				   : bdd_or(bdd_ithvar(variable), result);
		else
			next = bit ? bdd_or(bdd_nithvar(variable), result)
				   : bdd_and(bdd_nithvar(variable), result);
		keep(&result, next);
	}
	return result;
}

static BDD bdd_line(const struct line *line)
{
	BDD result = bddtrue;
	unsigned at = 0;

	for (int axis = 0; axis < AXIS_COUNT; axis++) {
		BDD low = bdd_bound(at, axes[axis].bits, line->on[axis].first, true);
		BDD high = bdd_bound(at, axes[axis].bits, line->on[axis].last, false);

		keep(&result, bdd_and(result, low));
		keep(&result, bdd_and(result, high));
		bdd_delref(low);
		bdd_delref(high);
		at += axes[axis].bits;
	}
	return result;
}

static BDD bdd_policy(const struct policy *policy)
{
	BDD result = bddfalse;

	for (size_t i = policy->count; i-- > 0;) {
		BDD line = bdd_line(&policy->lines[i]);

		keep(&result,
		     bdd_ite(line, policy->lines[i].admits ? bddtrue : bddfalse, result));
		bdd_delref(line);
	}
	return result;
}

/* -- with our diagrams
 * ----------------------------------------------------------------------- */

static void match_line(const struct line *line, struct match *match, struct arena *arena)
{
	for (int axis = 0; axis < AXIS_COUNT; axis++) {
		u128 first = line->on[axis].first, last = line->on[axis].last;
		struct addr_set addrs = {0};

		if (first == 0 && last == axis_max((enum axis)axis))
			continue;
		if (field_info(axes[axis].field)->kind == FIELD_KIND_ADDRS) {
			addrs.of[FAMILY_IPV4] = ranges_one(first, last, arena);
			match_addrs(match, axes[axis].field, &addrs, arena);
		} else {
			match_number(match, axes[axis].field, first, last, arena);
		}
	}
}

static struct ruleset *policy_rules(const struct policy *policy, struct arena *arena)
{
	struct ruleset *rules = ruleset_new(arena);
	struct path *path = ruleset_add_path(rules, "p", arena);
	size_t chain = ruleset_add_chain(rules, "policy", arena);
	struct stage *stage =
		arena_push(arena, path->stages, path->count, path->capacity);

	match_family(&path->universe, FAMILY_IPV4, arena);
	stage->chain = chain;
	stage->end = ACTION_REFUSE;
	for (size_t i = 0; i < policy->count; i++) {
		struct rule *rule = chain_add_rule(&rules->chains[chain], arena);

		match_line(&policy->lines[i], &rule->match, arena);
		rule->action = policy->lines[i].admits ? ACTION_ADMIT : ACTION_REFUSE;
	}
	return rules;
}

/* What is to be decided about a pair. */
struct answers {
	bool equal;
	bool within; /* all that the first admits, the second admits */
	bool meet;   /* some packet that both admit */
};

static struct answers ask_bdd(const struct policy *a, const struct policy *b)
{
	BDD x = bdd_policy(a), y = bdd_policy(b),
	    more = bdd_addref(bdd_apply(x, y, bddop_diff));
	BDD both = bdd_addref(bdd_and(x, y));
	struct answers answers = {x == y, more == bddfalse, both != bddfalse};

	bdd_delref(x);
	bdd_delref(y);
	bdd_delref(more);
	bdd_delref(both);
	return answers;
}

static struct answers ask_ours(const struct policy *a, const struct policy *b)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new();
	CLEANUP(diagram_cleanup) struct diagram *diagram = NULL;
	struct ruleset *rules[2] = {policy_rules(a, arena), policy_rules(b, arena)};
	struct space *space = space_new(arena);
	struct diag *diag = diag_new(arena);
	struct decisions *decisions;
	struct decision decision[2];
	struct pset admits[2];

	for (int i = 0; i < 2; i++)
		space_add_ruleset(space, rules[i]);
	if (space_seal(space) < 0)
		BUG("unknowns where there are none");
	diagram = diagram_new(space, DIAGRAM_DEFAULT_EDGES);
	decisions = decisions_new(diagram, arena);
	for (int i = 0; i < 2; i++) {
		if (decide(decisions, rules[i], &rules[i]->paths[0], DECIDE_BY_VERDICT,
			   &decision[i], diag) < 0)
			BUG("decide() gave up: %s", diag_message(diag, 0)->text);
		admits[i] = decisions_select(decisions, decision[i], 1u << VERDICT_ADMIT);
	}
	if ((decision[0].node == decision[1].node) != pset_equal(admits[0], admits[1]))
		BUG("decisions and sets disagree");
	return (struct answers){
		pset_equal(admits[0], admits[1]),
		pset_within(diagram, admits[0], admits[1]),
		!pset_is_empty(pset_intersect(diagram, admits[0], admits[1])),
	};
}

/* -- the program
 * --------------------------------------------------------------------------------- */

enum pair {
	PAIR_REWRITTEN,
	PAIR_WIDENED,
	PAIR_RANDOM,
};

/* A pair of one kind, the same for the same seed. */
static void make_pair(enum pair kind, uint64_t seed, struct policy *a, struct policy *b)
{
	struct chance chance = {seed * 0x2545f4914f6cdd1du + (uint64_t)kind};

	random_policy(&chance, a);
	*b = *a;
	switch (kind) {
	case PAIR_REWRITTEN:
		rewrite(&chance, b);
		break;
	case PAIR_WIDENED:
		rewrite(&chance, b);
		widen(&chance, b);
		break;
	case PAIR_RANDOM:
		random_policy(&chance, b);
		break;
	}
}

static bool run_pairs(enum pair kind, const char *name, uint64_t first_seed,
		      uint64_t pairs)
{
	struct policy *a = malloc(sizeof(*a)), *b = malloc(sizeof(*b));
	size_t equal = 0;
	bool fine = a && b;

	for (uint64_t seed = first_seed; fine && seed < first_seed + pairs; seed++) {
		struct answers theirs, ours;

		make_pair(kind, seed, a, b);
		theirs = ask_bdd(a, b);
		ours = ask_ours(a, b);
		equal += theirs.equal;
		fine = theirs.equal == ours.equal && theirs.within == ours.within &&
		       theirs.meet == ours.meet &&
		       (kind != PAIR_REWRITTEN || theirs.equal);
		if (!fine)
			printf("not ok - bdd/%s: seed %llu: BuDDy says %d %d %d, we %d "
			       "%d %d\n",
			       name, (unsigned long long)seed, theirs.equal,
			       theirs.within, theirs.meet, ours.equal, ours.within,
			       ours.meet);
	}
	if (fine)
		printf("ok - bdd/%s: %llu pairs, %zu equal\n", name,
		       (unsigned long long)pairs, equal);
	free(a);
	free(b);
	return fine;
}

/* Enough that BuDDy seldom has to grow or collect for policies of some hundred lines. */
#define FIRST_NODES   1000000
#define CACHE_ENTRIES 100000
#define DEFAULT_PAIRS 60u

static uint64_t setting(const char *name, uint64_t fallback)
{
	const char *value = getenv(name);

	return value ? strtoull(value, NULL, 10) : fallback;
}

int main(void)
{
	static const char *const names[] = {"rewritten", "widened", "random"};
	uint64_t seed = setting("LAWS_SEED", 1),
		 pairs = setting("LAWS_CASES", DEFAULT_PAIRS);
	bool fine = true;

	if (bdd_init(FIRST_NODES, CACHE_ENTRIES) < 0)
		return 3;
	bdd_gbc_hook(NULL); /* it prints each collection otherwise */
	bdd_setvarnum(VARIABLES);
	for (int kind = PAIR_REWRITTEN; kind <= PAIR_RANDOM; kind++)
		fine &= run_pairs((enum pair)kind, names[kind], seed, pairs);
	bdd_done();
	return fine ? 0 : 1;
}
