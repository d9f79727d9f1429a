/* unbound_lexer.c - From the texts of unbound.conf and its includes to words. */
#include "backends/unbound/unbound_lexer.h"

#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

#include "rules/base/arena.h"
#include "rules/base/diag.h"

/**
 * DOC: Words
 *
 * Lines mean nothing: a keyword ends in its colon, and then come as many values as it
 * takes, wherever they stand.  A comment begins with "#" where a word could begin.  A
 * value stands in quotes of either kind or is what has no blank and no quote; a backslash
 * keeps itself and the character behind it.  A file is included in place, in the middle
 * of a clause or even before a value. (unbound 1.17.1, tried 2026-11-27.)
 */

/* A comment that gives what is below it an id. */
#define MARK "postern:"

/* No byte of a text; it is above all of them. */
#define END_OF_FILE 256u

static struct unbound_input *top(struct unbound_lexer *lexer)
{
	return &lexer->open[lexer->count - 1];
}

static unsigned peek(const struct unbound_input *input)
{
	return input->at < input->file->length
		       ? (unsigned char)input->file->text[input->at]
		       : END_OF_FILE;
}

static struct span span_from(const struct unbound_input *input, size_t begin)
{
	size_t end = input->at > begin ? input->at : begin + 1;

	if (end > input->file->length)
		end = input->file->length;
	if (begin >= end)
		begin = end ? end - 1 : 0;
	return (struct span){input->file->source, (uint32_t)begin, (uint32_t)end};
}

static bool is_newline(unsigned c)
{
	return c == '\n' || c == '\r';
}

static int refuse(struct unbound_lexer *lexer, size_t begin, const char *what)
{
	return diag_report(lexer->diag, DIAG_UNBOUND_REFUSED,
			   span_from(top(lexer), begin), "%s", what);
}

static int open_file(struct unbound_lexer *lexer, const struct import_file *file,
		     bool toplevel)
{
	if (file->length > UNBOUND_MAX_BYTES || lexer->reads++ == UNBOUND_MAX_READS)
		return diag_report(lexer->diag, DIAG_UNBOUND_TOO_LARGE, SPAN_NONE,
				   "'%s' is too large, or one file too many; at most %u "
				   "bytes and %u files are read",
				   file->name, UNBOUND_MAX_BYTES, UNBOUND_MAX_READS);
	*arena_push(lexer->arena, lexer->open, lexer->count, lexer->capacity) =
		(struct unbound_input){file, 0, toplevel};
	lexer->id = NULL;
	return 0;
}

int unbound_lexer_begin(struct unbound_lexer *lexer)
{
	return open_file(lexer, &lexer->input->files[0], false);
}

/* -- comments and blanks ------------------------------------------------------------ */

static void read_comment(struct unbound_lexer *lexer)
{
	struct unbound_input *input = top(lexer);
	const char *text = input->file->text;
	size_t begin, end;

	input->at++;
	while (peek(input) == ' ' || peek(input) == '\t')
		input->at++;
	begin = input->at;
	/* A carriage return ends a line, but no comment. */
	while (peek(input) != END_OF_FILE && peek(input) != '\n')
		input->at++;
	for (end = input->at; end > begin; end--)
		if (!strchr(" \t\r", text[end - 1]) || !text[end - 1])
			break;
	lexer->id = NULL;
	if (end - begin > strlen(MARK) && memcmp(text + begin, MARK, strlen(MARK)) == 0)
		lexer->id = arena_strndup(lexer->arena, text + begin + strlen(MARK),
					  end - begin - strlen(MARK));
}

/* An empty line ends what a comment is for. */
static void read_newlines(struct unbound_lexer *lexer)
{
	struct unbound_input *input = top(lexer);
	unsigned feeds = 0;

	for (; peek(input) == ' ' || peek(input) == '\t' || is_newline(peek(input));
	     input->at++)
		feeds += peek(input) == '\n';
	if (feeds > 1)
		lexer->id = NULL;
}

/* To where a word begins, through ends of included files; false: nothing is left. */
static bool skip(struct unbound_lexer *lexer)
{
	for (;;) {
		unsigned c = peek(top(lexer));

		if (c == ' ' || c == '\t' || is_newline(c)) {
			read_newlines(lexer);
		} else if (c == '#') {
			read_comment(lexer);
		} else if (c != END_OF_FILE) {
			return true;
		} else if (lexer->count == 1) {
			return false;
		} else {
			lexer->left |= top(lexer)->toplevel;
			lexer->id = NULL;
			lexer->count--;
		}
	}
}

