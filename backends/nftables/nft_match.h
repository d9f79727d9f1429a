/* nft_match.h - A match that is being read, and the terms that it becomes. */
#ifndef BACKENDS_NFTABLES_NFT_MATCH_H
#define BACKENDS_NFTABLES_NFT_MATCH_H

#include "backends/nftables/nft_rules.h"

enum nft_operator {
	NFT_OP_IMPLICIT,
	NFT_OP_EQ,
	NFT_OP_NE,
	NFT_OP_LT,
	NFT_OP_GT,
	NFT_OP_LE,
	NFT_OP_GE,
	NFT_OP_NOT
};

/**
 * struct nft_test - One match
 * @mask:	of "& mask"; all ones without it
 * @begin:	where it stands
 * @branch:	of a verdict map, from 1: what is not known of two branches differs
 */
struct nft_test {
	struct nft_selector at[NFT_MAX_FIELDS];
	unsigned count;
	bool masked;
	u128 mask;
	enum nft_operator op;
	struct nft_lexer begin;
	size_t branch;
	bool opaque; /* a part of it is not modelled */
	bool moves;
};

/* nft_terms.c */

/** nft_one_range() - One range, without room for more: large rule sets have many */
struct ranges nft_one_range(u128 first, u128 last, struct arena *arena);

/** nft_number_term() - The packets for which a selector's value is in @numbers */
struct term nft_number_term(const struct nft_selector *selector,
			    const struct ranges *numbers, struct arena *arena);

struct match *nft_add_choice(struct term *term, struct arena *arena);
void nft_add_term(struct match *match, struct term term, struct arena *arena);
struct term nft_unknown_term(const char *name);

/** nft_never() - A condition that no packet meets */
struct term nft_never(void);

/** nft_has_ports() - Does the header of a protocol begin with two ports? */
bool nft_has_ports(unsigned protocol);

/** nft_name_of() - The name of what cannot be said about a match, apart from what is
 * listed */
const char *nft_name_of(struct nft_reader *reader, const struct nft_test *test);

/** nft_port_protocols() - Protocols whose headers begin with two ports */
struct ranges nft_port_protocols(struct arena *arena);

/** nft_add_tuples() - The elements of a concatenation, as alternatives of @choice */
void nft_add_tuples(const struct nft_test *test, const struct nft_content *content,
		    struct term *choice, struct arena *arena);

/* nft_match.c */

/** nft_or_unknown() - @term, or what an unknown adds to it */
struct term nft_or_unknown(struct term term, const char *unknown, struct arena *arena);

/** nft_opposite() - What @term is not, within what the match implies */
struct term nft_opposite(const struct nft_test *test, struct term term,
			 struct arena *arena);

/** nft_uses_any_transport() - "th", where it is not known that the packet has ports */
bool nft_uses_any_transport(const struct nft_reader *reader, const struct nft_test *test);

/** nft_any_transport() - @term of packets with ports, an unknown of others */
struct term nft_any_transport(struct nft_reader *reader, const struct nft_test *test,
			      struct term term);

/** nft_content_term() - The packets whose key is in @content; false: it cannot be said */
bool nft_content_term(struct nft_reader *reader, const struct nft_test *test,
		      const struct nft_content *content, struct term *ret_term);

/** nft_match_read_set() - "@set" or "{ … }" with the key of @test; NULL: it is none */
struct nft_set *nft_match_read_set(struct nft_reader *reader, const struct nft_test *test,
				   bool verdicts);

/** nft_all_keys() - The keys of a map, whatever they lead to */
struct nft_content nft_all_keys(const struct nft_set *set, struct arena *arena);

/* nft_verdict_map.c */

/**
 * nft_verdict_map() - Behind "vmap": make the rules of the map
 *
 * Return: false when it is not understood
 */
bool nft_verdict_map(struct nft_reader *reader, const struct nft_test *test);

#endif
