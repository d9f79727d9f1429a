/* fuzz_named_import.c - Any bytes as BIND's files: read or refused, never worse. */
#include "backends/registry.h"
#include "tests/fuzz/judge_import.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	judge_import(&backend_bind, NULL, "db.e.io", (const char *)data, size);
	return 0;
}
