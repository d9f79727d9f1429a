/* report.c - Printing messages. */
#include "compiler/report.h"

#include <string.h>

#include "backends/json.h"
#include "rules/base/utf8.h"

/* Wider lines are cut around the place of the mistake: they come from generators. */
#define EXCERPT_COLUMNS 120u
/* Columns kept in front of the place when a line is cut. */
#define EXCERPT_BEFORE 40u

static const char bold[] = "\033[1m", red[] = "\033[1;31m", yellow[] = "\033[1;33m",
		  cyan[] = "\033[1;36m", reset[] = "\033[0m";

struct printer {
	const struct diag *diag;
	struct strbuf *out;
	bool color;
};

static void put_color(struct printer *printer, const char *sequence)
{
	if (printer->color)
		strbuf_puts(printer->out, sequence);
}

/*
 * One character of a text, made harmless: itself, or "?" for a control and U+FFFD for
 * what is no UTF-8.  Tabs stay where @tabs.
 *
 * Return: bytes read, never 0
 */
static size_t next_character(const char *text, size_t length, bool tabs,
			     const char **ret_shown, size_t *ret_shown_length,
			     unsigned *ret_width)
{
	size_t sequence = utf8_sequence(text, length);

	*ret_shown = text;
	*ret_shown_length = sequence;
	*ret_width = 1;
	if (!sequence) {
		*ret_shown = "\xef\xbf\xbd";
		*ret_shown_length = 3;
		return 1;
	}
	if (utf8_is_harmful(text, sequence) && !(tabs && *text == '\t')) {
		*ret_shown = "?";
		*ret_shown_length = 1;
		return sequence;
	}
	*ret_width = utf8_width(text, sequence);
	return sequence;
}

static void put_harmless(struct strbuf *out, const char *text)
{
	size_t left = strlen(text), taken, length;
	const char *shown;
	unsigned width;

	for (; left; text += taken, left -= taken) {
		taken = next_character(text, left, false, &shown, &length, &width);
		strbuf_add(out, shown, length);
	}
}

/* -- text -------------------------------------------------------------------------- */

/* Where an excerpt begins: the line's begin, or so many characters in front of @offset.
 */
static size_t excerpt_begin(const struct diag_source *source, const struct place *place,
			    size_t offset)
{
	size_t begin = offset, back = EXCERPT_BEFORE;

	if (place->line_end - place->line_begin <= EXCERPT_COLUMNS)
		return place->line_begin;
	while (begin > place->line_begin && back) {
		begin--;
		back -= ((unsigned char)source->text[begin] & 0xc0) != 0x80;
	}
	return begin;
}

/* The source line and, below it, the caret: blanks as wide as what stands in front (tabs
 * as tabs), then ^ and ~ as wide as the span. */
static void put_excerpt(struct printer *printer, const struct diag_source *source,
			const struct place *place, struct span at)
{
	CLEANUP(strbuf_release) struct strbuf marks = {0};
	size_t i = excerpt_begin(source, place, at.begin), taken, length;
	size_t end = at.end < place->line_end ? at.end : place->line_end;
	unsigned columns = 0, width;
	bool marked = false;
	const char *shown;

	strbuf_printf(&marks, "%5zu | ", place->line);
	strbuf_add(printer->out, marks.text, marks.length);
	memset(marks.text, ' ', marks.length - 2);
	if (i > place->line_begin) {
		strbuf_puts(printer->out, "...");
		strbuf_puts(&marks, "   ");
	}
	for (; i < place->line_end && columns < EXCERPT_COLUMNS;
	     i += taken, columns += width) {
		taken = next_character(source->text + i, place->line_end - i, true,
				       &shown, &length, &width);
		strbuf_add(printer->out, shown, length);
		if (i >= at.begin && (i < end || !marked)) {
			strbuf_putc(&marks, marked ? '~' : '^');
			for (unsigned k = 1; k < width && i < end; k++)
				strbuf_putc(&marks, '~');
			marked = true;
		} else if (i < at.begin) {
			strbuf_add(&marks, *shown == '\t' ? "\t" : "  ",
				   *shown == '\t' ? 1 : width);
		}
	}
	if (i < place->line_end)
		strbuf_puts(printer->out, "...");
	if (!marked)
		strbuf_putc(&marks, '^');
	strbuf_putc(printer->out, '\n');
	put_color(printer, cyan);
	strbuf_add(printer->out, marks.text, marks.length);
	put_color(printer, reset);
	strbuf_putc(printer->out, '\n');
}

static void put_line(struct printer *printer, struct span at, const char *kind,
		     const char *kind_color, const char *text, const char *slug)
{
	const struct diag_source *source = diag_get_source(printer->diag, at.source);
	struct place place = {0};

	if (source) {
		place = diag_place(source, at.begin);
		put_color(printer, bold);
		put_harmless(printer->out, source->name);
		strbuf_printf(printer->out, ":%zu:%zu: ", place.line, place.column);
		put_color(printer, reset);
	}
	put_color(printer, kind_color);
	strbuf_printf(printer->out, "%s: ", kind);
	put_color(printer, reset);
	put_harmless(printer->out, text);
	if (slug)
		strbuf_printf(printer->out, " [%s]", slug);
	strbuf_putc(printer->out, '\n');
	if (source && source->length && !source->hidden)
		put_excerpt(printer, source, &place, at);
}

