/* unbound_import_attributes.c - What each attribute of an unbound.conf says. */
#include <string.h>

#include "backends/unbound/unbound_importer.h"
#include "rules/base/arena.h"

enum clause {
	CLAUSE_NONE,
	CLAUSE_SERVER,
	CLAUSE_STUB,
	CLAUSE_FORWARD,
	CLAUSE_AUTH,
	CLAUSE_RPZ,
	CLAUSE_VIEW,
	CLAUSE_REMOTE,
	CLAUSE_PYTHON,
	CLAUSE_DYNLIB,
	CLAUSE_DNSTAP,
	CLAUSE_CACHEDB,
	CLAUSE_DNSCRYPT,
	CLAUSE_IPSET,
	CLAUSE_COUNT,
};

static const char *const clause_names[] = {
	"",	  "server",  "stub-zone",      "forward-zone", "auth-zone",
	"rpz",	  "view",    "remote-control", "python",       "dynlib",
	"dnstap", "cachedb", "dnscrypt",       "ipset",
};
_Static_assert(ARRAY_SIZE(clause_names) == CLAUSE_COUNT, "a name for each clause");

enum kind {
	KIND_PLAIN,
	KIND_LOCAL_ZONE,
	KIND_LOCAL_DATA,
	KIND_ZONE_TAG,
	KIND_ZONE_OVERRIDE,
	KIND_TAG_ACTION,
	KIND_VIEW_FOR,
	KIND_UNBLOCK_LAN,
	KIND_PRIVATE_ADDRESS,
	KIND_PRIVATE_DOMAIN,
	KIND_RESPONSE_IP,
	KIND_MODULES,
	KIND_NOT_ASKED,
	KIND_SPARE_LOCALHOST,
	KIND_DO_IP4,
	KIND_DO_IP6,
	KIND_NAME,
	KIND_ADDRESS,
	KIND_HOST,
	KIND_FIRST,
	KIND_DOWNSTREAM,
	KIND_UPSTREAM,
};

/* Most values of any attribute. */
#define MAX_VALUES 3

struct attribute {
	const char *name;
	enum clause clause;
	unsigned values;
	enum kind kind;
	const char *note;
};

