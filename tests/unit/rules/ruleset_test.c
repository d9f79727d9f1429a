/* ruleset_test.c - Building rule sets by hand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "rules/base/arena.h"
#include "rules/base/strbuf.h"
#include "rules/ruleset.h"
#include "rules/ruleset_text.h"

static void assert_match(const struct match *match, const char *expected)
{
	CLEANUP(strbuf_release) struct strbuf text = {0};

	match_print(match, &text);
	assert_string_equal(strbuf_text(&text), expected);
}

/* Importers read a rule into a match that held another one. */
static void a_match_used_again_forgets(void **state)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new();
	struct match match = {0};

	(void)state;
	match_symbol(&match, FIELD_IN_INTERFACE, "lo", true, arena);
	match.terms[0].label = "old";
	assert_match(&match, "not in {\"lo\"} as \"old\"");
	match.count = 0;
	match_number(&match, FIELD_PROTOCOL, PROTOCOL_TCP, PROTOCOL_TCP, arena);
	assert_match(&match, "protocol {tcp}");
	match.count = 0;
	match_symbol(&match, FIELD_OUT_INTERFACE, "eth0", false, arena);
	assert_match(&match, "out {\"eth0\"}");
}

static void finds_paths_by_name(void **state)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new();
	struct ruleset *rules = ruleset_new(arena);
	struct path *path = ruleset_add_path(rules, "forward", arena);

	(void)state;
	assert_ptr_equal(ruleset_add_path(rules, "forward", arena), path);
	assert_null(ruleset_find_path(rules, "output"));
	assert_int_equal(rules->path_count, 1);
}

static void assumes_once(void **state)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new();
	struct ruleset *rules = ruleset_new(arena);

	(void)state;
	ruleset_assume(rules, "no NAT", arena);
	ruleset_assume(rules, "no NAT", arena);
	ruleset_assume(rules, "no tunnel", arena);
	assert_int_equal(rules->assumption_count, 2);
}

static void counts_rules_of_all_chains(void **state)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new();
	struct ruleset *rules = ruleset_new(arena);

	(void)state;
	assert_int_equal(ruleset_count_rules(rules), 0);
	assert_int_equal(ruleset_add_chain(rules, "a", arena), 0);
	assert_int_equal(ruleset_add_chain(rules, "a", arena), 1);
	chain_add_rule(&rules->chains[0], arena);
	chain_add_rule(&rules->chains[1], arena);
	chain_add_rule(&rules->chains[1], arena);
	assert_int_equal(ruleset_count_rules(rules), 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_match_used_again_forgets),
		cmocka_unit_test(finds_paths_by_name),
		cmocka_unit_test(assumes_once),
		cmocka_unit_test(counts_rules_of_all_chains),
	};

	return cmocka_run_group_tests_name("ruleset", tests, NULL, NULL);
}
