/* azure_nsg_emit.c - Writing security rules as an ARM template. */
#include "backends/azure_nsg/azure_nsg_emit.h"

#include "backends/azure_nsg/azure_nsg_emit_plan.h"
#include "backends/json.h"
#include "rules/base/arena.h"

/**
 * DOC: Child rules or a group
 *
 * Deploying a group sets all of its rules: those that the template does not list are
 * gone.  Child rules are added to what is there, or change the rule of their name.  So
 * child rules are the form for a group that others have rules in, and the group itself
 * ('form: group') is for one that is postern's alone.
 *
 * Fields: REST reference, "Security Rules - Create Or Update" 2025-01-01, read
 * 2026-11-27.  A tag stands in the singular field, and only one; addresses in the plural.
 */
#define API_VERSION "2025-01-01"
#define SCHEMA                                                    \
	"https://schema.management.azure.com/schemas/2019-04-01/" \
	"deploymentTemplate.json#"
#define GROUP_TYPE "Microsoft.Network/networkSecurityGroups"

/* One port in the singular field, several in the plural. */
static void put_ports(struct json_writer *json, const struct nsg_texts *ports)
{
	if (ports->count > 1)
		json_key_strings(json, "destinationPortRanges", ports->at, ports->count);
	else
		json_key_string(json, "destinationPortRange",
				ports->count ? ports->at[0] : "*");
}

static void put_properties(struct json_writer *json, const struct nsg_planned *rule)
{
	json_key(json, "properties");
	json_object(json);
	json_key_string(json, "description", rule->description);
	json_key_number(json, "priority", rule->priority);
	json_key_string(json, "direction", "Outbound");
	json_key_string(json, "access", rule->access);
	json_key_string(json, "protocol", rule->protocol);
	json_key_strings(json, "sourceAddressPrefixes", rule->sources.at,
			 rule->sources.count);
	json_key_string(json, "sourcePortRange", "*");
	if (rule->tag)
		json_key_string(json, "destinationAddressPrefix", rule->tag);
	else
		json_key_strings(json, "destinationAddressPrefixes",
				 rule->destinations.at, rule->destinations.count);
	put_ports(json, &rule->ports);
	json_object_end(json);
}

static void begin_template(struct json_writer *json, struct strbuf *out)
{
	json_begin(json, out, false);
	json_object(json);
	json_key_string(json, "$schema", SCHEMA);
	json_key_string(json, "contentVersion", "1.0.0.0");
	json_key(json, "resources");
	json_list(json);
}

static void end_template(struct json_writer *json)
{
	json_list_end(json);
	json_object_end(json);
	json_end(json);
}

void nsg_put_child_rules(const struct nsg_plan *plan, struct strbuf *out)
{
	struct json_writer json;

	begin_template(&json, out);
	for (size_t i = 0; i < plan->count; i++) {
		const struct nsg_planned *rule = &plan->rules[i];

		json_object(&json);
		json_key_string(&json, "type", GROUP_TYPE "/securityRules");
		json_key_string(&json, "apiVersion", API_VERSION);
		json_key_string(&json, "name",
				arena_printf(plan->arena, "%s/%s", plan->group,
					     rule->name));
		put_properties(&json, rule);
		json_object_end(&json);
	}
	end_template(&json);
}

void nsg_put_group(const struct nsg_plan *plan, struct strbuf *out)
{
	const char *location = backend_setting(plan->job, "location");
	struct json_writer json;

	begin_template(&json, out);
	json_object(&json);
	json_key_string(&json, "type", GROUP_TYPE);
	json_key_string(&json, "apiVersion", API_VERSION);
	json_key_string(&json, "name", plan->group);
	json_key_string(&json, "location",
			location ? location : "[resourceGroup().location]");
	json_key(&json, "properties");
	json_object(&json);
	json_key(&json, "securityRules");
	json_list(&json);
	for (size_t i = 0; i < plan->count; i++) {
		json_object(&json);
		json_key_string(&json, "name", plan->rules[i].name);
		put_properties(&json, &plan->rules[i]);
		json_object_end(&json);
	}
	json_list_end(&json);
	json_object_end(&json);
	json_object_end(&json);
	end_template(&json);
}

int nsg_emit(const struct ruleset *rules, const struct backend_job *job,
	     struct arena *arena, struct artifact_list *artifacts, struct diag *diag)
{
	struct nsg_plan plan = {
		.job = job,
		.group = backend_setting(job, "group"),
		.arena = arena,
		.diag = diag,
	};
	bool terraform = backend_setting_is(job, "form", "terraform");
	struct strbuf *out;

	if (nsg_make_plan(&plan, &rules->chains[rules->paths[0].stages[0].chain]) < 0)
		return -1;
	out = artifact_add(artifacts, terraform ? "nsg.tf.json" : "nsg.json",
			   "application/json", arena);
	if (terraform)
		nsg_put_terraform(&plan, out);
	else if (backend_setting_is(job, "form", "group"))
		nsg_put_group(&plan, out);
	else
		nsg_put_child_rules(&plan, out);
	return 0;
}
