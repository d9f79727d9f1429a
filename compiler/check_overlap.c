/* check_overlap.c - Clients that share addresses, and may do what either of them may. */
#include <stdlib.h>

#include "compiler/check.h"
#include "compiler/spec.h"
#include "rules/base/arena.h"

/** struct owned - A range of a client's addresses */
struct owned {
	struct range range;
	size_t client;
};

static int compare_owned(const void *one, const void *other)
{
	const struct owned *a = one, *b = other;

	if (a->range.first != b->range.first)
		return a->range.first > b->range.first ? 1 : -1;
	return (a->client > b->client) - (a->client < b->client);
}

static struct owned *collect(const struct spec *spec, enum family family,
			     struct arena *arena, size_t *ret_count)
{
	size_t count = 0;
	struct owned *list;

	for (size_t i = 0; i < spec->client_count; i++)
		count += spec->clients[i]->addresses.of[family].count;
	list = arena_array(arena, count, struct owned);
	*ret_count = count;
	count = 0;
	for (size_t i = 0; i < spec->client_count; i++) {
		const struct ranges *ranges = &spec->clients[i]->addresses.of[family];

		for (size_t k = 0; k < ranges->count; k++)
			list[count++] = (struct owned){ranges->at[k], i};
	}
	if (count)
		qsort(list, count, sizeof(*list), compare_owned);
	return list;
}

static void report(const struct spec *spec, enum family family, const struct owned *wide,
		   const struct owned *other, struct diag *diag)
{
	const struct client *a = spec->clients[wide->client];
	const struct client *b = spec->clients[other->client];
	struct range shared = other->range;
	char text[ADDR_TEXT_MAX];

	if (shared.last > wide->range.last)
		shared.last = wide->range.last;
	diag_report(diag, DIAG_CLIENTS_OVERLAP, b->addresses_at,
		    "%s is of client '%s' and of client '%s', and may do what either may",
		    addr_range_format(family, &shared, text), b->name.text, a->name.text);
	diag_note(diag, a->addresses_at, "the other's addresses");
	diag_help(diag,
		  "take it out of one of them, unless both sets of needs are meant");
}

/* Each client once, with the widest range before it that reaches its own. */
void check_overlaps(const struct spec *spec, struct arena *arena, struct diag *diag)
{
	bool *said = arena_array(arena, spec->client_count, bool);

	for (unsigned family = 0; family < FAMILY_COUNT; family++) {
		size_t count;
		struct owned *list = collect(spec, (enum family)family, arena, &count);
		const struct owned *wide = count ? &list[0] : NULL;

		for (size_t i = 1; i < count; i++) {
			if (list[i].range.first <= wide->range.last &&
			    list[i].client != wide->client && !said[list[i].client]) {
				said[list[i].client] = true;
				report(spec, (enum family)family, wide, &list[i], diag);
			}
			if (list[i].range.last > wide->range.last)
				wide = &list[i];
		}
	}
}
