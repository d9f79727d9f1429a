/* check_tags.c - Do the locked addresses lie in the tags that are for them? */
#include "compiler/check_tags.h"

#include <string.h>

#include "compiler/flow_names.h"
#include "compiler/names.h"
#include "rules/base/arena.h"

/* Looking for an address in all tags takes a tenth of a millisecond, and a sink keeps no
 * more messages than this. */
#define MAX_SEARCHES 50

/** struct tag_check - @covers: what some tags cover, by their names */
struct tag_check {
	const struct service_tags *tags;
	struct names covers;
	size_t searches;
	struct arena *arena;
	struct diag *diag;
};

/* The addresses of a flow's tags; NULL when one is missing, which is said once. */
static const struct addr_set *flow_cover(struct tag_check *check, const struct flow *flow)
{
	const struct named *known = names_find(&check->covers, flow->service_tag);
	struct addr_set *cover;
	const char *missing;

	if (known)
		return known->thing;
	cover = arena_make(check->arena, struct addr_set);
	*cover = tags_cover(check->tags, flow->service_tag, check->arena, &missing);
	if (missing) {
		diag_report(check->diag, DIAG_SERVICE_TAG_MISSING, flow->at,
			    "the service tags have no '%s', which is for '%s' (%s)",
			    missing, flow->name, flow->reason);
		diag_note(check->diag, check->tags->cloud_at, "the service tags");
		cover = NULL;
	}
	names_add(&check->covers, flow->service_tag, flow->at, cover, check->arena);
	return cover;
}

static void report_outside(struct tag_check *check, const struct flow *flow,
			   const struct addr *addr)
{
	const struct service_tag **found;
	char text[ADDR_TEXT_MAX];
	size_t count = 0;

	diag_report(check->diag, DIAG_SERVICE_TAG_OUTSIDE, flow->origin,
		    "'%s' leads to %s, which is not in the tag%s %s", flow->name,
		    addr_format(addr, text), strchr(flow->service_tag, ' ') ? "s" : "",
		    flow->service_tag);
	if (check->searches++ >= MAX_SEARCHES)
		return;
	found = tags_containing(check->tags, addr, check->arena, &count);
	if (count)
		diag_note(check->diag, found[0]->at, "it is in %s%s", found[0]->name,
			  count > 1 ? ", and in larger ones" : "");
	else
		diag_note(check->diag, SPAN_NONE, "it is in no tag of the file");
}

/* The first number of @ranges that is not in @cover; both are normal.  Makes nothing:
 * names may be a hundred thousand. */
static bool find_outside(const struct ranges *ranges, const struct ranges *cover,
			 u128 *ret_number)
{
	size_t low = 0, high, middle;

	for (size_t i = 0; i < ranges->count; i++) {
		const struct range *range = &ranges->at[i];

		for (high = cover->count; low < high;) {
			middle = low + (high - low) / 2;
			if (cover->at[middle].last < range->first)
				low = middle + 1;
			else
				high = middle;
		}
		if (low == cover->count || cover->at[low].first > range->first) {
			*ret_number = range->first;
			return true;
		}
		if (cover->at[low].last < range->last) {
			*ret_number = cover->at[low].last + 1;
			return true;
		}
	}
	return false;
}

static void check_flow(struct tag_check *check, const struct flow *flow)
{
	const struct addr_set *cover = flow_cover(check, flow);

	for (unsigned family = 0; cover && family < FAMILY_COUNT; family++) {
		struct addr addr = {.family = (enum family)family};

		if (!find_outside(&flow->addresses.of[family], &cover->of[family],
				  &addr.value))
			continue;
		report_outside(check, flow, &addr);
		return;
	}
}

void check_tags(const struct service_tags *tags, const struct intent *intent,
		struct arena *arena, struct diag *diag)
{
	struct tag_check check = {.tags = tags, .arena = arena, .diag = diag};
	size_t count;
	struct flow **flows = flow_names(intent, arena, &count);
	const struct flow *last = NULL;

	for (size_t i = 0; i < count; i++) {
		const struct flow *flow = flows[i];

		if (!flow->service_tag || flow->member || !flow->bound ||
		    (last && flow_names_equal(last, flow)))
			continue;
		check_flow(&check, flow);
		last = flow;
	}
}
