/* nft_rules.c - Second pass: the statements of a rule. */
#include "backends/nftables/nft_rules.h"

#include <string.h>

#include "rules/base/arena.h"
#include "rules/base/strbuf.h"

/* A longer text of a test is cut, and told from others by its place. */
#define UNKNOWN_MAX 160

/* -- names of unknowns -------------------------------------------------------------- */

static uint32_t column(const struct nft_importer *importer, uint32_t at)
{
	uint32_t line = nft_line(importer, at);

	return line > 1 ? at - importer->line_ends[line - 2] : at + 1;
}

/* The tokens in [@from, @to) of the text, single blanks between; true when it was cut.
 * @named: there is an "@" in them. */
static bool join(struct strbuf *out, const struct nft_lexer *from,
		 const struct nft_lexer *to, bool *ret_named)
{
	struct nft_lexer lexer = *from;

	for (; lexer.count < to->count && lexer.now.kind != NFT_END; nft_next(&lexer)) {
		if (lexer.now.kind == NFT_NEWLINE)
			continue;
		*ret_named |= lexer.now.kind == NFT_AT;
		if (out->length >= UNKNOWN_MAX)
			return true;
		if (out->length)
			strbuf_putc(out, ' ');
		strbuf_add(out, lexer.text + lexer.now.begin,
			   lexer.now.end - lexer.now.begin < UNKNOWN_MAX
				   ? lexer.now.end - lexer.now.begin
				   : UNKNOWN_MAX);
	}
	return false;
}

static const char *name_tokens(struct nft_reader *reader, const struct nft_lexer *from,
			       const struct nft_lexer *to, bool here)
{
	CLEANUP(strbuf_release) struct strbuf out = {0};
	uint32_t expanded = reader->importer->defines.expanded;
	bool named = false;
	bool cut = join(&out, from, to, &named) || out.length >= UNKNOWN_MAX;

	reader->importer->defines.expanded = expanded;
	for (size_t i = 0; i < out.length; i++)
		if (out.text[i] == '"' || (unsigned char)out.text[i] < ' ')
			out.text[i] = '\''; /* the canonical text quotes names */
	if (cut)
		strbuf_puts(&out, " ...");
	if (named) /* a set of that name is another one in another table */
		strbuf_printf(&out, " (table %s)", reader->table->label);
	if (cut || here)
		strbuf_printf(&out, " (line %u:%u)",
			      nft_line(reader->importer, from->now.begin),
			      column(reader->importer, from->now.begin));
	return arena_strdup(reader->importer->arena, strbuf_text(&out));
}

const char *nft_text(struct nft_reader *reader, const struct nft_lexer *from,
		     const struct nft_lexer *to)
{
	return name_tokens(reader, from, to, false);
}

const char *nft_text_here(struct nft_reader *reader, const struct nft_lexer *from,
			  const struct nft_lexer *to)
{
	return name_tokens(reader, from, to, true);
}

/* -- making rules ------------------------------------------------------------------- */

static struct chain *chain_of(const struct nft_reader *reader)
{
	return &reader->importer->rules->chains[reader->chain];
}

static struct rule *push_rule(struct nft_reader *reader, const struct term *extra)
{
	struct arena *arena = reader->importer->arena;
	struct rule *rule = chain_add_rule(chain_of(reader), arena);
	size_t count = reader->match.count + (extra ? 1 : 0);

	*rule = (struct rule){.marks = reader->marks,
			      .mark = reader->mark,
			      .logs = reader->logs};
	rule->match.terms = arena_array(arena, count, struct term);
	if (reader->match.count)
		memcpy(rule->match.terms, reader->match.terms,
		       reader->match.count * sizeof(*rule->match.terms));
	if (extra)
		rule->match.terms[reader->match.count] = *extra;
	rule->match.count = rule->match.capacity = count;
	return rule;
}

/* A rule of its own says what happens to the packets that got so far. */
static void add_altered(struct nft_reader *reader, const char *alters)
{
	struct rule *rule = push_rule(reader, NULL);

	rule->action = ACTION_CONTINUE;
	rule->marks = false;
	rule->alters = alters;
	rule->blurs = !alters;
}

static struct term unknown(const char *name)
{
	return (struct term){.kind = TERM_UNKNOWN, .unknown = name};
}

static bool find_target(struct nft_reader *reader, const struct nft_verdict *verdict,
			size_t *ret_target)
{
	struct nft_chain *chain =
		nft_find_chain(reader->table, verdict->target, verdict->target_length);

	if (!chain) {
		diag_report(reader->importer->diag, DIAG_NFT_UNDEFINED,
			    nft_span(reader->importer, verdict->at,
				     verdict->at + (uint32_t)verdict->target_length),
			    "there is no chain '%.*s' in table '%s'",
			    (int)verdict->target_length, verdict->target,
			    reader->table->label);
		return false;
	}
	*ret_target = chain->index;
	return true;
}

