/* azure_dns_import_test.c - What the reader of private DNS zones makes of names. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "backends/answer.h"
#include "backends/registry.h"
#include "rules/base/arena.h"
#include "rules/ruleset_text.h"
#include "tests/lib/answers.h"

/* In JSON ' stands for " and ` for ': in C it is hard enough to read. */
static const char *unquote(const char *text, struct arena *arena)
{
	char *copy = arena_strdup(arena, text);

	if (*copy != '{' && *copy != '[')
		return copy;
	for (char *c = copy; *c; c++)
		if (*c == '\'')
			*c = '"';
		else if (*c == '`')
			*c = '\'';
	return copy;
}

#define T    "'type': 'Microsoft.Network/privateDnsZones"
#define ZONE "{" T "', 'name': 'p.io'}, "
#define A(name, addresses)                                                               \
	"{" T "/A', 'name': 'p.io/" name "', 'properties': {'aRecords': [" addresses "]" \
	"}"                                                                              \
	"}"
#define IP(text) "{'ipv4Address': '" text "'}"
#define CNAME(name, target)                  \
	"{" T "/CNAME', 'name': 'p.io/" name \
	"', 'properties': {'cnameRecord': {'cname': '" target "'}}}"
#define LINK(name, properties)                             \
	"{" T "/virtualNetworkLinks', 'name': 'p.io/" name \
	"', 'properties': {" properties "}}, "
#define ARM(resources) "{'contentVersion': '1', 'resources': [" resources "]}"
#define ARM_PARAMETER(value, resources)                                              \
	"{'contentVersion': '1', 'parameters': {'x': {'type': 'string'" value "}}, " \
	"'resources': [" resources "]}"
#define AZ   "az network private-dns "
#define SETS AZ "record-set a "
#define IN_P "-g g -z p.io "

