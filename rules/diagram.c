/* diagram.c - Merging decisions; the algebra of packet sets. */
#include "rules/diagram_store.h"

#include <stdlib.h>

/**
 * DOC: Merging
 *
 * join() walks two diagrams at once.  At each step the earlier of the two levels decides:
 * a node of that level contributes its edges, a node of a later level (or a leaf) one
 * edge for the whole axis.  The two sorted edge lists are merged like in a merge sort,
 * and the children of each overlap are joined.  The depth of recursion is the number of
 * levels.
 */

/* The value of every level at which @node's function is looked up changes to @value. */
static uint32_t restrict_level(struct diagram *diagram, uint32_t node, unsigned level,
			       uint32_t value)
{
	uint32_t result;
	size_t begin;

	if (is_leaf(node) || diagram->nodes[node].level > level)
		return node;
	if (diagram->nodes[node].level == level)
		return edge_child(diagram, &diagram->nodes[node],
				  edge_of(diagram, &diagram->nodes[node], value));
	result = merge_find(diagram, node, value, TAG_RESTRICT);
	if (result != DIAGRAM_NO_NODE)
		return result;
	begin = node_begin(diagram);
	for (size_t i = 0; i < diagram->nodes[node].count; i++) {
		u128 last = edge_last(diagram, &diagram->nodes[node], i);
		uint32_t child = edge_child(diagram, &diagram->nodes[node], i);

		node_push(diagram, begin, last,
			  restrict_level(diagram, child, level, value));
	}
	result = node_finish(diagram, diagram->nodes[node].level, begin);
	merge_remember(diagram, node, value, TAG_RESTRICT, result);
	return result;
}

/* One side of a merge step: either the edges of a node, or one edge for everything. */
struct side {
	uint32_t whole; /* the child for the whole axis, when @node is none */
	uint32_t node;	/* DIAGRAM_NO_NODE: the level is not this side's */
	size_t edge;
};

static struct side side_at(const struct diagram *diagram, uint32_t node, unsigned level)
{
	bool here = level_of(diagram, node) == level;

	return (struct side){node, here ? node : DIAGRAM_NO_NODE, 0};
}

static inline struct edge side_edge(const struct diagram *diagram,
				    const struct side *side, u128 max)
{
	const struct node *node;

	if (side->node == DIAGRAM_NO_NODE)
		return (struct edge){max, side->whole};
	node = &diagram->nodes[side->node];
	return (struct edge){edge_last(diagram, node, side->edge),
			     edge_child(diagram, node, side->edge)};
}

static uint32_t join(struct diagram *diagram, const struct leaf_algebra *algebra,
		     uint32_t a, uint32_t b);

/* Moves on to the first edge that ends at @value or behind it; the present one does not.
 * In steps that double, so that many small ones cost no more than counting them. */
static void side_skip(const struct diagram *diagram, struct side *side, u128 value)
{
	const struct node *node = &diagram->nodes[side->node];
	size_t low = side->edge, step = 1, high;

	while (low + step < node->count && edge_last(diagram, node, low + step) < value) {
		low += step;
		step *= 2;
	}
	high = low + step < node->count ? low + step : node->count - 1;
	while (low + 1 < high) {
		size_t middle = low + (high - low) / 2;

		if (edge_last(diagram, node, middle) < value)
			low = middle;
		else
			high = middle;
	}
	side->edge = high;
}

/* Is @child a leaf that stands whatever the other side says? */
static bool is_final(const struct leaf_algebra *algebra, uint32_t child)
{
	return is_leaf(child) && algebra->final &&
	       algebra->final(algebra->context, leaf_of(child));
}

/*
 * Merges the edges of two nodes, the earlier of whose levels is @level.  What one side
 * decides alone is not looked at on the other: a few prefixes and a set of 100 000 meet
 * in a few steps.
 */
static uint32_t join_edges(struct diagram *diagram, const struct leaf_algebra *algebra,
			   unsigned level, uint32_t a, uint32_t b)
{
	struct side left = side_at(diagram, a, level), right = side_at(diagram, b, level);
	u128 max = space_max(diagram->space, level);
	size_t begin = node_begin(diagram);

	for (;;) {
		struct edge x = side_edge(diagram, &left, max);
		struct edge y = side_edge(diagram, &right, max);
		uint32_t child;
		u128 last;

		if (x.last > y.last && is_final(algebra, x.child)) {
			child = x.child;
			side_skip(diagram, &right, x.last);
			y = side_edge(diagram, &right, max);
		} else if (y.last > x.last && algebra->commutative &&
			   is_final(algebra, y.child)) {
			child = y.child;
			side_skip(diagram, &left, y.last);
			x = side_edge(diagram, &left, max);
		} else {
			child = join(diagram, algebra, x.child, y.child);
		}
		last = x.last < y.last ? x.last : y.last;
		node_push(diagram, begin, last, child);
		if (last == max)
			break;
		left.edge += x.last == last;
		right.edge += y.last == last;
	}
	return node_finish(diagram, level, begin);
}

