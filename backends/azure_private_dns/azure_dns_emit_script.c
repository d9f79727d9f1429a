/* azure_dns_emit_script.c - Writing a private DNS zone as commands for az. */
#include "backends/azure_private_dns/azure_dns_emit_plan.h"

#include "rules/base/strbuf.h"

/**
 * DOC: Running it again
 *
 * The commands are those of learn.microsoft.com/azure/container-registry/
 * container-registry-private-endpoints (read 2026-08-20).  az creates nothing that is
 * there already: "create" sends If-None-Match: * and fails, and "add-record" appends
 * without a look (azure-cli, src/azure-cli/azure/cli/command_modules/privatedns, read
 * 2026-11-27).  So what exists of zone and link is left, and a record set is deleted
 * before it is created: for the second in between the name does not exist.  Deleting what
 * is not there is no error.
 */

static void put_head(const struct azdns_plan *plan, struct strbuf *out)
{
	strbuf_printf(out,
		      "#!/bin/sh\n"
		      "# Private DNS zone %s of output '%s'.\n"
		      "# Made by postern from a spec: change the spec, not this file.\n"
		      "# It may be run again: then each record is gone for a second.\n"
		      "set -eu\n"
		      ": \"${RESOURCE_GROUP:?is the resource group of the zone}\"\n",
		      plan->zone, plan->job->name);
	if (plan->link)
		strbuf_puts(out, ": \"${NETWORK_NAME:?is the name or id of the virtual "
				 "network}\"\n");
}

static void put_zone(const struct azdns_plan *plan, struct strbuf *out)
{
	strbuf_printf(out,
		      "\naz network private-dns zone show \\\n"
		      "  --resource-group \"$RESOURCE_GROUP\" \\\n"
		      "  --name \"%s\" > /dev/null 2>&1 ||\n"
		      "az network private-dns zone create \\\n"
		      "  --resource-group \"$RESOURCE_GROUP\" \\\n"
		      "  --name \"%s\"\n",
		      plan->zone, plan->zone);
}

static void put_link(const struct azdns_plan *plan, struct strbuf *out)
{
	strbuf_printf(out,
		      "\naz network private-dns link vnet show \\\n"
		      "  --resource-group \"$RESOURCE_GROUP\" \\\n"
		      "  --zone-name \"%s\" \\\n"
		      "  --name %s > /dev/null 2>&1 ||\n"
		      "az network private-dns link vnet create \\\n"
		      "  --resource-group \"$RESOURCE_GROUP\" \\\n"
		      "  --zone-name \"%s\" \\\n"
		      "  --name %s \\\n"
		      "  --virtual-network \"$NETWORK_NAME\" \\\n"
		      "  --registration-enabled false\n",
		      plan->zone, plan->link, plan->zone, plan->link);
}

static void put_set(const struct azdns_plan *plan, const struct azdns_planned *set,
		    struct strbuf *out)
{
	bool v4 = set->family == FAMILY_IPV4;
	const char *type = v4 ? "a" : "aaaa";

	strbuf_printf(out,
		      "\naz network private-dns record-set %s delete --yes \\\n"
		      "  --name %s \\\n"
		      "  --zone-name %s \\\n"
		      "  --resource-group \"$RESOURCE_GROUP\"\n"
		      "az network private-dns record-set %s create \\\n"
		      "  --name %s \\\n"
		      "  --zone-name %s \\\n"
		      "  --resource-group \"$RESOURCE_GROUP\" \\\n"
		      "  --ttl %u\n",
		      type, set->name, plan->zone, type, set->name, plan->zone,
		      plan->ttl);
	for (size_t i = 0; i < set->count; i++)
		strbuf_printf(out,
			      "az network private-dns record-set %s add-record \\\n"
			      "  --record-set-name %s \\\n"
			      "  --zone-name %s \\\n"
			      "  --resource-group \"$RESOURCE_GROUP\" \\\n"
			      "  --ipv%d-address %s # postern:%s\n",
			      type, set->name, plan->zone, v4 ? 4 : 6, set->texts[i],
			      set->id);
}

void azdns_put_script(const struct azdns_plan *plan, struct strbuf *out)
{
	put_head(plan, out);
	put_zone(plan, out);
	if (plan->link)
		put_link(plan, out);
	for (size_t i = 0; i < plan->count; i++)
		put_set(plan, &plan->sets[i], out);
}