static const struct row {
	const char *name, *text, *expected;
} rows[] = {
	/* -- zones and record sets */
	{"a zone is all that there is below it", ARM(ZONE A("a", IP("10.0.0.1"))),
	 "a.p.io=10.0.0.1 -> allow; a.p.io=10.0.0.2 -> deny; a.p.io=fd00::1 -> deny;"
	 "b.p.io=10.0.0.1 -> deny; x.a.p.io=10.0.0.1 -> deny; p.io=10.0.0.1 -> deny;"
	 "xp.io=10.0.0.1 -> undecided; a.p.com=10.0.0.1 -> undecided"},
	{"an empty zone", "[{" T "', 'name': 'p.io'}]", "a.p.io=10.0.0.1 -> deny"},
	{"names have no case, nor a dot at the end",
	 ARM("{" T "', 'name': 'P.io.'}, " A("WWW", IP("10.0.0.1"))),
	 "www.p.io=10.0.0.1 -> allow"},
	{"several addresses", ARM(A("a", IP("10.0.0.1") ", " IP("10.0.0.3"))),
	 "a.p.io=10.0.0.1 -> allow; a.p.io=10.0.0.2 -> deny; a.p.io=10.0.0.3 -> allow"},
	{"both families",
	 ARM(A("a", IP("10.0.0.1")) ", {" T "/AAAA', 'name': 'p.io/a', 'properties': "
				    "{'aaaaRecords': [{'ipv6Address': 'fd00::1'}]}}"),
	 "a.p.io=10.0.0.1 -> allow; a.p.io=fd00::1 -> allow; a.p.io=fd00::2 -> deny"},
	{"the zone's own name", ARM(A("@", IP("10.0.0.1"))),
	 "p.io=10.0.0.1 -> allow; a.p.io=10.0.0.1 -> deny"},
	{"the longest zone answers alone",
	 ARM(ZONE A("a.q", IP("10.0.0.1")) ", {" T "', 'name': 'q.p.io'}"),
	 "a.q.p.io=10.0.0.1 -> deny; q.p.io=10.0.0.1 -> deny"},
	{"records without addresses", ARM("{" T "/TXT', 'name': 'p.io/a'}"),
	 "a.p.io=10.0.0.1 -> deny"},
	/* -- wildcards (RFC 4592) */
	{"a wildcard", ARM(A("*", IP("10.0.0.1"))),
	 "a.p.io=10.0.0.1 -> allow; a.b.p.io=10.0.0.1 -> allow; p.io=10.0.0.1 -> deny;"
	 "a.p.io=10.0.0.2 -> deny"},
	{"names that exist have no wildcard's answer",
	 ARM(A("*", IP("10.0.0.1")) ", " A("b.c", IP("10.0.0.2"))),
	 "b.c.p.io=10.0.0.1 -> deny; b.c.p.io=10.0.0.2 -> allow; c.p.io=10.0.0.1 -> deny;"
	 "a.c.p.io=10.0.0.1 -> deny; a.b.c.p.io=10.0.0.1 -> deny; d.p.io=10.0.0.1 -> "
	 "allow"},
	{"the nearest wildcard",
	 ARM(A("*", IP("10.0.0.1")) ", " A("*.b", IP("10.0.0.2"))),
	 "a.b.p.io=10.0.0.2 -> allow; a.b.p.io=10.0.0.1 -> deny; b.p.io=10.0.0.1 -> deny;"
	 "b.p.io=10.0.0.2 -> deny; a.p.io=10.0.0.1 -> allow"},
	/* -- canonical names */
	{"a canonical name leads on",
	 ARM(CNAME("a", "b.p.io.") ", " CNAME("b", "C.p.io") ", " A("c", IP("10.0.0.1"))),
	 "a.p.io=10.0.0.1 -> allow; b.p.io=10.0.0.1 -> allow; a.p.io=10.0.0.2 -> deny"},
	{"to a wildcard", ARM(CNAME("a", "n.b.p.io") ", " A("*.b", IP("10.0.0.1"))),
	 "a.p.io=10.0.0.1 -> allow; n.b.p.io=10.0.0.1 -> allow"},
	{"to nothing, or in a circle",
	 ARM(CNAME("a", "n.p.io") ", " CNAME("b", "c.p.io") ", " CNAME("c", "b.p.io")),
	 "a.p.io=10.0.0.1 -> deny; b.p.io=10.0.0.1 -> deny"},
	{"out of the zone", ARM(CNAME("a", "x.com")), "a.p.io=10.0.0.1 -> ?"},
	/* -- links */
	{"names that are not there are asked for in public",
	 ARM(LINK("l", "'resolutionPolicy': 'NxDomainRedirect'")
		     A("b.a", IP("10.0.0.1"))),
	 "b.a.p.io=10.0.0.1 -> allow; b.a.p.io=10.0.0.2 -> deny; a.p.io=10.0.0.1 -> deny;"
	 "c.p.io=10.0.0.1 -> undecided; x.b.a.p.io=10.0.0.1 -> undecided"},
	{"the default", ARM(LINK("l", "'resolutionPolicy': 'Default'") A("a", "")),
	 "c.p.io=10.0.0.1 -> deny"},
	{"two links that differ",
	 ARM(LINK("l", "'resolutionPolicy': 'NxDomainRedirect'") LINK("m", "")
		     A("a", IP("10.0.0.1"))),
	 "a.p.io=10.0.0.1 -> allow; a.p.io=10.0.0.2 -> deny; c.p.io=10.0.0.1 -> ?"},
	{"machines that are registered",
	 ARM(LINK("l", "'registrationEnabled': true") A("a", IP("10.0.0.1"))),
	 "a.p.io=10.0.0.1 -> allow; a.p.io=10.0.0.2 -> deny; m.p.io=10.0.0.1 -> ?;"
	 "x.m.p.io=10.0.0.1 -> deny"},
	/* -- what is not known */
	{"an address",
	 ARM_PARAMETER("", A("a", IP("10.0.0.1") ", " IP("[parameters(`x`)]"))),
	 "a.p.io=10.0.0.1 -> allow; a.p.io=10.0.0.2 -> ?; b.p.io=10.0.0.2 -> deny"},
	{"a name",
	 ARM_PARAMETER("", "{" T "/A', 'name': '[format(`p.io/{0}`, "
			   "parameters(`x`))]', 'properties': "
			   "{'aRecords': [" IP("10.0.0.1") "]}}"),
	 "a.p.io=10.0.0.1 -> ?; a.p.io=10.0.0.2 -> deny; x.com=10.0.0.1 -> undecided"},
	{"a condition",
	 ARM_PARAMETER("", "{'condition': '[parameters(`x`)]', " T
			   "/A', 'name': 'p.io/a', 'properties': {'aRecords': [" IP(
				   "10.0.0.1") "]}}"),
	 "a.p.io=10.0.0.1 -> ?; a.p.io=10.0.0.2 -> deny"},
	{"a name that may be there, and a wildcard",
	 ARM_PARAMETER("",
		       A("*", IP("10.0.0.2")) ", {'condition': '[parameters(`x`)]', " T
					      "/A', 'name': 'p.io/a', 'properties': "
					      "{'aRecords': [" IP("10.0.0.1") "]}}"),
	 "a.p.io=10.0.0.1 -> ?; a.p.io=10.0.0.2 -> ?; b.a.p.io=10.0.0.2 -> ?;"
	 "b.a.p.io=10.0.0.1 -> deny; c.p.io=10.0.0.2 -> allow"},
	{"a wildcard in a zone that asks on",
	 ARM(LINK("l", "'resolutionPolicy': 'NxDomainRedirect'")
		     A("*.a", IP("10.0.0.1"))),
	 "x.a.p.io=10.0.0.1 -> allow; x.a.p.io=10.0.0.2 -> deny; a.p.io=10.0.0.1 -> deny;"
	 "b.p.io=10.0.0.1 -> undecided"},
	{"a wildcard where machines are registered",
	 ARM(LINK("l", "'registrationEnabled': true") A("*", IP("10.0.0.1"))),
	 "m.p.io=10.0.0.1 -> ?; m.p.io=10.0.0.2 -> ?; x.m.p.io=10.0.0.2 -> deny"},
	{"copies",
	 ARM("{'copy': {'name': 'c', 'count': 3}, " T
	     "/A', 'name': 'p.io/a', 'properties': {'aRecords': [" IP("10.0.0.1") "]}}"),
	 "a.p.io=10.0.0.1 -> ?; a.p.io=10.0.0.2 -> deny"},
	{"a zone group writes records",
	 ARM(ZONE "{'type': 'Microsoft.Network/privateEndpoints/privateDnsZoneGroups', "
		  "'name': 'e/g', 'properties': {'privateDnsZoneConfigs': [{'name': 'c', "
		  "'properties': {'privateDnsZoneId': "
		  "'/x/providers/Microsoft.Network/privateDnsZones/p.io'}}]}}, {" T
		  "', 'name': 'q.io'}"),
	 "a.p.io=10.0.0.1 -> ?; a.q.io=10.0.0.1 -> deny"},
	/* -- what az prints */
	{"record-set list",
	 "[{'fqdn': 'p.io.', 'name': '@', " T "/SOA', 'id': "
	 "'/s/providers/Microsoft.Network/privateDnsZones/p.io/SOA/@'},"
	 "{'fqdn': 'a.p.io.', 'name': 'a', 'aRecords': [" IP(
		 "10.0.0.1") "], 'id': "
			     "'/s/providers/Microsoft.Network/privateDnsZones/p.io/A/"
			     "a', " T "/A'}]",
	 "a.p.io=10.0.0.1 -> allow; b.p.io=10.0.0.1 -> deny"},
	{"without ids",
	 "[{'fqdn': 'a.b.p.io.', 'name': 'a.b', 'aRecords': [" IP("10.0.0.1") "]}]",
	 "a.b.p.io=10.0.0.1 -> allow; b.p.io=10.0.0.1 -> deny"},
	{"of PowerShell",
	 "{'Name': 'a', 'ZoneName': 'p.io', 'RecordType': 'A', 'Records': "
	 "[{'Ipv4Address': '10.0.0.1'}]}",
	 "a.p.io=10.0.0.1 -> allow; b.p.io=10.0.0.1 -> deny"},
	/* -- Terraform */
	{"Terraform",
	 "{'resource': {'azurerm_private_dns_zone': {'z': {'name': 'p.io'}}, "
	 "'azurerm_private_dns_a_record': {'a': {'name': 'a', 'zone_name': "
	 "'${azurerm_private_dns_zone.z.name}', 'records': ['10.0.0.1', '${var.x}']}}, "
	 "'azurerm_private_dns_cname_record': {'c': {'name': 'c', 'zone_name': 'p.io', "
	 "'record': 'a.p.io'}}}}",
	 "a.p.io=10.0.0.1 -> allow; a.p.io=10.0.0.2 -> ?; c.p.io=10.0.0.1 -> allow;"
	 "b.p.io=10.0.0.1 -> deny"},
	{"Terraform's link",
	 "{'resource': {'azurerm_private_dns_zone': {'z': {'name': 'p.io'}}, "
	 "'azurerm_private_dns_zone_virtual_network_link': {'l': {'name': 'l', "
	 "'private_dns_zone_name': 'p.io', 'resolution_policy': 'NxDomainRedirect'}}}}",
	 "b.p.io=10.0.0.1 -> undecided"},
	/* -- scripts */
	{"commands",
	 SETS "create " IN_P "-n a\n" SETS "add-record " IN_P "-n a -a 10.0.0.1\n",
	 "a.p.io=10.0.0.1 -> allow; a.p.io=10.0.0.2 -> deny; b.p.io=10.0.0.1 -> deny"},
	{"long options, lines, quotes",
	 SETS "add-record \\\n  --resource-group=\"$G\" --zone-name 'p'.io \\\n"
	      "--record-set-name \"a\" --ipv4-address 10.0.0.1 > /dev/null # x\n",
	 "a.p.io=10.0.0.1 -> allow"},
	{"variables",
	 "N=a Z=p.io\nexport A='10.0.0.1'\n" SETS
	 "add-record -g $G -z $Z -n ${N}.b -a \"$A\"\n",
	 "a.b.p.io=10.0.0.1 -> allow; a.p.io=10.0.0.1 -> deny"},
	{"a variable that is not set", SETS "add-record " IN_P "-n a -a $A\n",
	 "a.p.io=10.0.0.1 -> ?; b.p.io=10.0.0.1 -> deny"},
	{"a name that is not known", SETS "add-record " IN_P "-n $(name) -a 10.0.0.1\n",
	 "a.p.io=10.0.0.1 -> ?; a.p.io=10.0.0.2 -> deny; x.com=10.0.0.1 -> undecided"},
	{"a zone that is not known", SETS "add-record -g g -z $Z -n a -a 10.0.0.1\n",
	 "a.p.io=10.0.0.1 -> ?"},
	{"options that are not known",
	 AZ "zone create -g g -n p.io\n" SETS "delete $OPTIONS\n",
	 "a.p.io=10.0.0.1 -> ?"},
	{"records that are taken away",
	 SETS "add-record " IN_P "-n a -a 10.0.0.1\n" SETS "add-record " IN_P
	      "-n a -a 10.0.0.2\n" SETS "remove-record " IN_P "-n a -a 10.0.0.1\n",
	 "a.p.io=10.0.0.1 -> deny; a.p.io=10.0.0.2 -> allow"},
	{"record sets that are deleted",
	 SETS "add-record " IN_P "-n a -a 10.0.0.1\n" SETS "delete --yes " IN_P "-n a\n",
	 "a.p.io=10.0.0.1 -> deny"},
	{"a zone that is deleted",
	 SETS "add-record " IN_P "-n a -a 10.0.0.1\n" AZ "zone delete -g g -n p.io -y\n",
	 "a.p.io=10.0.0.1 -> undecided"},
	{"what is run perhaps",
	 "if true; then\n" SETS "add-record " IN_P "-n a -a 10.0.0.1\nfi\n" SETS
	 "add-record " IN_P "-n b -a 10.0.0.1\n",
	 "a.p.io=10.0.0.1 -> ?; a.p.io=10.0.0.2 -> deny; b.p.io=10.0.0.1 -> allow"},
	{"what is run when another fails",
	 AZ "zone show -g g -n p.io ||\n" AZ "zone create -g g -n p.io\nx || " SETS
	    "add-record " IN_P "-n a -a 10.0.0.1\ny && " SETS "add-record " IN_P
	    "-n b -a 10.0.0.1\n",
	 "a.p.io=10.0.0.1 -> ?; b.p.io=10.0.0.1 -> allow; c.p.io=10.0.0.1 -> deny"},
	{"a function", "f() {\n" SETS "add-record " IN_P "-n a -a $1\n}\nf 10.0.0.1\n",
	 "a.p.io=10.0.0.1 -> ?; b.p.io=10.0.0.1 -> deny"},
	{"loops and cases",
	 "for i in 1 2; do\n" SETS "add-record " IN_P "-n a -a 10.0.0.$i; done\n"
	 "case $x in a|b) " SETS "add-record " IN_P
	 "-n b -a 10.0.0.1 ;; *) : ;; esac\n" SETS "add-record " IN_P
	 "-n c -a 10.0.0.1\n",
	 "a.p.io=10.0.0.1 -> ?; b.p.io=10.0.0.1 -> ?; c.p.io=10.0.0.1 -> allow"},
	{"documents, comments, texts",
	 AZ "zone create -g g -n p.io\ncat <<EOF\n" SETS "add-record " IN_P
	    "-n a -a 10.0.0.1\nEOF\n# " SETS "add-record " IN_P
	    "-n a -a 10.0.0.1\necho '" SETS "add-record " IN_P "-n a -a 10.0.0.1'\n",
	 "a.p.io=10.0.0.1 -> deny"},
	{"an update of anything",
	 SETS "add-record " IN_P "-n a -a 10.0.0.1\n" SETS "update " IN_P
	      "-n a --set aRecords=[]\n" SETS "update " IN_P "-n b --metadata x=y\n",
	 "a.p.io=10.0.0.1 -> ?; a.p.io=10.0.0.2 -> ?; b.p.io=10.0.0.1 -> deny"},
	{"a script's link",
	 AZ "link vnet create " IN_P "-n l -v v -e false --resolution-policy "
	    "NxDomainRedirect\n",
	 "a.p.io=10.0.0.1 -> undecided"},
	{"canonical names of a script",
	 AZ "record-set cname set-record " IN_P "-n c -c a.p.io\n" SETS "add-record " IN_P
	    "-n a -a 10.0.0.1\n",
	 "c.p.io=10.0.0.1 -> allow"},
	{"commands within words",
	 AZ "zone create -g g -n p.io\nX=$(" SETS "add-record " IN_P
	    "-n a -a 10.0.0.1 --query id)\nY=$(" SETS "list " IN_P ")\n",
	 "a.p.io=10.0.0.1 -> ?"},
	{"commands within words that only look",
	 AZ "zone create -g g -n p.io\nY=$(" SETS "list " IN_P ")\n",
	 "a.p.io=10.0.0.1 -> deny"},
	{"options of a function's caller",
	 "f() {\n" SETS "add-record \"$@\"\n}\n" AZ "zone create -g g -n p.io\n",
	 "a.p.io=10.0.0.1 -> ?"},
	{"the same zone in two groups",
	 SETS "add-record -g g -z p.io -n a -a 10.0.0.1\n" SETS
	      "add-record -g h -z p.io -n a -a 10.0.0.2\n",
	 "a.p.io=10.0.0.1 -> ?; a.p.io=10.0.0.2 -> ?; a.p.io=10.0.0.3 -> ?"},
	{"what a zone group of az writes",
	 AZ "zone create -g g -n p.io\naz network private-endpoint dns-zone-group create "
	    "-g g "
	    "--endpoint-name e --private-dns-zone p.io --zone-name p -n d\n",
	 "a.p.io=10.0.0.1 -> ?"},
};

