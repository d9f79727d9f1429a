/* answers_ask.c - What a resolver's data say of names, as we read them.
 *
 * usage: answers_ask [-d DIALECT] BACKEND FILE... < POINTS
 *
 * The first file is read by the back end, the others are what it refers to.  A point a
 * line:
 *
 *	answer NAME ADDRESS		is NAME answered with ADDRESS?
 *	question NAME ADDRESS PORT	is that server asked for NAME?
 *
 * For each a line: "allow", "deny", "undecided" or "unknown NAME".
 *
 * Exit status: 0 done, 1 the server would refuse the text, 2 usage, 3 not decided.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "backends/answer.h"
#include "backends/registry.h"
#include "rules/base/arena.h"
#include "rules/base/strbuf.h"
#include "rules/decide.h"
#include "rules/diagram.h"
#include "rules/packet.h"
#include "rules/space.h"
#include "tests/live/endpoint.h"

/** struct way - A path, decided; without @diagram there is none */
struct way {
	struct diagram *diagram;
	struct decisions *decisions;
	struct decision decision;
};

static struct import_file read_file(const char *name, struct arena *arena,
				    struct diag *diag)
{
	CLEANUP(strbuf_release) struct strbuf text = {0};
	FILE *file = fopen(name, "r");
	struct import_file result = {.name = name};
	char chunk[65536];
	char *copy;
	size_t got;

	if (!file)
		endpoint_die(name);
	while ((got = fread(chunk, 1, sizeof(chunk), file)))
		strbuf_add(&text, chunk, got);
	fclose(file);
	result.length = text.length;
	copy = arena_alloc(arena, text.length + 1);
	memcpy(copy, strbuf_text(&text), text.length);
	result.text = copy;
	result.source = diag_add_source(diag, name, result.text, result.length);
	return result;
}

static struct way decide_way(const struct ruleset *rules, const char *name,
			     struct arena *arena, struct diag *diag)
{
	const struct path *path = ruleset_find_path(rules, name);
	struct space *space = space_new(arena);
	struct way way = {0};

	if (!path)
		return way;
	space_add_ruleset(space, rules);
	if (space_seal(space) < 0)
		exit(3);
	way.diagram = diagram_new(space, DIAGRAM_DEFAULT_EDGES);
	way.decisions = decisions_new(way.diagram, arena);
	if (decide(way.decisions, rules, path, DECIDE_BY_VERDICT, &way.decision, diag) <
	    0)
		exit(3);
	return way;
}

static void answer(const struct way *way, const struct packet *packet)
{
	struct decision left;
	const char *unknown;
	uint32_t leaf;

	if (!way->diagram) {
		puts(verdict_name(VERDICT_UNDECIDED));
		return;
	}
	left = decision_at(way->diagram, way->decision, packet);
	if (decision_is_leaf(left, &leaf)) {
		puts(verdict_name(decisions_outcome(way->decisions, leaf)->verdict));
		return;
	}
	decision_unknowns(way->diagram, left, &unknown, 1);
	printf("unknown %s\n", unknown);
}

static void ask(const struct way ways[2], const char *line)
{
	char kind[16], name[512], address[64];
	struct packet packet = {0};
	struct addr to;
	unsigned port = 0;
	bool question;

	if (sscanf(line, "%15s %511s %63s %u", kind, name, address, &port) < 3 ||
	    !addr_parse(address, &to)) {
		fprintf(stderr, "answers_ask: no point: %s", line);
		exit(2);
	}
	question = strcmp(kind, QUESTION_PATH) == 0;
	packet.family = to.family;
	packet.destination = to.value;
	packet.number[FIELD_DESTINATION_PORT] = port;
	packet.word[FIELD_NAME] = name;
	packet.word[FIELD_APPLICATION] =
		question ? SPEAKS_DNS_QUESTION : SPEAKS_DNS_ANSWER;
	answer(&ways[question], &packet);
}

int main(int argc, char **argv)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new();
	struct diag *diag = diag_new(arena);
	struct import_input input = {0};
	struct import_file *files = arena_array(arena, (size_t)argc, struct import_file);
	const struct backend *backend;
	struct ruleset *rules;
	struct way ways[2];
	char line[1024];
	int option;

	while ((option = getopt(argc, argv, "d:")) == 'd')
		input.dialect = optarg;
	backend = optind < argc ? backends_find(argv[optind++]) : NULL;
	if (option != -1 || !backend || optind == argc) {
		fputs("usage: answers_ask [-d DIALECT] BACKEND FILE... < POINTS\n",
		      stderr);
		return 2;
	}
	for (; optind < argc; optind++)
		files[input.file_count++] = read_file(argv[optind], arena, diag);
	input.files = files;
	if (backend->import(&input, arena, &rules, diag) < 0) {
		printf("refused: %s\n", diag_message(diag, diag_warnings(diag))->text);
		return 1;
	}
	ways[0] = decide_way(rules, ANSWER_PATH, arena, diag);
	ways[1] = decide_way(rules, QUESTION_PATH, arena, diag);
	while (fgets(line, sizeof(line), stdin))
		ask(ways, line);
	for (size_t i = 0; i < ARRAY_SIZE(ways); i++)
		if (ways[i].diagram)
			diagram_free(ways[i].diagram);
	return 0;
}
