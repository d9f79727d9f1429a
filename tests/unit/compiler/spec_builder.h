/* spec_builder.h - Specs made by hand, for tests of what comes behind the parser. */
#ifndef TESTS_UNIT_COMPILER_SPEC_BUILDER_H
#define TESTS_UNIT_COMPILER_SPEC_BUILDER_H

#include "compiler/spec.h"
#include "rules/intent.h"

struct arena;

#define IPV4_ONLY (1u << FAMILY_IPV4)

/**
 * struct spec_builder - A spec that grows
 *
 * Every part gets a place of its own in source 1, in the order of making: what is
 * reported can be told apart by where.
 */
struct spec_builder {
	struct arena *arena;
	struct spec *spec;
	uint32_t places;
};

struct spec_builder spec_builder_new(struct arena *arena, enum cloud_id cloud);

struct span builder_place(struct spec_builder *builder);
struct word builder_word(struct spec_builder *builder, const char *text);
struct addr_set builder_addresses(struct spec_builder *builder, const char *prefixes);

/** builder_registry() - Public, Premium, dedicated data endpoints; @regions: by blanks */
struct registry *builder_registry(struct spec_builder *builder, const char *name,
				  const char *regions);

/** builder_endpoint() - A private endpoint; @members: "registry=10.0.0.4 …" */
struct private_endpoint *builder_endpoint(struct spec_builder *builder,
					  struct registry *registry, const char *name,
					  const char *subnet, const char *members);

/** builder_client() - A direct IPV4_ONLY client; @operations: bits (1 << operation) */
struct client *builder_client(struct spec_builder *builder, const char *name,
			      unsigned operations);

/** builder_use() - A client's use of a registry: private when an endpoint is given */
void builder_use(struct spec_builder *builder, struct client *client,
		 struct registry *registry, struct private_endpoint *endpoint);

struct service_use *builder_service(struct spec_builder *builder, struct client *client,
				    const char *name, const char *location);

struct allow *builder_allow(struct spec_builder *builder, struct client *client,
			    const char *to, unsigned protocol, unsigned port);

void builder_proxy(struct spec_builder *builder, const char *address, uint16_t port);

/** builder_flow() - The flow with this id; NULL when there is none */
struct flow *builder_flow(const struct intent *intent, const char *id);

/** builder_count() - How many messages of a kind were kept */
size_t builder_count(const struct diag *diag, enum diag_code code);

#endif
