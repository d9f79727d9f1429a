/* azure_firewall_import_test.c - What the reader of Azure's documents makes of rules. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "backends/azure_firewall/azure_firewall.h"
#include "backends/backend.h"
#include "rules/base/arena.h"
#include "rules/base/textmap.h"
#include "rules/ruleset_text.h"

struct fixture {
	struct arena *arena;
	struct diag *diag;
	struct textmap tags, names;
	struct ruleset *rules;
	int error;
};

/* JSON in C is easier to read with ` for ". */
static char *quoted(struct arena *arena, const char *text)
{
	char *copy = arena_strdup(arena, text);

	for (char *c = copy; *c; c++)
		if (*c == '`')
			*c = '"';
	return copy;
}

static struct addr_set *addresses(struct arena *arena, const char *text)
{
	struct addr_set *set = arena_make(arena, struct addr_set);
	struct prefix prefix;

	assert_int_equal(prefix_parse(text, &prefix), PREFIX_OK);
	addr_set_add_prefix(set, &prefix, arena);
	return set;
}

static struct fixture begin(void)
{
	struct fixture f = {.arena = arena_new()};

	f.diag = diag_new(f.arena);
	textmap_put(&f.tags, "azurecontainerregistry",
		    addresses(f.arena, "198.51.100.0/24"), f.arena);
	textmap_put(&f.names, "contoso.azurecr.io", addresses(f.arena, "10.1.2.4"),
		    f.arena);
	return f;
}

static void end(struct fixture *f)
{
	arena_free(f->arena);
}

/* Each text in memory of its own size, so that a sanitizer sees a byte read too much. */
static void import_files(struct fixture *f, const char *const *texts)
{
	struct import_file files[4] = {0};
	struct import_input input = {.files = files,
				     .tags = &f->tags,
				     .names = &f->names};

	for (; texts[input.file_count]; input.file_count++) {
		const char *text = quoted(f->arena, texts[input.file_count]);
		struct import_file *file = &files[input.file_count];
		char *copy;

		file->length = strlen(text);
		copy = malloc(file->length + !file->length);
		memcpy(copy, text, file->length);
		file->name = "test.json";
		file->text = copy;
		file->source = diag_add_source(f->diag, file->name, copy, file->length);
	}
	f->rules = NULL;
	f->error = azure_firewall_import(&input, f->arena, &f->rules, f->diag);
	assert_int_equal(f->error == 0, f->rules != NULL);
	assert_int_equal(f->error == 0, diag_errors(f->diag) == 0);
	for (size_t i = 0; i < input.file_count; i++)
		free((void *)(uintptr_t)files[i].text);
}

static void import(struct fixture *f, const char *text)
{
	import_files(f, (const char *const[]){text, NULL});
	if (f->error)
		print_error("%s\n%s\n", text, diag_message(f->diag, 0)->text);
	assert_int_equal(f->error, 0);
}

/* -- matches ------------------------------------------------------------------------- */

/* A template of one rule; "r" of collection "c" of group "g" of policy "p". */
#define ONE_RULE                                                                         \
	"{`$schema`:`deploymentTemplate.json`,`resources`:[{`type`:`Microsoft.Network/"  \
	"firewallPolicies/ruleCollectionGroups`,`name`:`p/"                              \
	"g`,`properties`:{`priority`:100,"                                               \
	"`ruleCollections`:[{`ruleCollectionType`:`FirewallPolicyFilterRuleCollection`," \
	"`name`:`c`,`priority`:100,`action`:{`type`:`Allow`},`rules`:[{`ruleType`:`%s`," \
	"`name`:`r`,%s}]}]}},"                                                           \
	"{`type`:`Microsoft.Network/ipGroups`,`name`:`Few`,`properties`:{`ipAddresses`:" \
	"[`10.0.0.4/30`,`10.0.0.1`]}},"                                                  \
	"{`type`:`microsoft.network/ipgroups`,`name`:`odd`,`properties`:{`ipAddresses`:" \
	"[`10.0.1.1`,`[parameters('y')]`]}}]}"

