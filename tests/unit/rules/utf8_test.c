/* utf8_test.c - What is a UTF-8 sequence: every code point, and what is near it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "rules/base/utf8.h"

/* RFC 3629, section 3, written down again. */
static size_t encode(uint32_t point, char *out)
{
	if (point < 0x80) {
		out[0] = (char)point;
		return 1;
	}
	if (point < 0x800) {
		out[0] = (char)(0xc0 | point >> 6);
		out[1] = (char)(0x80 | (point & 0x3f));
		return 2;
	}
	if (point < 0x10000) {
		out[0] = (char)(0xe0 | point >> 12);
		out[1] = (char)(0x80 | (point >> 6 & 0x3f));
		out[2] = (char)(0x80 | (point & 0x3f));
		return 3;
	}
	out[0] = (char)(0xf0 | point >> 18);
	out[1] = (char)(0x80 | (point >> 12 & 0x3f));
	out[2] = (char)(0x80 | (point >> 6 & 0x3f));
	out[3] = (char)(0x80 | (point & 0x3f));
	return 4;
}

static void test_points(void **state)
{
	char text[4];

	(void)state;
	for (uint32_t point = 0; point < 0x150000; point++) {
		size_t length = encode(point, text);
		int valid = point <= 0x10ffff && (point < 0xd800 || point > 0xdfff);

		assert_int_equal(utf8_sequence(text, length), valid ? length : 0);
		if (valid)
			assert_int_equal(utf8_sequence(text, length - 1), 0);
	}
}

static void test_bad(void **state)
{
	(void)state;
	assert_int_equal(utf8_sequence("", 0), 0);
	assert_int_equal(utf8_sequence("\x80", 1), 0);
	assert_int_equal(utf8_sequence("\xc0\x80", 2), 0);
	assert_int_equal(utf8_sequence("\xc1\xbf", 2), 0);
	assert_int_equal(utf8_sequence("\xe0\x9f\xbf", 3), 0);
	assert_int_equal(utf8_sequence("\xf0\x8f\xbf\xbf", 4), 0);
	assert_int_equal(utf8_sequence("\xc3(", 2), 0);
	assert_int_equal(utf8_sequence("\xe2\x82(", 3), 0);
	assert_int_equal(utf8_sequence("\xf8\x88\x80\x80\x80", 5), 0);
	assert_int_equal(utf8_sequence("\xff", 1), 0);
}

static void test_width(void **state)
{
	(void)state;
	assert_int_equal(utf8_width("a", 1), 1);
	assert_int_equal(utf8_width("\xc3\xbc", 2), 1);		/* u with diaeresis */
	assert_int_equal(utf8_width("\xcc\x88", 2), 0);		/* the diaeresis alone */
	assert_int_equal(utf8_width("\xeb\x8d\xb0", 3), 2);	/* a Hangul syllable */
	assert_int_equal(utf8_width("\xef\xbc\xa1", 3), 2);	/* fullwidth A */
	assert_int_equal(utf8_width("\xf0\x9f\x9a\xa2", 4), 2); /* a ship */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_points),
		cmocka_unit_test(test_bad),
		cmocka_unit_test(test_width),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
