/* json.c - Reading JSON strictly. */
#include "backends/json.h"

#include <string.h>

#include <cjson/cJSON.h>

#include "rules/base/arena.h"
#include "rules/base/utf8.h"

/**
 * DOC: Two readers, one text
 *
 * The scanner validates (RFC 8259 and the limits of doc.h) and notes the bytes of every
 * key and value in the order of the text.  cJSON then parses the same bytes, and the walk
 * takes one token of the scanner for each item of cJSON; should the two ever disagree
 * about what stands there, that is a fault of ours and ends the program.
 *
 * cJSON gets the text in pieces: values of at most PIECE_BYTES, and larger containers one
 * element after the other.  Its memory, a good 100 bytes a value, is then used again and
 * again; in one piece a service-tag file takes twice as long and four times its size.
 */

#define PIECE_BYTES 512u

/* cJSON 1.7.15 copies a number into 64 bytes (parse_number() in cJSON.c) and takes a
 * longer one for two values; no number of ours has more than 20 digits. */
#define NUMBER_MAX_BYTES 63

/**
 * struct token - One key or value
 * @count:	elements of a container
 * @type:	'{', '[', '"', 'k' (key), '0' (number), 't', 'f', 'n'
 * @escaped:	of a string: its text differs from its bytes
 */
struct token {
	uint32_t begin, end;
	uint32_t count;
	char type;
	bool escaped;
};

struct scanner {
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

enum {
	EXPECT_VALUE,
	EXPECT_FIRST,
	EXPECT_KEY,
	EXPECT_FIRST_KEY,
	EXPECT_COLON,
	EXPECT_NEXT
};

static struct span span_of(const struct scanner *scan, size_t begin, size_t end)
{
	return (struct span){scan->source, (uint32_t)begin + scan->bom,
			     (uint32_t)end + scan->bom};
}

/* One character at @at, or the end of the text, as a span. */
static struct span span_here(const struct scanner *scan, size_t at)
{
	size_t length =
		at < scan->length ? utf8_sequence(scan->text + at, scan->length - at) : 0;

