/* smt.c - A proof's question as SMT-LIB 2: the frame, the intent and the claims. */
#include "rules/smt.h"

#include <string.h>

#include "rules/ruleset_text.h"
#include "rules/smt_writer.h"

/* -- what is asked for --------------------------------------------------------------- */

/* Flows that follow each other with one id. */
struct group {
	const char *id;
	const char *has; /* the symbol: its packets that no group before asks for */
};

struct intent_symbols {
	struct group *groups;
	size_t count, capacity;
};

/* @parts gets the symbol. */
static void define_part(struct smt_writer *writer, const char *what, size_t number,
			const struct labelled_match *of, struct smt_texts *parts)
{
	const char *symbol = arena_printf(writer->arena, "|%s %zu|", what, number);
	const char *where = smt_where(writer, of->at);
	CLEANUP(strbuf_release) struct strbuf text = {0};

	match_print(&of->match, &text);
	smt_comment(writer, "%s %zu%s%s%s%s: %s", what, number, where[0] ? ": " : "",
		    where, of->id ? ", " : "", of->id ? of->id : "", strbuf_text(&text));
	smt_define_match(writer, symbol, &of->match);
	smt_push(writer, parts, symbol);
}

static void define_within(struct smt_writer *writer, const char *symbol, const char *of)
{
	strbuf_printf(writer->out, "(define-fun %s () Bool (and universe %s))\n", symbol,
		      of);
}

static void define_scope(struct smt_writer *writer)
{
	const struct proof_question *question = writer->question;
	struct smt_texts base = {0};

	smt_title(writer, "which packets there are, and which the intent speaks about");
	smt_define_match(writer, "universe", question->universe);
	smt_define_match(writer, "governed-anywhere", question->governed);
	define_within(writer, "governed", "governed-anywhere");
	if (question->spared)
		smt_define_match(writer, "spared", question->spared);
	if (question->beyond)
		smt_define_match(writer, "beyond", question->beyond);
	smt_title(writer, "what must always be admitted");
	for (size_t i = 0; i < question->base_count; i++)
		define_part(writer, "base", i + 1, &question->base[i], &base);
	smt_define(writer, "base-anywhere", "or", &base);
	define_within(writer, "base", "base-anywhere");
}

/* What a group asks for, and what it has: the first that asks for a packet has it. */
static void define_group(struct smt_writer *writer, struct intent_symbols *intent,
			 const char *id, const struct smt_texts *flows,
			 struct smt_texts *asking)
{
	size_t number = intent->count + 1;
	const char *asks = arena_printf(writer->arena, "|group %zu asks|", number);
	const char *has = arena_printf(writer->arena, "|group %zu has|", number);
	const char *before = arena_printf(writer->arena, "|before group %zu|", number);
	struct group *group = arena_push(writer->arena, intent->groups, intent->count,
					 intent->capacity);

	*group = (struct group){id, has};
	smt_comment(writer, "group %zu: %s", number, id ? id : "");
	smt_define(writer, asks, "or", flows);
	smt_define(writer, before, "or", asking);
	strbuf_printf(writer->out, "(define-fun %s () Bool (and %s (not %s)))\n", has,
		      asks, before);
	/* one for all that came until here, so that the text does not grow by squares */
	*asking = (struct smt_texts){0};
	smt_push(writer, asking, before);
	smt_push(writer, asking, asks);
}

static bool same_id(const char *a, const char *b)
{
	return a == b || (a && b && strcmp(a, b) == 0);
}

static void define_flows(struct smt_writer *writer, struct intent_symbols *intent)
{
	const struct proof_question *question = writer->question;
	struct smt_texts asking = {0};

	smt_title(writer, "what the flows ask for");
	for (size_t i = 0, end; i < question->flow_count; i = end) {
		struct smt_texts flows = {0};

		for (end = i; end < question->flow_count &&
			      same_id(question->flows[i].id, question->flows[end].id);
		     end++)
			define_part(writer, "flow", end + 1, &question->flows[end],
				    &flows);
		define_group(writer, intent, question->flows[i].id, &flows, &asking);
	}
	smt_define(writer, "flows", "or", &asking);
}

static void define_rooms(struct smt_writer *writer)
{
	const struct proof_question *question = writer->question;
	struct smt_texts rooms = {0};

	smt_title(writer, "what may be admitted for the sake of flows, and need not be");
	for (size_t i = 0; i < question->room_count; i++) {
		const struct labelled_match room = {.match = question->rooms[i].match};

		define_part(writer, "room", i + 1, &room, &rooms);
	}
	smt_define(writer, "room", "or", &rooms);
}

