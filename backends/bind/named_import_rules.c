/* named_import_rules.c - From zones and forwarders to rules. */
#include <stdlib.h>
#include <string.h>

#include "backends/answer.h"
#include "backends/bind/named_importer.h"
#include "rules/base/arena.h"

/**
 * DOC: What named does with a question
 *
 * The zone of the longest name that it is in answers, be it with "no such name"; so zones
 * stand from many labels to few, and in a zone the names do, too: a wildcard is for what
 * is below its parent and not below another name that exists (RFC 4592).  Names below a
 * cut, names in no zone, and those that aliases lead to are looked up elsewhere, where
 * the forwarders of the longest name say whom named asks, whatever zones say.  A
 * static-stub zone's servers are asked where no forwarders are (tried with 9.18.49,
 * 2026-11-27).
 */

/** struct making - Rules of one view for one path */
struct making {
	struct named_importer *importer;
	const struct named_view *view;
	size_t chain;
};

/* What a rule is for: names, or all where @pattern has no text. */
struct subject {
	struct name_pattern pattern;
	struct span at;
	const char *id;
};

static struct rule *add_rule(const struct making *making, const struct subject *subject,
			     enum action action)
{
	struct named_importer *importer = making->importer;
	struct rule *rule =
		chain_add_rule(&importer->rules->chains[making->chain], importer->arena);

	rule->action = action;
	rule->at = subject->at;
	if (!subject->pattern.text)
		return rule;
	rule->name = subject->pattern.text;
	match_name(&rule->match, subject->pattern, false, importer->arena);
	return rule;
}

static struct subject whole_zone(const struct named_zone *zone)
{
	return (struct subject){
		.pattern = {NAME_DOMAIN, *zone->name ? zone->name : NULL},
		.at = zone->at,
		.id = zone->id,
	};
}

/* Nobody knows what becomes of these names, and why. */
static void add_unknown(const struct making *making, const struct subject *subject,
			const char *why)
{
	struct arena *arena = making->importer->arena;

	match_unknown(&add_rule(making, subject, ACTION_ADMIT)->match, why, false, arena);
	match_unknown(&add_rule(making, subject, ACTION_UNDECIDED)->match,
		      arena_printf(arena, "%s, or leave it to others", why), false,
		      arena);
	add_rule(making, subject, ACTION_REFUSE);
}

/* What is looked up elsewhere: where named does so at all. */
static enum action asks_on(const struct named_view *view)
{
	return view->recursion ? ACTION_UNDECIDED : ACTION_REFUSE;
}

static int compare_zones(const void *a, const void *b)
{
	const struct named_zone *const *first = a, *const *second = b;

	if ((*first)->labels != (*second)->labels)
		return (*first)->labels < (*second)->labels ? 1 : -1;
	return strcmp((*first)->name, (*second)->name);
}

static int compare_nodes(const void *a, const void *b)
{
	const struct named_node *const *first = a, *const *second = b;

	if ((*first)->labels != (*second)->labels)
		return (*first)->labels < (*second)->labels ? 1 : -1;
	return strcmp((*first)->name, (*second)->name);
}

/* -- answers ------------------------------------------------------------------------ */

static void add_records(const struct making *making, struct name_pattern pattern,
			const struct named_node *node, const struct named_record *alias)
{
	struct arena *arena = making->importer->arena;

	for (size_t i = 0; i < node->count; i++) {
		const struct named_record *record = node->records[i];
		const struct subject subject = {pattern, alias ? alias->at : record->at,
						NULL};
		struct rule *rule = add_rule(making, &subject, ACTION_ADMIT);
		struct addr_set to = {0};

		rule->id = alias ? alias->id : record->id;
		ranges_add(&to.of[record->addr.family],
			   (struct range){record->addr.value, record->addr.value}, arena);
		match_addrs(&rule->match, FIELD_DESTINATION, &to, arena);
	}
}

/* What names of @pattern are answered, of which @node has the records. */
static void add_data(const struct making *making, const struct named_zone *zone,
		     struct name_pattern pattern, const struct named_node *node)
{
	const struct named_record *alias = node->alias;
	const struct named_node *end = NULL;
	const char *why = NULL;

	if (!alias) {
		add_records(making, pattern, node, NULL);
		return;
	}
	const struct subject subject = {pattern, alias->at, NULL};

	switch (named_follow(making->view, zone, alias, making->importer->arena, &end,
			     &why)) {
	case NAMED_END_RECORDS:
		add_records(making, pattern, end, alias);
		return;
	case NAMED_END_NOTHING:
		return;
	case NAMED_END_ELSEWHERE:
		add_rule(making, &subject, asks_on(making->view));
		return;
	case NAMED_END_UNKNOWN:
		add_unknown(making, &subject, why);
		return;
	}
}

static void refuse(const struct making *making, enum name_kind kind, const char *name,
		   struct span at)
{
	const struct subject subject = {{kind, name}, at, NULL};

