/* azure_template.c - Azure's resources, from whichever JSON says them. */
#include "backends/azure_template.h"

#include <string.h>
#include <strings.h>

#include "backends/azure_reader.h"
#include "backends/backend.h"
#include "backends/json.h"
#include "rules/base/arena.h"

const char *azure_lower(struct azure_template *template, const char *text)
{
	char *lower = arena_strdup(template->arena, text);

	for (char *c = lower; *c; c++)
		if (*c >= 'A' && *c <= 'Z')
			*c = (char)(*c - 'A' + 'a');
	return lower;
}

struct azure_resource *azure_add_resource(struct azure_template *template,
					  const struct doc *node, const char *type)
{
	struct azure_resource *resource;

	if (template->count == AZURE_MAX_RESOURCES) {
		diag_report(template->diag, DIAG_DOCUMENT_LIMIT, node->at,
			    "the text has more than %u resources", AZURE_MAX_RESOURCES);
		return NULL;
	}
	resource = arena_make(template->arena, struct azure_resource);
	resource->type = azure_lower(template, type);
	resource->node = node;
	resource->at = node->at;
	*arena_push(template->arena, template->resources, template->count,
		    template->capacity) = resource;
	return resource;
}

bool azure_template_failed(const struct azure_template *template)
{
	return template->failed;
}

/* A template has a "resources" and a "$schema" of templates; both alone are not enough:
 * a resource may have the one, a file of parameters has the other. */
static bool is_arm(const struct doc *root)
{
	const struct doc *resources = doc_get_nocase(root, "resources");
	const char *schema = doc_text(doc_get_nocase(root, "$schema"));

	if (!resources || resources->kind == DOC_SCALAR)
		return false;
	return (schema && strcasestr(schema, "deploymentTemplate")) ||
	       doc_get_nocase(root, "contentVersion");
}

int azure_template_read(const struct import_file *file, struct ruleset *rules,
			struct arena *arena, struct azure_template **ret_template,
			struct diag *diag)
{
	struct azure_template *template = arena_make(arena, struct azure_template);
	int error;

	template->arena = arena;
	template->rules = rules;
	template->diag = diag;
	template->work = AZURE_MAX_WORK;
	if (json_read_extended(file->text, file->length, file->source, arena,
			       &template->root, diag))
		return -1;
	if (is_arm(template->root)) {
		template->form = AZURE_ARM;
		error = azure_list_arm(template);
	} else if (azure_is_terraform(template->root)) {
		template->form = AZURE_TERRAFORM;
		error = azure_list_terraform(template);
	} else {
		template->form = AZURE_PLAIN;
		error = azure_list_plain(template);
	}
	if (error || template->failed)
		return -1;
	*ret_template = template;
	return 0;
}

/* -- names --------------------------------------------------------------------------- */

/* The last slash outside of brackets before @end, or NULL. */
static const char *last_slash(const char *name, const char *end)
{
	size_t depth = 0;
	const char *slash = NULL;

	for (; name < end; name++) {
		if (*name == '[' || *name == '{')
			depth++;
		else if ((*name == ']' || *name == '}') && depth)
			depth--;
		else if (*name == '/' && !depth)
			slash = name;
	}
	return slash;
}

const char *azure_parent_name(struct azure_template *template, const char *name)
{
	const char *slash = last_slash(name, name + strlen(name));

	return slash ? arena_strndup(template->arena, name, (size_t)(slash - name))
		     : NULL;
}

const char *azure_last_name(const char *name)
{
	const char *slash = last_slash(name, name + strlen(name));

	return slash ? slash + 1 : name;
}

const char *azure_id_name(const char *id)
{
	return azure_last_name(id);
}

/* A child that is written inside of its parent has the last part of its name only, in
 * types as well ("securityRules"). */
static bool is_relative(const struct azure_resource *resource)
{
	const char *type = doc_text(doc_get_nocase(resource->node, "type"));
	const char *slash = type ? strchr(type, '/') : NULL;

	return resource->parent && type &&
	       (!slash || !memchr(type, '.', (size_t)(slash - type)));
}

static const char *scalar_name(struct azure_template *template, const struct doc *doc)
{
	return doc && doc->kind == DOC_SCALAR ? doc->text
	       : doc ? arena_printf(template->arena, "[name at byte %u]", doc->at.begin)
		     : NULL;
}

static const char *own_name(struct azure_template *template,
			    const struct azure_resource *resource)
{
	const struct doc *doc = doc_get_nocase(resource->node, "name");
	const char *name = scalar_name(template, azure_evaluate(template, resource, doc));

	/* Terraform knows a resource by its label as well. */
	return name ? name : resource->label ? resource->label : "";
}

