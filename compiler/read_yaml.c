/* read_yaml.c - Reading YAML as a document. */
#include "compiler/input.h"

#include <stdio.h>
#include <string.h>

#include <yaml.h>

#include "rules/base/arena.h"
#include "rules/base/utf8.h"

/**
 * DOC: YAML
 *
 * libyaml's events become the tree.  Of YAML only what a reader sees at the place is
 * taken: no aliases (whose expansion also has no bound), no merge keys, no tags beyond
 * those that say nothing, one document a file.
 *
 * libyaml counts characters and spans count bytes.  Marks hardly ever go back, so one
 * cursor that moves with them translates all of a file in one pass.
 */
struct reader {
	yaml_parser_t parser;
	const char *text;
	size_t length;
	uint32_t source;
	uint32_t bom;	  /* bytes in front of @text */
	size_t character; /* the cursor: so many characters are ... */
	size_t byte;	  /* ... so many bytes */
	size_t node_count;
	struct arena *arena;
	struct diag *diag;
};

static void release_reader(struct reader *reader)
{
	yaml_parser_delete(&reader->parser);
}

static bool is_inside_character(const struct reader *reader, size_t byte)
{
	return byte < reader->length &&
	       ((unsigned char)reader->text[byte] & 0xc0) == 0x80;
}

static size_t byte_of(struct reader *reader, size_t character)
{
	while (reader->character < character && reader->byte < reader->length) {
		do
			reader->byte++;
		while (is_inside_character(reader, reader->byte));
		reader->character++;
	}
	while (reader->character > character && reader->byte) {
		do
			reader->byte--;
		while (reader->byte && is_inside_character(reader, reader->byte));
		reader->character--;
	}
	return reader->byte;
}

static struct span span_bytes(const struct reader *reader, size_t begin, size_t end)
{
	return (struct span){reader->source, (uint32_t)begin + reader->bom,
			     (uint32_t)end + reader->bom};
}

/* Marks of block scalars reach to the next line: blanks at the end are cut off. */
static struct span event_span(struct reader *reader, const yaml_event_t *event)
{
	size_t begin = byte_of(reader, event->start_mark.index);
	size_t end = byte_of(reader, event->end_mark.index);

	while (end > begin && strchr(" \t\r\n", reader->text[end - 1]))
		end--;
	return span_bytes(reader, begin, end);
}

static struct span mark_span(struct reader *reader, size_t character)
{
	size_t begin = byte_of(reader, character);
	size_t length = utf8_sequence(reader->text + begin, reader->length - begin);

	return span_bytes(reader, begin, begin + length);
}

/* What libyaml says, and what helps.  Its words are kept: people search for them. */
static const struct {
	const char *problem;
	const char *help;
} hints[] = {
	{"found character that cannot start any token",
	 "indent with blanks, not with tabs; put a text that begins with % @ or ` in "
	 "quotes"},
	{"found a tab character", "indent with blanks: YAML allows no tabs there"},
	{"mapping values are not allowed in this context",
	 "put a text with ': ' in quotes, or check the indentation of this line"},
	{"could not find expected ':'", "a key is followed by ': ' (with a blank)"},
	{"did not find expected key",
	 "check the indentation: the keys of one mapping begin in "
	 "the same column"},
	{"did not find expected '-' indicator",
	 "the entries of one list begin in the same "
	 "column, each with '- '"},
	{"did not find expected ',' or ']'",
	 "close the list with ], and put commas between its "
	 "entries"},
	{"did not find expected ',' or '}'",
	 "close the mapping with }, and put commas between "
	 "its entries"},
	{"found unknown escape character",
	 "write \\\\ for a backslash, or use single quotes"},
	{"control characters are not allowed", "remove the character"},
	{"block sequence entries are not allowed in this context",
	 "begin the list on a line of its own"},
};

static void add_hint(struct diag *diag, const char *problem)
{
	for (size_t i = 0; i < ARRAY_SIZE(hints); i++)
		if (strncmp(problem, hints[i].problem, strlen(hints[i].problem)) == 0) {
			diag_help(diag, "%s", hints[i].help);
			return;
		}
}

