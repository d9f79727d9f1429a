/* azure_values.c - Values of a template: parameters, variables, whole documents. */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "backends/azure_reader.h"
#include "rules/base/arena.h"
#include "rules/ruleset.h"

bool azure_spend(struct azure_template *template, size_t amount)
{
	if (template->failed)
		return false;
	if (amount <= template->work) {
		template->work -= amount;
		return true;
	}
	template->work = 0;
	template->failed = true;
	diag_report(template->diag, DIAG_DOCUMENT_LIMIT, template->root->at,
		    "the expressions of the template grow past %u MiB",
		    AZURE_MAX_WORK >> 20);
	return false;
}

/* -- new values ---------------------------------------------------------------------- */

struct doc *azure_make_scalar(struct azure_template *template, const char *text,
			      bool quoted, struct span at)
{
	struct doc *doc = arena_make(template->arena, struct doc);
	size_t length = strlen(text);

	azure_spend(template, sizeof(*doc) + length);
	doc->kind = DOC_SCALAR;
	doc->at = at;
	doc->quoted = quoted;
	doc->text = template->failed ? "" : arena_strndup(template->arena, text, length);
	doc->length = strlen(doc->text);
	return doc;
}

struct doc *azure_make_list(struct azure_template *template, size_t count, struct span at)
{
	struct doc *doc = arena_make(template->arena, struct doc);

	if (!azure_spend(template, sizeof(*doc) + count * sizeof(struct doc *)))
		count = 0;
	doc->kind = DOC_LIST;
	doc->at = at;
	doc->count = count;
	doc->items = arena_array(template->arena, count, struct doc *);
	return doc;
}

struct doc *azure_make_unknown(struct azure_template *template, const char *text,
			       struct span at)
{
	char place[64];

	/* Cut, it could be another's text: then the place tells them apart. */
	if (strlen(text) > AZURE_MAX_EXPRESSION) {
		snprintf(place, sizeof(place), "[expression at byte %u]", at.begin);
		text = place;
	}
	return azure_make_scalar(template, text, false, at);
}

static void write_place(struct strbuf *out, const struct doc *doc)
{
	strbuf_printf(out, "%s at bytes %u to %u", doc_kind_name(doc), doc->at.begin,
		      doc->at.end);
}

void azure_write_argument(struct strbuf *out, const struct doc *doc)
{
	const char *unknown = azure_unknown(doc);
	size_t length = unknown ? strlen(unknown) : 0;

	if (doc->kind == DOC_NULL)
		strbuf_puts(out, "null()");
	else if (doc->kind != DOC_SCALAR)
		write_place(out, doc);
	else if (unknown && *unknown == '[' && length >= 2 &&
		 strchr(unknown, ']') == unknown + length - 1)
		strbuf_add(out, unknown + 1, length - 2);
	else if (!unknown && doc->quoted)
		strbuf_printf(out, "'%s'", doc->text);
	else
		strbuf_puts(out, doc->text);
}

void azure_write_part(struct strbuf *out, const struct doc *doc)
{
	if (doc->kind == DOC_NULL)
		return;
	if (doc->kind != DOC_SCALAR)
		write_place(out, doc);
	else
		strbuf_puts(out, doc->text);
}

/* -- parameters and variables -------------------------------------------------------- */

void azure_fill_scope(struct azure_template *template, struct azure_scope *scope,
		      const struct doc *written, const struct doc *given,
		      bool are_parameters)
{
	struct textmap *slots = are_parameters ? &scope->parameters : &scope->variables;

	if (!written || written->kind != DOC_MAP)
		return;
	for (size_t i = 0; i < written->count; i++) {
		struct azure_slot *slot = arena_make(template->arena, struct azure_slot);

		slot->name = written->entries[i].key;
		slot->home = scope;
		slot->written = written->entries[i].value;
		slot->given = given ? doc_get_nocase(given, slot->name) : NULL;
		slot->is_parameter = are_parameters;
		textmap_put(slots, azure_lower(template, slot->name), slot,
			    template->arena);
	}
}

/* Of ARM "securestring" and "secureObject", of Terraform "sensitive": not to be shown. */
static bool is_secret(const struct azure_slot *slot)
{
	const char *type = doc_text(doc_get_nocase(slot->written, "type"));
	const char *sensitive = doc_text(doc_get(slot->written, "sensitive"));

	return (type && strncasecmp(type, "secure", 6) == 0) ||
	       (sensitive && strcmp(sensitive, "false") != 0);
}

