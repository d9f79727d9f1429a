/* nft_spell.h - Spelling conditions as nft writes them; of nft_emit.c only. */
#ifndef BACKENDS_NFTABLES_NFT_SPELL_H
#define BACKENDS_NFTABLES_NFT_SPELL_H

#include "rules/ruleset.h"

struct strbuf;

/**
 * struct nft_set - A named set: the addresses of one family of a labelled term
 * @host:	(optional) whose addresses others fill in; then @elements is NULL
 */
struct nft_set {
	const char *label;
	enum family family;
	const struct ranges *elements;
	const char *host;
};

/** nft_put_set_name() - "e_contoso_4" */
void nft_put_set_name(struct strbuf *out, const struct nft_set *set);

/** nft_is_followed() - Is the term a look-up in a set that follows a host name? */
bool nft_is_followed(const struct term *term);

/** nft_needs_family() - Does a term tell the families apart? */
bool nft_needs_family(const struct term *const *terms, size_t count);

/** nft_has_family() - Can all terms hold for packets of @family? */
bool nft_has_family(const struct term *const *terms, size_t count, enum family family);

/** nft_tells_tcp() - Do the terms hold for TCP alone, or never for TCP? */
void nft_tells_tcp(const struct term *const *terms, size_t count, bool *ret_only,
		   bool *ret_never);

/**
 * nft_put_terms() - Write the conditions of one line, each with a blank behind it
 * @family:	the family that the line is for, NULL for both
 *
 * Return: NULL, or what nft has no words for
 */
const char *nft_put_terms(struct strbuf *out, const struct term *const *terms,
			  size_t count, const enum family *family);

#endif
