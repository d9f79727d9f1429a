/* azure_nsg_import_test.c - What the reader of security groups makes of Azure's JSON. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "backends/azure_nsg/nsg.h"
#include "backends/backend.h"
#include "rules/base/arena.h"
#include "rules/base/textmap.h"
#include "rules/decide.h"
#include "rules/packet.h"
#include "rules/ruleset_text.h"

struct fixture {
	struct arena *arena;
	struct diag *diag;
	struct ruleset *rules;
	int error;
};

static void read_tags(struct textmap *tags, struct arena *arena)
{
	struct addr_set *set = arena_make(arena, struct addr_set);
	struct prefix prefix;

	assert_int_equal(prefix_parse("20.61.97.128/25", &prefix), PREFIX_OK);
	addr_set_add_prefix(set, &prefix, arena);
	assert_int_equal(prefix_parse("2603:1020::/64", &prefix), PREFIX_OK);
	addr_set_add_prefix(set, &prefix, arena);
	addr_set_normalize(set);
	textmap_put(tags, "azurecontainerregistry.westeurope", set, arena);
}

/* ' stands for ": JSON in C is hard enough to read. */
static struct fixture read_texts(const char *const *texts, size_t count, bool bare)
{
	struct fixture f = {.arena = arena_new()};
	struct import_file files[4];
	struct textmap tags = {0};
	struct import_input input = {.files = files,
				     .file_count = count,
				     .tags = &tags,
				     .bare = bare};

	f.diag = diag_new(f.arena);
	read_tags(&tags, f.arena);
	for (size_t i = 0; i < count; i++) {
		char *text = arena_strdup(f.arena, texts[i]);

		for (char *c = text; *c; c++)
			if (*c == '\'')
				*c = '"';
		files[i] = (struct import_file){.name = "t",
						.text = text,
						.length = strlen(text)};
		files[i].source = diag_add_source(f.diag, "t", text, files[i].length);
	}
	f.error = nsg_import(&input, f.arena, &f.rules, f.diag);
	return f;
}

static struct fixture read_text(const char *text, bool bare)
{
	return read_texts(&text, 1, bare);
}

/* -- rules ----------------------------------------------------------------------------
 */

static const struct {
	const char *properties;
	const char *expect;
} rows[] = {
#define ROW(properties, expect) {properties, expect},
#include "tests/unit/backends/nsg_rows.def"
#undef ROW
};

/* What a row does not give. */
static const struct {
	const char *key, *value;
} defaults[] = {
	{"access", "'Allow'"},
	{"direction", "'Outbound'"},
	{"priority", "100"},
	{"protocol", "'Tcp'"},
	{"sourcePortRange", "'*'"},
	{"destinationPortRange", "'443'"},
	{"sourceAddressPrefix", "'*'"},
	{"destinationAddressPrefix", "'*'"},
};

static void put_properties(struct strbuf *out, const char *given)
{
	const char *comma = *given ? ", " : "";

	strbuf_puts(out, given);
	for (size_t i = 0; i < sizeof(defaults) / sizeof(defaults[0]); i++) {
		char key[64];

		snprintf(key, sizeof(key), "'%s':", defaults[i].key);
		if (strcasestr(given, key))
			continue;
		strbuf_printf(out, "%s%s %s", comma, key, defaults[i].value);
		comma = ", ";
	}
}

/* "#ID: MATCH -> ACTION" of the first rule of a chain */
static void describe(const struct fixture *f, size_t chain, struct strbuf *out)
{
	const struct rule *rule = &f->rules->chains[chain].rules[0];

	assert_true(f->rules->chains[chain].count > 0);
	if (rule->id)
		strbuf_printf(out, "#%s: ", rule->id);
	match_print(&rule->match, out);
	strbuf_printf(out, " -> %s", action_name(rule->action));
}

static void test_rules(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		CLEANUP(strbuf_release) struct strbuf text = {0}, out = {0};
		struct fixture f;

		strbuf_puts(&text, "[{'name': 'g/r', 'type': "
				   "'Microsoft.Network/networkSecurityGroups/"
				   "securityRules', ");
		put_properties(&text, rows[i].properties);
		strbuf_puts(&text, "}]");
		f = read_text(text.text, true);
		if (f.error && rows[i].expect)
			print_error("%s: %s\n", rows[i].properties,
				    diag_message(f.diag, 0)->text);
		if (!f.error && !rows[i].expect)
			print_error("%s: not refused\n", rows[i].properties);
		assert_int_equal(f.error, rows[i].expect ? 0 : -1);
		if (f.error) {
			assert_int_equal(diag_message(f.diag, 0)->code, DIAG_NSG_REFUSED);
		} else {
			describe(&f, 0, &out);
			if (strcmp(strbuf_text(&out), rows[i].expect) != 0)
				print_error("%s\n", rows[i].properties);
			assert_string_equal(strbuf_text(&out), rows[i].expect);
		}
		arena_free(f.arena);
	}
}

