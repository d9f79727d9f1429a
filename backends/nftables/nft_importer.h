/* nft_importer.h - What the files of the importer share. */
#ifndef BACKENDS_NFTABLES_NFT_IMPORTER_H
#define BACKENDS_NFTABLES_NFT_IMPORTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "backends/nftables/nft_lexer.h"
#include "backends/nftables/nft_names.h"
#include "backends/nftables/nft_sets.h"
#include "backends/nftables/nft_types.h"
#include "rules/base/diag.h"
#include "rules/ruleset.h"

/**
 * DOC: Two passes
 *
 * The first pass (nft_commands.c) carries the commands out, one by one, as nft does:
 * tables, chains and sets come and go, and a rule is kept as the bytes it stands in.
 * The second pass (nft_rules.c) reads those rules when every set, map and chain is
 * known, so that order in the text matters only where it matters to nft.  nft_import.c
 * joins the passes and makes paths of base chains.
 *
 * What nft does and the model cannot say becomes an unknown called by its text.  The
 * same test is the same unknown; where two evaluations may differ (a rate, a random
 * number, a mark set from elsewhere) the name holds the place as well.
 */
struct arena;
struct diag;

/* NFT_NAME_MAXLEN of the kernel (nf_tables.h): longer names do not load. */
#define NFT_NAME_MAX 255

/* Braces in braces: nft's own grammar needs three, definitions of definitions more. */
#define NFT_MAX_NESTING 16

/* All masks of a text together: 32 MiB of ranges.  A large calico table makes a tenth. */
#define NFT_MAX_ALL_MASK_RANGES (1024 * 1024)

/* Commands that name a place among rules, or take elements out of a set, cost a walk
 * each. No file is known to hold more than a few; this many steps are some seconds. */
#define NFT_MAX_MOVES (UINT64_C(1) << 30)

/* Ranges that one mask may make; a mask that needs more is no address mask that people
 * write, and becomes an unknown. */
#define NFT_MAX_MASK_RANGES 4096

/* What every input is bounded at (design: 64 MiB); spans have 32 bits. */
#define NFT_MAX_BYTES (64u * 1024 * 1024)

enum nft_family {
	NFT_FAMILY_IP,
	NFT_FAMILY_IP6,
	NFT_FAMILY_INET,
	NFT_FAMILY_ARP,
	NFT_FAMILY_BRIDGE,
	NFT_FAMILY_NETDEV,
};

/** struct nft_rule - A rule as text: bytes of the source, read in the second pass */
struct nft_rule {
	uint32_t begin, end;
	uint32_t clock;	  /* the definitions that it sees */
	uint32_t command; /* of the text, from 1: later ones made what it cannot name */
	uint64_t handle;
};

/**
 * struct nft_chain - A chain; @hook is NULL for one that is only jumped to
 * @label:	"inet filter forward"
 * @command:	the one that made it
 * @registered:	which base chain of the text it is, from 1, in order of registration
 * @index:	its chain of the rule set, once there is one
 */
struct nft_chain {
	const char *name, *label;
	struct span at;
	struct nft_table *table;
	uint32_t command;
	const char *hook;
	bool nat, route;
	bool drop;	 /* policy */
	uint32_t policy; /* where it is said, + 1 */
	int priority;
	size_t registered;
	struct symbols devices;
	struct nft_rule *rules;
	size_t count, capacity;
	struct nft_rule *front; /* inserted: the last one comes first */
	size_t front_count, front_capacity;
	size_t index;
	bool removed;
};

struct nft_table {
	enum nft_family family;
	const char *name, *label;
	struct span at;
	bool dormant;
	bool removed;
	struct nft_names chain_names, set_names;
	struct nft_chain **chains;
	size_t chain_count, chain_capacity;
};

/** enum nft_note - What a reader of the result must believe: see nft_notes.def */
enum nft_note {
#define NOTE(id, text) NFT_NOTE_##id,
#include "backends/nftables/nft_notes.def"
#undef NOTE
	NFT_NOTE_COUNT,
};

