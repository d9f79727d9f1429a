/* bind.c - Giving flows their addresses. */
#include "compiler/bind.h"

#include <stdlib.h>
#include <string.h>

#include "compiler/catalogue.h"
#include "compiler/flow_names.h"
#include "rules/base/arena.h"

/**
 * DOC: Binding
 *
 * Flows are sorted by view and name, so that each name is looked up, checked and reported
 * once however many clients need it.  Each flow of the name then takes the addresses of
 * the families that it may use.
 */

/**
 * struct binding - The work on one intent
 * @endpoints:	the private endpoints of all registries, sorted by name
 */
struct binding {
	const struct spec *spec;
	const struct lock *lock;
	struct arena *arena;
	struct diag *diag;
	const struct private_endpoint **endpoints;
	size_t endpoint_count;
};

/** struct answer - Where a name leads in a view, and who says so */
struct answer {
	struct addr_set addresses;
	const char *bound_by;
	struct span origin;
	const struct flow_unbound *unbound;
};

/* -- private endpoints ----------------------------------------------------- */

static int compare_endpoints(const void *one, const void *other)
{
	const struct private_endpoint *const *a = one, *const *b = other;

	return strcmp((*a)->name.text, (*b)->name.text);
}

static void collect_endpoints(struct binding *binding)
{
	const struct spec *spec = binding->spec;
	size_t count = 0;

	for (size_t i = 0; i < spec->registry_count; i++)
		count += spec->registries[i]->private_endpoint_count;
	binding->endpoints =
		arena_array(binding->arena, count, const struct private_endpoint *);
	for (size_t i = 0; i < spec->registry_count; i++)
		for (size_t j = 0; j < spec->registries[i]->private_endpoint_count; j++)
			binding->endpoints[binding->endpoint_count++] =
				spec->registries[i]->private_endpoints[j];
	if (count)
		qsort(binding->endpoints, count, sizeof(*binding->endpoints),
		      compare_endpoints);
}

static const struct private_endpoint *find_endpoint(const struct binding *binding,
						    const char *name)
{
	struct private_endpoint key = {.name = {.text = name}};
	const struct private_endpoint *wanted = &key, **found = NULL;

	if (binding->endpoint_count)
		found = bsearch(&wanted, binding->endpoints, binding->endpoint_count,
				sizeof(*binding->endpoints), compare_endpoints);
	if (!found)
		BUG("no private endpoint '%s'", name);
	return *found;
}

static int outside_subnet(struct binding *binding,
			  const struct private_endpoint *endpoint, const char *name,
			  const struct addr *addr, struct span at)
{
	char text[ADDR_TEXT_MAX], subnet[ADDR_TEXT_MAX];

	diag_report(binding->diag, DIAG_LOCK_FORBIDDEN_ADDRESS, at,
		    "'%s' leads to %s, outside the subnet %s of private endpoint '%s'",
		    name, addr_format(addr, text),
		    prefix_format(&endpoint->subnet, subnet), endpoint->name.text);
	diag_note(binding->diag, endpoint->subnet_text.at, "the subnet");
	return -1;
}

/* The lock's view of a private endpoint is what resolvers there say: it must agree. */
static int check_view(struct binding *binding, const struct private_endpoint *endpoint,
		      const struct flow *flow, const struct answer *answer)
{
	const struct lock_name *name =
		binding->lock ? lock_find(binding->lock, flow->view, flow->name) : NULL;
	char text[ADDR_TEXT_MAX];

	if (!name)
		return 0;
	for (unsigned family = 0; family < FAMILY_COUNT; family++) {
		const struct ranges *ranges = &name->addresses.of[family];

		for (size_t i = 0; endpoint->has_subnet && i < ranges->count; i++) {
			struct addr first = {(enum family)family, ranges->at[i].first};
			struct addr last = {(enum family)family, ranges->at[i].last};

			if (!prefix_contains(&endpoint->subnet, &first))
				return outside_subnet(binding, endpoint, name->name,
						      &first, name->at);
			if (!prefix_contains(&endpoint->subnet, &last))
				return outside_subnet(binding, endpoint, name->name,
						      &last, name->at);
		}
	}
	if (!addr_set_equal(&name->addresses, &answer->addresses)) {
		struct addr addr = {FAMILY_IPV4, 0};

		if (answer->addresses.of[FAMILY_IPV4].count)
			addr.value = answer->addresses.of[FAMILY_IPV4].at[0].first;
		diag_report(binding->diag, DIAG_LOCK_DISAGREES, name->at,
			    "'%s' does not lead to %s, its address at private endpoint "
			    "'%s'",
			    name->name, addr_format(&addr, text), endpoint->name.text);
		diag_note(binding->diag, answer->origin, "the address");
	}
	return 0;
}

