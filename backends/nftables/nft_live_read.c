/* nft_live_read.c - Reading our tables from the kernel. */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include <libmnl/libmnl.h>
#include <libnftnl/chain.h>
#include <libnftnl/set.h>
#include <libnftnl/table.h>
#include <libnftnl/udata.h>

#include "backends/nftables/nft_live_kernel.h"
#include "rules/base/arena.h"

/**
 * DOC: One state
 *
 * Tables, chains, rules, sets and elements are separate answers.  All of them must carry
 * one generation, before and behind, or everything is read again; so what is in an image
 * was there at one moment.
 */

/* Somebody who changes rules more often than they can be read so many times in a row
 * keeps us from it; a busy kube-proxy changes them once a second. */
#define READ_TRIES 50
#define READ_PAUSE 20 /* milliseconds */

/* Attributes that newer kernels send and the headers of Linux 6.1 lack: the type and the
 * number of elements of a set (Linux 6.18, 2026-11-21). */
#define SET_ATTRIBUTE_TYPE  19
#define SET_ATTRIBUTE_COUNT 20

#define BIT(attribute) (UINT32_C(1) << (attribute))

/* What may be said of a set without making it another kind of set. */
#define SET_ATTRIBUTES                                                         \
	(BIT(NFTA_SET_TABLE) | BIT(NFTA_SET_NAME) | BIT(NFTA_SET_FLAGS) |      \
	 BIT(NFTA_SET_KEY_TYPE) | BIT(NFTA_SET_KEY_LEN) | BIT(NFTA_SET_DESC) | \
	 BIT(NFTA_SET_ID) | BIT(NFTA_SET_POLICY) | BIT(NFTA_SET_USERDATA) |    \
	 BIT(NFTA_SET_TIMEOUT) | BIT(NFTA_SET_PAD) | BIT(NFTA_SET_HANDLE) |    \
	 BIT(SET_ATTRIBUTE_TYPE) | BIT(SET_ATTRIBUTE_COUNT))

/**
 * struct fetch - One reading
 * @counts:	of the sets of the table that is read: what the kernel says they hold
 */
struct fetch {
	struct arena *arena;
	struct live_socket *socket;
	const struct live_image *expected;
	struct live_image *image;
	struct live_table *table;
	size_t *counts;
	size_t count_count, count_capacity;
};

static const char *copy_text(const struct fetch *fetch, const char *text)
{
	return text ? arena_strdup(fetch->arena, text) : NULL;
}

static int add_table(const struct nlmsghdr *message, void *context)
{
	struct fetch *fetch = context;
	struct nftnl_table *table = nftnl_table_alloc();
	struct live_table *into;
	const char *name;

	if (!table)
		return -ENOMEM;
	if (nftnl_table_nlmsg_parse(message, table) < 0) {
		nftnl_table_free(table);
		return -EPROTO;
	}
	name = nftnl_table_get_str(table, NFTNL_TABLE_NAME);
	if (nftnl_table_get_u32(table, NFTNL_TABLE_FAMILY) == NFPROTO_INET && name &&
	    nft_live_is_ours(name)) {
		into = arena_push(fetch->arena, fetch->image->tables, fetch->image->count,
				  fetch->image->capacity);
		into->name = copy_text(fetch, name);
		into->flags = nftnl_table_get_u32(table, NFTNL_TABLE_FLAGS);
	}
	nftnl_table_free(table);
	return 0;
}

static const char *hook_name(struct arena *arena, uint32_t number)
{
	static const char *const names[] = {
		[NF_INET_PRE_ROUTING] = "prerouting",	[NF_INET_LOCAL_IN] = "input",
		[NF_INET_FORWARD] = "forward",		[NF_INET_LOCAL_OUT] = "output",
		[NF_INET_POST_ROUTING] = "postrouting",
	};

	return number < ARRAY_SIZE(names) ? names[number]
					  : arena_printf(arena, "hook %u", number);
}

static void fill_chain(struct fetch *fetch, const struct nftnl_chain *from,
		       struct live_chain *chain)
{
	chain->name = copy_text(fetch, nftnl_chain_get_str(from, NFTNL_CHAIN_NAME));
	if (!nftnl_chain_is_set(from, NFTNL_CHAIN_HOOKNUM))
		return;
	chain->hook_number = nftnl_chain_get_u32(from, NFTNL_CHAIN_HOOKNUM);
	chain->hook = hook_name(fetch->arena, chain->hook_number);
	chain->type = copy_text(fetch, nftnl_chain_get_str(from, NFTNL_CHAIN_TYPE));
	chain->priority = nftnl_chain_get_s32(from, NFTNL_CHAIN_PRIO);
	chain->drops = nftnl_chain_get_u32(from, NFTNL_CHAIN_POLICY) == NF_DROP;
}

