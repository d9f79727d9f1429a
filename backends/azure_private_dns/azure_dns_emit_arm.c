/* azure_dns_emit_arm.c - Writing a private DNS zone as an ARM template. */
#include "backends/azure_private_dns/azure_dns_emit_plan.h"

#include "backends/json.h"
#include "rules/base/arena.h"

/*
 * Fields: learn.microsoft.com/azure/templates/microsoft.network/privatednszones and its
 * children, 2024-06-01, read 2026-11-27.  Zones and links are of no region: "global".
 * Children are deployed beside their zone unless they say that they depend on it.
 */
#define API_VERSION "2024-06-01"
#define SCHEMA                                                    \
	"https://schema.management.azure.com/schemas/2019-04-01/" \
	"deploymentTemplate.json#"
#define ZONE_TYPE "Microsoft.Network/privateDnsZones"
#define NETWORK	  "virtualNetworkId"

static void put_parameters(struct json_writer *json)
{
	json_key(json, "parameters");
	json_object(json);
	json_key(json, NETWORK);
	json_object(json);
	json_key_string(json, "type", "string");
	json_key(json, "metadata");
	json_object(json);
	json_key_string(json, "description",
			"resource id of the clients' virtual network");
	json_object_end(json);
	json_object_end(json);
	json_object_end(json);
}

static void begin_resource(struct json_writer *json, const char *type, const char *name)
{
	json_object(json);
	json_key_string(json, "type", type);
	json_key_string(json, "apiVersion", API_VERSION);
	json_key_string(json, "name", name);
}

static void put_dependency(struct json_writer *json, const struct azdns_plan *plan)
{
	const char *zone =
		arena_printf(plan->arena, "[resourceId('" ZONE_TYPE "', '%s')]",
			     plan->zone);

	json_key_strings(json, "dependsOn", &zone, 1);
}

static void put_link(struct json_writer *json, const struct azdns_plan *plan)
{
	begin_resource(json, ZONE_TYPE "/virtualNetworkLinks",
		       arena_printf(plan->arena, "%s/%s", plan->zone, plan->link));
	json_key_string(json, "location", "global");
	put_dependency(json, plan);
	json_key(json, "properties");
	json_object(json);
	json_key_bool(json, "registrationEnabled", false);
	json_key_string(json, "resolutionPolicy", "Default");
	json_key(json, "virtualNetwork");
	json_object(json);
	json_key_string(json, "id", "[parameters('" NETWORK "')]");
	json_object_end(json);
	json_object_end(json);
	json_object_end(json);
}

static void put_set(struct json_writer *json, const struct azdns_plan *plan,
		    const struct azdns_planned *set)
{
	bool v4 = set->family == FAMILY_IPV4;

	begin_resource(json, v4 ? ZONE_TYPE "/A" : ZONE_TYPE "/AAAA",
		       arena_printf(plan->arena, "%s/%s", plan->zone, set->name));
	put_dependency(json, plan);
	json_key(json, "properties");
	json_object(json);
	json_key_number(json, "ttl", plan->ttl);
	json_key(json, "metadata");
	json_object(json);
	json_key_string(json, "postern", set->id);
	json_object_end(json);
	json_key(json, v4 ? "aRecords" : "aaaaRecords");
	json_list(json);
	for (size_t i = 0; i < set->count; i++) {
		json_object(json);
		json_key_string(json, v4 ? "ipv4Address" : "ipv6Address", set->texts[i]);
		json_object_end(json);
	}
	json_list_end(json);
	json_object_end(json);
	json_object_end(json);
}

void azdns_put_arm(const struct azdns_plan *plan, struct strbuf *out)
{
	struct json_writer json;

	json_begin(&json, out, false);
	json_object(&json);
	json_key_string(&json, "$schema", SCHEMA);
	json_key_string(&json, "contentVersion", "1.0.0.0");
	if (plan->link)
		put_parameters(&json);
	json_key(&json, "resources");
	json_list(&json);
	begin_resource(&json, ZONE_TYPE, plan->zone);
	json_key_string(&json, "location", "global");
	json_object_end(&json);
	if (plan->link)
		put_link(&json, plan);
	for (size_t i = 0; i < plan->count; i++)
		put_set(&json, plan, &plan->sets[i]);
	json_list_end(&json);
	json_object_end(&json);
	json_end(&json);
}
