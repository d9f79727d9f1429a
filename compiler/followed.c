/* followed.c - Addresses that names had lately. */
#include "compiler/followed.h"

#include <stdlib.h>
#include <string.h>

#include "backends/json.h"
#include "rules/base/arena.h"
#include "rules/base/textmap.h"

#define FORMAT "1"
#define HOUR   3600u

/* -- the text ------------------------------------------------------------------------ */

static uint64_t number(const struct doc *doc)
{
	const char *text = doc_text(doc);

	return text ? strtoull(text, NULL, 10) : 0;
}

/* Long ago is as long ago as the clock can say. */
static uint64_t before(uint64_t now, uint64_t age)
{
	return age < now ? now - age : 1;
}

static int read_address(const struct doc *doc, uint64_t now, struct arena *arena,
			struct followed_name *name)
{
	const char *text = doc_text(doc_get(doc, "address"));
	const struct doc *first = doc_get(doc, "first");
	struct followed_address *into;
	struct addr address = {0};

	if (!text || !addr_parse(text, &address))
		return -1;
	into = arena_push(arena, name->at, name->count, name->capacity);
	into->address = address;
	into->first = first && first->kind != DOC_NULL ? before(now, number(first)) : 0;
	into->last = before(now, number(doc_get(doc, "last")));
	return 0;
}

static int read_name(const struct doc *doc, uint64_t now, struct arena *arena,
		     struct followed *followed)
{
	const struct doc *list = doc_get(doc, "addresses");
	struct followed_name *name =
		arena_push(arena, followed->names, followed->count, followed->capacity);

	name->view = doc_text(doc_get(doc, "view"));
	name->name = doc_text(doc_get(doc, "name"));
	if (!name->view || !name->name || !list || list->kind != DOC_LIST)
		return -1;
	for (size_t i = 0; i < list->count; i++)
		if (read_address(list->items[i], now, arena, name) < 0)
			return -1;
	return 0;
}

static void add_gone(struct followed *followed, uint64_t first, struct arena *arena)
{
	*arena_push(arena, followed->gone, followed->gone_count,
		    followed->gone_capacity) = first;
}

static void read_gone(const struct doc *list, uint64_t now, struct arena *arena,
		      struct followed *followed)
{
	for (size_t i = 0; list && list->kind == DOC_LIST && i < list->count; i++)
		add_gone(followed, before(now, number(list->items[i])), arena);
}

int followed_read(const char *name, const char *text, size_t length, uint64_t now,
		  struct arena *arena, struct followed *ret_followed, struct diag *diag)
{
	uint32_t source = diag_add_source(diag, name, text, length);
	struct followed followed = {0};
	const struct doc *names;
	const char *version;
	uint64_t written;
	struct doc *doc;

	if (json_read(text, length, source, arena, &doc, diag) < 0)
		return -1;
	version = doc_text(doc_get(doc, "version"));
	names = doc_get(doc, "names");
	if (!version || strcmp(version, FORMAT) != 0 || !names || names->kind != DOC_LIST)
		return diag_report(diag, DIAG_STATE_FORMAT, doc->at,
				   "no list of names in '%s'", name);
	followed.refreshed = number(doc_get(doc, "refreshed"));
	followed.next = number(doc_get(doc, "next"));
	/* The clock begins anew with each start of the machine. */
	written = number(doc_get(doc, "clock"));
	if (written > now)
		written = now;
	if (now - written > FOLLOWED_GAP_MAX)
		written = now - FOLLOWED_GAP_MAX;
	read_gone(doc_get(doc, "gone"), written, arena, &followed);
	for (size_t i = 0; i < names->count; i++)
		if (read_name(names->items[i], written, arena, &followed) < 0)
			return diag_report(diag, DIAG_STATE_FORMAT, names->items[i]->at,
					   "no name with addresses in '%s'", name);
	*ret_followed = followed;
	return 0;
}

static void put_name(struct json_writer *json, const struct followed_name *name,
		     uint64_t now)
{
	char text[ADDR_TEXT_MAX];

	json_object(json);
	json_key_string(json, "view", name->view);
	json_key_string(json, "name", name->name);
	json_key(json, "addresses");
	json_list(json);
	for (size_t i = 0; i < name->count; i++) {
		const struct followed_address *at = &name->at[i];

		json_object(json);
		json_key_string(json, "address", addr_format(&at->address, text));
		if (at->first)
			json_key_number(json, "first", now - at->first);
		json_key_number(json, "last", now - at->last);
		json_object_end(json);
	}
	json_list_end(json);
	json_object_end(json);
}