static void check_row(const char *type, const char *fields, const char *expected,
		      size_t chain)
{
	CLEANUP(strbuf_release) struct strbuf text = {0};
	struct fixture f = begin();

	import(&f, arena_printf(f.arena, ONE_RULE, type, fields));
	assert_int_equal(f.rules->chains[chain].count, 1);
	assert_int_equal(f.rules->chains[!chain].count, 0);
	match_print(&f.rules->chains[chain].rules[0].match, &text);
	expected = quoted(f.arena, expected);
	if (strcmp(strbuf_text(&text), expected) != 0)
		fail_msg("%s\ngives %s\nnot   %s", fields, strbuf_text(&text), expected);
	assert_int_equal(f.rules->chains[chain].rules[0].action, ACTION_ADMIT);
	assert_string_equal(f.rules->chains[chain].rules[0].name, "c/r");
	end(&f);
}

static const struct row {
	const char *fields, *match;
	bool application;
} rows[] = {
#define NETWORK(fields, match)	   {fields, match, false},
#define APPLICATION(fields, match) {fields, match, true},
#include "tests/unit/backends/azure_firewall_rows.def"
};

static void rules_match(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		check_row(rows[i].application ? "ApplicationRule" : "NetworkRule",
			  rows[i].fields, rows[i].match, rows[i].application);
}

/* -- whole texts --------------------------------------------------------------------- */

/* The rules of a chain: "NAME:ACTION", with "?" behind a rule that tests an unknown. */
static void expect_chain(const struct fixture *f, size_t index, const char *expected)
{
	CLEANUP(strbuf_release) struct strbuf text = {0};
	const struct chain *chain = &f->rules->chains[index];

	for (size_t i = 0; i < chain->count; i++) {
		const struct rule *rule = &chain->rules[i];
		size_t unknowns = 0;

		for (size_t j = 0; j < rule->match.count; j++)
			unknowns += rule->match.terms[j].kind == TERM_UNKNOWN;
		strbuf_printf(&text, "%s%s:%s", i ? " " : "", rule->name,
			      action_name(rule->action));
		for (size_t j = 0; j < unknowns; j++)
			strbuf_putc(&text, '?');
	}
	if (strcmp(strbuf_text(&text), expected) != 0)
		fail_msg("chain %zu: %s\nnot: %s", index, strbuf_text(&text), expected);
}

static void expect_assumed(const struct fixture *f, const char *part)
{
	for (size_t i = 0; i < f->rules->assumption_count; i++)
		if (strstr(f->rules->assumptions[i], part))
			return;
	for (size_t i = 0; i < f->rules->assumption_count; i++)
		print_error("%s\n", f->rules->assumptions[i]);
	fail_msg("not assumed: %s", part);
}

#define TEMPLATE(resources) \
	"{`$schema`:`deploymentTemplate.json`,`resources`:[" resources "]}"
#define GROUP_TYPE  "`type`:`Microsoft.Network/firewallPolicies/ruleCollectionGroups`,"
#define POLICY_TYPE "`type`:`Microsoft.Network/firewallPolicies`,"
#define GROUP(name, priority, collections)                                    \
	"{" GROUP_TYPE "`name`:`" name "`,`properties`:{`priority`:" priority \
	",`ruleCollections`:[" collections "]}}"
#define COLLECTION(name, priority, action, rules)                                  \
	"{`ruleCollectionType`:`FirewallPolicyFilterRuleCollection`,`name`:`" name \
	"`,`priority`:" priority ",`action`:{`type`:`" action "`},`rules`:[" rules "]}"
#define NETWORK_RULE(name)                                                              \
	"{`ruleType`:`NetworkRule`,`name`:`" name                                       \
	"`,`sourceAddresses`:[`*`],`destinationAddresses`:[`*`],`ipProtocols`:[`TCP`]," \
	"`destinationPorts`:[`443`]}"
#define APPLICATION_RULE(name)                                                          \
	"{`ruleType`:`ApplicationRule`,`name`:`" name                                   \
	"`,`sourceAddresses`:[`*`],`targetFqdns`:[`a.b`],`protocols`:[{`protocolType`:" \
	"`Https`,`port`:443}]}"

static void the_path_has_three_stages(void **state)
{
	CLEANUP(strbuf_release) struct strbuf text = {0};
	struct fixture f = begin();

	(void)state;
	import(&f, TEMPLATE(GROUP("p/g", "100", "")));
	ruleset_print(f.rules, &text);
	assert_non_null(strstr(
		text.text,
		quoted(f.arena,
		       "path `egress` first when state {new}\n"
		       "  stage `network rules` chain 0 `network rules` priority 1 end "
		       "undecided\n"
		       "  stage `application rules` chain 1 `application rules` priority "
		       "2 "
		       "end undecided when protocol {tcp} and application {`http`, "
		       "`https`, "
		       "`mssql`}\n"
		       "  stage `default` chain 2 `default` priority 3 end refuse\n")));
	expect_assumed(&f, "'p' has no parent policy");
	expect_assumed(&f, "'p' has no rule collection groups but those in these files");
	expect_assumed(&f, "infrastructure rule collection");
	end(&f);
}

