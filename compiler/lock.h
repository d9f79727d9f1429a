/* lock.h - postern.lock: the addresses that names had when they were last looked up. */
#ifndef COMPILER_LOCK_H
#define COMPILER_LOCK_H

#include <stddef.h>
#include <stdint.h>

#include "rules/addr.h"
#include "rules/base/diag.h"

struct arena;
struct input_file;
struct intent;
struct strbuf;

/**
 * struct lock_name - One name's answer
 * @rcode:	"NOERROR", "NXDOMAIN", …; without NOERROR there are no addresses
 * @chain:	the names that CNAME records led through, in their order
 */
struct lock_name {
	const char *name;
	const char *rcode;
	const char **chain;
	size_t chain_count, chain_capacity;
	struct addr_set addresses; /* normal */
	struct span at;
};

/**
 * struct lock_view - Who asked: "public", or a private endpoint's name; names sorted
 * @server:	who was asked last; names that were not asked for then are of earlier runs
 */
struct lock_view {
	const char *name;
	const char *server;
	struct lock_name *names;
	size_t name_count, name_capacity;
	struct span at;
};

/** struct lock_tags - The service-tag file that was used; @cloud NULL: none was */
struct lock_tags {
	const char *cloud; /* "Public" */
	uint32_t change_number;
	const char *sha256;
};

/**
 * struct lock - All that was looked up; views sorted by name
 * @name:	what says so, where it is not postern.lock: a lock that this run made
 */
struct lock {
	const char *name;
	struct lock_view *views;
	size_t view_count, view_capacity;
	struct lock_tags service_tags;
	struct span at;
};

/**
 * lock_read() - Read a lock; every place of its format is checked
 *
 * Return: 0, or -1 with json-syntax or lock-format in @diag
 */
int lock_read(const struct input_file *file, struct arena *arena, struct lock **ret_lock,
	      struct diag *diag);

/** lock_find() - A name's answer in a view, or NULL */
const struct lock_name *lock_find(const struct lock *lock, const char *view,
				  const char *name);

/** lock_print() - The canonical text: sorted, two blanks a level; lock_read() reads it */
void lock_print(const struct lock *lock, struct strbuf *out);

/** lock_report_unused() - Warn of names that no flow needs (lock-unused-name) */
void lock_report_unused(const struct lock *lock, const struct intent *intent,
			struct arena *arena, struct diag *diag);

/**
 * lock_report_lacking() - Report each name that is looked up there and missing
 * @lock:	or NULL: every one is missing
 * @because:	of the run: what asks for a whole lock
 *
 * Names of private endpoints are not: the spec has their addresses.  Nor are wildcards.
 *
 * Return: 0, or -1 with lock-lacks-name in @diag
 */
int lock_report_lacking(const struct lock *lock, const struct intent *intent,
			const char *because, struct arena *arena, struct diag *diag);

#endif
