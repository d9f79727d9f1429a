/* named_import.c - From BIND's files to a rule set. */
#include <fnmatch.h>
#include <stdarg.h>
#include <string.h>

#include "backends/bind/named.h"
#include "backends/bind/named_importer.h"
#include "rules/base/arena.h"
#include "rules/base/strbuf.h"

/* A comment that carries the id of a flow. */
#define MARK "postern:"

int named_refuse(struct named_importer *importer, struct span at, const char *fmt, ...)
{
	CLEANUP(strbuf_release) struct strbuf text = {0};
	va_list args;

	va_start(args, fmt);
	strbuf_vprintf(&text, fmt, args);
	va_end(args);
	return diag_report(importer->diag, DIAG_BIND_REFUSED, at, "%s",
			   strbuf_text(&text));
}

const char *named_place(const struct named_importer *importer, struct span at)
{
	const struct diag_source *source = diag_get_source(importer->diag, at.source);

	if (!source)
		return "named";
	return arena_printf(importer->arena, "%s:%zu", source->name,
			    diag_place(source, at.begin).line);
}

void named_assume(struct named_importer *importer, const char *sentence, struct span at)
{
	const struct ruleset *rules = importer->rules;

	for (size_t i = 0; i < rules->assumption_count; i++)
		if (strncmp(rules->assumptions[i], sentence, strlen(sentence)) == 0)
			return;
	ruleset_assume(importer->rules,
		       arena_printf(importer->arena, "%s (%s)", sentence,
				    named_place(importer, at)),
		       importer->arena);
	diag_report(importer->diag, DIAG_BIND_NOT_FOLLOWED, at, "it is assumed that %s",
		    sentence);
}

/* -- files -------------------------------------------------------------------------- */

/* The last part of a path that ends at @end; what ends before it is *ret_rest. */
static size_t last_part(const char *path, size_t end, size_t *ret_rest)
{
	size_t begin = end;

	while (begin && path[begin - 1] != '/')
		begin--;
	*ret_rest = begin;
	while (*ret_rest && path[*ret_rest - 1] == '/')
		--*ret_rest;
	return begin;
}

/* Part by part from the end, as many as the shorter path has: a configuration names
 * files by where they are on the server.  Of a pattern two parts must be there, since
 * "*.conf" alone would take any file that was given. */
static bool tail_matches(const char *pattern, const char *name, struct arena *arena)
{
	size_t pattern_end = strlen(pattern), name_end = strlen(name);

	if (strpbrk(pattern, "*?[") && !strchr(name, '/'))
		return false;
	while (pattern_end && name_end) {
		size_t pattern_rest, name_rest;
		size_t pattern_at = last_part(pattern, pattern_end, &pattern_rest);
		size_t name_at = last_part(name, name_end, &name_rest);

		if (fnmatch(arena_strndup(arena, pattern + pattern_at,
					  pattern_end - pattern_at),
			    arena_strndup(arena, name + name_at, name_end - name_at),
			    FNM_PERIOD) != 0)
			return false;
		pattern_end = pattern_rest;
		name_end = name_rest;
	}
	return true;
}

size_t named_find_files(const struct named_importer *importer, const char *pattern,
			const struct import_file **ret_files)
{
	CLEANUP(arena_cleanup) struct arena *scratch = arena_new();
	const struct import_input *input = importer->input;
	size_t count = 0;

	for (size_t i = 0; i < input->file_count; i++)
		if (strcmp(pattern, input->files[i].name) == 0)
			ret_files[count++] = &input->files[i];
	/* The first file is what includes; only its full name makes it include itself. */
	for (size_t i = 1; !count && i < input->file_count; i++)
		if (fnmatch(pattern, input->files[i].name, FNM_PERIOD | FNM_PATHNAME) ==
		    0)
			ret_files[count++] = &input->files[i];
	if (count)
		return count;
	for (size_t i = 1; i < input->file_count; i++)
		if (tail_matches(pattern, input->files[i].name, scratch))
			ret_files[count++] = &input->files[i];
	return count;
}

