/* named_import_sniff.c - Is a text one of BIND's, and which? */
#include <string.h>

#include "backends/bind/named.h"
#include "backends/bind/named_importer.h"

/* Enough to get past a licence in comments. */
#define SNIFF_BYTES 65536u

/* Longer words are none that a file begins with. */
#define MAX_WORD 63u

/** struct sniffing - A text from its begin on */
struct sniffing {
	const char *at, *end;
};

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static void skip_line(struct sniffing *text)
{
	while (text->at < text->end && *text->at != '\n')
		text->at++;
}

/* Blanks and comments: of named.conf, or with @zone of zone files. */
static void skip_blanks(struct sniffing *text, bool zone)
{
	while (text->at < text->end) {
		bool pair = text->at + 1 < text->end && text->at[0] == '/';

		if (is_blank(*text->at)) {
			text->at++;
		} else if (zone ? *text->at == ';'
				: *text->at == '#' || (pair && text->at[1] == '/')) {
			skip_line(text);
		} else if (!zone && pair && text->at[1] == '*') {
			text->at += 2;
			while (text->at + 1 < text->end &&
			       (text->at[0] != '*' || text->at[1] != '/'))
				text->at++;
			text->at += text->at + 1 < text->end ? 2 : 1;
		} else {
			return;
		}
	}
}

/* The next word, "" where none is; one that is too long is cut. */
static void next_word(struct sniffing *text, bool zone, char word[MAX_WORD + 1])
{
	size_t length = 0;

	skip_blanks(text, zone);
	while (text->at < text->end && !is_blank(*text->at) &&
	       !strchr(zone ? ";()\"" : "{};\"", *text->at)) {
		if (length < MAX_WORD)
			word[length++] = *text->at;
		text->at++;
	}
	word[length] = '\0';
}

static bool stands_on_top(const char *word)
{
	const struct named_statement_info *info = named_statement_find(word);

	return named_same(word, "include") || (info && strchr(info->places, 't'));
}

bool named_is_conf(const char *text, size_t length)
{
	struct sniffing sniffing = {text, text + length};
	char word[MAX_WORD + 1];

	skip_blanks(&sniffing, false);
	if (sniffing.at == sniffing.end)
		return true;
	next_word(&sniffing, false, word);
	skip_blanks(&sniffing, false);
	/* A record has none of these behind its name. */
	return (stands_on_top(word) && sniffing.at < sniffing.end &&
		strchr("{\"", *sniffing.at)) ||
	       memchr(text, '{', length);
}

/* A statement that hardly another format has: 'zone "x" {', 'options {' */
static int sniff_conf(struct sniffing sniffing)
{
	char word[MAX_WORD + 1];
	bool includes = false;

	for (unsigned depth = 0; sniffing.at < sniffing.end;) {
		next_word(&sniffing, false, word);
		skip_blanks(&sniffing, false);
		if (sniffing.at == sniffing.end)
			break;
		if (*word && !depth && !stands_on_top(word))
			return 0;
		if (!depth && named_same(word, "zone") && *sniffing.at == '"')
			return 95;
		if (!depth && named_same(word, "options") && *sniffing.at == '{')
			return 90;
		includes = named_same(word, "include") && *sniffing.at == '"';
		/* To the semicolon behind the statement. */
		for (; sniffing.at < sniffing.end && (*sniffing.at != ';' || depth);
		     sniffing.at++) {
			depth += *sniffing.at == '{';
			depth -= depth && *sniffing.at == '}';
		}
		if (sniffing.at == sniffing.end)
			return 0;
		sniffing.at++;
	}
	return includes ? 70 : 0;
}

/* A zone file has "SOA" before it has anything else of note. */
static int sniff_zone(struct sniffing sniffing)
{
	char word[MAX_WORD + 1];
	bool directive = false;

	for (unsigned words = 0; words < 16 && sniffing.at < sniffing.end; words++) {
		next_word(&sniffing, true, word);
		directive = directive || named_same(word, "$ORIGIN") ||
			    named_same(word, "$TTL");
		if (named_same(word, "SOA"))
			return directive ? 95 : 85;
		if (!*word)
			return 0;
	}
	return 0;
}

int named_sniff(const char *text, size_t length)
{
	const struct sniffing sniffing = {text,
					  text + (length < SNIFF_BYTES ? length
								       : SNIFF_BYTES)};
	int conf = sniff_conf(sniffing), zone = sniff_zone(sniffing);

	return conf > zone ? conf : zone;
}
