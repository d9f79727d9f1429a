/* legalize.c - From the bound intent to rules that a target can say. */
#include "backends/legalize.h"

#include <string.h>

#include "rules/base/arena.h"
#include "rules/base/textmap.h"

/* A set that got a label, so that another set of that name gets another one. */
struct labelled_set {
	const char *label;
	struct addr_set addrs;
};

struct work {
	const struct backend_job *job;
	const struct backend_scope *scope;
	struct arena *arena;
	struct diag *diag;
	struct legal *legal;
	struct chain *chain;
	struct labelled_set **sets;
	size_t set_count, set_capacity;
	struct textmap labels; /* the same sets by label */
	struct unbound_name **unbound;
	size_t unbound_count, unbound_capacity;
	struct textmap unbound_keys;
};

/* The addresses of @addrs whose family is among the bits @families. */
static struct addr_set of_families(const struct addr_set *addrs, unsigned families)
{
	struct addr_set set = {0};

	for (unsigned family = 0; family < FAMILY_COUNT; family++) {
		if (!(families & 1u << family))
			continue;
		set.of[family] = addrs->of[family];
		/* Room behind the elements is the owner's: what is added goes elsewhere.
		 */
		set.of[family].capacity = set.of[family].count;
	}
	return set;
}

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

static bool has_cap(const struct work *work, uint32_t cap)
{
	return work->job->backend->caps & cap;
}

static int report_wildcard(struct work *work, const struct flow *flow)
{
	const char *target = work->job->backend->name;

	diag_report(work->diag, DIAG_BACKEND_CANNOT, flow->at,
		    "%s cannot say '%s' (%s, for client '%s'): it matches addresses, and "
		    "a "
		    "wildcard has none",
		    target, flow->name, flow->reason, flow->client->name);
	diag_help(work->diag,
		  "names are exact with 'data_endpoints: dedicated' and without the "
		  "operation 'build'; else take the client off output '%s'",
		  work->job->name);
	return -1;
}

static int report_tag_only(struct work *work, const struct flow *flow)
{
	diag_report(work->diag, DIAG_BACKEND_CANNOT, flow->at,
		    "%s cannot say service tag '%s' (%s, for client '%s')",
		    work->job->backend->name, flow->service_tag ? flow->service_tag : "?",
		    flow->reason, flow->client->name);
	diag_help(work->diag,
		  "write the addresses under the client's 'allow:', or take the client "
		  "off "
		  "output '%s'",
		  work->job->name);
	return -1;
}

/* -- names without an address ---------------------------------------------- */

/* More names than this are counted, not listed. */
#define UNBOUND_LISTED 5

/* A name that the target needs an address of, and how many clients need it. */
struct unbound_name {
	const struct flow *flow;
	size_t clients;
};

static int note_unbound(struct work *work, const struct flow *flow)
{
	const char *key = arena_printf(work->arena, "%s %s", flow->name, flow->view);
	struct unbound_name *name = textmap_get(&work->unbound_keys, key);

	if (!name) {
		name = arena_make(work->arena, struct unbound_name);
		name->flow = flow;
		textmap_put(&work->unbound_keys, key, name, work->arena);
		*arena_push(work->arena, work->unbound, work->unbound_count,
			    work->unbound_capacity) = name;
	}
	name->clients++;
	return -1;
}

static const char *view_of(const struct flow *flow)
{
	return flow->view ? flow->view : "public";
}

static void report_unbound(struct work *work, const struct unbound_name *name)
{
	const struct flow *flow = name->flow;

	diag_report(work->diag, DIAG_ADDRESS_NEEDED, flow->at,
		    "'%s' (%s) has no address, and %s needs one", flow->name,
		    flow->reason, work->job->backend->name);
	if (name->clients > 1)
		diag_note(work->diag, flow->client->at,
			  "client '%s' and %zu more need it", flow->client->name,
			  name->clients - 1);
	else if (flow->at.begin < flow->client->at.begin ||
		 flow->at.begin >= flow->client->at.end)
		diag_note(work->diag, flow->client->at, "client '%s' needs it",
			  flow->client->name);
	if (!flow->unbound) {
		diag_help(work->diag,
			  "write its addresses into view '%s' of postern.lock",
			  view_of(flow));
		return;
	}
	diag_note(work->diag, flow->unbound->at, "%s", flow->unbound->text);
	diag_note(work->diag, SPAN_NONE, "%s", flow->unbound->cause);
}

