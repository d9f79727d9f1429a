/* ir_import.c - From rules as JSON to a rule set. */
#include "backends/ir/ir.h"

#include <limits.h>
#include <string.h>

#include "backends/ir/ir_importer.h"
#include "backends/json.h"
#include "rules/base/arena.h"
#include "rules/ruleset_text.h"

#define FORMAT_NAME "postern-ir"

/* The form that this reader knows; see ir.h. */
#define FORMAT_VERSION 1u

int ir_sniff(const char *text, size_t length)
{
	/* Nothing else calls itself so, and a document says it at its beginning. */
	static const char mark[] = "\"" FORMAT_NAME "\"";
	size_t begin = length < 200 ? length : 200;

	return memmem(text, begin, mark, sizeof(mark) - 1) && memchr(text, '{', begin)
		       ? 100
		       : 0;
}

/* -- what any object needs ----------------------------------------------------------- */

int ir_bad(struct ir_importer *importer, const struct doc *doc, const char *key,
	   const char *expected)
{
	return diag_report(importer->diag, DIAG_IR_FORMAT, doc->at, "%s%s%sexpected %s",
			   key ? "'" : "", key ? key : "", key ? "': " : "", expected);
}

int ir_check_keys(struct ir_importer *importer, const struct doc *object,
		  const char *const *known)
{
	if (object->kind != DOC_MAP)
		return ir_bad(importer, object, NULL, "an object");
	for (size_t i = 0; i < object->count; i++) {
		const char *key = object->entries[i].key, *nearest;
		size_t at = 0;

		while (known[at] && strcmp(known[at], key) != 0)
			at++;
		if (known[at])
			continue;
		diag_report(importer->diag, DIAG_IR_FORMAT, object->entries[i].at,
			    "the key '%s' is not known here, and what it says might "
			    "matter",
			    key);
		nearest = diag_nearest(key, known);
		if (nearest)
			diag_help(importer->diag, "did you mean '%s'?", nearest);
		return -1;
	}
	return 0;
}

int ir_list(struct ir_importer *importer, const struct doc *object, const char *key,
	    bool required, const struct doc **ret_list)
{
	static const struct doc empty = {.kind = DOC_LIST};
	const struct doc *list = doc_get(object, key);

	if (!list && required)
		return ir_bad(importer, object, key, "a list");
	if (list && list->kind != DOC_LIST)
		return ir_bad(importer, list, key, "a list");
	*ret_list = list ? list : &empty;
	return 0;
}

int ir_string(struct ir_importer *importer, const struct doc *object, const char *key,
	      bool required, const char **ret_text)
{
	const struct doc *text = doc_get(object, key);

	if (!text && !required) {
		*ret_text = NULL;
		return 0;
	}
	if (!text || text->kind != DOC_SCALAR || !text->quoted)
		return ir_bad(importer, text ? text : object, key, "a string");
	*ret_text = text->text;
	return 0;
}

int ir_number(struct ir_importer *importer, const struct doc *doc, const char *key,
	      uint64_t max, uint64_t *ret_number)
{
	uint64_t number = 0;
	bool right = doc->kind == DOC_SCALAR && !doc->quoted && doc->length &&
		     doc->length < 20; /* no carry out of 64 bits */

	for (const char *c = right ? doc->text : ""; *c; c++) {
		right = right && *c >= '0' && *c <= '9';
		number = number * 10 + (uint64_t)(*c - '0');
	}
	if (right && number <= max) {
		*ret_number = number;
		return 0;
	}
	return ir_bad(importer, doc, key,
		      arena_printf(importer->arena, "a whole number up to %llu",
				   (unsigned long long)max));
}

int ir_flag(struct ir_importer *importer, const struct doc *object, const char *key,
	    bool *ret_flag)
{
	const struct doc *flag = doc_get(object, key);
	bool is_true;

	*ret_flag = false;
	if (!flag)
		return 0;
	is_true = doc_text(flag) && strcmp(flag->text, "true") == 0;
	if (flag->kind != DOC_SCALAR || flag->quoted ||
	    (!is_true && strcmp(flag->text, "false") != 0))
		return ir_bad(importer, flag, key, "true or false");
	*ret_flag = is_true;
	return 0;
}

