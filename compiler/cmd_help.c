/* cmd_help.c - postern help [COMMAND] */
#include <stdio.h>

#include "compiler/commands.h"
#include "compiler/options.h"
#include "compiler/usage.h"

enum exit_code cmd_help(const struct options *options)
{
	CLEANUP(strbuf_release) struct strbuf out = {0};
	const char *name;
	enum command_id command;

	if (!options->argument_count) {
		usage_overview(&out);
		fputs(strbuf_text(&out), stdout);
		return EXIT_FINE;
	}
	name = options->arguments[0];
	command = command_find(name);
	if (command == COMMAND_COUNT)
		return usage_unknown("help", "command", name, command_nearest(name));
	usage_command(&out, command);
	fputs(strbuf_text(&out), stdout);
	return EXIT_FINE;
}
