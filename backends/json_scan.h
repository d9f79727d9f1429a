/* json_scan.h - The scanner in front of cJSON; only json.c uses it. */
#ifndef BACKENDS_JSON_SCAN_H
#define BACKENDS_JSON_SCAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "rules/base/doc.h"
#include "rules/base/strbuf.h"

/**
 * struct json_token - One key or value
 * @count:	elements of a container
 * @type:	'{', '[', '"', 'k' (key), '0' (number), 't', 'f', 'n'
 * @escaped:	of a string: its text differs from its bytes
 */
struct json_token {
	uint32_t begin, end;
	uint32_t count;
	char type;
	bool escaped;
};

struct json_scanner {
	const char *text;
	size_t length;
	size_t at;
	uint32_t source;
	uint32_t bom; /* bytes in front of @text */
	struct strbuf tokens;
	size_t token_count, value_count;
	size_t open[DOC_MAX_DEPTH]; /* tokens of the containers around this place */
	size_t depth;
	struct diag *diag;
};

/**
 * json_scan() - Validate a text (RFC 8259 and the limits of doc.h) and note its tokens
 *
 * Return: 0, or -1 with json-syntax or document-limit in @scan->diag
 */
int json_scan(struct json_scanner *scan);

/** json_token() - The @index-th token, in the order of the text */
struct json_token *json_token(const struct json_scanner *scan, size_t index);

/** json_span() - Bytes of the scanner's text as a place in the source */
struct span json_span(const struct json_scanner *scan, size_t begin, size_t end);

#endif
