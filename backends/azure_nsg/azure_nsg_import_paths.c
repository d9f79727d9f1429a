/* azure_nsg_import_paths.c - From groups to chains and paths. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "backends/azure_nsg/nsg_importer.h"
#include "rules/base/arena.h"
#include "rules/base/strbuf.h"

/**
 * DOC: What is not known of an order
 *
 * Rules count by ascending priority, and a packet meets the first that matches.  A rule
 * whose priority is not known stands twice: in front of all others under an unknown, "it
 * is the first that matches", and behind them.  Whatever its true place is, a packet
 * meets then either that rule or the first of the others, and both ways are there.
 *
 * A list of rules that is not known may do anything to any packet: in front of all stand
 * one rule that admits and one that refuses, each under an unknown.
 */

static const char *const path_names[] = {"outbound", "inbound"};

/* NSG sees neither of them from an interface, unless a rule names the platform's own tag
 * (learn.microsoft.com/azure/virtual-network/network-security-groups-overview, "Azure
 * platform considerations", read 2026-11-27). */
static const char *const unseen[] = {"168.63.129.16", "169.254.169.254"};

static const struct default_rule {
	enum nsg_direction direction;
	const char *name;
	uint32_t priority;
	const char *source, *destination;
	bool allows;
} default_rules[] = {
	{NSG_OUTBOUND, "AllowVnetOutBound", 65000, "VirtualNetwork", "VirtualNetwork",
	 true},
	{NSG_OUTBOUND, "AllowInternetOutBound", 65001, "*", "Internet", true},
	{NSG_OUTBOUND, "DenyAllOutBound", 65500, "*", "*", false},
	{NSG_INBOUND, "AllowVnetInBound", 65000, "VirtualNetwork", "VirtualNetwork",
	 true},
	{NSG_INBOUND, "AllowAzureLoadBalancerInBound", 65001, "AzureLoadBalancer", "*",
	 true},
	{NSG_INBOUND, "DenyAllInBound", 65500, "*", "*", false},
};

/* -- rules of one chain ---------------------------------------------------------------
 */

struct builder {
	struct nsg_importer *importer;
	struct nsg_group *group;
	enum nsg_direction direction;
	size_t chain;
};

static void add_unknown(struct builder *builder, struct match *match, bool negated,
			const char *text)
{
	match_unknown(match, text, negated, builder->importer->arena);
}

/* Under what the rule stands besides its own terms. */
static void add_conditions(struct builder *builder, const struct nsg_rule *rule,
			   bool first, struct match *match)
{
	struct arena *arena = builder->importer->arena;

	if (rule->direction_text)
		add_unknown(builder, match, builder->direction == NSG_INBOUND,
			    arena_printf(arena, "%s is Outbound", rule->direction_text));
	if (rule->condition)
		add_unknown(builder, match, false,
			    arena_printf(arena, "condition %s", rule->condition));
	if (rule->looped)
		add_unknown(builder, match, false,
			    arena_printf(arena,
					 "the loop at byte %u of '%s' makes a rule that "
					 "matches",
					 rule->at.begin, builder->group->name));
	if (first)
		add_unknown(builder, match, false,
			    arena_printf(arena,
					 "rule '%s' at byte %u of '%s', priority %s, is "
					 "the first that matches",
					 rule->name, rule->at.begin, builder->group->name,
					 rule->priority_text ? rule->priority_text
							     : "of a loop"));
}

/* Terms are only read from here on, so rules may share them. */
static struct match copy_match(const struct match *match, struct arena *arena)
{
	struct match copy = {0};

	for (size_t i = 0; i < match->count; i++)
		*match_add(&copy, match->terms[i].kind, arena) = match->terms[i];
	return copy;
}

