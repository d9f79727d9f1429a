/* nft.h - The nftables back end: its functions. */
#ifndef BACKENDS_NFTABLES_NFT_H
#define BACKENDS_NFTABLES_NFT_H

#include <stddef.h>

struct arena;
struct diag;
struct import_input;
struct ruleset;

/** nft_sniff() - How sure are we that @text is for "nft -f": 0 to 100 */
int nft_sniff(const char *text, size_t length);

/**
 * nft_import() - Read what "nft list ruleset" prints, and what people feed to "nft -f"
 *
 * The hooks become the paths "prerouting", "input", "forward", "output" and
 * "postrouting" (and "ingress"), base chains their stages.  Chains and stages are called
 * "FAMILY TABLE CHAIN".  A rule with the comment "postern:X" has the id X.
 *
 * Return: 0, or -1 with an error in @diag
 */
int nft_import(const struct import_input *input, struct arena *arena,
	       struct ruleset **ret_rules, struct diag *diag);

#endif
