/* read_xml_test.c - XML as a document: the tree, its places, and what is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "compiler/input.h"
#include "rules/base/arena.h"
#include "rules/base/strbuf.h"

#define ROOT "<postern version=\"1\">"
#define END  "</postern>"

struct fixture {
	const char *text;
	struct arena *arena;
	struct diag *diag;
	struct doc *doc;
	int error;
};

static struct fixture read_bytes(const char *text, size_t length)
{
	struct fixture f = {.text = text, .arena = arena_new()};

	f.diag = diag_new(f.arena);
	f.error = xml_read(text, length, diag_add_source(f.diag, "t", text, length),
			   f.arena, &f.doc, f.diag);
	if (f.error && !diag_message(f.diag, 0))
		fail_msg("refused without a word: %s", text);
	return f;
}

static struct fixture read_text(const char *text)
{
	return read_bytes(text, strlen(text));
}

static void assert_span(const struct fixture *f, struct span at, const char *expected)
{
	char got[256];

	assert_int_equal(at.source, 1);
	snprintf(got, sizeof(got), "%.*s", (int)(at.end - at.begin), f->text + at.begin);
	assert_string_equal(got, expected);
}

static void refuse_bytes(const char *text, size_t length, enum diag_code code,
			 const char *place)
{
	struct fixture f = read_bytes(text, length);
	const struct diag_message *message = diag_message(f.diag, 0);
	size_t begin = place ? (size_t)(strstr(text, place) - text) : length;

	assert_int_equal(f.error, -1);
	if (message->at.begin != begin || message->code != code)
		print_error("%s: byte %u: %s [%s]\n", text, message->at.begin,
			    message->text, diag_info(message->code)->slug);
	assert_int_equal(message->code, code);
	assert_int_equal(message->at.begin, begin);
	assert_int_equal(diag_errors(f.diag), 1);
	arena_free(f.arena);
}

/* @place: the first such bytes of the text are where the message is; NULL: at the end */
static void refuse(const char *text, enum diag_code code, const char *place)
{
	refuse_bytes(text, strlen(text), code, place);
}

static void test_shapes(void **state)
{
	struct fixture f = read_text(
		ROOT "<registries><name>one</name><replicas>a</replicas>"
		     "<replicas>b</replicas></registries><egress><default>deny</default>"
		     "<accept>service-tag</accept></egress><registries><name>two</name>"
		     "</registries><clients><services>mcr</services><services>"
		     "<name>aks</name></services></clients><outputs/><dns/>" END);
	struct doc *list;

	(void)state;
	assert_int_equal(f.error, 0);
	assert_span(&f, f.doc->entries[0].at, "version");
	assert_span(&f, f.doc->entries[0].value->at, "\"1\"");
	assert_true(f.doc->entries[0].value->quoted);
	list = doc_get(f.doc, "registries");
	assert_int_equal(list->kind, DOC_LIST);
	assert_int_equal(list->count, 2);
	assert_string_equal(doc_text(doc_get(list->items[1], "name")), "two");
	assert_span(&f, list->items[1]->at, "<registries><name>two</name></registries>");
	list = doc_get(list->items[0], "replicas");
	assert_int_equal(list->count, 2);
	assert_span(&f, list->at, "a</replicas><replicas>b");
	assert_int_equal(doc_get(f.doc, "egress")->kind, DOC_MAP);
	/* One text alone stands for a list of it, as in the other syntaxes. */
	assert_int_equal(doc_get(doc_get(f.doc, "egress"), "accept")->kind, DOC_SCALAR);
	list = doc_get(f.doc, "clients");
	assert_int_equal(list->count, 1);
	list = doc_get(list->items[0], "services");
	assert_int_equal(list->count, 2);
	assert_int_equal(list->items[0]->kind, DOC_SCALAR);
	assert_int_equal(list->items[1]->kind, DOC_MAP);
	assert_int_equal(doc_get(f.doc, "outputs")->kind, DOC_LIST);
	assert_int_equal(doc_get(f.doc, "outputs")->count, 0);
	assert_span(&f, doc_get(f.doc, "outputs")->at, "<outputs/>");
	assert_int_equal(doc_get(f.doc, "dns")->kind, DOC_NULL);
	arena_free(f.arena);
}

