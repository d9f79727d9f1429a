/* nft_live_rules.c - From what the kernel holds to rules, for the proof. */
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <string.h>

#include "backends/nftables/nft_live.h"
#include "rules/base/arena.h"
#include "rules/intent.h"

/**
 * DOC: Reading expressions
 *
 * A rule is walked as the kernel walks it: loads fill the register, tests ask what is in
 * it, and the first test that fails ends the rule.  What is in the register is a *load*;
 * a test of a load that the model knows is a term, any other is an unknown that names the
 * rule and the expression.  Nothing is left out: an expression that may be a verdict
 * splits the rule into one that may accept and one that may refuse.
 *
 * A header is only read as what it is once an earlier test of the same rule has said so:
 * bytes 16 to 19 of an IPv6 packet are no destination address.
 */

/** struct load - What is in the register: @bits of field @field, under @mask ^ @more */
struct load {
	enum {
		LOAD_UNKNOWN,
		LOAD_FIELD,
		LOAD_FAMILY,
		LOAD_PORTS, /* source and destination port, side by side */
		LOAD_VALUE, /* a constant */
	} kind;
	enum field field;
	enum family family;
	uint32_t bytes;
	bool masked, host_order;
	u128 mask;
	uint32_t value;
};

struct reader {
	struct arena *arena;
	const struct live_table *table;
	const struct ruleset *rules;
	size_t first_chain; /* index of the table's first chain in the rule set */
	struct chain *chain;
	const struct live_rule *rule;
	size_t index; /* of the expression */
	struct match match;
	struct load load;
	unsigned families;	 /* bits: which the packet can have here */
	struct ranges protocols; /* which it can have, normal */
	bool logs, marks, blurs, over;
	uint32_t mark;
};

static u128 number_of(const uint8_t *bytes, uint32_t length)
{
	u128 number = 0;

	for (uint32_t i = 0; i < length; i++)
		number = number << 8 | bytes[i];
	return number;
}

/* The register of a mark or a state is a number of the host's. */
static u128 number_loaded(const struct load *load, const uint8_t *bytes, uint32_t length)
{
	uint32_t number;

	if (!load->host_order || length != sizeof(number))
		return number_of(bytes, length);
	memcpy(&number, bytes, sizeof(number));
	return number;
}

static const char *name_expression(const struct reader *reader, const char *what)
{
	return arena_printf(reader->arena, "%s (rule %llu, expression %zu)", what,
			    (unsigned long long)reader->rule->handle, reader->index + 1);
}

static void add_unknown(struct reader *reader, const char *what)
{
	match_unknown(&reader->match, name_expression(reader, what), false,
		      reader->arena);
}

static void load(struct reader *reader, enum field field, uint32_t bytes)
{
	reader->load = (struct load){
		.kind = LOAD_FIELD,
		.field = field,
		.bytes = bytes,
		.mask = u128_mask(8 * bytes),
	};
}

static void load_meta(struct reader *reader, uint32_t key)
{
	reader->load = (struct load){.kind = LOAD_UNKNOWN};
	if (key == NFT_META_NFPROTO)
		reader->load = (struct load){.kind = LOAD_FAMILY, .bytes = 1};
	else if (key == NFT_META_L4PROTO)
		load(reader, FIELD_PROTOCOL, 1);
	else if (key == NFT_META_IIFNAME)
		load(reader, FIELD_IN_INTERFACE, LIVE_DATA_MAX);
	else if (key == NFT_META_OIFNAME)
		load(reader, FIELD_OUT_INTERFACE, LIVE_DATA_MAX);
	else if (key == NFT_META_MARK) {
		load(reader, FIELD_MARK, 4);
		reader->load.host_order = true;
	}
}

/* Addresses, or the leading bytes of one. */
static void load_network(struct reader *reader, const struct live_op *op)
{
	static const struct {
		unsigned families;
		uint32_t offset;
		enum field field;
		enum family family;
	} places[] = {
		{1u << FAMILY_IPV4, 12, FIELD_SOURCE, FAMILY_IPV4},
		{1u << FAMILY_IPV4, 16, FIELD_DESTINATION, FAMILY_IPV4},
		{1u << FAMILY_IPV6, 8, FIELD_SOURCE, FAMILY_IPV6},
		{1u << FAMILY_IPV6, 24, FIELD_DESTINATION, FAMILY_IPV6},
	};

	for (size_t i = 0; i < ARRAY_SIZE(places); i++) {
		if (places[i].families != reader->families ||
		    places[i].offset != op->offset ||
		    op->length > family_bits(places[i].family) / 8)
			continue;
		load(reader, places[i].field, op->length);
		reader->load.family = places[i].family;
		return;
	}
}