static void order_is_by_group_and_collection(void **state)
{
	struct fixture f = begin();

	(void)state;
	import(&f,
	       TEMPLATE(GROUP(
		       "p/late", "300",
		       COLLECTION(
			       "c1", "100", "Allow",
			       NETWORK_RULE("n") "," APPLICATION_RULE(
				       "a"))) "," GROUP("p/early", "`200`",
							COLLECTION("c3", "9000", "Deny", NETWORK_RULE("n")) "," COLLECTION(
								"c2", "200", "allow",
								APPLICATION_RULE("a") "," NETWORK_RULE(
									"n1") "," NETWORK_RULE("n2")))));
	expect_chain(&f, 0, "c2/n1:admit c2/n2:admit c3/n:refuse c1/n:admit");
	expect_chain(&f, 1, "c2/a:admit c1/a:admit");
	end(&f);
}

#define PARENT(base)                                                             \
	"{" POLICY_TYPE "`name`:`child`,`properties`:{`basePolicy`:{`id`:`" base \
	"`}}}," GROUP("child/g", "100",                                          \
		      COLLECTION("c", "100", "Allow", NETWORK_RULE("n")))

static void the_parent_comes_first(void **state)
{
	static const char *const base =
		"{`name`:`Base`,`type`:`Microsoft.Network/FirewallPolicies`,"
		"`threatIntelMode`:`Deny`,`ruleCollectionGroups`:[{`id`:`/x/b`}]}";
	static const char *const groups =
		"[{`id`:`/subscriptions/s/resourceGroups/r/providers/Microsoft.Network/"
		"firewallPolicies/base/ruleCollectionGroups/"
		"b`,`name`:`b`,`priority`:60000,"
		"`ruleCollections`:[" COLLECTION("d", "100", "Deny",
						 NETWORK_RULE("n")) "]}]";
	struct fixture f = begin();

	(void)state;
	import(&f,
	       TEMPLATE(PARENT(
		       "/x/firewallPolicies/base") "," GROUP("base/b", "60000",
							     COLLECTION("d", "100",
									"Deny",
									NETWORK_RULE(
										"n")))));
	expect_chain(&f, 0, "d/n:refuse c/n:admit");
	assert_int_equal(f.rules->path_count, 1);
	import_files(&f,
		     (const char *const[]){TEMPLATE(PARENT("/x/firewallPolicies/BASE")),
					   base, groups, NULL});
	assert_int_equal(f.error, 0);
	expect_chain(&f, 0, "d/n:refuse c/n:admit");
	assert_int_equal(f.rules->path_count, 1);
	expect_assumed(&f, "threat intelligence, which 'Base' refuses by");
	import(&f, TEMPLATE(PARENT("/x/firewallPolicies/base")));
	expect_chain(&f, 0, "c/n:admit");
	expect_assumed(&f, "'base', the parent of policy 'child', has no rules");
	/* a circle */
	import(&f, TEMPLATE(PARENT("child")));
	expect_chain(&f, 0, "c/n:admit");
	end(&f);
}

