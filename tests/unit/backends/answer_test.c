/* answer_test.c - What resolvers owe: names, zones, servers, and each name once. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "backends/answer.h"
#include "backends/legalize.h"
#include "backends/registry.h"
#include "rules/base/arena.h"
#include "rules/ruleset_text.h"

struct fixture {
	struct arena *arena;
	struct intent *intent;
	struct backend_job job;
};

static void begin(struct fixture *fixture)
{
	fixture->arena = arena_new();
	fixture->intent = arena_make(fixture->arena, struct intent);
	fixture->job = (struct backend_job){
		.backend = &backend_hosts,
		.name = "names",
		.intent = fixture->intent,
		.deny = true,
		.clients = arena_array(fixture->arena, 2, struct flow_client *),
	};
	for (size_t i = 0; i < 2; i++) {
		struct flow_client *client =
			intent_add_client(fixture->intent, fixture->arena);

		client->name = i ? "two" : "one";
		client->families = FAMILIES_ALL;
		fixture->job.clients[fixture->job.client_count++] = client;
	}
}

/* A flow of a client to @name, at @view's addresses, separated by blanks. */
static struct flow *add_flow(struct fixture *fixture, size_t client, const char *name,
			     const char *view, const char *addresses)
{
	struct flow *flow = intent_add_flow(fixture->intent, fixture->arena);
	char *words = arena_strdup(fixture->arena, addresses), *word;
	struct addr addr;

	flow->client = fixture->intent->clients[client];
	flow->group = arena_printf(fixture->arena, "%s/contoso", flow->client->name);
	flow->id = arena_printf(fixture->arena, "%s/%s", flow->group, name);
	flow->name = name;
	flow->member = "registry";
	flow->zone = "privatelink.azurecr.io";
	flow->view = view;
	flow->bound_by = view;
	flow->bound = true;
	flow->families = FAMILIES_ALL;
	flow->protocol = PROTOCOL_TCP;
	while ((word = strsep(&words, " "))) {
		assert_true(addr_parse(word, &addr));
		ranges_add(&flow->addresses.of[addr.family],
			   (struct range){addr.value, addr.value}, fixture->arena);
	}
	addr_set_normalize(&flow->addresses);
	return flow;
}

/* What the legal rules say, or the slug of the first error. */
static const char *legal_text(struct fixture *fixture)
{
	struct diag *diag = diag_new(fixture->arena);
	struct strbuf text = {0};
	struct backend_scope scope;
	struct legal legal;
	const char *said;

	if (fixture->job.backend->scope(&fixture->job, fixture->arena, &scope, diag) <
		    0 ||
	    backend_legalize(&fixture->job, &scope, fixture->arena, &legal, diag) < 0)
		return diag_info(diag_message(diag, 0)->code)->slug;
	ruleset_print(legal.rules, &text);
	said = arena_strdup(fixture->arena, strstr(strbuf_text(&text), "  rule"));
	strbuf_release(&text);
	return said;
}

static void test_names(void **state)
{
	static const struct {
		const char *zone, *name, *in_zone;
	} rows[] = {
		{"privatelink.azurecr.io", "a.azurecr.io", "a.privatelink.azurecr.io"},
		{"privatelink.azurecr.io", "a.eastus.data.azurecr.io",
		 "a.eastus.data.privatelink.azurecr.io"},
		{"privatelink.azurecr.cn", "a-1b.azurecr.cn",
		 "a-1b.privatelink.azurecr.cn"},
	};
	struct backend_answer answer;
	struct fixture fixture;

	(void)state;
	begin(&fixture);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct flow flow = {.zone = rows[i].zone, .name = rows[i].name};

		answer_by_name(&fixture.job, &flow, fixture.arena, &answer);
		assert_string_equal(answer.name, rows[i].name);
		answer_in_zone(&fixture.job, &flow, fixture.arena, &answer);
		assert_string_equal(answer.name, rows[i].in_zone);
		assert_int_equal(answer.port, 0);
	}
	assert_string_equal(answer_domain("privatelink.azurecr.us"), "azurecr.us");
	arena_free(fixture.arena);
}

