/* nft_live_batch.c - Messages that the kernel takes together, or not at all. */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <libmnl/libmnl.h>
#include <libnftnl/common.h>

#include "backends/nftables/nft_live_kernel.h"
#include "rules/base/arena.h"

/**
 * DOC: Transactions
 *
 * A batch is one datagram.  The kernel works on it inside sendmsg(): when that returns,
 * all answers are there.  It answers what it refuses, message by message, and then takes
 * nothing at all.  It says "done" only where it was asked to: since Linux 6.10 the end of
 * the batch may ask, before only ordinary messages, so both do.
 *
 * Elements are written by hand: 500 000 of them as objects of libnftnl take ten times the
 * memory (322 MB and 32 MB, measured 2026-11-21).
 */

/* No message is longer: headers, names, and one list of elements. */
#define MESSAGE_MAX (LIVE_ATTRIBUTE_MAX + 4096u)

static void reserve(struct live_batch *batch)
{
	size_t capacity = batch->capacity ? batch->capacity : 4 * (size_t)MESSAGE_MAX;

	while (capacity - batch->length < MESSAGE_MAX)
		capacity *= 2;
	if (capacity == batch->capacity)
		return;
	batch->bytes = realloc(batch->bytes, capacity);
	if (!batch->bytes)
		BUG("no memory for a batch of %zu bytes", capacity);
	/* libmnl leaves what pads a text as it is. */
	memset(batch->bytes + batch->capacity, 0, capacity - batch->capacity);
	batch->capacity = capacity;
}

static struct live_part *add_part(struct live_batch *batch)
{
	return arena_push(batch->arena, batch->parts, batch->count, batch->part_capacity);
}

void live_batch_begin(struct live_batch *batch, struct live_socket *socket,
		      uint32_t generation, struct arena *arena)
{
	struct nlmsghdr *begin;

	*batch = (struct live_batch){
		.arena = arena,
		.socket = socket,
		.first = socket->sequence,
		.next_set = 1,
	};
	reserve(batch);
	*add_part(batch) = (struct live_part){.object = "the rules"};
	begin = nftnl_batch_begin((char *)batch->bytes, socket->sequence++);
	if (generation)
		mnl_attr_put_u32(begin, NFNL_BATCH_GENID, htonl(generation));
	live_batch_done(batch, begin);
}

void live_batch_release(struct live_batch *batch)
{
	free(batch->bytes);
	batch->bytes = NULL;
}

struct nlmsghdr *live_batch_add(struct live_batch *batch, uint16_t type, uint16_t flags,
				const struct live_part *part)
{
	reserve(batch);
	batch->last = batch->length;
	*add_part(batch) = *part;
	return nftnl_nlmsg_build_hdr((char *)batch->bytes + batch->length, type,
				     NFPROTO_INET, flags, batch->socket->sequence++);
}

void live_batch_done(struct live_batch *batch, const struct nlmsghdr *message)
{
	batch->length += NLMSG_ALIGN(message->nlmsg_len);
}

bool live_batch_is_empty(const struct live_batch *batch)
{
	return batch->count == 1;
}

/* -- elements ------------------------------------------------------------------------ */

size_t live_element_bytes(const struct live_set *set, bool end)
{
	/* the element; its flags; the key; its value */
	return NLA_HDRLEN + (end ? NLA_HDRLEN + sizeof(uint32_t) : 0) + NLA_HDRLEN +
	       NLA_HDRLEN + NLA_ALIGN(set->key_length);
}

static uint8_t *put_header(uint8_t *at, size_t length, uint16_t type)
{
	const struct nlattr header = {(uint16_t)length, type};

	memcpy(at, &header, sizeof(header));
	return at + sizeof(header);
}

uint8_t *live_element_write(uint8_t *at, const struct live_set *set, u128 key, bool end)
{
	size_t value = NLA_HDRLEN + set->key_length;
	uint32_t flags = htonl(NFT_SET_ELEM_INTERVAL_END);

	at = put_header(at, live_element_bytes(set, end), NFTA_LIST_ELEM | NLA_F_NESTED);
	if (end) {
		at = put_header(at, NLA_HDRLEN + sizeof(flags), NFTA_SET_ELEM_FLAGS);
		memcpy(at, &flags, sizeof(flags));
		at += sizeof(flags);
	}
	at = put_header(at, NLA_HDRLEN + NLA_ALIGN(value),
			NFTA_SET_ELEM_KEY | NLA_F_NESTED);
	at = put_header(at, value, NFTA_DATA_VALUE);
	memset(at, 0, NLA_ALIGN(set->key_length));
	for (uint32_t i = set->key_length; i-- > 0; key >>= 8)
		at[i] = (uint8_t)key;
	return at + NLA_ALIGN(set->key_length);
}

