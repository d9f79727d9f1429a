/* report_test.c - Messages as text and as JSON, on sources of every kind. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "compiler/report.h"
#include "rules/base/arena.h"

/* One message on the bytes [@begin, @end) of a text. */
static void expect(const char *text, uint32_t begin, uint32_t end,
		   struct report_options how, const char *expected)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new();
	CLEANUP(strbuf_release) struct strbuf out = {0};
	struct diag *diag = diag_new(arena);
	uint32_t source = diag_add_source(diag, "a.yaml", text, strlen(text));

	diag_report(diag, DIAG_BAD_WORD, (struct span){source, begin, end},
		    "'x' is wrong");
	diag_help(diag, "write 'y'");
	report_print(diag, &how, &out);
	assert_string_equal(out.text, expected);
}

static void test_text(void **state)
{
	struct report_options plain = {0};

	(void)state;
	expect("a: 1\nb: xyz\n", 8, 11, plain,
	       "a.yaml:2:4: error: 'x' is wrong [bad-word]\n"
	       "    2 | b: xyz\n"
	       "      |    ^~~\n"
	       "help: write 'y'\n");
	expect("\tb\txyz", 3, 6, plain,
	       "a.yaml:1:4: error: 'x' is wrong [bad-word]\n"
	       "    1 | \tb\txyz\n"
	       "      | \t \t^~~\n"
	       "help: write 'y'\n");
	expect("\xed\x95\x9c\xc3\xa9: xyz", 7, 10, plain,
	       "a.yaml:1:5: error: 'x' is wrong [bad-word]\n"
	       "    1 | \xed\x95\x9c\xc3\xa9: xyz\n"
	       "      |      ^~~\n"
	       "help: write 'y'\n");
	expect("\xed\x95\x9c", 0, 3, plain,
	       "a.yaml:1:1: error: 'x' is wrong [bad-word]\n"
	       "    1 | \xed\x95\x9c\n"
	       "      | ^~\n"
	       "help: write 'y'\n");
	/* behind the end; over several lines; an empty span */
	expect("ab", 2, 2, plain,
	       "a.yaml:1:3: error: 'x' is wrong [bad-word]\n"
	       "    1 | ab\n"
	       "      |   ^\n"
	       "help: write 'y'\n");
	expect("ab\ncd\n", 1, 5, plain,
	       "a.yaml:1:2: error: 'x' is wrong [bad-word]\n"
	       "    1 | ab\n"
	       "      |  ^\n"
	       "help: write 'y'\n");
}

static void test_harmless(void **state)
{
	struct report_options plain = {0};

	(void)state;
	expect("\x1b[31m\x7f\xc2\x9b\xe2\x80\xae\xffx", 12, 13, plain,
	       "a.yaml:1:10: error: 'x' is wrong [bad-word]\n"
	       "    1 | ?[31m???\xef\xbf\xbdx\n"
	       "      |          ^\n"
	       "help: write 'y'\n");
}

static void test_wide(void **state)
{
	CLEANUP(strbuf_release) struct strbuf text = {0};
	CLEANUP(arena_cleanup) struct arena *arena = arena_new();
	CLEANUP(strbuf_release) struct strbuf out = {0};
	struct diag *diag = diag_new(arena);
	const char *line;

	(void)state;
	for (int i = 0; i < 100000; i++)
		strbuf_putc(&text, (char)('a' + i % 26));
	diag_report(diag, DIAG_BAD_WORD,
		    (struct span){diag_add_source(diag, "w", text.text, text.length),
				  50000, 90000},
		    "wide");
	report_print(diag, &(struct report_options){0}, &out);
	line = strchr(out.text, '\n') + 1;
	assert_memory_equal(line, "    1 | ...", 11);
	assert_true(strcspn(line, "\n") < 150);
	line = strchr(line, '\n') + 1;
	/* 8 of the margin, 3 points, 40 in front */
	assert_int_equal(strcspn(line, "^"), 8 + 3 + 40);
}

static void test_json(void **state)
{
	(void)state;
	expect("a: 1\nb: \"\xc3\xa9z\"\n", 8, 13, (struct report_options){.json = true},
	       "{\"file\":\"a.yaml\",\"line\":2,\"column\":4,\"end_line\":2,\"end_"
	       "column\":8,"
	       "\"severity\":\"error\",\"slug\":\"bad-word\",\"message\":\"'x' is "
	       "wrong\","
	       "\"notes\":[{\"kind\":\"help\",\"message\":\"write 'y'\"}]}\n");
}

static void test_options(void **state)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new();
	CLEANUP(strbuf_release) struct strbuf out = {0};
	struct diag *diag = diag_new(arena);

	(void)state;
	diag_report(diag, DIAG_LISTED_TWICE, SPAN_NONE, "a warning");
	report_print(diag, &(struct report_options){.quiet = true}, &out);
	assert_string_equal(strbuf_text(&out), "");
	assert_false(report_is_system_failure(diag));
	report_print(diag, &(struct report_options){.color = true}, &out);
	assert_string_equal(out.text,
			    "\033[1;33mwarning: \033[0ma warning [listed-twice]\n");
	diag_report(diag, DIAG_FILE_READ, SPAN_NONE, "no file");
	assert_true(report_is_system_failure(diag));
}

static void test_limit(void **state)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new();
	CLEANUP(strbuf_release) struct strbuf out = {0};
	struct diag *diag = diag_new(arena);

	(void)state;
	diag_set_limit(diag, 1);
	for (int i = 0; i < 3; i++)
		diag_report(diag, DIAG_BAD_WORD, SPAN_NONE, "%d", i);
	report_print(diag, &(struct report_options){0}, &out);
	assert_string_equal(out.text,
			    "error: 0 [bad-word]\n"
			    "2 more errors and 0 more warnings are not shown\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_text),	cmocka_unit_test(test_harmless),
		cmocka_unit_test(test_wide),	cmocka_unit_test(test_json),
		cmocka_unit_test(test_options), cmocka_unit_test(test_limit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