static int answer_private(struct binding *binding, const struct flow *flow,
			  struct answer *answer)
{
	const struct private_endpoint *endpoint = find_endpoint(binding, flow->view);

	for (size_t i = 0; i < endpoint->member_count; i++) {
		const struct member_address *member = &endpoint->members[i];
		u128 value = member->address.value;

		if (strcmp(member->member, flow->member) != 0)
			continue;
		if (endpoint->has_subnet &&
		    !prefix_contains(&endpoint->subnet, &member->address))
			return outside_subnet(binding, endpoint, flow->name,
					      &member->address, member->at);
		ranges_add(&answer->addresses.of[member->address.family],
			   (struct range){value, value}, binding->arena);
		answer->origin = member->at;
	}
	addr_set_normalize(&answer->addresses);
	if (addr_set_is_empty(&answer->addresses)) {
		diag_report(binding->diag, DIAG_PRIVATE_MEMBER, flow->at,
			    "private endpoint '%s' has no address for '%s', needed for "
			    "'%s'",
			    endpoint->name.text, flow->member, flow->name);
		diag_note(binding->diag, endpoint->at, "its addresses");
		diag_help(binding->diag,
			  "write '%s: ADDRESS' there, or fetch the interface's JSON "
			  "again",
			  flow->member);
		return -1;
	}
	answer->bound_by =
		arena_printf(binding->arena, "private endpoint %s", endpoint->name.text);
	return check_view(binding, endpoint, flow, answer);
}

/* -- public names ---------------------------------------------------------- */

/* Why a name may have no answer: the causes that Azure's troubleshooting page gives. */
static const char *unbound_cause(const struct binding *binding,
				 const struct lock_name *name)
{
	if (!name)
		return "run 'postern resolve' where the clients' names are resolved";
	if (strcmp(name->rcode, "NXDOMAIN") == 0)
		return arena_printf(
			binding->arena,
			"the name or the cloud is wrong, or the network is linked to a "
			"private DNS zone '%s' without this record (a new replica needs "
			"one of its own)",
			catalogue_cloud(binding->spec->cloud)->private_zone);
	if (strcmp(name->rcode, "NOERROR") != 0)
		return "the resolver failed: a custom DNS server must forward to "
		       "168.63.129.16 from inside the virtual network";
	return "the answer leads nowhere: a link to a private DNS zone may be left of a "
	       "private endpoint that was deleted";
}

static const struct flow_unbound *explain_unbound(const struct binding *binding,
						  const struct flow *flow,
						  const struct lock_name *name)
{
	struct flow_unbound *unbound = arena_make(binding->arena, struct flow_unbound);
	struct arena *arena = binding->arena;

	if (!name)
		unbound->text =
			arena_printf(arena, "the lock has no '%s' in the view '%s'",
				     flow->name, flow->view);
	else if (strcmp(name->rcode, "NOERROR") == 0)
		unbound->text =
			arena_printf(arena, "'%s' has no address in the lock's view '%s'",
				     flow->name, flow->view);
	else
		unbound->text =
			arena_printf(arena,
				     "'%s' was answered with %s in the lock's view '%s'",
				     flow->name, name->rcode, flow->view);
	if (name)
		unbound->at = name->at;
	unbound->cause = unbound_cause(binding, name);
	return unbound;
}

void intent_report_unbound(const struct intent *intent, struct arena *arena,
			   struct diag *diag)
{
	size_t count;
	struct flow **flows = flow_names(intent, arena, &count);

	for (size_t i = 0; i < count; i++) {
		const struct flow_unbound *unbound = flows[i]->unbound;

		if (!unbound || (i && flow_names_equal(flows[i - 1], flows[i])))
			continue;
		diag_report(diag, DIAG_ENDPOINT_UNBOUND, flows[i]->at, "%s",
			    unbound->text);
		if (unbound->at.source)
			diag_note(diag, unbound->at, "the answer");
		diag_note(diag, SPAN_NONE, "%s", unbound->cause);
	}
}

