/* read_service_tags.c - Service tags as Microsoft publishes them and as az prints them.
 */
#include <stdlib.h>
#include <string.h>

#include "compiler/input.h"
#include "compiler/tag_table.h"
#include "rules/base/arena.h"

#define HELP_SOURCE                                                                      \
	"the file is ServiceTags_<cloud>_<day>.json of Microsoft's download centre, or " \
	"what 'az network list-service-tags --location REGION' prints"

/** struct pages - The work on the files of one answer */
struct pages {
	struct tag_table table;
	size_t count;
	size_t last_count; /* pages that name no next one */
	struct span next_at;
};

static int wrong(struct pages *pages, struct span at, const char *what)
{
	diag_report(pages->table.diag, pages->table.code, at, "%s", what);
	diag_help(pages->table.diag, HELP_SOURCE);
	return -1;
}

/* A key's value when it has that kind. */
static const struct doc *need(struct pages *pages, const struct doc *map, const char *key,
			      enum doc_kind kind)
{
	const struct doc *value = doc_get(map, key);

	if (value && value->kind == kind)
		return value;
	diag_report(pages->table.diag, pages->table.code, value ? value->at : map->at,
		    value ? "'%s' is %s" : "the key '%s' is missing", key,
		    value ? doc_kind_name(value) : "");
	diag_help(pages->table.diag, HELP_SOURCE);
	return NULL;
}

/* A number in the file, a text in what az prints. */
static int read_change_number(struct pages *pages, const struct doc *root,
			      uint32_t *ret_number)
{
	const struct doc *value = need(pages, root, "changeNumber", DOC_SCALAR);
	unsigned long number;

	if (!value)
		return -1;
	/* Ten digits cannot overflow the 64 bits of an unsigned long. */
	if (!value->length || value->length > 10 ||
	    strspn(value->text, "0123456789") != value->length)
		return wrong(pages, value->at, "the change number is no number");
	number = strtoul(value->text, NULL, 10);
	if (number > UINT32_MAX)
		return wrong(pages, value->at, "the change number is too large");
	*ret_number = (uint32_t)number;
	return 0;
}

static bool is_cloud(const struct doc *doc)
{
	return doc->length && doc->length <= TAG_NAME_MAX &&
	       strspn(doc->text, "abcdefghijklmnopqrstuvwxyz"
				 "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789") == doc->length;
}

/* What all pages of one answer have in common. */
static int read_head(struct pages *pages, const struct doc *root)
{
	struct service_tags *tags = pages->table.tags;
	const struct doc *cloud = need(pages, root, "cloud", DOC_SCALAR);
	const struct doc *next = doc_get(root, "nextLink");
	uint32_t number;

	if (!cloud || read_change_number(pages, root, &number))
		return -1;
	if (!is_cloud(cloud))
		return wrong(pages, cloud->at, "the cloud is no word");
	if (next && next->kind == DOC_SCALAR && next->length)
		pages->next_at = next->at;
	else
		pages->last_count++;
	if (!pages->count++) {
		tags->cloud = cloud->text;
		tags->cloud_at = cloud->at;
		tags->change_number = number;
		return 0;
	}
	if (strcmp(cloud->text, tags->cloud) == 0 && number == tags->change_number)
		return 0;
	diag_report(pages->table.diag, DIAG_SERVICE_TAGS_PARTS, cloud->at,
		    "cloud %s, change %u is no part of cloud %s, change %u", cloud->text,
		    number, tags->cloud, tags->change_number);
	diag_note(pages->table.diag, tags->cloud_at, "the first part");
	return -1;
}

static int read_tag(struct pages *pages, const struct doc *value)
{
	const struct doc *name, *properties, *prefixes;
	int result = 0;

	if (value->kind != DOC_MAP)
		return wrong(pages, value->at, "a tag that is no object");
	name = need(pages, value, "name", DOC_SCALAR);
	properties = need(pages, value, "properties", DOC_MAP);
	prefixes =
		properties ? need(pages, properties, "addressPrefixes", DOC_LIST) : NULL;
	if (!name || !prefixes || tag_table_begin(&pages->table, name->text, name->at))
		return -1;
	for (size_t i = 0; i < prefixes->count; i++) {
		const struct doc *prefix = prefixes->items[i];

		if (prefix->kind != DOC_SCALAR)
			result = wrong(pages, prefix->at, "a prefix that is no text");
		else if (tag_table_add(&pages->table, prefix->text, prefix->at))
			result = -1;
	}
	tag_table_end(&pages->table);
	return result;
}

static int read_page(struct pages *pages, const struct doc *root)
{
	const struct doc *values;
	int result = 0;

	if (root->kind != DOC_MAP)
		return wrong(pages, root->at, "the file holds no object");
	values = need(pages, root, "values", DOC_LIST);
	if (!values || read_head(pages, root))
		return -1;
	diag_hide_source(pages->table.diag, root->at.source, false);
	for (size_t i = 0; i < values->count; i++)
		if (read_tag(pages, values->items[i]))
			result = -1;
	return result;
}

/* The first character that says which format a file has; NUL for an empty file. */
static char first_character(const struct input_file *file)
{
	const char *at = file->text, *end = file->text + file->length;

	if (file->length >= 3 && memcmp(at, "\xef\xbb\xbf", 3) == 0)
		at += 3;
	while (at < end && strchr(" \t\r\n", *at) && *at)
		at++;
	return at < end ? *at : '\0';
}

static int read_file(struct pages *pages, const struct input_file *file)
{
	char first = first_character(file);
	struct doc *root;

	if (first == '<' && file->length > 1 && file->text[1]) {
		pages->table.code = DIAG_PUBLIC_IPS_FORMAT;
		return public_ips_read(file, &pages->table);
	}
	/* What begins so is UTF-16, which the reader of documents reports. */
	if (first == '{' || first == '[' || first == '\xff' || first == '\xfe') {
		if (document_read(file, pages->table.arena, &root, pages->table.diag))
			return -1;
		return read_page(pages, root);
	}
	return wrong(pages, (struct span){file->source, 0, file->length > 0},
		     "the file is neither JSON nor XML");
}

/* Of pages that belong together exactly one names no next one. */
static int check_pages(struct pages *pages, size_t file_count)
{
	struct diag *diag = pages->table.diag;
	const struct service_tags *tags = pages->table.tags;

	if (pages->count && !pages->last_count) {
		diag_report(diag, DIAG_SERVICE_TAGS_PARTS, pages->next_at,
			    "a page is missing: each one given names a next one");
		diag_help(diag,
			  "fetch what 'nextLink' names, and give all pages together");
		return -1;
	}
	if (file_count > 1 && (tags->regions_only || pages->last_count > 1))
		return diag_report(diag, DIAG_SERVICE_TAGS_PARTS, tags->cloud_at,
				   "the files are no parts of one: more than one is "
				   "complete");
	return 0;
}

int tags_read(const struct input_file *const *files, size_t file_count,
	      struct arena *arena, struct service_tags **ret_tags, struct diag *diag)
{
	struct pages pages = {
		.table = {.tags = arena_make(arena, struct service_tags),
			  .code = DIAG_SERVICE_TAGS_FORMAT,
			  .arena = arena,
			  .diag = diag},
	};

	for (size_t i = 0; i < file_count; i++)
		if (read_file(&pages, files[i]))
			return -1;
	if (check_pages(&pages, file_count) || tag_table_sort(&pages.table))
		return -1;
	*ret_tags = pages.table.tags;
	return 0;
}
