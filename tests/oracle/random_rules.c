/* random_rules.c - Rule sets and packets by chance, the same for the same seed. */
#include "tests/oracle/random_rules.h"

#include <stdlib.h>
#include <string.h>

#include "rules/base/arena.h"

/* SplitMix64 (Sebastiano Vigna, public domain algorithm, prng.di.unimi.it). */
uint64_t chance_number(struct chance *chance)
{
	uint64_t z = chance->state += 0x9e3779b97f4a7c15u;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
	z = (z ^ z >> 27) * 0x94d049bb133111ebu;
	return z ^ z >> 31;
}

size_t chance_below(struct chance *chance, size_t limit)
{
	return (size_t)(chance_number(chance) % limit);
}

bool chance_percent(struct chance *chance, unsigned percent)
{
	return chance_below(chance, 100) < percent;
}

/* -- small pools, so that rules meet each other ----------------------------------- */

static const char *const prefixes[] = {
	"0.0.0.0/0",	     "10.0.0.0/8",	"10.1.0.0/16",
	"10.1.2.0/24",	     "10.1.2.4",	"10.1.2.4/31",
	"10.1.2.6",	     "10.2.0.0/15",	"192.0.2.1",
	"0.0.0.0",	     "255.255.255.255", "::/0",
	"2001:db8::/32",     "2001:db8:1::/48", "2001:db8:1::4",
	"2001:db8:1::4/126", "2001:db8:2::/47", "::",
	"::a01:204",	     "fe80::/10",	"ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
};

static const struct number_range {
	uint32_t first, last;
} ports[] =
	{
		{0, 0},		{53, 53},	{80, 80},   {443, 443},
		{443, 445},	{444, 446},	{0, 1023},  {1024, 65535},
		{65535, 65535}, {40000, 50000}, {1, 65534}, {0, 65535},
},
  protocols[] =
	  {
		  {1, 1}, {6, 6},     {17, 17}, {58, 58},  {6, 17},
		  {0, 0}, {255, 255}, {0, 255}, {17, 255},
},
  icmps[] =
	  {
		  {0, 0},	  {0x800, 0x800},   {0x800, 0x8ff},
		  {0x300, 0x3ff}, {0xffff, 0xffff}, {1, 0x7ff},
},
  flags[] =
	  {
		  {0, 0}, {2, 2}, {2, 3}, {16, 31}, {18, 18}, {0, 127}, {255, 255},
},
  states[] =
	  {
		  {0, 0}, {1, 2}, {3, 3}, {4, 4}, {0, 4}, {2, 3}, {0, 7},
},
  marks[] =
	  {
		  {0, 0},
		  {1, 1},
		  {2, 2},
		  {1, 2},
		  {0, 1},
		  {3, UINT32_MAX},
		  {UINT32_MAX, UINT32_MAX},
},
  families[] = {
	  {0, 0},
	  {1, 1},
	  {0, 1},
};

static const char *const interfaces[] = {"eth0",   "eth1",    "veth*", "veth1*",
					 "veth12", "veth12*", "",      "*"};
/* Ends of each other, with and without a dot between; patterns make the rest. */
static const char *const names[] = {"b", "a.b", "ab", "b.a.b", "aab", "a.ab", "b.b"};
static const char *const methods[] = {"CONNECT", "GET", ""};
static const char *const unknowns[RANDOM_UNKNOWNS] = {"limit rate 10/second",
						      "meta skuid 0", "hour"};

static struct addr_set random_addrs(struct chance *chance, struct arena *arena)
{
	struct addr_set set = {0};
	size_t count = chance_below(chance, 4);

	for (size_t i = 0; i <= count; i++) {
		struct prefix prefix;
		struct range range;

		if (prefix_parse(prefixes[chance_below(chance, ARRAY_SIZE(prefixes))],
				 &prefix) != PREFIX_OK)
			BUG("a bad prefix in the pool");
		range = prefix_range(&prefix);
		/* Sometimes not aligned, so that ranges and not only prefixes occur. */
		if (chance_percent(chance, 20) && range.first < range.last)
			range.first++;
		if (chance_percent(chance, 20) && range.first < range.last)
			range.last--;
		ranges_add(&set.of[prefix.family], range, arena);
	}
	addr_set_normalize(&set);
	if (chance_percent(chance, 2))
		set = (struct addr_set){0};
	return set;
}

