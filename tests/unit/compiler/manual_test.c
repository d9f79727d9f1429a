/* manual_test.c - Texts in roff, and what --help prints. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "compiler/completions.h"
#include "compiler/manual.h"
#include "compiler/options.h"
#include "compiler/usage.h"
#include "compiler/wrap.h"

static void check_text(const char *text, const char *expected)
{
	CLEANUP(strbuf_release) struct strbuf out = {0};

	manual_text(&out, text);
	assert_string_equal(strbuf_text(&out), expected);
}

static void roff_prints_just_the_text(void **state)
{
	(void)state;
	check_text("plain", "plain");
	check_text(".Sh EVIL", "\\&.Sh EVIL");
	check_text("a\n.so /etc/passwd", "a\n\\&.so /etc/passwd");
	check_text("'br", "\\&\\(aqbr");
	check_text("a.b", "a.b");
	check_text("--lock \\n", "\\-\\-lock \\en");
	check_text("say \"x\"", "say \\(dqx\\(dq");
	check_text("~^", "\\(ti\\(ha");
	check_text("\xc3\xa9 \xe2\x80\xa6 \xf0\x9f\x9a\xaa",
		   "\\[u00E9] \\[u2026] \\[u1F6AA]");
}

static void check_running(const char *text, const char *expected)
{
	CLEANUP(strbuf_release) struct strbuf out = {0};

	manual_running_text(&out, text);
	assert_string_equal(strbuf_text(&out), expected);
}

static void sentences_begin_lines(void **state)
{
	(void)state;
	check_running("One. Two three! .Four", "One.\nTwo three!\n\\&.Four\n");
	check_running("a  b", "a b\n");
	check_running("", "\n");
}

/* But for command lines, which nobody may break. */
static void lines_are_short(struct strbuf *text, size_t limit)
{
	size_t length;

	for (const char *at = strbuf_text(text); *at;
	     at += length + (at[length] == '\n')) {
		length = strcspn(at, "\n");
		if (length > limit && strncmp(at, "postern ", 8) != 0)
			fail_msg("%zu bytes: %.*s", length, (int)length, at);
	}
}

static void help_has_short_lines(void **state)
{
	CLEANUP(strbuf_release) struct strbuf out = {0};

	(void)state;
	usage_overview(&out);
	for (size_t id = 0; id < COMMAND_COUNT; id++)
		usage_command(&out, (enum command_id)id);
	lines_are_short(&out, WRAP_COLUMNS);
}

/* Does a command that people are told of take the option? */
static bool is_listed(enum option_id option)
{
	bool listed = false;

	for (size_t id = 0; id < COMMAND_COUNT; id++)
		listed |= option_on(option, (enum command_id)id) &&
			  *command_info((enum command_id)id)->summary;
	return listed;
}

static void every_option_is_everywhere(void **state)
{
	CLEANUP(strbuf_release)
	struct strbuf manual = {0}, bash = {0}, zsh = {0}, fish = {0};

	(void)state;
	manual_program(&manual);
	completions_bash(&bash);
	completions_zsh(&zsh);
	completions_fish(&fish);
	for (size_t id = 0; id < OPTION_COUNT; id++) {
		const char *name = option_info((enum option_id)id)->name;
		CLEANUP(strbuf_release) struct strbuf text = {0};

		if (!is_listed((enum option_id)id))
			continue;
		strbuf_puts(&text, "Fl Fl ");
		manual_text(&text, name);
		assert_non_null(strstr(strbuf_text(&manual), strbuf_text(&text)));
		text.length = 0;
		strbuf_printf(&text, "--%s", name);
		assert_non_null(strstr(strbuf_text(&bash), strbuf_text(&text)));
		assert_non_null(strstr(strbuf_text(&zsh), strbuf_text(&text)));
		text.length = 0;
		strbuf_printf(&text, "-l %s", name);
		assert_non_null(strstr(strbuf_text(&fish), strbuf_text(&text)));
	}
}

static void pages_have_short_lines(void **state)
{
	CLEANUP(strbuf_release) struct strbuf out = {0};

	(void)state;
	manual_program(&out);
	manual_spec(&out);
	lines_are_short(&out, 80);
}

static void hidden_commands_stay_hidden(void **state)
{
	CLEANUP(strbuf_release) struct strbuf out = {0};

	(void)state;
	usage_overview(&out);
	assert_null(strstr(strbuf_text(&out), "generate"));
	completions_bash(&out);
	assert_null(strstr(strbuf_text(&out), "generate:"));
	assert_null(command_nearest("generat"));
}

static void words_are_wrapped(void **state)
{
	CLEANUP(strbuf_release) struct strbuf out = {0};

	(void)state;
	wrap_text(&out, "a bb", WRAP_COLUMNS - 3, 2);
	wrap_text(&out, "a b", WRAP_COLUMNS - 3, 2);
	wrap_text(&out, "", 0, 4);
	assert_string_equal(strbuf_text(&out), "a\n  bb\na b\n\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(roff_prints_just_the_text),
		cmocka_unit_test(sentences_begin_lines),
		cmocka_unit_test(help_has_short_lines),
		cmocka_unit_test(every_option_is_everywhere),
		cmocka_unit_test(pages_have_short_lines),
		cmocka_unit_test(hidden_commands_stay_hidden),
		cmocka_unit_test(words_are_wrapped),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
