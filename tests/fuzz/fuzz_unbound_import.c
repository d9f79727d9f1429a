/* fuzz_unbound_import.c - Any bytes as unbound's configuration: read or refused, never
 * worse.
 *
 * A first byte of "2" reads it as later versions do.
 */
#include "backends/registry.h"
#include "tests/fuzz/judge_import.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	bool later = size && data[0] == '2';

	judge_import(&backend_unbound, later ? "unbound-1.22" : NULL, "unbound.conf",
		     (const char *)data + later, size - later);
	return 0;
}
