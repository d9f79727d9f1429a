/* azure_nsg_import_rule.c - One security rule, from JSON to terms. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "backends/azure_nsg/nsg_importer.h"
#include "rules/base/arena.h"

/* ESP and AH (IANA protocol-numbers); the others have names in the model */
#define PROTOCOL_ESP 50
#define PROTOCOL_AH  51

const struct doc *nsg_field(const struct doc *rule, enum nsg_key key)
{
	static const struct {
		const char *azure, *terraform;
	} keys[] = {
#define KEY(id, azure, terraform) [NSG_KEY_##id] = {azure, terraform},
#include "backends/azure_nsg/azure_nsg_import_keys.def"
#undef KEY
	};
	const struct doc *value = azure_field(rule, keys[key].azure);

	if (!value && strcmp(keys[key].azure, keys[key].terraform) != 0)
		value = azure_field(rule, keys[key].terraform);
	return value;
}

void nsg_refused(struct nsg_importer *importer, struct span at, const char *fmt, ...)
{
	CLEANUP(strbuf_release) struct strbuf text = {0};
	va_list args;

	va_start(args, fmt);
	strbuf_vprintf(&text, fmt, args);
	va_end(args);
	diag_report(importer->diag, DIAG_NSG_REFUSED, at, "%s", strbuf_text(&text));
	importer->wrong = true;
}

/* A single value: PowerShell has some of them as lists of one. */
static const struct doc *single(const struct doc *doc)
{
	return doc && doc->kind == DOC_LIST && doc->count == 1 ? doc->items[0] : doc;
}

static const char *unknown_text(struct nsg_importer *importer, const struct doc *doc)
{
	const char *text = azure_unknown(doc);

	return text ? text
	       : doc->kind == DOC_SCALAR
		       ? NULL
		       : arena_printf(importer->arena, "[%s at byte %u]",
				      doc_kind_name(doc), doc->at.begin);
}

/* -- words --------------------------------------------------------------------------- */

/* One of two words, in any case: 1 or 0; -1 with the text of an unknown; -2 reported */
static int read_word(struct nsg_importer *importer, const struct doc *rule,
		     enum nsg_key key, const char *yes, const char *no,
		     const char **ret_unknown)
{
	const struct doc *doc = single(nsg_field(rule, key));

	if (!doc) {
		nsg_refused(importer, rule->at,
			    "a rule that does not say whether it is '%s' or '%s'", yes,
			    no);
		return -2;
	}
	*ret_unknown = unknown_text(importer, doc);
	if (*ret_unknown)
		return -1;
	if (strcasecmp(doc->text, yes) == 0)
		return 1;
	if (strcasecmp(doc->text, no) == 0)
		return 0;
	nsg_refused(importer, doc->at, "'%.60s' is neither '%s' nor '%s'", doc->text, yes,
		    no);
	diag_help(importer->diag, "write '%s' or '%s'", yes, no);
	return -2;
}

static bool read_number(const char *text, uint32_t max, uint32_t *ret_number)
{
	uint32_t number = 0;

	if (!*text || strlen(text) > 5)
		return false;
	for (; *text; text++) {
		if (*text < '0' || *text > '9')
			return false;
		number = number * 10 + (uint32_t)(*text - '0');
	}
	*ret_number = number;
	return number <= max;
}

static bool is_default_priority(uint32_t priority)
{
	return priority >= NSG_PRIORITY_DEFAULT && priority <= NSG_PRIORITY_MAX;
}

static void read_priority(struct nsg_importer *importer, const struct doc *doc,
			  enum nsg_origin origin, struct nsg_rule *rule)
{
	const struct doc *priority = single(nsg_field(doc, NSG_KEY_PRIORITY));

