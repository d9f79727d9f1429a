/* ruleset_text_test.c - The canonical text: printed, read, refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "rules/base/arena.h"
#include "rules/base/strbuf.h"
#include "rules/ruleset_text.h"

/* Every feature, each at least once, as the printer writes it. */
static const char *const whole =
	"rules 1\n"
	"assume \"destination NAT runs before these rules (nat.nft:12)\"\n"
	"assume \"\"\n"
	"path \"forward\" all when not in {\"\"} and not out {\"\"}\n"
	"  stage \"inet postern forward\" chain 0 \"forward\" priority -2147483648 "
	"end undecided when family {ipv4}\n"
	"  stage chain 2 priority 2147483647 end refuse\n"
	"path \"outbound\" first\n"
	"  stage \"\" chain 1 \"forward\" priority 0 end admit\n"
	"path \"empty\" all\n"
	"chain 0 \"forward\"\n"
	"  rule \"aks-nodes/contoso\" named \"a \\\"name\\\" \\\\ "
	"\\n\\t\\x01\\x7f\\xff\" "
	"handle 18446744073709551615: to {10.1.2.4, 10.1.2.6-10.1.2.8, 10.2.0.0/16, "
	"::/0} "
	"as \"e_contoso\" and not from {2001:db8::1, 2001:db8::3-2001:db8::5} and "
	"protocol {icmp, tcp, 8-9, udp, 255} and port {443, 445-447} and "
	"source-port {0-65535} and icmp {0x0, 0x800-0x8ff} and tcp-flags {0x2, "
	"0x12-0xff} "
	"and state {established, related, untracked, 5, 6, 7} and in {\"eth0\", "
	"\"veth*\"} "
	"and mark {0x0, 0x10-0xffffffff} and name {\"*.azurecr.io\"} and "
	"not method {\"CONNECT\"} -> admit\n"
	"  rule: unknown \"limit rate 10/second\" -> mark 0x1 log admit\n"
	"  rule \"\" named \"\": not unknown \"x\" -> mark 0xffffffff continue\n"
	"  rule handle 1: one of (to {10.0.0.1} and port {53} | to {10.0.0.2} | any) as "
	"\"c\" "
	"-> jump chain 1 \"forward\"\n"
	"  rule: not one of (one of (one of ())) -> goto chain 2\n"
	"  rule: to {} and port {} and in {} -> log return\n"
	"  rule: family {ipv4, ipv6} -> undecided\n"
	"  rule: family {ipv6} -> refuse\n"
	"chain 1 \"forward\"\n"
	"chain 2\n"
	"  rule: any -> continue\n";

static struct ruleset *read_text(const char *text, size_t length, struct arena *arena,
				 struct diag *diag)
{
	uint32_t source = diag_add_source(diag, "test", text, length);
	struct ruleset *rules = NULL;

	if (ruleset_read(text, length, source, arena, &rules, diag))
		return NULL;
	return rules;
}

static void assert_round_trip(const char *text)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new();
	CLEANUP(strbuf_release) struct strbuf out = {0};
	struct diag *diag = diag_new(arena);
	struct ruleset *rules = read_text(text, strlen(text), arena, diag);

	if (!rules)
		fail_msg("%s at %u", diag_message(diag, 0)->text,
			 diag_message(diag, 0)->at.begin);
	assert_int_equal(diag_errors(diag), 0);
	ruleset_print(rules, &out);
	assert_string_equal(strbuf_text(&out), text);
}

static void test_whole(void **state)
{
	(void)state;
	assert_round_trip(whole);
	assert_round_trip("rules 1\n");
}

