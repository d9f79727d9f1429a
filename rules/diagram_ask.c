/* diagram_ask.c - Questions to a diagram: members, witnesses, counts, covers. */
#include "rules/diagram_store.h"

#include <stdlib.h>
#include <string.h>

#include "rules/base/arena.h"

/* The value of a packet on a level below the unknowns. */
static u128 packet_value(const struct space *space, const struct packet *packet,
			 unsigned level)
{
	enum field field = level_field(level);

	switch (field_info(field)->kind) {
	case FIELD_KIND_ADDRS:
		return field == FIELD_DESTINATION ? packet->destination : packet->source;
	case FIELD_KIND_SYMBOLS:
		if (!packet->word[field])
			return field_is_interface(field) ? space_max(space, level) : 0;
		return space_symbol_value(space, field, packet->word[field]);
	case FIELD_KIND_NAMES:
		return packet->word[field] ? name_axis_value(space_name_axis(space),
							     packet->word[field])
					   : 0;
	case FIELD_KIND_NUMBERS:
		break;
	}
	return field == FIELD_FAMILY ? packet->family : packet->number[field];
}

struct decision decision_at(const struct diagram *diagram, struct decision decision,
			    const struct packet *packet)
{
	uint32_t node = decision.node;

	while (level_of(diagram, node) < LEVEL_UNKNOWN) {
		const struct node *at = &diagram->nodes[node];
		u128 value = packet_value(diagram->space, packet, at->level);

		node = edge_child(diagram, at, edge_of(diagram, at, value));
	}
	return (struct decision){node};
}

bool pset_contains(const struct diagram *diagram, struct pset a,
		   const struct packet *packet)
{
	return decision_at(diagram, (struct decision){a.node}, packet).node == TRUE_LEAF;
}

/* Walking every node below one, each once. */
struct walk {
	const struct diagram *diagram;
	unsigned char *seen;
	void (*visit_leaf)(void *context, uint32_t leaf);
	void (*visit_level)(void *context, uint32_t level);
	void *context;
};

static void walk(struct walk *job, uint32_t node)
{
	const struct diagram *diagram = job->diagram;

	if (is_leaf(node)) {
		if (job->visit_leaf)
			job->visit_leaf(job->context, leaf_of(node));
		return;
	}
	if (job->seen[node])
		return;
	job->seen[node] = 1;
	if (job->visit_level)
		job->visit_level(job->context, diagram->nodes[node].level);
	for (size_t i = 0; i < diagram->nodes[node].count; i++)
		walk(job, edge_child(diagram, &diagram->nodes[node], i));
}

static void free_bytes(unsigned char **bytes)
{
	free(*bytes);
}

static void walk_from(struct diagram *diagram, uint32_t node, struct walk *job)
{
	CLEANUP(free_bytes) unsigned char *seen = calloc(diagram->node_count + 1, 1);

	if (!seen) {
		diagram->exceeded = true;
		return;
	}
	job->diagram = diagram;
	job->seen = seen;
	walk(job, node);
}

/* Leaves may be met many times; each is passed on once. */
struct leaf_once {
	uint32_t *leaves;
	size_t count, capacity;
	struct arena *arena;
};

static void collect_leaf(void *context, uint32_t leaf)
{
	struct leaf_once *once = context;

	if (once->count && once->leaves[once->count - 1] == leaf)
		return;
	*arena_push(once->arena, once->leaves, once->count, once->capacity) = leaf;
}

