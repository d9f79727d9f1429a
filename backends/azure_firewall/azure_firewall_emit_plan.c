/* azure_firewall_emit_plan.c - From rules to what Azure's rules have in their fields. */
#include "backends/azure_firewall/azure_firewall_emit_plan.h"

#include <string.h>

#include "rules/base/arena.h"
#include "rules/base/textmap.h"

/* What messages and logs call the collections; Azure wants 100 to 65 000. */
static const struct azfw_collection collections[AZFW_COLLECTIONS] = {
	[AZFW_DNS] = {.name = "dns", .priority = 100},
	[AZFW_NETWORK] = {.name = "network", .priority = 200},
	[AZFW_APPLICATION] = {.name = "application", .priority = 300},
};

#define DNS_PORT  53u
#define LAST_PORT 65535u

/* A rule's name may have 80 bytes; room is left for ".9999" behind an id. */
#define RULE_NAME_BYTES 74

/* The terms of a rule by what they are about; NULL: not tested. */
struct tests {
	const struct term *source, *destination, *protocol, *ports, *names, *application;
};

/**
 * struct planner - What planning needs
 * @names:	how often a rule's name was wanted, by name
 * @network:	rules of the network collection that take DNS, in order
 */
struct planner {
	const struct backend_job *job;
	struct azfw_plan *plan;
	struct textmap names;
	struct tests *network;
	size_t network_count, network_capacity;
	struct arena *arena;
	struct diag *diag;
};

static int cannot(const struct planner *planner, const struct rule *rule,
		  const char *what)
{
	return diag_report(planner->diag, DIAG_BACKEND_CANNOT, rule->at,
			   "azure-firewall cannot say %s (output '%s')", what,
			   planner->job->name);
}

/* The place of a term in @tests, or NULL where Azure has no such condition. */
static const struct term **place_of(struct tests *tests, const struct term *term)
{
	if (term->negated)
		return NULL;
	if (term->kind == TERM_CHOICE) /* several kinds of destinations */
		return &tests->destination;
	if (term->kind == TERM_NAMES)
		return &tests->names;
	if (term->kind == TERM_UNKNOWN)
		return term->tag || term->host ? &tests->destination : NULL;
	if (term->field == FIELD_SOURCE)
		return &tests->source;
	if (term->field == FIELD_DESTINATION)
		return &tests->destination;
	if (term->field == FIELD_PROTOCOL)
		return &tests->protocol;
	if (term->field == FIELD_DESTINATION_PORT)
		return &tests->ports;
	if (term->field == FIELD_APPLICATION)
		return &tests->application;
	return NULL;
}

static int sort_terms(const struct planner *planner, const struct rule *rule,
		      struct tests *ret_tests)
{
	struct tests tests = {0};

	if (rule->action != ACTION_ADMIT)
		return cannot(planner, rule, "a rule that does not allow");
	for (size_t i = 0; i < rule->match.count; i++) {
		const struct term *term = &rule->match.terms[i];
		const struct term **place = place_of(&tests, term);

		if (!place || *place)
			return cannot(planner, rule, "such a condition of a rule");
		*place = term;
	}
	*ret_tests = tests;
	return 0;
}

/* Letters, digits, "_", "." and "-", with a letter or digit in front; unique by number.
 */
static const char *rule_name(struct planner *planner, const char *text)
{
	char *name = arena_strndup(planner->arena, text, strnlen(text, RULE_NAME_BYTES));
	unsigned *count;

	for (char *c = name; *c; c++)
		if (!strchr("abcdefghijklmnopqrstuvwxyz0123456789_.", *c))
			*c = '-';
	count = textmap_get(&planner->names, name);
	if (!count) {
		count = arena_make(planner->arena, unsigned);
		textmap_put(&planner->names, name, count, planner->arena);
	}
	*count += 1;
	return *count == 1 ? name : arena_printf(planner->arena, "%s.%u", name, *count);
}

