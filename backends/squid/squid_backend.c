/* squid_backend.c - The squid back end: its constant. */
#include "backends/backend.h"
#include "backends/registry.h"
#include "backends/squid/squid.h"
#include "backends/squid/squid_emit.h"
#include "backends/squid/squid_scope.h"

static const char *const forms[] = {"complete", "drop-in", NULL};
static const char *const dialects[] = {"squid-5", "squid-7", NULL};

static const struct backend_option options[] = {
	{
		.name = "form",
		.kind = BACKEND_OPTION_WORD,
		.values = forms,
		.fallback = "complete",
		.help = "'complete': a squid.conf that refuses everything else; "
			"'drop-in': a "
			"file for Debian's /etc/squid/conf.d, which decides about its "
			"own "
			"clients only.  squid logs requests by itself, so 'log' changes "
			"nothing",
	},
	{
		.name = "port",
		.kind = BACKEND_OPTION_NUMBER,
		.fallback = "3128",
		.first = 1,
		.last = 65535,
		.help = "of form 'complete': where squid listens, as the spec's 'proxy:' "
			"says",
	},
	{0},
};

const struct backend backend_squid = {
	.name = "squid",
	.summary = "a squid.conf, or a part of one, for clients of the proxy",
	.kind = BACKEND_KIND_PROXY,
	.caps = BACKEND_CAP(NAMES) | BACKEND_CAP(WILDCARDS) | BACKEND_CAP(IPV4) |
		BACKEND_CAP(IPV6) | BACKEND_CAP(TCP) | BACKEND_CAP(FAMILIES) |
		BACKEND_CAP(REFUSE),
	.limits = {.source =
			   "squid 5.7, acl/forward.h and cache_cf.cc (read 2026-11-27)"},
	.options = options,
	.dialects = dialects,
	.check = squid_check,
	.scope = squid_scope,
	.request = squid_request,
	.emit = squid_emit,
	.sniff = squid_sniff,
	.import = squid_import,
};
