/* named_emit.h - Writing BIND's files; of the back end's constant only. */
#ifndef BACKENDS_BIND_NAMED_EMIT_H
#define BACKENDS_BIND_NAMED_EMIT_H

#include "backends/backend.h"

/**
 * named_emit() - Write "named.conf.postern" and its zone file "db.ZONE", or, of form
 * forward, "named.forward.conf"
 */
int named_emit(const struct ruleset *rules, const struct backend_job *job,
	       struct arena *arena, struct artifact_list *artifacts, struct diag *diag);

#endif
