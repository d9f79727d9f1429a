/* rule_text.h - Rules and boxes of packets in the words of what commands print. */
#ifndef COMPILER_RULE_TEXT_H
#define COMPILER_RULE_TEXT_H

#include "rules/base/diag.h"
#include "rules/decide.h"
#include "rules/ruleset.h"

struct arena;
struct strbuf;

/**
 * rule_place() - "nsg.json:86 'postern-0240' (postern:nodes/contoso)"
 *
 * The file and line, the name, and the flow where the name does not say it; as much of
 * these as is known.
 */
const char *rule_place(const struct rule *rule, const struct diag *diag,
		       struct arena *arena);

/** rule_line() - The line that a rule begins on; 0 when it is of no text */
size_t rule_line(const struct rule *rule, const struct diag *diag);

/**
 * box_format() - A box of packets as it stands in the canonical text, for people
 * @pinned:	bits (1 << field): axes that have one value in every box and are not told
 *
 * What goes without saying is left out: the family beside addresses, "no interface" where
 * the hook says so, and unknowns.
 */
void box_format(const struct match *box, unsigned pinned, struct arena *arena,
		struct strbuf *out);

#endif
