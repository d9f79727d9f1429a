/* parse.h - From a document to a spec. */
#ifndef COMPILER_PARSE_H
#define COMPILER_PARSE_H

#include <stdbool.h>

#include "compiler/spec.h"
#include "rules/base/doc.h"

struct arena;
struct input;

/**
 * struct parse_options - What the command line has to say
 * @strict:	an unknown region is an error
 * @files:	reads the files that the spec names (compiler/input.h)
 * @implied:	(optional) a back end that needs nothing of the spec: where the spec has
 *no output of it there is one, called as it is, for all clients with addresses
 */
struct parse_options {
	bool strict;
	struct input *files;
	const struct backend *implied;
};

/**
 * spec_parse() - Make a spec of a document and judge it
 *
 * Reports as much as it can in one run: parsing goes on after a mistake, and checks
 * between parts run on whatever was understood.
 *
 * Return: 0 and the spec, or -1 with at least one error in @diag
 */
int spec_parse(const struct doc *doc, const struct parse_options *options,
	       struct arena *arena, struct spec **ret_spec, struct diag *diag);

#endif
