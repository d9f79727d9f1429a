/* decide.c - What a rule set does with every packet. */
#include "rules/decide.h"

#include <stdlib.h>
#include <string.h>

#include "rules/base/arena.h"

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

enum control {
	CONTROL_DONE,	  /* the outcome stands */
	CONTROL_CONTINUE, /* go on with the next rule */
	CONTROL_RETURN,	  /* leave the chain */
};

struct leaf {
	enum control control;
	struct outcome outcome;
};

/* A rule set whose rules have serial numbers from @first on. */
struct numbered {
	const struct ruleset *rules;
	uint32_t first;
	uint32_t *chain_first; /* serial of each chain's first rule */
};

struct decisions {
	struct diagram *diagram;
	struct arena *arena;
	struct leaf *leaves;
	size_t leaf_count, leaf_capacity;
	uint32_t *table; /* leaf + 1 by hash; 0 is free */
	size_t table_mask;
	struct numbered *numbered;
	size_t numbered_count, numbered_capacity;
	uint32_t next_serial;
};

/* The kernel stops at 16 (NFT_JUMP_STACK_SIZE, nf_tables.h of Linux 6.1); this bounds our
 * recursion for rule sets that it would refuse. */
#define MAX_JUMP_DEPTH 128u

enum {
	TAG_SEQUENCE = 16, /* rules of a chain */
	TAG_ALL,	   /* stages that must all let a packet pass */
	TAG_FIRST,	   /* stages where the first that decides decides */
	TAG_REACH_ALL,	   /* what a stage does with the packets that reach it */
	TAG_REACH_FIRST,
};

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

/* The number of a leaf: an old one when an equal leaf has one. */
static uint32_t leaf_number(struct decisions *decisions, const struct leaf *leaf)
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

/* Joining. */

static bool is_done(void *context, uint32_t leaf)
{
	const struct decisions *decisions = context;

	return decisions->leaves[leaf].control != CONTROL_CONTINUE;
}

static bool carries_mark(void *context, uint32_t leaf, uint32_t *ret_mark)
{
	const struct decisions *decisions = context;

	*ret_mark = decisions->leaves[leaf].outcome.mark;
	return decisions->leaves[leaf].outcome.marks;
}

/* Leaf @b, with the mark of leaf @a unless it has one of its own. */
static uint32_t inherit_mark(struct decisions *decisions, uint32_t a, uint32_t b)
{
	struct leaf leaf = decisions->leaves[b];

	if (leaf.outcome.marks || !decisions->leaves[a].outcome.marks)
		return b;
	leaf.outcome.marks = true;
	leaf.outcome.mark = decisions->leaves[a].outcome.mark;
	return leaf_number(decisions, &leaf);
}

static uint32_t join_sequence(void *context, uint32_t a, uint32_t b)
{
	return is_done(context, a) ? a : inherit_mark(context, a, b);
}

static bool is_refusal(void *context, uint32_t leaf)
{
	const struct decisions *decisions = context;

	return decisions->leaves[leaf].outcome.verdict == VERDICT_REFUSE;
}

static bool is_decided(void *context, uint32_t leaf)
{
	const struct decisions *decisions = context;
	enum verdict verdict = decisions->leaves[leaf].outcome.verdict;

	return verdict == VERDICT_ADMIT || verdict == VERDICT_REFUSE;
}

/* How well an outcome says who decided. */
static unsigned reason_rank(const struct outcome *outcome)
{
	return outcome->id ? 2 : outcome->rule ? 1 : 0;
}

/* Is what a later stage says a better reason than what was said before? */
static bool is_better(const struct outcome *first, const struct outcome *second)
{
	if (second->verdict == VERDICT_REFUSE || first->verdict == VERDICT_NONE)
		return true;
	if (second->verdict != VERDICT_ADMIT)
		return false;
	return first->verdict == VERDICT_UNDECIDED ||
	       reason_rank(second) > reason_rank(first);
}

/* Both stages see the packet and the first did not end it. */
static uint32_t join_stages(void *context, uint32_t a, uint32_t b)
{
	struct decisions *decisions = context;
	const struct outcome *second = &decisions->leaves[b].outcome;
	struct leaf leaf = decisions->leaves[a];

	if (second->verdict == VERDICT_NONE)
		return a;
	if (is_better(&leaf.outcome, second))
		return inherit_mark(decisions, a, b);
	if (second->marks) {
		leaf.outcome.marks = true;
		leaf.outcome.mark = second->mark;
	}
	return leaf_number(decisions, &leaf);
}

static uint32_t join_all(void *context, uint32_t a, uint32_t b)
{
	return is_refusal(context, a) ? a : join_stages(context, a, b);
}

static uint32_t join_first(void *context, uint32_t a, uint32_t b)
{
	return is_decided(context, a) ? a : join_stages(context, a, b);
}

static uint32_t reach_all(void *context, uint32_t a, uint32_t b)
{
	return is_refusal(context, a) ? 0 : b;
}

static uint32_t reach_first(void *context, uint32_t a, uint32_t b)
{
	return is_decided(context, a) ? 0 : b;
}

static struct leaf_algebra sequence_algebra(struct decisions *decisions)
{
	return (struct leaf_algebra){
		.join = join_sequence,
		.final = is_done,
		.left_neutral = 0,
		.right_neutral = 0,
		.mark = carries_mark,
		.context = decisions,
		.tag = TAG_SEQUENCE,
	};
}

/* Stages before, and the next one: what the path does with the packet. */
static struct leaf_algebra stage_algebra(struct decisions *decisions,
					 enum compose compose)
{
	bool all = compose == COMPOSE_ALL;

	return (struct leaf_algebra){
		.join = all ? join_all : join_first,
		.final = all ? is_refusal : is_decided,
		.left_neutral = 0,
		.right_neutral = 0,
		.mark = carries_mark,
		.context = decisions,
		.tag = all ? TAG_ALL : TAG_FIRST,
	};
}

/* Stages before, and the next one: what that one does with the packets that reach it. */
static struct leaf_algebra reach_algebra(struct decisions *decisions,
					 enum compose compose)
{
	bool all = compose == COMPOSE_ALL;

	return (struct leaf_algebra){
		.join = all ? reach_all : reach_first,
		.left_neutral = 0,
		.right_neutral = DIAGRAM_NO_LEAF,
		.mark = carries_mark,
		.context = decisions,
		.tag = all ? TAG_REACH_ALL : TAG_REACH_FIRST,
	};
}

/* One run of decide(). */
struct run {
	struct decisions *decisions;
	const struct ruleset *rules;
	const struct numbered *numbered;
	enum decide_by by;
	struct diag *diag;
	unsigned depth; /* jumps taken to where we are */
	struct {
		enum { CHAIN_NEW, CHAIN_OPEN, CHAIN_DONE } state;
		struct decision decision;
	} * chains;
};

static const struct numbered *number_rules(struct decisions *decisions,
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
	struct decision target;

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

static int decide_rule(struct run *run, const struct rule *rule, uint32_t serial,
		       struct decision_part *ret_part)
{
	enum verdict verdict = VERDICT_NONE;
	struct leaf leaf = {.control = CONTROL_DONE};

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
	struct decision decision;

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
	struct run run = run_begin(decisions, rules, by, diag);
	struct decision decision;

	if (decide_stages(&run, path, &decision) < 0)
		return -1;
	if (diagram_exceeded(decisions->diagram))
		return diag_report(diag, DIAG_RULES_TOO_COMPLEX, SPAN_NONE,
				   "the diagram of path '%s' outgrew its budget of edges",
				   path->name);
	*ret_decision = decision;
	return 0;
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