/* -- whole texts ----------------------------------------------------------------------
 */

/* All of a text, as "postern import" prints it; @expect may leave out the begin. */
static void reads(const char *text, bool bare, const char *expect)
{
	CLEANUP(strbuf_release) struct strbuf out = {0};
	struct fixture f = read_text(text, bare);

	if (f.error)
		print_error("%s: %s\n", text, diag_message(f.diag, 0)->text);
	assert_int_equal(f.error, 0);
	ruleset_print(f.rules, &out);
	if (!strstr(strbuf_text(&out), expect))
		print_error("%s\n-- %s\n-- is not in\n%s\n", text, expect,
			    strbuf_text(&out));
	assert_non_null(strstr(strbuf_text(&out), expect));
	arena_free(f.arena);
}

static void refuses(const char *text, enum diag_code code, const char *part)
{
	struct fixture f = read_text(text, false);
	const struct diag_message *message = diag_message(f.diag, 0);

	assert_int_equal(f.error, -1);
	assert_int_equal(message->code, code);
	if (!strstr(message->text, part))
		print_error("%s\n", message->text);
	assert_non_null(strstr(message->text, part));
	arena_free(f.arena);
}

#define SCHEMA	  "{'$schema': 'https://x/2019-04-01/deploymentTemplate.json#', "
#define TYPE	  "'type': 'Microsoft.Network/networkSecurityGroups'"
#define RULE_TYPE "'type': 'Microsoft.Network/networkSecurityGroups/securityRules'"
/* A rule of some priority and port, from * to *. */
#define P(priority, port, access, more)                                           \
	"'properties': {'priority': " priority ", 'access': '" access             \
	"', 'direction': 'Outbound', 'protocol': 'Tcp', 'sourcePortRange': '*', " \
	"'destinationPortRange': '" port "', 'sourceAddressPrefix': '*', "        \
	"'destinationAddressPrefix': '*'" more "}"
#define R(name, priority, port, access) \
	"{'name': '" name "', " P(priority, port, access, "") "}"

static void test_templates(void **state)
{
	(void)state;
	/* inline, a child inside, a child beside that stands in front of its group */
	reads(SCHEMA
	      "'resources': [{" RULE_TYPE
	      ", 'name': 'G/c', " P("110", "3", "Deny",
				    "") "}, {" TYPE
					", 'name': 'g', 'properties': {'securityRules': "
					"[" R("a", "120", "1",
					      "Allow") "]}, 'resources': [{'type': "
						       "'securityRules', 'name': "
						       "'b', " P("100", "2", "Allow",
								 "") "}]}]}",
	      true,
	      "chain 0 \"g outbound\"\n"
	      "  rule named \"b\": protocol {tcp} and port {2} -> admit\n"
	      "  rule named \"c\": protocol {tcp} and port {3} -> refuse\n"
	      "  rule named \"a\": protocol {tcp} and port {1} -> admit\n"
	      "chain 1 \"g inbound\"\n");
	/* the child of that name is what Azure has in the end */
	reads(SCHEMA
	      "'resources': [{" TYPE ", 'name': 'g', 'properties': "
	      "{'securityRules': [" R("a", "120", "1",
				      "Allow") "]}}, {" RULE_TYPE
					       ", 'name': 'g/A', " P("130", "2", "Deny",
								     "") "}]}",
	      true,
	      "chain 0 \"g outbound\"\n"
	      "  rule named \"A\": protocol {tcp} and port {2} -> refuse\n"
	      "chain 1");
	/* rules of a group that is elsewhere: no default rules, and an assumption */
	reads(SCHEMA "'resources': [{" RULE_TYPE
		     ", 'name': 'g/a', " P("100", "1", "Allow", "") "}]}",
	      false,
	      "rules 1\n"
	      "assume \"no other rule of the group 'g' decides about these packets "
	      "first\"\n"
	      "path \"outbound\" all when state {new} and not to {168.63.129.16, "
	      "169.254.169.254}\n"
	      "  stage \"g\" chain 0 \"g outbound\" priority 1 end undecided\n"
	      "path \"inbound\" all when state {new}\n"
	      "  stage \"g\" chain 1 \"g inbound\" priority 1 end undecided\n"
	      "chain 0 \"g outbound\"\n"
	      "  rule named \"a\": protocol {tcp} and port {1} -> admit\n"
	      "chain 1 \"g inbound\"\n");
	/* nested deployments, with a parameter of their own */
	reads(SCHEMA "'resources': [{'type': 'Microsoft.Resources/deployments', 'name': "
		     "'d', 'properties': {'expressionEvaluationOptions': {'scope': "
		     "'inner'}, 'parameters': {'p': {'value': 7}}, 'template': "
		     "{'parameters': {'p': {'type': 'int'}}, 'resources': [{" RULE_TYPE
		     ", 'name': 'g/a', " P("100", "[parameters(\\u0027p\\u0027)]",
					   "Allow", "") "}]}}}]}",
	      true, "rule named \"a\": protocol {tcp} and port {7} -> admit\n");
}

