/* azure_json.c - What the az command prints about registries and private endpoints. */
#include "compiler/azure_json.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "compiler/parser.h"
#include "rules/base/arena.h"

#define HELP_NIC                                                                   \
	"save what 'az network nic show --ids NIC' prints; the interface's id is " \
	"networkInterfaces[0].id of 'az network private-endpoint show'"
#define HELP_ACR                                                                      \
	"save what 'az acr show --name NAME' or 'az acr show-endpoints --name NAME' " \
	"prints"

/* A registry has at most some hundred hosts and members; see parser.h. */
#define MAX_HOSTS 1000u

struct reading {
	const char *suffix;
	struct arena *arena;
	struct diag *diag;
};

/* -- looking things up ------------------------------------------------------------- */

static const struct doc *get(const struct doc *object, const char *key)
{
	const struct doc *value = doc_get_nocase(object, key);

	if (!value || value->kind == DOC_NULL)
		value = doc_get_nocase(doc_get_nocase(object, "properties"), key);
	return value && value->kind != DOC_NULL ? value : NULL;
}

static size_t count_of(const struct doc *list)
{
	return list && list->kind == DOC_LIST ? list->count : 0;
}

static struct word word_of(const struct doc *doc)
{
	const char *text = doc_text(doc);

	return text ? (struct word){text, doc->at} : (struct word){0};
}

static const struct doc *only_object(const struct doc *doc, const char *help,
				     struct diag *diag)
{
	if (doc->kind == DOC_LIST && doc->count == 1)
		doc = doc->items[0];
	if (doc->kind == DOC_MAP)
		return doc;
	diag_report(diag, DIAG_AZURE_JSON, doc->at,
		    doc->kind == DOC_LIST && doc->count
			    ? "the file holds several objects, not one"
			    : "the file holds no object");
	diag_help(diag, "%s", help);
	return NULL;
}

static int bad_json(struct reading *reading, struct span at, const char *what,
		    const char *help)
{
	diag_report(reading->diag, DIAG_AZURE_JSON, at, "%s", what);
	if (help)
		diag_help(reading->diag, "%s", help);
	return -1;
}

static bool parse_state(const char *text, enum connection_state *ret_state)
{
	static const char *const names[] = {"Approved", "Pending", "Rejected",
					    "Disconnected"};

	for (size_t i = 0; text && i < ARRAY_SIZE(names); i++)
		if (strcasecmp(text, names[i]) == 0) {
			*ret_state = (enum connection_state)i;
			return true;
		}
	return false;
}

/* The state of one element of (manual)PrivateLinkServiceConnections or of the registry's
 * privateEndpointConnections. */
static const struct doc *state_of(const struct doc *connection)
{
	return get(get(connection, "privateLinkServiceConnectionState"), "status");
}

/* -- hosts ------------------------------------------------------------------------- */

static const char *lower(struct arena *arena, const char *text)
{
	char *copy = arena_strdup(arena, text);

	for (char *c = copy; *c; c++)
		*c = (char)(*c >= 'A' && *c <= 'Z' ? *c + ('a' - 'A') : *c);
	return copy;
}

static bool has_suffix(const char *host, const char *suffix)
{
	size_t host_length = strlen(host), length = strlen(suffix);

	return host_length > length + 1 && host[host_length - length - 1] == '.' &&
	       strcmp(host + host_length - length, suffix) == 0;
}

/* A host that is to be allowed: of the cloud's registries, whatever the file says. */
static const char *read_host(struct reading *reading, const struct doc *doc)
{
	const char *host = doc_text(doc) ? lower(reading->arena, doc_text(doc)) : "";

	if (host_name_is_valid(host) && has_suffix(host, reading->suffix))
		return host;
	diag_report(reading->diag, DIAG_AZURE_JSON, doc->at,
		    QUOTE " is no host name below %s", host, reading->suffix);
	diag_help(reading->diag,
		  "check 'cloud:' in the spec, and that the file is unchanged");
	return NULL;
}

