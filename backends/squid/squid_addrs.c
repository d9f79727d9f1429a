/* squid_addrs.c - Lists of addresses as squid keeps them. */
#include "backends/squid/squid_addrs.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "rules/base/arena.h"

/* ::ffff:0:0, where IPv4 lies in squid's space */
#define MAPPED ((u128)0xffff << 32)

#define IPV4_CHARS "0123456789."
#define IPV6_CHARS "0123456789ABCDEFabcdef:"

/* -- reading an entry --------------------------------------------------------------- */

/* An entry cut up as squid's sscanf() formats cut it; empty parts are not there. */
struct parts {
	const char *first, *last, *mask;
	bool ipv6;
};

/* A number in squid's space; "10.1" and "0x7f.1" are IPv4 addresses too (inet_aton). */
static bool read_address(const char *text, u128 *ret_value)
{
	struct in6_addr ipv6;
	struct in_addr ipv4;
	u128 value = 0;

	if (!strpbrk(text, " \t") && inet_aton(text, &ipv4)) {
		*ret_value = MAPPED | ntohl(ipv4.s_addr);
		return true;
	}
	if (inet_pton(AF_INET6, text, &ipv6) != 1)
		return false;
	for (size_t i = 0; i < sizeof(ipv6.s6_addr); i++)
		value = value << 8 | ipv6.s6_addr[i];
	*ret_value = value;
	return true;
}

/* "a-b/m", "a-b", "a/m", "a/" and a byte, of one family's characters */
static bool cut(const char *text, const char *chars, struct arena *arena,
		struct parts *ret_parts)
{
	size_t first = strspn(text, chars), last = 0, mask;
	const char *at = text + first;

	*ret_parts = (struct parts){"", "", "", false};
	if (!first || (*at != '-' && *at != '/'))
		return false;
	ret_parts->first = arena_strndup(arena, text, first);
	if (*at == '-') {
		last = strspn(++at, chars);
		if (!last)
			return false;
		ret_parts->last = arena_strndup(arena, at, last);
		at += last;
	}
	if (*at != '/')
		return last > 0;
	mask = strspn(++at, strchr(chars, '.') ? chars : "0123456789");
	if (mask)
		ret_parts->mask = arena_strndup(arena, at, mask);
	return mask || last || *at;
}

/* The leading ones of an IPv4 mask, which squid takes for its length. */
static unsigned count_ones(u128 mask)
{
	unsigned ones = 0;

	while (ones < 32 && mask >> (31 - ones) & 1)
		ones++;
	return ones;
}

/*
 * How many low bits a mask frees.  A length of 0 frees none: squid makes a mask of
 * ones of it (Ip::Address::applyMask() of 5.7), so "10.0.0.0/0" is one address.
 */
static bool read_mask(const struct parts *parts, unsigned *ret_free,
		      const char **ret_trap)
{
	unsigned bits = parts->ipv6 ? 128 : 32;
	char *end;
	long length = strtol(parts->mask, &end, 10);
	u128 dotted;

	*ret_free = 0;
	if (!*parts->mask)
		return true;
	if (*end || length > 128) {
		if (!read_address(parts->mask, &dotted))
			return false;
		length = count_ones(dotted & UINT32_MAX);
		bits = 32;
		if (!length)
			*ret_trap = "such a mask is taken for no mask: it is one address";
	} else if (!length) {
		*ret_trap = "squid takes '/0' for one address; write 'all'";
	}
	if (length > (long)bits)
		return false;
	if (length)
		*ret_free = bits - (unsigned)length;
	return true;
}

static struct squid_addr_entry bad(const char *why)
{
	return (struct squid_addr_entry){.kind = SQUID_ADDR_BAD, .why = why};
}

static struct squid_addr_entry read_parts(const struct parts *parts)
{
	struct squid_addr_entry entry = {.kind = SQUID_ADDR_RANGE};
	u128 first, last = 0, host;
	unsigned free_bits;

	if (!read_address(parts->first, &first))
		return bad("the first address is none");
	if (*parts->last && !read_address(parts->last, &last))
		return bad("the second address is none");
	if (!read_mask(parts, &free_bits, &entry.trap))
		return bad("the mask is none");
	host = u128_mask(free_bits);
	entry.masked = (first & host) || (last & host);
	first &= ~host;
	last &= ~host;
	/* An end of zero is no end, and of a range turned round only the begin counts. */
	if (last == 0 || last == MAPPED || last < first) {
		if (*parts->last)
			entry.trap = "the range ends before it begins: only its begin "
				     "counts";
		last = first;
	}
	entry.range = (struct range){first, last | host};
	return entry;
}

struct squid_addr_entry squid_addr_parse(const char *text, struct arena *arena)
{
	static const char *const alls[] = {"all",
					   "0/0",
					   "0.0.0.0/0",
					   "0.0.0.0/0.0.0.0",
					   "0.0.0.0-255.255.255.255",
					   "0.0.0.0-0.0.0.0/0"};
	struct squid_addr_entry entry = {.kind = SQUID_ADDR_RANGE};
	struct parts parts;

