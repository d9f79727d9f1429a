/* wrap.c - Break lines for terminals. */
#include "compiler/wrap.h"

#include <stdbool.h>
#include <string.h>

void wrap_text(struct strbuf *out, const char *text, size_t column, size_t indent)
{
	bool begun = false;
	size_t length;

	for (text += strspn(text, " "); *text;
	     text += length + strspn(text + length, " ")) {
		length = strcspn(text, " ");
		if (begun && column + 1 + length > WRAP_COLUMNS) {
			strbuf_printf(out, "\n%*s", (int)indent, "");
			column = indent;
		} else if (begun) {
			strbuf_putc(out, ' ');
			column++;
		}
		strbuf_add(out, text, length);
		column += length;
		begun = true;
	}
	strbuf_putc(out, '\n');
}
