/* nft_selector.c - What a rule looks at: "ip daddr", "ct state", "meta mark". */
#include "backends/nftables/nft_selector.h"

#include <string.h>

#define NONE NFT_NO_DEPENDENCY

/* The selectors with an axis of the model (nft.8, "PRIMARY EXPRESSIONS" and "PAYLOAD
 * EXPRESSIONS"; what they imply: "nft --debug=netlink" of 1.0.6, seen 2026-11-21). */
static const struct {
	const char *first, *second;
	enum nft_type type;
	enum field field;
	int family, protocol;
} modelled[] = {
	{"ip", "saddr", NFT_TYPE_IPV4, FIELD_SOURCE, FAMILY_IPV4, NONE},
	{"ip", "daddr", NFT_TYPE_IPV4, FIELD_DESTINATION, FAMILY_IPV4, NONE},
	{"ip", "protocol", NFT_TYPE_PROTOCOL, FIELD_PROTOCOL, FAMILY_IPV4, NONE},
	{"ip6", "saddr", NFT_TYPE_IPV6, FIELD_SOURCE, FAMILY_IPV6, NONE},
	{"ip6", "daddr", NFT_TYPE_IPV6, FIELD_DESTINATION, FAMILY_IPV6, NONE},
	{"ip6", "nexthdr", NFT_TYPE_PROTOCOL, FIELD_PROTOCOL, FAMILY_IPV6, NONE},
	{"tcp", "sport", NFT_TYPE_SERVICE, FIELD_SOURCE_PORT, NONE, PROTOCOL_TCP},
	{"tcp", "dport", NFT_TYPE_SERVICE, FIELD_DESTINATION_PORT, NONE, PROTOCOL_TCP},
	{"tcp", "flags", NFT_TYPE_TCP_FLAGS, FIELD_TCP_FLAGS, NONE, PROTOCOL_TCP},
	{"udp", "sport", NFT_TYPE_SERVICE, FIELD_SOURCE_PORT, NONE, PROTOCOL_UDP},
	{"udp", "dport", NFT_TYPE_SERVICE, FIELD_DESTINATION_PORT, NONE, PROTOCOL_UDP},
	{"udplite", "sport", NFT_TYPE_SERVICE, FIELD_SOURCE_PORT, NONE, PROTOCOL_UDPLITE},
	{"udplite", "dport", NFT_TYPE_SERVICE, FIELD_DESTINATION_PORT, NONE,
	 PROTOCOL_UDPLITE},
	{"sctp", "sport", NFT_TYPE_SERVICE, FIELD_SOURCE_PORT, NONE, PROTOCOL_SCTP},
	{"sctp", "dport", NFT_TYPE_SERVICE, FIELD_DESTINATION_PORT, NONE, PROTOCOL_SCTP},
	{"dccp", "sport", NFT_TYPE_SERVICE, FIELD_SOURCE_PORT, NONE, PROTOCOL_DCCP},
	{"dccp", "dport", NFT_TYPE_SERVICE, FIELD_DESTINATION_PORT, NONE, PROTOCOL_DCCP},
	{"th", "sport", NFT_TYPE_SERVICE, FIELD_SOURCE_PORT, NONE, NONE},
	{"th", "dport", NFT_TYPE_SERVICE, FIELD_DESTINATION_PORT, NONE, NONE},
	{"icmp", "type", NFT_TYPE_ICMP_TYPE, FIELD_ICMP, FAMILY_IPV4, PROTOCOL_ICMP},
	{"icmp", "code", NFT_TYPE_ICMP_CODE, FIELD_ICMP, FAMILY_IPV4, PROTOCOL_ICMP},
	{"icmpv6", "type", NFT_TYPE_ICMPV6_TYPE, FIELD_ICMP, FAMILY_IPV6,
	 PROTOCOL_ICMPV6},
	{"icmpv6", "code", NFT_TYPE_ICMPV6_CODE, FIELD_ICMP, FAMILY_IPV6,
	 PROTOCOL_ICMPV6},
	{"meta", "l4proto", NFT_TYPE_PROTOCOL, FIELD_PROTOCOL, NONE, NONE},
	{"meta", "nfproto", NFT_TYPE_NFPROTO, FIELD_FAMILY, NONE, NONE},
	{"meta", "protocol", NFT_TYPE_ETHERTYPE, FIELD_FAMILY, NONE, NONE},
	{"meta", "mark", NFT_TYPE_MARK, FIELD_MARK, NONE, NONE},
	{"meta", "iif", NFT_TYPE_INTERFACE, FIELD_IN_INTERFACE, NONE, NONE},
	{"meta", "iifname", NFT_TYPE_INTERFACE, FIELD_IN_INTERFACE, NONE, NONE},
	{"meta", "oif", NFT_TYPE_INTERFACE, FIELD_OUT_INTERFACE, NONE, NONE},
	{"meta", "oifname", NFT_TYPE_INTERFACE, FIELD_OUT_INTERFACE, NONE, NONE},
	{"mark", NULL, NFT_TYPE_MARK, FIELD_MARK, NONE, NONE},
	{"iif", NULL, NFT_TYPE_INTERFACE, FIELD_IN_INTERFACE, NONE, NONE},
	{"iifname", NULL, NFT_TYPE_INTERFACE, FIELD_IN_INTERFACE, NONE, NONE},
	{"oif", NULL, NFT_TYPE_INTERFACE, FIELD_OUT_INTERFACE, NONE, NONE},
	{"oifname", NULL, NFT_TYPE_INTERFACE, FIELD_OUT_INTERFACE, NONE, NONE},
	{"ct", "state", NFT_TYPE_CT_STATE, FIELD_STATE, NONE, NONE},
};