/* "<label>.<region>.data.<suffix>": the region, if the host is of this form. */
static const char *region_in_host(struct reading *reading, const char *host,
				  const char *kind)
{
	const char *dot = strchr(host, '.');
	size_t length = dot ? strcspn(dot + 1, ".") : 0;
	const char *rest;

	if (!length)
		return NULL;
	rest = dot + 1 + length;
	if (*rest != '.' || strncmp(rest + 1, kind, strlen(kind)) != 0 ||
	    rest[1 + strlen(kind)] != '.' ||
	    strcmp(rest + strlen(kind) + 2, reading->suffix) != 0)
		return NULL;
	return arena_strndup(reading->arena, dot + 1, length);
}

static int read_host_list(struct reading *reading, const struct doc *list,
			  const char *kind, struct host_override **hosts, size_t *count,
			  size_t *capacity)
{
	for (size_t i = 0; i < count_of(list) && i < MAX_HOSTS; i++) {
		const struct doc *item = list->items[i];
		const struct doc *endpoint =
			item->kind == DOC_MAP ? get(item, "endpoint") : item;
		const char *host, *region;

		if (!doc_text(endpoint))
			return bad_json(reading, item->at, "an endpoint without a host",
					HELP_ACR);
		if (strncmp(endpoint->text, "*.", 2) == 0)
			continue; /* storage: dedicated data endpoints are off */
		host = read_host(reading, endpoint);
		if (!host)
			return -1;
		region = region_in_host(reading, host, kind);
		if (!region) {
			diag_report(reading->diag, DIAG_AZURE_JSON, endpoint->at,
				    "'%s' is no <registry>.<region>.%s.%s", host, kind,
				    reading->suffix);
			return -1;
		}
		*arena_push(reading->arena, *hosts, *count, *capacity) =
			(struct host_override){region, host, endpoint->at};
	}
	return 0;
}

/* -- registries -------------------------------------------------------------------- */

static int read_ip_rules(struct reading *reading, const struct doc *rules,
			 struct azure_registry *registry)
{
	for (size_t i = 0; i < count_of(rules); i++) {
		const struct doc *value = get(rules->items[i], "value");
		struct prefix prefix;

		if (!value)
			value = get(rules->items[i], "ipAddressOrRange");
		/* Azure masks by itself what it is given with host bits. */
		if (!doc_text(value) || prefix_parse(value->text, &prefix) == PREFIX_BAD)
			return bad_json(reading, rules->items[i]->at,
					"an IP rule without an address", HELP_ACR);
		addr_set_add_prefix(&registry->public_rules, &prefix, reading->arena);
	}
	addr_set_normalize(&registry->public_rules);
	return 0;
}

static int read_network_rules(struct reading *reading, const struct doc *object,
			      struct azure_registry *registry)
{
	const struct doc *access = get(object, "publicNetworkAccess");
	const struct doc *rules = get(object, "networkRuleSet");
	const struct doc *action = get(rules, "defaultAction");
	const struct doc *subnets = get(rules, "virtualNetworkRules");

	if (access && doc_text(access) && strcasecmp(access->text, "Disabled") == 0) {
		registry->public_access = PUBLIC_DISABLED;
		registry->public_access_at = access->at;
	} else if (action && doc_text(action) && strcasecmp(action->text, "Deny") == 0) {
		registry->public_access = PUBLIC_SELECTED;
		registry->public_access_at = action->at;
	} else {
		registry->public_access = PUBLIC_ENABLED;
		registry->public_access_at = access ? access->at : object->at;
	}
	registry->service_endpoints = count_of(subnets) > 0;
	if (subnets)
		registry->service_endpoints_at = subnets->at;
	return read_ip_rules(reading, get(rules, "ipRules"), registry);
}

/* ".../privateEndpoints/NAME": what stands behind the last slash. */
static const char *resource_name(const struct doc *id)
{
	const char *slash = doc_text(id) ? strrchr(id->text, '/') : NULL;

	return slash ? slash + 1 : NULL;
}

