/* resolution.h - Looking up every name that a spec needs, and judging the answers. */
#ifndef COMPILER_RESOLUTION_H
#define COMPILER_RESOLUTION_H

#include <stdbool.h>
#include <stddef.h>

#include "compiler/compilation.h"
#include "compiler/dns_trouble.h"
#include "compiler/lock_meta.h"
#include "compiler/resolver.h"

/**
 * DOC: Resolving
 *
 *	plan	the names of the flows, each once, in the views asked for
 *	ask	A and AAAA of each at every server named (resolver.h)
 *	judge	what was seen → one trouble, or addresses (dns_trouble.h); then whether
 *		clients could use them: check_dns.h
 *	lock	what is settled, as a lock
 *
 * A lock is made of settled answers only: those that DNS itself gave and that open
 *nothing that they must not.  When one name has none, there is no lock, and the old one
 *stays.
 */

/**
 * struct resolved_answer - What one server says about one name
 * @a, @aaaa:	the two questions
 * @trouble:	TROUBLE_NONE, or why there is no address that a client could use
 * @asked:	the question that @trouble is about
 * @rcode:	of the end of the chain
 * @chain:	of the A records, else of the AAAA records
 * @addresses:	normal
 * @refused:	the addresses are forbidden, or another's: nothing of it may be locked
 * @explained:	a check has reported the trouble, in better words than its own
 */
struct resolved_answer {
	struct dns_query *a, *aaaa;
	enum dns_trouble trouble;
	const struct dns_query *asked;
	unsigned rcode;
	const char *const *chain;
	size_t chain_count;
	struct addr_set addresses;
	bool refused;
	bool explained;
};

/**
 * struct resolved_name - One name in one view
 * @flows:	all that need it, in the order of the spec; the first speaks for them
 * @families:	in which a client and the endpoint could meet
 * @endpoint:	of a private view, else NULL
 * @answers:	one a server
 */
struct resolved_name {
	const char *view;
	const char *name;
	struct flow *const *flows;
	size_t flow_count;
	unsigned families;
	const struct private_endpoint *endpoint;
	struct resolved_answer *answers;
};

/** struct resolution - All names; sorted by view, then name */
struct resolution {
	struct compilation *compilation;
	struct dns_server *servers;
	size_t server_count, server_capacity;
	struct dns_query *queries;
	size_t query_count;
	struct resolved_name *names;
	size_t name_count, name_capacity;
};

/**
 * resolution_make() - Ask for every name of the compilation's flows
 *
 * The servers are --server, else the spec's; the views --view, else all.
 *
 * Return: 0 when there are answers, whatever is wrong with them; -1 when nothing could be
 * asked
 */
int resolution_make(struct compilation *compilation, struct resolution **ret_resolution);

/** resolution_ask() - More questions, for who looks into a trouble; as above */
int resolution_ask(struct resolution *resolution, struct dns_query *queries,
		   size_t count);

/**
 * resolution_judge() - Report what is wrong or unusual
 *
 * Return: 0 when every answer is settled, so that resolution_lock() may be called
 */
int resolution_judge(struct resolution *resolution);

/**
 * resolution_lock() - The settled answers as a lock
 * @old:	whose other names and views are kept, or NULL: whoever needs them may be
 *asked elsewhere, or another spec
 */
struct lock *resolution_lock(const struct resolution *resolution, const struct lock *old);

/** resolution_meta() - Of each name of @lock what this run knows of it, else @old */
struct lock_meta resolution_meta(const struct resolution *resolution,
				 const struct lock *lock, const struct lock_meta *old);

#endif
