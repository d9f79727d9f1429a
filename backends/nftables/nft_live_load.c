/* nft_live_load.c - Changing our tables from one image into another. */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <stdlib.h>
#include <string.h>

#include <libmnl/libmnl.h>
#include <libnftnl/udata.h>

#include "backends/nftables/nft_live_kernel.h"
#include "rules/base/arena.h"

/**
 * DOC: No packet is lost
 *
 * Everything is changed in its place: elements are taken out and put in, rules removed
 * and inserted, in one transaction.  A set that comes into use is the exception: the
 * kernel shows its elements a moment after the rules that look into it, so that packets
 * were refused which both rule sets admit (14 to 46 a change, Linux 6.18, 2026-11-21).
 * It is filled by a transaction of its own before the one with the rules.  If that never
 * comes, the set is left behind: nothing looks into it, and the next change removes it.
 *
 * Each transaction carries the generation that it was worked out from, so that a change
 * that somebody else made meanwhile is not lost: the kernel refuses ours.
 */

struct loading {
	struct arena *arena;
	struct live_socket socket;
	struct live_batch batch;
	const struct live_image *from, *to;
	uint32_t generation;
	bool try_only;
	struct live_sent *sent;
	struct live_failure *failure;
};

static struct live_part part_of(const char *object)
{
	return (struct live_part){.object = object};
}

static const char *name_in(struct loading *loading, const char *kind, const char *name)
{
	return arena_printf(loading->arena, "%s '%s'", kind, name);
}

static struct live_part part_of_set(struct loading *loading, const struct live_set *set)
{
	return (struct live_part){
		.object = set->anonymous || strchr(set->name, '%')
				  ? "the set of a rule"
				  : name_in(loading, "set", set->name),
		.id = set->id,
		.at = set->at,
	};
}

/* -- messages ------------------------------------------------------------------------ */

static void put_table(struct loading *loading, const struct live_table *table)
{
	struct live_part part = part_of(name_in(loading, "table", table->name));
	struct nlmsghdr *message =
		live_batch_add(&loading->batch, NFT_MSG_NEWTABLE, NLM_F_CREATE, &part);

	mnl_attr_put_strz(message, NFTA_TABLE_NAME, table->name);
	mnl_attr_put_u32(message, NFTA_TABLE_FLAGS, htonl(table->flags));
	live_batch_done(&loading->batch, message);
}

/* A message with a table, and of it the object that is called @name. */
static void put_named(struct loading *loading, uint16_t type, const char *kind,
		      uint16_t table_attribute, const char *table,
		      uint16_t name_attribute, const char *name)
{
	struct live_part part = part_of(name_in(loading, kind, name ? name : table));
	struct nlmsghdr *message = live_batch_add(&loading->batch, type, 0, &part);

	mnl_attr_put_strz(message, table_attribute, table);
	if (name)
		mnl_attr_put_strz(message, name_attribute, name);
	live_batch_done(&loading->batch, message);
}

static void remove_table(struct loading *loading, const char *table)
{
	put_named(loading, NFT_MSG_DELTABLE, "table", NFTA_TABLE_NAME, table, 0, NULL);
}

static void flush_chain(struct loading *loading, const char *table, const char *chain)
{
	put_named(loading, NFT_MSG_DELRULE, "chain", NFTA_RULE_TABLE, table,
		  NFTA_RULE_CHAIN, chain);
}

static void remove_chain(struct loading *loading, const char *table, const char *chain)
{
	put_named(loading, NFT_MSG_DELCHAIN, "chain", NFTA_CHAIN_TABLE, table,
		  NFTA_CHAIN_NAME, chain);
}

static void remove_set(struct loading *loading, const char *table, const char *set)
{
	put_named(loading, NFT_MSG_DELSET, "set", NFTA_SET_TABLE, table, NFTA_SET_NAME,
		  set);
}

static void flush_set(struct loading *loading, const char *table, const char *set)
{
	put_named(loading, NFT_MSG_DELSETELEM, "set", NFTA_SET_ELEM_LIST_TABLE, table,
		  NFTA_SET_ELEM_LIST_SET, set);
}

