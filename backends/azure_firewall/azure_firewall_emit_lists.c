/* azure_firewall_emit_lists.c - Lists that a rule has in either form of JSON. */
#include "backends/azure_firewall/azure_firewall_emit_plan.h"

#include "backends/json.h"

void azfw_put_words(struct json_writer *json, const char *key,
		    const struct azfw_words *words)
{
	if (words->count)
		json_key_strings(json, key, words->at, words->count);
}

void azfw_put_services(struct json_writer *json, const char *type_key,
		       const struct azfw_rule *rule)
{
	json_key(json, "protocols");
	json_list(json);
	for (size_t i = 0; i < rule->service_count; i++) {
		json_object(json);
		json_key_string(json, type_key, rule->services[i].type);
		json_key_number(json, "port", rule->services[i].port);
		json_object_end(json);
	}
	json_list_end(json);
}
