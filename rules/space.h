/* space.h - The axes on which some rule sets are compared. */
#ifndef RULES_SPACE_H
#define RULES_SPACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "rules/field.h"
#include "rules/interval.h"
#include "rules/name_axis.h"
#include "rules/ruleset.h"

/**
 * DOC: Spaces
 *
 * Two rule sets can be compared when their diagrams have the same levels.  Most axes are
 * fixed.  Word axes (interfaces, names, methods) have one value for each word or pattern
 * that any compared rule set mentions, and one for all others; unknowns have a level of
 * two values each.  So: make a space, let it look at everything that will be compared,
 * seal it, and build diagrams in it.
 *
 * Levels: the family; destination and source, once for each family's width; then the
 * other fields in the order of fields.def; then the unknowns in the order met.
 */
struct arena;
struct space;

enum level {
	LEVEL_FAMILY,
	LEVEL_DESTINATION_IPV4,
	LEVEL_DESTINATION_IPV6,
	LEVEL_SOURCE_IPV4,
	LEVEL_SOURCE_IPV6,
	LEVEL_PROTOCOL, /* from here on level = LEVEL_PROTOCOL + field - FIELD_PROTOCOL */
	LEVEL_UNKNOWN = LEVEL_PROTOCOL + FIELD_COUNT - FIELD_PROTOCOL,
};

/* A level costs a step of recursion and an edge a path; nobody reads an answer that
 * depends on more. */
#define SPACE_MAX_UNKNOWNS 4096u

struct space *space_new(struct arena *arena);

/** space_add_ruleset() - Make room for all words and unknowns of @rules */
void space_add_ruleset(struct space *space, const struct ruleset *rules);
void space_add_match(struct space *space, const struct match *match);

/** space_seal() - No more words; -1 when there are too many unknowns */
int space_seal(struct space *space) MUST_USE;

/** space_levels() - Levels in all, unknowns included */
unsigned space_levels(const struct space *space);

/** space_max() - The largest value on a level */
u128 space_max(const struct space *space, unsigned level);

/** space_symbols() - The values of a word axis that @symbols (words and patterns) mean */
struct ranges space_symbols(const struct space *space, enum field field,
			    const struct symbols *symbols, struct arena *arena);

/** space_names() - The values of the name axis that @names mean */
struct ranges space_names(const struct space *space, const struct name_patterns *names,
			  struct arena *arena);

/** space_name_axis() - The name axis, for name_axis_pieces() and the like */
const struct name_axis *space_name_axis(const struct space *space);

/** space_symbol() - The word of a value: "eth0", "veth*", "" or SYMBOL_OTHER */
const char *space_symbol(const struct space *space, enum field field, u128 value);

/** space_symbol_value() - The value that stands for one word; never fails */
u128 space_symbol_value(const struct space *space, enum field field, const char *word);

unsigned space_unknowns(const struct space *space);
unsigned space_unknown_level(const struct space *space, const char *name);
const char *space_unknown_name(const struct space *space, unsigned level);

#endif
