/* squid_emit_test.c - How rules are spelled for squid. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "backends/registry.h"
#include "rules/base/arena.h"
#include "rules/base/diag.h"
#include "rules/base/strbuf.h"
#include "rules/ruleset.h"

/* One rule for "squid -f": who, which names, which ports; NULL and 0 are left out. */
struct wish {
	const char *id;
	const char *label;
	const char *from[3];
	const char *names[6];
	unsigned ports[4]; /* pairs */
};

struct desk {
	struct arena *arena;
	struct diag *diag;
	struct ruleset *rules;
	struct backend_job job;
	struct backend_setting settings[2];
	struct artifact_list artifacts;
};

static void open_desk(struct desk *desk, const char *name, const char *form)
{
	size_t chain;
	struct path *path;

	*desk = (struct desk){.arena = arena_new()};
	desk->diag = diag_new(desk->arena);
	desk->rules = ruleset_new(desk->arena);
	chain = ruleset_add_chain(desk->rules, "request", desk->arena);
	path = ruleset_add_path(desk->rules, "request", desk->arena);
	arena_push(desk->arena, path->stages, path->count, path->capacity)->chain = chain;
	desk->settings[0] = (struct backend_setting){&backend_squid.options[0], form,
						     SPAN_NONE, true};
	desk->settings[1] = (struct backend_setting){&backend_squid.options[1], "3128",
						     SPAN_NONE, true};
	desk->job = (struct backend_job){.backend = &backend_squid,
					 .name = name,
					 .deny = true,
					 .settings = desk->settings,
					 .setting_count = 2};
}

static void close_desk(struct desk *desk)
{
	artifact_list_release(&desk->artifacts);
	arena_free(desk->arena);
}

static void add_rule(struct desk *desk, const struct wish *wish)
{
	struct arena *arena = desk->arena;
	struct rule *rule = chain_add_rule(&desk->rules->chains[0], arena);
	struct name_patterns names = {0};
	struct addr_set from = {0};
	struct ranges ports = {0};

	rule->id = wish->id;
	rule->action = ACTION_ADMIT;
	for (size_t i = 0; i < ARRAY_SIZE(wish->from) && wish->from[i]; i++) {
		struct prefix prefix;

		assert_int_equal(prefix_parse(wish->from[i], &prefix), PREFIX_OK);
		addr_set_add_prefix(&from, &prefix, arena);
	}
	addr_set_normalize(&from);
	match_addrs(&rule->match, FIELD_SOURCE, &from, arena);
	rule->match.terms[0].label = wish->label;
	for (size_t i = 0; i < ARRAY_SIZE(wish->names) && wish->names[i]; i++)
		*arena_push(arena, names.at, names.count, names.capacity) =
			name_pattern_parse(wish->names[i]);
	if (names.count) {
		struct term *term = match_add(&rule->match, TERM_NAMES, arena);

		term->field = FIELD_NAME;
		term->names = names;
	}
	for (size_t i = 0; i < ARRAY_SIZE(wish->ports) && wish->ports[i]; i += 2)
		ranges_add(&ports, (struct range){wish->ports[i], wish->ports[i + 1]},
			   arena);
	if (ports.count)
		match_numbers(&rule->match, FIELD_DESTINATION_PORT, &ports, arena);
	match_number(&rule->match, FIELD_PROTOCOL, PROTOCOL_TCP, PROTOCOL_TCP, arena);
	match_symbol(&rule->match, FIELD_METHOD, "CONNECT", false, arena);
}

/* The text behind the head, which ends with an empty line. */
static const char *emit(struct desk *desk)
{
	const char *text;

	assert_int_equal(backend_squid.emit(desk->rules, &desk->job, desk->arena,
					    &desk->artifacts, desk->diag),
			 0);
	assert_int_equal(desk->artifacts.count, 1);
	text = strstr(strbuf_text(&desk->artifacts.at[0]->body), "\n\n");
	assert_non_null(text);
	return text + 2;
}

static void emits(const struct wish *wishes, size_t count, const char *expected)
{
	struct desk desk;

	open_desk(&desk, "sq", "drop-in");
	for (size_t i = 0; i < count; i++)
		add_rule(&desk, &wishes[i]);
	assert_string_equal(emit(&desk), expected);
	close_desk(&desk);
}

