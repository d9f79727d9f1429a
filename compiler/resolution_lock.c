/* resolution_lock.c - Answers as a lock, and what is not locked beside it. */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "compiler/hash.h"
#include "compiler/resolution.h"
#include "rules/base/arena.h"

/* -- the lock -------------------------------------------------------------- */

static const char *server_list(const struct resolution *resolution)
{
	CLEANUP(strbuf_release) struct strbuf text = {0};

	for (size_t i = 0; i < resolution->server_count; i++)
		strbuf_printf(&text, "%s%s", i ? ", " : "", resolution->servers[i].text);
	return arena_strdup(resolution->compilation->arena, strbuf_text(&text));
}

/* Did every server say something that may stand in a lock? */
static bool is_settled(const struct resolution *resolution,
		       const struct resolved_name *name)
{
	for (size_t s = 0; s < resolution->server_count; s++)
		if (name->answers[s].refused ||
		    !dns_trouble_settled(name->answers[s].trouble))
			return false;
	return true;
}

/* The first server that has addresses speaks for the name; they are those of all. */
static void fill_name(const struct resolution *resolution,
		      const struct resolved_name *name, struct lock_name *ret_name)
{
	struct arena *arena = resolution->compilation->arena;
	const struct resolved_answer *answer = &name->answers[0];

	for (size_t s = 0; s < resolution->server_count; s++)
		if (!name->answers[s].trouble) {
			answer = &name->answers[s];
			break;
		}
	*ret_name = (struct lock_name){
		.name = name->name,
		.rcode = dns_rcode_name(answer->rcode),
		.chain_count = answer->chain_count,
		.chain = arena_array(arena, answer->chain_count, const char *),
	};
	for (size_t i = 0; i < answer->chain_count; i++)
		ret_name->chain[i] = answer->chain[i];
	for (size_t s = 0; s < resolution->server_count; s++)
		addr_set_add(&ret_name->addresses, &name->answers[s].addresses, arena);
	addr_set_normalize(&ret_name->addresses);
}

/* The names of the old view that were not asked for, up to @before in order. */
static size_t keep_names(const struct resolution *resolution, struct lock_view *view,
			 const struct lock_view *old, size_t next, const char *before)
{
	for (; old && next < old->name_count; next++) {
		int order = before ? strcmp(old->names[next].name, before) : -1;

		if (order > 0)
			break;
		if (order < 0)
			*arena_push(resolution->compilation->arena, view->names,
				    view->name_count, view->name_capacity) =
				old->names[next];
	}
	return next;
}

static void fill_view(const struct resolution *resolution, size_t first, size_t end,
		      const struct lock_view *old, struct lock_view *ret_view)
{
	struct arena *arena = resolution->compilation->arena;
	size_t kept = 0;

	*ret_view = (struct lock_view){
		.name = resolution->names[first].view,
		.server = server_list(resolution),
	};
	for (size_t i = first; i < end; i++) {
		const struct resolved_name *name = &resolution->names[i];

		kept = keep_names(resolution, ret_view, old, kept, name->name);
		if (is_settled(resolution, name))
			fill_name(resolution, name,
				  arena_push(arena, ret_view->names, ret_view->name_count,
					     ret_view->name_capacity));
	}
	keep_names(resolution, ret_view, old, kept, NULL);
}

static struct lock_view *add_view(const struct resolution *resolution, struct lock *lock)
{
	return arena_push(resolution->compilation->arena, lock->views, lock->view_count,
			  lock->view_capacity);
}

/* The views of the old lock that were not asked for, up to @before in order. */
static size_t keep_views(const struct resolution *resolution, struct lock *lock,
			 const struct lock *old, size_t next, const char *before)
{
	for (; old && next < old->view_count; next++) {
		int order = before ? strcmp(old->views[next].name, before) : -1;

		if (order >= 0)
			break;
		*add_view(resolution, lock) = old->views[next];
	}
	return next;
}