static const struct attribute attributes[] = {
#define ATTRIBUTE(name, clause, values, kind, note) \
	{name, CLAUSE_##clause, values, KIND_##kind, note},
#include "backends/unbound/unbound_attributes.def"
#undef ATTRIBUTE
};

static const char *const attribute_names[] = {
#define ATTRIBUTE(name, clause, values, kind, note) name,
#include "backends/unbound/unbound_attributes.def"
#undef ATTRIBUTE
	"server",	  "forward-zone", "stub-zone",	      "auth-zone",
	"remote-control", "include",	  "include-toplevel", NULL,
};

/** struct line - An attribute with its values */
struct line {
	const struct attribute *attribute;
	struct unbound_word keyword;
	struct unbound_word values[MAX_VALUES];
};

static int not_followed(struct unbound_importer *importer, const struct line *line)
{
	return diag_report(importer->diag, DIAG_UNBOUND_NOT_FOLLOWED, line->keyword.at,
			   "'%s' makes answers depend on what is not modelled",
			   line->keyword.text);
}

static int read_bool(struct unbound_importer *importer, const struct unbound_word *word,
		     bool *ret_value)
{
	*ret_value = strcmp(word->text, "yes") == 0;
	if (*ret_value || strcmp(word->text, "no") == 0)
		return 0;
	return unbound_refuse(importer, word->at, "'%s' is neither 'yes' nor 'no'",
			      word->text);
}

/* -- clauses ------------------------------------------------------------------------ */

static int end_clause(struct unbound_importer *importer)
{
	bool needs_name =
		importer->clause == CLAUSE_STUB || importer->clause == CLAUSE_FORWARD ||
		importer->clause == CLAUSE_AUTH || importer->clause == CLAUSE_RPZ ||
		importer->clause == CLAUSE_VIEW;

	if (needs_name && !importer->clause_named)
		return unbound_refuse(importer, importer->clause_word.at,
				      "this '%s' has no 'name'",
				      importer->clause_word.text);
	importer->clause = CLAUSE_NONE;
	return 0;
}

static int begin_clause(struct unbound_importer *importer, enum clause clause,
			const struct unbound_word *word)
{
	struct arena *arena = importer->arena;

	if (end_clause(importer) < 0)
		return -1;
	importer->clause = clause;
	importer->clause_word = *word;
	importer->clause_named = false;
	if (clause == CLAUSE_STUB || clause == CLAUSE_FORWARD) {
		struct unbound_forward *forward =
			arena_make(arena, struct unbound_forward);

		forward->stub = clause == CLAUSE_STUB;
		*arena_push(arena, importer->forwards, importer->forward_count,
			    importer->forward_capacity) = forward;
	} else if (clause == CLAUSE_AUTH || clause == CLAUSE_RPZ) {
		struct unbound_other *other = arena_make(arena, struct unbound_other);

		*other = (struct unbound_other){.rpz = clause == CLAUSE_RPZ,
						.downstream = true,
						.upstream = true};
		*arena_push(arena, importer->others, importer->other_count,
			    importer->other_capacity) = other;
	}
	return 0;
}

static struct unbound_forward *open_forward(struct unbound_importer *importer)
{
	return importer->forwards[importer->forward_count - 1];
}

static struct unbound_other *open_other(struct unbound_importer *importer)
{
	return importer->others[importer->other_count - 1];
}

static int read_clause_name(struct unbound_importer *importer, const struct line *line)
{
	const struct unbound_word *word = &line->values[0];
	const char *name;

	if (importer->clause_named)
		return unbound_refuse(importer, line->keyword.at, "a second 'name'");
	importer->clause_named = true;
	if (importer->clause == CLAUSE_VIEW) {
		textmap_put(&importer->view_by_name, word->text, importer,
			    importer->arena);
		return 0;
	}
	if (!unbound_read_name(word->text, word->length, importer->arena, &name))
		return unbound_refuse(importer, word->at, "'%s' is no domain name",
				      word->text);
	if (importer->clause == CLAUSE_AUTH || importer->clause == CLAUSE_RPZ) {
		open_other(importer)->name = name;
		open_other(importer)->at = word->at;
	} else {
		open_forward(importer)->name = name;
		open_forward(importer)->at = word->at;
		open_forward(importer)->id = importer->lexer.id;
	}
	return 0;
}

/* -- servers ------------------------------------------------------------------------ */

/* Where DNS servers are asked, and where over TLS (a "#name" without a port). */
#define DNS_PORT 53
#define TLS_PORT 853

/* What C's atoi() makes of a port, which is what unbound takes: blanks and a sign in
 * front, anything behind.  More than nine digits are left to others. */
static bool read_port(const char *text, uint16_t *ret_port)
{
	size_t digits = strspn(text, " \t");
	bool minus = text[digits] == '-';
	long port = 0;

	digits += minus || text[digits] == '+';
	for (size_t i = 0; text[digits] >= '0' && text[digits] <= '9'; i++, digits++) {
		if (i == 9)
			return false;
		port = port * 10 + (text[digits] - '0');
	}
	/* Only of sixteen bits anything is kept. */
	*ret_port = (uint16_t)(minus ? -port : port);
	return port || strcmp(text, "0") == 0 || strncmp(text, "0#", 2) == 0;
}

/* "a", "a@port", "a#name", "a@port#name" */
static bool read_server(const char *text, struct arena *arena,
			struct unbound_server *server)
{
	const char *at = strchr(text, '@');
	size_t length = at ? (size_t)(at - text) : strcspn(text, "#");

	server->host = arena_strndup(arena, text, length);
	if (at)
		return read_port(at + 1, &server->port);
	server->port = text[length] == '#' ? TLS_PORT : DNS_PORT;
	return true;
}

static int read_address(struct unbound_importer *importer, const struct line *line)
{
	struct unbound_forward *forward = open_forward(importer);
	const struct unbound_word *word = &line->values[0];
	struct unbound_server server = {.at = word->at};

	if (!read_server(word->text, importer->arena, &server) ||
	    !addr_parse(server.host, &server.addr)) {
		unbound_refuse(importer, word->at, "'%s' is no address of a server",
			       word->text);
		diag_help(importer->diag, "write an address, with its port behind '@' if "
					  "it is not 53: '10.0.0.4@5353'");
		return -1;
	}
	server.host = NULL;
	*arena_push(importer->arena, forward->servers, forward->count,
		    forward->capacity) = server;
	return 0;
}

static int read_host(struct unbound_importer *importer, const struct line *line)
{
	struct unbound_forward *forward = open_forward(importer);
	const struct unbound_word *word = &line->values[0];
	struct unbound_server server = {.at = word->at};
	const char *name;

	if (!read_server(word->text, importer->arena, &server) ||
	    !unbound_read_name(server.host, strlen(server.host), importer->arena, &name))
		return unbound_refuse(importer, word->at, "'%s' is no name of a server",
				      word->text);
	server.host = name;
	*arena_push(importer->arena, forward->servers, forward->count,
		    forward->capacity) = server;
	return 0;
}

static int read_netblock(struct unbound_importer *importer,
			 const struct unbound_word *word, struct addr_set *set)
{
	struct prefix prefix;

	if (prefix_parse(word->text, &prefix) == PREFIX_BAD)
		return unbound_refuse(importer, word->at, "'%s' is no address or prefix",
				      word->text);
	addr_set_add_prefix(set, &prefix, importer->arena);
	return 0;
}

static int read_private_domain(struct unbound_importer *importer,
			       const struct unbound_word *word)
{
	const char *name;

	if (!unbound_read_name(word->text, word->length, importer->arena, &name))
		return unbound_refuse(importer, word->at, "'%s' is no domain name",
				      word->text);
	if (textmap_get(&importer->private_domain, name))
		return 0;
	textmap_put(&importer->private_domain, name, importer, importer->arena);
	*arena_push(importer->arena, importer->private_domains,
		    importer->private_domain_count, importer->private_domain_capacity) =
		name;
	return 0;
}

/* -- attributes --------------------------------------------------------------------- */

static int read_zone_trait(struct unbound_importer *importer, const struct line *line)
{
	const struct unbound_word *word = &line->values[0];
	struct unbound_zone *zone = NULL;
	const char *name;

	if (!unbound_read_name(word->text, word->length, importer->arena, &name))
		return unbound_refuse(importer, word->at, "'%s' is no domain name",
				      word->text);
	/* The zone may stand behind; until then it is one without a type. */
	zone = textmap_get(&importer->zone_by_name, name);
	if (!zone) {
		zone = arena_make(importer->arena, struct unbound_zone);
		zone->name = name;
		zone->at = word->at;
		textmap_put(&importer->zone_by_name, name, zone, importer->arena);
	}
	*arena_push(importer->arena, importer->marked, importer->marked_count,
		    importer->marked_capacity) = zone;
	if (line->attribute->kind == KIND_ZONE_TAG)
		zone->tagged = true;
	else
		zone->overridden = true;
	return not_followed(importer, line);
}

static int carry_out(struct unbound_importer *importer, const struct line *line)
{
	const struct unbound_word *values = line->values;

	switch (line->attribute->kind) {
	case KIND_PLAIN:
		return 0;
	case KIND_LOCAL_ZONE:
		return unbound_add_zone(importer, &values[0], &values[1]);
	case KIND_LOCAL_DATA:
		return unbound_add_record(importer, &values[0]);
	case KIND_ZONE_TAG:
	case KIND_ZONE_OVERRIDE:
		return read_zone_trait(importer, line);
	case KIND_TAG_ACTION:
		importer->tag_actions = true;
		return not_followed(importer, line);
	case KIND_VIEW_FOR:
		*arena_push(importer->arena, importer->views, importer->view_count,
			    importer->view_capacity) = values[1];
		return not_followed(importer, line);
	case KIND_RESPONSE_IP:
		importer->response_ip = true;
		return not_followed(importer, line);
	case KIND_MODULES:
		importer->modules = values[0].text;
		return 0;
	case KIND_PRIVATE_ADDRESS:
		return read_netblock(importer, &values[0], &importer->private);
	case KIND_NOT_ASKED:
		return read_netblock(importer, &values[0], &importer->not_asked);
	case KIND_PRIVATE_DOMAIN:
		return read_private_domain(importer, &values[0]);
	case KIND_NAME:
		return read_clause_name(importer, line);
	case KIND_ADDRESS:
		return read_address(importer, line);
	case KIND_HOST:
		return read_host(importer, line);
	case KIND_UNBLOCK_LAN:
		return read_bool(importer, &values[0], &importer->unblock_lan);
	case KIND_SPARE_LOCALHOST:
		return read_bool(importer, &values[0], &importer->spares_localhost);
	case KIND_DO_IP4:
		return read_bool(importer, &values[0], &importer->asks[FAMILY_IPV4]);
	case KIND_DO_IP6:
		return read_bool(importer, &values[0], &importer->asks[FAMILY_IPV6]);
	case KIND_FIRST:
		return read_bool(importer, &values[0], &open_forward(importer)->first);
	case KIND_DOWNSTREAM:
		return read_bool(importer, &values[0], &open_other(importer)->downstream);
	case KIND_UPSTREAM:
		return read_bool(importer, &values[0], &open_other(importer)->upstream);
	}
	BUG("attribute of kind %d", (int)line->attribute->kind);
}

/* Return: NULL when no clause has such an attribute; *ret_here: the open one has */
static const struct attribute *find_attribute(const struct unbound_importer *importer,
					      const char *name, bool *ret_here)
{
	const struct attribute *found = NULL;

	*ret_here = false;
	for (size_t i = 0; i < ARRAY_SIZE(attributes); i++) {
		if (strcmp(attributes[i].name, name) != 0)
			continue;
		found = &attributes[i];
		*ret_here = found->clause == importer->clause;
		if (*ret_here)
			break;
	}
	return found;
}

static int report_unknown(struct unbound_importer *importer,
			  const struct unbound_word *word)
{
	const char *nearest = diag_nearest(word->text, attribute_names);

	if (importer->later) {
		diag_report(importer->diag, DIAG_UNBOUND_NOT_FOLLOWED, word->at,
			    "unbound 1.17 has no attribute '%s': it is read over",
			    word->text);
		unbound_skip_line(&importer->lexer);
		return 0;
	}
	unbound_refuse(importer, word->at, "unbound knows no attribute '%s'", word->text);
	if (nearest)
		diag_help(importer->diag, "did you mean '%s'?", nearest);
	return -1;
}

static int read_attribute(struct unbound_importer *importer,
			  const struct unbound_word *word)
{
	struct line line = {.keyword = *word};
	bool here;

	line.attribute = find_attribute(importer, word->text, &here);
	if (!line.attribute)
		return report_unknown(importer, word);
	if (!here) {
		unbound_refuse(importer, word->at, "'%s' stands in no clause that has it",
			       word->text);
		diag_help(importer->diag, "write it below '%s:'",
			  clause_names[line.attribute->clause]);
		return -1;
	}
	if (line.attribute->note)
		ruleset_assume(importer->rules, line.attribute->note, importer->arena);
	for (unsigned i = 0; i < line.attribute->values; i++)
		if (unbound_next_value(&importer->lexer, word, &line.values[i]) < 0)
			return -1;
	return carry_out(importer, &line);
}

static enum clause find_clause(const char *name)
{
	for (size_t i = 1; i < CLAUSE_COUNT; i++)
		if (strcmp(clause_names[i], name) == 0)
			return (enum clause)i;
	return CLAUSE_NONE;
}

static int check_views(struct unbound_importer *importer)
{
	for (size_t i = 0; i < importer->view_count; i++)
		if (!textmap_get(&importer->view_by_name, importer->views[i].text))
			return unbound_refuse(importer, importer->views[i].at,
					      "there is no view '%s'",
					      importer->views[i].text);
	return 0;
}

int unbound_read_attributes(struct unbound_importer *importer)
{
	struct unbound_word word;
	int more;

	if (unbound_lexer_begin(&importer->lexer) < 0)
		return -1;
	while ((more = unbound_next_keyword(&importer->lexer, &word)) > 0) {
		enum clause clause = find_clause(word.text);

		if (importer->lexer.left && end_clause(importer) < 0)
			return -1;
		importer->lexer.left = false;
		if (clause ? begin_clause(importer, clause, &word) < 0
			   : read_attribute(importer, &word) < 0)
			return -1;
	}
	return more < 0 || end_clause(importer) < 0 ? -1 : check_views(importer);
}