static void read_connections(struct reading *reading, const struct doc *list,
			     struct azure_registry *registry)
{
	for (size_t i = 0; i < count_of(list) && i < MAX_HOSTS; i++) {
		const struct doc *status = state_of(list->items[i]);
		const char *name =
			resource_name(get(get(list->items[i], "privateEndpoint"), "id"));
		enum connection_state state;

		if (name && status && parse_state(doc_text(status), &state))
			*arena_push(reading->arena, registry->connections,
				    registry->connection_count,
				    registry->connection_capacity) =
				(struct azure_connection){name, state, status->at};
	}
}

static bool is_on(const struct doc *value, const char *word, struct span *ret_at)
{
	if (!doc_text(value))
		return false;
	*ret_at = value->at;
	return strcasecmp(value->text, word) == 0;
}

static int read_body(struct reading *reading, const struct doc *object,
		     struct azure_registry *registry)
{
	registry->has_body = true;
	registry->name = word_of(get(object, "name"));
	registry->location = word_of(get(object, "location"));
	registry->sku = word_of(get(get(object, "sku"), "name"));
	registry->data_endpoint = word_of(get(object, "dataEndpointEnabled"));
	registry->regional_endpoints = is_on(get(object, "regionalEndpoints"), "Enabled",
					     &registry->regional_endpoints_at);
	registry->dual_stack = is_on(get(object, "endpointProtocol"), "IPv4AndIPv6",
				     &registry->dual_stack_at);
	read_connections(reading, get(object, "privateEndpointConnections"), registry);
	if (read_host_list(reading, get(object, "dataEndpointHostNames"), "data",
			   &registry->data_hosts, &registry->data_host_count,
			   &registry->data_host_capacity) ||
	    read_host_list(reading, get(object, "regionalEndpointHostNames"), "geo",
			   &registry->regional_hosts, &registry->regional_host_count,
			   &registry->regional_host_capacity))
		return -1;
	return read_network_rules(reading, object, registry);
}

/* 'show-endpoints' (azure.md 1.4): regionalEndpoints comes with az 2.86 only. */
static int read_endpoints(struct reading *reading, const struct doc *object,
			  struct azure_registry *registry)
{
	const struct doc *data = get(object, "dataEndpoints");
	const struct doc *regional = get(object, "regionalEndpoints");

	if (read_host_list(reading, data, "data", &registry->data_hosts,
			   &registry->data_host_count, &registry->data_host_capacity) ||
	    read_host_list(reading, regional, "geo", &registry->regional_hosts,
			   &registry->regional_host_count,
			   &registry->regional_host_capacity))
		return -1;
	registry->data_endpoint =
		(struct word){registry->data_host_count ? "true" : "false", data->at};
	registry->regional_endpoints = registry->regional_host_count > 0;
	if (regional)
		registry->regional_endpoints_at = regional->at;
	return 0;
}

int azure_registry_read(const struct doc *doc, const char *suffix, struct arena *arena,
			struct azure_registry *ret_registry, struct diag *diag)
{
	struct reading reading = {suffix, arena, diag};
	const struct doc *object = only_object(doc, HELP_ACR, diag);
	struct azure_registry registry = {0};
	const struct doc *login;
	const char *host;

	if (!object)
		return -1;
	login = get(object, "loginServer");
	if (!login)
		return bad_json(&reading, object->at,
				"this is no registry: no 'loginServer'", HELP_ACR);
	diag_hide_source(diag, doc->at.source, false);
	host = read_host(&reading, login);
	if (!host)
		return -1;
	registry.login_server = (struct word){host, login->at};
	if (count_of(get(object, "dataEndpoints"))
		    ? read_endpoints(&reading, object, &registry)
		    : read_body(&reading, object, &registry))
		return -1;
	*ret_registry = registry;
	return 0;
}

/* -- private endpoints ------------------------------------------------------------- */

