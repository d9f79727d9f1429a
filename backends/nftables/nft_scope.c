/* nft_scope.c - What nftables sees of an intent, and what it must keep. */
#include "backends/nftables/nft_scope.h"

#include <string.h>

#include "backends/followed_sets.h"
#include "rules/base/arena.h"

enum base_hook {
	BASE_HOOK_BOTH,
	BASE_HOOK_OUTPUT,
};

enum base_platform {
	BASE_PLATFORM_NONE,
	BASE_PLATFORM_AZURE,
};

/* One row of nft_base.def; -1, NULL and 0 stand for "any". */
struct base_row {
	enum base_hook hook;
	enum base_platform platform;
	const char *name;
	int family;
	int protocol;
	int source_port;
	int port_first, port_last;
	int icmp_first, icmp_last;
	const char *destination;
	unsigned states;
	const char *out_interface;
};

static const struct base_row base_rows[] = {
#define BASE(hook, platform, ...) \
	{BASE_HOOK_##hook, BASE_PLATFORM_##platform, __VA_ARGS__},
#include "backends/nftables/nft_base.def"
#undef BASE
};

static bool is_output(const struct backend_job *job)
{
	return backend_setting_is(job, "hook", "output");
}

int nft_check(const struct backend_job *job, struct diag *diag)
{
	const char *mark = backend_setting(job, "mark");

	if (!job->deny && !mark) {
		diag_report(diag, DIAG_KEEP_NEEDS_MARK, job->at,
			    "output '%s' would change nothing under 'default: keep'",
			    job->name);
		diag_help(diag, "write 'mark: 0x1' (and accept that mark in your own "
				"chains), or 'default: deny'");
		return -1;
	}
	if (job->deny && mark) {
		diag_report(diag, DIAG_MARK_NEEDS_KEEP, job->at,
			    "output '%s' has a mark under 'default: deny'", job->name);
		diag_help(diag, "remove 'mark: %s'", mark);
		return -1;
	}
	if (backend_setting(job, "filled_by") && !followed_job(job)) {
		diag_report(diag, DIAG_FILLED_BY_NEEDS_FOLLOWED, job->at,
			    "output '%s' says who fills its sets, but its names are "
			    "locked",
			    job->name);
		diag_help(diag, "write 'names: followed', or remove 'filled_by: %s'",
			  backend_setting(job, "filled_by"));
		return -1;
	}
	return 0;
}

static void match_states(struct match *match, unsigned states, struct arena *arena)
{
	struct ranges values = {0};

	for (unsigned state = 0; state < CT_STATE_COUNT; state++)
		if (states & 1u << state)
			ranges_add(&values, (struct range){state, state}, arena);
	ranges_normalize(&values);
	match_numbers(match, FIELD_STATE, &values, arena);
}

static struct match base_match(const struct base_row *row, struct arena *arena)
{
	struct match match = {0};

	if (row->family >= 0)
		match_family(&match, (enum family)row->family, arena);
	if (row->destination) {
		struct addr_set to = {0};
		struct prefix prefix;

		if (prefix_parse(row->destination, &prefix) != PREFIX_OK)
			BUG("bad base address %s", row->destination);
		addr_set_add_prefix(&to, &prefix, arena);
		match_addrs(&match, FIELD_DESTINATION, &to, arena);
	}
	if (row->protocol >= 0)
		match_number(&match, FIELD_PROTOCOL, (u128)row->protocol,
			     (u128)row->protocol, arena);
	if (row->source_port >= 0)
		match_number(&match, FIELD_SOURCE_PORT, (u128)row->source_port,
			     (u128)row->source_port, arena);
	if (row->port_first >= 0)
		match_number(&match, FIELD_DESTINATION_PORT, (u128)row->port_first,
			     (u128)row->port_last, arena);
	if (row->icmp_first >= 0) /* every code of these types */
		match_number(&match, FIELD_ICMP, (u128)row->icmp_first << 8,
			     (u128)row->icmp_last << 8 | 0xff, arena);
	if (row->states)
		match_states(&match, row->states, arena);
	if (row->out_interface)
		match_symbol(&match, FIELD_OUT_INTERFACE, row->out_interface, false,
			     arena);
	return match;
}

static void add_base(const struct backend_job *job, struct backend_scope *scope,
		     struct arena *arena)
{
	bool azure = backend_setting_is(job, "platform", "azure");

	for (size_t i = 0; i < ARRAY_SIZE(base_rows); i++) {
		const struct base_row *row = &base_rows[i];
		struct labelled_match *base;

		if (row->hook == BASE_HOOK_OUTPUT && !is_output(job))
			continue;
		if (row->platform == BASE_PLATFORM_AZURE && !azure)
			continue;
		base = arena_push(arena, scope->base, scope->base_count,
				  scope->base_capacity);
		base->id = row->name;
		base->match = base_match(row, arena);
	}
}

/* Either no TCP, or a segment with SYN and without ACK. */
static void match_opener(struct match *match, struct arena *arena)
{
	struct term *term = match_add(match, TERM_CHOICE, arena);
	struct ranges tcp = ranges_one(PROTOCOL_TCP, PROTOCOL_TCP, arena);
	struct ranges openers;
	struct match *choice;

	if (!ranges_masked(TCP_SYN | TCP_ACK, TCP_SYN, 8, 256, arena, &openers))
		BUG("more flag values than there are");
	choice = arena_push(arena, term->choices.at, term->choices.count,
			    term->choices.capacity);
	match_numbers(choice, FIELD_PROTOCOL, &tcp, arena);
	match_numbers(choice, FIELD_TCP_FLAGS, &openers, arena);
	choice = arena_push(arena, term->choices.at, term->choices.count,
			    term->choices.capacity);
	match_numbers(choice, FIELD_PROTOCOL, &tcp, arena);
	choice->terms[0].negated = true;
}

/* On hook output a refusal would end TCP sessions that are older than the rules: there
 * only segments that open one are refused.  Where nothing is refused there is nothing to
 * spare. */
static bool spares_segments(const struct backend_job *job)
{
	return is_output(job) && job->deny;
}

static void add_governed(const struct backend_job *job, struct backend_scope *scope,
			 struct arena *arena)
{
	struct addr_set from = {0};
	bool any_address = false;

	for (size_t i = 0; i < job->client_count; i++) {
		any_address |= job->clients[i]->any_address;
		addr_set_add(&from, &job->clients[i]->addresses, arena);
	}
	addr_set_normalize(&from);
	if (!any_address) {
		match_addrs(&scope->governed, FIELD_SOURCE, &from, arena);
		scope->governed.terms[0].label = "clients";
	}
	match_states(&scope->governed, 1u << CT_NEW, arena);
	if (!spares_segments(job))
		return;
	match_opener(&scope->governed, arena);
	/* A segment that opens nothing may take a flow's rule, too: refused or not, it is
	 * not what the rule is for. */
	scope->spares = true;
	match_states(&scope->spared, 1u << CT_NEW, arena);
}

static void add_assumptions(const struct backend_job *job, struct backend_scope *scope,
			    struct arena *arena)
{
	bool from_lock = false, followed = false;

	scope_assume(scope,
		     "other base chains of the hook let the packets pass: a refusal "
		     "there is final, whatever this table says",
		     arena);
	scope_assume(scope,
		     "no destination NAT rewrites the packets before this table sees "
		     "them",
		     arena);
	scope_assume(scope,
		     "connections are tracked: no earlier rule marks the packets notrack",
		     arena);
	if (spares_segments(job))
		scope_assume(scope,
			     "TCP sessions that were open before the first load may live "
			     "on: only segments that open a session are refused",
			     arena);
	for (size_t i = 0; i < job->client_count; i++)
		scope_assume_families(scope, job->clients[i], arena);
	for (size_t i = 0; i < job->intent->flow_count; i++) {
		const struct flow *flow = job->intent->flows[i];

		if (!backend_covers(job, flow))
			continue;
		followed |= followed_flow(job, flow);
		from_lock |= !followed_flow(job, flow) && flow->bound_by &&
			     strncmp(flow->bound_by, "postern.lock", 12) == 0;
	}
	if (followed)
		scope_assume(scope,
			     followed_by_resolver(job)
				     ? "what dnsmasq adds to the set of a name is where "
				       "that name, or one below it, leads: nobody checks "
				       "it, but for being a public address"
				     : "the set of a name holds checked answers to that "
				       "name and nothing else: 'postern watch' keeps it "
				       "so, 'postern status' sees it",
			     arena);
	if (from_lock)
		scope_assume(scope, "names still have the addresses of postern.lock",
			     arena);
}

int nft_scope(const struct backend_job *job, struct arena *arena,
	      struct backend_scope *ret_scope, struct diag *diag)
{
	static const char *const forwarded[] = {"ingress", "prerouting", "postrouting",
						NULL};
	static const char *const sent[] = {"postrouting", NULL};
	struct backend_scope scope = {
		.path = is_output(job) ? "output" : "forward",
		.ways = is_output(job) ? sent : forwarded,
		.level = "packet",
	};

	(void)diag;
	match_symbol(&scope.universe, FIELD_IN_INTERFACE, IFACE_NONE, !is_output(job),
		     arena);
	match_symbol(&scope.universe, FIELD_OUT_INTERFACE, IFACE_NONE, true, arena);
	add_governed(job, &scope, arena);
	if (job->deny)
		add_base(job, &scope, arena);
	add_assumptions(job, &scope, arena);
	*ret_scope = scope;
	return 0;
}
