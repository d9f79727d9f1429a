/* azure_firewall_import_rules.c - From a collection's rules to rules of the chains. */
#include "backends/azure_firewall/azure_firewall_importer.h"

#include <string.h>

#include "rules/base/arena.h"

#define ID_MARK "postern:"

/* -- rules of the chains ------------------------------------------------------------- */

static void add_condition(struct firewall_reader *reader, struct match *match,
			  const char *what, const char *value)
{
	match_unknown(match, arena_printf(reader->importer->arena, "%s%s", what, value),
		      false, reader->importer->arena);
}

/* What must hold for a rule of the collection to be asked at this place. */
static void add_conditions(struct firewall_reader *reader, struct match *match)
{
	const struct firewall_collection *collection = reader->step->collection;

	if (collection->perhaps)
		add_condition(reader, match, "", collection->perhaps);
	if (reader->step->first)
		add_condition(reader, match, "", reader->step->first);
}

static struct rule *append(struct firewall_reader *reader, const struct rule *common,
			   enum action action)
{
	struct ruleset *rules = reader->importer->rules;
	struct rule *rule =
		chain_add_rule(&rules->chains[reader->chain], reader->importer->arena);

	*rule = *common;
	rule->action = action;
	return rule;
}

/* Where nobody knows what a collection does, a rule that allows under an unknown stands
 * before one that refuses: one truth value decides for all of its rules. */
static void add_rule(struct firewall_reader *reader, struct rule *rule)
{
	const struct firewall_collection *collection = reader->step->collection;
	struct match allowed = {0};

	add_conditions(reader, &rule->match);
	switch (collection->action) {
	case FIREWALL_ALLOW:
		append(reader, rule, ACTION_ADMIT);
		return;
	case FIREWALL_DENY:
		append(reader, rule, ACTION_REFUSE);
		return;
	case FIREWALL_ACTION_UNKNOWN:
		break;
	}
	for (size_t i = 0; i < rule->match.count; i++)
		*match_add(&allowed, TERM_ADDRS, reader->importer->arena) =
			rule->match.terms[i];
	add_condition(reader, &allowed, "the action is Allow: ", collection->action_text);
	append(reader, rule, ACTION_ADMIT)->match = allowed;
	append(reader, rule, ACTION_REFUSE);
}

/* Something that may take any packet. */
static void add_unknown_rule(struct firewall_reader *reader, struct rule *rule,
			     const char *what)
{
	match_unknown(&rule->match, what, false, reader->importer->arena);
	add_rule(reader, rule);
}

/* -- one rule ------------------------------------------------------------------------ */

static void name_rule(struct firewall_reader *reader, const struct doc *doc,
		      struct rule *rule)
{
	struct arena *arena = reader->importer->arena;
	const char *collection = reader->step->collection->name;
	const char *name = doc_text(azure_field(doc, "name"));
	const struct doc *said = azure_field(doc, "description");
	const char *description = azure_unknown(said) ? NULL : doc_text(said);

	rule->at = doc->at;
	if (description && strncmp(description, ID_MARK, strlen(ID_MARK)) == 0)
		rule->id = description + strlen(ID_MARK);
	if (!name || !*collection)
		rule->name = name ? name : collection;
	else
		rule->name = arena_printf(arena, "%s/%s", collection, name);
}

static bool match_source(struct firewall_reader *reader, const struct doc *doc,
			 struct match *match)
{
	return firewall_match_side(reader->importer, match, FIELD_SOURCE,
				   firewall_any_field(doc, "sourceAddresses",
						      "source_addresses"),
				   firewall_any_field(doc, "sourceIpGroups",
						      "source_ip_groups"),
				   NULL);
}

/* Azure refuses a rule that names nothing there, or did not always: what such a rule
 * takes is not known. */
static void lacks(struct firewall_reader *reader, struct rule *rule, const char *what)
{
	struct arena *arena = reader->importer->arena;

	firewall_refused(reader->importer, rule->at, rule->name,
			 arena_printf(arena, "the rule has no %s", what));
	match_unknown(&rule->match,
		      arena_printf(arena,
				   "rule '%s' at byte %u, which has no %s, takes the "
				   "packet",
				   rule->name, rule->at.begin, what),
		      false, arena);
}

static void read_network_rule(struct firewall_reader *reader, const struct doc *doc,
			      struct rule *rule)
{
	struct firewall_importer *importer = reader->importer;
	const struct doc *hosts =
		firewall_any_field(doc, "destinationFqdns", "destination_fqdns");

	if (!match_source(reader, doc, &rule->match))
		lacks(reader, rule, "source");
	if (!firewall_match_side(importer, &rule->match, FIELD_DESTINATION,
				 firewall_any_field(doc, "destinationAddresses",
						    "destination_addresses"),
				 firewall_any_field(doc, "destinationIpGroups",
						    "destination_ip_groups"),
				 hosts))
		lacks(reader, rule, "destination");
	if (!firewall_match_services(importer, &rule->match,
				     firewall_any_field(doc, "ipProtocols", "protocols"),
				     firewall_any_field(doc, "destinationPorts",
							"destination_ports")))
		lacks(reader, rule, "protocol or no port");
	if (firewall_count(hosts))
		reader->policy->asks_names = true;
	add_rule(reader, rule);
}

static void read_application_rule(struct firewall_reader *reader, const struct doc *doc,
				  struct rule *rule)
{
	struct firewall_importer *importer = reader->importer;

