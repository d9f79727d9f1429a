/* azure_nsg_scope.h - What a network security group sees of an intent. */
#ifndef BACKENDS_AZURE_NSG_AZURE_NSG_SCOPE_H
#define BACKENDS_AZURE_NSG_AZURE_NSG_SCOPE_H

#include "backends/backend.h"

/** nsg_scope() - Path "outbound": what the clients' interfaces send */
int nsg_scope(const struct backend_job *job, struct arena *arena,
	      struct backend_scope *ret_scope, struct diag *diag);

#endif