static void test_every_byte(void **state)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new();
	struct ruleset *rules = ruleset_new(arena);
	CLEANUP(strbuf_release) struct strbuf out = {0};
	struct diag *diag = diag_new(arena);
	char bytes[256];

	(void)state;
	for (unsigned i = 0; i < 255; i++)
		bytes[i] = (char)(i + 1);
	bytes[255] = '\0';
	ruleset_assume(rules, bytes, arena);
	ruleset_print(rules, &out);
	for (size_t i = 0; i < out.length; i++)
		assert_true(out.text[i] == '\n' ||
			    (out.text[i] >= ' ' && out.text[i] <= '~'));
	rules = read_text(out.text, out.length, arena, diag);
	assert_non_null(rules);
	assert_string_equal(rules->assumptions[0], bytes);
}

/* What was read is what was written, not only the same text again. */
static void test_values(void **state)
{
	static const char text[] =
		"rules 1 # comments and free layout\n"
		"path \"p\" first stage \"s\" chain 0 \"c\" priority -5 end refuse\n"
		"chain 0 \"c\"\n"
		"rule \"i\" handle 0x10:port{ 80 ,443-445,1,2 }and protocol { 6,17 , 50 "
		"}\n"
		"  and to { 10.0.0.0/9,10.128.0.0/9 , ::1-::3} as \"l\" -> mark 7 log "
		"jump chain 0 "
		"\"c\"";
	CLEANUP(arena_cleanup) struct arena *arena = arena_new();
	struct diag *diag = diag_new(arena);
	struct ruleset *rules = read_text(text, strlen(text), arena, diag);
	const struct rule *rule;
	const struct term *term;

	(void)state;
	assert_non_null(rules);
	assert_int_equal(rules->paths[0].compose, COMPOSE_FIRST);
	assert_int_equal(rules->paths[0].stages[0].priority, -5);
	assert_int_equal(rules->paths[0].stages[0].end, ACTION_REFUSE);
	rule = &rules->chains[0].rules[0];
	assert_string_equal(rule->id, "i");
	assert_null(rule->name);
	assert_int_equal(rule->handle, 16);
	assert_true(rule->marks && rule->logs);
	assert_int_equal(rule->mark, 7);
	assert_int_equal(rule->action, ACTION_JUMP);
	assert_memory_equal(text + rule->at.begin, "rule", 4);
	assert_int_equal(rule->at.end, strlen(text));
	term = &rule->match.terms[0];
	assert_int_equal(term->field, FIELD_DESTINATION_PORT);
	assert_int_equal(term->numbers.count, 3);
	assert_true(term->numbers.at[0].first == 1 && term->numbers.at[0].last == 2);
	term = &rule->match.terms[1];
	assert_int_equal(term->numbers.count, 3);
	term = &rule->match.terms[2];
	assert_int_equal(term->addrs.of[FAMILY_IPV4].count, 1);
	assert_int_equal(term->addrs.of[FAMILY_IPV6].count, 1);
	assert_string_equal(term->label, "l");
}

