/* commands.h - The sub-commands. */
#ifndef COMPILER_COMMANDS_H
#define COMPILER_COMMANDS_H

#include <stddef.h>

/** enum exit_code - How the program ends; a crash is never one of these */
enum exit_code {
	EXIT_FINE = 0,
	EXIT_FOUND = 1,	 /* the policy is wrong, or something was found */
	EXIT_USAGE = 2,	 /* the command line is wrong */
	EXIT_SYSTEM = 3, /* a file, the memory or the kernel failed */
};

/** enum command_id - Every sub-command; the rows are in commands.def */
enum command_id {
#define COMMAND(id, name, arguments, summary, text) COMMAND_##id,
#include "compiler/commands.def"
#undef COMMAND
	COMMAND_COUNT,
};
_Static_assert(COMMAND_COUNT <= 32, "options keep their commands in 32 bits");

struct options;

/**
 * struct command - One row of commands.def
 * @arguments:	"SPEC FILE": for people, and what options_parse() counts
 * @summary:	"" for a command that is not listed
 * @run:	returns the exit status
 */
struct command {
	const char *name;
	const char *arguments;
	const char *summary;
	const char *text;
	enum exit_code (*run)(const struct options *options);
};

const struct command *command_info(enum command_id id);

/** command_find() - By name; COMMAND_COUNT when there is none */
enum command_id command_find(const char *name);

/** command_nearest() - The listed command that a misspelt word most likely meant, or NULL
 */
const char *command_nearest(const char *word);

#define COMMAND(id, name, arguments, summary, text) \
	enum exit_code cmd_##name(const struct options *options);
#include "compiler/commands.def"
#undef COMMAND

#endif
