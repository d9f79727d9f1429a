/* squid_import_lines.c - From the bytes of a squid.conf to its logical lines. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "backends/squid/squid_importer.h"
#include "rules/base/arena.h"
#include "rules/base/strbuf.h"

/**
 * DOC: Lines as squid's fgets() gives them
 *
 * A physical line ends at a line feed, or after 8191 bytes: what follows is read as a
 * line of its own.  A NUL or a carriage return cuts it.  Blanks in front go, a line that
 * then begins with "#" is a comment, also between the parts of a continued line; a line
 * whose last byte is "\" goes on.  Then "${...}" is replaced, and only then "if", "else",
 * "endif", "include" and directives are told apart (cache_cf.cc of 5.7,
 * parseOneConfigFile(), tried 2026-08-20).
 */

/* BUFSIZ of glibc, less the NUL */
#define PHYSICAL_MAX 8191u

/* Ifs in ifs; squid has no bound. */
#define MAX_IFS 64u

/* A file that is being read. */
struct reader {
	struct squid_importer *importer;
	const struct import_file *file;
	unsigned depth;
	size_t next; /* byte that is read next */
	struct strbuf text;
	struct squid_piece *pieces;
	size_t piece_count, piece_capacity;
	bool ifs[MAX_IFS];
	size_t if_count;
	struct span if_at;
};

/* A physical line: bytes of the source. */
struct physical {
	size_t begin, end;
};

static bool is_space(char c)
{
	return isspace((unsigned char)c) != 0;
}

static bool next_physical(struct reader *reader, struct physical *ret_line)
{
	const char *text = reader->file->text;
	size_t begin = reader->next, end = reader->file->length, cut;
	const char *newline;

	if (begin >= end)
		return false;
	if (end - begin > PHYSICAL_MAX)
		end = begin + PHYSICAL_MAX;
	newline = memchr(text + begin, '\n', end - begin);
	if (newline)
		end = (size_t)(newline - text);
	reader->next = newline ? end + 1 : end;
	for (cut = begin; cut < end && text[cut] && text[cut] != '\r'; cut++)
		;
	while (begin < cut && is_space(text[begin]))
		begin++;
	*ret_line = (struct physical){begin, cut};
	return true;
}

static void push_piece(struct reader *reader, uint32_t at, bool fixed)
{
	*arena_push(reader->importer->arena, reader->pieces, reader->piece_count,
		    reader->piece_capacity) =
		(struct squid_piece){reader->text.length, at, fixed};
}

static void cut_text(struct reader *reader, size_t length)
{
	if (reader->text.text)
		reader->text.text[length] = '\0';
	reader->text.length = length;
}

/* -- macros ------------------------------------------------------------------------- */

/* Who runs: Debian's unit starts one worker, which is squid-1. */
static const struct {
	const char *macro, *value;
} macros[] = {
	{"${service_name}", "squid"},
	{"${process_name}", "squid-1"},
	{"${process_number}", "1"},
};

static void assume_one_worker(struct reader *reader, uint32_t at)
{
	struct squid_importer *importer = reader->importer;
	struct span span = {reader->file->source, at, at + 1};

	ruleset_assume(importer->rules,
		       arena_printf(importer->arena,
				    "squid is called 'squid' and has one worker, so that "
				    "${process_number} is 1 (%s)",
				    squid_place(importer, span)),
		       importer->arena);
}

/* Replaces one kind of macro in the logical line, which gets new pieces. */
static void replace_macro(struct reader *reader, const char *macro, const char *value)
{
	size_t length = strlen(macro), count = reader->piece_count, current = 0;
	const struct squid_piece *pieces = reader->pieces;
	CLEANUP(strbuf_release) struct strbuf old = {0};
	bool fresh = true;

	if (!strstr(strbuf_text(&reader->text), macro))
		return;
	old = reader->text;
	reader->text = (struct strbuf){0};
	reader->pieces = NULL;
	reader->piece_count = reader->piece_capacity = 0;
	for (size_t i = 0; i < old.length;) {
		const struct squid_piece *piece;
		uint32_t at;

		while (current + 1 < count && pieces[current + 1].from <= i) {
			current++;
			fresh = true;
		}
		piece = &pieces[current];
		at = piece->at + (piece->fixed ? 0 : (uint32_t)(i - piece->from));
		if (strncmp(old.text + i, macro, length) == 0) {
			push_piece(reader, at, true);
			assume_one_worker(reader, at);
			strbuf_puts(&reader->text, value);
			i += length;
			fresh = true;
			continue;
		}
		if (fresh)
			push_piece(reader, at, piece->fixed);
		fresh = false;
		strbuf_putc(&reader->text, old.text[i++]);
	}
}

