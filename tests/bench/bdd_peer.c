/* bdd_peer.c - Are two policies equal?  Asked of BuDDy, to measure ourselves against.
 *
 * usage: bdd_peer A B [ORDER]
 *
 * Reads the simple form of tests/lib/acl.h.  ORDER is the order of the variables:
 *
 *	0	protocol, destination port, destination, source, source port (default)
 *	1	source, destination, protocol, destination port, source port
 *	2	protocol, destination port, source and destination interleaved, source
 *port 3	destination, source, protocol, destination port, source port
 *
 * Prints "equal" or "different", the rules and nodes of both, and the seconds that
 * building and comparing took.  Exit status: 0 equal, 1 different, 2 bad arguments.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <bdd.h>

#include "rules/base/arena.h"
#include "tests/lib/acl.h"

#define VARIABLES 104
/* Grown by doubling up to this step; 20 bytes a node. */
#define FIRST_NODES  4000000
#define FIRST_CACHE  400000
#define MAX_INCREASE 8000000

/** struct order - The variables of each field, most significant bit first */
struct order {
	int protocol[8];
	int at[ACL_AXES][32];
};

static double now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (double)time.tv_sec + (double)time.tv_nsec * 1e-9;
}

static void place(int *variables, unsigned bits, int *next)
{
	for (unsigned i = 0; i < bits; i++)
		variables[i] = (*next)++;
}

static void place_axis(struct order *order, enum acl_axis axis, int *next)
{
	place(order->at[axis], acl_axis_bits(axis), next);
}

static void place_interleaved(struct order *order, int *next)
{
	for (unsigned i = 0; i < 32; i++) {
		order->at[ACL_SOURCE][i] = (*next)++;
		order->at[ACL_DESTINATION][i] = (*next)++;
	}
}

static struct order make_order(unsigned which)
{
	struct order order;
	int next = 0;

	if (which == 1)
		place_axis(&order, ACL_SOURCE, &next);
	if (which == 1 || which == 3)
		place_axis(&order, ACL_DESTINATION, &next);
	if (which == 3)
		place_axis(&order, ACL_SOURCE, &next);
	place(order.protocol, 8, &next);
	place_axis(&order, ACL_DESTINATION_PORT, &next);
	if (which == 0) {
		place_axis(&order, ACL_DESTINATION, &next);
		place_axis(&order, ACL_SOURCE, &next);
	}
	if (which == 2)
		place_interleaved(&order, &next);
	place_axis(&order, ACL_SOURCE_PORT, &next);
	return order;
}

/* BuDDy collects what nobody holds: each step holds its result and lets go of the last.
 */
static bdd replace(bdd old, bdd new)
{
	bdd_addref(new);
	bdd_delref(old);
	return new;
}

/* At least or at most @bound, from the lowest bit up: a node a bit. */
static bdd compare(const int *variables, unsigned bits, uint32_t bound, int at_least)
{
	bdd result = bdd_addref(bddtrue);

	for (unsigned i = 0; i < bits; i++) {
		int variable = variables[bits - 1 - i];
		int is_set = bound >> i & 1;
		bdd literal = at_least ? bdd_ithvar(variable) : bdd_nithvar(variable);

		result = replace(result, is_set == at_least ? bdd_and(literal, result)
							    : bdd_or(literal, result));
	}
	return result;
}

static bdd within(const int *variables, unsigned bits, struct acl_range range)
{
	bdd from = compare(variables, bits, range.first, 1);
	bdd to = compare(variables, bits, range.last, 0);

	from = replace(from, bdd_and(from, to));
	bdd_delref(to);
	return from;
}

static bdd match(const struct order *order, const struct acl_rule *rule)
{
	struct acl_range protocol = {rule->protocol, rule->protocol};
	bdd result = rule->protocol ? within(order->protocol, 8, protocol)
				    : bdd_addref(bddtrue);

	for (enum acl_axis axis = 0; axis < ACL_AXES; axis++) {
		bdd part = within(order->at[axis], acl_axis_bits(axis), rule->at[axis]);

		result = replace(result, bdd_and(result, part));
		bdd_delref(part);
	}
	return result;
}

/* From the last rule to the first: each one goes in front of what is there. */
static bdd build(const struct order *order, const struct acl *acl)
{
	bdd result = bdd_addref(bddfalse);

	for (size_t i = acl->count; i-- > 0;) {
		bdd own = match(order, &acl->rules[i]);

		result = replace(result, acl->rules[i].permit
						 ? bdd_or(own, result)
						 : bdd_apply(result, own, bddop_diff));
		bdd_delref(own);
	}
	return result;
}

int main(int argc, char **argv)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new();
	struct order order;
	struct acl acl[2];
	double begin, built[2], compared;
	bdd is[2], differs;

	if (argc < 3 || argc > 4 ||
	    (argc == 4 &&
	     (strlen(argv[3]) != 1 || argv[3][0] < '0' || argv[3][0] > '3'))) {
		fprintf(stderr, "usage: bdd_peer A B [0|1|2|3]\n");
		return 2;
	}
	order = make_order(argc == 4 ? (unsigned)(argv[3][0] - '0') : 0);
	bdd_init(FIRST_NODES, FIRST_CACHE);
	bdd_setmaxincrease(MAX_INCREASE);
	bdd_setvarnum(VARIABLES);
	bdd_gbc_hook(NULL); /* it would print */
	for (size_t i = 0; i < 2; i++) {
		begin = now();
		acl[i] = acl_read(argv[1 + i], arena);
		is[i] = build(&order, &acl[i]);
		built[i] = now() - begin;
	}
	begin = now();
	differs = bdd_addref(bdd_apply(is[0], is[1], bddop_xor));
	compared = now() - begin;
	printf("%s rules %zu %zu nodes %d %d build %.3f %.3f compare %.6f\n",
	       differs == bddfalse ? "equal" : "different", acl[0].count, acl[1].count,
	       bdd_nodecount(is[0]), bdd_nodecount(is[1]), built[0], built[1], compared);
	return differs != bddfalse;
}