static bool only(const struct reader *reader, unsigned protocol)
{
	return reader->protocols.count == 1 &&
	       reader->protocols.at[0].first == protocol &&
	       reader->protocols.at[0].last == protocol;
}

/* The protocols whose header begins with two ports. */
static bool have_ports(const struct reader *reader)
{
	static const unsigned known[] = {PROTOCOL_TCP, PROTOCOL_UDP, PROTOCOL_DCCP,
					 PROTOCOL_SCTP, PROTOCOL_UDPLITE};

	for (size_t i = 0; i < reader->protocols.count; i++) {
		const struct range *range = &reader->protocols.at[i];

		for (u128 number = range->first; number <= range->last; number++) {
			bool found = false;

			for (size_t k = 0; k < ARRAY_SIZE(known); k++)
				found |= known[k] == number;
			if (!found)
				return false;
		}
	}
	return reader->protocols.count != 0;
}

static void load_transport(struct reader *reader, const struct live_op *op)
{
	bool icmp =
		(only(reader, PROTOCOL_ICMP) && reader->families == 1u << FAMILY_IPV4) ||
		(only(reader, PROTOCOL_ICMPV6) && reader->families == 1u << FAMILY_IPV6);

	if (icmp && op->offset == 0 && op->length <= 2)
		load(reader, FIELD_ICMP, op->length);
	else if (only(reader, PROTOCOL_TCP) && op->offset == 13 && op->length == 1)
		load(reader, FIELD_TCP_FLAGS, 1);
	else if (have_ports(reader) && op->offset == 0 && op->length == 2)
		load(reader, FIELD_SOURCE_PORT, 2);
	else if (have_ports(reader) && op->offset == 2 && op->length == 2)
		load(reader, FIELD_DESTINATION_PORT, 2);
	else if (have_ports(reader) && op->offset == 0 && op->length == 4)
		reader->load = (struct load){.kind = LOAD_PORTS, .bytes = 4};
}

static void load_payload(struct reader *reader, const struct live_op *op)
{
	reader->load = (struct load){.kind = LOAD_UNKNOWN};
	if (op->key == NFT_PAYLOAD_NETWORK_HEADER)
		load_network(reader, op);
	else if (op->key == NFT_PAYLOAD_TRANSPORT_HEADER)
		load_transport(reader, op);
}

/* A mask makes another field of it; a second mask, or an xor, one that nobody knows. */
static void load_masked(struct reader *reader, const struct live_op *op)
{
	struct load *load = &reader->load;

	if (load->kind != LOAD_FIELD || load->masked || op->length != load->bytes ||
	    number_of(op->more, op->length) != 0) {
		load->kind = LOAD_UNKNOWN;
		return;
	}
	load->masked = true;
	load->mask = number_loaded(load, op->data, op->length);
}

/* -- terms -------------------------------------------------------------------------- */

/* Values of the loaded bytes as values of the field, of which they may be the first. */
static struct ranges widen(const struct reader *reader, const struct ranges *ranges,
			   unsigned bits)
{
	unsigned shift = bits - 8 * reader->load.bytes;
	struct ranges wide = {0};

	for (size_t i = 0; i < ranges->count; i++)
		ranges_add(&wide,
			   (struct range){ranges->at[i].first << shift,
					  ranges->at[i].last << shift | u128_mask(shift)},
			   reader->arena);
	return wide;
}

static void add_family(struct reader *reader, const struct ranges *values)
{
	unsigned families = 0;

	if (ranges_contain(values, NFPROTO_IPV4))
		families |= 1u << FAMILY_IPV4;
	if (ranges_contain(values, NFPROTO_IPV6))
		families |= 1u << FAMILY_IPV6;
	if (families == FAMILIES_ALL)
		return;
	reader->families &= families;
	if (families)
		match_family(&reader->match,
			     families == 1u << FAMILY_IPV4 ? FAMILY_IPV4 : FAMILY_IPV6,
			     reader->arena);
	else
		match_numbers(&reader->match, FIELD_FAMILY, &(struct ranges){0},
			      reader->arena);
}

