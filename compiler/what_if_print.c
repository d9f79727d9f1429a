/* what_if_print.c - A rehearsal for people and programs. */
#include "backends/json.h"
#include "compiler/catalogue.h"
#include "compiler/what_if.h"
#include "rules/base/arena.h"

static const char *const change_names[] = {
	[WHAT_IF_ADD_REPLICA] = "add-replica",
	[WHAT_IF_REMOVE_REPLICA] = "remove-replica",
	[WHAT_IF_DEDICATED_DATA] = "data-endpoints",
};

static const char *member_address(const struct what_if_member *member, char *text)
{
	return member->has_address ? addr_format(&member->address, text) : NULL;
}

/* What stands for a flow's destination in a rule. */
static const char *form_text(const struct what_if_flow *flow)
{
	switch (flow->form) {
	case FLOW_BY_NAME:
		return "by its name";
	case FLOW_BY_TAGS:
		return "by its service tags";
	case FLOW_BY_HOST:
		return "where its name leads";
	case FLOW_BY_ADDRESSES:
	case FLOW_BY_ANSWER:
	case FLOW_UNSAID:
		break;
	}
	return NULL;
}

static void put_where(const struct what_if_flow *flow, bool adds, struct strbuf *out)
{
	const char *form = form_text(flow);

	if (form)
		strbuf_puts(out, form);
	else if (flow->flow->bound)
		addr_set_format(&flow->flow->addresses, out);
	else
		strbuf_puts(out, adds ? "no address yet" : "no address known");
}

/* -- text --------------------------------------------------------------------------- */

static void put_head(const struct what_if *what_if, struct strbuf *out)
{
	const struct what_if_change *change = &what_if->change;
	const char *registry = change->registry->name.text;

	switch (change->kind) {
	case WHAT_IF_ADD_REPLICA:
		strbuf_printf(out, "what if '%s' gets a replica in %s\n", registry,
			      change->region);
		return;
	case WHAT_IF_REMOVE_REPLICA:
		strbuf_printf(out, "what if '%s' loses its replica in %s\n", registry,
			      change->region);
		return;
	case WHAT_IF_DEDICATED_DATA:
		strbuf_printf(out, "what if '%s' gets dedicated data endpoints\n",
			      registry);
		return;
	}
}

static void put_names(const char *title, char sign, const struct what_if_names *names,
		      struct strbuf *out)
{
	strbuf_printf(out, "\nnames that clients %s:%s\n", title,
		      names->count ? "" : " none");
	for (size_t i = 0; i < names->count; i++) {
		const struct what_if_name *name = &names->at[i];

		strbuf_printf(out, "  %c %s (%s), for", sign, name->host, name->reason);
		for (size_t j = 0; j < name->clients.count; j++)
			strbuf_printf(out, "%s %s", j ? "," : "", name->clients.at[j]);
		strbuf_putc(out, '\n');
	}
}

static void put_members(const struct what_if *what_if, struct strbuf *out)
{
	char text[ADDR_TEXT_MAX];

	if (!what_if->gained_count && !what_if->lost_count)
		return;
	strbuf_puts(out, "\nmembers of private endpoints:\n");
	for (size_t i = 0; i < what_if->gained_count; i++) {
		const struct what_if_member *member = &what_if->gained[i];
		const char *address = member_address(member, text);

		strbuf_printf(out, "  + %s: %s, %s\n", member->endpoint->name.text,
			      member->member, address ? address : "no address yet");
	}
	for (size_t i = 0; i < what_if->lost_count; i++) {
		const struct what_if_member *member = &what_if->lost[i];
		const char *address = member_address(member, text);

		strbuf_printf(out, "  - %s: %s, %s\n", member->endpoint->name.text,
			      member->member, address ? address : "no address known");
	}
}

static void put_subnets(const struct what_if *what_if, struct strbuf *out)
{
	char text[COUNT_TEXT_MAX];

	for (size_t i = 0; i < what_if->subnet_count; i++) {
		const struct what_if_subnet *subnet = &what_if->subnets[i];
		struct count free = count_from(subnet->free);

		strbuf_printf(out,
			      "  subnet %s: %zu address%s needed, at most %s free%s\n",
			      subnet->subnet, (size_t)subnet->needed,
			      subnet->needed == 1 ? "" : "es", count_format(&free, text),
			      subnet->free < subnet->needed
				      ? ": too few, and Azure takes the replica back"
				      : " as far as the spec tells");
	}
}

