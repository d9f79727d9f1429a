/* check_private.c - Private endpoints: an address for everything, and each where it can
 * be. */
#include <string.h>

#include "compiler/azure_json.h"
#include "compiler/catalogue.h"
#include "compiler/check.h"
#include "compiler/names.h"
#include "compiler/spec.h"
#include "rules/base/arena.h"

static const struct member_address *find_member(const struct private_endpoint *endpoint,
						const char *prefix, const char *region)
{
	size_t length = strlen(prefix);

	for (size_t i = 0; i < endpoint->member_count; i++)
		if (strncmp(endpoint->members[i].member, prefix, length) == 0 &&
		    strcmp(endpoint->members[i].member + length, region) == 0)
			return &endpoint->members[i];
	return NULL;
}

static void check_addresses(const struct private_endpoint *endpoint, struct arena *arena,
			    struct diag *diag)
{
	struct names seen = {0};
	char text[ADDR_TEXT_MAX], subnet[ADDR_TEXT_MAX];

	for (size_t i = 0; i < endpoint->member_count; i++) {
		const struct member_address *member = &endpoint->members[i];
		const struct named *other;

		addr_format(&member->address, text);
		if (member->address.family != FAMILY_IPV4) {
			diag_report(diag, DIAG_PE_FAMILY, member->at,
				    "'%s' of '%s' has the IPv6 address %s",
				    member->member, endpoint->name.text, text);
			diag_help(diag, "write its IPv4 address: private endpoints have "
					"no other");
			continue;
		}
		if (endpoint->has_subnet &&
		    !prefix_contains(&endpoint->subnet, &member->address)) {
			diag_report(diag, DIAG_PE_SUBNET, member->at,
				    "%s of '%s' is outside its subnet %s", text,
				    member->member,
				    prefix_format(&endpoint->subnet, subnet));
			diag_note(diag, endpoint->subnet_text.at, "the subnet is here");
			diag_help(diag, "'az network nic show' gives the address, 'az "
					"network vnet "
					"subnet show' the subnet");
		}
		other = names_add(&seen, arena_strdup(arena, text), member->at,
				  &endpoint->members[i], arena);
		if (!other)
			continue;
		diag_report(diag, DIAG_PE_ADDRESS_TWICE, member->at,
			    "'%s' has the address %s of another member", member->member,
			    text);
		diag_note(diag, other->at, "first here");
		diag_help(diag, "'az network nic show' gives each member's address");
	}
}

static bool has_region(const struct registry *registry, const char *name)
{
	for (size_t i = 0; i < registry->region_count; i++)
		if (strcmp(registry->regions[i].name, name) == 0)
			return true;
	return false;
}

static void check_spare_members(const struct private_endpoint *endpoint,
				struct diag *diag)
{
	for (size_t i = 0; i < endpoint->member_count; i++) {
		const char *region = azure_member_region(endpoint->members[i].member);

		if (endpoint->registry->incomplete || !region || !*region ||
		    has_region(endpoint->registry, region))
			continue;
		diag_report(diag, DIAG_PE_SPARE_MEMBER, endpoint->members[i].at,
			    "'%s' has an address for '%s', where '%s' has no replica",
			    endpoint->name.text, region, endpoint->registry->name.text);
		diag_help(diag, "add '%s' to 'replicas', or remove the address", region);
	}
}

/* Names that a file gives for the members are those of the registry, or it is another
 * registry's interface. */
static void check_names(const struct private_endpoint *endpoint, struct diag *diag)
{
	const struct registry *registry = endpoint->registry;

	for (size_t i = 0; i < endpoint->member_count; i++) {
		const struct member_address *member = &endpoint->members[i];
		bool is_login = strcmp(member->member, "registry") == 0;

		if (!member->fqdn ||
		    (is_login ? strcmp(member->fqdn, registry->login_server.text) == 0
			      : azure_host_is_of(member->fqdn, registry->name.text)))
			continue;
		diag_report(diag, DIAG_PE_OTHER_REGISTRY, endpoint->nic.at,
			    "the interface of '%s' is for '%s', not for '%s'",
			    endpoint->name.text, member->fqdn,
			    registry->login_server.text);
		diag_note(diag, member->at, "the file says so here");
		diag_help(diag,
			  is_login ? "write 'login_server: %s' if that is this registry, "
				     "or "
				     "name another file"
				   : "name the file of this registry's private endpoint "
				     "('%s' "
				     "is another's)",
			  member->fqdn);
		return;
	}
}

static void report_user(const struct client *client, struct diag *diag)
{
	diag_note(diag, client->name.at, "%s '%s' uses it",
		  client->via == CLIENT_PROXY ? "through the proxy, client" : "client",
		  client->name.text);
}

static void check_login_server(const struct private_endpoint *endpoint,
			       const struct client *user, struct diag *diag)
{
	if (find_member(endpoint, "registry", ""))
		return;
	diag_report(diag, DIAG_PE_LOGIN_SERVER, endpoint->name.at,
		    "'%s' has no address for the login server '%s'", endpoint->name.text,
		    endpoint->registry->login_server.text);
	report_user(user, diag);
	diag_help(diag, "write 'registry: ADDRESS'; 'az network nic show' gives it");
}

/* The mistake of the day: a replica came, and neither approval, record nor rule did. */
static void check_region(const struct private_endpoint *endpoint, const char *prefix,
			 size_t index, const char *zone, const struct client *user,
			 struct diag *diag)
{
	const struct registry *registry = endpoint->registry;
	const struct region_ref *region = &registry->regions[index];
	const char *host = registry->login_server.text;
	const char *kind = strcmp(prefix, "registry_") == 0 ? "geo" : "data";

