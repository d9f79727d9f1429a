/* proof_json.h - proof.json: what was proved, of which bytes, under which assumptions. */
#ifndef COMPILER_PROOF_JSON_H
#define COMPILER_PROOF_JSON_H

#include "compiler/compilation.h"
#include "compiler/publish.h"

/** PROOF_JSON_NAME - The file below the output directory */
#define PROOF_JSON_NAME "proof.json"

/**
 * proof_json() - Write the proof of a run
 * @results:	one an output, all of them proved
 * @files:	the artifacts, as they will be published
 *
 * Holds no time, no path of the machine and no order that depends on either: equal inputs
 * give equal bytes.  packaging/proof.schema.json describes it.
 */
void proof_json(const struct compilation *compilation, const struct result *results,
		size_t count, const struct publish_file *files, size_t file_count,
		struct strbuf *out);

#endif
