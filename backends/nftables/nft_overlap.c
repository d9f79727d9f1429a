/* nft_overlap.c - Elements that meet: what nft refuses, and what the first one hides. */
#include <stdlib.h>
#include <string.h>

#include "backends/nftables/nft_importer.h"
#include "rules/base/arena.h"

/* Pairs of elements that are looked at before a map counts as one that overlaps: some
 * tenths of a second. */
#define MAX_PAIRS (UINT32_C(1) << 24)

/* struct keyed - An element, and the branch of a verdict map that it is of */
struct keyed {
	struct range range;
	const char *word;
	const struct nft_part *parts;
	size_t branch;
};

struct elements {
	struct keyed *at;
	size_t count, capacity;
};

static int compare_ranges(const void *a, const void *b)
{
	const struct keyed *x = a, *y = b;

	if (x->range.first != y->range.first)
		return x->range.first < y->range.first ? -1 : 1;
	return x->range.last < y->range.last ? -1 : x->range.last > y->range.last;
}

static int compare_words(const void *a, const void *b)
{
	const struct keyed *x = a, *y = b;

	return strcmp(x->word, y->word);
}

static void collect(struct elements *elements, const struct nft_content *content,
		    unsigned width, size_t branch, struct arena *arena)
{
	for (size_t i = 0; i < content->numbers.count; i++)
		*arena_push(arena, elements->at, elements->count, elements->capacity) =
			(struct keyed){.range = content->numbers.at[i], .branch = branch};
	for (size_t i = 0; i < content->words.count; i++)
		*arena_push(arena, elements->at, elements->count, elements->capacity) =
			(struct keyed){.word = content->words.at[i], .branch = branch};
	for (size_t i = 0; i < content->part_count; i += width)
		*arena_push(arena, elements->at, elements->count, elements->capacity) =
			(struct keyed){.range = content->parts[i].range,
				       .parts = content->parts + i,
				       .branch = branch};
}

static void collect_branches(struct elements *elements, const struct nft_set *set,
			     struct arena *arena)
{
	for (size_t i = 0; i < set->branch_count; i++)
		collect(elements, &set->branches[i]->keys, set->key.count, i, arena);
}

bool nft_numbers_overlap(const struct nft_content *content, struct arena *arena)
{
	struct elements elements = {0};
	struct range last;

	collect(&elements, content, 1, 0, arena);
	if (elements.count < 2 || elements.at[0].word)
		return false;
	qsort(elements.at, elements.count, sizeof(struct keyed), compare_ranges);
	last = elements.at[0].range;
	for (size_t i = 1; i < elements.count; i++) {
		const struct range *range = &elements.at[i].range;

		if (range->first <= last.last &&
		    (range->first != last.first || range->last != last.last))
			return true;
		last = *range;
	}
	return false;
}

/* "eth*" meets every word that begins with "eth". */
static bool words_meet(const char *first, const char *second)
{
	size_t length = strlen(first);

	return length && first[length - 1] == '*' ? !strncmp(first, second, length - 1)
						  : !strcmp(first, second);
}

bool nft_branches_overlap(const struct nft_set *set, struct arena *arena)
{
	struct elements elements = {0};
	size_t widest = 0;
	bool words;

	if (set->key.count != 1)
		return false;
	collect_branches(&elements, set, arena);
	if (elements.count < 2)
		return false;
	words = elements.at[0].word;
	qsort(elements.at, elements.count, sizeof(struct keyed),
	      words ? compare_words : compare_ranges);
	for (size_t i = 1; i < elements.count; i++) {
		const struct keyed *before = &elements.at[widest], *now = &elements.at[i];
		bool meet = words ? words_meet(before->word, now->word)
				  : now->range.first <= before->range.last;

		if (meet && before->branch != now->branch)
			return true;
		if (!meet || (!words && now->range.last > before->range.last))
			widest = i;
	}
	return false;
}

static bool parts_meet(const struct nft_part *a, const struct nft_part *b, unsigned width)
{
	for (unsigned i = 0; i < width; i++) {
		if (a[i].word && b[i].word) {
			if (!words_meet(a[i].word, b[i].word) &&
			    !words_meet(b[i].word, a[i].word))
				return false;
		} else if (a[i].range.first > b[i].range.last ||
			   b[i].range.first > a[i].range.last) {
			return false;
		}
	}
	return true;
}

static bool is_wide(const struct nft_part *parts, unsigned width)
{
	for (unsigned i = 0; i < width; i++)
		if (parts[i].range.first != parts[i].range.last ||
		    (parts[i].word && strchr(parts[i].word, '*')))
			return true;
	return false;
}

bool nft_tuples_overlap(const struct nft_set *set, struct arena *arena)
{
	struct elements elements = {0};
	uint32_t pairs = 0;
	bool wide = false;

	if (set->key.count < 2)
		return false;
	collect_branches(&elements, set, arena);
	for (size_t i = 0; i < elements.count && !wide; i++)
		wide = is_wide(elements.at[i].parts, set->key.count);
	if (!wide) /* then only equal ones could meet, and those do not load */
		return false;
	qsort(elements.at, elements.count, sizeof(struct keyed), compare_ranges);
	for (size_t i = 0; i < elements.count; i++) {
		for (size_t j = i + 1; j < elements.count; j++) {
			if (elements.at[j].range.first > elements.at[i].range.last)
				break;
			if (pairs++ == MAX_PAIRS)
				return true;
			if (elements.at[i].branch != elements.at[j].branch &&
			    parts_meet(elements.at[i].parts, elements.at[j].parts,
				       set->key.count))
				return true;
		}
	}
	return false;
}