/* -- words -------------------------------------------------------------------------- */

/* The rest of an unquoted word, up to @stop if that is a character; a backslash takes
 * what is behind it along, but for a line's end. */
static void read_unquoted(struct unbound_input *input, unsigned stop)
{
	for (;;) {
		unsigned c = peek(input);

		if (c == '\\' && input->at + 1 < input->file->length &&
		    input->file->text[input->at + 1] != '\n') {
			input->at += 2;
			continue;
		}
		if (c == END_OF_FILE || c == stop || c == '\\' || c == ' ' || c == '\t' ||
		    c == '"' || c == '\'' || is_newline(c))
			return;
		input->at++;
	}
}

static int read_quoted(struct unbound_lexer *lexer, struct unbound_word *ret_word)
{
	struct unbound_input *input = top(lexer);
	size_t begin = input->at;
	unsigned quote = peek(input);

	input->at++;
	while (peek(input) != quote) {
		unsigned c = peek(input);

		if (c == END_OF_FILE || is_newline(c))
			return refuse(lexer, begin, "a quote is not closed in its line");
		input->at += c == '\\' && input->at + 1 < input->file->length &&
					     !is_newline((unsigned char)input->file
								 ->text[input->at + 1])
				     ? 2
				     : 1;
	}
	input->at++;
	*ret_word = (struct unbound_word){
		.text = arena_strndup(lexer->arena, input->file->text + begin + 1,
				      input->at - begin - 2),
		.length = input->at - begin - 2,
		.at = span_from(input, begin),
	};
	return 0;
}

static int read_word(struct unbound_lexer *lexer, unsigned stop,
		     struct unbound_word *ret_word)
{
	struct unbound_input *input = top(lexer);
	size_t begin = input->at;

	read_unquoted(input, stop);
	if (input->at == begin)
		return refuse(lexer, begin, "no word can begin with this character");
	*ret_word = (struct unbound_word){
		.text = arena_strndup(lexer->arena, input->file->text + begin,
				      input->at - begin),
		.length = input->at - begin,
		.at = span_from(input, begin),
	};
	return 0;
}

/* Texts end at a NUL for unbound, and its lexer goes on behind it. */
static int check_word(struct unbound_lexer *lexer, const struct unbound_word *word)
{
	if (strlen(word->text) == word->length)
		return 0;
	return diag_report(lexer->diag, DIAG_UNBOUND_REFUSED, word->at,
			   "a NUL byte is in a word");
}

/* -- included files ----------------------------------------------------------------- */

/* Does the end of @pattern, in whole components, match the name?  A bare "*.conf" would
 * take any file that was given, so of a pattern a folder must be there, too. */
static bool tail_matches(const char *pattern, const char *name)
{
	const char *tail = name;

	if (strpbrk(pattern, "*?[") && !strchr(name, '/'))
		return false;
	for (const char *at = pattern; *at; at++)
		if ((at == pattern || at[-1] == '/') &&
		    fnmatch(at, name, FNM_PERIOD | FNM_PATHNAME) == 0)
			return true;
	for (; (tail = strchr(tail, '/')); tail++)
		if (fnmatch(pattern, tail + 1, FNM_PERIOD | FNM_PATHNAME) == 0)
			return true;
	return false;
}

static int compare_names(const void *a, const void *b)
{
	const struct import_file *x = *(const struct import_file *const *)a;
	const struct import_file *y = *(const struct import_file *const *)b;

	return strcmp(x->name, y->name);
}

/* Those of the files that an include of @pattern means, in their order. */
static size_t find_files(struct unbound_lexer *lexer, const char *pattern,
			 const struct import_file ***ret_files)
{
	const struct import_input *input = lexer->input;
	const struct import_file **files =
		arena_array(lexer->arena, input->file_count + 1,
			    const struct import_file *);
	size_t count = 0;
	bool exact;

	for (size_t i = 0; i < input->file_count; i++)
		if (fnmatch(pattern, input->files[i].name, FNM_PERIOD | FNM_PATHNAME) ==
		    0)
			files[count++] = &input->files[i];
	/* The first file is what includes; only its full name makes it include itself. */
	exact = count > 0;
	for (size_t i = 1; !exact && i < input->file_count; i++)
		if (tail_matches(pattern, input->files[i].name))
			files[count++] = &input->files[i];
	qsort(files, count, sizeof(const struct import_file *), compare_names);
	*ret_files = files;
	return count;
}

