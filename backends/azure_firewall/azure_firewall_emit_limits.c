/* azure_firewall_emit_limits.c - What a firewall and a rule collection group take. */
#include "backends/azure_firewall/azure_firewall_emit_plan.h"

#include <string.h>

#include "rules/base/arena.h"
#include "rules/base/textmap.h"

/* learn.microsoft.com, includes/firewall-limits.md of 2023-10-10 (read 2026-08-20); the
 * group's size is that of policies made since July 2022. */
#define MAX_PAIRS	20000
#define MAX_GROUP_BYTES (2u * 1024 * 1024)
#define MAX_IP_GROUPS	200
#define MAX_NAME	80

struct pairs {
	struct textmap seen;
	size_t count;
	struct arena *arena;
};

/* Past the limit the number no longer matters. */
static void count_pair(struct pairs *pairs, const char *from, const char *to)
{
	const char *key;

	if (pairs->count > MAX_PAIRS)
		return;
	key = arena_printf(pairs->arena, "%s %s", from, to);
	if (textmap_get(&pairs->seen, key))
		return;
	textmap_put(&pairs->seen, key, pairs, pairs->arena);
	pairs->count++;
}

static void count_pairs_from(struct pairs *pairs, const char *from,
			     const struct azfw_rule *rule)
{
	const struct azfw_side *to = &rule->destination;

	for (size_t i = 0; i < to->addresses.count; i++)
		count_pair(pairs, from, to->addresses.at[i]);
	for (size_t i = 0; i < to->group_count; i++)
		count_pair(pairs, from, to->groups[i]->resource);
	for (size_t i = 0; i < rule->names.count; i++)
		count_pair(pairs, from, rule->names.at[i]);
}

static void count_rule(struct pairs *pairs, const struct azfw_rule *rule)
{
	const struct azfw_side *from = &rule->source;

	for (size_t i = 0; i < from->addresses.count; i++)
		count_pairs_from(pairs, from->addresses.at[i], rule);
	for (size_t i = 0; i < from->group_count; i++)
		count_pairs_from(pairs, from->groups[i]->resource, rule);
}

/* Unique pairs of source and destination over all network rules; an IP group is one. */
static int check_pairs(const struct azfw_plan *plan, const struct backend_job *job,
		       struct arena *arena, struct diag *diag)
{
	struct pairs pairs = {.arena = arena};

	for (unsigned kind = 0; kind < AZFW_COLLECTIONS; kind++) {
		const struct azfw_collection *collection = &plan->collections[kind];

		if (azfw_is_application((enum azfw_collection_kind)kind))
			continue;
		for (size_t i = 0; i < collection->count; i++)
			count_rule(&pairs, &collection->rules[i]);
	}
	if (pairs.count <= MAX_PAIRS)
		return 0;
	diag_report(diag, DIAG_BACKEND_LIMIT, job->at,
		    "output '%s' needs more than %d pairs of source and destination in "
		    "network rules, and an Azure firewall takes no more (%s)",
		    job->name, MAX_PAIRS, job->backend->limits.source);
	diag_help(diag,
		  "say destinations by name ('mode: application') or by service tag, or "
		  "write the clients' addresses as fewer prefixes");
	return -1;
}

static int check_size(const struct azfw_plan *plan, const struct backend_job *job,
		      struct diag *diag)
{
	size_t bytes = azfw_group_bytes(plan);

	if (bytes <= MAX_GROUP_BYTES)
		return 0;
	diag_report(diag, DIAG_BACKEND_LIMIT, job->at,
		    "output '%s' makes a rule collection group of %zu bytes, and Azure "
		    "takes %u (%s)",
		    job->name, bytes, MAX_GROUP_BYTES, job->backend->limits.source);
	diag_help(diag, "make two outputs of it, each with some of the 'clients:' and a "
			"'group:' "
			"of its own");
	return -1;
}

static int check_ip_groups(const struct azfw_plan *plan, const struct backend_job *job,
			   struct diag *diag)
{
	if (plan->ip_group_count > MAX_IP_GROUPS) {
		diag_report(diag, DIAG_BACKEND_LIMIT, job->at,
			    "output '%s' needs %zu IP groups, and an Azure firewall "
			    "takes "
			    "%d (%s)",
			    job->name, plan->ip_group_count, MAX_IP_GROUPS,
			    job->backend->limits.source);
		diag_help(diag,
			  "let clients with equal addresses be one client, or write "
			  "their addresses as fewer prefixes");
		return -1;
	}
	for (size_t i = 0; i < plan->ip_group_count; i++) {
		const char *name = plan->ip_groups[i]->resource;

		if (strlen(name) <= MAX_NAME)
			continue;
		diag_report(diag, DIAG_BACKEND_LIMIT, job->at,
			    "output '%s' needs an IP group called '%s', and names have "
			    "at "
			    "most %d characters in Azure",
			    job->name, name, MAX_NAME);
		diag_help(diag,
			  "write a shorter 'group:', or a shorter name of the client "
			  "or registry");
		return -1;
	}
	return 0;
}

int azfw_check_limits(const struct azfw_plan *plan, const struct backend_job *job,
		      struct arena *arena, struct diag *diag)
{
	if (check_ip_groups(plan, job, diag) < 0 ||
	    check_pairs(plan, job, arena, diag) < 0)
		return -1;
	return check_size(plan, job, diag);
}
