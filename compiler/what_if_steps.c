/* what_if_steps.c - What to do for a change of a registry, in which order. */
#include "compiler/what_if.h"
#include "rules/base/arena.h"

/* Of each change the commands that az has for it (learn.microsoft.com/cli/azure/acr, read
 * 2026-11-27).  "--region-endpoint-enabled false" keeps requests away from a replica
 * while its data are synchronized; from az 2.86 on it is called
 * --global-endpoint-routing. */

struct steps {
	struct what_if *what_if;
	struct arena *arena;
	const char *registry;
	const char *region;
};

static void before(const struct steps *steps, const char *text)
{
	struct text_list *list = &steps->what_if->before;

	*arena_push(steps->arena, list->at, list->count, list->capacity) = text;
}

static void after(const struct steps *steps, const char *text)
{
	struct text_list *list = &steps->what_if->after;

	*arena_push(steps->arena, list->at, list->count, list->capacity) = text;
}

/* Addresses exist once the replica does, so it is made without being used; static ones
 * must be there first (container-registry-geo-replication.md, read 2026-08-20). */
static void add_private_replica(const struct steps *steps)
{
	before(steps,
	       "give private endpoints with static addresses one for each new member: "
	       "else Azure refuses the replica");
	before(steps, arena_printf(steps->arena,
				   "make the replica without sending pulls there: az acr "
				   "replication create --registry %s --location %s "
				   "--region-endpoint-enabled false",
				   steps->registry, steps->region));
	before(steps,
	       "approve the connections that went to pending (az acr "
	       "private-endpoint-connection approve), and read the new addresses (az "
	       "network nic show)");
	before(steps, "make the DNS records above, unless a zone group of the private "
		      "endpoint does");
	before(steps,
	       arena_printf(steps->arena,
			    "write '%s' to 'replicas' and the addresses to the spec, "
			    "or fetch the interface's JSON again; compile the spec and "
			    "load the rules",
			    steps->region));
	after(steps,
	      arena_printf(steps->arena,
			   "send pulls there: az acr replication update --registry %s "
			   "--name %s --region-endpoint-enabled true",
			   steps->registry, steps->region));
}

static void add_public_replica(const struct steps *steps)
{
	before(steps,
	       arena_printf(steps->arena,
			    "write '%s' to 'replicas', look the new names up for the "
			    "lock (postern resolve), compile the spec and load the rules",
			    steps->region));
	after(steps,
	      arena_printf(steps->arena,
			   "make the replica: az acr replication create --registry %s "
			   "--location %s",
			   steps->registry, steps->region));
}

/* The links that the login server has given out live for 20 to 30 minutes
 * (container-registry-dedicated-data-endpoints.md, read 2026-08-20). */
static void remove_replica(const struct steps *steps)
{
	before(steps,
	       arena_printf(steps->arena,
			    "send no more pulls there: az acr replication update "
			    "--registry %s --name %s --region-endpoint-enabled false",
			    steps->registry, steps->region));
	before(steps,
	       "wait half an hour: pulls under way follow links that live so long");
	before(steps, arena_printf(steps->arena,
				   "remove it: az acr replication delete --registry %s "
				   "--name %s",
				   steps->registry, steps->region));
	after(steps,
	      arena_printf(steps->arena,
			   "take '%s' and its addresses out of the spec, compile it "
			   "and load the rules",
			   steps->region));
	if (steps->what_if->lost_count)
		after(steps, "delete the DNS records above, unless a zone group does");
}

static void turn_on_data_endpoints(const struct steps *steps)
{
	before(steps, "write 'data_endpoints: transition', compile the spec and load the "
		      "rules: storage and data endpoints are open");
	before(steps, arena_printf(steps->arena,
				   "turn them on: az acr update --name %s "
				   "--data-endpoint-enabled",
				   steps->registry));
	after(steps, "wait half an hour: pulls under way follow links that live so long");
	after(steps,
	      "write 'data_endpoints: dedicated', compile the spec and load the rules");
}

void what_if_steps(struct what_if *what_if, struct arena *arena)
{
	const struct steps steps = {
		.what_if = what_if,
		.arena = arena,
		.registry = what_if->change.registry->name.text,
		.region = what_if->change.region,
	};

	switch (what_if->change.kind) {
	case WHAT_IF_ADD_REPLICA:
		if (what_if->gained_count)
			add_private_replica(&steps);
		else
			add_public_replica(&steps);
		return;
	case WHAT_IF_REMOVE_REPLICA:
		remove_replica(&steps);
		return;
	case WHAT_IF_DEDICATED_DATA:
		turn_on_data_endpoints(&steps);
		return;
	}
}
