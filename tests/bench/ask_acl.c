/* ask_acl.c - Ask our library about policies in the form that peers read.
 *
 * usage: ask_acl equal A B	are they equal?  exit status 1: no
 *	  ask_acl diff A B	what differs, with the rules?  exit status 1: anything
 *	  ask_acl dead A	which rules decide no packet?
 *	  ask_acl read A	only read it
 *
 * Files are in the simple form of tests/lib/acl.h.  Prints the answer and the seconds
 *that it took beside reading.
 */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "rules/base/arena.h"
#include "rules/decide.h"
#include "rules/difference.h"
#include "rules/ruleset.h"
#include "tests/lib/acl.h"

static double now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (double)time.tv_sec + (double)time.tv_nsec * 1e-9;
}

static int ask_equal(const struct ruleset *a, const struct ruleset *b,
		     struct arena *arena, struct diag *diag)
{
	CLEANUP(diagram_cleanup) struct diagram *diagram = NULL;
	struct space *space = space_new(arena);
	struct decisions *decisions;
	struct decision of_a, of_b;
	double begin = now();

	space_add_ruleset(space, a);
	space_add_ruleset(space, b);
	if (space_seal(space) < 0)
		return 3;
	diagram = diagram_new(space, DIAGRAM_DEFAULT_EDGES);
	decisions = decisions_new(diagram, arena);
	if (decide(decisions, a, &a->paths[0], DECIDE_BY_VERDICT, &of_a, diag) < 0 ||
	    decide(decisions, b, &b->paths[0], DECIDE_BY_VERDICT, &of_b, diag) < 0)
		return 3;
	printf("%s rules %zu %zu edges %zu seconds %.3f\n",
	       of_a.node == of_b.node ? "equal" : "different", ruleset_count_rules(a),
	       ruleset_count_rules(b), diagram_edges(diagram), now() - begin);
	return of_a.node != of_b.node;
}

/* As many boxes as "postern diff" prints. */
#define BOXES 50

static int ask_difference(const struct ruleset *a, const struct ruleset *b,
			  struct arena *arena, struct diag *diag)
{
	const struct difference_question question = {
		.before = a,
		.after = b,
		.before_path = &a->paths[0],
		.after_path = &b->paths[0],
		.max_boxes = BOXES,
	};
	struct difference difference;
	double begin = now();

	if (difference_find(&question, arena, &difference, diag) < 0)
		return 3;
	printf("%s rules %zu %zu boxes %zu %zu seconds %.3f\n",
	       difference.equal ? "equal" : "different", ruleset_count_rules(a),
	       ruleset_count_rules(b), difference.parts[DIFFERENCE_OPENS].box_count,
	       difference.parts[DIFFERENCE_CLOSES].box_count, now() - begin);
	return !difference.equal;
}

static int ask_dead(const struct ruleset *rules, struct arena *arena, struct diag *diag)
{
	double begin = now();
	size_t dead = 0;
	bool *is_dead;

	if (decide_shadowed(rules, &is_dead, arena, diag) < 0)
		return 3;
	for (size_t i = 0; i < ruleset_count_rules(rules); i++)
		dead += is_dead[i];
	printf("dead %zu of %zu seconds %.3f\n", dead, ruleset_count_rules(rules),
	       now() - begin);
	return 0;
}

/* What was read is let go of before the question is asked. */
static struct ruleset *read_rules(const char *path, struct arena *arena)
{
	CLEANUP(arena_cleanup) struct arena *scratch = arena_new();
	struct acl acl = acl_read(path, scratch);

	return acl_ruleset(&acl, arena);
}

int main(int argc, char **argv)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new();
	struct diag *diag = diag_new(arena);

	if (argc == 4) {
		struct ruleset *a = read_rules(argv[2], arena);
		struct ruleset *b = read_rules(argv[3], arena);

		if (strcmp(argv[1], "equal") == 0)
			return ask_equal(a, b, arena, diag);
		if (strcmp(argv[1], "diff") == 0)
			return ask_difference(a, b, arena, diag);
	}
	if (argc == 3 && strcmp(argv[1], "dead") == 0)
		return ask_dead(read_rules(argv[2], arena), arena, diag);
	if (argc == 3 && strcmp(argv[1], "read") == 0)
		return !read_rules(argv[2], arena);
	fprintf(stderr,
		"usage: ask_acl equal|diff A B | ask_acl dead A | ask_acl read A\n");
	return 2;
}
