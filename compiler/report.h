/* report.h - Printing messages. */
#ifndef COMPILER_REPORT_H
#define COMPILER_REPORT_H

#include <stdbool.h>

#include "rules/base/diag.h"
#include "rules/base/strbuf.h"

enum report_format {
	REPORT_TEXT, /* path:line:column: error: text [slug]; the line; a caret; the notes */
	REPORT_JSON, /* one object a line */
};

/**
 * report_format() - All messages of a sink, in the order reported
 * @colour:	escape sequences for terminals, in the text format only
 *
 * Whatever the sources hold, the output is printable UTF-8.
 */
void report_format(const struct diag *diag, enum report_format format, bool colour,
		   struct strbuf *out);

#endif
