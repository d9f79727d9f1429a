/* azure_terraform.c - Resources and references of Terraform's JSON. */
#include <string.h>
#include <strings.h>

#include "backends/azure_reader.h"
#include "rules/base/arena.h"

/**
 * DOC: Terraform
 *
 * Two texts: a configuration (.tf.json) is {"resource": {TYPE: {LABEL: {…}}}}, where any
 * mapping of blocks may be a list of mappings as well; "terraform show -json" of a plan
 * or a state has {"planned_values": {"root_module": {"resources": [{"type", "name",
 * "values"}], "child_modules": […]}}}, or "values" in its place.
 *
 * "${var.x}" has the default of its variable, "${local.x}" its value, and
 * "${azurerm_a.b.name}" the name of that resource; all other references are unknown.
 * (developer.hashicorp.com/terraform/language/syntax/json and .../internals/json-format,
 * read 2026-11-27.)
 */

/* Calls @visit for each key and value of a mapping, or of each mapping of a list. */
typedef int visitor(struct azure_template *template, struct azure_scope *scope,
		    const struct doc_entry *entry, const char *context);

static int visit_blocks(struct azure_template *template, struct azure_scope *scope,
			const struct doc *blocks, const char *context, visitor *visit)
{
	if (!blocks)
		return 0;
	if (blocks->kind == DOC_LIST)
		for (size_t i = 0; i < blocks->count; i++)
			if (visit_blocks(template, scope, blocks->items[i], context,
					 visit))
				return -1;
	if (blocks->kind == DOC_MAP)
		for (size_t i = 0; i < blocks->count; i++)
			if (visit(template, scope, &blocks->entries[i], context))
				return -1;
	return 0;
}

static int add_body(struct azure_template *template, struct azure_scope *scope,
		    const struct doc *body, const char *type, const char *label)
{
	struct azure_resource *resource;
	const char *count;

	if (body->kind == DOC_LIST) {
		for (size_t i = 0; i < body->count; i++)
			if (add_body(template, scope, body->items[i], type, label))
				return -1;
		return 0;
	}
	if (body->kind != DOC_MAP)
		return 0;
	count = doc_text(doc_get(body, "count"));
	if (count && strcmp(count, "0") == 0)
		return 0;
	resource = azure_add_resource(template, body, type);
	if (!resource)
		return -1;
	resource->label = label;
	resource->scope = scope;
	resource->looped =
		(doc_get(body, "count") && (!count || strcmp(count, "1") != 0)) ||
		doc_get(body, "for_each");
	if (scope) {
		/* each.key and count.index are of this resource */
		resource->scope = arena_make(template->arena, struct azure_scope);
		*resource->scope = *scope;
		resource->scope->loop = resource;
		textmap_put(&scope->resources,
			    arena_printf(template->arena, "%s.%s", type, label), resource,
			    template->arena);
	}
	return 0;
}

static int visit_label(struct azure_template *template, struct azure_scope *scope,
		       const struct doc_entry *entry, const char *type)
{
	return add_body(template, scope, entry->value, type, entry->key);
}

static int visit_type(struct azure_template *template, struct azure_scope *scope,
		      const struct doc_entry *entry, const char *context)
{
	(void)context;
	return visit_blocks(template, scope, entry->value, entry->key, visit_label);
}

static int visit_variable(struct azure_template *template, struct azure_scope *scope,
			  const struct doc_entry *entry, const char *kind)
{
	struct azure_slot *slot = arena_make(template->arena, struct azure_slot);
	bool variable = strcmp(kind, "variable") == 0;

	slot->name = entry->key;
	slot->home = scope;
	slot->written = entry->value;
	slot->is_parameter = variable;
	textmap_put(variable ? &scope->parameters : &scope->variables, entry->key, slot,
		    template->arena);
	return 0;
}

static int list_module(struct azure_template *template, const struct doc *module)
{
	const struct doc *resources = doc_get(module, "resources"),
			 *children = doc_get(module, "child_modules");

	for (size_t i = 0;
	     resources && resources->kind == DOC_LIST && i < resources->count; i++) {
		const struct doc *item = resources->items[i];
		const char *type = doc_text(doc_get(item, "type"));
		const char *mode = doc_text(doc_get(item, "mode"));
		const struct doc *values = doc_get(item, "values");

		if (type && values && (!mode || strcmp(mode, "managed") == 0) &&
		    add_body(template, NULL, values, type,
			     doc_text(doc_get(item, "address"))))
			return -1;
	}
	/* modules are as deep as the document */
	for (size_t i = 0; children && children->kind == DOC_LIST && i < children->count;
	     i++)
		if (list_module(template, children->items[i]))
			return -1;
	return 0;
}

