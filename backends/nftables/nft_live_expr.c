/* nft_live_expr.c - Expressions of the kernel, by libnftnl. */
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <string.h>

#include <libmnl/libmnl.h>
#include <libnftnl/common.h>
#include <libnftnl/expr.h>
#include <libnftnl/rule.h>

#include "backends/nftables/nft_live_kernel.h"
#include "rules/base/arena.h"

/**
 * DOC: Nothing invisible
 *
 * libnftnl 1.2.4 fails on a whole rule when it does not know one of its expressions, and
 * nft 1.0.6 then leaves the rule out of its listing without a word.  So each expression
 * is given to libnftnl alone, and counted here first: its name and the numbers of all its
 * attributes must be in the table below.  Anything else is opaque, by its name.
 */

#define BIT(attribute) (UINT32_C(1) << (attribute))

/* "log" without a level logs at this one (LOG_WARNING; nft_log.c, Linux 6.18). */
#define LOG_LEVEL 4

static bool read_meta(const struct nftnl_expr *expr, struct live_op *op)
{
	bool sets = nftnl_expr_is_set(expr, NFTNL_EXPR_META_SREG);

	op->kind = sets ? LIVE_META_SET : LIVE_META;
	op->key = nftnl_expr_get_u32(expr, NFTNL_EXPR_META_KEY);
	return nftnl_expr_get_u32(expr, sets ? NFTNL_EXPR_META_SREG
					     : NFTNL_EXPR_META_DREG) == LIVE_REGISTER;
}

static bool read_ct(const struct nftnl_expr *expr, struct live_op *op)
{
	op->kind = LIVE_CT;
	op->key = nftnl_expr_get_u32(expr, NFTNL_EXPR_CT_KEY);
	return nftnl_expr_is_set(expr, NFTNL_EXPR_CT_DREG) &&
	       nftnl_expr_get_u32(expr, NFTNL_EXPR_CT_DREG) == LIVE_REGISTER;
}

static bool read_payload(const struct nftnl_expr *expr, struct live_op *op)
{
	op->kind = LIVE_PAYLOAD;
	op->key = nftnl_expr_get_u32(expr, NFTNL_EXPR_PAYLOAD_BASE);
	op->offset = nftnl_expr_get_u32(expr, NFTNL_EXPR_PAYLOAD_OFFSET);
	op->length = nftnl_expr_get_u32(expr, NFTNL_EXPR_PAYLOAD_LEN);
	return nftnl_expr_is_set(expr, NFTNL_EXPR_PAYLOAD_DREG) &&
	       nftnl_expr_get_u32(expr, NFTNL_EXPR_PAYLOAD_DREG) == LIVE_REGISTER;
}

/* Copies a value of the register; false: it is longer than any of ours. */
static bool read_data(const struct nftnl_expr *expr, uint16_t attribute, uint8_t *data,
		      uint32_t *length)
{
	const void *bytes = nftnl_expr_get(expr, attribute, length);

	if (!bytes || *length > LIVE_DATA_MAX)
		return false;
	memcpy(data, bytes, *length);
	return true;
}

static bool read_bitwise(const struct nftnl_expr *expr, struct live_op *op)
{
	uint32_t more;

	op->kind = LIVE_BITWISE;
	return nftnl_expr_get_u32(expr, NFTNL_EXPR_BITWISE_SREG) == LIVE_REGISTER &&
	       nftnl_expr_get_u32(expr, NFTNL_EXPR_BITWISE_DREG) == LIVE_REGISTER &&
	       nftnl_expr_get_u32(expr, NFTNL_EXPR_BITWISE_OP) == NFT_BITWISE_BOOL &&
	       read_data(expr, NFTNL_EXPR_BITWISE_MASK, op->data, &op->length) &&
	       read_data(expr, NFTNL_EXPR_BITWISE_XOR, op->more, &more);
}

static bool read_cmp(const struct nftnl_expr *expr, struct live_op *op)
{
	op->kind = LIVE_COMPARE;
	op->key = nftnl_expr_get_u32(expr, NFTNL_EXPR_CMP_OP);
	return nftnl_expr_get_u32(expr, NFTNL_EXPR_CMP_SREG) == LIVE_REGISTER &&
	       read_data(expr, NFTNL_EXPR_CMP_DATA, op->data, &op->length);
}

