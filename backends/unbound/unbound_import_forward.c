/* unbound_import_forward.c - Which servers unbound asks. */
#include <string.h>

#include "backends/answer.h"
#include "backends/unbound/unbound_importer.h"
#include "rules/base/arena.h"

/* unbound never asks these unless it is told to (do-not-query-localhost). */
static const char *const localhost[] = {"127.0.0.0/8", "::1"};

/** struct making - The path on its way: @own has the names that nobody is asked for */
struct making {
	struct unbound_importer *importer;
	size_t chain, own;
	struct addr_set not_asked;
	struct textmap forwards; /* struct unbound_forward, by name */
};

static void refuse_unknown(struct making *making, size_t chain, const char *zone,
			   struct span at, const char *unknown, bool negated)
{
	struct unbound_importer *importer = making->importer;
	struct rule *rule = unbound_add_rule(importer, chain, ACTION_REFUSE, at, NULL);

	if (zone)
		unbound_match_zone(&rule->match, zone, importer->arena);
	match_unknown(&rule->match, unknown, negated, importer->arena);
}

/* -- names of our own --------------------------------------------------------------- */

/* @name, or with NULL the whole zone. */
static void add_own(struct making *making, const struct unbound_zone *zone,
		    const char *name, enum action action, const char *unknown)
{
	struct unbound_importer *importer = making->importer;
	struct arena *arena = importer->arena;
	struct name_pattern pattern = {name ? NAME_EXACT : NAME_DOMAIN,
				       name ? name : zone->name};
	struct rule *rule;

	rule = unbound_add_rule(importer, making->own, action, zone->at, NULL);
	if (*pattern.text)
		match_name(&rule->match, pattern, false, arena);
	unbound_match_tag(&rule->match, zone, arena);
	if (zone->overridden)
		match_unknown(&rule->match,
			      arena_printf(arena,
					   "who asks has local-zone \"%s\" as it is",
					   zone->name),
			      false, arena);
	if (unknown)
		match_unknown(&rule->match, unknown, false, arena);
}

static void add_own_zone(struct making *making, const struct unbound_zone *zone)
{
	const struct unbound_zone_type *type = zone->type;
	bool rest = type->rest == UNBOUND_REST_REFUSED ||
		    type->rest == UNBOUND_REST_NULL_ADDRESS;
	const char *typed =
		arena_printf(making->importer->arena,
			     "local-zone \"%s\" answers questions of this type",
			     zone->name);

	if (unbound_refuse_builtin(making->importer, making->own, zone))
		return;
	for (size_t i = 0; i < zone->count; i++) {
		const struct unbound_name *name = zone->names[i];
		bool ipv4 = unbound_answers_family(name, FAMILY_IPV4);
		bool ipv6 = unbound_answers_family(name, FAMILY_IPV6);

		if (type->data == UNBOUND_DATA_NAMES ||
		    (type->data == UNBOUND_DATA_TYPES && ipv4 && ipv6))
			add_own(making, zone, name->name, ACTION_REFUSE, NULL);
		else if (type->data == UNBOUND_DATA_TYPES && (ipv4 || ipv6))
			add_own(making, zone, name->name, ACTION_REFUSE, typed);
	}
	if (type->rest == UNBOUND_REST_NO_IPV4)
		add_own(making, zone, NULL, ACTION_REFUSE, typed);
	if (rest)
		add_own(making, zone, NULL, ACTION_REFUSE, NULL);
	else if (*zone->name &&
		 unbound_find_zone(making->importer, unbound_parent(zone->name)))
		add_own(making, zone, NULL, ACTION_RETURN, NULL);
}

static void add_own_names(struct making *making)
{
	struct unbound_importer *importer = making->importer;
	struct rule *jump;

	making->own = ruleset_add_chain(importer->rules, "own names", importer->arena);
	jump = unbound_add_rule(importer, making->chain, ACTION_JUMP, SPAN_NONE, NULL);
	jump->target = making->own;
	for (size_t i = 0; i < importer->zone_count; i++)
		if (!unbound_is_odd(importer->zones[i]->name))
			add_own_zone(making, importer->zones[i]);
}

/* -- servers ------------------------------------------------------------------------ */

