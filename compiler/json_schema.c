/* json_schema.c - The spec as a JSON Schema (2020-12), made from the tables. */
#include "compiler/json_schema.h"

#include <string.h>

#include "backends/json.h"
#include "backends/registry.h"
#include "compiler/catalogue.h"
#include "compiler/json_schema_forms.h"
#include "compiler/schema.h"
#include "compiler/spec.h"
#include "rules/field.h"

/* -- the value of a key ------------------------------------------------------------ */

static void put_backends(struct json_writer *json)
{
	json_key(json, "enum");
	json_list(json);
	for (size_t i = 0; backends_at(i); i++)
		json_string(json, backends_at(i)->name);
	json_list_end(json);
}

static void put_word(struct json_writer *json, enum schema_key key)
{
	if (key == SCHEMA_OUTPUT_BACKEND)
		put_backends(json);
	else if (key == SCHEMA_SERVICE_NAME)
		json_schema_words(json, catalogue_groups());
	else
		json_schema_words(json, schema_key(key)->values);
}

/* One value: of a scalar's type, or an element of a list's. */
static void put_element(struct json_writer *json, enum schema_key key)
{
	static const char *const forms[SCHEMA_TYPE_COUNT] = {
		[SCHEMA_TYPE_TEXT] = "comment",
		[SCHEMA_TYPE_PATH] = "path",
		[SCHEMA_TYPE_HOST] = "host",
		[SCHEMA_TYPE_REGION] = "region",
		[SCHEMA_TYPE_REGIONS] = "region",
		[SCHEMA_TYPE_ADDRESS] = "address",
		[SCHEMA_TYPE_PREFIX] = "prefix",
		[SCHEMA_TYPE_ADDRESS_LIST] = "address",
		[SCHEMA_TYPE_PREFIXES] = "prefix",
		[SCHEMA_TYPE_ACCESS] = "prefix",
		[SCHEMA_TYPE_PORT] = "port",
		[SCHEMA_TYPE_PORTS] = "ports",
		[SCHEMA_TYPE_DATE] = "day",
		[SCHEMA_TYPE_PROTOCOLS] = "protocol",
		[SCHEMA_TYPE_NAME] = "name",
		[SCHEMA_TYPE_NAMES] = "name",
		[SCHEMA_TYPE_BOOLEAN] = "boolean",
		[SCHEMA_TYPE_NUMBER] = "version",
		[SCHEMA_TYPE_SERVICES] = "service-use",
	};
	enum schema_type type = schema_key(key)->type;

	if (key == SCHEMA_REGISTRY_NAME || key == SCHEMA_CLIENT_REGISTRIES)
		json_schema_ref(json, "", "registry-name");
	else if (type == SCHEMA_TYPE_WORD || type == SCHEMA_TYPE_WORDS)
		put_word(json, key);
	else if (forms[type])
		json_schema_ref(json, "", forms[type]);
	else if (schema_inner_mapping(key) != SCHEMA_MAPPING_COUNT)
		json_schema_ref(json, "", schema_key(key)->values[0]);
	else
		BUG("'%s' has no form", schema_key(key)->key);
}

static unsigned most_elements(enum schema_key key)
{
	return key == SCHEMA_SPEC_REGISTRIES		  ? SPEC_MAX_REGISTRIES
	       : key == SCHEMA_SPEC_CLIENTS		  ? SPEC_MAX_USES
	       : key == SCHEMA_SPEC_OUTPUTS		  ? SPEC_MAX_OUTPUTS
	       : key == SCHEMA_REGISTRY_PRIVATE_ENDPOINTS ? SPEC_MAX_PRIVATE_ENDPOINTS
	       : key == SCHEMA_REGISTRY_REPLICAS	  ? SPEC_MAX_REGIONS
							  : 0;
}

