/* spec.h - The spec as parsed: what the user wrote, typed, with places. */
#ifndef COMPILER_SPEC_H
#define COMPILER_SPEC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "backends/backend.h"
#include "rules/addr.h"
#include "rules/base/diag.h"

/**
 * DOC: The spec
 *
 * Plain data made by parse.c from a document (rules/base/doc.h) and judged by check.c.
 * Fallbacks are filled in, references between parts are resolved to pointers, files that
 * the spec names (NIC, private endpoint, registry JSON) are read and merged.  Behind
 * check.c nobody needs the document again.
 *
 * Lists keep the order of the spec.  Everything lives in the arena of the compilation.
 */

/* A spec describes networks that people keep in their heads; a cloud has some hundred
 * regions and Azure allows 200 private endpoints a registry (azure.md 1.2).  What clients
 * use together is bounded as flows are (endpoints.h): a flow needs a use. */
#define SPEC_MAX_REGISTRIES	   1000u
#define SPEC_MAX_PRIVATE_ENDPOINTS 200u
#define SPEC_MAX_REGIONS	   200u
#define SPEC_MAX_OUTPUTS	   200u
#define SPEC_MAX_USES		   100000u

/* Bytes.  Names go into files, identifiers and comments of every target; no region of
 * Azure has more than 19 ("southcentralusstage"); a comment shares a line of a target's
 * with the id of its flow; a path fits PATH_MAX. */
#define SPEC_MAX_NAME	 40
#define SPEC_MAX_REGION	 40
#define SPEC_MAX_COMMENT 120
#define SPEC_MAX_PATH	 4000
#define SPEC_MAX_HOST	 253

/** struct word - A text of the spec and its place; @text NULL: not written */
struct word {
	const char *text;
	struct span at;
};

enum cloud_id {
	CLOUD_PUBLIC,
	CLOUD_CHINA,
	CLOUD_USGOV,
};

enum registry_sku {
	SKU_BASIC,
	SKU_STANDARD,
	SKU_PREMIUM,
};

enum registry_mode {
	MODE_UNSET, /* clients only: the registry's mode holds */
	MODE_PUBLIC,
	MODE_PRIVATE,
};

enum data_endpoints {
	DATA_UNSET, /* before check.c; never after it */
	DATA_DEDICATED,
	DATA_STORAGE,
	DATA_TRANSITION, /* both: while clients' firewalls are being changed */
};

enum connection_state {
	CONNECTION_APPROVED,
	CONNECTION_PENDING,
	CONNECTION_REJECTED,
	CONNECTION_DISCONNECTED,
};

/**
 * struct member_address - One member of a private endpoint and its address
 * @member:	"registry", "registry_data_<region>" or "registry_<region>"
 * @fqdn:	the name that the JSON gives, or NULL
 * @at:		where the address stands: in the spec or in a JSON
 */
struct member_address {
	const char *member;
	const char *fqdn;
	struct addr address;
	struct span at;
};

/**
 * struct private_endpoint - A private endpoint of one registry
 * @incomplete:	an address could not be read: what is missing is not judged
 */
struct private_endpoint {
	struct word name;
	struct word location;
	struct word subnet_text;
	bool has_subnet;
	struct prefix subnet;
	struct word nic; /* path as written; @members came from it */
	enum connection_state state;
	struct span state_at;
	bool incomplete;
	struct member_address *members;
	size_t member_count, member_capacity;
	struct registry *registry;
	struct span at;
};

/** struct region_ref - A region as written and, when it is known, its programmatic name
 */
struct region_ref {
	struct word word;
	const char *name; /* lower case, no blanks: what stands in host names */
};

/** enum public_access - The registry's own network rules */
enum public_access {
	PUBLIC_ENABLED,
	PUBLIC_DISABLED,
	PUBLIC_SELECTED,
};

/** struct host_override - A host that a "from:" JSON gives for a region */
struct host_override {
	const char *region;
	const char *host;
	struct span at;
};

/**
 * struct registry - One registry
 * @name:	lower case
 * @login_server: "<name>.<suffix>" or what the spec or its JSON says, lower case
 * @login_server_confirmed: a JSON said so, or there is no domain name label
 * @regions:	home region first, then the replicas as written
 * @data_hosts:	hosts of a "from:" JSON; they win over derived ones
 * @incomplete:	a region or private endpoint could not be read: none is missed
 * @service_endpoints: VNet rules are on (JSON, or public_access with VNet rules)
 */