	add_rule(making, &subject, ACTION_REFUSE);
}

/* Names below @node that do not exist, in a zone that has wildcards. */
static void add_below(const struct making *making, const struct named_zone *zone,
		      const struct named_node *node)
{
	struct arena *arena = making->importer->arena;
	const struct named_node *wild =
		named_node(zone,
			   *node->name ? arena_printf(arena, "*.%s", node->name) : "*");

	refuse(making, NAME_EXACT, node->name, zone->at);
	if (wild)
		add_data(making, zone, (struct name_pattern){NAME_BELOW, node->name},
			 wild);
	refuse(making, NAME_BELOW, node->name, zone->at);
}

static void add_node(const struct making *making, const struct named_zone *zone,
		     const struct named_node *node)
{
	const struct subject cut = {{NAME_DOMAIN, node->name}, zone->at, NULL};
	const struct subject below = {{NAME_BELOW, node->name}, zone->at, NULL};

	/* Nobody asks for names that no host has. */
	if (node->hidden || strpbrk(node->name, "*\\"))
		return;
	if (node->cut) {
		add_rule(making, &cut, asks_on(making->view));
		return;
	}
	add_data(making, zone, (struct name_pattern){NAME_EXACT, node->name}, node);
	if (node->rename)
		add_unknown(making, &below,
			    arena_printf(making->importer->arena,
					 "what a DNAME makes of names below '%s'",
					 node->name));
	else if (zone->wild && *node->name)
		add_below(making, zone, node);
}

static void add_zone(const struct making *making, const struct named_zone *zone)
{
	const struct subject whole = whole_zone(zone);

	if (zone->kind == NAMED_ZONE_FORWARD)
		return;
	if (zone->kind != NAMED_ZONE_DATA) {
		add_rule(making, &whole, asks_on(making->view));
		return;
	}
	if (zone->closed) {
		add_rule(making, &whole, ACTION_REFUSE);
		return;
	}
	if (zone->unknown) {
		add_unknown(making, &whole, zone->unknown);
		return;
	}
	qsort(zone->nodes, zone->node_count, sizeof(struct named_node *), compare_nodes);
	for (size_t i = 0; i < zone->node_count; i++)
		add_node(making, zone, zone->nodes[i]);
	add_rule(making, &whole, ACTION_REFUSE);
}

/* What may decide any name, or leave it as it is. */
static void add_opaque(const struct making *making)
{
	struct arena *arena = making->importer->arena;
	const struct subject all = {.at = making->view->at};
	const char *opaque = making->view->opaque;

	if (!opaque)
		return;
	match_unknown(&add_rule(making, &all, ACTION_ADMIT)->match, opaque, false, arena);
	match_unknown(&add_rule(making, &all, ACTION_REFUSE)->match,
		      arena_printf(arena, "%s, in place of an answer", opaque), false,
		      arena);
}

static void add_answers(const struct making *making)
{
	const struct named_view *view = making->view;
	const struct subject all = {.at = view->at};

	add_opaque(making);
	for (size_t i = 0; i < view->zone_count; i++)
		add_zone(making, view->zones[i]);
	if (!view->recursion)
		add_rule(making, &all, ACTION_REFUSE);
}

/* -- questions ---------------------------------------------------------------------- */

static void add_servers(const struct making *making, const struct named_zone *zone,
			const struct named_server *servers, size_t count, bool only)
{
	struct arena *arena = making->importer->arena;
	const struct subject whole = whole_zone(zone);

	for (size_t i = 0; i < count; i++) {
		struct rule *rule = add_rule(making, &whole, ACTION_ADMIT);
		const struct addr *addr = &servers[i].addr;
		struct addr_set to = {0};

		rule->id = zone->id;
		ranges_add(&to.of[addr->family], (struct range){addr->value, addr->value},
			   arena);
		match_addrs(&rule->match, FIELD_DESTINATION, &to, arena);
		match_number(&rule->match, FIELD_DESTINATION_PORT, servers[i].port,
			     servers[i].port, arena);
	}
	add_rule(making, &whole, only ? ACTION_REFUSE : ACTION_UNDECIDED);
}

/* Has a longer part of the zone's name forwarders, or have all names? */
static bool inherits(const struct named_view *view, const struct named_zone *zone)
{
	for (const char *at = named_parent(zone->name); at; at = named_parent(at)) {
		const struct named_zone *above = textmap_get(&view->by_name, at);

		if (above && above->forwarding.given)
			return above->forwarding.count > 0;
	}
	return view->forwarding.count > 0;
}

