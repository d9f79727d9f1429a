/* what_if.c - What a change of a registry would ask of everything around it. */
#include "compiler/what_if.h"

#include <string.h>

#include "compiler/bind_tags.h"
#include "compiler/catalogue.h"
#include "compiler/endpoints.h"
#include "rules/base/arena.h"

/* Azure keeps the first four addresses of a subnet and the last one
 * (learn.microsoft.com/azure/virtual-network/virtual-networks-faq, read 2026-11-27). */
#define SUBNET_RESERVED 5

/** struct rehearsal - What the steps of one rehearsal share */
struct rehearsal {
	struct compilation *compilation;
	struct arena *arena;
	struct what_if *result;
	struct intent *before, *after;
	struct textmap flows_before, flows_after; /* by id */
};

/* -- the change --------------------------------------------------------------------- */

static void drop_hosts(struct host_override *hosts, size_t *count, const char *region)
{
	size_t kept = 0;

	for (size_t i = 0; i < *count; i++)
		if (strcmp(hosts[i].region, region) != 0)
			hosts[kept++] = hosts[i];
	*count = kept;
}

static void drop_region(struct registry *registry, const char *region)
{
	size_t kept = 0;

	for (size_t i = 0; i < registry->region_count; i++)
		if (strcmp(registry->regions[i].name, region) != 0)
			registry->regions[kept++] = registry->regions[i];
	registry->region_count = kept;
	drop_hosts(registry->data_hosts, &registry->data_host_count, region);
	drop_hosts(registry->regional_hosts, &registry->regional_host_count, region);
}

static void apply(struct rehearsal *job)
{
	const struct what_if_change *change = &job->result->change;
	struct registry *registry = change->registry;

	switch (change->kind) {
	case WHAT_IF_ADD_REPLICA:
		*arena_push(job->arena, registry->regions, registry->region_count,
			    registry->region_capacity) = (struct region_ref){
			.word = {change->region, registry->at},
			.name = change->region,
		};
		return;
	case WHAT_IF_REMOVE_REPLICA:
		drop_region(registry, change->region);
		return;
	case WHAT_IF_DEDICATED_DATA:
		registry->data_endpoints = DATA_DEDICATED;
		return;
	}
}

/* -- members of private endpoints --------------------------------------------------- */

/* The record's name: the host without the suffix of the cloud's login servers, which the
 * zone has (container-registry-private-endpoints.md, read 2026-08-20). */
static const char *record_name(struct rehearsal *job, const char *kind)
{
	const struct what_if_change *change = &job->result->change;
	const char *login = change->registry->login_server.text;

	return arena_printf(job->arena, "%.*s.%s.%s", (int)strcspn(login, "."), login,
			    change->region, kind);
}

static struct what_if_member make_member(struct rehearsal *job,
					 const struct private_endpoint *endpoint,
					 const char *member, const char *kind)
{
	struct what_if_member made = {
		.endpoint = endpoint,
		.member = member,
		.record = record_name(job, kind),
	};

	for (size_t i = 0; i < endpoint->member_count; i++) {
		if (strcmp(endpoint->members[i].member, member) != 0)
			continue;
		made.has_address = true;
		made.address = endpoint->members[i].address;
	}
	return made;
}

/* Each private endpoint has a member for a region's data endpoint and, where the registry
 * has them, one for its regional endpoint (the same page). */
static void list_members(struct rehearsal *job, struct what_if_member **at, size_t *count,
			 size_t *capacity)
{
	const struct what_if_change *change = &job->result->change;
	const struct registry *registry = change->registry;

	for (size_t i = 0; i < registry->private_endpoint_count; i++) {
		const struct private_endpoint *endpoint = registry->private_endpoints[i];

		*arena_push(job->arena, *at, *count, *capacity) =
			make_member(job, endpoint,
				    arena_printf(job->arena, "registry_data_%s",
						 change->region),
				    "data");
		if (registry->regional_endpoints)
			*arena_push(job->arena, *at, *count, *capacity) =
				make_member(job, endpoint,
					    arena_printf(job->arena, "registry_%s",
							 change->region),
					    "geo");
	}
}

/* Addresses of a subnet that some private endpoint of the spec has. */
static u128 known_addresses(const struct spec *spec, const struct prefix *subnet)
{
	u128 known = 0;

	for (size_t i = 0; i < spec->registry_count; i++)
		for (size_t j = 0; j < spec->registries[i]->private_endpoint_count; j++) {
			const struct private_endpoint *endpoint =
				spec->registries[i]->private_endpoints[j];

			for (size_t k = 0; k < endpoint->member_count; k++)
				known += prefix_contains(subnet,
							 &endpoint->members[k].address);
		}
	return known;
}

