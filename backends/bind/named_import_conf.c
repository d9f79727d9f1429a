/* named_import_conf.c - From statements to views, zones and forwarders. */
#include <stdlib.h>
#include <string.h>

#include "backends/bind/named_importer.h"
#include "rules/base/arena.h"

#define DNS_PORT 53

/* -- servers ------------------------------------------------------------------------ */

/* Zeros in front do not count; more digits are no port. */
#define MAX_PORT_DIGITS 10

/* named reads a port as any number, and keeps 16 bits of it.  In front of the braces it
 * is a number as in C, "053" is 43; behind an address it is decimal (9.18.49, tried
 * 2026-11-28). */
static int read_port(struct named_importer *importer, const struct named_element *element,
		     bool as_in_c, uint16_t *ret_port)
{
	const char *text = element->text;
	unsigned long port = 0;
	char *end = NULL;

	if (element->kind == NAMED_WORD && *text >= '0' && *text <= '9' &&
	    strlen(text) <= MAX_PORT_DIGITS)
		port = strtoul(text, &end, as_in_c ? 0 : 10);
	if (!end || *end || port > UINT16_MAX)
		return named_refuse(importer, element->at,
				    "a port is a number from 0 to 65535");
	*ret_port = (uint16_t)port;
	return 0;
}

/* "[port NUMBER] [dscp NUMBER]" from element @index on; moves *index behind it. */
static int read_port_clause(struct named_importer *importer,
			    const struct named_statement *statement, size_t *index,
			    uint16_t *port)
{
	/* Where the braces are still to come */
	bool in_front = named_same(statement->at[0].text, "forwarders");
	while (*index < statement->count && statement->at[*index].kind == NAMED_WORD) {
		const struct named_element *word = &statement->at[*index];
		bool is_port = named_same(word->text, "port");
		uint16_t class; /* named reads it, and does nothing with it */

		if (!is_port && !named_same(word->text, "dscp"))
			break;
		if (*index + 1 == statement->count)
			return named_refuse(importer, word->at, "'%s' without a number",
					    word->text);
		if (read_port(importer, word + 1, in_front || !is_port,
			      is_port ? port : &class) < 0)
			return -1;
		*index += 2;
	}
	return 0;
}

static int read_addr(struct named_importer *importer, const struct named_element *element,
		     struct addr *ret_addr)
{
	/* "fe80::1%eth0": through which interface is no part of the model. */
	const char *text = element->kind == NAMED_WORD ? element->text : "";
	size_t length = strcspn(text, "%");

	if ((text[length] && !strchr(text, ':')) ||
	    !addr_parse(arena_strndup(importer->arena, text, length), ret_addr))
		return named_refuse(importer, element->at,
				    "an address should stand here");
	return 0;
}

/* "ADDRESS [port NUMBER];" */
static int read_server(struct named_importer *importer,
		       const struct named_statement *statement, bool ports,
		       struct named_server *server)
{
	size_t index = 1;

	if (read_addr(importer, &statement->at[0], &server->addr) < 0 ||
	    (ports && read_port_clause(importer, statement, &index, &server->port) < 0))
		return -1;
	if (index < statement->count)
		return named_refuse(importer, statement->at[index].at,
				    "missing ';' before this");
	return 0;
}

/* "forwarders [port NUMBER] { ... }" */
static int read_forwarders(struct named_importer *importer,
			   const struct named_statement *statement,
			   struct named_forwarding *forwarding)
{
	uint16_t port = DNS_PORT;
	size_t index = 1;
	const struct named_element *block;

	if (read_port_clause(importer, statement, &index, &port) < 0)
		return -1;
	block = &statement->at[index];
	if (index + 1 != statement->count || block->kind != NAMED_BLOCK)
		return named_refuse(importer, statement->at[0].at,
				    "'forwarders' needs addresses in braces, and nothing "
				    "behind them");
	forwarding->given = true;
	for (size_t i = 0; i < block->block.count; i++) {
		struct named_server server = {.port = port};

		if (read_server(importer, &block->block.at[i], true, &server) < 0)
			return -1;
		*arena_push(importer->arena, forwarding->servers, forwarding->count,
			    forwarding->capacity) = server;
	}
	return 0;
}

