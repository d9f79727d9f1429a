/* json_test.c - The strict reader and the stable writer. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "backends/json.h"
#include "rules/base/arena.h"

struct fixture {
	struct arena *arena;
	struct diag *diag;
	struct doc *doc;
	int error;
};

static struct fixture read_bytes(const char *text, size_t length)
{
	struct fixture f = {.arena = arena_new()};

	f.diag = diag_new(f.arena);
	f.error = json_read(text, length, diag_add_source(f.diag, "t", text, length),
			    f.arena, &f.doc, f.diag);
	return f;
}

static void accept_text(const char *text)
{
	struct fixture f = read_bytes(text, strlen(text));

	if (f.error)
		print_error("%s: %s\n", text, diag_message(f.diag, 0)->text);
	assert_int_equal(f.error, 0);
	assert_non_null(f.doc);
	assert_null(diag_message(f.diag, 0));
	arena_free(f.arena);
}

/* Refused at the @begin-th byte with a message that holds @part. */
static void refuse_bytes(const char *text, size_t length, enum diag_code code,
			 size_t begin, const char *part)
{
	struct fixture f = read_bytes(text, length);
	const struct diag_message *message = diag_message(f.diag, 0);

	assert_int_equal(f.error, -1);
	assert_non_null(message);
	if (message->at.begin != begin || !strstr(message->text, part))
		print_error("%s: byte %u: %s\n", text, message->at.begin, message->text);
	assert_int_equal(message->code, code);
	assert_int_equal(message->at.begin, begin);
	assert_non_null(strstr(message->text, part));
	assert_true(message->at.end >= message->at.begin && message->at.end <= length);
	arena_free(f.arena);
}

static void refuse(const char *text, size_t begin, const char *part)
{
	refuse_bytes(text, strlen(text), DIAG_JSON_SYNTAX, begin, part);
}

static void test_values(void **state)
{
	struct fixture f;
	const char *text =
		"\xef\xbb\xbf { \"a\": [1, -2.5e3, \"x\\u00e9\\ud83d\\ude00\\n\", true, "
		"null], \"\xed\x95\x9c\": {} }\n";

	(void)state;
	f = read_bytes(text, strlen(text));
	assert_int_equal(f.error, 0);
	assert_int_equal(f.doc->kind, DOC_MAP);
	assert_int_equal(f.doc->at.begin, 4);
	assert_int_equal(text[f.doc->at.end - 1], '}');
	assert_int_equal(f.doc->count, 2);
	assert_string_equal(f.doc->entries[1].key, "\xed\x95\x9c");
	assert_int_equal(text[f.doc->entries[0].at.begin], '"');
	f.doc = f.doc->entries[0].value;
	assert_int_equal(f.doc->count, 5);
	assert_string_equal(f.doc->items[0]->text, "1");
	assert_false(f.doc->items[0]->quoted);
	assert_string_equal(f.doc->items[1]->text, "-2.5e3");
	assert_int_equal(f.doc->items[1]->at.end - f.doc->items[1]->at.begin, 6);
	assert_string_equal(f.doc->items[2]->text, "x\xc3\xa9\xf0\x9f\x98\x80\n");
	assert_int_equal(f.doc->items[2]->length, 8);
	assert_true(f.doc->items[2]->quoted);
	assert_string_equal(f.doc->items[3]->text, "true");
	assert_int_equal(f.doc->items[4]->kind, DOC_NULL);
	arena_free(f.arena);
	accept_text("0");
	accept_text("\"\"");
	accept_text("[ ]");
	accept_text("[[],{},[{}]]");
	accept_text("{\"a\":1,\"A\":2}"); /* keys differ by case */
}

