/* addr.c - Addresses, prefixes and address sets of both families. */
#include "rules/addr.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rules/base/arena.h"
#include "rules/base/strbuf.h"

const char *family_name(enum family family)
{
	return family == FAMILY_IPV4 ? "ipv4" : "ipv6";
}

static int family_af(enum family family)
{
	return family == FAMILY_IPV4 ? AF_INET : AF_INET6;
}

bool addr_parse(const char *text, struct addr *ret_addr)
{
	unsigned char bytes[16];
	struct addr addr = {.family = strchr(text, ':') ? FAMILY_IPV6 : FAMILY_IPV4};

	if (inet_pton(family_af(addr.family), text, bytes) != 1)
		return false;
	for (unsigned i = 0; i < family_bits(addr.family) / 8; i++)
		addr.value = addr.value << 8 | bytes[i];
	*ret_addr = addr;
	return true;
}

/* The longest text inet_pton() can take: 8 groups with a dotted quad at the end. */
#define ADDR_INPUT_MAX 46

enum prefix_parse prefix_parse(const char *text, struct prefix *ret_prefix)
{
	const char *slash = strchr(text, '/');
	size_t length = slash ? (size_t)(slash - text) : strlen(text);
	char copy[ADDR_INPUT_MAX + 1];
	unsigned long bits;
	struct addr addr;
	u128 host;

	if (length > ADDR_INPUT_MAX)
		return PREFIX_BAD;
	memcpy(copy, text, length);
	copy[length] = '\0';
	if (!addr_parse(copy, &addr))
		return PREFIX_BAD;
	bits = family_bits(addr.family);
	if (slash) {
		const char *digits = slash + 1;
		size_t count = strspn(digits, "0123456789");

		if (!count || count > 3 || digits[count] ||
		    (count > 1 && digits[0] == '0'))
			return PREFIX_BAD;
		bits = strtoul(digits, NULL, 10);
		if (bits > family_bits(addr.family))
			return PREFIX_BAD;
	}
	host = u128_mask(family_bits(addr.family) - (unsigned)bits);
	*ret_prefix = (struct prefix){addr.family, (uint8_t)bits, addr.value & ~host};
	return addr.value & host ? PREFIX_HOST_BITS : PREFIX_OK;
}

struct range prefix_range(const struct prefix *prefix)
{
	u128 host = u128_mask(family_bits(prefix->family) - prefix->length);

	return (struct range){prefix->base, prefix->base | host};
}

bool prefix_contains(const struct prefix *prefix, const struct addr *addr)
{
	struct range range = prefix_range(prefix);

	return prefix->family == addr->family && addr->value >= range.first &&
	       addr->value <= range.last;
}

bool prefix_equal(const struct prefix *a, const struct prefix *b)
{
	return a->family == b->family && a->length == b->length && a->base == b->base;
}

const char *addr_format(const struct addr *addr, char *text)
{
	unsigned char bytes[16];
	unsigned count = family_bits(addr->family) / 8;

	for (unsigned i = 0; i < count; i++)
		bytes[i] = (unsigned char)(addr->value >> 8 * (count - 1 - i));
	if (!inet_ntop(family_af(addr->family), bytes, text, ADDR_TEXT_MAX))
		BUG("an address that cannot be written");
	return text;
}

const char *prefix_format(const struct prefix *prefix, char *text)
{
	struct addr addr = {prefix->family, prefix->base};
	size_t length;

	addr_format(&addr, text);
	if (prefix->length == family_bits(prefix->family))
		return text;
	length = strlen(text);
	snprintf(text + length, ADDR_TEXT_MAX - length, "/%u", prefix->length);
	return text;
}

struct prefix range_first_prefix(enum family family, const struct range *range)
{
	unsigned bits = family_bits(family);
	unsigned length = bits;

	while (length > 0) {
		u128 host = u128_mask(bits - length + 1);

		if ((range->first & host) || (range->first | host) > range->last)
			break;
		length--;
	}
	return (struct prefix){family, (uint8_t)length, range->first};
}

