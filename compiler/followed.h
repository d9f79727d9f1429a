/* followed.h - Addresses that names had lately: what 'postern watch' remembers. */
#ifndef COMPILER_FOLLOWED_H
#define COMPILER_FOLLOWED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "compiler/lock.h"
#include "compiler/resolution.h"
#include "rules/addr.h"
#include "rules/base/diag.h"
#include "rules/intent.h"

/**
 * DOC: Followed addresses
 *
 * A name's addresses change while clients still use the old ones, so an address stays for
 * a grace time after it was last answered.  It stays without end while lookups fail, or
 * answer without an address: nobody then knows that it is gone.  New addresses come in
 * only through the same checks as into a lock, and within limits: a name server that lies
 * shall not open the firewall address by address.
 *
 * Times are seconds of CLOCK_BOOTTIME, which nobody sets; the text has ages.
 */
struct arena;

/** struct followed_address - @first 0: it was there when the name was first looked up */
struct followed_address {
	struct addr address;
	uint64_t first;
	uint64_t last;
};

struct followed_name {
	const char *view;
	const char *name;
	struct followed_address *at;
	size_t count, capacity;
};

/**
 * struct followed - Names in the order of the resolution: by view, then name
 * @gone:	when those came that came within the last hour and are no longer there
 * @refreshed, @next: when they were last looked up and will be again, seconds since 1970,
 *		for people
 */
struct followed {
	struct followed_name *names;
	size_t count, capacity;
	uint64_t *gone;
	size_t gone_count, gone_capacity;
	uint64_t refreshed, next;
};

/**
 * struct followed_limits - What may come in
 * @grace:	seconds that an address stays after it was last answered
 * @addresses:	of one name
 * @growth:	new addresses in an hour, of all names together
 */
struct followed_limits {
	uint64_t grace;
	size_t addresses;
	size_t growth;
};

/** struct followed_news - What an update did; @failed: names without a usable answer */
struct followed_news {
	size_t added, removed, failed, addresses;
};

/**
 * followed_read() - Read the text of followed_print()
 * @now:	the time of CLOCK_BOOTTIME
 *
 * What passed since it was written makes addresses older, but no more than
 * FOLLOWED_GAP_MAX: while nobody looks names up, nobody sees that they are still
 * answered.
 *
 * Return: 0, or -1 with json-syntax or state-format
 */
int followed_read(const char *name, const char *text, size_t length, uint64_t now,
		  struct arena *arena, struct followed *ret_followed, struct diag *diag);

/* A few refreshes that failed; a machine that was off for a day is another thing. */
#define FOLLOWED_GAP_MAX 300u

/** followed_print() - As JSON */
void followed_print(const struct followed *followed, uint64_t now, struct strbuf *out);

/** followed_from_lock() - What a lock says, as if it had been answered @now */
void followed_from_lock(const struct lock *lock, uint64_t now, struct arena *arena,
			struct followed *ret_followed);

/**
 * followed_update() - Take in what was answered
 *
 * Reports watch-limit for a name whose new addresses are not taken.
 */
void followed_update(const struct followed *old, const struct resolution *resolution,
		     const struct followed_limits *limits, uint64_t now,
		     struct followed *ret_followed, struct followed_news *ret_news);

/**
 * followed_remember() - Tell flows what their names were answered with besides
 *
 * Sets flow->lately of public names.  What is no public address is left out: the record
 * is a file.
 */
void followed_remember(const struct followed *followed, struct intent *intent,
		       struct arena *arena);

/** followed_lock() - All that is followed, as a lock */
struct lock *followed_lock(const struct followed *followed, const char *server,
			   struct arena *arena);

#endif