#define PARAMETER "[parameters(\\u0027p\\u0027)]"

static void test_unknowns(void **state)
{
	(void)state;
	/* all rules */
	reads(SCHEMA "'resources': [{" TYPE
		     ", 'name': 'g', 'properties': {'securityRules': '" PARAMETER "'}}]}",
	      true,
	      "chain 0 \"g outbound\"\n"
	      "  rule named \"[parameters('p')]\": unknown \"the rules "
	      "[parameters('p')] of 'g' admit it\" -> admit\n"
	      "  rule named \"[parameters('p')]\": unknown \"the rules "
	      "[parameters('p')] of 'g' refuse it\" -> refuse\n"
	      "chain 1");
	/* made by a loop over a property */
	reads(SCHEMA "'resources': [{" TYPE ", 'name': 'g', 'properties': {'copy': "
		     "[{'name': 'securityRules', 'count': 2, 'input': {}}]}}]}",
	      true,
	      "unknown \"the rules [copy 'securityRules' at byte 164] of 'g' admit");
	/* a port, an address and a protocol; the same expression is the same unknown */
	reads(SCHEMA
	      "'resources': [{" RULE_TYPE
	      ", 'name': 'g/a', 'properties': {'priority': 100, 'access': 'Allow', "
	      "'direction': 'Outbound', 'protocol': '" PARAMETER
	      "', 'sourcePortRange': '*', 'destinationPortRanges': ['80', '" PARAMETER
	      "'], 'sourceAddressPrefixes': '" PARAMETER
	      "', 'destinationAddressPrefix': '" PARAMETER "'}}]}",
	      true,
	      "rule named \"a\": unknown \"'to' is an address of [parameters('p')]\" and "
	      "unknown \"'from' is an address of [parameters('p')]\" and unknown "
	      "\"'protocol' is [parameters('p')]\" and one of (protocol {tcp, udp} and "
	      "one of (unknown \"'port' is one of [parameters('p')]\" | port {80}) | not "
	      "protocol {tcp, udp} and unknown \"a rule for ports of any protocol takes "
	      "protocols without ports\") -> admit\n");
	/* access and direction */
	reads(SCHEMA
	      "'resources': [{" RULE_TYPE
	      ", 'name': 'g/a', 'properties': {'priority': 100, 'access': '" PARAMETER
	      "', 'direction': '" PARAMETER
	      "', 'protocol': 'Tcp', 'sourcePortRange': '*', "
	      "'destinationPortRange': '1', 'sourceAddressPrefix': "
	      "'VirtualNetwork', 'destinationAddressPrefix': '*'}}]}",
	      true,
	      "chain 0 \"g outbound\"\n"
	      "  rule named \"a\": protocol {tcp} and port {1} and unknown "
	      "\"[parameters('p')] is Outbound\" and unknown \"[parameters('p')] is "
	      "Allow\" -> admit\n"
	      "  rule named \"a\": protocol {tcp} and port {1} and unknown "
	      "\"[parameters('p')] is Outbound\" and not unknown \"[parameters('p')] is "
	      "Allow\" -> refuse\n"
	      "chain 1 \"g inbound\"\n"
	      "  rule named \"a\": one of (from {168.63.129.16} | unknown \"'from' is an "
	      "address of service tag virtualnetwork\") and protocol {tcp} and port {1} "
	      "and not unknown \"[parameters('p')] is Outbound\" and unknown "
	      "\"[parameters('p')] is Allow\" -> admit\n");
	/* where in the order: in front of all or behind them */
	reads(SCHEMA
	      "'resources': [{" RULE_TYPE
	      ", 'name': 'g/b', " P("200", "2", "Deny",
				    "") "}, {" RULE_TYPE
					", 'name': 'g/a', " P("'" PARAMETER "'", "1",
							      "Allow", "") "}]}",
	      true,
	      "chain 0 \"g outbound\"\n"
	      "  rule named \"a\": protocol {tcp} and port {1} and unknown \"rule 'a' at "
	      "byte 366 of 'g', priority [parameters('p')], is the first that matches\" "
	      "-> admit\n"
	      "  rule named \"b\": protocol {tcp} and port {2} -> refuse\n"
	      "  rule named \"a\": protocol {tcp} and port {1} -> admit\n"
	      "chain 1");
	/* conditions: of a rule, of a group */
	reads(SCHEMA
	      "'resources': [{" RULE_TYPE ", 'name': 'g/a', 'condition': '" PARAMETER
	      "', " P("100", "1", "Allow",
		      "") "}, {" RULE_TYPE ", 'name': 'g/b', 'condition': "
			  "'[not(parameters(\\u0027p\\u0027))]', " P("100", "2", "Allow",
								     "") "}]}",
	      true,
	      "  rule named \"a\": protocol {tcp} and port {1} and unknown \"condition "
	      "[parameters('p')]\" -> admit\n"
	      "  rule named \"b\": protocol {tcp} and port {2} and unknown \"condition "
	      "[not(parameters('p'))]\" -> admit\n");
	reads(SCHEMA
	      "'resources': [{" TYPE ", 'name': 'g', 'condition': '" PARAMETER
	      "', 'properties': {}}, {" RULE_TYPE
	      ", 'name': 'h/a', 'condition': false, " P("100", "1", "Allow", "") "}]}",
	      true,
	      "end undecided when unknown \"condition [parameters('p')]\"\n"
	      "path \"inbound\"");
	/* a rule for each turn of a loop */
	reads(SCHEMA "'resources': [{" RULE_TYPE
		     ", 'name': '[concat(\\u0027g/r\\u0027, copyIndex())]', 'copy': "
		     "{'name': 'l', 'count': 3}, " P("'[add(100, copyIndex())]'", "1",
						     "Allow", "") "}]}",
	      true,
	      "chain 0 \"g outbound\"\n"
	      "  rule named \"r[copyIndex() of the loop at byte 75]\": protocol {tcp} "
	      "and "
	      "port {1} and unknown \"the loop at byte 75 of 'g' makes a rule that "
	      "matches\" and unknown \"rule 'r[copyIndex() of the loop at byte 75]' at "
	      "byte 75 of 'g', priority [add(100, copyIndex() of the loop at byte 75)], "
	      "is the first that matches\" -> admit\n");
}

