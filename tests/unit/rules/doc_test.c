/* doc_test.c - Looking into a document. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "rules/base/doc.h"

static struct doc one = {.kind = DOC_SCALAR, .text = "1", .length = 1};
static struct doc two = {.kind = DOC_SCALAR, .text = "2", .length = 1};
static struct doc nothing = {.kind = DOC_NULL};
static struct doc_entry entries[] = {
	{.key = "name", .value = &one},
	{.key = "Name", .value = &two},
	{.key = "name", .value = &two},
	{.key = "empty", .value = &nothing},
};
static struct doc map = {.kind = DOC_MAP,
			 .entries = entries,
			 .count = ARRAY_SIZE(entries)};
static struct doc *items[] = {&one, &two};
static struct doc list = {.kind = DOC_LIST, .items = items, .count = ARRAY_SIZE(items)};

static void test_get(void **state)
{
	(void)state;
	assert_ptr_equal(doc_get(&map, "name"), &one);
	assert_ptr_equal(doc_get(&map, "Name"), &two);
	assert_null(doc_get(&map, "NAME"));
	assert_null(doc_get(&map, ""));
	assert_null(doc_get(&map, "nam"));
	assert_ptr_equal(doc_get(&map, "empty"), &nothing);
	assert_ptr_equal(doc_get_nocase(&map, "NAME"), &one);
	assert_null(doc_get_nocase(&map, "names"));
	assert_null(doc_get(NULL, "name"));
	assert_null(doc_get(&one, "name"));
	assert_null(doc_get(&list, "name"));
	assert_null(doc_get_nocase(&list, "name"));
}

static void test_text(void **state)
{
	(void)state;
	assert_string_equal(doc_text(&one), "1");
	assert_null(doc_text(&nothing));
	assert_null(doc_text(&map));
	assert_null(doc_text(&list));
	assert_null(doc_text(NULL));
}

static void test_kinds(void **state)
{
	(void)state;
	assert_string_equal(doc_kind_name(&one), "a single value");
	assert_string_equal(doc_kind_name(&nothing), "nothing");
	assert_string_equal(doc_kind_name(&map), "a mapping");
	assert_string_equal(doc_kind_name(&list), "a list");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_get),
		cmocka_unit_test(test_text),
		cmocka_unit_test(test_kinds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
