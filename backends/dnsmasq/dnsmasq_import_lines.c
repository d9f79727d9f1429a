/* dnsmasq_import_lines.c - From the files of a configuration to its lines. */
#include <string.h>

#include "backends/dnsmasq/dnsmasq_importer.h"
#include "rules/base/arena.h"

/**
 * DOC: Lines
 *
 * read_file() of src/option.c: blanks are what C calls space; "#" begins a comment where
 * a blank or nothing is in front; between double quotes nothing has a meaning, and "\"
 * hides a quote or names a character; "name=value", with blanks anywhere around the first
 * "=".
 *
 * A character between quotes that would mean something to what reads the value is hidden:
 * it becomes the number of its place in a list, and is given back where a text is taken
 * for what it is.  So "a,b" in quotes is one item, and "10" in quotes is no number.
 */

/* A comment that carries the id of a flow. */
#define MARK "postern:"

/* The list, as it stands in src/option.c. */
static const char hidden[] = "\0"
			     "123456 \b\t\n78\r90abcdefABCDE\033F:,.";

static char hide(char c)
{
	for (size_t i = 0; i < sizeof(hidden) - 1; i++)
		if (hidden[i] == c)
			return (char)i;
	return c;
}

void dnsmasq_unhide(char *text)
{
	for (; *text; text++)
		if ((unsigned char)*text < sizeof(hidden) - 1)
			*text = hidden[(unsigned char)*text];
}

