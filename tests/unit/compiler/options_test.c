/* options_test.c - Command lines, right ones and wrong ones. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "backends/registry.h"
#include "compiler/options.h"
#include "rules/base/arena.h"
#include "rules/base/strbuf.h"

#define MAX_WORDS 16

/** struct line - One command line: read, with what came of it */
struct line {
	struct arena *arena;
	struct strbuf message;
	struct options *options;
};

static int read_words(struct line *line, const char *const *words)
{
	char *argv[MAX_WORDS];
	int argc = 0;

	for (argv[argc++] = (char *)(uintptr_t) "postern"; *words; words++)
		argv[argc++] = (char *)(uintptr_t)*words;
	argv[argc] = NULL;
	line->options = NULL;
	line->message.length = 0;
	return options_parse(argc, argv, line->arena, &line->options, &line->message);
}

#define WORDS(...)		((const char *const[]){__VA_ARGS__, NULL})
#define assert_reads(line, ...) assert_int_equal(read_words(line, WORDS(__VA_ARGS__)), 0)

static void check_refused(struct line *line, const char *part, const char *const *words)
{
	assert_int_equal(read_words(line, words), -1);
	assert_null(line->options);
	if (!strstr(strbuf_text(&line->message), part))
		fail_msg("\"%s\" does not say \"%s\"", strbuf_text(&line->message), part);
}
#define assert_refused(line, part, ...) check_refused(line, part, WORDS(__VA_ARGS__))

static int set_up(void **state)
{
	struct line *line = calloc(1, sizeof(*line));

	line->arena = arena_new();
	*state = line;
	return 0;
}

static int tear_down(void **state)
{
	struct line *line = *state;

	arena_free(line->arena);
	strbuf_release(&line->message);
	free(line);
	return 0;
}

static void fallbacks_hold(void **state)
{
	struct line *line = *state;

	assert_reads(line, "compile", "egress.yaml");
	assert_int_equal(line->options->command, COMMAND_COMPILE);
	assert_int_equal(line->options->argument_count, 1);
	assert_string_equal(line->options->arguments[0], "egress.yaml");
	assert_string_equal(options_text(line->options, OPTION_OUTPUT), "postern-out");
	assert_string_equal(options_text(line->options, OPTION_FORMAT), "text");
	assert_null(options_text(line->options, OPTION_LOCK));
	assert_false(options_has(line->options, OPTION_OUTPUT));
	assert_false(options_has(line->options, OPTION_STRICT));
}

static void options_and_arguments_mix(void **state)
{
	struct line *line = *state;

	assert_reads(line, "verify", "--strict", "a", "--lock", "l", "b", "--as=nftables",
		     "-q");
	assert_int_equal(line->options->argument_count, 2);
	assert_string_equal(line->options->arguments[0], "a");
	assert_string_equal(line->options->arguments[1], "b");
	assert_string_equal(options_text(line->options, OPTION_LOCK), "l");
	assert_string_equal(options_text(line->options, OPTION_AS), "nftables");
	assert_true(options_has(line->options, OPTION_QUIET));
	assert_true(options_has(line->options, OPTION_STRICT));
}

static void posixly_correct_changes_nothing(void **state)
{
	setenv("POSIXLY_CORRECT", "1", 1);
	options_and_arguments_mix(state);
	unsetenv("POSIXLY_CORRECT");
}

static void letters_work_with_and_without_blank(void **state)
{
	struct line *line = *state;

	assert_reads(line, "compile", "-nqo", "dir", "-llock", "s");
	assert_string_equal(options_text(line->options, OPTION_OUTPUT), "dir");
	assert_string_equal(options_text(line->options, OPTION_LOCK), "lock");
	assert_true(options_has(line->options, OPTION_DRY_RUN));
	assert_true(options_has(line->options, OPTION_QUIET));
}

static void a_double_dash_ends_the_options(void **state)
{
	struct line *line = *state;

	assert_reads(line, "check", "--strict", "--", "--strange.yaml");
	assert_string_equal(line->options->arguments[0], "--strange.yaml");
	assert_refused(line, "--strange", "check", "--strange.yaml");
}

static void a_dash_is_an_argument(void **state)
{
	struct line *line = *state;

	assert_reads(line, "check", "-");
	assert_string_equal(line->options->arguments[0], "-");
}

