/* nft_spell.c - Spelling conditions as nft writes them. */
#include "backends/nftables/nft_spell.h"

#include <string.h>

#include "rules/base/strbuf.h"

void nft_put_set_name(struct strbuf *out, const struct nft_set *set)
{
	strbuf_printf(out, "%s_%c", set->label, set->family == FAMILY_IPV4 ? '4' : '6');
}

static const struct term *find_term(const struct term *const *terms, size_t count,
				    enum field field)
{
	for (size_t i = 0; i < count; i++)
		if (terms[i]->kind != TERM_UNKNOWN && terms[i]->kind != TERM_CHOICE &&
		    terms[i]->field == field)
			return terms[i];
	return NULL;
}

bool nft_is_followed(const struct term *term)
{
	return term->kind == TERM_UNKNOWN && term->host && term->label &&
	       term->field == FIELD_DESTINATION && !term->negated;
}

bool nft_needs_family(const struct term *const *terms, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (terms[i]->kind == TERM_ADDRS || terms[i]->field == FIELD_FAMILY ||
		    nft_is_followed(terms[i]))
			return true;
	return false;
}

bool nft_has_family(const struct term *const *terms, size_t count, enum family family)
{
	for (size_t i = 0; i < count; i++) {
		if (terms[i]->kind == TERM_ADDRS && !terms[i]->negated &&
		    !terms[i]->addrs.of[family].count)
			return false;
		if (terms[i]->kind == TERM_NUMBERS && terms[i]->field == FIELD_FAMILY &&
		    ranges_contain(&terms[i]->numbers, family) == terms[i]->negated)
			return false;
	}
	return true;
}

/* The protocol that a term is about, when it is one; -1 otherwise. */
static int one_protocol(const struct term *term)
{
	if (!term || term->numbers.count != 1 ||
	    term->numbers.at[0].first != term->numbers.at[0].last)
		return -1;
	return (int)term->numbers.at[0].first;
}

void nft_tells_tcp(const struct term *const *terms, size_t count, bool *ret_only,
		   bool *ret_never)
{
	const struct term *protocol = find_term(terms, count, FIELD_PROTOCOL);

	*ret_only =
		protocol && !protocol->negated && one_protocol(protocol) == PROTOCOL_TCP;
	*ret_never = protocol && ranges_contain(&protocol->numbers, PROTOCOL_TCP) ==
					 protocol->negated;
}

static void put_address(struct strbuf *out, const struct term *term, enum family family)
{
	const char *side = term->field == FIELD_SOURCE ? "saddr" : "daddr";
	const struct ranges *set = &term->addrs.of[family];
	char text[ADDR_TEXT_MAX];

	/* The complement within the family; a family without addresses excludes nothing.
	 */
	if (term->negated && !set->count)
		return;
	strbuf_printf(out, "%s %s %s", family == FAMILY_IPV4 ? "ip" : "ip6", side,
		      term->negated ? "!= " : "");
	if (term->label) {
		const struct nft_set named = {term->label, family, set, NULL};

		strbuf_putc(out, '@');
		nft_put_set_name(out, &named);
	} else {
		strbuf_puts(out, set->count > 1 ? "{ " : "");
		for (size_t i = 0; i < set->count; i++)
			strbuf_printf(out, "%s%s", i ? ", " : "",
				      addr_range_format(family, &set->at[i], text));
		strbuf_puts(out, set->count > 1 ? " }" : "");
	}
	strbuf_putc(out, ' ');
}

/* A look-up in the set that follows a host name. */
static void put_followed(struct strbuf *out, const struct term *term, enum family family)
{
	const struct nft_set named = {term->label, family, NULL, term->host};

	strbuf_puts(out, family == FAMILY_IPV4 ? "ip daddr @" : "ip6 daddr @");
	nft_put_set_name(out, &named);
	strbuf_putc(out, ' ');
}

static void put_one_number(struct strbuf *out, enum field field, unsigned number)
{
	const char *name = field == FIELD_PROTOCOL ? protocol_name(number) : NULL;

	/* nft reads these names of protocols in every version (datatype.c, 1.0.6); the
	 * rest as numbers. */
	if (name && (number == PROTOCOL_TCP || number == PROTOCOL_UDP ||
		     number == PROTOCOL_ICMP || number == PROTOCOL_ICMPV6))
		strbuf_puts(out, number == PROTOCOL_ICMPV6 ? "ipv6-icmp" : name);
	else
		strbuf_printf(out, "%u", number);
}

/* "443", "{ 443, 5000-5010 }", with "!= " in front where negated. */
static void put_numbers(struct strbuf *out, const struct term *term, unsigned shift)
{
	const struct ranges *set = &term->numbers;

	if (term->negated)
		strbuf_puts(out, "!= ");
	if (set->count > 1)
		strbuf_puts(out, "{ ");
	for (size_t i = 0; i < set->count; i++) {
		unsigned first = (unsigned)(set->at[i].first >> shift);
		unsigned last = (unsigned)(set->at[i].last >> shift);

		if (i)
			strbuf_puts(out, ", ");
		put_one_number(out, term->field, first);
		if (last != first) {
			strbuf_putc(out, '-');
			put_one_number(out, term->field, last);
		}
	}
	strbuf_puts(out, set->count > 1 ? " } " : " ");
}

