/* registry_endpoints.h - The endpoints that a registry has, whoever needs them. */
#ifndef COMPILER_REGISTRY_ENDPOINTS_H
#define COMPILER_REGISTRY_ENDPOINTS_H

#include "compiler/catalogue.h"
#include "compiler/spec.h"

struct arena;

/**
 * struct registry_endpoint - One endpoint of a registry
 * @host:	lower case; "*.x" for storage
 * @reason:	"data endpoint of replica eastus"
 * @member:	the private endpoint's member, NULL for storage
 * @regional_tags: the row's tag for each of the registry's regions, separated by blanks;
 *		NULL where one of them has none
 * @at:		where its region is written, or SPAN_NONE
 * @derived:	made from the pattern, not read from a JSON
 */
struct registry_endpoint {
	const struct endpoint_row *row;
	const char *host;
	const char *reason;
	const char *member;
	const char *regional_tags;
	struct span at;
	bool derived;
};

/**
 * struct registry_endpoints - The endpoints of one registry, login server first
 *
 * Data endpoints and storage are both there when the registry has either: which of them a
 * client needs depends on what it does.
 */
struct registry_endpoints {
	const struct registry *registry;
	struct registry_endpoint *at;
	size_t count, capacity;
	unsigned warned;
};

/** struct endpoint_index - The registries of a spec, each worked out once */
struct endpoint_index;

struct endpoint_index *endpoint_index_new(const struct spec *spec, struct arena *arena);

/** endpoint_index_find() - A registry of the spec; another one is BUG() */
struct registry_endpoints *endpoint_index_find(const struct endpoint_index *index,
					       const struct registry *registry);

/**
 * registry_endpoints_warn() - Say once a registry that a host is not certain
 *
 * catalogue-inferred: the catalogue has the pattern only by analogy.  host-unconfirmed:
 * the name has a domain name label and no JSON tells the host.
 */
void registry_endpoints_warn(struct registry_endpoints *endpoints,
			     const struct registry_endpoint *endpoint, struct diag *diag);

/** region_host_name() - A region as host names have it; NULL when none is written */
const char *region_host_name(const struct region_ref *region, struct arena *arena);

#endif
