/* completions.c - Completion scripts for shells, made from the tables. */
#include "compiler/completions.h"

#include <string.h>

#include "backends/registry.h"
#include "compiler/commands.h"
#include "compiler/options.h"
#include "rules/base/diag.h"

/**
 * DOC: Completions
 *
 * What a shell may offer follows from the tables: for an option from its kind, for an
 * argument from the first word of the command's pattern.  The words of a list (back ends,
 * messages, commands) are written into the scripts, which are installed with the program
 * that knows them.
 */

/** enum source - Where the words of a value come from */
enum source {
	SOURCE_NOTHING,
	SOURCE_FILES,
	SOURCE_DIRS,
	SOURCE_WORDS,
};

static enum source option_source(const struct option_info *info)
{
	switch (info->kind) {
	case OPTION_KIND_FLAG:
	case OPTION_KIND_TEXT:
	case OPTION_KIND_TEXTS:
	case OPTION_KIND_SERVERS:
	case OPTION_KIND_PREFIX:
	case OPTION_KIND_PORT:
	case OPTION_KIND_NUMBER:
	case OPTION_KIND_DATE:
		return SOURCE_NOTHING;
	case OPTION_KIND_WORD:
	case OPTION_KIND_BACKENDS:
		return SOURCE_WORDS;
	case OPTION_KIND_FILE:
	case OPTION_KIND_FILES:
		return SOURCE_FILES;
	case OPTION_KIND_DIR:
		return SOURCE_DIRS;
	}
	BUG("no kind %d", (int)info->kind);
}

static void add_word(struct strbuf *out, const char *word)
{
	strbuf_printf(out, "%s%s", out->length ? " " : "", word);
}

static void add_backends(struct strbuf *out)
{
	const struct backend *backend;

	for (size_t i = 0; (backend = backends_at(i)); i++)
		add_word(out, backend->name);
}

static void add_commands(struct strbuf *out)
{
	for (size_t id = 0; id < COMMAND_COUNT; id++)
		if (*command_info((enum command_id)id)->summary)
			add_word(out, command_info((enum command_id)id)->name);
}

static void add_slugs(struct strbuf *out)
{
	for (size_t code = 0; code < DIAG_CODE_COUNT; code++)
		add_word(out, diag_info((enum diag_code)code)->slug);
}

/* The words that an option accepts, separated by blanks. */
static void option_choices(struct strbuf *out, const struct option_info *info)
{
	if (info->kind == OPTION_KIND_BACKENDS) {
		add_backends(out);
		return;
	}
	for (const char *at = info->argument; *at; at += strspn(at, "|")) {
		size_t length = strcspn(at, "|");

		strbuf_printf(out, "%s%.*s", out->length ? " " : "", (int)length, at);
		at += length;
	}
}

/* Where a command's arguments come from; words are appended to @words. */
static enum source argument_source(const struct command *command, struct strbuf *words)
{
	const char *pattern = command->arguments + strspn(command->arguments, "[");

	if (!*pattern)
		return SOURCE_NOTHING;
	if (strncmp(pattern, "SLUG", 4) == 0)
		add_slugs(words);
	else if (strncmp(pattern, "NAME", 4) == 0)
		add_backends(words);
	else if (strncmp(pattern, "COMMAND", 7) == 0)
		add_commands(words);
	return words->length ? SOURCE_WORDS : SOURCE_FILES;
}

static bool is_listed(size_t id)
{
	return *command_info((enum command_id)id)->summary;
}

/* -- bash ---------------------------------------------------------------------- */

static void bash_reply(struct strbuf *out, enum source source, const char *words)
{
	switch (source) {
	case SOURCE_NOTHING:
		strbuf_puts(out, "COMPREPLY=()");
		break;
	case SOURCE_FILES:
		strbuf_puts(out, "compopt -o filenames; mapfile -t COMPREPLY "
				 "< <(compgen -f -- \"$word\")");
		break;
	case SOURCE_DIRS:
		strbuf_puts(out, "compopt -o filenames; mapfile -t COMPREPLY "
				 "< <(compgen -d -- \"$word\")");
		break;
	case SOURCE_WORDS:
		strbuf_printf(out,
			      "mapfile -t COMPREPLY < <(compgen -W '%s' -- \"$word\")",
			      words);
		break;
	}
}

static void bash_option(struct strbuf *out, enum command_id command,
			const struct option_info *info)
{
	CLEANUP(strbuf_release) struct strbuf words = {0};
	enum source source = option_source(info);
	const char *name = command_info(command)->name;

	if (!info->argument)
		return;
	if (source == SOURCE_WORDS)
		option_choices(&words, info);
	strbuf_printf(out, "\t%s:--%s", name, info->name);
	if (info->letter)
		strbuf_printf(out, " | %s:-%c", name, info->letter);
	strbuf_puts(out, ")\n\t\t");
	bash_reply(out, source, strbuf_text(&words));
	strbuf_puts(out, "\n\t\treturn ;;\n");
}

