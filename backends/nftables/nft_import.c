/* nft_import.c - From nftables' text to a rule set. */
#include "backends/nftables/nft.h"

#include <stdlib.h>
#include <string.h>

#include "backends/backend.h"
#include "backends/nftables/nft_importer.h"
#include "rules/base/arena.h"

static const char *const note_texts[] = {
#define NOTE(id, text) [NFT_NOTE_##id] = text,
#include "backends/nftables/nft_notes.def"
#undef NOTE
};

struct span nft_span(const struct nft_importer *importer, uint32_t begin, uint32_t end)
{
	return (struct span){importer->source, begin, end};
}

uint32_t nft_line(const struct nft_importer *importer, uint32_t at)
{
	size_t low = 0, high = importer->line_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (importer->line_ends[middle] < at)
			low = middle + 1;
		else
			high = middle;
	}
	return (uint32_t)low + 1;
}

void nft_note(struct nft_importer *importer, enum nft_note note, uint32_t at)
{
	if (!importer->notes[note].count++)
		importer->notes[note].line = nft_line(importer, at);
}

struct nft_chain *nft_find_chain(const struct nft_table *table, const char *name,
				 size_t length)
{
	return nft_names_get(&table->chain_names, name, length);
}

struct nft_set *nft_find_set(const struct nft_table *table, const char *name,
			     size_t length)
{
	return nft_names_get(&table->set_names, name, length);
}

static void find_lines(struct nft_importer *importer)
{
	const char *text = importer->text, *end = text + importer->length;

	while (text < end && (text = memchr(text, '\n', (size_t)(end - text)))) {
		*arena_push(importer->arena, importer->line_ends, importer->line_count,
			    importer->line_capacity) = (uint32_t)(text - importer->text);
		text++;
	}
}

/* A continued line is one, so a backslash and what ends a line are blanks here, too. */
static bool is_blank(char c)
{
	return c && strchr(" \t\\\r\n", c);
}

/* The word that ends before @at, blanks aside: its end is @at then, its begin returned.
 */
static const char *last_word(const char *text, const char **at)
{
	const char *first;

	while (*at > text && is_blank((*at)[-1]))
		--*at;
	for (first = *at;
	     first > text && !is_blank(first[-1]) && !strchr(";{}", first[-1]); first--)
		;
	return first;
}

/*
 * The words that stand before "set": "meta mark set ..." changes what "mark" tests see,
 * and "ct mark set" besides what "ct mark" tests see.  Too many are no harm, they only
 * make tests of one text different unknowns.
 */
static void find_changed(struct nft_importer *importer)
{
	const char *text = importer->text, *end = text + importer->length;
	const char *at = text;

	for (; (at = memmem(at, (size_t)(end - at), "set", 3)); at += 3) {
		const char *last = at, *first, *owner, *begin;

		if (at == text || !is_blank(at[-1]) || (at + 3 < end && !is_blank(at[3])))
			continue;
		first = last_word(text, &last);
		if (first == last)
			continue;
		nft_names_put(&importer->changed, first, (size_t)(last - first), importer,
			      importer->arena);
		owner = first;
		begin = last_word(text, &owner);
		if (owner - begin >= 2 && memcmp(owner - 2, "ct", 2) == 0)
			nft_names_put(&importer->changed,
				      arena_printf(importer->arena, "ct %.*s",
						   (int)(last - first), first),
				      (size_t)(last - first) + 3, importer,
				      importer->arena);
	}
}

static bool ends_with(const char *text, const char *end, const char *word)
{
	size_t length = strlen(word);

	return (size_t)(end - text) >= length && memcmp(end - length, word, length) == 0;
}

/* A set that a rule changes: its name is at @at, or in a variable ("add $seen"). */
static void add_changed(struct nft_importer *importer, const char *at, bool variable,
			bool drains)
{
	const char *end = importer->text + importer->length, *name;

	if (variable) {
		importer->all_filled |= !drains;
		importer->all_drained |= drains;
		return;
	}
	while (at < end && (is_blank(*at) || *at == '"'))
		at++;
	for (name = at; at < end && !is_blank(*at) && !strchr("{}\";,", *at); at++)
		;
	if (at > name)
		nft_names_put(drains ? &importer->drained : &importer->filled, name,
			      (size_t)(at - name), importer, importer->arena);
}

