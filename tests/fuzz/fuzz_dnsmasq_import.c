/* fuzz_dnsmasq_import.c - Any bytes as dnsmasq.conf: read, and never worse. */
#include "backends/registry.h"
#include "tests/fuzz/judge_import.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	judge_import(&backend_dnsmasq, NULL, "dnsmasq", (const char *)data, size);
	return 0;
}