static const struct doc *root_module(const struct doc *root)
{
	const struct doc *values = doc_get(root, "planned_values");

	return doc_get(values ? values : doc_get(root, "values"), "root_module");
}

bool azure_is_terraform(const struct doc *root)
{
	const struct doc *resource = doc_get(root, "resource");

	if (root_module(root))
		return true;
	if (resource && resource->kind == DOC_LIST && resource->count)
		resource = resource->items[0];
	return resource && resource->kind == DOC_MAP && resource->count &&
	       strncmp(resource->entries[0].key, "azurerm_", 8) == 0;
}

int azure_list_terraform(struct azure_template *template)
{
	const struct doc *root = template->root, *module = root_module(root);
	struct azure_scope *scope;

	if (module)
		return list_module(template, module);
	scope = arena_make(template->arena, struct azure_scope);
	scope->path = "";
	if (visit_blocks(template, scope, doc_get(root, "variable"), "variable",
			 visit_variable) ||
	    visit_blocks(template, scope, doc_get(root, "locals"), "locals",
			 visit_variable) ||
	    visit_blocks(template, scope, doc_get(root, "resource"), NULL, visit_type))
		return -1;
	/* each resource has a scope of its own, a copy made before the last were there */
	for (size_t i = 0; i < template->count; i++)
		if (template->resources[i]->scope)
			template->resources[i]->scope->resources = scope->resources;
	return 0;
}

/* -- references ---------------------------------------------------------------------- */

static const struct doc *variable_value(struct azure_template *template,
					const struct azure_scope *scope, const char *name,
					bool local)
{
	struct azure_slot *slot =
		textmap_get(local ? &scope->variables : &scope->parameters, name);

	return slot ? azure_slot_value(template, slot) : NULL;
}

/* "azurerm_network_security_group.x.name" */
static const struct doc *resource_name(struct azure_template *template,
				       const struct azure_scope *scope,
				       const char *reference)
{
	size_t length = strlen(reference);
	const struct azure_resource *resource;

	if (length < 6 || strcmp(reference + length - 5, ".name") != 0)
		return NULL;
	resource = textmap_get(&scope->resources,
			       arena_strndup(template->arena, reference, length - 5));
	return resource && !resource->looped
		       ? azure_evaluate(template, resource,
					doc_get(resource->node, "name"))
		       : NULL;
}

static const struct doc *reference_value(struct azure_template *template,
					 struct azure_scope *scope, const char *reference,
					 const struct doc *doc)
{
	const struct doc *value = NULL;
	const char *owner = "";

	if (strncmp(reference, "var.", 4) == 0)
		value = variable_value(template, scope, reference + 4, false);
	else if (strncmp(reference, "local.", 6) == 0)
		value = variable_value(template, scope, reference + 6, true);
	else
		value = resource_name(template, scope, reference);
	if (value)
		return value;
	if (scope->loop && (strstr(reference, "each.") || strstr(reference, "count.")))
		owner = arena_printf(template->arena, " of %s.%s", scope->loop->type,
				     scope->loop->label);
	return azure_make_unknown(template,
				  arena_printf(template->arena, "${%s%s}", reference,
					       owner),
				  doc->at);
}

/* The brace that ends the reference at @at, or NULL; references may hold braces. */
static const char *reference_end(const char *at)
{
	for (size_t depth = 0; *at; at++) {
		if (*at == '{')
			depth++;
		else if (*at == '}' && !depth--)
			return at;
	}
	return NULL;
}

const struct doc *azure_interpolate(struct azure_template *template,
				    struct azure_scope *scope, const struct doc *doc)
{
	CLEANUP(strbuf_release) struct strbuf text = {0};
	const char *at = doc->text;
	bool known = true;

	while (*at && azure_spend(template, 1)) {
		const struct doc *value;
		const char *end;

		if (strncmp(at, "$${", 3) == 0) {
			strbuf_puts(&text, "${");
			at += 3;
			continue;
		}
		end = strncmp(at, "${", 2) == 0 ? reference_end(at + 2) : NULL;
		if (!end) {
			strbuf_putc(&text, *at++);
			continue;
		}
		value = reference_value(template, scope,
					arena_strndup(template->arena, at + 2,
						      (size_t)(end - at - 2)),
					doc);
		/* alone it is the value itself, of whatever kind */
		if (at == doc->text && !end[1])
			return value;
		known = known && value->kind == DOC_SCALAR && !azure_unknown(value);
		azure_write_part(&text, value);
		at = end + 1;
	}
	return known ? azure_make_scalar(template, strbuf_text(&text), true, doc->at)
		     : azure_make_unknown(template, strbuf_text(&text), doc->at);
}
