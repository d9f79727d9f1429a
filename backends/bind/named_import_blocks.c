/* named_import_blocks.c - From the bytes of a named.conf to nested statements. */
#include <string.h>

#include "backends/bind/named_importer.h"
#include "rules/base/arena.h"
#include "rules/base/strbuf.h"

/**
 * DOC: How named reads its configuration
 *
 * Comments are those of C, C++ and the shell, and stand wherever a blank may; they end a
 * word too.  A quoted string may hold line feeds.  A statement is words, strings and
 * blocks up to a semicolon, and nothing but a semicolon ends it: the one behind a closing
 * brace is no ornament.  "include" stands wherever a statement may (lib/isccfg/parser.c
 * of 9.18.49, tried 2026-11-27).
 */

enum token_kind {
	TOKEN_WORD,
	TOKEN_QUOTED,
	TOKEN_OPEN,
	TOKEN_CLOSE,
	TOKEN_END,
	TOKEN_FILE_END,
};

struct token {
	enum token_kind kind;
	const char *text;
	struct span at;
};

/* A file that is being read. */
struct reader {
	struct named_importer *importer;
	const struct import_file *file;
	size_t next;
	unsigned includes;
};

static struct span span_of(const struct reader *reader, size_t begin, size_t end)
{
	return (struct span){reader->file->source, (uint32_t)begin, (uint32_t)end};
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\v' || c == '\f';
}

/* Does a comment begin there? */
static bool is_comment(const struct reader *reader, size_t at)
{
	const char *text = reader->file->text;

	if (text[at] == '#')
		return true;
	return text[at] == '/' && at + 1 < reader->file->length &&
	       (text[at + 1] == '/' || text[at + 1] == '*');
}

static void keep_mark(struct reader *reader, size_t begin, size_t end)
{
	struct named_importer *importer = reader->importer;
	const char *id = named_mark_id(importer, reader->file->text + begin, end - begin);

	if (id)
		*arena_push(importer->arena, importer->marks, importer->mark_count,
			    importer->mark_capacity) =
			(struct named_mark){span_of(reader, begin, end), id};
}

static int skip_comment(struct reader *reader)
{
	const char *text = reader->file->text;
	size_t begin = reader->next, end = begin + 1, length = reader->file->length;

	if (text[begin] == '#' || text[begin + 1] == '/') {
		while (end < length && text[end] != '\n')
			end++;
		keep_mark(reader, text[begin] == '#' ? begin + 1 : begin + 2, end);
		reader->next = end;
		return 0;
	}
	for (end = begin + 2; end + 1 < length; end++)
		if (text[end] == '*' && text[end + 1] == '/') {
			keep_mark(reader, begin + 2, end);
			reader->next = end + 2;
			return 0;
		}
	return named_refuse(reader->importer, span_of(reader, begin, begin + 2),
			    "a comment '/*' without '*/'");
}

static int read_quoted(struct reader *reader, struct token *token)
{
	const char *text = reader->file->text;
	size_t begin = reader->next, at = begin + 1, length = reader->file->length;
	CLEANUP(strbuf_release) struct strbuf out = {0};

	for (; at < length && text[at] != '"'; at++) {
		/* A backslash stays, and keeps a quote from being the end. */
		if (text[at] == '\\' && at + 1 < length && text[at + 1] == '"')
			at++;
		strbuf_putc(&out, text[at]);
	}
	if (at == length)
		return named_refuse(reader->importer, span_of(reader, begin, begin + 1),
				    "a quoted string without its end");
	token->kind = TOKEN_QUOTED;
	token->text =
		arena_strndup(reader->importer->arena, strbuf_text(&out), out.length);
	reader->next = at + 1;
	token->at = span_of(reader, begin, reader->next);
	return 0;
}

static bool ends_word(const struct reader *reader, size_t at)
{
	char c = reader->file->text[at];

	return is_blank(c) || strchr("{};\"", c) || is_comment(reader, at);
}

static int next_token(struct reader *reader, struct token *token)
{
	const char *text = reader->file->text;
	size_t length = reader->file->length, begin;
	static const char marks[] = "{};";
	static const enum token_kind kinds[] = {TOKEN_OPEN, TOKEN_CLOSE, TOKEN_END};
	const char *mark;

	while (reader->next < length &&
	       (is_blank(text[reader->next]) || is_comment(reader, reader->next))) {
		if (is_blank(text[reader->next]))
			reader->next++;
		else if (skip_comment(reader) < 0)
			return -1;
	}
	begin = reader->next;
	*token = (struct token){.kind = TOKEN_FILE_END,
				.at = span_of(reader, begin, begin)};
	if (begin == length)
		return 0;
	if (!text[begin])
		return named_refuse(reader->importer, span_of(reader, begin, begin + 1),
				    "a byte with the value 0");
	if (text[begin] == '"')
		return read_quoted(reader, token);
	mark = strchr(marks, text[begin]);
	if (mark) {
		token->kind = kinds[mark - marks];
		reader->next++;
	} else {
		token->kind = TOKEN_WORD;
		do
			reader->next++;
		while (reader->next < length && !ends_word(reader, reader->next));
		token->text = arena_strndup(reader->importer->arena, text + begin,
					    reader->next - begin);
	}
	token->at = span_of(reader, begin, reader->next);
	return 0;
}