static bool read_range(const struct nftnl_expr *expr, struct live_op *op)
{
	uint32_t more;

	op->kind = LIVE_RANGE;
	op->negated = nftnl_expr_get_u32(expr, NFTNL_EXPR_RANGE_OP) == NFT_RANGE_NEQ;
	return nftnl_expr_get_u32(expr, NFTNL_EXPR_RANGE_SREG) == LIVE_REGISTER &&
	       read_data(expr, NFTNL_EXPR_RANGE_FROM_DATA, op->data, &op->length) &&
	       read_data(expr, NFTNL_EXPR_RANGE_TO_DATA, op->more, &more) &&
	       more == op->length;
}

static bool read_lookup(const struct nftnl_expr *expr, struct live_op *op)
{
	op->kind = LIVE_LOOKUP;
	op->name = nftnl_expr_get_str(expr, NFTNL_EXPR_LOOKUP_SET);
	op->negated =
		nftnl_expr_is_set(expr, NFTNL_EXPR_LOOKUP_FLAGS) &&
		nftnl_expr_get_u32(expr, NFTNL_EXPR_LOOKUP_FLAGS) == NFT_LOOKUP_F_INV;
	return op->name && !nftnl_expr_is_set(expr, NFTNL_EXPR_LOOKUP_DREG) &&
	       nftnl_expr_get_u32(expr, NFTNL_EXPR_LOOKUP_SREG) == LIVE_REGISTER;
}

static bool read_immediate(const struct nftnl_expr *expr, struct live_op *op)
{
	if (nftnl_expr_get_u32(expr, NFTNL_EXPR_IMM_DREG) == NFT_REG_VERDICT) {
		op->kind = LIVE_VERDICT;
		op->key = nftnl_expr_get_u32(expr, NFTNL_EXPR_IMM_VERDICT);
		op->name = nftnl_expr_get_str(expr, NFTNL_EXPR_IMM_CHAIN);
		return true;
	}
	op->kind = LIVE_VALUE;
	return nftnl_expr_get_u32(expr, NFTNL_EXPR_IMM_DREG) == LIVE_REGISTER &&
	       read_data(expr, NFTNL_EXPR_IMM_DATA, op->data, &op->length);
}

static bool read_counter(const struct nftnl_expr *expr, struct live_op *op)
{
	op->kind = LIVE_COUNTER;
	op->packets = nftnl_expr_get_u64(expr, NFTNL_EXPR_CTR_PACKETS);
	op->bytes = nftnl_expr_get_u64(expr, NFTNL_EXPR_CTR_BYTES);
	return true;
}

static bool read_limit(const struct nftnl_expr *expr, struct live_op *op)
{
	op->kind = LIVE_LIMIT;
	op->rate = nftnl_expr_get_u64(expr, NFTNL_EXPR_LIMIT_RATE);
	op->unit = nftnl_expr_get_u64(expr, NFTNL_EXPR_LIMIT_UNIT);
	op->burst = nftnl_expr_get_u32(expr, NFTNL_EXPR_LIMIT_BURST);
	op->key = nftnl_expr_get_u32(expr, NFTNL_EXPR_LIMIT_TYPE);
	op->negated = nftnl_expr_get_u32(expr, NFTNL_EXPR_LIMIT_FLAGS) != 0;
	return true;
}

static bool read_log(const struct nftnl_expr *expr, struct live_op *op)
{
	op->kind = LIVE_LOG;
	op->name = nftnl_expr_get_str(expr, NFTNL_EXPR_LOG_PREFIX);
	return !nftnl_expr_is_set(expr, NFTNL_EXPR_LOG_LEVEL) ||
	       nftnl_expr_get_u32(expr, NFTNL_EXPR_LOG_LEVEL) == LOG_LEVEL;
}

static bool read_reject(const struct nftnl_expr *expr, struct live_op *op)
{
	op->kind = LIVE_REJECT;
	op->key = nftnl_expr_get_u32(expr, NFTNL_EXPR_REJECT_TYPE);
	op->offset = nftnl_expr_get_u8(expr, NFTNL_EXPR_REJECT_CODE);
	return true;
}

/**
 * struct known - An expression that we can read
 * @attributes:	the numbers of its attributes (uapi/linux/netfilter/nf_tables.h)
 */
