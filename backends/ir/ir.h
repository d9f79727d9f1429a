/* ir.h - The ir back end: its functions, and what its documents are. */
#ifndef BACKENDS_IR_IR_H
#define BACKENDS_IR_IR_H

#include <stddef.h>

struct arena;
struct diag;
struct import_input;
struct ruleset;

/**
 * DOC: Rules as data
 *
 * For tools that others write, an output can be the bound intent and the legal rules as
 * one JSON document, "ir.json": who needs what and why, and which rules say so, for no
 * platform.  packaging/ir.schema.json describes every key; in short
 *
 *	{ "format": "postern-ir", "version": 1, "output": …, "default": "deny" | "keep",
 *	  "clients": [ { "name": …, "addresses": […], "families": […] } ],
 *	  "flows": [ { "id": …, "rule": …, "client": …, "name": …, "reason": …, … } ],
 *	  "paths": [ { "name": "egress", "universe": match, "stages": […] } ],
 *	  "chains": [ { "name": …, "rules": [ { "id": …, "match": match, "text": …,
 *						"action": … } ] } ] }
 *
 * A match is a list of terms that must all hold.  A term tests one field, by "prefixes",
 * "ranges", "words" or "names" as the field's kind is (fields.def), or is an unknown, or
 * "any_of" some matches; "not": true turns it round.  "text" says the match in one line,
 * for people; the importer reads the terms and nothing else, so paths and chains are what
 * is proved, and clients and flows are what they are proved against.
 *
 * @version is raised when a reader of the old form would misread the new one.  Of paths,
 * chains and what is in them a reader must know every key, or refuse the document: a term
 * left out makes a rule wider.  Elsewhere keys may be added without a new version.
 */

/** ir_sniff() - How sure are we that @text is such a document: 0 to 100 */
int ir_sniff(const char *text, size_t length);

/**
 * ir_import() - Read the paths and chains of a document
 *
 * Whoever wrote it: all that the model can say may stand there.  A service tag without
 * prefixes has the addresses that the tag file gives it, and without one is an unknown.
 *
 * Return: 0, or -1 with json-syntax, ir-format or the like in @diag
 */
int ir_import(const struct import_input *input, struct arena *arena,
	      struct ruleset **ret_rules, struct diag *diag);

#endif
