/* smt_rules.c - What a path does with a packet, rule by rule, as formulas. */
#include <stdlib.h>
#include <string.h>

#include "rules/ruleset_text.h"
#include "rules/smt.h"
#include "rules/smt_writer.h"

/**
 * DOC: Rules in a row
 *
 * A packet goes through rules in one direction only: so chains are written in a row, a
 * jump's target where the jump stands.  Then each rule needs two formulas, "reached" and
 * "matches", and a mark that a rule sets is simply the mark from there on, for whoever
 * comes by later.
 *
 * The end of a chain and each return are places from where packets go on behind the jump
 * (or, behind a goto, from where they leave the chain that went there).
 */

/* As in decide.c: deeper than any kernel goes. */
#define MAX_DEPTH 128u

/* A path while it is written. */
struct walk {
	struct smt_writer *writer;
	const struct path *path;
	const char *suffix;
	struct smt_texts admits, refuses, leaves; /* of the stage that is written */
	struct textmap admits_by; /* struct smt_texts by id, of this stage */
	struct smt_fate *fate;
	const char **ids; /* those of the admitting rules, stage by stage */
	size_t id_count, id_capacity;
};

static struct smt_texts *texts_of(struct walk *walk, struct textmap *map, const char *id)
{
	struct smt_texts *texts = textmap_get(map, id);

	if (!texts) {
		texts = arena_make(walk->writer->arena, struct smt_texts);
		textmap_put(map, id, texts, walk->writer->arena);
	}
	return texts;
}

/* -- one rule ------------------------------------------------------------------------ */

static void describe_rule(struct smt_writer *writer, const struct chain *chain,
			  const struct rule *rule)
{
	const char *where = smt_where(writer, rule->at);
	CLEANUP(strbuf_release) struct strbuf text = {0};

	match_print(&rule->match, &text);
	smt_comment(writer, "rule %zu, %s%s: %s%s%s: %s", writer->steps,
		    rule->marks ? "mark and " : "", action_name(rule->action),
		    where[0] ? where : chain->name, rule->id ? ", postern:" : ", ",
		    rule->id	 ? rule->id
		    : rule->name ? rule->name
				 : "no name",
		    strbuf_text(&text));
}

static const char *of_rule(struct smt_writer *writer, size_t number, const char *what)
{
	return arena_printf(writer->arena, "|rule %zu %s|", number, what);
}

static const char *define_and(struct smt_writer *writer, const char *symbol,
			      const char *one, const char *other)
{
	strbuf_printf(writer->out, "(define-fun %s () Bool (and %s %s))\n", symbol, one,
		      other);
	return symbol;
}

static void set_mark(struct smt_writer *writer, size_t number, uint32_t mark,
		     const char *decides)
{
	const char *after = of_rule(writer, number, "mark");
	const char *marked = of_rule(writer, number, "marked");

	strbuf_printf(writer->out, "(define-fun %s () (_ BitVec 32) (ite %s ", after,
		      decides);
	smt_number(writer->out, mark, 32);
	strbuf_printf(writer->out, " %s))\n(define-fun %s () Bool (or %s %s))\n",
		      writer->mark, marked, decides, writer->marked);
	writer->mark = after;
	writer->marked = marked;
}

static int write_chain(struct walk *walk, size_t index, const char *entry,
		       struct smt_texts *backs);

static void note_id(struct walk *walk, const char *id, const char *decides)
{
	struct smt_texts *texts = texts_of(walk, &walk->admits_by, id);

	if (!texts->count)
		*arena_push(walk->writer->arena, walk->ids, walk->id_count,
			    walk->id_capacity) = id;
	smt_push(walk->writer, texts, decides);
}

/* What a rule does with the packets that reach and match it; @here becomes those that go
 * on with the next one. */
static int write_action(struct walk *walk, const struct rule *rule, const char *decides,
			struct smt_texts *here, struct smt_texts *backs)
{
	struct smt_writer *writer = walk->writer;

