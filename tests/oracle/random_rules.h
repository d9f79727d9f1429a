/* random_rules.h - Rule sets and packets by chance, the same for the same seed. */
#ifndef TESTS_ORACLE_RANDOM_RULES_H
#define TESTS_ORACLE_RANDOM_RULES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "rules/packet.h"
#include "rules/ruleset.h"

struct arena;

/** struct chance - A source of numbers; the seed is its first state */
struct chance {
	uint64_t state;
};

uint64_t chance_number(struct chance *chance);

/** chance_below() - A number below @limit, which is not 0 */
size_t chance_below(struct chance *chance, size_t limit);

/** chance_percent() - True in @percent of 100 cases */
bool chance_percent(struct chance *chance, unsigned percent);

#define RANDOM_UNKNOWNS 3

/**
 * struct random_shape - How large and how wild
 * @fields:	bits 1 << field: the axes that terms may test
 * @unknowns:	how many unknowns may be met, at most RANDOM_UNKNOWNS
 * @terms:	most terms a match
 * @depth:	how deep choices may nest
 * @chains, @rules, @stages: most of each; at least one
 * @marks:	rules may set marks
 */
struct random_shape {
	unsigned fields;
	unsigned unknowns;
	unsigned terms;
	unsigned depth;
	unsigned chains;
	unsigned rules;
	unsigned stages;
	bool marks;
};

struct match random_match(struct chance *chance, const struct random_shape *shape,
			  struct arena *arena);

/** random_ruleset() - One path "p"; chains jump only to later ones, so never in circles
 */
struct ruleset *random_ruleset(struct chance *chance, const struct random_shape *shape,
			       struct arena *arena);

/** struct edge_list - Values of one axis that are worth a try */
struct edge_list {
	u128 *at;
	size_t count, capacity;
};

/**
 * struct edges - The values at which rules may change their mind
 *
 * For numbers first - 1, first, last and last + 1 of every range, and both ends of the
 * axis; for words each word, a word that each pattern stands for, none and another one.
 * Whatever the rules do, they do the same with all values between two edges, so packets
 * made of edges show every behaviour that there is.
 */
struct edges {
	struct edge_list addrs[FAMILY_COUNT][2]; /* destinations, sources */
	struct edge_list numbers[FIELD_COUNT];
	struct symbols words[FIELD_COUNT];
	struct symbols unknowns;
};

void edges_add_match(struct edges *edges, const struct match *match, struct arena *arena);
void edges_add_ruleset(struct edges *edges, const struct ruleset *rules,
		       struct arena *arena);

/** edges_finish() - Add what every axis has, sort and drop repetitions; then pick */
void edges_finish(struct edges *edges, struct arena *arena);

struct packet random_packet(struct chance *chance, const struct edges *edges);

#endif
