/* read_xml.c - Reading XML as a document. */
#include "compiler/input.h"

#include <string.h>

#include <libxml/parser.h>
#include <libxml/parserInternals.h>
#include <libxml/xmlerror.h>

#include "compiler/schema.h"
#include "rules/base/arena.h"
#include "rules/base/strbuf.h"
#include "rules/base/utf8.h"

/**
 * DOC: XML
 *
 *	<postern version="1">
 *		<registries>                  a list is its element repeated,
 *			<name>contoso</name>  here a list of one mapping
 *			<replicas>eastus</replicas>
 *			<replicas>northeurope</replicas>
 *		</registries>
 *		<clients>…</clients>
 *		<clients>…</clients>          … and here of two
 *	</postern>
 *
 * The element of a key holds its value: text, or the elements of a mapping.  An element
 * that stands where a list is meant is an element of that list, wherever its siblings
 * stand; alone and empty it is the empty list.  Elsewhere an empty element is nothing.
 * Where a list is meant says schema.def, so this reader walks along that table.  Blanks
 * around a text do not count; comments and processing instructions are skipped.
 *
 * Of XML only what a reader sees at the place is taken: no DTD and so no entities but the
 * five predefined ones and character references, no namespaces, no text beside elements,
 * no attribute but the root's version.
 *
 * check_tags() reads the text before libxml2 does: it refuses DTDs and tags that are
 * longer than any can be.  libxml2 is asked for nothing but events; the places are found
 * in the text, from the '>' at which each event is reported.
 */

/* The longest tag is "registry_data_<region>" with a region of 40 bytes; libxml2 2.9
 * compares every attribute of a tag with all before it. */
#define MAX_TAG_BYTES 4096u

/**
 * struct frame - An element that is open
 * @begin:	its '<'
 * @gap:	behind its last child, or behind its own start tag
 * @mapping:	what its children are keys of; SCHEMA_MAPPING_COUNT: of nothing known
 * @map:	its children; NULL before the first
 * @lists:	for each key: where in @map its list is, plus one
 */
struct frame {
	const char *name;
	uint32_t begin;
	uint32_t gap;
	bool closed; /* <x/> */
	enum schema_mapping mapping;
	enum schema_key key;
	struct doc *map;
	size_t capacity;
	struct {
		size_t entry;
		size_t capacity;
	} lists[SCHEMA_KEY_COUNT];
};

struct reader {
	xmlParserCtxt *parser;
	const char *text;
	size_t length;
	uint32_t source;
	uint32_t bom; /* bytes in front of @text */
	size_t node_count;
	struct frame *frames;
	size_t depth;
	struct strbuf value; /* the text of the innermost element */
	struct doc *root;
	bool failed;
	struct arena *arena;
	struct diag *diag;
};

static void release_reader(struct reader *reader)
{
	strbuf_release(&reader->value);
	if (!reader->parser)
		return;
	xmlFreeDoc(reader->parser->myDoc);
	xmlFreeParserCtxt(reader->parser);
}

/* -- places ------------------------------------------------------------------------ */

static struct span span_bytes(const struct reader *reader, size_t begin, size_t end)
{
	return (struct span){reader->source, (uint32_t)begin + reader->bom,
			     (uint32_t)end + reader->bom};
}

static struct span span_character(const struct reader *reader, size_t begin)
{
	return span_bytes(reader, begin,
			  begin + utf8_sequence(reader->text + begin,
						reader->length - begin));
}

