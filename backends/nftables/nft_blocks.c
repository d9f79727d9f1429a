/* nft_blocks.c - First pass: tables, chains and sets with what stands in their braces. */
#include "backends/nftables/nft_blocks.h"

#include <string.h>

#include "rules/base/arena.h"

static const char *const family_words[] = {
	[NFT_FAMILY_IP] = "ip",		[NFT_FAMILY_IP6] = "ip6",
	[NFT_FAMILY_INET] = "inet",	[NFT_FAMILY_ARP] = "arp",
	[NFT_FAMILY_BRIDGE] = "bridge", [NFT_FAMILY_NETDEV] = "netdev",
};

int nft_syntax_error(struct nft_importer *importer, const struct nft_lexer *lexer,
		     const char *expected)
{
	const struct nft_token *now = &lexer->now;
	struct span at = nft_span(importer, now->begin, now->end);

	if (now->kind == NFT_END)
		return diag_report(importer->diag, DIAG_NFT_SYNTAX, at,
				   "the text ends where %s is expected", expected);
	if (now->kind == NFT_NEWLINE)
		return diag_report(importer->diag, DIAG_NFT_SYNTAX, at,
				   "the line ends where %s is expected", expected);
	if (now->kind == NFT_UNDEFINED)
		return diag_report(importer->diag, DIAG_NFT_UNDEFINED, at,
				   "'%.*s' is not defined, or its definition is too "
				   "large",
				   (int)(now->end - now->begin),
				   lexer->text + now->begin);
	return diag_report(importer->diag, DIAG_NFT_SYNTAX, at,
			   "'%.*s' where %s is expected",
			   now->end - now->begin > 40 ? 40 : (int)(now->end - now->begin),
			   lexer->text + now->begin, expected);
}

int nft_refused(struct nft_importer *importer, uint32_t begin, uint32_t end,
		const char *why)
{
	return diag_report(importer->diag, DIAG_NFT_REFUSED,
			   nft_span(importer, begin, end), "%s", why);
}

void nft_suggest(struct nft_importer *importer, const struct nft_lexer *lexer,
		 const char *const *words)
{
	char *word = arena_strndup(importer->arena, lexer->text + lexer->now.begin,
				   lexer->now.end - lexer->now.begin);
	const char *nearest = diag_nearest(word, words);

	if (nearest)
		diag_help(importer->diag, "did you mean '%s'?", nearest);
}

bool nft_take_family(struct nft_lexer *lexer, enum nft_family *ret_family)
{
	for (size_t i = 0; i < ARRAY_SIZE(family_words); i++) {
		if (nft_take_word(lexer, family_words[i])) {
			*ret_family = (enum nft_family)i;
			return true;
		}
	}
	return false;
}

int nft_read_name(struct nft_importer *importer, struct nft_lexer *lexer,
		  const char *what, struct nft_word *ret_name)
{
	struct nft_word name = {.text = lexer->text + lexer->now.begin,
				.length = lexer->now.end - lexer->now.begin,
				.begin = lexer->now.begin,
				.end = lexer->now.end};

	if (!nft_is_name(lexer) || !name.length)
		return nft_syntax_error(importer, lexer, what);
	if (name.length > NFT_NAME_MAX)
		return diag_report(importer->diag, DIAG_NFT_SYNTAX,
				   nft_span(importer, name.begin, name.end),
				   "a name of %zu bytes; the kernel takes %d",
				   name.length, NFT_NAME_MAX);
	nft_next(lexer);
	*ret_name = name;
	return 0;
}

bool nft_end_statement(struct nft_lexer *lexer)
{
	return nft_take(lexer, NFT_SEMICOLON) || nft_take(lexer, NFT_NEWLINE) ||
	       lexer->now.kind == NFT_END || lexer->now.kind == NFT_CLOSE;
}

/* Families that are read over. */
bool nft_is_modelled(enum nft_family family)
{
	return family == NFT_FAMILY_IP || family == NFT_FAMILY_IP6 ||
	       family == NFT_FAMILY_INET;
}