/* The sets behind "add @", "update @" and "delete @", whichever table they are of. */
static void find_filled(struct nft_importer *importer)
{
	const char *text = importer->text, *end = text + importer->length;

	for (const char *at = text; at < end; at++) {
		const char *before = at;
		bool drains;

		if (*at != '@' && *at != '$')
			continue;
		while (before > text && is_blank(before[-1]))
			before--;
		drains = ends_with(text, before, "delete");
		if (drains || ends_with(text, before, "add") ||
		    ends_with(text, before, "update"))
			add_changed(importer, at + 1, *at == '$', drains);
	}
	importer->all_filled |= memmem(text, importer->length, " set add ", 9) ||
				memmem(text, importer->length, " set update ", 12);
}

bool nft_shrinks(const struct nft_importer *importer, const struct nft_set *set)
{
	return importer->all_drained ||
	       nft_names_get(&importer->drained, set->name, set->name_length);
}

bool nft_grows(const struct nft_importer *importer, const struct nft_set *set)
{
	return set->grows || importer->all_filled ||
	       nft_names_get(&importer->filled, set->name, set->name_length);
}

/* -- chains of the rule set --------------------------------------------------------- */

static bool is_read(const struct nft_table *table)
{
	return !table->removed && !table->dormant;
}

static void skip_dormant(struct nft_importer *importer)
{
	for (size_t i = 0; i < importer->table_count; i++) {
		const struct nft_table *table = importer->tables[i];

		if (table->removed || !table->dormant)
			continue;
		diag_report(importer->diag, DIAG_NFT_NOT_MODELLED, table->at,
			    "table '%s' is dormant: its chains see no packet",
			    table->label);
		nft_note(importer, NFT_NOTE_DORMANT, table->at.begin);
	}
}

static void make_chains(struct nft_importer *importer)
{
	for (size_t i = 0; i < importer->table_count; i++) {
		struct nft_table *table = importer->tables[i];

		for (size_t j = 0; is_read(table) && j < table->chain_count; j++) {
			struct nft_chain *chain = table->chains[j];

			if (chain->removed)
				continue;
			chain->index = ruleset_add_chain(importer->rules, chain->label,
							 importer->arena);
			importer->rules->chains[chain->index].at = chain->at;
			chain_reserve(&importer->rules->chains[chain->index],
				      chain->count, importer->arena);
		}
	}
}

static int read_rules(struct nft_importer *importer)
{
	int result = 0;

	for (size_t i = 0; i < importer->table_count; i++) {
		struct nft_table *table = importer->tables[i];

		for (size_t j = 0; is_read(table) && j < table->chain_count; j++) {
			struct nft_chain *chain = table->chains[j];

			for (size_t k = 0; !chain->removed && k < chain->count; k++)
				result |=
					nft_read_rule(importer, chain, &chain->rules[k]);
		}
	}
	return result;
}

/* Why a set does not load; NULL when it does. */
static const char *refuse_set(const struct nft_set *set, struct arena *arena)
{
	bool interval = set->declared & NFT_SET_INTERVAL;

	if (set->wide_at && !interval)
		return "ranges and prefixes need 'flags interval'";
	if (interval && !set->merges && !set->shrunk && set->key.count == 1 &&
	    nft_numbers_overlap(&set->content, arena))
		return "elements overlap, and there is no 'auto-merge'";
	return NULL;
}

static int check_set(struct nft_importer *importer, struct nft_set *set)
{
	uint32_t at = set->wide_at ? set->wide_at - 1 : set->at;
	const char *why;

	if (set->removed)
		return 0;
	why = refuse_set(set, importer->arena);
	nft_set_normalize(set, importer->arena);
	if (!why && set->verdicts && nft_branches_overlap(set, importer->arena))
		why = "a key has two verdicts";
	if (!why)
		return 0;
	return diag_report(importer->diag, DIAG_NFT_REFUSED,
			   nft_span(importer, at, at + 1), "'%s': %s", set->name, why);
}

static int check_sets(struct nft_importer *importer)
{
	int result = 0;

	for (size_t i = 0; i < importer->table_count; i++) {
		struct nft_names *names = &importer->tables[i]->set_names;

		for (size_t j = 0; j < names->capacity; j++)
			if (names->slots[j].text && names->slots[j].thing)
				result |= check_set(importer, names->slots[j].thing);
	}
	return result;
}

/* -- paths -------------------------------------------------------------------------- */