/* Whom named asks for names of a zone that it does not answer by itself. */
static void add_forwarding(const struct making *making, const struct named_zone *zone)
{
	const struct named_forwarding *forwarding = &zone->forwarding;
	const struct subject whole = whole_zone(zone);

	if (forwarding->count) {
		add_servers(making, zone, forwarding->servers, forwarding->count,
			    forwarding->only);
		return;
	}
	if (!forwarding->given &&
	    (zone->kind == NAMED_ZONE_DATA || zone->kind == NAMED_ZONE_FORWARD ||
	     inherits(making->view, zone)))
		return;
	if (zone->kind == NAMED_ZONE_STUB ||
	    (zone->kind == NAMED_ZONE_STATIC_STUB && zone->unknown))
		add_unknown(making, &whole, zone->unknown);
	else if (zone->kind == NAMED_ZONE_STATIC_STUB)
		add_servers(making, zone, zone->servers, zone->server_count, true);
	else
		add_rule(making, &whole, ACTION_UNDECIDED);
}

static void go_to(const struct making *making, const struct subject *subject,
		  const char *unknown, size_t chain)
{
	struct rule *rule = add_rule(making, subject, ACTION_GOTO);

	rule->target = chain;
	if (unknown)
		match_unknown(&rule->match, unknown, false, making->importer->arena);
}

/* Names of a zone with data of its own: asked for elsewhere below its cuts only. */
static void add_zone_questions(const struct making *making, const struct named_zone *zone,
			       size_t forwards)
{
	const struct subject whole = whole_zone(zone);

	if (zone->kind == NAMED_ZONE_FORWARD)
		return;
	if (zone->kind != NAMED_ZONE_DATA) {
		go_to(making, &whole, NULL, forwards);
		return;
	}
	if (zone->unknown && !zone->closed)
		go_to(making, &whole,
		      arena_printf(making->importer->arena, "%s, or leave it to others",
				   zone->unknown),
		      forwards);
	for (size_t i = 0; i < zone->node_count; i++) {
		const struct named_node *node = zone->nodes[i];
		const struct subject cut = {{NAME_DOMAIN, node->name},
					    node->cut ? node->cut->at : zone->at,
					    NULL};

		if (node->cut && !node->hidden && !zone->closed &&
		    !strpbrk(node->name, "*\\"))
			go_to(making, &cut, NULL, forwards);
	}
	add_rule(making, &whole, ACTION_REFUSE);
}

static void add_questions(const struct making *making)
{
	const struct named_view *view = making->view;
	const struct subject all = {.at = view->at};
	struct making forwards = *making;

	add_opaque(making);
	if (!view->recursion) {
		add_rule(making, &all, ACTION_REFUSE);
		return;
	}
	forwards.chain = ruleset_add_chain(making->importer->rules, "forwarders",
					   making->importer->arena);
	for (size_t i = 0; i < view->zone_count; i++) {
		add_zone_questions(making, view->zones[i], forwards.chain);
		add_forwarding(&forwards, view->zones[i]);
	}
	go_to(making, &all, NULL, forwards.chain);
}

/* -- views -------------------------------------------------------------------------- */

static bool asks_somebody(const struct named_importer *importer)
{
	for (size_t i = 0; i < importer->view_count; i++)
		for (size_t k = 0; k < importer->views[i]->zone_count; k++) {
			const struct named_zone *zone = importer->views[i]->zones[k];

			if (zone->forwarding.count ||
			    zone->kind == NAMED_ZONE_STATIC_STUB)
				return true;
		}
	return false;
}

/* The first view that takes who asks; where none does, named refuses. */
static void add_views(struct named_importer *importer, size_t top,
		      void (*add)(const struct making *making))
{
	const struct making choice = {importer, NULL, top};
	const struct subject all = {0};

	for (size_t i = 0; i < importer->view_count; i++) {
		const struct named_view *view = importer->views[i];
		const struct subject subject = {.at = view->at};
		struct making making = {importer, view, top};

		if (view->name) {
			making.chain = ruleset_add_chain(importer->rules, view->name,
							 importer->arena);
			go_to(&choice, &subject,
			      view->picks ? arena_printf(importer->arena,
							 "view '%s' takes who asks",
							 view->name)
					  : NULL,
			      making.chain);
		}
		add(&making);
		if (!view->picks)
			return;
	}
	add_rule(&choice, &all, ACTION_REFUSE);
}

static void add_path(struct named_importer *importer, const char *name,
		     void (*add)(const struct making *making))
{
	struct arena *arena = importer->arena;
	struct path *path = ruleset_add_path(importer->rules, name, arena);
	struct stage *stage =
		arena_push(arena, path->stages, path->count, path->capacity);

	path->universe = answer_universe(name, arena);
	stage->label = "named";
	stage->chain = ruleset_add_chain(importer->rules, "named", arena);
	stage->end = ACTION_UNDECIDED;
	add_views(importer, stage->chain, add);
}

void named_make_rules(struct named_importer *importer)
{
	for (size_t i = 0; i < importer->view_count; i++)
		if (importer->views[i]->zone_count)
			qsort(importer->views[i]->zones, importer->views[i]->zone_count,
			      sizeof(struct named_zone *), compare_zones);
	add_path(importer, ANSWER_PATH, add_answers);
	if (asks_somebody(importer))
		add_path(importer, QUESTION_PATH, add_questions);
}