static const struct known {
	const char *name;
	uint32_t attributes;
	bool (*read)(const struct nftnl_expr *expr, struct live_op *op);
} knowns[] = {
	{"meta", BIT(NFTA_META_DREG) | BIT(NFTA_META_KEY) | BIT(NFTA_META_SREG),
	 read_meta},
	{"ct", BIT(NFTA_CT_DREG) | BIT(NFTA_CT_KEY), read_ct},
	{"payload",
	 BIT(NFTA_PAYLOAD_DREG) | BIT(NFTA_PAYLOAD_BASE) | BIT(NFTA_PAYLOAD_OFFSET) |
		 BIT(NFTA_PAYLOAD_LEN),
	 read_payload},
	{"bitwise",
	 BIT(NFTA_BITWISE_SREG) | BIT(NFTA_BITWISE_DREG) | BIT(NFTA_BITWISE_LEN) |
		 BIT(NFTA_BITWISE_MASK) | BIT(NFTA_BITWISE_XOR) | BIT(NFTA_BITWISE_OP),
	 read_bitwise},
	{"cmp", BIT(NFTA_CMP_SREG) | BIT(NFTA_CMP_OP) | BIT(NFTA_CMP_DATA), read_cmp},
	{"range",
	 BIT(NFTA_RANGE_SREG) | BIT(NFTA_RANGE_OP) | BIT(NFTA_RANGE_FROM_DATA) |
		 BIT(NFTA_RANGE_TO_DATA),
	 read_range},
	{"lookup", BIT(NFTA_LOOKUP_SET) | BIT(NFTA_LOOKUP_SREG) | BIT(NFTA_LOOKUP_FLAGS),
	 read_lookup},
	{"immediate", BIT(NFTA_IMMEDIATE_DREG) | BIT(NFTA_IMMEDIATE_DATA),
	 read_immediate},
	{"counter",
	 BIT(NFTA_COUNTER_BYTES) | BIT(NFTA_COUNTER_PACKETS) | BIT(NFTA_COUNTER_PAD),
	 read_counter},
	{"limit",
	 BIT(NFTA_LIMIT_RATE) | BIT(NFTA_LIMIT_UNIT) | BIT(NFTA_LIMIT_BURST) |
		 BIT(NFTA_LIMIT_TYPE) | BIT(NFTA_LIMIT_FLAGS) | BIT(NFTA_LIMIT_PAD),
	 read_limit},
	{"log", BIT(NFTA_LOG_PREFIX) | BIT(NFTA_LOG_LEVEL), read_log},
	{"reject", BIT(NFTA_REJECT_TYPE) | BIT(NFTA_REJECT_ICMP_CODE), read_reject},
};

/* Name and attributes as they lie in the message, before libnftnl sees them. */
static const struct known *find_known(const struct nlattr *element, const char **ret_name)
{
	struct nlattr *attribute, *part, *data = NULL;
	const struct known *known = NULL;
	bool more = false;

	*ret_name = "";
	mnl_attr_for_each_nested(attribute, element)
	{
		if (mnl_attr_get_type(attribute) == NFTA_EXPR_NAME &&
		    mnl_attr_validate(attribute, MNL_TYPE_NUL_STRING) == 0)
			*ret_name = mnl_attr_get_str(attribute);
		else if (mnl_attr_get_type(attribute) == NFTA_EXPR_DATA)
			data = attribute;
		else
			more = true;
	}
	for (size_t i = 0; i < ARRAY_SIZE(knowns); i++)
		if (strcmp(knowns[i].name, *ret_name) == 0)
			known = &knowns[i];
	if (!known || !data || more)
		return NULL;
	mnl_attr_for_each_nested(part, data)
	{
		uint16_t type = mnl_attr_get_type(part);

		if (type >= 32 || !(known->attributes & BIT(type)))
			return NULL;
	}
	return known;
}

/** struct only_one - The one expression of a rule that was made for it */
struct only_one {
	const struct known *known;
	struct live_op *op;
	bool read;
};

static int read_one(struct nftnl_expr *expr, void *context)
{
	struct only_one *one = context;

	one->read = one->known->read(expr, one->op);
	return 0;
}

/* libnftnl reads rules only, so each expression becomes a rule of its own. */
static bool read_alone(const struct nlattr *element, const struct known *known,
		       struct arena *arena, struct live_op *op)
{
	struct nftnl_rule *rule = nftnl_rule_alloc();
	size_t length = mnl_attr_get_len(element);
	char *bytes = arena_alloc(arena, length + 128); /* headers, and to spare */
	struct nlmsghdr *message =
		nftnl_nlmsg_build_hdr(bytes, NFT_MSG_NEWRULE, NFPROTO_INET, 0, 0);
	struct nlattr *list = mnl_attr_nest_start(message, NFTA_RULE_EXPRESSIONS);
	struct only_one one = {known, op, false};

	memcpy(mnl_nlmsg_get_payload_tail(message), element, length);
	message->nlmsg_len += (uint32_t)MNL_ALIGN(length);
	mnl_attr_nest_end(message, list);
	if (rule && nftnl_rule_nlmsg_parse(message, rule) == 0)
		nftnl_expr_foreach(rule, read_one, &one);
	/* The texts are libnftnl's until the rule is freed. */
	if (one.read && op->name)
		op->name = arena_strdup(arena, op->name);
	if (rule)
		nftnl_rule_free(rule);
	return one.read;
}