	if (!priority) {
		nsg_refused(importer, doc->at, "a rule without priority");
		return;
	}
	rule->priority_text = unknown_text(importer, priority);
	if (rule->priority_text)
		return;
	if (read_number(priority->text, NSG_PRIORITY_MAX, &rule->priority) &&
	    ((rule->priority >= NSG_PRIORITY_FIRST &&
	      rule->priority <= NSG_PRIORITY_LAST) ||
	     (origin != NSG_CUSTOM_RULE && is_default_priority(rule->priority)))) {
		rule->is_default = is_default_priority(rule->priority);
		return;
	}
	nsg_refused(importer, priority->at, "'%.40s' is no priority from %u to %u",
		    priority->text, NSG_PRIORITY_FIRST, NSG_PRIORITY_LAST);
}

/* -- ports --------------------------------------------------------------------------- */

/* What is known of the ports of one side, and the texts of what is not. */
struct ports {
	enum field field;
	struct ranges known;
	struct term choice;
	bool any;
	bool said;
};

/* "443", "8000-8010", "*" */
static bool parse_ports(const char *text, struct range *ret_range)
{
	const char *dash = strchr(text, '-');
	char first[8] = "";
	uint32_t a, b;

	if (strcmp(text, "*") == 0 || strcasecmp(text, "any") == 0) {
		*ret_range = (struct range){0, UINT16_MAX};
		return true;
	}
	if (!dash)
		dash = text + strlen(text);
	if ((size_t)(dash - text) >= sizeof(first))
		return false;
	memcpy(first, text, (size_t)(dash - text));
	if (!read_number(first, UINT16_MAX, &a))
		return false;
	b = a;
	if (*dash && !read_number(dash + 1, UINT16_MAX, &b))
		return false;
	*ret_range = (struct range){a, b};
	return a <= b;
}

static void add_port(struct nsg_importer *importer, struct ports *ports,
		     const struct doc *doc)
{
	const char *unknown = unknown_text(importer, doc);
	struct range range;

	if (doc->kind == DOC_NULL || (!unknown && !*doc->text))
		return;
	ports->said = true;
	if (unknown) {
		struct match *match =
			arena_push(importer->arena, ports->choice.choices.at,
				   ports->choice.choices.count,
				   ports->choice.choices.capacity);

		match_unknown(match,
			      arena_printf(importer->arena, "'%s' is one of %s",
					   field_info(ports->field)->name, unknown),
			      false, importer->arena);
	} else if (parse_ports(doc->text, &range)) {
		ports->any |= range.first == 0 && range.last == UINT16_MAX;
		ranges_add(&ports->known, range, importer->arena);
	} else {
		nsg_refused(importer, doc->at, "'%.60s' is no port and no range of ports",
			    doc->text);
		diag_help(importer->diag,
			  "write a number, a range like 8000-8080, or '*'; "
			  "several ports are a list");
	}
}

static void add_ports(struct nsg_importer *importer, struct ports *ports,
		      const struct doc *doc)
{
	if (doc && doc->kind == DOC_LIST)
		for (size_t i = 0; i < doc->count; i++)
			add_port(importer, ports, doc->items[i]);
	else if (doc)
		add_port(importer, ports, doc);
}

static void read_ports(struct nsg_importer *importer, const struct doc *doc,
		       enum nsg_key one, enum nsg_key many, enum field field,
		       struct ports *ret_ports)
{
	*ret_ports = (struct ports){.field = field, .choice = {.kind = TERM_CHOICE}};
	add_ports(importer, ret_ports, nsg_field(doc, one));
	add_ports(importer, ret_ports, nsg_field(doc, many));
	if (!ret_ports->said) {
		nsg_refused(importer, doc->at, "a rule without %s ports",
			    field == FIELD_SOURCE_PORT ? "source" : "destination");
		diag_help(importer->diag, "write '*' for every port");
	}
	ranges_normalize(&ret_ports->known);
	ret_ports->any |= ranges_is_full(&ret_ports->known, 16);
}

static void match_ports(struct match *match, const struct ports *ports,
			struct arena *arena)
{
	struct term *term;

	if (ports->any)
		return;
	if (!ports->choice.choices.count) {
		match_numbers(match, ports->field, &ports->known, arena);
		return;
	}
	term = match_add(match, TERM_CHOICE, arena);
	*term = ports->choice;
	if (ports->known.count)
		match_numbers(arena_push(arena, term->choices.at, term->choices.count,
					 term->choices.capacity),
			      ports->field, &ports->known, arena);
}

