/* azure_firewall_import_collect.c - Policies, groups, collections and IP groups. */
#include "backends/azure_firewall/azure_firewall_importer.h"

#include <string.h>

#include "rules/base/arena.h"

/* What is collected of one file. */
struct collector {
	struct firewall_importer *importer;
	struct azure_template *template;
	bool first; /* the file that is imported, not one that it refers to */
};

const char *firewall_key(struct firewall_importer *importer, const char *id)
{
	return firewall_lower(importer, azure_id_name(id));
}

struct firewall_policy *firewall_find_policy(const struct firewall_importer *importer,
					     const char *key)
{
	return textmap_get(&importer->policy_names, key);
}

static struct firewall_policy *make_policy(struct collector *collector, const char *name,
					   struct span at)
{
	struct firewall_importer *importer = collector->importer;
	const char *key = firewall_lower(importer, name);
	struct firewall_policy *policy = firewall_find_policy(importer, key);

	if (!policy) {
		policy = arena_make(importer->arena, struct firewall_policy);
		policy->name = name;
		policy->at = at;
		*arena_push(importer->arena, importer->policies, importer->policy_count,
			    importer->policy_capacity) = policy;
		textmap_put(&importer->policy_names, key, policy, importer->arena);
	}
	policy->in_first = policy->in_first || collector->first;
	return policy;
}

/* "${azurerm_firewall_policy.LABEL.id}", which Terraform says in place of an id */
static const char *reference(struct collector *collector,
			     const struct azure_resource *resource)
{
	return collector->template->form == AZURE_TERRAFORM && resource->label
		       ? firewall_lower(collector->importer,
					arena_printf(collector->importer->arena,
						     "${%s.%s.id}", resource->type,
						     resource->label))
		       : NULL;
}

/* -- collections --------------------------------------------------------------------- */

/* A group, or the classic firewall that holds collections. */
struct group {
	const char *label;
	struct firewall_policy *policy;
	struct firewall_priority priority;
	const char *perhaps;
	size_t number;
};

static struct firewall_priority read_priority(const struct doc *doc)
{
	struct firewall_priority priority = {0};

	priority.known = firewall_number(doc, &priority.value);
	return priority;
}

/* {"type": "Allow"}, or the text alone */
static enum firewall_action read_action(struct collector *collector,
					const struct doc *collection,
					const char **ret_text)
{
	const struct doc *action = azure_field(collection, "action");
	const struct doc *type =
		action && action->kind == DOC_MAP ? azure_field(action, "type") : action;

	if (firewall_is(type, "allow"))
		return FIREWALL_ALLOW;
	if (firewall_is(type, "deny"))
		return FIREWALL_DENY;
	*ret_text = firewall_spell(collector->importer, type ? type : collection);
	return FIREWALL_ACTION_UNKNOWN;
}

static bool is_for_nat(const struct doc *collection)
{
	return firewall_is(azure_field(collection, "ruleCollectionType"),
			   "FirewallPolicyNatRuleCollection") ||
	       firewall_is(azure_field(collection, "ruleType"), "FirewallPolicyNatRule");
}

static void add_collection(struct collector *collector, const struct group *group,
			   const struct doc *doc, enum firewall_pass pass)
{
	struct firewall_importer *importer = collector->importer;
	struct firewall_collection *collection =
		arena_make(importer->arena, struct firewall_collection);
	const char *name = doc_text(azure_field(doc, "name"));
	const struct doc *rules = firewall_any_field(doc, "rules", "rule");

	*collection = (struct firewall_collection){
		.name = name ? name : "",
		.pass = is_for_nat(doc) ? FIREWALL_PASS_NAT : pass,
		.rules = rules ? rules : azure_field(doc, "ruleConditions"),
		.dynamic = doc_get(doc, "dynamic") != NULL,
		.perhaps = group->perhaps,
		.at = doc->at,
		.group_priority = group->priority,
		.priority = read_priority(azure_field(doc, "priority")),
		.group = group->number,
		.sequence = importer->collection_count++,
	};
	collection->label = *group->label ? arena_printf(importer->arena, "%s/%s",
							 group->label, collection->name)
					  : collection->name;
	if (pass == FIREWALL_PASS_BY_RULE && collection->pass == pass &&
	    !collection->dynamic)
		collection->pass = firewall_pass_of(collection->rules);
	/* what is not known as a whole may be anything */
	if (doc->kind != DOC_MAP) {
		collection->rules = doc;
		collection->action = FIREWALL_ACTION_UNKNOWN;
		collection->action_text = firewall_spell(importer, doc);
	} else {
		collection->action =
			read_action(collector, doc, &collection->action_text);
	}
	*arena_push(importer->arena, group->policy->collections, group->policy->count,
		    group->policy->capacity) = collection;
}