static struct span name_span(const struct reader *reader, const struct frame *frame)
{
	return span_bytes(reader, frame->begin + 1,
			  frame->begin + 1 + strlen(frame->name));
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* Where libxml2 reads. */
static size_t cursor(const struct reader *reader)
{
	long at = xmlByteConsumed(reader->parser);

	return at < 0 ? 0 : (size_t)at > reader->length ? reader->length : (size_t)at;
}

/* The last @c in front of @at.  In a tag only its first byte is a '<'. */
static size_t find_back(const struct reader *reader, size_t at, char c)
{
	const char *found = memrchr(reader->text, c, at);

	return found ? (size_t)(found - reader->text) : 0;
}

static bool begins(const struct reader *reader, size_t at, const char *word)
{
	return reader->length - at >= strlen(word) &&
	       memcmp(reader->text + at, word, strlen(word)) == 0;
}

/* Behind the next @word; 0 when there is none. */
static size_t behind(const struct reader *reader, size_t at, const char *word)
{
	const char *found =
		memmem(reader->text + at, reader->length - at, word, strlen(word));

	return found ? (size_t)(found - reader->text) + strlen(word) : 0;
}

/*
 * Steps over a comment, processing instruction or CDATA section.
 *
 * Return: behind it; @at itself when there is none; 0 when it does not end
 */
static size_t skip_section(const struct reader *reader, size_t at)
{
	static const char *const sections[][2] = {{"<!--", "-->"},
						  {"<?", "?>"},
						  {"<![CDATA[", "]]>"}};

	for (size_t i = 0; i < ARRAY_SIZE(sections); i++)
		if (begins(reader, at, sections[i][0]))
			return behind(reader, at + strlen(sections[i][0]),
				      sections[i][1]);
	return at;
}

/* The text between two tags, from its first byte that is no blank to its last. */
static bool find_text(const struct reader *reader, size_t begin, size_t end,
		      struct span *ret_span)
{
	size_t first = 0, last = 0, next;

