/* dnsmasq_scope.h - What dnsmasq sees of an intent; of the back end's constant only. */
#ifndef BACKENDS_DNSMASQ_DNSMASQ_SCOPE_H
#define BACKENDS_DNSMASQ_DNSMASQ_SCOPE_H

#include "backends/backend.h"

/** dnsmasq_scope() - Names and what is below them, or the registries' domain */
int dnsmasq_scope(const struct backend_job *job, struct arena *arena,
		  struct backend_scope *ret_scope, struct diag *diag);

/** dnsmasq_concerns() - Is it at a private endpoint, or, for sets, a public name? */
bool dnsmasq_concerns(const struct backend_job *job, const struct flow *flow);

/** dnsmasq_answer() - Addresses of the name, the server of its domain, or its sets */
void dnsmasq_answer(const struct backend_job *job, const struct flow *flow,
		    struct arena *arena, struct backend_answer *ret_answer);

#endif