/* A protocol and what it alone can be asked: "tcp dport 443", "icmpv6 type 135-136". */
static const char *put_transport(struct strbuf *out, const struct term *const *terms,
				 size_t count)
{
	const struct term *protocol = find_term(terms, count, FIELD_PROTOCOL);
	const struct term *source = find_term(terms, count, FIELD_SOURCE_PORT);
	const struct term *destination = find_term(terms, count, FIELD_DESTINATION_PORT);
	const struct term *icmp = find_term(terms, count, FIELD_ICMP);
	const struct term *flags = find_term(terms, count, FIELD_TCP_FLAGS);
	int number = protocol && !protocol->negated ? one_protocol(protocol) : -1;
	const char *header = NULL;

	if (number == PROTOCOL_TCP || number == PROTOCOL_UDP)
		header = protocol_name((unsigned)number);
	/* "th" asks the port of whichever protocol it is, so the protocols must be said
	 * first; leaving them out, or leaving the port out, is how others lost it. */
	if (protocol && (!header || (!source && !destination && !flags)) && !icmp) {
		strbuf_puts(out, "meta l4proto ");
		put_numbers(out, protocol, 0);
	}
	if ((source || destination) && !protocol)
		return "a port without a protocol";
	if (source) {
		strbuf_printf(out, "%s sport ", header ? header : "th");
		put_numbers(out, source, 0);
	}
	if (destination) {
		strbuf_printf(out, "%s dport ", header ? header : "th");
		put_numbers(out, destination, 0);
	}
	if (flags) {
		struct ranges openers;
		struct range at[32];
		size_t i = 0;

		/* The one test of flags that we write: SYN without ACK. */
		for (unsigned value = 0; value < 256; value += 2)
			if ((value & (TCP_SYN | TCP_ACK)) == TCP_SYN && i < 32)
				at[i++] = (struct range){value, value + 1};
		openers = (struct ranges){at, i, i};
		if (number != PROTOCOL_TCP || flags->negated ||
		    !ranges_equal(&flags->numbers, &openers))
			return "such a test of TCP flags";
		strbuf_puts(out, "tcp flags & (syn | ack) == syn ");
	}
	if (icmp) {
		if (number != PROTOCOL_ICMP && number != PROTOCOL_ICMPV6)
			return "an ICMP type without ICMP";
		for (size_t i = 0; i < icmp->numbers.count; i++)
			if ((icmp->numbers.at[i].first & 0xff) ||
			    (icmp->numbers.at[i].last & 0xff) != 0xff)
				return "a single ICMP code";
		strbuf_puts(out, number == PROTOCOL_ICMP ? "icmp type " : "icmpv6 type ");
		put_numbers(out, icmp, 8);
	}
	return NULL;
}

static void put_states(struct strbuf *out, const struct term *term)
{
	bool first = true;

	strbuf_puts(out, "ct state ");
	for (unsigned state = 0; state < CT_STATE_COUNT; state++) {
		if (!ranges_contain(&term->numbers, state))
			continue;
		strbuf_printf(out, "%s%s", first ? "" : ",",
			      ct_state_name((enum ct_state)state));
		first = false;
	}
	strbuf_putc(out, ' ');
}

static const char *put_interface(struct strbuf *out, const struct term *term)
{
	if (term->symbols.count != 1 || !term->symbols.at[0][0])
		return "such a choice of interfaces";
	strbuf_printf(out, "%s %s\"%s\" ",
		      term->field == FIELD_IN_INTERFACE ? "iifname" : "oifname",
		      term->negated ? "!= " : "", term->symbols.at[0]);
	return NULL;
}

/* The conditions that stand alone, each as its field comes. */
static const char *put_term(struct strbuf *out, const struct term *term)
{
	if (term->kind == TERM_UNKNOWN)
		return nft_is_followed(term) ? NULL : "an unknown condition";
	switch (term->field) {
	case FIELD_IN_INTERFACE:
	case FIELD_OUT_INTERFACE:
		return put_interface(out, term);
	case FIELD_STATE:
		if (term->negated)
			return "a negated connection state";
		put_states(out, term);
		return NULL;
	case FIELD_MARK:
		strbuf_puts(out, "meta mark ");
		put_numbers(out, term, 0);
		return NULL;
	case FIELD_NAME:
	case FIELD_METHOD:
	case FIELD_APPLICATION:
		return "a host name, a method or an application";
	case FIELD_FAMILY:
	case FIELD_DESTINATION:
	case FIELD_SOURCE:
	case FIELD_PROTOCOL:
	case FIELD_DESTINATION_PORT:
	case FIELD_SOURCE_PORT:
	case FIELD_ICMP:
	case FIELD_TCP_FLAGS:
	case FIELD_COUNT:
		break;
	}
	return NULL;
}

const char *nft_put_terms(struct strbuf *out, const struct term *const *terms,
			  size_t count, const enum family *family)
{
	bool addressed = false;
	const char *unsaid;

	for (size_t i = 0; family && i < count; i++) {
		size_t before = out->length;

		if (terms[i]->kind == TERM_ADDRS)
			put_address(out, terms[i], *family);
		else if (nft_is_followed(terms[i]))
			put_followed(out, terms[i], *family);
		addressed |= out->length > before;
	}
	if (family && !addressed) /* an address of the family says it already */
		strbuf_printf(out, "meta nfproto %s ", family_name(*family));
	for (size_t i = 0; i < count; i++) {
		bool interface = terms[i]->field == FIELD_IN_INTERFACE ||
				 terms[i]->field == FIELD_OUT_INTERFACE;

		if (interface && (unsaid = put_term(out, terms[i])) != NULL)
			return unsaid;
	}
	unsaid = put_transport(out, terms, count);
	for (size_t i = 0; i < count && !unsaid; i++)
		if (terms[i]->field != FIELD_IN_INTERFACE &&
		    terms[i]->field != FIELD_OUT_INTERFACE)
			unsaid = put_term(out, terms[i]);
	return unsaid;
}
