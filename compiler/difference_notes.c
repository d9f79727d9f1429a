/* difference_notes.c - What a comparison of two rule sets rests on. */
#include "compiler/difference_notes.h"

#include <string.h>

#include "compiler/rule_text.h"
#include "rules/base/arena.h"

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

static void add_hooks(const struct difference_report *report, size_t side,
		      struct difference_notes *notes)
{
	const struct difference_input *input = &report->sides[side];

	for (size_t i = 0; i < input->rules->path_count; i++)
		if (&input->rules->paths[i] != input->path)
			add(report, notes,
			    arena_printf(report->arena,
					 "hook '%s' makes no difference: it is not "
					 "compared",
					 input->rules->paths[i].name));
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
	return notes;
}
