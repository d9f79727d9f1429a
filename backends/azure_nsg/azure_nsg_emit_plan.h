/* azure_nsg_emit_plan.h - Security rules with all that their text needs. */
#ifndef BACKENDS_AZURE_NSG_AZURE_NSG_EMIT_PLAN_H
#define BACKENDS_AZURE_NSG_AZURE_NSG_EMIT_PLAN_H

#include <stdint.h>

#include "backends/azure_nsg/azure_nsg_emit.h"

/** struct nsg_texts - Texts of one list */
struct nsg_texts {
	const char **at;
	size_t count, capacity;
};

/**
 * struct nsg_planned - One rule
 * @name:	by its priority: "postern-0200"
 * @tag:	destination: a service tag or "*"; NULL: @destinations are meant
 * @ports:	empty: every one
 */
struct nsg_planned {
	const char *name;
	const char *description;
	const char *access;
	const char *protocol;
	uint32_t priority;
	const char *tag;
	struct nsg_texts sources;
	struct nsg_texts destinations;
	struct nsg_texts ports;
};

struct nsg_plan {
	const struct backend_job *job;
	const char *group;
	struct nsg_planned *rules;
	size_t count;
	struct arena *arena;
	struct diag *diag;
};

/** nsg_make_plan() - Return: 0, or -1 with backend-cannot or backend-limit in the plan's
 * diag */
int nsg_make_plan(struct nsg_plan *plan, const struct chain *chain);

/* The three forms. */
void nsg_put_child_rules(const struct nsg_plan *plan, struct strbuf *out);
void nsg_put_group(const struct nsg_plan *plan, struct strbuf *out);
void nsg_put_terraform(const struct nsg_plan *plan, struct strbuf *out);

#endif
