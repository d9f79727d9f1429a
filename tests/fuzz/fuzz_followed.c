/* fuzz_followed.c - Whatever watch remembers can be written, and then reads the same. */
#include "compiler/followed.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/judge.h"

/* A machine that has been up for a day. */
#define NOW 86400u

/* Times lie behind, and not before the machine's start. */
static void judge_followed(const struct followed *followed)
{
	for (size_t i = 0; i < followed->count; i++)
		for (size_t k = 0; k < followed->names[i].count; k++) {
			const struct followed_address *at = &followed->names[i].at[k];

			HOLDS(at->last >= 1 && at->last <= NOW && at->first <= NOW);
		}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new();
	CLEANUP(strbuf_release) struct strbuf text = {0}, again = {0};
	struct diag *diag = diag_new(arena);
	struct followed followed = {0}, other = {0};
	int error = followed_read("fuzz", (const char *)data, size, NOW, arena, &followed,
				  diag);

	HOLDS((error != 0) == (diag_errors(diag) != 0));
	judge_report(diag, arena);
	if (error)
		return 0;
	judge_followed(&followed);
	followed_print(&followed, NOW, &text);
	HOLDS(followed_read("fuzz", text.text, text.length, NOW, arena, &other, diag) ==
	      0);
	followed_print(&other, NOW, &again);
	HOLDS(strcmp(text.text, again.text) == 0);
	return 0;
}
