/* cmd_compile.c - postern compile SPEC */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "backends/followed_sets.h"
#include "backends/registry.h"
#include "compiler/bind.h"
#include "compiler/certificate.h"
#include "compiler/commands.h"
#include "compiler/compilation.h"
#include "compiler/live_answers.h"
#include "compiler/options.h"
#include "compiler/plan.h"
#include "compiler/proof_json.h"
#include "compiler/publish.h"
#include "compiler/terminal.h"
#include "rules/base/arena.h"

struct compile {
	struct compilation *compilation;
	struct result *results;
	size_t count;
	struct publish_file *files;
	size_t file_count, file_capacity;
	struct strbuf **certificates; /* whose bytes are among the files */
	size_t certificate_count, certificate_capacity;
};

/* Every name of --backend must be a back end's: a typing mistake would compile nothing.
 */
static int check_backend_names(const struct options *options)
{
	const struct option_values *names = &options->values[OPTION_BACKEND];

	for (size_t i = 0; i < names->count; i++)
		if (!backends_find(names->at[i])) {
			fprintf(stderr,
				"postern: there is no back end '%s'; 'postern backends' "
				"lists "
				"them\n",
				names->at[i]);
			return -1;
		}
	return 0;
}

/* A plan writes nothing, so there is no place to write to. */
static int check_plan(const struct options *options)
{
	if (!options_has(options, OPTION_PLAN) || (!options_has(options, OPTION_OUTPUT) &&
						   !options_has(options, OPTION_DRY_RUN)))
		return 0;
	fprintf(stderr, "postern: compile: --plan writes nothing; leave out --output and "
			"--dry-run\n");
	return -1;
}

static void add_file(struct compile *compile, const struct result *result,
		     const char *name, const struct strbuf *body)
{
	struct arena *arena = compile->compilation->arena;

	*arena_push(arena, compile->files, compile->file_count, compile->file_capacity) =
		(struct publish_file){
			.path = arena_printf(arena, "%s/%s", result->job->name, name),
			.bytes = strbuf_text(body),
			.length = body->length,
		};
}

static int add_certificate(struct compile *compile, struct result *result)
{
	const struct compilation *compilation = compile->compilation;
	struct strbuf *text = arena_make(compilation->arena, struct strbuf);

	*arena_push(compilation->arena, compile->certificates, compile->certificate_count,
		    compile->certificate_capacity) = text;
	if (certificate_write(compilation, result, result->rules, text) < 0)
		return -1;
	add_file(compile, result, CERTIFICATE_NAME, text);
	return 0;
}

/* --live, --locked and what belongs to them. */
static int check_live(const struct options *options)
{
	const char *mistake = live_usage_mistake(options);

	if (mistake)
		fprintf(stderr, "postern: compile: %s\n", mistake);
	return mistake ? -1 : 0;
}

/* Makes and proves one output; its artifacts join the files to write. */
static int compile_output(struct compile *compile, size_t index)
{
	struct compilation *compilation = compile->compilation;
	struct result *result = &compile->results[compile->count];

	if (compilation_job(compilation, index, result) < 0)
		return -1;
	compile->count++;
	if (compilation_make(compilation, result) < 0)
		return -1;
	for (size_t i = 0; i < result->artifacts.count; i++)
		add_file(compile, result, result->artifacts.at[i]->name,
			 &result->artifacts.at[i]->body);
	if (compilation_prove(compilation, result) < 0)
		return -1;
	return options_has(compilation->options, OPTION_CERTIFICATE)
		       ? add_certificate(compile, result)
		       : 0;
}

static void compile_outputs(struct compile *compile)
{
	const struct options *options = compile->compilation->options;
	const struct spec *spec = compile->compilation->spec;
	struct progress progress;

	compile->results = arena_array(compile->compilation->arena, spec->output_count,
				       struct result);
	progress_begin(&progress, STDERR_FILENO, options_has(options, OPTION_QUIET),
		       "compiling and proving");
	for (size_t i = 0; i < spec->output_count; i++) {
		if (!options_lists(options, OPTION_BACKEND,
				   spec->outputs[i]->backend->name))
			continue;
		progress_update(&progress, i, spec->output_count);
		/* One impossible output fails the run; the others are still looked at. */
		(void)compile_output(compile, i);
	}
	progress_end(&progress);
}

