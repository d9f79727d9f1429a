/* diagram.h - Packet sets and decisions as interval decision diagrams. */
#ifndef RULES_DIAGRAM_H
#define RULES_DIAGRAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "rules/addr.h"
#include "rules/count.h"
#include "rules/field.h"
#include "rules/packet.h"
#include "rules/space.h"

/**
 * DOC: Interval decision diagrams
 *
 * A diagram has one level an axis of its space.  A node splits its axis into sorted,
 * disjoint intervals that cover it, each with an edge to a node of a later level or to
 * a leaf.  Nodes are hash-consed and neighbours with the same child are one interval,
 * so a function has exactly one diagram: equality is comparing two numbers.
 *
 * Leaves are numbers.  A *packet set* has the leaves 0 (out) and 1 (in).  A *decision*
 * (decide.h) has a leaf an outcome.
 *
 * Operations merge two diagrams edge list by edge list and remember what they merged,
 * in a table that forgets (a miss costs time, never truth).  A rule set of n rules is
 * built by halves, so that n disjoint prefixes cost n log n.
 *
 * Everything belongs to one struct diagram and dies with it; nothing is freed before.
 * A budget bounds it.  Past the budget every operation answers with the empty set and
 * diagram_exceeded() is true for ever: callers look before they believe an answer.
 */
struct diagram;

/** struct pset - A set of packets; good as long as its diagram */
struct pset {
	uint32_t node;
};

/** struct decision - A map of packets to leaves; good as long as its diagram */
struct decision {
	uint32_t node;
};

#define DIAGRAM_LEAF	 0x80000000u /* node numbers with this bit are leaves */
#define DIAGRAM_LEAF_MAX 0x7ffffffeu

/* 32 bytes a narrow edge with its share of node and table: this bounds memory at some
 * 2 GiB.  The largest policy measured (236 000 rules) makes 4 million edges. */
#define DIAGRAM_DEFAULT_EDGES 100000000u

struct diagram *diagram_new(const struct space *space, size_t max_edges);
void diagram_free(struct diagram *diagram);	/* NULL is fine */
void diagram_cleanup(struct diagram **diagram); /* for CLEANUP() */

const struct space *diagram_space(const struct diagram *diagram);
bool diagram_exceeded(const struct diagram *diagram);

/** diagram_edges() - Edges made so far, a measure of memory */
size_t diagram_edges(const struct diagram *diagram);

struct pset pset_empty(void);
struct pset pset_full(void);

/** pset_match() - The packets for which every term of @match holds */
struct pset pset_match(struct diagram *diagram, const struct match *match);

struct pset pset_union(struct diagram *diagram, struct pset a, struct pset b);
struct pset pset_intersect(struct diagram *diagram, struct pset a, struct pset b);
struct pset pset_subtract(struct diagram *diagram, struct pset a, struct pset b);
struct pset pset_complement(struct diagram *diagram, struct pset a);

static inline bool pset_equal(struct pset a, struct pset b)
{
	return a.node == b.node;
}

static inline bool pset_is_empty(struct pset a)
{
	return a.node == DIAGRAM_LEAF;
}

/** pset_within() - Is every packet of @a in @b? */
bool pset_within(struct diagram *diagram, struct pset a, struct pset b);

/** pset_surely() - The packets that are in @a whatever the unknowns are */
struct pset pset_surely(struct diagram *diagram, struct pset a);

/** pset_possibly() - The packets that are in @a for some values of the unknowns */
struct pset pset_possibly(struct diagram *diagram, struct pset a);

/** pset_witness() - Some packet of a set that is not empty, a readable one if it can */
void pset_witness(const struct diagram *diagram, struct pset a,
		  struct packet *ret_packet);

bool pset_contains(const struct diagram *diagram, struct pset a,
		   const struct packet *packet);

/**
 * pset_count() - How many points of the space a set has
 *
 * Unknowns are not counted: pass pset_surely() or pset_possibly() of a set that has some.
 */
struct count pset_count(struct diagram *diagram, struct pset a);

/** pset_destinations() - The destination addresses that some packet of @a has */
struct addr_set pset_destinations(struct diagram *diagram, struct pset a,
				  struct arena *arena);

/**
 * pset_cover() - A set as a list of boxes, each a conjunction of axes
 * @limit:	stop after so many
 *
 * Boxes are disjoint and come in a stable order.  A box has one term an axis, or two for
 * words that a pattern takes in too much of: in {"veth*"} and not in {"veth1"}.
 *
 * Return: true when the boxes are all of the set
 */
typedef void pset_box_fn(const struct match *box, void *context);
bool pset_cover(struct diagram *diagram, struct pset a, size_t limit, struct arena *arena,
		pset_box_fn *box, void *context);

/* What decide.c builds on. */

/** decision_leaf() - The decision that gives @leaf for every packet */
struct decision decision_leaf(uint32_t leaf);

