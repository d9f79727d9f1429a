/* azure_json_test.c - One object in all the forms that az and ARM give it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "backends/json.h"
#include "compiler/azure_json.h"
#include "rules/base/arena.h"

struct fixture {
	struct arena *arena;
	struct diag *diag;
	struct azure_registry registry;
	struct private_endpoint endpoint;
	int error;
};

static struct fixture read_text(const char *text, bool is_registry)
{
	struct fixture f = {.arena = arena_new()};
	struct doc *doc = NULL;

	f.diag = diag_new(f.arena);
	assert_int_equal(json_read(text, strlen(text),
				   diag_add_source(f.diag, "t", text, strlen(text)),
				   f.arena, &doc, f.diag),
			 0);
	f.error = is_registry ? azure_registry_read(doc, "azurecr.io", f.arena,
						    &f.registry, f.diag)
			      : azure_endpoint_read(doc, "azurecr.io", f.arena,
						    &f.endpoint, f.diag);
	return f;
}

#define LINK(member, fqdns)                                              \
	"\"privateLinkConnectionProperties\":{\"groupId\":\"registry\"," \
	"\"requiredMemberName\":\"" member "\",\"fqdns\":[" fqdns "]}"

static void expect_members(const char *text)
{
	struct fixture f = read_text(text, false);
	const struct member_address *members = f.endpoint.members;

	assert_int_equal(f.error, 0);
	assert_int_equal(f.endpoint.member_count, 2);
	assert_string_equal(members[0].member, "registry_data_eastus2");
	assert_string_equal(members[0].fqdn, "contoso.eastus2.data.azurecr.io");
	assert_true(members[0].address.value == 0x0a000005);
	assert_string_equal(members[1].member, "registry");
	assert_string_equal(members[1].fqdn, "contoso.azurecr.io");
	assert_int_equal(text[members[1].at.begin], '"');
	assert_int_equal(f.endpoint.state, CONNECTION_APPROVED);
	arena_free(f.arena);
}

static void test_interface(void **state)
{
	(void)state;
	expect_members(
		"{\"ipConfigurations\":[" /* az since aaz */
		"{\"privateIPAddress\":\"10.0.0.5\"," LINK(
			"registry_data_eastus2",
			"\"contoso.eastus2.data.azurecr.io\"") "},"
							       "{\"privateIPAddres"
							       "s\":\"10.0.0."
							       "6\"," LINK("registry",
									   "\"contoso."
									   "azurecr."
									   "io\"") "}]"
										   "}");
	expect_members(
		"[{\"ipConfigurations\":[" /* msrest, in a list of one */
		"{\"privateIpAddress\":\"10.0.0.5\"," LINK(
			"registry_data_eastus2",
			"\"Contoso.eastus2.data.azurecr.io\"") "},"
							       "{\"privateIpAddres"
							       "s\":\"10.0.0."
							       "6\"," LINK("registry",
									   "\"CONTOSO."
									   "azurecr."
									   "io\"") "},"
										   "{"
										   "\""
										   "pr"
										   "iv"
										   "at"
										   "eI"
										   "pA"
										   "dd"
										   "re"
										   "ss"
										   "\""
										   ":"
										   "\""
										   "10"
										   ".0"
										   ".0"
										   ".9"
										   "\""
										   ","
										   "\""
										   "pr"
										   "iv"
										   "at"
										   "eL"
										   "in"
										   "kC"
										   "on"
										   "ne"
										   "ct"
										   "io"
										   "nP"
										   "ro"
										   "pe"
										   "rt"
										   "ie"
										   "s"
										   "\""
										   ":n"
										   "ul"
										   "l}"
										   "]}"
										   "]");
	expect_members(
		"{\"properties\":{\"ipConfigurations\":[" /* ARM */
		"{\"properties\":{\"privateIPAddress\":\"10.0.0.5\"," LINK(
			"registry_data_eastus2",
			"\"contoso.eastus2.data.azurecr.io\"") "}},"
							       "{\"properties\":{"
							       "\"privateIPAddress"
							       "\":\"10.0.0."
							       "6\"," LINK("registry",
									   "\"contoso."
									   "azurecr."
									   "io\"") "}}"
										   "]}"
										   "}");
}

static void test_endpoint(void **state)
{
	(void)state;
	expect_members(
		"{\"customDnsConfigs\":["
		"{\"fqdn\":\"contoso.eastus2.data.azurecr.io\","
		"\"ipAddresses\":[\"10.0.0.5\"]},"
		"{\"fqdn\":\"contoso.azurecr.io\",\"ipAddresses\":[\"10.0.0.6\"]}],"
		"\"privateLinkServiceConnections\":[{\"properties\":{"
		"\"privateLinkServiceConnectionState\":{\"status\":\"Approved\"}}}]}");
}

