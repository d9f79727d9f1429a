/* squid_import.c - From a squid.conf to a rule set. */
#include <stdarg.h>
#include <string.h>

#include "backends/backend.h"
#include "backends/squid/squid.h"
#include "backends/squid/squid_importer.h"
#include "rules/base/arena.h"
#include "rules/base/strbuf.h"

int squid_refuse(struct squid_importer *importer, struct span at, const char *fmt, ...)
{
	CLEANUP(strbuf_release) struct strbuf text = {0};
	va_list args;

	va_start(args, fmt);
	strbuf_vprintf(&text, fmt, args);
	va_end(args);
	return diag_report(importer->diag, DIAG_SQUID_REFUSED, at, "%s",
			   strbuf_text(&text));
}

const char *squid_place(const struct squid_importer *importer, struct span at)
{
	const struct diag_source *source = diag_get_source(importer->diag, at.source);

	if (!source)
		return "squid";
	return arena_printf(importer->arena, "%s:%zu", source->name,
			    diag_place(source, at.begin).line);
}

static void assume(struct squid_importer *importer, const char *sentence)
{
	ruleset_assume(importer->rules, sentence, importer->arena);
}

static void assume_addresses(struct squid_importer *importer)
{
	if (importer->looks_up)
		assume(importer, "a host has addresses, and all of them are in the same "
				 "'dst' lists: squid asks whether any of them is, and "
				 "finds none of a name that does not resolve");
	if (importer->tests_destination)
		assume(importer, "client and destination have the same family: requests "
				 "from one to the other are not modelled");
}

int squid_import(const struct import_input *input, struct arena *arena,
		 struct ruleset **ret_rules, struct diag *diag)
{
	struct squid_importer importer = {
		.input = input,
		.arena = arena,
		.diag = diag,
		.rules = ruleset_new(arena),
		.seven = input->dialect && strcmp(input->dialect, "squid-7") == 0,
	};

	if (squid_predefine_acls(&importer) < 0 ||
	    squid_read_file(&importer, &input->files[0], 0) < 0 ||
	    squid_check_acls(&importer) < 0 || squid_make_rules(&importer) < 0)
		return -1;
	assume_addresses(&importer);
	*ret_rules = importer.rules;
	return 0;
}

/* -- is it ours? -------------------------------------------------------------------- */

/* Enough to get past a licence in comments. */
#define SNIFF_BYTES 65536u

/* Directives that nearly every squid.conf has, and hardly any other file. */
static int sniff_line(const char *line, size_t length)
{
	static const struct {
		const char *word;
		int sure;
	} words[] = {
		{"http_access ", 100},
		{"http_access\t", 100},
		{"http_port ", 95},
		{"acl ", 60},
		{"acl\t", 60},
		{"visible_hostname ", 90},
		{"refresh_pattern ", 90},
	};

	for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
		size_t word = strlen(words[i].word);

		if (length > word && memcmp(line, words[i].word, word) == 0)
			return words[i].sure;
	}
	return 0;
}

int squid_sniff(const char *text, size_t length)
{
	const char *end = text + (length < SNIFF_BYTES ? length : SNIFF_BYTES);
	int sure = 0;

	while (text < end) {
		const char *newline = memchr(text, '\n', (size_t)(end - text));
		int line;

		if (!newline)
			newline = end;
		line = sniff_line(text, (size_t)(newline - text));
		if (line > sure)
			sure = line;
		text = newline + 1;
	}
	return sure;
}
