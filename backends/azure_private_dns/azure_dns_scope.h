/* azure_dns_scope.h - What a private DNS zone sees of an intent. */
#ifndef BACKENDS_AZURE_PRIVATE_DNS_AZURE_DNS_SCOPE_H
#define BACKENDS_AZURE_PRIVATE_DNS_AZURE_DNS_SCOPE_H

#include "backends/backend.h"

int azdns_scope(const struct backend_job *job, struct arena *arena,
		struct backend_scope *ret_scope, struct diag *diag);

#endif