/* An interval: its first address, and the one behind its last, unless that is the last
 * there is. */
static uint8_t *write_interval(uint8_t *at, const struct live_set *set,
			       const struct range *range)
{
	at = live_element_write(at, set, range->first, false);
	if (set->intervals && range->last != u128_mask(nft_live_set_bits(set)))
		at = live_element_write(at, set, range->last + 1, true);
	return at;
}

/* As many elements as one list holds; a single value is an element each. */
static size_t put_list(struct live_batch *batch, uint16_t type, const char *table,
		       const struct live_set *set, uint32_t set_id,
		       const struct live_part *part, size_t count)
{
	struct nlmsghdr *message =
		live_batch_add(batch, type, type == NFT_MSG_NEWSETELEM ? NLM_F_CREATE : 0,
			       part);
	size_t most = live_element_bytes(set, false) + live_element_bytes(set, true);
	struct nlattr *list;
	uint8_t *begin, *at;
	size_t done = 0;

	mnl_attr_put_strz(message, NFTA_SET_ELEM_LIST_TABLE, table);
	mnl_attr_put_strz(message, NFTA_SET_ELEM_LIST_SET, set->name);
	if (set_id)
		mnl_attr_put_u32(message, NFTA_SET_ELEM_LIST_SET_ID, htonl(set_id));
	list = mnl_attr_nest_start(message, NFTA_SET_ELEM_LIST_ELEMENTS);
	begin = at = mnl_nlmsg_get_payload_tail(message);
	if (part->sentinel)
		at = live_element_write(at, set, 0, true);
	while (done < count &&
	       (size_t)(at - begin) + most + NLA_HDRLEN <= LIVE_ATTRIBUTE_MAX)
		at = write_interval(at, set, &part->ranges[done++]);
	message->nlmsg_len += (uint32_t)(at - begin);
	mnl_attr_nest_end(message, list);
	live_batch_done(batch, message);
	return done;
}

void live_put_elements(struct live_batch *batch, uint16_t type, const char *table,
		       const struct live_set *set, uint32_t set_id, bool sentinel,
		       const struct range *ranges, size_t count,
		       const struct live_part *part)
{
	struct live_part list = *part;

	list.set = set;
	list.sentinel = sentinel;
	while (count || list.sentinel) {
		size_t done;

		list.ranges = ranges;
		done = put_list(batch, type, table, set, set_id, &list, count);
		ranges += done;
		count -= done;
		list.sentinel = false;
	}
}

/* -- answers ------------------------------------------------------------------------- */

/* The interval of the element that begins @offset bytes into its message. */
static const char *name_element(const struct live_batch *batch,
				const struct live_part *part,
				const struct nlmsghdr *message, size_t offset)
{
	const struct live_set *set = part->set;
	struct nlattr *attribute;
	enum family family = set->key_length == 16 ? FAMILY_IPV6 : FAMILY_IPV4;
	size_t at = 0;
	char text[ADDR_TEXT_MAX];

	mnl_attr_for_each(attribute, message,
			  sizeof(struct nfgenmsg)) if (mnl_attr_get_type(attribute) ==
						       NFTA_SET_ELEM_LIST_ELEMENTS) at =
		(size_t)((const uint8_t *)mnl_attr_get_payload(attribute) -
			 (const uint8_t *)message);
	if (!at || (set->key_length != 4 && set->key_length != 16))
		return NULL;
	if (part->sentinel)
		at += live_element_bytes(set, true);
	for (const struct range *range = part->ranges; at < message->nlmsg_len; range++) {
		bool open = range->last == u128_mask(nft_live_set_bits(set));

		at += live_element_bytes(set, false) +
		      (open ? 0 : live_element_bytes(set, true));
		if (offset < at)
			return arena_strdup(batch->arena,
					    addr_range_format(family, range, text));
	}
	return NULL;
}

static const struct nlmsghdr *find_message(const struct live_batch *batch, size_t index)
{
	const struct nlmsghdr *message = (const void *)batch->bytes;

	while (index--)
		message = (const void *)((const uint8_t *)message +
					 NLMSG_ALIGN(message->nlmsg_len));
	return message;
}

