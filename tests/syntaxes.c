/* syntaxes.c - YAML, JSON and XML say the same: trees, places and messages.
 *
 *	syntaxes SPEC...		compare; one line a spec
 *	syntaxes --json SPEC		print the spec in JSON
 *	syntaxes --xml SPEC		print the spec in XML
 *
 * Each spec is written again in the other syntaxes, XML also with everything in it that
 * moves places: a BOM, CR LF, comments, processing instructions, CDATA, character
 * references and letters of several bytes.  The writer notes where it put each key and
 * value; the reader must find them there, and the parser must say the same about them.
 */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "compiler/input.h"
#include "compiler/parse.h"
#include "rules/base/arena.h"
#include "rules/base/strbuf.h"

/* -- writing ----------------------------------------------------------------------- */

/**
 * struct writer - A tree as text
 * @noise:	XML: put in what moves places
 * @depth:	XML: so far is the line indented
 * @turn:	XML: which noise comes next
 * @unsayable:	a key is no name of an element
 */
struct writer {
	struct strbuf out;
	bool noise;
	unsigned depth;
	unsigned turn;
	bool unsayable;
	struct arena *arena;
};

static void release_writer(struct writer *writer)
{
	strbuf_release(&writer->out);
}

static uint32_t here(const struct writer *writer)
{
	return (uint32_t)writer->out.length;
}

static void put_new_line(struct writer *writer)
{
	strbuf_puts(&writer->out, writer->noise ? "\r\n" : "\n");
	for (unsigned i = 0; i < writer->depth; i++)
		strbuf_putc(&writer->out, '\t');
}

/* Between tags, and around texts. */
static void put_noise(struct writer *writer)
{
	static const char *const noises[] = {
		"",
		"<!-- \xed\x95\x9c\xea\xb5\xad <b> & - -->",
		" \t",
		"<?pi <a>?>",
		"<!--\r\n<x y=\"&bogus;\">-->",
		"\r\n\r\n",
	};

	if (writer->noise)
		strbuf_puts(&writer->out,
			    noises[writer->turn++ % (sizeof(noises) / sizeof(*noises))]);
}

static void put_xml_character(struct writer *writer, char c)
{
	const char *entity = c == '&'	? "&amp;"
			     : c == '<' ? "&lt;"
			     : c == '>' ? "&gt;"
					: NULL;

	if (entity)
		strbuf_puts(&writer->out, entity);
	else if (writer->noise && isalnum((unsigned char)c) && writer->turn++ % 7 == 0)
		strbuf_printf(&writer->out, writer->turn % 2 ? "&#%u;" : "&#x%X;",
			      (unsigned char)c);
	else if (c == '\r' || c == '\n' || c == '\t' || c == ' ')
		strbuf_printf(&writer->out, c == ' ' ? " " : "&#%u;", (unsigned char)c);
	else
		strbuf_putc(&writer->out, c);
}

static struct doc *note(struct writer *writer, const struct doc *doc, uint32_t begin)
{
	struct doc *copy = arena_make(writer->arena, struct doc);

	*copy = *doc;
	copy->at = (struct span){0, begin, here(writer)};
	copy->entries = NULL;
	copy->items = NULL;
	return copy;
}

static bool is_element_name(const char *key)
{
	if (!isalpha((unsigned char)*key) && *key != '_')
		return false;
	for (const char *c = key; *c; c++)
		if (!isalnum((unsigned char)*c) && !strchr("_-.", *c))
			return false;
	return true;
}

/* An empty text needs a section that holds nothing: <x/> is no text. */
static struct doc *put_xml_text(struct writer *writer, const struct doc *doc)
{
	uint32_t begin;
	struct doc *copy;

	put_noise(writer);
	begin = here(writer);
	if (!doc->length || (writer->noise && writer->turn++ % 5 == 0 &&
			     !strstr(doc->text, "]]>") && !strpbrk(doc->text, "\r\n\t")))
		strbuf_printf(&writer->out, "<![CDATA[%s]]>", doc->text);
	else
		for (const char *c = doc->text; *c; c++)
			put_xml_character(writer, *c);
	copy = note(writer, doc, begin);
	put_noise(writer);
	return copy;
}

static struct doc *put_xml(struct writer *writer, const char *key, const struct doc *doc,
			   struct span *ret_key);

static void put_xml_entries(struct writer *writer, const struct doc *map,
			    struct doc *copy)
{
	copy->entries = arena_array(writer->arena, map->count + 1, struct doc_entry);
	for (size_t i = 0; i < map->count; i++) {
		copy->entries[i].key = map->entries[i].key;
		copy->entries[i].value =
			put_xml(writer, map->entries[i].key, map->entries[i].value,
				&copy->entries[i].at);
	}
}

