/* endpoints.c - From the spec to the intent: who needs which endpoint, and why. */
#include "compiler/endpoints.h"

#include <string.h>

#include "compiler/catalogue.h"
#include "compiler/endpoints_flow.h"
#include "rules/base/arena.h"

#define PROXY_CLIENT "proxy"
#define HTTPS	     443
#define DNS	     53

/* -- registries ------------------------------------------------------------ */

/* Is an endpoint of this kind asked for by the operations? */
static bool is_wanted(const struct registry *registry, enum endpoint_kind kind,
		      unsigned operations)
{
	bool pulls = operations & 1u << OPERATION_PULL;

	switch (kind) {
	case ENDPOINT_LOGIN_SERVER:
	case ENDPOINT_REGIONAL:
		return true;
	case ENDPOINT_DATA:
		return pulls && registry->data_endpoints != DATA_STORAGE;
	case ENDPOINT_BLOB:
		return pulls && registry->data_endpoints != DATA_DEDICATED;
	}
	BUG("endpoint kind %d", (int)kind);
}

/* The private endpoint that the client's connections to a registry end at, or NULL.
 * Through a proxy it is the proxy that looks names up and connects, so its own endpoint
 * counts. */
static const struct private_endpoint *used_endpoint(const struct derive *derive,
						    const struct client_registry *use,
						    enum client_path path)
{
	const struct proxy *proxy = &derive->spec->proxy;

	if (path == CLIENT_PROXY)
		for (size_t i = 0; i < proxy->private_endpoint_count; i++)
			if (proxy->private_endpoints[i]->registry == use->registry)
				return proxy->private_endpoints[i];
	if (use->mode != MODE_PRIVATE)
		return NULL;
	if (!use->private_endpoint)
		BUG("private use of registry '%s' without an endpoint",
		    use->registry->name.text);
	return use->private_endpoint;
}

/* "inside" and "proxy" name groups of their own and are good names of registries too. */
static const char *registry_group(const char *name, struct arena *arena)
{
	bool taken = strcmp(name, "inside") == 0 || strcmp(name, "proxy") == 0;

	return taken ? arena_printf(arena, "registry:%s", name) : name;
}

static int add_endpoint(struct derive *derive, const struct client *client,
			const struct client_registry *use,
			const struct registry_endpoint *endpoint, const char *reason)
{
	const struct registry *registry = use->registry;
	const struct private_endpoint *private_endpoint =
		endpoint->row->member ? used_endpoint(derive, use, client->via) : NULL;
	struct need need = {
		.path = client->via,
		.group = registry_group(registry->name.text, derive->arena),
		.set_name = registry->name.text,
		.name = endpoint->host,
		.reason = reason,
		.at = endpoint->at.source ? endpoint->at : use->at,
		.service_tag = endpoint->row->service_tag,
		.regional_tags = endpoint->regional_tags,
		.view = private_endpoint ? private_endpoint->name.text : "public",
		.member = private_endpoint ? endpoint->member : NULL,
		.zone = private_endpoint
				? catalogue_cloud(derive->spec->cloud)->private_zone
				: NULL,
		.families = FAMILIES_ALL,
		.protocol = PROTOCOL_TCP,
		.ports = ranges_one(HTTPS, HTTPS, derive->arena),
	};

	/* Private endpoints are IPv4 whatever the registry is, and so is a public
	 * registry without dual stack; storage answers in its own way. */
	if (endpoint->row->kind != ENDPOINT_BLOB &&
	    (private_endpoint || !registry->dual_stack))
		need.families = 1u << FAMILY_IPV4;
	return derive_add_flow(derive, &need);
}

static int add_registry(struct derive *derive, const struct client *client,
			const struct client_registry *use)
{
	struct registry_endpoints *known =
		endpoint_index_find(derive->registries, use->registry);

	for (size_t i = 0; i < known->count; i++) {
		const struct registry_endpoint *endpoint = &known->at[i];
		enum endpoint_kind kind = endpoint->row->kind;
		bool wanted = is_wanted(use->registry, kind, client->operations);
		bool builds = kind == ENDPOINT_BLOB &&
			      client->operations & 1u << OPERATION_BUILD;

		if (wanted || builds)
			registry_endpoints_warn(known, endpoint, derive->diag);
		if (wanted &&
		    add_endpoint(derive, client, use, endpoint, endpoint->reason))
			return -1;
		if (builds && add_endpoint(derive, client, use, endpoint,
					   "upload of build sources"))
			return -1;
	}
	return 0;
}

