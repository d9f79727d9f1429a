/* proof.h - Does a rule set say what the intent says, for every packet? */
#ifndef RULES_PROOF_H
#define RULES_PROOF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "rules/base/diag.h"
#include "rules/count.h"
#include "rules/decide.h"
#include "rules/packet.h"
#include "rules/ruleset.h"

/**
 * DOC: What is proved
 *
 * Given a rule set as an importer read it, a path through it, and the intent as labelled
 * matches, the question is decided by diagrams for all packets of the path's universe:
 *
 *	deny	what is governed is admitted, whatever the unknowns are, exactly where the
 *		base or a flow asks for it, and refused elsewhere; the base is admitted
 *		everywhere, governed or not
 *	keep	every flow is admitted and the rest is left undecided; with a mark,
 *exactly the flows carry it
 *
 * A flow may have *room*: packets that may be admitted for its sake and need not be.  A
 * name at an address that it is not bound to is not compared at all; the other addresses
 * of a service tag that stands for the flow are counted, and the proof is then "wider"
 * rather than exact.
 *
 * With @trace each packet of a flow must also be decided by a rule that carries that
 * flow's id, and each id must be met: so a forgotten flow shows even where another rule
 * happens to admit it.  And what is neither governed nor base must fare as @outside says:
 * be left undecided, or refused by who refuses whatever it does not know.
 *
 * What the rule set has on @ways, hooks that the packets pass besides, may refuse none of
 * the flows and of the base.  And no rule may do to a governed packet what the model does
 * not follow: what is decided then is another packet.
 *
 * A packet that reaches the end of a chain with an accepting policy, or that no chain of
 * the path sees, counts as admitted without @trace (nothing refuses it), and as a fault
 * with it (no rule decides it).
 */

/**
 * struct proof_room - Packets that may be admitted for the sake of a flow
 * @id:		whose: a rule of that id may decide them, although another flow asks for
 *		them, too (two registries behind one service tag); NULL: nobody's
 * @counted:	they are too many, so they count
 */
struct proof_room {
	struct match match;
	const char *id;
	bool counted;
};

/**
 * struct proof_question - What is to be decided
 * @universe:	packets that can be on the path, whatever the rule set says of it
 * @governed:	the packets that the intent speaks about
 * @spared:	(optional) packets beside @governed where a flow's rule may admit what it
 *		would admit among them: segments that open nothing
 * @base:	what must always be admitted; in order, before the flows
 * @flows:	(id, match) in the intent's order; the first that covers a packet has it
 * @stand_ins:	(optional) one a flow: true where service tags stand for a name whose
 *		addresses nobody knows: they must be admitted, and count as too many
 * @rooms:	packets of the flows that may be admitted besides
 * @outside:	with @trace, and with keep: the verdicts (bits 1 << verdict) of what is
 *not the intent's to decide; 0: undecided
 * @marks, @mark: keep: flows must carry this mark
 * @beyond:	(optional) look for too much only here
 * @detail:	tell about each flow, and list what is too much
 * @ways:	(optional) names of the hooks that the packets pass besides @path
 */
struct proof_question {
	const struct ruleset *rules;
	const struct path *path;
	const struct match *universe;
	const struct match *governed;
	const struct match *spared;
	const struct labelled_match *base;
	size_t base_count;
	const struct labelled_match *flows;
	size_t flow_count;
	const bool *stand_ins;
	const struct proof_room *rooms;
	size_t room_count;
	unsigned outside;
	bool deny;
	bool trace;
	bool marks;
	uint32_t mark;
	const struct match *beyond;
	bool detail;
	const char *const *ways; /* ends with NULL */
};

enum proof_fault {
	PROOF_NARROWER,	    /* a packet of the intent is or may be refused */
	PROOF_WIDER,	    /* a packet that nothing asks for is or may be admitted */
	PROOF_BASE,	    /* a packet of the base is or may be refused */
	PROOF_WRONG_FLOW,   /* a flow's packet is decided by a rule that is not the flow's
			     */
	PROOF_FLOW_MISSING, /* no rule carries a flow's id */
	PROOF_NOT_LEFT,	    /* a packet that is not ours to decide is decided */
	PROOF_UNMARKED,	    /* keep: a packet of the intent lacks the mark */
	PROOF_MARKED,	    /* keep: a packet that nothing asks for carries it */
	PROOF_ALTERED, /* a packet is changed on its way: what is decided is another */
};
#define PROOF_FAULT_COUNT 9

/**
 * struct proof_finding - One fault, with a packet that shows it
 * @has_witness: false only for PROOF_FLOW_MISSING
 * @flow:	the id of the flow or the name of the base set that is hurt; NULL: none
 * @verdict:	what the rule set does with the witness
 * @rule:	the rule that decides it, or NULL where a default does
 * @unknowns:	the fault shows only for some values of these
 * @destinations: for PROOF_WIDER: how many destination addresses are too many
 */
struct proof_finding {
	enum proof_fault fault;
	bool has_witness;
	struct packet witness;
	const char *flow;
	enum verdict verdict;
	const struct rule *rule;
	const struct chain *chain;
	const char **unknowns;
	size_t unknown_count;
	struct count destinations;
};

/**
 * struct proof_decider - What decides a packet
 * @rule:	the rule; NULL: a default, or it depends
 * @verdict:	what became of it, unless it depends
 * @unknown:	one of the unknowns that it depends on, or NULL
 */
struct proof_decider {
	const struct rule *rule;
	enum verdict verdict;
	const char *unknown;
};

/**
 * struct proof_row - With @detail: how one flow of the question fares
 * @admitted:	some packet of it is surely admitted, by @admitted_by
 * @refused:	some packet of it, @refused_packet, is or may be refused, by @refused_by
 */
struct proof_row {
	bool admitted;
	struct proof_decider admitted_by;
	bool refused;
	struct packet refused_packet;
	struct proof_decider refused_by;
};

/* Boxes of what is too much; past so many the rest is only counted. */
#define PROOF_MAX_BOXES 20

/**
 * struct proof - The answer; it holds when there are no findings
 * @admitted:	how many packets of flows are surely admitted (points of the space), base
 *		aside: not those to wherever a name leads
 * @destinations: how many destination addresses these have
 * @wider:	more is admitted than the intent asks for, within counted rooms: @excess
 *		destination addresses too many, @excess_packet for example
 * @excess_unknown: nobody knows how many: some room is a service tag that no tag file
 *		tells of, and @excess is more than there are
 * @rows:	with @detail: one a flow of the question, in its order
 * @boxes:	with @detail: what is admitted beyond the intent, as disjoint boxes
 */
struct proof {
	struct proof_finding *findings;
	size_t finding_count, finding_capacity;
	struct count admitted;
	struct count destinations;
	bool wider;
	bool excess_unknown;
	struct count excess;
	struct packet excess_packet;
	struct proof_row *rows;
	struct match *boxes;
	size_t box_count, box_capacity;
	bool boxes_complete;
};

/**
 * prove() - Decide the question
 *
 * Return: 0 and the answer, whichever it is; -1 when it cannot be decided (a loop, a rule
 * set too complex), with the reason in @diag
 */
int prove(const struct proof_question *question, struct arena *arena,
	  struct proof *ret_proof, struct diag *diag);

#endif