int named_check_file(struct named_importer *importer, const struct import_file *file)
{
	if (file->length <= NAMED_MAX_BYTES && importer->reads++ < NAMED_MAX_READS)
		return 0;
	return diag_report(importer->diag, DIAG_BIND_TOO_LARGE, SPAN_NONE,
			   "'%s' is too large, or one file too many; at most %u bytes "
			   "and "
			   "%u files are read",
			   file->name, NAMED_MAX_BYTES, NAMED_MAX_READS);
}

const char *named_mark_id(struct named_importer *importer, const char *text,
			  size_t length)
{
	const char *end = text + length;
	size_t size = 0;

	while (text < end && (*text == ' ' || *text == '\t'))
		text++;
	if ((size_t)(end - text) <= strlen(MARK) || memcmp(text, MARK, strlen(MARK)) != 0)
		return NULL;
	text += strlen(MARK);
	while (text + size < end && (unsigned char)text[size] > ' ')
		size++;
	return size ? arena_strndup(importer->arena, text, size) : NULL;
}

/* -- a zone file alone -------------------------------------------------------------- */

/* "db.privatelink.azurecr.io", "privatelink.azurecr.io.zone": the zone that a file is
 * called after, which holds until an "$ORIGIN". */
static const char *origin_of(const struct named_importer *importer,
			     const struct import_file *file)
{
	static const char *const fronts[] = {"db.", "named.", "pri.", "primary."};
	static const char *const ends[] = {".zone", ".db", ".hosts", ".txt"};
	const char *name = strrchr(file->name, '/');
	size_t length;

	name = name ? name + 1 : file->name;
	for (size_t i = 0; i < ARRAY_SIZE(fronts); i++)
		if (strncmp(name, fronts[i], strlen(fronts[i])) == 0) {
			name += strlen(fronts[i]);
			break;
		}
	length = strlen(name);
	for (size_t i = 0; i < ARRAY_SIZE(ends); i++)
		if (length > strlen(ends[i]) &&
		    strcmp(name + length - strlen(ends[i]), ends[i]) == 0) {
			length -= strlen(ends[i]);
			break;
		}
	name = arena_strndup(importer->arena, name, length);
	return strchr(name, '.') && named_is_host(name, false) ? name : NULL;
}

static int read_zone_alone(struct named_importer *importer,
			   const struct import_file *file)
{
	struct named_view *view = arena_make(importer->arena, struct named_view);
	struct named_zone *zone = arena_make(importer->arena, struct named_zone);

	zone->kind = NAMED_ZONE_DATA;
	zone->at = (struct span){file->source, 0, 0};
	if (named_read_master(importer, file, origin_of(importer, file), zone) < 0)
		return -1;
	view->recursion = true;
	textmap_put(&view->by_name, zone->name, zone, importer->arena);
	*arena_push(importer->arena, view->zones, view->zone_count, view->zone_capacity) =
		zone;
	*arena_push(importer->arena, importer->views, importer->view_count,
		    importer->view_capacity) = view;
	ruleset_assume(importer->rules,
		       arena_printf(importer->arena,
				    "a server has %s as its zone '%s', and looks up for "
				    "others what is not in it",
				    file->name, zone->name),
		       importer->arena);
	return 0;
}

int named_import(const struct import_input *input, struct arena *arena,
		 struct ruleset **ret_rules, struct diag *diag)
{
	const struct import_file *file = &input->files[0];
	struct named_importer importer = {
		.input = input,
		.arena = arena,
		.diag = diag,
		.rules = ruleset_new(arena),
	};
	struct named_block block = {0};
	int result;

	if (named_is_conf(file->text, file->length))
		result = named_read_blocks(&importer, file, 0, &block) < 0
				 ? -1
				 : named_read_conf(&importer, &block);
	else
		result = read_zone_alone(&importer, file);
	if (result < 0)
		return -1;
	named_make_rules(&importer);
	*ret_rules = importer.rules;
	return 0;
}