static void put_chain(struct loading *loading, const char *table,
		      const struct live_chain *chain)
{
	struct live_part part = part_of(name_in(loading, "chain", chain->name));
	struct nlmsghdr *message =
		live_batch_add(&loading->batch, NFT_MSG_NEWCHAIN, NLM_F_CREATE, &part);

	mnl_attr_put_strz(message, NFTA_CHAIN_TABLE, table);
	mnl_attr_put_strz(message, NFTA_CHAIN_NAME, chain->name);
	if (chain->hook) {
		struct nlattr *hook = mnl_attr_nest_start(message, NFTA_CHAIN_HOOK);

		mnl_attr_put_u32(message, NFTA_HOOK_HOOKNUM, htonl(chain->hook_number));
		mnl_attr_put_u32(message, NFTA_HOOK_PRIORITY,
				 htonl((uint32_t)chain->priority));
		mnl_attr_nest_end(message, hook);
		mnl_attr_put_strz(message, NFTA_CHAIN_TYPE, chain->type);
		mnl_attr_put_u32(message, NFTA_CHAIN_POLICY,
				 htonl(chain->drops ? NF_DROP : NF_ACCEPT));
	}
	live_batch_done(&loading->batch, message);
}

/* nft lists the values rightly only when it is told their byte order; and a comment has
 * another type in a set's data than in a rule's (libnftnl 1.2.4, udata.h). */
static void put_set_userdata(struct loading *loading, struct nlmsghdr *message,
			     const struct live_set *set)
{
	struct nftnl_udata_buf *data = nftnl_udata_buf_alloc(NFT_USERDATA_MAXLEN);

	if (!data)
		BUG("no memory for %d bytes", NFT_USERDATA_MAXLEN);
	nftnl_udata_put_u32(data, NFTNL_UDATA_SET_KEYBYTEORDER, 2); /* big endian */
	if (set->host)
		nftnl_udata_put_strz(data, NFTNL_UDATA_SET_COMMENT,
				     arena_printf(loading->arena, "postern:%s",
						  set->host));
	mnl_attr_put(message, NFTA_SET_USERDATA, nftnl_udata_buf_len(data),
		     nftnl_udata_buf_data(data));
	nftnl_udata_buf_free(data);
}

/* How long elements live, and how many there may be. */
static void put_set_bounds(struct nlmsghdr *message, const struct live_set *set)
{
	struct nlattr *description;

	if (set->timeout)
		mnl_attr_put_u64(message, NFTA_SET_TIMEOUT, htobe64(set->timeout));
	if (!set->size)
		return;
	description = mnl_attr_nest_start(message, NFTA_SET_DESC);
	mnl_attr_put_u32(message, NFTA_SET_DESC_SIZE, htonl(set->size));
	mnl_attr_nest_end(message, description);
}

/* A set and all that it holds; returns its number in the batch. */
static uint32_t put_set(struct loading *loading, const char *table,
			const struct live_set *set, bool anonymous)
{
	struct live_part part = part_of_set(loading, set);
	struct nlmsghdr *message =
		live_batch_add(&loading->batch, NFT_MSG_NEWSET, NLM_F_CREATE, &part);
	uint32_t id = loading->batch.next_set++;
	uint32_t flags = set->intervals ? NFT_SET_INTERVAL : 0;

	if (anonymous)
		flags |= NFT_SET_ANONYMOUS | NFT_SET_CONSTANT;
	if (set->timeout)
		flags |= NFT_SET_TIMEOUT;
	mnl_attr_put_strz(message, NFTA_SET_TABLE, table);
	mnl_attr_put_strz(message, NFTA_SET_NAME, set->name);
	mnl_attr_put_u32(message, NFTA_SET_FLAGS, htonl(flags));
	mnl_attr_put_u32(message, NFTA_SET_KEY_TYPE, htonl(set->key_type));
	mnl_attr_put_u32(message, NFTA_SET_KEY_LEN, htonl(set->key_length));
	mnl_attr_put_u32(message, NFTA_SET_ID, htonl(id));
	put_set_bounds(message, set);
	put_set_userdata(loading, message, set);
	live_batch_done(&loading->batch, message);
	live_put_elements(&loading->batch, NFT_MSG_NEWSETELEM, table, set, id,
			  set->sentinel, set->ranges.at, set->ranges.count, &part);
	return id;
}

