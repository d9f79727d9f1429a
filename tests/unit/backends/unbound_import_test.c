/* unbound_import_test.c - What the reader of unbound.conf makes of names. */
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

/* As unbound 1.17.1 of Debian 12 does; tests/live/unbound_fuzz asks it. */
static const struct row {
	const char *name, *text, *expected;
} rows[] = {
	{"nothing", "", "a.b=10.0.0.1 -> undecided"},
	{"a carriage return ends no comment",
	 "server:\n# x\rlocal-data: \"a.b A 10.0.0.1\"\r\n"
	 "# y\r\nlocal-data: \"c.d A 10.0.0.2\"\r\n",
	 "a.b=10.0.0.1 -> undecided; c.d=10.0.0.2 -> allow"},
	{"data without a zone", "server: local-data: \"a.b A 10.0.0.1\"",
	 "a.b=10.0.0.1 -> allow; a.b=10.0.0.2 -> deny; a.b=::1 -> deny;"
	 "x.a.b=10.0.0.1 -> undecided; b=10.0.0.1 -> undecided"},
	{"transparent",
	 "server: local-zone: a.b transparent local-data: \"x.a.b A 10.0.0.1\"",
	 "x.a.b=10.0.0.1 -> allow; x.a.b=::1 -> deny; a.b=10.0.0.1 -> undecided"},
	{"typetransparent",
	 "server: local-zone: a.b typetransparent local-data: \"a.b A 10.0.0.1\"",
	 "a.b=10.0.0.1 -> allow; a.b=10.0.0.2 -> deny; a.b=::1 -> undecided"},
	{"static", "server: local-zone: a.b static local-data: \"x.a.b A 10.0.0.1\"",
	 "x.a.b=10.0.0.1 -> allow; x.a.b=::1 -> deny; y.a.b=10.0.0.1 -> deny;"
	 "a.b=10.0.0.1 -> deny; b=10.0.0.1 -> undecided"},
	{"redirect", "server: local-zone: a.b redirect local-data: \"a.b A 10.0.0.1\"",
	 "a.b=10.0.0.1 -> allow; x.y.a.b=10.0.0.1 -> allow; x.a.b=::1 -> deny"},
	{"a redirect to another name",
	 "server: local-zone: a.b redirect local-data: \"a.b CNAME c.d\"",
	 "x.a.b=10.0.0.1 -> ?"},
	{"refusals",
	 "server: local-zone: a refuse local-zone: b deny local-zone: c "
	 "inform_deny local-data: \"x.a A 10.0.0.1\"",
	 "a=::1 -> deny; x.b=::1 -> deny; c=::1 -> deny; x.a=10.0.0.1 -> allow"},
	{"types that ignore data",
	 "server: local-zone: a always_nxdomain local-zone: b always_transparent "
	 "local-zone: c always_refuse local-data: \"a A 10.0.0.1\" local-data: \"b A "
	 "10.0.0.1\" local-data: \"c A 10.0.0.1\"",
	 "a=10.0.0.1 -> deny; b=10.0.0.1 -> undecided; c=10.0.0.1 -> deny"},
	{"always_null", "server: local-zone: a always_null local-data: \"a A 10.0.0.1\"",
	 "a=10.0.0.1 -> allow; a=0.0.0.0 -> deny; a=:: -> allow; x.a=0.0.0.0 -> allow;"
	 "x.a=10.0.0.1 -> deny"},
	{"the zone with most labels decides",
	 "server: local-zone: b static local-zone: a.b transparent local-zone: x.a.b "
	 "deny",
	 "b=::1 -> deny; y.b=::1 -> deny; a.b=::1 -> undecided; z.x.a.b=::1 -> deny"},
	{"of two zones of a name the later one",
	 "server: local-zone: a static\nserver: local-zone: A. transparent",
	 "a=::1 -> undecided"},
	{"the same, the other way",
	 "server: local-zone: A. transparent local-zone: a static", "a=::1 -> deny"},
	{"an alias is no address, and is answered for every type",
	 "server: local-data: \"a CNAME b\" local-data: \"b A 10.0.0.1\"",
	 "a=10.0.0.1 -> deny; b=10.0.0.1 -> allow"},
	{"records before an alias",
	 "server: local-data: \"a A 10.0.0.1\" local-data: \"a CNAME b\" local-data: \"a "
	 "AAAA ::1\"",
	 "a=10.0.0.1 -> allow; a=::1 -> deny"},
	{"another type keeps the name", "server: local-data: \"a TXT x\"",
	 "a=10.0.0.1 -> deny"},
	{"another class does not", "server: local-data: \"a CH A 10.0.0.1\"",
	 "a=10.0.0.1 -> undecided"},
	{"spellings of records",
	 "server: local-data: \"A.b. 1h in a 10.0.0.1\" local-data: 'c\t10 CLASS1 TYPE28 "
	 "::1 x' local-data: \"\\100.e A 10.0.0.2\"",
	 "a.b=10.0.0.1 -> allow; c=::1 -> allow; d.e=10.0.0.2 -> allow"},
	{"a record that holds nothing",
	 "server: local-zone: a typetransparent local-data: \"a A\"",
	 "a=10.0.0.1 -> deny; a=::1 -> undecided"},
	{"names that nobody asks for",
	 "server: local-zone: \"*.a\" static local-data: \"*.b A 10.0.0.1\" local-data: "
	 "\"c\\.d A 10.0.0.1\" local-data: \" A 10.0.0.1\"",
	 "x.a=::1 -> undecided; x.b=10.0.0.1 -> undecided; c.d=10.0.0.1 -> undecided"},
	{"the root", "server: local-zone: . static local-zone: a transparent",
	 "x=::1 -> deny; x.a=::1 -> undecided"},
	{"lines mean nothing",
	 "server:local-zone:\n# a comment\na.b\n\n  static\r\nlocal-zone:'c'deny",
	 "a.b=::1 -> deny; c=::1 -> deny"},
	{"tags",
	 "server: define-tag: t local-zone: b static local-zone: a.b transparent "
	 "local-zone-tag: a.b t",
	 "a.b=::1 -> ?; b=::1 -> deny"},
	{"overrides",
	 "server: local-zone: a static local-zone-override: a 10.0.0.0/8 deny",
	 "a=::1 -> ?; b=::1 -> undecided"},
	{"views",
	 "server: local-zone: a static access-control-view: ::/0 v\nview: name: v",
	 "a=::1 -> ?; b=::1 -> ?"},
	{"rpz and auth-zone",
	 "server: local-zone: a static\nauth-zone: name: c\nrpz: name: r",
	 "a=::1 -> deny; c=::1 -> ?; d=::1 -> ?"},
	{"an auth-zone for itself", "auth-zone: name: c for-downstream: no",
	 "c=::1 -> undecided"},
	{"a view that nobody is in", "view: name: v local-zone: a static",
	 "a=::1 -> undecided"},
};

