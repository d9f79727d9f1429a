/* tags_diff.c - What a new file of service tags opens and closes. */
#include "compiler/tags_diff.h"

#include <string.h>
#include <strings.h>

#include "compiler/names.h"
#include "compiler/tags_list.h"
#include "rules/base/arena.h"

/* -- whole files ----------------------------------------------------------- */

static bool add_change(struct tags_diff *diff, const char *names,
		       enum tag_change_kind kind, const struct addr_set *before,
		       const struct addr_set *after, struct arena *arena)
{
	struct tag_change *change;

	if (kind == TAG_CHANGED && addr_set_equal(before, after))
		return false;
	change = arena_push(arena, diff->changes, diff->change_count,
			    diff->change_capacity);
	change->names = names;
	change->kind = kind;
	change->opened = addr_set_subtract(after, before, arena);
	change->closed = addr_set_subtract(before, after, arena);
	return true;
}

struct tags_diff tags_compare(const struct service_tags *before,
			      const struct service_tags *after, struct arena *arena)
{
	static const struct addr_set nothing;
	struct tags_diff diff = {.before = before, .after = after};
	size_t i = 0, j = 0;

	while (i < before->count || j < after->count) {
		const struct service_tag *old = i < before->count ? &before->at[i] : NULL;
		const struct service_tag *new = j < after->count ? &after->at[j] : NULL;
		int order = !old ? 1 : !new ? -1 : strcasecmp(old->name, new->name);

		if (order < 0)
			add_change(&diff, old->name, TAG_GONE, &old->addresses, &nothing,
				   arena);
		else if (order > 0)
			add_change(&diff, new->name, TAG_ADDED, &nothing, &new->addresses,
				   arena);
		else
			add_change(&diff, new->name, TAG_CHANGED, &old->addresses,
				   &new->addresses, arena);
		i += order <= 0;
		j += order >= 0;
		diff.compared++;
	}
	return diff;
}

/* -- for the flows of a spec ----------------------------------------------- */

/** struct flow_work - @seen: tags and families, with the index of their change + 1 */
struct flow_work {
	struct tags_diff diff;
	struct names seen;
	struct names missing;
	struct arena *arena;
	struct diag *diag;
};

static bool has_all(const struct service_tags *tags, const char *names,
		    struct arena *arena)
{
	const char *missing;

	(void)tags_cover(tags, names, arena, &missing);
	return !missing;
}

static void warn_missing(struct flow_work *work, const struct flow *flow,
			 const char *names)
{
	const char *name;
	size_t length;

	for (; *names; names += length + strspn(names + length, " ")) {
		length = strcspn(names, " ");
		name = arena_strndup(work->arena, names, length);
		if (tags_find(work->diff.before, name) ||
		    tags_find(work->diff.after, name) ||
		    names_add(&work->missing, name, flow->at, NULL, work->arena))
			continue;
		diag_report(work->diag, DIAG_SERVICE_TAG_MISSING, flow->at,
			    "neither file has the tag '%s', which is for '%s'", name,
			    flow->id);
	}
}

static struct addr_set cover(struct flow_work *work, const struct service_tags *tags,
			     const char *names, unsigned families)
{
	struct addr_set set = tags_cover(tags, names, work->arena, NULL);

	for (unsigned family = 0; family < FAMILY_COUNT; family++)
		if (!(families & 1u << family))
			set.of[family] = (struct ranges){0};
	return set;
}

/* Compares one list of tags; the index of its change + 1, or 0 when nothing changed. */
static size_t compare_list(struct flow_work *work, const struct flow *flow,
			   unsigned families)
{
	const struct service_tags *before = work->diff.before, *after = work->diff.after;
	const char *names = flow->service_tag;
	struct addr_set old, new;

	if (flow->regional_tags && (has_all(before, flow->regional_tags, work->arena) ||
				    has_all(after, flow->regional_tags, work->arena)))
		names = flow->regional_tags;
	else
		warn_missing(work, flow, names);
	old = cover(work, before, names, families);
	new = cover(work, after, names, families);
	if (!add_change(&work->diff, names, TAG_CHANGED, &old, &new, work->arena))
		return 0;
	return work->diff.change_count;
}

static void compare_flow(struct flow_work *work, const struct flow *flow)
{
	unsigned families = flow_families(flow);
	const char *key =
		arena_printf(work->arena, "%u %s, %s", families, flow->service_tag,
			     flow->regional_tags ? flow->regional_tags : "");
	const struct named *seen = names_find(&work->seen, key);
	struct tag_change *change;
	size_t *index;

	if (seen) {
		index = seen->thing;
	} else {
		index = arena_make(work->arena, size_t);
		*index = compare_list(work, flow, families);
		names_add(&work->seen, key, flow->at, index, work->arena);
	}
	work->diff.compared++;
	if (!*index)
		return;
	change = &work->diff.changes[*index - 1];
	*arena_push(work->arena, change->flows, change->flow_count,
		    change->flow_capacity) = flow;
}

struct tags_diff tags_compare_flows(const struct service_tags *before,
				    const struct service_tags *after,
				    const struct intent *intent, struct arena *arena,
				    struct diag *diag)
{
	struct flow_work work = {
		.diff = {.before = before, .after = after, .by_flow = true},
		.arena = arena,
		.diag = diag,
	};

	for (size_t i = 0; i < intent->flow_count; i++) {
		const struct flow *flow = intent->flows[i];

		if (flow->service_tag && !flow->member && flow->path == CLIENT_DIRECT)
			compare_flow(&work, flow);
	}
	return work.diff;
}

