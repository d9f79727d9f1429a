/* parse_test.c - What becomes of a spec that is right, key by key. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "rules/base/strbuf.h"
#include "tests/unit/compiler/spec_fixture.h"

#define WHOLE                                                                           \
	"version: 1\n"                                                                  \
	"cloud: public\n"                                                               \
	"registries:\n"                                                                 \
	"  - name: contoso\n"                                                           \
	"    sku: premium\n"                                                            \
	"    region: West Europe\n"                                                     \
	"    replicas: [eastus, northeurope]\n"                                         \
	"    mode: private\n"                                                           \
	"    data_endpoints: dedicated\n"                                               \
	"    regional_endpoints: false\n"                                               \
	"    ip_family: ipv4\n"                                                         \
	"    public_access: enabled\n"                                                  \
	"    private_endpoints:\n"                                                      \
	"      - name: pe-spoke\n"                                                      \
	"        location: westeurope\n"                                                \
	"        subnet: 10.1.2.0/27\n"                                                 \
	"        addresses: {registry: 10.1.2.4, registry_data_westeurope: 10.1.2.5,\n" \
	"                    registry_data_eastus: 10.1.2.6,\n"                         \
	"                    registry_data_northeurope: 10.1.2.7}\n"                    \
	"        state: approved\n"                                                     \
	"  - {name: fabrikam, region: eastus, mode: public, data_endpoints: "           \
	"dedicated,\n"                                                                  \
	"     public_access: [203.0.113.0/24, 198.51.100.7]}\n"                         \
	"clients:\n"                                                                    \
	"  - name: aks-nodes\n"                                                         \
	"    addresses: [10.240.0.0/16, 10.241.0.1]\n"                                  \
	"    families: [ipv4]\n"                                                        \
	"    operations: [pull, login]\n"                                               \
	"    private_endpoint: pe-spoke\n"                                              \
	"    egress_addresses: 203.0.113.7\n"                                           \
	"    services: [entra-id, mcr, {name: aks, location: westeurope,\n"             \
	"               private_cluster: true}]\n"                                      \
	"    allow:\n"                                                                  \
	"      - {to: 10.9.0.0/16, protocol: tcp, ports: [5432, 8000-8080, 443],\n"     \
	"         comment: database, expires: 2028-02-29}\n"                            \
	"      - {to: [10.8.0.1, 'fd00::/8'], protocol: any}\n"                         \
	"  - {name: ci, addresses: 10.250.0.0/24, families: [ipv4], registries: "       \
	"contoso,\n"                                                                    \
	"     via: proxy}\n"                                                            \
	"service_tags: ServiceTags_Public.json\n"                                       \
	"dns: {servers: [168.63.129.16, '2001:db8::53']}\n"                             \
	"proxy: {address: 10.0.0.4, port: 3128, families: [ipv4], private_endpoint: "   \
	"pe-spoke}\n"                                                                   \
	"egress: {default: deny, inside: [10.0.0.0/8], accept: [service-tag], log: "    \
	"true}\n"                                                                       \
	"outputs:\n"                                                                    \
	"  - {backend: nftables, hook: forward, platform: none}\n"                      \
	"  - {backend: nftables, name: host, hook: output, clients: [ci]}\n"

static void assert_set(const struct addr_set *set, const char *expected)
{
	CLEANUP(strbuf_release) struct strbuf text = {0};

	addr_set_format(set, &text);
	assert_string_equal(strbuf_text(&text), expected);
}

static struct spec_fixture parse_whole(void)
{
	struct spec_fixture f = spec_fixture_parse(WHOLE);

	assert_string_equal(spec_fixture_slugs(&f), "");
	assert_non_null(f.spec);
	return f;
}

static void test_registries(void **state)
{
	struct spec_fixture f = parse_whole();
	const struct registry *registry = f.spec->registries[0];
	const struct private_endpoint *endpoint = registry->private_endpoints[0];

	(void)state;
	assert_int_equal(f.spec->cloud, CLOUD_PUBLIC);
	assert_int_equal(f.spec->registry_count, 2);
	assert_string_equal(registry->name.text, "contoso");
	assert_string_equal(registry->login_server.text, "contoso.azurecr.io");
	assert_true(registry->login_server_confirmed);
	assert_int_equal(registry->sku, SKU_PREMIUM);
	assert_int_equal(registry->region_count, 3);
	assert_string_equal(registry->regions[0].name, "westeurope");
	assert_string_equal(registry->regions[2].name, "northeurope");
	assert_int_equal(registry->mode, MODE_PRIVATE);
	assert_int_equal(registry->data_endpoints, DATA_DEDICATED);
	assert_int_equal(registry->public_access, PUBLIC_ENABLED);
	assert_ptr_equal(endpoint->registry, registry);
	assert_int_equal(endpoint->member_count, 4);
	assert_string_equal(endpoint->members[3].member, "registry_data_northeurope");
	assert_true(endpoint->has_subnet);
	assert_int_equal(endpoint->state, CONNECTION_APPROVED);
	registry = f.spec->registries[1];
	assert_int_equal(registry->mode, MODE_PUBLIC);
	assert_int_equal(registry->public_access, PUBLIC_SELECTED);
	assert_set(&registry->public_rules, "198.51.100.7, 203.0.113.0/24");
	spec_fixture_release(&f);
}

static void test_clients(void **state)
{
	struct spec_fixture f = parse_whole();
	const struct client *client = f.spec->clients[0];

	(void)state;
	assert_int_equal(f.spec->client_count, 2);
	assert_set(&client->addresses, "10.240.0.0/16, 10.241.0.1");
	assert_int_equal(client->families, 1u << FAMILY_IPV4);
	assert_true(client->families_written);
	assert_int_equal(client->operations,
			 1u << OPERATION_PULL | 1u << OPERATION_LOGIN);
	assert_int_equal(client->mode, MODE_UNSET);
	assert_int_equal(client->registry_count, 2);
	assert_int_equal(client->registries[0].mode, MODE_PRIVATE);
	assert_ptr_equal(client->registries[0].private_endpoint,
			 f.spec->registries[0]->private_endpoints[0]);
	assert_int_equal(client->registries[1].mode, MODE_PUBLIC);
	assert_null(client->registries[1].private_endpoint);
	assert_set(&client->egress_addresses, "203.0.113.7");
	assert_int_equal(client->service_count, 3);
	assert_string_equal(client->services[2].location.name, "westeurope");
	assert_true(client->services[2].private_cluster);
	assert_false(client->services[0].private_cluster);
	assert_int_equal(client->allow_count, 2);
	assert_int_equal(client->allows[0].protocols.count, 1);
	assert_int_equal(client->allows[0].protocols.at[0].first, 6);
	assert_int_equal(client->allows[0].ports.count, 3);
	assert_int_equal(client->allows[0].ports.at[0].first, 443);
	assert_int_equal(client->allows[0].ports.at[2].last, 8080);
	assert_string_equal(client->allows[0].expires.text, "2028-02-29");
	assert_int_equal(client->allows[1].protocols.count, 0);
	assert_int_equal(client->allows[1].ports.count, 0);
	client = f.spec->clients[1];
	assert_int_equal(client->via, CLIENT_PROXY);
	assert_int_equal(client->operations, 1u << OPERATION_PULL);
	assert_int_equal(client->registry_count, 1);
	assert_non_null(client->registries[0].private_endpoint);
	spec_fixture_release(&f);
}

static void test_rest(void **state)
{
	struct spec_fixture f = parse_whole();
	const struct output *output = f.spec->outputs[0];
	bool found = false;

	(void)state;
	assert_string_equal(f.spec->service_tags.text, "ServiceTags_Public.json");
	assert_set(&f.spec->dns_servers, "168.63.129.16, 2001:db8::53");
	assert_true(f.spec->proxy.present);
	assert_int_equal(f.spec->proxy.port, 3128);
	assert_int_equal(f.spec->proxy.private_endpoint_count, 1);
	assert_true(f.spec->egress.deny && f.spec->egress.log);
	assert_int_equal(f.spec->egress.accept, ACCEPT_SERVICE_TAG);
	assert_set(&f.spec->egress.inside, "10.0.0.0/8");
	assert_int_equal(f.spec->output_count, 2);
	assert_string_equal(output->name.text, "nftables");
	assert_int_equal(output->client_count, 2);
	assert_false(output->clients_written);
	for (size_t i = 0; i < output->setting_count; i++) {
		assert_non_null(output->settings[i].value);
		if (strcmp(output->settings[i].option->name, "hook") == 0)
			found = strcmp(output->settings[i].value, "forward") == 0;
	}
	assert_true(found);
	output = f.spec->outputs[1];
	assert_true(output->clients_written);
	assert_int_equal(output->client_count, 1);
	assert_ptr_equal(output->clients[0], f.spec->clients[1]);
	spec_fixture_release(&f);
}

/* The defaults, and that a host's output governs the client without addresses. */
static void test_defaults(void **state)
{
	struct spec_fixture f = spec_fixture_parse(
		"version: 1\n"
		"registries: [{name: contoso, region: eastus, mode: public}]\n"
		"clients: [{name: agent}]\n"
		"egress: {default: keep}\n"
		"outputs: [{backend: nftables, hook: output}]\n");

	(void)state;
	assert_string_equal(spec_fixture_slugs(&f), "");
	assert_int_equal(f.spec->registries[0]->data_endpoints, DATA_STORAGE);
	assert_false(f.spec->egress.deny);
	assert_false(f.spec->egress.log);
	assert_false(f.spec->clients[0]->has_addresses);
	assert_int_equal(f.spec->clients[0]->families,
			 1u << FAMILY_IPV4 | 1u << FAMILY_IPV6);
	assert_int_equal(f.spec->outputs[0]->client_count, 1);
	assert_false(f.spec->proxy.present);
	spec_fixture_release(&f);
}

