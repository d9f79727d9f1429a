/* spec_builder.c - Specs made by hand, for tests of what comes behind the parser. */
#include "spec_builder.h"

#include <string.h>

#include "compiler/catalogue.h"
#include "rules/base/arena.h"

struct spec_builder spec_builder_new(struct arena *arena, enum cloud_id cloud)
{
	struct spec_builder builder = {.arena = arena,
				       .spec = arena_make(arena, struct spec)};

	builder.spec->cloud = cloud;
	return builder;
}

struct span builder_place(struct spec_builder *builder)
{
	uint32_t begin = ++builder->places;

	return (struct span){1, begin, begin + 1};
}

struct word builder_word(struct spec_builder *builder, const char *text)
{
	return (struct word){text, builder_place(builder)};
}

/* The next word of a text, or NULL; *text moves behind it. */
static char *next_word(struct arena *arena, const char **text)
{
	size_t length;

	*text += strspn(*text, " ");
	length = strcspn(*text, " ");
	*text += length;
	return length ? arena_strndup(arena, *text - length, length) : NULL;
}

static struct prefix parse(const char *text)
{
	struct prefix prefix;

	if (prefix_parse(text, &prefix) != PREFIX_OK)
		BUG("'%s' is no prefix", text);
	return prefix;
}

struct addr_set builder_addresses(struct spec_builder *builder, const char *prefixes)
{
	struct addr_set set = {0};
	const char *word;

	while ((word = next_word(builder->arena, &prefixes))) {
		struct prefix prefix = parse(word);

		addr_set_add_prefix(&set, &prefix, builder->arena);
	}
	addr_set_normalize(&set);
	return set;
}

struct registry *builder_registry(struct spec_builder *builder, const char *name,
				  const char *regions)
{
	struct arena *arena = builder->arena;
	struct spec *spec = builder->spec;
	struct registry *registry = arena_make(arena, struct registry);
	const char *word;

	*arena_push(arena, spec->registries, spec->registry_count,
		    spec->registry_capacity) = registry;
	registry->name = builder_word(builder, name);
	registry->login_server =
		builder_word(builder,
			     arena_printf(arena, "%s.%s", name,
					  catalogue_cloud(spec->cloud)->login_suffix));
	registry->login_server_confirmed = true;
	registry->sku = SKU_PREMIUM;
	registry->mode = MODE_PUBLIC;
	registry->data_endpoints = DATA_DEDICATED;
	registry->at = builder_place(builder);
	while ((word = next_word(arena, &regions))) {
		struct region_ref *region =
			arena_push(arena, registry->regions, registry->region_count,
				   registry->region_capacity);

		region->word = builder_word(builder, word);
		region->name = word;
	}
	return registry;
}

struct private_endpoint *builder_endpoint(struct spec_builder *builder,
					  struct registry *registry, const char *name,
					  const char *subnet, const char *members)
{
	struct arena *arena = builder->arena;
	struct private_endpoint *endpoint = arena_make(arena, struct private_endpoint);
	char *word;

	*arena_push(arena, registry->private_endpoints, registry->private_endpoint_count,
		    registry->private_endpoint_capacity) = endpoint;
	endpoint->name = builder_word(builder, name);
	endpoint->registry = registry;
	endpoint->at = builder_place(builder);
	if (subnet) {
		endpoint->has_subnet = true;
		endpoint->subnet = parse(subnet);
		endpoint->subnet_text = builder_word(builder, subnet);
	}
	while ((word = next_word(arena, &members))) {
		struct member_address *member =
			arena_push(arena, endpoint->members, endpoint->member_count,
				   endpoint->member_capacity);
		char *equals = strchr(word, '=');

		if (!equals || !addr_parse(equals + 1, &member->address))
			BUG("'%s' is no member", word);
		*equals = '\0';
		member->member = word;
		member->at = builder_place(builder);
	}
	return endpoint;
}

struct client *builder_client(struct spec_builder *builder, const char *name,
			      unsigned operations)
{
	struct spec *spec = builder->spec;
	struct client *client = arena_make(builder->arena, struct client);

	*arena_push(builder->arena, spec->clients, spec->client_count,
		    spec->client_capacity) = client;
	client->name = builder_word(builder, name);
	client->has_addresses = true;
	client->addresses = builder_addresses(builder, "10.240.0.0/16");
	client->families = IPV4_ONLY;
	client->operations = operations;
	client->operations_at = builder_place(builder);
	client->at = builder_place(builder);
	return client;
}

void builder_use(struct spec_builder *builder, struct client *client,
		 struct registry *registry, struct private_endpoint *endpoint)
{
	struct client_registry *use =
		arena_push(builder->arena, client->registries, client->registry_count,
			   client->registry_capacity);

	use->registry = registry;
	use->mode = endpoint ? MODE_PRIVATE : MODE_PUBLIC;
	use->private_endpoint = endpoint;
	use->at = builder_place(builder);
}

struct service_use *builder_service(struct spec_builder *builder, struct client *client,
				    const char *name, const char *location)
{
	struct service_use *use =
		arena_push(builder->arena, client->services, client->service_count,
			   client->service_capacity);

	use->name = builder_word(builder, name);
	use->at = builder_place(builder);
	use->location.name = location;
	use->location.word.text = location;
	return use;
}

struct allow *builder_allow(struct spec_builder *builder, struct client *client,
			    const char *to, unsigned protocol, unsigned port)
{
	struct allow *allow = arena_push(builder->arena, client->allows,
					 client->allow_count, client->allow_capacity);

	allow->to = builder_addresses(builder, to);
	if (protocol != PROTOCOL_ANY)
		allow->protocols = ranges_one(protocol, protocol, builder->arena);
	if (port)
		allow->ports = ranges_one(port, port, builder->arena);
	allow->at = builder_place(builder);
	return allow;
}

void builder_proxy(struct spec_builder *builder, const char *address, uint16_t port)
{
	struct proxy *proxy = &builder->spec->proxy;

	if (!addr_parse(address, &proxy->address))
		BUG("'%s' is no address", address);
	proxy->present = true;
	proxy->port = port;
	proxy->families = IPV4_ONLY;
	proxy->at = builder_place(builder);
}

struct flow *builder_flow(const struct intent *intent, const char *id)
{
	for (size_t i = 0; i < intent->flow_count; i++)
		if (strcmp(intent->flows[i]->id, id) == 0)
			return intent->flows[i];
	return NULL;
}

size_t builder_count(const struct diag *diag, enum diag_code code)
{
	const struct diag_message *message;
	size_t count = 0;

	for (size_t i = 0; (message = diag_message(diag, i)); i++)
		count += message->code == code;
	return count;
}
