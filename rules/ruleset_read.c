/* ruleset_read.c - The canonical text of a rule set, read.
 *
 * DOC: The reader
 *
 * A recursive descent over the grammar in ruleset_text.h, one function a line of it.
 * There are no tokens: what comes next is always known, so each function takes its
 * bytes itself (ruleset_scan.h).  Functions answer false after they have reported an
 * error, and the first error ends the reading.
 *
 * Chains may be named before they stand in the text, so references are checked at the
 * end, from a list of all of them.
 */
#include <string.h>

#include "rules/base/arena.h"
#include "rules/ruleset_scan.h"
#include "rules/ruleset_text.h"

/* What a chain reference said, to be checked when all chains are known. */
struct chain_ref {
	size_t chain;
	const char *name;
	struct span at;
};

struct reader {
	struct scanner scan;
	struct ruleset *rules;
	size_t items;
	struct chain_ref *refs;
	size_t ref_count, ref_capacity;
};

static bool count_item(struct reader *reader)
{
	if (reader->items++ < RULESET_TEXT_MAX_ITEMS)
		return true;
	diag_report(reader->scan.diag, DIAG_RULES_SYNTAX,
		    scan_span(&reader->scan, reader->scan.at),
		    "more than %u rules, terms and elements", RULESET_TEXT_MAX_ITEMS);
	return false;
}

/* -- sets ------------------------------------------------------------------------ */

static bool report_addr(struct reader *reader, size_t begin, const struct prefix *masked)
{
	char text[ADDR_TEXT_MAX];

	diag_report(reader->scan.diag, DIAG_RULES_SYNTAX, scan_span(&reader->scan, begin),
		    masked ? "this prefix has bits behind its length"
			   : "an address, a prefix or a range of addresses is expected "
			     "here");
	if (masked)
		diag_help(reader->scan.diag, "write '%s'", prefix_format(masked, text));
	return false;
}

/* The bytes of one address or prefix; what they mean is for addr.c. */
static void take_addr_text(struct reader *reader, char *text)
{
	size_t length = 0;

	for (; length < SCAN_WORD_MAX - 1; length++) {
		char c = scan_peek(&reader->scan, length);

		if (scan_hex_digit(c) < 0 && c != '.' && c != ':' && c != '/')
			break;
		text[length] = c;
	}
	text[length] = '\0';
	reader->scan.at += length;
}

static bool take_addrs_value(struct reader *reader, struct term *term)
{
	char text[SCAN_WORD_MAX];
	struct addr first, last;
	struct prefix prefix;
	size_t begin;

	scan_blanks(&reader->scan);
	begin = reader->scan.at;
	take_addr_text(reader, text);
	if (scan_peek(&reader->scan, 0) != '-') {
		switch (prefix_parse(text, &prefix)) {
		case PREFIX_OK:
			addr_set_add_prefix(&term->addrs, &prefix, reader->scan.arena);
			return true;
		case PREFIX_BAD:
			return report_addr(reader, begin, NULL);
		case PREFIX_HOST_BITS:
			return report_addr(reader, begin, &prefix);
		}
	}
	if (!addr_parse(text, &first))
		return report_addr(reader, begin, NULL);
	reader->scan.at++;
	take_addr_text(reader, text);
	if (!addr_parse(text, &last) || first.family != last.family ||
	    first.value > last.value)
		return report_addr(reader, begin, NULL);
	ranges_add(&term->addrs.of[first.family], (struct range){first.value, last.value},
		   reader->scan.arena);
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
	size_t length = scan_word_length(&reader->scan);
	char word[SCAN_WORD_MAX];
	int number;

	if (!length || length >= sizeof(word))
		return scan_expected(&reader->scan, "a number or a range");
	memcpy(word, reader->scan.text + reader->scan.at, length);
	word[length] = '\0';
	number = named_number(field, word);
	if (number < 0)
		return scan_expected(&reader->scan,
				     "a number or a name that this axis has");
	reader->scan.at += length;
	*ret_number = (uint64_t)number;
	return true;
}

