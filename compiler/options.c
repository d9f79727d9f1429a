/* options.c - The command line. */
#include "compiler/options.h"

#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "backends/registry.h"
#include "compiler/dns_server.h"
#include "rules/addr.h"
#include "rules/base/arena.h"
#include "rules/base/diag.h"

#define ON(command) (UINT32_C(1) << COMMAND_##command)
#define ON_ALL	    ((UINT32_C(1) << COMMAND_COUNT) - 1)

static const struct option_info infos[] = {
#define OPTION(id, name, letter, kind, argument, commands, fallback, help)         \
	[OPTION_##id] = {name,	   letter, OPTION_KIND_##kind, argument, commands, \
			 fallback, help},
#include "compiler/options.def"
#undef OPTION
};

/* What getopt_long() returns for option @id without a letter; above every character. */
#define LONG_ONLY 256

const struct option_info *option_info(enum option_id id)
{
	if (id >= OPTION_COUNT)
		BUG("no option %d", (int)id);
	return &infos[id];
}

bool option_on(enum option_id id, enum command_id command)
{
	return option_info(id)->commands >> command & 1;
}

const char *const *option_words(enum option_id id, struct arena *arena)
{
	const struct option_info *info = option_info(id);
	const char **words = NULL, *word = info->argument;
	size_t count = 0, capacity = 0, length;

	if (info->kind == OPTION_KIND_BACKENDS)
		return backends_names();
	if (info->kind != OPTION_KIND_WORD)
		BUG("--%s takes no words", info->name);
	for (; *word; word += length + (word[length] == '|')) {
		length = strcspn(word, "|");
		*arena_push(arena, words, count, capacity) =
			arena_strndup(arena, word, length);
	}
	*arena_push(arena, words, count, capacity) = NULL;
	return words;
}

bool options_has(const struct options *options, enum option_id id)
{
	return options->values[id].count > 0;
}

const char *options_text(const struct options *options, enum option_id id)
{
	const struct option_values *values = &options->values[id];

	return values->count ? values->at[values->count - 1] : option_info(id)->fallback;
}

bool options_is(const struct options *options, enum option_id id, const char *word)
{
	const char *text = options_text(options, id);

	return text && strcmp(text, word) == 0;
}

bool options_lists(const struct options *options, enum option_id id, const char *value)
{
	const struct option_values *values = &options->values[id];

	for (size_t i = 0; i < values->count; i++)
		if (strcmp(values->at[i], value) == 0)
			return true;
	return values->count == 0;
}

/* One port: decimal digits only, 0 to 65535.  @ret_end is behind the last digit. */
static bool parse_port(const char *text, uint16_t *ret_port, const char **ret_end)
{
	unsigned port = 0;
	const char *at;

	for (at = text; *at >= '0' && *at <= '9'; at++) {
		port = port * 10 + (unsigned)(*at - '0');
		if (port > UINT16_MAX)
			return false;
	}
	*ret_port = (uint16_t)port;
	*ret_end = at;
	return at > text;
}

static bool parse_ports(const char *text, uint16_t *ret_first, uint16_t *ret_last)
{
	uint16_t first, last;
	const char *end;

	if (!parse_port(text, &first, &end))
		return false;
	last = first;
	if (*end == '-' && !parse_port(end + 1, &last, &end))
		return false;
	if (*end || last < first)
		return false;
	*ret_first = first;
	*ret_last = last;
	return true;
}

bool options_ports(const struct options *options, enum option_id id, uint16_t *ret_first,
		   uint16_t *ret_last)
{
	const char *text = options_text(options, id);

	return text && parse_ports(text, ret_first, ret_last);
}

/* Decimal digits only, 1 to OPTIONS_MAX_NUMBER. */
static bool parse_number(const char *text, size_t *ret_number)
{
	size_t number = 0;

	for (; *text >= '0' && *text <= '9' && number <= OPTIONS_MAX_NUMBER; text++)
		number = number * 10 + (size_t)(*text - '0');
	*ret_number = number;
	return !*text && number >= 1 && number <= OPTIONS_MAX_NUMBER;
}

size_t options_number(const struct options *options, enum option_id id)
{
	size_t number;

	if (!parse_number(options_text(options, id), &number))
		BUG("--%s is no number", option_info(id)->name);
	return number;
}

