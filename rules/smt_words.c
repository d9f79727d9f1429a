/* smt_words.c - Interfaces, methods and host names in a certificate: tables and facts. */
#include <string.h>

#include "rules/smt_writer.h"

/* Length of the part before the "*" of a SYMBOLS pattern; -1 for a plain word. */
static long prefix_length(const char *word)
{
	size_t length = strlen(word);

	return length && word[length - 1] == '*' ? (long)length - 1 : -1;
}

static const char *field_name(enum field field)
{
	return field_info(field)->name;
}

/* -- what is tested ------------------------------------------------------------------ */

static void add_word(struct smt_writer *writer, enum field field, const char *word)
{
	struct smt_axis *axis = &writer->axes[field];

	if (textmap_get(&axis->symbols, word))
		return;
	smt_push(writer, &axis->words, word);
	textmap_put(&axis->symbols, word,
		    smt_symbol(writer, "%s is %s", field_name(field), word),
		    writer->arena);
}

/* How a pattern reads behind "name": words that no plain word's symbol has. */
static const char *pattern_words(const struct smt_pattern *pattern)
{
	if (pattern->prefix)
		return "begins with";
	switch (pattern->name.kind) {
	case NAME_EXACT:
	case NAME_DOMAIN:
		break;
	case NAME_BELOW:
		return "lies below";
	case NAME_SUFFIX:
		return "ends in";
	case NAME_ONE_LABEL:
		return "lies one label below";
	}
	BUG("a pattern of kind %d", (int)pattern->name.kind);
}

static const char *pattern_key(struct smt_writer *writer,
			       const struct smt_pattern *pattern)
{
	return arena_printf(writer->arena, "%s %s", pattern_words(pattern),
			    pattern->name.text);
}

static void add_pattern(struct smt_writer *writer, enum field field,
			struct smt_pattern pattern)
{
	struct smt_axis *axis = &writer->axes[field];
	const char *key = pattern_key(writer, &pattern);
	struct smt_pattern *added;

	if (textmap_get(&axis->by_text, key))
		return;
	added = arena_make(writer->arena, struct smt_pattern);
	*added = pattern;
	added->symbol = smt_symbol(writer, "%s %s", field_name(field), key);
	added->other = smt_symbol(writer, "another %s %s", field_name(field), key);
	*arena_push(writer->arena, axis->patterns, axis->pattern_count,
		    axis->pattern_capacity) = added;
	textmap_put(&axis->by_text, key, added, writer->arena);
}

static void add_name(struct smt_writer *writer, struct name_pattern name)
{
	if (name.kind == NAME_EXACT || name.kind == NAME_DOMAIN)
		add_word(writer, FIELD_NAME, name.text);
	if (name.kind == NAME_DOMAIN)
		name.kind = NAME_BELOW;
	if (name.kind != NAME_EXACT)
		add_pattern(writer, FIELD_NAME, (struct smt_pattern){.name = name});
}

static void add_symbol(struct smt_writer *writer, enum field field, const char *word)
{
	long length = prefix_length(word);
	struct smt_pattern pattern = {.prefix = true};

	if (length < 0 && word[0])
		add_word(writer, field, word);
	if (length <= 0) /* none, or any: nothing to set apart */
		return;
	pattern.name.text = arena_strndup(writer->arena, word, (size_t)length);
	add_pattern(writer, field, pattern);
}

void smt_words_add(struct smt_writer *writer, const struct term *term)
{
	writer->axes[term->field].tested = true;
	if (term->kind == TERM_NAMES)
		for (size_t i = 0; i < term->names.count; i++)
			add_name(writer, term->names.at[i]);
	else
		for (size_t i = 0; i < term->symbols.count; i++)
			add_symbol(writer, term->field, term->symbols.at[i]);
}

/* -- facts --------------------------------------------------------------------------- */

static bool takes(const struct smt_pattern *pattern, const char *word)
{
	if (pattern->prefix)
		return strncmp(word, pattern->name.text, strlen(pattern->name.text)) == 0;
	return name_pattern_takes(&pattern->name, word);
}

/* What all words of a pattern begin or end with. */
static const char *common_part(struct smt_writer *writer,
			       const struct smt_pattern *pattern)
{
	if (pattern->prefix || pattern->name.kind == NAME_SUFFIX)
		return pattern->name.text;
	return arena_printf(writer->arena, ".%s", pattern->name.text);
}

static bool begins_or_ends(const struct smt_pattern *pattern, const char *text,
			   const char *part)
{
	size_t length = strlen(text), common = strlen(part);

	return length >= common &&
	       memcmp(pattern->prefix ? text : text + length - common, part, common) == 0;
}

/* Of all words that @inner takes, whose common part is not the shorter one: @outer takes
 * them too ("inside"), or none of them ("apart"); NULL where some and some not. */
static const char *relation(struct smt_writer *writer, const struct smt_pattern *inner,
			    const struct smt_pattern *outer)
{
	const char *part = common_part(writer, outer), *text = common_part(writer, inner);
	size_t before;

	if (!begins_or_ends(inner, text, part))
		return "apart";
	if (outer->prefix || outer->name.kind == NAME_SUFFIX)
		return "inside";
	before = strlen(text) - strlen(part);
	if (outer->name.kind == NAME_BELOW)
		/* "*.x" takes no name that begins with its dot */
		return before || inner->name.kind != NAME_SUFFIX ? "inside" : NULL;
	/* A second label in front of the common part is one too many. */
	return memchr(text, '.', before) ? "apart" : NULL;
}

