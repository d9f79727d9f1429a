/* old_proof.h - What an earlier compilation said of itself: its proof.json. */
#ifndef COMPILER_OLD_PROOF_H
#define COMPILER_OLD_PROOF_H

#include <stddef.h>

#include "compiler/compilation.h"

/** struct text_list - Texts in an order that means something */
struct text_list {
	const char **at;
	size_t count, capacity;
};

/** struct old_output - One output of then; @flows and @reasons go together */
struct old_output {
	const char *name;
	const char *backend;
	struct text_list assumptions;
	struct text_list flows;
	struct text_list reasons;
};

/** struct old_proof - @written: artifacts, "gateway/ruleset.nft" */
struct old_proof {
	struct old_output *outputs;
	size_t output_count, output_capacity;
	struct text_list written;
};

/**
 * old_proof_read() - Read DIR/proof.json; all is empty where there is none
 *
 * What the file has in another form than proof_json() writes is passed over: it only says
 * what to look for.
 *
 * Return: 0, or -1 with file-read or json-syntax in the compilation's diagnostics
 */
int old_proof_read(struct compilation *compilation, const char *folder,
		   struct old_proof *ret_proof);

/** old_proof_output() - By name; NULL when it had none of that name */
const struct old_output *old_proof_output(const struct old_proof *proof,
					  const char *name);

#endif
