/* nsg_importer.h - What the files of the NSG importer share. */
#ifndef BACKENDS_AZURE_NSG_NSG_IMPORTER_H
#define BACKENDS_AZURE_NSG_NSG_IMPORTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "backends/azure_template.h"
#include "backends/backend.h"
#include "rules/base/textmap.h"

/** enum nsg_direction - Which way a rule looks; also the order of paths */
enum nsg_direction {
	NSG_OUTBOUND,
	NSG_INBOUND,
};
#define NSG_DIRECTIONS 2

/* Custom rules have these priorities, default rules 65000 and up (learn.microsoft.com/
 * azure/virtual-network/network-security-groups-overview, read 2026-11-27). */
#define NSG_PRIORITY_FIRST   100u
#define NSG_PRIORITY_LAST    4096u
#define NSG_PRIORITY_DEFAULT 65000u
#define NSG_PRIORITY_MAX     65535u

/** enum nsg_key - The properties of a rule; how each text spells them is in a table */
enum nsg_key {
#define KEY(id, azure, terraform) NSG_KEY_##id,
#include "backends/azure_nsg/azure_nsg_import_keys.def"
#undef KEY
	NSG_KEY_COUNT,
};

/**
 * struct nsg_rule - One security rule
 * @priority:	0: not known; @priority_text says what it is then
 * @direction_text: not NULL: the direction is not known, and this is its expression
 * @access_text: the same for what the rule does; else @allows
 * @condition:	what must hold for the rule to be there at all, or NULL
 * @looped:	it stands for several
 * @is_default:	the platform's own
 * @child:	a resource of its own, not of its group's list
 * @replaced:	another one of this name has come instead
 * @match:	by direction: a direction's own side is the virtual network
 */
struct nsg_rule {
	const char *name;
	const char *id;
	struct span at;
	uint32_t priority;
	const char *priority_text;
	enum nsg_direction direction;
	const char *direction_text;
	bool allows;
	const char *access_text;
	const char *condition;
	bool looped;
	bool is_default;
	bool child;
	bool replaced;
	struct match match[NSG_DIRECTIONS];
};

/** enum nsg_origin - Where a rule stands: what its priority may be hangs on that */
enum nsg_origin {
	NSG_CUSTOM_RULE,    /* among those that users write */
	NSG_PRINTED_RULE,   /* among all that a command prints of a group */
	NSG_EFFECTIVE_RULE, /* as Azure computed it for an interface */
};

enum nsg_place {
	NSG_AT_INTERFACE = 1,
	NSG_AT_SUBNET = 2,
};

/**
 * struct nsg_group - One network security group
 * @key:	what tells groups apart: the id, or the name, in lower case
 * @open:	its name is not known: it may be any group's that is of another text
 * @joined:	two groups' rules, for the case that they are one (nsg_join())
 * @label:	its name in Terraform or in a template, or NULL
 * @home:	the template that it stands in; to find one that is defined twice
 * @whole:	all custom rules are here; false: rules of a group that is elsewhere
 * @effective:	as Azure computed it for an interface
 * @places:	what it is known to be attached to, enum nsg_place bits
 * @unread:	texts of rules or lists of rules that are not known
 */
struct nsg_group {
	const char *name;
	const char *key;
	const char *label;
	const char *condition;
	const void *home;
	struct span at;
	bool open;
	bool joined;
	bool whole;
	bool effective;
	unsigned places;
	struct nsg_rule **rules;
	size_t count, capacity;
	struct textmap by_name;
	const char **unread;
	size_t unread_count, unread_capacity;
};

struct nsg_importer {
	const struct import_input *input;
	struct arena *arena;
	struct ruleset *rules;
	struct diag *diag;
	struct azure_template *template;
	struct nsg_group **groups;
	size_t count, capacity;
	struct textmap by_key;
	bool wrong; /* an error was reported; go on to find more */
};

/** nsg_field() - A property of a rule: as Azure spells it or as Terraform does, or NULL
 */
const struct doc *nsg_field(const struct doc *rule, enum nsg_key key);

/** nsg_refused() - Report what Azure would refuse */
void nsg_refused(struct nsg_importer *importer, struct span at, const char *fmt, ...)
	PRINTF_LIKE(3, 4);

/**
 * nsg_read_rule() - Read one rule
 * @doc:	evaluated, flat or with "properties"
 * @name:	as the group or the resource has it
 *
 * Return: NULL when it could not be read; then it was reported
 */
struct nsg_rule *nsg_read_rule(struct nsg_importer *importer, const struct doc *doc,
			       const char *name, enum nsg_origin origin);

/** nsg_add_sides() - Add the terms for source and destination addresses */
void nsg_add_sides(struct nsg_importer *importer, const struct doc *doc,
		   enum nsg_direction direction, bool effective, struct match *match);

/** nsg_add_tags() - The same for a rule of the platform's: "*" or one service tag a side
 */
void nsg_add_tags(struct nsg_importer *importer, const char *source,
		  const char *destination, enum nsg_direction direction,
		  struct match *match);

/** nsg_lower() - A copy in lower case: Azure's names are equal but for their case */
const char *nsg_lower(struct nsg_importer *importer, const char *text);

/** nsg_may_be_one() - May the two be one group, of which one text has rules? */
bool nsg_may_be_one(const struct nsg_group *a, const struct nsg_group *b);

/** nsg_join() - The group that they are then */
struct nsg_group *nsg_join(struct nsg_importer *importer, const struct nsg_group *a,
			   const struct nsg_group *b);

/** nsg_make_paths() - Make chains and paths of the groups that were read */
void nsg_make_paths(struct nsg_importer *importer);

/** nsg_find_places() - See which groups interfaces and subnets of the text have */
void nsg_find_places(struct nsg_importer *importer);

#endif