/* What Azure's tools take besides, and nothing more; every byte keeps its place. */
static void test_extended(void **state)
{
	const char *text =
		"\xef\xbb\xbf// \"1\"\n{\"a//b\": /* \" \n */ \"x\ny\tz\\\"/*w*/\"}/**/";
	const char *refused[] = {"{\"a\": 1} /", "{\"a\": 1} /* x",    "{\"a\": 1,}",
				 "{'a': 1}",	 "{\"a\": \"x\x01\"}", "/",
				 "{\"a\": \"x\\"};
	struct fixture f = {.arena = arena_new()};

	(void)state;
	f.diag = diag_new(f.arena);
	assert_int_equal(json_read_extended(text, strlen(text), 1, f.arena, &f.doc,
					    f.diag),
			 0);
	assert_string_equal(f.doc->entries[0].key, "a//b");
	f.doc = f.doc->entries[0].value;
	assert_string_equal(f.doc->text, "x y z\"/*w*/");
	assert_int_equal(text[f.doc->at.begin], '"');
	assert_int_equal(text[f.doc->at.end], '}');
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++)
		assert_int_equal(json_read_extended(refused[i], strlen(refused[i]), 1,
						    f.arena, &f.doc, f.diag),
				 -1);
	arena_free(f.arena);
}

static void test_syntax(void **state)
{
	(void)state;
	refuse("", 0, "ends where a value");
	refuse("  ", 2, "ends where a value");
	refuse("[1,2,]", 4, "comma behind the last");
	refuse("{\"a\":1 , }", 7, "comma behind the last");
	refuse("[,1]", 1, "comma without a value");
	refuse("[1 2]", 3, "comma is missing");
	refuse("{\"a\" 1}", 5, "':' is missing");
	refuse("{'a': 1}", 1, "key must be a text");
	refuse("{a: 1}", 1, "key must be a text");
	refuse("['a']", 1, "single quotes");
	refuse("[\xe2\x80\x9c"
	       "a\xe2\x80\x9d]",
	       1, "typographic");
	refuse("[1 // x\n]", 3, "comma is missing");
	refuse("// x\n[1]", 0, "comment");
	refuse("{\"a\": 1} x", 9, "goes on");
	refuse("[1", 2, "ends too early");
	refuse("{\"a\":[1}", 7, "wrong closing");
	refuse("[True]", 1, "word without quotes");
	refuse("nul", 0, "word without quotes");
	refuse("[NaN]", 1, "word without quotes");
	refuse("01", 0, "zero in front");
	refuse("1.", 0, "ends with a point");
	refuse(".5", 0, "begins with a point");
	refuse("+1", 0, "'+' in front");
	refuse("-", 0, "'-' without");
	refuse("1e+", 0, "exponent");
	refuse("[\"a]", 1, "no end");
	refuse("[\"a\nb\"]", 3, "line end");
	refuse("[\"\\x\"]", 2, "backslash");
	refuse("[\"\\u12g4\"]", 2, "four hexadecimal");
	refuse("[\"a\\u0000b\"]", 3, "'\\u0000'");
	refuse("[\"\\ud83d\"]", 2, "surrogate");
	refuse("[\"\\ud83d\\u0041\"]", 2, "surrogate");
	refuse("[\"\\ude00\"]", 2, "surrogate");
	refuse("[\"\xc0\xaf\"]", 2, "no UTF-8");
	refuse("[\"\xed\xa0\x80\"]", 2, "no UTF-8");
	refuse("[\"\xf4\x90\x80\x80\"]", 2, "no UTF-8");
	refuse("\xff", 0, "no UTF-8");
	refuse("[1]\f", 3, "goes on");
	refuse_bytes("[1]\0", 4, DIAG_JSON_SYNTAX, 3, "goes on");
	refuse_bytes("[\"a\0b\"]", 7, DIAG_JSON_SYNTAX, 3, "control");
	refuse_bytes("[\0]", 3, DIAG_JSON_SYNTAX, 1, "begins no value");
	refuse("[1234567890123456789012345678901234567890123456789012345678901234]", 1,
	       "63 characters");
	accept_text("[123456789012345678901234567890123456789012345678901234567890123]");
}

static void test_duplicates(void **state)
{
	CLEANUP(strbuf_release) struct strbuf text = {0};
	struct fixture f = read_bytes("{\"a\":1,\"b\":2,\"\\u0061\":3}", 24);
	const struct diag_message *message = diag_message(f.diag, 0);

	(void)state;
	assert_int_equal(f.error, -1);
	assert_int_equal(message->code, DIAG_DUPLICATE_KEY);
	assert_int_equal(message->at.begin, 13);
	assert_int_equal(message->notes[0].at.begin, 1);
	arena_free(f.arena);

	strbuf_puts(&text, "{");
	for (int i = 0; i < 200000; i++)
		strbuf_printf(&text, "\"k%d\":%d,", i, i);
	strbuf_puts(&text, "\"k77\":0}");
	refuse_bytes(text.text, text.length, DIAG_DUPLICATE_KEY, text.length - 8,
		     "'k77'");
}