static void put_records(const struct what_if *what_if, struct strbuf *out)
{
	char text[ADDR_TEXT_MAX];

	if (!what_if->gained_count && !what_if->lost_count)
		return;
	strbuf_printf(out, "\nDNS records in the zone %s:\n",
		      what_if->cloud->private_zone);
	for (size_t i = 0; i < what_if->gained_count; i++) {
		const struct what_if_member *member = &what_if->gained[i];
		const char *address = member_address(member, text);

		strbuf_printf(out, "  + A %s -> ", member->record);
		if (address)
			strbuf_printf(out, "%s", address);
		else
			strbuf_printf(out, "the address of %s", member->member);
		strbuf_printf(out, ", where clients use %s\n",
			      member->endpoint->name.text);
	}
	for (size_t i = 0; i < what_if->lost_count; i++)
		strbuf_printf(out, "  - A %s, where clients use %s\n",
			      what_if->lost[i].record,
			      what_if->lost[i].endpoint->name.text);
}

static void put_flows(char sign, const char *rule, const struct what_if_flows *flows,
		      struct strbuf *out)
{
	for (size_t i = 0; i < flows->count; i++) {
		const struct what_if_flow *flow = &flows->at[i];

		strbuf_printf(out, "    %c %s %s: %s ", sign,
			      flow->own_rule ? rule : "rule", flow->flow->group,
			      flow->flow->name ? flow->flow->name : flow->flow->reason);
		flow_describe_service(flow->flow, out);
		strbuf_puts(out, ", ");
		put_where(flow, sign == '+', out);
		strbuf_putc(out, '\n');
	}
}

static void put_tags(char sign, const struct text_list *tags, struct strbuf *out)
{
	for (size_t i = 0; i < tags->count; i++)
		strbuf_printf(out, "    %c rule %s\n", sign, tags->at[i]);
}

static void put_outputs(const struct what_if *what_if, bool adds, struct strbuf *out)
{
	for (size_t i = 0; i < what_if->output_count; i++) {
		const struct what_if_output *output = &what_if->outputs[i];
		const struct what_if_flows *flows =
			adds ? &output->added : &output->removed;
		const struct text_list *tags =
			adds ? &output->tags_added : &output->tags_removed;

		strbuf_printf(out, "  %s (%s): %s\n", output->name, output->backend,
			      !flows->count && !tags->count ? "nothing"
			      : adds			    ? "open"
							    : "close");
		put_flows(adds ? '+' : '-', adds ? "new rule" : "whole rule", flows, out);
		put_tags(adds ? '+' : '-', tags, out);
	}
}

static void put_steps(const struct text_list *steps, size_t first, struct strbuf *out)
{
	for (size_t i = 0; i < steps->count; i++)
		strbuf_printf(out, "  %zu. %s\n", first + i, steps->at[i]);
}

void what_if_text(const struct what_if *what_if, struct strbuf *out)
{
	put_head(what_if, out);
	put_names("begin to need", '+', &what_if->appear, out);
	put_names("need no more", '-', &what_if->disappear, out);
	put_members(what_if, out);
	put_subnets(what_if, out);
	put_records(what_if, out);
	strbuf_puts(out,
		    "\nphase 1, before pulls depend on it: what is new is open beside "
		    "what is there\n");
	put_outputs(what_if, true, out);
	put_steps(&what_if->before, 1, out);
	strbuf_puts(out, "\nphase 2, after it: what nobody needs is closed\n");
	put_outputs(what_if, false, out);
	put_steps(&what_if->after, what_if->before.count + 1, out);
}

/* -- JSON --------------------------------------------------------------------------- */

static void json_texts(struct json_writer *json, const char *key,
		       const struct text_list *list)
{
	json_key(json, key);
	json_list(json);
	for (size_t i = 0; i < list->count; i++)
		json_string(json, list->at[i]);
	json_list_end(json);
}

