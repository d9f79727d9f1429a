/* legalize.c - From the bound intent to rules that a target can say. */
#include "backends/legalize.h"

#include <string.h>

#include "backends/followed_sets.h"
#include "backends/legalize_work.h"
#include "rules/base/arena.h"

/* A set that got a label, so that another set of that name gets another one. */
struct labelled_set {
	const char *label;
	struct addr_set addrs;
};

/* A tag of a group, and the families of those of its flows that have it. */
struct group_tag {
	const struct flow_tag *tag;
	unsigned families;
};

/**
 * struct group - Flows that stand in one rule, or in as many as the target needs
 * @families:	those of its packets that the target sees
 * @addresses:	FLOW_BY_ADDRESSES, and FLOW_BY_TAGS where the target knows no tags
 * @names:	FLOW_BY_NAME
 * @hosts:	FLOW_BY_HOST: a flow a name
 * @tags:	FLOW_BY_TAGS
 */
struct group {
	const struct flow *lead;
	enum flow_form form;
	unsigned families;
	struct addr_set addresses;
	struct name_patterns names;
	const struct flow **hosts;
	size_t host_count, host_capacity;
	struct group_tag *tags;
	size_t tag_count, tag_capacity;
};

/* A label that no other set has: "e_contoso", or "e_contoso.2" where that is taken. */
static const char *label_set(struct work *work, const char *prefix, const char *name,
			     const struct addr_set *addrs)
{
	const char *label = arena_printf(work->arena, "%s_%s", prefix, name);
	struct labelled_set *set;
	unsigned number = 1;

	while ((set = textmap_get(&work->labels, label))) {
		if (addr_set_equal(&set->addrs, addrs))
			return label;
		label = arena_printf(work->arena, "%s_%s.%u", prefix, name, ++number);
	}
	set = arena_make(work->arena, struct labelled_set);
	*set = (struct labelled_set){label, *addrs};
	*arena_push(work->arena, work->sets, work->set_count, work->set_capacity) = set;
	textmap_put(&work->labels, label, set, work->arena);
	return label;
}

static void match_set(struct work *work, struct match *match, enum field field,
		      const char *name, const struct addr_set *addrs)
{
	const char *prefix = field == FIELD_SOURCE ? "c" : "e";

	match_addrs(match, field, addrs, work->arena);
	match->terms[match->count - 1].label = label_set(work, prefix, name, addrs);
}

/* The families that the target sees. */
static unsigned all_seen_families(const struct work *work)
{
	return work->scope->families ? work->scope->families : FAMILIES_ALL;
}

/* The families that a flow's packets may have where the target sees them. */
static unsigned seen_families(const struct work *work, const struct flow *flow)
{
	return flow_families(flow) & all_seen_families(work);
}

static void skip_flow(struct work *work, const struct flow *flow, const char *reason)
{
	struct not_covered *skipped = arena_push(work->arena, work->legal->not_covered,
						 work->legal->not_covered_count,
						 work->legal->not_covered_capacity);

	skipped->flow = flow;
	skipped->reason = reason;
}

/* Where packets of the flow go that the target sees. */
static struct addr_set seen_addresses(const struct work *work, const struct flow *flow)
{
	struct addr_set seen = addr_set_of(&flow->addresses, seen_families(work, flow));

	return addr_set_is_empty(&work->scope->bypass)
		       ? seen
		       : addr_set_subtract(&seen, &work->scope->bypass, work->arena);
}

static const char *why_not_covered(const struct backend_job *job, const struct flow *flow)
{
	if (flow->path == CLIENT_PROXY)
		return "sent through the proxy";
	if (job->backend->kind != BACKEND_KIND_RESOLVER)
		return "not sent through the proxy";
	if (flow->zone)
		return "at a private endpoint";
	return flow->name || !job->backend->concerns ? "not at a private endpoint"
						     : "not a host name";
}

