/* legalize_reports.c - Why a target cannot say a flow, and what would help. */
#include <string.h>

#include "backends/legalize_work.h"
#include "rules/base/arena.h"

static int report_wildcard(struct work *work, const struct flow *flow)
{
	const char *target = work->job->backend->name;

	diag_report(work->diag, DIAG_BACKEND_CANNOT, flow->at,
		    "%s cannot say '%s' (%s, for client '%s'): it matches addresses, and "
		    "a wildcard has none",
		    target, flow->name, flow->reason, flow->client->name);
	diag_help(work->diag,
		  "names are exact with 'data_endpoints: dedicated' and without the "
		  "operation 'build'");
	if (flow->service_tag)
		diag_help(work->diag,
			  "or let the addresses of service tag '%s' stand for it: "
			  "'accept: [service-tag]' under 'egress:', and the tag file "
			  "with --service-tags",
			  flow->service_tag);
	if (legal_has_cap(work, BACKEND_CAP(HOST)))
		diag_help(work->diag,
			  "or let dnsmasq on this machine fill sets with what it answers "
			  "the clients: 'names: followed, filled_by: dnsmasq' of output "
			  "'%s'",
			  work->job->name);
	diag_help(work->diag, "else take the client off output '%s'", work->job->name);
	return -1;
}

static int report_tag_only(struct work *work, const struct flow *flow)
{
	diag_report(work->diag, DIAG_BACKEND_CANNOT, flow->at,
		    "%s cannot say service tag '%s' (%s, for client '%s')",
		    work->job->backend->name, flow->service_tag ? flow->service_tag : "?",
		    flow->reason, flow->client->name);
	diag_help(work->diag,
		  "write 'accept: [service-tag]' under 'egress:' and give the tag file "
		  "with --service-tags, write the addresses under the client's 'allow:', "
		  "or take the client off output '%s'",
		  work->job->name);
	return -1;
}

/* Outputs of one back end lack the same: that is said once.  Return: was it new? */
static bool report_once(struct work *work, enum diag_code code, const struct flow *flow,
			const char *text)
{
	if (diag_has(work->diag, code, flow->at, text))
		return false;
	diag_report(work->diag, code, flow->at, "%s", text);
	return true;
}

static int report_not_accepted(struct work *work, const struct flow *flow)
{
	const char *text =
		arena_printf(work->arena,
			     "%s can say '%s' (%s, for client '%s') only by %s%s%s, and "
			     "the spec "
			     "does not accept that",
			     work->job->backend->name, flow->name, flow->reason,
			     flow->client->name, flow->tag_count ? "service tag" : "",
			     flow->tag_count && flow->bound ? " or " : "",
			     flow->bound ? "today's addresses" : "");

	if (!report_once(work, DIAG_NOT_ACCEPTED, flow, text))
		return -1;
	if (flow->tag_count)
		diag_help(work->diag,
			  "write 'accept: [service-tag]' under 'egress:': opens all "
			  "addresses of '%s'",
			  flow->tags[0].name);
	if (flow->bound)
		diag_help(work->diag,
			  "write 'accept: [pinned-addresses]' under 'egress:': breaks "
			  "when Azure moves the endpoint");
	return -1;
}

static int report_tag_missing(struct work *work, const struct flow *flow)
{
	const char *text = arena_printf(
		work->arena,
		"%s cannot say '%s' (%s, for client '%s'): the tag file lacks the tag "
		"'%s'",
		work->job->backend->name, flow->name ? flow->name : flow->reason,
		flow->reason, flow->client->name, flow->missing_tag);

	if (!report_once(work, DIAG_BACKEND_CANNOT, flow, text))
		return -1;
	diag_help(work->diag, "take the whole file of the spec's cloud, or a target that "
			      "matches names (azure-firewall, squid)");
	return -1;
}

/* -- names without an address ---------------------------------------------- */

/* More names than this are counted, not listed. */
#define UNBOUND_LISTED 5

static int note_unbound(struct work *work, const struct flow *flow)
{
	const char *key = arena_printf(work->arena, "%s %s", flow->name, flow->view);
	struct unbound_name *name = textmap_get(&work->unbound_keys, key);

	if (!name) {
		name = arena_make(work->arena, struct unbound_name);
		name->flow = flow;
		textmap_put(&work->unbound_keys, key, name, work->arena);
		*arena_push(work->arena, work->unbound, work->unbound_count,
			    work->unbound_capacity) = name;
	}
	name->clients++;
	return -1;
}

static const char *view_of(const struct flow *flow)
{
	return flow->view ? flow->view : "public";
}

