/* plan.c - What writing a compilation's files would change. */
#include "compiler/plan.h"

#include <string.h>
#include <unistd.h>

#include "compiler/certificate.h"
#include "compiler/import_context.h"
#include "compiler/packet_options.h"
#include "rules/base/arena.h"

/* A comment on a change has 65 536 characters at GitHub; some hundred rows fit. */
#define PLAN_MAX_BOXES 50

/** struct planning - What the steps of one plan share */
struct planning {
	struct compilation *compilation;
	struct arena *arena;
	const char *folder;
	struct old_proof old;
	struct plan *plan;
};

const char *plan_state_name(enum plan_state state)
{
	static const char *const names[] = {"unchanged", "changed", "added", "removed"};

	return names[state];
}

/* -- lists of texts ----------------------------------------------------------------- */

static void add_text(struct planning *job, struct text_list *list, const char *text)
{
	*arena_push(job->arena, list->at, list->count, list->capacity) = text;
}

static void index_texts(struct planning *job, const struct text_list *list,
			struct textmap *map)
{
	for (size_t i = 0; i < list->count; i++)
		textmap_put(map, list->at[i], job->plan, job->arena);
}

/* What of @list is not in @other, in its order; @notes (optional) are appended. */
static struct text_list missing_from(struct planning *job, const struct text_list *list,
				     const struct text_list *notes,
				     const struct text_list *other)
{
	struct text_list missing = {0};
	struct textmap map = {0};

	index_texts(job, other, &map);
	for (size_t i = 0; i < list->count; i++) {
		const char *text = list->at[i];

		if (textmap_get(&map, text))
			continue;
		if (notes)
			text = arena_printf(job->arena, "%s: %s", text, notes->at[i]);
		add_text(job, &missing, text);
	}
	return missing;
}

/* -- files -------------------------------------------------------------------------- */

/* The file that stands at @path below the folder, or NULL; -1 when it cannot be read. */
static int read_old(struct planning *job, const char *path,
		    const struct input_file **ret_file)
{
	const char *full = arena_printf(job->arena, "%s/%s", job->folder, path);

	*ret_file = NULL;
	if (access(full, F_OK) != 0)
		return 0;
	*ret_file = input_read(job->compilation->input, full, NULL, SPAN_NONE);
	return *ret_file ? 0 : -1;
}

static struct import_file import_file(struct planning *job, const char *path,
				      const char *text, size_t length)
{
	return (struct import_file){
		.name = path,
		.text = text,
		.length = length,
		.source = diag_add_source(job->compilation->diag, path, text, length),
	};
}

/* An output's artifacts as they stand in the folder. */
struct old_files {
	struct import_file *at;
	size_t count;
};

static int compare_files(struct planning *job, const struct result *result,
			 struct plan_output *output, struct old_files *old_files)
{
	size_t count = result->artifacts.count;

	old_files->at = arena_array(job->arena, count, struct import_file);
	for (size_t i = 0; i < count; i++) {
		const struct artifact *artifact = result->artifacts.at[i];
		const char *text = strbuf_text(&artifact->body);
		size_t length = artifact->body.length;
		const char *path =
			arena_printf(job->arena, "%s/%s", output->name, artifact->name);
		const struct input_file *old;
		enum plan_state state = PLAN_ADDED;

		if (read_old(job, path, &old) < 0)
			return -1;
		if (old)
			state = old->length == length &&
						memcmp(old->text, text, length) == 0
					? PLAN_UNCHANGED
					: PLAN_CHANGED;
		*arena_push(job->arena, output->files, output->file_count,
			    output->file_capacity) = (struct plan_file){path, state};
		if (old)
			old_files->at[old_files->count++] =
				import_file(job, path, old->text, old->length);
	}
	return 0;
}

/* Certificates are written on demand, and say nothing new. */
static bool is_certificate(const char *path)
{
	const char *name = strrchr(path, '/');

	return name && strcmp(name + 1, CERTIFICATE_NAME) == 0;
}

