/* flow_form.c - How a target says where a flow goes. */
#include <string.h>

#include "backends/backend.h"
#include "backends/followed_sets.h"

static bool has_cap(const struct backend_job *job, uint32_t cap)
{
	return job->backend->caps & cap;
}

/* A resolver has answers for some flows only. */
static bool concerns(const struct backend_job *job, const struct flow *flow)
{
	if (job->backend->concerns)
		return job->backend->concerns(job, flow);
	return flow->zone;
}

bool backend_covers(const struct backend_job *job, const struct flow *flow)
{
	enum client_path path =
		job->backend->kind == BACKEND_KIND_PROXY ? CLIENT_PROXY : CLIENT_DIRECT;

	return flow->path == path && backend_governs(job, flow) &&
	       (job->backend->kind != BACKEND_KIND_RESOLVER || concerns(job, flow));
}

bool flow_is_public(const struct flow *flow)
{
	return (flow->name || flow->service_tag) && !flow->member;
}

/* May its bound addresses stand for it?  In a cloud's rules, which nobody refreshes as
 * the lock is refreshed, public ones only where the spec accepts that. */
static bool by_addresses(const struct backend_job *job, const struct flow *flow)
{
	bool cloud = job->backend->kind == BACKEND_KIND_CLOUD_ACL ||
		     job->backend->kind == BACKEND_KIND_CLOUD_FIREWALL;

	return flow->bound && (!cloud || !flow_is_public(flow) || job->accepts_pinned);
}

/* May its service tags?  They hold more than the endpoint, unless a tag is all that was
 * asked for; who cannot say a tag needs to know its addresses, which go stale. */
static bool by_tags(const struct backend_job *job, const struct flow *flow)
{
	if (!flow->tag_count ||
	    (!flow_tags_known(flow) && !has_cap(job, BACKEND_CAP(TAGS))))
		return false;
	return job->accepts_tags || (!flow->name && has_cap(job, BACKEND_CAP(TAGS)));
}

static bool by_host(const struct backend_job *job, const struct flow *flow)
{
	return has_cap(job, BACKEND_CAP(HOSTS)) && flow->name &&
	       (!strchr(flow->name, '*') || followed_by_resolver(job));
}

static bool can_be(enum flow_form form, const struct backend_job *job,
		   const struct flow *flow)
{
	switch (form) {
	case FLOW_BY_ADDRESSES:
		return by_addresses(job, flow);
	case FLOW_BY_TAGS:
		return by_tags(job, flow);
	case FLOW_BY_HOST:
		return by_host(job, flow);
	case FLOW_BY_NAME:
	case FLOW_BY_ANSWER:
	case FLOW_UNSAID:
		break;
	}
	return false;
}

/* The forms that 'destinations:' asks for, the best first. */
static const enum flow_form *preferred(const struct backend_job *job)
{
	static const enum flow_form addresses[] = {FLOW_BY_ADDRESSES, FLOW_UNSAID};
	static const enum flow_form tags[] = {FLOW_BY_TAGS, FLOW_BY_ADDRESSES,
					      FLOW_UNSAID};
	static const enum flow_form hosts[] = {FLOW_BY_HOST, FLOW_BY_TAGS,
					       FLOW_BY_ADDRESSES, FLOW_UNSAID};
	static const enum flow_form locked[] = {FLOW_BY_ADDRESSES, FLOW_BY_TAGS,
						FLOW_UNSAID};

	static const enum flow_form followed[] = {FLOW_BY_HOST, FLOW_BY_TAGS,
						  FLOW_UNSAID};

	if (followed_job(job))
		return followed;
	if (backend_setting_is(job, "destinations", "fqdns"))
		return hosts;
	if (backend_setting_is(job, "destinations", "addresses"))
		return addresses;
	return has_cap(job, BACKEND_CAP(TAGS)) ? tags : locked;
}

enum flow_form backend_form(const struct backend_job *job, const struct flow *flow)
{
	const enum flow_form *form = preferred(job);

	if (job->backend->kind == BACKEND_KIND_RESOLVER)
		return concerns(job, flow) ? FLOW_BY_ANSWER : FLOW_UNSAID;
	if (job->backend->request && flow->name &&
	    job->backend->request(job, flow, NULL, NULL))
		return FLOW_BY_NAME;
	/* What the spec gives addresses for is said by them. */
	if (!flow_is_public(flow))
		return flow->bound && has_cap(job, BACKEND_CAP(ADDRESSES))
			       ? FLOW_BY_ADDRESSES
			       : FLOW_UNSAID;
	if (!has_cap(job, BACKEND_CAP(ADDRESSES)))
		return FLOW_UNSAID;
	while (*form != FLOW_UNSAID && !can_be(*form, job, flow))
		form++;
	return *form;
}
