/* options.h - The command line. */
#ifndef COMPILER_OPTIONS_H
#define COMPILER_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "compiler/commands.h"
#include "rules/base/strbuf.h"

/**
 * DOC: The command line
 *
 *	postern COMMAND [OPTION | ARGUMENT]... [-- ARGUMENT...]
 *
 * options.def says which options there are and which commands take them; parsing, --help,
 * the manual page and the completions of three shells are loops over it.  Options and
 * arguments mix freely; "-" is an argument (standard input).  An option that was given
 * twice is a mistake, but for flags and lists: the second would silently undo the first.
 */
struct arena;

/** enum option_kind - What an option takes */
enum option_kind {
	OPTION_KIND_FLAG,
	OPTION_KIND_TEXT,     /* anything but nothing */
	OPTION_KIND_TEXTS,    /* the same; may be repeated */
	OPTION_KIND_SERVERS,  /* dns_server_parse(); may be repeated */
	OPTION_KIND_WORD,     /* one of a few */
	OPTION_KIND_BACKENDS, /* a list: a,b; may be repeated */
	OPTION_KIND_FILE,
	OPTION_KIND_FILES, /* a file, perhaps with a name in front; may be repeated */
	OPTION_KIND_DIR,
	OPTION_KIND_PREFIX, /* prefix_parse() */
	OPTION_KIND_PORT,   /* 443 or 443-445; see options_ports() */
	OPTION_KIND_NUMBER, /* 1 to OPTIONS_MAX_NUMBER */
	OPTION_KIND_DATE,   /* YYYY-MM-DD, a day that exists */
};

/** enum option_id - Every option; the rows are in options.def */
enum option_id {
#define OPTION(id, name, letter, kind, argument, commands, fallback, help) OPTION_##id,
#include "compiler/options.def"
#undef OPTION
	OPTION_COUNT,
};

/**
 * struct option_info - One row of options.def
 * @argument:	what stands for the value in texts; NULL for a flag
 * @commands:	bits (1 << enum command_id)
 */
struct option_info {
	const char *name;
	char letter;
	enum option_kind kind;
	const char *argument;
	uint32_t commands;
	const char *fallback;
	const char *help;
};

const struct option_info *option_info(enum option_id id);

/** option_on() - Does @command take the option? */
bool option_on(enum option_id id, enum command_id command);

/** option_words() - What an option of words or of back ends accepts, NULL-terminated */
const char *const *option_words(enum option_id id, struct arena *arena);

/** struct option_values - What was given for one option, in order; flags count only */
struct option_values {
	const char **at;
	size_t count, capacity;
};

/**
 * struct options - One command line, understood
 * @arguments:	what is no option; as many as the command's row asks for
 */
struct options {
	enum command_id command;
	const char **arguments;
	size_t argument_count, argument_capacity;
	struct option_values values[OPTION_COUNT];
};

/**
 * options_parse() - Understand a command line
 * @argv:	the program's name first, as main() gets it; not changed, its texts
 * borrowed
 * @message:	gets one line that says what is wrong, on failure
 *
 * --help ends the reading at once: nothing behind it and no missing argument matters
 * then.
 *
 * Return: 0, or -1 and @message
 */
int options_parse(int argc, char *const *argv, struct arena *arena,
		  struct options **ret_options, struct strbuf *message);

/** options_has() - Was the option given? */
bool options_has(const struct options *options, enum option_id id);

/** options_text() - The option's value, else its fallback, else NULL */
const char *options_text(const struct options *options, enum option_id id);

/** options_is() - Is that value @word? */
bool options_is(const struct options *options, enum option_id id, const char *word);

/** options_ports() - The value of an OPTION_KIND_PORT option; false when not given */
bool options_ports(const struct options *options, enum option_id id, uint16_t *ret_first,
		   uint16_t *ret_last);

/** options_number() - The value of an OPTION_KIND_NUMBER option, else its fallback */
size_t options_number(const struct options *options, enum option_id id);

/* Lists of more than a million lines are read by nobody. */
#define OPTIONS_MAX_NUMBER 1000000u

/** options_lists() - Is @value among the values of a list?  True when none was given */
bool options_lists(const struct options *options, enum option_id id, const char *value);

#endif
