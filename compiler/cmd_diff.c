/* cmd_diff.c - postern diff OLD NEW */
#include <stdio.h>
#include <string.h>

#include "compiler/commands.h"
#include "compiler/compilation.h"
#include "compiler/difference_print.h"
#include "compiler/options.h"
#include "compiler/packet_options.h"
#include "compiler/rules_file.h"
#include "compiler/rules_path.h"
#include "rules/base/arena.h"

/* One of two values "A,B", or the one for both; NULL where the option is not given. */
static const char *value_of(const struct options *options, enum option_id id, size_t side,
			    struct arena *arena)
{
	const char *text = options_text(options, id);
	const char *comma = text ? strchr(text, ',') : NULL;

	if (!comma)
		return text;
	return side ? comma + 1 : arena_strndup(arena, text, (size_t)(comma - text));
}

/* Where the rest of a longer list follows, what is left to it is not let pass yet. */
static bool leaves_to_others(const struct backend *backend)
{
	return backend->kind != BACKEND_KIND_HOST_FILTER;
}

static void set_question(struct difference_report *report, const struct options *options)
{
	struct arena *arena = report->arena;
	bool same = report->sides[0].backend == report->sides[1].backend;

	report->within = packet_options_match(options, arena);
	if (options_is(options, OPTION_PACKETS, "new")) {
		match_openers(&report->within, arena);
		report->pinned = OPENERS_PINNED;
	}
	report->question = (struct difference_question){
		.before = report->sides[0].rules,
		.after = report->sides[1].rules,
		.before_path = report->sides[0].path,
		.after_path = report->sides[1].path,
		.within = &report->within,
		.undecided = same && leaves_to_others(report->sides[0].backend),
		.marks = same,
		.max_boxes = options_number(options, OPTION_LIMIT),
	};
}

static int read_side(struct compilation *compilation, size_t side,
		     const struct import_options *with, struct difference_input *ret_side)
{
	const struct options *options = compilation->options;
	struct arena *arena = compilation->arena;
	struct rules_file read;

	if (rules_file_read(compilation, options->arguments[side],
			    value_of(options, OPTION_DIFF_AS, side, arena), with,
			    &read) < 0)
		return -1;
	*ret_side = (struct difference_input){
		.name = read.file->name,
		.backend = read.backend,
		.rules = read.rules,
		.path = rules_path(read.rules,
				   value_of(options, OPTION_DIFF_PATH, side, arena),
				   read.file->name, compilation->diag),
	};
	return ret_side->path ? 0 : -1;
}

static int compare(struct compilation *compilation, struct difference_report *report)
{
	struct import_options with;

	if (import_options_read(compilation, &with) < 0 ||
	    read_side(compilation, 0, &with, &report->sides[0]) < 0 ||
	    read_side(compilation, 1, &with, &report->sides[1]) < 0)
		return -1;
	set_question(report, compilation->options);
	if (difference_find(&report->question, compilation->arena, &report->difference,
			    compilation->diag) < 0)
		return -1;
	if (report->difference.compared)
		return 0;
	diag_report(compilation->diag, DIAG_NO_SUCH_PACKET, SPAN_NONE,
		    "no packet on hook '%s' of '%s' and '%s' of '%s' is as described",
		    report->sides[0].path->name, report->sides[0].name,
		    report->sides[1].path->name, report->sides[1].name);
	diag_help(compilation->diag,
		  "packets on hook output have no input interface, so none passes a "
		  "gateway's hook too");
	return -1;
}

enum exit_code cmd_diff(const struct options *options)
{
	CLEANUP(compilation_close)
	struct compilation *compilation = compilation_open(options);
	CLEANUP(strbuf_release) struct strbuf out = {0};
	struct difference_report report = {
		.arena = compilation->arena,
		.diag = compilation->diag,
	};
	enum exit_code code;

	if (packet_options_check(options) < 0)
		return EXIT_USAGE;
	if (compare(compilation, &report) < 0)
		return compilation_finish(compilation);
	if (options_is(options, OPTION_DIFF_FORMAT, "json"))
		difference_json(&report, &out);
	else if (options_is(options, OPTION_DIFF_FORMAT, "markdown"))
		difference_markdown(&report, &out);
	else
		difference_text(&report, &out);
	fputs(strbuf_text(&out), stdout);
	code = compilation_finish(compilation);
	return code == EXIT_FINE && !report.difference.equal ? EXIT_FOUND : code;
}