static struct what_if_subnet *find_subnet(struct what_if *result, const char *text)
{
	for (size_t i = 0; i < result->subnet_count; i++)
		if (strcmp(result->subnets[i].subnet, text) == 0)
			return &result->subnets[i];
	return NULL;
}

static void count_subnets(struct rehearsal *job)
{
	struct what_if *result = job->result;
	char text[ADDR_TEXT_MAX];

	for (size_t i = 0; i < result->gained_count; i++) {
		const struct private_endpoint *endpoint = result->gained[i].endpoint;
		struct what_if_subnet *subnet;
		struct range range;
		u128 taken;

		if (result->gained[i].has_address || !endpoint->has_subnet)
			continue;
		prefix_format(&endpoint->subnet, text);
		subnet = find_subnet(result, text);
		if (!subnet) {
			subnet =
				arena_push(job->arena, result->subnets,
					   result->subnet_count, result->subnet_capacity);
			range = prefix_range(&endpoint->subnet);
			taken = known_addresses(job->compilation->spec,
						&endpoint->subnet) +
				SUBNET_RESERVED;
			subnet->subnet = arena_strdup(job->arena, text);
			subnet->free = range.last - range.first + 1;
			subnet->free = subnet->free > taken ? subnet->free - taken : 0;
		}
		subnet->needed++;
	}
}

/* -- names -------------------------------------------------------------------------- */

static void add_name(struct rehearsal *job, struct what_if_names *names,
		     const struct flow *flow)
{
	struct what_if_name *name = NULL;
	const char *client = flow->client->name;

	for (size_t i = 0; i < names->count; i++)
		if (strcmp(names->at[i].host, flow->name) == 0)
			name = &names->at[i];
	if (!name) {
		name = arena_push(job->arena, names->at, names->count, names->capacity);
		name->host = flow->name;
		name->reason = flow->reason;
	}
	for (size_t i = 0; i < name->clients.count; i++)
		if (strcmp(name->clients.at[i], client) == 0)
			return;
	*arena_push(job->arena, name->clients.at, name->clients.count,
		    name->clients.capacity) = client;
}

/* Names of flows that @other has not. */
static void compare_names(struct rehearsal *job, const struct intent *intent,
			  const struct textmap *other, struct what_if_names *names)
{
	for (size_t i = 0; i < intent->flow_count; i++)
		if (intent->flows[i]->name && !textmap_get(other, intent->flows[i]->id))
			add_name(job, names, intent->flows[i]);
}

/* -- flows -------------------------------------------------------------------------- */

static void index_flows(struct rehearsal *job, const struct intent *intent,
			struct textmap *map)
{
	for (size_t i = 0; i < intent->flow_count; i++)
		textmap_put(map, intent->flows[i]->id, intent->flows[i], job->arena);
}

/* The address of a new flow, where something knows it already. */
static void bind_new(struct rehearsal *job, struct flow *flow)
{
	const struct lock *lock = job->compilation->lock;
	const struct lock_name *known;
	const struct what_if *result = job->result;

	for (size_t i = 0; flow->member && i < result->gained_count; i++) {
		const struct what_if_member *member = &result->gained[i];

		if (!member->has_address || strcmp(member->member, flow->member) != 0 ||
		    strcmp(member->endpoint->name.text, flow->view) != 0)
			continue;
		flow->addresses.of[member->address.family] =
			ranges_one(member->address.value, member->address.value,
				   job->arena);
		flow->bound = true;
	}
	if (flow->member || !flow->name || !lock)
		return;
	known = lock_find(lock, flow->view, flow->name);
	if (!known)
		return;
	flow->addresses = known->addresses;
	flow->bound = true;
}

/* Flows that were there keep their addresses; the spec's own stand in the flow already.
 */
static void bind_after(struct rehearsal *job)
{
	for (size_t i = 0; i < job->after->flow_count; i++) {
		struct flow *flow = job->after->flows[i];
		const struct flow *old = textmap_get(&job->flows_before, flow->id);

		if (!old) {
			bind_new(job, flow);
			continue;
		}
		flow->bound = old->bound;
		flow->addresses = old->addresses;
	}
	intent_bind_tags(job->after, job->compilation->tags, job->arena);
}

/* -- outputs ------------------------------------------------------------------------ */

/* The groups of an output's flows: the rules that it has. */
static void index_groups(struct rehearsal *job, const struct backend_job *output,
			 struct textmap *groups)
{
	for (size_t i = 0; i < output->intent->flow_count; i++) {
		struct flow *flow = output->intent->flows[i];

		if (backend_covers(output, flow))
			textmap_put(groups, flow->group, flow, job->arena);
	}
}