static int read_include(struct reader *reader, const struct named_statement *statement,
			struct named_block *block)
{
	struct named_importer *importer = reader->importer;
	const struct import_file **found =
		arena_array(importer->arena, importer->input->file_count,
			    const struct import_file *);
	const struct named_element *path;
	size_t count;

	if (statement->count != 2 || statement->at[1].kind != NAMED_QUOTED)
		return named_refuse(importer, statement->at[0].at,
				    "'include' needs a file name in quotes, and a "
				    "semicolon behind it");
	path = &statement->at[1];
	count = named_find_files(importer, path->text, found);
	if (!count) {
		diag_report(importer->diag, DIAG_BIND_INCLUDE, path->at,
			    "'%s' is included and not among the files", path->text);
		diag_help(importer->diag, "give it with --with=FILE, or remove the line "
					  "if there is none: "
					  "named itself does not start then");
		return -1;
	}
	if (reader->includes == NAMED_MAX_DEPTH)
		return diag_report(importer->diag, DIAG_BIND_TOO_LARGE, path->at,
				   "included through more than %u files",
				   NAMED_MAX_DEPTH);
	for (size_t i = 0; i < count; i++)
		if (named_read_blocks(importer, found[i], reader->includes + 1, block) <
		    0)
			return -1;
	return 0;
}

static int read_block(struct reader *reader, const struct token *open, unsigned depth,
		      struct named_block *block);

/* Adds an element to a statement that is not at its end. */
static int add_element(struct reader *reader, const struct token *token, unsigned depth,
		       struct named_statement *statement)
{
	struct named_element *element = arena_push(reader->importer->arena, statement->at,
						   statement->count, statement->capacity);

	*element = (struct named_element){
		.kind = token->kind == TOKEN_WORD ? NAMED_WORD : NAMED_QUOTED,
		.text = token->text,
		.at = token->at,
	};
	if (token->kind != TOKEN_OPEN)
		return 0;
	element->kind = NAMED_BLOCK;
	if (depth == NAMED_MAX_DEPTH)
		return diag_report(reader->importer->diag, DIAG_BIND_TOO_LARGE, token->at,
				   "blocks in more than %u blocks", NAMED_MAX_DEPTH);
	if (read_block(reader, token, depth + 1, &element->block) < 0)
		return -1;
	element->at.end = (uint32_t)reader->next;
	return 0;
}

static int finish_statement(struct reader *reader, struct named_statement *statement,
			    struct named_block *block)
{
	const struct named_element *first = &statement->at[0];

	statement->span = first->at;
	statement->span.end = (uint32_t)reader->next;
	if (first->kind == NAMED_WORD && named_same(first->text, "include"))
		return read_include(reader, statement, block);
	*arena_push(reader->importer->arena, block->at, block->count, block->capacity) =
		*statement;
	return 0;
}

/* Reads statements up to "}", or up to the end of the file where @open is NULL. */
static int read_block(struct reader *reader, const struct token *open, unsigned depth,
		      struct named_block *block)
{
	struct named_importer *importer = reader->importer;
	struct named_statement statement = {0};
	struct token token;

	for (;;) {
		if (next_token(reader, &token) < 0)
			return -1;
		switch (token.kind) {
		case TOKEN_WORD:
		case TOKEN_QUOTED:
		case TOKEN_OPEN:
			if (add_element(reader, &token, depth, &statement) < 0)
				return -1;
			break;
		case TOKEN_END:
			if (!statement.count)
				return named_refuse(importer, token.at,
						    "';' without a statement in front");
			if (finish_statement(reader, &statement, block) < 0)
				return -1;
			statement = (struct named_statement){0};
			break;
		case TOKEN_CLOSE:
		case TOKEN_FILE_END:
			if (statement.count)
				return named_refuse(importer, token.at,
						    "missing ';' before %s",
						    token.kind == TOKEN_CLOSE
							    ? "'}'"
							    : "the end of the file");
			if ((token.kind == TOKEN_CLOSE) == (open != NULL))
				return 0;
			if (open)
				return named_refuse(importer, open->at,
						    "'{' without '}'");
			return named_refuse(importer, token.at, "'}' without '{'");
		}
	}
}

int named_read_blocks(struct named_importer *importer, const struct import_file *file,
		      unsigned depth, struct named_block *block)
{
	struct reader reader = {.importer = importer, .file = file, .includes = depth};

	if (named_check_file(importer, file) < 0)
		return -1;
	return read_block(&reader, NULL, 0, block);
}
