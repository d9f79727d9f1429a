/* fuzz_state.c - Whatever record is read can be written, and then reads the same. */
#include "compiler/state.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/judge.h"

static int parse(const char *text, size_t length, struct arena *arena,
		 struct state *ret_state)
{
	*ret_state = (struct state){
		.directory = "fuzz",
		.arena = arena,
		.diag = diag_new(arena),
		.lock = -1,
	};
	return state_parse(ret_state, text, length);
}

/* What is read leads to no file but those below rules/. */
static void judge_generation(const struct generation *generation)
{
	for (size_t i = 0; generation && i < generation->count; i++) {
		const struct state_text *text = &generation->texts[i];

		HOLDS(text->output && !text->text);
		HOLDS(strlen(text->sha256) == 64 &&
		      strspn(text->sha256, "0123456789abcdef") == 64);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new();
	CLEANUP(strbuf_release) struct strbuf text = {0}, again = {0};
	struct state state, other;
	int error = parse((const char *)data, size, arena, &state);

	HOLDS((error != 0) == (diag_errors(state.diag) != 0));
	judge_report(state.diag, arena);
	if (error)
		return 0;
	judge_generation(state.applied);
	judge_generation(state.previous);
	judge_generation(state.pending);
	state_print(&state, &text);
	HOLDS(parse(text.text, text.length, arena, &other) == 0);
	state_print(&other, &again);
	HOLDS(strcmp(text.text, again.text) == 0);
	return 0;
}
