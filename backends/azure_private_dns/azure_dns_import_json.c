/* azure_dns_import_json.c - Finding private DNS zones and their records in Azure's JSON.
 */
#include <string.h>
#include <strings.h>

#include "backends/azure_private_dns/azure_dns_importer.h"
#include "backends/azure_template.h"
#include "rules/base/arena.h"

/*
 * Fields: learn.microsoft.com/azure/templates/microsoft.network/privatednszones and its
 * children, 2024-06-01; of Terraform registry.terraform.io, provider azurerm,
 * azurerm_private_dns_*; both read 2026-11-27.
 */
#define TYPE_ZONE	"microsoft.network/privatednszones"
#define TYPE_LINK	TYPE_ZONE "/virtualnetworklinks"
#define TYPE_ZONE_GROUP "microsoft.network/privateendpoints/privatednszonegroups"

#define TERRAFORM_PREFIX   "azurerm_private_dns_"
#define TERRAFORM_ZONE	   TERRAFORM_PREFIX "zone"
#define TERRAFORM_LINK	   TERRAFORM_PREFIX "zone_virtual_network_link"
#define TERRAFORM_RECORD   "_record"
#define TERRAFORM_ENDPOINT "azurerm_private_endpoint"

/** struct azdns_json - @resource: the one that is read; @condition: for it to be there */
struct azdns_json {
	struct azdns_importer *importer;
	struct azure_template *template;
	const struct azure_resource *resource;
	const char *condition;
};

/* The texts of what is not known hold one of these; no name of a zone or record does. */
static bool is_known(const char *text)
{
	return !strpbrk(text, "[$");
}

/* Is the resource there?  Sets the condition that it is so. */
static bool begin_resource(struct azdns_json *json)
{
	const char *condition = NULL;

	json->condition = NULL;
	if (azure_presence(json->template, json->resource, &condition) == AZURE_ABSENT)
		return false;
	if (condition)
		json->condition =
			arena_printf(json->importer->arena, "condition %s", condition);
	if (json->resource->looped)
		json->condition = azdns_both(json->importer, json->condition,
					     arena_printf(json->importer->arena,
							  "the copies of the resource at "
							  "byte %u are some",
							  json->resource->at.begin));
	return true;
}

/* Of a plain resource the id up to its zone tells zones of one name apart. */
static const char *zone_key(const struct azdns_json *json, const char *name)
{
	const char *id = doc_text(doc_get_nocase(json->resource->node, "id"));
	const char *at = id ? strcasestr(id, "/privateDnsZones/") : NULL;

	if (json->template->form != AZURE_PLAIN || !at)
		return azdns_lower(json->importer, name);
	at += strlen("/privateDnsZones/");
	return azdns_lower(json->importer,
			   arena_strndup(json->importer->arena, id,
					 (size_t)(at - id) + strcspn(at, "/")));
}

/* @name: NULL: the text does not say which zone it is */
static struct azdns_zone *zone_called(struct azdns_json *json, const char *name)
{
	if (!name)
		name = "[a zone that is not named]";
	return azdns_zone_of(json->importer, zone_key(json, name), name, is_known(name),
			     json->resource->at);
}

static void read_zone(struct azdns_json *json)
{
	struct azdns_zone *zone =
		zone_called(json, azure_name(json->template, json->resource));

	zone->condition = json->condition;
}

/* -- links ----------------------------------------------------------------------------
 */

static enum azdns_policy read_policy(struct azdns_json *json, const struct doc *doc)
{
	const char *text = doc_text(doc);

	if (!doc || (text && strcasecmp(text, "Default") == 0))
		return AZDNS_REFUSES;
	if (text && strcasecmp(text, "NxDomainRedirect") == 0)
		return AZDNS_REDIRECTS;
	if (text && !azure_unknown(doc))
		azdns_refused(json->importer, doc->at, "'%.80s' as a resolution policy",
			      text);
	return AZDNS_EITHER;
}

