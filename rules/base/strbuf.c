/* strbuf.c - Growing text. */
#include "rules/base/strbuf.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void reserve(struct strbuf *buf, size_t more)
{
	size_t need, capacity = buf->capacity ? buf->capacity : 128;
	char *text;

	if (more > SIZE_MAX / 2 - buf->length)
		BUG("text of %zu + %zu bytes", buf->length, more);
	need = buf->length + more + 1;
	if (need <= buf->capacity)
		return;
	while (capacity < need)
		capacity *= 2;
	text = realloc(buf->text, capacity);
	if (!text) {
		fprintf(stderr, "postern: out of memory (a text of %zu bytes)\n",
			capacity);
		exit(3);
	}
	buf->text = text;
	buf->capacity = capacity;
}

void strbuf_release(struct strbuf *buf)
{
	free(buf->text);
	*buf = (struct strbuf){0};
}

void strbuf_add(struct strbuf *buf, const char *bytes, size_t length)
{
	reserve(buf, length);
	if (length)
		memcpy(buf->text + buf->length, bytes, length);
	buf->length += length;
	buf->text[buf->length] = '\0';
}

void strbuf_puts(struct strbuf *buf, const char *text)
{
	strbuf_add(buf, text, strlen(text));
}

void strbuf_putc(struct strbuf *buf, char c)
{
	strbuf_add(buf, &c, 1);
}

void strbuf_vprintf(struct strbuf *buf, const char *fmt, va_list args)
{
	va_list again;
	int length;

	va_copy(again, args);
	length = vsnprintf(NULL, 0, fmt, again);
	va_end(again);
	if (length < 0)
		BUG("bad format \"%s\"", fmt);
	reserve(buf, (size_t)length);
	vsnprintf(buf->text + buf->length, (size_t)length + 1, fmt, args);
	buf->length += (size_t)length;
}

void strbuf_printf(struct strbuf *buf, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	strbuf_vprintf(buf, fmt, args);
	va_end(args);
}

const char *strbuf_text(const struct strbuf *buf)
{
	return buf->text ? buf->text : "";
}
