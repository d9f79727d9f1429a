/* watching.h - One refresh of 'postern watch', in a process of its own. */
#ifndef COMPILER_WATCHING_H
#define COMPILER_WATCHING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "compiler/followed.h"
#include "compiler/options.h"

/* What watch writes beside state.json. */
#define WATCH_NAME "watch.json"

/** struct watched_file - A file of the spec as it was when it was last read */
struct watched_file {
	const char *path;
	const char *text;
	size_t length;
};

struct watched_files {
	struct watched_file *at;
	size_t count, capacity;
};

/**
 * struct watch_outcome - What came of a refresh; small, it goes through a pipe
 * @done:	the kernel has what names and spec say now
 * @ttl:	seconds until an answer is old; 0: nothing was answered
 * @failed:	names without a usable answer
 * @changed:	objects of the kernel's rules that were changed
 * @flushed:	the rules were gone and have been brought back
 * @report:	a hash of the messages, so that the same ones are printed once
 */
struct watch_outcome {
	bool done;
	bool flushed;
	uint32_t ttl;
	size_t names, addresses, added, removed, failed, changed;
	char report[65];
};

/** watch_read() - What watch wrote last; false: nothing that can be understood */
bool watch_read(const char *directory, struct arena *arena,
		struct followed *ret_followed);

/** watch_pause() - Seconds until the next refresh */
uint32_t watch_pause(const struct watch_outcome *outcome);

/**
 * watch_refresh() - Look all names up and bring what changed into the kernel
 * @files:	the spec and its files as they are to be read; none: from the disk
 * @last:	the outcome before
 */
void watch_refresh(const struct options *options, const struct watched_files *files,
		   const struct watch_outcome *last, struct watch_outcome *ret_outcome);

#endif
