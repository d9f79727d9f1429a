/* certificates.c - Certificates to try a solver with, and what the diagrams say of them.
 *
 *	certificates SPEC OUTPUT FILE...
 *	certificates --model SPEC OUTPUT FILE... < MODEL
 *	certificates --random SEED
 *
 * The first is for FILEs in the place of what OUTPUT would be.
 *
 * DOC: How it is judged
 *
 * The certificate goes to standard output.  Behind it stands, as a comment, the answer
 * that the proof by diagrams expects for each claim: whoever runs a solver compares.
 * By chance both sides are made of whatever rules and questions there are: jumps, marks,
 * unknowns, wildcards, several stages.
 *
 * --model reads a solver's answer to (get-value ...) back as a packet and walks it
 * through the rules, as the oracle does it (oracle.h).  The exit status is 0 when the
 * packet shows a fault indeed.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backends/obligation.h"
#include "compiler/certificate.h"
#include "compiler/import_context.h"
#include "compiler/options.h"
#include "rules/base/arena.h"
#include "rules/smt.h"
#include "tests/oracle/oracle.h"
#include "tests/oracle/random_rules.h"

/* What each claim of smt.c is the other side of, in its order. */
static size_t claims(const struct proof_question *question, enum proof_fault *faults)
{
	size_t count = 0;

	if (question->deny) {
		faults[count++] = PROOF_BASE;
		faults[count++] = PROOF_NARROWER;
		faults[count++] = PROOF_WIDER;
	} else {
		faults[count++] = PROOF_NARROWER;
		faults[count++] = PROOF_NOT_LEFT;
		if (question->marks) {
			faults[count++] = PROOF_UNMARKED;
			faults[count++] = PROOF_MARKED;
		}
	}
	if (question->trace)
		faults[count++] = PROOF_WRONG_FLOW;
	if (question->trace && question->deny)
		faults[count++] = PROOF_NOT_LEFT;
	return count;
}

static bool found(const struct proof *proof, enum proof_fault fault)
{
	for (size_t i = 0; i < proof->finding_count; i++)
		if (proof->findings[i].fault == fault)
			return true;
	return false;
}

static int print(const struct strbuf *text, const struct proof_question *question,
		 const struct proof *proof)
{
	enum proof_fault faults[PROOF_FAULT_COUNT];
	size_t count = claims(question, faults);

	fputs(strbuf_text(text), stdout);
	printf("; expected:");
	for (size_t i = 0; i < count; i++)
		printf(" %s", found(proof, faults[i]) ? "sat" : "unsat");
	printf("\n");
	return 0;
}

/* -- by chance ----------------------------------------------------------------------- */

#define MOST_FLOWS 5

static const struct random_shape any_rules = {
	.fields = (1u << FIELD_COUNT) - 1,
	.unknowns = RANDOM_UNKNOWNS,
	.terms = 2,
	.depth = 2,
	.chains = 4,
	.rules = 6,
	.stages = 3,
	.marks = true,
};

/* An intent has unknowns, too: a service tag that no file tells about. */
static struct random_shape of_intent(unsigned terms, bool unknowns)
{
	struct random_shape shape = any_rules;

	shape.terms = terms;
	shape.unknowns = unknowns ? RANDOM_UNKNOWNS : 0;
	return shape;
}

static struct labelled_match *random_flows(struct chance *chance, size_t *ret_count,
					   bool unknowns, struct arena *arena)
{
	static const char *const ids[] = {"a/x", "b/y", "c/z"};
	const struct random_shape shape = of_intent(3, unknowns);
	struct labelled_match *flows =
		arena_array(arena, MOST_FLOWS, struct labelled_match);

	*ret_count = chance_below(chance, MOST_FLOWS + 1);
	for (size_t i = 0; i < *ret_count; i++) {
		flows[i].id = ids[chance_below(chance, ARRAY_SIZE(ids))];
		flows[i].match = random_match(chance, &shape, arena);
	}
	return flows;
}

/* Flows that say what rules say, so that some claims hold. */
static void follow_rules(struct chance *chance, struct labelled_match *flows,
			 size_t count, const struct ruleset *rules)
{
	for (size_t i = 0; i < count; i++) {
		const struct chain *chain = &rules->chains[0];
		const struct rule *rule;

		if (!chain->count || chance_percent(chance, 30))
			continue;
		rule = &chain->rules[chance_below(chance, chain->count)];
		if (rule->id)
			flows[i] = (struct labelled_match){.id = rule->id,
							   .match = rule->match};
	}
}