/* A plain child rule has its group in its id only. */
static const char *name_of_id(struct azure_template *template,
			      const struct azure_resource *resource)
{
	const char *id = doc_text(doc_get_nocase(resource->node, "id"));
	const char *at, *slash;
	CLEANUP(strbuf_release) struct strbuf name = {0};

	at = id ? strcasestr(id, "/providers/microsoft.") : NULL;
	at = at ? strchr(at + 11, '/') : NULL;
	/* behind the namespace: /type/name/type/name */
	while (at) {
		at = strchr(at + 1, '/');
		if (!at)
			break;
		slash = strchr(at + 1, '/');
		if (name.length)
			strbuf_putc(&name, '/');
		strbuf_add(&name, at + 1,
			   slash ? (size_t)(slash - at - 1) : strlen(at + 1));
		at = slash;
	}
	return name.length ? arena_strndup(template->arena, name.text, name.length)
			   : NULL;
}

const char *azure_name(struct azure_template *template,
		       const struct azure_resource *resource)
{
	const char *name = NULL;

	if (template->form == AZURE_PLAIN)
		name = name_of_id(template, resource);
	if (!name)
		name = own_name(template, resource);
	/* parents are as deep as the document, which is bounded */
	if (is_relative(resource))
		return arena_printf(template->arena, "%s/%s",
				    azure_name(template, resource->parent), name);
	return name;
}

/* -- conditions ---------------------------------------------------------------------- */

static enum azure_presence own_presence(struct azure_template *template,
					const struct azure_resource *resource,
					const char **ret_condition)
{
	const struct doc *condition = doc_get_nocase(resource->node, "condition");
	const char *text;

	if (template->form != AZURE_ARM || !condition)
		return AZURE_PRESENT;
	condition = azure_evaluate(template, resource, condition);
	text = doc_text(condition);
	if (text && !azure_unknown(condition)) {
		if (strcasecmp(text, "true") == 0)
			return AZURE_PRESENT;
		if (strcasecmp(text, "false") == 0)
			return AZURE_ABSENT;
	}
	*ret_condition = text ? text
			      : arena_printf(template->arena, "[condition at byte %u]",
					     condition->at.begin);
	return AZURE_PERHAPS;
}

enum azure_presence azure_presence(struct azure_template *template,
				   const struct azure_resource *resource,
				   const char **ret_condition)
{
	enum azure_presence result = AZURE_PRESENT;

	while (resource) {
		const char *condition = NULL;

		switch (own_presence(template, resource, &condition)) {
		case AZURE_ABSENT:
			return AZURE_ABSENT;
		case AZURE_PERHAPS:
			/* all of the conditions must hold */
			*ret_condition =
				result == AZURE_PERHAPS
					? arena_printf(template->arena, "%s and %s",
						       *ret_condition, condition)
					: condition;
			result = AZURE_PERHAPS;
			break;
		case AZURE_PRESENT:
			break;
		}
		resource = resource->scope ? resource->scope->deployment : NULL;
	}
	return result;
}

/* -- properties ---------------------------------------------------------------------- */

const struct doc *azure_evaluate(struct azure_template *template,
				 const struct azure_resource *resource,
				 const struct doc *doc)
{
	return doc && resource->scope ? azure_evaluate_in(template, resource->scope, doc)
				      : doc;
}

const struct doc *azure_properties(struct azure_template *template,
				   const struct azure_resource *resource)
{
	const struct doc *properties =
		template->form == AZURE_TERRAFORM
			? NULL
			: doc_get_nocase(resource->node, "properties");

	/* "properties" may be an expression as a whole */
	if (properties && properties->kind != DOC_NULL)
		return azure_evaluate(template, resource, properties);
	return azure_evaluate(template, resource, resource->node);
}

const struct doc *azure_field(const struct doc *object, const char *key)
{
	struct doc *value = doc_get_nocase(doc_get_nocase(object, "properties"), key);

	if (!value || value->kind == DOC_NULL)
		value = doc_get_nocase(object, key);
	return value && value->kind != DOC_NULL ? value : NULL;
}

const char *azure_unknown(const struct doc *doc)
{
	/* A plain scalar of JSON (a number, true, false) never holds these. */
	return doc && doc->kind == DOC_SCALAR && !doc->quoted && strpbrk(doc->text, "[$")
		       ? doc->text
		       : NULL;
}