static void test_plain(void **state)
{
	(void)state;
	/* the default rules are there although nobody printed them */
	reads("{" TYPE ", 'name': 'g', 'securityRules': [], 'subnets': null}", false,
	      "chain 1 \"g inbound\"\n"
	      "  rule named \"AllowVnetInBound\": one of (from {168.63.129.16} | unknown "
	      "\"'from' is an address of service tag virtualnetwork\") -> admit\n"
	      "  rule named \"AllowAzureLoadBalancerInBound\": from {168.63.129.16} -> "
	      "admit\n"
	      "  rule named \"DenyAllInBound\": any -> refuse\n");
	reads("{" TYPE ", 'name': 'g', 'securityRules': []}", true,
	      "chain 0 \"g outbound\"\nchain 1 \"g inbound\"\n");
	/* PowerShell: no type, capital letters, lists */
	reads("{'Name': 'g', 'SecurityRules': [{'Name': 'a', 'Protocol': 'TCP', "
	      "'SourcePortRange': ['*'], 'DestinationPortRange': ['1', '2'], "
	      "'SourceAddressPrefix': ['*'], 'DestinationAddressPrefix': ['10.0.0.0/8'], "
	      "'Access': 'Allow', 'Priority': 100, 'Direction': 'Outbound'}], "
	      "'DefaultSecurityRules': [], 'NetworkInterfaces': []}",
	      true,
	      "  rule named \"a\": to {10.0.0.0/8} and protocol {tcp} and port {1-2} -> "
	      "admit\n");
	/* "rule list" has all custom rules of a group */
	reads("[{'id': '/subscriptions/s/resourceGroups/r/providers/Microsoft.Network/"
	      "networkSecurityGroups/g/securityRules/a', 'name': 'a', " RULE_TYPE
	      ", " P("100", "1", "Allow", "") "}]",
	      false,
	      "chain 0 \"g outbound\"\n"
	      "  rule named \"a\": protocol {tcp} and port {1} -> admit\n"
	      "  rule named \"AllowVnetOutBound\":");
}

#define EFFECTIVE(where, rules)                                                        \
	"{'association': {'" where "': {'id': '/x'}}, 'networkSecurityGroup': {'id': " \
	"'/y/networkSecurityGroups/of-" where "'}, 'effectiveSecurityRules': [" rules  \
	"]}"
