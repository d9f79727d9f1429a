/* dnsmasq_import_servers.c - Lines that say what becomes of the questions for a domain.
 */
#include <stdlib.h>
#include <string.h>

#include "backends/dnsmasq/dnsmasq_importer.h"
#include "rules/base/arena.h"

/**
 * DOC: Domains
 *
 * address=, local= and server= are one list (src/domain-match.c).  The longest domain
 * that takes a name and has anything to say of the family that is asked for decides:
 * addresses of that family, else zeros, else "the standard servers", else its servers,
 * else nothing.  A domain that has IPv4 addresses only leaves questions for IPv6 to the
 * next shorter one.
 *
 * "/x/" takes x and what is below; an asterisk before x, every other name that ends so; a
 * dot in front of x changes nothing; "/#/", or no domain, takes every name.
 */

/* Where DNS servers are asked. */
#define DNS_PORT 53

/* -- the list -------------------------------------------------------------------------
 */

static const char *domain_key(const struct dnsmasq_importer *importer, bool wildcard,
			      const char *text)
{
	return arena_printf(importer->arena, "%s%s", wildcard ? "*" : "", text);
}

struct dnsmasq_domain *dnsmasq_find_domain(const struct dnsmasq_importer *importer,
					   bool wildcard, const char *text)
{
	return textmap_get(&importer->domain_of, domain_key(importer, wildcard, text));
}

static struct dnsmasq_domain *make_domain(struct dnsmasq_importer *importer,
					  bool wildcard, const char *text)
{
	struct dnsmasq_domain *domain = dnsmasq_find_domain(importer, wildcard, text);

	if (domain)
		return domain;
	domain = arena_make(importer->arena, struct dnsmasq_domain);
	domain->text = text;
	domain->wildcard = wildcard;
	textmap_put(&importer->domain_of, domain_key(importer, wildcard, text), domain,
		    importer->arena);
	*arena_push(importer->arena, importer->domains.at, importer->domains.count,
		    importer->domains.capacity) = domain;
	return domain;
}

/* A domain that ends names which are asked for: behind a wildcard it may begin anywhere.
 */
static enum dnsmasq_name read_domain(struct dnsmasq_importer *importer, const char *text,
				     bool wildcard, const char **ret_name)
{
	const char *rest = text + (wildcard && *text == '.');
	enum dnsmasq_name judged =
		dnsmasq_name(importer, arena_strdup(importer->arena, rest), ret_name);

	if (judged == DNSMASQ_NAME_HOST && rest != text)
		*ret_name = arena_printf(importer->arena, ".%s", *ret_name);
	return judged;
}

int dnsmasq_add_server(struct dnsmasq_importer *importer, const char *domain,
		       const struct dnsmasq_server *server,
		       const struct dnsmasq_line *line)
{
	const char *text = strcmp(domain, "#") == 0 ? "" : domain, *name = "";
	bool wildcard = false;
	struct dnsmasq_domain *of;

	if (server->does == DNSMASQ_ASK)
		importer->forwards = true;
	if (*text == '.') {
		text += strspn(text, ".");
	} else if (*text == '*') {
		text++;
		wildcard = *text != '\0';
	}
	if (*text) {
		switch (read_domain(importer, text, wildcard, &name)) {
		case DNSMASQ_NAME_BAD:
			return dnsmasq_refuse(importer, line->span, "'%s' is no domain",
					      domain);
		case DNSMASQ_NAME_OTHER:
			return 0;
		case DNSMASQ_NAME_HOST:
			break;
		}
	}
	of = make_domain(importer, wildcard, name);
	*arena_push(importer->arena, of->at, of->count, of->capacity) = *server;
	return 0;
}

/* Longest first; of equal ones that without wildcard. */
static int compare_domains(const void *a, const void *b)
{
	const struct dnsmasq_domain *x = *(struct dnsmasq_domain *const *)a;
	const struct dnsmasq_domain *y = *(struct dnsmasq_domain *const *)b;
	size_t x_length = strlen(x->text), y_length = strlen(y->text);

	if (x_length != y_length)
		return x_length > y_length ? -1 : 1;
	if (x->wildcard != y->wildcard)
		return x->wildcard ? 1 : -1;
	return strcmp(x->text, y->text);
}

void dnsmasq_sort_domains(struct dnsmasq_importer *importer)
{
	if (importer->domains.count)
		qsort(importer->domains.at, importer->domains.count,
		      sizeof(importer->domains.at[0]), compare_domains);
}

bool dnsmasq_does(const struct dnsmasq_domain *domain, int does)
{
	for (size_t i = 0; i < domain->count; i++)
		if ((int)domain->at[i].does == does)
			return true;
	return false;
}

unsigned dnsmasq_families(const struct dnsmasq_domain *domain)
{
	unsigned families = dnsmasq_does(domain, DNSMASQ_ZEROS) ? FAMILIES_ALL : 0;

	for (size_t i = 0; i < domain->count; i++)
		if (domain->at[i].does == DNSMASQ_ANSWER)
			families |= 1u << domain->at[i].addr.family;
	return families;
}

bool dnsmasq_has_standard(const struct dnsmasq_importer *importer)
{
	const struct dnsmasq_domain *all = dnsmasq_find_domain(importer, false, "");

	/* Sent from every name to where every name is looked for: nobody is asked. */
	if (all && dnsmasq_does(all, DNSMASQ_STANDARD))
		return false;
	return !importer->has[DNSMASQ_NO_RESOLV] ||
	       (all && dnsmasq_does(all, DNSMASQ_ASK));
}

