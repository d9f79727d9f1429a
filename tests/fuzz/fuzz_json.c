/* fuzz_json.c - Whatever JSON is read can be written, and then reads the same. */
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/judge.h"

static void write_doc(struct json_writer *json, const struct doc *doc)
{
	switch (doc->kind) {
	case DOC_NULL:
		json_null(json);
		return;
	case DOC_SCALAR:
		json_string(json, doc->text);
		return;
	case DOC_LIST:
		json_list(json);
		for (size_t i = 0; i < doc->count; i++)
			write_doc(json, doc->items[i]);
		json_list_end(json);
		return;
	case DOC_MAP:
		json_object(json);
		for (size_t i = 0; i < doc->count; i++) {
			json_key(json, doc->entries[i].key);
			write_doc(json, doc->entries[i].value);
		}
		json_object_end(json);
		return;
	}
}

static void compare(const struct doc *a, const struct doc *b)
{
	HOLDS(a->kind == b->kind && a->count == b->count);
	if (a->kind == DOC_SCALAR)
		HOLDS(a->length == b->length && memcmp(a->text, b->text, a->length) == 0);
	for (size_t i = 0; i < a->count; i++) {
		if (a->kind == DOC_MAP)
			HOLDS(strcmp(a->entries[i].key, b->entries[i].key) == 0);
		compare(a->kind == DOC_MAP ? a->entries[i].value : a->items[i],
			b->kind == DOC_MAP ? b->entries[i].value : b->items[i]);
	}
}

/* The writer has room for 63 levels, the reader for 64. */
static size_t depth_of(const struct doc *doc)
{
	size_t deepest = 0, depth;

	for (size_t i = 0; i < doc->count; i++) {
		depth = depth_of(doc->kind == DOC_MAP ? doc->entries[i].value
						      : doc->items[i]);
		deepest = depth > deepest ? depth : deepest;
	}
	return deepest + 1;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new();
	CLEANUP(strbuf_release) struct strbuf text = {0};
	struct diag *diag = diag_new(arena);
	uint32_t source = diag_add_source(diag, "fuzz", (const char *)data, size);
	struct doc *doc = NULL, *again = NULL;
	struct json_writer json;
	int error = json_read((const char *)data, size, source, arena, &doc, diag);

	judge_result(error, doc, source, size, diag, arena);
	if (error || depth_of(doc) > 63)
		return 0;
	json_begin(&json, &text, size % 2);
	write_doc(&json, doc);
	json_end(&json);
	HOLDS(json_read(text.text, text.length, source, arena, &again, diag) == 0);
	compare(doc, again);
	return 0;
}