/* A collection whose place is not known stands at its first place as well. */
static void unknown_order_is_an_unknown(void **state)
{
	struct fixture f = begin();

	(void)state;
	import(&f,
	       TEMPLATE(GROUP(
		       "p/g", "100",
		       COLLECTION("c1", "100", "Allow",
				  NETWORK_RULE("n")) "," COLLECTION("c2",
								    "`[parameters('x')]`",
								    "Deny",
								    NETWORK_RULE("n")))));
	expect_chain(&f, 0, "c2/n:refuse? c1/n:admit c2/n:refuse");
	/* of one action: the order is no matter */
	import(&f,
	       TEMPLATE(GROUP(
		       "p/g", "100",
		       COLLECTION("c1", "100", "Allow",
				  NETWORK_RULE("n")) "," COLLECTION("c2",
								    "`[parameters('x')]`",
								    "Allow",
								    NETWORK_RULE("n")))));
	expect_chain(&f, 0, "c1/n:admit c2/n:admit");
	/* a group */
	import(&f,
	       TEMPLATE(
		       GROUP("p/g", "100", COLLECTION("c1", "100", "Allow", NETWORK_RULE("n"))) "," GROUP(
			       "p/h", "`[parameters('x')]`",
			       COLLECTION("c2", "100", "Deny",
					  NETWORK_RULE(
						  "n")) "," COLLECTION("c3", "200",
								       "Allow",
								       NETWORK_RULE(
									       "n")))));
	expect_chain(&f, 0, "c2/n:refuse? c3/n:admit? c1/n:admit c2/n:refuse c3/n:admit");
	/* two of one priority */
	import(&f,
	       TEMPLATE(GROUP(
		       "p/g", "100",
		       COLLECTION("c0", "50", "Deny", NETWORK_RULE("n")) "," COLLECTION(
			       "c1", "100", "Allow",
			       NETWORK_RULE("n")) "," COLLECTION("c2", "100", "Deny",
								 NETWORK_RULE("n")))));
	expect_chain(&f, 0, "c0/n:refuse c2/n:refuse? c1/n:admit c2/n:refuse");
	/* two groups of one priority: all of the one come before all of the other */
	import(&f,
	       TEMPLATE(GROUP(
		       "p/g", "100",
		       COLLECTION("c1", "300", "Allow",
				  NETWORK_RULE(
					  "n"))) "," GROUP("p/h", "100",
							   COLLECTION("c2", "100", "Deny",
								      NETWORK_RULE(
									      "n")))));
	expect_chain(&f, 0, "c2/n:refuse? c1/n:admit c2/n:refuse");
	end(&f);
}

static void unknown_actions_and_rules_are_unknowns(void **state)
{
	struct fixture f = begin();

	(void)state;
	import(&f, TEMPLATE(GROUP("p/g", "100",
				  COLLECTION("c", "100", "[parameters('x')]",
					     NETWORK_RULE("n")))));
	expect_chain(&f, 0, "c/n:admit? c/n:refuse");
	import(&f, TEMPLATE(GROUP("p/g", "100",
				  COLLECTION("c", "100", "Allow",
					     NETWORK_RULE("n") ",`[parameters('x')]`"))));
	expect_chain(&f, 0, "c/n:admit c:admit?");
	expect_chain(&f, 1, "c:admit?");
	import(&f, TEMPLATE(GROUP("p/g", "100", "`[parameters('x')]`")));
	expect_chain(&f, 0, ":admit?? :refuse?");
	expect_chain(&f, 1, ":admit?? :refuse?");
	import(&f, TEMPLATE("{" GROUP_TYPE "`name`:`p/g`,`condition`:`[parameters('x')]`,"
			    "`properties`:{`priority`:1,`ruleCollections`:[" COLLECTION(
				    "c", "100", "Allow", NETWORK_RULE("n")) "]}}"));
	expect_chain(&f, 0, "c/n:admit?");
	import(&f,
	       TEMPLATE("{" GROUP_TYPE "`name`:`p/g`,`condition`:false,"
			"`properties`:{`priority`:1,`ruleCollections`:[" COLLECTION(
				"c", "100", "Deny",
				NETWORK_RULE(
					"n")) "]}}," GROUP("p/h", "2",
							   COLLECTION("c", "100", "Allow",
								      NETWORK_RULE(
									      "n")))));
	expect_chain(&f, 0, "c/n:admit");
	import(&f, TEMPLATE(GROUP("p/g", "100",
				  COLLECTION("c", "100", "Allow",
					     "{`ruleType`:`SomeRule`,`name`:`n`}"))));
	expect_chain(&f, 0, "c/n:admit?");
	expect_chain(&f, 1, "c/n:admit?");
	end(&f);
}

static void translations_are_assumed_away(void **state)
{
	struct fixture f = begin();

	(void)state;
	import(&f,
	       TEMPLATE(
		       GROUP("p/g", "100",
			     "{`ruleCollectionType`:`FirewallPolicyNatRuleCollection`,"
			     "`name`:`d`,`priority`:1,`action`:{`type`:`DNAT`},`rules`:[{"
			     "`ruleType`:`NatRule`,`name`:`n`,`translatedAddress`:"
			     "`10.0.0.1`}]}")));
	expect_chain(&f, 0, "");
	expect_chain(&f, 1, "");
	expect_assumed(&f, "DNAT rules of 'g/d'");
	end(&f);
}

/* -- the other forms ------------------------------------------------------------------
 */