static void bash_command(struct strbuf *out, enum command_id id)
{
	CLEANUP(strbuf_release) struct strbuf words = {0}, names = {0};
	enum source source = argument_source(command_info(id), &words);

	for (size_t option = 0; option < OPTION_COUNT; option++)
		if (option_on((enum option_id)option, id))
			strbuf_printf(&names, "%s--%s", names.length ? " " : "",
				      option_info((enum option_id)option)->name);
	strbuf_printf(out, "\t%s:-*)\n\t\t", command_info(id)->name);
	bash_reply(out, SOURCE_WORDS, strbuf_text(&names));
	strbuf_printf(out, " ;;\n\t%s:*)\n\t\t", command_info(id)->name);
	bash_reply(out, source, strbuf_text(&words));
	strbuf_puts(out, " ;;\n");
}

/* bash breaks words at "=", so "--format=j" is three of them. */
void completions_bash(struct strbuf *out)
{
	CLEANUP(strbuf_release) struct strbuf commands = {0};

	add_commands(&commands);
	strbuf_puts(out,
		    "# bash completion of postern; made by \"postern generate bash\"\n\n"
		    "_postern()\n{\n"
		    "\tlocal word=${COMP_WORDS[COMP_CWORD]} command=${COMP_WORDS[1]}\n"
		    "\tlocal before=${COMP_WORDS[COMP_CWORD - 1]}\n\n"
		    "\tCOMPREPLY=()\n"
		    "\tif [ \"$COMP_CWORD\" = 1 ]; then\n"
		    "\t\tmapfile -t COMPREPLY < <(compgen -W '");
	strbuf_printf(out, "%s --help --version' -- \"$word\")\n\t\treturn\n\tfi\n",
		      strbuf_text(&commands));
	strbuf_puts(out, "\tif [ \"$word\" = = ]; then\n\t\tword=\n"
			 "\telif [ \"$before\" = = ]; then\n"
			 "\t\tbefore=${COMP_WORDS[COMP_CWORD - 2]}\n\tfi\n"
			 "\tcase $command:$before in\n");
	for (size_t id = 0; id < COMMAND_COUNT; id++)
		for (size_t option = 0; is_listed(id) && option < OPTION_COUNT; option++)
			if (option_on((enum option_id)option, (enum command_id)id))
				bash_option(out, (enum command_id)id,
					    option_info((enum option_id)option));
	strbuf_puts(out, "\tesac\n\tcase $command:$word in\n");
	for (size_t id = 0; id < COMMAND_COUNT; id++)
		if (is_listed(id))
			bash_command(out, (enum command_id)id);
	strbuf_puts(out, "\tesac\n}\n\ncomplete -F _postern postern\n");
}

/* -- zsh ----------------------------------------------------------------------- */

/* Inside '…' of a shell and the [brackets] and colons of _arguments and _describe. */
static void zsh_text(struct strbuf *out, const char *text)
{
	for (; *text; text++) {
		if (*text == '\'')
			strbuf_puts(out, "'\\'");
		else if (strchr("[]:", *text))
			strbuf_putc(out, '\\');
		strbuf_putc(out, *text);
	}
}

static void zsh_source(struct strbuf *out, enum source source, const char *words)
{
	switch (source) {
	case SOURCE_NOTHING:
		strbuf_putc(out, ' ');
		break;
	case SOURCE_FILES:
		strbuf_puts(out, "_files");
		break;
	case SOURCE_DIRS:
		strbuf_puts(out, "_files -/");
		break;
	case SOURCE_WORDS:
		strbuf_printf(out, "(%s)", words);
		break;
	}
}

static void zsh_option(struct strbuf *out, const struct option_info *info)
{
	CLEANUP(strbuf_release) struct strbuf words = {0};
	enum source source = option_source(info);

	if (source == SOURCE_WORDS)
		option_choices(&words, info);
	strbuf_puts(out, " \\\n\t\t\t");
	if (info->letter)
		strbuf_printf(out, "'(-%c --%s)'{-%c%s,--%s%s}'", info->letter,
			      info->name, info->letter, info->argument ? "+" : "",
			      info->name, info->argument ? "=" : "");
	else
		strbuf_printf(out, "'--%s%s", info->name, info->argument ? "=" : "");
	strbuf_putc(out, '[');
	zsh_text(out, info->help);
	strbuf_putc(out, ']');
	if (info->argument) {
		strbuf_putc(out, ':');
		zsh_text(out, info->argument);
		strbuf_putc(out, ':');
		zsh_source(out, source, strbuf_text(&words));
	}
	strbuf_putc(out, '\'');
}

