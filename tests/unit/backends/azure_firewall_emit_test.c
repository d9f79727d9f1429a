/* azure_firewall_emit_test.c - What is written for Azure Firewall, field by field. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "backends/azure_firewall/azure_firewall_emit.h"
#include "backends/json.h"
#include "rules/base/arena.h"
#include "rules/base/textmap.h"
#include "rules/ruleset_text.h"

struct fixture {
	struct arena *arena;
	struct diag *diag;
	struct ruleset *rules;
	struct artifact_list artifacts;
	struct doc *doc;
	int error;
};

static struct fixture begin(void)
{
	struct fixture f = {.arena = arena_new()};

	f.diag = diag_new(f.arena);
	return f;
}

static void end(struct fixture *f)
{
	artifact_list_release(&f->artifacts);
	arena_free(f->arena);
}

#define STAGES                                                           \
	"rules 1\n"                                                      \
	"path \"egress\" first when state {new}\n"                       \
	"stage chain 0 \"network rules\" priority 0 end undecided\n"     \
	"stage chain 1 \"application rules\" priority 1 end undecided\n" \
	"stage chain 2 \"default\" priority 2 end refuse\n"

static void read_rules(struct fixture *f, const char *network, const char *application)
{
	const char *text = arena_printf(f->arena,
					STAGES "chain 0 \"network rules\"\n%s\n"
					       "chain 1 \"application rules\"\n%s\n"
					       "chain 2 \"default\"\n",
					network, application);
	int error = ruleset_read(text, strlen(text),
				 diag_add_source(f->diag, "t", text, strlen(text)),
				 f->arena, &f->rules, f->diag);

	if (error)
		print_error("%s\n%s\n", text, diag_message(f->diag, 0)->text);
	assert_int_equal(error, 0);
}

/* -- running ----------------------------------------------------------------------- */

static const struct backend firewall = {
	.name = "azure-firewall",
	.limits = {.source = "the limits page"},
};

/* Emits with settings "name=value"; the last of a name counts. */
static void emit(struct fixture *f, const char *const *more)
{
	static const char *const usual[] = {"policy=fwpol-hub", "group=postern-egress",
					    "priority=1000",	"mode=application",
					    "form=arm",		NULL};
	struct backend_setting settings[16];
	struct backend_option options[16] = {0};
	struct backend_job job = {.backend = &firewall,
				  .name = "fw",
				  .deny = true,
				  .settings = settings};

	for (unsigned list = 0; list < 2; list++) {
		const char *const *from = list == 0 ? more : usual;

		for (; from && *from; from++) {
			size_t n = job.setting_count++;
			size_t length = strcspn(*from, "=");

			options[n].name = arena_strndup(f->arena, *from, length);
			settings[n] =
				(struct backend_setting){.option = &options[n],
							 .value = *from + length + 1};
		}
	}
	f->error = azure_firewall_emit(f->rules, &job, f->arena, &f->artifacts, f->diag);
	if (f->error || !f->artifacts.count)
		return;
	const struct strbuf *body = &f->artifacts.at[0]->body;

	assert_int_equal(json_read(body->text, body->length,
				   diag_add_source(f->diag, "out", body->text,
						   body->length),
				   f->arena, &f->doc, f->diag),
			 0);
}

static void emit_well(struct fixture *f, const char *const *more)
{
	emit(f, more);
	if (f->error)
		print_error("%s\n", diag_message(f->diag, 0)->text);
	assert_int_equal(f->error, 0);
}

/* -- looking ----------------------------------------------------------------------- */

/* The node at a path like "resources.0.properties.priority". */
static const struct doc *at(const struct doc *doc, const char *path)
{
	char key[128];

	while (doc && *path) {
		size_t length = strcspn(path, ".");

		assert_true(length < sizeof(key));
		memcpy(key, path, length);
		key[length] = '\0';
		path += length + (path[length] == '.');
		if (doc->kind == DOC_LIST) {
			size_t index = (size_t)(key[0] - '0');

			assert_true(key[0] >= '0' && key[0] <= '9' && !key[1]);
			doc = index < doc->count ? doc->items[index] : NULL;
		} else {
			doc = doc_get(doc, key);
		}
	}
	return doc;
}

