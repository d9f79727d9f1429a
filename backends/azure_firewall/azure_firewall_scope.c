/* azure_firewall_scope.c - What Azure Firewall sees of an intent, and what it believes.
 */
#include "backends/azure_firewall/azure_firewall_scope.h"

#include <string.h>

#include "rules/base/arena.h"

/**
 * DOC: What it sees
 *
 * Packets of the clients that routes send to it, of IPv4: IPv6 is a preview, for network
 * rules alone (learn.microsoft.com/azure/firewall/deploy-dual-stack-firewall, read
 * 2026-11-27), and nothing is written for it.
 *
 * What no rule allows is refused, so "keep" and "deny" make the same text: one group that
 * allows.  They differ in what must be believed of the other groups of the policy: with
 * "deny" that they allow nothing to these clients, with "keep" that they refuse nothing
 * of what this group allows.
 */

#define HTTP_PORT  80u
#define HTTPS_PORT 443u

bool azure_firewall_can_protocol(unsigned protocol, enum family family)
{
	return protocol == PROTOCOL_TCP || protocol == PROTOCOL_UDP ||
	       (protocol == PROTOCOL_ICMP && family == FAMILY_IPV4);
}

/* Only at the ports where it is sure what is spoken: a rule for HTTPS takes nothing but a
 * TLS handshake with a name. */
static const char *application_of(const struct flow *flow)
{
	if (flow->protocol != PROTOCOL_TCP || flow->ports.count != 1 ||
	    flow->ports.at[0].first != flow->ports.at[0].last)
		return NULL;
	if (flow->ports.at[0].first == HTTPS_PORT)
		return "https";
	return flow->ports.at[0].first == HTTP_PORT ? "http" : NULL;
}

bool azure_firewall_request(const struct backend_job *job, const struct flow *flow,
			    struct match *match, struct arena *arena)
{
	const char *application = application_of(flow);

	if (!flow->name || !application ||
	    !backend_setting_is(job, "mode", "application"))
		return false;
	if (match)
		match_symbol(match, FIELD_APPLICATION, application, false, arena);
	return true;
}

int azure_firewall_check(const struct backend_job *job, struct diag *diag)
{
	int result = 0;

	for (size_t i = 0; i < job->client_count; i++) {
		const struct flow_client *client = job->clients[i];

		if (client->any_address || client->addresses.of[FAMILY_IPV4].count)
			continue;
		result = diag_report(diag, DIAG_BACKEND_CANNOT, client->at,
				     "azure-firewall cannot serve client '%s': it has no "
				     "IPv4 address",
				     client->name);
		diag_help(diag,
			  "give the client one, or leave it out of the 'clients:' of "
			  "output '%s'",
			  job->name);
	}
	return result;
}

/* -- packets ------------------------------------------------------------------------- */

static const struct backend_stage *make_stages(struct arena *arena)
{
	static const char *const words[] = {"http", "https", "mssql"};
	struct backend_stage *stages = arena_array(arena, 3, struct backend_stage);
	struct match *guard = &stages[1].guard;

	stages[0] =
		(struct backend_stage){.label = "network rules", .end = ACTION_UNDECIDED};
	stages[1] = (struct backend_stage){.label = "application rules",
					   .end = ACTION_UNDECIDED,
					   .named = true};
	stages[2] = (struct backend_stage){.label = "default", .end = ACTION_REFUSE};
	match_number(guard, FIELD_PROTOCOL, PROTOCOL_TCP, PROTOCOL_TCP, arena);
	match_symbol(guard, FIELD_APPLICATION, words[0], false, arena);
	for (size_t i = 1; i < ARRAY_SIZE(words); i++)
		*arena_push(arena, guard->terms[1].symbols.at,
			    guard->terms[1].symbols.count,
			    guard->terms[1].symbols.capacity) = words[i];
	return stages;
}

static void add_governed(const struct backend_job *job, struct backend_scope *scope,
			 struct arena *arena)
{
	struct addr_set from = {0};