static uint32_t overlay(struct diagram *diagram, uint32_t a, uint32_t b);
static uint32_t within(struct diagram *diagram, uint32_t set, uint32_t node);

/* The set of one edge of a node: its interval on its level. */
static uint32_t edge_set(struct diagram *diagram, uint32_t node, size_t index)
{
	const struct node *at = &diagram->nodes[node];
	unsigned level = at->level;
	size_t begin = node_begin(diagram), count = at->count;
	u128 last = edge_last(diagram, at, index), max = space_max(diagram->space, level);

	if (index)
		node_push(diagram, begin, edge_last(diagram, at, index - 1), FALSE_LEAF);
	node_push(diagram, begin, last, TRUE_LEAF);
	if (index + 1 < count)
		node_push(diagram, begin, max, FALSE_LEAF);
	return node_finish(diagram, level, begin);
}

/*
 * Joins edges @first up to @last of @a with @b where @b tests the mark and @a is on that
 * level or behind it.  A leaf of @a may carry a new mark, so @b must not be split by the
 * mark that arrives before that leaf is known: each child meets all of @b, and the result
 * counts where the child's edge leads.
 */
static uint32_t join_unsplit(struct diagram *diagram, const struct leaf_algebra *algebra,
			     uint32_t a, size_t first, size_t last, uint32_t b)
{
	size_t middle = first + (last - first) / 2;
	uint32_t left, right;

	if (last - first == 1) {
		uint32_t child = edge_child(diagram, &diagram->nodes[a], first);
		uint32_t result = join(diagram, algebra, child, b);

		return within(diagram, edge_set(diagram, a, first), result);
	}
	left = join_unsplit(diagram, algebra, a, first, middle, b);
	right = join_unsplit(diagram, algebra, a, middle, last, b);
	return overlay(diagram, left, right);
}

/* Tries what needs no merge; DIAGRAM_NO_NODE when a merge is needed. */
static uint32_t join_trivially(const struct leaf_algebra *algebra, uint32_t a, uint32_t b)
{
	if (is_leaf(a)) {
		if (leaf_of(a) == algebra->left_neutral)
			return b;
		if (algebra->final && algebra->final(algebra->context, leaf_of(a)))
			return a;
	}
	if (is_leaf(b)) {
		if (leaf_of(b) == algebra->right_neutral)
			return a;
		if (algebra->commutative && algebra->final &&
		    algebra->final(algebra->context, leaf_of(b)))
			return b;
		if (is_leaf(a))
			return DIAGRAM_LEAF |
			       algebra->join(algebra->context, leaf_of(a), leaf_of(b));
	}
	return algebra->idempotent && a == b ? a : DIAGRAM_NO_NODE;
}

static uint32_t join(struct diagram *diagram, const struct leaf_algebra *algebra,
		     uint32_t a, uint32_t b)
{
	const unsigned mark_level = LEVEL_PROTOCOL + FIELD_MARK - FIELD_PROTOCOL;
	uint32_t result = join_trivially(algebra, a, b), mark, first_level, other_level;

	if (result != DIAGRAM_NO_NODE)
		return result;
	if (diagram->exceeded)
		return FALSE_LEAF;
	if (algebra->mark && is_leaf(a) &&
	    algebra->mark(algebra->context, leaf_of(a), &mark)) {
		uint32_t marked = restrict_level(diagram, b, mark_level, mark);

		if (marked != b)
			return join(diagram, algebra, a, marked);
	}
	if (algebra->commutative && a > b) {
		uint32_t swap = a;

		a = b;
		b = swap;
	}
	result = merge_find(diagram, a, b, algebra->tag);
	if (result != DIAGRAM_NO_NODE)
		return result;
	first_level = level_of(diagram, a);
	other_level = level_of(diagram, b);
	if (algebra->mark && !is_leaf(a) && first_level >= mark_level &&
	    other_level == mark_level)
		result = join_unsplit(diagram, algebra, a, 0, diagram->nodes[a].count, b);
	else
		result = join_edges(diagram, algebra,
				    first_level < other_level ? first_level : other_level,
				    a, b);
	merge_remember(diagram, a, b, algebra->tag, result);
	return result;
}

