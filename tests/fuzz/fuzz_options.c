/* fuzz_options.c - Command lines: one word a line of the input. */
#include <stdlib.h>
#include <string.h>

#include "compiler/options.h"
#include "rules/base/arena.h"
#include "tests/fuzz/fuzz.h"

/* More words show nothing new. */
#define MAX_WORDS 64

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new();
	CLEANUP(strbuf_release) struct strbuf message = {0};
	char *text = arena_strndup(arena, (const char *)data, size);
	char *argv[MAX_WORDS + 1] = {text};
	struct options *options = NULL;
	int argc = 1;

	while (argc < MAX_WORDS && (text = strchr(text, '\n'))) {
		*text++ = '\0';
		argv[argc++] = text;
	}
	if (options_parse(argc, argv, arena, &options, &message) == 0) {
		if (!options || message.length)
			abort();
	} else if (!message.length || options) {
		abort();
	}
	return 0;
}
