/* azure_nsg_emit_test.c - Priorities, limits and what security rules cannot say. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "backends/registry.h"
#include "rules/base/arena.h"
#include "rules/ruleset_text.h"

struct fixture {
	struct arena *arena;
	struct diag *diag;
	struct backend_job job;
	struct backend_setting settings[3];
	struct artifact_list artifacts;
	int error;
};

static const struct backend_option *option(const char *name)
{
	const struct backend_option *at = backend_azure_nsg.options;

	while (strcmp(at->name, name) != 0)
		at++;
	return at;
}

/* Rules in the canonical text, on path "outbound". */
static struct ruleset *read_rules(struct fixture *f, const char *rules)
{
	const char *text = arena_printf(f->arena,
					"rules 1\npath \"outbound\" all\n stage chain 0 "
					"\"c\" priority 0 end undecided\nchain 0 "
					"\"c\"\n%s",
					rules);
	uint32_t source = diag_add_source(f->diag, "rules", text, strlen(text));
	struct ruleset *made;

	if (ruleset_read(text, strlen(text), source, f->arena, &made, f->diag) < 0)
		fail_msg("%s\n%s", diag_message(f->diag, 0)->text, text);
	return made;
}

static struct fixture begin(const char *form, const char *first)
{
	struct fixture f = {.arena = arena_new()};

	f.diag = diag_new(f.arena);
	f.settings[0] = (struct backend_setting){option("group"), "g", SPAN_NONE, true};
	f.settings[1] = (struct backend_setting){option("form"), form, SPAN_NONE, true};
	f.settings[2] = (struct backend_setting){option("first_priority"), first,
						 SPAN_NONE, true};
	return f;
}

static void emit(struct fixture *f, const struct ruleset *rules)
{
	f->job = (struct backend_job){.backend = &backend_azure_nsg,
				      .name = "out",
				      .settings = f->settings,
				      .setting_count = 3};
	f->error =
		backend_azure_nsg.emit(rules, &f->job, f->arena, &f->artifacts, f->diag);
	if (!f->error)
		assert_int_equal(f->artifacts.count, 1);
}

static void end(struct fixture *f)
{
	artifact_list_release(&f->artifacts);
	arena_free(f->arena);
}

/* @count rules that allow, then one that refuses; the priorities as text. */
static void priorities(size_t count, const char *first, const char *expect)
{
	CLEANUP(strbuf_release) struct strbuf rules = {0}, found = {0};
	struct fixture f = begin("group", first);
	const char *at;

	for (size_t i = 0; i < count; i++)
		strbuf_printf(&rules, "rule \"a%zu\": from {10.0.0.1} -> admit\n", i);
	strbuf_puts(&rules, "rule: from {10.0.0.1} -> refuse\n");
	emit(&f, read_rules(&f, rules.text));
	if (f.error) {
		strbuf_printf(&found, "%s", diag_message(f.diag, 0)->text);
	} else {
		at = strbuf_text(&f.artifacts.at[0]->body);
		/* the first, the second and the last two */
		for (size_t i = 0; (at = strstr(at, "\"priority\": ")); i++) {
			at += 12;
			if (i < 2 || i + 1 >= count)
				strbuf_printf(&found, "%.*s ", (int)strcspn(at, ","), at);
		}
	}
	assert_string_equal(found.text, expect);
	end(&f);
}

static void test_priorities(void **state)
{
	(void)state;
	priorities(3, "200", "200 210 220 4096 ");
	priorities(390, "200", "200 210 4090 4096 ");
	/* no room for tens: fives, twos, ones */
	priorities(391, "200", "200 205 2150 4096 ");
	priorities(780, "200", "200 205 4095 4096 ");
	priorities(781, "200", "200 202 1760 4096 ");
	priorities(3, "4093", "4093 4094 4095 4096 ");
	priorities(4, "4093",
		   "output 'out' needs 4 priorities from 4093 on for what it allows, and "
		   "has 3");
	priorities(1, "4096",
		   "output 'out' needs 1 priorities from 4096 on for what it allows, and "
		   "has 0");
}

static void limit_is(const char *form, const char *rules, const char *expect)
{
	struct fixture f = begin(form, "200");

	emit(&f, read_rules(&f, rules));
	assert_int_equal(f.error, -1);
	assert_int_equal(diag_message(f.diag, 0)->code, DIAG_BACKEND_LIMIT);
	assert_string_equal(diag_message(f.diag, 0)->text, expect);
	assert_int_equal(diag_message(f.diag, 0)->note_count, 1);
	assert_int_equal(diag_message(f.diag, 0)->notes[0].kind, DIAG_HELP);
	end(&f);
}

