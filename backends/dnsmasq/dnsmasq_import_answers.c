/* dnsmasq_import_answers.c - The path "answer" of a configuration. */
#include <string.h>

#include "backends/dnsmasq/dnsmasq_importer.h"
#include "rules/base/arena.h"

/**
 * DOC: The stages
 *
 * answer_request() of src/rfc1035.c looks a name up among the records; only what it finds
 * nothing for goes on to the domains (src/forward.c).  A cname answers always, with the
 * addresses that the records have for its end, or none.  An address of one family says
 * nothing of the other.  An auth-zone has the last word about what is in it.
 *
 * What goes on to a server comes back through the filters; what dnsmasq says itself does
 * not.
 */

/* -- rules ----------------------------------------------------------------------------
 */

struct chain *dnsmasq_add_stage(struct dnsmasq_importer *importer, struct path *path,
				const char *label)
{
	struct stage *stage =
		arena_push(importer->arena, path->stages, path->count, path->capacity);

	stage->label = label;
	stage->end = ACTION_UNDECIDED;
	stage->priority = (int)path->count;
	stage->chain = ruleset_add_chain(importer->rules, label, importer->arena);
	return &importer->rules->chains[stage->chain];
}

struct rule *dnsmasq_add_rule(struct dnsmasq_importer *importer, struct chain *chain,
			      enum action action, const struct dnsmasq_source *from,
			      const char *name)
{
	struct rule *rule = chain_add_rule(chain, importer->arena);

	rule->action = action;
	rule->name = name && *name ? name : NULL;
	if (!from)
		return rule;
	rule->at = from->at;
	if (action == ACTION_ADMIT)
		rule->id = from->id;
	return rule;
}

void dnsmasq_match_names(struct dnsmasq_importer *importer, struct match *match,
			 const struct name_patterns *names, bool negated)
{
	struct term *term = match_add(match, TERM_NAMES, importer->arena);

	term->field = FIELD_NAME;
	term->negated = negated;
	term->names = *names;
}

static void match_exact(struct dnsmasq_importer *importer, struct match *match,
			const char *name)
{
	match_name(match, (struct name_pattern){NAME_EXACT, name}, false,
		   importer->arena);
}

static void match_one(struct dnsmasq_importer *importer, struct match *match,
		      const struct addr *addr)
{
	struct addr_set to = {0};

	ranges_add(&to.of[addr->family], (struct range){addr->value, addr->value},
		   importer->arena);
	match_addrs(match, FIELD_DESTINATION, &to, importer->arena);
}

/* -- records --------------------------------------------------------------------------
 */

const char *dnsmasq_unknown_interface(struct dnsmasq_importer *importer,
				      const struct dnsmasq_interface *interface,
				      enum family family)
{
	return arena_printf(importer->arena, "interface %s has %s", interface->interface,
			    family == FAMILY_IPV4 ? "IPv4" : "IPv6");
}

/* The name's own interfaces, or where they are those of a cname's end. */
static void add_interface(struct dnsmasq_importer *importer, struct chain *chain,
			  const struct dnsmasq_interface *interface, const char *name)
{
	for (unsigned family = 0; family < FAMILY_COUNT; family++) {
		const char *has = dnsmasq_unknown_interface(importer, interface,
							    (enum family)family);
		struct rule *rule;

		if (!(interface->families & 1u << family))
			continue;
		rule = dnsmasq_add_rule(importer, chain, ACTION_ADMIT, &interface->from,
					name);
		match_exact(importer, &rule->match, name);
		match_family(&rule->match, (enum family)family, importer->arena);
		match_unknown(&rule->match, has, false, importer->arena);
		match_unknown(&rule->match,
			      arena_printf(importer->arena,
					   "interface %s has this address",
					   interface->interface),
			      false, importer->arena);
		rule = dnsmasq_add_rule(importer, chain, ACTION_REFUSE, &interface->from,
					name);
		match_exact(importer, &rule->match, name);
		match_family(&rule->match, (enum family)family, importer->arena);
		match_unknown(&rule->match, has, false, importer->arena);
	}
}

