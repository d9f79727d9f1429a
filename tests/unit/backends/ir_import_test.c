/* ir_import_test.c - What the reader of rules as data makes of documents. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "backends/backend.h"
#include "backends/ir/ir.h"
#include "rules/base/arena.h"
#include "rules/base/diag.h"
#include "rules/base/strbuf.h"
#include "rules/base/textmap.h"
#include "rules/ruleset_text.h"

#define HEAD "\"format\":\"postern-ir\",\"version\":1,"

/* A document of one rule, on line 3. */
#define BEFORE                                                                  \
	"{" HEAD "\"paths\":[{\"name\":\"p\",\"compose\":\"all\",\"stages\":["  \
	"{\"chain\":0,\"end\":\"undecided\"}]}],\n\"chains\":[{\"name\":\"c\"," \
	"\"rules\":["
#define AFTER "]},{\"name\":\"other\",\"rules\":[]}]}"

struct row {
	const char *text, *means;
	size_t line, column;
};

#define TERM(...)
#define RULE(...)
#define REFUSED(...)
#define NO_TERM(...)

#undef TERM
#define TERM(text, means) {text, means, 0, 0},
static const struct row terms[] = {
#include "tests/unit/backends/ir_rows.def"
};
#undef TERM
#define TERM(...)
#undef RULE
#define RULE(text, means) {text, means, 0, 0},
static const struct row rules[] = {
#include "tests/unit/backends/ir_rows.def"
};
#undef RULE
#define RULE(...)
#undef REFUSED
#define REFUSED(text, message, line, column) {text, message, line, column},
static const struct row refused[] = {
#include "tests/unit/backends/ir_rows.def"
};
#undef REFUSED
#define REFUSED(...)
#undef NO_TERM
#define NO_TERM(text, message, column) {text, message, 3, column},
static const struct row no_terms[] = {
#include "tests/unit/backends/ir_rows.def"
};

/* Rows have ' for " and @HEAD for what every document begins with. */
static const char *spelled(const char *text, struct arena *arena)
{
	char *copy = arena_strdup(arena, text);
	char *head = strstr(copy, "@HEAD");

	for (char *c = copy; *c; c++)
		if (*c == '\'')
			*c = '"';
	return head ? arena_printf(arena, "%.*s" HEAD "%s", (int)(head - copy), copy,
				   head + 5)
		    : copy;
}

static int import(const char *text, struct arena *arena, struct diag *diag,
		  struct ruleset **ret_rules)
{
	struct import_file file = {
		.name = "test",
		.text = text,
		.length = strlen(text),
		.source = diag_add_source(diag, "test", text, strlen(text)),
	};
	struct addr_set known = {0}, resolved = {0};
	struct textmap tags = {0}, names = {0};
	const struct import_input input = {
		.files = &file,
		.file_count = 1,
		.tags = &tags,
		.names = &names,
	};
	struct prefix prefix;

	assert_int_equal(prefix_parse("198.51.100.0/24", &prefix), PREFIX_OK);
	addr_set_add_prefix(&known, &prefix, arena);
	assert_int_equal(prefix_parse("203.0.113.7", &prefix), PREFIX_OK);
	addr_set_add_prefix(&resolved, &prefix, arena);
	textmap_put(&tags, "known", &known, arena);
	textmap_put(&names, "known.example", &resolved, arena);
	return ir_import(&input, arena, ret_rules, diag);
}

static void reads(const char *text, const char *line)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new();
	CLEANUP(strbuf_release) struct strbuf printed = {0};
	struct diag *diag = diag_new(arena);
	struct ruleset *made;

	if (import(text, arena, diag, &made) < 0)
		fail_msg("%s\n%s", diag_message(diag, 0)->text, text);
	ruleset_print(made, &printed);
	if (!strstr(strbuf_text(&printed), line))
		fail_msg("no %s in\n%s", line, strbuf_text(&printed));
}

static void refuses(const char *text, const struct row *row)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new();
	struct diag *diag = diag_new(arena);
	const struct diag_message *message;
	struct ruleset *made = NULL;
	struct place place;

	if (import(text, arena, diag, &made) == 0)
		fail_msg("it was read: %s", text);
	assert_null(made);
	message = diag_message(diag, 0);
	assert_int_equal(diag_errors(diag), 1);
	assert_string_equal(message->text, row->means);
	place = diag_place(diag_get_source(diag, message->at.source), message->at.begin);
	if (place.line != row->line || place.column != row->column)
		fail_msg("%zu:%zu instead of %zu:%zu: %s\n%s", place.line, place.column,
			 row->line, row->column, row->means, text);
}

static void terms_are_read(void **state)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new();

	(void)state;
	for (size_t i = 0; i < sizeof(terms) / sizeof(*terms); i++)
		reads(arena_printf(arena, "%s{\"action\":\"admit\",\"match\":[%s]}%s",
				   BEFORE, spelled(terms[i].text, arena), AFTER),
		      arena_printf(arena, "  rule: %s -> admit\n", terms[i].means));
}

static void rules_are_read(void **state)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new();

	(void)state;
	for (size_t i = 0; i < sizeof(rules) / sizeof(*rules); i++)
		reads(arena_printf(arena, "%s%s%s", BEFORE, spelled(rules[i].text, arena),
				   AFTER),
		      arena_printf(arena, "  %s\n", rules[i].means));
}

static void paths_are_read(void **state)
{
	(void)state;
	reads("{" HEAD "\"chains\":[{\"name\":\"c\",\"rules\":[]}],\"paths\":[{\"name\":"
	      "\"egress\",\"compose\":\"first\",\"universe\":[{\"field\":\"state\","
	      "\"ranges\":[[3,3]]}],\"stages\":[{\"label\":\"l\",\"chain\":0,\"guard\":"
	      "[{\"field\":\"port\",\"ranges\":[[1,1]]}],\"end\":\"refuse\"}]}],"
	      "\"whatever\":{\"else\":1}}",
	      "path \"egress\" first when state {new}\n"
	      "  stage \"l\" chain 0 \"c\" priority 0 end refuse when port {1}\n"
	      "chain 0 \"c\"\n");
}

static void what_is_not_so_is_refused(void **state)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new();

	(void)state;
	for (size_t i = 0; i < sizeof(refused) / sizeof(*refused); i++)
		refuses(spelled(refused[i].text, arena), &refused[i]);
	for (size_t i = 0; i < sizeof(no_terms) / sizeof(*no_terms); i++)
		refuses(arena_printf(arena, "%s{\"action\":\"admit\",\"match\":[\n%s]}%s",
				     BEFORE, spelled(no_terms[i].text, arena), AFTER),
			&no_terms[i]);
}

static void it_knows_its_own(void **state)
{
	static const char ours[] = "{\n  \"format\": \"postern-ir\",\n";
	static const char other[] = "{\"format\": \"other\"}";
	static const char words[] = "# \"postern-ir\" is no document";

	(void)state;
	assert_int_equal(ir_sniff(ours, sizeof(ours) - 1), 100);
	assert_int_equal(ir_sniff(other, sizeof(other) - 1), 0);
	assert_int_equal(ir_sniff(words, sizeof(words) - 1), 0);
	assert_int_equal(ir_sniff("", 0), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(terms_are_read),
		cmocka_unit_test(rules_are_read),
		cmocka_unit_test(paths_are_read),
		cmocka_unit_test(what_is_not_so_is_refused),
		cmocka_unit_test(it_knows_its_own),
	};

	return cmocka_run_group_tests_name("ir_import", tests, NULL, NULL);
}
