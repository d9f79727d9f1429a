/* diagram_fold.c - Joining many decisions into one. */
#include "rules/diagram_store.h"

#include <string.h>

/**
 * DOC: Joining by halves
 *
 * Of the decisions that are made while n rules are joined by halves, all but the last are
 * met once and never again, and nearly all of them is family and destination: there the
 * rules differ, while what they say behind it is the same again and again.  So these two
 * levels stay lists of edges on the diagram's stack, where a join replaces two lists by
 * one, and become nodes at the end.  For 100 000 rules that saves nine tenths of the
 * edges and the looking up of nodes that nobody shares.
 */
struct fold {
	struct diagram *diagram;
	const struct leaf_algebra *algebra;
	struct decision_parts *parts;
};

/* The child of a decision for one family. */
static uint32_t of_family(const struct diagram *diagram, uint32_t node,
			  enum family family)
{
	if (level_of(diagram, node) != LEVEL_FAMILY)
		return node;
	return edge_child(diagram, &diagram->nodes[node],
			  edge_of(diagram, &diagram->nodes[node], family));
}

struct unfolded decision_unfold(struct diagram *diagram, struct decision decision)
{
	struct unfolded unfolded = {.begin = node_begin(diagram)};

	for (unsigned family = 0; family < FAMILY_COUNT; family++) {
		unsigned level = destination_level((enum family)family);
		uint32_t node = of_family(diagram, decision.node, (enum family)family);
		size_t begin = node_begin(diagram);

		if (level_of(diagram, node) != level)
			node_push(diagram, begin, space_max(diagram->space, level), node);
		else
			for (size_t i = 0; i < diagram->nodes[node].count; i++)
				node_push(diagram, begin,
					  edge_last(diagram, &diagram->nodes[node], i),
					  edge_child(diagram, &diagram->nodes[node], i));
		unfolded.count[family] = node_begin(diagram) - begin;
	}
	return unfolded;
}

static struct decision fold_back(struct diagram *diagram, const struct unfolded *unfolded)
{
	uint32_t child[FAMILY_COUNT];
	size_t begin;

	/* The last list is on top of the stack. */
	for (unsigned family = FAMILY_COUNT; family-- > 0;)
		child[family] =
			node_finish(diagram, destination_level((enum family)family),
				    unfolded->begin + (family ? unfolded->count[0] : 0));
	begin = node_begin(diagram);
	for (unsigned family = 0; family < FAMILY_COUNT; family++)
		node_push(diagram, begin, family, child[family]);
	return (struct decision){node_finish(diagram, LEVEL_FAMILY, begin)};
}

/* Merges two lists of edges at @a and @b on the stack onto its top. */
static size_t join_lists(const struct fold *fold, size_t a, size_t b, u128 max)
{
	struct diagram *diagram = fold->diagram;
	size_t begin = node_begin(diagram);

	for (;;) {
		/* Copies: the stack moves when it grows. */
		const struct edge x = diagram->stack[a], y = diagram->stack[b];
		u128 last = x.last < y.last ? x.last : y.last;

		node_push(diagram, begin, last,
			  decision_join(diagram, fold->algebra,
					(struct decision){x.child},
					(struct decision){y.child})
				  .node);
		if (last == max)
			return node_begin(diagram) - begin;
		a += x.last == last;
		b += y.last == last;
	}
}

/* Joins the two topmost unfolded decisions; the result takes their place. */
static struct unfolded join_unfolded(const struct fold *fold, const struct unfolded *a,
				     const struct unfolded *b)
{
	struct diagram *diagram = fold->diagram;
	struct unfolded joined = {.begin = a->begin};
	size_t begin = node_begin(diagram), length;

	for (unsigned family = 0; family < FAMILY_COUNT; family++) {
		unsigned level = destination_level((enum family)family);
		size_t ipv4 = family ? 1 : 0;

		joined.count[family] = join_lists(fold, a->begin + ipv4 * a->count[0],
						  b->begin + ipv4 * b->count[0],
						  space_max(diagram->space, level));
	}
	length = node_begin(diagram) - begin;
	memmove(&diagram->stack[a->begin], &diagram->stack[begin],
		length * sizeof(*diagram->stack));
	diagram->stack_count = a->begin + length;
	if (diagram->stack_count > diagram->max_edges)
		diagram->exceeded = true;
	return joined;
}

/* Parts @first up to @last, at least one. */
static int fold_parts(const struct fold *fold, size_t first, size_t last,
		      struct unfolded *ret_unfolded)
{
	struct diagram *diagram = fold->diagram;
	size_t middle = first + (last - first) / 2;
	struct decision_part part;
	struct unfolded a, b;

	if (last - first == 1) {
		if (fold->parts->get(fold->parts->context, first, &part) < 0)
			return -1;
		*ret_unfolded = part.match ? match_unfold(diagram, part.match, part.leaf)
					   : decision_unfold(diagram, part.decision);
		return 0;
	}
	if (fold_parts(fold, first, middle, &a) < 0 ||
	    fold_parts(fold, middle, last, &b) < 0)
		return -1;
	*ret_unfolded = join_unfolded(fold, &a, &b);
	if (!diagram->exceeded)
		return 0;
	fold->parts->stopped = middle;
	return -1;
}

int decision_fold(struct diagram *diagram, const struct leaf_algebra *algebra,
		  struct decision_parts *parts, struct decision *ret_decision)
{
	const struct fold fold = {diagram, algebra, parts};
	size_t begin = node_begin(diagram);
	struct unfolded unfolded;

	parts->stopped = 0;
	if (!parts->count) {
		*ret_decision = decision_leaf(0);
		return 0;
	}
	if (fold_parts(&fold, 0, parts->count, &unfolded) < 0) {
		diagram->stack_count = begin;
		return -1;
	}
	*ret_decision = fold_back(diagram, &unfolded);
	return 0;
}
