/* roundtrip.c - import(emit(x)) is x: for every back end, case and many random intents.
 *
 *	build/tests/roundtrip		(from the top of the tree)
 *
 * DOC: What is compared
 *
 * The legal rules of a job and what the importer makes of the emitted text are decided in
 * one space; the decisions must be equal by verdict and mark, and by the flow that
 * decides.  The proof compares with the intent, this with the legal rules; on random
 * intents the proof must hold, too.  Emitting twice must give the same bytes.  Where nft
 *can be run in a network namespace of its own, the text is loaded twice and what "nft
 *list ruleset" prints must decide the same.
 *
 *	ROUNDTRIP_SEED=17 ROUNDTRIP_CASES=1 build/tests/roundtrip	that intent alone
 */
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "backends/obligation.h"
#include "backends/registry.h"
#include "compiler/compilation.h"
#include "compiler/options.h"
#include "rules/base/arena.h"
#include "tests/oracle/random_intent.h"

/* Enough for each kind of group to meet each other, in some seconds. */
#define DEFAULT_CASES 2000u

/* One random intent in so many is loaded into a kernel: a namespace costs 20 ms. */
#define LOAD_EVERY 20u

/* What went wrong; empty: nothing. */
struct verdict_text {
	char text[1024];
};

static void fail(struct verdict_text *failure, const char *what, const char *detail)
{
	if (!failure->text[0])
		snprintf(failure->text, sizeof(failure->text), "%s%s%s", what,
			 detail ? ": " : "", detail ? detail : "");
}

/* -- comparing --------------------------------------------------------------------- */

struct comparison {
	struct diagram *diagram;
	struct decision a, b;
	struct decisions *decisions;
	uint32_t leaf;
	struct packet witness;
	bool differs;
};

static bool is_leaf(void *context, uint32_t leaf)
{
	return leaf == ((struct comparison *)context)->leaf;
}

/* Some packet with @leaf in the first and another one in the second. */
static void find_witness(void *context, uint32_t leaf)
{
	struct comparison *comparison = context;
	struct pset only;

	comparison->leaf = leaf;
	only = pset_subtract(comparison->diagram,
			     decision_select(comparison->diagram, comparison->a, is_leaf,
					     comparison),
			     decision_select(comparison->diagram, comparison->b, is_leaf,
					     comparison));
	if (comparison->differs || pset_is_empty(only))
		return;
	comparison->differs = true;
	pset_witness(comparison->diagram, only, &comparison->witness);
}

static void describe(const struct comparison *comparison, struct decision decision,
		     struct strbuf *out)
{
	struct decision at =
		decision_at(comparison->diagram, decision, &comparison->witness);
	const struct outcome *outcome;
	uint32_t leaf;

	if (!decision_is_leaf(at, &leaf)) {
		strbuf_puts(out, "it depends");
		return;
	}
	outcome = decisions_outcome(comparison->decisions, leaf);
	strbuf_printf(out, "%s by '%s'", verdict_name(outcome->verdict),
		      outcome->id ? outcome->id : "");
	if (outcome->marks)
		strbuf_printf(out, " with mark 0x%x", outcome->mark);
}

static void compare(const struct ruleset *legal, const struct ruleset *imported,
		    enum decide_by by, const char *what, struct verdict_text *failure)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new();
	CLEANUP(strbuf_release) struct strbuf text = {0};
	struct diag *diag = diag_new(arena);
	struct space *space = space_new(arena);
	const struct path *path = &legal->paths[0];
	const struct path *other = ruleset_find_path(imported, path->name);
	struct comparison comparison = {0};

	if (!other) {
		fail(failure, what, "nothing is on the path");
		return;
	}
	space_add_ruleset(space, legal);
	space_add_ruleset(space, imported);
	if (space_seal(space) < 0)
		BUG("too many unknowns");
	comparison.diagram = diagram_new(space, DIAGRAM_DEFAULT_EDGES);
	comparison.decisions = decisions_new(comparison.diagram, arena);
	if (decide(comparison.decisions, legal, path, by, &comparison.a, diag) < 0 ||
	    decide(comparison.decisions, imported, other, by, &comparison.b, diag) < 0) {
		fail(failure, what, "cannot be decided");
	} else if (comparison.a.node != comparison.b.node) {
		decision_leaves(comparison.diagram, comparison.a, find_witness,
				&comparison);
		packet_format(&comparison.witness, &text);
		strbuf_puts(&text, " is ");
		describe(&comparison, comparison.a, &text);
		strbuf_puts(&text, ", not ");
		describe(&comparison, comparison.b, &text);
		fail(failure, what, strbuf_text(&text));
	}
	diagram_free(comparison.diagram);
}

