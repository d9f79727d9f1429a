/* terminal.c - Colour and progress, where somebody is looking. */
#include "compiler/terminal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* Work that is done sooner than this needs no line. */
#define PROGRESS_DELAY_MS 500
/* More lines a second than this only flicker. */
#define PROGRESS_INTERVAL_MS 100
/* Longer labels are cut: a line that wraps cannot be erased. */
#define PROGRESS_LABEL_MAX 48

bool terminal_color(int fd, const char *choice)
{
	const char *no_color = getenv("NO_COLOR");
	const char *term = getenv("TERM");

	if (strcmp(choice, "always") == 0)
		return true;
	if (strcmp(choice, "never") == 0 || (no_color && *no_color))
		return false;
	return term && strcmp(term, "dumb") != 0 && isatty(fd);
}

static uint64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

/* Progress is an extra: what cannot be written is not worth a message. */
static void put(const struct progress *progress, const char *text, size_t length)
{
	ssize_t written = write(progress->fd, text, length);

	(void)written;
}

void progress_begin(struct progress *progress, int fd, bool quiet, const char *label)
{
	const char *term = getenv("TERM");

	*progress = (struct progress){.fd = fd, .label = label};
	progress->on = !quiet && term && strcmp(term, "dumb") != 0 && isatty(fd);
	if (progress->on)
		progress->due = now_ms() + PROGRESS_DELAY_MS;
}

void progress_update(struct progress *progress, size_t done, size_t total)
{
	char line[PROGRESS_LABEL_MAX + 64];
	uint64_t now;
	int length;

	if (!progress->on)
		return;
	now = now_ms();
	if (now < progress->due)
		return;
	progress->due = now + PROGRESS_INTERVAL_MS;
	progress->shown = true;
	if (total)
		length = snprintf(line, sizeof(line), "\r%.*s: %zu of %zu\033[K",
				  PROGRESS_LABEL_MAX, progress->label, done, total);
	else
		length = snprintf(line, sizeof(line), "\r%.*s: %zu\033[K",
				  PROGRESS_LABEL_MAX, progress->label, done);
	put(progress, line, (size_t)length);
}

void progress_end(struct progress *progress)
{
	static const char erase[] = "\r\033[K";

	if (progress->shown)
		put(progress, erase, sizeof(erase) - 1);
	progress->on = progress->shown = false;
}