/* Files of then, below the output's folder, that nobody writes any more. */
static void add_removed_files(struct planning *job, struct plan_output *output)
{
	size_t length = strlen(output->name);
	size_t written = output->file_count;

	for (size_t i = 0; i < job->old.written.count; i++) {
		const char *path = job->old.written.at[i];
		bool is_written = is_certificate(path);

		if (strncmp(path, output->name, length) != 0 || path[length] != '/')
			continue;
		for (size_t j = 0; j < written; j++)
			is_written |= strcmp(output->files[j].path, path) == 0;
		if (!is_written)
			*arena_push(job->arena, output->files, output->file_count,
				    output->file_capacity) =
				(struct plan_file){path, PLAN_REMOVED};
	}
}

static void set_state(struct plan_output *output, size_t before_count)
{
	output->state = before_count ? PLAN_UNCHANGED : PLAN_ADDED;
	for (size_t i = 0; before_count && i < output->file_count; i++)
		if (output->files[i].state != PLAN_UNCHANGED)
			output->state = PLAN_CHANGED;
}

/* -- rules -------------------------------------------------------------------------- */

static int import_old(struct planning *job, const struct result *result,
		      const struct old_files *files, struct ruleset **ret_rules)
{
	const struct import_input input = {
		.files = files->at,
		.file_count = files->count,
		.tags = import_tags(job->compilation->tags, job->arena),
		.names = import_names(result->job, job->arena),
		.bare = true,
	};

	/* Artifacts refer to each other as they stand in their folder. */
	for (size_t i = 1; i < files->count; i++)
		files->at[i].name = strchr(files->at[i].name, '/') + 1;
	return result->job->backend->import(&input, job->arena, ret_rules,
					    job->compilation->diag);
}

/* What is left undecided counts where others come behind; the mark always. */
static int compare_rules(struct planning *job, const struct result *result,
			 const struct ruleset *before, const struct ruleset *after,
			 struct plan_output *output)
{
	const struct backend *backend = result->job->backend;
	struct difference_report *report = &output->report;
	const char *hook = result->scope.path;
	const struct ruleset *rules[2] = {before, after};

	*report = (struct difference_report){
		.pinned = OPENERS_PINNED,
		.arena = job->arena,
		.diag = job->compilation->diag,
	};
	match_openers(&report->within, job->arena);
	for (size_t i = 0; i < 2; i++) {
		report->sides[i] = (struct difference_input){
			.name = output->files[0].path,
			.backend = backend,
			.rules = rules[i],
			.path = ruleset_find_path(rules[i], hook),
		};
		output->rules[i] = ruleset_count_rules(rules[i]);
		if (!report->sides[i].path) {
			output->obstacle = arena_printf(job->arena,
							"the rules that stand there are "
							"not on hook '%s'",
							hook);
			return 0;
		}
	}
	report->question = (struct difference_question){
		.before = before,
		.after = after,
		.before_path = report->sides[0].path,
		.after_path = report->sides[1].path,
		.within = &report->within,
		.undecided = backend->kind != BACKEND_KIND_HOST_FILTER,
		.marks = true,
		.max_boxes = PLAN_MAX_BOXES,
	};
	output->compared = true;
	return difference_find(&report->question, job->arena, &report->difference,
			       job->compilation->diag);
}

static struct text_list rule_names(struct planning *job, const struct ruleset *rules)
{
	struct text_list names = {0};

	for (size_t i = 0; i < rules->chain_count; i++)
		for (size_t j = 0; j < rules->chains[i].count; j++)
			if (rules->chains[i].rules[j].name)
				add_text(job, &names, rules->chains[i].rules[j].name);
	return names;
}

/* A deployment of a group's child rules adds and changes rules, and deletes none
 * (learn.microsoft.com/azure/azure-resource-manager/templates/deployment-modes, read
 * 2026-08-20).  One of the whole group resets what it does not list, and Terraform
 * deletes what it made. */
static void find_leftovers(struct planning *job, const struct result *result,
			   const struct ruleset *before, const struct ruleset *after,
			   struct plan_output *output)
{
	const char *group = backend_setting(result->job, "group");
	struct text_list old, new;

