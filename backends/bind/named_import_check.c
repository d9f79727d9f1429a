/* named_import_check.c - Are they statements that named takes in that place? */
#include <string.h>
#include <strings.h>

#include "backends/bind/named_importer.h"
#include "rules/base/arena.h"

enum times { TIMES_ONCE, TIMES_MANY };

static const struct named_statement_info statements[] = {
#define STATEMENT(name, places, value, times, effect, note) \
	{name,                                              \
	 places,                                            \
	 NAMED_VALUE_##value,                               \
	 TIMES_##times == TIMES_MANY,                       \
	 NAMED_EFFECT_##effect,                             \
	 note},
#include "backends/bind/named_statements.def"
#undef STATEMENT
};

static const char *const statement_names[] = {
#define STATEMENT(name, places, value, times, effect, note) name,
#include "backends/bind/named_statements.def"
#undef STATEMENT
	"include",
	NULL,
};

bool named_same(const char *a, const char *b)
{
	return strcasecmp(a, b) == 0;
}

const struct named_statement_info *named_statement_find(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(statements); i++)
		if (named_same(statements[i].name, name))
			return &statements[i];
	return NULL;
}

const struct named_statement *named_find(const struct named_block *block,
					 const char *name)
{
	for (size_t i = 0; i < block->count; i++)
		if (block->at[i].at[0].kind == NAMED_WORD &&
		    named_same(block->at[i].at[0].text, name))
			return &block->at[i];
	return NULL;
}

bool named_read_boolean(const char *text, bool *ret_value)
{
	static const char *const words[] = {"no", "false", "0", "yes", "true", "1"};

	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		if (named_same(text, words[i])) {
			*ret_value = i >= 3;
			return true;
		}
	return false;
}

static int report_unknown(struct named_importer *importer, const struct span at,
			  const char *name, const char *where)
{
	const char *nearest = diag_nearest(name, statement_names);

	named_refuse(importer, at, "named knows no statement '%s'", name);
	if (nearest)
		diag_help(importer->diag, "did you mean '%s'?", nearest);
	else
		diag_help(importer->diag,
			  "named.conf(5) of BIND 9.18 lists what %s may hold", where);
	return -1;
}

/* A block ends most statements: another one behind it lacks its semicolon. */
static int check_end(struct named_importer *importer,
		     const struct named_statement *statement)
{
	for (size_t i = 1; i + 1 < statement->count; i++) {
		const struct named_element *next = &statement->at[i + 1];

		if (statement->at[i].kind == NAMED_BLOCK && next->kind == NAMED_WORD &&
		    named_statement_find(next->text))
			return named_refuse(importer, next->at, "missing ';' before '%s'",
					    next->text);
	}
	return 0;
}

static bool is_number(const char *text)
{
	return *text && strspn(text, "0123456789") == strlen(text) && strlen(text) <= 10;
}

/* The one value of a statement, where it has one. */
static int check_value(struct named_importer *importer,
		       const struct named_statement *statement,
		       const struct named_statement_info *info)
{
	const struct named_element *value = &statement->at[1];
	static const char *const wanted[] = {
		[NAMED_VALUE_BOOLEAN] = "'yes' or 'no'",
		[NAMED_VALUE_NUMBER] = "a number",
		[NAMED_VALUE_QUOTED] = "a text in quotes",
		[NAMED_VALUE_BLOCK] = "a block in braces",
	};
	bool fine = true, boolean;

	if (statement->count < 2)
		return info->value == NAMED_VALUE_ANY &&
				       named_same(info->name, "root-delegation-only")
			       ? 0
			       : named_refuse(importer, statement->at[0].at,
					      "'%s' without a value", info->name);
	switch (info->value) {
	case NAMED_VALUE_BOOLEAN:
		fine = value->kind == NAMED_WORD &&
		       named_read_boolean(value->text, &boolean);
		break;
	case NAMED_VALUE_NUMBER:
		fine = value->kind == NAMED_WORD && is_number(value->text);
		break;
	case NAMED_VALUE_QUOTED:
		fine = value->kind == NAMED_QUOTED;
		break;
	case NAMED_VALUE_BLOCK:
		fine = value->kind == NAMED_BLOCK;
		break;
	case NAMED_VALUE_ANY:
		return 0;
	}
	if (!fine)
		return named_refuse(importer, value->at, "'%s' needs %s", info->name,
				    wanted[info->value]);
	if (statement->count > 2)
		return named_refuse(importer, statement->at[2].at,
				    "missing ';' before this");
	return 0;
}

/* Does the row stand for a statement that came before, where only one may? */
static int check_once(struct named_importer *importer, const struct named_block *block,
		      size_t index, const struct named_statement_info *info)
{
	const struct named_statement *first = named_find(block, info->name);

	if (info->many || first == &block->at[index])
		return 0;
	named_refuse(importer, block->at[index].at[0].at, "'%s' stands there twice",
		     info->name);
	diag_note(importer->diag, first->span, "the first is here");
	return -1;
}

static int check_statement(struct named_importer *importer,
			   const struct named_block *block, size_t index, char place,
			   const char *where, const char **opaque)
{
	const struct named_statement *statement = &block->at[index];
	const struct named_element *first = &statement->at[0];
	const struct named_statement_info *info;

	if (first->kind != NAMED_WORD)
		return named_refuse(importer, first->at,
				    "a statement begins with a word");
	info = named_statement_find(first->text);
	if (!info)
		return report_unknown(importer, first->at, first->text, where);
	if (!strchr(info->places, place))
		return named_refuse(importer, first->at, "'%s' may not stand in %s",
				    info->name, where);
	if (check_end(importer, statement) < 0 ||
	    check_value(importer, statement, info) < 0 ||
	    check_once(importer, block, index, info) < 0)
		return -1;
	if (info->effect == NAMED_EFFECT_NOTE)
		named_assume(importer, info->note, first->at);
	if (info->effect == NAMED_EFFECT_OPAQUE && opaque && !*opaque)
		*opaque = arena_printf(importer->arena, "what '%s' does", info->name);
	return 0;
}

int named_check(struct named_importer *importer, const struct named_block *block,
		char place, const char *where, const char **opaque)
{
	int result = 0;

	for (size_t i = 0; i < block->count; i++)
		if (check_statement(importer, block, i, place, where, opaque) < 0)
			result = -1;
	return result;
}
