/* addr.h - Addresses, prefixes and address sets of both families. */
#ifndef RULES_ADDR_H
#define RULES_ADDR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "rules/base/attr.h"
#include "rules/interval.h"

struct arena;
struct strbuf;

enum family {
	FAMILY_IPV4,
	FAMILY_IPV6,
};
#define FAMILY_COUNT 2

/** family_bits() - Width of an address: 32 or 128 */
static inline unsigned family_bits(enum family family)
{
	return family == FAMILY_IPV4 ? 32 : 128;
}

/** family_name() - "ipv4" or "ipv6" */
const char *family_name(enum family family);

/** struct addr - One address, as a number in host order */
struct addr {
	enum family family;
	u128 value;
};

/** struct prefix - The addresses that share the first @length bits of @base; host bits 0
 */
struct prefix {
	enum family family;
	uint8_t length;
	u128 base;
};

/** ADDR_TEXT_MAX - Longest text of an address, prefix or "a-b" range, NUL included */
#define ADDR_TEXT_MAX 96

/**
 * addr_parse() - Read one address, strictly
 *
 * IPv4 as four decimal numbers without leading zeros, IPv6 as RFC 4291 says, no zone,
 * no blanks.  *ret_addr is written only on success.
 */
bool addr_parse(const char *text, struct addr *ret_addr) MUST_USE;

enum prefix_parse {
	PREFIX_OK,
	PREFIX_BAD,	  /* no address or prefix */
	PREFIX_HOST_BITS, /* bits set behind the length: *ret_prefix holds the masked form
			   */
};

/** prefix_parse() - Read "address" (its full length) or "address/length" */
enum prefix_parse prefix_parse(const char *text, struct prefix *ret_prefix) MUST_USE;

struct range prefix_range(const struct prefix *prefix);
bool prefix_contains(const struct prefix *prefix, const struct addr *addr);
bool prefix_equal(const struct prefix *a, const struct prefix *b);

/** addr_format() - "10.1.2.4" or RFC 5952 text; @text holds ADDR_TEXT_MAX bytes */
const char *addr_format(const struct addr *addr, char *text);

/** prefix_format() - "10.1.2.0/27"; a full-length prefix as the bare address */
const char *prefix_format(const struct prefix *prefix, char *text);

/** addr_range_format() - A prefix where the range is one, else "first-last" */
const char *addr_range_format(enum family family, const struct range *range, char *text);

/**
 * range_first_prefix() - The largest prefix that begins at @range->first and fits into it
 *
 * Calling it again behind each answer splits a range into the fewest prefixes.
 */
struct prefix range_first_prefix(enum family family, const struct range *range);

/** struct addr_set - Addresses of both families; all zero is the empty set */
struct addr_set {
	struct ranges of[FAMILY_COUNT];
};

void addr_set_add_prefix(struct addr_set *set, const struct prefix *prefix,
			 struct arena *arena);
void addr_set_normalize(struct addr_set *set);

/** addr_set_add() - Append @more; call addr_set_normalize() when all are in */
void addr_set_add(struct addr_set *set, const struct addr_set *more, struct arena *arena);

struct addr_set addr_set_union(const struct addr_set *a, const struct addr_set *b,
			       struct arena *arena);
struct addr_set addr_set_intersect(const struct addr_set *a, const struct addr_set *b,
				   struct arena *arena);
struct addr_set addr_set_subtract(const struct addr_set *a, const struct addr_set *b,
				  struct arena *arena);
/** addr_set_of() - Those of some families (bits 1 << family); shares @set's memory, and
 * what is added goes elsewhere */
struct addr_set addr_set_of(const struct addr_set *set, unsigned families);
bool addr_set_is_empty(const struct addr_set *set);
bool addr_set_equal(const struct addr_set *a, const struct addr_set *b);
bool addr_set_contains(const struct addr_set *set, const struct addr *addr);

/** addr_set_format() - "10.0.0.0/8, 192.0.2.1-192.0.2.9, 2001:db8::/32" */
void addr_set_format(const struct addr_set *set, struct strbuf *out);

/**
 * addr_special() - What kind of special-purpose block holds an address
 *
 * Source: the IANA IPv4 and IPv6 special-purpose address registries (RFC 6890 and its
 * updates, read 2026-11-21).
 *
 * Return: "private", "loopback", "link-local", "multicast", "unspecified",
 * "documentation", "shared (100.64.0.0/10)", "nat64", "ipv4-mapped", "reserved", …;
 * NULL for a public unicast address
 */
const char *addr_special(const struct addr *addr);

/** addr_set_public() - Every address of which addr_special() says nothing, of some
 * families (bits 1 << family) */
struct addr_set addr_set_public(unsigned families, struct arena *arena);

#endif
