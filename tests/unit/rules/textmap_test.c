/* textmap_test.c - Maps from texts to things. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "rules/base/arena.h"
#include "rules/base/textmap.h"

#define MANY 10000

static void empty_map_has_nothing(void **state)
{
	struct textmap map = {0};

	(void)state;
	assert_null(textmap_get(&map, ""));
	assert_null(textmap_get(&map, "a"));
}

static void finds_each_of_many(void **state)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new();
	struct textmap map = {0};
	int things[MANY];

	(void)state;
	for (int i = 0; i < MANY; i++)
		textmap_put(&map, arena_printf(arena, "name-%d", i), &things[i], arena);
	assert_int_equal(map.count, MANY);
	for (int i = 0; i < MANY; i++)
		assert_ptr_equal(textmap_get(&map, arena_printf(arena, "name-%d", i)),
				 &things[i]);
	assert_null(textmap_get(&map, "name-"));
	assert_null(textmap_get(&map, "name-10000"));
}

static void later_put_wins(void **state)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new();
	struct textmap map = {0};
	int first, second;

	(void)state;
	textmap_put(&map, "a", &first, arena);
	textmap_put(&map, arena_strdup(arena, "a"), &second, arena);
	assert_int_equal(map.count, 1);
	assert_ptr_equal(textmap_get(&map, "a"), &second);
}

static void empty_text_is_a_text(void **state)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new();
	struct textmap map = {0};
	int thing;

	(void)state;
	textmap_put(&map, "", &thing, arena);
	assert_ptr_equal(textmap_get(&map, ""), &thing);
	assert_null(textmap_get(&map, "a"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(empty_map_has_nothing),
		cmocka_unit_test(finds_each_of_many),
		cmocka_unit_test(later_put_wins),
		cmocka_unit_test(empty_text_is_a_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
