/* nft_match.c - Matches: what a packet must be. */
#include <string.h>

#include "backends/nftables/nft_rules.h"
#include "rules/base/arena.h"

enum operator{ OP_IMPLICIT, OP_EQ, OP_NE, OP_LT, OP_GT, OP_LE, OP_GE, OP_NOT };

/**
 * struct test - One match
 * @mask:	of "& mask"; all ones without it
 * @begin:	where it stands
 * @branch:	of a verdict map, from 1: what is not known of two branches differs
 */
struct test {
	struct nft_selector at[NFT_MAX_FIELDS];
	unsigned count;
	bool masked;
	u128 mask;
	enum operator op;
	struct nft_lexer begin;
	size_t branch;
	bool opaque; /* a part of it is not modelled */
	bool moves;
};

/* Protocols whose headers begin with source and destination port. */
static const unsigned with_ports[] = {PROTOCOL_TCP, PROTOCOL_UDP, PROTOCOL_DCCP,
				      PROTOCOL_SCTP, PROTOCOL_UDPLITE};

static bool has_ports(unsigned protocol)
{
	for (size_t i = 0; i < ARRAY_SIZE(with_ports); i++)
		if (with_ports[i] == protocol)
			return true;
	return false;
}

/* One range, without room for more: rules by the hundred thousand have three each. */
static struct ranges one_range(u128 first, u128 last, struct arena *arena)
{
	struct ranges numbers = {.at = arena_make(arena, struct range), .count = 1,
				 .capacity = 1};

	numbers.at[0] = (struct range){first, last};
	return numbers;
}

static void imply(struct nft_reader *reader, enum field field, u128 number)
{
	struct ranges numbers = one_range(number, number, reader->importer->arena);

	match_numbers(&reader->match, field, &numbers, reader->importer->arena);
}

void nft_imply_family(struct nft_reader *reader, enum family family)
{
	if (reader->family == (int)family)
		return;
	imply(reader, FIELD_FAMILY, family);
	reader->family = (int)family;
}

void nft_imply_protocol(struct nft_reader *reader, unsigned protocol)
{
	if (reader->protocol == (int)protocol)
		return;
	imply(reader, FIELD_PROTOCOL, protocol);
	reader->protocol = (int)protocol;
	reader->has_ports = has_ports(protocol);
}

