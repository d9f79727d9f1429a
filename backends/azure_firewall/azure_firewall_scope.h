/* azure_firewall_scope.h - What Azure Firewall sees; of the back end's constant only. */
#ifndef BACKENDS_AZURE_FIREWALL_SCOPE_H
#define BACKENDS_AZURE_FIREWALL_SCOPE_H

#include "backends/backend.h"

/** azure_firewall_check() - Refuse a job whose clients it cannot serve */
int azure_firewall_check(const struct backend_job *job, struct diag *diag);

/** azure_firewall_can_protocol() - TCP, UDP and ICMP have names in network rules */
bool azure_firewall_can_protocol(unsigned protocol, enum family family);

/** azure_firewall_request() - HTTP and HTTPS by name, in mode application */
bool azure_firewall_request(const struct backend_job *job, const struct flow *flow,
			    struct match *match, struct arena *arena);

/** azure_firewall_scope() - See struct backend */
int azure_firewall_scope(const struct backend_job *job, struct arena *arena,
			 struct backend_scope *ret_scope, struct diag *diag);

#endif
