/* nft_live_plan.c - From rules as imported to what the kernel shall hold. */
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <stdlib.h>
#include <string.h>

#include "backends/nftables/nft_live.h"
#include "rules/base/arena.h"

/**
 * DOC: Planning
 *
 * The rules come from the importer, as it read a text of our own: what is loaded is what
 * was proved.  Each term becomes the expressions that nft 1.0.6 makes of it ("nft
 * --debug=netlink", tried 2026-11-27), so that a text that was loaded by nft is found to
 * be ours already.  What our texts never hold is refused.
 */

/* As nft_emit.c writes them; what the model keeps of a limit is that there is one. */
#define LOG_PREFIX "postern refused: "
#define LOG_LIMIT  "limit rate 10/second burst 20 packets"
#define LOG_RATE   10u
#define LOG_BURST  20u

/* As nft_emit.c writes them; the model keeps of these sets that a resolver fills them. */
#define RESOLVER_TIMEOUT UINT64_C(86400000) /* milliseconds */
#define RESOLVER_SIZE	 65535u

/* Numbers of nft's own for the types of elements (nftables 1.0.6, datatype.h); the kernel
 * hands them back and nft lists by them. */
enum key_type {
	KEY_IPV4_ADDR = 7,
	KEY_IPV6_ADDR = 8,
	KEY_INET_PROTO = 12,
	KEY_INET_SERVICE = 13,
	KEY_ICMP_TYPE = 14,
	KEY_ICMPV6_TYPE = 28,
};

/* Of the TCP header (RFC 9293, section 3.1) and of IP headers (RFC 791, RFC 8200). */
#define TCP_FLAGS_OFFSET 13
#define IPV4_SOURCE	 12
#define IPV4_DESTINATION 16
#define IPV6_SOURCE	 8
#define IPV6_DESTINATION 24

struct planner {
	struct arena *arena;
	struct diag *diag;
	struct live_table *table;
	const struct rule *from;
	struct live_rule *rule;
	bool guarded; /* the family was tested already */
};

static int cannot(struct planner *planner, const char *what)
{
	return diag_report(planner->diag, DIAG_APPLY_NOT_OURS, planner->from->at,
			   "%s is in none of postern's own rule sets", what);
}

static struct live_op *add_op(struct planner *planner, enum live_op_kind kind)
{
	struct live_rule *rule = planner->rule;
	struct live_op *op =
		arena_push(planner->arena, rule->ops, rule->count, rule->capacity);

	op->kind = kind;
	return op;
}

static void add_load(struct planner *planner, enum live_op_kind kind, uint32_t key)
{
	add_op(planner, kind)->key = key;
}

static void add_payload(struct planner *planner, uint32_t base, uint32_t offset,
			uint32_t length)
{
	struct live_op *op = add_op(planner, LIVE_PAYLOAD);

	op->key = base;
	op->offset = offset;
	op->length = length;
}

static void put_number(uint8_t *bytes, uint32_t length, u128 number)
{
	for (uint32_t i = length; i-- > 0; number >>= 8)
		bytes[i] = (uint8_t)number;
}

static void add_compare(struct planner *planner, uint32_t how, uint32_t length,
			u128 number)
{
	struct live_op *op = add_op(planner, LIVE_COMPARE);

	op->key = how;
	op->length = length;
	put_number(op->data, length, number);
}

/* What the kernel keeps as a number of the host's: marks and connection states. */
static void add_compare_host(struct planner *planner, uint32_t how, uint32_t number)
{
	struct live_op *op = add_op(planner, LIVE_COMPARE);

	op->key = how;
	op->length = sizeof(number);
	memcpy(op->data, &number, sizeof(number));
}

static void add_bitwise(struct planner *planner, const void *mask, uint32_t length)
{
	struct live_op *op = add_op(planner, LIVE_BITWISE);

	op->length = length;
	memcpy(op->data, mask, length);
}

