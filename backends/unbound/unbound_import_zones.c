/* unbound_import_zones.c - What unbound answers from its configuration. */
#include <string.h>

#include "backends/answer.h"
#include "backends/unbound/unbound_importer.h"
#include "rules/base/arena.h"

/* -- zones that are there without a word --------------------------------------------- */

static struct unbound_zone *add_plain_zone(struct unbound_importer *importer,
					   const char *name, const char *type)
{
	struct unbound_zone *zone = textmap_get(&importer->zone_by_name, name);

	if (!zone) {
		zone = arena_make(importer->arena, struct unbound_zone);
		textmap_put(&importer->zone_by_name, name, zone, importer->arena);
	}
	zone->name = name;
	zone->type = unbound_find_zone_type(type);
	*arena_push(importer->arena, importer->zones, importer->zone_count,
		    importer->zone_capacity) = zone;
	return zone;
}

static bool lacks_default(const struct unbound_importer *importer, const char *name)
{
	const struct unbound_zone *zone = textmap_get(&importer->zone_by_name, name);

	return !(zone && zone->type) && !textmap_get(&importer->no_default, name);
}

static int add_localhost(struct unbound_importer *importer)
{
	static const char *const records[] = {"localhost. A 127.0.0.1",
					      "localhost. AAAA ::1"};

	add_plain_zone(importer, "localhost", "redirect");
	importer->lexer.id = NULL;
	for (size_t i = 0; i < ARRAY_SIZE(records); i++) {
		struct unbound_word word = {records[i], strlen(records[i]), SPAN_NONE};

		if (unbound_add_record(importer, &word) < 0)
			return -1;
	}
	return 0;
}

static int add_defaults(struct unbound_importer *importer)
{
	static const struct {
		const char *name;
		bool lan;
	} zones[] = {
#define DEFAULT_ZONE(name, lan) {name, lan},
#include "backends/unbound/unbound_default_zones.def"
#undef DEFAULT_ZONE
	};

	if (importer->input->bare)
		return 0;
	for (size_t i = 0; i < ARRAY_SIZE(zones); i++)
		if ((!zones[i].lan || !importer->unblock_lan) &&
		    lacks_default(importer, zones[i].name))
			add_plain_zone(importer, zones[i].name, "static")->builtin = true;
	return lacks_default(importer, "localhost") ? add_localhost(importer) : 0;
}

/* -- records find their zone --------------------------------------------------------- */

static int check_redirect(struct unbound_importer *importer,
			  const struct unbound_zone *zone,
			  const struct unbound_name *name)
{
	if (strcmp(zone->name, name->name) != 0)
		return unbound_refuse(importer, name->records[0].at,
				      "'%s' is in a zone of type '%s', which has records "
				      "at its own name '%s' only",
				      name->name, zone->type->name, zone->name);
	for (size_t i = 0; i < name->count; i++)
		if (name->records[i].kind == UNBOUND_RECORD_ALIAS && name->count > 1)
			return unbound_refuse(importer, name->records[i].at,
					      "a CNAME is beside other records of '%s', "
					      "in "
					      "a zone of type '%s'",
					      name->name, zone->type->name);
	return 0;
}

static bool is_foreign(const struct unbound_name *name)
{
	for (size_t i = 0; i < name->count; i++)
		if (name->records[i].kind != UNBOUND_RECORD_FOREIGN)
			return false;
	return true;
}

/* A name in no zone is in one of type transparent, which unbound makes for all such; it
 * decides nothing but their names, so each may as well have its own. */
static int place_names(struct unbound_importer *importer)
{
	for (size_t i = 0; i < importer->name_count; i++) {
		struct unbound_name *name = importer->names[i];
		struct unbound_zone *zone = unbound_find_zone(importer, name->name);
		bool whole = zone && zone->type->data == UNBOUND_DATA_WHOLE;

		if (whole && check_redirect(importer, zone, name) < 0)
			return -1;
		/* Of the root itself nobody asks an address. */
		if (is_foreign(name) || unbound_is_odd(name->name) ||
		    (!*name->name && !whole))
			continue;
		if (!zone) {
			zone = add_plain_zone(importer, name->name, "transparent");
			zone->at = name->records[0].at;
		}
		*arena_push(importer->arena, zone->names, zone->count, zone->capacity) =
			name;
	}
	return 0;
}

