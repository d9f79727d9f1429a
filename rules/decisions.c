/* decisions.c - Outcomes and their numbers; asking a decision for its outcomes. */
#include "rules/decisions_store.h"

#include <string.h>

#include "rules/base/arena.h"

const char *verdict_name(enum verdict verdict)
{
	switch (verdict) {
	case VERDICT_NONE:
		return "none";
	case VERDICT_ADMIT:
		return "allow";
	case VERDICT_REFUSE:
		return "deny";
	case VERDICT_UNDECIDED:
		return "undecided";
	}
	BUG("verdict %d", (int)verdict);
}

const char *verdict_by_default(enum verdict verdict)
{
	switch (verdict) {
	case VERDICT_NONE:
		return "no chain sees it, so nothing refuses it";
	case VERDICT_ADMIT:
	case VERDICT_UNDECIDED:
		return "no rule matches it, and nothing refuses it";
	case VERDICT_REFUSE:
		return "no rule matches it, and the chain's policy refuses it";
	}
	BUG("verdict %d", (int)verdict);
}

static bool same_text(const char *a, const char *b)
{
	return a == b || (a && b && strcmp(a, b) == 0);
}

static bool leaf_equal(const struct leaf *a, const struct leaf *b)
{
	return a->control == b->control && a->outcome.verdict == b->outcome.verdict &&
	       a->outcome.rule == b->outcome.rule &&
	       a->outcome.marks == b->outcome.marks &&
	       a->outcome.mark == b->outcome.mark &&
	       same_text(a->outcome.id, b->outcome.id);
}

static size_t leaf_hash(const struct leaf *leaf)
{
	size_t hash = 14695981039346656037u; /* FNV-1a, 64 bits */
	const size_t numbers[] = {leaf->control, leaf->outcome.verdict,
				  leaf->outcome.rule, leaf->outcome.marks,
				  leaf->outcome.mark};

	for (size_t i = 0; i < ARRAY_SIZE(numbers); i++)
		hash = (hash ^ numbers[i]) * 1099511628211u;
	for (const char *c = leaf->outcome.id; c && *c; c++)
		hash = (hash ^ (unsigned char)*c) * 1099511628211u;
	return hash ^ hash >> 32;
}

static void table_grow(struct decisions *decisions)
{
	size_t size = decisions->table ? 2 * (decisions->table_mask + 1) : 64;

	decisions->table = arena_array(decisions->arena, size, uint32_t);
	decisions->table_mask = size - 1;
	for (size_t i = 0; i < decisions->leaf_count; i++) {
		size_t slot = leaf_hash(&decisions->leaves[i]) & decisions->table_mask;

		while (decisions->table[slot])
			slot = (slot + 1) & decisions->table_mask;
		decisions->table[slot] = (uint32_t)i + 1;
	}
}

uint32_t leaf_number(struct decisions *decisions, const struct leaf *leaf)
{
	size_t slot;

	if (!decisions->table || 2 * decisions->leaf_count > decisions->table_mask)
		table_grow(decisions);
	for (slot = leaf_hash(leaf) & decisions->table_mask; decisions->table[slot];
	     slot = (slot + 1) & decisions->table_mask)
		if (leaf_equal(&decisions->leaves[decisions->table[slot] - 1], leaf))
			return decisions->table[slot] - 1;
	if (decisions->leaf_count >= DIAGRAM_LEAF_MAX)
		BUG("more outcomes than leaves");
	*arena_push(decisions->arena, decisions->leaves, decisions->leaf_count,
		    decisions->leaf_capacity) = *leaf;
	decisions->table[slot] = (uint32_t)decisions->leaf_count;
	return (uint32_t)decisions->leaf_count - 1;
}

struct decisions *decisions_new(struct diagram *diagram, struct arena *arena)
{
	struct decisions *decisions = arena_make(arena, struct decisions);
	const struct leaf go_on = {.control = CONTROL_CONTINUE};

	decisions->diagram = diagram;
	decisions->arena = arena;
	decisions->next_serial = 1;
	if (leaf_number(decisions, &go_on) != 0)
		BUG("leaf 0 is taken");
	return decisions;
}

const struct outcome *decisions_outcome(const struct decisions *decisions, uint32_t leaf)
{
	if (leaf >= decisions->leaf_count)
		BUG("no outcome %u", leaf);
	return &decisions->leaves[leaf].outcome;
}

const struct numbered *number_rules(struct decisions *decisions,
				    const struct ruleset *rules)
{
	struct numbered *numbered;

	for (size_t i = 0; i < decisions->numbered_count; i++)
		if (decisions->numbered[i].rules == rules)
			return &decisions->numbered[i];
	numbered = arena_push(decisions->arena, decisions->numbered,
			      decisions->numbered_count, decisions->numbered_capacity);
	numbered->rules = rules;
	numbered->first = decisions->next_serial;
	numbered->chain_first =
		arena_array(decisions->arena, rules->chain_count, uint32_t);
	for (size_t i = 0; i < rules->chain_count; i++) {
		numbered->chain_first[i] = decisions->next_serial;
		decisions->next_serial += (uint32_t)rules->chains[i].count;
	}
	return numbered;
}

