/* azure_firewall_emit_terraform.c - Writing a plan as JSON for Terraform. */
#include "backends/azure_firewall/azure_firewall_emit_plan.h"

#include "backends/json.h"

/**
 * DOC: Terraform
 *
 * The text is for the provider azurerm (registry.terraform.io, azurerm documentation,
 * firewall_policy_rule_collection_group and ip_group, read 2026-08-20).  It is a part of
 * a configuration: the policy is looked up by its name, and the variable
 * resource_group_name, which it declares, says where the policy is and the IP groups go.
 * Blocks that may stand several times are lists.
 */
#define POLICY	       "${data.azurerm_firewall_policy.postern"
#define RESOURCE_GROUP "${var.resource_group_name}"

static void put_group_ids(struct json_writer *json, const char *key,
			  const struct azfw_side *side)
{
	if (!side->group_count)
		return;
	json_key(json, key);
	json_list(json);
	for (size_t i = 0; i < side->group_count; i++) {
		CLEANUP(strbuf_release) struct strbuf id = {0};

		strbuf_printf(&id, "${azurerm_ip_group.%s.id}",
			      side->groups[i]->terraform);
		json_string(json, strbuf_text(&id));
	}
	json_list_end(json);
}

static void put_rule(struct json_writer *json, const struct azfw_rule *rule,
		     bool application)
{
	json_object(json);
	json_key_string(json, "name", rule->name);
	json_key_string(json, "description", rule->description);
	if (application)
		azfw_put_services(json, "type", rule);
	else
		azfw_put_words(json, "protocols", &rule->protocols);
	azfw_put_words(json, "source_addresses", &rule->source.addresses);
	put_group_ids(json, "source_ip_groups", &rule->source);
	azfw_put_words(json, "destination_addresses", &rule->destination.addresses);
	put_group_ids(json, "destination_ip_groups", &rule->destination);
	azfw_put_words(json, "destination_fqdns", &rule->names);
	azfw_put_words(json, "destination_ports", &rule->ports);
	json_object_end(json);
}

static void put_collections(struct json_writer *json, const struct azfw_plan *plan,
			    bool application)
{
	json_key(json,
		 application ? "application_rule_collection" : "network_rule_collection");
	json_list(json);
	for (unsigned kind = 0; kind < AZFW_COLLECTIONS; kind++) {
		const struct azfw_collection *collection = &plan->collections[kind];

		if (!collection->count ||
		    azfw_is_application((enum azfw_collection_kind)kind) != application)
			continue;
		json_object(json);
		json_key_string(json, "name", collection->name);
		json_key_number(json, "priority", collection->priority);
		json_key_string(json, "action", "Allow");
		json_key(json, "rule");
		json_list(json);
		for (size_t i = 0; i < collection->count; i++)
			put_rule(json, &collection->rules[i], application);
		json_list_end(json);
		json_object_end(json);
	}
	json_list_end(json);
}

/* { "TYPE": { "NAME": {, which every resource and data source begins with. */
static void begin_block(struct json_writer *json, const char *type, const char *name)
{
	json_key(json, type);
	json_object(json);
	json_key(json, name);
	json_object(json);
}

static void end_block(struct json_writer *json)
{
	json_object_end(json);
	json_object_end(json);
}

static void put_variable(struct json_writer *json)
{
	begin_block(json, "variable", "resource_group_name");
	json_key_string(json, "type", "string");
	json_key_string(json, "description", "resource group of the firewall policy");
	end_block(json);
}

static void put_policy(struct json_writer *json, const struct azfw_plan *plan)
{
	json_key(json, "data");
	json_object(json);
	begin_block(json, "azurerm_firewall_policy", "postern");
	json_key_string(json, "name", plan->policy);
	json_key_string(json, "resource_group_name", RESOURCE_GROUP);
	end_block(json);
	json_object_end(json);
}

static void put_ip_groups(struct json_writer *json, const struct azfw_plan *plan)
{
	if (!plan->ip_group_count)
		return;
	json_key(json, "azurerm_ip_group");
	json_object(json);
	for (size_t i = 0; i < plan->ip_group_count; i++) {
		const struct azfw_ip_group *group = plan->ip_groups[i];

		json_key(json, group->terraform);
		json_object(json);
		json_key_string(json, "name", group->resource);
		json_key_string(json, "resource_group_name", RESOURCE_GROUP);
		json_key_string(json, "location",
				plan->location ? plan->location : POLICY ".location}");
		azfw_put_words(json, "cidrs", &group->addresses);
		json_object_end(json);
	}
	json_object_end(json);
}

static void put_group(struct json_writer *json, const struct azfw_plan *plan)
{
	begin_block(json, "azurerm_firewall_policy_rule_collection_group", "postern");
	json_key_string(json, "name", plan->group);
	json_key_string(json, "firewall_policy_id", POLICY ".id}");
	json_key_number(json, "priority", plan->priority);
	put_collections(json, plan, false);
	put_collections(json, plan, true);
	end_block(json);
}

void azfw_write_terraform(const struct azfw_plan *plan, struct strbuf *out)
{
	CLEANUP(strbuf_release) struct strbuf remark = {0};
	struct json_writer json;

	strbuf_printf(&remark,
		      "Egress rules of output '%s', made by postern from a spec: change "
		      "the spec, not this file.",
		      plan->output);
	json_begin(&json, out, false);
	json_object(&json);
	json_key_string(&json, "//", strbuf_text(&remark));
	put_variable(&json);
	put_policy(&json, plan);
	json_key(&json, "resource");
	json_object(&json);
	put_ip_groups(&json, plan);
	put_group(&json, plan);
	json_object_end(&json);
	json_object_end(&json);
	json_end(&json);
}
