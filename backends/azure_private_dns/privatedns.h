/* privatedns.h - The Azure private DNS back end: its functions. */
#ifndef BACKENDS_AZURE_PRIVATE_DNS_PRIVATEDNS_H
#define BACKENDS_AZURE_PRIVATE_DNS_PRIVATEDNS_H

#include <stddef.h>

struct arena;
struct diag;
struct import_input;
struct ruleset;

/** azdns_sniff() - How sure are we that @text holds private DNS zones: 0 to 100 */
int azdns_sniff(const char *text, size_t length);

/**
 * azdns_import() - Read private DNS zones, from Azure's JSON or a script of az commands
 *
 * ARM templates, what "az network private-dns record-set list", PowerShell and REST
 * print, Terraform's JSON, and shell scripts that call "az network private-dns".
 *
 * The path "answer" (backends/answer.h) has one stage, "private DNS": the longest zone
 * decides first, as Azure's DNS takes the zone with the longest name.  In a zone: an
 * admission for each record set, then a refusal of all names at or below the zone, or,
 * where all its links say NxDomainRedirect, no decision about names that it lacks.
 *
 * A record set with the metadata "postern": "X" has the id X, as has one that a command
 * with the comment "postern:X" adds to.
 *
 * Return: 0, or -1 with an error in @diag
 */
int azdns_import(const struct import_input *input, struct arena *arena,
		 struct ruleset **ret_rules, struct diag *diag);

#endif