bool legal_is_covered(struct work *work, const struct flow *flow)
{
	struct addr_set reached;

	if (!backend_governs(work->job, flow))
		return false;
	if (!backend_covers(work->job, flow)) {
		skip_flow(work, flow, why_not_covered(work->job, flow));
		return false;
	}
	if (!flow->bound || backend_form(work->job, flow) != FLOW_BY_ADDRESSES)
		return true;
	reached = addr_set_of(&flow->addresses, flow_families(flow));
	if (addr_set_is_empty(&reached)) /* binding refuses such a flow */
		BUG("flow '%s' is bound to nothing that its client can reach", flow->id);
	reached = seen_addresses(work, flow);
	if (!addr_set_is_empty(&reached))
		return true;
	skip_flow(work, flow,
		  seen_families(work, flow) ? "what the platform answers itself"
					    : "of a family that never gets there");
	return false;
}

/* -- rules ------------------------------------------------------------------------- */

struct chain *legal_chain(struct work *work, bool named)
{
	struct ruleset *rules = work->legal->rules;

	for (size_t i = 0; named && i < work->scope->stage_count; i++)
		if (work->scope->stages[i].named)
			return &rules->chains[rules->paths[0].stages[i].chain];
	return &rules->chains[rules->paths[0].stages[0].chain];
}

static void match_client(struct work *work, struct match *match,
			 const struct flow_client *client, unsigned families)
{
	struct addr_set addrs =
		addr_set_of(&client->addresses, client->families & families);

	if (!client->any_address)
		match_set(work, match, FIELD_SOURCE, client->name, &addrs);
	else if ((client->families & families) == 1u << FAMILY_IPV4)
		match_family(match, FAMILY_IPV4, work->arena);
	else if ((client->families & families) == 1u << FAMILY_IPV6)
		match_family(match, FAMILY_IPV6, work->arena);
}

/* A rule of the flow's group with all terms but the destination's, which comes second. */
static struct rule *begin_rule(struct work *work, const struct flow *lead, bool named,
			       unsigned families)
{
	struct rule *rule = chain_add_rule(legal_chain(work, named), work->arena);

	rule->id = lead->group;
	rule->at = lead->at;
	rule->action = ACTION_ADMIT;
	/* Who takes both families in one rule has one set a client, whatever it goes to.
	 */
	if (legal_has_cap(work, BACKEND_CAP(FAMILIES)))
		families = FAMILIES_ALL;
	match_client(work, &rule->match, lead->client, families);
	return rule;
}

static void end_rule(struct work *work, const struct flow *lead, struct rule *rule)
{
	const char *mark = backend_setting(work->job, "mark");

	if (lead->protocol != PROTOCOL_ANY)
		match_number(&rule->match, FIELD_PROTOCOL, lead->protocol, lead->protocol,
			     work->arena);
	if (lead->ports.count)
		match_numbers(&rule->match, FIELD_DESTINATION_PORT, &lead->ports,
			      work->arena);
	if (legal_has_cap(work, BACKEND_CAP(STATE)))
		match_number(&rule->match, FIELD_STATE, CT_NEW, CT_NEW, work->arena);
	if (mark && legal_has_cap(work, BACKEND_CAP(MARK))) {
		rule->marks = true;
		rule->mark = backend_number(mark);
	}
}

/* The last rule, when it says the same for the same group but for the protocol. */
static struct rule *rule_to_widen(struct work *work, const struct flow *lead,
				  const struct addr_set *addrs)
{
	struct chain *chain = legal_chain(work, false);
	struct rule *last = chain->count ? &chain->rules[chain->count - 1] : NULL;
	bool same_ports = !lead->ports.count, same_place = false;

	if (!last || !last->id || strcmp(last->id, lead->group) != 0 ||
	    lead->protocol == PROTOCOL_ANY ||
	    !legal_has_cap(work, BACKEND_CAP(PROTOCOL_LIST)))
		return NULL;
	for (size_t i = 0; i < last->match.count; i++) {
		const struct term *term = &last->match.terms[i];

		if (term->field == FIELD_DESTINATION &&
		    (term->kind != TERM_ADDRS || term->tag || term->host ||
		     !addr_set_equal(&term->addrs, addrs)))
			return NULL;
		same_place = same_place || term->field == FIELD_DESTINATION;
		if (term->field == FIELD_DESTINATION_PORT)
			same_ports = ranges_equal(&term->numbers, &lead->ports);
	}
	/* A rule by name goes anywhere. */
	return same_ports && same_place ? last : NULL;
}

