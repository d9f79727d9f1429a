/* azure_dns_import_rules.c - From zones and their records to a rule set. */
#include <stdlib.h>
#include <string.h>

#include "backends/answer.h"
#include "backends/azure_private_dns/azure_dns_import_names.h"
#include "rules/base/arena.h"

/**
 * DOC: What a zone answers
 *
 * Of the zones that a network is linked to the one with the longest name that a question
 * is at or below answers it, and no other.  Within a zone (RFC 1034, section 4.3.2; RFC
 * 4592): a name exists when it has records or one below it has; it has its own records
 * and no others, whichever type is asked for.  Below the last name that exists stands
 * "*", or nothing: then the zone says NXDOMAIN, and Azure asks on in public when the link
 * says so (learn.microsoft.com/azure/dns/private-dns-fallback, read 2026-11-27).
 *
 * A "*" stands for names below the one that it is at, but not for those at or below a
 * name that exists there.  Its rule says so itself, instead of standing behind refusals:
 * thousands of names, refused one by one between admissions, are too much for a diagram.
 */

/* Longer chains of canonical names are a loop, or none that resolvers follow to the end.
 */
#define MAX_CHAIN 16u
/* Addresses of a record set that a canonical name leads to: many of both would make rules
 * by the square (learn.microsoft.com/azure/dns/private-dns-privatednszone, "Limits", read
 * 2026-11-27, has 20). */
#define MAX_FOLLOWED 20u

struct maker {
	struct azdns_importer *importer;
	struct arena *arena;
	struct chain *chain;
	struct azdns_domain *domains;
	size_t count;
};

/* -- rules ----------------------------------------------------------------------------
 */

/* A copy that can be added to without touching @match. */
static struct match copy_match(struct maker *maker, const struct match *match)
{
	struct match copy = {0};

	for (size_t i = 0; i < match->count; i++)
		*match_add(&copy, match->terms[i].kind, maker->arena) = match->terms[i];
	return copy;
}

static struct match match_of(struct maker *maker, const struct azdns_domain *domain,
			     enum name_kind kind, const char *name)
{
	struct match match = {0};

	match_name(&match, (struct name_pattern){kind, name}, false, maker->arena);
	if (domain->guard)
		match_unknown(&match, domain->guard, false, maker->arena);
	return match;
}

static struct rule *put_rule(struct maker *maker, enum action action,
			     const struct match *match, const char *name, struct span at)
{
	struct rule *rule = chain_add_rule(maker->chain, maker->arena);

	rule->action = action;
	rule->match = *match;
	rule->name = name;
	rule->at = at;
	return rule;
}

/** struct answer - What leads to an address: a record set of the name that is asked for
 */
struct answer {
	struct match match;
	const char *name;
	const char *id;
	struct span at;
};

static void put_answer(struct maker *maker, const struct answer *answer,
		       const struct match *match)
{
	put_rule(maker, ACTION_ADMIT, match, answer->name, answer->at)->id = answer->id;
}

static void put_unknown(struct maker *maker, const struct answer *answer,
			const char *unknown)
{
	struct match match = copy_match(maker, &answer->match);

	match_unknown(&match, unknown, false, maker->arena);
	put_answer(maker, answer, &match);
}

/* In public, or in zones that the text does not have. */
static void put_resolved(struct maker *maker, const struct answer *answer,
			 const char *target)
{
	const struct textmap *names = maker->importer->input->names;
	struct match match = copy_match(maker, &answer->match);

	match_resolved(&match, FIELD_DESTINATION, target,
		       names ? textmap_get(names, target) : NULL, maker->arena);
	put_answer(maker, answer, &match);
}

static bool is_below(const char *name, const char *zone)
{
	size_t length = strlen(name), tail = strlen(zone);

	return length >= tail && strcmp(name + length - tail, zone) == 0 &&
	       (length == tail || name[length - tail - 1] == '.');
}

/* Domains are sorted by the length of their names. */
static const struct azdns_domain *domain_for(const struct maker *maker, const char *name)
{
	for (size_t i = 0; i < maker->count; i++)
		if (maker->domains[i].zone->name &&
		    is_below(name, maker->domains[i].zone->name))
			return &maker->domains[i];
	return NULL;
}