static const struct row forwards[] = {
	{"a domain", "forward-zone: name: a.b forward-addr: 10.0.0.1",
	 "a.b@10.0.0.1 -> allow; x.a.b@10.0.0.1 -> allow; x.a.b@10.0.0.2 -> deny;"
	 "a.b@10.0.0.1#54 -> deny; b@10.0.0.1 -> undecided; a.b=10.0.0.9 -> undecided"},
	{"several servers, their ports",
	 "forward-zone: name: a forward-addr: 10.0.0.1@54 forward-addr: ::1:1#n "
	 "forward-addr: 10.0.0.2@65589#n",
	 "a@10.0.0.1#54 -> allow; a@::1:1#853 -> allow; a@10.0.0.2 -> allow;"
	 "a@10.0.0.1 -> deny"},
	{"the zone with most labels decides",
	 "forward-zone: name: b forward-addr: 10.0.0.1\nforward-zone: name: a.b "
	 "forward-addr: 10.0.0.2\nforward-zone: name: . forward-addr: 10.0.0.3",
	 "x.a.b@10.0.0.2 -> allow; x.a.b@10.0.0.1 -> deny; b@10.0.0.1 -> allow;"
	 "c@10.0.0.3 -> allow; c@10.0.0.1 -> deny"},
	{"of two zones of a name the later one",
	 "forward-zone: name: a forward-addr: 10.0.0.1\nforward-zone: name: A. "
	 "forward-addr: 10.0.0.2",
	 "a@10.0.0.2 -> allow; a@10.0.0.1 -> deny"},
	{"a forward-zone goes before a stub-zone",
	 "forward-zone: name: a forward-addr: 10.0.0.1\nstub-zone: name: a stub-addr: "
	 "10.0.0.2",
	 "a@10.0.0.1 -> allow; a@10.0.0.2 -> deny"},
	{"a stub-zone below it does not",
	 "forward-zone: name: a forward-addr: 10.0.0.1\nstub-zone: name: b.a stub-addr: "
	 "10.0.0.2",
	 "x.b.a@10.0.0.2 -> allow; a@10.0.0.1 -> allow; b.a@10.0.0.1 -> ?"},
	{"without servers", "forward-zone: name: a", "a@10.0.0.1 -> deny"},
	{"another way when none answers",
	 "forward-zone: name: a forward-addr: 10.0.0.1 forward-first: yes",
	 "a@10.0.0.1 -> allow; a@10.0.0.2 -> ?"},
	{"a server by its name", "forward-zone: name: a forward-host: ns.b",
	 "a@10.0.0.1 -> ?; a@10.0.0.1#54 -> deny"},
	{"names of its own are not asked for",
	 "server: local-data: \"b.a A 10.0.0.9\" local-zone: c.a static local-zone: "
	 "d.c.a "
	 "transparent\nforward-zone: name: a forward-addr: 10.0.0.1",
	 "b.a@10.0.0.1 -> deny; x.b.a@10.0.0.1 -> allow; c.a@10.0.0.1 -> deny;"
	 "x.d.c.a@10.0.0.1 -> allow; a@10.0.0.1 -> allow"},
	{"of one type only",
	 "server: local-zone: a typetransparent local-data: \"a A 10.0.0.9\" local-data: "
	 "\"b.a TXT x\" local-data: \"c.a A 10.0.0.9\" local-data: \"c.a AAAA ::9\"\n"
	 "forward-zone: name: a forward-addr: 10.0.0.1",
	 "a@10.0.0.1 -> ?; b.a@10.0.0.1 -> allow; c.a@10.0.0.1 -> deny"},
	{"a guard against rebinding",
	 "server: private-address: 10.0.0.0/8\nforward-zone: name: a forward-addr: "
	 "10.0.0.1",
	 "a@10.0.0.1 -> ?; a@10.0.0.2 -> deny"},
	{"and exemptions from it",
	 "server: private-address: 10.0.0.0/8 private-domain: a private-domain: c.b\n"
	 "forward-zone: name: x.a forward-addr: 10.0.0.1\nforward-zone: name: b "
	 "forward-addr: 10.0.0.1",
	 "x.a@10.0.0.1 -> allow; c.b@10.0.0.1 -> allow; b@10.0.0.1 -> ?"},
	{"response-ip",
	 "server: response-ip: 10.0.0.0/8 deny\nforward-zone: name: a forward-addr: "
	 "10.0.0.1",
	 "a@10.0.0.1 -> ?"},
	{"servers that are not asked",
	 "server: do-not-query-address: 10.0.0.0/31\nforward-zone: name: a forward-addr: "
	 "10.0.0.1 forward-addr: 10.0.0.2 forward-addr: 127.0.0.53",
	 "a@10.0.0.1 -> deny; a@10.0.0.2 -> allow; a@127.0.0.53 -> deny"},
	{"unless it is told to",
	 "server: do-not-query-localhost: no\nforward-zone: name: a forward-addr: "
	 "127.0.0.53",
	 "a@127.0.0.53 -> allow"},
	{"one family only",
	 "server: do-ip6: no\nforward-zone: name: a forward-addr: ::1:1 forward-addr: "
	 "10.0.0.1",
	 "a@::1:1 -> deny; a@10.0.0.1 -> allow"},
	{"nobody who asks",
	 "server: module-config: validator\nforward-zone: name: a "
	 "forward-addr: 10.0.0.1",
	 "a@10.0.0.1 -> deny"},
	{"somebody else's module",
	 "server: module-config: \"python iterator\"\nforward-zone: name: a "
	 "forward-addr: "
	 "10.0.0.1",
	 "a@10.0.0.1 -> ?"},
	{"auth-zones and rpz",
	 "forward-zone: name: a forward-addr: 10.0.0.1\nauth-zone: name: b.a",
	 "a@10.0.0.1 -> allow; b.a@10.0.0.1 -> ?"},
};

