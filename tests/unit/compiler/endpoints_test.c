/* endpoints_test.c - From the spec to the intent. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "compiler/endpoints.h"
#include "compiler/endpoints_list.h"
#include "rules/base/arena.h"
#include "rules/base/strbuf.h"
#include "spec_builder.h"

#define PULL   (1u << OPERATION_PULL)
#define PUSH   (1u << OPERATION_PUSH)
#define LOGIN  (1u << OPERATION_LOGIN)
#define BUILD  (1u << OPERATION_BUILD)
#define MANAGE (1u << OPERATION_MANAGE)

/** struct fixture - A spec in the making and where its mistakes go */
struct fixture {
	struct arena *arena;
	struct diag *diag;
	struct spec_builder builder;
	struct intent *intent;
};

static struct fixture *fixture_new(struct arena *arena, enum cloud_id cloud)
{
	struct fixture *fixture = arena_make(arena, struct fixture);

	fixture->arena = arena;
	fixture->diag = diag_new(arena);
	fixture->builder = spec_builder_new(arena, cloud);
	return fixture;
}

static void derive(struct fixture *fixture)
{
	assert_int_equal(endpoints_derive(fixture->builder.spec, fixture->arena,
					  &fixture->intent, fixture->diag),
			 0);
}

/* The intent's flows are exactly these ids, in this order. */
static void assert_flows(const struct fixture *fixture, const char *const *ids)
{
	const struct intent *intent = fixture->intent;
	size_t count = 0;

	for (; ids[count]; count++) {
		if (count == intent->flow_count)
			fail_msg("'%s' is missing at the end", ids[count]);
		assert_string_equal(intent->flows[count]->id, ids[count]);
	}
	if (count < intent->flow_count)
		fail_msg("'%s' is too much", intent->flows[count]->id);
}

#define ASSERT_FLOWS(fixture, ...) \
	assert_flows(fixture, (const char *const[]){__VA_ARGS__, NULL})

/* One client with one public registry. */
static struct registry *one_registry(struct fixture *fixture, const char *name,
				     const char *regions, unsigned operations)
{
	struct registry *registry = builder_registry(&fixture->builder, name, regions);
	struct client *client = builder_client(&fixture->builder, "aks", operations);

	builder_use(&fixture->builder, client, registry, NULL);
	return registry;
}

/* The names of data/azure/acr_show_endpoints.json: what "az acr show-endpoints" prints
 * for a registry with regional endpoints (azure-docs-cli acr reference, read 2026-08-20).
 */
static void same_names_as_az_acr_show_endpoints(void **state)
{
	static const char json[] =
		"{\"loginServer\": \"myregistry.azurecr.io\", \"dataEndpoints\": ["
		"{\"region\": \"eastus\", \"endpoint\": "
		"\"myregistry.eastus.data.azurecr.io\"},"
		"{\"region\": \"westus\", \"endpoint\": "
		"\"myregistry.westus.data.azurecr.io\"}"
		"], \"regionalEndpoints\": ["
		"{\"region\": \"eastus\", \"endpoint\": "
		"\"myregistry.eastus.geo.azurecr.io\"},"
		"{\"region\": \"westus\", \"endpoint\": "
		"\"myregistry.westus.geo.azurecr.io\"}"
		"]}";
	CLEANUP(arena_cleanup) struct arena *arena = arena_new();
	struct fixture *fixture = fixture_new(arena, CLOUD_PUBLIC);
	size_t hosts = 0;

	(void)state;
	one_registry(fixture, "myregistry", "eastus westus", PULL)->regional_endpoints =
		true;
	derive(fixture);
	for (const char *at = json; (at = strstr(at, "\"myregistry.")); hosts++) {
		size_t length = strcspn(at + 1, "\"");
		const char *host = arena_strndup(arena, at + 1, length);

		if (!builder_flow(fixture->intent,
				  arena_printf(arena, "aks/myregistry/%s:tcp:443", host)))
			fail_msg("no flow to '%s'", host);
		at += length;
	}
	assert_int_equal(hosts, 5);
	assert_int_equal(fixture->intent->flow_count, hosts);
	assert_int_equal(diag_warnings(fixture->diag), 0);
}

/* Names of the two pages on Private Link and network trouble: a registry in West Europe
 * with replicas in East US and, added later, North Europe. */