/* Those of a zone that have no address: wherever their names lead. */
static void admit_hosts(struct making *making, const struct unbound_forward *forward,
			const char *zone, const char *guard)
{
	struct arena *arena = making->importer->arena;

	for (size_t i = 0; i < forward->count; i++) {
		const struct unbound_server *server = &forward->servers[i];
		struct rule *rule;

		if (!server->host)
			continue;
		rule = unbound_add_rule(making->importer, making->chain, ACTION_ADMIT,
					server->at, forward->id);
		unbound_match_zone(&rule->match, zone, arena);
		match_resolved(&rule->match, FIELD_DESTINATION, server->host, NULL,
			       arena);
		match_number(&rule->match, FIELD_DESTINATION_PORT, server->port,
			     server->port, arena);
		if (guard)
			match_unknown(&rule->match, guard, false, arena);
	}
}

static void admit_servers(struct making *making, const struct unbound_forward *forward,
			  const char *zone, const char *guard)
{
	struct arena *arena = making->importer->arena;

	for (size_t i = 0; i < forward->count; i++) {
		const struct unbound_server *server = &forward->servers[i];
		struct addr_set to = {0};
		struct rule *rule;

		if (server->host || addr_set_contains(&making->not_asked, &server->addr))
			continue;
		ranges_add(&to.of[server->addr.family],
			   (struct range){server->addr.value, server->addr.value}, arena);
		rule = unbound_add_rule(making->importer, making->chain, ACTION_ADMIT,
					server->at, forward->id);
		unbound_match_zone(&rule->match, zone, arena);
		match_addrs(&rule->match, FIELD_DESTINATION, &to, arena);
		match_number(&rule->match, FIELD_DESTINATION_PORT, server->port,
			     server->port, arena);
		if (guard)
			match_unknown(&rule->match, guard, false, arena);
	}
	admit_hosts(making, forward, zone, guard);
}

/* What unbound may do to answers for names at or below @zone; NULL: nothing.  Where a
 * chain of aliases leads nobody knows here, so all of @zone must be exempt. */
static const char *find_guard(const struct unbound_importer *importer, const char *zone)
{
	struct arena *arena = importer->arena;

	if (importer->response_ip)
		return arena_printf(arena,
				    "'response-ip' leaves answers below \"%s\" alone",
				    zone);
	if (addr_set_is_empty(&importer->private))
		return NULL;
	for (const char *name = zone; name; name = unbound_parent(name))
		if (textmap_get(&importer->private_domain, name))
			return NULL;
	return arena_printf(arena,
			    "answers below \"%s\" hold nothing that 'private-address' "
			    "takes out",
			    zone);
}

/* Names that are exempt from the guard, in a zone that is not. */
static void admit_exempt(struct making *making, const struct unbound_forward *forward)
{
	if (!find_guard(making->importer, forward->name))
		return;
	for (size_t i = 0; i < forward->exempt_count; i++)
		if (!find_guard(making->importer, forward->exempt[i]))
			admit_servers(making, forward, forward->exempt[i], NULL);
}

static void add_forward(struct making *making, const struct unbound_forward *forward)
{
	struct unbound_importer *importer = making->importer;
	const char *kind = forward->stub ? "stub-zone" : "forward-zone";
	struct rule *rule;

	admit_exempt(making, forward);
	admit_servers(making, forward, forward->name,
		      find_guard(importer, forward->name));
	if (forward->stub || forward->first)
		refuse_unknown(making, making->chain, forward->name, forward->at,
			       arena_printf(importer->arena,
					    "a server of %s \"%s\" answers by itself",
					    kind, forward->name),
			       false);
	rule = unbound_add_rule(importer, making->chain,
				forward->stub || forward->first ? ACTION_UNDECIDED
								: ACTION_REFUSE,
				forward->at, NULL);
	rule->name = arena_printf(importer->arena, "%s \"%s\"", kind, forward->name);
	unbound_match_zone(&rule->match, forward->name, importer->arena);
}

/* Of one name the later forward-zone counts, or the later stub-zone if there is none. */
static void choose_forwards(struct making *making)
{
	const struct unbound_importer *importer = making->importer;

	for (size_t i = 0; i < importer->forward_count; i++) {
		struct unbound_forward *forward = importer->forwards[i];
		const struct unbound_forward *other =
			textmap_get(&making->forwards, forward->name);

		if (!other || other->stub || !forward->stub)
			textmap_put(&making->forwards, forward->name, forward,
				    importer->arena);
	}
}