static void refuse(const char *text, bool is_registry, enum diag_code code)
{
	struct fixture f = read_text(text, is_registry);

	assert_int_equal(f.error, -1);
	if (diag_message(f.diag, 0)->code != code)
		print_error("%s\n%s\n", text, diag_message(f.diag, 0)->text);
	assert_int_equal(diag_message(f.diag, 0)->code, code);
	arena_free(f.arena);
}

static void test_endpoint_refused(void **state)
{
	(void)state;
	refuse("[]", false, DIAG_AZURE_JSON);
	refuse("\"x\"", false, DIAG_AZURE_JSON);
	refuse("[{},{}]", false, DIAG_AZURE_JSON);
	refuse("{}", false, DIAG_AZURE_JSON);
	refuse("{\"ipConfigurations\":[]}", false, DIAG_AZURE_JSON);
	refuse("{\"ipConfigurations\":{}}", false, DIAG_AZURE_JSON);
	refuse("{\"customDnsConfigs\":[]}", false, DIAG_PE_JSON_EMPTY);
	refuse("{\"ipConfigurations\":[{" LINK("registry", "") "}]}", false,
	       DIAG_AZURE_JSON);
	refuse("{\"ipConfigurations\":[{\"privateIPAddress\":\"10.0.0.0/8\"," LINK(
		       "registry", "") "}]}",
	       false, DIAG_BAD_ADDRESS);
	refuse("{\"ipConfigurations\":[{\"privateIPAddress\":\"10.0.0.1\"," LINK(
		       "blob", "") "}]}",
	       false, DIAG_PE_MEMBER);
	refuse("{\"ipConfigurations\":[{\"privateIPAddress\":\"10.0.0.1\"," LINK(
		       "registry", "\"contoso.azurecr.io.evil.com\"") "}]}",
	       false, DIAG_AZURE_JSON);
	refuse("{\"ipConfigurations\":[{\"privateIPAddress\":\"10.0.0.1\"," LINK(
		       "registry", "\"a.azurecr.io\",\"b.azurecr.io\"") "}]}",
	       false, DIAG_AZURE_JSON);
	refuse("{\"ipConfigurations\":[{\"privateIPAddress\":\"10.0.0.1\"," LINK(
		       "registry", "\"contoso.eastus.data.azurecr.io\"") "}]}",
	       false, DIAG_AZURE_JSON);
	refuse("{\"ipConfigurations\":[{\"privateIPAddress\":\"10.0.0.1\"," LINK(
		       "registry_data_westus",
		       "\"contoso.eastus.data.azurecr.io\"") "}]}",
	       false, DIAG_AZURE_JSON);
	refuse("{\"customDnsConfigs\":[{\"fqdn\":\"contoso.azurecr.io\",\"ipAddresses\":["
	       "]}]}",
	       false, DIAG_AZURE_JSON);
}

static void test_members(void **state)
{
	(void)state;
	assert_string_equal(azure_member_region("registry"), "");
	assert_string_equal(azure_member_region("registry_data_eastus"), "eastus");
	assert_string_equal(azure_member_region("registry_eastus"), "eastus");
	assert_true(azure_host_is_of("contoso.azurecr.io", "contoso"));
	assert_true(azure_host_is_of("contoso-a1.azurecr.io", "contoso"));
	assert_false(azure_host_is_of("contosox.azurecr.io", "contoso"));
	assert_null(azure_member_region("registry_"));
	assert_null(azure_member_region("registry_data_"));
	assert_null(azure_member_region("registry_data_East"));
	assert_null(azure_member_region("registry_data_a.b"));
	assert_null(azure_member_region("Registry"));
	assert_null(azure_member_region("blob"));
}

