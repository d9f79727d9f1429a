/* azure_firewall_import_order.c - In which order a policy's collections are asked. */
#include "backends/azure_firewall/azure_firewall_importer.h"

#include <stdlib.h>

#include "rules/base/arena.h"

/* The collections of a policy and its parents, sorted as far as their order is known. */
struct sorted {
	struct firewall_collection **at;
	size_t count, capacity;
};

static void gather_policy(struct firewall_importer *importer,
			  const struct firewall_policy *policy, enum firewall_pass pass,
			  unsigned depth, struct sorted *sorted)
{
	for (size_t i = 0; i < policy->count; i++) {
		const struct firewall_collection *collection = policy->collections[i];
		struct firewall_collection *own;

		if (collection->pass != pass && collection->pass != FIREWALL_PASS_BY_RULE)
			continue;
		own = arena_make(importer->arena, struct firewall_collection);
		/* two policies of one parent have it at depths of their own */
		*own = *collection;
		own->depth = depth;
		*arena_push(importer->arena, sorted->at, sorted->count,
			    sorted->capacity) = own;
	}
}

static void gather(struct firewall_importer *importer,
		   const struct firewall_policy *policy, enum firewall_pass pass,
		   struct sorted *sorted)
{
	const struct firewall_policy *seen[FIREWALL_MAX_PARENTS + 1];
	unsigned depth = 0;

	while (policy) {
		gather_policy(importer, policy, pass, depth, sorted);
		if (depth == FIREWALL_MAX_PARENTS)
			return;
		seen[depth++] = policy;
		policy = policy->base ? textmap_get(&importer->policy_names, policy->base)
				      : NULL;
		for (unsigned i = 0; i < depth; i++)
			if (policy == seen[i])
				return;
	}
}

/* Known ones by value, and then those that are not known. */
static int compare_priority(const struct firewall_priority *a,
			    const struct firewall_priority *b)
{
	if (a->known != b->known)
		return a->known ? -1 : 1;
	if (!a->known || a->value == b->value)
		return 0;
	return a->value < b->value ? -1 : 1;
}

static int compare_numbers(size_t a, size_t b)
{
	return a < b ? -1 : a > b;
}

static int compare(const void *left, const void *right)
{
	const struct firewall_collection *a = *(struct firewall_collection *const *)left;
	const struct firewall_collection *b = *(struct firewall_collection *const *)right;
	int result = compare_numbers(b->depth, a->depth); /* parents first */

	if (!result)
		result = compare_priority(&a->group_priority, &b->group_priority);
	if (!result)
		result = compare_numbers(a->group, b->group);
	if (!result)
		result = compare_priority(&a->priority, &b->priority);
	return result ? result : compare_numbers(a->sequence, b->sequence);
}

/**
 * struct runs - Where the runs begin that a sorted collection is the latest of
 * @depth:	collections of policies of the same depth
 * @level:	of these, those whose groups have the same priority
 * @group:	of these, those of the same group
 * @tie:	of these, those of the same priority
 * @alike:	collections that do the same, whatever they are of
 */
struct runs {
	size_t depth, level, group, tie, alike;
};

static void follow_runs(struct runs *runs, const struct sorted *sorted, size_t index)
{
	const struct firewall_collection *now = sorted->at[index], *last;

	if (index == 0)
		return;
	last = sorted->at[index - 1];
	if (now->action == FIREWALL_ACTION_UNKNOWN || now->action != last->action)
		runs->alike = index;
	if (now->depth != last->depth)
		*runs = (struct runs){index, index, index, index, runs->alike};
	else if (compare_priority(&now->group_priority, &last->group_priority) != 0)
		runs->level = runs->group = runs->tie = index;
	else if (now->group != last->group)
		runs->group = runs->tie = index;
	else if (compare_priority(&now->priority, &last->priority) != 0)
		runs->tie = index;
}

/* The first place that a collection can have.  Groups or collections of one priority are
 * refused or come in an order that nobody promises. */
static size_t first_place(const struct runs *runs, const struct firewall_collection *one)
{
	if (!one->group_priority.known)
		return runs->depth;
	if (runs->group != runs->level)
		return runs->level;
	return one->priority.known ? runs->tie : runs->group;
}

struct early {
	size_t place, index;
};

static int compare_early(const void *left, const void *right)
{
	const struct early *a = left, *b = right;
	int result = compare_numbers(a->place, b->place);

	return result ? result : compare_numbers(a->index, b->index);
}

static const char *first_text(struct firewall_importer *importer,
			      const struct firewall_collection *collection)
{
	return arena_printf(importer->arena,
			    "rule collection '%s' at byte %u comes before those whose "
			    "order "
			    "to it is not known",
			    collection->label, collection->at.begin);
}

/* Where all do the same, their order does not matter. */
static struct early *find_early(struct firewall_importer *importer,
				const struct sorted *sorted, size_t *ret_count)
{
	struct early *early = arena_array(importer->arena, sorted->count, struct early);
	struct runs runs = {0};
	size_t count = 0;

	for (size_t i = 0; i < sorted->count; i++) {
		size_t place;

		follow_runs(&runs, sorted, i);
		place = first_place(&runs, sorted->at[i]);
		if (place < i && runs.alike > place)
			early[count++] = (struct early){place, i};
	}
	if (count)
		qsort(early, count, sizeof(*early), compare_early);
	*ret_count = count;
	return early;
}

void firewall_order(struct firewall_importer *importer,
		    const struct firewall_policy *policy, enum firewall_pass pass,
		    struct firewall_step **ret_steps, size_t *ret_count)
{
	struct sorted sorted = {0};
	size_t early_count, next = 0, count = 0;
	struct firewall_step *steps;
	struct early *early;

	gather(importer, policy, pass, &sorted);
	if (sorted.count)
		qsort(sorted.at, sorted.count, sizeof(*sorted.at), compare);
	early = find_early(importer, &sorted, &early_count);
	steps = arena_array(importer->arena, sorted.count + early_count,
			    struct firewall_step);
	for (size_t i = 0; i < sorted.count; i++) {
		for (; next < early_count && early[next].place == i; next++) {
			const struct firewall_collection *one =
				sorted.at[early[next].index];

			steps[count++] =
				(struct firewall_step){one, first_text(importer, one)};
		}
		steps[count++] = (struct firewall_step){sorted.at[i], NULL};
	}
	*ret_steps = steps;
	*ret_count = count;
}
