/* name.c - Host names and the patterns that targets have for them. */
#include "rules/name.h"

#include <string.h>

#include "rules/base/strbuf.h"

struct name_pattern name_pattern_parse(const char *text)
{
	if (strncmp(text, "*.", 2) == 0)
		return (struct name_pattern){NAME_BELOW, text + 2};
	if (strncmp(text, "?.", 2) == 0)
		return (struct name_pattern){NAME_ONE_LABEL, text + 2};
	if (text[0] == '*')
		return (struct name_pattern){NAME_SUFFIX, text + 1};
	if (text[0] == '.')
		return (struct name_pattern){NAME_DOMAIN, text + 1};
	return (struct name_pattern){NAME_EXACT, text};
}

static const char *kind_mark(enum name_kind kind)
{
	switch (kind) {
	case NAME_EXACT:
		return "";
	case NAME_DOMAIN:
		return ".";
	case NAME_BELOW:
		return "*.";
	case NAME_SUFFIX:
		return "*";
	case NAME_ONE_LABEL:
		return "?.";
	}
	BUG("name pattern of kind %d", (int)kind);
}

void name_pattern_format(const struct name_pattern *pattern, struct strbuf *out)
{
	strbuf_puts(out, kind_mark(pattern->kind));
	strbuf_puts(out, pattern->text);
}

bool name_pattern_takes(const struct name_pattern *pattern, const char *name)
{
	size_t length = strlen(name), end = strlen(pattern->text), before;
	bool below;

	if (pattern->kind == NAME_EXACT)
		return strcmp(name, pattern->text) == 0;
	if (length < end || strcmp(name + length - end, pattern->text) != 0)
		return false;
	before = length - end; /* bytes in front of the common end */
	below = before > 1 && name[before - 1] == '.';
	switch (pattern->kind) {
	case NAME_EXACT:
		break;
	case NAME_DOMAIN:
		return before == 0 || below;
	case NAME_BELOW:
		return below;
	case NAME_SUFFIX:
		return true;
	case NAME_ONE_LABEL:
		return below && !memchr(name, '.', before - 1);
	}
	BUG("name pattern of kind %d", (int)pattern->kind);
}
