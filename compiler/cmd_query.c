/* cmd_query.c - postern query RULES --from A --to B ... */
#include <stdio.h>
#include <string.h>

#include "backends/answer.h"
#include "backends/json.h"
#include "compiler/commands.h"
#include "compiler/compilation.h"
#include "compiler/options.h"
#include "compiler/packet_options.h"
#include "compiler/rule_text.h"
#include "compiler/rules_file.h"
#include "compiler/rules_path.h"
#include "rules/base/arena.h"
#include "rules/difference.h"

/* Naming more deciding rules than this helps nobody. */
#define MAX_ANSWERS  20
#define MAX_UNKNOWNS 8

/* One outcome that some of the packets meet, and the first such packet. */
struct answer {
	const struct outcome *outcome;
	const struct rule *rule;
	struct packet packet;
	const char *unknowns[MAX_UNKNOWNS];
	size_t unknown_count;
};

struct query {
	struct compilation *compilation;
	struct ruleset *rules;
	const struct path *path;
	struct match match;
	struct diagram *diagram;
	struct decisions *decisions;
	struct decision decision; /* of the packets asked about */
	struct pset asked;
	struct answer answers[MAX_ANSWERS];
	size_t answer_count;
	unsigned verdicts; /* bits (1 << verdict) met */
};

struct leaf_test {
	uint32_t leaf;
};

static bool is_leaf(void *context, uint32_t leaf)
{
	const struct leaf_test *test = context;

	return leaf == test->leaf;
}

static void add_answer(void *context, uint32_t leaf)
{
	struct query *query = context;
	struct leaf_test test = {leaf};
	struct pset set =
		decision_select(query->diagram, query->decision, is_leaf, &test);
	struct answer *answer;
	struct decision left;

	set = pset_intersect(query->diagram, set, query->asked);
	if (pset_is_empty(set))
		return;
	query->verdicts |= 1u << decisions_outcome(query->decisions, leaf)->verdict;
	if (query->answer_count == MAX_ANSWERS)
		return;
	answer = &query->answers[query->answer_count++];
	answer->outcome = decisions_outcome(query->decisions, leaf);
	answer->rule = decisions_rule(query->decisions, answer->outcome->rule);
	pset_witness(query->diagram, set, &answer->packet);
	left = decision_at(query->diagram, query->decision, &answer->packet);
	answer->unknown_count =
		decision_unknowns(query->diagram, left, answer->unknowns, MAX_UNKNOWNS);
	if (answer->unknown_count > MAX_UNKNOWNS)
		answer->unknown_count = MAX_UNKNOWNS;
}

static int ask(struct query *query)
{
	struct compilation *compilation = query->compilation;
	struct space *space = space_new(compilation->arena);

	space_add_ruleset(space, query->rules);
	space_add_match(space, &query->match);
	if (space_seal(space) < 0)
		return diag_report(compilation->diag, DIAG_RULES_TOO_COMPLEX, SPAN_NONE,
				   "more than %u unknown conditions", SPACE_MAX_UNKNOWNS);
	query->diagram = diagram_new(space, DIAGRAM_DEFAULT_EDGES);
	query->decisions = decisions_new(query->diagram, compilation->arena);
	query->asked =
		pset_intersect(query->diagram, pset_match(query->diagram, &query->match),
			       pset_match(query->diagram, &query->path->universe));
	if (pset_is_empty(query->asked)) {
		diag_report(compilation->diag, DIAG_NO_SUCH_PACKET, SPAN_NONE,
			    "no packet on hook '%s' is as described", query->path->name);
		diag_help(compilation->diag,
			  "addresses of two families never meet, and packets "
			  "on hook output have no input interface");
		return -1;
	}
	if (decide(query->decisions, query->rules, query->path, DECIDE_BY_RULE,
		   &query->decision, compilation->diag) < 0)
		return -1;
	query->decision = decision_within(query->diagram, query->decision, query->asked);
	decision_leaves(query->diagram, query->decision, add_answer, query);
	return 0;
}

/* Of names a third thing can become: what a resolver does not know, it asks others. */
static bool is_of_names(const struct query *query)
{
	return strcmp(query->path->name, ANSWER_PATH) == 0 ||
	       strcmp(query->path->name, QUESTION_PATH) == 0;
}

static const char *outcome_word(const struct query *query, enum verdict verdict)
{
	if (verdict == VERDICT_REFUSE)
		return "deny";
	return verdict == VERDICT_ADMIT || !is_of_names(query) ? "allow" : "undecided";
}

