/* nft_statements.c - Second pass: what the statements of a rule do. */
#include <string.h>

#include "backends/nftables/nft_rules.h"
#include "backends/nftables/nft_blocks.h"
#include "rules/base/arena.h"

/* -- statements --------------------------------------------------------------------- */

static void add_unknown(struct nft_reader *reader, const struct nft_lexer *begin)
{
	match_unknown(&reader->match, nft_text_here(reader, begin, &reader->lexer), false,
		      reader->importer->arena);
}

/* Goes past the words, numbers and strings of a statement's options. */
static void skip_options(struct nft_reader *reader, const char *const *words)
{
	struct nft_lexer *lexer = &reader->lexer;

	for (bool more = true; more;) {
		more = nft_take(lexer, NFT_NUMBER) || nft_take(lexer, NFT_STRING) ||
		       nft_take(lexer, NFT_SLASH) || nft_take(lexer, NFT_COMMA);
		for (size_t i = 0; words[i] && !more; i++)
			more = nft_take_word(lexer, words[i]);
	}
}

/* "counter", "counter packets 1 bytes 2", "counter name "x"" */
static bool read_counter(struct nft_reader *reader)
{
	static const char *const words[] = {"packets", "bytes", NULL};

	nft_next(&reader->lexer);
	if (nft_take_word(&reader->lexer, "name"))
		return nft_skip_value(&reader->lexer);
	skip_options(reader, words);
	return true;
}

static bool take_value(struct nft_lexer *lexer)
{
	return nft_take(lexer, NFT_STRING) || nft_take(lexer, NFT_NUMBER) ||
	       nft_take(lexer, NFT_WORD);
}

/* "flags tcp sequence,options", "flags all" */
static bool read_log_flags(struct nft_lexer *lexer)
{
	if (!nft_take_word(lexer, "tcp"))
		nft_take_word(lexer, "ip");
	do {
		if (!nft_take(lexer, NFT_WORD))
			return false;
	} while (nft_take(lexer, NFT_COMMA));
	return true;
}

static bool read_log(struct nft_reader *reader)
{
	static const char *const words[] = {"prefix", "group", "snaplen",
					    "queue-threshold", "level"};
	struct nft_lexer *lexer = &reader->lexer;
	bool more = true;

	nft_next(lexer);
	reader->logs = true;
	while (more) {
		more = false;
		if (nft_take_word(lexer, "flags")) {
			if (!read_log_flags(lexer))
				return false;
			more = true;
		}
		for (size_t i = 0; i < ARRAY_SIZE(words) && !more; i++) {
			if (!nft_take_word(lexer, words[i]))
				continue;
			if (!take_value(lexer))
				return false;
			more = true;
		}
	}
	return true;
}

/* A rate: "limit rate over 10/second burst 5 packets", "limit name "x"" */
static bool read_limit(struct nft_reader *reader)
{
	static const char *const words[] =
		{"rate",	  "over",	   "burst",	   "packets",
		 "packet",	  "bytes",	   "kbytes",	   "mbytes",
		 "second",	  "minute",	   "hour",	   "day",
		 "week",	  "until",	   "used",	   "bytes/second",
		 "kbytes/second", "mbytes/second", "bytes/minute", "kbytes/minute",
		 "mbytes/minute", "bytes/hour",	   "kbytes/hour",  "mbytes/hour",
		 "bytes/day",	  "kbytes/day",	   "mbytes/day",   NULL};
	struct nft_lexer begin = reader->lexer;

	nft_split(reader);
	nft_next(&reader->lexer);
	if (nft_take_word(&reader->lexer, "name")) {
		if (!nft_skip_value(&reader->lexer))
			return false;
	} else {
		skip_options(reader, words);
	}
	add_unknown(reader, &begin);
	return true;
}

static bool read_last(struct nft_reader *reader)
{
	nft_next(&reader->lexer);
	if (nft_take_word(&reader->lexer, "used"))
		return nft_take(&reader->lexer, NFT_WORD) ||
		       nft_take(&reader->lexer, NFT_NUMBER);
	return true;
}

/* "reject with tcp reset" to what is no TCP, "with icmpx" where there is one family, and
 * "with icmp" to the other one: nft 1.0.6 does not load them (tried 2026-11-27). */