static void put_comment(struct nlmsghdr *message, const char *comment)
{
	struct nftnl_udata_buf *data;

	if (!comment)
		return;
	data = nftnl_udata_buf_alloc(NFT_USERDATA_MAXLEN);
	if (!data)
		BUG("no memory for a comment");
	nftnl_udata_put_strz(data, NFTNL_UDATA_RULE_COMMENT, comment);
	mnl_attr_put(message, NFTA_RULE_USERDATA, nftnl_udata_buf_len(data),
		     nftnl_udata_buf_data(data));
	nftnl_udata_buf_free(data);
}

/* Rules that were read and not understood go back as they came. */
static bool is_opaque(const struct live_rule *rule)
{
	for (size_t i = 0; i < rule->count; i++)
		if (rule->ops[i].kind == LIVE_OPAQUE)
			return true;
	return false;
}

/* Adds a rule in front of the one with handle @before, or (0) at the end. */
static void put_rule(struct loading *loading, const char *table, const char *chain,
		     const struct live_rule *rule, uint64_t before)
{
	struct live_part part = {
		.object = name_in(loading, "rule", rule->comment ? rule->comment : ""),
		.id = rule->id,
		.at = rule->at,
	};
	uint32_t *sets = arena_array(loading->arena, rule->count + 1, uint32_t);
	struct nlmsghdr *message;
	struct nlattr *list;

	for (size_t i = 0; i < rule->count; i++)
		if (rule->ops[i].set)
			sets[i] = put_set(loading, table, rule->ops[i].set, true);
	message = live_batch_add(&loading->batch, NFT_MSG_NEWRULE,
				 NLM_F_CREATE | (before ? 0 : NLM_F_APPEND), &part);
	mnl_attr_put_strz(message, NFTA_RULE_TABLE, table);
	mnl_attr_put_strz(message, NFTA_RULE_CHAIN, chain);
	if (before)
		mnl_attr_put_u64(message, NFTA_RULE_POSITION, htobe64(before));
	if (is_opaque(rule)) {
		mnl_attr_put(message, NFTA_RULE_EXPRESSIONS | NLA_F_NESTED,
			     rule->raw_length, rule->raw);
	} else {
		list = mnl_attr_nest_start(message, NFTA_RULE_EXPRESSIONS);
		for (size_t i = 0; i < rule->count; i++)
			live_put_op(message, &rule->ops[i], sets[i]);
		mnl_attr_nest_end(message, list);
	}
	put_comment(message, rule->comment);
	live_batch_done(&loading->batch, message);
}

static void remove_rule(struct loading *loading, const char *table, const char *chain,
			const struct live_rule *rule)
{
	struct live_part part =
		part_of(name_in(loading, "rule", rule->comment ? rule->comment : ""));
	struct nlmsghdr *message =
		live_batch_add(&loading->batch, NFT_MSG_DELRULE, 0, &part);

	mnl_attr_put_strz(message, NFTA_RULE_TABLE, table);
	mnl_attr_put_strz(message, NFTA_RULE_CHAIN, chain);
	mnl_attr_put_u64(message, NFTA_RULE_HANDLE, htobe64(rule->handle));
	live_batch_done(&loading->batch, message);
}

static void remove_stranger(struct loading *loading, const char *table,
			    const struct live_stranger *stranger)
{
	struct live_part part = part_of(name_in(loading, stranger->what, stranger->name));
	struct nlmsghdr *message =
		live_batch_add(&loading->batch,
			       stranger->flowtable ? NFT_MSG_DELFLOWTABLE
						   : NFT_MSG_DELOBJ,
			       0, &part);

	if (stranger->flowtable) {
		mnl_attr_put_strz(message, NFTA_FLOWTABLE_TABLE, table);
		mnl_attr_put_strz(message, NFTA_FLOWTABLE_NAME, stranger->name);
	} else {
		mnl_attr_put_strz(message, NFTA_OBJ_TABLE, table);
		mnl_attr_put_strz(message, NFTA_OBJ_NAME, stranger->name);
		mnl_attr_put_u32(message, NFTA_OBJ_TYPE, htonl(stranger->type));
	}
	live_batch_done(&loading->batch, message);
}

