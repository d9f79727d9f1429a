/* named_import_lines.c - From the bytes of a zone file to lines of words. */
#include <string.h>

#include "backends/bind/named_importer.h"
#include "rules/base/arena.h"
#include "rules/base/strbuf.h"

/**
 * DOC: How named reads zone files
 *
 * A line ends at a line feed or a carriage return, but not inside parentheses.  ";"
 * begins a comment wherever it stands, unless a backslash is in front or it is quoted;
 * only a line feed ends it.  A quote ends the word in front of it; a quoted string ends
 * on its line.  Backslashes stay in the words: what they mean depends on what a word is
 * (RFC 1035, section 5.1; lib/isc/lex.c and lib/dns/master.c of 9.18.49, tried
 * 2026-11-27).
 */

static bool is_line_end(char c)
{
	return c == '\n' || c == '\r';
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

static struct span span_of(const struct named_lines *lines, size_t begin, size_t end)
{
	return (struct span){lines->file->source, (uint32_t)begin, (uint32_t)end};
}

static void skip_comment(struct named_lines *lines, struct named_line *line)
{
	const char *text = lines->file->text;
	size_t begin = lines->next + 1, end = begin;
	const char *id;

	while (end < lines->file->length && text[end] != '\n')
		end++;
	id = named_mark_id(lines->importer, text + begin, end - begin);
	if (id)
		line->id = id;
	lines->next = end;
}

static void add_word(struct named_lines *lines, struct named_line *line, size_t begin,
		     size_t end, bool quoted)
{
	struct arena *arena = lines->importer->arena;

	*arena_push(arena, line->at, line->count, line->capacity) = (struct named_word){
		.text = arena_strndup(arena, lines->file->text + begin, end - begin),
		.quoted = quoted,
		.at = span_of(lines, begin, end),
	};
}

static int read_quoted(struct named_lines *lines, struct named_line *line)
{
	const char *text = lines->file->text;
	size_t begin = lines->next, end = begin + 1;

	while (end < lines->file->length && text[end] != '"' && !is_line_end(text[end]))
		end += text[end] == '\\' && end + 1 < lines->file->length &&
				       !is_line_end(text[end + 1])
			       ? 2
			       : 1;
	if (end >= lines->file->length || text[end] != '"')
		return named_refuse(lines->importer, span_of(lines, begin, begin + 1),
				    "a quoted string without its end on the line");
	add_word(lines, line, begin + 1, end, true);
	lines->next = end + 1;
	return 0;
}

static void read_word(struct named_lines *lines, struct named_line *line)
{
	const char *text = lines->file->text;
	size_t begin = lines->next, end = begin, length = lines->file->length;

	while (end < length && !is_line_end(text[end]) && !is_blank(text[end]) &&
	       !strchr("()\";", text[end]))
		end += text[end] == '\\' && end + 1 < length &&
				       !is_line_end(text[end + 1])
			       ? 2
			       : 1;
	add_word(lines, line, begin, end, false);
	lines->next = end;
}

/* Reads up to the end of the line that closes all parentheses. */
static int read_words(struct named_lines *lines, struct named_line *line)
{
	const char *text = lines->file->text;
	size_t length = lines->file->length, open = 0, depth = 0;

	for (; lines->next < length;) {
		size_t at = lines->next;
		char c = text[at];

		if (is_line_end(c) && !depth)
			break;
		if (!c)
			return named_refuse(lines->importer, span_of(lines, at, at + 1),
					    "a byte with the value 0");
		if (c == ';') {
			skip_comment(lines, line);
		} else if (c == '"') {
			if (read_quoted(lines, line) < 0)
				return -1;
		} else if (c == '(') {
			open = depth++ ? open : at;
			lines->next++;
		} else if (c == ')') {
			if (!depth--)
				return named_refuse(lines->importer,
						    span_of(lines, at, at + 1),
						    "')' without '('");
			lines->next++;
		} else if (is_blank(c) || is_line_end(c)) {
			lines->next++;
		} else {
			read_word(lines, line);
		}
	}
	if (depth)
		return named_refuse(lines->importer, span_of(lines, open, open + 1),
				    "'(' without ')'");
	return 0;
}

int named_next_line(struct named_lines *lines, struct named_line *ret_line)
{
	const char *text = lines->file->text;
	size_t length = lines->file->length;

	while (lines->next < length) {
		struct named_line line = {0};

		if (is_line_end(text[lines->next])) {
			lines->next++;
			continue;
		}
		line.blank = is_blank(text[lines->next]);
		if (read_words(lines, &line) < 0)
			return -1;
		if (!line.count)
			continue;
		line.span = line.at[0].at;
		line.span.end = line.at[line.count - 1].at.end;
		*ret_line = line;
		return 1;
	}
	return 0;
}