/* Interfaces that a packet has on a hook (nft.8, "ADDRESS FAMILIES", tables of hooks). */
static void set_universe(struct path *path, struct arena *arena)
{
	bool in = strcmp(path->name, "output") != 0, out = true;

	if (strcmp(path->name, "input") == 0 || strcmp(path->name, "prerouting") == 0 ||
	    strcmp(path->name, "ingress") == 0)
		out = false;
	/* postrouting sees forwarded packets, with an input interface, and local ones */
	if (strcmp(path->name, "postrouting") != 0)
		match_symbol(&path->universe, FIELD_IN_INTERFACE, IFACE_NONE, in, arena);
	match_symbol(&path->universe, FIELD_OUT_INTERFACE, IFACE_NONE, out, arena);
}

/*
 * A nat chain sees the first packet of a connection only (nft.8, "CHAINS", type nat):
 * a new one, or one that another connection expects.
 */
static void guard_nat(struct match *guard, struct arena *arena)
{
	struct term *term = match_add(guard, TERM_CHOICE, arena);
	struct match *of;

	of = arena_push(arena, term->choices.at, term->choices.count,
			term->choices.capacity);
	match_number(of, FIELD_STATE, CT_NEW, CT_NEW, arena);
	of = arena_push(arena, term->choices.at, term->choices.count,
			term->choices.capacity);
	match_number(of, FIELD_STATE, CT_RELATED, CT_RELATED, arena);
	match_unknown(of, "first packet of a related connection", false, arena);
}

static void add_stage(struct nft_importer *importer, const struct nft_chain *chain)
{
	struct arena *arena = importer->arena;
	struct path *path = ruleset_find_path(importer->rules, chain->hook);
	struct stage *stage;

	if (!path) {
		path = ruleset_add_path(importer->rules, chain->hook, arena);
		path->compose = COMPOSE_ALL;
		set_universe(path, arena);
	}
	stage = arena_push(arena, path->stages, path->count, path->capacity);
	stage->label = chain->label;
	stage->chain = chain->index;
	stage->end = chain->drop ? ACTION_REFUSE : ACTION_UNDECIDED;
	stage->priority = chain->priority;
	if (chain->table->family == NFT_FAMILY_IP)
		match_family(&stage->guard, FAMILY_IPV4, arena);
	if (chain->table->family == NFT_FAMILY_IP6)
		match_family(&stage->guard, FAMILY_IPV6, arena);
	if (chain->nat)
		guard_nat(&stage->guard, arena);
	if (chain->devices.count) {
		struct term *term = match_add(&stage->guard, TERM_SYMBOLS, arena);

		term->field = FIELD_IN_INTERFACE;
		term->symbols = chain->devices;
	}
}

/* Of two chains of one priority the one registered last runs first (kernel 6.18, tried
 * both ways round 2026-11-21).  Stages come in order of registration: each goes in front
 * of those that have its priority.  There are few, but for texts made to hurt. */
static int compare_stages(const void *a, const void *b)
{
	const struct stage *x = *(const struct stage *const *)a,
			   *y = *(const struct stage *const *)b;

	if (x->priority != y->priority)
		return x->priority < y->priority ? -1 : 1;
	return x > y ? -1 : x < y;
}

static void sort_stages(struct path *path, struct arena *arena)
{
	struct stage *stages = arena_array(arena, path->count, struct stage);
	const struct stage **order =
		arena_array(arena, path->count, const struct stage *);

	for (size_t i = 0; i < path->count; i++)
		order[i] = &path->stages[i];
	qsort(order, path->count, sizeof(const struct stage *), compare_stages);
	for (size_t i = 0; i < path->count; i++)
		stages[i] = *order[i];
	path->stages = stages;
	path->capacity = path->count;
}

static int compare_registered(const void *a, const void *b)
{
	const struct nft_chain *x = *(const struct nft_chain *const *)a,
			       *y = *(const struct nft_chain *const *)b;

	return x->registered < y->registered ? -1 : x->registered > y->registered;
}

/* The base chains in order of registration */
static struct nft_chain **base_chains(struct nft_importer *importer, size_t *ret_count)
{
	struct nft_chain **chains = arena_array(importer->arena, importer->registered + 1,
						struct nft_chain *);
	size_t count = 0;