/* Headers: "header field", and what asking for any field of it implies; @rare: packets of
 * that family and protocol may lack it. */
static const struct {
	const char *name;
	int family, protocol;
	bool rare;
} headers[] = {
	{"ip", FAMILY_IPV4, NONE, false},
	{"ip6", FAMILY_IPV6, NONE, false},
	{"tcp", NONE, PROTOCOL_TCP, false},
	{"udp", NONE, PROTOCOL_UDP, false},
	{"udplite", NONE, PROTOCOL_UDPLITE, false},
	{"sctp", NONE, PROTOCOL_SCTP, false},
	{"dccp", NONE, PROTOCOL_DCCP, false},
	{"icmp", FAMILY_IPV4, PROTOCOL_ICMP, false},
	{"icmpv6", FAMILY_IPV6, PROTOCOL_ICMPV6, false},
	{"igmp", FAMILY_IPV4, 2, false},
	{"gre", NONE, 47, false},
	{"esp", NONE, 50, false},
	{"ah", NONE, 51, false},
	{"comp", NONE, 108, false},
	{"th", NONE, NONE, true},
	{"ether", NONE, NONE, true},
	{"vlan", NONE, NONE, true},
	{"arp", NONE, NONE, true},
	{"dst", NONE, NONE, true},
	{"frag", NONE, NONE, true},
	{"hbh", NONE, NONE, true},
	{"mh", NONE, NONE, true},
	{"srh", NONE, NONE, true},
	{"exthdr", NONE, NONE, true},
};

/* Keys of "meta" that may stand without it (nft.8, "META EXPRESSIONS", 1.0.6) */
static const char *const bare_keys[] = {
	"iiftype",  "oiftype", "skuid", "skgid",    "nftrace",	"rtclassid", "ibrname",
	"obrname",  "pkttype", "cpu",	"iifgroup", "oifgroup", "cgroup",    "ibriport",
	"obriport", "random",  "ipsec", "time",	    "day",	"hour",
};

/* Those of "meta" that every packet has (nft_meta.c of Linux 6.1: no NFT_BREAK). */
static const char *const sure_keys[] = {
	"length", "protocol", "l4proto", "nfproto", "priority", "mark",
	"cpu",	  "pkttype",  "nftrace", "day",	    "hour",	"time",
};

static const struct nft_selector plain = {
	.type = NFT_TYPE_OPAQUE,
	.family = NONE,
	.protocol = NONE,
	.fails = true,
};

/* The first word, and for the modelled ones also the second. */
static bool is_bare_key(const struct nft_lexer *lexer)
{
	for (size_t i = 0; i < ARRAY_SIZE(bare_keys); i++)
		if (nft_is_word(lexer, bare_keys[i]))
			return true;
	return false;
}

static bool is_header(const struct nft_lexer *lexer)
{
	for (size_t i = 0; i < ARRAY_SIZE(headers); i++)
		if (nft_is_word(lexer, headers[i].name))
			return true;
	return false;
}

static bool is_any(const struct nft_lexer *lexer, const char *const *words, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (nft_is_word(lexer, words[i]))
			return true;
	return false;
}

