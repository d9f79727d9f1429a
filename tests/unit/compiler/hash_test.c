/* hash_test.c - SHA-256 against the examples of its standard. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "compiler/hash.h"

static void knows_the_examples_of_fips_180(void **state)
{
	char text[HASH_TEXT_SIZE];

	(void)state;
	assert_string_equal(hash_text("abc", 3, text), "ba7816bf8f01cfea414140de5dae2223b"
						       "00361a396177a9cb410ff61f20015ad");
	assert_string_equal(hash_text("", 0, text), "e3b0c44298fc1c149afbf4c8996fb92427ae"
						    "41e4649b934ca495991b7852b855");
}

static void counts_every_byte(void **state)
{
	char *million = malloc(1000000);
	char text[HASH_TEXT_SIZE], other[HASH_TEXT_SIZE];

	(void)state;
	assert_non_null(million);
	memset(million, 'a', 1000000);
	assert_string_equal(hash_text(million, 1000000, text),
			    "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc711"
			    "2cd0");
	hash_text(million, 999999, other);
	assert_string_not_equal(text, other);
	free(million);
}

static void does_not_stop_at_a_nul(void **state)
{
	char text[HASH_TEXT_SIZE], other[HASH_TEXT_SIZE];

	(void)state;
	assert_string_not_equal(hash_text("a\0b", 3, text), hash_text("a\0c", 3, other));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(knows_the_examples_of_fips_180),
		cmocka_unit_test(counts_every_byte),
		cmocka_unit_test(does_not_stop_at_a_nul),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
