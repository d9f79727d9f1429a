/* diagram_store.c - Nodes, edges and the tables that keep them unique. */
#include "rules/diagram_store.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Room to begin with: the diagrams of a usual spec fit, and a process that only
 * compiles one touches few pages. */
#define INITIAL_NODES  1024u
#define INITIAL_EDGES  4096u
#define INITIAL_MERGES 4096u
/* Remembering more than this many merges costs more cache misses than it saves. */
#define MAX_MERGES (1u << 20)

NORETURN static void out_of_memory(void)
{
	fputs("postern: out of memory (a diagram)\n", stderr);
	exit(3);
}

static void *grow(void *array, size_t capacity, size_t size)
{
	void *larger;

	if (capacity > SIZE_MAX / size)
		out_of_memory();
	larger = realloc(array, capacity * size);
	if (!larger)
		out_of_memory();
	return larger;
}

static void *zeroed(size_t count, size_t size)
{
	void *array = calloc(count, size);

	if (!array)
		out_of_memory();
	return array;
}

static void merges_clear(struct diagram *diagram, size_t size)
{
	free(diagram->merges);
	diagram->merges = zeroed(size, sizeof(*diagram->merges));
	diagram->merge_mask = size - 1;
}

struct diagram *diagram_new(const struct space *space, size_t max_edges)
{
	struct diagram *diagram = zeroed(1, sizeof(*diagram));

	diagram->space = space;
	diagram->max_edges = max_edges;
	diagram->node_capacity = INITIAL_NODES;
	diagram->nodes = grow(NULL, INITIAL_NODES, sizeof(*diagram->nodes));
	diagram->table = zeroed(2 * (size_t)INITIAL_NODES, sizeof(*diagram->table));
	diagram->table_mask = 2 * INITIAL_NODES - 1;
	merges_clear(diagram, INITIAL_MERGES);
	return diagram;
}

void diagram_free(struct diagram *diagram)
{
	if (!diagram)
		return;
	free(diagram->nodes);
	free(diagram->narrow.last);
	free(diagram->narrow.child);
	free(diagram->wide.last);
	free(diagram->wide.child);
	free(diagram->table);
	free(diagram->merges);
	free(diagram->stack);
	free(diagram);
}

void diagram_cleanup(struct diagram **diagram)
{
	diagram_free(*diagram);
	*diagram = NULL;
}

const struct space *diagram_space(const struct diagram *diagram)
{
	return diagram->space;
}

bool diagram_exceeded(const struct diagram *diagram)
{
	return diagram->exceeded;
}

size_t diagram_edges(const struct diagram *diagram)
{
	return diagram->narrow.count + diagram->wide.count;
}

enum field level_field(unsigned level)
{
	switch (level) {
	case LEVEL_FAMILY:
		return FIELD_FAMILY;
	case LEVEL_DESTINATION_IPV4:
	case LEVEL_DESTINATION_IPV6:
		return FIELD_DESTINATION;
	case LEVEL_SOURCE_IPV4:
	case LEVEL_SOURCE_IPV6:
		return FIELD_SOURCE;
	default:
		return (enum field)(level - LEVEL_PROTOCOL + FIELD_PROTOCOL);
	}
}

static inline uint64_t mix(uint64_t hash, uint64_t value)
{
	hash = (hash ^ value) * 0x9e3779b97f4a7c15u;
	return hash ^ hash >> 29;
}

static uint32_t hash_edges(unsigned level, const struct edge *edges, size_t count)
{
	uint64_t hash = mix(level, count);

	for (size_t i = 0; i < count; i++) {
		hash = mix(hash, (uint64_t)edges[i].last << 32 ^ edges[i].child);
		if (level_is_wide(level))
			hash = mix(hash, (uint64_t)(edges[i].last >> 32) ^
						 (uint64_t)(edges[i].last >> 96));
	}
	return (uint32_t)(hash >> 16);
}

static bool same_edges(const struct diagram *diagram, const struct node *node,
		       const struct edge *edges)
{
	for (size_t i = 0; i < node->count; i++)
		if (edge_child(diagram, node, i) != edges[i].child ||
		    edge_last(diagram, node, i) != edges[i].last)
			return false;
	return true;
}

static void table_grow(struct diagram *diagram)
{
	size_t size = 2 * (diagram->table_mask + 1);

	free(diagram->table);
	diagram->table = zeroed(size, sizeof(*diagram->table));
	diagram->table_mask = size - 1;
	for (size_t i = 0; i < diagram->node_count; i++) {
		size_t slot = diagram->nodes[i].hash & diagram->table_mask;

		while (diagram->table[slot])
			slot = (slot + 1) & diagram->table_mask;
		diagram->table[slot] = (uint32_t)i + 1;
	}
}

static size_t add_narrow(struct diagram *diagram, const struct edge *edges, size_t count)
{
	size_t first = diagram->narrow.count, capacity = diagram->narrow.capacity;

	while (capacity < first + count)
		capacity = capacity ? 2 * capacity : INITIAL_EDGES;
	if (capacity != diagram->narrow.capacity) {
		diagram->narrow.last =
			grow(diagram->narrow.last, capacity, sizeof(uint32_t));
		diagram->narrow.child =
			grow(diagram->narrow.child, capacity, sizeof(uint32_t));
		diagram->narrow.capacity = capacity;
	}
	for (size_t i = 0; i < count; i++) {
		diagram->narrow.last[first + i] = (uint32_t)edges[i].last;
		diagram->narrow.child[first + i] = edges[i].child;
	}
	diagram->narrow.count += count;
	return first;
}

