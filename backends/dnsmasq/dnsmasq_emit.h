/* dnsmasq_emit.h - Writing a part of dnsmasq's configuration; of the constant only. */
#ifndef BACKENDS_DNSMASQ_DNSMASQ_EMIT_H
#define BACKENDS_DNSMASQ_DNSMASQ_EMIT_H

#include "backends/backend.h"

/** dnsmasq_emit() - Write "postern.conf": records, or the servers of domains */
int dnsmasq_emit(const struct ruleset *rules, const struct backend_job *job,
		 struct arena *arena, struct artifact_list *artifacts, struct diag *diag);

#endif