static void replace_macros(struct reader *reader)
{
	for (size_t i = 0; i < ARRAY_SIZE(macros); i++)
		replace_macro(reader, macros[i].macro, macros[i].value);
}

/* -- if, else, endif, include ------------------------------------------------------- */

/* What stands behind a word that begins the line; NULL when it does not. */
static const char *behind(const char *line, const char *word)
{
	size_t length = strlen(word);

	if (strncmp(line, word, length) != 0)
		return NULL;
	line += length;
	if (*line && !is_space(*line))
		return NULL;
	while (is_space(*line))
		line++;
	return line;
}

static bool read_number(const char *text, size_t length, long *ret_number)
{
	char word[32], *end;

	if (!length || length >= sizeof(word))
		return false;
	memcpy(word, text, length);
	word[length] = '\0';
	*ret_number = strtol(word, &end, 0);
	return end != word && !*end;
}

/* "true", "false", "1 = 1" */
static bool evaluate(const char *text, bool *ret_value)
{
	const char *equals = strchr(text, '='), *left_end = equals, *right;
	long a, b;

	*ret_value = strcmp(text, "true") == 0;
	if (*ret_value || strcmp(text, "false") == 0)
		return true;
	if (!equals)
		return false;
	while (left_end > text && is_space(left_end[-1]))
		left_end--;
	for (right = equals + 1; is_space(*right); right++)
		;
	if (!read_number(text, (size_t)(left_end - text), &a) ||
	    !read_number(right, strlen(right), &b))
		return false;
	*ret_value = a == b;
	return true;
}

/* Return: 1 when the line was one of these, 0 when it is not, -1 on error */
static int read_condition(struct reader *reader, const struct squid_line *line)
{
	struct squid_importer *importer = reader->importer;
	struct span at = squid_line_span(line);
	const char *expression = behind(line->text, "if");
	bool value;

	if (expression) {
		if (reader->if_count == MAX_IFS)
			return diag_report(importer->diag, DIAG_SQUID_TOO_LARGE, at,
					   "more than %u ifs in ifs", MAX_IFS);
		if (!evaluate(expression, &value))
			return squid_refuse(importer, at,
					    "'%s' is neither true, false nor an equation "
					    "of numbers",
					    expression);
		reader->if_at = at;
		reader->ifs[reader->if_count++] = value;
		return 1;
	}
	if (behind(line->text, "endif")) {
		if (!reader->if_count)
			return squid_refuse(importer, at, "'endif' without 'if'");
		reader->if_count--;
		return 1;
	}
	if (behind(line->text, "else")) {
		if (!reader->if_count)
			return squid_refuse(importer, at, "'else' without 'if'");
		reader->ifs[reader->if_count - 1] ^= true;
		return 1;
	}
	return 0;
}

static int read_include(struct reader *reader, const struct squid_line *line)
{
	struct squid_importer *importer = reader->importer;
	const struct import_input *input = importer->input;
	struct squid_words words = squid_words_begin(line, input, importer->arena);
	const struct import_file **found =
		arena_array(importer->arena, input->file_count + 1,
			    const struct import_file *);
	struct squid_word word;

	squid_next_word(&words, &word);
	while (squid_next_word(&words, &word)) {
		const char *path = word.text;
		size_t count;

		if (*path == '"')
			path = arena_strndup(importer->arena, path + 1,
					     strcspn(path + 1, "\""));
		count = squid_find_files(input, path, found);
		if (!count) {
			diag_report(importer->diag, DIAG_SQUID_INCLUDE, word.at,
				    "'%s' is included and not among the files", path);
			diag_help(importer->diag,
				  "give it with --with=FILE, or remove the line if there "
				  "is none: squid itself does not start then");
			return -1;
		}
		for (size_t i = 0; i < count; i++)
			if (squid_read_file(importer, found[i], reader->depth + 1) < 0)
				return -1;
	}
	return 0;
}