/** decision_where() - @leaf inside @set, leaf 0 outside */
struct decision decision_where(struct diagram *diagram, struct pset set, uint32_t leaf);

/** decision_match() - @leaf where @match holds, leaf 0 elsewhere */
struct decision decision_match(struct diagram *diagram, const struct match *match,
			       uint32_t leaf);

/**
 * decision_at() - What is left of a decision once a packet is known
 *
 * Unknowns are the last levels, so what is left depends on them alone: a single leaf
 * where none makes a difference, else decision_leaves() and decision_unknowns() tell.
 */
struct decision decision_at(const struct diagram *diagram, struct decision decision,
			    const struct packet *packet);

/** decision_is_leaf() - Is it the same leaf for every packet? *ret_leaf is set then */
bool decision_is_leaf(struct decision decision, uint32_t *ret_leaf);

/** DIAGRAM_NO_LEAF - Stands where an algebra has no such leaf */
#define DIAGRAM_NO_LEAF 0x7fffffffu

/**
 * struct leaf_algebra - How two decisions become one
 * @join:	the leaf where the first has @a and the second has @b; depends on nothing
 *else
 * @final:	(optional) join(a, b) is a whatever b is
 * @left_neutral: the leaf a for which join(a, b) is b, or DIAGRAM_NO_LEAF
 * @right_neutral: the leaf b for which join(a, b) is a, or DIAGRAM_NO_LEAF
 * @commutative: join(a, b) is join(b, a)
 * @idempotent:	join(a, a) is a
 * @mark:	(optional) does leaf @a say that the packet carries a new mark from here
 *on? The second decision is then looked up with that mark.
 * @tag:	below 64 and unlike every other algebra's of one diagram, so that merges
 *can be remembered
 */
struct leaf_algebra {
	uint32_t (*join)(void *context, uint32_t a, uint32_t b);
	bool (*final)(void *context, uint32_t a);
	uint32_t left_neutral;
	uint32_t right_neutral;
	bool commutative;
	bool idempotent;
	bool (*mark)(void *context, uint32_t a, uint32_t *ret_mark);
	void *context;
	uint32_t tag;
};

struct decision decision_join(struct diagram *diagram, const struct leaf_algebra *algebra,
			      struct decision a, struct decision b);

/**
 * struct decision_part - One of many decisions that are joined
 * @match:	@leaf where this holds, leaf 0 elsewhere; NULL: @decision
 */
struct decision_part {
	const struct match *match;
	uint32_t leaf;
	struct decision decision;
};

/**
 * struct decision_parts - Decisions to be joined in their order
 * @get:	gives the part @index; -1 when it cannot, after saying why
 * @stopped:	set where the budget burst: a part that was too much
 */
struct decision_parts {
	size_t count;
	int (*get)(const void *context, size_t index, struct decision_part *ret_part);
	const void *context;
	size_t stopped;
};

/**
 * decision_fold() - Join many decisions by halves; leaf 0 when there are none
 *
 * The same as decision_join() of one after the other, where @algebra is associative.
 *
 * Return: 0, or -1 when a part could not be had or the budget burst
 */
int decision_fold(struct diagram *diagram, const struct leaf_algebra *algebra,
		  struct decision_parts *parts, struct decision *ret_decision);

/** pset_fold() - The union of parts, each a set; as decision_fold() */
int pset_fold(struct diagram *diagram, struct decision_parts *parts,
	      struct pset *ret_set);

/** decision_map() - Every leaf replaced by what @map says */
typedef uint32_t leaf_map_fn(void *context, uint32_t leaf);
struct decision decision_map(struct diagram *diagram, struct decision decision,
			     leaf_map_fn *map, void *context);

/** decision_select() - The packets whose leaf @is_member says yes to */
typedef bool leaf_test_fn(void *context, uint32_t leaf);
struct pset decision_select(struct diagram *diagram, struct decision decision,
			    leaf_test_fn *is_member, void *context);

/** decision_within() - The decision inside @set, leaf 0 outside */
struct decision decision_within(struct diagram *diagram, struct decision decision,
				struct pset set);

/** decision_leaves() - Call @visit once for each leaf that some packet has */
void decision_leaves(struct diagram *diagram, struct decision decision,
		     void (*visit)(void *context, uint32_t leaf), void *context);

/**
 * decision_cover() - The packets whose leaf is not 0, as boxes with one leaf each
 *
 * As pset_cover(), which is this for a set.
 */
typedef void decision_box_fn(const struct match *box, uint32_t leaf, void *context);
bool decision_cover(struct diagram *diagram, struct decision decision, size_t limit,
		    struct arena *arena, decision_box_fn *box, void *context);

/**
 * decision_unknowns() - Names of the unknowns that a decision depends on
 *
 * Return: how many there are; at most @max of them are stored in @names
 */
size_t decision_unknowns(struct diagram *diagram, struct decision decision,
			 const char **names, size_t max);

#endif
