/* followed_sets.c - Sets of a packet filter that hold where a host name leads. */
#include "backends/followed_sets.h"

#include "rules/base/arena.h"

bool followed_job(const struct backend_job *job)
{
	return backend_setting_is(job, "names", "followed");
}

bool followed_by_resolver(const struct backend_job *job)
{
	return followed_job(job) && backend_setting_is(job, "filled_by", "dnsmasq");
}

bool followed_flow(const struct backend_job *job, const struct flow *flow)
{
	return followed_job(job) && backend_form(job, flow) == FLOW_BY_HOST;
}

void followed_match(const struct backend_job *job, const struct flow *flow,
		    struct match *match, struct arena *arena)
{
	if (followed_by_resolver(job))
		match_filled(match, FIELD_DESTINATION, flow->name, arena);
	else
		match_resolved(match, FIELD_DESTINATION, flow->name, NULL, arena);
}

static const char *set_label(char filler, const struct flow *flow, struct arena *arena)
{
	return arena_printf(arena, "%c_%s", filler, flow->name + (flow->name[0] == '*'));
}

static const char *set_path(const char *hook, const char *label, enum family family,
			    struct arena *arena)
{
	return arena_printf(arena, "inet#postern_%s#%s_%c", hook, label,
			    family == FAMILY_IPV4 ? '4' : '6');
}

const char *followed_label(const struct backend_job *job, const struct flow *flow,
			   struct arena *arena)
{
	return set_label(followed_by_resolver(job) ? 'd' : 'w', flow, arena);
}

const char *followed_path(const struct backend_job *job, const struct flow *flow,
			  enum family family, struct arena *arena)
{
	return set_path(backend_setting(job, "hook"), followed_label(job, flow, arena),
			family, arena);
}

const char *followed_filled_path(const char *hook, const struct flow *flow,
				 enum family family, struct arena *arena)
{
	return set_path(hook, set_label('d', flow, arena), family, arena);
}
