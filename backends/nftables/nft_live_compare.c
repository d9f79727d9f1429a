/* nft_live_compare.c - What differs between two images. */
#include <linux/netfilter/nf_tables.h>
#include <stdlib.h>
#include <string.h>

#include "backends/nftables/nft_live.h"
#include "backends/nftables/nft_live_kernel.h"
#include "rules/base/arena.h"
#include "rules/base/strbuf.h"

/* A longest common subsequence takes memory for each pair of rules: beyond so many in the
 * part that differs, all of it is replaced. */
#define MAX_PAIRS (4u << 20)

/* Intervals of a set that a change shows; the count says how many there are. */
#define MAX_SHOWN 8u

bool nft_live_set_fits(const struct live_set *from, const struct live_set *to)
{
	return !from->strange && !to->strange && from->key_type == to->key_type &&
	       from->key_length == to->key_length && from->intervals == to->intervals &&
	       from->timeout == to->timeout && from->size == to->size &&
	       (from->host && to->host ? strcmp(from->host, to->host) == 0
				       : from->host == to->host);
}

bool nft_live_chain_fits(const struct live_chain *from, const struct live_chain *to)
{
	if (!from->hook || !to->hook)
		return from->hook == to->hook;
	return from->hook_number == to->hook_number && from->priority == to->priority &&
	       from->type && strcmp(from->type, to->type) == 0;
}

struct ranges nft_live_intervals(const struct ranges *of, const struct ranges *other,
				 struct arena *arena)
{
	struct ranges alone = {0};
	size_t k = 0;

	for (size_t i = 0; i < of->count; i++) {
		const struct range *range = &of->at[i];

		while (k < other->count && other->at[k].first < range->first)
			k++;
		if (k == other->count || other->at[k].first != range->first ||
		    other->at[k].last != range->last)
			*arena_push(arena, alone.at, alone.count, alone.capacity) =
				*range;
	}
	return alone;
}

/* -- rules --------------------------------------------------------------------------- */

/** struct stretch - The part of two chains between their common begin and end */
struct stretch {
	const struct live_chain *from, *to;
	size_t first, from_count, to_count;
};

static bool twins(const struct stretch *stretch, size_t i, size_t k)
{
	return nft_live_rule_equal(&stretch->from->rules[stretch->first + i],
				   &stretch->to->rules[stretch->first + k]);
}

/* The longest common subsequence, by the textbook: @length[i][k] of what is behind. */
static void match_stretch(const struct stretch *stretch, size_t *from, size_t *to)
{
	size_t columns = stretch->to_count + 1;
	uint32_t *length;
	size_t i, k;

	if (!stretch->from_count || !stretch->to_count ||
	    (stretch->from_count + 1) > MAX_PAIRS / columns)
		return;
	length = calloc((stretch->from_count + 1) * columns, sizeof(*length));
	if (!length)
		return;
	for (i = stretch->from_count; i-- > 0;)
		for (k = stretch->to_count; k-- > 0;) {
			uint32_t below = length[(i + 1) * columns + k];
			uint32_t beside = length[i * columns + k + 1];

			length[i * columns + k] = below > beside ? below : beside;
			if (twins(stretch, i, k))
				length[i * columns + k] =
					length[(i + 1) * columns + k + 1] + 1;
		}
	for (i = 0, k = 0; i < stretch->from_count && k < stretch->to_count;) {
		if (twins(stretch, i, k)) {
			from[stretch->first + i] = stretch->first + k;
			to[stretch->first + k] = stretch->first + i;
			i++;
			k++;
		} else if (length[(i + 1) * columns + k] >= length[i * columns + k + 1]) {
			i++;
		} else {
			k++;
		}
	}
	free(length);
}

void nft_live_kept(const struct live_chain *from, const struct live_chain *to,
		   struct arena *arena, size_t **ret_from, size_t **ret_to)
{
	size_t *of_from = arena_array(arena, from->count + 1, size_t);
	size_t *of_to = arena_array(arena, to->count + 1, size_t);
	struct stretch stretch = {from, to, 0, from->count, to->count};