static void put_list(struct json_writer *json, enum schema_key key)
{
	enum schema_type type = schema_key(key)->type;

	json_key_string(json, "type", "array");
	json_key(json, "items");
	json_object(json);
	put_element(json, key);
	json_object_end(json);
	json_key_number(json, "minItems", 1);
	if (most_elements(key))
		json_key_number(json, "maxItems", most_elements(key));
	if (type == SCHEMA_TYPE_WORDS || type == SCHEMA_TYPE_NAMES ||
	    type == SCHEMA_TYPE_REGIONS)
		json_key_bool(json, "uniqueItems", true);
}

/* A list, or one value that stands for a list of it. */
static void put_list_or_one(struct json_writer *json, enum schema_key key)
{
	json_key(json, "anyOf");
	json_list(json);
	if (schema_key(key)->type == SCHEMA_TYPE_ACCESS) {
		json_object(json);
		json_schema_words(json, schema_key(key)->values);
		json_object_end(json);
	}
	json_object(json);
	put_element(json, key);
	json_object_end(json);
	json_object(json);
	put_list(json, key);
	json_object_end(json);
	json_list_end(json);
}

static void put_value(struct json_writer *json, enum schema_key key)
{
	const struct schema_key_info *info = schema_key(key);

	json_object(json);
	json_key_string(json, "description", info->help);
	if (info->fallback && info->type == SCHEMA_TYPE_BOOLEAN)
		json_key_bool(json, "default", strcmp(info->fallback, "true") == 0);
	else if (info->fallback)
		json_key_string(json, "default", info->fallback);
	switch (schema_type(info->type)->shape) {
	case SCHEMA_SHAPE_SCALAR:
	case SCHEMA_SHAPE_MAP:
		put_element(json, key);
		break;
	case SCHEMA_SHAPE_MAPS:
		put_list(json, key);
		break;
	case SCHEMA_SHAPE_LIST:
	case SCHEMA_SHAPE_MIXED:
		put_list_or_one(json, key);
		break;
	}
	json_object_end(json);
}

/* -- what stands beside each other in a mapping ------------------------------------ */

static void put_required(struct json_writer *json, const char *key)
{
	json_key(json, "required");
	json_list(json);
	json_string(json, key);
	json_list_end(json);
}

static void put_choice(struct json_writer *json, const char *how, enum schema_key one,
		       enum schema_key other)
{
	json_key(json, how);
	json_list(json);
	json_object(json);
	put_required(json, schema_key(one)->key);
	json_object_end(json);
	json_object(json);
	put_required(json, schema_key(other)->key);
	json_object_end(json);
	json_list_end(json);
}

/* {"if": {"properties": {KEY: {"const": VALUE}}, "required": [KEY]}, "then": { */
static void begin_condition(struct json_writer *json, const char *key, const char *value)
{
	json_object(json);
	json_key(json, "if");
	json_object(json);
	json_key(json, "properties");
	json_object(json);
	json_key(json, key);
	json_object(json);
	json_key_string(json, "const", value);
	json_object_end(json);
	json_object_end(json);
	put_required(json, key);
	json_object_end(json);
	json_key(json, "then");
	json_object(json);
}

static void end_condition(struct json_writer *json)
{
	json_object_end(json);
	json_object_end(json);
}

/* Which parameters a service group takes. */
static void put_service_rules(struct json_writer *json)
{
	const char *const *groups = catalogue_groups();

	json_key(json, "allOf");
	json_list(json);
	for (size_t i = 0; groups[i]; i++) {
		const struct service_group *group = catalogue_group(groups[i]);
		const char *location = schema_key(SCHEMA_SERVICE_LOCATION)->key;

		if (!group)
			BUG("no group '%s'", groups[i]);
		begin_condition(json, schema_key(SCHEMA_SERVICE_NAME)->key, group->name);
		if (group->needs_location)
			put_required(json, location);
		json_key(json, "properties");
		json_object(json);
		if (!group->needs_location)
			json_key_bool(json, location, false);
		if (!group->takes_private_cluster)
			json_key_bool(json,
				      schema_key(SCHEMA_SERVICE_PRIVATE_CLUSTER)->key,
				      false);
		json_object_end(json);
		end_condition(json);
	}
	json_list_end(json);
}