void followed_print(const struct followed *followed, uint64_t now, struct strbuf *out)
{
	struct json_writer json;

	json_begin(&json, out, false);
	json_object(&json);
	json_key_string(&json, "version", FORMAT);
	json_key_number(&json, "clock", now);
	json_key_number(&json, "refreshed", followed->refreshed);
	json_key_number(&json, "next", followed->next);
	json_key(&json, "gone");
	json_list(&json);
	for (size_t i = 0; i < followed->gone_count; i++)
		json_number(&json, now - followed->gone[i]);
	json_list_end(&json);
	json_key(&json, "names");
	json_list(&json);
	for (size_t i = 0; i < followed->count; i++)
		put_name(&json, &followed->names[i], now);
	json_list_end(&json);
	json_object_end(&json);
	json_end(&json);
}

/* -- locks --------------------------------------------------------------------------- */

static void add_address(struct followed_name *name, const struct addr *address,
			uint64_t first, uint64_t last, struct arena *arena)
{
	*arena_push(arena, name->at, name->count, name->capacity) =
		(struct followed_address){*address, first, last};
}

/* The addresses of a set one by one: answers have at most DNS_ADDRESSES_MAX. */
static bool next_address(const struct addr_set *set, struct addr *address, bool *begun)
{
	enum family family = *begun ? address->family : FAMILY_IPV4;
	u128 at = *begun ? address->value + 1 : 0;

	for (; family <= FAMILY_IPV6; family++, at = 0)
		for (size_t i = 0; i < set->of[family].count; i++) {
			const struct range *range = &set->of[family].at[i];

			if (range->last < at ||
			    (*begun && !at && family == address->family))
				continue;
			address->family = family;
			address->value = range->first > at ? range->first : at;
			*begun = true;
			return true;
		}
	return false;
}

void followed_from_lock(const struct lock *lock, uint64_t now, struct arena *arena,
			struct followed *ret_followed)
{
	struct followed followed = {0};

	for (size_t v = 0; lock && v < lock->view_count; v++)
		for (size_t n = 0; n < lock->views[v].name_count; n++) {
			const struct lock_name *from = &lock->views[v].names[n];
			struct followed_name *name =
				arena_push(arena, followed.names, followed.count,
					   followed.capacity);
			struct addr address = {0};
			bool begun = false;

			name->view = lock->views[v].name;
			name->name = from->name;
			while (next_address(&from->addresses, &address, &begun))
				add_address(name, &address, 0, now, arena);
		}
	*ret_followed = followed;
}

static void lock_followed(const struct followed_name *from, struct arena *arena,
			  struct lock_name *ret_name)
{
	*ret_name = (struct lock_name){.name = from->name, .rcode = "NOERROR"};
	for (size_t i = 0; i < from->count; i++) {
		const struct addr *address = &from->at[i].address;
		struct prefix prefix = {
			.family = address->family,
			.length = (uint8_t)family_bits(address->family),
			.base = address->value,
		};

		addr_set_add_prefix(&ret_name->addresses, &prefix, arena);
	}
	addr_set_normalize(&ret_name->addresses);
}

struct lock *followed_lock(const struct followed *followed, const char *server,
			   struct arena *arena)
{
	struct lock *lock = arena_make(arena, struct lock);
	struct lock_view *view = NULL;

	for (size_t i = 0; i < followed->count; i++) {
		const struct followed_name *name = &followed->names[i];

		if (!name->count)
			continue;
		if (!view || strcmp(view->name, name->view) != 0) {
			view = arena_push(arena, lock->views, lock->view_count,
					  lock->view_capacity);
			view->name = name->view;
			view->server = server;
		}
		lock_followed(name, arena,
			      arena_push(arena, view->names, view->name_count,
					 view->name_capacity));
	}
	return lock;
}

static const char *key_of(const char *view, const char *name, struct arena *arena)
{
	return arena_printf(arena, "%s %s", view, name);
}

void followed_remember(const struct followed *followed, struct intent *intent,
		       struct arena *arena)
{
	struct addr_set public = addr_set_public(FAMILIES_ALL, arena);
	struct textmap answers = {0};

	for (size_t i = 0; i < followed->count; i++) {
		const struct followed_name *name = &followed->names[i];
		struct lock_name *answer = arena_make(arena, struct lock_name);

		lock_followed(name, arena, answer);
		textmap_put(&answers, key_of(name->view, name->name, arena), answer,
			    arena);
	}
	for (size_t i = 0; i < intent->flow_count; i++) {
		struct flow *flow = intent->flows[i];
		const struct lock_name *answer = NULL;
		struct addr_set meant;

		if (flow->name && flow->view && !flow->member)
			answer = textmap_get(&answers,
					     key_of(flow->view, flow->name, arena));
		if (!answer)
			continue;
		meant = addr_set_of(&answer->addresses, flow_families(flow));
		flow->lately = addr_set_intersect(&meant, &public, arena);
	}
}

/* -- updates ------------------------------------------------------------------------- */

