/* tags_diff.h - What a new file of service tags opens and closes. */
#ifndef COMPILER_TAGS_DIFF_H
#define COMPILER_TAGS_DIFF_H

#include "compiler/service_tags.h"
#include "rules/base/strbuf.h"
#include "rules/intent.h"

/** enum tag_change_kind - What became of a tag; of flows all are changed */
enum tag_change_kind {
	TAG_ADDED,
	TAG_GONE,
	TAG_CHANGED,
};

/**
 * struct tag_change - What is opened and closed
 * @names:	the tag, or the tags of the flows, separated by blanks
 * @flows:	those that the change is for; none when whole files are compared
 */
struct tag_change {
	const char *names;
	enum tag_change_kind kind;
	struct addr_set opened, closed;
	const struct flow **flows;
	size_t flow_count, flow_capacity;
};

/**
 * struct tags_diff - Two files compared by the addresses that they cover
 * @by_flow:	the changes are those for the flows of a spec
 * @compared:	tags, or flows, that were looked at
 */
struct tags_diff {
	const struct service_tags *before, *after;
	struct tag_change *changes;
	size_t change_count, change_capacity;
	bool by_flow;
	size_t compared;
};

/** tags_compare() - Every tag that is new, gone, or covers other addresses; by name */
struct tags_diff tags_compare(const struct service_tags *before,
			      const struct service_tags *after, struct arena *arena);

/**
 * tags_compare_flows() - The same for the flows of an intent that tags are named for
 *
 * A flow goes by the tags of its registry's regions when either file has them all, else
 * by the tags for its kind of endpoint; families that it does not use are left out. Flows
 * to private endpoints, and requests to a proxy, depend on no tag.
 *
 * Warns of tags that neither file has (service-tag-missing).
 */
struct tags_diff tags_compare_flows(const struct service_tags *before,
				    const struct service_tags *after,
				    const struct intent *intent, struct arena *arena,
				    struct diag *diag);

void tags_diff_text(const struct tags_diff *diff, struct strbuf *out);
void tags_diff_json(const struct tags_diff *diff, struct strbuf *out);

#endif
