/* ruleset.h - Rules: what is matched, what is done, in which order. */
#ifndef RULES_RULESET_H
#define RULES_RULESET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "rules/addr.h"
#include "rules/base/diag.h"
#include "rules/field.h"
#include "rules/interval.h"
#include "rules/name.h"

/**
 * DOC: Rule sets
 *
 * A rule set is what every importer makes and every emitter takes.  It is plain data
 * in an arena, immutable once made.
 *
 *	struct ruleset
 *	  paths		ways a packet takes (nftables: a hook): stages in order
 *	    stages	base chains that all must let it pass, each with its default
 *	  chains	ordered rules, which may jump to other chains
 *	    rules	match, action, where it came from
 *	      terms	all must hold; a term is one axis in a set, a choice, or an
 *unknown
 *
 * What a target can test and this model cannot (a rate, a user, the time) is an
 * *unknown*: a term with a name.  Two terms of one name are the same truth value, so
 * the name must hold everything that makes two tests the same test.
 */
struct arena;

/** struct symbols - Words of a SYMBOLS axis; "veth*" stands for every word so begun */
struct symbols {
	const char **at;
	size_t count;
	size_t capacity;
};

enum term_kind {
	TERM_ADDRS,   /* @field is in @addrs */
	TERM_NUMBERS, /* @field is in @numbers */
	TERM_SYMBOLS, /* @field is one of @symbols */
	TERM_NAMES,   /* @field, a name, is taken by one of @names; no name never is */
	TERM_CHOICE,  /* one of @choices holds: a concatenated set, an alternative */
	TERM_UNKNOWN, /* the unknown called @unknown is true */
};

/**
 * struct match - Terms that must all hold; none at all matches everything
 */
struct match {
	struct term *terms;
	size_t count;
	size_t capacity;
};

/**
 * struct term - One condition
 * @negated:	the condition must not hold.  This is the plain complement: a term "to is
 *		not in {10.0.0.0/8}" holds for every IPv6 packet too, so an importer of
 *		"ip daddr != 10.0.0.0/8" writes the complement within IPv4 itself.
 * @tag:	(optional) the service tag that the address set is, as its file spells it
 * @host:	(optional) the host name that leads to the address set
 * @label:	(optional) a name for the set, of [a-z0-9_.-]: an emitter may make a named
 *		set of it, equal labels meaning equal sets
 */
struct term {
	enum term_kind kind;
	enum field field;
	bool negated;
	const char *label;
	const char *tag;
	const char *host;
	union {
		struct addr_set addrs;
		struct ranges numbers;
		struct symbols symbols;
		struct name_patterns names;
		struct {
			struct match *at;
			size_t count;
			size_t capacity;
		} choices;
		const char *unknown;
	};
};

enum action {
	ACTION_CONTINUE,  /* go on with the next rule (after setting a mark) */
	ACTION_ADMIT,	  /* this stage lets the packet pass */
	ACTION_REFUSE,	  /* final: dropped or answered with a refusal */
	ACTION_UNDECIDED, /* final for this stage: left to whatever comes after the rule
			     set */
	ACTION_JUMP,	  /* to @target; its end or return comes back behind this rule */
	ACTION_GOTO,	  /* to @target; its end or return ends this chain */
	ACTION_RETURN,	  /* ends this chain */
};

/**
 * struct rule - One rule
 * @id:		which flow's it is: what the comment carries ("postern:" stripped), or
 *NULL
 * @name:	how people know it: comment, rule name, or NULL
 * @handle:	the kernel's handle, 0 when there is none
 * @target:	ACTION_JUMP, ACTION_GOTO: index into the rule set's chains
 * @at:		its bytes in the source it was read from
 * @marks:	sets the packet's mark to @mark before @action
 * @logs:	writes a log line; never part of what is compared
 * @alters:	what it does to a packet and the model does not follow ("destination
 *NAT"): behind this rule the packet may be another one; NULL for nothing
 * @blurs:	sets a mark that is not known
 */
struct rule {
	const char *id;
	const char *name;
	uint64_t handle;
	struct match match;
	size_t target;
	struct span at;
	enum action action;
	uint32_t mark;
	bool marks;
	bool logs;
	const char *alters;
	bool blurs;
};

/** struct chain - Rules in order; what happens at the end says who came here */
struct chain {
	const char *name;
	struct span at;
	struct rule *rules;
	size_t count;
	size_t capacity;
};

