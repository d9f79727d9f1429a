/* azure_nsg_backend.c - The Azure NSG back end: its constant. */
#include "backends/azure_nsg/azure_nsg_emit.h"
#include "backends/azure_nsg/azure_nsg_scope.h"
#include "backends/azure_nsg/nsg.h"
#include "backends/backend.h"
#include "backends/registry.h"

static const char *const destinations[] = {"auto", "addresses", "service-tags", NULL};
static const char *const forms[] = {"child", "group", "terraform", NULL};

static const struct backend_option options[] = {
	{
		.name = "group",
		.kind = BACKEND_OPTION_NAME,
		.required = true,
		.place = true,
		.holder = true,
		.help = "the network security group that the rules are for",
	},
	{
		.name = "location",
		.kind = BACKEND_OPTION_NAME,
		.help = "region of the group, for 'form: group'; else that of its "
			"resource group",
	},
	{
		.name = "destinations",
		.kind = BACKEND_OPTION_WORD,
		.values = destinations,
		.fallback = "auto",
		.help = "how public endpoints are written: 'auto' and 'service-tags' by "
			"tag, else by address; 'addresses' by address only",
	},
	{
		.name = "first_priority",
		.kind = BACKEND_OPTION_NUMBER,
		.first = 100,
		.last = 4096,
		.fallback = "200",
		.help = "priority of the first rule; the others follow by tens, and 4096 "
			"refuses the rest",
	},
	{
		.name = "form",
		.kind = BACKEND_OPTION_WORD,
		.values = forms,
		.fallback = "child",
		.help = "'child' adds rules to a group that others have rules in, "
			"'group' "
			"sets all rules of a group of postern's own, 'terraform' is the "
			"child rules for Terraform",
	},
	{0},
};

const struct backend backend_azure_nsg = {
	.name = "azure-nsg",
	.summary = "outbound rules of an Azure network security group",
	.kind = BACKEND_KIND_CLOUD_ACL,
	.caps = BACKEND_CAP(ADDRESSES) | BACKEND_CAP(TAGS) | BACKEND_CAP(IPV4) |
		BACKEND_CAP(IPV6) | BACKEND_CAP(TCP) | BACKEND_CAP(UDP) |
		BACKEND_CAP(PROTOCOLS) | BACKEND_CAP(REFUSE),
	.limits =
		{
			.rules = 1000,
			.prefixes_per_rule = 4000,
			.priority_first = 100,
			.priority_last = 4096,
			.comment_bytes = 140,
			.source = "learn.microsoft.com/azure/azure-resource-manager/"
				  "management/azure-subscription-service-limits (read "
				  "2026-11-27)",
		},
	.options = options,
	.scope = nsg_scope,
	.can_protocol = nsg_can_protocol,
	.emit = nsg_emit,
	.sniff = nsg_sniff,
	.import = nsg_import,
};
