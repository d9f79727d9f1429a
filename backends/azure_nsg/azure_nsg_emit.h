/* azure_nsg_emit.h - Writing security rules. */
#ifndef BACKENDS_AZURE_NSG_AZURE_NSG_EMIT_H
#define BACKENDS_AZURE_NSG_AZURE_NSG_EMIT_H

#include "backends/backend.h"

/**
 * nsg_emit() - Write the rules of a job as an ARM template or as Terraform's JSON
 *
 * Return: 0, or -1 with backend-cannot or backend-limit in @diag
 */
int nsg_emit(const struct ruleset *rules, const struct backend_job *job,
	     struct arena *arena, struct artifact_list *artifacts, struct diag *diag);

/** nsg_can_protocol() - The protocols that a security rule can name */
bool nsg_can_protocol(unsigned protocol, enum family family);

#endif
