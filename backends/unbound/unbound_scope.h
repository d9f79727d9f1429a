/* unbound_scope.h - What unbound owes its clients; of the back end's constant only. */
#ifndef BACKENDS_UNBOUND_UNBOUND_SCOPE_H
#define BACKENDS_UNBOUND_UNBOUND_SCOPE_H

#include "backends/backend.h"

/** unbound_answer() - See struct backend: by form, the name's addresses or the server
 * that is asked */
void unbound_answer(const struct backend_job *job, const struct flow *flow,
		    struct arena *arena, struct backend_answer *ret_answer);

/** unbound_scope() - See struct backend */
int unbound_scope(const struct backend_job *job, struct arena *arena,
		  struct backend_scope *ret_scope, struct diag *diag);

#endif