static void one_name_has_other_words_elsewhere(void **state)
{
	struct line *line = *state;

	assert_reads(line, "import", "f");
	assert_string_equal(options_text(line->options, OPTION_IMPORT_FORMAT), "rules");
	assert_reads(line, "import", "f", "--format", "rules");
	assert_true(options_is(line->options, OPTION_IMPORT_FORMAT, "rules"));
	assert_false(options_has(line->options, OPTION_FORMAT));
	assert_refused(line, "none of text, json", "check", "f", "--format", "rules");
}

static void lists_gather(void **state)
{
	struct line *line = *state;
	const char *name = backends_at(0)->name;

	assert_reads(line, "compile", "s");
	assert_true(options_lists(line->options, OPTION_BACKEND, name));
	assert_reads(line, "compile", "s", "-b", name, "-b", name);
	assert_int_equal(line->options->values[OPTION_BACKEND].count, 1);
	assert_true(options_lists(line->options, OPTION_BACKEND, name));
	assert_false(options_lists(line->options, OPTION_BACKEND, "other"));
}

static void lists_refuse_what_is_no_back_end(void **state)
{
	struct line *line = *state;

	assert_refused(line, "did you mean 'nftables'", "compile", "s", "-b", "nftable");
	assert_refused(line, "'' is none of", "compile", "s", "-b", "nftables,");
	assert_refused(line, "'' is none of", "compile", "s", "-b", ",nftables");
}

static void help_needs_nothing_else(void **state)
{
	struct line *line = *state;

	assert_reads(line, "compile", "--help", "--no-such-option");
	assert_int_equal(line->options->command, COMMAND_COMPILE);
	assert_true(options_has(line->options, OPTION_HELP));
	assert_reads(line, "--help");
	assert_int_equal(line->options->command, COMMAND_HELP);
	assert_reads(line, "-V");
	assert_int_equal(line->options->command, COMMAND_VERSION);
}

static void commands_are_suggested(void **state)
{
	struct line *line = *state;

	assert_refused(line, "did you mean 'compile'", "complie", "s");
	assert_refused(line, "there is no command 'zzzzzzzz'", "zzzzzzzz");
	assert_refused(line, "stands before the command", "--strict", "check", "s");
	assert_refused(line, "there is no command ''", "");
	assert_int_equal(options_parse(1, (char *[]){NULL, NULL}, line->arena,
				       &line->options, &line->message),
			 -1);
}

static void options_are_suggested(void **state)
{
	struct line *line = *state;

	assert_refused(line, "did you mean '--output'", "compile", "s", "--ouptut=x");
	assert_refused(line, "it belongs to compile", "check", "s", "-o", "x");
	assert_refused(line, "it belongs to query", "check", "s", "--expect=allow");
	assert_refused(line, "there is no option '-Z'", "check", "s", "-Z");
	assert_refused(line, "there is no option '--'", "check", "s", "--=x");
}

static void values_are_asked_for(void **state)
{
	struct line *line = *state;

	assert_refused(line, "--lock needs FILE", "check", "s", "--lock");
	assert_refused(line, "--lock needs FILE", "check", "s", "-l");
	assert_refused(line, "--lock: needs FILE, not an empty text", "check", "s",
		       "--lock=");
	assert_refused(line, "--strict takes no value", "check", "s", "--strict=yes");
	assert_refused(line, "--lock is given twice", "check", "s", "-la", "--lock", "b");
}

static void arguments_are_counted(void **state)
{
	struct line *line = *state;

	assert_refused(line, "something is missing: verify SPEC FILE", "verify", "s");
	assert_refused(line, "'b' is one argument too many", "endpoints", "a", "b");
	assert_reads(line, "verify", "a", "b", "c");
	assert_refused(line, "'x' is one argument too many", "version", "x");
	assert_reads(line, "explain");
	assert_reads(line, "explain", "file-read");
	assert_refused(line, "too many", "explain", "a", "b");
}

static void words_are_checked(void **state)
{
	struct line *line = *state;

	assert_refused(line, "did you mean 'always'", "check", "s", "--color=alway");
	assert_refused(line, "not an empty text", "check", "s", "--color", "");
}

static void days_must_exist(void **state)
{
	struct line *line = *state;
	static const char *const wrong[] = {
		"2027-02-29", "2100-02-29", "2027-13-01", "2027-00-01", "2027-01-00",
		"2027-1-1",   "27-01-01",   "2027-01-32", "2027/01/01", "2027-01-01x",
		"",	      "2027-04-31", "-027-01-01", "2027-01- 1",
	};

	assert_reads(line, "check", "s", "--as-of", "2028-02-29");
	assert_reads(line, "check", "s", "--as-of", "2000-02-29");
	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++)
		assert_refused(line, "--as-of", "check", "s", "--as-of", wrong[i]);
}

