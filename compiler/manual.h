/* manual.h - The manual pages, made from the tables. */
#ifndef COMPILER_MANUAL_H
#define COMPILER_MANUAL_H

#include "rules/base/strbuf.h"

/* The day of the pages: the last change of their fixed text, so that equal sources give
 * equal pages. */
#define MANUAL_DAY "November 21, 2025"

/** manual_program() - postern(1), in mdoc(7) */
void manual_program(struct strbuf *out);

/** manual_spec() - postern-spec(5), in mdoc(7) */
void manual_spec(struct strbuf *out);

/**
 * manual_text() - Append @text so that roff prints just these characters
 *
 * Escapes backslashes, minus signs of options, quotes, what is not ASCII, and the dots
 * and apostrophes that would begin a request at the beginning of a line.
 */
void manual_text(struct strbuf *out, const char *text);

/** manual_running_text() - The same in short lines, each sentence on a line of its own */
void manual_running_text(struct strbuf *out, const char *text);

/**
 * manual_example() - A row of examples.def; @ret_status is its exit status
 *
 * Return: its command line, or NULL past the end
 */
const char *manual_example(size_t index, int *ret_status);

#endif
