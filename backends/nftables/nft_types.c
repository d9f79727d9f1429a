/* nft_types.c - The types of nftables' values, and their symbolic constants. */
#include "backends/nftables/nft_types.h"

#include <string.h>

/* Names as set declarations write them (nft.8, "DATA TYPES", nft 1.0.6). */
static const struct {
	const char *name;
	enum nft_type type;
} type_names[] = {
	{"ipv4_addr", NFT_TYPE_IPV4},
	{"ipv6_addr", NFT_TYPE_IPV6},
	{"inet_proto", NFT_TYPE_PROTOCOL},
	{"inet_service", NFT_TYPE_SERVICE},
	{"icmp_type", NFT_TYPE_ICMP_TYPE},
	{"icmp_code", NFT_TYPE_ICMP_CODE},
	{"icmpv6_type", NFT_TYPE_ICMPV6_TYPE},
	{"icmpv6_code", NFT_TYPE_ICMPV6_CODE},
	{"tcp_flag", NFT_TYPE_TCP_FLAGS},
	{"ct_state", NFT_TYPE_CT_STATE},
	{"ifname", NFT_TYPE_INTERFACE},
	{"iface_index", NFT_TYPE_INTERFACE},
	{"mark", NFT_TYPE_MARK},
	{"nf_proto", NFT_TYPE_NFPROTO},
	{"ether_type", NFT_TYPE_ETHERTYPE},
};

static const struct {
	enum nft_type type;
	const char *name;
	u128 value;
} constants[] = {
#define CONSTANT(type, name, value) {NFT_TYPE_##type, name, value},
#include "backends/nftables/nft_constants.def"
#undef CONSTANT
};

unsigned nft_type_bits(enum nft_type type)
{
	switch (type) {
	case NFT_TYPE_OPAQUE:
	case NFT_TYPE_INTERFACE:
		return 0;
	case NFT_TYPE_IPV6:
		return 128;
	case NFT_TYPE_IPV4:
	case NFT_TYPE_MARK:
		return 32;
	case NFT_TYPE_SERVICE:
	case NFT_TYPE_ETHERTYPE:
		return 16;
	case NFT_TYPE_PROTOCOL:
	case NFT_TYPE_ICMP_TYPE:
	case NFT_TYPE_ICMP_CODE:
	case NFT_TYPE_ICMPV6_TYPE:
	case NFT_TYPE_ICMPV6_CODE:
	case NFT_TYPE_TCP_FLAGS:
	case NFT_TYPE_NFPROTO:
	case NFT_TYPE_CT_STATE: /* 32 in nft; no state has a bit above 0x40 */
		return 8;
	}
	BUG("type %d", (int)type);
}

bool nft_type_is_bitmask(enum nft_type type)
{
	return type == NFT_TYPE_CT_STATE || type == NFT_TYPE_TCP_FLAGS;
}

static bool is_named(const char *have, const char *name, size_t length)
{
	return strlen(have) == length && memcmp(have, name, length) == 0;
}

enum nft_type nft_type_find(const char *name, size_t length)
{
	for (size_t i = 0; i < ARRAY_SIZE(type_names); i++)
		if (is_named(type_names[i].name, name, length))
			return type_names[i].type;
	return NFT_TYPE_OPAQUE;
}

bool nft_constant(enum nft_type type, const char *name, size_t length, u128 *ret_value)
{
	for (size_t i = 0; i < ARRAY_SIZE(constants); i++) {
		if (constants[i].type == type &&
		    is_named(constants[i].name, name, length)) {
			*ret_value = constants[i].value;
			return true;
		}
	}
	return false;
}
