/* what_if.h - What a change of a registry would ask of everything around it. */
#ifndef COMPILER_WHAT_IF_H
#define COMPILER_WHAT_IF_H

#include "compiler/compilation.h"
#include "compiler/old_proof.h"

/**
 * DOC: Rehearsals
 *
 * A new replica breaks pulls: the login server redirects them to the new replica's data
 * endpoint, a name that no rule opens and, in private mode, no DNS record knows.  Turning
 * dedicated data endpoints on breaks pulls of everybody whose rules know storage alone.
 * Both go well in two phases: first what will be needed is opened beside what is, then
 * the registry changes, then what nobody needs any more is closed
 * (container-registry-geo-replication.md, container-registry-private-endpoints.md,
 * container-registry-dedicated-data-endpoints.md, read 2026-08-20).
 *
 * The change is made to the spec as parsed, and the flows that are derived before and
 * after it are compared: what is needed comes from where compile takes it.
 */

enum what_if_kind {
	WHAT_IF_ADD_REPLICA,
	WHAT_IF_REMOVE_REPLICA,
	WHAT_IF_DEDICATED_DATA,
};

/**
 * struct what_if_change - What is asked
 * @region:	programmatic name; NULL for data endpoints
 */
struct what_if_change {
	enum what_if_kind kind;
	struct registry *registry;
	const char *region;
};

/** struct what_if_name - A host name that clients begin or cease to need */
struct what_if_name {
	const char *host;
	const char *reason;
	struct text_list clients;
};

struct what_if_names {
	struct what_if_name *at;
	size_t count, capacity;
};

/**
 * struct what_if_member - A member that a private endpoint gains or loses
 * @record:	its record in the private zone: "contoso.eastus.data"
 * @address:	where @has_address; else nobody has told it yet
 */
struct what_if_member {
	const struct private_endpoint *endpoint;
	const char *member;
	const char *record;
	bool has_address;
	struct addr address;
};

/**
 * struct what_if_subnet - Room for new members in a subnet
 * @needed:	addresses that all private endpoints in it will take, beyond those known
 * @free:	addresses that are free as far as the spec tells; others may use some
 */
struct what_if_subnet {
	const char *subnet;
	uint64_t needed;
	u128 free;
};

/** struct what_if_flow - A flow of one output, with the rule that it is part of */
struct what_if_flow {
	const struct flow *flow;
	enum flow_form form;
	bool own_rule; /* the rule comes or goes with it */
};

struct what_if_flows {
	struct what_if_flow *at;
	size_t count, capacity;
};

struct what_if_output {
	const char *name;
	const char *backend;
	struct what_if_flows added;		   /* to open before the change */
	struct what_if_flows removed;		   /* to close after it */
	struct text_list tags_added, tags_removed; /* of rules that stay: "RULE: TAG" */
};

struct what_if {
	struct what_if_change change;
	const struct cloud *cloud;
	struct what_if_names appear, disappear;
	struct what_if_member *gained, *lost;
	size_t gained_count, gained_capacity, lost_count, lost_capacity;
	struct what_if_subnet *subnets;
	size_t subnet_count, subnet_capacity;
	struct what_if_output *outputs;
	size_t output_count, output_capacity;
	struct text_list before, after; /* steps beside the rules */
};

/**
 * what_if_choose() - Understand the change that the options ask for
 *
 * Return: 0, or -1 with the reason in the compilation's diagnostics
 */
int what_if_choose(struct compilation *compilation, struct what_if_change *ret_change);

/**
 * what_if_make() - Rehearse it
 *
 * The compilation's spec and intent are those of after the change then.
 */
int what_if_make(struct compilation *compilation, const struct what_if_change *change,
		 struct what_if *ret_what_if);

/** what_if_steps() - What to do in Azure and with the spec, in order */
void what_if_steps(struct what_if *what_if, struct arena *arena);

void what_if_text(const struct what_if *what_if, struct strbuf *out);
void what_if_json(const struct what_if *what_if, struct strbuf *out);

#endif
