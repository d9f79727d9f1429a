/* nft_terms.c - From nftables' numbers to the terms of the model. */
#include "backends/nftables/nft_match.h"

#include <string.h>

#include "rules/base/arena.h"

/* One range, without room for more: rules by the hundred thousand have three each. */
struct ranges nft_one_range(u128 first, u128 last, struct arena *arena)
{
	struct ranges numbers = {.at = arena_make(arena, struct range),
				 .count = 1,
				 .capacity = 1};

	numbers.at[0] = (struct range){first, last};
	return numbers;
}

/* -- from nft's numbers to the model's axes ----------------------------------------- */

/* The connection states whose bit is in @numbers. */
static struct ranges states_of(const struct ranges *numbers, struct arena *arena)
{
	static const struct {
		unsigned bit;
		enum ct_state state;
	} states[] = {
		{NFT_CT_INVALID, CT_INVALID},	  {NFT_CT_ESTABLISHED, CT_ESTABLISHED},
		{NFT_CT_RELATED, CT_RELATED},	  {NFT_CT_NEW, CT_NEW},
		{NFT_CT_UNTRACKED, CT_UNTRACKED},
	};
	struct ranges set = {0};

	for (size_t i = 0; i < ARRAY_SIZE(states); i++)
		if (ranges_contain(numbers, states[i].bit))
			ranges_add(&set, (struct range){states[i].state, states[i].state},
				   arena);
	ranges_normalize(&set);
	return set;
}

static struct ranges families_of(const struct ranges *numbers, unsigned ipv4,
				 unsigned ipv6, struct arena *arena)
{
	struct ranges set = {0};

	if (ranges_contain(numbers, ipv4))
		ranges_add(&set, (struct range){FAMILY_IPV4, FAMILY_IPV4}, arena);
	if (ranges_contain(numbers, ipv6))
		ranges_add(&set, (struct range){FAMILY_IPV6, FAMILY_IPV6}, arena);
	ranges_normalize(&set);
	return set;
}

/* ICMP types or codes as numbers of the axis: type << 8 | code */
static struct ranges icmp_of(const struct ranges *numbers, bool codes,
			     struct arena *arena)
{
	struct ranges set = {0};

	for (size_t i = 0; i < numbers->count; i++) {
		u128 first = numbers->at[i].first, last = numbers->at[i].last;

		for (u128 type = 0; codes && type < 256; type++)
			ranges_add(&set,
				   (struct range){type << 8 | first, type << 8 | last},
				   arena);
		if (!codes)
			ranges_add(&set, (struct range){first << 8, last << 8 | 0xff},
				   arena);
	}
	ranges_normalize(&set);
	return set;
}

/* A term for a selector's value in @numbers. */
struct term nft_number_term(const struct nft_selector *selector,
			    const struct ranges *numbers, struct arena *arena)
{
	struct term term = {.kind = TERM_NUMBERS, .field = selector->field};

	switch (selector->type) {
	case NFT_TYPE_IPV4:
	case NFT_TYPE_IPV6:
		term.kind = TERM_ADDRS;
		term.addrs
			.of[selector->type == NFT_TYPE_IPV4 ? FAMILY_IPV4 : FAMILY_IPV6] =
			*numbers;
		break;
	case NFT_TYPE_ICMP_TYPE:
	case NFT_TYPE_ICMPV6_TYPE:
		term.numbers = icmp_of(numbers, false, arena);
		break;
	case NFT_TYPE_ICMP_CODE:
	case NFT_TYPE_ICMPV6_CODE:
		term.numbers = icmp_of(numbers, true, arena);
		break;
	case NFT_TYPE_CT_STATE:
		term.numbers = states_of(numbers, arena);
		break;
	case NFT_TYPE_NFPROTO:
		term.numbers =
			families_of(numbers, NFT_NFPROTO_IPV4, NFT_NFPROTO_IPV6, arena);
		break;
	case NFT_TYPE_ETHERTYPE:
		term.numbers = families_of(numbers, NFT_ETHERTYPE_IPV4,
					   NFT_ETHERTYPE_IPV6, arena);
		break;
	case NFT_TYPE_PROTOCOL:
	case NFT_TYPE_SERVICE:
	case NFT_TYPE_TCP_FLAGS:
	case NFT_TYPE_MARK:
		term.numbers = *numbers;
		break;
	case NFT_TYPE_OPAQUE:
	case NFT_TYPE_INTERFACE:
		BUG("numbers of type %d", (int)selector->type);
	}
	return term;
}

/* -- alternatives ------------------------------------------------------------------- */

struct match *nft_add_choice(struct term *term, struct arena *arena)
{
	return arena_push(arena, term->choices.at, term->choices.count,
			  term->choices.capacity);
}

void nft_add_term(struct match *match, struct term term, struct arena *arena)
{
	struct term *added;

	if (!match->terms) { /* most matches have few terms: no room for eight */
		match->terms = arena_array(arena, 2, struct term);
		match->capacity = 2;
	}
	added = match_add(match, term.kind, arena);
	*added = term;
}

struct term nft_unknown_term(const char *name)
{
	return (struct term){.kind = TERM_UNKNOWN, .unknown = name};
}

/* A condition that no packet meets. */
struct term nft_never(void)
{
	return (struct term){.kind = TERM_NUMBERS, .field = FIELD_FAMILY};
}

