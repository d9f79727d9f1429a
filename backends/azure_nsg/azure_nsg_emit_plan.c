/* azure_nsg_emit_plan.c - From legal rules to names, priorities and texts. */
#include "backends/azure_nsg/azure_nsg_emit_plan.h"

#include <string.h>

#include "rules/base/arena.h"

/**
 * DOC: Priorities
 *
 * Rules that allow take every tenth priority from 'first_priority' on, so that rules of
 * others find room between them; where there are too many, every fifth, second or each.
 * What refuses the rest stands last, up to 4096, behind everything that others wrote.
 *
 * Names are made of priorities: an output that has the same number of rules as before
 * changes rules in place and leaves none behind.
 */

/* learn.microsoft.com/azure/virtual-network/network-security-groups-overview, read
 * 2026-11-27 */
#define PRIORITY_LAST	4096u
#define PRIORITY_STEP	10u
#define MAX_DESCRIPTION 140

/* "IP addresses and ranges specified for source or destination in a security group"
 * (.../azure-subscription-service-limits, read 2026-11-27): of each side by itself */
#define MAX_PREFIXES 4000u

/* Resources of one template (.../azure-resource-manager/templates/best-practices, read
 * 2026-11-27); in the form of child rules a rule is one */
#define MAX_RESOURCES 800u

#define PROTOCOL_ESP 50
#define PROTOCOL_AH  51

bool nsg_can_protocol(unsigned protocol, enum family family)
{
	switch (protocol) {
	case PROTOCOL_TCP:
	case PROTOCOL_UDP:
	case PROTOCOL_ESP:
	case PROTOCOL_AH:
		return true;
	case PROTOCOL_ICMP:
		return family == FAMILY_IPV4;
	case PROTOCOL_ICMPV6:
		return family == FAMILY_IPV6;
	default:
		return false;
	}
}

static const char *protocol_word(u128 protocol)
{
	switch ((unsigned)protocol) {
	case PROTOCOL_TCP:
		return "Tcp";
	case PROTOCOL_UDP:
		return "Udp";
	case PROTOCOL_ICMP:
	case PROTOCOL_ICMPV6:
		return "Icmp";
	case PROTOCOL_ESP:
		return "Esp";
	case PROTOCOL_AH:
		return "Ah";
	default:
		return NULL;
	}
}

static int cannot(struct nsg_plan *plan, const struct rule *rule, const char *what)
{
	return diag_report(plan->diag, DIAG_BACKEND_CANNOT, rule->at,
			   "azure-nsg cannot say %s (output '%s')", what,
			   plan->job->name);
}

/* -- texts --------------------------------------------------------------------------- */

static void add_text(struct nsg_plan *plan, struct nsg_texts *texts, const char *text)
{
	*arena_push(plan->arena, texts->at, texts->count, texts->capacity) =
		arena_strdup(plan->arena, text);
}

/* A range as the fewest prefixes. */
static void add_range(struct nsg_plan *plan, struct nsg_texts *texts, enum family family,
		      struct range range)
{
	char text[ADDR_TEXT_MAX];

	for (;;) {
		struct prefix prefix = range_first_prefix(family, &range);
		struct range taken = prefix_range(&prefix);

		add_text(plan, texts, prefix_format(&prefix, text));
		if (taken.last == range.last)
			return;
		range.first = taken.last + 1;
	}
}

static void add_addresses(struct nsg_plan *plan, struct nsg_texts *texts,
			  const struct addr_set *addrs)
{
	for (unsigned family = 0; family < FAMILY_COUNT; family++)
		for (size_t i = 0; i < addrs->of[family].count; i++)
			add_range(plan, texts, (enum family)family,
				  addrs->of[family].at[i]);
}

static void add_ports(struct nsg_plan *plan, struct nsg_texts *texts,
		      const struct ranges *ports)
{
	if (ranges_is_full(ports, 16))
		return;
	for (size_t i = 0; i < ports->count; i++) {
		const struct range *range = &ports->at[i];

		if (range->first == range->last)
			add_text(plan, texts,
				 arena_printf(plan->arena, "%u", (unsigned)range->first));
		else
			add_text(plan, texts,
				 arena_printf(plan->arena, "%u-%u",
					      (unsigned)range->first,
					      (unsigned)range->last));
	}
}

/* -- terms --------------------------------------------------------------------------- */

static bool has_both_families(const struct addr_set *addrs)
{
	return addrs->of[FAMILY_IPV4].count && addrs->of[FAMILY_IPV6].count;
}

static int plan_address(struct nsg_plan *plan, const struct rule *rule,
			const struct term *term, struct nsg_planned *planned)
{
	bool source = term->field == FIELD_SOURCE;

	if (term->tag && !source) {
		planned->tag = term->tag;
		return 0;
	}
	if (term->kind != TERM_ADDRS)
		return cannot(plan, rule, "such a condition");
	if (has_both_families(&term->addrs))
		return cannot(plan, rule, "both address families in one rule");
	add_addresses(plan, source ? &planned->sources : &planned->destinations,
		      &term->addrs);
	return 0;
}

static int plan_protocol(struct nsg_plan *plan, const struct rule *rule,
			 const struct ranges *numbers, struct nsg_planned *planned)
{
	if (ranges_is_full(numbers, 8))
		return 0;
	if (numbers->count != 1 || numbers->at[0].first != numbers->at[0].last)
		return cannot(plan, rule, "several protocols in one rule");
	planned->protocol = protocol_word(numbers->at[0].first);
	return planned->protocol ? 0 : cannot(plan, rule, "such a protocol");
}

