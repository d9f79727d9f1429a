/* apply_spec.c - Outputs of a spec as rules for this machine's kernel. */
#include "compiler/apply_spec.h"

#include <string.h>

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
