/* azure_json.h - What the az command prints about registries and private endpoints. */
#ifndef COMPILER_AZURE_JSON_H
#define COMPILER_AZURE_JSON_H

#include "compiler/spec.h"
#include "rules/base/doc.h"

/**
 * DOC: Azure's JSON
 *
 * The same object comes in several forms: as ARM sends it, with its facts one level down
 * under "properties", and flattened as az prints it; with privateIPAddress or, from older
 * az, privateIpAddress.  So keys are looked up without regard to case, on both levels.
 * A file that holds a list of one object is that object.
 *
 * What a file says is copied with its place and judged by the caller; what could reach a
 * rule (addresses, host names, regions) is checked here.
 */
struct arena;

/** struct azure_connection - A private endpoint as the registry lists it */
struct azure_connection {
	const char *endpoint; /* its resource name */
	enum connection_state state;
	struct span at;
};

/**
 * struct azure_registry - 'az acr show' or 'az acr show-endpoints'
 * @has_body:	it is 'show': without it only hosts are known
 * @sku, @public_access, …: text NULL where the file does not say
 * @data_endpoint: whether dedicated data endpoints are on; text "true" or "false"
 * @regional_endpoints, @dual_stack: absent means off (stable API versions lack them)
 */
struct azure_registry {
	bool has_body;
	struct word name;
	struct word login_server;
	struct word location;
	struct word sku;
	enum public_access public_access;
	struct span public_access_at;
	struct addr_set public_rules;
	bool service_endpoints;
	struct span service_endpoints_at;
	struct word data_endpoint;
	bool regional_endpoints;
	struct span regional_endpoints_at;
	bool dual_stack;
	struct span dual_stack_at;
	struct host_override *data_hosts;
	size_t data_host_count, data_host_capacity;
	struct host_override *regional_hosts;
	size_t regional_host_count, regional_host_capacity;
	struct azure_connection *connections;
	size_t connection_count, connection_capacity;
};

/**
 * azure_registry_read() - A registry
 * @suffix:	of the cloud's login servers: every host must end with it
 */
int azure_registry_read(const struct doc *doc, const char *suffix, struct arena *arena,
			struct azure_registry *ret_registry, struct diag *diag);

/**
 * azure_endpoint_read() - A network interface or private endpoint
 * @suffix:	of the cloud's login servers
 * @endpoint:	gets members and, where the file tells it, state and its place
 */
int azure_endpoint_read(const struct doc *doc, const char *suffix, struct arena *arena,
			struct private_endpoint *endpoint, struct diag *diag);

/**
 * azure_host_is_of() - Does a host belong to the registry of that name?
 *
 * Its first label is the name, or the name, a dash and a domain name label's hash.
 */
bool azure_host_is_of(const char *host, const char *name);

/**
 * azure_member_region() - The region in a member's name
 *
 * "registry_data_" is tried before "registry_", which it begins with.
 *
 * Return: "" for "registry", the region for the two others, NULL for no member
 */
const char *azure_member_region(const char *member);

#endif
