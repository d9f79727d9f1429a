/* rules_file.c - Reading a rule set of any format. */
#include "compiler/rules_file.h"

#include "backends/registry.h"

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
		      struct arena *arena, struct ruleset **ret_rules, struct diag *diag)
{
	const struct import_file main = {file->name, file->text, file->length,
					 file->source};
	const struct import_input input = {.files = &main, .file_count = 1};

	return backend->import(&input, arena, ret_rules, diag);
}

int rules_file_read(struct input *input, const char *path, const char *as,
		    struct arena *arena, struct ruleset **ret_rules,
		    const struct backend **ret_backend, struct diag *diag)
{
	const struct input_file *file = input_read(input, path, NULL, SPAN_NONE);
	const struct backend *backend;

	if (!file)
		return -1;
	backend = rules_file_backend(file, as, diag);
	if (!backend)
		return -1;
	if (ret_backend)
		*ret_backend = backend;
	return rules_file_import(file, backend, arena, ret_rules, diag);
}
