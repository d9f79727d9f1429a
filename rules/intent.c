/* intent.c - What the clients need: flows, and the addresses they are bound to. */
#include "rules/intent.h"

#include <string.h>

#include "rules/base/arena.h"
#include "rules/base/strbuf.h"

struct flow *intent_add_flow(struct intent *intent, struct arena *arena)
{
	struct flow *flow = arena_make(arena, struct flow);

	*arena_push(arena, intent->flows, intent->flow_count, intent->flow_capacity) =
		flow;
	return flow;
}

struct flow_client *intent_add_client(struct intent *intent, struct arena *arena)
{
	struct flow_client *client = arena_make(arena, struct flow_client);

	client->index = intent->client_count;
	*arena_push(arena, intent->clients, intent->client_count,
		    intent->client_capacity) = client;
	return client;
}

struct flow_client *intent_find_client(const struct intent *intent, const char *name)
{
	for (size_t i = 0; i < intent->client_count; i++)
		if (strcmp(intent->clients[i]->name, name) == 0)
			return intent->clients[i];
	return NULL;
}

/* Ids stay readable, and one with every other port stays short. */
#define PORT_RANGES_SHOWN 8

void flow_describe_service(const struct flow *flow, struct strbuf *out)
{
	const char *name = protocol_name(flow->protocol);

	if (flow->protocol == PROTOCOL_ANY)
		strbuf_puts(out, "any");
	else if (name)
		strbuf_puts(out, name);
	else
		strbuf_printf(out, "%u", flow->protocol);
	strbuf_putc(out, ':');
	if (!flow->ports.count)
		strbuf_puts(out, "any");
	for (size_t i = 0; i < flow->ports.count; i++) {
		const struct range *range = &flow->ports.at[i];

		if (i == PORT_RANGES_SHOWN) {
			strbuf_printf(out, "+%zu", flow->ports.count - i);
			break;
		}
		strbuf_printf(out, "%s%u", i ? "," : "", (unsigned)range->first);
		if (range->last != range->first)
			strbuf_printf(out, "-%u", (unsigned)range->last);
	}
}

unsigned flow_families(const struct flow *flow)
{
	return flow->client->families & flow->families;
}

bool flow_tags_known(const struct flow *flow)
{
	for (size_t i = 0; i < flow->tag_count; i++)
		if (!flow->tags[i].addresses)
			return false;
	return flow->tag_count > 0;
}

struct addr_set flow_tag_addresses(const struct flow *flow, struct arena *arena)
{
	struct addr_set all = {0};

	for (size_t i = 0; i < flow->tag_count; i++)
		if (flow->tags[i].addresses)
			addr_set_add(&all, flow->tags[i].addresses, arena);
	addr_set_normalize(&all);
	return all;
}
