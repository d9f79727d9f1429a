/* dnsmasq_scope.c - What dnsmasq sees of an intent, and what surrounds its lines. */
#include "backends/dnsmasq/dnsmasq_scope.h"

#include "backends/answer.h"
#include "rules/base/arena.h"

/**
 * DOC: The frame
 *
 * The file is one of several in /etc/dnsmasq.d, beside /etc/dnsmasq.conf.  It is proved
 * alone and in here, with the lines of Debian's dnsmasq.conf that careful people take the
 * comment sign from (dnsmasq 2.90-4~deb12u2, read 2026-11-27), and with the guard against
 * private addresses in answers, which a router's dnsmasq has.
 */
static const char careful_conf[] = "domain-needed\n"
				   "bogus-priv\n"
				   "stop-dns-rebind\n"
				   "rebind-localhost-ok\n"
				   "conf-file=/etc/dnsmasq.d/postern.conf\n";

static const struct import_file careful_frame = {
	.name = "/etc/dnsmasq.conf",
	.text = careful_conf,
	.length = sizeof(careful_conf) - 1,
};

static bool forwards(const struct backend_job *job)
{
	return backend_setting_is(job, "form", "forward");
}

void dnsmasq_answer(const struct backend_job *job, const struct flow *flow,
		    struct arena *arena, struct backend_answer *ret_answer)
{
	if (forwards(job))
		answer_forwarded(job, flow, arena, ret_answer);
	else
		answer_by_name(job, flow, arena, ret_answer);
}

int dnsmasq_scope(const struct backend_job *job, struct arena *arena,
		  struct backend_scope *ret_scope, struct diag *diag)
{
	const char *path = forwards(job) ? QUESTION_PATH : ANSWER_PATH;
	struct backend_scope scope;

	if (answer_scope(job, path, forwards(job) ? ANSWER_ALONE : ANSWER_BELOW, arena,
			 &scope, diag) < 0)
		return -1;
	scope.frame = &careful_frame;
	scope_assume(&scope,
		     "whoever pulls asks this dnsmasq, and no other server besides: a "
		     "second 'nameserver' of resolv.conf would know public addresses",
		     arena);
	if (forwards(job))
		scope_assume(&scope,
			     arena_printf(arena,
					  "the DNS server %s sees zone '%s': "
					  "168.63.129.16 answers only from inside the "
					  "virtual network that the zone is linked to",
					  backend_setting(job, "server"),
					  answer_zone(job)),
			     arena);
	scope_assume(&scope,
		     "no other line of dnsmasq's configuration is for these names or one "
		     "above or below, and neither /etc/hosts nor a DHCP lease has them",
		     arena);
	*ret_scope = scope;
	return 0;
}
