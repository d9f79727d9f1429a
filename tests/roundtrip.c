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
#include <ctype.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "backends/backend_live.h"
#include "backends/followed_sets.h"
#include "backends/obligation.h"
#include "backends/registry.h"
#include "compiler/compilation.h"
#include "compiler/import_context.h"
#include "compiler/options.h"
#include "rules/base/arena.h"
#include "tests/oracle/random_intent.h"

/* Enough for each kind of group to meet each other, in some seconds. */
#define DEFAULT_CASES 2000u

/* One random intent in so many, at least, is one that a target can say. */
#define LEAST_TAKEN 10u

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

/* Are both the same where packets can be at all?  Cuts both down to that. */
static bool same_within(struct comparison *comparison, const struct match *universe)
{
	struct pset set = pset_match(comparison->diagram, universe);

	comparison->a = decision_within(comparison->diagram, comparison->a, set);
	comparison->b = decision_within(comparison->diagram, comparison->b, set);
	return comparison->a.node == comparison->b.node;
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
	} else if (!same_within(&comparison, &path->universe)) {
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

/** struct context - What the importer may know of a job besides its artifacts */
struct context {
	const struct backend_job *job;
	const struct textmap *tags;
	const struct textmap *names;
};

static int import_files(const struct context *context, struct import_file *files,
			size_t count, struct arena *arena, struct ruleset **ret_rules,
			struct diag *diag)
{
	const struct import_input input = {
		.files = files,
		.file_count = count,
		.tags = context->tags,
		.names = context->names,
		.bare = true,
	};

	for (size_t i = 0; i < count; i++)
		files[i].source = diag_add_source(diag, files[i].name, files[i].text,
						  files[i].length);
	return context->job->backend->import(&input, arena, ret_rules, diag);
}

static void compare_files(const struct context *context, const struct ruleset *legal,
			  struct import_file *files, size_t count, const char *what,
			  struct verdict_text *failure)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new();
	struct diag *diag = diag_new(arena);
	struct ruleset *imported;

	if (import_files(context, files, count, arena, &imported, diag) < 0) {
		fail(failure, what, diag_message(diag, 0)->text);
		return;
	}
	compare(legal, imported, DECIDE_BY_VERDICT, what, failure);
	compare(legal, imported, DECIDE_BY_ID, what, failure);
}

static struct import_file *artifact_files(const struct artifact_list *artifacts,
					  struct arena *arena)
{
	struct import_file *files =
		arena_array(arena, artifacts->count, struct import_file);

	for (size_t i = 0; i < artifacts->count; i++)
		files[i] = (struct import_file){
			.name = artifacts->at[i]->name,
			.text = strbuf_text(&artifacts->at[i]->body),
			.length = artifacts->at[i]->body.length,
		};
	return files;
}

/* What is emitted must pass its own proof. */
static void check_proof(const struct context *context, const struct backend_scope *scope,
			const struct artifact_list *artifacts,
			struct verdict_text *failure)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new();
	struct diag *diag = diag_new(arena);
	struct ruleset *imported;
	struct proof proof;

	if (import_files(context, artifact_files(artifacts, arena), artifacts->count,
			 arena, &imported, diag) ||
	    obligation_prove(context->job, scope, imported, NULL, arena, &proof, diag) ||
	    obligation_report(context->job, &proof, "it", diag))
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

static void compare_listing(const struct context *context, const struct ruleset *legal,
			    const struct artifact *artifact, struct verdict_text *failure)
{
	CLEANUP(strbuf_release) struct strbuf listing = {0};
	struct import_file file = {.name = "listing"};

	if (list(strbuf_text(&artifact->body), artifact->body.length, &listing) != 0) {
		fail(failure, "nft does not load it", strbuf_text(&listing));
		return;
	}
	file.text = strbuf_text(&listing);
	file.length = listing.length;
	compare_files(context, legal, &file, 1, "what the kernel lists", failure);
}

/* -- what is loaded ------------------------------------------------------------------ */

/* The kernel's expressions for the text, read as what they mean: two translations that
 * share no code. */
static void compare_image(const struct context *context, const struct ruleset *legal,
			  struct import_file *files, size_t count,
			  struct verdict_text *failure)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new();
	const struct backend_live *live = backend_live_find(context->job->backend->name);
	struct diag *diag = diag_new(arena);
	struct live_image *image;
	struct ruleset *imported, *rules;

	if (!live)
		return;
	image = live->image(arena);
	if (import_files(context, files, count, arena, &imported, diag) < 0 ||
	    live->plan(imported, arena, image, diag) < 0) {
		fail(failure, "it cannot be planned", diag_message(diag, 0)->text);
		return;
	}
	live->rules(image, arena, &rules);
	compare(legal, rules, DECIDE_BY_VERDICT, "what would be loaded", failure);
	compare(legal, rules, DECIDE_BY_ID, "what would be loaded", failure);
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

/* Does the text declare "inet#TABLE#SET"?  So a resolver is told. */
static bool declares(const char *text, const char *path, struct arena *arena)
{
	const char *table = strchr(path, '#') + 1, *set = strchr(table, '#') + 1;
	const char *block =
		arena_printf(arena, "table inet %.*s {\n", (int)(set - 1 - table), table);
	const char *line = arena_printf(arena, "\tset %s { type ", set);

	return strncmp(path, "inet#", 5) == 0 && strstr(text, block) &&
	       strstr(text, line);
}