/* Return: whether the name has interfaces: then its records do not count */
static bool add_interfaces(struct dnsmasq_importer *importer, struct chain *chain,
			   const char *of, const char *name)
{
	const struct dnsmasq_interface *first = textmap_get(&importer->interface_of, of);

	for (const struct dnsmasq_interface *at = first; at; at = at->more)
		add_interface(importer, chain, at, name);
	return first;
}

static void add_cname(struct dnsmasq_importer *importer, struct chain *chain,
		      const struct dnsmasq_cname *cname)
{
	const struct dnsmasq_cname *end = cname;
	const struct dnsmasq_host *host;
	struct rule *rule;

	for (unsigned i = 0; end->next && i < DNSMASQ_MAX_CNAMES; i++)
		end = end->next;
	host = textmap_get(&importer->host_of, end->target);
	if (!add_interfaces(importer, chain, end->target, cname->alias) && host) {
		rule = dnsmasq_add_rule(importer, chain, ACTION_ADMIT, &cname->from,
					cname->alias);
		match_exact(importer, &rule->match, cname->alias);
		match_addrs(&rule->match, FIELD_DESTINATION, &host->to, importer->arena);
	}
	rule = dnsmasq_add_rule(importer, chain, ACTION_REFUSE, &cname->from,
				cname->alias);
	match_exact(importer, &rule->match, cname->alias);
}

static void add_records(struct dnsmasq_importer *importer, struct chain *chain)
{
	struct name_patterns names[FAMILY_COUNT] = {0};

	for (size_t i = 0; i < importer->records.count; i++) {
		const struct dnsmasq_record *record = &importer->records.at[i];
		struct rule *rule = dnsmasq_add_rule(importer, chain, ACTION_ADMIT,
						     &record->from, record->name);

		match_exact(importer, &rule->match, record->name);
		match_one(importer, &rule->match, &record->addr);
	}
	for (size_t i = 0; i < importer->hosts.count; i++)
		for (unsigned family = 0; family < FAMILY_COUNT; family++)
			if (importer->hosts.at[i]->to.of[family].count)
				*arena_push(importer->arena, names[family].at,
					    names[family].count, names[family].capacity) =
					(struct name_pattern){NAME_EXACT,
							      importer->hosts.at[i]
								      ->name};
	for (unsigned family = 0; family < FAMILY_COUNT; family++) {
		struct rule *rule;

		if (!names[family].count)
			continue;
		rule = dnsmasq_add_rule(importer, chain, ACTION_REFUSE, NULL,
					"a record says all of its name and family");
		dnsmasq_match_names(importer, &rule->match, &names[family], false);
		match_family(&rule->match, (enum family)family, importer->arena);
	}
}

static void add_synth(struct dnsmasq_importer *importer, struct chain *chain,
		      const struct dnsmasq_synth *synth)
{
	const char *is =
		arena_printf(importer->arena,
			     "the name is one that synth-domain=%s makes", synth->domain);
	struct addr_set to = {0};

	ranges_add(&to.of[synth->family], synth->range, importer->arena);
	for (unsigned admits = 2; admits--;) {
		struct rule *rule =
			dnsmasq_add_rule(importer, chain,
					 admits ? ACTION_ADMIT : ACTION_REFUSE,
					 &synth->from, synth->domain);

		match_name(&rule->match,
			   (struct name_pattern){NAME_ONE_LABEL, synth->domain}, false,
			   importer->arena);
		match_family(&rule->match, synth->family, importer->arena);
		match_unknown(&rule->match, is, false, importer->arena);
		if (!admits)
			break;
		match_addrs(&rule->match, FIELD_DESTINATION, &to, importer->arena);
		match_unknown(&rule->match,
			      arena_printf(importer->arena,
					   "the address is in the name below %s",
					   synth->domain),
			      false, importer->arena);
	}
}

