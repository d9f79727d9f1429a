/* read_xml.c - Reading XML as a document. */
#include "compiler/input.h"

#include <string.h>

#include <libxml/parser.h>
#include <libxml/parserInternals.h>
#include <libxml/xmlerror.h>

#include "compiler/names.h"
#include "compiler/schema.h"
#include "compiler/xml_text.h"
#include "rules/base/arena.h"
#include "rules/base/strbuf.h"

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
 * xml_text.c reads the text before libxml2 does.  libxml2 is asked for nothing but
 *events; the places are found in the text, from the '>' at which each event is reported.
 */

/* The spec has about a hundred keys, a private endpoint at most 401 members.  libxml2
 * 2.9 keeps names in a table that stops growing, and searches longer with each. */
#define MAX_NAMES 10000u

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
	struct xml_text xml;
	size_t node_count;
	struct names names; /* of elements and processing instructions */
	struct frame frames[DOC_MAX_DEPTH];
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

static struct span name_span(const struct reader *reader, const struct frame *frame)
{
	return xml_span(&reader->xml, frame->begin + 1,
			frame->begin + 1 + strlen(frame->name));
}

/* Where libxml2 reads. */
static size_t cursor(const struct reader *reader)
{
	long at = xmlByteConsumed(reader->parser);

	return at < 0				 ? 0
	       : (size_t)at > reader->xml.length ? reader->xml.length
						 : (size_t)at;
}

/* -- what is refused --------------------------------------------------------------- */

static int fail(struct reader *reader)
{
	reader->failed = true;
	if (reader->parser)
		xmlStopParser(reader->parser);
	return -1;
}

static void report_syntax(struct reader *reader, int code, const char *words)
{
	const struct frame *open =
		reader->depth ? &reader->frames[reader->depth - 1] : NULL;

	xml_report_syntax(&reader->xml, code, words, cursor(reader),
			  open ? name_span(reader, open) : SPAN_NONE, reader->diag);
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

static void refuse_namespace(struct reader *reader, struct span at)
{
	diag_report(reader->diag, DIAG_XML_NAMESPACE, at,
		    "'%.*s': namespaces are not read",
		    (int)(at.end - at.begin < 80 ? at.end - at.begin : 80),
		    xml_bytes(&reader->xml, at));
	diag_help(reader->diag, "remove the prefix or the declaration");
	fail(reader);
}

/* Text between the children of an element. */
static int check_gap(struct reader *reader, const struct frame *frame, size_t end)
{
	struct span at;

	if (!frame->map || !xml_find_text(&reader->xml, frame->gap, end, &at))
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
	frame->map = add_node(reader, DOC_MAP,
			      xml_span(&reader->xml, frame->begin, frame->begin));
	frame->capacity = 0;
	memset(frame->lists, 0, sizeof(frame->lists));
	return frame->map ? 0 : -1;
}

/* -- events ------------------------------------------------------------------------ */

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
	const char *text = xml_bytes(&reader->xml, name);
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

	while (xml_next_attribute(&reader->xml, &at, end, &name, &value)) {
		if (!is_root || name.end - name.begin != strlen("version") ||
		    memcmp(xml_bytes(&reader->xml, name), "version", 7) != 0)
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

/* The reader's own copy of a name; NULL after too many different ones. */
static const char *keep_name(struct reader *reader, const char *name, struct span at)
{
	const struct named *known = names_find(&reader->names, name);

	if (known)
		return known->name;
	if (reader->names.count >= MAX_NAMES) {
		diag_report(reader->diag, DIAG_DOCUMENT_LIMIT, at,
			    "more than %u different names of elements", MAX_NAMES);
		fail(reader);
		return NULL;
	}
	name = arena_strdup(reader->arena, name);
	names_add(&reader->names, name, at, NULL, reader->arena);
	return name;
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
			    xml_span(&reader->xml, begin, begin + 1),
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
	begin = xml_find_back(&reader->xml, end, '<');
	parent = reader->depth ? &reader->frames[reader->depth - 1] : NULL;
	if (parent && !parent->map && begin_map(reader, parent))
		return;
	if (parent && check_gap(reader, parent, begin))
		return;
	frame = push_frame(reader, begin);
	if (!frame)
		return;
	frame->name = (const char *)name;
	if (prefix)
		frame->name = arena_printf(reader->arena, "%s:%s", (const char *)prefix,
					   (const char *)name);
	frame->name = keep_name(reader, frame->name, name_span(reader, frame));
	if (!frame->name)
		return;
	frame->closed = end < reader->xml.length && reader->xml.text[end] == '/';
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

	if (!xml_find_text(&reader->xml, frame->gap, end, &at))
		return add_node(reader, DOC_NULL, element);
	doc = add_node(reader, DOC_SCALAR, at);
	if (!doc)
		return NULL;
	while (length && xml_is_blank(*text))
		text++, length--;
	while (length && xml_is_blank(text[length - 1]))
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
	tag = frame->closed ? frame->gap : xml_find_back(&reader->xml, end, '<');
	at = xml_span(&reader->xml, frame->begin, end);
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

static void on_instruction(void *data, const xmlChar *target, const xmlChar *text)
{
	struct reader *reader = data;

	(void)text;
	if (!reader->failed)
		keep_name(reader, (const char *)target,
			  xml_span_character(&reader->xml,
					     xml_find_back(&reader->xml, cursor(reader),
							   '<')));
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
		.processingInstruction = on_instruction,
		.serror = on_error,
	};

	reader->parser =
		xmlCreateMemoryParserCtxt(reader->xml.text, (int)reader->xml.length);
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
		.xml = {.text = text + (bom ? 3 : 0),
			.length = length - (bom ? 3 : 0),
			.bom = bom ? 3 : 0,
			.source = source},
		.arena = arena,
		.diag = diag,
	};

	if (length > DOC_MAX_BYTES)
		return diag_report(diag, DIAG_FILE_TOO_LARGE, SPAN_NONE,
				   "an XML text of %zu bytes", length);
	if (!reader.xml.length) {
		diag_report(diag, DIAG_DOCUMENT_EMPTY, xml_span(&reader.xml, 0, 0),
			    "the file holds no document");
		diag_help(diag, "a spec begins with <postern version=\"1\">");
		return -1;
	}
	if (xml_text_check(&reader.xml, diag) || parse(&reader))
		return -1;
	*ret_doc = reader.root;
	return 0;
}