static int check_marked(struct unbound_importer *importer)
{
	for (size_t i = 0; i < importer->marked_count; i++)
		if (!importer->marked[i]->type)
			return unbound_refuse(importer, importer->marked[i]->at,
					      "there is no local-zone '%s'",
					      importer->marked[i]->name);
	return 0;
}

/* Names have 127 labels at most, so sorting by their number is stable in a few rounds. */
static void sort_zones(struct unbound_importer *importer)
{
	struct unbound_zone **sorted =
		arena_array(importer->arena, importer->zone_count + 1,
			    struct unbound_zone *);
	size_t *labels = arena_array(importer->arena, importer->zone_count + 1, size_t);
	size_t most = 0, count = 0;

	for (size_t i = 0; i < importer->zone_count; i++) {
		labels[i] = unbound_labels(importer->zones[i]->name);
		most = labels[i] > most ? labels[i] : most;
	}
	for (size_t want = most + 1; want > 0; want--)
		for (size_t i = 0; i < importer->zone_count; i++)
			if (labels[i] == want - 1)
				sorted[count++] = importer->zones[i];
	importer->zones = sorted;
}

/* -- rules -------------------------------------------------------------------------- */

size_t unbound_add_stage(struct unbound_importer *importer, const char *path,
			 const char *label)
{
	struct path *found = ruleset_add_path(importer->rules, path, importer->arena);
	struct stage *stage =
		arena_push(importer->arena, found->stages, found->count, found->capacity);

	found->compose = COMPOSE_FIRST;
	found->universe = answer_universe(path, importer->arena);
	*stage = (struct stage){
		.label = label,
		.chain = ruleset_add_chain(importer->rules, label, importer->arena),
		.end = ACTION_UNDECIDED,
	};
	return stage->chain;
}

struct rule *unbound_add_rule(struct unbound_importer *importer, size_t chain,
			      enum action action, struct span at, const char *id)
{
	struct rule *rule =
		chain_add_rule(&importer->rules->chains[chain], importer->arena);

	rule->action = action;
	rule->at = at;
	rule->id = id;
	return rule;
}

void unbound_match_zone(struct match *match, const char *zone, struct arena *arena)
{
	if (*zone) /* everything is below the root */
		match_name(match, (struct name_pattern){NAME_DOMAIN, zone}, false, arena);
}

bool unbound_refuse_builtin(struct unbound_importer *importer, size_t chain,
			    const struct unbound_zone *zone)
{
	static const char name[] = "local zones that unbound has by itself";
	struct chain *rules = &importer->rules->chains[chain];
	struct rule *last = rules->count ? &rules->rules[rules->count - 1] : NULL;
	struct name_patterns *names;
	struct term *term;

	if (!zone->builtin || zone->count || zone->tagged || zone->overridden)
		return false;
	if (!last || last->name != name) {
		last = unbound_add_rule(importer, chain, ACTION_REFUSE, SPAN_NONE, NULL);
		last->name = name;
		term = match_add(&last->match, TERM_NAMES, importer->arena);
		term->field = FIELD_NAME;
	}
	names = &last->match.terms[0].names;
	*arena_push(importer->arena, names->at, names->count, names->capacity) =
		(struct name_pattern){NAME_DOMAIN, zone->name};
	return true;
}

void unbound_match_tag(struct match *match, const struct unbound_zone *zone,
		       struct arena *arena)
{
	if (zone->tagged)
		match_unknown(match,
			      arena_printf(arena,
					   "who asks has a tag of local-zone \"%s\"",
					   zone->name),
			      false, arena);
}

/** struct making - One local zone on its way to rules */
struct making {
	struct unbound_importer *importer;
	const struct unbound_zone *zone;
	size_t chain;
};

