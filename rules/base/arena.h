/* arena.h - Memory that lives as long as one compilation. */
#ifndef RULES_BASE_ARENA_H
#define RULES_BASE_ARENA_H

#include <stddef.h>

#include "rules/base/attr.h"

/**
 * DOC: Ownership
 *
 * One compilation owns one arena.  Every node of the spec, every rule and every
 * term lives in it and dies with it, so those types have no free function and may
 * point at each other freely.  A pointer parameter is borrowed unless its comment
 * says otherwise; a pointer returned from a function that takes an arena belongs
 * to that arena.
 *
 * Allocation cannot fail: when memory runs out the process says so and exits with
 * status 3.  Memory comes zeroed.
 */
struct arena;

struct arena *arena_new(void);
void arena_free(struct arena *arena);	  /* NULL is fine */
void arena_cleanup(struct arena **arena); /* for CLEANUP(arena_cleanup) */

void *arena_alloc(struct arena *arena, size_t size);
void *arena_alloc_array(struct arena *arena, size_t count, size_t size);

/**
 * arena_grow() - Make an array larger: in its place, or as a copy
 * @used:	elements that it has
 * @capacity:	elements of the larger array
 *
 * A copy leaves the old array as it was until the end; so whoever held a pointer into it
 * still reads what was there.
 */
void *arena_grow(struct arena *arena, void *array, size_t used, size_t capacity,
		 size_t size);

char *arena_strdup(struct arena *arena, const char *text);
char *arena_strndup(struct arena *arena, const char *text, size_t length);
char *arena_printf(struct arena *arena, const char *fmt, ...) PRINTF_LIKE(2, 3);

/** arena_bytes() - Bytes handed out so far; what golden cases may bound */
size_t arena_bytes(const struct arena *arena);

#define arena_make(arena, type) ((type *)arena_alloc((arena), sizeof(type)))
#define arena_array(arena, count, type) \
	((type *)arena_alloc_array((arena), (count), sizeof(type)))

/**
 * arena_push() - Append room for one element to a growing array in @arena
 *
 * @array, @count and @capacity are lvalues of the caller's; the value is a pointer
 * to the new, zeroed element.
 */
#define arena_push(arena, array, count, capacity)                                     \
	((array) = (count) < (capacity)                                               \
			   ? (array)                                                  \
			   : arena_grow((arena), (array), (count),                    \
					(capacity) = (capacity) ? 2 * (capacity) : 8, \
					sizeof(*(array))),                            \
	 &(array)[(count)++])

#endif
