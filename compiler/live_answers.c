/* live_answers.c - Addresses of one run: from DNS now, or from a whole lock. */
#include "compiler/live_answers.h"

#include <stdlib.h>
#include <string.h>

#include "compiler/options.h"
#include "compiler/resolution.h"
#include "rules/base/arena.h"

/* What is bound by it says so as it does of a lock: the addresses are as old as the run.
 */
#define LIVE_NAME "postern.lock (live)"

const char *live_usage_mistake(const struct options *options)
{
	bool live = options_has(options, OPTION_LIVE);

	if (live && options_has(options, OPTION_LOCKED))
		return "--live and --locked exclude each other";
	if (!live && options_has(options, OPTION_SERVER))
		return "--server needs --live";
	return !live && options_has(options, OPTION_VIEW) ? "--view needs --live" : NULL;
}

static int ask(struct compilation *compilation)
{
	CLEANUP(strbuf_release) struct strbuf text = {0};
	struct resolution *resolution;

	if (resolution_make(compilation, &resolution) || resolution_judge(resolution))
		return -1;
	lock_print(resolution_lock(resolution, compilation->lock), &text);
	compilation->lock_file =
		input_add(compilation->input, LIVE_NAME, strbuf_text(&text), text.length);
	if (lock_read(compilation->lock_file, compilation->arena, &compilation->lock,
		      compilation->diag))
		return -1;
	compilation->lock->name = LIVE_NAME;
	return 0;
}

static bool is_locked(const struct compilation *compilation)
{
	const char *ci = getenv("CI");

	return options_has(compilation->options, OPTION_LOCKED) ||
	       (compilation->lock && ci && strcmp(ci, "true") == 0);
}

int live_resolve(struct compilation *compilation)
{
	enum command_id command = compilation->options->command;

	if (options_has(compilation->options, OPTION_LIVE))
		return ask(compilation);
	if (!option_on(OPTION_LOCKED, command) || !is_locked(compilation))
		return 0;
	return lock_report_lacking(compilation->lock, compilation->intent,
				   options_has(compilation->options, OPTION_LOCKED)
					   ? "--locked"
					   : "CI=true in the environment means --locked",
				   compilation->arena, compilation->diag);
}
