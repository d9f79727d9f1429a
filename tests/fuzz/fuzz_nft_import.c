/* fuzz_nft_import.c - Any bytes as nftables' text: read or refused, never worse. */
#include <stddef.h>
#include <stdint.h>

#include "backends/registry.h"
#include "rules/base/arena.h"
#include "rules/base/diag.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new();
	struct diag *diag = diag_new(arena);
	const char *text = (const char *)data;
	struct ruleset *rules = NULL;

	if ((import_text(&backend_nftables, "fuzz.nft", text, size, arena, &rules,
			 diag) == 0) != (rules != NULL))
		BUG("a result without a rule set, or a rule set without a result");
	if ((rules != NULL) != (diag_errors(diag) == 0))
		BUG("an error without a message, or a message without an error");
	return 0;
}
