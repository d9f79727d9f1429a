/* azure_dns_import_names.c - The names that exist in a zone, and what they have. */
#include "backends/azure_private_dns/azure_dns_import_names.h"

#include <string.h>

#include "rules/base/arena.h"

static struct azdns_node *node_of(struct azdns_importer *importer,
				  struct azdns_domain *domain, const char *name)
{
	struct azdns_node *node = textmap_get(&domain->by_name, name);

	if (node)
		return node;
	node = arena_make(importer->arena, struct azdns_node);
	node->name = name;
	textmap_put(&domain->by_name, name, node, importer->arena);
	*arena_push(importer->arena, domain->nodes, domain->count, domain->capacity) =
		node;
	return node;
}

/* The name exists when @condition holds, and so do those above it. */
static struct azdns_node *add_node(struct azdns_importer *importer,
				   struct azdns_domain *domain, const char *name,
				   const char *condition)
{
	struct azdns_node *first = NULL, *below = NULL;

	for (const char *at = name;; at = strchr(at, '.') + 1) {
		size_t before = domain->count;
		struct azdns_node *node = node_of(importer, domain, at);

		first = first ? first : node;
		if (below)
			*arena_push(importer->arena, node->children, node->child_count,
				    node->child_capacity) = below;
		below = domain->count > before ? node : NULL;
		if (condition)
			*arena_push(importer->arena, node->conditions,
				    node->condition_count, node->condition_capacity) =
				condition;
		else
			node->sure = true;
		if (node == domain->apex)
			return first;
	}
}

static void check_alone(struct azdns_importer *importer, struct azdns_set *const *sets,
			size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (sets[i]->type != AZDNS_CNAME)
			continue;
		for (size_t k = 0; k < count; k++) {
			if (i == k || sets[i]->condition || sets[k]->condition)
				continue;
			azdns_refused(importer, sets[i]->at,
				      "a canonical name beside other records of '%.80s'",
				      sets[i]->text);
			diag_note(importer->diag, sets[k]->at, "these are here");
			return;
		}
	}
}

static void add_set(struct azdns_importer *importer, struct azdns_domain *domain,
		    struct azdns_set *set)
{
	struct azdns_node *node;

	if (set->gone)
		return;
	if (!set->name) {
		domain->open = true;
		return;
	}
	if (strncmp(set->name, "*.", 2) == 0) {
		node = add_node(importer, domain, set->name + 2, set->condition);
		*arena_push(importer->arena, node->wild, node->wild_count,
			    node->wild_capacity) = set;
		return;
	}
	node = add_node(importer, domain, set->name, set->condition);
	*arena_push(importer->arena, node->sets, node->count, node->capacity) = set;
}

/* A zone is asked when it is there; of two zones of one name a network has one. */
static const char *zone_guard(struct azdns_importer *importer,
			      const struct azdns_zone *zone)
{
	const char *guard = zone->condition;

	/* records that are surely there are in a zone that is */
	for (size_t i = 0; i < zone->count; i++)
		if (!zone->sets[i]->condition && !zone->sets[i]->gone)
			guard = NULL;
	for (size_t i = 0; i < importer->count && zone->name; i++)
		if (importer->zones[i] != zone && importer->zones[i]->name &&
		    strcmp(importer->zones[i]->name, zone->name) == 0)
			return azdns_both(importer, guard,
					  arena_printf(importer->arena,
						       "the network is linked to '%s'",
						       zone->key));
	return guard;
}

void azdns_fill_domain(struct azdns_importer *importer, struct azdns_domain *domain,
		       struct azdns_zone *zone)
{
	domain->zone = zone;
	domain->guard = zone_guard(importer, zone);
	domain->open = zone->writer_count || zone->registers || !zone->name;
	if (!zone->name)
		return;
	domain->apex = node_of(importer, domain, zone->name);
	domain->apex->sure = true;
	for (size_t i = 0; i < zone->count; i++)
		add_set(importer, domain, zone->sets[i]);
	for (size_t i = 0; i < domain->count; i++) {
		check_alone(importer, domain->nodes[i]->sets, domain->nodes[i]->count);
		check_alone(importer, domain->nodes[i]->wild,
			    domain->nodes[i]->wild_count);
	}
}

struct azdns_found azdns_find_sets(const struct azdns_domain *domain, const char *name)
{
	const struct azdns_node *node = textmap_get(&domain->by_name, name);

	if (node)
		return (struct azdns_found){node->sets, node->count, true, node->sure};
	for (const char *at = strchr(name, '.'); at; at = strchr(at, '.')) {
		node = textmap_get(&domain->by_name, ++at);
		if (node)
			return (struct azdns_found){node->wild, node->wild_count,
						    node->wild_count > 0, node->sure};
	}
	return (struct azdns_found){.sure = true};
}
