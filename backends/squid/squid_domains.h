/* squid_domains.h - Lists of domains as squid keeps them. */
#ifndef BACKENDS_SQUID_SQUID_DOMAINS_H
#define BACKENDS_SQUID_SQUID_DOMAINS_H

#include <stddef.h>

#include "rules/base/textmap.h"
#include "rules/name.h"

/**
 * DOC: Which pairs squid bears
 *
 * The list is a tree in which no two entries may take one name.  Up to 6.x, in the order
 * in which they come (acl/DomainData.cc of 5.7, aclDomainCompare(), tried 2026-08-20):
 *
 *	.x then a.x or .a.x	the later is ignored, with a warning; it means nothing new
 *	a.x or .a.x then .x	squid does not start
 *	x and .x, either order	squid does not start
 *	the same twice		ignored
 *
 * 7.0.1 merges them all (squid commit 0898d0f4c2).
 */
struct arena;

/**
 * struct squid_domains - A list
 * @names:	the entries kept, in order
 * @kept:	by text
 * @above:	by each domain that an entry lies below: that entry
 */
struct squid_domains {
	struct name_patterns names;
	struct textmap kept, above;
};

enum squid_domain_added {
	SQUID_DOMAIN_ADDED,
	SQUID_DOMAIN_TWICE,
	SQUID_DOMAIN_INSIDE, /* ignored: *ret_other takes it already */
	SQUID_DOMAIN_FATAL,  /* squid does not start because of *ret_other */
	SQUID_DOMAIN_NEVER,  /* kept, and takes no host name */
};

/** squid_domains_add() - Append an entry, in lower case; @merge: as 7.0.1 does */
enum squid_domain_added squid_domains_add(struct squid_domains *domains, const char *text,
					  bool merge, struct arena *arena,
					  const char **ret_other);

#endif