static void add_rule(struct builder *builder, const struct nsg_rule *rule, bool first)
{
	struct arena *arena = builder->importer->arena;
	struct chain *chain = &builder->importer->rules->chains[builder->chain];

	for (int allows = 1; allows >= 0; allows--) {
		struct rule *made;

		if (!rule->access_text && allows != rule->allows)
			continue;
		made = chain_add_rule(chain, arena);
		made->name = rule->name;
		made->id = rule->id;
		made->at = rule->at;
		made->action = allows ? ACTION_ADMIT : ACTION_REFUSE;
		made->match = copy_match(&rule->match[builder->direction], arena);
		add_conditions(builder, rule, first, &made->match);
		if (rule->access_text)
			add_unknown(builder, &made->match, !allows,
				    arena_printf(arena, "%s is Allow",
						 rule->access_text));
	}
}

static void add_unread(struct builder *builder, const char *text)
{
	struct arena *arena = builder->importer->arena;
	struct chain *chain = &builder->importer->rules->chains[builder->chain];

	for (int allows = 1; allows >= 0; allows--) {
		struct rule *rule = chain_add_rule(chain, arena);

		rule->name = text;
		rule->at = builder->group->at;
		rule->action = allows ? ACTION_ADMIT : ACTION_REFUSE;
		match_unknown(&rule->match,
			      arena_printf(arena, "the rules %s of '%s' %s", text,
					   builder->group->name,
					   allows ? "admit it" : "refuse it"),
			      false, arena);
	}
}

static bool looks(const struct nsg_rule *rule, enum nsg_direction direction)
{
	return !rule->replaced && (rule->direction_text || rule->direction == direction);
}

static bool has_order(const struct nsg_rule *rule)
{
	return rule->priority && !rule->looped;
}

static int compare_rules(const void *a, const void *b)
{
	const struct nsg_rule *x = *(struct nsg_rule *const *)a,
			      *y = *(struct nsg_rule *const *)b;

	if (x->priority != y->priority)
		return x->priority < y->priority ? -1 : 1;
	return x->at.begin < y->at.begin ? -1 : x->at.begin > y->at.begin;
}

/* The rules of one direction whose order is known, by priority. */
static struct nsg_rule **ordered(const struct builder *builder, size_t *ret_count)
{
	const struct nsg_group *group = builder->group;
	struct nsg_rule **rules =
		arena_array(builder->importer->arena, group->count, struct nsg_rule *);
	size_t count = 0;

	for (size_t i = 0; i < group->count; i++)
		if (looks(group->rules[i], builder->direction) &&
		    has_order(group->rules[i]))
			rules[count++] = group->rules[i];
	qsort(rules, count, sizeof(struct nsg_rule *), compare_rules);
	*ret_count = count;
	return rules;
}

static bool is_certain(const struct nsg_rule *rule)
{
	return !rule->condition && !rule->direction_text && !rule->is_default;
}

static void check_priorities(struct nsg_importer *importer, struct nsg_rule **rules,
			     size_t count)
{
	for (size_t i = 1; i < count; i++) {
		if (rules[i]->priority != rules[i - 1]->priority ||
		    !is_certain(rules[i]) || !is_certain(rules[i - 1]))
			continue;
		nsg_refused(importer, rules[i]->at,
			    "rule '%.80s' has priority %u, as has '%.80s' of the same "
			    "direction",
			    rules[i]->name, rules[i]->priority, rules[i - 1]->name);
		diag_note(importer->diag, rules[i - 1]->at, "'%.80s' is here",
			  rules[i - 1]->name);
		diag_help(importer->diag, "give one of them another priority");
	}
}

static void add_unordered(struct builder *builder, bool first)
{
	for (size_t i = 0; i < builder->group->count; i++) {
		const struct nsg_rule *rule = builder->group->rules[i];

		if (looks(rule, builder->direction) && !has_order(rule))
			add_rule(builder, rule, first);
	}
}

