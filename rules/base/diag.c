/* diag.c - Telling the user what is wrong, and where. */
#include "rules/base/diag.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "rules/base/arena.h"
#include "rules/base/strbuf.h"

/* More messages than this help nobody: the first ones cause the rest. */
#define DIAG_DEFAULT_LIMIT 50

struct diag {
	struct arena *arena;
	struct diag_source *sources;
	size_t source_count, source_capacity;
	struct diag_message *messages;
	size_t message_count, message_capacity;
	size_t limit;
	size_t count[DIAG_ERROR + 1];
	bool strict[DIAG_CODE_COUNT];
	bool dropped; /* the last report was past the limit: its notes go nowhere */
};

static const struct diag_info infos[] = {
#define DIAG(id, severity, slug, summary, remedy) \
	[DIAG_##id] = {DIAG_##severity, slug, summary, remedy},
#include "rules/base/diag.def"
#undef DIAG
};

const struct diag_info *diag_info(enum diag_code code)
{
	if (code >= DIAG_CODE_COUNT)
		BUG("no message kind %d", (int)code);
	return &infos[code];
}

enum diag_code diag_find(const char *slug)
{
	size_t code;

	for (code = 0; code < DIAG_CODE_COUNT; code++)
		if (strcmp(infos[code].slug, slug) == 0)
			break;
	return (enum diag_code)code;
}

struct diag *diag_new(struct arena *arena)
{
	struct diag *diag = arena_make(arena, struct diag);

	diag->arena = arena;
	diag->limit = DIAG_DEFAULT_LIMIT;
	return diag;
}

uint32_t diag_add_source(struct diag *diag, const char *name, const char *text,
			 size_t length)
{
	struct diag_source *source;

	if (length > UINT32_MAX || diag->source_count >= UINT32_MAX - 1)
		BUG("source '%s' of %zu bytes does not fit a span", name, length);
	source = arena_push(diag->arena, diag->sources, diag->source_count,
			    diag->source_capacity);
	source->name = arena_strdup(diag->arena, name);
	source->text = text;
	source->length = length;
	return (uint32_t)diag->source_count;
}

void diag_hide_source(struct diag *diag, uint32_t source, bool hidden)
{
	if (!source || source > diag->source_count)
		BUG("no source %u", source);
	diag->sources[source - 1].hidden = hidden;
}

const struct diag_source *diag_get_source(const struct diag *diag, uint32_t source)
{
	if (source > diag->source_count)
		BUG("no source %u", source);
	return source ? &diag->sources[source - 1] : NULL;
}

PRINTF_LIKE(2, 0)
static const char *format_text(struct arena *arena, const char *fmt, va_list args)
{
	CLEANUP(strbuf_release) struct strbuf text = {0};

	strbuf_vprintf(&text, fmt, args);
	return arena_strndup(arena, strbuf_text(&text), text.length);
}

int diag_report(struct diag *diag, enum diag_code code, struct span at, const char *fmt,
		...)
{
	enum diag_severity severity = diag_info(code)->severity;
	struct diag_message *message;
	va_list args;

	if (diag->strict[code])
		severity = DIAG_ERROR;
	diag->dropped = diag->count[severity]++ >= diag->limit;
	if (!diag->dropped) {
		message = arena_push(diag->arena, diag->messages, diag->message_count,
				     diag->message_capacity);
		message->code = code;
		message->severity = severity;
		message->at = at;
		va_start(args, fmt);
		message->text = format_text(diag->arena, fmt, args);
		va_end(args);
	}
	return severity == DIAG_ERROR ? -1 : 0;
}

bool diag_has(const struct diag *diag, enum diag_code code, struct span at,
	      const char *text)
{
	for (size_t i = 0; i < diag->message_count; i++) {
		const struct diag_message *message = &diag->messages[i];

		if (message->code == code && message->at.source == at.source &&
		    message->at.begin == at.begin && message->at.end == at.end &&
		    strcmp(message->text, text) == 0)
			return true;
	}
	return false;
}

PRINTF_LIKE(4, 0)
static void add_note(struct diag *diag, enum diag_note_kind kind, struct span at,
		     const char *fmt, va_list args)
{
	struct diag_message *message;
	struct diag_note *note;

	if (diag->dropped)
		return;
	if (!diag->message_count)
		BUG("a note without a message");
	message = &diag->messages[diag->message_count - 1];
	note = arena_push(diag->arena, message->notes, message->note_count,
			  message->note_capacity);
	note->kind = kind;
	note->at = at;
	note->text = format_text(diag->arena, fmt, args);
}

void diag_note(struct diag *diag, struct span at, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	add_note(diag, DIAG_NOTE, at, fmt, args);
	va_end(args);
}

void diag_help(struct diag *diag, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	add_note(diag, DIAG_HELP, SPAN_NONE, fmt, args);
	va_end(args);
}

void diag_witness(struct diag *diag, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	add_note(diag, DIAG_WITNESS, SPAN_NONE, fmt, args);
	va_end(args);
}

void diag_set_limit(struct diag *diag, size_t messages)
{
	diag->limit = messages;
}

void diag_set_strict(struct diag *diag, enum diag_code code)
{
	diag->strict[code] = true;
}

size_t diag_errors(const struct diag *diag)
{
	return diag->count[DIAG_ERROR];
}

size_t diag_warnings(const struct diag *diag)
{
	return diag->count[DIAG_WARNING];
}

const struct diag_message *diag_message(const struct diag *diag, size_t index)
{
	return index < diag->message_count ? &diag->messages[index] : NULL;
}

/* The first byte of a UTF-8 sequence; stray continuation bytes count as part of the
 * character before them, so a broken text still gets a column. */
static bool begins_character(char c)
{
	return ((unsigned char)c & 0xc0) != 0x80;
}

struct place diag_place(const struct diag_source *source, size_t offset)
{
	struct place place = {.line = 1, .column = 1};
	const char *text = source->text;

	if (offset > source->length)
		offset = source->length;
	for (size_t i = 0; i < offset; i++) {
		bool cr = text[i] == '\r';

		if (text[i] == '\n' ||
		    (cr && (i + 1 >= source->length || text[i + 1] != '\n'))) {
			place.line++;
			place.line_begin = i + 1;
		}
	}
	for (size_t i = place.line_begin; i < offset; i++)
		place.column += begins_character(text[i]);
	place.line_end = place.line_begin;
	while (place.line_end < source->length && text[place.line_end] != '\n' &&
	       text[place.line_end] != '\r')
		place.line_end++;
	return place;
}

/* Longer words are no typing mistakes of a key; the bound keeps the table on the stack.
 */
#define NEAREST_MAX 63

/* Optimal string alignment. */
static size_t edit_distance(const char *a, size_t an, const char *b, size_t bn)
{
	size_t rows[3][NEAREST_MAX + 2];

	for (size_t j = 0; j <= bn; j++)
		rows[0][j] = j;
	for (size_t i = 1; i <= an; i++) {
		size_t *row = rows[i % 3];
		const size_t *above = rows[(i + 2) % 3];
		const size_t *two_above = rows[(i + 1) % 3];

		row[0] = i;
		for (size_t j = 1; j <= bn; j++) {
			size_t best = above[j - 1] + (a[i - 1] != b[j - 1]);

			if (above[j] + 1 < best)
				best = above[j] + 1;
			if (row[j - 1] + 1 < best)
				best = row[j - 1] + 1;
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] &&
			    a[i - 2] == b[j - 1] && two_above[j - 2] + 1 < best)
				best = two_above[j - 2] + 1;
			row[j] = best;
		}
	}
	return rows[an % 3][bn];
}

size_t diag_distance(const char *a, const char *b)
{
	size_t an = strlen(a), bn = strlen(b);

	return an > NEAREST_MAX || bn > NEAREST_MAX ? SIZE_MAX
						    : edit_distance(a, an, b, bn);
}

const char *diag_nearest(const char *word, const char *const *candidates)
{
	size_t length = strlen(word), best_distance = SIZE_MAX;
	const char *best = NULL;

	if (length > NEAREST_MAX)
		return NULL;
	for (; *candidates; candidates++) {
		size_t other = strlen(*candidates), distance;

		if (other > NEAREST_MAX)
			continue;
		distance = edit_distance(word, length, *candidates, other);
		if (distance < best_distance && distance <= (other + 2) / 3) {
			best = *candidates;
			best_distance = distance;
		}
	}
	return best;
}