void live_read_op(const struct nlattr *element, struct arena *arena,
		  struct live_op *ret_op)
{
	const char *name;
	const struct known *known = find_known(element, &name);
	struct live_op op = {0};

	if (!known || !read_alone(element, known, arena, &op))
		op = (struct live_op){
			.kind = LIVE_OPAQUE,
			.name = arena_printf(arena, "expression '%.64s'", name),
		};
	*ret_op = op;
}

/* -- writing ------------------------------------------------------------------------ */

static struct nftnl_expr *new_expr(const char *name)
{
	struct nftnl_expr *expr = nftnl_expr_alloc(name);

	if (!expr)
		BUG("libnftnl has no expression '%s', or memory ran out", name);
	return expr;
}

static struct nftnl_expr *make_load(const struct live_op *op)
{
	struct nftnl_expr *expr;

	if (op->kind == LIVE_META) {
		expr = new_expr("meta");
		nftnl_expr_set_u32(expr, NFTNL_EXPR_META_KEY, op->key);
		nftnl_expr_set_u32(expr, NFTNL_EXPR_META_DREG, LIVE_REGISTER);
	} else if (op->kind == LIVE_CT) {
		expr = new_expr("ct");
		nftnl_expr_set_u32(expr, NFTNL_EXPR_CT_KEY, op->key);
		nftnl_expr_set_u32(expr, NFTNL_EXPR_CT_DREG, LIVE_REGISTER);
	} else if (op->kind == LIVE_PAYLOAD) {
		expr = new_expr("payload");
		nftnl_expr_set_u32(expr, NFTNL_EXPR_PAYLOAD_BASE, op->key);
		nftnl_expr_set_u32(expr, NFTNL_EXPR_PAYLOAD_OFFSET, op->offset);
		nftnl_expr_set_u32(expr, NFTNL_EXPR_PAYLOAD_LEN, op->length);
		nftnl_expr_set_u32(expr, NFTNL_EXPR_PAYLOAD_DREG, LIVE_REGISTER);
	} else {
		expr = new_expr("immediate");
		nftnl_expr_set_u32(expr, NFTNL_EXPR_IMM_DREG, LIVE_REGISTER);
		nftnl_expr_set(expr, NFTNL_EXPR_IMM_DATA, op->data, op->length);
	}
	return expr;
}

static struct nftnl_expr *make_test(const struct live_op *op, uint32_t set_id)
{
	struct nftnl_expr *expr;

	if (op->kind == LIVE_BITWISE) {
		expr = new_expr("bitwise");
		nftnl_expr_set_u32(expr, NFTNL_EXPR_BITWISE_SREG, LIVE_REGISTER);
		nftnl_expr_set_u32(expr, NFTNL_EXPR_BITWISE_DREG, LIVE_REGISTER);
		nftnl_expr_set_u32(expr, NFTNL_EXPR_BITWISE_OP, NFT_BITWISE_BOOL);
		nftnl_expr_set_u32(expr, NFTNL_EXPR_BITWISE_LEN, op->length);
		nftnl_expr_set(expr, NFTNL_EXPR_BITWISE_MASK, op->data, op->length);
		nftnl_expr_set(expr, NFTNL_EXPR_BITWISE_XOR, op->more, op->length);
	} else if (op->kind == LIVE_COMPARE) {
		expr = new_expr("cmp");
		nftnl_expr_set_u32(expr, NFTNL_EXPR_CMP_SREG, LIVE_REGISTER);
		nftnl_expr_set_u32(expr, NFTNL_EXPR_CMP_OP, op->key);
		nftnl_expr_set(expr, NFTNL_EXPR_CMP_DATA, op->data, op->length);
	} else if (op->kind == LIVE_RANGE) {
		expr = new_expr("range");
		nftnl_expr_set_u32(expr, NFTNL_EXPR_RANGE_SREG, LIVE_REGISTER);
		nftnl_expr_set_u32(expr, NFTNL_EXPR_RANGE_OP,
				   op->negated ? NFT_RANGE_NEQ : NFT_RANGE_EQ);
		nftnl_expr_set(expr, NFTNL_EXPR_RANGE_FROM_DATA, op->data, op->length);
		nftnl_expr_set(expr, NFTNL_EXPR_RANGE_TO_DATA, op->more, op->length);
	} else {
		expr = new_expr("lookup");
		nftnl_expr_set_u32(expr, NFTNL_EXPR_LOOKUP_SREG, LIVE_REGISTER);
		nftnl_expr_set_str(expr, NFTNL_EXPR_LOOKUP_SET,
				   op->set ? op->set->name : op->name);
		if (set_id)
			nftnl_expr_set_u32(expr, NFTNL_EXPR_LOOKUP_SET_ID, set_id);
		if (op->negated)
			nftnl_expr_set_u32(expr, NFTNL_EXPR_LOOKUP_FLAGS,
					   NFT_LOOKUP_F_INV);
	}
	return expr;
}

