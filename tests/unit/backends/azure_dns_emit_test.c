/* azure_dns_emit_test.c - How private DNS zones are spelled, and what Azure does not
 * take. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "backends/answer.h"
#include "backends/registry.h"
#include "rules/base/arena.h"
#include "rules/ruleset.h"

struct desk {
	struct arena *arena;
	struct diag *diag;
	struct ruleset *rules;
	struct backend_job job;
	struct backend_setting settings[3];
	struct artifact_list artifacts;
};

/* A job of one client of a private endpoint; options in the order of the constant. */
static void open_desk(struct desk *desk, const char *form, const char *link)
{
	const struct backend_option *options = backend_azure_private_dns.options;
	struct intent *intent;
	struct flow *flow;
	struct path *path;

	*desk = (struct desk){.arena = arena_new()};
	desk->diag = diag_new(desk->arena);
	desk->rules = ruleset_new(desk->arena);
	path = ruleset_add_path(desk->rules, ANSWER_PATH, desk->arena);
	arena_push(desk->arena, path->stages, path->count, path->capacity)->chain =
		ruleset_add_chain(desk->rules, "answers", desk->arena);
	intent = arena_make(desk->arena, struct intent);
	desk->job = (struct backend_job){.backend = &backend_azure_private_dns,
					 .name = "zone",
					 .intent = intent,
					 .settings = desk->settings};
	desk->job.clients = arena_array(desk->arena, 1, struct flow_client *);
	desk->job.clients[desk->job.client_count++] =
		intent_add_client(intent, desk->arena);
	flow = intent_add_flow(intent, desk->arena);
	flow->client = desk->job.clients[0];
	flow->name = "a.azurecr.io";
	flow->member = "registry";
	flow->zone = "privatelink.azurecr.io";
	desk->settings[desk->job.setting_count++] =
		(struct backend_setting){&options[0], form, SPAN_NONE, true};
	if (link)
		desk->settings[desk->job.setting_count++] =
			(struct backend_setting){&options[1], link, SPAN_NONE, true};
	desk->settings[desk->job.setting_count++] =
		(struct backend_setting){&options[2], "10", SPAN_NONE, true};
}

static void close_desk(struct desk *desk)
{
	artifact_list_release(&desk->artifacts);
	arena_free(desk->arena);
}

/* @count addresses from @first on */
static void add_rule(struct desk *desk, const char *name, const char *first,
		     unsigned count)
{
	struct rule *rule = chain_add_rule(&desk->rules->chains[0], desk->arena);
	struct addr_set to = {0};
	struct addr addr;

	assert_true(addr_parse(first, &addr));
	ranges_add(&to.of[addr.family],
		   (struct range){addr.value, addr.value + count - 1}, desk->arena);
	rule->id = "c/a";
	rule->action = ACTION_ADMIT;
	match_name(&rule->match,
		   name_pattern_parse(
			   arena_printf(desk->arena, "%s.privatelink.azurecr.io", name)),
		   false, desk->arena);
	match_addrs(&rule->match, FIELD_DESTINATION, &to, desk->arena);
}

/* The text, or the first message. */
static const char *emit(struct desk *desk)
{
	if (backend_azure_private_dns.emit(desk->rules, &desk->job, desk->arena,
					   &desk->artifacts, desk->diag) < 0)
		return diag_message(desk->diag, 0)->text;
	assert_int_equal(desk->artifacts.count, 1);
	return strbuf_text(&desk->artifacts.at[0]->body);
}

static void holds(const char *text, const char *part)
{
	if (!strstr(text, part))
		fail_msg("'%s' is not in\n%s", part, text);
}

static void lacks(const char *text, const char *part)
{
	if (strstr(text, part))
		fail_msg("'%s' is in\n%s", part, text);
}

static void test_families(void **state)
{
	static const struct {
		const char *form, *v4, *v6;
	} rows[] = {
		{"arm",
		 "\"aRecords\": [\n          {\n            \"ipv4Address\": "
		 "\"10.0.0.1\"",
		 "\"ipv6Address\": \"fd00::1\""},
		{"terraform", "\"azurerm_private_dns_a_record\"",
		 "\"azurerm_private_dns_aaaa_record\""},
		{"script", "--ipv4-address 10.0.0.1 # postern:c/a\n",
		 "record-set aaaa add-record"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct desk desk;
		const char *text;

		open_desk(&desk, rows[i].form, NULL);
		add_rule(&desk, "a", "10.0.0.1", 1);
		add_rule(&desk, "b", "fd00::1", 2);
		text = emit(&desk);
		holds(text, rows[i].v4);
		holds(text, rows[i].v6);
		lacks(text, "irtual");
		close_desk(&desk);
	}
}

static void test_link(void **state)
{
	static const struct {
		const char *form, *part;
	} rows[] = {
		{"arm", "\"id\": \"[parameters('virtualNetworkId')]\""},
		{"terraform", "\"virtual_network_id\": \"${var.virtual_network_id}\""},
		{"script", "--name to-spoke \\\n  --virtual-network \"$NETWORK_NAME\""},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct desk desk;

		open_desk(&desk, rows[i].form, "to-spoke");
		add_rule(&desk, "a", "10.0.0.1", 1);
		holds(emit(&desk), rows[i].part);
		close_desk(&desk);
	}
}

static void test_limits(void **state)
{
	static const struct {
		const char *form;
		unsigned rules, addresses;
		const char *said; /* NULL: Azure takes it */
	} rows[] = {
		{"arm", 1, 20, NULL},
		{"arm", 1, 21,
		 "needs a record set of 21 addresses, 'n0', and Azure takes 20"},
		{"arm", 799, 1, NULL},
		{"arm", 800, 1, "makes a template of 801 resources, and Azure takes 800"},
		{"script", 800, 1, NULL},
		{"terraform", 24999, 1, NULL},
		{"terraform", 25000, 1, "needs 25001 record sets"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct desk desk;
		const char *text;

		open_desk(&desk, rows[i].form, NULL);
		for (unsigned k = 0; k < rows[i].rules; k++)
			add_rule(&desk, arena_printf(desk.arena, "n%u", k), "10.0.0.0",
				 rows[i].addresses);
		text = emit(&desk);
		assert_int_equal(diag_errors(desk.diag), rows[i].said ? 1 : 0);
		if (rows[i].said)
			holds(text, rows[i].said);
		close_desk(&desk);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_families),
		cmocka_unit_test(test_link),
		cmocka_unit_test(test_limits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