/* The kernel lists the chains of all tables, whichever is asked for. */
static int add_chain(const struct nlmsghdr *message, void *context)
{
	struct fetch *fetch = context;
	struct nftnl_chain *chain = nftnl_chain_alloc();
	const struct nfgenmsg *about = mnl_nlmsg_get_payload(message);
	const char *table;

	if (!chain)
		return -ENOMEM;
	if (nftnl_chain_nlmsg_parse(message, chain) < 0) {
		nftnl_chain_free(chain);
		return -EPROTO;
	}
	table = nftnl_chain_get_str(chain, NFTNL_CHAIN_TABLE);
	if (about->nfgen_family == NFPROTO_INET && table &&
	    strcmp(table, fetch->table->name) == 0)
		fill_chain(fetch, chain,
			   arena_push(fetch->arena, fetch->table->chains,
				      fetch->table->chain_count,
				      fetch->table->chain_capacity));
	nftnl_chain_free(chain);
	return 0;
}

/* A comment is a text with its NUL, in a list of (type, length, bytes). */
static const char *read_comment(const void *userdata, size_t left, uint8_t type,
				struct arena *arena)
{
	const uint8_t *at = userdata;

	while (left >= 2 && left - 2 >= at[1]) {
		if (at[0] == type && at[1])
			return arena_strndup(arena, (const char *)at + 2,
					     strnlen((const char *)at + 2, at[1]));
		left -= 2u + at[1];
		at += 2 + at[1];
	}
	return NULL;
}

/* -- sets ---------------------------------------------------------------------------- */

static const char *strange_set(const struct nlmsghdr *message, uint32_t flags)
{
	struct nlattr *attribute;

	if (flags & NFT_SET_EVAL)
		return "a set that rules add to";
	if (flags & ~(uint32_t)(NFT_SET_ANONYMOUS | NFT_SET_CONSTANT | NFT_SET_INTERVAL |
				NFT_SET_TIMEOUT))
		return "a set of another kind";
	mnl_attr_for_each(attribute, message, sizeof(struct nfgenmsg))
	{
		uint16_t type = mnl_attr_get_type(attribute);

		if (type >= 32 || !(SET_ATTRIBUTES & BIT(type)))
			return "a set of another kind";
	}
	return NULL;
}

static size_t kernel_count(const struct nlmsghdr *message)
{
	struct nlattr *attribute;

	mnl_attr_for_each(attribute, message, sizeof(struct nfgenmsg)) if (
		mnl_attr_get_type(attribute) == SET_ATTRIBUTE_COUNT &&
		mnl_attr_get_payload_len(attribute) ==
			sizeof(uint32_t)) return ntohl(mnl_attr_get_u32(attribute));
	return SIZE_MAX;
}

/* The name that a set follows is in its comment. */
static const char *read_host(const struct fetch *fetch, const struct nftnl_set *set)
{
	uint32_t length = 0;
	const void *userdata = nftnl_set_get_data(set, NFTNL_SET_USERDATA, &length);

	return userdata ? nft_live_host(read_comment(userdata, length,
						     NFTNL_UDATA_SET_COMMENT,
						     fetch->arena))
			: NULL;
}

static int add_set(const struct nlmsghdr *message, void *context)
{
	struct fetch *fetch = context;
	struct nftnl_set *from = nftnl_set_alloc();
	struct live_set *set;
	uint32_t flags;

	if (!from)
		return -ENOMEM;
	if (nftnl_set_nlmsg_parse(message, from) < 0) {
		nftnl_set_free(from);
		return -EPROTO;
	}
	set = arena_push(fetch->arena, fetch->table->sets, fetch->table->set_count,
			 fetch->table->set_capacity);
	flags = nftnl_set_get_u32(from, NFTNL_SET_FLAGS);
	set->name = copy_text(fetch, nftnl_set_get_str(from, NFTNL_SET_NAME));
	set->key_type = nftnl_set_get_u32(from, NFTNL_SET_KEY_TYPE);
	set->key_length = nftnl_set_get_u32(from, NFTNL_SET_KEY_LEN);
	set->intervals = flags & NFT_SET_INTERVAL;
	set->anonymous = flags & NFT_SET_ANONYMOUS;
	set->timeout = nftnl_set_get_u64(from, NFTNL_SET_TIMEOUT);
	set->size = nftnl_set_get_u32(from, NFTNL_SET_DESC_SIZE);
	set->host = read_host(fetch, from);
	set->strange = strange_set(message, flags);
	if (!set->strange && (flags & NFT_SET_TIMEOUT) && (!set->host || !set->timeout))
		set->strange = "a set whose elements expire";
	if (!set->strange && (!set->key_length || set->key_length > LIVE_DATA_MAX))
		set->strange = "a set of another kind";
	*arena_push(fetch->arena, fetch->counts, fetch->count_count,
		    fetch->count_capacity) = kernel_count(message);
	nftnl_set_free(from);
	return 0;
}

