/* azure_firewall.h - The Azure Firewall back end: its functions. */
#ifndef BACKENDS_AZURE_FIREWALL_H
#define BACKENDS_AZURE_FIREWALL_H

#include <stddef.h>

struct arena;
struct diag;
struct import_input;
struct ruleset;

/**
 * azure_firewall_sniff() - How sure are we that @text holds rules of Azure Firewall
 *
 * A template that holds security groups as well is ours: what they let out meets the
 * firewall, and what the firewall refuses they cannot let out.
 *
 * Return: 0 to 100
 */
int azure_firewall_sniff(const char *text, size_t length);

/**
 * azure_firewall_import() - Read policies and classic firewalls, in any of Azure's forms
 *
 * ARM templates, what the REST interface, az and PowerShell print, and Terraform's JSON.
 * Further files hold what the first refers to: IP groups, the parent policy, more rule
 * collection groups of the policy.
 *
 * The path is "egress"; where the first file has several policies or firewalls with
 * rules, one path for each: "egress NAME".  Its stages are "network rules", "application
 * rules" and "default".  A rule with the description "postern:X" has the id X; names are
 * "COLLECTION/RULE".
 *
 * Return: 0, or -1 with an error in @diag
 */
int azure_firewall_import(const struct import_input *input, struct arena *arena,
			  struct ruleset **ret_rules, struct diag *diag);

#endif
