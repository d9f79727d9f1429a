/* bind_test.c - Giving flows their addresses. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "compiler/bind.h"
#include "compiler/endpoints.h"
#include "rules/base/arena.h"
#include "spec_builder.h"

#define PULL (1u << OPERATION_PULL)

/** struct fixture - A spec with one registry and one client, and a lock */
struct fixture {
	struct arena *arena;
	struct diag *diag;
	struct spec_builder builder;
	struct registry *registry;
	struct client *client;
	struct lock lock;
	struct intent *intent;
};

static struct fixture *fixture_new(struct arena *arena)
{
	struct fixture *fixture = arena_make(arena, struct fixture);

	fixture->arena = arena;
	fixture->diag = diag_new(arena);
	fixture->builder = spec_builder_new(arena, CLOUD_PUBLIC);
	fixture->registry = builder_registry(&fixture->builder, "contoso", "westeurope");
	fixture->client = builder_client(&fixture->builder, "aks", PULL);
	return fixture;
}

/* Names must come in their order within a view, and so must views. */
static void lock_answer(struct fixture *fixture, const char *view, const char *name,
			const char *rcode, const char *addresses)
{
	struct arena *arena = fixture->arena;
	struct lock *lock = &fixture->lock;
	struct lock_view *last =
		lock->view_count ? &lock->views[lock->view_count - 1] : NULL;
	struct lock_name *added;

	if (!last || strcmp(last->name, view) != 0) {
		last = arena_push(arena, lock->views, lock->view_count,
				  lock->view_capacity);
		last->name = view;
	}
	added = arena_push(arena, last->names, last->name_count, last->name_capacity);
	added->name = name;
	added->rcode = rcode;
	added->addresses = builder_addresses(&fixture->builder, addresses);
	added->at = builder_place(&fixture->builder);
}

static int derive_and_bind(struct fixture *fixture, const struct lock *lock)
{
	assert_int_equal(endpoints_derive(fixture->builder.spec, fixture->arena,
					  &fixture->intent, fixture->diag),
			 0);
	return intent_bind(fixture->intent, fixture->builder.spec, lock, fixture->arena,
			   fixture->diag);
}

static void assert_bound(struct fixture *fixture, const char *id, const char *addresses)
{
	struct flow *flow = builder_flow(fixture->intent, id);
	struct addr_set expected = builder_addresses(&fixture->builder, addresses);

	if (!flow)
		fail_msg("no flow '%s'", id);
	assert_int_equal(flow->bound, addresses[0] != '\0');
	if (!addr_set_equal(&flow->addresses, &expected))
		fail_msg("'%s' is not bound to %s", id, addresses);
}

#define LOGIN_FLOW "aks/contoso/contoso.azurecr.io:tcp:443"
#define DATA_FLOW  "aks/contoso/contoso.westeurope.data.azurecr.io:tcp:443"

static void private_endpoint(struct fixture *fixture, const char *members)
{
	builder_use(&fixture->builder, fixture->client, fixture->registry,
		    builder_endpoint(&fixture->builder, fixture->registry, "pe-spoke",
				     "10.1.2.0/27", members));
}

static void members_bind_private_flows(void **state)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new();
	struct fixture *fixture = fixture_new(arena);
	struct flow *flow;

	(void)state;
	fixture->registry->regional_endpoints = true;
	private_endpoint(fixture, "registry_data_westeurope=10.1.2.5 registry=10.1.2.4 "
				  "registry_westeurope=10.1.2.6");
	assert_int_equal(derive_and_bind(fixture, NULL), 0);
	assert_bound(fixture, LOGIN_FLOW, "10.1.2.4");
	assert_bound(fixture, DATA_FLOW, "10.1.2.5");
	assert_bound(fixture, "aks/contoso/contoso.westeurope.geo.azurecr.io:tcp:443",
		     "10.1.2.6");
	flow = builder_flow(fixture->intent, LOGIN_FLOW);
	assert_string_equal(flow->bound_by, "private endpoint pe-spoke");
	assert_int_equal(flow->origin.begin,
			 fixture->registry->private_endpoints[0]->members[1].at.begin);
	assert_int_equal(diag_warnings(fixture->diag), 0);
}

static void a_missing_member_is_an_error_that_names_it(void **state)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new();
	struct fixture *fixture = fixture_new(arena);

	(void)state;
	private_endpoint(fixture, "registry=10.1.2.4 registry_data_eastus=10.1.2.5");
	assert_int_equal(derive_and_bind(fixture, NULL), -1);
	assert_int_equal(builder_count(fixture->diag, DIAG_PRIVATE_MEMBER), 1);
	assert_non_null(strstr(diag_message(fixture->diag, 0)->text,
			       "'registry_data_westeurope'"));
}

