/* dns_answer.h - Reading what a DNS server sent, within bounds. */
#ifndef COMPILER_DNS_ANSWER_H
#define COMPILER_DNS_ANSWER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "rules/interval.h"

/**
 * DOC: Answers
 *
 * A message (RFC 1035, section 4) is a stranger's: every offset is checked, compression
 * pointers only lead back, and what may stand there is counted.  It is judged in two
 * steps.  dns_fit() says whether it answers the question at all; only then
 * dns_answer_read() follows the CNAME records from the name that was asked for, by their
 * owners and in whatever order they stand, to the addresses.  Nothing is taken from a
 * record that is not on that way.
 */
struct arena;

/* TCP's length field ends here (RFC 1035, section 4.2.2), and UDP's does. */
#define DNS_MESSAGE_MAX 65535u
/* 12 bytes of header, 255 of name, 4 of type and class, 11 of OPT. */
#define DNS_QUERY_MAX 282u
/* RFC 1035, section 2.3.4, as text without the root's dot, NUL included. */
#define DNS_NAME_SIZE 254u
/* Resolvers give up after some 16 links; a chain of more is no answer. */
#define DNS_CHAIN_MAX 16u
/* An endpoint of Azure has one address a family; this many are no front end's. */
#define DNS_ADDRESSES_MAX 256u
/* Records of an answer: a chain and its addresses, and as much again of others. */
#define DNS_RECORDS_MAX 1024u
/* What we say that we take over UDP: what passes every path of 1280 bytes (DNS flag day
 * 2020, https://www.dnsflagday.net/2020/, read 2026-11-21). */
#define DNS_UDP_SIZE 1232u

/** enum dns_type - The types of records that are asked for or followed */
enum dns_type {
	DNS_TYPE_A = 1,
	DNS_TYPE_CNAME = 5,
	DNS_TYPE_OPT = 41,
	DNS_TYPE_AAAA = 28,
};

/** enum dns_rcode - Those that change what is done; dns_rcode_name() knows the others */
enum dns_rcode {
	DNS_NOERROR = 0,
	DNS_FORMERR = 1,
	DNS_SERVFAIL = 2,
	DNS_NXDOMAIN = 3,
	DNS_NOTIMP = 4,
	DNS_REFUSED = 5,
};

/** dns_rcode_name() - "NXDOMAIN"; NULL for a number that has none */
const char *dns_rcode_name(unsigned rcode);

/** struct dns_question - What was sent */
struct dns_question {
	const char *name; /* lower case, no dot at the end */
	enum dns_type type;
	uint16_t id;
};

/**
 * dns_query_write() - A recursive question, with EDNS (RFC 6891) or without
 * @bytes:	holds DNS_QUERY_MAX
 *
 * Return: its length; 0 when @question->name is no name that DNS can carry
 */
size_t dns_query_write(const struct dns_question *question, bool edns, uint8_t *bytes);

/** enum dns_fit - How a message stands to a question */
enum dns_fit {
	DNS_FITS,
	DNS_FITS_BARE,	    /* an error with our id that repeats no question */
	DNS_OTHER_ID,	    /* what was asked, but not our id: forged, or late */
	DNS_OTHER_QUESTION, /* our id, but not what was asked */
	DNS_OTHER_BOTH,	    /* somebody else's */
	DNS_NO_MESSAGE,	    /* no answer of DNS at all */
};

enum dns_fit dns_fit(const uint8_t *bytes, size_t length,
		     const struct dns_question *question);

/** enum dns_fault - Why an answer that fits cannot be used */
enum dns_fault {
	DNS_FINE,
	DNS_CUT,	   /* ends inside a record */
	DNS_BAD_POINTER,   /* a compressed name leads forward, to itself or too far */
	DNS_BAD_NAME,	   /* leads to what is no host name */
	DNS_BAD_ADDRESS,   /* an address of another length */
	DNS_TOO_MUCH,	   /* more records or addresses than the bounds above */
	DNS_CHAIN_SELF,	   /* a CNAME to its own name */
	DNS_CHAIN_LOOP,	   /* CNAMEs in a circle */
	DNS_CHAIN_LONG,	   /* more than DNS_CHAIN_MAX links */
	DNS_CHAIN_FORK,	   /* two CNAMEs of one name */
	DNS_CHAIN_ADDRESS, /* an address beside a CNAME */
};

/* What is unusual about an answer that can be used: bits. */
#define DNS_ODD_ORDER	     0x01u /* records not in the order of the chain */
#define DNS_ODD_CASE	     0x02u /* the question came back with other letters */
#define DNS_ODD_TTL_ZERO     0x04u
#define DNS_ODD_TTL_NEGATIVE 0x08u /* the top bit set: 0 (RFC 2181, section 8) */

/**
 * struct dns_answer - What an answer says
 * @at:		for a fault of the chain the name where it is, else NULL
 * @rcode:	of the last name of the chain
 * @chain:	the names that CNAME records led through, in their order
 * @addresses:	normal; numbers of 32 or 128 bits by the question's type
 * @ttl:	the smallest of the way, in seconds; UINT32_MAX when there is no record
 */
struct dns_answer {
	enum dns_fault fault;
	const char *at;
	unsigned rcode;
	unsigned odd;
	const char **chain;
	size_t chain_count, chain_capacity;
	struct ranges addresses;
	size_t address_count;
	uint32_t ttl;
};

/** dns_is_truncated() - Does a message that fits say that it is cut off (TC)? */
bool dns_is_truncated(const uint8_t *bytes);

/** dns_message_rcode() - The RCODE of a message that fits */
unsigned dns_message_rcode(const uint8_t *bytes);

/** dns_answer_read() - Read a message that fits @question */
void dns_answer_read(const uint8_t *bytes, size_t length,
		     const struct dns_question *question, struct arena *arena,
		     struct dns_answer *ret_answer);

#endif