/* Adds a protocol to a rule's; false when the rule is for any. */
static bool widen(struct work *work, struct rule *rule, unsigned protocol)
{
	for (size_t i = 0; i < rule->match.count; i++) {
		struct term *term = &rule->match.terms[i];

		if (term->field != FIELD_PROTOCOL || term->kind != TERM_NUMBERS)
			continue;
		ranges_add(&term->numbers, (struct range){protocol, protocol},
			   work->arena);
		ranges_normalize(&term->numbers);
		return true;
	}
	return false;
}

/* One rule to some addresses; protocols with the same ports share it. */
static void add_address_rule(struct work *work, const struct group *group,
			     unsigned families)
{
	const struct flow *lead = group->lead;
	struct addr_set addrs = addr_set_of(&group->addresses, families);
	struct rule *rule;

	if (addr_set_is_empty(&addrs))
		return;
	rule = rule_to_widen(work, lead, &addrs);
	if (rule && widen(work, rule, lead->protocol))
		return;
	rule = begin_rule(work, lead, false, families);
	match_set(work, &rule->match, FIELD_DESTINATION, lead->set_name, &addrs);
	end_rule(work, lead, rule);
}

static void add_tag_rules(struct work *work, const struct group *group, unsigned families)
{
	for (size_t i = 0; i < group->tag_count; i++) {
		const struct group_tag *tag = &group->tags[i];
		struct rule *rule;

		if (!(families & tag->families))
			continue;
		rule = begin_rule(work, group->lead, false, families & tag->families);
		match_tag(&rule->match, FIELD_DESTINATION, tag->tag->name,
			  tag->tag->addresses, work->arena);
		end_rule(work, group->lead, rule);
	}
}

/* Wherever the name leads, as a set tells that others fill: but nowhere else than where
 * a public name can lead. */
static void match_followed(struct work *work, struct match *match,
			   const struct flow *flow, unsigned families)
{
	struct addr_set bounds = addr_set_public(families, work->arena);

	match_addrs(match, FIELD_DESTINATION, &bounds, work->arena);
	match->terms[match->count - 1].label = "public";
	followed_match(work->job, flow, match, work->arena);
	match->terms[match->count - 1].label =
		followed_label(work->job, flow, work->arena);
}

static void add_host_rules(struct work *work, const struct group *group,
			   unsigned families)
{
	bool followed = followed_job(work->job);

	for (size_t i = 0; i < group->host_count; i++) {
		const struct flow *flow = group->hosts[i];
		unsigned of = families & seen_families(work, flow);
		struct rule *rule;

		if (!of)
			continue;
		rule = begin_rule(work, group->lead, false, families);
		if (followed)
			match_followed(work, &rule->match, flow, of);
		else
			match_resolved(&rule->match, FIELD_DESTINATION, flow->name,
				       flow->bound ? &flow->addresses : NULL,
				       work->arena);
		end_rule(work, group->lead, rule);
	}
}

static void add_name_rule(struct work *work, const struct group *group)
{
	const struct flow *lead = group->lead;
	struct rule *rule = begin_rule(work, lead, true, all_seen_families(work));
	struct term *term = match_add(&rule->match, TERM_NAMES, work->arena);

	term->field = FIELD_NAME;
	term->names = group->names;
	end_rule(work, lead, rule);
	work->job->backend->request(work->job, lead, &rule->match, work->arena);
}