/* -- services -------------------------------------------------------------- */

/** struct service_place - A use of a service group: written, or asked for by an operation
 */
struct service_place {
	const char *group;
	const char *location;
	bool private_cluster;
	struct span at;
};

/* A group has one protocol and port; what differs from HTTPS gets a group of its own. */
static const char *service_group_name(const struct service_row *row, const char *group,
				      struct arena *arena)
{
	if (row->protocol == PROTOCOL_TCP && row->port_first == HTTPS &&
	    row->port_last == HTTPS)
		return group;
	return arena_printf(arena, "%s:%s-%u", group, protocol_name(row->protocol),
			    row->port_first);
}

static int add_service_row(struct derive *derive, enum client_path path,
			   const struct service_row *row,
			   const struct service_place *place)
{
	struct pattern_words words = {.location = place->location};
	struct need need = {
		.group = service_group_name(row, place->group, derive->arena),
		.set_name = place->group,
		.reason = row->reason,
		.at = place->at,
		.service_tag =
			catalogue_service_tags(row, place->location, derive->arena),
		.families = FAMILIES_ALL,
		.protocol = row->protocol,
		.ports = ranges_one(row->port_first, row->port_last, derive->arena),
	};

	if (row->host) {
		need.name = catalogue_expand(row->host, &words, derive->arena);
		need.view = "public";
	}
	/* A proxy is asked for names, by CONNECT: the rest goes its own way. */
	if (row->host && row->protocol == PROTOCOL_TCP)
		need.path = path;
	if (row->fact.confidence == CONFIDENCE_INFERRED)
		diag_report(derive->diag, DIAG_CATALOGUE_INFERRED, place->at,
			    "the host '%s' of service '%s' is inferred", need.name,
			    place->group);
	return derive_add_flow(derive, &need);
}

static int add_service(struct derive *derive, enum client_path path,
		       const struct service_place *place)
{
	size_t count;
	const struct service_row *rows = catalogue_services(&count);

	for (size_t i = 0; i < count; i++) {
		if (!catalogue_group_has(place->group, &rows[i]) ||
		    !(rows[i].clouds & 1u << derive->spec->cloud))
			continue;
		if (strcmp(rows[i].condition, "public-cluster") == 0 &&
		    place->private_cluster)
			continue;
		if (add_service_row(derive, path, &rows[i], place))
			return -1;
	}
	return 0;
}

/* Signing in finds the registry through Resource Manager with a token of Entra ID; so do
 * builds, which Resource Manager starts, and management. */
static int add_operation_services(struct derive *derive, const struct client *client)
{
	static const char *const groups[] = {"entra-id", "resource-manager"};
	unsigned asking =
		1u << OPERATION_LOGIN | 1u << OPERATION_BUILD | 1u << OPERATION_MANAGE;

	if (!(client->operations & asking) || !client->registry_count)
		return 0;
	for (size_t i = 0; i < ARRAY_SIZE(groups); i++) {
		struct service_place place = {
			.group = groups[i],
			.at = client->operations_at.source ? client->operations_at
							   : client->at,
		};

		if (add_service(derive, client->via, &place))
			return -1;
	}
	return 0;
}

static int add_services(struct derive *derive, const struct client *client)
{
	if (add_operation_services(derive, client))
		return -1;
	for (size_t i = 0; i < client->service_count; i++) {
		const struct service_use *use = &client->services[i];
		struct service_place place = {
			.group = use->name.text,
			.location = region_host_name(&use->location, derive->arena),
			.private_cluster = use->private_cluster,
			.at = use->at,
		};

		if (add_service(derive, client->via, &place))
			return -1;
	}
	return 0;
}

/* -- flows to addresses of the spec ---------------------------------------- */

