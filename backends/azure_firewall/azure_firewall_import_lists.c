/* azure_firewall_import_lists.c - Addresses, IP groups, protocols and ports of rules. */
#include "backends/azure_firewall/azure_firewall_importer.h"

#include <string.h>
#include <strings.h>

#include "rules/base/arena.h"

/* How a full id begins */
#define ID_BEGIN "/subscriptions/"

/* -- addresses ---------------------------------------------------------------------- */

static bool parse_range(struct firewall_importer *importer, const char *text,
			struct addr_set *set)
{
	const char *dash = strchr(text, '-');
	struct addr first, last;

	if (!dash ||
	    !addr_parse(arena_strndup(importer->arena, text, (size_t)(dash - text)),
			&first) ||
	    !addr_parse(dash + 1, &last) || first.family != last.family ||
	    first.value > last.value)
		return false;
	ranges_add(&set->of[first.family], (struct range){first.value, last.value},
		   importer->arena);
	return true;
}

/* One address, a prefix or "a-b"; bits behind a prefix's length do not count. */
static bool parse_addresses(struct firewall_importer *importer, const char *text,
			    struct addr_set *set)
{
	struct prefix prefix;

	switch (prefix_parse(text, &prefix)) {
	case PREFIX_OK:
		break;
	case PREFIX_HOST_BITS:
		ruleset_assume(importer->rules,
			       arena_printf(importer->arena,
					    "'%.60s' means the prefix that it lies in",
					    text),
			       importer->arena);
		break;
	case PREFIX_BAD:
		return parse_range(importer, text, set);
	}
	addr_set_add_prefix(set, &prefix, importer->arena);
	return true;
}

/* "AzureContainerRegistry.WestEurope": a letter, then letters, digits and points. */
static bool is_tag(const char *text)
{
	size_t length =
		strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
			     "0123456789._-");

	return length && !text[length] && (*text < '0' || *text > '9') &&
	       !strchr("._-", *text);
}

/* What a side of a rule may be, collected: an address that is listed, or one of the
 * alternatives. */
struct side {
	struct firewall_importer *importer;
	enum field field;
	bool any;
	struct addr_set listed;
	struct term choice;
};

static void add_unknown(struct side *side, const struct doc *doc)
{
	struct firewall_importer *importer = side->importer;

	match_unknown(firewall_alternative(importer, &side->choice),
		      arena_printf(importer->arena, "'%s' is one of %s",
				   field_info(side->field)->name,
				   firewall_spell(importer, doc)),
		      false, importer->arena);
}

static void add_tag(struct side *side, const char *tag)
{
	struct firewall_importer *importer = side->importer;
	const struct textmap *tags = importer->input->tags;

	match_tag(firewall_alternative(importer, &side->choice), side->field, tag,
		  tags ? textmap_get(tags, firewall_lower(importer, tag)) : NULL,
		  importer->arena);
}

static void add_address(struct side *side, const struct doc *doc)
{
	const char *text = azure_unknown(doc) ? NULL : doc_text(doc);

	if (!text) {
		add_unknown(side, doc);
	} else if (strcmp(text, "*") == 0) {
		side->any = true;
	} else if (!parse_addresses(side->importer, text, &side->listed)) {
		if (is_tag(text)) {
			add_tag(side, text);
			return;
		}
		firewall_refused(side->importer, doc->at, text,
				 "it is no address, prefix, range or service tag");
		add_unknown(side, doc);
	}
}

/* Full ids tell groups of one name apart; a template does not know those of its own. */
static const struct firewall_addresses *find_group(struct firewall_importer *importer,
						   const char *id)
{
	const struct firewall_addresses *group =
		textmap_get(&importer->ip_groups, firewall_key(importer, id));

	if (!group || strncasecmp(id, ID_BEGIN, strlen(ID_BEGIN)) != 0)
		return group;
	if (group->id)
		return strcasecmp(group->id, id) == 0 ? group : NULL;
	ruleset_assume(importer->rules,
		       arena_printf(importer->arena,
				    "the IP group of these files is '%s'", id),
		       importer->arena);
	return group;
}

/* The sets of groups are many rules' and large: each stays an alternative of its own. */
static void add_group(struct side *side, const struct doc *doc)
{
	struct firewall_importer *importer = side->importer;
	const char *text = doc_text(doc); /* of Terraform a reference */
	const struct firewall_addresses *group = text ? find_group(importer, text) : NULL;

	if (!group) {
		const char *key = !text ? NULL
				  : strncasecmp(text, ID_BEGIN, strlen(ID_BEGIN)) == 0
					  ? firewall_lower(importer, text)
					  : firewall_key(importer, text);

		if (key)
			match_unknown(firewall_alternative(importer, &side->choice),
				      arena_printf(importer->arena,
						   "'%s' is an address of IP group %s",
						   field_info(side->field)->name, key),
				      false, importer->arena);
		else
			add_unknown(side, doc);
		return;
	}
	match_addrs(firewall_alternative(importer, &side->choice), side->field,
		    &group->known, importer->arena);
	for (size_t i = 0; i < group->unknown_count; i++)
		add_unknown(side, group->unknown[i]);
}

