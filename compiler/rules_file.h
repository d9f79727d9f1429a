/* rules_file.h - Reading a rule set of any format. */
#ifndef COMPILER_RULES_FILE_H
#define COMPILER_RULES_FILE_H

#include "backends/backend.h"
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

/** rules_file_import() - Import what somebody wrote, with what its platform adds */
int rules_file_import(const struct input_file *file, const struct backend *backend,
		      struct arena *arena, struct ruleset **ret_rules, struct diag *diag);

/** rules_file_read() - Read and import a file; *ret_backend (optional) is whose it is */
int rules_file_read(struct input *input, const char *path, const char *as,
		    struct arena *arena, struct ruleset **ret_rules,
		    const struct backend **ret_backend, struct diag *diag);

#endif