static int add_dns(struct derive *derive)
{
	static const unsigned protocols[] = {PROTOCOL_UDP, PROTOCOL_TCP};
	struct addr_set servers =
		addr_set_of(&derive->spec->dns_servers, derive->sender->families);

	for (size_t p = 0; p < ARRAY_SIZE(protocols); p++) {
		struct need need = {
			.group = "dns",
			.set_name = "dns",
			.reason = "name resolution",
			.at = derive->spec->dns_at,
			.families = FAMILIES_ALL,
			.protocol = protocols[p],
			.ports = ranges_one(DNS, DNS, derive->arena),
			.bound = true,
		};

		for (unsigned family = 0; family < FAMILY_COUNT; family++) {
			for (size_t i = 0; i < servers.of[family].count; i++) {
				struct range *range = &servers.of[family].at[i];

				need.addresses = (struct addr_set){0};
				need.addresses.of[family] =
					ranges_one(range->first, range->last,
						   derive->arena);
				if (derive_add_flow(derive, &need))
					return -1;
			}
		}
	}
	return 0;
}

static int family_mismatch(struct derive *derive, struct span at, const char *what)
{
	return diag_report(derive->diag, DIAG_FAMILY_MISMATCH, at,
			   "%s has no address of a family that client '%s' has", what,
			   derive->sender->name);
}

/* One flow a protocol; none listed means any. */
static int add_allow(struct derive *derive, const struct allow *allow, struct need *need)
{
	if (!allow->protocols.count) {
		need->protocol = PROTOCOL_ANY;
		return derive_add_flow(derive, need);
	}
	for (size_t i = 0; i < allow->protocols.count; i++) {
		const struct range *range = &allow->protocols.at[i];

		for (u128 protocol = range->first; protocol <= range->last; protocol++) {
			need->protocol = (unsigned)protocol;
			if (derive_add_flow(derive, need))
				return -1;
		}
	}
	return 0;
}

static int add_allows(struct derive *derive, const struct client *client)
{
	for (size_t i = 0; i < client->allow_count; i++) {
		const struct allow *allow = &client->allows[i];
		const char *name = arena_printf(derive->arena, "allow-%zu", i + 1);
		struct need need = {
			.group = name,
			.set_name = name,
			.reason = allow->comment.text ? allow->comment.text
						      : "allowed by the spec",
			.at = allow->at,
			.families = FAMILIES_ALL,
			.ports = allow->ports,
			.addresses = addr_set_of(&allow->to, derive->sender->families),
			.bound = true,
		};

		if (addr_set_is_empty(&need.addresses)) {
			family_mismatch(derive, allow->at, "what is allowed");
			continue;
		}
		if (add_allow(derive, allow, &need))
			return -1;
	}
	return 0;
}

static int add_inside(struct derive *derive)
{
	struct need need = {
		.group = "inside",
		.set_name = "inside",
		.reason = "own networks stay open",
		.at = derive->spec->egress.inside_at,
		.families = FAMILIES_ALL,
		.protocol = PROTOCOL_ANY,
		.addresses = addr_set_of(&derive->inside, derive->sender->families),
		.bound = true,
	};

	return addr_set_is_empty(&need.addresses) ? 0 : derive_add_flow(derive, &need);
}

static int add_proxy_access(struct derive *derive, const struct client *client)
{
	const struct proxy *proxy = &derive->spec->proxy;
	enum family family = proxy->address.family;
	struct need need = {
		.group = "proxy",
		.set_name = "proxy",
		.reason = "forward proxy",
		.at = client->via_at.source ? client->via_at : client->at,
		.families = FAMILIES_ALL,
		.protocol = PROTOCOL_TCP,
		.ports = ranges_one(proxy->port, proxy->port, derive->arena),
		.bound = true,
	};

	if (!proxy->present)
		BUG("client '%s' goes through a proxy that is not there",
		    client->name.text);
	if (!(derive->sender->families & 1u << family)) {
		family_mismatch(derive, need.at, "the proxy");
		return 0;
	}
	need.addresses.of[family] =
		ranges_one(proxy->address.value, proxy->address.value, derive->arena);
	return derive_add_flow(derive, &need);
}

/* Private endpoints and the proxy inside the own networks are reached by flows only. */
static struct addr_set open_inside(const struct spec *spec, struct arena *arena)
{
	struct addr_set closed = {0};

	for (size_t r = 0; r < spec->registry_count; r++) {
		const struct registry *registry = spec->registries[r];

		for (size_t p = 0; p < registry->private_endpoint_count; p++) {
			const struct private_endpoint *endpoint =
				registry->private_endpoints[p];

			for (size_t m = 0; m < endpoint->member_count; m++) {
				struct addr addr = endpoint->members[m].address;

				ranges_add(&closed.of[addr.family],
					   (struct range){addr.value, addr.value}, arena);
			}
		}
	}
	if (spec->proxy.present)
		ranges_add(&closed.of[spec->proxy.address.family],
			   (struct range){spec->proxy.address.value,
					  spec->proxy.address.value},
			   arena);
	addr_set_normalize(&closed);
	return addr_set_subtract(&spec->egress.inside, &closed, arena);
}

