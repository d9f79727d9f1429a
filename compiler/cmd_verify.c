/* cmd_verify.c - postern verify SPEC FILE... */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "backends/json.h"
#include "backends/obligation.h"
#include "compiler/commands.h"
#include "compiler/compilation.h"
#include "compiler/import_context.h"
#include "compiler/live_answers.h"
#include "compiler/options.h"
#include "compiler/rule_text.h"
#include "compiler/rules_file.h"
#include "rules/base/arena.h"
#include "rules/ruleset_text.h"

/* A lock's 100 000 addresses are not read one by one; the counts tell. */
#define MAX_ROWS_PRINTED 200

struct verification {
	struct compilation *compilation;
	struct result result;
	const struct input_file *file;
	struct obligation_detail detail;
	bool holds;
};

/* "by line 12 'comment'", or why no rule decides. */
static const char *decider_text(const struct verification *job,
				const struct proof_decider *decider)
{
	const struct rule *rule = decider->rule;
	const struct diag_source *source;
	struct arena *arena = job->compilation->arena;

	if (decider->unknown)
		return arena_printf(arena, "it depends on %s", decider->unknown);
	if (!rule)
		return verdict_by_default(decider->verdict);
	source = diag_get_source(job->compilation->diag, rule->at.source);
	if (!source)
		return rule->name ? rule->name : "a rule";
	return arena_printf(arena, "line %zu%s%s%s",
			    diag_place(source, rule->at.begin).line,
			    rule->name ? " '" : "", rule->name ? rule->name : "",
			    rule->name ? "'" : "");
}

static const struct proof_decider *row_decider(const struct proof_row *row)
{
	return row->refused ? &row->refused_by : &row->admitted_by;
}

/* Under 'default: keep' what counts is the mark. */
static const char *row_state(const struct verification *job, const struct proof_row *row)
{
	bool marks = backend_setting(job->result.job, "mark") != NULL;

	if (!row->refused)
		return !row->admitted ? "impossible" : marks ? "marked" : "admitted";
	if (row->admitted)
		return "partly";
	if (row->refused_by.unknown)
		return "unsure";
	return marks ? "unmarked" : "refused";
}

/* Where the packets of a row go: to addresses, or wherever a name or a tag leads. */
static const char *row_where(const struct obligation_flow *of, char *address)
{
	if (of->has_range)
		return addr_range_format(of->family, &of->range, address);
	return of->tag ? of->tag : of->flow->name;
}

static void print_row(const struct verification *job, size_t index)
{
	const struct obligation_flow *of = &job->detail.flows[index];
	const struct proof_row *row = &job->result.proof.rows[index];
	CLEANUP(strbuf_release) struct strbuf text = {0};
	char address[ADDR_TEXT_MAX];

	strbuf_printf(&text, "  %-9s %s -> %s ", row_state(job, row),
		      of->flow->client->name, row_where(of, address));
	if (job->result.job->backend->kind == BACKEND_KIND_RESOLVER) {
		strbuf_printf(&text, "(%s)", of->flow->reason);
	} else {
		flow_describe_service(of->flow, &text);
		strbuf_printf(&text, " (%s)",
			      of->flow->name ? of->flow->name : of->flow->reason);
	}
	strbuf_printf(&text, ": %s\n", decider_text(job, row_decider(row)));
	if (row->refused) {
		strbuf_puts(&text, "            for example ");
		packet_format(&row->refused_packet, &text);
		strbuf_putc(&text, '\n');
	}
	fputs(strbuf_text(&text), stdout);
}

/* Rows that say the same for addresses of one flow become one line. */
static void print_rows(const struct verification *job)
{
	size_t printed = 0, left = 0;

	for (size_t i = 0; i < job->detail.flow_count; i++) {
		if (job->result.proof.rows[i].refused || printed < MAX_ROWS_PRINTED) {
			print_row(job, i);
			printed++;
		} else {
			left++;
		}
	}
	if (left)
		printf("  and %zu more, all of them admitted\n", left);
}

