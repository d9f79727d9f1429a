/* nft_commands.c - First pass: commands, one by one. */
#include <string.h>

#include "backends/nftables/nft_blocks.h"
#include "rules/base/arena.h"

static int expect_end(struct nft_importer *importer, struct nft_lexer *lexer)
{
	if (nft_end_statement(lexer))
		return 0;
	return nft_syntax_error(importer, lexer, "the end of the command");
}

static int skip_family(struct nft_importer *importer, struct nft_lexer *lexer)
{
	uint32_t at = lexer->now.begin;

	nft_note(importer, NFT_NOTE_FAMILY, at);
	nft_skip_statement(lexer);
	return 0;
}

static void remove_table(struct nft_importer *importer, struct nft_table *table)
{
	table->removed = true;
	nft_names_put(&importer->table_names, table->label, strlen(table->label), NULL,
		      importer->arena);
}

static int unknown_thing(struct nft_importer *importer, const struct nft_word *name,
			 const char *what)
{
	return diag_report(importer->diag, DIAG_NFT_UNDEFINED,
			   nft_span(importer, name->begin, name->end),
			   "there is no %s '%.*s' in this text", what, (int)name->length,
			   name->text);
}

/* "[family] table": NULL when it is not there; *ret_skip for families not modelled. */
static int read_table_spec(struct nft_importer *importer, struct nft_lexer *lexer,
			   struct nft_table **ret_table, struct nft_word *ret_name,
			   bool *ret_skip)
{
	enum nft_family family = NFT_FAMILY_IP;

	nft_take_family(lexer, &family);
	*ret_skip = !nft_is_modelled(family);
	if (*ret_skip)
		return skip_family(importer, lexer);
	if (nft_read_name(importer, lexer, "a table's name", ret_name))
		return -1;
	*ret_table = nft_find_table(importer, family, ret_name);
	return 0;
}

/*
 * Rules that were inserted stand in front, the last one first.  They are kept in their
 * own list, so that a thousand inserts move nothing, until somebody asks for a place.
 */
static void join_rules(struct nft_importer *importer, struct nft_chain *chain)
{
	size_t count = chain->front_count + chain->count;
	struct nft_rule *rules;

	if (!chain->front_count)
		return;
	rules = arena_array(importer->arena, count, struct nft_rule);
	for (size_t i = 0; i < chain->front_count; i++)
		rules[i] = chain->front[chain->front_count - 1 - i];
	if (chain->count)
		memcpy(rules + chain->front_count, chain->rules,
		       chain->count * sizeof(*rules));
	chain->rules = rules;
	chain->count = chain->capacity = count;
	chain->front_count = 0;
}

/* The place in a chain that "index 3", "handle 12" or "position 12" names. */
static int read_position(struct nft_importer *importer, struct nft_lexer *lexer,
			 struct nft_chain *chain, size_t *ret_index)
{
	bool index = nft_is_word(lexer, "index");
	uint32_t begin = lexer->now.begin;

	join_rules(importer, chain);
	importer->moved += chain->count;
	if (importer->moved > NFT_MAX_MOVES)
		return diag_report(importer->diag, DIAG_NFT_TOO_LARGE,
				   nft_span(importer, begin, lexer->now.end),
				   "too many commands that name a place among rules");
	nft_next(lexer);
	if (lexer->now.kind != NFT_NUMBER)
		return nft_syntax_error(importer, lexer, "a number");
	for (size_t i = 0; i < chain->count; i++) {
		if (index ? i == lexer->now.value
			  : chain->rules[i].handle == lexer->now.value) {
			*ret_index = i;
			nft_next(lexer);
			return 0;
		}
	}
	return diag_report(importer->diag, DIAG_NFT_UNDEFINED,
			   nft_span(importer, begin, lexer->now.end),
			   "chain '%s' has no such rule in this text", chain->label);
}

static bool is_position(const struct nft_lexer *lexer)
{
	return nft_is_word(lexer, "index") || nft_is_word(lexer, "handle") ||
	       nft_is_word(lexer, "position");
}

enum verb { VERB_ADD, VERB_CREATE, VERB_INSERT, VERB_REPLACE, VERB_DELETE };

/* "[family] table chain [position] rule" */
static int read_rule_command(struct nft_importer *importer, struct nft_lexer *lexer,
			     enum verb verb)
{
	struct nft_table *table = NULL;
	struct nft_chain *chain;
	struct nft_rule rule;
	struct nft_word name = {0};
	size_t index = 0;
	bool skip, positioned;