/* The rules of a group for @families, which the target says in one rule. */
static void add_rules(struct work *work, const struct group *group, unsigned families)
{
	const struct flow_client *client = group->lead->client;
	struct addr_set from = addr_set_of(&client->addresses, families);

	families &= client->families;
	if (!families || (!client->any_address && addr_set_is_empty(&from)))
		return;
	switch (group->form) {
	case FLOW_BY_ADDRESSES:
		add_address_rule(work, group, families);
		return;
	case FLOW_BY_TAGS:
		if (legal_has_cap(work, BACKEND_CAP(TAGS)))
			add_tag_rules(work, group, families);
		else
			add_address_rule(work, group, families);
		return;
	case FLOW_BY_HOST:
		add_host_rules(work, group, families);
		return;
	case FLOW_BY_NAME:
	case FLOW_BY_ANSWER:
	case FLOW_UNSAID:
		break;
	}
	BUG("rules of form %d", (int)group->form);
}

static void add_group(struct work *work, struct group *group)
{
	unsigned families = group->families;

	addr_set_normalize(&group->addresses);
	if (group->form == FLOW_BY_NAME)
		add_name_rule(work, group);
	else if (legal_has_cap(work, BACKEND_CAP(FAMILIES)))
		add_rules(work, group, families);
	else
		for (unsigned family = 0; family < FAMILY_COUNT; family++)
			add_rules(work, group, families & 1u << family);
}

/* -- gathering --------------------------------------------------------------------- */

/* May two flows stand in one rule? */
static bool same_rule(const struct flow *a, const struct flow *b)
{
	return a->client == b->client && a->protocol == b->protocol &&
	       ranges_equal(&a->ports, &b->ports) && strcmp(a->group, b->group) == 0;
}

static struct group_tag *find_tag(struct work *work, struct group *group,
				  const struct flow_tag *tag)
{
	struct group_tag *made;

	for (size_t i = 0; i < group->tag_count; i++)
		if (strcmp(group->tags[i].tag->name, tag->name) == 0)
			return &group->tags[i];
	made = arena_push(work->arena, group->tags, group->tag_count,
			  group->tag_capacity);
	made->tag = tag;
	return made;
}

/* A tag holds both families, whatever the flow's endpoint has. */
static void join_tags(struct work *work, struct group *group, const struct flow *flow)
{
	unsigned families = seen_families(work, flow);

	for (size_t i = 0; i < flow->tag_count; i++) {
		struct group_tag *tag = find_tag(work, group, &flow->tags[i]);
		unsigned more = families & ~tag->families;
		struct addr_set addresses;

		tag->families |= families;
		if (!more || legal_has_cap(work, BACKEND_CAP(TAGS)))
			continue;
		addresses = addr_set_of(flow->tags[i].addresses, more);
		addr_set_add(&group->addresses, &addresses, work->arena);
	}
}

static void join_flow(struct work *work, struct group *group, const struct flow *flow)
{
	struct addr_set more;

	group->families |= seen_families(work, flow);
	switch (group->form) {
	case FLOW_BY_NAME:
		*arena_push(work->arena, group->names.at, group->names.count,
			    group->names.capacity) = name_pattern_parse(flow->name);
		return;
	case FLOW_BY_HOST:
		*arena_push(work->arena, group->hosts, group->host_count,
			    group->host_capacity) = flow;
		return;
	case FLOW_BY_TAGS:
		join_tags(work, group, flow);
		return;
	case FLOW_BY_ADDRESSES:
		more = seen_addresses(work, flow);
		if (addr_set_is_empty(&group->addresses))
			group->addresses = more;
		else
			addr_set_add(&group->addresses, &more, work->arena);
		return;
	case FLOW_BY_ANSWER:
	case FLOW_UNSAID:
		break;
	}
	BUG("a flow that cannot be said");
}

/* The families in which rules for the flow will stand. */
static unsigned said_families(const struct work *work, const struct flow *flow,
			      enum flow_form form)
{
	unsigned families = seen_families(work, flow);