static void add_address(struct reader *reader, const struct ranges *values,
			const char *label)
{
	enum family family = reader->load.family;
	struct addr_set addrs = {0};

	addrs.of[family] = widen(reader, values, family_bits(family));
	match_addrs(&reader->match, reader->load.field, &addrs, reader->arena);
	reader->match.terms[reader->match.count - 1].label = label;
}

/* @values of the loaded bytes are those that go on. */
static void add_values(struct reader *reader, const struct ranges *values,
		       const char *label)
{
	const struct load *load = &reader->load;
	struct ranges wide = *values;

	if (load->kind == LOAD_FAMILY) {
		add_family(reader, values);
		return;
	}
	if (load->field == FIELD_DESTINATION || load->field == FIELD_SOURCE) {
		add_address(reader, values, label);
		return;
	}
	if (load->field == FIELD_ICMP)
		wide = widen(reader, values, 16);
	if (load->field == FIELD_PROTOCOL)
		reader->protocols =
			ranges_intersect(&reader->protocols, values, reader->arena);
	match_numbers(&reader->match, load->field, &wide, reader->arena);
}

/* Values between @first and @last, or (where @negated) all others. */
static void test_range(struct reader *reader, u128 first, u128 last, bool negated)
{
	unsigned bits = 8 * reader->load.bytes;
	struct ranges values = {0};

	if (first <= last)
		values = ranges_one(first, last, reader->arena);
	if (negated)
		values = ranges_complement(&values, bits, reader->arena);
	add_values(reader, &values, NULL);
}

static void test_states(struct reader *reader, const struct live_op *op, u128 number)
{
	static const uint32_t bits[CT_STATE_COUNT] = {
		[CT_INVALID] = 1, [CT_ESTABLISHED] = 2, [CT_RELATED] = 4,
		[CT_NEW] = 8,	  [CT_UNTRACKED] = 64,
	};
	struct ranges states = {0};

	if (op->key != NFT_CMP_EQ && op->key != NFT_CMP_NEQ) {
		add_unknown(reader, "an order of connection states");
		return;
	}
	for (unsigned state = 0; state < CT_STATE_COUNT; state++)
		if (((bits[state] & reader->load.mask) == number) ==
		    (op->key == NFT_CMP_EQ))
			ranges_add(&states, (struct range){state, state}, reader->arena);
	ranges_normalize(&states);
	match_numbers(&reader->match, FIELD_STATE, &states, reader->arena);
}

static void test_masked(struct reader *reader, const struct live_op *op, u128 number)
{
	unsigned bits = 8 * reader->load.bytes;
	struct ranges values;

	if ((op->key != NFT_CMP_EQ && op->key != NFT_CMP_NEQ) ||
	    !ranges_masked(reader->load.mask, number, bits, 4096, reader->arena,
			   &values)) {
		add_unknown(reader, "a test under a mask");
		return;
	}
	if (op->key == NFT_CMP_NEQ)
		values = ranges_complement(&values, bits, reader->arena);
	add_values(reader, &values, NULL);
}

static void test_interface(struct reader *reader, const struct live_op *op)
{
	char name[LIVE_DATA_MAX + 1] = {0};

	memcpy(name, op->data, op->length);
	/* A shorter comparison, or one without a NUL, is of the beginning only. */
	if (op->length != LIVE_DATA_MAX || !memchr(name, '\0', LIVE_DATA_MAX) ||
	    (op->key != NFT_CMP_EQ && op->key != NFT_CMP_NEQ)) {
		add_unknown(reader, "a test of an interface");
		return;
	}
	match_symbol(&reader->match, reader->load.field,
		     arena_strdup(reader->arena, name), op->key == NFT_CMP_NEQ,
		     reader->arena);
}

