/* azure_nsg_import_join.c - Groups that may be one, as their names are not known. */
#include <string.h>

#include "backends/azure_nsg/nsg_importer.h"
#include "rules/base/arena.h"

/**
 * DOC: One group or two
 *
 * Rules for the group "${var.nsg}" stand beside a group "g".  When those are two groups,
 * a packet must pass both; when they are one, the first rule of all that matches decides,
 * and what the one alone would refuse may be admitted by the other.  Nobody knows, so
 * both ways are there, under one unknown: the two groups, and all rules in one.
 *
 * In one group rules of one name are one rule, the one that was deployed last: under an
 * unknown each.
 */

bool nsg_may_be_one(const struct nsg_group *a, const struct nsg_group *b)
{
	if (!a->open && !b->open)
		return false;
	/* what Azure computed names its groups; a text makes one group once */
	if (a->effective || b->effective || (a->whole && b->whole))
		return false;
	return true;
}

static const char *both_hold(struct arena *arena, const char *a, const char *b)
{
	return a && b ? arena_printf(arena, "%s and %s", a, b) : a ? a : b;
}

static void add_names(struct nsg_importer *importer, const struct nsg_group *group,
		      struct textmap *names)
{
	for (size_t i = 0; i < group->count; i++)
		textmap_put(names, nsg_lower(importer, group->rules[i]->name),
			    group->rules[i], importer->arena);
}

/* @others: the names of the other group's rules */
static void add_rules(struct nsg_importer *importer, struct nsg_group *to,
		      const struct nsg_group *from, const struct textmap *others)
{
	struct arena *arena = importer->arena;

	for (size_t i = 0; i < from->count; i++) {
		struct nsg_rule *rule = arena_make(arena, struct nsg_rule);
		const char *stays = NULL;

		*rule = *from->rules[i];
		if (textmap_get(others, nsg_lower(importer, rule->name)))
			stays = arena_printf(arena,
					     "'%s' of '%s' stays beside the other "
					     "group's",
					     rule->name, from->name);
		rule->condition = both_hold(arena, rule->condition, from->condition);
		rule->condition = both_hold(arena, rule->condition, stays);
		*arena_push(arena, to->rules, to->count, to->capacity) = rule;
	}
	for (size_t i = 0; i < from->unread_count; i++)
		*arena_push(arena, to->unread, to->unread_count, to->unread_capacity) =
			from->unread[i];
}

struct nsg_group *nsg_join(struct nsg_importer *importer, const struct nsg_group *a,
			   const struct nsg_group *b)
{
	struct nsg_group *joined = arena_make(importer->arena, struct nsg_group);
	struct textmap names_of_a = {0}, names_of_b = {0};

	joined->name =
		arena_printf(importer->arena, "%s and %s as one", a->name, b->name);
	joined->at = a->at;
	joined->whole = a->whole || b->whole;
	joined->joined = true;
	add_names(importer, a, &names_of_a);
	add_names(importer, b, &names_of_b);
	add_rules(importer, joined, a, &names_of_b);
	add_rules(importer, joined, b, &names_of_a);
	return joined;
}
