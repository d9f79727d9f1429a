/* azure_reader.h - What the files of the reader of Azure's resources share. */
#ifndef BACKENDS_AZURE_READER_H
#define BACKENDS_AZURE_READER_H

#include "backends/azure_template.h"
#include "rules/base/strbuf.h"
#include "rules/base/textmap.h"

/**
 * struct azure_slot - A parameter, variable or local, and its value once it was asked for
 * @home:	where it was written, whoever asks for it
 * @given:	a parameter of a nested template: what the outer one gives it
 * @busy:	it is being evaluated: whoever asks for it now is a circle
 */
struct azure_slot {
	const char *name;
	struct azure_scope *home;
	const struct doc *written;
	const struct doc *given;
	const struct doc *value;
	bool is_parameter;
	bool busy;
};

/**
 * struct azure_scope - Where expressions find parameters and variables
 * @path:	"" or " of the deployment at byte 123": what tells it from other scopes
 * @outer:	the scope that @given of its slots are evaluated in
 * @deployment:	the resource that holds the nested template, or NULL
 * @loop:	the innermost resource with "copy" around, or NULL
 */
struct azure_scope {
	const char *path;
	struct azure_scope *outer;
	const struct azure_resource *deployment;
	const struct azure_resource *loop;
	struct textmap parameters, variables;
	struct textmap resources; /* Terraform: "type.label" */
};

/** azure_lower() - A copy in lower case */
const char *azure_lower(struct azure_template *template, const char *text);

/** azure_add_resource() - Append; NULL with document-limit when there are too many */
struct azure_resource *azure_add_resource(struct azure_template *template,
					  const struct doc *node, const char *type);

/** azure_spend() - Account for @amount of work; false when there is none left */
bool azure_spend(struct azure_template *template, size_t amount);

/** azure_fill_scope() - Make slots of a mapping of parameters or variables */
void azure_fill_scope(struct azure_template *template, struct azure_scope *scope,
		      const struct doc *written, const struct doc *given,
		      bool are_parameters);

/* The lists of resources, one function a form. */
int azure_list_arm(struct azure_template *template);
int azure_list_plain(struct azure_template *template);
int azure_list_terraform(struct azure_template *template);
bool azure_is_terraform(const struct doc *root);

/** azure_check_keys() - Report two keys of a mapping that are equal but for their case */
void azure_check_keys(struct azure_template *template, const struct doc *map);

/** azure_evaluate_in() - @doc with each expression evaluated in @scope; never NULL */
const struct doc *azure_evaluate_in(struct azure_template *template,
				    struct azure_scope *scope, const struct doc *doc);

/** azure_slot_value() - The value of a slot, evaluated at the first call */
const struct doc *azure_slot_value(struct azure_template *template,
				   struct azure_slot *slot);

/** azure_expression() - The value of "[…]", a text that is an expression */
const struct doc *azure_expression(struct azure_template *template,
				   struct azure_scope *scope, const struct doc *doc);

/** azure_interpolate() - The value of a text with "${…}" in it */
const struct doc *azure_interpolate(struct azure_template *template,
				    struct azure_scope *scope, const struct doc *doc);

/**
 * azure_call() - The value of a function
 * @name:	as written
 * @args:	evaluated
 *
 * Return: NULL when it cannot be evaluated: a function that is not known, or an argument
 */
const struct doc *azure_call(struct azure_template *template, const char *name,
			     const struct doc **args, size_t count, struct span at);

/* New values; their place is that of the text that they are made from. */
struct doc *azure_make_scalar(struct azure_template *template, const char *text,
			      bool quoted, struct span at);
struct doc *azure_make_list(struct azure_template *template, size_t count,
			    struct span at);

/** azure_make_unknown() - @text in brackets, as the value of what is not known */
struct doc *azure_make_unknown(struct azure_template *template, const char *text,
			       struct span at);

/**
 * azure_write_argument() - A value as an argument of an expression, for texts of unknowns
 *
 * Containers are written by their place: that is enough to tell them apart.
 */
void azure_write_argument(struct strbuf *out, const struct doc *doc);

/** azure_write_part() - A value as a part of a joined text: unknowns in brackets */
void azure_write_part(struct strbuf *out, const struct doc *doc);

#endif