static struct doc *put_xml_element(struct writer *writer, const char *key,
				   const struct doc *doc, struct span *ret_key)
{
	uint32_t begin;
	struct doc *copy;

	writer->unsayable |= !is_element_name(key);
	put_new_line(writer);
	put_noise(writer);
	begin = here(writer);
	strbuf_printf(&writer->out, "<%s", key);
	*ret_key = (struct span){0, begin + 1, here(writer)};
	if (writer->noise && writer->turn++ % 3 == 0)
		strbuf_puts(&writer->out, "\r\n ");
	if (doc->kind == DOC_NULL || (doc->kind != DOC_SCALAR && !doc->count)) {
		strbuf_puts(&writer->out, "/>");
		return note(writer, doc, begin);
	}
	strbuf_puts(&writer->out, ">");
	if (doc->kind == DOC_SCALAR) {
		copy = put_xml_text(writer, doc);
	} else {
		copy = note(writer, doc, begin);
		writer->depth++;
		put_xml_entries(writer, doc, copy);
		writer->depth--;
		put_new_line(writer);
		put_noise(writer);
	}
	strbuf_printf(&writer->out, "</%s%s>", key, writer->noise ? " \n" : "");
	if (doc->kind == DOC_MAP)
		copy->at.end = here(writer);
	return copy;
}

static struct doc *put_xml(struct writer *writer, const char *key, const struct doc *doc,
			   struct span *ret_key)
{
	struct doc *copy;
	struct span other;

	if (doc->kind != DOC_LIST || !doc->count)
		return put_xml_element(writer, key, doc, ret_key);
	copy = note(writer, doc, 0);
	copy->items = arena_array(writer->arena, doc->count, struct doc *);
	for (size_t i = 0; i < doc->count; i++) {
		/* A list in a list: each element would be one of the outer one. */
		writer->unsayable |= doc->items[i]->kind == DOC_LIST;
		if (writer->unsayable)
			break;
		copy->items[i] =
			put_xml_element(writer, key, doc->items[i], i ? &other : ret_key);
	}
	if (!writer->unsayable) {
		copy->at.begin = copy->items[0]->at.begin;
		copy->at.end = copy->items[doc->count - 1]->at.end;
	}
	return copy;
}

/* The root, whose version is an attribute; NULL when XML cannot say it. */
static struct doc *write_xml(struct writer *writer, const struct doc *doc)
{
	const struct doc *version = doc_get(doc, "version");
	struct doc *copy;
	uint32_t begin;

	if (!version || version->kind != DOC_SCALAR || strpbrk(version->text, "<&\""))
		return NULL;
	strbuf_puts(&writer->out, writer->noise ? "\xef\xbb\xbf" : "");
	strbuf_puts(&writer->out, "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n");
	put_noise(writer);
	begin = here(writer);
	copy = note(writer, doc, begin);
	strbuf_puts(&writer->out,
		    writer->noise ? "<postern  version =\t'" : "<postern version=\"");
	copy->entries = arena_array(writer->arena, doc->count, struct doc_entry);
	for (size_t i = 0; i < doc->count; i++)
		if (doc->entries[i].value == version) {
			strbuf_puts(&writer->out, version->text);
			copy->entries[i].value = note(writer, version, begin);
		}
	strbuf_puts(&writer->out, writer->noise ? "'>" : "\">");
	writer->depth = 1;
	for (size_t i = 0; i < doc->count; i++) {
		copy->entries[i].key = doc->entries[i].key;
		if (!copy->entries[i].value)
			copy->entries[i].value =
				put_xml(writer, doc->entries[i].key,
					doc->entries[i].value, &copy->entries[i].at);
	}
	writer->depth = 0;
	put_new_line(writer);
	strbuf_puts(&writer->out, "</postern>");
	copy->at.end = here(writer);
	put_new_line(writer);
	return writer->unsayable ? NULL : copy;
}

static void put_json_text(struct writer *writer, const char *text)
{
	strbuf_putc(&writer->out, '"');
	for (const char *c = text; *c; c++)
		if ((unsigned char)*c < 0x20 || *c == '"' || *c == '\\')
			strbuf_printf(&writer->out, "\\u%04x", (unsigned char)*c);
		else
			strbuf_putc(&writer->out, *c);
	strbuf_putc(&writer->out, '"');
}

