/* azure_nsg_import_addresses.c - The addresses of a security rule. */
#include <string.h>
#include <strings.h>

#include "backends/azure_nsg/nsg_importer.h"
#include "rules/base/arena.h"
#include "rules/base/strbuf.h"

/**
 * DOC: Tags without a file
 *
 * Most tags are lists of prefixes: those of a tag file, or an unknown.  Some are said in
 * words (learn.microsoft.com/azure/virtual-network/service-tags-overview, read
 * 2026-11-27):
 *
 *	AzureLoadBalancer	168.63.129.16, where health probes come from
 *	VirtualNetwork		the network's own space, what is peered with it or behind
 *its gateways, the prefixes of its routes, and 168.63.129.16
 *	Internet		what is outside of the virtual network
 *
 * The first is exact.  Of the second nobody knows more than 168.63.129.16 from a rule:
 *one unknown for each side of a packet.  The third is where that unknown is false; but a
 * route to 0.0.0.0/0 makes the virtual network everything and Internet keeps its
 * addresses, and of private addresses outside of the network nothing is said (effective
 * rules leave out 10.0.0.0/8): two more unknowns.
 *
 * What an interface sends comes from its virtual network, what it gets goes there: on the
 * path outbound VirtualNetwork as source is no test, and that is an assumption.
 */

/* No public addresses: whether Internet holds them is left open.  IPv6: all that is not
 * global unicast, 2000::/3 (RFC 4291, section 2.4). */
static const char *const special_prefixes[] = {
	"0.0.0.0/8",	  "10.0.0.0/8",	   "100.64.0.0/10",  "127.0.0.0/8",
	"169.254.0.0/16", "172.16.0.0/12", "192.168.0.0/16", "224.0.0.0/3",
	"::/3",		  "4000::/2",	   "8000::/1",
};

/* Answers to what only the platform knows (.../what-is-ip-address-168-63-129-16) */
#define WIRE_SERVER	"168.63.129.16"
#define METADATA_SERVER "169.254.169.254"

/* One side of one rule while it is read. */
struct side {
	struct nsg_importer *importer;
	enum field field;
	bool own; /* this side is the interface's own */
	bool effective;
	bool any;
	bool all_ipv4; /* 0.0.0.0/0 was met */
	bool said;     /* some address was, though it may be wrong */
	struct addr_set addrs;
	struct term choice; /* tags and unknowns */
	const char *tag;    /* the first of a list */
	struct span at;
};

static const char *field_word(const struct side *side)
{
	return field_info(side->field)->name;
}

static struct match *add_choice(struct side *side)
{
	return arena_push(side->importer->arena, side->choice.choices.at,
			  side->choice.choices.count, side->choice.choices.capacity);
}

static void add_unknown(struct side *side, const char *what)
{
	match_unknown(add_choice(side),
		      arena_printf(side->importer->arena, "'%s' is an address of %s",
				   field_word(side), what),
		      false, side->importer->arena);
}

static struct addr_set parse_set(const char *const *prefixes, size_t count,
				 struct arena *arena)
{
	struct addr_set set = {0};

	for (size_t i = 0; i < count; i++) {
		struct prefix prefix;

		if (prefix_parse(prefixes[i], &prefix) != PREFIX_OK)
			BUG("bad prefix %s", prefixes[i]);
		addr_set_add_prefix(&set, &prefix, arena);
	}
	addr_set_normalize(&set);
	return set;
}

static struct addr_set one_address(const char *address, struct arena *arena)
{
	return parse_set(&address, 1, arena);
}

/* -- tags ---------------------------------------------------------------------------- */

/* These tags alone say anything of addresses that pass a group by (the path's universe).
 */
static void add_platform(struct side *side, const char *tag, const char *address)
{
	struct arena *arena = side->importer->arena;
	struct addr_set addrs = one_address(address, arena);

	match_tag(add_choice(side), side->field, tag, &addrs, arena);
	ruleset_assume(side->importer->rules,
		       arena_printf(arena,
				    "what rules with the tag %s do to %s is not shown",
				    tag, address),
		       arena);
}

