/* doc.h - A syntax-neutral tree: what YAML, JSON and XML become. */
#ifndef RULES_BASE_DOC_H
#define RULES_BASE_DOC_H

#include <stdbool.h>
#include <stddef.h>

#include "rules/base/diag.h"

/**
 * DOC: Documents
 *
 * The readers of YAML, JSON and XML all make this tree, so that everything behind
 * them is written once.  Every key and value keeps its bytes in the source.
 *
 * Scalars are text.  Their type comes from their place in the schema, never from
 * the syntax: "443", 443 and <port>443</port> are the same.  Only two things of the
 * syntax are kept: whether a scalar was null, and whether it was quoted (a reader of
 * strict JSON formats may want to know that a number was no string).
 *
 * The tree and its texts live in the arena given to the reader.  Depth, size and
 * count are bounded by the limits below, so walking it may recurse.
 */
struct arena;

/* A spec is a page or two and a service-tag file 4.2 MB (November 2025); 64 MiB leaves
 * room for templates and rule sets and stays far below the 4 GiB of a span. */
#define DOC_MAX_BYTES (64u * 1024 * 1024)
/* ARM templates with nested deployments reach about 25 levels; recursion stays small. */
#define DOC_MAX_DEPTH 64u
/* Scalars and containers together; the largest service-tag file has 110 000. */
#define DOC_MAX_NODES 1000000u

enum doc_kind {
	DOC_NULL,
	DOC_SCALAR,
	DOC_LIST,
	DOC_MAP,
};

/**
 * struct doc - One node
 * @at:		the value's bytes, quotes or brackets included
 * @text:	DOC_SCALAR: the value, unescaped, NUL-terminated; never holds a NUL inside
 * @length:	bytes of @text
 * @quoted:	DOC_SCALAR: written as a string ("443"), not plain (443)
 * @entries:	DOC_MAP: keys and values in the order written; duplicates are kept
 * @items:	DOC_LIST
 * @count:	entries or items
 */
struct doc {
	enum doc_kind kind;
	struct span at;
	const char *text;
	size_t length;
	bool quoted;
	struct doc_entry *entries;
	struct doc **items;
	size_t count;
};

struct doc_entry {
	struct span at; /* the key's bytes */
	const char *key;
	struct doc *value;
};

/** doc_kind_name() - "a list", "a mapping", "text", "nothing": for messages */
const char *doc_kind_name(const struct doc *doc);

/** doc_get() - The value of @key (first of that name), or NULL; NULL for other kinds */
struct doc *doc_get(const struct doc *map, const char *key);

/** doc_get_nocase() - The same, keys compared without regard to ASCII case */
struct doc *doc_get_nocase(const struct doc *map, const char *key);

/** doc_text() - The scalar's text, or NULL when @doc is NULL or no scalar */
const char *doc_text(const struct doc *doc);

#endif
