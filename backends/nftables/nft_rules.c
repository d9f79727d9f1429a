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

/* "10/second" and "@set" are one word to who reads them. */
static bool is_apart(const struct strbuf *out, const struct nft_lexer *lexer)
{
	char before = out->length ? out->text[out->length - 1] : '@';

	return before != '@' && before != '/' && lexer->text[lexer->now.begin] != '/';
}

/* The tokens in [@from, @to) of the text, single blanks between; true when it was cut. */
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
		if (is_apart(out, &lexer))
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

void nft_add_altered(struct nft_reader *reader, const char *alters)
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
	if (chain->hook || chain->command > reader->command) {
		diag_report(reader->importer->diag, DIAG_NFT_REFUSED,
			    nft_span(reader->importer, verdict->at,
				     verdict->at + (uint32_t)verdict->target_length),
			    chain->hook
				    ? "'%s' is a base chain: nothing can jump there"
				    : "'%s' comes later in the text: it is not there yet",
			    chain->label);
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
		nft_add_altered(&copy, NULL);
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
					      rules->chains[reader->origin].name,
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

/* -- a rule ------------------------------------------------------------------------- */

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
		nft_add_altered(reader, NULL);
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
		if (!nft_read_statement(reader))
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
				    .origin = chain->index,
				    .command = rule->command,
				    .match = importer->scratch,
				    .family = chain->table->family == NFT_FAMILY_IP
						      ? FAMILY_IPV4
					      : chain->table->family == NFT_FAMILY_IP6
						      ? (int)FAMILY_IPV6
						      : -1,
				    .protocol = -1,
				    .transport = -1};
	static const struct nft_verdict go_on = {.action = ACTION_CONTINUE};
	size_t first = importer->rules->chains[chain->index].count;
	size_t chains = importer->rules->chain_count,
	       errors = diag_errors(importer->diag);
	const char *comment = NULL;
	struct nft_lexer from;

	reader.header = reader.family;
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