	for (size_t i = 0; i < from->count; i++)
		of_from[i] = SIZE_MAX;
	for (size_t i = 0; i < to->count; i++)
		of_to[i] = SIZE_MAX;
	while (stretch.from_count && stretch.to_count && twins(&stretch, 0, 0)) {
		of_from[stretch.first] = of_to[stretch.first] = stretch.first;
		stretch.first++;
		stretch.from_count--;
		stretch.to_count--;
	}
	while (stretch.from_count && stretch.to_count &&
	       twins(&stretch, stretch.from_count - 1, stretch.to_count - 1)) {
		stretch.from_count--;
		stretch.to_count--;
		of_from[stretch.first + stretch.from_count] =
			stretch.first + stretch.to_count;
		of_to[stretch.first + stretch.to_count] =
			stretch.first + stretch.from_count;
	}
	match_stretch(&stretch, of_from, of_to);
	*ret_from = of_from;
	*ret_to = of_to;
}

/* -- changes ------------------------------------------------------------------------- */

struct comparison {
	struct arena *arena;
	struct live_changes *changes;
	const char *table;
};

static struct live_change *add_change(struct comparison *comparison,
				      enum live_change_kind kind, const char *object)
{
	struct live_changes *changes = comparison->changes;
	struct live_change *change = arena_push(comparison->arena, changes->at,
						changes->count, changes->capacity);

	change->kind = kind;
	change->object = object;
	return change;
}

static const char *name_object(struct comparison *comparison, const char *kind,
			       const char *name)
{
	return arena_printf(comparison->arena, "%s '%s' of %s", kind, name,
			    comparison->table);
}

static const char *format_ranges(const struct live_set *set, const struct ranges *ranges,
				 struct arena *arena)
{
	CLEANUP(strbuf_release) struct strbuf text = {0};
	enum family family = set->key_length == 16 ? FAMILY_IPV6 : FAMILY_IPV4;
	char address[ADDR_TEXT_MAX];

	for (size_t i = 0; i < ranges->count && i < MAX_SHOWN; i++)
		strbuf_printf(&text, "%s%s", i ? ", " : "",
			      addr_range_format(family, &ranges->at[i], address));
	if (ranges->count > MAX_SHOWN)
		strbuf_printf(&text, " and %zu more", ranges->count - MAX_SHOWN);
	return arena_strdup(arena, strbuf_text(&text));
}

static void add_elements(struct comparison *comparison, enum live_change_kind kind,
			 const struct live_set *set, const struct ranges *ranges)
{
	struct live_change *change;

	if (!ranges->count)
		return;
	change = add_change(comparison, kind, name_object(comparison, "set", set->name));
	change->elements = ranges->count;
	change->detail = format_ranges(set, ranges, comparison->arena);
}

static void compare_sets(struct comparison *comparison, const struct live_set *from,
			 const struct live_set *to)
{
	const struct live_set *odd = from->strange || from->irregular ? from : to;
	struct ranges removed, added;

	if (!nft_live_set_fits(from, to) || odd->irregular) {
		add_change(comparison, LIVE_REPLACE,
			   name_object(comparison, "set", to->name))
			->detail = odd->strange	    ? odd->strange
				   : odd->irregular ? "boundaries that are not ours"
						    : "another type";
		return;
	}
	removed = nft_live_intervals(&from->ranges, &to->ranges, comparison->arena);
	added = nft_live_intervals(&to->ranges, &from->ranges, comparison->arena);
	add_elements(comparison, LIVE_REMOVE, from, &removed);
	add_elements(comparison, LIVE_ADD, to, &added);
}

/* By its comment, or by its handle; and by what it does that nobody knows. */
static const char *name_rule(struct comparison *comparison, const struct live_rule *rule,
			     const struct live_chain *chain)
{
	struct arena *arena = comparison->arena;
	const char *name =
		rule->comment ? arena_printf(arena, "'%s'", rule->comment)
			      : arena_printf(arena, "without a comment, handle %llu,",
					     (unsigned long long)rule->handle);

	for (size_t i = 0; i < rule->count; i++)
		if (rule->ops[i].kind == LIVE_OPAQUE)
			return arena_printf(arena, "rule %s of chain '%s', which has %s",
					    name, chain->name, rule->ops[i].name);
	return arena_printf(arena, "rule %s of chain '%s'", name, chain->name);
}

