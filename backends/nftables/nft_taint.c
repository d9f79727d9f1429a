/* nft_taint.c - Marks that are not known make later tests of them unknowns. */
#include "backends/nftables/nft_importer.h"
#include "rules/base/arena.h"
#include "rules/base/strbuf.h"

/**
 * DOC: Taints
 *
 * "meta mark set ct mark" gives a mark that no reader of the text knows.  What is tested
 * behind it must not be taken for the mark with which the packet came.  So the chains are
 * walked as packets walk them, without recursion: a chain is entered tainted or not, and
 * a jump to a chain that may taint taints what follows.  Where a tested mark may be such
 * a mark the test becomes an unknown of its own.
 */

/**
 * struct walk - What is known of each chain
 * @from:	the first rule that taints by itself; SIZE_MAX for none
 * @may:	the chain, or one that it leads to, taints
 * @in:		it is entered tainted
 */
struct walk {
	struct nft_importer *importer;
	size_t *from;
	bool *may;
	bool *in;
	size_t *queue;
	size_t queued;
	bool *waits;
	size_t named;
};

static bool leads(const struct rule *rule)
{
	return rule->action == ACTION_JUMP || rule->action == ACTION_GOTO;
}

void nft_taint(struct nft_importer *importer, size_t chain)
{
	struct nft_taint *taint =
		arena_push(importer->arena, importer->taints, importer->taint_count,
			   importer->taint_capacity);

	taint->chain = chain;
	taint->rule = importer->rules->chains[chain].count;
}

static void enqueue(struct walk *walk, size_t chain)
{
	if (walk->waits[chain])
		return;
	walk->waits[chain] = true;
	walk->queue[walk->queued++] = chain;
}

/* Chains that lead to @may chains may taint too: over the jumps backwards. */
static void close_may(struct walk *walk)
{
	const struct ruleset *rules = walk->importer->rules;
	struct arena *arena = walk->importer->arena;
	struct callers {
		size_t *at;
		size_t count, capacity;
	} *callers = arena_array(arena, rules->chain_count, struct callers);

	for (size_t c = 0; c < rules->chain_count; c++) {
		for (size_t i = 0; i < rules->chains[c].count; i++) {
			const struct rule *rule = &rules->chains[c].rules[i];
			struct callers *of = leads(rule) ? &callers[rule->target] : NULL;

			if (of && (!of->count || of->at[of->count - 1] != c))
				*arena_push(arena, of->at, of->count, of->capacity) = c;
		}
		if (walk->may[c])
			enqueue(walk, c);
	}
	while (walk->queued) {
		size_t chain = walk->queue[--walk->queued];

		walk->waits[chain] = false;
		for (size_t i = 0; i < callers[chain].count; i++) {
			size_t caller = callers[chain].at[i];

			if (!walk->may[caller]) {
				walk->may[caller] = true;
				enqueue(walk, caller);
			}
		}
	}
}

/* The name says all that makes two tests of one line the same test. */
static const char *test_name(struct walk *walk, const struct term *term,
			     const struct rule *rule)
{
	CLEANUP(strbuf_release) struct strbuf out = {0};

	strbuf_puts(&out, "meta mark {");
	for (size_t i = 0; i < term->numbers.count && i < 8; i++)
		strbuf_printf(&out, "%s0x%x-0x%x", i ? ", " : "",
			      (unsigned)term->numbers.at[i].first,
			      (unsigned)term->numbers.at[i].last);
	/* a long one is told from the others of its rule by its number */
	if (term->numbers.count > 8)
		strbuf_printf(&out, ", ... test %zu", ++walk->named);
	strbuf_printf(&out, "} (line %u, byte %u)",
		      nft_line(walk->importer, rule->at.begin), rule->at.begin);
	return arena_strdup(walk->importer->arena, strbuf_text(&out));
}

