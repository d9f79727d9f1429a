/* ruleset_scan.c - Words, strings and numbers of the canonical text. */
#include "rules/ruleset_scan.h"

#include <string.h>

#include "rules/base/arena.h"

static bool is_letter(char c)
{
	return c >= 'a' && c <= 'z';
}

bool scan_is_digit(char c)
{
	return c >= '0' && c <= '9';
}

int scan_hex_digit(char c)
{
	if (scan_is_digit(c))
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

char scan_peek(const struct scanner *scanner, size_t offset)
{
	size_t at = scanner->at + offset;

	return at < scanner->length ? scanner->text[at] : '\0';
}

struct span scan_span(const struct scanner *scanner, size_t begin)
{
	return (struct span){scanner->source, (uint32_t)begin, (uint32_t)scanner->at};
}

void scan_blanks(struct scanner *scanner)
{
	for (;;) {
		char c = scan_peek(scanner, 0);

		if (c == '#')
			while (scanner->at < scanner->length &&
			       scan_peek(scanner, 0) != '\n')
				scanner->at++;
		else if (c == ' ' || c == '\t' || c == '\n' || c == '\r')
			scanner->at++;
		else
			return;
	}
}

size_t scan_word_length(const struct scanner *scanner)
{
	size_t length = 0;

	if (!is_letter(scan_peek(scanner, 0)))
		return 0;
	while (is_letter(scan_peek(scanner, length)) ||
	       scan_is_digit(scan_peek(scanner, length)) ||
	       (scan_peek(scanner, length) == '-' &&
		(is_letter(scan_peek(scanner, length + 1)) ||
		 scan_is_digit(scan_peek(scanner, length + 1)))))
		length++;
	return length;
}

bool scan_expected(struct scanner *scanner, const char *what)
{
	size_t begin = scanner->at, length = scan_word_length(scanner);
	struct span at = {scanner->source, (uint32_t)begin, (uint32_t)(begin + length)};

	if (begin >= scanner->length) {
		diag_report(scanner->diag, DIAG_RULES_SYNTAX, at,
			    "%s is expected before the end", what);
		return false;
	}
	if (!length)
		at.end++;
	diag_report(scanner->diag, DIAG_RULES_SYNTAX, at, "%s is expected here", what);
	return false;
}

bool scan_take(struct scanner *scanner, const char *text)
{
	size_t length = strlen(text);

	scan_blanks(scanner);
	if (scanner->length - scanner->at < length ||
	    memcmp(scanner->text + scanner->at, text, length) != 0)
		return false;
	if (is_letter(text[0]) && scan_word_length(scanner) != length)
		return false;
	scanner->at += length;
	return true;
}

bool scan_need(struct scanner *scanner, const char *text)
{
	char quoted[SCAN_WORD_MAX];

	if (scan_take(scanner, text))
		return true;
	quoted[0] = '\'';
	memcpy(quoted + 1, text, strlen(text));
	memcpy(quoted + 1 + strlen(text), "'", 2);
	return scan_expected(scanner, quoted);
}

/* One byte of a string, escaped or not; the NUL ends what cannot be a string. */
static char take_byte(struct scanner *scanner)
{
	char c = scan_peek(scanner, 0);
	int high, low;

	scanner->at++;
	if (c != '\\')
		return c;
	c = scan_peek(scanner, 0);
	scanner->at++;
	switch (c) {
	case 'n':
		return '\n';
	case 't':
		return '\t';
	case '"':
	case '\\':
		return c;
	case 'x':
		high = scan_hex_digit(scan_peek(scanner, 0));
		low = high < 0 ? -1 : scan_hex_digit(scan_peek(scanner, 1));
		if (low < 0)
			return '\0';
		scanner->at += 2;
		return (char)(high << 4 | low);
	}
	return '\0';
}

/* Where the string that begins here ends, or 0 when it does not. */
static size_t string_end(const struct scanner *scanner)
{
	for (size_t at = scanner->at + 1; at < scanner->length; at++) {
		if (scanner->text[at] == '"')
			return at;
		if (scanner->text[at] == '\n')
			return 0;
		if (scanner->text[at] == '\\')
			at++;
	}
	return 0;
}

bool scan_string(struct scanner *scanner, const char **ret_text)
{
	size_t begin, end, length = 0;
	char *text;

	scan_blanks(scanner);
	if (scan_peek(scanner, 0) != '"')
		return scan_expected(scanner, "a string in double quotes");
	begin = scanner->at;
	end = string_end(scanner);
	if (!end) {
		scanner->at++;
		diag_report(scanner->diag, DIAG_RULES_SYNTAX, scan_span(scanner, begin),
			    "this string has no end on its line");
		return false;
	}
	text = arena_alloc(scanner->arena, end - begin);
	for (scanner->at++; scanner->at < end;) {
		size_t at = scanner->at;
		char c = take_byte(scanner);

		if (!c) {
			diag_report(scanner->diag, DIAG_RULES_SYNTAX,
				    scan_span(scanner, at),
				    "a string holds \\\" \\\\ \\n \\t \\xHH and no NUL");
			return false;
		}
		text[length++] = c;
	}
	scanner->at = end + 1;
	*ret_text = text;
	return true;
}

bool scan_optional_string(struct scanner *scanner, const char **ret_text)
{
	scan_blanks(scanner);
	return scan_peek(scanner, 0) != '"' || scan_string(scanner, ret_text);
}

bool scan_number(struct scanner *scanner, uint64_t max, uint64_t *ret_number)
{
	uint64_t number = 0;
	unsigned base = 10;
	size_t begin;

	scan_blanks(scanner);
	if (!scan_is_digit(scan_peek(scanner, 0)))
		return scan_expected(scanner, "a number");
	begin = scanner->at;
	if (scan_peek(scanner, 0) == '0' && scan_peek(scanner, 1) == 'x' &&
	    scan_hex_digit(scan_peek(scanner, 2)) >= 0) {
		base = 16;
		scanner->at += 2;
	}
	for (;; scanner->at++) {
		int digit = scan_hex_digit(scan_peek(scanner, 0));

		if (digit < 0 || digit >= (int)base)
			break;
		if ((unsigned)digit > max || number > (max - (unsigned)digit) / base) {
			scanner->at++;
			diag_report(scanner->diag, DIAG_RULES_SYNTAX,
				    scan_span(scanner, begin),
				    "the largest number here is %llu",
				    (unsigned long long)max);
			return false;
		}
		number = number * base + (unsigned)digit;
	}
	*ret_number = number;
	return true;
}
