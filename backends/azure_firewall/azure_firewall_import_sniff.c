/* azure_firewall_import_sniff.c - Does a text hold rules of Azure Firewall? */
#include "backends/azure_firewall/azure_firewall.h"

#include <stdbool.h>
#include <string.h>
#include <strings.h>

#include "rules/base/attr.h"

/* Above the NSG's: what a template's groups let out meets its firewall. */
#define SURE 97
/* Below it: a policy or firewall whose rules are elsewhere. */
#define LIKELY 70

/* Keys that have rules behind them, unless it is an empty list. */
static const char *const keys[] = {
	"ruleCollections",
	"networkRuleCollections",
	"applicationRuleCollections",
	"ruleCollectionType",
	"ruleConditionType",
	"azurerm_firewall_policy_rule_collection_group",
	"azurerm_firewall_network_rule_collection",
	"azurerm_firewall_application_rule_collection",
};

/* Types, as they stand in ids too. */
static const char *const types[] = {
	"Microsoft.Network/firewallPolicies",
	"Microsoft.Network/azureFirewalls",
	"azurerm_firewall",
};

static const char *skip_blanks(const char *at, const char *end)
{
	while (at < end && *at && strchr(" \t\r\n", *at))
		at++;
	return at;
}

static bool begins(const char *at, const char *end, const char *word)
{
	size_t length = strlen(word);

	return (size_t)(end - at) >= length && strncasecmp(at, word, length) == 0;
}

static bool is_empty_list(const char *at, const char *end)
{
	at = skip_blanks(at, end);
	if (at == end || *at != ':')
		return false;
	at = skip_blanks(at + 1, end);
	if (at == end || *at != '[')
		return false;
	at = skip_blanks(at + 1, end);
	return at < end && *at == ']';
}

/* @at: behind a quote */
static bool is_key(const char *at, const char *end)
{
	for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
		const char *behind = at + strlen(keys[i]);

		if (begins(at, end, keys[i]) && behind < end && *behind == '"')
			return !is_empty_list(behind + 1, end);
	}
	return false;
}

static bool is_type(const char *at, const char *end)
{
	for (size_t i = 0; i < ARRAY_SIZE(types); i++)
		if (begins(at, end, types[i]))
			return true;
	return false;
}

int azure_firewall_sniff(const char *text, size_t length)
{
	const char *end = text + length;
	int sure = 0;

	if (length >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0)
		text += 3;
	text = skip_blanks(text, end);
	if (text == end || !strchr("{[/", *text))
		return 0;
	for (; text < end; text++) {
		if (*text != '"' && *text != '/')
			continue;
		if (*text == '"' && is_key(text + 1, end))
			return SURE;
		if (is_type(text + 1, end))
			sure = LIKELY;
	}
	return sure;
}