const char *azure_member_region(const char *member)
{
	static const char data[] = "registry_data_", regional[] = "registry_";
	const char *region;

	if (strcmp(member, "registry") == 0)
		return "";
	if (strncmp(member, data, strlen(data)) == 0)
		region = member + strlen(data);
	else if (strncmp(member, regional, strlen(regional)) == 0)
		region = member + strlen(regional);
	else
		return NULL;
	if (!*region)
		return NULL;
	for (const char *c = region; *c; c++)
		if (!isascii((unsigned char)*c) || !isalnum((unsigned char)*c) ||
		    isupper((unsigned char)*c))
			return NULL;
	return region;
}

bool azure_host_is_of(const char *host, const char *name)
{
	size_t length = strlen(name);

	return strncmp(host, name, length) == 0 &&
	       (host[length] == '.' || host[length] == '-');
}

/* The form of a member's name tells its kind and region, as the member does. */
static bool host_fits_member(struct reading *reading, const char *host,
			     const char *member)
{
	bool is_data = strncmp(member, "registry_data_", strlen("registry_data_")) == 0;
	const char *expected = azure_member_region(member);
	const char *region;

	if (!expected)
		return true; /* add_member() reports it */
	if (!*expected)
		return strcmp(host + strcspn(host, ".") + 1, reading->suffix) == 0;
	region = region_in_host(reading, host, is_data ? "data" : "geo");
	return region && strcmp(region, expected) == 0;
}

static int add_member(struct reading *reading, const char *member, const char *fqdn,
		      const struct doc *address, struct private_endpoint *endpoint)
{
	struct addr addr;

	if (!azure_member_region(member)) {
		diag_report(reading->diag, DIAG_PE_MEMBER, address->at,
			    QUOTE " is no member of a registry's private endpoint",
			    member);
		return -1;
	}
	if (endpoint->member_count >= MAX_HOSTS)
		return bad_json(reading, address->at, "more members than a registry has",
				NULL);
	if (!doc_text(address) || !addr_parse(address->text, &addr)) {
		diag_report(reading->diag, DIAG_BAD_ADDRESS, address->at,
			    "the member '%s' has no address", member);
		return -1;
	}
	*arena_push(reading->arena, endpoint->members, endpoint->member_count,
		    endpoint->member_capacity) =
		(struct member_address){member, fqdn, addr, address->at};
	return 0;
}

/* One entry of ipConfigurations.  The names of others' interfaces (virtual machines) have
 * null there and are passed over. */
static int read_configuration(struct reading *reading, const struct doc *configuration,
			      struct private_endpoint *endpoint)
{
	const struct doc *link = get(configuration, "privateLinkConnectionProperties");
	const struct doc *member = get(link ? link : configuration,
				       link ? "requiredMemberName" : "memberName");
	const struct doc *address = get(configuration, "privateIPAddress");
	const struct doc *fqdns = get(link, "fqdns");
	const char *host = NULL;

	if (!doc_text(member))
		return 0;
	if (!address)
		return bad_json(reading, configuration->at, "a member without an address",
				HELP_NIC);
	for (size_t i = 0; i < count_of(fqdns); i++) {
		const char *next = read_host(reading, fqdns->items[i]);

		if (!next)
			return -1;
		if (host && strcmp(host, next) != 0) {
			diag_report(reading->diag, DIAG_AZURE_JSON, fqdns->items[i]->at,
				    "a second name for the member '%s'", member->text);
			return -1;
		}
		host = next;
		if (host_fits_member(reading, host, lower(reading->arena, member->text)))
			continue;
		diag_report(reading->diag, DIAG_AZURE_JSON, fqdns->items[i]->at,
			    "'%s' is no name of the member '%.80s'", host, member->text);
		return -1;
	}
	return add_member(reading, lower(reading->arena, member->text), host, address,
			  endpoint);
}

static int read_configurations(struct reading *reading, const struct doc *list,
			       struct private_endpoint *endpoint)
{
	for (size_t i = 0; i < count_of(list); i++)
		if (read_configuration(reading, list->items[i], endpoint))
			return -1;
	return 0;
}

