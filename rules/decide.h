/* decide.h - What a rule set does with every packet. */
#ifndef RULES_DECIDE_H
#define RULES_DECIDE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "rules/base/diag.h"
#include "rules/diagram.h"
#include "rules/ruleset.h"

struct arena;

enum verdict {
	VERDICT_NONE,  /* outside the universe, or no stage's guard lets it in */
	VERDICT_ADMIT, /* a rule lets it pass and nothing refuses it */
	VERDICT_REFUSE,
	VERDICT_UNDECIDED, /* it reaches an end that decides nothing of its own */
};

/** verdict_name() - "allow", "deny", "undecided", "none" */
const char *verdict_name(enum verdict verdict);

/** verdict_by_default() - Why a packet has a verdict that no rule gave it, in words */
const char *verdict_by_default(enum verdict verdict);

/**
 * struct outcome - What happens to a packet
 * @rule:	DECIDE_BY_RULE: serial number of the deciding rule (see decisions_rule()),
 *0 when the end of a stage decided
 * @id:		DECIDE_BY_RULE and DECIDE_BY_ID: that rule's flow id, or NULL
 * @marks:	a mark was set on the way, whatever the verdict: @mark, the last one
 *
 * Where several stages have their say, the deciding one is the first that refuses; else
 * among those that admit the first rule with an id, else the first rule, else the first
 * end of a stage; else the first that left the packet undecided.
 */
struct outcome {
	enum verdict verdict;
	uint32_t rule;
	const char *id;
	bool marks;
	uint32_t mark;
};

/**
 * struct decisions - The outcomes of one diagram, numbered
 *
 * Decisions of two rule sets made in one struct decisions have comparable leaves.
 */
struct decisions;

struct decisions *decisions_new(struct diagram *diagram, struct arena *arena);

enum decide_by {
	DECIDE_BY_RULE, /* outcomes that differ in the deciding rule differ */
	DECIDE_BY_ID, /* ... in the deciding rule's id (flow); rules without one are equal
		       */
	DECIDE_BY_VERDICT, /* only verdict and mark count: the smallest diagrams */
};

/**
 * decide() - What @path does with every packet of its universe
 *
 * Return: 0, or -1 with rules-loop or rules-too-complex in @diag
 */
int decide(struct decisions *decisions, const struct ruleset *rules,
	   const struct path *path, enum decide_by by, struct decision *ret_decision,
	   struct diag *diag);

/**
 * decide_to() - The same where only packets to @destinations will be asked about
 *
 * The decision is right for those and means nothing elsewhere.  Rules for other addresses
 * are not looked at: of 100 000 rules a difference between two rule sets touches few.
 */
int decide_to(struct decisions *decisions, const struct ruleset *rules,
	      const struct path *path, enum decide_by by,
	      const struct addr_set *destinations, struct decision *ret_decision,
	      struct diag *diag);

/** decisions_outcome() - The outcome behind a leaf */
const struct outcome *decisions_outcome(const struct decisions *decisions, uint32_t leaf);

/** decisions_rule() - The rule behind a serial number of an outcome; NULL for 0 */
const struct rule *decisions_rule(const struct decisions *decisions, uint32_t serial);
const struct chain *decisions_chain(const struct decisions *decisions, uint32_t serial);

/** decisions_select() - The packets with one of the verdicts (bits 1 << verdict) */
struct pset decisions_select(struct decisions *decisions, struct decision decision,
			     unsigned bits);

/** decisions_marked() - The packets that were given @mark and not refused */
struct pset decisions_marked(struct decisions *decisions, struct decision decision,
			     uint32_t mark);

/** decisions_by_id() - Who admits: leaves differ by flow id alone, 0 where nobody admits
 */
struct decision decisions_by_id(struct decisions *decisions, struct decision decision);

/**
 * decisions_flows() - The same map from an intent: who covers which packet
 *
 * Builds a decision whose outcomes are VERDICT_ADMIT by id, from (id, match) pairs,
 * the first that matches wins.
 */
struct labelled_match {
	const char *id;
	struct match match;
	struct span at; /* who asks for it; SPAN_NONE where nobody can be shown */
};
int decisions_flows(struct decisions *decisions, const struct labelled_match *flows,
		    size_t count, struct decision *ret_decision, struct diag *diag);

/**
 * decide_shadowed() - Mark the rules that decide no packet
 * @ret_dead:	one flag a rule, in order of chains and rules; true: the rule decides (it
 *		is no jump, return or mark), but decides no packet that reaches a stage of
 *		some path with the mark that it then carries
 */
int decide_shadowed(const struct ruleset *rules, bool **ret_dead, struct arena *arena,
		    struct diag *diag);

#endif
