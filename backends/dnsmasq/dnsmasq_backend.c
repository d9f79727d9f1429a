/* dnsmasq_backend.c - The dnsmasq back end: its constant. */
#include "backends/answer.h"
#include "backends/backend.h"
#include "backends/dnsmasq/dnsmasq.h"
#include "backends/dnsmasq/dnsmasq_emit.h"
#include "backends/dnsmasq/dnsmasq_scope.h"
#include "backends/registry.h"

static int dnsmasq_check(const struct backend_job *job, struct diag *diag)
{
	if (answer_check_form(job, "server", "forward", diag) < 0)
		return -1;
	return answer_check_form(job, "hook", "nftset", diag);
}

static const char *const forms[] = {"local", "forward", "nftset", NULL};
static const char *const hooks[] = {"forward", "output", NULL};

static const struct backend_option options[] = {
	{
		.name = "form",
		.kind = BACKEND_OPTION_WORD,
		.values = forms,
		.fallback = "local",
		.help = "'local': the addresses of private endpoints under their public "
			"names; 'forward': every question for the registries' domain "
			"goes to 'server', which sees the private DNS zone; 'nftset': "
			"answers for public names fill the sets of an nftables output "
			"that has 'names: followed, filled_by: dnsmasq'",
	},
	{
		.name = "server",
		.kind = BACKEND_OPTION_ADDRESS,
		.fallback = "168.63.129.16",
		.help = "of form 'forward': the DNS server that is asked.  168.63.129.16 "
			"answers only from inside the virtual network; elsewhere write "
			"the address of a DNS Private Resolver or of a forwarder inside",
	},
	{
		.name = "hook",
		.kind = BACKEND_OPTION_WORD,
		.values = hooks,
		.fallback = "forward",
		.help = "of form 'nftset': the hook of the nftables output whose sets "
			"are "
			"filled; of two lines for a name dnsmasq takes the first, so one "
			"dnsmasq fills the sets of one hook",
	},
	{0},
};

const struct backend backend_dnsmasq = {
	.name = "dnsmasq",
	.summary = "a file for /etc/dnsmasq.d: addresses of private endpoints, where to "
		   "ask for them, or sets that answers fill",
	.kind = BACKEND_KIND_RESOLVER,
	.caps = BACKEND_CAP(ADDRESSES) | BACKEND_CAP(NAMES) | BACKEND_CAP(IPV4) |
		BACKEND_CAP(IPV6) | BACKEND_CAP(FAMILIES) | BACKEND_CAP(REFUSE) |
		BACKEND_CAP(HOST),
	.limits = {.source = "dnsmasq 2.90, src/option.c (read 2026-11-27)"},
	.options = options,
	.check = dnsmasq_check,
	.scope = dnsmasq_scope,
	.concerns = dnsmasq_concerns,
	.answer = dnsmasq_answer,
	.emit = dnsmasq_emit,
	.sniff = dnsmasq_sniff,
	.import = dnsmasq_import,
};