static void add_host(struct side *side, const struct doc *doc)
{
	struct firewall_importer *importer = side->importer;
	const struct textmap *names = importer->input->names;
	const char *host = azure_unknown(doc) ? NULL : doc_text(doc);

	if (host)
		host = firewall_lower(importer, host);
	if (host && firewall_is_host(host)) {
		match_resolved(firewall_alternative(importer, &side->choice), side->field,
			       host, names ? textmap_get(names, host) : NULL,
			       importer->arena);
		return;
	}
	if (host)
		firewall_refused(importer, doc->at, host,
				 "a network rule takes host names without wildcards");
	add_unknown(side, doc);
}

static void add_each(struct side *side, const struct doc *list,
		     void (*add)(struct side *, const struct doc *))
{
	for (size_t i = 0; i < firewall_count(list); i++)
		add(side, firewall_item(list, i));
}

bool firewall_match_side(struct firewall_importer *importer, struct match *match,
			 enum field field, const struct doc *addresses,
			 const struct doc *groups, const struct doc *hosts)
{
	struct side side = {.importer = importer,
			    .field = field,
			    .choice.kind = TERM_CHOICE};

	add_each(&side, addresses, add_address);
	add_each(&side, groups, add_group);
	add_each(&side, hosts, add_host);
	if (side.any)
		return true;
	addr_set_normalize(&side.listed);
	if (!addr_set_is_empty(&side.listed))
		match_addrs(firewall_alternative(importer, &side.choice), field,
			    &side.listed, importer->arena);
	if (!side.choice.choices.count)
		return false;
	firewall_close(importer, match, &side.choice);
	return true;
}

void firewall_read_addresses(struct firewall_importer *importer, const struct doc *list,
			     struct firewall_addresses *group)
{
	for (size_t i = 0; i < firewall_count(list); i++) {
		const struct doc *doc = firewall_item(list, i);
		const char *text = azure_unknown(doc) ? NULL : doc_text(doc);

		if (text && parse_addresses(importer, text, &group->known))
			continue;
		if (text)
			firewall_refused(importer, doc->at, text,
					 "an IP group takes addresses, prefixes and "
					 "ranges");
		*arena_push(importer->arena, group->unknown, group->unknown_count,
			    group->unknown_capacity) = doc;
	}
}

/* -- protocols and ports ------------------------------------------------------------- */

struct ports {
	bool any;
	struct ranges listed;
	struct term choice; /* of unknowns */
};

static bool parse_port(const char **at, u128 *ret_port)
{
	size_t digits = strspn(*at, "0123456789");
	unsigned port = 0;

	if (!digits || digits > 5)
		return false;
	for (; digits; digits--)
		port = 10 * port + (unsigned)(*(*at)++ - '0');
	*ret_port = port;
	return port <= 65535;
}

/* "443" or "8000-8080" */
static bool parse_ports(struct firewall_importer *importer, const char *text,
			struct ranges *ports)
{
	struct range range;

	if (!parse_port(&text, &range.first))
		return false;
	range.last = range.first;
	if (*text == '-') {
		text++;
		if (!parse_port(&text, &range.last))
			return false;
	}
	if (*text || range.first > range.last)
		return false;
	ranges_add(ports, range, importer->arena);
	return true;
}

static void read_ports(struct firewall_importer *importer, const struct doc *list,
		       struct ports *ports)
{
	for (size_t i = 0; i < firewall_count(list); i++) {
		const struct doc *doc = firewall_item(list, i);
		const char *text = azure_unknown(doc) ? NULL : doc_text(doc);

		if (text && strcmp(text, "*") == 0) {
			ports->any = true;
			continue;
		}
		if (text && parse_ports(importer, text, &ports->listed))
			continue;
		if (text)
			firewall_refused(importer, doc->at, text,
					 "it is no port, range of ports or '*'");
		match_unknown(firewall_alternative(importer, &ports->choice),
			      arena_printf(importer->arena, "'port' is one of %s",
					   firewall_spell(importer, doc)),
			      false, importer->arena);
	}
	ranges_normalize(&ports->listed);
}

