/* report.h - Printing messages. */
#ifndef COMPILER_REPORT_H
#define COMPILER_REPORT_H

#include <stdbool.h>

#include "rules/base/diag.h"
#include "rules/base/strbuf.h"

/**
 * struct report_options - How messages are printed
 * @json:	one object a line, instead of text
 * @color:	escape sequences for terminals, in text only
 * @quiet:	errors only
 */
struct report_options {
	bool json;
	bool color;
	bool quiet;
};

/**
 * report_print() - All messages of a sink, in the order reported
 *
 * Text: path:line:column: severity: text [slug], the source line with the place marked
 * below it, then the notes in the same form.  Whatever the sources hold, the output is
 * printable UTF-8.
 */
void report_print(const struct diag *diag, const struct report_options *how,
		  struct strbuf *out);

/** report_is_system_failure() - Is an error among them that is the system's, not the
 * spec's? */
bool report_is_system_failure(const struct diag *diag);

#endif
