/* read_xml_errors.c - What libxml2 finds wrong, as messages. */
#include <string.h>

#include <libxml/xmlerror.h>

#include "compiler/xml_text.h"
#include "rules/base/attr.h"

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

void xml_report_syntax(const struct xml_text *xml, int code, const char *words, size_t at,
		       struct span open, struct diag *diag)
{
	size_t length = words ? strcspn(words, "\n") : 0;
	const char *help = NULL;

	for (size_t i = 0; i < ARRAY_SIZE(hints); i++)
		if (hints[i].code == code) {
			help = hints[i].help;
			if (hints[i].back)
				at = xml_find_back(xml, at, hints[i].back);
		}
	diag_report(diag, DIAG_XML_SYNTAX, xml_span_character(xml, at), "%.*s",
		    (int)length, length ? words : "it cannot be parsed");
	if (open.end && (code == XML_ERR_TAG_NAME_MISMATCH ||
			 code == XML_ERR_TAG_NOT_FINISHED || at == xml->length))
		diag_note(diag, open, "'%.*s' is opened here",
			  open.end - open.begin < 80 ? (int)(open.end - open.begin) : 80,
			  xml_bytes(xml, open));
	if (help)
		diag_help(diag, "%s", help);
}
