/* fuzz_public_ips.c - The PublicIPs XML: places inside the file, no entity, no fetch. */
#include <strings.h>

#include "compiler/input.h"
#include "compiler/tags_list.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/judge.h"

static bool is_inside(const struct span *at, size_t size)
{
	return at->begin <= at->end && at->end <= size;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new();
	CLEANUP(strbuf_release) struct strbuf text = {0};
	struct diag *diag = diag_new(arena);
	struct input_file file = {
		.path = "fuzz",
		.name = "fuzz",
		.text = arena_strndup(arena, (const char *)data, size),
		.length = size,
	};
	const struct input_file *const files[] = {&file};
	struct service_tags *tags;
	int error;

	if (!memchr(data, '<', size))
		return 0; /* JSON has a target of its own */
	file.source = diag_add_source(diag, "fuzz", file.text, file.length);
	error = tags_read(files, 1, arena, &tags, diag);
	HOLDS((error != 0) == (diag_errors(diag) != 0));
	for (size_t i = 0; diag_message(diag, i); i++)
		HOLDS(is_inside(&diag_message(diag, i)->at, size));
	judge_report(diag, arena);
	if (error)
		return 0;
	for (size_t i = 0; i < tags->count; i++) {
		HOLDS(is_inside(&tags->at[i].at, size));
		HOLDS(!i || strcasecmp(tags->at[i - 1].name, tags->at[i].name) < 0);
	}
	tags_list_text(tags, &text);
	judge_text(&text);
	return 0;
}
