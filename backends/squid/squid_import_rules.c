/* squid_import_rules.c - From access lines to stages of a rule set. */
#include <string.h>

#include "backends/squid/squid_importer.h"
#include "rules/base/arena.h"

/**
 * DOC: Stages
 *
 * A request meets http_access, then adapted_http_access, then miss_access; each may
 * refuse it (squid 5.7, tried 2026-08-20).  Only http_access says that a request is let
 * in; where the others allow, they leave it as it was.
 */

/* Shared by all rules: whoever has no credentials has none for the next rule either. */
static const char no_credentials[] = "the client gives no credentials that are accepted";

static uint64_t rule_size(const struct squid_access *access)
{
	uint64_t size = 0;

	for (size_t i = 0; i < access->uses.count; i++)
		size += access->uses.at[i].acl->size;
	return size;
}

static void add_uses(struct squid_importer *importer, const struct squid_access *access,
		     size_t count, bool waits, struct match *match)
{
	for (size_t i = 0; i < count; i++)
		squid_add_use(importer, &access->uses.at[i], waits, access->at, match);
}

static struct rule *add_rule(struct squid_importer *importer, size_t chain,
			     const struct squid_access *access)
{
	struct rule *rule =
		chain_add_rule(&importer->rules->chains[chain], importer->arena);

	rule->at = access->at;
	rule->name = access->name;
	return rule;
}

/*
 * A test that asks for credentials ends all testing when there are none: squid answers
 * 407, which refuses the request.
 */
static void add_challenges(struct squid_importer *importer, size_t chain,
			   const struct squid_access *access, bool waits)
{
	for (size_t i = 0; i < access->uses.count; i++) {
		const struct squid_acl *acl = access->uses.at[i].acl;
		const char *unknown = no_credentials;
		struct rule *rule;

		if (!acl->asks)
			continue;
		if (acl->type->trait != SQUID_TRAIT_NEEDS_AUTH)
			unknown = arena_printf(importer->arena,
					       "%s: ACL '%s' asks for credentials",
					       squid_place(importer, access->at),
					       acl->name);
		rule = add_rule(importer, chain, access);
		rule->action = ACTION_REFUSE;
		add_uses(importer, access, i, waits, &rule->match);
		match_unknown(&rule->match, unknown, false, importer->arena);
	}
}

static int add_access(struct squid_importer *importer, size_t chain,
		      const struct squid_access *access, enum squid_list list)
{
	bool waits = list != SQUID_LIST_MISS;
	struct rule *rule;

	if (rule_size(access) > SQUID_MAX_TERMS)
		return diag_report(importer->diag, DIAG_SQUID_TOO_LARGE, access->at,
				   "a rule of more than %u tests", SQUID_MAX_TERMS);
	add_challenges(importer, chain, access, waits);
	rule = add_rule(importer, chain, access);
	rule->id = access->id;
	rule->action = !access->allow		 ? ACTION_REFUSE
		       : list == SQUID_LIST_HTTP ? ACTION_ADMIT
						 : ACTION_UNDECIDED;
	add_uses(importer, access, access->uses.count, waits, &rule->match);
	return 0;
}

/* What becomes of a request that no line takes: the opposite of the last line. */
static enum action end_of(const struct squid_importer *importer, enum squid_list list)
{
	const struct squid_access_list *lines = &importer->lists[list];
	bool allow = lines->count && !lines->at[lines->count - 1].allow;

	if (!importer->listens)
		return ACTION_UNDECIDED;
	if (list == SQUID_LIST_HTTP)
		return allow ? ACTION_ADMIT : ACTION_REFUSE;
	return allow ? ACTION_UNDECIDED : ACTION_REFUSE;
}

/* An answer from the cache is given without miss_access; a tunnel has none. */
static void guard_miss(struct squid_importer *importer, struct match *guard)
{
	struct arena *arena = importer->arena;
	struct term *term = match_add(guard, TERM_CHOICE, arena);
	struct match *choice;

	choice = arena_push(arena, term->choices.at, term->choices.count,
			    term->choices.capacity);
	match_symbol(choice, FIELD_METHOD, "CONNECT", false, arena);
	choice = arena_push(arena, term->choices.at, term->choices.count,
			    term->choices.capacity);
	match_unknown(choice, "the answer is not in the cache", false, arena);
}

static int add_stage(struct squid_importer *importer, struct path *path,
		     enum squid_list list)
{
	static const char *const labels[] = {
		[SQUID_LIST_HTTP] = "http_access",
		[SQUID_LIST_ADAPTED] = "adapted_http_access",
		[SQUID_LIST_MISS] = "miss_access",
	};
	const struct squid_access_list *lines = &importer->lists[list];
	size_t chain = ruleset_add_chain(importer->rules, labels[list], importer->arena);
	struct stage *stage;

	importer->rules->chains[chain].at =
		(struct span){importer->input->files[0].source, 0, 0};
	for (size_t i = 0; i < lines->count; i++)
		if (add_access(importer, chain, &lines->at[i], list) < 0)
			return -1;
	stage = arena_push(importer->arena, path->stages, path->count, path->capacity);
	stage->label = labels[list];
	stage->chain = chain;
	stage->end = end_of(importer, list);
	stage->priority = (int)list;
	if (list == SQUID_LIST_MISS)
		guard_miss(importer, &stage->guard);
	return 0;
}

int squid_make_rules(struct squid_importer *importer)
{
	struct path *path = ruleset_add_path(importer->rules, "request", importer->arena);

	path->compose = COMPOSE_ALL;
	match_number(&path->universe, FIELD_PROTOCOL, PROTOCOL_TCP, PROTOCOL_TCP,
		     importer->arena);
	match_number(&path->universe, FIELD_STATE, CT_NEW, CT_NEW, importer->arena);
	for (unsigned list = 0; list < SQUID_LIST_COUNT; list++) {
		if (list != SQUID_LIST_HTTP && !importer->lists[list].count)
			continue;
		if (add_stage(importer, path, (enum squid_list)list) < 0)
			return -1;
	}
	return 0;
}
