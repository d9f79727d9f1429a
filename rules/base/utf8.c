/* utf8.c - Is this text UTF-8, and how wide is it? */
#include "rules/base/utf8.h"

#include <stdbool.h>

/* Table 3-7 of the Unicode Standard: what the second byte may be depends on the first;
 * the bounds keep out overlong forms, surrogates and numbers past U+10FFFF. */
static const struct {
	unsigned char first, last;
	unsigned char second_first, second_last;
	unsigned char length;
} rows[] = {
	{0x00, 0x7f, 0, 0, 1},	     {0xc2, 0xdf, 0x80, 0xbf, 2},
	{0xe0, 0xe0, 0xa0, 0xbf, 3}, {0xe1, 0xec, 0x80, 0xbf, 3},
	{0xed, 0xed, 0x80, 0x9f, 3}, {0xee, 0xef, 0x80, 0xbf, 3},
	{0xf0, 0xf0, 0x90, 0xbf, 4}, {0xf1, 0xf3, 0x80, 0xbf, 4},
	{0xf4, 0xf4, 0x80, 0x8f, 4},
};

static bool is_continuation(unsigned char byte)
{
	return (byte & 0xc0) == 0x80;
}

size_t utf8_sequence(const char *text, size_t length)
{
	const unsigned char *bytes = (const unsigned char *)text;

	if (!length)
		return 0;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		if (bytes[0] < rows[i].first || bytes[0] > rows[i].last)
			continue;
		if (length < rows[i].length)
			return 0;
		if (rows[i].length > 1 &&
		    (bytes[1] < rows[i].second_first || bytes[1] > rows[i].second_last))
			return 0;
		for (size_t k = 2; k < rows[i].length; k++)
			if (!is_continuation(bytes[k]))
				return 0;
		return rows[i].length;
	}
	return 0;
}

static bool in_range(unsigned point, unsigned first, unsigned last)
{
	return point >= first && point <= last;
}

static unsigned code_point(const char *text, size_t length)
{
	const unsigned char *b = (const unsigned char *)text;

	switch (length) {
	case 2:
		return (b[0] & 0x1fu) << 6 | (b[1] & 0x3fu);
	case 3:
		return (b[0] & 0x0fu) << 12 | (b[1] & 0x3fu) << 6 | (b[2] & 0x3fu);
	case 4:
		return (b[0] & 0x07u) << 18 | (b[1] & 0x3fu) << 12 | (b[2] & 0x3fu) << 6 |
		       (b[3] & 0x3fu);
	default:
		return b[0];
	}
}

/* Columns of a terminal: two for East Asian wide characters and emoji, none for combining
 * marks (the blocks of UAX #11 that occur in practice; wcwidth() depends on the locale).
 */
unsigned utf8_width(const char *text, size_t length)
{
	unsigned point = code_point(text, length);

	if (in_range(point, 0x300, 0x36f) || in_range(point, 0x200b, 0x200d) ||
	    in_range(point, 0xfe00, 0xfe0f))
		return 0;
	if (in_range(point, 0x1100, 0x115f) || in_range(point, 0x2e80, 0xa4cf) ||
	    in_range(point, 0xac00, 0xd7a3) || in_range(point, 0xf900, 0xfaff) ||
	    in_range(point, 0xfe30, 0xfe6f) || in_range(point, 0xff00, 0xff60) ||
	    in_range(point, 0xffe0, 0xffe6) || in_range(point, 0x1f300, 0x1faff) ||
	    in_range(point, 0x20000, 0x3fffd))
		return 2;
	return 1;
}

/* C1 controls are two bytes in UTF-8 and drive terminals as the C0 ones do; so do the
 * characters that change the direction of writing, by which text can be disguised. */
bool utf8_is_harmful(const char *text, size_t length)
{
	const unsigned char *bytes = (const unsigned char *)text;

	if (length == 1)
		return bytes[0] < 0x20 || bytes[0] == 0x7f;
	if (length == 2)
		return bytes[0] == 0xc2 && bytes[1] < 0xa0;
	if (length == 3 && bytes[0] == 0xe2 && bytes[1] == 0x80)
		return (bytes[2] >= 0x8e && bytes[2] <= 0x8f) ||
		       (bytes[2] >= 0xa8 && bytes[2] <= 0xae);
	return length == 3 && bytes[0] == 0xe2 && bytes[1] == 0x81 && bytes[2] >= 0xa6 &&
	       bytes[2] <= 0xa9;
}