/* Blocks that Terraform makes when it runs: of any kind and number. */
static void add_dynamic(struct collector *collector, const struct group *group,
			const struct doc *block)
{
	struct firewall_importer *importer = collector->importer;
	struct firewall_collection *collection;

	if (!block)
		return;
	collection = arena_make(importer->arena, struct firewall_collection);
	*collection = (struct firewall_collection){
		.name = "dynamic",
		.label = arena_printf(importer->arena, "%s/dynamic", group->label),
		.action = FIREWALL_ACTION_UNKNOWN,
		.action_text = firewall_spell(importer, block),
		.dynamic = true,
		.perhaps = group->perhaps,
		.at = block->at,
		.group_priority = group->priority,
		.group = group->number,
		.sequence = importer->collection_count++,
	};
	*arena_push(importer->arena, group->policy->collections, group->policy->count,
		    group->policy->capacity) = collection;
}

static void add_collections(struct collector *collector, const struct group *group,
			    const struct doc *list, enum firewall_pass pass)
{
	for (size_t i = 0; i < firewall_count(list); i++)
		add_collection(collector, group, firewall_item(list, i), pass);
}

/* Under which condition a resource is there, or NULL. */
static const char *read_perhaps(struct collector *collector,
				const struct azure_resource *resource,
				enum azure_presence presence, const char *condition)
{
	struct arena *arena = collector->importer->arena;

	if (presence == AZURE_PERHAPS)
		return arena_printf(arena, "the resource at byte %u is deployed: %s",
				    resource->at.begin, condition);
	if (resource->looped)
		return arena_printf(arena, "the loop at byte %u makes the resource",
				    resource->at.begin);
	return NULL;
}

/* -- resources ----------------------------------------------------------------------- */

/* One resource, evaluated. */
struct found {
	const struct azure_resource *resource;
	const struct doc *properties;
	const char *perhaps;
};

/* The policy that a text names by its id; NULL where it names none. */
static const char *named_policy(struct collector *collector, const struct doc *id)
{
	return doc_text(id) && *id->text ? firewall_key(collector->importer, id->text)
					 : NULL;
}

static void see_modes(struct collector *collector, const struct found *found,
		      const char *name)
{
	struct firewall_importer *importer = collector->importer;
	const struct doc *intrusion =
		firewall_any_field(found->properties, "intrusionDetection",
				   "intrusion_detection");
	const struct doc *explicit_proxy =
		azure_field(found->properties, "explicitProxy");

	if (firewall_is(firewall_any_field(found->properties, "threatIntelMode",
					   "threat_intelligence_mode"),
			"deny") ||
	    firewall_is(azure_field(found->properties, "threat_intel_mode"), "deny"))
		ruleset_assume(
			importer->rules,
			arena_printf(importer->arena,
				     "threat intelligence, which '%.80s' refuses by "
				     "ahead of all rules, knows none of the packets",
				     name),
			importer->arena);
	if (firewall_count(intrusion) &&
	    firewall_is(azure_field(firewall_item(intrusion, 0), "mode"), "deny"))
		ruleset_assume(importer->rules,
			       arena_printf(importer->arena,
					    "intrusion detection, by which '%.80s' "
					    "refuses, "
					    "objects to none of the packets",
					    name),
			       importer->arena);
	if (firewall_is(azure_field(explicit_proxy, "enableExplicitProxy"), "true"))
		ruleset_assume(importer->rules,
			       arena_printf(importer->arena,
					    "clients do not use the firewall of '%.80s' "
					    "as "
					    "an explicit proxy",
					    name),
			       importer->arena);
}

