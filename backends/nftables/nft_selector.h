/* nft_selector.h - What a rule looks at: "ip daddr", "ct state", "meta mark". */
#ifndef BACKENDS_NFTABLES_NFT_SELECTOR_H
#define BACKENDS_NFTABLES_NFT_SELECTOR_H

#include <stdbool.h>

#include "backends/nftables/nft_lexer.h"
#include "backends/nftables/nft_types.h"
#include "rules/addr.h"
#include "rules/field.h"

/* Kernels concatenate at most 16 registers of 32 bits (NFT_REG32_COUNT, nf_tables.h). */
#define NFT_MAX_FIELDS 16

#define NFT_NO_DEPENDENCY (-1)

/**
 * struct nft_selector - One thing to look at, and what looking implies
 * @type:	NFT_TYPE_OPAQUE: it is not modelled, and a test of it is an unknown
 * @field:	its axis, for the other types
 * @family:	enum family that the packet must have, or NFT_NO_DEPENDENCY
 * @weak_family: @family is implied only where no other family was asked for before
 *		("ip6 daddr ::1 icmp type 8" looks for protocol 1 in IPv6: nft 1.0.6)
 * @protocol:	protocol that the packet must have, or NFT_NO_DEPENDENCY
 * @any_transport: "th": the ports of whatever protocol it is
 * @option:	it is an option of the header, by which nft does not take the packet for
 *one of that header
 * @next_header: "ip6 nexthdr": the transport protocol only without extension headers
 * @bits:	NFT_TYPE_OPAQUE: one value alone tests bits, so "x" and "== x" differ
 * @fails:	NFT_TYPE_OPAQUE: some packets have none of it (no socket, no connection,
 *no such option), and for them neither "== x" nor "!= x" holds
 * @moves:	two tests of it can answer differently: a rate, a counter, a random number
 * @marks:	it looks at the packet's mark besides
 * @last:	its last word: what "set" statements that change it end in
 */
struct nft_selector {
	enum nft_type type;
	enum field field;
	int family;
	bool weak_family;
	int protocol;
	bool any_transport;
	bool option;
	bool next_header;
	bool bits;
	bool fails;
	bool moves;
	bool marks;
	struct nft_token last;
};

/** nft_selector_begins() - Does a selector begin at the current word? */
bool nft_selector_begins(const struct nft_lexer *lexer);

/**
 * nft_selector_read() - Read one selector, without what it is compared with
 *
 * Return: false when the words are no selector of nft; the place is then undefined
 */
bool nft_selector_read(struct nft_lexer *lexer, struct nft_selector *ret_selector);

/**
 * nft_skip_value() - Go past a value: literals, operators, braces, maps, selectors
 *
 * Return: false when there is none
 */
bool nft_skip_value(struct nft_lexer *lexer);

#endif
