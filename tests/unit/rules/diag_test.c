/* diag_test.c - Messages: counted, kept, bounded, placed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "rules/base/arena.h"
#include "rules/base/diag.h"

static void test_rows(void **state)
{
	(void)state;
	for (int i = 0; i < DIAG_CODE_COUNT; i++) {
		const struct diag_info *info = diag_info((enum diag_code)i);

		assert_true(info->summary[0] && info->remedy[0]);
		assert_int_equal(strspn(info->slug,
					"abcdefghijklmnopqrstuvwxyz0123456789-"),
				 strlen(info->slug));
		assert_int_equal(diag_find(info->slug), i); /* so slugs are unique */
	}
	assert_int_equal(diag_find("no-such-slug"), DIAG_CODE_COUNT);
	assert_int_equal(diag_find(""), DIAG_CODE_COUNT);
}

static void test_report(void **state)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new();
	struct diag *diag = diag_new(arena);
	char text[] = "chain loops";
	uint32_t source = diag_add_source(diag, "a.nft", text, strlen(text));
	const struct diag_message *message;

	(void)state;
	assert_int_equal(source, 1);
	assert_null(diag_get_source(diag, 0));
	assert_string_equal(diag_get_source(diag, source)->name, "a.nft");
	assert_null(diag_message(diag, 0));
	assert_int_equal(diag_report(diag, DIAG_RULES_LOOP, (struct span){source, 6, 11},
				     "chain '%s' %d", "x", 7),
			 -1);
	diag_note(diag, (struct span){source, 0, 5}, "note %s", "a");
	diag_help(diag, "help");
	diag_witness(diag, "witness");
	assert_int_equal(diag_errors(diag), 1);
	assert_int_equal(diag_warnings(diag), 0);
	message = diag_message(diag, 0);
	assert_int_equal(message->code, DIAG_RULES_LOOP);
	assert_int_equal(message->severity, DIAG_ERROR);
	assert_string_equal(message->text, "chain 'x' 7");
	assert_int_equal(message->at.begin, 6);
	assert_int_equal(message->note_count, 3);
	assert_int_equal(message->notes[0].kind, DIAG_NOTE);
	assert_string_equal(message->notes[0].text, "note a");
	assert_int_equal(message->notes[1].kind, DIAG_HELP);
	assert_int_equal(message->notes[2].kind, DIAG_WITNESS);
	assert_null(diag_message(diag, 1));
}

/* Past the limit messages are counted, and their notes go nowhere. */
static void test_limit(void **state)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new();
	struct diag *diag = diag_new(arena);

	(void)state;
	diag_set_limit(diag, 2);
	for (int i = 0; i < 10; i++) {
		assert_int_equal(diag_report(diag, DIAG_RULES_LOOP, SPAN_NONE, "%d", i),
				 -1);
		diag_note(diag, SPAN_NONE, "note %d", i);
	}
	assert_int_equal(diag_errors(diag), 10);
	assert_non_null(diag_message(diag, 1));
	assert_null(diag_message(diag, 2));
	assert_int_equal(diag_message(diag, 1)->note_count, 1);
	assert_string_equal(diag_message(diag, 1)->notes[0].text, "note 1");
	diag = diag_new(arena);
	diag_set_limit(diag, 0);
	diag_report(diag, DIAG_RULES_LOOP, SPAN_NONE, "dropped");
	diag_help(diag, "nothing to help");
	assert_null(diag_message(diag, 0));
}

static enum diag_code some_warning(void)
{
	int code = 0;

	while (code < DIAG_CODE_COUNT &&
	       diag_info((enum diag_code)code)->severity != DIAG_WARNING)
		code++;
	return (enum diag_code)code;
}

static void test_strict(void **state)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new();
	struct diag *diag = diag_new(arena);
	enum diag_code code = some_warning();

	(void)state;
	if (code == DIAG_CODE_COUNT)
		skip();
	assert_int_equal(diag_report(diag, code, SPAN_NONE, "careful"), 0);
	assert_int_equal(diag_errors(diag), 0);
	diag_set_strict(diag, code);
	assert_int_equal(diag_report(diag, code, SPAN_NONE, "careful"), -1);
	assert_int_equal(diag_errors(diag), 1);
	assert_int_equal(diag_warnings(diag), 1);
	assert_int_equal(diag_message(diag, 0)->severity, DIAG_WARNING);
	assert_int_equal(diag_message(diag, 1)->severity, DIAG_ERROR);
}

static void assert_place(const char *text, size_t offset, size_t line, size_t column,
			 const char *whole_line)
{
	struct diag_source source = {.name = "t", .text = text, .length = strlen(text)};
	struct place place = diag_place(&source, offset);

	assert_int_equal(place.line, line);
	assert_int_equal(place.column, column);
	assert_int_equal(place.line_end - place.line_begin, strlen(whole_line));
	assert_memory_equal(text + place.line_begin, whole_line, strlen(whole_line));
}

static void test_places(void **state)
{
	(void)state;
	assert_place("", 0, 1, 1, "");
	assert_place("", 10, 1, 1, "");
	assert_place("ab\ncd", 0, 1, 1, "ab");
	assert_place("ab\ncd", 2, 1, 3, "ab"); /* the line end belongs to its line */
	assert_place("ab\ncd", 3, 2, 1, "cd");
	assert_place("ab\ncd", 99, 2, 3, "cd");
	assert_place("ab\r\ncd\r\n", 4, 2, 1, "cd");
	assert_place("ab\r\ncd\r\n", 3, 1, 4, "ab"); /* between CR and LF */
	assert_place("ab\r\ncd\r\n", 8, 3, 1, "");
	assert_place("a\rb\rc", 4, 3, 1, "c");
	assert_place("\n\n\n", 2, 3, 1, "");
	assert_place("\xed\x95\x9c\xea\xb8\x80 x", 7, 1, 4, "\xed\x95\x9c\xea\xb8\x80 x");
	assert_place("\x80\x80\x80", 3, 1, 1, "\x80\x80\x80"); /* no characters at all */
}

static void test_nearest(void **state)
{
	static const char *const keys[] = {"registries", "clients", "egress", "outputs",
					   "proxy",	 "dns",	    NULL};
	static const char *const none[] = {NULL};
	char longest[65];

	(void)state;
	assert_string_equal(diag_nearest("registreis", keys), "registries");
	assert_string_equal(diag_nearest("client", keys), "clients");
	assert_string_equal(diag_nearest("outptus", keys), "outputs");
	assert_string_equal(diag_nearest("porxy", keys), "proxy");
	assert_string_equal(diag_nearest("dns", keys), "dns");
	assert_null(diag_nearest("firewall", keys));
	assert_null(diag_nearest("", keys));
	assert_null(diag_nearest("x", none));
	memset(longest, 'a', 64);
	longest[64] = '\0';
	assert_null(diag_nearest(longest, (const char *const[]){longest, NULL}));
	longest[63] = '\0';
	assert_ptr_equal(diag_nearest(longest, (const char *const[]){longest, NULL}),
			 longest);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),   cmocka_unit_test(test_report),
		cmocka_unit_test(test_limit),  cmocka_unit_test(test_strict),
		cmocka_unit_test(test_places), cmocka_unit_test(test_nearest),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