static void see_policy(struct collector *collector, const struct found *found)
{
	const char *name = azure_name(collector->template, found->resource);
	const char *alias = reference(collector, found->resource);
	struct firewall_policy *policy =
		make_policy(collector, name, found->resource->at);
	const struct doc *base = azure_field(found->properties, "basePolicy");

	policy->described = true;
	policy->base =
		named_policy(collector,
			     base ? (base->kind == DOC_MAP ? azure_field(base, "id")
							   : base)
				  : azure_field(found->properties, "base_policy_id"));
	if (alias)
		textmap_put(&collector->importer->policy_names, alias, policy,
			    collector->importer->arena);
	see_modes(collector, found, name);
}

/* Terraform names the policy by its id, all others in the name of the group. */
static const char *policy_of_group(struct collector *collector, const struct found *found)
{
	const char *name = azure_name(collector->template, found->resource);
	const char *parent = azure_parent_name(collector->template, name);
	const struct doc *id = azure_field(found->properties, "firewall_policy_id");

	if (parent)
		return parent;
	return doc_text(id) ? azure_id_name(id->text) : "";
}

/* A plan of Terraform does not say whose a group is before it was applied. */
static struct firewall_policy *owner_of_group(struct collector *collector,
					      const struct found *found,
					      const char *owner)
{
	struct firewall_importer *importer = collector->importer;

	if (*owner || collector->template->form != AZURE_TERRAFORM ||
	    importer->policy_count != 1)
		return make_policy(collector, owner, found->resource->at);
	ruleset_assume(importer->rules,
		       arena_printf(importer->arena,
				    "rule collection groups that name no policy are of "
				    "'%.80s', the only one",
				    importer->policies[0]->name),
		       importer->arena);
	return make_policy(collector, importer->policies[0]->name, found->resource->at);
}

static const char *may_be_replaced(struct firewall_importer *importer, const char *name,
				   struct span at)
{
	return arena_printf(importer->arena,
			    "of the rule collection groups named '%.120s' the one at "
			    "byte %u counts",
			    name, at.begin);
}

/* Azure refuses a template with two groups of one name; of two deployments the last
 * counts, whichever that is. */
static void see_name(struct collector *collector, const struct found *found,
		     const char *name, struct group *group)
{
	struct firewall_importer *importer = collector->importer;
	const char *key = arena_printf(importer->arena, "%s/%s",
				       firewall_lower(importer, group->policy->name),
				       firewall_lower(importer, group->label));
	struct firewall_group_name *before = textmap_get(&importer->group_names, key);

	if (!*name || found->perhaps)
		return;
	if (!before) {
		before = arena_make(importer->arena, struct firewall_group_name);
		textmap_put(&importer->group_names, key, before, importer->arena);
	} else {
		firewall_refused(importer, found->resource->at, group->label,
				 "another group has this name");
		group->perhaps = may_be_replaced(importer, name, found->resource->at);
		for (size_t i = 0; i < group->policy->count; i++)
			if (group->policy->collections[i]->group == before->number)
				group->policy->collections[i]->perhaps =
					may_be_replaced(importer, name, before->at);
	}
	*before = (struct firewall_group_name){group->number, found->resource->at};
}

static void see_group(struct collector *collector, const struct found *found)
{
	struct firewall_importer *importer = collector->importer;
	const struct doc *properties = found->properties;
	const char *name = azure_name(collector->template, found->resource);
	const char *owner = policy_of_group(collector, found);
	struct group group = {
		.label = azure_last_name(name),
		.policy = owner_of_group(collector, found, owner),
		.priority = read_priority(azure_field(properties, "priority")),
		.perhaps = found->perhaps,
		.number = importer->group_count++,
	};

	see_name(collector, found, name, &group);
	/* PowerShell says "RuleCollection"; ruleGroups, as groups were called until 2020,
	 * say "rules" and mean collections of "ruleConditions" */
	add_collections(collector, &group,
			firewall_any_field(properties, "ruleCollections",
					   "ruleCollection"),
			FIREWALL_PASS_BY_RULE);
	add_collections(collector, &group, azure_field(properties, "rules"),
			FIREWALL_PASS_BY_RULE);
	add_collections(collector, &group,
			azure_field(properties, "network_rule_collection"),
			FIREWALL_PASS_NETWORK);
	add_collections(collector, &group,
			azure_field(properties, "application_rule_collection"),
			FIREWALL_PASS_APPLICATION);
	add_collections(collector, &group, azure_field(properties, "nat_rule_collection"),
			FIREWALL_PASS_NAT);
	if (collector->template->form == AZURE_TERRAFORM)
		add_dynamic(collector, &group, doc_get(properties, "dynamic"));
}

