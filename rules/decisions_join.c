/* decisions_join.c - How outcomes become one: rules of a chain, stages of a path. */
#include "rules/decisions_store.h"

static bool is_done(void *context, uint32_t leaf)
{
	const struct decisions *decisions = context;

	return decisions->leaves[leaf].control != CONTROL_CONTINUE;
}

static bool carries_mark(void *context, uint32_t leaf, uint32_t *ret_mark)
{
	const struct decisions *decisions = context;

	*ret_mark = decisions->leaves[leaf].outcome.mark;
	return decisions->leaves[leaf].outcome.marks;
}

/* Leaf @b, with the mark of leaf @a unless it has one of its own. */
static uint32_t inherit_mark(struct decisions *decisions, uint32_t a, uint32_t b)
{
	struct leaf leaf = decisions->leaves[b];

	if (leaf.outcome.marks || !decisions->leaves[a].outcome.marks)
		return b;
	leaf.outcome.marks = true;
	leaf.outcome.mark = decisions->leaves[a].outcome.mark;
	return leaf_number(decisions, &leaf);
}

static uint32_t join_sequence(void *context, uint32_t a, uint32_t b)
{
	return is_done(context, a) ? a : inherit_mark(context, a, b);
}

static bool is_refusal(void *context, uint32_t leaf)
{
	const struct decisions *decisions = context;

	return decisions->leaves[leaf].outcome.verdict == VERDICT_REFUSE;
}

static bool is_decided(void *context, uint32_t leaf)
{
	const struct decisions *decisions = context;
	enum verdict verdict = decisions->leaves[leaf].outcome.verdict;

	return verdict == VERDICT_ADMIT || verdict == VERDICT_REFUSE;
}

/* How well an outcome says who decided. */
static unsigned reason_rank(const struct outcome *outcome)
{
	return outcome->id ? 2 : outcome->rule ? 1 : 0;
}

/* Is what a later stage says a better reason than what was said before? */
static bool is_better(const struct outcome *first, const struct outcome *second)
{
	if (second->verdict == VERDICT_REFUSE || first->verdict == VERDICT_NONE)
		return true;
	if (second->verdict != VERDICT_ADMIT)
		return false;
	return first->verdict == VERDICT_UNDECIDED ||
	       reason_rank(second) > reason_rank(first);
}

/* Both stages see the packet and the first did not end it. */
static uint32_t join_stages(void *context, uint32_t a, uint32_t b)
{
	struct decisions *decisions = context;
	const struct outcome *second = &decisions->leaves[b].outcome;
	struct leaf leaf = decisions->leaves[a];

	if (second->verdict == VERDICT_NONE)
		return a;
	if (is_better(&leaf.outcome, second))
		return inherit_mark(decisions, a, b);
	if (second->marks) {
		leaf.outcome.marks = true;
		leaf.outcome.mark = second->mark;
	}
	return leaf_number(decisions, &leaf);
}

static uint32_t join_all(void *context, uint32_t a, uint32_t b)
{
	return is_refusal(context, a) ? a : join_stages(context, a, b);
}

static uint32_t join_first(void *context, uint32_t a, uint32_t b)
{
	return is_decided(context, a) ? a : join_stages(context, a, b);
}

static uint32_t reach_all(void *context, uint32_t a, uint32_t b)
{
	return is_refusal(context, a) ? 0 : b;
}

static uint32_t reach_first(void *context, uint32_t a, uint32_t b)
{
	return is_decided(context, a) ? 0 : b;
}

struct leaf_algebra sequence_algebra(struct decisions *decisions)
{
	return (struct leaf_algebra){
		.join = join_sequence,
		.final = is_done,
		.left_neutral = 0,
		.right_neutral = 0,
		.mark = carries_mark,
		.context = decisions,
		.tag = TAG_SEQUENCE,
	};
}

struct leaf_algebra stage_algebra(struct decisions *decisions, enum compose compose)
{
	bool all = compose == COMPOSE_ALL;

	return (struct leaf_algebra){
		.join = all ? join_all : join_first,
		.final = all ? is_refusal : is_decided,
		.left_neutral = 0,
		.right_neutral = 0,
		.mark = carries_mark,
		.context = decisions,
		.tag = all ? TAG_ALL : TAG_FIRST,
	};
}

struct leaf_algebra reach_algebra(struct decisions *decisions, enum compose compose)
{
	bool all = compose == COMPOSE_ALL;

	return (struct leaf_algebra){
		.join = all ? reach_all : reach_first,
		.left_neutral = 0,
		.right_neutral = DIAGRAM_NO_LEAF,
		.mark = carries_mark,
		.context = decisions,
		.tag = all ? TAG_REACH_ALL : TAG_REACH_FIRST,
	};
}