static struct ranges pick_numbers(struct chance *chance, const struct number_range *pool,
				  size_t count, struct arena *arena)
{
	struct ranges set = {0};
	size_t wanted = chance_below(chance, 3);

	for (size_t i = 0; i <= wanted; i++) {
		const struct number_range *range = &pool[chance_below(chance, count)];

		ranges_add(&set, (struct range){range->first, range->last}, arena);
	}
	ranges_normalize(&set);
	if (chance_percent(chance, 2))
		set = (struct ranges){0};
	return set;
}

static struct ranges random_flags(struct chance *chance, struct arena *arena)
{
	struct ranges set;
	unsigned mask = (unsigned)chance_below(chance, 256);
	unsigned value = (unsigned)chance_below(chance, 256) & mask;

	if (chance_percent(chance, 50))
		return pick_numbers(chance, flags, ARRAY_SIZE(flags), arena);
	if (!ranges_masked(mask, value, 8, 256, arena, &set))
		BUG("a mask of 8 bits makes at most 128 ranges");
	return set;
}

static struct ranges random_numbers(struct chance *chance, enum field field,
				    struct arena *arena)
{
#define PICK(pool) pick_numbers(chance, pool, ARRAY_SIZE(pool), arena)
	switch (field) {
	case FIELD_FAMILY:
		return PICK(families);
	case FIELD_PROTOCOL:
		return PICK(protocols);
	case FIELD_DESTINATION_PORT:
	case FIELD_SOURCE_PORT:
		return PICK(ports);
	case FIELD_ICMP:
		return PICK(icmps);
	case FIELD_TCP_FLAGS:
		return random_flags(chance, arena);
	case FIELD_STATE:
		return PICK(states);
	case FIELD_MARK:
		return PICK(marks);
	case FIELD_DESTINATION:
	case FIELD_SOURCE:
	case FIELD_IN_INTERFACE:
	case FIELD_OUT_INTERFACE:
	case FIELD_NAME:
	case FIELD_METHOD:
	case FIELD_APPLICATION:
	case FIELD_COUNT:
		break;
	}
	BUG("'%s' has no numbers", field_info(field)->name);
#undef PICK
}

static void random_symbols(struct chance *chance, struct term *term, struct arena *arena)
{
	const char *const *pool = interfaces;
	size_t count = ARRAY_SIZE(interfaces), wanted = chance_below(chance, 3);

	if (!field_is_interface(term->field)) {
		pool = methods;
		count = ARRAY_SIZE(methods);
	}
	for (size_t i = 0; i <= wanted; i++)
		*arena_push(arena, term->symbols.at, term->symbols.count,
			    term->symbols.capacity) = pool[chance_below(chance, count)];
}

static void random_name_patterns(struct chance *chance, struct term *term,
				 struct arena *arena)
{
	size_t wanted = chance_below(chance, 3);

	for (size_t i = 0; i <= wanted; i++)
		*arena_push(arena, term->names.at, term->names.count,
			    term->names.capacity) = (struct name_pattern){
			(enum name_kind)chance_below(chance, NAME_ONE_LABEL + 1),
			names[chance_below(chance, ARRAY_SIZE(names))],
		};
}

static struct match random_match_at(struct chance *chance,
				    const struct random_shape *shape, unsigned depth,
				    struct arena *arena);

static void random_choices(struct chance *chance, const struct random_shape *shape,
			   unsigned depth, struct term *term, struct arena *arena)
{
	size_t wanted = chance_below(chance, 4); /* none at all is a choice that fails */

	for (size_t i = 0; i < wanted; i++)
		*arena_push(arena, term->choices.at, term->choices.count,
			    term->choices.capacity) =
			random_match_at(chance, shape, depth - 1, arena);
}