static void test_rows(void **state)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new();

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		CLEANUP(strbuf_release) struct strbuf wrong = {0};

		if (!answers_are(&backend_azure_private_dns, unquote(rows[i].text, arena),
				 rows[i].expected, &wrong))
			fail_msg("%s: %s", rows[i].name, strbuf_text(&wrong));
	}
}

static const struct refusal {
	const char *text, *what;
	unsigned line, column;
} refusals[] = {
	{"{}", "holds no private DNS zone", 1, 1},
	{"echo az\n", "holds no private DNS zone", 1, 1},
	{"[" A("a", IP("10.0.0.300")) "]", "'10.0.0.300' as an IPv4 address", 1, 112},
	{"[" A("a", IP("fd00::1")) "]", "'fd00::1' as an IPv4 address", 1, 112},
	{ARM(A("a..b", "")), "a record set called 'a..b'", 1, 39},
	{ARM(A("a", "") ", " A("A", "")), "two record sets of one type called 'a'", 1,
	 138},
	{ARM(A("a", "") ", " CNAME("a", "x.com")),
	 "a canonical name beside other records of 'a'", 1, 138},
	{ARM(LINK("l", "'resolutionPolicy': 'Other'") A("a", "")),
	 "'Other' as a resolution policy", 1, 158},
	{SETS "add-record " IN_P "-a 10.0.0.1\n", "a command without '--name'", 1, 1},
	{SETS "add-record -g g -n a -a 10.0.0.1\n", "a command without '--zone-name'", 1,
	 1},
	{SETS "add-record " IN_P "-n a\n", "a command without '--ipv4-address'", 1, 1},
	{SETS "add-record " IN_P "-n a -a 10.0.0\n", "'10.0.0' as an IPv4 address", 1,
	 69},
	{": ok\naz 'x\n", "the quote is not closed", 2, 4},
	{"az \"$(x\"\n", "what is opened here is not closed", 1, 5},
	{"fi\n", "what ends here has not begun", 2, 1},
};

