/* dnsmasq_emit_test.c - Lines that are too long for dnsmasq. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "backends/answer.h"
#include "backends/registry.h"
#include "rules/base/arena.h"

static struct ruleset *one_set(const char *name, const char *set, struct arena *arena)
{
	struct ruleset *rules = ruleset_new(arena);
	struct path *path = ruleset_add_path(rules, SET_PATH, arena);
	struct stage *stage =
		arena_push(arena, path->stages, path->count, path->capacity);
	struct rule *rule;

	stage->chain = ruleset_add_chain(rules, "sets", arena);
	rule = chain_add_rule(&rules->chains[stage->chain], arena);
	rule->id = "nodes/contoso";
	rule->action = ACTION_ADMIT;
	match_name(&rule->match, name_pattern_parse(name), false, arena);
	answer_match_fills(&rule->match, FAMILY_IPV6, set, arena);
	return rules;
}

static const char *long_text(size_t length, struct arena *arena)
{
	char *text = arena_alloc(arena, length + 1);

	memset(text, 'x', length);
	return text;
}

/* "nftset=/" NAME "/6#" SET: dnsmasq reads 1023 bytes of a line and its end. */
static void test_longest_line(void **state)
{
	static const struct backend_option form = {.name = "form"};
	struct backend_setting setting = {.option = &form, .value = "nftset"};
	const struct backend_job job = {
		.backend = &backend_dnsmasq,
		.name = "sets",
		.settings = &setting,
		.setting_count = 1,
	};

	(void)state;
	for (size_t more = 0; more < 2; more++) {
		CLEANUP(arena_cleanup) struct arena *arena = arena_new();
		CLEANUP(artifact_list_release) struct artifact_list artifacts = {0};
		struct diag *diag = diag_new(arena);
		const char *set =
			long_text(1023 - strlen("nftset=/a.b/6#") + more, arena);
		int result = backend_dnsmasq.emit(one_set(".a.b", set, arena), &job,
						  arena, &artifacts, diag);

		assert_int_equal(result, more ? -1 : 0);
		if (more)
			assert_string_equal(diag_message(diag, 0)->text,
					    "the line of output 'sets' for 'a.b' has "
					    "1024 bytes, and dnsmasq reads 1023");
		else
			assert_non_null(
				strstr(strbuf_text(&artifacts.at[0]->body),
				       "\n# postern:nodes/contoso\nnftset=/a.b/6#x"));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_longest_line)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