static bool has_collections(const struct doc *properties)
{
	return firewall_count(azure_field(properties, "networkRuleCollections")) ||
	       firewall_count(azure_field(properties, "applicationRuleCollections")) ||
	       firewall_count(azure_field(properties, "natRuleCollections"));
}

/* A firewall with a policy has no rules of its own; a classic one is like a policy. */
static void see_firewall(struct collector *collector, const struct found *found)
{
	const struct doc *properties = found->properties;
	const char *name = azure_name(collector->template, found->resource);
	const struct doc *uses = azure_field(properties, "firewallPolicy");
	const char *policy =
		named_policy(collector,
			     uses ? (uses->kind == DOC_MAP ? azure_field(uses, "id")
							   : uses)
				  : azure_field(properties, "firewall_policy_id"));
	struct group group = {
		.label = "",
		.priority = {.known = true},
		.perhaps = found->perhaps,
		.number = collector->importer->group_count++,
	};

	if (policy) {
		make_policy(collector, policy, found->resource->at);
		return;
	}
	see_modes(collector, found, name);
	group.policy = make_policy(collector, name, found->resource->at);
	group.policy->classic = true;
	if (!has_collections(properties))
		return;
	add_collections(collector, &group,
			azure_field(properties, "networkRuleCollections"),
			FIREWALL_PASS_NETWORK);
	add_collections(collector, &group,
			azure_field(properties, "applicationRuleCollections"),
			FIREWALL_PASS_APPLICATION);
	add_collections(collector, &group, azure_field(properties, "natRuleCollections"),
			FIREWALL_PASS_NAT);
}

/* Terraform's resources of one collection of a classic firewall. */
static void see_classic_collection(struct collector *collector, const struct found *found)
{
	static const struct {
		const char *type;
		enum firewall_pass pass;
	} kinds[] = {
		{"azurerm_firewall_network_rule_collection", FIREWALL_PASS_NETWORK},
		{"azurerm_firewall_application_rule_collection",
		 FIREWALL_PASS_APPLICATION},
		{"azurerm_firewall_nat_rule_collection", FIREWALL_PASS_NAT},
	};
	const struct doc *owner = azure_field(found->properties, "azure_firewall_name");
	struct group group = {
		.label = "",
		.priority = {.known = true},
		.perhaps = found->perhaps,
		.policy = make_policy(collector, doc_text(owner) ? owner->text : "",
				      found->resource->at),
	};

	group.policy->classic = true;
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
		if (strcmp(found->resource->type, kinds[i].type) == 0)
			add_collection(collector, &group, found->properties,
				       kinds[i].pass);
}

/* A collection alone, as "az network firewall … collection list" prints it. */
static void see_collection(struct collector *collector, const struct found *found)
{
	struct group group = {
		.label = "",
		.priority = {.known = true},
		.perhaps = found->perhaps,
		.policy = make_policy(collector, "", found->resource->at),
	};

	add_collection(collector, &group, found->properties, FIREWALL_PASS_BY_RULE);
}

static void see_ip_group(struct collector *collector, const struct found *found)
{
	struct firewall_importer *importer = collector->importer;
	const char *name = azure_name(collector->template, found->resource);
	const char *key = firewall_key(importer, name);
	const char *alias = reference(collector, found->resource);
	struct firewall_addresses *group = textmap_get(&importer->ip_groups, key);
	bool twice = group != NULL;

	if (!group) {
		group = arena_make(importer->arena, struct firewall_addresses);
		textmap_put(&importer->ip_groups, key, group, importer->arena);
	}
	if (alias)
		textmap_put(&importer->ip_groups, alias, group, importer->arena);
	if (collector->template->form == AZURE_PLAIN && !twice)
		group->id = doc_text(azure_field(found->resource->node, "id"));
	if (!twice && !found->perhaps) {
		firewall_read_addresses(importer,
					firewall_any_field(found->properties,
							   "ipAddresses", "cidrs"),
					group);
		addr_set_normalize(&group->known);
		return;
	}
	/* two of one name, or one that is made in a loop: nobody knows which is meant */
	group->known = (struct addr_set){0};
	*arena_push(importer->arena, group->unknown, group->unknown_count,
		    group->unknown_capacity) = found->resource->node;
}

