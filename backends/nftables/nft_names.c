/* nft_names.c - A table from names to things. */
#include "backends/nftables/nft_names.h"

#include <string.h>

#include "rules/base/arena.h"

/* FNV-1a with a finalizer: the table is probed by the low bits. */
static uint64_t hash_of(const char *text, size_t length)
{
	uint64_t hash = UINT64_C(0xcbf29ce484222325);

	for (size_t i = 0; i < length; i++)
		hash = (hash ^ (unsigned char)text[i]) * UINT64_C(0x100000001b3);
	return hash ^ hash >> 29;
}

/* The slot of a name, or the free one where it would go. */
static struct nft_name *find(const struct nft_names *names, const char *text,
			     size_t length, uint64_t hash)
{
	size_t mask = names->capacity - 1;

	for (size_t i = hash & mask;; i = (i + 1) & mask) {
		struct nft_name *slot = &names->slots[i];

		if (!slot->text)
			return slot;
		if (slot->hash == hash && slot->length == length &&
		    memcmp(slot->text, text, length) == 0)
			return slot;
	}
}

void *nft_names_get(const struct nft_names *names, const char *text, size_t length)
{
	if (!names->capacity)
		return NULL;
	return find(names, text, length, hash_of(text, length))->thing;
}

static void grow(struct nft_names *names, struct arena *arena)
{
	struct nft_names larger = {.capacity =
					   names->capacity ? 2 * names->capacity : 16};

	larger.slots = arena_array(arena, larger.capacity, struct nft_name);
	for (size_t i = 0; i < names->capacity; i++) {
		const struct nft_name *old = &names->slots[i];

		if (!old->text || !old->thing)
			continue;
		*find(&larger, old->text, old->length, old->hash) = *old;
		larger.used++;
	}
	*names = larger;
}

void nft_names_put(struct nft_names *names, const char *text, size_t length, void *thing,
		   struct arena *arena)
{
	uint64_t hash = hash_of(text, length);
	struct nft_name *slot;

	if (names->used >= names->capacity / 2)
		grow(names, arena);
	slot = find(names, text, length, hash);
	if (!slot->text)
		names->used++;
	*slot = (struct nft_name){text, length, hash, thing};
}
