/* azure_template.h - Azure's resources, from whichever JSON says them. */
#ifndef BACKENDS_AZURE_TEMPLATE_H
#define BACKENDS_AZURE_TEMPLATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "rules/base/diag.h"
#include "rules/base/doc.h"

/**
 * DOC: One list of resources
 *
 * Importers of Azure's targets meet the same resource in many coats:
 *
 *	ARM template	resources in lists or (languageVersion 2.0) by symbolic name,
 *nested in each other and in deployments; any text may be an expression plain
 *what "az … show", "az … list", PowerShell and the REST interface print: one resource, a
 *list, {"value": […]}; properties in a mapping of that name or flat Terraform	.tf.json,
 *and "terraform show -json" of a plan or a state
 *
 * azure_template_read() makes one list of them.  Expressions are evaluated when a
 * resource is asked for its name, condition or properties, and not before: so what is
 * assumed (defaults of parameters) is only what somebody looked at.  The properties come
 * as an ordinary document in which each expression has given way to its value.  What
 * cannot be evaluated stands there as a scalar that azure_unknown() knows by.
 *
 * The text of an unknown holds all that makes two of them the same: values are put in
 * for what is known, parameters of nested templates are followed to the outer one, and
 * what differs from place to place (copyIndex()) is named with its place.
 *
 * The values of variables are shared, not copied: walk a value along the keys that you
 * look for, never all of it.
 *
 * For importers only.  Syntax and functions: learn.microsoft.com/azure/azure-resource-
 * manager/templates/syntax, .../template-expressions, .../template-functions, .../linked-
 * templates, .../child-resource-name-type, read 2026-11-27.
 */
struct arena;
struct import_file;
struct ruleset;

/* Each is far above what Azure itself takes: a template has at most 256 parameters, 256
 * variables and 800 resources, an expression 24 576 characters (learn.microsoft.com/
 * azure/azure-resource-manager/templates/best-practices, read 2026-11-27). */
#define AZURE_MAX_RESOURCES  100000u
#define AZURE_MAX_EXPRESSION 24576u
/* Values within values, arguments within arguments: bounds recursion. */
#define AZURE_MAX_NESTING 160u
/* Bytes and nodes that all expressions of a text may make: variables that double each
 * other are short to write. */
#define AZURE_MAX_WORK (32u * 1024 * 1024)

enum azure_form {
	AZURE_ARM,
	AZURE_PLAIN,
	AZURE_TERRAFORM,
};

enum azure_presence {
	AZURE_PRESENT,
	AZURE_ABSENT,
	AZURE_PERHAPS, /* a condition that cannot be evaluated */
};

struct azure_scope;

/**
 * struct azure_resource - One resource
 * @type:	lower case: "microsoft.network/networksecuritygroups/securityrules"; of
 *		Terraform "azurerm_network_security_rule"; "" for a mapping of AZURE_PLAIN
 *		that does not say what it is
 * @label:	its symbolic name or its name in Terraform, or NULL
 * @node:	as it was written, expressions and all
 * @parent:	the resource that it is written in, or NULL
 * @scope:	where its expressions are looked up; NULL: there are none
 * @looped:	it stands for none, one or many: "copy", "count", "for_each"
 * @at:		its bytes
 */
struct azure_resource {
	const char *type;
	const char *label;
	const struct doc *node;
	const struct azure_resource *parent;
	struct azure_scope *scope;
	bool looped;
	struct span at;
};

/**
 * struct azure_template - All of one text
 * @root:	the whole document
 * @resources:	in the order written; a resource comes before those inside of it
 * @work:	what is left of AZURE_MAX_WORK
 */
struct azure_template {
	enum azure_form form;
	struct doc *root;
	const struct azure_resource **resources;
	size_t count, capacity;
	struct arena *arena;
	struct ruleset *rules;
	struct diag *diag;
	size_t work;
	unsigned nesting;
	bool failed;
};

/**
 * azure_template_read() - Read a text and list its resources
 * @rules:	gets the assumptions: defaults of parameters, linked templates not seen
 *
 * Comments, a BOM and line ends within texts are fine, as they are for Azure's own tools.
 *
 * Return: 0, or -1 with an error in @diag (json-syntax, duplicate-key, document-limit).
 * A text without any resource is no error here.
 */
int azure_template_read(const struct import_file *file, struct ruleset *rules,
			struct arena *arena, struct azure_template **ret_template,
			struct diag *diag);

/** azure_template_failed() - Did evaluating fail since (document-limit, duplicate-key)?
 */
bool azure_template_failed(const struct azure_template *template);

/**
 * azure_name() - The full name: "group/rule"; never NULL
 *
 * Parts that are not known stand in it as their expression: "[parameters('x')]/rule".
 * Equal texts are equal names.  A resource without a name has "".
 */
const char *azure_name(struct azure_template *template,
		       const struct azure_resource *resource);

/** azure_parent_name() - "a" of "a/b" (a slash inside of an expression is none), or NULL
 */
const char *azure_parent_name(struct azure_template *template, const char *name);

/** azure_last_name() - "b" of "a/b"; all of a name without slash */
const char *azure_last_name(const char *name);

/**
 * azure_presence() - Is the resource deployed?
 * @ret_condition: with AZURE_PERHAPS the text of what is not known
 *
 * Conditions of the deployments around it count, of its parent do not
 * (learn.microsoft.com/
 * azure/azure-resource-manager/templates/conditional-resource-deployment).
 */
enum azure_presence azure_presence(struct azure_template *template,
				   const struct azure_resource *resource,
				   const char **ret_condition);

/**
 * azure_properties() - Its properties, evaluated; never NULL
 *
 * "properties" where there is such a mapping, else the resource itself.  Keys that are
 * equal but for their case are an error: duplicate-key.
 */
const struct doc *azure_properties(struct azure_template *template,
				   const struct azure_resource *resource);

/** azure_evaluate() - Any part of a resource's node, evaluated; NULL gives NULL */
const struct doc *azure_evaluate(struct azure_template *template,
				 const struct azure_resource *resource,
				 const struct doc *doc);

/**
 * azure_field() - The value of @key, in any case: of @object or of its "properties"
 *
 * Return: NULL when there is none.  A null counts as none.
 */
const struct doc *azure_field(const struct doc *object, const char *key);

/** azure_unknown() - The text of what could not be evaluated; NULL for a value */
const char *azure_unknown(const struct doc *doc);

/** azure_id_name() - The last part of a resource id ("…/networkSecurityGroups/x"), or all
 */
const char *azure_id_name(const char *id);

#endif
