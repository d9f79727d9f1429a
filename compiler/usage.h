/* usage.h - What --help and "postern help" print. */
#ifndef COMPILER_USAGE_H
#define COMPILER_USAGE_H

#include "compiler/commands.h"
#include "rules/base/strbuf.h"

/** usage_overview() - All commands, a line each */
void usage_overview(struct strbuf *out);

/** usage_command() - One command: its form, what it does, its options */
void usage_command(struct strbuf *out, enum command_id command);

/**
 * usage_unknown() - Say on standard error that an argument names nothing
 * @command:	"explain"
 * @kind:	"message": there is no message 'x'
 * @nearest:	what was likely meant, or NULL
 *
 * Return: EXIT_USAGE
 */
enum exit_code usage_unknown(const char *command, const char *kind, const char *word,
			     const char *nearest);

#endif