/* nft writes a set of single values without intervals, and any other with a sentinel. */
static void add_anonymous(struct planner *planner, const struct ranges *ranges,
			  uint32_t key_type, uint32_t length)
{
	struct live_set *set = arena_make(planner->arena, struct live_set);

	set->name = "__set%d"; /* the kernel replaces %d */
	set->key_type = key_type;
	set->key_length = length;
	set->ranges = *ranges;
	set->at = planner->from->at;
	set->id = planner->from->id;
	for (size_t i = 0; i < ranges->count; i++)
		set->intervals |= ranges->at[i].first != ranges->at[i].last;
	set->sentinel = set->intervals && ranges->at[0].first;
	set->elements = nft_live_set_elements(set, set->sentinel);
	add_op(planner, LIVE_LOOKUP)->set = set;
}

/* What is in the register is one of @ranges. */
static void add_ranges(struct planner *planner, const struct ranges *ranges,
		       uint32_t key_type, uint32_t length)
{
	if (ranges->count > 1) {
		add_anonymous(planner, ranges, key_type, length);
	} else if (ranges->at[0].first == ranges->at[0].last) {
		add_compare(planner, NFT_CMP_EQ, length, ranges->at[0].first);
	} else {
		add_compare(planner, NFT_CMP_GTE, length, ranges->at[0].first);
		add_compare(planner, NFT_CMP_LTE, length, ranges->at[0].last);
	}
}

/* The one number that is missing from @ranges, or -1. */
static int all_but_one(const struct ranges *ranges, unsigned bits, struct arena *arena)
{
	struct ranges rest = ranges_complement(ranges, bits, arena);

	if (ranges->count < 2 || rest.count != 1 || rest.at[0].first != rest.at[0].last)
		return -1;
	return (int)rest.at[0].first;
}

static void add_family(struct planner *planner, enum family family)
{
	if (planner->guarded)
		return;
	planner->guarded = true;
	add_load(planner, LIVE_META, NFT_META_NFPROTO);
	add_compare(planner, NFT_CMP_EQ, 1,
		    family == FAMILY_IPV4 ? NFPROTO_IPV4 : NFPROTO_IPV6);
}

/* The set of a label, made when it is met for the first time. */
static struct live_set *named_set(struct planner *planner, const struct term *term,
				  enum family family)
{
	const struct ranges *ranges = &term->addrs.of[family];
	struct live_set *set = nft_live_find_set(planner->table, term->label);

	if (set)
		return set->key_length == family_bits(family) / 8 &&
				       ranges_equal(&set->ranges, ranges)
			       ? set
			       : NULL;
	set = arena_push(planner->arena, planner->table->sets, planner->table->set_count,
			 planner->table->set_capacity);
	set->name = term->label;
	set->key_type = family == FAMILY_IPV4 ? KEY_IPV4_ADDR : KEY_IPV6_ADDR;
	set->key_length = family_bits(family) / 8;
	set->intervals = true;
	set->ranges = *ranges;
	set->sentinel = nft_live_set_sentinel(set);
	set->elements = nft_live_set_elements(set, set->sentinel);
	set->at = planner->from->at;
	set->id = planner->from->id;
	return set;
}

/* Addresses of one name: watch takes some hundred at the most, a lock holds what somebody
 * looked up. */
#define FOLLOWED_MAX 65536u

/* Each address an element of its own: such a set has no intervals. */
static bool single_addresses(const struct ranges *ranges, struct arena *arena,
			     struct ranges *ret_singles)
{
	struct ranges singles = {0};

	for (size_t i = 0; i < ranges->count; i++)
		for (u128 at = ranges->at[i].first;; at++) {
			if (singles.count == FOLLOWED_MAX)
				return false;
			*arena_push(arena, singles.at, singles.count, singles.capacity) =
				(struct range){at, at};
			if (at == ranges->at[i].last)
				break;
		}
	*ret_singles = singles;
	return true;
}

/**
 * struct followed - A look-up in a set that follows a name
 * @leads:	the unknown: wherever the name leads
 * @listed:	what is listed besides
 */
struct followed {
	const struct term *leads;
	enum family family;
	struct ranges listed;
};

