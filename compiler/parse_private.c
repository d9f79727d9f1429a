/* parse_private.c - Private endpoints of a registry. */
#include <string.h>
#include <strings.h>

#include "compiler/azure_json.h"
#include "compiler/catalogue.h"
#include "compiler/input.h"
#include "compiler/parser.h"
#include "rules/base/arena.h"

static void bad_member(struct parser *parser, const struct doc_entry *entry)
{
	diag_report(parser->diag, DIAG_PE_MEMBER, entry->at,
		    QUOTE " is no member of a registry's private endpoint", entry->key);
	diag_help(parser->diag,
		  "members are registry, registry_data_<region> and registry_<region>");
}

/* A known region misspelt would be an address that nothing looks up. */
static bool check_member(struct parser *parser, const struct doc_entry *entry)
{
	const char *region = azure_member_region(entry->key), *typo;

	if (!region) {
		bad_member(parser, entry);
		return false;
	}
	typo = *region && !catalogue_region(region) ? catalogue_region_typo(region)
						    : NULL;
	if (!typo)
		return true;
	diag_report(parser->diag, DIAG_REGION_TYPO, entry->at, QUOTE " is no region",
		    region);
	diag_help(parser->diag, "did you mean '%.*s%s'?", (int)(region - entry->key),
		  entry->key, typo);
	return false;
}

static void parse_members(struct parser *parser, const struct doc *doc,
			  struct private_endpoint *endpoint)
{
	struct names seen = {0};

	if (doc->count > 2 * SPEC_MAX_REGIONS + 1) {
		diag_report(parser->diag, DIAG_SPEC_LIMIT, doc->at,
			    "more than %u members", 2 * SPEC_MAX_REGIONS + 1);
		return;
	}
	for (size_t i = 0; i < doc->count; i++) {
		const struct doc_entry *entry = &doc->entries[i];
		const struct named *first =
			names_add(&seen, entry->key, entry->at, NULL, parser->arena);
		struct addr addr;

		if (first) {
			diag_report(parser->diag, DIAG_DUPLICATE_KEY, entry->at,
				    "the key '%.80s' stands twice", entry->key);
			diag_note(parser->diag, first->at, "first here");
			diag_help(parser->diag, "keep one of the two");
			endpoint->incomplete = true;
			continue;
		}
		if (!check_member(parser, entry)) {
			endpoint->incomplete = true;
			continue;
		}
		if (entry->value->kind != DOC_SCALAR) {
			diag_report(parser->diag, DIAG_WRONG_KIND, entry->value->at,
				    "'%s': expected an address, found %s", entry->key,
				    doc_kind_name(entry->value));
			endpoint->incomplete = true;
		} else if (!parse_address(parser, entry->value, &addr)) {
			endpoint->incomplete = true;
		} else {
			*arena_push(parser->arena, endpoint->members,
				    endpoint->member_count, endpoint->member_capacity) =
				(struct member_address){entry->key, NULL, addr,
							entry->value->at};
		}
	}
	if (!doc->count) {
		diag_report(parser->diag, DIAG_EMPTY_LIST, doc->at,
			    "'addresses' is empty");
		diag_help(parser->diag, "write the members' addresses, or 'nic: FILE'");
	}
}

static void read_nic(struct parser *parser, const struct doc *path,
		     struct private_endpoint *endpoint)
{
	const char *suffix = catalogue_cloud(parser->spec->cloud)->login_suffix;
	const struct input_file *file;
	struct doc *doc;

	endpoint->incomplete = true;
	if (!parse_text(parser, path, 4000, &endpoint->nic))
		return;
	file = input_read(parser->options->files, endpoint->nic.text, parser->spec_path,
			  endpoint->nic.at);
	endpoint->incomplete =
		!file || document_read(file, parser->arena, &doc, parser->diag) ||
		azure_endpoint_read(doc, suffix, parser->arena, endpoint, parser->diag);
}

static bool has_data_host(const struct registry *registry, const char *region)
{
	for (size_t i = 0; i < registry->data_host_count; i++)
		if (strcmp(registry->data_hosts[i].region, region) == 0)
			return true;
	return false;
}

/* The interface's own names confirm the login server, and are surer than derived ones. */
static void take_hosts(struct parser *parser, const struct private_endpoint *endpoint)
{
	struct registry *registry = endpoint->registry;

	for (size_t i = 0; i < endpoint->member_count; i++) {
		const struct member_address *member = &endpoint->members[i];
		const char *region = azure_member_region(member->member);

		if (!member->fqdn)
			continue;
		if (!*region && strcmp(member->fqdn, registry->login_server.text) == 0)
			registry->login_server_confirmed = true;
		if (!*region || strncmp(member->member, "registry_data_", 14) != 0 ||
		    has_data_host(registry, region))
			continue;
		*arena_push(parser->arena, registry->data_hosts,
			    registry->data_host_count, registry->data_host_capacity) =
			(struct host_override){region, member->fqdn, member->at};
	}
}

