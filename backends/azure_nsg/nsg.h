/* nsg.h - The Azure NSG back end: its functions. */
#ifndef BACKENDS_AZURE_NSG_NSG_H
#define BACKENDS_AZURE_NSG_NSG_H

#include <stddef.h>

struct arena;
struct diag;
struct import_input;
struct ruleset;

/** nsg_sniff() - How sure are we that @text holds network security groups: 0 to 100 */
int nsg_sniff(const char *text, size_t length);

/**
 * nsg_import() - Read network security groups, from whichever of Azure's JSON
 *
 * ARM templates (inline and child rules, nested deployments), what "az network nsg show",
 * "list", "rule list" and "az network nic list-effective-nsg", PowerShell and REST print,
 * and Terraform's JSON.
 *
 * The paths are "outbound" and "inbound", of packets that open a flow.  A stage is one
 * group's custom rules by priority, and its default rules behind them unless
 * @input->bare; a stage ends undecided.  Two groups are an interface's and its subnet's:
 * both must allow.  When the name of one is not known and they may be one group, an
 * unknown says so, and one more stage has all their rules.  Groups that no one packet
 * passes (more than two, or two of one kind) have paths of their own: "outbound NAME".
 *
 * A rule with the description "postern:X" has the id X.
 *
 * Return: 0, or -1 with an error in @diag
 */
int nsg_import(const struct import_input *input, struct arena *arena,
	       struct ruleset **ret_rules, struct diag *diag);

#endif