	if (read_table_spec(importer, lexer, &table, &name, &skip) || skip)
		return skip ? 0 : -1;
	if (!table)
		return unknown_thing(importer, &name, "table");
	if (nft_read_name(importer, lexer, "a chain's name", &name))
		return -1;
	chain = nft_find_chain(table, name.text, name.length);
	if (!chain)
		return unknown_thing(importer, &name, "chain");
	positioned = is_position(lexer);
	if (positioned && read_position(importer, lexer, chain, &index))
		return -1;
	if (!positioned && (verb == VERB_DELETE || verb == VERB_REPLACE))
		return nft_syntax_error(importer, lexer, "'handle'");
	if (verb == VERB_DELETE) {
		memmove(chain->rules + index, chain->rules + index + 1,
			(chain->count - index - 1) * sizeof(*chain->rules));
		chain->count--;
		return 0;
	}
	lexer->handle = 0;
	rule = nft_rule_text(importer, lexer);
	rule.handle = lexer->handle;
	if (verb == VERB_REPLACE) {
		rule.handle = chain->rules[index].handle;
		chain->rules[index] = rule;
		return 0;
	}
	if (!positioned && verb == VERB_INSERT) {
		*arena_push(importer->arena, chain->front, chain->front_count,
			    chain->front_capacity) = rule;
		return 0;
	}
	if (!positioned)
		index = chain->count;
	else if (verb == VERB_ADD)
		index++;
	arena_push(importer->arena, chain->rules, chain->count, chain->capacity);
	memmove(chain->rules + index + 1, chain->rules + index,
		(chain->count - index - 1) * sizeof(*chain->rules));
	chain->rules[index] = rule;
	return 0;
}

/* "[family] table set { … }" */
static int read_element_command(struct nft_importer *importer, struct nft_lexer *lexer,
				enum verb verb)
{
	struct nft_table *table = NULL;
	struct nft_set *set;
	struct nft_word name = {0};
	bool skip;

	if (read_table_spec(importer, lexer, &table, &name, &skip) || skip)
		return skip ? 0 : -1;
	if (!table)
		return unknown_thing(importer, &name, "table");
	if (nft_read_name(importer, lexer, "a set's name", &name))
		return -1;
	set = nft_find_set(table, name.text, name.length);
	if (!set)
		return unknown_thing(importer, &name, "set");
	if (verb != VERB_DELETE)
		return nft_read_set_elements(importer, lexer, set);
	importer->moved += set->content.numbers.count + set->content.part_count +
			   set->content.words.count;
	if (importer->moved > NFT_MAX_MOVES)
		return diag_report(importer->diag, DIAG_NFT_TOO_LARGE,
				   nft_span(importer, name.begin, name.end),
				   "too many commands that delete elements of large "
				   "sets");
	if (!nft_elements_delete(importer, lexer, set))
		return nft_syntax_error(importer, lexer, "an element");
	return 0;
}

/* "[family] table name [{ … }]" for add; the block is that of the table's own text */
static int read_part_command(struct nft_importer *importer, struct nft_lexer *lexer,
			     const char *what)
{
	struct nft_table *table = NULL;
	struct nft_word name = {0};
	bool skip;

	if (read_table_spec(importer, lexer, &table, &name, &skip) || skip)
		return skip ? 0 : -1;
	if (!table)
		return unknown_thing(importer, &name, "table");
	if (strcmp(what, "chain") == 0)
		return nft_read_chain(importer, lexer, table);
	if (strcmp(what, "object") == 0) {
		nft_skip_statement(lexer);
		return 0;
	}
	return nft_read_set(importer, lexer, table, strcmp(what, "map") == 0);
}

static int read_add(struct nft_importer *importer, struct nft_lexer *lexer,
		    enum verb verb)
{
	if (nft_take_word(lexer, "table"))
		return nft_read_table(importer, lexer);
	if (nft_take_word(lexer, "chain"))
		return read_part_command(importer, lexer, "chain");
	if (nft_take_word(lexer, "set"))
		return read_part_command(importer, lexer, "set");
	if (nft_take_word(lexer, "map"))
		return read_part_command(importer, lexer, "map");
	if (nft_take_word(lexer, "element"))
		return read_element_command(importer, lexer, verb);
	if (nft_is_object(lexer)) {
		nft_skip_statement(lexer);
		return 0;
	}
	nft_take_word(lexer, "rule");
	return read_rule_command(importer, lexer, verb);
}

