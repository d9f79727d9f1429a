/* lock_diff.h - What changed since a lock was written. */
#ifndef COMPILER_LOCK_DIFF_H
#define COMPILER_LOCK_DIFF_H

#include <stddef.h>

#include "compiler/lock.h"

/** enum lock_change_kind - How a name's answer differs from the lock's */
enum lock_change_kind {
	LOCK_ADDED, /* the lock lacks the name, or had no address for it */
	LOCK_GONE,  /* it has no address any more */
	LOCK_MOVED, /* other addresses; perhaps another chain, too */
	LOCK_CHAIN, /* another way to the same addresses, or another error */
};

/** struct lock_change - One name; @before is NULL where the lock lacks it */
struct lock_change {
	enum lock_change_kind kind;
	const char *view;
	const struct lock_name *before, *after;
};

/** struct lock_diff - Sorted by view, then name */
struct lock_diff {
	struct lock_change *at;
	size_t count, capacity;
	size_t compared;
};

/**
 * lock_compare() - Compare what was answered with a lock
 *
 * Only names that @now has: what else the lock holds was not asked for.
 */
struct lock_diff lock_compare(const struct lock *lock, const struct lock *now,
			      struct arena *arena);

/** lock_diff_text() - For people: a line a name, "-" and "+" lines for what differs */
void lock_diff_text(const struct lock_diff *diff, struct strbuf *out);

/** lock_diff_json() - {"compared": …, "changes": [{"view", "name", "change", …}]} */
void lock_diff_json(const struct lock_diff *diff, struct strbuf *out);

#endif