/* A rule about @name, or about the whole zone. */
static struct rule *add_rule(struct making *making, enum action action,
			     const struct unbound_name *name, struct span at,
			     const char *id)
{
	struct arena *arena = making->importer->arena;
	struct rule *rule =
		unbound_add_rule(making->importer, making->chain, action, at, id);

	rule->name = arena_printf(arena, "local-zone \"%s\" %s", making->zone->name,
				  making->zone->type->name);
	if (name && making->zone->type->data != UNBOUND_DATA_WHOLE)
		match_name(&rule->match, (struct name_pattern){NAME_EXACT, name->name},
			   false, arena);
	else
		unbound_match_zone(&rule->match, making->zone->name, arena);
	unbound_match_tag(&rule->match, making->zone, arena);
	return rule;
}

/* The answer for a type is the records of that type or the alias, whichever ends first
 * in the text (unbound 1.17.1, tried 2026-11-27). */
static bool is_served(const struct unbound_name *name, enum family family)
{
	size_t last = 0, alias = SIZE_MAX;
	bool any = false;

	for (size_t i = 0; i < name->count; i++) {
		const struct unbound_record *record = &name->records[i];

		if (record->kind == UNBOUND_RECORD_ALIAS) {
			alias = record->order;
		} else if (record->kind == UNBOUND_RECORD_ADDRESS &&
			   record->addr.family == family) {
			last = record->order;
			any = true;
		}
	}
	return any && last < alias;
}

bool unbound_answers_family(const struct unbound_name *name, enum family family)
{
	for (size_t i = 0; i < name->count; i++)
		if (name->records[i].kind == UNBOUND_RECORD_ALIAS)
			return true;
	return is_served(name, family);
}

static void admit_records(struct making *making, const struct unbound_name *name)
{
	struct arena *arena = making->importer->arena;
	bool whole = making->zone->type->data == UNBOUND_DATA_WHOLE;
	bool served[FAMILY_COUNT] = {is_served(name, FAMILY_IPV4),
				     is_served(name, FAMILY_IPV6)};

	for (size_t i = 0; i < name->count; i++) {
		const struct unbound_record *record = &name->records[i];
		bool address = record->kind == UNBOUND_RECORD_ADDRESS &&
			       served[record->addr.family];
		struct addr_set to = {0};
		struct rule *rule;

		/* Only a redirect looks up where its alias leads. */
		if (record->empty)
			continue;
		if (!address && !(whole && record->kind == UNBOUND_RECORD_ALIAS))
			continue;
		rule = add_rule(making, ACTION_ADMIT, name, record->at, record->id);
		if (!address) {
			match_resolved(&rule->match, FIELD_DESTINATION, record->target,
				       NULL, arena);
			continue;
		}
		ranges_add(&to.of[record->addr.family],
			   (struct range){record->addr.value, record->addr.value}, arena);
		match_addrs(&rule->match, FIELD_DESTINATION, &to, arena);
	}
}

/* Whoever has a name has it alone, or the types that it has. */
static void refuse_rest(struct making *making, const struct unbound_name *name)
{
	struct rule *rule;

	if (making->zone->type->data == UNBOUND_DATA_WHOLE)
		return; /* the zone itself does */
	if (making->zone->type->data == UNBOUND_DATA_NAMES) {
		add_rule(making, ACTION_REFUSE, name, name->records[0].at, NULL);
		return;
	}
	for (unsigned family = 0; family < FAMILY_COUNT; family++) {
		if (!unbound_answers_family(name, (enum family)family))
			continue;
		rule = add_rule(making, ACTION_REFUSE, name, name->records[0].at, NULL);
		match_family(&rule->match, (enum family)family, making->importer->arena);
	}
}

static void admit_null(struct making *making)
{
	struct arena *arena = making->importer->arena;
	struct rule *rule =
		add_rule(making, ACTION_ADMIT, NULL, making->zone->at, making->zone->id);
	struct addr_set to = {0};

	for (unsigned family = 0; family < FAMILY_COUNT; family++)
		ranges_add(&to.of[family], (struct range){0, 0}, arena);
	match_addrs(&rule->match, FIELD_DESTINATION, &to, arena);
}

