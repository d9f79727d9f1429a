/* smt_match.c - Matches as formulas: addresses, numbers, unknowns. */
#include <stdio.h>
#include <string.h>

#include "rules/ruleset_text.h"
#include "rules/smt_writer.h"

/* -- numbers and addresses ----------------------------------------------------------- */

/* Is a range one that a mask can say?  Then *ret_mask is it. */
static bool as_mask(const struct range *range, unsigned bits, u128 *ret_mask)
{
	u128 open = range->first ^ range->last;

	if (open & (open + 1) || range->first & open)
		return false;
	*ret_mask = u128_mask(bits) & ~open;
	return true;
}

/* The constant @name is in a range; solvers take masks better than two bounds. */
static void put_range(const char *name, const struct range *range, unsigned bits,
		      struct strbuf *out)
{
	bool masks = bits >= 32; /* of ports and the like two bounds read better */
	u128 mask;

	if (range->first == range->last) {
		strbuf_printf(out, "(= %s ", name);
		smt_number(out, range->first, bits);
	} else if (masks && as_mask(range, bits, &mask)) {
		strbuf_printf(out, "(= (bvand %s ", name);
		smt_number(out, mask, bits);
		strbuf_puts(out, ") ");
		smt_number(out, range->first, bits);
	} else {
		strbuf_puts(out, "(and (bvule ");
		smt_number(out, range->first, bits);
		strbuf_printf(out, " %s) (bvule %s ", name, name);
		smt_number(out, range->last, bits);
		strbuf_putc(out, ')');
	}
	strbuf_putc(out, ')');
}

static void put_ranges(const char *name, const struct ranges *ranges, unsigned bits,
		       struct strbuf *out)
{
	const char *between = ranges->count > 3 ? "\n\t" : " ";

	if (!ranges->count || ranges_is_full(ranges, bits)) {
		strbuf_puts(out, ranges->count ? "true" : "false");
		return;
	}
	if (ranges->count > 1)
		strbuf_puts(out, "(or");
	for (size_t i = 0; i < ranges->count; i++) {
		if (ranges->count > 1)
			strbuf_puts(out, between);
		put_range(name, &ranges->at[i], bits, out);
	}
	if (ranges->count > 1)
		strbuf_putc(out, ')');
}

static void put_addrs(enum field field, const struct addr_set *addrs, struct strbuf *out)
{
	const struct ranges *ipv4 = &addrs->of[FAMILY_IPV4];
	const struct ranges *ipv6 = &addrs->of[FAMILY_IPV6];
	const char *name = field_info(field)->name;
	char name4[8], name6[8];

	snprintf(name4, sizeof(name4), "%s4", name);
	snprintf(name6, sizeof(name6), "%s6", name);
	if (!ipv4->count && !ipv6->count) {
		strbuf_puts(out, "false");
		return;
	}
	strbuf_puts(out, !ipv6->count ? "(and (not ipv6) "
				      : (!ipv4->count ? "(and ipv6 " : "(ite ipv6 "));
	if (ipv6->count)
		put_ranges(name6, ipv6, 128, out);
	if (ipv6->count && ipv4->count)
		strbuf_putc(out, ' ');
	if (ipv4->count)
		put_ranges(name4, ipv4, 32, out);
	strbuf_putc(out, ')');
}

/* An axis of more than one number is a constant; the family is a Boolean. */
static void put_numbers(const struct term *term, struct strbuf *out)
{
	bool ipv4, ipv6;

	if (term->field != FIELD_FAMILY) {
		put_ranges(field_info(term->field)->name, &term->numbers,
			   field_info(term->field)->bits, out);
		return;
	}
	ipv4 = ranges_contain(&term->numbers, FAMILY_IPV4);
	ipv6 = ranges_contain(&term->numbers, FAMILY_IPV6);
	if (ipv4 == ipv6)
		strbuf_puts(out, ipv4 ? "true" : "false");
	else
		strbuf_puts(out, ipv6 ? "ipv6" : "(not ipv6)");
}