static void print_beyond(const struct verification *job)
{
	const struct proof *proof = &job->result.proof;
	bool resolver = job->result.job->backend->kind == BACKEND_KIND_RESOLVER;

	if (!proof->box_count)
		printf("  nothing is %s beyond the spec%s\n",
		       resolver ? "answered" : "admitted",
		       job->detail.intent_ports
			       ? " at its ports; other ports were not looked at"
			       : "");
	for (size_t i = 0; i < proof->box_count; i++) {
		CLEANUP(strbuf_release) struct strbuf box = {0};

		box_format(&proof->boxes[i], resolver ? 1u << FIELD_APPLICATION : 0,
			   job->compilation->arena, &box);
		printf("  beyond:   %s\n", strbuf_text(&box));
	}
	if (proof->box_count && !proof->boxes_complete)
		printf("  beyond:   and more\n");
}

static void print_text(const struct verification *job)
{
	char count[COUNT_TEXT_MAX];

	printf("%s: ", job->file->name);
	if (!job->holds)
		fputs("not what the spec says", stdout);
	else if (job->detail.intent_ports)
		fputs("proved for the ports of the spec", stdout);
	else
		printf("proved for all %ss", job->result.scope.level);
	printf(", as output '%s' of the spec\n", job->result.job->name);
	if (job->result.proof.excess_unknown) {
		puts("  wider than asked for by whatever else the service tags hold");
	} else if (job->result.proof.wider) {
		CLEANUP(strbuf_release) struct strbuf packet = {0};

		packet_format(&job->result.proof.excess_packet, &packet);
		printf("  wider than asked for by %s destination addresses of service "
		       "tags, for example %s\n",
		       count_format(&job->result.proof.excess, count),
		       strbuf_text(&packet));
	}
	print_rows(job);
	if (job->result.job->deny)
		print_beyond(job);
	for (size_t i = 0; i < job->result.scope.assumption_count; i++)
		printf("  assuming that %s\n", job->result.scope.assumptions[i]);
}

static void put_row(struct json_writer *json, const struct verification *job,
		    size_t index)
{
	const struct obligation_flow *of = &job->detail.flows[index];
	const struct proof_row *row = &job->result.proof.rows[index];
	char text[ADDR_TEXT_MAX];

	json_object(json);
	json_key_string(json, "flow", of->flow->id);
	json_key_string(json, "client", of->flow->client->name);
	json_key_string(json, "endpoint", of->flow->name);
	json_key_string(json, of->has_range || !of->tag ? "addresses" : "service_tag",
			of->has_range || of->tag ? row_where(of, text) : "any");
	json_key_string(json, "state", row_state(job, row));
	json_key_string(json, "by", decider_text(job, row_decider(row)));
	if (row->refused) {
		CLEANUP(strbuf_release) struct strbuf packet = {0};

		packet_format(&row->refused_packet, &packet);
		json_key_string(json, "refused", strbuf_text(&packet));
	}
	json_object_end(json);
}

static void put_json(const struct verification *job, struct strbuf *out)
{
	const struct proof *proof = &job->result.proof;
	char count[COUNT_TEXT_MAX];
	struct json_writer json;

	json_begin(&json, out, false);
	json_object(&json);
	json_key_string(&json, "file", job->file->name);
	json_key_string(&json, "output", job->result.job->name);
	json_key_bool(&json, "holds", job->holds);
	json_key_string(&json, "verdict",
			!job->holds    ? "failed"
			: proof->wider ? "wider"
				       : "exact");
	if (proof->wider && !proof->excess_unknown)
		json_key_string(&json, "excess_destinations",
				count_format(&proof->excess, count));
	json_key_string(&json, "ports", job->detail.intent_ports ? "intent" : "all");
	json_key(&json, "flows");
	json_list(&json);
	for (size_t i = 0; i < job->detail.flow_count; i++)
		put_row(&json, job, i);
	json_list_end(&json);
	json_key(&json, "beyond");
	json_list(&json);
	for (size_t i = 0; i < proof->box_count; i++) {
		CLEANUP(strbuf_release) struct strbuf box = {0};

		box_format(&proof->boxes[i], 0, job->compilation->arena, &box);
		json_string(&json, strbuf_text(&box));
	}
	json_list_end(&json);
	json_key_bool(&json, "beyond_is_complete",
		      !proof->box_count || proof->boxes_complete);
	json_key(&json, "assumptions");
	json_list(&json);
	for (size_t i = 0; i < job->result.scope.assumption_count; i++)
		json_string(&json, job->result.scope.assumptions[i]);
	json_list_end(&json);
	json_object_end(&json);
	json_end(&json);
}

