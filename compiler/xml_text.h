/* xml_text.h - Places in an XML text; only the XML reader includes it. */
#ifndef COMPILER_XML_TEXT_H
#define COMPILER_XML_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "rules/base/diag.h"

/** struct xml_text - A text; offsets count from behind its BOM, spans from its begin */
struct xml_text {
	const char *text;
	size_t length;
	uint32_t source;
	uint32_t bom; /* bytes in front of @text */
};

/**
 * xml_text_check() - What libxml2 must not see
 *
 * Refuses encodings other than UTF-8, NUL bytes, document type definitions, and tags of
 * more than 4096 bytes: libxml2 2.9 compares every attribute of a tag with all before it.
 *
 * Return: 0, or -1 with document-encoding, xml-syntax, xml-dtd or document-limit in @diag
 */
int xml_text_check(const struct xml_text *xml, struct diag *diag);

bool xml_is_blank(char c);
struct span xml_span(const struct xml_text *xml, size_t begin, size_t end);

/** xml_span_character() - The one character at @begin; nothing at the end */
struct span xml_span_character(const struct xml_text *xml, size_t begin);

/** xml_bytes() - What stands at @at */
const char *xml_bytes(const struct xml_text *xml, struct span at);

/** xml_find_back() - The last @c in front of @at; in a tag only its first byte is '<' */
size_t xml_find_back(const struct xml_text *xml, size_t at, char c);

/** xml_find_text() - The text between two tags, blanks around it and comments aside */
bool xml_find_text(const struct xml_text *xml, size_t begin, size_t end,
		   struct span *ret_span);

/**
 * xml_next_attribute() - The next attribute of a tag that libxml2 has found right
 * @at:		behind the one before; moves
 * @end:	the tag's end
 *
 * Return: false when there is none; @ret_value has its quotes
 */
bool xml_next_attribute(const struct xml_text *xml, size_t *at, size_t end,
			struct span *ret_name, struct span *ret_value);

/**
 * xml_report_syntax() - Report xml-syntax
 * @code, @words: what libxml2 says; @words NULL: nothing
 * @at:		where libxml2 reads
 * @open:	the name of the innermost element that is open, or SPAN_NONE
 */
void xml_report_syntax(const struct xml_text *xml, int code, const char *words, size_t at,
		       struct span open, struct diag *diag);

#endif
