/* intent.h - What the clients need: flows, and the addresses they are bound to. */
#ifndef RULES_INTENT_H
#define RULES_INTENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "rules/addr.h"
#include "rules/base/diag.h"
#include "rules/field.h"

/**
 * DOC: Intent
 *
 * The intent is made from the spec alone, before any target is looked at: flows of
 * clients to endpoints, each with its reason and its place in the spec.  Binding gives
 * a flow its addresses.  Everything that is emitted is proved against the *bound*
 * intent, never against rules derived from it.
 *
 * Flows that share client, purpose and ports form a *group*: what one rule of
 * a target may say.  The group's id is what the rule carries in its comment.
 */
struct arena;
struct strbuf;

/** enum client_path - How a flow travels */
enum client_path {
	CLIENT_DIRECT, /* client → endpoint */
	CLIENT_PROXY,  /* client → proxy, the request names the endpoint */
};

/**
 * struct flow_client - Who opens flows
 * @name:	the client's name in the spec; "proxy" for the implicit one
 * @index:	its place in the intent's clients
 * @addresses:	where it sends from; empty with @any_address
 * @any_address: no addresses in the spec: the host itself, on hook output only
 * @families:	bit (1 << family): the families that the client has at all
 * @at:		its place in the spec
 */
struct flow_client {
	const char *name;
	size_t index;
	struct addr_set addresses;
	bool any_address;
	unsigned families;
	struct span at;
};

/**
 * struct flow_unbound - Why a name has no address
 * @text:	what was found: "'x.azurecr.io' was answered with NXDOMAIN"
 * @at:		the answer, or SPAN_NONE
 * @cause:	what may be the cause, or what to do
 */
struct flow_unbound {
	const char *text;
	struct span at;
	const char *cause;
};

/** struct flow_tag - A service tag; @addresses is NULL where no tag file says them */
struct flow_tag {
	const char *name;
	const struct addr_set *addresses;
};

/**
 * struct flow - One client needs one endpoint
 * @id:		unique and stable: "aks-nodes/contoso/contoso.azurecr.io:tcp:443"
 * @group:	id of its group: "aks-nodes/contoso"; at most GROUP_ID_MAX bytes of
 *		[a-z0-9_./:-]
 * @set_name:	name for the set of the group's destinations: "contoso", of [a-z0-9_-]; a
 *		hint: groups with other destinations may have the same
 * @client:	who
 * @path:	CLIENT_PROXY: a request that @client sends to the proxy, which opens the
 *		connection; packet filters ignore it, @addresses are the proxy's view
 * @name:	the endpoint's host name, lower case, "*.x" for any name below x; NULL for
 *a flow to addresses only (an allow, DNS, the proxy) or to a tag only
 * @reason:	why, one phrase: "login server", "data endpoint of replica eastus"
 * @at:		the place in the spec that asks for it
 * @service_tag: the tags that the catalogue names for the endpoint's kind, separated by
 *		blanks, all needed; or NULL
 * @regional_tags: the same for the regions of the registry alone, separated by blanks;
 *		NULL where one of them has no tag
 * @tags, @tag_count: after binding, the tags that stand for the endpoint: the regional
 *		ones where they hold all of @addresses, else the others; none for a
 *private endpoint, and where the tag file lacks one of them
 * @missing_tag: the tag that the file lacks then, or NULL
 * @member:	the member of the private endpoint @view that has the address, or NULL
 * @zone:	with @member: the private DNS zone through which Azure's chain for @name
 *leads, "privatelink.azurecr.io"; @name ends in what follows "privatelink."
 * @families:	bit (1 << family): the families that the endpoint serves
 * @protocol:	IP protocol number, TCP for everything of a registry; PROTOCOL_ANY
 * @ports:	destination ports; empty: every one, or the protocol has none
 * @addresses:	bound: where the name leads, or the addresses asked for
 * @lately:	other addresses that the name was answered with and that passed the same
 *		checks: what a set that follows the name may hold besides
 * @bound:	@addresses is meant; false: nothing is known and address targets must say
 *so
 * @bound_by:	"private endpoint pe-spoke", "postern.lock, view public", "the spec"
 * @view:	whose answers bind it (postern.lock): "public" or a private endpoint; NULL
 *		where the spec itself gives the addresses
 * @origin:	the place of the address: in the NIC JSON, the lock or the spec
 * @unbound:	why a flow with a name is not bound; NULL where nobody looked
 */
struct flow {
	const char *id;
	const char *group;
	const char *set_name;
	const struct flow_client *client;
	enum client_path path;
	const char *name;
	const char *reason;
	struct span at;
	const char *service_tag;
	const char *regional_tags;
	const struct flow_tag *tags;
	size_t tag_count;
	const char *missing_tag;
	const char *member;
	const char *zone;
	unsigned families;
	unsigned protocol;
	struct ranges ports;
	struct addr_set addresses;
	struct addr_set lately;
	bool bound;
	const char *bound_by;
	const char *view;
	struct span origin;
	const struct flow_unbound *unbound;
};

#define PROTOCOL_ANY 256u

/* Both families, as bits */
#define FAMILIES_ALL ((1u << FAMILY_COUNT) - 1)

/* nftables keeps 128 bytes of comment (libnftnl udata.h, 1.2.4) and every one of ours
 * begins with "postern:", so that leaves 119 and a NUL. */
#define GROUP_ID_MAX 119

/** struct intent - The flows in the order of the spec; the first of a group leads it */
struct intent {
	struct flow_client **clients;
	size_t client_count, client_capacity;
	struct flow **flows;
	size_t flow_count, flow_capacity;
};

struct flow *intent_add_flow(struct intent *intent, struct arena *arena);
struct flow_client *intent_add_client(struct intent *intent, struct arena *arena);

/** flow_families() - The families in which the flow's client and its endpoint can meet */
unsigned flow_families(const struct flow *flow);

/** flow_tags_known() - Does a tag file say what the flow's tags hold? */
bool flow_tags_known(const struct flow *flow);

/** flow_tag_addresses() - Whatever one of the flow's tags holds */
struct addr_set flow_tag_addresses(const struct flow *flow, struct arena *arena);

/** intent_find_client() - By name; NULL when there is none */
struct flow_client *intent_find_client(const struct intent *intent, const char *name);

/**
 * flow_describe_service() - "tcp:443", "udp:53", "any:any", "tcp:5432,8000-8080"
 *
 * More than eight port ranges end with "+n" for the n that are left out.
 */
void flow_describe_service(const struct flow *flow, struct strbuf *out);

#endif
