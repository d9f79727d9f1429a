/* xml_text.c - Places in an XML text, and what libxml2 must not see of it. */
#include "compiler/xml_text.h"

#include <string.h>
#include <strings.h>

#include "rules/base/utf8.h"

/* The longest tag is "registry_data_<region>" with a region of 40 bytes. */
#define MAX_TAG_BYTES 4096u

struct span xml_span(const struct xml_text *xml, size_t begin, size_t end)
{
	return (struct span){xml->source, (uint32_t)begin + xml->bom,
			     (uint32_t)end + xml->bom};
}

struct span xml_span_character(const struct xml_text *xml, size_t begin)
{
	return xml_span(xml, begin,
			begin + utf8_sequence(xml->text + begin, xml->length - begin));
}

const char *xml_bytes(const struct xml_text *xml, struct span at)
{
	return xml->text + (at.begin - xml->bom);
}

bool xml_is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

size_t xml_find_back(const struct xml_text *xml, size_t at, char c)
{
	const char *found = memrchr(xml->text, c, at);

	return found ? (size_t)(found - xml->text) : 0;
}

static bool begins(const struct xml_text *xml, size_t at, const char *word)
{
	return xml->length - at >= strlen(word) &&
	       memcmp(xml->text + at, word, strlen(word)) == 0;
}

/* Behind the next @word; 0 when there is none. */
static size_t behind(const struct xml_text *xml, size_t at, const char *word)
{
	const char *found = memmem(xml->text + at, xml->length - at, word, strlen(word));

	return found ? (size_t)(found - xml->text) + strlen(word) : 0;
}

/*
 * Steps over a comment, processing instruction or CDATA section.
 *
 * Return: behind it; @at itself when there is none; 0 when it does not end
 */
static size_t skip_section(const struct xml_text *xml, size_t at)
{
	static const char *const sections[][2] = {{"<!--", "-->"},
						  {"<?", "?>"},
						  {"<![CDATA[", "]]>"}};

	for (size_t i = 0; i < ARRAY_SIZE(sections); i++)
		if (begins(xml, at, sections[i][0]))
			return behind(xml, at + strlen(sections[i][0]), sections[i][1]);
	return at;
}

bool xml_find_text(const struct xml_text *xml, size_t begin, size_t end,
		   struct span *ret_span)
{
	size_t first = 0, last = 0, next;

	for (size_t at = begin; at < end; at = next) {
		bool counts = !xml_is_blank(xml->text[at]);

		next = at + 1;
		if (xml->text[at] == '<') {
			counts = begins(xml, at, "<![CDATA[");
			next = skip_section(xml, at);
			if (next <= at)
				break;
		}
		if (counts) {
			first = last ? first : at;
			last = next;
		}
	}
	*ret_span = xml_span(xml, first, last);
	return last != 0;
}

bool xml_next_attribute(const struct xml_text *xml, size_t *at, size_t end,
			struct span *ret_name, struct span *ret_value)
{
	size_t begin = *at, stop;
	const char *quote;

	while (begin < end && xml_is_blank(xml->text[begin]))
		begin++;
	stop = begin;
	while (stop < end && xml->text[stop] != '=' && !xml_is_blank(xml->text[stop]))
		stop++;
	*ret_name = xml_span(xml, begin, stop);
	while (stop < end && xml->text[stop] != '"' && xml->text[stop] != '\'')
		stop++;
	if (stop >= end)
		return false;
	quote = memchr(xml->text + stop + 1, xml->text[stop], end - stop - 1);
	if (!quote)
		return false;
	*at = (size_t)(quote - xml->text) + 1;
	*ret_value = xml_span(xml, stop, *at);
	return true;
}

/* -- what is refused --------------------------------------------------------------- */

static int refuse_dtd(const struct xml_text *xml, struct diag *diag, size_t at)
{
	diag_report(diag, DIAG_XML_DTD, xml_span(xml, at, at + strlen("<!DOCTYPE")),
		    "a document type definition");
	diag_help(diag, "remove it: nothing is declared in a spec");
	return -1;
}

static int refuse_tag(const struct xml_text *xml, struct diag *diag, size_t at)
{
	diag_report(diag, DIAG_DOCUMENT_LIMIT, xml_span(xml, at, at + 1),
		    "a tag has more than %u bytes", MAX_TAG_BYTES);
	diag_help(diag, "close the quotes and the tag that begin here");
	return -1;
}

/* Behind the tag that begins at @at, quoted '>' aside; 0 when it does not end. */
static size_t tag_end(const struct xml_text *xml, size_t at)
{
	char quote = '\0';

	for (size_t begin = at; at < xml->length && at - begin < MAX_TAG_BYTES; at++) {
		char c = xml->text[at];

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
static int check_tags(const struct xml_text *xml, struct diag *diag)
{
	size_t at = 0, next;

	while (at < xml->length) {
		const char *tag = memchr(xml->text + at, '<', xml->length - at);

		if (!tag)
			return 0;
		at = (size_t)(tag - xml->text);
		if (begins(xml, at, "<!DOCTYPE"))
			return refuse_dtd(xml, diag, at);
		next = skip_section(xml, at);
		if (next == at) {
			next = tag_end(xml, at);
			if (!next && xml->length - at >= MAX_TAG_BYTES)
				return refuse_tag(xml, diag, at);
		}
		if (!next)
			return 0;
		at = next;
	}
	return 0;
}

/* The value of "encoding" in the XML declaration, without quotes. */
static bool find_encoding(const struct xml_text *xml, size_t *ret_begin, size_t *ret_end)
{
	size_t end, at;

	if (!begins(xml, 0, "<?xml") || xml->length < 6 || !xml_is_blank(xml->text[5]))
		return false;
	end = behind(xml, 0, "?>");
	at = behind(xml, 0, "encoding");
	if (!end || !at || at > end)
		return false;
	while (at < end && (xml_is_blank(xml->text[at]) || xml->text[at] == '='))
		at++;
	*ret_begin = ++at;
	while (at < end && !strchr("\"'?", xml->text[at]))
		at++;
	*ret_end = at;
	return at > *ret_begin;
}

static int check_encoding(const struct xml_text *xml, struct diag *diag)
{
	size_t begin, end;

	if (find_encoding(xml, &begin, &end) &&
	    (end - begin != 5 || strncasecmp(xml->text + begin, "UTF-8", 5) != 0)) {
		diag_report(diag, DIAG_DOCUMENT_ENCODING, xml_span(xml, begin, end),
			    "the encoding '%.*s' is declared",
			    (int)(end - begin < 80 ? end - begin : 80),
			    xml->text + begin);
		diag_help(diag, "save the file as UTF-8, and write "
				"encoding=\"UTF-8\" or nothing");
		return -1;
	}
	for (size_t i = 0, sequence; i < xml->length; i += sequence) {
		sequence = utf8_sequence(xml->text + i, xml->length - i);
		if (!sequence)
			return diag_report(diag, DIAG_DOCUMENT_ENCODING,
					   xml_span(xml, i, i + 1),
					   "bytes that are no UTF-8");
		if (!xml->text[i]) {
			diag_report(diag, DIAG_XML_SYNTAX, xml_span(xml, i, i + 1),
				    "a NUL byte");
			diag_help(diag, "remove it");
			return -1;
		}
	}
	return 0;
}

int xml_text_check(const struct xml_text *xml, struct diag *diag)
{
	return check_encoding(xml, diag) || check_tags(xml, diag) ? -1 : 0;
}
