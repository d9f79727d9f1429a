/* parse_registry.c - Registries, and what Azure's JSON says about them. */
#include <ctype.h>
#include <string.h>

#include "compiler/azure_json.h"
#include "compiler/catalogue.h"
#include "compiler/input.h"
#include "compiler/parser.h"
#include "rules/base/arena.h"

/* Length and characters: azure.md 1.3. */
static bool parse_registry_name(struct parser *parser, const struct doc *doc,
				struct word *ret_name)
{
	bool good = doc->length >= 5 && doc->length <= 50, has_upper = false;
	char *name = arena_strdup(parser->arena, doc->text);

	for (char *c = name; *c; c++) {
		good = good && isascii((unsigned char)*c) && isalnum((unsigned char)*c);
		has_upper = has_upper || (*c >= 'A' && *c <= 'Z');
		*c = (char)(*c >= 'A' && *c <= 'Z' ? *c + ('a' - 'A') : *c);
	}
	if (!good) {
		diag_report(parser->diag, DIAG_REGISTRY_NAME, doc->at,
			    QUOTE " cannot be a registry's name", doc->text);
		if (strchr(doc->text, '.'))
			diag_help(parser->diag,
				  "write the resource's name here and the host name "
				  "behind 'login_server:'");
		else
			diag_help(parser->diag, "a name has 5 to 50 letters and digits");
		return false;
	}
	if (has_upper) {
		diag_report(parser->diag, DIAG_REGISTRY_NAME_CASE, doc->at,
			    "the registry's name is read as '%s'", name);
		diag_help(parser->diag, "write '%s': login servers are lower case", name);
	}
	*ret_name = (struct word){name, doc->at};
	return true;
}

static void parse_regions(struct parser *parser, const struct fields *fields,
			  struct registry *registry)
{
	const struct doc *home = fields->value[SCHEMA_REGISTRY_REGION];
	const struct doc *replicas = fields->value[SCHEMA_REGISTRY_REPLICAS];
	struct region_ref region;

	if (home && parse_region(parser, home, &region))
		*arena_push(parser->arena, registry->regions, registry->region_count,
			    registry->region_capacity) = region;
	else
		registry->incomplete = field_is_written(fields, SCHEMA_REGISTRY_REGION);
	if (replicas && list_count(replicas) > SPEC_MAX_REGIONS) {
		diag_report(parser->diag, DIAG_SPEC_LIMIT, replicas->at,
			    "more than %u replicas", SPEC_MAX_REGIONS);
		return;
	}
	for (size_t i = 0; replicas && i < list_count(replicas); i++)
		if (parse_region(parser, list_item(replicas, i), &region))
			*arena_push(parser->arena, registry->regions,
				    registry->region_count, registry->region_capacity) =
				region;
		else
			registry->incomplete = true;
}

static void parse_public_access(struct parser *parser, const struct fields *fields,
				struct registry *registry)
{
	const struct doc *access = fields->value[SCHEMA_REGISTRY_PUBLIC_ACCESS];

	registry->public_access_at = field_at(fields, SCHEMA_REGISTRY_PUBLIC_ACCESS);
	if (!access)
		return;
	if (access->kind == DOC_SCALAR && !strpbrk(access->text, ".:/")) {
		size_t index = PUBLIC_ENABLED;

		if (!parse_word(parser, access,
				schema_key(SCHEMA_REGISTRY_PUBLIC_ACCESS)->values,
				DIAG_BAD_WORD, &index))
			diag_help(parser->diag, "or list the prefixes that are let in: "
						"[203.0.113.0/24]");
		registry->public_access = index == 0 ? PUBLIC_ENABLED : PUBLIC_DISABLED;
		return;
	}
	registry->public_access = PUBLIC_SELECTED;
	field_prefixes(parser, fields, SCHEMA_REGISTRY_PUBLIC_ACCESS,
		       &registry->public_rules);
}

/* -- merging "from:" --------------------------------------------------------------- */