#define CLASSIC_RULES                                                                    \
	"`networkRuleCollections`:[{`name`:`n2`,`properties`:{`priority`:200,`action`:"  \
	"{`type`:`Deny`},`rules`:[{`name`:`r`,`protocols`:[`TCP`,`ICMP`],"               \
	"`sourceAddresses`:[`*`],`destinationAddresses`:[`*`],`destinationPorts`:"       \
	"[`443-444`]}]}},{`name`:`n1`,`properties`:{`priority`:100,`action`:`Allow`,"    \
	"`rules`:[{`name`:`r`,`protocols`:[`UDP`],`sourceAddresses`:[`*`],"              \
	"`destinationAddresses`:[`*`],`destinationPorts`:[`53`]}]}}],"                   \
	"`applicationRuleCollections`:[{`name`:`a`,`properties`:{`priority`:1,`action`:" \
	"{`type`:`Allow`},`rules`:[{`name`:`r`,`protocols`:[{`protocolType`:`Mssql`,"    \
	"`port`:1433}],`sourceAddresses`:[`*`],`targetFqdns`:[`a.b`]}]}}],"              \
	"`natRuleCollections`:[{`name`:`d`,`properties`:{`priority`:1,`action`:{`type`:" \
	"`Dnat`},`rules`:[{`name`:`r`}]}}]"

static void classic_firewalls_are_read(void **state)
{
	struct fixture f = begin();

	(void)state;
	import(&f, TEMPLATE("{`type`:`Microsoft.Network/azureFirewalls`,`name`:`fw`,"
			    "`properties`:{" CLASSIC_RULES "}}"));
	expect_chain(&f, 0, "n1/r:admit n2/r:refuse");
	expect_chain(&f, 1, "a/r:admit");
	expect_assumed(&f, "DNAT rules of 'd'");
	/* flat, as az prints it */
	import(&f, "{`id`:`/subscriptions/s/resourceGroups/g/providers/Microsoft.Network/"
		   "azureFirewalls/fw`,`name`:`fw`," CLASSIC_RULES "}");
	expect_chain(&f, 0, "n1/r:admit n2/r:refuse");
	/* with a policy it has no rules of its own */
	import(&f,
	       TEMPLATE(
		       "{`type`:`Microsoft.Network/azureFirewalls`,`name`:`fw`,"
		       "`properties`:{`firewallPolicy`:{`id`:`/x/firewallPolicies/P`},"
		       "`networkRuleCollections`:[]}}," GROUP("p/g", "100",
							      COLLECTION("c", "1",
									 "Allow",
									 NETWORK_RULE(
										 "n")))));
	expect_chain(&f, 0, "c/n:admit");
	assert_int_equal(f.rules->path_count, 1);
	end(&f);
}