struct nft_table *nft_find_table(struct nft_importer *importer, enum nft_family family,
				 const struct nft_word *name)
{
	char *label = arena_printf(importer->arena, "%s %.*s", family_words[family],
				   (int)name->length, name->text);

	return nft_names_get(&importer->table_names, label, strlen(label));
}

static struct nft_table *add_table(struct nft_importer *importer, enum nft_family family,
				   const struct nft_word *name)
{
	struct nft_table *table = nft_find_table(importer, family, name);

	if (table)
		return table;
	table = arena_make(importer->arena, struct nft_table);
	table->family = family;
	table->name = arena_strndup(importer->arena, name->text, name->length);
	table->label =
		arena_printf(importer->arena, "%s %s", family_words[family], table->name);
	table->at = nft_span(importer, name->begin, name->end);
	nft_names_put(&importer->table_names, table->label, strlen(table->label), table,
		      importer->arena);
	*arena_push(importer->arena, importer->tables, importer->table_count,
		    importer->table_capacity) = table;
	return table;
}

static struct nft_chain *add_chain(struct nft_importer *importer, struct nft_table *table,
				   const struct nft_word *name)
{
	struct nft_chain *chain = nft_find_chain(table, name->text, name->length);

	if (chain)
		return chain;
	chain = arena_make(importer->arena, struct nft_chain);
	chain->name = arena_strndup(importer->arena, name->text, name->length);
	chain->label = arena_printf(importer->arena, "%s %s", table->label, chain->name);
	chain->at = nft_span(importer, name->begin, name->end);
	chain->table = table;
	chain->command = importer->command;
	nft_names_put(&table->chain_names, chain->name, name->length, chain,
		      importer->arena);
	*arena_push(importer->arena, table->chains, table->chain_count,
		    table->chain_capacity) = chain;
	return chain;
}

static struct nft_set *add_set(struct nft_importer *importer, struct nft_table *table,
			       const struct nft_word *name, bool map)
{
	struct nft_set *set = nft_find_set(table, name->text, name->length);
	char *text;

	if (set)
		return set;
	text = arena_strndup(importer->arena, name->text, name->length);
	set = arena_make(importer->arena, struct nft_set);
	set->name = text;
	set->name_length = name->length;
	set->map = map;
	set->at = name->begin;
	set->command = importer->command;
	nft_names_put(&table->set_names, text, name->length, set, importer->arena);
	/* The first of a name is kept; a second makes the name no label. */
	nft_names_put(&importer->set_uses, text, name->length,
		      nft_names_get(&importer->set_uses, text, name->length)
			      ? importer
			      : (void *)set,
		      importer->arena);
	return set;
}

/* -- chains ------------------------------------------------------------------------- */

static int read_policy(struct nft_importer *importer, struct nft_lexer *lexer,
		       struct nft_chain *chain)
{
	chain->policy = lexer->now.begin + 1;
	nft_next(lexer); /* policy */
	chain->drop = nft_is_word(lexer, "drop");
	if (!nft_take_word(lexer, "drop") && !nft_take_word(lexer, "accept"))
		return nft_syntax_error(importer, lexer, "accept or drop");
	return 0;
}

/* The rule at the current token, as text. */
struct nft_rule nft_rule_text(struct nft_importer *importer, struct nft_lexer *lexer)
{
	struct nft_rule rule = {.begin = lexer->now.begin,
				.clock = importer->defines.clock,
				.command = importer->command};

	if (lexer->now.kind == NFT_STRING)
		rule.begin--;
	/* a rule that begins with "$name" stands where the name stands */
	if (lexer->depth)
		rule.begin = lexer->behind;
	lexer->handle = 0;
	nft_skip_statement(lexer);
	rule.end = lexer->solid > rule.begin ? lexer->solid : rule.begin;
	return rule;
}

static void append_rule(struct nft_importer *importer, struct nft_lexer *lexer,
			struct nft_chain *chain)
{
	struct nft_rule *rule =
		arena_push(importer->arena, chain->rules, chain->count, chain->capacity);

	*rule = nft_rule_text(importer, lexer);
	/* "# handle 3" stands behind the rule, before the end of the line */
	rule->handle = lexer->handle;
	lexer->handle = 0;
}