/* How many flows are left out for each reason; reasons are few and come in runs. */
static void print_not_covered(const struct result *result)
{
	const struct not_covered *skipped = result->legal.not_covered;
	size_t count = result->legal.not_covered_count;

	for (size_t i = 0, end; i < count; i = end) {
		for (end = i + 1;
		     end < count && !strcmp(skipped[i].reason, skipped[end].reason);)
			end++;
		printf("  not covered here: %zu flow%s (%s)\n", end - i,
		       end - i == 1 ? "" : "s", skipped[i].reason);
	}
}

/* The names that have a set which is filled from outside. */
static size_t count_followed(const struct result *result)
{
	const struct intent *intent = result->job->intent;
	struct textmap names = {0};
	CLEANUP(arena_cleanup) struct arena *arena = arena_new();
	size_t count = 0;

	for (size_t i = 0; i < intent->flow_count; i++) {
		struct flow *flow = intent->flows[i];

		if (!backend_covers(result->job, flow) ||
		    !followed_flow(result->job, flow) || textmap_get(&names, flow->name))
			continue;
		textmap_put(&names, flow->name, flow, arena);
		count++;
	}
	return count;
}

/* How many addresses are open; a target that matches names opens names. */
static void print_open(const struct result *result)
{
	char destinations[COUNT_TEXT_MAX];
	size_t clients = result->job->client_count, followed = count_followed(result);

	if (result->job->backend->kind == BACKEND_KIND_RESOLVER) {
		printf(" for %zu client%s\n", clients, clients == 1 ? "" : "s");
		return;
	}
	if (!result->job->backend->request && !result->proof.excess_unknown)
		printf(", %s destination addresses",
		       count_format(&result->proof.destinations, destinations));
	if (followed)
		printf("%s those of %zu followed name%s",
		       result->proof.excess_unknown ? "," : " and", followed,
		       followed == 1 ? "" : "s");
	if (result->job->backend->request || (result->proof.excess_unknown && !followed))
		printf(",");
	printf(" open");
	printf(" to %zu client%s\n", clients, clients == 1 ? "" : "s");
}

/* What service tags open beyond the intent, if anything. */
static void print_excess(const struct result *result)
{
	char count[COUNT_TEXT_MAX];
	CLEANUP(strbuf_release) struct strbuf packet = {0};

	if (result->legal.coverage_not_shown)
		printf("  coverage not shown: no tag file says what the service tags "
		       "hold\n");
	if (!result->proof.wider)
		return;
	if (result->proof.excess_unknown) {
		printf("  wider than asked for by whatever else the service tags hold\n");
		return;
	}
	packet_format(&result->proof.excess_packet, &packet);
	printf("  wider than asked for by %s destination addresses of service tags, for "
	       "example %s\n",
	       count_format(&result->proof.excess, count), strbuf_text(&packet));
}

static void print_result(const struct compile *compile, const struct result *result,
			 const char *written, const char *folder)
{
	size_t rules = ruleset_count_rules(result->legal.rules);

	printf("%s (%s): proved %s for all %ss: %zu rule%s", result->job->name,
	       result->job->backend->name, result->proof.wider ? "wider" : "exact",
	       result->scope.level, rules, rules == 1 ? "" : "s");
	print_open(result);
	print_excess(result);
	for (size_t i = 0; i < result->scope.assumption_count; i++)
		printf("  assuming that %s\n", result->scope.assumptions[i]);
	print_not_covered(result);
	for (size_t i = 0; i < compile->file_count; i++)
		if (strncmp(compile->files[i].path, result->job->name,
			    strlen(result->job->name)) == 0 &&
		    compile->files[i].path[strlen(result->job->name)] == '/')
			printf("  %s %s/%s\n", written, folder, compile->files[i].path);
}