	for (size_t i = 0; i < importer->table_count; i++) {
		const struct nft_table *table = importer->tables[i];

		for (size_t j = 0; is_read(table) && j < table->chain_count; j++)
			if (!table->chains[j]->removed && table->chains[j]->hook)
				chains[count++] = table->chains[j];
	}
	qsort(chains, count, sizeof(struct nft_chain *), compare_registered);
	*ret_count = count;
	return chains;
}

static bool marks_any(const struct ruleset *rules)
{
	for (size_t i = 0; i < rules->chain_count; i++)
		for (size_t j = 0; j < rules->chains[i].count; j++)
			if (rules->chains[i].rules[j].marks)
				return true;
	return false;
}

/* What the kernel lists does not say in which order chains were registered. */
static void note_ties(struct nft_importer *importer)
{
	if (!marks_any(importer->rules))
		return;
	for (size_t i = 0; i < importer->rules->path_count; i++) {
		const struct path *path = &importer->rules->paths[i];

		for (size_t j = 1; j < path->count; j++) {
			size_t chain = path->stages[j].chain;

			if (path->stages[j].priority == path->stages[j - 1].priority)
				nft_note(importer, NFT_NOTE_TIES,
					 importer->rules->chains[chain].at.begin);
		}
	}
}

static void make_paths(struct nft_importer *importer)
{
	size_t count;
	struct nft_chain **chains = base_chains(importer, &count);

	for (size_t i = 0; i < count; i++)
		add_stage(importer, chains[i]);
	for (size_t i = 0; i < importer->rules->path_count; i++)
		sort_stages(&importer->rules->paths[i], importer->arena);
	note_ties(importer);
}

/* -- nat chains decide nothing but refusals ----------------------------------------- */

void nft_reach(const struct ruleset *rules, bool *reached, struct arena *arena)
{
	size_t *queue = arena_array(arena, rules->chain_count, size_t), queued = 0;

	for (size_t i = 0; i < rules->chain_count; i++)
		if (reached[i])
			queue[queued++] = i;
	while (queued) {
		const struct chain *chain = &rules->chains[queue[--queued]];

		for (size_t i = 0; i < chain->count; i++) {
			const struct rule *rule = &chain->rules[i];

			if ((rule->action == ACTION_JUMP ||
			     rule->action == ACTION_GOTO) &&
			    !reached[rule->target]) {
				reached[rule->target] = true;
				queue[queued++] = rule->target;
			}
		}
	}
}

size_t nft_copy_chain(struct nft_importer *importer, size_t index, const char *what)
{
	struct ruleset *rules = importer->rules;
	size_t copy = ruleset_add_chain(rules,
					arena_printf(importer->arena, "%s (%s)",
						     rules->chains[index].name, what),
					importer->arena);
	struct chain *to = &rules->chains[copy];
	const struct chain *from = &rules->chains[index];

	to->at = from->at;
	to->count = to->capacity = from->count;
	to->rules = arena_array(importer->arena, from->count, struct rule);
	if (from->count)
		memcpy(to->rules, from->rules, from->count * sizeof(*to->rules));
	return copy;
}

static void undecide(struct chain *chain, const size_t *nat)
{
	for (size_t i = 0; i < chain->count; i++) {
		struct rule *rule = &chain->rules[i];

		if (rule->action == ACTION_ADMIT)
			rule->action = ACTION_UNDECIDED;
		if (rule->action == ACTION_JUMP || rule->action == ACTION_GOTO)
			rule->target = nat[rule->target];
	}
}

/* "accept" and "dnat" in a nat chain let a packet go on; filter chains decide it. */
static void separate_nat(struct nft_importer *importer)
{
	struct ruleset *rules = importer->rules;
	size_t count = rules->chain_count;
	bool *by_nat = arena_array(importer->arena, count, bool);
	bool *by_filter = arena_array(importer->arena, count, bool);
	size_t *nat = arena_array(importer->arena, count, size_t);
	bool any = false;

	for (size_t i = 0; i < importer->table_count; i++) {
		const struct nft_table *table = importer->tables[i];

		for (size_t j = 0; is_read(table) && j < table->chain_count; j++) {
			const struct nft_chain *chain = table->chains[j];

			if (chain->removed || !chain->hook)
				continue;
			(chain->nat ? by_nat : by_filter)[chain->index] = true;
			any |= chain->nat;
		}
	}
	if (!any)
		return;
	nft_reach(rules, by_nat, importer->arena);
	nft_reach(rules, by_filter, importer->arena);
	for (size_t i = 0; i < count; i++)
		nat[i] = by_nat[i] && by_filter[i] ? nft_copy_chain(importer, i, "nat")
						   : i;
	for (size_t i = 0; i < count; i++)
		if (by_nat[i])
			undecide(&rules->chains[nat[i]], nat);
}