/* Sets that others fill are called as those are told, and are never emptied. */
static void check_followed(const struct backend_job *job, const struct artifact *artifact,
			   struct verdict_text *failure)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new();
	const char *text = strbuf_text(&artifact->body);

	for (size_t i = 0; i < job->intent->flow_count; i++) {
		const struct flow *flow = job->intent->flows[i];
		unsigned declared = 0;

		if (!backend_covers(job, flow) || !followed_flow(job, flow))
			continue;
		for (unsigned family = 0; family < FAMILY_COUNT; family++) {
			const char *path =
				followed_path(job, flow, (enum family)family, arena);

			declared += declares(text, path, arena);
			if (strstr(text,
				   arena_printf(arena, "flush set inet postern_%s %s\n",
						backend_setting(job, "hook"),
						strrchr(path, '#') + 1)))
				fail(failure, "a followed set is emptied", path);
		}
		if (!declared)
			fail(failure, "a followed name has no set", flow->name);
	}
}

static void check_artifacts(const struct context *context, const struct legal *legal,
			    const struct artifact_list *artifacts, bool load,
			    struct verdict_text *failure)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new();

	check_pure(context->job, legal, artifacts, failure);
	check_followed(context->job, artifacts->at[0], failure);
	compare_files(context, legal->rules, artifact_files(artifacts, arena),
		      artifacts->count, artifacts->at[0]->name, failure);
	compare_image(context, legal->rules, artifact_files(artifacts, arena),
		      artifacts->count, failure);
	if (load && strcmp(context->job->backend->name, "nftables") == 0)
		compare_listing(context, legal->rules, artifacts->at[0], failure);
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
			const struct context context = {
				.job = result.job,
				.tags = import_tags(compilation->tags, arena),
				.names = import_names(result.job, arena),
			};

			made++;
			check_artifacts(&context, &result.legal, &result.artifacts, load,
					failure);
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

/* The tags of a job's flows, as a tag file would say what they hold. */
static const struct textmap *flow_tags(const struct intent *intent, struct arena *arena)
{
	struct textmap *map = arena_make(arena, struct textmap);

	for (size_t i = 0; i < intent->flow_count; i++)
		for (size_t j = 0; j < intent->flows[i]->tag_count; j++) {
			const struct flow_tag *tag = &intent->flows[i]->tags[j];
			struct addr_set *addresses = arena_make(arena, struct addr_set);
			char *name = arena_strdup(arena, tag->name);

			if (!tag->addresses)
				return NULL;
			for (char *c = name; *c; c++)
				*c = (char)tolower((unsigned char)*c);
			*addresses = *tag->addresses;
			textmap_put(map, name, addresses, arena);
		}
	return map;
}

/* A target need not be able to say whatever chance asks for; it has to say so. */
static bool is_refusal(const struct diag *diag)
{
	static const enum diag_code codes[] = {
		DIAG_BACKEND_CANNOT, DIAG_BACKEND_LIMIT, DIAG_NOT_ACCEPTED,
		DIAG_ADDRESS_NEEDED, DIAG_TAG_COVERAGE,	 DIAG_RESOLVER_OUTPUT,
	};
	bool refused = diag_errors(diag) > 0;
	const struct diag_message *message;

	for (size_t i = 0; (message = diag_message(diag, i)); i++) {
		bool known = diag_info(message->code)->severity != DIAG_ERROR;

		for (size_t j = 0; j < ARRAY_SIZE(codes); j++)
			known |= message->code == codes[j];
		refused &= known;
	}
	return refused;
}

/* Return: whether the job is one that the back end takes */
static bool check_random(const struct backend *backend, uint64_t seed, bool load,
			 struct verdict_text *failure)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new();
	CLEANUP(artifact_list_release) struct artifact_list artifacts = {0};
	struct chance chance = {seed * 0x2545f4914f6cdd1du + 1};
	struct diag *diag = diag_new(arena);
	struct backend_job *job = random_job(&chance, backend, arena);
	const struct context context = {
		.job = job,
		.tags = flow_tags(job->intent, arena),
		.names = import_names(job, arena),
	};
	struct backend_scope scope;
	struct legal legal;

	if (backend->check && backend->check(job, diag) < 0)
		return false;
	if (backend->scope(job, arena, &scope, diag) < 0 ||
	    backend_legalize(job, &scope, arena, &legal, diag) < 0 ||
	    backend->emit(legal.rules, job, arena, &artifacts, diag) < 0) {
		if (is_refusal(diag))
			return false;
		fail(failure, "it cannot be said", diag_message(diag, 0)->text);
		return true;
	}
	check_artifacts(&context, &legal, &artifacts, load, failure);
	if (!failure->text[0])
		check_proof(&context, &scope, &artifacts, failure);
	if (failure->text[0])
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
	/* A back end that refuses nearly everything would pass with ease. */
	printf("%s - roundtrip/random-%s: %llu intents\n",
	       taken * LEAST_TAKEN >= count ? "ok" : "not ok", backend->name,
	       (unsigned long long)taken);
	return taken * LEAST_TAKEN >= count;
}

int main(void)
{
	bool kernel = has_kernel(), fine = true;

	/* In CI a lock with gaps is refused, and some cases have one on purpose. */
	unsetenv("CI");
	if (!kernel)
		puts("skip - roundtrip/kernel: nft or network namespaces cannot be used");
	fine &= check_cases("examples/*/postern.yaml", kernel);
	fine &= check_cases("tests/golden/*/postern.yaml", kernel);
	for (size_t i = 0; backends_at(i); i++)
		fine &= check_chance(backends_at(i), kernel);
	return fine ? 0 : 1;
}
