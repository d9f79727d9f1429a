/* field.h - The axes of a flow, and the numbers on them. */
#ifndef RULES_FIELD_H
#define RULES_FIELD_H

#include <stdbool.h>

#include "rules/base/attr.h"

enum field {
#define FIELD(id, name, kind, bits) FIELD_##id,
#include "rules/fields.def"
#undef FIELD
	FIELD_COUNT,
};

enum field_kind {
	FIELD_KIND_ADDRS,
	FIELD_KIND_NUMBERS,
	FIELD_KIND_SYMBOLS,
	FIELD_KIND_NAMES,
};

/** struct field_info - One row of fields.def */
struct field_info {
	const char *name;
	enum field_kind kind;
	unsigned bits;
};

const struct field_info *field_info(enum field field);

/** enum protocol - IP protocol numbers that the code names (IANA protocol-numbers) */
enum protocol {
	PROTOCOL_ICMP = 1,
	PROTOCOL_TCP = 6,
	PROTOCOL_UDP = 17,
	PROTOCOL_DCCP = 33,
	PROTOCOL_ICMPV6 = 58,
	PROTOCOL_SCTP = 132,
	PROTOCOL_UDPLITE = 136,
};

/** field_is_interface() - An axis of interfaces: words with a value for "none" and one
 * for every other; other words are of a request */
static inline bool field_is_interface(enum field field)
{
	return field == FIELD_IN_INTERFACE || field == FIELD_OUT_INTERFACE;
}

/** protocol_name() - "tcp"; NULL for a number without a common name */
const char *protocol_name(unsigned protocol);

/** protocol_parse() - A name, or a number from 0 to 255; -1 for anything else */
int protocol_parse(const char *text);

/**
 * enum ct_state - Connection states; each packet has exactly one
 *
 * nf_conntrack of the kernel has the same five (nft.8, "CT EXPRESSIONS", nftables
 * 1.0.6).  NEW is what opens a flow.  Values 5 to 7 of the 3-bit axis do not occur.
 */
enum ct_state {
	CT_INVALID,
	CT_ESTABLISHED,
	CT_RELATED,
	CT_NEW,
	CT_UNTRACKED,
};
#define CT_STATE_COUNT 5

/** ct_state_name() - "new" */
const char *ct_state_name(enum ct_state state);

/** TCP flag bits of byte 13 of the header (RFC 9293, section 3.1) */
#define TCP_FIN 0x01u
#define TCP_SYN 0x02u
#define TCP_RST 0x04u
#define TCP_PSH 0x08u
#define TCP_ACK 0x10u
#define TCP_URG 0x20u
#define TCP_ECE 0x40u
#define TCP_CWR 0x80u

/**
 * Words on the interface axes.  IFACE_NONE: the packet has no such interface (the input
 * one on hook output).  SYMBOL_OTHER: none of the words that the policies mention.
 */
#define IFACE_NONE   ""
#define SYMBOL_OTHER "*"

#endif
