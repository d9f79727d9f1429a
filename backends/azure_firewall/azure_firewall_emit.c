/* azure_firewall_emit.c - Writing rules for a policy of Azure Firewall. */
#include "backends/azure_firewall/azure_firewall_emit.h"

#include "backends/azure_firewall/azure_firewall_emit_plan.h"

int azure_firewall_emit(const struct ruleset *rules, const struct backend_job *job,
			struct arena *arena, struct artifact_list *artifacts,
			struct diag *diag)
{
	struct azfw_plan plan;

	if (azfw_plan_make(rules, job, arena, &plan, diag) < 0 ||
	    azfw_check_limits(&plan, job, arena, diag) < 0)
		return -1;
	if (backend_setting_is(job, "form", "terraform"))
		azfw_write_terraform(&plan, artifact_add(artifacts, "firewall.tf.json",
							 "application/json", arena));
	else
		azfw_write_arm(&plan, artifact_add(artifacts, "firewall.json",
						   "application/json", arena));
	return 0;
}
