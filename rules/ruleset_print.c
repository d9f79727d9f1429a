/* ruleset_print.c - The canonical text of a rule set, printed. */
#include <string.h>

#include "rules/base/strbuf.h"
#include "rules/ruleset_text.h"

const char *action_name(enum action action)
{
	switch (action) {
	case ACTION_CONTINUE:
		return "continue";
	case ACTION_ADMIT:
		return "admit";
	case ACTION_REFUSE:
		return "refuse";
	case ACTION_UNDECIDED:
		return "undecided";
	case ACTION_JUMP:
		return "jump";
	case ACTION_GOTO:
		return "goto";
	case ACTION_RETURN:
		return "return";
	}
	BUG("action %d", (int)action);
}

static void put_byte(unsigned char byte, struct strbuf *out)
{
	if (byte == '"' || byte == '\\')
		strbuf_printf(out, "\\%c", byte);
	else if (byte == '\n')
		strbuf_puts(out, "\\n");
	else if (byte == '\t')
		strbuf_puts(out, "\\t");
	else if (byte < ' ' || byte > '~')
		strbuf_printf(out, "\\x%02x", byte);
	else
		strbuf_putc(out, (char)byte);
}

static void put_string(const char *text, struct strbuf *out)
{
	strbuf_putc(out, '"');
	for (; *text; text++)
		put_byte((unsigned char)*text, out);
	strbuf_putc(out, '"');
}

/* @before and the string, when there is one. */
static void put_optional(const char *before, const char *text, struct strbuf *out)
{
	if (!text)
		return;
	strbuf_puts(out, before);
	put_string(text, out);
}

static void put_addrs(const struct addr_set *addrs, struct strbuf *out)
{
	strbuf_putc(out, '{');
	addr_set_format(addrs, out);
	strbuf_putc(out, '}');
}

/* The name of one number on an axis, or NULL. */
static const char *number_name(enum field field, u128 number)
{
	if (field == FIELD_PROTOCOL)
		return protocol_name((unsigned)number);
	if (field == FIELD_STATE && number < CT_STATE_COUNT)
		return ct_state_name((enum ct_state)number);
	if (field == FIELD_FAMILY)
		return family_name((enum family)number);
	return NULL;
}

static void put_number(enum field field, u128 number, struct strbuf *out)
{
	const char *name = number_name(field, number);
	bool hex = field == FIELD_TCP_FLAGS || field == FIELD_ICMP || field == FIELD_MARK;

	if (name)
		strbuf_puts(out, name);
	else
		strbuf_printf(out, hex ? "0x%x" : "%u", (unsigned)number);
}

static void put_number_range(enum field field, const struct range *range,
			     struct strbuf *out)
{
	bool each = field == FIELD_STATE || field == FIELD_FAMILY;

	if (range->last > u128_mask(field_info(field)->bits))
		BUG("a number too large for '%s'", field_info(field)->name);
	if (range->first == range->last) {
		put_number(field, range->first, out);
	} else if (each) {
		for (u128 number = range->first; number <= range->last; number++) {
			if (number > range->first)
				strbuf_puts(out, ", ");
			put_number(field, number, out);
		}
	} else if (field == FIELD_PROTOCOL) {
		strbuf_printf(out, "%u-%u", (unsigned)range->first,
			      (unsigned)range->last);
	} else {
		put_number(field, range->first, out);
		strbuf_putc(out, '-');
		put_number(field, range->last, out);
	}
}

static void put_numbers(enum field field, const struct ranges *numbers,
			struct strbuf *out)
{
	strbuf_putc(out, '{');
	for (size_t i = 0; i < numbers->count; i++) {
		if (i)
			strbuf_puts(out, ", ");
		put_number_range(field, &numbers->at[i], out);
	}
	strbuf_putc(out, '}');
}

static void put_symbols(const struct symbols *symbols, struct strbuf *out)
{
	strbuf_putc(out, '{');
	for (size_t i = 0; i < symbols->count; i++) {
		if (i)
			strbuf_puts(out, ", ");
		put_string(symbols->at[i], out);
	}
	strbuf_putc(out, '}');
}

static void put_match(const struct match *match, unsigned depth, struct strbuf *out);

static void put_choices(const struct term *term, unsigned depth, struct strbuf *out)
{
	strbuf_puts(out, "one of (");
	for (size_t i = 0; i < term->choices.count; i++) {
		if (i)
			strbuf_puts(out, " | ");
		put_match(&term->choices.at[i], depth + 1, out);
	}
	strbuf_putc(out, ')');
}

