/* bind.h - Giving flows their addresses. */
#ifndef COMPILER_BIND_H
#define COMPILER_BIND_H

#include "compiler/lock.h"
#include "compiler/spec.h"
#include "rules/intent.h"

struct arena;

/**
 * intent_bind() - Bind every flow that has a name
 * @lock:	or NULL: then only private endpoints bind
 *
 * Private flows take the address of the client's private endpoint; public ones what the
 * lock holds for the name in the flow's view, checked against what a registry can be
 * (lock-forbidden-address).  A name without an answer stays unbound: whether that is a
 * mistake depends on the target, so legalize reports it, with flow->unbound.  An answer
 * of families that the client does not have is one whatever the target
 * (no-common-family).
 */
int intent_bind(struct intent *intent, const struct spec *spec, const struct lock *lock,
		struct arena *arena, struct diag *diag);

/**
 * intent_report_unbound() - Warn of each name that was looked for and has no address
 *
 * For where no output was refused because of it: an error says the same and more.
 */
void intent_report_unbound(const struct intent *intent, struct arena *arena,
			   struct diag *diag);

#endif