/* Each exempt domain matters to the zone that it is in. */
static void place_exempt(struct making *making)
{
	const struct unbound_importer *importer = making->importer;

	for (size_t i = 0; i < importer->private_domain_count; i++) {
		const char *domain = importer->private_domains[i], *name = domain;
		struct unbound_forward *forward = NULL;

		for (; name && !forward; name = unbound_parent(name))
			forward = textmap_get(&making->forwards, name);
		if (forward && !unbound_is_odd(domain))
			*arena_push(importer->arena, forward->exempt,
				    forward->exempt_count, forward->exempt_capacity) =
				domain;
	}
}

static void add_forwards(struct making *making)
{
	const struct unbound_importer *importer = making->importer;
	size_t most = 0;

	choose_forwards(making);
	place_exempt(making);
	for (size_t i = 0; i < importer->forward_count; i++)
		if (unbound_labels(importer->forwards[i]->name) > most)
			most = unbound_labels(importer->forwards[i]->name);
	for (size_t labels = most + 1; labels > 0; labels--)
		for (size_t i = 0; i < importer->forward_count; i++) {
			struct unbound_forward *forward = importer->forwards[i];

			if (unbound_labels(forward->name) == labels - 1 &&
			    !unbound_is_odd(forward->name) &&
			    textmap_get(&making->forwards, forward->name) == forward)
				add_forward(making, forward);
		}
}

/* -- the path ----------------------------------------------------------------------- */

static void find_not_asked(struct making *making)
{
	struct unbound_importer *importer = making->importer;
	struct prefix prefix;

	making->not_asked = importer->not_asked;
	for (size_t i = 0; importer->spares_localhost && i < ARRAY_SIZE(localhost); i++) {
		if (prefix_parse(localhost[i], &prefix) != PREFIX_OK)
			BUG("'%s' is no prefix", localhost[i]);
		addr_set_add_prefix(&making->not_asked, &prefix, importer->arena);
	}
	for (unsigned family = 0; family < FAMILY_COUNT; family++)
		if (!importer->asks[family])
			making->not_asked.of[family] =
				ranges_full(family_bits((enum family)family),
					    importer->arena);
	addr_set_normalize(&making->not_asked);
}

static void add_others(struct making *making)
{
	struct unbound_importer *importer = making->importer;

	for (size_t i = 0; i < importer->other_count; i++) {
		const struct unbound_other *other = importer->others[i];

		if (unbound_is_odd(other->name) ||
		    (!other->rpz && !other->downstream && !other->upstream))
			continue;
		refuse_unknown(making, making->chain, other->rpz ? NULL : other->name,
			       other->at,
			       arena_printf(importer->arena, "%s \"%s\" answers",
					    other->rpz ? "rpz" : "auth-zone",
					    other->name),
			       false);
	}
}

/* Does module-config name @module? */
static bool has_module(const char *modules, const char *module)
{
	size_t length = strlen(module);

	for (; modules; modules = strpbrk(modules, " \t")) {
		modules += strspn(modules, " \t");
		if (strncmp(modules, module, length) == 0 &&
		    (!modules[length] || strchr(" \t", modules[length])))
			return true;
	}
	return false;
}

static void add_modules(struct making *making)
{
	static const char *const others[] = {"python", "dynlib", "ipsecmod"};
	struct unbound_importer *importer = making->importer;
	struct rule *rule;

	if (!importer->modules)
		return;
	if (!has_module(importer->modules, "iterator")) {
		rule = unbound_add_rule(importer, making->chain, ACTION_REFUSE, SPAN_NONE,
					NULL);
		rule->name = "module-config has no iterator";
	}
	for (size_t i = 0; i < ARRAY_SIZE(others); i++)
		if (has_module(importer->modules, others[i]))
			refuse_unknown(making, making->chain, NULL, SPAN_NONE,
				       arena_printf(importer->arena,
						    "module '%s' lets it pass",
						    others[i]),
				       true);
}

void unbound_make_questions(struct unbound_importer *importer)
{
	struct making making = {.importer = importer};

	if (!importer->forward_count)
		return;
	addr_set_normalize(&importer->private);
	find_not_asked(&making);
	making.chain = unbound_add_stage(importer, QUESTION_PATH, "forward zones");
	if (importer->view_count)
		refuse_unknown(&making, making.chain, NULL, SPAN_NONE,
			       "the view of who asks answers", false);
	add_modules(&making);
	add_own_names(&making);
	add_others(&making);
	add_forwards(&making);
}
