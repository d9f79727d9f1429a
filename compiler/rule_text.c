/* rule_text.c - Rules and boxes of packets in the words of what commands print. */
#include "compiler/rule_text.h"

#include <string.h>

#include "rules/base/arena.h"
#include "rules/base/strbuf.h"
#include "rules/ruleset_text.h"

size_t rule_line(const struct rule *rule, const struct diag *diag)
{
	const struct diag_source *source = diag_get_source(diag, rule->at.source);

	return source ? diag_place(source, rule->at.begin).line : 0;
}

/* Names come from whoever wrote the rules: no control character reaches a terminal. */
static const char *printable(const char *name, struct arena *arena)
{
	char *copy = arena_strdup(arena, name);

	for (char *c = copy; *c; c++)
		if ((unsigned char)*c < ' ' || *c == 0x7f)
			*c = '?';
	return copy;
}

/* "'name' (postern:id)"; a name that has the id in it says it already. */
static const char *rule_name(const struct rule *rule, struct arena *arena)
{
	const char *id = rule->id ? arena_printf(arena, "postern:%s", rule->id) : NULL;
	const char *name = rule->name ? rule->name : id;

	if (!name)
		return NULL;
	name = printable(name, arena);
	if (!id || strstr(name, id))
		return arena_printf(arena, "'%s'", name);
	return arena_printf(arena, "'%s' (%s)", name, printable(id, arena));
}

const char *rule_place(const struct rule *rule, const struct diag *diag,
		       struct arena *arena)
{
	const struct diag_source *source = diag_get_source(diag, rule->at.source);
	const char *name = rule_name(rule, arena);

	if (!source)
		return name ? name : "a rule";
	return arena_printf(arena, "%s:%zu%s%s", source->name, rule_line(rule, diag),
			    name ? " " : "", name ? name : "");
}

/* The interfaces of a term without "no interface": the hook says which there are. */
static struct symbols real_interfaces(const struct term *term, struct arena *arena)
{
	struct symbols words = {0};

	for (size_t i = 0; i < term->symbols.count; i++)
		if (strcmp(term->symbols.at[i], IFACE_NONE) != 0)
			*arena_push(arena, words.at, words.count, words.capacity) =
				term->symbols.at[i];
	return words;
}

/* Is the term "not any name"? */
static bool means_no_name(const struct term *term)
{
	return term->kind == TERM_NAMES && term->negated && term->names.count == 1 &&
	       term->names.at[0].kind == NAME_SUFFIX && !*term->names.at[0].text;
}

void box_format(const struct match *box, unsigned pinned, struct arena *arena,
		struct strbuf *out)
{
	struct match match = {0};
	bool has_address = false, no_name = false;

	for (size_t i = 0; i < box->count; i++)
		has_address |= box->terms[i].kind == TERM_ADDRS;
	for (size_t i = 0; i < box->count; i++) {
		struct term term = box->terms[i];

		if (term.kind == TERM_UNKNOWN || pinned >> term.field & 1)
			continue;
		if (term.field == FIELD_FAMILY && term.kind == TERM_NUMBERS &&
		    has_address)
			continue;
		if (term.kind == TERM_SYMBOLS && field_is_interface(term.field)) {
			term.symbols = real_interfaces(&term, arena);
			if (!term.symbols.count)
				continue;
		}
		no_name |= means_no_name(&term);
		if (!means_no_name(&term))
			*match_add(&match, term.kind, arena) = term;
	}
	if (match.count || !no_name)
		match_print(&match, out);
	if (no_name)
		strbuf_puts(out, match.count ? " and no name" : "no name");
}
