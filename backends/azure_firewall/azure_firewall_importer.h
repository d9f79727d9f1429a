/* azure_firewall_importer.h - What the files of the importer share. */
#ifndef BACKENDS_AZURE_FIREWALL_IMPORTER_H
#define BACKENDS_AZURE_FIREWALL_IMPORTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "backends/azure_template.h"
#include "backends/backend.h"
#include "rules/base/textmap.h"

/**
 * DOC: How a firewall decides
 *
 * Three passes over all rules: DNAT, network rules, application rules.  Within a pass the
 * parent policy's groups come first, whatever their priority, then groups by priority and
 * their collections by priority; the first rule that takes a packet ends the matter.
 * Application rules are asked about HTTP, HTTPS and MSSQL alone, and behind everything
 * what was not allowed is refused (learn.microsoft.com/azure/firewall/rule-processing,
 * read 2026-08-20).
 *
 * The first step (azure_firewall_import_collect.c) finds policies, groups and
 * collections in all files, the second (azure_firewall_import_order.c) puts the
 * collections into order, the third (azure_firewall_import_rules.c) reads their rules
 * into chains.
 *
 * Where the order itself is not known (a priority that is an expression) a collection
 * stands twice: at the first place that it can have, under an unknown of its own, and at
 * the last.  For each packet one of the two is what happens: whatever the true place is,
 * either the collection decides the packet or what stands around it does.
 */

/* Parents of parents: Azure takes one (learn.microsoft.com/azure/firewall/
 * manage-firewall-policy, read 2026-08-20); more are read, circles are not followed. */
#define FIREWALL_MAX_PARENTS 8

enum firewall_pass {
	FIREWALL_PASS_BY_RULE, /* of a collection: its rules are of several, or unknown */
	FIREWALL_PASS_NETWORK,
	FIREWALL_PASS_APPLICATION,
	FIREWALL_PASS_NAT,
};

enum firewall_action {
	FIREWALL_ALLOW,
	FIREWALL_DENY,
	FIREWALL_ACTION_UNKNOWN,
};

/** struct firewall_priority - @known or not; not known ones have a place all the same */
struct firewall_priority {
	bool known;
	uint32_t value;
};

/**
 * struct firewall_collection - Rules that share action and priority
 * @label:	"GROUP/COLLECTION", for people and in the names of unknowns
 * @name:	its own name
 * @action_text: with FIREWALL_ACTION_UNKNOWN: what is not known
 * @rules:	a list, one rule, what is not known, or NULL for none
 * @dynamic:	Terraform makes more rules of it when it runs
 * @perhaps:	what must hold for it to be there at all, or NULL
 * @depth:	0: of the policy itself, 1: of its parent, …
 * @group:	number of the rule collection group
 * @sequence:	its place in the texts
 */
struct firewall_collection {
	const char *label;
	const char *name;
	enum firewall_pass pass;
	enum firewall_action action;
	const char *action_text;
	const struct doc *rules;
	bool dynamic;
	const char *perhaps;
	struct span at;
	unsigned depth;
	struct firewall_priority group_priority, priority;
	size_t group, sequence;
};

/**
 * struct firewall_policy - A policy, or the rules of a classic firewall
 * @name:	as it is written first
 * @in_first:	the first file speaks of it
 * @described:	its own resource is there
 * @is_base:	another policy's parent
 * @base:	name of its parent, in lower case, or NULL
 */
struct firewall_policy {
	const char *name;
	bool in_first;
	bool described;
	bool is_base;
	bool classic;
	const char *base;
	struct span at;
	struct firewall_collection **collections;
	size_t count, capacity;
	bool asks_names;    /* a network rule names hosts */
	bool asks_requests; /* there is an application rule */
};

/**
 * struct firewall_addresses - An IP group
 * @id:	its full id, where the text is Azure's own; NULL: only its name is known
 */
struct firewall_addresses {
	const char *id;
	struct addr_set known;
	const struct doc **unknown;
	size_t unknown_count, unknown_capacity;
};

/** struct firewall_group_name - The last rule collection group of a name */
struct firewall_group_name {
	size_t number;
	struct span at;
};

struct firewall_importer {
	const struct import_input *input;
	struct ruleset *rules;
	struct arena *arena;
	struct diag *diag;
	struct azure_template **templates;
	size_t template_count;
	struct textmap policy_names; /* struct firewall_policy by name in lower case */
	struct firewall_policy **policies;
	size_t policy_count, policy_capacity;
	struct textmap ip_groups; /* struct firewall_addresses by name in lower case */
	struct textmap
		group_names;	/* struct firewall_group_name by names in lower case */
	struct textmap refused; /* places that were warned of */
	size_t group_count, collection_count;
};

