/* lock.c - postern.lock: the addresses that names had when they were last looked up. */
#include "compiler/lock.h"

#include <stdlib.h>
#include <string.h>

#include "backends/json.h"
#include "compiler/dns_answer.h"
#include "compiler/flow_names.h"
#include "compiler/host_name.h"
#include "compiler/input.h"
#include "rules/base/arena.h"

/* Names of Azure resources end at 80 characters. */
#define VIEW_MAX 80
#define WORD_MAX 255

/* -- words ----------------------------------------------------------------- */

static bool is_view(const char *text)
{
	size_t length = strspn(text, "abcdefghijklmnopqrstuvwxyz"
				     "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.");

	return length && length <= VIEW_MAX && !text[length];
}

/* Printable ASCII; an address, or how the resolver is called. */
static bool is_word(const char *text)
{
	size_t length = strlen(text);

	for (size_t i = 0; i < length; i++)
		if (text[i] < ' ' || text[i] > '~')
			return false;
	return length && length <= WORD_MAX;
}

static bool is_rcode(const char *text)
{
	const char *name;

	for (unsigned i = 0; (name = dns_rcode_name(i)); i++)
		if (strcmp(name, text) == 0)
			return true;
	return false;
}

static bool is_sha256(const char *text)
{
	return strspn(text, "0123456789abcdef") == 64 && !text[64];
}

/* -- reading --------------------------------------------------------------- */

/** struct reader - The work on one lock */
struct reader {
	struct arena *arena;
	struct diag *diag;
};

#define LOCK_ERROR(reader, at, ...) \
	diag_report((reader)->diag, DIAG_LOCK_FORMAT, at, __VA_ARGS__)

static int expect(struct reader *reader, const struct doc *doc, enum doc_kind kind,
		  const char *what)
{
	if (doc->kind == kind)
		return 0;
	return LOCK_ERROR(reader, doc->at, "%s is %s", what, doc_kind_name(doc));
}

/* Is every key one of those known, and none there twice? */
static int check_keys(struct reader *reader, const struct doc *map,
		      const char *const *known)
{
	int result = 0;

	for (size_t i = 0; i < map->count; i++) {
		const struct doc_entry *entry = &map->entries[i];
		size_t k = 0;

		while (known[k] && strcmp(known[k], entry->key) != 0)
			k++;
		if (!known[k])
			result = LOCK_ERROR(reader, entry->at, "unknown key '%s'",
					    entry->key);
		else if (doc_get(map, entry->key) != entry->value)
			result = LOCK_ERROR(reader, entry->at,
					    "the key '%s' stands twice", entry->key);
	}
	return result;
}

/* A required text of @map that @is_good accepts. */
static int read_word(struct reader *reader, const struct doc *map, const char *key,
		     bool (*is_good)(const char *), const char **ret_text)
{
	const struct doc *value = doc_get(map, key);

	if (!value)
		return LOCK_ERROR(reader, map->at, "the key '%s' is missing", key);
	if (expect(reader, value, DOC_SCALAR, key))
		return -1;
	if (!is_good(value->text))
		return LOCK_ERROR(reader, value->at, "'%s' is no good value of '%s'",
				  value->text, key);
	*ret_text = value->text;
	return 0;
}

static int read_addresses(struct reader *reader, const struct doc *map,
			  enum family family, struct addr_set *set)
{
	const char *key = family == FAMILY_IPV4 ? "A" : "AAAA";
	const struct doc *list = doc_get(map, key);
	struct ranges *ranges = &set->of[family];
	bool sorted = true;
	u128 size = 0;

	if (!list)
		return 0;
	if (expect(reader, list, DOC_LIST, key))
		return -1;
	for (size_t i = 0; i < list->count; i++) {
		const char *text = doc_text(list->items[i]);
		struct addr addr;

		if (!text || !addr_parse(text, &addr) || addr.family != family)
			return LOCK_ERROR(reader, list->items[i]->at,
					  "'%s' is no %s address", text ? text : "?",
					  family_name(family));
		sorted = sorted && (!i || ranges->at[i - 1].first < addr.value);
		ranges_add(ranges, (struct range){addr.value, addr.value}, reader->arena);
	}
	ranges_normalize(ranges);
	for (size_t i = 0; i < ranges->count; i++)
		size += ranges->at[i].last - ranges->at[i].first + 1;
	if (size != list->count)
		return LOCK_ERROR(reader, list->at, "an address stands twice in '%s'",
				  key);
	if (!sorted)
		diag_report(reader->diag, DIAG_LOCK_UNSORTED, list->at,
			    "the addresses of '%s' are not sorted", key);
	return 0;
}

