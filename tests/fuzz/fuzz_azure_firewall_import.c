/* fuzz_azure_firewall_import.c - Any bytes as Azure's documents: read or refused, never
 * worse.
 *
 * The input is cut at "\n@@@\n" into the document and files that it may refer to.
 */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "backends/azure_firewall/azure_firewall.h"
#include "backends/backend.h"
#include "rules/base/arena.h"
#include "rules/base/diag.h"
#include "rules/base/textmap.h"
#include "rules/ruleset_text.h"
#include "tests/fuzz/judge.h"

#define MAX_FILES 3
#define CUT	  "\n@@@\n"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static size_t cut_files(const char *text, size_t length, struct import_file *files,
			struct arena *arena, struct diag *diag)
{
	size_t count = 0;

	for (;;) {
		const char *cut = count + 1 < MAX_FILES
					  ? memmem(text, length, CUT, strlen(CUT))
					  : NULL;
		size_t part = cut ? (size_t)(cut - text) : length;
		/* a buffer of its own, so that reading past a file shows */
		char *copy = arena_alloc(arena, part ? part : 1);

		if (part)
			memcpy(copy, text, part);
		files[count++] = (struct import_file){"fuzz.json", copy, part,
						      diag_add_source(diag, "fuzz.json",
								      copy, part)};
		if (!cut)
			return count;
		text = cut + strlen(CUT);
		length -= part + strlen(CUT);
	}
}

static struct addr_set *some_addresses(struct arena *arena)
{
	struct addr_set *set = arena_make(arena, struct addr_set);

	ranges_add(&set->of[FAMILY_IPV4], (struct range){0x0a010204u, 0x0a010205u},
		   arena);
	return set;
}

static void judge_places(const struct ruleset *rules, const struct diag *diag)
{
	for (size_t i = 0; i < rules->chain_count; i++)
		for (size_t j = 0; j < rules->chains[i].count; j++) {
			struct span at = rules->chains[i].rules[j].at;
			const struct diag_source *source =
				diag_get_source(diag, at.source);

			HOLDS(source && at.begin <= at.end && at.end <= source->length);
			HOLDS(rules->chains[i].rules[j].name);
		}
}

/* What is printed reads back, and prints the same. */
static void judge_print(const struct ruleset *rules, struct arena *arena)
{
	CLEANUP(strbuf_release) struct strbuf first = {0}, again = {0};
	struct diag *diag = diag_new(arena);
	struct ruleset *back;

	ruleset_print(rules, &first);
	if (first.length > RULESET_TEXT_MAX_BYTES)
		return;
	HOLDS(ruleset_read(first.text, first.length,
			   diag_add_source(diag, "print", first.text, first.length),
			   arena, &back, diag) == 0);
	ruleset_print(back, &again);
	HOLDS(strcmp(first.text, again.text) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new();
	struct diag *diag = diag_new(arena);
	struct import_file files[MAX_FILES];
	struct textmap tags = {0}, names = {0};
	struct import_input input = {.files = files, .tags = &tags, .names = &names};
	struct ruleset *rules = NULL;
	int error, sure;

	input.file_count = cut_files((const char *)data, size, files, arena, diag);
	textmap_put(&tags, "storage", some_addresses(arena), arena);
	textmap_put(&names, "contoso.azurecr.io", some_addresses(arena), arena);
	sure = azure_firewall_sniff(files[0].text, files[0].length);
	HOLDS(sure >= 0 && sure <= 100);
	error = azure_firewall_import(&input, arena, &rules, diag);
	HOLDS((error == 0) == (rules != NULL));
	HOLDS((error == 0) == (diag_errors(diag) == 0));
	if (rules) {
		judge_places(rules, diag);
		judge_print(rules, arena);
	}
	judge_report(diag, arena);
	return 0;
}
