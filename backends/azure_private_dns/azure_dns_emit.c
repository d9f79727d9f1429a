/* azure_dns_emit.c - Writing a private DNS zone: its record sets, and what Azure takes.
 */
#include "backends/azure_private_dns/azure_dns_emit.h"

#include <string.h>

#include "backends/answer.h"
#include "backends/azure_private_dns/azure_dns_emit_plan.h"
#include "rules/base/arena.h"

/* learn.microsoft.com/azure/dns/private-dns-privatednszone, "Limits" (read 2026-11-27);
 * the zone's own SOA counts, as its "numberOfRecordSets" says. */
#define MAX_RECORD_SETS 25000
#define MAX_RECORDS	20
/* learn.microsoft.com/azure/azure-resource-manager/templates/best-practices (read
 * 2026-11-27). */
#define MAX_TEMPLATE_RESOURCES 800

static const char *relative_name(const struct azdns_plan *plan, const char *name)
{
	size_t length = strlen(name), tail = strlen(plan->zone);

	if (length < tail + 2 || strcmp(name + length - tail, plan->zone) != 0 ||
	    name[length - tail - 1] != '.')
		BUG("'%s' is not below '%s'", name, plan->zone);
	return arena_strndup(plan->arena, name, length - tail - 1);
}

static void add_set(struct azdns_plan *plan, const struct answer_row *row,
		    enum family family)
{
	struct azdns_planned set = {
		.id = row->id,
		.name = relative_name(plan, row->name),
		.family = family,
		.at = row->at,
	};

	for (size_t i = 0; i < row->addr_count; i++) {
		char text[ADDR_TEXT_MAX];

		if (row->addrs[i].family != family)
			continue;
		*arena_push(plan->arena, set.texts, set.count, set.capacity) =
			arena_strdup(plan->arena, addr_format(&row->addrs[i], text));
	}
	if (set.count)
		*arena_push(plan->arena, plan->sets, plan->count, plan->capacity) = set;
}

static int check_set(const struct azdns_plan *plan, const struct azdns_planned *set,
		     struct diag *diag)
{
	if (set->count <= MAX_RECORDS)
		return 0;
	diag_report(diag, DIAG_BACKEND_LIMIT, set->at,
		    "output '%s' needs a record set of %zu addresses, '%s', and Azure "
		    "takes %d (%s)",
		    plan->job->name, set->count, set->name, MAX_RECORDS,
		    plan->job->backend->limits.source);
	diag_help(diag,
		  "give the name fewer addresses: a private endpoint has one a name");
	return -1;
}

static int check_limits(const struct azdns_plan *plan, bool template, struct diag *diag)
{
	size_t resources = 1 + plan->count + (plan->link != NULL);
	int result = 0;

	for (size_t i = 0; i < plan->count; i++)
		if (check_set(plan, &plan->sets[i], diag) < 0)
			result = -1;
	if (plan->count + 1 > MAX_RECORD_SETS)
		return diag_report(diag, DIAG_BACKEND_LIMIT, plan->job->at,
				   "output '%s' needs %zu record sets, the zone's own "
				   "included, and Azure takes %d (%s)",
				   plan->job->name, plan->count + 1, MAX_RECORD_SETS,
				   plan->job->backend->limits.source);
	if (template && resources > MAX_TEMPLATE_RESOURCES) {
		diag_report(diag, DIAG_BACKEND_LIMIT, plan->job->at,
			    "output '%s' makes a template of %zu resources, and Azure "
			    "takes %d",
			    plan->job->name, resources, MAX_TEMPLATE_RESOURCES);
		diag_help(diag,
			  "write 'form: terraform' or 'form: script', which have no "
			  "such limit");
		return -1;
	}
	return result;
}

int azdns_emit(const struct ruleset *rules, const struct backend_job *job,
	       struct arena *arena, struct artifact_list *artifacts, struct diag *diag)
{
	struct azdns_plan plan = {
		.job = job,
		.zone = answer_zone(job),
		.link = backend_setting(job, "link"),
		.ttl = backend_number(backend_setting(job, "ttl")),
		.arena = arena,
	};
	size_t count;
	const struct answer_row *rows = answer_rows(rules, arena, &count);

	for (size_t i = 0; i < count; i++)
		for (unsigned family = 0; family < FAMILY_COUNT; family++)
			add_set(&plan, &rows[i], (enum family)family);
	if (check_limits(&plan, backend_setting_is(job, "form", "arm"), diag) < 0)
		return -1;
	if (backend_setting_is(job, "form", "terraform"))
		azdns_put_terraform(&plan, artifact_add(artifacts, "private-dns.tf.json",
							"application/json", arena));
	else if (backend_setting_is(job, "form", "script"))
		azdns_put_script(&plan, artifact_add(artifacts, "private-dns.sh",
						     "text/x-shellscript", arena));
	else
		azdns_put_arm(&plan, artifact_add(artifacts, "private-dns.json",
						  "application/json", arena));
	return 0;
}