static void put_backend_rules(struct json_writer *json)
{
	json_key(json, "allOf");
	json_list(json);
	for (size_t i = 0; backends_at(i); i++) {
		begin_condition(json, schema_key(SCHEMA_OUTPUT_BACKEND)->key,
				backends_at(i)->name);
		json_schema_ref(json, "options-of-", backends_at(i)->name);
		end_condition(json);
	}
	json_list_end(json);
}

static void put_ported(struct json_writer *json)
{
	static const char *const names[] = {"tcp", "udp", "sctp", "6", "17", "132", NULL};

	json_key(json, "enum");
	json_list(json);
	for (size_t i = 0; names[i]; i++) {
		int protocol = protocol_parse(names[i]);

		json_string(json, names[i]);
		if (protocol >= 0 && names[i][0] > '9')
			json_number(json, (uint64_t)protocol);
	}
	json_list_end(json);
}

/* Ports only with protocols that have some. */
static void put_port_rule(struct json_writer *json)
{
	json_key(json, "dependentSchemas");
	json_object(json);
	json_key(json, schema_key(SCHEMA_ALLOW_PORTS)->key);
	json_object(json);
	json_key(json, "properties");
	json_object(json);
	json_key(json, schema_key(SCHEMA_ALLOW_PROTOCOL)->key);
	json_object(json);
	json_key(json, "anyOf");
	json_list(json);
	json_object(json);
	put_ported(json);
	json_object_end(json);
	json_object(json);
	json_key_string(json, "type", "array");
	json_key(json, "items");
	json_object(json);
	put_ported(json);
	json_object_end(json);
	json_object_end(json);
	json_list_end(json);
	json_object_end(json);
	json_object_end(json);
	json_object_end(json);
	json_object_end(json);
}

/* 'proxy' is the name of the proxy itself as a client. */
static void put_free_name(struct json_writer *json)
{
	json_key(json, "not");
	json_object(json);
	json_key(json, "properties");
	json_object(json);
	json_key(json, schema_key(SCHEMA_CLIENT_NAME)->key);
	json_object(json);
	json_key_string(json, "const", "proxy");
	json_object_end(json);
	json_object_end(json);
	put_required(json, schema_key(SCHEMA_CLIENT_NAME)->key);
	json_object_end(json);
}

static void put_rules(struct json_writer *json, enum schema_mapping mapping)
{
	switch (mapping) {
	case SCHEMA_REGISTRY:
		put_choice(json, "anyOf", SCHEMA_REGISTRY_REGION, SCHEMA_REGISTRY_FROM);
		return;
	case SCHEMA_PRIVATE_ENDPOINT:
		put_choice(json, "oneOf", SCHEMA_PRIVATE_ENDPOINT_NIC,
			   SCHEMA_PRIVATE_ENDPOINT_ADDRESSES);
		return;
	case SCHEMA_ADDRESSES:
		json_key_number(json, "minProperties", 1);
		json_key_number(json, "maxProperties", 2 * SPEC_MAX_REGIONS + 1);
		return;
	case SCHEMA_SERVICE:
		put_service_rules(json);
		return;
	case SCHEMA_ALLOW:
		put_port_rule(json);
		return;
	case SCHEMA_OUTPUT:
		put_backend_rules(json);
		return;
	case SCHEMA_CLIENT:
		put_free_name(json);
		return;
	case SCHEMA_SPEC:
	case SCHEMA_DNS:
	case SCHEMA_PROXY:
	case SCHEMA_EGRESS:
	case SCHEMA_MAPPING_COUNT:
		return;
	}
}

/* -- mappings ---------------------------------------------------------------------- */

/* "registry_data_<region>" is a pattern of keys, the others are keys. */
static void put_keys(struct json_writer *json, enum schema_mapping mapping, bool patterns)
{
	json_key(json, patterns ? "patternProperties" : "properties");
	json_object(json);
	for (size_t i = 0; i < SCHEMA_KEY_COUNT; i++) {
		const struct schema_key_info *info = schema_key((enum schema_key)i);
		const char *place = strchr(info->key, '<');
		CLEANUP(strbuf_release) struct strbuf pattern = {0};

		if (info->mapping != mapping || patterns != (place != NULL))
			continue;
		if (place)
			strbuf_printf(&pattern, "^%.*s[a-z0-9]+$",
				      (int)(place - info->key), info->key);
		json_key(json, place ? strbuf_text(&pattern) : info->key);
		put_value(json, (enum schema_key)i);
	}
	json_object_end(json);
}

