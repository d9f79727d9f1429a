/* rules_path.h - Which of the ways through a rule set is asked about. */
#ifndef COMPILER_RULES_PATH_H
#define COMPILER_RULES_PATH_H

#include "rules/base/diag.h"
#include "rules/ruleset.h"

/**
 * rules_path() - The path called @name, or the one that egress rules are on
 * @name:	NULL: the only path, else "forward", "output", "outbound", "egress" or
 *		"request", the first that is there
 * @whose:	the file, for messages; NULL: "the rule set"
 *
 * Return: NULL after reporting no-path
 */
const struct path *rules_path(const struct ruleset *rules, const char *name,
			      const char *whose, struct diag *diag);

#endif