static void json_names(struct json_writer *json, const char *key,
		       const struct what_if_names *names)
{
	json_key(json, key);
	json_list(json);
	for (size_t i = 0; i < names->count; i++) {
		json_object(json);
		json_key_string(json, "name", names->at[i].host);
		json_key_string(json, "reason", names->at[i].reason);
		json_texts(json, "clients", &names->at[i].clients);
		json_object_end(json);
	}
	json_list_end(json);
}

static void json_members(struct json_writer *json, const char *key,
			 const struct what_if *what_if,
			 const struct what_if_member *members, size_t count)
{
	char text[ADDR_TEXT_MAX];

	json_key(json, key);
	json_list(json);
	for (size_t i = 0; i < count; i++) {
		json_object(json);
		json_key_string(json, "private_endpoint", members[i].endpoint->name.text);
		json_key_string(json, "member", members[i].member);
		json_key_string(json, "address", member_address(&members[i], text));
		json_key_string(json, "zone", what_if->cloud->private_zone);
		json_key_string(json, "record", members[i].record);
		json_object_end(json);
	}
	json_list_end(json);
}

static void json_subnets(struct json_writer *json, const struct what_if *what_if)
{
	char text[COUNT_TEXT_MAX];

	json_key(json, "subnets");
	json_list(json);
	for (size_t i = 0; i < what_if->subnet_count; i++) {
		struct count free = count_from(what_if->subnets[i].free);

		json_object(json);
		json_key_string(json, "subnet", what_if->subnets[i].subnet);
		json_key_number(json, "needed", what_if->subnets[i].needed);
		json_key_string(json, "free_at_most", count_format(&free, text));
		json_object_end(json);
	}
	json_list_end(json);
}

static void json_flows(struct json_writer *json, const struct what_if_flows *flows)
{
	json_key(json, "flows");
	json_list(json);
	for (size_t i = 0; i < flows->count; i++) {
		const struct what_if_flow *flow = &flows->at[i];
		CLEANUP(strbuf_release) struct strbuf service = {0}, addresses = {0};

		flow_describe_service(flow->flow, &service);
		addr_set_format(&flow->flow->addresses, &addresses);
		json_object(json);
		json_key_string(json, "id", flow->flow->id);
		json_key_string(json, "rule", flow->flow->group);
		json_key_bool(json, "whole_rule", flow->own_rule);
		json_key_string(json, "client", flow->flow->client->name);
		json_key_string(json, "endpoint", flow->flow->name);
		json_key_string(json, "service", strbuf_text(&service));
		json_key_string(json, "said",
				form_text(flow) ? form_text(flow) : "by its addresses");
		json_key_string(json, "addresses",
				flow->flow->bound ? strbuf_text(&addresses) : NULL);
		json_object_end(json);
	}
	json_list_end(json);
}

static void json_phase(struct json_writer *json, const char *key,
		       const struct what_if *what_if, bool adds)
{
	json_key(json, key);
	json_object(json);
	json_key(json, "outputs");
	json_list(json);
	for (size_t i = 0; i < what_if->output_count; i++) {
		const struct what_if_output *output = &what_if->outputs[i];

		json_object(json);
		json_key_string(json, "name", output->name);
		json_key_string(json, "backend", output->backend);
		json_flows(json, adds ? &output->added : &output->removed);
		json_texts(json, "service_tags",
			   adds ? &output->tags_added : &output->tags_removed);
		json_object_end(json);
	}
	json_list_end(json);
	json_texts(json, "steps", adds ? &what_if->before : &what_if->after);
	json_object_end(json);
}

void what_if_json(const struct what_if *what_if, struct strbuf *out)
{
	struct json_writer json;

	json_begin(&json, out, false);
	json_object(&json);
	json_key_number(&json, "version", 1);
	json_key_string(&json, "registry", what_if->change.registry->name.text);
	json_key_string(&json, "change", change_names[what_if->change.kind]);
	json_key_string(&json, "region", what_if->change.region);
	json_names(&json, "names_added", &what_if->appear);
	json_names(&json, "names_removed", &what_if->disappear);
	json_members(&json, "members_added", what_if, what_if->gained,
		     what_if->gained_count);
	json_members(&json, "members_removed", what_if, what_if->lost,
		     what_if->lost_count);
	json_subnets(&json, what_if);
	json_phase(&json, "before", what_if, true);
	json_phase(&json, "after", what_if, false);
	json_object_end(&json);
	json_end(&json);
}