static void read_link(struct azdns_json *json)
{
	bool terraform = json->template->form == AZURE_TERRAFORM;
	const struct doc *properties = azure_properties(json->template, json->resource);
	const struct doc *registers =
		azure_field(properties,
			    terraform ? "registration_enabled" : "registrationEnabled");
	const char *zone =
		terraform ? doc_text(azure_field(properties, "private_dns_zone_name"))
			  : azure_parent_name(json->template,
					      azure_name(json->template, json->resource));
	enum azdns_policy policy =
		read_policy(json,
			    azure_field(properties, terraform ? "resolution_policy"
							      : "resolutionPolicy"));

	/* a link that may be missing leaves the default to another */
	if (json->condition && policy != AZDNS_REFUSES)
		policy = AZDNS_EITHER;
	azdns_add_link(zone_called(json, zone), policy,
		       registers && !(doc_text(registers) &&
				      strcasecmp(doc_text(registers), "false") == 0));
}

/* -- record sets ----------------------------------------------------------------------
 */

static const char *const value_keys[] = {
	[AZDNS_A] = "ipv4Address",
	[AZDNS_AAAA] = "ipv6Address",
	[AZDNS_CNAME] = "cname",
};

static const char *read_id(struct azdns_json *json, const struct doc *properties)
{
	const struct doc *map = azure_field(properties, "metadata");
	const char *id;

	if (json->template->form == AZURE_TERRAFORM)
		map = azure_field(properties, "tags");
	id = doc_text(doc_get_nocase(map, "postern"));
	return id ? azdns_id(json->importer, id, strlen(id)) : NULL;
}

static const char *unread_text(const struct azdns_json *json, const struct doc *doc)
{
	const char *text = azure_unknown(doc);

	return text ? text
		    : arena_printf(json->importer->arena, "[%s at byte %u]",
				   doc_kind_name(doc), doc->at.begin);
}

static void read_value(struct azdns_json *json, struct azdns_set *set, const char *id,
		       const struct doc *doc)
{
	struct azdns_entry *entry;
	const struct doc *value = doc;

	if (doc->kind == DOC_NULL)
		return;
	if (doc->kind == DOC_MAP && azure_field(doc, value_keys[set->type]))
		value = azure_field(doc, value_keys[set->type]);
	entry = azdns_add_entry(json->importer, set, json->resource->at);
	entry->condition = json->condition;
	entry->id = id;
	if (value->kind == DOC_SCALAR && !azure_unknown(value))
		azdns_read_value(json->importer, set, entry, value->text, value->at);
	else
		entry->unread = unread_text(json, value);
}

/* The records themselves: a list of mappings (ARM, az), of texts (Terraform), one of
 * either (CNAME), or PowerShell's "Records". */
static void read_records(struct azdns_json *json, struct azdns_set *set,
			 const struct doc *properties)
{
	static const char *const keys[] = {
		[AZDNS_A] = "aRecords",
		[AZDNS_AAAA] = "aaaaRecords",
		[AZDNS_CNAME] = "cnameRecord",
	};
	bool terraform = json->template->form == AZURE_TERRAFORM;
	const char *id = read_id(json, properties);
	const struct doc *records = azure_field(properties, keys[set->type]);

	if (terraform && set->type == AZDNS_CNAME)
		records = azure_field(properties, "record");
	else if (!records)
		records = azure_field(properties, "records");
	if (!records)
		return;
	if (records->kind != DOC_LIST) {
		read_value(json, set, id, records);
		return;
	}
	for (size_t i = 0; i < records->count; i++)
		read_value(json, set, id, records->items[i]);
}

/* Two resources of one template that are one record set are an error; two deployments may
 * both write it, and nobody knows which is the last. */
