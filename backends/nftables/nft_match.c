/* nft_match.c - Matches: what a packet must be. */
#include "backends/nftables/nft_match.h"

#include <string.h>

#include "backends/nftables/nft_blocks.h"
#include "rules/base/arena.h"

static void imply(struct nft_reader *reader, enum field field, u128 number)
{
	struct ranges numbers = nft_one_range(number, number, reader->importer->arena);

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
	reader->has_ports = nft_has_ports(protocol);
}

/* nft takes a packet for one family and protocol at a time ("conflicting protocols
 * specified", nft 1.0.6; tried 2026-11-27). */
static void imply_header(struct nft_reader *reader, const struct nft_selector *selector)
{
	bool strong = selector->family >= 0 && !selector->weak_family;
	bool wrong = strong && reader->header >= 0 && reader->header != selector->family;

	if (selector->protocol >= 0) {
		wrong |= reader->transport >= 0 ? reader->transport != selector->protocol
						: reader->several;
		reader->transport = selector->protocol;
	}
	if (strong || (selector->family >= 0 && reader->header < 0))
		reader->header = selector->family;
	if (wrong)
		nft_refused(reader->importer, selector->last.begin, selector->last.end,
			    "this header conflicts with one that the rule looks at "
			    "before");
}

void nft_imply(struct nft_reader *reader, const struct nft_selector *selector)
{
	if (!selector->option)
		imply_header(reader, selector);
	if (selector->family >= 0 && !(selector->weak_family && reader->family >= 0))
		nft_imply_family(reader, (enum family)selector->family);
	if (selector->protocol >= 0)
		nft_imply_protocol(reader, (unsigned)selector->protocol);
}

/* -- one match ---------------------------------------------------------------------- */

static bool is_subset(const struct ranges *a, const struct ranges *b, struct arena *arena)
{
	struct ranges rest = ranges_subtract(a, b, arena);

	return rest.count == 0;
}

/* The numbers x with (x & @mask) == @value; false: they are too many ranges. */
static bool masked(struct nft_importer *importer, u128 mask, u128 value, unsigned bits,
		   struct ranges *ret_numbers)
{
	if (importer->mask_ranges > NFT_MAX_ALL_MASK_RANGES ||
	    !ranges_masked(mask, value, bits, NFT_MAX_MASK_RANGES, importer->arena,
			   ret_numbers))
		return false;
	importer->mask_ranges += ret_numbers->count;
	return true;
}

/* The numbers x with (x & mask) in @numbers. */
static bool unmask(struct nft_importer *importer, const struct nft_test *test,
		   const struct ranges *numbers, struct ranges *ret_numbers)
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

			if (!masked(importer, test->mask, value, bits, &one) ||
			    set.count + one.count > NFT_MAX_MASK_RANGES)
				return false;
			for (size_t j = 0; j < one.count; j++)
				ranges_add(&set, one.at[j], importer->arena);
			if (value == range->last)
				break;
		}
	}
	ranges_normalize(&set);
	*ret_numbers = set;
	return true;
}

/* The numbers whose comparison with @range holds. */
static bool compared(struct nft_importer *importer, const struct nft_test *test,
		     const struct range *range, struct ranges *ret_numbers)
{
	struct arena *arena = importer->arena;
	enum nft_type type = test->at[0].type;
	unsigned bits = nft_type_bits(type);
	bool one = range->first == range->last;
	struct ranges numbers = {0};
	enum nft_operator op = test->op;

	if (op == NFT_OP_NOT || (op == NFT_OP_IMPLICIT && nft_type_is_bitmask(type) &&
				 one && !test->masked)) {
		if (!nft_type_is_bitmask(type) || !one || test->masked ||
		    !masked(importer, range->first, 0, bits, &numbers))
			return false;
		if (op == NFT_OP_IMPLICIT)
			numbers = ranges_complement(&numbers, bits, arena);
		*ret_numbers = numbers;
		return true;
	}
	switch (op) {
	case NFT_OP_LT:
		if (range->first)
			numbers = nft_one_range(0, range->first - 1, arena);
		break;
	case NFT_OP_LE:
		numbers = nft_one_range(0, range->first, arena);
		break;
	case NFT_OP_GT:
		if (range->first < u128_mask(bits))
			numbers = nft_one_range(range->first + 1, u128_mask(bits), arena);
		break;
	case NFT_OP_GE:
		numbers = nft_one_range(range->first, u128_mask(bits), arena);
		break;
	case NFT_OP_IMPLICIT:
	case NFT_OP_EQ:
	case NFT_OP_NE:
	case NFT_OP_NOT:
		numbers = nft_one_range(range->first, range->last, arena);
		break;
	}
	if (!one && op != NFT_OP_IMPLICIT && op != NFT_OP_EQ && op != NFT_OP_NE)
		return false;
	if (!unmask(importer, test, &numbers, &numbers))
		return false;
	if (op == NFT_OP_NE)
		numbers = ranges_complement(&numbers, bits, arena);
	*ret_numbers = numbers;
	return true;
}

