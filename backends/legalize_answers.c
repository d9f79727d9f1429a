/* legalize_answers.c - From the bound intent to what a resolver is to answer. */
#include <string.h>

#include "backends/answer.h"
#include "backends/legalize_work.h"
#include "rules/base/arena.h"

/* An answer of more IPv4 addresses (16 bytes each) than this, with its question and the
 * records of a chain, does not fit into the 1232 bytes that DNS datagrams should have
 * (dnsflagday.net/2020, read 2026-11-27).  A private endpoint gives one or two. */
#define MAX_ADDRESSES 64

/** struct owed - What is owed for one name, for the sake of the first flow that asks */
struct owed {
	const struct flow *lead;
	struct backend_answer answer;
};

static int report_conflict(struct work *work, const struct owed *owed,
			   const struct flow *flow)
{
	diag_report(work->diag, DIAG_ANSWER_CONFLICT, flow->client->at,
		    "output '%s' would have to answer '%s' in two ways: %s for client "
		    "'%s', %s for '%s'",
		    work->job->name, owed->lead->name, owed->lead->bound_by,
		    owed->lead->client->name, flow->bound_by, flow->client->name);
	diag_note(work->diag, owed->lead->client->at, "client '%s' is here",
		  owed->lead->client->name);
	diag_help(work->diag,
		  "a resolver does not ask who asks: write an output for the clients of "
		  "each private endpoint ('clients: [...]')");
	return -1;
}

static int check_size(struct work *work, const struct owed *owed)
{
	u128 left = MAX_ADDRESSES;
	bool fits = true;

	for (unsigned family = 0; family < FAMILY_COUNT; family++)
		for (size_t i = 0; i < owed->answer.to.of[family].count && fits; i++) {
			const struct range *range = &owed->answer.to.of[family].at[i];

			fits = range->last - range->first < left;
			left -= fits ? range->last - range->first + 1 : 0;
		}
	if (fits)
		return 0;
	return diag_report(work->diag, DIAG_BACKEND_LIMIT, owed->lead->at,
			   "'%s' leads to more than %u addresses (output '%s')",
			   owed->lead->name, MAX_ADDRESSES, work->job->name);
}

static struct rule *begin_rule(struct work *work, const struct owed *owed)
{
	struct rule *rule = chain_add_rule(legal_chain(work, false), work->arena);

	rule->id = owed->lead->group;
	rule->at = owed->lead->at;
	rule->action = ACTION_ADMIT;
	match_name(&rule->match, name_pattern_parse(owed->answer.name), false,
		   work->arena);
	return rule;
}

/* A rule for each family's set; whether there are any. */
static bool add_fills(struct work *work, const struct owed *owed)
{
	bool any = false;

	for (unsigned family = 0; family < FAMILY_COUNT; family++) {
		if (!owed->answer.fills[family])
			continue;
		answer_match_fills(&begin_rule(work, owed)->match, (enum family)family,
				   owed->answer.fills[family], work->arena);
		any = true;
	}
	return any;
}

static void add_rule(struct work *work, const struct owed *owed)
{
	struct rule *rule;

	if (add_fills(work, owed))
		return;
	rule = begin_rule(work, owed);
	match_addrs(&rule->match, FIELD_DESTINATION, &owed->answer.to, work->arena);
	if (owed->answer.port)
		match_number(&rule->match, FIELD_DESTINATION_PORT, owed->answer.port,
			     owed->answer.port, work->arena);
}

/* Clients of one private endpoint are owed the same; of families that only one of them
 * has, too. */
static int join_answer(struct work *work, struct owed *owed, const struct flow *flow,
		       const struct backend_answer *answer)
{
	for (unsigned family = 0; family < FAMILY_COUNT; family++)
		if (answer->fills[family])
			owed->answer.fills[family] = answer->fills[family];
	if (addr_set_equal(&owed->answer.to, &answer->to))
		return 0;
	if (!flow->view || !owed->lead->view || strcmp(flow->view, owed->lead->view) != 0)
		return report_conflict(work, owed, flow);
	owed->answer.to = addr_set_union(&owed->answer.to, &answer->to, work->arena);
	return 0;
}

int legal_add_answers(struct work *work)
{
	const struct intent *intent = work->job->intent;
	struct owed **all = arena_array(work->arena, intent->flow_count, struct owed *);
	struct textmap by_name = {0};
	size_t count = 0;
	int result = 0;

	for (size_t i = 0; i < intent->flow_count; i++) {
		const struct flow *flow = intent->flows[i];
		struct backend_answer answer = {0};
		struct owed *owed;

		if (!legal_is_covered(work, flow))
			continue;
		work->job->backend->answer(work->job, flow, work->arena, &answer);
		owed = textmap_get(&by_name, answer.name);
		if (owed) {
			/* The names of a registry conflict together: one is told. */
			if (!result)
				result = join_answer(work, owed, flow, &answer);
			continue;
		}
		owed = arena_make(work->arena, struct owed);
		*owed = (struct owed){flow, answer};
		textmap_put(&by_name, answer.name, owed, work->arena);
		all[count++] = owed;
	}
	for (size_t i = 0; i < count && !result; i++) {
		result = check_size(work, all[i]);
		add_rule(work, all[i]);
	}
	return result;
}