static enum field random_field(struct chance *chance, const struct random_shape *shape)
{
	for (;;) {
		size_t field = chance_below(chance, FIELD_COUNT);

		if (shape->fields >> field & 1)
			return (enum field)field;
	}
}

static struct term random_term(struct chance *chance, const struct random_shape *shape,
			       unsigned depth, struct arena *arena)
{
	struct term term = {.negated = chance_percent(chance, 20)};

	if (shape->unknowns && chance_percent(chance, 12)) {
		term.kind = TERM_UNKNOWN;
		term.unknown = unknowns[chance_below(chance, shape->unknowns)];
		return term;
	}
	if (depth && chance_percent(chance, 12)) {
		term.kind = TERM_CHOICE;
		random_choices(chance, shape, depth, &term, arena);
		return term;
	}
	term.field = random_field(chance, shape);
	switch (field_info(term.field)->kind) {
	case FIELD_KIND_ADDRS:
		term.kind = TERM_ADDRS;
		term.addrs = random_addrs(chance, arena);
		break;
	case FIELD_KIND_NUMBERS:
		term.kind = TERM_NUMBERS;
		term.numbers = random_numbers(chance, term.field, arena);
		break;
	case FIELD_KIND_SYMBOLS:
		term.kind = TERM_SYMBOLS;
		random_symbols(chance, &term, arena);
		break;
	case FIELD_KIND_NAMES:
		term.kind = TERM_NAMES;
		random_name_patterns(chance, &term, arena);
		break;
	}
	return term;
}

static struct match random_match_at(struct chance *chance,
				    const struct random_shape *shape, unsigned depth,
				    struct arena *arena)
{
	struct match match = {0};
	size_t count = chance_below(chance, shape->terms + 1);

	for (size_t i = 0; i < count; i++) {
		struct term term = random_term(chance, shape, depth, arena);

		*match_add(&match, term.kind, arena) = term;
	}
	return match;
}

struct match random_match(struct chance *chance, const struct random_shape *shape,
			  struct arena *arena)
{
	return random_match_at(chance, shape, shape->depth, arena);
}

/* -- rule sets --------------------------------------------------------------------- */

static enum action random_action(struct chance *chance, bool may_jump)
{
	static const enum action actions[] = {
		ACTION_ADMIT,  ACTION_ADMIT,	 ACTION_REFUSE,	  ACTION_REFUSE,
		ACTION_RETURN, ACTION_UNDECIDED, ACTION_CONTINUE, ACTION_JUMP,
		ACTION_JUMP,   ACTION_GOTO,
	};

	return actions[chance_below(chance, ARRAY_SIZE(actions) - (may_jump ? 0 : 3))];
}

static void random_rule(struct chance *chance, const struct random_shape *shape,
			struct ruleset *rules, size_t chain, struct arena *arena)
{
	static const char *const ids[] = {"a/x", "b/y", "c/z"};
	struct rule *rule = chain_add_rule(&rules->chains[chain], arena);
	size_t later = rules->chain_count - chain - 1;

	rule->match = random_match(chance, shape, arena);
	rule->action = random_action(chance, later > 0);
	if (rule->action == ACTION_JUMP || rule->action == ACTION_GOTO)
		rule->target = chain + 1 + chance_below(chance, later);
	if (chance_percent(chance, 60))
		rule->id = ids[chance_below(chance, ARRAY_SIZE(ids))];
	rule->marks = shape->marks && chance_percent(chance, 25);
	if (rule->marks)
		rule->mark = (uint32_t)chance_below(chance, 4);
	rule->logs = chance_percent(chance, 10);
}

static void random_stage(struct chance *chance, const struct random_shape *shape,
			 struct ruleset *rules, struct arena *arena)
{
	static const enum action ends[] = {ACTION_ADMIT, ACTION_REFUSE, ACTION_UNDECIDED};
	struct path *path = &rules->paths[0];
	struct stage *stage =
		arena_push(arena, path->stages, path->count, path->capacity);