static const char *known_as(const struct rule *rule)
{
	return rule->id ? rule->id : rule->name ? rule->name : "rule";
}

static const char *describe(struct planner *planner, const struct rule *rule)
{
	return rule->id ? arena_printf(planner->arena, "postern:%s", rule->id)
			: known_as(rule);
}

static struct azfw_rule *add_rule(struct planner *planner, enum azfw_collection_kind kind,
				  const struct rule *rule)
{
	struct azfw_collection *collection = &planner->plan->collections[kind];
	struct azfw_rule *added = arena_push(planner->arena, collection->rules,
					     collection->count, collection->capacity);

	added->at = rule->at;
	added->name = rule_name(planner, known_as(rule));
	added->description = describe(planner, rule);
	return added;
}

static int plan_source(struct planner *planner, const struct rule *rule,
		       const struct term *source, struct azfw_side *side)
{
	if (!source)
		azfw_words_add(&side->addresses, "*", planner->arena);
	else if (!azfw_plan_side(planner->plan, source, side, planner->arena))
		return cannot(planner, rule, "a source other than IPv4 addresses");
	return 0;
}

/* -- network rules ----------------------------------------------------------------- */

/* What a rule is asked to reach, by the three ways in which a rule may say it. */
struct destinations {
	struct azfw_side listed; /* addresses and tags in it, and groups apart */
	struct azfw_words hosts;
};

static int add_destination(struct planner *planner, const struct rule *rule,
			   const struct term *term, struct destinations *to)
{
	if (term->negated)
		return cannot(planner, rule, "a destination that is excluded");
	if (term->tag)
		azfw_words_add(&to->listed.addresses, term->tag, planner->arena);
	else if (term->host)
		azfw_words_add(&to->hosts, term->host, planner->arena);
	else if (term->kind != TERM_ADDRS || term->field != FIELD_DESTINATION)
		return cannot(planner, rule, "such a destination");
	else if (!azfw_plan_side(planner->plan, term, &to->listed, planner->arena))
		return cannot(planner, rule, "a destination other than IPv4 addresses");
	return 0;
}

static int collect_destinations(struct planner *planner, const struct rule *rule,
				const struct term *term, struct destinations *to)
{
	if (!term) {
		azfw_words_add(&to->listed.addresses, "*", planner->arena);
		return 0;
	}
	if (term->kind != TERM_CHOICE)
		return add_destination(planner, rule, term, to);
	for (size_t i = 0; i < term->choices.count; i++) {
		const struct match *choice = &term->choices.at[i];

		if (choice->count != 1)
			return cannot(planner, rule, "such a choice of conditions");
		if (add_destination(planner, rule, &choice->terms[0], to) < 0)
			return -1;
	}
	return 0;
}

static int plan_protocols(struct planner *planner, const struct rule *rule,
			  const struct tests *tests, struct azfw_words *words)
{
	static const struct {
		unsigned number;
		const char *word;
		bool has_ports;
	} known[] = {
		{PROTOCOL_ICMP, "ICMP", false},
		{PROTOCOL_TCP, "TCP", true},
		{PROTOCOL_UDP, "UDP", true},
	};
	u128 found = 0, asked = 0;

	if (!tests->protocol) {
		/* "Any" with ports is TCP and UDP, and we were not asked for these. */
		if (tests->ports)
			return cannot(planner, rule, "ports without a protocol");
		azfw_words_add(words, "Any", planner->arena);
		return 0;
	}
	for (size_t i = 0; i < tests->protocol->numbers.count; i++) {
		const struct range *range = &tests->protocol->numbers.at[i];

		asked += range->last - range->first + 1;
	}
	for (size_t i = 0; i < ARRAY_SIZE(known); i++) {
		if (!ranges_contain(&tests->protocol->numbers, known[i].number))
			continue;
		if (tests->ports && !known[i].has_ports)
			return cannot(planner, rule, "ports of ICMP");
		azfw_words_add(words, known[i].word, planner->arena);
		found++;
	}
	if (found != asked)
		return cannot(planner, rule, "a protocol other than TCP, UDP and ICMP");
	return 0;
}