static void a_member_outside_the_subnet_is_an_error(void **state)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new();
	struct fixture *fixture = fixture_new(arena);

	(void)state;
	private_endpoint(fixture, "registry=10.1.2.4 registry_data_westeurope=10.1.2.32");
	assert_int_equal(derive_and_bind(fixture, NULL), -1);
	assert_int_equal(builder_count(fixture->diag, DIAG_LOCK_FORBIDDEN_ADDRESS), 1);
}

static void a_resolver_must_agree_with_the_private_endpoint(void **state)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new();
	struct fixture *fixture = fixture_new(arena);

	(void)state;
	private_endpoint(fixture, "registry=10.1.2.4 registry_data_westeurope=10.1.2.5");
	lock_answer(fixture, "pe-spoke", "contoso.azurecr.io", "NOERROR", "10.1.2.4");
	assert_int_equal(derive_and_bind(fixture, &fixture->lock), 0);
	assert_int_equal(diag_warnings(fixture->diag), 0);
	/* another address of the subnet */
	fixture->lock.views[0].names[0].addresses =
		builder_addresses(&fixture->builder, "10.1.2.6");
	assert_int_equal(derive_and_bind(fixture, &fixture->lock), 0);
	assert_int_equal(builder_count(fixture->diag, DIAG_LOCK_DISAGREES), 1);
	assert_bound(fixture, LOGIN_FLOW, "10.1.2.4");
	/* the public one: the private DNS zone is not linked */
	fixture->lock.views[0].names[0].addresses =
		builder_addresses(&fixture->builder, "20.45.122.144");
	assert_int_equal(derive_and_bind(fixture, &fixture->lock), -1);
	assert_int_equal(builder_count(fixture->diag, DIAG_LOCK_FORBIDDEN_ADDRESS), 1);
}

static void the_lock_binds_public_flows(void **state)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new();
	struct fixture *fixture = fixture_new(arena);
	struct flow *flow;

	(void)state;
	builder_use(&fixture->builder, fixture->client, fixture->registry, NULL);
	lock_answer(fixture, "public", "contoso.azurecr.io", "NOERROR",
		    "20.45.122.144 20.45.122.145");
	lock_answer(fixture, "public", "contoso.westeurope.data.azurecr.io", "NOERROR",
		    "52.138.231.5");
	assert_int_equal(derive_and_bind(fixture, &fixture->lock), 0);
	assert_bound(fixture, LOGIN_FLOW, "20.45.122.144/31");
	assert_bound(fixture, DATA_FLOW, "52.138.231.5");
	flow = builder_flow(fixture->intent, LOGIN_FLOW);
	assert_string_equal(flow->bound_by, "postern.lock, view public");
	assert_int_equal(flow->origin.begin, fixture->lock.views[0].names[0].at.begin);
	assert_int_equal(diag_warnings(fixture->diag), 0);
}

static void without_a_lock_public_flows_stay_unbound(void **state)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new();
	struct fixture *fixture = fixture_new(arena);

	(void)state;
	builder_use(&fixture->builder, fixture->client, fixture->registry, NULL);
	assert_int_equal(derive_and_bind(fixture, NULL), 0);
	assert_bound(fixture, LOGIN_FLOW, "");
	assert_null(builder_flow(fixture->intent, LOGIN_FLOW)->bound_by);
	assert_int_equal(diag_warnings(fixture->diag), 0);
}

static void assert_forbidden(const char *address, const char *kind)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new();
	struct fixture *fixture = fixture_new(arena);
	const struct diag_message *message;

	fixture->registry->dual_stack = true;
	fixture->client->families = FAMILIES_ALL;
	fixture->client->operations = 1u << OPERATION_PUSH;
	builder_use(&fixture->builder, fixture->client, fixture->registry, NULL);
	lock_answer(fixture, "public", "contoso.azurecr.io", "NOERROR",
		    arena_printf(arena, "20.45.122.144 %s", address));
	assert_int_equal(derive_and_bind(fixture, &fixture->lock), -1);
	message = diag_message(fixture->diag, 0);
	assert_int_equal(message->code, DIAG_LOCK_FORBIDDEN_ADDRESS);
	if (!strstr(message->text, kind))
		fail_msg("'%s' does not say '%s'", message->text, kind);
	assert_false(builder_flow(fixture->intent, LOGIN_FLOW)->bound);
}