	for (unsigned family = 0; family < FAMILY_COUNT; family++)
		if (form == FLOW_BY_ADDRESSES && !flow->addresses.of[family].count)
			families &= ~(1u << family);
	return families;
}

/* Can the target name the protocol in each family that the flow has?  Any is "all". */
static int check_protocol(struct work *work, const struct flow *flow, enum flow_form form)
{
	bool (*can)(unsigned, enum family) = work->job->backend->can_protocol;
	const char *name = protocol_name(flow->protocol);

	for (unsigned family = 0; can && family < FAMILY_COUNT; family++) {
		if (!(said_families(work, flow, form) & 1u << family) ||
		    flow->protocol == PROTOCOL_ANY || can(flow->protocol, family))
			continue;
		diag_report(work->diag, DIAG_BACKEND_CANNOT, flow->at,
			    "%s cannot say protocol %s of %s (%s, for client '%s')",
			    work->job->backend->name,
			    name ? name : arena_printf(work->arena, "%u", flow->protocol),
			    family == FAMILY_IPV4 ? "IPv4" : "IPv6", flow->reason,
			    flow->client->name);
		diag_help(work->diag,
			  "allow every protocol there ('protocol: any'), or take the "
			  "client off output '%s'",
			  work->job->name);
		return -1;
	}
	return 0;
}

static int check_flow(struct work *work, const struct flow *flow, enum flow_form form)
{
	if (form == FLOW_UNSAID)
		return legal_report_unsaid(work, flow);
	if (form == FLOW_BY_TAGS && legal_check_tags(work, flow) < 0)
		return -1;
	if (followed_flow(work->job, flow) && strlen(flow->name) > FOLLOWED_NAME_MAX)
		return diag_report(work->diag, DIAG_BACKEND_LIMIT, flow->at,
				   "'%s' is too long to be followed: the comment of its "
				   "set takes at most %d bytes",
				   flow->name, FOLLOWED_NAME_MAX);
	return check_protocol(work, flow, form);
}

static int add_flows(struct work *work)
{
	const struct intent *intent = work->job->intent;
	struct group group = {0};
	int result = 0;

	for (size_t i = 0; i < intent->flow_count; i++) {
		const struct flow *flow = intent->flows[i];
		enum flow_form form;

		if (!legal_is_covered(work, flow))
			continue;
		form = backend_form(work->job, flow);
		if (check_flow(work, flow, form) < 0) {
			result = -1;
			continue;
		}
		if (group.lead && (form != group.form || !same_rule(group.lead, flow))) {
			add_group(work, &group);
			group.lead = NULL;
		}
		if (!group.lead)
			group = (struct group){.lead = flow, .form = form};
		join_flow(work, &group, flow);
	}
	if (group.lead)
		add_group(work, &group);
	legal_report_unbound(work);
	return result;
}

static void add_base(struct work *work)
{
	for (size_t i = 0; i < work->scope->base_count; i++) {
		struct rule *rule = chain_add_rule(legal_chain(work, false), work->arena);

		rule->name = work->scope->base[i].id;
		rule->match = work->scope->base[i].match;
		rule->action = ACTION_ADMIT;
	}
}

/* The governed packets of some families; a lone client's set has a label already. */
static struct match governed(struct work *work, unsigned families)
{
	struct match match = {0};

	for (size_t i = 0; i < work->scope->governed.count; i++) {
		struct term *term = match_add(&match, TERM_ADDRS, work->arena);

		*term = work->scope->governed.terms[i];
		if (term->kind == TERM_ADDRS)
			term->addrs = addr_set_of(&term->addrs, families);
		for (size_t j = 0; term->kind == TERM_ADDRS && j < work->set_count; j++)
			if (addr_set_equal(&work->sets[j]->addrs, &term->addrs)) {
				term->label = work->sets[j]->label;
				break;
			}
	}
	return match;
}

