/* cmd_check.c - postern check SPEC */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "compiler/bind.h"
#include "compiler/check.h"
#include "compiler/check_tags.h"
#include "compiler/commands.h"
#include "compiler/compilation.h"
#include "compiler/options.h"

#define DATE_SIZE sizeof("2026-11-21")

/* --as-of, else today (UTC): only this command looks at a clock, and it writes nothing.
 */
static const char *day(const struct options *options, char today[DATE_SIZE])
{
	const char *given = options_text(options, OPTION_AS_OF);
	time_t now = time(NULL);
	struct tm parts;

	if (given)
		return given;
	if (!gmtime_r(&now, &parts) || !strftime(today, DATE_SIZE, "%Y-%m-%d", &parts))
		return "0000-00-00";
	return today;
}

static void report_expired(struct compilation *compilation)
{
	char today[DATE_SIZE];
	const char *as_of = day(compilation->options, today);

	for (size_t i = 0; i < compilation->spec->client_count; i++) {
		const struct client *client = compilation->spec->clients[i];

		for (size_t j = 0; j < client->allow_count; j++) {
			const struct allow *allow = &client->allows[j];

			/* Dates of this form order as texts do. */
			if (!allow->expires.text ||
			    strcmp(allow->expires.text, as_of) >= 0)
				continue;
			diag_report(compilation->diag, DIAG_ALLOW_EXPIRED,
				    allow->expires.at,
				    "a need of client '%s' expired on %s",
				    client->name.text, allow->expires.text);
			diag_help(compilation->diag,
				  "remove the entry, or write a later 'expires:'");
		}
	}
}

enum exit_code cmd_check(const struct options *options)
{
	CLEANUP(compilation_close)
	struct compilation *compilation = compilation_open(options);
	enum exit_code code;

	if (compilation_read(compilation, options->arguments[0]) == 0) {
		for (size_t i = 0; i < compilation->spec->output_count; i++) {
			struct result result;

			if (compilation_job(compilation, i, &result) == 0)
				(void)compilation_make(compilation, &result);
			artifact_list_release(&result.artifacts);
		}
		if (!diag_errors(compilation->diag))
			intent_report_unbound(compilation->intent, compilation->arena,
					      compilation->diag);
		check_overlaps(compilation->spec, compilation->arena, compilation->diag);
		report_expired(compilation);
		if (compilation->lock)
			lock_report_unused(compilation->lock, compilation->intent,
					   compilation->arena, compilation->diag);
		if (compilation->tags)
			check_tags(compilation->tags, compilation->intent,
				   compilation->arena, compilation->diag);
	}
	code = compilation_finish(compilation);
	if (code == EXIT_FINE && !options_has(options, OPTION_QUIET) &&
	    !options_is(options, OPTION_FORMAT, "json"))
		printf("%s: %zu warning%s\n", compilation->spec_file->name,
		       diag_warnings(compilation->diag),
		       diag_warnings(compilation->diag) == 1 ? "" : "s");
	return code;
}