static void match_ports(struct firewall_importer *importer, struct match *match,
			const struct ports *ports)
{
	struct term choice = {.kind = TERM_CHOICE};

	if (ports->any)
		return;
	if (ports->listed.count)
		match_numbers(firewall_alternative(importer, &choice),
			      FIELD_DESTINATION_PORT, &ports->listed, importer->arena);
	for (size_t i = 0; i < ports->choice.choices.count; i++)
		*firewall_alternative(importer, &choice) = ports->choice.choices.at[i];
	firewall_close(importer, match, &choice);
}

struct protocols {
	bool any, tcp, udp, icmp;
	struct term choice; /* of unknowns */
};

static void read_protocols(struct firewall_importer *importer, const struct doc *list,
			   struct protocols *protocols)
{
	for (size_t i = 0; i < firewall_count(list); i++) {
		const struct doc *doc = firewall_item(list, i);

		if (firewall_is(doc, "any")) {
			protocols->any = true;
		} else if (firewall_is(doc, "tcp")) {
			protocols->tcp = true;
		} else if (firewall_is(doc, "udp")) {
			protocols->udp = true;
		} else if (firewall_is(doc, "icmp")) {
			protocols->icmp = true;
		} else {
			if (!azure_unknown(doc))
				firewall_refused(importer, doc->at,
						 firewall_spell(importer, doc),
						 "protocols are TCP, UDP, ICMP and Any");
			match_unknown(firewall_alternative(importer, &protocols->choice),
				      arena_printf(importer->arena,
						   "'protocol' is one of %s",
						   firewall_spell(importer, doc)),
				      false, importer->arena);
		}
	}
}

/* An alternative for protocols with ports, which the ports are asked of. */
static void add_with_ports(struct firewall_importer *importer, struct term *choice,
			   const struct match *unknown, bool tcp, bool udp,
			   const struct ports *ports)
{
	struct match *match = firewall_alternative(importer, choice);
	struct ranges numbers = {0};

	if (unknown)
		*match_add(match, TERM_UNKNOWN, importer->arena) = unknown->terms[0];
	if (tcp)
		ranges_add(&numbers, (struct range){PROTOCOL_TCP, PROTOCOL_TCP},
			   importer->arena);
	if (udp)
		ranges_add(&numbers, (struct range){PROTOCOL_UDP, PROTOCOL_UDP},
			   importer->arena);
	match_numbers(match, FIELD_PROTOCOL, &numbers, importer->arena);
	match_ports(importer, match, ports);
}

/* What ports of ICMP mean is on no page; in security groups they are said to be its types
 * (MicrosoftDocs/azure-docs issue 51522, 2020-04-02). */
static void add_icmp(struct firewall_importer *importer, struct term *choice,
		     const struct match *unknown, const struct ports *ports)
{
	struct match *match = firewall_alternative(importer, choice);

	if (unknown)
		*match_add(match, TERM_UNKNOWN, importer->arena) = unknown->terms[0];
	match_number(match, FIELD_PROTOCOL, PROTOCOL_ICMP, PROTOCOL_ICMP,
		     importer->arena);
	if (!ports->any)
		match_unknown(match, "a rule for ports of ICMP takes its packets", false,
			      importer->arena);
}

bool firewall_match_services(struct firewall_importer *importer, struct match *match,
			     const struct doc *protocol_list, const struct doc *port_list)
{
	struct protocols protocols = {.choice.kind = TERM_CHOICE};
	struct ports ports = {.choice.kind = TERM_CHOICE};
	struct term choice = {.kind = TERM_CHOICE};
	const struct term *unknown = &protocols.choice;

	read_protocols(importer, protocol_list, &protocols);
	read_ports(importer, port_list, &ports);
	if (!firewall_count(protocol_list) || !firewall_count(port_list))
		return false;
	if (protocols.any && ports.any)
		return true;
	/* "Any" with ports is TCP and UDP (rule-processing, read 2026-08-20) */
	if (protocols.any || protocols.tcp || protocols.udp)
		add_with_ports(importer, &choice, NULL, protocols.any || protocols.tcp,
			       protocols.any || protocols.udp, &ports);
	if (protocols.icmp)
		add_icmp(importer, &choice, NULL, &ports);
	for (size_t i = 0; i < unknown->choices.count; i++) {
		const struct match *protocol = &unknown->choices.at[i];

		/* it may be "Any", which with "*" is more than these three */
		if (ports.any) {
			*firewall_alternative(importer, &choice) = *protocol;
			continue;
		}
		add_with_ports(importer, &choice, protocol, true, true, &ports);
		add_icmp(importer, &choice, protocol, &ports);
	}
	firewall_close(importer, match, &choice);
	return true;
}