/* The output that a file is of: the one named, else the one that fits it best. */
static bool find_output(struct compilation *compilation, const struct input_file *file,
			const struct backend **ret_backend, size_t *ret_output)
{
	const char *as = options_text(compilation->options, OPTION_AS);
	const struct spec *spec = compilation->spec;

	for (size_t i = 0; as && i < spec->output_count; i++)
		if (strcmp(spec->outputs[i]->name.text, as) == 0) {
			*ret_output = i;
			*ret_backend = spec->outputs[i]->backend;
			return true;
		}
	*ret_backend = rules_file_backend(file, as, compilation->diag);
	*ret_output = spec->output_count;
	return *ret_backend != NULL;
}

/* The name of what holds the rules of @path, other than @name; NULL: it may be that. */
static const char *other_holder(const struct path *path, const char *name)
{
	const char *other = NULL;

	for (size_t i = 0; i < path->count; i++) {
		const char *holder = path->stages[i].holder;

		/* Azure's names are equal but for their case. */
		if (!holder || strcasecmp(holder, name) == 0)
			return NULL;
		other = holder;
	}
	return other;
}

/* Rules of another group may hold what the spec says, and the output's may not. */
static void check_place(const struct verification *job, const struct ruleset *rules)
{
	const struct backend_job *of = job->result.job;
	const struct path *path = ruleset_find_path(rules, job->result.scope.path);

	for (size_t i = 0; path && i < of->setting_count; i++) {
		const struct backend_setting *setting = &of->settings[i];
		const char *other = setting->option->holder
					    ? other_holder(path, setting->value)
					    : NULL;

		if (!other)
			continue;
		diag_report(job->compilation->diag, DIAG_PLACE_DIFFERS, setting->at,
			    "'%s' has rules of %s '%.80s', and output '%s' is for '%s'",
			    job->file->name, setting->option->name, other, of->name,
			    setting->value);
		diag_help(job->compilation->diag,
			  "give the file of '%s', or write '%s: %.80s'", setting->value,
			  setting->option->name, other);
	}
}

static int verify_output(struct verification *job, size_t output,
			 const struct ruleset *rules)
{
	struct compilation *compilation = job->compilation;

	if (compilation_job(compilation, output, &job->result) < 0)
		return -1;
	check_place(job, rules);
	job->detail.intent_ports =
		options_is(compilation->options, OPTION_PORTS, "intent");
	if (obligation_prove(job->result.job, &job->result.scope, rules, &job->detail,
			     compilation->arena, &job->result.proof,
			     compilation->diag) < 0)
		return -1;
	job->holds = !job->result.proof.finding_count;
	(void)obligation_report(job->result.job, &job->result.proof, job->file->name,
				compilation->diag);
	return 0;
}

static void print(const struct verification *job)
{
	CLEANUP(strbuf_release) struct strbuf out = {0};

	if (!options_is(job->compilation->options, OPTION_FORMAT, "json")) {
		print_text(job);
		return;
	}
	put_json(job, &out);
	fputs(strbuf_text(&out), stdout);
}

/* Does the rule set have rules where output @index needs them? */
static bool fits(struct compilation *compilation, size_t index,
		 const struct ruleset *rules)
{
	struct result result;

	return compilation_job(compilation, index, &result) == 0 &&
	       ruleset_find_path(rules, result.scope.path);
}