static void add_zone_rule(struct making *making)
{
	const struct unbound_zone *zone = making->zone;
	struct rule *rule;

	switch (zone->type->rest) {
	case UNBOUND_REST_NULL_ADDRESS:
		admit_null(making);
		break;
	case UNBOUND_REST_REFUSED:
		if (unbound_refuse_builtin(making->importer, making->chain, zone))
			return;
		break;
	case UNBOUND_REST_NO_IPV4:
		rule = add_rule(making, ACTION_REFUSE, NULL, zone->at, NULL);
		match_family(&rule->match, FAMILY_IPV4, making->importer->arena);
		break;
	case UNBOUND_REST_ASKED:
		break;
	}
	if (zone->type->rest == UNBOUND_REST_REFUSED ||
	    zone->type->rest == UNBOUND_REST_NULL_ADDRESS)
		add_rule(making, ACTION_REFUSE, NULL, zone->at, NULL);
	/* What is in this zone is in no other one. */
	else if (*zone->name &&
		 unbound_find_zone(making->importer, unbound_parent(zone->name)))
		add_rule(making, ACTION_UNDECIDED, NULL, zone->at, NULL);
}

/* Names at or below @zone (NULL: all) have answers that nobody here knows. */
static void add_unknown(struct unbound_importer *importer, size_t chain, const char *zone,
			struct span at, const char *what)
{
	static const enum action actions[] = {ACTION_ADMIT, ACTION_REFUSE};

	for (size_t i = 0; i < ARRAY_SIZE(actions); i++) {
		struct rule *rule =
			unbound_add_rule(importer, chain, actions[i], at, NULL);

		if (zone)
			unbound_match_zone(&rule->match, zone, importer->arena);
		match_unknown(&rule->match,
			      arena_printf(importer->arena, "%s answers %s", what,
					   i ? "without this address"
					     : "with this address"),
			      false, importer->arena);
	}
}

static void add_zone(struct making *making)
{
	const struct unbound_zone *zone = making->zone;
	struct unbound_importer *importer = making->importer;

	if (zone->overridden || (zone->tagged && importer->tag_actions))
		add_unknown(importer, making->chain, zone->name, zone->at,
			    arena_printf(importer->arena,
					 "local-zone \"%s\", which is another for some,",
					 zone->name));
	if (zone->type->data != UNBOUND_DATA_NONE)
		for (size_t i = 0; i < zone->count; i++) {
			admit_records(making, zone->names[i]);
			refuse_rest(making, zone->names[i]);
		}
	add_zone_rule(making);
}

static void add_others(struct unbound_importer *importer)
{
	size_t chain;

	if (!importer->other_count)
		return;
	chain = unbound_add_stage(importer, ANSWER_PATH, "other zones");
	for (size_t rpz = 2; rpz-- > 0;)
		for (size_t i = 0; i < importer->other_count; i++) {
			const struct unbound_other *other = importer->others[i];

			if (other->rpz != (rpz == 1) || unbound_is_odd(other->name) ||
			    (!other->rpz && !other->downstream))
				continue;
			add_unknown(importer, chain, other->rpz ? NULL : other->name,
				    other->at,
				    arena_printf(importer->arena, "%s \"%s\"",
						 other->rpz ? "rpz" : "auth-zone",
						 other->name));
		}
}

int unbound_make_answers(struct unbound_importer *importer)
{
	size_t chain = unbound_add_stage(importer, ANSWER_PATH, "local zones");

	if (add_defaults(importer) < 0 || place_names(importer) < 0 ||
	    check_marked(importer) < 0)
		return -1;
	sort_zones(importer);
	if (importer->view_count)
		add_unknown(importer, chain, NULL, SPAN_NONE, "the view of who asks");
	for (size_t i = 0; i < importer->zone_count; i++) {
		struct making making = {importer, importer->zones[i], chain};

		if (!unbound_is_odd(importer->zones[i]->name))
			add_zone(&making);
	}
	add_others(importer);
	return 0;
}
