/* azure_dns_backend.c - The Azure private DNS back end: its constant. */
#include "backends/answer.h"
#include "backends/azure_private_dns/azure_dns_emit.h"
#include "backends/azure_private_dns/azure_dns_scope.h"
#include "backends/azure_private_dns/privatedns.h"
#include "backends/registry.h"

static const char *const forms[] = {"arm", "terraform", "script", NULL};

static const struct backend_option options[] = {
	{
		.name = "form",
		.kind = BACKEND_OPTION_WORD,
		.values = forms,
		.fallback = "arm",
		.help = "'arm' is a template, 'terraform' is for Terraform, 'script' "
			"calls az",
	},
	{
		.name = "link",
		.kind = BACKEND_OPTION_NAME,
		.help = "name of the zone's link to the clients' virtual network, "
			"which is a parameter of what is written; without it no link "
			"is written",
	},
	{
		.name = "ttl",
		.kind = BACKEND_OPTION_NUMBER,
		.first = 1,
		.last = 2147483647,
		.fallback = "10",
		.help = "seconds for which resolvers may keep a record",
	},
	{0},
};

const struct backend backend_azure_private_dns = {
	.name = "azure-private-dns",
	.summary = "records of an Azure private DNS zone",
	.kind = BACKEND_KIND_RESOLVER,
	.caps = BACKEND_CAP(ADDRESSES) | BACKEND_CAP(NAMES) | BACKEND_CAP(IPV4) |
		BACKEND_CAP(IPV6) | BACKEND_CAP(FAMILIES) | BACKEND_CAP(REFUSE),
	.limits =
		{
			.rules = 25000,
			.source = "learn.microsoft.com/azure/dns/private-dns-"
				  "privatednszone, \"Limits\" (read 2026-11-27)",
		},
	.options = options,
	.scope = azdns_scope,
	.answer = answer_in_zone,
	.emit = azdns_emit,
	.sniff = azdns_sniff,
	.import = azdns_import,
};