/* The flows of @output that @other has not. */
static void compare_flows(struct rehearsal *job, const struct backend_job *output,
			  const struct textmap *other, const struct backend_job *beside,
			  struct what_if_flows *flows)
{
	struct textmap groups = {0};

	index_groups(job, beside, &groups);
	for (size_t i = 0; i < output->intent->flow_count; i++) {
		const struct flow *flow = output->intent->flows[i];

		if (!backend_covers(output, flow) || textmap_get(other, flow->id))
			continue;
		*arena_push(job->arena, flows->at, flows->count, flows->capacity) =
			(struct what_if_flow){
				.flow = flow,
				.form = backend_form(output, flow),
				.own_rule = !textmap_get(&groups, flow->group),
			};
	}
}

static bool has_tag(const struct flow *flow, const char *name)
{
	for (size_t i = 0; i < flow->tag_count; i++)
		if (strcmp(flow->tags[i].name, name) == 0)
			return true;
	return false;
}

static void add_tag(struct rehearsal *job, struct text_list *list, const char *group,
		    const char *tag)
{
	const char *text = arena_printf(job->arena, "%s: %s", group, tag);

	for (size_t i = 0; i < list->count; i++)
		if (strcmp(list->at[i], text) == 0)
			return;
	*arena_push(job->arena, list->at, list->count, list->capacity) = text;
}

/* Tags of regions that flows said by tag get with a replica, or lose. */
static void compare_tags(struct rehearsal *job, const struct backend_job *output,
			 const struct textmap *other, struct text_list *list)
{
	for (size_t i = 0; i < output->intent->flow_count; i++) {
		const struct flow *flow = output->intent->flows[i];
		const struct flow *same = textmap_get(other, flow->id);

		if (!same || !backend_covers(output, flow) ||
		    backend_form(output, flow) != FLOW_BY_TAGS)
			continue;
		for (size_t j = 0; j < flow->tag_count; j++)
			if (!has_tag(same, flow->tags[j].name))
				add_tag(job, list, flow->group, flow->tags[j].name);
	}
}

static int jobs_of(struct rehearsal *job, struct intent *intent,
		   struct backend_job ***ret_jobs)
{
	struct compilation *compilation = job->compilation;
	size_t count = compilation->spec->output_count;
	struct backend_job **jobs = arena_array(job->arena, count, struct backend_job *);
	struct result result;

	compilation_use_intent(compilation, intent);
	for (size_t i = 0; i < count; i++) {
		if (compilation_job(compilation, i, &result) < 0)
			return -1;
		jobs[i] = result.job;
	}
	*ret_jobs = jobs;
	return 0;
}

static int compare_outputs(struct rehearsal *job)
{
	struct what_if *result = job->result;
	struct backend_job **before, **after;

	if (jobs_of(job, job->before, &before) < 0 ||
	    jobs_of(job, job->after, &after) < 0)
		return -1;
	for (size_t i = 0; i < job->compilation->spec->output_count; i++) {
		struct what_if_output *output =
			arena_push(job->arena, result->outputs, result->output_count,
				   result->output_capacity);

		output->name = before[i]->name;
		output->backend = before[i]->backend->name;
		compare_flows(job, after[i], &job->flows_before, before[i],
			      &output->added);
		compare_flows(job, before[i], &job->flows_after, after[i],
			      &output->removed);
		compare_tags(job, after[i], &job->flows_before, &output->tags_added);
		compare_tags(job, before[i], &job->flows_after, &output->tags_removed);
	}
	return 0;
}

int what_if_make(struct compilation *compilation, const struct what_if_change *change,
		 struct what_if *ret_what_if)
{
	struct what_if result = {
		.change = *change,
		.cloud = catalogue_cloud(compilation->spec->cloud),
	};
	struct rehearsal job = {
		.compilation = compilation,
		.arena = compilation->arena,
		.result = &result,
		.before = compilation->intent,
	};

	if (change->kind == WHAT_IF_ADD_REPLICA)
		list_members(&job, &result.gained, &result.gained_count,
			     &result.gained_capacity);
	if (change->kind == WHAT_IF_REMOVE_REPLICA)
		list_members(&job, &result.lost, &result.lost_count,
			     &result.lost_capacity);
	apply(&job);
	if (endpoints_derive(compilation->spec, job.arena, &job.after,
			     compilation->diag) < 0)
		return -1;
	index_flows(&job, job.before, &job.flows_before);
	index_flows(&job, job.after, &job.flows_after);
	bind_after(&job);
	compare_names(&job, job.after, &job.flows_before, &result.appear);
	compare_names(&job, job.before, &job.flows_after, &result.disappear);
	count_subnets(&job);
	if (compare_outputs(&job) < 0)
		return -1;
	what_if_steps(&result, job.arena);
	*ret_what_if = result;
	return 0;
}
