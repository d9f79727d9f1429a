/* bind_tags.c - Giving flows the service tags that stand for them. */
#include "compiler/bind_tags.h"

#include <string.h>

#include "rules/base/arena.h"
#include "rules/base/textmap.h"

/** struct tag_list - Some tags by their names, as the catalogue lists them */
struct tag_list {
	struct flow_tag *at;
	size_t count, capacity;
	const char *missing; /* the first that the file lacks, or NULL */
	struct addr_set cover;
};

struct binding {
	const struct service_tags *tags;
	struct arena *arena;
	struct textmap lists; /* by the text that names them: flows share few */
};

static void add_tag(struct binding *binding, struct tag_list *list, const char *name)
{
	const struct service_tag *tag =
		binding->tags ? tags_find(binding->tags, name) : NULL;

	*arena_push(binding->arena, list->at, list->count, list->capacity) =
		(struct flow_tag){tag ? tag->name : name, tag ? &tag->addresses : NULL};
	if (binding->tags && !tag && !list->missing)
		list->missing = name;
	if (tag)
		addr_set_add(&list->cover, &tag->addresses, binding->arena);
}

/* The tags that @names lists, separated by blanks; NULL for none. */
static const struct tag_list *find_list(struct binding *binding, const char *names)
{
	struct tag_list *list = names ? textmap_get(&binding->lists, names) : NULL;

	if (list || !names)
		return list;
	list = arena_make(binding->arena, struct tag_list);
	for (const char *at = names; *at; at += strspn(at, " ")) {
		size_t length = strcspn(at, " ");

		add_tag(binding, list, arena_strndup(binding->arena, at, length));
		at += length;
	}
	addr_set_normalize(&list->cover);
	textmap_put(&binding->lists, names, list, binding->arena);
	return list;
}

/* Can the tags stand for the flow, as far as is known? */
static bool holds(const struct binding *binding, const struct tag_list *list,
		  const struct flow *flow)
{
	if (!list || list->missing)
		return false;
	for (unsigned family = 0; binding->tags && family < FAMILY_COUNT; family++) {
		const struct ranges *ranges = &flow->addresses.of[family];

		for (size_t i = 0; i < ranges->count; i++)
			if (!ranges_hold(&list->cover.of[family], &ranges->at[i]))
				return false;
	}
	return true;
}

void intent_bind_tags(struct intent *intent, const struct service_tags *tags,
		      struct arena *arena)
{
	struct binding binding = {.tags = tags, .arena = arena};

	for (size_t i = 0; i < intent->flow_count; i++) {
		struct flow *flow = intent->flows[i];
		const struct tag_list *list;

		if (flow->member || !flow->service_tag)
			continue;
		list = find_list(&binding, flow->regional_tags);
		if (!holds(&binding, list, flow))
			list = find_list(&binding, flow->service_tag);
		flow->missing_tag = list->missing;
		if (list->missing)
			continue;
		flow->tags = list->at;
		flow->tag_count = list->count;
	}
}
