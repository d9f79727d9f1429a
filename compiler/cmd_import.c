/* cmd_import.c - postern import FILE */
#include <stdio.h>
#include <string.h>

#include "backends/json.h"
#include "compiler/commands.h"
#include "compiler/compilation.h"
#include "compiler/options.h"
#include "compiler/rule_text.h"
#include "compiler/rules_file.h"
#include "rules/base/arena.h"
#include "rules/ruleset_text.h"

static void put_rule(struct json_writer *json, const struct ruleset *rules,
		     const struct rule *rule, const struct diag *diag)
{
	CLEANUP(strbuf_release) struct strbuf match = {0};

	match_print(&rule->match, &match);
	json_object(json);
	if (rule->id)
		json_key_string(json, "id", rule->id);
	if (rule->name)
		json_key_string(json, "name", rule->name);
	if (rule->handle)
		json_key_number(json, "handle", rule->handle);
	json_key_number(json, "line", rule_line(rule, diag));
	json_key_string(json, "match", strbuf_text(&match));
	if (rule->marks)
		json_key_number(json, "mark", rule->mark);
	json_key_string(json, "action", action_name(rule->action));
	if (rule->action == ACTION_JUMP || rule->action == ACTION_GOTO)
		json_key_string(json, "target", rules->chains[rule->target].name);
	json_object_end(json);
}

static void put_paths(struct json_writer *json, const struct ruleset *rules)
{
	json_key(json, "paths");
	json_list(json);
	for (size_t i = 0; i < rules->path_count; i++) {
		const struct path *path = &rules->paths[i];

		json_object(json);
		json_key_string(json, "name", path->name);
		json_key(json, "stages");
		json_list(json);
		for (size_t j = 0; j < path->count; j++) {
			json_object(json);
			json_key_string(json, "chain",
					rules->chains[path->stages[j].chain].name);
			json_key_string(json, "end", action_name(path->stages[j].end));
			json_object_end(json);
		}
		json_list_end(json);
		json_object_end(json);
	}
	json_list_end(json);
}

static void rules_json(const struct ruleset *rules, const struct diag *diag,
		       struct strbuf *out)
{
	struct json_writer json;

	json_begin(&json, out, false);
	json_object(&json);
	json_key_number(&json, "version", 1);
	json_key(&json, "assumptions");
	json_list(&json);
	for (size_t i = 0; i < rules->assumption_count; i++)
		json_string(&json, rules->assumptions[i]);
	json_list_end(&json);
	put_paths(&json, rules);
	json_key(&json, "chains");
	json_list(&json);
	for (size_t i = 0; i < rules->chain_count; i++) {
		json_object(&json);
		json_key_string(&json, "name", rules->chains[i].name);
		json_key(&json, "rules");
		json_list(&json);
		for (size_t j = 0; j < rules->chains[i].count; j++)
			put_rule(&json, rules, &rules->chains[i].rules[j], diag);
		json_list_end(&json);
		json_object_end(&json);
	}
	json_list_end(&json);
	json_object_end(&json);
	json_end(&json);
}

static void rules_summary(const struct ruleset *rules, const struct backend *backend,
			  struct arena *arena, struct strbuf *out)
{
	struct space *space = space_new(arena);

	space_add_ruleset(space, rules);
	strbuf_printf(out, "format: %s\nrules: %zu\nchains: %zu\n", backend->name,
		      ruleset_count_rules(rules), rules->chain_count);
	for (size_t i = 0; i < rules->path_count; i++)
		for (size_t j = 0; j < rules->paths[i].count; j++) {
			const struct stage *stage = &rules->paths[i].stages[j];

			strbuf_printf(out,
				      "path %s, stage %zu: '%s' (rules: %zu, end: %s)\n",
				      rules->paths[i].name, j + 1,
				      rules->chains[stage->chain].name,
				      rules->chains[stage->chain].count,
				      action_name(stage->end));
		}
	for (unsigned i = 0; i < space_unknowns(space); i++)
		strbuf_printf(out, "unknown: %s\n",
			      space_unknown_name(space, LEVEL_UNKNOWN + i));
	for (size_t i = 0; i < rules->assumption_count; i++)
		strbuf_printf(out, "assuming that %s\n", rules->assumptions[i]);
}

enum exit_code cmd_import(const struct options *options)
{
	CLEANUP(compilation_close)
	struct compilation *compilation = compilation_open(options);
	CLEANUP(strbuf_release) struct strbuf out = {0};
	struct import_options with;
	struct rules_file read;

	if (import_options_read(compilation, &with) == 0 &&
	    rules_file_read(compilation, options->arguments[0],
			    options_text(options, OPTION_AS), &with, &read) == 0) {
		if (options_is(options, OPTION_IMPORT_FORMAT, "json"))
			rules_json(read.rules, compilation->diag, &out);
		else if (options_is(options, OPTION_IMPORT_FORMAT, "text"))
			rules_summary(read.rules, read.backend, compilation->arena, &out);
		else
			ruleset_print(read.rules, &out);
		fputs(strbuf_text(&out), stdout);
	}
	return compilation_finish(compilation);
}