static int report_parser(struct reader *reader)
{
	const yaml_parser_t *parser = &reader->parser;
	const char *problem = parser->problem ? parser->problem : "it cannot be parsed";
	size_t byte;

	if (parser->error == YAML_MEMORY_ERROR)
		BUG("libyaml is out of memory");
	if (parser->error == YAML_READER_ERROR) {
		byte = parser->problem_offset < reader->length ? parser->problem_offset
							       : reader->length;
		diag_report(reader->diag, DIAG_YAML_SYNTAX,
			    span_bytes(reader, byte, byte + (byte < reader->length)),
			    "%s (0x%02x)", problem, (unsigned)parser->problem_value);
		add_hint(reader->diag, problem);
		return -1;
	}
	if (strcmp(problem, "found unexpected end of stream") == 0 && parser->context) {
		diag_report(reader->diag, DIAG_YAML_SYNTAX,
			    mark_span(reader, parser->context_mark.index), "%s: %s",
			    parser->context, problem);
		diag_help(reader->diag, "close the quotes");
		return -1;
	}
	diag_report(reader->diag, DIAG_YAML_SYNTAX,
		    mark_span(reader, parser->problem_mark.index), "%s", problem);
	if (parser->context && parser->context_mark.index != parser->problem_mark.index)
		diag_note(reader->diag, mark_span(reader, parser->context_mark.index),
			  "%s that "
			  "begins here",
			  parser->context);
	add_hint(reader->diag, problem);
	return -1;
}

static int next_event(struct reader *reader, yaml_event_t *ret_event)
{
	*ret_event = (yaml_event_t){0};
	return yaml_parser_parse(&reader->parser, ret_event) ? 0 : report_parser(reader);
}

static struct doc *add_node(struct reader *reader, enum doc_kind kind, struct span at,
			    size_t depth)
{
	struct doc *doc;

	if (depth > DOC_MAX_DEPTH) {
		diag_report(reader->diag, DIAG_DOCUMENT_LIMIT, at,
			    "lists and mappings are nested more than %u deep",
			    DOC_MAX_DEPTH);
		return NULL;
	}
	if (++reader->node_count > DOC_MAX_NODES) {
		diag_report(reader->diag, DIAG_DOCUMENT_LIMIT, at,
			    "the text has more than %u values", DOC_MAX_NODES);
		return NULL;
	}
	doc = arena_make(reader->arena, struct doc);
	doc->kind = kind;
	doc->at = at;
	return doc;
}

/* Tags of the core schema say what the syntax says anyway (YAML 1.2.2, chapter 10). */
static int check_tag(struct reader *reader, const yaml_char_t *tag,
		     const yaml_event_t *event)
{
	static const char *const core[] = {"str",  "int", "bool", "float",
					   "null", "seq", "map"};
	static const char prefix[] = "tag:yaml.org,2002:";
	const char *text = (const char *)tag;

	if (!text || strcmp(text, "!") == 0)
		return 0;
	if (strncmp(text, prefix, strlen(prefix)) == 0)
		for (size_t i = 0; i < ARRAY_SIZE(core); i++)
			if (strcmp(text + strlen(prefix), core[i]) == 0)
				return 0;
	diag_report(reader->diag, DIAG_YAML_TAG, event_span(reader, event),
		    "the tag '%.80s'", text);
	diag_help(reader->diag,
		  "remove it: the type of a value comes from its place in the spec");
	return -1;
}

static bool is_null(const yaml_event_t *event)
{
	static const char *const words[] = {"", "~", "null", "Null", "NULL"};
	const char *text = (const char *)event->data.scalar.value;

	if (event->data.scalar.style != YAML_PLAIN_SCALAR_STYLE)
		return false;
	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		if (strcmp(text, words[i]) == 0)
			return true;
	return false;
}

static struct doc *read_scalar(struct reader *reader, const yaml_event_t *event,
			       size_t depth)
{
	struct span at = event_span(reader, event);
	struct doc *doc;

	if (check_tag(reader, event->data.scalar.tag, event))
		return NULL;
	if (memchr(event->data.scalar.value, '\0', event->data.scalar.length)) {
		diag_report(reader->diag, DIAG_YAML_SYNTAX, at,
			    "'\\0' cannot be part of a text");
		diag_help(reader->diag, "remove it");
		return NULL;
	}
	doc = add_node(reader, is_null(event) ? DOC_NULL : DOC_SCALAR, at, depth);
	if (!doc || doc->kind == DOC_NULL)
		return doc;
	doc->quoted = event->data.scalar.style != YAML_PLAIN_SCALAR_STYLE;
	doc->length = event->data.scalar.length;
	doc->text = arena_strndup(reader->arena, (const char *)event->data.scalar.value,
				  doc->length);
	return doc;
}

