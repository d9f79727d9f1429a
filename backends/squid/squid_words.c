/* squid_words.c - Lines of a squid.conf, and the words on them. */
#include "backends/squid/squid_words.h"

#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

#include "backends/backend.h"
#include "rules/base/arena.h"

/* w_space of squid 5.7 */
#define BLANKS " \t\n\r"

static bool is_blank(char c)
{
	return c && strchr(BLANKS, c);
}

struct squid_words squid_words_begin(const struct squid_line *line,
				     const struct import_input *input,
				     struct arena *arena)
{
	return (struct squid_words){.line = line, .input = input, .arena = arena};
}

/* Where a byte of the line comes from. */
static uint32_t place_of(const struct squid_line *line, size_t byte)
{
	size_t low = 0, high = line->piece_count;
	const struct squid_piece *piece;

	while (high - low > 1) {
		size_t middle = low + (high - low) / 2;

		if (line->pieces[middle].from <= byte)
			low = middle;
		else
			high = middle;
	}
	piece = &line->pieces[low];
	return piece->at + (piece->fixed ? 0 : (uint32_t)(byte - piece->from));
}

static struct span word_span(const struct squid_line *line, size_t begin, size_t end)
{
	return (struct span){line->file->source, place_of(line, begin),
			     place_of(line, end - 1) + 1};
}

struct span squid_line_span(const struct squid_line *line)
{
	return word_span(line, 0, line->length ? line->length : 1);
}

/* Behind a backslash the next byte belongs to the word, a blank too. */
static size_t word_end(struct squid_words *words, size_t at)
{
	const char *text = words->line->text;

	for (; text[at] && !is_blank(text[at]); at++) {
		if (!words->escapes || text[at] != '\\')
			continue;
		if (!text[at + 1]) {
			words->bad_escape = true;
			return at + 1;
		}
		at++;
	}
	return at;
}

bool squid_next_word(struct squid_words *words, struct squid_word *ret_word)
{
	const struct squid_line *line = words->line;
	size_t begin = words->next, end;

	while (is_blank(line->text[begin]))
		begin++;
	if (!line->text[begin] || line->text[begin] == '#') {
		words->next = line->length;
		return false;
	}
	end = word_end(words, begin);
	words->next = end;
	ret_word->text = arena_strndup(words->arena, line->text + begin, end - begin);
	ret_word->at = word_span(line, begin, end);
	return true;
}

/* An item may hold blanks; a word that begins with "#" ends it. */
static size_t item_end(const char *text, size_t length)
{
	size_t end = 0, at = 0;

	for (;;) {
		while (at < length && is_blank(text[at]))
			at++;
		if (at == length || (text[at] == '#' && end))
			return end;
		while (at < length && !is_blank(text[at]))
			at++;
		end = at;
	}
}

/* The next line of a list: up to a line end, a NUL or the length of squid's buffer. */
static bool next_listed(struct squid_words *words, struct squid_word *ret_item)
{
	const struct import_file *list = words->list;

	while (words->list_next < list->length) {
		size_t begin = words->list_next, length = list->length - begin, item;
		const char *text = list->text + begin, *end;

		if (length > SQUID_MAX_ITEM)
			length = SQUID_MAX_ITEM;
		end = memchr(text, '\n', length);
		if (end)
			length = (size_t)(end - text) + 1;
		words->list_next += length;
		end = memchr(text, '\0', length);
		if (end)
			length = (size_t)(end - text);
		for (; length && is_blank(*text); text++, begin++)
			length--;
		item = item_end(text, length);
		if (!item || *text == '#')
			continue;
		ret_item->text = arena_strndup(words->arena, text, item);
		ret_item->at = (struct span){list->source, (uint32_t)begin,
					     (uint32_t)(begin + item)};
		return true;
	}
	return false;
}

/* '"file"' or "'file": up to the next quote, whichever it is. */
static const char *quoted_name(const struct squid_word *word, struct arena *arena)
{
	return arena_strndup(arena, word->text + 1, strcspn(word->text + 1, "\"'"));
}

bool squid_next_item(struct squid_words *words, struct squid_word *ret_item)
{
	const struct import_file **found;
	const char *name;

	if (words->list) {
		if (next_listed(words, ret_item))
			return true;
		words->list = NULL;
		words->ended = true;
		squid_next_word(words, &words->dropped);
	}
	if (words->ended || !squid_next_word(words, ret_item))
		return false;
	if (ret_item->text[0] != '"' && ret_item->text[0] != '\'')
		return true;
	name = quoted_name(ret_item, words->arena);
	found = arena_array(words->arena, words->input->file_count + 1,
			    const struct import_file *);
	if (squid_find_files(words->input, name, found)) {
		words->list = found[0];
		words->list_next = 0;
		return squid_next_item(words, ret_item);
	}
	words->missing = name;
	words->ended = true;
	squid_next_word(words, &words->dropped);
	return false;
}

/* -- files -------------------------------------------------------------------------- */

/* The last component of a path that ends at @end; *ret_rest is what ends before it. */
static size_t last_component(const char *path, size_t end, size_t *ret_begin)
{
	size_t begin = end;

	while (begin && path[begin - 1] != '/')
		begin--;
	*ret_begin = begin;
	while (begin && path[begin - 1] == '/')
		begin--;
	return begin;
}

static bool component_matches(const char *pattern, size_t pattern_length,
			      const char *name, size_t name_length, struct arena *arena)
{
	return fnmatch(arena_strndup(arena, pattern, pattern_length),
		       arena_strndup(arena, name, name_length),
		       FNM_PERIOD | FNM_PATHNAME) == 0;
}

/* From the end, as many components as the shorter one has.  "*.conf" alone would take any
 * file that was given, so of a pattern two must be there. */
static bool tail_matches(const char *pattern, const char *name, struct arena *arena)
{
	size_t pattern_end = strlen(pattern), name_end = strlen(name);

	if (strpbrk(pattern, "*?[") && !strchr(name, '/'))
		return false;

	while (pattern_end && name_end) {
		size_t pattern_begin, name_begin, pattern_rest, name_rest;

		pattern_rest = last_component(pattern, pattern_end, &pattern_begin);
		name_rest = last_component(name, name_end, &name_begin);
		if (!component_matches(pattern + pattern_begin,
				       pattern_end - pattern_begin, name + name_begin,
				       name_end - name_begin, arena))
			return false;
		pattern_end = pattern_rest;
		name_end = name_rest;
	}
	return true;
}

static int compare_names(const void *a, const void *b)
{
	const struct import_file *x = *(const struct import_file *const *)a,
				 *y = *(const struct import_file *const *)b;

	return strcmp(x->name, y->name);
}

size_t squid_find_files(const struct import_input *input, const char *pattern,
			const struct import_file **ret_files)
{
	CLEANUP(arena_cleanup) struct arena *scratch = arena_new();
	size_t count = 0;
	bool exact;

	for (size_t i = 0; i < input->file_count; i++)
		if (fnmatch(pattern, input->files[i].name, FNM_PERIOD | FNM_PATHNAME) ==
		    0)
			ret_files[count++] = &input->files[i];
	/* The first file is what includes; only its full name makes it include itself. */
	exact = count > 0;
	for (size_t i = 1; !exact && i < input->file_count; i++)
		if (tail_matches(pattern, input->files[i].name, scratch))
			ret_files[count++] = &input->files[i];
	qsort(ret_files, count, sizeof(const struct import_file *), compare_names);
	return count;
}