static void same_names_as_the_private_link_page(void **state)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new();
	struct fixture *fixture = fixture_new(arena, CLOUD_PUBLIC);

	(void)state;
	one_registry(fixture, "myregistry", "westeurope eastus northeurope", PULL);
	derive(fixture);
	ASSERT_FLOWS(fixture, "aks/myregistry/myregistry.azurecr.io:tcp:443",
		     "aks/myregistry/myregistry.westeurope.data.azurecr.io:tcp:443",
		     "aks/myregistry/myregistry.eastus.data.azurecr.io:tcp:443",
		     "aks/myregistry/myregistry.northeurope.data.azurecr.io:tcp:443");
	assert_string_equal(fixture->intent->flows[0]->reason, "login server");
	assert_string_equal(fixture->intent->flows[1]->reason,
			    "data endpoint of home region westeurope");
	assert_string_equal(fixture->intent->flows[3]->reason,
			    "data endpoint of replica northeurope");
	assert_string_equal(fixture->intent->flows[0]->regional_tags,
			    "AzureContainerRegistry.WestEurope "
			    "AzureContainerRegistry.EastUS "
			    "AzureContainerRegistry.NorthEurope");
}

/* aks/outbound-rules-control-egress of 2026-06-18 lists these for marketplace extensions.
 */
static void same_names_as_the_marketplace_registry(void **state)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new();
	struct fixture *fixture = fixture_new(arena, CLOUD_PUBLIC);

	(void)state;
	one_registry(fixture, "arcmktplaceprod",
		     "centralindia japaneast westus2 westeurope eastus", PULL);
	derive(fixture);
	ASSERT_FLOWS(
		fixture, "aks/arcmktplaceprod/arcmktplaceprod.azurecr.io:tcp:443",
		"aks/arcmktplaceprod/"
		"arcmktplaceprod.centralindia.data.azurecr.io:tcp:443",
		"aks/arcmktplaceprod/arcmktplaceprod.japaneast.data.azurecr.io:tcp:443",
		"aks/arcmktplaceprod/arcmktplaceprod.westus2.data.azurecr.io:tcp:443",
		"aks/arcmktplaceprod/arcmktplaceprod.westeurope.data.azurecr.io:tcp:443",
		"aks/arcmktplaceprod/arcmktplaceprod.eastus.data.azurecr.io:tcp:443");
}

static void assert_operation(unsigned operation, const char *const *ids)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new();
	struct fixture *fixture = fixture_new(arena, CLOUD_PUBLIC);

	one_registry(fixture, "contoso", "westeurope", operation);
	derive(fixture);
	assert_flows(fixture, ids);
}

#define ASSERT_OPERATION(operation, ...) \
	assert_operation(operation, (const char *const[]){__VA_ARGS__, NULL})

static void operations_need_what_they_need(void **state)
{
	static const char login_server[] = "aks/contoso/contoso.azurecr.io:tcp:443";
	static const char entra[] = "aks/entra-id/login.microsoftonline.com:tcp:443";
	static const char arm[] = "aks/resource-manager/management.azure.com:tcp:443";
	static const char blob[] = "aks/contoso/*.blob.core.windows.net:tcp:443";
	static const char data[] =
		"aks/contoso/contoso.westeurope.data.azurecr.io:tcp:443";

	(void)state;
	ASSERT_OPERATION(PULL, login_server, data);
	ASSERT_OPERATION(PUSH, login_server);
	ASSERT_OPERATION(LOGIN, login_server, entra, arm);
	ASSERT_OPERATION(BUILD, login_server, blob, entra, arm);
	ASSERT_OPERATION(MANAGE, login_server, entra, arm);
	ASSERT_OPERATION(PULL | PUSH | LOGIN | MANAGE, login_server, data, entra, arm);
}

