/* azure_firewall_emit_groups.c - Address lists, and the IP groups that hold long ones. */
#include "backends/azure_firewall/azure_firewall_emit_plan.h"

#include <string.h>

#include "rules/base/arena.h"

/*
 * A list of more entries becomes an IP group.  All network rules of a firewall together
 * may have 20 000 pairs of source and destination, in which a group counts as one, and a
 * firewall takes 200 groups: two lists of 16 cost 256 pairs, so some 80 such rules fit
 * without a group, while lists that a reader can take in at a glance stay in the rule.
 */
#define INLINE_ENTRIES 16

/* Entries of an IP group (firewall-limits, learn.microsoft.com, read 2026-08-20). */
#define IP_GROUP_ENTRIES 5000

void azfw_words_add(struct azfw_words *words, const char *text, struct arena *arena)
{
	*arena_push(arena, words->at, words->count, words->capacity) = text;
}

/* Rules take prefixes and "a-b" (azurerm documentation,
 * firewall_policy_rule_collection_group, read 2026-11-27). */
static struct azfw_words spell_ranges(const struct ranges *ranges, struct arena *arena)
{
	struct azfw_words words = {0};
	char text[ADDR_TEXT_MAX];

	for (size_t i = 0; i < ranges->count; i++) {
		addr_range_format(FAMILY_IPV4, &ranges->at[i], text);
		azfw_words_add(&words, arena_strdup(arena, text), arena);
	}
	return words;
}

/* Terraform's IP groups take addresses and prefixes (ip_group, read 2026-11-27). */
static struct azfw_words spell_prefixes(const struct ranges *ranges, struct arena *arena)
{
	struct azfw_words words = {0};
	char text[ADDR_TEXT_MAX];

	for (size_t i = 0; i < ranges->count; i++) {
		struct range rest = ranges->at[i];

		for (;;) {
			struct prefix prefix = range_first_prefix(FAMILY_IPV4, &rest);
			u128 last = prefix_range(&prefix).last;

			prefix_format(&prefix, text);
			azfw_words_add(&words, arena_strdup(arena, text), arena);
			if (last == rest.last)
				break;
			rest.first = last + 1;
		}
	}
	return words;
}

static void use_group(struct azfw_side *side, const struct azfw_ip_group *group,
		      struct arena *arena)
{
	*arena_push(arena, side->groups, side->group_count, side->group_capacity) = group;
}

/*
 * A label is of [a-z0-9_.-], and Terraform's names have no point: "N" stands for it, a
 * letter that no label has, so that two labels never become one name.
 */
static const char *terraform_name(const char *resource, struct arena *arena)
{
	char *name = arena_strdup(arena, resource);

	for (char *c = name; *c; c++)
		if (*c == '.')
			*c = 'N';
	return name;
}

static void make_group(struct azfw_plan *plan, const char *label, unsigned part,
		       const struct azfw_words *entries, struct azfw_side *side,
		       struct arena *arena)
{
	struct azfw_ip_group *group = arena_make(arena, struct azfw_ip_group);
	const char *name =
		part == 1 ? label : arena_printf(arena, "%s.part%u", label, part);

	*group = (struct azfw_ip_group){
		.label = label,
		.resource = arena_printf(arena, "%s-%s", plan->group, name),
		.terraform = terraform_name(name, arena),
		.addresses = *entries,
	};
	*arena_push(arena, plan->ip_groups, plan->ip_group_count,
		    plan->ip_group_capacity) = group;
	use_group(side, group, arena);
}

static bool use_known_groups(const struct azfw_plan *plan, const char *label,
			     struct azfw_side *side, struct arena *arena)
{
	size_t before = side->group_count;

	for (size_t i = 0; i < plan->ip_group_count; i++)
		if (strcmp(plan->ip_groups[i]->label, label) == 0)
			use_group(side, plan->ip_groups[i], arena);
	return side->group_count > before;
}

/* Makes the groups of a set, or finds those that it has. */
static void plan_groups(struct azfw_plan *plan, const struct term *term,
			struct azfw_side *side, struct arena *arena)
{
	struct azfw_words entries;
	unsigned part = 0;

	if (use_known_groups(plan, term->label, side, arena))
		return;
	entries = spell_prefixes(&term->addrs.of[FAMILY_IPV4], arena);
	for (size_t i = 0; i < entries.count; i += IP_GROUP_ENTRIES) {
		struct azfw_words some = {
			.at = entries.at + i,
			.count = entries.count - i,
		};

		if (some.count > IP_GROUP_ENTRIES)
			some.count = IP_GROUP_ENTRIES;
		make_group(plan, term->label, ++part, &some, side, arena);
	}
}

bool azfw_plan_side(struct azfw_plan *plan, const struct term *term,
		    struct azfw_side *side, struct arena *arena)
{
	const struct ranges *ranges = &term->addrs.of[FAMILY_IPV4];
	struct azfw_words entries;

	if (!ranges->count || term->addrs.of[FAMILY_IPV6].count)
		return false;
	if (ranges->count > INLINE_ENTRIES && term->label) {
		plan_groups(plan, term, side, arena);
		return true;
	}
	entries = spell_ranges(ranges, arena);
	for (size_t i = 0; i < entries.count; i++)
		azfw_words_add(&side->addresses, entries.at[i], arena);
	return true;
}