struct registry {
	struct word name;
	struct word login_server;
	bool login_server_confirmed;
	struct word from;
	enum registry_sku sku;
	struct span sku_at;
	struct region_ref *regions;
	size_t region_count, region_capacity;
	enum registry_mode mode;
	struct span mode_at;
	enum data_endpoints data_endpoints;
	struct span data_endpoints_at;
	bool regional_endpoints;
	struct span regional_endpoints_at;
	bool dual_stack;
	struct span ip_family_at;
	enum public_access public_access;
	struct span public_access_at;
	struct addr_set public_rules;
	bool service_endpoints;
	struct span service_endpoints_at;
	struct host_override *data_hosts;
	size_t data_host_count, data_host_capacity;
	struct host_override *regional_hosts;
	size_t regional_host_count, regional_host_capacity;
	struct private_endpoint **private_endpoints;
	size_t private_endpoint_count, private_endpoint_capacity;
	bool incomplete;
	struct span at;
};

enum operation {
	OPERATION_PULL,
	OPERATION_PUSH,
	OPERATION_LOGIN,
	OPERATION_BUILD,
	OPERATION_MANAGE,
};
#define OPERATION_COUNT 5

/** struct service_use - A service group that a client needs, with its parameters */
struct service_use {
	struct word name;	    /* of the catalogue: "entra-id", "mcr", "aks", … */
	struct region_ref location; /* aks */
	bool private_cluster;	    /* aks */
	struct span at;
};

/**
 * struct allow - Another need of a client, part of the intent
 * @protocols:	IP protocol numbers; empty: any
 * @ports:	empty: every port
 * @expires:	"2027-03-31" or NULL
 */
struct allow {
	struct addr_set to;
	struct ranges protocols;
	struct ranges ports;
	struct word comment;
	struct word expires;
	struct span at;
};

/**
 * struct client_registry - What one client uses of one registry
 * @mode:	resolved: never MODE_UNSET
 * @private_endpoint: set in private mode
 */
struct client_registry {
	struct registry *registry;
	enum registry_mode mode;
	struct private_endpoint *private_endpoint;
	struct span at;
};

/** struct client - Who sends */
struct client {
	struct word name;
	bool has_addresses;
	struct addr_set addresses;
	struct span addresses_at;
	unsigned families; /* bit (1 << family) */
	struct span families_at;
	bool families_written;
	struct client_registry *registries;
	size_t registry_count, registry_capacity;
	unsigned operations; /* bit (1 << operation) */
	struct span operations_at;
	enum registry_mode mode; /* as written */
	struct span mode_at;
	enum client_path via;
	struct span via_at;
	struct addr_set egress_addresses;
	bool has_egress_addresses;
	struct span egress_addresses_at;
	struct service_use *services;
	size_t service_count, service_capacity;
	struct allow *allows;
	size_t allow_count, allow_capacity;
	struct span at;
};

/** struct proxy - The forward proxy that "via: proxy" clients use */
struct proxy {
	bool present;
	struct addr address;
	struct span address_at;
	uint16_t port;
	unsigned families;
	bool families_written;
	struct private_endpoint **private_endpoints; /* one a registry at most */
	size_t private_endpoint_count, private_endpoint_capacity;
	struct span at;
};

/** bits of struct egress.accept */
#define ACCEPT_SERVICE_TAG	0x1u
#define ACCEPT_PINNED_ADDRESSES 0x2u

struct egress {
	bool deny;
	struct span default_at;
	struct addr_set inside;
	struct span inside_at;
	unsigned accept;
	struct span accept_at;
	bool log;
	struct span at;
};

/**
 * struct output - One entry of "outputs:"
 * @clients:	whom it governs: as written, else every client with addresses (and, on an
 *		output for the host itself, every client without)
 * @settings:	of the back end's options: written ones, then fallbacks
 */
struct output {
	struct word name;
	const struct backend *backend;
	struct span backend_at;
	struct client **clients;
	size_t client_count, client_capacity;
	bool clients_written;
	struct span clients_at;
	struct backend_setting *settings;
	size_t setting_count, setting_capacity;
	struct span at;
};

struct spec {
	enum cloud_id cloud;
	struct registry **registries;
	size_t registry_count, registry_capacity;
	struct client **clients;
	size_t client_count, client_capacity;
	struct word service_tags; /* path as written */
	struct addr_set dns_servers;
	struct span dns_at;
	struct proxy proxy;
	struct egress egress;
	struct output **outputs;
	size_t output_count, output_capacity;
	struct span at;
};

#endif
