/* squid_import_regex.c - Regular expressions that say no more than a list of names. */
#include <ctype.h>
#include <string.h>

#include "backends/squid/squid_importer.h"
#include "rules/base/arena.h"

/**
 * DOC: What is read of an expression
 *
 * squid compiles POSIX extended expressions, unanchored, over a host in lower case. These
 * are names and nothing else (x: letters, digits, "-", "_", and dots as "\."):
 *
 *	^x$		x
 *	(^|\.)x$	x and below
 *	\.x$		below x
 *	x$		whatever ends in x, look-alikes too
 *	.* or .		everything
 *
 * Every other expression is an unknown called by its text.  An unescaped dot takes any
 * byte, so "azurecr.io$" is one.
 */

/* What squid leaves away in front (acl/RegexData.cc of 5.7). */
static const char *skip_wildcards(const char *text)
{
	if (strncmp(text, "^.*", 3) == 0)
		text += 3;
	while (text[0] == '.' && text[1] == '*')
		text += 2;
	return text;
}

/* x up to "$" at the end; NULL when anything else stands there. */
static const char *read_literal(const char *text, bool ignore_case, struct arena *arena)
{
	char *name = arena_strndup(arena, text, strlen(text));
	size_t used = 0;

	for (; *text && *text != '$'; text++) {
		char c = *text;

		if (c == '\\') {
			if (*++text != '.')
				return NULL;
			c = '.';
		} else if (c == '.' ||
			   (!isalnum((unsigned char)c) && c != '-' && c != '_')) {
			return NULL;
		}
		/* the host is in lower case, so a large letter takes nothing */
		if (isupper((unsigned char)c)) {
			if (!ignore_case)
				return NULL;
			c = (char)tolower((unsigned char)c);
		}
		name[used++] = c;
	}
	name[used] = '\0';
	return used && strcmp(text, "$") == 0 ? name : NULL;
}

/* May a host that is an address end so?  "10.0.0.1" ends in a digit, "[::1]" does not. */
static bool may_end_address(const char *name)
{
	return isdigit((unsigned char)name[strlen(name) - 1]) != 0;
}

enum squid_regex squid_regex_names(const struct squid_pattern *pattern,
				   struct arena *arena, struct name_pattern *ret_name)
{
	static const char either[] = "(^|\\.)";
	const char *text = pattern->text, *name;
	enum name_kind kind = NAME_SUFFIX;

	/* glibc compiles no expression that begins with a repetition. */
	if (*text && strchr("*+?", *text))
		return SQUID_REGEX_INVALID;
	text = skip_wildcards(text);
	if (!*text || strcmp(text, ".") == 0)
		return SQUID_REGEX_ALL;
	if (text == pattern->text && *text == '^') {
		kind = NAME_EXACT;
		text++;
	} else if (strncmp(text, either, sizeof(either) - 1) == 0) {
		kind = text == pattern->text ? NAME_DOMAIN : NAME_EXACT;
		if (kind == NAME_EXACT) /* behind ".*" the "^" takes nothing more */
			return SQUID_REGEX_OTHER;
		text += sizeof(either) - 1;
	} else if (strncmp(text, "\\.", 2) == 0) {
		kind = NAME_BELOW;
		text += 2;
	}
	name = read_literal(text, pattern->ignore_case, arena);
	if (!name || may_end_address(name))
		return SQUID_REGEX_OTHER;
	*ret_name = (struct name_pattern){kind, name};
	return SQUID_REGEX_NAMES;
}

/* Behind a "[": the byte behind its "]", or NULL.  A "]" that comes first is one of the
 * set. */
static const char *skip_set(const char *text)
{
	text += *text == '^';
	text += *text == ']';
	text = strchr(text, ']');
	return text ? text + 1 : NULL;
}

bool squid_regex_is_whole(const struct squid_pattern *pattern)
{
	const char *text = pattern->text;
	size_t open = 0;

	while (*text) {
		char c = *text++;

		if (c == '\\' && *text) {
			text++;
		} else if (c == '[') {
			text = skip_set(text);
			if (!text)
				return false;
		} else if (c == '(') {
			open++;
		} else if (c == ')' && !open--) {
			return false;
		}
	}
	return !open;
}

bool squid_regex_is_url(const struct squid_pattern *pattern)
{
	const char *text = pattern->text;

	if (*text++ != '^')
		return false;
	if (strncmp(text, "[^:]+", 5) == 0)
		text += 5;
	else
		while (isalpha((unsigned char)*text) || *text == '_')
			text++;
	return text > pattern->text + 1 && strncmp(text, "://", 3) == 0;
}