/* One line of a chain's block: what it is, or a rule. */
static int read_chain_line(struct nft_importer *importer, struct nft_lexer *lexer,
			   struct nft_chain *chain)
{
	if (nft_is_word(lexer, "type"))
		return nft_read_hook(importer, lexer, chain);
	if (nft_is_word(lexer, "policy"))
		return read_policy(importer, lexer, chain);
	if (nft_is_word(lexer, "device") || nft_is_word(lexer, "devices"))
		return nft_read_devices(importer, lexer, chain);
	if (nft_take_word(lexer, "comment") || nft_take_word(lexer, "flags")) {
		if (!nft_is_name(lexer))
			return nft_syntax_error(importer, lexer, "a word");
		nft_next(lexer);
		return 0;
	}
	append_rule(importer, lexer, chain);
	return 0;
}

int nft_read_define(struct nft_importer *importer, struct nft_lexer *lexer)
{
	bool again = nft_is_word(lexer, "redefine");
	struct nft_word name = {0};
	uint32_t begin;

	nft_next(lexer);
	if (nft_read_name(importer, lexer, "a name", &name))
		return -1;
	if (!again && nft_is_defined(&importer->defines, name.text, name.length))
		return nft_refused(importer, name.begin, name.end,
				   "a second definition of one name: write 'redefine'");
	if (lexer->now.kind != NFT_ASSIGN)
		return nft_syntax_error(importer, lexer, "'='");
	begin = lexer->now.end;
	nft_next(lexer);
	if (nft_at_end(lexer))
		return nft_syntax_error(importer, lexer, "a value");
	nft_skip_statement(lexer);
	nft_define(&importer->defines, name.text, name.length, begin, lexer->now.begin,
		   importer->arena);
	lexer->frame[0].clock = importer->defines.clock;
	return 0;
}

int nft_read_undefine(struct nft_importer *importer, struct nft_lexer *lexer)
{
	struct nft_word name = {0};

	nft_next(lexer);
	if (nft_read_name(importer, lexer, "a name", &name))
		return -1;
	nft_undefine(&importer->defines, name.text, name.length);
	lexer->frame[0].clock = importer->defines.clock;
	return 0;
}

bool nft_is_define(const struct nft_lexer *lexer)
{
	return nft_is_word(lexer, "define") || nft_is_word(lexer, "redefine");
}

int nft_read_include(struct nft_importer *importer, struct nft_lexer *lexer)
{
	nft_next(lexer);
	if (lexer->now.kind != NFT_STRING)
		return nft_syntax_error(importer, lexer, "a file name in quotes");
	diag_report(importer->diag, DIAG_NFT_INCLUDE,
		    nft_span(importer, lexer->now.begin, lexer->now.end),
		    "the rules in '%.*s' are not here",
		    (int)(lexer->now.end - lexer->now.begin),
		    lexer->text + lexer->now.begin);
	nft_skip_statement(lexer);
	return -1;
}

/* The lines of a block up to its brace, each by @line. */
static int read_block(struct nft_importer *importer, struct nft_lexer *lexer, void *thing,
		      int (*line)(struct nft_importer *, struct nft_lexer *, void *))
{
	struct span open = nft_span(importer, lexer->now.begin, lexer->now.end);
	size_t scope = nft_defines_enter(&importer->defines);
	int result = 0;

	nft_next(lexer); /* { */
	for (;;) {
		while (nft_take(lexer, NFT_NEWLINE) || nft_take(lexer, NFT_SEMICOLON))
			;
		/* definitions of this block are seen from now on */
		lexer->frame[0].clock = importer->defines.clock;
		if (lexer->now.kind == NFT_CLOSE || lexer->now.kind == NFT_END)
			break;
		if (nft_is_define(lexer))
			result |= nft_read_define(importer, lexer);
		else if (nft_is_word(lexer, "undefine"))
			result |= nft_read_undefine(importer, lexer);
		else if (nft_is_word(lexer, "include"))
			result |= nft_read_include(importer, lexer);
		else if (line(importer, lexer, thing))
			result = -1, nft_skip_statement(lexer);
		else if (!nft_end_statement(lexer))
			result = nft_syntax_error(importer, lexer, "the end of the line"),
			nft_skip_statement(lexer);
	}
	nft_defines_leave(&importer->defines, scope);
	lexer->frame[0].clock = importer->defines.clock;
	if (lexer->now.kind != NFT_CLOSE) {
		diag_report(importer->diag, DIAG_NFT_SYNTAX,
			    nft_span(importer, lexer->now.begin, lexer->now.end),
			    "a block is not closed: '}' is missing");
		diag_note(importer->diag, open, "it opens here");
		return -1;
	}
	nft_next(lexer);
	return result;
}

