/* decide.c - What a rule set does with every packet. */
#include "rules/decide.h"

#include <stdlib.h>
#include <string.h>

#include "rules/base/arena.h"
#include "rules/decisions_store.h"

/**
 * DOC: From rules to decisions
 *
 * Leaf 0 says "go on with the next rule".  A rule is the decision that has its outcome
 * where it matches and 0 elsewhere; a chain joins its rules in order, by halves, "the
 * first that is not 0 wins".  A mark set on the way is part of the leaf ("go on, with
 * mark 7"), and the rules behind it are looked up with that mark.
 *
 * A jump puts the target's decision where the rule matches: where the target came to its
 * end or returned, the packet goes on behind the jump.  Targets are decided once.
 *
 * A path joins its stages in order of priority.  Where every stage must let the packet
 * pass, a refusal wins; where the first that decides decides, what is admitted or refused
 * stands.  Else who admits wins over what is undecided, and of those who admit the first
 * that has an id, or is a rule at all: the end of a stage explains least.
 */

/* The kernel stops at 16 (NFT_JUMP_STACK_SIZE, nf_tables.h of Linux 6.1); this bounds our
 * recursion for rule sets that it would refuse. */
#define MAX_JUMP_DEPTH 128u

/* One run of decide(). */
struct run {
	struct decisions *decisions;
	const struct ruleset *rules;
	const struct numbered *numbered;
	enum decide_by by;
	const struct addr_set *destinations; /* only these matter; NULL: all do */
	struct diag *diag;
	unsigned depth; /* jumps taken to where we are */
	struct {
		enum { CHAIN_NEW, CHAIN_OPEN, CHAIN_DONE } state;
		struct decision decision;
	} * chains;
};

static int decide_chain(struct run *run, size_t chain, struct decision *ret_decision);

static struct outcome rule_outcome(const struct run *run, const struct rule *rule,
				   uint32_t serial, enum verdict verdict)
{
	struct outcome outcome = {.verdict = verdict,
				  .marks = rule->marks,
				  .mark = rule->mark};

	if (verdict != VERDICT_NONE && run->by != DECIDE_BY_VERDICT)
		outcome.id = rule->id;
	if (verdict != VERDICT_NONE && run->by == DECIDE_BY_RULE)
		outcome.rule = serial;
	return outcome;
}

/* What a decision of a jump's target means for the chain that jumps. */
struct arrival {
	struct decisions *decisions;
	bool is_goto;
};

static uint32_t after_jump(void *context, uint32_t leaf)
{
	const struct arrival *arrival = context;
	struct leaf after = arrival->decisions->leaves[leaf];

	if (after.control == CONTROL_DONE)
		return leaf;
	after.control = arrival->is_goto ? CONTROL_RETURN : CONTROL_CONTINUE;
	return leaf_number(arrival->decisions, &after);
}

static int decide_jump(struct run *run, const struct rule *rule,
		       struct decision *ret_decision)
{
	struct diagram *diagram = run->decisions->diagram;
	struct arrival arrival = {run->decisions, rule->action == ACTION_GOTO};
	struct leaf_algebra sequence = sequence_algebra(run->decisions);
	const struct leaf marked = {
		.control = CONTROL_CONTINUE,
		.outcome = {.marks = rule->marks, .mark = rule->mark},
	};
	struct decision target = decision_leaf(0);

	if (decide_chain(run, rule->target, &target) < 0)
		return -1;
	target = decision_map(diagram, target, after_jump, &arrival);
	/* With a mark the target is looked up behind "go on, with the mark". */
	if (rule->marks)
		target =
			decision_join(diagram, &sequence,
				      decision_leaf(leaf_number(run->decisions, &marked)),
				      target);
	*ret_decision =
		decision_within(diagram, target, pset_match(diagram, &rule->match));
	return 0;
}

/* Is the rule for other destinations than those that matter? */
static bool is_elsewhere(const struct run *run, const struct rule *rule)
{
	const struct addr_set *wanted = run->destinations;

	for (size_t i = 0; wanted && i < rule->match.count; i++) {
		const struct term *term = &rule->match.terms[i];

		if (term->kind == TERM_ADDRS && term->field == FIELD_DESTINATION &&
		    !term->negated &&
		    !ranges_meet(&term->addrs.of[FAMILY_IPV4],
				 &wanted->of[FAMILY_IPV4]) &&
		    !ranges_meet(&term->addrs.of[FAMILY_IPV6], &wanted->of[FAMILY_IPV6]))
			return true;
	}
	return false;
}

static int decide_rule(struct run *run, const struct rule *rule, uint32_t serial,
		       struct decision_part *ret_part)
{
	enum verdict verdict = VERDICT_NONE;
	struct leaf leaf = {.control = CONTROL_DONE};