/* An empty element beside others is one of them; keys that are no lists stand twice. */
static void test_odd_shapes(void **state)
{
	struct fixture f = read_text(
		ROOT
		"<clients/><clients><name>a</name></clients><clients/>"
		"<cloud>china</cloud><cloud>public</cloud><cluods><a>1</a><a/></cluods>"
		"<service_tags><![CDATA[]]></service_tags>" END);
	struct doc *list;

	(void)state;
	assert_int_equal(f.error, 0);
	list = doc_get(f.doc, "clients");
	assert_int_equal(list->count, 3);
	assert_int_equal(list->items[0]->kind, DOC_NULL);
	assert_int_equal(list->items[1]->kind, DOC_MAP);
	assert_int_equal(list->items[2]->kind, DOC_NULL);
	assert_int_equal(f.doc->count, 6);
	assert_string_equal(f.doc->entries[3].key, "cloud");
	assert_string_equal(doc_text(f.doc->entries[3].value), "public");
	assert_int_equal(doc_get(f.doc, "cluods")->count, 2);
	assert_string_equal(doc_text(doc_get(f.doc, "service_tags")), "");
	arena_free(f.arena);
}

static void test_texts(void **state)
{
	struct fixture f = read_text(
		"\xef\xbb\xbf<?xml version=\"1.0\" encoding='utf-8' ?>\r\n"
		"<!-- \xed\x95\x9c\xea\xb5\xad -->\r\n<postern version = '&#49;' >"
		"<a>\r\n  \xc3\xa9t\xc3\xa9 &amp; &#x1F600;\t<!-- b -->c\r\n <?d?></a >"
		"<b><![CDATA[ <x> ]]></b><c><!-- nothing --> </c><d>&#32;</d>" END
		"\r\n");
	struct doc *text = doc_get(f.doc, "a");
	struct place place;

	(void)state;
	assert_int_equal(f.error, 0);
	assert_string_equal(doc_text(doc_get(f.doc, "version")), "1");
	assert_string_equal(text->text, "\xc3\xa9t\xc3\xa9 & \xf0\x9f\x98\x80\tc");
	assert_int_equal(text->length, strlen(text->text));
	assert_span(&f, text->at, "\xc3\xa9t\xc3\xa9 &amp; &#x1F600;\t<!-- b -->c");
	place = diag_place(diag_get_source(f.diag, 1), text->at.begin);
	assert_int_equal(place.line, 4);
	assert_int_equal(place.column, 3);
	assert_string_equal(doc_text(doc_get(f.doc, "b")), "<x>");
	assert_span(&f, doc_get(f.doc, "b")->at, "<![CDATA[ <x> ]]>");
	assert_int_equal(doc_get(f.doc, "c")->kind, DOC_NULL);
	assert_string_equal(doc_text(doc_get(f.doc, "d")), "");
	assert_span(&f, f.doc->entries[1].at, "a");
	arena_free(f.arena);
}

static void test_syntax(void **state)
{
	(void)state;
	refuse("<", DIAG_XML_SYNTAX, NULL);
	refuse(ROOT "<a>" END, DIAG_XML_SYNTAX, END);
	refuse(ROOT "<a></b></a>" END, DIAG_XML_SYNTAX, "</b>");
	refuse(ROOT "<a>x</a>", DIAG_XML_SYNTAX, NULL);
	refuse(ROOT END "\n<b/>", DIAG_XML_SYNTAX, "<b/>");
	refuse(ROOT "<a>x &bogus; y</a>" END, DIAG_XML_SYNTAX, "&bogus;");
	refuse(ROOT "<a>\xc3\xa9 & y</a>" END, DIAG_XML_SYNTAX, " y");
	refuse(ROOT "<a>&#0;</a>" END, DIAG_XML_SYNTAX, "</a>");
	refuse(ROOT "<a>&#x110000;</a>" END, DIAG_XML_SYNTAX, "</a>");
	refuse(ROOT "<a>\x01</a>" END, DIAG_XML_SYNTAX, "\x01");
	refuse(ROOT "<!-- a -- b --><a/>" END, DIAG_XML_SYNTAX, "-- b -->");
	refuse("\n<?xml version=\"1.0\"?>" ROOT END, DIAG_XML_SYNTAX, "<?xml");
	refuse_bytes("\0<a/>", 5, DIAG_XML_SYNTAX, "");
}