static int chain_line(struct nft_importer *importer, struct nft_lexer *lexer, void *chain)
{
	return read_chain_line(importer, lexer, chain);
}

int nft_read_chain(struct nft_importer *importer, struct nft_lexer *lexer,
		   struct nft_table *table)
{
	struct nft_chain *chain;
	struct nft_word name = {0};

	if (nft_read_name(importer, lexer, "a chain's name", &name))
		return -1;
	chain = add_chain(importer, table, &name);
	if (lexer->now.kind != NFT_OPEN)
		return 0;
	if (read_block(importer, lexer, chain, chain_line))
		return -1;
	if (chain->policy && !chain->hook)
		return nft_refused(importer, chain->policy - 1, chain->policy + 5,
				   "a chain without a hook has no policy");
	return 0;
}

/* -- sets and maps ------------------------------------------------------------------ */

/* "ipv4_addr . inet_service", or selectors behind "typeof" */
static int read_key_types(struct nft_importer *importer, struct nft_lexer *lexer,
			  bool selectors, struct nft_key *ret_key)
{
	struct nft_key key = {0};

	do {
		enum nft_type type;

		if (key.count == NFT_MAX_FIELDS)
			return nft_syntax_error(importer, lexer, "at most 16 fields");
		if (selectors) {
			struct nft_selector selector;

			if (!nft_selector_begins(lexer) ||
			    !nft_selector_read(lexer, &selector))
				return nft_syntax_error(importer, lexer, "an expression");
			type = selector.type;
		} else {
			if (lexer->now.kind != NFT_WORD)
				return nft_syntax_error(importer, lexer, "a type");
			type = nft_type_find(lexer->text + lexer->now.begin,
					     lexer->now.end - lexer->now.begin);
			nft_next(lexer);
		}
		key.at[key.count++] = type;
	} while (nft_take(lexer, NFT_DOT));
	*ret_key = key;
	return 0;
}

static int read_set_type(struct nft_importer *importer, struct nft_lexer *lexer,
			 struct nft_set *set)
{
	bool selectors = nft_is_word(lexer, "typeof");

	nft_next(lexer);
	if (read_key_types(importer, lexer, selectors, &set->key))
		return -1;
	if (!nft_take(lexer, NFT_COLON))
		return 0;
	set->map = true;
	nft_take_word(lexer, "interval");
	set->verdicts = nft_is_word(lexer, "verdict");
	while (!nft_at_end(lexer))
		nft_next(lexer); /* what a data map maps to decides nothing */
	return 0;
}

static int read_set_flags(struct nft_importer *importer, struct nft_lexer *lexer,
			  struct nft_set *set)
{
	static const struct {
		const char *word;
		unsigned flag;
	} flags[] = {{"interval", NFT_SET_INTERVAL},
		     {"constant", NFT_SET_CONSTANT},
		     {"timeout", NFT_SET_TIMEOUT},
		     {"dynamic", NFT_SET_DYNAMIC}};

	do {
		nft_skip_newlines(lexer);
		if (lexer->now.kind != NFT_WORD)
			return nft_syntax_error(importer, lexer, "a flag");
		for (size_t i = 0; i < ARRAY_SIZE(flags); i++)
			if (nft_is_word(lexer, flags[i].word))
				set->declared |= flags[i].flag;
		set->grows |= nft_is_word(lexer, "dynamic");
		nft_next(lexer);
	} while (nft_take(lexer, NFT_COMMA));
	return 0;
}

int nft_read_set_elements(struct nft_importer *importer, struct nft_lexer *lexer,
			  struct nft_set *set)
{
	uint32_t begin = lexer->now.begin;
	size_t errors = diag_errors(importer->diag);

