/* named_import_lookup.c - Where names lead inside the server. */
#include <string.h>

#include "backends/bind/named_importer.h"
#include "rules/base/arena.h"

/* The node of the name just above @at on the way down to @name; they differ. */
static const char *one_further(const char *name, const char *at)
{
	const char *next = name, *parent;

	while ((parent = named_parent(next)) && strlen(parent) > strlen(at))
		next = parent;
	return next;
}

enum named_found named_look_up(const struct named_zone *zone, const char *name,
			       struct arena *arena, const struct named_node **ret_node)
{
	const struct named_node *node = named_node(zone, zone->name), *next;
	const char *at = zone->name;

	while (strcmp(at, name) != 0) {
		if (node->cut)
			return NAMED_FOUND_CUT;
		if (node->rename)
			return NAMED_FOUND_RENAMED;
		at = one_further(name, at);
		next = named_node(zone, at);
		if (!next) {
			next = named_node(zone, *node->name ? arena_printf(arena, "*.%s",
									   node->name)
							    : "*");
			*ret_node = next;
			return next ? NAMED_FOUND_NODE : NAMED_FOUND_NOTHING;
		}
		node = next;
	}
	*ret_node = node;
	return node->cut ? NAMED_FOUND_CUT : NAMED_FOUND_NODE;
}

static const struct named_zone *zone_of(const struct named_view *view, const char *name)
{
	for (const char *at = name; at; at = named_parent(at)) {
		const struct named_zone *zone = textmap_get(&view->by_name, at);

		if (zone && zone->kind != NAMED_ZONE_FORWARD)
			return zone;
	}
	return NULL;
}

enum named_end named_follow(const struct named_view *view, const struct named_zone *zone,
			    const struct named_record *alias, struct arena *arena,
			    const struct named_node **ret_node, const char **ret_why)
{
	const struct named_zone *first = zone;

	for (unsigned i = 0; i < NAMED_MAX_ALIASES; i++) {
		const struct named_node *node = NULL;

		zone = zone_of(view, alias->target);
		/* Without recursion named stays in the zone that it began with. */
		if (!view->recursion && zone != first)
			return NAMED_END_NOTHING;
		if (!zone || zone->kind != NAMED_ZONE_DATA)
			return NAMED_END_ELSEWHERE;
		if (zone->closed)
			return NAMED_END_NOTHING;
		if (zone->unknown) {
			*ret_why = zone->unknown;
			return NAMED_END_UNKNOWN;
		}
		switch (named_look_up(zone, alias->target, arena, &node)) {
		case NAMED_FOUND_CUT:
			return view->recursion ? NAMED_END_ELSEWHERE : NAMED_END_NOTHING;
		case NAMED_FOUND_RENAMED:
			*ret_why = arena_printf(arena, "what a DNAME makes of '%s'",
						alias->target);
			return NAMED_END_UNKNOWN;
		case NAMED_FOUND_NOTHING:
			return NAMED_END_NOTHING;
		case NAMED_FOUND_NODE:
			break;
		}
		*ret_node = node;
		if (!node->alias)
			return NAMED_END_RECORDS;
		alias = node->alias;
	}
	return NAMED_END_NOTHING;
}