	for (size_t at = begin; at < end; at = next) {
		bool counts = !is_blank(reader->text[at]);

		next = at + 1;
		if (reader->text[at] == '<') {
			counts = begins(reader, at, "<![CDATA[");
			next = skip_section(reader, at);
			if (next <= at)
				break;
		}
		if (counts) {
			first = last ? first : at;
			last = next;
		}
	}
	*ret_span = span_bytes(reader, first, last);
	return last != 0;
}

/* -- what is refused --------------------------------------------------------------- */

/* What libxml2 says, and what helps.  Its words are kept: people search for them. */
static const struct {
	int code;
	char back; /* the mistake begins with this, in front of where libxml2 noticed */
	const char *help;
} hints[] = {
	{XML_ERR_UNDECLARED_ENTITY, '&',
	 "write the character itself; only &amp; &lt; &gt; &quot; &apos; and numbers "
	 "like "
	 "&#8364; are read"},
	{XML_ERR_NAME_REQUIRED, 0, "write &amp; for '&' and &lt; for '<' in a text"},
	{XML_ERR_ENTITYREF_SEMICOL_MISSING, '&', "write &amp; for '&' in a text"},
	{XML_ERR_LT_IN_ATTRIBUTE, 0, "close the quotes; write &lt; for '<' in a value"},
	{XML_ERR_TAG_NAME_MISMATCH, '<', "close each element with its own name"},
	{XML_ERR_TAG_NOT_FINISHED, 0, "close each element with its own name"},
	{XML_ERR_GT_REQUIRED, 0, "end the tag with '>'"},
	{XML_ERR_DOCUMENT_END, 0,
	 "one file is one spec: everything stands in one <postern>"},
	{XML_ERR_DOCUMENT_EMPTY, 0, "a spec begins with <postern version=\"1\">"},
	{XML_ERR_ATTRIBUTE_NOT_STARTED, 0, "write the value in quotes: version=\"1\""},
	{XML_ERR_ATTRIBUTE_WITHOUT_VALUE, 0, "write the value in quotes: version=\"1\""},
	{XML_ERR_ATTRIBUTE_REDEFINED, 0, "keep one of the two"},
	{XML_ERR_INVALID_CHAR, 0, "remove the character"},
	{XML_ERR_INVALID_CHARREF, 0, "write the number of a character: &#8364;"},
	{XML_ERR_HYPHEN_IN_COMMENT, 0, "write no '--' inside a comment"},
	{XML_ERR_RESERVED_XML_NAME, '<',
	 "the XML declaration is the first thing of a file"},
};

static int fail(struct reader *reader)
{
	reader->failed = true;
	if (reader->parser)
		xmlStopParser(reader->parser);
	return -1;
}

static void report_syntax(struct reader *reader, int code, const char *words)
{
	size_t at = cursor(reader), length = words ? strcspn(words, "\n") : 0;
	const struct frame *open =
		reader->depth ? &reader->frames[reader->depth - 1] : NULL;
	const char *help = NULL;

	for (size_t i = 0; i < ARRAY_SIZE(hints); i++)
		if (hints[i].code == code) {
			help = hints[i].help;
			if (hints[i].back)
				at = find_back(reader, at, hints[i].back);
		}
	diag_report(reader->diag, DIAG_XML_SYNTAX, span_character(reader, at), "%.*s",
		    (int)length, length ? words : "it cannot be parsed");
	if (open && (code == XML_ERR_TAG_NAME_MISMATCH ||
		     code == XML_ERR_TAG_NOT_FINISHED || at == reader->length))
		diag_note(reader->diag, name_span(reader, open), "'%.80s' is opened here",
			  open->name);
	if (help)
		diag_help(reader->diag, "%s", help);
}

#if LIBXML_VERSION >= 21200
static void on_error(void *data, const xmlError *error)
#else
static void on_error(void *data, xmlError *error)
#endif
{
	struct reader *reader = data;

	/* Warnings, and colons in names: on_start() refuses those itself. */
	if (reader->failed || error->level == XML_ERR_WARNING ||
	    error->domain == XML_FROM_NAMESPACE)
		return;
	if (error->code == XML_ERR_NO_MEMORY)
		BUG("libxml2 is out of memory");
	report_syntax(reader, error->code, error->message);
	fail(reader);
}

static int refuse_dtd(struct reader *reader, size_t at)
{
	diag_report(reader->diag, DIAG_XML_DTD,
		    span_bytes(reader, at, at + strlen("<!DOCTYPE")),
		    "a document type definition");
	diag_help(reader->diag, "remove it: nothing is declared in a spec");
	return -1;
}

static int refuse_tag(struct reader *reader, size_t at)
{
	diag_report(reader->diag, DIAG_DOCUMENT_LIMIT, span_bytes(reader, at, at + 1),
		    "a tag has more than %u bytes", MAX_TAG_BYTES);
	diag_help(reader->diag, "close the quotes and the tag that begin here");
	return -1;
}

/* Behind the tag that begins at @at, quoted '>' aside; 0 when it does not end. */
static size_t tag_end(const struct reader *reader, size_t at)
{
	char quote = '\0';

	for (size_t begin = at; at < reader->length && at - begin < MAX_TAG_BYTES; at++) {
		char c = reader->text[at];

		if (!quote && c == '>')
			return at + 1;
		if (!quote && (c == '"' || c == '\''))
			quote = c;
		else if (c == quote)
			quote = '\0';
	}
	return 0;
}

/* What does not end is left to libxml2, which stops there too. */
static int check_tags(struct reader *reader)
{
	size_t at = 0, next;

	while (at < reader->length) {
		const char *tag = memchr(reader->text + at, '<', reader->length - at);

		if (!tag)
			return 0;
		at = (size_t)(tag - reader->text);
		if (begins(reader, at, "<!DOCTYPE"))
			return refuse_dtd(reader, at);
		next = skip_section(reader, at);
		if (next == at) {
			next = tag_end(reader, at);
			if (!next && reader->length - at >= MAX_TAG_BYTES)
				return refuse_tag(reader, at);
		}
		if (!next)
			return 0;
		at = next;
	}
	return 0;
}

/* The value of "encoding" in the XML declaration, without quotes. */
static bool find_encoding(const struct reader *reader, size_t *ret_begin, size_t *ret_end)
{
	size_t end, at;

	if (!begins(reader, 0, "<?xml") || reader->length < 6 ||
	    !is_blank(reader->text[5]))
		return false;
	end = behind(reader, 0, "?>");
	at = behind(reader, 0, "encoding");
	if (!end || !at || at > end)
		return false;
	while (at < end && (is_blank(reader->text[at]) || reader->text[at] == '='))
		at++;
	*ret_begin = ++at;
	while (at < end && !strchr("\"'?", reader->text[at]))
		at++;
	*ret_end = at;
	return at > *ret_begin;
}

static int check_encoding(const struct reader *reader)
{
	size_t begin, end;

	if (find_encoding(reader, &begin, &end) &&
	    (end - begin != 5 || strncasecmp(reader->text + begin, "UTF-8", 5) != 0)) {
		diag_report(reader->diag, DIAG_DOCUMENT_ENCODING,
			    span_bytes(reader, begin, end),
			    "the encoding '%.*s' is declared",
			    (int)(end - begin < 80 ? end - begin : 80),
			    reader->text + begin);
		diag_help(reader->diag, "save the file as UTF-8, and write "
					"encoding=\"UTF-8\" or nothing");
		return -1;
	}
	for (size_t i = 0, sequence; i < reader->length; i += sequence) {
		sequence = utf8_sequence(reader->text + i, reader->length - i);
		if (!sequence)
			return diag_report(reader->diag, DIAG_DOCUMENT_ENCODING,
					   span_bytes(reader, i, i + 1),
					   "bytes that are no UTF-8");
		if (!reader->text[i]) {
			diag_report(reader->diag, DIAG_XML_SYNTAX,
				    span_bytes(reader, i, i + 1), "a NUL byte");
			diag_help(reader->diag, "remove it");
			return -1;
		}
	}
	return 0;
}

static void refuse_namespace(struct reader *reader, struct span at)
{
	diag_report(reader->diag, DIAG_XML_NAMESPACE, at,
		    "'%.*s': namespaces are not read",
		    (int)(at.end - at.begin < 80 ? at.end - at.begin : 80),
		    reader->text + (at.begin - reader->bom));
	diag_help(reader->diag, "remove the prefix or the declaration");
	fail(reader);
}

/* Text between the children of an element. */
static int check_gap(struct reader *reader, const struct frame *frame, size_t end)
{
	struct span at;

	if (!frame->map || !find_text(reader, frame->gap, end, &at))
		return 0;
	diag_report(reader->diag, DIAG_XML_MIXED, at,
		    "a text beside the elements in '%.80s'", frame->name);
	diag_help(reader->diag, "put it into an element, or into a comment: <!-- … -->");
	return fail(reader);
}

/* -- the tree ---------------------------------------------------------------------- */

static struct doc *add_node(struct reader *reader, enum doc_kind kind, struct span at)
{
	struct doc *doc;