static void compare_rules(struct comparison *comparison, const struct live_chain *from,
			  const struct live_chain *to)
{
	size_t *of_from, *of_to;

	nft_live_kept(from, to, comparison->arena, &of_from, &of_to);
	for (size_t i = 0; i < from->count; i++)
		if (of_from[i] == SIZE_MAX)
			add_change(comparison, LIVE_REMOVE,
				   name_rule(comparison, &from->rules[i], from));
	for (size_t i = 0; i < to->count; i++)
		if (of_to[i] == SIZE_MAX)
			add_change(comparison, LIVE_ADD,
				   name_rule(comparison, &to->rules[i], to));
}

static void compare_chains(struct comparison *comparison, const struct live_table *from,
			   const struct live_table *to)
{
	static const struct live_chain nothing;

	for (size_t i = 0; i < from->chain_count; i++) {
		const struct live_chain *chain = &from->chains[i];

		if (!nft_live_find_chain(to, chain->name))
			add_change(comparison, LIVE_REMOVE,
				   name_object(comparison, "chain", chain->name));
	}
	for (size_t i = 0; i < to->chain_count; i++) {
		const struct live_chain *chain = &to->chains[i];
		const struct live_chain *old = nft_live_find_chain(from, chain->name);

		if (!old)
			add_change(comparison, LIVE_ADD,
				   name_object(comparison, "chain", chain->name));
		else if (!nft_live_chain_fits(old, chain) || old->drops != chain->drops)
			add_change(comparison, LIVE_REPLACE,
				   name_object(comparison, "chain", chain->name))
				->detail = old->drops != chain->drops
						   ? "the policy"
						   : "the hook or its priority";
		compare_rules(comparison, old ? old : &nothing, chain);
	}
}

static void add_strangers(struct comparison *comparison, enum live_change_kind kind,
			  const struct live_table *of)
{
	for (size_t i = 0; i < of->stranger_count; i++)
		add_change(comparison, kind,
			   name_object(comparison, of->strangers[i].what,
				       of->strangers[i].name));
}

static void compare_tables(struct comparison *comparison, const struct live_table *from,
			   const struct live_table *to)
{
	if (from->flags != to->flags)
		add_change(comparison, LIVE_REPLACE, comparison->table)->detail =
			(from->flags | to->flags) & NFT_TABLE_F_DORMANT ? "dormant"
									: "other flags";
	for (size_t i = 0; i < from->set_count; i++)
		if (!from->sets[i].anonymous &&
		    !nft_live_find_set(to, from->sets[i].name))
			add_change(comparison, LIVE_REMOVE,
				   name_object(comparison, "set", from->sets[i].name));
	for (size_t i = 0; i < to->set_count; i++) {
		const struct live_set *set = &to->sets[i];
		const struct live_set *old = nft_live_find_set(from, set->name);

		if (set->anonymous)
			continue;
		if (old)
			compare_sets(comparison, old, set);
		else if (set->ranges.count)
			add_elements(comparison, LIVE_ADD, set, &set->ranges);
		else
			add_change(comparison, LIVE_ADD,
				   name_object(comparison, "set", set->name));
	}
	compare_chains(comparison, from, to);
	add_strangers(comparison, LIVE_REMOVE, from);
	add_strangers(comparison, LIVE_ADD, to);
}

void nft_live_compare(const struct live_image *from, const struct live_image *to,
		      struct arena *arena, struct live_changes *ret_changes)
{
	static const struct live_table nothing;
	struct live_changes changes = {0};
	struct comparison comparison = {.arena = arena, .changes = &changes};

	for (size_t i = 0; i < from->count; i++)
		if (!nft_live_find_table(to, from->tables[i].name))
			add_change(&comparison, LIVE_REMOVE,
				   arena_printf(arena, "table inet %s",
						from->tables[i].name));
	for (size_t i = 0; i < to->count; i++) {
		const struct live_table *table = &to->tables[i];
		const struct live_table *old = nft_live_find_table(from, table->name);

		comparison.table = arena_printf(arena, "table inet %s", table->name);
		if (!old)
			add_change(&comparison, LIVE_ADD, comparison.table);
		compare_tables(&comparison, old ? old : &nothing, table);
	}
	*ret_changes = changes;
}