/* Without a lock all names lack their addresses for one reason. */
static void report_unlocked(struct work *work)
{
	const struct flow *first = work->unbound[0]->flow;
	size_t more = work->unbound_count - 1;

	diag_report(work->diag, DIAG_ADDRESS_NEEDED, first->at,
		    "'%s' (%s) and %zu more name%s have no address, and %s needs one",
		    first->name, first->reason, more, more == 1 ? "" : "s",
		    work->job->backend->name);
	for (size_t i = 1; i < work->unbound_count && i < UNBOUND_LISTED; i++)
		diag_note(work->diag, work->unbound[i]->flow->at, "'%s' (%s)",
			  work->unbound[i]->flow->name, work->unbound[i]->flow->reason);
	if (work->unbound_count > UNBOUND_LISTED)
		diag_note(work->diag, SPAN_NONE, "and %zu more",
			  work->unbound_count - UNBOUND_LISTED);
	diag_help(work->diag,
		  "there is no lock: write their addresses into view '%s' of "
		  "postern.lock "
		  "beside the spec, or name it with --lock",
		  view_of(first));
}

static void report_all_unbound(struct work *work)
{
	bool looked = false;

	for (size_t i = 0; i < work->unbound_count; i++)
		looked = looked || work->unbound[i]->flow->unbound;
	if (work->unbound_count > 1 && !looked) {
		report_unlocked(work);
		return;
	}
	for (size_t i = 0; i < work->unbound_count; i++)
		report_unbound(work, work->unbound[i]);
}

/* Can the target say this flow at all?  0, or -1 after saying why not. */
static int check_flow(struct work *work, const struct flow *flow)
{
	struct addr_set reachable;

	if (has_cap(work, BACKEND_CAP(NAMES)) && flow->name)
		return 0;
	if (!flow->bound) {
		if (!flow->name)
			return report_tag_only(work, flow);
		return strchr(flow->name, '*') ? report_wildcard(work, flow)
					       : note_unbound(work, flow);
	}
	reachable =
		of_families(&flow->addresses, flow->client->families & flow->families);
	if (addr_set_is_empty(&reachable)) /* binding refuses such a flow */
		BUG("flow '%s' is bound to nothing that its client can reach", flow->id);
	return 0;
}

/* May two flows stand in one rule? */
static bool same_rule(const struct flow *a, const struct flow *b)
{
	return a->client == b->client && a->protocol == b->protocol &&
	       ranges_equal(&a->ports, &b->ports) && strcmp(a->group, b->group) == 0;
}

static void match_client(struct work *work, struct match *match,
			 const struct flow_client *client)
{
	struct addr_set addrs = of_families(&client->addresses, client->families);

	if (!client->any_address)
		match_set(work, match, FIELD_SOURCE, client->name, &addrs);
	else if (client->families == 1u << FAMILY_IPV4)
		match_family(match, FAMILY_IPV4, work->arena);
	else if (client->families == 1u << FAMILY_IPV6)
		match_family(match, FAMILY_IPV6, work->arena);
}