	if (++reader->node_count > DOC_MAX_NODES) {
		diag_report(reader->diag, DIAG_DOCUMENT_LIMIT, at,
			    "the text has more than %u values", DOC_MAX_NODES);
		fail(reader);
		return NULL;
	}
	doc = arena_make(reader->arena, struct doc);
	doc->kind = kind;
	doc->at = at;
	return doc;
}

static bool is_list(enum schema_key key)
{
	if (key == SCHEMA_KEY_COUNT)
		return false;
	switch (schema_type(schema_key(key)->type)->shape) {
	case SCHEMA_SHAPE_SCALAR:
	case SCHEMA_SHAPE_MAP:
		return false;
	case SCHEMA_SHAPE_LIST:
	case SCHEMA_SHAPE_MAPS:
	case SCHEMA_SHAPE_MIXED:
		return true;
	}
	BUG("key %d has no shape", (int)key);
}

/* One scalar may stand for a list of it (schema.h), but a mapping may not. */
static struct doc *begin_list(struct reader *reader, struct frame *parent,
			      enum schema_key key, struct doc *first)
{
	struct doc *list = add_node(reader, DOC_LIST, first->at);

	if (list && first->kind != DOC_NULL)
		*arena_push(reader->arena, list->items, list->count,
			    parent->lists[key].capacity) = first;
	return list;
}

static int add_to_list(struct reader *reader, struct frame *parent, enum schema_key key,
		       struct doc *item)
{
	struct doc_entry *entry = &parent->map->entries[parent->lists[key].entry - 1];
	struct doc *list = entry->value;

