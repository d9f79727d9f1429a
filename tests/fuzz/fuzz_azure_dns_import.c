/* fuzz_azure_dns_import.c - Any bytes as private DNS zones: read or refused, never worse.
 */
#include "backends/registry.h"
#include "tests/fuzz/judge_import.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	judge_import(&backend_azure_private_dns, NULL, "zone", (const char *)data, size);
	return 0;
}
