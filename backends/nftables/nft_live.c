/* nft_live.c - The running side of nftables: its constant. */
#include "backends/nftables/nft_live.h"

#include <string.h>

#include "backends/nftables/nft_live_kernel.h"
#include "rules/base/arena.h"

static struct live_image *new_image(struct arena *arena)
{
	return arena_make(arena, struct live_image);
}

static bool is_empty(const struct live_image *image)
{
	return !image->count;
}

static bool is_used(const struct live_table *table, const struct live_set *set)
{
	for (size_t i = 0; i < table->chain_count; i++)
		for (size_t j = 0; j < table->chains[i].count; j++) {
			const struct live_rule *rule = &table->chains[i].rules[j];

			for (size_t k = 0; k < rule->count; k++) {
				const struct live_op *op = &rule->ops[k];

				/* What an opaque expression looks into is not known. */
				if (op->kind == LIVE_OPAQUE || op->set == set ||
				    (op->kind == LIVE_LOOKUP && op->name &&
				     strcmp(op->name, set->name) == 0))
					return true;
			}
		}
	return false;
}

static struct live_image *tidy(const struct live_image *image, struct arena *arena)
{
	struct live_image *tidied = arena_make(arena, struct live_image);

	tidied->generation = image->generation;
	for (size_t i = 0; i < image->count; i++) {
		const struct live_table *table = &image->tables[i];
		struct live_table *copy;

		if (!table->chain_count && !table->stranger_count)
			continue;
		copy = arena_push(arena, tidied->tables, tidied->count, tidied->capacity);
		*copy = *table;
		copy->sets = NULL;
		copy->set_count = copy->set_capacity = 0;
		for (size_t k = 0; k < table->set_count; k++)
			if (is_used(table, &table->sets[k]))
				*arena_push(arena, copy->sets, copy->set_count,
					    copy->set_capacity) = table->sets[k];
	}
	return tidied;
}

static void add_counter(const struct live_rule *rule, struct live_counters *counters,
			struct arena *arena)
{
	static const char prefix[] = "postern:";

	for (size_t i = 0; i < rule->count; i++) {
		const struct live_op *op = &rule->ops[i];
		struct live_counter *counter;

		if (op->kind != LIVE_COUNTER)
			continue;
		counter = arena_push(arena, counters->at, counters->count,
				     counters->capacity);
		counter->name = rule->comment;
		if (rule->comment && !strncmp(rule->comment, prefix, strlen(prefix)))
			counter->id = rule->comment + strlen(prefix);
		counter->handle = rule->handle;
		counter->packets = op->packets;
		counter->bytes = op->bytes;
	}
}

static void read_counters(const struct live_image *image, struct arena *arena,
			  struct live_counters *ret_counters)
{
	*ret_counters = (struct live_counters){0};
	for (size_t i = 0; i < image->count; i++)
		for (size_t k = 0; k < image->tables[i].chain_count; k++) {
			const struct live_chain *chain = &image->tables[i].chains[k];

			for (size_t r = 0; r < chain->count; r++)
				add_counter(&chain->rules[r], ret_counters, arena);
		}
}

const struct backend_live backend_live_nftables = {
	.name = "nftables",
	.image = new_image,
	.plan = nft_live_plan,
	.fetch = nft_live_fetch,
	.rules = nft_live_rules,
	.compare = nft_live_compare,
	.load = nft_live_load,
	.counters = read_counters,
	.followed = nft_live_followed,
	.fill = nft_live_fill,
	.tidy = tidy,
	.is_empty = is_empty,
};
