/* nft_names.h - A table from names to things. */
#ifndef BACKENDS_NFTABLES_NFT_NAMES_H
#define BACKENDS_NFTABLES_NFT_NAMES_H

#include <stddef.h>
#include <stdint.h>

struct arena;

/** struct nft_names - Open addressing, never more than half full; all zero is empty */
struct nft_names {
	struct nft_name {
		const char *text; /* borrowed; NULL: a free slot */
		size_t length;
		uint64_t hash;
		void *thing; /* NULL: it was removed */
	} * slots;
	size_t capacity; /* 0 or a power of two */
	size_t used;
};

/** nft_names_get() - The thing of that name, or NULL */
void *nft_names_get(const struct nft_names *names, const char *text, size_t length);

/** nft_names_put() - Set the thing of that name; NULL removes.  @text must live on. */
void nft_names_put(struct nft_names *names, const char *text, size_t length, void *thing,
		   struct arena *arena);

#endif