/* "create": "add" of what must not be there yet */
static int read_create(struct nft_importer *importer, struct nft_lexer *lexer)
{
	struct nft_lexer ahead = *lexer;
	bool is_table = nft_is_word(lexer, "table"),
	     is_chain = nft_is_word(lexer, "chain");
	bool is_set = nft_is_word(lexer, "set") || nft_is_word(lexer, "map");
	enum nft_family family = NFT_FAMILY_IP;
	struct nft_table *table;
	struct nft_word name = {0};

	if (!is_table && !is_chain && !is_set)
		return read_add(importer, lexer, VERB_CREATE);
	nft_next(&ahead);
	nft_take_family(&ahead, &family);
	if (nft_read_name(importer, &ahead, "a table's name", &name))
		return -1;
	table = nft_find_table(importer, family, &name);
	if (table && !is_table && nft_read_name(importer, &ahead, "a name", &name))
		return -1;
	if (table && (is_table ||
		      (is_chain ? (void *)nft_find_chain(table, name.text, name.length)
				: (void *)nft_find_set(table, name.text, name.length))))
		return nft_refused(importer, name.begin, name.end,
				   "what this text creates is there already");
	return read_add(importer, lexer, VERB_CREATE);
}

static int delete_chain(struct nft_importer *importer, struct nft_table *table,
			const struct nft_word *name)
{
	struct nft_chain *chain = nft_find_chain(table, name->text, name->length);

	if (!chain)
		return 0;
	chain->removed = true;
	nft_names_put(&table->chain_names, chain->name, name->length, NULL,
		      importer->arena);
	return 0;
}

static int delete_set(struct nft_importer *importer, struct nft_table *table,
		      const struct nft_word *name)
{
	struct nft_set *set = nft_find_set(table, name->text, name->length);

	if (!set)
		return 0;
	set->removed = true;
	nft_names_put(&table->set_names, set->name, name->length, NULL, importer->arena);
	return 0;
}

/* "delete" and "destroy": what is not in this text is not there to be deleted. */
static int read_delete(struct nft_importer *importer, struct nft_lexer *lexer)
{
	bool is_table = nft_is_word(lexer, "table"),
	     is_chain = nft_is_word(lexer, "chain");
	struct nft_table *table = NULL;
	struct nft_word name = {0};
	bool skip;

	if (nft_take_word(lexer, "rule"))
		return read_rule_command(importer, lexer, VERB_DELETE);
	if (nft_take_word(lexer, "element"))
		return read_element_command(importer, lexer, VERB_DELETE);
	if (nft_is_object(lexer)) {
		nft_skip_statement(lexer);
		return 0;
	}
	if (!is_table && !is_chain && !nft_is_word(lexer, "set") &&
	    !nft_is_word(lexer, "map"))
		return nft_syntax_error(importer, lexer,
					"table, chain, rule, set, map or element");
	nft_next(lexer);
	if (read_table_spec(importer, lexer, &table, &name, &skip) || skip)
		return skip ? 0 : -1;
	if (is_table) {
		if (table)
			remove_table(importer, table);
		return 0;
	}
	if (nft_read_name(importer, lexer, "a name", &name))
		return -1;
	if (lexer->now.kind == NFT_OPEN && !nft_skip_block(lexer))
		return nft_syntax_error(importer, lexer, "'}'");
	if (!table)
		return 0;
	return is_chain ? delete_chain(importer, table, &name)
			: delete_set(importer, table, &name);
}

static int flush_ruleset(struct nft_importer *importer, struct nft_lexer *lexer)
{
	enum nft_family family = NFT_FAMILY_IP;
	bool one = nft_take_family(lexer, &family);

	for (size_t i = 0; i < importer->table_count; i++)
		if (!importer->tables[i]->removed &&
		    (!one || importer->tables[i]->family == family))
			remove_table(importer, importer->tables[i]);
	return 0;
}

/* "flush table" empties the chains and leaves sets as they are (nft.8, "TABLES"). */
static int read_flush(struct nft_importer *importer, struct nft_lexer *lexer)
{
	bool is_table = nft_is_word(lexer, "table"),
	     is_chain = nft_is_word(lexer, "chain");
	struct nft_table *table = NULL;
	struct nft_chain *chain;
	struct nft_set *set;
	struct nft_word name = {0};
	bool skip;

	if (nft_take_word(lexer, "ruleset"))
		return flush_ruleset(importer, lexer);
	if (!is_table && !is_chain && !nft_is_word(lexer, "set") &&
	    !nft_is_word(lexer, "map") && !nft_is_word(lexer, "meter"))
		return nft_syntax_error(importer, lexer,
					"ruleset, table, chain, set or map");
	nft_next(lexer);
	if (read_table_spec(importer, lexer, &table, &name, &skip) || skip)
		return skip ? 0 : -1;
	if (is_table) {
		for (size_t i = 0; table && i < table->chain_count; i++)
			table->chains[i]->count = table->chains[i]->front_count = 0;
		return 0;
	}
	if (nft_read_name(importer, lexer, "a name", &name))
		return -1;
	if (!table)
		return 0;
	chain = is_chain ? nft_find_chain(table, name.text, name.length) : NULL;
	if (chain)
		chain->count = chain->front_count = 0;
	set = is_chain ? NULL : nft_find_set(table, name.text, name.length);
	if (set) {
		nft_set_clear(set);
		set->emptied = true;
	}
	return 0;
}

