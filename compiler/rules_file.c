/* rules_file.c - Reading a rule set of any format. */
#include "compiler/rules_file.h"

#include "backends/registry.h"
#include "compiler/compilation.h"
#include "rules/base/arena.h"

/* The span of a whole file would underline all of it; its first byte names it. */
static struct span file_place(const struct input_file *file)
{
	return (struct span){file->source, 0, file->length ? 1 : 0};
}

const struct backend *rules_file_backend(const struct input_file *file, const char *as,
					 struct diag *diag)
{
	const struct backend *backend =
		as ? backends_find(as) : backends_guess(file->text, file->length);
	const char *nearest;

	if (backend)
		return backend;
	if (as) {
		diag_report(diag, DIAG_UNKNOWN_FORMAT, SPAN_NONE,
			    "there is no back end '%s'", as);
		nearest = diag_nearest(as, backends_names());
		if (nearest)
			diag_help(diag, "did you mean '%s'?", nearest);
		else
			diag_help(diag, "'postern backends' lists them");
		return NULL;
	}
	diag_report(diag, DIAG_UNKNOWN_FORMAT, file_place(file),
		    "'%s' looks like the rules of no back end", file->name);
	diag_help(diag,
		  "say whose they are with --as NAME; 'postern backends' lists them");
	return NULL;
}

int rules_file_import(const struct input_file *file, const struct backend *backend,
		      const struct import_options *options, const struct textmap *names,
		      struct arena *arena, struct ruleset **ret_rules, struct diag *diag)
{
	struct import_file *files =
		arena_array(arena, options->with_count + 1, struct import_file);
	struct import_input input = {
		.files = files,
		.file_count = options->with_count + 1,
		.tags = options->tags,
		.names = names,
		.bare = options->bare,
	};

	files[0] =
		(struct import_file){file->name, file->text, file->length, file->source};
	for (size_t i = 0; i < options->with_count; i++)
		files[i + 1] = options->with[i];
	if (import_dialect(backend, options->dialect, &input.dialect, diag) < 0)
		return -1;
	return backend->import(&input, arena, ret_rules, diag);
}

int rules_file_read(struct compilation *compilation, const char *path, const char *as,
		    const struct import_options *options, struct rules_file *ret_file)
{
	struct rules_file read = {0};

	read.file = input_read(compilation->input, path, NULL, SPAN_NONE);
	if (!read.file)
		return -1;
	read.backend = rules_file_backend(read.file, as, compilation->diag);
	if (!read.backend ||
	    rules_file_import(read.file, read.backend, options, NULL, compilation->arena,
			      &read.rules, compilation->diag) < 0)
		return -1;
	*ret_file = read;
	return 0;
}
