/* ir_scope.c - What rules as data see of an intent. */
#include "backends/ir/ir_scope.h"

#include <string.h>

#include "rules/base/arena.h"

bool ir_request(const struct backend_job *job, const struct flow *flow,
		struct match *match, struct arena *arena)
{
	(void)job;
	(void)match; /* the name is all that a request has here */
	(void)arena;
	return !flow->bound;
}

static void assume_bindings(const struct backend_job *job, struct backend_scope *scope,
			    struct arena *arena)
{
	bool from_lock = false, by_name = false;

	for (size_t i = 0; i < job->intent->flow_count; i++) {
		const struct flow *flow = job->intent->flows[i];

		if (!backend_covers(job, flow))
			continue;
		from_lock |= flow->bound_by &&
			     strncmp(flow->bound_by, "postern.lock", 12) == 0;
		by_name |= backend_form(job, flow) == FLOW_BY_NAME;
	}
	if (from_lock)
		scope_assume(scope, "names still have the addresses of postern.lock",
			     arena);
	if (by_name)
		scope_assume(scope,
			     "whoever carries out the rules knows which name a packet is "
			     "for",
			     arena);
}

int ir_scope(const struct backend_job *job, struct arena *arena,
	     struct backend_scope *ret_scope, struct diag *diag)
{
	struct backend_scope scope = {.path = "egress", .level = "packet"};
	struct addr_set from = {0};

	(void)diag;
	for (size_t i = 0; i < job->client_count; i++)
		addr_set_add(&from, &job->clients[i]->addresses, arena);
	addr_set_normalize(&from);
	match_number(&scope.universe, FIELD_STATE, CT_NEW, CT_NEW, arena);
	match_addrs(&scope.governed, FIELD_SOURCE, &from, arena);
	scope.governed.terms[0].label = "clients";
	scope_assume(&scope,
		     "whoever carries out the rules lets pass what belongs to a flow "
		     "that was admitted",
		     arena);
	for (size_t i = 0; i < job->client_count; i++)
		scope_assume_families(&scope, job->clients[i], arena);
	assume_bindings(job, &scope, arena);
	*ret_scope = scope;
	return 0;
}