/* The set that follows a name, made when it is met for the first time. */
static struct live_set *followed_set(struct planner *planner,
				     const struct followed *followed)
{
	const struct term *leads = followed->leads;
	enum family family = followed->family;
	struct live_set *set = nft_live_find_set(planner->table, leads->label);
	struct ranges singles = {0};

	if (!single_addresses(&followed->listed, planner->arena, &singles))
		return NULL;
	if (set)
		return set->key_length == family_bits(family) / 8 && set->host &&
				       strcmp(set->host, leads->host) == 0 &&
				       ranges_equal(&set->ranges, &singles)
			       ? set
			       : NULL;
	set = arena_push(planner->arena, planner->table->sets, planner->table->set_count,
			 planner->table->set_capacity);
	set->name = leads->label;
	set->key_type = family == FAMILY_IPV4 ? KEY_IPV4_ADDR : KEY_IPV6_ADDR;
	set->key_length = family_bits(family) / 8;
	set->ranges = singles;
	set->elements = singles.count;
	set->host = leads->host;
	/* "d_x", by its name: of another type than "w_x", and another set */
	if (leads->label[0] == 'd') {
		set->timeout = RESOLVER_TIMEOUT;
		set->size = RESOLVER_SIZE;
	}
	set->at = planner->from->at;
	set->id = planner->from->id;
	return set;
}

/* "ip daddr @w_contoso.azurecr.io_4" as the importer reads it: what is listed there, if
 * anything is, or wherever the name leads in that family. */
static bool read_followed(const struct term *term, struct followed *ret_followed)
{
	size_t count = term->choices.count;
	const struct match *last = count ? &term->choices.at[count - 1] : NULL;
	const struct match *first = count == 2 ? &term->choices.at[0] : NULL;
	const struct term *family, *leads;

	if (term->negated || count > 2 || !last || last->count != 2)
		return false;
	family = &last->terms[0];
	leads = &last->terms[1];
	if (family->kind != TERM_NUMBERS || family->field != FIELD_FAMILY ||
	    leads->kind != TERM_UNKNOWN || leads->field != FIELD_DESTINATION ||
	    leads->negated || !leads->host || !leads->label)
		return false;
	if (first && (first->count != 1 || first->terms[0].kind != TERM_ADDRS))
		return false;
	*ret_followed = (struct followed){
		.leads = leads,
		.family = ranges_contain(&family->numbers, FAMILY_IPV6) ? FAMILY_IPV6
									: FAMILY_IPV4,
	};
	if (first)
		ret_followed->listed = first->terms[0].addrs.of[ret_followed->family];
	return true;
}

static int add_followed(struct planner *planner, const struct term *term)
{
	struct followed followed;
	struct live_set *set;

	if (!read_followed(term, &followed))
		return cannot(planner, "such a choice of conditions");
	add_family(planner, followed.family);
	add_payload(planner, NFT_PAYLOAD_NETWORK_HEADER,
		    followed.family == FAMILY_IPV6 ? IPV6_DESTINATION : IPV4_DESTINATION,
		    family_bits(followed.family) / 8);
	set = followed_set(planner, &followed);
	if (!set)
		return cannot(planner, "a set of two contents, or of so many addresses");
	add_op(planner, LIVE_LOOKUP)->name = set->name;
	return 0;
}

/* A prefix that ends with a byte is compared by its bytes, any other under a mask. */
static void add_prefix(struct planner *planner, const struct prefix *prefix,
		       uint32_t offset)
{
	uint32_t length = family_bits(prefix->family) / 8, bytes = prefix->length / 8;
	uint8_t mask[LIVE_DATA_MAX];
	u128 bits = u128_mask(8 * length);

	if (prefix->length && prefix->length % 8 == 0) {
		add_payload(planner, NFT_PAYLOAD_NETWORK_HEADER, offset, bytes);
		add_compare(planner, NFT_CMP_EQ, bytes,
			    prefix->base >> (8 * (length - bytes)));
		return;
	}
	add_payload(planner, NFT_PAYLOAD_NETWORK_HEADER, offset, length);
	put_number(mask, length, bits & ~u128_mask(8 * length - prefix->length));
	add_bitwise(planner, mask, length);
	add_compare(planner, NFT_CMP_EQ, length, prefix->base);
}