const char *addr_range_format(enum family family, const struct range *range, char *text)
{
	struct prefix prefix = range_first_prefix(family, range);
	struct addr first = {family, range->first}, last = {family, range->last};
	char rest[ADDR_TEXT_MAX];
	size_t length;

	if (prefix_range(&prefix).last == range->last)
		return prefix_format(&prefix, text);
	addr_format(&first, text);
	addr_format(&last, rest);
	length = strlen(text);
	/* Two addresses of at most 45 bytes, a dash and a NUL fit ADDR_TEXT_MAX. */
	text[length] = '-';
	memcpy(text + length + 1, rest, strlen(rest) + 1);
	return text;
}

void addr_set_add_prefix(struct addr_set *set, const struct prefix *prefix,
			 struct arena *arena)
{
	ranges_add(&set->of[prefix->family], prefix_range(prefix), arena);
}

void addr_set_normalize(struct addr_set *set)
{
	for (unsigned family = 0; family < FAMILY_COUNT; family++)
		ranges_normalize(&set->of[family]);
}

void addr_set_add(struct addr_set *set, const struct addr_set *more, struct arena *arena)
{
	for (unsigned family = 0; family < FAMILY_COUNT; family++)
		for (size_t i = 0; i < more->of[family].count; i++)
			ranges_add(&set->of[family], more->of[family].at[i], arena);
}

/* One set operation on each family. */
static struct addr_set each_family(struct ranges (*operation)(const struct ranges *,
							      const struct ranges *,
							      struct arena *),
				   const struct addr_set *a, const struct addr_set *b,
				   struct arena *arena)
{
	struct addr_set set;

	for (unsigned family = 0; family < FAMILY_COUNT; family++)
		set.of[family] = operation(&a->of[family], &b->of[family], arena);
	return set;
}

struct addr_set addr_set_union(const struct addr_set *a, const struct addr_set *b,
			       struct arena *arena)
{
	return each_family(ranges_union, a, b, arena);
}

struct addr_set addr_set_intersect(const struct addr_set *a, const struct addr_set *b,
				   struct arena *arena)
{
	return each_family(ranges_intersect, a, b, arena);
}

struct addr_set addr_set_subtract(const struct addr_set *a, const struct addr_set *b,
				  struct arena *arena)
{
	return each_family(ranges_subtract, a, b, arena);
}

struct addr_set addr_set_of(const struct addr_set *set, unsigned families)
{
	struct addr_set part = {0};

	for (unsigned family = 0; family < FAMILY_COUNT; family++) {
		if (!(families & 1u << family))
			continue;
		part.of[family] = set->of[family];
		/* Room behind the elements is the owner's. */
		part.of[family].capacity = part.of[family].count;
	}
	return part;
}

bool addr_set_is_empty(const struct addr_set *set)
{
	return !set->of[FAMILY_IPV4].count && !set->of[FAMILY_IPV6].count;
}

bool addr_set_equal(const struct addr_set *a, const struct addr_set *b)
{
	return ranges_equal(&a->of[FAMILY_IPV4], &b->of[FAMILY_IPV4]) &&
	       ranges_equal(&a->of[FAMILY_IPV6], &b->of[FAMILY_IPV6]);
}

bool addr_set_contains(const struct addr_set *set, const struct addr *addr)
{
	return ranges_contain(&set->of[addr->family], addr->value);
}

void addr_set_format(const struct addr_set *set, struct strbuf *out)
{
	char text[ADDR_TEXT_MAX];
	bool first = true;

	for (unsigned family = 0; family < FAMILY_COUNT; family++) {
		for (size_t i = 0; i < set->of[family].count; i++) {
			if (!first)
				strbuf_puts(out, ", ");
			first = false;
			strbuf_puts(out, addr_range_format((enum family)family,
							   &set->of[family].at[i], text));
		}
	}
}

#define IPV4(a, b, c, d, length)                                                  \
	{                                                                         \
		FAMILY_IPV4, length, (u128)(a) << 24 | (b) << 16 | (c) << 8 | (d) \
	}