static void put_mapping(struct json_writer *json, enum schema_mapping mapping)
{
	bool any = false;

	json_key_string(json, "description", schema_mapping(mapping)->help);
	json_key_string(json, "type", "object");
	put_keys(json, mapping, false);
	if (mapping == SCHEMA_ADDRESSES)
		put_keys(json, mapping, true);
	for (size_t i = 0; i < SCHEMA_KEY_COUNT; i++) {
		const struct schema_key_info *info = schema_key((enum schema_key)i);

		if (info->mapping != mapping || !info->required)
			continue;
		if (!any) {
			json_key(json, "required");
			json_list(json);
		}
		any = true;
		json_string(json, info->key);
	}
	if (any)
		json_list_end(json);
	put_rules(json, mapping);
	/* An output's other keys are those of its back end. */
	json_key_bool(json,
		      mapping == SCHEMA_OUTPUT ? "unevaluatedProperties"
					       : "additionalProperties",
		      false);
}

static void put_option(struct json_writer *json, const struct backend_option *option)
{
	json_key(json, option->name);
	json_object(json);
	if (option->help)
		json_key_string(json, "description", option->help);
	if (option->fallback)
		json_key_string(json, "default", option->fallback);
	switch (option->kind) {
	case BACKEND_OPTION_WORD:
		json_schema_words(json, option->values);
		break;
	case BACKEND_OPTION_NAME:
		json_schema_text(json, "^[A-Za-z][A-Za-z0-9_.\\-]*$", 80);
		break;
	case BACKEND_OPTION_ADDRESS:
		json_schema_text(json, "^[0-9A-Fa-f:.]+$", ADDR_TEXT_MAX - 1);
		break;
	case BACKEND_OPTION_NUMBER:
		json_schema_number(json, option->first, option->last,
				   "^(0|[1-9][0-9]{0,9}|0[xX][0-9A-Fa-f]{1,8})$");
		break;
	}
	json_object_end(json);
}

static void put_backend(struct json_writer *json, const struct backend *backend)
{
	const struct backend_option *option;

	json_key_string(json, "description", backend->summary);
	json_key_string(json, "type", "object");
	json_key(json, "properties");
	json_object(json);
	for (option = backend->options; option && option->name; option++)
		put_option(json, option);
	json_object_end(json);
	json_key(json, "required");
	json_list(json);
	for (option = backend->options; option && option->name; option++)
		if (option->required)
			json_string(json, option->name);
	json_list_end(json);
}

static void define_all(struct json_writer *json)
{
	json_key(json, "$defs");
	json_object(json);
	for (size_t mapping = 0; mapping < SCHEMA_MAPPING_COUNT; mapping++) {
		if (mapping == SCHEMA_SPEC)
			continue;
		json_schema_define(json, "",
				   schema_mapping((enum schema_mapping)mapping)->name);
		put_mapping(json, (enum schema_mapping)mapping);
		json_object_end(json);
	}
	for (size_t i = 0; backends_at(i); i++) {
		json_schema_define(json, "options-of-", backends_at(i)->name);
		put_backend(json, backends_at(i));
		json_object_end(json);
	}
	json_schema_forms(json);
	json_object_end(json);
}

void json_schema(struct strbuf *out)
{
	struct json_writer json;

	json_begin(&json, out, false);
	json_object(&json);
	json_key_string(&json, "$schema", "https://json-schema.org/draft/2020-12/schema");
	json_key_string(&json, "$id", "urn:postern:spec:1");
	json_key_string(&json, "title", "A spec of postern, version 1");
	put_mapping(&json, SCHEMA_SPEC);
	define_all(&json);
	json_object_end(&json);
	json_end(&json);
}