static const char *verdict_word(const struct query *query)
{
	static const enum verdict verdicts[] = {VERDICT_NONE, VERDICT_ADMIT,
						VERDICT_REFUSE, VERDICT_UNDECIDED};
	const char *word = NULL;

	for (size_t i = 0; i < ARRAY_SIZE(verdicts); i++) {
		const char *one = outcome_word(query, verdicts[i]);

		if (!(query->verdicts & 1u << verdicts[i]))
			continue;
		if (word && strcmp(word, one) != 0)
			return "differs";
		word = one;
	}
	return word ? word : "allow";
}

static const char *answer_place(const struct query *query, const struct answer *answer)
{
	if (!answer->rule && is_of_names(query))
		return "nothing here is about the name";
	if (!answer->rule)
		return verdict_by_default(answer->outcome->verdict);
	return rule_place(answer->rule, query->compilation->diag,
			  query->compilation->arena);
}

static void print_text(const struct query *query)
{
	printf("%s\n", verdict_word(query));
	for (size_t i = 0; i < query->answer_count; i++) {
		const struct answer *answer = &query->answers[i];
		CLEANUP(strbuf_release) struct strbuf packet = {0};

		packet_format(&answer->packet, &packet);
		printf("  %s: %s\n    for example %s\n",
		       outcome_word(query, answer->outcome->verdict),
		       answer_place(query, answer), strbuf_text(&packet));
		if (answer->outcome->marks)
			printf("    with mark 0x%x\n", answer->outcome->mark);
		for (size_t j = 0; j < answer->unknown_count; j++)
			printf("    depends on what cannot be modelled: %s\n",
			       answer->unknowns[j]);
	}
}

static void put_answer(struct json_writer *json, const struct query *query,
		       const struct answer *answer)
{
	CLEANUP(strbuf_release) struct strbuf packet = {0};

	packet_format(&answer->packet, &packet);
	json_object(json);
	json_key_string(json, "verdict", outcome_word(query, answer->outcome->verdict));
	json_key_string(json, "by", answer_place(query, answer));
	json_key_string(json, "flow", answer->outcome->id);
	json_key_string(json, "packet", strbuf_text(&packet));
	if (answer->outcome->marks)
		json_key_number(json, "mark", answer->outcome->mark);
	json_key(json, "depends_on");
	json_list(json);
	for (size_t i = 0; i < answer->unknown_count; i++)
		json_string(json, answer->unknowns[i]);
	json_list_end(json);
	json_object_end(json);
}

static void put_json(const struct query *query, struct strbuf *out)
{
	struct json_writer json;

	json_begin(&json, out, false);
	json_object(&json);
	json_key_string(&json, "verdict", verdict_word(query));
	json_key_string(&json, "path", query->path->name);
	json_key(&json, "answers");
	json_list(&json);
	for (size_t i = 0; i < query->answer_count; i++)
		put_answer(&json, query, &query->answers[i]);
	json_list_end(&json);
	json_object_end(&json);
	json_end(&json);
}

static void print(const struct query *query)
{
	CLEANUP(strbuf_release) struct strbuf out = {0};

	if (!options_is(query->compilation->options, OPTION_FORMAT, "json")) {
		print_text(query);
		return;
	}
	put_json(query, &out);
	fputs(strbuf_text(&out), stdout);
}

static void release(struct query *query)
{
	diagram_free(query->diagram);
}

/* The rules, the hook and the packets. */
static int read_question(struct query *query)
{
	struct compilation *compilation = query->compilation;
	const struct options *options = compilation->options;
	struct arena *arena = compilation->arena;
	struct import_options with;
	struct rules_file read;

	if (import_options_read(compilation, &with) < 0 ||
	    rules_file_read(compilation, options->arguments[0],
			    options_text(options, OPTION_AS), &with, &read) < 0)
		return -1;
	query->rules = read.rules;
	query->path = rules_path(read.rules, options_text(options, OPTION_PATH), NULL,
				 compilation->diag);
	if (!query->path)
		return -1;
	query->match = packet_options_match(options, arena);
	packet_options_default(options, query->path->name, arena, &query->match);
	match_openers(&query->match, arena);
	packet_options_warn(options, read.rules, compilation->diag);
	return 0;
}

enum exit_code cmd_query(const struct options *options)
{
	CLEANUP(compilation_close)
	struct compilation *compilation = compilation_open(options);
	CLEANUP(release) struct query query = {.compilation = compilation};
	enum exit_code code;

	if (packet_options_check(options) < 0)
		return EXIT_USAGE;
	if (read_question(&query) == 0 && ask(&query) == 0)
		print(&query);
	code = compilation_finish(compilation);
	if (code == EXIT_FINE && options_has(options, OPTION_EXPECT) &&
	    !options_is(options, OPTION_EXPECT, verdict_word(&query)))
		return EXIT_FOUND;
	return code;
}