bool nft_selector_begins(const struct nft_lexer *lexer)
{
	static const char *const others[] = {
		"meta",	 "ct",	   "mark",   "iif",   "iifname", "oif",	      "oifname",
		"fib",	 "rt",	   "socket", "osf",   "numgen",	 "jhash",     "symhash",
		"vxlan", "geneve", "gretap", "ipsec", "cgroup",	 "connlimit",
	};

	if (lexer->now.kind == NFT_AT)
		return true; /* "@th,16,16": the caller knows that no set is meant */
	return lexer->now.kind == NFT_WORD &&
	       (is_any(lexer, others, ARRAY_SIZE(others)) || is_header(lexer) ||
		is_bare_key(lexer));
}

/* Any word as the name of a field; it ends the selector. */
static bool take_field(struct nft_lexer *lexer, struct nft_selector *selector)
{
	selector->last = lexer->now;
	if (lexer->now.kind != NFT_WORD && lexer->now.kind != NFT_NUMBER)
		return false;
	nft_next(lexer);
	return true;
}

static bool read_fib(struct nft_lexer *lexer, struct nft_selector *selector)
{
	selector->fails = false; /* no route is an answer, too */
	do {
		selector->marks |= nft_is_word(lexer, "mark");
		if (!take_field(lexer, selector))
			return false;
	} while (nft_take(lexer, NFT_DOT));
	nft_take_word(lexer, "check"); /* nft 1.1.2 and later print "check exists" */
	if (nft_is_word(lexer, "exists") || nft_is_word(lexer, "missing"))
		return true;
	return take_field(lexer, selector);
}

static bool read_ct(struct nft_lexer *lexer, struct nft_selector *selector)
{
	static const char *const moving[] = {"count", "bytes", "packets", "avgpkt",
					     "expiration"};

	if (nft_take_word(lexer, "original") || nft_take_word(lexer, "reply")) {
		if (nft_take_word(lexer, "ip") || nft_take_word(lexer, "ip6"))
			return take_field(lexer, selector);
	}
	selector->bits = nft_is_word(lexer, "status") || nft_is_word(lexer, "label") ||
			 nft_is_word(lexer, "event");
	selector->moves = is_any(lexer, moving, ARRAY_SIZE(moving));
	if (!take_field(lexer, selector))
		return false;
	nft_take_word(lexer, "over"); /* ct count over 5 */
	return true;
}

/*
 * "numgen inc mod 2 offset 1", "jhash ip saddr . tcp dport mod 2 seed 0xbeef".  Without a
 * seed the kernel chooses one for every jhash (nft_hash.c of Linux 6.1), so that no two
 * answer the same.
 */
static bool read_hash(struct nft_lexer *lexer, struct nft_selector *selector, bool keys)
{
	struct nft_selector part;

	if (keys) {
		do {
			if (!nft_selector_begins(lexer) || nft_is_word(lexer, "jhash") ||
			    !nft_selector_read(lexer, &part))
				return false;
		} while (nft_take(lexer, NFT_DOT));
	}
	if (!nft_take_word(lexer, "mod") || !nft_take(lexer, NFT_NUMBER))
		return false;
	if (!nft_is_word(lexer, "seed"))
		selector->moves |= keys;
	if (nft_take_word(lexer, "seed") && !nft_take(lexer, NFT_NUMBER))
		return false;
	return !nft_take_word(lexer, "offset") || nft_take(lexer, NFT_NUMBER);
}

/* "@th,16,16" */
static bool read_raw(struct nft_lexer *lexer)
{
	return nft_take(lexer, NFT_AT) && nft_take(lexer, NFT_WORD) &&
	       nft_take(lexer, NFT_COMMA) && nft_take(lexer, NFT_NUMBER) &&
	       nft_take(lexer, NFT_COMMA) && nft_take(lexer, NFT_NUMBER);
}

/* "tcp option sack left", "ip option lsrr ptr", "sctp chunk data flags" */
static bool read_option(struct nft_lexer *lexer, struct nft_selector *selector)
{
	static const char *const no_fields[] = {"exists", "missing", "vmap", "map",
						"set"};

	if (!take_field(lexer, selector))
		return false;
	if (nft_take(lexer, NFT_COMMA)) /* tcp option @21,8,8 is read as far as it goes */
		return false;
	if (lexer->now.kind == NFT_WORD &&
	    !is_any(lexer, no_fields, ARRAY_SIZE(no_fields)))
		return take_field(lexer, selector);
	return true;
}