void nft_imply(struct nft_reader *reader, const struct nft_selector *selector)
{
	if (selector->family >= 0 && !(selector->weak_family && reader->family >= 0))
		nft_imply_family(reader, (enum family)selector->family);
	if (selector->protocol >= 0)
		nft_imply_protocol(reader, (unsigned)selector->protocol);
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
static struct term number_term(const struct nft_selector *selector,
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

static struct match *add_choice(struct term *term, struct arena *arena)
{
	return arena_push(arena, term->choices.at, term->choices.count,
			  term->choices.capacity);
}

static void add_term(struct match *match, struct term term, struct arena *arena)
{
	struct term *added;

	if (!match->terms) { /* most matches have few terms: no room for eight */
		match->terms = arena_array(arena, 2, struct term);
		match->capacity = 2;
	}
	added = match_add(match, term.kind, arena);
	*added = term;
}

static struct term unknown_term(const char *name)
{
	return (struct term){.kind = TERM_UNKNOWN, .unknown = name};
}

/* A condition that no packet meets. */
static struct term never(void)
{
	return (struct term){.kind = TERM_NUMBERS, .field = FIELD_FAMILY};
}

static struct ranges port_protocols(struct arena *arena)
{
	struct ranges set = {0};

	for (size_t i = 0; i < ARRAY_SIZE(with_ports); i++)
		ranges_add(&set, (struct range){with_ports[i], with_ports[i]}, arena);
	ranges_normalize(&set);
	return set;
}

static bool is_subset(const struct ranges *a, const struct ranges *b, struct arena *arena)
{
	struct ranges rest = ranges_subtract(a, b, arena);

	return rest.count == 0;
}

/* -- concatenations ----------------------------------------------------------------- */

/**
 * struct tuples - The elements of a concatenation, to be said in few alternatives
 * @free:	the field in which elements of one alternative may differ
 */
struct tuples {
	const struct test *test;
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
	return number_term(selector, &numbers, arena);
}

/* One alternative for each group of elements that differ in one field only: the field
 * that makes the fewest. */
static void add_tuples(const struct test *test, const struct nft_content *content,
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
		struct match *match = add_choice(choice, arena);

		end = group_end(&tuples, order, i);
		match->terms = arena_array(arena, tuples.width, struct term);
		match->capacity = tuples.width;
		for (unsigned j = 0; j < tuples.width; j++)
			add_term(match,
				 part_term(&tuples, order, i, j == best ? end : i + 1, j,
					   arena),
				 arena);
	}
}

/* -- one match ---------------------------------------------------------------------- */

/* The numbers x with (x & mask) in @numbers. */
static bool unmask(const struct test *test, const struct ranges *numbers,
		   struct arena *arena, struct ranges *ret_numbers)
{
	unsigned bits = nft_type_bits(test->at[0].type);
	struct ranges set = {0};

	if (!test->masked) {
		*ret_numbers = *numbers;
		return true;
	}
	for (size_t i = 0; i < numbers->count; i++) {
		const struct range *range = &numbers->at[i];

		if (range->last - range->first >= NFT_MAX_MASK_RANGES)
			return false;
		for (u128 value = range->first;; value++) {
			struct ranges one;

			if (!ranges_masked(test->mask, value, bits, NFT_MAX_MASK_RANGES,
					   arena, &one) ||
			    set.count + one.count > NFT_MAX_MASK_RANGES)
				return false;
			for (size_t j = 0; j < one.count; j++)
				ranges_add(&set, one.at[j], arena);
			if (value == range->last)
				break;
		}
	}
	ranges_normalize(&set);
	*ret_numbers = set;
	return true;
}

/* The numbers whose comparison with @range holds. */
static bool compared(const struct test *test, const struct range *range,
		     struct arena *arena, struct ranges *ret_numbers)
{
	enum nft_type type = test->at[0].type;
	unsigned bits = nft_type_bits(type);
	bool one = range->first == range->last;
	struct ranges numbers = {0};
	enum operator op = test->op;

	if (op == OP_NOT ||
	    (op == OP_IMPLICIT && nft_type_is_bitmask(type) && one && !test->masked)) {
		if (!nft_type_is_bitmask(type) || !one || test->masked ||
		    !ranges_masked(range->first, 0, bits, NFT_MAX_MASK_RANGES, arena,
				   &numbers))
			return false;
		if (op == OP_IMPLICIT)
			numbers = ranges_complement(&numbers, bits, arena);
		*ret_numbers = numbers;
		return true;
	}
	switch (op) {
	case OP_LT:
		if (range->first)
			numbers = one_range(0, range->first - 1, arena);
		break;
	case OP_LE:
		numbers = one_range(0, range->first, arena);
		break;
	case OP_GT:
		if (range->first < u128_mask(bits))
			numbers = one_range(range->first + 1, u128_mask(bits), arena);
		break;
	case OP_GE:
		numbers = one_range(range->first, u128_mask(bits), arena);
		break;
	case OP_IMPLICIT:
	case OP_EQ:
	case OP_NE:
	case OP_NOT:
		numbers = one_range(range->first, range->last, arena);
		break;
	}
	if (!one && op != OP_IMPLICIT && op != OP_EQ && op != OP_NE)
		return false;
	if (!unmask(test, &numbers, arena, &numbers))
		return false;
	if (op == OP_NE)
		numbers = ranges_complement(&numbers, bits, arena);
	*ret_numbers = numbers;
	return true;
}

/* "syn,ack", "syn / syn,ack" and plain numbers, ranges and prefixes */
static bool read_value(struct nft_reader *reader, struct test *test,
		       struct range *ret_range)
{
	struct nft_lexer *lexer = &reader->lexer;
	enum nft_type type = test->at[0].type;
	struct range range;
	u128 next;

	if (!nft_range_read(lexer, type, &range))
		return false;
	if (nft_type_is_bitmask(type) && range.first == range.last) {
		while (nft_take(lexer, NFT_COMMA)) {
			if (!nft_number_read(lexer, type, &next))
				return false;
			range.first = range.last = range.first | next;
		}
		if (nft_take(lexer, NFT_SLASH)) {
			if (test->masked || !nft_number_read(lexer, type, &test->mask))
				return false;
			while (nft_take(lexer, NFT_COMMA)) {
				if (!nft_number_read(lexer, type, &next))
					return false;
				test->mask |= next;
			}
			test->masked = true;
		}
	}
	*ret_range = range;
	return true;
}

/* What a later "th dport" or "tcp dport" need not ask for again. */
static void learn(struct nft_reader *reader, const struct nft_selector *selector,
		  const struct ranges *numbers)
{
	struct arena *arena = reader->importer->arena;
	struct ranges ports;

	if (selector->type == NFT_TYPE_PROTOCOL && numbers->count) {
		ports = port_protocols(arena);
		reader->has_ports |= is_subset(numbers, &ports, arena);
		if (numbers->count == 1 && numbers->at[0].first == numbers->at[0].last)
			reader->protocol = (int)numbers->at[0].first;
	}
	if (selector->field == FIELD_FAMILY && numbers->count == 1) {
		struct term term = number_term(selector, numbers, arena);

		if (term.numbers.count == 1 &&
		    term.numbers.at[0].first == term.numbers.at[0].last)
			reader->family = (int)term.numbers.at[0].first;
	}
}

/* Extension headers of IPv6 (IANA "IPv6 Extension Header Types"), which "ip6 nexthdr"
 * sees and the transport protocol hides. */
static struct ranges extension_headers(struct arena *arena)
{
	static const unsigned headers[] = {0, 43, 44, 51, 60, 135, 139, 140};
	struct ranges set = {0};

	for (size_t i = 0; i < ARRAY_SIZE(headers); i++)
		ranges_add(&set, (struct range){headers[i], headers[i]}, arena);
	ranges_normalize(&set);
	return set;
}

/* The names of what cannot be said about a match, apart from what is listed. */
static const char *name_of(struct nft_reader *reader, const struct test *test)
{
	if (test->branch)
		return arena_printf(reader->importer->arena, "%s branch %zu",
				    nft_text_here(reader, &test->begin, &reader->lexer),
				    test->branch);
	return test->moves ? nft_text_here(reader, &test->begin, &reader->lexer)
			   : nft_text(reader, &test->begin, &reader->lexer);
}

/* Adds a term that may hold beside what @term says, by an unknown. */
static struct term or_unknown(struct term term, const char *unknown, struct arena *arena)
{
	struct term choice = {.kind = TERM_CHOICE};

	if (term.kind == TERM_CHOICE && !term.negated)
		choice = term;
	else
		add_term(add_choice(&choice, arena), term, arena);
	add_term(add_choice(&choice, arena), unknown_term(unknown), arena);
	return choice;
}

/*
 * "th dport 53": exact where the packet has ports.  Where another protocol is possible
 * the same bytes mean something else: there it is an unknown.
 */
static struct term any_transport(struct nft_reader *reader, const struct test *test,
				 struct term term)
{
	struct arena *arena = reader->importer->arena;
	struct ranges ports = port_protocols(arena);
	struct term choice = {.kind = TERM_CHOICE};
	struct term protocol = {.kind = TERM_NUMBERS,
				.field = FIELD_PROTOCOL,
				.numbers = ports};
	struct match *match;

	match = add_choice(&choice, arena);
	add_term(match, protocol, arena);
	add_term(match, term, arena);
	match = add_choice(&choice, arena);
	protocol.numbers = ranges_complement(&ports, 8, arena);
	add_term(match, protocol, arena);
	add_term(match, unknown_term(name_of(reader, test)), arena);
	return choice;
}

/* The core of a match on one number, whatever it implies aside. */
static struct term number_core(struct nft_reader *reader, const struct test *test,
			       struct ranges numbers)
{
	const struct nft_selector *selector = &test->at[0];
	struct arena *arena = reader->importer->arena;
	struct term term = number_term(selector, &numbers, arena);

	if (selector->next_header) {
		struct ranges headers = extension_headers(arena), seen;

		nft_note(reader->importer, NFT_NOTE_NEXT_HEADER, test->begin.now.begin);
		seen = ranges_intersect(&numbers, &headers, arena);
		if (seen.count && test->op != OP_NE)
			return or_unknown(term, name_of(reader, test), arena);
	}
	if (selector->any_transport && !reader->has_ports)
		return any_transport(reader, test, term);
	return term;
}

static void add_core(struct nft_reader *reader, const struct test *test, struct term term)
{
	const struct nft_selector *selector = &test->at[0];
	bool implied = test->count == 1 && term.kind == TERM_ADDRS && !term.negated;

	if (implied && reader->family < 0) /* the addresses say the family themselves */
		reader->family = selector->family;
	for (unsigned i = 0; i < test->count; i++)
		nft_imply(reader, &test->at[i]);
	add_term(&reader->match, term, reader->importer->arena);
}

/* A match on a single value or range. */
static bool single_match(struct nft_reader *reader, struct test *test)
{
	struct ranges numbers;
	struct range range;

	if (!read_value(reader, test, &range) ||
	    !compared(test, &range, reader->importer->arena, &numbers))
		return false;
	add_core(reader, test, number_core(reader, test, numbers));
	learn(reader, &test->at[0], &numbers);
	return true;
}

static bool word_match(struct nft_reader *reader, const struct test *test)
{
	struct arena *arena = reader->importer->arena;
	struct term term = {.kind = TERM_SYMBOLS, .field = test->at[0].field};
	const char *word;

	if (!nft_word_read(&reader->lexer, arena, &word) || test->op > OP_NE)
		return false;
	term.negated = test->op == OP_NE;
	*arena_push(arena, term.symbols.at, term.symbols.count, term.symbols.capacity) =
		word;
	add_core(reader, test, term);
	return true;
}

static bool uses_any_transport(const struct nft_reader *reader, const struct test *test)
{
	for (unsigned i = 0; i < test->count; i++)
		if (test->at[i].any_transport && !reader->has_ports)
			return true;
	return false;
}

/* Does every element of a concatenation name a protocol with ports? */
static bool elements_have_ports(const struct test *test,
				const struct nft_content *content, struct arena *arena)
{
	struct ranges ports = port_protocols(arena);

	for (unsigned i = 0; i < test->count; i++) {
		if (test->at[i].type != NFT_TYPE_PROTOCOL)
			continue;
		for (size_t at = i; at < content->part_count; at += test->count)
			if (content->parts[at].range.first !=
				    content->parts[at].range.last ||
			    !ranges_contain(&ports, content->parts[at].range.first))
				return false;
		return true;
	}
	return false;
}

/* The packets whose key is in @content, as one term; false: it cannot be said. */
static bool content_term(struct nft_reader *reader, const struct test *test,
			 const struct nft_content *content, struct term *ret_term)
{
	struct arena *arena = reader->importer->arena;
	struct term term = {.kind = TERM_CHOICE};
	struct ranges numbers;

	if (test->count > 1) {
		if (test->masked)
			return false;
		add_tuples(test, content, &term, arena);
		if (uses_any_transport(reader, test) &&
		    !elements_have_ports(test, content, arena))
			term = any_transport(reader, test, term);
		if (!term.choices.count)
			term = never();
	} else if (test->at[0].type == NFT_TYPE_INTERFACE) {
		term = content->words.count ? (struct term){.kind = TERM_SYMBOLS,
							    .field = test->at[0].field,
							    .symbols = content->words}
					    : never();
	} else {
		if (!unmask(test, &content->numbers, arena, &numbers))
			return false;
		term = number_core(reader, test, numbers);
	}
	if (content->all)
		term = (struct term){.kind = TERM_NUMBERS,
				     .field = FIELD_FAMILY,
				     .numbers = ranges_full(1, arena)};
	*ret_term = term;
	return true;
}

/* The name of a set as a label: what an emitter may call it again. */
static const char *label_of(struct nft_reader *reader, const struct nft_set *set)
{
	if (!set->name || nft_names_get(&reader->importer->set_uses, set->name,
					set->name_length) != set)
		return NULL;
	return strspn(set->name, "abcdefghijklmnopqrstuvwxyz0123456789_.-") ==
			       set->name_length
		       ? set->name
		       : NULL;
}

/* Turns a term of one number into its opposite; what it implies stays. */
static struct term opposite(const struct test *test, struct term term,
			    struct arena *arena)
{
	const struct nft_selector *selector = &test->at[0];

	if (test->count == 1 && term.kind == TERM_ADDRS && !term.negated) {
		struct ranges *of = &term.addrs.of[selector->family];

		*of = ranges_complement(of, family_bits((enum family)selector->family),
					arena);
		term.label = NULL;
		return term;
	}
	term.negated = !term.negated;
	return term;
}

static bool same_key(const struct test *test, const struct nft_key *key)
{
	if (test->count != key->count)
		return false;
	for (unsigned i = 0; i < test->count; i++)
		if (test->at[i].type != key->at[i])
			return false;
	return true;
}

/* "@name"; NULL when it is no name, or with an error when there is no such set */
static struct nft_set *read_set_name(struct nft_reader *reader)
{
	struct nft_lexer *lexer = &reader->lexer;
	struct nft_set *set;

	nft_next(lexer); /* @ */
	if (!nft_is_name(lexer))
		return NULL;
	set = nft_find_set(reader->table, lexer->text + lexer->now.begin,
			   lexer->now.end - lexer->now.begin);
	if (set)
		nft_next(lexer);
	else
		diag_report(reader->importer->diag, DIAG_NFT_UNDEFINED,
			    nft_span(reader->importer, lexer->now.begin, lexer->now.end),
			    "there is no set '%.*s' in table '%s'",
			    (int)(lexer->now.end - lexer->now.begin),
			    lexer->text + lexer->now.begin, reader->table->label);
	return set;
}

/* "@set" or "{ … }" */
static struct nft_set *read_set(struct nft_reader *reader, const struct test *test,
				bool verdicts)
{
	struct nft_set *set;

	if (reader->lexer.now.kind == NFT_AT) {
		set = read_set_name(reader);
		return set && same_key(test, &set->key) && (!verdicts || set->verdicts)
			       ? set
			       : NULL;
	}
	set = arena_make(reader->importer->arena, struct nft_set);
	set->verdicts = verdicts;
	set->key.count = test->count;
	for (unsigned i = 0; i < test->count; i++)
		set->key.at[i] = test->at[i].type;
	if (!nft_elements_read(reader->importer, &reader->lexer, set))
		return NULL;
	nft_set_normalize(set);
	return set;
}

/* All keys of a map, which as a set holds them all. */
static struct nft_content all_keys(const struct nft_set *set, struct arena *arena)
{
	struct nft_content keys = set->content;

	for (size_t i = 0; i < set->branch_count; i++) {
		const struct nft_content *more = &set->branches[i]->keys;

		keys.numbers = ranges_union(&keys.numbers, &more->numbers, arena);
		for (size_t j = 0; j < more->words.count; j++)
			*arena_push(arena, keys.words.at, keys.words.count,
				    keys.words.capacity) = more->words.at[j];
		for (size_t j = 0; j < more->part_count; j++)
			*arena_push(arena, keys.parts, keys.part_count,
				    keys.part_capacity) = more->parts[j];
		keys.all |= more->all;
		keys.opaque |= more->opaque;
	}
	return keys;
}

static bool set_match(struct nft_reader *reader, const struct test *test)
{
	struct arena *arena = reader->importer->arena;
	bool named = reader->lexer.now.kind == NFT_AT;
	struct nft_set *set = read_set(reader, test, false);
	struct nft_content content;
	struct term term;

	if (!set || (test->op > OP_NE && test->op != OP_NOT))
		return false;
	content = set->verdicts ? all_keys(set, arena) : set->content;
	if (!content_term(reader, test, &content, &term))
		return false;
	if (named && !test->masked && !set->verdicts && term.kind != TERM_CHOICE &&
	    term.field == test->at[0].field)
		term.label = label_of(reader, set);
	if (set->grows && set->name)
		term = or_unknown(term,
				  arena_printf(arena, "%s @%s may hold more",
					       nft_text(reader, &test->begin,
							&reader->lexer),
					       set->name),
				  arena);
	if (content.opaque)
		term = or_unknown(term, name_of(reader, test), arena);
	if (test->op == OP_NE || test->op == OP_NOT)
		term = opposite(test, term, arena);
	add_core(reader, test, term);
	if (test->count == 1 && test->op <= OP_EQ && !content.all && !content.opaque &&
	    !set->grows && !test->masked)
		learn(reader, &test->at[0], &content.numbers);
	return true;
}

static bool may_fail(const struct test *test)
{
	for (unsigned i = 0; i < test->count; i++)
		if (test->at[i].fails)
			return true;
	return false;
}

/*
 * A match that is not modelled: an unknown called by its text.  "x", "== x" and "!= x" of
 * one selector are one unknown, unless a value alone tests bits; "!= x" is its opposite
 * only where every packet has the value.
 */
static bool opaque_match(struct nft_reader *reader, const struct test *test)
{
	bool bits = test->count == 1 && test->at[0].bits;
	bool plain = !bits && !test->moves && !test->masked && test->op <= OP_NE &&
		     !(test->op == OP_NE && may_fail(test));
	struct nft_lexer left = reader->lexer, right;
	struct term term;

	if (test->op != OP_IMPLICIT)
		nft_next(&reader->lexer);
	right = reader->lexer;
	if (!nft_skip_value(&reader->lexer))
		return false;
	if (plain)
		term = unknown_term(
			arena_printf(reader->importer->arena, "%s %s",
				     nft_text(reader, &test->begin, &left),
				     nft_text(reader, &right, &reader->lexer)));
	else
		term = unknown_term(name_of(reader, test));
	term.negated = plain && test->op == OP_NE;
	add_core(reader, test, term);
	return true;
}

/* -- verdict maps ------------------------------------------------------------------- */

/* "*" of a verdict map is every key that no other branch has. */
static bool rest_term(struct nft_reader *reader, const struct test *test,
		      const struct nft_set *set, const struct nft_branch *branch,
		      struct term *ret_term)
{
	struct arena *arena = reader->importer->arena;
	struct nft_set others = {.key = set->key};
	struct nft_content keys;
	struct term term;

	for (size_t i = 0; i < set->branch_count; i++)
		if (set->branches[i] != branch)
			*arena_push(arena, others.branches, others.branch_count,
				    others.branch_capacity) = set->branches[i];
	keys = all_keys(&others, arena);
	if (!content_term(reader, test, &keys, &term))
		return false;
	*ret_term = opposite(test, term, arena);
	return true;
}

static bool is_jump(const struct nft_branch *branch)
{
	return branch->verdict.action == ACTION_JUMP;
}

/*
 * The rules of a verdict map look at the packet one after the other, the map only once:
 * no difference, since their keys are disjoint, unless a jump changes what is looked at.
 */
static bool can_unfold(const struct test *test, const struct nft_set *set)
{
	size_t jumps = 0;
	bool marks = false;

	for (size_t i = 0; i < set->branch_count; i++)
		jumps += is_jump(set->branches[i]);
	for (unsigned i = 0; i < test->count; i++)
		marks |= test->at[i].field == FIELD_MARK && test->at[i].type == NFT_TYPE_MARK;
	return !set->grows && (!marks || jumps <= 1);
}

static bool has_opaque(const struct nft_set *set)
{
	for (size_t i = 0; i < set->branch_count; i++)
		if (set->branches[i]->keys.opaque)
			return true;
	return false;
}

/* The packets that take branch @index; @opaque: of some keys only an unknown is known. */
static bool branch_term(struct nft_reader *reader, const struct test *map,
			const struct nft_set *set, size_t index, bool opaque,
			struct term *ret_term)
{
	struct test at_branch = *map, *test = &at_branch;
	const struct nft_branch *branch = set->branches[index];
	struct arena *arena = reader->importer->arena;
	struct term term = never(), choice = {.kind = TERM_CHOICE};
	const char *name = NULL;
	struct match *both;

	test->branch = index + 1;
	if (test->opaque || opaque)
		name = name_of(reader, test);
	if (!test->opaque &&
	    !(branch->keys.all ? rest_term(reader, test, set, branch, &term)
			       : content_term(reader, test, &branch->keys, &term)))
		return false;
	if (branch->keys.all && opaque && !test->opaque) {
		/* the rest, less what the keys that are not understood take */
		both = add_choice(&choice, arena);
		add_term(both, term, arena);
		add_term(both, unknown_term(name), arena);
		term = choice;
	} else if (test->opaque) {
		term = unknown_term(name);
	} else if (branch->keys.opaque) {
		term = or_unknown(term, name, arena);
	}
	*ret_term = term;
	return true;
}

static bool add_branches(struct nft_reader *reader, const struct test *test,
			 const struct nft_set *set, bool jumps, struct term *go_on)
{
	struct arena *arena = reader->importer->arena;
	bool opaque = has_opaque(set);

	for (size_t i = 0; i < set->branch_count; i++) {
		const struct nft_branch *branch = set->branches[i];
		struct term term;

		if (is_jump(branch) != jumps)
			continue;
		if (!branch_term(reader, test, set, i, opaque, &term))
			return false;
		if (branch->verdict.action == ACTION_CONTINUE)
			add_term(add_choice(go_on, arena), term, arena);
		else if (!nft_add_rule(reader, &term, &branch->verdict))
			return false;
	}
	return true;
}

/* "… vmap @m", "… vmap { … }": a rule for each verdict; no key found ends the rule */
static bool verdict_map(struct nft_reader *reader, const struct test *test)
{
	static const struct nft_verdict nothing = {.action = ACTION_CONTINUE};
	struct term go_on = {.kind = TERM_CHOICE};
	struct nft_set *set = read_set(reader, test, true);

	if (!set || !can_unfold(test, set))
		return false;
	for (unsigned i = 0; i < test->count; i++)
		nft_imply(reader, &test->at[i]);
	if (!set->branch_count) /* it decides nothing now, and is still a rule */
		nft_add_rule(reader, NULL, &nothing);
	if (!add_branches(reader, test, set, false, &go_on) ||
	    !add_branches(reader, test, set, true, &go_on))
		return false;
	if (go_on.choices.count)
		add_term(&reader->match, go_on, reader->importer->arena);
	else
		reader->done = true;
	return true;
}

/* -- the left side ------------------------------------------------------------------ */

static enum operator peek_operator(const struct nft_lexer *lexer)
{
	static const struct {
		enum nft_token_kind kind;
		enum operator op;
	} operators[] = {
		{NFT_EQ, OP_EQ}, {NFT_NE, OP_NE}, {NFT_LT, OP_LT},   {NFT_GT, OP_GT},
		{NFT_LE, OP_LE}, {NFT_GE, OP_GE}, {NFT_NOT, OP_NOT},
	};
	static const struct {
		const char *word;
		enum operator op;
	} words[] = {{"in", OP_EQ}, {"eq", OP_EQ}, {"ne", OP_NE}, {"lt", OP_LT},
		     {"gt", OP_GT}, {"le", OP_LE}, {"ge", OP_GE}};

	for (size_t i = 0; i < ARRAY_SIZE(operators); i++)
		if (lexer->now.kind == operators[i].kind)
			return operators[i].op;
	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		if (nft_is_word(lexer, words[i].word))
			return words[i].op;
	return OP_IMPLICIT;
}

static bool is_changed(const struct nft_reader *reader, const char *word, size_t length)
{
	return nft_names_get(&reader->importer->changed, word, length);
}

/* Is it what some rule of the text sets? */
static bool is_set(const struct nft_reader *reader, const struct nft_selector *selector)
{
	const char *word = reader->lexer.text + selector->last.begin;
	size_t length = selector->last.end - selector->last.begin;

	if (selector->type == NFT_TYPE_OPAQUE && length == strlen("mark") &&
	    memcmp(word, "mark", length) == 0)
		return is_changed(reader, "ct mark", strlen("ct mark"));
	return is_changed(reader, word, length) ||
	       (selector->marks && is_changed(reader, "mark", strlen("mark")));
}

/* Two tests can differ: of a rate, a random number, or what some rule of the text sets. */
static bool moves(const struct nft_reader *reader, const struct test *test)
{
	for (unsigned i = 0; i < test->count; i++)
		if (test->at[i].moves || is_set(reader, &test->at[i]))
			return true;
	return false;
}

/* "& 0xff", and whatever else is computed before the comparison */
static bool read_mask(struct nft_reader *reader, struct test *test)
{
	static const char *const words[] = {"or", "xor", "and", "lshift", "rshift"};
	struct nft_lexer *lexer = &reader->lexer;
	bool more;

	if (test->count == 1 && !test->opaque && test->at[0].type != NFT_TYPE_INTERFACE &&
	    (nft_take(lexer, NFT_AND) || nft_take_word(lexer, "and"))) {
		struct nft_lexer ahead = *lexer;

		test->masked = true;
		if (nft_number_read(&ahead, test->at[0].type, &test->mask)) {
			*lexer = ahead;
			return true;
		}
		test->opaque = true;
		return nft_skip_value(lexer);
	}
	more = lexer->now.kind == NFT_AND || lexer->now.kind == NFT_OR ||
	       lexer->now.kind == NFT_XOR || lexer->now.kind == NFT_SHIFT_LEFT ||
	       lexer->now.kind == NFT_SHIFT_RIGHT;
	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		more |= nft_is_word(lexer, words[i]);
	if (!more)
		return true;
	test->opaque = test->masked = true;
	nft_next(lexer);
	return nft_skip_value(lexer);
}

static bool read_left(struct nft_reader *reader, struct test *test)
{
	struct nft_lexer *lexer = &reader->lexer;

	do {
		struct nft_selector *selector = &test->at[test->count];

		if (test->count == NFT_MAX_FIELDS || !nft_selector_begins(lexer) ||
		    !nft_selector_read(lexer, selector))
			return false;
		test->opaque |= selector->type == NFT_TYPE_OPAQUE;
		test->count++;
	} while (nft_take(lexer, NFT_DOT));
	test->moves = moves(reader, test);
	return read_mask(reader, test);
}

bool nft_match_read(struct nft_reader *reader)
{
	struct test test = {.begin = reader->lexer};
	struct nft_lexer before;

	if (!read_left(reader, &test))
		return false;
	if (nft_take_word(&reader->lexer, "vmap"))
		return !test.masked && verdict_map(reader, &test);
	test.op = peek_operator(&reader->lexer);
	if (test.opaque)
		return opaque_match(reader, &test);
	before = reader->lexer;
	if (test.op != OP_IMPLICIT)
		nft_next(&reader->lexer);
	if (reader->lexer.now.kind == NFT_AT || reader->lexer.now.kind == NFT_OPEN) {
		size_t errors = diag_errors(reader->importer->diag);

		if (set_match(reader, &test))
			return true;
		if (diag_errors(reader->importer->diag) != errors)
			return false;
	} else if (test.count > 1) {
		return false; /* nft takes concatenations with sets only */
	} else if (test.at[0].type == NFT_TYPE_INTERFACE ? word_match(reader, &test)
							 : single_match(reader, &test)) {
		return true;
	}
	/* A value that is not understood: a host's name, an interface's number. */
	reader->lexer = before;
	return opaque_match(reader, &test);
}