/* -- azure_firewall_import_collect.c -- */

/** firewall_collect() - Find everything; 0, or -1 with an error in @importer->diag */
int firewall_collect(struct firewall_importer *importer);

/** firewall_find_policy() - By its firewall_key(), or NULL */
struct firewall_policy *firewall_find_policy(const struct firewall_importer *importer,
					     const char *key);

/** firewall_key() - What a resource is found by: the last part of its id, in lower case
 */
const char *firewall_key(struct firewall_importer *importer, const char *id);

/* -- azure_firewall_import_order.c -- */

/**
 * struct firewall_step - A collection at one of its places
 * @first:	NULL, or the unknown that puts it here and not further down
 */
struct firewall_step {
	const struct firewall_collection *collection;
	const char *first;
};

/** firewall_order() - What is asked in a pass, of a policy and its parents, in order */
void firewall_order(struct firewall_importer *importer,
		    const struct firewall_policy *policy, enum firewall_pass pass,
		    struct firewall_step **ret_steps, size_t *ret_count);

/* -- azure_firewall_import_rules.c -- */

/** firewall_pass_of() - What all rules of a list are; BY_RULE when they are not alike */
enum firewall_pass firewall_pass_of(const struct doc *rules);

/**
 * struct firewall_reader - Reads what is asked in one pass
 * @chain:	index of the chain that gets the rules; unused for FIREWALL_PASS_NAT
 */
struct firewall_reader {
	struct firewall_importer *importer;
	struct firewall_policy *policy;
	enum firewall_pass pass;
	size_t chain;
	const struct firewall_step *step;
};

/** firewall_read_step() - Append a collection's rules of the pass, @reader->step's */
void firewall_read_step(struct firewall_reader *reader);

/* -- azure_firewall_import_lists.c -- */

/**
 * firewall_match_side() - Sources or destinations of a rule
 * @addresses, @groups, @hosts: as they are written, or NULL
 *
 * Return: false when the rule names none at all
 */
bool firewall_match_side(struct firewall_importer *importer, struct match *match,
			 enum field field, const struct doc *addresses,
			 const struct doc *groups, const struct doc *hosts);

/** firewall_read_addresses() - Entries of an IP group */
void firewall_read_addresses(struct firewall_importer *importer, const struct doc *list,
			     struct firewall_addresses *group);

/** firewall_match_services() - Protocols and ports of a network rule; false: none */
bool firewall_match_services(struct firewall_importer *importer, struct match *match,
			     const struct doc *protocols, const struct doc *ports);

/* -- azure_firewall_import_names.c -- */

/**
 * firewall_match_targets() - Which names, URLs, tags and categories a rule takes
 *
 * Return: false when the rule names none at all
 */
bool firewall_match_targets(struct firewall_importer *importer, struct match *match,
			    const struct doc *rule);

/** firewall_match_applications() - What is spoken, and at which ports; false: nothing */
bool firewall_match_applications(struct firewall_importer *importer, struct match *match,
				 const struct doc *rule);

/** firewall_is_host() - May @text, in lower case, be a host name? */
bool firewall_is_host(const char *text);

/* -- azure_firewall_import_values.c -- */

/** firewall_count() - Elements of a list; what is no list counts as one, NULL as none */
size_t firewall_count(const struct doc *list);
const struct doc *firewall_item(const struct doc *list, size_t index);

/** firewall_lower() - A copy in lower case */
const char *firewall_lower(struct firewall_importer *importer, const char *text);

/** firewall_spell() - What is not known, for the name of an unknown */
const char *firewall_spell(struct firewall_importer *importer, const struct doc *doc);

/** firewall_is() - Is it the text @word, in any case? */
bool firewall_is(const struct doc *doc, const char *word);

/** firewall_number() - A number of at most 9 digits as a text or plain; false for others
 */
bool firewall_number(const struct doc *doc, uint32_t *ret_number);

/** firewall_any_field() - The first of two keys that is there; @other may be NULL */
const struct doc *firewall_any_field(const struct doc *object, const char *key,
				     const char *other);

/** firewall_refused() - Warn of what Azure does not take: it becomes an unknown */
void firewall_refused(struct firewall_importer *importer, struct span at,
		      const char *text, const char *why);

/** firewall_alternative() - Append an alternative to @choice, a term of kind CHOICE */
struct match *firewall_alternative(struct firewall_importer *importer,
				   struct term *choice);

/** firewall_close() - Append @choice to @match; one alternative alone is no choice */
void firewall_close(struct firewall_importer *importer, struct match *match,
		    const struct term *choice);

#endif