	if (find_member(endpoint, prefix, region->name))
		return;
	diag_report(diag, DIAG_PE_REPLICA, endpoint->name.at,
		    "'%s' has no address for '%s%s'", endpoint->name.text, prefix,
		    region->name);
	diag_note(diag, region->word.at,
		  index ? "the replica is here" : "the home region is here");
	report_user(user, diag);
	if (index)
		diag_help(diag,
			  "a new replica sets a manually approved connection to pending; "
			  "approve it: az acr private-endpoint-connection approve "
			  "--registry-name %s",
			  registry->name.text);
	diag_help(diag,
		  "add the record '%.*s.%s.%s' to the DNS zone '%s', unless a zone group "
		  "does",
		  (int)strcspn(host, "."), host, region->name, kind, zone);
	diag_help(diag,
		  "then write '%s%s: ADDRESS', or fetch the network interface's JSON "
		  "again",
		  prefix, region->name);
}

static void check_state(const struct private_endpoint *endpoint,
			const struct client *user, struct diag *diag)
{
	static const char *const states[] = {"approved", "pending", "rejected",
					     "disconnected"};

	if (endpoint->state == CONNECTION_APPROVED)
		return;
	diag_report(diag, DIAG_PE_STATE, endpoint->state_at,
		    "the connection of '%s' is %s", endpoint->name.text,
		    states[endpoint->state]);
	report_user(user, diag);
	if (endpoint->state == CONNECTION_DISCONNECTED)
		diag_help(diag,
			  "the registry's side is gone: make the private endpoint again");
	else
		diag_help(diag,
			  "approve it: az acr private-endpoint-connection approve "
			  "--registry-name %s; adding a replica sets it to pending again",
			  endpoint->registry->name.text);
}

static void check_used(const struct private_endpoint *endpoint, const struct cloud *cloud,
		       const struct client *user, struct diag *diag)
{
	const struct registry *registry = endpoint->registry;

	/* Why was said where the addresses were read. */
	if (endpoint->incomplete)
		return;
	check_state(endpoint, user, diag);
	check_login_server(endpoint, user, diag);
	for (size_t i = 0; i < registry->region_count; i++) {
		check_region(endpoint, "registry_data_", i, cloud->private_zone, user,
			     diag);
		if (registry->regional_endpoints)
			check_region(endpoint, "registry_", i, cloud->private_zone, user,
				     diag);
	}
}

/* Endpoints that one network reaches have an address each: with one address for two of
 * them no rule, and no packet, can tell one registry from the other. */
static void check_shared(struct private_endpoint *endpoint, const char *user,
			 struct span user_at, struct names *seen, struct names *said,
			 struct arena *arena, struct diag *diag)
{
	char text[ADDR_TEXT_MAX];

	for (size_t i = 0; i < endpoint->member_count; i++) {
		const struct member_address *member = &endpoint->members[i];
		const struct named *other =
			names_add(seen,
				  arena_strdup(arena,
					       addr_format(&member->address, text)),
				  member->at, endpoint, arena);

		if (!other || other->thing == endpoint)
			continue; /* twice in one endpoint: said already */
		if (names_add(said, endpoint->name.text, member->at, NULL, arena))
			return;
		diag_report(diag, DIAG_PE_ADDRESS_TWICE, member->at,
			    "'%s' has the address %s of another private endpoint that "
			    "'%s' uses",
			    endpoint->name.text, text, user);
		diag_note(diag, other->at, "first here");
		diag_note(diag, user_at, "'%s' uses both", user);
		diag_help(diag, "'az network nic show' gives each endpoint's addresses");
		return;
	}
}

static void check_shared_addresses(const struct spec *spec, struct arena *arena,
				   struct diag *diag)
{
	struct names said = {0}, of_proxy = {0};

	for (size_t i = 0; i < spec->client_count; i++) {
		const struct client *client = spec->clients[i];
		struct names seen = {0};

		for (size_t k = 0; k < client->registry_count; k++)
			if (client->registries[k].private_endpoint)
				check_shared(client->registries[k].private_endpoint,
					     client->name.text, client->name.at, &seen,
					     &said, arena, diag);
	}
	for (size_t i = 0; i < spec->proxy.private_endpoint_count; i++)
		check_shared(spec->proxy.private_endpoints[i], "proxy", spec->proxy.at,
			     &of_proxy, &said, arena, diag);
}

/* The first client that uses each private endpoint. */
static struct names find_users(const struct spec *spec, struct arena *arena)
{
	struct names users = {0};

	for (size_t i = 0; i < spec->client_count; i++)
		for (size_t k = 0; k < spec->clients[i]->registry_count; k++) {
			struct client_registry *use = &spec->clients[i]->registries[k];

			if (use->private_endpoint)
				names_add(&users, use->private_endpoint->name.text,
					  use->at, spec->clients[i], arena);
		}
	return users;
}

void check_private_endpoints(const struct spec *spec, struct arena *arena,
			     struct diag *diag)
{
	const struct cloud *cloud = catalogue_cloud(spec->cloud);
	struct names users = find_users(spec, arena);

	check_shared_addresses(spec, arena, diag);
	for (size_t i = 0; i < spec->registry_count; i++) {
		const struct registry *registry = spec->registries[i];

		for (size_t k = 0; k < registry->private_endpoint_count; k++) {
			const struct private_endpoint *endpoint =
				registry->private_endpoints[k];
			const struct named *user =
				names_find(&users, endpoint->name.text);

			check_addresses(endpoint, arena, diag);
			check_spare_members(endpoint, diag);
			check_names(endpoint, diag);
			if (user)
				check_used(endpoint, cloud, user->thing, diag);
		}
	}
}