static void add_load_balancer(struct side *side, const char *tag)
{
	struct arena *arena = side->importer->arena;
	struct addr_set addrs = one_address(WIRE_SERVER, arena);

	match_tag(add_choice(side), side->field, tag, &addrs, arena);
}

static void add_virtual_network(struct side *side, const char *tag)
{
	struct arena *arena = side->importer->arena;
	struct addr_set addrs = one_address(WIRE_SERVER, arena);

	if (side->own) {
		side->any = true;
		ruleset_assume(side->importer->rules,
			       "an interface sends from, and gets packets for, addresses "
			       "of its virtual network",
			       arena);
		return;
	}
	/* as a destination it is on no path */
	if (side->field == FIELD_SOURCE)
		match_addrs(add_choice(side), side->field, &addrs, arena);
	match_tag(add_choice(side), side->field, tag, NULL, arena);
}

/* The unknown of VirtualNetwork, as match_tag() names it. */
static void match_network(struct match *match, enum field field, bool negated,
			  struct arena *arena)
{
	match_tag(match, field, "VirtualNetwork", NULL, arena);
	match->terms[match->count - 1].negated = negated;
}

static void add_internet(struct side *side)
{
	struct arena *arena = side->importer->arena;
	struct addr_set special =
		parse_set(special_prefixes, ARRAY_SIZE(special_prefixes), arena);
	struct addr_set wire = one_address(WIRE_SERVER, arena);
	struct addr_set no_public = addr_set_union(&special, &wire, arena);
	struct match *match;

	/* public, and outside of the network */
	match = add_choice(side);
	match_addrs(match, side->field, &no_public, arena);
	match->terms[0].negated = true;
	match_network(match, side->field, true, arena);
	/* public, and of the network because all is */
	match = add_choice(side);
	match_addrs(match, side->field, &no_public, arena);
	match->terms[0].negated = true;
	match_network(match, side->field, false, arena);
	match_unknown(match,
		      arena_printf(arena,
				   "'%s' is an address of both service tags internet and "
				   "virtualnetwork (a default route)",
				   field_word(side)),
		      false, arena);
	/* private, and outside of the network */
	match = add_choice(side);
	match_addrs(match, side->field, &special, arena);
	match_network(match, side->field, true, arena);
	match_unknown(match,
		      arena_printf(arena,
				   "service tag internet holds '%s', no public address",
				   field_word(side)),
		      false, arena);
}

static void add_tag(struct side *side, const char *tag)
{
	struct nsg_importer *importer = side->importer;
	const struct addr_set *addrs = NULL;
	char *lower = arena_strdup(importer->arena, tag);

	for (char *c = lower; *c; c++)
		if (*c >= 'A' && *c <= 'Z')
			*c = (char)(*c - 'A' + 'a');
	/* The same tag twice, as singular and plural, is one. */
	if (side->tag && strcasecmp(side->tag, tag) != 0 && !side->effective) {
		nsg_refused(importer, side->at,
			    "a rule with two service tags on one side, '%.60s' and "
			    "'%.60s'",
			    side->tag, tag);
		diag_help(importer->diag, "write a rule for each service tag");
	} else if (side->tag && strcasecmp(side->tag, tag) == 0)
		return;
	side->tag = tag;
	if (strcmp(lower, "azureplatformdns") == 0)
		add_platform(side, tag, WIRE_SERVER);
	else if (strcmp(lower, "azureplatformimds") == 0)
		add_platform(side, tag, METADATA_SERVER);
	else if (strcmp(lower, "azureloadbalancer") == 0)
		add_load_balancer(side, tag);
	else if (strcmp(lower, "virtualnetwork") == 0)
		add_virtual_network(side, tag);
	else if (strcmp(lower, "internet") == 0)
		add_internet(side);
	else {
		if (importer->input->tags)
			addrs = textmap_get(importer->input->tags, lower);
		match_tag(add_choice(side), side->field, tag, addrs, importer->arena);
	}
}

/* -- addresses ----------------------------------------------------------------------- */