static int read_action(struct ir_importer *importer, const struct doc *object,
		       const char *key, enum action *ret_action)
{
	const char *text;

	if (ir_string(importer, object, key, true, &text) < 0)
		return -1;
	for (unsigned action = 0; action <= ACTION_RETURN; action++)
		if (strcmp(action_name((enum action)action), text) == 0) {
			*ret_action = (enum action)action;
			return 0;
		}
	return ir_bad(importer, doc_get(object, key), key,
		      "continue, admit, refuse, undecided, jump, goto or return");
}

static int read_index(struct ir_importer *importer, const struct doc *object,
		      const char *key, size_t *ret_index)
{
	const struct doc *doc = doc_get(object, key);
	uint64_t index;

	if (!doc || !importer->chain_count)
		return ir_bad(importer, doc ? doc : object, key, "the number of a chain");
	if (ir_number(importer, doc, key, importer->chain_count - 1, &index) < 0)
		return -1;
	*ret_index = (size_t)index;
	return 0;
}

/* -- chains and rules ---------------------------------------------------------------- */

static int read_mark(struct ir_importer *importer, const struct doc *doc,
		     struct rule *rule)
{
	const struct doc *mark = doc_get(doc, "mark");
	uint64_t number;

	if (!mark)
		return 0;
	if (ir_number(importer, mark, "mark", UINT32_MAX, &number) < 0)
		return -1;
	rule->marks = true;
	rule->mark = (uint32_t)number;
	return 0;
}

static int read_rule(struct ir_importer *importer, const struct doc *doc,
		     struct rule *rule)
{
	static const char *const known[] = {"id",   "name", "action", "target", "mark",
					    "logs", "text", "match",  NULL};

	rule->at = doc->at;
	if (ir_check_keys(importer, doc, known) < 0 ||
	    ir_string(importer, doc, "id", false, &rule->id) < 0 ||
	    ir_string(importer, doc, "name", false, &rule->name) < 0 ||
	    read_action(importer, doc, "action", &rule->action) < 0 ||
	    read_mark(importer, doc, rule) < 0 ||
	    ir_flag(importer, doc, "logs", &rule->logs) < 0)
		return -1;
	if (rule->action == ACTION_JUMP || rule->action == ACTION_GOTO) {
		if (read_index(importer, doc, "target", &rule->target) < 0)
			return -1;
	} else if (doc_get(doc, "target")) {
		return ir_bad(importer, doc_get(doc, "target"), "target",
			      "none without jump or goto");
	}
	/* A rule without it would match everything, which must be said. */
	if (!doc_get(doc, "match"))
		return ir_bad(importer, doc, "match", "a list of terms");
	return ir_match(importer, doc, "match", &rule->match);
}

static int read_chain(struct ir_importer *importer, const struct doc *doc, size_t index)
{
	static const char *const known[] = {"name", "rules", NULL};
	struct chain *chain = &importer->rules->chains[index];
	const struct doc *rules;

	chain->at = doc->at;
	if (ir_check_keys(importer, doc, known) < 0 ||
	    ir_string(importer, doc, "name", true, &chain->name) < 0 ||
	    ir_list(importer, doc, "rules", true, &rules) < 0)
		return -1;
	chain_reserve(chain, rules->count, importer->arena);
	for (size_t i = 0; i < rules->count; i++)
		if (read_rule(importer, rules->items[i],
			      chain_add_rule(chain, importer->arena)) < 0)
			return -1;
	return 0;
}

static int read_chains(struct ir_importer *importer, const struct doc *root)
{
	const struct doc *chains;

	if (ir_list(importer, root, "chains", true, &chains) < 0)
		return -1;
	/* Rules may jump forward: all chains are there before the first is read. */
	importer->chain_count = chains->count;
	for (size_t i = 0; i < chains->count; i++)
		ruleset_add_chain(importer->rules, "", importer->arena);
	for (size_t i = 0; i < chains->count; i++)
		if (read_chain(importer, chains->items[i], i) < 0)
			return -1;
	return 0;
}