static bool read_header(struct nft_lexer *lexer, struct nft_selector *selector)
{
	for (size_t i = 0; i < ARRAY_SIZE(headers); i++) {
		if (!nft_is_word(lexer, headers[i].name))
			continue;
		nft_next(lexer);
		selector->family = headers[i].family;
		selector->protocol = headers[i].protocol;
		selector->weak_family = headers[i].protocol != NONE;
		selector->fails = headers[i].rare || nft_is_word(lexer, "option") ||
				  nft_is_word(lexer, "chunk");
		selector->option =
			nft_take_word(lexer, "option") || nft_take_word(lexer, "chunk");
		if (selector->option)
			return read_option(lexer, selector);
		return take_field(lexer, selector);
	}
	return false;
}

/* Behind "vxlan", "geneve", "gretap": a header inside the packet, or a field of its own.
 */
static bool read_inner(struct nft_lexer *lexer, struct nft_selector *selector)
{
	return is_header(lexer)
		       ? read_header(lexer, selector) && (*selector = plain, true)
		       : take_field(lexer, selector);
}

static bool read_rt(struct nft_lexer *lexer, struct nft_selector *selector)
{
	if (!nft_take_word(lexer, "ip"))
		nft_take_word(lexer, "ip6");
	return take_field(lexer, selector);
}

static bool read_ipsec(struct nft_lexer *lexer, struct nft_selector *selector)
{
	if (!nft_take_word(lexer, "in") && !nft_take_word(lexer, "out"))
		return true; /* "meta ipsec exists" */
	if (nft_take_word(lexer, "spnum") && !nft_take(lexer, NFT_NUMBER))
		return false;
	return read_rt(lexer, selector);
}

static bool read_socket(struct nft_lexer *lexer, struct nft_selector *selector)
{
	bool cgroup = nft_is_word(lexer, "cgroupv2");

	if (!take_field(lexer, selector))
		return false;
	return !cgroup || (nft_take_word(lexer, "level") && nft_take(lexer, NFT_NUMBER));
}

static bool read_osf(struct nft_lexer *lexer, struct nft_selector *selector)
{
	if (nft_take_word(lexer, "ttl") && !nft_take(lexer, NFT_WORD))
		return false;
	return take_field(lexer, selector);
}

/* One of the selectors that begin with a word of their own. */
static bool read_other(struct nft_lexer *lexer, struct nft_selector *selector)
{
	if (nft_take_word(lexer, "meta")) {
		selector->moves = nft_is_word(lexer, "random");
		selector->fails = !is_any(lexer, sure_keys, ARRAY_SIZE(sure_keys));
		return nft_take_word(lexer, "ipsec") || take_field(lexer, selector);
	}
	if (nft_take_word(lexer, "ct"))
		return read_ct(lexer, selector);
	if (nft_take_word(lexer, "fib"))
		return read_fib(lexer, selector);
	if (nft_take_word(lexer, "rt"))
		return read_rt(lexer, selector);
	if (nft_take_word(lexer, "ipsec"))
		return read_ipsec(lexer, selector);
	if (nft_take_word(lexer, "socket"))
		return read_socket(lexer, selector);
	if (nft_take_word(lexer, "osf"))
		return read_osf(lexer, selector);
	selector->moves = nft_is_word(lexer, "numgen") || nft_is_word(lexer, "random");
	selector->fails = !is_any(lexer, sure_keys, ARRAY_SIZE(sure_keys));
	if (nft_take_word(lexer, "numgen"))
		return nft_take(lexer, NFT_WORD) && read_hash(lexer, selector, false);
	if (nft_take_word(lexer, "jhash"))
		return read_hash(lexer, selector, true);
	if (nft_take_word(lexer, "symhash"))
		return read_hash(lexer, selector, false);
	if (nft_take_word(lexer, "vxlan") || nft_take_word(lexer, "geneve") ||
	    nft_take_word(lexer, "gretap"))
		return read_inner(lexer, selector);
	return is_bare_key(lexer) && take_field(lexer, selector);
}