	if (list->kind == DOC_SCALAR)
		list = begin_list(reader, parent, key, list);
	if (!list)
		return -1;
	/* Where there are others, an empty element is one with nothing in it. */
	if (!list->count) {
		struct doc *nothing = add_node(reader, DOC_NULL, list->at);

		if (!nothing)
			return -1;
		*arena_push(reader->arena, list->items, list->count,
			    parent->lists[key].capacity) = nothing;
	}
	*arena_push(reader->arena, list->items, list->count,
		    parent->lists[key].capacity) = item;
	list->at.end = item->at.end;
	entry->value = list;
	return 0;
}

static int add_entry(struct reader *reader, struct frame *parent,
		     const struct frame *child, struct doc *value)
{
	enum schema_key key = child->key;

	if (is_list(key)) {
		enum schema_shape shape = schema_type(schema_key(key)->type)->shape;

		if (parent->lists[key].entry)
			return add_to_list(reader, parent, key, value);
		if (value->kind != DOC_SCALAR || shape != SCHEMA_SHAPE_LIST)
			value = begin_list(reader, parent, key, value);
		if (!value)
			return -1;
		parent->lists[key].entry = parent->map->count + 1;
	}
	*arena_push(reader->arena, parent->map->entries, parent->map->count,
		    parent->capacity) =
		(struct doc_entry){name_span(reader, child), child->name, value};
	return 0;
}

static int begin_map(struct reader *reader, struct frame *frame)
{
	frame->map =
		add_node(reader, DOC_MAP, span_bytes(reader, frame->begin, frame->begin));
	frame->capacity = 0;
	memset(frame->lists, 0, sizeof(frame->lists));
	return frame->map ? 0 : -1;
}

/* -- events ------------------------------------------------------------------------ */

/* Name and value of the next attribute of a tag that libxml2 has found right. */
static bool next_attribute(const struct reader *reader, size_t *at, size_t end,
			   struct span *ret_name, struct span *ret_value)
{
	size_t begin = *at, stop;
	const char *quote;

	while (begin < end && is_blank(reader->text[begin]))
		begin++;
	stop = begin;
	while (stop < end && reader->text[stop] != '=' && !is_blank(reader->text[stop]))
		stop++;
	*ret_name = span_bytes(reader, begin, stop);
	while (stop < end && reader->text[stop] != '"' && reader->text[stop] != '\'')
		stop++;
	if (stop >= end)
		return false;
	quote = memchr(reader->text + stop + 1, reader->text[stop], end - stop - 1);
	if (!quote)
		return false;
	*at = (size_t)(quote - reader->text) + 1;
	*ret_value = span_bytes(reader, stop, *at);
	return true;
}

static int add_version(struct reader *reader, struct frame *root, struct span name,
		       struct span at, const xmlChar **attribute)
{
	/* libxml2: name, prefix, URI, value, and behind the value, in which a character
	 * reference is one character. */
	const char *begin = (const char *)attribute[3], *end = (const char *)attribute[4];
	struct doc *value = add_node(reader, DOC_SCALAR, at);

	if (!value)
		return -1;
	value->quoted = true;
	value->length = (size_t)(end - begin);
	value->text = arena_strndup(reader->arena, begin, value->length);
	*arena_push(reader->arena, root->map->entries, root->map->count, root->capacity) =
		(struct doc_entry){name, "version", value};
	return 0;
}

static int refuse_attribute(struct reader *reader, const struct frame *frame,
			    struct span name)
{
	const char *text = reader->text + (name.begin - reader->bom);
	int length = name.end - name.begin < 80 ? (int)(name.end - name.begin) : 80;