/* Names of interfaces leave their records alone, and go on where they have no address. */
static void skip_interfaces(struct dnsmasq_importer *importer, struct chain *chain)
{
	struct name_patterns names = {0};
	struct rule *rule;

	for (size_t i = 0; i < importer->interfaces.count; i++) {
		const char *name = importer->interfaces.at[i]->name;

		add_interfaces(importer, chain, name, name);
		*arena_push(importer->arena, names.at, names.count, names.capacity) =
			(struct name_pattern){NAME_EXACT, name};
	}
	if (!names.count)
		return;
	rule = dnsmasq_add_rule(importer, chain, ACTION_UNDECIDED, NULL,
				"an interface without such an address");
	dnsmasq_match_names(importer, &rule->match, &names, false);
}

static void make_records(struct dnsmasq_importer *importer, struct path *path)
{
	struct chain *chain = dnsmasq_add_stage(importer, path, "records");
	struct rule *rule;

	for (size_t i = 0; i < importer->cnames.count; i++)
		if (importer->cnames.at[i]->asked)
			add_cname(importer, chain, importer->cnames.at[i]);
	skip_interfaces(importer, chain);
	add_records(importer, chain);
	for (size_t i = 0; i < importer->synths.count; i++)
		add_synth(importer, chain, &importer->synths.at[i]);
	if (!importer->zones.count || importer->has[DNSMASQ_LOCALISE])
		return;
	rule = dnsmasq_add_rule(importer, chain, ACTION_REFUSE, NULL,
				"an auth-zone says all of what is in it");
	dnsmasq_match_names(importer, &rule->match, &importer->zones, false);
}

/* -- domains --------------------------------------------------------------------------
 */

static void add_answers(struct dnsmasq_importer *importer, struct chain *chain,
			const struct dnsmasq_domain *domain, enum family family)
{
	bool answers = false;

	for (size_t i = 0; i < domain->count; i++)
		answers |= domain->at[i].does == DNSMASQ_ANSWER &&
			   domain->at[i].addr.family == family;
	for (size_t i = 0; i < domain->count; i++) {
		const struct dnsmasq_server *server = &domain->at[i];
		const struct addr zero = {family, 0};
		struct rule *rule;

		if (server->does != (answers ? DNSMASQ_ANSWER : DNSMASQ_ZEROS) ||
		    (answers && server->addr.family != family))
			continue;
		rule = dnsmasq_add_rule(importer, chain, ACTION_ADMIT, &server->from,
					domain->text);
		dnsmasq_match_domain(importer, domain, &rule->match);
		match_one(importer, &rule->match, answers ? &server->addr : &zero);
	}
}

/* What becomes of questions that the domain does not answer; CONTINUE: the next one. */
static enum action rest_of(const struct dnsmasq_importer *importer,
			   const struct dnsmasq_domain *domain)
{
	if (dnsmasq_does(domain, DNSMASQ_STANDARD) || !*domain->text)
		return dnsmasq_has_standard(importer) ? ACTION_UNDECIDED : ACTION_REFUSE;
	if (dnsmasq_does(domain, DNSMASQ_ASK))
		return ACTION_UNDECIDED;
	return dnsmasq_does(domain, DNSMASQ_NOTHING) ? ACTION_REFUSE : ACTION_CONTINUE;
}

static void add_domain(struct dnsmasq_importer *importer, struct chain *chain,
		       const struct dnsmasq_domain *domain)
{
	unsigned families = dnsmasq_families(domain);
	enum action rest = rest_of(importer, domain);
	struct rule *rule;

	for (unsigned family = 0; family < FAMILY_COUNT; family++) {
		if (!(families & 1u << family))
			continue;
		add_answers(importer, chain, domain, (enum family)family);
		rule = dnsmasq_add_rule(importer, chain, ACTION_REFUSE,
					&domain->at[0].from, domain->text);
		dnsmasq_match_domain(importer, domain, &rule->match);
		match_family(&rule->match, (enum family)family, importer->arena);
	}
	if (rest == ACTION_CONTINUE)
		return;
	rule = dnsmasq_add_rule(importer, chain, rest, &domain->at[0].from, domain->text);
	dnsmasq_match_domain(importer, domain, &rule->match);
}