	if (!length && at < scan->length)
		length = 1;
	return span_of(scan, at, at + length);
}

static int wrong(struct scanner *scan, struct span at, const char *what, const char *help)
{
	diag_report(scan->diag, DIAG_JSON_SYNTAX, at, "%s", what);
	if (help)
		diag_help(scan->diag, "%s", help);
	return -1;
}

static struct token *token_at(const struct scanner *scan, size_t index)
{
	return (struct token *)(void *)scan->tokens.text + index;
}

static int add_token(struct scanner *scan, size_t begin, char type, bool escaped)
{
	struct token token = {.begin = (uint32_t)begin,
			      .end = (uint32_t)scan->at,
			      .type = type,
			      .escaped = escaped};

	if (type != 'k' && scan->depth)
		token_at(scan, scan->open[scan->depth - 1])->count++;
	scan->token_count++;
	if (type != 'k' && ++scan->value_count > DOC_MAX_NODES) {
		diag_report(scan->diag, DIAG_DOCUMENT_LIMIT, span_here(scan, begin),
			    "the text has more than %u values", DOC_MAX_NODES);
		return -1;
	}
	strbuf_add(&scan->tokens, (const char *)&token, sizeof(token));
	return 0;
}

static int hex4(const char *text, size_t length)
{
	int value = 0;

	if (length < 4)
		return -1;
	for (size_t i = 0; i < 4; i++) {
		const char *digits = "0123456789abcdef";
		char lower =
			(char)(text[i] >= 'A' && text[i] <= 'F' ? text[i] + 32 : text[i]);
		const char *digit = lower ? strchr(digits, lower) : NULL;

		if (!digit)
			return -1;
		value = value * 16 + (int)(digit - digits);
	}
	return value;
}

/* "\uXXXX" at scan->at, a pair of them for a character past U+FFFF. */
static int scan_unicode_escape(struct scanner *scan)
{
	const char *text = scan->text;
	size_t at = scan->at;
	int high = hex4(text + at + 2, scan->length - at - 2), low;

	if (high < 0)
		return wrong(scan, span_of(scan, at, at + 2),
			     "'\\u' needs four hexadecimal digits",
			     "for example \\u00e9");
	if (high == 0)
		return wrong(scan, span_of(scan, at, at + 6),
			     "'\\u0000' cannot be part of a text", "remove it");
	scan->at += 6;
	if (high < 0xd800 || high > 0xdfff)
		return 0;
	low = -1;
	if (high < 0xdc00 && scan->length - scan->at >= 6 && text[scan->at] == '\\' &&
	    text[scan->at + 1] == 'u')
		low = hex4(text + scan->at + 2, 4);
	if (low < 0xdc00 || low > 0xdfff)
		return wrong(scan, span_of(scan, at, at + 6),
			     "half of a surrogate pair stands alone",
			     "write the character itself, or both halves");
	scan->at += 6;
	return 0;
}

static int scan_escape(struct scanner *scan)
{
	size_t at = scan->at;
	char c = at + 1 < scan->length ? scan->text[at + 1] : '\0';

	if (c == 'u')
		return scan_unicode_escape(scan);
	if (!c || !strchr("\"\\/bfnrt", c)) {
		diag_report(scan->diag, DIAG_JSON_SYNTAX,
			    span_of(scan, at, at + 1 < scan->length ? at + 2 : at + 1),
			    "a backslash in front of what JSON does not escape");
		diag_help(scan->diag,
			  "write \\\\ for a backslash; the escapes are \\\" \\\\ \\/ "
			  "\\b \\f \\n \\r \\t and \\uXXXX");
		return -1;
	}
	scan->at += 2;
	return 0;
}

/* What must be looked at in a string: its end, escapes, control and non-ASCII bytes. */
static bool is_plain(unsigned char c)
{
	return c >= 0x20 && c < 0x80 && c != '"' && c != '\\';
}

static int scan_string(struct scanner *scan, char type)
{
	size_t begin = scan->at++, sequence;
	bool escaped = false;

	for (;;) {
		while (scan->at < scan->length &&
		       is_plain((unsigned char)scan->text[scan->at]))
			scan->at++;
		if (scan->at == scan->length)
			return wrong(scan, span_of(scan, begin, begin + 1),
				     "the text in quotes has no end",
				     "add the closing \"");
		if (scan->text[scan->at] == '"')
			break;
		if (scan->text[scan->at] == '\\') {
			escaped = true;
			if (scan_escape(scan))
				return -1;
			continue;
		}
		if ((unsigned char)scan->text[scan->at] < 0x20)
			return wrong(scan, span_here(scan, scan->at),
				     "a line end or control character inside a text in "
				     "quotes",
				     "close the quotes on the same line, or write \\n, "
				     "\\t, \\u00XX");
		sequence = utf8_sequence(scan->text + scan->at, scan->length - scan->at);
		if (!sequence)
			return wrong(scan, span_here(scan, scan->at),
				     "bytes that are no UTF-8", "save the file as UTF-8");
		scan->at += sequence;
	}
	scan->at++;
	return add_token(scan, begin, type, escaped);
}

static size_t scan_digits(struct scanner *scan)
{
	size_t begin = scan->at;

	while (scan->at < scan->length && scan->text[scan->at] >= '0' &&
	       scan->text[scan->at] <= '9')
		scan->at++;
	return scan->at - begin;
}

static bool skip_char(struct scanner *scan, const char *set)
{
	if (scan->at >= scan->length || !scan->text[scan->at] ||
	    !strchr(set, scan->text[scan->at]))
		return false;
	scan->at++;
	return true;
}

static int scan_number(struct scanner *scan)
{
	size_t begin = scan->at, digits;
	bool zero;

	skip_char(scan, "-");
	zero = scan->at < scan->length && scan->text[scan->at] == '0';
	digits = scan_digits(scan);
	if (!digits)
		return wrong(scan, span_here(scan, begin), "'-' without a number", NULL);
	if (zero && digits > 1)
		return wrong(scan, span_of(scan, begin, scan->at),
			     "a number with a zero in front",
			     "write it without the zero, or in quotes if it is a text");
	if (skip_char(scan, ".") && !scan_digits(scan))
		return wrong(scan, span_of(scan, begin, scan->at),
			     "a number that ends with a point", "remove the point");
	if (skip_char(scan, "eE")) {
		skip_char(scan, "+-");
		if (!scan_digits(scan))
			return wrong(scan, span_of(scan, begin, scan->at),
				     "a number whose exponent has no digits", NULL);
	}
	if (scan->at - begin > NUMBER_MAX_BYTES)
		return wrong(scan, span_of(scan, begin, scan->at),
			     "a number of more than 63 characters",
			     "write it as a text, in quotes");
	return add_token(scan, begin, '0', false);
}

static bool is_word_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       (c >= '0' && c <= '9') || c == '_' || c == '-' || c == '.' || c == '/' ||
	       c == ':';
}

