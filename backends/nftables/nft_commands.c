/* nft_commands.c - First pass: tables, chains and sets come and go. */
#include <string.h>

#include "backends/nftables/nft_importer.h"
#include "rules/base/arena.h"

/* "ip filter input": what a command speaks of. */
struct name {
	const char *text;
	size_t length;
	uint32_t begin, end;
};

static const char *const family_words[] = {
	[NFT_FAMILY_IP] = "ip",		[NFT_FAMILY_IP6] = "ip6",
	[NFT_FAMILY_INET] = "inet",	[NFT_FAMILY_ARP] = "arp",
	[NFT_FAMILY_BRIDGE] = "bridge", [NFT_FAMILY_NETDEV] = "netdev",
};

static int syntax_error(struct nft_importer *importer, const struct nft_lexer *lexer,
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

static void suggest(struct nft_importer *importer, const struct nft_lexer *lexer,
		    const char *const *words)
{
	char *word = arena_strndup(importer->arena, lexer->text + lexer->now.begin,
				   lexer->now.end - lexer->now.begin);
	const char *nearest = diag_nearest(word, words);

	if (nearest)
		diag_help(importer->diag, "did you mean '%s'?", nearest);
}

static bool take_family(struct nft_lexer *lexer, enum nft_family *ret_family)
{
	for (size_t i = 0; i < ARRAY_SIZE(family_words); i++) {
		if (nft_take_word(lexer, family_words[i])) {
			*ret_family = (enum nft_family)i;
			return true;
		}
	}
	return false;
}

static int read_name(struct nft_importer *importer, struct nft_lexer *lexer,
		     const char *what, struct name *ret_name)
{
	struct name name = {.text = lexer->text + lexer->now.begin,
			    .length = lexer->now.end - lexer->now.begin,
			    .begin = lexer->now.begin,
			    .end = lexer->now.end};

	if (!nft_is_name(lexer) || !name.length)
		return syntax_error(importer, lexer, what);
	if (name.length > NFT_NAME_MAX)
		return diag_report(importer->diag, DIAG_NFT_SYNTAX,
				   nft_span(importer, name.begin, name.end),
				   "a name of %zu bytes; the kernel takes %d",
				   name.length, NFT_NAME_MAX);
	nft_next(lexer);
	*ret_name = name;
	return 0;
}

static bool end_statement(struct nft_lexer *lexer)
{
	return nft_take(lexer, NFT_SEMICOLON) || nft_take(lexer, NFT_NEWLINE) ||
	       lexer->now.kind == NFT_END || lexer->now.kind == NFT_CLOSE;
}

static int expect_end(struct nft_importer *importer, struct nft_lexer *lexer)
{
	if (end_statement(lexer))
		return 0;
	return syntax_error(importer, lexer, "the end of the command");
}

/* Families that are read over. */
static bool is_modelled(enum nft_family family)
{
	return family == NFT_FAMILY_IP || family == NFT_FAMILY_IP6 ||
	       family == NFT_FAMILY_INET;
}

static struct nft_table *find_table(struct nft_importer *importer, enum nft_family family,
				    const struct name *name)
{
	char *label = arena_printf(importer->arena, "%s %.*s", family_words[family],
				   (int)name->length, name->text);

	return nft_names_get(&importer->table_names, label, strlen(label));
}

static struct nft_table *add_table(struct nft_importer *importer, enum nft_family family,
				   const struct name *name)
{
	struct nft_table *table = find_table(importer, family, name);

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

static void remove_table(struct nft_importer *importer, struct nft_table *table)
{
	table->removed = true;
	nft_names_put(&importer->table_names, table->label, strlen(table->label), NULL,
		      importer->arena);
}

static struct nft_chain *add_chain(struct nft_importer *importer, struct nft_table *table,
				   const struct name *name)
{
	struct nft_chain *chain = nft_find_chain(table, name->text, name->length);

	if (chain)
		return chain;
	chain = arena_make(importer->arena, struct nft_chain);
	chain->name = arena_strndup(importer->arena, name->text, name->length);
	chain->label = arena_printf(importer->arena, "%s %s", table->label, chain->name);
	chain->at = nft_span(importer, name->begin, name->end);
	chain->table = table;
	nft_names_put(&table->chain_names, chain->name, name->length, chain,
		      importer->arena);
	*arena_push(importer->arena, table->chains, table->chain_count,
		    table->chain_capacity) = chain;
	return chain;
}

static struct nft_set *add_set(struct nft_importer *importer, struct nft_table *table,
			       const struct name *name, bool map)
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

static const char *const hook_words[] = {"prerouting",	"input",   "forward", "output",
					 "postrouting", "ingress", "egress",  NULL};

/* linux/netfilter_ipv4.h; nft.8, "CHAINS", table of priority names */
static const struct {
	const char *name;
	int value;
} priorities[] = {
	{"raw", -300}, {"mangle", -150}, {"dstnat", -100},
	{"filter", 0}, {"security", 50}, {"srcnat", 100},
};

static bool read_priority_base(struct nft_lexer *lexer, int *ret_value)
{
	bool minus = nft_take(lexer, NFT_DASH);

	if (lexer->now.kind == NFT_NUMBER && lexer->now.value <= INT32_MAX) {
		*ret_value = minus ? -(int)lexer->now.value : (int)lexer->now.value;
		nft_next(lexer);
		return true;
	}
	for (size_t i = 0; i < ARRAY_SIZE(priorities) && !minus; i++) {
		if (nft_take_word(lexer, priorities[i].name)) {
			*ret_value = priorities[i].value;
			return true;
		}
	}
	return false;
}

/* "0", "-150", "filter", "dstnat + 5", "srcnat - 1" */
static int read_priority(struct nft_importer *importer, struct nft_lexer *lexer,
			 int *ret_value)
{
	int64_t value;
	int base;
	bool minus;

	if (!read_priority_base(lexer, &base))
		return syntax_error(importer, lexer,
				    "a priority: a number, raw, mangle, dstnat, filter, "
				    "security or srcnat");
	value = base;
	minus = lexer->now.kind == NFT_DASH;
	if (nft_take(lexer, NFT_PLUS) || nft_take(lexer, NFT_DASH)) {
		if (lexer->now.kind != NFT_NUMBER || lexer->now.value > INT32_MAX)
			return syntax_error(importer, lexer, "a number");
		value += minus ? -(int64_t)lexer->now.value : (int64_t)lexer->now.value;
		nft_next(lexer);
	}
	if (value > INT32_MAX || value < INT32_MIN)
		return syntax_error(importer, lexer, "a priority of 32 bits");
	*ret_value = (int)value;
	return 0;
}

/* "device eth0", "devices = { eth0, eth1 }" */
static int read_devices(struct nft_importer *importer, struct nft_lexer *lexer,
			struct nft_chain *chain)
{
	bool braces;

	if (!nft_take_word(lexer, "device") && !nft_take_word(lexer, "devices"))
		return 0;
	nft_take(lexer, NFT_ASSIGN);
	braces = nft_take(lexer, NFT_OPEN);
	do {
		const char *word;

		nft_skip_newlines(lexer);
		if (braces && lexer->now.kind == NFT_CLOSE)
			break;
		if (!nft_word_read(lexer, importer->arena, &word))
			return syntax_error(importer, lexer, "a device");
		*arena_push(importer->arena, chain->devices.at, chain->devices.count,
			    chain->devices.capacity) = word;
		nft_skip_newlines(lexer);
	} while (braces && nft_take(lexer, NFT_COMMA));
	if (braces && !nft_take(lexer, NFT_CLOSE))
		return syntax_error(importer, lexer, "'}'");
	return 0;
}

static const char *find_hook(const struct nft_lexer *lexer)
{
	for (size_t i = 0; hook_words[i]; i++)
		if (nft_is_word(lexer, hook_words[i]))
			return hook_words[i];
	return NULL;
}

/* "type filter hook forward priority filter + 5" */
static int read_hook(struct nft_importer *importer, struct nft_lexer *lexer,
		     struct nft_chain *chain)
{
	static const char *const types[] = {"filter", "nat", "route", NULL};

	nft_next(lexer); /* type */
	if (!nft_is_word(lexer, "filter") && !nft_is_word(lexer, "nat") &&
	    !nft_is_word(lexer, "route")) {
		syntax_error(importer, lexer, "filter, nat or route");
		suggest(importer, lexer, types);
		return -1;
	}
	chain->nat = nft_is_word(lexer, "nat");
	nft_next(lexer);
	if (!nft_take_word(lexer, "hook"))
		return syntax_error(importer, lexer, "'hook'");
	chain->hook = find_hook(lexer);
	if (!chain->hook) {
		syntax_error(importer, lexer, "a hook");
		suggest(importer, lexer, hook_words);
		return -1;
	}
	nft_next(lexer);
	if (read_devices(importer, lexer, chain))
		return -1;
	if (!nft_take_word(lexer, "priority"))
		return syntax_error(importer, lexer, "'priority'");
	if (!chain->registered)
		chain->registered = ++importer->registered;
	return read_priority(importer, lexer, &chain->priority);
}

static int read_policy(struct nft_importer *importer, struct nft_lexer *lexer,
		       struct nft_chain *chain)
{
	nft_next(lexer); /* policy */
	chain->drop = nft_is_word(lexer, "drop");
	if (!nft_take_word(lexer, "drop") && !nft_take_word(lexer, "accept"))
		return syntax_error(importer, lexer, "accept or drop");
	return 0;
}

/* The rule at the current token, as text. */
static struct nft_rule rule_text(struct nft_importer *importer, struct nft_lexer *lexer)
{
	struct nft_rule rule = {.begin = lexer->now.begin,
				.clock = importer->defines.clock};

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

	*rule = rule_text(importer, lexer);
	/* "# handle 3" stands behind the rule, before the end of the line */
	rule->handle = lexer->handle;
	lexer->handle = 0;
}

/* One line of a chain's block: what it is, or a rule. */
static int read_chain_line(struct nft_importer *importer, struct nft_lexer *lexer,
			   struct nft_chain *chain)
{
	if (nft_is_word(lexer, "type"))
		return read_hook(importer, lexer, chain);
	if (nft_is_word(lexer, "policy"))
		return read_policy(importer, lexer, chain);
	if (nft_is_word(lexer, "device") || nft_is_word(lexer, "devices"))
		return read_devices(importer, lexer, chain);
	if (nft_take_word(lexer, "comment") || nft_take_word(lexer, "flags")) {
		if (!nft_is_name(lexer))
			return syntax_error(importer, lexer, "a word");
		nft_next(lexer);
		return 0;
	}
	append_rule(importer, lexer, chain);
	return 0;
}

static int read_define(struct nft_importer *importer, struct nft_lexer *lexer,
		       bool again);
static int read_undefine(struct nft_importer *importer, struct nft_lexer *lexer);

static bool is_define(const struct nft_lexer *lexer)
{
	return nft_is_word(lexer, "define") || nft_is_word(lexer, "redefine");
}

static int read_include(struct nft_importer *importer, struct nft_lexer *lexer)
{
	nft_next(lexer);
	if (lexer->now.kind != NFT_STRING)
		return syntax_error(importer, lexer, "a file name in quotes");
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
	size_t defines = importer->defines.count;
	int result = 0;

	nft_next(lexer); /* { */
	for (;;) {
		while (nft_take(lexer, NFT_NEWLINE) || nft_take(lexer, NFT_SEMICOLON))
			;
		/* definitions of this block are seen from now on */
		lexer->frame[0].clock = importer->defines.clock;
		if (lexer->now.kind == NFT_CLOSE || lexer->now.kind == NFT_END)
			break;
		if (is_define(lexer))
			result |= read_define(importer, lexer,
					      nft_is_word(lexer, "redefine"));
		else if (nft_is_word(lexer, "undefine"))
			result |= read_undefine(importer, lexer);
		else if (nft_is_word(lexer, "include"))
			result |= read_include(importer, lexer);
		else if (line(importer, lexer, thing))
			result = -1, nft_skip_statement(lexer);
		else if (!end_statement(lexer))
			result = syntax_error(importer, lexer, "the end of the line"),
			nft_skip_statement(lexer);
	}
	nft_defines_leave(&importer->defines, defines);
	lexer->frame[0].clock = importer->defines.clock;
	if (lexer->now.kind != NFT_CLOSE)
		return diag_report(importer->diag, DIAG_NFT_SYNTAX,
				   nft_span(importer, lexer->now.begin, lexer->now.end),
				   "a block is not closed: '}' is missing");
	nft_next(lexer);
	return result;
}

static int chain_line(struct nft_importer *importer, struct nft_lexer *lexer, void *chain)
{
	return read_chain_line(importer, lexer, chain);
}

static int read_chain(struct nft_importer *importer, struct nft_lexer *lexer,
		      struct nft_table *table)
{
	struct nft_chain *chain;
	struct name name;

	if (read_name(importer, lexer, "a chain's name", &name))
		return -1;
	chain = add_chain(importer, table, &name);
	if (lexer->now.kind == NFT_OPEN)
		return read_block(importer, lexer, chain, chain_line);
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
			return syntax_error(importer, lexer, "at most 16 fields");
		if (selectors) {
			struct nft_selector selector;

			if (!nft_selector_begins(lexer) ||
			    !nft_selector_read(lexer, &selector))
				return syntax_error(importer, lexer, "an expression");
			type = selector.type;
		} else {
			if (lexer->now.kind != NFT_WORD)
				return syntax_error(importer, lexer, "a type");
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
	do {
		nft_skip_newlines(lexer);
		if (lexer->now.kind != NFT_WORD)
			return syntax_error(importer, lexer, "a flag");
		set->grows |= nft_is_word(lexer, "dynamic");
		nft_next(lexer);
	} while (nft_take(lexer, NFT_COMMA));
	return 0;
}

static int read_set_elements(struct nft_importer *importer, struct nft_lexer *lexer,
			     struct nft_set *set)
{
	uint32_t begin = lexer->now.begin;

	if (lexer->now.kind != NFT_OPEN)
		return syntax_error(importer, lexer, "'{'");
	if (!set->key.count)
		return diag_report(importer->diag, DIAG_NFT_SYNTAX,
				   nft_span(importer, begin, begin + 1),
				   "elements of a set without a type");
	if (!nft_elements_read(importer, lexer, set))
		return syntax_error(importer, lexer, "an element");
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
			return syntax_error(importer, lexer, "'='");
		if (lexer->now.kind != NFT_OPEN)
			return syntax_error(importer, lexer, "'{'");
		if (block->set->key.count)
			return read_set_elements(importer, lexer, block->set);
		block->elements = *lexer;
		block->has_elements = true;
		return nft_skip_value(lexer) ? 0 : syntax_error(importer, lexer, "'}'");
	}
	for (size_t i = 3; set_words[i]; i++) {
		if (!nft_is_word(lexer, set_words[i]))
			continue;
		nft_skip_statement(lexer); /* changes how elements are kept, not which */
		return 0;
	}
	syntax_error(importer, lexer, "a property of a set");
	suggest(importer, lexer, set_words);
	return -1;
}

static int read_set(struct nft_importer *importer, struct nft_lexer *lexer,
		    struct nft_table *table, bool map)
{
	struct set_block block = {0};
	struct name name;
	int result;

	if (read_name(importer, lexer, "a set's name", &name))
		return -1;
	block.set = add_set(importer, table, &name, map);
	if (lexer->now.kind != NFT_OPEN)
		return 0;
	result = read_block(importer, lexer, &block, set_line);
	if (!result && block.has_elements)
		result = read_set_elements(importer, &block.elements, block.set);
	return result;
}

/* -- tables ------------------------------------------------------------------------- */

/* Things of a table that rules name and that decide nothing, or unknowns. */
static bool is_object(const struct nft_lexer *lexer)
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
			return syntax_error(importer, lexer, "a flag");
		table->dormant |= nft_is_word(lexer, "dormant");
		nft_next(lexer);
	} while (nft_take(lexer, NFT_COMMA));
	return 0;
}

