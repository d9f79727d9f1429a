/* fuzz_ir_import.c - Any bytes as rules as data: read or refused, never worse.
 *
 * What was read must be printable, and must read back from its canonical text.
 */
#include <stddef.h>
#include <stdint.h>

#include "backends/registry.h"
#include "rules/base/arena.h"
#include "rules/base/diag.h"
#include "rules/base/strbuf.h"
#include "rules/ruleset_text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new();
	CLEANUP(strbuf_release) struct strbuf printed = {0};
	struct diag *diag = diag_new(arena);
	const char *text = (const char *)data;
	struct ruleset *rules = NULL, *again;

	if ((import_text(&backend_ir, "fuzz.json", text, size, arena, &rules, diag) ==
	     0) != (rules != NULL))
		BUG("a result without a rule set, or a rule set without a result");
	if ((rules != NULL) != (diag_errors(diag) == 0))
		BUG("an error without a message, or a message without an error");
	if (!rules)
		return 0;
	ruleset_print(rules, &printed);
	if (ruleset_read(strbuf_text(&printed), printed.length,
			 diag_add_source(diag, "printed", strbuf_text(&printed),
					 printed.length),
			 arena, &again, diag) < 0)
		BUG("what was printed cannot be read: %s", diag_message(diag, 0)->text);
	return 0;
}