/* One run reports many mistakes, each in its place. */
static void test_many_mistakes(void **state)
{
	struct spec_fixture f = spec_fixture_parse(
		"version: 3\n"
		"registries: [{name: con, region: eastus, mode: public, colour: red}]\n"
		"clients: [{name: nodes, addresses: [10.0.0.1/8, x], families: [ipv5]}]\n"
		"egress: {default: maybe, log: on}\n"
		"outputs: [{backend: iptables}]\n");

	(void)state;
	assert_null(f.spec);
	assert_string_equal(spec_fixture_slugs(&f),
			    "spec-version unknown-key registry-name host-bits "
			    "bad-address "
			    "bad-word bad-word bad-boolean unknown-backend");
	spec_fixture_release(&f);
}

/* A scalar where a list of one is meant; nothing else is taken for a list. */
static void test_no_mapping(void **state)
{
	static const char *const texts[] = {"[]",	    "x", "~", "[a, b]",
					    "'version: 1'", "{}"};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		struct spec_fixture f = spec_fixture_parse(texts[i]);

		assert_null(f.spec);
		assert_true(diag_errors(f.diag) > 0);
		spec_fixture_release(&f);
	}
}

static void test_large(void **state)
{
	CLEANUP(strbuf_release) struct strbuf text = {0};
	struct spec_fixture f;

	(void)state;
	strbuf_puts(&text, "version: 1\n"
			   "registries: [{name: contoso, region: eastus, mode: public}]\n"
			   "egress: {default: deny}\n"
			   "outputs: [{backend: nftables, hook: forward}]\n"
			   "clients:\n");
	for (int i = 0; i < 20000; i++)
		strbuf_printf(&text,
			      "  - {name: c%d, addresses: 10.%d.%d.0/24, families: "
			      "ipv4}\n",
			      i, i / 256, i % 256);
	strbuf_puts(&text, "  - name: many\n    families: [ipv4]\n    addresses:\n");
	for (int i = 0; i < 100000; i++)
		strbuf_printf(&text, "      - 172.%d.%d.%d\n", i / 65536, i / 256 % 256,
			      i % 256);
	f = spec_fixture_parse(text.text);
	assert_string_equal(spec_fixture_slugs(&f), "");
	assert_int_equal(f.spec->client_count, 20001);
	spec_fixture_release(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_registries),    cmocka_unit_test(test_clients),
		cmocka_unit_test(test_rest),	      cmocka_unit_test(test_defaults),
		cmocka_unit_test(test_many_mistakes), cmocka_unit_test(test_no_mapping),
		cmocka_unit_test(test_large),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
