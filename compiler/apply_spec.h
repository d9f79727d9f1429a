/* apply_spec.h - Outputs of a spec as rules for this machine's kernel. */
#ifndef COMPILER_APPLY_SPEC_H
#define COMPILER_APPLY_SPEC_H

#include <stdbool.h>
#include <stddef.h>

#include "compiler/applying.h"
#include "compiler/compilation.h"
#include "compiler/state.h"

struct arena;
struct input_file;

/**
 * struct apply - One run
 * @results:	of a spec: what was made of its outputs; none of a compiled directory
 * @to:		the generation that shall be
 * @can_lock_out: a rule set on hook output denies what it does not allow
 */
struct apply {
	struct compilation *compilation;
	struct result *results;
	size_t count;
	struct generation to;
	bool can_lock_out;
	struct state state;
	struct applying applying;
};

/** apply_wants() - Is it an output that was asked for?  @only NULL: every one is */
bool apply_wants(const char *only, const char *output);

/** apply_outputs() - Make and prove the outputs of a spec that is read and bound */
int apply_outputs(struct apply *apply, const char *only);

/** apply_check_outputs() - Is there any output?  Without one all rules would go. */
int apply_check_outputs(const struct apply *apply, const char *path, const char *only);

/**
 * apply_fill() - Add to the texts what the sets that follow names shall hold
 *
 * Of a spec: what its names are bound to and were answered with lately.  Of a compiled
 * directory, which has no names: what such sets had before.
 */
int apply_fill(struct apply *apply);

/** apply_prove() - What the kernel holds must keep every obligation of the spec */
applying_proof apply_prove;

/**
 * apply_record() - Write down what became of the change
 *
 * What was applied is now what was before; with an undo armed, only once it is confirmed.
 */
int apply_record(struct apply *apply, bool holds);

/** apply_hash() - The SHA-256 of a file; NULL for none */
const char *apply_hash(const struct input_file *file, struct arena *arena);

void apply_release(struct apply *apply); /* for CLEANUP() */

#endif