/* A wrong text, the bytes that the error points at, and a part of what it says. */
static const struct {
	const char *text;
	const char *at;
	const char *what;
} refused[] = {
	{"", "", "'rules' is expected before the end"},
	{"rule 1", "rule", "'rules' is expected here"},
	{"rules 2", "2", "'1' is expected"},
	{"rules 1 assume", "", "a string in double quotes"},
	{"rules 1 assume \"x", "\"", "no end on its line"},
	{"rules 1 assume \"x\n\"", "\"", "no end on its line"},
	{"rules 1 assume \"x\\\"", "\"", "no end on its line"},
	{"rules 1 assume \"x\\q\"", "\\q", "a string holds"},
	{"rules 1 assume \"\\x0\"", "\\x", "a string holds"},
	{"rules 1 assume \"\\x00\"", "\\x00", "no NUL"},
	{"rules 1 path \"p\" some", "some", "'all' or 'first'"},
	{"rules 1 path \"p\" all path \"p\" all", "path \"p\"", "another name"},
	{"rules 1 path \"p\" all stage chain 0 priority 0 end continue chain 0",
	 "continue", "a stage ends in"},
	{"rules 1 path \"p\" all stage chain 0 priority 0 end jump", "jump", "an action"},
	{"rules 1 path \"p\" all stage chain 0 priority 2147483648 end admit",
	 "2147483648", "largest number"},
	{"rules 1 path \"p\" all stage chain 1 priority 0 end admit chain 0", "1",
	 "there is no chain 1"},
	{"rules 1 path \"p\" all stage chain 0 priority 0 end admit chain 0 \"c\"", "0",
	 "another name"},
	{"rules 1 chain 1", "chain 1", "this is chain 0, not 1"},
	{"rules 1 chain 0 rule any -> admit", "any", "':' is expected"},
	{"rules 1 chain 0 rule: any admit", "admit", "'->' is expected"},
	{"rules 1 chain 0 rule: any -> allow", "allow", "an action"},
	{"rules 1 chain 0 rule: any -> jump 0", "0", "'chain' is expected"},
	{"rules 1 chain 0 rule: any -> jump chain 99999999999999999999", "9999999",
	 "largest number"},
	{"rules 1 chain 0 rule: any -> mark 4294967296 admit", "4294967296",
	 "largest number"},
	{"rules 1 chain 0 rule handle 18446744073709551616: any -> admit",
	 "18446744073709551616", "largest number"},
	{"rules 1 chain 0 rule: any and any -> admit", "and", "'->' is expected"},
	{"rules 1 chain 0 rule: to -> admit", "-", "'{' is expected"},
	{"rules 1 chain 0 rule: sport {1} -> admit", "sport", "a field, 'unknown'"},
	{"rules 1 chain 0 rule: port {1,} -> admit", "}", "a number or a range"},
	{"rules 1 chain 0 rule: port {65536} -> admit", "65536", "number here is 65535"},
	{"rules 1 chain 0 rule: port {5-3} -> admit", "5-3", "ends before it begins"},
	{"rules 1 chain 0 rule: port {http} -> admit", "http",
	 "a name that this axis has"},
	{"rules 1 chain 0 rule: port {-1} -> admit", "-", "a number or a range"},
	{"rules 1 chain 0 rule: port {0x} -> admit", "x", "'}' is expected"},
	{"rules 1 chain 0 rule: state {8} -> admit", "8", "number here is 7"},
	{"rules 1 chain 0 rule: family {2} -> admit", "2", "number here is 1"},
	{"rules 1 chain 0 rule: protocol {tcp-udp} -> admit", "tcp-udp", "a name"},
	{"rules 1 chain 0 rule: to {10.0.0.1/8} -> admit", "10.0.0.1/8", "bits behind"},
	{"rules 1 chain 0 rule: to {10.0.0.2-10.0.0.1} -> admit", "10.0.0.2-10.0.0.1",
	 "a range"},
	{"rules 1 chain 0 rule: to {10.0.0.2-::1} -> admit", "10.0.0.2-::1", "a range"},
	{"rules 1 chain 0 rule: to {10.0.0.2/32-10.0.0.4} -> admit", "10.0.0.2/32",
	 "a range"},
	{"rules 1 chain 0 rule: to {eth0} -> admit", "e", "an address"},
	{"rules 1 chain 0 rule: in {eth0} -> admit", "eth0", "a string"},
	{"rules 1 chain 0 rule: one (any) -> admit", "(", "'of' is expected"},
	{"rules 1 chain 0 rule: one of (any | ) -> admit", ")", "a field"},
	{"rules 1 chain 0 rule: one of (any -> admit", "-", "')' is expected"},
	{"rules 1 chain 0 rule: not not unknown \"x\" -> admit", "not", "a field"},
	{"rules 1 chain 0 rule: any -> admit garbage", "garbage", "'rule' or 'chain'"},
};