static void data_endpoints_follow_the_registry(void **state)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new();
	struct fixture *storage = fixture_new(arena, CLOUD_PUBLIC);
	struct fixture *transition = fixture_new(arena, CLOUD_PUBLIC);

	(void)state;
	one_registry(storage, "contoso", "westeurope eastus", PULL)->data_endpoints =
		DATA_STORAGE;
	derive(storage);
	ASSERT_FLOWS(storage, "aks/contoso/contoso.azurecr.io:tcp:443",
		     "aks/contoso/*.blob.core.windows.net:tcp:443");
	assert_string_equal(storage->intent->flows[1]->service_tag, "Storage");
	assert_string_equal(storage->intent->flows[1]->regional_tags,
			    "Storage.WestEurope Storage.EastUS");
	assert_int_equal(storage->intent->flows[1]->families, FAMILIES_ALL);
	one_registry(transition, "contoso", "westeurope", PULL)->data_endpoints =
		DATA_TRANSITION;
	derive(transition);
	ASSERT_FLOWS(transition, "aks/contoso/contoso.azurecr.io:tcp:443",
		     "aks/contoso/contoso.westeurope.data.azurecr.io:tcp:443",
		     "aks/contoso/*.blob.core.windows.net:tcp:443");
}

static void reasons_of_one_endpoint_are_merged(void **state)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new();
	struct fixture *fixture = fixture_new(arena, CLOUD_PUBLIC);
	struct client *client;
	struct flow *flow;

	(void)state;
	one_registry(fixture, "contoso", "westeurope", PULL | BUILD)->data_endpoints =
		DATA_STORAGE;
	client = fixture->builder.spec->clients[0];
	builder_use(&fixture->builder, client,
		    builder_registry(&fixture->builder, "fabrikam", "eastus"), NULL);
	client->registries[1].registry->data_endpoints = DATA_STORAGE;
	builder_service(&fixture->builder, client, "entra-id", NULL);
	derive(fixture);
	ASSERT_FLOWS(fixture, "aks/contoso/contoso.azurecr.io:tcp:443",
		     "aks/contoso/*.blob.core.windows.net:tcp:443",
		     "aks/fabrikam/fabrikam.azurecr.io:tcp:443",
		     "aks/entra-id/login.microsoftonline.com:tcp:443",
		     "aks/resource-manager/management.azure.com:tcp:443");
	flow = fixture->intent->flows[1];
	assert_string_equal(flow->reason,
			    "blob storage of layers; upload of build sources");
	/* The first place wins. */
	assert_int_equal(flow->at.begin, client->registries[0].at.begin);
	assert_int_equal(fixture->intent->flows[3]->at.begin,
			 client->operations_at.begin);
}

static void hosts_of_a_json_win(void **state)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new();
	struct fixture *fixture = fixture_new(arena, CLOUD_PUBLIC);
	struct host_override hosts[] = {
		{"uksouth", "contoso-x1.uksouth.data.azurecr.io", {1, 900, 901}},
		{"eastus", "contoso-x1.eastus.data.azurecr.io", {1, 901, 902}},
		{"westeurope", "*.blob.core.windows.net", {1, 902, 903}},
	};
	struct registry *registry =
		one_registry(fixture, "contoso", "westeurope eastus", PULL);

	(void)state;
	registry->login_server.text = "contoso-x1.azurecr.io";
	registry->data_hosts = hosts;
	registry->data_host_count = ARRAY_SIZE(hosts);
	derive(fixture);
	ASSERT_FLOWS(fixture, "aks/contoso/contoso-x1.azurecr.io:tcp:443",
		     "aks/contoso/contoso-x1.westeurope.data.azurecr.io:tcp:443",
		     "aks/contoso/contoso-x1.eastus.data.azurecr.io:tcp:443",
		     "aks/contoso/contoso-x1.uksouth.data.azurecr.io:tcp:443");
	assert_string_equal(fixture->intent->flows[3]->reason,
			    "data endpoint of uksouth");
}

static void a_domain_name_label_warns_once_unless_confirmed(void **state)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new();
	struct fixture *fixture = fixture_new(arena, CLOUD_PUBLIC);
	struct registry *registry =
		one_registry(fixture, "contoso", "westeurope eastus", PULL);

	(void)state;
	registry->login_server.text = "contoso-e7ggejfuhzhgedc8.azurecr.io";
	registry->login_server_confirmed = false;
	derive(fixture);
	ASSERT_FLOWS(
		fixture, "aks/contoso/contoso-e7ggejfuhzhgedc8.azurecr.io:tcp:443",
		"aks/contoso/contoso-e7ggejfuhzhgedc8.westeurope.data.azurecr.io:tcp:443",
		"aks/contoso/contoso-e7ggejfuhzhgedc8.eastus.data.azurecr.io:tcp:443");
	assert_int_equal(builder_count(fixture->diag, DIAG_HOST_UNCONFIRMED), 1);
	registry->login_server_confirmed = true;
	derive(fixture);
	assert_int_equal(builder_count(fixture->diag, DIAG_HOST_UNCONFIRMED), 1);
}

