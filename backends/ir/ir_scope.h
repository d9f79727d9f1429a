/* ir_scope.h - What rules as data see of an intent; of the back end's constant only. */
#ifndef BACKENDS_IR_IR_SCOPE_H
#define BACKENDS_IR_IR_SCOPE_H

#include "backends/backend.h"

/** ir_scope() - New flows of the clients, on the path "egress" */
int ir_scope(const struct backend_job *job, struct arena *arena,
	     struct backend_scope *ret_scope, struct diag *diag);

/** ir_request() - A flow is said by name where no address is known for it */
bool ir_request(const struct backend_job *job, const struct flow *flow,
		struct match *match, struct arena *arena);

#endif