/* "forward" and "forwarders" of options, a view or a zone. */
static int read_forwarding(struct named_importer *importer,
			   const struct named_block *block,
			   struct named_forwarding *forwarding)
{
	const struct named_statement *servers = named_find(block, "forwarders");
	const struct named_statement *how = named_find(block, "forward");

	if (how) {
		const struct named_element *word = &how->at[1];
		bool only = word->kind == NAMED_WORD && named_same(word->text, "only");

		if (how->count != 2 || word->kind != NAMED_WORD ||
		    (!only && !named_same(word->text, "first")))
			return named_refuse(importer, word->at,
					    "'forward' needs 'first' or 'only'");
		if (!servers)
			return named_refuse(importer, how->span,
					    "'forward' without 'forwarders' beside it");
		forwarding->only = only;
	}
	return servers ? read_forwarders(importer, servers, forwarding) : 0;
}

/* -- zones -------------------------------------------------------------------------- */

static const struct {
	const char *word;
	char place;
	enum named_zone_kind kind;
} types[] = {
	{"primary", 'p', NAMED_ZONE_DATA},
	{"master", 'p', NAMED_ZONE_DATA},
	{"secondary", 's', NAMED_ZONE_DATA},
	{"slave", 's', NAMED_ZONE_DATA},
	{"mirror", 'm', NAMED_ZONE_DATA},
	{"forward", 'f', NAMED_ZONE_FORWARD},
	{"stub", 'b', NAMED_ZONE_STUB},
	{"static-stub", 'x', NAMED_ZONE_STATIC_STUB},
	{"hint", 'h', NAMED_ZONE_FORWARD},
	{"redirect", 'r', NAMED_ZONE_FORWARD},
	{"delegation-only", 'd', NAMED_ZONE_FORWARD},
};

/* Return: the letter of named_statements.def, 0 after an error was reported */
static char read_type(struct named_importer *importer, const struct named_statement *zone,
		      const struct named_block *block, enum named_zone_kind *ret_kind)
{
	const struct named_statement *type = named_find(block, "type");

	if (!type && named_find(block, "in-view"))
		return 'i';
	if (!type) {
		named_refuse(importer, zone->span, "a zone without 'type'");
		diag_help(importer->diag, "write 'type primary;' for a zone with a file");
		return 0;
	}
	if (type->count == 2 && type->at[1].kind == NAMED_WORD)
		for (size_t i = 0; i < ARRAY_SIZE(types); i++)
			if (named_same(types[i].word, type->at[1].text)) {
				*ret_kind = types[i].kind;
				return types[i].place;
			}
	named_refuse(importer, type->span, "there is no such type of zone");
	return 0;
}

static bool is_word(const struct named_statement *statement, const char *word)
{
	return statement && statement->count == 2 &&
	       statement->at[1].kind != NAMED_BLOCK &&
	       named_same(statement->at[1].text, word);
}

/* "allow-query { none; }" */
static bool is_closed(const struct named_block *block)
{
	const struct named_statement *who = named_find(block, "allow-query");
	const struct named_block *list;

	if (!who || who->count != 2 || who->at[1].kind != NAMED_BLOCK)
		return false;
	list = &who->at[1].block;
	return list->count == 0 || (list->count == 1 && list->at[0].count == 1 &&
				    list->at[0].at[0].kind == NAMED_WORD &&
				    named_same(list->at[0].at[0].text, "none"));
}

/* "check-names warn" of a zone, "check-names primary warn" of a view */
static bool is_lenient(const struct named_block *block, bool of_zone, bool lenient)
{
	for (size_t i = 0; i < block->count; i++) {
		const struct named_statement *check = &block->at[i];
		const struct named_element *last = &check->at[check->count - 1];

		if (!named_same(check->at[0].text, "check-names") ||
		    last->kind != NAMED_WORD || check->count != (of_zone ? 2 : 3))
			continue;
		if (!of_zone && (check->at[1].kind != NAMED_WORD ||
				 (!named_same(check->at[1].text, "primary") &&
				  !named_same(check->at[1].text, "master"))))
			continue;
		lenient = !named_same(last->text, "fail");
	}
	return lenient;
}