static void test_registry(void **state)
{
	struct fixture f = read_text(
		"{\"name\":\"contoso\",\"location\":\"westus\",\"sku\":{\"name\":"
		"\"Premium\"},"
		"\"properties\":{\"loginServer\":\"Contoso-abc123.azurecr.io\","
		"\"dataEndpointEnabled\":true,"
		"\"dataEndpointHostNames\":[\"contoso-abc123.westus.data.azurecr.io\"],"
		"\"regionalEndpoints\":\"Enabled\","
		"\"regionalEndpointHostNames\":[\"contoso-abc123.westus.geo.azurecr.io\"]"
		","
		"\"endpointProtocol\":\"IPv4AndIPv6\",\"publicNetworkAccess\":"
		"\"Enabled\","
		"\"networkRuleSet\":{\"defaultAction\":\"Deny\",\"ipRules\":["
		"{\"action\":\"Allow\",\"value\":\"203.0.113.0/24\"},"
		"{\"action\":\"Allow\",\"ipAddressOrRange\":\"198.51.100.7\"}],"
		"\"virtualNetworkRules\":[{\"id\":\"/x\"}]},"
		"\"privateEndpointConnections\":[{\"properties\":{"
		"\"privateEndpoint\":{\"id\":\"/a/privateEndpoints/pe\"},"
		"\"privateLinkServiceConnectionState\":{\"status\":\"Pending\"}}}]}}",
		true);
	const struct azure_registry *registry = &f.registry;

	(void)state;
	assert_int_equal(f.error, 0);
	assert_true(registry->has_body);
	assert_string_equal(registry->login_server.text, "contoso-abc123.azurecr.io");
	assert_string_equal(registry->location.text, "westus");
	assert_string_equal(registry->sku.text, "Premium");
	assert_int_equal(registry->public_access, PUBLIC_SELECTED);
	assert_int_equal(registry->public_rules.of[FAMILY_IPV4].count, 2);
	assert_true(registry->service_endpoints);
	assert_true(registry->regional_endpoints);
	assert_true(registry->dual_stack);
	assert_string_equal(registry->data_hosts[0].region, "westus");
	assert_string_equal(registry->regional_hosts[0].region, "westus");
	assert_int_equal(registry->connection_count, 1);
	assert_string_equal(registry->connections[0].endpoint, "pe");
	assert_int_equal(registry->connections[0].state, CONNECTION_PENDING);
	arena_free(f.arena);
}

/* Stable API versions lack the newer switches: absent is off. */
static void test_registry_minimal(void **state)
{
	struct fixture f = read_text("{\"loginServer\":\"contoso.azurecr.io\"}", true);

	(void)state;
	assert_int_equal(f.error, 0);
	assert_int_equal(f.registry.public_access, PUBLIC_ENABLED);
	assert_false(f.registry.regional_endpoints || f.registry.dual_stack);
	assert_null(f.registry.sku.text);
	assert_null(f.registry.data_endpoint.text);
	arena_free(f.arena);
}

static void test_endpoints(void **state)
{
	struct fixture f =
		read_text("{\"loginServer\":\"contoso.azurecr.io\",\"dataEndpoints\":["
			  "{\"region\":\"eastus\",\"endpoint\":"
			  "\"contoso.eastus.data.azurecr.io\"},"
			  "{\"region\":\"westus\",\"endpoint\":"
			  "\"contoso.westus.data.azurecr.io\"}]}",
			  true);

	(void)state;
	assert_int_equal(f.error, 0);
	assert_false(f.registry.has_body);
	assert_string_equal(f.registry.data_endpoint.text, "true");
	assert_int_equal(f.registry.data_host_count, 2);
	assert_string_equal(f.registry.data_hosts[1].region, "westus");
	assert_false(f.registry.regional_endpoints);
	arena_free(f.arena);
	f = read_text("{\"loginServer\":\"contoso.azurecr.io\",\"dataEndpoints\":["
		      "{\"region\":\"eastus\",\"endpoint\":\"*.blob.core.windows.net\"},"
		      "{\"region\":\"westus\",\"endpoint\":\"*.blob.core.windows.net\"}]"
		      "}",
		      true);
	assert_int_equal(f.error, 0);
	assert_string_equal(f.registry.data_endpoint.text, "false");
	assert_int_equal(f.registry.data_host_count, 0);
	arena_free(f.arena);
}

static void test_registry_refused(void **state)
{
	(void)state;
	refuse("{\"name\":\"contoso\"}", true, DIAG_AZURE_JSON);
	refuse("{\"loginServer\":\"contoso.azurecr.cn\"}", true, DIAG_AZURE_JSON);
	refuse("{\"loginServer\":\"azurecr.io\"}", true, DIAG_AZURE_JSON);
	refuse("{\"loginServer\":\"*.azurecr.io\"}", true, DIAG_AZURE_JSON);
	refuse("{\"loginServer\":[\"contoso.azurecr.io\"]}", true, DIAG_AZURE_JSON);
	refuse("{\"loginServer\":\"a.azurecr.io\",\"dataEndpointHostNames\":[\"b.azurecr."
	       "io\"]}",
	       true, DIAG_AZURE_JSON);
	refuse("{\"loginServer\":\"a.azurecr.io\",\"networkRuleSet\":{\"ipRules\":[{}]}}",
	       true, DIAG_AZURE_JSON);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_interface),
		cmocka_unit_test(test_endpoint),
		cmocka_unit_test(test_endpoint_refused),
		cmocka_unit_test(test_members),
		cmocka_unit_test(test_registry),
		cmocka_unit_test(test_registry_minimal),
		cmocka_unit_test(test_endpoints),
		cmocka_unit_test(test_registry_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