static struct doc *read_node(struct reader *reader, const yaml_event_t *event,
			     size_t depth);

/* A block collection's own end mark is where the next token begins: its last element
 * says where it ends.  A flow collection ends with its bracket. */
static void close_span(struct reader *reader, struct doc *doc, const yaml_event_t *end,
		       bool flow, const struct doc *last)
{
	if (flow)
		doc->at.end = event_span(reader, end).end;
	else if (last && last->at.end > doc->at.end)
		doc->at.end = last->at.end;
}

static struct doc *read_list(struct reader *reader, const yaml_event_t *event,
			     size_t depth)
{
	bool flow = event->data.sequence_start.style == YAML_FLOW_SEQUENCE_STYLE;
	struct doc *list, *item = NULL;
	size_t capacity = 0;

	if (check_tag(reader, event->data.sequence_start.tag, event))
		return NULL;
	list = add_node(reader, DOC_LIST, event_span(reader, event), depth);
	if (!list)
		return NULL;
	for (;;) {
		CLEANUP(yaml_event_delete) yaml_event_t next;

		if (next_event(reader, &next))
			return NULL;
		if (next.type == YAML_SEQUENCE_END_EVENT) {
			close_span(reader, list, &next, flow, item);
			return list;
		}
		item = read_node(reader, &next, depth);
		if (!item)
			return NULL;
		*arena_push(reader->arena, list->items, list->count, capacity) = item;
	}
}

static int read_key(struct reader *reader, const yaml_event_t *event,
		    struct doc_entry *ret_entry)
{
	struct span at = event_span(reader, event);
	const char *text;

	if (event->type != YAML_SCALAR_EVENT || is_null(event)) {
		diag_report(reader->diag, DIAG_YAML_KEY, at, "a key must be a text");
		diag_help(reader->diag,
			  event->type == YAML_SCALAR_EVENT
				  ? "write the key in front of the ':'"
				  : "write 'key: value'; a text with { [ or ? in "
				    "front goes in quotes");
		return -1;
	}
	if (check_tag(reader, event->data.scalar.tag, event))
		return -1;
	text = (const char *)event->data.scalar.value;
	if (memchr(text, '\0', event->data.scalar.length)) {
		diag_report(reader->diag, DIAG_YAML_KEY, at, "'\\0' in a key");
		return -1;
	}
	if (strcmp(text, "<<") == 0 &&
	    event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE) {
		diag_report(reader->diag, DIAG_YAML_MERGE_KEY, at, "a merge key");
		diag_help(reader->diag, "write the keys out here");
		return -1;
	}
	ret_entry->at = at;
	ret_entry->key = arena_strndup(reader->arena, text, event->data.scalar.length);
	return 0;
}

static struct doc *read_map(struct reader *reader, const yaml_event_t *event,
			    size_t depth)
{
	bool flow = event->data.mapping_start.style == YAML_FLOW_MAPPING_STYLE;
	struct doc *map, *value = NULL;
	size_t capacity = 0;

	if (check_tag(reader, event->data.mapping_start.tag, event))
		return NULL;
	map = add_node(reader, DOC_MAP, event_span(reader, event), depth);
	if (!map)
		return NULL;
	for (;;) {
		CLEANUP(yaml_event_delete) yaml_event_t key;
		CLEANUP(yaml_event_delete) yaml_event_t next = {0};
		struct doc_entry entry;

		if (next_event(reader, &key))
			return NULL;
		if (key.type == YAML_MAPPING_END_EVENT) {
			close_span(reader, map, &key, flow, value);
			return map;
		}
		if (read_key(reader, &key, &entry) || next_event(reader, &next))
			return NULL;
		value = entry.value = read_node(reader, &next, depth);
		if (!value)
			return NULL;
		*arena_push(reader->arena, map->entries, map->count, capacity) = entry;
	}
}

/* Recursion is bounded: add_node() refuses what is deeper than DOC_MAX_DEPTH. */
static struct doc *read_node(struct reader *reader, const yaml_event_t *event,
			     size_t depth)
{
	switch ((int)event->type) {
	case YAML_SCALAR_EVENT:
		return read_scalar(reader, event, depth);
	case YAML_SEQUENCE_START_EVENT:
		return read_list(reader, event, depth + 1);
	case YAML_MAPPING_START_EVENT:
		return read_map(reader, event, depth + 1);
	case YAML_ALIAS_EVENT:
		diag_report(reader->diag, DIAG_YAML_ALIAS, event_span(reader, event),
			    "an alias for '%.80s'",
			    (const char *)event->data.alias.anchor);
		diag_help(reader->diag, "write the value out here");
		return NULL;
	default:
		BUG("libyaml event %d in a document", (int)event->type);
	}
}

