/* space.c - The axes on which some rule sets are compared. */
#include "rules/space.h"

#include <string.h>

#include "rules/base/arena.h"

/* Words in the order met, with a hash table of their places beside them. */
struct words {
	const char **at;
	size_t count, capacity;
	uint32_t *table; /* place + 1; 0 is free */
	size_t mask;
};

struct space {
	struct arena *arena;
	struct words words[FIELD_COUNT]; /* SYMBOLS axes: words and patterns */
	struct words unknowns;
	struct name_axis *names;
	bool sealed;
};

static size_t hash_text(const char *text)
{
	size_t hash = 14695981039346656037u; /* FNV-1a, 64 bits */

	for (; *text; text++)
		hash = (hash ^ (unsigned char)*text) * 1099511628211u;
	return hash;
}

/* The slot that holds @text, or the free one where it would go. */
static uint32_t *words_slot(const struct words *words, const char *text)
{
	size_t i = hash_text(text) & words->mask;

	while (words->table[i] && strcmp(words->at[words->table[i] - 1], text) != 0)
		i = (i + 1) & words->mask;
	return &words->table[i];
}

static void words_rehash(struct words *words, struct arena *arena)
{
	size_t size = words->table ? 2 * (words->mask + 1) : 16;

	words->table = arena_array(arena, size, uint32_t);
	words->mask = size - 1;
	for (size_t i = 0; i < words->count; i++)
		*words_slot(words, words->at[i]) = (uint32_t)i + 1;
}

static void words_add(struct words *words, const char *text, struct arena *arena)
{
	uint32_t *slot;

	if (!words->table || 2 * words->count > words->mask)
		words_rehash(words, arena);
	slot = words_slot(words, text);
	if (*slot)
		return;
	*arena_push(arena, words->at, words->count, words->capacity) = text;
	*slot = (uint32_t)words->count;
}

/* The place of a word, or the number of words when it is not there. */
static size_t words_find(const struct words *words, const char *text)
{
	uint32_t slot = words->table ? *words_slot(words, text) : 0;

	return slot ? slot - 1 : words->count;
}

struct space *space_new(struct arena *arena)
{
	struct space *space = arena_make(arena, struct space);

	space->arena = arena;
	space->names = name_axis_new(arena);
	return space;
}

static void add_symbols(struct space *space, enum field field,
			const struct symbols *symbols)
{
	for (size_t i = 0; i < symbols->count; i++) {
		const char *word = symbols->at[i];

		if (strcmp(word, IFACE_NONE) != 0 && strcmp(word, SYMBOL_OTHER) != 0)
			words_add(&space->words[field], word, space->arena);
	}
}

void space_add_match(struct space *space, const struct match *match)
{
	if (space->sealed)
		BUG("a word for a sealed space");
	for (size_t i = 0; i < match->count; i++) {
		const struct term *term = &match->terms[i];

		switch (term->kind) {
		case TERM_ADDRS:
		case TERM_NUMBERS:
			break;
		case TERM_SYMBOLS:
			add_symbols(space, term->field, &term->symbols);
			break;
		case TERM_NAMES:
			for (size_t j = 0; j < term->names.count; j++)
				name_axis_add(space->names, &term->names.at[j]);
			break;
		case TERM_UNKNOWN:
			words_add(&space->unknowns, term->unknown, space->arena);
			break;
		case TERM_CHOICE:
			for (size_t j = 0; j < term->choices.count; j++)
				space_add_match(space, &term->choices.at[j]);
			break;
		}
	}
}

void space_add_ruleset(struct space *space, const struct ruleset *rules)
{
	for (size_t i = 0; i < rules->chain_count; i++)
		for (size_t j = 0; j < rules->chains[i].count; j++)
			space_add_match(space, &rules->chains[i].rules[j].match);
	for (size_t i = 0; i < rules->path_count; i++) {
		space_add_match(space, &rules->paths[i].universe);
		for (size_t j = 0; j < rules->paths[i].count; j++)
			space_add_match(space, &rules->paths[i].stages[j].guard);
	}
}

int space_seal(struct space *space)
{
	space->sealed = true;
	name_axis_seal(space->names);
	return space->unknowns.count > SPACE_MAX_UNKNOWNS ? -1 : 0;
}

unsigned space_unknowns(const struct space *space)
{
	return (unsigned)space->unknowns.count;
}