static int forbidden(const struct binding *binding, const struct lock_name *name,
		     const struct addr *addr, const char *kind)
{
	char text[ADDR_TEXT_MAX];

	diag_report(binding->diag, DIAG_LOCK_FORBIDDEN_ADDRESS, name->at,
		    "'%s' leads to %s, which is %s", name->name, addr_format(addr, text),
		    kind);
	if (strcmp(kind, "private") == 0)
		diag_help(binding->diag, "the name was looked up where a private DNS "
					 "zone answers: write "
					 "'mode: private' for clients there, or look it "
					 "up where the clients "
					 "of the public endpoint are");
	return -1;
}

/* A public name leads to public addresses; whatever else it leads to opens a way inside.
 */
static int check_public(struct binding *binding, const struct lock_name *name)
{
	for (unsigned family = 0; family < FAMILY_COUNT; family++) {
		const struct ranges *ranges = &name->addresses.of[family];

		for (size_t i = 0; i < ranges->count; i++) {
			for (u128 value = ranges->at[i].first;
			     value <= ranges->at[i].last; value++) {
				struct addr addr = {(enum family)family, value};
				const char *kind = addr_special(&addr);

				if (kind)
					return forbidden(binding, name, &addr, kind);
				if (value == U128_MAX)
					break;
			}
		}
	}
	return 0;
}

static int answer_public(struct binding *binding, const struct flow *flow,
			 struct answer *answer)
{
	const struct lock_name *name;

	if (!binding->lock || flow->name[0] == '*')
		return 0;
	name = lock_find(binding->lock, flow->view, flow->name);
	if (!name || addr_set_is_empty(&name->addresses)) {
		answer->unbound = explain_unbound(binding, flow, name);
		return 0;
	}
	if (check_public(binding, name))
		return -1;
	if (name->addresses.of[FAMILY_IPV6].count &&
	    !(flow->families & 1u << FAMILY_IPV6))
		diag_report(binding->diag, DIAG_LOCK_IPV6_IGNORED, name->at,
			    "the IPv6 addresses of '%s' are ignored: its registry is "
			    "IPv4 only",
			    name->name);
	answer->addresses = name->addresses;
	answer->origin = name->at;
	answer->bound_by =
		arena_printf(binding->arena, "%s, view %s",
			     binding->lock->name ? binding->lock->name : "postern.lock",
			     flow->view);
	return 0;
}

/* -- flows ----------------------------------------------------------------- */

/* The families of whoever opens the connection that a flow is about. */
static unsigned sender_families(const struct binding *binding, const struct flow *flow)
{
	unsigned families = flow->client->families;

	if (flow->path == CLIENT_PROXY)
		families = binding->spec->proxy.families;
	return families ? families : FAMILIES_ALL;
}

static int bind_flow(const struct binding *binding, struct flow *flow,
		     const struct answer *answer)
{
	unsigned families = flow->families & sender_families(binding, flow);

	for (unsigned family = 0; family < FAMILY_COUNT; family++)
		if (families & 1u << family)
			flow->addresses.of[family] = answer->addresses.of[family];
	flow->bound = !addr_set_is_empty(&flow->addresses);
	flow->unbound = answer->unbound;
	if (flow->bound) {
		flow->bound_by = answer->bound_by;
		flow->origin = answer->origin;
		return 0;
	}
	if (!answer->bound_by)
		return 0; /* nothing is known: targets that know names can still say it */
	diag_report(binding->diag, DIAG_NO_COMMON_FAMILY, flow->at,
		    "'%s' (%s) and client '%s' have no address family in common",
		    flow->name, flow->reason, flow->client->name);
	diag_note(binding->diag, answer->origin, "the endpoint's address");
	diag_note(binding->diag, flow->client->at, "the client");
	diag_help(binding->diag, "give the client an address of the endpoint's family");
	return -1;
}

int intent_bind(struct intent *intent, const struct spec *spec, const struct lock *lock,
		struct arena *arena, struct diag *diag)
{
	struct binding binding = {
		.spec = spec,
		.lock = lock,
		.arena = arena,
		.diag = diag,
	};
	size_t count, first = 0;
	struct flow **flows = flow_names(intent, arena, &count);
	int result = 0;

	collect_endpoints(&binding);
	for (size_t i = 0; i < count; i = first) {
		struct answer answer = {0};
		const struct flow *flow = flows[i];

		for (first = i; first < count && flow_names_equal(flow, flows[first]);)
			first++;
		if (flow->member ? answer_private(&binding, flow, &answer)
				 : answer_public(&binding, flow, &answer)) {
			result = -1;
			continue;
		}
		for (size_t j = i; j < first; j++)
			if (bind_flow(&binding, flows[j], &answer))
				result = -1;
	}
	return result;
}