static void refuses(const struct wish *wish, const char *message)
{
	struct desk desk;

	open_desk(&desk, "sq", "drop-in");
	add_rule(&desk, wish);
	assert_int_equal(backend_squid.emit(desk.rules, &desk.job, desk.arena,
					    &desk.artifacts, desk.diag),
			 -1);
	if (!strstr(diag_message(desk.diag, 0)->text, message))
		fail_msg("'%s' does not say '%s'", diag_message(desk.diag, 0)->text,
			 message);
	close_desk(&desk);
}

/* -- what is written ---------------------------------------------------------------- */

static void a_rule_is_a_line(void **state)
{
	const struct wish wish = {"a/contoso",
				  "c_a",
				  {"10.0.0.0/8"},
				  {"x.io"},
				  {443, 443}};

	(void)state;
	emits(&wish, 1,
	      "acl postern:sq:c_a src 10.0.0.0/8\n"
	      "acl postern:sq:n_contoso dstdomain -n x.io\n"
	      "acl postern:sq:p_443 port 443\n"
	      "\n"
	      "# postern:a/contoso\n"
	      "http_access allow CONNECT postern:sq:p_443 postern:sq:c_a "
	      "postern:sq:n_contoso\n");
}

static void equal_sets_are_one_acl(void **state)
{
	const struct wish wishes[] = {
		{"a/contoso", "c_a", {"10.0.0.0/8"}, {"x.io"}, {0}},
		{"b/contoso", "c_b", {"11.0.0.0/8"}, {"x.io"}, {0}},
		{"c/contoso", "c_a", {"10.0.0.0/8"}, {"y.io"}, {0}},
	};

	(void)state;
	emits(wishes, 3,
	      "acl postern:sq:c_a src 10.0.0.0/8\n"
	      "acl postern:sq:n_contoso dstdomain -n x.io\n"
	      "acl postern:sq:c_b src 11.0.0.0/8\n"
	      "acl postern:sq:n_contoso:2 dstdomain -n y.io\n"
	      "\n"
	      "# postern:a/contoso\n"
	      "http_access allow CONNECT postern:sq:c_a postern:sq:n_contoso\n"
	      "# postern:b/contoso\n"
	      "http_access allow CONNECT postern:sq:c_b postern:sq:n_contoso\n"
	      "# postern:c/contoso\n"
	      "http_access allow CONNECT postern:sq:c_a postern:sq:n_contoso:2\n");
}

static void wildcards_leave_their_apex_out(void **state)
{
	const struct wish wish = {"a/g",
				  "c",
				  {"10.0.0.1"},
				  {"*.b.io", "long.name.io", "z.io"},
				  {0}};

	(void)state;
	emits(&wish, 1,
	      "acl postern:sq:c src 10.0.0.1\n"
	      "acl postern:sq:not_n_g dstdomain -n b.io\n"
	      "acl postern:sq:n_g dstdomain -n z.io\n"
	      "acl postern:sq:n_g dstdomain -n .b.io\n"
	      "acl postern:sq:n_g dstdomain -n long.name.io\n"
	      "\n"
	      "# postern:a/g\n"
	      "http_access allow CONNECT postern:sq:c postern:sq:n_g "
	      "!postern:sq:not_n_g\n");
}

/* squid dies of "x" beside ".x", and of a narrow name in front of a wide one. */
static void covered_names_are_left_out(void **state)
{
	const struct wish wish = {"a/g",
				  "c",
				  {"10.0.0.1"},
				  {"a.b.io", "*.c.b.io", "b.io", "*.b.io", "b.io"},
				  {0}};

	(void)state;
	emits(&wish, 1,
	      "acl postern:sq:c src 10.0.0.1\n"
	      "acl postern:sq:n_g dstdomain -n .b.io\n"
	      "\n"
	      "# postern:a/g\n"
	      "http_access allow CONNECT postern:sq:c postern:sq:n_g\n");
}

/* "0.0.0.0/0" would be IPv6 too, and "::/0" one address. */
static void whole_families_are_two_halves(void **state)
{
	const struct wish wish = {"a/g", "c", {"0.0.0.0/0"}, {0}, {0}};

	(void)state;
	emits(&wish, 1,
	      "acl postern:sq:c src 0.0.0.0/1\n"
	      "acl postern:sq:c src 128.0.0.0/1\n"
	      "\n"
	      "# postern:a/g\n"
	      "http_access allow CONNECT postern:sq:c\n");
}