static void zsh_command(struct strbuf *out, enum command_id id)
{
	CLEANUP(strbuf_release) struct strbuf words = {0};
	enum source source = argument_source(command_info(id), &words);

	strbuf_printf(out, "\t%s)\n\t\t_arguments -s", command_info(id)->name);
	for (size_t option = 0; option < OPTION_COUNT; option++)
		if (option_on((enum option_id)option, id))
			zsh_option(out, option_info((enum option_id)option));
	if (source != SOURCE_NOTHING) {
		strbuf_puts(out, " \\\n\t\t\t'*:");
		zsh_text(out, command_info(id)->arguments);
		strbuf_putc(out, ':');
		zsh_source(out, source, strbuf_text(&words));
		strbuf_putc(out, '\'');
	}
	strbuf_puts(out, " ;;\n");
}

void completions_zsh(struct strbuf *out)
{
	strbuf_puts(out,
		    "#compdef postern\n"
		    "# zsh completion of postern; made by \"postern generate zsh\"\n\n"
		    "local -a commands\n"
		    "commands=(\n");
	for (size_t id = 0; id < COMMAND_COUNT; id++) {
		if (!is_listed(id))
			continue;
		strbuf_printf(out, "\t'%s:", command_info((enum command_id)id)->name);
		zsh_text(out, command_info((enum command_id)id)->summary);
		strbuf_puts(out, "'\n");
	}
	strbuf_puts(out, ")\n"
			 "if (( CURRENT == 2 )); then\n"
			 "\t_describe command commands\n"
			 "\treturn\n"
			 "fi\n"
			 "shift words\n"
			 "(( CURRENT-- ))\n"
			 "case $words[1] in\n");
	for (size_t id = 0; id < COMMAND_COUNT; id++)
		if (is_listed(id))
			zsh_command(out, (enum command_id)id);
	strbuf_puts(out, "esac\n");
}

/* -- fish ---------------------------------------------------------------------- */

static void fish_text(struct strbuf *out, const char *text)
{
	strbuf_putc(out, '\'');
	for (; *text; text++) {
		if (*text == '\'' || *text == '\\')
			strbuf_putc(out, '\\');
		strbuf_putc(out, *text);
	}
	strbuf_putc(out, '\'');
}

static void fish_source(struct strbuf *out, enum source source, const char *words)
{
	switch (source) {
	case SOURCE_NOTHING:
		break;
	case SOURCE_FILES:
		strbuf_puts(out, " -F");
		break;
	case SOURCE_DIRS:
		strbuf_puts(out, " -a '(__fish_complete_directories)'");
		break;
	case SOURCE_WORDS:
		strbuf_printf(out, " -a '%s'", words);
		break;
	}
}

static void fish_option(struct strbuf *out, const char *command,
			const struct option_info *info)
{
	CLEANUP(strbuf_release) struct strbuf words = {0};
	enum source source = option_source(info);

	if (source == SOURCE_WORDS)
		option_choices(&words, info);
	strbuf_printf(out,
		      "complete -c postern -n '__fish_seen_subcommand_from %s' -l %s",
		      command, info->name);
	if (info->letter)
		strbuf_printf(out, " -s %c", info->letter);
	if (info->argument)
		strbuf_puts(out, source == SOURCE_FILES ? " -r" : " -x");
	fish_source(out, source, strbuf_text(&words));
	strbuf_puts(out, " -d ");
	fish_text(out, info->help);
	strbuf_putc(out, '\n');
}

static void fish_command(struct strbuf *out, enum command_id id)
{
	CLEANUP(strbuf_release) struct strbuf words = {0};
	const struct command *command = command_info(id);
	enum source source = argument_source(command, &words);

	strbuf_printf(out, "\ncomplete -c postern -n __fish_use_subcommand -a %s -d ",
		      command->name);
	fish_text(out, command->summary);
	strbuf_putc(out, '\n');
	if (source != SOURCE_NOTHING) {
		strbuf_printf(out,
			      "complete -c postern -n '__fish_seen_subcommand_from %s'",
			      command->name);
		fish_source(out, source, strbuf_text(&words));
		strbuf_putc(out, '\n');
	}
	for (size_t option = 0; option < OPTION_COUNT; option++)
		if (option_on((enum option_id)option, id))
			fish_option(out, command->name,
				    option_info((enum option_id)option));
}

void completions_fish(struct strbuf *out)
{
	strbuf_puts(out,
		    "# fish completion of postern; made by \"postern generate fish\"\n\n"
		    "complete -c postern -f\n");
	for (size_t id = 0; id < COMMAND_COUNT; id++)
		if (is_listed(id))
			fish_command(out, (enum command_id)id);
}