/* -- clients --------------------------------------------------------------- */

static void begin_sender(struct derive *derive, const struct flow_client *sender)
{
	struct flow_client *made = intent_add_client(derive->intent, derive->arena);
	size_t index = made->index;

	*made = *sender;
	made->index = index;
	if (!made->families)
		made->families = FAMILIES_ALL;
	derive->sender = made;
	derive->first = derive->intent->flow_count;
}

/* Does anything but requests to the proxy and the own networks leave the client?  What is
 * inside is open to all clients alike and says nothing of one of them. */
static bool sends_direct(const struct derive *derive, const struct client *client)
{
	const struct intent *intent = derive->intent;

	if (client->via == CLIENT_DIRECT || client->allow_count)
		return true;
	for (size_t i = derive->first; i < intent->flow_count; i++)
		if (intent->flows[i]->path == CLIENT_DIRECT)
			return true;
	return false;
}

static int add_client(struct derive *derive, const struct client *client)
{
	struct flow_client sender = {
		.name = client->name.text,
		.addresses = client->addresses,
		.any_address = !client->has_addresses,
		.families = client->families,
		.at = client->at,
	};

	begin_sender(derive, &sender);
	for (size_t i = 0; i < client->registry_count; i++)
		if (add_registry(derive, client, &client->registries[i]))
			return -1;
	if (add_services(derive, client))
		return -1;
	derive_unify(derive);
	if (sends_direct(derive, client) && add_dns(derive))
		return -1;
	if (client->via == CLIENT_PROXY && add_proxy_access(derive, client))
		return -1;
	if (add_allows(derive, client))
		return -1;
	return add_inside(derive);
}

/* The requests that reach the proxy, each once, become its own connections. */
static int add_proxy_flows(struct derive *derive, const struct keyed *requests,
			   size_t count)
{
	for (size_t i = 0; i < count; i++) {
		const struct flow *request = requests[i].flow;
		struct need need = {
			.group = request->group + strlen(request->client->name) + 1,
			.set_name = request->set_name,
			.name = request->name,
			.reason = requests[i].reason,
			.at = request->at,
			.service_tag = request->service_tag,
			.regional_tags = request->regional_tags,
			.member = request->member,
			.zone = request->zone,
			.view = request->view,
			.families = request->families,
			.protocol = request->protocol,
			.ports = request->ports,
		};

		if (derive_add_flow(derive, &need))
			return -1;
	}
	return add_dns(derive);
}

static int add_proxy(struct derive *derive)
{
	const struct proxy *proxy = &derive->spec->proxy;
	struct intent *intent = derive->intent;
	struct keyed *requests =
		arena_array(derive->arena, intent->flow_count, struct keyed);
	struct flow_client sender = {
		.name = PROXY_CLIENT,
		.families = proxy->families,
		.at = proxy->at,
	};
	size_t count = 0;

	for (size_t i = 0; i < intent->flow_count; i++)
		if (intent->flows[i]->path == CLIENT_PROXY)
			requests[count++] = (struct keyed){intent->flows[i], i,
							   intent->flows[i]->reason};
	if (!count)
		return 0;
	sender.addresses.of[proxy->address.family] =
		ranges_one(proxy->address.value, proxy->address.value, derive->arena);
	begin_sender(derive, &sender);
	return add_proxy_flows(derive, requests,
			       flows_unify(requests, count, derive->arena));
}

int endpoints_derive(const struct spec *spec, struct arena *arena,
		     struct intent **ret_intent, struct diag *diag)
{
	size_t errors = diag_errors(diag);
	struct derive derive = {
		.spec = spec,
		.arena = arena,
		.intent = arena_make(arena, struct intent),
		.diag = diag,
		.registries = endpoint_index_new(spec, arena),
		.inside = open_inside(spec, arena),
	};

	for (size_t i = 0; i < spec->client_count; i++)
		if (add_client(&derive, spec->clients[i]))
			return -1;
	if (add_proxy(&derive) || diag_errors(diag) > errors)
		return -1;
	*ret_intent = derive.intent;
	return 0;
}
