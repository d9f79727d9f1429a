/* nft_rules.h - Reading one rule: the state that statements and matches share. */
#ifndef BACKENDS_NFTABLES_NFT_RULES_H
#define BACKENDS_NFTABLES_NFT_RULES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "backends/nftables/nft_importer.h"

/**
 * struct nft_reader - A rule as far as it is read
 * @chain:	chain of the rule set that rules go to: that of the text's chain, or one
 *		that was made because a mark was set in the middle of a rule
 * @origin:	that of the text's chain
 * @command:	the one of the text that made the rule: what later ones make is not there
 * @split:	@chain was made so
 * @match:	the conditions so far
 * @family:	enum family that the conditions ask for, or -1
 * @protocol:	protocol that they ask for, or -1
 * @has_ports:	they leave only protocols with ports
 * @header, @transport: enum family and protocol that nft itself takes the packet for, or
 *		-1; @several: it knows only that the protocol is one of a list.  A header
 *of another one conflicts with that: nft does not load the rule
 * @marks, @mark: the mark set since the last rule was made
 * @done:	a verdict was read: nothing behind it is reached
 */
struct nft_reader {
	struct nft_importer *importer;
	struct nft_table *table;
	struct nft_lexer lexer;
	uint32_t command;
	size_t chain, origin;
	bool split;
	struct match match;
	int family;
	int protocol;
	bool has_ports;
	int header;
	int transport;
	bool several;
	bool marks;
	uint32_t mark;
	bool logs;
	bool done;
};

/** nft_text() - What stands between two places, in single blanks; cut with its place */
const char *nft_text(struct nft_reader *reader, const struct nft_lexer *from,
		     const struct nft_lexer *to);

/** nft_text_here() - The same with the line and column, for tests that move */
const char *nft_text_here(struct nft_reader *reader, const struct nft_lexer *from,
			  const struct nft_lexer *to);

/**
 * nft_match_read() - Read a match and add it to the conditions
 *
 * A verdict map adds rules instead.
 *
 * Return: false when it is not understood
 */
bool nft_match_read(struct nft_reader *reader);

/** nft_read_statement() - One statement or match; false when it is not understood */
bool nft_read_statement(struct nft_reader *reader);

/** nft_imply() - Add what a selector asks of a packet before it can be looked at; reports
 * what conflicts with it */
void nft_imply(struct nft_reader *reader, const struct nft_selector *selector);

/** nft_imply_family(), nft_imply_protocol() - Ask for it unless it is asked for */
void nft_imply_family(struct nft_reader *reader, enum family family);
void nft_imply_protocol(struct nft_reader *reader, unsigned protocol);

/**
 * nft_add_altered() - A rule of its own says what happens to the packets that got so far
 * @alters:	what the model does not follow, or NULL: a mark that is not known
 */
void nft_add_altered(struct nft_reader *reader, const char *alters);

/**
 * nft_add_rule() - Make a rule of the conditions so far, and of one more term
 * @extra:	NULL for none
 *
 * Return: the rule, good until the next one; NULL when @verdict cannot be said here
 */
struct rule *nft_add_rule(struct nft_reader *reader, const struct term *extra,
			  const struct nft_verdict *verdict);

/** nft_split() - Before a match: what was marked so far stays marked if it fails */
void nft_split(struct nft_reader *reader);

#endif
