/* cmd_apply.c - postern apply SPEC */
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "backends/json.h"
#include "compiler/apply_spec.h"
#include "compiler/commands.h"
#include "compiler/compilation.h"
#include "compiler/options.h"
#include "compiler/undo.h"
#include "compiler/watching.h"
#include "rules/base/arena.h"

#define PROOF_NAME "proof.json"

static bool is_directory(const char *path)
{
	struct stat found;

	return stat(path, &found) == 0 && S_ISDIR(found.st_mode);
}

/* -- from a spec --------------------------------------------------------------------- */

static int read_spec(struct apply *apply, const char *path)
{
	struct compilation *compilation = apply->compilation;

	if (compilation_read(compilation, path) < 0)
		return -1;
	return apply_outputs(apply, options_text(compilation->options, OPTION_ONLY));
}

/* -- from a directory that was compiled ---------------------------------------------- */

/* The hash that proof.json has of a file, or NULL. */
static const char *proved_hash(const struct doc *proof, const char *name)
{
	const struct doc *written = doc_get(proof, "written");

	for (size_t i = 0; written && i < written->count; i++) {
		const char *is = doc_text(doc_get(written->items[i], "name"));

		if (is && strcmp(is, name) == 0)
			return doc_text(doc_get(written->items[i], "sha256"));
	}
	return NULL;
}

static int add_proved(struct apply *apply, const char *folder, const struct doc *proof,
		      const struct doc *output)
{
	struct compilation *compilation = apply->compilation;
	struct arena *arena = compilation->arena;
	const char *name = doc_text(doc_get(output, "name"));
	const char *hook = doc_text(doc_get(doc_get(output, "environment"), "hook"));
	const char *deny = doc_text(doc_get(output, "default"));
	const char *path = arena_printf(arena, "%s/ruleset.nft", name);
	const char *proved = proved_hash(proof, path);
	const struct input_file *file =
		input_read(compilation->input, arena_printf(arena, "%s/%s", folder, path),
			   NULL, SPAN_NONE);

	if (!file)
		return -1;
	if (!proved || strcmp(apply_hash(file, arena), proved) != 0) {
		diag_report(compilation->diag, DIAG_APPLY_CHANGED, SPAN_NONE,
			    "'%s' is not the file that '%s/%s' vouches for", file->name,
			    folder, PROOF_NAME);
		diag_help(compilation->diag, "run 'postern compile' again");
		return -1;
	}
	generation_add(&apply->to, name, file->text, file->length, arena);
	if (hook && strcmp(hook, "output") == 0 && deny && strcmp(deny, "deny") == 0)
		apply->can_lock_out = true;
	return 0;
}

static int read_directory(struct apply *apply, const char *folder)
{
	struct compilation *compilation = apply->compilation;
	const struct input_file *file =
		input_read(compilation->input,
			   arena_printf(compilation->arena, "%s/%s", folder, PROOF_NAME),
			   NULL, SPAN_NONE);
	const char *only = options_text(compilation->options, OPTION_ONLY);
	const struct doc *outputs;
	struct doc *proof;
	int status = 0;

	if (!file || json_read(file->text, file->length, file->source, compilation->arena,
			       &proof, compilation->diag) < 0)
		return -1;
	outputs = doc_get(proof, "outputs");
	for (size_t i = 0; outputs && outputs->kind == DOC_LIST && i < outputs->count;
	     i++) {
		const char *name = doc_text(doc_get(outputs->items[i], "name"));
		const char *backend = doc_text(doc_get(outputs->items[i], "backend"));

		if (name && backend && backend_live_find(backend) &&
		    apply_wants(only, name))
			status |= add_proved(apply, folder, proof, outputs->items[i]);
	}
	return status;
}

static int read_rules(struct apply *apply)
{
	struct compilation *compilation = apply->compilation;
	const char *path = compilation->options->arguments[0];
	const char *only = options_text(compilation->options, OPTION_ONLY);
	int status =
		is_directory(path) ? read_directory(apply, path) : read_spec(apply, path);

	return status < 0 ? status : apply_check_outputs(apply, path, only);
}

/* -- the change ---------------------------------------------------------------------- */

/* May it be applied now, and as it was asked for? */
static int check_confirmation(struct apply *apply)
{
	struct compilation *compilation = apply->compilation;
	bool confirm = options_has(compilation->options, OPTION_CONFIRM);

	if (apply->state.token) {
		diag_report(compilation->diag, DIAG_APPLY_UNCONFIRMED, SPAN_NONE,
			    "the rules that were applied last wait for their "
			    "confirmation");
		diag_help(compilation->diag,
			  "run 'postern confirm' or 'postern rollback' first");
		return -1;
	}
	if (!apply->can_lock_out || confirm || !apply->applying.changes.count ||
	    options_has(compilation->options, OPTION_TRY_ONLY))
		return 0;
	diag_report(compilation->diag, DIAG_APPLY_NEEDS_CONFIRM, SPAN_NONE,
		    "rules on hook output that deny may lock out who applies them");
	diag_help(compilation->diag,
		  "add --confirm 120, and run 'postern confirm' from a new session");
	return -1;
}

