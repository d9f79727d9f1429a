/* cmd_confirm.c - postern confirm, rollback, load, and the undo that waits */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "compiler/applying.h"
#include "compiler/commands.h"
#include "compiler/compilation.h"
#include "compiler/options.h"
#include "compiler/undo.h"
#include "rules/base/arena.h"

/* An undo that fails is tried again: what keeps it from working may pass. */
#define UNDO_TRIES 600

/** struct recall - Bringing back what the record has */
struct recall {
	struct compilation *compilation;
	struct state state;
	struct applying applying;
};

static void release(struct recall *recall)
{
	state_close(&recall->state);
	compilation_close(&recall->compilation);
}

static int begin(struct recall *recall, const struct options *options)
{
	recall->compilation = compilation_open(options);
	if (state_open(&recall->state, options_text(options, OPTION_STATE), STATE_WRITE,
		       recall->compilation->arena, recall->compilation->diag) < 0)
		return -1;
	applying_begin(&recall->applying, &recall->state, recall->compilation->arena,
		       recall->compilation->diag);
	return 0;
}

/* Brings the generation @to into the kernel, over what others did only with --force. */
static int bring(struct recall *recall, struct generation *to, bool force)
{
	struct live_changes foreign;

	if (applying_look(&recall->applying, &foreign) < 0)
		return -1;
	if (!force && applying_refuse_foreign(&recall->applying, &foreign) < 0)
		return -1;
	return applying_change(&recall->applying, to, NULL, NULL);
}

static void print_brought(const struct recall *recall, const char *what)
{
	const struct applying *applying = &recall->applying;

	if (options_has(recall->compilation->options, OPTION_QUIET))
		return;
	if (applying->changes.count)
		printf("%s: changed %zu object%s, read back and proved\n", what,
		       applying->changes.count, applying->changes.count == 1 ? "" : "s");
	else
		printf("%s: nothing to change\n", what);
}

static int nothing(struct recall *recall, const char *what)
{
	diag_report(recall->compilation->diag, DIAG_STATE_EMPTY, SPAN_NONE,
		    "there is nothing to %s in '%s'", what, recall->state.directory);
	diag_help(recall->compilation->diag, "'postern status' says what was applied");
	return -1;
}

/* -- confirm ------------------------------------------------------------------------- */

static int confirm(struct recall *recall)
{
	struct state *state = &recall->state;
	struct live_changes foreign;

	if (!state->token || !state->pending)
		return nothing(recall, "confirm");
	/* Rules that somebody changed meanwhile are not those that were tried. */
	if (applying_look(&recall->applying, &foreign) < 0 ||
	    applying_refuse_foreign(&recall->applying, &foreign) < 0)
		return -1;
	if (!generation_equal(state->applied, state->pending))
		state->previous = state->applied;
	state->applied = state->pending;
	state->pending = NULL;
	state->token = NULL;
	state->deadline = 0;
	state->undone = 0;
	return state_save(state);
}

enum exit_code cmd_confirm(const struct options *options)
{
	CLEANUP(release) struct recall recall = {0};

	if (begin(&recall, options) == 0 && confirm(&recall) == 0 &&
	    !options_has(options, OPTION_QUIET))
		printf("confirmed: these rules stay\n");
	return compilation_finish(recall.compilation);
}

/* -- rollback ------------------------------------------------------------------------ */

/* Ends what waits for its confirmation, as if it had never been applied. */
static int take_back(struct recall *recall, bool force)
{
	struct state *state = &recall->state;

	if (bring(recall, state->applied, force) < 0)
		return -1;
	state->pending = NULL;
	state->token = NULL;
	state->deadline = 0;
	return state_save(state);
}