/** struct nft_taint - Rules of @chain from @rule on see a mark that is not known */
struct nft_taint {
	size_t chain, rule;
};

/**
 * struct nft_importer - One import
 * @changed:	last words of selectors that some rule sets: their tests move
 * @filled:	names of sets that some rule adds to
 * @all_filled:	a rule adds to a set by the old "set add … @name", or to that of a
 * variable
 * @drained, @all_drained: the same of rules that take elements out
 * @set_uses:	sets of the whole text by name: a name used twice is no label
 * @line_ends:	offsets of the newlines, for line numbers
 * @notes:	how often, and where first
 */
struct nft_importer {
	const char *text;
	uint32_t length;
	uint32_t source;
	struct arena *arena;
	struct diag *diag;
	struct ruleset *rules;
	struct nft_defines defines;
	struct nft_names table_names;
	struct nft_table **tables;
	size_t table_count, table_capacity;
	size_t registered; /* base chains so far */
	uint32_t command;  /* the one that is carried out */
	struct nft_names changed;
	struct nft_names filled;
	bool all_filled;
	struct nft_names drained;
	bool all_drained;
	struct nft_names set_uses;
	uint32_t *line_ends;
	size_t line_count, line_capacity;
	struct {
		size_t count;
		uint32_t line;
	} notes[NFT_NOTE_COUNT];
	struct match scratch; /* room for the conditions of the rule that is read */
	size_t mask_ranges;   /* made for masks so far */
	uint64_t moved;	      /* rules and elements that commands went past */
	struct nft_taint *taints;
	size_t taint_count, taint_capacity;
};

/** nft_span() - Bytes of the source */
struct span nft_span(const struct nft_importer *importer, uint32_t begin, uint32_t end);

/** nft_line() - The line of a byte, from 1 */
uint32_t nft_line(const struct nft_importer *importer, uint32_t at);

/** nft_note() - An assumption, made at this byte */
void nft_note(struct nft_importer *importer, enum nft_note note, uint32_t at);

/** nft_find_chain() - A chain of the table by name; NULL when there is none */
struct nft_chain *nft_find_chain(const struct nft_table *table, const char *name,
				 size_t length);

/** nft_find_set() - A set or map of the table by name; NULL when there is none */
struct nft_set *nft_find_set(const struct nft_table *table, const char *name,
			     size_t length);

/** nft_grows() - May a set of a table hold more than the text says? */
bool nft_grows(const struct nft_importer *importer, const struct nft_set *set);

/** nft_shrinks() - Do rules take elements out of a set of a table? */
bool nft_shrinks(const struct nft_importer *importer, const struct nft_set *set);

/** nft_reach() - Mark the chains that packets reach from the marked ones */
void nft_reach(const struct ruleset *rules, bool *reached, struct arena *arena);

/** nft_copy_chain() - A second chain with the rules of chain @index, called "... (what)"
 */
size_t nft_copy_chain(struct nft_importer *importer, size_t index, const char *what);

/** nft_separate_early() - In front of connection tracking, states become unknowns */
void nft_separate_early(struct nft_importer *importer);

/** nft_commands() - First pass: carry out the commands; -1 with an error in the sink */
int nft_commands(struct nft_importer *importer);

/** nft_read_rule() - Second pass: one rule, into the rule set's chain of @chain */
int nft_read_rule(struct nft_importer *importer, struct nft_chain *chain,
		  const struct nft_rule *rule);

/**
 * nft_taint() - A mark that is not known is set
 * @chain:	index of the chain; rules that come to it from now on see that mark
 */
void nft_taint(struct nft_importer *importer, size_t chain);

/** nft_spread_taints() - Tests of marks that are not known become unknowns */
void nft_spread_taints(struct nft_importer *importer);

#endif
