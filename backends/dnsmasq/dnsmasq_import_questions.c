/* dnsmasq_import_questions.c - The path "question" of a configuration. */
#include <string.h>

#include "backends/dnsmasq/dnsmasq_importer.h"
#include "rules/base/arena.h"

/**
 * DOC: Questions
 *
 * What has an answer here goes nowhere.  A point of this path has a name and a server,
 * but not the family that is asked for; where only one family is answered here, the rest
 * of a name's questions depends on an unknown.  A point of the path "set" has the family;
 * whom dnsmasq asks is all the same there.
 *
 * Of several servers for one domain dnsmasq asks the one that answered last, and all now
 * and then (src/forward.c): to which a question goes is an unknown for each.
 */

static const char ipv4_asked[] = "the question is for IPv4 addresses";

/* Questions of @families, all of them or those that the unknown tells. */
static void match_asked(struct dnsmasq_importer *importer, struct match *match,
			unsigned families)
{
	enum family family = families == 1u << FAMILY_IPV4 ? FAMILY_IPV4 : FAMILY_IPV6;

	if (families == FAMILIES_ALL)
		return;
	if (importer->by_family)
		match_family(match, family, importer->arena);
	else
		match_unknown(match, ipv4_asked, family != FAMILY_IPV4, importer->arena);
}

static struct rule *refuse(struct dnsmasq_importer *importer, struct chain *chain,
			   const struct dnsmasq_source *from, struct name_pattern pattern,
			   unsigned families)
{
	struct rule *rule =
		dnsmasq_add_rule(importer, chain, ACTION_REFUSE, from, pattern.text);

	match_name(&rule->match, pattern, false, importer->arena);
	match_asked(importer, &rule->match, families);
	return rule;
}

/* -- records --------------------------------------------------------------------------
 */

static void add_interface(struct dnsmasq_importer *importer, struct chain *chain,
			  const struct dnsmasq_interface *interface)
{
	for (unsigned family = 0; family < FAMILY_COUNT; family++)
		if (interface->families & 1u << family)
			match_unknown(&refuse(importer, chain, &interface->from,
					      (struct name_pattern){NAME_EXACT,
								    interface->name},
					      1u << family)
					       ->match,
				      dnsmasq_unknown_interface(importer, interface,
								(enum family)family),
				      false, importer->arena);
}

static void make_records(struct dnsmasq_importer *importer, struct path *path)
{
	struct chain *chain = dnsmasq_add_stage(importer, path, "records");

	for (size_t i = 0; i < importer->cnames.count; i++)
		if (importer->cnames.at[i]->asked)
			refuse(importer, chain, &importer->cnames.at[i]->from,
			       (struct name_pattern){NAME_EXACT,
						     importer->cnames.at[i]->alias},
			       FAMILIES_ALL);
	for (size_t i = 0; i < importer->interfaces.count; i++)
		for (const struct dnsmasq_interface *at = importer->interfaces.at[i]; at;
		     at = at->more)
			add_interface(importer, chain, at);
	for (size_t i = 0; i < importer->hosts.count; i++) {
		const struct dnsmasq_host *host = importer->hosts.at[i];
		unsigned families = 0;

		for (unsigned family = 0; family < FAMILY_COUNT; family++)
			if (host->to.of[family].count)
				families |= 1u << family;
		if (!textmap_get(&importer->interface_of, host->name))
			refuse(importer, chain, NULL,
			       (struct name_pattern){NAME_EXACT, host->name}, families);
	}
	for (size_t i = 0; i < importer->synths.count; i++) {
		const struct dnsmasq_synth *synth = &importer->synths.at[i];

		match_unknown(&refuse(importer, chain, &synth->from,
				      (struct name_pattern){NAME_ONE_LABEL,
							    synth->domain},
				      1u << synth->family)
				       ->match,
			      arena_printf(importer->arena,
					   "the name is one that synth-domain=%s makes",
					   synth->domain),
			      false, importer->arena);
	}
	for (size_t i = 0; i < importer->zones.count && !importer->has[DNSMASQ_LOCALISE];
	     i++)
		refuse(importer, chain, NULL, importer->zones.at[i], FAMILIES_ALL);
}

