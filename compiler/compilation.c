/* compilation.c - One run: from a spec to proved artifacts. */
#include "compiler/compilation.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "backends/obligation.h"
#include "backends/registry.h"
#include "compiler/bind.h"
#include "compiler/bind_tags.h"
#include "compiler/commands.h"
#include "compiler/endpoints.h"
#include "compiler/import_context.h"
#include "compiler/live_answers.h"
#include "compiler/options.h"
#include "compiler/parse.h"
#include "compiler/report.h"
#include "compiler/terminal.h"
#include "rules/base/arena.h"

#define LOCK_NAME "postern.lock"

struct compilation *compilation_open(const struct options *options)
{
	struct arena *arena = arena_new();
	struct compilation *compilation = arena_make(arena, struct compilation);

	compilation->arena = arena;
	compilation->diag = diag_new(arena);
	compilation->options = options;
	compilation->input = input_new(arena, compilation->diag);
	return compilation;
}

void compilation_close(struct compilation **compilation)
{
	if (*compilation)
		arena_free((*compilation)->arena);
	*compilation = NULL;
}

const char *compilation_lock_path(struct compilation *compilation, const char *path)
{
	const char *given = options_text(compilation->options, OPTION_LOCK);
	const char *slash = strrchr(path, '/');

	if (given)
		return given;
	return slash ? arena_printf(compilation->arena, "%.*s/" LOCK_NAME,
				    (int)(slash - path), path)
		     : LOCK_NAME;
}

bool compilation_has_lock(struct compilation *compilation, const char *path)
{
	return access(compilation_lock_path(compilation, path), F_OK) == 0;
}

int compilation_read_lock(struct compilation *compilation, const char *path)
{
	const char *given = options_text(compilation->options, OPTION_LOCK);

	if (!given && !compilation_has_lock(compilation, path))
		return 0;
	compilation->lock_file = input_read(compilation->input, given ? given : LOCK_NAME,
					    given ? NULL : path, SPAN_NONE);
	if (!compilation->lock_file)
		return -1;
	return lock_read(compilation->lock_file, compilation->arena, &compilation->lock,
			 compilation->diag);
}

int compilation_read_meta(struct compilation *compilation, const char *path,
			  struct lock_meta *ret_meta)
{
	const char *given = options_text(compilation->options, OPTION_LOCK);
	const char *name = arena_printf(compilation->arena, "%s" LOCK_META_SUFFIX,
					given ? given : LOCK_NAME);
	const struct input_file *file;

	if (access(arena_printf(compilation->arena, "%s" LOCK_META_SUFFIX,
				compilation_lock_path(compilation, path)),
		   F_OK) != 0)
		return 0;
	file = input_read(compilation->input, name, given ? NULL : path, SPAN_NONE);
	return file ? lock_meta_read(file, compilation->arena, ret_meta,
				     compilation->diag)
		    : -1;
}

void compilation_use_intent(struct compilation *compilation, struct intent *intent)
{
	compilation->intent = intent;
	compilation->senders = (struct textmap){0};
	for (size_t i = 0; i < intent->client_count; i++)
		textmap_put(&compilation->senders, intent->clients[i]->name,
			    intent->clients[i], compilation->arena);
}

int compilation_read_tags(struct compilation *compilation)
{
	const char *given = options_text(compilation->options, OPTION_SERVICE_TAGS);
	const struct word *written = &compilation->spec->service_tags;
	const struct input_file *file;

	if (given)
		file = input_read(compilation->input, given, NULL, SPAN_NONE);
	else if (written->text)
		file = input_read(compilation->input, written->text,
				  compilation->spec_file->path, written->at);
	else
		return 0;
	compilation->tags_file = file;
	if (!file || tags_read(&file, 1, compilation->arena, &compilation->tags,
			       compilation->diag))
		return -1;
	return tags_check_cloud(compilation->tags, compilation->spec->cloud,
				compilation->diag);
}