/* -- rules --------------------------------------------------------------------------- */

static void read_ops(struct fetch *fetch, const struct nlattr *list,
		     struct live_rule *rule)
{
	struct nlattr *element;

	rule->raw_length = mnl_attr_get_payload_len(list);
	rule->raw = memcpy(arena_alloc(fetch->arena, rule->raw_length + 1),
			   mnl_attr_get_payload(list), rule->raw_length);
	mnl_attr_for_each_nested(element, list)
		live_read_op(element, fetch->arena,
			     arena_push(fetch->arena, rule->ops, rule->count,
					rule->capacity));
}

static void add_opaque(struct fetch *fetch, struct live_rule *rule, const char *name)
{
	struct live_op *op =
		arena_push(fetch->arena, rule->ops, rule->count, rule->capacity);

	op->kind = LIVE_OPAQUE;
	op->name = name;
}

static void read_rule(struct fetch *fetch, const struct nlmsghdr *message,
		      struct live_rule *rule)
{
	struct nlattr *attribute, *list = NULL;

	mnl_attr_for_each(attribute, message, sizeof(struct nfgenmsg))
	{
		switch (mnl_attr_get_type(attribute)) {
		case NFTA_RULE_HANDLE:
			rule->handle = be64toh(mnl_attr_get_u64(attribute));
			break;
		case NFTA_RULE_EXPRESSIONS:
			list = attribute;
			break;
		case NFTA_RULE_USERDATA:
			rule->comment =
				read_comment(mnl_attr_get_payload(attribute),
					     mnl_attr_get_payload_len(attribute),
					     NFTNL_UDATA_RULE_COMMENT, fetch->arena);
			break;
		case NFTA_RULE_TABLE:
		case NFTA_RULE_CHAIN:
		case NFTA_RULE_POSITION: /* of the rule before it */
		case NFTA_RULE_PAD:
			break;
		default:
			add_opaque(fetch, rule, "a rule with more than expressions");
		}
	}
	if (list)
		read_ops(fetch, list, rule);
}

static int add_rule(const struct nlmsghdr *message, void *context)
{
	struct fetch *fetch = context;
	struct nlattr *attribute;
	struct live_chain *chain = NULL;

	mnl_attr_for_each(attribute, message, sizeof(struct nfgenmsg))
	{
		if (mnl_attr_get_type(attribute) == NFTA_RULE_TABLE &&
		    strcmp(mnl_attr_get_str(attribute), fetch->table->name) != 0)
			return 0;
		if (mnl_attr_get_type(attribute) == NFTA_RULE_CHAIN)
			chain = nft_live_find_chain(fetch->table,
						    mnl_attr_get_str(attribute));
	}
	/* A chain that came after the chains were listed: the generation shows it. */
	if (!chain)
		return -EPROTO;
	read_rule(fetch, message,
		  arena_push(fetch->arena, chain->rules, chain->count, chain->capacity));
	return 0;
}

/* Anonymous sets belong to the rule that looks into them. */
static void adopt_sets(struct live_table *table)
{
	for (size_t i = 0; i < table->chain_count; i++)
		for (size_t j = 0; j < table->chains[i].count; j++) {
			struct live_rule *rule = &table->chains[i].rules[j];

			for (size_t k = 0; k < rule->count; k++) {
				struct live_op *op = &rule->ops[k];
				struct live_set *set = NULL;

				if (op->kind == LIVE_LOOKUP)
					set = nft_live_find_set(table, op->name);
				if (!set || !set->anonymous)
					continue;
				op->set = set;
				op->name = NULL;
			}
		}
}

/* -- what we never make -------------------------------------------------------------- */

static int add_stranger(struct fetch *fetch, const struct nlmsghdr *message,
			uint16_t table_attribute, uint16_t name_attribute,
			uint16_t type_attribute, const char *what)
{
	struct nlattr *attribute;
	struct live_stranger stranger = {.what = what, .flowtable = !type_attribute};
	bool here = true;

	mnl_attr_for_each(attribute, message, sizeof(struct nfgenmsg))
	{
		uint16_t type = mnl_attr_get_type(attribute);

		if (type == table_attribute)
			here = strcmp(mnl_attr_get_str(attribute), fetch->table->name) ==
			       0;
		else if (type == name_attribute)
			stranger.name = copy_text(fetch, mnl_attr_get_str(attribute));
		else if (type_attribute && type == type_attribute)
			stranger.type = ntohl(mnl_attr_get_u32(attribute));
	}
	if (here && stranger.name)
		*arena_push(fetch->arena, fetch->table->strangers,
			    fetch->table->stranger_count,
			    fetch->table->stranger_capacity) = stranger;
	return 0;
}