static void report_no_output(struct compilation *compilation,
			     const struct input_file *file, const struct backend *backend,
			     const struct ruleset *rules)
{
	diag_report(compilation->diag, DIAG_NO_PATH, SPAN_NONE,
		    "'%s' has the rules of no output of the spec (%s)", file->name,
		    backend->name);
	for (size_t i = 0; rules && i < rules->path_count; i++)
		diag_note(compilation->diag, SPAN_NONE, "it has rules on hook '%s'",
			  rules->paths[i].name);
	diag_help(compilation->diag,
		  "correct 'hook:' of the output, or give another file");
}

static bool tests_host(const struct match *match)
{
	for (size_t i = 0; i < match->count; i++) {
		const struct term *term = &match->terms[i];

		if (term->host)
			return true;
		for (size_t j = 0; term->kind == TERM_CHOICE && j < term->choices.count;
		     j++)
			if (tests_host(&term->choices.at[j]))
				return true;
	}
	return false;
}

/* Is there a rule for where a host name leads? Then the clients asked about matter. */
static bool resolves_names(const struct ruleset *rules)
{
	for (size_t i = 0; i < rules->chain_count; i++)
		for (size_t j = 0; j < rules->chains[i].count; j++)
			if (tests_host(&rules->chains[i].rules[j].match))
				return true;
	return false;
}

/* Reads a file as output @index would be: names lead where they lead for its clients. */
static int import_for(struct compilation *compilation, const struct input_file *file,
		      size_t index, const struct import_options *with,
		      struct ruleset **ret_rules)
{
	struct result result;

	if (compilation_job(compilation, index, &result) < 0)
		return -1;
	return rules_file_import(file, result.job->backend, with,
				 import_names(result.job, compilation->arena),
				 compilation->arena, ret_rules, compilation->diag);
}

static void print_assumptions(const struct compilation *compilation,
			      const struct input_file *file, const struct ruleset *rules)
{
	if (options_is(compilation->options, OPTION_FORMAT, "json"))
		return;
	for (size_t i = 0; i < rules->assumption_count; i++)
		printf("%s: assuming that %s\n", file->name, rules->assumptions[i]);
}

/* Verifies a file against every output of its back end that it can be of. */
static void verify_file(struct compilation *compilation, const char *path,
			const struct import_options *with)
{
	const struct spec *spec = compilation->spec;
	const struct backend *backend;
	struct ruleset *rules = NULL;
	size_t output, verified = 0;
	const struct input_file *file =
		input_read(compilation->input, path, NULL, SPAN_NONE);

	if (!file || !find_output(compilation, file, &backend, &output))
		return;
	for (size_t i = 0; i < spec->output_count; i++) {
		struct verification job = {.compilation = compilation, .file = file};
		bool is_first = !rules;

		if (spec->outputs[i]->backend != backend ||
		    (output < spec->output_count && i != output))
			continue;
		if ((is_first || resolves_names(rules)) &&
		    import_for(compilation, file, i, with, &rules) < 0)
			return;
		if (is_first)
			print_assumptions(compilation, file, rules);
		if (output == spec->output_count && !fits(compilation, i, rules))
			continue;
		verified++;
		if (verify_output(&job, i, rules) == 0)
			print(&job);
	}
	if (!verified)
		report_no_output(compilation, file, backend, rules);
}

enum exit_code cmd_verify(const struct options *options)
{
	CLEANUP(compilation_close)
	struct compilation *compilation = compilation_open(options);
	const char *mistake = live_usage_mistake(options);
	struct import_options with;

	if (mistake) {
		fprintf(stderr, "postern: verify: %s\n", mistake);
		return EXIT_USAGE;
	}
	if (compilation_read(compilation, options->arguments[0]) == 0 &&
	    import_options_read(compilation, &with) == 0) {
		/* Under 'keep' what the platform adds decides what is left to it. */
		with.bare = !compilation->spec->egress.deny;
		for (size_t i = 1; i < options->argument_count; i++)
			verify_file(compilation, options->arguments[i], &with);
	}
	return compilation_finish(compilation);
}