static void public_names_lead_to_public_addresses_only(void **state)
{
	(void)state;
	assert_forbidden("10.1.2.4", "private");
	assert_forbidden("172.31.255.255", "private");
	assert_forbidden("192.168.1.1", "private");
	assert_forbidden("127.0.0.1", "loopback");
	assert_forbidden("169.254.169.254", "link-local");
	assert_forbidden("224.0.0.1", "multicast");
	assert_forbidden("0.0.0.0", "unspecified");
	assert_forbidden("203.0.113.9", "documentation");
	assert_forbidden("100.64.0.1", "shared");
	assert_forbidden("255.255.255.255", "broadcast");
	assert_forbidden("::1", "loopback");
	assert_forbidden("fd00::1", "private");
	assert_forbidden("fe80::1", "link-local");
	assert_forbidden("64:ff9b::a01:204", "nat64");
	assert_forbidden("::ffff:10.1.2.4", "ipv4-mapped");
	assert_forbidden("2001:db8::1", "documentation");
	/* in the middle of a range: 9.255.255.255 to 10.0.0.0 */
	assert_forbidden("9.255.255.255 10.0.0.0", "private");
}

static void a_forbidden_address_is_said_once(void **state)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new();
	struct fixture *fixture = fixture_new(arena);

	(void)state;
	fixture->client->operations = 1u << OPERATION_PUSH;
	builder_use(&fixture->builder, fixture->client, fixture->registry, NULL);
	for (unsigned i = 0; i < 3; i++)
		builder_use(&fixture->builder,
			    builder_client(&fixture->builder,
					   arena_printf(arena, "client-%u", i), PULL),
			    fixture->registry, NULL);
	lock_answer(fixture, "public", "contoso.azurecr.io", "NOERROR", "10.0.0.1");
	assert_int_equal(derive_and_bind(fixture, &fixture->lock), -1);
	assert_int_equal(builder_count(fixture->diag, DIAG_LOCK_FORBIDDEN_ADDRESS), 1);
}

static void ipv6_of_an_ipv4_registry_is_ignored(void **state)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new();
	struct fixture *fixture = fixture_new(arena);

	(void)state;
	fixture->client->families = FAMILIES_ALL;
	fixture->client->operations = 1u << OPERATION_PUSH;
	builder_use(&fixture->builder, fixture->client, fixture->registry, NULL);
	lock_answer(fixture, "public", "contoso.azurecr.io", "NOERROR",
		    "20.45.122.144 2603:1030::1");
	assert_int_equal(derive_and_bind(fixture, &fixture->lock), 0);
	assert_bound(fixture, LOGIN_FLOW, "20.45.122.144");
	assert_int_equal(builder_count(fixture->diag, DIAG_LOCK_IPV6_IGNORED), 1);
	fixture->registry->dual_stack = true;
	assert_int_equal(derive_and_bind(fixture, &fixture->lock), 0);
	assert_bound(fixture, LOGIN_FLOW, "20.45.122.144 2603:1030::1");
	assert_int_equal(builder_count(fixture->diag, DIAG_LOCK_IPV6_IGNORED), 1);
	/* The client's own families count too. */
	fixture->client->families = 1u << FAMILY_IPV6;
	assert_int_equal(derive_and_bind(fixture, &fixture->lock), 0);
	assert_bound(fixture, LOGIN_FLOW, "2603:1030::1");
	fixture->registry->dual_stack = false;
	assert_int_equal(derive_and_bind(fixture, &fixture->lock), -1);
	assert_bound(fixture, LOGIN_FLOW, "");
	assert_int_equal(builder_count(fixture->diag, DIAG_NO_COMMON_FAMILY), 1);
}

static void assert_unbound(const char *rcode, const char *text, const char *cause)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new();
	struct fixture *fixture = fixture_new(arena);
	const struct diag_message *message;

	fixture->client->operations = 1u << OPERATION_PUSH;
	builder_use(&fixture->builder, fixture->client, fixture->registry, NULL);
	if (rcode)
		lock_answer(fixture, "public", "contoso.azurecr.io", rcode, "");
	assert_int_equal(derive_and_bind(fixture, &fixture->lock), 0);
	assert_bound(fixture, LOGIN_FLOW, "");
	assert_int_equal(diag_warnings(fixture->diag), 0);
	intent_report_unbound(fixture->intent, arena, fixture->diag);
	assert_int_equal(diag_warnings(fixture->diag), 1);
	message = diag_message(fixture->diag, 0);
	assert_int_equal(message->code, DIAG_ENDPOINT_UNBOUND);
	assert_non_null(strstr(message->text, text));
	assert_non_null(strstr(message->notes[message->note_count - 1].text, cause));
}

