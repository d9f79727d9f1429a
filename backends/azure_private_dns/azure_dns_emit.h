/* azure_dns_emit.h - Writing a private DNS zone. */
#ifndef BACKENDS_AZURE_PRIVATE_DNS_AZURE_DNS_EMIT_H
#define BACKENDS_AZURE_PRIVATE_DNS_AZURE_DNS_EMIT_H

#include "backends/backend.h"

/**
 * azdns_emit() - Write the records of a job as an ARM template, Terraform's JSON or a
 * shell script
 *
 * Return: 0, or -1 with backend-limit in @diag
 */
int azdns_emit(const struct ruleset *rules, const struct backend_job *job,
	       struct arena *arena, struct artifact_list *artifacts, struct diag *diag);

#endif
