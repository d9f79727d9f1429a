/* input.h - Reading files, and remembering what was read. */
#ifndef COMPILER_INPUT_H
#define COMPILER_INPUT_H

#include <stddef.h>
#include <stdint.h>

#include "rules/base/diag.h"
#include "rules/base/doc.h"

/**
 * DOC: Inputs
 *
 * Every file that a run reads goes through here, once: a path that is asked for twice
 * gives the same text.  proof.json lists them all with their hashes.  Paths inside a spec
 * are relative to the spec's folder.
 */
struct arena;
struct input;

/** struct input_file - One file that was read */
struct input_file {
	const char *path; /* as it is opened: relative to the working directory, or
			     absolute */
	const char *name; /* as it is called in messages and in proof.json */
	const char *text;
	size_t length;
	uint32_t source; /* its number in the diagnostics */
};

struct input *input_new(struct arena *arena, struct diag *diag);

/**
 * input_read() - The text of a file; "-" is standard input
 * @relative_to: a file whose folder @path is relative to, or NULL
 * @at:		where the path is written, for messages
 *
 * A file that was found by another one and not named by the user is read only where it
 * is a regular file, and messages keep its text hidden (diag_hide_source()) until its
 * reader knows what it is.
 *
 * Return: NULL after reporting file-read or file-too-large (limit DOC_MAX_BYTES)
 */
const struct input_file *input_read(struct input *input, const char *path,
				    const char *relative_to, struct span at);

/** input_add() - A text that this run made and reads as if it were a file; copied */
const struct input_file *input_add(struct input *input, const char *name,
				   const char *text, size_t length);

/** input_at() - The @index-th file read, in order; NULL past the end */
const struct input_file *input_at(const struct input *input, size_t index);

/**
 * document_read() - A file as a document
 *
 * JSON when the first character that is no blank is "{" or "[", XML when it is "<", else
 * YAML; a UTF-8 BOM is skipped.
 */
int document_read(const struct input_file *file, struct arena *arena,
		  struct doc **ret_doc, struct diag *diag);

int yaml_read(const char *text, size_t length, uint32_t source, struct arena *arena,
	      struct doc **ret_doc, struct diag *diag);

/** xml_read() - XML whose root is <postern version="1">; lists by the spec's schema */
int xml_read(const char *text, size_t length, uint32_t source, struct arena *arena,
	     struct doc **ret_doc, struct diag *diag);

#endif
