/* nft_lexer.h - The tokens of nftables' text. */
#ifndef BACKENDS_NFTABLES_NFT_LEXER_H
#define BACKENDS_NFTABLES_NFT_LEXER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "backends/nftables/nft_names.h"
#include "rules/base/diag.h"
#include "rules/interval.h"

/**
 * DOC: Tokens
 *
 * A token is a kind and the bytes it stands in; numbers and addresses carry their value,
 * so that a set of 100 000 prefixes is read once and copied never.  "$name" is replaced
 * here: the lexer goes on in the text of the definition and comes back behind its end.
 * A definition sees only what was defined before it, as in nft, so there are no circles.
 *
 * The classes of characters are those of nft's scanner (nft.8 "LEXICAL CONVENTIONS" and
 * the behaviour of nft 1.0.6, seen 2026-11-21): a word may hold "/", "-" and "." behind
 * its first letter.
 */

/* nft stops at 16 nested includes (nft.8, "INCLUDE FILES") and gives no bound for
 * definitions; no file of the corpus nests more than 3. */
#define NFT_MAX_DEFINE_DEPTH 16

/* A definition that uses another twice doubles with each step.  16 million tokens from
 * definitions are a second of reading, and 100 times the largest known use. */
#define NFT_MAX_EXPANDED_TOKENS (16u * 1024 * 1024)

enum nft_token_kind {
	NFT_END,
	NFT_NEWLINE,
	NFT_SEMICOLON,
	NFT_WORD,    /* a bare word; may end in "*" */
	NFT_STRING,  /* "quoted"; begin and end are inside the quotes */
	NFT_NUMBER,  /* @value */
	NFT_IPV4,    /* @value */
	NFT_IPV6,    /* @value */
	NFT_OPEN,    /* { */
	NFT_CLOSE,   /* } */
	NFT_PAREN,   /* ( */
	NFT_UNPAREN, /* ) */
	NFT_COMMA,
	NFT_COLON,
	NFT_DOT,
	NFT_SLASH,
	NFT_DASH,
	NFT_PLUS,
	NFT_STAR,
	NFT_AT,
	NFT_ASSIGN,
	NFT_EQ,
	NFT_NE,
	NFT_LT,
	NFT_GT,
	NFT_LE,
	NFT_GE,
	NFT_NOT,
	NFT_AND,
	NFT_OR,
	NFT_XOR,
	NFT_SHIFT_LEFT,
	NFT_SHIFT_RIGHT,
	NFT_UNDEFINED, /* $name without a definition, or too deep */
	NFT_BAD,       /* no token of nft */
};

/** struct nft_token - @begin and @end are bytes of the source */
struct nft_token {
	enum nft_token_kind kind;
	uint32_t begin;
	uint32_t end;
	u128 value;
};

/**
 * struct nft_define - The meaning of a "$name": bytes of the source
 * @born, @died: when it came and went on the clock of struct nft_defines; 0: lives
 * @outer:	what the name means when this is gone: that of the block around
 * @order:	its place among the living
 */
struct nft_define {
	uint32_t begin, end;
	uint32_t born, died;
	struct nft_define *outer;
	size_t order;
};

/**
 * struct nft_defines - All definitions of a text
 * @names:	to every meaning that a name had, in order of birth
 * @at:		the living ones, by block; @scope of them are of blocks around
 * @clock:	ticks with every change: a rule is read later, and sees those of its time
 * @expanded:	tokens read from definitions so far
 */
struct nft_defines {
	struct nft_names names;
	struct nft_define **at;
	size_t count, capacity;
	size_t scope;
	uint32_t clock;
	uint32_t expanded;
};

/** nft_is_defined() - Has the name a definition now? */
bool nft_is_defined(const struct nft_defines *defines, const char *name, size_t length);

void nft_define(struct nft_defines *defines, const char *name, size_t length,
		uint32_t begin, uint32_t end, struct arena *arena);
void nft_undefine(struct nft_defines *defines, const char *name, size_t length);

/** nft_defines_enter() - A block begins; returns what nft_defines_leave() takes */
size_t nft_defines_enter(struct nft_defines *defines);

/** nft_defines_leave() - A block ends, and what it defined */
void nft_defines_leave(struct nft_defines *defines, size_t scope);

/**
 * struct nft_lexer - A place in the text, and the token there
 * @now:	the current token
 * @behind:	end of the token before it, in the text itself
 * @solid:	end of the last statement that was skipped, blanks and comments left out
 * @count:	tokens read: two copies with equal counts are at the same place
 * @handle:	the number of the last "# handle N" seen; callers set it to 0
 */
struct nft_lexer {
	const char *text;
	struct nft_defines *defines;
	struct {
		uint32_t at, end;
		uint32_t clock;
	} frame[NFT_MAX_DEFINE_DEPTH + 1];
	unsigned depth;
	struct nft_token now;
	uint32_t behind;
	uint32_t solid;
	uint64_t count;
	uint64_t handle;
};

/**
 * nft_lexer_init() - Begin at @begin; the first token is read
 * @clock:	which definitions are seen: those alive at this time
 */
void nft_lexer_init(struct nft_lexer *lexer, const char *text, uint32_t begin,
		    uint32_t end, struct nft_defines *defines, uint32_t clock);

/** nft_next() - Go to the next token */
void nft_next(struct nft_lexer *lexer);

/** nft_is_word() - Is the current token this bare word? */
bool nft_is_word(const struct nft_lexer *lexer, const char *word);

/** nft_take_word() - Go past this bare word if it is there */
bool nft_take_word(struct nft_lexer *lexer, const char *word);

/** nft_take() - Go past a token of this kind if it is there */
bool nft_take(struct nft_lexer *lexer, enum nft_token_kind kind);

/** nft_is_name() - A bare or quoted word */
bool nft_is_name(const struct nft_lexer *lexer);

/** nft_at_end() - At a newline, a semicolon, a closing brace or the end of the text */
bool nft_at_end(const struct nft_lexer *lexer);

/** nft_skip_newlines() - Go past newlines, as inside the braces of a set */
void nft_skip_newlines(struct nft_lexer *lexer);

/**
 * nft_skip_statement() - Go to the end of the command or rule: the newline, semicolon or
 * closing brace that belongs to no brace opened on the way
 *
 * Reads bytes, not tokens, and follows no definitions: for text that is read later.
 */
void nft_skip_statement(struct nft_lexer *lexer);

/** nft_skip_block() - At "{": go behind the brace that closes it; false when none does */
bool nft_skip_block(struct nft_lexer *lexer);

#endif
