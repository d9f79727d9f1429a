/* service_tags.h - Azure's service tags: which addresses a service has, and where. */
#ifndef COMPILER_SERVICE_TAGS_H
#define COMPILER_SERVICE_TAGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "compiler/spec.h"
#include "rules/addr.h"
#include "rules/base/diag.h"
#include "rules/count.h"

/**
 * DOC: Service tags
 *
 * A tag is a name for the addresses of a service ("Storage") or of its part in one region
 * ("Storage.WestEurope").  Microsoft publishes them weekly as a file for each cloud, and
 * "az network list-service-tags" prints them in another form, perhaps on several pages;
 * both are read.  So is the PublicIPs XML that was published until August 2020: it has
 * regions by names of its own ("europewest") and no services.
 *
 * A tag's region is what its suffix says: properties.region has internal names for twelve
 * regions ("norwaye"), which only AzureCloud's suffixes have too.  Regional tags are cut
 * into other prefixes than the global one, so tags are compared by the addresses that
 * they cover and never by the text of a prefix.
 */
struct arena;
struct input_file;
struct region;

/* 47 bytes is the longest of change 376; names of Azure resources end at 80. */
#define TAG_NAME_MAX 80u

/**
 * struct service_tag - One tag
 * @name:	as the file spells it: letters, digits and dots
 * @addresses:	normal
 * @prefixes:	how many the file lists, a family
 * @at:		the name in the file
 */
struct service_tag {
	const char *name;
	struct addr_set addresses;
	size_t prefixes[FAMILY_COUNT];
	struct span at;
};

/**
 * struct service_tags - The tags of one file, or of all pages of one answer
 * @cloud:	"Public", "AzureGovernment", as the file says
 * @change_number: of the whole; 0 for PublicIPs, which has none
 * @regions_only: a PublicIPs file: names are regions, and no spec can use it
 * @at:		sorted by name, without regard to ASCII case
 */
struct service_tags {
	const char *cloud;
	struct span cloud_at;
	uint32_t change_number;
	bool regions_only;
	struct service_tag *at;
	size_t count, capacity;
};

/**
 * tags_read() - Read a file of service tags, or all pages of one answer
 *
 * Names and prefixes are judged strictly; keys that are not needed may be anything.
 *
 * Return: 0, or -1 with json-syntax, service-tags-format, service-tags-parts,
 * public-ips-format, document-encoding or document-limit in @diag
 */
int tags_read(const struct input_file *const *files, size_t file_count,
	      struct arena *arena, struct service_tags **ret_tags, struct diag *diag);

/** tags_find() - By name, without regard to case; NULL when there is none */
const struct service_tag *tags_find(const struct service_tags *tags, const char *name);

/**
 * tags_regional() - The part of a service in one region, or NULL
 * @service:	"AzureContainerRegistry", "AzureCloud"
 * @region:	programmatic name: "norwayeast"
 */
const struct service_tag *tags_regional(const struct service_tags *tags,
					const char *service, const char *region);

/** tag_region() - The known region that a tag's name ends with, or NULL */
const struct region *tag_region(const char *name);

/**
 * tags_containing() - Which tags hold an address
 *
 * Smallest first, by the addresses of that family; looks at every tag.
 */
const struct service_tag **tags_containing(const struct service_tags *tags,
					   const struct addr *addr, struct arena *arena,
					   size_t *ret_count);

/** tags_nearest() - The tag that a misspelt name most likely meant, or NULL */
const char *tags_nearest(const struct service_tags *tags, const char *name,
			 struct arena *arena);

/**
 * tags_cover() - All addresses of some tags
 * @names:	separated by blanks
 * @ret_missing: (optional) the first name that no tag has; NULL: all are there
 */
struct addr_set tags_cover(const struct service_tags *tags, const char *names,
			   struct arena *arena, const char **ret_missing);

/**
 * tags_check_cloud() - Can a spec for this cloud use the tags?
 *
 * Return: 0, or -1 with service-tags-cloud, or service-tags-format for PublicIPs
 */
int tags_check_cloud(const struct service_tags *tags, enum cloud_id id,
		     struct diag *diag);

/** addresses_count() - How many addresses a set has in one family */
struct count addresses_count(const struct addr_set *set, enum family family);

#endif
