/* catalogue.h - What is known about Azure: clouds, regions, endpoints, services. */
#ifndef COMPILER_CATALOGUE_H
#define COMPILER_CATALOGUE_H

#include <stdbool.h>
#include <stddef.h>

#include "compiler/spec.h"

/**
 * DOC: The catalogue
 *
 * Tables of facts (catalogue_*.def), each row with the page it was read from, the day, and
 * how sure we are.  Using a row that is only inferred warns (catalogue-inferred).  No code
 * knows a host name of Azure but through here.
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
	const char *name;	     /* in the spec: "public" */
	const char *login_suffix;    /* "azurecr.io" */
	const char *blob_suffix;     /* "blob.core.windows.net" */
	const char *private_zone;    /* "privatelink.azurecr.io" */
	struct fact fact;
};

const struct cloud *catalogue_cloud(enum cloud_id id);

/** struct region - One physical location */
struct region {
	const char *name;    /* "westeurope" */
	const char *display; /* "West Europe" */
	bool has_tag;	     /* AzureContainerRegistry has a regional tag for it */
};

/** catalogue_region() - By programmatic or display name, without regard to case; or NULL */
const struct region *catalogue_region(const char *text);

/**
 * catalogue_region_typo() - The known region that a word most likely meant, or NULL
 *
 * Another trailing digit is no typo: eastus3 may come to be.
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
	const char *name;	 /* "data endpoint" */
	const char *pattern;	 /* "{label}.{region}.data.{login_suffix}" */
	const char *service_tag; /* "AzureContainerRegistry" */
	const char *member;	 /* "registry_data_{region}", NULL where there is none */
	struct fact fact;
};

const struct endpoint_row *catalogue_endpoint(enum endpoint_kind kind);

/**
 * struct service_row - One endpoint of a service group in one cloud
 * @group:	"entra-id"
 * @clouds:	bits (1 << enum cloud_id)
 * @host:	pattern: {location} is the service's parameter; "*." any name below; NULL:
 *		addresses only (by tag)
 * @protocol, @port_first, @port_last: what is opened
 * @service_tags: one or more tags separated by blanks, all needed; {location} as PascalCase
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

#endif