static int read_chain(struct reader *reader, const struct doc *map,
		      struct lock_name *name)
{
	const struct doc *list = doc_get(map, "chain");

	if (!list)
		return 0;
	if (expect(reader, list, DOC_LIST, "chain"))
		return -1;
	if (list->count > DNS_CHAIN_MAX)
		return LOCK_ERROR(reader, list->at,
				  "the chain has %zu links; %d are the most", list->count,
				  (int)DNS_CHAIN_MAX);
	for (size_t i = 0; i < list->count; i++) {
		const char *text = doc_text(list->items[i]);

		if (!text || !host_name_is(text))
			return LOCK_ERROR(reader, list->items[i]->at,
					  "'%s' is no host name in lower case",
					  text ? text : "?");
		*arena_push(reader->arena, name->chain, name->chain_count,
			    name->chain_capacity) = text;
	}
	return 0;
}

static int read_name(struct reader *reader, const struct doc_entry *entry,
		     struct lock_name *name)
{
	static const char *const keys[] = {"rcode", "chain", "A", "AAAA", NULL};
	const struct doc *map = entry->value;

	name->name = entry->key;
	name->at = entry->at;
	if (!host_name_is(entry->key))
		return LOCK_ERROR(reader, entry->at, "'%s' is no host name in lower case",
				  entry->key);
	if (expect(reader, map, DOC_MAP, entry->key) || check_keys(reader, map, keys) ||
	    read_word(reader, map, "rcode", is_rcode, &name->rcode) ||
	    read_chain(reader, map, name) ||
	    read_addresses(reader, map, FAMILY_IPV4, &name->addresses) ||
	    read_addresses(reader, map, FAMILY_IPV6, &name->addresses))
		return -1;
	if (strcmp(name->rcode, "NOERROR") != 0 && !addr_set_is_empty(&name->addresses))
		return LOCK_ERROR(reader, entry->at,
				  "'%s' has addresses with the answer %s", name->name,
				  name->rcode);
	return 0;
}

static int compare_names(const void *one, const void *other)
{
	const struct lock_name *a = one, *b = other;

	return strcmp(a->name, b->name);
}

static int compare_views(const void *one, const void *other)
{
	const struct lock_view *a = one, *b = other;

	return strcmp(a->name, b->name);
}

/* Are the keys of a map in ascending order?  Else warns once. */
static bool keys_are_sorted(struct reader *reader, const struct doc *map,
			    const char *what)
{
	for (size_t i = 1; i < map->count; i++)
		if (strcmp(map->entries[i - 1].key, map->entries[i].key) >= 0) {
			diag_report(reader->diag, DIAG_LOCK_UNSORTED, map->entries[i].at,
				    "the %s are not sorted", what);
			return false;
		}
	return true;
}

static int read_names(struct reader *reader, const struct doc *map,
		      struct lock_view *view)
{
	int result = 0;

	view->names = arena_array(reader->arena, map->count, struct lock_name);
	view->name_count = view->name_capacity = map->count;
	for (size_t i = 0; i < map->count; i++)
		if (read_name(reader, &map->entries[i], &view->names[i]))
			result = -1;
	if (keys_are_sorted(reader, map, "names"))
		return result;
	qsort(view->names, view->name_count, sizeof(*view->names), compare_names);
	for (size_t i = 1; i < view->name_count; i++)
		if (strcmp(view->names[i - 1].name, view->names[i].name) == 0)
			result = LOCK_ERROR(reader, view->names[i].at,
					    "the name '%s' stands twice",
					    view->names[i].name);
	return result;
}

static int read_view(struct reader *reader, const struct doc_entry *entry,
		     struct lock_view *view)
{
	static const char *const keys[] = {"server", "names", NULL};
	const struct doc *map = entry->value, *names;

