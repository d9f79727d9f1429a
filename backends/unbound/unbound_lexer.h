/* unbound_lexer.h - From the texts of unbound.conf and its includes to words. */
#ifndef BACKENDS_UNBOUND_UNBOUND_LEXER_H
#define BACKENDS_UNBOUND_UNBOUND_LEXER_H

#include <stdbool.h>
#include <stddef.h>

#include "backends/backend.h"

/* What every input is bounded at (design: 64 MiB); spans have 32 bits. */
#define UNBOUND_MAX_BYTES (64u * 1024 * 1024)

/* Files that one import reads, repetitions counted.  unbound allows 100 000 open at a
 * time, and fails before at its limit of files; nobody has a thousand. */
#define UNBOUND_MAX_READS 1024u

/** struct unbound_word - A keyword without its colon, or a value without its quotes */
struct unbound_word {
	const char *text;
	size_t length;
	struct span at;
};

/** struct unbound_input - A file that is being read; @toplevel: by include-toplevel */
struct unbound_input {
	const struct import_file *file;
	size_t at;
	bool toplevel;
};

/**
 * struct unbound_lexer - The files that are open, the last one being read
 * @left:	a file of include-toplevel began or ended: no clause is open any more
 * @id:		what the comment above says, or NULL
 */
struct unbound_lexer {
	const struct import_input *input;
	struct arena *arena;
	struct diag *diag;
	struct unbound_input *open;
	size_t count, capacity;
	size_t reads;
	bool left;
	const char *id;
};

/** unbound_lexer_begin() - Open the first file; 0, or -1: it is too large */
int unbound_lexer_begin(struct unbound_lexer *lexer);

/** unbound_next_keyword() - The next "word:"
 *
 * Return: 1, 0 at the end of everything, -1 with an error reported
 */
int unbound_next_keyword(struct unbound_lexer *lexer, struct unbound_word *ret_word);

/** unbound_next_value() - The next value of keyword @of; 0, or -1 */
int unbound_next_value(struct unbound_lexer *lexer, const struct unbound_word *of,
		       struct unbound_word *ret_word);

/** unbound_skip_line() - Go to the end of the line, behind a keyword of unknown values */
void unbound_skip_line(struct unbound_lexer *lexer);

#endif
