/* usage.c - What --help and "postern help" print. */
#include "compiler/usage.h"

#include <stdio.h>

#include "compiler/options.h"
#include "compiler/wrap.h"

/* Where explanations begin; a longer option has its explanation on the next line. */
#define HELP_COLUMN 24

/* "  -o, --output=DIR" and what follows from HELP_COLUMN on. */
static void row(struct strbuf *out, const char *head, size_t length, const char *text)
{
	strbuf_add(out, head, length);
	if (length + 2 > HELP_COLUMN) {
		strbuf_putc(out, '\n');
		length = 0;
	}
	strbuf_printf(out, "%*s", (int)(HELP_COLUMN - length), "");
	wrap_text(out, text, HELP_COLUMN, HELP_COLUMN);
}

void usage_overview(struct strbuf *out)
{
	CLEANUP(strbuf_release) struct strbuf head = {0};

	strbuf_puts(out, "usage: postern COMMAND [OPTION | ARGUMENT]...\n\n");
	wrap_text(out,
		  "postern compiles a container-registry access spec to egress rules and "
		  "proves every output before it writes it.",
		  0, 0);
	strbuf_puts(out, "\ncommands:\n");
	for (size_t id = 0; id < COMMAND_COUNT; id++) {
		const struct command *command = command_info((enum command_id)id);

		if (!*command->summary)
			continue;
		head.length = 0;
		strbuf_printf(&head, "  %s", command->name);
		row(out, strbuf_text(&head), head.length, command->summary);
	}
	strbuf_puts(out, "\n'postern COMMAND --help' says how a command is used, "
			 "'man postern' the rest.\n");
}

static void option_row(struct strbuf *out, const struct option_info *info)
{
	CLEANUP(strbuf_release) struct strbuf head = {0}, text = {0};

	if (info->letter)
		strbuf_printf(&head, "  -%c, --%s", info->letter, info->name);
	else
		strbuf_printf(&head, "      --%s", info->name);
	if (info->argument)
		strbuf_printf(&head, "=%s", info->argument);
	strbuf_puts(&text, info->help);
	if (info->fallback)
		strbuf_printf(&text, " [default: %s]", info->fallback);
	row(out, strbuf_text(&head), head.length, strbuf_text(&text));
}

void usage_command(struct strbuf *out, enum command_id command)
{
	const struct command *info = command_info(command);

	strbuf_printf(out, "usage: postern %s [OPTION]...%s%s\n\n", info->name,
		      *info->arguments ? " " : "", info->arguments);
	wrap_text(out, info->text, 0, 0);
	strbuf_puts(out, "\noptions:\n");
	for (size_t option = 0; option < OPTION_COUNT; option++)
		if (option_on((enum option_id)option, command))
			option_row(out, option_info((enum option_id)option));
}

enum exit_code usage_unknown(const char *command, const char *kind, const char *word,
			     const char *nearest)
{
	fprintf(stderr, "postern: %s: there is no %s '%s'", command, kind, word);
	if (nearest)
		fprintf(stderr, "; did you mean '%s'?", nearest);
	fputc('\n', stderr);
	return EXIT_USAGE;
}