	view->name = entry->key;
	view->at = entry->at;
	if (!is_view(entry->key))
		return LOCK_ERROR(reader, entry->at, "'%s' is no name of a view",
				  entry->key);
	if (expect(reader, map, DOC_MAP, entry->key) || check_keys(reader, map, keys) ||
	    read_word(reader, map, "server", is_word, &view->server))
		return -1;
	names = doc_get(map, "names");
	if (!names)
		return LOCK_ERROR(reader, map->at, "the key 'names' is missing");
	return expect(reader, names, DOC_MAP, "names") ? -1
						       : read_names(reader, names, view);
}

static int read_views(struct reader *reader, const struct doc *map, struct lock *lock)
{
	int result = 0;

	lock->views = arena_array(reader->arena, map->count, struct lock_view);
	lock->view_count = lock->view_capacity = map->count;
	for (size_t i = 0; i < map->count; i++)
		if (read_view(reader, &map->entries[i], &lock->views[i]))
			result = -1;
	if (keys_are_sorted(reader, map, "views"))
		return result;
	qsort(lock->views, lock->view_count, sizeof(*lock->views), compare_views);
	for (size_t i = 1; i < lock->view_count; i++)
		if (strcmp(lock->views[i - 1].name, lock->views[i].name) == 0)
			result = LOCK_ERROR(reader, lock->views[i].at,
					    "the view '%s' stands twice",
					    lock->views[i].name);
	return result;
}

/* A number of up to nine digits: Azure's counters had three in November 2025. */
static bool is_number(const char *text)
{
	size_t length = strspn(text, "0123456789");

	return length && length <= 9 && !text[length] && (text[0] != '0' || length == 1);
}

static int read_tags(struct reader *reader, const struct doc *map, struct lock_tags *tags)
{
	static const char *const keys[] = {"cloud", "change_number", "sha256", NULL};
	const char *number = "";

	if (expect(reader, map, DOC_MAP, "service_tags") ||
	    check_keys(reader, map, keys) ||
	    read_word(reader, map, "cloud", is_view, &tags->cloud) ||
	    read_word(reader, map, "change_number", is_number, &number) ||
	    read_word(reader, map, "sha256", is_sha256, &tags->sha256))
		return -1;
	tags->change_number = (uint32_t)strtoul(number, NULL, 10);
	return 0;
}

static bool is_version(const char *text)
{
	return strcmp(text, "1") == 0;
}

static int read_lock(struct reader *reader, const struct doc *doc, struct lock *lock)
{
	static const char *const keys[] = {"version", "views", "service_tags", NULL};
	const struct doc *views, *tags;
	const char *version;

	lock->at = doc->at;
	/* The version comes first: another one may have other keys. */
	if (expect(reader, doc, DOC_MAP, "the lock") ||
	    read_word(reader, doc, "version", is_version, &version) ||
	    check_keys(reader, doc, keys))
		return -1;
	diag_hide_source(reader->diag, doc->at.source, false);
	views = doc_get(doc, "views");
	tags = doc_get(doc, "service_tags");
	if (!views)
		return LOCK_ERROR(reader, doc->at, "the key 'views' is missing");
	if (expect(reader, views, DOC_MAP, "views") || read_views(reader, views, lock))
		return -1;
	return tags ? read_tags(reader, tags, &lock->service_tags) : 0;
}

int lock_read(const struct input_file *file, struct arena *arena, struct lock **ret_lock,
	      struct diag *diag)
{
	struct reader reader = {arena, diag};
	struct lock *lock = arena_make(arena, struct lock);
	struct doc *doc;

	if (json_read(file->text, file->length, file->source, arena, &doc, diag) ||
	    read_lock(&reader, doc, lock))
		return -1;
	*ret_lock = lock;
	return 0;
}

/* -- finding --------------------------------------------------------------- */

const struct lock_name *lock_find(const struct lock *lock, const char *view,
				  const char *name)
{
	struct lock_view view_key = {.name = view};
	struct lock_name name_key = {.name = name};
	const struct lock_view *found = NULL;

	if (lock->view_count)
		found = bsearch(&view_key, lock->views, lock->view_count,
				sizeof(view_key), compare_views);
	if (!found || !found->name_count)
		return NULL;
	return bsearch(&name_key, found->names, found->name_count, sizeof(name_key),
		       compare_names);
}

/* A view of which nothing is needed is another spec's, or was renamed: said once. */
static bool view_is_unused(const struct lock_view *view, struct flow **flows,
			   size_t count)
{
	for (size_t n = 0; n < view->name_count; n++)
		if (flow_names_find(flows, count, view->name, view->names[n].name))
			return false;
	return view->name_count > 1;
}