/* -- claims -------------------------------------------------------------------------- */

static void claim(struct smt_writer *writer, const char *what, const char *fault)
{
	const char *symbol = arena_printf(writer->arena, "|claim %zu is broken|",
					  writer->broken.count + 1);

	smt_comment(writer, "claim %zu: %s", writer->broken.count + 1, what);
	strbuf_printf(writer->out, "(define-fun %s () Bool %s)\n", symbol, fault);
	smt_push(writer, &writer->broken, symbol);
}

/* One question for all claims: z3 4.8.12 answers it ten times as fast as one after the
 * other with (push) and (pop), where it may not rewrite the whole. */
static void ask(struct smt_writer *writer)
{
	strbuf_printf(writer->out, "\n(assert %s)\n(check-sat)\n",
		      smt_join(writer, "or", "false", &writer->broken));
}

static void claim_deny(struct smt_writer *writer, const struct smt_fate *fate)
{
	const struct proof_question *question = writer->question;
	struct arena *arena = writer->arena;

	claim(writer,
	      question->trace ? "what must always be admitted is admitted, by a rule"
			      : "nothing of what must always be admitted is refused",
	      question->trace ? arena_printf(arena, "(and base (not %s))", fate->admitted)
			      : arena_printf(arena, "(and base %s)", fate->refused));
	claim(writer, "no packet of a flow is refused",
	      arena_printf(arena, "(and flows governed (not base) %s)", fate->refused));
	claim(writer, "whatever is governed and not asked for is refused",
	      arena_printf(arena,
			   "(and governed (not base) (not flows) (not room) (not %s)%s)",
			   fate->refused, question->beyond ? " beyond" : ""));
}

/* What packets that are not the intent's to decide may not become. */
static const char *wrong_outside(struct smt_writer *writer, const struct smt_fate *fate)
{
	const struct proof_question *question = writer->question;
	unsigned right = question->outside ? question->outside : 1u << VERDICT_UNDECIDED;
	struct smt_texts wrong = {0};

	if (!question->trace) /* nobody decides, so nobody refuses */
		right |= 1u << VERDICT_NONE;
	if (!(right & 1u << VERDICT_ADMIT))
		smt_push(writer, &wrong, fate->admitted);
	if (!(right & 1u << VERDICT_REFUSE))
		smt_push(writer, &wrong, fate->refused);
	if (!(right & 1u << VERDICT_UNDECIDED))
		smt_push(writer, &wrong, fate->left);
	if (!(right & 1u << VERDICT_NONE))
		smt_push(writer, &wrong,
			 arena_printf(writer->arena, "(not (or %s %s %s))",
				      fate->admitted, fate->refused, fate->left));
	return smt_join(writer, "or", "false", &wrong);
}

static void claim_keep(struct smt_writer *writer, const struct smt_fate *fate)
{
	struct arena *arena = writer->arena;

	claim(writer, "the packets of flows are admitted",
	      arena_printf(arena, "(and flows governed (not %s))", fate->admitted));
	claim(writer, "all others are left alone",
	      arena_printf(arena,
			   "(and universe (not (and flows governed)) (not room) %s)",
			   wrong_outside(writer, fate)));
	if (!writer->question->marks)
		return;
	claim(writer, "the packets of flows carry the mark",
	      arena_printf(arena, "(and flows governed (not %s))", fate->marked));
	claim(writer, "no others carry it",
	      arena_printf(arena,
			   "(and universe (not (and flows governed)) (not room) %s)",
			   fate->marked));
}

static const char *decided_by(struct smt_writer *writer, const struct smt_fate *fate,
			      const char *id)
{
	const struct smt_texts none = {0};
	const struct smt_texts *deciders = id ? textmap_get(&fate->deciders, id) : NULL;

	return smt_join(writer, "or", "false", deciders ? deciders : &none);
}

/* A flow's rule may decide what it has room for, though another flow asks for it. */
static void define_decided_for_room(struct smt_writer *writer,
				    const struct smt_fate *fate)
{
	const struct proof_question *question = writer->question;
	struct smt_texts right = {0};

	for (size_t i = 0; i < question->room_count; i++)
		if (question->rooms[i].id)
			smt_push(writer, &right,
				 arena_printf(writer->arena, "(and |room %zu| %s)", i + 1,
					      decided_by(writer, fate,
							 question->rooms[i].id)));
	smt_define(writer, "|decided for its room|", "or", &right);
}