static void conflict(struct parser *parser, struct span spec_at, struct span json_at,
		     const char *what, const char *spec_says, const char *json_says)
{
	diag_report(parser->diag, DIAG_REGISTRY_JSON_CONFLICT, spec_at,
		    "%s: the spec says '%s', the file '%s'", what, spec_says, json_says);
	diag_note(parser->diag, json_at, "the file says so here");
	diag_help(parser->diag, "remove it from the spec, or fetch the file again");
}

static void merge_regions(struct parser *parser, const struct azure_registry *azure,
			  struct registry *registry, bool home_written)
{
	struct region_ref home;

	if (azure->location.text && region_make(azure->location, parser->arena, &home)) {
		if (!home_written) {
			arena_push(parser->arena, registry->regions,
				   registry->region_count, registry->region_capacity);
			memmove(registry->regions + 1, registry->regions,
				(registry->region_count - 1) *
					sizeof(*registry->regions));
			registry->regions[0] = home;
		} else if (registry->region_count &&
			   strcmp(registry->regions[0].name, home.name) != 0) {
			conflict(parser, registry->regions[0].word.at, home.word.at,
				 "home region", registry->regions[0].name, home.name);
		}
	}
	for (size_t i = 0; i < azure->data_host_count; i++) {
		bool known = false;

		for (size_t k = 0; k < registry->region_count; k++)
			known = known || strcmp(registry->regions[k].name,
						azure->data_hosts[i].region) == 0;
		if (known)
			continue;
		diag_report(parser->diag, DIAG_REGISTRY_JSON_CONFLICT, registry->name.at,
			    "the file has a data endpoint in '%s', the spec no such "
			    "region",
			    azure->data_hosts[i].region);
		diag_note(parser->diag, azure->data_hosts[i].at, "it is here");
		diag_help(parser->diag, "add '%s' to 'replicas': pulls may be sent there",
			  azure->data_hosts[i].region);
	}
}

static void merge_sku(struct parser *parser, const struct fields *fields,
		      const struct azure_registry *azure, struct registry *registry)
{
	const char *const *words = schema_key(SCHEMA_REGISTRY_SKU)->values;

	for (size_t i = 0; azure->sku.text && words[i]; i++) {
		if (strcasecmp(words[i], azure->sku.text) != 0)
			continue;
		if (field_is_written(fields, SCHEMA_REGISTRY_SKU) && registry->sku != i)
			conflict(parser, registry->sku_at, azure->sku.at, "tier",
				 words[registry->sku], words[i]);
		registry->sku = (enum registry_sku)i;
		if (!field_is_written(fields, SCHEMA_REGISTRY_SKU))
			registry->sku_at = azure->sku.at;
	}
}

static const char *access_name(enum public_access access)
{
	return access == PUBLIC_ENABLED	   ? "enabled"
	       : access == PUBLIC_DISABLED ? "disabled"
					   : "a list of prefixes";
}

static void merge_access(struct parser *parser, const struct fields *fields,
			 const struct azure_registry *azure, struct registry *registry)
{
	if (!azure->has_body)
		return;
	registry->service_endpoints = azure->service_endpoints;
	registry->service_endpoints_at = azure->service_endpoints_at;
	if (!field_is_written(fields, SCHEMA_REGISTRY_PUBLIC_ACCESS)) {
		registry->public_access = azure->public_access;
		registry->public_access_at = azure->public_access_at;
		registry->public_rules = azure->public_rules;
	} else if (registry->public_access != azure->public_access) {
		conflict(parser, registry->public_access_at, azure->public_access_at,
			 "public access", access_name(registry->public_access),
			 access_name(azure->public_access));
	} else if (!addr_set_equal(&registry->public_rules, &azure->public_rules)) {
		conflict(parser, registry->public_access_at, azure->public_access_at,
			 "public access", "these prefixes", "other prefixes");
	}
}