/* -- lines -------------------------------------------------------------------------- */

static int finish_line(struct reader *reader)
{
	struct squid_importer *importer = reader->importer;
	struct squid_line line;
	size_t length = reader->text.length;
	int condition;

	while (length && is_space(reader->text.text[length - 1]))
		length--;
	cut_text(reader, length);
	replace_macros(reader);
	line = (struct squid_line){
		.text = strbuf_text(&reader->text),
		.length = reader->text.length,
		.pieces = reader->pieces,
		.piece_count = reader->piece_count,
		.file = reader->file,
	};
	condition = read_condition(reader, &line);
	if (condition)
		return condition < 0 ? -1 : 0;
	if (reader->if_count && !reader->ifs[reader->if_count - 1])
		return 0;
	if (line.length >= 9 && strncmp(line.text, "include", 7) == 0 &&
	    is_space(line.text[7]))
		return read_include(reader, &line);
	return squid_directive(importer, &line);
}

/* "# postern:ID" gives the line below it an id. */
static void read_comment(struct reader *reader, const struct physical *line)
{
	static const char mark[] = "postern:";
	struct squid_importer *importer = reader->importer;
	const char *text = reader->file->text + line->begin + 1;
	const char *end = reader->file->text + line->end;

	while (text < end && is_space(*text))
		text++;
	while (end > text && is_space(end[-1]))
		end--;
	importer->above = NULL;
	if ((size_t)(end - text) > sizeof(mark) - 1 &&
	    memcmp(text, mark, sizeof(mark) - 1) == 0)
		importer->above = arena_strndup(importer->arena, text + sizeof(mark) - 1,
						(size_t)(end - text) - sizeof(mark) + 1);
}

/* Appends a physical line; *ret_complete: the logical line ends with it. */
static int append(struct reader *reader, const struct physical *line, bool *ret_complete)
{
	struct squid_importer *importer = reader->importer;

	if (reader->text.length + (line->end - line->begin) > SQUID_MAX_LINE)
		return diag_report(importer->diag, DIAG_SQUID_TOO_LARGE,
				   (struct span){reader->file->source,
						 (uint32_t)line->begin,
						 (uint32_t)line->begin + 1},
				   "a continued line of more than %u bytes",
				   SQUID_MAX_LINE);
	push_piece(reader, (uint32_t)line->begin, false);
	strbuf_add(&reader->text, reader->file->text + line->begin,
		   line->end - line->begin);
	*ret_complete = reader->text.text[reader->text.length - 1] != '\\';
	if (!*ret_complete)
		cut_text(reader, reader->text.length - 1);
	return 0;
}

static int read_lines(struct reader *reader)
{
	struct squid_importer *importer = reader->importer;
	struct physical line;
	bool complete = true;
	int result;

	while (next_physical(reader, &line)) {
		if (line.begin == line.end) {
			importer->above = NULL;
			continue;
		}
		if (reader->file->text[line.begin] == '#') {
			read_comment(reader, &line);
			continue;
		}
		if (append(reader, &line, &complete) < 0)
			return -1;
		if (!complete)
			continue;
		result = finish_line(reader);
		cut_text(reader, 0);
		reader->piece_count = 0;
		importer->above = NULL;
		if (result < 0)
			return -1;
	}
	if (reader->if_count)
		return squid_refuse(importer, reader->if_at, "'if' without 'endif'");
	return 0;
}

int squid_read_file(struct squid_importer *importer, const struct import_file *file,
		    unsigned depth)
{
	struct reader reader = {.importer = importer, .file = file, .depth = depth};
	int result;

	if (file->length > SQUID_MAX_BYTES || importer->reads++ == SQUID_MAX_READS)
		return diag_report(importer->diag, DIAG_SQUID_TOO_LARGE, SPAN_NONE,
				   "'%s' is too large, or one file too many; at most %u "
				   "bytes and %u files are read",
				   file->name, SQUID_MAX_BYTES, SQUID_MAX_READS);
	if (depth > SQUID_MAX_INCLUDES)
		return squid_refuse(importer, (struct span){file->source, 0, 0},
				    "'%s' is included through more than %u files",
				    file->name, SQUID_MAX_INCLUDES);
	result = read_lines(&reader);
	strbuf_release(&reader.text);
	return result;
}
