/* named_import_test.c - What the reader of BIND's files makes of names. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <string.h>

#include <cmocka.h>

#include "backends/registry.h"
#include "rules/base/arena.h"
#include "tests/lib/answers.h"

/**
 * DOC: The rows
 *
 *	ROW("name", "text", "answers")		a configuration, or a zone file, with
 *others ZONE("name", "records", "answers")	records of a zone file of e.io BAD("name",
 *"text", "message", line, column) BADZONE("name", "records", "message", line, column)
 *
 * Texts are cut into files, and answers asked for, as tests/lib/answers.h says.
 */
#define HEAD "$TTL 10\n@ SOA ns h 1 2 3 4 5\n@ NS localhost.\n"
#define ZONE_HEAD \
	"$TTL 10\ne.io. SOA ns.e.io. h.e.io. 1 2 3 4 5\n$ORIGIN e.io.\n NS localhost.\n"

/* One line less, so that the first record stands on line 4. */
#define BAD_HEAD "$ORIGIN e.io.\n@ SOA ns h 1 2 3 4 5\n@ NS localhost.\n"

struct row {
	const char *name, *text, *expected;
};

struct refusal {
	const char *name, *text, *what;
	unsigned line, column;
};

#define ROW(...)
#define ZONE(...)
#define BAD(...)
#define BADZONE(...)

#undef ROW
#undef ZONE
#define ROW(name, text, expected)  {name, text, expected},
#define ZONE(name, text, expected) {name, ZONE_HEAD text "\n", expected},
static const struct row rows[] = {
#include "tests/unit/backends/named_rows.def"
};
#undef ROW
#undef ZONE
#define ROW(...)
#define ZONE(...)

#undef BAD
#undef BADZONE
#define BAD(name, text, what, line, column) {name, text, what, line, column},
#define BADZONE(name, text, what, line, column) \
	{name, BAD_HEAD text "\n", what, line, column},
static const struct refusal refusals[] = {
#include "tests/unit/backends/named_rows.def"
};

static void test_rows(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		CLEANUP(strbuf_release) struct strbuf wrong = {0};

		if (!answers_are(&backend_bind, rows[i].text, rows[i].expected, &wrong))
			fail_msg("%s: %s", rows[i].name, strbuf_text(&wrong));
	}
}

static void test_refusals(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(refusals); i++) {
		const struct refusal *row = &refusals[i];
		CLEANUP(strbuf_release) struct strbuf wrong = {0};

		if (!answers_refused(&backend_bind, row->text, row->what, row->line,
				     row->column, &wrong))
			fail_msg("%s: %s", row->name, strbuf_text(&wrong));
	}
}

static const char *id_of(const char *text, const char *path, struct arena *arena)
{
	struct ruleset *rules;
	const struct path *found;

	assert_int_equal(import_text(&backend_bind, "db.e.io", text, strlen(text), arena,
				     &rules, diag_new(arena)),
			 0);
	found = ruleset_find_path(rules, path);
	assert_non_null(found);
	/* Forwarders stand behind a jump. */
	return rules->chains[found->stages[0].chain + (strcmp(path, "question") == 0)]
		.rules[0]
		.id;
}

static void test_ids(void **state)
{
	static const char forward[] =
		"zone \"e.io\" { type forward; forwarders { ::1; }; }; ";
	CLEANUP(arena_cleanup) struct arena *arena = arena_new();

	(void)state;
	assert_string_equal(id_of(HEAD "r A 10.0.0.1 ; postern:x/y z\n", "answer", arena),
			    "x/y");
	assert_string_equal(id_of(HEAD "r ( A ; postern:x\n 10.0.0.1 )\n", "answer",
				  arena),
			    "x");
	assert_null(id_of(HEAD "r A 10.0.0.1 ; no postern:x\n", "answer", arena));
	assert_string_equal(id_of(arena_printf(arena, "%s// postern:x\n", forward),
				  "question", arena),
			    "x");
	assert_string_equal(id_of(arena_printf(arena, "%s/* postern:x */", forward),
				  "question", arena),
			    "x");
	assert_null(id_of(arena_printf(arena, "%s\n// postern:x", forward), "question",
			  arena));
}

static void test_sniff(void **state)
{
	static const struct {
		const char *text;
		bool sure;
	} texts[] = {
		{"// x\ninclude \"/etc/bind/named.conf.options\";\n", true},
		{"/* x */ zone \"e.io\" { type hint; };", true},
		{"acl a { any; };\noptions { };\n", true},
		{"; x\n$TTL 10\n@ IN SOA ns h ( 1 2 3 4 5 )\n", true},
		{"$ORIGIN e.io.\n@ SOA ns h 1 2 3 4 5\n", true},
		{"", false},
		{"table inet x { }\n", false},
		{"include \"/etc/nftables.d/x.nft\"\ntable inet x { }\n", false},
		{"127.0.0.1 localhost\n", false},
		{"acl a src 10.0.0.1\nhttp_access allow a\n", false},
		{"{}", false},
		{"server:\n\tlocal-zone: \"e.io\" static\n", false},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		const char *text = texts[i].text;
		bool sure = backend_bind.sniff(text, strlen(text)) > 50;

		if (sure != texts[i].sure)
			fail_msg("'%s': %s", text, sure ? "sure" : "not sure");
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_refusals),
		cmocka_unit_test(test_ids),
		cmocka_unit_test(test_sniff),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