#define EFFECTIVE_RULE(name, to, more)                                             \
	"{'name': '" name "', 'protocol': 'All', 'sourcePortRange': '0-65535', "   \
	"'destinationPortRange': '443-443', 'sourceAddressPrefix': '0.0.0.0/0', "  \
	"'sourceAddressPrefixes': ['0.0.0.0/0'], 'destinationAddressPrefix': '" to \
	"', 'access': 'Allow', 'priority': 100, 'direction': 'Outbound'" more "}"

static void test_effective(void **state)
{
	(void)state;
	/* inbound the subnet's group comes first, outbound the interface's */
	reads("{'value': [" EFFECTIVE("subnet", "") ", " EFFECTIVE(
		      "networkInterface", "") ", " EFFECTIVE("networkManager", "") "]}",
	      true,
	      "assume \"security admin rules let the packets pass (those of the text are "
	      "not read)\"\n"
	      "assume \"a packet passes both groups, 'of-subnet' and "
	      "'of-networkInterface': one is the interface's, one the subnet's\"\n");
	reads("{'value': [" EFFECTIVE("subnet", "") ", " EFFECTIVE("networkInterface",
								   "") "]}",
	      true,
	      "path \"outbound\" all when state {new} and not to {168.63.129.16, "
	      "169.254.169.254}\n"
	      "  stage \"of-networkInterface\" chain 0 \"of-networkInterface outbound\" "
	      "priority 1 end undecided\n"
	      "  stage \"of-subnet\" chain 1 \"of-subnet outbound\" priority 2 end "
	      "undecided\n"
	      "path \"inbound\" all when state {new}\n"
	      "  stage \"of-subnet\" chain 2 \"of-subnet inbound\" priority 1 end "
	      "undecided\n");
	/* what Azure made of a tag, and what it says of IPv4 alone */
	reads("{'value': [" EFFECTIVE(
		      "subnet",
		      EFFECTIVE_RULE("securityRules/a", "Storage",
				     ", 'expandedDestinationAddressPrefix': "
				     "['192.0.2.0/24'], 'expandedSourceAddressPrefix': "
				     "null")) "]}",
	      true,
	      "  rule named \"a\": one of (family {ipv6} and one of (unknown \"'to' is "
	      "an "
	      "address of service tag storage\") | to {192.0.2.0/24}) and one of (family "
	      "{ipv6} and unknown \"0.0.0.0/0 of an effective rule stands for IPv6 too\" "
	      "| from {0.0.0.0/0}) and one of (protocol {tcp, udp} and port {443} |");
	reads("{'value': [" EFFECTIVE(
		      "subnet", EFFECTIVE_RULE("defaultSecurityRules/b", "Internet",
					       ", 'expandedDestinationAddressPrefix': "
					       "['1.0.0.0/8', '2000::/3']")) "]}",
	      true, "  rule named \"b\": to {1.0.0.0/8, 2000::/3} and");
}

static void test_groups(void **state)
{
	const char *texts[] =
		{"{" TYPE ", 'name': 'a', 'securityRules': [], 'subnets': [{'id': 'x'}]}",
		 "{" TYPE ", 'name': 'b', 'securityRules': [], 'networkInterfaces': [1]}",
		 "{'no': 'rules'}"};
	struct fixture f = read_texts(texts, 3, true);

	(void)state;
	/* two files: an interface's group and its subnet's */
	assert_int_equal(f.error, 0);
	assert_int_equal(f.rules->path_count, 2);
	assert_int_equal(f.rules->paths[0].count, 2);
	assert_string_equal(f.rules->paths[0].stages[0].label, "b");
	assert_string_equal(f.rules->paths[1].stages[0].label, "a");
	arena_free(f.arena);
	/* two groups of subnets: no packet passes both */
	reads(SCHEMA
	      "'resources': [{" TYPE ", 'name': 'a'}, {" TYPE
	      ", 'name': 'b'}, {'type': 'Microsoft.Network/virtualNetworks', "
	      "'name': 'v', 'properties': {'subnets': [{'properties': "
	      "{'networkSecurityGroup': {'id': "
	      "'[resourceId(\\u0027Microsoft.Network/networkSecurityGroups\\u0027, "
	      "\\u0027a\\u0027)]'}}}, {'properties': {'networkSecurityGroup': "
	      "{'id': '[resourceId(\\u0027Microsoft.Network/"
	      "networkSecurityGroups\\u0027, \\u0027B\\u0027)]'}}}]}}]}",
	      true, "path \"outbound b\" all");
	/* three: each is asked about alone */
	reads("[{" TYPE ", 'name': 'a'}, {" TYPE ", 'name': 'b'}, {" TYPE
	      ", 'name': 'a', "
	      "'id': '/r/networkSecurityGroups/a'}]",
	      true, "path \"inbound a #2\" all");
}