/* Each packet of a flow is decided by a rule that carries the flow's id. */
static void claim_ids(struct smt_writer *writer, struct smt_fate *fate,
		      const struct intent_symbols *intent)
{
	struct smt_texts wrong = {0};

	for (size_t i = 0; i < intent->count; i++) {
		const struct group *group = &intent->groups[i];

		if (group->id)
			smt_push(writer, &wrong,
				 arena_printf(writer->arena, "(and %s (not %s))",
					      group->has,
					      decided_by(writer, fate, group->id)));
	}
	smt_define(writer, "|decided by another|", "or", &wrong);
	define_decided_for_room(writer, fate);
	claim(writer, "each packet of a flow is decided by a rule that carries its id",
	      arena_printf(writer->arena,
			   "(and governed (not base) (not %s) |decided by another| (not "
			   "|decided for its room|))",
			   fate->refused));
}

static void claim_trace(struct smt_writer *writer, struct smt_fate *fate,
			const struct intent_symbols *intent)
{
	const struct proof_question *question = writer->question;

	claim_ids(writer, fate, intent);
	if (question->deny)
		claim(writer, "what is neither governed nor base is left alone",
		      arena_printf(writer->arena,
				   "(and universe (not governed) (not base)%s %s)",
				   question->spared ? " (not (and spared flows))" : "",
				   wrong_outside(writer, fate)));
}

/* -- the other hooks, and what the model does not follow ------------------------------
 */

static int claim_way(struct smt_writer *writer, const struct path *way)
{
	const char *suffix = arena_printf(writer->arena, " on %s", way->name);
	struct smt_fate fate;

	smt_title(writer, arena_printf(writer->arena, "what hook %s does", way->name));
	if (smt_path(writer, way, suffix, &fate) < 0)
		return -1;
	claim(writer,
	      arena_printf(writer->arena, "hook %s refuses nothing of it", way->name),
	      arena_printf(writer->arena,
			   "(and (or base-anywhere (and flows governed-anywhere)) %s)",
			   fate.refused));
	return 0;
}

/* Rules that alter packets, or set a mark that nobody knows.  What leads to them is not
 * looked at: rather too much is found than too little. */
static void gather_altering(struct smt_writer *writer, struct smt_texts *alters,
			    struct smt_texts *blurs)
{
	const struct ruleset *rules = writer->question->rules;

	for (size_t i = 0; i < rules->chain_count; i++)
		for (size_t j = 0; j < rules->chains[i].count; j++) {
			const struct rule *rule = &rules->chains[i].rules[j];
			CLEANUP(strbuf_release) struct strbuf text = {0};

			if (!rule->alters && !rule->blurs)
				continue;
			smt_match(writer, &rule->match, &text);
			smt_push(writer, rule->alters ? alters : blurs,
				 arena_strdup(writer->arena, strbuf_text(&text)));
		}
}

static void claim_unaltered(struct smt_writer *writer)
{
	struct smt_texts alters = {0}, blurs = {0};

	gather_altering(writer, &alters, &blurs);
	if (alters.count) {
		smt_define(writer, "altered", "or", &alters);
		claim(writer, "no rule alters a governed packet",
		      "(and governed-anywhere altered)");
	}
	if (blurs.count && writer->question->marks) {
		smt_define(writer, "blurred", "or", &blurs);
		claim(writer, "no rule sets a mark that is not known",
		      "(and universe blurred)");
	}
}

static int write_all(struct smt_writer *writer)
{
	const struct proof_question *question = writer->question;
	struct intent_symbols intent = {0};
	struct smt_fate fate;

	strbuf_puts(writer->out, "(set-option :produce-models true)\n"
				 "(set-logic QF_BV)\n");
	smt_declare(writer);
	define_scope(writer);
	define_flows(writer, &intent);
	define_rooms(writer);
	smt_title(writer, "what the rules do, as they were read back");
	if (smt_path(writer, question->path, "", &fate) < 0)
		return -1;
	smt_title(writer, "the claims, each with the packets that break it");
	if (question->deny)
		claim_deny(writer, &fate);
	else
		claim_keep(writer, &fate);
	if (question->trace)
		claim_trace(writer, &fate, &intent);
	claim_unaltered(writer);
	for (size_t i = 0; question->ways && question->ways[i]; i++) {
		const struct path *way =
			ruleset_find_path(question->rules, question->ways[i]);

		if (way && claim_way(writer, way) < 0)
			return -1;
	}
	ask(writer);
	return 0;
}

int smt_write(const struct proof_question *question, struct strbuf *out,
	      struct diag *diag)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new();
	struct smt_writer writer = {
		.question = question,
		.arena = arena,
		.out = out,
		.diag = diag,
		.mark = field_info(FIELD_MARK)->name,
		.marked = "false",
	};

	return write_all(&writer);
}
