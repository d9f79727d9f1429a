/* decisions_store.h - Inside of decisions: leaves and how they are joined.  Only
 * decisions*.c and decide.c include it. */
#ifndef RULES_DECISIONS_STORE_H
#define RULES_DECISIONS_STORE_H

#include "rules/decide.h"

/** enum control - Where a packet goes from here */
enum control {
	CONTROL_DONE,	  /* the outcome stands */
	CONTROL_CONTINUE, /* go on with the next rule */
	CONTROL_RETURN,	  /* leave the chain */
};

/** struct leaf - What a leaf number stands for */
struct leaf {
	enum control control;
	struct outcome outcome;
};

/* A rule set whose rules have serial numbers from @first on. */
struct numbered {
	const struct ruleset *rules;
	uint32_t first;
	uint32_t *chain_first; /* serial of each chain's first rule */
};

struct decisions {
	struct diagram *diagram;
	struct arena *arena;
	struct leaf *leaves;
	size_t leaf_count, leaf_capacity;
	uint32_t *table; /* leaf + 1 by hash; 0 is free */
	size_t table_mask;
	struct numbered *numbered;
	size_t numbered_count, numbered_capacity;
	uint32_t next_serial;
};

/** leaf_number() - The number of a leaf: an old one when an equal leaf has one */
uint32_t leaf_number(struct decisions *decisions, const struct leaf *leaf);

/** number_rules() - Give the rules of a set serial numbers, once */
const struct numbered *number_rules(struct decisions *decisions,
				    const struct ruleset *rules);

/* Tags of the algebras; the set algebras of a diagram are below 16. */
enum {
	TAG_SEQUENCE = 16, /* rules of a chain */
	TAG_ALL,	   /* stages that must all let a packet pass */
	TAG_FIRST,	   /* stages where the first that decides decides */
	TAG_REACH_ALL,	   /* what a stage does with the packets that reach it */
	TAG_REACH_FIRST,
};

/** sequence_algebra() - Rules in order: the first that is not "go on" wins */
struct leaf_algebra sequence_algebra(struct decisions *decisions);

/** stage_algebra() - Stages before, and the next one: what the path does with a packet */
struct leaf_algebra stage_algebra(struct decisions *decisions, enum compose compose);

/** reach_algebra() - The same: what the next one does with the packets that reach it */
struct leaf_algebra reach_algebra(struct decisions *decisions, enum compose compose);

#endif