	if (result->job->backend->kind != BACKEND_KIND_CLOUD_ACL || !group ||
	    !backend_setting_is(result->job, "form", "child"))
		return;
	old = rule_names(job, before);
	new = rule_names(job, after);
	output->leftovers = missing_from(job, &old, NULL, &new);
	output->delete_command =
		arena_printf(job->arena,
			     "az network nsg rule delete --resource-group "
			     "RESOURCE_GROUP --nsg-name %s --name",
			     group);
}

static int compare_with_old(struct planning *job, const struct result *result,
			    const struct old_files *files, struct plan_output *output)
{
	struct ruleset *before;

	output->rules[1] = ruleset_count_rules(result->rules);
	if (output->state == PLAN_UNCHANGED || !files->count)
		return 0;
	if (import_old(job, result, files, &before) < 0)
		return -1;
	find_leftovers(job, result, before, result->rules, output);
	return compare_rules(job, result, before, result->rules, output);
}

/* -- outputs ------------------------------------------------------------------------ */

static struct text_list scope_assumptions(struct planning *job,
					  const struct result *result)
{
	struct text_list list = {0};

	for (size_t i = 0; i < result->scope.assumption_count; i++)
		add_text(job, &list, result->scope.assumptions[i]);
	return list;
}

/* What is assumed and needed now and was not then, and the other way round. */
static void compare_proofs(struct planning *job, const struct result *result,
			   struct plan_output *output)
{
	const struct old_output *old = old_proof_output(&job->old, output->name);
	struct text_list assumptions = scope_assumptions(job, result);
	struct text_list flows = {0}, reasons = {0};

	if (!old)
		return;
	for (size_t i = 0; i < result->job->intent->flow_count; i++) {
		const struct flow *flow = result->job->intent->flows[i];

		if (!backend_covers(result->job, flow))
			continue;
		add_text(job, &flows, flow->id);
		add_text(job, &reasons, flow->reason);
	}
	output->assumptions_added =
		missing_from(job, &assumptions, NULL, &old->assumptions);
	output->assumptions_removed =
		missing_from(job, &old->assumptions, NULL, &assumptions);
	output->flows_added = missing_from(job, &flows, &reasons, &old->flows);
	output->flows_removed = missing_from(job, &old->flows, &old->reasons, &flows);
}

static struct plan_output *add_output(struct planning *job, const char *name,
				      const char *backend)
{
	struct plan_output *output =
		arena_push(job->arena, job->plan->outputs, job->plan->output_count,
			   job->plan->output_capacity);

	output->name = name;
	output->backend = backend;
	return output;
}

static int plan_output(struct planning *job, const struct result *result)
{
	struct plan_output *output =
		add_output(job, result->job->name, result->job->backend->name);
	struct old_files old = {0};

	output->job = result->job;
	if (compare_files(job, result, output, &old) < 0)
		return -1;
	add_removed_files(job, output);
	set_state(output, old.count);
	compare_proofs(job, result, output);
	return compare_with_old(job, result, &old, output);
}

/* Outputs of then that the spec has no more; others that --backend leaves out stay. */
static void add_removed_outputs(struct planning *job)
{
	const struct spec *spec = job->compilation->spec;

	for (size_t i = 0; i < job->old.output_count; i++) {
		const struct old_output *old = &job->old.outputs[i];
		bool is_there = false;
		struct plan_output *output;

		for (size_t j = 0; j < spec->output_count; j++)
			is_there |= strcmp(spec->outputs[j]->name.text, old->name) == 0;
		if (is_there)
			continue;
		output = add_output(job, old->name, old->backend);
		output->state = PLAN_REMOVED;
		add_removed_files(job, output);
	}
}

int plan_make(struct compilation *compilation, const struct result *results, size_t count,
	      const char *folder, struct plan *ret_plan)
{
	struct planning job = {
		.compilation = compilation,
		.arena = compilation->arena,
		.folder = folder,
		.plan = ret_plan,
	};

	*ret_plan = (struct plan){0};
	if (old_proof_read(compilation, folder, &job.old) < 0)
		return -1;
	for (size_t i = 0; i < count; i++)
		if (plan_output(&job, &results[i]) < 0)
			return -1;
	add_removed_outputs(&job);
	return 0;
}
