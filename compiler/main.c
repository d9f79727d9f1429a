/* main.c - The program: find the sub-command and run it. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "compiler/commands.h"
#include "compiler/options.h"
#include "compiler/usage.h"
#include "rules/base/arena.h"

static enum exit_code refuse(int argc, char *const *argv, const char *message)
{
	CLEANUP(strbuf_release) struct strbuf text = {0};
	enum command_id command = argc > 1 ? command_find(argv[1]) : COMMAND_COUNT;

	fprintf(stderr, "postern: %s\n", message);
	if (argc < 2) {
		usage_overview(&text);
		fprintf(stderr, "\n%s", strbuf_text(&text));
	} else if (command < COMMAND_COUNT) {
		fprintf(stderr, "'postern %s --help' says how it is used\n", argv[1]);
	} else {
		fprintf(stderr, "'postern help' lists the commands\n");
	}
	return EXIT_USAGE;
}

static enum exit_code show_help(enum command_id command)
{
	CLEANUP(strbuf_release) struct strbuf text = {0};

	usage_command(&text, command);
	fputs(strbuf_text(&text), stdout);
	return EXIT_FINE;
}

/* Results that never arrived were not given: a full disk behind ">" must show. */
static enum exit_code flush(enum exit_code code)
{
	if (fflush(stdout) == 0 && !ferror(stdout))
		return code;
	fprintf(stderr, "postern: standard output: %s\n", strerror(errno));
	return EXIT_SYSTEM;
}

int main(int argc, char **argv)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new();
	CLEANUP(strbuf_release) struct strbuf message = {0};
	struct options *options;

	if (options_parse(argc, argv, arena, &options, &message))
		return refuse(argc, argv, strbuf_text(&message));
	if (options_has(options, OPTION_HELP))
		return flush(show_help(options->command));
	return flush(command_info(options->command)->run(options));
}