	stage->label = "stage";
	stage->chain = chance_below(chance, rules->chain_count);
	stage->end = ends[chance_below(chance, ARRAY_SIZE(ends))];
	stage->priority = (int)chance_below(chance, 5) - 2;
	if (chance_percent(chance, 40))
		stage->guard = random_match(chance, shape, arena);
}

struct ruleset *random_ruleset(struct chance *chance, const struct random_shape *shape,
			       struct arena *arena)
{
	struct ruleset *rules = ruleset_new(arena);
	struct path *path = ruleset_add_path(rules, "p", arena);
	size_t chains = 1 + chance_below(chance, shape->chains);
	size_t stages = 1 + chance_below(chance, shape->stages);

	for (size_t i = 0; i < chains; i++)
		ruleset_add_chain(rules, "chain", arena);
	for (size_t i = 0; i < chains; i++) {
		size_t count = chance_below(chance, shape->rules + 1);

		for (size_t j = 0; j < count; j++)
			random_rule(chance, shape, rules, i, arena);
	}
	path->compose = chance_percent(chance, 50) ? COMPOSE_ALL : COMPOSE_FIRST;
	if (chance_percent(chance, 40))
		path->universe = random_match(chance, shape, arena);
	for (size_t i = 0; i < stages; i++)
		random_stage(chance, shape, rules, arena);
	return rules;
}

/* -- edges and packets ------------------------------------------------------------- */

static void add_edge(struct edge_list *list, u128 value, struct arena *arena)
{
	*arena_push(arena, list->at, list->count, list->capacity) = value;
}

static void add_ranges(struct edge_list *list, const struct ranges *ranges, u128 max,
		       struct arena *arena)
{
	for (size_t i = 0; i < ranges->count; i++) {
		u128 first = ranges->at[i].first, last = ranges->at[i].last;

		if (first > 0)
			add_edge(list, first - 1, arena);
		if (first <= max)
			add_edge(list, first, arena);
		if (last <= max)
			add_edge(list, last, arena);
		if (last < max)
			add_edge(list, last + 1, arena);
	}
}

static u128 field_max(enum field field)
{
	return field == FIELD_STATE ? CT_STATE_COUNT - 1
				    : u128_mask(field_info(field)->bits);
}

static void add_word(struct symbols *words, const char *word, struct arena *arena)
{
	for (size_t i = 0; i < words->count; i++)
		if (words->at[i] == word ||
		    (words->at[i] && word && strcmp(words->at[i], word) == 0))
			return;
	*arena_push(arena, words->at, words->count, words->capacity) = word;
}

/* The name itself, look-alikes, and what is one, two and three labels below. */
static void add_names(struct symbols *words, const struct name_patterns *patterns,
		      struct arena *arena)
{
	static const char *const before[] = {"", "z", "z.", "a.", "b.", "z.y.", "z.y.x."};

	for (size_t i = 0; i < patterns->count; i++)
		for (size_t j = 0; j < ARRAY_SIZE(before); j++)
			add_word(words,
				 arena_printf(arena, "%s%s", before[j],
					      patterns->at[i].text),
				 arena);
}

static void add_symbols(struct symbols *words, const struct symbols *symbols,
			struct arena *arena)
{
	for (size_t i = 0; i < symbols->count; i++) {
		const char *symbol = symbols->at[i];
		size_t length = strlen(symbol);

		if (length > 1 && symbol[length - 1] == '*')
			add_word(words,
				 arena_printf(arena, "%.*s-some", (int)length - 1,
					      symbol),
				 arena);
		else if (strcmp(symbol, SYMBOL_OTHER) != 0)
			add_word(words, symbol, arena);
	}
}