/* A private endpoint lists names, not members: the name's form tells the member. */
static int read_dns_config(struct reading *reading, const struct doc *config,
			   struct private_endpoint *endpoint)
{
	const struct doc *fqdn = get(config, "fqdn"),
			 *addresses = get(config, "ipAddresses");
	const char *host, *region, *member = "registry";

	if (!fqdn || count_of(addresses) != 1)
		return bad_json(reading, config->at,
				"a DNS configuration needs one name and one "
				"address",
				HELP_NIC);
	host = read_host(reading, fqdn);
	if (!host)
		return -1;
	if ((region = region_in_host(reading, host, "data")))
		member = arena_printf(reading->arena, "registry_data_%s", region);
	else if ((region = region_in_host(reading, host, "geo")))
		member = arena_printf(reading->arena, "registry_%s", region);
	return add_member(reading, member, host, addresses->items[0], endpoint);
}

/* Only a connection that is approved carries traffic: the first that is not counts. */
static void read_states(const struct doc *list, struct private_endpoint *endpoint)
{
	for (size_t i = 0; i < count_of(list); i++) {
		const struct doc *status = state_of(list->items[i]);
		enum connection_state state;

		if (!status || !parse_state(doc_text(status), &state) ||
		    endpoint->state != CONNECTION_APPROVED)
			continue;
		endpoint->state = state;
		endpoint->state_at = status->at;
	}
}

static int read_endpoint(struct reading *reading, const struct doc *object,
			 struct private_endpoint *endpoint)
{
	const struct doc *configs = get(object, "customDnsConfigs");

	read_states(get(object, "privateLinkServiceConnections"), endpoint);
	read_states(get(object, "manualPrivateLinkServiceConnections"), endpoint);
	for (size_t i = 0; i < count_of(configs); i++)
		if (read_dns_config(reading, configs->items[i], endpoint))
			return -1;
	if (!endpoint->member_count &&
	    read_configurations(reading, get(object, "ipConfigurations"), endpoint))
		return -1;
	if (endpoint->member_count)
		return 0;
	diag_report(reading->diag, DIAG_PE_JSON_EMPTY, configs ? configs->at : object->at,
		    "the private endpoint's JSON holds no addresses");
	if (endpoint->state != CONNECTION_APPROVED) {
		diag_note(reading->diag, endpoint->state_at,
			  "the connection is not approved");
		diag_help(reading->diag,
			  "approve it: az acr private-endpoint-connection approve");
	}
	diag_help(reading->diag, "%s", HELP_NIC);
	return -1;
}

static bool is_private_endpoint(const struct doc *object)
{
	const char *type = doc_text(doc_get_nocase(object, "type"));

	if (type)
		return strcasecmp(type, "Microsoft.Network/privateEndpoints") == 0;
	return get(object, "customDnsConfigs") ||
	       get(object, "privateLinkServiceConnections") ||
	       get(object, "manualPrivateLinkServiceConnections");
}

int azure_endpoint_read(const struct doc *doc, const char *suffix, struct arena *arena,
			struct private_endpoint *endpoint, struct diag *diag)
{
	struct reading reading = {suffix, arena, diag};
	const struct doc *object = only_object(doc, HELP_NIC, diag);
	const struct doc *configurations;

	if (!object)
		return -1;
	if (is_private_endpoint(object)) {
		diag_hide_source(diag, doc->at.source, false);
		return read_endpoint(&reading, object, endpoint);
	}
	configurations = get(object, "ipConfigurations");
	if (!configurations)
		return bad_json(&reading, object->at,
				"this is neither a network interface nor a private "
				"endpoint",
				HELP_NIC);
	diag_hide_source(diag, doc->at.source, false);
	if (read_configurations(&reading, configurations, endpoint))
		return -1;
	if (!endpoint->member_count)
		return bad_json(&reading, configurations->at,
				"this network interface belongs to no private endpoint",
				HELP_NIC);
	return 0;
}
