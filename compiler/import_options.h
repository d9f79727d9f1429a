/* import_options.h - What the command line lets an importer look at. */
#ifndef COMPILER_IMPORT_OPTIONS_H
#define COMPILER_IMPORT_OPTIONS_H

#include "backends/backend.h"

struct compilation;

/**
 * struct import_options - --with, --service-tags and --dialect, read
 * @with:	what import_input.files has behind the text itself
 * @tags:	see import_input
 * @dialect:	not yet checked: import_dialect()
 * @bare:	see import_input; false unless the caller knows better
 */
struct import_options {
	struct import_file *with;
	size_t with_count, with_capacity;
	const struct textmap *tags;
	const char *dialect;
	bool bare;
};

/**
 * import_options_read() - Read the files that the options name
 *
 * Service tags are those of --service-tags, else those that the compilation has.
 *
 * Return: 0, or -1 with the reason in the compilation's diagnostics
 */
int import_options_read(struct compilation *compilation,
			struct import_options *ret_options);

/**
 * import_dialect() - The dialect of a back end that is called @name
 * @name:	NULL: the first
 * @ret_dialect: as the back end spells it, NULL for the first
 *
 * Return: 0, or -1 after reporting unknown-dialect
 */
int import_dialect(const struct backend *backend, const char *name,
		   const char **ret_dialect, struct diag *diag);

#endif
