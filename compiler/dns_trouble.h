/* dns_trouble.h - Why a name has no address that a client could use, from what was seen.
 */
#ifndef COMPILER_DNS_TROUBLE_H
#define COMPILER_DNS_TROUBLE_H

#include <stdbool.h>

struct dns_query;
struct resolution;
struct resolved_answer;
struct resolved_name;

/** enum dns_trouble - Rows of dns_troubles.def */
enum dns_trouble {
	TROUBLE_NONE,
#define TROUBLE(id, code, text, cause, help, settled) TROUBLE_##id,
#include "compiler/dns_troubles.def"
#undef TROUBLE
	TROUBLE_COUNT,
};

/** dns_trouble_settled() - Did DNS itself say so, so that a lock may hold it? */
bool dns_trouble_settled(enum dns_trouble trouble);

/** dns_trouble_of() - What is wrong with one question's end; no address is no trouble */
enum dns_trouble dns_trouble_of(const struct dns_query *query);

/**
 * dns_trouble_find() - Make one answer of the two questions of each name and server
 *
 * A family in which nobody could use the name decides nothing; when its question fails
 * and the other's does not, that is reported (dns-families-differ).
 */
void dns_trouble_find(struct resolution *resolution);

/**
 * dns_trouble_report() - Report what is left
 *
 * Those that a check has explained in better words have been reported by it already.  A
 * server that answers no question at all is one message, not one a name.
 */
void dns_trouble_report(struct resolution *resolution);

#endif