static int plan_term(struct nsg_plan *plan, const struct rule *rule,
		     const struct term *term, struct nsg_planned *planned)
{
	bool address = term->field == FIELD_SOURCE || term->field == FIELD_DESTINATION;

	if (term->negated)
		return cannot(plan, rule, "a negated condition");
	if (term->kind == TERM_ADDRS || (term->kind == TERM_UNKNOWN && term->tag))
		return address ? plan_address(plan, rule, term, planned)
			       : cannot(plan, rule, "such a condition");
	if (term->kind == TERM_NUMBERS && term->field == FIELD_PROTOCOL)
		return plan_protocol(plan, rule, &term->numbers, planned);
	if (term->kind == TERM_NUMBERS && term->field == FIELD_DESTINATION_PORT) {
		add_ports(plan, &planned->ports, &term->numbers);
		return 0;
	}
	return cannot(plan, rule, "such a condition");
}

static const char *describe(struct nsg_plan *plan, const struct rule *rule)
{
	return rule->id	    ? arena_printf(plan->arena, "postern:%s", rule->id)
	       : rule->name ? rule->name
			    : "";
}

static int plan_rule(struct nsg_plan *plan, const struct rule *rule, uint32_t priority,
		     struct nsg_planned *planned)
{
	*planned = (struct nsg_planned){
		.name = arena_printf(plan->arena, "postern-%04u", priority),
		.description = describe(plan, rule),
		.access = rule->action == ACTION_ADMIT ? "Allow" : "Deny",
		.protocol = "*",
		.priority = priority,
	};
	if (rule->action != ACTION_ADMIT && rule->action != ACTION_REFUSE)
		return cannot(plan, rule, "such an action");
	if (strlen(planned->description) > MAX_DESCRIPTION)
		return cannot(plan, rule, "so long a name");
	for (size_t i = 0; i < rule->match.count; i++)
		if (plan_term(plan, rule, &rule->match.terms[i], planned) < 0)
			return -1;
	if (!planned->sources.count)
		return cannot(plan, rule, "a rule for whoever sends");
	if (!planned->tag && !planned->destinations.count)
		planned->tag = "*";
	return 0;
}

/* -- limits and priorities ------------------------------------------------------------
 */

static int limit(const struct nsg_plan *plan, const char *help, const char *fmt,
		 unsigned count, unsigned max)
{
	CLEANUP(strbuf_release) struct strbuf text = {0};

	strbuf_printf(&text, "output '%s' needs %u ", plan->job->name, count);
	strbuf_printf(&text, "%s, and a network security group takes %u", fmt, max);
	diag_report(plan->diag, DIAG_BACKEND_LIMIT, plan->job->at, "%s",
		    strbuf_text(&text));
	diag_help(plan->diag, "%s", help);
	return -1;
}

static int check_prefixes(const struct nsg_plan *plan)
{
	size_t sources = 0, destinations = 0;

	for (size_t i = 0; i < plan->count; i++) {
		sources += plan->rules[i].sources.count;
		destinations += plan->rules[i].destinations.count;
	}
	if (sources > MAX_PREFIXES)
		return limit(plan,
			     "give the clients fewer and larger prefixes, or an output "
			     "of their own with another group",
			     "source prefixes", (unsigned)sources, MAX_PREFIXES);
	if (destinations > MAX_PREFIXES)
		return limit(plan,
			     "let service tags stand for addresses ('destinations: "
			     "service-tags', 'accept: [service-tag]'), or split the "
			     "clients over outputs with groups of their own",
			     "destination prefixes", (unsigned)destinations,
			     MAX_PREFIXES);
	return 0;
}

static bool is_refusal(const struct rule *rule)
{
	return rule->action == ACTION_REFUSE;
}

/* How far apart @count rules stand from @first on, the last before @end; 0: no room. */
static uint32_t step_of(uint32_t first, uint32_t end, size_t count)
{
	static const uint32_t steps[] = {PRIORITY_STEP, 5, 2, 1};

	for (size_t i = 0; i < ARRAY_SIZE(steps); i++)
		if (!count || first + (count - 1) * steps[i] < end)
			return steps[i];
	return 0;
}

static size_t count_refusals(const struct chain *chain)
{
	size_t count = 0;

	/* those that end the chain; one in front of what is allowed keeps its place */
	while (count < chain->count &&
	       is_refusal(&chain->rules[chain->count - 1 - count]))
		count++;
	return count;
}

int nsg_make_plan(struct nsg_plan *plan, const struct chain *chain)
{
	uint32_t first = backend_number(backend_setting(plan->job, "first_priority"));
	size_t refusals = count_refusals(chain), allows = chain->count - refusals;
	uint32_t end = PRIORITY_LAST + 1 - (uint32_t)refusals;
	uint32_t step = step_of(first, end, allows);

	if (!step) {
		diag_report(plan->diag, DIAG_BACKEND_LIMIT, plan->job->at,
			    "output '%s' needs %zu priorities from %u on for what it "
			    "allows, and has %u",
			    plan->job->name, allows, first,
			    end > first ? end - first : 0);
		diag_help(plan->diag,
			  "write a smaller 'first_priority', or split the clients over "
			  "outputs with groups of their own");
		return -1;
	}
	if (backend_setting_is(plan->job, "form", "child") &&
	    chain->count > MAX_RESOURCES)
		return limit(plan,
			     "write 'form: group' for a group that is all of postern's",
			     "rules as resources of one template", (unsigned)chain->count,
			     MAX_RESOURCES);
	plan->count = chain->count;
	plan->rules = arena_array(plan->arena, chain->count, struct nsg_planned);
	for (size_t i = 0; i < chain->count; i++) {
		uint32_t priority = i < allows ? first + (uint32_t)i * step
					       : end + (uint32_t)(i - allows);

		if (plan_rule(plan, &chain->rules[i], priority, &plan->rules[i]) < 0)
			return -1;
	}
	return check_prefixes(plan);
}