/* The rule of a text that stands for a default rule, or NULL. */
static const struct nsg_rule *find_printed(struct nsg_rule **printed, size_t count,
					   const struct default_rule *row)
{
	for (size_t i = 0; i < count; i++)
		if (printed[i]->priority == row->priority)
			return printed[i];
	return NULL;
}

/* Nobody can change the default rules: what a text says of them is not asked, but where
 * it has them is shown. */
static void add_defaults(struct builder *builder, struct nsg_rule **printed, size_t count)
{
	struct nsg_importer *importer = builder->importer;

	for (size_t i = 0; i < ARRAY_SIZE(default_rules); i++) {
		const struct default_rule *row = &default_rules[i];
		struct nsg_rule rule = {.name = row->name,
					.at = builder->group->at,
					.allows = row->allows,
					.is_default = true};
		const struct nsg_rule *from;

		if (row->direction != builder->direction)
			continue;
		from = find_printed(printed, count, row);
		if (from)
			rule.at = from->at;
		nsg_add_tags(importer, row->source, row->destination, row->direction,
			     &rule.match[row->direction]);
		add_rule(builder, &rule, false);
	}
}

static size_t make_chain(struct nsg_importer *importer, struct nsg_group *group,
			 enum nsg_direction direction)
{
	struct builder builder = {importer, group, direction, 0};
	size_t count, at = 0;
	struct nsg_rule **rules;

	builder.chain =
		ruleset_add_chain(importer->rules,
				  arena_printf(importer->arena, "%s %s", group->name,
					       path_names[direction]),
				  importer->arena);
	importer->rules->chains[builder.chain].at = group->at;
	rules = ordered(&builder, &count);
	if (!group->joined)
		check_priorities(importer, rules, count);
	for (size_t i = 0; i < group->unread_count; i++)
		add_unread(&builder, group->unread[i]);
	add_unordered(&builder, true);
	for (; at < count && !rules[at]->is_default; at++)
		add_rule(&builder, rules[at], false);
	add_unordered(&builder, false);
	if (!group->whole || group->effective)
		for (; at < count; at++)
			add_rule(&builder, rules[at], false);
	else if (!importer->input->bare)
		add_defaults(&builder, rules + at, count - at);
	return builder.chain;
}

/* -- stages and paths -----------------------------------------------------------------
 */

static void set_universe(struct path *path, enum nsg_direction direction,
			 struct arena *arena)
{
	struct addr_set addrs = {0};
	struct prefix prefix;

	match_number(&path->universe, FIELD_STATE, CT_NEW, CT_NEW, arena);
	if (direction == NSG_INBOUND)
		return;
	for (size_t i = 0; i < ARRAY_SIZE(unseen); i++) {
		if (prefix_parse(unseen[i], &prefix) != PREFIX_OK)
			BUG("bad address %s", unseen[i]);
		addr_set_add_prefix(&addrs, &prefix, arena);
	}
	addr_set_normalize(&addrs);
	match_addrs(&path->universe, FIELD_DESTINATION, &addrs, arena);
	path->universe.terms[path->universe.count - 1].negated = true;
}

static struct stage *add_stage(struct nsg_importer *importer, const char *name,
			       struct nsg_group *group, enum nsg_direction direction)
{
	struct arena *arena = importer->arena;
	size_t chain = make_chain(importer, group, direction);
	struct path *path = ruleset_find_path(importer->rules, name);
	struct stage *stage;

	if (!path) {
		path = ruleset_add_path(importer->rules, name, arena);
		path->compose = COMPOSE_ALL;
		set_universe(path, direction, arena);
	}
	stage = arena_push(arena, path->stages, path->count, path->capacity);
	stage->label = group->name;
	stage->holder = group->open || group->joined ? NULL : group->name;
	stage->chain = chain;
	stage->end = ACTION_UNDECIDED;
	stage->priority = (int)path->count;
	if (group->condition)
		match_unknown(&stage->guard,
			      arena_printf(arena, "condition %s", group->condition),
			      false, arena);
	return stage;
}

