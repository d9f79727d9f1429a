/* endpoints.h - From the spec to the intent: which client needs which endpoint, and why.
 */
#ifndef COMPILER_ENDPOINTS_H
#define COMPILER_ENDPOINTS_H

#include "compiler/spec.h"
#include "rules/intent.h"

struct arena;

/* More flows than this are a mistake of a generator, not a network. */
#define INTENT_MAX_FLOWS 100000u

/**
 * endpoints_derive() - The intent of a spec
 *
 * Flows come in the order of the spec: client by client; for each the registries, the
 * services, the DNS servers, the allows and what stays open inside.  The implicit client
 * "proxy" comes last.  Nothing is bound yet.
 */
int endpoints_derive(const struct spec *spec, struct arena *arena,
		     struct intent **ret_intent, struct diag *diag);

#endif