static void check_rows(const struct row *table, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		CLEANUP(strbuf_release) struct strbuf wrong = {0};

		if (!answers_are(&backend_unbound, table[i].text, table[i].expected,
				 &wrong))
			fail_msg("%s: %s", table[i].name, strbuf_text(&wrong));
	}
}

static void test_answers(void **state)
{
	(void)state;
	check_rows(rows, ARRAY_SIZE(rows));
}

static void test_forwards(void **state)
{
	(void)state;
	check_rows(forwards, ARRAY_SIZE(forwards));
}

static void test_refusals(void **state)
{
	static const struct {
		const char *text, *what;
		unsigned line, column;
	} refused[] = {
		{"local-zone: a static", "stands in no clause", 1, 1},
		{"forward-zone:\n local-zone: a static", "stands in no clause", 2, 2},
		{"server:\n local-zon: a static", "no attribute 'local-zon'", 2, 2},
		{"server:\n Local-zone: a static", "no attribute", 2, 2},
		{"server\n", "a colon is missing", 1, 1},
		{"server: \"x\"", "no word can begin", 1, 9},
		{"server: : x", "no word can begin", 1, 9},
		{"server: local-zone: a", "a value of 'local-zone' is missing", 1, 9},
		{"server: local-zone: \"a\n\" static", "a quote is not closed", 1, 21},
		{"server: local-zone: a 'static", "a quote is not closed", 1, 23},
		{"server: local-zone: a Static", "no type of a local-zone", 1, 23},
		{"server: local-zone: a block_a", "no type of a local-zone", 1, 23},
		{"server: local-zone: a..b static", "no domain name", 1, 21},
		{"server: local-zone: \"\" static", "no domain name", 1, 21},
		{"server: local-data: \"\"", "no type of a record", 1, 21},
		{"server: local-data: a", "no type of a record", 1, 21},
		{"server: local-data: \"a AX b\"", "'AX' is no type", 1, 21},
		{"server: local-data: \"a IN 10 A 1.2.3.4\"", "'10' is no type", 1, 21},
		{"server: local-data: \"a A 1.2.3\"", "no IPv4 address", 1, 21},
		{"server: local-data: \"a AAAA 1.2.3.4\"", "no IPv6 address", 1, 21},
		{"server: local-zone: a redirect local-data: \"x.a A 1.2.3.4\"",
		 "at its own name 'a' only", 1, 44},
		{"server: local-zone: a redirect local-data: \"a A 1.2.3.4\" local-data: "
		 "\"a CNAME b\"",
		 "a CNAME is beside", 1, 70},
		{"forward-zone: forward-addr: 10.0.0.1", "has no 'name'", 1, 1},
		{"stub-zone:\n\nserver:", "has no 'name'", 1, 1},
		{"forward-zone: name: a name: b", "a second 'name'", 1, 23},
		{"forward-zone: name: a forward-addr: b", "no address of a server", 1,
		 37},
		{"forward-zone: name: a forward-addr: 1.2.3.4@x", "no address", 1, 37},
		{"forward-zone: name: a forward-first: maybe", "neither 'yes' nor 'no'",
		 1, 38},
		{"server: private-address: 10.0.0.0/40", "no address or prefix", 1, 26},
		{"server: private-domain: a..b", "no domain name", 1, 25},
		{"server: include: x.conf", "not among the files", 1, 18},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(refused); i++) {
		CLEANUP(strbuf_release) struct strbuf wrong = {0};

		if (!answers_refused(&backend_unbound, refused[i].text, refused[i].what,
				     refused[i].line, refused[i].column, &wrong))
			fail_msg("%s: %s", refused[i].text, strbuf_text(&wrong));
	}
}

