/* fuzz_squid_import.c - Any bytes as squid's configuration: read or refused, never worse.
 *
 * A first byte of "7" reads it as squid 7 does.
 */
#include "backends/registry.h"
#include "tests/fuzz/judge_import.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	bool seven = size && data[0] == '7';

	judge_import(&backend_squid, seven ? "squid-7" : NULL, "squid.conf",
		     (const char *)data + seven, size - seven);
	return 0;
}