	switch (rule->action) {
	case ACTION_CONTINUE:
		smt_push(writer, here, decides);
		return 0;
	case ACTION_ADMIT:
		if (rule->id)
			note_id(walk, rule->id, decides);
		smt_push(writer, &walk->admits, decides);
		return 0;
	case ACTION_REFUSE:
		smt_push(writer, &walk->refuses, decides);
		return 0;
	case ACTION_UNDECIDED:
		smt_push(writer, &walk->leaves, decides);
		return 0;
	case ACTION_RETURN:
		smt_push(writer, backs, decides);
		return 0;
	case ACTION_JUMP:
		return write_chain(walk, rule->target, decides, here);
	case ACTION_GOTO:
		return write_chain(walk, rule->target, decides, backs);
	}
	BUG("action %d", (int)rule->action);
}

static int write_rule(struct walk *walk, const struct chain *chain,
		      const struct rule *rule, struct smt_texts *here,
		      struct smt_texts *backs)
{
	struct smt_writer *writer = walk->writer;
	size_t number = ++writer->steps;
	const char *reached = of_rule(writer, number, "reached");
	const char *matches = of_rule(writer, number, "matches");
	const char *decides;

	describe_rule(writer, chain, rule);
	if (rule->action == ACTION_CONTINUE && !rule->marks)
		return 0;
	smt_define(writer, reached, "or", here);
	smt_define_match(writer, matches, &rule->match);
	decides =
		define_and(writer, of_rule(writer, number, "decides"), reached, matches);
	*here = (struct smt_texts){0};
	smt_push(writer, here,
		 arena_printf(writer->arena, "(and %s (not %s))", reached, matches));
	if (rule->marks)
		set_mark(writer, number, rule->mark, decides);
	return write_action(walk, rule, decides, here, backs);
}

static int enter_chain(struct smt_writer *writer, const struct chain *chain)
{
	if (writer->depth++ < MAX_DEPTH)
		return 0;
	return diag_report(writer->diag, DIAG_RULES_TOO_COMPLEX, chain->at,
			   "jumps are nested more than %u deep at '%s'", MAX_DEPTH,
			   chain->name);
}

/* @backs gets where packets come out of the chain undecided. */
static int write_chain(struct walk *walk, size_t index, const char *entry,
		       struct smt_texts *backs)
{
	struct smt_writer *writer = walk->writer;
	const struct chain *chain = &writer->question->rules->chains[index];
	struct smt_texts here = {0}, returns = {0};

	if (enter_chain(writer, chain) < 0)
		return -1;
	smt_comment(writer, "chain %s", chain->name);
	smt_push(writer, &here, entry);
	for (size_t i = 0; i < chain->count; i++)
		if (write_rule(walk, chain, &chain->rules[i], &here, &returns) < 0)
			return -1;
	for (size_t i = 0; i < here.count; i++)
		smt_push(writer, backs, here.at[i]);
	for (size_t i = 0; i < returns.count; i++)
		smt_push(writer, backs, returns.at[i]);
	smt_comment(writer, "end of chain %s", chain->name);
	writer->depth--;
	return 0;
}

/* How many rules a chain is when it is written out; @known has those of the chains that
 * were counted, plus one. */
static int count_steps(struct smt_writer *writer, size_t index, size_t *known)
{
	const struct chain *chain = &writer->question->rules->chains[index];
	size_t steps = chain->count;

	if (known[index])
		return 0;
	if (enter_chain(writer, chain) < 0)
		return -1;
	for (size_t i = 0; i < chain->count; i++) {
		const struct rule *rule = &chain->rules[i];

		if (rule->action != ACTION_JUMP && rule->action != ACTION_GOTO)
			continue;
		if (count_steps(writer, rule->target, known) < 0)
			return -1;
		steps += known[rule->target] - 1;
		if (steps > SMT_MAX_STEPS)
			return diag_report(writer->diag, DIAG_RULES_TOO_COMPLEX, rule->at,
					   "with every jump written out for a solver "
					   "there are more than %u rules",
					   SMT_MAX_STEPS);
	}
	writer->depth--;
	known[index] = steps + 1;
	return 0;
}