static int read_zone_file(struct named_importer *importer,
			  const struct named_statement *file, struct named_zone *zone)
{
	const struct import_file **found =
		arena_array(importer->arena, importer->input->file_count,
			    const struct import_file *);
	const char *path = file->at[1].text;
	size_t count = named_find_files(importer, path, found);

	if (count == 1)
		return named_read_master(importer, found[0], zone->name, zone);
	zone->unknown = arena_printf(importer->arena, "what zone file '%s' holds", path);
	diag_report(importer->diag, DIAG_BIND_NOT_FOLLOWED, file->at[1].at,
		    count ? "'%s' is the name of several files that were given"
			  : "'%s' is not among the files that were given",
		    path);
	diag_help(importer->diag, "give it with --with=FILE or --with=NAME=FILE: until "
				  "then, what its names lead to is unknown");
	return 0;
}

/* The records of a zone of type primary, or why they are not known. */
static int read_primary(struct named_importer *importer, const struct named_block *block,
			struct named_zone *zone)
{
	const struct named_statement *file = named_find(block, "file");
	const struct named_statement *base = named_find(block, "database");
	const struct named_statement *format = named_find(block, "masterfile-format");

	if ((base && !is_word(base, "rbt")) || named_find(block, "dlz")) {
		zone->unknown = arena_printf(importer->arena, "the database of zone '%s'",
					     zone->name);
		return 0;
	}
	if (!file)
		return named_refuse(importer, zone->at,
				    "a zone of type 'primary' without 'file'");
	if (file->count != 2 || file->at[1].kind != NAMED_QUOTED)
		return named_refuse(importer, file->at[0].at,
				    "'file' needs a file name in quotes");
	if (format && !is_word(format, "raw") && !is_word(format, "text"))
		return named_refuse(importer, format->span,
				    "zone files have the format 'text' or 'raw'");
	if (is_word(format, "raw")) {
		zone->unknown =
			arena_printf(importer->arena, "what the raw zone file '%s' holds",
				     file->at[1].text);
		return 0;
	}
	return read_zone_file(importer, file, zone);
}

/* What a zone gets from other servers. */
static int read_transferred(struct named_importer *importer,
			    const struct named_block *block, struct named_zone *zone)
{
	if (!named_find(block, "primaries") && !named_find(block, "masters"))
		return named_refuse(importer, zone->at,
				    "such a zone needs 'primaries': whom it gets its "
				    "records from");
	zone->unknown =
		arena_printf(importer->arena, "what zone '%s' is given by other servers",
			     zone->name);
	return 0;
}

static int read_static_stub(struct named_importer *importer,
			    const struct named_block *block, struct named_zone *zone)
{
	const struct named_statement *servers = named_find(block, "server-addresses");
	const struct named_block *list = servers ? &servers->at[1].block : NULL;

	for (size_t i = 0; list && i < list->count; i++) {
		struct named_server server = {.port = DNS_PORT};

		if (read_server(importer, &list->at[i], false, &server) < 0)
			return -1;
		*arena_push(importer->arena, zone->servers, zone->server_count,
			    zone->server_capacity) = server;
	}
	if (!zone->server_count && !named_find(block, "server-names"))
		return named_refuse(importer, zone->at,
				    "a zone of type 'static-stub' without "
				    "'server-addresses'");
	if (!zone->server_count)
		zone->unknown = arena_printf(importer->arena,
					     "which servers zone '%s' asks", zone->name);
	return 0;
}

/* "in-view NAME": the zone of that name of a view before. */
static int read_other_view(struct named_importer *importer,
			   const struct named_block *block, struct named_zone *zone)
{
	const struct named_statement *other = named_find(block, "in-view");
	const char *name = other->at[1].kind == NAMED_BLOCK ? "" : other->at[1].text;
	struct named_forwarding forwarding = zone->forwarding;

	/* The last view is the one that is being read. */
	for (size_t i = 0; i + 1 < importer->view_count; i++) {
		const struct named_view *view = importer->views[i];
		const struct named_zone *there = textmap_get(&view->by_name, zone->name);

		if (strcmp(view->name, name) != 0 || !there)
			continue;
		*zone = *there;
		zone->forwarding = forwarding;
		return 0;
	}
	return named_refuse(importer, other->span,
			    "no view '%s' before this one has a zone '%s'", name,
			    zone->name);
}