void dnsmasq_match_domain(struct dnsmasq_importer *importer,
			  const struct dnsmasq_domain *domain, struct match *match)
{
	if (!*domain->text)
		return;
	if (!domain->wildcard) {
		match_name(match, (struct name_pattern){NAME_DOMAIN, domain->text}, false,
			   importer->arena);
		return;
	}
	match_name(match,
		   *domain->text == '.'
			   ? (struct name_pattern){NAME_BELOW, domain->text + 1}
			   : (struct name_pattern){NAME_SUFFIX, domain->text},
		   false, importer->arena);
	if (dnsmasq_find_domain(importer, false, domain->text))
		match_name(match, (struct name_pattern){NAME_DOMAIN, domain->text}, true,
			   importer->arena);
}

/* -- one line --------------------------------------------------------------------------
 */

static bool read_port(char *text, uint16_t *ret_port)
{
	unsigned long port;

	if (!dnsmasq_is_number(text) || strlen(text) > 9)
		return false;
	port = strtoul(text, NULL, 10);
	if (port > UINT16_MAX)
		return false;
	*ret_port = (uint16_t)port;
	return true;
}

static int refuse_port(struct dnsmasq_importer *importer, struct span at)
{
	return dnsmasq_refuse(importer, at, "a port is a number up to 65535");
}

/* @INTERFACE, @ADDRESS, @INTERFACE@ADDRESS, each with #PORT */
static int read_way(struct dnsmasq_importer *importer, const struct dnsmasq_line *line,
		    char *source, const struct dnsmasq_server *server)
{
	struct span at = dnsmasq_part(line, source);
	char *port = dnsmasq_split(source, '#'), *second;
	struct addr addr;
	uint16_t number;

	if (port && !read_port(port, &number))
		return refuse_port(importer, at);
	second = dnsmasq_split(source, '@');
	if (second)
		source = second;
	if (addr_parse(source, &addr)) {
		if (!server->host && addr.family != server->addr.family)
			return dnsmasq_refuse(importer, at,
					      "the server's address is of another "
					      "family");
	} else if (second) {
		return dnsmasq_refuse(importer, at, "two interfaces for one server");
	}
	ruleset_assume(importer->rules,
		       arena_printf(importer->arena,
				    "servers can be asked from '%s', which is on this "
				    "machine",
				    source),
		       importer->arena);
	return 0;
}

/* ADDRESS[#PORT][@…], or a host name that is resolved when dnsmasq starts */
static int read_asked(struct dnsmasq_importer *importer, const struct dnsmasq_line *line,
		      char *text, struct dnsmasq_server *server)
{
	struct span at = dnsmasq_part(line, text);
	char *source = dnsmasq_split(text, '@'), *port = dnsmasq_split(text, '#');

	server->does = DNSMASQ_ASK;
	server->port = DNS_PORT;
	if (port && !read_port(port, &server->port))
		return refuse_port(importer, at);
	dnsmasq_split(text, '%');
	if (!addr_parse(text, &server->addr) &&
	    dnsmasq_name(importer, text, &server->host) != DNSMASQ_NAME_HOST)
		return dnsmasq_refuse(importer, at, "'%s' is no server", text);
	return source ? read_way(importer, line, source, server) : 0;
}

static int read_answer(struct dnsmasq_importer *importer, const struct dnsmasq_line *line,
		       char *text, struct dnsmasq_server *server)
{
	if (strcmp(text, "#") == 0) {
		server->does = DNSMASQ_ZEROS;
		return 0;
	}
	server->does = DNSMASQ_ANSWER;
	if (addr_parse(text, &server->addr))
		return 0;
	return dnsmasq_refuse(importer, dnsmasq_part(line, text), "'%s' is no address",
			      text);
}

int dnsmasq_read_server(struct dnsmasq_importer *importer, struct dnsmasq_line *line)
{
	struct dnsmasq_server server = {.from = {line->span, line->id}};
	bool answers = line->option->kind == DNSMASQ_ADDRESS;
	DNSMASQ_LIST(const char *) domains = {0};
	char *text = line->value, *next;
	int result = 0;

	dnsmasq_unhide(text);
	if (*text == '/') {
		text++;
		while ((next = dnsmasq_split(text, '/'))) {
			*arena_push(importer->arena, domains.at, domains.count,
				    domains.capacity) =
				arena_strdup(importer->arena, text);
			text = next;
		}
		/* Without a second slash the value is the domain, too. */
		if (!domains.count)
			*arena_push(importer->arena, domains.at, domains.count,
				    domains.capacity) =
				arena_strdup(importer->arena, text);
	} else {
		*arena_push(importer->arena, domains.at, domains.count,
			    domains.capacity) = "#";
	}
	if (!*text)
		server.does = DNSMASQ_NOTHING;
	else if (!answers && strcmp(text, "#") == 0)
		server.does = DNSMASQ_STANDARD;
	else
		result = answers ? read_answer(importer, line, text, &server)
				 : read_asked(importer, line, text, &server);
	for (size_t i = 0; i < domains.count && !result; i++)
		/* "//" is for names without a dot. */
		if (*domains.at[i])
			result = dnsmasq_add_server(importer, domains.at[i], &server,
						    line);
	return result;
}