/* Letters, digits and dots, beginning with a letter: "AzureContainerRegistry.EastUS2" */
static bool is_tag(const char *text)
{
	if (!((*text >= 'a' && *text <= 'z') || (*text >= 'A' && *text <= 'Z')))
		return false;
	return text[strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				 "0123456789._-")] == '\0';
}

/* Effective rules may write "*" as 0.0.0.0/0; whether this one was "*" nobody can see. */
static void add_all_ipv4(struct side *side)
{
	struct match *match;

	if (!side->effective || side->all_ipv4)
		return;
	side->all_ipv4 = true;
	match = add_choice(side);
	match_family(match, FAMILY_IPV6, side->importer->arena);
	match_unknown(match, "0.0.0.0/0 of an effective rule stands for IPv6 too", false,
		      side->importer->arena);
}

static void add_address(struct side *side, const struct doc *doc)
{
	const char *text = doc_text(doc), *unknown = azure_unknown(doc);
	struct prefix prefix;

	side->at = doc->at;
	if (unknown) {
		add_unknown(side, unknown);
		return;
	}
	if (!text) {
		side->said = true;
		nsg_refused(side->importer, doc->at, "an address that is %s",
			    doc_kind_name(doc));
		return;
	}
	if (!*text)
		return;
	side->said = true;
	if (strcmp(text, "*") == 0 || strcasecmp(text, "any") == 0) {
		side->any = true;
		return;
	}
	switch (prefix_parse(text, &prefix)) {
	case PREFIX_OK:
	case PREFIX_HOST_BITS: /* Azure masks them */
		addr_set_add_prefix(&side->addrs, &prefix, side->importer->arena);
		if (!prefix.length && prefix.family == FAMILY_IPV4)
			add_all_ipv4(side);
		return;
	case PREFIX_BAD:
		break;
	}
	if (is_tag(text))
		add_tag(side, text);
	else {
		nsg_refused(side->importer, doc->at,
			    "'%.80s' is no address, prefix or service tag", text);
		diag_help(side->importer->diag, "security rules know no names and no "
						"ranges: write prefixes");
	}
}

/* A list, or a single value: PowerShell has lists where others have one. */
static void add_addresses(struct side *side, const struct doc *doc)
{
	if (!doc)
		return;
	if (doc->kind != DOC_LIST) {
		add_address(side, doc);
		return;
	}
	for (size_t i = 0; i < doc->count; i++)
		if (doc->items[i]->kind != DOC_NULL)
			add_address(side, doc->items[i]);
}

/* Membership of interfaces in an application security group is nowhere in a rule. */
static void add_application_group(struct side *side, const struct doc *group)
{
	const struct doc *id = group->kind == DOC_MAP ? azure_field(group, "id") : group;
	const char *text = doc_text(id);
	char *lower;

	if (!text)
		text = arena_printf(side->importer->arena, "at byte %u", group->at.begin);
	lower = arena_strdup(side->importer->arena, text);
	for (char *c = lower; *c && !azure_unknown(id); c++)
		if (*c >= 'A' && *c <= 'Z')
			*c = (char)(*c - 'A' + 'a');
	add_unknown(side, arena_printf(side->importer->arena,
				       "application security group %s", lower));
}

static void add_application_groups(struct side *side, const struct doc *groups)
{
	if (!groups)
		return;
	if (groups->kind != DOC_LIST) {
		add_application_group(side, groups);
		return;
	}
	for (size_t i = 0; i < groups->count; i++)
		add_application_group(side, groups->items[i]);
}

/* What Azure made of the tags of an effective rule.  An interface without IPv6 gets no
 * IPv6 prefixes; then those stay what the tag says. */
static void add_expanded(struct side *side, const struct doc *expanded)
{
	struct side tags = *side;
	struct term *choice;
	struct match *match;

	add_addresses(&tags, expanded);
	addr_set_normalize(&tags.addrs);
	addr_set_add(&side->addrs, &tags.addrs, side->importer->arena);
	if (side->any || tags.addrs.of[FAMILY_IPV6].count || !side->choice.choices.count)
		goto expanded_only;
	match = arena_make(side->importer->arena, struct match);
	match_family(match, FAMILY_IPV6, side->importer->arena);
	choice = match_add(match, TERM_CHOICE, side->importer->arena);
	*choice = side->choice;
	side->choice.choices.at = match;
	side->choice.choices.count = side->choice.choices.capacity = 1;
	return;
expanded_only:
	side->choice.choices.count = 0;
}

