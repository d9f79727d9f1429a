/* followed_sets.h - Sets of a packet filter that hold where a host name leads. */
#ifndef BACKENDS_FOLLOWED_SETS_H
#define BACKENDS_FOLLOWED_SETS_H

#include <stdbool.h>

#include "backends/backend.h"

/**
 * DOC: Followed sets
 *
 * With 'names: followed' a packet filter has a set for each public host name and family.
 * Its rules look into the set, and say no more of it than its name: what it holds comes
 * from 'postern watch', or from a resolver whose answers nobody checks ('filled_by:
 * dnsmasq').  So every look-up stands behind a test that the address is one that a
 * registry can have (addr_set_public()): whatever is in the set, nothing else is open.
 *
 * A set is for a name, not for a group of flows, and is called by it: its elements
 * outlive the rules, and must mean the same under every spec.  "w_x" is filled by watch,
 * "d_x" by dnsmasq (with another type, so with another name), "d_.x" holds where all
 * names below x lead.  A family is added, "_4" or "_6": "w_contoso.azurecr.io_4".
 *
 * dnsmasq gives an answer to the sets of the longest domain that holds the name, and of
 * no other; and a domain there means all names below it, too.  So who writes its lines
 * (nftset=/contoso.azurecr.io/4#inet#postern_forward#d_contoso.azurecr.io_4) must add
 * the sets of each wildcard that takes a name to the line of that name.
 *
 * A proof treats a set of watch as "wherever the name leads" (match_resolved()), one of
 * dnsmasq as "whatever a resolver says" (match_filled()), one unknown a name; what a
 * listing shows in a set of watch must be a checked answer (flow.lately).
 */
struct arena;

/* What nftables takes as the comment of a set, less "postern:"; so no longer name can be
 * followed (128 bytes, as for rules: intent.h). */
#define FOLLOWED_NAME_MAX GROUP_ID_MAX

/** followed_job() - Do the job's public names have followed sets? */
bool followed_job(const struct backend_job *job);

/** followed_by_resolver() - Are they filled by answers that nobody checks? */
bool followed_by_resolver(const struct backend_job *job);

/** followed_flow() - Does the job's target say the flow by a followed set? */
bool followed_flow(const struct backend_job *job, const struct flow *flow);

/** followed_match() - The address is in the flow's set, of whatever family */
void followed_match(const struct backend_job *job, const struct flow *flow,
		    struct match *match, struct arena *arena);

/** followed_label() - The flow's set without its family: "d_.blob.core.windows.net" */
const char *followed_label(const struct backend_job *job, const struct flow *flow,
			   struct arena *arena);

/**
 * followed_path() - The flow's set of a family as dnsmasq's "nftset=" names it:
 * "inet#postern_forward#d_contoso.azurecr.io_4"
 */
const char *followed_path(const struct backend_job *job, const struct flow *flow,
			  enum family family, struct arena *arena);

/** followed_filled_path() - The same for whoever writes those lines: the set that the
 * packet filter on @hook has where dnsmasq fills it */
const char *followed_filled_path(const char *hook, const struct flow *flow,
				 enum family family, struct arena *arena);

#endif