static bool take_numbers_value(struct reader *reader, struct term *term)
{
	uint64_t max = (uint64_t)u128_mask(field_info(term->field)->bits);
	uint64_t first = 0, last;
	size_t begin;

	scan_blanks(&reader->scan);
	begin = reader->scan.at;
	if (!scan_is_digit(scan_peek(&reader->scan, 0))) {
		if (!take_named_number(reader, term->field, &first))
			return false;
		last = first;
	} else {
		if (!scan_number(&reader->scan, max, &first))
			return false;
		last = first;
		if (scan_take(&reader->scan, "-") &&
		    !scan_number(&reader->scan, max, &last))
			return false;
	}
	if (first > last) {
		diag_report(reader->scan.diag, DIAG_RULES_SYNTAX,
			    scan_span(&reader->scan, begin),
			    "this range ends before it begins");
		return false;
	}
	ranges_add(&term->numbers, (struct range){first, last}, reader->scan.arena);
	return true;
}

static bool take_symbols_value(struct reader *reader, struct term *term)
{
	const char *symbol;

	if (!scan_string(&reader->scan, &symbol))
		return false;
	*arena_push(reader->scan.arena, term->symbols.at, term->symbols.count,
		    term->symbols.capacity) = symbol;
	return true;
}

static bool take_names_value(struct reader *reader, struct term *term)
{
	const char *text;

	if (!scan_string(&reader->scan, &text))
		return false;
	*arena_push(reader->scan.arena, term->names.at, term->names.count,
		    term->names.capacity) = name_pattern_parse(text);
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
	case FIELD_KIND_NAMES:
		return take_names_value(reader, term);
	}
	BUG("field kind %d", (int)field_info(term->field)->kind);
}

static bool take_set(struct reader *reader, struct term *term)
{
	if (!scan_need(&reader->scan, "{"))
		return false;
	if (scan_take(&reader->scan, "}"))
		return true;
	do {
		if (!count_item(reader) || !take_value(reader, term))
			return false;
	} while (scan_take(&reader->scan, ","));
	if (term->kind == TERM_ADDRS)
		addr_set_normalize(&term->addrs);
	else if (term->kind == TERM_NUMBERS)
		ranges_normalize(&term->numbers);
	return scan_need(&reader->scan, "}");
}

/* -- matches --------------------------------------------------------------------- */

static bool take_match(struct reader *reader, unsigned depth, struct match *match);

static bool take_choices(struct reader *reader, unsigned depth, struct term *term)
{
	if (!scan_need(&reader->scan, "of") || !scan_need(&reader->scan, "("))
		return false;
	if (depth >= RULESET_TEXT_MAX_DEPTH) {
		diag_report(reader->scan.diag, DIAG_RULES_SYNTAX,
			    scan_span(&reader->scan, reader->scan.at - 1),
			    "choices nested deeper than %u", RULESET_TEXT_MAX_DEPTH);
		return false;
	}
	if (scan_take(&reader->scan, ")"))
		return true;
	do {
		struct match *choice =
			arena_push(reader->scan.arena, term->choices.at,
				   term->choices.count, term->choices.capacity);

		if (!count_item(reader) || !take_match(reader, depth + 1, choice))
			return false;
	} while (scan_take(&reader->scan, "|"));
	return scan_need(&reader->scan, ")");
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
	case FIELD_KIND_NAMES:
		return TERM_NAMES;
	}
	BUG("field kind %d", (int)field_info(field)->kind);
}

static bool take_term(struct reader *reader, unsigned depth, struct term *term)
{
	bool fine = false, found = false;

	term->negated = scan_take(&reader->scan, "not");
	if (scan_take(&reader->scan, "unknown")) {
		term->kind = TERM_UNKNOWN;
		fine = scan_string(&reader->scan, &term->unknown);
		found = true;
	} else if (scan_take(&reader->scan, "one")) {
		term->kind = TERM_CHOICE;
		fine = take_choices(reader, depth, term);
		found = true;
	}
	for (int field = 0; field < FIELD_COUNT && !found; field++) {
		if (!scan_take(&reader->scan, field_info((enum field)field)->name))
			continue;
		term->field = (enum field)field;
		term->kind = kind_of_field(term->field);
		fine = take_set(reader, term);
		found = true;
	}
	if (!found)
		return scan_expected(&reader->scan, "a field, 'unknown' or 'one of'");
	return fine && (!scan_take(&reader->scan, "as") ||
			scan_string(&reader->scan, &term->label));
}