/* Choices are copied before they change: rules of one text share their terms. */
static void taint_match(struct walk *walk, struct match *match, const struct rule *rule)
{
	struct arena *arena = walk->importer->arena;
	struct term *terms = arena_array(arena, match->count, struct term);

	for (size_t i = 0; i < match->count; i++) {
		struct term *term = &terms[i];

		*term = match->terms[i];
		if (term->kind == TERM_NUMBERS && term->field == FIELD_MARK) {
			const char *name = test_name(walk, term, rule);

			*term = (struct term){.kind = TERM_UNKNOWN,
					      .unknown = name,
					      .negated = term->negated};
		} else if (term->kind == TERM_CHOICE) {
			struct match *choices =
				arena_array(arena, term->choices.count, struct match);

			for (size_t j = 0; j < term->choices.count; j++) {
				choices[j] = term->choices.at[j];
				taint_match(walk, &choices[j], rule);
			}
			term->choices.at = choices;
			term->choices.capacity = term->choices.count;
		}
	}
	match->terms = terms;
	match->capacity = match->count;
}

static bool tests_mark(const struct match *match)
{
	for (size_t i = 0; i < match->count; i++) {
		const struct term *term = &match->terms[i];

		if (term->kind == TERM_NUMBERS && term->field == FIELD_MARK)
			return true;
		for (size_t j = 0; term->kind == TERM_CHOICE && j < term->choices.count;
		     j++)
			if (tests_mark(&term->choices.at[j]))
				return true;
	}
	return false;
}

static void enter(struct walk *walk, size_t chain)
{
	if (walk->in[chain])
		return;
	walk->in[chain] = true;
	enqueue(walk, chain);
}

/* Where in a chain the taint begins, the chains that are entered with it, and its tests.
 */
static void walk_chain(struct walk *walk, size_t index, bool change)
{
	struct chain *chain = &walk->importer->rules->chains[index];
	bool tainted = walk->in[index];

	for (size_t i = 0; i < chain->count; i++) {
		struct rule *rule = &chain->rules[i];

		tainted |= i >= walk->from[index];
		if (change && tainted && tests_mark(&rule->match))
			taint_match(walk, &rule->match, rule);
		if (!leads(rule))
			continue;
		if (tainted)
			enter(walk, rule->target);
		tainted |= walk->may[rule->target];
	}
}

/* Stages run in order: what the first leaves tainted the next finds so. */
static void enter_stages(struct walk *walk)
{
	const struct ruleset *rules = walk->importer->rules;

	for (size_t i = 0; i < rules->path_count; i++) {
		bool tainted = false;

		for (size_t j = 0; j < rules->paths[i].count; j++) {
			size_t chain = rules->paths[i].stages[j].chain;

			if (tainted)
				enter(walk, chain);
			tainted |= walk->may[chain];
		}
	}
}

void nft_spread_taints(struct nft_importer *importer)
{
	size_t count = importer->rules->chain_count;
	struct arena *arena = importer->arena;
	struct walk walk = {.importer = importer};

	if (!importer->taint_count)
		return;
	walk.from = arena_array(arena, count, size_t);
	walk.may = arena_array(arena, count, bool);
	walk.in = arena_array(arena, count, bool);
	walk.queue = arena_array(arena, count, size_t);
	walk.waits = arena_array(arena, count, bool);
	for (size_t i = 0; i < count; i++)
		walk.from[i] = SIZE_MAX;
	for (size_t i = 0; i < importer->taint_count; i++) {
		const struct nft_taint *taint = &importer->taints[i];

		if (taint->rule < walk.from[taint->chain])
			walk.from[taint->chain] = taint->rule;
		walk.may[taint->chain] = true;
	}
	close_may(&walk);
	enter_stages(&walk);
	for (size_t i = 0; i < count; i++)
		walk_chain(&walk, i, false);
	while (walk.queued) {
		size_t chain = walk.queue[--walk.queued];

		walk.waits[chain] = false;
		walk_chain(&walk, chain, false);
	}
	for (size_t i = 0; i < count; i++)
		walk_chain(&walk, i, true);
}
