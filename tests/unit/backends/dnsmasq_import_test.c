/* dnsmasq_import_test.c - What the reader of dnsmasq's configuration makes of questions.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "backends/dnsmasq/dnsmasq.h"
#include "backends/registry.h"
#include "rules/base/arena.h"
#include "rules/base/strbuf.h"
#include "rules/ruleset_text.h"
#include "tests/lib/answers.h"

/**
 * DOC: The rows
 *
 *	ROW("name", "configuration", "what is asked, and what comes")
 *tests/lib/answers.h REFUSED("name", "configuration", "text of the message", line,
 *column)
 *
 * tests/live/dnsmasq_live asks the real dnsmasq the same of every ROW.
 */
struct row {
	const char *name, *text, *expected;
};

struct refusal {
	const char *name, *text, *what;
	unsigned line, column;
};

#define ROW(name, text, expected) {name, text, expected},
#define REFUSED(...)
static const struct row rows[] = {
#include "tests/unit/backends/dnsmasq_rows.def"
};
#undef ROW
#undef REFUSED
#define ROW(...)
#define REFUSED(name, text, what, line, column) {name, text, what, line, column},
static const struct refusal refusals[] = {
#include "tests/unit/backends/dnsmasq_rows.def"
};

static void test_rows(void **state)
{
	size_t wrong = 0;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		CLEANUP(strbuf_release) struct strbuf text = {0};

		if (answers_are(&backend_dnsmasq, rows[i].text, rows[i].expected, &text))
			continue;
		print_message("%s: %s\n", rows[i].name, strbuf_text(&text));
		wrong++;
	}
	assert_int_equal(wrong, 0);
}

static void test_refusals(void **state)
{
	size_t wrong = 0;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(refusals); i++) {
		const struct refusal *row = &refusals[i];
		CLEANUP(strbuf_release) struct strbuf text = {0};

		if (answers_refused(&backend_dnsmasq, row->text, row->what, row->line,
				    row->column, &text))
			continue;
		print_message("%s: %s\n", row->name, strbuf_text(&text));
		wrong++;
	}
	assert_int_equal(wrong, 0);
}

/* -- more files ------------------------------------------------------------------------
 */

static const char *import_all(struct import_file *files, size_t count,
			      struct arena *arena, struct diag *diag)
{
	const struct import_input input = {.files = files, .file_count = count};
	CLEANUP(strbuf_release) struct strbuf text = {0};
	struct ruleset *rules;

	for (size_t i = 0; i < count; i++) {
		files[i].length = strlen(files[i].text);
		files[i].source = diag_add_source(diag, files[i].name, files[i].text,
						  files[i].length);
	}
	if (dnsmasq_import(&input, arena, &rules, diag) < 0)
		return NULL;
	ruleset_print(rules, &text);
	return arena_strdup(arena, strbuf_text(&text));
}

static void test_included(void **state)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new();
	struct import_file files[] = {
		{.name = "dnsmasq.conf",
		 .text = "no-hosts\nconf-file=/etc/more.conf\nconf-file=/etc/more.conf\n"
			 "conf-dir=/etc/dnsmasq.d/,*.conf,x.conf,*\n"
			 "addn-hosts=/etc/hosts.d\nhostsdir=/run/none\n"
			 "servers-file=/run/none.conf\n"},
		{.name = "/etc/more.conf", .text = "host-record=more.example,10.0.0.1\n"},
		{.name = "dnsmasq.d/b.conf", .text = "host-record=b.example,10.0.0.2\n"},
		{.name = "dnsmasq.d/a.conf", .text = "host-record=a.example,10.0.0.3\n"},
		{.name = "dnsmasq.d/ax.conf", .text = "bogus\n"},
		{.name = "dnsmasq.d/.c.conf", .text = "bogus\n"},
		{.name = "dnsmasq.d/c.conf~", .text = "bogus\n"},
		{.name = "dnsmasq.d/c.bak", .text = "bogus\n"},
		{.name = "dnsmasq.d/sub/c.conf", .text = "bogus\n"},
		{.name = "other/c.conf", .text = "bogus\n"},
		{.name = "/etc/hosts.d/one",
		 .text = "10.0.0.4 one.example # two.example"},
		{.name = "/etc/hosts.d/sub/two", .text = "10.0.0.5 two.example\n"},
		{.name = "/etc/hosts", .text = "10.0.0.6 three.example\n"},
	};
	const char *text = import_all(files, ARRAY_SIZE(files), arena, diag_new(arena));
	const char *a, *b;

	(void)state;
	assert_non_null(text);
	assert_non_null(strstr(text, "more.example"));
	a = strstr(text, "a.example");
	b = strstr(text, "b.example");
	assert_true(a && b && a < b);
	assert_non_null(strstr(text, "one.example"));
	assert_null(strstr(text, "two.example"));
	assert_null(strstr(text, "three.example"));
	assert_non_null(
		strstr(text, "assume \"directory '/etc/dnsmasq.d/' holds no other"));
	assert_non_null(strstr(text, "assume \"/run/none, which was not given"));
	assert_non_null(strstr(text, "assume \"no server in '/run/none.conf'"));
}