static void test_refused(void **state)
{
	(void)state;
	refuse("", DIAG_DOCUMENT_EMPTY, "");
	refuse("<!DOCTYPE postern>" ROOT END, DIAG_XML_DTD, "<!DOCTYPE");
	refuse("<?xml version=\"1.0\"?><!-- <!DOCTYPE a> --><!DOCTYPE postern SYSTEM "
	       "\"file:///etc/passwd\">" ROOT END,
	       DIAG_XML_DTD, "<!DOCTYPE postern");
	refuse("<!DOCTYPE a [<!ENTITY b \"c\"><!ENTITY d \"&b;&b;\">]>" ROOT "&d;" END,
	       DIAG_XML_DTD, "<!DOCTYPE");
	refuse("<root/>", DIAG_XML_ROOT, "root");
	refuse("<postern><version>1</version></postern>", DIAG_XML_ROOT, "postern");
	refuse("<postern version=\"1\" cloud='china'/>", DIAG_XML_ATTRIBUTE, "cloud");
	refuse(ROOT "<clients a='&lt;' name = \"x\"/>" END, DIAG_XML_ATTRIBUTE, "a=");
	refuse(ROOT "<a version=\"2\"/>" END, DIAG_XML_ATTRIBUTE, "version=\"2\"");
	refuse("<postern xmlns=\"urn:a\" version=\"1\"/>", DIAG_XML_NAMESPACE, "xmlns");
	refuse("<p:postern version=\"1\"/>", DIAG_XML_NAMESPACE, "p:postern");
	refuse(ROOT "<a xml:lang=\"ko\"/>" END, DIAG_XML_NAMESPACE, "xml:lang");
	refuse(ROOT "<xi:include href=\"/etc/passwd\"/>" END, DIAG_XML_NAMESPACE, "xi:");
	refuse(ROOT "<:a/>" END, DIAG_XML_NAMESPACE, ":a");
	refuse(ROOT "\n x <a/>" END, DIAG_XML_MIXED, "x <a/>");
	refuse(ROOT "<a/><!-- b --> y\xc3\xa9 " END, DIAG_XML_MIXED, "y\xc3\xa9");
	refuse(ROOT "<a/>&#32;" END, DIAG_XML_MIXED, "&#32;");
	refuse(ROOT "x" END, DIAG_XML_MIXED, "x</postern");
}

static void test_encodings(void **state)
{
	(void)state;
	refuse("<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?>" ROOT END,
	       DIAG_DOCUMENT_ENCODING, "ISO");
	refuse("<?xml version='1.0' encoding = 'UTF-16'?>" ROOT END,
	       DIAG_DOCUMENT_ENCODING, "UTF-16");
	refuse("<?xml version=\"1.0\" encoding=\"UTF-7\"?>" ROOT END,
	       DIAG_DOCUMENT_ENCODING, "UTF-7");
	refuse(ROOT "<a>\xe9</a>" END, DIAG_DOCUMENT_ENCODING, "\xe9");
	refuse(ROOT "<a>\xed\xa0\x80</a>" END, DIAG_DOCUMENT_ENCODING, "\xed");
}

/* ROOT, @count times @open, @middle, @count times @close, END */
static struct fixture read_repeated(struct strbuf *text, size_t count, const char *open,
				    const char *middle, const char *close)
{
	strbuf_puts(text, ROOT);
	for (size_t i = 0; i < count; i++)
		strbuf_puts(text, open);
	strbuf_puts(text, middle);
	for (size_t i = 0; i < count; i++)
		strbuf_puts(text, close);
	strbuf_puts(text, END);
	return read_bytes(text->text, text->length);
}