static bool take_match(struct reader *reader, unsigned depth, struct match *match)
{
	if (scan_take(&reader->scan, "any"))
		return true;
	do {
		struct term *term = arena_push(reader->scan.arena, match->terms,
					       match->count, match->capacity);

		if (!count_item(reader) || !take_term(reader, depth, term))
			return false;
	} while (scan_take(&reader->scan, "and"));
	return true;
}

/* -- rules, chains, paths -------------------------------------------------------- */

/* A reference behind its word "chain". */
static bool take_chain_ref(struct reader *reader, size_t *ret_chain)
{
	struct chain_ref ref = {0};
	uint64_t number;
	size_t begin;

	scan_blanks(&reader->scan);
	begin = reader->scan.at;
	if (!scan_number(&reader->scan, RULESET_TEXT_MAX_ITEMS, &number) ||
	    !scan_optional_string(&reader->scan, &ref.name))
		return false;
	ref.chain = (size_t)number;
	ref.at = scan_span(&reader->scan, begin);
	*arena_push(reader->scan.arena, reader->refs, reader->ref_count,
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
			diag_report(reader->scan.diag, DIAG_RULES_SYNTAX, ref->at,
				    "there is no chain %zu", ref->chain);
			return false;
		}
		if (!same_name(ref->name, rules->chains[ref->chain].name)) {
			diag_report(reader->scan.diag, DIAG_RULES_SYNTAX, ref->at,
				    "chain %zu has another name", ref->chain);
			diag_note(reader->scan.diag, rules->chains[ref->chain].at,
				  "the chain is here");
			return false;
		}
	}
	return true;
}

static bool take_action(struct reader *reader, enum action last, enum action *ret_action)
{
	for (int action = 0; action <= (int)last; action++) {
		if (scan_take(&reader->scan, action_name((enum action)action))) {
			*ret_action = (enum action)action;
			return true;
		}
	}
	return scan_expected(&reader->scan, "an action");
}

static bool take_effects(struct reader *reader, struct rule *rule)
{
	uint64_t number;

	if (scan_take(&reader->scan, "mark")) {
		if (!scan_number(&reader->scan, UINT32_MAX, &number))
			return false;
		rule->marks = true;
		rule->mark = (uint32_t)number;
	}
	rule->logs = scan_take(&reader->scan, "log");
	if (!take_action(reader, ACTION_RETURN, &rule->action))
		return false;
	if (rule->action != ACTION_JUMP && rule->action != ACTION_GOTO)
		return true;
	return scan_need(&reader->scan, "chain") && take_chain_ref(reader, &rule->target);
}

/* A rule behind its word "rule", which begins at @begin. */
static bool take_rule(struct reader *reader, size_t begin, struct rule *rule)
{
	if (!scan_optional_string(&reader->scan, &rule->id) ||
	    (scan_take(&reader->scan, "named") &&
	     !scan_string(&reader->scan, &rule->name)) ||
	    (scan_take(&reader->scan, "handle") &&
	     !scan_number(&reader->scan, UINT64_MAX, &rule->handle)) ||
	    !scan_need(&reader->scan, ":") || !take_match(reader, 0, &rule->match) ||
	    !scan_need(&reader->scan, "->") || !take_effects(reader, rule))
		return false;
	rule->at = scan_span(&reader->scan, begin);
	return true;
}

static bool take_chain(struct reader *reader, size_t begin)
{
	struct ruleset *rules = reader->rules;
	struct chain *chain;
	size_t index, number;

	index = ruleset_add_chain(rules, NULL, reader->scan.arena);
	chain = &rules->chains[index];
	if (!count_item(reader) || !take_chain_ref(reader, &number))
		return false;
	/* The reference is this chain's own name. */
	chain->name = reader->refs[--reader->ref_count].name;
	chain->at = scan_span(&reader->scan, begin);
	if (number != index) {
		diag_report(reader->scan.diag, DIAG_RULES_SYNTAX, chain->at,
			    "this is chain %zu, not %zu", index, number);
		return false;
	}
	while (scan_take(&reader->scan, "rule")) {
		size_t at = reader->scan.at - strlen("rule");

		if (!count_item(reader) ||
		    !take_rule(reader, at, chain_add_rule(chain, reader->scan.arena)))
			return false;
	}
	return true;
}