static bool is_blank(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

/* What "\" and @c are together; @c itself where they are two characters. */
static bool escape(char c, char *ret_c)
{
	static const char names[] = "\"tnebr\\", means[] = "\"\t\n\033\b\r\\";
	const char *at = c ? strchr(names, c) : NULL;

	if (!at)
		return false;
	*ret_c = means[at - names];
	return true;
}

struct span dnsmasq_part(const struct dnsmasq_line *line, const char *text)
{
	size_t begin = (size_t)(text - line->text), end = begin + strlen(text);

	if (text < line->text || begin > line->length)
		BUG("no part of the line");
	return (struct span){
		.source = line->file->source,
		.begin = line->at[begin],
		.end = end > begin ? line->at[end - 1] + 1 : line->at[begin],
	};
}

/* -- one line ----------------------------------------------------------------------- */

/** struct piece - The bytes of a line as they stand in the file */
struct piece {
	const char *text;
	size_t length;
	uint32_t begin;
};

static void add_byte(struct dnsmasq_line *line, char c, uint32_t at)
{
	line->text[line->length] = c;
	line->at[line->length++] = at;
}

/* Behind a quote, up to the next one; false where there is none. */
static bool read_quoted(struct dnsmasq_line *line, const struct piece *piece, size_t *at)
{
	size_t i = *at;

	for (; i < piece->length && piece->text[i] != '"'; i++) {
		char c = piece->text[i];

		if (c == '\\' && i + 1 < piece->length && escape(piece->text[i + 1], &c))
			i++;
		add_byte(line, hide(c), piece->begin + (uint32_t)i);
	}
	*at = i + 1;
	return i < piece->length;
}

/* Takes quotes and the comment away; *ret_comment is where that begins, or SIZE_MAX. What
 * stands directly behind a closing quote is taken as it is, be it another quote. */
static bool unquote(struct dnsmasq_line *line, const struct piece *piece,
		    size_t *ret_comment)
{
	bool blank = true;

	*ret_comment = SIZE_MAX;
	for (size_t i = 0; i < piece->length; i++) {
		char c = piece->text[i];

		if (c == '"') {
			i++;
			if (!read_quoted(line, piece, &i))
				return false;
			if (i >= piece->length)
				break;
			c = piece->text[i];
		}
		if (is_blank(c)) {
			c = ' ';
			blank = true;
		} else if (blank && c == '#') {
			*ret_comment = i + 1;
			break;
		} else {
			blank = false;
		}
		add_byte(line, c, piece->begin + (uint32_t)i);
	}
	line->at[line->length] = piece->begin + (uint32_t)piece->length;
	return true;
}

static const char *read_id(struct dnsmasq_importer *importer, const struct piece *piece,
			   size_t at)
{
	size_t length;

	while (at < piece->length && is_blank(piece->text[at]))
		at++;
	if (at >= piece->length || piece->length - at <= strlen(MARK) ||
	    memcmp(piece->text + at, MARK, strlen(MARK)) != 0)
		return NULL;
	at += strlen(MARK);
	for (length = 0;
	     at + length < piece->length && !is_blank(piece->text[at + length]); length++)
		;
	return length ? arena_strndup(importer->arena, piece->text + at, length) : NULL;
}

/* Name and value; false where the line has neither. */
static bool divide(struct dnsmasq_line *line)
{
	char *begin = line->text, *end = line->text + line->length, *equals;

	while (begin < end && *begin == ' ')
		begin++;
	while (end > begin && end[-1] == ' ')
		end--;
	*end = '\0';
	line->length = (size_t)(end - line->text);
	if (begin == end)
		return false;
	line->key = begin;
	line->value = NULL;
	equals = strchr(begin, '=');
	if (equals) {
		line->value = equals + 1;
		while (*line->value == ' ')
			line->value++;
		while (equals >= begin && (*equals == ' ' || *equals == '='))
			*equals-- = '\0';
	}
	line->span = dnsmasq_part(line, begin);
	line->span.end = line->at[line->length - 1] + 1;
	return true;
}

static int check_option(struct dnsmasq_importer *importer, struct dnsmasq_line *line)
{
	const struct dnsmasq_option *option = dnsmasq_find_option(line->key);
	struct span at = dnsmasq_part(line, line->key);

	if (!option)
		return dnsmasq_refuse(importer, at, "'%s' is no option", line->key);
	if (option->argument == DNSMASQ_NONE && line->value)
		return dnsmasq_refuse(importer, dnsmasq_part(line, line->value),
				      "'%s' takes no value", line->key);
	if (option->argument == DNSMASQ_NEEDED && !line->value)
		return dnsmasq_refuse(importer, at, "'%s' needs a value: '%s=…'",
				      line->key, line->key);
	if (option->once && textmap_get(&importer->seen_options, option->name))
		return dnsmasq_refuse(importer, at, "'%s' is there twice", line->key);
	textmap_put(&importer->seen_options, option->name, importer, importer->arena);
	line->option = option;
	return 0;
}

/* -- files --------------------------------------------------------------------------- */

/* Is @name the file that @path means: the same, or as many last components as it has? */
static bool is_file(const char *path, const char *name)
{
	size_t length = strlen(path), tail = strlen(name);

	return tail <= length && strcmp(path + length - tail, name) == 0 &&
	       (tail == length || path[length - tail - 1] == '/');
}

static const struct import_file *find_file(const struct import_input *input,
					   const char *path)
{
	const struct import_file *file = import_find(input, path);

	if (strcmp(input->files[0].name, path) == 0)
		return &input->files[0];
	for (size_t i = 1; !file && i < input->file_count; i++)
		if (is_file(path, input->files[i].name))
			file = &input->files[i];
	return file;
}

int dnsmasq_read_conf_file(struct dnsmasq_importer *importer, struct dnsmasq_line *line)
{
	const struct import_file *file;
	struct span at;

	if (!line->value || !*line->value)
		return 0;
	at = dnsmasq_part(line, line->value);
	dnsmasq_unhide(line->value);
	file = find_file(importer->input, line->value);
	if (file)
		return dnsmasq_read_file(importer, file, line->depth + 1);
	if (line->option->kind == DNSMASQ_SERVERS_FILE) {
		ruleset_assume(importer->rules,
			       arena_printf(importer->arena,
					    "no server in '%s', which was not given, is "
					    "for these names",
					    line->value),
			       importer->arena);
		return 0;
	}
	diag_report(importer->diag, DIAG_DNSMASQ_INCLUDE, at,
		    "'%s' is included and not among the files", line->value);
	diag_help(importer->diag, "give it with --with=FILE, or remove the line if there "
				  "is none: dnsmasq "
				  "itself does not start then");
	return -1;
}

/** struct suffixes - Endings of file names: with an asterisk only those, else not those
 */
struct suffixes {
	const char **at;
	size_t count, capacity;
};

static bool has_suffix(const char *name, const struct suffixes *suffixes, bool wanted)
{
	size_t length = strlen(name);
	bool any = false;

	for (size_t i = 0; i < suffixes->count; i++) {
		const char *suffix = suffixes->at[i];
		bool is_wanted = *suffix == '*';
		size_t tail;

		suffix += is_wanted;
		if (is_wanted != wanted || (is_wanted && !*suffix))
			continue;
		any = true;
		tail = strlen(suffix);
		if (length > tail && strcmp(name + length - tail, suffix) == 0)
			return true;
	}
	return wanted && !any;
}

/* The file's name in the directory, or NULL where conf-dir does not read it. */
static const char *name_within(const char *directory, const char *path,
			       const struct suffixes *suffixes)
{
	const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
	size_t length = slash ? (size_t)(slash - path) : 0, whole = strlen(directory);

	while (whole > 1 && directory[whole - 1] == '/')
		whole--;
	if (!length || length > whole ||
	    strncmp(directory + whole - length, path, length) != 0 ||
	    (length < whole && directory[whole - length - 1] != '/'))
		return NULL;
	if (!*name || *name == '.' || name[strlen(name) - 1] == '~' ||
	    (*name == '#' && name[strlen(name) - 1] == '#'))
		return NULL;
	return has_suffix(name, suffixes, true) && !has_suffix(name, suffixes, false)
		       ? name
		       : NULL;
}

/* The file whose name comes next behind @last. */
static const struct import_file *next_file(const struct import_input *input,
					   const char *directory,
					   const struct suffixes *suffixes,
					   const char *last)
{
	const struct import_file *next = NULL;

	for (size_t i = 1; i < input->file_count; i++) {
		const char *name = input->files[i].name;

		if (name_within(directory, name, suffixes) &&
		    (!last || strcmp(name, last) > 0) &&
		    (!next || strcmp(name, next->name) < 0))
			next = &input->files[i];
	}
	return next;
}

int dnsmasq_read_conf_dir(struct dnsmasq_importer *importer, struct dnsmasq_line *line)
{
	const struct import_file *file;
	struct suffixes suffixes = {0};
	const char *directory, *last = NULL;
	char *item = dnsmasq_split(line->value, ',');

	dnsmasq_unhide(line->value);
	directory = arena_strdup(importer->arena, line->value);
	for (char *next; item; item = next) {
		next = dnsmasq_split(item, ',');
		dnsmasq_unhide(item);
		if (*item)
			*arena_push(importer->arena, suffixes.at, suffixes.count,
				    suffixes.capacity) =
				arena_strdup(importer->arena, item);
	}
	if (!importer->input->bare)
		ruleset_assume(importer->rules,
			       arena_printf(importer->arena,
					    "directory '%s' holds no other file for "
					    "dnsmasq than those that were given",
					    directory),
			       importer->arena);
	while ((file = next_file(importer->input, directory, &suffixes, last))) {
		if (dnsmasq_read_file(importer, file, line->depth + 1) < 0)
			return -1;
		last = file->name;
	}
	return 0;
}

static int read_line(struct dnsmasq_importer *importer, struct dnsmasq_line *line,
		     const struct piece *piece)
{
	struct span whole = {line->file->source, piece->begin,
			     piece->begin + (uint32_t)piece->length};
	const char *id;
	size_t comment;

	if (!unquote(line, piece, &comment))
		return dnsmasq_refuse(importer, whole, "a quote is never closed");
	id = read_id(importer, piece, comment);
	if (!divide(line)) {
		importer->above = comment != SIZE_MAX ? id : importer->above;
		return 0;
	}
	line->id = id ? id : importer->above;
	importer->above = NULL;
	if (check_option(importer, line) < 0)
		return -1;
	return dnsmasq_carry_out(importer, line);
}

/* The next piece that dnsmasq reads at once; a NUL ends what it sees of it. */
static struct piece next_piece(const struct import_file *file, size_t at,
			       size_t *ret_next)
{
	size_t left = file->length - at;
	size_t length = left < DNSMASQ_LINE ? left : DNSMASQ_LINE;
	const char *feed = memchr(file->text + at, '\n', length), *end;

	if (feed)
		length = (size_t)(feed - (file->text + at)) + 1;
	*ret_next = at + length;
	end = memchr(file->text + at, '\0', length);
	return (struct piece){
		.text = file->text + at,
		.length = end ? (size_t)(end - (file->text + at)) : length,
		.begin = (uint32_t)at,
	};
}

int dnsmasq_read_file(struct dnsmasq_importer *importer, const struct import_file *file,
		      unsigned depth)
{
	struct dnsmasq_line *line = arena_make(importer->arena, struct dnsmasq_line);
	size_t at = 0;

	/* dnsmasq, too, reads a file once and then passes it by. */
	if (textmap_get(&importer->seen_files, file->name))
		return 0;
	textmap_put(&importer->seen_files, file->name, importer, importer->arena);
	if (depth > DNSMASQ_MAX_DEPTH) {
		diag_report(importer->diag, DIAG_DNSMASQ_INCLUDE,
			    (struct span){file->source, 0, 0},
			    "'%s' is included through more than %u files", file->name,
			    DNSMASQ_MAX_DEPTH);
		return -1;
	}
	importer->above = NULL;
	line->depth = depth;
	while (at < file->length) {
		struct piece piece = next_piece(file, at, &at);

		line->file = file;
		line->length = 0;
		if (piece.length && piece.text[piece.length - 1] == '\n')
			piece.length--;
		if (read_line(importer, line, &piece) < 0)
			return -1;
	}
	importer->above = NULL;
	return 0;
}
