/* textmap.c - From texts to things, by hashing. */
#include "rules/base/textmap.h"

#include <string.h>

#include "rules/base/arena.h"

#define INITIAL_SLOTS 16u

/** struct textmap_slot - @text NULL: free */
struct textmap_slot {
	const char *text;
	void *thing;
};

static size_t hash_text(const char *text)
{
	size_t hash = 14695981039346656037u; /* FNV-1a, 64 bits */

	for (; *text; text++)
		hash = (hash ^ (unsigned char)*text) * 1099511628211u;
	return hash ^ hash >> 32;
}

/* The slot that has @text, or the free one where it would go. */
static struct textmap_slot *find_slot(const struct textmap *map, const char *text)
{
	size_t i = hash_text(text) & map->mask;

	while (map->slots[i].text && strcmp(map->slots[i].text, text) != 0)
		i = (i + 1) & map->mask;
	return &map->slots[i];
}

void *textmap_get(const struct textmap *map, const char *text)
{
	return map->slots ? find_slot(map, text)->thing : NULL;
}

static void enlarge(struct textmap *map, struct arena *arena)
{
	const struct textmap old = *map;
	size_t size = old.slots ? 2 * (old.mask + 1) : INITIAL_SLOTS;

	map->slots = arena_array(arena, size, struct textmap_slot);
	map->mask = size - 1;
	for (size_t i = 0; old.slots && i <= old.mask; i++)
		if (old.slots[i].text)
			*find_slot(map, old.slots[i].text) = old.slots[i];
}

void textmap_put(struct textmap *map, const char *text, void *thing, struct arena *arena)
{
	struct textmap_slot *slot;

	if (!map->slots || 2 * map->count > map->mask)
		enlarge(map, arena);
	slot = find_slot(map, text);
	map->count += !slot->text;
	*slot = (struct textmap_slot){text, thing};
}
