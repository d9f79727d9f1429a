/* fuzz_yaml.c - YAML: a tree with places in its text, or a message. */
#include "compiler/input.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/judge.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new();
	struct diag *diag = diag_new(arena);
	uint32_t source = diag_add_source(diag, "fuzz", (const char *)data, size);
	struct doc *doc = NULL;
	int error = yaml_read((const char *)data, size, source, arena, &doc, diag);

	judge_result(error, doc, source, size, diag, arena);
	return 0;
}
