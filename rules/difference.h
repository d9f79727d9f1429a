/* difference.h - What one rule set lets pass and another does not. */
#ifndef RULES_DIFFERENCE_H
#define RULES_DIFFERENCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "rules/base/diag.h"
#include "rules/count.h"
#include "rules/decide.h"
#include "rules/packet.h"
#include "rules/ruleset.h"

/**
 * DOC: Differences
 *
 * Two rule sets, whatever format they were read from, are compared packet by packet: both
 * are decided in one diagram, and where they agree everywhere their decisions are one
 * node.  So "equal" is a proof, and "different" comes with every packet that is treated
 * otherwise, as boxes.
 *
 * What counts is whether a packet passes: what nothing refuses does, at the end of a
 * chain whose policy accepts too.  Where the target's rules are a part only of a longer
 * list, it also counts who lets the packet pass, since the rest of the list may still
 * refuse what is left to it (@undecided).
 *
 * Only packets that can be on both paths are compared.  An unknown is the same unknown in
 * both rule sets; a packet that is treated otherwise for some of its values only differs
 * *possibly*.
 */
struct arena;

/**
 * struct difference_question - What is to be compared
 * @before, @after: the two rule sets, each with the path that the packets take
 * @within:	(optional) only these packets
 * @undecided:	tell what is left undecided from what is admitted
 * @marks:	tell packets apart that pass with other marks
 * @max_boxes:	boxes of each kind; the rest is only counted
 */
struct difference_question {
	const struct ruleset *before, *after;
	const struct path *before_path, *after_path;
	const struct match *within;
	bool undecided;
	bool marks;
	size_t max_boxes;
};

enum difference_kind {
	DIFFERENCE_OPENS,   /* refused before, passes after */
	DIFFERENCE_CLOSES,  /* passes before, refused after */
	DIFFERENCE_CHANGES, /* passes both times, left to others or with another mark */
};
#define DIFFERENCE_KINDS 3

/** struct difference_side - What one of the rule sets does; @rule NULL: a default */
struct difference_side {
	enum verdict verdict;
	const struct rule *rule;
	const struct chain *chain;
	bool marks;
	uint32_t mark;
};

/**
 * struct difference_box - Packets that meet one rule on each side
 * @match:	the box; its unknowns are terms of it
 * @surely:	they are treated otherwise whatever the unknowns are, if not by these
 *		rules then by others
 * @destinations: how many destination addresses it has
 */
struct difference_box {
	struct match match;
	bool surely;
	struct packet witness;
	struct count destinations;
	struct difference_side before, after;
};

/**
 * struct difference_part - All packets of one kind
 * @any:	there are some
 * @destinations: how many destination addresses they have, and @surely: those of packets
 *		that differ whatever the unknowns are
 * @boxes:	disjoint; boxes of the same two rules follow each other
 * @complete:	the boxes are all packets of this kind
 */
struct difference_part {
	bool any;
	struct count destinations;
	struct count surely;
	struct difference_box *boxes;
	size_t box_count, box_capacity;
	bool complete;
};

/** struct difference - The answer; @compared: no packet can be on both paths otherwise */
struct difference {
	bool compared;
	bool equal;
	struct difference_part parts[DIFFERENCE_KINDS];
};

/**
 * difference_find() - Compare
 *
 * Return: 0 and the answer; -1 when it cannot be decided (a loop, rule sets too complex),
 * with the reason in @diag
 */
int difference_find(const struct difference_question *question, struct arena *arena,
		    struct difference *ret_difference, struct diag *diag);

/** verdict_passes() - Does nothing refuse the packet? */
static inline bool verdict_passes(enum verdict verdict)
{
	return verdict != VERDICT_REFUSE;
}

#endif