static void merge_switches(struct parser *parser, const struct fields *fields,
			   const struct azure_registry *azure, struct registry *registry)
{
	bool on = azure->data_endpoint.text &&
		  strcmp(azure->data_endpoint.text, "true") == 0;

	if (azure->data_endpoint.text && registry->data_endpoints == DATA_UNSET && on) {
		registry->data_endpoints = DATA_DEDICATED;
		registry->data_endpoints_at = azure->data_endpoint.at;
	} else if (azure->data_endpoint.text && !on &&
		   registry->data_endpoints == DATA_DEDICATED) {
		conflict(parser, registry->data_endpoints_at, azure->data_endpoint.at,
			 "data endpoints", "dedicated", "off");
	} else if (on && registry->data_endpoints == DATA_STORAGE) {
		conflict(parser, registry->data_endpoints_at, azure->data_endpoint.at,
			 "data endpoints", "storage", "dedicated");
	}
	if (!field_is_written(fields, SCHEMA_REGISTRY_REGIONAL_ENDPOINTS)) {
		registry->regional_endpoints = azure->regional_endpoints;
		registry->regional_endpoints_at = azure->regional_endpoints_at;
	}
	if (azure->has_body && !field_is_written(fields, SCHEMA_REGISTRY_IP_FAMILY)) {
		registry->dual_stack = azure->dual_stack;
		registry->ip_family_at = azure->dual_stack_at;
	} else if (azure->has_body && registry->dual_stack != azure->dual_stack) {
		conflict(parser, registry->ip_family_at,
			 azure->dual_stack_at.source ? azure->dual_stack_at
						     : azure->login_server.at,
			 "IP family", registry->dual_stack ? "dual" : "ipv4",
			 azure->dual_stack ? "dual" : "ipv4");
	}
}

/* A file may not open another registry under this one's name. */
static void check_hosts(struct parser *parser, const struct registry *registry,
			const struct host_override *hosts, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (azure_host_is_of(hosts[i].host, registry->name.text))
			continue;
		diag_report(parser->diag, DIAG_REGISTRY_JSON_CONFLICT, hosts[i].at,
			    "'%s' is no host of the registry '%s'", hosts[i].host,
			    registry->name.text);
		diag_note(parser->diag, registry->from.at, "the file is named here");
		diag_help(parser->diag, "name the file of this registry");
	}
}

static void merge(struct parser *parser, const struct fields *fields,
		  const struct azure_registry *azure, struct registry *registry)
{
	if (azure->name.text && registry->name.text &&
	    strcasecmp(azure->name.text, registry->name.text) != 0)
		conflict(parser, registry->name.at, azure->name.at, "name",
			 registry->name.text, azure->name.text);
	if (registry->login_server.text &&
	    strcmp(registry->login_server.text, azure->login_server.text) != 0)
		conflict(parser, registry->login_server.at, azure->login_server.at,
			 "login server", registry->login_server.text,
			 azure->login_server.text);
	check_hosts(parser, registry, azure->data_hosts, azure->data_host_count);
	check_hosts(parser, registry, azure->regional_hosts, azure->regional_host_count);
	registry->login_server = azure->login_server;
	registry->login_server_confirmed = true;
	registry->data_hosts = azure->data_hosts;
	registry->data_host_count = azure->data_host_count;
	registry->data_host_capacity = azure->data_host_capacity;
	registry->regional_hosts = azure->regional_hosts;
	registry->regional_host_count = azure->regional_host_count;
	registry->regional_host_capacity = azure->regional_host_capacity;
	merge_regions(parser, azure, registry,
		      field_is_written(fields, SCHEMA_REGISTRY_REGION));
	merge_sku(parser, fields, azure, registry);
	merge_access(parser, fields, azure, registry);
	merge_switches(parser, fields, azure, registry);
}

/* A spec's own name for a private endpoint need not be Azure's; where it is, the registry
 * knows the connection's state. */
static void merge_states(const struct azure_registry *azure, struct registry *registry)
{
	for (size_t i = 0; i < azure->connection_count; i++)
		for (size_t k = 0; k < registry->private_endpoint_count; k++) {
			struct private_endpoint *endpoint =
				registry->private_endpoints[k];

			if (strcasecmp(endpoint->name.text,
				       azure->connections[i].endpoint) != 0 ||
			    endpoint->state != CONNECTION_APPROVED)
				continue;
			endpoint->state = azure->connections[i].state;
			endpoint->state_at = azure->connections[i].at;
		}
}

static bool read_from(struct parser *parser, struct registry *registry,
		      struct azure_registry *ret_azure)
{
	const char *suffix = catalogue_cloud(parser->spec->cloud)->login_suffix;
	const struct input_file *file =
		input_read(parser->options->files, registry->from.text, parser->spec_path,
			   registry->from.at);
	struct doc *doc;

