/* nft_live_image.c - Finding objects in an image, and comparing single ones. */
#include <string.h>

#include "backends/nftables/nft_live.h"

bool nft_live_is_ours(const char *table)
{
	return strcmp(table, "postern_forward") == 0 ||
	       strcmp(table, "postern_output") == 0;
}

struct live_table *nft_live_find_table(const struct live_image *image, const char *name)
{
	for (size_t i = 0; i < image->count; i++)
		if (strcmp(image->tables[i].name, name) == 0)
			return &image->tables[i];
	return NULL;
}

struct live_set *nft_live_find_set(const struct live_table *table, const char *name)
{
	for (size_t i = 0; i < table->set_count; i++)
		if (strcmp(table->sets[i].name, name) == 0)
			return &table->sets[i];
	return NULL;
}

struct live_chain *nft_live_find_chain(const struct live_table *table, const char *name)
{
	for (size_t i = 0; i < table->chain_count; i++)
		if (strcmp(table->chains[i].name, name) == 0)
			return &table->chains[i];
	return NULL;
}

const char *nft_live_host(const char *comment)
{
	static const char prefix[] = "postern:";
	size_t length = strlen(prefix);

	return comment && strncmp(comment, prefix, length) == 0 && comment[length]
		       ? comment + length
		       : NULL;
}

static bool text_equal(const char *a, const char *b)
{
	return a && b ? strcmp(a, b) == 0 : a == b;
}

static bool anonymous_equal(const struct live_set *a, const struct live_set *b)
{
	if (!a || !b)
		return a == b;
	return !a->strange && !b->strange && a->key_length == b->key_length &&
	       a->intervals == b->intervals && ranges_equal(&a->ranges, &b->ranges);
}

static bool op_equal(const struct live_op *a, const struct live_op *b)
{
	return a->kind == b->kind && a->kind != LIVE_OPAQUE && a->key == b->key &&
	       a->offset == b->offset && a->length == b->length &&
	       a->negated == b->negated && a->burst == b->burst && a->rate == b->rate &&
	       a->unit == b->unit && memcmp(a->data, b->data, LIVE_DATA_MAX) == 0 &&
	       memcmp(a->more, b->more, LIVE_DATA_MAX) == 0 &&
	       text_equal(a->name, b->name) && anonymous_equal(a->set, b->set);
}

bool nft_live_rule_equal(const struct live_rule *a, const struct live_rule *b)
{
	if (a->count != b->count || !text_equal(a->comment, b->comment))
		return false;
	for (size_t i = 0; i < a->count; i++)
		if (!op_equal(&a->ops[i], &b->ops[i]))
			return false;
	return true;
}

/* Does the last interval go up to the last address?  Then it has no end element. */
static bool is_open(const struct live_set *set)
{
	size_t count = set->ranges.count;

	return count &&
	       set->ranges.at[count - 1].last == u128_mask(nft_live_set_bits(set));
}

bool nft_live_set_sentinel(const struct live_set *set)
{
	return set->ranges.count && set->ranges.at[0].first && !is_open(set);
}

size_t nft_live_set_elements(const struct live_set *set, bool sentinel)
{
	if (!set->intervals)
		return set->ranges.count;
	return 2 * set->ranges.count - is_open(set) + sentinel;
}
