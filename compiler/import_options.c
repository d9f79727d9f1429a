/* import_options.c - What the command line lets an importer look at. */
#include "compiler/import_options.h"

#include <string.h>

#include "compiler/compilation.h"
#include "compiler/import_context.h"
#include "compiler/options.h"
#include "rules/base/arena.h"

/* "NAME=FILE", or a file that is called as its path says. */
static int read_with(struct compilation *compilation, const char *text,
		     struct import_options *options)
{
	const char *equals = strchr(text, '=');
	const struct input_file *file =
		input_read(compilation->input, equals ? equals + 1 : text, NULL,
			   SPAN_NONE);

	if (!file)
		return -1;
	*arena_push(compilation->arena, options->with, options->with_count,
		    options->with_capacity) = (struct import_file){
		.name = equals ? arena_strndup(compilation->arena, text,
					       (size_t)(equals - text))
			       : text,
		.text = file->text,
		.length = file->length,
		.source = file->source,
	};
	return 0;
}

/* The tags of --service-tags where the command has no spec that reads them. */
static int read_tags(struct compilation *compilation, struct import_options *options)
{
	const char *path = options_text(compilation->options, OPTION_RULES_TAGS);
	const struct service_tags *tags = compilation->tags;
	struct service_tags *own;
	const struct input_file *file;

	if (path) {
		file = input_read(compilation->input, path, NULL, SPAN_NONE);
		if (!file ||
		    tags_read(&file, 1, compilation->arena, &own, compilation->diag) < 0)
			return -1;
		tags = own;
	}
	options->tags = import_tags(tags, compilation->arena);
	return 0;
}

int import_options_read(struct compilation *compilation,
			struct import_options *ret_options)
{
	const struct option_values *with = &compilation->options->values[OPTION_WITH];
	struct import_options options = {
		.dialect = options_text(compilation->options, OPTION_DIALECT),
	};

	for (size_t i = 0; i < with->count; i++)
		if (read_with(compilation, with->at[i], &options) < 0)
			return -1;
	if (read_tags(compilation, &options) < 0)
		return -1;
	*ret_options = options;
	return 0;
}

int import_dialect(const struct backend *backend, const char *name,
		   const char **ret_dialect, struct diag *diag)
{
	const char *const *dialects = backend->dialects;
	const char *nearest;

	*ret_dialect = NULL;
	for (; name && dialects && *dialects; dialects++)
		if (strcmp(*dialects, name) == 0)
			*ret_dialect = *dialects;
	if (!name || *ret_dialect)
		return 0;
	diag_report(diag, DIAG_UNKNOWN_DIALECT, SPAN_NONE,
		    "'%s' is no dialect of back end '%s'", name, backend->name);
	if (!backend->dialects) {
		diag_help(diag, "'%s' has no dialects; leave --dialect out",
			  backend->name);
		return -1;
	}
	nearest = diag_nearest(name, backend->dialects);
	if (nearest)
		diag_help(diag, "did you mean '%s'?", nearest);
	for (dialects = backend->dialects; *dialects; dialects++)
		diag_note(diag, SPAN_NONE, "it knows '%s'", *dialects);
	return -1;
}
