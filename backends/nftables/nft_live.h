/* nft_live.h - What of ours the kernel holds, object by object. */
#ifndef BACKENDS_NFTABLES_NFT_LIVE_H
#define BACKENDS_NFTABLES_NFT_LIVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "backends/backend_live.h"
#include "rules/addr.h"
#include "rules/base/diag.h"

/**
 * DOC: Images
 *
 * An image is our tables as the kernel sees them: sets with intervals, chains, rules as
 * lists of the kernel's expressions ("operations" here).  Whoever plans one and whoever
 * reads one from the kernel makes the same structs, so that two can be compared without
 * knowing where they are from.  What the kernel says and these structs cannot hold is an
 * *opaque* operation, or a *strange* set: equal to nothing, and an unknown in the proof.
 *
 * Our tables are the inet tables postern_forward and postern_output; no other name is
 * ever read into an image or written.
 */

/* 16 bytes: an IPv6 address or an interface name; no register of ours holds more. */
#define LIVE_DATA_MAX 16

/* Registers of our rules: everything is loaded into the first (NFT_REG_1). */
#define LIVE_REGISTER 1u

enum live_op_kind {
	LIVE_META,     /* load meta @key */
	LIVE_CT,       /* load conntrack @key */
	LIVE_PAYLOAD,  /* load @length bytes at @offset of header @key */
	LIVE_BITWISE,  /* register = (register & @data) ^ @more */
	LIVE_COMPARE,  /* break unless register @key (NFT_CMP_*) @data */
	LIVE_RANGE,    /* break unless register is (@negated: is not) in @data to @more */
	LIVE_LOOKUP,   /* break unless register is (@negated: is not) in a set */
	LIVE_VALUE,    /* load the constant @data */
	LIVE_META_SET, /* set meta @key from the register */
	LIVE_COUNTER,
	LIVE_LIMIT,   /* break above @rate in @unit seconds, with bursts of @burst */
	LIVE_LOG,     /* log with prefix @name */
	LIVE_REJECT,  /* refuse with type @key, code @offset */
	LIVE_VERDICT, /* @key (NF_ACCEPT, NFT_JUMP, …), to chain @name */
	LIVE_OPAQUE,  /* something else, called @name */
};

/**
 * struct live_op - One expression of a rule
 * @set:	LOOKUP: the anonymous set, NULL where @name is a named one's
 * @packets, @bytes: COUNTER: what was seen; never compared
 */
struct live_op {
	enum live_op_kind kind;
	uint32_t key;
	uint32_t offset;
	uint32_t length;
	bool negated;
	uint32_t burst;
	uint64_t rate, unit;
	uint64_t packets, bytes;
	uint8_t data[LIVE_DATA_MAX];
	uint8_t more[LIVE_DATA_MAX];
	const char *name;
	struct live_set *set;
};

/**
 * struct live_set - A set
 * @key_type:	nft's own number for the type of the elements; the kernel only keeps it
 * @ranges:	what it holds; network byte order read as a number
 * @elements:	how many elements that are in the kernel
 * @sentinel:	an end at 0 is among them, as nft writes it
 * @irregular:	the elements are others than we would write for these ranges
 * @strange:	(optional) something that this struct does not hold: "timeouts"
 * @host:	(optional) the name that the set follows: others fill it
 * @timeout:	milliseconds that an element lives which others add; 0: for good
 * @size:	how many elements it takes; 0: any number
 * @fading:	fetched: elements that live as long as the set says, as a resolver adds
 *		them; never compared
 * @id, @at:	the flow group and the place of a rule that uses it
 */
struct live_set {
	const char *name;
	uint32_t key_type;
	uint32_t key_length;
	bool intervals;
	bool anonymous;
	struct ranges ranges;
	size_t elements;
	bool sentinel;
	bool irregular;
	const char *strange;
	const char *host;
	uint64_t timeout;
	uint32_t size;
	size_t fading;
	const char *id;
	struct span at;
};

/**
 * struct live_rule - A rule
 * @comment:	or NULL
 * @raw, @raw_length: fetched: the expressions as the kernel sent them
 */
struct live_rule {
	struct live_op *ops;
	size_t count, capacity;
	const char *comment;
	const char *id; /* the flow group of a rule of ours, or NULL */
	uint64_t handle;
	struct span at;
	const void *raw;
	size_t raw_length;
};

/** struct live_chain - A chain; @hook NULL: it has none */
struct live_chain {
	const char *name;
	const char *hook;
	const char *type;
	uint32_t hook_number;
	int32_t priority;
	bool drops; /* policy drop */
	struct live_rule *rules;
	size_t count, capacity;
};

/**
 * struct live_table - A table of family inet
 * @flags:	dormant and the like; ours have none
 * @strangers:	objects of kinds that we never make: "counter 'x'"
 */
struct live_table {
	const char *name;
	uint32_t flags;
	struct live_set *sets;
	size_t set_count, set_capacity;
	struct live_chain *chains;
	size_t chain_count, chain_capacity;
	struct live_stranger {
		const char *what;
		const char *name;
		uint32_t type;
		bool flowtable;
	} * strangers;
	size_t stranger_count, stranger_capacity;
};

/** struct live_image - All our tables, by name; @generation: when it was fetched */
struct live_image {
	struct live_table *tables;
	size_t count, capacity;
	uint32_t generation;
};

/** nft_live_is_ours() - Is the inet table of that name ours? */
bool nft_live_is_ours(const char *table);

struct live_table *nft_live_find_table(const struct live_image *image, const char *name);
struct live_set *nft_live_find_set(const struct live_table *table, const char *name);
struct live_chain *nft_live_find_chain(const struct live_table *table, const char *name);

bool nft_live_rule_equal(const struct live_rule *a, const struct live_rule *b);

/** nft_live_host() - The name that a set of this comment follows, or NULL */
const char *nft_live_host(const char *comment);

/** nft_live_set_bits() - Bits of an element of the set */
static inline unsigned nft_live_set_bits(const struct live_set *set)
{
	return 8 * set->key_length;
}

/** nft_live_set_sentinel() - Would we write an end at 0 into the set?  So that the number
 * of elements is odd wherever it can be: the kernel says half of it (nft_live_elements.c)
 */
bool nft_live_set_sentinel(const struct live_set *set);

/** nft_live_set_elements() - How many elements we would write for the set's ranges */
size_t nft_live_set_elements(const struct live_set *set, bool sentinel);

/* The parts of struct backend_live that need no kernel. */
int nft_live_plan(const struct ruleset *rules, struct arena *arena,
		  struct live_image *image, struct diag *diag);
void nft_live_rules(const struct live_image *image, struct arena *arena,
		    struct ruleset **ret_rules);
void nft_live_followed(const struct live_image *image, struct arena *arena,
		       struct live_followed_sets *ret_sets);
void nft_live_fill(const struct live_image *image, const struct textmap *answers,
		   const struct live_image *kept, struct strbuf *text);
void nft_live_compare(const struct live_image *from, const struct live_image *to,
		      struct arena *arena, struct live_changes *ret_changes);

#endif