static void test_refusals(void **state)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new();

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(refusals); i++) {
		const struct refusal *row = &refusals[i];
		const char *text = unquote(row->text, arena);
		CLEANUP(strbuf_release) struct strbuf wrong = {0};

		if (!answers_refused(&backend_azure_private_dns, text, row->what,
				     row->line, row->column, &wrong))
			fail_msg("%s: %s", row->what, strbuf_text(&wrong));
	}
}

static void test_ids(void **state)
{
	static const char *const texts[] = {
		"[{" T
		"/A', 'name': 'p.io/a', 'properties': {'metadata': {'postern': 'x/y'}, "
		"'aRecords': [" IP("10.0.0.1") "]}}]",
		"{'resource': {'azurerm_private_dns_a_record': {'a': {'name': 'a', "
		"'zone_name': 'p.io', 'records': ['10.0.0.1'], 'tags': {'postern': "
		"'x/y'}}}}}",
		"# postern:z\n" SETS "add-record " IN_P
		"-n a -a 10.0.0.1 # postern:x/y more\n",
	};
	CLEANUP(arena_cleanup) struct arena *arena = arena_new();

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		const char *text = unquote(texts[i], arena);
		struct ruleset *rules;

		assert_int_equal(import_text(&backend_azure_private_dns, "t", text,
					     strlen(text), arena, &rules,
					     diag_new(arena)),
				 0);
		assert_string_equal(rules->chains[0].rules[0].id, "x/y");
		assert_null(rules->chains[0].rules[1].id);
	}
}

