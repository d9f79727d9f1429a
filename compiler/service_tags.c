/* service_tags.c - Asking a table of service tags. */
#include "compiler/service_tags.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "compiler/catalogue.h"
#include "rules/base/arena.h"

static int compare_name(const void *key, const void *element)
{
	const struct service_tag *tag = element;

	return strcasecmp(key, tag->name);
}

const struct service_tag *tags_find(const struct service_tags *tags, const char *name)
{
	if (!tags->count)
		return NULL;
	return bsearch(name, tags->at, tags->count, sizeof(*tags->at), compare_name);
}

const struct service_tag *tags_regional(const struct service_tags *tags,
					const char *service, const char *region)
{
	const struct region *known = catalogue_region(region);
	char name[TAG_NAME_MAX + 1];
	size_t length = strlen(service);

	if (known && known->cloud_tag && strcasecmp(service, "AzureCloud") == 0)
		region = known->cloud_tag;
	if (length + 1 + strlen(region) > TAG_NAME_MAX)
		return NULL;
	memcpy(name, service, length);
	name[length] = '.';
	memcpy(name + length + 1, region, strlen(region) + 1);
	return tags_find(tags, name);
}

const struct region *tag_region(const char *name)
{
	static const char internal[] = "AzureCloud.";
	const char *dot = strrchr(name, '.');
	const struct region *region;

	if (!dot)
		return NULL;
	if (strncasecmp(name, internal, strlen(internal)) != 0)
		return catalogue_region(dot + 1);
	for (size_t i = 0; (region = catalogue_region_at(i)); i++)
		if (region->cloud_tag && strcasecmp(region->cloud_tag, dot + 1) == 0)
			return region;
	return NULL;
}

/* -- sets ------------------------------------------------------------------ */

struct count addresses_count(const struct addr_set *set, enum family family)
{
	const struct ranges *ranges = &set->of[family];
	struct count total = {0};

	for (size_t i = 0; i < ranges->count; i++) {
		struct count one = count_from(1);
		struct count rest = count_from(ranges->at[i].last - ranges->at[i].first);

		total = count_add(&total, &rest);
		total = count_add(&total, &one);
	}
	return total;
}

static void add_ranges(struct addr_set *set, const struct addr_set *more,
		       struct arena *arena)
{
	for (unsigned family = 0; family < FAMILY_COUNT; family++)
		for (size_t i = 0; i < more->of[family].count; i++)
			ranges_add(&set->of[family], more->of[family].at[i], arena);
}

struct addr_set tags_cover(const struct service_tags *tags, const char *names,
			   struct arena *arena, const char **ret_missing)
{
	const char *missing = NULL;
	struct addr_set set = {0};
	size_t length;

	for (; *names; names += length + strspn(names + length, " ")) {
		const struct service_tag *tag;
		const char *name;

		length = strcspn(names, " ");
		name = arena_strndup(arena, names, length);
		tag = tags_find(tags, name);
		if (tag)
			add_ranges(&set, &tag->addresses, arena);
		else if (!missing)
			missing = name;
	}
	addr_set_normalize(&set);
	if (ret_missing)
		*ret_missing = missing;
	return set;
}

/** struct sized - A tag and how many addresses of one family it has */
struct sized {
	const struct service_tag *tag;
	struct count size;
};

static int compare_sizes(const void *one, const void *other)
{
	const struct sized *a = one, *b = other;

	for (size_t i = COUNT_LIMBS; i-- > 0;)
		if (a->size.limb[i] != b->size.limb[i])
			return a->size.limb[i] < b->size.limb[i] ? -1 : 1;
	return strcasecmp(a->tag->name, b->tag->name);
}

const struct service_tag **tags_containing(const struct service_tags *tags,
					   const struct addr *addr, struct arena *arena,
					   size_t *ret_count)
{
	struct sized *found = NULL;
	size_t count = 0, capacity = 0;
	const struct service_tag **list;

	for (size_t i = 0; i < tags->count; i++) {
		const struct service_tag *tag = &tags->at[i];

		if (addr_set_contains(&tag->addresses, addr))
			*arena_push(arena, found, count, capacity) =
				(struct sized){tag, addresses_count(&tag->addresses,
								    addr->family)};
	}
	if (count)
		qsort(found, count, sizeof(*found), compare_sizes);
	list = arena_array(arena, count + 1, const struct service_tag *);
	for (size_t i = 0; i < count; i++)
		list[i] = found[i].tag;
	*ret_count = count;
	return list;
}

/* -- messages -------------------------------------------------------------- */

const char *tags_nearest(const struct service_tags *tags, const char *name,
			 struct arena *arena)
{
	const char **names = arena_array(arena, tags->count + 1, const char *);

	for (size_t i = 0; i < tags->count; i++)
		names[i] = tags->at[i].name;
	return diag_nearest(name, names);
}

int tags_check_cloud(const struct service_tags *tags, enum cloud_id id, struct diag *diag)
{
	const struct cloud *cloud = catalogue_cloud(id);

	if (tags->regions_only) {
		diag_report(diag, DIAG_SERVICE_TAGS_FORMAT, tags->cloud_at,
			    "a PublicIPs file has regions by names of its own, and no "
			    "services");
		diag_help(diag, "take ServiceTags_<cloud>_<day>.json");
		return -1;
	}
	if (strcasestr(tags->cloud, cloud->tag_cloud))
		return 0;
	diag_report(diag, DIAG_SERVICE_TAGS_CLOUD, tags->cloud_at,
		    "the tags are of cloud '%s', the spec is for cloud '%s'", tags->cloud,
		    cloud->name);
	diag_help(diag, "take that cloud's file, or correct 'cloud:' of the spec");
	return -1;
}