static int table_line(struct nft_importer *importer, struct nft_lexer *lexer, void *thing)
{
	struct nft_table *table = thing;

	if (nft_take_word(lexer, "chain"))
		return read_chain(importer, lexer, table);
	if (nft_take_word(lexer, "set"))
		return read_set(importer, lexer, table, false);
	if (nft_take_word(lexer, "map"))
		return read_set(importer, lexer, table, true);
	if (nft_is_word(lexer, "flags"))
		return read_table_flags(importer, lexer, table);
	if (is_object(lexer) || nft_is_word(lexer, "comment")) {
		nft_skip_statement(lexer);
		return 0;
	}
	syntax_error(importer, lexer, "chain, set, map or another part of a table");
	suggest(importer, lexer, table_words);
	return -1;
}

static int skip_family(struct nft_importer *importer, struct nft_lexer *lexer)
{
	uint32_t at = lexer->now.begin;

	nft_note(importer, NFT_NOTE_FAMILY, at);
	nft_skip_statement(lexer);
	return 0;
}

static int read_table(struct nft_importer *importer, struct nft_lexer *lexer)
{
	enum nft_family family = NFT_FAMILY_IP;
	struct nft_table *table;
	struct name name;

	take_family(lexer, &family);
	if (!is_modelled(family) && nft_is_name(lexer)) {
		uint32_t begin = lexer->now.begin, end = lexer->now.end;

		diag_report(importer->diag, DIAG_NFT_NOT_MODELLED,
			    nft_span(importer, begin, end),
			    "table '%s %.*s' is of a family that is not modelled",
			    family_words[family], (int)(end - begin),
			    lexer->text + begin);
		nft_note(importer, NFT_NOTE_FAMILY, begin);
		nft_next(lexer);
		if (lexer->now.kind == NFT_OPEN && !nft_skip_block(lexer))
			return syntax_error(importer, lexer, "'}'");
		return 0;
	}
	if (read_name(importer, lexer, "a table's name", &name))
		return -1;
	table = add_table(importer, family, &name);
	if (lexer->now.kind != NFT_OPEN)
		return 0;
	/* a block sets the flags, also when it names none: it wakes a dormant table (nft
	 * 1.0.6, tried 2026-11-21) */
	table->dormant = false;
	return read_block(importer, lexer, table, table_line);
}

