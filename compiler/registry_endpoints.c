/* registry_endpoints.c - The endpoints that a registry has, whoever needs them. */
#include "compiler/registry_endpoints.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "rules/base/arena.h"
#include "rules/base/strbuf.h"

struct endpoint_index {
	struct registry_endpoints *at; /* sorted by the registry's place in memory */
	size_t count;
};

const char *region_host_name(const struct region_ref *region, struct arena *arena)
{
	char *name;
	size_t length = 0;

	if (region->name || !region->word.text)
		return region->name;
	name = arena_strdup(arena, region->word.text);
	for (const char *c = name; *c; c++)
		if (*c != ' ')
			name[length++] = (char)tolower((unsigned char)*c);
	name[length] = '\0';
	return name;
}

/* -- one registry ---------------------------------------------------------- */

/** struct building - The work on one registry */
struct building {
	const struct registry *registry;
	const struct cloud *cloud;
	const char *label;
	struct arena *arena;
	struct registry_endpoints *endpoints;
};

/* "Tag.WestEurope Tag.EastUS", or NULL when a region has no tag. */
static const char *regional_tags(const struct registry *registry, const char *tag,
				 struct arena *arena)
{
	CLEANUP(strbuf_release) struct strbuf tags = {0};

	for (size_t i = 0; i < registry->region_count; i++) {
		const char *name = region_host_name(&registry->regions[i], arena);
		const struct region *region = name ? catalogue_region(name) : NULL;

		if (!region || !region->tag)
			return NULL;
		strbuf_printf(&tags, "%s%s.%s", i ? " " : "", tag, region->tag);
	}
	return tags.length ? arena_strndup(arena, strbuf_text(&tags), tags.length) : NULL;
}

static struct registry_endpoint *add_endpoint(struct building *building,
					      enum endpoint_kind kind, const char *region)
{
	struct registry_endpoints *endpoints = building->endpoints;
	const struct endpoint_row *row = catalogue_endpoint(kind, building->cloud->id);
	struct pattern_words words = {
		.label = building->label,
		.region = region,
		.cloud = building->cloud,
	};
	struct registry_endpoint *added =
		arena_push(building->arena, endpoints->at, endpoints->count,
			   endpoints->capacity);

	added->row = row;
	added->host = catalogue_expand(row->pattern, &words, building->arena);
	added->reason = row->name;
	added->derived = true;
	if (row->member)
		added->member = catalogue_expand(row->member, &words, building->arena);
	return added;
}

static int compare_overrides(const void *one, const void *other)
{
	const struct host_override *a = one, *b = other;

	return strcmp(a->region, b->region);
}

/* The hosts that a JSON gives, sorted by region.  With data endpoints off, "az acr
 * show-endpoints" lists storage's wildcard in their place (azure-cli acr/custom.py, read
 * 2026-11-21): those are no data endpoints. */
static struct host_override *sort_overrides(const struct host_override *overrides,
					    size_t *count, struct arena *arena)
{
	struct host_override *sorted = arena_array(arena, *count, struct host_override);
	size_t kept = 0;

	for (size_t i = 0; i < *count; i++)
		if (overrides[i].host[0] != '*')
			sorted[kept++] = overrides[i];
	if (kept)
		qsort(sorted, kept, sizeof(*sorted), compare_overrides);
	*count = kept;
	return sorted;
}

static void add_region(struct building *building, enum endpoint_kind kind, size_t index,
		       const struct host_override *overrides, size_t count)
{
	const struct region_ref *region = &building->registry->regions[index];
	const char *name = region_host_name(region, building->arena);
	struct registry_endpoint *endpoint = add_endpoint(building, kind, name);
	struct host_override key = {.region = name};
	const struct host_override *found =
		count ? bsearch(&key, overrides, count, sizeof(key), compare_overrides)
		      : NULL;

	endpoint->at = region->word.at;
	endpoint->reason =
		arena_printf(building->arena, "%s of %s %s", endpoint->row->name,
			     index ? "replica" : "home region", name);
	if (found) {
		endpoint->host = found->host;
		endpoint->derived = false;
	}
}

static int compare_names(const void *one, const void *other)
{
	return strcmp(*(const char *const *)one, *(const char *const *)other);
}

/* Hosts of regions that the spec does not know: the service says that it redirects there.
 */
static void add_others(struct building *building, enum endpoint_kind kind,
		       const struct host_override *overrides, size_t count)
{
	const struct registry *registry = building->registry;
	const char **names =
		arena_array(building->arena, registry->region_count + 1, const char *);

	for (size_t i = 0; i < registry->region_count; i++)
		names[i] = region_host_name(&registry->regions[i], building->arena);
	qsort(names, registry->region_count, sizeof(*names), compare_names);
	for (size_t i = 0; i < count; i++) {
		struct registry_endpoint *endpoint;

		if (bsearch(&overrides[i].region, names, registry->region_count,
			    sizeof(*names), compare_names))
			continue;
		endpoint = add_endpoint(building, kind, overrides[i].region);
		endpoint->host = overrides[i].host;
		endpoint->derived = false;
		endpoint->at = overrides[i].at;
		endpoint->reason = arena_printf(building->arena, "%s of %s",
						endpoint->row->name, overrides[i].region);
	}
}

