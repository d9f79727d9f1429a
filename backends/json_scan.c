/* json_scan.c - The scanner in front of cJSON. */
#include "backends/json_scan.h"

#include <string.h>

#include "rules/base/utf8.h"

/* cJSON 1.7.15 copies a number into 64 bytes (parse_number() in cJSON.c) and takes a
 * longer one for two values; no number of ours has more than 20 digits. */
#define NUMBER_MAX_BYTES 63

struct span json_span(const struct json_scanner *scan, size_t begin, size_t end)
{
	return (struct span){scan->source, (uint32_t)begin + scan->bom,
			     (uint32_t)end + scan->bom};
}

struct json_token *json_token(const struct json_scanner *scan, size_t index)
{
	return (struct json_token *)(void *)scan->tokens.text + index;
}

enum {
	EXPECT_VALUE,
	EXPECT_FIRST,
	EXPECT_KEY,
	EXPECT_FIRST_KEY,
	EXPECT_COLON,
	EXPECT_NEXT
};

/* One character at @at, or the end of the text, as a span. */
static struct span span_here(const struct json_scanner *scan, size_t at)
{
	size_t length =
		at < scan->length ? utf8_sequence(scan->text + at, scan->length - at) : 0;

	if (!length && at < scan->length)
		length = 1;
	return json_span(scan, at, at + length);
}

static int wrong(struct json_scanner *scan, struct span at, const char *what,
		 const char *help)
{
	diag_report(scan->diag, DIAG_JSON_SYNTAX, at, "%s", what);
	if (help)
		diag_help(scan->diag, "%s", help);
	return -1;
}

static int add_token(struct json_scanner *scan, size_t begin, char type, bool escaped)
{
	struct json_token token = {.begin = (uint32_t)begin,
				   .end = (uint32_t)scan->at,
				   .type = type,
				   .escaped = escaped};

	if (type != 'k' && scan->depth)
		json_token(scan, scan->open[scan->depth - 1])->count++;
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
static int scan_unicode_escape(struct json_scanner *scan)
{
	const char *text = scan->text;
	size_t at = scan->at;
	int high = hex4(text + at + 2, scan->length - at - 2), low;

	if (high < 0)
		return wrong(scan, json_span(scan, at, at + 2),
			     "'\\u' needs four hexadecimal digits",
			     "for example \\u00e9");
	if (high == 0)
		return wrong(scan, json_span(scan, at, at + 6),
			     "'\\u0000' cannot be part of a text", "remove it");
	scan->at += 6;
	if (high < 0xd800 || high > 0xdfff)
		return 0;
	low = -1;
	if (high < 0xdc00 && scan->length - scan->at >= 6 && text[scan->at] == '\\' &&
	    text[scan->at + 1] == 'u')
		low = hex4(text + scan->at + 2, 4);
	if (low < 0xdc00 || low > 0xdfff)
		return wrong(scan, json_span(scan, at, at + 6),
			     "half of a surrogate pair stands alone",
			     "write the character itself, or both halves");
	scan->at += 6;
	return 0;
}

static int scan_escape(struct json_scanner *scan)
{
	size_t at = scan->at;
	char c = at + 1 < scan->length ? scan->text[at + 1] : '\0';

	if (c == 'u')
		return scan_unicode_escape(scan);
	if (!c || !strchr("\"\\/bfnrt", c)) {
		diag_report(scan->diag, DIAG_JSON_SYNTAX,
			    json_span(scan, at, at + 1 < scan->length ? at + 2 : at + 1),
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

static int scan_string(struct json_scanner *scan, char type)
{
	size_t begin = scan->at++, sequence;
	bool escaped = false;

	for (;;) {
		while (scan->at < scan->length &&
		       is_plain((unsigned char)scan->text[scan->at]))
			scan->at++;
		if (scan->at == scan->length)
			return wrong(scan, json_span(scan, begin, begin + 1),
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

static size_t scan_digits(struct json_scanner *scan)
{
	size_t begin = scan->at;

	while (scan->at < scan->length && scan->text[scan->at] >= '0' &&
	       scan->text[scan->at] <= '9')
		scan->at++;
	return scan->at - begin;
}

static bool skip_char(struct json_scanner *scan, const char *set)
{
	if (scan->at >= scan->length || !scan->text[scan->at] ||
	    !strchr(set, scan->text[scan->at]))
		return false;
	scan->at++;
	return true;
}

static int scan_number(struct json_scanner *scan)
{
	size_t begin = scan->at, digits;
	bool zero;

	skip_char(scan, "-");
	zero = scan->at < scan->length && scan->text[scan->at] == '0';
	digits = scan_digits(scan);
	if (!digits)
		return wrong(scan, span_here(scan, begin), "'-' without a number", NULL);
	if (zero && digits > 1)
		return wrong(scan, json_span(scan, begin, scan->at),
			     "a number with a zero in front",
			     "write it without the zero, or in quotes if it is a text");
	if (skip_char(scan, ".") && !scan_digits(scan))
		return wrong(scan, json_span(scan, begin, scan->at),
			     "a number that ends with a point", "remove the point");
	if (skip_char(scan, "eE")) {
		skip_char(scan, "+-");
		if (!scan_digits(scan))
			return wrong(scan, json_span(scan, begin, scan->at),
				     "a number whose exponent has no digits", NULL);
	}
	if (scan->at - begin > NUMBER_MAX_BYTES)
		return wrong(scan, json_span(scan, begin, scan->at),
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

static int scan_word(struct json_scanner *scan)
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
	diag_report(scan->diag, DIAG_JSON_SYNTAX, json_span(scan, begin, scan->at),
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

static int wrong_value(struct json_scanner *scan)
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

static int open_container(struct json_scanner *scan)
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

static int scan_value(struct json_scanner *scan)
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

static int close_container(struct json_scanner *scan)
{
	json_token(scan, scan->open[--scan->depth])->end = (uint32_t)++scan->at;
	return EXPECT_NEXT;
}

/* Behind an element: a comma, or the end of the container. */
static int scan_next(struct json_scanner *scan)
{
	struct json_token *open = json_token(scan, scan->open[scan->depth - 1]);
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
	diag_note(scan->diag, json_span(scan, open->begin, open->begin + 1),
		  "opened here");
	return -1;
}

static int scan_key(struct json_scanner *scan)
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

static void skip_blanks(struct json_scanner *scan)
{
	while (scan->at < scan->length &&
	       (scan->text[scan->at] == ' ' || scan->text[scan->at] == '\n' ||
		scan->text[scan->at] == '\r' || scan->text[scan->at] == '\t'))
		scan->at++;
}

/* Behind a comma: the one mistake that everybody makes has its own words. */
static bool is_trailing_comma(const struct json_scanner *scan)
{
	char c = scan->at < scan->length ? scan->text[scan->at] : '\0';

	return c == ']' || c == '}';
}

static int scan_step(struct json_scanner *scan, int expect, size_t comma)
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
			return wrong(scan, json_span(scan, comma, comma + 1),
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

int json_scan(struct json_scanner *scan)
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