static int add_addresses(struct planner *planner, const struct term *term)
{
	bool six = !term->addrs.of[FAMILY_IPV4].count;
	enum family family = six ? FAMILY_IPV6 : FAMILY_IPV4;
	const struct ranges *ranges = &term->addrs.of[family];
	uint32_t length = family_bits(family) / 8, offset;
	struct live_set *set;
	struct prefix prefix;

	if (term->negated || !ranges->count ||
	    (!six && term->addrs.of[FAMILY_IPV6].count))
		return cannot(planner, "a test of addresses like this");
	if (term->field == FIELD_SOURCE)
		offset = six ? IPV6_SOURCE : IPV4_SOURCE;
	else
		offset = six ? IPV6_DESTINATION : IPV4_DESTINATION;
	add_family(planner, family);
	prefix = range_first_prefix(family, &ranges->at[0]);
	if (!term->label && ranges->count == 1 &&
	    prefix_range(&prefix).last == ranges->at[0].last) {
		add_prefix(planner, &prefix, offset);
		return 0;
	}
	add_payload(planner, NFT_PAYLOAD_NETWORK_HEADER, offset, length);
	if (!term->label) {
		add_ranges(planner, ranges, six ? KEY_IPV6_ADDR : KEY_IPV4_ADDR, length);
		return 0;
	}
	set = named_set(planner, term, family);
	if (!set)
		return cannot(planner, "a set of two contents");
	add_op(planner, LIVE_LOOKUP)->name = set->name;
	return 0;
}

static void add_protocol(struct planner *planner, const struct ranges *numbers)
{
	int other = all_but_one(numbers, 8, planner->arena);

	add_load(planner, LIVE_META, NFT_META_L4PROTO);
	if (other >= 0)
		add_compare(planner, NFT_CMP_NEQ, 1, (u128)other);
	else
		add_ranges(planner, numbers, KEY_INET_PROTO, 1);
}

/* SYN without ACK: the one test of flags that we write. */
static int add_tcp_flags(struct planner *planner, const struct ranges *numbers)
{
	static const uint8_t mask = TCP_SYN | TCP_ACK;
	struct ranges openers;

	if (!ranges_masked(mask, TCP_SYN, 8, 64, planner->arena, &openers) ||
	    !ranges_equal(&openers, numbers))
		return cannot(planner, "such a test of TCP flags");
	add_payload(planner, NFT_PAYLOAD_TRANSPORT_HEADER, TCP_FLAGS_OFFSET, 1);
	add_bitwise(planner, &mask, 1);
	add_compare(planner, NFT_CMP_EQ, 1, TCP_SYN);
	return 0;
}

/* ICMP types, whatever the code. */
static int add_icmp(struct planner *planner, const struct ranges *numbers)
{
	struct ranges types = {0};

	for (size_t i = 0; i < numbers->count; i++) {
		if ((numbers->at[i].first & 0xff) || (~numbers->at[i].last & 0xff))
			return cannot(planner, "a single ICMP code");
		ranges_add(&types,
			   (struct range){numbers->at[i].first >> 8,
					  numbers->at[i].last >> 8},
			   planner->arena);
	}
	add_payload(planner, NFT_PAYLOAD_TRANSPORT_HEADER, 0, 1);
	add_ranges(planner, &types, KEY_ICMPV6_TYPE, 1);
	return 0;
}

