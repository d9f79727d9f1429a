/* azure_firewall_emit_arm.c - Writing a plan as an Azure Resource Manager template. */
#include "backends/azure_firewall/azure_firewall_emit_plan.h"

#include "backends/json.h"

/* Field names and kinds: Azure REST API specifications, Microsoft.Network 2025-01-01,
 * firewallPolicyRuleCollectionGroups and ipGroups (read 2026-08-20). */
#define API_VERSION "2025-01-01"

static void put_group_id(struct json_writer *json, const struct azfw_ip_group *group)
{
	CLEANUP(strbuf_release) struct strbuf id = {0};

	strbuf_printf(&id, "[resourceId('Microsoft.Network/ipGroups', '%s')]",
		      group->resource);
	json_string(json, strbuf_text(&id));
}

static void put_group_ids(struct json_writer *json, const char *key,
			  const struct azfw_side *side)
{
	if (!side->group_count)
		return;
	json_key(json, key);
	json_list(json);
	for (size_t i = 0; i < side->group_count; i++)
		put_group_id(json, side->groups[i]);
	json_list_end(json);
}

static void put_rule(struct json_writer *json, const struct azfw_rule *rule,
		     bool application)
{
	json_object(json);
	json_key_string(json, "ruleType",
			application ? "ApplicationRule" : "NetworkRule");
	json_key_string(json, "name", rule->name);
	json_key_string(json, "description", rule->description);
	if (application)
		azfw_put_services(json, "protocolType", rule);
	else
		azfw_put_words(json, "ipProtocols", &rule->protocols);
	azfw_put_words(json, "sourceAddresses", &rule->source.addresses);
	put_group_ids(json, "sourceIpGroups", &rule->source);
	azfw_put_words(json, "destinationAddresses", &rule->destination.addresses);
	put_group_ids(json, "destinationIpGroups", &rule->destination);
	azfw_put_words(json, application ? "targetFqdns" : "destinationFqdns",
		       &rule->names);
	azfw_put_words(json, "destinationPorts", &rule->ports);
	json_object_end(json);
}

static void put_collection(struct json_writer *json,
			   const struct azfw_collection *collection, bool application)
{
	json_object(json);
	json_key_string(json, "ruleCollectionType", "FirewallPolicyFilterRuleCollection");
	json_key_string(json, "name", collection->name);
	json_key_number(json, "priority", collection->priority);
	json_key(json, "action");
	json_object(json);
	json_key_string(json, "type", "Allow");
	json_object_end(json);
	json_key(json, "rules");
	json_list(json);
	for (size_t i = 0; i < collection->count; i++)
		put_rule(json, &collection->rules[i], application);
	json_list_end(json);
	json_object_end(json);
}

/* What Azure counts when it looks at the size of the group. */
static void put_properties(struct json_writer *json, const struct azfw_plan *plan)
{
	json_object(json);
	json_key_number(json, "priority", plan->priority);
	json_key(json, "ruleCollections");
	json_list(json);
	for (unsigned kind = 0; kind < AZFW_COLLECTIONS; kind++)
		if (plan->collections[kind].count)
			put_collection(json, &plan->collections[kind],
				       azfw_is_application(
					       (enum azfw_collection_kind)kind));
	json_list_end(json);
	json_object_end(json);
}

size_t azfw_group_bytes(const struct azfw_plan *plan)
{
	CLEANUP(strbuf_release) struct strbuf text = {0};
	struct json_writer json;

	json_begin(&json, &text, true);
	put_properties(&json, plan);
	json_end(&json);
	return text.length;
}

static void put_ip_group(struct json_writer *json, const struct azfw_plan *plan,
			 const struct azfw_ip_group *group)
{
	json_object(json);
	json_key_string(json, "type", "Microsoft.Network/ipGroups");
	json_key_string(json, "apiVersion", API_VERSION);
	json_key_string(json, "name", group->resource);
	json_key_string(json, "location",
			plan->location ? plan->location : "[resourceGroup().location]");
	json_key(json, "properties");
	json_object(json);
	azfw_put_words(json, "ipAddresses", &group->addresses);
	json_object_end(json);
	json_object_end(json);
}

static void put_group(struct json_writer *json, const struct azfw_plan *plan)
{
	CLEANUP(strbuf_release) struct strbuf name = {0};

	strbuf_printf(&name, "%s/%s", plan->policy, plan->group);
	json_object(json);
	json_key_string(json, "type",
			"Microsoft.Network/firewallPolicies/ruleCollectionGroups");
	json_key_string(json, "apiVersion", API_VERSION);
	json_key_string(json, "name", strbuf_text(&name));
	if (plan->ip_group_count) {
		json_key(json, "dependsOn");
		json_list(json);
		for (size_t i = 0; i < plan->ip_group_count; i++)
			put_group_id(json, plan->ip_groups[i]);
		json_list_end(json);
	}
	json_key(json, "properties");
	put_properties(json, plan);
	json_object_end(json);
}

void azfw_write_arm(const struct azfw_plan *plan, struct strbuf *out)
{
	CLEANUP(strbuf_release) struct strbuf remark = {0};
	struct json_writer json;

	strbuf_printf(&remark,
		      "Egress rules of output '%s', made by postern from a spec: change "
		      "the spec, not this file.",
		      plan->output);
	json_begin(&json, out, false);
	json_object(&json);
	json_key_string(&json, "$schema",
			"https://schema.management.azure.com/schemas/2019-04-01/"
			"deploymentTemplate.json#");
	json_key_string(&json, "contentVersion", "1.0.0.0");
	json_key(&json, "metadata");
	json_object(&json);
	json_key_string(&json, "description", strbuf_text(&remark));
	json_object_end(&json);
	json_key(&json, "resources");
	json_list(&json);
	for (size_t i = 0; i < plan->ip_group_count; i++)
		put_ip_group(&json, plan, plan->ip_groups[i]);
	put_group(&json, plan);
	json_list_end(&json);
	json_object_end(&json);
	json_end(&json);
}