static void ports_are_read(void **state)
{
	struct line *line = *state;
	static const char *const wrong[] = {"65536",   "443-",	"-443",
					    "445-443", "http",	"4 3",
					    "0x50",    "1-2-3", "99999999999999999999"};
	uint16_t first, last;

	assert_reads(line, "query", "r", "--port", "443-445", "--sport=0");
	assert_true(options_ports(line->options, OPTION_PORT, &first, &last));
	assert_int_equal(first, 443);
	assert_int_equal(last, 445);
	assert_true(options_ports(line->options, OPTION_SPORT, &first, &last));
	assert_int_equal(first, 0);
	assert_int_equal(last, 0);
	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++)
		assert_refused(line, "--port: '", "query", "r", "--port", wrong[i]);
	assert_reads(line, "query", "r");
	assert_false(options_ports(line->options, OPTION_PORT, &first, &last));
}

static void numbers_are_read(void **state)
{
	struct line *line = *state;
	static const char *const wrong[] = {"0",    "-1",  "1000001",
					    "0x10", "1 0", "99999999999999999999"};

	assert_reads(line, "diff", "a", "b");
	assert_int_equal(options_number(line->options, OPTION_LIMIT), 50);
	assert_reads(line, "diff", "a", "b", "--limit", "1000000");
	assert_int_equal(options_number(line->options, OPTION_LIMIT), 1000000);
	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++)
		assert_refused(line, "--limit: '", "diff", "a", "b", "--limit", wrong[i]);
}

static void files_may_be_repeated(void **state)
{
	struct line *line = *state;

	assert_reads(line, "diff", "a", "b", "--with", "one", "--with=name=two");
	assert_int_equal(line->options->values[OPTION_WITH].count, 2);
	assert_string_equal(line->options->values[OPTION_WITH].at[1], "name=two");
	assert_refused(line, "--from is given twice", "diff", "a", "b", "--from=10.0.0.1",
		       "--from=10.0.0.2");
}

static void prefixes_are_read(void **state)
{
	struct line *line = *state;

	assert_reads(line, "query", "r", "--from", "10.0.0.0/8");
	assert_reads(line, "query", "r", "--from", "2001:db8::1");
	assert_refused(line, "'10.0.0.300' is no address", "query", "r", "--from",
		       "10.0.0.300");
	assert_refused(line, "'10.0.0.1/8' is no address", "query", "r", "--from",
		       "10.0.0.1/8");
}

/* Everything below is about the tables themselves. */
static void tables_fit_together(void **state)
{
	struct line *line = *state;

	for (size_t a = 0; a < OPTION_COUNT; a++) {
		const struct option_info *one = option_info((enum option_id)a);

		assert_true(one->commands);
		assert_true((one->kind == OPTION_KIND_FLAG) == !one->argument);
		for (size_t b = a + 1; b < OPTION_COUNT; b++) {
			const struct option_info *other = option_info((enum option_id)b);

			if (!(one->commands & other->commands))
				continue;
			assert_string_not_equal(one->name, other->name);
			assert_true(!one->letter || one->letter != other->letter);
		}
		if (one->kind == OPTION_KIND_WORD) {
			const char *const *words =
				option_words((enum option_id)a, line->arena);
			bool found = !one->fallback;

			for (; *words; words++)
				found = found || strcmp(*words, one->fallback) == 0;
			assert_true(found);
		}
	}
	for (size_t id = 0; id < COMMAND_COUNT; id++)
		assert_int_equal(command_find(command_info((enum command_id)id)->name),
				 id);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(fallbacks_hold),
		TEST(options_and_arguments_mix),
		TEST(posixly_correct_changes_nothing),
		TEST(letters_work_with_and_without_blank),
		TEST(a_double_dash_ends_the_options),
		TEST(a_dash_is_an_argument),
		TEST(one_name_has_other_words_elsewhere),
		TEST(lists_gather),
		TEST(lists_refuse_what_is_no_back_end),
		TEST(help_needs_nothing_else),
		TEST(commands_are_suggested),
		TEST(options_are_suggested),
		TEST(values_are_asked_for),
		TEST(arguments_are_counted),
		TEST(words_are_checked),
		TEST(days_must_exist),
		TEST(ports_are_read),
		TEST(numbers_are_read),
		TEST(files_may_be_repeated),
		TEST(prefixes_are_read),
		TEST(tables_fit_together),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