	if (memchr(text, ':', name.end - name.begin) ||
	    (length == 5 && memcmp(text, "xmlns", 5) == 0)) {
		refuse_namespace(reader, name);
		return -1;
	}
	diag_report(reader->diag, DIAG_XML_ATTRIBUTE, name,
		    "the attribute '%.*s' of '%.80s'", length, text, frame->name);
	diag_help(reader->diag, "write it as an element inside: <%.*s>…</%.*s>", length,
		  text, length, text);
	return fail(reader);
}

static int read_attributes(struct reader *reader, struct frame *frame, size_t end,
			   const xmlChar **attributes)
{
	size_t at = frame->begin + 1 + strlen(frame->name);
	bool is_root = reader->depth == 1;
	struct span name, value;

	while (next_attribute(reader, &at, end, &name, &value)) {
		if (!is_root || name.end - name.begin != strlen("version") ||
		    memcmp(reader->text + (name.begin - reader->bom), "version", 7) != 0)
			return refuse_attribute(reader, frame, name);
		if (add_version(reader, frame, name, value, attributes))
			return -1;
	}
	if (!is_root || frame->map->count)
		return 0;
	diag_report(reader->diag, DIAG_XML_ROOT, name_span(reader, frame),
		    "the root element has no version");
	diag_help(reader->diag, "write <postern version=\"1\">");
	return fail(reader);
}

static int check_name(struct reader *reader, const struct frame *frame)
{
	if (strchr(frame->name, ':')) {
		refuse_namespace(reader, name_span(reader, frame));
		return -1;
	}
	if (reader->depth > 1 || strcmp(frame->name, "postern") == 0)
		return 0;
	diag_report(reader->diag, DIAG_XML_ROOT, name_span(reader, frame),
		    "the root element is '%.80s', not 'postern'", frame->name);
	diag_help(reader->diag, "a spec begins with <postern version=\"1\">");
	return fail(reader);
}

static struct frame *push_frame(struct reader *reader, size_t begin)
{
	struct frame *frame;

