/* check_test.c - Conflicts between parts: each told once, and none where there is none.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "backends/backend.h"
#include "compiler/check.h"
#include "rules/base/strbuf.h"
#include "tests/unit/compiler/spec_fixture.h"

static void expect(const char *registry, const char *client, const char *rest,
		   const char *slugs)
{
	CLEANUP(strbuf_release) struct strbuf text = {0};
	struct spec_fixture f;

	strbuf_printf(&text,
		      "version: 1\n"
		      "registries: [{name: contoso, region: westeurope, %s}]\n"
		      "clients: [{name: nodes, addresses: 10.240.0.0/16, %s}]\n"
		      "egress: {default: deny}\n"
		      "outputs: [{backend: nftables, hook: forward}]\n"
		      "%s",
		      registry, client, rest);
	f = spec_fixture_parse(text.text);
	assert_string_equal(spec_fixture_slugs(&f), slugs);
	spec_fixture_release(&f);
}

#define V4 "families: [ipv4]"
#define PE(x)                                                                            \
	"mode: private, private_endpoints: [{name: pe, addresses: {registry: 10.1.2.4, " \
	"registry_data_westeurope: 10.1.2.5" x "}}]"
#define PUBLIC "mode: public, data_endpoints: dedicated"

static void test_quiet(void **state)
{
	(void)state;
	expect(PE(""), V4, "", "");
	expect(PUBLIC, V4, "", "");
	expect(PE("") ", public_access: disabled", V4, "", "");
	expect(PE("") ", public_access: [203.0.113.0/24]", V4, "", "");
	expect("mode: public, sku: basic", V4, "", "");
	expect("mode: public, data_endpoints: transition", V4, "", "");
	expect(PUBLIC ", public_access: [203.0.113.0/24]",
	       V4 ", egress_addresses: 203.0.113.9", "", "");
	expect(PUBLIC ", ip_family: dual", V4, "", "");
	expect("mode: public, private_endpoints: [{name: pe, addresses: {registry: "
	       "10.1.2.4}}]",
	       V4, "", ""); /* nobody uses the endpoint: what it lacks is not missed */
}

static void test_families(void **state)
{
	(void)state;
	expect(PUBLIC, "mode: public", "", "client-family-open");
	expect(PUBLIC, "families: [ipv6]", "", "client-families client-families");
	expect(PUBLIC, V4 ", via: proxy", "proxy: {address: 10.0.0.4, port: 3128}\n",
	       "client-family-open");
}

static void test_private(void **state)
{
	(void)state;
	expect("mode: private", V4, "", "private-endpoint-missing");
	expect(PUBLIC, V4 ", mode: private", "", "private-endpoint-missing");
	expect(PE("") ", replicas: [eastus, northeurope]", V4, "",
	       "replica-without-address replica-without-address");
	expect(PE(", registry_data_eastus: 10.1.2.6") ", replicas: [eastus]", V4, "", "");
	expect(PE(", registry_westeurope: 10.1.2.6") ", regional_endpoints: true", V4, "",
	       "");
	expect(PE("") ", regional_endpoints: true", V4, "", "replica-without-address");
	expect(PE(", registry_data_eastus: 10.1.2.5"), V4, "",
	       "address-twice member-without-replica");
	expect(PE("") ", sku: standard", V4, "", "sku-feature");
	expect(PE("") ", data_endpoints: storage", V4, "", "private-storage");
}

static void test_public(void **state)
{
	(void)state;
	expect(PUBLIC ", public_access: disabled", V4, "", "public-access-disabled");
	expect(PE("") ", public_access: disabled", V4 ", mode: public", "",
	       "public-access-disabled");
	expect(PUBLIC ", public_access: [203.0.113.0/24]", V4, "",
	       "egress-addresses-missing");
	expect(PUBLIC ", public_access: [203.0.113.0/24]",
	       V4 ", egress_addresses: 203.0.112.0/23", "", "egress-address-refused");
}

static void test_via_proxy(void **state)
{
	(void)state;
	expect(PE(""), V4 ", via: proxy",
	       "proxy: {address: 10.0.0.4, port: 3128, families: ipv4}\n", "");
	expect("mode: private", V4 ", via: proxy",
	       "proxy: {address: 10.0.0.4, port: 3128, families: ipv4}\n",
	       "proxy-private-endpoint");
	expect(PE(""), V4, "proxy: {address: 10.0.0.4, port: 3128, families: ipv4}\n",
	       "proxy-unused");
}

/* No back end of this kind is needed to judge its outputs. */
static void test_proxy_output(void **state)
{
	static const struct backend squid = {.name = "proxy", .kind = BACKEND_KIND_PROXY};
	struct client client = {.via = CLIENT_DIRECT}, *clients[] = {&client};
	struct output output = {.backend = &squid, .name = {"proxy", SPAN_NONE}};
	struct output *outputs[] = {&output};
	struct spec spec = {.outputs = outputs, .output_count = 1};
	struct arena *arena = arena_new();
	struct diag *diag = diag_new(arena);

	(void)state;
	check_outputs(&spec, diag);
	assert_int_equal(diag_message(diag, 0)->code, DIAG_PROXY_OUTPUT);
	output.clients = clients;
	output.client_count = 1;
	check_outputs(&spec, diag);
	assert_int_equal(diag_errors(diag), 2);
	client.via = CLIENT_PROXY;
	check_outputs(&spec, diag);
	assert_int_equal(diag_errors(diag), 2);
	arena_free(arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_quiet),	  cmocka_unit_test(test_families),
		cmocka_unit_test(test_private),	  cmocka_unit_test(test_public),
		cmocka_unit_test(test_via_proxy), cmocka_unit_test(test_proxy_output),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