static int try_random(uint64_t seed)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new();
	CLEANUP(strbuf_release) struct strbuf text = {0};
	struct chance chance = {seed * 0x2545f4914f6cdd1du + 1};
	struct random_shape shape = any_rules, narrow, wide;
	struct diag *diag = diag_new(arena);
	struct match universe, governed;
	struct proof_room rooms[2] = {0};
	struct labelled_match *flows;
	bool unknowns;
	struct ruleset *rules;
	struct proof proof;
	struct proof_question question = {.universe = &universe, .governed = &governed};

	question.trace = chance_percent(&chance, 50);
	/* With unknowns the two ask in other ways whose rule decides a packet. */
	unknowns = !question.trace;
	shape.unknowns = unknowns ? RANDOM_UNKNOWNS : 0;
	narrow = of_intent(2, unknowns);
	wide = of_intent(1, unknowns);
	rules = random_ruleset(&chance, &shape, arena);
	question.rules = rules;
	question.path = &rules->paths[0];
	universe = random_match(&chance, &wide, arena);
	rules->paths[0].universe = universe; /* what else there is cannot be here */
	governed = random_match(&chance, &wide, arena);
	question.base = random_flows(&chance, &question.base_count, unknowns, arena);
	question.base_count %= 2;
	flows = random_flows(&chance, &question.flow_count, unknowns, arena);
	if (question.trace)
		follow_rules(&chance, flows, question.flow_count, rules);
	question.flows = flows;
	question.rooms = rooms;
	question.room_count = chance_below(&chance, 3);
	for (size_t i = 0; i < question.room_count; i++) {
		rooms[i].match = random_match(&chance, &narrow, arena);
		rooms[i].id = chance_percent(&chance, 50) ? "a/x" : NULL;
	}
	for (size_t i = 0; i < question.room_count && question.flow_count; i++)
		if (chance_percent(&chance, 50))
			rooms[i].id =
				flows[chance_below(&chance, question.flow_count)].id;
	question.deny = chance_percent(&chance, 60);
	question.marks = !question.deny && chance_percent(&chance, 70);
	question.mark = (uint32_t)chance_below(&chance, 3);
	if (prove(&question, arena, &proof, diag) < 0 ||
	    smt_write(&question, &text, diag) < 0)
		return 2;
	return print(&text, &question, &proof);
}

/* -- of files ------------------------------------------------------------------------ */

/* One output of a spec, and files in the place of its artifacts. */
struct attempt {
	struct compilation *compilation;
	struct result result;
	struct ruleset *rules;
};

static int find_output(struct attempt *attempt, const char *name)
{
	const struct spec *spec = attempt->compilation->spec;

	for (size_t i = 0; i < spec->output_count; i++)
		if (strcmp(spec->outputs[i]->name.text, name) == 0)
			return compilation_job(attempt->compilation, i, &attempt->result);
	fprintf(stderr, "certificates: there is no output '%s'\n", name);
	return -1;
}

static int import_files(struct attempt *attempt, char **names, size_t count)
{
	struct compilation *compilation = attempt->compilation;
	struct arena *arena = compilation->arena;
	struct import_file *files = arena_array(arena, count, struct import_file);
	const struct import_input input = {
		.files = files,
		.file_count = count,
		.tags = import_tags(compilation->tags, arena),
		.names = import_names(attempt->result.job, arena),
		.bare = true,
	};

	for (size_t i = 0; i < count; i++) {
		const struct input_file *read =
			input_read(compilation->input, names[i], NULL, SPAN_NONE);
		const char *slash = strrchr(names[i], '/');

		if (!read)
			return -1;
		files[i] = (struct import_file){slash ? slash + 1 : names[i], read->text,
						read->length, read->source};
	}
	return attempt->result.job->backend->import(&input, arena, &attempt->rules,
						    compilation->diag);
}

/* A number of a model, "#x0a01" or "#b011", or a truth. */
static u128 read_value(const char *text)
{
	unsigned step = text[0] == '#' && text[1] == 'x' ? 4 : 1;
	u128 value = 0;

	if (text[0] != '#')
		return strcmp(text, "true") == 0;
	for (const char *c = text + 2; *c; c++)
		value = value << step |
			(u128)(*c <= '9' ? *c - '0' : (*c | 32) - 'a' + 10);
	return value;
}

/* "=lo" is that word; of numbers 0 is none, any other a word that nothing tests. */
static const char *read_word(const char *value, struct arena *arena)
{
	if (value[0] == '=')
		return arena_strdup(arena, value + 1);
	return read_value(value) == 0 ? IFACE_NONE : NULL;
}

static void read_field(struct packet *packet, const char *name, const char *value,
		       struct arena *arena)
{
	if (strcmp(name, "ipv6") == 0)
		packet->family = read_value(value) ? FAMILY_IPV6 : FAMILY_IPV4;
	if (strcmp(name, packet->family == FAMILY_IPV6 ? "to6" : "to4") == 0)
		packet->destination = read_value(value);
	if (strcmp(name, packet->family == FAMILY_IPV6 ? "from6" : "from4") == 0)
		packet->source = read_value(value);
	for (unsigned field = FIELD_PROTOCOL; field < FIELD_COUNT; field++) {
		const struct field_info *info = field_info((enum field)field);

		if (strcmp(info->name, name) != 0)
			continue;
		if (info->kind == FIELD_KIND_NUMBERS)
			packet->number[field] = (uint32_t)read_value(value);
		else
			packet->word[field] = read_word(value, arena);
	}
}

/* "((ipv6 false)", " (to4 #x0a010204)", …: a value a line, words put in by who knows the
 * table. */
