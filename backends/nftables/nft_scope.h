/* nft_scope.h - What nftables sees of an intent; of the back end's constant only. */
#ifndef BACKENDS_NFTABLES_NFT_SCOPE_H
#define BACKENDS_NFTABLES_NFT_SCOPE_H

#include "backends/backend.h"

/** nft_check() - Refuse settings that contradict each other */
int nft_check(const struct backend_job *job, struct diag *diag);

/**
 * nft_scope() - What an output governs, must keep, and believes
 *
 * Hook forward governs every packet of state new from its clients: a segment without SYN
 * would reach a server otherwise.  Hook output spares TCP packets that open nothing, so
 * that sessions older than the first load live on.
 */
int nft_scope(const struct backend_job *job, struct arena *arena,
	      struct backend_scope *ret_scope, struct diag *diag);

#endif
