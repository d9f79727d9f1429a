/* json_extended.c - What Azure's tools accept in JSON beyond RFC 8259. */
#include "backends/json.h"

#include "rules/base/arena.h"

/*
 * Puts blanks for what is more than JSON and leaves every other byte in its place, so
 * that the strict reader judges the rest and its spans are right for the text as written.
 */
static void blank(char *text, size_t begin, size_t end)
{
	for (size_t i = begin; i < end; i++)
		if (text[i] != '\n' && text[i] != '\r')
			text[i] = ' ';
}

/* Behind the comment that begins at @at; a comment without an end stays for the strict
 * reader to refuse. */
static size_t blank_comment(char *text, size_t length, size_t at)
{
	size_t end = at + 2;

	if (text[at + 1] == '/') {
		while (end < length && text[end] != '\n' && text[end] != '\r')
			end++;
		blank(text, at, end);
		return end;
	}
	for (; end + 1 < length; end++)
		if (text[end] == '*' && text[end + 1] == '/') {
			blank(text, at, end + 2);
			return end + 2;
		}
	return length;
}

/* Behind the text in quotes that begins at @at, its line ends and tabs blanked. */
static size_t blank_string(char *text, size_t length, size_t at)
{
	for (at++; at < length && text[at] != '"'; at++) {
		if (text[at] == '\\')
			at++;
		else if (text[at] == '\n' || text[at] == '\r' || text[at] == '\t')
			text[at] = ' ';
	}
	return at + 1;
}

int json_read_extended(const char *text, size_t length, uint32_t source,
		       struct arena *arena, struct doc **ret_doc, struct diag *diag)
{
	char *copy;
	size_t at = 0;

	if (length > DOC_MAX_BYTES)
		return json_read(text, length, source, arena, ret_doc, diag);
	copy = arena_strndup(arena, text, length);
	while (at < length) {
		if (copy[at] == '"')
			at = blank_string(copy, length, at);
		else if (copy[at] == '/' && at + 1 < length &&
			 (copy[at + 1] == '/' || copy[at + 1] == '*'))
			at = blank_comment(copy, length, at);
		else
			at++;
	}
	return json_read(copy, length, source, arena, ret_doc, diag);
}
