/* cmd_query.c - postern query RULES --from A --to B ... */
#include <stdio.h>
#include <string.h>

#include "backends/json.h"
#include "compiler/commands.h"
#include "compiler/compilation.h"
#include "compiler/options.h"
#include "compiler/rules_file.h"
#include "rules/base/arena.h"

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

static int usage(enum option_id option, const char *value, const char *what)
{
	fprintf(stderr, "postern: query: --%s: '%s' is %s\n", option_info(option)->name,
		value, what);
	return -1;
}

static int match_prefix(struct query *query, enum option_id option, enum field field)
{
	struct arena *arena = query->compilation->arena;
	const char *text = options_text(query->compilation->options, option);
	struct addr_set set = {0};
	struct prefix prefix;

	if (!text)
		return 0;
	if (prefix_parse(text, &prefix) != PREFIX_OK)
		return usage(option, text, "no address or prefix");
	addr_set_add_prefix(&set, &prefix, arena);
	match_addrs(&query->match, field, &set, arena);
	return 0;
}

static int match_protocol(struct query *query)
{
	const struct options *options = query->compilation->options;
	const char *text = options_text(options, OPTION_PROTO);
	int protocol = PROTOCOL_TCP;

	if (!text && !options_has(options, OPTION_PORT) &&
	    !options_has(options, OPTION_SPORT))
		return 0;
	if (text)
		protocol = protocol_parse(text);
	if (protocol < 0)
		return usage(OPTION_PROTO, text, "no protocol");
	match_number(&query->match, FIELD_PROTOCOL, (u128)protocol, (u128)protocol,
		     query->compilation->arena);
	return 0;
}

static void match_ports(struct query *query, enum option_id option, enum field field)
{
	uint16_t first, last;

	if (options_ports(query->compilation->options, option, &first, &last))
		match_number(&query->match, field, first, last,
			     query->compilation->arena);
}

static void match_interface(struct query *query, enum option_id option, enum field field)
{
	const char *name = options_text(query->compilation->options, option);

	if (name)
		match_symbol(&query->match, field, name, false,
			     query->compilation->arena);
}

/* Packets that open a flow: what is not TCP, or a plain SYN; connection state new. */
static void match_opener(struct query *query)
{
	struct arena *arena = query->compilation->arena;
	struct term *term = match_add(&query->match, TERM_CHOICE, arena);
	struct match *choice;

	choice = arena_push(arena, term->choices.at, term->choices.count,
			    term->choices.capacity);
	match_number(choice, FIELD_PROTOCOL, PROTOCOL_TCP, PROTOCOL_TCP, arena);
	match_number(choice, FIELD_TCP_FLAGS, TCP_SYN, TCP_SYN, arena);
	choice = arena_push(arena, term->choices.at, term->choices.count,
			    term->choices.capacity);
	match_number(choice, FIELD_PROTOCOL, PROTOCOL_TCP, PROTOCOL_TCP, arena);
	choice->terms[0].negated = true;
	match_number(&query->match, FIELD_STATE, CT_NEW, CT_NEW, arena);
}

static int build_match(struct query *query)
{
	if (match_prefix(query, OPTION_FROM, FIELD_SOURCE) < 0 ||
	    match_prefix(query, OPTION_TO, FIELD_DESTINATION) < 0 ||
	    match_protocol(query) < 0)
		return -1;
	match_ports(query, OPTION_PORT, FIELD_DESTINATION_PORT);
	match_ports(query, OPTION_SPORT, FIELD_SOURCE_PORT);
	match_interface(query, OPTION_IIF, FIELD_IN_INTERFACE);
	match_interface(query, OPTION_OIF, FIELD_OUT_INTERFACE);
	match_opener(query);
	return 0;
}

/* The hook asked about: the one named, the only one, else forward, else output. */
static int choose_path(struct query *query)
{
	const char *name = options_text(query->compilation->options, OPTION_PATH);
	const struct ruleset *rules = query->rules;

	if (name)
		query->path = ruleset_find_path(rules, name);
	else if (rules->path_count == 1)
		query->path = &rules->paths[0];
	else if (!(query->path = ruleset_find_path(rules, "forward")))
		query->path = ruleset_find_path(rules, "output");
	if (query->path)
		return 0;
	diag_report(query->compilation->diag, DIAG_NO_PATH, SPAN_NONE,
		    "the rule set has nothing on hook '%s'",
		    name ? name : "forward' or 'output");
	for (size_t i = 0; i < rules->path_count; i++)
		diag_note(query->compilation->diag, SPAN_NONE,
			  "it has rules on hook '%s'", rules->paths[i].name);
	return -1;
}

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

/* What nothing refuses passes: at the end of a chain whose policy accepts, and where no
 * chain sees it. */
static bool admits(enum verdict verdict)
{
	return verdict != VERDICT_REFUSE;
}

static const char *verdict_word(const struct query *query)
{
	unsigned refusing = 1u << VERDICT_REFUSE;

	if (!(query->verdicts & refusing))
		return "allow";
	return query->verdicts & ~refusing ? "differs" : "deny";
}

static const char *answer_place(const struct query *query, const struct answer *answer)
{
	const struct diag *diag = query->compilation->diag;
	const struct diag_source *source;
	const struct rule *rule = answer->rule;

	if (!rule)
		return verdict_by_default(answer->outcome->verdict);
	source = diag_get_source(diag, rule->at.source);
	if (!source)
		return rule->name ? rule->name : "a rule";
	return arena_printf(query->compilation->arena, "%s:%zu%s%s%s", source->name,
			    diag_place(source, rule->at.begin).line,
			    rule->name ? " '" : "", rule->name ? rule->name : "",
			    rule->name ? "'" : "");
}

static void print_text(const struct query *query)
{
	printf("%s\n", verdict_word(query));
	for (size_t i = 0; i < query->answer_count; i++) {
		const struct answer *answer = &query->answers[i];
		CLEANUP(strbuf_release) struct strbuf packet = {0};

		packet_format(&answer->packet, &packet);
		printf("  %s: %s\n    for example %s\n",
		       admits(answer->outcome->verdict) ? "allow" : "deny",
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
	json_key_string(json, "verdict",
			admits(answer->outcome->verdict) ? "allow" : "deny");
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

enum exit_code cmd_query(const struct options *options)
{
	CLEANUP(compilation_close)
	struct compilation *compilation = compilation_open(options);
	CLEANUP(release) struct query query = {.compilation = compilation};
	enum exit_code code;

	if (build_match(&query) < 0)
		return EXIT_USAGE;
	if (rules_file_read(compilation->input, options->arguments[0],
			    options_text(options, OPTION_AS), compilation->arena,
			    &query.rules, NULL, compilation->diag) == 0 &&
	    choose_path(&query) == 0 && ask(&query) == 0)
		print(&query);
	code = compilation_finish(compilation);
	if (code == EXIT_FINE && options_has(options, OPTION_EXPECT) &&
	    !options_is(options, OPTION_EXPECT, verdict_word(&query)))
		return EXIT_FOUND;
	return code;
}
