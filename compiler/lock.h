/* lock.h - postern.lock: the addresses that names had when they were last looked up. */
#ifndef COMPILER_LOCK_H
#define COMPILER_LOCK_H

#include <stddef.h>
#include <stdint.h>

#include "rules/addr.h"
#include "rules/base/diag.h"

struct arena;
struct input_file;

/** struct lock_name - One name's answer */
struct lock_name {
	const char *name;
	const char *rcode; /* "NOERROR", "NXDOMAIN", … */
	const char **chain;
	size_t chain_count, chain_capacity;
	struct addr_set addresses; /* normal */
	struct span at;
};

/** struct lock_view - Who asked: "public", or a private endpoint's name; names sorted */
struct lock_view {
	const char *name;
	const char *server;
	struct lock_name *names;
	size_t name_count, name_capacity;
	struct span at;
};

struct lock {
	struct lock_view *views;
	size_t view_count, view_capacity;
	struct span at;
};

/** lock_read() - Read a lock; every place of its format is checked */
int lock_read(const struct input_file *file, struct arena *arena, struct lock **ret_lock,
	      struct diag *diag);

/** lock_find() - A name's answer in a view, or NULL */
const struct lock_name *lock_find(const struct lock *lock, const char *view,
				  const char *name);

#endif