static void test_limits(void **state)
{
	CLEANUP(strbuf_release) struct strbuf text = {0};

	(void)state;
	for (unsigned i = 0; i < DOC_MAX_DEPTH; i++)
		strbuf_putc(&text, '[');
	for (unsigned i = 0; i < DOC_MAX_DEPTH; i++)
		strbuf_putc(&text, ']');
	accept_text(text.text);
	strbuf_release(&text);
	for (unsigned i = 0; i < 100000; i++)
		strbuf_putc(&text, '[');
	refuse_bytes(text.text, text.length, DIAG_DOCUMENT_LIMIT, DOC_MAX_DEPTH,
		     "nested");
	strbuf_release(&text);
	strbuf_putc(&text, '[');
	for (unsigned i = 0; i < DOC_MAX_NODES; i++)
		strbuf_puts(&text, "1,");
	strbuf_puts(&text, "1]");
	refuse_bytes(text.text, text.length, DIAG_DOCUMENT_LIMIT,
		     1 + 2 * (DOC_MAX_NODES - 1), "more than 1000000");
}

/* Longer than a piece, so that keys and values are parsed one by one. */
static void test_large(void **state)
{
	CLEANUP(strbuf_release) struct strbuf text = {0};
	struct fixture f;

	(void)state;
	strbuf_puts(&text, "{\"list\":[");
	for (int i = 0; i < 100000; i++)
		strbuf_printf(&text, "%s\"10.%d.%d.0\\/24\"", i ? "," : "", i / 256,
			      i % 256);
	strbuf_puts(&text, "],\"l\\u0069st2\":{\"a\":[1,[2,{\"b\":null}]]}}");
	f = read_bytes(text.text, text.length);
	assert_int_equal(f.error, 0);
	assert_int_equal(doc_get(f.doc, "list")->count, 100000);
	assert_string_equal(doc_get(f.doc, "list")->items[99999]->text,
			    "10.390.159.0/24");
	assert_int_equal(doc_get(f.doc, "list2")->kind, DOC_MAP);
	arena_free(f.arena);
}

static void test_writer(void **state)
{
	CLEANUP(strbuf_release) struct strbuf out = {0};
	struct json_writer json;

	(void)state;
	json_begin(&json, &out, false);
	json_object(&json);
	json_key_string(&json, "name", "a\"b\\c\n\x01\xff\xc3\xa9\x7f");
	json_key(&json, "list");
	json_list(&json);
	json_number(&json, 18446744073709551615u);
	json_null(&json);
	json_string(&json, NULL);
	json_object(&json);
	json_object_end(&json);
	json_list_end(&json);
	json_key(&json, "none");
	json_list(&json);
	json_list_end(&json);
	json_key_bool(&json, "yes", true);
	json_object_end(&json);
	json_end(&json);
	assert_string_equal(out.text,
			    "{\n"
			    "  \"name\": "
			    "\"a\\\"b\\\\c\\n\\u0001\xef\xbf\xbd\xc3\xa9\\u007f\",\n"
			    "  \"list\": [\n"
			    "    18446744073709551615,\n"
			    "    null,\n"
			    "    null,\n"
			    "    {}\n"
			    "  ],\n"
			    "  \"none\": [],\n"
			    "  \"yes\": true\n"
			    "}\n");
	accept_text(out.text);
	strbuf_release(&out);
	json_begin(&json, &out, true);
	json_list(&json);
	json_number(&json, 1);
	json_object(&json);
	json_key_number(&json, "n", 2);
	json_object_end(&json);
	json_list_end(&json);
	json_end(&json);
	assert_string_equal(out.text, "[1,{\"n\":2}]");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_values), cmocka_unit_test(test_extended),
		cmocka_unit_test(test_syntax), cmocka_unit_test(test_duplicates),
		cmocka_unit_test(test_limits), cmocka_unit_test(test_large),
		cmocka_unit_test(test_writer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