	if (is_elsewhere(run, rule)) {
		*ret_part = (struct decision_part){.decision = decision_leaf(0)};
		return 0;
	}
	switch (rule->action) {
	case ACTION_ADMIT:
		verdict = VERDICT_ADMIT;
		break;
	case ACTION_REFUSE:
		verdict = VERDICT_REFUSE;
		break;
	case ACTION_UNDECIDED:
		verdict = VERDICT_UNDECIDED;
		break;
	case ACTION_CONTINUE:
		leaf.control = CONTROL_CONTINUE;
		break;
	case ACTION_RETURN:
		leaf.control = CONTROL_RETURN;
		break;
	case ACTION_JUMP:
	case ACTION_GOTO:
		*ret_part = (struct decision_part){0};
		return decide_jump(run, rule, &ret_part->decision);
	}
	leaf.outcome = rule_outcome(run, rule, serial, verdict);
	*ret_part = (struct decision_part){.match = &rule->match,
					   .leaf = leaf_number(run->decisions, &leaf)};
	return 0;
}

/* The rules of one chain, as parts of its decision. */
struct chain_parts {
	struct run *run;
	size_t chain;
};

static int get_rule(const void *context, size_t index, struct decision_part *ret_part)
{
	const struct chain_parts *of = context;
	struct run *run = of->run;

	return decide_rule(run, &run->rules->chains[of->chain].rules[index],
			   run->numbered->chain_first[of->chain] + (uint32_t)index,
			   ret_part);
}

static int decide_rules(struct run *run, size_t chain, struct decision *ret_decision)
{
	const struct chain *of = &run->rules->chains[chain];
	struct diagram *diagram = run->decisions->diagram;
	struct leaf_algebra sequence = sequence_algebra(run->decisions);
	struct chain_parts context = {run, chain};
	struct decision_parts parts = {of->count, get_rule, &context, 0};

	if (decision_fold(diagram, &sequence, &parts, ret_decision) == 0)
		return 0;
	/* A rule that jumps has said itself what is wrong with its target. */
	if (parts.stopped)
		diag_report(run->diag, DIAG_RULES_TOO_COMPLEX,
			    of->rules[parts.stopped].at,
			    "the diagram of '%s' outgrew its budget of edges from here "
			    "on",
			    of->name);
	return -1;
}

static int decide_chain(struct run *run, size_t chain, struct decision *ret_decision)
{
	const struct chain *of;

	if (chain >= run->rules->chain_count)
		BUG("no chain %zu", chain);
	of = &run->rules->chains[chain];
	if (run->chains[chain].state == CHAIN_OPEN)
		return diag_report(run->diag, DIAG_RULES_LOOP, of->at,
				   "chain '%s' jumps back to itself", of->name);
	if (run->depth >= MAX_JUMP_DEPTH)
		return diag_report(run->diag, DIAG_RULES_TOO_COMPLEX, of->at,
				   "jumps are nested more than %u deep at '%s'",
				   MAX_JUMP_DEPTH, of->name);
	if (run->chains[chain].state == CHAIN_NEW) {
		run->chains[chain].state = CHAIN_OPEN;
		run->depth++;
		if (decide_rules(run, chain, &run->chains[chain].decision) < 0)
			return -1;
		run->depth--;
		run->chains[chain].state = CHAIN_DONE;
	}
	*ret_decision = run->chains[chain].decision;
	return 0;
}

/* What the end of a stage's chain means. */
struct stage_end {
	struct decisions *decisions;
	enum verdict verdict;
};

static uint32_t at_stage_end(void *context, uint32_t leaf)
{
	const struct stage_end *end = context;
	struct leaf after = end->decisions->leaves[leaf];

	if (after.control == CONTROL_DONE)
		return leaf;
	after.control = CONTROL_DONE;
	after.outcome.verdict = end->verdict;
	return leaf_number(end->decisions, &after);
}

static enum verdict end_verdict(enum action action)
{
	if (action == ACTION_ADMIT)
		return VERDICT_ADMIT;
	return action == ACTION_REFUSE ? VERDICT_REFUSE : VERDICT_UNDECIDED;
}

static int decide_stage(struct run *run, const struct stage *stage,
			struct decision *ret_decision)
{
	struct diagram *diagram = run->decisions->diagram;
	struct stage_end end = {run->decisions, end_verdict(stage->end)};
	struct decision decision = decision_leaf(0);

	if (decide_chain(run, stage->chain, &decision) < 0)
		return -1;
	decision = decision_map(diagram, decision, at_stage_end, &end);
	*ret_decision =
		decision_within(diagram, decision, pset_match(diagram, &stage->guard));
	return 0;
}

static int compare_stages(const void *a, const void *b)
{
	const struct stage *const *x = a, *const *y = b;

	if ((*x)->priority != (*y)->priority)
		return (*x)->priority < (*y)->priority ? -1 : 1;
	return *x < *y ? -1 : *x > *y;
}

/* The stages of a path in the order in which packets meet them. */
static const struct stage **order_stages(const struct path *path, struct arena *arena)
{
	const struct stage **stages =
		arena_array(arena, path->count, const struct stage *);

	for (size_t i = 0; i < path->count; i++)
		stages[i] = &path->stages[i];
	if (path->count)
		qsort(stages, path->count, sizeof(*stages), compare_stages);
	return stages;
}