static void fill_tags(const struct resolution *resolution, struct lock *lock)
{
	const struct compilation *compilation = resolution->compilation;
	const struct input_file *file = compilation->tags_file;
	char hash[HASH_TEXT_SIZE];

	if (!compilation->tags || !file)
		return;
	lock->service_tags = (struct lock_tags){
		.cloud = compilation->tags->cloud,
		.change_number = compilation->tags->change_number,
		.sha256 = arena_strdup(compilation->arena,
				       hash_text(file->text, file->length, hash)),
	};
}

struct lock *resolution_lock(const struct resolution *resolution, const struct lock *old)
{
	struct lock *lock = arena_make(resolution->compilation->arena, struct lock);
	const struct resolved_name *names = resolution->names;
	size_t end, kept = 0;
	bool same;

	for (size_t i = 0; i < resolution->name_count; i = end) {
		for (end = i + 1; end < resolution->name_count &&
				  strcmp(names[i].view, names[end].view) == 0;)
			end++;
		kept = keep_views(resolution, lock, old, kept, names[i].view);
		/* where keep_views() stopped is the old view of that name, or none */
		same = old && kept < old->view_count &&
		       strcmp(old->views[kept].name, names[i].view) == 0;
		fill_view(resolution, i, end, same ? &old->views[kept] : NULL,
			  add_view(resolution, lock));
		kept += same;
	}
	keep_views(resolution, lock, old, kept, NULL);
	if (old)
		lock->service_tags = old->service_tags;
	fill_tags(resolution, lock);
	return lock;
}

/* -- what is not locked ---------------------------------------------------- */

/* The smallest of the way, of all servers and families; UINT32_MAX: no record came. */
static uint32_t ttl_of(const struct resolution *resolution,
		       const struct resolved_name *name)
{
	uint32_t ttl = UINT32_MAX;

	for (size_t s = 0; s < resolution->server_count; s++) {
		const struct dns_query *both[] = {name->answers[s].a,
						  name->answers[s].aaaa};

		for (size_t i = 0; i < 2; i++)
			if (both[i]->end == DNS_ANSWERED && both[i]->answer.ttl < ttl)
				ttl = both[i]->answer.ttl;
	}
	return ttl;
}

static const char *time_now(struct arena *arena)
{
	char text[sizeof("2026-11-21T00:00:00Z")] = "1970-01-01T00:00:00Z";
	time_t now = time(NULL);
	struct tm parts;

	if (gmtime_r(&now, &parts))
		(void)strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &parts);
	return arena_strdup(arena, text);
}

static int compare_resolved(const void *one, const void *other)
{
	const struct resolved_name *a = one, *b = other;
	int order = strcmp(a->view, b->view);

	return order ? order : strcmp(a->name, b->name);
}

struct lock_meta resolution_meta(const struct resolution *resolution,
				 const struct lock *lock, const struct lock_meta *old)
{
	struct arena *arena = resolution->compilation->arena;
	const char *now = time_now(arena);
	struct lock_meta meta = {0};

	for (size_t v = 0; v < lock->view_count; v++)
		for (size_t n = 0; n < lock->views[v].name_count; n++) {
			struct lock_meta_name name = {
				.view = lock->views[v].name,
				.name = lock->views[v].names[n].name,
				.asked = now,
			};
			struct resolved_name key = {.view = name.view, .name = name.name};
			const struct resolved_name *asked =
				resolution->name_count
					? bsearch(&key, resolution->names,
						  resolution->name_count, sizeof(key),
						  compare_resolved)
					: NULL;
			const struct lock_meta_name *known =
				lock_meta_find(old, name.view, name.name);

			if (asked)
				name.ttl = ttl_of(resolution, asked);
			else if (known)
				name = *known;
			else
				continue;
			*arena_push(arena, meta.names, meta.count, meta.capacity) = name;
		}
	return meta;
}
