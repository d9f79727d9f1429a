/* squid_addrs.h - Lists of addresses as squid keeps them. */
#ifndef BACKENDS_SQUID_SQUID_ADDRS_H
#define BACKENDS_SQUID_SQUID_ADDRS_H

#include <stdbool.h>
#include <stddef.h>

#include "rules/addr.h"
#include "rules/interval.h"

/**
 * DOC: One space of 128 bits
 *
 * squid keeps an IPv4 address as ::ffff:a.b.c.d, so that one list holds both families and
 * an IPv6 prefix may take IPv4 addresses.  Up to 6.x an entry that overlaps one kept
 * earlier is dropped, whichever is wider; 7.0.1 merges (squid commit 0898d0f4c2).
 */
struct arena;

/**
 * struct squid_addrs - A list
 * @kept:	entries, in a treap by their first address
 * @any:	holds "all"
 * @hosts:	names that squid resolves when it starts
 * @after_host:	what came behind such a name and may overlap its addresses
 */
struct squid_addrs {
	struct squid_addr_node *kept;
	const char **hosts;
	size_t host_count, host_capacity;
	struct ranges after_host;
};

enum squid_addr_parse {
	SQUID_ADDR_RANGE, /* *ret_range */
	SQUID_ADDR_HOST,  /* a name that is to be resolved: *ret_host */
	SQUID_ADDR_BAD,	  /* squid does not start */
};

/**
 * struct squid_addr_entry - One entry
 * @range:	in squid's space
 * @masked:	bits behind the mask were set
 * @trap:	it holds another set than it seems to, for this reason; NULL
 */
struct squid_addr_entry {
	enum squid_addr_parse kind;
	struct range range;
	bool masked;
	const char *trap;
	const char *host;
	const char *why; /* SQUID_ADDR_BAD */
};

/** squid_addr_parse() - Read an entry as acl_ip_data::FactoryParse() of 5.7 does */
struct squid_addr_entry squid_addr_parse(const char *text, struct arena *arena);

/**
 * squid_addrs_add() - Append a range
 *
 * Return: true; false when it is dropped because it overlaps an earlier one, which is
 * then *ret_earlier
 */
bool squid_addrs_add(struct squid_addrs *addrs, struct range range, bool merge,
		     struct arena *arena, struct range *ret_earlier);

/** squid_addrs_set() - The addresses of both families that the list holds for sure */
struct addr_set squid_addrs_set(const struct squid_addrs *addrs, struct arena *arena);

/** squid_ranges_set() - Ranges of squid's space as addresses of both families */
struct addr_set squid_ranges_set(const struct ranges *ranges, struct arena *arena);

#endif