static int plan_ports(struct planner *planner, const struct rule *rule,
		      const struct term *ports, struct azfw_words *words)
{
	if (!ports || ranges_is_full(&ports->numbers, 16)) {
		azfw_words_add(words, "*", planner->arena);
		return 0;
	}
	for (size_t i = 0; i < ports->numbers.count; i++) {
		unsigned first = (unsigned)ports->numbers.at[i].first;
		unsigned last = (unsigned)ports->numbers.at[i].last;

		if (!first)
			return cannot(planner, rule, "port 0");
		azfw_words_add(words,
			       first == last ? arena_printf(planner->arena, "%u", first)
					     : arena_printf(planner->arena, "%u-%u",
							    first, last),
			       planner->arena);
	}
	return 0;
}

static bool is_dns(const struct tests *tests)
{
	const struct ranges *ports = tests->ports ? &tests->ports->numbers : NULL;

	return ports && ports->count == 1 && ports->at[0].first == DNS_PORT &&
	       ports->at[0].last == DNS_PORT;
}

/* May both take the same address?  What is no set of addresses may be any. */
static bool addresses_meet(const struct term *a, const struct term *b)
{
	return !a || !b || a->kind != TERM_ADDRS || b->kind != TERM_ADDRS ||
	       ranges_meet(&a->addrs.of[FAMILY_IPV4], &b->addrs.of[FAMILY_IPV4]);
}

static bool numbers_meet(const struct term *a, const struct term *b)
{
	return !a || !b || ranges_meet(&a->numbers, &b->numbers);
}

static bool rules_meet(const struct tests *a, const struct tests *b)
{
	return numbers_meet(a->protocol, b->protocol) &&
	       addresses_meet(a->source, b->source) &&
	       addresses_meet(a->destination, b->destination);
}

/*
 * DNS is asked first, in a collection of its own, so that it is easily found among the
 * rest.  But where a rule ahead of it takes some of the same packets, these are that
 * rule's, and both stay in order.
 */
static enum azfw_collection_kind choose_collection(struct planner *planner,
						   const struct tests *tests)
{
	bool dns = is_dns(tests);

	for (size_t i = 0; dns && i < planner->network_count; i++)
		dns = !rules_meet(&planner->network[i], tests);
	if (dns)
		return AZFW_DNS;
	if (!tests->ports || ranges_contain(&tests->ports->numbers, DNS_PORT))
		*arena_push(planner->arena, planner->network, planner->network_count,
			    planner->network_capacity) = *tests;
	return AZFW_NETWORK;
}

static bool same_words(const struct azfw_words *a, const struct azfw_words *b)
{
	if (a->count != b->count)
		return false;
	for (size_t i = 0; i < a->count; i++)
		if (strcmp(a->at[i], b->at[i]) != 0)
			return false;
	return true;
}

static bool same_groups(const struct azfw_side *a, const struct azfw_side *b)
{
	if (a->group_count != b->group_count)
		return false;
	for (size_t i = 0; i < a->group_count; i++)
		if (a->groups[i] != b->groups[i])
			return false;
	return true;
}

/* The last rule of the collection, when it is of the same flows and says the same of
 * packets but for where they go, which it says in the same way: then one rule says both.
 */
static struct azfw_rule *rule_to_extend(const struct azfw_collection *collection,
					const char *description,
					const struct azfw_rule *said)
{
	struct azfw_rule *last =
		collection->count ? &collection->rules[collection->count - 1] : NULL;

	if (!last || strcmp(last->description, description) != 0 ||
	    !same_words(&last->protocols, &said->protocols) ||
	    !same_words(&last->ports, &said->ports) ||
	    !same_words(&last->source.addresses, &said->source.addresses) ||
	    !same_groups(&last->source, &said->source) ||
	    !last->destination.addresses.count != !said->destination.addresses.count ||
	    !last->destination.group_count != !said->destination.group_count)
		return NULL;
	return last;
}