/* -- stages -------------------------------------------------------------------------- */

static int compare_stages(const void *a, const void *b)
{
	const struct stage *const *x = a, *const *y = b;

	if ((*x)->priority != (*y)->priority)
		return (*x)->priority < (*y)->priority ? -1 : 1;
	return *x < *y ? -1 : *x > *y;
}

static const struct stage **in_order(const struct path *path, struct arena *arena)
{
	const struct stage **stages =
		arena_array(arena, path->count, const struct stage *);

	for (size_t i = 0; i < path->count; i++)
		stages[i] = &path->stages[i];
	if (path->count)
		qsort(stages, path->count, sizeof(*stages), compare_stages);
	return stages;
}

/* How each stage of a path went, in order. */
struct stages {
	struct smt_texts admits, refuses, leaves;
	struct smt_texts named; /* admitted by a rule with an id */
};

static const char *stage_symbol(struct walk *walk, size_t number, const char *what)
{
	return arena_printf(walk->writer->arena, "|stage %zu %s%s|", number, what,
			    walk->suffix);
}

static const char *fate_symbol(struct walk *walk, const char *what)
{
	return arena_printf(walk->writer->arena, "|%s%s|", what, walk->suffix);
}

/* Who comes to a stage: what no stage before has ended. */
static void define_entry(struct walk *walk, const struct stage *stage,
			 const struct stages *before, const char *symbol)
{
	struct smt_writer *writer = walk->writer;
	const char *refused = smt_join(writer, "or", "false", &before->refuses);
	const char *admitted = smt_join(writer, "or", "false", &before->admits);
	CLEANUP(strbuf_release) struct strbuf guard = {0};
	struct smt_texts parts = {0};

	smt_push(writer, &parts, fate_symbol(walk, "on the path"));
	smt_match(writer, &stage->guard, &guard);
	smt_push(writer, &parts, strbuf_text(&guard));
	smt_push(writer, &parts, arena_printf(writer->arena, "(not %s)", refused));
	if (walk->path->compose == COMPOSE_FIRST)
		smt_push(writer, &parts,
			 arena_printf(writer->arena, "(not %s)", admitted));
	smt_define(writer, symbol, "and", &parts);
}

static void end_stage(struct walk *walk, const struct stage *stage,
		      const struct smt_texts *backs)
{
	struct smt_texts *ends = stage->end == ACTION_ADMIT    ? &walk->admits
				 : stage->end == ACTION_REFUSE ? &walk->refuses
							       : &walk->leaves;

	for (size_t i = 0; i < backs->count; i++)
		smt_push(walk->writer, ends, backs->at[i]);
}

/* An id decides here unless a rule with an id has admitted the packet before. */
static void note_deciders(struct walk *walk, const struct smt_texts *named_before,
			  size_t first_id)
{
	struct smt_writer *writer = walk->writer;
	const char *before = smt_join(writer, "or", "false", named_before);

	for (size_t i = first_id; i < walk->id_count; i++) {
		const struct smt_texts *here =
			textmap_get(&walk->admits_by, walk->ids[i]);
		struct smt_texts *all =
			texts_of(walk, &walk->fate->deciders, walk->ids[i]);

		for (size_t j = 0; j < here->count; j++)
			smt_push(writer, all,
				 named_before->count ? arena_printf(writer->arena,
								    "(and %s (not %s))",
								    here->at[j], before)
						     : here->at[j]);
	}
}

static void define_stage(struct walk *walk, size_t number, size_t first_id,
			 struct stages *stages)
{
	struct smt_writer *writer = walk->writer;
	const char *admits = stage_symbol(walk, number, "admits");
	const char *refuses = stage_symbol(walk, number, "refuses");
	const char *leaves = stage_symbol(walk, number, "leaves");
	struct smt_texts named = {0};