static void check_twice(struct azdns_json *json, struct azdns_set *set, bool before)
{
	const void *home = json->resource->scope ? (const void *)json->resource->scope
						 : (const void *)json->template;

	if (json->template->form == AZURE_TERRAFORM)
		home = json->template;
	if (!before) {
		set->home = home;
		set->condition = json->condition;
		return;
	}
	if (set->home == home && !set->condition && !json->condition) {
		azdns_refused(json->importer, json->resource->at,
			      "two record sets of one type called '%.80s'", set->text);
		diag_note(json->importer->diag, set->at, "first here");
		return;
	}
	if (!json->condition)
		set->condition = NULL;
	for (size_t i = 0; i < set->count; i++)
		set->entries[i].condition =
			azdns_both(json->importer, set->entries[i].condition,
				   arena_printf(json->importer->arena,
						"the record set at byte %u is not the "
						"last",
						json->resource->at.begin));
	json->condition = azdns_both(json->importer, json->condition,
				     arena_printf(json->importer->arena,
						  "the record set at byte %u is the last",
						  json->resource->at.begin));
}

static void read_set(struct azdns_json *json, const char *zone_name, const char *name,
		     enum azdns_type type)
{
	const struct doc *properties = azure_properties(json->template, json->resource);
	struct azdns_zone *zone = zone_called(json, zone_name);
	size_t before = zone->count;
	struct azdns_set *set = azdns_set_of(json->importer, zone, type, name,
					     is_known(name), json->resource->at);

	check_twice(json, set, zone->count == before);
	if (type == AZDNS_OTHER) {
		/* only a list of all record sets has the zone's own */
		zone->whole |= strcasestr(json->resource->type, "/soa") != NULL;
		return;
	}
	if (properties->kind == DOC_MAP) {
		read_records(json, set, properties);
	} else {
		struct azdns_entry *entry =
			azdns_add_entry(json->importer, set, json->resource->at);

		entry->condition = json->condition;
		entry->unread = unread_text(json, properties);
	}
}

/* What has no id has the zone's name in its own: "www.example.com." of "www". */
static const char *zone_of_fqdn(struct azdns_json *json, const char *name)
{
	const struct doc *node = json->resource->node;
	const char *fqdn = doc_text(azure_field(node, "fqdn"));
	const char *zone = doc_text(azure_field(node, "zoneName"));
	size_t length = strlen(name);

	if (zone || !fqdn)
		return zone;
	if (strcmp(name, "@") == 0)
		return azdns_lower(json->importer, fqdn);
	if (strncasecmp(fqdn, name, length) != 0 || fqdn[length] != '.')
		return NULL;
	return azdns_lower(json->importer, fqdn + length + 1);
}

static void read_arm_set(struct azdns_json *json, enum azdns_type type)
{
	const char *name = azure_name(json->template, json->resource);
	const char *zone = azure_parent_name(json->template, name);

	if (!zone && json->template->form == AZURE_PLAIN)
		zone = zone_of_fqdn(json, name);
	read_set(json, zone, azure_last_name(name), type);
}

static void read_terraform_set(struct azdns_json *json, enum azdns_type type)
{
	const struct doc *properties = azure_properties(json->template, json->resource);

	read_set(json, doc_text(azure_field(properties, "zone_name")),
		 azure_name(json->template, json->resource), type);
}

/* -- zone groups -----------------------------------------------------------------------
 */

/* The zone of an id, known or not; NULL: any. */
static struct azdns_zone *zone_of_id(struct azdns_json *json, const struct doc *doc)
{
	const char *id = doc_text(doc);
	const char *name;

	if (!id)
		return NULL;
	name = azure_id_name(id);
	for (size_t i = 0; i < json->importer->count; i++)
		if (strcasecmp(json->importer->zones[i]->text, name) == 0)
			return json->importer->zones[i];
	return is_known(name) ? zone_called(json, name) : NULL;
}

static void add_writers(struct azdns_json *json, const struct doc *list, const char *key)
{
	const char *who =
		arena_printf(json->importer->arena, "a private endpoint writes it ('%s')",
			     azure_name(json->template, json->resource));

	if (!list)
		return;
	if (list->kind != DOC_LIST) {
		azdns_add_writer(json->importer, NULL, who);
		return;
	}
	for (size_t i = 0; i < list->count; i++) {
		const struct doc *id =
			key ? azure_field(list->items[i], key) : list->items[i];

		azdns_add_writer(json->importer, zone_of_id(json, id), who);
	}
}

