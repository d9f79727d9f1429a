/* diagram_match.c - From the terms of a rule to a diagram. */
#include "rules/diagram_store.h"

#include <stdlib.h>

#include "rules/base/arena.h"

/**
 * DOC: Terms to paths
 *
 * Nearly every rule tests each axis once, by a set of ranges.  Its diagram is a chain
 * with one node a level, made from the last level up without any merge.  So terms are
 * first gathered by level; only choices (and a second term of one axis) need set
 * operations.
 */

/* The values that a match allows on one level; none set: all of them. */
struct constraint {
	bool set;
	struct ranges values;
};

struct unknown_value {
	unsigned level;
	unsigned value;
};

struct gathered {
	struct arena *scratch;
	struct constraint levels[LEVEL_UNKNOWN];
	struct unknown_value *unknowns;
	size_t unknown_count, unknown_capacity;
	bool impossible;
};

static void constrain(struct gathered *gathered, unsigned level,
		      const struct ranges *values)
{
	struct constraint *constraint = &gathered->levels[level];

	constraint->values = constraint->set ? ranges_intersect(&constraint->values,
								values, gathered->scratch)
					     : *values;
	constraint->set = true;
}

static void constrain_negated(struct gathered *gathered, const struct space *space,
			      unsigned level, const struct ranges *values)
{
	struct ranges all = ranges_one(0, space_max(space, level), gathered->scratch);
	struct ranges rest = ranges_subtract(&all, values, gathered->scratch);

	constrain(gathered, level, &rest);
}

static void gather_level(struct gathered *gathered, const struct space *space,
			 const struct term *term, unsigned level,
			 const struct ranges *values)
{
	if (term->negated)
		constrain_negated(gathered, space, level, values);
	else
		constrain(gathered, level, values);
}

static unsigned field_level(enum field field)
{
	return field == FIELD_FAMILY ? LEVEL_FAMILY
				     : LEVEL_PROTOCOL + field - FIELD_PROTOCOL;
}

static void gather_addrs(struct gathered *gathered, const struct space *space,
			 const struct term *term)
{
	bool to = term->field == FIELD_DESTINATION;
	unsigned ipv4 = to ? LEVEL_DESTINATION_IPV4 : LEVEL_SOURCE_IPV4;
	unsigned ipv6 = to ? LEVEL_DESTINATION_IPV6 : LEVEL_SOURCE_IPV6;

	gather_level(gathered, space, term, ipv4, &term->addrs.of[FAMILY_IPV4]);
	gather_level(gathered, space, term, ipv6, &term->addrs.of[FAMILY_IPV6]);
}

static void gather_unknown(struct gathered *gathered, const struct space *space,
			   const struct term *term)
{
	struct unknown_value value = {space_unknown_level(space, term->unknown),
				      !term->negated};

	for (size_t i = 0; i < gathered->unknown_count; i++) {
		if (gathered->unknowns[i].level != value.level)
			continue;
		gathered->impossible |= gathered->unknowns[i].value != value.value;
		return;
	}
	*arena_push(gathered->scratch, gathered->unknowns, gathered->unknown_count,
		    gathered->unknown_capacity) = value;
}

/* Gathers every term but choices. */
static void gather(struct gathered *gathered, const struct space *space,
		   const struct match *match)
{
	for (size_t i = 0; i < match->count; i++) {
		const struct term *term = &match->terms[i];
		struct ranges values;

		switch (term->kind) {
		case TERM_ADDRS:
			gather_addrs(gathered, space, term);
			break;
		case TERM_NUMBERS:
			gather_level(gathered, space, term, field_level(term->field),
				     &term->numbers);
			break;
		case TERM_SYMBOLS:
			values = space_symbols(space, term->field, &term->symbols,
					       gathered->scratch);
			gather_level(gathered, space, term, field_level(term->field),
				     &values);
			break;
		case TERM_NAMES:
			values = space_names(space, &term->names, gathered->scratch);
			gather_level(gathered, space, term, field_level(term->field),
				     &values);
			break;
		case TERM_UNKNOWN:
			gather_unknown(gathered, space, term);
			break;
		case TERM_CHOICE:
			break;
		}
	}
}

static int later_first(const void *a, const void *b)
{
	const struct unknown_value *x = a, *y = b;

	return x->level < y->level ? 1 : x->level > y->level ? -1 : 0;
}

static uint32_t split(struct diagram *diagram, const struct gathered *gathered,
		      unsigned level, uint32_t inside)
{
	const struct constraint *constraint = &gathered->levels[level];

	return constraint->set ? node_split(diagram, level, &constraint->values, inside,
					    FALSE_LEAF)
			       : inside;
}

