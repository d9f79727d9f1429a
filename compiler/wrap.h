/* wrap.h - Break lines for terminals. */
#ifndef COMPILER_WRAP_H
#define COMPILER_WRAP_H

#include <stddef.h>

#include "rules/base/strbuf.h"

/* What a terminal shows at least; a wider one is no reason for longer lines. */
#define WRAP_COLUMNS 80

/**
 * wrap_text() - Append @text in lines of at most WRAP_COLUMNS bytes, broken at blanks
 * @column:	where the first line begins: bytes that stand on it already
 * @indent:	blanks in front of every other line
 *
 * A word longer than a line has a line of its own.  Ends with a line end.
 */
void wrap_text(struct strbuf *out, const char *text, size_t column, size_t indent);

#endif
