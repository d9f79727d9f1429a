/* lock_diff.c - What changed since a lock was written. */
#include "compiler/lock_diff.h"

#include <string.h>

#include "backends/json.h"
#include "rules/base/arena.h"

/* -- comparing ------------------------------------------------------------- */

static bool same_chain(const struct lock_name *a, const struct lock_name *b)
{
	if (a->chain_count != b->chain_count)
		return false;
	for (size_t i = 0; i < a->chain_count; i++)
		if (strcmp(a->chain[i], b->chain[i]) != 0)
			return false;
	return true;
}

/* Does @after differ from @before (NULL: the lock lacks it), and how? */
static bool differs(const struct lock_name *before, const struct lock_name *after,
		    enum lock_change_kind *ret_kind)
{
	bool had = before && !addr_set_is_empty(&before->addresses);
	bool has = !addr_set_is_empty(&after->addresses);

	if (!before || (!had && has))
		*ret_kind = LOCK_ADDED;
	else if (had && !has)
		*ret_kind = LOCK_GONE;
	else if (!addr_set_equal(&before->addresses, &after->addresses))
		*ret_kind = LOCK_MOVED;
	else if (!same_chain(before, after) || strcmp(before->rcode, after->rcode) != 0)
		*ret_kind = LOCK_CHAIN;
	else
		return false;
	return true;
}

struct lock_diff lock_compare(const struct lock *lock, const struct lock *now,
			      struct arena *arena)
{
	struct lock_diff diff = {0};

	for (size_t v = 0; v < now->view_count; v++) {
		const struct lock_view *view = &now->views[v];

		diff.compared += view->name_count;
		for (size_t n = 0; n < view->name_count; n++) {
			struct lock_change change = {
				.view = view->name,
				.before =
					lock_find(lock, view->name, view->names[n].name),
				.after = &view->names[n],
			};

			if (differs(change.before, change.after, &change.kind))
				*arena_push(arena, diff.at, diff.count, diff.capacity) =
					change;
		}
	}
	return diff;
}

/* -- printing -------------------------------------------------------------- */

static const char *const kind_names[] = {"added", "gone", "moved", "chain changed"};
static const char *const kind_words[] = {"added", "gone", "moved", "chain"};

/* The addresses of @name that @other lacks, a line each. */
static void print_lacking(const struct lock_name *name, const struct lock_name *other,
			  char sign, struct strbuf *out)
{
	static const struct addr_set nothing;
	const struct addr_set *theirs = other ? &other->addresses : &nothing;
	char text[ADDR_TEXT_MAX];

	for (unsigned family = 0; name && family < FAMILY_COUNT; family++) {
		const struct ranges *ranges = &name->addresses.of[family];

		for (size_t i = 0; i < ranges->count; i++)
			for (u128 n = 0; n <= ranges->at[i].last - ranges->at[i].first;
			     n++) {
				struct addr addr = {(enum family)family,
						    ranges->at[i].first + n};

				if (!addr_set_contains(theirs, &addr))
					strbuf_printf(out, "  %c %s\n", sign,
						      addr_format(&addr, text));
			}
	}
}

static void print_way(const struct lock_name *name, char sign, struct strbuf *out)
{
	strbuf_printf(out, "  %c ", sign);
	if (strcmp(name->rcode, "NOERROR") != 0)
		strbuf_printf(out, "%s ", name->rcode);
	strbuf_puts(out, "by way of");
	for (size_t i = 0; i < name->chain_count; i++)
		strbuf_printf(out, " %s", name->chain[i]);
	strbuf_puts(out, name->chain_count ? "\n" : " no other name\n");
}

static void print_change(const struct lock_change *change, struct strbuf *out)
{
	const struct lock_name *before = change->before, *after = change->after;

	strbuf_printf(out, "%s: %s in view %s\n", after->name, kind_names[change->kind],
		      change->view);
	print_lacking(before, after, '-', out);
	print_lacking(after, before, '+', out);
	if (before &&
	    (!same_chain(before, after) || strcmp(before->rcode, after->rcode) != 0)) {
		print_way(before, '-', out);
		print_way(after, '+', out);
	}
}

void lock_diff_text(const struct lock_diff *diff, struct strbuf *out)
{
	for (size_t i = 0; i < diff->count; i++)
		print_change(&diff->at[i], out);
	if (!diff->compared)
		strbuf_puts(out, "no name has an answer to compare\n");
	else if (!diff->count)
		strbuf_printf(out, "%zu name%s as the lock says\n", diff->compared,
			      diff->compared == 1 ? " is" : "s are");
	else
		strbuf_printf(out, "%zu of %zu name%s differ%s from the lock\n",
			      diff->count, diff->compared, diff->compared == 1 ? "" : "s",
			      diff->count == 1 ? "s" : "");
}

static void put_side(struct json_writer *json, const char *key,
		     const struct lock_name *name)
{
	CLEANUP(strbuf_release) struct strbuf addresses = {0};

	json_key(json, key);
	if (!name) {
		json_null(json);
		return;
	}
	json_object(json);
	json_key_string(json, "rcode", name->rcode);
	json_key(json, "chain");
	json_list(json);
	for (size_t i = 0; i < name->chain_count; i++)
		json_string(json, name->chain[i]);
	json_list_end(json);
	addr_set_format(&name->addresses, &addresses);
	json_key_string(json, "addresses", strbuf_text(&addresses));
	json_object_end(json);
}

void lock_diff_json(const struct lock_diff *diff, struct strbuf *out)
{
	struct json_writer json;

	json_begin(&json, out, false);
	json_object(&json);
	json_key_number(&json, "compared", diff->compared);
	json_key(&json, "changes");
	json_list(&json);
	for (size_t i = 0; i < diff->count; i++) {
		json_object(&json);
		json_key_string(&json, "view", diff->at[i].view);
		json_key_string(&json, "name", diff->at[i].after->name);
		json_key_string(&json, "change", kind_words[diff->at[i].kind]);
		put_side(&json, "before", diff->at[i].before);
		put_side(&json, "after", diff->at[i].after);
		json_object_end(&json);
	}
	json_list_end(&json);
	json_object_end(&json);
	json_end(&json);
}