/* The chain of nodes behind the destination, last level first, for each family. */
static void build_below(struct diagram *diagram, struct gathered *gathered, uint32_t leaf,
			uint32_t *below)
{
	const struct constraint *families = &gathered->levels[LEVEL_FAMILY];
	struct range one = {0};
	struct ranges only = {&one, 1, 1}; /* no allocation: most rules need none */
	uint32_t node = DIAGRAM_LEAF | leaf;

	if (gathered->unknown_count)
		qsort(gathered->unknowns, gathered->unknown_count,
		      sizeof(*gathered->unknowns), later_first);
	for (size_t i = 0; i < gathered->unknown_count; i++) {
		one.first = one.last = gathered->unknowns[i].value;
		node = node_split(diagram, gathered->unknowns[i].level, &only, node,
				  FALSE_LEAF);
	}
	for (unsigned level = LEVEL_UNKNOWN; level-- > LEVEL_PROTOCOL;)
		node = split(diagram, gathered, level, node);
	below[FAMILY_IPV4] = split(diagram, gathered, LEVEL_SOURCE_IPV4, node);
	below[FAMILY_IPV6] = split(diagram, gathered, LEVEL_SOURCE_IPV6, node);
	for (unsigned family = 0; family < FAMILY_COUNT; family++)
		if (gathered->impossible ||
		    (families->set && !ranges_contain(&families->values, family)))
			below[family] = FALSE_LEAF;
}

static uint32_t build_path(struct diagram *diagram, struct gathered *gathered,
			   uint32_t leaf)
{
	struct range ipv4 = {FAMILY_IPV4, FAMILY_IPV4};
	struct ranges only = {&ipv4, 1, 1};
	uint32_t by_family[FAMILY_COUNT];

	build_below(diagram, gathered, leaf, by_family);
	for (unsigned family = 0; family < FAMILY_COUNT; family++)
		by_family[family] =
			split(diagram, gathered, destination_level((enum family)family),
			      by_family[family]);
	return node_split(diagram, LEVEL_FAMILY, &only, by_family[FAMILY_IPV4],
			  by_family[FAMILY_IPV6]);
}

static int get_choice(const void *context, size_t index, struct decision_part *ret_part)
{
	const struct match *choices = context;

	*ret_part = (struct decision_part){.match = &choices[index], .leaf = 1};
	return 0;
}

static struct decision match_with_choices(struct diagram *diagram,
					  const struct match *match,
					  struct gathered *gathered, uint32_t leaf)
{
	struct decision decision = {build_path(diagram, gathered, leaf)};

	for (size_t i = 0; i < match->count; i++) {
		const struct term *term = &match->terms[i];
		struct decision_parts parts = {term->choices.count, get_choice,
					       term->choices.at, 0};
		struct pset set;

		if (term->kind != TERM_CHOICE)
			continue;
		if (pset_fold(diagram, &parts, &set) < 0)
			set = pset_empty(); /* the budget burst: nobody believes this */
		if (term->negated)
			set = pset_complement(diagram, set);
		decision = decision_within(diagram, decision, set);
	}
	return decision;
}

struct decision decision_match(struct diagram *diagram, const struct match *match,
			       uint32_t leaf)
{
	CLEANUP(arena_cleanup) struct arena *scratch = arena_new();
	struct gathered gathered = {.scratch = scratch};

	gather(&gathered, diagram->space, match);
	return match_with_choices(diagram, match, &gathered, leaf);
}

static bool has_choice(const struct match *match)
{
	for (size_t i = 0; i < match->count; i++)
		if (match->terms[i].kind == TERM_CHOICE)
			return true;
	return false;
}

struct unfolded match_unfold(struct diagram *diagram, const struct match *match,
			     uint32_t leaf)
{
	CLEANUP(arena_cleanup) struct arena *scratch = arena_new();
	struct gathered gathered = {.scratch = scratch};
	struct unfolded unfolded = {.begin = node_begin(diagram)};
	uint32_t below[FAMILY_COUNT];

	gather(&gathered, diagram->space, match);
	if (has_choice(match))
		return decision_unfold(diagram, match_with_choices(diagram, match,
								   &gathered, leaf));
	build_below(diagram, &gathered, leaf, below);
	for (unsigned family = 0; family < FAMILY_COUNT; family++) {
		unsigned level = destination_level((enum family)family);
		size_t begin = node_begin(diagram);

		if (gathered.levels[level].set)
			node_push_split(diagram, level, &gathered.levels[level].values,
					below[family], FALSE_LEAF);
		else
			node_push(diagram, begin, space_max(diagram->space, level),
				  below[family]);
		unfolded.count[family] = node_begin(diagram) - begin;
	}
	return unfolded;
}

struct pset pset_match(struct diagram *diagram, const struct match *match)
{
	return (struct pset){decision_match(diagram, match, 1).node};
}
