/* squid_scope.h - What squid sees of an intent; of the back end's constant only. */
#ifndef BACKENDS_SQUID_SQUID_SCOPE_H
#define BACKENDS_SQUID_SQUID_SCOPE_H

#include "backends/backend.h"

/** squid_check() - Refuse settings that contradict each other */
int squid_check(const struct backend_job *job, struct diag *diag);

/**
 * squid_scope() - What an output governs and believes
 *
 * Governed are the requests of clients that send some flow through the proxy.  A complete
 * squid.conf refuses those of everybody else; a drop-in leaves them to the file that
 * includes it, and is proved within Debian's as well.
 */
int squid_scope(const struct backend_job *job, struct arena *arena,
		struct backend_scope *ret_scope, struct diag *diag);

/** squid_request() - A flow of TCP through the proxy is a CONNECT to its host name */
bool squid_request(const struct backend_job *job, const struct flow *flow,
		   struct match *match, struct arena *arena);

#endif
