/* interval_test.c - Sets of numbers against sets of bits. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "rules/base/arena.h"
#include "rules/interval.h"

/* Every subset of eight numbers, as bits of a byte: a model that cannot be wrong. */
#define MODEL_BITS 3
#define MODEL_SETS 256u

static struct ranges from_model(unsigned model, struct arena *arena)
{
	struct ranges set = {0};

	for (unsigned number = 8; number-- > 0;)
		if (model >> number & 1)
			ranges_add(&set, (struct range){number, number}, arena);
	ranges_normalize(&set);
	return set;
}

static unsigned to_model(const struct ranges *set)
{
	unsigned model = 0;

	for (size_t i = 0; i < set->count; i++)
		for (u128 number = set->at[i].first; number <= set->at[i].last; number++)
			model |= 1u << (unsigned)number;
	return model;
}

static void assert_normal(const struct ranges *set)
{
	for (size_t i = 0; i < set->count; i++) {
		assert_true(set->at[i].first <= set->at[i].last);
		assert_true(i == 0 || (set->at[i - 1].last < U128_MAX &&
				       set->at[i].first > set->at[i - 1].last + 1));
	}
}

static void assert_model(const struct ranges *set, unsigned model)
{
	assert_normal(set);
	assert_int_equal(to_model(set), model);
}

static void test_one_set(void **state)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new();

	(void)state;
	for (unsigned model = 0; model < MODEL_SETS; model++) {
		struct ranges set = from_model(model, arena), rest;

		assert_model(&set, model);
		for (unsigned number = 0; number < 10; number++)
			assert_int_equal(ranges_contain(&set, number),
					 model >> number & 1);
		rest = ranges_complement(&set, MODEL_BITS, arena);
		assert_model(&rest, ~model & 0xff);
		assert_int_equal(ranges_is_full(&set, MODEL_BITS), model == 0xff);
	}
}

static void test_two_sets(void **state)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new();
	struct ranges sets[MODEL_SETS];

	(void)state;
	for (unsigned model = 0; model < MODEL_SETS; model++)
		sets[model] = from_model(model, arena);
	for (unsigned a = 0; a < MODEL_SETS; a++) {
		for (unsigned b = 0; b < MODEL_SETS; b++) {
			struct ranges both = ranges_union(&sets[a], &sets[b], arena);

			assert_model(&both, a | b);
			both = ranges_intersect(&sets[a], &sets[b], arena);
			assert_model(&both, a & b);
			both = ranges_subtract(&sets[a], &sets[b], arena);
			assert_model(&both, a & ~b);
			assert_int_equal(ranges_equal(&sets[a], &sets[b]), a == b);
			assert_int_equal(ranges_meet(&sets[a], &sets[b]), (a & b) != 0);
		}
	}
}

/* Overlapping, nested, touching and repeated ranges in every order of three. */
static void test_normalize(void **state)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new();

	(void)state;
	for (unsigned code = 0; code < 1u << 18; code += 5) {
		struct ranges set = {0};
		unsigned model = 0;

		for (unsigned i = 0; i < 3; i++) {
			unsigned a = code >> 6 * i & 7, b = code >> (6 * i + 3) & 7;
			unsigned first = a < b ? a : b, last = a < b ? b : a;

			ranges_add(&set, (struct range){first, last}, arena);
			for (unsigned number = first; number <= last; number++)
				model |= 1u << number;
		}
		ranges_normalize(&set);
		assert_model(&set, model);
	}
}