static void inferred_hosts_warn_once_a_registry(void **state)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new();
	struct fixture *fixture = fixture_new(arena, CLOUD_USGOV);
	struct registry *registry =
		one_registry(fixture, "contoso", "usgovvirginia usgovarizona", PULL);
	struct client *other = builder_client(&fixture->builder, "ci", PULL);
	struct client *pusher = builder_client(&fixture->builder, "cd", PUSH);

	(void)state;
	builder_use(&fixture->builder, other, registry, NULL);
	builder_use(&fixture->builder, pusher,
		    builder_registry(&fixture->builder, "fabrikam", "usgovtexas"), NULL);
	derive(fixture);
	assert_non_null(
		builder_flow(fixture->intent,
			     "ci/contoso/contoso.usgovarizona.data.azurecr.us:tcp:443"));
	assert_int_equal(builder_count(fixture->diag, DIAG_CATALOGUE_INFERRED), 1);
	assert_int_equal(diag_message(fixture->diag, 0)->at.begin, registry->at.begin);
}

static void a_region_without_tag_leaves_the_global_one(void **state)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new();
	struct fixture *fixture = fixture_new(arena, CLOUD_PUBLIC);

	(void)state;
	one_registry(fixture, "contoso", "westeurope denmarkeast", PULL);
	derive(fixture);
	assert_null(fixture->intent->flows[0]->regional_tags);
	assert_string_equal(fixture->intent->flows[0]->service_tag,
			    "AzureContainerRegistry");
}

static void private_use_names_view_and_member(void **state)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new();
	struct fixture *fixture = fixture_new(arena, CLOUD_PUBLIC);
	struct spec_builder *builder = &fixture->builder;
	struct registry *registry = builder_registry(builder, "contoso", "westeurope");
	struct client *client = builder_client(builder, "aks", PULL | BUILD);

	(void)state;
	registry->regional_endpoints = true;
	registry->dual_stack = true;
	builder_use(builder, client, registry,
		    builder_endpoint(builder, registry, "pe-spoke", "10.1.2.0/27",
				     "registry=10.1.2.4"));
	derive(fixture);
	assert_string_equal(fixture->intent->flows[0]->view, "pe-spoke");
	assert_string_equal(fixture->intent->flows[0]->member, "registry");
	assert_int_equal(fixture->intent->flows[0]->families, IPV4_ONLY);
	assert_string_equal(fixture->intent->flows[1]->member, "registry_westeurope");
	assert_string_equal(fixture->intent->flows[2]->member,
			    "registry_data_westeurope");
	/* Build sources go to storage, which the private endpoint does not have. */
	assert_string_equal(fixture->intent->flows[3]->name, "*.blob.core.windows.net");
	assert_string_equal(fixture->intent->flows[3]->view, "public");
	assert_null(fixture->intent->flows[3]->member);
}

static void a_dual_stack_registry_serves_both_families(void **state)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new();
	struct fixture *fixture = fixture_new(arena, CLOUD_PUBLIC);

	(void)state;
	one_registry(fixture, "contoso", "westeurope", PULL)->dual_stack = true;
	derive(fixture);
	assert_int_equal(fixture->intent->flows[0]->families, FAMILIES_ALL);
}