/* -- protocol ------------------------------------------------------------------------ */

static struct match *add_way(struct term *choice, struct arena *arena)
{
	return arena_push(arena, choice->choices.at, choice->choices.count,
			  choice->choices.capacity);
}

/*
 * Ports of any protocol: TCP's and UDP's.  Whether such a rule also takes what has no
 * ports is on no page of Azure's.
 */
static void match_any_protocol(struct match *match, const struct ports ports[2],
			       struct arena *arena)
{
	static const struct range with_ports[] = {{PROTOCOL_TCP, PROTOCOL_TCP},
						  {PROTOCOL_UDP, PROTOCOL_UDP}};
	struct ranges numbers = {0};
	struct term choice = {.kind = TERM_CHOICE};
	struct match *way;

	if (ports[0].any && ports[1].any)
		return;
	for (size_t i = 0; i < ARRAY_SIZE(with_ports); i++)
		ranges_add(&numbers, with_ports[i], arena);
	way = add_way(&choice, arena);
	match_numbers(way, FIELD_PROTOCOL, &numbers, arena);
	match_ports(way, &ports[0], arena);
	match_ports(way, &ports[1], arena);
	way = add_way(&choice, arena);
	match_numbers(way, FIELD_PROTOCOL, &numbers, arena);
	way->terms[0].negated = true;
	match_unknown(way,
		      "a rule for ports of any protocol takes protocols without ports",
		      false, arena);
	*match_add(match, TERM_CHOICE, arena) = choice;
}

/*
 * Ports of a protocol without ports.  No page of Azure's says what they are; "the port
 * number of ICMP rule actually represents ICMP Type" (MicrosoftDocs/azure-docs issue
 * 51522, 2020-04-02), so what such a rule takes may be less than all.
 */
static void doubt_ports(struct match *match, const struct ports ports[2],
			struct arena *arena)
{
	if (!ports[0].any || !ports[1].any)
		match_unknown(match,
			      "a rule for ports of a protocol without ports takes its "
			      "packets",
			      false, arena);
}

/* "Icmp" is ICMP on IPv4 and ICMPv6 on IPv6. */
static void match_icmp(struct match *match, struct arena *arena)
{
	struct term choice = {.kind = TERM_CHOICE};
	struct match *way = add_way(&choice, arena);

	match_family(way, FAMILY_IPV4, arena);
	match_number(way, FIELD_PROTOCOL, PROTOCOL_ICMP, PROTOCOL_ICMP, arena);
	way = add_way(&choice, arena);
	match_family(way, FAMILY_IPV6, arena);
	match_number(way, FIELD_PROTOCOL, PROTOCOL_ICMPV6, PROTOCOL_ICMPV6, arena);
	*match_add(match, TERM_CHOICE, arena) = choice;
}

static int protocol_of(const char *text)
{
	static const struct {
		const char *name;
		int number;
	} protocols[] = {
		{"tcp", PROTOCOL_TCP},
		{"udp", PROTOCOL_UDP},
		{"esp", PROTOCOL_ESP},
		{"ah", PROTOCOL_AH},
	};
	uint32_t number;

	for (size_t i = 0; i < ARRAY_SIZE(protocols); i++)
		if (strcasecmp(text, protocols[i].name) == 0)
			return protocols[i].number;
	return read_number(text, 255, &number) ? (int)number : -1;
}

static bool is_any(const char *text)
{
	return strcmp(text, "*") == 0 || strcasecmp(text, "all") == 0 ||
	       strcasecmp(text, "any") == 0;
}

/* Protocol and ports, which hang together. */
static void add_service(struct nsg_importer *importer, const struct doc *doc,
			struct match *match)
{
	const struct doc *protocol = single(nsg_field(doc, NSG_KEY_PROTOCOL));
	struct arena *arena = importer->arena;
	const char *unknown;
	struct ports ports[2];
	int number;

