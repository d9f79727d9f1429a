/* nft_types.h - The types of nftables' values, and their symbolic constants. */
#ifndef BACKENDS_NFTABLES_NFT_TYPES_H
#define BACKENDS_NFTABLES_NFT_TYPES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "rules/base/attr.h"
#include "rules/interval.h"

/** enum nft_type - The types that are modelled; NFT_TYPE_OPAQUE is every other */
enum nft_type {
	NFT_TYPE_OPAQUE,
	NFT_TYPE_IPV4,
	NFT_TYPE_IPV6,
	NFT_TYPE_PROTOCOL,
	NFT_TYPE_SERVICE,
	NFT_TYPE_ICMP_TYPE,
	NFT_TYPE_ICMP_CODE,
	NFT_TYPE_ICMPV6_TYPE,
	NFT_TYPE_ICMPV6_CODE,
	NFT_TYPE_TCP_FLAGS,
	NFT_TYPE_CT_STATE,
	NFT_TYPE_INTERFACE, /* by name or index: words */
	NFT_TYPE_MARK,
	NFT_TYPE_NFPROTO,
	NFT_TYPE_ETHERTYPE,
};

/** nft_type_bits() - Width of a number of this type; 0 for words and NFT_TYPE_OPAQUE */
unsigned nft_type_bits(enum nft_type type);

/** nft_type_is_bitmask() - One value alone tests bits: "ct state new" */
bool nft_type_is_bitmask(enum nft_type type);

/** nft_type_find() - By the name that set declarations use: "ipv4_addr" */
enum nft_type nft_type_find(const char *name, size_t length);

/** nft_constant() - The value of a symbolic constant; false: this type has none so called
 */
bool nft_constant(enum nft_type type, const char *name, size_t length,
		  u128 *ret_value) MUST_USE;

/* The values behind "new" and "ipv4", which are not those of the model */
#define NFT_CT_INVALID	   0x01u
#define NFT_CT_ESTABLISHED 0x02u
#define NFT_CT_RELATED	   0x04u
#define NFT_CT_NEW	   0x08u
#define NFT_CT_UNTRACKED   0x40u
#define NFT_NFPROTO_IPV4   2u
#define NFT_NFPROTO_IPV6   10u
#define NFT_ETHERTYPE_IPV4 0x0800u
#define NFT_ETHERTYPE_IPV6 0x86ddu

#endif