static void test_number(struct reader *reader, const struct live_op *op, u128 number)
{
	u128 last = u128_mask(8 * reader->load.bytes);

	switch (op->key) {
	case NFT_CMP_EQ:
	case NFT_CMP_NEQ:
		test_range(reader, number, number, op->key == NFT_CMP_NEQ);
		break;
	case NFT_CMP_LT:
		test_range(reader, number, last, true);
		break;
	case NFT_CMP_LTE:
		test_range(reader, 0, number, false);
		break;
	case NFT_CMP_GT:
		test_range(reader, 0, number, true);
		break;
	case NFT_CMP_GTE:
		test_range(reader, number, last, false);
		break;
	default:
		add_unknown(reader, "a comparison");
	}
}

static bool is_interface(const struct load *load)
{
	return load->kind == LOAD_FIELD && field_is_interface(load->field);
}

static void compare(struct reader *reader, const struct live_op *op)
{
	struct load *load = &reader->load;
	u128 number = number_loaded(load, op->data, op->length);

	if (is_interface(load) && !load->masked) {
		test_interface(reader, op);
	} else if (load->kind == LOAD_UNKNOWN || load->kind == LOAD_VALUE ||
		   op->length != load->bytes || is_interface(load)) {
		add_unknown(reader, "a test of something else");
	} else if (load->kind == LOAD_PORTS) {
		if (op->key != NFT_CMP_EQ) {
			add_unknown(reader, "a test of two ports");
			return;
		}
		match_number(&reader->match, FIELD_SOURCE_PORT, number >> 16,
			     number >> 16, reader->arena);
		match_number(&reader->match, FIELD_DESTINATION_PORT, number & 0xffff,
			     number & 0xffff, reader->arena);
	} else if (load->field == FIELD_STATE && load->kind == LOAD_FIELD) {
		test_states(reader, op, number);
	} else if (load->masked) {
		test_masked(reader, op, number);
	} else {
		test_number(reader, op, number);
	}
}

/* Can a test of many values be said of what is loaded? */
static bool takes_values(const struct load *load, uint32_t length)
{
	return (load->kind == LOAD_FIELD || load->kind == LOAD_FAMILY) && !load->masked &&
	       length == load->bytes && !is_interface(load) &&
	       (load->kind == LOAD_FAMILY || load->field != FIELD_STATE) &&
	       !load->host_order;
}

static void range(struct reader *reader, const struct live_op *op)
{
	if (takes_values(&reader->load, op->length))
		test_range(reader, number_of(op->data, op->length),
			   number_of(op->more, op->length), op->negated);
	else
		add_unknown(reader, "a range of something else");
}

/* Single values stand beside each other in a set that has no intervals. */
static struct ranges normal_values(const struct reader *reader,
				   const struct live_set *set)
{
	struct ranges values = {0};

	if (set->intervals)
		return set->ranges;
	for (size_t i = 0; i < set->ranges.count; i++)
		ranges_add(&values, set->ranges.at[i], reader->arena);
	ranges_normalize(&values);
	return values;
}

/* A set that others fill: what is in it for good, or wherever the name leads. */
static void look_up_followed(struct reader *reader, const struct live_op *op,
			     const struct live_set *set, const struct ranges *values)
{
	const struct load *load = &reader->load;
	struct arena *arena = reader->arena;
	struct term *term = match_add(&reader->match, TERM_CHOICE, arena);
	struct match *alternative;
	struct addr_set addrs = {0};

	term->negated = op->negated;
	addrs.of[load->family] = *values;
	if (values->count) {
		alternative = arena_push(arena, term->choices.at, term->choices.count,
					 term->choices.capacity);
		match_addrs(alternative, load->field, &addrs, arena);
		alternative->terms[0].label = set->name;
	}
	alternative = arena_push(arena, term->choices.at, term->choices.count,
				 term->choices.capacity);
	match_family(alternative, load->family, arena);
	if (set->timeout)
		match_filled(alternative, load->field, set->host, arena);
	else
		match_resolved(alternative, load->field, set->host, NULL, arena);
	alternative->terms[1].label = set->name;
}

static void lookup(struct reader *reader, const struct live_op *op)
{
	const struct live_set *set =
		op->set ? op->set : nft_live_find_set(reader->table, op->name);
	struct ranges values;

	if (!set || set->strange) {
		add_unknown(reader, set ? set->strange : "a set that is not there");
		return;
	}
	if (!takes_values(&reader->load, set->key_length)) {
		add_unknown(reader, "a look-up of something else");
		return;
	}
	values = normal_values(reader, set);
	if (set->host && reader->load.kind == LOAD_FIELD &&
	    (reader->load.field == FIELD_DESTINATION ||
	     reader->load.field == FIELD_SOURCE) &&
	    reader->load.bytes == family_bits(reader->load.family) / 8) {
		look_up_followed(reader, op, set, &values);
		return;
	}
	if (op->negated)
		values =
			ranges_complement(&values, nft_live_set_bits(set), reader->arena);
	add_values(reader, &values, op->set || op->negated ? NULL : set->name);
}