/* The last rule, when it says the same for the same group but for the protocol. */
static struct rule *rule_to_widen(struct work *work, const struct flow *lead,
				  const struct addr_set *addrs)
{
	struct rule *last =
		work->chain->count ? &work->chain->rules[work->chain->count - 1] : NULL;

	bool same_ports = !lead->ports.count;

	if (!last || !last->id || strcmp(last->id, lead->group) != 0 ||
	    lead->protocol == PROTOCOL_ANY)
		return NULL;
	for (size_t i = 0; i < last->match.count; i++) {
		const struct term *term = &last->match.terms[i];

		if (term->field == FIELD_DESTINATION &&
		    !addr_set_equal(&term->addrs, addrs))
			return NULL;
		if (term->field == FIELD_DESTINATION_PORT)
			same_ports = ranges_equal(&term->numbers, &lead->ports);
	}
	return same_ports ? last : NULL;
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

/* One rule for a group's flows to @addrs; protocols with the same ports share it. */
static void add_group(struct work *work, const struct flow *lead, struct addr_set *addrs)
{
	const char *mark = backend_setting(work->job, "mark");
	struct rule *rule;

	addr_set_normalize(addrs);
	rule = rule_to_widen(work, lead, addrs);
	if (rule && has_cap(work, BACKEND_CAP(PROTOCOLS)) &&
	    widen(work, rule, lead->protocol))
		return;
	rule = chain_add_rule(work->chain, work->arena);
	rule->id = lead->group;
	rule->at = lead->at;
	rule->action = ACTION_ADMIT;
	match_client(work, &rule->match, lead->client);
	match_set(work, &rule->match, FIELD_DESTINATION, lead->set_name, addrs);
	if (lead->protocol != PROTOCOL_ANY)
		match_number(&rule->match, FIELD_PROTOCOL, lead->protocol, lead->protocol,
			     work->arena);
	if (lead->ports.count)
		match_numbers(&rule->match, FIELD_DESTINATION_PORT, &lead->ports,
			      work->arena);
	if (has_cap(work, BACKEND_CAP(STATE)))
		match_number(&rule->match, FIELD_STATE, CT_NEW, CT_NEW, work->arena);
	if (mark && has_cap(work, BACKEND_CAP(MARK))) {
		rule->marks = true;
		rule->mark = backend_number(mark);
	}
}

static void skip_flow(struct work *work, const struct flow *flow, const char *reason)
{
	struct not_covered *skipped = arena_push(work->arena, work->legal->not_covered,
						 work->legal->not_covered_count,
						 work->legal->not_covered_capacity);

	skipped->flow = flow;
	skipped->reason = reason;
}

/* Is the flow this target's business?  What is not is noted. */
static bool is_covered(struct work *work, const struct flow *flow)
{
	if (!backend_governs(work->job, flow))
		return false;
	if (flow->path == CLIENT_DIRECT)
		return true;
	skip_flow(work, flow, "sent through the proxy");
	return false;
}

static int add_flows(struct work *work)
{
	const struct intent *intent = work->job->intent;
	const struct flow *lead = NULL;
	struct addr_set addrs = {0};
	int result = 0;

	for (size_t i = 0; i < intent->flow_count; i++) {
		const struct flow *flow = intent->flows[i];
		struct addr_set more;

		if (!is_covered(work, flow))
			continue;
		if (check_flow(work, flow) < 0) {
			result = -1;
			continue;
		}
		more = of_families(&flow->addresses,
				   flow->client->families & flow->families);
		if (lead && same_rule(lead, flow)) {
			addr_set_add(&addrs, &more, work->arena);
			continue;
		}
		if (lead)
			add_group(work, lead, &addrs);
		lead = flow;
		addrs = more;
	}
	if (lead)
		add_group(work, lead, &addrs);
	report_all_unbound(work);
	return result;
}

static void add_base(struct work *work)
{
	for (size_t i = 0; i < work->scope->base_count; i++) {
		struct rule *rule = chain_add_rule(work->chain, work->arena);

		rule->name = work->scope->base[i].id;
		rule->match = work->scope->base[i].match;
		rule->action = ACTION_ADMIT;
	}
}

/* The governed packets; a lone client's set has a label already. */
static struct match governed(struct work *work)
{
	struct match match = {0};

	for (size_t i = 0; i < work->scope->governed.count; i++) {
		struct term *term = match_add(&match, TERM_ADDRS, work->arena);

		*term = work->scope->governed.terms[i];
		for (size_t j = 0; term->kind == TERM_ADDRS && j < work->set_count; j++)
			if (addr_set_equal(&work->sets[j]->addrs, &term->addrs)) {
				term->label = work->sets[j]->label;
				break;
			}
	}
	return match;
}

/* What is governed and was not admitted is refused, after a log line where asked for. */
static void add_refusal(struct work *work)
{
	struct rule *rule;

	if (work->job->log && has_cap(work, BACKEND_CAP(LOG))) {
		rule = chain_add_rule(work->chain, work->arena);
		rule->name = "log what is refused";
		rule->match = governed(work);
		rule->action = ACTION_CONTINUE;
		rule->logs = true;
	}
	rule = chain_add_rule(work->chain, work->arena);
	rule->name = "refuse what is not allowed above";
	rule->match = governed(work);
	rule->action = ACTION_REFUSE;
}

static int check_limits(struct work *work)
{
	const struct backend_limits *limits = &work->job->backend->limits;

	if (limits->rules && work->chain->count > limits->rules)
		return diag_report(work->diag, DIAG_BACKEND_LIMIT, work->job->at,
				   "output '%s' needs %zu rules and %s takes %u (%s)",
				   work->job->name, work->chain->count,
				   work->job->backend->name, limits->rules,
				   limits->source);
	return 0;
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
	struct path *path = ruleset_add_path(legal.rules, scope->path, arena);
	struct stage *stage;
	size_t chain = ruleset_add_chain(legal.rules, scope->path, arena);

	work.chain = &legal.rules->chains[chain];
	path->universe = scope->universe;
	stage = arena_push(arena, path->stages, path->count, path->capacity);
	stage->label = job->name;
	stage->chain = chain;
	stage->end = ACTION_UNDECIDED;
	if (job->deny)
		add_base(&work);
	if (add_flows(&work) < 0)
		return -1;
	if (job->deny)
		add_refusal(&work);
	if (check_limits(&work) < 0)
		return -1;
	*ret_legal = legal;
	return 0;
}