/* What the kernel says about a message that it refused. */
static void read_refusal(const struct live_batch *batch, const struct nlmsghdr *answer,
			 struct live_failure *failure)
{
	const struct nlmsgerr *error = mnl_nlmsg_get_payload(answer);
	size_t index = answer->nlmsg_seq - batch->first;
	const struct live_part *part = &batch->parts[index];
	size_t header = sizeof(*error);
	struct nlattr *attribute;

	*failure = (struct live_failure){
		.error = -error->error,
		.object = part->object,
		.id = part->id,
		.at = part->at,
	};
	if (!(answer->nlmsg_flags & NLM_F_ACK_TLVS))
		return;
	if (!(answer->nlmsg_flags & NLM_F_CAPPED))
		header += error->msg.nlmsg_len - sizeof(error->msg);
	mnl_attr_for_each(attribute, answer, header)
	{
		if (mnl_attr_get_type(attribute) == NLMSGERR_ATTR_MSG)
			failure->reason =
				arena_strdup(batch->arena, mnl_attr_get_str(attribute));
		else if (mnl_attr_get_type(attribute) == NLMSGERR_ATTR_OFFS && part->set)
			failure->element =
				name_element(batch, part, find_message(batch, index),
					     mnl_attr_get_u32(attribute));
	}
}

/* The first refusal counts: once a chain cannot be checked, all that follows fails. */
static void read_answer(const struct live_batch *batch, const struct nlmsghdr *answer,
			struct live_failure *failure, bool *done)
{
	const struct nlmsgerr *error = mnl_nlmsg_get_payload(answer);
	uint32_t index = answer->nlmsg_seq - batch->first;

	if (answer->nlmsg_type != NLMSG_ERROR)
		return;
	/* A begin may be said to be done although the batch fails (fixed after 6.10). */
	if (!error->error)
		*done = *done || index;
	else if (!failure->error && index < batch->count)
		read_refusal(batch, answer, failure);
	else if (!failure->error)
		failure->error = -error->error;
}

static int read_answers(const struct live_batch *batch, struct live_failure *failure)
{
	_Alignas(8) uint8_t bytes[8192];
	bool done = false, lost = false;
	int fd = mnl_socket_get_fd(batch->socket->mnl);

	for (;;) {
		ssize_t got = recv(fd, bytes, sizeof(bytes), MSG_DONTWAIT);
		const struct nlmsghdr *answer = (const void *)bytes;
		int left = (int)got;

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0 && errno == ENOBUFS) {
			lost = true; /* answers; those that fitted come yet */
			continue;
		}
		if (got < 0 && errno != EAGAIN)
			return -errno;
		if (got < 0)
			break;
		for (; mnl_nlmsg_ok(answer, left); answer = mnl_nlmsg_next(answer, &left))
			read_answer(batch, answer, failure, &done);
	}
	if (failure->error)
		return -failure->error;
	/* Whether it was done is then seen when the rules are read back. */
	if (!done && !lost)
		failure->error = EPROTO;
	return -failure->error;
}

/* The last ordinary message, and the end where it comes, ask for an answer. */
static void finish(struct live_batch *batch, bool try_only)
{
	struct nlmsghdr *message = (void *)(batch->bytes + batch->last);

	message->nlmsg_flags |= NLM_F_ACK;
	if (try_only)
		return;
	reserve(batch);
	*add_part(batch) = (struct live_part){.object = "the rules"};
	message = nftnl_batch_end((char *)batch->bytes + batch->length,
				  batch->socket->sequence++);
	message->nlmsg_flags |= NLM_F_ACK;
	live_batch_done(batch, message);
}

int live_batch_send(struct live_batch *batch, bool try_only, struct live_sent *sent,
		    struct live_failure *ret_failure)
{
	struct sockaddr_nl kernel = {.nl_family = AF_NETLINK};
	struct iovec bytes;
	const struct msghdr header = {
		.msg_name = &kernel,
		.msg_namelen = sizeof(kernel),
		.msg_iov = &bytes,
		.msg_iovlen = 1,
	};
	int fd = mnl_socket_get_fd(batch->socket->mnl);
	ssize_t length;

	finish(batch, try_only);
	bytes = (struct iovec){batch->bytes, batch->length};
	*ret_failure = (struct live_failure){0};
	do
		length = sendmsg(fd, &header, 0);
	while (length < 0 && errno == EINTR);
	if (length < 0) {
		*ret_failure =
			(struct live_failure){.error = errno, .object = "the rules"};
		return -errno;
	}
	sent->transactions += !try_only;
	sent->messages += batch->count;
	sent->bytes += batch->length;
	return read_answers(batch, ret_failure);
}