	return file && !document_read(file, parser->arena, &doc, parser->diag) &&
	       !azure_registry_read(doc, suffix, parser->arena, ret_azure, parser->diag);
}

static void fill_registry(struct parser *parser, const struct fields *fields,
			  struct registry *registry)
{
	const struct doc *login = fields->value[SCHEMA_REGISTRY_LOGIN_SERVER];
	const struct doc *from = fields->value[SCHEMA_REGISTRY_FROM];

	if (login && !parse_host(parser, login, &registry->login_server))
		registry->incomplete = true;
	if (from)
		parse_text(parser, from, SPEC_MAX_PATH, &registry->from);
	registry->sku = (enum registry_sku)field_word(parser, fields, SCHEMA_REGISTRY_SKU,
						      SKU_PREMIUM);
	registry->sku_at = field_at(fields, SCHEMA_REGISTRY_SKU);
	parse_regions(parser, fields, registry);
	registry->mode = (enum registry_mode)(
		1 + field_word(parser, fields, SCHEMA_REGISTRY_MODE, 0));
	registry->mode_at = field_at(fields, SCHEMA_REGISTRY_MODE);
	registry->data_endpoints = (enum data_endpoints)(
		1 +
		field_word(parser, fields, SCHEMA_REGISTRY_DATA_ENDPOINTS, (size_t)-1));
	registry->data_endpoints_at = field_at(fields, SCHEMA_REGISTRY_DATA_ENDPOINTS);
	registry->regional_endpoints =
		field_boolean(parser, fields, SCHEMA_REGISTRY_REGIONAL_ENDPOINTS);
	registry->regional_endpoints_at =
		field_at(fields, SCHEMA_REGISTRY_REGIONAL_ENDPOINTS);
	registry->dual_stack =
		field_word(parser, fields, SCHEMA_REGISTRY_IP_FAMILY, 0) == 1;
	registry->ip_family_at = field_at(fields, SCHEMA_REGISTRY_IP_FAMILY);
	parse_public_access(parser, fields, registry);
}

void parse_registry(struct parser *parser, const struct doc *doc)
{
	struct registry *registry = arena_make(parser->arena, struct registry);
	struct azure_registry azure = {0};
	struct fields fields;

	if (!parse_fields(parser, doc, SCHEMA_REGISTRY, NULL, &fields))
		return;
	registry->at = doc->at;
	fill_registry(parser, &fields, registry);
	if (!fields.value[SCHEMA_REGISTRY_NAME] ||
	    !parse_registry_name(parser, fields.value[SCHEMA_REGISTRY_NAME],
				 &registry->name)) {
		parser->unresolved = true;
		return;
	}
	if (registry->from.text) {
		if (!read_from(parser, registry, &azure))
			registry->incomplete = true;
		else
			merge(parser, &fields, &azure, registry);
	}
	if (!registry->login_server.text) {
		registry->login_server.text =
			arena_printf(parser->arena, "%s.%s", registry->name.text,
				     catalogue_cloud(parser->spec->cloud)->login_suffix);
		registry->login_server.at = registry->name.at;
		registry->login_server_confirmed = true;
	}
	if (!registry->region_count && !registry->incomplete) {
		registry->incomplete = true;
		diag_report(parser->diag, DIAG_MISSING_KEY, registry->name.at,
			    "registry '%s' needs 'region'", registry->name.text);
		diag_help(parser->diag,
			  "write 'region:' with the home region, or 'from:' with the "
			  "output of 'az acr show'");
	}
	if (field_is_written(&fields, SCHEMA_REGISTRY_PRIVATE_ENDPOINTS) &&
	    !fields.value[SCHEMA_REGISTRY_PRIVATE_ENDPOINTS])
		registry->incomplete = true;
	parse_private_endpoints(parser, registry, &fields);
	merge_states(&azure, registry);
	if (parser_define(parser, &parser->registries, &registry->name, "registry",
			  registry))
		*arena_push(parser->arena, parser->spec->registries,
			    parser->spec->registry_count,
			    parser->spec->registry_capacity) = registry;
}