/* Azure writes the records of an endpoint with a zone group by itself. */
static void read_zone_group(struct azdns_json *json)
{
	const struct doc *properties = azure_properties(json->template, json->resource);

	add_writers(json, azure_field(properties, "privateDnsZoneConfigs"),
		    "privateDnsZoneId");
}

static void read_terraform_endpoint(struct azdns_json *json)
{
	const struct doc *properties = azure_properties(json->template, json->resource);
	const struct doc *group = azure_field(properties, "private_dns_zone_group");

	if (group && group->kind == DOC_LIST && group->count)
		group = group->items[0];
	add_writers(json, azure_field(group, "private_dns_zone_ids"), NULL);
}

/* -- the whole ------------------------------------------------------------------------
 */

/* "…privateDnsZones/A", "azurerm_private_dns_a_record" */
static bool set_type(const char *type, enum azdns_type *ret_type)
{
	char text[8];
	size_t length;

	if (strncmp(type, TYPE_ZONE "/", strlen(TYPE_ZONE "/")) == 0)
		return azdns_read_type(type + strlen(TYPE_ZONE "/"), ret_type);
	if (strncmp(type, TERRAFORM_PREFIX, strlen(TERRAFORM_PREFIX)) != 0)
		return false;
	type += strlen(TERRAFORM_PREFIX);
	length = strcspn(type, "_");
	if (length >= sizeof(text) || strcmp(type + length, TERRAFORM_RECORD) != 0)
		return false;
	memcpy(text, type, length);
	text[length] = '\0';
	return azdns_read_type(text, ret_type);
}

/* A mapping that does not say what it is: by its looks. */
static bool looks_type(const struct doc *node, enum azdns_type *ret_type)
{
	const char *type = doc_text(azure_field(node, "recordType"));

	if (azure_field(node, "aRecords"))
		*ret_type = AZDNS_A;
	else if (azure_field(node, "aaaaRecords"))
		*ret_type = AZDNS_AAAA;
	else if (azure_field(node, "cnameRecord"))
		*ret_type = AZDNS_CNAME;
	else
		return type && azure_field(node, "zoneName") &&
		       azdns_read_type(type, ret_type);
	return azure_field(node, "fqdn") != NULL;
}

static void read_resource(struct azdns_json *json, bool writers)
{
	const char *type = json->resource->type;
	enum azdns_type set;

	if (writers) {
		if (strcmp(type, TYPE_ZONE_GROUP) == 0)
			read_zone_group(json);
		else if (strcmp(type, TERRAFORM_ENDPOINT) == 0)
			read_terraform_endpoint(json);
		return;
	}
	if (strcmp(type, TYPE_ZONE) == 0 || strcmp(type, TERRAFORM_ZONE) == 0)
		read_zone(json);
	else if (strcmp(type, TYPE_LINK) == 0 || strcmp(type, TERRAFORM_LINK) == 0)
		read_link(json);
	else if (set_type(type, &set) && json->template->form == AZURE_TERRAFORM)
		read_terraform_set(json, set);
	else if (set_type(type, &set) ||
		 (!*type && looks_type(json->resource->node, &set)))
		read_arm_set(json, set);
}

int azdns_read_json(struct azdns_importer *importer)
{
	struct azdns_json json = {.importer = importer};

	if (azure_template_read(importer->file, importer->rules, importer->arena,
				&json.template, importer->diag))
		return -1;
	/* writers last: of a zone that is not known, every zone has to hear */
	for (unsigned writers = 0; writers < 2; writers++)
		for (size_t i = 0; i < json.template->count; i++) {
			json.resource = json.template->resources[i];
			if (begin_resource(&json))
				read_resource(&json, writers);
		}
	return azure_template_failed(json.template) ? -1 : 0;
}
