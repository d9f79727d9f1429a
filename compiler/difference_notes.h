/* difference_notes.h - What a comparison of two rule sets rests on. */
#ifndef COMPILER_DIFFERENCE_NOTES_H
#define COMPILER_DIFFERENCE_NOTES_H

#include "compiler/difference_print.h"

/** struct difference_notes - Sentences; each goes on "assuming that ..." */
struct difference_notes {
	const char **at;
	size_t count, capacity;
};

/**
 * difference_notes() - All of them, those of both rule sets once
 *
 * What the importers assume, rules that change packets in a way that is not followed, and
 * other hooks on the way, which are not compared, and conditions that are not known and
 * that both rule sets have.
 */
struct difference_notes difference_notes(const struct difference_report *report);

#endif
