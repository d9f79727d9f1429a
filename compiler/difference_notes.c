/* difference_notes.c - What a comparison of two rule sets rests on. */
#include "compiler/difference_notes.h"

#include <string.h>

#include "compiler/rule_text.h"
#include "rules/base/arena.h"
#include "rules/base/textmap.h"
#include "rules/space.h"

static void add(const struct difference_report *report, struct difference_notes *notes,
		const char *text)
{
	for (size_t i = 0; i < notes->count; i++)
		if (strcmp(notes->at[i], text) == 0)
			return;
	*arena_push(report->arena, notes->at, notes->count, notes->capacity) = text;
}

static bool assumes(const struct ruleset *rules, const char *text)
{
	for (size_t i = 0; i < rules->assumption_count; i++)
		if (strcmp(rules->assumptions[i], text) == 0)
			return true;
	return false;
}

static void add_assumptions(const struct difference_report *report, size_t side,
			    struct difference_notes *notes)
{
	const struct ruleset *rules = report->sides[side].rules;

	for (size_t i = 0; i < rules->assumption_count; i++) {
		const char *text = rules->assumptions[i];

		if (!assumes(report->sides[!side].rules, text))
			text = arena_printf(report->arena, "in %s %s",
					    report->sides[side].name, text);
		add(report, notes, text);
	}
}

static void add_altering(const struct difference_report *report, size_t side,
			 struct difference_notes *notes)
{
	const struct ruleset *rules = report->sides[side].rules;

	for (size_t i = 0; i < rules->chain_count; i++)
		for (size_t j = 0; j < rules->chains[i].count; j++) {
			const struct rule *rule = &rules->chains[i].rules[j];

			if (!rule->alters)
				continue;
			add(report, notes,
			    arena_printf(report->arena,
					 "no packet that is compared meets %s (%s)",
					 rule_place(rule, report->diag, report->arena),
					 rule->alters));
		}
}

/* The hooks of nftables that the packets of a path pass besides (nft.8, "ADDRESS
 * FAMILIES", nftables 1.0.6); other targets have one place. */
static bool passes_besides(const char *path, const char *hook)
{
	static const char *const pairs[][2] = {
		{"forward", "ingress"},	    {"forward", "prerouting"},
		{"forward", "postrouting"}, {"output", "postrouting"},
		{"input", "ingress"},	    {"input", "prerouting"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(pairs); i++)
		if (strcmp(pairs[i][0], path) == 0 && strcmp(pairs[i][1], hook) == 0)
			return true;
	return false;
}

static void add_hooks(const struct difference_report *report, size_t side,
		      struct difference_notes *notes)
{
	const struct difference_input *input = &report->sides[side];

	for (size_t i = 0; i < input->rules->path_count; i++) {
		const char *hook = input->rules->paths[i].name;

		if (!passes_besides(input->path->name, hook))
			continue;
		add(report, notes,
		    arena_printf(report->arena,
				 "hook '%s' makes no difference: it is not compared",
				 hook));
	}
}

/* Listing more of them than this tells nobody more. */
#define MAX_COMMON 8

static struct space *unknowns_of(const struct difference_report *report, size_t side)
{
	struct space *space = space_new(report->arena);

	space_add_ruleset(space, report->sides[side].rules);
	return space;
}

/* What neither rule set's model knows is taken for the same in both by its name. */
static void add_common_unknowns(const struct difference_report *report,
				struct difference_notes *notes)
{
	struct space *before = unknowns_of(report, 0), *after = unknowns_of(report, 1);
	struct textmap known = {0};
	size_t common = 0;

	for (unsigned i = 0; i < space_unknowns(before); i++)
		textmap_put(&known, space_unknown_name(before, LEVEL_UNKNOWN + i), before,
			    report->arena);
	for (unsigned i = 0; i < space_unknowns(after); i++) {
		const char *name = space_unknown_name(after, LEVEL_UNKNOWN + i);

		if (!textmap_get(&known, name) || ++common > MAX_COMMON)
			continue;
		add(report, notes,
		    arena_printf(report->arena, "this holds in both or in neither: %s",
				 name));
	}
	if (common > MAX_COMMON)
		add(report, notes,
		    arena_printf(report->arena, "so do %zu more conditions",
				 common - MAX_COMMON));
}

struct difference_notes difference_notes(const struct difference_report *report)
{
	struct difference_notes notes = {0};

	for (size_t side = 0; side < 2; side++)
		add_assumptions(report, side, &notes);
	for (size_t side = 0; side < 2; side++)
		add_altering(report, side, &notes);
	for (size_t side = 0; side < 2; side++)
		add_hooks(report, side, &notes);
	add_common_unknowns(report, &notes);
	return notes;
}
