/* smt_peer.c - Ask an SMT solver whether two policies are equal.
 *
 * usage: smt_peer A B | z3 -in
 *
 * Reads the simple form of tests/lib/acl.h and writes SMT-LIB 2 in the theory of bit
 * vectors: "unsat" is equal, "sat" different, with the packet that shows it.  Prefixes
 * are compared as bits that they share, which solvers take better than two bounds.
 */
#include <inttypes.h>
#include <stdio.h>

#include "rules/base/arena.h"
#include "tests/lib/acl.h"

static const char *const names[ACL_AXES] = {
	[ACL_SOURCE] = "src",
	[ACL_DESTINATION] = "dst",
	[ACL_SOURCE_PORT] = "sport",
	[ACL_DESTINATION_PORT] = "dport",
};

/* How many low bits a prefix leaves open, or -1 where the range is none. */
static int open_bits(struct acl_range range)
{
	uint32_t host = range.first ^ range.last;

	if (host & (host + 1) || range.first & host)
		return -1;
	return __builtin_popcount(host);
}

static void write_prefix(const char *name, unsigned bits, struct acl_range range,
			 int open)
{
	if (open == 0) {
		printf(" (= %s (_ bv%" PRIu32 " %u))", name, range.first, bits);
		return;
	}
	printf(" (= ((_ extract %u %d) %s) (_ bv%" PRIu32 " %u))", bits - 1, open, name,
	       range.first >> open, bits - (unsigned)open);
}

static void write_range(enum acl_axis axis, struct acl_range range)
{
	unsigned bits = acl_axis_bits(axis);
	int open = open_bits(range);

	if (range.first == 0 && range.last == acl_axis_max(axis))
		return;
	if (open >= 0) {
		write_prefix(names[axis], bits, range, open);
		return;
	}
	if (range.first > 0)
		printf(" (bvule (_ bv%" PRIu32 " %u) %s)", range.first, bits,
		       names[axis]);
	if (range.last < acl_axis_max(axis))
		printf(" (bvule %s (_ bv%" PRIu32 " %u))", names[axis], range.last, bits);
}

static void write_match(const struct acl_rule *rule)
{
	printf("(and true");
	if (rule->protocol)
		printf(" (= proto (_ bv%" PRIu32 " 8))", rule->protocol);
	for (enum acl_axis axis = 0; axis < ACL_AXES; axis++)
		write_range(axis, rule->at[axis]);
	printf(")");
}

/* Definition i says what the rules from i on permit; behind the last is nothing. */
static void write_policy(const struct acl *acl, char letter)
{
	printf("(define-fun %c%zu () Bool false)\n", letter, acl->count);
	for (size_t i = acl->count; i-- > 0;) {
		bool permit = acl->rules[i].permit;

		printf("(define-fun %c%zu () Bool (%s ", letter, i,
		       permit ? "or" : "and (not");
		write_match(&acl->rules[i]);
		printf("%s %c%zu))\n", permit ? "" : ")", letter, i + 1);
	}
}

int main(int argc, char **argv)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new();
	struct acl a, b;

	if (argc != 3) {
		fprintf(stderr, "usage: smt_peer A B\n");
		return 2;
	}
	a = acl_read(argv[1], arena);
	b = acl_read(argv[2], arena);
	printf("(set-logic QF_BV)\n(declare-const proto (_ BitVec 8))\n");
	for (enum acl_axis axis = 0; axis < ACL_AXES; axis++)
		printf("(declare-const %s (_ BitVec %u))\n", names[axis],
		       acl_axis_bits(axis));
	write_policy(&a, 'a');
	write_policy(&b, 'b');
	printf("(assert (xor a0 b0))\n(check-sat)\n");
	return fflush(stdout) ? 3 : 0;
}