static void assume_default(struct azure_template *template, const struct azure_slot *slot,
			   const struct doc *value)
{
	bool terraform = template->form == AZURE_TERRAFORM;
	const char *assumption =
		arena_printf(template->arena, "%s '%s'%s has its default",
			     terraform ? "variable" : "parameter", slot->name,
			     slot->home->path);

	if (!is_secret(slot) && value->kind == DOC_SCALAR)
		assumption = arena_printf(template->arena, "%s, '%.120s'", assumption,
					  value->text);
	ruleset_assume(template->rules, assumption, template->arena);
}

static const struct doc *unknown_slot(struct azure_template *template,
				      const struct azure_slot *slot)
{
	const char *text;

	if (template->form == AZURE_TERRAFORM)
		text = arena_printf(template->arena, "${%s.%s}",
				    slot->is_parameter ? "var" : "local", slot->name);
	else
		text = arena_printf(template->arena, "[%s('%s')%s]",
				    slot->is_parameter ? "parameters" : "variables",
				    slot->name, slot->home->path);
	return azure_make_unknown(template, text, slot->written->at);
}

static const struct doc *parameter_value(struct azure_template *template,
					 const struct azure_slot *slot)
{
	const struct doc *value = doc_get_nocase(slot->given, "value");

	/* what the outer template gives is looked up there */
	if (value)
		return azure_evaluate_in(template, slot->home->outer, value);
	if (slot->given)
		return unknown_slot(template, slot); /* a reference to a vault */
	value = template->form == AZURE_TERRAFORM
			? doc_get(slot->written, "default")
			: doc_get_nocase(slot->written, "defaultValue");
	if (!value)
		return unknown_slot(template, slot);
	value = azure_evaluate_in(template, slot->home, value);
	/* newGuid() and utcNow() stand in defaults only: each parameter has its own */
	if (azure_unknown(value))
		return unknown_slot(template, slot);
	assume_default(template, slot, value);
	return value;
}

const struct doc *azure_slot_value(struct azure_template *template,
				   struct azure_slot *slot)
{
	if (slot->value)
		return slot->value;
	if (slot->busy)
		return unknown_slot(template, slot);
	slot->busy = true;
	slot->value = slot->is_parameter
			      ? parameter_value(template, slot)
			      : azure_evaluate_in(template, slot->home, slot->written);
	slot->busy = false;
	return slot->value;
}

/* -- documents ----------------------------------------------------------------------- */

static bool is_expression(const struct doc *doc)
{
	return doc->quoted && doc->length >= 2 && doc->text[0] == '[' &&
	       doc->text[doc->length - 1] == ']';
}

static const struct doc *evaluate_scalar(struct azure_template *template,
					 struct azure_scope *scope, const struct doc *doc)
{
	if (template->form == AZURE_TERRAFORM)
		return doc->quoted && strstr(doc->text, "${")
			       ? azure_interpolate(template, scope, doc)
			       : doc;
	if (!is_expression(doc))
		return doc;
	/* "[[x]" is the text "[x]" */
	if (doc->text[1] == '[')
		return azure_make_scalar(template, doc->text + 1, true, doc->at);
	return azure_expression(template, scope, doc);
}

/* Few mappings have more keys than can be compared pair by pair. */
#define MANY_KEYS 24

static const struct doc_entry *key_before(struct azure_template *template,
					  const struct doc *map, size_t index,
					  struct textmap *seen)
{
	const struct doc_entry *entry = &map->entries[index], *before;
	const char *key;

	if (map->count > MANY_KEYS) {
		key = azure_lower(template, entry->key);
		before = textmap_get(seen, key);
		textmap_put(seen, key, (void *)(uintptr_t)entry, template->arena);
		return before;
	}
	for (size_t i = 0; i < index; i++)
		if (strcasecmp(map->entries[i].key, entry->key) == 0)
			return &map->entries[i];
	return NULL;
}

/* Azure takes keys in any case, so one of two would hide the other; Terraform's differ.
 */
