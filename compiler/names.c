/* names.c - Names and what they stand for, found without searching. */
#include "compiler/names.h"

#include <stdint.h>
#include <string.h>

#include "rules/base/arena.h"

/* Comparing a word with more candidates than this takes longer than it helps. */
#define NEAREST_CANDIDATES 500

/* FNV-1a. */
static size_t find_slot(const struct names *names, const char *name)
{
	uint64_t hash = 14695981039346656037u;
	size_t slot;

	for (const char *c = name; *c; c++)
		hash = (hash ^ (unsigned char)*c) * 1099511628211u;
	for (slot = hash & (names->slot_count - 1); names->slots[slot];
	     slot = (slot + 1) & (names->slot_count - 1))
		if (strcmp(names->at[names->slots[slot] - 1].name, name) == 0)
			break;
	return slot;
}

static void grow(struct names *names, struct arena *arena)
{
	names->slot_count = names->slot_count ? 2 * names->slot_count : 16;
	names->slots = arena_array(arena, names->slot_count, size_t);
	for (size_t i = 0; i < names->count; i++)
		names->slots[find_slot(names, names->at[i].name)] = i + 1;
}

const struct named *names_add(struct names *names, const char *name, struct span at,
			      void *thing, struct arena *arena)
{
	size_t slot;

	if (2 * (names->count + 1) > names->slot_count)
		grow(names, arena);
	slot = find_slot(names, name);
	if (names->slots[slot])
		return &names->at[names->slots[slot] - 1];
	*arena_push(arena, names->at, names->count, names->capacity) =
		(struct named){name, at, thing};
	names->slots[slot] = names->count;
	return NULL;
}

const struct named *names_find(const struct names *names, const char *name)
{
	size_t slot;

	if (!names->slot_count)
		return NULL;
	slot = find_slot(names, name);
	return names->slots[slot] ? &names->at[names->slots[slot] - 1] : NULL;
}

const char *names_nearest(const struct names *names, const char *word)
{
	const char *candidates[NEAREST_CANDIDATES + 1];
	size_t count =
		names->count < NEAREST_CANDIDATES ? names->count : NEAREST_CANDIDATES;

	for (size_t i = 0; i < count; i++)
		candidates[i] = names->at[i].name;
	candidates[count] = NULL;
	return diag_nearest(word, candidates);
}