static void check_answer(struct nft_reader *reader)
{
	const struct nft_lexer *lexer = &reader->lexer;
	bool wrong = false;

	if (nft_is_word(lexer, "tcp"))
		wrong = reader->transport >= 0 ? reader->transport != PROTOCOL_TCP
					       : reader->several;
	else if (nft_is_word(lexer, "icmpx"))
		wrong = reader->table->family == NFT_FAMILY_IP ||
			reader->table->family == NFT_FAMILY_IP6;
	else if (nft_is_word(lexer, "icmp"))
		wrong = reader->header == FAMILY_IPV6;
	else if (nft_is_word(lexer, "icmpv6"))
		wrong = reader->header == FAMILY_IPV4;
	if (wrong)
		nft_refused(reader->importer, lexer->now.begin, lexer->now.end,
			    "the packets of this rule cannot be answered so");
}

/* "tcp reset", "icmp type host-unreachable": what the answer needs the packet to be */
static bool read_answer(struct nft_reader *reader)
{
	struct nft_lexer *lexer = &reader->lexer;

	check_answer(reader);
	if (nft_take_word(lexer, "tcp")) {
		nft_imply_protocol(reader, PROTOCOL_TCP);
		return nft_take_word(lexer, "reset");
	}
	if (nft_take_word(lexer, "icmp"))
		nft_imply_family(reader, FAMILY_IPV4);
	else if (nft_take_word(lexer, "icmpv6"))
		nft_imply_family(reader, FAMILY_IPV6);
	else if (!nft_take_word(lexer, "icmpx"))
		return false;
	nft_take_word(lexer, "type");
	return take_value(lexer);
}

/*
 * "reject", "reject with tcp reset", "reject with icmpx type admin-prohibited"
 *
 * nft asks for what the answer needs at the very begin of the rule, before marks are set
 * ("nft --debug=netlink" of 1.0.6, seen 2026-11-21).
 */
static bool read_reject(struct nft_reader *reader)
{
	static const struct nft_verdict refuse = {.action = ACTION_REFUSE};
	size_t asked = reader->match.count;

	nft_next(&reader->lexer);
	if (nft_take_word(&reader->lexer, "with") && !read_answer(reader))
		return false;
	if (reader->split && reader->match.count > asked)
		return false;
	reader->done = true;
	return nft_add_rule(reader, NULL, &refuse);
}

/*
 * Does looking up a value end the rule for some packets: those without that header, or
 * those that a map does not hold?
 */
static bool value_fails(const struct nft_lexer *from, const struct nft_lexer *to)
{
	static const char *const always[] = {"meta",   "mark",	  "ct",
					     "numgen", "symhash", "rt"};
	struct nft_lexer lexer = *from;

	for (; lexer.count < to->count; nft_next(&lexer)) {
		bool fails = nft_is_word(&lexer, "map") || nft_selector_begins(&lexer);

		for (size_t i = 0; i < ARRAY_SIZE(always) && fails; i++)
			fails = !nft_is_word(&lexer, always[i]);
		if (fails)
			return true;
	}
	return false;
}

/* Goes to the comment or the end of the rule. */
static void skip_rest(struct nft_lexer *lexer)
{
	unsigned depth = 0;

	while (lexer->now.kind != NFT_END && lexer->now.kind != NFT_UNDEFINED) {
		if (!depth && nft_is_word(lexer, "comment"))
			return;
		depth += lexer->now.kind == NFT_OPEN;
		depth -= depth && lexer->now.kind == NFT_CLOSE;
		nft_next(lexer);
	}
}

/* "dnat to …", "masquerade": the packet is let through by this chain, changed */
static bool read_nat(struct nft_reader *reader)
{
	static const struct nft_verdict accept = {.action = ACTION_ADMIT};
	struct nft_lexer *lexer = &reader->lexer, begin = *lexer;
	bool source = nft_is_word(lexer, "snat") || nft_is_word(lexer, "masquerade");

	nft_note(reader->importer,
		 source ? NFT_NOTE_SOURCE_NAT : NFT_NOTE_DESTINATION_NAT,
		 lexer->now.begin);
	if (!source) /* behind these rules: what leaves is as they saw it */
		nft_add_altered(reader, "destination NAT");
	nft_next(lexer);
	skip_rest(lexer);
	nft_next(&begin);
	if (value_fails(&begin, lexer)) {
		nft_split(reader);
		add_unknown(reader, &begin);
	}
	reader->done = true;
	return nft_add_rule(reader, NULL, &accept);
}

