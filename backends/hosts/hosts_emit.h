/* hosts_emit.h - Writing a hosts file; of the back end's constant only. */
#ifndef BACKENDS_HOSTS_HOSTS_EMIT_H
#define BACKENDS_HOSTS_HOSTS_EMIT_H

#include "backends/backend.h"

/** hosts_emit() - Write "hosts": a line for each name and address */
int hosts_emit(const struct ruleset *rules, const struct backend_job *job,
	       struct arena *arena, struct artifact_list *artifacts, struct diag *diag);

#endif