/* The events around the one document: returns the first that is not @skip. */
static int skip_event(struct reader *reader, yaml_event_type_t skip,
		      yaml_event_t *ret_event)
{
	do {
		yaml_event_delete(ret_event);
		if (next_event(reader, ret_event))
			return -1;
	} while (ret_event->type == skip);
	return 0;
}

static int read_stream(struct reader *reader, struct doc **ret_doc)
{
	CLEANUP(yaml_event_delete) yaml_event_t event = {0};
	struct doc *doc;

	if (skip_event(reader, YAML_STREAM_START_EVENT, &event))
		return -1;
	if (event.type == YAML_STREAM_END_EVENT) {
		diag_report(reader->diag, DIAG_DOCUMENT_EMPTY, span_bytes(reader, 0, 0),
			    "the file holds no document");
		diag_help(reader->diag, "a spec begins with 'version: 1'");
		return -1;
	}
	if (skip_event(reader, YAML_DOCUMENT_START_EVENT, &event))
		return -1;
	doc = read_node(reader, &event, 0);
	if (!doc || skip_event(reader, YAML_DOCUMENT_END_EVENT, &event))
		return -1;
	if (event.type != YAML_STREAM_END_EVENT) {
		diag_report(reader->diag, DIAG_YAML_DOCUMENTS,
			    mark_span(reader, event.start_mark.index),
			    "a second document begins here");
		diag_help(reader->diag,
			  "one file is one spec: remove it, or move it to a file of "
			  "its own");
		return -1;
	}
	*ret_doc = doc;
	return 0;
}

/* libyaml checks this too, but is vague about the place. */
static int check_encoding(const struct reader *reader)
{
	for (size_t i = 0, sequence; i < reader->length; i += sequence) {
		sequence = utf8_sequence(reader->text + i, reader->length - i);
		if (!sequence)
			return diag_report(reader->diag, DIAG_DOCUMENT_ENCODING,
					   span_bytes(reader, i, i + 1),
					   "bytes that are no UTF-8");
	}
	return 0;
}

/* Each "%TAG" line costs libyaml 0.2.5 a search of all before it (parser.c,
 * yaml_parser_append_tag_directive()), and what it abbreviates is refused anyway. */
static int check_directives(const struct reader *reader)
{
	static const char tag[] = "%TAG";
	const char *line = reader->text, *end = reader->text + reader->length;

	while (line && (size_t)(end - line) >= strlen(tag)) {
		if (memcmp(line, tag, strlen(tag)) == 0) {
			size_t at = (size_t)(line - reader->text);

			diag_report(reader->diag, DIAG_YAML_TAG,
				    span_bytes(reader, at, at + strlen(tag)),
				    "tag directives are not read");
			diag_help(reader->diag, "remove the line");
			return -1;
		}
		line = memchr(line, '\n', (size_t)(end - line));
		line = line ? line + 1 : NULL;
	}
	return 0;
}

int yaml_read(const char *text, size_t length, uint32_t source, struct arena *arena,
	      struct doc **ret_doc, struct diag *diag)
{
	bool bom = length >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0;
	CLEANUP(release_reader)
	struct reader reader = {
		.text = text + (bom ? 3 : 0),
		.length = length - (bom ? 3 : 0),
		.bom = bom ? 3 : 0,
		.source = source,
		.arena = arena,
		.diag = diag,
	};

	if (!yaml_parser_initialize(&reader.parser))
		BUG("libyaml cannot begin");
	if (length > DOC_MAX_BYTES)
		return diag_report(diag, DIAG_FILE_TOO_LARGE, SPAN_NONE,
				   "a YAML text of %zu bytes", length);
	if (check_encoding(&reader) || check_directives(&reader))
		return -1;
	yaml_parser_set_encoding(&reader.parser, YAML_UTF8_ENCODING);
	yaml_parser_set_input_string(&reader.parser, (const unsigned char *)reader.text,
				     reader.length);
	return read_stream(&reader, ret_doc);
}