/* The four first groups, and the four last ones. */
#define IPV6(high, low, length)                                 \
	{                                                       \
		FAMILY_IPV6, length, (u128)(high) << 64 | (low) \
	}

/* Narrower blocks stand before the wider ones that hold them.  Numbers, not texts: a lock
 * of 100 000 addresses asks about each of them. */
static const struct {
	struct prefix prefix;
	const char *kind;
} special_blocks[] = {
	{IPV4(0, 0, 0, 0, 32), "unspecified"},
	{IPV4(0, 0, 0, 0, 8), "this network"},
	{IPV4(10, 0, 0, 0, 8), "private"},
	{IPV4(100, 64, 0, 0, 10), "shared (100.64.0.0/10)"},
	{IPV4(127, 0, 0, 0, 8), "loopback"},
	{IPV4(169, 254, 0, 0, 16), "link-local"},
	{IPV4(172, 16, 0, 0, 12), "private"},
	{IPV4(192, 0, 0, 0, 24), "reserved"},
	{IPV4(192, 0, 2, 0, 24), "documentation"},
	{IPV4(192, 88, 99, 0, 24), "reserved"},
	{IPV4(192, 168, 0, 0, 16), "private"},
	{IPV4(198, 18, 0, 0, 15), "benchmarking"},
	{IPV4(198, 51, 100, 0, 24), "documentation"},
	{IPV4(203, 0, 113, 0, 24), "documentation"},
	{IPV4(224, 0, 0, 0, 4), "multicast"},
	{IPV4(255, 255, 255, 255, 32), "broadcast"},
	{IPV4(240, 0, 0, 0, 4), "reserved"},
	{IPV6(0, 0, 128), "unspecified"},
	{IPV6(0, 0x1, 128), "loopback"},
	{IPV6(0, 0xffff00000000, 96), "ipv4-mapped"},
	{IPV6(0x0064ff9b00000000, 0, 96), "nat64"},
	{IPV6(0x0064ff9b00010000, 0, 48), "nat64"},
	{IPV6(0x0100000000000000, 0, 64), "discard-only"},
	{IPV6(0x20010db800000000, 0, 32), "documentation"},
	{IPV6(0x2001000000000000, 0, 23), "reserved"},
	{IPV6(0x2002000000000000, 0, 16), "6to4"},
	{IPV6(0x3fff000000000000, 0, 20), "documentation"},
	{IPV6(0x5f00000000000000, 0, 16), "reserved"},
	{IPV6(0xfc00000000000000, 0, 7), "private"},
	{IPV6(0xfe80000000000000, 0, 10), "link-local"},
	{IPV6(0xff00000000000000, 0, 8), "multicast"},
};

#undef IPV4
#undef IPV6

/* Only 2000::/3 is given out as global unicast. */
static const struct prefix global_ipv6 = {FAMILY_IPV6, 3, (u128)0x20 << 120};

const char *addr_special(const struct addr *addr)
{
	for (size_t i = 0; i < ARRAY_SIZE(special_blocks); i++)
		if (prefix_contains(&special_blocks[i].prefix, addr))
			return special_blocks[i].kind;
	if (addr->family == FAMILY_IPV6 && !prefix_contains(&global_ipv6, addr))
		return "reserved";
	return NULL;
}

struct addr_set addr_set_public(unsigned families, struct arena *arena)
{
	static const struct prefix all_ipv4 = {FAMILY_IPV4, 0, 0};
	struct addr_set all = {0}, special = {0};

	addr_set_add_prefix(&all, &all_ipv4, arena);
	addr_set_add_prefix(&all, &global_ipv6, arena);
	all = addr_set_of(&all, families);
	for (size_t i = 0; i < ARRAY_SIZE(special_blocks); i++)
		addr_set_add_prefix(&special, &special_blocks[i].prefix, arena);
	addr_set_normalize(&special);
	return addr_set_subtract(&all, &special, arena);
}