static void test_limits(void **state)
{
	CLEANUP(strbuf_release) struct strbuf many = {0}, rules = {0};

	(void)state;
	/* a rule is a resource of a template, but in a group */
	for (int i = 0; i < 801; i++)
		strbuf_puts(&many, "rule: from {10.0.0.1} -> admit\n");
	limit_is("child", many.text,
		 "output 'out' needs 801 rules as resources of one template, and a "
		 "network security group takes 800");
	/* every second address: none of them join */
	strbuf_puts(&rules, "rule: from {10.0.0.1} and to {192.0.2.1");
	for (int i = 0; i < 4000; i++)
		strbuf_printf(&rules, ", 10.0.%d.%d", i / 100, i % 100 * 2);
	strbuf_puts(&rules, "} -> admit\n");
	limit_is("child", rules.text,
		 "output 'out' needs 4001 destination prefixes, and a network security "
		 "group takes 4000");
	rules.length = 0;
	for (int i = 0; i < 4001; i++)
		strbuf_printf(&rules, "rule: from {10.0.0.1} -> admit\n");
	limit_is("group", rules.text,
		 "output 'out' needs 4001 priorities from 200 on for what it allows, and "
		 "has 3897");
}

/* What the text says of a rule, or why it says nothing. */
static void says(const char *rule, const char *expect)
{
	struct fixture f = begin("child", "200");
	const char *text;

	emit(&f, read_rules(&f, arena_printf(f.arena, "rule %s\n", rule)));
	text = f.error ? diag_message(f.diag, 0)->text
		       : strbuf_text(&f.artifacts.at[0]->body);
	if (!strstr(text, expect))
		print_error("%s: %s\n", rule, text);
	assert_non_null(strstr(text, expect));
	end(&f);
}

static void test_rules(void **state)
{
	(void)state;
	says("\"x\": from {10.0.0.1} -> admit", "\"description\": \"postern:x\"");
	says("\"x\": from {10.0.0.1} -> admit", "\"destinationAddressPrefix\": \"*\"");
	says("\"x\": from {10.0.0.1} -> admit", "\"protocol\": \"*\"");
	says("\"x\": from {10.0.0.1} and protocol {icmpv6} -> admit",
	     "\"protocol\": \"Icmp\"");
	says("\"x\": from {10.0.0.1} and protocol {esp} -> admit",
	     "\"protocol\": \"Esp\"");
	says("\"x\": from {10.0.0.1} and port {0-65535} -> admit",
	     "\"destinationPortRange\": \"*\"");
	says("\"x\": from {10.0.0.1} and port {8000-8010} -> admit",
	     "\"destinationPortRange\": \"8000-8010\"");
	says("\"x\": from {10.0.0.1} and to {0.0.0.0/0} -> admit", "\"0.0.0.0/0\"");
	says("\"x\": from {fd00::/8} and to {::/0} -> admit", "\"::/0\"");
	/* what is no rule of Azure's */
	says("\"x\": to {10.0.0.1} -> admit", "cannot say a rule for whoever sends");
	says("\"x\": from {10.0.0.1, fd00::1} -> admit", "both address families");
	says("\"x\": from {10.0.0.1} and protocol {tcp, udp} -> admit",
	     "several protocols");
	says("\"x\": from {10.0.0.1} and protocol {gre} -> admit", "such a protocol");
	says("\"x\": from {10.0.0.1} and not to {10.0.0.2} -> admit",
	     "a negated condition");
	says("\"x\": from {10.0.0.1} and unknown \"moon\" -> admit", "such a condition");
	says("\"x\": from {10.0.0.1} and source-port {1} -> admit", "such a condition");
	says("\"x\": from {10.0.0.1} -> continue", "such an action");
	says("\"0123456789012345678901234567890123456789012345678901234567890123456789"
	     "012345678901234567890123456789012345678901234567890123456789012345\": from "
	     "{10.0.0.1} -> admit",
	     "so long a name");
}

static void test_tags(void **state)
{
	struct fixture f = begin("child", "200");
	struct ruleset *rules = read_rules(&f, "rule \"x\": from {10.0.0.1} -> admit\n");
	struct addr_set addrs = {0};
	struct prefix prefix;

	(void)state;
	assert_int_equal(prefix_parse("192.0.2.0/24", &prefix), PREFIX_OK);
	addr_set_add_prefix(&addrs, &prefix, f.arena);
	addr_set_normalize(&addrs);
	/* known or not: what is written is the tag */
	match_tag(&rules->chains[0].rules[0].match, FIELD_DESTINATION, "Storage.EastUS",
		  &addrs, f.arena);
	emit(&f, rules);
	assert_int_equal(f.error, 0);
	assert_non_null(strstr(strbuf_text(&f.artifacts.at[0]->body),
			       "\"destinationAddressPrefix\": \"Storage.EastUS\""));
	assert_null(strstr(strbuf_text(&f.artifacts.at[0]->body), "192.0.2.0"));
	end(&f);
}

static void test_protocols(void **state)
{
	(void)state;
	assert_true(backend_azure_nsg.can_protocol(PROTOCOL_TCP, FAMILY_IPV6));
	assert_true(backend_azure_nsg.can_protocol(PROTOCOL_ICMP, FAMILY_IPV4));
	assert_false(backend_azure_nsg.can_protocol(PROTOCOL_ICMP, FAMILY_IPV6));
	assert_false(backend_azure_nsg.can_protocol(PROTOCOL_ICMPV6, FAMILY_IPV4));
	assert_false(backend_azure_nsg.can_protocol(PROTOCOL_SCTP, FAMILY_IPV4));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_priorities), cmocka_unit_test(test_limits),
		cmocka_unit_test(test_rules),	   cmocka_unit_test(test_tags),
		cmocka_unit_test(test_protocols),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
