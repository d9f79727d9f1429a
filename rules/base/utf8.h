/* utf8.h - Is this text UTF-8, and how wide is it? */
#ifndef RULES_BASE_UTF8_H
#define RULES_BASE_UTF8_H

#include <stdbool.h>
#include <stddef.h>

#include "rules/base/attr.h"

/**
 * utf8_sequence() - Length of the UTF-8 sequence at the begin of a text
 *
 * Strict as RFC 3629: no overlong form, no surrogate, nothing past U+10FFFF.
 *
 * Return: 1 to 4, or 0 when the bytes there are no sequence (also for @length 0)
 */
size_t utf8_sequence(const char *text, size_t length) MUST_USE;

/**
 * utf8_width() - Columns that one sequence takes on a terminal: 0, 1 or 2
 * @length:	what utf8_sequence() said of it
 */
unsigned utf8_width(const char *text, size_t length);

/**
 * utf8_is_harmful() - Does one sequence drive a terminal or disguise the text around it?
 * @length:	what utf8_sequence() said of it
 */
bool utf8_is_harmful(const char *text, size_t length);

#endif
