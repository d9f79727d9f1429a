/* diagram_store.h - Inside of diagrams: nodes, edges, tables.  Only diagram*.c include
 * it. */
#ifndef RULES_DIAGRAM_STORE_H
#define RULES_DIAGRAM_STORE_H

#include "rules/diagram.h"

/**
 * DOC: The store
 *
 * A node is a level and a run of edges.  An edge says up to which value (included) it
 * leads to which child; the last edge of a run ends at the level's largest value.  Levels
 * of IPv6 addresses have 128-bit edges, all others 32-bit ones, in separate arrays, so
 * that an IPv4 policy pays 8 bytes an edge.
 *
 * Children are always of a later level.  No two nodes have the same level and edges, no
 * two neighbours in a run the same child, no run has one edge only.
 */
struct node {
	uint32_t level;
	uint32_t count;
	uint32_t hash;
	size_t first; /* into the narrow or the wide arrays */
};

/** struct edge - An edge while a node is being made */
struct edge {
	u128 last;
	uint32_t child;
};

/** struct merge - One remembered merge; @a is stored plus one, 0 marks a free slot */
struct merge {
	uint32_t a, b, tag, result;
};
#define DIAGRAM_NO_NODE UINT32_MAX

struct diagram {
	const struct space *space;
	struct node *nodes;
	size_t node_count, node_capacity;
	struct {
		uint32_t *last;
		uint32_t *child;
		size_t count, capacity;
	} narrow;
	struct {
		u128 *last;
		uint32_t *child;
		size_t count, capacity;
	} wide;
	uint32_t *table; /* node + 1 by hash; 0 is free */
	size_t table_mask;
	struct merge *merges;
	size_t merge_mask;
	struct edge *stack; /* edges of the nodes being made, innermost on top */
	size_t stack_count, stack_capacity;
	size_t max_edges;
	bool exceeded;
};

#define FALSE_LEAF DIAGRAM_LEAF
#define TRUE_LEAF  (DIAGRAM_LEAF | 1u)

static inline bool is_leaf(uint32_t node)
{
	return node & DIAGRAM_LEAF;
}

static inline uint32_t leaf_of(uint32_t node)
{
	return node & ~DIAGRAM_LEAF;
}

static inline bool level_is_wide(unsigned level)
{
	return level == LEVEL_DESTINATION_IPV6 || level == LEVEL_SOURCE_IPV6;
}

/* Leaves come behind every level. */
static inline uint32_t level_of(const struct diagram *diagram, uint32_t node)
{
	return is_leaf(node) ? UINT32_MAX : diagram->nodes[node].level;
}

static inline u128 edge_last(const struct diagram *diagram, const struct node *node,
			     size_t index)
{
	return level_is_wide(node->level) ? diagram->wide.last[node->first + index]
					  : diagram->narrow.last[node->first + index];
}

static inline uint32_t edge_child(const struct diagram *diagram, const struct node *node,
				  size_t index)
{
	return level_is_wide(node->level) ? diagram->wide.child[node->first + index]
					  : diagram->narrow.child[node->first + index];
}

/** edge_of() - The index of the edge that takes @value */
size_t edge_of(const struct diagram *diagram, const struct node *node, u128 value);

/* Making a node: begin, push edges in ascending order, finish.  Nests. */
static inline size_t node_begin(const struct diagram *diagram)
{
	return diagram->stack_count;
}

void node_push(struct diagram *diagram, size_t begin, u128 last, uint32_t child);

/** node_finish() - The node of the edges since @begin: an old one when there is one */
uint32_t node_finish(struct diagram *diagram, unsigned level, size_t begin);

/** node_split() - The node that leads to @inside for @values, to @outside for others */
uint32_t node_split(struct diagram *diagram, unsigned level, const struct ranges *values,
		    uint32_t inside, uint32_t outside);

/** node_push_split() - The edges of node_split(), pushed but not finished */
void node_push_split(struct diagram *diagram, unsigned level, const struct ranges *values,
		     uint32_t inside, uint32_t outside);

/**
 * struct unfolded - A decision whose first two levels are no nodes yet
 * @begin:	where the edges are on the stack: those of the level of IPv4 destinations,
 *		then those of IPv6 destinations
 */
struct unfolded {
	size_t begin;
	size_t count[FAMILY_COUNT];
};

/** match_unfold() - Push what decision_match() makes, unfolded */
struct unfolded match_unfold(struct diagram *diagram, const struct match *match,
			     uint32_t leaf);

/** decision_unfold() - Push the edges of a decision */
struct unfolded decision_unfold(struct diagram *diagram, struct decision decision);

/** destination_level() - The level of a family's destinations */
static inline unsigned destination_level(enum family family)
{
	return family == FAMILY_IPV4 ? LEVEL_DESTINATION_IPV4 : LEVEL_DESTINATION_IPV6;
}

/** merge_find() - What (a, b) under @tag became; DIAGRAM_NO_NODE when forgotten */
uint32_t merge_find(const struct diagram *diagram, uint32_t a, uint32_t b, uint32_t tag);
void merge_remember(struct diagram *diagram, uint32_t a, uint32_t b, uint32_t tag,
		    uint32_t result);

/* Tags of merges that are no algebra's; struct leaf_algebra uses 0 to 63. */
#define TAG_RESTRICT 64u /* b is the value */
#define TAG_SURELY   65u
#define TAG_POSSIBLY 66u

/* Tags of the set algebras among 0 to 63; decide.c begins at TAG_FREE. */
enum {
	TAG_UNION,
	TAG_INTERSECT,
	TAG_SUBTRACT,
	TAG_WITHIN,
	TAG_OVERLAY,
};

/** level_field() - The field of a level, both address levels giving their field */
enum field level_field(unsigned level);

/** level_exists() - Has a packet of @family this level at all? */
static inline bool level_exists(unsigned level, enum family family)
{
	return family == FAMILY_IPV4
		       ? !level_is_wide(level)
		       : level != LEVEL_DESTINATION_IPV4 && level != LEVEL_SOURCE_IPV4;
}

#endif