/* -- what a rule does --------------------------------------------------------------- */

static struct rule *finish(struct reader *reader, enum action action)
{
	static const char prefix[] = "postern:";
	const char *comment = reader->rule->comment;
	struct rule *rule = chain_add_rule(reader->chain, reader->arena);

	rule->match = reader->match;
	rule->action = action;
	rule->handle = reader->rule->handle;
	rule->name = comment;
	if (comment && strncmp(comment, prefix, strlen(prefix)) == 0)
		rule->id = comment + strlen(prefix);
	rule->logs = reader->logs;
	rule->marks = reader->marks;
	rule->mark = reader->mark;
	rule->blurs = reader->blurs;
	reader->over = true;
	return rule;
}

static void jump(struct reader *reader, const struct live_op *op)
{
	const struct live_chain *target = nft_live_find_chain(reader->table, op->name);

	if (!target) {
		add_unknown(reader, "a chain that is not there");
		finish(reader, ACTION_REFUSE);
		return;
	}
	finish(reader, op->key == (uint32_t)NFT_JUMP ? ACTION_JUMP : ACTION_GOTO)
		->target = reader->first_chain + (size_t)(target - reader->table->chains);
}

/* It may do anything: the rule is there three times, each time with an unknown. */
static void give_up(struct reader *reader, const char *what)
{
	static const struct {
		enum action action;
		const char *word;
	} ways[] = {{ACTION_ADMIT, "accepts"},
		    {ACTION_REFUSE, "refuses"},
		    {ACTION_RETURN, "returns"}};
	struct match before = reader->match;

	for (size_t i = 0; i < ARRAY_SIZE(ways); i++) {
		/* A copy: the terms so far are shared by none. */
		reader->match = (struct match){0};
		for (size_t k = 0; k < before.count; k++)
			*match_add(&reader->match, before.terms[k].kind, reader->arena) =
				before.terms[k];
		add_unknown(reader,
			    arena_printf(reader->arena, "%s %s", what, ways[i].word));
		finish(reader, ways[i].action)->alters = what;
	}
}

static void verdict(struct reader *reader, const struct live_op *op)
{
	switch ((int32_t)op->key) {
	case NF_ACCEPT:
		finish(reader, ACTION_ADMIT);
		break;
	case NF_DROP:
		finish(reader, ACTION_REFUSE);
		break;
	case NFT_JUMP:
	case NFT_GOTO:
		jump(reader, op);
		break;
	case NFT_RETURN:
		finish(reader, ACTION_RETURN);
		break;
	case NFT_CONTINUE:
		finish(reader, ACTION_CONTINUE);
		break;
	default:
		give_up(reader, "a verdict");
	}
}

static void set_meta(struct reader *reader, uint32_t key)
{
	if (key != NFT_META_MARK)
		return; /* traces, priorities and the like decide nothing here */
	reader->marks = reader->load.kind == LOAD_VALUE;
	reader->blurs = !reader->marks;
	reader->mark = reader->load.value;
}

static void read_op(struct reader *reader, const struct live_op *op)
{
	switch (op->kind) {
	case LIVE_META:
		load_meta(reader, op->key);
		break;
	case LIVE_CT:
		reader->load = (struct load){.kind = LOAD_UNKNOWN};
		if (op->key == NFT_CT_STATE) {
			load(reader, FIELD_STATE, 4);
			reader->load.host_order = true;
		}
		break;
	case LIVE_PAYLOAD:
		load_payload(reader, op);
		break;
	case LIVE_BITWISE:
		load_masked(reader, op);
		break;
	case LIVE_COMPARE:
		compare(reader, op);
		break;
	case LIVE_RANGE:
		range(reader, op);
		break;
	case LIVE_LOOKUP:
		lookup(reader, op);
		break;
	case LIVE_VALUE:
		reader->load = (struct load){.kind = LOAD_VALUE};
		memcpy(&reader->load.value, op->data, sizeof(reader->load.value));
		break;
	case LIVE_META_SET:
		set_meta(reader, op->key);
		break;
	case LIVE_COUNTER:
		break;
	case LIVE_LIMIT:
		add_unknown(reader, "a limit");
		break;
	case LIVE_LOG:
		reader->logs = true;
		break;
	case LIVE_REJECT:
		finish(reader, ACTION_REFUSE);
		break;
	case LIVE_VERDICT:
		verdict(reader, op);
		break;
	case LIVE_OPAQUE:
		give_up(reader, op->name);
		break;
	}
}

