/* nft_early.c - Rules that run before the kernel tracks connections. */
#include <string.h>

#include "backends/nftables/nft_importer.h"
#include "rules/base/arena.h"
#include "rules/base/strbuf.h"

/**
 * DOC: Before connection tracking
 *
 * Connections are found at priority -200 of prerouting and output (NF_IP_PRI_CONNTRACK,
 * linux/netfilter_ipv4.h).  A chain in front of that, and every one on ingress, sees the
 * state "invalid" in each packet, but for those that loopback has brought back (Linux
 * 6.18, tried 2026-11-21).  The model's state is the one that the packet has behind it,
 * so a test of it in such a chain is an unknown.
 */
#define CONNTRACK_PRIORITY (-200)

static bool is_early(const struct path *path, const struct stage *stage)
{
	if (strcmp(path->name, "ingress") == 0)
		return true;
	return (strcmp(path->name, "prerouting") == 0 ||
		strcmp(path->name, "output") == 0) &&
	       stage->priority <= CONNTRACK_PRIORITY;
}

static const char *state_test(const struct term *term, struct arena *arena)
{
	CLEANUP(strbuf_release) struct strbuf out = {0};

	strbuf_puts(&out, "ct state");
	for (unsigned state = 0; state < CT_STATE_COUNT; state++)
		if (ranges_contain(&term->numbers, state))
			strbuf_printf(&out, " %s", ct_state_name((enum ct_state)state));
	strbuf_puts(&out, " before connections are tracked");
	return arena_strdup(arena, strbuf_text(&out));
}

/* Terms are copied before they change: rules of two chains may share them. */
static void doubt_states(struct match *match, struct arena *arena)
{
	struct term *terms = arena_array(arena, match->count, struct term);

	for (size_t i = 0; i < match->count; i++) {
		struct term *term = &terms[i];

		*term = match->terms[i];
		if (term->kind == TERM_NUMBERS && term->field == FIELD_STATE) {
			*term = (struct term){.kind = TERM_UNKNOWN,
					      .unknown = state_test(term, arena),
					      .negated = term->negated};
		} else if (term->kind == TERM_CHOICE) {
			struct match *choices =
				arena_array(arena, term->choices.count, struct match);

			for (size_t j = 0; j < term->choices.count; j++) {
				choices[j] = term->choices.at[j];
				doubt_states(&choices[j], arena);
			}
			term->choices.at = choices;
			term->choices.capacity = term->choices.count;
		}
	}
	match->terms = terms;
	match->capacity = match->count;
}

static void doubt_chain(struct nft_importer *importer, struct chain *chain,
			const size_t *early)
{
	for (size_t i = 0; i < chain->count; i++) {
		struct rule *rule = &chain->rules[i];

		doubt_states(&rule->match, importer->arena);
		if (rule->action == ACTION_JUMP || rule->action == ACTION_GOTO)
			rule->target = early[rule->target];
	}
}

/* Chains that early and late base chains use are doubled, so that only the early ones
 * change. */
void nft_separate_early(struct nft_importer *importer)
{
	struct ruleset *rules = importer->rules;
	size_t count = rules->chain_count;
	bool *by_early = arena_array(importer->arena, count, bool);
	bool *by_late = arena_array(importer->arena, count, bool);
	size_t *early = arena_array(importer->arena, count, size_t);
	bool any = false;

	for (size_t i = 0; i < rules->path_count; i++) {
		const struct path *path = &rules->paths[i];

		for (size_t j = 0; j < path->count; j++) {
			bool here = is_early(path, &path->stages[j]);

			(here ? by_early : by_late)[path->stages[j].chain] = true;
			any |= here;
		}
	}
	if (!any)
		return;
	nft_reach(rules, by_early, importer->arena);
	nft_reach(rules, by_late, importer->arena);
	for (size_t i = 0; i < count; i++)
		early[i] = by_early[i] && by_late[i]
				   ? nft_copy_chain(importer, i, "before tracking")
				   : i;
	for (size_t i = 0; i < count; i++)
		if (by_early[i])
			doubt_chain(importer, &rules->chains[early[i]], early);
}
