/* named_backend.c - The bind back end: its constant. */
#include "backends/answer.h"
#include "backends/bind/named.h"
#include "backends/bind/named_emit.h"
#include "backends/registry.h"

static bool forwards(const struct backend_job *job)
{
	return backend_setting_is(job, "form", "forward");
}

static void assume_forward(struct backend_scope *scope, struct arena *arena)
{
	scope_assume(scope,
		     "the server that is asked sees the private DNS zone and looks names "
		     "up for others; 168.63.129.16 does so for those in the virtual "
		     "network only",
		     arena);
	scope_assume(scope,
		     "no other zone of this server holds these names: data of its own, "
		     "and a forward zone of a longer name, come first",
		     arena);
	scope_assume(scope,
		     "'deny-answer-addresses' does not hold the addresses of the private "
		     "endpoints, or the registry's domain stands behind 'except-from'",
		     arena);
	scope_assume(scope,
		     "the registry's domain is not signed, and named can see that: where "
		     "it cannot ask the root, 'validate-except' holds the domain",
		     arena);
}

static void assume_zone(struct backend_scope *scope, struct arena *arena)
{
	scope_assume(scope,
		     "public names lead to their names in the zone by CNAME, as Azure "
		     "publishes for registries with a private endpoint",
		     arena);
	scope_assume(scope,
		     "clients may have names of others looked up ('recursion yes', "
		     "'allow-recursion'): so named follows the CNAME into its own zone",
		     arena);
	scope_assume(scope,
		     "every registry with a private endpoint is one of the spec's: names "
		     "that are missing in the zone do not exist for anybody who asks "
		     "this server",
		     arena);
}

static int named_check(const struct backend_job *job, struct diag *diag)
{
	return answer_check_form(job, "server", "forward", diag);
}

static int named_scope(const struct backend_job *job, struct arena *arena,
		       struct backend_scope *ret_scope, struct diag *diag)
{
	struct backend_scope scope;

	if (forwards(job)) {
		if (answer_scope(job, QUESTION_PATH, ANSWER_ALONE, arena, &scope, diag) <
		    0)
			return -1;
		assume_forward(&scope, arena);
	} else {
		if (answer_scope(job, ANSWER_PATH, ANSWER_ZONE, arena, &scope, diag) < 0)
			return -1;
		assume_zone(&scope, arena);
	}
	scope_assume(&scope,
		     "no response policy, plugin or view of this server comes between",
		     arena);
	*ret_scope = scope;
	return 0;
}

static void named_answer(const struct backend_job *job, const struct flow *flow,
			 struct arena *arena, struct backend_answer *ret_answer)
{
	if (forwards(job))
		answer_forwarded(job, flow, arena, ret_answer);
	else
		answer_in_zone(job, flow, arena, ret_answer);
}

static const char *const forms[] = {"zone", "forward", NULL};

static const struct backend_option options[] = {
	{
		.name = "form",
		.kind = BACKEND_OPTION_WORD,
		.values = forms,
		.fallback = "zone",
		.help = "'zone' is a copy of the private DNS zone; 'forward' asks a "
			"server "
			"that sees it",
	},
	{
		.name = "server",
		.kind = BACKEND_OPTION_ADDRESS,
		.fallback = "168.63.129.16",
		.help = "the server of form 'forward': 168.63.129.16 is Azure's and "
			"answers "
			"only from inside the virtual network; elsewhere it is a "
			"resolver "
			"there",
	},
	{.name = NULL},
};

const struct backend backend_bind = {
	.name = "bind",
	.summary = "a zone or a forwarder for the DNS server BIND",
	.kind = BACKEND_KIND_RESOLVER,
	.caps = BACKEND_CAP(ADDRESSES) | BACKEND_CAP(NAMES) | BACKEND_CAP(IPV4) |
		BACKEND_CAP(IPV6) | BACKEND_CAP(FAMILIES) | BACKEND_CAP(REFUSE),
	.limits = {.source =
			   "named.conf(5) of BIND 9.18.49, Debian 12 (read 2026-11-27)"},
	.options = options,
	.check = named_check,
	.scope = named_scope,
	.answer = named_answer,
	.emit = named_emit,
	.sniff = named_sniff,
	.import = named_import,
};