/* Scalars as they are, lists in "[a b]", maps in "{key:value}". */
static void spell(const struct doc *doc, struct strbuf *out)
{
	if (!doc) {
		strbuf_puts(out, "nothing");
		return;
	}
	switch (doc->kind) {
	case DOC_NULL:
		strbuf_puts(out, "null");
		return;
	case DOC_SCALAR:
		strbuf_printf(out, doc->quoted ? "%s" : "#%s", doc->text);
		return;
	case DOC_LIST:
		strbuf_putc(out, '[');
		for (size_t i = 0; i < doc->count; i++) {
			strbuf_puts(out, i ? " " : "");
			spell(doc->items[i], out);
		}
		strbuf_putc(out, ']');
		return;
	case DOC_MAP:
		strbuf_putc(out, '{');
		for (size_t i = 0; i < doc->count; i++) {
			strbuf_printf(out, "%s%s:", i ? " " : "", doc->entries[i].key);
			spell(doc->entries[i].value, out);
		}
		strbuf_putc(out, '}');
		return;
	}
}

static void expect(const struct fixture *f, const char *path, const char *expected)
{
	CLEANUP(strbuf_release) struct strbuf text = {0};

	spell(at(f->doc, path), &text);
	if (strcmp(strbuf_text(&text), expected) != 0)
		print_error("%s: %s\nnot: %s\n%s\n", path, strbuf_text(&text), expected,
			    f->artifacts.at[0]->body.text);
	assert_string_equal(strbuf_text(&text), expected);
}

static void expect_cannot(const char *network, const char *application,
			  enum diag_code code, const char *part)
{
	struct fixture f = begin();
	const struct diag_message *message;

	read_rules(&f, network, application);
	emit(&f, NULL);
	message = diag_message(f.diag, 0);
	assert_int_equal(f.error, -1);
	assert_non_null(message);
	if (message->code != code || !strstr(message->text, part))
		print_error("%s\n", message->text);
	assert_int_equal(message->code, code);
	assert_non_null(strstr(message->text, part));
	end(&f);
}

/* -- the text ---------------------------------------------------------------------- */

#define CLIENT	    "from {10.240.0.0/16} as \"c_aks\" and "
#define COLLECTIONS "resources.0.properties.ruleCollections."

static void arm_has_one_group_of_allow_collections(void **state)
{
	struct fixture f = begin();

	(void)state;
	read_rules(&f,
		   "rule \"aks/dns\": " CLIENT
		   "to {168.63.129.16} and protocol {6, 17} and port {53} -> admit\n"
		   "rule \"aks/allow-1\": " CLIENT
		   "to {10.8.0.0/15, 192.0.2.1-192.0.2.2} and protocol "
		   "{tcp} "
		   "and port {5432, 8000-8080} -> admit",
		   "rule \"aks/contoso\": " CLIENT
		   "name {\"contoso.azurecr.io\", \"*.blob.core.windows.net\"} and "
		   "protocol {tcp} and port {443} and application {\"https\"} -> admit");
	emit_well(&f, NULL);
	assert_int_equal(f.artifacts.count, 1);
	assert_string_equal(f.artifacts.at[0]->name, "firewall.json");
	expect(&f, "resources.1", "nothing");
	expect(&f, "resources.0.type",
	       "Microsoft.Network/firewallPolicies/ruleCollectionGroups");
	expect(&f, "resources.0.apiVersion", "2025-01-01");
	expect(&f, "resources.0.name", "fwpol-hub/postern-egress");
	expect(&f, "resources.0.dependsOn", "nothing");
	expect(&f, "resources.0.properties.priority", "#1000");
	expect(&f, COLLECTIONS "0",
	       "{ruleCollectionType:FirewallPolicyFilterRuleCollection name:dns "
	       "priority:#100 action:{type:Allow} rules:[{ruleType:NetworkRule "
	       "name:aks-dns description:postern:aks/dns ipProtocols:[TCP UDP] "
	       "sourceAddresses:[10.240.0.0/16] destinationAddresses:[168.63.129.16] "
	       "destinationPorts:[53]}]}");
	expect(&f, COLLECTIONS "1",
	       "{ruleCollectionType:FirewallPolicyFilterRuleCollection name:network "
	       "priority:#200 action:{type:Allow} rules:[{ruleType:NetworkRule "
	       "name:aks-allow-1 description:postern:aks/allow-1 ipProtocols:[TCP] "
	       "sourceAddresses:[10.240.0.0/16] "
	       "destinationAddresses:[10.8.0.0/15 192.0.2.1-192.0.2.2] "
	       "destinationPorts:[5432 8000-8080]}]}");
	expect(&f, COLLECTIONS "2",
	       "{ruleCollectionType:FirewallPolicyFilterRuleCollection name:application "
	       "priority:#300 action:{type:Allow} rules:[{ruleType:ApplicationRule "
	       "name:aks-contoso description:postern:aks/contoso "
	       "protocols:[{protocolType:Https port:#443}] "
	       "sourceAddresses:[10.240.0.0/16] "
	       "targetFqdns:[contoso.azurecr.io *.blob.core.windows.net]}]}");
	expect(&f, COLLECTIONS "3", "nothing");
	end(&f);
}

