/* squid_scope.c - What squid sees of an intent, and what surrounds its rules. */
#include "backends/squid/squid_scope.h"

#include <string.h>

#include "rules/base/arena.h"

/**
 * DOC: The frame
 *
 * Debian's squid.conf keeps guards in front of the files of conf.d and refuses behind
 * them.  A drop-in is proved alone and in here: what the guards refuse would not work,
 * and what they let in beforehand would be open.
 *
 * Everything that decides requests in /etc/squid/squid.conf of squid 5.7-2+deb12u6
 * (Debian 12, read 2026-11-27), comments and local networks left out; it includes every
 * *.conf of conf.d, and here ours alone.
 */
static const char debian_conf[] = "acl SSL_ports port 443\n"
				  "acl Safe_ports port 80\n"
				  "acl Safe_ports port 21\n"
				  "acl Safe_ports port 443\n"
				  "acl Safe_ports port 70\n"
				  "acl Safe_ports port 210\n"
				  "acl Safe_ports port 1025-65535\n"
				  "acl Safe_ports port 280\n"
				  "acl Safe_ports port 488\n"
				  "acl Safe_ports port 591\n"
				  "acl Safe_ports port 777\n"
				  "http_access deny !Safe_ports\n"
				  "http_access deny CONNECT !SSL_ports\n"
				  "http_access allow localhost manager\n"
				  "http_access deny manager\n"
				  "include /etc/squid/conf.d/postern.conf\n"
				  "http_access allow localhost\n"
				  "http_access deny all\n"
				  "http_port 3128\n";

static const struct import_file debian_frame = {
	.name = "/etc/squid/squid.conf",
	.text = debian_conf,
	.length = sizeof(debian_conf) - 1,
};

static bool is_complete(const struct backend_job *job)
{
	return backend_setting_is(job, "form", "complete");
}

int squid_check(const struct backend_job *job, struct diag *diag)
{
	if (job->deny || !is_complete(job))
		return 0;
	diag_report(diag, DIAG_SQUID_KEEP, job->at,
		    "output '%s' cannot be a complete squid.conf under 'default: keep'",
		    job->name);
	diag_help(diag, "write 'form: drop-in', or 'default: deny'");
	return -1;
}

bool squid_request(const struct backend_job *job, const struct flow *flow,
		   struct match *match, struct arena *arena)
{
	(void)job;
	if (flow->path != CLIENT_PROXY || !flow->name || flow->protocol != PROTOCOL_TCP)
		return false;
	if (match)
		match_symbol(match, FIELD_METHOD, "CONNECT", false, arena);
	return true;
}

/* Which clients send anything through the proxy, by their index in the intent. */
static const bool *find_proxied(const struct intent *intent, struct arena *arena)
{
	bool *proxied = arena_array(arena, intent->client_count + 1, bool);

	for (size_t i = 0; i < intent->flow_count; i++)
		if (intent->flows[i]->path == CLIENT_PROXY)
			proxied[intent->flows[i]->client->index] = true;
	return proxied;
}

static void add_governed(const struct backend_job *job, struct backend_scope *scope,
			 const bool *proxied, struct arena *arena)
{
	struct addr_set from = {0};

	for (size_t i = 0; i < job->client_count; i++)
		if (proxied[job->clients[i]->index])
			addr_set_add(&from, &job->clients[i]->addresses, arena);
	addr_set_normalize(&from);
	match_addrs(&scope->governed, FIELD_SOURCE, &from, arena);
	scope->governed.terms[0].label = "clients";
}

static void add_assumptions(const struct backend_job *job, struct backend_scope *scope,
			    const bool *proxied, struct arena *arena)
{
	scope_assume(scope,
		     "clients reach squid with their own addresses: no NAT and no other "
		     "proxy is between",
		     arena);
	scope_assume(scope,
		     "the resolver that squid asks is trusted: a name that is allowed "
		     "leads where that says",
		     arena);
	scope_assume(scope,
		     "squid sees the name of the CONNECT and nothing of what is inside "
		     "the tunnel: another server name there (SNI, Host) is up to the "
		     "server",
		     arena);
	if (!is_complete(job))
		scope_assume(scope,
			     "squid.conf includes the file where Debian's does, as the "
			     "only one with rules for these clients",
			     arena);
	for (size_t i = 0; i < job->client_count; i++)
		if (proxied[job->clients[i]->index])
			scope_assume_families(scope, job->clients[i], arena);
}

int squid_scope(const struct backend_job *job, struct arena *arena,
		struct backend_scope *ret_scope, struct diag *diag)
{
	struct backend_scope scope = {
		.path = "request",
		.outside = is_complete(job) ? 1u << VERDICT_REFUSE : 0,
		.frame = is_complete(job) ? NULL : &debian_frame,
		.level = "request",
	};
	const bool *proxied = find_proxied(job->intent, arena);

	(void)diag;
	match_number(&scope.universe, FIELD_PROTOCOL, PROTOCOL_TCP, PROTOCOL_TCP, arena);
	match_number(&scope.universe, FIELD_STATE, CT_NEW, CT_NEW, arena);
	add_governed(job, &scope, proxied, arena);
	add_assumptions(job, &scope, proxied, arena);
	*ret_scope = scope;
	return 0;
}