static const unsigned with_ports[] = {PROTOCOL_TCP, PROTOCOL_UDP, PROTOCOL_DCCP,
				      PROTOCOL_SCTP, PROTOCOL_UDPLITE};

bool nft_has_ports(unsigned protocol)
{
	for (size_t i = 0; i < ARRAY_SIZE(with_ports); i++)
		if (with_ports[i] == protocol)
			return true;
	return false;
}

struct ranges nft_port_protocols(struct arena *arena)
{
	struct ranges set = {0};

	for (size_t i = 0; i < ARRAY_SIZE(with_ports); i++)
		ranges_add(&set, (struct range){with_ports[i], with_ports[i]}, arena);
	ranges_normalize(&set);
	return set;
}

/* -- concatenations ----------------------------------------------------------------- */

/**
 * struct tuples - The elements of a concatenation, to be said in few alternatives
 * @free:	the field in which elements of one alternative may differ
 */
struct tuples {
	const struct nft_test *test;
	const struct nft_part *parts;
	size_t count;
	unsigned width;
	unsigned free;
};

static int compare_part(const struct nft_part *a, const struct nft_part *b)
{
	if (a->word && b->word)
		return strcmp(a->word, b->word);
	if (a->range.first != b->range.first)
		return a->range.first < b->range.first ? -1 : 1;
	if (a->range.last != b->range.last)
		return a->range.last < b->range.last ? -1 : 1;
	return 0;
}

/* By all fields but the free one. */
static int compare_tuple(const struct tuples *tuples, size_t a, size_t b)
{
	const struct nft_part *x = tuples->parts + a * tuples->width;
	const struct nft_part *y = tuples->parts + b * tuples->width;
	int order = 0;

	for (unsigned i = 0; i < tuples->width && !order; i++)
		if (i != tuples->free)
			order = compare_part(x + i, y + i);
	return order;
}

/* Bottom-up merge sort of element numbers: stable, and n log n for every input. */
static size_t *sort_tuples(const struct tuples *tuples, struct arena *arena)
{
	size_t count = tuples->count;
	size_t *from = arena_array(arena, count, size_t),
	       *to = arena_array(arena, count, size_t);

	for (size_t i = 0; i < count; i++)
		from[i] = i;
	for (size_t step = 1; step < count; step *= 2) {
		size_t *swap = from;

		for (size_t low = 0; low < count; low += 2 * step) {
			size_t middle = low + step < count ? low + step : count;
			size_t high = middle + step < count ? middle + step : count;
			size_t a = low, b = middle;

			for (size_t k = low; k < high; k++) {
				bool left = b >= high ||
					    (a < middle && compare_tuple(tuples, from[a],
									 from[b]) <= 0);

				to[k] = left ? from[a++] : from[b++];
			}
		}
		from = to;
		to = swap;
	}
	return from;
}

static size_t group_end(const struct tuples *tuples, const size_t *order, size_t begin)
{
	size_t end = begin + 1;

	while (end < tuples->count && !compare_tuple(tuples, order[begin], order[end]))
		end++;
	return end;
}

/* Field @field of the elements [@begin, @end) of @order. */
static struct term part_term(const struct tuples *tuples, const size_t *order,
			     size_t begin, size_t end, unsigned field,
			     struct arena *arena)
{
	const struct nft_selector *selector = &tuples->test->at[field];
	struct term term = {.kind = TERM_SYMBOLS, .field = selector->field};
	struct ranges numbers = {.at = arena_array(arena, end - begin, struct range),
				 .capacity = end - begin};

	if (selector->type == NFT_TYPE_INTERFACE) {
		term.symbols.at = arena_array(arena, end - begin, const char *);
		term.symbols.count = term.symbols.capacity = end - begin;
		for (size_t i = begin; i < end; i++)
			term.symbols.at[i - begin] =
				tuples->parts[order[i] * tuples->width + field].word;
		return term;
	}
	for (size_t i = begin; i < end; i++)
		ranges_add(&numbers,
			   tuples->parts[order[i] * tuples->width + field].range, arena);
	ranges_normalize(&numbers);
	return nft_number_term(selector, &numbers, arena);
}

/* One alternative for each group of elements that differ in one field only: the field
 * that makes the fewest. */
void nft_add_tuples(const struct nft_test *test, const struct nft_content *content,
		    struct term *choice, struct arena *arena)
{
	struct tuples tuples = {test, content->parts, content->part_count / test->count,
				test->count, 0};
	size_t fewest = SIZE_MAX, *order = NULL;
	unsigned best = 0;

	for (tuples.free = 0; tuples.free < tuples.width; tuples.free++) {
		size_t *sorted = sort_tuples(&tuples, arena), groups = 0;

		for (size_t i = 0; i < tuples.count; i = group_end(&tuples, sorted, i))
			groups++;
		if (groups < fewest) {
			fewest = groups;
			best = tuples.free;
			order = sorted;
		}
	}
	tuples.free = best;
	for (size_t i = 0, end; i < tuples.count; i = end) {
		struct match *match = nft_add_choice(choice, arena);

		end = group_end(&tuples, order, i);
		match->terms = arena_array(arena, tuples.width, struct term);
		match->capacity = tuples.width;
		for (unsigned j = 0; j < tuples.width; j++)
			nft_add_term(match,
				     part_term(&tuples, order, i, j == best ? end : i + 1,
					       j, arena),
				     arena);
	}
}
