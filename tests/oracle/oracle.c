/* oracle.c - What a rule set does with one packet, by the book and by brute force. */
#include "tests/oracle/oracle.h"

#include <string.h>

/* A packet on its way: @mark is the one it carries now. */
struct walk {
	const struct ruleset *rules;
	struct packet packet;
	const struct truths *truths;
	bool marks;
};

/* How a chain was left. */
enum leave {
	LEAVE_END,     /* its end or a return */
	LEAVE_DECIDED, /* a rule decided; the whole stage is over */
};

static bool addr_term(const struct term *term, const struct packet *packet)
{
	u128 value =
		term->field == FIELD_DESTINATION ? packet->destination : packet->source;

	return ranges_contain(&term->addrs.of[packet->family], value);
}

static bool number_term(const struct term *term, const struct packet *packet)
{
	u128 value = term->field == FIELD_FAMILY ? (u128)packet->family
						 : packet->number[term->field];

	return ranges_contain(&term->numbers, value);
}

/* "veth*" stands for every word so begun; no word at all ("") begins with nothing, and
 * NULL is a word of which only "*" knows. */
static bool symbol_matches(const char *symbol, const char *word)
{
	size_t length = strlen(symbol);

	if (!length || symbol[length - 1] != '*')
		return word && strcmp(symbol, word) == 0;
	if (!word)
		return length == 1;
	return *word && strncmp(symbol, word, length - 1) == 0;
}

static bool symbol_term(const struct term *term, const struct packet *packet)
{
	for (size_t i = 0; i < term->symbols.count; i++)
		if (symbol_matches(term->symbols.at[i], packet->word[term->field]))
			return true;
	return false;
}

static bool unknown_term(const struct term *term, const struct truths *truths)
{
	for (size_t i = 0; i < truths->count; i++)
		if (strcmp(truths->names[i], term->unknown) == 0)
			return truths->bits >> i & 1;
	BUG("no value for unknown '%s'", term->unknown);
}

static bool choice_term(const struct term *term, const struct packet *packet,
			const struct truths *truths)
{
	for (size_t i = 0; i < term->choices.count; i++)
		if (oracle_match(&term->choices.at[i], packet, truths))
			return true;
	return false;
}

static bool name_term(const struct term *term, const struct packet *packet)
{
	const char *name = packet->word[term->field];

	for (size_t i = 0; name && *name && i < term->names.count; i++)
		if (name_pattern_takes(&term->names.at[i], name))
			return true;
	return false;
}

static bool term_holds(const struct term *term, const struct packet *packet,
		       const struct truths *truths)
{
	switch (term->kind) {
	case TERM_ADDRS:
		return addr_term(term, packet);
	case TERM_NUMBERS:
		return number_term(term, packet);
	case TERM_SYMBOLS:
		return symbol_term(term, packet);
	case TERM_NAMES:
		return name_term(term, packet);
	case TERM_CHOICE:
		return choice_term(term, packet, truths);
	case TERM_UNKNOWN:
		return unknown_term(term, truths);
	}
	BUG("term kind %d", (int)term->kind);
}

bool oracle_match(const struct match *match, const struct packet *packet,
		  const struct truths *truths)
{
	for (size_t i = 0; i < match->count; i++)
		if (term_holds(&match->terms[i], packet, truths) ==
		    match->terms[i].negated)
			return false;
	return true;
}

static enum leave walk_chain(struct walk *walk, size_t chain,
			     const struct rule **ret_rule)
{
	const struct chain *of = &walk->rules->chains[chain];

	for (size_t i = 0; i < of->count; i++) {
		const struct rule *rule = &of->rules[i];

		if (!oracle_match(&rule->match, &walk->packet, walk->truths))
			continue;
		if (rule->marks) {
			walk->marks = true;
			walk->packet.number[FIELD_MARK] = rule->mark;
		}
		switch (rule->action) {
		case ACTION_CONTINUE:
			break;
		case ACTION_ADMIT:
		case ACTION_REFUSE:
		case ACTION_UNDECIDED:
			*ret_rule = rule;
			return LEAVE_DECIDED;
		case ACTION_JUMP:
			if (walk_chain(walk, rule->target, ret_rule) == LEAVE_DECIDED)
				return LEAVE_DECIDED;
			break;
		case ACTION_GOTO:
			return walk_chain(walk, rule->target, ret_rule);
		case ACTION_RETURN:
			return LEAVE_END;
		}
	}
	return LEAVE_END;
}