/* What stands in files that are included; the dialect. */
static int import_files(const char *const texts[][2], size_t count, const char *dialect,
			struct arena *arena, struct ruleset **ret_rules)
{
	struct import_file *files = arena_array(arena, count, struct import_file);
	struct import_input input = {.files = files, .file_count = count, .bare = true};
	struct diag *diag = diag_new(arena);

	input.dialect = dialect;
	for (size_t i = 0; i < count; i++)
		files[i] = (struct import_file){
			.name = texts[i][0],
			.text = texts[i][1],
			.length = strlen(texts[i][1]),
			.source = diag_add_source(diag, texts[i][0], texts[i][1],
						  strlen(texts[i][1])),
		};
	return backend_unbound.import(&input, arena, ret_rules, diag);
}

static void test_includes(void **state)
{
	static const char *const texts[][2] = {
		{"/etc/unbound/unbound.conf",
		 "include: /etc/unbound/conf.d/*.conf\ninclude-toplevel: b/x.conf\n"
		 "server: local-zone: include: b/y.txt refuse"},
		{"conf.d/a.conf", "server: local-zone: a static"},
		{"conf.d/b.conf", "local-zone: b static"},
		{"b/x.conf", "forward-zone: name: f"},
		{"b/y.txt", "d"},
	};
	CLEANUP(arena_cleanup) struct arena *arena = arena_new();
	struct ruleset *rules;

	(void)state;
	assert_int_equal(import_files(texts, ARRAY_SIZE(texts), NULL, arena, &rules), 0);
	assert_int_equal(rules->chains[0].count, 3);
	/* A clause ends with the file of include-toplevel. */
	assert_int_equal(import_files((const char *const
					       [][2]){{"u", "include-toplevel: b/x.conf\n"
							    "forward-addr: 10.0.0.1"},
						      {"b/x.conf",
						       "forward-zone: name: f"}},
				      2, NULL, arena, &rules),
			 -1);
	/* And goes on behind the one of include. */
	assert_int_equal(import_files((const char *const[][2]){{"u",
								"include: b/x.conf\n"
								"forward-addr: 10.0.0.1"},
							       {"b/x.conf",
								"forward-zone: name: f"}},
				      2, NULL, arena, &rules),
			 0);
}

