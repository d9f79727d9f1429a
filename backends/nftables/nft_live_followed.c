/* nft_live_followed.c - What the sets that follow names hold, and shall hold. */
#include <string.h>

#include "backends/nftables/nft_live.h"
#include "backends/nftables/nft_live_kernel.h"
#include "rules/base/arena.h"
#include "rules/base/textmap.h"

static enum family family_of(const struct live_set *set)
{
	return set->key_length == family_bits(FAMILY_IPV6) / 8 ? FAMILY_IPV6
							       : FAMILY_IPV4;
}

void nft_live_followed(const struct live_image *image, struct arena *arena,
		       struct live_followed_sets *ret_sets)
{
	*ret_sets = (struct live_followed_sets){0};
	for (size_t i = 0; i < image->count; i++)
		for (size_t k = 0; k < image->tables[i].set_count; k++) {
			const struct live_set *set = &image->tables[i].sets[k];

			if (!set->host || set->strange)
				continue;
			*arena_push(arena, ret_sets->at, ret_sets->count,
				    ret_sets->capacity) = (struct live_followed){
				.set = set->name,
				.host = set->host,
				.addresses = set->elements + set->fading,
				.by_resolver = set->timeout,
			};
		}
}

/* The ranges address by address: a set without intervals takes nothing else. */
static void put_addresses(const struct ranges *ranges, enum family family,
			  struct strbuf *text)
{
	char address[ADDR_TEXT_MAX];

	for (size_t i = 0; i < ranges->count; i++)
		for (u128 at = ranges->at[i].first;; at++) {
			const struct addr one = {family, at};

			strbuf_printf(text, " %s,", addr_format(&one, address));
			if (at == ranges->at[i].last)
				break;
		}
}

static void fill_set(const struct live_table *table, const struct live_set *set,
		     const struct textmap *answers, const struct live_table *kept,
		     struct strbuf *text)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new();
	const struct addr_set *answer = answers ? textmap_get(answers, set->host) : NULL;
	const struct live_set *old = kept ? nft_live_find_set(kept, set->name) : NULL;
	struct ranges ranges = {0};

	for (size_t i = 0; answer && i < answer->of[family_of(set)].count; i++)
		ranges_add(&ranges, answer->of[family_of(set)].at[i], arena);
	for (size_t i = 0; old && nft_live_set_fits(old, set) && i < old->ranges.count;
	     i++)
		ranges_add(&ranges, old->ranges.at[i], arena);
	ranges_normalize(&ranges);
	if (!ranges.count)
		return;
	strbuf_printf(text, "add element inet %s %s {", table->name, set->name);
	put_addresses(&ranges, family_of(set), text);
	strbuf_puts(text, " }\n");
}

void nft_live_fill(const struct live_image *image, const struct textmap *answers,
		   const struct live_image *kept, struct strbuf *text)
{
	for (size_t i = 0; i < image->count; i++) {
		const struct live_table *table = &image->tables[i];
		const struct live_table *old =
			kept ? nft_live_find_table(kept, table->name) : NULL;

		for (size_t k = 0; k < table->set_count; k++)
			if (table->sets[k].host && !table->sets[k].timeout)
				fill_set(table, &table->sets[k], answers, old, text);
	}
}
