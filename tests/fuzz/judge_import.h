/* judge_import.h - What holds for every importer, whatever it was given. */
#ifndef TESTS_FUZZ_JUDGE_IMPORT_H
#define TESTS_FUZZ_JUDGE_IMPORT_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "backends/backend.h"
#include "rules/base/arena.h"
#include "rules/base/diag.h"
#include "rules/base/strbuf.h"
#include "rules/ruleset_text.h"
#include "tests/fuzz/judge.h"

/**
 * DOC: Inputs
 *
 * An input is cut at "\n@@@ NAME\n" into the text to import and files that it may refer
 * to, called NAME.
 */
#define MAX_FILES 8

static inline void add_file(struct import_file *file, const char *name, const char *text,
			    size_t length, struct arena *arena, struct diag *diag)
{
	/* A buffer of its own, so that reading past a file shows. */
	char *copy = arena_alloc(arena, length ? length : 1);

	if (length)
		memcpy(copy, text, length);
	*file = (struct import_file){name, copy, length,
				     diag_add_source(diag, name, copy, length)};
}

/* Where the next file begins; NULL: nowhere. */
static inline const char *next_file(const char *text, size_t length,
				    const char **ret_name, size_t *ret_name_length)
{
	static const char mark[] = "\n@@@ ";
	const char *found = memmem(text, length, mark, sizeof(mark) - 1), *end;

	if (!found)
		return NULL;
	*ret_name = found + sizeof(mark) - 1;
	end = memchr(*ret_name, '\n', length - (size_t)(*ret_name - text));
	if (!end)
		return NULL;
	*ret_name_length = (size_t)(end - *ret_name);
	return found;
}

static inline size_t cut_files(const char *name, const char *text, size_t length,
			       struct import_file *files, struct arena *arena,
			       struct diag *diag)
{
	size_t count = 0;

	for (;;) {
		const char *next_name = NULL, *end = NULL;
		size_t name_length = 0;

		if (count + 1 < MAX_FILES)
			end = next_file(text, length, &next_name, &name_length);
		add_file(&files[count++], name, text, end ? (size_t)(end - text) : length,
			 arena, diag);
		if (!end)
			return count;
		name = arena_strndup(arena, next_name, name_length);
		length -= (size_t)(next_name + name_length + 1 - text);
		text = next_name + name_length + 1;
	}
}

static inline void judge_places(const struct ruleset *rules, const struct diag *diag)
{
	for (size_t i = 0; i < rules->chain_count; i++)
		for (size_t j = 0; j < rules->chains[i].count; j++) {
			struct span at = rules->chains[i].rules[j].at;
			const struct diag_source *source =
				diag_get_source(diag, at.source);

			/* What a format says by itself has no place. */
			if (at.source)
				HOLDS(source && at.begin < at.end &&
				      at.end <= source->length);
		}
}

/* Read or refused, never worse; @name is what the text is called. */
static inline void judge_import(const struct backend *backend, const char *dialect,
				const char *name, const char *text, size_t length)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new();
	CLEANUP(strbuf_release) struct strbuf printed = {0};
	struct diag *diag = diag_new(arena);
	struct import_file files[MAX_FILES];
	struct import_input input = {.files = files, .dialect = dialect};
	struct ruleset *rules = NULL, *again;

	input.file_count = cut_files(name, text, length, files, arena, diag);
	if ((backend->import(&input, arena, &rules, diag) == 0) != (rules != NULL))
		BUG("a result without a rule set, or a rule set without a result");
	if ((rules != NULL) != (diag_errors(diag) == 0))
		BUG("an error without a message, or a message without an error");
	judge_report(diag, arena);
	(void)backend->sniff(files[0].text, files[0].length);
	if (!rules)
		return;
	judge_places(rules, diag);
	ruleset_print(rules, &printed);
	if (printed.length <= RULESET_TEXT_MAX_BYTES)
		HOLDS(ruleset_read(strbuf_text(&printed), printed.length, 0, arena,
				   &again, diag_new(arena)) == 0);
}

#endif
