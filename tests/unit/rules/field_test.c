/* field_test.c - The axes and the names of their numbers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "rules/field.h"

static void test_infos(void **state)
{
	(void)state;
	for (int i = 0; i < FIELD_COUNT; i++) {
		const struct field_info *info = field_info((enum field)i);

		assert_true(info->name && *info->name);
		assert_int_equal(info->bits > 0, info->kind == FIELD_KIND_NUMBERS);
		assert_true(info->bits <= 32);
		for (int j = 0; j < i; j++)
			assert_string_not_equal(info->name,
						field_info((enum field)j)->name);
	}
	assert_string_equal(field_info(FIELD_DESTINATION)->name, "to");
	assert_int_equal(field_info(FIELD_MARK)->bits, 32);
	assert_int_equal(field_info(FIELD_METHOD)->kind, FIELD_KIND_SYMBOLS);
}

static void test_protocols(void **state)
{
	unsigned named = 0;

	(void)state;
	for (unsigned number = 0; number < 256; number++) {
		const char *name = protocol_name(number);
		char text[8];

		snprintf(text, sizeof(text), "%u", number);
		assert_int_equal(protocol_parse(text), number);
		if (!name)
			continue;
		assert_int_equal(protocol_parse(name), number);
		named++;
	}
	assert_int_equal(named, 17);
	assert_string_equal(protocol_name(PROTOCOL_TCP), "tcp");
	assert_null(protocol_name(256));
	assert_null(protocol_name(UINT32_MAX));
}

static void test_protocol_parse_bad(void **state)
{
	static const char *const bad[] = {
		"",	" ",  "256",	    "999", "1000", "-1",   "+6",
		" 6",	"6 ", "0x6",	    "6x",  "tcp ", " tcp", "TCP",
		"tcpp", "tc", "4294967302", "1e1", "1.",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		if (protocol_parse(bad[i]) != -1)
			fail_msg("'%s' was taken", bad[i]);
}

static void test_states(void **state)
{
	(void)state;
	for (int i = 0; i < CT_STATE_COUNT; i++)
		for (int j = 0; j < i; j++)
			assert_string_not_equal(ct_state_name((enum ct_state)i),
						ct_state_name((enum ct_state)j));
	assert_string_equal(ct_state_name(CT_NEW), "new");
	assert_string_equal(ct_state_name(CT_UNTRACKED), "untracked");
	assert_true(CT_STATE_COUNT <= 1 << field_info(FIELD_STATE)->bits);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_infos),
		cmocka_unit_test(test_protocols),
		cmocka_unit_test(test_protocol_parse_bad),
		cmocka_unit_test(test_states),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