static void read_rule(struct reader *reader, const struct live_rule *rule)
{
	reader->rule = rule;
	reader->match = (struct match){0};
	reader->load = (struct load){0};
	reader->families = FAMILIES_ALL;
	reader->protocols = ranges_full(8, reader->arena);
	reader->logs = reader->marks = reader->blurs = reader->over = false;
	reader->mark = 0;
	for (size_t i = 0; i < rule->count && !reader->over; i++) {
		reader->index = i;
		read_op(reader, &rule->ops[i]);
	}
	if (!reader->over)
		finish(reader, ACTION_CONTINUE);
}

/* -- chains ------------------------------------------------------------------------- */

/* Interfaces that a packet has on a hook (nft.8, "ADDRESS FAMILIES"). */
static struct path *add_path(struct ruleset *rules, const char *hook, struct arena *arena)
{
	struct path *path = ruleset_find_path(rules, hook);
	bool in = strcmp(hook, "output") != 0;
	bool out = strcmp(hook, "input") != 0 && strcmp(hook, "prerouting") != 0;

	if (path)
		return path;
	path = ruleset_add_path(rules, hook, arena);
	path->compose = COMPOSE_ALL;
	match_symbol(&path->universe, FIELD_IN_INTERFACE, IFACE_NONE, in, arena);
	match_symbol(&path->universe, FIELD_OUT_INTERFACE, IFACE_NONE, out, arena);
	return path;
}

static void read_chain(struct reader *reader, struct ruleset *rules,
		       const struct live_chain *chain, size_t index)
{
	struct arena *arena = reader->arena;
	struct path *path;
	struct stage *stage;

	reader->chain = &rules->chains[index];
	for (size_t i = 0; i < chain->count; i++)
		read_rule(reader, &chain->rules[i]);
	if (!chain->hook)
		return;
	path = add_path(rules, chain->hook, arena);
	stage = arena_push(arena, path->stages, path->count, path->capacity);
	stage->label = rules->chains[index].name;
	stage->chain = index;
	stage->end = chain->drops ? ACTION_REFUSE : ACTION_UNDECIDED;
	stage->priority = chain->priority;
}

/* Stages in the order in which packets meet them; tables of ours have one each. */
static void sort_stages(struct path *path)
{
	for (size_t i = 1; i < path->count; i++)
		for (size_t k = i;
		     k && path->stages[k - 1].priority > path->stages[k].priority; k--) {
			struct stage stage = path->stages[k];

			path->stages[k] = path->stages[k - 1];
			path->stages[k - 1] = stage;
		}
}

void nft_live_rules(const struct live_image *image, struct arena *arena,
		    struct ruleset **ret_rules)
{
	struct reader reader = {.arena = arena};
	struct ruleset *rules = ruleset_new(arena);

	for (size_t i = 0; i < image->count; i++) {
		const struct live_table *table = &image->tables[i];

		/* A dormant table decides nothing: no path at all, so no proof holds. */
		if (table->flags & NFT_TABLE_F_DORMANT)
			continue;
		reader.table = table;
		reader.first_chain = rules->chain_count;
		for (size_t k = 0; k < table->chain_count; k++)
			ruleset_add_chain(rules,
					  arena_printf(arena, "inet %s %s", table->name,
						       table->chains[k].name),
					  arena);
		for (size_t k = 0; k < table->chain_count; k++)
			read_chain(&reader, rules, &table->chains[k],
				   reader.first_chain + k);
	}
	for (size_t i = 0; i < rules->path_count; i++)
		sort_stages(&rules->paths[i]);
	*ret_rules = rules;
}
