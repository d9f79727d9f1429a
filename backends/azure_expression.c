/* azure_expression.c - Evaluating the expressions of ARM templates. */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "backends/azure_reader.h"
#include "rules/base/arena.h"

/**
 * DOC: Expressions
 *
 *	expression	primary { "." name | "[" expression "]" }
 *	primary		text | number | name { "." name } "(" [ arguments ] ")"
 *	text		'it''s'
 *
 * (learn.microsoft.com/azure/azure-resource-manager/templates/template-expressions, read
 * 2026-11-27.)  It is evaluated while it is read.  The branch of an if() that is not
 *taken is read without looking at anything: what is not used is not assumed.
 */

/* Arguments of one call: concat() of more is more than a person writes, and the
 * rest of such an expression is not known. */
#define MAX_ARGUMENTS 64

struct reader {
	struct azure_template *template;
	struct azure_scope *scope;
	const struct doc *doc;
	const char *at;
	const char *end;
	bool wrong; /* no expression at all: unknown, with its text as it stands */
	bool idle;  /* look nothing up: this branch is not taken */
};

static const struct doc *read_expression(struct reader *reader);

static const struct doc *unknown(struct reader *reader, const char *text)
{
	return azure_make_unknown(reader->template, text, reader->doc->at);
}

static void skip_blanks(struct reader *reader)
{
	while (reader->at < reader->end && strchr(" \t\r\n", *reader->at))
		reader->at++;
}

static bool take(struct reader *reader, char c)
{
	skip_blanks(reader);
	if (reader->at == reader->end || *reader->at != c)
		return false;
	reader->at++;
	return true;
}

static const struct doc *fail(struct reader *reader)
{
	reader->wrong = true;
	return reader->doc;
}

static bool is_word(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       (c >= '0' && c <= '9') || c == '_';
}

static const char *read_word(struct reader *reader)
{
	const char *begin = reader->at;

	while (reader->at < reader->end && is_word(*reader->at))
		reader->at++;
	return arena_strndup(reader->template->arena, begin,
			     (size_t)(reader->at - begin));
}

static const struct doc *read_text(struct reader *reader)
{
	CLEANUP(strbuf_release) struct strbuf text = {0};

	for (;;) {
		const char *quote =
			memchr(reader->at, '\'', (size_t)(reader->end - reader->at));

		if (!quote)
			return fail(reader);
		strbuf_add(&text, reader->at, (size_t)(quote - reader->at));
		reader->at = quote + 1;
		if (reader->at == reader->end || *reader->at != '\'')
			break;
		strbuf_putc(&text, '\'');
		reader->at++;
	}
	return azure_make_scalar(reader->template, strbuf_text(&text), true,
				 reader->doc->at);
}

static const struct doc *read_number(struct reader *reader)
{
	const char *begin = reader->at++;

	while (reader->at < reader->end && strchr("0123456789.eE", *reader->at))
		reader->at++;
	return azure_make_scalar(reader->template,
				 arena_strndup(reader->template->arena, begin,
					       (size_t)(reader->at - begin)),
				 false, reader->doc->at);
}

/* -- calls --------------------------------------------------------------------------- */

static const struct doc *unknown_call(struct reader *reader, const char *name,
				      const struct doc **args, size_t count)
{
	CLEANUP(strbuf_release) struct strbuf text = {0};
	const char *path = reader->scope->path;
	bool copy = strcasecmp(name, "copyIndex") == 0;

	strbuf_printf(&text, "[%s(", name);
	for (size_t i = 0; i < count; i++) {
		if (i)
			strbuf_puts(&text, ", ");
		azure_write_argument(&text, args[i]);
		if (text.length > AZURE_MAX_EXPRESSION)
			break;
	}
	strbuf_putc(&text, ')');
	/* these have another value in each place */
	if (copy && reader->scope->loop)
		strbuf_printf(&text, " of the loop at byte %u",
			      reader->scope->loop->at.begin);
	else if (copy)
		strbuf_printf(&text, " at byte %u", reader->doc->at.begin);
	else if (strcasecmp(name, "parameters") == 0 ||
		 strcasecmp(name, "variables") == 0 ||
		 strcasecmp(name, "deployment") == 0 || strchr(name, '.'))
		strbuf_puts(&text, path);
	strbuf_putc(&text, ']');
	return unknown(reader, strbuf_text(&text));
}

static const struct doc *look_up(struct reader *reader, const char *name,
				 const struct doc *arg)
{
	bool parameter = strcasecmp(name, "parameters") == 0;
	const struct textmap *slots =
		parameter ? &reader->scope->parameters : &reader->scope->variables;
	struct azure_slot *slot =
		arg->kind == DOC_SCALAR
			? textmap_get(slots, azure_lower(reader->template, arg->text))
			: NULL;

	return slot ? azure_slot_value(reader->template, slot) : NULL;
}

static bool is_false(const struct doc *doc)
{
	return doc_text(doc) && strcasecmp(doc->text, "false") == 0;
}

