/* smt_test.c - The spelling of certificates; what they mean is asked of a solver. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "rules/base/arena.h"
#include "rules/base/diag.h"
#include "rules/base/strbuf.h"
#include "rules/ruleset_text.h"
#include "rules/smt.h"

#define BEGIN "rules 1\npath \"p\" all\n stage chain 0 \"c\" priority 0 end undecided\n"

static struct ruleset *read_rules(const char *text, struct arena *arena,
				  struct diag *diag)
{
	uint32_t source = diag_add_source(diag, "test", text, strlen(text));
	struct ruleset *made;

	if (ruleset_read(text, strlen(text), source, arena, &made, diag) < 0)
		fail_msg("%s\n%s", diag_message(diag, 0)->text, text);
	return made;
}

static int write_rules(const char *text, struct strbuf *out, struct arena *arena,
		       struct diag *diag)
{
	struct ruleset *rules = read_rules(text, arena, diag);
	const struct match any = {0};
	const struct proof_question question = {
		.rules = rules,
		.path = &rules->paths[0],
		.universe = &any,
		.governed = &any,
		.deny = true,
	};

	return smt_write(&question, out, diag);
}

/* One rule, and lines that it makes. */
static const struct {
	const char *match;
	const char *lines[4];
} rows[] = {
	{"to {10.1.2.0/24}", {"(and (not ipv6) (= (bvand to4 #xffffff00) #x0a010200))"}},
	{"to {2001:db8::/32}",
	 {"(and ipv6 (= (bvand to6 #xffffffff000000000000000000000000) "
	  "#x20010db8000000000000000000000000))"}},
	{"from {10.0.0.1-10.0.0.2}",
	 {"(and (not ipv6) (and (bvule #x0a000001 from4) (bvule from4 #x0a000002)))"}},
	{"to {0.0.0.0/0, ::/0}",
	 {"(define-fun |to set 1| () Bool (ite ipv6 true true))"}},
	{"not port {443-445}", {"(not (and (bvule #x01bb port) (bvule port #x01bd)))"}},
	{"state {new}", {"(= state #b011)"}},
	{"one of ()", {"(or false)"}},
	{"out {\"lo\", \"veth*\"}",
	 {"(declare-const out (_ BitVec 2))",
	  "(define-fun |out is lo| () Bool (= out #b01))",
	  "(declare-const |another out begins with veth| Bool)",
	  "(or |out is lo| |out begins with veth|)"}},
	/* a word that a pattern takes, and what holds for every other word */
	{"name {\"a.b.io\"} and name {\"*.io\"} and name {\"*.b.io\"} and name "
	 "{\"*.c.io\"}",
	 {"(define-fun |name lies below b.io| () Bool (or |name is a.b.io| (and |another "
	  "name| |another name lies below b.io|)))",
	  "(assert (=> |another name lies below b.io| |another name lies below io|))",
	  "(assert (not (and |another name lies below b.io| |another name lies below "
	  "c.io|)))"}},
	{"name {\"?.io\"} and name {\"*.io\"} and name {\"*.b.io\"} and name {\"*o\"}",
	 {"(assert (=> |another name lies one label below io| |another name lies below "
	  "io|))",
	  "(assert (not (and |another name lies below b.io| |another name lies one label "
	  "below io|)))",
	  "(assert (=> |another name lies below io| |another name ends in o|))"}},
	{"unknown \"limit \\\"|\\\\\\n\"",
	 {"; unknown 1: limit \"|\\?\n", "(declare-const |unknown 1| Bool)"}},
	{"in {\"a|\", \"a\\\\\"}", {"(or |in is a? (1)| |in is a? (2)|)"}},
};

static void each_match_is_spelled_so(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		CLEANUP(arena_cleanup) struct arena *arena = arena_new();
		CLEANUP(strbuf_release) struct strbuf out = {0};
		const char *text =
			arena_printf(arena, BEGIN "chain 0 \"c\"\nrule: %s -> admit\n",
				     rows[i].match);

		assert_int_equal(write_rules(text, &out, arena, diag_new(arena)), 0);
		for (size_t j = 0; j < 4 && rows[i].lines[j]; j++)
			if (!strstr(strbuf_text(&out), rows[i].lines[j]))
				fail_msg("no %s in\n%s", rows[i].lines[j],
					 strbuf_text(&out));
		for (size_t j = 0; j < out.length; j++)
			assert_true(out.text[j] == '\n' || out.text[j] == '\t' ||
				    (out.text[j] >= ' ' && out.text[j] <= '~'));
	}
}

/* Each chain jumps twice to the next: as many rules as a solver never sees. */
static void what_grows_too_large_is_refused(void **state)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new();
	CLEANUP(strbuf_release) struct strbuf text = {0};
	CLEANUP(strbuf_release) struct strbuf out = {0};
	struct diag *diag = diag_new(arena);

	(void)state;
	strbuf_puts(&text, BEGIN);
	for (unsigned i = 0; i < 30; i++)
		strbuf_printf(&text,
			      "chain %u \"c\"\nrule: any -> jump chain %u \"c\"\n"
			      "rule: any -> jump chain %u \"c\"\n",
			      i, i + 1, i + 1);
	strbuf_puts(&text, "chain 30 \"c\"\nrule: any -> admit\n");
	assert_int_equal(write_rules(strbuf_text(&text), &out, arena, diag), -1);
	assert_int_equal(diag_message(diag, 0)->code, DIAG_RULES_TOO_COMPLEX);
}

static void a_loop_is_refused(void **state)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new();
	CLEANUP(strbuf_release) struct strbuf out = {0};
	struct diag *diag = diag_new(arena);

	(void)state;
	assert_int_equal(write_rules(BEGIN
				     "chain 0 \"c\"\nrule: any -> jump chain 0 \"c\"\n",
				     &out, arena, diag),
			 -1);
	assert_int_equal(diag_message(diag, 0)->code, DIAG_RULES_TOO_COMPLEX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_match_is_spelled_so),
		cmocka_unit_test(what_grows_too_large_is_refused),
		cmocka_unit_test(a_loop_is_refused),
	};

	return cmocka_run_group_tests_name("smt", tests, NULL, NULL);
}