static int roll_back(struct recall *recall, bool force)
{
	struct state *state = &recall->state;
	struct generation *old = state->applied;

	if (state->pending)
		return take_back(recall, force);
	if (!old && !state->previous)
		return nothing(recall, "roll back");
	state->pending = state->previous;
	if (bring(recall, state->previous, force) < 0)
		return -1;
	state->applied = state->previous;
	state->previous = old;
	state->pending = NULL;
	if (state->applied)
		state->applied->since = (uint64_t)time(NULL);
	return state_save(state);
}

enum exit_code cmd_rollback(const struct options *options)
{
	CLEANUP(release) struct recall recall = {0};

	if (begin(&recall, options) == 0 &&
	    roll_back(&recall, options_has(options, OPTION_FORCE)) == 0)
		print_brought(&recall, "rolled back");
	return compilation_finish(recall.compilation);
}

/* -- load ---------------------------------------------------------------------------- */

enum exit_code cmd_load(const struct options *options)
{
	CLEANUP(release) struct recall recall = {0};
	bool force = options_has(options, OPTION_FORCE);

	if (begin(&recall, options) == 0) {
		if (!recall.state.applied && !recall.state.pending)
			(void)nothing(&recall, "load");
		/* After a restart what waited for its confirmation is gone, and its undo
		 * too. */
		else if (take_back(&recall, force) == 0)
			print_brought(&recall, "loaded");
	}
	return compilation_finish(recall.compilation);
}

/* -- the undo ------------------------------------------------------------------------ */

static uint64_t now_seconds(void)
{
	struct timespec now;

	/* Not moved by whoever sets the clock; the time that a machine sleeps counts. */
	clock_gettime(CLOCK_BOOTTIME, &now);
	return (uint64_t)now.tv_sec;
}

static void sleep_a_second(void)
{
	const struct timespec second = {.tv_sec = 1};

	nanosleep(&second, NULL);
}

/* Does the record name the undo?  While another postern is at work it may come to. */
static bool is_wanted(const struct options *options)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new();
	CLEANUP(state_close) struct state state;
	int status = state_open(&state, options_text(options, OPTION_STATE), STATE_TRY,
				arena, diag_new(arena));

	/* A record that cannot be read now may be readable when the time has come. */
	return status || (state.token && strcmp(state.token, options->arguments[0]) == 0);
}

static void say_ready(void)
{
	struct sigaction ignore = {.sa_handler = SIG_IGN};

	sigaction(SIGHUP, &ignore, NULL);
	sigaction(SIGINT, &ignore, NULL);
	sigaction(SIGPIPE, &ignore, NULL);
	/* The working directory may be one that somebody wants to unmount. */
	if (chdir("/") == 0)
		(void)!write(STDOUT_FILENO, "r", 1);
}

/* 0 when it was undone, or when that was no longer wanted. */
static int undo_once(const struct options *options, enum exit_code *ret_code)
{
	CLEANUP(release) struct recall recall = {0};
	int status = begin(&recall, options);
	struct state *state = &recall.state;

	if (status == 0 && state->token &&
	    strcmp(state->token, options->arguments[0]) == 0) {
		status = take_back(&recall, true);
		if (status == 0) {
			state->undone = (uint64_t)time(NULL);
			status = state_save(state);
		}
	}
	*ret_code = compilation_finish(recall.compilation);
	return status;
}

enum exit_code cmd_undo(const struct options *options)
{
	enum exit_code code = EXIT_FINE;
	uint64_t deadline = now_seconds();
	bool wanted = true;

	if (options_has(options, OPTION_WAIT)) {
		/* Whole seconds: rather one more than a part of one too few. */
		deadline += options_number(options, OPTION_WAIT) + 1;
		say_ready();
	}
	while (now_seconds() < deadline && wanted) {
		wanted = is_wanted(options);
		if (wanted)
			sleep_a_second();
	}
	for (int tries = 0; wanted && tries < UNDO_TRIES && undo_once(options, &code);
	     tries++)
		sleep_a_second();
	if (options_has(options, OPTION_WAIT))
		undo_leave(options->arguments[0]);
	return code;
}