static int scan_word(struct scanner *scan)
{
	static const char *const literals[] = {"true", "false", "null", NULL};
	size_t begin = scan->at;
	char lower[8] = "";

	while (scan->at < scan->length && is_word_char(scan->text[scan->at]))
		scan->at++;
	for (size_t i = 0; literals[i]; i++)
		if (scan->at - begin == strlen(literals[i]) &&
		    memcmp(scan->text + begin, literals[i], scan->at - begin) == 0)
			return add_token(scan, begin, literals[i][0], false);
	for (size_t i = 0; i < scan->at - begin && i < sizeof(lower) - 1; i++)
		lower[i] = (char)(scan->text[begin + i] | 0x20);
	diag_report(scan->diag, DIAG_JSON_SYNTAX, span_of(scan, begin, scan->at),
		    "a word without quotes");
	for (size_t i = 0; literals[i]; i++)
		if (strcmp(lower, literals[i]) == 0) {
			diag_help(scan->diag, "write %s in lower case", literals[i]);
			return -1;
		}
	diag_help(scan->diag, "put it in double quotes: \"%.*s\"",
		  (int)(scan->at - begin > 60 ? 60 : scan->at - begin),
		  scan->text + begin);
	return -1;
}

static int wrong_value(struct scanner *scan)
{
	static const char *const quotes[] = {"\xe2\x80\x9c", "\xe2\x80\x9d",
					     "\xe2\x80\x98", "\xe2\x80\x99", "\xc2\xab"};
	const char *here = scan->text + scan->at;
	struct span at = span_here(scan, scan->at);
	size_t left = scan->length - scan->at;

	if (!left)
		return wrong(scan, at, "the text ends where a value must stand",
			     scan->depth ? "close what is open with ] or }" : NULL);
	if (*here == '\'')
		return wrong(scan, at, "a text in single quotes",
			     "use double quotes: \"");
	if (*here == '/' || *here == '#')
		return wrong(scan, at, "a comment, which JSON does not have",
			     "remove it; a spec with comments can be written in YAML");
	for (size_t i = 0; i < ARRAY_SIZE(quotes); i++)
		if (left >= strlen(quotes[i]) &&
		    memcmp(here, quotes[i], strlen(quotes[i])) == 0)
			return wrong(scan, at, "a typographic quotation mark",
				     "use the plain double quote: \"");
	if (*here == ',')
		return wrong(scan, at, "a comma without a value in front",
			     "remove one comma");
	if (*here == '+')
		return wrong(scan, at, "a number with '+' in front", "remove the '+'");
	if (*here == '.')
		return wrong(scan, at, "a number that begins with a point",
			     "write 0 in front");
	if (!utf8_sequence(here, left))
		return wrong(scan, at, "bytes that are no UTF-8",
			     "save the file as UTF-8");
	return wrong(scan, at, "a character that begins no value",
		     "a value is a text in \"quotes\", a number, true, false, null, [ or "
		     "{");
}

static int open_container(struct scanner *scan)
{
	size_t begin = scan->at++;
	char type = scan->text[begin];

	if (scan->depth == DOC_MAX_DEPTH) {
		diag_report(scan->diag, DIAG_DOCUMENT_LIMIT, span_here(scan, begin),
			    "lists and objects are nested more than %u deep",
			    DOC_MAX_DEPTH);
		return -1;
	}
	if (add_token(scan, begin, type, false))
		return -1;
	scan->open[scan->depth++] = scan->token_count - 1;
	return type == '{' ? EXPECT_FIRST_KEY : EXPECT_FIRST;
}

static int scan_value(struct scanner *scan)
{
	char c = scan->at < scan->length ? scan->text[scan->at] : '\0';

	if (c == '{' || c == '[')
		return open_container(scan);
	if (c == '"')
		return scan_string(scan, '"') ? -1 : EXPECT_NEXT;
	if (c == '-' || (c >= '0' && c <= '9'))
		return scan_number(scan) ? -1 : EXPECT_NEXT;
	if ((c | 0x20) >= 'a' && (c | 0x20) <= 'z')
		return scan_word(scan) ? -1 : EXPECT_NEXT;
	return wrong_value(scan);
}

static int close_container(struct scanner *scan)
{
	token_at(scan, scan->open[--scan->depth])->end = (uint32_t)++scan->at;
	return EXPECT_NEXT;
}