static bool is_json_word(const char *text)
{
	size_t digits = strspn(text, "0123456789");

	return strcmp(text, "true") == 0 || strcmp(text, "false") == 0 ||
	       (digits && digits < 10 && !text[digits] && (digits == 1 || *text != '0'));
}

static struct doc *write_json(struct writer *writer, const struct doc *doc)
{
	uint32_t begin = here(writer);
	struct doc *copy = note(writer, doc, begin);
	bool is_map = doc->kind == DOC_MAP;

	copy->entries = arena_array(writer->arena, doc->count + 1, struct doc_entry);
	copy->items = arena_array(writer->arena, doc->count + 1, struct doc *);
	if (doc->kind == DOC_NULL)
		strbuf_puts(&writer->out, "null");
	else if (doc->kind == DOC_SCALAR && !doc->quoted && is_json_word(doc->text))
		strbuf_puts(&writer->out, doc->text);
	else if (doc->kind == DOC_SCALAR)
		put_json_text(writer, doc->text);
	else
		strbuf_putc(&writer->out, is_map ? '{' : '[');
	for (size_t i = 0; i < doc->count; i++) {
		strbuf_puts(&writer->out, i ? ",\n" : "\n");
		if (is_map) {
			begin = here(writer);
			put_json_text(writer, doc->entries[i].key);
			copy->entries[i].at = (struct span){0, begin, here(writer)};
			strbuf_puts(&writer->out, ": ");
			copy->entries[i].key = doc->entries[i].key;
			copy->entries[i].value =
				write_json(writer, doc->entries[i].value);
		} else {
			copy->items[i] = write_json(writer, doc->items[i]);
		}
	}
	if (is_map || doc->kind == DOC_LIST)
		strbuf_putc(&writer->out, is_map ? '}' : ']');
	copy->at.end = here(writer);
	return copy;
}

/* -- comparing --------------------------------------------------------------------- */

static bool differs(const char *path, const char *what)
{
	printf("# %s: %s\n", *path ? path : "/", what);
	return false;
}

static bool same_span(struct span written, struct span read)
{
	return written.begin == read.begin && written.end == read.end;
}

static bool same_tree(struct arena *arena, const char *path, const struct doc *written,
		      const struct doc *read)
{
	/* XML: one text alone, an empty mapping or list, and nothing are written alike.
	 */
	if (written->kind == DOC_LIST && written->count == 1 && read->kind == DOC_SCALAR)
		written = written->items[0];
	if (!written->count && written->kind != DOC_SCALAR)
		return read->kind != DOC_SCALAR && !read->count
			       ? true
			       : differs(path, "nothing became something");
	if (written->kind != read->kind || written->count != read->count)
		return differs(path, "another kind or number of elements");
	if (!same_span(written->at, read->at))
		return differs(path,
			       arena_printf(arena, "written at %u-%u, read at %u-%u",
					    written->at.begin, written->at.end,
					    read->at.begin, read->at.end));
	if (written->kind == DOC_SCALAR && strcmp(written->text, read->text) != 0)
		return differs(path, "another text");
	for (size_t i = 0; i < written->count; i++) {
		const struct doc_entry *entry =
			written->entries ? &written->entries[i] : NULL;

		if (written->kind == DOC_LIST) {
			if (!same_tree(arena, arena_printf(arena, "%s/%zu", path, i),
				       written->items[i], read->items[i]))
				return false;
			continue;
		}
		if (strcmp(entry->key, read->entries[i].key) != 0)
			return differs(path, "another key");
		path = arena_printf(arena, "%s/%s", path, entry->key);
		if (!same_span(entry->at, read->entries[i].at))
			return differs(path, "the key is elsewhere");
		if (!same_tree(arena, path, entry->value, read->entries[i].value))
			return false;
		path = arena_strndup(arena, path, strlen(path) - strlen(entry->key) - 1);
	}
	return true;
}

/* XML moves the version to the front, and elements of a list to its first. */
static void version_first(struct doc *doc, const struct doc *read)
{
	for (size_t i = 0; i < doc->count; i++) {
		struct doc_entry version = doc->entries[i];

		if (strcmp(version.key, "version") != 0)
			continue;
		memmove(doc->entries + 1, doc->entries, i * sizeof(version));
		version.at = read->entries[0].at;
		version.value->at = read->entries[0].value->at;
		doc->entries[0] = version;
		return;
	}
}

struct judged {
	struct diag *diag;
	struct doc *doc;
};

