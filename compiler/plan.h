/* plan.h - What writing a compilation's files would change. */
#ifndef COMPILER_PLAN_H
#define COMPILER_PLAN_H

#include "compiler/difference_print.h"
#include "compiler/old_proof.h"

/**
 * DOC: Plans
 *
 * Of each output the files that an earlier compilation left in its folder are read with
 * the same reader as the new ones, and the two rule sets are compared packet by packet:
 * a reviewer sees what a change opens and closes, and not which lines moved.  What the
 * earlier proof.json says is believed only for what no rule set tells: which files were
 * written, what was assumed, why a flow was there.
 *
 * Nothing is written, and equal inputs make equal bytes: files are called as they stand
 * below the folder.
 */

enum plan_state {
	PLAN_UNCHANGED, /* byte for byte */
	PLAN_CHANGED,
	PLAN_ADDED,
	PLAN_REMOVED, /* nobody writes it any more, and nobody deletes it */
};

/** plan_state_name() - "added" */
const char *plan_state_name(enum plan_state state);

struct plan_file {
	const char *path;
	enum plan_state state;
};

/**
 * struct plan_output - One output of now or of then
 * @job:	NULL: removed
 * @compared:	@report is there: the output was and is, and its files differ
 * @obstacle:	why the two were not compared, or NULL
 * @rules:	how many there are, before and after
 * @flows_added, @flows_removed: "ID: REASON"
 * @leftovers:	rules by name that are there, are not written any more, and stay where a
 *		deployment only adds and changes
 * @delete_command: deletes one of them, its name left to be appended
 */
struct plan_output {
	const char *name;
	const char *backend;
	enum plan_state state;
	const struct backend_job *job;
	struct plan_file *files;
	size_t file_count, file_capacity;
	bool compared;
	const char *obstacle;
	struct difference_report report;
	size_t rules[2];
	struct text_list assumptions_added, assumptions_removed;
	struct text_list flows_added, flows_removed;
	struct text_list leftovers;
	const char *delete_command;
};

struct plan {
	struct plan_output *outputs;
	size_t output_count, output_capacity;
};

/**
 * plan_make() - Compare what was made with what stands in @folder
 * @results:	all of them made and proved
 *
 * Return: 0, or -1 where a file there cannot be read or understood
 */
int plan_make(struct compilation *compilation, const struct result *results, size_t count,
	      const char *folder, struct plan *ret_plan);

/** plan_markdown() - As a comment for a pull request */
void plan_markdown(const struct plan *plan, struct strbuf *out);
void plan_json(const struct plan *plan, struct strbuf *out);

#endif
