/* fuzz_xml.c - XML: a tree with places in its text, or a message; then a spec. */
#include "compiler/input.h"
#include "compiler/parse.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/judge.h"

/* The bytes of a key are the key. */
static void judge_keys(const struct doc *doc, const char *text)
{
	for (size_t i = 0; doc->kind == DOC_LIST && i < doc->count; i++)
		judge_keys(doc->items[i], text);
	for (size_t i = 0; doc->kind == DOC_MAP && i < doc->count; i++) {
		const struct doc_entry *entry = &doc->entries[i];

		HOLDS(entry->at.end - entry->at.begin == strlen(entry->key) &&
		      memcmp(text + entry->at.begin, entry->key, strlen(entry->key)) ==
			      0);
		judge_keys(entry->value, text);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new();
	struct diag *diag = diag_new(arena);
	const char *text = arena_strndup(arena, (const char *)data, size);
	uint32_t source = diag_add_source(diag, "fuzz", text, size);
	struct parse_options options = {.files = input_new(arena, diag)};
	struct doc *doc = NULL;
	struct spec *spec;
	int error = xml_read(text, size, source, arena, &doc, diag);

	judge_result(error, doc, source, size, diag, arena);
	if (error)
		return 0;
	judge_keys(doc, text);
	error = spec_parse(doc, &options, arena, &spec, diag);
	HOLDS((error != 0) == (diag_errors(diag) != 0));
	judge_report(diag, arena);
	return 0;
}