unsigned space_levels(const struct space *space)
{
	return LEVEL_UNKNOWN + space_unknowns(space);
}

/* Values of a word axis: 0 is "", then the words in the order met, then any other. */
static u128 other_value(const struct words *words)
{
	return words->count + 1;
}

u128 space_max(const struct space *space, unsigned level)
{
	enum field field;

	switch (level) {
	case LEVEL_FAMILY:
		return 1;
	case LEVEL_DESTINATION_IPV4:
	case LEVEL_SOURCE_IPV4:
		return u128_mask(32);
	case LEVEL_DESTINATION_IPV6:
	case LEVEL_SOURCE_IPV6:
		return U128_MAX;
	default:
		break;
	}
	if (level >= LEVEL_UNKNOWN)
		return 1;
	field = (enum field)(level - LEVEL_PROTOCOL + FIELD_PROTOCOL);
	if (field_info(field)->kind == FIELD_KIND_SYMBOLS)
		return other_value(&space->words[field]);
	if (field_info(field)->kind == FIELD_KIND_NAMES)
		return name_axis_max(space->names);
	return field == FIELD_STATE ? CT_STATE_COUNT - 1
				    : u128_mask(field_info(field)->bits);
}

/* Length of the part before the "*" of a pattern; -1 for a plain word. */
static long pattern_length(const char *word)
{
	size_t length = strlen(word);

	return length && word[length - 1] == '*' ? (long)length - 1 : -1;
}

/* Does a pattern (its part before the "*") take in a word or a narrower pattern? */
static bool pattern_covers(const char *pattern, long length, const char *word)
{
	return word[0] && strncmp(pattern, word, (size_t)length) == 0 &&
	       (pattern_length(word) < 0 || pattern_length(word) >= length);
}

struct ranges space_symbols(const struct space *space, enum field field,
			    const struct symbols *symbols, struct arena *arena)
{
	const struct words *words = &space->words[field];
	struct ranges values = {0};

	for (size_t i = 0; i < symbols->count; i++) {
		const char *word = symbols->at[i];
		long length = pattern_length(word);

		if (length == 0)
			ranges_add(&values, (struct range){1, other_value(words)}, arena);
		if (length <= 0) {
			if (length < 0) {
				u128 value = space_symbol_value(space, field, word);

				ranges_add(&values, (struct range){value, value}, arena);
			}
			continue;
		}
		for (size_t j = 0; j < words->count; j++)
			if (pattern_covers(word, length, words->at[j]))
				ranges_add(&values, (struct range){j + 1, j + 1}, arena);
	}
	ranges_normalize(&values);
	return values;
}

struct ranges space_names(const struct space *space, const struct name_patterns *names,
			  struct arena *arena)
{
	struct ranges values = {0};

	for (size_t i = 0; i < names->count; i++) {
		struct ranges more = name_axis_values(space->names, &names->at[i], arena);

		for (size_t j = 0; j < more.count; j++)
			ranges_add(&values, more.at[j], arena);
	}
	ranges_normalize(&values);
	return values;
}

const struct name_axis *space_name_axis(const struct space *space)
{
	return space->names;
}

const char *space_symbol(const struct space *space, enum field field, u128 value)
{
	const struct words *words = &space->words[field];

	if (value == 0)
		return IFACE_NONE;
	return value > words->count ? SYMBOL_OTHER : words->at[value - 1];
}

u128 space_symbol_value(const struct space *space, enum field field, const char *word)
{
	const struct words *words = &space->words[field];
	size_t place = words_find(words, word);
	u128 best = other_value(words);
	long best_length = 0;

	if (!word[0])
		return 0;
	if (place < words->count)
		return place + 1;
	for (size_t i = 0; i < words->count; i++) {
		long length = pattern_length(words->at[i]);

		if (length > best_length && pattern_covers(words->at[i], length, word)) {
			best_length = length;
			best = i + 1;
		}
	}
	return best;
}

unsigned space_unknown_level(const struct space *space, const char *name)
{
	size_t place = words_find(&space->unknowns, name);

	if (place == space->unknowns.count)
		BUG("unknown '%s' was not added to the space", name);
	return LEVEL_UNKNOWN + (unsigned)place;
}

const char *space_unknown_name(const struct space *space, unsigned level)
{
	return space->unknowns.at[level - LEVEL_UNKNOWN];
}