static int read_zone_type(struct named_importer *importer, char place,
			  const struct named_block *block, struct named_zone *zone)
{
	switch (place) {
	case 'p':
		return read_primary(importer, block, zone);
	case 's':
	case 'm':
	case 'b':
		return read_transferred(importer, block, zone);
	case 'x':
		return read_static_stub(importer, block, zone);
	case 'i':
		return read_other_view(importer, block, zone);
	case 'f':
		/* Without forwarders it ends what zones above it say. */
		zone->forwarding.given = true;
		return 0;
	case 'r':
		if (*zone->name)
			return named_refuse(importer, zone->at,
					    "a zone of type 'redirect' is called '.'");
		named_assume(importer,
			     "names of the intent exist where they are asked for: a zone "
			     "of type redirect answers for those that do not",
			     zone->at);
		return 0;
	default:
		return 0;
	}
}

/* The first mark in the statement, or in the rest of the line behind it. */
static const char *find_id(const struct named_importer *importer, struct span at)
{
	const struct diag_source *source = diag_get_source(importer->diag, at.source);
	size_t end = at.end;

	while (source && end < source->length && source->text[end] != '\n')
		end++;
	for (size_t i = 0; i < importer->mark_count; i++) {
		const struct named_mark *mark = &importer->marks[i];

		if (mark->at.source == at.source && mark->at.begin >= at.begin &&
		    mark->at.begin < end)
			return mark->id;
	}
	return NULL;
}

static int add_zone(struct named_importer *importer, struct named_view *view,
		    struct named_zone *zone)
{
	const struct named_zone *first = textmap_get(&view->by_name, zone->name);

	if (first) {
		named_refuse(importer, zone->at, "zone '%s' is there already",
			     zone->name);
		diag_note(importer->diag, first->at, "the first is here");
		return -1;
	}
	textmap_put(&view->by_name, zone->name, zone, importer->arena);
	*arena_push(importer->arena, view->zones, view->zone_count, view->zone_capacity) =
		zone;
	return 0;
}

/* "IN" behind the name of a zone or view: 1, another class: 0 */
static int read_class(struct named_importer *importer,
		      const struct named_statement *statement)
{
	static const char *const others[] = {"chaos", "ch", "hesiod", "hs"};
	const struct named_element *word = &statement->at[2];

	if (statement->count == 3 || named_same(word->text, "in"))
		return 1;
	for (size_t i = 0; i < ARRAY_SIZE(others); i++)
		if (named_same(word->text, others[i]))
			return 0;
	return named_refuse(importer, word->at, "there is no class '%s'", word->text);
}

/* "zone NAME [CLASS] { ... }", "view NAME [CLASS] { ... }" */
static int check_head(struct named_importer *importer,
		      const struct named_statement *statement)
{
	size_t last = statement->count - 1;

	if ((statement->count == 3 || statement->count == 4) &&
	    statement->at[last].kind == NAMED_BLOCK &&
	    statement->at[1].kind != NAMED_BLOCK &&
	    statement->at[2].kind != NAMED_QUOTED &&
	    (last == 2 || statement->at[2].kind == NAMED_WORD))
		return 0;
	return named_refuse(importer, statement->at[0].at,
			    "'%s' needs a name and a block in braces, and a semicolon "
			    "behind it",
			    statement->at[0].text);
}

static int read_zone(struct named_importer *importer, struct named_view *view,
		     const struct named_statement *statement)
{
	struct named_zone *zone = arena_make(importer->arena, struct named_zone);
	const struct named_block *block = &statement->at[statement->count - 1].block;
	struct named_word name;
	char place;
	int class;

	if (check_head(importer, statement) < 0)
		return -1;
	name = (struct named_word){.text = statement->at[1].text,
				   .at = statement->at[1].at};
	zone->at = statement->span;
	zone->name = named_read_name(importer, &name, "");
	if (!zone->name)
		return -1;
	zone->labels = named_labels(zone->name);
	zone->id = find_id(importer, statement->span);
	class = read_class(importer, statement);
	if (class == 0)
		return named_refuse(importer, statement->at[2].at,
				    "a zone of another class stands in a view of that "
				    "class");
	if (class < 0)
		return -1;
	place = read_type(importer, statement, block, &zone->kind);
	if (!place ||
	    named_check(importer, block, place,
			arena_printf(importer->arena, "a zone of %s",
				     place == 'i'
					     ? "another view"
					     : arena_printf(importer->arena, "type '%s'",
							    named_find(block, "type")
								    ->at[1]
								    .text)),
			NULL) < 0)
		return -1;
	zone->closed = is_closed(block);
	zone->lenient = is_lenient(block, true, view->lenient);
	if (read_forwarding(importer, block, &zone->forwarding) < 0 ||
	    read_zone_type(importer, place, block, zone) < 0)
		return -1;
	return add_zone(importer, view, zone);
}

