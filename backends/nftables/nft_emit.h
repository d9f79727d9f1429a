/* nft_emit.h - Writing rules for "nft -f"; of the back end's constant only. */
#ifndef BACKENDS_NFTABLES_NFT_EMIT_H
#define BACKENDS_NFTABLES_NFT_EMIT_H

#include "backends/backend.h"

/**
 * nft_emit() - Write a legal rule set as one file, "ruleset.nft"
 *
 * The file makes or changes one inet table, in one transaction, and touches nothing else.
 */
int nft_emit(const struct ruleset *rules, const struct backend_job *job,
	     struct arena *arena, struct artifact_list *artifacts, struct diag *diag);

#endif
