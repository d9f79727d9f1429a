/* read_public_ips.c - The PublicIPs XML that Microsoft published until August 2020. */
#include <string.h>

#include <libxml/parser.h>
#include <libxml/parserInternals.h>

#include "compiler/input.h"
#include "compiler/tag_table.h"
#include "rules/base/arena.h"

/**
 * DOC: PublicIPs
 *
 *	<AzurePublicIpAddresses>
 *	  <Region Name="europewest">
 *	    <IpRange Subnet="13.69.0.0/17" />
 *
 * The file will never change again, so whatever else stands in it is a mistake.  libxml2
 * calls back for each tag and no tree is made.  There is no document type declaration:
 * with it go entities, and whatever would be fetched for them.
 */

static const char *const elements[] = {"AzurePublicIpAddresses", "Region", "IpRange"};
static const char *const attributes[] = {NULL, "Name", "Subnet"};

/**
 * struct reading - The work on one file
 * @depth:	elements around this place
 * @proved:	the file is what it should be: messages may quote it
 * @in_tag:	a region was there
 */
struct reading {
	const struct input_file *file;
	struct tag_table *table;
	xmlParserCtxtPtr parser;
	size_t depth;
	bool proved;
	bool in_tag;
	bool failed;
};

static void release_parser(xmlParserCtxtPtr *parser)
{
	xmlFreeParserCtxt(*parser);
}

/* Byte @ahead of the parser's place in the file.  The text is taken as UTF-8 whatever its
 * declaration says, so the parser's bytes are the file's. */
static uint32_t offset_here(const struct reading *reading, ptrdiff_t ahead)
{
	long at = xmlByteConsumed(reading->parser) + (long)ahead;

	if (at < 0)
		return 0;
	return (size_t)at < reading->file->length ? (uint32_t)at
						  : (uint32_t)reading->file->length;
}

/* From the "<" of the tag that was just read: no "<" can stand inside one. */
static struct span tag_span(const struct reading *reading)
{
	uint32_t end = offset_here(reading, 0), begin = end;

	while (begin && reading->file->text[begin] != '<')
		begin--;
	return (struct span){reading->file->source, begin, end};
}

static void stop(struct reading *reading)
{
	reading->failed = true;
	xmlStopParser(reading->parser);
}

static void wrong(struct reading *reading, struct span at, const char *what)
{
	if (!reading->failed)
		diag_report(reading->table->diag, reading->table->code, at, "%s", what);
	stop(reading);
}

/* The value of an attribute, and its place where it stands there as it is. */
static const char *take_value(struct reading *reading, const xmlChar *const *attribute,
			      struct span *ret_at)
{
	const char *begin = (const char *)attribute[3], *end = (const char *)attribute[4];
	const char *here = (const char *)reading->parser->input->cur;
	const char *base = (const char *)reading->parser->input->base;

	*ret_at = tag_span(reading);
	if (begin >= base && end <= here) {
		ret_at->begin = offset_here(reading, begin - here);
		ret_at->end = offset_here(reading, end - here);
	}
	return arena_strndup(reading->table->arena, begin, (size_t)(end - begin));
}

static const xmlChar *const *find_attribute(const xmlChar *const *list, int count,
					    const char *name)
{
	for (int i = 0; i < count; i++, list += 5)
		if (!list[1] && strcmp((const char *)list[0], name) == 0)
			return list;
	return NULL;
}

static void begin_element(void *context, const xmlChar *name, const xmlChar *prefix,
			  const xmlChar *uri, int namespace_count,
			  const xmlChar **namespaces, int attribute_count,
			  int defaulted_count, const xmlChar **list)
{
	struct reading *reading = ((xmlParserCtxtPtr)context)->_private;
	size_t depth = reading->depth++;
	const xmlChar *const *attribute;
	const char *value;
	struct span at;

	(void)uri, (void)namespace_count, (void)namespaces, (void)defaulted_count;
	if (reading->failed)
		return;
	if (depth >= ARRAY_SIZE(elements) || prefix ||
	    strcmp((const char *)name, elements[depth]) != 0) {
		wrong(reading, tag_span(reading),
		      "an element that a PublicIPs file does not have there");
		return;
	}
	if (!depth) {
		reading->proved = true;
		diag_hide_source(reading->table->diag, reading->file->source, false);
		return;
	}
	attribute = find_attribute((const xmlChar *const *)list, attribute_count,
				   attributes[depth]);
	if (!attribute) {
		wrong(reading, tag_span(reading),
		      depth == 1 ? "a region without 'Name'"
				 : "a range without 'Subnet'");
		return;
	}
	value = take_value(reading, attribute, &at);
	if (depth == 1 ? tag_table_begin(reading->table, value, at)
		       : tag_table_add(reading->table, value, at))
		stop(reading);
	reading->in_tag = !reading->failed;
}

static void end_element(void *context, const xmlChar *name, const xmlChar *prefix,
			const xmlChar *uri)
{
	struct reading *reading = ((xmlParserCtxtPtr)context)->_private;

	(void)name, (void)prefix, (void)uri;
	if (--reading->depth == 1 && !reading->failed)
		tag_table_end(reading->table);
}

static void refuse_declaration(void *context, const xmlChar *name, const xmlChar *id,
			       const xmlChar *system)
{
	struct reading *reading = ((xmlParserCtxtPtr)context)->_private;

	(void)name, (void)id, (void)system;
	wrong(reading, tag_span(reading),
	      "a document type declaration, which is not read");
}

/* The sentence of libxml2 without its line end. */
static void take_error(void *context, xmlErrorPtr error)
{
	struct reading *reading = ((xmlParserCtxtPtr)context)->_private;
	const char *text =
		reading->proved && error->message ? error->message : "it cannot be read";
	uint32_t here = offset_here(reading, 0);

	if (error->level < XML_ERR_ERROR || reading->failed)
		return;
	diag_report(reading->table->diag, reading->table->code,
		    (struct span){reading->file->source, here, here}, "no XML: %.*s",
		    (int)strcspn(text, "\n"), text);
	stop(reading);
}

int public_ips_read(const struct input_file *file, struct tag_table *table)
{
	CLEANUP(release_parser) xmlParserCtxtPtr parser = NULL;
	struct reading reading = {.file = file, .table = table};
	xmlSAXHandler handler = {
		.internalSubset = refuse_declaration,
		.startElementNs = begin_element,
		.endElementNs = end_element,
		.serror = take_error,
		.initialized = XML_SAX2_MAGIC,
	};

	parser = xmlCreateMemoryParserCtxt(file->text, (int)file->length);
	if (!parser)
		return diag_report(table->diag, table->code, SPAN_NONE,
				   "'%s' cannot be read as XML", file->name);
	*parser->sax = handler;
	parser->_private = &reading;
	reading.parser = parser;
	xmlCtxtUseOptions(parser, XML_PARSE_NONET | XML_PARSE_IGNORE_ENC);
	xmlParseDocument(parser);
	if (reading.failed)
		return -1;
	if (!parser->wellFormed || !reading.in_tag)
		return diag_report(table->diag, table->code,
				   (struct span){file->source, 0, 0},
				   "the file has no regions");
	table->tags->cloud = "Public";
	table->tags->cloud_at = (struct span){file->source, 0, 0};
	table->tags->regions_only = true;
	return 0;
}
