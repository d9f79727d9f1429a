/* markdown.c - Texts in Markdown that stay texts. */
#include "compiler/markdown.h"

#include "rules/base/strbuf.h"

void markdown_code(struct strbuf *out, const char *text)
{
	strbuf_puts(out, *text ? "`" : "` "); /* two backquotes would begin a span */
	for (; *text; text++) {
		unsigned char c = (unsigned char)*text;

		if (c == '|')
			strbuf_putc(out, '\\');
		strbuf_putc(out, c == '`' ? '\'' : c < ' ' || c == 0x7f ? '?' : *text);
	}
	strbuf_putc(out, '`');
}
