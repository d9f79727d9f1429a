/* azure_dns_emit_plan.h - The record sets of a zone, for its three spellings. */
#ifndef BACKENDS_AZURE_PRIVATE_DNS_AZURE_DNS_EMIT_PLAN_H
#define BACKENDS_AZURE_PRIVATE_DNS_AZURE_DNS_EMIT_PLAN_H

#include "backends/backend.h"

/**
 * struct azdns_planned - One record set: the addresses of one family that a name has
 * @id:		of the flows that it is for
 * @name:	relative to the zone: "myregistry.westeurope.data"
 * @texts:	the addresses
 */
struct azdns_planned {
	const char *id;
	const char *name;
	enum family family;
	const char **texts;
	size_t count, capacity;
	struct span at;
};

/** struct azdns_plan - @link: the link's name, or NULL; @ttl: seconds */
struct azdns_plan {
	const struct backend_job *job;
	const char *zone;
	const char *link;
	uint32_t ttl;
	struct azdns_planned *sets;
	size_t count, capacity;
	struct arena *arena;
};

void azdns_put_arm(const struct azdns_plan *plan, struct strbuf *out);
void azdns_put_terraform(const struct azdns_plan *plan, struct strbuf *out);
void azdns_put_script(const struct azdns_plan *plan, struct strbuf *out);

#endif