static void test_depth(void **state)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new();
	struct import_file files[20];
	struct diag *diag = diag_new(arena);

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(files); i++)
		files[i] = (struct import_file){
			.name = arena_printf(arena, "/etc/%zu.conf", i),
			.text = arena_printf(arena, "conf-file=/etc/%zu.conf\n",
					     (i + 1) % ARRAY_SIZE(files)),
		};
	assert_null(import_all(files, ARRAY_SIZE(files), arena, diag));
	assert_string_equal(diag_message(diag, 0)->text,
			    "'/etc/17.conf' is included through more than 16 files");
	/* A circle ends by itself. */
	files[15].text = "conf-file=/etc/0.conf\nhost-record=a.example,10.0.0.1\n";
	assert_non_null(import_all(files, 16, arena, diag_new(arena)));
}

/* Whoever reads rules should find the flow's id where people write it. */
static void test_ids(void **state)
{
	static const struct {
		const char *text, *id;
	} cases[] = {
		{"# postern:x\nhost-record=a.b,10.0.0.1", "rule \"x\" "},
		{"# postern:x\n\nhost-record=a.b,10.0.0.1", "rule \"x\" "},
		{"host-record=a.b,10.0.0.1 # postern:x y", "rule \"x\" "},
		{"\t#\tpostern:x\nhost-record=a.b,10.0.0.1 # postern:y", "rule \"y\" "},
		{"# postern:x\naddress=/a.b/10.0.0.1", "rule \"x\" "},
		{"# postern:x\ncname=a.b,c.d\nhost-record=c.d,10.0.0.1", "rule \"x\" "},
		{"# postern:x\n# why\nhost-record=a.b,10.0.0.1", NULL},
		{"# postern:x\n#\nhost-record=a.b,10.0.0.1", NULL},
		{"# postern:x\nno-poll\nhost-record=a.b,10.0.0.1", NULL},
		{"# postern:\nhost-record=a.b,10.0.0.1", NULL},
		{"# postern: x\nhost-record=a.b,10.0.0.1", NULL},
		{"host-record=a.b,10.0.0.1\n# postern:x", NULL},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		CLEANUP(arena_cleanup) struct arena *arena = arena_new();
		struct import_file file = {.name = "x", .text = cases[i].text};
		const char *text = import_all(&file, 1, arena, diag_new(arena));

		assert_non_null(text);
		if (cases[i].id && !strstr(text, cases[i].id))
			fail_msg("%s: %s", cases[i].text, text);
		else if (!cases[i].id && strstr(text, "rule \""))
			fail_msg("%s: %s", cases[i].text, text);
	}
}

static void test_sniff(void **state)
{
	static const char *const sure[] = {
		"host-record=a.b,10.0.0.1\n",
		"# a router's\n\ndomain-needed\nbogus-priv\n",
		"server=/azurecr.io/10.0.0.1",
	};
	static const char *const never[] = {
		"",
		"10.0.0.1 a.b\n",
		"http_port 3128\n",
		"server:\n  interface: 0.0.0.0\n",
		"options { directory \"x\"; };\n",
		"table inet x {\n}\n",
		"{\"server\": \"=\"}",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(sure); i++)
		assert_in_range(dnsmasq_sniff(sure[i], strlen(sure[i])), 70, 100);
	for (size_t i = 0; i < ARRAY_SIZE(never); i++)
		assert_int_equal(dnsmasq_sniff(never[i], strlen(never[i])), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),	 cmocka_unit_test(test_refusals),
		cmocka_unit_test(test_included), cmocka_unit_test(test_depth),
		cmocka_unit_test(test_ids),	 cmocka_unit_test(test_sniff),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