static struct nftnl_expr *make_limit(const struct live_op *op)
{
	struct nftnl_expr *expr = new_expr("limit");

	nftnl_expr_set_u64(expr, NFTNL_EXPR_LIMIT_RATE, op->rate);
	nftnl_expr_set_u64(expr, NFTNL_EXPR_LIMIT_UNIT, op->unit);
	nftnl_expr_set_u32(expr, NFTNL_EXPR_LIMIT_BURST, op->burst);
	nftnl_expr_set_u32(expr, NFTNL_EXPR_LIMIT_TYPE, op->key);
	nftnl_expr_set_u32(expr, NFTNL_EXPR_LIMIT_FLAGS,
			   op->negated ? NFT_LIMIT_F_INV : 0);
	return expr;
}

static struct nftnl_expr *make_statement(const struct live_op *op)
{
	struct nftnl_expr *expr;

	switch (op->kind) {
	case LIVE_META_SET:
		expr = new_expr("meta");
		nftnl_expr_set_u32(expr, NFTNL_EXPR_META_KEY, op->key);
		nftnl_expr_set_u32(expr, NFTNL_EXPR_META_SREG, LIVE_REGISTER);
		return expr;
	case LIVE_COUNTER:
		expr = new_expr("counter");
		nftnl_expr_set_u64(expr, NFTNL_EXPR_CTR_PACKETS, op->packets);
		nftnl_expr_set_u64(expr, NFTNL_EXPR_CTR_BYTES, op->bytes);
		return expr;
	case LIVE_LIMIT:
		return make_limit(op);
	case LIVE_LOG:
		expr = new_expr("log");
		if (op->name)
			nftnl_expr_set_str(expr, NFTNL_EXPR_LOG_PREFIX, op->name);
		return expr;
	case LIVE_REJECT:
		expr = new_expr("reject");
		nftnl_expr_set_u32(expr, NFTNL_EXPR_REJECT_TYPE, op->key);
		nftnl_expr_set_u8(expr, NFTNL_EXPR_REJECT_CODE, (uint8_t)op->offset);
		return expr;
	case LIVE_VERDICT:
		expr = new_expr("immediate");
		nftnl_expr_set_u32(expr, NFTNL_EXPR_IMM_DREG, NFT_REG_VERDICT);
		nftnl_expr_set_u32(expr, NFTNL_EXPR_IMM_VERDICT, op->key);
		if (op->name)
			nftnl_expr_set_str(expr, NFTNL_EXPR_IMM_CHAIN, op->name);
		return expr;
	case LIVE_META:
	case LIVE_CT:
	case LIVE_PAYLOAD:
	case LIVE_BITWISE:
	case LIVE_COMPARE:
	case LIVE_RANGE:
	case LIVE_LOOKUP:
	case LIVE_VALUE:
	case LIVE_OPAQUE:
		break;
	}
	BUG("no statement of kind %d", (int)op->kind);
}

static struct nftnl_expr *make_expr(const struct live_op *op, uint32_t set_id)
{
	switch (op->kind) {
	case LIVE_META:
	case LIVE_CT:
	case LIVE_PAYLOAD:
	case LIVE_VALUE:
		return make_load(op);
	case LIVE_BITWISE:
	case LIVE_COMPARE:
	case LIVE_RANGE:
	case LIVE_LOOKUP:
		return make_test(op, set_id);
	case LIVE_META_SET:
	case LIVE_COUNTER:
	case LIVE_LIMIT:
	case LIVE_LOG:
	case LIVE_REJECT:
	case LIVE_VERDICT:
		return make_statement(op);
	case LIVE_OPAQUE:
		break;
	}
	BUG("an opaque expression cannot be written");
}

void live_put_op(struct nlmsghdr *message, const struct live_op *op, uint32_t set_id)
{
	struct nftnl_expr *expr = make_expr(op, set_id);
	struct nlattr *element = mnl_attr_nest_start(message, NFTA_LIST_ELEM);

	nftnl_expr_build_payload(message, expr);
	mnl_attr_nest_end(message, element);
	nftnl_expr_free(expr);
}