/* The row of "modelled" for the words here; leaves the lexer alone when there is none. */
static bool read_modelled(struct nft_lexer *lexer, struct nft_selector *selector)
{
	struct nft_lexer ahead;
	bool have_ahead = false;

	for (size_t i = 0; i < ARRAY_SIZE(modelled); i++) {
		if (!nft_is_word(lexer, modelled[i].first))
			continue;
		if (modelled[i].second && !have_ahead) {
			ahead = *lexer;
			nft_next(&ahead);
			have_ahead = true;
		}
		if (modelled[i].second && !nft_is_word(&ahead, modelled[i].second))
			continue;
		if (modelled[i].second)
			*lexer = ahead;
		selector->last = lexer->now;
		nft_next(lexer);
		selector->fails = false;
		selector->type = modelled[i].type;
		selector->field = modelled[i].field;
		selector->family = modelled[i].family;
		selector->protocol = modelled[i].protocol;
		selector->weak_family = modelled[i].field == FIELD_ICMP;
		selector->any_transport = modelled[i].type == NFT_TYPE_SERVICE &&
					  modelled[i].protocol == NONE;
		selector->next_header = modelled[i].type == NFT_TYPE_PROTOCOL &&
					modelled[i].family == FAMILY_IPV6;
		return true;
	}
	return false;
}

bool nft_selector_read(struct nft_lexer *lexer, struct nft_selector *ret_selector)
{
	struct nft_selector selector = plain;

	if (lexer->now.kind == NFT_AT) {
		selector.last = lexer->now;
		if (!read_raw(lexer))
			return false;
	} else if (lexer->now.kind != NFT_WORD) {
		return false;
	} else if (!read_modelled(lexer, &selector)) {
		if (!(is_header(lexer) ? read_header(lexer, &selector)
				       : read_other(lexer, &selector)))
			return false;
	}
	*ret_selector = selector;
	return true;
}

static bool is_operator(const struct nft_lexer *lexer)
{
	static const enum nft_token_kind marks[] = {
		NFT_AND, NFT_OR,    NFT_XOR,  NFT_SHIFT_LEFT, NFT_SHIFT_RIGHT,
		NFT_DOT, NFT_SLASH, NFT_DASH, NFT_COMMA,      NFT_COLON,
	};
	static const char *const words[] = {"and", "or", "xor", "lshift", "rshift"};

	for (size_t i = 0; i < ARRAY_SIZE(marks); i++)
		if (lexer->now.kind == marks[i])
			return true;
	return is_any(lexer, words, ARRAY_SIZE(words));
}

/* Goes past "( ... )", whatever is in it. */
static bool skip_parens(struct nft_lexer *lexer)
{
	unsigned depth = 0;

	do {
		if (lexer->now.kind == NFT_PAREN)
			depth++;
		if (lexer->now.kind == NFT_UNPAREN)
			depth--;
		if (nft_at_end(lexer))
			return false;
		nft_next(lexer);
	} while (depth);
	return true;
}

/* Goes past "{ ... }", newlines and all, also where a definition holds the braces. */
static bool skip_braces(struct nft_lexer *lexer)
{
	unsigned depth = 0;

	do {
		if (lexer->now.kind == NFT_OPEN)
			depth++;
		if (lexer->now.kind == NFT_CLOSE)
			depth--;
		if (lexer->now.kind == NFT_END || lexer->now.kind == NFT_UNDEFINED)
			return false;
		nft_next(lexer);
	} while (depth);
	return true;
}

static bool skip_primary(struct nft_lexer *lexer)
{
	static const enum nft_token_kind literals[] = {
		NFT_WORD, NFT_STRING, NFT_NUMBER, NFT_IPV4, NFT_IPV6, NFT_STAR,
	};
	struct nft_selector selector;
	struct nft_lexer ahead = *lexer;

	if (lexer->now.kind == NFT_PAREN)
		return skip_parens(lexer);
	if (lexer->now.kind == NFT_OPEN)
		return skip_braces(lexer);
	if (nft_selector_begins(&ahead) && nft_selector_read(&ahead, &selector)) {
		*lexer = ahead;
		return true;
	}
	if (nft_take(lexer, NFT_AT))
		return nft_take(lexer, NFT_WORD) || nft_take(lexer, NFT_STRING);
	for (size_t i = 0; i < ARRAY_SIZE(literals); i++)
		if (nft_take(lexer, literals[i]))
			return true;
	return false;
}

bool nft_skip_value(struct nft_lexer *lexer)
{
	nft_take(lexer, NFT_COLON); /* "to :8080" */
	do {
		nft_take(lexer, NFT_NOT);
		if (!skip_primary(lexer))
			return false;
		if (nft_take_word(lexer, "map") && !skip_primary(lexer))
			return false;
		if (!is_operator(lexer))
			return true;
		nft_next(lexer);
	} while (true);
}