static void put_target(struct maker *maker, const struct answer *answer,
		       const char *target, unsigned depth);

/* The addresses that a record set gives, for whatever @answer says. */
static void put_entries(struct maker *maker, const struct answer *answer,
			const struct azdns_set *set, unsigned depth)
{
	for (size_t i = 0; i < set->count; i++) {
		const struct azdns_entry *entry = &set->entries[i];
		struct addr_set to = {0};
		struct answer one = *answer;

		one.match = copy_match(maker, &answer->match);
		if (!depth) {
			one.id = entry->id;
			one.at = entry->at;
		}
		if (entry->condition)
			match_unknown(&one.match, entry->condition, false, maker->arena);
		if (entry->unread) {
			put_unknown(maker, &one,
				    arena_printf(maker->arena, "address '%s'",
						 entry->unread));
			continue;
		}
		if (entry->cname) {
			put_target(maker, &one, entry->cname, depth + 1);
			continue;
		}
		ranges_add(&to.of[entry->addr.family],
			   (struct range){entry->addr.value, entry->addr.value},
			   maker->arena);
		match_addrs(&one.match, FIELD_DESTINATION, &to, maker->arena);
		put_answer(maker, &one, &one.match);
	}
}

/* What a canonical name leads to. */
static void put_target(struct maker *maker, const struct answer *answer,
		       const char *target, unsigned depth)
{
	const struct azdns_domain *domain = domain_for(maker, target);
	enum azdns_policy policy = domain ? domain->zone->policy : AZDNS_REDIRECTS;
	struct azdns_found found = {.sure = true};

	if (depth > MAX_CHAIN)
		return;
	if (domain)
		found = azdns_find_sets(domain, target);
	/* several deployments may have written a canonical name; Azure takes 20 addresses
	 */
	for (size_t i = 0; i < found.count; i++)
		found.sure &= found.sets[i]->count <=
			      (found.sets[i]->type == AZDNS_CNAME ? 1 : MAX_FOLLOWED);
	if (!found.sure || (domain && (domain->open || domain->guard)) ||
	    (!found.exists && policy == AZDNS_EITHER)) {
		put_unknown(maker, answer,
			    arena_printf(maker->arena, "'%s' leads to this address",
					 target));
		return;
	}
	if (!found.exists && policy == AZDNS_REDIRECTS)
		put_resolved(maker, answer, target);
	for (size_t i = 0; i < found.count; i++)
		put_entries(maker, answer, found.sets[i], depth);
}

/* Records whose name is not known may be those of any name of the zone. */
static void put_unnamed(struct maker *maker, const struct azdns_domain *domain)
{
	const struct azdns_zone *zone = domain->zone;

	for (size_t i = 0; i < zone->count; i++) {
		const struct azdns_set *set = zone->sets[i];
		struct answer answer = {.name = set->text, .at = set->at};

		if (set->name || set->gone)
			continue;
		answer.match = match_of(maker, domain, NAME_DOMAIN, zone->name);
		match_unknown(&answer.match,
			      arena_printf(maker->arena, "the name is '%s' in '%s'",
					   set->text, zone->name),
			      false, maker->arena);
		put_entries(maker, &answer, set, 0);
	}
	for (size_t i = 0; i < zone->writer_count; i++) {
		struct answer answer = {.name = zone->writers[i], .at = zone->at};

		answer.match = match_of(maker, domain, NAME_DOMAIN, zone->name);
		put_unknown(maker, &answer, zone->writers[i]);
	}
}

/* One of the conditions holds: the name exists. */
static void match_existence(struct maker *maker, const struct azdns_node *node,
			    struct match *match)
{
	struct term *choice;

	if (node->sure)
		return;
	choice = match_add(match, TERM_CHOICE, maker->arena);
	for (size_t i = 0; i < node->condition_count; i++)
		match_unknown(arena_push(maker->arena, choice->choices.at,
					 choice->choices.count, choice->choices.capacity),
			      node->conditions[i], false, maker->arena);
}

