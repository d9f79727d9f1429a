/* strbuf.h - Growing text. */
#ifndef RULES_BASE_STRBUF_H
#define RULES_BASE_STRBUF_H

#include <stdarg.h>
#include <stddef.h>

#include "rules/base/attr.h"

/**
 * struct strbuf - Growing text with a NUL behind its end
 * @text:	never NULL after the first append; strbuf_text() is safe before it
 * @length:	bytes without the NUL
 *
 * The caller's storage: "CLEANUP(strbuf_release) struct strbuf out = {0};".
 * When memory runs out the process exits with status 3, as an arena does.
 */
struct strbuf {
	char *text;
	size_t length;
	size_t capacity;
};

void strbuf_release(struct strbuf *buf);
void strbuf_add(struct strbuf *buf, const char *bytes, size_t length);
void strbuf_puts(struct strbuf *buf, const char *text);
void strbuf_putc(struct strbuf *buf, char c);
void strbuf_printf(struct strbuf *buf, const char *fmt, ...) PRINTF_LIKE(2, 3);
PRINTF_LIKE(2, 0)
void strbuf_vprintf(struct strbuf *buf, const char *fmt, va_list args);

/** strbuf_text() - The text, "" when nothing was added yet */
const char *strbuf_text(const struct strbuf *buf);

#endif