/**
 * struct stage - One base chain on a path
 * @label:	how people know it: "inet postern forward"
 * @holder:	what holds these rules where they act (a network security group), by the
 *		name that the text gives it; NULL: there is none, or the name is not known
 * @chain:	index into the rule set's chains
 * @guard:	the packets that come here at all (an "ip" table sees IPv4 only); others
 *		pass it by
 * @end:	ACTION_ADMIT, ACTION_REFUSE or ACTION_UNDECIDED at the end of the chain
 * @priority:	order on the path, smaller first; ties keep the order of the array
 */
struct stage {
	const char *label;
	const char *holder;
	size_t chain;
	struct match guard;
	enum action end;
	int priority;
};

enum compose {
	COMPOSE_ALL,   /* every stage must let the packet pass; a refusal is final */
	COMPOSE_FIRST, /* the first stage that decides decides */
};

/**
 * struct path - One way through the rule set
 * @name:	"forward", "output", "outbound"
 * @universe:	the packets that can be on it (no input interface on hook output)
 */
struct path {
	const char *name;
	enum compose compose;
	struct match universe;
	struct stage *stages;
	size_t count;
	size_t capacity;
};

/**
 * struct ruleset - The whole
 * @assumptions: what a reader must believe for the model to hold, one sentence each:
 *		"destination NAT runs before these rules (nat.nft:12)"
 */
struct ruleset {
	struct chain *chains;
	size_t chain_count, chain_capacity;
	struct path *paths;
	size_t path_count, path_capacity;
	const char **assumptions;
	size_t assumption_count, assumption_capacity;
};

struct ruleset *ruleset_new(struct arena *arena);

/** ruleset_add_chain() - Append an empty chain; returns its index (names may repeat) */
size_t ruleset_add_chain(struct ruleset *rules, const char *name, struct arena *arena);

/** ruleset_add_path() - The path called @name, made when it is not there yet */
struct path *ruleset_add_path(struct ruleset *rules, const char *name,
			      struct arena *arena);
struct path *ruleset_find_path(const struct ruleset *rules, const char *name);

/** ruleset_assume() - Add an assumption unless it is there already */
void ruleset_assume(struct ruleset *rules, const char *assumption, struct arena *arena);

/** chain_reserve() - Make room for @count rules in all, where that is known beforehand */
void chain_reserve(struct chain *chain, size_t count, struct arena *arena);

/** chain_add_rule() - Append a rule; the pointer is good until the next one */
struct rule *chain_add_rule(struct chain *chain, struct arena *arena);

/** match_add() - Append a term of @kind; the pointer is good until the next one */
struct term *match_add(struct match *match, enum term_kind kind, struct arena *arena);

/* Shorthands for the terms that every importer makes.  They copy nothing: sets and
 * texts must live in the arena of the rule set. */
void match_addrs(struct match *match, enum field field, const struct addr_set *addrs,
		 struct arena *arena);
void match_numbers(struct match *match, enum field field, const struct ranges *numbers,
		   struct arena *arena);
void match_number(struct match *match, enum field field, u128 first, u128 last,
		  struct arena *arena);
void match_symbol(struct match *match, enum field field, const char *symbol, bool negated,
		  struct arena *arena);
void match_name(struct match *match, struct name_pattern pattern, bool negated,
		struct arena *arena);
void match_unknown(struct match *match, const char *unknown, bool negated,
		   struct arena *arena);

/**
 * match_tag() - The address is one of a service tag's
 * @addrs:	NULL: nobody knows which those are: an unknown, the same for the same tag
 */
void match_tag(struct match *match, enum field field, const char *tag,
	       const struct addr_set *addrs, struct arena *arena);

/**
 * match_resolved() - The address is one of those that a host name leads to
 * @addrs:	NULL: nobody knows which those are: an unknown, the same for the same name
 */
void match_resolved(struct match *match, enum field field, const char *name,
		    const struct addr_set *addrs, struct arena *arena);

/**
 * match_filled() - The address is one that a resolver gave out for a host name, or for
 * one below it: an unknown, and another one than where the name leads, for nobody checks
 * it
 */
void match_filled(struct match *match, enum field field, const char *name,
		  struct arena *arena);

/** match_family() - Only packets of @family */
void match_family(struct match *match, enum family family, struct arena *arena);

/** ruleset_count_rules() - Rules of all chains */
size_t ruleset_count_rules(const struct ruleset *rules);

#endif
