/* fuzz_ruleset_text.c - Whatever is read prints, and what was printed reads the same. */
#include <stdlib.h>
#include <string.h>

#include "rules/base/arena.h"
#include "rules/base/strbuf.h"
#include "rules/ruleset_text.h"
#include "tests/fuzz/fuzz.h"

static struct ruleset *read_text(const char *text, size_t length, struct arena *arena)
{
	struct diag *diag = diag_new(arena);
	uint32_t source = diag_add_source(diag, "fuzz", text, length);
	struct ruleset *rules = NULL;

	if (ruleset_read(text, length, source, arena, &rules, diag)) {
		if (diag_errors(diag) != 1 || diag_message(diag, 0)->at.end > length)
			abort();
		return NULL;
	}
	return rules;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new();
	CLEANUP(strbuf_release) struct strbuf once = {0}, twice = {0};
	struct ruleset *rules = read_text((const char *)data, size, arena);

	if (!rules)
		return 0;
	ruleset_print(rules, &once);
	rules = read_text(once.text, once.length, arena);
	if (!rules)
		abort();
	ruleset_print(rules, &twice);
	if (once.length != twice.length ||
	    memcmp(once.text, twice.text, once.length) != 0)
		abort();
	return 0;
}
