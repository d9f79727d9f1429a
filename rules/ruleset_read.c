/* ruleset_read.c - The canonical text of a rule set, read.
 *
 * DOC: The reader
 *
 * A recursive descent over the grammar in ruleset_text.h, one function a line of it.
 * There are no tokens: what comes next is always known, so each function takes its
 * bytes itself.  Functions answer false after they have reported an error, and the
 * first error ends the reading.
 *
 * Chains may be named before they stand in the text, so references are checked at the
 * end, from a list of all of them.
 */
#include <string.h>

#include "rules/base/arena.h"
#include "rules/ruleset_text.h"

/* Long enough for any word or address of the grammar. */
#define WORD_MAX 64

/* What a chain reference said, to be checked when all chains are known. */
struct chain_ref {
	size_t chain;
	const char *name;
	struct span at;
};

struct reader {
	const char *text;
	size_t length;
	size_t at;
	uint32_t source;
	size_t items;
	struct chain_ref *refs;
	size_t ref_count, ref_capacity;
	struct ruleset *rules;
	struct arena *arena;
	struct diag *diag;
};

static bool is_letter(char c)
{
	return c >= 'a' && c <= 'z';
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static int hex_digit(char c)
{
	if (is_digit(c))
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* The byte at @offset from here; NUL behind the end, which no text may hold. */
static char peek(const struct reader *reader, size_t offset)
{
	size_t at = reader->at + offset;

	return at < reader->length ? reader->text[at] : '\0';
}

static struct span span_from(const struct reader *reader, size_t begin)
{
	return (struct span){reader->source, (uint32_t)begin, (uint32_t)reader->at};
}

static void skip_blanks(struct reader *reader)
{
	for (;;) {
		char c = peek(reader, 0);

		if (c == '#')
			while (reader->at < reader->length && peek(reader, 0) != '\n')
				reader->at++;
		else if (c == ' ' || c == '\t' || c == '\n' || c == '\r')
			reader->at++;
		else
			return;
	}
}

/* Length of the word that begins here: letters, digits and single dashes inside. */
static size_t word_length(const struct reader *reader)
{
	size_t length = 0;

	if (!is_letter(peek(reader, 0)))
		return 0;
	while (is_letter(peek(reader, length)) || is_digit(peek(reader, length)) ||
	       (peek(reader, length) == '-' && (is_letter(peek(reader, length + 1)) ||
						is_digit(peek(reader, length + 1)))))
		length++;
	return length;
}

static bool expected(struct reader *reader, const char *what)
{
	size_t begin = reader->at, length = word_length(reader);
	struct span at = {reader->source, (uint32_t)begin, (uint32_t)(begin + length)};

	if (begin >= reader->length) {
		diag_report(reader->diag, DIAG_RULES_SYNTAX, at,
			    "%s is expected before the end", what);
		return false;
	}
	if (!length)
		at.end++;
	diag_report(reader->diag, DIAG_RULES_SYNTAX, at, "%s is expected here", what);
	return false;
}

/* Is the next thing the word or mark @text?  Takes it then. */
static bool take(struct reader *reader, const char *text)
{
	size_t length = strlen(text);

	skip_blanks(reader);
	if (reader->length - reader->at < length ||
	    memcmp(reader->text + reader->at, text, length) != 0)
		return false;
	if (is_letter(text[0]) && word_length(reader) != length)
		return false;
	reader->at += length;
	return true;
}

static bool need(struct reader *reader, const char *text)
{
	char quoted[WORD_MAX];

	if (take(reader, text))
		return true;
	quoted[0] = '\'';
	memcpy(quoted + 1, text, strlen(text));
	memcpy(quoted + 1 + strlen(text), "'", 2);
	return expected(reader, quoted);
}

static bool count_item(struct reader *reader)
{
	if (reader->items++ < RULESET_TEXT_MAX_ITEMS)
		return true;
	diag_report(reader->diag, DIAG_RULES_SYNTAX, span_from(reader, reader->at),
		    "more than %u rules, terms and elements", RULESET_TEXT_MAX_ITEMS);
	return false;
}

/* -- strings and numbers -------------------------------------------------------- */

/* One byte of a string, escaped or not; the NUL ends what cannot be a string. */
static char take_byte(struct reader *reader)
{
	char c = peek(reader, 0);
	int high, low;

	reader->at++;
	if (c != '\\')
		return c;
	c = peek(reader, 0);
	reader->at++;
	switch (c) {
	case 'n':
		return '\n';
	case 't':
		return '\t';
	case '"':
	case '\\':
		return c;
	case 'x':
		high = hex_digit(peek(reader, 0));
		low = high < 0 ? -1 : hex_digit(peek(reader, 1));
		if (low < 0)
			return '\0';
		reader->at += 2;
		return (char)(high << 4 | low);
	}
	return '\0';
}

/* Where the string that begins here ends, or 0 when it does not. */
static size_t string_end(const struct reader *reader)
{
	for (size_t at = reader->at + 1; at < reader->length; at++) {
		if (reader->text[at] == '"')
			return at;
		if (reader->text[at] == '\n')
			return 0;
		if (reader->text[at] == '\\')
			at++;
	}
	return 0;
}

static bool take_string(struct reader *reader, const char **ret_text)
{
	size_t begin, end, length = 0;
	char *text;

	skip_blanks(reader);
	if (peek(reader, 0) != '"')
		return expected(reader, "a string in double quotes");
	begin = reader->at;
	end = string_end(reader);
	if (!end) {
		reader->at++;
		diag_report(reader->diag, DIAG_RULES_SYNTAX, span_from(reader, begin),
			    "this string has no end on its line");
		return false;
	}
	text = arena_alloc(reader->arena, end - begin);
	for (reader->at++; reader->at < end;) {
		size_t at = reader->at;
		char c = take_byte(reader);

		if (!c) {
			diag_report(reader->diag, DIAG_RULES_SYNTAX,
				    span_from(reader, at),
				    "a string holds \\\" \\\\ \\n \\t \\xHH and no NUL");
			return false;
		}
		text[length++] = c;
	}
	reader->at = end + 1;
	*ret_text = text;
	return true;
}

static bool take_optional_string(struct reader *reader, const char **ret_text)
{
	skip_blanks(reader);
	return peek(reader, 0) != '"' || take_string(reader, ret_text);
}

static bool take_number(struct reader *reader, uint64_t max, uint64_t *ret_number)
{
	uint64_t number = 0;
	unsigned base = 10;
	size_t begin;

	skip_blanks(reader);
	if (!is_digit(peek(reader, 0)))
		return expected(reader, "a number");
	begin = reader->at;
	if (peek(reader, 0) == '0' && peek(reader, 1) == 'x' &&
	    hex_digit(peek(reader, 2)) >= 0) {
		base = 16;
		reader->at += 2;
	}
	for (;; reader->at++) {
		int digit = hex_digit(peek(reader, 0));

		if (digit < 0 || digit >= (int)base)
			break;
		if ((unsigned)digit > max || number > (max - (unsigned)digit) / base) {
			reader->at++;
			diag_report(reader->diag, DIAG_RULES_SYNTAX,
				    span_from(reader, begin),
				    "the largest number here is %llu",
				    (unsigned long long)max);
			return false;
		}
		number = number * base + (unsigned)digit;
	}
	*ret_number = number;
	return true;
}

/* -- sets ------------------------------------------------------------------------ */

static bool report_addr(struct reader *reader, size_t begin, const struct prefix *masked)
{
	char text[ADDR_TEXT_MAX];

	diag_report(reader->diag, DIAG_RULES_SYNTAX, span_from(reader, begin),
		    masked ? "this prefix has bits behind its length"
			   : "an address, a prefix or a range of addresses is expected "
			     "here");
	if (masked)
		diag_help(reader->diag, "write '%s'", prefix_format(masked, text));
	return false;
}

/* The bytes of one address or prefix; what they mean is for addr.c. */
static void take_addr_text(struct reader *reader, char *text)
{
	size_t length = 0;

	for (; length < WORD_MAX - 1; length++) {
		char c = peek(reader, length);

		if (hex_digit(c) < 0 && c != '.' && c != ':' && c != '/')
			break;
		text[length] = c;
	}
	text[length] = '\0';
	reader->at += length;
}

static bool take_addrs_value(struct reader *reader, struct term *term)
{
	char text[WORD_MAX];
	struct addr first, last;
	struct prefix prefix;
	size_t begin;

	skip_blanks(reader);
	begin = reader->at;
	take_addr_text(reader, text);
	if (peek(reader, 0) != '-') {
		switch (prefix_parse(text, &prefix)) {
		case PREFIX_OK:
			addr_set_add_prefix(&term->addrs, &prefix, reader->arena);
			return true;
		case PREFIX_BAD:
			return report_addr(reader, begin, NULL);
		case PREFIX_HOST_BITS:
			return report_addr(reader, begin, &prefix);
		}
	}
	if (!addr_parse(text, &first))
		return report_addr(reader, begin, NULL);
	reader->at++;
	take_addr_text(reader, text);
	if (!addr_parse(text, &last) || first.family != last.family ||
	    first.value > last.value)
		return report_addr(reader, begin, NULL);
	ranges_add(&term->addrs.of[first.family], (struct range){first.value, last.value},
		   reader->arena);
	return true;
}

/* The number that @word names on the axis of @field, or -1. */
static int named_number(enum field field, const char *word)
{
	if (field == FIELD_PROTOCOL)
		return protocol_parse(word);
	if (field == FIELD_STATE)
		for (int state = 0; state < CT_STATE_COUNT; state++)
			if (strcmp(word, ct_state_name((enum ct_state)state)) == 0)
				return state;
	if (field == FIELD_FAMILY)
		for (int family = 0; family < FAMILY_COUNT; family++)
			if (strcmp(word, family_name((enum family)family)) == 0)
				return family;
	return -1;
}

static bool take_named_number(struct reader *reader, enum field field,
			      uint64_t *ret_number)
{
	size_t length = word_length(reader);
	char word[WORD_MAX];
	int number;

	if (!length || length >= sizeof(word))
		return expected(reader, "a number or a range");
	memcpy(word, reader->text + reader->at, length);
	word[length] = '\0';
	number = named_number(field, word);
	if (number < 0)
		return expected(reader, "a number or a name that this axis has");
	reader->at += length;
	*ret_number = (uint64_t)number;
	return true;
}

static bool take_numbers_value(struct reader *reader, struct term *term)
{
	uint64_t max = (uint64_t)u128_mask(field_info(term->field)->bits);
	uint64_t first = 0, last;
	size_t begin;

	skip_blanks(reader);
	begin = reader->at;
	if (!is_digit(peek(reader, 0))) {
		if (!take_named_number(reader, term->field, &first))
			return false;
		last = first;
	} else {
		if (!take_number(reader, max, &first))
			return false;
		last = first;
		if (take(reader, "-") && !take_number(reader, max, &last))
			return false;
	}
	if (first > last) {
		diag_report(reader->diag, DIAG_RULES_SYNTAX, span_from(reader, begin),
			    "this range ends before it begins");
		return false;
	}
	ranges_add(&term->numbers, (struct range){first, last}, reader->arena);
	return true;
}

static bool take_symbols_value(struct reader *reader, struct term *term)
{
	const char *symbol;

	if (!take_string(reader, &symbol))
		return false;
	*arena_push(reader->arena, term->symbols.at, term->symbols.count,
		    term->symbols.capacity) = symbol;
	return true;
}

static bool take_value(struct reader *reader, struct term *term)
{
	switch (field_info(term->field)->kind) {
	case FIELD_KIND_ADDRS:
		return take_addrs_value(reader, term);
	case FIELD_KIND_NUMBERS:
		return take_numbers_value(reader, term);
	case FIELD_KIND_SYMBOLS:
		return take_symbols_value(reader, term);
	}
	BUG("field kind %d", (int)field_info(term->field)->kind);
}

static bool take_set(struct reader *reader, struct term *term)
{
	if (!need(reader, "{"))
		return false;
	if (take(reader, "}"))
		return true;
	do {
		if (!count_item(reader) || !take_value(reader, term))
			return false;
	} while (take(reader, ","));
	if (term->kind == TERM_ADDRS)
		addr_set_normalize(&term->addrs);
	else if (term->kind == TERM_NUMBERS)
		ranges_normalize(&term->numbers);
	return need(reader, "}");
}

/* -- matches --------------------------------------------------------------------- */

static bool take_match(struct reader *reader, unsigned depth, struct match *match);

static bool take_choices(struct reader *reader, unsigned depth, struct term *term)
{
	if (!need(reader, "of") || !need(reader, "("))
		return false;
	if (depth >= RULESET_TEXT_MAX_DEPTH) {
		diag_report(reader->diag, DIAG_RULES_SYNTAX,
			    span_from(reader, reader->at - 1),
			    "choices nested deeper than %u", RULESET_TEXT_MAX_DEPTH);
		return false;
	}
	if (take(reader, ")"))
		return true;
	do {
		struct match *choice =
			arena_push(reader->arena, term->choices.at, term->choices.count,
				   term->choices.capacity);

		if (!count_item(reader) || !take_match(reader, depth + 1, choice))
			return false;
	} while (take(reader, "|"));
	return need(reader, ")");
}

static enum term_kind kind_of_field(enum field field)
{
	switch (field_info(field)->kind) {
	case FIELD_KIND_ADDRS:
		return TERM_ADDRS;
	case FIELD_KIND_NUMBERS:
		return TERM_NUMBERS;
	case FIELD_KIND_SYMBOLS:
		return TERM_SYMBOLS;
	}
	BUG("field kind %d", (int)field_info(field)->kind);
}

static bool take_term(struct reader *reader, unsigned depth, struct term *term)
{
	bool fine = false, found = false;

	term->negated = take(reader, "not");
	if (take(reader, "unknown")) {
		term->kind = TERM_UNKNOWN;
		fine = take_string(reader, &term->unknown);
		found = true;
	} else if (take(reader, "one")) {
		term->kind = TERM_CHOICE;
		fine = take_choices(reader, depth, term);
		found = true;
	}
	for (int field = 0; field < FIELD_COUNT && !found; field++) {
		if (!take(reader, field_info((enum field)field)->name))
			continue;
		term->field = (enum field)field;
		term->kind = kind_of_field(term->field);
		fine = take_set(reader, term);
		found = true;
	}
	if (!found)
		return expected(reader, "a field, 'unknown' or 'one of'");
	return fine && (!take(reader, "as") || take_string(reader, &term->label));
}

static bool take_match(struct reader *reader, unsigned depth, struct match *match)
{
	if (take(reader, "any"))
		return true;
	do {
		struct term *term = arena_push(reader->arena, match->terms, match->count,
					       match->capacity);

		if (!count_item(reader) || !take_term(reader, depth, term))
			return false;
	} while (take(reader, "and"));
	return true;
}

/* -- rules, chains, paths -------------------------------------------------------- */

/* A reference behind its word "chain". */
static bool take_chain_ref(struct reader *reader, size_t *ret_chain)
{
	struct chain_ref ref = {0};
	uint64_t number;
	size_t begin;

	skip_blanks(reader);
	begin = reader->at;
	if (!take_number(reader, RULESET_TEXT_MAX_ITEMS, &number) ||
	    !take_optional_string(reader, &ref.name))
		return false;
	ref.chain = (size_t)number;
	ref.at = span_from(reader, begin);
	*arena_push(reader->arena, reader->refs, reader->ref_count,
		    reader->ref_capacity) = ref;
	*ret_chain = ref.chain;
	return true;
}

static bool same_name(const char *a, const char *b)
{
	return a && b ? strcmp(a, b) == 0 : a == b;
}

static bool check_chain_refs(struct reader *reader)
{
	const struct ruleset *rules = reader->rules;

	for (size_t i = 0; i < reader->ref_count; i++) {
		const struct chain_ref *ref = &reader->refs[i];

		if (ref->chain >= rules->chain_count) {
			diag_report(reader->diag, DIAG_RULES_SYNTAX, ref->at,
				    "there is no chain %zu", ref->chain);
			return false;
		}
		if (!same_name(ref->name, rules->chains[ref->chain].name)) {
			diag_report(reader->diag, DIAG_RULES_SYNTAX, ref->at,
				    "chain %zu has another name", ref->chain);
			diag_note(reader->diag, rules->chains[ref->chain].at,
				  "the chain is here");
			return false;
		}
	}
	return true;
}

static bool take_action(struct reader *reader, enum action last, enum action *ret_action)
{
	for (int action = 0; action <= (int)last; action++) {
		if (take(reader, action_name((enum action)action))) {
			*ret_action = (enum action)action;
			return true;
		}
	}
	return expected(reader, "an action");
}

static bool take_effects(struct reader *reader, struct rule *rule)
{
	uint64_t number;

	if (take(reader, "mark")) {
		if (!take_number(reader, UINT32_MAX, &number))
			return false;
		rule->marks = true;
		rule->mark = (uint32_t)number;
	}
	rule->logs = take(reader, "log");
	if (!take_action(reader, ACTION_RETURN, &rule->action))
		return false;
	if (rule->action != ACTION_JUMP && rule->action != ACTION_GOTO)
		return true;
	return need(reader, "chain") && take_chain_ref(reader, &rule->target);
}

/* A rule behind its word "rule", which begins at @begin. */
static bool take_rule(struct reader *reader, size_t begin, struct rule *rule)
{
	if (!take_optional_string(reader, &rule->id) ||
	    (take(reader, "named") && !take_string(reader, &rule->name)) ||
	    (take(reader, "handle") && !take_number(reader, UINT64_MAX, &rule->handle)) ||
	    !need(reader, ":") || !take_match(reader, 0, &rule->match) ||
	    !need(reader, "->") || !take_effects(reader, rule))
		return false;
	rule->at = span_from(reader, begin);
	return true;
}

static bool take_chain(struct reader *reader, size_t begin)
{
	struct ruleset *rules = reader->rules;
	struct chain *chain;
	size_t index, number;

	index = ruleset_add_chain(rules, NULL, reader->arena);
	chain = &rules->chains[index];
	if (!count_item(reader) || !take_chain_ref(reader, &number))
		return false;
	/* The reference is this chain's own name. */
	chain->name = reader->refs[--reader->ref_count].name;
	chain->at = span_from(reader, begin);
	if (number != index) {
		diag_report(reader->diag, DIAG_RULES_SYNTAX, chain->at,
			    "this is chain %zu, not %zu", index, number);
		return false;
	}
	while (take(reader, "rule")) {
		size_t at = reader->at - strlen("rule");

		if (!count_item(reader) ||
		    !take_rule(reader, at, chain_add_rule(chain, reader->arena)))
			return false;
	}
	return true;
}

static bool take_when(struct reader *reader, struct match *match)
{
	return !take(reader, "when") || take_match(reader, 0, match);
}

static bool take_priority(struct reader *reader, int *ret_priority)
{
	bool negative;
	uint64_t number;

	if (!need(reader, "priority"))
		return false;
	negative = take(reader, "-");
	if (!take_number(reader, (uint64_t)INT32_MAX + negative, &number))
		return false;
	*ret_priority = (int)(negative ? -(int64_t)number : (int64_t)number);
	return true;
}

static bool take_stage(struct reader *reader, struct stage *stage)
{
	if (!count_item(reader) || !take_optional_string(reader, &stage->label) ||
	    !need(reader, "chain") || !take_chain_ref(reader, &stage->chain) ||
	    !take_priority(reader, &stage->priority) || !need(reader, "end") ||
	    !take_action(reader, ACTION_UNDECIDED, &stage->end))
		return false;
	if (stage->end == ACTION_CONTINUE) {
		diag_report(reader->diag, DIAG_RULES_SYNTAX,
			    span_from(reader, reader->at - strlen("continue")),
			    "a stage ends in 'admit', 'refuse' or 'undecided'");
		return false;
	}
	return take_when(reader, &stage->guard);
}

static bool take_path(struct reader *reader, size_t begin)
{
	struct path *path;
	const char *name;

	if (!take_string(reader, &name))
		return false;
	if (ruleset_find_path(reader->rules, name) ||
	    reader->rules->path_count >= RULESET_TEXT_MAX_PATHS) {
		diag_report(reader->diag, DIAG_RULES_SYNTAX, span_from(reader, begin),
			    "a path of another name is expected, and at most %u paths",
			    RULESET_TEXT_MAX_PATHS);
		return false;
	}
	path = ruleset_add_path(reader->rules, name, reader->arena);
	path->compose = COMPOSE_ALL;
	if (take(reader, "first"))
		path->compose = COMPOSE_FIRST;
	else if (!take(reader, "all"))
		return expected(reader, "'all' or 'first'");
	if (!take_when(reader, &path->universe))
		return false;
	while (take(reader, "stage"))
		if (!take_stage(reader, arena_push(reader->arena, path->stages,
						   path->count, path->capacity)))
			return false;
	return true;
}

static bool take_ruleset(struct reader *reader)
{
	struct ruleset *rules = reader->rules;

	if (!need(reader, "rules") || !need(reader, "1"))
		return false;
	while (take(reader, "assume")) {
		const char **assumption =
			arena_push(reader->arena, rules->assumptions,
				   rules->assumption_count, rules->assumption_capacity);

		if (!count_item(reader) || !take_string(reader, assumption))
			return false;
	}
	while (take(reader, "path"))
		if (!take_path(reader, reader->at - strlen("path")))
			return false;
	while (take(reader, "chain"))
		if (!take_chain(reader, reader->at - strlen("chain")))
			return false;
	skip_blanks(reader);
	if (reader->at < reader->length)
		return expected(reader, "'rule' or 'chain'");
	return check_chain_refs(reader);
}

int ruleset_read(const char *text, size_t length, uint32_t source, struct arena *arena,
		 struct ruleset **ret_rules, struct diag *diag)
{
	struct reader reader = {.text = text,
				.length = length,
				.source = source,
				.rules = ruleset_new(arena),
				.arena = arena,
				.diag = diag};

	if (length > RULESET_TEXT_MAX_BYTES)
		return diag_report(diag, DIAG_FILE_TOO_LARGE, SPAN_NONE,
				   "a text of %zu bytes", length);
	if (!take_ruleset(&reader))
		return -1;
	*ret_rules = reader.rules;
	return 0;
}
