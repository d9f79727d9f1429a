/* ir_emit.c - Rules as JSON. */
#include "backends/ir/ir_emit.h"

#include "rules/ruleset_text.h"

/* -- terms --------------------------------------------------------------------------- */

static void put_match(struct json_writer *json, const char *key,
		      const struct match *match);

void ir_put_prefixes(struct json_writer *json, const char *key,
		     const struct addr_set *addrs)
{
	char text[ADDR_TEXT_MAX];

	json_key(json, key);
	json_list(json);
	for (unsigned family = 0; family < FAMILY_COUNT; family++)
		for (size_t i = 0; i < addrs->of[family].count; i++) {
			struct range rest = addrs->of[family].at[i];

			for (;;) {
				struct prefix prefix =
					range_first_prefix((enum family)family, &rest);
				struct range first = prefix_range(&prefix);

				json_string(json, prefix_format(&prefix, text));
				if (first.last == rest.last)
					break;
				rest.first = first.last + 1;
			}
		}
	json_list_end(json);
}

void ir_put_ranges(struct json_writer *json, const char *key, const struct ranges *ranges)
{
	json_key(json, key);
	json_list(json);
	for (size_t i = 0; i < ranges->count; i++) {
		json_list(json);
		json->compact = true; /* a pair a line */
		json_number(json, (uint64_t)ranges->at[i].first);
		json_number(json, (uint64_t)ranges->at[i].last);
		json_list_end(json);
		json->compact = false;
	}
	json_list_end(json);
}

static const char *kind_name(enum name_kind kind)
{
	switch (kind) {
	case NAME_EXACT:
		return "exact";
	case NAME_DOMAIN:
		return "domain";
	case NAME_BELOW:
		return "below";
	case NAME_SUFFIX:
		return "suffix";
	case NAME_ONE_LABEL:
		return "one-label";
	}
	BUG("a name pattern of kind %d", (int)kind);
}

static void put_names(struct json_writer *json, const struct name_patterns *names)
{
	json_key(json, "names");
	json_list(json);
	for (size_t i = 0; i < names->count; i++) {
		json_object(json);
		json_key_string(json, "kind", kind_name(names->at[i].kind));
		json_key_string(json, "name", names->at[i].text);
		json_object_end(json);
	}
	json_list_end(json);
}

static void put_words(struct json_writer *json, const struct symbols *symbols)
{
	json_key(json, "words");
	json_list(json);
	for (size_t i = 0; i < symbols->count; i++)
		json_string(json, symbols->at[i]);
	json_list_end(json);
}

static void put_choices(struct json_writer *json, const struct term *term)
{
	json_key(json, "any_of");
	json_list(json);
	for (size_t i = 0; i < term->choices.count; i++)
		put_match(json, NULL, &term->choices.at[i]);
	json_list_end(json);
}

/* Which tag or host the addresses are of; without addresses that is all there is. */
static void put_origin(struct json_writer *json, const struct term *term)
{
	if (term->label)
		json_key_string(json, "set", term->label);
	if (term->tag)
		json_key_string(json, "tag", term->tag);
	if (term->host)
		json_key_string(json, "host", term->host);
}

static void put_condition(struct json_writer *json, const struct term *term)
{
	switch (term->kind) {
	case TERM_ADDRS:
		put_origin(json, term);
		ir_put_prefixes(json, "prefixes", &term->addrs);
		return;
	case TERM_NUMBERS:
		ir_put_ranges(json, "ranges", &term->numbers);
		return;
	case TERM_SYMBOLS:
		put_words(json, &term->symbols);
		return;
	case TERM_NAMES:
		put_names(json, &term->names);
		return;
	case TERM_CHOICE:
		put_choices(json, term);
		return;
	case TERM_UNKNOWN:
		if (term->tag || term->host)
			put_origin(json, term);
		else
			json_key_string(json, "unknown", term->unknown);
		return;
	}
	BUG("a term of kind %d", (int)term->kind);
}

