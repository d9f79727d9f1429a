/* difference_test.c - What is found between two rule sets, and what is left out. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "rules/base/arena.h"
#include "rules/base/diag.h"
#include "rules/base/strbuf.h"
#include "rules/difference.h"
#include "rules/ruleset_text.h"

#define HEAD(end, when)                     \
	"rules 1\npath \"p\" all" when "\n" \
	"  stage chain 0 \"c\" priority 0 end " end "\nchain 0 \"c\"\n"

struct fixture {
	struct arena *arena;
	struct diag *diag;
	struct difference_question question;
	struct difference found;
};

static int setup(void **state)
{
	struct arena *arena = arena_new();
	struct fixture *fixture = arena_make(arena, struct fixture);

	fixture->arena = arena;
	fixture->diag = diag_new(arena);
	fixture->question.max_boxes = 100;
	*state = fixture;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *fixture = *state;

	arena_free(fixture->arena);
	return 0;
}

static struct ruleset *read_rules(struct fixture *fixture, const char *text)
{
	uint32_t source = diag_add_source(fixture->diag, "rules", text, strlen(text));
	struct ruleset *rules = NULL;

	assert_int_equal(ruleset_read(text, strlen(text), source, fixture->arena, &rules,
				      fixture->diag),
			 0);
	return rules;
}

static const struct difference *compare(struct fixture *fixture, const char *before,
					const char *after)
{
	struct difference_question *question = &fixture->question;

	question->before = read_rules(fixture, before);
	question->after = read_rules(fixture, after);
	question->before_path = &question->before->paths[0];
	question->after_path = &question->after->paths[0];
	assert_int_equal(difference_find(question, fixture->arena, &fixture->found,
					 fixture->diag),
			 0);
	return &fixture->found;
}

static void assert_count(const struct count *count, const char *expected)
{
	char text[COUNT_TEXT_MAX];

	assert_string_equal(count_format(count, text), expected);
}

static void assert_match(const struct match *match, const char *expected)
{
	CLEANUP(strbuf_release) struct strbuf text = {0};

	match_print(match, &text);
	assert_string_equal(strbuf_text(&text), expected);
}

/* The same said in two ways is one node. */
static void test_equal(void **state)
{
	const struct difference *found =
		compare(*state, HEAD("refuse", "") "  rule: to {10.0.0.0/8} -> admit\n",
			HEAD("admit", "") "  rule: to {10.128.0.0/9} -> admit\n"
					  "  rule: to {10.0.0.0/9} -> admit\n"
					  "  rule: any -> refuse\n");

	assert_true(found->equal);
	assert_true(found->compared);
	assert_int_equal(found->parts[DIFFERENCE_OPENS].box_count, 0);
}

static void test_boxes(void **state)
{
	const struct difference *found =
		compare(*state,
			HEAD("refuse",
			     "") "  rule named \"web\": to {10.0.0.0/30} -> admit\n",
			HEAD("refuse",
			     "") "  rule named \"new\": to {10.0.0.2/31} -> admit\n"
				 "  rule named \"six\": to {2001:db8::/64} -> admit\n"
				 "  rule named \"no\": to {10.0.0.0} -> refuse\n"
				 "  rule named \"web\": to {10.0.0.0/31} -> admit\n");
	const struct difference_part *opens = &found->parts[DIFFERENCE_OPENS];
	const struct difference_part *closes = &found->parts[DIFFERENCE_CLOSES];

	assert_false(found->equal);
	assert_int_equal(opens->box_count, 1);
	assert_true(opens->complete);
	assert_true(opens->boxes[0].surely);
	assert_match(&opens->boxes[0].match, "family {ipv6} and to {2001:db8::/64}");
	assert_count(&opens->boxes[0].destinations, "18446744073709551616");
	assert_null(opens->boxes[0].before.rule);
	assert_int_equal(opens->boxes[0].before.verdict, VERDICT_REFUSE);
	assert_string_equal(opens->boxes[0].after.rule->name, "six");
	assert_int_equal(closes->box_count, 1);
	assert_count(&closes->destinations, "1");
	assert_string_equal(closes->boxes[0].before.rule->name, "web");
	assert_string_equal(closes->boxes[0].after.rule->name, "no");
	assert_string_equal(closes->boxes[0].after.chain->name, "c");
	assert_int_equal(closes->boxes[0].witness.destination, 0x0a000000);
	assert_false(found->parts[DIFFERENCE_CHANGES].any);
}

/* Boxes that one rule makes of several pieces come together. */
static void test_groups(void **state)
{
	const struct difference *found =
		compare(*state, HEAD("refuse", ""),
			HEAD("refuse",
			     "") "  rule named \"a\": to {10.0.0.1} -> admit\n"
				 "  rule named \"b\": to {10.0.0.2} and port {1} -> "
				 "admit\n"
				 "  rule named \"a2\": to {10.0.0.3} -> admit\n"
				 "  rule named \"b\": to {10.0.0.2} and port {2} -> "
				 "admit\n");
	const struct difference_part *opens = &found->parts[DIFFERENCE_OPENS];

	assert_int_equal(opens->box_count, 4);
	assert_count(&opens->destinations, "3");
	assert_string_equal(opens->boxes[1].after.rule->name, "b");
	assert_string_equal(opens->boxes[2].after.rule->name, "b");
	assert_string_equal(opens->boxes[3].after.rule->name, "a2");
}