static struct judged judge(const char *name, const char *text, size_t length,
			   struct arena *arena)
{
	struct judged judged = {.diag = diag_new(arena)};
	struct input_file file = {.path = name,
				  .name = name,
				  .text = text,
				  .length = length};
	struct parse_options options = {.files = input_new(arena, judged.diag)};
	struct spec *spec;

	file.source = diag_add_source(judged.diag, name, text, length);
	if (!document_read(&file, arena, &judged.doc, judged.diag))
		spec_parse(judged.doc, &options, arena, &spec, judged.diag);
	return judged;
}

/* The messages of two texts, in one order: XML's version stands in front. */
static bool same_messages(const struct judged *a, const struct judged *b)
{
	size_t i;

	for (i = 0; diag_message(a->diag, i) && diag_message(b->diag, i); i++) {
		const struct diag_message *one = diag_message(a->diag, i);
		const struct diag_message *other = diag_message(b->diag, i);

		if (one->code == other->code && strcmp(one->text, other->text) == 0)
			continue;
		printf("# %s\n# %s\n", one->text, other->text);
		return differs("", "another message");
	}
	return !diag_message(a->diag, i) && !diag_message(b->diag, i)
		       ? true
		       : differs("", "more messages, or fewer");
}

/* -- the program ------------------------------------------------------------------- */

static bool compare_xml(const char *name, const struct judged *original, bool noise,
			struct arena *arena)
{
	CLEANUP(release_writer)
	struct writer writer = {.noise = noise, .arena = arena};
	struct doc *written = write_xml(&writer, original->doc);
	struct judged again;

	if (!written)
		return true;
	again = judge(name, strbuf_text(&writer.out), writer.out.length, arena);
	if (!again.doc) {
		printf("# %s\n", diag_message(again.diag, 0)->text);
		return differs("", "is refused in XML");
	}
	version_first(written, again.doc);
	return same_tree(arena, "", written, again.doc) &&
	       same_messages(original, &again);
}

/* In XML what is a list and what a mapping comes from the place: it cannot be wrong. */
static bool has_wrong_kind(const struct judged *judged)
{
	for (size_t i = 0; diag_message(judged->diag, i); i++)
		if (diag_message(judged->diag, i)->code == DIAG_WRONG_KIND)
			return true;
	return false;
}

static bool compare_json(const char *name, const struct judged *original,
			 struct arena *arena)
{
	CLEANUP(release_writer) struct writer writer = {.arena = arena};
	struct doc *written = write_json(&writer, original->doc);
	struct judged again =
		judge(name, strbuf_text(&writer.out), writer.out.length, arena);

	/* What stands twice JSON's reader refuses itself. */
	if (!again.doc)
		return diag_message(again.diag, 0)->code == DIAG_DUPLICATE_KEY ||
		       differs("", "is refused in JSON");
	return same_tree(arena, "", written, again.doc) &&
	       same_messages(original, &again);
}

static bool compare(const char *path)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new();
	struct diag *diag = diag_new(arena);
	const struct input_file *file =
		input_read(input_new(arena, diag), path, NULL, SPAN_NONE);
	struct judged original;

	if (!file)
		return differs(path, "cannot be read");
	original = judge(path, file->text, file->length, arena);
	/* What only one syntax can get wrong is tested where its reader is. */
	return !original.doc || original.doc->kind != DOC_MAP ||
	       (compare_json(path, &original, arena) &&
		(has_wrong_kind(&original) ||
		 (compare_xml(path, &original, false, arena) &&
		  compare_xml(path, &original, true, arena))));
}

static int print(const char *path, bool xml)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new();
	CLEANUP(release_writer) struct writer writer = {.arena = arena};
	struct diag *diag = diag_new(arena);
	const struct input_file *file =
		input_read(input_new(arena, diag), path, NULL, SPAN_NONE);
	struct doc *doc;

	if (!file || document_read(file, arena, &doc, diag) ||
	    !(xml ? write_xml : write_json)(&writer, doc))
		return EXIT_FAILURE;
	printf("%s\n", strbuf_text(&writer.out));
	return EXIT_SUCCESS;
}

int main(int argc, char **argv)
{
	bool xml = argc == 3 && strcmp(argv[1], "--xml") == 0;
	int failed = 0;

	if (xml || (argc == 3 && strcmp(argv[1], "--json") == 0))
		return print(argv[2], xml);
	for (int i = 1; i < argc; i++) {
		bool good = compare(argv[i]);

		printf("%s - syntaxes: %s\n", good ? "ok" : "not ok", argv[i]);
		failed |= !good;
	}
	return failed;
}
