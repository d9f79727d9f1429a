/* hosts_import_test.c - What the reader of hosts files makes of names. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <string.h>

#include <cmocka.h>

#include "backends/answer.h"
#include "backends/registry.h"
#include "rules/base/arena.h"
#include "tests/lib/answers.h"

/* As getent(1) of Debian 12 says; tests/live/hosts_live asks it. */
static const struct row {
	const char *name, *text, *expected;
} rows[] = {
	{"nothing", "", "a.b=10.0.0.1 -> undecided"},
	{"a line", "10.0.0.1 a.b",
	 "a.b=10.0.0.1 -> allow; a.b=10.0.0.2 -> deny; a.b=fd00::1 -> deny;"
	 "c.d=10.0.0.1 -> undecided; x.a.b=10.0.0.1 -> undecided"},
	{"several names", "10.0.0.1\ta.b  c.d\te.f\n",
	 "a.b=10.0.0.1 -> allow; c.d=10.0.0.1 -> allow; e.f=10.0.0.1 -> allow"},
	{"several lines of a name", "10.0.0.1 a.b\n10.0.0.2 c.d a.b\n",
	 "a.b=10.0.0.1 -> allow; a.b=10.0.0.2 -> allow; a.b=10.0.0.3 -> deny;"
	 "c.d=10.0.0.1 -> deny"},
	{"both families", "10.0.0.1 a.b\nfd00::1 a.b\n",
	 "a.b=10.0.0.1 -> allow; a.b=fd00::1 -> allow; a.b=fd00::2 -> deny"},
	{"names have no case", "10.0.0.1 A.b\n", "a.b=10.0.0.1 -> allow"},
	{"comments", "# 10.0.0.1 a.b\n10.0.0.2 c.d # a.b\n10.0.0.3 e.f#g.h\n",
	 "a.b=10.0.0.1 -> undecided; a.b=10.0.0.2 -> undecided; c.d=10.0.0.2 -> allow;"
	 "e.f=10.0.0.3 -> allow"},
	{"carriage returns", "10.0.0.1 a.b\r\n10.0.0.2 c.d\r\n",
	 "a.b=10.0.0.1 -> allow; c.d=10.0.0.2 -> allow"},
	{"blanks in front", "  10.0.0.1 a.b\n", "a.b=10.0.0.1 -> allow"},
	{"no address in front", "a.b 10.0.0.1\n10.0.0 c.d\n10.0.0.01 e.f\n",
	 "a.b=10.0.0.1 -> undecided; c.d=10.0.0.0 -> undecided; e.f=10.0.0.1 -> "
	 "undecided"},
	{"an address alone", "10.0.0.1\n", "a.b=10.0.0.1 -> undecided"},
	{"IPv4 in IPv6", "::ffff:10.0.0.1 a.b\n",
	 "a.b=10.0.0.1 -> allow; a.b=::ffff:10.0.0.1 -> deny"},
	{"a dot at the end is another name for glibc, not for Go", "10.0.0.1 a.b.\n",
	 "a.b=10.0.0.1 -> ?; a.b=10.0.0.2 -> ?; c.d=10.0.0.1 -> undecided"},
	{"a dot at the end of one of two", "10.0.0.1 a.b\n10.0.0.2 c.d A.b.\n",
	 "a.b=10.0.0.1 -> allow; a.b=10.0.0.2 -> ?; a.b=10.0.0.3 -> deny;"
	 "c.d=10.0.0.2 -> allow; c.d=10.0.0.1 -> deny"},
	{"two dots are no name", "10.0.0.1 a.b.. .\n", "a.b=10.0.0.1 -> undecided"},
	{"an address with a zone is one for Go alone", "fe80::1%lo a.b\n",
	 "a.b=fe80::1 -> ?; a.b=10.0.0.1 -> ?"},
	{"no zone", "10.0.0.1%lo a.b\nfe80::1% c.d\n%lo e.f\n",
	 "a.b=10.0.0.1 -> undecided; c.d=fe80::1 -> undecided;"
	 "e.f=10.0.0.1 -> undecided"},
	{"no wildcard", "10.0.0.1 *.a.b\n", "x.a.b=10.0.0.1 -> undecided"},
};

static void test_rows(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		CLEANUP(strbuf_release) struct strbuf wrong = {0};

		if (!answers_are(&backend_hosts, rows[i].text, rows[i].expected, &wrong))
			fail_msg("%s: %s", rows[i].name, strbuf_text(&wrong));
	}
}

static void test_ids(void **state)
{
	static const char text[] =
		"10.0.0.1 a.b # postern:x/y\n10.0.0.2 c.d #postern:z more\n"
		"10.0.0.3 e.f # else postern:w\n";
	CLEANUP(arena_cleanup) struct arena *arena = arena_new();
	struct ruleset *rules;

	(void)state;
	assert_int_equal(import_text(&backend_hosts, "hosts", text, sizeof(text) - 1,
				     arena, &rules, diag_new(arena)),
			 0);
	assert_string_equal(rules->chains[0].rules[0].id, "x/y");
	assert_string_equal(rules->chains[0].rules[1].id, "z");
	assert_null(rules->chains[0].rules[2].id);
}

static void test_sniff(void **state)
{
	static const struct {
		const char *text;
		bool sure;
	} texts[] = {
		{"127.0.0.1 localhost\n::1 ip6-localhost\n", true},
		{"# a comment\n\n10.0.0.1 a.b\n", true},
		{"# a comment\n", false},
		{"acl a src 10.0.0.1\n", false},
		{"10.0.0.1 a.b\nhttp_access deny all\n", false},
		{"{}", false},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		const char *text = texts[i].text;
		bool sure = backend_hosts.sniff(text, strlen(text)) > 50;

		if (sure != texts[i].sure)
			fail_msg("'%s': %s", text, sure ? "sure" : "not sure");
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_ids),
		cmocka_unit_test(test_sniff),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