/* A group whose name is not known may be the group beside it. */
static void test_open_groups(void **state)
{
#define TERRAFORM_RULE(label, name, group, priority)                               \
	"'" label "': {'name': '" name "', 'network_security_group_name': '" group \
	"', 'priority': " priority ", 'direction': 'Outbound', 'access': 'Deny', " \
	"'protocol': '*', 'source_port_range': '*', 'destination_port_range': "    \
	"'*', 'source_address_prefix': '*', 'destination_address_prefix': '*'}"
#define TERRAFORM(rules) "{'resource': {'azurerm_network_security_rule': {" rules "}}}"
	(void)state;
	reads(TERRAFORM(TERRAFORM_RULE("x", "a", "g",
				       "300") ", " TERRAFORM_RULE("y", "b", "${var.nsg}",
								  "200")),
	      true,
	      "  stage \"g\" chain 0 \"g outbound\" priority 1 end undecided when not "
	      "unknown \"'g' and '${var.nsg}' are one group\"\n");
	reads(TERRAFORM(TERRAFORM_RULE("x", "a", "g",
				       "300") ", " TERRAFORM_RULE("y", "b", "${var.nsg}",
								  "200")),
	      true,
	      "chain 2 \"g and ${var.nsg} as one outbound\"\n"
	      "  rule named \"b\": any -> refuse\n"
	      "  rule named \"a\": any -> refuse\n");
	/* of two rules of one name, one stays */
	reads(TERRAFORM(TERRAFORM_RULE("x", "a", "g",
				       "300") ", " TERRAFORM_RULE("y", "A", "${var.nsg}",
								  "200")),
	      true,
	      "chain 2 \"g and ${var.nsg} as one outbound\"\n"
	      "  rule named \"A\": unknown \"condition 'A' of '${var.nsg}' stays beside "
	      "the "
	      "other group's\" -> refuse\n"
	      "  rule named \"a\": unknown \"condition 'a' of 'g' stays beside the other "
	      "group's\" -> refuse\n");
	/* two names that are known are two groups, and so are two definitions */
	reads(TERRAFORM(TERRAFORM_RULE("x", "a", "g",
				       "300") ", " TERRAFORM_RULE("y", "b", "h", "200")),
	      true, "  stage \"g\" chain 0 \"g outbound\" priority 1 end undecided\n");
	reads(SCHEMA "'resources': [{" TYPE ", 'name': 'g'}, {" TYPE
		     ", 'name': '[parameters(\\u0027x\\u0027)]'}]}",
	      true, "  stage \"g\" chain 0 \"g outbound\" priority 1 end undecided\n");
	/* three are asked about alone, which must be believed then */
	reads(TERRAFORM(TERRAFORM_RULE("x", "a", "g", "300") ", " TERRAFORM_RULE(
		      "y", "b", "${var.nsg}", "200") ", " TERRAFORM_RULE("z", "c", "h",
									 "100")),
	      true, "assume \"'${var.nsg}' is none of the other groups\"\n");
}

static void test_terraform(void **state)
{
	(void)state;
	reads("{'resource': {'azurerm_network_security_group': {'x': {'name': 'g', "
	      "'security_rule': [{'name': 'a', 'priority': 300, 'direction': 'Outbound', "
	      "'access': 'Deny', 'protocol': '*', 'source_port_range': '*', "
	      "'destination_port_range': '*', 'source_address_prefixes': "
	      "['10.0.0.0/8'], 'destination_address_prefix': '*'}]}}, "
	      "'azurerm_network_security_rule': {'y': {'name': 'b', "
	      "'network_security_group_name': "
	      "'${azurerm_network_security_group.x.name}', 'priority': "
	      "200, 'direction': 'Outbound', 'access': 'Allow', 'protocol': 'Tcp', "
	      "'source_port_range': '*', 'destination_port_ranges': ['443'], "
	      "'source_application_security_group_ids': ['${a.b.id}'], "
	      "'destination_address_prefix': '${var.to}'}}}}",
	      true,
	      "chain 0 \"g outbound\"\n"
	      "  rule named \"b\": unknown \"'to' is an address of ${var.to}\" and "
	      "unknown "
	      "\"'from' is an address of application security group ${a.b.id}\" and "
	      "protocol {tcp} and port {443} -> admit\n"
	      "  rule named \"a\": from {10.0.0.0/8} -> refuse\n"
	      "chain 1");
	/* one rule alone is no list; blocks that a loop makes are not known */
	reads("{'resource': [{'azurerm_network_security_group': [{'x': [{'name': 'g', "
	      "'dynamic': {'security_rule': {}}, 'security_rule': {'name': 'a', "
	      "'priority': 300, 'direction': 'Outbound', 'access': 'Deny', 'protocol': "
	      "'*', 'source_port_range': '*', 'destination_port_range': '*', "
	      "'source_address_prefix': '*', 'destination_address_prefix': '*'}}]}]}]}",
	      true, "of 'g' refuse it\" -> refuse\n  rule named \"a\": any -> refuse\n");
	/* which groups are an interface's and a subnet's */
	reads("{'resource': {'azurerm_network_security_group': {'x': {'name': 'a'}, 'y': "
	      "{'name': 'b'}}, 'azurerm_subnet_network_security_group_association': "
	      "{'p': {'network_security_group_id': "
	      "'${azurerm_network_security_group.x.id}'}}, "
	      "'azurerm_network_interface_security_group_association': {'q': "
	      "{'network_security_group_id': "
	      "'${azurerm_network_security_group.y.id}'}}}}",
	      true,
	      "stage \"b\" chain 0 \"b outbound\" priority 1 end undecided\n"
	      "  stage \"a\"");
}