static void aks_groups_have_one_protocol_and_port(void **state)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new();
	struct fixture *fixture = fixture_new(arena, CLOUD_PUBLIC);
	struct client *client = builder_client(&fixture->builder, "aks", PULL);
	struct flow *tunnel;

	(void)state;
	builder_service(&fixture->builder, client, "aks", "norwayeast");
	derive(fixture);
	assert_non_null(builder_flow(fixture->intent,
				     "aks/aks/*.hcp.norwayeast.azmk8s.io:tcp:443"));
	assert_non_null(builder_flow(fixture->intent,
				     "aks/aks/*.data.mcr.microsoft.com:tcp:443"));
	assert_non_null(builder_flow(fixture->intent,
				     "aks/aks/login.microsoftonline.com:tcp:443"));
	tunnel = builder_flow(fixture->intent,
			      "aks/aks:udp-1194/AzureCloud.norwaye:udp:1194");
	assert_non_null(tunnel);
	assert_string_equal(tunnel->service_tag, "AzureCloud.norwaye");
	assert_null(tunnel->name);
	assert_false(tunnel->bound);
	assert_non_null(builder_flow(fixture->intent,
				     "aks/aks:tcp-9000/AzureCloud.norwaye:tcp:9000"));
	client->services[0].private_cluster = true;
	derive(fixture);
	for (size_t i = 0; i < fixture->intent->flow_count; i++)
		assert_string_equal(fixture->intent->flows[i]->group, "aks/aks");
}

static void dns_allow_and_inside_go_to_addresses(void **state)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new();
	struct fixture *fixture = fixture_new(arena, CLOUD_PUBLIC);
	struct spec_builder *builder = &fixture->builder;
	struct registry *registry = builder_registry(builder, "contoso", "westeurope");
	struct client *client = builder_client(builder, "aks", PUSH);
	struct flow *inside;

	(void)state;
	builder_use(builder, client, registry, NULL);
	builder_endpoint(builder, registry, "pe", NULL, "registry=10.0.0.4");
	builder_proxy(builder, "10.0.0.1", 3128);
	builder->spec->dns_servers = builder_addresses(builder, "168.63.129.16 fd00::53");
	builder->spec->egress.inside = builder_addresses(builder, "10.0.0.0/29 fd00::/8");
	builder_allow(builder, client, "10.9.0.0/16", PROTOCOL_TCP, 5432)->comment.text =
		"database";
	builder_allow(builder, client, "192.0.2.1 198.51.100.0/24", PROTOCOL_ICMP, 0);
	derive(fixture);
	ASSERT_FLOWS(fixture, "aks/contoso/contoso.azurecr.io:tcp:443",
		     "aks/dns/168.63.129.16:udp:53", "aks/dns/168.63.129.16:tcp:53",
		     "aks/allow-1/10.9.0.0/16:tcp:5432",
		     "aks/allow-2/192.0.2.1+1:icmp:any", "aks/inside/10.0.0.0+2:any:any");
	assert_string_equal(fixture->intent->flows[3]->reason, "database");
	assert_string_equal(fixture->intent->flows[3]->bound_by, "the spec");
	assert_null(fixture->intent->flows[3]->view);
	inside = fixture->intent->flows[5];
	assert_true(inside->bound);
	assert_true(addr_set_equal(&inside->addresses,
				   (struct addr_set[]){
					   builder_addresses(builder,
							     "10.0.0.0 10.0.0.2/31 "
							     "10.0.0.5 10.0.0.6/31")}));
}

static void a_need_in_a_missing_family_is_an_error(void **state)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new();
	struct fixture *fixture = fixture_new(arena, CLOUD_PUBLIC);
	struct client *client = builder_client(&fixture->builder, "aks", PUSH);
	struct intent *untouched = NULL;

	(void)state;
	builder_allow(&fixture->builder, client, "2001:db8::/32", PROTOCOL_TCP, 80);
	assert_int_equal(endpoints_derive(fixture->builder.spec, arena, &untouched,
					  fixture->diag),
			 -1);
	assert_null(untouched);
	assert_int_equal(builder_count(fixture->diag, DIAG_FAMILY_MISMATCH), 1);
	client->families = FAMILIES_ALL;
	derive(fixture);
	assert_int_equal(fixture->intent->flow_count, 1);
}

