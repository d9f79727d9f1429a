/* diag.h - Telling the user what is wrong, and where. */
#ifndef RULES_BASE_DIAG_H
#define RULES_BASE_DIAG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "rules/base/attr.h"

/**
 * DOC: Diagnostics
 *
 * A diagnostic is data.  Code reports into a sink and never prints; only
 * compiler/report.c prints, once, at the end.  A function that takes a sink
 * returns 0, or -1 after it has reported at least one error there, so a caller
 * that gets -1 has nothing left to say.
 *
 * Whose fault decides the convention, and there is no fourth:
 *   the user's (spec, target, proof)  report into struct diag, return -1
 *   the system's (files, sockets)	return -errno; compiler/ makes a diagnostic of it
 *   ours				BUG(), also in release builds
 *
 * Positions are byte ranges.  Lines and columns are worked out when printing.
 */
struct arena;
struct diag;

/** struct span - Bytes [@begin, @end) of one source; @source 0 is "nowhere" */
struct span {
	uint32_t source;
	uint32_t begin;
	uint32_t end;
};

#define SPAN_NONE ((struct span){0})

enum diag_severity {
	DIAG_WARNING,
	DIAG_ERROR,
};

/** enum diag_code - Every kind of message; the rows are in diag.def */
enum diag_code {
#define DIAG(id, severity, slug, summary, remedy) DIAG_##id,
#include "rules/base/diag.def"
#undef DIAG
	DIAG_CODE_COUNT,
};

/**
 * struct diag_info - The fixed part of a message kind (one row of diag.def)
 * @slug:	stable name; never changes its meaning, never used again
 * @summary:	what it means, one sentence
 * @remedy:	what to do about it, one or more sentences
 */
struct diag_info {
	enum diag_severity severity;
	const char *slug;
	const char *summary;
	const char *remedy;
};

const struct diag_info *diag_info(enum diag_code code);

/** diag_find() - The kind with this slug, or DIAG_CODE_COUNT */
enum diag_code diag_find(const char *slug);

/**
 * struct diag_note - A second place, a suggestion or a witness of a message
 * @kind:	"note" (another place or fact), "help" (what to write instead) or
 *		"witness" (a packet that shows it)
 */
enum diag_note_kind {
	DIAG_NOTE,
	DIAG_HELP,
	DIAG_WITNESS,
};

struct diag_note {
	enum diag_note_kind kind;
	struct span at;
	const char *text;
};

/** struct diag_message - One message; it and all it points at live in the sink's arena */
struct diag_message {
	enum diag_code code;
	enum diag_severity severity;
	struct span at;
	const char *text;
	struct diag_note *notes;
	size_t note_count;
	size_t note_capacity;
};

/**
 * struct diag_source - A text that spans may point into
 * @hidden:	messages give places in it and kinds of mistakes, but none of its text
 */
struct diag_source {
	const char *name;
	const char *text;
	size_t length;
	bool hidden;
};

struct diag *diag_new(struct arena *arena);

/**
 * diag_add_source() - Register a text that spans may point into
 * @name:	what to call it in messages: a path, "-" or "<import>"; copied
 * @text:	borrowed; must live as long as the sink.  Below 4 GiB, as spans are.
 *
 * Return: the number for struct span, never 0
 */
uint32_t diag_add_source(struct diag *diag, const char *name, const char *text,
			 size_t length);

/**
 * diag_hide_source() - Keep the text of a source out of messages, or no longer
 *
 * A spec from a stranger may name any file that the program can read, and the messages
 * go to logs that the stranger reads: until a file proves to be what it should be, no
 * line of it is shown.
 */
void diag_hide_source(struct diag *diag, uint32_t source, bool hidden);

/** diag_get_source() - The text behind a number; NULL for 0 */
const struct diag_source *diag_get_source(const struct diag *diag, uint32_t source);

/**
 * diag_report() - Report one problem
 * @at:		the smallest range a reader must look at
 * @fmt:	lower case, no full stop, the subject in 'single quotes'
 *
 * Return: -1 for an error, 0 for a warning, so that "return diag_report(...)" reads
 * well at the place of the mistake.  Past the sink's limit messages are counted
 * and no longer kept.
 */
int diag_report(struct diag *diag, enum diag_code code, struct span at, const char *fmt,
		...) PRINTF_LIKE(4, 5);

/** diag_has() - Was a message with this very text reported for this very place? */
bool diag_has(const struct diag *diag, enum diag_code code, struct span at,
	      const char *text);

/** diag_note() - Add a second place to the problem just reported */
void diag_note(struct diag *diag, struct span at, const char *fmt, ...) PRINTF_LIKE(3, 4);

/** diag_help() - Say what to write instead, for the problem just reported */
void diag_help(struct diag *diag, const char *fmt, ...) PRINTF_LIKE(2, 3);

/** diag_witness() - Show a packet for the problem just reported */
void diag_witness(struct diag *diag, const char *fmt, ...) PRINTF_LIKE(2, 3);

/** diag_set_limit() - Keep at most @messages messages of each severity (default 50) */
void diag_set_limit(struct diag *diag, size_t messages);

/** diag_set_strict() - Report warnings of kind @code as errors from now on */
void diag_set_strict(struct diag *diag, enum diag_code code);

size_t diag_errors(const struct diag *diag);
size_t diag_warnings(const struct diag *diag);

/** diag_message() - The @index-th message kept, in the order reported; NULL past the end
 */
const struct diag_message *diag_message(const struct diag *diag, size_t index);

/**
 * struct place - Where a byte is, as people count
 * @line:	from 1
 * @column:	from 1, in characters (UTF-8 sequences), as editors count
 * @line_begin:	offset of the line's first byte
 * @line_end:	offset behind the line's last byte, line end not included
 */
struct place {
	size_t line;
	size_t column;
	size_t line_begin;
	size_t line_end;
};

/** diag_place() - Line and column of @offset in @source; lines end with LF, CRLF or CR */
struct place diag_place(const struct diag_source *source, size_t offset);

/**
 * diag_nearest() - The candidate that a misspelt word most likely meant
 * @candidates:	NULL-terminated
 *
 * Return: a candidate at an edit distance (insert, delete, replace, swap) of at most
 * a third of its length, the first of the nearest; NULL when none is that near
 */
const char *diag_nearest(const char *word, const char *const *candidates);

/**
 * diag_distance() - Inserted, deleted, replaced or swapped characters between two words
 *
 * Return: SIZE_MAX when one of them is too long to be a misspelt word (63 characters)
 */
size_t diag_distance(const char *a, const char *b);

#endif