static void add_words(struct azfw_words *words, const struct azfw_words *more,
		      struct arena *arena)
{
	for (size_t i = 0; i < more->count; i++)
		azfw_words_add(words, more->at[i], arena);
}

/* Adds @said, whose destination is said in one way. */
static void add_network_rule(struct planner *planner, enum azfw_collection_kind kind,
			     const struct rule *rule, const struct azfw_rule *said)
{
	struct arena *arena = planner->arena;
	struct azfw_rule *last = rule_to_extend(&planner->plan->collections[kind],
						describe(planner, rule), said);
	struct azfw_side *to;

	if (!said->destination.addresses.count && !said->destination.group_count &&
	    !said->names.count)
		return;
	if (!last) {
		last = add_rule(planner, kind, rule);
		last->protocols = said->protocols;
		last->ports = said->ports;
		last->source = said->source;
	}
	to = &last->destination;
	add_words(&to->addresses, &said->destination.addresses, arena);
	add_words(&last->names, &said->names, arena);
	for (size_t i = 0; i < said->destination.group_count; i++)
		*arena_push(arena, to->groups, to->group_count, to->group_capacity) =
			said->destination.groups[i];
}

/* A rule of ours becomes one for each way to say a destination: all of them allow, so
 * together they allow what it does, and no rule mixes what Azure may not take mixed. */
static int plan_network_rule(struct planner *planner, const struct rule *rule)
{
	struct azfw_rule by_address = {0}, by_group, by_name;
	struct destinations to = {0};
	enum azfw_collection_kind kind;
	struct tests tests = {0};

	if (sort_terms(planner, rule, &tests) < 0)
		return -1;
	if (tests.names || tests.application)
		return cannot(planner, rule, "a name in a network rule");
	if (plan_protocols(planner, rule, &tests, &by_address.protocols) < 0 ||
	    plan_ports(planner, rule, tests.ports, &by_address.ports) < 0 ||
	    collect_destinations(planner, rule, tests.destination, &to) < 0 ||
	    plan_source(planner, rule, tests.source, &by_address.source) < 0)
		return -1;
	by_group = by_name = by_address;
	by_address.destination.addresses = to.listed.addresses;
	by_group.destination.groups = to.listed.groups;
	by_group.destination.group_count = to.listed.group_count;
	by_name.names = to.hosts;
	kind = choose_collection(planner, &tests);
	add_network_rule(planner, kind, rule, &by_address);
	add_network_rule(planner, kind, rule, &by_group);
	add_network_rule(planner, kind, rule, &by_name);
	return 0;
}

/* -- application rules ------------------------------------------------------------- */

static int plan_names(struct planner *planner, const struct rule *rule,
		      const struct term *names, struct azfw_words *words)
{
	if (!names)
		return cannot(planner, rule, "an application rule without names");
	for (size_t i = 0; i < names->names.count; i++) {
		const struct name_pattern *name = &names->names.at[i];

		if (name->kind == NAME_EXACT)
			azfw_words_add(words, name->text, planner->arena);
		else if (name->kind == NAME_BELOW)
			azfw_words_add(words,
				       arena_printf(planner->arena, "*.%s", name->text),
				       planner->arena);
		else
			return cannot(planner, rule, "such a wildcard");
	}
	return 0;
}

/* Each port of an application rule is an entry of its own. */
#define MAX_SERVICE_PORTS 64
/* FirewallPolicyRuleApplicationProtocol: "cannot be greater than 64000" (Network REST
 * API, 2025-01-01, read 2026-08-20). */
#define LAST_SERVICE_PORT 64000u

