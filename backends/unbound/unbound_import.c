/* unbound_import.c - From an unbound.conf to a rule set. */
#include <stdarg.h>
#include <string.h>

#include "backends/backend.h"
#include "backends/unbound/unbound.h"
#include "backends/unbound/unbound_importer.h"
#include "rules/base/arena.h"
#include "rules/base/strbuf.h"

int unbound_refuse(struct unbound_importer *importer, struct span at, const char *fmt,
		   ...)
{
	CLEANUP(strbuf_release) struct strbuf text = {0};
	va_list args;

	va_start(args, fmt);
	strbuf_vprintf(&text, fmt, args);
	va_end(args);
	return diag_report(importer->diag, DIAG_UNBOUND_REFUSED, at, "%s",
			   strbuf_text(&text));
}

int unbound_import(const struct import_input *input, struct arena *arena,
		   struct ruleset **ret_rules, struct diag *diag)
{
	struct unbound_importer importer = {
		.input = input,
		.arena = arena,
		.diag = diag,
		.rules = ruleset_new(arena),
		.spares_localhost = true,
		.asks = {true, true},
		.lexer = {.input = input, .arena = arena, .diag = diag},
		.later = input->dialect && strcmp(input->dialect, "unbound-1.22") == 0,
	};

	if (unbound_read_attributes(&importer) < 0 || unbound_make_answers(&importer) < 0)
		return -1;
	unbound_make_questions(&importer);
	*ret_rules = importer.rules;
	return 0;
}

/* -- is it ours? -------------------------------------------------------------------- */

/* Enough to get past a licence in comments. */
#define SNIFF_BYTES 65536u

/* Keywords that nearly every unbound.conf has, and hardly any other file.  nsd's
 * configuration has "server:", too. */
static int sniff_line(const char *line, size_t length)
{
	static const struct {
		const char *word;
		int sure;
	} words[] = {
		{"forward-zone:", 100},	   {"stub-zone:", 100},	     {"local-zone:", 100},
		{"local-data:", 100},	   {"private-domain:", 100}, {"auth-zone:", 95},
		{"module-config:", 95},	   {"access-control:", 90},  {"server:", 40},
		{"include-toplevel:", 90}, {"remote-control:", 40},
	};

	while (length && (*line == ' ' || *line == '\t')) {
		line++;
		length--;
	}
	for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
		size_t word = strlen(words[i].word);

		if (length >= word && memcmp(line, words[i].word, word) == 0)
			return words[i].sure;
	}
	return 0;
}

int unbound_sniff(const char *text, size_t length)
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
