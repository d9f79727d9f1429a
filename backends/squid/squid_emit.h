/* squid_emit.h - Writing rules for squid.conf; of the back end's constant only. */
#ifndef BACKENDS_SQUID_SQUID_EMIT_H
#define BACKENDS_SQUID_SQUID_EMIT_H

#include "backends/backend.h"

/**
 * squid_emit() - Write a legal rule set as one file
 *
 * "squid.conf" where the form is complete, "postern.conf" for conf.d where it is drop-in.
 */
int squid_emit(const struct ruleset *rules, const struct backend_job *job,
	       struct arena *arena, struct artifact_list *artifacts, struct diag *diag);

#endif
