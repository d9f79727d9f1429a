/* parse_client.c - Clients, the proxy, and which private endpoint each of them uses. */
#include <string.h>

#include "compiler/catalogue.h"
#include "compiler/parser.h"
#include "rules/base/arena.h"
#include "rules/field.h"

#define FAMILY_BITS_BOTH (1u << FAMILY_IPV4 | 1u << FAMILY_IPV6)

static unsigned families_of(const struct addr_set *set)
{
	return (set->of[FAMILY_IPV4].count ? 1u << FAMILY_IPV4 : 0) |
	       (set->of[FAMILY_IPV6].count ? 1u << FAMILY_IPV6 : 0);
}

/* -- private endpoints ------------------------------------------------------------- */

void parse_private_endpoint_names(struct parser *parser, const struct fields *fields,
				  enum schema_key key,
				  struct private_endpoint ***ret_list, size_t *ret_count)
{
	const struct doc *list = fields->value[key];
	struct names chosen = {0};
	size_t capacity = 0;

	for (size_t i = 0; list && i < list_count(list); i++) {
		const struct doc *item = list_item(list, i);
		struct private_endpoint *endpoint =
			parser_refer(parser, &parser->private_endpoints, item,
				     "private endpoint");
		const struct named *other;

		if (!endpoint)
			continue;
		other = names_add(&chosen, endpoint->registry->name.text, item->at,
				  endpoint, parser->arena);
		if (other) {
			diag_report(parser->diag, DIAG_PE_TWO, item->at,
				    "a second private endpoint of the registry '%s'",
				    endpoint->registry->name.text);
			diag_note(parser->diag, other->at, "the first one is here");
			diag_help(parser->diag,
				  "keep the one in the same virtual network: the "
				  "private DNS zone there holds one address a name");
			continue;
		}
		*arena_push(parser->arena, *ret_list, *ret_count, capacity) = endpoint;
	}
}

static struct private_endpoint *find_endpoint(struct private_endpoint *const *list,
					      size_t count,
					      const struct registry *registry)
{
	for (size_t i = 0; i < count; i++)
		if (list[i]->registry == registry)
			return list[i];
	return NULL;
}

static void report_ambiguous(struct parser *parser, const struct registry *registry,
			     struct span at, const char *who)
{
	diag_report(parser->diag, DIAG_PE_AMBIGUOUS, at,
		    "%s names none of the private endpoints of '%s'", who,
		    registry->name.text);
	for (size_t i = 0; i < registry->private_endpoint_count && i < 5; i++)
		diag_note(parser->diag, registry->private_endpoints[i]->name.at,
			  "'%s' is here", registry->private_endpoints[i]->name.text);
	diag_help(parser->diag,
		  "write 'private_endpoint: %s', or the one in its own network",
		  registry->private_endpoints[0]->name.text);
}

/* Once a registry, however many clients the proxy has. */
static void report_proxy(struct parser *parser, const struct registry *registry,
			 const struct client *client)
{
	struct proxy *proxy = &parser->spec->proxy;

	if (names_add(&parser->proxy_lacks, registry->name.text, client->name.at, proxy,
		      parser->arena))
		return;
	diag_report(parser->diag, DIAG_PROXY_PE, proxy->at,
		    "the proxy has no private endpoint of the registry '%s'",
		    registry->name.text);
	diag_note(parser->diag, client->name.at, "'%s' uses it in private mode",
		  client->name.text);
	if (registry->private_endpoint_count)
		diag_help(parser->diag,
			  "write 'private_endpoint: %s' at the proxy, or the one in its "
			  "own "
			  "network",
			  registry->private_endpoints[0]->name.text);
	else
		diag_help(parser->diag,
			  "add it under 'private_endpoints' of the registry and write "
			  "'private_endpoint:' at the proxy, or write 'mode: public'");
}