static size_t add_wide(struct diagram *diagram, const struct edge *edges, size_t count)
{
	size_t first = diagram->wide.count, capacity = diagram->wide.capacity;

	while (capacity < first + count)
		capacity = capacity ? 2 * capacity : INITIAL_EDGES;
	if (capacity != diagram->wide.capacity) {
		diagram->wide.last = grow(diagram->wide.last, capacity, sizeof(u128));
		diagram->wide.child =
			grow(diagram->wide.child, capacity, sizeof(uint32_t));
		diagram->wide.capacity = capacity;
	}
	for (size_t i = 0; i < count; i++) {
		diagram->wide.last[first + i] = edges[i].last;
		diagram->wide.child[first + i] = edges[i].child;
	}
	diagram->wide.count += count;
	return first;
}

/* More remembered merges for more nodes: forgetting must stay rare. */
static void merges_keep_up(struct diagram *diagram)
{
	size_t size = diagram->merge_mask + 1;

	if (diagram->node_count > size && size < MAX_MERGES)
		merges_clear(diagram, 4 * size);
}

static uint32_t add_node(struct diagram *diagram, unsigned level, uint32_t hash,
			 const struct edge *edges, size_t count)
{
	struct node *node;

	if (diagram->node_count == diagram->node_capacity) {
		diagram->node_capacity *= 2;
		diagram->nodes = grow(diagram->nodes, diagram->node_capacity,
				      sizeof(*diagram->nodes));
	}
	node = &diagram->nodes[diagram->node_count];
	node->level = level;
	node->count = (uint32_t)count;
	node->hash = hash;
	node->first = level_is_wide(level) ? add_wide(diagram, edges, count)
					   : add_narrow(diagram, edges, count);
	merges_keep_up(diagram);
	return (uint32_t)diagram->node_count++;
}

void node_push(struct diagram *diagram, size_t begin, u128 last, uint32_t child)
{
	if (diagram->stack_count > begin &&
	    diagram->stack[diagram->stack_count - 1].child == child) {
		diagram->stack[diagram->stack_count - 1].last = last;
		return;
	}
	if (diagram->stack_count == diagram->stack_capacity) {
		diagram->stack_capacity = diagram->stack_capacity
						  ? 2 * diagram->stack_capacity
						  : INITIAL_EDGES;
		diagram->stack = grow(diagram->stack, diagram->stack_capacity,
				      sizeof(*diagram->stack));
	}
	diagram->stack[diagram->stack_count++] = (struct edge){last, child};
}

uint32_t node_finish(struct diagram *diagram, unsigned level, size_t begin)
{
	const struct edge *edges = &diagram->stack[begin];
	size_t count = diagram->stack_count - begin, slot;
	uint32_t hash;

	diagram->stack_count = begin;
	if (count == 1)
		return edges[0].child;
	if (diagram->exceeded || count > diagram->max_edges - diagram_edges(diagram)) {
		diagram->exceeded = true;
		return FALSE_LEAF;
	}
	if (2 * diagram->node_count > diagram->table_mask)
		table_grow(diagram);
	hash = hash_edges(level, edges, count);
	for (slot = hash & diagram->table_mask; diagram->table[slot];
	     slot = (slot + 1) & diagram->table_mask) {
		const struct node *node = &diagram->nodes[diagram->table[slot] - 1];

		if (node->hash == hash && node->level == level && node->count == count &&
		    same_edges(diagram, node, edges))
			return diagram->table[slot] - 1;
	}
	diagram->table[slot] = (uint32_t)diagram->node_count + 1;
	return add_node(diagram, level, hash, edges, count);
}

void node_push_split(struct diagram *diagram, unsigned level, const struct ranges *values,
		     uint32_t inside, uint32_t outside)
{
	u128 max = space_max(diagram->space, level);
	size_t begin = node_begin(diagram);
	bool open = true; /* the level's largest value has no edge yet */

	for (size_t i = 0; i < values->count && open; i++) {
		const struct range *range = &values->at[i];

		if (range->first > max)
			break;
		if (range->first > 0)
			node_push(diagram, begin, range->first - 1, outside);
		node_push(diagram, begin, range->last < max ? range->last : max, inside);
		open = range->last < max;
	}
	if (open)
		node_push(diagram, begin, max, outside);
}

uint32_t node_split(struct diagram *diagram, unsigned level, const struct ranges *values,
		    uint32_t inside, uint32_t outside)
{
	size_t begin = node_begin(diagram);

	node_push_split(diagram, level, values, inside, outside);
	return node_finish(diagram, level, begin);
}

size_t edge_of(const struct diagram *diagram, const struct node *node, u128 value)
{
	size_t low = 0, high = node->count - 1;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (edge_last(diagram, node, middle) < value)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static size_t merge_slot(const struct diagram *diagram, uint32_t a, uint32_t b,
			 uint32_t tag)
{
	return mix(mix(a, b), tag) >> 20 & diagram->merge_mask;
}

uint32_t merge_find(const struct diagram *diagram, uint32_t a, uint32_t b, uint32_t tag)
{
	const struct merge *merge = &diagram->merges[merge_slot(diagram, a, b, tag)];

	return merge->a == a + 1 && merge->b == b && merge->tag == tag ? merge->result
								       : DIAGRAM_NO_NODE;
}

void merge_remember(struct diagram *diagram, uint32_t a, uint32_t b, uint32_t tag,
		    uint32_t result)
{
	/* a + 1, so that a zeroed slot remembers nothing */
	diagram->merges[merge_slot(diagram, a, b, tag)] =
		(struct merge){a + 1, b, tag, result};
}
