/* cmd_tags.c - postern tags FILE... [TAG] */
#include <stdio.h>
#include <string.h>

#include "compiler/commands.h"
#include "compiler/compilation.h"
#include "compiler/options.h"
#include "compiler/tags_diff.h"
#include "compiler/tags_list.h"
#include "rules/base/arena.h"

static bool ends_with(const char *text, const char *end)
{
	size_t length = strlen(text), tail = strlen(end);

	return length >= tail && strcmp(text + length - tail, end) == 0;
}

/* By its form alone, so that no file that happens to lie there changes the meaning. */
static bool is_path(const char *text)
{
	return strchr(text, '/') || strcmp(text, "-") == 0 || ends_with(text, ".json") ||
	       ends_with(text, ".xml");
}

static const struct input_file *read_input(struct compilation *compilation,
					   const char *path)
{
	return input_read(compilation->input, path, NULL, SPAN_NONE);
}

static int read_one(struct compilation *compilation, const char *path,
		    struct service_tags **ret_tags)
{
	const struct input_file *file = read_input(compilation, path);

	if (!file)
		return -1;
	return tags_read(&file, 1, compilation->arena, ret_tags, compilation->diag);
}

/* -- listing --------------------------------------------------------------- */

static void print_list(const struct options *options, const struct service_tags *tags)
{
	CLEANUP(strbuf_release) struct strbuf out = {0};

	if (options_is(options, OPTION_FORMAT, "json"))
		tags_list_json(tags, &out);
	else
		tags_list_text(tags, &out);
	fputs(strbuf_text(&out), stdout);
}

static void print_tag(struct compilation *compilation, const struct service_tags *tags,
		      const char *name)
{
	CLEANUP(strbuf_release) struct strbuf out = {0};
	const struct service_tag *tag = tags_find(tags, name);
	const char *nearest;

	if (!tag) {
		nearest = tags_nearest(tags, name, compilation->arena);
		diag_report(compilation->diag, DIAG_SERVICE_TAG_UNKNOWN, SPAN_NONE,
			    "there is no tag '%.80s'", name);
		if (nearest)
			diag_help(compilation->diag, "did you mean '%s'?", nearest);
		return;
	}
	if (options_is(compilation->options, OPTION_FORMAT, "json"))
		tag_json(tags, tag, &out);
	else
		tag_text(tag, &out);
	fputs(strbuf_text(&out), stdout);
}

static int show(struct compilation *compilation)
{
	const struct options *options = compilation->options;
	size_t count = options->argument_count;
	const struct input_file **files =
		arena_array(compilation->arena, count, const struct input_file *);
	const char *name = NULL;
	struct service_tags *tags;

	if (count > 1 && !is_path(options->arguments[count - 1]))
		name = options->arguments[--count];
	for (size_t i = 0; i < count; i++) {
		files[i] = read_input(compilation, options->arguments[i]);
		if (!files[i])
			return -1;
	}
	if (tags_read(files, count, compilation->arena, &tags, compilation->diag))
		return -1;
	if (name)
		print_tag(compilation, tags, name);
	else
		print_list(options, tags);
	return 0;
}

/* -- comparing ------------------------------------------------------------- */

static int check_clouds(struct compilation *compilation,
			const struct service_tags *before,
			const struct service_tags *after)
{
	if (strcmp(before->cloud, after->cloud) == 0 &&
	    before->regions_only == after->regions_only)
		return 0;
	if (before->regions_only != after->regions_only)
		diag_report(compilation->diag, DIAG_SERVICE_TAGS_CLOUD, after->cloud_at,
			    "one file has services, the other only regions");
	else
		diag_report(compilation->diag, DIAG_SERVICE_TAGS_CLOUD, after->cloud_at,
			    "the files are of two clouds, '%s' and '%s'", before->cloud,
			    after->cloud);
	diag_note(compilation->diag, before->cloud_at, "the old file");
	return -1;
}

static int compare(struct compilation *compilation, struct tags_diff *ret_diff)
{
	const struct options *options = compilation->options;
	const char *spec = options_text(options, OPTION_SPEC);
	struct service_tags *before, *after;

	if (read_one(compilation, options->arguments[0], &before) ||
	    read_one(compilation, options->arguments[1], &after) ||
	    check_clouds(compilation, before, after))
		return -1;
	if (!spec) {
		*ret_diff = tags_compare(before, after, compilation->arena);
		return 0;
	}
	if (compilation_derive(compilation, spec) ||
	    tags_check_cloud(after, compilation->spec->cloud, compilation->diag))
		return -1;
	*ret_diff = tags_compare_flows(before, after, compilation->intent,
				       compilation->arena, compilation->diag);
	return 0;
}

static void print_diff(const struct options *options, const struct tags_diff *diff)
{
	CLEANUP(strbuf_release) struct strbuf out = {0};

	if (options_is(options, OPTION_FORMAT, "json"))
		tags_diff_json(diff, &out);
	else
		tags_diff_text(diff, &out);
	fputs(strbuf_text(&out), stdout);
}

/* -- the command ----------------------------------------------------------- */

static const char *usage_mistake(const struct options *options)
{
	if (options_has(options, OPTION_DIFF)) {
		if (options->argument_count != 2)
			return "--diff needs two files, OLD and NEW";
		return NULL;
	}
	if (options_has(options, OPTION_SPEC))
		return "--spec needs --diff";
	for (size_t i = 1; i + 1 < options->argument_count; i++)
		if (!is_path(options->arguments[i]))
			return "one TAG, behind all files; a file is written with a '/' "
			       "or "
			       "ends in .json or .xml";
	return NULL;
}

enum exit_code cmd_tags(const struct options *options)
{
	CLEANUP(compilation_close)
	struct compilation *compilation = compilation_open(options);
	const char *mistake = usage_mistake(options);
	struct tags_diff diff = {0};
	enum exit_code code;

	if (mistake) {
		fprintf(stderr, "postern: tags: %s\n", mistake);
		return EXIT_USAGE;
	}
	if (!options_has(options, OPTION_DIFF))
		(void)show(compilation);
	else if (compare(compilation, &diff) == 0)
		print_diff(options, &diff);
	code = compilation_finish(compilation);
	return code == EXIT_FINE && diff.change_count ? EXIT_FOUND : code;
}