static bool has_items(const struct doc *list)
{
	return list && list->kind == DOC_LIST && list->count;
}

static void finish_side(struct side *side, struct match *match)
{
	struct arena *arena = side->importer->arena;
	struct term *term;

	if (side->any)
		return;
	addr_set_normalize(&side->addrs);
	if (!side->choice.choices.count) {
		match_addrs(match, side->field, &side->addrs, arena);
		return;
	}
	if (!addr_set_is_empty(&side->addrs))
		match_addrs(add_choice(side), side->field, &side->addrs, arena);
	/* one way alone is no choice */
	if (side->choice.choices.count == 1) {
		const struct match *only = &side->choice.choices.at[0];

		for (size_t i = 0; i < only->count; i++) {
			term = match_add(match, TERM_UNKNOWN, arena);
			*term = only->terms[i];
		}
		return;
	}
	term = match_add(match, TERM_CHOICE, arena);
	*term = side->choice;
}

static void add_side(struct nsg_importer *importer, const struct doc *doc,
		     const struct side *begun, const enum nsg_key keys[4],
		     struct match *match)
{
	const struct doc *one = nsg_field(doc, keys[0]), *many = nsg_field(doc, keys[1]),
			 *groups = nsg_field(doc, keys[2]),
			 *expanded = nsg_field(doc, keys[3]);
	struct side side = *begun;

	add_addresses(&side, one);
	add_addresses(&side, many);
	add_application_groups(&side, groups);
	if (side.effective && has_items(expanded))
		add_expanded(&side, expanded);
	if (!side.said && !side.choice.choices.count) {
		nsg_refused(importer, doc->at, "a rule without %s addresses",
			    side.field == FIELD_SOURCE ? "source" : "destination");
		diag_help(importer->diag, "write '*' for every address");
		return;
	}
	finish_side(&side, match);
}

/* The interface's own side is the source outbound, the destination inbound. */
static struct side begin_side(struct nsg_importer *importer, enum field field,
			      enum nsg_direction direction, bool effective,
			      struct span at)
{
	return (struct side){
		.importer = importer,
		.field = field,
		.own = (field == FIELD_SOURCE) == (direction == NSG_OUTBOUND),
		.effective = effective,
		.choice = {.kind = TERM_CHOICE},
		.at = at,
	};
}

void nsg_add_sides(struct nsg_importer *importer, const struct doc *doc,
		   enum nsg_direction direction, bool effective, struct match *match)
{
	static const enum nsg_key sources[] = {NSG_KEY_SOURCE, NSG_KEY_SOURCES,
					       NSG_KEY_SOURCE_GROUPS,
					       NSG_KEY_SOURCE_EXPANDED},
				  destinations[] = {NSG_KEY_DESTINATION,
						    NSG_KEY_DESTINATIONS,
						    NSG_KEY_DESTINATION_GROUPS,
						    NSG_KEY_DESTINATION_EXPANDED};
	struct side side =
		begin_side(importer, FIELD_DESTINATION, direction, effective, doc->at);

	add_side(importer, doc, &side, destinations, match);
	side = begin_side(importer, FIELD_SOURCE, direction, effective, doc->at);
	add_side(importer, doc, &side, sources, match);
}

static void add_only_tag(struct nsg_importer *importer, const char *tag, enum field field,
			 enum nsg_direction direction, struct match *match)
{
	struct side side = begin_side(importer, field, direction, false, SPAN_NONE);

	if (strcmp(tag, "*") == 0)
		side.any = true;
	else
		add_tag(&side, tag);
	finish_side(&side, match);
}

void nsg_add_tags(struct nsg_importer *importer, const char *source,
		  const char *destination, enum nsg_direction direction,
		  struct match *match)
{
	add_only_tag(importer, destination, FIELD_DESTINATION, direction, match);
	add_only_tag(importer, source, FIELD_SOURCE, direction, match);
}