/* Terraform's resource of one entry of an IP group, which may stand before the group. */
static void see_cidr(struct collector *collector, const struct found *found)
{
	struct firewall_importer *importer = collector->importer;
	const struct doc *id = azure_field(found->properties, "ip_group_id");
	const char *key = doc_text(id) ? firewall_key(importer, id->text) : "";
	struct firewall_addresses *group = textmap_get(&importer->ip_groups, key);

	if (!group)
		return;
	if (found->perhaps) {
		*arena_push(importer->arena, group->unknown, group->unknown_count,
			    group->unknown_capacity) = found->resource->node;
		return;
	}
	firewall_read_addresses(importer, azure_field(found->properties, "cidr"), group);
	addr_set_normalize(&group->known);
}

/* -- all of them --------------------------------------------------------------------- */

typedef void seer(struct collector *collector, const struct found *found);

static const struct {
	const char *type;
	seer *see;
} types[] = {
	{"microsoft.network/firewallpolicies", see_policy},
	{"microsoft.network/firewallpolicies/rulecollectiongroups", see_group},
	{"microsoft.network/firewallpolicies/rulegroups", see_group},
	{"microsoft.network/azurefirewalls", see_firewall},
	{"microsoft.network/ipgroups", see_ip_group},
	{"azurerm_firewall_policy", see_policy},
	{"azurerm_firewall_policy_rule_collection_group", see_group},
	{"azurerm_firewall", see_firewall},
	{"azurerm_firewall_network_rule_collection", see_classic_collection},
	{"azurerm_firewall_application_rule_collection", see_classic_collection},
	{"azurerm_firewall_nat_rule_collection", see_classic_collection},
	{"azurerm_ip_group", see_ip_group},
	{"azurerm_ip_group_cidr", see_cidr},
};

/* What a resource is that does not say so shows by what it has. */
static seer *find_untyped(const struct doc *properties)
{
	if (firewall_any_field(properties, "ruleCollections", "ruleCollection"))
		return see_group;
	if (azure_field(properties, "ruleCollectionType") ||
	    (azure_field(properties, "rules") && azure_field(properties, "action")))
		return see_collection;
	if (azure_field(properties, "networkRuleCollections") ||
	    azure_field(properties, "applicationRuleCollections"))
		return see_firewall;
	if (azure_field(properties, "ipAddresses"))
		return see_ip_group;
	if (azure_field(properties, "basePolicy") ||
	    azure_field(properties, "threatIntelMode"))
		return see_policy;
	return NULL;
}

static seer *find_seer(const struct azure_resource *resource)
{
	for (size_t i = 0; i < ARRAY_SIZE(types); i++)
		if (strcmp(resource->type, types[i].type) == 0)
			return types[i].see;
	return *resource->type ? NULL : find_untyped(resource->node);
}

/* Policies come before what is theirs, so that Terraform's names are known; single
 * entries of IP groups come last. */
static unsigned round_of(seer *see)
{
	return see == see_policy ? 0 : see == see_cidr ? 2 : 1;
}
#define ROUNDS 3

static void see_resource(struct collector *collector,
			 const struct azure_resource *resource, unsigned round)
{
	seer *see = find_seer(resource);
	const char *condition = NULL;
	enum azure_presence presence;
	struct found found = {.resource = resource};

	if (!see || round_of(see) != round)
		return;
	presence = azure_presence(collector->template, resource, &condition);
	if (presence == AZURE_ABSENT)
		return;
	found.perhaps = read_perhaps(collector, resource, presence, condition);
	found.properties = azure_properties(collector->template, resource);
	see(collector, &found);
}

static int collect_file(struct collector *collector, unsigned round)
{
	const struct azure_template *template = collector->template;

	for (size_t i = 0; i < template->count; i++)
		see_resource(collector, template->resources[i], round);
	return azure_template_failed(template) ? -1 : 0;
}

int firewall_collect(struct firewall_importer *importer)
{
	for (unsigned round = 0; round < ROUNDS; round++) {
		for (size_t i = 0; i < importer->template_count; i++) {
			struct collector collector = {importer, importer->templates[i],
						      i == 0};

			if (collect_file(&collector, round) < 0)
				return -1;
		}
	}
	return 0;
}
