/* proof_ways_test.c - Does a proof see what else happens to the packets it speaks of? */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "backends/registry.h"
#include "rules/base/arena.h"
#include "rules/base/diag.h"
#include "rules/proof.h"

/* Clients 10.0.0.0/8 may open TCP 443 of 192.0.2.1, and nothing else. */
#define RIGHT                                                                 \
	"table inet t {\n chain c {\n type filter hook forward priority 0;\n" \
	" ct state established,related accept\n"                              \
	" ip saddr 10.0.0.0/8 ip daddr 192.0.2.1 tcp dport 443 ct state new"  \
	" meta mark set 1 accept\n"                                           \
	" ip saddr 10.0.0.0/8 ct state new drop\n }\n}\n"

#define CHAIN(type, hook, priority, rule)                                             \
	"table inet x {\n chain x {\n type " type " hook " hook " priority " priority \
	"; policy accept;\n " rule "\n }\n}\n"

#define HOLDS PROOF_FAULT_COUNT

static const struct {
	const char *text; /* beside RIGHT */
	unsigned fault;	  /* the first finding's, or HOLDS */
} rows[] = {
	{"", HOLDS},
	{CHAIN("filter", "prerouting", "-350", "ip saddr 10.1.0.0/16 drop"), PROOF_BASE},
	{CHAIN("filter", "prerouting", "0", "ip saddr 10.1.0.0/16 ct state new drop"),
	 PROOF_NARROWER},
	{CHAIN("filter", "prerouting", "0",
	       "ip saddr 10.1.0.0/16 ct state new udp dport 1 drop"),
	 HOLDS},
	{CHAIN("filter", "prerouting", "0", "ip saddr 11.1.0.0/16 ct state new drop"),
	 HOLDS},
	{CHAIN("filter", "prerouting", "0", "ip saddr 11.1.0.0/16 drop"), PROOF_BASE},
	{CHAIN("filter", "prerouting", "0", "limit rate 1/second drop"), PROOF_BASE},
	{CHAIN("filter", "postrouting", "0", "ip daddr 192.0.2.1 ct state new drop"),
	 PROOF_NARROWER},
	{CHAIN("filter", "ingress device eth0", "0", "ip daddr 192.0.2.1 drop"),
	 PROOF_BASE},
	{CHAIN("filter", "input", "0", "drop"), HOLDS},
	{CHAIN("filter", "output", "0", "drop"), HOLDS},
	{CHAIN("filter", "prerouting", "raw", "ip saddr 10.1.0.0/16 notrack"),
	 PROOF_ALTERED},
	{CHAIN("filter", "prerouting", "raw", "ip saddr 11.1.0.0/16 notrack"), HOLDS},
	{CHAIN("nat", "prerouting", "dstnat", "tcp dport 80 dnat ip to 192.0.2.1"),
	 PROOF_ALTERED},
	{CHAIN("nat", "prerouting", "dstnat", "ip saddr 11.0.0.1 redirect to :80"),
	 HOLDS},
	{CHAIN("nat", "postrouting", "srcnat", "masquerade"), HOLDS},
	{CHAIN("filter", "forward", "-1", "ip saddr 10.0.0.1 ip daddr set 192.0.2.1"),
	 PROOF_ALTERED},
	{CHAIN("filter", "forward", "-1", "ip saddr 10.0.0.1 ip dscp set cs1"), HOLDS},
	{CHAIN("filter", "prerouting", "mangle", "meta l4proto tcp tproxy to :80 accept"),
	 PROOF_ALTERED},
	{CHAIN("filter", "forward", "-1", "meta l4proto tcp flow add @f"), PROOF_ALTERED},
};

static void label(struct labelled_match *match, const char *id, const char *to,
		  struct arena *arena)
{
	struct addr_set addrs = {0};
	struct prefix prefix;

	match->id = id;
	if (!to) {
		match_number(&match->match, FIELD_STATE, CT_ESTABLISHED, CT_ESTABLISHED,
			     arena);
		return;
	}
	assert_int_equal(prefix_parse(to, &prefix), PREFIX_OK);
	addr_set_add_prefix(&addrs, &prefix, arena);
	match_addrs(&match->match, FIELD_DESTINATION, &addrs, arena);
	match_number(&match->match, FIELD_PROTOCOL, PROTOCOL_TCP, PROTOCOL_TCP, arena);
	match_number(&match->match, FIELD_DESTINATION_PORT, 443, 443, arena);
}

static void govern(struct match *governed, struct arena *arena)
{
	struct addr_set clients = {0};
	struct prefix prefix;

	assert_int_equal(prefix_parse("10.0.0.0/8", &prefix), PREFIX_OK);
	addr_set_add_prefix(&clients, &prefix, arena);
	match_addrs(governed, FIELD_SOURCE, &clients, arena);
	match_number(governed, FIELD_STATE, CT_NEW, CT_NEW, arena);
}

/* The first finding about RIGHT with @more behind it, HOLDS without one. */
static unsigned fault_of(const char *more, bool marks)
{
	static const char *const ways[] = {"ingress", "prerouting", "postrouting", NULL};
	CLEANUP(arena_cleanup) struct arena *arena = arena_new();
	struct diag *diag = diag_new(arena);
	const char *text = arena_printf(arena, "%s%s", RIGHT, more);
	struct match universe = {0}, governed = {0};
	struct labelled_match base = {0}, flow = {0};
	struct proof_question question = {.universe = &universe,
					  .governed = &governed,
					  .base = &base,
					  .base_count = 1,
					  .flows = &flow,
					  .flow_count = 1,
					  .deny = !marks,
					  .ways = ways,
					  .marks = marks,
					  .mark = 1};
	struct ruleset *rules;
	struct proof proof;

	assert_int_equal(import_text(&backend_nftables, "test.nft", text, strlen(text),
				     arena, &rules, diag),
			 0);
	match_symbol(&universe, FIELD_IN_INTERFACE, IFACE_NONE, true, arena);
	match_symbol(&universe, FIELD_OUT_INTERFACE, IFACE_NONE, true, arena);
	govern(&governed, arena);
	label(&base, "established", NULL, arena);
	label(&flow, "flow", "192.0.2.1", arena);
	question.rules = rules;
	question.path = ruleset_find_path(rules, "forward");
	assert_int_equal(prove(&question, arena, &proof, diag), 0);
	for (size_t i = 0; marks && i < proof.finding_count; i++)
		if (proof.findings[i].fault == PROOF_UNMARKED ||
		    proof.findings[i].fault == PROOF_MARKED)
			return proof.findings[i].fault;
	return proof.finding_count && !marks ? proof.findings[0].fault : HOLDS;
}

static void test_ways(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		unsigned fault = fault_of(rows[i].text, false);

		if (fault != rows[i].fault)
			fail_msg("'%s': fault %u, not %u", rows[i].text, fault,
				 rows[i].fault);
	}
}

/* A mark that nobody knows is not the one asked for, whatever was set before. */
static void test_blurred_marks(void **state)
{
	(void)state;
	assert_int_equal(fault_of("", true), HOLDS);
	assert_int_equal(fault_of(CHAIN("filter", "forward", "10",
					"meta mark set ct mark"),
				  true),
			 PROOF_UNMARKED);
	assert_int_equal(fault_of(CHAIN("filter", "forward", "10",
					"meta mark set 1 return"),
				  true),
			 PROOF_MARKED);
	assert_int_equal(fault_of(CHAIN("filter", "input", "10", "meta mark set ct mark"),
				  true),
			 HOLDS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ways),
		cmocka_unit_test(test_blurred_marks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