	for (size_t i = 0; i < ARRAY_SIZE(alls); i++)
		if (strcmp(text, alls[i]) == 0) {
			entry.range = (struct range){0, U128_MAX};
			return entry;
		}
	if (cut(text, IPV4_CHARS, arena, &parts))
		return read_parts(&parts);
	if (cut(text, IPV6_CHARS, arena, &parts)) {
		parts.ipv6 = true;
		return read_parts(&parts);
	}
	if (strchr(text, '/'))
		return bad("it is no address, range or name");
	entry.host = arena_strndup(arena, text, strcspn(text, " \t"));
	if (!read_address(entry.host, &entry.range.first)) {
		entry.kind = SQUID_ADDR_HOST;
		return entry;
	}
	entry.range.last = entry.range.first;
	return entry;
}

/* -- the list ----------------------------------------------------------------------- */

/* A treap: a search tree by @range, a heap by @weight, so that any order of 100 000
 * entries keeps it flat.  Up to 6.x no two overlap. */
struct squid_addr_node {
	struct range range;
	uint32_t weight;
	struct squid_addr_node *before, *behind;
};

/* The same in each run: outputs may not differ. */
static uint32_t weigh(const struct range *range)
{
	uint64_t mix = (uint64_t)(range->first ^ range->first >> 64) ^
		       (uint64_t)range->last << 17;

	mix *= UINT64_C(0x9e3779b97f4a7c15);
	mix ^= mix >> 29;
	mix *= UINT64_C(0xbf58476d1ce4e5b9);
	return (uint32_t)(mix >> 32);
}

static const struct squid_addr_node *find_overlap(const struct squid_addr_node *node,
						  const struct range *range)
{
	while (node) {
		if (range->last < node->range.first)
			node = node->before;
		else if (range->first > node->range.last)
			node = node->behind;
		else
			return node;
	}
	return NULL;
}

static struct squid_addr_node *insert(struct squid_addr_node *at,
				      struct squid_addr_node *node)
{
	struct squid_addr_node *top;

	if (!at)
		return node;
	if (node->range.first < at->range.first) {
		at->before = insert(at->before, node);
		if (at->before->weight <= at->weight)
			return at;
		top = at->before;
		at->before = top->behind;
		top->behind = at;
	} else {
		at->behind = insert(at->behind, node);
		if (at->behind->weight <= at->weight)
			return at;
		top = at->behind;
		at->behind = top->before;
		top->before = at;
	}
	return top;
}

bool squid_addrs_add(struct squid_addrs *addrs, struct range range, bool merge,
		     struct arena *arena, struct range *ret_earlier)
{
	const struct squid_addr_node *overlap = find_overlap(addrs->kept, &range);
	struct squid_addr_node *node;

	if (overlap && !merge) {
		*ret_earlier = overlap->range;
		return false;
	}
	/* Nothing new; and equal entries would make the tree deep. */
	if (overlap && overlap->range.first <= range.first &&
	    overlap->range.last >= range.last)
		return true;
	node = arena_make(arena, struct squid_addr_node);
	node->range = range;
	node->weight = weigh(&range);
	addrs->kept = insert(addrs->kept, node);
	return true;
}

static void collect(const struct squid_addr_node *node, struct ranges *ranges,
		    struct arena *arena)
{
	if (!node)
		return;
	collect(node->before, ranges, arena);
	ranges_add(ranges, node->range, arena);
	collect(node->behind, ranges, arena);
}

static void add_part(struct addr_set *set, enum family family, struct range range,
		     u128 base, struct arena *arena)
{
	if (range.first <= range.last)
		ranges_add(&set->of[family],
			   (struct range){range.first - base, range.last - base}, arena);
}

static u128 smaller(u128 a, u128 b)
{
	return a < b ? a : b;
}

static u128 larger(u128 a, u128 b)
{
	return a > b ? a : b;
}

struct addr_set squid_ranges_set(const struct ranges *ranges, struct arena *arena)
{
	const u128 last_mapped = MAPPED | UINT32_MAX;
	struct addr_set set = {0};

	for (size_t i = 0; i < ranges->count; i++) {
		struct range range = ranges->at[i];

		add_part(&set, FAMILY_IPV6,
			 (struct range){range.first, smaller(range.last, MAPPED - 1)}, 0,
			 arena);
		add_part(&set, FAMILY_IPV4,
			 (struct range){larger(range.first, MAPPED),
					smaller(range.last, last_mapped)},
			 MAPPED, arena);
		add_part(&set, FAMILY_IPV6,
			 (struct range){larger(range.first, last_mapped + 1), range.last},
			 0, arena);
		/* "all" is all of IPv6, the mapped addresses too, which no packet has */
		if (range.first <= MAPPED && range.last >= last_mapped)
			add_part(&set, FAMILY_IPV6, (struct range){MAPPED, last_mapped},
				 0, arena);
	}
	addr_set_normalize(&set);
	return set;
}

struct addr_set squid_addrs_set(const struct squid_addrs *addrs, struct arena *arena)
{
	struct ranges ranges = {0};

	collect(addrs->kept, &ranges, arena);
	return squid_ranges_set(&ranges, arena);
}
