/* interval.c - Sets of numbers as sorted ranges. */
#include "rules/interval.h"

#include <stdlib.h>

#include "rules/base/arena.h"

void ranges_add(struct ranges *set, struct range range, struct arena *arena)
{
	if (range.first > range.last)
		BUG("a range that ends before it begins");
	/* Most sets have one range: begin with room for just that. */
	if (set->count == set->capacity) {
		set->capacity = set->capacity ? 2 * set->capacity : 1;
		set->at = arena_grow(arena, set->at, set->count, set->capacity,
				     sizeof(*set->at));
	}
	set->at[set->count++] = range;
}

static int compare_first(const void *a, const void *b)
{
	const struct range *x = a, *y = b;

	return x->first < y->first ? -1 : x->first > y->first;
}

void ranges_normalize(struct ranges *set)
{
	size_t kept = 0, i;

	for (i = 1; i < set->count; i++)
		if (set->at[i].first < set->at[i - 1].first)
			break;
	if (i < set->count)
		qsort(set->at, set->count, sizeof(*set->at), compare_first);
	for (i = 1; i < set->count; i++) {
		struct range *last = &set->at[kept], next = set->at[i];

		if (last->last == U128_MAX || next.first <= last->last + 1) {
			if (next.last > last->last)
				last->last = next.last;
		} else {
			set->at[++kept] = next;
		}
	}
	if (set->count)
		set->count = kept + 1;
}

struct ranges ranges_one(u128 first, u128 last, struct arena *arena)
{
	struct ranges set = {0};

	ranges_add(&set, (struct range){first, last}, arena);
	return set;
}

struct ranges ranges_full(unsigned bits, struct arena *arena)
{
	return ranges_one(0, u128_mask(bits), arena);
}

struct ranges ranges_union(const struct ranges *a, const struct ranges *b,
			   struct arena *arena)
{
	struct ranges set = {0};

	for (size_t i = 0; i < a->count; i++)
		ranges_add(&set, a->at[i], arena);
	for (size_t i = 0; i < b->count; i++)
		ranges_add(&set, b->at[i], arena);
	ranges_normalize(&set);
	return set;
}

struct ranges ranges_intersect(const struct ranges *a, const struct ranges *b,
			       struct arena *arena)
{
	struct ranges set = {0};
	size_t i = 0, j = 0;

	while (i < a->count && j < b->count) {
		const struct range *x = &a->at[i], *y = &b->at[j];
		u128 first = x->first > y->first ? x->first : y->first;
		u128 last = x->last < y->last ? x->last : y->last;

		if (first <= last)
			ranges_add(&set, (struct range){first, last}, arena);
		if (x->last < y->last)
			i++;
		else
			j++;
	}
	return set;
}

struct ranges ranges_complement(const struct ranges *set, unsigned bits,
				struct arena *arena)
{
	struct ranges rest = {0};
	u128 next = 0, max = u128_mask(bits);

	for (size_t i = 0; i < set->count; i++) {
		if (set->at[i].last > max)
			BUG("a number of more than %u bits", bits);
		if (set->at[i].first > next)
			ranges_add(&rest, (struct range){next, set->at[i].first - 1},
				   arena);
		if (set->at[i].last == max)
			return rest;
		next = set->at[i].last + 1;
	}
	ranges_add(&rest, (struct range){next, max}, arena);
	return rest;
}

struct ranges ranges_subtract(const struct ranges *a, const struct ranges *b,
			      struct arena *arena)
{
	struct ranges rest = ranges_complement(b, 128, arena);

	return ranges_intersect(a, &rest, arena);
}

bool ranges_equal(const struct ranges *a, const struct ranges *b)
{
	if (a->count != b->count)
		return false;
	for (size_t i = 0; i < a->count; i++)
		if (a->at[i].first != b->at[i].first || a->at[i].last != b->at[i].last)
			return false;
	return true;
}

bool ranges_hold(const struct ranges *set, const struct range *range)
{
	size_t low = 0, high = set->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (range->first < set->at[middle].first)
			high = middle;
		else if (range->first > set->at[middle].last)
			low = middle + 1;
		else
			return range->last <= set->at[middle].last;
	}
	return false;
}

bool ranges_contain(const struct ranges *set, u128 number)
{
	const struct range range = {number, number};

	return ranges_hold(set, &range);
}

/* Does a range of @set meet @range? */
static bool meets_range(const struct ranges *set, const struct range *range)
{
	size_t first = 0, end = set->count;

	while (first < end) {
		size_t middle = first + (end - first) / 2;

		if (set->at[middle].last < range->first)
			first = middle + 1;
		else
			end = middle;
	}
	return first < set->count && set->at[first].first <= range->last;
}

bool ranges_meet(const struct ranges *a, const struct ranges *b)
{
	const struct ranges *few = a->count < b->count ? a : b;
	const struct ranges *many = few == a ? b : a;

	for (size_t i = 0; i < few->count; i++)
		if (meets_range(many, &few->at[i]))
			return true;
	return false;
}

bool ranges_is_full(const struct ranges *set, unsigned bits)
{
	return set->count == 1 && set->at[0].first == 0 &&
	       set->at[0].last == u128_mask(bits);
}

bool ranges_masked(u128 mask, u128 value, unsigned bits, size_t limit,
		   struct arena *arena, struct ranges *ret_set)
{
	struct ranges set = {0};
	u128 max = u128_mask(bits), low = 0, free_bits, high = 0;
	size_t count = 1;

	mask &= max;
	if (value & ~mask) {
		*ret_set = set;
		return true;
	}
	if (!limit)
		return false;
	/* The zero bits below the lowest one bit make each range long ... */
	while (low < max && !((low + 1) & mask))
		low = 2 * low + 1;
	/* ... and each value of the other zero bits begins a range. */
	free_bits = max & ~mask & ~low;
	for (u128 rest = free_bits; rest; rest &= rest - 1) {
		if (count > limit / 2)
			return false;
		count *= 2;
	}
	do {
		ranges_add(&set, (struct range){value | high, value | high | low}, arena);
		high = (high - free_bits) & free_bits; /* the next subset of free_bits */
	} while (high);
	ranges_normalize(&set);
	*ret_set = set;
	return true;
}
