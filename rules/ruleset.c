/* ruleset.c - Rules: what is matched, what is done, in which order. */
#include "rules/ruleset.h"

#include <string.h>

#include "rules/base/arena.h"

struct ruleset *ruleset_new(struct arena *arena)
{
	return arena_make(arena, struct ruleset);
}

size_t ruleset_add_chain(struct ruleset *rules, const char *name, struct arena *arena)
{
	struct chain *chain = arena_push(arena, rules->chains, rules->chain_count,
					 rules->chain_capacity);

	chain->name = name;
	return rules->chain_count - 1;
}

struct path *ruleset_find_path(const struct ruleset *rules, const char *name)
{
	for (size_t i = 0; i < rules->path_count; i++)
		if (strcmp(rules->paths[i].name, name) == 0)
			return &rules->paths[i];
	return NULL;
}

struct path *ruleset_add_path(struct ruleset *rules, const char *name,
			      struct arena *arena)
{
	struct path *path = ruleset_find_path(rules, name);

	if (path)
		return path;
	path = arena_push(arena, rules->paths, rules->path_count, rules->path_capacity);
	path->name = name;
	return path;
}

void ruleset_assume(struct ruleset *rules, const char *assumption, struct arena *arena)
{
	for (size_t i = 0; i < rules->assumption_count; i++)
		if (strcmp(rules->assumptions[i], assumption) == 0)
			return;
	*arena_push(arena, rules->assumptions, rules->assumption_count,
		    rules->assumption_capacity) = assumption;
}

void chain_reserve(struct chain *chain, size_t count, struct arena *arena)
{
	if (count <= chain->capacity)
		return;
	chain->rules = arena_grow(arena, chain->rules, chain->count, count,
				  sizeof(*chain->rules));
	chain->capacity = count;
}

struct rule *chain_add_rule(struct chain *chain, struct arena *arena)
{
	return arena_push(arena, chain->rules, chain->count, chain->capacity);
}

struct term *match_add(struct match *match, enum term_kind kind, struct arena *arena)
{
	struct term *term;

	/* Nearly all rules have at most four terms, and growing leaves the old array
	 * behind: rule sets of 100 000 rules are worth the thought. */
	if (match->count == match->capacity) {
		match->capacity = match->capacity ? 2 * match->capacity : 4;
		match->terms = arena_grow(arena, match->terms, match->count,
					  match->capacity, sizeof(*match->terms));
	}
	/* the room may have been another match's: importers use it again */
	term = &match->terms[match->count++];
	*term = (struct term){
		.kind = kind}; /* an array that is used again holds old terms */
	return term;
}

void match_addrs(struct match *match, enum field field, const struct addr_set *addrs,
		 struct arena *arena)
{
	struct term *term = match_add(match, TERM_ADDRS, arena);

	term->field = field;
	term->addrs = *addrs;
}

void match_numbers(struct match *match, enum field field, const struct ranges *numbers,
		   struct arena *arena)
{
	struct term *term = match_add(match, TERM_NUMBERS, arena);

	term->field = field;
	term->numbers = *numbers;
}

void match_number(struct match *match, enum field field, u128 first, u128 last,
		  struct arena *arena)
{
	struct ranges numbers = ranges_one(first, last, arena);

	match_numbers(match, field, &numbers, arena);
}

void match_symbol(struct match *match, enum field field, const char *symbol, bool negated,
		  struct arena *arena)
{
	struct term *term = match_add(match, TERM_SYMBOLS, arena);

	term->field = field;
	term->negated = negated;
	*arena_push(arena, term->symbols.at, term->symbols.count,
		    term->symbols.capacity) = symbol;
}

void match_name(struct match *match, struct name_pattern pattern, bool negated,
		struct arena *arena)
{
	struct term *term = match_add(match, TERM_NAMES, arena);

	term->field = FIELD_NAME;
	term->negated = negated;
	*arena_push(arena, term->names.at, term->names.count, term->names.capacity) =
		pattern;
}

void match_unknown(struct match *match, const char *unknown, bool negated,
		   struct arena *arena)
{
	struct term *term = match_add(match, TERM_UNKNOWN, arena);

	term->unknown = unknown;
	term->negated = negated;
}

/* An unknown about an address: "to: an address of TAG". */
static void match_named(struct match *match, enum field field, const char *what,
			const char *name, const struct addr_set *addrs,
			struct arena *arena)
{
	if (addrs)
		match_addrs(match, field, addrs, arena);
	else
		match_unknown(match,
			      arena_printf(arena, "'%s' is an address of %s%s",
					   field_info(field)->name, what, name),
			      false, arena);
	match->terms[match->count - 1].field = field;
}

void match_tag(struct match *match, enum field field, const char *tag,
	       const struct addr_set *addrs, struct arena *arena)
{
	/* Names of tags differ in case from file to file and mean the same. */
	char *folded = arena_strndup(arena, tag, strlen(tag));

	for (char *c = folded; *c; c++)
		if (*c >= 'A' && *c <= 'Z')
			*c = (char)(*c - 'A' + 'a');
	match_named(match, field, "service tag ", folded, addrs, arena);
	match->terms[match->count - 1].tag = tag;
}

void match_resolved(struct match *match, enum field field, const char *name,
		    const struct addr_set *addrs, struct arena *arena)
{
	match_named(match, field, "host ", name, addrs, arena);
	match->terms[match->count - 1].host = name;
}

void match_filled(struct match *match, enum field field, const char *name,
		  struct arena *arena)
{
	match_named(match, field, "an unchecked answer for host ", name, NULL, arena);
	match->terms[match->count - 1].host = name;
}

void match_family(struct match *match, enum family family, struct arena *arena)
{
	match_number(match, FIELD_FAMILY, family, family, arena);
}

size_t ruleset_count_rules(const struct ruleset *rules)
{
	size_t count = 0;

	for (size_t i = 0; i < rules->chain_count; i++)
		count += rules->chains[i].count;
	return count;
}
