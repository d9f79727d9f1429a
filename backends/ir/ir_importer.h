/* ir_importer.h - Inside of ir_import(): what its files share. */
#ifndef BACKENDS_IR_IR_IMPORTER_H
#define BACKENDS_IR_IR_IMPORTER_H

#include "backends/backend.h"
#include "rules/base/doc.h"

/** struct ir_importer - One document while it is read */
struct ir_importer {
	const struct import_input *input;
	struct arena *arena;
	struct diag *diag;
	struct ruleset *rules;
	size_t chain_count;
};

/**
 * ir_bad() - Report that @doc is not what it should be
 * @expected:	"a list of terms"
 *
 * Return: -1
 */
int ir_bad(struct ir_importer *importer, const struct doc *doc, const char *key,
	   const char *expected);

/** ir_check_keys() - Every key of an object is one of @known, which ends with NULL */
int ir_check_keys(struct ir_importer *importer, const struct doc *object,
		  const char *const *known);

/** ir_list() - The list that @key of @object is; absent is empty unless @required */
int ir_list(struct ir_importer *importer, const struct doc *object, const char *key,
	    bool required, const struct doc **ret_list);

/** ir_string() - The text that @key is; absent is NULL unless @required */
int ir_string(struct ir_importer *importer, const struct doc *object, const char *key,
	      bool required, const char **ret_text);

/** ir_number() - A whole number up to @max; *ret_number is set only where @doc is one */
int ir_number(struct ir_importer *importer, const struct doc *doc, const char *key,
	      uint64_t max, uint64_t *ret_number);

/** ir_flag() - true or false; absent is false */
int ir_flag(struct ir_importer *importer, const struct doc *object, const char *key,
	    bool *ret_flag);

/** ir_match() - The match that @key of @object is; absent matches everything */
int ir_match(struct ir_importer *importer, const struct doc *object, const char *key,
	     struct match *ret_match);

#endif