/* -- what there is: address sets with more than one range, words, unknowns ----------- */

static bool is_large(const struct addr_set *addrs)
{
	return addrs->of[FAMILY_IPV4].count + addrs->of[FAMILY_IPV6].count > 1;
}

/* Equal sets have equal keys. */
static const char *set_key(struct smt_writer *writer, const struct term *term)
{
	CLEANUP(strbuf_release) struct strbuf text = {0};

	strbuf_printf(&text, "%s {", field_info(term->field)->name);
	addr_set_format(&term->addrs, &text);
	strbuf_putc(&text, '}');
	return arena_strdup(writer->arena, strbuf_text(&text));
}

static void define_set(struct smt_writer *writer, const struct term *term)
{
	const char *key = set_key(writer, term);
	char *symbol;

	if (textmap_get(&writer->sets, key))
		return;
	symbol = smt_symbol(writer, "%s set %zu", field_info(term->field)->name,
			    ++writer->set_count);
	textmap_put(&writer->sets, key, symbol, writer->arena);
	smt_comment(writer, "%s%s%s", term->label ? term->label : "",
		    term->label ? ": " : "", key);
	strbuf_printf(writer->out, "(define-fun %s () Bool ", symbol);
	put_addrs(term->field, &term->addrs, writer->out);
	strbuf_puts(writer->out, ")\n");
}

static void declare_unknown(struct smt_writer *writer, const char *name)
{
	char *symbol;

	if (textmap_get(&writer->unknowns, name))
		return;
	symbol = smt_symbol(writer, "unknown %zu", ++writer->unknown_count);
	textmap_put(&writer->unknowns, name, symbol, writer->arena);
	smt_comment(writer, "unknown %zu: %s", writer->unknown_count, name);
	strbuf_printf(writer->out, "(declare-const %s Bool)\n", symbol);
}

/* What of the terms is gone through: unknowns and words first, sets under a title. */
enum gather {
	GATHER_UNKNOWNS,
	GATHER_WORDS,
	GATHER_SETS,
};

static void gather_match(struct smt_writer *writer, enum gather what,
			 const struct match *match)
{
	for (size_t i = 0; match && i < match->count; i++) {
		const struct term *term = &match->terms[i];

		if (term->kind == TERM_UNKNOWN && what == GATHER_UNKNOWNS)
			declare_unknown(writer, term->unknown);
		else if ((term->kind == TERM_SYMBOLS || term->kind == TERM_NAMES) &&
			 what == GATHER_WORDS)
			smt_words_add(writer, term);
		else if (term->kind == TERM_ADDRS && what == GATHER_SETS &&
			 is_large(&term->addrs))
			define_set(writer, term);
		for (size_t j = 0; term->kind == TERM_CHOICE && j < term->choices.count;
		     j++)
			gather_match(writer, what, &term->choices.at[j]);
	}
}

static void gather_rules(struct smt_writer *writer, enum gather what)
{
	const struct ruleset *rules = writer->question->rules;

	for (size_t i = 0; i < rules->chain_count; i++)
		for (size_t j = 0; j < rules->chains[i].count; j++)
			gather_match(writer, what, &rules->chains[i].rules[j].match);
	for (size_t i = 0; i < rules->path_count; i++) {
		gather_match(writer, what, &rules->paths[i].universe);
		for (size_t j = 0; j < rules->paths[i].count; j++)
			gather_match(writer, what, &rules->paths[i].stages[j].guard);
	}
}

static void gather(struct smt_writer *writer, enum gather what)
{
	const struct proof_question *question = writer->question;

	gather_match(writer, what, question->universe);
	gather_match(writer, what, question->governed);
	gather_match(writer, what, question->spared);
	gather_match(writer, what, question->beyond);
	for (size_t i = 0; i < question->base_count; i++)
		gather_match(writer, what, &question->base[i].match);
	for (size_t i = 0; i < question->flow_count; i++)
		gather_match(writer, what, &question->flows[i].match);
	for (size_t i = 0; i < question->room_count; i++)
		gather_match(writer, what, &question->rooms[i].match);
	gather_rules(writer, what);
}

