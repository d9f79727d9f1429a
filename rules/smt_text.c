/* smt_text.c - How symbols, numbers and comments of a certificate are spelled. */
#include <stdarg.h>
#include <string.h>

#include "rules/smt_writer.h"

/* Comments say what a formula is about; the formula is whole. */
#define COMMENT_LENGTH 200

static bool is_plain(char c)
{
	return c >= ' ' && c <= '~';
}

char *smt_symbol(struct smt_writer *writer, const char *fmt, ...)
{
	CLEANUP(strbuf_release) struct strbuf text = {0};
	bool odd = false;
	va_list args;

	strbuf_putc(&text, '|');
	va_start(args, fmt);
	strbuf_vprintf(&text, fmt, args);
	va_end(args);
	/* SMT-LIB 2.6, section 3.1: any printable character but these two. */
	for (size_t i = 1; i < text.length; i++)
		if (!is_plain(text.text[i]) || text.text[i] == '|' ||
		    text.text[i] == '\\') {
			text.text[i] = '?';
			odd = true;
		}
	if (odd)
		strbuf_printf(&text, " (%zu)", ++writer->odd_symbols);
	strbuf_putc(&text, '|');
	return arena_strdup(writer->arena, strbuf_text(&text));
}

void smt_comment(struct smt_writer *writer, const char *fmt, ...)
{
	CLEANUP(strbuf_release) struct strbuf text = {0};
	va_list args;

	va_start(args, fmt);
	strbuf_vprintf(&text, fmt, args);
	va_end(args);
	strbuf_puts(writer->out, "; ");
	for (size_t i = 0; i < text.length && i < COMMENT_LENGTH; i++)
		strbuf_putc(writer->out, is_plain(text.text[i]) ? text.text[i] : '?');
	strbuf_puts(writer->out, text.length > COMMENT_LENGTH ? " ...\n" : "\n");
}

void smt_push(struct smt_writer *writer, struct smt_texts *texts, const char *text)
{
	*arena_push(writer->arena, texts->at, texts->count, texts->capacity) = text;
}

static void put_joined(struct strbuf *out, const char *joint, const char *empty,
		       const char *between, const struct smt_texts *parts)
{
	if (!parts->count)
		strbuf_puts(out, empty);
	else if (parts->count == 1)
		strbuf_puts(out, parts->at[0]);
	if (parts->count < 2)
		return;
	strbuf_printf(out, "(%s", joint);
	for (size_t i = 0; i < parts->count; i++)
		strbuf_printf(out, "%s%s", between, parts->at[i]);
	strbuf_putc(out, ')');
}

const char *smt_join(struct smt_writer *writer, const char *joint, const char *empty,
		     const struct smt_texts *parts)
{
	CLEANUP(strbuf_release) struct strbuf text = {0};

	put_joined(&text, joint, empty, " ", parts);
	return arena_strdup(writer->arena, strbuf_text(&text));
}

void smt_define(struct smt_writer *writer, const char *symbol, const char *joint,
		const struct smt_texts *parts)
{
	bool all = strcmp(joint, "and") == 0;

	strbuf_printf(writer->out, "(define-fun %s () Bool ", symbol);
	put_joined(writer->out, joint, all ? "true" : "false",
		   parts->count > 3 ? "\n\t" : " ", parts);
	strbuf_puts(writer->out, ")\n");
}

void smt_title(struct smt_writer *writer, const char *title)
{
	strbuf_printf(writer->out, "\n; -- %s --\n", title);
}

void smt_number(struct strbuf *out, u128 number, unsigned bits)
{
	unsigned step = bits % 4 ? 1 : 4;

	strbuf_puts(out, step == 4 ? "#x" : "#b");
	while (bits) {
		bits -= step;
		strbuf_putc(out, "0123456789abcdef"[(unsigned)(number >> bits) &
						    (step == 4 ? 15u : 1u)]);
	}
}

const char *smt_where(struct smt_writer *writer, struct span at)
{
	const struct diag_source *source = diag_get_source(writer->diag, at.source);
	const char *slash;

	if (!source || at.begin > source->length)
		return "";
	/* Rules come in the order of the text nearly always: count on from the last. */
	if (writer->line.source != at.source || writer->line.offset > at.begin) {
		writer->line.source = at.source;
		writer->line.offset = 0;
		writer->line.line = 1;
	}
	for (; writer->line.offset < at.begin; writer->line.offset++)
		writer->line.line += source->text[writer->line.offset] == '\n';
	slash = strrchr(source->name, '/');
	return arena_printf(writer->arena, "%s:%zu", slash ? slash + 1 : source->name,
			    writer->line.line);
}
