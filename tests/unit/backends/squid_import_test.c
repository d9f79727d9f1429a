/* squid_import_test.c - What the reader of squid's configuration makes of requests. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "backends/backend.h"
#include "backends/squid/squid.h"
#include "rules/base/arena.h"
#include "rules/base/diag.h"
#include "rules/base/strbuf.h"
#include "rules/ruleset.h"
#include "rules/ruleset_text.h"
#include "tests/lib/request.h"

/**
 * DOC: The rows
 *
 * A row of squid_rows.def is a configuration and what becomes of requests, both short:
 *
 *	ROW("name", "configuration", "requests")
 *
 * A configuration without a port gets one in front, so that it is a whole one; "part" in
 * front of the name keeps it a part, "7" reads it as squid 7 does.  Requests are
 *separated by ";":
 *
 *	[METHOD] HOST[=ADDRESS][:PORT][<SOURCE] -> VERDICT
 *
 * CONNECT, 192.0.2.1, 443 and 10.0.0.1 are what is not written; a HOST that is an address
 * is no name.  A verdict is "allow", "deny", "undecided" or "?" for unknown.
 *
 *	REFUSED("name", "configuration", "text of the message", line, column)
 *	WARNS("name", "configuration", "slug", line, column)
 */

struct row {
	const char *name, *text, *requests;
};

struct refusal {
	const char *name, *text, *what;
	size_t line, column;
};

#define ROW(...)
#define REFUSED(...)
#define WARNS(...)

#undef ROW
#define ROW(name, text, requests) {name, text, requests},
static const struct row rows[] = {
#include "tests/unit/backends/squid_rows.def"
};
#undef ROW
#define ROW(...)
#undef REFUSED
#define REFUSED(name, text, what, line, column) {name, text, what, line, column},
static const struct refusal refusals[] = {
#include "tests/unit/backends/squid_rows.def"
};
#undef REFUSED
#define REFUSED(...)
#undef WARNS
#define WARNS(name, text, slug, line, column) {name, text, slug, line, column},
static const struct refusal warnings[] = {
#include "tests/unit/backends/squid_rows.def"
};
#undef WARNS

/* What configurations may refer to. */
static const char *const others[][2] = {
	{"lists/names", "# hosts\n.listed.example  # and below\n\n  other.example\n"},
	{"lists/two", "a.example b.example\n"},
	{"lists/empty", "# nothing\n"},
	{"lists/nets", "10.1.0.0/16\n10.2.0.0/16\n"},
	{"lists/acls", "one\n!two\n"},
	{"/etc/squid/conf.d/10-a.conf", "acl A dstdomain -n a.example\n"},
	{"/etc/squid/conf.d/20-b.conf", "acl B port 8443\n"},
	{"/etc/squid/conf.d/.hidden.conf", "acl C bogus x\n"},
	{"/etc/squid/conf.d/x.disabled", "acl D bogus x\n"},
	{"loop.conf", "include loop.conf\n"},
	{"sub/more.conf", "http_access allow all\n"},
	{"quoted.conf", "http_access deny all\n"},
};

static struct import_input make_input(const char *text, bool part, bool seven,
				      struct arena *arena, struct diag *diag)
{
	struct import_file *files =
		arena_array(arena, ARRAY_SIZE(others) + 1, struct import_file);
	struct import_input input = {.files = files,
				     .file_count = ARRAY_SIZE(others) + 1};

	files[0].name = "squid.conf";
	files[0].text = part ? text : arena_printf(arena, "%s\nhttp_port 3128\n", text);
	files[0].length = strlen(files[0].text);
	for (size_t i = 0; i < ARRAY_SIZE(others); i++) {
		files[i + 1].name = others[i][0];
		files[i + 1].text = others[i][1];
		files[i + 1].length = strlen(others[i][1]);
	}
	for (size_t i = 0; i < input.file_count; i++)
		files[i].source = diag_add_source(diag, files[i].name, files[i].text,
						  files[i].length);
	if (seven)
		input.dialect = "squid-7";
	return input;
}

static bool take(const char **text, const char *word)
{
	if (strncmp(*text, word, strlen(word)) != 0)
		return false;
	*text += strlen(word);
	return true;
}

/* -- requests ----------------------------------------------------------------------- */

/* Up to one of @ends, copied. */
static const char *cut(const char **text, const char *ends, struct arena *arena)
{
	size_t length = strcspn(*text, ends);
	const char *word = arena_strndup(arena, *text, length);

	*text += length;
	return word;
}