/* -- commands ----------------------------------------------------------------------- */

static int read_define(struct nft_importer *importer, struct nft_lexer *lexer, bool again)
{
	struct name name;
	uint32_t begin;

	(void)again; /* a second definition of a name is seen from there on, as with
			redefine */
	nft_next(lexer);
	if (read_name(importer, lexer, "a name", &name))
		return -1;
	if (lexer->now.kind != NFT_ASSIGN)
		return syntax_error(importer, lexer, "'='");
	begin = lexer->now.end;
	nft_next(lexer);
	if (nft_at_end(lexer))
		return syntax_error(importer, lexer, "a value");
	nft_skip_statement(lexer);
	nft_define(&importer->defines, name.text, name.length, begin, lexer->now.begin,
		   importer->arena);
	lexer->frame[0].clock = importer->defines.clock;
	return 0;
}

static int read_undefine(struct nft_importer *importer, struct nft_lexer *lexer)
{
	struct name name;

	nft_next(lexer);
	if (read_name(importer, lexer, "a name", &name))
		return -1;
	nft_undefine(&importer->defines, name.text, name.length);
	lexer->frame[0].clock = importer->defines.clock;
	return 0;
}

static int unknown_thing(struct nft_importer *importer, const struct name *name,
			 const char *what)
{
	return diag_report(importer->diag, DIAG_NFT_UNDEFINED,
			   nft_span(importer, name->begin, name->end),
			   "there is no %s '%.*s' in this text", what, (int)name->length,
			   name->text);
}