static void report_unbound(struct work *work, const struct unbound_name *name)
{
	const struct flow *flow = name->flow;

	diag_report(work->diag, DIAG_ADDRESS_NEEDED, flow->at,
		    "'%s' (%s) has no address, and %s needs one", flow->name,
		    flow->reason, work->job->backend->name);
	if (name->clients > 1)
		diag_note(work->diag, flow->client->at,
			  "client '%s' and %zu more need it", flow->client->name,
			  name->clients - 1);
	else if (flow->at.begin < flow->client->at.begin ||
		 flow->at.begin >= flow->client->at.end)
		diag_note(work->diag, flow->client->at, "client '%s' needs it",
			  flow->client->name);
	if (!flow->unbound) {
		diag_help(work->diag,
			  "write its addresses into view '%s' of postern.lock",
			  view_of(flow));
		return;
	}
	diag_note(work->diag, flow->unbound->at, "%s", flow->unbound->text);
	diag_note(work->diag, SPAN_NONE, "%s", flow->unbound->cause);
}

/* Without a lock all names lack their addresses for one reason. */
static void report_unlocked(struct work *work)
{
	const struct flow *first = work->unbound[0]->flow;
	size_t more = work->unbound_count - 1;

	diag_report(work->diag, DIAG_ADDRESS_NEEDED, first->at,
		    "'%s' (%s) and %zu more name%s have no address, and %s needs one",
		    first->name, first->reason, more, more == 1 ? "" : "s",
		    work->job->backend->name);
	for (size_t i = 1; i < work->unbound_count && i < UNBOUND_LISTED; i++)
		diag_note(work->diag, work->unbound[i]->flow->at, "'%s' (%s)",
			  work->unbound[i]->flow->name, work->unbound[i]->flow->reason);
	if (work->unbound_count > UNBOUND_LISTED)
		diag_note(work->diag, SPAN_NONE, "and %zu more",
			  work->unbound_count - UNBOUND_LISTED);
	diag_help(work->diag,
		  "there is no lock: write their addresses into view '%s' of "
		  "postern.lock "
		  "beside the spec, or name it with --lock",
		  view_of(first));
}

void legal_report_unbound(struct work *work)
{
	bool looked = false;

	for (size_t i = 0; i < work->unbound_count; i++)
		looked = looked || work->unbound[i]->flow->unbound;
	if (work->unbound_count > 1 && !looked) {
		report_unlocked(work);
		return;
	}
	for (size_t i = 0; i < work->unbound_count; i++)
		report_unbound(work, work->unbound[i]);
}

/* -- which of them ----------------------------------------------------------------- */

int legal_report_unsaid(struct work *work, const struct flow *flow)
{
	const struct backend_job *job = work->job;
	bool tags = legal_has_cap(work, BACKEND_CAP(TAGS));

	if (flow->missing_tag && !flow->tag_count && job->accepts_tags &&
	    (tags || !flow->bound))
		return report_tag_missing(work, flow);
	if (!flow->name)
		return report_tag_only(work, flow);
	if (tags && (flow->bound || (flow->tag_count && !job->accepts_tags)))
		return report_not_accepted(work, flow);
	return strchr(flow->name, '*') ? report_wildcard(work, flow)
				       : note_unbound(work, flow);
}

int legal_check_tags(struct work *work, const struct flow *flow)
{
	struct addr_set tags, outside;
	CLEANUP(strbuf_release) struct strbuf text = {0};

	if (!flow->bound)
		return 0;
	if (!flow_tags_known(flow)) {
		if (!work->legal->coverage_not_shown)
			diag_report(work->diag, DIAG_TAG_COVERAGE_NOT_SHOWN,
				    work->job->at,
				    "coverage not shown: '%s' is written by service tag "
				    "'%s', and no tag file says what that holds",
				    flow->name, flow->tags[0].name);
		work->legal->coverage_not_shown = true;
		return 0;
	}
	tags = flow_tag_addresses(flow, work->arena);
	outside = addr_set_subtract(&flow->addresses, &tags, work->arena);
	if (addr_set_is_empty(&outside))
		return 0;
	addr_set_format(&outside, &text);
	diag_report(work->diag, DIAG_TAG_COVERAGE, flow->at,
		    "'%s' leads to %s, which is not in service tag '%s'", flow->name,
		    strbuf_text(&text), flow->service_tag);
	diag_note(work->diag, flow->origin, "the answer");
	diag_help(work->diag, "'postern check' tells in which tags it is; "
			      "fetch lock and tag file again");
	return -1;
}
