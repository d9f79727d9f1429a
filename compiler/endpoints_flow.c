/* endpoints_flow.c - Making the flows of one client: inside endpoints.c only. */
#include "compiler/endpoints_flow.h"

#include <stdlib.h>
#include <string.h>

#include "rules/base/arena.h"
#include "rules/base/strbuf.h"

/* -- one flow -------------------------------------------------------------- */

static const char *group_id(const char *client, const char *group, struct arena *arena)
{
	const char *id = arena_printf(arena, "%s/%s", client, group);

	/* Names of clients have at most 40 bytes and those of registries 50. */
	if (strlen(id) > GROUP_ID_MAX)
		BUG("group id '%s' is too long", id);
	return id;
}

/* "10.9.0.0/16", and "10.9.0.0/16+2" when two more ranges follow. */
static void describe_addresses(const struct addr_set *set, struct strbuf *out)
{
	size_t count = set->of[FAMILY_IPV4].count + set->of[FAMILY_IPV6].count;
	enum family family = set->of[FAMILY_IPV4].count ? FAMILY_IPV4 : FAMILY_IPV6;
	char text[ADDR_TEXT_MAX];

	strbuf_puts(out, addr_range_format(family, &set->of[family].at[0], text));
	if (count > 1)
		strbuf_printf(out, "+%zu", count - 1);
}

static const char *flow_id(const struct flow *flow, struct arena *arena)
{
	CLEANUP(strbuf_release) struct strbuf id = {0};

	strbuf_printf(&id, "%s/", flow->group);
	if (flow->name)
		strbuf_puts(&id, flow->name);
	else if (flow->bound)
		describe_addresses(&flow->addresses, &id);
	else
		strbuf_puts(&id, flow->service_tag);
	strbuf_putc(&id, ':');
	flow_describe_service(flow, &id);
	return arena_strndup(arena, strbuf_text(&id), id.length);
}

int derive_add_flow(struct derive *derive, const struct need *need)
{
	struct arena *arena = derive->arena;
	struct flow *flow;

	if (derive->intent->flow_count == INTENT_MAX_FLOWS)
		return diag_report(derive->diag, DIAG_TOO_MANY_FLOWS, need->at,
				   "the spec asks for more than %u flows",
				   INTENT_MAX_FLOWS);
	flow = intent_add_flow(derive->intent, arena);
	flow->group = group_id(derive->sender->name, need->group, arena);
	flow->set_name = need->set_name;
	flow->client = derive->sender;
	flow->path = need->path;
	flow->name = need->name;
	flow->reason = need->reason;
	flow->at = need->at;
	flow->service_tag = need->service_tag;
	flow->regional_tags = need->regional_tags;
	flow->member = need->member;
	flow->zone = need->zone;
	flow->families = need->families;
	flow->protocol = need->protocol;
	flow->ports = need->ports;
	flow->addresses = need->addresses;
	flow->bound = need->bound;
	flow->bound_by = need->bound ? "the spec" : NULL;
	flow->view = need->view;
	flow->origin = need->bound ? need->at : SPAN_NONE;
	flow->id = flow_id(flow, arena);
	return 0;
}

/* -- the same endpoint twice ----------------------------------------------- */

static int compare_text(const char *a, const char *b)
{
	if (!a || !b)
		return (a != NULL) - (b != NULL);
	return strcmp(a, b);
}

static int compare_opened(const struct flow *a, const struct flow *b)
{
	int order = (int)a->path - (int)b->path;

	if (!order)
		order = compare_text(a->name, b->name);
	if (!order && !a->name)
		order = compare_text(a->service_tag, b->service_tag);
	if (!order)
		order = (int)a->protocol - (int)b->protocol;
	/* Names and tags come with one range of ports each. */
	if (!order)
		order = (a->ports.at[0].first > b->ports.at[0].first) -
			(a->ports.at[0].first < b->ports.at[0].first);
	return order;
}

static int compare_keyed(const void *one, const void *other)
{
	const struct keyed *a = one, *b = other;
	int order = compare_opened(a->flow, b->flow);

	return order ? order : (a->index > b->index) - (a->index < b->index);
}

static int compare_index(const void *one, const void *other)
{
	const struct keyed *a = one, *b = other;

	return (a->index > b->index) - (a->index < b->index);
}

/* Reasons are a handful of phrases for any one endpoint, so the merged ones stay short.
 */
size_t flows_unify(struct keyed *list, size_t count, struct arena *arena)
{
	size_t kept = 0;

	qsort(list, count, sizeof(*list), compare_keyed);
	for (size_t i = 0; i < count; i++) {
		struct keyed *last = kept ? &list[kept - 1] : NULL;

		if (!last || compare_opened(last->flow, list[i].flow) != 0)
			list[kept++] = list[i];
		else if (!strstr(last->reason, list[i].reason))
			last->reason = arena_printf(arena, "%s; %s", last->reason,
						    list[i].reason);
	}
	qsort(list, kept, sizeof(*list), compare_index);
	return kept;
}

void derive_unify(struct derive *derive)
{
	struct intent *intent = derive->intent;
	size_t count = intent->flow_count - derive->first;
	struct keyed *list = arena_array(derive->arena, count, struct keyed);

	for (size_t i = 0; i < count; i++) {
		struct flow *flow = intent->flows[derive->first + i];

		list[i] = (struct keyed){flow, derive->first + i, flow->reason};
	}
	count = flows_unify(list, count, derive->arena);
	for (size_t i = 0; i < count; i++) {
		struct flow *flow = intent->flows[list[i].index];

		flow->reason = list[i].reason;
		intent->flows[derive->first + i] = flow;
	}
	intent->flow_count = derive->first + count;
}
