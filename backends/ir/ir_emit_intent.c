/* ir_emit_intent.c - The bound intent as JSON: clients, and what each needs and why. */
#include "backends/ir/ir_emit.h"

static void put_families(struct json_writer *json, unsigned families)
{
	json_key(json, "families");
	json_list(json);
	for (unsigned family = 0; family < FAMILY_COUNT; family++)
		if (families & 1u << family)
			json_string(json, family_name((enum family)family));
	json_list_end(json);
}

static void put_clients(struct json_writer *json, const struct backend_job *job)
{
	json_key(json, "clients");
	json_list(json);
	for (size_t i = 0; i < job->client_count; i++) {
		const struct flow_client *client = job->clients[i];

		json_object(json);
		json_key_string(json, "name", client->name);
		ir_put_prefixes(json, "addresses", &client->addresses);
		put_families(json, client->families);
		json_object_end(json);
	}
	json_list_end(json);
}

/* How a rule says where the flow goes. */
static const char *form_name(const struct backend_job *job, const struct flow *flow)
{
	if (!backend_covers(job, flow))
		return "none";
	switch (backend_form(job, flow)) {
	case FLOW_BY_NAME:
		return "name";
	case FLOW_BY_ADDRESSES:
		return "addresses";
	case FLOW_BY_TAGS:
		return "tags";
	case FLOW_BY_HOST:
		return "host";
	case FLOW_BY_ANSWER: /* a resolver's, not of this target */
	case FLOW_UNSAID:
		break;
	}
	return "none";
}

static void put_tags(struct json_writer *json, const struct flow *flow)
{
	json_key(json, "tags");
	json_list(json);
	for (size_t i = 0; i < flow->tag_count; i++)
		json_string(json, flow->tags[i].name);
	json_list_end(json);
}

/* Where it leads, and who says so. */
static void put_binding(struct json_writer *json, const struct backend_job *job,
			const struct flow *flow)
{
	json_key_string(json, "said_by", form_name(job, flow));
	if (flow->bound)
		ir_put_prefixes(json, "addresses", &flow->addresses);
	if (flow->bound_by)
		json_key_string(json, "bound_by", flow->bound_by);
	if (flow->view)
		json_key_string(json, "view", flow->view);
	if (flow->member)
		json_key_string(json, "member", flow->member);
	if (flow->tag_count)
		put_tags(json, flow);
}

static void put_flow(struct json_writer *json, const struct backend_job *job,
		     const struct flow *flow)
{
	json_object(json);
	json_key_string(json, "id", flow->id);
	json_key_string(json, "rule", flow->group);
	json_key_string(json, "client", flow->client->name);
	json_key_string(json, "via", flow->path == CLIENT_PROXY ? "proxy" : "direct");
	if (flow->name)
		json_key_string(json, "name", flow->name);
	json_key_string(json, "reason", flow->reason);
	put_families(json, flow_families(flow));
	if (flow->protocol != PROTOCOL_ANY)
		json_key_number(json, "protocol", flow->protocol);
	if (flow->ports.count)
		ir_put_ranges(json, "ports", &flow->ports);
	put_binding(json, job, flow);
	json_object_end(json);
}

void ir_put_intent(struct json_writer *json, const struct backend_job *job)
{
	const struct intent *intent = job->intent;

	put_clients(json, job);
	json_key(json, "flows");
	json_list(json);
	for (size_t i = 0; i < intent->flow_count; i++)
		if (backend_governs(job, intent->flows[i]))
			put_flow(json, job, intent->flows[i]);
	json_list_end(json);
}