static void put_names(const struct name_patterns *names, struct strbuf *out)
{
	strbuf_putc(out, '{');
	for (size_t i = 0; i < names->count; i++) {
		CLEANUP(strbuf_release) struct strbuf text = {0};

		name_pattern_format(&names->at[i], &text);
		strbuf_puts(out, i ? ", " : "");
		put_string(strbuf_text(&text), out);
	}
	strbuf_putc(out, '}');
}

static void put_term(const struct term *term, unsigned depth, struct strbuf *out)
{
	if (term->negated)
		strbuf_puts(out, "not ");
	switch (term->kind) {
	case TERM_ADDRS:
		strbuf_printf(out, "%s ", field_info(term->field)->name);
		put_addrs(&term->addrs, out);
		break;
	case TERM_NUMBERS:
		strbuf_printf(out, "%s ", field_info(term->field)->name);
		put_numbers(term->field, &term->numbers, out);
		break;
	case TERM_SYMBOLS:
		strbuf_printf(out, "%s ", field_info(term->field)->name);
		put_symbols(&term->symbols, out);
		break;
	case TERM_NAMES:
		strbuf_printf(out, "%s ", field_info(term->field)->name);
		put_names(&term->names, out);
		break;
	case TERM_CHOICE:
		put_choices(term, depth, out);
		break;
	case TERM_UNKNOWN:
		strbuf_puts(out, "unknown ");
		put_string(term->unknown, out);
		break;
	}
	put_optional(" as ", term->label, out);
}

static void put_match(const struct match *match, unsigned depth, struct strbuf *out)
{
	if (depth > RULESET_TEXT_MAX_DEPTH)
		BUG("choices nested deeper than %u", RULESET_TEXT_MAX_DEPTH);
	if (!match->count)
		strbuf_puts(out, "any");
	for (size_t i = 0; i < match->count; i++) {
		if (i)
			strbuf_puts(out, " and ");
		put_term(&match->terms[i], depth, out);
	}
}

void match_print(const struct match *match, struct strbuf *out)
{
	put_match(match, 0, out);
}

static void put_chain_ref(const struct ruleset *rules, size_t index, struct strbuf *out)
{
	if (index >= rules->chain_count)
		BUG("no chain %zu", index);
	strbuf_printf(out, "chain %zu", index);
	put_optional(" ", rules->chains[index].name, out);
}

static void put_when(const struct match *match, struct strbuf *out)
{
	if (match->count) {
		strbuf_puts(out, " when ");
		match_print(match, out);
	}
	strbuf_putc(out, '\n');
}

static void put_path(const struct ruleset *rules, const struct path *path,
		     struct strbuf *out)
{
	strbuf_puts(out, "path ");
	put_string(path->name, out);
	strbuf_puts(out, path->compose == COMPOSE_ALL ? " all" : " first");
	put_when(&path->universe, out);
	for (size_t i = 0; i < path->count; i++) {
		const struct stage *stage = &path->stages[i];

		strbuf_puts(out, "  stage ");
		if (stage->label) {
			put_string(stage->label, out);
			strbuf_putc(out, ' ');
		}
		put_chain_ref(rules, stage->chain, out);
		strbuf_printf(out, " priority %d end %s", stage->priority,
			      action_name(stage->end));
		put_when(&stage->guard, out);
	}
}

static void put_rule(const struct ruleset *rules, const struct rule *rule,
		     struct strbuf *out)
{
	strbuf_puts(out, "  rule");
	put_optional(" ", rule->id, out);
	put_optional(" named ", rule->name, out);
	if (rule->handle)
		strbuf_printf(out, " handle %llu", (unsigned long long)rule->handle);
	strbuf_puts(out, ": ");
	match_print(&rule->match, out);
	strbuf_puts(out, " -> ");
	if (rule->marks)
		strbuf_printf(out, "mark 0x%x ", rule->mark);
	if (rule->logs)
		strbuf_puts(out, "log ");
	strbuf_puts(out, action_name(rule->action));
	if (rule->action == ACTION_JUMP || rule->action == ACTION_GOTO) {
		strbuf_putc(out, ' ');
		put_chain_ref(rules, rule->target, out);
	}
	strbuf_putc(out, '\n');
}

void ruleset_print(const struct ruleset *rules, struct strbuf *out)
{
	strbuf_puts(out, "rules 1\n");
	for (size_t i = 0; i < rules->assumption_count; i++) {
		strbuf_puts(out, "assume ");
		put_string(rules->assumptions[i], out);
		strbuf_putc(out, '\n');
	}
	for (size_t i = 0; i < rules->path_count; i++)
		put_path(rules, &rules->paths[i], out);
	for (size_t i = 0; i < rules->chain_count; i++) {
		put_chain_ref(rules, i, out);
		strbuf_putc(out, '\n');
		for (size_t j = 0; j < rules->chains[i].count; j++)
			put_rule(rules, &rules->chains[i].rules[j], out);
	}
}