static void put_term(struct json_writer *json, const struct term *term)
{
	bool of_field = term->kind != TERM_CHOICE &&
			(term->kind != TERM_UNKNOWN || term->tag || term->host);

	json_object(json);
	if (of_field)
		json_key_string(json, "field", field_info(term->field)->name);
	if (term->negated)
		json_key_bool(json, "not", true);
	put_condition(json, term);
	json_object_end(json);
}

/* @key NULL: an element of a list */
static void put_match(struct json_writer *json, const char *key,
		      const struct match *match)
{
	if (key)
		json_key(json, key);
	json_list(json);
	for (size_t i = 0; i < match->count; i++)
		put_term(json, &match->terms[i]);
	json_list_end(json);
}

/* -- rules --------------------------------------------------------------------------- */

static void put_rule(struct json_writer *json, const struct rule *rule)
{
	CLEANUP(strbuf_release) struct strbuf text = {0};

	match_print(&rule->match, &text);
	json_object(json);
	if (rule->id)
		json_key_string(json, "id", rule->id);
	if (rule->name)
		json_key_string(json, "name", rule->name);
	json_key_string(json, "action", action_name(rule->action));
	if (rule->action == ACTION_JUMP || rule->action == ACTION_GOTO)
		json_key_number(json, "target", rule->target);
	if (rule->marks)
		json_key_number(json, "mark", rule->mark);
	if (rule->logs)
		json_key_bool(json, "logs", true);
	json_key_string(json, "text", strbuf_text(&text));
	put_match(json, "match", &rule->match);
	json_object_end(json);
}

static void put_chains(struct json_writer *json, const struct ruleset *rules)
{
	json_key(json, "chains");
	json_list(json);
	for (size_t i = 0; i < rules->chain_count; i++) {
		const struct chain *chain = &rules->chains[i];

		json_object(json);
		json_key_string(json, "name", chain->name);
		json_key(json, "rules");
		json_list(json);
		for (size_t j = 0; j < chain->count; j++)
			put_rule(json, &chain->rules[j]);
		json_list_end(json);
		json_object_end(json);
	}
	json_list_end(json);
}

/* Stages stand in the order in which packets meet them: legal rules have no priorities.
 */
static void put_paths(struct json_writer *json, const struct ruleset *rules)
{
	json_key(json, "paths");
	json_list(json);
	for (size_t i = 0; i < rules->path_count; i++) {
		const struct path *path = &rules->paths[i];

		json_object(json);
		json_key_string(json, "name", path->name);
		json_key_string(json, "compose",
				path->compose == COMPOSE_ALL ? "all" : "first");
		put_match(json, "universe", &path->universe);
		json_key(json, "stages");
		json_list(json);
		for (size_t j = 0; j < path->count; j++) {
			const struct stage *stage = &path->stages[j];

			json_object(json);
			json_key_string(json, "label", stage->label);
			json_key_number(json, "chain", stage->chain);
			put_match(json, "guard", &stage->guard);
			json_key_string(json, "end", action_name(stage->end));
			json_object_end(json);
		}
		json_list_end(json);
		json_object_end(json);
	}
	json_list_end(json);
}

int ir_emit(const struct ruleset *rules, const struct backend_job *job,
	    struct arena *arena, struct artifact_list *artifacts, struct diag *diag)
{
	struct strbuf *out =
		artifact_add(artifacts, "ir.json", "application/json", arena);
	struct json_writer json;

	(void)diag;
	json_begin(&json, out, false);
	json_object(&json);
	json_key_string(&json, "format", "postern-ir");
	json_key_number(&json, "version", 1);
	json_key_string(&json, "output", job->name);
	json_key_string(&json, "default", job->deny ? "deny" : "keep");
	ir_put_intent(&json, job);
	put_paths(&json, rules);
	put_chains(&json, rules);
	json_object_end(&json);
	json_end(&json);
	return 0;
}
