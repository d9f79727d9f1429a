/* azure_firewall_emit_plan.h - A rule collection group in the words of Azure. */
#ifndef BACKENDS_AZURE_FIREWALL_EMIT_PLAN_H
#define BACKENDS_AZURE_FIREWALL_EMIT_PLAN_H

#include "backends/backend.h"

/**
 * DOC: The plan
 *
 * Rules become a *plan*, which has every word that will be written, and the plan is
 * written in one of two syntaxes.  So both say the same, and limits are counted once.
 *
 * All collections allow: a rule of a network collection that denies would end the matter
 * before any application rule is asked (learn.microsoft.com/azure/firewall/
 * rule-processing, read 2026-08-20), and what no rule allows is refused anyway.
 */

/** struct azfw_words - Texts in the order to be written */
struct azfw_words {
	const char **at;
	size_t count, capacity;
};

/**
 * struct azfw_ip_group - A resource that holds a long list of addresses
 * @label:	the label of the set, the same for each part of it
 * @resource:	the resource's name
 * @terraform:	its name within Terraform's text
 */
struct azfw_ip_group {
	const char *label;
	const char *resource;
	const char *terraform;
	struct azfw_words addresses;
};

/** struct azfw_side - Sources or destinations: in the rule, or as IP groups */
struct azfw_side {
	struct azfw_words addresses;
	const struct azfw_ip_group **groups;
	size_t group_count, group_capacity;
};

/** struct azfw_service - What an application rule listens to: "Https" at a port */
struct azfw_service {
	const char *type;
	unsigned port;
};

/**
 * struct azfw_rule - One rule
 * @protocols, @ports: of network rules
 * @services:	of application rules
 * @names:	application rules: targetFqdns; network rules: destinationFqdns
 * @source, @destination: a rule's destination is @names where there are any
 */
struct azfw_rule {
	const char *name;
	const char *description;
	struct span at;
	struct azfw_words protocols, ports;
	struct azfw_service *services;
	size_t service_count, service_capacity;
	struct azfw_words names;
	struct azfw_side source, destination;
};

enum azfw_collection_kind {
	AZFW_DNS,
	AZFW_NETWORK,
	AZFW_APPLICATION,
};
#define AZFW_COLLECTIONS 3

struct azfw_collection {
	const char *name;
	uint32_t priority;
	struct azfw_rule *rules;
	size_t count, capacity;
};

/**
 * struct azfw_plan - The rule collection group, and the IP groups that it refers to
 * @location:	of the IP groups; NULL: where the resource group or the policy is
 */
struct azfw_plan {
	const char *output;
	const char *policy;
	const char *group;
	const char *location;
	uint32_t priority;
	struct azfw_collection collections[AZFW_COLLECTIONS];
	struct azfw_ip_group **ip_groups;
	size_t ip_group_count, ip_group_capacity;
};

/** azfw_plan_make() - Return: 0, or -1 with backend-cannot in @diag */
int azfw_plan_make(const struct ruleset *rules, const struct backend_job *job,
		   struct arena *arena, struct azfw_plan *ret_plan, struct diag *diag);

/**
 * azfw_plan_side() - Put a set of addresses into @side, as an IP group where it is long
 *
 * Sets of one label share their IP groups.
 *
 * Return: false when the set has IPv6 addresses, which the firewall does not see, or none
 */
bool azfw_plan_side(struct azfw_plan *plan, const struct term *term,
		    struct azfw_side *side, struct arena *arena);

/** azfw_words_add() - Append a text, which is borrowed */
void azfw_words_add(struct azfw_words *words, const char *text, struct arena *arena);

struct json_writer;

/** azfw_put_words() - The list of @words as @key, unless there are none */
void azfw_put_words(struct json_writer *json, const char *key,
		    const struct azfw_words *words);

/** azfw_put_services() - "protocols" of an application rule; @type_key: "http" stands
 * under it */
void azfw_put_services(struct json_writer *json, const char *type_key,
		       const struct azfw_rule *rule);

/** azfw_is_application() - Is the collection one of application rules? */
static inline bool azfw_is_application(enum azfw_collection_kind kind)
{
	return kind == AZFW_APPLICATION;
}

/** azfw_check_limits() - Return: 0, or -1 with backend-limit in @diag */
int azfw_check_limits(const struct azfw_plan *plan, const struct backend_job *job,
		      struct arena *arena, struct diag *diag);

/** azfw_write_arm() - Write the plan as an ARM template */
void azfw_write_arm(const struct azfw_plan *plan, struct strbuf *out);

/** azfw_group_bytes() - Bytes of the rule collection group without blanks */
size_t azfw_group_bytes(const struct azfw_plan *plan);

/** azfw_write_terraform() - Write the plan as Terraform's JSON */
void azfw_write_terraform(const struct azfw_plan *plan, struct strbuf *out);

#endif
