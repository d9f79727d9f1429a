/* check_dns_shared.c - Which names would a rule by address open beside those allowed? */
#include <stdlib.h>
#include <string.h>

#include "compiler/check_dns.h"
#include "compiler/resolution.h"
#include "rules/base/arena.h"

/**
 * DOC: Shared addresses
 *
 * Registries of one region may share a front end.  A rule by address that lets a client
 * reach one of them lets it reach all that stand there: of those, the spec's own are
 * known.  One message an address, about the first client that it concerns.
 */

/** struct placed - A name at one of its addresses */
struct placed {
	struct addr addr;
	const struct resolved_name *name;
};

struct check {
	struct resolution *resolution;
	struct placed *at;
	size_t count, capacity;
	size_t *allowed; /* names of one address that each client may use */
};

static int compare_addr(const struct placed *a, const struct placed *b)
{
	if (a->addr.family != b->addr.family)
		return a->addr.family < b->addr.family ? -1 : 1;
	return (a->addr.value > b->addr.value) - (a->addr.value < b->addr.value);
}

static int compare_placed(const void *one, const void *other)
{
	const struct placed *a = one, *b = other;
	int order = compare_addr(a, b);

	/* names of a resolution are one array, sorted */
	return order ? order : (a->name > b->name) - (a->name < b->name);
}

static void place(struct check *check, const struct resolved_name *name,
		  const struct resolved_answer *answer)
{
	struct arena *arena = check->resolution->compilation->arena;

	for (unsigned family = 0; family < FAMILY_COUNT; family++) {
		const struct ranges *ranges = &answer->addresses.of[family];

		for (size_t i = 0; i < ranges->count; i++)
			for (u128 n = 0; n <= ranges->at[i].last - ranges->at[i].first;
			     n++) {
				struct addr addr = {(enum family)family,
						    ranges->at[i].first + n};

				*arena_push(arena, check->at, check->count,
					    check->capacity) =
					(struct placed){addr, name};
			}
	}
}

static bool may_use(const struct resolved_name *name, const struct flow_client *client)
{
	for (size_t i = 0; i < name->flow_count; i++)
		if (name->flows[i]->client == client)
			return true;
	return false;
}

static void report(const struct check *check, size_t first, size_t end,
		   const struct flow *flow)
{
	struct diag *diag = check->resolution->compilation->diag;
	const struct resolved_name *other = NULL;
	size_t others = 0;
	char text[ADDR_TEXT_MAX];

	for (size_t i = first; i < end; i++)
		if (!may_use(check->at[i].name, flow->client)) {
			other = other ? other : check->at[i].name;
			others++;
		}
	if (!other)
		BUG("'%s' shares its address with nobody", flow->name);
	diag_report(diag, DIAG_DNS_SHARED_ADDRESS, flow->at,
		    "'%s' and '%s' both lead to %s, and client '%s' may use only the "
		    "first",
		    flow->name, other->name, addr_format(&check->at[first].addr, text),
		    flow->client->name);
	if (others > 1)
		diag_note(diag, SPAN_NONE, "%zu more names that it may not use are there",
			  others - 1);
	diag_note(diag, other->flows[0]->at, "'%s' is allowed to client '%s'",
		  other->name, other->flows[0]->client->name);
}

/* The names at one address: does a client have some of them and not all? */
static void check_group(struct check *check, size_t first, size_t end)
{
	const struct flow *found = NULL;

	for (int pass = 0; pass < 3; pass++)
		for (size_t i = first; i < end; i++) {
			const struct resolved_name *name = check->at[i].name;
			const struct flow_client *last = NULL;

			for (size_t f = 0; f < name->flow_count; f++) {
				const struct flow_client *client = name->flows[f]->client;
				size_t *allowed = &check->allowed[client->index];

				/* flows of one name keep the order of their clients */
				if (client == last)
					continue;
				last = client;
				if (pass == 0)
					*allowed = 0;
				else if (pass == 1)
					++*allowed;
				else if (!found && *allowed < end - first)
					found = name->flows[f];
			}
		}
	if (found)
		report(check, first, end, found);
}

void check_dns_shared(struct resolution *resolution)
{
	struct compilation *compilation = resolution->compilation;
	struct check check = {.resolution = resolution};
	size_t end;

	check.allowed = arena_array(compilation->arena,
				    compilation->intent->client_count + 1, size_t);
	for (size_t i = 0; i < resolution->name_count; i++)
		for (size_t s = 0; s < resolution->server_count; s++)
			if (!resolution->names[i].answers[s].refused)
				place(&check, &resolution->names[i],
				      &resolution->names[i].answers[s]);
	if (!check.count)
		return;
	qsort(check.at, check.count, sizeof(*check.at), compare_placed);
	end = 1;
	for (size_t i = 1; i < check.count; i++) /* two servers say the same */
		if (compare_placed(&check.at[i], &check.at[end - 1]) != 0)
			check.at[end++] = check.at[i];
	check.count = end;
	for (size_t i = 0; i < check.count; i = end) {
		for (end = i + 1;
		     end < check.count && !compare_addr(&check.at[i], &check.at[end]);)
			end++;
		if (end - i > 1)
			check_group(&check, i, end);
	}
}