/* Finds the rule set, chain and place of a serial number. */
static const struct numbered *find_serial(const struct decisions *decisions,
					  uint32_t serial, size_t *ret_chain)
{
	const struct numbered *found = NULL;

	if (!serial || serial >= decisions->next_serial)
		return NULL;
	for (size_t i = 0; i < decisions->numbered_count; i++)
		if (decisions->numbered[i].first <= serial &&
		    (!found || decisions->numbered[i].first >= found->first))
			found = &decisions->numbered[i];
	for (size_t i = 0; found && i < found->rules->chain_count; i++)
		if (serial - found->chain_first[i] < found->rules->chains[i].count) {
			*ret_chain = i;
			return found;
		}
	return NULL;
}

const struct rule *decisions_rule(const struct decisions *decisions, uint32_t serial)
{
	size_t chain = 0;
	const struct numbered *numbered = find_serial(decisions, serial, &chain);

	return numbered ? &numbered->rules->chains[chain]
				   .rules[serial - numbered->chain_first[chain]]
			: NULL;
}

const struct chain *decisions_chain(const struct decisions *decisions, uint32_t serial)
{
	size_t chain = 0;
	const struct numbered *numbered = find_serial(decisions, serial, &chain);

	return numbered ? &numbered->rules->chains[chain] : NULL;
}

/* Selecting. */

struct verdicts {
	const struct decisions *decisions;
	unsigned bits;
	uint32_t mark;
};

static bool has_verdict(void *context, uint32_t leaf)
{
	const struct verdicts *verdicts = context;

	return verdicts->bits & 1u << verdicts->decisions->leaves[leaf].outcome.verdict;
}

struct pset decisions_select(struct decisions *decisions, struct decision decision,
			     unsigned bits)
{
	struct verdicts verdicts = {.decisions = decisions, .bits = bits};

	return decision_select(decisions->diagram, decision, has_verdict, &verdicts);
}

static bool has_mark(void *context, uint32_t leaf)
{
	const struct verdicts *verdicts = context;
	const struct outcome *outcome = &verdicts->decisions->leaves[leaf].outcome;

	return outcome->marks && outcome->mark == verdicts->mark &&
	       outcome->verdict != VERDICT_REFUSE;
}

struct pset decisions_marked(struct decisions *decisions, struct decision decision,
			     uint32_t mark)
{
	struct verdicts verdicts = {.decisions = decisions, .mark = mark};

	return decision_select(decisions->diagram, decision, has_mark, &verdicts);
}

static uint32_t only_id(void *context, uint32_t leaf)
{
	struct decisions *decisions = context;
	const struct outcome *outcome = &decisions->leaves[leaf].outcome;
	const struct leaf who = {
		.control = CONTROL_DONE,
		.outcome = {.verdict = VERDICT_ADMIT, .id = outcome->id},
	};

	return outcome->verdict == VERDICT_ADMIT ? leaf_number(decisions, &who) : 0;
}

struct decision decisions_by_id(struct decisions *decisions, struct decision decision)
{
	return decision_map(decisions->diagram, decision, only_id, decisions);
}

/* Labelled matches: the first that covers a packet has it. */
struct flow_parts {
	struct decisions *decisions;
	const struct labelled_match *flows;
};

static int get_flow(const void *context, size_t index, struct decision_part *ret_part)
{
	const struct flow_parts *of = context;
	const struct leaf leaf = {
		.control = CONTROL_DONE,
		.outcome = {.verdict = VERDICT_ADMIT, .id = of->flows[index].id},
	};

	*ret_part = (struct decision_part){.match = &of->flows[index].match,
					   .leaf = leaf_number(of->decisions, &leaf)};
	return 0;
}

int decisions_flows(struct decisions *decisions, const struct labelled_match *flows,
		    size_t count, struct decision *ret_decision, struct diag *diag)
{
	struct leaf_algebra sequence = sequence_algebra(decisions);
	struct flow_parts context = {decisions, flows};
	struct decision_parts parts = {count, get_flow, &context, 0};
	struct decision decision;

	if (decision_fold(decisions->diagram, &sequence, &parts, &decision) < 0 ||
	    diagram_exceeded(decisions->diagram))
		return diag_report(diag, DIAG_RULES_TOO_COMPLEX, SPAN_NONE,
				   "the diagram of the intent outgrew its budget of "
				   "edges");
	*ret_decision = decision;
	return 0;
}
