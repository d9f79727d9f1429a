/* interval.h - Sets of numbers as sorted ranges. */
#ifndef RULES_INTERVAL_H
#define RULES_INTERVAL_H

#include <stdbool.h>
#include <stddef.h>

#include "rules/base/attr.h"

/**
 * DOC: Ranges
 *
 * One representation serves every axis, from 8-bit protocols to 128-bit addresses:
 * inclusive ranges of unsigned 128-bit numbers.  A set is *normal* when its ranges
 * are sorted, disjoint and not even adjacent; equal sets then have equal arrays.
 * Every function here takes and gives normal sets, except ranges_add() and
 * ranges_normalize(), which make them.
 *
 * 128-bit integers are a compiler's extension; gcc and clang have it on every 64-bit
 * target, and those are what postern supports.
 */
struct arena;

__extension__ typedef unsigned __int128 u128;

#define U128_MAX (~(u128)0)

/** u128_mask() - The largest number of @bits bits, 0 to 128 */
static inline u128 u128_mask(unsigned bits)
{
	return bits >= 128 ? U128_MAX : ((u128)1 << bits) - 1;
}

/** struct range - The numbers from @first to @last, both included; @first <= @last */
struct range {
	u128 first;
	u128 last;
};

/** struct ranges - A set of numbers; all zero is the empty set */
struct ranges {
	struct range *at;
	size_t count;
	size_t capacity;
};

/** ranges_add() - Append a range; call ranges_normalize() when all are in */
void ranges_add(struct ranges *set, struct range range, struct arena *arena);

/** ranges_normalize() - Sort, and merge what overlaps or touches; n log n */
void ranges_normalize(struct ranges *set);

/** ranges_one() - The set of one range */
struct ranges ranges_one(u128 first, u128 last, struct arena *arena);

/** ranges_full() - Every number of @bits bits */
struct ranges ranges_full(unsigned bits, struct arena *arena);

struct ranges ranges_union(const struct ranges *a, const struct ranges *b,
			   struct arena *arena);
struct ranges ranges_intersect(const struct ranges *a, const struct ranges *b,
			       struct arena *arena);
struct ranges ranges_subtract(const struct ranges *a, const struct ranges *b,
			      struct arena *arena);

/** ranges_complement() - The numbers of @bits bits that are not in @set */
struct ranges ranges_complement(const struct ranges *set, unsigned bits,
				struct arena *arena);

bool ranges_equal(const struct ranges *a, const struct ranges *b);
bool ranges_contain(const struct ranges *set, u128 number);
/** ranges_hold() - Is all of @range in the normal set @set? */
bool ranges_hold(const struct ranges *set, const struct range *range);

/** ranges_meet() - Have two normal sets a number in common?  Quick where one is small */
bool ranges_meet(const struct ranges *a, const struct ranges *b);
bool ranges_is_full(const struct ranges *set, unsigned bits);

/**
 * ranges_masked() - The numbers x of @bits bits with (x & @mask) == @value
 * @limit:	give up beyond so many ranges
 *
 * A mask whose one bits are contiguous from the top makes one range; each zero bit
 * above the lowest one bit doubles their number.
 *
 * Return: true and the set, or false when it has more than @limit ranges.  A @value
 * with bits outside @mask is the empty set.
 */
bool ranges_masked(u128 mask, u128 value, unsigned bits, size_t limit,
		   struct arena *arena, struct ranges *ret_set) MUST_USE;

#endif
