/* named_import_master.c - From lines of a zone file to records. */
#include <string.h>

#include "backends/bind/named_importer.h"
#include "rules/base/arena.h"

/** struct master - A zone file that is being read, and what holds for its next line */
struct master {
	struct named_importer *importer;
	struct named_zone *zone;
	const char *origin; /* NULL: not known */
	const char *owner;  /* NULL: there was none */
	bool has_ttl;
	unsigned depth;
};

static int read_file(struct master *master, const struct import_file *file);

/* -- directives --------------------------------------------------------------------- */

/* "$INCLUDE FILE [ORIGIN]": origin and owner are the old ones behind it. */
static int read_include(struct master *master, const struct named_line *line)
{
	struct named_importer *importer = master->importer;
	const struct import_file **found =
		arena_array(importer->arena, importer->input->file_count,
			    const struct import_file *);
	const char *origin = master->origin, *owner = master->owner;
	size_t count;
	int result;

	if (line->count < 2 || line->count > 3)
		return named_refuse(importer, line->span,
				    "'$INCLUDE' needs a file name, and an origin at "
				    "most");
	if (line->count == 3) {
		master->origin = named_read_name(importer, &line->at[2], origin);
		if (!master->origin)
			return -1;
	}
	count = named_find_files(importer, line->at[1].text, found);
	if (count != 1) {
		diag_report(importer->diag, DIAG_BIND_INCLUDE, line->at[1].at,
			    "'%s' is included and %s the files", line->at[1].text,
			    count ? "may be several of" : "not among");
		diag_help(importer->diag, "give it with --with=FILE or --with=NAME=FILE; "
					  "named does not load the zone without it");
		return -1;
	}
	if (master->depth == NAMED_MAX_DEPTH)
		return diag_report(importer->diag, DIAG_BIND_TOO_LARGE, line->at[1].at,
				   "included through more than %u files",
				   NAMED_MAX_DEPTH);
	master->depth++;
	result = read_file(master, found[0]);
	master->depth--;
	master->origin = origin;
	master->owner = owner;
	return result;
}

static int read_directive(struct master *master, const struct named_line *line)
{
	struct named_importer *importer = master->importer;
	const char *word = line->at[0].text, *origin;
	uint32_t seconds;

	if (named_same(word, "$INCLUDE"))
		return read_include(master, line);
	if (named_same(word, "$GENERATE")) {
		master->zone->unknown =
			arena_printf(importer->arena, "what '$GENERATE' makes in '%s'",
				     diag_get_source(importer->diag, line->span.source)
					     ->name);
		diag_report(importer->diag, DIAG_BIND_NOT_FOLLOWED, line->span,
			    "'$GENERATE' is not followed: the names of the zone are "
			    "unknown");
		return 0;
	}
	if (!named_same(word, "$ORIGIN") && !named_same(word, "$TTL")) {
		named_refuse(importer, line->at[0].at, "named knows no directive '%s'",
			     word);
		diag_help(importer->diag,
			  "there are $ORIGIN, $TTL, $INCLUDE and $GENERATE");
		return -1;
	}
	if (line->count != 2 || line->at[1].quoted)
		return named_refuse(importer, line->span,
				    "'%s' needs one value, without quotes", word);
	if (named_same(word, "$TTL")) {
		master->has_ttl = true;
		return named_read_ttl(line->at[1].text, &seconds)
			       ? 0
			       : named_refuse(importer, line->at[1].at,
					      "'%s' is no time to live",
					      line->at[1].text);
	}
	origin = named_read_name(importer, &line->at[1], master->origin);
	if (origin)
		master->origin = origin;
	return origin ? 0 : -1;
}

/* -- records ------------------------------------------------------------------------ */

/* 1: class IN, 0: no class, -1 after an error was reported */
static int read_class(struct master *master, const struct named_word *word)
{
	static const char *const others[] = {"CH",     "CHAOS", "HS",
					     "HESIOD", "ANY",	"NONE"};

	if (word->quoted)
		return 0;
	if (named_same(word->text, "IN") || named_same(word->text, "CLASS1"))
		return 1;
	for (size_t i = 0; i < ARRAY_SIZE(others); i++)
		if (named_same(word->text, others[i]))
			return named_refuse(master->importer, word->at,
					    "a record of class '%s' in a zone of class "
					    "IN",
					    word->text);
	return 0;
}

/* "[CLASS] [TTL] [CLASS]" in front of the type; *index moves to the type. */
static int read_front(struct master *master, const struct named_line *line, size_t *index,
		      bool *ret_ttl)
{
	uint32_t seconds;
	int class = 0;

	*ret_ttl = false;
	if (*index < line->count) {
		class = read_class(master, &line->at[*index]);
		if (class < 0)
			return -1;
		*index += (size_t) class;
	}
	if (*index < line->count && !line->at[*index].quoted &&
	    named_read_ttl(line->at[*index].text, &seconds)) {
		*ret_ttl = true;
		++*index;
	}
	if (*index < line->count && !class) {
		class = read_class(master, &line->at[*index]);
		if (class < 0)
			return -1;
		*index += (size_t) class;
	}
	return 0;
}