static void a_proxy_takes_requests_and_opens_flows(void **state)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new();
	struct fixture *fixture = fixture_new(arena, CLOUD_PUBLIC);
	struct spec_builder *builder = &fixture->builder;
	struct registry *registry = builder_registry(builder, "contoso", "westeurope");
	struct client *ci = builder_client(builder, "ci", PUSH | LOGIN);
	struct client *cd = builder_client(builder, "cd", PULL);
	struct private_endpoint *spoke = builder_endpoint(builder, registry, "pe-spoke",
							  NULL, "registry=10.1.2.4");
	struct private_endpoint *hub =
		builder_endpoint(builder, registry, "pe-hub", NULL, "registry=10.0.2.4");
	struct private_endpoint *at_proxy[] = {hub};

	(void)state;
	ci->via = cd->via = CLIENT_PROXY;
	builder_use(builder, ci, registry, NULL);
	builder_use(builder, cd, registry, spoke);
	builder->spec->dns_servers = builder_addresses(builder, "168.63.129.16");
	builder->spec->egress.inside = builder_addresses(builder, "10.0.0.0/8");
	builder_proxy(builder, "10.0.0.4", 3128);
	builder->spec->proxy.private_endpoints = at_proxy;
	builder->spec->proxy.private_endpoint_count = 1;
	derive(fixture);
	ASSERT_FLOWS(fixture, "ci/contoso/contoso.azurecr.io:tcp:443",
		     "ci/entra-id/login.microsoftonline.com:tcp:443",
		     "ci/resource-manager/management.azure.com:tcp:443",
		     "ci/proxy/10.0.0.4:tcp:3128", "ci/inside/10.0.0.0/30+3:any:any",
		     "cd/contoso/contoso.azurecr.io:tcp:443",
		     "cd/contoso/contoso.westeurope.data.azurecr.io:tcp:443",
		     "cd/proxy/10.0.0.4:tcp:3128", "cd/inside/10.0.0.0/30+3:any:any",
		     "proxy/contoso/contoso.azurecr.io:tcp:443",
		     "proxy/entra-id/login.microsoftonline.com:tcp:443",
		     "proxy/resource-manager/management.azure.com:tcp:443",
		     "proxy/contoso/contoso.westeurope.data.azurecr.io:tcp:443",
		     "proxy/dns/168.63.129.16:udp:53", "proxy/dns/168.63.129.16:tcp:53");
	for (size_t i = 0; i < fixture->intent->flow_count; i++) {
		const struct flow *flow = fixture->intent->flows[i];
		bool is_request = flow->name && strcmp(flow->client->name, "proxy") != 0;

		assert_int_equal(flow->path, is_request ? CLIENT_PROXY : CLIENT_DIRECT);
		/* It is the proxy that connects, so its private endpoint counts. */
		if (flow->name && strstr(flow->name, "azurecr.io"))
			assert_string_equal(flow->view, "pe-hub");
	}
	assert_true(
		addr_set_equal(&intent_find_client(fixture->intent, "proxy")->addresses,
			       (struct addr_set[]){
				       builder_addresses(builder, "10.0.0.4")}));
}

static void proxied_clients_keep_what_no_proxy_takes(void **state)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new();
	struct fixture *fixture = fixture_new(arena, CLOUD_PUBLIC);
	struct spec_builder *builder = &fixture->builder;
	struct client *client = builder_client(builder, "aks", PULL);
	struct flow *tunnel;

	(void)state;
	client->via = CLIENT_PROXY;
	builder_service(builder, client, "aks", "westeurope");
	builder_proxy(builder, "10.0.0.4", 3128);
	builder->spec->dns_servers = builder_addresses(builder, "10.0.0.53");
	derive(fixture);
	tunnel = builder_flow(fixture->intent,
			      "aks/aks:udp-1194/AzureCloud.westeurope:udp:1194");
	assert_int_equal(tunnel->path, CLIENT_DIRECT);
	assert_non_null(builder_flow(fixture->intent, "aks/dns/10.0.0.53:udp:53"));
	assert_null(builder_flow(fixture->intent,
				 "proxy/aks:udp-1194/AzureCloud.westeurope:udp:1194"));
	assert_int_equal(builder_flow(fixture->intent,
				      "aks/aks/mcr.microsoft.com:tcp:443")
				 ->path,
			 CLIENT_PROXY);
}

static void an_unused_proxy_is_no_client(void **state)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new();
	struct fixture *fixture = fixture_new(arena, CLOUD_PUBLIC);

	(void)state;
	one_registry(fixture, "contoso", "westeurope", PULL);
	builder_proxy(&fixture->builder, "10.0.0.4", 3128);
	derive(fixture);
	assert_null(intent_find_client(fixture->intent, "proxy"));
}