static void terraform_says_the_same(void **state)
{
	static const char *const terraform[] = {"form=terraform", NULL};
	struct fixture f = begin();

	(void)state;
	read_rules(&f,
		   "rule \"aks/dns\": " CLIENT
		   "to {168.63.129.16} and protocol {17} and port {53} -> admit",
		   "rule \"aks/contoso\": " CLIENT
		   "name {\"contoso.azurecr.io\"} and protocol {tcp} and port {443} and "
		   "application {\"https\"} -> admit");
	emit_well(&f, terraform);
	assert_string_equal(f.artifacts.at[0]->name, "firewall.tf.json");
	expect(&f, "data.azurerm_firewall_policy.postern",
	       "{name:fwpol-hub resource_group_name:${var.resource_group_name}}");
	expect(&f, "resource.azurerm_firewall_policy_rule_collection_group.postern",
	       "{name:postern-egress "
	       "firewall_policy_id:${data.azurerm_firewall_policy.postern.id} "
	       "priority:#1000 network_rule_collection:[{name:dns priority:#100 "
	       "action:Allow rule:[{name:aks-dns description:postern:aks/dns "
	       "protocols:[UDP] source_addresses:[10.240.0.0/16] "
	       "destination_addresses:[168.63.129.16] destination_ports:[53]}]}] "
	       "application_rule_collection:[{name:application priority:#300 "
	       "action:Allow rule:[{name:aks-contoso description:postern:aks/contoso "
	       "protocols:[{type:Https port:#443}] source_addresses:[10.240.0.0/16] "
	       "destination_fqdns:[contoso.azurecr.io]}]}]}");
	expect(&f, "resource.azurerm_ip_group", "nothing");
	end(&f);
}

static void what_is_not_tested_is_a_star(void **state)
{
	struct fixture f = begin();

	(void)state;
	read_rules(&f,
		   "rule \"a/x\": any -> admit\nrule \"a/x\": protocol {icmp} -> admit",
		   "");
	emit_well(&f, NULL);
	expect(&f, COLLECTIONS "0.rules",
	       "[{ruleType:NetworkRule name:a-x description:postern:a/x "
	       "ipProtocols:[Any] sourceAddresses:[*] destinationAddresses:[*] "
	       "destinationPorts:[*]} {ruleType:NetworkRule name:a-x.2 "
	       "description:postern:a/x ipProtocols:[ICMP] sourceAddresses:[*] "
	       "destinationAddresses:[*] destinationPorts:[*]}]");
	end(&f);
}