/* Behind an element: a comma, or the end of the container. */
static int scan_next(struct scanner *scan)
{
	struct token *open = token_at(scan, scan->open[scan->depth - 1]);
	char c = scan->at < scan->length ? scan->text[scan->at] : '\0';
	char end = open->type == '{' ? '}' : ']';

	if (c == ',') {
		scan->at++;
		return open->type == '{' ? EXPECT_KEY : EXPECT_VALUE;
	}
	if (c == end)
		return close_container(scan);
	if (scan->at == scan->length) {
		wrong(scan, span_here(scan, scan->at), "the text ends too early",
		      end == '}' ? "close the object with }" : "close the list with ]");
	} else if (c == ']' || c == '}') {
		wrong(scan, span_here(scan, scan->at), "the wrong closing bracket",
		      end == '}' ? "an object ends with }" : "a list ends with ]");
	} else if (c == ':') {
		return wrong(scan, span_here(scan, scan->at),
			     "a ':' where none can stand",
			     end == ']' ? "keys stand in objects: { \"key\": value }"
					: NULL);
	} else {
		return wrong(scan, span_here(scan, scan->at),
			     "a comma is missing in front",
			     "elements are separated by commas");
	}
	diag_note(scan->diag, span_of(scan, open->begin, open->begin + 1), "opened here");
	return -1;
}

static int scan_key(struct scanner *scan)
{
	if (scan->at == scan->length)
		return wrong(scan, span_here(scan, scan->at), "the text ends too early",
			     "close the object with }");
	if (scan->text[scan->at] != '"') {
		char c = scan->text[scan->at];

		return wrong(scan, span_here(scan, scan->at),
			     c == '/' || c == '#'
				     ? "a comment, which JSON does not have"
				     : "a key must be a text in double quotes",
			     c == '/' || c == '#' ? "remove it; a spec with comments can "
						    "be written in YAML"
						  : "for example \"name\": \"contoso\"");
	}
	return scan_string(scan, 'k') ? -1 : EXPECT_COLON;
}

static void skip_blanks(struct scanner *scan)
{
	while (scan->at < scan->length &&
	       (scan->text[scan->at] == ' ' || scan->text[scan->at] == '\n' ||
		scan->text[scan->at] == '\r' || scan->text[scan->at] == '\t'))
		scan->at++;
}

/* Behind a comma: the one mistake that everybody makes has its own words. */
static bool is_trailing_comma(const struct scanner *scan)
{
	char c = scan->at < scan->length ? scan->text[scan->at] : '\0';

	return c == ']' || c == '}';
}

static int scan_step(struct scanner *scan, int expect, size_t comma)
{
	char c = scan->at < scan->length ? scan->text[scan->at] : '\0';

	switch (expect) {
	case EXPECT_FIRST:
		return c == ']' ? close_container(scan) : scan_value(scan);
	case EXPECT_FIRST_KEY:
		return c == '}' ? close_container(scan) : scan_key(scan);
	case EXPECT_KEY:
	case EXPECT_VALUE:
		if (comma != SIZE_MAX && is_trailing_comma(scan))
			return wrong(scan, span_of(scan, comma, comma + 1),
				     "a comma behind the last element", "remove it");
		return expect == EXPECT_KEY ? scan_key(scan) : scan_value(scan);
	case EXPECT_COLON:
		if (c != ':')
			return wrong(scan, span_here(scan, scan->at),
				     "a ':' is missing between key and value", NULL);
		scan->at++;
		return EXPECT_VALUE;
	default:
		return scan_next(scan);
	}
}

static int scan_text(struct scanner *scan)
{
	int expect = EXPECT_VALUE;
	size_t comma = SIZE_MAX;

	do {
		size_t before;

		skip_blanks(scan);
		before = scan->at;
		expect = scan_step(scan, expect, comma);
		if (expect < 0)
			return -1;
		comma = scan->text[before] == ',' ? before : SIZE_MAX;
	} while (scan->depth || expect != EXPECT_NEXT);
	skip_blanks(scan);
	if (scan->at < scan->length)
		return wrong(scan, span_here(scan, scan->at),
			     "the text goes on behind the end of its value",
			     "one file holds one value; remove what follows");
	return 0;
}

/* -- the tree -------------------------------------------------------------------- */

/*
 * @texts:	a copy of the whole text: strings without escapes, and numbers, are cut
 *out of it in place by a NUL behind them, which saves 100 000 small copies
 */
