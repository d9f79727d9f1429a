/* packet_options.c - The packets that options of the command line describe. */
#include "compiler/packet_options.h"

#include <stdio.h>
#include <string.h>

#include "compiler/options.h"
#include "rules/base/arena.h"

#define PORT_HTTP  80
#define PORT_HTTPS 443

/* "*.x" asks about all names below x, as the names of a spec have it. */
#define BELOW "*."

static bool is_host(const char *text)
{
	if (strncmp(text, BELOW, strlen(BELOW)) == 0)
		text += strlen(BELOW);
	return *text && *text != '.' &&
	       !text[strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				  "0123456789-_.")];
}

int packet_options_check(const struct options *options)
{
	const char *protocol = options_text(options, OPTION_PROTO);
	const char *host = options_text(options, OPTION_NAME);

	if (host && !is_host(host)) {
		fprintf(stderr,
			"postern: %s: --%s: '%s' is no host name, and no '*.' before "
			"one\n",
			command_info(options->command)->name,
			option_info(OPTION_NAME)->name, host);
		return -1;
	}
	if (!protocol || protocol_parse(protocol) >= 0)
		return 0;
	fprintf(stderr, "postern: %s: --%s: '%s' is no protocol\n",
		command_info(options->command)->name, option_info(OPTION_PROTO)->name,
		protocol);
	return -1;
}

static void match_prefix(const struct options *options, enum option_id option,
			 enum field field, struct arena *arena, struct match *match)
{
	const char *text = options_text(options, option);
	struct addr_set set = {0};
	struct prefix prefix;

	/* options_parse() has seen that it is one. */
	if (!text || prefix_parse(text, &prefix) != PREFIX_OK)
		return;
	addr_set_add_prefix(&set, &prefix, arena);
	match_addrs(match, field, &set, arena);
}

static void match_protocol(const struct options *options, struct arena *arena,
			   struct match *match)
{
	const char *text = options_text(options, OPTION_PROTO);
	int protocol = text ? protocol_parse(text) : PROTOCOL_TCP;

	if (!text && !options_has(options, OPTION_PORT) &&
	    !options_has(options, OPTION_SPORT))
		return;
	match_number(match, FIELD_PROTOCOL, (u128)protocol, (u128)protocol, arena);
}

static void match_ports(const struct options *options, enum option_id option,
			enum field field, struct arena *arena, struct match *match)
{
	uint16_t first, last;

	if (options_ports(options, option, &first, &last))
		match_number(match, field, first, last, arena);
}

static void match_word(const struct options *options, enum option_id option,
		       enum field field, struct arena *arena, struct match *match)
{
	const char *word = options_text(options, option);

	if (word)
		match_symbol(match, field, word, false, arena);
}

/* Names are compared in lower case, without the dot of the root. */
static void match_host(const struct options *options, struct arena *arena,
		       struct match *match)
{
	const char *text = options_text(options, OPTION_NAME);
	enum name_kind kind = NAME_EXACT;
	size_t length;
	char *name;

	if (!text)
		return;
	if (strncmp(text, BELOW, strlen(BELOW)) == 0) {
		kind = NAME_BELOW;
		text += strlen(BELOW);
	}
	length = strlen(text);
	if (length > 1 && text[length - 1] == '.')
		length--;
	name = arena_strndup(arena, text, length);
	for (char *c = name; *c; c++)
		if (*c >= 'A' && *c <= 'Z')
			*c = (char)(*c - 'A' + 'a');
	match_name(match, (struct name_pattern){kind, name}, false, arena);
}

struct match packet_options_match(const struct options *options, struct arena *arena)
{
	struct match match = {0};

	match_prefix(options, OPTION_FROM, FIELD_SOURCE, arena, &match);
	match_prefix(options, OPTION_TO, FIELD_DESTINATION, arena, &match);
	match_protocol(options, arena, &match);
	match_ports(options, OPTION_PORT, FIELD_DESTINATION_PORT, arena, &match);
	match_ports(options, OPTION_SPORT, FIELD_SOURCE_PORT, arena, &match);
	match_word(options, OPTION_IIF, FIELD_IN_INTERFACE, arena, &match);
	match_word(options, OPTION_OIF, FIELD_OUT_INTERFACE, arena, &match);
	match_host(options, arena, &match);
	match_word(options, OPTION_METHOD, FIELD_METHOD, arena, &match);
	return match;
}

/* The single destination port asked about, or -1; without one a name means HTTPS. */
static int single_port(const struct options *options, bool fallback)
{
	uint16_t first, last;

	if (options_ports(options, OPTION_PORT, &first, &last))
		return first == last ? first : -1;
	return fallback ? PORT_HTTPS : -1;
}

void packet_options_default(const struct options *options, const char *path,
			    struct arena *arena, struct match *match)
{
	bool is_request = strcmp(path, "request") == 0;
	int port = single_port(options, is_request || options_has(options, OPTION_NAME));

	if ((!is_request && strcmp(path, "egress") != 0) ||
	    options_has(options, OPTION_PROTO) || port < 0)
		return;
	if (!options_has(options, OPTION_PORT)) {
		match_number(match, FIELD_PROTOCOL, PROTOCOL_TCP, PROTOCOL_TCP, arena);
		match_number(match, FIELD_DESTINATION_PORT, (u128)port, (u128)port,
			     arena);
	}
	if (is_request && !options_has(options, OPTION_METHOD))
		match_symbol(match, FIELD_METHOD, port == PORT_HTTP ? "GET" : "CONNECT",
			     false, arena);
	if (!is_request && (port == PORT_HTTPS || port == PORT_HTTP))
		match_symbol(match, FIELD_APPLICATION,
			     port == PORT_HTTPS ? "https" : "http", false, arena);
}

static bool match_tests(const struct match *match, enum field field)
{
	for (size_t i = 0; i < match->count; i++) {
		const struct term *term = &match->terms[i];

		if (term->kind == TERM_CHOICE) {
			for (size_t j = 0; j < term->choices.count; j++)
				if (match_tests(&term->choices.at[j], field))
					return true;
		} else if (term->kind != TERM_UNKNOWN && term->field == field) {
			return true;
		}
	}
	return false;
}

static bool rules_test(const struct ruleset *rules, enum field field)
{
	for (size_t i = 0; i < rules->chain_count; i++)
		for (size_t j = 0; j < rules->chains[i].count; j++)
			if (match_tests(&rules->chains[i].rules[j].match, field))
				return true;
	return false;
}

void packet_options_warn(const struct options *options, const struct ruleset *rules,
			 struct diag *diag)
{
	static const struct {
		enum option_id option;
		enum field field;
	} axes[] = {{OPTION_NAME, FIELD_NAME}, {OPTION_METHOD, FIELD_METHOD}};

	for (size_t i = 0; i < ARRAY_SIZE(axes); i++)
		if (options_has(options, axes[i].option) &&
		    !rules_test(rules, axes[i].field))
			diag_report(diag, DIAG_NAME_NOT_TESTED, SPAN_NONE,
				    "the rules look at no %s: the answer holds for "
				    "every one",
				    field_info(axes[i].field)->name);
}

void match_openers(struct match *match, struct arena *arena)
{
	match_number(match, FIELD_STATE, CT_NEW, CT_NEW, arena);
	match_number(match, FIELD_TCP_FLAGS, TCP_SYN, TCP_SYN, arena);
}