/* -- the whole ---------------------------------------------------------------------- */

static void write_assumptions(struct nft_importer *importer)
{
	for (size_t i = 0; i < NFT_NOTE_COUNT; i++) {
		size_t count = importer->notes[i].count;
		const char *text;

		if (!count)
			continue;
		text = count == 1
			       ? arena_printf(importer->arena, "%s (line %u)",
					      note_texts[i], importer->notes[i].line)
			       : arena_printf(importer->arena,
					      "%s (line %u and %zu more)", note_texts[i],
					      importer->notes[i].line, count - 1);
		ruleset_assume(importer->rules, text, importer->arena);
	}
}

int nft_import(const struct import_input *input, struct arena *arena,
	       struct ruleset **ret_rules, struct diag *diag)
{
	size_t length = input->files[0].length;
	struct nft_importer importer = {
		.text = input->files[0].text,
		.source = input->files[0].source,
		.arena = arena,
		.diag = diag,
		.rules = ruleset_new(arena),
	};

	if (length > NFT_MAX_BYTES)
		return diag_report(diag, DIAG_NFT_TOO_LARGE, SPAN_NONE,
				   "a text of %zu bytes, at most %u are read", length,
				   NFT_MAX_BYTES);
	importer.length = (uint32_t)length;
	find_lines(&importer);
	find_changed(&importer);
	find_filled(&importer);
	if (nft_commands(&importer))
		return -1;
	skip_dormant(&importer);
	if (check_sets(&importer))
		return -1;
	make_chains(&importer);
	if (read_rules(&importer))
		return -1;
	make_paths(&importer);
	separate_nat(&importer);
	nft_separate_early(&importer);
	nft_spread_taints(&importer);
	write_assumptions(&importer);
	*ret_rules = importer.rules;
	return 0;
}

/* -- is it ours? -------------------------------------------------------------------- */

/* Enough to get past a licence in comments. */
#define SNIFF_BYTES 65536u

/* What a text for nft begins with, and what else may begin so. */
static int sniff_words(struct nft_lexer *lexer)
{
	static const char *const families[] = {"ip",  "ip6",	"inet",
					       "arp", "bridge", "netdev"};
	static const char *const things[] = {"table", "chain", "rule",
					     "set",   "map",   "element"};

	if (nft_take_word(lexer, "flush"))
		return nft_is_word(lexer, "ruleset") ? 95
		       : nft_is_word(lexer, "table") ? 90
						     : 0;
	if (nft_take_word(lexer, "table")) {
		for (size_t i = 0; i < ARRAY_SIZE(families); i++)
			if (nft_is_word(lexer, families[i]))
				return 95;
		return nft_is_name(lexer) ? 60 : 0; /* ferm writes "table filter {" too */
	}
	if (nft_take_word(lexer, "add") || nft_take_word(lexer, "create") ||
	    nft_take_word(lexer, "delete") || nft_take_word(lexer, "destroy") ||
	    nft_take_word(lexer, "insert")) {
		for (size_t i = 0; i < ARRAY_SIZE(things); i++)
			if (nft_is_word(lexer, things[i]))
				return 85;
		return 0;
	}
	if (nft_take_word(lexer, "define"))
		return nft_take(lexer, NFT_WORD) && lexer->now.kind == NFT_ASSIGN ? 70
										  : 0;
	return nft_take_word(lexer, "include") && lexer->now.kind == NFT_STRING ? 40 : 0;
}

int nft_sniff(const char *text, size_t length)
{
	uint32_t end = length < SNIFF_BYTES ? (uint32_t)length : SNIFF_BYTES;
	const char *newline = memchr(text, '\n', end);
	struct nft_lexer lexer;

	if (end > 2 && text[0] == '#' && text[1] == '!' &&
	    memmem(text, newline ? (size_t)(newline - text) : end, "nft", 3))
		return 100;
	nft_lexer_init(&lexer, text, 0, end, NULL, 0);
	while (nft_take(&lexer, NFT_NEWLINE) || nft_take(&lexer, NFT_SEMICOLON))
		;
	return sniff_words(&lexer);
}
