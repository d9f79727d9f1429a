/* catalogue.h - What is known about Azure: clouds, regions, endpoints, services. */
#ifndef COMPILER_CATALOGUE_H
#define COMPILER_CATALOGUE_H

#include <stdbool.h>
#include <stddef.h>

#include "compiler/spec.h"

struct arena;

/**
 * DOC: The catalogue
 *
 * Tables of facts (catalogue_*.def), each row with the page it was read from, the day,
 * and how sure we are.  Using a row that is only inferred warns (catalogue-inferred).  No
 * code knows a host name of Azure but through here.
 */

/** enum confidence - How a fact is known */
enum confidence {
	CONFIDENCE_DOCUMENTED, /* read in the page named */
	CONFIDENCE_OBSERVED,   /* computed or seen in real data */
	CONFIDENCE_INFERRED,   /* by analogy: warns when used */
};

/** struct fact - Where a row comes from */
struct fact {
	const char *source;
	const char *day; /* "2026-08-20" */
	enum confidence confidence;
};

/** struct cloud - One Azure cloud */
struct cloud {
	enum cloud_id id;
	const char *name;	  /* in the spec: "public" */
	const char *login_suffix; /* "azurecr.io" */
	const char *blob_suffix;  /* "blob.core.windows.net" */
	const char *private_zone; /* "privatelink.azurecr.io" */
	const char *tag_cloud;	  /* part of what its service-tag file says: "Gov" */
	struct fact fact;
};

const struct cloud *catalogue_cloud(enum cloud_id id);

/**
 * struct region - One physical location
 * @name:	"westeurope": what stands in host names
 * @display:	"West Europe"
 * @cloud:	the cloud that it belongs to
 * @has_tag:	AzureContainerRegistry has a regional tag for it, and so has Storage
 * @tag:	the suffix of those tags ("WestEurope"), or NULL
 * @cloud_tag:	the suffix of AzureCloud's tag, which follows names of its own
 *		("norwaye"), or NULL
 */
struct region {
	const char *name;
	const char *display;
	enum cloud_id cloud;
	bool has_tag;
	const char *tag;
	const char *cloud_tag;
};

/**
 * catalogue_region() - By programmatic or display name, without regard to case and blanks
 *
 * Return: NULL when no region is called so
 */
const struct region *catalogue_region(const char *text);

/** catalogue_region_at() - The @index-th known region; NULL past the end */
const struct region *catalogue_region_at(size_t index);

/**
 * catalogue_region_typo() - The known region that a word most likely meant, or NULL
 *
 * Another trailing digit is no typo: eastus4 may come to be.  Nor is a name that is made
 * of words that regions are made of (easteurope), unless a known region is made of the
 * same words (useast).
 */
const char *catalogue_region_typo(const char *text);

/** enum endpoint_kind - Kinds of endpoints of a registry */
enum endpoint_kind {
	ENDPOINT_LOGIN_SERVER,
	ENDPOINT_REGIONAL,
	ENDPOINT_DATA,
	ENDPOINT_BLOB,
};

/** struct endpoint_row - One kind of endpoint of a registry */
struct endpoint_row {
	enum endpoint_kind kind;
	unsigned clouds;	 /* bits (1 << enum cloud_id) */
	const char *name;	 /* "data endpoint" */
	const char *pattern;	 /* "{label}.{region}.data.{login_suffix}" */
	const char *service_tag; /* "AzureContainerRegistry" */
	const char *member;	 /* "registry_data_{region}", NULL where there is none */
	struct fact fact;
};

const struct endpoint_row *catalogue_endpoint(enum endpoint_kind kind,
					      enum cloud_id cloud);

/**
 * struct pattern_words - What stands for the braces of a pattern; unused ones are NULL
 * @location:	as a host name has it
 */
struct pattern_words {
	const char *label;
	const char *region;
	const char *location;
	const struct cloud *cloud;
};

/** catalogue_expand() - A pattern with its braces filled */
const char *catalogue_expand(const char *pattern, const struct pattern_words *words,
			     struct arena *arena);

/**
 * struct service_row - One endpoint of a service group in one cloud
 * @group:	"entra-id"
 * @clouds:	bits (1 << enum cloud_id)
 * @host:	pattern: {location} is the service's parameter; "*." any name below; NULL:
 *		addresses only (by tag)
 * @protocol, @port_first, @port_last: what is opened
 * @service_tags: one or more tags separated by blanks, all needed; {location} as the tag
 *		file spells it; NULL: no tag names these addresses
 * @condition:	"" or "public-cluster" (aks without private_cluster)
 * @reason:	one phrase for listings
 */
struct service_row {
	const char *group;
	unsigned clouds;
	const char *host;
	unsigned protocol;
	unsigned port_first, port_last;
	const char *service_tags;
	const char *condition;
	const char *reason;
	struct fact fact;
};

/** catalogue_services() - All rows */
const struct service_row *catalogue_services(size_t *ret_count);

/** catalogue_groups() - The group names, NULL-terminated, in order */
const char *const *catalogue_groups(void);

/** struct service_group - A group and its parameters in the spec */
struct service_group {
	const char *name;
	bool needs_location;
	bool takes_private_cluster;
	const char *summary;
};

/** catalogue_group() - By name; NULL when there is none */
const struct service_group *catalogue_group(const char *name);

/** catalogue_group_has() - Is a row of @group, or of a group that it includes? */
bool catalogue_group_has(const char *group, const struct service_row *row);

/**
 * catalogue_service_tags() - A row's tags for a location, NULL when it has none
 *
 * An unknown location takes the place of the braces as it is written.
 */
const char *catalogue_service_tags(const struct service_row *row, const char *location,
				   struct arena *arena);

#endif