static void compare_text(const struct backend_job *job, const struct ruleset *legal,
			 const char *text, size_t length, const char *what,
			 struct verdict_text *failure)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new();
	struct diag *diag = diag_new(arena);
	struct ruleset *imported;

	if (import_text(job->backend, what, text, length, arena, &imported, diag) < 0) {
		fail(failure, what, diag_message(diag, 0)->text);
		return;
	}
	compare(legal, imported, DECIDE_BY_VERDICT, what, failure);
	compare(legal, imported, DECIDE_BY_ID, what, failure);
}

/* What is emitted must pass its own proof. */
static void check_proof(const struct backend_job *job, const struct backend_scope *scope,
			const struct artifact *artifact, struct verdict_text *failure)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new();
	struct diag *diag = diag_new(arena);
	const char *text = strbuf_text(&artifact->body);
	struct ruleset *imported;
	struct proof proof;

	if (import_text(job->backend, artifact->name, text, artifact->body.length, arena,
			&imported, diag) ||
	    obligation_prove(job, scope, imported, NULL, arena, &proof, diag) ||
	    obligation_report(job, &proof, artifact->name, diag))
		fail(failure, "the proof does not hold", diag_message(diag, 0)->text);
}

/* -- a kernel ---------------------------------------------------------------------- */

static bool has_kernel(void)
{
	return system("unshare -n nft list ruleset > /dev/null 2>&1") == 0;
}

/* What the kernel says it has after loading @text twice. */
static int list(const char *text, size_t length, struct strbuf *out)
{
	char path[] = "/tmp/postern-roundtrip-XXXXXX", buffer[65536], command[256];
	int file = mkstemp(path), status;
	size_t got;
	FILE *pipe;

	if (file < 0 || write(file, text, length) != (ssize_t)length)
		BUG("no file in /tmp");
	close(file);
	snprintf(command, sizeof(command),
		 "unshare -n sh -c 'nft -f %s && nft -f %s && nft list ruleset' 2>&1",
		 path, path);
	pipe = popen(command, "r");
	if (!pipe)
		BUG("no shell");
	while ((got = fread(buffer, 1, sizeof(buffer), pipe)))
		strbuf_add(out, buffer, got);
	status = pclose(pipe);
	unlink(path);
	return status;
}

static void compare_listing(const struct backend_job *job, const struct ruleset *legal,
			    const struct artifact *artifact, struct verdict_text *failure)
{
	CLEANUP(strbuf_release) struct strbuf listing = {0};

	if (list(strbuf_text(&artifact->body), artifact->body.length, &listing) != 0)
		fail(failure, "nft does not load it", strbuf_text(&listing));
	else
		compare_text(job, legal, strbuf_text(&listing), listing.length,
			     "what the kernel lists", failure);
}

/* -- a job ------------------------------------------------------------------------- */

static void check_pure(const struct backend_job *job, const struct legal *legal,
		       const struct artifact_list *first, struct verdict_text *failure)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new();
	CLEANUP(artifact_list_release) struct artifact_list again = {0};
	struct diag *diag = diag_new(arena);

	if (job->backend->emit(legal->rules, job, arena, &again, diag) < 0 ||
	    again.count != first->count) {
		fail(failure, "it cannot be emitted twice", NULL);
		return;
	}
	for (size_t i = 0; i < again.count; i++)
		if (strcmp(strbuf_text(&again.at[i]->body),
			   strbuf_text(&first->at[i]->body)) != 0)
			fail(failure, "emitting twice gives other bytes",
			     again.at[i]->name);
}

static void check_artifacts(const struct backend_job *job, const struct legal *legal,
			    const struct artifact_list *artifacts, bool load,
			    struct verdict_text *failure)
{
	check_pure(job, legal, artifacts, failure);
	for (size_t i = 0; i < artifacts->count; i++) {
		const struct artifact *artifact = artifacts->at[i];

		compare_text(job, legal->rules, strbuf_text(&artifact->body),
			     artifact->body.length, artifact->name, failure);
		if (load && strcmp(job->backend->name, "nftables") == 0)
			compare_listing(job, legal->rules, artifact, failure);
	}
}

/* -- cases ------------------------------------------------------------------------- */

