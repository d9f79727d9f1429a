/* rule_text_test.c - Rules and boxes in words, and words that stay words. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "compiler/markdown.h"
#include "compiler/packet_options.h"
#include "compiler/rule_text.h"
#include "rules/base/arena.h"
#include "rules/base/diag.h"
#include "rules/base/strbuf.h"

struct fixture {
	struct arena *arena;
	struct diag *diag;
};

static int setup(void **state)
{
	struct arena *arena = arena_new();
	struct fixture *fixture = arena_make(arena, struct fixture);

	fixture->arena = arena;
	fixture->diag = diag_new(arena);
	*state = fixture;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *fixture = *state;

	arena_free(fixture->arena);
	return 0;
}

static void assert_place(struct fixture *fixture, const struct rule *rule,
			 const char *expected)
{
	assert_string_equal(rule_place(rule, fixture->diag, fixture->arena), expected);
}

static void test_place(void **state)
{
	struct fixture *fixture = *state;
	const char *text = "one\ntwo\n";
	struct rule rule = {.name = NULL};

	assert_place(fixture, &rule, "a rule");
	rule.id = "nodes/contoso";
	assert_place(fixture, &rule, "'postern:nodes/contoso'");
	rule.at = (struct span){diag_add_source(fixture->diag, "x.json", text,
						strlen(text)),
				4, 7};
	assert_place(fixture, &rule, "x.json:2 'postern:nodes/contoso'");
	rule.name = "postern-0200";
	assert_place(fixture, &rule, "x.json:2 'postern-0200' (postern:nodes/contoso)");
	rule.name = "postern:nodes/contoso";
	assert_place(fixture, &rule, "x.json:2 'postern:nodes/contoso'");
	rule.id = NULL;
	rule.name = "a\033[2Jb\n";
	assert_place(fixture, &rule, "x.json:2 'a?[2Jb?'");
	assert_int_equal(rule_line(&rule, fixture->diag), 2);
}

static void assert_box(struct fixture *fixture, const struct match *box,
		       const char *expected)
{
	CLEANUP(strbuf_release) struct strbuf text = {0};

	box_format(box, OPENERS_PINNED, fixture->arena, &text);
	assert_string_equal(strbuf_text(&text), expected);
}

static void test_box(void **state)
{
	struct fixture *fixture = *state;
	const struct name_pattern any = {NAME_SUFFIX, ""};
	const struct name_pattern host = {NAME_EXACT, "contoso.azurecr.io"};
	struct addr_set addrs = {0};
	struct match box = {0};
	struct term *term;

	match_openers(&box, fixture->arena);
	assert_box(fixture, &box, "any");
	match_family(&box, FAMILY_IPV4, fixture->arena);
	assert_box(fixture, &box, "family {ipv4}");
	match_symbol(&box, FIELD_IN_INTERFACE, IFACE_NONE, true, fixture->arena);
	match_unknown(&box, "the time", false, fixture->arena);
	assert_box(fixture, &box, "family {ipv4}");
	addrs.of[FAMILY_IPV4] = ranges_one(1, 1, fixture->arena);
	match_addrs(&box, FIELD_DESTINATION, &addrs, fixture->arena);
	assert_box(fixture, &box, "to {0.0.0.1}");
	match_name(&box, any, true, fixture->arena);
	assert_box(fixture, &box, "to {0.0.0.1} and no name");
	term = &box.terms[box.count - 1];
	term->negated = false;
	assert_box(fixture, &box, "to {0.0.0.1} and name {\"*\"}");
	match_name(&box, host, true, fixture->arena);
	assert_box(fixture, &box,
		   "to {0.0.0.1} and name {\"*\"} and not name {\"contoso.azurecr.io\"}");
	box = (struct match){0};
	match_name(&box, any, true, fixture->arena);
	assert_box(fixture, &box, "no name");
	box = (struct match){0};
	match_symbol(&box, FIELD_IN_INTERFACE, "eth0", false, fixture->arena);
	assert_box(fixture, &box, "in {\"eth0\"}");
}

static void test_code(void **state)
{
	CLEANUP(strbuf_release) struct strbuf text = {0};

	(void)state;
	markdown_code(&text, "a|b `<b>` \x1b[2J\n\x7f");
	assert_string_equal(strbuf_text(&text), "`a\\|b '<b>' ?[2J??`");
	text.length = 0;
	markdown_code(&text, "");
	assert_string_equal(strbuf_text(&text), "` `");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_place, setup, teardown),
		cmocka_unit_test_setup_teardown(test_box, setup, teardown),
		cmocka_unit_test(test_code),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