/* Writes what is known of two patterns, when the first has no shorter common part. */
static bool put_fact(struct smt_writer *writer, const struct smt_pattern *inner,
		     const struct smt_pattern *outer)
{
	const char *fact = NULL;

	if (strlen(common_part(writer, inner)) >= strlen(common_part(writer, outer)))
		fact = relation(writer, inner, outer);
	if (fact && strcmp(fact, "inside") == 0)
		strbuf_printf(writer->out, "(assert (=> %s %s))\n", inner->other,
			      outer->other);
	else if (fact)
		strbuf_printf(writer->out, "(assert (not (and %s %s)))\n", inner->other,
			      outer->other);
	return fact != NULL;
}

static void put_facts(struct smt_writer *writer, const struct smt_axis *axis)
{
	for (size_t i = 0; i < axis->pattern_count; i++)
		for (size_t j = i + 1; j < axis->pattern_count; j++)
			if (!put_fact(writer, axis->patterns[i], axis->patterns[j]))
				put_fact(writer, axis->patterns[j], axis->patterns[i]);
}

/* -- the tables ---------------------------------------------------------------------- */

static unsigned bits_for(size_t values)
{
	unsigned bits = 1;

	while (values > (size_t)1 << bits)
		bits++;
	return bits;
}

static const char *another(struct smt_writer *writer, enum field field)
{
	return smt_symbol(writer, "another %s", field_name(field));
}

static void put_value(struct smt_writer *writer, enum field field, const char *symbol,
		      size_t value, unsigned bits)
{
	strbuf_printf(writer->out, "(define-fun %s () Bool (= %s ", symbol,
		      field_name(field));
	smt_number(writer->out, value, bits);
	strbuf_puts(writer->out, "))\n");
}

static void put_words(struct smt_writer *writer, enum field field)
{
	const struct smt_axis *axis = &writer->axes[field];
	size_t last = axis->words.count + 1;
	unsigned bits = bits_for(last + 1);

	strbuf_printf(writer->out, "(declare-const %s (_ BitVec %u))\n",
		      field_name(field), bits);
	put_value(writer, field, smt_symbol(writer, "no %s", field_name(field)), 0, bits);
	for (size_t i = 0; i < axis->words.count; i++)
		put_value(writer, field, textmap_get(&axis->symbols, axis->words.at[i]),
			  i + 1, bits);
	put_value(writer, field, another(writer, field), last, bits);
	strbuf_printf(writer->out, "(assert (bvule %s ", field_name(field));
	smt_number(writer->out, last, bits);
	strbuf_puts(writer->out, "))\n");
}

static void put_pattern(struct smt_writer *writer, enum field field,
			const struct smt_pattern *pattern)
{
	const struct smt_axis *axis = &writer->axes[field];
	struct smt_texts parts = {0};

	strbuf_printf(writer->out, "(declare-const %s Bool)\n", pattern->other);
	for (size_t i = 0; i < axis->words.count; i++)
		if (takes(pattern, axis->words.at[i]))
			smt_push(writer, &parts,
				 textmap_get(&axis->symbols, axis->words.at[i]));
	smt_push(writer, &parts,
		 arena_printf(writer->arena, "(and %s %s)", another(writer, field),
			      pattern->other));
	smt_define(writer, pattern->symbol, "or", &parts);
}

void smt_words_declare(struct smt_writer *writer)
{
	for (unsigned field = 0; field < FIELD_COUNT; field++) {
		struct smt_axis *axis = &writer->axes[field];

		if (!axis->tested)
			continue;
		put_words(writer, (enum field)field);
		for (size_t i = 0; i < axis->pattern_count; i++)
			put_pattern(writer, (enum field)field, axis->patterns[i]);
		put_facts(writer, axis);
	}
}

/* -- terms --------------------------------------------------------------------------- */

static const char *pattern_symbol(struct smt_writer *writer, enum field field,
				  struct smt_pattern pattern)
{
	const struct smt_pattern *found =
		textmap_get(&writer->axes[field].by_text, pattern_key(writer, &pattern));

	if (!found)
		BUG("pattern '%s' was not declared", pattern.name.text);
	return found->symbol;
}

static void push_name(struct smt_writer *writer, struct name_pattern name,
		      struct smt_texts *parts)
{
	if (name.kind == NAME_EXACT || name.kind == NAME_DOMAIN)
		smt_push(writer, parts,
			 textmap_get(&writer->axes[FIELD_NAME].symbols, name.text));
	if (name.kind == NAME_DOMAIN)
		name.kind = NAME_BELOW;
	if (name.kind != NAME_EXACT)
		smt_push(writer, parts,
			 pattern_symbol(writer, FIELD_NAME,
					(struct smt_pattern){.name = name}));
}

static void push_symbol(struct smt_writer *writer, enum field field, const char *word,
			struct smt_texts *parts)
{
	const char *none = smt_symbol(writer, "no %s", field_name(field));
	struct smt_pattern pattern = {.prefix = true};
	long length = prefix_length(word);

	if (!word[0])
		smt_push(writer, parts, none);
	else if (length < 0)
		smt_push(writer, parts, textmap_get(&writer->axes[field].symbols, word));
	else if (length == 0)
		smt_push(writer, parts, arena_printf(writer->arena, "(not %s)", none));
	if (length <= 0)
		return;
	pattern.name.text = arena_strndup(writer->arena, word, (size_t)length);
	smt_push(writer, parts, pattern_symbol(writer, field, pattern));
}

void smt_words_term(struct smt_writer *writer, const struct term *term,
		    struct strbuf *out)
{
	struct smt_texts parts = {0};

	if (term->kind == TERM_NAMES)
		for (size_t i = 0; i < term->names.count; i++)
			push_name(writer, term->names.at[i], &parts);
	else
		for (size_t i = 0; i < term->symbols.count; i++)
			push_symbol(writer, term->field, term->symbols.at[i], &parts);
	strbuf_puts(out, smt_join(writer, "or", "false", &parts));
}
