/* diagram_match.c - From the terms of a rule to a diagram. */
#include "rules/diagram_store.h"

#include <stdlib.h>

#include "rules/base/arena.h"

/**
 * DOC: Terms to paths
 *
 * Nearly every rule tests each axis once, by a set of ranges.  Its diagram is a chain with
 * one node a level, made from the last level up without any merge.  So terms are first
 * gathered by level; only choices (and a second term of one axis) need set operations.
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

static void constrain(struct gathered *gathered, unsigned level, const struct ranges *values)
{
	struct constraint *constraint = &gathered->levels[level];

	constraint->values = constraint->set ? ranges_intersect(&constraint->values, values,
								gathered->scratch)
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

/* The chain of nodes, last level first. */
static uint32_t build_path(struct diagram *diagram, struct gathered *gathered, uint32_t leaf)
{
	struct range one = {FAMILY_IPV4, FAMILY_IPV4};
	struct ranges only = {&one, 1, 1}; /* no allocation: most rules need none */
	uint32_t node = DIAGRAM_LEAF | leaf, by_family[FAMILY_COUNT];

	if (gathered->impossible)
		return FALSE_LEAF;
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
	by_family[FAMILY_IPV4] = split(diagram, gathered, LEVEL_SOURCE_IPV4, node);
	by_family[FAMILY_IPV4] = split(diagram, gathered, LEVEL_DESTINATION_IPV4,
				       by_family[FAMILY_IPV4]);
	by_family[FAMILY_IPV6] = split(diagram, gathered, LEVEL_SOURCE_IPV6, node);
	by_family[FAMILY_IPV6] = split(diagram, gathered, LEVEL_DESTINATION_IPV6,
				       by_family[FAMILY_IPV6]);
	for (unsigned family = 0; family < FAMILY_COUNT; family++)
		if (gathered->levels[LEVEL_FAMILY].set &&
		    !ranges_contain(&gathered->levels[LEVEL_FAMILY].values, family))
			by_family[family] = FALSE_LEAF;
	one.first = one.last = FAMILY_IPV4;
	return node_split(diagram, LEVEL_FAMILY, &only, by_family[FAMILY_IPV4],
			  by_family[FAMILY_IPV6]);
}

/* The union of matches @first to @last, by halves. */
static struct pset unite(struct diagram *diagram, const struct match *choices, size_t first,
			 size_t last)
{
	size_t middle = first + (last - first) / 2;

	if (first == last)
		return pset_empty();
	if (last - first == 1)
		return pset_match(diagram, &choices[first]);
	return pset_union(diagram, unite(diagram, choices, first, middle),
			  unite(diagram, choices, middle, last));
}

struct decision decision_match(struct diagram *diagram, const struct match *match,
			       uint32_t leaf)
{
	CLEANUP(arena_cleanup) struct arena *scratch = arena_new();
	struct gathered gathered = {.scratch = scratch};
	struct decision decision;

	gather(&gathered, diagram->space, match);
	decision.node = build_path(diagram, &gathered, leaf);
	for (size_t i = 0; i < match->count; i++) {
		const struct term *term = &match->terms[i];
		struct pset set;

		if (term->kind != TERM_CHOICE)
			continue;
		set = unite(diagram, term->choices.at, 0, term->choices.count);
		if (term->negated)
			set = pset_complement(diagram, set);
		decision = decision_within(diagram, decision, set);
	}
	return decision;
}

struct pset pset_match(struct diagram *diagram, const struct match *match)
{
	return (struct pset){decision_match(diagram, match, 1).node};
}