static void test_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(refused); i++) {
		CLEANUP(arena_cleanup) struct arena *arena = arena_new();
		struct diag *diag = diag_new(arena);
		const struct diag_message *message;
		size_t length = strlen(refused[i].at);

		if (read_text(refused[i].text, strlen(refused[i].text), arena, diag))
			fail_msg("'%s' was read", refused[i].text);
		assert_int_equal(diag_errors(diag), 1);
		message = diag_message(diag, 0);
		assert_int_equal(message->code, DIAG_RULES_SYNTAX);
		if (!strstr(message->text, refused[i].what))
			fail_msg("'%s': %s", refused[i].text, message->text);
		assert_true(message->at.end <= strlen(refused[i].text));
		if (strncmp(refused[i].text + message->at.begin, refused[i].at, length) !=
		    0)
			fail_msg("'%s' points at '%s'", refused[i].text,
				 refused[i].text + message->at.begin);
	}
}

static void test_nul_and_prefixes(void **state)
{
	static const char nul[] = "rules 1\nassume \"a\0b\"\n";
	CLEANUP(arena_cleanup) struct arena *arena = arena_new();
	struct diag *diag = diag_new(arena);

	(void)state;
	assert_null(read_text(nul, sizeof(nul) - 1, arena, diag));
	/* Every beginning of a text is read or refused, and never crashes. */
	for (size_t length = 0; length < strlen(whole); length++) {
		struct diag *each = diag_new(arena);
		char *copy = arena_strndup(arena, whole, length);
		const struct ruleset *rules = read_text(copy, length, arena, each);

		assert_true(rules || diag_errors(each) == 1);
	}
}

static void nested(unsigned depth, struct strbuf *out)
{
	strbuf_puts(out, "rules 1\nchain 0\n  rule: ");
	for (unsigned i = 0; i < depth; i++)
		strbuf_puts(out, "one of (");
	strbuf_puts(out, "any");
	for (unsigned i = 0; i < depth; i++)
		strbuf_putc(out, ')');
	strbuf_puts(out, " -> admit\n");
}

static void test_depth(void **state)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new();
	CLEANUP(strbuf_release) struct strbuf fine = {0}, deep = {0};
	struct diag *diag = diag_new(arena);

	(void)state;
	nested(RULESET_TEXT_MAX_DEPTH, &fine);
	assert_round_trip(strbuf_text(&fine));
	nested(100000, &deep);
	assert_null(read_text(deep.text, deep.length, arena, diag));
	assert_non_null(strstr(diag_message(diag, 0)->text, "nested deeper"));
}

static void test_counts(void **state)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new();
	CLEANUP(strbuf_release) struct strbuf text = {0};
	struct diag *diag = diag_new(arena);

	(void)state;
	strbuf_puts(&text, "rules 1 chain 0 rule: port {0");
	for (unsigned i = 0; i < RULESET_TEXT_MAX_ITEMS; i++)
		strbuf_puts(&text, ",0");
	strbuf_puts(&text, "} -> admit");
	assert_null(read_text(text.text, text.length, arena, diag));
	assert_non_null(strstr(diag_message(diag, 0)->text, "more than 2000000"));
	strbuf_release(&text);
	strbuf_puts(&text, "rules 1");
	for (unsigned i = 0; i <= RULESET_TEXT_MAX_PATHS; i++)
		strbuf_printf(&text, " path \"%u\" all", i);
	assert_null(read_text(text.text, text.length, arena, diag));
	assert_non_null(strstr(diag_message(diag, 1)->text, "at most 256 paths"));
	assert_int_equal(ruleset_read("", (size_t)RULESET_TEXT_MAX_BYTES + 1, 0, arena,
				      &(struct ruleset *){NULL}, diag),
			 -1);
}

static void test_action_names(void **state)
{
	(void)state;
	assert_string_equal(action_name(ACTION_CONTINUE), "continue");
	assert_string_equal(action_name(ACTION_RETURN), "return");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_whole),
		cmocka_unit_test(test_every_byte),
		cmocka_unit_test(test_values),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_nul_and_prefixes),
		cmocka_unit_test(test_depth),
		cmocka_unit_test(test_counts),
		cmocka_unit_test(test_action_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