/* A rule ahead of DNS that takes some of it keeps it. */
static void dns_is_apart_unless_order_matters(void **state)
{
	static const struct {
		const char *rules, *first, *second;
	} rows[] = {
		{"rule \"a/x\": from {10.0.0.1} and protocol {tcp} -> admit\n"
		 "rule \"a/dns\": from {10.0.0.2} and protocol {tcp} and port {53} -> "
		 "admit",
		 "dns", "network"},
		{"rule \"a/x\": to {10.0.0.1} and protocol {tcp} and port {50-60} -> "
		 "admit\n"
		 "rule \"a/dns\": to {10.0.0.2} and protocol {tcp} and port {53} -> "
		 "admit",
		 "dns", "network"},
		{"rule \"a/x\": protocol {udp} -> admit\n"
		 "rule \"a/dns\": protocol {tcp} and port {53} -> admit",
		 "dns", "network"},
		{"rule \"a/x\": protocol {tcp} and port {443} -> admit\n"
		 "rule \"a/dns\": protocol {tcp} and port {53} -> admit",
		 "dns", "network"},
		{"rule \"a/dns\": protocol {tcp} and port {53} -> admit\n"
		 "rule \"a/x\": any -> admit",
		 "dns", "network"},
		{"rule \"a/x\": any -> admit\n"
		 "rule \"a/dns\": protocol {tcp} and port {53} -> admit",
		 "network", "nothing"},
		{"rule \"a/x\": to {10.0.0.0/8} and protocol {tcp} and port {53-54} -> "
		 "admit\n"
		 "rule \"a/dns\": to {10.0.0.2} and protocol {6, 17} and port {53} -> "
		 "admit",
		 "network", "nothing"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct fixture f = begin();

		read_rules(&f, rows[i].rules, "");
		emit_well(&f, NULL);
		expect(&f, COLLECTIONS "0.name", rows[i].first);
		expect(&f, COLLECTIONS "1.name", rows[i].second);
		end(&f);
	}
}

/* -- tags, hosts -------------------------------------------------------------------- */

static struct match *add_admitting(struct fixture *f, const char *id)
{
	struct rule *rule = chain_add_rule(&f->rules->chains[0], f->arena);

	rule->id = id;
	rule->action = ACTION_ADMIT;
	match_number(&rule->match, FIELD_PROTOCOL, PROTOCOL_TCP, PROTOCOL_TCP, f->arena);
	match_number(&rule->match, FIELD_DESTINATION_PORT, 443, 443, f->arena);
	return &rule->match;
}

static struct match *add_choice(struct fixture *f, struct term *term)
{
	return arena_push(f->arena, term->choices.at, term->choices.count,
			  term->choices.capacity);
}

static void tags_and_hosts_are_said_by_name(void **state)
{
	struct fixture f = begin();
	struct addr_set known = {0};
	struct prefix prefix;
	struct term *choice;

	(void)state;
	assert_int_equal(prefix_parse("192.0.2.0/24", &prefix), PREFIX_OK);
	addr_set_add_prefix(&known, &prefix, f.arena);
	read_rules(&f, "", "");
	match_tag(add_admitting(&f, "a/t"), FIELD_DESTINATION, "AzureContainerRegistry",
		  &known, f.arena);
	match_tag(add_admitting(&f, "a/u"), FIELD_DESTINATION, "Storage.WestEurope", NULL,
		  f.arena);
	match_resolved(add_admitting(&f, "a/h"), FIELD_DESTINATION, "contoso.azurecr.io",
		       &known, f.arena);
	choice = match_add(add_admitting(&f, "a/all"), TERM_CHOICE, f.arena);
	match_resolved(add_choice(&f, choice), FIELD_DESTINATION, "a.example", NULL,
		       f.arena);
	match_tag(add_choice(&f, choice), FIELD_DESTINATION, "Storage", &known, f.arena);
	match_addrs(add_choice(&f, choice), FIELD_DESTINATION, &known, f.arena);
	match_resolved(add_choice(&f, choice), FIELD_DESTINATION, "b.example", &known,
		       f.arena);
	emit_well(&f, NULL);
	expect(&f, COLLECTIONS "0.rules.0.destinationAddresses",
	       "[AzureContainerRegistry]");
	expect(&f, COLLECTIONS "0.rules.1.destinationAddresses", "[Storage.WestEurope]");
	expect(&f, COLLECTIONS "0.rules.2.destinationFqdns", "[contoso.azurecr.io]");
	expect(&f, COLLECTIONS "0.rules.2.destinationAddresses", "nothing");
	expect(&f, COLLECTIONS "0.rules.3",
	       "{ruleType:NetworkRule name:a-all description:postern:a/all "
	       "ipProtocols:[TCP] sourceAddresses:[*] "
	       "destinationAddresses:[Storage 192.0.2.0/24] destinationPorts:[443]}");
	expect(&f, COLLECTIONS "0.rules.4",
	       "{ruleType:NetworkRule name:a-all.2 description:postern:a/all "
	       "ipProtocols:[TCP] sourceAddresses:[*] "
	       "destinationFqdns:[a.example b.example] destinationPorts:[443]}");
	expect(&f, COLLECTIONS "0.rules.5", "nothing");
	end(&f);
}

static void flows_that_differ_in_where_they_go_share_a_rule(void **state)
{
	struct fixture f = begin();

	(void)state;
	read_rules(&f, "", "");
	match_tag(add_admitting(&f, "a/t"), FIELD_DESTINATION, "Storage", NULL, f.arena);
	match_tag(add_admitting(&f, "a/t"), FIELD_DESTINATION, "Other", NULL, f.arena);
	match_resolved(add_admitting(&f, "a/t"), FIELD_DESTINATION, "a.example", NULL,
		       f.arena);
	match_resolved(add_admitting(&f, "a/t"), FIELD_DESTINATION, "b.example", NULL,
		       f.arena);
	match_resolved(add_admitting(&f, "b/t"), FIELD_DESTINATION, "c.example", NULL,
		       f.arena);
	emit_well(&f, NULL);
	expect(&f, COLLECTIONS "0.rules.0.destinationAddresses", "[Storage Other]");
	expect(&f, COLLECTIONS "0.rules.1.destinationFqdns", "[a.example b.example]");
	expect(&f, COLLECTIONS "0.rules.1.destinationAddresses", "nothing");
	expect(&f, COLLECTIONS "0.rules.2.destinationFqdns", "[c.example]");
	expect(&f, COLLECTIONS "0.rules.3", "nothing");
	end(&f);
}

/* -- IP groups ---------------------------------------------------------------------- */

/* A set of @count addresses of 10.0.0.0/8 of which no two touch. */
static struct addr_set scattered(struct fixture *f, unsigned count, unsigned offset)
{
	struct addr_set set = {0};

	for (unsigned i = 0; i < count; i++) {
		u128 value = 0x0a000000u + 2 * i + offset;

		ranges_add(&set.of[FAMILY_IPV4], (struct range){value, value}, f->arena);
	}
	addr_set_normalize(&set);
	return set;
}

static void add_sets(struct fixture *f, const char *id, const struct addr_set *from,
		     const char *from_label, const struct addr_set *to,
		     const char *to_label)
{
	struct match *match = add_admitting(f, id);

	match_addrs(match, FIELD_SOURCE, from, f->arena);
	match->terms[match->count - 1].label = from_label;
	match_addrs(match, FIELD_DESTINATION, to, f->arena);
	match->terms[match->count - 1].label = to_label;
}

static size_t count_at(const struct fixture *f, const char *path)
{
	const struct doc *doc = at(f->doc, path);

	return doc ? doc->count : 0;
}

static void long_lists_become_ip_groups(void **state)
{
	struct fixture f = begin();
	struct addr_set few = scattered(&f, 16, 0), many = scattered(&f, 18, 0);

	(void)state;
	/* 2 to 4 are one range and two prefixes, so that there are 17 and 18 */
	ranges_add(&many.of[FAMILY_IPV4], (struct range){0x0a000003u, 0x0a000003u},
		   f.arena);
	addr_set_normalize(&many);
	read_rules(&f, "", "");
	add_sets(&f, "a/x", &few, "c_a", &many, "e_x");
	add_sets(&f, "b/x", &many, "c_b", &many, "e_x");
	emit_well(&f, NULL);
	expect(&f, "resources.0.type", "Microsoft.Network/ipGroups");
	expect(&f, "resources.0.apiVersion", "2025-01-01");
	expect(&f, "resources.0.location", "[resourceGroup().location]");
	expect(&f, "resources.0.name", "postern-egress-e_x");
	assert_int_equal(count_at(&f, "resources.0.properties.ipAddresses"), 18);
	expect(&f, "resources.0.properties.ipAddresses.0", "10.0.0.0");
	expect(&f, "resources.0.properties.ipAddresses.1", "10.0.0.2/31");
	expect(&f, "resources.0.properties.ipAddresses.2", "10.0.0.4");
	expect(&f, "resources.1.name", "postern-egress-c_b");
	expect(&f, "resources.2.dependsOn",
	       "[[resourceId('Microsoft.Network/ipGroups', 'postern-egress-e_x')] "
	       "[resourceId('Microsoft.Network/ipGroups', 'postern-egress-c_b')]]");
	assert_int_equal(count_at(&f, "resources.2.properties.ruleCollections.0.rules.0."
				      "sourceAddresses"),
			 16);
	expect(&f, "resources.2.properties.ruleCollections.0.rules.0.destinationIpGroups",
	       "[[resourceId('Microsoft.Network/ipGroups', 'postern-egress-e_x')]]");
	expect(&f, "resources.2.properties.ruleCollections.0.rules.1.sourceIpGroups",
	       "[[resourceId('Microsoft.Network/ipGroups', 'postern-egress-c_b')]]");
	expect(&f, "resources.2.properties.ruleCollections.0.rules.1.sourceAddresses",
	       "nothing");
	expect(&f, "resources.3", "nothing");
	end(&f);
}

static void an_ip_group_holds_5000_entries(void **state)
{
	static const char *const terraform[] = {"form=terraform", "location=westeurope",
						NULL};
	struct fixture f = begin();
	struct addr_set from = scattered(&f, 1, 0), most = scattered(&f, 5000, 0),
			more = scattered(&f, 5001, 0);

	(void)state;
	read_rules(&f, "", "");
	add_sets(&f, "a/x", &from, "c_a", &most, "e_x.2");
	add_sets(&f, "a/y", &from, "c_a", &more, "e_y");
	emit_well(&f, terraform);
	assert_int_equal(count_at(&f, "resource.azurerm_ip_group"), 3);
	assert_int_equal(count_at(&f, "resource.azurerm_ip_group.e_xN2.cidrs"), 5000);
	assert_int_equal(count_at(&f, "resource.azurerm_ip_group.e_y.cidrs"), 5000);
	expect(&f, "resource.azurerm_ip_group.e_yNpart2",
	       "{name:postern-egress-e_y.part2 "
	       "resource_group_name:${var.resource_group_name} location:westeurope "
	       "cidrs:[10.0.39.16]}");
	expect(&f,
	       "resource.azurerm_firewall_policy_rule_collection_group.postern."
	       "network_rule_collection.0.rule.1.destination_ip_groups",
	       "[${azurerm_ip_group.e_y.id} ${azurerm_ip_group.e_yNpart2.id}]");
	end(&f);
}

/* -- limits -------------------------------------------------------------------------- */

static void expect_limit(struct fixture *f, const char *part, const char *help)
{
	const struct diag_message *message = diag_message(f->diag, 0);

	assert_int_equal(f->error, -1);
	assert_non_null(message);
	if (!strstr(message->text, part))
		print_error("%s\n", message->text);
	assert_int_equal(message->code, DIAG_BACKEND_LIMIT);
	assert_non_null(strstr(message->text, part));
	assert_int_equal(message->note_count, 1);
	assert_non_null(strstr(message->notes[0].text, help));
}

/* 125 rules from 16 addresses to 10 make 20 000 pairs. */
static void pairs_are_bounded(void **state)
{
	(void)state;
	for (unsigned over = 0; over < 2; over++) {
		struct fixture f = begin();
		struct addr_set from = scattered(&f, 16, 0),
				one = scattered(&f, 1, 0x999);

		read_rules(&f, "", "");
		for (unsigned i = 0; i < 125; i++) {
			struct addr_set to = scattered(&f, 10, 20 * i);

			add_sets(&f, "a/x", &from, NULL, &to, NULL);
			add_sets(&f, "a/again", &from, NULL, &to, NULL);
		}
		if (over)
			add_sets(&f, "a/last", &one, NULL, &one, NULL);
		emit(&f, NULL);
		if (over)
			expect_limit(&f, "more than 20000 pairs", "mode: application");
		else
			assert_int_equal(f.error, 0);
		end(&f);
	}
}

static void ip_groups_are_bounded(void **state)
{
	struct fixture f = begin();
	struct addr_set from = scattered(&f, 1, 0);

	(void)state;
	read_rules(&f, "", "");
	for (unsigned i = 0; i < 201; i++) {
		struct addr_set to = scattered(&f, 17, 40 * i);

		add_sets(&f, "a/x", &from, "c_a", &to, arena_printf(f.arena, "e_%u", i));
	}
	emit(&f, NULL);
	expect_limit(&f, "needs 201 IP groups", "fewer prefixes");
	end(&f);
}

static void names_are_bounded(void **state)
{
	static const char *const long_group[] =
		{"group="
		 "g234567890123456789012345678901234567890123456789012345678901234567"
		 "890",
		 NULL};
	struct fixture f = begin();
	struct addr_set from = scattered(&f, 1, 0), many = scattered(&f, 17, 0);

	(void)state;
	read_rules(&f, "", "");
	add_sets(&f, "a/x", &from, "c_a", &many, "e_contoso-reg");
	emit(&f, long_group);
	expect_limit(&f, "at most 80 characters", "shorter 'group:'");
	end(&f);
}

static void the_group_is_bounded(void **state)
{
	struct fixture f = begin();

	(void)state;
	read_rules(&f, "", "");
	for (unsigned i = 0; i < 20000; i++)
		add_admitting(&f,
			      i % 2 ? "a-rather-long-client-name/a-rather-long-registry"
				    : "another-long-client-name/a-rather-long-registry");
	emit(&f, NULL);
	expect_limit(&f, "and Azure takes 2097152", "two outputs");
	end(&f);
}

static void a_long_id_makes_a_name_of_80(void **state)
{
	struct fixture f = begin();
	char id[120];

	(void)state;
	memset(id, 'x', sizeof(id) - 1);
	id[sizeof(id) - 1] = '\0';
	read_rules(&f,
		   arena_printf(f.arena,
				"rule \"%s\": protocol {tcp} -> admit\n"
				"rule \"%s\": protocol {udp} -> admit",
				id, id),
		   "");
	emit_well(&f, NULL);
	assert_int_equal(strlen(at(f.doc, COLLECTIONS "0.rules.0.name")->text), 74);
	assert_int_equal(strlen(at(f.doc, COLLECTIONS "0.rules.1.name")->text), 76);
	end(&f);
}

/* -- what it cannot say ---------------------------------------------------------------
 */

static void what_azure_cannot_say_is_an_error(void **state)
{
	static const struct {
		const char *network, *application, *part;
	} rows[] = {
		{"rule: any -> refuse", "", "does not allow"},
		{"rule: not to {10.0.0.0/8} -> admit", "", "such a condition"},
		{"rule: to {10.0.0.1} and to {10.0.0.2} -> admit", "",
		 "such a condition"},
		{"rule: source-port {53} -> admit", "", "such a condition"},
		{"rule: family {ipv6} -> admit", "", "such a condition"},
		{"rule: from {2001:db8::/32} -> admit", "", "other than IPv4"},
		{"rule: to {2001:db8::/32} -> admit", "", "other than IPv4"},
		{"", "rule: from {2001:db8::/32} and name {\"x\"} -> admit",
		 "other than IPv4"},
		{"rule: port {53} -> admit", "", "ports without a protocol"},
		{"rule: protocol {50} -> admit", "", "other than TCP, UDP and ICMP"},
		{"rule: protocol {6-17} -> admit", "", "other than TCP, UDP and ICMP"},
		{"rule: protocol {icmp, tcp} and port {53} -> admit", "",
		 "ports of ICMP"},
		{"rule: protocol {tcp} and port {0-80} -> admit", "", "port 0"},
		{"rule: name {\"x\"} -> admit", "", "a name in a network rule"},
		{"rule: one of (to {10.0.0.1} and port {1} | to {10.0.0.2}) -> admit", "",
		 "such a choice"},
		{"rule: one of (port {1} | to {10.0.0.2}) -> admit", "",
		 "such a destination"},
		{"rule: one of (not to {10.0.0.1} | to {10.0.0.2}) -> admit", "",
		 "excluded"},
		{"", "rule: port {443} and application {\"https\"} -> admit",
		 "without names"},
		{"", "rule: name {\"x\"} and application {\"https\"} -> admit",
		 "without an application and a port"},
		{"", "rule: name {\"x\"} and port {443} -> admit",
		 "without an application and a port"},
		{"",
		 "rule: name {\"*x\"} and port {1} and application {\"http\"} -> admit",
		 "such a wildcard"},
		{"",
		 "rule: name {\".x\"} and port {1} and application {\"http\"} -> admit",
		 "such a wildcard"},
		{"",
		 "rule: name {\"?.x\"} and port {1} and application {\"http\"} -> admit",
		 "such a wildcard"},
		{"", "rule: name {\"x\"} and port {1} and application {\"ftp\"} -> admit",
		 "such an application"},
		{"",
		 "rule: name {\"x\"} and port {64001} and application {\"http\"} -> "
		 "admit",
		 "outside 1-64000"},
		{"",
		 "rule: name {\"x\"} and port {0} and application {\"http\"} -> admit",
		 "outside 1-64000"},
		{"",
		 "rule: name {\"x\"} and port {1-65} and application {\"http\"} -> admit",
		 "more than 64 ports"},
		{"",
		 "rule: name {\"x\"} and to {10.0.0.1} and port {1} and application "
		 "{\"http\"} -> admit",
		 "an address or another protocol"},
		{"",
		 "rule: name {\"x\"} and protocol {17} and port {1} and application "
		 "{\"http\"} -> admit",
		 "an address or another protocol"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		expect_cannot(rows[i].network, rows[i].application, DIAG_BACKEND_CANNOT,
			      rows[i].part);
}

static void every_application_and_port_is_listed(void **state)
{
	struct fixture f = begin();

	(void)state;
	read_rules(&f, "",
		   "rule \"a/x\": name {\"x\"} and port {80, 8080-8081} and application "
		   "{\"http\", \"mssql\"} -> admit");
	emit_well(&f, NULL);
	expect(&f, COLLECTIONS "0.rules.0.protocols",
	       "[{protocolType:Http port:#80} {protocolType:Http port:#8080} "
	       "{protocolType:Http port:#8081} {protocolType:Mssql port:#80} "
	       "{protocolType:Mssql port:#8080} {protocolType:Mssql port:#8081}]");
	end(&f);
}

static void in_network_mode_there_is_one_chain(void **state)
{
	static const char *const network[] = {"mode=network", NULL};
	struct fixture f = begin();

	(void)state;
	read_rules(&f, "rule \"a/x\": to {10.0.0.1} and protocol {tcp} -> admit",
		   "rule \"a/never\": any -> refuse");
	emit_well(&f, network);
	expect(&f, COLLECTIONS "0.rules.0.name", "a-x");
	expect(&f, COLLECTIONS "1", "nothing");
	end(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(arm_has_one_group_of_allow_collections),
		cmocka_unit_test(terraform_says_the_same),
		cmocka_unit_test(what_is_not_tested_is_a_star),
		cmocka_unit_test(dns_is_apart_unless_order_matters),
		cmocka_unit_test(tags_and_hosts_are_said_by_name),
		cmocka_unit_test(flows_that_differ_in_where_they_go_share_a_rule),
		cmocka_unit_test(long_lists_become_ip_groups),
		cmocka_unit_test(an_ip_group_holds_5000_entries),
		cmocka_unit_test(pairs_are_bounded),
		cmocka_unit_test(ip_groups_are_bounded),
		cmocka_unit_test(names_are_bounded),
		cmocka_unit_test(the_group_is_bounded),
		cmocka_unit_test(a_long_id_makes_a_name_of_80),
		cmocka_unit_test(what_azure_cannot_say_is_an_error),
		cmocka_unit_test(every_application_and_port_is_listed),
		cmocka_unit_test(in_network_mode_there_is_one_chain),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