void lock_report_unused(const struct lock *lock, const struct intent *intent,
			struct arena *arena, struct diag *diag)
{
	size_t count;
	struct flow **flows = flow_names(intent, arena, &count);

	for (size_t v = 0; v < lock->view_count; v++) {
		const struct lock_view *view = &lock->views[v];

		if (view_is_unused(view, flows, count)) {
			diag_report(diag, DIAG_LOCK_UNUSED_NAME, view->at,
				    "nothing needs any of the %zu names in the view '%s'",
				    view->name_count, view->name);
			continue;
		}
		for (size_t n = 0; n < view->name_count; n++)
			if (!flow_names_find(flows, count, view->name,
					     view->names[n].name))
				diag_report(diag, DIAG_LOCK_UNUSED_NAME,
					    view->names[n].at,
					    "nothing needs '%s' in the view '%s'",
					    view->names[n].name, view->name);
	}
}

int lock_report_lacking(const struct lock *lock, const struct intent *intent,
			const char *because, struct arena *arena, struct diag *diag)
{
	size_t count;
	struct flow **flows = flow_names(intent, arena, &count);
	int result = 0;

	for (size_t i = 0; i < count; i++) {
		const struct flow *flow = flows[i];

		if (flow->member || flow->name[0] == '*' ||
		    (i && flow_names_equal(flows[i - 1], flow)) ||
		    (lock && lock_find(lock, flow->view, flow->name)))
			continue;
		result = diag_report(diag, DIAG_LOCK_LACKS_NAME, flow->at,
				     "the lock has no '%s' (%s) in the view '%s'",
				     flow->name, flow->reason, flow->view);
		diag_note(diag, SPAN_NONE,
			  "%s: every name must be in the lock, also where an output says "
			  "it by name and needs no address",
			  because);
		diag_help(diag, "run 'postern resolve' where the clients' names are "
				"resolved");
	}
	return result;
}

/* -- writing --------------------------------------------------------------- */

/* A lock is made of single addresses; ranges only come from neighbours. */
static void print_addresses(struct json_writer *json, const char *key, enum family family,
			    const struct ranges *ranges)
{
	char text[ADDR_TEXT_MAX];

	json_key(json, key);
	json_list(json);
	for (size_t i = 0; i < ranges->count; i++) {
		u128 count = ranges->at[i].last - ranges->at[i].first + 1;

		for (u128 n = 0; n < count; n++) {
			struct addr addr = {family, ranges->at[i].first + n};

			json_string(json, addr_format(&addr, text));
		}
	}
	json_list_end(json);
}

static void print_name(struct json_writer *json, const struct lock_name *name)
{
	json_key(json, name->name);
	json_object(json);
	json_key_string(json, "rcode", name->rcode);
	json_key(json, "chain");
	json_list(json);
	for (size_t i = 0; i < name->chain_count; i++)
		json_string(json, name->chain[i]);
	json_list_end(json);
	print_addresses(json, "A", FAMILY_IPV4, &name->addresses.of[FAMILY_IPV4]);
	print_addresses(json, "AAAA", FAMILY_IPV6, &name->addresses.of[FAMILY_IPV6]);
	json_object_end(json);
}

static void print_view(struct json_writer *json, const struct lock_view *view)
{
	json_key(json, view->name);
	json_object(json);
	json_key_string(json, "server", view->server);
	json_key(json, "names");
	json_object(json);
	for (size_t i = 0; i < view->name_count; i++)
		print_name(json, &view->names[i]);
	json_object_end(json);
	json_object_end(json);
}

void lock_print(const struct lock *lock, struct strbuf *out)
{
	struct json_writer json;

	json_begin(&json, out, false);
	json_object(&json);
	json_key_number(&json, "version", 1);
	json_key(&json, "views");
	json_object(&json);
	for (size_t i = 0; i < lock->view_count; i++)
		print_view(&json, &lock->views[i]);
	json_object_end(&json);
	if (lock->service_tags.cloud) {
		json_key(&json, "service_tags");
		json_object(&json);
		json_key_string(&json, "cloud", lock->service_tags.cloud);
		json_key_number(&json, "change_number", lock->service_tags.change_number);
		json_key_string(&json, "sha256", lock->service_tags.sha256);
		json_object_end(&json);
	}
	json_object_end(&json);
	json_end(&json);
}