static int decide_stages(struct run *run, const struct path *path,
			 struct decision *ret_decision)
{
	struct diagram *diagram = run->decisions->diagram;
	struct leaf_algebra algebra = stage_algebra(run->decisions, path->compose);
	const struct stage **stages = order_stages(path, run->decisions->arena);
	struct decision sum = decision_leaf(0), stage;

	for (size_t i = 0; i < path->count; i++) {
		if (decide_stage(run, stages[i], &stage) < 0)
			return -1;
		sum = decision_join(diagram, &algebra, sum, stage);
	}
	*ret_decision =
		decision_within(diagram, sum, pset_match(diagram, &path->universe));
	return 0;
}

static struct run run_begin(struct decisions *decisions, const struct ruleset *rules,
			    enum decide_by by, struct diag *diag)
{
	struct run run = {
		.decisions = decisions,
		.rules = rules,
		.numbered = number_rules(decisions, rules),
		.by = by,
		.diag = diag,
	};

	run.chains = arena_alloc_array(decisions->arena, rules->chain_count,
				       sizeof(*run.chains));
	return run;
}

int decide(struct decisions *decisions, const struct ruleset *rules,
	   const struct path *path, enum decide_by by, struct decision *ret_decision,
	   struct diag *diag)
{
	return decide_to(decisions, rules, path, by, NULL, ret_decision, diag);
}

int decide_to(struct decisions *decisions, const struct ruleset *rules,
	      const struct path *path, enum decide_by by,
	      const struct addr_set *destinations, struct decision *ret_decision,
	      struct diag *diag)
{
	struct run run = run_begin(decisions, rules, by, diag);
	struct decision decision;

	run.destinations = destinations;
	if (decide_stages(&run, path, &decision) < 0)
		return -1;
	if (diagram_exceeded(decisions->diagram))
		return diag_report(diag, DIAG_RULES_TOO_COMPLEX, SPAN_NONE,
				   "the diagram of path '%s' outgrew its budget of edges",
				   path->name);
	*ret_decision = decision;
	return 0;
}

/* Shadowing. */

struct alive {
	const struct decisions *decisions;
	uint32_t first;
	bool *dead;
};

static void note_alive(void *context, uint32_t leaf)
{
	const struct alive *alive = context;
	uint32_t serial = alive->decisions->leaves[leaf].outcome.rule;

	if (serial)
		alive->dead[serial - alive->first] = false;
}

static bool is_terminal(enum action action)
{
	return action == ACTION_ADMIT || action == ACTION_REFUSE ||
	       action == ACTION_UNDECIDED;
}

/* Notes the rules that decide a packet which reaches their stage on this path. */
static int note_path(struct run *run, const struct path *path, struct alive *alive)
{
	struct decisions *decisions = run->decisions;
	struct diagram *diagram = decisions->diagram;
	struct leaf_algebra stages = stage_algebra(decisions, path->compose);
	struct leaf_algebra reach = reach_algebra(decisions, path->compose);
	struct pset universe = pset_match(diagram, &path->universe);
	const struct stage **order = order_stages(path, decisions->arena);
	struct decision before = decision_leaf(0), stage, reached;

	for (size_t i = 0; i < path->count; i++) {
		if (decide_stage(run, order[i], &stage) < 0)
			return -1;
		reached = decision_join(diagram, &reach, before, stage);
		reached = decision_within(diagram, reached, universe);
		decision_leaves(diagram, reached, note_alive, alive);
		before = decision_join(diagram, &stages, before, stage);
	}
	return 0;
}

int decide_shadowed(const struct ruleset *rules, bool **ret_dead, struct arena *arena,
		    struct diag *diag)
{
	struct space *space = space_new(arena);
	CLEANUP(diagram_cleanup) struct diagram *diagram = NULL;
	struct decisions *decisions;
	bool *dead = arena_array(arena, ruleset_count_rules(rules), bool);
	struct alive alive;
	size_t rule = 0;
	struct run run;

	space_add_ruleset(space, rules);
	if (space_seal(space) < 0)
		return diag_report(diag, DIAG_RULES_TOO_COMPLEX, SPAN_NONE,
				   "more than %u unknown conditions", SPACE_MAX_UNKNOWNS);
	diagram = diagram_new(space, DIAGRAM_DEFAULT_EDGES);
	decisions = decisions_new(diagram, arena);
	run = run_begin(decisions, rules, DECIDE_BY_RULE, diag);
	alive = (struct alive){decisions, run.numbered->first, dead};
	for (size_t i = 0; i < rules->chain_count; i++)
		for (size_t j = 0; j < rules->chains[i].count; j++)
			dead[rule++] = is_terminal(rules->chains[i].rules[j].action);
	for (size_t i = 0; i < rules->path_count; i++)
		if (note_path(&run, &rules->paths[i], &alive) < 0)
			return -1;
	if (diagram_exceeded(diagram))
		return diag_report(diag, DIAG_RULES_TOO_COMPLEX, SPAN_NONE,
				   "the diagram outgrew its budget of edges");
	*ret_dead = dead;
	return 0;
}
