/* unbound_scope.c - What unbound owes its clients, and what surrounds our file. */
#include "backends/unbound/unbound_scope.h"

#include "backends/answer.h"

/**
 * DOC: The frame
 *
 * The file is proved alone and in here: an unbound.conf that includes it as Debian's does
 * and guards against rebinding, with the addresses that the manual gives for that
 * (unbound.conf(5) of unbound 1.17.1, "private-address", read 2026-11-27).  Without our
 * exemption such a server takes the addresses of private endpoints out of the answers.
 */
static const char guarded_conf[] =
	"server:\n"
	"\tprivate-address: 10.0.0.0/8\n"
	"\tprivate-address: 172.16.0.0/12\n"
	"\tprivate-address: 192.168.0.0/16\n"
	"\tprivate-address: 169.254.0.0/16\n"
	"\tprivate-address: fd00::/8\n"
	"\tprivate-address: fe80::/10\n"
	"\tprivate-address: ::ffff:0:0/96\n"
	"include-toplevel: \"/etc/unbound/unbound.conf.d/postern.conf\"\n"
	"remote-control:\n"
	"\tcontrol-enable: yes\n"
	"\tcontrol-interface: /run/unbound.ctl\n";

static const struct import_file guarded_frame = {
	.name = "/etc/unbound/unbound.conf",
	.text = guarded_conf,
	.length = sizeof(guarded_conf) - 1,
};

static bool forwards(const struct backend_job *job)
{
	return backend_setting_is(job, "form", "forward");
}

void unbound_answer(const struct backend_job *job, const struct flow *flow,
		    struct arena *arena, struct backend_answer *ret_answer)
{
	if (forwards(job))
		answer_forwarded(job, flow, arena, ret_answer);
	else
		answer_by_name(job, flow, arena, ret_answer);
}

int unbound_scope(const struct backend_job *job, struct arena *arena,
		  struct backend_scope *ret_scope, struct diag *diag)
{
	struct backend_scope scope;

	if (answer_scope(job, forwards(job) ? QUESTION_PATH : ANSWER_PATH, ANSWER_ALONE,
			 arena, &scope, diag) < 0)
		return -1;
	scope.frame = &guarded_frame;
	scope_assume(&scope,
		     "whoever pulls asks this server and no other one, and "
		     "access-control in its configuration lets them",
		     arena);
	scope_assume(&scope,
		     "no view, tag or response policy zone in its configuration gives "
		     "them other answers",
		     arena);
	if (forwards(job)) {
		scope_assume(&scope,
			     "the server that is asked sees the private DNS zone, and "
			     "answers whoever asks for this one",
			     arena);
		scope_assume(&scope,
			     "what validates answers finds that the registry's domain is "
			     "not signed: the servers of its parent can be asked",
			     arena);
	}
	*ret_scope = scope;
	return 0;
}