	for (size_t i = first_id; i < walk->id_count; i++) {
		const struct smt_texts *texts =
			textmap_get(&walk->admits_by, walk->ids[i]);

		for (size_t j = 0; j < texts->count; j++)
			smt_push(writer, &named, texts->at[j]);
	}
	smt_define(writer, admits, "or", &walk->admits);
	smt_define(writer, refuses, "or", &walk->refuses);
	smt_define(writer, leaves, "or", &walk->leaves);
	note_deciders(walk, &stages->named, first_id);
	smt_push(writer, &stages->admits, admits);
	smt_push(writer, &stages->refuses, refuses);
	smt_push(writer, &stages->leaves, leaves);
	if (!named.count || walk->path->count < 2)
		return;
	smt_push(writer, &stages->named, stage_symbol(walk, number, "names a flow"));
	smt_define(writer, stages->named.at[stages->named.count - 1], "or", &named);
}

static int write_stage(struct walk *walk, const struct stage *stage, size_t number,
		       struct stages *stages)
{
	struct smt_writer *writer = walk->writer;
	const char *entry = stage_symbol(walk, number, "is reached");
	size_t first_id = walk->id_count;
	struct smt_texts backs = {0};

	smt_comment(writer, "stage %zu: %s", number, stage->label ? stage->label : "");
	walk->admits = walk->refuses = walk->leaves = (struct smt_texts){0};
	walk->admits_by = (struct textmap){0};
	define_entry(walk, stage, stages, entry);
	if (write_chain(walk, stage->chain, entry, &backs) < 0)
		return -1;
	end_stage(walk, stage, &backs);
	define_stage(walk, number, first_id, stages);
	return 0;
}

/* -- the path ------------------------------------------------------------------------ */

static void define_fate(struct walk *walk, const struct stages *stages)
{
	struct smt_writer *writer = walk->writer;
	struct smt_fate *fate = walk->fate;

	fate->refused = fate_symbol(walk, "refused");
	fate->admitted = fate_symbol(walk, "admitted");
	fate->left = fate_symbol(walk, "left undecided");
	smt_define(writer, fate->refused, "or", &stages->refuses);
	define_and(writer, fate->admitted,
		   smt_join(writer, "or", "false", &stages->admits),
		   arena_printf(writer->arena, "(not %s)", fate->refused));
	define_and(writer, fate->left, smt_join(writer, "or", "false", &stages->leaves),
		   arena_printf(writer->arena, "(not %s) (not %s)", fate->refused,
				fate->admitted));
	if (!writer->question->marks)
		return;
	fate->marked = fate_symbol(walk, "carries the mark");
	strbuf_printf(writer->out, "(define-fun %s () Bool (and %s (not %s) (= %s ",
		      fate->marked, writer->marked, fate->refused, writer->mark);
	smt_number(writer->out, writer->question->mark, 32);
	strbuf_puts(writer->out, ")))\n");
}

int smt_path(struct smt_writer *writer, const struct path *path, const char *suffix,
	     struct smt_fate *ret_fate)
{
	const struct stage **order = in_order(path, writer->arena);
	struct smt_fate fate = {0};
	struct walk walk = {.writer = writer,
			    .path = path,
			    .suffix = suffix,
			    .fate = &fate};
	struct stages stages = {0};
	size_t *known =
		arena_array(writer->arena, writer->question->rules->chain_count, size_t);

	writer->mark = field_info(FIELD_MARK)->name;
	writer->marked = "false";
	/* as they come: what a rule does to the mark later is no matter */
	smt_define_match(writer, fate_symbol(&walk, "on the path"), &path->universe);
	for (size_t i = 0; i < path->count; i++)
		if (count_steps(writer, order[i]->chain, known) < 0 ||
		    write_stage(&walk, order[i], i + 1, &stages) < 0)
			return -1;
	define_fate(&walk, &stages);
	/* What stands in front of all rules: the mark that a packet comes with. */
	writer->mark = field_info(FIELD_MARK)->name;
	writer->marked = "false";
	*ret_fate = fate;
	return 0;
}
