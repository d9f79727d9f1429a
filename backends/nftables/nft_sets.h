/* nft_sets.h - Sets and maps: what is in them. */
#ifndef BACKENDS_NFTABLES_NFT_SETS_H
#define BACKENDS_NFTABLES_NFT_SETS_H

#include <stdbool.h>
#include <stddef.h>

#include "backends/nftables/nft_lexer.h"
#include "backends/nftables/nft_names.h"
#include "backends/nftables/nft_selector.h"
#include "backends/nftables/nft_types.h"
#include "rules/ruleset.h"

struct nft_importer;
struct nft_table;

/** struct nft_key - The types of what is looked up: more than one is a concatenation */
struct nft_key {
	enum nft_type at[NFT_MAX_FIELDS];
	unsigned count;
};

/** struct nft_part - One field of a concatenated element: numbers, or a word */
struct nft_part {
	struct range range;
	const char *word;
};

/** struct nft_tuples - The alternatives that a concatenation makes on some fields */
struct nft_tuples {
	bool ready;
	enum field fields[NFT_MAX_FIELDS];
	struct term term;
};

/**
 * struct nft_content - Elements of one key
 * @numbers:	of a key of one number
 * @words:	of a key of one interface
 * @parts:	of a concatenated key: key.count parts an element, @elements of them
 * @all:	holds "*", which is every key
 * @opaque:	holds elements that are not understood
 * @expires:	elements have a timeout
 * @made:	room for what the parts were turned into; NULL: they are asked for once
 */
struct nft_content {
	struct ranges numbers;
	struct symbols words;
	struct nft_part *parts;
	size_t part_count, part_capacity;
	bool all;
	bool opaque;
	bool expires;
	struct nft_tuples *made;
};

/**
 * struct nft_verdict - What a rule or a map's element does
 * @action:	ACTION_CONTINUE: goes on in the rule
 * @queue:	a program decides
 * @target:	name of the chain of a jump or goto
 */
struct nft_verdict {
	enum action action;
	bool queue;
	const char *target;
	size_t target_length;
	uint32_t at;
};

enum {
	NFT_SET_INTERVAL = 1,
	NFT_SET_CONSTANT = 2,
	NFT_SET_TIMEOUT = 4,
	NFT_SET_DYNAMIC = 8,
};

/** struct nft_branch - The keys of a verdict map that lead to one verdict */
struct nft_branch {
	struct nft_verdict verdict;
	struct nft_content keys;
};

/**
 * struct nft_set - A set, or a map
 * @verdicts:	a map to verdicts: elements are in @branches; else all keys in @content
 * @branch_names: the branches by the text of their verdict
 * @name:	NULL: it stands in a rule
 * @at:		where its name stands first
 * @command:	the one that made it
 * @declared:	flags that tell sets of one name apart: NFT_SET_… bits
 * @merges:	elements may overlap: "auto-merge"
 * @wide_at:	where its first range or prefix stands, + 1
 * @shrunk:	elements were deleted: those that are left have been sorted already
 * @has_rest:	"*" is in it
 * @grows:	rules or programs add to it: it may hold more than is written
 * @host:	(optional) it holds where this host name leads, whatever is written
 * @fades:	its elements expire: a resolver fills it
 * @emptied:	the text empties it: it holds what is written and nothing else
 */
struct nft_set {
	const char *name;
	size_t name_length;
	bool map;
	bool verdicts;
	struct nft_key key;
	struct nft_content content;
	struct nft_branch **branches;
	size_t branch_count, branch_capacity;
	struct nft_names branch_names;
	uint32_t at;
	uint32_t command;
	unsigned declared;
	bool merges;
	uint32_t wide_at;
	bool shrunk;
	bool has_rest;
	bool grows;
	const char *host;
	bool fades;
	bool emptied;
	bool removed;
};

/** nft_verdict_read() - "accept", "jump web", …; false when there is none */
bool nft_verdict_read(struct nft_lexer *lexer, struct nft_verdict *ret_verdict);

/** nft_number_read() - One number of a type: a literal, a constant, "syn | ack", "(…)" */
bool nft_number_read(struct nft_lexer *lexer, enum nft_type type, u128 *ret_value);

/** nft_range_read() - A number, a range or a prefix of a type */
bool nft_range_read(struct nft_lexer *lexer, enum nft_type type, struct range *ret_range);

/**
 * nft_is_impossible() - Does a number stand here that the type cannot hold, or a range
 * that ends before it begins?
 */
bool nft_is_impossible(const struct nft_lexer *lexer, enum nft_type type);

/**
 * nft_word_read() - The name of an interface, or "veth*"
 *
 * Return: false for an index, for "*" alone, and for no name at all
 */
bool nft_word_read(struct nft_lexer *lexer, struct arena *arena, const char **ret_word);

/**
 * nft_elements_read() - Add the elements in "{ … }" to a set
 *
 * An element that is not understood makes the set opaque.
 *
 * Return: false when the braces are not those of a set
 */
bool nft_elements_read(struct nft_importer *importer, struct nft_lexer *lexer,
		       struct nft_set *set);

/** nft_elements_delete() - Take the elements in "{ … }" out of a set */
bool nft_elements_delete(struct nft_importer *importer, struct nft_lexer *lexer,
			 struct nft_set *set);

/** nft_set_clear() - Forget all elements */
void nft_set_clear(struct nft_set *set);

/**
 * nft_numbers_overlap() - Do two elements meet that are not the same?
 *
 * Asked before the set is normalized; nft refuses such a set without "auto-merge".
 */
bool nft_numbers_overlap(const struct nft_content *content, struct arena *arena);

/** nft_branches_overlap() - Has a key of one field two verdicts?  nft refuses that */
bool nft_branches_overlap(const struct nft_set *set, struct arena *arena);

/**
 * nft_tuples_overlap() - The same of a concatenation, which the kernel takes
 *
 * A wide element may be added behind a narrow one in it, which then hides a part of it
 * (pipapo, Linux 6.18, tried 2026-11-21).  Also true when that takes too long to see.
 */
bool nft_tuples_overlap(const struct nft_set *set, struct arena *arena);

/** nft_set_normalize() - Sort what is in the set; before it is looked at */
void nft_set_normalize(struct nft_set *set, struct arena *arena);

#endif