/* "[family] table": NULL when it is not there; *ret_skip for families not modelled. */
static int read_table_spec(struct nft_importer *importer, struct nft_lexer *lexer,
			   struct nft_table **ret_table, struct name *ret_name,
			   bool *ret_skip)
{
	enum nft_family family = NFT_FAMILY_IP;

	take_family(lexer, &family);
	*ret_skip = !is_modelled(family);
	if (*ret_skip)
		return skip_family(importer, lexer);
	if (read_name(importer, lexer, "a table's name", ret_name))
		return -1;
	*ret_table = find_table(importer, family, ret_name);
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
		return syntax_error(importer, lexer, "a number");
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

enum verb { VERB_ADD, VERB_INSERT, VERB_REPLACE, VERB_DELETE, VERB_FLUSH };

/* "[family] table chain [position] rule" */
static int read_rule_command(struct nft_importer *importer, struct nft_lexer *lexer,
			     enum verb verb)
{
	struct nft_table *table = NULL;
	struct nft_chain *chain;
	struct nft_rule rule;
	struct name name;
	size_t index = 0;
	bool skip, positioned;

	if (read_table_spec(importer, lexer, &table, &name, &skip) || skip)
		return skip ? 0 : -1;
	if (!table)
		return unknown_thing(importer, &name, "table");
	if (read_name(importer, lexer, "a chain's name", &name))
		return -1;
	chain = nft_find_chain(table, name.text, name.length);
	if (!chain)
		return unknown_thing(importer, &name, "chain");
	positioned = is_position(lexer);
	if (positioned && read_position(importer, lexer, chain, &index))
		return -1;
	if (!positioned && (verb == VERB_DELETE || verb == VERB_REPLACE))
		return syntax_error(importer, lexer, "'handle'");
	if (verb == VERB_DELETE) {
		memmove(chain->rules + index, chain->rules + index + 1,
			(chain->count - index - 1) * sizeof(*chain->rules));
		chain->count--;
		return 0;
	}
	lexer->handle = 0;
	rule = rule_text(importer, lexer);
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
	struct name name;
	bool skip;

	if (read_table_spec(importer, lexer, &table, &name, &skip) || skip)
		return skip ? 0 : -1;
	if (!table)
		return unknown_thing(importer, &name, "table");
	if (read_name(importer, lexer, "a set's name", &name))
		return -1;
	set = nft_find_set(table, name.text, name.length);
	if (!set)
		return unknown_thing(importer, &name, "set");
	if (verb != VERB_DELETE)
		return read_set_elements(importer, lexer, set);
	importer->moved += set->content.numbers.count + set->content.part_count +
			   set->content.words.count;
	if (importer->moved > NFT_MAX_MOVES)
		return diag_report(importer->diag, DIAG_NFT_TOO_LARGE,
				   nft_span(importer, name.begin, name.end),
				   "too many commands that delete elements of large "
				   "sets");
	if (!nft_elements_delete(importer, lexer, set))
		return syntax_error(importer, lexer, "an element");
	return 0;
}

/* "[family] table name [{ … }]" for add; the block is that of the table's own text */
static int read_part_command(struct nft_importer *importer, struct nft_lexer *lexer,
			     const char *what)
{
	struct nft_table *table = NULL;
	struct name name;
	bool skip;

	if (read_table_spec(importer, lexer, &table, &name, &skip) || skip)
		return skip ? 0 : -1;
	if (!table)
		return unknown_thing(importer, &name, "table");
	if (strcmp(what, "chain") == 0)
		return read_chain(importer, lexer, table);
	if (strcmp(what, "object") == 0) {
		nft_skip_statement(lexer);
		return 0;
	}
	return read_set(importer, lexer, table, strcmp(what, "map") == 0);
}

static int read_add(struct nft_importer *importer, struct nft_lexer *lexer,
		    enum verb verb)
{
	if (nft_take_word(lexer, "table"))
		return read_table(importer, lexer);
	if (nft_take_word(lexer, "chain"))
		return read_part_command(importer, lexer, "chain");
	if (nft_take_word(lexer, "set"))
		return read_part_command(importer, lexer, "set");
	if (nft_take_word(lexer, "map"))
		return read_part_command(importer, lexer, "map");
	if (nft_take_word(lexer, "element"))
		return read_element_command(importer, lexer, verb);
	if (is_object(lexer)) {
		nft_skip_statement(lexer);
		return 0;
	}
	nft_take_word(lexer, "rule");
	return read_rule_command(importer, lexer, verb);
}

static int delete_chain(struct nft_importer *importer, struct nft_table *table,
			const struct name *name)
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
		      const struct name *name)
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
	struct name name;
	bool skip;

	if (nft_take_word(lexer, "rule"))
		return read_rule_command(importer, lexer, VERB_DELETE);
	if (nft_take_word(lexer, "element"))
		return read_element_command(importer, lexer, VERB_DELETE);
	if (is_object(lexer)) {
		nft_skip_statement(lexer);
		return 0;
	}
	if (!is_table && !is_chain && !nft_is_word(lexer, "set") &&
	    !nft_is_word(lexer, "map"))
		return syntax_error(importer, lexer,
				    "table, chain, rule, set, map or element");
	nft_next(lexer);
	if (read_table_spec(importer, lexer, &table, &name, &skip) || skip)
		return skip ? 0 : -1;
	if (is_table) {
		if (table)
			remove_table(importer, table);
		return 0;
	}
	if (read_name(importer, lexer, "a name", &name))
		return -1;
	if (lexer->now.kind == NFT_OPEN && !nft_skip_block(lexer))
		return syntax_error(importer, lexer, "'}'");
	if (!table)
		return 0;
	return is_chain ? delete_chain(importer, table, &name)
			: delete_set(importer, table, &name);
}

