/* azure_dns_import.c - Reading private DNS zones: which form, and whether there are any.
 */
#include "backends/azure_private_dns/privatedns.h"

#include <string.h>
#include <strings.h>

#include "backends/azure_private_dns/azure_dns_importer.h"
#include "rules/base/arena.h"

/* As sure as the NSG's reader is of security rules: who gives a text with both must say
 * which is meant. */
#define SURE 85
/* Zones without records, in a template of much else. */
#define LIKELY 60

static bool holds(const char *text, size_t length, const char *word)
{
	size_t size = strlen(word);

	for (const char *end = text + length; (size_t)(end - text) >= size; text++) {
		text = memchr(text, word[0], (size_t)(end - text));
		if (!text || (size_t)(end - text) < size)
			return false;
		if (strncasecmp(text, word, size) == 0)
			return true;
	}
	return false;
}

static bool is_json(const char *text, size_t length)
{
	size_t at = 0;

	if (length >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0)
		at = 3;
	while (at < length && text[at] && strchr(" \t\r\n", text[at]))
		at++;
	return at < length && text[at] && strchr("{[/", text[at]);
}

int azdns_sniff(const char *text, size_t length)
{
	static const char *const records[] = {
		"/privateDnsZones/A\"",
		"/privateDnsZones/AAAA\"",
		"/privateDnsZones/CNAME\"",
		"/privateDnsZones/A/",
		"/privateDnsZones/AAAA/",
		"/privateDnsZones/CNAME/",
		"\"aRecords\"",
		"\"aaaaRecords\"",
		"\"azurerm_private_dns_a_rec",
		"\"azurerm_private_dns_aaaa_rec",
		"\"azurerm_private_dns_cname",
	};

	if (!is_json(text, length))
		return holds(text, length, "az network private-dns ") ? 90 : 0;
	for (size_t i = 0; i < ARRAY_SIZE(records); i++)
		if (holds(text, length, records[i]))
			return SURE;
	return holds(text, length, "/privateDnsZones\"") ||
			       holds(text, length, "\"azurerm_private_dns_zone\"")
		       ? LIKELY
		       : 0;
}

static int missing(const struct azdns_importer *importer)
{
	const struct import_file *file = importer->file;

	diag_report(importer->diag, DIAG_AZURE_DNS_NOTHING,
		    (struct span){file->source, 0, file->length ? 1 : 0},
		    "'%s' holds no private DNS zone and no record of one", file->name);
	diag_help(importer->diag,
		  "give an ARM template, what 'az network private-dns record-set list' "
		  "prints, Terraform's JSON, or a script that calls 'az network "
		  "private-dns'");
	return -1;
}

int azdns_import(const struct import_input *input, struct arena *arena,
		 struct ruleset **ret_rules, struct diag *diag)
{
	struct azdns_importer importer = {
		.input = input,
		.file = &input->files[0],
		.rules = ruleset_new(arena),
		.arena = arena,
		.diag = diag,
	};
	bool json = is_json(importer.file->text, importer.file->length);

	if ((json ? azdns_read_json(&importer) : azdns_read_script(&importer)) < 0)
		return -1;
	if (!importer.count)
		return importer.wrong ? -1 : missing(&importer);
	if (!importer.wrong)
		azdns_make_rules(&importer);
	if (importer.wrong)
		return -1;
	*ret_rules = importer.rules;
	return 0;
}
