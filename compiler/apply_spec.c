/* apply_spec.c - Outputs of a spec as rules for this machine's kernel. */
#include "compiler/apply_spec.h"

#include <string.h>

#include "backends/followed_sets.h"
#include "backends/obligation.h"
#include "compiler/hash.h"
#include "compiler/input.h"
#include "rules/base/arena.h"

bool apply_wants(const char *only, const char *output)
{
	return !only || strcmp(only, output) == 0;
}

const char *apply_hash(const struct input_file *file, struct arena *arena)
{
	char hash[HASH_TEXT_SIZE];

	return file ? arena_strdup(arena, hash_text(file->text, file->length, hash))
		    : NULL;
}

static int make_output(struct apply *apply, size_t index)
{
	struct compilation *compilation = apply->compilation;
	struct result *result = &apply->results[apply->count];
	const struct artifact *artifact;

	if (compilation_job(compilation, index, result) < 0)
		return -1;
	apply->count++;
	if (compilation_make(compilation, result) < 0 ||
	    compilation_prove(compilation, result) < 0)
		return -1;
	artifact = result->artifacts.at[0];
	generation_add(&apply->to, result->job->name, strbuf_text(&artifact->body),
		       artifact->body.length, compilation->arena);
	if (result->job->deny && backend_setting_is(result->job, "hook", "output"))
		apply->can_lock_out = true;
	return 0;
}

int apply_outputs(struct apply *apply, const char *only)
{
	struct compilation *compilation = apply->compilation;
	int status = 0;

	apply->results = arena_array(compilation->arena, compilation->spec->output_count,
				     struct result);
	for (size_t i = 0; i < compilation->spec->output_count; i++) {
		const struct output *output = compilation->spec->outputs[i];

		if (backend_live_find(output->backend->name) &&
		    apply_wants(only, output->name.text))
			status |= make_output(apply, i);
	}
	apply->to.spec_sha256 = apply_hash(compilation->spec_file, compilation->arena);
	apply->to.lock_sha256 = apply_hash(compilation->lock_file, compilation->arena);
	return status;
}

int apply_check_outputs(const struct apply *apply, const char *path, const char *only)
{
	struct diag *diag = apply->compilation->diag;

	if (apply->to.count)
		return 0;
	if (only)
		return diag_report(diag, DIAG_APPLY_NOTHING, SPAN_NONE,
				   "'%s' has no output '%s' for nftables", path, only);
	return diag_report(diag, DIAG_APPLY_NOTHING, SPAN_NONE,
			   "'%s' has no output for nftables", path);
}

/* What the names of a job lead to, by name. */
static const struct textmap *answers_of(const struct backend_job *job,
					struct arena *arena)
{
	struct textmap *answers = arena_make(arena, struct textmap);

	for (size_t i = 0; i < job->intent->flow_count; i++) {
		const struct flow *flow = job->intent->flows[i];
		struct addr_set *answer;

		if (!backend_covers(job, flow) || !followed_flow(job, flow))
			continue;
		answer = textmap_get(answers, flow->name);
		if (!answer) {
			answer = arena_make(arena, struct addr_set);
			textmap_put(answers, flow->name, answer, arena);
		}
		addr_set_add(answer, &flow->addresses, arena);
		addr_set_add(answer, &flow->lately, arena);
	}
	return answers;
}

/* The text of an output, and what its sets shall hold besides it. */
static int fill_text(struct apply *apply, size_t index, const struct live_image *kept)
{
	struct applying *applying = &apply->applying;
	const struct result *result = apply->count ? &apply->results[index] : NULL;
	struct state_text *text = &apply->to.texts[index];
	struct generation one = {.texts = text, .count = 1};
	CLEANUP(strbuf_release) struct strbuf filled = {0};
	struct live_image *image;

	if (applying_image(applying, &one, &image, NULL) < 0)
		return -1;
	strbuf_add(&filled, text->text, text->length);
	applying->live->fill(image,
			     result ? answers_of(result->job, applying->arena) : NULL,
			     kept, &filled);
	state_text_set(text,
		       arena_strndup(applying->arena, strbuf_text(&filled),
				     filled.length),
		       filled.length, applying->arena);
	return 0;
}

int apply_fill(struct apply *apply)
{
	struct applying *applying = &apply->applying;
	struct live_followed_sets sets = {0};
	struct live_image *kept = NULL;

	if (!apply->count) {
		if (applying_image(applying, apply->state.applied, &kept, NULL) < 0)
			return -1;
		applying->live->followed(kept, applying->arena, &sets);
	}
	for (size_t i = 0; i < apply->to.count; i++) {
		bool follows = apply->count ? followed_job(apply->results[i].job)
					    : sets.count > 0;

		if (follows && fill_text(apply, i, kept) < 0)
			return -1;
	}
	return 0;
}

int apply_prove(void *context, const struct ruleset *rules)
{
	struct apply *apply = context;
	struct compilation *compilation = apply->compilation;
	int status = 0;

	for (size_t i = 0; i < apply->count; i++) {
		const struct result *result = &apply->results[i];
		struct proof proof;

		if (obligation_prove(result->job, &result->scope, rules, NULL,
				     compilation->arena, &proof, compilation->diag) < 0)
			return -1;
		status |= obligation_report(result->job, &proof, "the kernel's rules",
					    compilation->diag);
	}
	return status;
}

static struct generation *copy_generation(const struct generation *generation,
					  struct arena *arena)
{
	struct generation *copy = arena_make(arena, struct generation);

	*copy = *generation;
	return copy;
}

int apply_record(struct apply *apply, bool holds)
{
	struct state *state = &apply->state;

	if (!holds) {
		state->pending = NULL;
		state->token = NULL;
	} else if (!state->token) {
		if (!generation_equal(state->applied, &apply->to))
			state->previous = state->applied;
		state->applied = copy_generation(&apply->to, state->arena);
		state->pending = NULL;
		state->undone = 0;
	}
	return state_save(state);
}

void apply_release(struct apply *apply)
{
	for (size_t i = 0; i < apply->count; i++)
		artifact_list_release(&apply->results[i].artifacts);
	state_close(&apply->state);
}