static void parse_addresses(struct parser *parser, const struct fields *fields,
			    struct private_endpoint *endpoint)
{
	const struct doc *nic = fields->value[SCHEMA_PRIVATE_ENDPOINT_NIC];
	const struct doc *addresses = fields->value[SCHEMA_PRIVATE_ENDPOINT_ADDRESSES];
	bool nic_written = field_is_written(fields, SCHEMA_PRIVATE_ENDPOINT_NIC);
	bool addresses_written =
		field_is_written(fields, SCHEMA_PRIVATE_ENDPOINT_ADDRESSES);

	if (nic_written == addresses_written) {
		endpoint->incomplete = true;
		diag_report(parser->diag, DIAG_PE_ADDRESSES,
			    nic_written ? fields->key_at[SCHEMA_PRIVATE_ENDPOINT_NIC]
					: endpoint->name.at,
			    nic_written ? "both 'nic' and 'addresses' are written"
					: "neither 'nic' nor 'addresses' is written");
		if (nic_written)
			diag_note(parser->diag,
				  fields->key_at[SCHEMA_PRIVATE_ENDPOINT_ADDRESSES],
				  "the addresses are here");
		diag_help(parser->diag,
			  nic_written ? "keep one of the two"
				      : "write 'nic: FILE' with the output of 'az "
					"network nic show', or 'addresses:'");
		return;
	}
	if (!nic && !addresses)
		endpoint->incomplete = true;
	if (nic)
		read_nic(parser, nic, endpoint);
	if (addresses)
		parse_members(parser, addresses, endpoint);
}

static void parse_state(struct parser *parser, const struct fields *fields,
			struct private_endpoint *endpoint)
{
	enum connection_state written =
		(enum connection_state)field_word(parser, fields,
						  SCHEMA_PRIVATE_ENDPOINT_STATE,
						  CONNECTION_APPROVED);

	if (!field_is_written(fields, SCHEMA_PRIVATE_ENDPOINT_STATE))
		return;
	if (endpoint->state_at.source && endpoint->state != written) {
		diag_report(parser->diag, DIAG_REGISTRY_JSON_CONFLICT,
			    field_at(fields, SCHEMA_PRIVATE_ENDPOINT_STATE),
			    "the spec and the file give different states of the "
			    "connection");
		diag_note(parser->diag, endpoint->state_at, "the file says so here");
		diag_help(parser->diag, "remove 'state:', or fetch the file again");
		return;
	}
	endpoint->state = written;
	endpoint->state_at = field_at(fields, SCHEMA_PRIVATE_ENDPOINT_STATE);
}

static void parse_private_endpoint(struct parser *parser, struct registry *registry,
				   const struct doc *doc)
{
	struct private_endpoint *endpoint =
		arena_make(parser->arena, struct private_endpoint);
	const struct doc *name, *subnet, *location;
	struct region_ref region;
	struct fields fields;

	if (!parse_fields(parser, doc, SCHEMA_PRIVATE_ENDPOINT, NULL, &fields)) {
		registry->incomplete = true;
		return;
	}
	endpoint->at = doc->at;
	endpoint->registry = registry;
	name = fields.value[SCHEMA_PRIVATE_ENDPOINT_NAME];
	if (!name || !parse_name(parser, name, &endpoint->name)) {
		registry->incomplete = true;
		return;
	}
	if (strcasecmp(endpoint->name.text, "public") == 0) {
		diag_report(parser->diag, DIAG_DUPLICATE_NAME, endpoint->name.at,
			    "'%s' is what the lock calls the view of public names",
			    endpoint->name.text);
		diag_help(parser->diag, "write another name");
	}
	location = fields.value[SCHEMA_PRIVATE_ENDPOINT_LOCATION];
	if (location && parse_region(parser, location, &region))
		endpoint->location = (struct word){region.name, region.word.at};
	subnet = fields.value[SCHEMA_PRIVATE_ENDPOINT_SUBNET];
	if (subnet) {
		endpoint->subnet_text = (struct word){subnet->text, subnet->at};
		endpoint->has_subnet = parse_prefix(parser, subnet, &endpoint->subnet);
	}
	parse_addresses(parser, &fields, endpoint);
	take_hosts(parser, endpoint);
	parse_state(parser, &fields, endpoint);
	if (parser_define(parser, &parser->private_endpoints, &endpoint->name,
			  "private endpoint", endpoint))
		*arena_push(parser->arena, registry->private_endpoints,
			    registry->private_endpoint_count,
			    registry->private_endpoint_capacity) = endpoint;
	else
		registry->incomplete = true;
}

void parse_private_endpoints(struct parser *parser, struct registry *registry,
			     const struct fields *fields)
{
	const struct doc *list = fields->value[SCHEMA_REGISTRY_PRIVATE_ENDPOINTS];
	size_t count = parser_list(parser, fields, SCHEMA_REGISTRY_PRIVATE_ENDPOINTS,
				   SPEC_MAX_PRIVATE_ENDPOINTS);

	for (size_t i = 0; i < count; i++)
		parse_private_endpoint(parser, registry, list->items[i]);
}
