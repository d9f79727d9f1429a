/* difference_laws.c - Differences of random rule sets, against the oracle.
 *
 * A seed makes a rule set, the same one with some rules changed, and a match to look
 * within.  For packets at their edges and for all values of the unknowns, the oracle's
 * two fates say what must be found: nothing where the packet is treated alike, else one
 * box, of the right kind and with the two rules that decide.  Settings as in laws.c.
 */
#include <stdio.h>
#include <stdlib.h>

#include "rules/base/arena.h"
#include "rules/base/strbuf.h"
#include "rules/difference.h"
#include "rules/ruleset_text.h"
#include "tests/oracle/oracle.h"
#include "tests/oracle/random_rules.h"

/* Random rule sets in all axes fall apart into many boxes; past these a case is left. */
#define MOST_BOXES 3000

static const struct random_shape shape = {
	.fields = (1u << FIELD_COUNT) - 1,
	.unknowns = RANDOM_UNKNOWNS,
	.terms = 2,
	.depth = 1,
	.chains = 4,
	.rules = 8,
	.stages = 2,
	.marks = true,
};

struct trial {
	struct chance chance;
	struct arena *arena;
	struct diag *diag;
	struct edges edges;
	struct match within;
	struct difference_question question;
	struct difference found;
	size_t differing; /* points that the oracle treats otherwise */
	const char *failure;
};

static void fail(struct trial *trial, const char *what)
{
	if (!trial->failure)
		trial->failure = what;
}

/* Another action, no condition, or a rule out of its place. */
static void change_rule(struct trial *trial, struct chain *chain)
{
	size_t index = chance_below(&trial->chance, chain->count);
	struct rule *rule = &chain->rules[index], moved = *rule;

	switch (chance_below(&trial->chance, 3)) {
	case 0:
		rule->action =
			rule->action == ACTION_ADMIT ? ACTION_REFUSE : ACTION_ADMIT;
		break;
	case 1:
		rule->match = (struct match){0};
		break;
	default:
		*rule = chain->rules[chain->count - 1];
		chain->rules[chain->count - 1] = moved;
		break;
	}
}

static struct ruleset *make_other(struct trial *trial, struct chance same)
{
	struct ruleset *rules = random_ruleset(&same, &shape, trial->arena);

	for (size_t changes = chance_below(&trial->chance, 7); changes > 0; changes--) {
		size_t chain = chance_below(&trial->chance, rules->chain_count);

		if (rules->chains[chain].count)
			change_rule(trial, &rules->chains[chain]);
	}
	return rules;
}

static void trial_begin(struct trial *trial, uint64_t seed)
{
	struct chance same = {seed * 0x2545f4914f6cdd1du + 1}, first = same;
	struct difference_question *question = &trial->question;

	*trial = (struct trial){.chance = {seed * 0x9e3779b97f4a7c15u + 7}};
	trial->arena = arena_new();
	trial->diag = diag_new(trial->arena);
	question->before = random_ruleset(&first, &shape, trial->arena);
	question->after = make_other(trial, same);
	question->before_path = &question->before->paths[0];
	question->after_path = &question->after->paths[0];
	if (chance_percent(&trial->chance, 40)) {
		trial->within = random_match(&trial->chance, &shape, trial->arena);
		question->within = &trial->within;
		edges_add_match(&trial->edges, &trial->within, trial->arena);
	}
	question->undecided = chance_percent(&trial->chance, 50);
	question->marks = chance_percent(&trial->chance, 50);
	question->max_boxes = MOST_BOXES;
	edges_add_ruleset(&trial->edges, question->before, trial->arena);
	edges_add_ruleset(&trial->edges, question->after, trial->arena);
	edges_finish(&trial->edges, trial->arena);
}

/* What the oracle says of one point: -1 where it is treated alike or not compared. */
static int expected_kind(const struct trial *trial, const struct packet *packet,
			 const struct truths *truths, const struct fate *before,
			 const struct fate *after)
{
	const struct difference_question *question = &trial->question;
	bool refused_before = before->verdict == VERDICT_REFUSE;
	bool refused_after = after->verdict == VERDICT_REFUSE;

	if (!oracle_match(&question->before_path->universe, packet, truths) ||
	    !oracle_match(&question->after_path->universe, packet, truths) ||
	    (question->within && !oracle_match(question->within, packet, truths)))
		return -1;
	if (refused_before != refused_after)
		return refused_before ? DIFFERENCE_OPENS : DIFFERENCE_CLOSES;
	if (refused_before)
		return -1;
	if (question->undecided &&
	    (before->verdict == VERDICT_ADMIT) != (after->verdict == VERDICT_ADMIT))
		return DIFFERENCE_CHANGES;
	if (question->marks && (before->marks != after->marks ||
				(before->marks && before->mark != after->mark)))
		return DIFFERENCE_CHANGES;
	return -1;
}

static bool side_is(const struct difference_side *side, const struct fate *fate)
{
	return side->verdict == fate->verdict && side->rule == fate->rule &&
	       side->marks == fate->marks && (!fate->marks || side->mark == fate->mark);
}