static void unbound_names_say_why(void **state)
{
	(void)state;
	assert_unbound("NXDOMAIN", "answered with NXDOMAIN", "privatelink.azurecr.io");
	assert_unbound("SERVFAIL", "answered with SERVFAIL", "168.63.129.16");
	assert_unbound("NOERROR", "has no address", "was deleted");
	assert_unbound(NULL, "the lock has no 'contoso.azurecr.io'", "postern resolve");
}

static void wildcards_never_bind(void **state)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new();
	struct fixture *fixture = fixture_new(arena);

	(void)state;
	fixture->registry->data_endpoints = DATA_STORAGE;
	builder_use(&fixture->builder, fixture->client, fixture->registry, NULL);
	lock_answer(fixture, "public", "*.blob.core.windows.net", "NOERROR", "20.1.1.1");
	lock_answer(fixture, "public", "contoso.azurecr.io", "NOERROR", "20.45.122.144");
	assert_int_equal(derive_and_bind(fixture, &fixture->lock), 0);
	assert_bound(fixture, "aks/contoso/*.blob.core.windows.net:tcp:443", "");
	assert_int_equal(diag_warnings(fixture->diag), 0);
}

static void requests_bind_where_the_proxy_stands(void **state)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new();
	struct fixture *fixture = fixture_new(arena);

	(void)state;
	fixture->registry->dual_stack = true;
	fixture->client->operations = 1u << OPERATION_PUSH;
	fixture->client->via = CLIENT_PROXY;
	builder_use(&fixture->builder, fixture->client, fixture->registry, NULL);
	builder_proxy(&fixture->builder, "10.0.0.4", 3128);
	fixture->builder.spec->proxy.families = FAMILIES_ALL;
	lock_answer(fixture, "public", "contoso.azurecr.io", "NOERROR",
		    "20.45.122.144 2603:1030::1");
	assert_int_equal(derive_and_bind(fixture, &fixture->lock), 0);
	/* The client is IPv4 only, the proxy is not. */
	assert_bound(fixture, LOGIN_FLOW, "20.45.122.144 2603:1030::1");
	assert_bound(fixture, "proxy/contoso/contoso.azurecr.io:tcp:443",
		     "20.45.122.144 2603:1030::1");
	assert_bound(fixture, "aks/proxy/10.0.0.4:tcp:3128", "10.0.0.4");
}

/* 1 000 clients share a name that leads to 100 000 addresses. */
static void large_answers_are_bound(void **state)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new();
	struct fixture *fixture = fixture_new(arena);
	struct lock_name *name;
	size_t bytes;

	(void)state;
	for (unsigned i = 0; i < 1000; i++)
		builder_use(&fixture->builder,
			    builder_client(&fixture->builder,
					   arena_printf(arena, "client-%u", i),
					   1u << OPERATION_PUSH),
			    fixture->registry, NULL);
	lock_answer(fixture, "public", "contoso.azurecr.io", "NOERROR", "");
	name = &fixture->lock.views[0].names[0];
	for (unsigned i = 0; i < 100000; i++) {
		u128 value = 0x14000000u + 2 * i;

		ranges_add(&name->addresses.of[FAMILY_IPV4], (struct range){value, value},
			   arena);
	}
	bytes = arena_bytes(arena);
	assert_int_equal(derive_and_bind(fixture, &fixture->lock), 0);
	assert_int_equal(builder_flow(fixture->intent,
				      "client-999/contoso/contoso.azurecr.io:tcp:443")
				 ->addresses.of[FAMILY_IPV4]
				 .count,
			 100000);
	/* The addresses are shared, not copied. */
	assert_true(arena_bytes(arena) - bytes < 8u << 20);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(members_bind_private_flows),
		cmocka_unit_test(a_missing_member_is_an_error_that_names_it),
		cmocka_unit_test(a_member_outside_the_subnet_is_an_error),
		cmocka_unit_test(a_resolver_must_agree_with_the_private_endpoint),
		cmocka_unit_test(the_lock_binds_public_flows),
		cmocka_unit_test(without_a_lock_public_flows_stay_unbound),
		cmocka_unit_test(public_names_lead_to_public_addresses_only),
		cmocka_unit_test(a_forbidden_address_is_said_once),
		cmocka_unit_test(ipv6_of_an_ipv4_registry_is_ignored),
		cmocka_unit_test(unbound_names_say_why),
		cmocka_unit_test(wildcards_never_bind),
		cmocka_unit_test(requests_bind_where_the_proxy_stands),
		cmocka_unit_test(large_answers_are_bound),
	};

	return cmocka_run_group_tests_name("bind", tests, NULL, NULL);
}
