/* azure_nsg_emit_terraform.c - Writing security rules as Terraform's JSON. */
#include "backends/azure_nsg/azure_nsg_emit_plan.h"

#include "backends/json.h"
#include "rules/base/arena.h"

/*
 * One azurerm_network_security_rule a rule (registry.terraform.io, provider azurerm,
 * read 2026-11-27); not to be mixed with inline rules of the group.  The resource group
 * is a variable: no spec names it.
 */
#define RESOURCE_GROUP "resource_group_name"

static void put_rule(struct json_writer *json, const struct nsg_plan *plan,
		     const struct nsg_planned *rule)
{
	json_key(json, rule->name);
	json_object(json);
	json_key_string(json, "name", rule->name);
	json_key_string(json, RESOURCE_GROUP, "${var." RESOURCE_GROUP "}");
	json_key_string(json, "network_security_group_name", plan->group);
	json_key_string(json, "description", rule->description);
	json_key_number(json, "priority", rule->priority);
	json_key_string(json, "direction", "Outbound");
	json_key_string(json, "access", rule->access);
	json_key_string(json, "protocol", rule->protocol);
	json_key_strings(json, "source_address_prefixes", rule->sources.at,
			 rule->sources.count);
	json_key_string(json, "source_port_range", "*");
	if (rule->tag)
		json_key_string(json, "destination_address_prefix", rule->tag);
	else
		json_key_strings(json, "destination_address_prefixes",
				 rule->destinations.at, rule->destinations.count);
	if (rule->ports.count > 1)
		json_key_strings(json, "destination_port_ranges", rule->ports.at,
				 rule->ports.count);
	else
		json_key_string(json, "destination_port_range",
				rule->ports.count ? rule->ports.at[0] : "*");
	json_object_end(json);
}

void nsg_put_terraform(const struct nsg_plan *plan, struct strbuf *out)
{
	struct json_writer json;

	json_begin(&json, out, false);
	json_object(&json);
	json_key(&json, "variable");
	json_object(&json);
	json_key(&json, RESOURCE_GROUP);
	json_object(&json);
	json_key_string(&json, "type", "string");
	json_key_string(&json, "description", "the resource group of the security group");
	json_object_end(&json);
	json_object_end(&json);
	json_key(&json, "resource");
	json_object(&json);
	json_key(&json, "azurerm_network_security_rule");
	json_object(&json);
	for (size_t i = 0; i < plan->count; i++)
		put_rule(&json, plan, &plan->rules[i]);
	json_object_end(&json);
	json_object_end(&json);
	json_object_end(&json);
	json_end(&json);
}
