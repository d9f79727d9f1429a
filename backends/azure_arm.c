/* azure_arm.c - The resources of an ARM template. */
#include "backends/azure_reader.h"

#include <string.h>
#include <strings.h>

#include "rules/base/arena.h"
#include "rules/ruleset.h"

#define DEPLOYMENT "microsoft.resources/deployments"

static int list_template(struct azure_template *template, struct azure_scope *scope,
			 const struct doc *body);

/* The scope of what is inside of a loop: copyIndex() differs from loop to loop.  The
 * slots are those of the scope around, by their maps, which share them. */
static struct azure_scope *loop_scope(struct azure_template *template,
				      struct azure_scope *scope,
				      const struct azure_resource *loop)
{
	struct azure_scope *inside = arena_make(template->arena, struct azure_scope);

	*inside = *scope;
	inside->loop = loop;
	return inside;
}

/* "securityRules" in a group is "Microsoft.Network/networkSecurityGroups/securityRules";
 * a type with a namespace (a dot before the first slash) stands alone. */
static const char *full_type(struct azure_template *template, const char *type,
			     const struct azure_resource *parent)
{
	const char *slash = strchr(type, '/');

	if (!parent || (slash && memchr(type, '.', (size_t)(slash - type))))
		return type;
	return arena_printf(template->arena, "%s/%s", parent->type, type);
}

static bool is_inner(const struct doc *properties)
{
	const struct doc *options =
		doc_get_nocase(properties, "expressionEvaluationOptions");
	const char *scope = doc_text(doc_get_nocase(options, "scope"));

	return scope && strcasecmp(scope, "inner") == 0;
}

/* Without "scope": "inner" the expressions of a nested template are the outer one's
 * (linked-templates, "Expression evaluation scope in nested templates"). */
static struct azure_scope *nested_scope(struct azure_template *template,
					const struct azure_resource *deployment,
					const struct doc *properties,
					const struct doc *body)
{
	struct azure_scope *scope = arena_make(template->arena, struct azure_scope);

	*scope = *deployment->scope;
	scope->deployment = deployment;
	if (!is_inner(properties))
		return scope;
	scope->outer = deployment->scope;
	scope->path = arena_printf(template->arena, " of the deployment at byte %u",
				   deployment->at.begin);
	scope->parameters = (struct textmap){0};
	scope->variables = (struct textmap){0};
	azure_fill_scope(template, scope, doc_get_nocase(body, "parameters"),
			 doc_get_nocase(properties, "parameters"), true);
	azure_fill_scope(template, scope, doc_get_nocase(body, "variables"), NULL, false);
	return scope;
}

static int list_deployment(struct azure_template *template,
			   const struct azure_resource *deployment)
{
	const struct doc *properties = doc_get_nocase(deployment->node, "properties");
	const struct doc *body = doc_get_nocase(properties, "template");
	const struct doc *link;
	const char *name;

	if (body && body->kind == DOC_MAP)
		return list_template(template,
				     nested_scope(template, deployment, properties, body),
				     body);
	link = doc_get_nocase(properties, "templateLink");
	name = doc_text(doc_get_nocase(deployment->node, "name"));
	if (body || link)
		ruleset_assume(template->rules,
			       arena_printf(template->arena,
					    "the template of deployment '%.120s' holds "
					    "no "
					    "rules: it was not seen",
					    name ? name : ""),
			       template->arena);
	return 0;
}

static int list_resources(struct azure_template *template, struct azure_scope *scope,
			  const struct doc *list, const struct azure_resource *parent);

static bool is_true(const struct doc *doc)
{
	return doc_text(doc) && strcasecmp(doc_text(doc), "true") == 0;
}

static int add_resource(struct azure_template *template, struct azure_scope *scope,
			const struct doc *node, const char *label,
			const struct azure_resource *parent)
{
	const struct doc *type = doc_get_nocase(node, "type");
	struct azure_resource *resource;

	/* "existing" (languageVersion 2.0) is a reference to what is there already */
	if (node->kind != DOC_MAP || is_true(doc_get_nocase(node, "existing")))
		return 0;
	type = type ? azure_evaluate_in(template, scope, type) : NULL;
	if (!doc_text(type))
		return 0;
	resource = azure_add_resource(template, node,
				      full_type(template, type->text, parent));
	if (!resource)
		return -1;
	resource->label = label;
	resource->parent = parent;
	resource->looped = scope->loop || doc_get_nocase(node, "copy");
	resource->scope = doc_get_nocase(node, "copy")
				  ? loop_scope(template, scope, resource)
				  : scope;
	if (strcmp(resource->type, DEPLOYMENT) == 0)
		return list_deployment(template, resource);
	return list_resources(template, resource->scope,
			      doc_get_nocase(node, "resources"), resource);
}

static int list_resources(struct azure_template *template, struct azure_scope *scope,
			  const struct doc *list, const struct azure_resource *parent)
{
	if (list && list->kind == DOC_LIST)
		for (size_t i = 0; i < list->count; i++)
			if (add_resource(template, scope, list->items[i], NULL, parent))
				return -1;
	if (list && list->kind == DOC_MAP)
		for (size_t i = 0; i < list->count; i++)
			if (add_resource(template, scope, list->entries[i].value,
					 list->entries[i].key, parent))
				return -1;
	return 0;
}

static int list_template(struct azure_template *template, struct azure_scope *scope,
			 const struct doc *body)
{
	return list_resources(template, scope, doc_get_nocase(body, "resources"), NULL);
}

int azure_list_arm(struct azure_template *template)
{
	struct azure_scope *scope = arena_make(template->arena, struct azure_scope);

	scope->path = "";
	azure_fill_scope(template, scope, doc_get_nocase(template->root, "parameters"),
			 NULL, true);
	azure_fill_scope(template, scope, doc_get_nocase(template->root, "variables"),
			 NULL, false);
	return list_template(template, scope, template->root);
}
