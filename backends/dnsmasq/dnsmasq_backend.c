/* dnsmasq_backend.c - The dnsmasq back end: its constant. */
#include "backends/backend.h"
#include "backends/dnsmasq/dnsmasq.h"
#include "backends/dnsmasq/dnsmasq_emit.h"
#include "backends/dnsmasq/dnsmasq_scope.h"
#include "backends/registry.h"

static const char *const forms[] = {"local", "forward", NULL};

static const struct backend_option options[] = {
	{
		.name = "form",
		.kind = BACKEND_OPTION_WORD,
		.values = forms,
		.fallback = "local",
		.help = "'local': the addresses of private endpoints under their public "
			"names; 'forward': every question for the registries' domain "
			"goes to 'server', which sees the private DNS zone",
	},
	{
		.name = "server",
		.kind = BACKEND_OPTION_ADDRESS,
		.fallback = "168.63.129.16",
		.help = "of form 'forward': the DNS server that is asked.  168.63.129.16 "
			"answers only from inside the virtual network; elsewhere write "
			"the address of a DNS Private Resolver or of a forwarder inside",
	},
	{0},
};

const struct backend backend_dnsmasq = {
	.name = "dnsmasq",
	.summary = "a file for /etc/dnsmasq.d: addresses of private endpoints, or where "
		   "to ask",
	.kind = BACKEND_KIND_RESOLVER,
	.caps = BACKEND_CAP(ADDRESSES) | BACKEND_CAP(NAMES) | BACKEND_CAP(IPV4) |
		BACKEND_CAP(IPV6) | BACKEND_CAP(FAMILIES) | BACKEND_CAP(REFUSE),
	.limits = {.source = "dnsmasq 2.90, src/option.c (read 2026-11-27)"},
	.options = options,
	.scope = dnsmasq_scope,
	.answer = dnsmasq_answer,
	.emit = dnsmasq_emit,
	.sniff = dnsmasq_sniff,
	.import = dnsmasq_import,
};