/* Does a match speak of packets at all? */
static bool has_addresses(const struct match *match)
{
	for (size_t i = 0; i < match->count; i++)
		if (match->terms[i].kind == TERM_ADDRS && !match->terms[i].negated &&
		    addr_set_is_empty(&match->terms[i].addrs))
			return false;
	return true;
}

static void add_refusal(struct work *work, unsigned families)
{
	struct chain *chain = legal_chain(work, false);
	struct match match = governed(work, families);
	struct rule *rule;

	if (!has_addresses(&match))
		return;
	if (work->job->log && legal_has_cap(work, BACKEND_CAP(LOG))) {
		rule = chain_add_rule(chain, work->arena);
		rule->name = "log what is refused";
		rule->match = governed(work, families);
		rule->action = ACTION_CONTINUE;
		rule->logs = true;
	}
	rule = chain_add_rule(chain, work->arena);
	rule->name = "refuse what is not allowed above";
	rule->match = match;
	rule->action = ACTION_REFUSE;
}

/* What is governed and was not admitted is refused, after a log line where asked for.
 * Where everything outside is refused too, one rule says both. */
static void add_refusals(struct work *work)
{
	struct rule *rule;

	if (work->scope->outside == 1u << VERDICT_REFUSE) {
		rule = chain_add_rule(legal_chain(work, false), work->arena);
		rule->name = "refuse everything else";
		rule->action = ACTION_REFUSE;
	} else if (legal_has_cap(work, BACKEND_CAP(FAMILIES))) {
		add_refusal(work, FAMILIES_ALL);
	} else {
		for (unsigned family = 0; family < FAMILY_COUNT; family++)
			add_refusal(work, 1u << family);
	}
}

static int check_limits(struct work *work)
{
	const struct backend_limits *limits = &work->job->backend->limits;
	size_t count = ruleset_count_rules(work->legal->rules);

	if (limits->rules && count > limits->rules)
		return diag_report(work->diag, DIAG_BACKEND_LIMIT, work->job->at,
				   "output '%s' needs %zu rules and %s takes %u (%s)",
				   work->job->name, count, work->job->backend->name,
				   limits->rules, limits->source);
	return 0;
}

/* The path with its stages, each with a chain of its own. */
static void add_stages(struct work *work)
{
	const struct backend_scope *scope = work->scope;
	const struct backend_stage only = {work->job->name, {0}, ACTION_UNDECIDED, false};
	const struct backend_stage *stages = scope->stage_count ? scope->stages : &only;
	size_t count = scope->stage_count ? scope->stage_count : 1;
	struct ruleset *rules = work->legal->rules;
	struct path *path = ruleset_add_path(rules, scope->path, work->arena);

	path->universe = scope->universe;
	path->compose = count > 1 ? COMPOSE_FIRST : COMPOSE_ALL;
	for (size_t i = 0; i < count; i++) {
		const char *name = count > 1 ? stages[i].label : scope->path;
		struct stage *stage = arena_push(work->arena, path->stages, path->count,
						 path->capacity);

		stage->label = stages[i].label;
		stage->chain = ruleset_add_chain(rules, name, work->arena);
		stage->guard = stages[i].guard;
		stage->end = stages[i].end;
	}
}

int backend_legalize(const struct backend_job *job, const struct backend_scope *scope,
		     struct arena *arena, struct legal *ret_legal, struct diag *diag)
{
	struct legal legal = {.rules = ruleset_new(arena)};
	struct work work = {
		.job = job,
		.scope = scope,
		.arena = arena,
		.diag = diag,
		.legal = &legal,
	};

	add_stages(&work);
	if (job->deny)
		add_base(&work);
	if (job->backend->kind == BACKEND_KIND_RESOLVER ? legal_add_answers(&work)
							: add_flows(&work))
		return -1;
	if (job->deny && legal_has_cap(&work, BACKEND_CAP(REFUSE)))
		add_refusals(&work);
	if (check_limits(&work) < 0)
		return -1;
	*ret_legal = legal;
	return 0;
}