static struct request read_request(const char *text, struct arena *arena)
{
	struct request request = {"CONNECT", NULL, "192.0.2.1", 443, "10.0.0.1"};
	const char *space = strchr(text, ' ');
	struct addr addr;

	if (space && space[1]) {
		request.method = cut(&text, " ", arena);
		text++;
	}
	if (*text == '[') {
		text++;
		request.host = cut(&text, "]", arena);
		text++;
		request.source = "2001:db8::1";
	} else {
		request.host = cut(&text, "=:<", arena);
	}
	if (addr_parse(request.host, &addr)) {
		request.address = request.host;
		request.host = NULL;
	}
	if (take(&text, "="))
		request.address = cut(&text, ":<", arena);
	if (take(&text, ":"))
		request.port = (unsigned)strtoul(cut(&text, "<", arena), NULL, 10);
	if (take(&text, "<"))
		request.source = text;
	return request;
}

static void check_request(const struct row *row, struct request_judge *judge, char *line,
			  struct arena *arena)
{
	char *arrow = strstr(line, " -> ");
	const char *unknowns[9] = {NULL}, *verdict, *expected;
	struct request request;

	if (!arrow)
		fail_msg("%s: no arrow in '%s'", row->name, line);
	*arrow = '\0';
	expected = arrow + 4;
	request = read_request(line, arena);
	verdict = request_judge(judge, &request, NULL, unknowns);
	if (strcmp(verdict, strcmp(expected, "?") == 0 ? "unknown" : expected) != 0)
		fail_msg("%s: %s is '%s', not '%s' (%s)", row->name, line, verdict,
			 expected, unknowns[0] ? unknowns[0] : "no unknown");
}

/* What is printed reads back as the same text: nested choices and odd names, too. */
static void check_text(const struct row *row, const struct ruleset *rules,
		       struct arena *arena, struct diag *diag)
{
	CLEANUP(strbuf_release) struct strbuf one = {0}, two = {0};
	struct ruleset *again;

	ruleset_print(rules, &one);
	if (ruleset_read(strbuf_text(&one), one.length, 0, arena, &again, diag) < 0)
		fail_msg("%s: the rule set's text does not read back: %s", row->name,
			 strbuf_text(&one));
	ruleset_print(again, &two);
	assert_string_equal(strbuf_text(&one), strbuf_text(&two));
}

static void check_row(const struct row *row)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new();
	struct diag *diag = diag_new(arena);
	const char *name = row->name;
	bool part = take(&name, "part: "), seven = take(&name, "7: ");
	struct import_input input = make_input(row->text, part, seven, arena, diag);
	char *requests = arena_strdup(arena, row->requests), *next;
	struct request_judge *judge;
	struct ruleset *rules;

	if (squid_import(&input, arena, &rules, diag) < 0)
		fail_msg("%s: not read: %s", row->name,
			 diag_message(diag, diag_warnings(diag))->text);
	check_text(row, rules, arena, diag);
	judge = request_judge_new(rules, arena, diag);
	assert_non_null(judge);
	for (char *line = strtok_r(requests, ";", &next); line;
	     line = strtok_r(NULL, ";", &next))
		check_request(row, judge, line + strspn(line, " "), arena);
	request_judge_free(judge);
}

static void requests_are_decided(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		check_row(&rows[i]);
}

/* -- messages ----------------------------------------------------------------------- */

static void check_place(const struct refusal *row, const struct diag *diag,
			const struct diag_message *message)
{
	const struct diag_source *source = diag_get_source(diag, message->at.source);
	struct place place;

	if (!source)
		fail_msg("%s: the message has no place", row->name);
	place = diag_place(source, message->at.begin);
	if (place.line != row->line || place.column != row->column)
		fail_msg("%s: at %zu:%zu, not %zu:%zu: %s", row->name, place.line,
			 place.column, row->line, row->column, message->text);
}

static void check_refusal(const struct refusal *row)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new();
	struct diag *diag = diag_new(arena);
	const char *name = row->name;
	bool seven = take(&name, "7: ");
	struct import_input input = make_input(row->text, false, seven, arena, diag);
	const struct diag_message *message;
	struct ruleset *rules = NULL;

	if (squid_import(&input, arena, &rules, diag) == 0)
		fail_msg("%s: read, and should not be", row->name);
	assert_null(rules);
	message = diag_message(diag, diag_warnings(diag));
	if (!strstr(message->text, row->what))
		fail_msg("%s: '%s' does not say '%s'", row->name, message->text,
			 row->what);
	check_place(row, diag, message);
}

static void what_squid_refuses_is_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(refusals); i++)
		check_refusal(&refusals[i]);
}