static enum exit_code publish_all(struct compile *compile, const struct strbuf *proof)
{
	const struct options *options = compile->compilation->options;
	const char *folder = options_text(options, OPTION_OUTPUT), *failed;
	struct publish_file *last =
		arena_push(compile->compilation->arena, compile->files,
			   compile->file_count, compile->file_capacity);
	int error;

	*last = (struct publish_file){PROOF_JSON_NAME, strbuf_text(proof), proof->length};
	if (options_has(options, OPTION_DRY_RUN))
		return EXIT_FINE;
	error = publish(folder, compile->files, compile->file_count,
			compile->compilation->arena, &failed);
	if (!error)
		return EXIT_FINE;
	diag_report(compile->compilation->diag, DIAG_FILE_WRITE, SPAN_NONE,
		    "'%s' cannot be written: %s", failed, strerror(-error));
	return EXIT_SYSTEM;
}

static void print_results(const struct compile *compile, const struct strbuf *proof)
{
	const struct options *options = compile->compilation->options;
	const char *folder = options_text(options, OPTION_OUTPUT);
	const char *written =
		options_has(options, OPTION_DRY_RUN) ? "would write" : "wrote";

	if (options_is(options, OPTION_FORMAT, "json")) {
		fputs(strbuf_text(proof), stdout);
		return;
	}
	if (options_has(options, OPTION_QUIET))
		return;
	for (size_t i = 0; i < compile->count; i++)
		print_result(compile, &compile->results[i], written, folder);
	printf("%s %s/%s\n", written, folder, PROOF_JSON_NAME);
}

static void release(struct compile *compile)
{
	for (size_t i = 0; i < compile->count; i++)
		artifact_list_release(&compile->results[i].artifacts);
	for (size_t i = 0; i < compile->certificate_count; i++)
		strbuf_release(compile->certificates[i]);
}

static void print_plan(const struct compile *compile)
{
	struct compilation *compilation = compile->compilation;
	const struct options *options = compilation->options;
	CLEANUP(strbuf_release) struct strbuf out = {0};
	struct plan plan;

	if (plan_make(compilation, compile->results, compile->count,
		      options_text(options, OPTION_PLAN), &plan) < 0)
		return;
	if (options_is(options, OPTION_FORMAT, "json"))
		plan_json(&plan, &out);
	else
		plan_markdown(&plan, &out);
	fputs(strbuf_text(&out), stdout);
}

/* Everything is made and proved. */
static void finish(struct compile *compile)
{
	CLEANUP(strbuf_release) struct strbuf proof = {0};

	if (options_has(compile->compilation->options, OPTION_PLAN)) {
		print_plan(compile);
		return;
	}
	/* The files are complete here; the proof lists them, and comes last. */
	proof_json(compile->compilation, compile->results, compile->count, compile->files,
		   compile->file_count, &proof);
	if (publish_all(compile, &proof) == EXIT_FINE)
		print_results(compile, &proof);
}

enum exit_code cmd_compile(const struct options *options)
{
	CLEANUP(compilation_close)
	struct compilation *compilation = compilation_open(options);
	CLEANUP(release) struct compile compile = {.compilation = compilation};

	if (check_backend_names(options) < 0 || check_live(options) < 0 ||
	    check_plan(options) < 0)
		return EXIT_USAGE;
	if (compilation_read(compilation, options->arguments[0]) == 0)
		compile_outputs(&compile);
	if (!diag_errors(compilation->diag))
		intent_report_unbound(compilation->intent, compilation->arena,
				      compilation->diag);
	if (!diag_errors(compilation->diag) && !compile.count)
		diag_report(compilation->diag, DIAG_NOTHING_TO_COMPILE,
			    compilation->spec->at,
			    "the spec has no output for the back ends asked for");
	if (!diag_errors(compilation->diag))
		finish(&compile);
	return compilation_finish(compilation);
}