/* Patterns may match nothing; nobody can tell whether that is so or the files were not
 * given. */
static int report_missing(struct unbound_lexer *lexer, const struct unbound_word *path)
{
	bool pattern = strpbrk(path->text, "*?[{~") != NULL;

	diag_report(lexer->diag,
		    pattern ? DIAG_UNBOUND_NOT_FOLLOWED : DIAG_UNBOUND_INCLUDE, path->at,
		    "'%s' is included and not among the files", path->text);
	diag_help(lexer->diag, "give %s with --with=FILE%s",
		  pattern ? "each such file" : "it",
		  pattern ? "; without any it is taken for an empty folder"
			  : ", or remove the line: unbound itself does not start then");
	return pattern ? 0 : -1;
}

static int read_include(struct unbound_lexer *lexer, size_t begin, bool toplevel)
{
	struct unbound_input *input = top(lexer);
	const struct import_file **files;
	struct unbound_word path;
	size_t count;
	int result;

	lexer->left |= toplevel;
	while (peek(input) == ' ' || peek(input) == '\t' || is_newline(peek(input)))
		input->at++;
	if (peek(input) == END_OF_FILE)
		return refuse(lexer, begin, "the file to include is missing");
	result = peek(input) == '"' ? read_quoted(lexer, &path)
				    : read_word(lexer, END_OF_FILE, &path);
	if (result < 0 || check_word(lexer, &path) < 0)
		return -1;
	count = find_files(lexer, path.text, &files);
	if (!count)
		return report_missing(lexer, &path);
	/* The last one opened is the first one read. */
	for (size_t i = count; i > 0; i--)
		if (open_file(lexer, files[i - 1], toplevel) < 0)
			return -1;
	return 0;
}

/* Return: 1 when the word behind which the lexer stands includes something, 0 when not */
static int try_include(struct unbound_lexer *lexer, const struct unbound_word *word)
{
	size_t length = word->length;
	bool toplevel;

	if (length && word->text[length - 1] == ':')
		length--;
	toplevel = length == 16 && memcmp(word->text, "include-toplevel", 16) == 0;
	if (!toplevel && !(length == 7 && memcmp(word->text, "include", 7) == 0))
		return 0;
	return read_include(lexer, word->at.begin, toplevel) < 0 ? -1 : 1;
}

/* -- for readers -------------------------------------------------------------------- */

int unbound_next_keyword(struct unbound_lexer *lexer, struct unbound_word *ret_word)
{
	struct unbound_word word;
	int included;

	do {
		if (!skip(lexer))
			return 0;
		if (read_word(lexer, ':', &word) < 0 || check_word(lexer, &word) < 0)
			return -1;
		if (peek(top(lexer)) != ':') {
			diag_report(lexer->diag, DIAG_UNBOUND_REFUSED, word.at,
				    "'%s' is no keyword: a colon is missing behind it",
				    word.text);
			return -1;
		}
		top(lexer)->at++;
		included = try_include(lexer, &word);
	} while (included > 0);
	*ret_word = word;
	return included < 0 ? -1 : 1;
}

int unbound_next_value(struct unbound_lexer *lexer, const struct unbound_word *of,
		       struct unbound_word *ret_word)
{
	struct unbound_word word;
	int included = 0;

	do {
		unsigned c;

		if (!skip(lexer) || lexer->left)
			return diag_report(lexer->diag, DIAG_UNBOUND_REFUSED, of->at,
					   "a value of '%s' is missing", of->text);
		c = peek(top(lexer));
		if (c == '"' || c == '\'') {
			if (read_quoted(lexer, &word) < 0)
				return -1;
			break;
		}
		if (read_word(lexer, END_OF_FILE, &word) < 0)
			return -1;
		included =
			word.text[word.length - 1] == ':' ? try_include(lexer, &word) : 0;
	} while (included > 0);
	if (included < 0 || check_word(lexer, &word) < 0)
		return -1;
	*ret_word = word;
	return 0;
}

void unbound_skip_line(struct unbound_lexer *lexer)
{
	struct unbound_input *input = top(lexer);

	while (peek(input) != END_OF_FILE && !is_newline(peek(input)))
		input->at++;
}