static void plain_forms_are_read(void **state)
{
	static const char *const texts[] = {
		/* REST: one group, no type */
		"{`name`:`g`,`id`:`/subscriptions/s/resourceGroups/r/providers/"
		"Microsoft.Network/firewallPolicies/p/ruleCollectionGroups/"
		"g`,`properties`:"
		"{`size`:`1MB`,`priority`:110,`ruleCollections`:[" COLLECTION(
			"c", "200", "Allow", NETWORK_RULE("n")) "]}}",
		/* REST: a list */
		"{`value`:[{`name`:`g`,`id`:`/subscriptions/s/resourceGroups/r/providers/"
		"Microsoft.Network/firewallPolicies/p/ruleCollectionGroups/"
		"g`,`properties`:"
		"{`priority`:110,`ruleCollections`:[" COLLECTION(
			"c", "200", "Allow", NETWORK_RULE("n")) "]}}],`nextLink`:null}",
		/* az: flat, with what is not there as null or empty */
		"{`etag`:`x`,`name`:`g`,`priority`:110,`ruleCollections`:[{`action`:{`"
		"type`:"
		"`Allow`},`name`:`c`,`priority`:100,`ruleCollectionType`:"
		"`FirewallPolicyFilterRuleCollection`,`rules`:[{`description`:null,"
		"`destinationAddresses`:[`*`],`destinationFqdns`:[],`destinationIpGroups`"
		":[],"
		"`destinationPorts`:[`443`],`ipProtocols`:[`TCP`],`name`:`n`,`ruleType`:"
		"`NetworkRule`,`sourceAddresses`:[`*`],`sourceIpGroups`:[]}]}],`size`:"
		"null,"
		"`type`:`Microsoft.Network/FirewallPolicies/RuleCollectionGroups`}",
		/* PowerShell */
		"{`Name`:`g`,`Id`:`/subscriptions/s/resourceGroups/r/providers/"
		"Microsoft.Network/firewallPolicies/p/ruleCollectionGroups/"
		"g`,`Properties`:"
		"{`Priority`:110,`RuleCollection`:[{`RuleCollectionType`:"
		"`FirewallPolicyFilterRuleCollection`,`Name`:`c`,`Priority`:1,`Action`:"
		"{`Type`:`Allow`},`Rules`:[{`Name`:`n`,`RuleType`:`NetworkRule`,"
		"`Protocols`:[`TCP`],`SourceAddresses`:[`*`],`DestinationAddresses`:[`*`]"
		","
		"`DestinationPorts`:[`443`]}]}]}}",
		/* what groups were called until 2020 */
		"{`name`:`g`,`type`:`Microsoft.Network/firewallPolicies/ruleGroups`,"
		"`properties`:{`priority`:110,`rules`:[{`ruleType`:`"
		"FirewallPolicyFilterRule`,"
		"`name`:`c`,`priority`:1,`action`:{`type`:`Allow`},`ruleConditions`:[{`"
		"name`:"
		"`n`,`ruleConditionType`:`NetworkRuleCondition`,`ipProtocols`:[`TCP`],"
		"`sourceAddresses`:[`*`],`destinationAddresses`:[`*`],`destinationPorts`:"
		"[`443`]}]},{`ruleType`:`FirewallPolicyNatRule`,`name`:`d`,`priority`:2,"
		"`action`:{`type`:`DNAT`}}]}}",
		/* az … collection list: collections alone, rules that do not say their
		   kind */
		"[{`name`:`c`,`priority`:100,`action`:{`type`:`Allow`},`rules`:[{`name`:`"
		"n`,"
		"`ipProtocols`:[`TCP`],`sourceAddresses`:[`*`],`destinationAddresses`:[`*"
		"`],"
		"`destinationPorts`:[`443`]}]}]",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		struct fixture f = begin();

		import(&f, texts[i]);
		expect_chain(&f, 0, "c/n:admit");
		expect_chain(&f, 1, "");
		end(&f);
	}
}

#define TERRAFORM(resources) "{`resource`:{" resources "}}"

static void terraform_is_read(void **state)
{
	struct fixture f = begin();

	(void)state;
	import(&f,
	       TERRAFORM(
		       "`azurerm_firewall_policy_rule_collection_group`:{`x`:{`name`:`g`,"
		       "`firewall_policy_id`:`${azurerm_firewall_policy.q.id}`,"
		       "`priority`:500,`network_rule_collection`:[{`name`:`c1`,"
		       "`priority`:400,`action`:`Deny`,`rule`:{`name`:`r`,`protocols`:"
		       "[`TCP`,`UDP`],`source_ip_groups`:[`${azurerm_ip_group.few.id}`],"
		       "`destination_addresses`:[`192.0.2.1`],`destination_ports`:"
		       "[`80`,`1000-2000`]}},{`name`:`c0`,`priority`:300,`action`:"
		       "`Allow`,`rule`:[{`name`:`r`,`description`:`postern:a/b`,"
		       "`protocols`:[`Any`],`source_addresses`:[`10.0.0.1`],"
		       "`destination_ip_groups`:[`${azurerm_ip_group.gone.id}`],"
		       "`destination_ports`:[`*`]}]}],`application_rule_collection`:"
		       "{`name`:`a`,`priority`:500,`action`:`Allow`,`rule`:[{`name`:`r`,"
		       "`protocols`:[{`type`:`Https`,`port`:443}],`source_addresses`:"
		       "[`10.0.0.1`],`destination_fqdns`:[`*.microsoft.com`]}]},"
		       "`nat_rule_collection`:{`name`:`d`,`priority`:1,`action`:`Dnat`,"
		       "`rule`:{`name`:`r`}}}},"
		       "`azurerm_firewall_policy`:{`q`:{`name`:`fwpol`,`base_policy_id`:"
		       "`/x/firewallPolicies/base`}},"
		       "`azurerm_ip_group`:{`few`:{`name`:`ipg-few`,`cidrs`:"
		       "[`10.0.0.4/30`]}}"));
	assert_int_equal(f.rules->path_count, 1);
	expect_chain(&f, 0, "c0/r:admit? c1/r:refuse");
	expect_chain(&f, 1, "a/r:admit");
	assert_string_equal(f.rules->chains[0].rules[0].id, "a/b");
	assert_true(f.rules->chains[0].rules[1].match.terms[0].kind == TERM_ADDRS);
	expect_assumed(&f, "'base', the parent of policy 'fwpol'");
	/* blocks that are made when it runs */
	import(&f,
	       TERRAFORM("`azurerm_firewall_policy_rule_collection_group`:{`x`:{`name`:"
			 "`g`,`priority`:1,`dynamic`:{`network_rule_collection`:{}},"
			 "`network_rule_collection`:{`name`:`c`,`priority`:1,`action`:"
			 "`Allow`,`dynamic`:{`rule`:{}}}}}"));
	expect_chain(&f, 0,
		     "dynamic:admit??? dynamic:refuse?? c:admit? "
		     "dynamic:admit?? dynamic:refuse?");
	/* classic */
	import(&f,
	       TERRAFORM("`azurerm_firewall_network_rule_collection`:{`x`:{`name`:`c`,"
			 "`azure_firewall_name`:`fw`,`priority`:1,`action`:`Allow`,"
			 "`rule`:[{`name`:`r`,`source_addresses`:[`*`],"
			 "`destination_addresses`:[`*`],`destination_ports`:[`53`],"
			 "`protocols`:[`UDP`]}]}},"
			 "`azurerm_firewall_application_rule_collection`:{`x`:{`name`:"
			 "`a`,`azure_firewall_name`:`fw`,`priority`:1,`action`:`Deny`,"
			 "`rule`:{`name`:`r`,`source_addresses`:[`*`],`target_fqdns`:"
			 "[`a.b`],`protocol`:{`type`:`Http`,`port`:80}}}}"));
	expect_chain(&f, 0, "c/r:admit");
	expect_chain(&f, 1, "a/r:refuse");
	assert_int_equal(f.rules->path_count, 1);
	end(&f);
}