static void test_later_versions(void **state)
{
	static const char *const texts[][2] = {
		{"u",
		 "server: local-zone: a block_a\n answer-cookie: yes\n verbosity: 1"}};
	CLEANUP(arena_cleanup) struct arena *arena = arena_new();
	struct ruleset *rules;

	(void)state;
	assert_int_equal(import_files(texts, 1, NULL, arena, &rules), -1);
	assert_int_equal(import_files(texts, 1, "unbound-1.22", arena, &rules), 0);
	assert_int_equal(rules->chains[0].count, 1);
}

/* What unbound would miss at its start, below a warning. */
static void test_missing(void **state)
{
	static const char *const texts[][2] = {
		{"server: access-control-view: ::/0 v", "\nview: name: v"},
		{"server: local-zone-override: a ::/0 deny", " local-zone: a static"},
		{"server: define-tag: t local-zone-tag: a t", " local-zone: a static"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		CLEANUP(arena_cleanup) struct arena *arena = arena_new();
		struct ruleset *rules;

		assert_int_equal(import_files((const char *const[][2]){{"u",
									texts[i][0]}},
					      1, NULL, arena, &rules),
				 -1);
		assert_int_equal(import_files((const char *const
						       []
						       [2]){{"u",
							     arena_printf(arena, "%s%s",
									  texts[i][0],
									  texts[i][1])}},
					      1, NULL, arena, &rules),
				 0);
	}
}

static void test_ids(void **state)
{
	static const char *const texts[][2] = {
		{"u", "server:\n\t# postern:x/y\n\tlocal-zone: a transparent\n"
		      "\tlocal-data: \"a A 10.0.0.1\"\n\n\tlocal-data: \"b A 10.0.0.1\"\n"
		      "\t#postern:z  \n\tlocal-data: \"c A 10.0.0.1\"\n"
		      "\t# else\n\tlocal-data: \"d A 10.0.0.1\"\n"}};
	static const char *const ids[] = {"x/y", NULL, "z", NULL};
	CLEANUP(arena_cleanup) struct arena *arena = arena_new();
	struct ruleset *rules;

	(void)state;
	assert_int_equal(import_files(texts, 1, NULL, arena, &rules), 0);
	for (size_t i = 0; i < ARRAY_SIZE(ids); i++) {
		const struct rule *rule = &rules->chains[0].rules[2 * i];

		assert_int_equal(rule->action, ACTION_ADMIT);
		if (ids[i])
			assert_string_equal(rule->id, ids[i]);
		else
			assert_null(rule->id);
	}
}

static void test_defaults(void **state)
{
	static const char *const plain[][2] = {
		{"u", "server: local-zone: test nodefault"}};
	CLEANUP(arena_cleanup) struct arena *arena = arena_new();
	struct import_file file = {"u", plain[0][1], strlen(plain[0][1]), 0};
	struct import_input input = {.files = &file, .file_count = 1};
	struct ruleset *rules;
	size_t names = 0;

	(void)state;
	assert_int_equal(import_files(plain, 1, NULL, arena, &rules), 0);
	assert_int_equal(rules->chains[0].count, 0);
	assert_int_equal(backend_unbound.import(&input, arena, &rules, diag_new(arena)),
			 0);
	for (size_t i = 0; i < rules->chains[0].count; i++)
		names += rules->chains[0].rules[i].match.terms[0].names.count;
	/* A hundred zones without "test", and localhost in three rules. */
	assert_int_equal(names, 103);
}

static void test_sniff(void **state)
{
	static const struct {
		const char *text;
		int least, most;
	} texts[] = {
		{"# x\nserver:\n\tlocal-zone: a static\n", 100, 100},
		{"forward-zone:\n  name: x\n", 100, 100},
		{"server:\n  zonesdir: /x\n", 1, 50},
		{"table inet x {\n}\n", 0, 0},
		{"10.0.0.1 a.b\n", 0, 0},
		{"http_access deny all\n", 0, 0},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
		assert_in_range(backend_unbound.sniff(texts[i].text,
						      strlen(texts[i].text)),
				texts[i].least, texts[i].most);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_answers),
		cmocka_unit_test(test_forwards),
		cmocka_unit_test(test_refusals),
		cmocka_unit_test(test_includes),
		cmocka_unit_test(test_later_versions),
		cmocka_unit_test(test_missing),
		cmocka_unit_test(test_ids),
		cmocka_unit_test(test_defaults),
		cmocka_unit_test(test_sniff),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