/* if(condition, a, b), with the branch that is not taken read idly */
static const struct doc *read_if(struct reader *reader, const char *name)
{
	const struct doc *args[3];
	bool idle = reader->idle, known;

	args[0] = read_expression(reader);
	known = args[0]->kind == DOC_SCALAR && !azure_unknown(args[0]);
	for (size_t i = 1; i < 3; i++) {
		if (!take(reader, ','))
			return fail(reader);
		reader->idle = idle || (known && is_false(args[0]) == (i == 1));
		args[i] = read_expression(reader);
		reader->idle = idle;
	}
	if (!take(reader, ')'))
		return fail(reader);
	if (known)
		return args[is_false(args[0]) ? 2 : 1];
	return unknown_call(reader, name, args, 3);
}

static const struct doc *read_call(struct reader *reader, const char *name)
{
	const struct doc *args[MAX_ARGUMENTS], *value = NULL;
	size_t count = 0;

	if (strcasecmp(name, "if") == 0)
		return read_if(reader, name);
	if (!take(reader, ')')) {
		do {
			if (count == MAX_ARGUMENTS)
				return fail(reader);
			args[count++] = read_expression(reader);
		} while (!reader->wrong && take(reader, ','));
		if (!take(reader, ')'))
			return fail(reader);
	}
	if (reader->wrong || reader->idle)
		return reader->doc;
	if (count == 1 &&
	    (strcasecmp(name, "parameters") == 0 || strcasecmp(name, "variables") == 0))
		value = look_up(reader, name, args[0]);
	else if (!strchr(name, '.'))
		value = azure_call(reader->template, name, args, count, reader->doc->at);
	return value ? value : unknown_call(reader, name, args, count);
}

/* -- what stands behind -------------------------------------------------------------- */

static const struct doc *index_list(const struct doc *list, const struct doc *index)
{
	unsigned long at = 0;
	char rest;

	if (sscanf(index->text, "%6lu%c", &at, &rest) != 1 || at >= list->count)
		return NULL;
	return list->items[at];
}

/* @index of @value; or the text that says so, when either is not known. */
static const struct doc *select_value(struct reader *reader, const struct doc *value,
				      const struct doc *index, bool dotted)
{
	CLEANUP(strbuf_release) struct strbuf text = {0};
	const struct doc *found = NULL;

	if (reader->idle)
		return value;
	if (index->kind == DOC_SCALAR && !azure_unknown(index)) {
		if (value->kind == DOC_MAP)
			found = doc_get_nocase(value, index->text);
		else if (value->kind == DOC_LIST)
			found = index_list(value, index);
	}
	if (found)
		return found;
	strbuf_putc(&text, '[');
	azure_write_argument(&text, value);
	if (dotted) {
		strbuf_printf(&text, ".%s]", index->text);
	} else {
		strbuf_putc(&text, '{');
		azure_write_argument(&text, index);
		strbuf_puts(&text, "}]");
	}
	return unknown(reader, strbuf_text(&text));
}

static const struct doc *read_selectors(struct reader *reader, const struct doc *value)
{
	while (!reader->wrong) {
		const struct doc *index;

		if (take(reader, '.')) {
			index = azure_make_scalar(reader->template, read_word(reader),
						  true, reader->doc->at);
			value = select_value(reader, value, index, true);
		} else if (take(reader, '[')) {
			index = read_expression(reader);
			if (!take(reader, ']'))
				return fail(reader);
			value = select_value(reader, value, index, false);
		} else {
			break;
		}
	}
	return value;
}

static const struct doc *read_primary(struct reader *reader)
{
	const char *name;

	if (take(reader, '\''))
		return read_text(reader);
	skip_blanks(reader);
	if (reader->at == reader->end)
		return fail(reader);
	if (strchr("-0123456789", *reader->at))
		return read_number(reader);
	name = read_word(reader);
	/* a function that the template defines: "contoso.name(…)" */
	while (*name && reader->at < reader->end && *reader->at == '.') {
		reader->at++;
		name = arena_printf(reader->template->arena, "%s.%s", name,
				    read_word(reader));
	}
	if (!*name || !take(reader, '('))
		return fail(reader);
	return read_call(reader, name);
}

static const struct doc *read_expression(struct reader *reader)
{
	const struct doc *value;

	if (reader->wrong || reader->template->failed ||
	    reader->template->nesting == AZURE_MAX_NESTING)
		return fail(reader);
	reader->template->nesting++;
	value = read_selectors(reader, read_primary(reader));
	reader->template->nesting--;
	return value;
}

const struct doc *azure_expression(struct azure_template *template,
				   struct azure_scope *scope, const struct doc *doc)
{
	struct reader reader = {
		.template = template,
		.scope = scope,
		.doc = doc,
		.at = doc->text + 1,
		.end = doc->text + doc->length - 1,
	};
	const struct doc *value;

	if (doc->length > AZURE_MAX_EXPRESSION)
		return unknown(&reader, doc->text);
	value = read_expression(&reader);
	skip_blanks(&reader);
	if (!reader.wrong && reader.at == reader.end)
		return value;
	/* not ours to understand; in another scope the same text may be another value */
	return unknown(&reader,
		       arena_printf(template->arena, "%s%s", doc->text, scope->path));
}