static bool take_when(struct reader *reader, struct match *match)
{
	return !scan_take(&reader->scan, "when") || take_match(reader, 0, match);
}

static bool take_priority(struct reader *reader, int *ret_priority)
{
	bool negative;
	uint64_t number;

	if (!scan_need(&reader->scan, "priority"))
		return false;
	negative = scan_take(&reader->scan, "-");
	if (!scan_number(&reader->scan, (uint64_t)INT32_MAX + negative, &number))
		return false;
	*ret_priority = (int)(negative ? -(int64_t)number : (int64_t)number);
	return true;
}

static bool take_stage(struct reader *reader, struct stage *stage)
{
	if (!count_item(reader) || !scan_optional_string(&reader->scan, &stage->label) ||
	    !scan_need(&reader->scan, "chain") ||
	    !take_chain_ref(reader, &stage->chain) ||
	    !take_priority(reader, &stage->priority) ||
	    !scan_need(&reader->scan, "end") ||
	    !take_action(reader, ACTION_UNDECIDED, &stage->end))
		return false;
	if (stage->end == ACTION_CONTINUE) {
		diag_report(reader->scan.diag, DIAG_RULES_SYNTAX,
			    scan_span(&reader->scan,
				      reader->scan.at - strlen("continue")),
			    "a stage ends in 'admit', 'refuse' or 'undecided'");
		return false;
	}
	return take_when(reader, &stage->guard);
}

static bool take_path(struct reader *reader, size_t begin)
{
	struct path *path;
	const char *name;

	if (!scan_string(&reader->scan, &name))
		return false;
	if (ruleset_find_path(reader->rules, name) ||
	    reader->rules->path_count >= RULESET_TEXT_MAX_PATHS) {
		diag_report(reader->scan.diag, DIAG_RULES_SYNTAX,
			    scan_span(&reader->scan, begin),
			    "a path of another name is expected, and at most %u paths",
			    RULESET_TEXT_MAX_PATHS);
		return false;
	}
	path = ruleset_add_path(reader->rules, name, reader->scan.arena);
	path->compose = COMPOSE_ALL;
	if (scan_take(&reader->scan, "first"))
		path->compose = COMPOSE_FIRST;
	else if (!scan_take(&reader->scan, "all"))
		return scan_expected(&reader->scan, "'all' or 'first'");
	if (!take_when(reader, &path->universe))
		return false;
	while (scan_take(&reader->scan, "stage"))
		if (!take_stage(reader, arena_push(reader->scan.arena, path->stages,
						   path->count, path->capacity)))
			return false;
	return true;
}

static bool take_ruleset(struct reader *reader)
{
	struct ruleset *rules = reader->rules;

	if (!scan_need(&reader->scan, "rules") || !scan_need(&reader->scan, "1"))
		return false;
	while (scan_take(&reader->scan, "assume")) {
		const char **assumption =
			arena_push(reader->scan.arena, rules->assumptions,
				   rules->assumption_count, rules->assumption_capacity);

		if (!count_item(reader) || !scan_string(&reader->scan, assumption))
			return false;
	}
	while (scan_take(&reader->scan, "path"))
		if (!take_path(reader, reader->scan.at - strlen("path")))
			return false;
	while (scan_take(&reader->scan, "chain"))
		if (!take_chain(reader, reader->scan.at - strlen("chain")))
			return false;
	scan_blanks(&reader->scan);
	if (reader->scan.at < reader->scan.length)
		return scan_expected(&reader->scan, "'rule' or 'chain'");
	return check_chain_refs(reader);
}

int ruleset_read(const char *text, size_t length, uint32_t source, struct arena *arena,
		 struct ruleset **ret_rules, struct diag *diag)
{
	struct reader reader = {
		.scan = {text, length, 0, source, arena, diag},
		.rules = ruleset_new(arena),
	};

	if (length > RULESET_TEXT_MAX_BYTES)
		return diag_report(diag, DIAG_FILE_TOO_LARGE, SPAN_NONE,
				   "a text of %zu bytes", length);
	if (!take_ruleset(&reader))
		return -1;
	*ret_rules = reader.rules;
	return 0;
}