	read_ports(importer, doc, NSG_KEY_PORT, NSG_KEY_PORTS, FIELD_DESTINATION_PORT,
		   &ports[0]);
	read_ports(importer, doc, NSG_KEY_SOURCE_PORT, NSG_KEY_SOURCE_PORTS,
		   FIELD_SOURCE_PORT, &ports[1]);
	if (!protocol) {
		nsg_refused(importer, doc->at, "a rule without protocol");
		return;
	}
	unknown = unknown_text(importer, protocol);
	if (unknown)
		match_unknown(match, arena_printf(arena, "'protocol' is %s", unknown),
			      false, arena);
	if (unknown || is_any(protocol->text)) {
		match_any_protocol(match, ports, arena);
		return;
	}
	if (strcasecmp(protocol->text, "icmp") == 0) {
		match_icmp(match, arena);
		doubt_ports(match, ports, arena);
		return;
	}
	number = protocol_of(protocol->text);
	if (number < 0) {
		nsg_refused(importer, protocol->at, "'%.40s' is no protocol of Azure's",
			    protocol->text);
		diag_help(importer->diag, "write Tcp, Udp, Icmp, Esp, Ah or '*'");
		return;
	}
	match_number(match, FIELD_PROTOCOL, (u128)number, (u128)number, arena);
	if (number == PROTOCOL_TCP || number == PROTOCOL_UDP) {
		match_ports(match, &ports[0], arena);
		match_ports(match, &ports[1], arena);
	} else {
		doubt_ports(match, ports, arena);
	}
}

/* -- the whole ----------------------------------------------------------------------- */

/* "postern:X", and whatever a person has added behind a blank */
static const char *read_id(struct nsg_importer *importer, const struct doc *doc)
{
	const char *text = doc_text(nsg_field(doc, NSG_KEY_DESCRIPTION));
	size_t length;

	if (!text || strncmp(text, "postern:", 8) != 0)
		return NULL;
	length = strcspn(text + 8, " \t\r\n");
	return length ? arena_strndup(importer->arena, text + 8, length) : NULL;
}

/* "securityRules/x" and "defaultSecurityRules/x" are the x of an effective rule. */
static const char *bare_name(const char *name)
{
	const char *slash = name ? strchr(name, '/') : NULL;

	if (slash && (strncasecmp(name, "securityRules/", 14) == 0 ||
		      strncasecmp(name, "defaultSecurityRules/", 21) == 0))
		return slash + 1;
	return name ? name : "";
}

static void read_match(struct nsg_importer *importer, const struct doc *doc,
		       enum nsg_direction direction, bool effective,
		       struct nsg_rule *rule)
{
	struct match *match = &rule->match[direction];

	/* what is wrong with both is said once */
	if (importer->wrong && rule->match[NSG_OUTBOUND].count)
		return;
	nsg_add_sides(importer, doc, direction, effective, match);
	add_service(importer, doc, match);
}

struct nsg_rule *nsg_read_rule(struct nsg_importer *importer, const struct doc *doc,
			       const char *name, enum nsg_origin origin)
{
	bool effective = origin == NSG_EFFECTIVE_RULE;
	struct nsg_rule *rule = arena_make(importer->arena, struct nsg_rule);
	bool was_wrong = importer->wrong;
	int outbound, allows;

	importer->wrong = false;
	rule->at = doc->at;
	rule->name = bare_name(name);
	rule->id = read_id(importer, doc);
	outbound = read_word(importer, doc, NSG_KEY_DIRECTION, "Outbound", "Inbound",
			     &rule->direction_text);
	allows = read_word(importer, doc, NSG_KEY_ACCESS, "Allow", "Deny",
			   &rule->access_text);
	read_priority(importer, doc, origin, rule);
	rule->direction = outbound == 0 ? NSG_INBOUND : NSG_OUTBOUND;
	rule->allows = allows == 1;
	if (outbound != 0)
		read_match(importer, doc, NSG_OUTBOUND, effective, rule);
	if (outbound == 0 || outbound == -1)
		read_match(importer, doc, NSG_INBOUND, effective, rule);
	if (importer->wrong)
		return NULL;
	importer->wrong = was_wrong;
	return rule;
}
