/* azure_functions.c - The functions of ARM templates that can be evaluated offline. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "backends/azure_reader.h"
#include "rules/base/arena.h"

/**
 * DOC: Which functions
 *
 * Those that real templates use for the texts that become rules: joining, choosing,
 * comparing, taking apart.  What asks Azure (reference, listKeys, subscription,
 * uniqueString of ids, …) stays unknown.  A function answers NULL when its arguments are
 * not what it takes, or are not known: then the call as a whole is unknown.
 *
 * (learn.microsoft.com/azure/azure-resource-manager/templates/template-functions, read
 * 2026-11-27.)
 */
struct call {
	struct azure_template *template;
	const struct doc **args;
	size_t count;
	struct span at;
};

static const struct doc *text_value(const struct call *call, const char *text)
{
	return azure_make_scalar(call->template, text, true, call->at);
}

static const struct doc *bool_value(const struct call *call, bool value)
{
	return azure_make_scalar(call->template, value ? "true" : "false", false,
				 call->at);
}

static const struct doc *number_value(const struct call *call, long long value)
{
	char text[32];

	snprintf(text, sizeof(text), "%lld", value);
	return azure_make_scalar(call->template, text, false, call->at);
}

/* A known text, number or truth value; NULL for all else. */
static const char *known(const struct doc *doc)
{
	return azure_unknown(doc) ? NULL : doc_text(doc);
}

static bool to_number(const struct doc *doc, long long *ret_number)
{
	const char *text = known(doc);
	char *end;

	/* 18 digits cannot overflow, nor can the sum of two */
	if (!text || !*text || strlen(text) > 18)
		return false;
	*ret_number = strtoll(text, &end, 10);
	return !*end;
}

static int to_bool(const struct doc *doc)
{
	const char *text = known(doc);

	if (text && (strcasecmp(text, "true") == 0 || strcmp(text, "1") == 0))
		return 1;
	if (text && (strcasecmp(text, "false") == 0 || strcmp(text, "0") == 0))
		return 0;
	return -1;
}

/* -- joining ------------------------------------------------------------------------- */

/* A part of a text that is not known as a whole: in it a bracket is an expression's, so a
 * literal one is doubled. */
static void add_part(struct strbuf *out, const struct doc *doc, bool whole_known)
{
	if (whole_known || azure_unknown(doc) || doc->kind != DOC_SCALAR) {
		azure_write_part(out, doc);
		return;
	}
	for (const char *c = doc->text; *c; c++) {
		if (*c == '[')
			strbuf_putc(out, '[');
		strbuf_putc(out, *c);
	}
}

static const struct doc *join_lists(const struct call *call)
{
	struct doc *list;
	size_t count = 0;

	for (size_t i = 0; i < call->count; i++)
		count += call->args[i]->count;
	list = azure_make_list(call->template, count, call->at);
	count = 0;
	for (size_t i = 0; i < call->count; i++)
		for (size_t j = 0; j < call->args[i]->count && count < list->count; j++)
			list->items[count++] = call->args[i]->items[j];
	return list;
}

static bool is_all(const struct call *call, enum doc_kind kind)
{
	for (size_t i = 0; i < call->count; i++)
		if (call->args[i]->kind != kind)
			return false;
	return true;
}

static bool all_known(const struct call *call)
{
	for (size_t i = 0; i < call->count; i++)
		if (azure_unknown(call->args[i]))
			return false;
	return true;
}

static const struct doc *finish_text(const struct call *call, const struct strbuf *text,
				     bool whole_known)
{
	return whole_known
		       ? text_value(call, strbuf_text(text))
		       : azure_make_unknown(call->template, strbuf_text(text), call->at);
}

static const struct doc *call_concat(const struct call *call)
{
	CLEANUP(strbuf_release) struct strbuf text = {0};
	bool whole_known = all_known(call);

	if (is_all(call, DOC_LIST))
		return join_lists(call);
	if (whole_known && !is_all(call, DOC_SCALAR))
		return NULL;
	for (size_t i = 0; i < call->count && azure_spend(call->template, 1); i++)
		add_part(&text, call->args[i], whole_known);
	return finish_text(call, &text, whole_known);
}

/* format('{0}/{1}', a, b); "{{" and "}}" are braces, other forms ("{0:X}") unknown. */
static const struct doc *call_format(const struct call *call)
{
	CLEANUP(strbuf_release) struct strbuf text = {0};
	bool whole_known = all_known(call);
	const char *at = known(call->args[0]);

	if (!at)
		return NULL;
	while (*at && azure_spend(call->template, 1)) {
		unsigned index;
		int length = 0;

		if (at[0] == at[1] && (*at == '{' || *at == '}')) {
			strbuf_putc(&text, *at);
			at += 2;
		} else if (*at != '{') {
			if (*at == '[' && !whole_known)
				strbuf_putc(&text, '[');
			strbuf_putc(&text, *at++);
		} else if (sscanf(at, "{%2u}%n", &index, &length) == 1 && length &&
			   index + 1 < call->count &&
			   call->args[index + 1]->kind == DOC_SCALAR) {
			add_part(&text, call->args[index + 1], whole_known);
			at += length;
		} else {
			return NULL;
		}
	}
	return finish_text(call, &text, whole_known);
}