	if (!match_source(reader, doc, &rule->match))
		lacks(reader, rule, "source");
	/* most have none, and all destinations are meant then */
	(void)firewall_match_side(importer, &rule->match, FIELD_DESTINATION,
				  firewall_any_field(doc, "destinationAddresses",
						     "destination_addresses"),
				  NULL, NULL);
	if (!firewall_match_targets(importer, &rule->match, doc))
		lacks(reader, rule, "target");
	if (!firewall_match_applications(importer, &rule->match, doc))
		lacks(reader, rule, "protocol");
	reader->policy->asks_requests = true;
	add_rule(reader, rule);
}

/* What does not say what it is shows by what it has. */
static enum firewall_pass guess_pass(const struct doc *rule)
{
	const struct doc *protocols = firewall_any_field(rule, "protocols", "protocol");

	if (firewall_any_field(rule, "translatedAddress", "translatedFqdn"))
		return FIREWALL_PASS_NAT;
	if (firewall_any_field(rule, "ipProtocols", "destinationPorts"))
		return FIREWALL_PASS_NETWORK;
	if (firewall_any_field(rule, "targetFqdns", "fqdnTags") ||
	    firewall_any_field(rule, "targetUrls", "webCategories") ||
	    (firewall_count(protocols) && firewall_item(protocols, 0)->kind == DOC_MAP))
		return FIREWALL_PASS_APPLICATION;
	return FIREWALL_PASS_BY_RULE;
}

static enum firewall_pass rule_pass(const struct doc *rule)
{
	static const struct {
		const char *word;
		enum firewall_pass pass;
	} types[] = {
		{"NetworkRule", FIREWALL_PASS_NETWORK},
		{"ApplicationRule", FIREWALL_PASS_APPLICATION},
		{"NatRule", FIREWALL_PASS_NAT},
		/* of groups until 2020 */
		{"NetworkRuleCondition", FIREWALL_PASS_NETWORK},
		{"ApplicationRuleCondition", FIREWALL_PASS_APPLICATION},
	};
	const struct doc *type =
		firewall_any_field(rule, "ruleType", "ruleConditionType");

	for (size_t i = 0; i < ARRAY_SIZE(types); i++)
		if (firewall_is(type, types[i].word))
			return types[i].pass;
	return type ? FIREWALL_PASS_BY_RULE : guess_pass(rule);
}

enum firewall_pass firewall_pass_of(const struct doc *rules)
{
	enum firewall_pass pass = FIREWALL_PASS_BY_RULE;

	for (size_t i = 0; i < firewall_count(rules); i++) {
		enum firewall_pass next = rule_pass(firewall_item(rules, i));

		if (i && next != pass)
			return FIREWALL_PASS_BY_RULE;
		pass = next;
	}
	return pass;
}

static void note_translation(struct firewall_reader *reader)
{
	struct firewall_importer *importer = reader->importer;

	ruleset_assume(importer->rules,
		       arena_printf(importer->arena,
				    "no packet is one that the DNAT rules of '%.120s' "
				    "translate: these come before all other rules and "
				    "let "
				    "it pass to another address",
				    reader->step->collection->label),
		       importer->arena);
}

/* A rule whose kind is not known may be of any pass but that for NAT. */
static void read_odd_rule(struct firewall_reader *reader, const struct doc *doc,
			  struct rule *rule)
{
	struct arena *arena = reader->importer->arena;

	if (reader->pass == FIREWALL_PASS_NAT)
		return;
	if (doc->kind != DOC_MAP) {
		add_unknown_rule(reader, rule,
				 arena_printf(arena, "a rule of %s takes the packet",
					      firewall_spell(reader->importer, doc)));
		return;
	}
	firewall_refused(reader->importer, doc->at, rule->name,
			 "the rule's kind is none of network, application and NAT");
	add_unknown_rule(reader, rule,
			 arena_printf(arena,
				      "rule '%s' at byte %u, whose kind is not known, "
				      "takes "
				      "the packet",
				      rule->name, doc->at.begin));
}

static void read_rule(struct firewall_reader *reader, const struct doc *doc)
{
	enum firewall_pass pass = reader->step->collection->pass;
	struct rule rule = {0};

	if (pass == FIREWALL_PASS_BY_RULE)
		pass = rule_pass(doc);
	name_rule(reader, doc, &rule);
	if (pass == FIREWALL_PASS_BY_RULE || doc->kind != DOC_MAP)
		read_odd_rule(reader, doc, &rule);
	else if (pass != reader->pass)
		return;
	else if (pass == FIREWALL_PASS_NETWORK)
		read_network_rule(reader, doc, &rule);
	else if (pass == FIREWALL_PASS_APPLICATION)
		read_application_rule(reader, doc, &rule);
	else
		note_translation(reader);
}

void firewall_read_step(struct firewall_reader *reader)
{
	const struct firewall_collection *collection = reader->step->collection;
	struct rule rule = {.name = collection->name, .at = collection->at};

	for (size_t i = 0; i < firewall_count(collection->rules); i++)
		read_rule(reader, firewall_item(collection->rules, i));
	if (collection->dynamic && reader->pass == FIREWALL_PASS_NAT)
		note_translation(reader);
	else if (collection->dynamic)
		add_unknown_rule(reader, &rule,
				 arena_printf(reader->importer->arena,
					      "a dynamic rule of '%s' takes the packet",
					      collection->label));
}
