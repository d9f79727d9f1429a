/* ruleset_scan.h - Words, strings and numbers of the canonical text. */
#ifndef RULES_RULESET_SCAN_H
#define RULES_RULESET_SCAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "rules/base/diag.h"

struct arena;

/* Long enough for any word or address of the grammar. */
#define SCAN_WORD_MAX 64

/**
 * struct scanner - A place in a text
 * @at:		the byte that comes next
 *
 * For ruleset_read.c alone.  The bool functions that take something move @at behind it
 * and answer true; those that need something report what is missing and answer false.
 */
struct scanner {
	const char *text;
	size_t length;
	size_t at;
	uint32_t source;
	struct arena *arena;
	struct diag *diag;
};

bool scan_is_digit(char c);

/** scan_hex_digit() - The value of a hexadecimal digit, or -1 */
int scan_hex_digit(char c);

/** scan_peek() - The byte at @offset from here; NUL behind the end, which no text holds
 */
char scan_peek(const struct scanner *scanner, size_t offset);

/** scan_span() - From @begin to here */
struct span scan_span(const struct scanner *scanner, size_t begin);

/** scan_blanks() - Skip blanks, line ends and comments */
void scan_blanks(struct scanner *scanner);

/** scan_word_length() - Of the word that begins here: letters, digits, dashes inside */
size_t scan_word_length(const struct scanner *scanner);

/** scan_expected() - Report that @what should stand here; always false */
bool scan_expected(struct scanner *scanner, const char *what);

/** scan_take() - Is the next thing the word or mark @text?  Takes it then. */
bool scan_take(struct scanner *scanner, const char *text);

/** scan_need() - The same, an error when it is not */
bool scan_need(struct scanner *scanner, const char *text);

bool scan_string(struct scanner *scanner, const char **ret_text);

/** scan_optional_string() - *ret_text stays as it is when there is none */
bool scan_optional_string(struct scanner *scanner, const char **ret_text);

/** scan_number() - Decimal, or hexadecimal behind 0x, at most @max */
bool scan_number(struct scanner *scanner, uint64_t max, uint64_t *ret_number);

#endif