static bool is_leap(unsigned year)
{
	return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

static bool is_date(const char *text)
{
	static const unsigned char days[] = {31, 28, 31, 30, 31, 30,
					     31, 31, 30, 31, 30, 31};
	unsigned year, month, day;

	if (strlen(text) != 10 || strspn(text, "0123456789") != 4 || text[4] != '-' ||
	    strspn(text + 5, "0123456789") != 2 || text[7] != '-' ||
	    strspn(text + 8, "0123456789") != 2)
		return false;
	year = (unsigned)strtoul(text, NULL, 10);
	month = (unsigned)strtoul(text + 5, NULL, 10);
	day = (unsigned)strtoul(text + 8, NULL, 10);
	if (month < 1 || month > 12 || day < 1)
		return false;
	return day <= days[month - 1] + (month == 2 && is_leap(year) ? 1u : 0u);
}

/** struct parsing - What the functions of one parse share */
struct parsing {
	struct options *options;
	const struct command *command;
	struct arena *arena;
	struct strbuf *message;
};

PRINTF_LIKE(2, 3) static int wrong(struct parsing *parsing, const char *fmt, ...)
{
	va_list args;

	if (parsing->command)
		strbuf_printf(parsing->message, "%s: ", parsing->command->name);
	va_start(args, fmt);
	strbuf_vprintf(parsing->message, fmt, args);
	va_end(args);
	return -1;
}

static void did_you_mean(struct parsing *parsing, const char *prefix, const char *nearest)
{
	if (nearest)
		strbuf_printf(parsing->message, "; did you mean '%s%s'?", prefix,
			      nearest);
}

static int wrong_word(struct parsing *parsing, enum option_id id, const char *text,
		      const char *const *words)
{
	wrong(parsing, "--%s: '%s' is none of", option_info(id)->name, text);
	for (size_t i = 0; words[i]; i++)
		strbuf_printf(parsing->message, "%s %s", i ? "," : "", words[i]);
	did_you_mean(parsing, "", diag_nearest(text, words));
	return -1;
}

static void add_value(struct parsing *parsing, enum option_id id, const char *text)
{
	struct option_values *values = &parsing->options->values[id];

	*arena_push(parsing->arena, values->at, values->count, values->capacity) = text;
}

static int take_backends(struct parsing *parsing, enum option_id id, const char *text)
{
	const char *name;
	size_t length;

	for (;; text += length + 1) {
		length = strcspn(text, ",");
		name = arena_strndup(parsing->arena, text, length);
		if (!backends_find(name))
			return wrong_word(parsing, id, name,
					  option_words(id, parsing->arena));
		if (!options_has(parsing->options, id) ||
		    !options_lists(parsing->options, id, name))
			add_value(parsing, id, name);
		if (!text[length])
			return 0;
	}
}

static bool is_word(const char *text, const char *const *words)
{
	for (; *words; words++)
		if (strcmp(text, *words) == 0)
			return true;
	return false;
}

static int check_value(struct parsing *parsing, enum option_id id, const char *text)
{
	const char *name = option_info(id)->name;
	struct dns_server server;
	struct prefix prefix;
	uint16_t first, last;
	size_t number;

	switch (option_info(id)->kind) {
	case OPTION_KIND_FLAG:
	case OPTION_KIND_BACKENDS:
	case OPTION_KIND_TEXT:
	case OPTION_KIND_TEXTS:
	case OPTION_KIND_FILE:
	case OPTION_KIND_FILES:
	case OPTION_KIND_DIR:
		break;
	case OPTION_KIND_WORD:
		if (!is_word(text, option_words(id, parsing->arena)))
			return wrong_word(parsing, id, text,
					  option_words(id, parsing->arena));
		break;
	case OPTION_KIND_PREFIX:
		if (prefix_parse(text, &prefix) != PREFIX_OK)
			return wrong(parsing, "--%s: '%s' is no address or prefix", name,
				     text);
		break;
	case OPTION_KIND_SERVERS:
		if (!dns_server_parse(text, parsing->arena, &server))
			return wrong(parsing,
				     "--%s: '%s' is no address, with or without a port",
				     name, text);
		break;
	case OPTION_KIND_PORT:
		if (!parse_ports(text, &first, &last))
			return wrong(parsing,
				     "--%s: '%s' is no port (0 to 65535) and no range of "
				     "them",
				     name, text);
		break;
	case OPTION_KIND_NUMBER:
		if (!parse_number(text, &number))
			return wrong(parsing, "--%s: '%s' is no number from 1 to %u",
				     name, text, OPTIONS_MAX_NUMBER);
		break;
	case OPTION_KIND_DATE:
		if (!is_date(text))
			return wrong(parsing, "--%s: '%s' is no day; write YYYY-MM-DD",
				     name, text);
		break;
	}
	return 0;
}

static bool may_be_repeated(enum option_kind kind)
{
	return kind == OPTION_KIND_FILES || kind == OPTION_KIND_TEXTS ||
	       kind == OPTION_KIND_SERVERS;
}

static int take_option(struct parsing *parsing, enum option_id id, const char *text)
{
	const struct option_info *info = option_info(id);

	if (info->kind == OPTION_KIND_FLAG) {
		add_value(parsing, id, "");
		return 0;
	}
	if (!*text)
		return wrong(parsing, "--%s: needs %s, not an empty text", info->name,
			     info->argument);
	if (info->kind == OPTION_KIND_BACKENDS)
		return take_backends(parsing, id, text);
	if (options_has(parsing->options, id) && !may_be_repeated(info->kind))
		return wrong(parsing, "--%s is given twice", info->name);
	if (check_value(parsing, id, text))
		return -1;
	add_value(parsing, id, text);
	return 0;
}

/* The command's option behind a number of getopt_long(); OPTION_COUNT when none is. */
static enum option_id id_of(enum command_id command, int number)
{
	size_t id;

	if (number >= LONG_ONLY)
		return (enum option_id)(number - LONG_ONLY);
	for (id = 0; id < OPTION_COUNT; id++)
		if (infos[id].letter == number && option_on((enum option_id)id, command))
			break;
	return (enum option_id)id;
}

static const char *nearest_option(enum command_id command, const char *word)
{
	const char *names[OPTION_COUNT + 1];
	size_t count = 0;

	for (size_t id = 0; id < OPTION_COUNT; id++)
		if (option_on((enum option_id)id, command))
			names[count++] = infos[id].name;
	names[count] = NULL;
	return diag_nearest(word, names);
}

/* Other commands that have the option: what is right there was likely meant. */
static void who_has(struct parsing *parsing, const char *name, char letter)
{
	const char *separator = "; it belongs to ";

	for (size_t id = 0; id < OPTION_COUNT; id++) {
		if (name ? strcmp(infos[id].name, name) != 0 : infos[id].letter != letter)
			continue;
		for (size_t command = 0; command < COMMAND_COUNT; command++) {
			if (!option_on((enum option_id)id, (enum command_id)command))
				continue;
			strbuf_printf(parsing->message, "%s%s", separator,
				      command_info((enum command_id)command)->name);
			separator = ", ";
		}
	}
}

static int unknown_option(struct parsing *parsing, const char *word, int letter)
{
	const char *nearest;
	const char *name;

	if (letter) {
		wrong(parsing, "there is no option '-%c'", letter);
		who_has(parsing, NULL, (char)letter);
		return -1;
	}
	name = arena_strndup(parsing->arena, word + 2, strcspn(word + 2, "="));
	nearest = nearest_option(parsing->options->command, name);
	wrong(parsing, "there is no option '--%s'", name);
	if (nearest)
		did_you_mean(parsing, "--", nearest);
	else
		who_has(parsing, name, 0);
	return -1;
}

/* getopt_long() said '?': no such option, an ambiguous one, or one that takes no value.
 */
static int refuse(struct parsing *parsing, const char *word)
{
	enum option_id id = OPTION_COUNT;

	if (optopt)
		id = id_of(parsing->options->command, optopt);
	if (id < OPTION_COUNT)
		return wrong(parsing, "--%s takes no value", infos[id].name);
	return unknown_option(parsing, word, optopt);
}

/* How many arguments @pattern ("SPEC [FILE...]") allows. */
static void count_pattern(const char *pattern, size_t *ret_least, size_t *ret_most)
{
	size_t least = 0, most = 0, length;

	for (; *pattern; pattern += strspn(pattern, " ")) {
		length = strcspn(pattern, " ");
		least += *pattern != '[';
		most++;
		if (length > 3 && memmem(pattern, length, "...", 3))
			most = SIZE_MAX;
		pattern += length;
		if (most == SIZE_MAX)
			break;
	}
	*ret_least = least;
	*ret_most = most;
}

static int count_arguments(struct parsing *parsing)
{
	const struct options *options = parsing->options;
	const char *pattern = parsing->command->arguments;
	size_t least, most;

	count_pattern(pattern, &least, &most);
	if (options->argument_count < least)
		return wrong(parsing, "something is missing: %s %s",
			     parsing->command->name, pattern);
	if (options->argument_count > most)
		return wrong(parsing, "'%s' is one argument too many",
			     options->arguments[most]);
	return 0;
}

static void take_argument(struct parsing *parsing, const char *text)
{
	struct options *options = parsing->options;

	*arena_push(parsing->arena, options->arguments, options->argument_count,
		    options->argument_capacity) = text;
}

/* The tables that getopt_long() wants.  "-" makes it give arguments in order as well (so
 * that POSIXLY_CORRECT changes nothing), ":" tell a missing value from a wrong option. */
static struct option *make_tables(struct parsing *parsing, struct strbuf *letters)
{
	struct option *table =
		arena_array(parsing->arena, OPTION_COUNT + 1, struct option);
	size_t count = 0;

	strbuf_puts(letters, "-:");
	for (size_t id = 0; id < OPTION_COUNT; id++) {
		const struct option_info *info = &infos[id];
		bool has_value = info->kind != OPTION_KIND_FLAG;

		if (!option_on((enum option_id)id, parsing->options->command))
			continue;
		table[count++] = (struct option){
			.name = info->name,
			.has_arg = has_value ? required_argument : no_argument,
			.val = LONG_ONLY + (int)id,
		};
		if (info->letter)
			strbuf_printf(letters, "%c%s", info->letter,
				      has_value ? ":" : "");
	}
	return table;
}

static int parse_rest(struct parsing *parsing, int argc, char *const *argv)
{
	CLEANUP(strbuf_release) struct strbuf letters = {0};
	const struct option *table = make_tables(parsing, &letters);
	enum option_id id;
	int number;

	optind = 0; /* begin anew; glibc forgets what it knew of an earlier line */
	opterr = 0;
	while ((number = getopt_long(argc, argv, strbuf_text(&letters), table, NULL)) !=
	       -1) {
		if (number == 1) {
			take_argument(parsing, optarg);
			continue;
		}
		if (number == '?')
			return refuse(parsing, argv[optind - 1]);
		id = id_of(parsing->options->command, number == ':' ? optopt : number);
		if (number == ':')
			return wrong(parsing, "--%s needs %s", infos[id].name,
				     infos[id].argument);
		if (take_option(parsing, id, optarg))
			return -1;
		if (id == OPTION_HELP)
			return 0;
	}
	while (optind < argc)
		take_argument(parsing, argv[optind++]);
	return count_arguments(parsing);
}

static int find_command(struct parsing *parsing, const char *word,
			enum command_id *ret_id)
{
	*ret_id = command_find(word);
	if (*ret_id < COMMAND_COUNT)
		return 0;
	if (*word == '-' && word[1])
		return wrong(parsing,
			     "'%s' stands before the command; options come after it",
			     word);
	wrong(parsing, "there is no command '%s'", word);
	did_you_mean(parsing, "", command_nearest(word));
	return -1;
}

int options_parse(int argc, char *const *argv, struct arena *arena,
		  struct options **ret_options, struct strbuf *message)
{
	struct parsing parsing = {.arena = arena, .message = message};
	struct options *options = arena_make(arena, struct options);

	if (argc < 2)
		return wrong(&parsing, "a command is missing");
	parsing.options = options;
	if (strcmp(argv[1], "-h") == 0 || strcmp(argv[1], "--help") == 0) {
		options->command = COMMAND_HELP;
	} else if (strcmp(argv[1], "-V") == 0 || strcmp(argv[1], "--version") == 0) {
		options->command = COMMAND_VERSION;
	} else {
		if (find_command(&parsing, argv[1], &options->command))
			return -1;
		parsing.command = command_info(options->command);
		if (parse_rest(&parsing, argc - 1, argv + 1))
			return -1;
	}
	*ret_options = options;
	return 0;
}
