/* proof_trace_test.c - A flow's packets must be decided, and by a rule of the flow's. */
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

/* Two flows of one client; a third rule refuses the rest. */
#define BEGIN  "rules 1\npath \"p\" all\n"
#define STAGE  " stage chain 0 \"c\" priority 0 end undecided"
#define CHAIN  "\nchain 0 \"c\"\n"
#define FIRST  "rule \"first\": from {10.0.0.0/8} and port {443} -> admit\n"
#define SECOND "rule \"second\": from {10.0.0.0/8} and port {53} -> admit\n"
#define REFUSE "rule: from {10.0.0.0/8} -> refuse\n"

static const struct {
	const char *rules;
	bool holds;
	enum proof_fault fault; /* the first one */
} rows[] = {
	{BEGIN STAGE CHAIN FIRST SECOND REFUSE, true, PROOF_FAULT_COUNT},
	{BEGIN STAGE CHAIN SECOND FIRST REFUSE, true, PROOF_FAULT_COUNT},
	{BEGIN STAGE CHAIN FIRST REFUSE, false, PROOF_NARROWER},
	{BEGIN STAGE CHAIN FIRST "rule \"first\": from {10.0.0.0/8} and port {53} -> "
				 "admit\n" REFUSE,
	 false, PROOF_WRONG_FLOW},
	/* the ids are there, but no chain sees the packets to port 53 */
	{BEGIN STAGE " when not port {53}" CHAIN FIRST SECOND REFUSE, false,
	 PROOF_WRONG_FLOW},
};

static struct ruleset *read_rules(const char *text, struct arena *arena,
				  struct diag *diag)
{
	uint32_t source = diag_add_source(diag, "test", text, strlen(text));
	struct ruleset *made;

	if (ruleset_read(text, strlen(text), source, arena, &made, diag) < 0)
		fail_msg("%s\n%s", diag_message(diag, 0)->text, text);
	return made;
}

static void each_row_ends_as_it_says(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		CLEANUP(arena_cleanup) struct arena *arena = arena_new();
		struct diag *diag = diag_new(arena);
		const struct chain *asked =
			read_rules(BEGIN STAGE CHAIN FIRST SECOND REFUSE, arena, diag)
				->chains;
		struct labelled_match flows[] = {
			{.id = "first", .match = asked->rules[0].match},
			{.id = "second", .match = asked->rules[1].match},
		};
		struct ruleset *rules = read_rules(rows[i].rules, arena, diag);
		struct match universe = {0};
		struct proof_question question = {
			.rules = rules,
			.path = &rules->paths[0],
			.universe = &universe,
			.governed = &asked->rules[2].match,
			.flows = flows,
			.flow_count = 2,
			.outside = 1u << VERDICT_UNDECIDED | 1u << VERDICT_NONE,
			.deny = true,
			.trace = true,
		};
		struct proof proof;

		assert_int_equal(prove(&question, arena, &proof, diag), 0);
		assert_int_equal(proof.finding_count == 0, rows[i].holds);
		if (proof.finding_count)
			assert_int_equal(proof.findings[0].fault, rows[i].fault);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_row_ends_as_it_says),
	};

	return cmocka_run_group_tests_name("proof_trace", tests, NULL, NULL);
}
