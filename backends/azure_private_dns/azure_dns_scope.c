/* azure_dns_scope.c - What a private DNS zone sees of an intent. */
#include "backends/azure_private_dns/azure_dns_scope.h"

#include "backends/answer.h"
#include "rules/base/arena.h"

int azdns_scope(const struct backend_job *job, struct arena *arena,
		struct backend_scope *ret_scope, struct diag *diag)
{
	struct backend_scope scope;
	const char *zone;

	if (answer_scope(job, ANSWER_PATH, ANSWER_ZONE, arena, &scope, diag) < 0)
		return -1;
	zone = answer_zone(job);
	scope_assume(&scope,
		     arena_printf(arena,
				  "the clients ask Azure's DNS, 168.63.129.16, in a "
				  "virtual network that is linked to this zone '%s', or "
				  "a server that asks it there",
				  zone),
		     arena);
	scope_assume(&scope,
		     arena_printf(arena,
				  "zone '%s' has no other records: where two regions' "
				  "private endpoints share a zone, the one that is "
				  "deployed last overwrites the other's",
				  zone),
		     arena);
	scope_assume(&scope,
		     arena_printf(arena,
				  "linked networks need no other registry that has a "
				  "private endpoint: a name of '%s' that has no record "
				  "does not exist for them",
				  zone),
		     arena);
	scope_assume(&scope,
		     arena_printf(arena,
				  "the links of zone '%s' have the resolution policy "
				  "Default and register no machines",
				  zone),
		     arena);
	*ret_scope = scope;
	return 0;
}