struct update {
	const struct followed_limits *limits;
	uint64_t now;
	struct arena *arena;
	struct diag *diag;
	struct textmap known; /* "view name" → struct followed_name of before */
	size_t grown;	      /* new addresses within the last hour */
	struct followed *to;
	struct followed_news news;
};

static bool is_recent(const struct update *update, uint64_t first)
{
	return first && update->now - first < HOUR;
}

static void index_names(struct update *update, const struct followed *old)
{
	for (size_t i = 0; i < old->gone_count; i++)
		if (is_recent(update, old->gone[i])) {
			add_gone(update->to, old->gone[i], update->arena);
			update->grown++;
		}
	for (size_t i = 0; i < old->count; i++) {
		struct followed_name *name = &old->names[i];

		textmap_put(&update->known, key_of(name->view, name->name, update->arena),
			    name, update->arena);
		for (size_t k = 0; k < name->count; k++)
			update->grown += is_recent(update, name->at[k].first);
	}
}

static const struct followed_address *find(const struct followed_name *name,
					   const struct addr *address)
{
	for (size_t i = 0; name && i < name->count; i++)
		if (name->at[i].address.family == address->family &&
		    name->at[i].address.value == address->value)
			return &name->at[i];
	return NULL;
}

/* Nobody can say what is still used: everything stays, as if it had been answered now. */
static void keep_all(struct update *update, const struct followed_name *old,
		     struct followed_name *name)
{
	for (size_t i = 0; old && i < old->count; i++)
		add_address(name, &old->at[i].address, old->at[i].first, update->now,
			    update->arena);
	update->news.failed++;
}

static void take_answer(struct update *update, const struct followed_name *old,
			const struct addr_set *answer, struct followed_name *name)
{
	struct addr address = {0};
	bool begun = false;

	while (next_address(answer, &address, &begun)) {
		const struct followed_address *known = find(old, &address);

		/* A name that is looked up for the first time does not grow. */
		add_address(name, &address,
			    known ? known->first
			    : old ? update->now
				  : 0,
			    update->now, update->arena);
		update->news.added += !known;
	}
	for (size_t i = 0; old && i < old->count; i++) {
		const struct followed_address *at = &old->at[i];

		if (addr_set_contains(answer, &at->address))
			continue;
		if (update->now - at->last < update->limits->grace) {
			add_address(name, &at->address, at->first, at->last,
				    update->arena);
			continue;
		}
		update->news.removed++;
		if (is_recent(update, at->first))
			add_gone(update->to, at->first, update->arena);
	}
}

/* Too much: then nothing of the answer is taken, and what was there stays. */
static bool exceeds(struct update *update, const struct followed_name *old,
		    const struct addr_set *answer, const struct resolved_name *asked)
{
	struct addr address = {0};
	bool begun = false;
	size_t count = 0, fresh = 0;

	while (next_address(answer, &address, &begun)) {
		count++;
		fresh += !find(old, &address);
	}
	if (fresh && count > update->limits->addresses)
		diag_report(update->diag, DIAG_WATCH_LIMIT, asked->flows[0]->at,
			    "'%s' was answered with %zu addresses, more than %zu: none "
			    "is taken",
			    asked->name, count, update->limits->addresses);
	else if (old && fresh && update->grown + fresh > update->limits->growth)
		diag_report(update->diag, DIAG_WATCH_LIMIT, asked->flows[0]->at,
			    "'%s' was answered with %zu new addresses, and %zu came in "
			    "within the last hour, more than %zu together: none is taken",
			    asked->name, fresh, update->grown, update->limits->growth);
	else
		return update->grown += old ? fresh : 0, false;
	return true;
}

void followed_update(const struct followed *old, const struct resolution *resolution,
		     const struct followed_limits *limits, uint64_t now,
		     struct followed *ret_followed, struct followed_news *ret_news)
{
	struct update update = {
		.limits = limits,
		.now = now,
		.arena = resolution->compilation->arena,
		.diag = resolution->compilation->diag,
	};
	const struct lock *lock = resolution_lock(resolution, NULL);
	struct followed followed = {0};

	update.to = &followed;
	index_names(&update, old);
	for (size_t i = 0; i < resolution->name_count; i++) {
		const struct resolved_name *asked = &resolution->names[i];
		const struct lock_name *answer =
			lock_find(lock, asked->view, asked->name);
		const struct followed_name *known =
			textmap_get(&update.known,
				    key_of(asked->view, asked->name, update.arena));
		struct followed_name *name =
			arena_push(update.arena, followed.names, followed.count,
				   followed.capacity);

		name->view = asked->view;
		name->name = asked->name;
		if (!answer || addr_set_is_empty(&answer->addresses) ||
		    exceeds(&update, known, &answer->addresses, asked))
			keep_all(&update, known, name);
		else
			take_answer(&update, known, &answer->addresses, name);
		update.news.addresses += name->count;
	}
	*ret_followed = followed;
	*ret_news = update.news;
}
