/* compilation.h - One run: from a spec to proved artifacts. */
#ifndef COMPILER_COMPILATION_H
#define COMPILER_COMPILATION_H

#include <stdbool.h>
#include <stddef.h>

#include "backends/backend.h"
#include "backends/legalize.h"
#include "compiler/commands.h"
#include "compiler/input.h"
#include "compiler/lock.h"
#include "compiler/lock_meta.h"
#include "compiler/service_tags.h"
#include "compiler/spec.h"
#include "rules/base/textmap.h"
#include "rules/intent.h"
#include "rules/proof.h"

/**
 * DOC: The phases
 *
 *	compilation_read()	spec → document → spec → intent → bound intent
 *	compilation_job()	one output of the spec as a job for its back end
 *	compilation_make()	job → legal rules → artifacts
 *	compilation_prove()	artifact → rule set → proof
 *
 * Each reports into the compilation's diagnostics and stops after its own mistakes; the
 * commands say which phases they need.
 */
struct arena;
struct options;

struct compilation {
	struct arena *arena;
	struct diag *diag;
	const struct options *options;
	struct input *input;
	const struct input_file *spec_file;
	const struct input_file *lock_file; /* NULL: there is none */
	struct spec *spec;
	struct lock *lock;
	struct service_tags *tags; /* NULL: neither the spec nor an option names any */
	const struct input_file *tags_file;
	struct intent *intent;
	struct textmap senders; /* the intent's clients by name */
};

/** struct result - What was made of one output */
struct result {
	struct backend_job *job;
	struct backend_scope scope;
	struct legal legal;
	struct artifact_list artifacts;
	struct ruleset *rules; /* the artifacts as they were read back and proved */
	struct proof proof;
};

/** compilation_open() - An empty one; compilation_close() frees all that it made */
struct compilation *compilation_open(const struct options *options);
void compilation_close(struct compilation **compilation); /* for CLEANUP() */

/** compilation_derive() - Read the spec at @path and derive its flows; no lock, no tags
 */
int compilation_derive(struct compilation *compilation, const char *path);

/**
 * compilation_read() - Read and bind the spec at @path ("-": standard input)
 *
 * The lock is --lock, else "postern.lock" beside the spec where that exists; with --live
 * what DNS answers now takes its place.  The service tags are --service-tags, else those
 * that the spec names.
 */
int compilation_read(struct compilation *compilation, const char *path);

/** compilation_read_lock() - Its lock alone; 0 where there is none and none is named */
int compilation_read_lock(struct compilation *compilation, const char *path);

/** compilation_read_meta() - What is known of the names of its lock; 0 without a file */
int compilation_read_meta(struct compilation *compilation, const char *path,
			  struct lock_meta *ret_meta);

/** compilation_lock_path() - Where the lock of the spec at @path is, or would be */
const char *compilation_lock_path(struct compilation *compilation, const char *path);

/** compilation_has_lock() - Is there a file? */
bool compilation_has_lock(struct compilation *compilation, const char *path);

/** compilation_read_tags() - Its service tags alone */
int compilation_read_tags(struct compilation *compilation);

/** compilation_use_intent() - Make jobs of another intent from now on */
void compilation_use_intent(struct compilation *compilation, struct intent *intent);

/** compilation_job() - The @index-th output as a job, with its scope */
int compilation_job(struct compilation *compilation, size_t index,
		    struct result *ret_result);

/** compilation_make() - Legal rules and artifacts; release result->artifacts afterwards
 */
int compilation_make(struct compilation *compilation, struct result *result);

/** compilation_prove() - Read the artifacts back and prove them; -1 when one does not
 * hold
 */
int compilation_prove(struct compilation *compilation, struct result *result);

/** compilation_finish() - Print all messages; the exit code that they call for */
enum exit_code compilation_finish(struct compilation *compilation);

#endif
