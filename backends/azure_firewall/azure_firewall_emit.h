/* azure_firewall_emit.h - Writing Azure Firewall rules; of the back end's constant only.
 */
#ifndef BACKENDS_AZURE_FIREWALL_EMIT_H
#define BACKENDS_AZURE_FIREWALL_EMIT_H

#include "backends/backend.h"

/**
 * azure_firewall_emit() - Write a legal rule set as one rule collection group
 *
 * @rules has one path with one chain of network rules, or two of which the second holds
 * the application rules.  The artifact is "firewall.json" (an ARM template) or
 * "firewall.tf.json" (Terraform), as the job's setting "form" says.
 *
 * Return: 0, or -1 with backend-cannot or backend-limit in @diag
 */
int azure_firewall_emit(const struct ruleset *rules, const struct backend_job *job,
			struct arena *arena, struct artifact_list *artifacts,
			struct diag *diag);

#endif