/*
 * The id of a resource.  Whose subscription it is nobody knows here, and nobody asks: ids
 * are only compared with each other.  Leading arguments without a slash are subscription
 * and group.
 */
static const struct doc *call_resource_id(const struct call *call)
{
	CLEANUP(strbuf_release) struct strbuf text = {0};
	bool whole_known = all_known(call);
	size_t first = 0, name;
	const char *type = NULL, *end;

	for (; first < call->count; first++) {
		type = known(call->args[first]);
		if (type && strchr(type, '/'))
			break;
	}
	if (first == call->count)
		return NULL;
	strbuf_puts(&text, "/providers/");
	end = strchr(type, '/');
	strbuf_add(&text, type, (size_t)(end - type));
	/* type/type with name, name is /type/name/type/name */
	for (name = first + 1; *end; name++) {
		size_t length = strcspn(end + 1, "/");

		if (name >= call->count || call->args[name]->kind != DOC_SCALAR)
			return NULL;
		strbuf_add(&text, end, length + 1);
		strbuf_putc(&text, '/');
		add_part(&text, call->args[name], whole_known);
		end += length + 1;
	}
	return name == call->count ? finish_text(call, &text, whole_known) : NULL;
}

/* -- taking apart -------------------------------------------------------------------- */

static const struct doc *change_case(const struct call *call, char first, int by)
{
	const char *text = known(call->args[0]);
	char *copy;

	if (!text)
		return NULL;
	copy = arena_strdup(call->template->arena, text);
	for (char *c = copy; *c; c++)
		if (*c >= first && *c < first + 26)
			*c = (char)(*c + by);
	return text_value(call, copy);
}

static const struct doc *call_to_lower(const struct call *call)
{
	return change_case(call, 'A', 'a' - 'A');
}

static const struct doc *call_to_upper(const struct call *call)
{
	return change_case(call, 'a', 'A' - 'a');
}

static const struct doc *call_string(const struct call *call)
{
	const char *text = known(call->args[0]);

	return text ? text_value(call, text) : NULL;
}

static const struct doc *call_split(const struct call *call)
{
	const char *text = known(call->args[0]), *by = known(call->args[1]);
	size_t count = 1, length = by ? strlen(by) : 0;
	struct doc *list;

	if (!text || !length)
		return NULL;
	for (const char *at = text; (at = strstr(at, by)); at += length)
		count++;
	list = azure_make_list(call->template, count, call->at);
	for (size_t i = 0; i < list->count; i++) {
		const char *end = strstr(text, by);
		size_t size = end ? (size_t)(end - text) : strlen(text);

		list->items[i] = azure_make_scalar(call->template,
						   arena_strndup(call->template->arena,
								 text, size),
						   true, call->at);
		text = end ? end + length : text + size;
	}
	return list;
}

static const struct doc *call_first(const struct call *call)
{
	const struct doc *list = call->args[0];

	return list->kind == DOC_LIST && list->count ? list->items[0] : NULL;
}

static const struct doc *call_last(const struct call *call)
{
	const struct doc *list = call->args[0];

	return list->kind == DOC_LIST && list->count ? list->items[list->count - 1]
						     : NULL;
}

static const struct doc *call_length(const struct call *call)
{
	const struct doc *of = call->args[0];

	if (of->kind == DOC_LIST || of->kind == DOC_MAP)
		return number_value(call, (long long)of->count);
	/* characters; of other texts than ASCII ours would be bytes */
	for (const char *c = known(of); c && *c; c++)
		if ((unsigned char)*c >= 0x80)
			return NULL;
	return known(of) ? number_value(call, (long long)strlen(of->text)) : NULL;
}

/* -- comparing and choosing ---------------------------------------------------------- */

static const struct doc *call_equals(const struct call *call)
{
	const char *a = known(call->args[0]), *b = known(call->args[1]);

	if (call->args[0] == call->args[1] && !azure_unknown(call->args[0]))
		return bool_value(call, true);
	/* texts by case; a text never equals a number */
	return a && b ? bool_value(call,
				   strcmp(a, b) == 0 &&
					   call->args[0]->quoted == call->args[1]->quoted)
		      : NULL;
}

static const struct doc *call_not(const struct call *call)
{
	int value = to_bool(call->args[0]);

	return value < 0 ? NULL : bool_value(call, !value);
}