/* The endpoint of a registry: one that was named, or the only one. */
static struct private_endpoint *choose_endpoint(struct parser *parser,
						struct private_endpoint *const *named,
						size_t named_count,
						const struct registry *registry,
						const struct client *client)
{
	struct private_endpoint *endpoint = find_endpoint(named, named_count, registry);
	bool by_proxy = client->via == CLIENT_PROXY;

	if (endpoint)
		return endpoint;
	if (registry->private_endpoint_count == 1 || registry->incomplete)
		return registry->private_endpoint_count == 1
			       ? registry->private_endpoints[0]
			       : NULL;
	if (by_proxy) {
		report_proxy(parser, registry, client);
	} else if (registry->private_endpoint_count) {
		report_ambiguous(parser, registry, client->name.at,
				 arena_printf(parser->arena, "client '%s'",
					      client->name.text));
	} else {
		diag_report(parser->diag, DIAG_PE_MISSING, client->name.at,
			    "client '%s' uses '%s' in private mode, which has no private "
			    "endpoint",
			    client->name.text, registry->name.text);
		diag_note(parser->diag,
			  client->mode == MODE_PRIVATE ? client->mode_at
						       : registry->mode_at,
			  "the mode is set here");
		diag_help(parser->diag,
			  "add it under 'private_endpoints', or write 'mode: public'");
	}
	return NULL;
}

/* -- what a client uses ------------------------------------------------------------ */

static void add_use(struct parser *parser, struct client *client,
		    struct registry *registry, struct span at)
{
	struct client_registry *use =
		arena_push(parser->arena, client->registries, client->registry_count,
			   client->registry_capacity);

	use->registry = registry;
	use->at = at;
	use->mode = client->mode != MODE_UNSET ? client->mode : registry->mode;
}

static bool may_use(struct parser *parser, size_t more, struct span at)
{
	if (more <= SPEC_MAX_USES - parser->use_count) {
		parser->use_count += more;
		return true;
	}
	parser->use_count = SPEC_MAX_USES;
	diag_report(parser->diag, DIAG_SPEC_LIMIT, at,
		    "parts use each other more than %u times", SPEC_MAX_USES);
	return false;
}

static void parse_uses(struct parser *parser, const struct fields *fields,
		       struct client *client)
{
	const struct doc *list = fields->value[SCHEMA_CLIENT_REGISTRIES];
	const struct spec *spec = parser->spec;
	struct names seen = {0};

	if (!may_use(parser, list ? list_count(list) : spec->registry_count,
		     client->name.at))
		return;
	for (size_t i = 0; !list && i < spec->registry_count; i++)
		add_use(parser, client, spec->registries[i], client->name.at);
	for (size_t i = 0; list && i < list_count(list); i++) {
		const struct doc *item = list_item(list, i);
		struct registry *registry =
			parser_refer(parser, &parser->registries, item, "registry");

		if (!registry)
			continue;
		if (names_add(&seen, item->text, item->at, NULL, parser->arena))
			diag_report(parser->diag, DIAG_LISTED_TWICE, item->at,
				    "'%s' is listed twice", item->text);
		else
			add_use(parser, client, registry, item->at);
	}
}

static void report_unused(struct parser *parser, const struct client *client,
			  struct private_endpoint *const *named, size_t count,
			  struct span at)
{
	for (size_t i = 0; i < count; i++) {
		bool used = false;

		/* Of a registry without any, why was said already. */
		for (size_t k = 0; k < client->registry_count; k++) {
			const struct client_registry *use = &client->registries[k];

			used = used || use->private_endpoint == named[i] ||
			       (use->mode == MODE_PRIVATE && !use->private_endpoint &&
				use->registry == named[i]->registry);
		}
		if (used)
			continue;
		diag_report(parser->diag, DIAG_PE_UNUSED, at,
			    "client '%s' does not use the private endpoint '%s'",
			    client->name.text, named[i]->name.text);
		diag_help(parser->diag,
			  client->via == CLIENT_PROXY
				  ? "the proxy opens its connections: write it there"
				  : "it uses the registry in public mode, or not at "
				    "all");
	}
}

/* What is written at the proxy holds for its clients: it opens the connections. */
static void follow_proxy(struct parser *parser, const struct client *client,
			 struct client_registry *use)
{
	const struct proxy *proxy = &parser->spec->proxy;
	struct private_endpoint *endpoint =
		find_endpoint(proxy->private_endpoints, proxy->private_endpoint_count,
			      use->registry);

	if (!endpoint)
		return;
	if (client->mode == MODE_PUBLIC) {
		diag_report(parser->diag, DIAG_PROXY_MODE, client->mode_at,
			    "client '%s' uses '%s' in public mode, but the proxy by the "
			    "private "
			    "endpoint '%s'",
			    client->name.text, use->registry->name.text,
			    endpoint->name.text);
		diag_note(parser->diag, proxy->at, "the proxy is here");
		diag_help(parser->diag, "remove 'mode: public', or write 'via: direct'");
	}
	use->mode = MODE_PRIVATE;
}

