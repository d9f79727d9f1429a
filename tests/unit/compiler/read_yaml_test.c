/* read_yaml_test.c - YAML as a document: the tree, its places, and what is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "compiler/input.h"
#include "rules/base/arena.h"
#include "rules/base/strbuf.h"

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
	f.error = yaml_read(text, length, diag_add_source(f.diag, "t", text, length),
			    f.arena, &f.doc, f.diag);
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

static void refuse(const char *text, enum diag_code code, size_t begin)
{
	struct fixture f = read_text(text);
	const struct diag_message *message = diag_message(f.diag, 0);

	assert_int_equal(f.error, -1);
	assert_non_null(message);
	if (message->at.begin != begin || message->code != code)
		print_error("%s: byte %u: %s [%s]\n", text, message->at.begin,
			    message->text, diag_info(message->code)->slug);
	assert_int_equal(message->code, code);
	assert_int_equal(message->at.begin, begin);
	arena_free(f.arena);
}

static void test_tree(void **state)
{
	struct fixture f =
		read_text("a: 1\nb:\n  - x\n  - 'y'\nc: {d: ~, e: \"\\u00e9\"}\nf:\n");
	struct doc *list;

	(void)state;
	assert_int_equal(f.error, 0);
	assert_int_equal(f.doc->kind, DOC_MAP);
	assert_int_equal(f.doc->count, 4);
	assert_span(&f, f.doc->entries[0].at, "a");
	assert_span(&f, f.doc->entries[0].value->at, "1");
	assert_false(f.doc->entries[0].value->quoted);
	list = doc_get(f.doc, "b");
	assert_int_equal(list->count, 2);
	assert_span(&f, list->at, "- x\n  - 'y'");
	assert_true(list->items[1]->quoted);
	assert_span(&f, list->items[1]->at, "'y'");
	assert_span(&f, doc_get(f.doc, "c")->at, "{d: ~, e: \"\\u00e9\"}");
	assert_int_equal(doc_get(doc_get(f.doc, "c"), "d")->kind, DOC_NULL);
	assert_string_equal(doc_text(doc_get(doc_get(f.doc, "c"), "e")), "\xc3\xa9");
	assert_int_equal(doc_get(f.doc, "f")->kind, DOC_NULL);
	arena_free(f.arena);
}

static void test_places(void **state)
{
	const char *text =
		"\xef\xbb\xbf# \xed\x95\x9c\xea\xb5\xad\r\n\xed\x82\xa4: "
		"\"\xf0\x9f\x98\x80\" "
		"# x\r\nb: [\xc3\xa9, z]\r\nc: |\n  one\n  two\nd: two\n words\n";
	struct fixture f = read_text(text);

	(void)state;
	assert_int_equal(f.error, 0);
	assert_span(&f, f.doc->entries[0].at, "\xed\x82\xa4");
	assert_span(&f, f.doc->entries[0].value->at, "\"\xf0\x9f\x98\x80\"");
	assert_span(&f, doc_get(f.doc, "b")->items[0]->at, "\xc3\xa9");
	assert_span(&f, doc_get(f.doc, "b")->items[1]->at, "z");
	assert_span(&f, doc_get(f.doc, "c")->at, "|\n  one\n  two");
	assert_string_equal(doc_text(doc_get(f.doc, "d")), "two words");
	assert_span(&f, doc_get(f.doc, "d")->at, "two\n words");
	arena_free(f.arena);
}

static void test_duplicates_are_kept(void **state)
{
	struct fixture f = read_text("a: 1\na: 2\n");

	(void)state;
	assert_int_equal(f.error, 0);
	assert_int_equal(f.doc->count, 2);
	arena_free(f.arena);
}

static void test_refused(void **state)
{
	(void)state;
	refuse("", DIAG_DOCUMENT_EMPTY, 0);
	refuse("# nothing\n", DIAG_DOCUMENT_EMPTY, 0);
	refuse("a: &x 1\nb: *x\n", DIAG_YAML_ALIAS, 11);
	refuse("a: !ruby/object 1\n", DIAG_YAML_TAG, 3);
	refuse("a: !<tag:yaml.org,2002:binary> 1\n", DIAG_YAML_TAG, 3);
	refuse("a: !!set {x}\n", DIAG_YAML_TAG, 3);
	refuse("%TAG !x! tag:x,2002:\n--- a\n", DIAG_YAML_TAG, 0);
	refuse("# x\n%TAG ! !\n--- a\n", DIAG_YAML_TAG, 4);
	refuse("<<: {a: 1}\n", DIAG_YAML_MERGE_KEY, 0);
	refuse("a: 1\n---\nb: 2\n", DIAG_YAML_DOCUMENTS, 5);
	refuse("? [a]\n: 1\n", DIAG_YAML_KEY, 2);
	refuse("{a: 1}: 2\n", DIAG_YAML_KEY, 0);
	refuse("? ~\n: 1\n", DIAG_YAML_KEY, 2);
	refuse("a: \"x\\0y\"\n", DIAG_YAML_SYNTAX, 3);
	refuse("a: 1\n\tb: 2\n", DIAG_YAML_SYNTAX, 5);
	refuse("a: b: c\n", DIAG_YAML_SYNTAX, 4);
	refuse("a: [1, 2\nb: 3\n", DIAG_YAML_SYNTAX, 10);
	refuse("a: \"b\n", DIAG_YAML_SYNTAX, 3);
	refuse("\xed\x95\x9c: \x01\n", DIAG_YAML_SYNTAX, 5);
	refuse("a: \xff\n", DIAG_DOCUMENT_ENCODING, 3);
	refuse("a: \xc3\n", DIAG_DOCUMENT_ENCODING, 3);
}

static void test_core_tags(void **state)
{
	struct fixture f = read_text("a: !!str 443\nb: !!map {}\nc: ! x\n");

	(void)state;
	assert_int_equal(f.error, 0);
	assert_string_equal(doc_text(doc_get(f.doc, "a")), "443");
	arena_free(f.arena);
}

static void test_limits(void **state)
{
	CLEANUP(strbuf_release) struct strbuf text = {0};
	struct fixture f;

	(void)state;
	for (unsigned i = 0; i < DOC_MAX_DEPTH; i++)
		strbuf_putc(&text, '[');
	strbuf_puts(&text, "x");
	for (unsigned i = 0; i < DOC_MAX_DEPTH; i++)
		strbuf_putc(&text, ']');
	f = read_bytes(text.text, text.length);
	assert_int_equal(f.error, 0);
	arena_free(f.arena);
	strbuf_release(&text);
	for (unsigned i = 0; i < DOC_MAX_DEPTH + 1; i++)
		strbuf_puts(&text, "- ");
	refuse(text.text, DIAG_DOCUMENT_LIMIT, 2 * DOC_MAX_DEPTH);
	strbuf_release(&text);
	for (unsigned i = 0; i < 100000; i++)
		strbuf_putc(&text, '[');
	refuse(text.text, DIAG_DOCUMENT_LIMIT, DOC_MAX_DEPTH);
}

static void test_large(void **state)
{
	CLEANUP(strbuf_release) struct strbuf text = {0};
	struct fixture f;

	(void)state;
	strbuf_puts(&text, "# \xed\x95\x9c\n");
	for (int i = 0; i < 100000; i++)
		strbuf_printf(&text, "- 10.%d.%d.0/24 # \xc3\xa9\n", i / 256, i % 256);
	f = read_bytes(text.text, text.length);
	assert_int_equal(f.error, 0);
	assert_int_equal(f.doc->count, 100000);
	assert_span(&f, f.doc->items[99999]->at, "10.390.159.0/24");
	arena_free(f.arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_tree),
		cmocka_unit_test(test_places),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_duplicates_are_kept),
		cmocka_unit_test(test_core_tags),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_large),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
