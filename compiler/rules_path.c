/* rules_path.c - Which of the ways through a rule set is asked about. */
#include "compiler/rules_path.h"

#include "rules/base/attr.h"

/* Of each back end the way out; on nftables a gateway's before a host's own. */
static const char *const ways_out[] = {"forward", "output", "outbound", "egress",
				       "request"};

static const struct path *way_out(const struct ruleset *rules)
{
	const struct path *path = rules->path_count == 1 ? &rules->paths[0] : NULL;

	for (size_t i = 0; !path && i < ARRAY_SIZE(ways_out); i++)
		path = ruleset_find_path(rules, ways_out[i]);
	return path;
}

const struct path *rules_path(const struct ruleset *rules, const char *name,
			      const char *whose, struct diag *diag)
{
	const struct path *path = name ? ruleset_find_path(rules, name) : way_out(rules);

	if (path)
		return path;
	diag_report(diag, DIAG_NO_PATH, SPAN_NONE, "%s%s%s has nothing on hook '%s'",
		    whose ? "'" : "", whose ? whose : "the rule set", whose ? "'" : "",
		    name ? name : "forward' or 'output");
	for (size_t i = 0; i < rules->path_count; i++)
		diag_note(diag, SPAN_NONE, "it has rules on hook '%s'",
			  rules->paths[i].name);
	return NULL;
}