struct rule *nft_add_rule(struct nft_reader *reader, const struct term *extra,
			  const struct nft_verdict *verdict)
{
	enum action action = verdict->action;
	struct rule *rule;
	size_t target = 0;

	/* A chain that was made for the rest of a rule cannot end the chain it is for. */
	if (reader->split && (action == ACTION_RETURN || action == ACTION_GOTO))
		return NULL;
	if (verdict->target && !find_target(reader, verdict, &target))
		return NULL;
	if (verdict->queue) {
		struct nft_reader copy = *reader;
		struct term choice =
			unknown(arena_printf(reader->importer->arena,
					     "queue accepts (line %u:%u)",
					     nft_line(reader->importer, verdict->at),
					     column(reader->importer, verdict->at)));

		if (extra)
			*match_add(&copy.match, extra->kind, reader->importer->arena) =
				*extra;
		push_rule(&copy, &choice)->action = ACTION_ADMIT;
		copy.match.count = reader->match.count;
		add_altered(&copy, NULL);
		nft_taint(reader->importer, reader->chain); /* the program may mark it */
	}
	rule = push_rule(reader, extra);
	rule->action = action;
	rule->target = target;
	return rule;
}

void nft_split(struct nft_reader *reader)
{
	struct ruleset *rules = reader->importer->rules;
	struct nft_importer *importer = reader->importer;
	size_t made;
	struct rule *rule;

	if (!reader->marks)
		return;
	made = ruleset_add_chain(rules,
				 arena_printf(importer->arena, "%s line %u:%u",
					      rules->chains[reader->chain].name,
					      nft_line(importer, reader->lexer.now.begin),
					      column(importer, reader->lexer.now.begin)),
				 importer->arena);
	rules->chains[made].at = rules->chains[reader->chain].at;
	rule = push_rule(reader, NULL);
	rule->action = ACTION_JUMP;
	rule->target = made;
	reader->chain = made;
	reader->split = true;
	reader->match = (struct match){0};
	reader->marks = false;
}

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

/* "reject", "reject with tcp reset", "reject with icmpx type admin-prohibited" */
static bool read_reject(struct nft_reader *reader)
{
	static const struct nft_verdict refuse = {.action = ACTION_REFUSE};
	struct nft_lexer *lexer = &reader->lexer;

	nft_next(lexer);
	if (nft_take_word(lexer, "with")) {
		if (nft_take_word(lexer, "tcp")) {
			if (!nft_take_word(lexer, "reset"))
				return false;
			nft_imply_protocol(reader, PROTOCOL_TCP);
		} else {
			if (nft_take_word(lexer, "icmp"))
				nft_imply_family(reader, FAMILY_IPV4);
			else if (nft_take_word(lexer, "icmpv6"))
				nft_imply_family(reader, FAMILY_IPV6);
			else if (!nft_take_word(lexer, "icmpx"))
				return false;
			nft_take_word(lexer, "type");
			if (!take_value(lexer))
				return false;
		}
	}
	reader->done = true;
	return nft_add_rule(reader, NULL, &refuse);
}

/*
 * Does looking up a value end the rule for some packets: those without that header, or
 * those that a map does not hold?
 */
static bool value_fails(const struct nft_lexer *from, const struct nft_lexer *to)
{
	static const char *const always[] = {"meta", "mark", "ct", "numgen", "symhash", "rt"};
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
		add_altered(reader, "destination NAT");
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
	add_altered(reader, "offloaded flows pass by the rules");
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
	add_altered(reader, "a transparent proxy takes them");
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
	add_altered(reader, "notrack: their connection state is 'untracked' from here on");
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
	{"notrack", read_notrack},  {"xt", read_xt},
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
	add_altered(reader, NULL);
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
			add_altered(reader, "it rewrites the header");
	}
	begin = *lexer;
	*lexer = end;
	if (value_fails(&begin, &end)) {
		nft_split(reader);
		add_unknown(reader, &begin);
	}
	return true;
}

/* -- a rule ------------------------------------------------------------------------- */

static bool read_statement(struct nft_reader *reader)
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

/* "comment "…"", which may stand at the end only */
static const char *read_comment(struct nft_reader *reader)
{
	struct nft_lexer *lexer = &reader->lexer;
	const char *text;

	if (!nft_take_word(lexer, "comment") || !nft_is_name(lexer))
		return NULL;
	text = arena_strndup(reader->importer->arena, lexer->text + lexer->now.begin,
			     lexer->now.end - lexer->now.begin);
	nft_next(lexer);
	return text;
}

/* A definition that is not there is a mistake of the text, not of the reader. */
static bool report_undefined(struct nft_reader *reader, const struct nft_lexer *from)
{
	struct nft_importer *importer = reader->importer;
	struct nft_lexer lexer = *from;

	while (lexer.now.kind != NFT_END && lexer.now.kind != NFT_UNDEFINED)
		nft_next(&lexer);
	if (lexer.now.kind != NFT_UNDEFINED)
		return false;
	diag_report(importer->diag, DIAG_NFT_UNDEFINED,
		    nft_span(importer, lexer.now.begin, lexer.now.end),
		    "'%.*s' is not defined, or its definition is too large",
		    (int)(lexer.now.end - lexer.now.begin), lexer.text + lexer.now.begin);
	return true;
}