/* One argument that decides is enough, whatever the others are. */
static const struct doc *fold(const struct call *call, int decides)
{
	bool all = true;

	for (size_t i = 0; i < call->count; i++) {
		int value = to_bool(call->args[i]);

		if (value == decides)
			return bool_value(call, decides);
		all = all && value >= 0;
	}
	return all ? bool_value(call, !decides) : NULL;
}

static const struct doc *call_and(const struct call *call)
{
	return fold(call, 0);
}

static const struct doc *call_or(const struct call *call)
{
	return fold(call, 1);
}

static const struct doc *call_true(const struct call *call)
{
	return bool_value(call, true);
}

static const struct doc *call_false(const struct call *call)
{
	return bool_value(call, false);
}

static const struct doc *call_bool(const struct call *call)
{
	int value = to_bool(call->args[0]);

	return value < 0 ? NULL : bool_value(call, value);
}

static const struct doc *call_null(const struct call *call)
{
	struct doc *null = azure_make_scalar(call->template, "", false, call->at);

	null->kind = DOC_NULL;
	return null;
}

static const struct doc *call_empty(const struct call *call)
{
	const struct doc *of = call->args[0];

	if (azure_unknown(of))
		return NULL;
	return bool_value(call, of->kind == DOC_SCALAR
					? !of->length
					: of->kind == DOC_NULL || !of->count);
}

static const struct doc *call_coalesce(const struct call *call)
{
	for (size_t i = 0; i < call->count; i++) {
		if (azure_unknown(call->args[i]))
			return NULL;
		if (call->args[i]->kind != DOC_NULL)
			return call->args[i];
	}
	return call_null(call);
}

static const struct doc *call_create_array(const struct call *call)
{
	struct doc *list = azure_make_list(call->template, call->count, call->at);

	for (size_t i = 0; i < list->count; i++)
		list->items[i] = (struct doc *)(uintptr_t)call->args[i];
	return list;
}

static const struct doc *call_array(const struct call *call)
{
	if (azure_unknown(call->args[0]))
		return NULL;
	return call->args[0]->kind == DOC_LIST ? call->args[0] : call_create_array(call);
}

/* -- numbers ------------------------------------------------------------------------- */

static const struct doc *call_int(const struct call *call)
{
	long long number;

	return to_number(call->args[0], &number) ? number_value(call, number) : NULL;
}

static const struct doc *call_add(const struct call *call)
{
	long long a, b;

	return to_number(call->args[0], &a) && to_number(call->args[1], &b)
		       ? number_value(call, a + b)
		       : NULL;
}

static const struct doc *call_sub(const struct call *call)
{
	long long a, b;

	return to_number(call->args[0], &a) && to_number(call->args[1], &b)
		       ? number_value(call, a - b)
		       : NULL;
}

static const struct doc *call_mul(const struct call *call)
{
	long long a, b, product;

	return to_number(call->args[0], &a) && to_number(call->args[1], &b) &&
			       !__builtin_mul_overflow(a, b, &product)
		       ? number_value(call, product)
		       : NULL;
}

static const struct function {
	const char *name;
	size_t min, max;
	const struct doc *(*call)(const struct call *call);
} functions[] = {
	{"add", 2, 2, call_add},
	{"and", 1, SIZE_MAX, call_and},
	{"array", 1, 1, call_array},
	{"bool", 1, 1, call_bool},
	{"coalesce", 1, SIZE_MAX, call_coalesce},
	{"concat", 1, SIZE_MAX, call_concat},
	{"createArray", 0, SIZE_MAX, call_create_array},
	{"empty", 1, 1, call_empty},
	{"equals", 2, 2, call_equals},
	{"false", 0, 0, call_false},
	{"first", 1, 1, call_first},
	{"format", 1, SIZE_MAX, call_format},
	{"int", 1, 1, call_int},
	{"last", 1, 1, call_last},
	{"length", 1, 1, call_length},
	{"mul", 2, 2, call_mul},
	{"not", 1, 1, call_not},
	{"null", 0, 0, call_null},
	{"or", 1, SIZE_MAX, call_or},
	{"resourceId", 2, SIZE_MAX, call_resource_id},
	{"split", 2, 2, call_split},
	{"string", 1, 1, call_string},
	{"sub", 2, 2, call_sub},
	{"subscriptionResourceId", 2, SIZE_MAX, call_resource_id},
	{"toLower", 1, 1, call_to_lower},
	{"toUpper", 1, 1, call_to_upper},
	{"true", 0, 0, call_true},
};

const struct doc *azure_call(struct azure_template *template, const char *name,
			     const struct doc **args, size_t count, struct span at)
{
	const struct call call = {template, args, count, at};

	for (size_t i = 0; i < sizeof(functions) / sizeof(functions[0]); i++) {
		const struct function *function = &functions[i];

		if (strcasecmp(function->name, name) == 0)
			return count >= function->min && count <= function->max
				       ? function->call(&call)
				       : NULL;
	}
	return NULL;
}