static void choose_endpoints(struct parser *parser, const struct fields *fields,
			     struct client *client)
{
	const struct proxy *proxy = &parser->spec->proxy;
	struct private_endpoint **named = NULL;
	size_t count = 0;

	parse_private_endpoint_names(parser, fields, SCHEMA_CLIENT_PRIVATE_ENDPOINT,
				     &named, &count);
	if (client->via == CLIENT_PROXY && !proxy->present) {
		diag_report(parser->diag, DIAG_PROXY_MISSING, client->via_at,
			    "client '%s' sends through a proxy that the spec does not "
			    "have",
			    client->name.text);
		diag_help(parser->diag,
			  "write 'proxy: { address: 10.0.0.4, port: 3128 }' with its "
			  "address, or 'via: direct'");
		return;
	}
	for (size_t i = 0; i < client->registry_count; i++) {
		struct client_registry *use = &client->registries[i];

		if (client->via == CLIENT_PROXY)
			follow_proxy(parser, client, use);
		if (use->mode != MODE_PRIVATE)
			continue;
		use->private_endpoint =
			client->via == CLIENT_PROXY
				? choose_endpoint(parser, proxy->private_endpoints,
						  proxy->private_endpoint_count,
						  use->registry, client)
				: choose_endpoint(parser, named, count, use->registry,
						  client);
	}
	if (!parser->unresolved)
		report_unused(parser, client, named, count,
			      field_at(fields, SCHEMA_CLIENT_PRIVATE_ENDPOINT));
}

/* -- services and allows ----------------------------------------------------------- */

/* Has the catalogue a row of the group in this cloud? */
static bool is_known_group(const char *group, enum cloud_id cloud)
{
	size_t count;
	const struct service_row *rows = catalogue_services(&count);

	for (size_t i = 0; i < count; i++)
		if ((rows[i].clouds & 1u << cloud) &&
		    catalogue_group_has(group, &rows[i]))
			return true;
	return false;
}

static void check_location(struct parser *parser, const struct service_group *group,
			   const struct fields *fields, struct span at)
{
	bool written = fields && field_is_written(fields, SCHEMA_SERVICE_LOCATION);

	if (group->needs_location && !written) {
		diag_report(parser->diag, DIAG_SERVICE_PARAMETER, at,
			    "the service '%s' needs 'location'", group->name);
		diag_help(parser->diag,
			  "write '{ name: %s, location: westeurope }' with its region",
			  group->name);
	} else if (!group->needs_location && written) {
		diag_report(parser->diag, DIAG_SERVICE_PARAMETER,
			    fields->key_at[SCHEMA_SERVICE_LOCATION],
			    "the service '%s' takes no 'location'", group->name);
		diag_help(parser->diag, "write '%s' alone", group->name);
	}
}

static void check_parameters(struct parser *parser, const struct service_use *service,
			     const struct fields *fields)
{
	const struct service_group *group = catalogue_group(service->name.text);

	if (!group || !is_known_group(group->name, parser->spec->cloud)) {
		diag_report(parser->diag, DIAG_UNKNOWN_SERVICE, service->name.at,
			    "the catalogue knows nothing about '%s' in this cloud",
			    service->name.text);
		diag_help(parser->diag, "write what it needs under 'allow:'");
		return;
	}
	check_location(parser, group, fields, service->name.at);
	if (!group->takes_private_cluster && fields &&
	    field_is_written(fields, SCHEMA_SERVICE_PRIVATE_CLUSTER)) {
		diag_report(parser->diag, DIAG_SERVICE_PARAMETER,
			    fields->key_at[SCHEMA_SERVICE_PRIVATE_CLUSTER],
			    "the service '%s' takes no 'private_cluster'", group->name);
		diag_help(parser->diag, "remove it");
	}
}

static void parse_service(struct parser *parser, const struct doc *doc,
			  struct client *client)
{
	const struct doc *name = doc;
	struct service_use service = {.at = doc->at};
	struct fields fields;
	bool is_map = doc->kind == DOC_MAP;
	size_t index;

	if (is_map) {
		if (!parse_fields(parser, doc, SCHEMA_SERVICE, NULL, &fields))
			return;
		name = fields.value[SCHEMA_SERVICE_NAME];
		service.private_cluster =
			field_boolean(parser, &fields, SCHEMA_SERVICE_PRIVATE_CLUSTER);
		if (fields.value[SCHEMA_SERVICE_LOCATION])
			parse_region(parser, fields.value[SCHEMA_SERVICE_LOCATION],
				     &service.location);
	}
	if (!name ||
	    !parse_word(parser, name, catalogue_groups(), DIAG_UNKNOWN_SERVICE, &index))
		return;
	service.name = (struct word){name->text, name->at};
	check_parameters(parser, &service, is_map ? &fields : NULL);
	*arena_push(parser->arena, client->services, client->service_count,
		    client->service_capacity) = service;
}

