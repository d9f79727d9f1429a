/* name_axis.c - The values of the name axis of a space. */
#include "rules/name_axis.h"

#include <stdlib.h>
#include <string.h>

#include "rules/base/arena.h"

/**
 * struct place - A region or an exact name in the tree
 * @end:	what its names end in; the whole name of an exact one
 * @length:	bytes of @end
 * @exact:	one name, not a region
 * @splits:	some pattern is ?.x and @end is ".x"
 * @up:		the region that holds it; the root holds itself
 * @base:	the innermost region around (or it itself) that splits, or NULL
 * @rest:	number of its rest, of the one-label part where there are two; of the name
 * @deeper:	number of the other part; @rest where there is one only
 * @last:	last number inside it
 * @next:	index of the first place behind all that is inside it
 */
struct place {
	const char *end;
	size_t length;
	bool exact;
	bool splits;
	size_t up;
	const struct place *base;
	u128 rest, deeper, last;
	size_t next;
};

struct name_axis {
	struct arena *arena;
	struct place *places; /* sealed: the root first, then in the order of numbers */
	size_t count, capacity;
	u128 max;
	bool sealed;
};

struct name_axis *name_axis_new(struct arena *arena)
{
	struct name_axis *axis = arena_make(arena, struct name_axis);

	axis->arena = arena;
	*arena_push(arena, axis->places, axis->count, axis->capacity) =
		(struct place){.end = ""};
	return axis;
}

static void add_place(struct name_axis *axis, const char *end, bool exact, bool splits)
{
	*arena_push(axis->arena, axis->places, axis->count, axis->capacity) =
		(struct place){
			.end = end,
			.length = strlen(end),
			.exact = exact,
			.splits = splits,
		};
}

void name_axis_add(struct name_axis *axis, const struct name_pattern *pattern)
{
	if (axis->sealed)
		BUG("a name for a sealed axis");
	switch (pattern->kind) {
	case NAME_EXACT:
		add_place(axis, pattern->text, true, false);
		return;
	case NAME_DOMAIN:
		add_place(axis, pattern->text, true, false);
		break;
	case NAME_SUFFIX:
		add_place(axis, pattern->text, false, false);
		return;
	case NAME_BELOW:
	case NAME_ONE_LABEL:
		break;
	}
	add_place(axis, arena_printf(axis->arena, ".%s", pattern->text), false,
		  pattern->kind == NAME_ONE_LABEL);
}

/* Backwards, a region before the names in it and before the name that it is called by. */
static int compare_places(const void *a, const void *b)
{
	const struct place *x = a, *y = b;
	size_t common = x->length < y->length ? x->length : y->length;

	for (size_t i = 1; i <= common; i++) {
		unsigned char c = (unsigned char)x->end[x->length - i];
		unsigned char d = (unsigned char)y->end[y->length - i];

		if (c != d)
			return c < d ? -1 : 1;
	}
	if (x->length != y->length)
		return x->length < y->length ? -1 : 1;
	return (int)x->exact - (int)y->exact;
}

static void drop_doubles(struct name_axis *axis)
{
	size_t kept = 0;

	for (size_t i = 1; i < axis->count; i++) {
		if (compare_places(&axis->places[kept], &axis->places[i]) == 0)
			axis->places[kept].splits |= axis->places[i].splits;
		else
			axis->places[++kept] = axis->places[i];
	}
	axis->count = kept + 1;
}

static bool ends_in(const char *name, size_t length, const struct place *place)
{
	return length >= place->length &&
	       memcmp(name + length - place->length, place->end, place->length) == 0;
}

/* Are all names of a place, @length bytes of whose end are known, more than one label
 * below
 * @base? */
static bool is_deeper(const char *end, size_t length, const struct place *base)
{
	return memchr(end, '.', length - base->length) != NULL;
}

static void number_place(struct name_axis *axis, size_t index)
{
	struct place *place = &axis->places[index];
	const struct place *up = &axis->places[place->up];

	place->base = place->splits ? place : up->base;
	place->rest = place->deeper = ++axis->max;
	if (!place->exact && place->base &&
	    (place->splits || !is_deeper(place->end, place->length, place->base)))
		place->deeper = ++axis->max;
	place->last = place->deeper;
}

void name_axis_seal(struct name_axis *axis)
{
	size_t up = 0;

	axis->sealed = true;
	qsort(axis->places, axis->count, sizeof(*axis->places), compare_places);
	drop_doubles(axis);
	for (size_t i = 0; i < axis->count; i++) {
		struct place *place = &axis->places[i];

		while (i && (axis->places[up].exact ||
			     !ends_in(place->end, place->length, &axis->places[up])))
			up = axis->places[up].up;
		place->up = up;
		number_place(axis, i);
		up = i;
	}
	for (size_t i = axis->count; i-- > 0;) {
		struct place *place = &axis->places[i],
			     *holder = &axis->places[place->up];

		if (!place->next)
			place->next = i + 1;
		if (place->last > holder->last)
			holder->last = place->last;
		if (holder->next < place->next)
			holder->next = place->next;
	}
}

u128 name_axis_max(const struct name_axis *axis)
{
	return axis->max;
}

static const struct place *find_place(const struct name_axis *axis, const char *end,
				      bool exact)
{
	struct place key = {.end = end, .length = strlen(end), .exact = exact};
	const struct place *found = bsearch(&key, axis->places, axis->count,
					    sizeof(*axis->places), compare_places);

	if (!found)
		BUG("pattern '%s' was not added to the axis", end);
	return found;
}

