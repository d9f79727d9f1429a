/* azure_firewall_backend.c - The Azure Firewall back end: its constant. */
#include "backends/azure_firewall/azure_firewall.h"
#include "backends/azure_firewall/azure_firewall_emit.h"
#include "backends/azure_firewall/azure_firewall_scope.h"
#include "backends/backend.h"
#include "backends/registry.h"

static const char *const modes[] = {"application", "network", NULL};
static const char *const destinations[] = {"fqdns", "addresses", "service-tags", NULL};
static const char *const forms[] = {"arm", "terraform", NULL};

/* Group and priority: behind the groups that the portal makes
 * (Default…RuleCollectionGroup with 100, 200 and 300;
 * learn.microsoft.com/azure/firewall/policy-rule-sets, read 2026-08-20), since an owner's
 * refusal in front of ours is meant. */
static const struct backend_option options[] = {
	{
		.name = "policy",
		.kind = BACKEND_OPTION_NAME,
		.required = true,
		.place = true,
		.holder = true,
		.help = "the firewall policy that gets the rule collection group",
	},
	{
		.name = "group",
		.kind = BACKEND_OPTION_NAME,
		.place = true,
		.fallback = "postern-egress",
		.help = "name of the rule collection group, which is replaced as a "
			"whole: one output of a policy each; IP groups begin with it",
	},
	{
		.name = "priority",
		.kind = BACKEND_OPTION_NUMBER,
		.first = 100,
		.last = 65000,
		.fallback = "1000",
		.help = "priority of the group among the policy's; smaller is asked "
			"first",
	},
	{
		.name = "mode",
		.kind = BACKEND_OPTION_WORD,
		.values = modes,
		.fallback = "application",
		.help = "'application': HTTP and HTTPS by name, in application rules; "
			"'network': everything in network rules",
	},
	{
		.name = "destinations",
		.kind = BACKEND_OPTION_WORD,
		.values = destinations,
		.fallback = "fqdns",
		.help = "how network rules say public endpoints: by names that the "
			"firewall resolves (needs its DNS proxy), by 'addresses' of "
			"postern.lock, or by 'service-tags'",
	},
	{
		.name = "form",
		.kind = BACKEND_OPTION_WORD,
		.values = forms,
		.fallback = "arm",
		.help = "'arm': a template, firewall.json; 'terraform': firewall.tf.json",
	},
	{
		.name = "location",
		.kind = BACKEND_OPTION_NAME,
		.help = "region of IP groups; without it that of the resource group "
			"(arm) "
			"or of the policy (terraform)",
	},
	{0},
};

const struct backend backend_azure_firewall = {
	.name = "azure-firewall",
	.summary = "a rule collection group of an Azure Firewall policy",
	.kind = BACKEND_KIND_CLOUD_FIREWALL,
	.caps = BACKEND_CAP(ADDRESSES) | BACKEND_CAP(NAMES) | BACKEND_CAP(WILDCARDS) |
		BACKEND_CAP(TAGS) | BACKEND_CAP(HOSTS) | BACKEND_CAP(IPV4) |
		BACKEND_CAP(TCP) | BACKEND_CAP(UDP) | BACKEND_CAP(PROTOCOL_LIST),
	.limits =
		{
			.source = "learn.microsoft.com, Azure Firewall limits (of "
				  "2023-10-10, read 2026-08-20)",
		},
	.options = options,
	.check = azure_firewall_check,
	.scope = azure_firewall_scope,
	.can_protocol = azure_firewall_can_protocol,
	.request = azure_firewall_request,
	.emit = azure_firewall_emit,
	.sniff = azure_firewall_sniff,
	.import = azure_firewall_import,
};