/* "add @s { ip saddr timeout 1m limit rate 3/second }": inner limits are a match */
static bool read_set_update(struct nft_reader *reader, bool braces)
{
	struct nft_lexer begin = reader->lexer, *lexer = &reader->lexer;
	struct nft_selector selector;
	bool limits = false;

	if (!braces || !nft_take(lexer, NFT_OPEN))
		return false;
	do {
		if (!nft_selector_begins(lexer) || !nft_selector_read(lexer, &selector))
			return false;
		nft_imply(reader, &selector);
		if (nft_take(lexer, NFT_AND) && !nft_skip_value(lexer))
			return false;
	} while (nft_take(lexer, NFT_DOT));
	while (lexer->now.kind != NFT_CLOSE) {
		if (nft_is_word(lexer, "limit") || nft_is_word(lexer, "quota") ||
		    nft_is_word(lexer, "ct"))
			limits = true;
		if (nft_at_end(lexer) || lexer->now.kind == NFT_UNDEFINED)
			return false;
		nft_next(lexer);
	}
	nft_next(lexer);
	if (limits)
		add_unknown(reader, &begin);
	return true;
}

/* "add @set { … }", "update @set { … }", "delete @set { … }" */
static bool read_dynamic(struct nft_reader *reader)
{
	struct nft_lexer *lexer = &reader->lexer;

	nft_split(reader);
	nft_note(reader->importer, NFT_NOTE_FULL_SET, lexer->now.begin);
	nft_next(lexer);
	if (!nft_take(lexer, NFT_AT) || !nft_is_name(lexer))
		return false;
	nft_next(lexer);
	return read_set_update(reader, true);
}

/* "meter NAME size 100 { ip saddr limit rate 3/second }" of nft before 1.0 */
static bool read_meter(struct nft_reader *reader)
{
	struct nft_lexer *lexer = &reader->lexer;

	nft_split(reader);
	nft_next(lexer);
	if (!nft_is_name(lexer))
		return false;
	nft_next(lexer);
	if (nft_take_word(lexer, "size") && !nft_take(lexer, NFT_NUMBER))
		return false;
	return read_set_update(reader, true);
}

static bool read_flow(struct nft_reader *reader)
{
	struct nft_lexer begin = reader->lexer, *lexer = &reader->lexer;

	nft_split(reader);
	nft_note(reader->importer, NFT_NOTE_OFFLOAD, lexer->now.begin);
	nft_add_altered(reader, "offloaded flows pass by the rules");
	nft_next(lexer);
	if (!nft_take_word(lexer, "add") && !nft_take_word(lexer, "offload"))
		return false;
	if (!nft_take(lexer, NFT_AT) || !take_value(lexer))
		return false;
	/* nft_flow_offload_eval() ends the rule for packets that it does not take */
	add_unknown(reader, &begin);
	return true;
}

/* "dup to 10.0.0.1 device eth0": a copy, and the packet goes on */
static bool read_dup(struct nft_reader *reader)
{
	struct nft_lexer *lexer = &reader->lexer;

	nft_note(reader->importer, NFT_NOTE_COPY, lexer->now.begin);
	nft_next(lexer);
	if (!nft_take_word(lexer, "to") || !nft_skip_value(lexer))
		return false;
	return !nft_take_word(lexer, "device") || nft_skip_value(lexer);
}

/* "tproxy to :8080": goes on where a socket is found */
static bool read_tproxy(struct nft_reader *reader)
{
	struct nft_lexer begin = reader->lexer, *lexer = &reader->lexer;

	nft_split(reader);
	nft_note(reader->importer, NFT_NOTE_TPROXY, lexer->now.begin);
	nft_add_altered(reader, "a transparent proxy takes them");
	nft_next(lexer);
	if (!nft_take_word(lexer, "ip"))
		nft_take_word(lexer, "ip6");
	if (!nft_take_word(lexer, "to") || !nft_skip_value(lexer))
		return false;
	add_unknown(reader, &begin);
	return true;
}

static bool read_notrack(struct nft_reader *reader)
{
	nft_note(reader->importer, NFT_NOTE_NOTRACK, reader->lexer.now.begin);
	nft_add_altered(reader,
			"notrack: their connection state is 'untracked' from here on");
	nft_next(&reader->lexer);
	return true;
}

