/* same_rules.c - Can two texts for nft say the same of every packet?
 *
 * usage: same_rules RULESET RULESET
 *
 * On each hook, what surely passes by one text must possibly pass by the other, and the
 * reverse: where one of them holds an unknown nothing is compared.
 *
 * Exit status: 0 no contradiction, 1 one (a packet is printed), 2 usage, 3 not readable.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backends/registry.h"
#include "rules/base/arena.h"
#include "rules/base/strbuf.h"
#include "rules/decide.h"
#include "rules/diagram.h"
#include "rules/packet.h"
#include "rules/space.h"
#include "tests/live/endpoint.h"

static struct ruleset *read_rules(const char *name, struct arena *arena,
				  struct diag *diag)
{
	CLEANUP(strbuf_release) struct strbuf text = {0};
	FILE *file = fopen(name, "r");
	struct ruleset *rules;
	char chunk[65536];
	const char *copy;
	size_t got;

	if (!file)
		endpoint_die(name);
	while ((got = fread(chunk, 1, sizeof(chunk), file)))
		strbuf_add(&text, chunk, got);
	fclose(file);
	copy = arena_strndup(arena, strbuf_text(&text), text.length);
	if (import_text(backends_find("nftables"), name, copy, text.length, arena, &rules,
			diag)) {
		fprintf(stderr, "%s: %s\n", name, diag_message(diag, 0)->text);
		exit(3);
	}
	return rules;
}

static struct pset passing(struct decisions *decisions, const struct ruleset *rules,
			   const char *hook, struct diag *diag)
{
	const struct path *path = ruleset_find_path(rules, hook);
	struct decision decision;

	if (!path || decide(decisions, rules, path, DECIDE_BY_VERDICT, &decision, diag)) {
		fprintf(stderr, "hook %s cannot be decided\n", hook);
		exit(3);
	}
	return decisions_select(decisions, decision,
				1u << VERDICT_ADMIT | 1u << VERDICT_UNDECIDED);
}

/* A packet that surely passes by @a and surely does not by @b */
static int compare(struct diagram *diagram, const char *hook, const char *which,
		   struct pset a, struct pset b)
{
	CLEANUP(strbuf_release) struct strbuf text = {0};
	struct pset wrong = pset_subtract(diagram, pset_surely(diagram, a),
					  pset_possibly(diagram, b));
	struct packet packet;

	if (pset_is_empty(wrong))
		return 0;
	pset_witness(diagram, wrong, &packet);
	packet_format(&packet, &text);
	printf("%s: only by the %s this passes: %s\n", hook, which, strbuf_text(&text));
	return 1;
}

int main(int argc, char **argv)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new();
	CLEANUP(diagram_cleanup) struct diagram *diagram = NULL;
	struct diag *diag = diag_new(arena);
	struct space *space = space_new(arena);
	const struct ruleset *a, *b;
	struct decisions *decisions;
	int differ = 0;

	if (argc != 3) {
		fputs("usage: same_rules RULESET RULESET\n", stderr);
		return 2;
	}
	a = read_rules(argv[1], arena, diag);
	b = read_rules(argv[2], arena, diag);
	space_add_ruleset(space, a);
	space_add_ruleset(space, b);
	if (space_seal(space)) {
		fputs("too many unknowns\n", stderr);
		return 3;
	}
	diagram = diagram_new(space, DIAGRAM_DEFAULT_EDGES);
	decisions = decisions_new(diagram, arena);
	for (size_t i = 0; i < a->path_count; i++) {
		const char *hook = a->paths[i].name;
		struct pset one = passing(decisions, a, hook, diag);
		struct pset two = passing(decisions, b, hook, diag);

		differ |= compare(diagram, hook, "first", one, two);
		differ |= compare(diagram, hook, "second", two, one);
	}
	return differ;
}