static void test_refused(void **state)
{
	(void)state;
	refuses("{'value': []}", DIAG_NSG_MISSING, "holds no network security group");
	refuses("{'parameters': {}}", DIAG_NSG_MISSING,
		"holds no network security group");
	/* our own text may be without rules */
	reads(SCHEMA "'resources': []}", true,
	      "chain 0 \"no group outbound\"\nchain 1 \"no group inbound\"\n");
	refuses("nothing", DIAG_JSON_SYNTAX, "");
	refuses("{" TYPE
		", 'name': 'g', 'securityRules': [" R("a", "100", "1",
						      "Allow") ", " R("b", "100", "2",
								      "Allow") "]}",
		DIAG_NSG_REFUSED, "rule 'b' has priority 100, as has 'a'");
	refuses("{" TYPE
		", 'name': 'g', 'securityRules': [" R("a", "100", "1",
						      "Allow") ", " R("A", "101", "2",
								      "Allow") "]}",
		DIAG_NSG_REFUSED, "two rules have the name 'A'");
	refuses(SCHEMA "'resources': [{" TYPE ", 'name': 'g'}, {" TYPE ", 'name': 'G'}]}",
		DIAG_NSG_REFUSED, "the group 'G' is defined twice");
	refuses("{" TYPE ", 'name': 'g', 'Name': 'h'}", DIAG_DUPLICATE_KEY,
		"stands twice");
}

/* Every mistake of a text is told in one run. */
static void test_all_told(void **state)
{
	struct fixture f =
		read_text("{" TYPE ", 'name': 'g', 'securityRules': [" R(
				  "a", "1", "1", "Allow") ", " R("b", "100", "x",
								 "Allow") "]}",
			  true);

	(void)state;
	assert_int_equal(f.error, -1);
	assert_int_equal(diag_errors(f.diag), 2);
	arena_free(f.arena);
}

/* -- packets through VirtualNetwork and Internet ---------------------------------------
 */

/* What TCP to an address may meet on a path: letters of A(dmit), R(efuse), U(ndecided).
 */
static const char *letters(const struct fixture *f, const char *path, enum field field,
			   const char *address, char text[4])
{
	CLEANUP(diagram_cleanup) struct diagram *diagram = NULL;
	struct space *space = space_new(f->arena);
	struct match match = {0};
	struct addr_set set = {0};
	struct prefix prefix;
	struct decisions *decisions;
	struct decision decision;
	size_t count = 0;

	assert_int_equal(prefix_parse(address, &prefix), PREFIX_OK);
	addr_set_add_prefix(&set, &prefix, f->arena);
	match_addrs(&match, field, &set, f->arena);
	match_family(&match, prefix.family, f->arena);
	match_number(&match, FIELD_PROTOCOL, PROTOCOL_TCP, PROTOCOL_TCP, f->arena);
	space_add_ruleset(space, f->rules);
	assert_int_equal(space_seal(space), 0);
	diagram = diagram_new(space, DIAGRAM_DEFAULT_EDGES);
	decisions = decisions_new(diagram, f->arena);
	assert_int_equal(decide(decisions, f->rules, ruleset_find_path(f->rules, path),
				DECIDE_BY_VERDICT, &decision, f->diag),
			 0);
	for (size_t i = 0; i < 3; i++) {
		static const enum verdict verdicts[] = {VERDICT_ADMIT, VERDICT_REFUSE,
							VERDICT_UNDECIDED};
		struct pset met =
			decisions_select(decisions, decision, 1u << verdicts[i]);

		if (!pset_is_empty(
			    pset_intersect(diagram, met, pset_match(diagram, &match))))
			text[count++] = "ARU"[i];
	}
	text[count] = '\0';
	return text;
}

