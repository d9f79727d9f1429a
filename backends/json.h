/* json.h - Reading JSON strictly, and writing it in a stable form. */
#ifndef BACKENDS_JSON_H
#define BACKENDS_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "rules/base/doc.h"
#include "rules/base/strbuf.h"

struct arena;

/**
 * json_read() - Read one JSON text (RFC 8259) as a document
 *
 * A validating scanner of our own runs first and gives the places: it refuses what cJSON
 * 1.7.15 lets pass or cuts (a NUL in a string, bad UTF-8, lone surrogates, duplicate
 * keys, bytes behind the end, nesting past DOC_MAX_DEPTH).  cJSON then parses.  A UTF-8
 * BOM is skipped.
 *
 * Return: 0, or -1 with json-syntax, duplicate-key or document-limit in @diag
 */
int json_read(const char *text, size_t length, uint32_t source, struct arena *arena,
	      struct doc **ret_doc, struct diag *diag);

/**
 * json_read_extended() - The same for what Azure's tools take: comments, broken texts
 *
 * Comments (// and slash-star), and line ends and tabs within a text in quotes, count as
 * blanks (learn.microsoft.com/azure/azure-resource-manager/templates/syntax, "Comments
 * and metadata" and "Multi-line strings", read 2026-11-27).  All else is as strict.
 */
int json_read_extended(const char *text, size_t length, uint32_t source,
		       struct arena *arena, struct doc **ret_doc, struct diag *diag);

/**
 * struct json_writer - Ordered, indented JSON with stable bytes
 *
 * Keys come in the order written.  Two blanks a level; empty containers on one line.  A
 * wrong sequence of calls is BUG().
 */
struct json_writer {
	struct strbuf *out;
	unsigned depth;
	bool filled[64]; /* the container on this depth has an element already */
	bool is_list[64];
	bool after_key;
	bool compact; /* one line, no blanks: for messages and line-based output */
};

void json_begin(struct json_writer *json, struct strbuf *out, bool compact);
void json_end(struct json_writer *json); /* adds the line end unless compact */

void json_object(struct json_writer *json);
void json_object_end(struct json_writer *json);
void json_list(struct json_writer *json);
void json_list_end(struct json_writer *json);
void json_key(struct json_writer *json, const char *key);
void json_string(struct json_writer *json, const char *text); /* NULL writes null */
void json_number(struct json_writer *json, uint64_t number);
void json_bool(struct json_writer *json, bool value);
void json_null(struct json_writer *json);

/* json_key() and a value */
void json_key_string(struct json_writer *json, const char *key, const char *text);
void json_key_number(struct json_writer *json, const char *key, uint64_t number);
void json_key_bool(struct json_writer *json, const char *key, bool value);
void json_key_strings(struct json_writer *json, const char *key, const char *const *texts,
		      size_t count);

#endif
