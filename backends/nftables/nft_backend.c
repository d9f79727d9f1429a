/* nft_backend.c - The nftables back end: its constant. */
#include "backends/backend.h"
#include "backends/nftables/nft.h"
#include "backends/nftables/nft_emit.h"
#include "backends/nftables/nft_scope.h"
#include "backends/registry.h"

static const char *const hooks[] = {"forward", "output", NULL};
static const char *const names[] = {"locked", "followed", NULL};
static const char *const fillers[] = {"watch", "dnsmasq", NULL};
static const char *const platforms[] = {"none", "azure", NULL};

static const struct backend_option options[] = {
	{
		.name = "hook",
		.kind = BACKEND_OPTION_WORD,
		.values = hooks,
		.required = true,
		.help = "where the packets pass: 'forward' on a gateway, 'output' on the "
			"client itself; the table is named by it, so a machine holds one "
			"output of each",
	},
	{
		.name = "names",
		.kind = BACKEND_OPTION_WORD,
		.values = names,
		.fallback = "locked",
		.help = "'locked': names have the addresses of postern.lock; 'followed': "
			"each public name has a set that the rules look into and that is "
			"filled from outside, so that addresses change and rules stay",
	},
	{
		.name = "filled_by",
		.kind = BACKEND_OPTION_WORD,
		.values = fillers,
		.help = "with 'names: followed': 'watch' (if nothing is written) is "
			"'postern watch', which checks what it is answered; 'dnsmasq' "
			"adds what it answers the clients, wildcards too, for a day, and "
			"nobody checks it but for being public; an output of backend "
			"'dnsmasq' with 'form: nftset' writes its lines",
	},
	{
		.name = "platform",
		.kind = BACKEND_OPTION_WORD,
		.values = platforms,
		.fallback = "none",
		.help = "on hook output 'azure' keeps the wire server and the instance "
			"metadata reachable",
	},
	{
		.name = "mark",
		.kind = BACKEND_OPTION_NUMBER,
		.first = 1,
		.last = UINT32_MAX,
		.help = "the mark for packets of the intent; needed with 'default: keep' "
			"and "
			"only there",
	},
	{0},
};

const struct backend backend_nftables = {
	.name = "nftables",
	.summary = "rules for a Linux gateway or host, one inet table changed in place",
	.kind = BACKEND_KIND_HOST_FILTER,
	.caps = BACKEND_CAP(ADDRESSES) | BACKEND_CAP(FAMILIES) |
		BACKEND_CAP(PROTOCOL_LIST) | BACKEND_CAP(IPV4) | BACKEND_CAP(IPV6) |
		BACKEND_CAP(TCP) | BACKEND_CAP(UDP) | BACKEND_CAP(PROTOCOLS) |
		BACKEND_CAP(STATE) | BACKEND_CAP(REFUSE) | BACKEND_CAP(LOG) |
		BACKEND_CAP(MARK) | BACKEND_CAP(HOST) | BACKEND_CAP(HOSTS),
	.limits =
		{
			.comment_bytes = 128,
			.source = "libnftnl 1.2.4 udata.h, NFTNL_UDATA_COMMENT_MAXLEN "
				  "(read "
				  "2026-11-21)",
		},
	.options = options,
	.check = nft_check,
	.scope = nft_scope,
	.emit = nft_emit,
	.sniff = nft_sniff,
	.import = nft_import,
};