static void add_range(struct ranges *values, u128 first, u128 last, struct arena *arena)
{
	ranges_add(values, (struct range){first, last}, arena);
}

/* The numbers inside region @base that have one label more than its base. */
static void add_one_label(const struct name_axis *axis, const struct place *base,
			  struct ranges *values, struct arena *arena)
{
	for (size_t i = (size_t)(base - axis->places); i < base->next; i++) {
		const struct place *place = &axis->places[i];

		if (place->base == base && !is_deeper(place->end, place->length, base))
			add_range(values, place->rest, place->rest, arena);
	}
}

struct ranges name_axis_values(const struct name_axis *axis,
			       const struct name_pattern *pattern, struct arena *arena)
{
	CLEANUP(arena_cleanup) struct arena *scratch = arena_new();
	struct ranges values = {0};
	const struct place *place;

	if (pattern->kind == NAME_EXACT || pattern->kind == NAME_DOMAIN) {
		place = find_place(axis, pattern->text, true);
		add_range(&values, place->rest, place->rest, arena);
	}
	if (pattern->kind == NAME_EXACT)
		return values;
	place = find_place(axis,
			   pattern->kind == NAME_SUFFIX
				   ? pattern->text
				   : arena_printf(scratch, ".%s", pattern->text),
			   false);
	if (pattern->kind == NAME_ONE_LABEL)
		add_one_label(axis, place, &values, arena);
	else
		add_range(&values, place->rest, place->last, arena);
	ranges_normalize(&values);
	return values;
}

/* The innermost place that a name is in: regions and names inside one are apart. */
static const struct place *innermost(const struct name_axis *axis, const char *name)
{
	size_t length = strlen(name), at = 0, i = 1;

	while (i < axis->places[at].next) {
		const struct place *place = &axis->places[i];

		if (!ends_in(name, length, place) ||
		    (place->exact && place->length != length)) {
			i = place->next;
			continue;
		}
		at = i++;
	}
	return &axis->places[at];
}

u128 name_axis_value(const struct name_axis *axis, const char *name)
{
	const struct place *place;

	if (!name[0])
		return 0;
	place = innermost(axis, name);
	if (place->exact || place->rest == place->deeper)
		return place->rest;
	return is_deeper(name, strlen(name), place->base) ? place->deeper : place->rest;
}

static const struct place *place_of(const struct name_axis *axis, u128 value)
{
	size_t low = 0, high = axis->count - 1;

	while (low < high) {
		size_t middle = low + (high - low + 1) / 2;

		if (axis->places[middle].rest <= value)
			low = middle;
		else
			high = middle - 1;
	}
	return &axis->places[low];
}

const char *name_axis_witness(const struct name_axis *axis, u128 value)
{
	const struct place *place = place_of(axis, value);
	const char *name;

	if (value == 0)
		return "";
	if (place->exact)
		return place->end;
	/* Some label is in no place inside: there are fewer of them than of labels. */
	for (size_t i = 1;; i++) {
		name = arena_printf(axis->arena, "%sother-%zu%s%s",
				    place->deeper != place->rest && value == place->deeper
					    ? "an."
					    : "",
				    i, place->end[0] ? "" : ".example", place->end);
		if (name_axis_value(axis, name) == value)
			return name;
	}
}

/* The pattern that takes all of a region, or an exact name. */
static struct name_pattern whole(const struct place *place)
{
	if (place->exact)
		return (struct name_pattern){NAME_EXACT, place->end};
	if (place->end[0] == '.')
		return (struct name_pattern){NAME_BELOW, place->end + 1};
	return (struct name_pattern){NAME_SUFFIX, place->end};
}

static bool holds_all(const struct ranges *values, u128 first, u128 last)
{
	for (size_t i = 0; i < values->count; i++)
		if (values->at[i].first <= first && last <= values->at[i].last)
			return true;
	return false;
}

/* A piece for a place whose rest, or a part of it, is meant: nothing inside it. */
static struct name_piece rest_piece(const struct name_axis *axis, size_t index,
				    const struct ranges *values, struct arena *arena)
{
	const struct place *place = &axis->places[index];
	bool one = ranges_contain(values, place->rest);
	bool deeper = ranges_contain(values, place->deeper);
	struct name_piece piece = {.of = whole(place)};

	for (size_t i = index + 1; i < place->next; i = axis->places[i].next)
		*arena_push(arena, piece.except.at, piece.except.count,
			    piece.except.capacity) = whole(&axis->places[i]);
	if (one && !deeper) {
		piece.has_also = true;
		piece.also = (struct name_pattern){NAME_ONE_LABEL, place->base->end + 1};
	} else if (deeper && !one) {
		*arena_push(arena, piece.except.at, piece.except.count,
			    piece.except.capacity) =
			(struct name_pattern){NAME_ONE_LABEL, place->base->end + 1};
	}
	return piece;
}

void name_axis_pieces(const struct name_axis *axis, const struct ranges *values,
		      struct arena *arena,
		      void (*piece)(void *context, const struct name_piece *piece),
		      void *context)
{
	for (size_t i = 0; i < axis->count;) {
		const struct place *place = &axis->places[i];
		struct name_piece found;

		if (holds_all(values, place->rest, place->last)) {
			found = (struct name_piece){.of = whole(place)};
			piece(context, &found);
			i = place->next;
			continue;
		}
		if (ranges_contain(values, place->rest) ||
		    ranges_contain(values, place->deeper)) {
			found = rest_piece(axis, i, values, arena);
			piece(context, &found);
		}
		i++;
	}
}