static void check_warning(const struct refusal *row)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new();
	struct diag *diag = diag_new(arena);
	struct import_input input = make_input(row->text, false, false, arena, diag);
	struct ruleset *rules;

	if (squid_import(&input, arena, &rules, diag) < 0)
		fail_msg("%s: not read: %s", row->name,
			 diag_message(diag, diag_warnings(diag))->text);
	if (!row->what) {
		if (diag_warnings(diag))
			fail_msg("%s: warns: %s", row->name, diag_message(diag, 0)->text);
		return;
	}
	for (size_t i = 0; diag_message(diag, i); i++)
		if (strcmp(diag_info(diag_message(diag, i)->code)->slug, row->what) ==
		    0) {
			check_place(row, diag, diag_message(diag, i));
			return;
		}
	fail_msg("%s: no warning '%s'", row->name, row->what);
}

static void what_squid_mistakes_is_warned_of(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(warnings); i++)
		check_warning(&warnings[i]);
}

/* -- ids, assumptions, names of unknowns --------------------------------------------- */

static const struct ruleset *read_rules(const char *text, struct arena *arena)
{
	struct diag *diag = diag_new(arena);
	struct import_input input = make_input(text, false, false, arena, diag);
	struct ruleset *rules;

	assert_int_equal(squid_import(&input, arena, &rules, diag), 0);
	return rules;
}

static void the_comment_above_is_the_id(void **state)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new();
	const struct chain *chain = &read_rules("# postern:aks/contoso\n"
						"http_access allow CONNECT\n"
						"http_access deny CONNECT\n"
						"#postern:x/y\n"
						"\n"
						"http_access deny all\n"
						"# postern:a/b\n"
						"# another\n"
						"http_access\tallow  all # why\n",
						arena)
					     ->chains[0];

	(void)state;
	assert_int_equal(chain->count, 4);
	assert_string_equal(chain->rules[0].id, "aks/contoso");
	assert_string_equal(chain->rules[0].name, "http_access allow CONNECT");
	for (size_t i = 1; i < 4; i++)
		assert_null(chain->rules[i].id);
	assert_string_equal(chain->rules[3].name, "http_access allow all");
}

static void what_is_not_followed_is_assumed(void **state)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new();
	const struct ruleset *rules = read_rules("cache_peer p parent 3128 0\n"
						 "cache_peer q parent 3128 0\n"
						 "acl d dst 10.0.0.0/8\n"
						 "http_access deny d\n",
						 arena);

	(void)state;
	assert_int_equal(rules->assumption_count, 3);
	assert_non_null(strstr(rules->assumptions[0], "(squid.conf:1)"));
	assert_non_null(strstr(rules->assumptions[1], "'dst' lists"));
	assert_non_null(strstr(rules->assumptions[2], "same family"));
}

static void equal_tests_are_equal_unknowns(void **state)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new();
	const struct chain *chain = &read_rules("acl a time MTWHF 09:00-17:00\n"
						"acl b time MTWHF 09:00-17:00\n"
						"acl c time SA\n"
						"acl r random 1/2\n"
						"http_access deny a\n"
						"http_access deny b\n"
						"http_access deny c\n"
						"http_access deny r\n"
						"http_access allow r\n",
						arena)
					     ->chains[0];
	const char *names[5];

	(void)state;
	for (size_t i = 0; i < 5; i++)
		names[i] = chain->rules[i].match.terms[0].unknown;
	assert_string_equal(names[0], "time MTWHF 09:00-17:00");
	assert_string_equal(names[0], names[1]);
	assert_string_not_equal(names[0], names[2]);
	assert_string_not_equal(names[3], names[4]); /* drawn anew in each line */
}

static void sniffing_knows_squid(void **state)
{
	static const char conf[] =
		"# a comment\nacl x dstdomain a.b\nhttp_access allow x\n";
	static const char nft[] = "table inet filter {\n}\n";

	(void)state;
	assert_int_equal(squid_sniff(conf, sizeof(conf) - 1), 100);
	assert_int_equal(squid_sniff(nft, sizeof(nft) - 1), 0);
	assert_int_equal(squid_sniff("", 0), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(requests_are_decided),
		cmocka_unit_test(what_squid_refuses_is_refused),
		cmocka_unit_test(what_squid_mistakes_is_warned_of),
		cmocka_unit_test(the_comment_above_is_the_id),
		cmocka_unit_test(what_is_not_followed_is_assumed),
		cmocka_unit_test(equal_tests_are_equal_unknowns),
		cmocka_unit_test(sniffing_knows_squid),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
