/* import_context.c - What an importer may look at besides the text. */
#include "compiler/import_context.h"

#include <string.h>

#include "rules/base/arena.h"

static const char *lower(const char *text, struct arena *arena)
{
	char *copy = arena_strndup(arena, text, strlen(text));

	for (char *c = copy; *c; c++)
		if (*c >= 'A' && *c <= 'Z')
			*c = (char)(*c - 'A' + 'a');
	return copy;
}

const struct textmap *import_tags(const struct service_tags *tags, struct arena *arena)
{
	struct textmap *map;

	if (!tags)
		return NULL;
	map = arena_make(arena, struct textmap);
	for (size_t i = 0; i < tags->count; i++)
		textmap_put(map, lower(tags->at[i].name, arena), &tags->at[i].addresses,
			    arena);
	return map;
}

const struct textmap *import_names(const struct backend_job *job, struct arena *arena)
{
	struct textmap *map = arena_make(arena, struct textmap);

	for (size_t i = 0; i < job->intent->flow_count; i++) {
		struct flow *flow = job->intent->flows[i];

		if (flow->name && flow->bound && backend_covers(job, flow))
			textmap_put(map, flow->name, &flow->addresses, arena);
	}
	return map;
}
