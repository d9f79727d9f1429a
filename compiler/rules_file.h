/* rules_file.h - Reading a rule set of any format. */
#ifndef COMPILER_RULES_FILE_H
#define COMPILER_RULES_FILE_H

#include "backends/backend.h"
#include "compiler/import_options.h"
#include "compiler/input.h"

struct arena;
struct diag;

/**
 * rules_file_backend() - Whose format a file has
 * @as:		a back end's name (--as), or NULL: look at the text
 *
 * Return: NULL after reporting unknown-format or unknown-backend
 */
const struct backend *rules_file_backend(const struct input_file *file, const char *as,
					 struct diag *diag);

/**
 * rules_file_import() - Import what somebody wrote, with what its platform adds
 * @names:	see import_input; NULL: nothing is known
 */
int rules_file_import(const struct input_file *file, const struct backend *backend,
		      const struct import_options *options, const struct textmap *names,
		      struct arena *arena, struct ruleset **ret_rules, struct diag *diag);

/** struct rules_file - A rule set, whose it is, and the file it was read from */
struct rules_file {
	const struct input_file *file;
	const struct backend *backend;
	struct ruleset *rules;
};

/** rules_file_read() - Read and import a file; @as as in rules_file_backend() */
int rules_file_read(struct compilation *compilation, const char *path, const char *as,
		    const struct import_options *options, struct rules_file *ret_file);

#endif