/* What must hold for two groups to be one; NULL: they are not. */
static const char *oneness(const struct nsg_importer *importer)
{
	if (importer->count != 2 ||
	    !nsg_may_be_one(importer->groups[0], importer->groups[1]))
		return NULL;
	return arena_printf(importer->arena, "'%s' and '%s' are one group",
			    importer->groups[0]->name, importer->groups[1]->name);
}

/* Outbound the interface's group comes first, inbound the subnet's (learn.microsoft.com/
 * azure/virtual-network/network-security-group-how-it-works, read 2026-11-27). */
static void add_groups(struct nsg_importer *importer, enum nsg_direction direction,
		       const char *unless)
{
	bool swap = importer->count == 2 && importer->groups[0]->places == NSG_AT_SUBNET;

	for (size_t i = 0; i < importer->count; i++) {
		size_t at = (swap != (direction == NSG_INBOUND)) ? importer->count - 1 - i
								 : i;
		struct stage *stage = add_stage(importer, path_names[direction],
						importer->groups[at], direction);

		if (unless)
			match_unknown(&stage->guard, unless, true, importer->arena);
	}
}

static void make_common_paths(struct nsg_importer *importer)
{
	const char *one = oneness(importer);
	struct nsg_group *joined =
		one ? nsg_join(importer, importer->groups[0], importer->groups[1]) : NULL;

	for (unsigned i = 0; i < NSG_DIRECTIONS; i++) {
		enum nsg_direction direction = (enum nsg_direction)i;

		add_groups(importer, direction, one);
		if (joined)
			match_unknown(&add_stage(importer, path_names[direction], joined,
						 direction)
					       ->guard,
				      one, false, importer->arena);
	}
	if (importer->count == 2)
		ruleset_assume(importer->rules,
			       arena_printf(importer->arena,
					    "a packet passes both groups, '%s' and '%s': "
					    "one is the interface's, one the subnet's%s",
					    importer->groups[0]->name,
					    importer->groups[1]->name,
					    one ? ", unless they are one group" : ""),
			       importer->arena);
}

/* Groups that are asked about alone: then an unknown name is none of the others'. */
static void assume_apart(struct nsg_importer *importer)
{
	for (size_t i = 0; i < importer->count; i++) {
		const struct nsg_group *group = importer->groups[i];

		if (group->open && !group->effective)
			ruleset_assume(importer->rules,
				       arena_printf(importer->arena,
						    "'%s' is none of the other groups",
						    group->name),
				       importer->arena);
	}
}

static const char *own_path_name(struct nsg_importer *importer, const char *direction,
				 const char *group)
{
	const char *name = arena_printf(importer->arena, "%s %s", direction, group);

	for (size_t i = 2; ruleset_find_path(importer->rules, name); i++)
		name = arena_printf(importer->arena, "%s %s #%zu", direction, group, i);
	return name;
}

/* Can one packet pass all of the groups: an interface's and its subnet's? */
static bool are_together(const struct nsg_importer *importer)
{
	unsigned a, b;

	if (importer->count < 2)
		return true;
	if (importer->count > 2)
		return false;
	a = importer->groups[0]->places;
	b = importer->groups[1]->places;
	if (a == b && (a == NSG_AT_INTERFACE || a == NSG_AT_SUBNET))
		return false;
	return strcmp(importer->groups[0]->key, importer->groups[1]->key) != 0;
}

void nsg_make_paths(struct nsg_importer *importer)
{
	if (are_together(importer)) {
		make_common_paths(importer);
		return;
	}
	assume_apart(importer);
	for (size_t i = 0; i < importer->count; i++)
		for (unsigned direction = 0; direction < NSG_DIRECTIONS; direction++)
			add_stage(importer,
				  own_path_name(importer, path_names[direction],
						importer->groups[i]->name),
				  importer->groups[i], (enum nsg_direction)direction);
}