static int add_object(const struct nlmsghdr *message, void *context)
{
	return add_stranger(context, message, NFTA_OBJ_TABLE, NFTA_OBJ_NAME,
			    NFTA_OBJ_TYPE, "object");
}

static int add_flowtable(const struct nlmsghdr *message, void *context)
{
	return add_stranger(context, message, NFTA_FLOWTABLE_TABLE, NFTA_FLOWTABLE_NAME,
			    0, "flowtable");
}

/* -- all ----------------------------------------------------------------------------- */

/* Everything of a kind in the table; @table: the attribute that says which, 0: all. */
static int list(struct fetch *fetch, uint16_t type, uint16_t table, live_answer *answer)
{
	struct live_request request;
	struct nlmsghdr *message = live_request_begin(fetch->socket, &request, type,
						      NFPROTO_INET, NLM_F_DUMP);

	if (table)
		mnl_attr_put_strz(message, table, fetch->table->name);
	return live_ask(fetch->socket, message, answer, fetch);
}

static int read_sets(struct fetch *fetch)
{
	const struct live_table *expected =
		fetch->expected ? nft_live_find_table(fetch->expected, fetch->table->name)
				: NULL;
	int status;

	fetch->count_count = 0;
	status = list(fetch, NFT_MSG_GETSET, NFTA_SET_TABLE, add_set);
	for (size_t i = 0; !status && i < fetch->table->set_count; i++) {
		struct live_set *set = &fetch->table->sets[i];

		if (!set->strange)
			status =
				live_read_elements(fetch->socket, fetch->table->name, set,
						   expected ? nft_live_find_set(expected,
										set->name)
							    : NULL,
						   fetch->counts[i], fetch->arena);
	}
	return status;
}

static int read_table(struct fetch *fetch)
{
	int status = list(fetch, NFT_MSG_GETCHAIN, NFTA_CHAIN_TABLE, add_chain);

	if (!status)
		status = read_sets(fetch);
	if (!status)
		status = list(fetch, NFT_MSG_GETRULE, NFTA_RULE_TABLE, add_rule);
	if (!status)
		status = list(fetch, NFT_MSG_GETOBJ, NFTA_OBJ_TABLE, add_object);
	if (status)
		return status;
	/* A kernel without flowtables has none. */
	status = list(fetch, NFT_MSG_GETFLOWTABLE, NFTA_FLOWTABLE_TABLE, add_flowtable);
	if (status && status != -ENOENT && status != -EOPNOTSUPP)
		return status;
	adopt_sets(fetch->table);
	return 0;
}

static int read_once(struct fetch *fetch)
{
	struct live_request request;
	uint32_t after = 0;
	int status;

	fetch->socket->generation = 0;
	status = live_generation(fetch->socket, &fetch->image->generation);
	if (status)
		return status;
	fetch->socket->generation = fetch->image->generation;
	status = live_ask(fetch->socket,
			  live_request_begin(fetch->socket, &request, NFT_MSG_GETTABLE,
					     NFPROTO_INET, NLM_F_DUMP),
			  add_table, fetch);
	for (size_t i = 0; !status && i < fetch->image->count; i++) {
		fetch->table = &fetch->image->tables[i];
		status = read_table(fetch);
	}
	fetch->socket->generation = 0;
	if (live_generation(fetch->socket, &after) == 0 &&
	    after != fetch->image->generation)
		return -EINTR;
	return status;
}

int nft_live_fetch(const struct live_image *expected, struct arena *arena,
		   struct live_image **ret_image)
{
	const struct timespec pause = {.tv_nsec = READ_PAUSE * 1000000L};
	CLEANUP(live_socket_close) struct live_socket socket = {0};
	int status = live_socket_open(&socket);

	for (int tries = 0; !status && tries < READ_TRIES; tries++) {
		struct fetch fetch = {
			.arena = arena,
			.socket = &socket,
			.expected = expected,
			.image = arena_make(arena, struct live_image),
		};

		status = read_once(&fetch);
		if (status != -EINTR) {
			*ret_image = fetch.image;
			return status;
		}
		status = nanosleep(&pause, NULL) && errno != EINTR ? -errno : 0;
	}
	return status ? status : -EBUSY;
}
