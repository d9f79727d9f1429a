/* textmap.h - From texts to things, by hashing. */
#ifndef RULES_BASE_TEXTMAP_H
#define RULES_BASE_TEXTMAP_H

#include <stddef.h>

/**
 * DOC: Text maps
 *
 * For look-ups among names of which there may be 100 000.  There is no way to walk a map:
 * nothing that is printed may depend on the order of hashes, so whoever needs an order
 * keeps an array beside it.
 */
struct arena;

/** struct textmap - A map; all zero is the empty one; lives in an arena */
struct textmap {
	struct textmap_slot *slots;
	size_t count;
	size_t mask;
};

/** textmap_get() - The thing of @text, or NULL */
void *textmap_get(const struct textmap *map, const char *text);

/** textmap_put() - Set the thing of @text, which is borrowed */
void textmap_put(struct textmap *map, const char *text, void *thing, struct arena *arena);

#endif