/* -- servers --------------------------------------------------------------------------
 */

/** struct asking - The servers of a domain, while rules are made of them */
struct asking {
	struct dnsmasq_importer *importer;
	struct chain *chain;
	const struct dnsmasq_domain *domain;
	bool several;
};

static bool same_server(const struct dnsmasq_server *a, const struct dnsmasq_server *b)
{
	if (a->port != b->port || !a->host != !b->host)
		return false;
	return a->host ? strcmp(a->host, b->host) == 0
		       : a->addr.family == b->addr.family &&
				 a->addr.value == b->addr.value;
}

/* Has the domain more than one server?  Those of resolv.conf have none. */
static bool has_several(const struct dnsmasq_importer *importer,
			const struct dnsmasq_domain *domain)
{
	const struct dnsmasq_server *first = NULL;

	if (!*domain->text && !importer->has[DNSMASQ_NO_RESOLV])
		return true;
	for (size_t i = 0; i < domain->count; i++) {
		const struct dnsmasq_server *server = &domain->at[i];

		if (server->does != DNSMASQ_ASK)
			continue;
		if (first && !same_server(first, server))
			return true;
		first = server;
	}
	return false;
}

static void match_server(struct dnsmasq_importer *importer,
			 const struct dnsmasq_server *server, struct match *match)
{
	const struct textmap *names = importer->input->names;
	struct addr_set to = {0};

	if (server->host) {
		match_resolved(match, FIELD_DESTINATION, server->host,
			       names ? textmap_get(names, server->host) : NULL,
			       importer->arena);
	} else {
		ranges_add(&to.of[server->addr.family],
			   (struct range){server->addr.value, server->addr.value},
			   importer->arena);
		match_addrs(match, FIELD_DESTINATION, &to, importer->arena);
	}
	match_number(match, FIELD_DESTINATION_PORT, server->port, server->port,
		     importer->arena);
}

static const char *taken(struct dnsmasq_importer *importer,
			 const struct dnsmasq_server *server)
{
	char text[ADDR_TEXT_MAX];

	return arena_printf(importer->arena, "dnsmasq takes %s#%u of several servers",
			    server->host ? server->host
					 : addr_format(&server->addr, text),
			    server->port);
}

/* Admits questions at one server; @exempt: only those for names that may lead to private
 * addresses. */
static void admit(const struct asking *asking, const struct dnsmasq_server *server,
		  bool exempt)
{
	struct dnsmasq_importer *importer = asking->importer;
	struct rule *rule = dnsmasq_add_rule(importer, asking->chain, ACTION_ADMIT,
					     &server->from, asking->domain->text);
	struct match *match = &rule->match;

	dnsmasq_match_domain(importer, asking->domain, match);
	match_server(importer, server, match);
	if (asking->several)
		match_unknown(match, taken(importer, server), false, importer->arena);
	for (size_t i = 0; i < importer->hindered.count; i++)
		match_unknown(match, importer->hindered.at[i], false, importer->arena);
	if (exempt)
		dnsmasq_match_names(importer, match, &importer->rebind_ok, false);
	else if (importer->has[DNSMASQ_REBIND])
		match_unknown(match,
			      "stop-dns-rebind finds no private address in the answer",
			      false, importer->arena);
}

static void admit_all(const struct asking *asking)
{
	const struct dnsmasq_importer *importer = asking->importer;

	for (size_t i = 0; i < asking->domain->count; i++) {
		const struct dnsmasq_server *server = &asking->domain->at[i];

		if (server->does != DNSMASQ_ASK)
			continue;
		if (importer->has[DNSMASQ_REBIND] && importer->rebind_ok.count)
			admit(asking, server, true);
		admit(asking, server, false);
	}
}