static void registries_may_be_called_inside_or_proxy(void **state)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new();
	struct fixture *fixture = fixture_new(arena, CLOUD_PUBLIC);

	(void)state;
	one_registry(fixture, "inside", "westeurope", PUSH);
	fixture->builder.spec->egress.inside =
		builder_addresses(&fixture->builder, "10.0.0.0/8");
	derive(fixture);
	ASSERT_FLOWS(fixture, "aks/registry:inside/inside.azurecr.io:tcp:443",
		     "aks/inside/10.0.0.0/8:any:any");
}

static void the_longest_names_make_a_group_id(void **state)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new();
	struct fixture *fixture = fixture_new(arena, CLOUD_PUBLIC);

	(void)state;
	one_registry(fixture, "abcdefghijabcdefghijabcdefghijabcdefghijabcdefghij",
		     "westeurope", PULL);
	fixture->builder.spec->clients[0]->name.text =
		"abcdefghijabcdefghijabcdefghijabcdefghij";
	derive(fixture);
	assert_true(strlen(fixture->intent->flows[0]->group) <= GROUP_ID_MAX);
}

/* 1 000 clients of 20 registries in 5 regions: 120 000 flows. */
static void too_many_flows_are_refused(void **state)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new();
	struct fixture *fixture = fixture_new(arena, CLOUD_PUBLIC);
	struct spec_builder *builder = &fixture->builder;
	struct registry *registries[20];

	(void)state;
	for (size_t r = 0; r < ARRAY_SIZE(registries); r++)
		registries[r] =
			builder_registry(builder, arena_printf(arena, "registry%zu", r),
					 "westeurope eastus uksouth ukwest westus");
	for (size_t c = 0; c < 1000; c++) {
		struct client *client =
			builder_client(builder, arena_printf(arena, "client%zu", c),
				       PULL);

		for (size_t r = 0; r < ARRAY_SIZE(registries); r++)
			builder_use(builder, client, registries[r], NULL);
	}
	assert_int_equal(endpoints_derive(builder->spec, arena, &fixture->intent,
					  fixture->diag),
			 -1);
	assert_int_equal(builder_count(fixture->diag, DIAG_TOO_MANY_FLOWS), 1);
	builder->spec->client_count = 800;
	derive(fixture);
	assert_int_equal(fixture->intent->flow_count, 96000);
}

static void ids_are_unique_and_in_the_alphabet(void **state)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new();
	struct fixture *fixture = fixture_new(arena, CLOUD_CHINA);
	struct client *client =
		builder_client(&fixture->builder, "aks", LOGIN | BUILD | PULL);

	(void)state;
	builder_use(&fixture->builder, client,
		    builder_registry(&fixture->builder, "contoso",
				     "chinaeast2 chinanorth3"),
		    NULL);
	builder_service(&fixture->builder, client, "mcr", NULL);
	builder_service(&fixture->builder, client, "aks", "chinaeast2");
	builder_service(&fixture->builder, client, "key-vault", NULL);
	derive(fixture);
	for (size_t i = 0; i < fixture->intent->flow_count; i++) {
		const struct flow *flow = fixture->intent->flows[i];

		assert_ptr_equal(builder_flow(fixture->intent, flow->id), flow);
		assert_int_equal(strspn(flow->group,
					"abcdefghijklmnopqrstuvwxyz0123456789_./:-"),
				 strlen(flow->group));
	}
	assert_non_null(builder_flow(fixture->intent,
				     "aks/aks:tcp-22/AzureCloud.chinaeast2:tcp:22"));
	assert_non_null(
		builder_flow(fixture->intent, "aks/mcr/*.data.mcr.azure.cn:tcp:443"));
	assert_non_null(builder_flow(fixture->intent,
				     "aks/entra-id/login.microsoftonline.cn:tcp:443"));
}