/* -- transactions -------------------------------------------------------------------- */

static int send_batch(struct loading *loading)
{
	int status = live_batch_send(&loading->batch, loading->try_only, loading->sent,
				     loading->failure);

	/* Our own change made the next generation; anybody else's is not that one. */
	if (!status && !loading->try_only)
		loading->generation++;
	live_batch_release(&loading->batch);
	return status == -ERESTART ? -EAGAIN : status;
}

static void begin_batch(struct loading *loading)
{
	live_batch_begin(&loading->batch, &loading->socket, loading->generation,
			 loading->arena);
}

/* New sets, which nothing looks into yet: in as many transactions as the socket needs. */
static int fill_new_sets(struct loading *loading)
{
	int status = 0;

	for (size_t i = 0; i < loading->to->count; i++) {
		const struct live_table *table = &loading->to->tables[i];
		const struct live_table *old =
			nft_live_find_table(loading->from, table->name);

		if (!old)
			put_table(loading, table);
		for (size_t k = 0; !status && k < table->set_count; k++) {
			const struct live_set *set = &table->sets[k];

			if (set->anonymous || (old && nft_live_find_set(old, set->name)))
				continue;
			put_set(loading, table->name, set, false);
			if (loading->try_only ||
			    loading->batch.length < loading->socket.room / 2)
				continue;
			status = send_batch(loading);
			if (!status)
				begin_batch(loading);
		}
	}
	if (status || loading->try_only || live_batch_is_empty(&loading->batch))
		return status;
	status = send_batch(loading);
	if (!status)
		begin_batch(loading);
	return status;
}

static void change_elements(struct loading *loading, const char *table,
			    const struct live_set *from, const struct live_set *to)
{
	struct live_part part = part_of_set(loading, to);
	struct ranges removed, added;

	if (from->irregular) {
		flush_set(loading, table, to->name);
		live_put_elements(&loading->batch, NFT_MSG_NEWSETELEM, table, to, 0,
				  to->sentinel, to->ranges.at, to->ranges.count, &part);
		return;
	}
	removed = nft_live_intervals(&from->ranges, &to->ranges, loading->arena);
	added = nft_live_intervals(&to->ranges, &from->ranges, loading->arena);
	if (!removed.count && !added.count)
		return;
	live_put_elements(&loading->batch, NFT_MSG_DELSETELEM, table, to, 0,
			  from->sentinel && !to->sentinel, removed.at, removed.count,
			  &part);
	live_put_elements(&loading->batch, NFT_MSG_NEWSETELEM, table, to, 0,
			  to->sentinel && !from->sentinel, added.at, added.count, &part);
}

static void change_rules(struct loading *loading, const char *table,
			 const struct live_chain *from, const struct live_chain *to)
{
	size_t *of_from, *of_to;
	uint64_t *before = arena_array(loading->arena, to->count + 1, uint64_t);

	nft_live_kept(from, to, loading->arena, &of_from, &of_to);
	for (size_t i = to->count; i-- > 0;)
		before[i] = of_to[i] == SIZE_MAX ? before[i + 1]
						 : from->rules[of_to[i]].handle;
	for (size_t i = 0; i < from->count; i++)
		if (of_from[i] == SIZE_MAX)
			remove_rule(loading, table, from->name, &from->rules[i]);
	for (size_t i = 0; i < to->count; i++)
		if (of_to[i] == SIZE_MAX)
			put_rule(loading, table, to->name, &to->rules[i], before[i + 1]);
}

/* Does a set that stays have to be made anew, under the rules that look into it? */
static bool needs_rebuilding(const struct live_table *from, const struct live_table *to)
{
	for (size_t i = 0; i < to->set_count; i++) {
		const struct live_set *old = nft_live_find_set(from, to->sets[i].name);

		if (old && !to->sets[i].anonymous &&
		    !nft_live_set_fits(old, &to->sets[i]))
			return true;
	}
	return false;
}