/* A back end of --backend that makes nothing but data needs no output in the spec. */
static const struct backend *implied_backend(const struct options *options)
{
	const struct option_values *names = &options->values[OPTION_BACKEND];

	for (size_t i = 0; i < names->count; i++) {
		const struct backend *backend = backends_find(names->at[i]);

		if (backend && backend->kind == BACKEND_KIND_DATA)
			return backend;
	}
	return NULL;
}

int compilation_derive(struct compilation *compilation, const char *path)
{
	const struct parse_options options = {
		.strict = options_has(compilation->options, OPTION_STRICT),
		.files = compilation->input,
		.implied = implied_backend(compilation->options),
	};
	struct doc *doc;

	compilation->spec_file = input_read(compilation->input, path, NULL, SPAN_NONE);
	if (!compilation->spec_file ||
	    document_read(compilation->spec_file, compilation->arena, &doc,
			  compilation->diag) < 0 ||
	    spec_parse(doc, &options, compilation->arena, &compilation->spec,
		       compilation->diag) < 0)
		return -1;
	if (endpoints_derive(compilation->spec, compilation->arena, &compilation->intent,
			     compilation->diag) < 0)
		return -1;
	compilation_use_intent(compilation, compilation->intent);
	return 0;
}

int compilation_read(struct compilation *compilation, const char *path)
{
	if (compilation_derive(compilation, path) < 0 ||
	    compilation_read_lock(compilation, path) < 0 ||
	    compilation_read_tags(compilation) < 0 || live_resolve(compilation) < 0)
		return -1;
	if (intent_bind(compilation->intent, compilation->spec, compilation->lock,
			compilation->arena, compilation->diag) < 0)
		return -1;
	intent_bind_tags(compilation->intent, compilation->tags, compilation->arena);
	return 0;
}

static void add_client(const struct compilation *compilation, struct backend_job *job,
		       const char *name)
{
	struct flow_client *client = textmap_get(&compilation->senders, name);

	if (client)
		job->clients[job->client_count++] = client;
}

/* An output may name its clients in any order. */
static int compare_clients(const void *one, const void *other)
{
	const struct flow_client *const *a = one, *const *b = other;

	return ((*a)->index > (*b)->index) - ((*a)->index < (*b)->index);
}

int compilation_job(struct compilation *compilation, size_t index,
		    struct result *ret_result)
{
	struct output *output = compilation->spec->outputs[index];
	struct arena *arena = compilation->arena;
	struct backend_job *job = arena_make(arena, struct backend_job);

	job->backend = output->backend;
	job->name = output->name.text;
	job->at = output->at;
	job->intent = compilation->intent;
	/* What is kept besides is for packets; answers are whole or they are wrong. */
	job->deny = compilation->spec->egress.deny ||
		    job->backend->kind == BACKEND_KIND_RESOLVER;
	job->log = compilation->spec->egress.log;
	job->accepts_tags = compilation->spec->egress.accept & ACCEPT_SERVICE_TAG;
	job->accepts_pinned = compilation->spec->egress.accept & ACCEPT_PINNED_ADDRESSES;
	job->settings = output->settings;
	job->setting_count = output->setting_count;
	job->clients = arena_array(arena, output->client_count + 1, struct flow_client *);
	for (size_t i = 0; i < output->client_count; i++)
		add_client(compilation, job, output->clients[i]->name.text);
	/* The proxy goes where the clients do, unless the output names whom it is for, or
	 * is the proxy's own. */
	if (!output->clients_written && !backend_setting_is(job, "hook", "output") &&
	    job->backend->kind != BACKEND_KIND_PROXY)
		add_client(compilation, job, "proxy");
	if (job->client_count)
		qsort(job->clients, job->client_count, sizeof(*job->clients),
		      compare_clients);
	*ret_result = (struct result){.job = job};
	if (job->backend->check && job->backend->check(job, compilation->diag) < 0)
		return -1;
	return job->backend->scope(job, arena, &ret_result->scope, compilation->diag);
}