	if (lexer->now.kind != NFT_OPEN)
		return nft_syntax_error(importer, lexer, "'{'");
	if (!set->key.count)
		return diag_report(importer->diag, DIAG_NFT_SYNTAX,
				   nft_span(importer, begin, begin + 1),
				   "elements of a set without a type");
	if (!nft_elements_read(importer, lexer, set))
		return diag_errors(importer->diag) > errors
			       ? -1
			       : nft_syntax_error(importer, lexer, "an element");
	if (set->content.expires)
		nft_note(importer, NFT_NOTE_TIMEOUT, begin);
	return 0;
}

/* Elements may stand before the type: they are read when the block is closed. */
struct set_block {
	struct nft_set *set;
	struct nft_lexer elements;
	bool has_elements;
};

/* "postern:contoso.azurecr.io": where that name leads is in the set, if it is called so,
 * too. */
static void read_set_comment(struct nft_importer *importer, const struct nft_lexer *lexer,
			     struct nft_set *set)
{
	static const char prefix[] = "postern:";
	struct nft_lexer text = *lexer;
	size_t length;

	nft_next(&text); /* comment */
	length = text.now.end - text.now.begin;
	if (set->map || text.now.kind != NFT_STRING || length <= strlen(prefix) ||
	    memcmp(text.text + text.now.begin, prefix, strlen(prefix)) != 0)
		return;
	set->host = arena_strndup(importer->arena,
				  text.text + text.now.begin + strlen(prefix),
				  length - strlen(prefix));
}

static const char *const set_words[] = {"type",	   "typeof",	 "flags",
					"timeout", "size",	 "gc-interval",
					"policy",  "auto-merge", "elements",
					"comment", "counter",	 "quota",
					"limit",   "last",	 NULL};

static int set_line(struct nft_importer *importer, struct nft_lexer *lexer, void *thing)
{
	struct set_block *block = thing;

	if (nft_is_word(lexer, "type") || nft_is_word(lexer, "typeof"))
		return read_set_type(importer, lexer, block->set);
	if (nft_take_word(lexer, "flags"))
		return read_set_flags(importer, lexer, block->set);
	if (nft_take_word(lexer, "elements")) {
		if (!nft_take(lexer, NFT_ASSIGN))
			return nft_syntax_error(importer, lexer, "'='");
		if (lexer->now.kind != NFT_OPEN)
			return nft_syntax_error(importer, lexer, "'{'");
		if (block->set->key.count)
			return nft_read_set_elements(importer, lexer, block->set);
		block->elements = *lexer;
		block->has_elements = true;
		return nft_skip_value(lexer) ? 0
					     : nft_syntax_error(importer, lexer, "'}'");
	}
	if (nft_is_word(lexer, "comment"))
		read_set_comment(importer, lexer, block->set);
	block->set->fades |= nft_is_word(lexer, "timeout");
	block->set->merges |= nft_is_word(lexer, "auto-merge");
	for (size_t i = 3; set_words[i]; i++) {
		if (!nft_is_word(lexer, set_words[i]))
			continue;
		nft_skip_statement(lexer); /* changes how elements are kept, not which */
		return 0;
	}
	nft_syntax_error(importer, lexer, "a property of a set");
	nft_suggest(importer, lexer, set_words);
	return -1;
}

/* What a second declaration of a set must repeat. */
static bool same_set(const struct nft_set *old, const struct nft_set *set, bool map)
{
	if (old->declared != set->declared || old->map != map ||
	    old->verdicts != set->verdicts || old->key.count != set->key.count)
		return false;
	for (unsigned i = 0; i < set->key.count; i++)
		if (old->key.at[i] != set->key.at[i])
			return false;
	return true;
}

/* A comment is only said; who fills a set knows it by its name (followed_sets.h). */
static bool is_called_so(const struct nft_set *set, struct arena *arena)
{
	const char *host = set->host + (set->host[0] == '*');
	bool ipv6 = set->key.count == 1 && set->key.at[0] == NFT_TYPE_IPV6;

	return strcmp(set->name, arena_printf(arena, "%c_%s_%c", set->fades ? 'd' : 'w',
					      host, ipv6 ? '6' : '4')) == 0;
}