/* Adds one protocol; "any" leaves the set empty, which is what any means. */
static bool parse_protocol(struct parser *parser, const struct doc *doc,
			   struct ranges *protocols)
{
	static const char *const names[] = {"any", "tcp", "udp", "icmp", "icmpv6",
					    "esp", "ah",  "gre", "sctp", NULL};
	int protocol = protocol_parse(doc->text);
	const char *nearest;

	if (strcmp(doc->text, "any") == 0)
		return true;
	if (protocol >= 0) {
		ranges_add(protocols, (struct range){(u128)protocol, (u128)protocol},
			   parser->arena);
		return true;
	}
	diag_report(parser->diag, DIAG_BAD_WORD, doc->at, QUOTE " is no protocol",
		    doc->text);
	nearest = diag_nearest(doc->text, names);
	if (nearest)
		diag_help(parser->diag, "did you mean '%s'?", nearest);
	else
		diag_help(parser->diag,
			  "write tcp, udp, another name, a number from 0 to 255, or "
			  "any");
	return false;
}

static bool has_ports(u128 protocol)
{
	return protocol == PROTOCOL_TCP || protocol == PROTOCOL_UDP ||
	       protocol == PROTOCOL_SCTP;
}

static void parse_protocols(struct parser *parser, const struct doc *value,
			    const struct doc *ports, struct allow *allow)
{
	bool any = false;

	for (size_t i = 0; i < list_count(value); i++) {
		const struct doc *item = list_item(value, i);
		size_t before = allow->protocols.count;

		if (!parse_protocol(parser, item, &allow->protocols))
			continue;
		any |= allow->protocols.count == before;
		if (!ports || (!any && has_ports(allow->protocols.at[before].first)))
			continue;
		diag_report(parser->diag, DIAG_PORTS_PROTOCOL, ports->at,
			    "'%s' has no ports", item->text);
		diag_note(parser->diag, item->at, "the protocol is here");
		diag_help(parser->diag,
			  "write 'protocol: tcp' or udp, or remove 'ports'");
	}
	if (any)
		allow->protocols = (struct ranges){0};
	ranges_normalize(&allow->protocols);
}

static void parse_allow(struct parser *parser, const struct doc *doc,
			struct client *client)
{
	struct allow allow = {.at = doc->at};
	const struct doc *ports, *value;
	struct fields fields;
	struct range range;

	if (!parse_fields(parser, doc, SCHEMA_ALLOW, NULL, &fields))
		return;
	field_prefixes(parser, &fields, SCHEMA_ALLOW_TO, &allow.to);
	value = fields.value[SCHEMA_ALLOW_PROTOCOL];
	ports = fields.value[SCHEMA_ALLOW_PORTS];
	if (value)
		parse_protocols(parser, value, ports, &allow);
	for (size_t i = 0; ports && i < list_count(ports); i++)
		if (parse_ports(parser, list_item(ports, i), &range))
			ranges_add(&allow.ports, range, parser->arena);
	ranges_normalize(&allow.ports);
	if (fields.value[SCHEMA_ALLOW_COMMENT])
		parse_text(parser, fields.value[SCHEMA_ALLOW_COMMENT], SPEC_MAX_COMMENT,
			   &allow.comment);
	if (fields.value[SCHEMA_ALLOW_EXPIRES])
		parse_date(parser, fields.value[SCHEMA_ALLOW_EXPIRES], &allow.expires);
	*arena_push(parser->arena, client->allows, client->allow_count,
		    client->allow_capacity) = allow;
}

/* -- clients and the proxy --------------------------------------------------------- */

static void parse_families(struct parser *parser, const struct fields *fields,
			   enum schema_key key, const struct addr_set *addresses,
			   unsigned *ret_families, bool *ret_written)
{
	*ret_written = fields->value[key] != NULL;
	*ret_families = field_words(parser, fields, key);
	if (!*ret_families)
		*ret_families = families_of(addresses);
	if (!*ret_families)
		*ret_families = FAMILY_BITS_BOTH;
}