/* "xt match "conntrack"": what it looks at is not in the text, so no two are the same */
static bool read_xt(struct nft_reader *reader)
{
	struct nft_lexer begin = reader->lexer, *lexer = &reader->lexer;
	uint32_t at = lexer->now.begin;

	nft_split(reader);
	nft_next(lexer);
	if (!nft_take_word(lexer, "match") || !nft_is_name(lexer))
		return false;
	nft_next(lexer);
	diag_report(reader->importer->diag, DIAG_NFT_RULE_UNKNOWN,
		    nft_span(reader->importer, at, at + 2),
		    "what this match of iptables looks at is not in the text");
	add_unknown(reader, &begin);
	return true;
}

static bool read_verdict(struct nft_reader *reader)
{
	struct nft_verdict verdict;

	if (!nft_verdict_read(&reader->lexer, &verdict))
		return false;
	if (verdict.action == ACTION_CONTINUE)
		return true; /* says nothing; the rule is made at its end */
	reader->done = true;
	return nft_add_rule(reader, NULL, &verdict);
}

static const struct {
	const char *word;
	bool (*read)(struct nft_reader *reader);
} statements[] = {
	{"accept", read_verdict},  {"drop", read_verdict},   {"jump", read_verdict},
	{"goto", read_verdict},	   {"return", read_verdict}, {"continue", read_verdict},
	{"queue", read_verdict},   {"reject", read_reject},  {"counter", read_counter},
	{"log", read_log},	   {"limit", read_limit},    {"quota", read_limit},
	{"last", read_last},	   {"snat", read_nat},	     {"dnat", read_nat},
	{"masquerade", read_nat},  {"redirect", read_nat},   {"add", read_dynamic},
	{"update", read_dynamic},  {"delete", read_dynamic}, {"meter", read_meter},
	{"flow", read_flow},	   {"dup", read_dup},	     {"tproxy", read_tproxy},
	{"notrack", read_notrack}, {"xt", read_xt},
};

/* -- "… set …" ---------------------------------------------------------------------- */

/* A mark of numbers only; anything else is not known. */
static void set_mark(struct nft_reader *reader, const struct nft_lexer *end)
{
	struct nft_lexer ahead = reader->lexer;
	u128 value;

	if (nft_number_read(&ahead, NFT_TYPE_MARK, &value) && ahead.count == end->count &&
	    value <= UINT32_MAX) {
		reader->marks = true;
		reader->mark = (uint32_t)value;
		return;
	}
	nft_note(reader->importer, NFT_NOTE_MARK, reader->lexer.now.begin);
	nft_taint(reader->importer, reader->chain);
	nft_add_altered(reader, NULL);
}

/* "meta mark set 1", "ip dscp set cs1", "tcp option maxseg size set rt mtu" */
static bool is_setting(const struct nft_lexer *lexer)
{
	struct nft_lexer ahead = *lexer;
	struct nft_selector selector;

	return nft_selector_begins(&ahead) && nft_selector_read(&ahead, &selector) &&
	       nft_is_word(&ahead, "set");
}

static bool read_setting(struct nft_reader *reader)
{
	struct nft_lexer *lexer = &reader->lexer, begin, end;
	struct nft_selector selector;
	uint32_t at = lexer->now.begin;

	nft_selector_read(lexer, &selector);
	nft_next(lexer); /* set */
	end = *lexer;
	if (!nft_skip_value(&end))
		return false;
	if (selector.type == NFT_TYPE_MARK) {
		set_mark(reader, &end);
	} else if (selector.family >= 0 || selector.protocol >= 0) {
		nft_split(reader);
		nft_imply(reader, &selector);
		nft_note(reader->importer, NFT_NOTE_REWRITE, at);
		if (selector.type != NFT_TYPE_OPAQUE) /* of what is compared */
			nft_add_altered(reader, "it rewrites the header");
	}
	begin = *lexer;
	*lexer = end;
	if (value_fails(&begin, &end)) {
		nft_split(reader);
		add_unknown(reader, &begin);
	}
	return true;
}

bool nft_read_statement(struct nft_reader *reader)
{
	struct nft_lexer *lexer = &reader->lexer;

	for (size_t i = 0; i < ARRAY_SIZE(statements); i++)
		if (nft_is_word(lexer, statements[i].word))
			return statements[i].read(reader);
	if (!nft_selector_begins(lexer))
		return false;
	if (is_setting(lexer))
		return read_setting(reader);
	nft_split(reader);
	return nft_match_read(reader);
}