static void add_states(struct planner *planner, const struct ranges *states)
{
	/* NF_CT_STATE_BIT() of the kernel, by enum ct_state */
	static const uint32_t bits[CT_STATE_COUNT] = {
		[CT_INVALID] = 1, [CT_ESTABLISHED] = 2, [CT_RELATED] = 4,
		[CT_NEW] = 8,	  [CT_UNTRACKED] = 64,
	};
	uint32_t mask = 0;

	for (unsigned state = 0; state < CT_STATE_COUNT; state++)
		if (ranges_contain(states, state))
			mask |= bits[state];
	add_load(planner, LIVE_CT, NFT_CT_STATE);
	add_bitwise(planner, &mask, sizeof(mask));
	add_compare_host(planner, NFT_CMP_NEQ, 0);
}

static int add_interface(struct planner *planner, const struct term *term)
{
	const char *name = term->symbols.count == 1 ? term->symbols.at[0] : "";
	size_t length = strlen(name);
	struct live_op *op;

	if (!length || length >= LIVE_DATA_MAX || name[length - 1] == '*')
		return cannot(planner, "such a choice of interfaces");
	add_load(planner, LIVE_META,
		 term->field == FIELD_IN_INTERFACE ? NFT_META_IIFNAME : NFT_META_OIFNAME);
	op = add_op(planner, LIVE_COMPARE);
	op->key = term->negated ? NFT_CMP_NEQ : NFT_CMP_EQ;
	op->length = LIVE_DATA_MAX;
	memcpy(op->data, name, length);
	return 0;
}