static void parse_sender(struct parser *parser, const struct fields *fields,
			 struct client *client)
{
	client->has_addresses = field_prefixes(parser, fields, SCHEMA_CLIENT_ADDRESSES,
					       &client->addresses) ||
				field_is_written(fields, SCHEMA_CLIENT_ADDRESSES);
	client->addresses_at = field_at(fields, SCHEMA_CLIENT_ADDRESSES);
	parse_families(parser, fields, SCHEMA_CLIENT_FAMILIES, &client->addresses,
		       &client->families, &client->families_written);
	client->families_at = field_at(fields, SCHEMA_CLIENT_FAMILIES);
	client->has_egress_addresses =
		field_prefixes(parser, fields, SCHEMA_CLIENT_EGRESS_ADDRESSES,
			       &client->egress_addresses);
	client->egress_addresses_at = field_at(fields, SCHEMA_CLIENT_EGRESS_ADDRESSES);
}

void parse_client(struct parser *parser, const struct doc *doc)
{
	struct client *client = arena_make(parser->arena, struct client);
	const struct doc *name, *list;
	struct fields fields;

	if (!parse_fields(parser, doc, SCHEMA_CLIENT, NULL, &fields))
		return;
	client->at = doc->at;
	name = fields.value[SCHEMA_CLIENT_NAME];
	if (!name || !parse_name(parser, name, &client->name)) {
		parser->unresolved = true;
		return;
	}
	if (strcmp(client->name.text, "proxy") == 0) {
		diag_report(parser->diag, DIAG_DUPLICATE_NAME, client->name.at,
			    "'proxy' is the name of the proxy itself as a client");
		diag_help(parser->diag, "write another name");
	}
	parse_sender(parser, &fields, client);
	client->operations = field_words(parser, &fields, SCHEMA_CLIENT_OPERATIONS);
	client->operations_at = field_at(&fields, SCHEMA_CLIENT_OPERATIONS);
	client->mode = (enum registry_mode)(
		1 + field_word(parser, &fields, SCHEMA_CLIENT_MODE, (size_t)-1));
	client->mode_at = field_at(&fields, SCHEMA_CLIENT_MODE);
	client->via = field_word(parser, &fields, SCHEMA_CLIENT_VIA, 0) ? CLIENT_PROXY
									: CLIENT_DIRECT;
	client->via_at = field_at(&fields, SCHEMA_CLIENT_VIA);
	parse_uses(parser, &fields, client);
	choose_endpoints(parser, &fields, client);
	list = fields.value[SCHEMA_CLIENT_SERVICES];
	for (size_t i = 0; list && i < list_count(list); i++)
		parse_service(parser, list_item(list, i), client);
	list = fields.value[SCHEMA_CLIENT_ALLOW];
	for (size_t i = 0; list && i < list_count(list); i++)
		parse_allow(parser, list_item(list, i), client);
	if (parser_define(parser, &parser->clients, &client->name, "client", client))
		*arena_push(parser->arena, parser->spec->clients,
			    parser->spec->client_count, parser->spec->client_capacity) =
			client;
}

void parse_proxy(struct parser *parser, const struct doc *doc)
{
	struct proxy *proxy = &parser->spec->proxy;
	struct addr_set own = {0};
	unsigned long port;
	struct fields fields;

	proxy->present = true;
	proxy->at = doc->at;
	if (!parse_fields(parser, doc, SCHEMA_PROXY, NULL, &fields))
		return;
	if (fields.value[SCHEMA_PROXY_ADDRESS] &&
	    parse_address(parser, fields.value[SCHEMA_PROXY_ADDRESS], &proxy->address)) {
		struct prefix prefix = {proxy->address.family,
					(uint8_t)family_bits(proxy->address.family),
					proxy->address.value};

		addr_set_add_prefix(&own, &prefix, parser->arena);
	}
	proxy->address_at = field_at(&fields, SCHEMA_PROXY_ADDRESS);
	if (fields.value[SCHEMA_PROXY_PORT] &&
	    parse_number(parser, fields.value[SCHEMA_PROXY_PORT], 1, 65535, DIAG_BAD_PORT,
			 &port))
		proxy->port = (uint16_t)port;
	parse_families(parser, &fields, SCHEMA_PROXY_FAMILIES, &own, &proxy->families,
		       &proxy->families_written);
	parse_private_endpoint_names(parser, &fields, SCHEMA_PROXY_PRIVATE_ENDPOINT,
				     &proxy->private_endpoints,
				     &proxy->private_endpoint_count);
	proxy->private_endpoint_capacity = proxy->private_endpoint_count;
}
