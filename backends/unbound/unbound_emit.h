/* unbound_emit.h - Writing for unbound.conf; of the back end's constant only. */
#ifndef BACKENDS_UNBOUND_UNBOUND_EMIT_H
#define BACKENDS_UNBOUND_UNBOUND_EMIT_H

#include "backends/backend.h"

/** unbound_emit() - Write "postern.conf": records of our own, or a zone that is forwarded
 */
int unbound_emit(const struct ruleset *rules, const struct backend_job *job,
		 struct arena *arena, struct artifact_list *artifacts, struct diag *diag);

#endif