void edges_add_match(struct edges *edges, const struct match *match, struct arena *arena)
{
	for (size_t i = 0; i < match->count; i++) {
		const struct term *term = &match->terms[i];

		switch (term->kind) {
		case TERM_ADDRS:
			for (int family = 0; family < FAMILY_COUNT; family++)
				add_ranges(&edges->addrs[family]
							[term->field == FIELD_SOURCE],
					   &term->addrs.of[family],
					   u128_mask(family_bits((enum family)family)),
					   arena);
			break;
		case TERM_NUMBERS:
			add_ranges(&edges->numbers[term->field], &term->numbers,
				   field_max(term->field), arena);
			break;
		case TERM_SYMBOLS:
			add_symbols(&edges->words[term->field], &term->symbols, arena);
			break;
		case TERM_NAMES:
			add_names(&edges->words[term->field], &term->names, arena);
			break;
		case TERM_CHOICE:
			for (size_t j = 0; j < term->choices.count; j++)
				edges_add_match(edges, &term->choices.at[j], arena);
			break;
		case TERM_UNKNOWN:
			add_word(&edges->unknowns, term->unknown, arena);
			break;
		}
	}
}

void edges_add_ruleset(struct edges *edges, const struct ruleset *rules,
		       struct arena *arena)
{
	for (size_t i = 0; i < rules->chain_count; i++) {
		for (size_t j = 0; j < rules->chains[i].count; j++) {
			const struct rule *rule = &rules->chains[i].rules[j];

			edges_add_match(edges, &rule->match, arena);
			if (rule->marks)
				add_edge(&edges->numbers[FIELD_MARK], rule->mark, arena);
		}
	}
	for (size_t i = 0; i < rules->path_count; i++) {
		edges_add_match(edges, &rules->paths[i].universe, arena);
		for (size_t j = 0; j < rules->paths[i].count; j++)
			edges_add_match(edges, &rules->paths[i].stages[j].guard, arena);
	}
}

static int compare_values(const void *a, const void *b)
{
	const u128 *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

static void finish_list(struct edge_list *list, u128 max, struct arena *arena)
{
	size_t kept = 0;

	add_edge(list, 0, arena);
	add_edge(list, max, arena);
	qsort(list->at, list->count, sizeof(*list->at), compare_values);
	for (size_t i = 1; i < list->count; i++)
		if (list->at[i] != list->at[kept])
			list->at[++kept] = list->at[i];
	list->count = kept + 1;
}

void edges_finish(struct edges *edges, struct arena *arena)
{
	for (int family = 0; family < FAMILY_COUNT; family++)
		for (int side = 0; side < 2; side++)
			finish_list(&edges->addrs[family][side],
				    u128_mask(family_bits((enum family)family)), arena);
	for (int field = 0; field < FIELD_COUNT; field++) {
		switch (field_info((enum field)field)->kind) {
		case FIELD_KIND_ADDRS:
			break;
		case FIELD_KIND_NUMBERS:
			finish_list(&edges->numbers[field], field_max((enum field)field),
				    arena);
			break;
		case FIELD_KIND_SYMBOLS:
			add_word(&edges->words[field], IFACE_NONE, arena);
			/* For names and methods NULL is none, as "" is. */
			if (!field_is_interface(field))
				add_word(&edges->words[field], "unmentioned", arena);
			else
				add_word(&edges->words[field], NULL, arena);
			break;
		case FIELD_KIND_NAMES:
			add_word(&edges->words[field], NULL, arena);
			add_word(&edges->words[field], "unmentioned", arena);
			break;
		}
	}
}

static u128 pick_edge(struct chance *chance, const struct edge_list *list)
{
	return list->at[chance_below(chance, list->count)];
}

struct packet random_packet(struct chance *chance, const struct edges *edges)
{
	struct packet packet = {.family =
					(enum family)chance_below(chance, FAMILY_COUNT)};

	packet.destination = pick_edge(chance, &edges->addrs[packet.family][0]);
	packet.source = pick_edge(chance, &edges->addrs[packet.family][1]);
	for (int field = FIELD_PROTOCOL; field < FIELD_COUNT; field++) {
		const struct symbols *words = &edges->words[field];

		if (field_info((enum field)field)->kind == FIELD_KIND_NUMBERS)
			packet.number[field] =
				(uint32_t)pick_edge(chance, &edges->numbers[field]);
		else
			packet.word[field] =
				words->at[chance_below(chance, words->count)];
	}
	return packet;
}
