/* proof_room_test.c - What may be admitted for a flow's sake, and what that is called. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "rules/base/arena.h"
#include "rules/base/diag.h"
#include "rules/proof.h"
#include "rules/ruleset_text.h"

#define HOLDS PROOF_FAULT_COUNT

#define GOVERNED "from {10.0.0.0/8}"
#define REFUSE	 "rule: " GOVERNED " -> refuse\n"

/* A flow to one address of a tag that has 256. */
#define FLOW  GOVERNED " and to {192.0.2.1} and protocol {tcp} and port {443}"
#define TAG   GOVERNED " and to {192.0.2.0/24} and protocol {tcp} and port {443}"
#define WIDER GOVERNED " and to {192.0.2.0/23} and protocol {tcp} and port {443}"

/* A request for a name that is bound to one address. */
#define HERE	 GOVERNED " and name {\"a.io\"} and to {192.0.2.1}"
#define ANYWHERE GOVERNED " and name {\"a.io\"}"

#define THERE GOVERNED " and unknown \"there\""

static const struct {
	const char *flow, *room; /* room NULL: none */
	bool counted, stands_in;
	const char *rules; /* of the chain; "flow" is the id */
	unsigned outside;
	unsigned fault;
	uint64_t excess; /* 0: exact */
} rows[] = {
	/* by tag */
	{FLOW, TAG, true, false, "rule \"flow\": " TAG " -> admit\n" REFUSE, 0, HOLDS,
	 255},
	{FLOW, TAG, true, false, "rule \"flow\": " FLOW " -> admit\n" REFUSE, 0, HOLDS,
	 0},
	{FLOW, TAG, true, false, "rule \"flow\": " WIDER " -> admit\n" REFUSE, 0,
	 PROOF_WIDER, 0},
	{FLOW, NULL, true, false, "rule \"flow\": " TAG " -> admit\n" REFUSE, 0,
	 PROOF_WIDER, 0},
	{FLOW, TAG, true, false,
	 "rule \"flow\": " FLOW
	 " and port {443} and not to {192.0.2.1} -> admit\n" REFUSE,
	 0, PROOF_NARROWER, 0},
	/* a tag that stands for a name without an address */
	{TAG, TAG, true, true, "rule \"flow\": " TAG " -> admit\n" REFUSE, 0, HOLDS, 256},
	{TAG, TAG, true, true, "rule \"flow\": " FLOW " -> admit\n" REFUSE, 0,
	 PROOF_NARROWER, 0},
	/* a tag that is all that was asked for */
	{TAG, NULL, true, false, "rule \"flow\": " TAG " -> admit\n" REFUSE, 0, HOLDS, 0},
	/* a tag or a resolved name whose addresses nobody knows: both sides speak of one
	 * unknown */
	{THERE, NULL, false, false, "rule \"flow\": " THERE " -> admit\n" REFUSE, 0,
	 HOLDS, 0},
	{THERE, NULL, false, false,
	 "rule \"flow\": " GOVERNED " and unknown \"other\" -> admit\n" REFUSE, 0,
	 PROOF_NARROWER, 0},
	{THERE, NULL, false, false,
	 "rule \"flow\": " GOVERNED " and not unknown \"there\" -> admit\n" REFUSE, 0,
	 PROOF_NARROWER, 0},
	{THERE, NULL, false, false, "rule \"flow\": " GOVERNED " -> admit\n" REFUSE, 0,
	 PROOF_WIDER, 0},
	{THERE, NULL, false, false,
	 "rule \"flow\": " THERE " -> admit\nrule: " GOVERNED
	 " and unknown \"other\" -> admit\n" REFUSE,
	 0, PROOF_WIDER, 0},
	{THERE, NULL, false, false,
	 "rule \"other\": " THERE " -> admit\nrule \"flow\": " FLOW " -> admit\n" REFUSE,
	 0, PROOF_WIDER, 0},
	{THERE, NULL, false, false,
	 "rule \"other\": " THERE " and port {443} -> admit\nrule \"flow\": " THERE
	 " -> admit\n" REFUSE,
	 0, PROOF_WRONG_FLOW, 0},
	/* pairs of a name and an address */
	{HERE, ANYWHERE, false, false, "rule \"flow\": " ANYWHERE " -> admit\n" REFUSE, 0,
	 HOLDS, 0},
	{HERE, ANYWHERE, false, false, "rule \"flow\": " HERE " -> admit\n" REFUSE, 0,
	 HOLDS, 0},
	{HERE, ANYWHERE, false, false,
	 "rule: " GOVERNED " and to {192.0.0.0/16} -> refuse\nrule \"flow\": " ANYWHERE
	 " -> admit\n" REFUSE,
	 0, PROOF_NARROWER, 0},
	{HERE, ANYWHERE, false, false,
	 "rule \"flow\": " GOVERNED " and name {\".a.io\"} -> admit\n" REFUSE, 0,
	 PROOF_WIDER, 0},
	{HERE, ANYWHERE, false, false,
	 "rule \"flow\": " ANYWHERE " -> admit\nrule: " GOVERNED
	 " and not name {\"*\"} and to {192.0.2.1} -> admit\n" REFUSE,
	 0, PROOF_WIDER, 0},
	/* beside what is governed */
	{FLOW, NULL, false, false,
	 "rule \"flow\": " FLOW " -> admit\nrule: any -> refuse\n", 0, PROOF_NOT_LEFT, 0},
	{FLOW, NULL, false, false,
	 "rule \"flow\": " FLOW " -> admit\nrule: any -> refuse\n", 1u << VERDICT_REFUSE,
	 HOLDS, 0},
	{FLOW, NULL, false, false, "rule \"flow\": " FLOW " -> admit\n" REFUSE,
	 1u << VERDICT_REFUSE, PROOF_NOT_LEFT, 0},
};

