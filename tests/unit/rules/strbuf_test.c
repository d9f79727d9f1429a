/* strbuf_test.c - Growing text. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "rules/base/strbuf.h"

static void test_empty(void **state)
{
	CLEANUP(strbuf_release) struct strbuf buf = {0};

	(void)state;
	assert_string_equal(strbuf_text(&buf), "");
	strbuf_add(&buf, NULL, 0);
	strbuf_puts(&buf, "");
	strbuf_printf(&buf, "%s", "");
	assert_int_equal(buf.length, 0);
	assert_string_equal(buf.text, "");
	strbuf_release(&buf);
	assert_null(buf.text);
	strbuf_release(&buf);
	strbuf_puts(&buf, "again");
	assert_string_equal(strbuf_text(&buf), "again");
}

static void test_bytes(void **state)
{
	CLEANUP(strbuf_release) struct strbuf buf = {0};

	(void)state;
	strbuf_add(&buf, "a\0b", 3);
	strbuf_putc(&buf, '\0');
	strbuf_putc(&buf, 'c');
	assert_int_equal(buf.length, 5);
	assert_memory_equal(buf.text, "a\0b\0c", 6);
}

/* Every length around the growth steps, by each way to append. */
static void test_growth(void **state)
{
	(void)state;
	for (size_t length = 0; length < 600; length++) {
		CLEANUP(strbuf_release) struct strbuf one = {0}, all = {0};

		for (size_t i = 0; i < length; i++) {
			strbuf_putc(&one, 'x');
			assert_int_equal(one.text[one.length], '\0');
		}
		strbuf_printf(&all, "%s", strbuf_text(&one));
		assert_int_equal(all.length, length);
		assert_string_equal(strbuf_text(&all), strbuf_text(&one));
		assert_true(all.capacity > all.length);
		strbuf_printf(&all, "%d-%s", -5, strbuf_text(&one));
		assert_int_equal(all.length, 2 * length + 3);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_empty),
		cmocka_unit_test(test_bytes),
		cmocka_unit_test(test_growth),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