static void test_forwarded(void **state)
{
	static const struct backend_option server = {.name = "server"};
	struct backend_setting setting = {.option = &server, .value = "10.0.0.53"};
	struct backend_answer answer;
	struct fixture fixture;

	(void)state;
	begin(&fixture);
	fixture.job.settings = &setting;
	fixture.job.setting_count = 1;
	answer_forwarded(&fixture.job,
			 add_flow(&fixture, 0, "a.azurecr.io", "pe", "10.1.2.4"),
			 fixture.arena, &answer);
	assert_string_equal(answer.name, ".azurecr.io");
	assert_int_equal(answer.port, 53);
	assert_true(answer.to.of[FAMILY_IPV4].at[0].first == 0x0a000035);
	arena_free(fixture.arena);
}

/* Clients of one endpoint share a record; families that one of them has are added. */
static void test_once(void **state)
{
	struct fixture fixture;

	(void)state;
	begin(&fixture);
	add_flow(&fixture, 0, "a.azurecr.io", "pe", "10.1.2.4");
	add_flow(&fixture, 1, "a.azurecr.io", "pe", "10.1.2.4 fd00::4");
	add_flow(&fixture, 1, "b.azurecr.io", "pe", "10.1.2.5");
	assert_string_equal(legal_text(&fixture),
			    "  rule \"one/contoso\": name {\"a.azurecr.io\"} and to "
			    "{10.1.2.4, fd00::4} -> "
			    "admit\n"
			    "  rule \"two/contoso\": name {\"b.azurecr.io\"} and to "
			    "{10.1.2.5} -> admit\n"
			    "  rule named \"refuse what is not allowed above\": name "
			    "{\"a.azurecr.io\", "
			    "\"b.azurecr.io\"} -> refuse\n");
	arena_free(fixture.arena);
}

static void test_refused(void **state)
{
	struct flow *flow;
	struct fixture fixture;

	(void)state;
	begin(&fixture);
	assert_string_equal(legal_text(&fixture), "resolver-output-without-clients");
	flow = add_flow(&fixture, 0, "a.azurecr.io", "pe", "10.1.2.4");
	flow->path = CLIENT_PROXY;
	assert_string_equal(legal_text(&fixture), "resolver-output-without-clients");
	flow->path = CLIENT_DIRECT;
	add_flow(&fixture, 1, "a.azurecr.io", "other", "10.1.2.4");
	assert_non_null(strstr(legal_text(&fixture), "\"one/contoso\""));
	add_flow(&fixture, 1, "a.azurecr.io", "other", "10.7.0.4");
	assert_string_equal(legal_text(&fixture), "answer-conflict");
	arena_free(fixture.arena);
}

/* 64 addresses are an answer; more are none. */
static void test_size(void **state)
{
	struct flow *flow;
	struct fixture fixture;

	(void)state;
	begin(&fixture);
	flow = add_flow(&fixture, 0, "a.azurecr.io", "pe", "10.1.2.0");
	flow->addresses.of[FAMILY_IPV4].at[0].last += 63;
	assert_non_null(strstr(legal_text(&fixture), "10.1.2.0/26"));
	flow->addresses.of[FAMILY_IPV4].at[0].last++;
	assert_string_equal(legal_text(&fixture), "backend-limit");
	flow->addresses.of[FAMILY_IPV4].at[0] = (struct range){0, UINT32_MAX};
	assert_string_equal(legal_text(&fixture), "backend-limit");
	arena_free(fixture.arena);
}

static void test_rows(void **state)
{
	struct diag *diag;
	struct backend_scope scope;
	struct answer_row *rows;
	struct legal legal;
	struct fixture fixture;
	size_t count;

	(void)state;
	begin(&fixture);
	diag = diag_new(fixture.arena);
	add_flow(&fixture, 0, "a.azurecr.io", "pe", "10.1.2.4 10.1.2.5 fd00::4");
	assert_int_equal(fixture.job.backend->scope(&fixture.job, fixture.arena, &scope,
						    diag),
			 0);
	assert_int_equal(backend_legalize(&fixture.job, &scope, fixture.arena, &legal,
					  diag),
			 0);
	rows = answer_rows(legal.rules, fixture.arena, &count);
	assert_int_equal(count, 1);
	assert_string_equal(rows[0].name, "a.azurecr.io");
	assert_string_equal(rows[0].id, "one/contoso");
	assert_int_equal(rows[0].addr_count, 3);
	assert_int_equal(rows[0].addrs[2].family, FAMILY_IPV6);
	assert_int_equal(rows[0].port, 0);
	arena_free(fixture.arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names), cmocka_unit_test(test_forwarded),
		cmocka_unit_test(test_once),  cmocka_unit_test(test_refused),
		cmocka_unit_test(test_size),  cmocka_unit_test(test_rows),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
