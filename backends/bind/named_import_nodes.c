/* named_import_nodes.c - From records to what a zone has for each name. */
#include <string.h>

#include "backends/bind/named_importer.h"
#include "rules/base/arena.h"

struct named_node *named_node(const struct named_zone *zone, const char *name)
{
	return textmap_get(&zone->by_name, name);
}

/* The node of a name of the zone, made when it is not there, with all between them. */
static struct named_node *make_node(struct named_importer *importer,
				    struct named_zone *zone, const char *name)
{
	struct named_node *made = NULL;

	for (const char *at = name; at; at = named_parent(at)) {
		struct named_node *node = named_node(zone, at);

		if (node)
			return made ? made : node;
		node = arena_make(importer->arena, struct named_node);
		node->name = at;
		node->labels = named_labels(at);
		textmap_put(&zone->by_name, at, node, importer->arena);
		*arena_push(importer->arena, zone->nodes, zone->node_count,
			    zone->node_capacity) = node;
		if (at[0] == '*' && (at[1] == '.' || !at[1]))
			zone->wild = true;
		made = made ? made : node;
		if (strcmp(at, zone->name) == 0)
			break;
	}
	return made;
}

/* A type of which a name has one record; equal ones count once. */
static int set_single(struct named_importer *importer, const struct named_record **slot,
		      const struct named_record *record)
{
	if (!*slot || strcmp((*slot)->data, record->data) == 0) {
		*slot = *slot ? *slot : record;
		return 0;
	}
	named_refuse(importer, record->at, "'%s' has another such record already",
		     record->owner);
	diag_note(importer->diag, (*slot)->at, "the first is here");
	return -1;
}

static int add_record(struct named_importer *importer, struct named_zone *zone,
		      const struct named_record **soa, struct named_record *record)
{
	struct named_node *node = make_node(importer, zone, record->owner);
	bool apex = strcmp(record->owner, zone->name) == 0;

	if (record->type != NAMED_TYPE_CNAME && record->type != NAMED_TYPE_SIGNED)
		node->other = node->other ? node->other : record;
	switch (record->type) {
	case NAMED_TYPE_A:
	case NAMED_TYPE_AAAA:
		*arena_push(importer->arena, node->records, node->count, node->capacity) =
			record;
		return 0;
	case NAMED_TYPE_CNAME:
		return set_single(importer, &node->alias, record);
	case NAMED_TYPE_DNAME:
		return set_single(importer, &node->rename, record);
	case NAMED_TYPE_NS:
		if (!apex && !node->cut)
			node->cut = record;
		return 0;
	case NAMED_TYPE_SOA:
		if (!apex)
			return named_refuse(importer, record->at,
					    "a SOA record below the name of the zone, "
					    "'%s'",
					    zone->name);
		return set_single(importer, soa, record);
	case NAMED_TYPE_MX:
	case NAMED_TYPE_SRV:
	case NAMED_TYPE_PTR:
	case NAMED_TYPE_TEXT:
	case NAMED_TYPE_SIGNED:
	case NAMED_TYPE_OTHER:
		return 0;
	}
	BUG("record type %d", (int)record->type);
}

static int check_aliases(struct named_importer *importer, const struct named_zone *zone)
{
	int result = 0;

	for (size_t i = 0; i < zone->node_count; i++) {
		const struct named_node *node = zone->nodes[i];

		if (!node->alias || !node->other)
			continue;
		named_refuse(importer, node->alias->at,
			     "'%s' has a CNAME and other records", node->name);
		diag_note(importer->diag, node->other->at, "another one is here");
		diag_help(importer->diag,
			  "a name with a CNAME has nothing else: write the "
			  "addresses themselves, or remove them");
		result = -1;
	}
	return result;
}

/* Name servers of the zone that are names in it must have addresses there. */
static int check_server(struct named_importer *importer, const struct named_zone *zone,
			const struct named_record *record)
{
	const struct named_node *node = NULL;

	if (!named_is_below(record->target, zone->name))
		return 0;
	switch (named_look_up(zone, record->target, importer->arena, &node)) {
	case NAMED_FOUND_CUT:
		return 0;
	case NAMED_FOUND_NODE:
		if (node->alias)
			return named_refuse(importer, record->at,
					    "the name server '%s' has a CNAME",
					    record->target);
		if (node->count)
			return 0;
		break;
	case NAMED_FOUND_NOTHING:
	case NAMED_FOUND_RENAMED:
		break;
	}
	named_refuse(importer, record->at,
		     "the name server '%s' is in the zone and has no address there",
		     record->target);
	diag_help(importer->diag,
		  "give it an A or AAAA record, or write a name outside the "
		  "zone, as 'localhost.'");
	return -1;
}

static int check_servers(struct named_importer *importer, const struct named_zone *zone)
{
	bool found = false;
	int result = 0;

	for (size_t i = 0; i < zone->record_count; i++) {
		const struct named_record *record = zone->records[i];

		if (record->type != NAMED_TYPE_NS ||
		    strcmp(record->owner, zone->name) != 0)
			continue;
		found = true;
		if (check_server(importer, zone, record) < 0)
			result = -1;
	}
	if (found)
		return result;
	named_refuse(importer, zone->at, "zone '%s' has no NS record", zone->name);
	diag_help(importer->diag,
		  "write '@ NS localhost.': any server, itself never asked");
	return -1;
}

/* What is below a cut or a DNAME is not the zone's to answer. */
static void hide_nodes(const struct named_zone *zone)
{
	for (size_t i = 0; i < zone->node_count; i++) {
		struct named_node *node = zone->nodes[i];

		for (const char *at = node->name; strcmp(at, zone->name) != 0;) {
			const struct named_node *above;

			at = named_parent(at);
			above = named_node(zone, at);
			if (above && (above->cut || above->rename))
				node->hidden = true;
		}
	}
}

int named_make_nodes(struct named_importer *importer, struct named_zone *zone)
{
	const struct named_record *soa = NULL;
	int result = 0;

	if (!zone->name)
		return named_refuse(importer, zone->at,
				    "a zone file without a SOA record");
	make_node(importer, zone, zone->name);
	for (size_t i = 0; i < zone->record_count; i++) {
		struct named_record *record = zone->records[i];

		if (!named_is_below(record->owner, zone->name)) {
			diag_report(importer->diag, DIAG_BIND_NOT_FOLLOWED, record->at,
				    "'%s' is outside of the zone, '%s': named reads over "
				    "the record",
				    record->owner, zone->name);
			continue;
		}
		if (add_record(importer, zone, &soa, record) < 0)
			result = -1;
	}
	if (!soa)
		result = named_refuse(importer, zone->at, "zone '%s' has no SOA record",
				      zone->name);
	hide_nodes(zone);
	if (result < 0 || check_aliases(importer, zone) < 0)
		return -1;
	return check_servers(importer, zone);
}