static void test_limit(void **state)
{
	struct fixture *fixture = *state;
	const struct difference *found;

	fixture->question.max_boxes = 1;
	found = compare(fixture, HEAD("refuse", ""),
			HEAD("refuse", "") "  rule: to {10.0.0.1} -> admit\n"
					   "  rule: to {10.0.0.2} -> admit\n");
	assert_int_equal(found->parts[DIFFERENCE_OPENS].box_count, 1);
	assert_false(found->parts[DIFFERENCE_OPENS].complete);
	assert_true(found->parts[DIFFERENCE_CLOSES].complete);
	assert_count(&found->parts[DIFFERENCE_OPENS].destinations, "2");
}

/* One unknown in both rule sets is one unknown; one alone makes it possible only. */
static void test_unknowns(void **state)
{
	const char *rated = HEAD("refuse", "") "  rule: to {10.0.0.1} and unknown \"u\" "
					       "-> admit\n";
	const struct difference *found = compare(*state, rated, rated);
	const struct difference_part *opens = &found->parts[DIFFERENCE_OPENS];

	assert_true(found->equal);
	found = compare(*state, rated,
			HEAD("refuse", "") "  rule: to {10.0.0.0/31} -> admit\n");
	assert_int_equal(opens->box_count, 2);
	assert_count(&opens->destinations, "2");
	assert_count(&opens->surely, "1");
	assert_true(opens->boxes[0].surely);
	assert_false(opens->boxes[1].surely);
	assert_match(&opens->boxes[1].match,
		     "family {ipv4} and to {10.0.0.1} and not unknown \"u\"");
}

/* Surely treated otherwise, though by one rule or another. */
static void test_surely_by_two_rules(void **state)
{
	const struct difference *found =
		compare(*state, HEAD("refuse", ""),
			HEAD("refuse", "") "  rule named \"a\": unknown \"u\" -> admit\n"
					   "  rule named \"b\": any -> admit\n");
	const struct difference_part *opens = &found->parts[DIFFERENCE_OPENS];

	assert_int_equal(opens->box_count, 2);
	assert_true(opens->boxes[0].surely && opens->boxes[1].surely);
}

static void test_undecided(void **state)
{
	struct fixture *fixture = *state;
	const char *left = HEAD("undecided", "");
	const char *admitted = HEAD("undecided", "") "  rule: to {10.0.0.1} -> admit\n";
	const struct difference *found = compare(fixture, admitted, left);

	assert_true(found->equal);
	fixture->question.undecided = true;
	found = compare(fixture, admitted, left);
	assert_int_equal(found->parts[DIFFERENCE_CHANGES].box_count, 1);
	assert_false(found->parts[DIFFERENCE_OPENS].any);
}

static void test_marks(void **state)
{
	struct fixture *fixture = *state;
	const char *one = HEAD("admit", "") "  rule: to {10.0.0.1} -> mark 0x1 admit\n";
	const char *two = HEAD("admit", "") "  rule: to {10.0.0.1} -> mark 0x2 admit\n";
	const struct difference *found = compare(fixture, one, two);

	assert_true(found->equal);
	fixture->question.marks = true;
	found = compare(fixture, one, two);
	assert_int_equal(found->parts[DIFFERENCE_CHANGES].boxes[0].before.mark, 1);
	assert_int_equal(found->parts[DIFFERENCE_CHANGES].boxes[0].after.mark, 2);
	/* The mark of what is refused goes nowhere. */
	found = compare(fixture, HEAD("refuse", "") "  rule: any -> mark 0x1 continue\n",
			HEAD("refuse", ""));
	assert_true(found->equal);
}

/* Only what can be on both paths, and within the match. */
static void test_universes(void **state)
{
	struct fixture *fixture = *state;
	const char *tcp = HEAD("admit", " when protocol {tcp}");
	const char *none = HEAD("refuse", " when protocol {udp}");
	struct match within = {0};
	const struct difference *found = compare(fixture, tcp, none);

	assert_false(found->compared);
	assert_true(found->equal);
	match_number(&within, FIELD_PROTOCOL, PROTOCOL_UDP, PROTOCOL_UDP, fixture->arena);
	fixture->question.within = &within;
	found = compare(fixture, HEAD("admit", ""), HEAD("refuse", ""));
	assert_match(&found->parts[DIFFERENCE_CLOSES].boxes[0].match, "protocol {udp}");
}

static void test_loop(void **state)
{
	struct fixture *fixture = *state;
	struct difference_question *question = &fixture->question;

	question->before = question->after =
		read_rules(fixture,
			   HEAD("admit", "") "  rule: any -> jump chain 0 \"c\"\n");
	question->before_path = question->after_path = &question->before->paths[0];
	assert_int_equal(difference_find(question, fixture->arena, &fixture->found,
					 fixture->diag),
			 -1);
	assert_int_equal(diag_message(fixture->diag, 0)->code, DIAG_RULES_LOOP);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_equal, setup, teardown),
		cmocka_unit_test_setup_teardown(test_boxes, setup, teardown),
		cmocka_unit_test_setup_teardown(test_groups, setup, teardown),
		cmocka_unit_test_setup_teardown(test_limit, setup, teardown),
		cmocka_unit_test_setup_teardown(test_unknowns, setup, teardown),
		cmocka_unit_test_setup_teardown(test_surely_by_two_rules, setup,
						teardown),
		cmocka_unit_test_setup_teardown(test_undecided, setup, teardown),
		cmocka_unit_test_setup_teardown(test_marks, setup, teardown),
		cmocka_unit_test_setup_teardown(test_universes, setup, teardown),
		cmocka_unit_test_setup_teardown(test_loop, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
