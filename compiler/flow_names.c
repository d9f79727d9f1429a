/* flow_names.c - The flows of an intent in the order of their names. */
#include "compiler/flow_names.h"

#include <stdlib.h>
#include <string.h>

#include "rules/base/arena.h"

static int compare_names(const struct flow *a, const struct flow *b)
{
	int order = strcmp(a->view, b->view);

	return order ? order : strcmp(a->name, b->name);
}

/* Flows have unique ids, but ids do not sort as the spec does: places in the list do. */
struct placed {
	struct flow *flow;
	size_t index;
};

static int compare_placed(const void *one, const void *other)
{
	const struct placed *a = one, *b = other;
	int order = compare_names(a->flow, b->flow);

	return order ? order : (a->index > b->index) - (a->index < b->index);
}

struct flow **flow_names(const struct intent *intent, struct arena *arena,
			 size_t *ret_count)
{
	struct placed *placed = arena_array(arena, intent->flow_count, struct placed);
	struct flow **flows = arena_array(arena, intent->flow_count, struct flow *);
	size_t count = 0;

	for (size_t i = 0; i < intent->flow_count; i++)
		if (intent->flows[i]->name)
			placed[count++] = (struct placed){intent->flows[i], i};
	if (count)
		qsort(placed, count, sizeof(*placed), compare_placed);
	for (size_t i = 0; i < count; i++)
		flows[i] = placed[i].flow;
	*ret_count = count;
	return flows;
}

bool flow_names_equal(const struct flow *a, const struct flow *b)
{
	return compare_names(a, b) == 0;
}

const struct flow *flow_names_find(struct flow *const *flows, size_t count,
				   const char *view, const char *name)
{
	struct flow key = {.view = view, .name = name};
	size_t first = 0, last = count;

	while (first < last) {
		size_t middle = first + (last - first) / 2;
		int order = compare_names(flows[middle], &key);

		if (order == 0)
			return flows[middle];
		if (order < 0)
			first = middle + 1;
		else
			last = middle;
	}
	return NULL;
}
