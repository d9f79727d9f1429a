/* lock_meta.c - postern.lock.meta: when each name was asked for, and its time to live. */
#include "compiler/lock_meta.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "backends/json.h"
#include "compiler/input.h"
#include "rules/base/arena.h"

/* -- reading --------------------------------------------------------------- */

#define META_ERROR(diag, doc, ...) \
	diag_report(diag, DIAG_LOCK_FORMAT, (doc)->at, __VA_ARGS__)

static bool is_time(const char *text)
{
	static const char form[] = "0000-00-00T00:00:00Z";

	for (size_t i = 0; i < sizeof(form); i++)
		if (form[i] == '0' ? text[i] < '0' || text[i] > '9' : text[i] != form[i])
			return false;
	return true;
}

/* Seconds, as DNS has them: 31 bits (RFC 2181, section 8). */
static bool read_ttl(const char *text, uint32_t *ret_ttl)
{
	size_t length = strspn(text, "0123456789");
	unsigned long ttl = length && length <= 10 ? strtoul(text, NULL, 10) : ULONG_MAX;

	*ret_ttl = (uint32_t)ttl;
	return !text[length] && ttl <= INT32_MAX;
}

static int read_name(struct lock_meta_name *name, const struct doc *map,
		     struct diag *diag)
{
	const struct doc *asked = doc_get(map, "asked"), *ttl = doc_get(map, "ttl");

	if (!asked)
		return META_ERROR(diag, map, "the key 'asked' is missing");
	if (asked->kind != DOC_SCALAR || !is_time(asked->text))
		return META_ERROR(diag, asked,
				  "'asked' is no time as in '2026-11-27T22:00:00Z'");
	if (ttl && (ttl->kind != DOC_SCALAR || !read_ttl(ttl->text, &name->ttl)))
		return META_ERROR(diag, ttl, "'ttl' is no number of seconds");
	name->asked = asked->text;
	return 0;
}

static int read_view(struct lock_meta *meta, const struct doc_entry *view,
		     struct arena *arena, struct diag *diag)
{
	if (view->value->kind != DOC_MAP)
		return META_ERROR(diag, view->value, "the names of '%s' are %s",
				  view->key, doc_kind_name(view->value));
	for (size_t i = 0; i < view->value->count; i++) {
		const struct doc_entry *entry = &view->value->entries[i];
		struct lock_meta_name *name =
			arena_push(arena, meta->names, meta->count, meta->capacity);

		*name = (struct lock_meta_name){
			.view = view->key,
			.name = entry->key,
			.ttl = UINT32_MAX,
		};
		if (read_name(name, entry->value, diag))
			return -1;
	}
	return 0;
}

static int compare_names(const void *one, const void *other)
{
	const struct lock_meta_name *a = one, *b = other;
	int order = strcmp(a->view, b->view);

	return order ? order : strcmp(a->name, b->name);
}

int lock_meta_read(const struct input_file *file, struct arena *arena,
		   struct lock_meta *ret_meta, struct diag *diag)
{
	struct lock_meta meta = {0};
	const struct doc *views;
	const char *version;
	struct doc *doc;

	if (json_read(file->text, file->length, file->source, arena, &doc, diag))
		return -1;
	version = doc_text(doc_get(doc, "version"));
	if (!version || strcmp(version, "1") != 0)
		return META_ERROR(diag, doc, "the key 'version' is missing, or not 1");
	diag_hide_source(diag, file->source, false);
	views = doc_get(doc, "views");
	if (!views || views->kind != DOC_MAP)
		return META_ERROR(diag, doc, "the key 'views' is missing, or no mapping");
	for (size_t i = 0; i < views->count; i++)
		if (read_view(&meta, &views->entries[i], arena, diag))
			return -1;
	if (meta.count)
		qsort(meta.names, meta.count, sizeof(*meta.names), compare_names);
	*ret_meta = meta;
	return 0;
}

/* -- finding and writing --------------------------------------------------- */

const struct lock_meta_name *lock_meta_find(const struct lock_meta *meta,
					    const char *view, const char *name)
{
	struct lock_meta_name key = {.view = view, .name = name};

	return meta->count ? bsearch(&key, meta->names, meta->count, sizeof(key),
				     compare_names)
			   : NULL;
}

void lock_meta_print(const struct lock_meta *meta, struct strbuf *out)
{
	const struct lock_meta_name *names = meta->names;
	struct json_writer json;

	json_begin(&json, out, false);
	json_object(&json);
	json_key_number(&json, "version", 1);
	json_key(&json, "views");
	json_object(&json);
	for (size_t i = 0; i < meta->count; i++) {
		if (!i || strcmp(names[i].view, names[i - 1].view) != 0) {
			json_key(&json, names[i].view);
			json_object(&json);
		}
		json_key(&json, names[i].name);
		json_object(&json);
		json_key_string(&json, "asked", names[i].asked);
		if (names[i].ttl != UINT32_MAX)
			json_key_number(&json, "ttl", names[i].ttl);
		json_object_end(&json);
		if (i + 1 == meta->count || strcmp(names[i].view, names[i + 1].view) != 0)
			json_object_end(&json);
	}
	json_object_end(&json);
	json_object_end(&json);
	json_end(&json);
}