/* Return: whether the case has rules at all */
static bool check_case(const char *spec, bool load, struct verdict_text *failure)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new();
	CLEANUP(strbuf_release) struct strbuf message = {0};
	char program[] = "postern", command[] = "compile";
	char *const argv[] = {program, command, arena_strdup(arena, spec), NULL};
	struct options *options;
	CLEANUP(compilation_close) struct compilation *compilation = NULL;
	size_t made = 0;

	if (options_parse(3, argv, arena, &options, &message))
		BUG("%s", strbuf_text(&message));
	compilation = compilation_open(options);
	if (compilation_read(compilation, spec) < 0)
		return false;
	for (size_t i = 0; i < compilation->spec->output_count; i++) {
		struct result result;

		if (compilation_job(compilation, i, &result) < 0)
			continue;
		if (compilation_make(compilation, &result) == 0) {
			made++;
			check_artifacts(result.job, &result.legal, &result.artifacts,
					load, failure);
		}
		artifact_list_release(&result.artifacts);
	}
	return made > 0;
}

static bool report(const char *name, const struct verdict_text *failure)
{
	if (failure->text[0])
		printf("not ok - roundtrip/%s: %s\n", name, failure->text);
	else
		printf("ok - roundtrip/%s\n", name);
	return !failure->text[0];
}

static bool check_cases(const char *pattern, bool load)
{
	bool fine = true;
	glob_t found;

	if (glob(pattern, 0, NULL, &found) != 0) {
		printf("not ok - roundtrip: there is no %s\n", pattern);
		return false;
	}
	for (size_t i = 0; i < found.gl_pathc; i++) {
		CLEANUP(arena_cleanup) struct arena *arena = arena_new();
		const char *spec = found.gl_pathv[i], *slash = strrchr(spec, '/');
		const char *begin = slash;
		struct verdict_text failure = {0};
		const char *name;

		while (begin[-1] != '/')
			begin--;
		name = arena_strndup(arena, begin, (size_t)(slash - begin));
		/* A case that is to make rules has them among its views. */
		if (check_case(spec, load, &failure) !=
		    (access(arena_printf(arena, "tests/golden/%s/out", name), F_OK) == 0))
			fail(&failure, "it makes rules and should not, or the other way",
			     NULL);
		fine &= report(name, &failure);
	}
	globfree(&found);
	return fine;
}

/* -- chance ------------------------------------------------------------------------ */

/* Return: whether the job is one that the back end takes */
static bool check_random(const struct backend *backend, uint64_t seed, bool load,
			 struct verdict_text *failure)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new();
	CLEANUP(artifact_list_release) struct artifact_list artifacts = {0};
	struct chance chance = {seed * 0x2545f4914f6cdd1du + 1};
	struct diag *diag = diag_new(arena);
	struct backend_job *job = random_job(&chance, backend, arena);
	struct backend_scope scope;
	struct legal legal;

	if (backend->check && backend->check(job, diag) < 0)
		return false;
	if (backend->scope(job, arena, &scope, diag) < 0 ||
	    backend_legalize(job, &scope, arena, &legal, diag) < 0 ||
	    backend->emit(legal.rules, job, arena, &artifacts, diag) < 0)
		fail(failure, "it cannot be said", diag_message(diag, 0)->text);
	else
		check_artifacts(job, &legal, &artifacts, load, failure);
	for (size_t i = 0; i < artifacts.count && !failure->text[0]; i++)
		check_proof(job, &scope, artifacts.at[i], failure);
	if (failure->text[0] && artifacts.count)
		fputs(strbuf_text(&artifacts.at[0]->body), stderr);
	return true;
}

static uint64_t setting(const char *name, uint64_t fallback)
{
	const char *value = getenv(name);

	return value ? strtoull(value, NULL, 10) : fallback;
}

static bool check_chance(const struct backend *backend, bool kernel)
{
	uint64_t first = setting("ROUNDTRIP_SEED", 1), taken = 0;
	uint64_t count = setting("ROUNDTRIP_CASES", DEFAULT_CASES);

	for (uint64_t seed = first; seed < first + count; seed++) {
		struct verdict_text failure = {0};

		taken += check_random(backend, seed, kernel && seed % LOAD_EVERY == 0,
				      &failure);
		if (!failure.text[0])
			continue;
		printf("not ok - roundtrip/random-%s: seed %llu: %s\n", backend->name,
		       (unsigned long long)seed, failure.text);
		return false;
	}
	printf("ok - roundtrip/random-%s: %llu intents\n", backend->name,
	       (unsigned long long)taken);
	return true;
}

int main(void)
{
	bool kernel = has_kernel(), fine = true;

	if (!kernel)
		puts("skip - roundtrip/kernel: nft or network namespaces cannot be used");
	fine &= check_cases("examples/*/postern.yaml", kernel);
	fine &= check_cases("tests/golden/*/postern.yaml", kernel);
	for (size_t i = 0; backends_at(i); i++)
		fine &= check_chance(backends_at(i), kernel);
	return fine ? 0 : 1;
}
