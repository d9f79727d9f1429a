/* intent_test.c - Adding and finding flows and clients. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "rules/base/arena.h"
#include "rules/base/strbuf.h"
#include "rules/intent.h"

static void adds_in_order_and_keeps_pointers(void **state)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new();
	struct intent intent = {0};
	struct flow *first = intent_add_flow(&intent, arena);

	(void)state;
	first->id = "first";
	for (unsigned i = 0; i < 1000; i++)
		intent_add_flow(&intent, arena)->protocol = i;
	assert_int_equal(intent.flow_count, 1001);
	assert_ptr_equal(intent.flows[0], first);
	assert_string_equal(first->id, "first");
	assert_int_equal(intent.flows[1000]->protocol, 999);
	assert_false(intent.flows[7]->bound);
}

static void finds_clients_by_name(void **state)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new();
	struct intent intent = {0};

	(void)state;
	assert_null(intent_find_client(&intent, "aks"));
	intent_add_client(&intent, arena)->name = "ci";
	intent_add_client(&intent, arena)->name = "aks";
	assert_ptr_equal(intent_find_client(&intent, "aks"), intent.clients[1]);
	assert_null(intent_find_client(&intent, "ak"));
	assert_null(intent_find_client(&intent, "AKS"));
}

static void assert_service(unsigned protocol, size_t ranges, u128 width, const char *text)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new();
	CLEANUP(strbuf_release) struct strbuf out = {0};
	struct flow flow = {.protocol = protocol};

	for (size_t i = 0; i < ranges; i++) {
		u128 first = 443 + 100 * (u128)i;

		ranges_add(&flow.ports, (struct range){first, first + width - 1}, arena);
	}
	flow_describe_service(&flow, &out);
	assert_string_equal(strbuf_text(&out), text);
}

static void describes_protocol_and_ports(void **state)
{
	(void)state;
	assert_service(PROTOCOL_TCP, 1, 1, "tcp:443");
	assert_service(PROTOCOL_UDP, 2, 1, "udp:443,543");
	assert_service(PROTOCOL_TCP, 1, 8, "tcp:443-450");
	assert_service(PROTOCOL_ANY, 0, 0, "any:any");
	assert_service(PROTOCOL_ICMP, 0, 0, "icmp:any");
	assert_service(200, 0, 0, "200:any");
	assert_service(PROTOCOL_TCP, 10, 1, "tcp:443,543,643,743,843,943,1043,1143+2");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(adds_in_order_and_keeps_pointers),
		cmocka_unit_test(finds_clients_by_name),
		cmocka_unit_test(describes_protocol_and_ports),
	};

	return cmocka_run_group_tests_name("intent", tests, NULL, NULL);
}