void azure_check_keys(struct azure_template *template, const struct doc *map)
{
	struct textmap seen = {0};

	if (template->form == AZURE_TERRAFORM)
		return;
	for (size_t i = 0; i < map->count && !template->failed; i++) {
		const struct doc_entry *before = key_before(template, map, i, &seen);

		if (!before)
			continue;
		template->failed = true;
		diag_report(template->diag, DIAG_DUPLICATE_KEY, map->entries[i].at,
			    "the key '%.80s' stands twice: upper and lower case are the "
			    "same to Azure",
			    map->entries[i].key);
		diag_note(template->diag, before->at, "first here");
		diag_help(template->diag, "keep one of the two");
	}
}

static const struct doc *evaluate_list(struct azure_template *template,
				       struct azure_scope *scope, const struct doc *list)
{
	struct doc *copy = NULL;

	for (size_t i = 0; i < list->count; i++) {
		const struct doc *value =
			azure_evaluate_in(template, scope, list->items[i]);

		if (value == list->items[i] || template->failed)
			continue;
		if (!copy) {
			copy = azure_make_list(template, list->count, list->at);
			if (template->failed)
				return list;
			memcpy(copy->items, list->items,
			       list->count * sizeof(struct doc *));
		}
		copy->items[i] = (struct doc *)(uintptr_t)value;
	}
	return copy ? copy : list;
}

/* "copy": [{"name": "securityRules", "count": …, "input": …}] makes the property of that
 * name: one that is not known. */
static void add_copied(struct azure_template *template, struct doc *map, size_t at)
{
	const struct doc *copies = map->entries[at].value;
	struct doc_entry *entries =
		arena_array(template->arena, map->count + copies->count,
			    struct doc_entry);

	memcpy(entries, map->entries, map->count * sizeof(*entries));
	map->entries = entries;
	for (size_t i = 0; i < copies->count; i++) {
		const struct doc *copy = copies->items[i];
		const char *name = doc_text(doc_get_nocase(copy, "name"));
		struct doc *value;

		if (!name || doc_get_nocase(map, name))
			continue;
		value = azure_make_unknown(template,
					   arena_printf(template->arena,
							"[copy '%s' at byte %u]", name,
							copy->at.begin),
					   copy->at);
		map->entries[map->count++] = (struct doc_entry){copy->at, name, value};
	}
}

static bool is_copies(const struct doc_entry *entry)
{
	return strcasecmp(entry->key, "copy") == 0 && entry->value->kind == DOC_LIST;
}

static struct doc *copy_map(struct azure_template *template, const struct doc *map)
{
	struct doc *copy = arena_make(template->arena, struct doc);

	*copy = *map;
	copy->entries = arena_array(template->arena, map->count, struct doc_entry);
	memcpy(copy->entries, map->entries, map->count * sizeof(*map->entries));
	azure_spend(template, sizeof(*copy) + map->count * sizeof(*map->entries));
	return copy;
}

static const struct doc *evaluate_map(struct azure_template *template,
				      struct azure_scope *scope, const struct doc *map)
{
	struct doc *copy = NULL;
	size_t copies = map->count;

	azure_check_keys(template, map);
	for (size_t i = 0; i < map->count && !template->failed; i++) {
		const struct doc *value;

		if (template->form == AZURE_ARM && is_copies(&map->entries[i])) {
			copies = i;
			continue;
		}
		value = azure_evaluate_in(template, scope, map->entries[i].value);
		if (value == map->entries[i].value)
			continue;
		if (!copy)
			copy = copy_map(template, map);
		copy->entries[i].value = (struct doc *)(uintptr_t)value;
	}
	if (copies < map->count) {
		if (!copy)
			copy = copy_map(template, map);
		add_copied(template, copy, copies);
	}
	return copy ? copy : map;
}

const struct doc *azure_evaluate_in(struct azure_template *template,
				    struct azure_scope *scope, const struct doc *doc)
{
	const struct doc *value = doc;

	if (doc->kind == DOC_NULL || template->failed)
		return doc;
	if (template->nesting == AZURE_MAX_NESTING)
		return azure_make_unknown(template,
					  arena_printf(template->arena,
						       "[nested too deeply, byte %u]",
						       doc->at.begin),
					  doc->at);
	template->nesting++;
	if (doc->kind == DOC_SCALAR)
		value = evaluate_scalar(template, scope, doc);
	else if (doc->kind == DOC_LIST)
		value = evaluate_list(template, scope, doc);
	else
		value = evaluate_map(template, scope, doc);
	template->nesting--;
	return value;
}
