/* terminal_test.c - Colour and progress on terminals and elsewhere. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "compiler/terminal.h"

/** struct pair - Both ends of a terminal */
struct pair {
	int outside;
	int inside;
};

static int set_up(void **state)
{
	struct pair *pair = calloc(1, sizeof(*pair));

	*state = pair;
	unsetenv("NO_COLOR");
	setenv("TERM", "xterm", 1);
	pair->inside = -1;
	pair->outside = posix_openpt(O_RDWR | O_NOCTTY);
	if (pair->outside < 0 || grantpt(pair->outside) || unlockpt(pair->outside))
		return 0;
	pair->inside = open(ptsname(pair->outside), O_RDWR | O_NOCTTY);
	return fcntl(pair->outside, F_SETFL, O_NONBLOCK);
}

/* A bare chroot has no /dev/pts. */
static const struct pair *need_terminal(void **state)
{
	const struct pair *pair = *state;

	if (pair->inside < 0) {
		print_message("this system gives no terminals\n");
		skip();
	}
	return pair;
}

static int tear_down(void **state)
{
	struct pair *pair = *state;

	close(pair->inside);
	close(pair->outside);
	free(pair);
	return 0;
}

static void color_follows_the_choice(void **state)
{
	const struct pair *pair = need_terminal(state);
	int file = open("/dev/null", O_WRONLY);

	assert_true(terminal_color(pair->inside, "auto"));
	assert_false(terminal_color(pair->inside, "never"));
	assert_false(terminal_color(file, "auto"));
	assert_true(terminal_color(file, "always"));
	close(file);
}

static void color_follows_the_environment(void **state)
{
	const struct pair *pair = need_terminal(state);

	setenv("NO_COLOR", "", 1); /* empty counts as unset */
	assert_true(terminal_color(pair->inside, "auto"));
	setenv("NO_COLOR", "1", 1);
	assert_false(terminal_color(pair->inside, "auto"));
	assert_true(terminal_color(pair->inside, "always"));
	unsetenv("NO_COLOR");
	setenv("TERM", "dumb", 1);
	assert_false(terminal_color(pair->inside, "auto"));
	unsetenv("TERM");
	assert_false(terminal_color(pair->inside, "auto"));
}

static size_t shown(const struct pair *pair, char *text, size_t size)
{
	ssize_t length = read(pair->outside, text, size - 1);

	text[length > 0 ? length : 0] = '\0';
	return length > 0 ? (size_t)length : 0;
}

static void wait_ms(long ms)
{
	nanosleep(&(struct timespec){.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000},
		  NULL);
}

static void short_work_shows_nothing(void **state)
{
	const struct pair *pair = need_terminal(state);
	struct progress progress;
	char text[256];

	progress_begin(&progress, pair->inside, false, "proving");
	for (size_t i = 0; i < 1000; i++)
		progress_update(&progress, i, 1000);
	progress_end(&progress);
	assert_int_equal(shown(pair, text, sizeof(text)), 0);
}

static void long_work_shows_a_line_and_erases_it(void **state)
{
	const struct pair *pair = need_terminal(state);
	struct progress progress;
	char text[256];

	progress_begin(&progress, pair->inside, false, "proving");
	wait_ms(550);
	for (size_t i = 0; i < 1000; i++) /* throttled to one line */
		progress_update(&progress, i, 1000);
	assert_true(shown(pair, text, sizeof(text)));
	assert_string_equal(text, "\rproving: 0 of 1000\033[K");
	progress_end(&progress);
	assert_true(shown(pair, text, sizeof(text)));
	assert_string_equal(text, "\r\033[K");
	progress_update(&progress, 1, 2);
	assert_int_equal(shown(pair, text, sizeof(text)), 0);
}

static void nothing_is_shown_elsewhere(void **state)
{
	struct progress progress;
	const struct pair *pair = need_terminal(state);
	char text[8];
	int ends[2];

	assert_int_equal(pipe2(ends, O_NONBLOCK), 0);
	progress_begin(&progress, ends[1], false, "proving");
	wait_ms(550);
	progress_update(&progress, 1, 2);
	progress_end(&progress);
	assert_int_equal(read(ends[0], text, sizeof(text)), -1);
	close(ends[0]);
	close(ends[1]);

	progress_begin(&progress, pair->inside, true, "proving");
	wait_ms(550);
	progress_update(&progress, 1, 2);
	progress_end(&progress);
	assert_int_equal(shown(pair, text, sizeof(text)), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(color_follows_the_choice),
		TEST(color_follows_the_environment),
		TEST(short_work_shows_nothing),
		TEST(long_work_shows_a_line_and_erases_it),
		TEST(nothing_is_shown_elsewhere),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