static void refuse_repeated(size_t count, const char *open, const char *middle,
			    const char *close, enum diag_code code)
{
	CLEANUP(strbuf_release) struct strbuf text = {0};
	struct fixture f = read_repeated(&text, count, open, middle, close);

	assert_int_equal(f.error, -1);
	assert_int_equal(diag_message(f.diag, 0)->code, code);
	arena_free(f.arena);
}

static void test_limits(void **state)
{
	CLEANUP(strbuf_release) struct strbuf deep = {0}, many = {0}, names = {0};
	struct fixture f;

	(void)state;
	f = read_repeated(&deep, DOC_MAX_DEPTH - 1, "<a>", "x", "</a>");
	assert_int_equal(f.error, 0);
	arena_free(f.arena);
	refuse_repeated(DOC_MAX_DEPTH, "<a>", "", "</a>", DIAG_DOCUMENT_LIMIT);
	refuse_repeated(100000, "<a>", "", "", DIAG_DOCUMENT_LIMIT);
	refuse_repeated(DOC_MAX_NODES, "<a/>", "", "", DIAG_DOCUMENT_LIMIT);
	/* libxml2 2.9 searches longer for each new name, and compares each attribute with
	 * all before it. */
	strbuf_puts(&names, ROOT);
	for (unsigned i = 0; i < 10000; i++)
		strbuf_printf(&names, i % 2 ? "<a%u/>" : "<?a%u?>", i);
	strbuf_puts(&names, END);
	refuse(names.text, DIAG_DOCUMENT_LIMIT, "a9999");
	refuse_repeated(1, "<a", " b='1'", "/>", DIAG_XML_ATTRIBUTE);
	refuse_repeated(100000, "<a b='>'", " c='1'", "", DIAG_DOCUMENT_LIMIT);
	strbuf_puts(&many, "<postern");
	for (unsigned i = 0; i < 100000; i++)
		strbuf_printf(&many, " a%u=''", i);
	strbuf_puts(&many, "/>");
	refuse(many.text, DIAG_DOCUMENT_LIMIT, "<postern");
}

/* Long texts and long lists cost what they weigh. */
static void test_large(void **state)
{
	CLEANUP(strbuf_release) struct strbuf text = {0};
	struct fixture f;
	struct doc *list;

	(void)state;
	strbuf_puts(&text, ROOT "<egress>");
	for (unsigned i = 0; i < 200000; i++)
		strbuf_printf(&text, "<inside>10.%u.%u.0/32</inside>\r\n", i / 256 % 256,
			      i % 256);
	strbuf_puts(&text, "</egress><service_tags>");
	for (unsigned i = 0; i < 1000000; i++)
		strbuf_puts(&text, "&amp;123456789");
	strbuf_puts(&text, "</service_tags>" END);
	f = read_bytes(text.text, text.length);
	assert_int_equal(f.error, 0);
	list = doc_get(doc_get(f.doc, "egress"), "inside");
	assert_int_equal(list->count, 200000);
	for (size_t i = 0; i < list->count; i += 9973) {
		const struct doc *item = list->items[i];

		assert_int_equal(item->at.end - item->at.begin, item->length);
		assert_memory_equal(text.text + item->at.begin, item->text, item->length);
	}
	assert_int_equal(doc_get(f.doc, "service_tags")->length, 10000000);
	assert_span(&f, f.doc->entries[2].at, "service_tags");
	arena_free(f.arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_shapes),	cmocka_unit_test(test_odd_shapes),
		cmocka_unit_test(test_texts),	cmocka_unit_test(test_syntax),
		cmocka_unit_test(test_refused), cmocka_unit_test(test_encodings),
		cmocka_unit_test(test_limits),	cmocka_unit_test(test_large),
	};

	return cmocka_run_group_tests_name("read_xml", tests, NULL, NULL);
}
