/* unbound_backend.c - The unbound back end: its constant. */
#include "backends/answer.h"
#include "backends/backend.h"
#include "backends/registry.h"
#include "backends/unbound/unbound.h"
#include "backends/unbound/unbound_emit.h"
#include "backends/unbound/unbound_scope.h"

static int unbound_check(const struct backend_job *job, struct diag *diag)
{
	return answer_check_form(job, "server", "forward", diag);
}

static const char *const forms[] = {"local", "forward", NULL};
static const char *const dialects[] = {"unbound-1.17", "unbound-1.22", NULL};

static const struct backend_option options[] = {
	{
		.name = "form",
		.kind = BACKEND_OPTION_WORD,
		.values = forms,
		.fallback = "local",
		.help = "'local': the host names and their addresses, which work "
			"wherever the server is; 'forward': questions for the registry's "
			"whole domain go to 'server', which sees the private DNS zone",
	},
	{
		.name = "server",
		.kind = BACKEND_OPTION_ADDRESS,
		.fallback = "168.63.129.16",
		.help = "of form 'forward': which server is asked.  168.63.129.16 "
			"answers only from inside the virtual network; elsewhere write "
			"the address of a DNS Private Resolver or of a forwarder there",
	},
	{0},
};

const struct backend backend_unbound = {
	.name = "unbound",
	.summary = "a part of unbound.conf that leads host names to private endpoints",
	.kind = BACKEND_KIND_RESOLVER,
	.caps = BACKEND_CAP(ADDRESSES) | BACKEND_CAP(NAMES) | BACKEND_CAP(WILDCARDS) |
		BACKEND_CAP(IPV4) | BACKEND_CAP(IPV6) | BACKEND_CAP(FAMILIES) |
		BACKEND_CAP(REFUSE),
	.limits = {.source = "unbound.conf(5) of unbound 1.17.1 (read 2026-11-27)"},
	.options = options,
	.dialects = dialects,
	.check = unbound_check,
	.scope = unbound_scope,
	.answer = unbound_answer,
	.emit = unbound_emit,
	.sniff = unbound_sniff,
	.import = unbound_import,
};