static void several_policies_have_several_paths(void **state)
{
	struct fixture f = begin();

	(void)state;
	import(&f,
	       TEMPLATE(GROUP(
		       "p/g", "1",
		       COLLECTION(
			       "c1", "1", "Allow",
			       NETWORK_RULE(
				       "n"))) "," GROUP("q/g", "1",
							COLLECTION(
								"c2", "1", "Deny",
								NETWORK_RULE(
									"n"))) ","
									       "{" POLICY_TYPE
									       "`name`:`"
									       "empty`,`"
									       "propertie"
									       "s`:{}}"));
	assert_int_equal(f.rules->path_count, 2);
	assert_string_equal(f.rules->paths[0].name, "egress p");
	assert_string_equal(f.rules->paths[1].name, "egress q");
	expect_chain(&f, 0, "c1/n:admit");
	expect_chain(&f, 3, "c2/n:refuse");
	/* alone, a policy without rules refuses everything */
	import(&f, TEMPLATE("{" POLICY_TYPE "`name`:`empty`,`properties`:{"
			    "`intrusionDetection`:{`mode`:`Deny`},`explicitProxy`:"
			    "{`enableExplicitProxy`:true}}}"));
	assert_int_equal(f.rules->path_count, 1);
	assert_string_equal(f.rules->paths[0].name, "egress");
	expect_assumed(&f, "intrusion detection, by which 'empty' refuses");
	expect_assumed(&f, "explicit proxy");
	end(&f);
}

#define IP_GROUP(name, more)                                           \
	"{`type`:`Microsoft.Network/ipGroups`,`name`:`" name "`," more \
	"`properties`:{`ipAddresses`:[`10.0.0.1`]}}"

static void ip_groups_that_are_ambiguous_are_unknown(void **state)
{
	struct fixture f = begin();

	(void)state;
	import(&f,
	       TEMPLATE(IP_GROUP("twice", "") "," IP_GROUP("Twice", "") "," IP_GROUP(
		       "often",
		       "`copy`:{`name`:`x`,`count`:3},") "," GROUP("p/g", "1",
								   COLLECTION(
									   "c", "1",
									   "Allow",
									   "{`ruleType`:`"
									   "NetworkRule`,"
									   "`name`:`r`,`"
									   "sourceIpGroup"
									   "s`:"
									   "[`/x/"
									   "ipGroups/"
									   "twice`],`"
									   "destinationIp"
									   "Groups`:"
									   "[`/x/"
									   "ipGroups/"
									   "often`],`"
									   "ipProtocols`:"
									   "[`Any`],"
									   "`destinationP"
									   "orts`:[`*`]"
									   "}"))));
	assert_int_equal(f.rules->chains[0].count, 1);
	for (unsigned side = 0; side < 2; side++) {
		const struct term *term = &f.rules->chains[0].rules[0].match.terms[side];

		assert_int_equal(term->kind, TERM_CHOICE);
		assert_int_equal(term->choices.count, 2);
		assert_true(addr_set_is_empty(&term->choices.at[0].terms[0].addrs));
		assert_int_equal(term->choices.at[1].terms[0].kind, TERM_UNKNOWN);
	}
	end(&f);
}