int nft_read_set(struct nft_importer *importer, struct nft_lexer *lexer,
		 struct nft_table *table, bool map)
{
	struct set_block block = {0};
	struct nft_set old;
	struct nft_word name = {0};
	int result;

	if (nft_read_name(importer, lexer, "a set's name", &name))
		return -1;
	block.set = add_set(importer, table, &name, map);
	if (lexer->now.kind != NFT_OPEN)
		return 0;
	old = *block.set;
	block.set->declared = 0;
	result = read_block(importer, lexer, &block, set_line);
	if (block.set->host && !is_called_so(block.set, importer->arena))
		block.set->host = NULL;
	if (!result && old.command != importer->command &&
	    !same_set(&old, block.set, map))
		return nft_refused(importer, name.begin, name.end,
				   "this set is there already with another type or other "
				   "flags");
	if (!result && block.has_elements)
		result = nft_read_set_elements(importer, &block.elements, block.set);
	return result;
}

/* -- tables ------------------------------------------------------------------------- */

/* Things of a table that rules name and that decide nothing, or unknowns. */
bool nft_is_object(const struct nft_lexer *lexer)
{
	static const char *const words[] = {"counter",	 "quota",    "limit",
					    "secmark",	 "synproxy", "ct",
					    "flowtable", "tunnel",   "meter"};

	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		if (nft_is_word(lexer, words[i]))
			return true;
	return false;
}

static const char *const table_words[] = {"chain",   "set",	"map",	    "flags",
					  "comment", "counter", "quota",    "limit",
					  "ct",	     "secmark", "synproxy", "flowtable",
					  "define",  "include", NULL};

static int read_table_flags(struct nft_importer *importer, struct nft_lexer *lexer,
			    struct nft_table *table)
{
	nft_next(lexer);
	do {
		if (lexer->now.kind != NFT_WORD)
			return nft_syntax_error(importer, lexer, "a flag");
		table->dormant |= nft_is_word(lexer, "dormant");
		nft_next(lexer);
	} while (nft_take(lexer, NFT_COMMA));
	return 0;
}

static int table_line(struct nft_importer *importer, struct nft_lexer *lexer, void *thing)
{
	struct nft_table *table = thing;

	if (nft_take_word(lexer, "chain"))
		return nft_read_chain(importer, lexer, table);
	if (nft_take_word(lexer, "set"))
		return nft_read_set(importer, lexer, table, false);
	if (nft_take_word(lexer, "map"))
		return nft_read_set(importer, lexer, table, true);
	if (nft_is_word(lexer, "flags"))
		return read_table_flags(importer, lexer, table);
	if (nft_is_object(lexer) || nft_is_word(lexer, "comment")) {
		nft_skip_statement(lexer);
		return 0;
	}
	nft_syntax_error(importer, lexer, "chain, set, map or another part of a table");
	nft_suggest(importer, lexer, table_words);
	return -1;
}

int nft_read_table(struct nft_importer *importer, struct nft_lexer *lexer)
{
	enum nft_family family = NFT_FAMILY_IP;
	struct nft_table *table;
	struct nft_word name = {0};

	nft_take_family(lexer, &family);
	if (!nft_is_modelled(family) && nft_is_name(lexer)) {
		uint32_t begin = lexer->now.begin, end = lexer->now.end;

		diag_report(importer->diag, DIAG_NFT_NOT_MODELLED,
			    nft_span(importer, begin, end),
			    "table '%s %.*s' is of a family that is not modelled",
			    family_words[family], (int)(end - begin),
			    lexer->text + begin);
		nft_note(importer, NFT_NOTE_FAMILY, begin);
		nft_next(lexer);
		if (lexer->now.kind == NFT_OPEN && !nft_skip_block(lexer))
			return nft_syntax_error(importer, lexer, "'}'");
		return 0;
	}
	if (nft_read_name(importer, lexer, "a table's name", &name))
		return -1;
	table = add_table(importer, family, &name);
	if (lexer->now.kind != NFT_OPEN)
		return 0;
	/* a block sets the flags, also when it names none: it wakes a dormant table (nft
	 * 1.0.6, tried 2026-11-21) */
	table->dormant = false;
	return read_block(importer, lexer, table, table_line);
}