static enum verdict verdict_of(enum action action)
{
	switch (action) {
	case ACTION_ADMIT:
		return VERDICT_ADMIT;
	case ACTION_REFUSE:
		return VERDICT_REFUSE;
	case ACTION_UNDECIDED:
		return VERDICT_UNDECIDED;
	case ACTION_CONTINUE:
	case ACTION_JUMP:
	case ACTION_GOTO:
	case ACTION_RETURN:
		break;
	}
	BUG("'%d' decides nothing", (int)action);
}

/* One stage: NONE when its guard lets the packet pass it by. */
static enum verdict walk_stage(struct walk *walk, const struct stage *stage,
			       const struct rule **ret_rule)
{
	*ret_rule = NULL;
	if (!oracle_match(&stage->guard, &walk->packet, walk->truths))
		return VERDICT_NONE;
	if (walk_chain(walk, stage->chain, ret_rule) == LEAVE_DECIDED)
		return verdict_of((*ret_rule)->action);
	return verdict_of(stage->end);
}

/* The stage that comes after @last on the path (NULL: the first): the one of the
 * smallest priority, then place, that is behind it. */
static const struct stage *next_stage(const struct path *path, const struct stage *last)
{
	const struct stage *next = NULL;

	for (size_t i = 0; i < path->count; i++) {
		const struct stage *stage = &path->stages[i];

		if (last && (stage->priority < last->priority ||
			     (stage->priority == last->priority && stage <= last)))
			continue;
		if (!next || stage->priority < next->priority)
			next = stage;
	}
	return next;
}

/* How well a rule, or the end of a stage, says who decided. */
static int reason_rank(const struct rule *rule)
{
	if (!rule)
		return 0;
	return rule->id ? 2 : 1;
}

static void weigh(struct fate *fate, enum verdict verdict, const struct rule *rule)
{
	bool better = verdict == VERDICT_REFUSE || fate->verdict == VERDICT_NONE ||
		      (verdict == VERDICT_ADMIT &&
		       (fate->verdict == VERDICT_UNDECIDED ||
			reason_rank(rule) > reason_rank(fate->rule)));

	if (better) {
		fate->verdict = verdict;
		fate->rule = rule;
	}
}

static struct fate walk_path(struct walk *walk, const struct path *path,
			     void (*visit)(void *context, const struct rule *rule),
			     void *context)
{
	struct fate fate = {.verdict = VERDICT_NONE};

	if (!oracle_match(&path->universe, &walk->packet, walk->truths))
		return fate;
	for (const struct stage *stage = next_stage(path, NULL); stage;
	     stage = next_stage(path, stage)) {
		const struct rule *rule;
		enum verdict verdict = walk_stage(walk, stage, &rule);

		if (verdict == VERDICT_NONE)
			continue;
		if (rule)
			visit(context, rule);
		weigh(&fate, verdict, rule);
		if (verdict == VERDICT_REFUSE ||
		    (verdict == VERDICT_ADMIT && path->compose == COMPOSE_FIRST))
			break;
	}
	fate.marks = walk->marks;
	fate.mark = walk->marks ? walk->packet.number[FIELD_MARK] : 0;
	return fate;
}

static void visit_nobody(void *context, const struct rule *rule)
{
	(void)context;
	(void)rule;
}

struct fate oracle_path(const struct ruleset *rules, const struct path *path,
			const struct packet *packet, const struct truths *truths)
{
	struct walk walk = {.rules = rules, .packet = *packet, .truths = truths};

	return walk_path(&walk, path, visit_nobody, NULL);
}

void oracle_deciders(const struct ruleset *rules, const struct path *path,
		     const struct packet *packet, const struct truths *truths,
		     void (*visit)(void *context, const struct rule *rule), void *context)
{
	struct walk walk = {.rules = rules, .packet = *packet, .truths = truths};

	walk_path(&walk, path, visit, context);
}