static int add_service(struct planner *planner, const struct rule *rule, const char *type,
		       const struct ranges *ports, struct azfw_rule *added)
{
	for (size_t i = 0; i < ports->count; i++) {
		if (ports->at[i].last > LAST_SERVICE_PORT || !ports->at[i].first)
			return cannot(planner, rule,
				      "a port outside 1-64000 in an application rule");
		if (ports->at[i].last - ports->at[i].first >= MAX_SERVICE_PORTS)
			return cannot(planner, rule,
				      "more than 64 ports in a range of an application "
				      "rule");
		for (u128 port = ports->at[i].first; port <= ports->at[i].last; port++)
			*arena_push(planner->arena, added->services, added->service_count,
				    added->service_capacity) =
				(struct azfw_service){type, (unsigned)port};
	}
	return 0;
}

static int plan_services(struct planner *planner, const struct rule *rule,
			 const struct tests *tests, struct azfw_rule *added)
{
	static const char *const known[][2] = {{"http", "Http"},
					       {"https", "Https"},
					       {"mssql", "Mssql"}};
	const struct symbols *asked;

	if (!tests->application || !tests->ports)
		return cannot(planner, rule,
			      "an application rule without an application and a port");
	asked = &tests->application->symbols;
	for (size_t i = 0; i < asked->count; i++) {
		const char *type = NULL;

		for (size_t j = 0; j < ARRAY_SIZE(known); j++)
			if (strcmp(known[j][0], asked->at[i]) == 0)
				type = known[j][1];
		if (!type)
			return cannot(planner, rule, "such an application");
		if (add_service(planner, rule, type, &tests->ports->numbers, added) < 0)
			return -1;
	}
	return 0;
}

static bool is_only_tcp(const struct term *protocol)
{
	return !protocol || (protocol->numbers.count == 1 &&
			     protocol->numbers.at[0].first == PROTOCOL_TCP &&
			     protocol->numbers.at[0].last == PROTOCOL_TCP);
}

static int plan_application_rule(struct planner *planner, const struct rule *rule)
{
	struct azfw_rule *added;
	struct tests tests = {0};

	if (sort_terms(planner, rule, &tests) < 0)
		return -1;
	if (tests.destination || !is_only_tcp(tests.protocol))
		return cannot(planner, rule,
			      "an address or another protocol than TCP in an application "
			      "rule");
	added = add_rule(planner, AZFW_APPLICATION, rule);
	if (plan_source(planner, rule, tests.source, &added->source) < 0 ||
	    plan_names(planner, rule, tests.names, &added->names) < 0)
		return -1;
	return plan_services(planner, rule, &tests, added);
}

/* -- the whole --------------------------------------------------------------------- */

static int plan_chain(struct planner *planner, const struct chain *chain,
		      int (*plan_rule)(struct planner *, const struct rule *))
{
	int result = 0;

	for (size_t i = 0; i < chain->count; i++)
		if (plan_rule(planner, &chain->rules[i]) < 0)
			result = -1;
	return result;
}

int azfw_plan_make(const struct ruleset *rules, const struct backend_job *job,
		   struct arena *arena, struct azfw_plan *ret_plan, struct diag *diag)
{
	const struct path *path = &rules->paths[0];
	struct planner planner = {.job = job,
				  .plan = ret_plan,
				  .arena = arena,
				  .diag = diag};

	*ret_plan = (struct azfw_plan){
		.output = job->name,
		.policy = backend_setting(job, "policy"),
		.group = backend_setting(job, "group"),
		.location = backend_setting(job, "location"),
		.priority = backend_number(backend_setting(job, "priority")),
	};
	memcpy(ret_plan->collections, collections, sizeof(collections));
	if (plan_chain(&planner, &rules->chains[path->stages[0].chain],
		       plan_network_rule) < 0)
		return -1;
	if (!backend_setting_is(job, "mode", "application"))
		return 0;
	return plan_chain(&planner, &rules->chains[path->stages[1].chain],
			  plan_application_rule);
}