/* Names that the "*" at @node stands for. */
static struct match match_wild(struct maker *maker, const struct azdns_domain *domain,
			       const struct azdns_node *node)
{
	struct match match = match_of(maker, domain, NAME_BELOW, node->name);
	struct name_patterns sure = {0};

	for (size_t i = 0; i < node->child_count; i++) {
		const struct azdns_node *child = node->children[i];
		struct name_pattern pattern = {NAME_DOMAIN, child->name};
		struct term *term;
		struct match *exists;

		if (child->sure) {
			*arena_push(maker->arena, sure.at, sure.count, sure.capacity) =
				pattern;
			continue;
		}
		term = match_add(&match, TERM_CHOICE, maker->arena);
		term->negated = true;
		exists = arena_push(maker->arena, term->choices.at, term->choices.count,
				    term->choices.capacity);
		match_name(exists, pattern, false, maker->arena);
		match_existence(maker, child, exists);
	}
	if (sure.count) {
		struct term *term = match_add(&match, TERM_NAMES, maker->arena);

		term->field = FIELD_NAME;
		term->negated = true;
		term->names = sure;
	}
	return match;
}

/* What becomes of names that the zone lacks. */
static void put_missing(struct maker *maker, const struct azdns_domain *domain,
			struct match match)
{
	const struct azdns_zone *zone = domain->zone;
	const char *name = arena_printf(maker->arena, "no other name in %s", zone->name);

	if (domain->open && zone->policy != AZDNS_REFUSES) {
		struct match has = copy_match(maker, &match);

		match_unknown(&has,
			      arena_printf(maker->arena, "'%s' has the name", zone->name),
			      false, maker->arena);
		put_rule(maker, ACTION_REFUSE, &has, name, zone->at);
	}
	if (zone->policy == AZDNS_EITHER) {
		struct match asked = copy_match(maker, &match);

		match_unknown(&asked,
			      arena_printf(maker->arena,
					   "the network's link to '%s' says "
					   "NxDomainRedirect",
					   zone->name),
			      false, maker->arena);
		put_rule(maker, ACTION_UNDECIDED, &asked, name, zone->at);
	}
	put_rule(maker,
		 zone->policy == AZDNS_REDIRECTS ? ACTION_UNDECIDED : ACTION_REFUSE,
		 &match, name, zone->at);
}

static void put_refusal(struct maker *maker, const struct azdns_domain *domain,
			const struct azdns_node *node, struct match match)
{
	match_existence(maker, node, &match);
	put_rule(maker, ACTION_REFUSE, &match,
		 arena_printf(maker->arena, "no other address for %s", node->name),
		 node->count ? node->sets[0]->at : domain->zone->at);
}

/* The addresses of a name, and of the "*" below it.  A name that is not known may stand
 * in the way of that. */
static void put_node(struct maker *maker, const struct azdns_domain *domain,
		     const struct azdns_node *node)
{
	for (size_t i = 0; i < node->count; i++) {
		struct answer answer = {.name = node->name, .at = node->sets[i]->at};

		answer.match = match_of(maker, domain, NAME_EXACT, node->name);
		put_entries(maker, &answer, node->sets[i], 0);
	}
	for (size_t i = 0; i < node->wild_count; i++) {
		struct answer answer = {.name = node->wild[i]->name,
					.at = node->wild[i]->at};

		answer.match = match_wild(maker, domain, node);
		if (domain->open)
			match_unknown(&answer.match,
				      arena_printf(maker->arena,
						   "no other name stands in the way of "
						   "'*.%s'",
						   node->name),
				      false, maker->arena);
		put_entries(maker, &answer, node->wild[i], 0);
	}
}

static void put_registered(struct maker *maker, const struct azdns_domain *domain)
{
	const char *name = domain->zone->name;
	struct answer answer = {.name = "a machine's own record", .at = domain->zone->at};

	answer.match = match_of(maker, domain, NAME_ONE_LABEL, name);
	put_unknown(maker, &answer,
		    arena_printf(maker->arena,
				 "a machine of a linked network is registered so in '%s'",
				 name));
}