/* The zone of a file that nobody says the name of begins where its SOA is. */
static void found_apex(struct master *master, const struct named_record *record)
{
	if (!master->zone->name && record->type == NAMED_TYPE_SOA) {
		master->zone->name = record->owner;
		master->zone->labels = named_labels(record->owner);
		master->zone->at = record->at;
	}
}

static int check_owner(struct master *master, const struct named_line *line,
		       const struct named_record *record)
{
	/* Windows has such a name for its domain controllers. */
	static const char controllers[] = "gc._msdcs.";
	bool host = record->type == NAMED_TYPE_A || record->type == NAMED_TYPE_AAAA ||
		    record->type == NAMED_TYPE_MX;
	size_t front =
		record->type == NAMED_TYPE_A && strncmp(record->owner, controllers,
							sizeof(controllers) - 1) == 0
			? sizeof(controllers) - 1
			: 0;

	/* Records that named reads over may have any. */
	if (master->zone->name && !named_is_below(record->owner, master->zone->name))
		return 0;
	if (record->type == NAMED_TYPE_NS && record->owner[0] == '*' &&
	    (record->owner[1] == '.' || !record->owner[1]))
		return named_refuse(master->importer, line->span,
				    "a wildcard cannot have name servers");
	if (!host || master->zone->lenient || named_is_host(record->owner + front, true))
		return 0;
	named_refuse(master->importer, line->span, "'%s' is the name of no host",
		     record->owner);
	diag_help(master->importer->diag,
		  "host names have letters, digits and hyphens; named does not load the "
		  "zone unless 'check-names' of named.conf lets them pass");
	return -1;
}

static int check_ttl(struct master *master, const struct named_line *line, bool has_ttl,
		     const struct named_record *record)
{
	if (has_ttl || record->type == NAMED_TYPE_SOA)
		master->has_ttl = true;
	if (master->has_ttl)
		return 0;
	named_refuse(master->importer, line->span, "a record without a time to live");
	diag_help(master->importer->diag,
		  "write '$TTL 10' in front, or begin with the SOA");
	return -1;
}

static int read_record(struct master *master, const struct named_line *line)
{
	struct named_importer *importer = master->importer;
	struct named_record *record = arena_make(importer->arena, struct named_record);
	size_t index = line->blank ? 0 : 1;
	bool has_ttl;
	int result;

	if (!line->blank) {
		master->owner = named_read_name(importer, &line->at[0], master->origin);
		if (!master->owner)
			return -1;
	}
	if (!master->owner)
		return named_refuse(importer, line->span,
				    "a record without a name, and none is above it");
	record->owner = master->owner;
	record->id = line->id;
	record->at = line->span;
	if (read_front(master, line, &index, &has_ttl) < 0)
		return -1;
	if (index >= line->count)
		return named_refuse(importer, line->span, "a record without a type");
	if (line->at[index].quoted)
		return named_refuse(importer, line->at[index].at,
				    "a type stands without quotes");
	result = named_read_data(importer, master->zone, &line->at[index],
				 &line->at[index] + 1, line->count - index - 1,
				 master->origin, record);
	if (result < 0 || check_owner(master, line, record) < 0 ||
	    check_ttl(master, line, has_ttl, record) < 0)
		return -1;
	if (result > 0) {
		master->zone->unknown =
			arena_printf(importer->arena, "what the record at %s says",
				     named_place(importer, line->span));
		return 0;
	}
	found_apex(master, record);
	*arena_push(importer->arena, master->zone->records, master->zone->record_count,
		    master->zone->record_capacity) = record;
	return 0;
}

static int read_file(struct master *master, const struct import_file *file)
{
	struct named_lines lines = {.importer = master->importer, .file = file};
	struct named_line line;
	int more, result = 0;

	if (named_check_file(master->importer, file) < 0)
		return -1;
	while ((more = named_next_line(&lines, &line)) > 0) {
		bool directive =
			!line.blank && !line.at[0].quoted && line.at[0].text[0] == '$';

		if ((directive ? read_directive(master, &line)
			       : read_record(master, &line)) < 0)
			result = -1;
	}
	return more < 0 ? -1 : result;
}

int named_read_master(struct named_importer *importer, const struct import_file *file,
		      const char *origin, struct named_zone *zone)
{
	struct master master = {.importer = importer, .zone = zone, .origin = origin};

	if (read_file(&master, file) < 0)
		return -1;
	if (zone->unknown && zone->name)
		return 0;
	return named_make_nodes(importer, zone);
}
