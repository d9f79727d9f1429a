/* squid_import_directives.c - What each line of a squid.conf does. */
#include <stdlib.h>
#include <string.h>

#include "backends/squid/squid_importer.h"
#include "rules/base/arena.h"

enum directive_kind {
	DIRECTIVE_ACL,
	DIRECTIVE_HTTP_ACCESS,
	DIRECTIVE_ADAPTED_ACCESS,
	DIRECTIVE_MISS_ACCESS,
	DIRECTIVE_LISTEN,
	DIRECTIVE_AUTH,
	DIRECTIVE_RELAXED,
	DIRECTIVE_QUOTED,
	DIRECTIVE_OTHER_ACCESS,
	DIRECTIVE_NOTE,
	DIRECTIVE_PLAIN,
	DIRECTIVE_FATAL,
};

struct directive {
	const char *name;
	enum directive_kind kind;
	const char *note;
};

static const struct directive directives[] = {
#define DIRECTIVE(name, kind, note) {name, DIRECTIVE_##kind, note},
#include "backends/squid/squid_directives.def"
#undef DIRECTIVE
};

static const char *const directive_names[] = {
#define DIRECTIVE(name, kind, note) name,
#include "backends/squid/squid_directives.def"
#undef DIRECTIVE
	NULL,
};

static const struct directive *find_directive(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(directives); i++)
		if (strcmp(directives[i].name, name) == 0)
			return &directives[i];
	return NULL;
}

/* A sentence of the table, with the place that makes it needed. */
static void assume(struct squid_importer *importer, const char *note, struct span at)
{
	const char *sentence =
		arena_printf(importer->arena, "%s (%s)", note, squid_place(importer, at));

	for (size_t i = 0; i < importer->rules->assumption_count; i++)
		if (strncmp(importer->rules->assumptions[i], note, strlen(note)) == 0)
			return;
	ruleset_assume(importer->rules, sentence, importer->arena);
	diag_report(importer->diag, DIAG_SQUID_NOT_FOLLOWED, at, "it is assumed that %s",
		    note);
}

static int report_unknown(struct squid_importer *importer, const struct squid_word *name)
{
	const char *nearest = diag_nearest(name->text, directive_names);

	if (importer->seven) {
		diag_report(importer->diag, DIAG_SQUID_NOT_FOLLOWED, name->at,
			    "squid 5 has no directive '%s': it is read over", name->text);
		return 0;
	}
	squid_refuse(importer, name->at, "squid knows no directive '%s'", name->text);
	if (nearest)
		diag_help(importer->diag, "did you mean '%s'?", nearest);
	return -1;
}

/* "3128", "10.0.0.4:3128", "[::1]:3128": the digits behind the last colon */
static void read_port(struct squid_importer *importer, const struct squid_word *word)
{
	const char *colon = strrchr(word->text, ':');
	char *end;
	long port = strtol(colon ? colon + 1 : word->text, &end, 10);

	if (*end || port < 0 || port > UINT16_MAX)
		importer->transparent = true; /* it cannot be said which */
	else
		ranges_add(&importer->ports, (struct range){(u128)port, (u128)port},
			   importer->arena);
}

static int read_listen(struct squid_importer *importer, struct squid_words *words)
{
	static const char *const modes[] = {"intercept",   "transparent",
					    "tproxy",	   "accel",
					    "vhost",	   "vport",
					    "defaultsite", "require-proxy-header"};
	struct squid_word word;

	importer->listens = true;
	if (!squid_next_word(words, &word))
		return squid_refuse(importer, squid_line_span(words->line),
				    "a port is missing");
	read_port(importer, &word);
	while (squid_next_word(words, &word)) {
		if (strcmp(word.text, "ssl-bump") == 0)
			assume(importer,
			       "tunnels are let live: ssl_bump, in squid-openssl, may "
			       "end them for what is inside",
			       word.at);
		for (size_t i = 0; i < ARRAY_SIZE(modes); i++) {
			size_t length = strlen(modes[i]);

			if (strncmp(word.text, modes[i], length) != 0 ||
			    (word.text[length] && word.text[length] != '='))
				continue;
			importer->transparent = true;
			assume(importer,
			       "clients send requests as to a proxy: a port of another "
			       "mode takes host and client from elsewhere",
			       word.at);
		}
	}
	return 0;
}

static int read_quoted(struct squid_importer *importer, struct squid_words *words)
{
	struct squid_word word;

	if (!squid_next_word(words, &word) || strcmp(word.text, "off") == 0)
		return 0;
	diag_report(importer->diag, DIAG_SQUID_UNREAD, word.at,
		    "quoted values are turned on, which are another syntax");
	diag_help(importer->diag, "write 'configuration_includes_quoted_values off', and "
				  "\"FILE\" instead of parameters(\"FILE\")");
	return -1;
}

static void read_relaxed(struct squid_importer *importer, struct squid_words *words)
{
	struct squid_word word;

	if (squid_next_word(words, &word))
		importer->strict_methods = strcmp(word.text, "off") == 0;
}

static int carry_out(struct squid_importer *importer, const struct directive *directive,
		     struct squid_words *words)
{
	switch (directive->kind) {
	case DIRECTIVE_ACL:
		return squid_define_acl(importer, words);
	case DIRECTIVE_HTTP_ACCESS:
		return squid_read_access(importer, SQUID_LIST_HTTP, words);
	case DIRECTIVE_ADAPTED_ACCESS:
		return squid_read_access(importer, SQUID_LIST_ADAPTED, words);
	case DIRECTIVE_MISS_ACCESS:
		return squid_read_access(importer, SQUID_LIST_MISS, words);
	case DIRECTIVE_OTHER_ACCESS:
		return squid_read_access(importer, SQUID_LIST_OTHER, words);
	case DIRECTIVE_LISTEN:
		return read_listen(importer, words);
	case DIRECTIVE_QUOTED:
		return read_quoted(importer, words);
	case DIRECTIVE_AUTH:
		importer->authenticates = true;
		return 0;
	case DIRECTIVE_RELAXED:
		read_relaxed(importer, words);
		return 0;
	case DIRECTIVE_NOTE:
	case DIRECTIVE_PLAIN:
		return 0;
	case DIRECTIVE_FATAL:
		return squid_refuse(importer, squid_line_span(words->line),
				    "squid has '%s' no longer", directive->name);
	}
	BUG("directive of kind %d", (int)directive->kind);
}

int squid_directive(struct squid_importer *importer, const struct squid_line *line)
{
	struct squid_words words =
		squid_words_begin(line, importer->input, importer->arena);
	const struct directive *directive;
	struct squid_word name;

	if (!squid_next_word(&words, &name))
		return 0;
	directive = find_directive(name.text);
	if (!directive)
		return report_unknown(importer, &name);
	if (directive->note)
		assume(importer, directive->note, name.at);
	return carry_out(importer, directive, &words);
}