static void what_is_no_firewall_is_refused(void **state)
{
	static const struct {
		const char *text;
		enum diag_code code;
	} texts[] = {
		{"{}", DIAG_AZURE_FIREWALL_NOTHING},
		{"[]", DIAG_AZURE_FIREWALL_NOTHING},
		{"1", DIAG_AZURE_FIREWALL_NOTHING},
		{TEMPLATE("{`type`:`Microsoft.Network/virtualNetworks`,`name`:`x`}"),
		 DIAG_AZURE_FIREWALL_NOTHING},
		{TEMPLATE("{`type`:`Microsoft.Network/ipGroups`,`name`:`x`}"),
		 DIAG_AZURE_FIREWALL_NOTHING},
		{"{`name`:`x`},{}", DIAG_JSON_SYNTAX},
		{"", DIAG_JSON_SYNTAX},
		{TEMPLATE(GROUP("p/g", "1", "{`rules`:[],`RULES`:[]}")),
		 DIAG_DUPLICATE_KEY},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		struct fixture f = begin();

		import_files(&f, (const char *const[]){texts[i].text, NULL});
		assert_int_equal(f.error, -1);
		if (diag_message(f.diag, 0)->code != texts[i].code)
			fail_msg("%s: %s", texts[i].text, diag_message(f.diag, 0)->text);
		end(&f);
	}
}

static void sniffing_tells_rules_from_the_rest(void **state)
{
	static const struct {
		const char *text;
		int sure;
	} texts[] = {
		{"", 0},
		{"table inet t {}", 0},
		{"{}", 0},
		{"\"ruleCollections\"", 0},
		{"{`ruleCollections`:[]}", 0},
		{"{`ruleCollections`:[{}]}", 97},
		{"\xef\xbb\xbf {`RULECOLLECTIONS` : `[parameters('x')]`}", 97},
		{"// a template\n{`applicationRuleCollections`:[ {} ]}", 97},
		{"{`applicationRuleCollections`:[ ],`networkRuleCollections`:[]}", 0},
		{"{`type`:`Microsoft.Network/azureFirewalls`}", 70},
		{"[{`id`:`/subscriptions/s/providers/Microsoft.Network/firewallPolicies/"
		 "x`}]",
		 70},
		{TEMPLATE(GROUP("p/g", "1", "{}")), 97},
		{"{`azurerm_firewall_policy_rule_collection_group`:{}}", 97},
		{"{`azurerm_firewall`:{}}", 70},
		{"{`ruleConditionType`:`NetworkRuleCondition`}", 97},
		{"{`type`:`Microsoft.Network/networkSecurityGroups`}", 0},
	};
	struct fixture f = begin();

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		const char *text = quoted(f.arena, texts[i].text);
		int sure = azure_firewall_sniff(text, strlen(text));

		if (sure != texts[i].sure)
			fail_msg("%s: %d", text, sure);
	}
	end(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rules_match),
		cmocka_unit_test(the_path_has_three_stages),
		cmocka_unit_test(order_is_by_group_and_collection),
		cmocka_unit_test(the_parent_comes_first),
		cmocka_unit_test(unknown_order_is_an_unknown),
		cmocka_unit_test(unknown_actions_and_rules_are_unknowns),
		cmocka_unit_test(translations_are_assumed_away),
		cmocka_unit_test(classic_firewalls_are_read),
		cmocka_unit_test(plain_forms_are_read),
		cmocka_unit_test(terraform_is_read),
		cmocka_unit_test(several_policies_have_several_paths),
		cmocka_unit_test(ip_groups_that_are_ambiguous_are_unknown),
		cmocka_unit_test(what_is_no_firewall_is_refused),
		cmocka_unit_test(sniffing_tells_rules_from_the_rest),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