	for (size_t i = 0; i < job->client_count; i++)
		addr_set_add(&from, &job->clients[i]->addresses, arena);
	addr_set_normalize(&from);
	match_addrs(&scope->governed, FIELD_SOURCE, &from, arena);
	scope->governed.terms[0].label = "clients";
	match_number(&scope->governed, FIELD_STATE, CT_NEW, CT_NEW, arena);
	match_family(&scope->governed, FAMILY_IPV4, arena);
}

/* -- assumptions --------------------------------------------------------------------- */

static void assume_about_policy(const struct backend_job *job,
				struct backend_scope *scope, struct arena *arena)
{
	const char *policy = backend_setting(job, "policy");

	if (job->deny)
		scope_assume(scope,
			     arena_printf(arena,
					  "policy '%s' has no other group, and its "
					  "parent no rule, that decides packets of these "
					  "clients",
					  policy),
			     arena);
	else
		scope_assume(scope,
			     arena_printf(arena,
					  "no other group of policy '%s' and no rule of "
					  "its parent refuses what this group allows; "
					  "they decide the rest",
					  policy),
			     arena);
	scope_assume(scope,
		     "the clients' packets come to the firewall: routes lead there, and "
		     "none leads around it",
		     arena);
	scope_assume(scope,
		     "the firewall refuses none of these flows by threat intelligence or "
		     "intrusion detection, and translates none by a DNAT rule",
		     arena);
	scope_assume(scope,
		     "the infrastructure rule collection, behind all rules, lets nothing "
		     "pass that matters: images, disks and diagnostics of Azure itself",
		     arena);
}

/* What of it depends on how the flows are said. */
static void assume_about_flows(const struct backend_job *job, struct backend_scope *scope,
			       struct arena *arena)
{
	bool by[FLOW_UNSAID + 1] = {false};
	bool from_lock = false;

	for (size_t i = 0; i < job->intent->flow_count; i++) {
		const struct flow *flow = job->intent->flows[i];
		enum flow_form form;

		if (!backend_covers(job, flow))
			continue;
		form = backend_form(job, flow);
		by[form] = true;
		from_lock |= form == FLOW_BY_ADDRESSES && flow->bound_by &&
			     strncmp(flow->bound_by, "postern.lock", 12) == 0;
	}
	if (by[FLOW_BY_NAME])
		scope_assume(scope,
			     "application rules bind the name that a request says (SNI, "
			     "Host) and not its address: an allowed name may lead "
			     "anywhere",
			     arena);
	if (by[FLOW_BY_HOST])
		scope_assume(scope,
			     "the policy's DNS proxy is on and the clients ask it: a "
			     "name in a network rule leads them where it leads the "
			     "firewall",
			     arena);
	if (from_lock)
		scope_assume(scope, "names still have the addresses of postern.lock",
			     arena);
}

static void assume_about_clients(const struct backend_job *job,
				 struct backend_scope *scope, struct arena *arena)
{
	for (size_t i = 0; i < job->client_count; i++) {
		const struct flow_client *client = job->clients[i];

		scope_assume(scope,
			     arena_printf(arena,
					  client->families & 1u << FAMILY_IPV6
						  ? "IPv6 of client '%s' does not come "
						    "to the firewall, which is not told "
						    "of it"
						  : "client '%s' has no IPv6",
					  client->name),
			     arena);
	}
}

int azure_firewall_scope(const struct backend_job *job, struct arena *arena,
			 struct backend_scope *ret_scope, struct diag *diag)
{
	struct backend_scope scope = {
		.path = "egress",
		.stages = make_stages(arena),
		.stage_count = 3,
		.families = 1u << FAMILY_IPV4,
		.outside = 1u << VERDICT_REFUSE,
		.level = "packet",
	};

	(void)diag;
	match_number(&scope.universe, FIELD_STATE, CT_NEW, CT_NEW, arena);
	add_governed(job, &scope, arena);
	assume_about_policy(job, &scope, arena);
	assume_about_flows(job, &scope, arena);
	assume_about_clients(job, &scope, arena);
	*ret_scope = scope;
	return 0;
}
