/* endpoints_flow.h - Making the flows of one client: inside endpoints.c only. */
#ifndef COMPILER_ENDPOINTS_FLOW_H
#define COMPILER_ENDPOINTS_FLOW_H

#include "compiler/endpoints.h"
#include "compiler/registry_endpoints.h"

/**
 * struct derive - The work on one spec
 * @sender:	the client whose flows are made now
 * @first:	index of its first flow
 * @inside:	egress.inside without what only flows may open
 */
struct derive {
	const struct spec *spec;
	struct arena *arena;
	struct intent *intent;
	struct diag *diag;
	struct endpoint_index *registries;
	struct addr_set inside;
	const struct flow_client *sender;
	size_t first;
};

/**
 * struct need - What becomes a flow: everything but client, ids and numbers of its own
 * @group:	behind "<client>/"
 */
struct need {
	enum client_path path;
	const char *group;
	const char *set_name;
	const char *name;
	const char *reason;
	struct span at;
	const char *service_tag;
	const char *regional_tags;
	const char *member;
	const char *zone;
	const char *view;
	unsigned families;
	unsigned protocol;
	struct ranges ports;
	struct addr_set addresses;
	bool bound;
};

/** derive_add_flow() - Make a flow of the sender; -1 after too-many-flows */
int derive_add_flow(struct derive *derive, const struct need *need);

/** struct keyed - A flow to be compared with others by what it opens */
struct keyed {
	const struct flow *flow;
	size_t index;
	const char *reason;
};

/**
 * flows_unify() - Keep the first of those that open the same, with the reasons of all
 *
 * Who sends is not compared: that is the choice of who makes the list.  The order stays.
 * All must be flows by name or tag.
 *
 * Return: how many are left
 */
size_t flows_unify(struct keyed *list, size_t count, struct arena *arena);

/** derive_unify() - Leave one flow of each endpoint among those of the sender so far */
void derive_unify(struct derive *derive);

#endif