struct decision decision_join(struct diagram *diagram, const struct leaf_algebra *algebra,
			      struct decision a, struct decision b)
{
	if (algebra->tag >= 64)
		BUG("algebra tag %u", algebra->tag);
	return (struct decision){join(diagram, algebra, a.node, b.node)};
}

struct decision decision_leaf(uint32_t leaf)
{
	return (struct decision){DIAGRAM_LEAF | leaf};
}

bool decision_is_leaf(struct decision decision, uint32_t *ret_leaf)
{
	if (!is_leaf(decision.node))
		return false;
	*ret_leaf = leaf_of(decision.node);
	return true;
}

/* Rebuilding a diagram leaf by leaf, each node once. */
struct rebuild {
	struct diagram *diagram;
	uint32_t *done; /* the new node + 1 by old node; 0 is not done yet */
	leaf_map_fn *map;
	void *context;
};

static uint32_t rebuild(struct rebuild *job, uint32_t node)
{
	struct diagram *diagram = job->diagram;
	uint32_t result;
	size_t begin;

	if (is_leaf(node))
		return DIAGRAM_LEAF | job->map(job->context, leaf_of(node));
	if (job->done[node])
		return job->done[node] - 1;
	begin = node_begin(diagram);
	for (size_t i = 0; i < diagram->nodes[node].count; i++) {
		u128 last = edge_last(diagram, &diagram->nodes[node], i);
		uint32_t child = edge_child(diagram, &diagram->nodes[node], i);

		node_push(diagram, begin, last, rebuild(job, child));
	}
	result = node_finish(diagram, diagram->nodes[node].level, begin);
	job->done[node] = result + 1;
	return result;
}

static void free_array(uint32_t **array)
{
	free(*array);
}

struct decision decision_map(struct diagram *diagram, struct decision decision,
			     leaf_map_fn *map, void *context)
{
	CLEANUP(free_array)
	uint32_t *done = calloc(diagram->node_count + 1, sizeof(*done));
	struct rebuild job = {diagram, done, map, context};

	if (!done) {
		diagram->exceeded = true;
		return decision_leaf(0);
	}
	return (struct decision){rebuild(&job, decision.node)};
}

struct test_leaf {
	leaf_test_fn *is_member;
	void *context;
};

static uint32_t map_by_test(void *context, uint32_t leaf)
{
	const struct test_leaf *test = context;

	return test->is_member(test->context, leaf) ? 1 : 0;
}

struct pset decision_select(struct diagram *diagram, struct decision decision,
			    leaf_test_fn *is_member, void *context)
{
	struct test_leaf test = {is_member, context};

	return (struct pset){decision_map(diagram, decision, map_by_test, &test).node};
}

/* Sets: the leaves are 0 and 1. */

static bool is_one(void *context, uint32_t leaf)
{
	(void)context;
	return leaf == 1;
}

static bool is_zero(void *context, uint32_t leaf)
{
	(void)context;
	return leaf == 0;
}

static uint32_t leaf_or(void *context, uint32_t a, uint32_t b)
{
	(void)context;
	return a | b;
}

static uint32_t leaf_and(void *context, uint32_t a, uint32_t b)
{
	(void)context;
	return a & b;
}

static uint32_t leaf_and_not(void *context, uint32_t a, uint32_t b)
{
	(void)context;
	return a & !b;
}

/* The second decision where the first, a set, is 1; leaf 0 elsewhere. */
static uint32_t leaf_where(void *context, uint32_t a, uint32_t b)
{
	(void)context;
	return a ? b : 0;
}

static const struct leaf_algebra union_algebra = {
	.join = leaf_or,
	.final = is_one,
	.left_neutral = 0,
	.right_neutral = 0,
	.commutative = true,
	.idempotent = true,
	.tag = TAG_UNION,
};

static const struct leaf_algebra intersect_algebra = {
	.join = leaf_and,
	.final = is_zero,
	.left_neutral = 1,
	.right_neutral = 1,
	.commutative = true,
	.idempotent = true,
	.tag = TAG_INTERSECT,
};

static const struct leaf_algebra subtract_algebra = {
	.join = leaf_and_not,
	.final = is_zero,
	.left_neutral = DIAGRAM_NO_LEAF,
	.right_neutral = 0,
	.tag = TAG_SUBTRACT,
};