static void test_sniff(void **state)
{
	static const struct {
		const char *text;
		const char *backend;
	} texts[] = {
		{ARM(ZONE A("a", "")), "azure-private-dns"},
		{ARM(ZONE LINK("l", "")), "azure-private-dns"},
		{"[{'aRecords': [], 'fqdn': 'a.p.io.'}]", "azure-private-dns"},
		{"{'resource': {'azurerm_private_dns_a_record': {}}}",
		 "azure-private-dns"},
		{"#!/bin/sh\n" AZ "zone create\n", "azure-private-dns"},
		{"#!/bin/sh\naz network vnet list\n", NULL},
		{"{'securityRules': []}", "azure-nsg"},
		{ARM(ZONE
		     "{'type': 'Microsoft.Network/networkSecurityGroups', 'properties': "
		     "{'securityRules': []}}"),
		 "azure-nsg"},
		/* whoever has both must say which is meant */
		{ARM(A("a", "") ", {'type': 'Microsoft.Network/networkSecurityGroups', "
				"'properties': {'securityRules': []}}"),
		 NULL},
	};
	CLEANUP(arena_cleanup) struct arena *arena = arena_new();

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		const char *text = unquote(texts[i].text, arena);
		const struct backend *backend = backends_guess(text, strlen(text));

		if (!backend != !texts[i].backend ||
		    (backend && strcmp(backend->name, texts[i].backend) != 0))
			fail_msg("'%s': %s", text, backend ? backend->name : "nothing");
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_refusals),
		cmocka_unit_test(test_ids),
		cmocka_unit_test(test_sniff),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