/* -- paths and stages ---------------------------------------------------------------- */

static int read_stage(struct ir_importer *importer, const struct doc *doc,
		      struct stage *stage)
{
	static const char *const known[] = {"label", "chain", "guard", "end", NULL};

	if (ir_check_keys(importer, doc, known) < 0 ||
	    ir_string(importer, doc, "label", false, &stage->label) < 0 ||
	    read_index(importer, doc, "chain", &stage->chain) < 0 ||
	    ir_match(importer, doc, "guard", &stage->guard) < 0 ||
	    read_action(importer, doc, "end", &stage->end) < 0)
		return -1;
	if (stage->end != ACTION_ADMIT && stage->end != ACTION_REFUSE &&
	    stage->end != ACTION_UNDECIDED)
		return ir_bad(importer, doc_get(doc, "end"), "end",
			      "admit, refuse or undecided");
	return 0;
}

static int read_path(struct ir_importer *importer, const struct doc *doc)
{
	static const char *const known[] = {"name", "compose", "universe", "stages",
					    NULL};
	const char *name, *compose;
	const struct doc *stages;
	struct path *path;

	if (ir_check_keys(importer, doc, known) < 0 ||
	    ir_string(importer, doc, "name", true, &name) < 0 ||
	    ir_string(importer, doc, "compose", true, &compose) < 0 ||
	    ir_list(importer, doc, "stages", true, &stages) < 0)
		return -1;
	if (ruleset_find_path(importer->rules, name))
		return ir_bad(importer, doc_get(doc, "name"), "name",
			      "a name that no other path has");
	path = ruleset_add_path(importer->rules, name, importer->arena);
	if (strcmp(compose, "first") == 0)
		path->compose = COMPOSE_FIRST;
	else if (strcmp(compose, "all") != 0)
		return ir_bad(importer, doc_get(doc, "compose"), "compose",
			      "all or first");
	for (size_t i = 0; i < stages->count; i++)
		if (read_stage(importer, stages->items[i],
			       arena_push(importer->arena, path->stages, path->count,
					  path->capacity)) < 0)
			return -1;
	return ir_match(importer, doc, "universe", &path->universe);
}

static int read_paths(struct ir_importer *importer, const struct doc *root)
{
	const struct doc *paths;

	if (ir_list(importer, root, "paths", true, &paths) < 0)
		return -1;
	if (paths->count > RULESET_TEXT_MAX_PATHS)
		return ir_bad(importer, paths, "paths", "fewer paths");
	for (size_t i = 0; i < paths->count; i++)
		if (read_path(importer, paths->items[i]) < 0)
			return -1;
	return 0;
}

/* -- the document -------------------------------------------------------------------- */

static int read_head(struct ir_importer *importer, const struct doc *root)
{
	const struct doc *format = doc_get(root, "format");
	const struct doc *version = doc_get(root, "version");
	uint64_t number;

	if (!doc_text(format) || strcmp(format->text, FORMAT_NAME) != 0)
		return ir_bad(importer, format ? format : root, "format",
			      "\"" FORMAT_NAME "\"");
	if (!version)
		return ir_bad(importer, root, "version", "a number");
	if (ir_number(importer, version, "version", INT_MAX, &number) < 0)
		return -1;
	if (number != FORMAT_VERSION)
		return ir_bad(importer, version, "version",
			      "1, the form that this postern reads");
	return 0;
}

int ir_import(const struct import_input *input, struct arena *arena,
	      struct ruleset **ret_rules, struct diag *diag)
{
	const struct import_file *file = &input->files[0];
	struct ir_importer importer = {
		.input = input,
		.arena = arena,
		.diag = diag,
		.rules = ruleset_new(arena),
	};
	struct doc *root;

	if (json_read(file->text, file->length, file->source, arena, &root, diag) < 0)
		return -1;
	if (root->kind != DOC_MAP)
		return ir_bad(&importer, root, NULL, "an object");
	if (read_head(&importer, root) < 0 || read_chains(&importer, root) < 0 ||
	    read_paths(&importer, root) < 0)
		return -1;
	*ret_rules = importer.rules;
	return 0;
}