/* The record names what is on its way before anything is sent. */
static int announce(struct apply *apply)
{
	const struct options *options = apply->compilation->options;

	if (options_has(options, OPTION_CONFIRM) &&
	    undo_arm(&apply->state, options_number(options, OPTION_CONFIRM)) < 0)
		return -1;
	apply->state.pending = &apply->to;
	return state_save(&apply->state);
}

static int change(struct apply *apply)
{
	int status = announce(apply);

	if (status < 0)
		return -1;
	status = applying_change(&apply->applying, &apply->to, apply_prove, apply);
	return apply_record(apply, status == 0) < 0 ? -1 : status;
}

static void print_applied(const struct apply *apply)
{
	const struct options *options = apply->compilation->options;
	const struct applying *applying = &apply->applying;

	if (options_has(options, OPTION_CHANGES))
		applying_print_changes(&applying->changes);
	if (options_has(options, OPTION_QUIET))
		return;
	if (options_has(options, OPTION_TRY_ONLY)) {
		printf("would change %zu object%s; the kernel would take it\n",
		       applying->changes.count, applying->changes.count == 1 ? "" : "s");
		return;
	}
	if (!applying->changes.count) {
		printf("nothing to change: the kernel has these rules, proved\n");
		return;
	}
	printf("changed %zu object%s in %zu transaction%s; read back and proved\n",
	       applying->changes.count, applying->changes.count == 1 ? "" : "s",
	       applying->sent.transactions, applying->sent.transactions == 1 ? "" : "s");
	if (apply->state.token)
		printf("the old rules come back in %zu seconds unless 'postern confirm' "
		       "is run\n",
		       options_number(options, OPTION_CONFIRM));
}

/* Is the record of these rules, and of nothing that is on its way? */
static bool is_recorded(const struct apply *apply)
{
	return !apply->state.pending && apply->state.applied &&
	       generation_equal(apply->state.applied, &apply->to) &&
	       !strcmp(apply->state.applied->spec ? apply->state.applied->spec : "",
		       apply->to.spec);
}

/* What watch has put into sets stays there.  It writes that down while it holds the
 * record, so it is read now that we do. */
static void remember(struct apply *apply)
{
	struct compilation *compilation = apply->compilation;
	struct followed followed;

	if (apply->count &&
	    watch_read(apply->state.directory, compilation->arena, &followed))
		followed_remember(&followed, compilation->intent, compilation->arena);
}

static int run(struct apply *apply)
{
	struct compilation *compilation = apply->compilation;
	const struct options *options = compilation->options;
	struct live_changes foreign;
	struct live_image *to;
	int status;

	apply->to.spec = options->arguments[0];
	apply->to.since = (uint64_t)time(NULL);
	if (read_rules(apply) < 0 ||
	    state_open(&apply->state, options_text(options, OPTION_STATE),
		       options_has(options, OPTION_TRY_ONLY) ? STATE_READ : STATE_WRITE,
		       compilation->arena, compilation->diag) < 0)
		return -1;
	applying_begin(&apply->applying, &apply->state, compilation->arena,
		       compilation->diag);
	apply->applying.intent = compilation->intent;
	remember(apply);
	if (apply_fill(apply) < 0 ||
	    applying_image(&apply->applying, &apply->to, &to, NULL) < 0 ||
	    applying_look(&apply->applying, &foreign) < 0)
		return -1;
	apply->applying.live->compare(apply->applying.before, to, compilation->arena,
				      &apply->applying.changes);
	/* What is there already may come from anywhere: "nft -f" of the same text. */
	if (apply->applying.changes.count && !options_has(options, OPTION_FORCE) &&
	    applying_refuse_foreign(&apply->applying, &foreign) < 0)
		return -1;
	if (check_confirmation(apply) < 0)
		return -1;
	if (options_has(options, OPTION_TRY_ONLY))
		status = applying_try(&apply->applying, to);
	else if (!apply->applying.changes.count && is_recorded(apply))
		status =
			applying_change(&apply->applying, &apply->to, apply_prove, apply);
	else
		status = change(apply);
	if (status == 0)
		print_applied(apply);
	return status;
}

enum exit_code cmd_apply(const struct options *options)
{
	CLEANUP(compilation_close)
	struct compilation *compilation = compilation_open(options);
	CLEANUP(apply_release) struct apply apply = {.compilation = compilation};

	(void)run(&apply);
	return compilation_finish(compilation);
}