static void change_sets(struct loading *loading, const struct live_table *from,
			const struct live_table *to)
{
	for (size_t i = 0; i < to->set_count; i++) {
		const struct live_set *set = &to->sets[i];
		const struct live_set *old = nft_live_find_set(from, set->name);

		if (!old || set->anonymous)
			continue;
		if (nft_live_set_fits(old, set)) {
			change_elements(loading, to->name, old, set);
		} else {
			remove_set(loading, to->name, set->name);
			put_set(loading, to->name, set, false);
		}
	}
}

static void change_chains(struct loading *loading, const struct live_table *from,
			  const struct live_table *to, bool rebuild)
{
	for (size_t i = 0; i < to->chain_count; i++) {
		const struct live_chain *chain = &to->chains[i], *old;
		struct live_chain nothing = {.name = chain->name};

		old = nft_live_find_chain(from, chain->name);
		if (old && !nft_live_chain_fits(old, chain)) {
			if (!rebuild)
				flush_chain(loading, to->name, chain->name);
			remove_chain(loading, to->name, chain->name);
			put_chain(loading, to->name, chain);
			old = NULL;
		} else if (!old || old->drops != chain->drops) {
			put_chain(loading, to->name, chain);
		}
		change_rules(loading, to->name, old && !rebuild ? old : &nothing, chain);
	}
}

/* What an earlier version, or somebody else, left in the table. */
static void remove_leftovers(struct loading *loading, const struct live_table *from,
			     const struct live_table *to, bool rebuild)
{
	for (size_t i = 0; !rebuild && i < from->chain_count; i++)
		if (!nft_live_find_chain(to, from->chains[i].name))
			flush_chain(loading, to->name, from->chains[i].name);
	for (size_t i = 0; i < from->chain_count; i++)
		if (!nft_live_find_chain(to, from->chains[i].name))
			remove_chain(loading, to->name, from->chains[i].name);
	for (size_t i = 0; i < from->set_count; i++)
		if (!from->sets[i].anonymous &&
		    !nft_live_find_set(to, from->sets[i].name))
			remove_set(loading, to->name, from->sets[i].name);
	for (size_t i = 0; i < from->stranger_count; i++)
		remove_stranger(loading, to->name, &from->strangers[i]);
}

static void change_table(struct loading *loading, const struct live_table *from,
			 const struct live_table *to)
{
	bool rebuild = needs_rebuilding(from, to);

	if (from->flags != to->flags)
		put_table(loading, to);
	for (size_t i = 0; rebuild && i < from->chain_count; i++)
		flush_chain(loading, to->name, from->chains[i].name);
	change_sets(loading, from, to);
	change_chains(loading, from, to, rebuild);
	remove_leftovers(loading, from, to, rebuild);
}

static int change_all(struct loading *loading)
{
	int status;

	begin_batch(loading);
	status = fill_new_sets(loading);
	if (status)
		return status;
	for (size_t i = 0; i < loading->to->count; i++) {
		const struct live_table *table = &loading->to->tables[i];
		const struct live_table *old =
			nft_live_find_table(loading->from, table->name);
		struct live_table nothing = {.name = table->name};

		nothing.flags = table->flags;
		change_table(loading, old ? old : &nothing, table);
	}
	for (size_t i = 0; i < loading->from->count; i++)
		if (!nft_live_find_table(loading->to, loading->from->tables[i].name))
			remove_table(loading, loading->from->tables[i].name);
	if (!live_batch_is_empty(&loading->batch))
		return send_batch(loading);
	live_batch_release(&loading->batch);
	return 0;
}

int nft_live_load(const struct live_image *from, const struct live_image *to,
		  bool try_only, struct arena *arena, struct live_sent *ret_sent,
		  struct live_failure *ret_failure)
{
	struct loading loading = {
		.arena = arena,
		.from = from,
		.to = to,
		.generation = from->generation,
		.try_only = try_only,
		.sent = ret_sent,
		.failure = ret_failure,
	};
	int status;

	*ret_sent = (struct live_sent){0};
	*ret_failure = (struct live_failure){0};
	status = live_socket_open(&loading.socket);
	if (!status)
		status = change_all(&loading);
	live_socket_close(&loading.socket);
	if (status && !ret_failure->error)
		ret_failure->error = -status;
	return status;
}
