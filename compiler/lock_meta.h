/* lock_meta.h - postern.lock.meta: when each name was asked for, and its time to live. */
#ifndef COMPILER_LOCK_META_H
#define COMPILER_LOCK_META_H

#include <stddef.h>
#include <stdint.h>

#include "rules/base/diag.h"

struct arena;
struct input_file;
struct strbuf;

#define LOCK_META_SUFFIX ".meta"

/**
 * struct lock_meta_name - One name in one view
 * @asked:	"2026-11-27T22:00:00Z"
 * @ttl:	in seconds; UINT32_MAX: no record came
 */
struct lock_meta_name {
	const char *view, *name;
	const char *asked;
	uint32_t ttl;
};

/** struct lock_meta - All names; sorted by view, then name */
struct lock_meta {
	struct lock_meta_name *names;
	size_t count, capacity;
};

/** lock_meta_read() - Return: 0, or -1 with json-syntax or lock-format in @diag */
int lock_meta_read(const struct input_file *file, struct arena *arena,
		   struct lock_meta *ret_meta, struct diag *diag);

/** lock_meta_find() - What is known of a name in a view, or NULL */
const struct lock_meta_name *lock_meta_find(const struct lock_meta *meta,
					    const char *view, const char *name);

/** lock_meta_print() - The text that lock_meta_read() reads */
void lock_meta_print(const struct lock_meta *meta, struct strbuf *out);

#endif
