/* state.h - What was applied to this machine: the record below /var/lib/postern. */
#ifndef COMPILER_STATE_H
#define COMPILER_STATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "rules/base/diag.h"

/**
 * DOC: The record
 *
 *	state.json		what is applied, what was before, what waits
 *	rules/SHA256.nft	the texts, by their hashes
 *
 * A text is on the disk before state.json names it, and state.json is replaced in one
 * rename.  So a power cut leaves the record of before or of after.
 *
 *	applied		what the machine has, and what "load" brings back at boot
 *	previous	what it had before: for "rollback"
 *	pending		on its way into the kernel, or there and not confirmed yet; a
 *			machine that goes down meanwhile comes up with "applied"
 */
struct arena;
struct strbuf;

/** struct state_text - One artifact; @text is NULL until it is needed */
struct state_text {
	const char *output;
	const char *sha256;
	const char *text;
	size_t length;
};

/**
 * struct generation - A set of rules that was, is or shall be in the kernel
 * @texts:	none: no rules of ours
 * @spec:	the path that was given, for people
 * @spec_sha256, @lock_sha256: of the files that it was made from, or NULL
 * @since:	seconds since 1970 when it was applied
 */
struct generation {
	struct state_text *texts;
	size_t count, capacity;
	const char *spec;
	const char *spec_sha256;
	const char *lock_sha256;
	uint64_t since;
};

/**
 * struct state - The record, locked while it is open
 * @applied:	NULL: nothing ever was
 * @token:	names the undo that is armed; NULL: none is
 * @deadline:	when it undoes @pending, for people (seconds since 1970)
 * @undone:	when a change was last undone because nobody confirmed it; 0: never
 */
struct state {
	const char *directory;
	struct arena *arena;
	struct diag *diag;
	int lock;
	struct generation *applied;
	struct generation *previous;
	struct generation *pending;
	const char *token;
	uint64_t deadline;
	uint64_t undone;
};

enum state_access {
	STATE_READ,  /* as it is at this moment */
	STATE_WRITE, /* makes the directory, waits for others and keeps them out */
	STATE_TRY,   /* the same without waiting */
};

/**
 * state_open() - Read the record in @directory
 *
 * Return: 0; 1 when STATE_TRY found another postern at work; or -1 with file-read,
 * file-write, apply-busy or state-format
 */
int state_open(struct state *state, const char *directory, enum state_access access,
	       struct arena *arena, struct diag *diag);
void state_close(struct state *state); /* for CLEANUP() */

/** state_parse() - Read the text of state.json; -1 with json-syntax or state-format */
int state_parse(struct state *state, const char *text, size_t length);

/** state_print() - The same text, as it is written */
void state_print(const struct state *state, struct strbuf *out);

/** state_save() - Write it, texts first; -1 with file-write */
int state_save(struct state *state);

/** state_text() - Read a text of the record; -1 with file-read or state-format */
int state_text(const struct state *state, struct state_text *text);

/** generation_add() - Add an artifact */
void generation_add(struct generation *generation, const char *output, const char *text,
		    size_t length, struct arena *arena);

/** state_text_set() - Give an artifact another text */
void state_text_set(struct state_text *set, const char *text, size_t length,
		    struct arena *arena);

/** generation_equal() - Are the texts the same? */
bool generation_equal(const struct generation *a, const struct generation *b);

#endif