/* -- domains --------------------------------------------------------------------------
 */

/* The servers that have no domain, for whatever leads to them. */
static size_t make_standard(struct dnsmasq_importer *importer)
{
	size_t index =
		ruleset_add_chain(importer->rules, "standard servers", importer->arena);
	struct asking asking = {
		.importer = importer,
		.chain = &importer->rules->chains[index],
		.domain = dnsmasq_find_domain(importer, false, ""),
	};

	if (asking.domain && dnsmasq_has_standard(importer)) {
		asking.several = has_several(importer, asking.domain);
		admit_all(&asking);
	}
	if (importer->has[DNSMASQ_NO_RESOLV] || !dnsmasq_has_standard(importer))
		dnsmasq_add_rule(importer, asking.chain, ACTION_REFUSE, NULL,
				 "there is no other server to ask");
	return index;
}

static struct rule *end(const struct asking *asking, enum action action)
{
	struct rule *rule =
		dnsmasq_add_rule(asking->importer, asking->chain, action,
				 &asking->domain->at[0].from, asking->domain->text);

	dnsmasq_match_domain(asking->importer, asking->domain, &rule->match);
	return rule;
}

/* Where it does not matter whom dnsmasq asks: does it ask at all? */
static void end_asking(const struct asking *asking)
{
	const struct dnsmasq_domain *domain = asking->domain;
	bool asks = dnsmasq_does(domain, DNSMASQ_ASK);

	if (dnsmasq_does(domain, DNSMASQ_STANDARD) || !*domain->text)
		asks = dnsmasq_has_standard(asking->importer);
	else if (!asks && !dnsmasq_does(domain, DNSMASQ_NOTHING))
		return;
	end(asking, asks ? ACTION_UNDECIDED : ACTION_REFUSE);
}

static void add_domain(const struct asking *asking, size_t standard)
{
	const struct dnsmasq_domain *domain = asking->domain;
	unsigned families = dnsmasq_families(domain);

	if (families)
		match_asked(asking->importer, &end(asking, ACTION_REFUSE)->match,
			    families);
	if (asking->importer->by_family) {
		end_asking(asking);
	} else if (dnsmasq_does(domain, DNSMASQ_STANDARD) || !*domain->text) {
		end(asking, ACTION_GOTO)->target = standard;
	} else if (dnsmasq_does(domain, DNSMASQ_ASK)) {
		admit_all(asking);
		end(asking, ACTION_REFUSE);
	} else if (dnsmasq_does(domain, DNSMASQ_NOTHING)) {
		end(asking, ACTION_REFUSE);
	}
}

static void make_domains(struct dnsmasq_importer *importer, struct path *path)
{
	size_t standard = importer->by_family ? 0 : make_standard(importer);
	struct chain *chain = dnsmasq_add_stage(importer, path, "domains");

	for (size_t i = 0; i < importer->domains.count; i++) {
		const struct dnsmasq_domain *domain = importer->domains.at[i];
		const struct asking asking = {importer, chain, domain,
					      has_several(importer, domain)};

		add_domain(&asking, standard);
	}
	if (importer->by_family ? !dnsmasq_has_standard(importer)
				: importer->has[DNSMASQ_NO_RESOLV])
		dnsmasq_add_rule(importer, chain, ACTION_REFUSE, NULL,
				 "there is no server to ask");
}

void dnsmasq_make_asked(struct dnsmasq_importer *importer, struct path *path)
{
	make_records(importer, path);
	make_domains(importer, path);
}

void dnsmasq_make_questions(struct dnsmasq_importer *importer)
{
	struct path *path;

	if (!importer->forwards)
		return;
	path = ruleset_add_path(importer->rules, QUESTION_PATH, importer->arena);
	path->universe = answer_universe(QUESTION_PATH, importer->arena);
	path->compose = COMPOSE_FIRST;
	dnsmasq_make_asked(importer, path);
}