static struct ruleset *read_rules(const char *rules, struct arena *arena,
				  struct diag *diag)
{
	const char *text = arena_printf(arena,
					"rules 1\npath \"p\" all\n stage chain 0 \"c\" "
					"priority 0 end "
					"undecided\nchain 0 \"c\"\n%s",
					rules);
	uint32_t source = diag_add_source(diag, "test", text, strlen(text));
	struct ruleset *made;

	if (ruleset_read(text, strlen(text), source, arena, &made, diag) < 0)
		fail_msg("%s\n%s", diag_message(diag, 0)->text, text);
	return made;
}

static struct match read_match(const char *text, struct arena *arena, struct diag *diag)
{
	struct ruleset *rules =
		read_rules(arena_printf(arena, "rule: %s -> admit\n", text), arena, diag);

	return rules->chains[0].rules[0].match;
}

static void each_row_ends_as_it_says(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		CLEANUP(arena_cleanup) struct arena *arena = arena_new();
		struct diag *diag = diag_new(arena);
		struct match universe = {0};
		struct match governed = read_match(GOVERNED, arena, diag);
		struct labelled_match flow = {.id = "flow",
					      .match = read_match(rows[i].flow, arena,
								  diag)};
		struct proof_room room = {.counted = rows[i].counted};
		struct ruleset *rules = read_rules(rows[i].rules, arena, diag);
		struct proof_question question = {
			.rules = rules,
			.path = &rules->paths[0],
			.universe = &universe,
			.governed = &governed,
			.flows = &flow,
			.flow_count = 1,
			.stand_ins = &rows[i].stands_in,
			.rooms = &room,
			.room_count = rows[i].room != NULL,
			.outside = rows[i].outside,
			.deny = true,
			.trace = true,
		};
		struct proof proof;
		char count[COUNT_TEXT_MAX];

		if (rows[i].room)
			room.match = read_match(rows[i].room, arena, diag);
		assert_int_equal(prove(&question, arena, &proof, diag), 0);
		if (proof.finding_count != (rows[i].fault != HOLDS))
			print_message("row %zu: %zu findings\n", i, proof.finding_count);
		assert_int_equal(proof.finding_count != 0, rows[i].fault != HOLDS);
		if (proof.finding_count) {
			assert_int_equal(proof.findings[0].fault, rows[i].fault);
			continue;
		}
		assert_int_equal(proof.wider, rows[i].excess > 0);
		assert_string_equal(count_format(&proof.excess, count),
				    arena_printf(arena, "%llu",
						 (unsigned long long)rows[i].excess));
	}
}

/* Two flows to a tag: the first's rule decides what the second asks for, too. */
#define OTHER GOVERNED " and to {192.0.2.2} and protocol {tcp} and port {443}"

static void a_rule_decides_in_its_room(void **state)
{
	static const struct {
		const char *rules, *room_id;
		bool holds;
	} cases[] = {
		{"rule \"flow\": " TAG " -> admit\nrule \"other\": " OTHER
		 " -> admit\n" REFUSE,
		 "flow", true},
		{"rule \"flow\": " TAG " -> admit\nrule \"other\": " OTHER
		 " -> admit\n" REFUSE,
		 NULL, false},
		{"rule \"flow\": " TAG " -> admit\nrule \"other\": " OTHER
		 " -> admit\n" REFUSE,
		 "other", false},
		/* a third one's rule has no room there */
		{"rule \"third\": " OTHER " -> admit\nrule \"flow\": " TAG
		 " -> admit\nrule \"other\": " OTHER " -> admit\n" REFUSE,
		 "flow", false},
		/* it is not enough that the other one is let pass */
		{"rule \"flow\": " TAG " -> admit\n" REFUSE, "flow", false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		CLEANUP(arena_cleanup) struct arena *arena = arena_new();
		struct diag *diag = diag_new(arena);
		struct match universe = {0};
		struct match governed = read_match(GOVERNED, arena, diag);
		struct labelled_match flows[] =
			{{.id = "flow", .match = read_match(FLOW, arena, diag)},
			 {.id = "other", .match = read_match(OTHER, arena, diag)}};
		struct proof_room room = {.match = read_match(TAG, arena, diag),
					  .id = cases[i].room_id,
					  .counted = true};
		struct ruleset *rules = read_rules(cases[i].rules, arena, diag);
		struct proof_question question = {
			.rules = rules,
			.path = &rules->paths[0],
			.universe = &universe,
			.governed = &governed,
			.flows = flows,
			.flow_count = 2,
			.rooms = &room,
			.room_count = 1,
			.deny = true,
			.trace = true,
		};
		struct proof proof;

		assert_int_equal(prove(&question, arena, &proof, diag), 0);
		if ((proof.finding_count == 0) != cases[i].holds)
			print_message("case %zu\n", i);
		assert_int_equal(proof.finding_count == 0, cases[i].holds);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_row_ends_as_it_says),
		cmocka_unit_test(a_rule_decides_in_its_room),
	};

	return cmocka_run_group_tests_name("proof_room", tests, NULL, NULL);
}
