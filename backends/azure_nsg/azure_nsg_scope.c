/* azure_nsg_scope.c - What a network security group sees of an intent. */
#include "backends/azure_nsg/azure_nsg_scope.h"

#include <string.h>

#include "rules/base/arena.h"

/* DHCP, DNS and instance metadata pass a group by, unless a rule has one of the
 * platform's own tags, and ours never have (learn.microsoft.com/azure/virtual-network/
 * network-security-groups-overview, "Azure platform considerations", read 2026-11-27). */
static const char *const bypass[] = {"168.63.129.16", "169.254.169.254"};

static void add_packets(const struct backend_job *job, struct backend_scope *scope,
			struct arena *arena)
{
	struct addr_set from = {0};
	struct prefix prefix;

	for (size_t i = 0; i < ARRAY_SIZE(bypass); i++) {
		if (prefix_parse(bypass[i], &prefix) != PREFIX_OK)
			BUG("bad address %s", bypass[i]);
		addr_set_add_prefix(&scope->bypass, &prefix, arena);
	}
	addr_set_normalize(&scope->bypass);
	match_number(&scope->universe, FIELD_STATE, CT_NEW, CT_NEW, arena);
	match_addrs(&scope->universe, FIELD_DESTINATION, &scope->bypass, arena);
	scope->universe.terms[1].negated = true;
	for (size_t i = 0; i < job->client_count; i++)
		addr_set_add(&from, &job->clients[i]->addresses, arena);
	addr_set_normalize(&from);
	match_addrs(&scope->governed, FIELD_SOURCE, &from, arena);
	scope->governed.terms[0].label = "clients";
}

static void add_platform_assumptions(const struct backend_job *job,
				     struct backend_scope *scope, struct arena *arena)
{
	const char *group = backend_setting(job, "group");

	scope_assume(scope,
		     arena_printf(arena,
				  "group '%s' is the one of the clients' interfaces or "
				  "subnets, and where both have one the other allows the "
				  "same",
				  group),
		     arena);
	if (!backend_setting_is(job, "form", "group"))
		scope_assume(scope,
			     arena_printf(arena,
					  "no other rule of group '%s' decides about the "
					  "clients' packets first",
					  group),
			     arena);
	scope_assume(scope,
		     "security admin rules of a network manager leave the packets to the "
		     "group",
		     arena);
	scope_assume(scope,
		     "168.63.129.16 and 169.254.169.254 are reached whatever the rules "
		     "say",
		     arena);
	scope_assume(scope,
		     "connections that are open when rules change live on: rules decide "
		     "about new ones",
		     arena);
}

static void add_client_assumptions(const struct backend_job *job,
				   struct backend_scope *scope, struct arena *arena)
{
	bool from_lock = false;

	for (size_t i = 0; i < job->client_count; i++)
		scope_assume_families(scope, job->clients[i], arena);
	for (size_t i = 0; i < job->intent->flow_count; i++) {
		const struct flow *flow = job->intent->flows[i];

		from_lock |= backend_covers(job, flow) && flow->bound_by &&
			     strncmp(flow->bound_by, "postern.lock", 12) == 0 &&
			     backend_form(job, flow) == FLOW_BY_ADDRESSES;
	}
	if (from_lock)
		scope_assume(scope, "names still have the addresses of postern.lock",
			     arena);
}

int nsg_scope(const struct backend_job *job, struct arena *arena,
	      struct backend_scope *ret_scope, struct diag *diag)
{
	struct backend_scope scope = {.path = "outbound", .level = "packet"};

	(void)diag;
	add_packets(job, &scope, arena);
	add_platform_assumptions(job, &scope, arena);
	add_client_assumptions(job, &scope, arena);
	*ret_scope = scope;
	return 0;
}
