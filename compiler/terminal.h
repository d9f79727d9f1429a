/* terminal.h - Colour and progress, where somebody is looking. */
#ifndef COMPILER_TERMINAL_H
#define COMPILER_TERMINAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * terminal_color() - May text on @fd be coloured?
 * @choice:	"always", "never" or "auto": on a terminal that is not "dumb", unless
 *		NO_COLOR is set and not empty (https://no-color.org, read 2025-11-21)
 */
bool terminal_color(int fd, const char *choice);

/**
 * struct progress - One line about long work, on a terminal only
 *
 * Shown after half a second at the earliest and ten times a second at most, so that short
 * work shows nothing; erased by progress_end().  The caller's storage.
 */
struct progress {
	int fd;
	bool on;
	bool shown;
	const char *label;
	uint64_t due; /* milliseconds of the monotonic clock: when the next line may come
		       */
};

/**
 * progress_begin() - Get ready; shows nothing yet
 * @fd:		usually standard error
 * @quiet:	never show anything
 * @label:	"proving nsg-aks"; borrowed
 */
void progress_begin(struct progress *progress, int fd, bool quiet, const char *label);

/** progress_update() - @done of @total are done; @total 0: nobody knows how many */
void progress_update(struct progress *progress, size_t done, size_t total);

/** progress_end() - Erase the line; nothing when none was shown */
void progress_end(struct progress *progress);

#endif