static void declare_packet(struct smt_writer *writer)
{
	smt_title(writer, "the packet");
	strbuf_puts(writer->out, "(declare-const ipv6 Bool) ; false: it is IPv4\n");
	for (unsigned field = 0; field < FIELD_COUNT; field++) {
		const struct field_info *info = field_info((enum field)field);

		if (info->kind == FIELD_KIND_ADDRS)
			strbuf_printf(writer->out,
				      "(declare-const %s4 (_ BitVec 32))\n"
				      "(declare-const %s6 (_ BitVec 128))\n",
				      info->name, info->name);
		else if (info->kind == FIELD_KIND_NUMBERS && field != FIELD_FAMILY)
			strbuf_printf(writer->out, "(declare-const %s (_ BitVec %u))\n",
				      info->name, info->bits);
	}
	smt_comment(writer,
		    "states of a connection: 0 invalid, 1 established, 2 related, "
		    "3 new, 4 untracked");
	strbuf_puts(writer->out, "(assert (bvule state ");
	smt_number(writer->out, CT_STATE_COUNT - 1, field_info(FIELD_STATE)->bits);
	strbuf_puts(writer->out, "))\n");
}

void smt_declare(struct smt_writer *writer)
{
	declare_packet(writer);
	gather(writer, GATHER_WORDS);
	smt_words_declare(writer);
	smt_title(writer, "what cannot be modelled: true or false, as a solver likes");
	gather(writer, GATHER_UNKNOWNS);
	smt_title(writer, "address sets");
	gather(writer, GATHER_SETS);
}

/* -- formulas ------------------------------------------------------------------------ */

static void put_term(struct smt_writer *writer, const struct term *term,
		     struct strbuf *out)
{
	switch (term->kind) {
	case TERM_ADDRS:
		if (is_large(&term->addrs))
			strbuf_puts(out,
				    textmap_get(&writer->sets, set_key(writer, term)));
		else
			put_addrs(term->field, &term->addrs, out);
		return;
	case TERM_NUMBERS:
		if (term->field == FIELD_MARK) /* where we are, rules may have set it */
			put_ranges(writer->mark, &term->numbers, 32, out);
		else
			put_numbers(term, out);
		return;
	case TERM_SYMBOLS:
	case TERM_NAMES:
		smt_words_term(writer, term, out);
		return;
	case TERM_UNKNOWN:
		strbuf_puts(out, textmap_get(&writer->unknowns, term->unknown));
		return;
	case TERM_CHOICE:
		strbuf_puts(out, "(or false");
		for (size_t i = 0; i < term->choices.count; i++) {
			strbuf_putc(out, ' ');
			smt_match(writer, &term->choices.at[i], out);
		}
		strbuf_putc(out, ')');
		return;
	}
	BUG("a term of kind %d", (int)term->kind);
}

void smt_match(struct smt_writer *writer, const struct match *match, struct strbuf *out)
{
	if (!match->count)
		strbuf_puts(out, "true");
	if (match->count > 1)
		strbuf_puts(out, "(and");
	for (size_t i = 0; i < match->count; i++) {
		const struct term *term = &match->terms[i];

		strbuf_puts(out, match->count > 1 ? " " : "");
		strbuf_puts(out, term->negated ? "(not " : "");
		put_term(writer, term, out);
		strbuf_puts(out, term->negated ? ")" : "");
	}
	if (match->count > 1)
		strbuf_putc(out, ')');
}

void smt_define_match(struct smt_writer *writer, const char *symbol,
		      const struct match *match)
{
	strbuf_printf(writer->out, "(define-fun %s () Bool ", symbol);
	smt_match(writer, match, writer->out);
	strbuf_puts(writer->out, ")\n");
}
