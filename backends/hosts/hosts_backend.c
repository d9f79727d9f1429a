/* hosts_backend.c - The hosts back end: its constant. */
#include "backends/answer.h"
#include "backends/hosts/hosts.h"
#include "backends/hosts/hosts_emit.h"
#include "backends/registry.h"

static int hosts_scope(const struct backend_job *job, struct arena *arena,
		       struct backend_scope *ret_scope, struct diag *diag)
{
	struct backend_scope scope;

	if (answer_scope(job, ANSWER_PATH, ANSWER_ALONE, arena, &scope, diag) < 0)
		return -1;
	scope_assume(&scope,
		     "whoever pulls reads this file before it asks a DNS server: 'files' "
		     "stands before 'dns' in nsswitch.conf, and the file is that of the "
		     "node, not of a pod",
		     arena);
	scope_assume(&scope,
		     "programs ask for the addresses of both families at once: a "
		     "question for IPv6 alone goes on to DNS",
		     arena);
	*ret_scope = scope;
	return 0;
}

const struct backend backend_hosts = {
	.name = "hosts",
	.summary = "lines for /etc/hosts, where no DNS server can be changed",
	.kind = BACKEND_KIND_RESOLVER,
	.caps = BACKEND_CAP(ADDRESSES) | BACKEND_CAP(NAMES) | BACKEND_CAP(IPV4) |
		BACKEND_CAP(IPV6) | BACKEND_CAP(FAMILIES) | BACKEND_CAP(REFUSE),
	.limits = {.source = "hosts(5), Debian 12 (read 2026-11-27)"},
	.scope = hosts_scope,
	.answer = answer_by_name,
	.emit = hosts_emit,
	.sniff = hosts_sniff,
	.import = hosts_import,
};
