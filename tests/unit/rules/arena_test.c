/* arena_test.c - Memory: zeroed, aligned, apart, and counted. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "rules/base/arena.h"

static void assert_zero(const unsigned char *memory, size_t size)
{
	for (size_t i = 0; i < size; i++)
		assert_int_equal(memory[i], 0);
}

/* Sizes around the alignment, the quarter of a chunk and a whole chunk; each piece is
 * filled, so that one that overlaps another shows. */
static void test_pieces(void **state)
{
	static const size_t sizes[] = {0,     1,     15,    16,	   17,	  100,	 4096,
				       16383, 16384, 16385, 65535, 65536, 65537, 200000};
	CLEANUP(arena_cleanup) struct arena *arena = arena_new();
	unsigned char *pieces[10 * ARRAY_SIZE(sizes)];
	size_t bytes = 0;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(pieces); i++) {
		size_t size = sizes[i * 5 % ARRAY_SIZE(sizes)];

		pieces[i] = arena_alloc(arena, size);
		assert_int_equal((uintptr_t)pieces[i] % _Alignof(max_align_t), 0);
		assert_zero(pieces[i], size);
		memset(pieces[i], (int)i + 1, size);
		bytes += size;
		assert_true(arena_bytes(arena) >= bytes);
	}
	for (size_t i = 0; i < ARRAY_SIZE(pieces); i++)
		for (size_t j = 0; j < sizes[i * 5 % ARRAY_SIZE(sizes)]; j++)
			assert_int_equal(pieces[i][j], (i + 1) & 0xff);
	assert_true(arena_bytes(arena) <= bytes + 16 * ARRAY_SIZE(pieces));
}

static void test_push(void **state)
{
	struct list {
		unsigned *at;
		size_t count, capacity;
	} list = {0};
	CLEANUP(arena_cleanup) struct arena *arena = arena_new();
	const unsigned *old;

	(void)state;
	*arena_push(arena, list.at, list.count, list.capacity) = 7;
	old = list.at;
	for (unsigned i = 1; i < 100000; i++) {
		unsigned *element = arena_push(arena, list.at, list.count, list.capacity);

		assert_int_equal(*element, 0);
		*element = 7 + i;
	}
	assert_int_equal(list.count, 100000);
	for (unsigned i = 0; i < list.count; i++)
		assert_int_equal(list.at[i], 7 + i);
	assert_int_equal(*old, 7); /* the old array stays valid */
	assert_true(list.capacity >= list.count && list.capacity <= 2 * list.count);
}

/* Two arrays that grow in turn: each stands in the other's way again and again. */
static void test_grow_apart(void **state)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new();
	struct list {
		unsigned *at;
		size_t count, capacity;
	} lists[2] = {0};

	(void)state;
	for (unsigned i = 0; i < 100000; i++)
		for (unsigned k = 0; k < 2; k++) {
			unsigned *element = arena_push(arena, lists[k].at, lists[k].count,
						       lists[k].capacity);

			assert_int_equal(*element, 0);
			*element = 2 * i + k;
		}
	for (unsigned i = 0; i < 100000; i++)
		for (unsigned k = 0; k < 2; k++)
			assert_int_equal(lists[k].at[i], 2 * i + k);
}

/* Under AddressSanitizer nothing grows in its place (arena.c). */
#if defined(__SANITIZE_ADDRESS__)
#define GROWS_IN_PLACE 0
#elif defined(__has_feature)
#define GROWS_IN_PLACE !__has_feature(address_sanitizer)
#else
#define GROWS_IN_PLACE 1
#endif

static void test_grow_in_place(void **state)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new();
	unsigned char *first = arena_alloc(arena, 100), *behind, *grown;

	(void)state;
	memset(first, 1, 100);
	grown = arena_grow(arena, first, 100, 1000, 1);
	assert_int_equal(grown == first, GROWS_IN_PLACE);
	assert_zero(grown + 100, 900);
	memset(grown, 2, 1000);
	first = grown;
	behind = arena_alloc(arena, 16);
	assert_true(behind >= grown + 1000);
	assert_zero(behind, 16);
	/* Something stands behind it now: a copy, and the old one stays as it was. */
	grown = arena_grow(arena, first, 1000, 2000, 1);
	assert_ptr_not_equal(grown, first);
	assert_int_equal(grown[999], 2);
	assert_zero(grown + 1000, 1000);
	memset(grown, 3, 2000);
	assert_int_equal(first[999], 2);
	assert_zero(behind, 16);
}

/* Two owners of one array: what one of them appends the other must not see. */
static void test_grow_twice(void **state)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new();
	unsigned *array = arena_array(arena, 8, unsigned), *one, *other;

	(void)state;
	one = arena_grow(arena, array, 8, 16, sizeof(*array));
	one[8] = 1;
	other = arena_grow(arena, array, 8, 16, sizeof(*array));
	assert_ptr_not_equal(one, other);
	assert_int_equal(other[8], 0);
	other[8] = 2;
	assert_int_equal(one[8], 1);
}

static void test_text(void **state)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new();
	char bytes[] = {'a', '\0', 'b'};
	char *copy;

	(void)state;
	assert_string_equal(arena_strdup(arena, ""), "");
	assert_string_equal(arena_strdup(arena, "text"), "text");
	assert_string_equal(arena_strndup(arena, "text", 2), "te");
	assert_string_equal(arena_strndup(arena, NULL, 0), "");
	copy = arena_strndup(arena, bytes, 3);
	assert_memory_equal(copy, "a\0b\0", 4);
	assert_string_equal(arena_printf(arena, "%s", ""), "");
	copy = arena_printf(arena, "%0*d", 100000, 1);
	assert_int_equal(strlen(copy), 100000);
}

static void test_release(void **state)
{
	struct arena *arena = arena_new();

	(void)state;
	assert_int_equal(arena_bytes(arena), 0);
	arena_cleanup(&arena);
	assert_null(arena);
	arena_free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pieces),	   cmocka_unit_test(test_push),
		cmocka_unit_test(test_grow_apart), cmocka_unit_test(test_grow_in_place),
		cmocka_unit_test(test_grow_twice), cmocka_unit_test(test_text),
		cmocka_unit_test(test_release),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
