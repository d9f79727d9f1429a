/* nft_blocks.h - First pass: what commands and blocks share. */
#ifndef BACKENDS_NFTABLES_NFT_BLOCKS_H
#define BACKENDS_NFTABLES_NFT_BLOCKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "backends/nftables/nft_importer.h"

/** struct nft_word - A name in the text, and its bytes */
struct nft_word {
	const char *text;
	size_t length;
	uint32_t begin, end;
};

/** nft_syntax_error() - Report what stands where @expected is; always -1 */
int nft_syntax_error(struct nft_importer *importer, const struct nft_lexer *lexer,
		     const char *expected);

/** nft_refused() - Report what nft or the kernel does not load, and why; always -1 */
int nft_refused(struct nft_importer *importer, uint32_t begin, uint32_t end,
		const char *why);

/** nft_suggest() - Add the nearest of @words to the error just reported */
void nft_suggest(struct nft_importer *importer, const struct nft_lexer *lexer,
		 const char *const *words);

/** nft_take_family() - "inet"; false, and *ret_family as it was, when there is none */
bool nft_take_family(struct nft_lexer *lexer, enum nft_family *ret_family);

/** nft_is_modelled() - Is it a family that is not read over? */
bool nft_is_modelled(enum nft_family family);

/** nft_read_name() - A name of at most NFT_NAME_MAX bytes; @what says of what */
int nft_read_name(struct nft_importer *importer, struct nft_lexer *lexer,
		  const char *what, struct nft_word *ret_name);

/** nft_end_statement() - Go past the newline or semicolon; true also at the end */
bool nft_end_statement(struct nft_lexer *lexer);

struct nft_table *nft_find_table(struct nft_importer *importer, enum nft_family family,
				 const struct nft_word *name);

bool nft_is_define(const struct nft_lexer *lexer);
int nft_read_define(struct nft_importer *importer, struct nft_lexer *lexer);
int nft_read_undefine(struct nft_importer *importer, struct nft_lexer *lexer);
int nft_read_include(struct nft_importer *importer, struct nft_lexer *lexer);

/** nft_is_object() - "counter", "flowtable" and other things that rules only name */
bool nft_is_object(const struct nft_lexer *lexer);

/* Behind "table", "chain", "set" and "map": the name, and the block if there is one. */
int nft_read_table(struct nft_importer *importer, struct nft_lexer *lexer);
int nft_read_chain(struct nft_importer *importer, struct nft_lexer *lexer,
		   struct nft_table *table);
int nft_read_set(struct nft_importer *importer, struct nft_lexer *lexer,
		 struct nft_table *table, bool map);

/** nft_read_hook() - "type filter hook forward priority filter + 5" */
int nft_read_hook(struct nft_importer *importer, struct nft_lexer *lexer,
		  struct nft_chain *chain);

/** nft_read_devices() - "device eth0", "devices = { eth0, eth1 }", or nothing */
int nft_read_devices(struct nft_importer *importer, struct nft_lexer *lexer,
		     struct nft_chain *chain);

/** nft_read_set_elements() - "{ … }" into a set whose type is known */
int nft_read_set_elements(struct nft_importer *importer, struct nft_lexer *lexer,
			  struct nft_set *set);

/** nft_rule_text() - The rule at the current token; goes to its end */
struct nft_rule nft_rule_text(struct nft_importer *importer, struct nft_lexer *lexer);

#endif
