/* name.h - Host names and the patterns that targets have for them. */
#ifndef RULES_NAME_H
#define RULES_NAME_H

#include <stdbool.h>
#include <stddef.h>

/**
 * DOC: Patterns
 *
 * A wildcard means another thing in each target, so a pattern keeps its kind:
 *
 *	text		kind		takes		who writes it
 *	x		EXACT		x		everybody
 *	.x		DOMAIN		x and below	squid dstdomain ".x"
 *	*.x		BELOW		below x		Azure Firewall "*.x", Azure's own
 *"*.x" *x		SUFFIX		ends in x	Azure Firewall "*x": look-alikes
 *too
 *	?.x		ONE_LABEL	one label below	X.509 "*.x"
 *
 * "Below" is one label or more.  (Azure Firewall FAQ, learn.microsoft.com/azure/firewall/
 * firewall-faq; squid 5.7 src/anyp/Uri.cc; RFC 6125 section 6.4.3; read 2026-08-20.)
 *
 * The texts above are those of the canonical text of rule sets (ruleset_text.h).
 */
struct strbuf;

enum name_kind {
	NAME_EXACT,
	NAME_DOMAIN,
	NAME_BELOW,
	NAME_SUFFIX,
	NAME_ONE_LABEL,
};

/** struct name_pattern - @text is the x of the table, in lower case */
struct name_pattern {
	enum name_kind kind;
	const char *text;
};

/** struct name_patterns - Patterns, one of which must take a name */
struct name_patterns {
	struct name_pattern *at;
	size_t count;
	size_t capacity;
};

/** name_pattern_parse() - Read the text of a pattern; @ret_pattern points into @text */
struct name_pattern name_pattern_parse(const char *text);

/** name_pattern_format() - Write it so that name_pattern_parse() reads it */
void name_pattern_format(const struct name_pattern *pattern, struct strbuf *out);

/** name_pattern_takes() - Does the pattern take @name? */
bool name_pattern_takes(const struct name_pattern *pattern, const char *name);

#endif