/* A zone whose name is not known may have any name. */
static void put_anything(struct maker *maker, const struct azdns_zone *zone)
{
	struct match admits = {0}, refuses = {0};

	match_unknown(&admits,
		      arena_printf(maker->arena, "zone '%s' gives the name this address",
				   zone->text),
		      false, maker->arena);
	match_unknown(&refuses,
		      arena_printf(maker->arena, "zone '%s' has the name", zone->text),
		      false, maker->arena);
	put_rule(maker, ACTION_ADMIT, &admits, zone->text, zone->at);
	put_rule(maker, ACTION_REFUSE, &refuses, zone->text, zone->at);
}

/* Names that exist have no other address than theirs. */
static void put_existing(struct maker *maker, const struct azdns_domain *domain)
{
	for (size_t i = 0; i < domain->count; i++)
		put_refusal(maker, domain, domain->nodes[i],
			    match_of(maker, domain, NAME_EXACT, domain->nodes[i]->name));
	if (domain->zone->registers)
		put_registered(maker, domain);
	for (size_t i = 0; i < domain->count; i++)
		if (domain->nodes[i]->wild_count)
			put_refusal(maker, domain, domain->nodes[i],
				    match_wild(maker, domain, domain->nodes[i]));
}

static void put_domain(struct maker *maker, const struct azdns_domain *domain)
{
	if (!domain->zone->name) {
		put_anything(maker, domain->zone);
		return;
	}
	put_unnamed(maker, domain);
	for (size_t i = 0; i < domain->count; i++)
		put_node(maker, domain, domain->nodes[i]);
	/* else the refusal of the whole zone says it all */
	if (domain->zone->policy != AZDNS_REFUSES || domain->zone->registers)
		put_existing(maker, domain);
	put_missing(maker, domain,
		    match_of(maker, domain, NAME_DOMAIN, domain->zone->name));
}

/* -- the whole ------------------------------------------------------------------------
 */

static int longest_first(const void *a, const void *b)
{
	const struct azdns_domain *x = a, *y = b;
	size_t length = x->zone->name ? strlen(x->zone->name) : SIZE_MAX;
	size_t other = y->zone->name ? strlen(y->zone->name) : SIZE_MAX;

	if (length != other)
		return length > other ? -1 : 1;
	return strcmp(x->zone->key, y->zone->key);
}

static void add_assumptions(struct maker *maker, const struct azdns_domain *domain)
{
	const struct azdns_zone *zone = domain->zone;
	struct ruleset *rules = maker->importer->rules;

	/* of one that is not known the rules leave open whether it is asked */
	if (!zone->name)
		return;
	ruleset_assume(rules,
		       arena_printf(maker->arena,
				    "whoever asks is in a network that is linked to "
				    "private DNS zone '%s'",
				    zone->text),
		       maker->arena);
	if (!zone->whole)
		ruleset_assume(rules,
			       arena_printf(maker->arena,
					    "zone '%s' has no other records than those "
					    "of the text",
					    zone->text),
			       maker->arena);
	if (!zone->linked)
		ruleset_assume(rules,
			       arena_printf(maker->arena,
					    "the links of zone '%s' register no "
					    "machines, "
					    "and do not say NxDomainRedirect",
					    zone->text),
			       maker->arena);
}

void azdns_make_rules(struct azdns_importer *importer)
{
	struct maker maker = {.importer = importer, .arena = importer->arena};
	struct path *path = ruleset_add_path(importer->rules, ANSWER_PATH, maker.arena);
	struct stage *stage =
		arena_push(maker.arena, path->stages, path->count, path->capacity);

	path->universe = answer_universe(ANSWER_PATH, maker.arena);
	stage->label = "private DNS";
	stage->chain = ruleset_add_chain(importer->rules, "private DNS", maker.arena);
	stage->end = ACTION_UNDECIDED;
	maker.chain = &importer->rules->chains[stage->chain];
	maker.domains = arena_array(maker.arena, importer->count, struct azdns_domain);
	for (size_t i = 0; i < importer->count; i++)
		if (!importer->zones[i]->gone)
			azdns_fill_domain(importer, &maker.domains[maker.count++],
					  importer->zones[i]);
	if (maker.count)
		qsort(maker.domains, maker.count, sizeof(struct azdns_domain),
		      longest_first);
	for (size_t i = 0; i < maker.count; i++) {
		put_domain(&maker, &maker.domains[i]);
		add_assumptions(&maker, &maker.domains[i]);
	}
}
