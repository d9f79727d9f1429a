/* schema_test.c - The table of the spec's keys: does each row make sense? */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "compiler/schema.h"
#include "rules/base/attr.h"

static bool is_listed(const char *const *words, const char *word)
{
	for (; words && *words; words++)
		if (strcmp(*words, word) == 0)
			return true;
	return false;
}

static bool is_mapping_name(const char *name)
{
	for (size_t i = 0; i < SCHEMA_MAPPING_COUNT; i++)
		if (strcmp(schema_mapping((enum schema_mapping)i)->name, name) == 0)
			return true;
	return false;
}

static void test_rows(void **state)
{
	(void)state;
	for (size_t i = 0; i < SCHEMA_KEY_COUNT; i++) {
		const struct schema_key_info *key = schema_key((enum schema_key)i);
		enum schema_shape shape = schema_type(key->type)->shape;

		assert_true(key->mapping < SCHEMA_MAPPING_COUNT);
		assert_int_equal(key->help[strlen(key->help) - 1], '.');
		assert_false(key->required && key->fallback);
		if (key->type == SCHEMA_TYPE_WORDS)
			assert_non_null(key->values);
		if (key->fallback && key->values)
			assert_true(is_listed(key->values, key->fallback));
		if (key->type == SCHEMA_TYPE_BOOLEAN)
			assert_string_equal(key->fallback, "false");
		if (shape == SCHEMA_SHAPE_MAP || shape == SCHEMA_SHAPE_MAPS ||
		    shape == SCHEMA_SHAPE_MIXED)
			assert_true(is_mapping_name(key->values[0]));
	}
}

/* Patterns too: a key is found under its own name, and as the row it is. */
static void test_find(void **state)
{
	(void)state;
	for (size_t i = 0; i < SCHEMA_KEY_COUNT; i++) {
		const struct schema_key_info *key = schema_key((enum schema_key)i);

		assert_int_equal(schema_find(key->mapping, key->key), i);
	}
	assert_int_equal(schema_find(SCHEMA_ADDRESSES, "registry_data_eastus"),
			 SCHEMA_ADDRESSES_DATA);
	assert_int_equal(schema_find(SCHEMA_ADDRESSES, "registry_eastus"),
			 SCHEMA_ADDRESSES_REGIONAL);
	assert_int_equal(schema_find(SCHEMA_ADDRESSES, "registry"),
			 SCHEMA_ADDRESSES_REGISTRY);
	assert_int_equal(schema_find(SCHEMA_ADDRESSES, "blob"), SCHEMA_KEY_COUNT);
	assert_int_equal(schema_find(SCHEMA_SPEC, "hook"), SCHEMA_KEY_COUNT);
	assert_int_equal(schema_find(SCHEMA_CLIENT, "servers"), SCHEMA_KEY_COUNT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_find),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