static int flush_ruleset(struct nft_importer *importer, struct nft_lexer *lexer)
{
	enum nft_family family = NFT_FAMILY_IP;
	bool one = take_family(lexer, &family);

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
	struct name name;
	bool skip;

	if (nft_take_word(lexer, "ruleset"))
		return flush_ruleset(importer, lexer);
	if (!is_table && !is_chain && !nft_is_word(lexer, "set") &&
	    !nft_is_word(lexer, "map") && !nft_is_word(lexer, "meter"))
		return syntax_error(importer, lexer, "ruleset, table, chain, set or map");
	nft_next(lexer);
	if (read_table_spec(importer, lexer, &table, &name, &skip) || skip)
		return skip ? 0 : -1;
	if (is_table) {
		for (size_t i = 0; table && i < table->chain_count; i++)
			table->chains[i]->count = table->chains[i]->front_count = 0;
		return 0;
	}
	if (read_name(importer, lexer, "a name", &name))
		return -1;
	if (!table)
		return 0;
	chain = is_chain ? nft_find_chain(table, name.text, name.length) : NULL;
	if (chain)
		chain->count = chain->front_count = 0;
	set = is_chain ? NULL : nft_find_set(table, name.text, name.length);
	if (set)
		nft_set_clear(set);
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
	struct name name;

	take_family(&ahead, &family);
	name = (struct name){.text = ahead.text + ahead.now.begin,
			     .length = ahead.now.end - ahead.now.begin};
	return nft_is_name(&ahead) && name.length <= NFT_NAME_MAX &&
	       find_table(importer, family, &name);
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
	if (is_define(lexer))
		return read_define(importer, lexer, nft_is_word(lexer, "redefine"));
	if (nft_is_word(lexer, "undefine"))
		return read_undefine(importer, lexer);
	if (nft_is_word(lexer, "include"))
		return read_include(importer, lexer);
	if (nft_take_word(lexer, "add") || nft_take_word(lexer, "create"))
		return read_add(importer, lexer, VERB_ADD);
	if (nft_is_word(lexer, "table") || nft_is_word(lexer, "chain") ||
	    nft_is_word(lexer, "set") || nft_is_word(lexer, "map") ||
	    nft_is_word(lexer, "element") || nft_is_word(lexer, "rule") ||
	    is_object(lexer))
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
	syntax_error(importer, lexer, "a command of nft");
	suggest(importer, lexer, command_words);
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
		if (read_command(importer, &lexer) || expect_end(importer, &lexer)) {
			result = -1;
			nft_skip_statement(&lexer);
			/* a brace too many: nothing behind it can be trusted */
			if (lexer.now.kind == NFT_CLOSE)
				return result;
		}
		if (lexer.now.kind == NFT_CLOSE)
			return syntax_error(importer, &lexer,
					    "a command, since no block is open,");
		if (lexer.count == before)
			nft_next(&lexer);
	}
	for (size_t i = 0; i < importer->table_count; i++)
		for (size_t j = 0; j < importer->tables[i]->chain_count; j++)
			join_rules(importer, importer->tables[i]->chains[j]);
	return result;
}