static void make_domains(struct dnsmasq_importer *importer, struct path *path)
{
	struct chain *chain = dnsmasq_add_stage(importer, path, "domains");

	for (size_t i = 0; i < importer->domains.count; i++)
		add_domain(importer, chain, importer->domains.at[i]);
	if (!dnsmasq_has_standard(importer))
		dnsmasq_add_rule(importer, chain, ACTION_REFUSE, NULL,
				 "there is no server to ask");
}

/* -- replies --------------------------------------------------------------------------
 */

/* private_net() and private_net6() of src/rfc1035.c; those that are @local are exempt
 * under rebind-localhost-ok.  IPv4 in IPv6 is as the IPv4 address is. */
static const struct {
	const char *prefix;
	bool local;
} private_nets[] = {
	{"127.0.0.0/8", true},	   {"0.0.0.0/8", true},
	{"10.0.0.0/8", false},	   {"172.16.0.0/12", false},
	{"192.168.0.0/16", false}, {"169.254.0.0/16", false},
	{"192.0.2.0/24", false},   {"198.51.100.0/24", false},
	{"203.0.113.0/24", false}, {"255.255.255.255/32", false},
	{"::/128", true},	   {"::1/128", true},
	{"fe80::/10", false},	   {"fec0::/10", false},
	{"fd00::/8", false},	   {"2001:db8::/32", false},
};

/* Where IPv4 addresses are in IPv6. */
#define MAPPED ((u128)0xffff << 32)

static struct addr_set private_addrs(const struct dnsmasq_importer *importer)
{
	struct addr_set set = {0};

	for (size_t i = 0; i < ARRAY_SIZE(private_nets); i++) {
		struct prefix prefix;
		struct range range;

		if (private_nets[i].local && importer->has[DNSMASQ_LOCALHOST_OK])
			continue;
		if (prefix_parse(private_nets[i].prefix, &prefix) != PREFIX_OK)
			BUG("'%s' is no prefix", private_nets[i].prefix);
		addr_set_add_prefix(&set, &prefix, importer->arena);
		if (prefix.family != FAMILY_IPV4)
			continue;
		range = prefix_range(&prefix);
		ranges_add(&set.of[FAMILY_IPV6],
			   (struct range){MAPPED | range.first, MAPPED | range.last},
			   importer->arena);
	}
	addr_set_normalize(&set);
	return set;
}

static void make_replies(struct dnsmasq_importer *importer, struct path *path)
{
	struct chain *chain = dnsmasq_add_stage(importer, path, "replies");
	struct rule *rule;

	if (importer->has[DNSMASQ_REBIND]) {
		struct addr_set set = private_addrs(importer);

		rule = dnsmasq_add_rule(importer, chain, ACTION_REFUSE, NULL,
					"stop-dns-rebind");
		match_addrs(&rule->match, FIELD_DESTINATION, &set, importer->arena);
		if (importer->rebind_ok.count)
			dnsmasq_match_names(importer, &rule->match, &importer->rebind_ok,
					    true);
	}
	if (!addr_set_is_empty(&importer->dropped)) {
		addr_set_normalize(&importer->dropped);
		rule = dnsmasq_add_rule(importer, chain, ACTION_REFUSE, NULL,
					"taken out of answers");
		match_addrs(&rule->match, FIELD_DESTINATION, &importer->dropped,
			    importer->arena);
	}
	for (unsigned family = 0; family < FAMILY_COUNT; family++)
		if (importer->filtered & 1u << family) {
			rule = dnsmasq_add_rule(importer, chain, ACTION_REFUSE, NULL,
						"a filter");
			match_family(&rule->match, (enum family)family, importer->arena);
		}
}

void dnsmasq_make_answers(struct dnsmasq_importer *importer)
{
	struct path *path =
		ruleset_add_path(importer->rules, ANSWER_PATH, importer->arena);

	path->universe = answer_universe(ANSWER_PATH, importer->arena);
	path->compose = COMPOSE_FIRST;
	for (size_t i = 0; i < importer->hosts.count; i++)
		addr_set_normalize(&importer->hosts.at[i]->to);
	make_records(importer, path);
	make_domains(importer, path);
	make_replies(importer, path);
}