/* -- views -------------------------------------------------------------------------- */

static int read_zones(struct named_importer *importer, struct named_view *view,
		      const struct named_block *block)
{
	int result = 0;

	for (size_t i = 0; i < block->count; i++)
		if (named_same(block->at[i].at[0].text, "zone") &&
		    read_zone(importer, view, &block->at[i]) < 0)
			result = -1;
	return result;
}

/* "match-clients { any; }" is no choice. */
static bool picks(const struct named_block *block, const char *name)
{
	const struct named_statement *list = named_find(block, name);
	const struct named_block *who = list ? &list->at[1].block : NULL;

	return who && !(who->count == 1 && who->at[0].count == 1 &&
			who->at[0].at[0].kind == NAMED_WORD &&
			named_same(who->at[0].at[0].text, "any"));
}

/* What options say, and a view may say otherwise. */
static int read_common(struct named_importer *importer, const struct named_block *block,
		       struct named_view *view)
{
	const struct named_statement *recursion = named_find(block, "recursion");
	struct named_forwarding forwarding = {0};

	if (recursion)
		named_read_boolean(recursion->at[1].text, &view->recursion);
	if (read_forwarding(importer, block, &forwarding) < 0)
		return -1;
	if (forwarding.given)
		view->forwarding = forwarding;
	view->lenient = is_lenient(block, false, view->lenient);
	return 0;
}

static int read_view(struct named_importer *importer,
		     const struct named_statement *statement,
		     const struct named_view *common)
{
	const struct named_block *block = &statement->at[statement->count - 1].block;
	struct named_view *view;
	const struct named_statement *recursive;
	int class;

	if (check_head(importer, statement) < 0)
		return -1;
	class = read_class(importer, statement);
	if (class < 1)
		return class;
	view = arena_make(importer->arena, struct named_view);
	*view = *common;
	view->name = statement->at[1].text;
	view->at = statement->span;
	for (size_t i = 0; i < importer->view_count; i++)
		if (strcmp(importer->views[i]->name, view->name) == 0)
			return named_refuse(importer, statement->at[1].at,
					    "view '%s' is there already", view->name);
	*arena_push(importer->arena, importer->views, importer->view_count,
		    importer->view_capacity) = view;
	if (named_check(importer, block, 'v', "a view", &view->opaque) < 0 ||
	    read_common(importer, block, view) < 0)
		return -1;
	recursive = named_find(block, "match-recursive-only");
	view->picks = picks(block, "match-clients") || picks(block, "match-destinations");
	if (recursive)
		named_assume(importer,
			     "clients ask for names to be looked up, as the "
			     "resolvers of their systems do",
			     recursive->span);
	return read_zones(importer, view, block);
}

/* The one view of a server that has none. */
static int read_plain(struct named_importer *importer, const struct named_block *block,
		      const struct named_view *common)
{
	struct named_view *view = arena_make(importer->arena, struct named_view);

	*view = *common;
	*arena_push(importer->arena, importer->views, importer->view_count,
		    importer->view_capacity) = view;
	return read_zones(importer, view, block);
}

int named_read_conf(struct named_importer *importer, const struct named_block *block)
{
	struct named_view common = {.recursion = true};
	const struct named_statement *options, *zone;
	bool views;
	int result = 0;

	if (named_check(importer, block, 't', "a named.conf", &common.opaque) < 0)
		return -1;
	options = named_find(block, "options");
	if (options && (named_check(importer, &options->at[1].block, 'o', "options",
				    &common.opaque) < 0 ||
			read_common(importer, &options->at[1].block, &common) < 0))
		result = -1;
	views = named_find(block, "view") != NULL;
	zone = named_find(block, "zone");
	if (views && zone)
		return named_refuse(importer, zone->span,
				    "where there are views, every zone stands in one");
	if (!views)
		return read_plain(importer, block, &common) < 0 ? -1 : result;
	for (size_t i = 0; i < block->count; i++)
		if (named_same(block->at[i].at[0].text, "view") &&
		    read_view(importer, &block->at[i], &common) < 0)
			result = -1;
	return result;
}