static int compare_leaves(const void *a, const void *b)
{
	const uint32_t *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

void decision_leaves(struct diagram *diagram, struct decision decision,
		     void (*visit)(void *context, uint32_t leaf), void *context)
{
	CLEANUP(arena_cleanup) struct arena *scratch = arena_new();
	struct leaf_once once = {.arena = scratch};
	struct walk job = {.visit_leaf = collect_leaf, .context = &once};

	walk_from(diagram, decision.node, &job);
	if (once.count)
		qsort(once.leaves, once.count, sizeof(*once.leaves), compare_leaves);
	for (size_t i = 0; i < once.count; i++)
		if (!i || once.leaves[i] != once.leaves[i - 1])
			visit(context, once.leaves[i]);
}

static void note_level(void *context, uint32_t level)
{
	bool *levels = context;

	levels[level] = true;
}

size_t decision_unknowns(struct diagram *diagram, struct decision decision,
			 const char **names, size_t max)
{
	unsigned levels = space_levels(diagram->space);
	CLEANUP(arena_cleanup) struct arena *scratch = arena_new();
	bool *met = arena_array(scratch, levels, bool);
	struct walk job = {.visit_level = note_level, .context = met};
	size_t count = 0;

	walk_from(diagram, decision.node, &job);
	for (unsigned level = LEVEL_UNKNOWN; level < levels; level++) {
		if (!met[level])
			continue;
		if (count < max)
			names[count] = space_unknown_name(diagram->space, level);
		count++;
	}
	return count;
}

/* Values that people know at sight, where a set leaves the choice: tcp 443, a new flow
 * begun by a SYN, from a port above the well-known ones. */
static u128 familiar_value(const struct space *space, unsigned level)
{
	switch (level_field(level)) {
	case FIELD_FAMILY:
		return FAMILY_IPV4;
	case FIELD_DESTINATION:
		/* TEST-NET-1 (RFC 5737) and 2001:db8::/32 (RFC 3849) */
		return level == LEVEL_DESTINATION_IPV4 ? 0xc0000201u
						       : (u128)0x20010db8 << 96 | 1;
	case FIELD_SOURCE:
		return level == LEVEL_SOURCE_IPV4 ? 0xc6336401u
						  : (u128)0x20010db8 << 96 | 0x10001;
	case FIELD_PROTOCOL:
		return PROTOCOL_TCP;
	case FIELD_DESTINATION_PORT:
		return 443;
	case FIELD_SOURCE_PORT:
		return 40000;
	case FIELD_ICMP:
		return 8 << 8; /* echo request */
	case FIELD_TCP_FLAGS:
		return TCP_SYN;
	case FIELD_STATE:
		return CT_NEW;
	case FIELD_IN_INTERFACE:
	case FIELD_OUT_INTERFACE:
		return space_max(space, level);
	case FIELD_MARK:
	case FIELD_NAME:
	case FIELD_METHOD:
	case FIELD_APPLICATION:
	case FIELD_COUNT:
		break;
	}
	return 0;
}

static void set_packet_value(const struct space *space, struct packet *packet,
			     unsigned level, u128 value)
{
	enum field field = level_field(level);

	switch (field_info(field)->kind) {
	case FIELD_KIND_ADDRS:
		if (field == FIELD_DESTINATION)
			packet->destination = value;
		else
			packet->source = value;
		return;
	case FIELD_KIND_SYMBOLS:
		packet->word[field] = space_symbol(space, field, value);
		if (strcmp(packet->word[field], SYMBOL_OTHER) == 0 &&
		    field_is_interface(field))
			packet->word[field] = NULL;
		return;
	case FIELD_KIND_NAMES:
		packet->word[field] = name_axis_witness(space_name_axis(space), value);
		return;
	case FIELD_KIND_NUMBERS:
		break;
	}
	if (field == FIELD_FAMILY)
		packet->family = (enum family)value;
	else
		packet->number[field] = (uint32_t)value;
}

/* An edge that leads into the set: the one of @wanted if it does, else the first. */
static size_t edge_into(const struct diagram *diagram, const struct node *node,
			u128 wanted)
{
	size_t index = edge_of(diagram, node, wanted);

	if (edge_child(diagram, node, index) != FALSE_LEAF)
		return index;
	for (index = 0; edge_child(diagram, node, index) == FALSE_LEAF; index++)
		;
	return index;
}

void pset_witness(const struct diagram *diagram, struct pset a, struct packet *ret_packet)
{
	uint32_t node = a.node;
	struct packet packet = {0};

	if (node == FALSE_LEAF)
		BUG("a witness of the empty set");
	for (unsigned level = 0; level < LEVEL_UNKNOWN; level++) {
		u128 value = familiar_value(diagram->space, level);

		if (level > LEVEL_FAMILY && !level_exists(level, packet.family))
			continue;
		if (level_of(diagram, node) == level) {
			const struct node *at = &diagram->nodes[node];
			size_t index = edge_into(diagram, at, value);

			if (index != edge_of(diagram, at, value))
				value = index ? edge_last(diagram, at, index - 1) + 1 : 0;
			node = edge_child(diagram, at, index);
		}
		set_packet_value(diagram->space, &packet, level, value);
	}
	*ret_packet = packet;
}

/* How many points the levels from @from up to but not @to have, for a family. */
static struct count levels_between(const struct space *space, unsigned from, unsigned to,
				   enum family family)
{
	struct count product = count_from(1);

	for (unsigned level = from; level < to && level < LEVEL_UNKNOWN; level++) {
		struct count size = count_from(space_max(space, level));
		struct count one = count_from(1);

		if (!level_exists(level, family))
			continue;
		size = count_add(&size, &one);
		product = count_multiply(&product, &size);
	}
	return product;
}

struct counting {
	struct diagram *diagram;
	enum family family;
	struct count **done; /* by node: points of the levels from the node's on */
	struct arena *arena;
};

static struct count count_below(struct counting *job, uint32_t node);

/* Points below @node when the levels from @from on are counted. */
static struct count count_from_level(struct counting *job, uint32_t node, unsigned from)
{
	struct count below = count_below(job, node), between;
	uint32_t level = level_of(job->diagram, node);

	between = levels_between(job->diagram->space, from,
				 level < LEVEL_UNKNOWN ? level : LEVEL_UNKNOWN,
				 job->family);
	return count_multiply(&between, &below);
}

static struct count count_below(struct counting *job, uint32_t node)
{
	const struct node *at;
	struct count sum = count_from(0), each = sum;
	uint32_t counted = FALSE_LEAF; /* the child that has @each points */
	u128 next = 0;

	if (node == FALSE_LEAF)
		return sum;
	if (level_of(job->diagram, node) >= LEVEL_UNKNOWN)
		return count_from(1);
	if (job->done[node])
		return *job->done[node];
	at = &job->diagram->nodes[node];
	for (size_t i = 0; i < at->count; i++) {
		u128 last = edge_last(job->diagram, at, i), first = next;
		uint32_t child = edge_child(job->diagram, at, i);
		struct count width, one, points;

		next = last + 1;
		if (child == FALSE_LEAF)
			continue;
		/* Of 100 000 edges to a few children nearly all lead where the last did.
		 */
		if (child != counted)
			each = count_from_level(job, child, at->level + 1);
		counted = child;
		width = count_from(last - first);
		one = count_from(1);
		width = count_add(&width, &one); /* 2^128 does not fit u128 */
		points = count_multiply(&width, &each);
		sum = count_add(&sum, &points);
	}
	job->done[node] = arena_make(job->arena, struct count);
	*job->done[node] = sum;
	return sum;
}

/* What a function becomes for one family. */
static uint32_t family_child(const struct diagram *diagram, uint32_t node,
			     enum family family)
{
	if (level_of(diagram, node) != LEVEL_FAMILY)
		return node;
	return edge_child(diagram, &diagram->nodes[node],
			  edge_of(diagram, &diagram->nodes[node], family));
}

struct count pset_count(struct diagram *diagram, struct pset a)
{
	CLEANUP(arena_cleanup) struct arena *scratch = arena_new();
	struct count sum = count_from(0);

	for (unsigned family = 0; family < FAMILY_COUNT; family++) {
		struct counting job = {
			.diagram = diagram,
			.family = (enum family)family,
			.done = arena_array(scratch, diagram->node_count + 1,
					    struct count *),
			.arena = scratch,
		};
		struct count points =
			count_from_level(&job, family_child(diagram, a.node, job.family),
					 LEVEL_FAMILY + 1);

		sum = count_add(&sum, &points);
	}
	return sum;
}

struct addr_set pset_destinations(struct diagram *diagram, struct pset a,
				  struct arena *arena)
{
	struct addr_set set = {0};

	for (unsigned family = 0; family < FAMILY_COUNT; family++) {
		uint32_t node = family_child(diagram, a.node, (enum family)family);
		unsigned level = family == FAMILY_IPV4 ? LEVEL_DESTINATION_IPV4
						       : LEVEL_DESTINATION_IPV6;
		const struct node *at;
		u128 next = 0;

		if (node == FALSE_LEAF)
			continue;
		if (level_of(diagram, node) != level) {
			set.of[family] =
				ranges_full(family_bits((enum family)family), arena);
			continue;
		}
		at = &diagram->nodes[node];
		for (size_t i = 0; i < at->count; i++) {
			u128 last = edge_last(diagram, at, i);

			if (edge_child(diagram, at, i) != FALSE_LEAF)
				ranges_add(&set.of[family], (struct range){next, last},
					   arena);
			next = last + 1;
		}
		ranges_normalize(&set.of[family]);
	}
	return set;
}

/* Listing boxes: the path from the root, one term a level that was split. */
struct cover {
	struct diagram *diagram;
	struct arena *arena;
	size_t left;
	bool complete;
	decision_box_fn *box;
	void *context;
	struct match match;
};

static void cover_node(struct cover *job, uint32_t node);

static void add_box_term(struct cover *job, unsigned level, const struct ranges *values)
{
	enum field field = level_field(level);
	struct addr_set addrs = {0};

	if (level >= LEVEL_UNKNOWN) {
		match_unknown(&job->match, space_unknown_name(job->diagram->space, level),
			      values->at[0].first == 0, job->arena);
	} else if (field_info(field)->kind == FIELD_KIND_ADDRS) {
		addrs.of[level_is_wide(level) ? FAMILY_IPV6 : FAMILY_IPV4] = *values;
		match_addrs(&job->match, field, &addrs, job->arena);
	} else {
		match_numbers(&job->match, field, values, job->arena);
	}
}

/* Takes back the terms from @count on; match_add() relies on their room being zero. */
static void cut_terms(struct cover *job, size_t count)
{
	while (job->match.count > count)
		job->match.terms[--job->match.count] = (struct term){0};
}

/* Adds the term "one of the words of @values", or not one of them.  Returns all that the
 * words of the term mean: a pattern takes in every narrower one. */
static struct ranges add_words_term(struct cover *job, enum field field,
				    const struct ranges *values, bool negated)
{
	const struct space *space = job->diagram->space;
	struct term *term = match_add(&job->match, TERM_SYMBOLS, job->arena);

	term->field = field;
	term->negated = negated;
	for (size_t i = 0; i < values->count; i++)
		for (u128 value = values->at[i].first; value <= values->at[i].last;
		     value++)
			*arena_push(job->arena, term->symbols.at, term->symbols.count,
				    term->symbols.capacity) =
				space_symbol(space, field, value);
	return space_symbols(space, field, &term->symbols, job->arena);
}

/*
 * Words are listed, or where "any other" is among them, what they are not.  Both may mean
 * more than they should: "veth*" takes in "veth1", which has a value of its own.  What is
 * too much is excepted ("veth*" and not "veth1*"), and what the exception takes with it
 * ("veth12") makes another box.  Each round leaves narrower patterns than the one before.
 */
static void cover_words(struct cover *job, unsigned level, struct ranges values,
			uint32_t child)
{
	enum field field = level_field(level);
	u128 max = space_max(job->diagram->space, level);
	size_t terms = job->match.count;
	struct ranges full = ranges_one(0, max, job->arena);

	while (values.count && job->complete) {
		bool negated = ranges_contain(&values, max);
		struct ranges listed = values, meant, extra;

		if (negated)
			listed = ranges_subtract(&full, &values, job->arena);
		meant = add_words_term(job, field, &listed, negated);
		extra = ranges_subtract(&meant, &listed, job->arena);
		values = extra;
		if (!negated && extra.count) {
			meant = add_words_term(job, field, &extra, true);
			values = ranges_intersect(&meant, &listed, job->arena);
		}
		cover_node(job, child);
		cut_terms(job, terms);
	}
}

/* What one piece of a set of names needs on its way to the boxes. */
struct names_cover {
	struct cover *job;
	uint32_t child;
};

static void cover_piece(void *context, const struct name_piece *piece)
{
	const struct names_cover *names = context;
	struct cover *job = names->job;
	size_t terms = job->match.count;

	if (!job->complete)
		return;
	match_name(&job->match, piece->of, false, job->arena);
	if (piece->has_also)
		match_name(&job->match, piece->also, false, job->arena);
	if (piece->except.count) {
		struct term *term = match_add(&job->match, TERM_NAMES, job->arena);

		term->field = FIELD_NAME;
		term->negated = true;
		term->names = piece->except;
	}
	cover_node(job, names->child);
	cut_terms(job, terms);
}

/* No name at all is "not any name"; the rest goes piece by piece. */
static void cover_names(struct cover *job, const struct ranges *values, uint32_t child)
{
	const struct name_axis *axis = space_name_axis(job->diagram->space);
	const struct name_pattern any = {NAME_SUFFIX, ""};
	struct names_cover names = {job, child};
	size_t terms = job->match.count;

	if (ranges_contain(values, 0)) {
		match_name(&job->match, any, true, job->arena);
		cover_node(job, child);
		cut_terms(job, terms);
	}
	name_axis_pieces(axis, values, job->arena, cover_piece, &names);
}

/* Edges of one node that lead to the same child make one box dimension. */
static void cover_child(struct cover *job, uint32_t node, size_t index)
{
	const struct node *at = &job->diagram->nodes[node];
	uint32_t child = edge_child(job->diagram, at, index);
	unsigned level = at->level;
	struct ranges values = {0};
	size_t terms = job->match.count;

	for (size_t i = 0; i < index; i++)
		if (edge_child(job->diagram, at, i) == child)
			return; /* went with an earlier edge */
	for (size_t i = index; i < at->count; i++) {
		u128 first = i ? edge_last(job->diagram, at, i - 1) + 1 : 0;

		if (edge_child(job->diagram, at, i) == child)
			ranges_add(&values,
				   (struct range){first, edge_last(job->diagram, at, i)},
				   job->arena);
	}
	ranges_normalize(&values);
	if (level < LEVEL_UNKNOWN &&
	    field_info(level_field(level))->kind == FIELD_KIND_SYMBOLS) {
		cover_words(job, level, values, child);
		return;
	}
	if (level < LEVEL_UNKNOWN &&
	    field_info(level_field(level))->kind == FIELD_KIND_NAMES) {
		cover_names(job, &values, child);
		return;
	}
	add_box_term(job, level, &values);
	cover_node(job, child);
	cut_terms(job, terms);
}

static void cover_node(struct cover *job, uint32_t node)
{
	const struct diagram *diagram = job->diagram;
	struct match box;

	if (node == FALSE_LEAF || !job->complete)
		return;
	if (!is_leaf(node)) {
		/* The nodes move when job->box makes new ones, so none is held here. */
		for (size_t i = 0; i < diagram->nodes[node].count && job->complete; i++)
			if (edge_child(diagram, &diagram->nodes[node], i) != FALSE_LEAF)
				cover_child(job, node, i);
		return;
	}
	if (!job->left) {
		job->complete = false;
		return;
	}
	job->left--;
	box = (struct match){0};
	for (size_t i = 0; i < job->match.count; i++)
		*match_add(&box, TERM_UNKNOWN, job->arena) = job->match.terms[i];
	job->box(&box, leaf_of(node), job->context);
}

bool decision_cover(struct diagram *diagram, struct decision decision, size_t limit,
		    struct arena *arena, decision_box_fn *box, void *context)
{
	struct cover job = {
		.diagram = diagram,
		.arena = arena,
		.left = limit,
		.complete = true,
		.box = box,
		.context = context,
	};

	cover_node(&job, decision.node);
	return job.complete;
}

struct set_cover {
	pset_box_fn *box;
	void *context;
};

static void pass_box(const struct match *box, uint32_t leaf, void *context)
{
	const struct set_cover *cover = context;

	(void)leaf;
	cover->box(box, cover->context);
}

bool pset_cover(struct diagram *diagram, struct pset a, size_t limit, struct arena *arena,
		pset_box_fn *box, void *context)
{
	struct set_cover cover = {box, context};

	return decision_cover(diagram, (struct decision){a.node}, limit, arena, pass_box,
			      &cover);
}