	/* The root is the first mapping, as in the other syntaxes. */
	if (reader->depth >= DOC_MAX_DEPTH) {
		diag_report(reader->diag, DIAG_DOCUMENT_LIMIT,
			    span_bytes(reader, begin, begin + 1),
			    "elements are nested more than %u deep", DOC_MAX_DEPTH);
		fail(reader);
		return NULL;
	}
	frame = &reader->frames[reader->depth++];
	frame->begin = (uint32_t)begin;
	frame->map = NULL;
	return frame;
}

/* Which key an element is, and what its own children then are keys of. */
static void place_frame(struct frame *frame, const struct frame *parent)
{
	frame->key = SCHEMA_KEY_COUNT;
	frame->mapping = parent ? SCHEMA_MAPPING_COUNT : SCHEMA_SPEC;
	if (!parent || parent->mapping == SCHEMA_MAPPING_COUNT)
		return;
	frame->key = schema_find(parent->mapping, frame->name);
	if (frame->key != SCHEMA_KEY_COUNT)
		frame->mapping = schema_inner_mapping(frame->key);
}

static void on_start(void *data, const xmlChar *name, const xmlChar *prefix,
		     const xmlChar *uri, int namespace_count, const xmlChar **namespaces,
		     int attribute_count, int defaulted_count, const xmlChar **attributes)
{
	struct reader *reader = data;
	struct frame *parent, *frame;
	size_t end, begin;

	(void)uri, (void)namespace_count, (void)namespaces;
	(void)attribute_count, (void)defaulted_count;
	if (reader->failed)
		return;
	end = cursor(reader);
	begin = find_back(reader, end, '<');
	parent = reader->depth ? &reader->frames[reader->depth - 1] : NULL;
	if (parent && !parent->map && begin_map(reader, parent))
		return;
	if (parent && check_gap(reader, parent, begin))
		return;
	frame = push_frame(reader, begin);
	if (!frame)
		return;
	frame->name = prefix ? arena_printf(reader->arena, "%s:%s", (const char *)prefix,
					    (const char *)name)
			     : arena_strdup(reader->arena, (const char *)name);
	frame->closed = end < reader->length && reader->text[end] == '/';
	frame->gap = (uint32_t)end + (frame->closed ? 2 : 1);
	place_frame(frame, parent);
	reader->value.length = 0;
	if (check_name(reader, frame) || (!parent && begin_map(reader, frame)))
		return;
	read_attributes(reader, frame, end, attributes);
}

/* An element without children: its text, or nothing. */
static struct doc *read_value(struct reader *reader, const struct frame *frame,
			      size_t end, struct span element)
{
	const char *text = strbuf_text(&reader->value);
	size_t length = reader->value.length;
	struct doc *doc;
	struct span at;

	if (!find_text(reader, frame->gap, end, &at))
		return add_node(reader, DOC_NULL, element);
	doc = add_node(reader, DOC_SCALAR, at);
	if (!doc)
		return NULL;
	while (length && is_blank(*text))
		text++, length--;
	while (length && is_blank(text[length - 1]))
		length--;
	doc->text = arena_strndup(reader->arena, text, length);
	doc->length = length;
	return doc;
}

static void on_end(void *data, const xmlChar *name, const xmlChar *prefix,
		   const xmlChar *uri)
{
	struct reader *reader = data;
	struct frame *frame, *parent;
	size_t end, tag;
	struct span at;
	struct doc *doc;

	(void)name, (void)prefix, (void)uri;
	if (reader->failed)
		return;
	end = cursor(reader);
	frame = &reader->frames[--reader->depth];
	parent = reader->depth ? frame - 1 : NULL;
	tag = frame->closed ? frame->gap : find_back(reader, end, '<');
	at = span_bytes(reader, frame->begin, end);
	if (check_gap(reader, frame, tag))
		return;
	doc = frame->map ? frame->map : read_value(reader, frame, tag, at);
	if (!doc)
		return;
	if (frame->map)
		doc->at = at;
	reader->value.length = 0;
	if (!parent) {
		reader->root = doc;
		return;
	}
	parent->gap = (uint32_t)end;
	add_entry(reader, parent, frame, doc);
}

static void on_text(void *data, const xmlChar *text, int length)
{
	struct reader *reader = data;

	if (!reader->failed)
		strbuf_add(&reader->value, (const char *)text, (size_t)length);
}

static int parse(struct reader *reader)
{
	static const xmlSAXHandler events = {
		.initialized = XML_SAX2_MAGIC,
		.startElementNs = on_start,
		.endElementNs = on_end,
		.characters = on_text,
		.ignorableWhitespace = on_text,
		.cdataBlock = on_text,
		.serror = on_error,
	};

	reader->parser = xmlCreateMemoryParserCtxt(reader->text, (int)reader->length);
	if (!reader->parser)
		BUG("libxml2 cannot begin");
	*reader->parser->sax = events;
	reader->parser->userData = reader;
	/* No XML_PARSE_HUGE: libxml2's own limits stay.  The text is UTF-8, whatever it
	 * declares. */
	xmlCtxtUseOptions(reader->parser, XML_PARSE_NONET | XML_PARSE_IGNORE_ENC);
	xmlParseDocument(reader->parser);
	if (!reader->failed && (!reader->parser->wellFormed || !reader->root)) {
		report_syntax(reader, XML_ERR_OK, NULL);
		reader->failed = true;
	}
	return reader->failed ? -1 : 0;
}

int xml_read(const char *text, size_t length, uint32_t source, struct arena *arena,
	     struct doc **ret_doc, struct diag *diag)
{
	bool bom = length >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0;
	CLEANUP(release_reader)
	struct reader reader = {
		.text = text + (bom ? 3 : 0),
		.length = length - (bom ? 3 : 0),
		.bom = bom ? 3 : 0,
		.source = source,
		.frames = arena_array(arena, DOC_MAX_DEPTH, struct frame),
		.arena = arena,
		.diag = diag,
	};

	if (length > DOC_MAX_BYTES)
		return diag_report(diag, DIAG_FILE_TOO_LARGE, SPAN_NONE,
				   "an XML text of %zu bytes", length);
	if (!reader.length) {
		diag_report(diag, DIAG_DOCUMENT_EMPTY, span_bytes(&reader, 0, 0),
			    "the file holds no document");
		diag_help(diag, "a spec begins with <postern version=\"1\">");
		return -1;
	}
	if (check_encoding(&reader) || check_tags(&reader) || parse(&reader))
		return -1;
	*ret_doc = reader.root;
	return 0;
}
