/* packet.h - One packet or request: the witness in a message, the probe in a test. */
#ifndef RULES_PACKET_H
#define RULES_PACKET_H

#include <stdint.h>

#include "rules/addr.h"
#include "rules/field.h"

struct strbuf;

/**
 * struct packet - A point of a space, unknowns aside
 * @number:	indexed by enum field; the NUMBERS axes only, others stay 0
 * @word:	indexed by enum field; the SYMBOLS and NAMES axes only.  NULL: a word that
 *no rule set mentions; for NAME and METHOD: none, as ""
 */
struct packet {
	enum family family;
	u128 destination;
	u128 source;
	uint32_t number[FIELD_COUNT];
	const char *word[FIELD_COUNT];
};

/* What is spoken where a point is no packet: a name and an address of its answer, or a
 * name and a server that it is asked for at. */
#define SPEAKS_DNS_ANSWER   "dns answer"
#define SPEAKS_DNS_QUESTION "dns question"

/* In front of a set: a point is a name and a set that addresses of its answers enter. */
#define SPEAKS_FILLS "fills "

/**
 * packet_format() - "tcp 10.240.0.5:40000 > 10.1.2.4:443, new, in eth0"
 *
 * Only what says something is written: ports of protocols that have them, the ICMP type
 * of ICMP, the state, TCP flags when they are not a plain SYN, interfaces, mark and name
 * when they are set.  A packet with a method is a request, of which other things count:
 * "CONNECT contoso.azurecr.io:443 at 10.1.2.4 from 10.240.0.5".  So are answers of DNS
 * ("contoso.azurecr.io is answered with 10.1.2.4") and questions ("contoso.azurecr.io is
 * asked for at 10.0.0.53:53").
 */
void packet_format(const struct packet *packet, struct strbuf *out);

#endif