struct walk {
	const struct scanner *scan;
	const struct token *tokens;
	size_t next; /* token */
	char *texts;
	struct arena *arena;
	struct diag *diag;
};

static const struct token *take_token(struct walk *walk)
{
	if (walk->next >= walk->scan->token_count)
		BUG("cJSON sees more than the scanner");
	return &walk->tokens[walk->next++];
}

static char item_type(const cJSON *item)
{
	switch (item->type & 0xff) {
	case cJSON_Object:
		return '{';
	case cJSON_Array:
		return '[';
	case cJSON_String:
		return '"';
	case cJSON_Number:
		return '0';
	case cJSON_True:
		return 't';
	case cJSON_False:
		return 'f';
	default:
		return 'n';
	}
}

static const char *cut_text(struct walk *walk, size_t begin, size_t end)
{
	walk->texts[end] = '\0';
	return walk->texts + begin;
}

/* @text is cJSON's: only there are escapes resolved. */
static const char *take_string(struct walk *walk, const struct token *token,
			       const char *text, size_t *ret_length)
{
	if (token->escaped) {
		*ret_length = strlen(text);
		return arena_strndup(walk->arena, text, *ret_length);
	}
	*ret_length = token->end - token->begin - 2;
	return cut_text(walk, token->begin + 1, token->end - 1);
}

/* @item may be NULL: the value is still to be parsed. */
static int fill_node(struct walk *walk, const cJSON *item, struct doc *doc);

static int fill_list(struct walk *walk, const cJSON *list, struct doc *doc)
{
	const cJSON *item = list ? list->child : NULL;
	struct doc *nodes = arena_array(walk->arena, doc->count, struct doc);

	doc->items = arena_array(walk->arena, doc->count, struct doc *);
	for (size_t i = 0; i < doc->count; i++, item = item ? item->next : NULL) {
		if (list && !item)
			BUG("cJSON sees a shorter list than the scanner");
		doc->items[i] = &nodes[i];
		if (fill_node(walk, item, &nodes[i]))
			return -1;
	}
	if (item)
		BUG("cJSON sees a longer list than the scanner");
	return 0;
}

/* A key's slot in a table of 2^n entries (FNV-1a); @seen holds indices + 1. */
static size_t find_slot(const struct doc *map, const uint32_t *seen, size_t mask,
			const char *key)
{
	uint32_t hash = 2166136261u;
	size_t slot;

	for (const char *c = key; *c; c++)
		hash = (hash ^ (unsigned char)*c) * 16777619u;
	for (slot = hash & mask; seen[slot]; slot = (slot + 1) & mask)
		if (strcmp(map->entries[seen[slot] - 1].key, key) == 0)
			break;
	return slot;
}

static int duplicate(struct walk *walk, const struct doc_entry *first,
		     const struct doc_entry *second)
{
	diag_report(walk->diag, DIAG_DUPLICATE_KEY, second->at,
		    "the key '%.80s' stands twice", first->key);
	diag_note(walk->diag, first->at, "first here");
	diag_help(walk->diag, "keep one of the two");
	return -1;
}

/* Small objects by comparing all pairs, large ones by hashing: a service-tag file is
 * thousands of small ones, and a hostile file may be one of a million keys. */
static int check_duplicates(struct walk *walk, const struct doc *map)
{
	CLEANUP(strbuf_release) struct strbuf table = {0};
	size_t slots = 16;

	if (map->count <= 12) {
		for (size_t i = 1; i < map->count; i++)
			for (size_t k = 0; k < i; k++)
				if (strcmp(map->entries[k].key, map->entries[i].key) == 0)
					return duplicate(walk, &map->entries[k],
							 &map->entries[i]);
		return 0;
	}
	while (slots < 2 * map->count)
		slots *= 2;
	for (uint32_t zero[16] = {0}; table.length < slots * sizeof(uint32_t);)
		strbuf_add(&table, (const char *)zero, sizeof(zero));
	for (size_t i = 0; i < map->count; i++) {
		uint32_t *seen = (uint32_t *)(void *)table.text;
		size_t slot = find_slot(map, seen, slots - 1, map->entries[i].key);

		if (seen[slot])
			return duplicate(walk, &map->entries[seen[slot] - 1],
					 &map->entries[i]);
		seen[slot] = (uint32_t)i + 1;
	}
	return 0;
}

static void release_json(cJSON **json)
{
	cJSON_Delete(*json);
}