static void test_widest(void **state)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new();
	struct ranges full = ranges_full(128, arena), empty = {0}, set, rest;

	(void)state;
	assert_true(ranges_is_full(&full, 128));
	assert_false(ranges_is_full(&full, 127));
	rest = ranges_complement(&full, 128, arena);
	assert_int_equal(rest.count, 0);
	rest = ranges_complement(&empty, 128, arena);
	assert_true(ranges_equal(&rest, &full));
	set = ranges_one(U128_MAX, U128_MAX, arena);
	ranges_add(&set, (struct range){0, 0}, arena);
	ranges_add(&set, (struct range){5, U128_MAX}, arena);
	ranges_normalize(&set);
	assert_normal(&set);
	assert_int_equal(set.count, 2);
	rest = ranges_subtract(&full, &set, arena);
	assert_int_equal(rest.count, 1);
	assert_true(rest.at[0].first == 1 && rest.at[0].last == 4);
	assert_true(ranges_contain(&set, U128_MAX));
	assert_false(ranges_contain(&set, 4));
	ranges_normalize(&empty);
	assert_int_equal(empty.count, 0);
	full = ranges_full(0, arena);
	assert_true(full.count == 1 && full.at[0].last == 0);
	assert_true(u128_mask(0) == 0 && u128_mask(128) == U128_MAX &&
		    u128_mask(127) == U128_MAX >> 1);
}

static void test_many(void **state)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new();
	struct ranges set = {0}, rest;

	(void)state;
	for (uint32_t i = 0; i < 100000; i++) {
		/* 7919 is prime to 100 000: every even number once, in a scattered order
		 */
		u128 number = 2 * (u128)((uint64_t)i * 7919 % 100000);

		ranges_add(&set, (struct range){number, number}, arena);
	}
	ranges_normalize(&set);
	assert_int_equal(set.count, 100000);
	rest = ranges_complement(&set, 32, arena);
	assert_int_equal(rest.count, 100000);
	rest = ranges_union(&set, &rest, arena);
	assert_true(ranges_is_full(&rest, 32));
}

static void test_masked_small(void **state)
{
	(void)state;
	for (unsigned mask = 0; mask < 256; mask++) {
		CLEANUP(arena_cleanup) struct arena *arena = arena_new();

		for (unsigned value = 0; value < 256; value++) {
			struct ranges set;

			assert_true(ranges_masked(mask, value, 8, 256, arena, &set));
			assert_normal(&set);
			for (unsigned x = 0; x < 256; x++)
				assert_int_equal(ranges_contain(&set, x),
						 (x & mask) == value);
		}
	}
}

static void test_masked_limits(void **state)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new();
	struct ranges set, before;

	(void)state;
	/* 0x80000001 of 32 bits leaves 30 free bits above the lowest one bit. */
	set = before = ranges_one(1, 2, arena);
	assert_false(ranges_masked(0x80000001, 1, 32, 1000, arena, &set));
	assert_true(set.at == before.at && set.count == 1);
	for (size_t limit = 0; limit < 10; limit++) {
		set = (struct ranges){0};
		assert_int_equal(ranges_masked(0x09, 1, 4, limit, arena, &set),
				 limit >= 4);
		assert_int_equal(set.count, limit >= 4 ? 4 : 0);
		assert_int_equal(ranges_masked(0x0c, 4, 4, limit, arena, &set),
				 limit >= 1);
	}
	assert_false(ranges_masked(1, 1, 128, SIZE_MAX, arena, &set));
	assert_true(ranges_masked((u128)1 << 127, (u128)1 << 127, 128, 1, arena, &set));
	assert_true(set.at[0].last == U128_MAX && set.at[0].first == (u128)1 << 127);
	assert_true(ranges_masked(0, 0, 128, 1, arena, &set));
	assert_true(ranges_is_full(&set, 128));
	assert_true(ranges_masked(U128_MAX, 7, 128, 1, arena, &set));
	assert_true(set.count == 1 && set.at[0].first == 7 && set.at[0].last == 7);
	assert_true(ranges_masked(0, 1, 8, 1, arena, &set));
	assert_int_equal(set.count, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_one_set),	      cmocka_unit_test(test_two_sets),
		cmocka_unit_test(test_normalize),     cmocka_unit_test(test_widest),
		cmocka_unit_test(test_many),	      cmocka_unit_test(test_masked_small),
		cmocka_unit_test(test_masked_limits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
