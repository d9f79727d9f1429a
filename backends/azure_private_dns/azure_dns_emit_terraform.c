/* azure_dns_emit_terraform.c - Writing a private DNS zone as Terraform's JSON. */
#include "backends/azure_private_dns/azure_dns_emit_plan.h"

#include "backends/json.h"
#include "rules/base/arena.h"

/*
 * azurerm_private_dns_zone, …_a_record, …_aaaa_record and …_zone_virtual_network_link
 * (registry.terraform.io, provider azurerm, read 2026-11-27).  Tags of a record are its
 * metadata in Azure.  The resource group is a variable: no spec names it.
 */
#define RESOURCE_GROUP "resource_group_name"
#define NETWORK	       "virtual_network_id"
#define ZONE_NAME      "${azurerm_private_dns_zone.zone.name}"

static void put_variable(struct json_writer *json, const char *name, const char *what)
{
	json_key(json, name);
	json_object(json);
	json_key_string(json, "type", "string");
	json_key_string(json, "description", what);
	json_object_end(json);
}

static void put_zone(struct json_writer *json, const struct azdns_plan *plan)
{
	json_key(json, "azurerm_private_dns_zone");
	json_object(json);
	json_key(json, "zone");
	json_object(json);
	json_key_string(json, "name", plan->zone);
	json_key_string(json, RESOURCE_GROUP, "${var." RESOURCE_GROUP "}");
	json_object_end(json);
	json_object_end(json);
}

static void put_link(struct json_writer *json, const struct azdns_plan *plan)
{
	json_key(json, "azurerm_private_dns_zone_virtual_network_link");
	json_object(json);
	json_key(json, "link");
	json_object(json);
	json_key_string(json, "name", plan->link);
	json_key_string(json, RESOURCE_GROUP, "${var." RESOURCE_GROUP "}");
	json_key_string(json, "private_dns_zone_name", ZONE_NAME);
	json_key_string(json, NETWORK, "${var." NETWORK "}");
	json_key_bool(json, "registration_enabled", false);
	json_object_end(json);
	json_object_end(json);
}

/* A label for people: a letter in front, and no dots. */
static const char *label(const struct azdns_plan *plan, const char *name)
{
	char *text = arena_printf(plan->arena, "record_%s", name);

	for (char *c = text; *c; c++)
		if (*c == '.')
			*c = '_';
	return text;
}

static void put_set(struct json_writer *json, const struct azdns_plan *plan,
		    const struct azdns_planned *set)
{
	json_key(json, label(plan, set->name));
	json_object(json);
	json_key_string(json, "name", set->name);
	json_key_string(json, "zone_name", ZONE_NAME);
	json_key_string(json, RESOURCE_GROUP, "${var." RESOURCE_GROUP "}");
	json_key_number(json, "ttl", plan->ttl);
	json_key_strings(json, "records", set->texts, set->count);
	json_key(json, "tags");
	json_object(json);
	json_key_string(json, "postern", set->id);
	json_object_end(json);
	json_object_end(json);
}

static void put_sets(struct json_writer *json, const struct azdns_plan *plan,
		     enum family family)
{
	bool begun = false;

	for (size_t i = 0; i < plan->count; i++) {
		if (plan->sets[i].family != family)
			continue;
		if (!begun) {
			json_key(json, family == FAMILY_IPV4
					       ? "azurerm_private_dns_a_record"
					       : "azurerm_private_dns_aaaa_record");
			json_object(json);
		}
		begun = true;
		put_set(json, plan, &plan->sets[i]);
	}
	if (begun)
		json_object_end(json);
}

void azdns_put_terraform(const struct azdns_plan *plan, struct strbuf *out)
{
	struct json_writer json;

	json_begin(&json, out, false);
	json_object(&json);
	json_key(&json, "variable");
	json_object(&json);
	put_variable(&json, RESOURCE_GROUP, "the resource group of the zone");
	if (plan->link)
		put_variable(&json, NETWORK,
			     "resource id of the clients' virtual network");
	json_object_end(&json);
	json_key(&json, "resource");
	json_object(&json);
	put_zone(&json, plan);
	if (plan->link)
		put_link(&json, plan);
	put_sets(&json, plan, FAMILY_IPV4);
	put_sets(&json, plan, FAMILY_IPV6);
	json_object_end(&json);
	json_object_end(&json);
	json_end(&json);
}