static void the_listing_is_a_table(void **state)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new();
	CLEANUP(strbuf_release) struct strbuf out = {0};
	struct fixture *fixture = fixture_new(arena, CLOUD_PUBLIC);
	struct spec_builder *builder = &fixture->builder;

	(void)state;
	one_registry(fixture, "contoso", "westeurope", PULL)->data_endpoints =
		DATA_STORAGE;
	builder_allow(builder, builder->spec->clients[0],
		      "192.0.2.1 192.0.2.3 192.0.2.5 192.0.2.7", PROTOCOL_TCP, 22)
		->comment.text = "\033[31mred";
	derive(fixture);
	endpoints_list_text(fixture->intent, &out);
	assert_string_equal(
		strbuf_text(&out),
		"CLIENT  ENDPOINT                                    SERVICE  "
		"REASON                  BOUND BY\n"
		"aks     contoso.azurecr.io                          tcp:443  "
		"login server            not bound (tag AzureContainerRegistry)\n"
		"aks     *.blob.core.windows.net                     tcp:443  "
		"blob storage of layers  not bound (tag Storage)\n"
		"aks     192.0.2.1, 192.0.2.3, 192.0.2.5 and 1 more  tcp:22   "
		"?[31mred                the spec\n");
}

static void the_listing_is_json(void **state)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new();
	CLEANUP(strbuf_release) struct strbuf out = {0};
	struct fixture *fixture = fixture_new(arena, CLOUD_PUBLIC);

	(void)state;
	one_registry(fixture, "contoso", "westeurope eastus", PUSH);
	derive(fixture);
	endpoints_list_json(fixture->intent, &out);
	assert_string_equal(strbuf_text(&out),
			    "{\n"
			    "  \"version\": 1,\n"
			    "  \"flows\": [\n"
			    "    {\n"
			    "      \"id\": \"aks/contoso/contoso.azurecr.io:tcp:443\",\n"
			    "      \"group\": \"aks/contoso\",\n"
			    "      \"client\": \"aks\",\n"
			    "      \"path\": \"direct\",\n"
			    "      \"endpoint\": \"contoso.azurecr.io\",\n"
			    "      \"protocol\": \"tcp\",\n"
			    "      \"ports\": [\n"
			    "        {\n"
			    "          \"first\": 443,\n"
			    "          \"last\": 443\n"
			    "        }\n"
			    "      ],\n"
			    "      \"reason\": \"login server\",\n"
			    "      \"service_tags\": [\n"
			    "        \"AzureContainerRegistry\"\n"
			    "      ],\n"
			    "      \"regional_tags\": [\n"
			    "        \"AzureContainerRegistry.WestEurope\",\n"
			    "        \"AzureContainerRegistry.EastUS\"\n"
			    "      ],\n"
			    "      \"view\": \"public\",\n"
			    "      \"bound_by\": null,\n"
			    "      \"addresses\": []\n"
			    "    }\n"
			    "  ]\n"
			    "}\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(same_names_as_az_acr_show_endpoints),
		cmocka_unit_test(same_names_as_the_private_link_page),
		cmocka_unit_test(same_names_as_the_marketplace_registry),
		cmocka_unit_test(operations_need_what_they_need),
		cmocka_unit_test(data_endpoints_follow_the_registry),
		cmocka_unit_test(reasons_of_one_endpoint_are_merged),
		cmocka_unit_test(hosts_of_a_json_win),
		cmocka_unit_test(a_domain_name_label_warns_once_unless_confirmed),
		cmocka_unit_test(inferred_hosts_warn_once_a_registry),
		cmocka_unit_test(a_region_without_tag_leaves_the_global_one),
		cmocka_unit_test(private_use_names_view_and_member),
		cmocka_unit_test(a_dual_stack_registry_serves_both_families),
		cmocka_unit_test(aks_groups_have_one_protocol_and_port),
		cmocka_unit_test(dns_allow_and_inside_go_to_addresses),
		cmocka_unit_test(a_need_in_a_missing_family_is_an_error),
		cmocka_unit_test(a_proxy_takes_requests_and_opens_flows),
		cmocka_unit_test(proxied_clients_keep_what_no_proxy_takes),
		cmocka_unit_test(an_unused_proxy_is_no_client),
		cmocka_unit_test(registries_may_be_called_inside_or_proxy),
		cmocka_unit_test(the_longest_names_make_a_group_id),
		cmocka_unit_test(too_many_flows_are_refused),
		cmocka_unit_test(ids_are_unique_and_in_the_alphabet),
		cmocka_unit_test(the_listing_is_a_table),
		cmocka_unit_test(the_listing_is_json),
	};

	return cmocka_run_group_tests_name("endpoints", tests, NULL, NULL);
}