/* -- text ------------------------------------------------------------------ */

static void put_head(const char *which, const struct service_tags *tags,
		     struct strbuf *out)
{
	strbuf_printf(out, "%s: cloud %s, ", which, tags->cloud);
	if (tags->regions_only)
		strbuf_puts(out, "regions by the names of PublicIPs, ");
	else
		strbuf_printf(out, "change %u, ", tags->change_number);
	strbuf_printf(out, "%zu tag%s\n", tags->count, tags->count == 1 ? "" : "s");
}

/* "opens 64 IPv4 and 1 IPv6 addresses", "closes nothing" */
static void put_size(const char *verb, const struct addr_set *set, struct strbuf *out)
{
	const struct count one = count_from(1);
	bool is_one = false;
	size_t families = 0;

	strbuf_printf(out, "%s ", verb);
	for (unsigned family = 0; family < FAMILY_COUNT; family++) {
		struct count count = addresses_count(set, (enum family)family);
		char text[COUNT_TEXT_MAX];

		if (count_is_zero(&count))
			continue;
		strbuf_printf(out, "%s%s %s", families++ ? " and " : "",
			      count_format(&count, text),
			      family == FAMILY_IPV4 ? "IPv4" : "IPv6");
		is_one = families == 1 && count_equal(&count, &one);
	}
	strbuf_puts(out, !families ? "nothing" : is_one ? " address" : " addresses");
}

static const char *const kind_names[] = {"added", "gone", "changed"};

static void put_change(const struct tag_change *change, struct strbuf *out)
{
	strbuf_printf(out, "%s: ", change->names);
	if (change->kind != TAG_CHANGED)
		strbuf_printf(out, "%s, ", kind_names[change->kind]);
	if (change->kind != TAG_GONE)
		put_size("opens", &change->opened, out);
	if (change->kind == TAG_CHANGED)
		strbuf_puts(out, ", ");
	if (change->kind != TAG_ADDED)
		put_size("closes", &change->closed, out);
	strbuf_putc(out, '\n');
	put_prefixes(&change->opened, "  + ", out);
	put_prefixes(&change->closed, "  - ", out);
	for (size_t i = 0; i < change->flow_count; i++)
		strbuf_printf(out, "  for %s\n", change->flows[i]->id);
}

void tags_diff_text(const struct tags_diff *diff, struct strbuf *out)
{
	size_t differ = diff->by_flow ? 0 : diff->change_count;

	put_head("old", diff->before, out);
	put_head("new", diff->after, out);
	for (size_t i = 0; i < diff->change_count; i++) {
		put_change(&diff->changes[i], out);
		differ += diff->changes[i].flow_count;
	}
	strbuf_printf(out, "%zu of %zu %s%s differ%s\n", differ, diff->compared,
		      diff->by_flow ? "flow" : "tag", diff->compared == 1 ? "" : "s",
		      diff->compared == 1 ? "s" : "");
}

/* -- JSON ------------------------------------------------------------------ */

static void json_file(struct json_writer *json, const char *key,
		      const struct service_tags *tags)
{
	json_key(json, key);
	json_object(json);
	json_tags_head(json, tags);
	json_object_end(json);
}

static void json_sizes(struct json_writer *json, const char *key,
		       const struct addr_set *set)
{
	json_key(json, key);
	json_object(json);
	for (unsigned family = 0; family < FAMILY_COUNT; family++) {
		struct count count = addresses_count(set, (enum family)family);
		char text[COUNT_TEXT_MAX];

		json_key_string(json, family_name((enum family)family),
				count_format(&count, text));
	}
	json_prefixes(json, "prefixes", set);
	json_object_end(json);
}

static void json_names(struct json_writer *json, const char *names)
{
	CLEANUP(strbuf_release) struct strbuf name = {0};
	size_t length;

	json_key(json, "tags");
	json_list(json);
	for (; *names; names += length + strspn(names + length, " ")) {
		length = strcspn(names, " ");
		name.length = 0;
		strbuf_add(&name, names, length);
		json_string(json, strbuf_text(&name));
	}
	json_list_end(json);
}

static void json_change(struct json_writer *json, const struct tag_change *change,
			bool by_flow)
{
	json_object(json);
	json_names(json, change->names);
	json_key_string(json, "change", kind_names[change->kind]);
	json_sizes(json, "opens", &change->opened);
	json_sizes(json, "closes", &change->closed);
	if (by_flow) {
		json_key(json, "flows");
		json_list(json);
		for (size_t i = 0; i < change->flow_count; i++)
			json_string(json, change->flows[i]->id);
		json_list_end(json);
	}
	json_object_end(json);
}

void tags_diff_json(const struct tags_diff *diff, struct strbuf *out)
{
	struct json_writer json;

	json_begin(&json, out, false);
	json_object(&json);
	json_key_number(&json, "version", 1);
	json_file(&json, "old", diff->before);
	json_file(&json, "new", diff->after);
	json_key_string(&json, "compared", diff->by_flow ? "flows" : "tags");
	json_key_number(&json, "count", diff->compared);
	json_key_bool(&json, "differs", diff->change_count > 0);
	json_key(&json, "changes");
	json_list(&json);
	for (size_t i = 0; i < diff->change_count; i++)
		json_change(&json, &diff->changes[i], diff->by_flow);
	json_list_end(&json);
	json_object_end(&json);
	json_end(&json);
}