static void add_regions(struct building *building, enum endpoint_kind kind,
			const struct host_override *overrides, size_t count)
{
	const char *tags;
	size_t first = building->endpoints->count;

	overrides = sort_overrides(overrides, &count, building->arena);
	for (size_t i = 0; i < building->registry->region_count; i++)
		add_region(building, kind, i, overrides, count);
	add_others(building, kind, overrides, count);
	if (building->endpoints->count == first)
		return;
	tags = regional_tags(building->registry,
			     building->endpoints->at[first].row->service_tag,
			     building->arena);
	for (size_t i = first; i < building->endpoints->count; i++)
		building->endpoints->at[i].regional_tags = tags;
}

/* Add an endpoint that a registry has one of. */
static void add_single(struct building *building, enum endpoint_kind kind,
		       const char *host, const char *reason)
{
	struct registry_endpoint *endpoint = add_endpoint(building, kind, NULL);

	if (host)
		endpoint->host = host;
	if (reason)
		endpoint->reason = reason;
	endpoint->derived = !host;
	endpoint->regional_tags =
		regional_tags(building->registry, endpoint->row->service_tag,
			      building->arena);
}

static void build(struct registry_endpoints *endpoints, const struct spec *spec,
		  struct arena *arena)
{
	const struct registry *registry = endpoints->registry;
	const char *host = registry->login_server.text;
	struct building building = {
		.registry = registry,
		.cloud = catalogue_cloud(spec->cloud),
		/* With a domain name label the whole "name-hash" is the first label. */
		.label = arena_strndup(arena, host, strcspn(host, ".")),
		.arena = arena,
		.endpoints = endpoints,
	};

	add_single(&building, ENDPOINT_LOGIN_SERVER, host, NULL);
	if (registry->regional_endpoints)
		add_regions(&building, ENDPOINT_REGIONAL, registry->regional_hosts,
			    registry->regional_host_count);
	if (registry->data_endpoints != DATA_STORAGE)
		add_regions(&building, ENDPOINT_DATA, registry->data_hosts,
			    registry->data_host_count);
	add_single(&building, ENDPOINT_BLOB, NULL, "blob storage of layers");
}

/* -- all of them ----------------------------------------------------------- */

static int compare_registries(const void *one, const void *other)
{
	const struct registry_endpoints *a = one, *b = other;

	return (a->registry > b->registry) - (a->registry < b->registry);
}

struct endpoint_index *endpoint_index_new(const struct spec *spec, struct arena *arena)
{
	struct endpoint_index *index = arena_make(arena, struct endpoint_index);

	index->count = spec->registry_count;
	index->at = arena_array(arena, index->count, struct registry_endpoints);
	for (size_t i = 0; i < index->count; i++) {
		index->at[i].registry = spec->registries[i];
		build(&index->at[i], spec, arena);
	}
	if (index->count)
		qsort(index->at, index->count, sizeof(*index->at), compare_registries);
	return index;
}

struct registry_endpoints *endpoint_index_find(const struct endpoint_index *index,
					       const struct registry *registry)
{
	struct registry_endpoints key = {.registry = registry}, *found = NULL;

	if (index->count)
		found = bsearch(&key, index->at, index->count, sizeof(key),
				compare_registries);
	if (!found)
		BUG("registry '%s' is not one of the spec's", registry->name.text);
	return found;
}

/* The bit behind those of the endpoint kinds. */
#define WARNED_LABEL 31

/* Was this not said before?  Remembers that it now is. */
static bool say_now(struct registry_endpoints *endpoints, unsigned bit)
{
	bool first = !(endpoints->warned & 1u << bit);

	endpoints->warned |= 1u << bit;
	return first;
}

void registry_endpoints_warn(struct registry_endpoints *endpoints,
			     const struct registry_endpoint *endpoint, struct diag *diag)
{
	const struct registry *registry = endpoints->registry;
	const struct endpoint_row *row = endpoint->row;

	if (!endpoint->derived)
		return;
	if (row->fact.confidence == CONFIDENCE_INFERRED &&
	    say_now(endpoints, (unsigned)row->kind)) {
		diag_report(diag, DIAG_CATALOGUE_INFERRED, registry->at,
			    "the %s '%s' of registry '%s' is inferred", row->name,
			    endpoint->host, registry->name.text);
		diag_note(diag, SPAN_NONE, "%s (%s)", row->fact.source, row->fact.day);
	}
	if (!registry->login_server_confirmed && endpoint->row->member &&
	    say_now(endpoints, WARNED_LABEL)) {
		diag_report(diag, DIAG_HOST_UNCONFIRMED, registry->login_server.at,
			    "the %s '%s' is derived from a login server with a domain "
			    "name "
			    "label",
			    row->name, endpoint->host);
		diag_help(diag, "add 'from:' with the JSON of 'az acr show' or "
				"'az acr show-endpoints', which has the hosts");
	}
}