static const char *const command_words[] = {"add",     "create",   "insert",   "replace",
					    "delete",  "destroy",  "flush",    "table",
					    "chain",   "set",	   "map",      "element",
					    "rule",    "define",   "redefine", "undefine",
					    "include", "list",	   "reset",    "monitor",
					    "export",  "describe", "get",      NULL};

/* "filter input tcp dport 22 accept": a rule without "add rule", where there is a table
 */
static bool is_bare_rule(struct nft_importer *importer, const struct nft_lexer *lexer)
{
	struct nft_lexer ahead = *lexer;
	enum nft_family family = NFT_FAMILY_IP;
	struct nft_word name = {0};

	nft_take_family(&ahead, &family);
	name = (struct nft_word){.text = ahead.text + ahead.now.begin,
				 .length = ahead.now.end - ahead.now.begin};
	return nft_is_name(&ahead) && name.length <= NFT_NAME_MAX &&
	       nft_find_table(importer, family, &name);
}

static bool is_query(struct nft_lexer *lexer)
{
	static const char *const words[] = {"list",   "reset",	  "monitor",
					    "export", "describe", "get"};

	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		if (nft_is_word(lexer, words[i]))
			return true;
	return false;
}

static int read_command(struct nft_importer *importer, struct nft_lexer *lexer)
{
	if (nft_is_define(lexer))
		return nft_read_define(importer, lexer);
	if (nft_is_word(lexer, "undefine"))
		return nft_read_undefine(importer, lexer);
	if (nft_is_word(lexer, "include"))
		return nft_read_include(importer, lexer);
	if (nft_take_word(lexer, "add"))
		return read_add(importer, lexer, VERB_ADD);
	if (nft_take_word(lexer, "create"))
		return read_create(importer, lexer);
	if (nft_is_word(lexer, "table") || nft_is_word(lexer, "chain") ||
	    nft_is_word(lexer, "set") || nft_is_word(lexer, "map") ||
	    nft_is_word(lexer, "element") || nft_is_word(lexer, "rule") ||
	    nft_is_object(lexer))
		return read_add(importer, lexer, VERB_ADD);
	if (nft_take_word(lexer, "insert") || nft_is_word(lexer, "replace")) {
		enum verb verb =
			nft_take_word(lexer, "replace") ? VERB_REPLACE : VERB_INSERT;

		nft_take_word(lexer, "rule");
		return read_rule_command(importer, lexer, verb);
	}
	if (nft_take_word(lexer, "delete") || nft_take_word(lexer, "destroy"))
		return read_delete(importer, lexer);
	if (nft_take_word(lexer, "flush"))
		return read_flush(importer, lexer);
	if (is_query(lexer)) {
		nft_skip_statement(lexer); /* asks, and changes nothing */
		return 0;
	}
	if (is_bare_rule(importer, lexer))
		return read_rule_command(importer, lexer, VERB_ADD);
	nft_syntax_error(importer, lexer, "a command of nft");
	nft_suggest(importer, lexer, command_words);
	return -1;
}

int nft_commands(struct nft_importer *importer)
{
	struct nft_lexer lexer;
	int result = 0;

	nft_lexer_init(&lexer, importer->text, 0, importer->length, &importer->defines,
		       0);
	while (lexer.now.kind != NFT_END) {
		uint64_t before = lexer.count;

		if (nft_take(&lexer, NFT_NEWLINE) || nft_take(&lexer, NFT_SEMICOLON))
			continue;
		importer->command++;
		if (read_command(importer, &lexer) || expect_end(importer, &lexer)) {
			result = -1;
			nft_skip_statement(&lexer);
			/* a brace too many: nothing behind it can be trusted */
			if (lexer.now.kind == NFT_CLOSE)
				return result;
		}
		if (lexer.now.kind == NFT_CLOSE)
			return nft_syntax_error(importer, &lexer,
						"a command, since no block is open,");
		if (lexer.count == before)
			nft_next(&lexer);
	}
	for (size_t i = 0; i < importer->table_count; i++)
		for (size_t j = 0; j < importer->tables[i]->chain_count; j++)
			join_rules(importer, importer->tables[i]->chains[j]);
	return result;
}