static int add_numbers(struct planner *planner, const struct term *term)
{
	const struct ranges *numbers = &term->numbers;

	if (term->negated || !numbers->count)
		return cannot(planner, "a negated number");
	switch (term->field) {
	case FIELD_FAMILY:
		if (numbers->count != 1 || numbers->at[0].first != numbers->at[0].last)
			return cannot(planner, "a test of both families");
		add_family(planner, (enum family)numbers->at[0].first);
		return 0;
	case FIELD_PROTOCOL:
		add_protocol(planner, numbers);
		return 0;
	case FIELD_SOURCE_PORT:
	case FIELD_DESTINATION_PORT:
		add_payload(planner, NFT_PAYLOAD_TRANSPORT_HEADER,
			    term->field == FIELD_SOURCE_PORT ? 0 : 2, 2);
		add_ranges(planner, numbers, KEY_INET_SERVICE, 2);
		return 0;
	case FIELD_ICMP:
		return add_icmp(planner, numbers);
	case FIELD_TCP_FLAGS:
		return add_tcp_flags(planner, numbers);
	case FIELD_STATE:
		add_states(planner, numbers);
		return 0;
	case FIELD_MARK:
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
	return cannot(planner, "such a condition");
}

static int add_term(struct planner *planner, const struct term *term)
{
	switch (term->kind) {
	case TERM_ADDRS:
		return add_addresses(planner, term);
	case TERM_NUMBERS:
		return add_numbers(planner, term);
	case TERM_SYMBOLS:
		return add_interface(planner, term);
	case TERM_UNKNOWN:
		/* The importer's name ends with the place of the limit. */
		if (planner->from->logs &&
		    strncmp(term->unknown, LOG_LIMIT, strlen(LOG_LIMIT)) == 0)
			return 0;
		break;
	case TERM_CHOICE:
		return add_followed(planner, term);
	case TERM_NAMES:
		break;
	}
	return cannot(planner, "such a condition");
}

static void add_log(struct planner *planner)
{
	struct live_op *op = add_op(planner, LIVE_LIMIT);

	op->rate = LOG_RATE;
	op->unit = 1;
	op->burst = LOG_BURST;
	add_op(planner, LIVE_LOG)->name = LOG_PREFIX;
}

static void add_mark(struct planner *planner, uint32_t mark)
{
	struct live_op *op = add_op(planner, LIVE_VALUE);

	op->length = sizeof(mark);
	memcpy(op->data, &mark, sizeof(mark));
	add_load(planner, LIVE_META_SET, NFT_META_MARK);
}

static bool is_tcp_only(const struct rule *rule)
{
	for (size_t i = 0; i < rule->match.count; i++) {
		const struct term *term = &rule->match.terms[i];

		if (term->kind == TERM_NUMBERS && term->field == FIELD_PROTOCOL)
			return term->numbers.count == 1 &&
			       term->numbers.at[0].first == PROTOCOL_TCP &&
			       term->numbers.at[0].last == PROTOCOL_TCP;
	}
	return false;
}

static int add_action(struct planner *planner)
{
	const struct rule *rule = planner->from;
	struct live_op *op;

	if (rule->logs)
		add_log(planner);
	if (rule->marks)
		add_mark(planner, rule->mark);
	if (!rule->logs)
		add_op(planner, LIVE_COUNTER);
	switch (rule->action) {
	case ACTION_CONTINUE:
		return 0;
	case ACTION_ADMIT:
		add_op(planner, LIVE_VERDICT)->key = NF_ACCEPT;
		return 0;
	case ACTION_REFUSE:
		op = add_op(planner, LIVE_REJECT);
		op->key =
			is_tcp_only(rule) ? NFT_REJECT_TCP_RST : NFT_REJECT_ICMPX_UNREACH;
		op->offset = is_tcp_only(rule) ? 0 : NFT_REJECT_ICMPX_ADMIN_PROHIBITED;
		return 0;
	case ACTION_UNDECIDED:
	case ACTION_JUMP:
	case ACTION_GOTO:
	case ACTION_RETURN:
		break;
	}
	return cannot(planner, "such an action");
}

static int plan_rule(struct planner *planner, const struct rule *from,
		     struct live_chain *chain)
{
	planner->from = from;
	planner->guarded = false;
	planner->rule =
		arena_push(planner->arena, chain->rules, chain->count, chain->capacity);
	planner->rule->comment = from->name;
	planner->rule->id = from->id;
	planner->rule->at = from->at;
	for (size_t i = 0; i < from->match.count; i++)
		if (add_term(planner, &from->match.terms[i]) < 0)
			return -1;
	return add_action(planner);
}

static struct live_table *add_table(struct live_image *image, const char *name,
				    struct arena *arena)
{
	struct live_table *table = nft_live_find_table(image, name);

	if (table)
		return table;
	table = arena_push(arena, image->tables, image->count, image->capacity);
	table->name = name;
	return table;
}

/* A stage's label is "inet TABLE CHAIN". */
static int plan_stage(struct planner *planner, struct live_image *image,
		      const struct ruleset *rules, const struct path *path,
		      const struct stage *stage)
{
	static const char family[] = "inet ";
	const struct chain *from = &rules->chains[stage->chain];
	const char *name = stage->label + strlen(family), *blank = strchr(name, ' ');
	const char *table = arena_strndup(planner->arena, name, (size_t)(blank - name));
	struct live_chain *chain;

	if (strncmp(stage->label, family, strlen(family)) != 0 ||
	    !nft_live_is_ours(table) || stage->end != ACTION_UNDECIDED)
		return diag_report(planner->diag, DIAG_APPLY_NOT_OURS, from->at,
				   "chain '%s' is in none of postern's own rule sets",
				   stage->label);
	planner->table = add_table(image, table, planner->arena);
	chain = arena_push(planner->arena, planner->table->chains,
			   planner->table->chain_count, planner->table->chain_capacity);
	chain->name = blank + 1;
	chain->hook = path->name;
	chain->hook_number =
		strcmp(path->name, "output") == 0 ? NF_INET_LOCAL_OUT : NF_INET_FORWARD;
	chain->type = "filter";
	chain->priority = stage->priority;
	for (size_t i = 0; i < from->count; i++)
		if (plan_rule(planner, &from->rules[i], chain) < 0)
			return -1;
	return 0;
}

int nft_live_plan(const struct ruleset *rules, struct arena *arena,
		  struct live_image *image, struct diag *diag)
{
	struct planner planner = {.arena = arena, .diag = diag};

	for (size_t i = 0; i < rules->path_count; i++) {
		const struct path *path = &rules->paths[i];

		for (size_t j = 0; j < path->count; j++)
			if (plan_stage(&planner, image, rules, path, &path->stages[j]) <
			    0)
				return -1;
	}
	return 0;
}
