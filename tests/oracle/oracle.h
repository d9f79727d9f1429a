/* oracle.h - What a rule set does with one packet, by the book and by brute force. */
#ifndef TESTS_ORACLE_ORACLE_H
#define TESTS_ORACLE_ORACLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "rules/decide.h"
#include "rules/packet.h"
#include "rules/ruleset.h"

/**
 * DOC: The oracle
 *
 * Written from the comments of ruleset.h and decide.h alone: one packet walks through
 * stages, chains and rules, and a variable holds its mark.  No sets, no diagrams, no
 * cleverness; it shares no code with what it judges but the plain data, ranges_contain()
 * and the names of fields.
 */

/** struct truths - A value for every unknown: bit i of @bits is that of @names[i] */
struct truths {
	const char *const *names;
	size_t count;
	uint64_t bits;
};

/** struct fate - What happened to a packet; @rule NULL: the end of a stage decided */
struct fate {
	enum verdict verdict;
	const struct rule *rule;
	bool marks;
	uint32_t mark;
};

/** oracle_match() - Does every term hold for the packet? */
bool oracle_match(const struct match *match, const struct packet *packet,
		  const struct truths *truths);

/** oracle_path() - The packet's fate on a path without loops */
struct fate oracle_path(const struct ruleset *rules, const struct path *path,
			const struct packet *packet, const struct truths *truths);

/**
 * oracle_deciders() - Visit each rule that decides a stage for this packet
 *
 * Those are the rules that are not dead, whatever the other stages of the path say.
 */
void oracle_deciders(const struct ruleset *rules, const struct path *path,
		     const struct packet *packet, const struct truths *truths,
		     void (*visit)(void *context, const struct rule *rule),
		     void *context);

#endif