int compilation_make(struct compilation *compilation, struct result *result)
{
	const struct backend *backend = result->job->backend;

	if (backend_legalize(result->job, &result->scope, compilation->arena,
			     &result->legal, compilation->diag) < 0)
		return -1;
	return backend->emit(result->legal.rules, result->job, compilation->arena,
			     &result->artifacts, compilation->diag);
}

/* Reads @files back in the light of @scope and proves them. */
static int prove_files(struct compilation *compilation, const struct result *result,
		       const struct backend_scope *scope, const struct import_file *files,
		       size_t count, const char *name, struct ruleset **ret_rules,
		       struct proof *ret_proof)
{
	struct arena *arena = compilation->arena;
	const struct import_input input = {
		.files = files,
		.file_count = count,
		.tags = import_tags(compilation->tags, arena),
		.names = import_names(result->job, arena),
		.bare = true,
	};

	if (result->job->backend->import(&input, arena, ret_rules, compilation->diag) < 0)
		return -1;
	if (obligation_prove(result->job, scope, *ret_rules, NULL, arena, ret_proof,
			     compilation->diag) < 0)
		return -1;
	return obligation_report(result->job, ret_proof, name, compilation->diag);
}

static struct import_file import_file(struct compilation *compilation, const char *name,
				      const char *text, size_t length)
{
	return (struct import_file){
		.name = name,
		.text = text,
		.length = length,
		.source = diag_add_source(compilation->diag, name, text, length),
	};
}

/* The artifacts as part of a text of others: what is around them may not change how the
 * flows fare; what is not governed is that text's own business. */
static int prove_in_frame(struct compilation *compilation, const struct result *result,
			  struct import_file *files, size_t count, const char *name)
{
	const struct import_file *frame = result->scope.frame;
	struct backend_scope scope = result->scope;
	struct ruleset *rules;
	struct proof proof;

	scope.outside = BACKEND_ANY_VERDICT;
	files[0] = import_file(compilation, frame->name, frame->text, frame->length);
	return prove_files(compilation, result, &scope, files, count + 1, name, &rules,
			   &proof);
}

int compilation_prove(struct compilation *compilation, struct result *result)
{
	size_t count = result->artifacts.count;
	/* [0] is for the frame */
	struct import_file *files =
		arena_array(compilation->arena, count + 1, struct import_file);
	const char *name = NULL;

	for (size_t i = 0; i < count; i++) {
		const struct artifact *artifact = result->artifacts.at[i];
		const char *path = arena_printf(compilation->arena, "%s/%s",
						result->job->name, artifact->name);

		name = name ? name : path;
		files[i + 1] =
			import_file(compilation, path, strbuf_text(&artifact->body),
				    artifact->body.length);
		/* Artifacts refer to each other as they stand in their folder. */
		if (i)
			files[i + 1].name = artifact->name;
	}
	if (!count)
		BUG("output '%s' has no artifact", result->job->name);
	if (prove_files(compilation, result, &result->scope, files + 1, count, name,
			&result->rules, &result->proof) < 0)
		return -1;
	if (!result->scope.frame)
		return 0;
	files[1].name = result->artifacts.at[0]->name;
	return prove_in_frame(compilation, result, files, count, name);
}

enum exit_code compilation_finish(struct compilation *compilation)
{
	const struct options *options = compilation->options;
	const struct report_options how = {
		.json = options_is(options, OPTION_FORMAT, "json"),
		.color = terminal_color(STDERR_FILENO,
					options_text(options, OPTION_COLOR)),
		.quiet = options_has(options, OPTION_QUIET),
	};
	CLEANUP(strbuf_release) struct strbuf text = {0};

	report_print(compilation->diag, &how, &text);
	fputs(strbuf_text(&text), stderr);
	if (!diag_errors(compilation->diag))
		return EXIT_FINE;
	return report_is_system_failure(compilation->diag) ? EXIT_SYSTEM : EXIT_FOUND;
}