static const char *severity_name(enum diag_severity severity)
{
	return severity == DIAG_ERROR ? "error" : "warning";
}

static const char *note_name(enum diag_note_kind kind)
{
	switch (kind) {
	case DIAG_NOTE:
		return "note";
	case DIAG_HELP:
		return "help";
	case DIAG_WITNESS:
		return "witness";
	}
	BUG("note kind %d", (int)kind);
}

static void put_text(struct printer *printer, const struct diag_message *message)
{
	put_line(printer, message->at, severity_name(message->severity),
		 message->severity == DIAG_ERROR ? red : yellow, message->text,
		 diag_info(message->code)->slug);
	for (size_t i = 0; i < message->note_count; i++)
		put_line(printer, message->notes[i].at, note_name(message->notes[i].kind),
			 cyan, message->notes[i].text, NULL);
}

/* Messages past the sink's limit were only counted. */
static void put_rest(struct printer *printer, size_t kept_errors, size_t kept_warnings)
{
	size_t errors = diag_errors(printer->diag) - kept_errors;
	size_t warnings = diag_warnings(printer->diag) - kept_warnings;

	if (errors || warnings)
		strbuf_printf(printer->out,
			      "%zu more errors and %zu more warnings are not shown\n",
			      errors, warnings);
}

/* -- JSON -------------------------------------------------------------------------- */

static void put_place(struct json_writer *json, const struct diag *diag, struct span at)
{
	const struct diag_source *source = diag_get_source(diag, at.source);
	struct place begin, end;

	if (!source)
		return;
	begin = diag_place(source, at.begin);
	end = diag_place(source, at.end);
	json_key_string(json, "file", source->name);
	json_key_number(json, "line", begin.line);
	json_key_number(json, "column", begin.column);
	json_key_number(json, "end_line", end.line);
	json_key_number(json, "end_column", end.column);
}

static void put_json(struct printer *printer, const struct diag_message *message)
{
	struct json_writer json;

	json_begin(&json, printer->out, true);
	json_object(&json);
	put_place(&json, printer->diag, message->at);
	json_key_string(&json, "severity", severity_name(message->severity));
	json_key_string(&json, "slug", diag_info(message->code)->slug);
	json_key_string(&json, "message", message->text);
	json_key(&json, "notes");
	json_list(&json);
	for (size_t i = 0; i < message->note_count; i++) {
		json_object(&json);
		json_key_string(&json, "kind", note_name(message->notes[i].kind));
		put_place(&json, printer->diag, message->notes[i].at);
		json_key_string(&json, "message", message->notes[i].text);
		json_object_end(&json);
	}
	json_list_end(&json);
	json_object_end(&json);
	json_end(&json);
	strbuf_putc(printer->out, '\n');
}

/* Readers of syntax quote what they found: of a file whose text is hidden only the kind
 * of mistake is told.  Messages of azure-json hold no text of the file until it is known.
 */
static struct diag_message reword(const struct diag *diag,
				  const struct diag_message *message,
				  struct diag_note *remedy)
{
	const struct diag_source *source = diag_get_source(diag, message->at.source);
	const struct diag_info *info = diag_info(message->code);
	struct diag_message shown = *message;

	if (!source || !source->hidden || message->code == DIAG_AZURE_JSON)
		return shown;
	*remedy = (struct diag_note){DIAG_HELP, SPAN_NONE, info->remedy};
	shown.text = info->summary;
	shown.notes = remedy;
	shown.note_count = 1;
	return shown;
}

void report_print(const struct diag *diag, const struct report_options *how,
		  struct strbuf *out)
{
	struct printer printer = {diag, out, how->color && !how->json};
	const struct diag_message *message;
	size_t errors = 0, warnings = 0;

	for (size_t i = 0; (message = diag_message(diag, i)); i++) {
		struct diag_message shown;
		struct diag_note remedy;

		errors += message->severity == DIAG_ERROR;
		warnings += message->severity == DIAG_WARNING;
		if (how->quiet && message->severity != DIAG_ERROR)
			continue;
		shown = reword(diag, message, &remedy);
		if (how->json)
			put_json(&printer, &shown);
		else
			put_text(&printer, &shown);
	}
	if (!how->json && !how->quiet)
		put_rest(&printer, errors, warnings);
}

bool report_is_system_failure(const struct diag *diag)
{
	const struct diag_message *message;

	for (size_t i = 0; (message = diag_message(diag, i)); i++)
		if (message->code == DIAG_FILE_READ || message->code == DIAG_FILE_WRITE ||
		    message->code == DIAG_NETWORK_FAILED ||
		    message->code == DIAG_APPLY_RIGHT ||
		    message->code == DIAG_APPLY_KERNEL ||
		    message->code == DIAG_APPLY_BUSY || message->code == DIAG_APPLY_UNDO)
			return true;
	return false;
}
