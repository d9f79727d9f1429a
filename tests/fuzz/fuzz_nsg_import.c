/* fuzz_nsg_import.c - Any bytes as security groups: read or refused, never worse. */
#include "backends/azure_nsg/nsg.h"
#include "backends/backend.h"
#include "rules/base/textmap.h"
#include "rules/ruleset_text.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/judge.h"

/* A tag that is known: others are not. */
static void add_storage(struct textmap *tags, struct arena *arena)
{
	struct addr_set *set = arena_make(arena, struct addr_set);
	struct prefix prefix;

	HOLDS(prefix_parse("192.0.2.0/24", &prefix) == PREFIX_OK);
	addr_set_add_prefix(set, &prefix, arena);
	addr_set_normalize(set);
	textmap_put(tags, "storage", set, arena);
}

/* What was read, as text; it must read back as the same. */
static void print(const struct ruleset *rules, struct arena *arena, struct strbuf *out)
{
	CLEANUP(strbuf_release) struct strbuf again = {0};
	struct diag *diag = diag_new(arena);
	struct ruleset *read = NULL;

	ruleset_print(rules, out);
	if (out->length > RULESET_TEXT_MAX_BYTES)
		return;
	HOLDS(ruleset_read(out->text, out->length, 0, arena, &read, diag) == 0);
	ruleset_print(read, &again);
	HOLDS(strcmp(out->text, again.text) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new();
	CLEANUP(strbuf_release) struct strbuf first = {0}, second = {0};
	struct diag *diag = diag_new(arena), *other = diag_new(arena);
	struct textmap tags = {0};
	struct import_file file = {.name = "fuzz.json",
				   .text = (const char *)data,
				   .length = size};
	struct import_input input = {.files = &file,
				     .file_count = 1,
				     .tags = &tags,
				     .bare = size % 2};
	struct ruleset *rules = NULL, *again = NULL;
	int sure = nsg_sniff(file.text, size);

	HOLDS(sure >= 0 && sure <= 100);
	add_storage(&tags, arena);
	file.source = diag_add_source(diag, file.name, file.text, size);
	diag_add_source(other, file.name, file.text, size);
	HOLDS((nsg_import(&input, arena, &rules, diag) == 0) == (rules != NULL));
	HOLDS((rules != NULL) == (diag_errors(diag) == 0));
	judge_report(diag, arena);
	nsg_import(&input, arena, &again, other);
	HOLDS(!rules == !again);
	if (!rules)
		return 0;
	print(rules, arena, &first);
	print(again, arena, &second);
	HOLDS(strcmp(first.text, second.text) == 0);
	return 0;
}