static struct packet read_model(struct arena *arena)
{
	struct packet packet = {0};
	char name[64], value[300];

	while (scanf(" %*[(]%63[a-z0-9-] %299[^)])", name, value) == 2) {
		read_field(&packet, name, value, arena);
		if (scanf("%*[)]") < 0)
			break;
	}
	return packet;
}

static const struct labelled_match *first_that_takes(const struct labelled_match *of,
						     size_t count,
						     const struct packet *packet,
						     const struct truths *truths)
{
	for (size_t i = 0; i < count; i++)
		if (oracle_match(&of[i].match, packet, truths))
			return &of[i];
	return NULL;
}

static bool in_room(const struct proof_question *question, const struct packet *packet,
		    const struct truths *truths)
{
	for (size_t i = 0; i < question->room_count; i++)
		if (oracle_match(&question->rooms[i].match, packet, truths))
			return true;
	return false;
}

/* What is wrong with a packet's fate under "deny", or NULL. */
static const char *fault_of(const struct proof_question *question,
			    const struct packet *packet, const struct truths *truths)
{
	struct fate fate = oracle_path(question->rules, question->path, packet, truths);
	const struct labelled_match *flow =
		first_that_takes(question->flows, question->flow_count, packet, truths);
	bool governed = oracle_match(question->governed, packet, truths);
	unsigned outside =
		question->outside ? question->outside : 1u << VERDICT_UNDECIDED;
	const char *id = fate.rule ? fate.rule->id : NULL;

	if (!oracle_match(question->universe, packet, truths))
		return NULL;
	if (first_that_takes(question->base, question->base_count, packet, truths))
		return fate.verdict == VERDICT_ADMIT ? NULL : "it must be admitted";
	if (!governed && flow && question->spared &&
	    oracle_match(question->spared, packet, truths))
		return NULL;
	if (!governed)
		return outside & 1u << fate.verdict ? NULL : "it is nobody's to decide";
	if (!flow)
		return fate.verdict == VERDICT_REFUSE || in_room(question, packet, truths)
			       ? NULL
			       : "nothing asks for it";
	if (fate.verdict == VERDICT_REFUSE)
		return "a flow asks for it";
	return id && strcmp(id, flow->id) == 0 ? NULL : "another's rule decides it";
}

static int judge_model(const struct proof_question *question, struct arena *arena)
{
	CLEANUP(strbuf_release) struct strbuf text = {0};
	struct packet packet = read_model(arena);
	struct edges edges = {0};
	struct truths truths = {0};
	const char *fault;

	/* Of our own texts only the limits of log rules are unknown, which decide
	 * nothing. */
	edges_add_ruleset(&edges, question->rules, arena);
	truths.names = edges.unknowns.at;
	truths.count = edges.unknowns.count;
	fault = fault_of(question, &packet, &truths);

	packet_format(&packet, &text);
	printf("%s: %s\n", strbuf_text(&text),
	       fault ? fault : "nothing is wrong with it");
	return fault ? 0 : 1;
}

static int try_files(bool model, char **arguments, size_t count)
{
	char program[] = "postern", command[] = "compile";
	char *line[] = {program, command, arguments[0], NULL};
	CLEANUP(arena_cleanup) struct arena *arena = arena_new();
	CLEANUP(strbuf_release) struct strbuf text = {0};
	struct options *options;
	struct proof_question question;
	struct proof proof;
	struct attempt attempt = {0};
	int status = 2;

	if (options_parse(3, line, arena, &options, &text) < 0)
		return 2;
	attempt.compilation = compilation_open(options);
	if (compilation_read(attempt.compilation, arguments[0]) < 0 ||
	    find_output(&attempt, arguments[1]) < 0 ||
	    import_files(&attempt, arguments + 2, count - 2) < 0 ||
	    obligation_question(attempt.result.job, &attempt.result.scope, attempt.rules,
				NULL, attempt.compilation->arena, &question,
				attempt.compilation->diag) < 0)
		compilation_finish(attempt.compilation);
	else if (model)
		status = judge_model(&question, attempt.compilation->arena);
	else if (prove(&question, attempt.compilation->arena, &proof,
		       attempt.compilation->diag) == 0 &&
		 certificate_write(attempt.compilation, &attempt.result, attempt.rules,
				   &text) == 0)
		status = print(&text, &question, &proof);
	compilation_close(&attempt.compilation);
	return status;
}

int main(int argc, char **argv)
{
	bool model = argc > 1 && strcmp(argv[1], "--model") == 0;

	/* In CI a lock with gaps is refused, and some cases have one on purpose. */
	unsetenv("CI");
	if (argc == 3 && strcmp(argv[1], "--random") == 0)
		return try_random(strtoull(argv[2], NULL, 10));
	if (argc - model < 4) {
		fprintf(stderr, "usage: certificates [--model] SPEC OUTPUT FILE...\n"
				"       certificates --random SEED\n");
		return 2;
	}
	return try_files(model, argv + 1 + model, (size_t)(argc - 1 - model));
}