/* Also 'xt target "MARK"', and "TPROXY", which marks, too. */
static bool may_mark(const char *text, size_t length)
{
	return memmem(text, length, "mark", strlen("mark")) ||
	       memmem(text, length, "xt target", strlen("xt target"));
}

/*
 * The rest of a rule is not understood: it may accept, refuse, end the chain, or not
 * match at all.
 */
static void give_up(struct nft_reader *reader, const struct nft_rule *text,
		    const struct nft_lexer *from)
{
	static const struct {
		enum action action;
		const char *word;
	} ways[] = {{ACTION_ADMIT, "accepts"},
		    {ACTION_REFUSE, "refuses"},
		    {ACTION_RETURN, "returns"}};
	struct nft_importer *importer = reader->importer;
	uint32_t at = from->depth ? text->begin : from->now.begin;

	if (at >= text->end)
		at = text->begin;
	diag_report(importer->diag, DIAG_NFT_RULE_UNKNOWN,
		    nft_span(importer, at, text->end),
		    "this rule is not understood from here on");
	for (size_t i = 0; i < ARRAY_SIZE(ways); i++) {
		struct term term = unknown(
			arena_printf(importer->arena,
				     "rule not understood %s (line %u:%u)", ways[i].word,
				     nft_line(importer, text->begin),
				     column(importer, text->begin)));

		if (!reader->split || ways[i].action != ACTION_RETURN)
			push_rule(reader, &term)->action = ways[i].action;
	}
	push_rule(reader, NULL)->action = ACTION_CONTINUE;
	if (may_mark(importer->text + at, text->end - at)) {
		nft_taint(importer, reader->chain);
		add_altered(reader, NULL);
	}
}

/* Names the rules made of one text: those from @first in its chain, and whole chains
 * from @chains on, which a split made. */
static void name_rules(struct nft_importer *importer, const struct nft_rule *text,
		       const char *comment, size_t chain, size_t first, size_t chains)
{
	static const char prefix[] = "postern:";
	struct ruleset *rules = importer->rules;
	const char *id = comment && strncmp(comment, prefix, sizeof(prefix) - 1) == 0
				 ? comment + sizeof(prefix) - 1
				 : NULL;

	for (size_t c = chain; c < rules->chain_count; c = c < chains ? chains : c + 1) {
		struct chain *of = &rules->chains[c];

		for (size_t i = c == chain ? first : 0; i < of->count; i++) {
			of->rules[i].id = id;
			of->rules[i].name = comment;
			of->rules[i].handle = text->handle;
			of->rules[i].at = nft_span(importer, text->begin, text->end);
		}
	}
}

/* The statements up to a comment or the end; false: @ret_from is where sense ends. */
static bool read_statements(struct nft_reader *reader, struct nft_lexer *ret_from)
{
	while (reader->lexer.now.kind != NFT_END &&
	       !nft_is_word(&reader->lexer, "comment")) {
		*ret_from = reader->lexer;
		if (reader->done) /* nft takes nothing behind a verdict */
			return false;
		if (!read_statement(reader))
			return false;
	}
	*ret_from = reader->lexer;
	return true;
}

int nft_read_rule(struct nft_importer *importer, struct nft_chain *chain,
		  const struct nft_rule *rule)
{
	struct nft_reader reader = {.importer = importer,
				    .table = chain->table,
				    .chain = chain->index,
				    .match = importer->scratch,
				    .family = chain->table->family == NFT_FAMILY_IP
						      ? FAMILY_IPV4
					      : chain->table->family == NFT_FAMILY_IP6
						      ? (int)FAMILY_IPV6
						      : -1,
				    .protocol = -1};
	static const struct nft_verdict go_on = {.action = ACTION_CONTINUE};
	size_t first = importer->rules->chains[chain->index].count;
	size_t chains = importer->rules->chain_count,
	       errors = diag_errors(importer->diag);
	const char *comment = NULL;
	struct nft_lexer from;

	nft_lexer_init(&reader.lexer, importer->text, rule->begin, rule->end,
		       &importer->defines, rule->clock);
	if (read_statements(&reader, &from)) {
		comment = read_comment(&reader);
		from = reader.lexer;
		if (reader.lexer.now.kind != NFT_END)
			give_up(&reader, rule, &from);
		else if (!reader.done)
			nft_add_rule(&reader, NULL, &go_on);
	} else if (diag_errors(importer->diag) == errors &&
		   !report_undefined(&reader, &from)) {
		give_up(&reader, rule, &from);
	}
	/* rules have copies: the room serves the next rule */
	if (reader.match.capacity > importer->scratch.capacity)
		importer->scratch = reader.match;
	importer->scratch.count = 0;
	name_rules(importer, rule, comment, chain->index, first, chains);
	return diag_errors(importer->diag) == errors ? 0 : -1;
}
