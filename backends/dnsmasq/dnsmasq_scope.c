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

static bool is_form(const struct backend_job *job, const char *form)
{
	return backend_setting_is(job, "form", form);
}

bool dnsmasq_concerns(const struct backend_job *job, const struct flow *flow)
{
	if (is_form(job, "nftset"))
		return flow->name && flow_is_public(flow);
	return flow->zone;
}

void dnsmasq_answer(const struct backend_job *job, const struct flow *flow,
		    struct arena *arena, struct backend_answer *ret_answer)
{
	if (is_form(job, "nftset"))
		answer_into_sets(backend_setting(job, "hook"), flow, arena, ret_answer);
	else if (is_form(job, "forward"))
		answer_forwarded(job, flow, arena, ret_answer);
	else
		answer_by_name(job, flow, arena, ret_answer);
}

static void assume_sets(struct backend_scope *scope, struct arena *arena)
{
	scope_assume(scope,
		     "the packet filter opens, of what is in a set, no more than the "
		     "spec "
		     "says of the set's name: answers for names below it enter as well, "
		     "and those for 'x' into the set of '*.x'",
		     arena);
	scope_assume(scope,
		     "whoever pulls asks this dnsmasq, and no other server besides: it "
		     "fills no set with what it did not answer",
		     arena);
	scope_assume(scope,
		     "no other 'nftset' line is for these names, and none is in a file "
		     "that dnsmasq reads before: of two lines for a domain the first "
		     "counts",
		     arena);
}

static void assume_answers(const struct backend_job *job, struct backend_scope *scope,
			   struct arena *arena)
{
	scope_assume(scope,
		     "whoever pulls asks this dnsmasq, and no other server besides: a "
		     "second 'nameserver' of resolv.conf would know public addresses",
		     arena);
	if (is_form(job, "forward"))
		scope_assume(scope,
			     arena_printf(arena,
					  "the DNS server %s sees zone '%s': "
					  "168.63.129.16 answers only from inside the "
					  "virtual network that the zone is linked to",
					  backend_setting(job, "server"),
					  answer_zone(job)),
			     arena);
	scope_assume(scope,
		     "no other line of dnsmasq's configuration is for these names or one "
		     "above or below, and neither /etc/hosts nor a DHCP lease has them",
		     arena);
}

int dnsmasq_scope(const struct backend_job *job, struct arena *arena,
		  struct backend_scope *ret_scope, struct diag *diag)
{
	bool local = is_form(job, "local"), sets = is_form(job, "nftset");
	const char *path = local ? ANSWER_PATH : sets ? SET_PATH : QUESTION_PATH;
	struct backend_scope scope;

	if (answer_scope(job, path, local ? ANSWER_BELOW : ANSWER_ALONE, arena, &scope,
			 diag) < 0)
		return -1;
	scope.frame = &careful_frame;
	if (sets)
		assume_sets(&scope, arena);
	else
		assume_answers(job, &scope, arena);
	*ret_scope = scope;
	return 0;
}