static cJSON *parse_piece(const struct walk *walk, const struct token *token)
{
	cJSON *json = cJSON_ParseWithLength(walk->scan->text + token->begin,
					    token->end - token->begin);

	if (!json)
		BUG("cJSON refuses what the scanner let pass at byte %u", token->begin);
	return json;
}

static const char *take_key(struct walk *walk, const struct token *token,
			    const cJSON *item)
{
	CLEANUP(release_json) cJSON *alone = NULL;
	size_t length;

	if (!item && token->escaped)
		alone = parse_piece(walk, token);
	return take_string(walk, token,
			   item	   ? item->string
			   : alone ? alone->valuestring
				   : NULL,
			   &length);
}

static int fill_map(struct walk *walk, const cJSON *map, struct doc *doc)
{
	const cJSON *item = map ? map->child : NULL;
	struct doc *nodes = arena_array(walk->arena, doc->count, struct doc);

	doc->entries = arena_array(walk->arena, doc->count, struct doc_entry);
	for (size_t i = 0; i < doc->count; i++, item = item ? item->next : NULL) {
		const struct token *key = take_token(walk);

		if (map && !item)
			BUG("cJSON sees a shorter object than the scanner");
		doc->entries[i].at = span_of(walk->scan, key->begin, key->end);
		doc->entries[i].key = take_key(walk, key, item);
		doc->entries[i].value = &nodes[i];
		if (fill_node(walk, item, &nodes[i]))
			return -1;
	}
	if (item)
		BUG("cJSON sees a longer object than the scanner");
	return check_duplicates(walk, doc);
}

static bool is_large(const struct token *token)
{
	return (token->type == '{' || token->type == '[') &&
	       token->end - token->begin > PIECE_BYTES;
}

static int fill_value(struct walk *walk, const struct token *token, const cJSON *item,
		      struct doc *doc)
{
	doc->at = span_of(walk->scan, token->begin, token->end);
	doc->count = token->count;
	switch (token->type) {
	case '{':
		doc->kind = DOC_MAP;
		return fill_map(walk, item, doc);
	case '[':
		doc->kind = DOC_LIST;
		return fill_list(walk, item, doc);
	case 'n':
		doc->kind = DOC_NULL;
		return 0;
	case '"':
		doc->kind = DOC_SCALAR;
		doc->quoted = true;
		doc->text = take_string(walk, token, item->valuestring, &doc->length);
		return 0;
	default: /* numbers as written: cJSON has only doubles */
		doc->kind = DOC_SCALAR;
		doc->length = token->end - token->begin;
		doc->text = cut_text(walk, token->begin, token->end);
		return 0;
	}
}

static int fill_node(struct walk *walk, const cJSON *item, struct doc *doc)
{
	CLEANUP(release_json) cJSON *piece = NULL;
	const struct token *token = take_token(walk);

	if (!item && !is_large(token))
		item = piece = parse_piece(walk, token);
	if (item && item_type(item) != token->type)
		BUG("cJSON sees '%c' where the scanner saw '%c'", item_type(item),
		    token->type);
	return fill_value(walk, token, item, doc);
}

static int build_tree(const struct scanner *scan, struct arena *arena,
		      struct doc **ret_doc, struct diag *diag)
{
	struct walk walk = {
		.scan = scan,
		.tokens = token_at(scan, 0),
		.texts = arena_strndup(arena, scan->text, scan->length),
		.arena = arena,
		.diag = diag,
	};
	struct doc *doc = arena_make(arena, struct doc);

	if (fill_node(&walk, NULL, doc))
		return -1;
	if (walk.next != scan->token_count)
		BUG("cJSON sees less than the scanner");
	*ret_doc = doc;
	return 0;
}

static void release_tokens(struct scanner *scan)
{
	strbuf_release(&scan->tokens);
}

int json_read(const char *text, size_t length, uint32_t source, struct arena *arena,
	      struct doc **ret_doc, struct diag *diag)
{
	bool bom = length >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0;
	CLEANUP(release_tokens)
	struct scanner scan = {
		.text = text + (bom ? 3 : 0),
		.length = length - (bom ? 3 : 0),
		.bom = bom ? 3 : 0,
		.source = source,
		.diag = diag,
	};

	if (length > DOC_MAX_BYTES)
		return diag_report(diag, DIAG_FILE_TOO_LARGE, SPAN_NONE,
				   "a JSON text of %zu bytes", length);
	if (scan_text(&scan))
		return -1;
	return build_tree(&scan, arena, ret_doc, diag);
}