/* "syn,ack", "syn / syn,ack" and plain numbers, ranges and prefixes */
static bool read_value(struct nft_reader *reader, struct nft_test *test,
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
		ports = nft_port_protocols(arena);
		reader->has_ports |= is_subset(numbers, &ports, arena);
		if (numbers->count == 1 && numbers->at[0].first == numbers->at[0].last)
			reader->protocol = (int)numbers->at[0].first;
	}
	if (selector->field == FIELD_FAMILY && numbers->count == 1) {
		struct term term = nft_number_term(selector, numbers, arena);

		if (term.numbers.count == 1 &&
		    term.numbers.at[0].first == term.numbers.at[0].last)
			reader->family = (int)term.numbers.at[0].first;
	}
}

/* What nft itself learns from a test that "==" makes of a value or of a list. */
static void learn_header(struct nft_reader *reader, const struct nft_selector *selector,
			 const struct ranges *numbers, bool list)
{
	bool one = numbers->count == 1 && numbers->at[0].first == numbers->at[0].last;

	if (selector->type == NFT_TYPE_PROTOCOL &&
	    (one || (list && numbers->count > 1))) {
		reader->transport = one ? (int)numbers->at[0].first : -1;
		reader->several = !one;
	}
	if (selector->type == NFT_TYPE_NFPROTO && one)
		reader->header = numbers->at[0].first == NFT_NFPROTO_IPV4 ? FAMILY_IPV4
									  : FAMILY_IPV6;
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

const char *nft_name_of(struct nft_reader *reader, const struct nft_test *test)
{
	if (test->branch)
		return arena_printf(reader->importer->arena, "%s branch %zu",
				    nft_text_here(reader, &test->begin, &reader->lexer),
				    test->branch);
	return test->moves ? nft_text_here(reader, &test->begin, &reader->lexer)
			   : nft_text(reader, &test->begin, &reader->lexer);
}

/* Adds a term that may hold beside what @term says, by an unknown. */
struct term nft_or_unknown(struct term term, const char *unknown, struct arena *arena)
{
	struct term choice = {.kind = TERM_CHOICE};

	if (term.kind == TERM_CHOICE && !term.negated)
		choice = term;
	else
		nft_add_term(nft_add_choice(&choice, arena), term, arena);
	nft_add_term(nft_add_choice(&choice, arena), nft_unknown_term(unknown), arena);
	return choice;
}

/*
 * "th dport 53": exact where the packet has ports.  Where another protocol is possible
 * the same bytes mean something else: there it is an unknown.
 */
struct term nft_any_transport(struct nft_reader *reader, const struct nft_test *test,
			      struct term term)
{
	struct arena *arena = reader->importer->arena;
	struct ranges ports = nft_port_protocols(arena);
	struct term choice = {.kind = TERM_CHOICE};
	struct term protocol = {.kind = TERM_NUMBERS,
				.field = FIELD_PROTOCOL,
				.numbers = ports};
	struct match *match;

	match = nft_add_choice(&choice, arena);
	nft_add_term(match, protocol, arena);
	nft_add_term(match, term, arena);
	match = nft_add_choice(&choice, arena);
	protocol.numbers = ranges_complement(&ports, 8, arena);
	nft_add_term(match, protocol, arena);
	nft_add_term(match, nft_unknown_term(nft_name_of(reader, test)), arena);
	return choice;
}

/* The core of a match on one number, whatever it implies aside. */
static struct term number_core(struct nft_reader *reader, const struct nft_test *test,
			       struct ranges numbers)
{
	const struct nft_selector *selector = &test->at[0];
	struct arena *arena = reader->importer->arena;
	struct term term = nft_number_term(selector, &numbers, arena);

	if (selector->next_header) {
		struct ranges headers = extension_headers(arena), seen;

		nft_note(reader->importer, NFT_NOTE_NEXT_HEADER, test->begin.now.begin);
		seen = ranges_intersect(&numbers, &headers, arena);
		if (seen.count && test->op != NFT_OP_NE)
			return nft_or_unknown(term, nft_name_of(reader, test), arena);
	}
	if (selector->any_transport && !reader->has_ports)
		return nft_any_transport(reader, test, term);
	return term;
}

static void add_core(struct nft_reader *reader, const struct nft_test *test,
		     struct term term)
{
	const struct nft_selector *selector = &test->at[0];
	bool implied = test->count == 1 && term.kind == TERM_ADDRS && !term.negated;

	if (implied && reader->family < 0) /* the addresses say the family themselves */
		reader->family = selector->family;
	for (unsigned i = 0; i < test->count; i++)
		nft_imply(reader, &test->at[i]);
	nft_add_term(&reader->match, term, reader->importer->arena);
}

/* A match on a single value or range. */
static bool single_match(struct nft_reader *reader, struct nft_test *test)
{
	struct ranges numbers;
	struct range range;

	if (!read_value(reader, test, &range) ||
	    !compared(reader->importer, test, &range, &numbers))
		return false;
	add_core(reader, test, number_core(reader, test, numbers));
	learn(reader, &test->at[0], &numbers);
	if (test->op <= NFT_OP_EQ && !test->masked)
		learn_header(reader, &test->at[0], &numbers, false);
	return true;
}

static bool word_match(struct nft_reader *reader, const struct nft_test *test)
{
	struct arena *arena = reader->importer->arena;
	struct term term = {.kind = TERM_SYMBOLS, .field = test->at[0].field};
	const char *word;

	if (!nft_word_read(&reader->lexer, arena, &word) || test->op > NFT_OP_NE)
		return false;
	term.negated = test->op == NFT_OP_NE;
	*arena_push(arena, term.symbols.at, term.symbols.count, term.symbols.capacity) =
		word;
	add_core(reader, test, term);
	return true;
}

bool nft_uses_any_transport(const struct nft_reader *reader, const struct nft_test *test)
{
	for (unsigned i = 0; i < test->count; i++)
		if (test->at[i].any_transport && !reader->has_ports)
			return true;
	return false;
}

/* Does every element of a concatenation name a protocol with ports? */
static bool elements_have_ports(const struct nft_test *test,
				const struct nft_content *content, struct arena *arena)
{
	struct ranges ports = nft_port_protocols(arena);

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

/* The alternatives of a concatenated set, made once for the rules that ask alike. */
static struct term tuples_of(const struct nft_test *test,
			     const struct nft_content *content, struct arena *arena)
{
	struct nft_tuples *made = content->made;
	struct term term = {.kind = TERM_CHOICE};
	bool same = made && made->ready;

	for (unsigned i = 0; same && i < test->count; i++)
		same = made->fields[i] == test->at[i].field;
	if (same)
		return made->term;
	nft_add_tuples(test, content, &term, arena);
	term.choices.capacity = term.choices.count; /* who adds to it copies it */
	if (made) {
		made->ready = true;
		made->term = term;
		for (unsigned i = 0; i < test->count; i++)
			made->fields[i] = test->at[i].field;
	}
	return term;
}

/* The packets whose key is in @content, as one term; false: it cannot be said. */
bool nft_content_term(struct nft_reader *reader, const struct nft_test *test,
		      const struct nft_content *content, struct term *ret_term)
{
	struct arena *arena = reader->importer->arena;
	struct term term;
	struct ranges numbers;

	if (test->count > 1) {
		if (test->masked)
			return false;
		term = tuples_of(test, content, arena);
		if (nft_uses_any_transport(reader, test) &&
		    !elements_have_ports(test, content, arena))
			term = nft_any_transport(reader, test, term);
		if (!term.choices.count)
			term = nft_never();
	} else if (test->at[0].type == NFT_TYPE_INTERFACE) {
		term = content->words.count ? (struct term){.kind = TERM_SYMBOLS,
							    .field = test->at[0].field,
							    .symbols = content->words}
					    : nft_never();
	} else {
		if (!unmask(reader->importer, test, &content->numbers, &numbers))
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

/* A large set is shared by the rules that look into it; its complement would not be. */
#define MAX_COMPLEMENT 64

/* Turns a term of one number into its opposite; what it implies stays. */
struct term nft_opposite(const struct nft_test *test, struct term term,
			 struct arena *arena)
{
	const struct nft_selector *selector = &test->at[0];

	if (test->count == 1 && term.kind == TERM_ADDRS && !term.negated) {
		struct ranges *of = &term.addrs.of[selector->family];

		if (of->count <= MAX_COMPLEMENT) {
			*of = ranges_complement(of,
						family_bits(
							(enum family)selector->family),
						arena);
			term.label = NULL;
			return term;
		}
	}
	term.negated = !term.negated;
	return term;
}

static bool same_key(const struct nft_test *test, const struct nft_key *key)
{
	if (test->count != key->count)
		return false;
	for (unsigned i = 0; i < test->count; i++)
		if (test->at[i].type != key->at[i])
			return false;
	return true;
}

/* Addresses of one family looked up among those of the other */
static bool is_other_address(const struct nft_test *test, const struct nft_key *key)
{
	enum nft_type a = test->at[0].type, b = key->at[0];

	return test->count == 1 && key->count == 1 && a != b &&
	       (a == NFT_TYPE_IPV4 || a == NFT_TYPE_IPV6) &&
	       (b == NFT_TYPE_IPV4 || b == NFT_TYPE_IPV6);
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
	if (set && set->command > reader->command)
		diag_report(reader->importer->diag, DIAG_NFT_REFUSED,
			    nft_span(reader->importer, lexer->now.begin, lexer->now.end),
			    "'%s' comes later in the text: it is not there yet",
			    set->name);
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
struct nft_set *nft_match_read_set(struct nft_reader *reader, const struct nft_test *test,
				   bool verdicts)
{
	struct nft_set *set;

	if (reader->lexer.now.kind == NFT_AT) {
		set = read_set_name(reader);
		if (set && is_other_address(test, &set->key))
			nft_refused(reader->importer, test->begin.now.begin,
				    reader->lexer.now.begin,
				    "the set holds addresses of the other family");
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
	nft_set_normalize(set, reader->importer->arena);
	return set;
}

/* All keys of a map, which as a set holds them all. */
struct nft_content nft_all_keys(const struct nft_set *set, struct arena *arena)
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
		keys.made = NULL;
	}
	return keys;
}

/* Does a look-up ask whether an address is where a host name leads? */
static bool is_followed(const struct nft_test *test, const struct nft_set *set)
{
	const struct nft_selector *selector = &test->at[0];

	return set->host && !set->emptied && test->count == 1 && !test->masked &&
	       (selector->field == FIELD_DESTINATION ||
		selector->field == FIELD_SOURCE) &&
	       (selector->type == NFT_TYPE_IPV4 || selector->type == NFT_TYPE_IPV6);
}

/* What is listed in the set, or wherever the name leads. */
static struct term followed_term(struct nft_reader *reader, const struct nft_test *test,
				 const struct nft_set *set, struct term listed)
{
	const struct nft_selector *selector = &test->at[0];
	struct term choice = {.kind = TERM_CHOICE};
	struct arena *arena = reader->importer->arena;
	struct match *leads;

	if (listed.addrs.of[selector->family].count)
		nft_add_term(nft_add_choice(&choice, arena), listed, arena);
	leads = nft_add_choice(&choice, arena);
	match_family(leads, (enum family)selector->family, arena);
	if (set->fades)
		match_filled(leads, selector->field, set->host, arena);
	else
		match_resolved(leads, selector->field, set->host, NULL, arena);
	leads->terms[leads->count - 1].label = label_of(reader, set);
	return choice;
}

static bool set_match(struct nft_reader *reader, const struct nft_test *test)
{
	struct arena *arena = reader->importer->arena;
	bool named = reader->lexer.now.kind == NFT_AT;
	struct nft_set *set = nft_match_read_set(reader, test, false);
	struct nft_content content;
	struct term term;
	bool more = false;

	if (!set || (test->op > NFT_OP_NE && test->op != NFT_OP_NOT))
		return false;
	content = set->verdicts ? nft_all_keys(set, arena) : set->content;
	if (!nft_content_term(reader, test, &content, &term))
		return false;
	if (named && !test->masked && !set->verdicts && term.kind != TERM_CHOICE &&
	    term.field == test->at[0].field)
		term.label = label_of(reader, set);
	if (is_followed(test, set) && term.kind == TERM_ADDRS)
		term = followed_term(reader, test, set, term);
	else
		more = set->host && !set->emptied;
	if (set->name && nft_shrinks(reader->importer, set))
		term = nft_unknown_term(arena_printf(arena,
						     "%s, which rules take elements from",
						     nft_name_of(reader, test)));
	else if (more || (set->name && nft_grows(reader->importer, set)))
		term = nft_or_unknown(term,
				      arena_printf(arena, "%s, which may hold more",
						   nft_name_of(reader, test)),
				      arena);
	if (content.opaque)
		term = nft_or_unknown(term, nft_name_of(reader, test), arena);
	if (test->op == NFT_OP_NE || test->op == NFT_OP_NOT)
		term = nft_opposite(test, term, arena);
	add_core(reader, test, term);
	if (test->count == 1 && test->op <= NFT_OP_EQ && !content.all &&
	    !content.opaque && !set->grows && !is_followed(test, set) && !test->masked &&
	    !(set->name && nft_grows(reader->importer, set))) {
		learn(reader, &test->at[0], &content.numbers);
		learn_header(reader, &test->at[0], &content.numbers, !named);
	}
	return true;
}

static bool may_fail(const struct nft_test *test)
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
static bool opaque_match(struct nft_reader *reader, const struct nft_test *test)
{
	bool bits = test->count == 1 && test->at[0].bits;
	bool plain = !bits && !test->moves && !test->masked && test->op <= NFT_OP_NE &&
		     !(test->op == NFT_OP_NE && may_fail(test));
	struct nft_lexer left = reader->lexer, right;
	struct term term;

	if (test->op != NFT_OP_IMPLICIT)
		nft_next(&reader->lexer);
	right = reader->lexer;
	if (!nft_skip_value(&reader->lexer))
		return false;
	if (plain)
		term = nft_unknown_term(
			arena_printf(reader->importer->arena, "%s %s",
				     nft_text(reader, &test->begin, &left),
				     nft_text(reader, &right, &reader->lexer)));
	else
		term = nft_unknown_term(nft_name_of(reader, test));
	term.negated = plain && test->op == NFT_OP_NE;
	add_core(reader, test, term);
	return true;
}

/* -- the left side ------------------------------------------------------------------ */

static enum nft_operator peek_operator(const struct nft_lexer *lexer)
{
	static const struct {
		enum nft_token_kind kind;
		enum nft_operator op;
	} operators[] = {
		{NFT_EQ, NFT_OP_EQ},   {NFT_NE, NFT_OP_NE}, {NFT_LT, NFT_OP_LT},
		{NFT_GT, NFT_OP_GT},   {NFT_LE, NFT_OP_LE}, {NFT_GE, NFT_OP_GE},
		{NFT_NOT, NFT_OP_NOT},
	};
	static const struct {
		const char *word;
		enum nft_operator op;
	} words[] = {{"in", NFT_OP_EQ}, {"eq", NFT_OP_EQ}, {"ne", NFT_OP_NE},
		     {"lt", NFT_OP_LT}, {"gt", NFT_OP_GT}, {"le", NFT_OP_LE},
		     {"ge", NFT_OP_GE}};

	for (size_t i = 0; i < ARRAY_SIZE(operators); i++)
		if (lexer->now.kind == operators[i].kind)
			return operators[i].op;
	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		if (nft_is_word(lexer, words[i].word))
			return words[i].op;
	return NFT_OP_IMPLICIT;
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

/* Two tests can differ: of a rate, a random number, or what some rule of the text sets.
 */
static bool moves(const struct nft_reader *reader, const struct nft_test *test)
{
	for (unsigned i = 0; i < test->count; i++)
		if (test->at[i].moves || is_set(reader, &test->at[i]))
			return true;
	return false;
}

/* "& 0xff", and whatever else is computed before the comparison */
static bool read_mask(struct nft_reader *reader, struct nft_test *test)
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

static bool read_left(struct nft_reader *reader, struct nft_test *test)
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
	struct nft_test test = {.begin = reader->lexer};
	struct nft_lexer before, value;

	if (!read_left(reader, &test))
		return false;
	if (nft_take_word(&reader->lexer, "vmap"))
		return !test.masked && nft_verdict_map(reader, &test);
	test.op = peek_operator(&reader->lexer);
	if (test.opaque)
		return opaque_match(reader, &test);
	before = reader->lexer;
	if (test.op != NFT_OP_IMPLICIT)
		nft_next(&reader->lexer);
	value = reader->lexer;
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
	if (nft_is_impossible(&value, test.at[0].type)) {
		nft_refused(reader->importer, value.now.begin, value.now.end,
			    "there is no such value");
		return false;
	}
	reader->lexer = before;
	return opaque_match(reader, &test);
}