static void ports_are_ranges(void **state)
{
	const struct wish wish = {"a/g", "c", {"::1"}, {0}, {443, 443, 8000, 8010}};

	(void)state;
	emits(&wish, 1,
	      "acl postern:sq:c src ::1\n"
	      "acl postern:sq:p_443 port 443\n"
	      "acl postern:sq:p_443 port 8000-8010\n"
	      "\n"
	      "# postern:a/g\n"
	      "http_access allow CONNECT postern:sq:p_443 postern:sq:c\n");
}

static void a_complete_file_listens(void **state)
{
	struct desk desk;
	const char *text;

	(void)state;
	open_desk(&desk, "sq", "complete");
	chain_add_rule(&desk.rules->chains[0], desk.arena)->action = ACTION_REFUSE;
	text = emit(&desk);
	assert_string_equal(desk.artifacts.at[0]->name, "squid.conf");
	assert_string_equal(text, "http_port 3128\n\nhttp_access deny all\n");
	close_desk(&desk);
}

static void check_names(const char *text)
{
	for (const char *acl = text; (acl = strstr(acl, "acl postern:")); acl++)
		if (strcspn(acl + 4, " ") > 63)
			fail_msg("a name of more than 63 bytes: %.80s", acl);
}

/* Labels that begin alike, and an output with a name as long as can be. */
static void names_are_short_and_differ(void **state)
{
	static const char name[] = "an-output-with-the-longest-name-of-all-x";
	struct desk desk;
	const char *text;

	(void)state;
	open_desk(&desk, name, "drop-in");
	for (unsigned i = 0; i < 40; i++) {
		struct wish wish = {"a/a-group-of-forty-letters-and-some-more-no",
				    "c_a-client-with-the-longest-name-of-all-xyz",
				    {NULL},
				    {NULL},
				    {0}};

		wish.from[0] = arena_printf(desk.arena, "10.0.%u.0/24", 2 * i);
		wish.names[0] = arena_printf(desk.arena, "host%u.example", i);
		add_rule(&desk, &wish);
	}
	text = emit(&desk);
	check_names(text);
	for (unsigned i = 2; i <= 40; i++) {
		const char *client = arena_printf(desk.arena, ":%u src 10.0.%u.0/24\n", i,
						  2 * (i - 1));

		assert_non_null(strstr(text, client));
	}
	close_desk(&desk);
}

/* -- what is not written ------------------------------------------------------------ */

static void odd_names_do_not_reach_the_file(void **state)
{
	static const char *const odd[] = {"a b.io", "x.io\nhttp_access allow all",
					  "x#.io",  "\"f\"",
					  "X.io",   "x_y.io",
					  "-n",	    "x.io.",
					  "",	    ".x.io",
					  "*x.io",  "?.x.io"};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(odd); i++) {
		struct wish wish = {"a/g", "c", {"10.0.0.1"}, {odd[i]}, {0}};

		refuses(&wish, "squid cannot say such a");
	}
}

static void mapped_addresses_are_refused(void **state)
{
	const struct wish wish = {"a/g", "c", {"::/1"}, {"x.io"}, {0}};

	(void)state;
	refuses(&wish, "::ffff:0:0/96");
}

static void other_conditions_are_refused(void **state)
{
	struct desk desk;
	struct rule *rule;

	(void)state;
	open_desk(&desk, "sq", "drop-in");
	rule = chain_add_rule(&desk.rules->chains[0], desk.arena);
	rule->action = ACTION_ADMIT;
	match_number(&rule->match, FIELD_PROTOCOL, PROTOCOL_UDP, PROTOCOL_UDP,
		     desk.arena);
	assert_int_equal(backend_squid.emit(desk.rules, &desk.job, desk.arena,
					    &desk.artifacts, desk.diag),
			 -1);
	close_desk(&desk);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_rule_is_a_line),
		cmocka_unit_test(equal_sets_are_one_acl),
		cmocka_unit_test(wildcards_leave_their_apex_out),
		cmocka_unit_test(covered_names_are_left_out),
		cmocka_unit_test(whole_families_are_two_halves),
		cmocka_unit_test(ports_are_ranges),
		cmocka_unit_test(a_complete_file_listens),
		cmocka_unit_test(names_are_short_and_differ),
		cmocka_unit_test(odd_names_do_not_reach_the_file),
		cmocka_unit_test(mapped_addresses_are_refused),
		cmocka_unit_test(other_conditions_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