/* The box of any kind that holds a point; they must not overlap. */
static const struct difference_box *find_box(struct trial *trial,
					     const struct packet *packet,
					     const struct truths *truths, int *ret_kind)
{
	const struct difference_box *found = NULL;

	*ret_kind = -1;
	for (int kind = 0; kind < DIFFERENCE_KINDS; kind++) {
		const struct difference_part *part = &trial->found.parts[kind];

		for (size_t i = 0; i < part->box_count; i++) {
			if (!oracle_match(&part->boxes[i].match, packet, truths))
				continue;
			if (found)
				fail(trial, "boxes overlap");
			found = &part->boxes[i];
			*ret_kind = kind;
		}
	}
	return found;
}

static void check_packet(struct trial *trial, const struct packet *packet)
{
	const struct difference_question *question = &trial->question;
	const struct difference_box *boxes[1u << RANDOM_UNKNOWNS] = {0};
	int kinds[1u << RANDOM_UNKNOWNS];
	unsigned count = 1u << trial->edges.unknowns.count;
	bool always = true;

	for (unsigned bits = 0; bits < count; bits++) {
		struct truths truths = {trial->edges.unknowns.at,
					trial->edges.unknowns.count, bits};
		struct fate before = oracle_path(question->before, question->before_path,
						 packet, &truths);
		struct fate after = oracle_path(question->after, question->after_path,
						packet, &truths);
		int kind;

		kinds[bits] = expected_kind(trial, packet, &truths, &before, &after);
		boxes[bits] = find_box(trial, packet, &truths, &kind);
		trial->differing += kinds[bits] >= 0;
		always &= kinds[bits] == kinds[0];
		if (kind != kinds[bits])
			fail(trial, kind < 0 ? "a packet that no box has"
					     : "a packet in a box of another kind");
		else if (boxes[bits] && (!side_is(&boxes[bits]->before, &before) ||
					 !side_is(&boxes[bits]->after, &after)))
			fail(trial, "a box with the wrong rules");
	}
	/* What is sure of a box is sure of each of its packets. */
	for (unsigned bits = 0; bits < count; bits++)
		if (boxes[bits] && boxes[bits]->surely && !always)
			fail(trial, "a difference that is called sure");
}

/* The witness of each box must be treated otherwise for some values of the unknowns. */
static void check_witnesses(struct trial *trial)
{
	for (int kind = 0; kind < DIFFERENCE_KINDS; kind++) {
		const struct difference_part *part = &trial->found.parts[kind];

		if (part->any != (part->box_count > 0))
			fail(trial, "a kind with packets and no box, or the reverse");
		for (size_t i = 0; i < part->box_count; i++)
			check_packet(trial, &part->boxes[i].witness);
	}
}

static bool is_complete(const struct difference *found)
{
	return found->parts[DIFFERENCE_OPENS].complete &&
	       found->parts[DIFFERENCE_CLOSES].complete &&
	       found->parts[DIFFERENCE_CHANGES].complete;
}

static size_t run_trial(struct trial *trial)
{
	size_t packets = 300;

	if (difference_find(&trial->question, trial->arena, &trial->found, trial->diag)) {
		fail(trial, "the comparison gave up");
		return 1;
	}
	if (!trial->found.equal && !is_complete(&trial->found))
		return 0;
	check_witnesses(trial);
	if (!trial->found.equal && !trial->differing)
		fail(trial, "no witness differs");
	for (size_t i = 0; i < packets && !trial->failure; i++) {
		struct packet packet = random_packet(&trial->chance, &trial->edges);

		check_packet(trial, &packet);
	}
	if (trial->found.equal && trial->differing)
		fail(trial, "called equal, and packets differ");
	return packets;
}

static void show(const struct trial *trial)
{
	CLEANUP(strbuf_release) struct strbuf text = {0};

	ruleset_print(trial->question.before, &text);
	strbuf_puts(&text, "# and after:\n");
	ruleset_print(trial->question.after, &text);
	printf("%s", strbuf_text(&text));
}

static uint64_t setting(const char *name, uint64_t fallback)
{
	const char *value = getenv(name);

	return value ? strtoull(value, NULL, 10) : fallback;
}

int main(void)
{
	uint64_t first = setting("LAWS_SEED", 1), seeds = setting("LAWS_CASES", 1000);
	size_t cases = 0, equal = 0, left = 0;

	for (uint64_t seed = first; seed < first + seeds; seed++) {
		struct trial trial;
		size_t tried;
		const char *failure;

		trial_begin(&trial, seed);
		tried = run_trial(&trial);
		cases += tried;
		left += !tried;
		equal += trial.found.equal;
		failure = trial.failure;
		if (failure)
			show(&trial);
		arena_free(trial.arena);
		if (!failure)
			continue;
		printf("not ok - difference-laws: %s, seed %llu\n", failure,
		       (unsigned long long)seed);
		return 1;
	}
	/* Both answers must have been met, or the cases are no test. */
	if (seeds >= 100 && (!equal || equal + left > seeds * 9 / 10)) {
		printf("not ok - difference-laws: %zu equal, %zu left of %llu\n", equal,
		       left, (unsigned long long)seeds);
		return 1;
	}
	printf("# %zu pairs equal, %zu with too many boxes\n", equal, left);
	printf("ok - difference-laws: %zu cases\n", cases);
	return 0;
}