static const struct leaf_algebra within_algebra = {
	.join = leaf_where,
	.final = is_zero,
	.left_neutral = 1,
	.right_neutral = DIAGRAM_NO_LEAF,
	.tag = TAG_WITHIN,
};

/* The first decision where it is not 0, else the second. */
static uint32_t leaf_overlay(void *context, uint32_t a, uint32_t b)
{
	(void)context;
	return a ? a : b;
}

static bool is_not_zero(void *context, uint32_t leaf)
{
	(void)context;
	return leaf != 0;
}

static const struct leaf_algebra overlay_algebra = {
	.join = leaf_overlay,
	.final = is_not_zero,
	.left_neutral = 0,
	.right_neutral = 0,
	.idempotent = true,
	.tag = TAG_OVERLAY,
};

static uint32_t overlay(struct diagram *diagram, uint32_t a, uint32_t b)
{
	return join(diagram, &overlay_algebra, a, b);
}

static uint32_t within(struct diagram *diagram, uint32_t set, uint32_t node)
{
	return join(diagram, &within_algebra, set, node);
}

struct pset pset_empty(void)
{
	return (struct pset){FALSE_LEAF};
}

struct pset pset_full(void)
{
	return (struct pset){TRUE_LEAF};
}

struct pset pset_union(struct diagram *diagram, struct pset a, struct pset b)
{
	return (struct pset){join(diagram, &union_algebra, a.node, b.node)};
}

int pset_fold(struct diagram *diagram, struct decision_parts *parts, struct pset *ret_set)
{
	struct decision decision;

	if (decision_fold(diagram, &union_algebra, parts, &decision) < 0)
		return -1;
	ret_set->node = decision.node;
	return 0;
}

struct pset pset_intersect(struct diagram *diagram, struct pset a, struct pset b)
{
	return (struct pset){join(diagram, &intersect_algebra, a.node, b.node)};
}

struct pset pset_subtract(struct diagram *diagram, struct pset a, struct pset b)
{
	return (struct pset){join(diagram, &subtract_algebra, a.node, b.node)};
}

struct pset pset_complement(struct diagram *diagram, struct pset a)
{
	return pset_subtract(diagram, pset_full(), a);
}

bool pset_within(struct diagram *diagram, struct pset a, struct pset b)
{
	return pset_is_empty(pset_subtract(diagram, a, b)) && !diagram->exceeded;
}

struct decision decision_within(struct diagram *diagram, struct decision decision,
				struct pset set)
{
	return (struct decision){join(diagram, &within_algebra, set.node, decision.node)};
}

static uint32_t leaf_constant(void *context, uint32_t leaf)
{
	const uint32_t *constant = context;

	return leaf ? *constant : 0;
}

struct decision decision_where(struct diagram *diagram, struct pset set, uint32_t leaf)
{
	return decision_map(diagram, (struct decision){set.node}, leaf_constant, &leaf);
}

/* The unknowns, last of all levels, folded away by "and" or "or". */
static uint32_t quantify(struct diagram *diagram, const struct leaf_algebra *fold,
			 uint32_t tag, uint32_t node)
{
	uint32_t result, level = level_of(diagram, node);
	size_t begin;

	if (is_leaf(node))
		return node;
	result = merge_find(diagram, node, 0, tag);
	if (result != DIAGRAM_NO_NODE)
		return result;
	begin = node_begin(diagram);
	if (level >= LEVEL_UNKNOWN)
		result = quantify(diagram, fold, tag,
				  edge_child(diagram, &diagram->nodes[node], 0));
	for (size_t i = level >= LEVEL_UNKNOWN; i < diagram->nodes[node].count; i++) {
		u128 last = edge_last(diagram, &diagram->nodes[node], i);
		uint32_t child = quantify(diagram, fold, tag,
					  edge_child(diagram, &diagram->nodes[node], i));

		if (level >= LEVEL_UNKNOWN)
			result = join(diagram, fold, result, child);
		else
			node_push(diagram, begin, last, child);
	}
	if (level < LEVEL_UNKNOWN)
		result = node_finish(diagram, level, begin);
	merge_remember(diagram, node, 0, tag, result);
	return result;
}

struct pset pset_surely(struct diagram *diagram, struct pset a)
{
	return (struct pset){quantify(diagram, &intersect_algebra, TAG_SURELY, a.node)};
}

struct pset pset_possibly(struct diagram *diagram, struct pset a)
{
	return (struct pset){quantify(diagram, &union_algebra, TAG_POSSIBLY, a.node)};
}
