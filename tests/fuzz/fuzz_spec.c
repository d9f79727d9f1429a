/* fuzz_spec.c - Specs: what passes has flows, and what does not has messages. */
#include "compiler/endpoints.h"
#include "compiler/input.h"
#include "compiler/parse.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/judge.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new();
	struct diag *diag = diag_new(arena);
	struct input_file file = {
		.path = "fuzz",
		.name = "fuzz",
		.text = arena_strndup(arena, (const char *)data, size),
		.length = size,
	};
	struct parse_options options = {
		.strict = size % 2,
		.files = input_new(arena, diag),
	};
	struct intent *intent;
	struct spec *spec;
	struct doc *doc = NULL;
	int error;

	file.source = diag_add_source(diag, file.name, file.text, file.length);
	error = document_read(&file, arena, &doc, diag);
	judge_result(error, doc, file.source, size, diag, arena);
	if (error)
		return 0;
	error = spec_parse(doc, &options, arena, &spec, diag);
	HOLDS((error != 0) == (diag_errors(diag) != 0));
	if (!error)
		(void)endpoints_derive(spec, arena, &intent, diag);
	judge_report(diag, arena);
	return 0;
}
