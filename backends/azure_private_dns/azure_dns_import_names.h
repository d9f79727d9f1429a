/* azure_dns_import_names.h - The names that exist in a zone. */
#ifndef BACKENDS_AZURE_PRIVATE_DNS_AZURE_DNS_IMPORT_NAMES_H
#define BACKENDS_AZURE_PRIVATE_DNS_AZURE_DNS_IMPORT_NAMES_H

#include "backends/azure_private_dns/azure_dns_importer.h"

/**
 * struct azdns_node - A name that exists in a zone
 * @sure:	else one of @conditions holds when it does
 * @wild:	the record sets of the "*" below it
 * @children:	names that exist right below it: no "*" stands for them or below them
 */
struct azdns_node {
	const char *name;
	bool sure;
	const char **conditions;
	size_t condition_count, condition_capacity;
	struct azdns_set **sets;
	size_t count, capacity;
	struct azdns_set **wild;
	size_t wild_count, wild_capacity;
	struct azdns_node **children;
	size_t child_count, child_capacity;
};

/**
 * struct azdns_domain - A zone with its names
 * @guard:	(optional) what must hold for it to be asked
 * @open:	some of its records are not known
 */
struct azdns_domain {
	struct azdns_zone *zone;
	const char *guard;
	bool open;
	struct textmap by_name;
	struct azdns_node **nodes;
	size_t count, capacity;
	struct azdns_node *apex;
};

/** azdns_fill_domain() - Find the names of a zone */
void azdns_fill_domain(struct azdns_importer *importer, struct azdns_domain *domain,
		       struct azdns_zone *zone);

/**
 * struct azdns_found - What answers for a name of a domain
 * @exists:	the name does, or a wildcard stands for it
 * @sure:	and that does not depend on anything
 */
struct azdns_found {
	struct azdns_set *const *sets;
	size_t count;
	bool exists, sure;
};

/** azdns_find_sets() - The record sets of a name at or below the zone */
struct azdns_found azdns_find_sets(const struct azdns_domain *domain, const char *name);

#endif