/* Custom rules of a group that lets registries be reached and denies the Internet. */
#define CLOSED                                                                           \
	"{" TYPE ", 'name': 'g', 'securityRules': [{'name': 'a', 'properties': "         \
	"{'priority': 100, 'access': 'Allow', 'direction': 'Outbound', 'protocol': "     \
	"'Tcp', 'sourcePortRange': '*', 'destinationPortRange': '*', "                   \
	"'sourceAddressPrefix': 'VirtualNetwork', 'destinationAddressPrefix': "          \
	"'AzureContainerRegistry.WestEurope'}}, {'name': 'b', 'properties': "            \
	"{'priority': 200, 'access': 'Deny', 'direction': 'Outbound', 'protocol': '*', " \
	"'sourcePortRange': '*', 'destinationPortRange': '*', "                          \
	"'sourceAddressPrefix': '*', 'destinationAddressPrefix': 'Internet'}}]}"

static void test_default_rules(void **state)
{
	static const struct {
		const char *text, *path;
		enum field field;
		const char *address, *expect;
	} questions[] = {
		/* the default rules leave all open: in the network or outside of it */
		{"{" TYPE ", 'name': 'g', 'securityRules': []}", "outbound",
		 FIELD_DESTINATION, "93.184.216.34", "A"},
		{"{" TYPE ", 'name': 'g', 'securityRules': []}", "outbound",
		 FIELD_DESTINATION, "2001:db8::1", "A"},
		/* a private address outside of it is on no page */
		{"{" TYPE ", 'name': 'g', 'securityRules': []}", "outbound",
		 FIELD_DESTINATION, "10.0.0.1", "AR"},
		{"{" TYPE ", 'name': 'g', 'securityRules': []}", "inbound", FIELD_SOURCE,
		 "93.184.216.34", "AR"},
		{"{" TYPE ", 'name': 'g', 'securityRules': []}", "inbound", FIELD_SOURCE,
		 "168.63.129.16", "A"},
		{CLOSED, "outbound", FIELD_DESTINATION, "20.61.97.130", "A"},
		/* denying the Internet is not enough: a default route makes all
		 * VirtualNetwork
		 */
		{CLOSED, "outbound", FIELD_DESTINATION, "20.61.98.1", "AR"},
		/* what passes by */
		{CLOSED, "outbound", FIELD_DESTINATION, "168.63.129.16", ""},
		{CLOSED, "outbound", FIELD_DESTINATION, "169.254.169.254", ""},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(questions) / sizeof(questions[0]); i++) {
		struct fixture f = read_text(questions[i].text, false);
		char text[4];

		assert_int_equal(f.error, 0);
		letters(&f, questions[i].path, questions[i].field, questions[i].address,
			text);
		if (strcmp(text, questions[i].expect) != 0)
			print_error("%s %s\n", questions[i].path, questions[i].address);
		assert_string_equal(text, questions[i].expect);
		arena_free(f.arena);
	}
}

static void test_sniff(void **state)
{
	const char *sure[] = {
		"\xef\xbb\xbf // c\n {\"securityrules\": []}",
		"[{\"type\": \"Microsoft.Network/networkSecurityGroups/securityRules\"}]",
		"{\"resource\": {\"azurerm_network_security_rule\": {}}}",
		"{\"value\": [{\"effectiveSecurityRules\": []}]}",
		"{\"direction\": \"Outbound\", \"destinationPortRange\": \"*\"}",
	};
	const char *never[] = {"",
			       " ",
			       "{",
			       "table inet x { # \"securityRules\"",
			       "{\"changeNumber\": 5, \"values\": []}",
			       "\xef\xbb\xbf"};

	(void)state;
	for (size_t i = 0; i < sizeof(sure) / sizeof(sure[0]); i++)
		assert_true(nsg_sniff(sure[i], strlen(sure[i])) > 50);
	for (size_t i = 0; i < sizeof(never) / sizeof(never[0]); i++)
		assert_int_equal(nsg_sniff(never[i], strlen(never[i])), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rules),	      cmocka_unit_test(test_templates),
		cmocka_unit_test(test_unknowns),      cmocka_unit_test(test_plain),
		cmocka_unit_test(test_effective),     cmocka_unit_test(test_groups),
		cmocka_unit_test(test_open_groups),   cmocka_unit_test(test_terraform),
		cmocka_unit_test(test_refused),	      cmocka_unit_test(test_all_told),
		cmocka_unit_test(test_default_rules), cmocka_unit_test(test_sniff),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
