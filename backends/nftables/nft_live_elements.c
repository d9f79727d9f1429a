/* nft_live_elements.c - What a set of the kernel holds. */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <stdlib.h>
#include <string.h>

#include <libmnl/libmnl.h>

#include "backends/nftables/nft_live_kernel.h"
#include "rules/base/arena.h"

/**
 * DOC: Elements
 *
 * The kernel keeps the boundaries of intervals, each an element: a start, or an end.  It
 * does not check that they are paired, so what it would match is worked out from whatever
 * is there: an address is in the set when the nearest boundary at or below it is a start.
 *
 * Listing a set takes the kernel time that grows with the square of its size (500 000
 * intervals: 16 s), so a large set that we believe to know is asked for every boundary
 * instead (2.6 s).  That each is there shows that nothing is missing; that nothing is
 * there besides shows the kernel's count.  It counts half the boundaries, rounded down:
 * where their number is odd, one more makes the half one more.  So our sets have an odd
 * number wherever that can be (nft_live_set_sentinel()), and others are listed.
 */

/* Below that, listing is as fast as asking (nft.md 2.5 of the design: up to 100 000). */
#define ASK_FROM 50000u

/* Keys of one question: the answers must fit the receive buffer. */
#define KEYS_EACH 64u

/**
 * struct boundary - A start or an end
 * @fades:	it expires
 * @timed:	after a time of its own, not the set's: whoever fills the set for us gives
 *		none
 */
struct boundary {
	u128 key;
	bool end;
	bool fades;
	bool timed;
};

/** struct elements - What is read of one set */
struct elements {
	struct arena *arena;
	struct live_set *set;
	struct boundary *at;
	size_t count, capacity;
};

static const char *read_attribute(const struct nlattr *attribute, uint32_t key_length,
				  struct boundary *boundary)
{
	const uint8_t *bytes;
	struct nlattr *value;
	uint32_t flags;

	switch (mnl_attr_get_type(attribute)) {
	case NFTA_SET_ELEM_KEY:
		value = mnl_attr_get_payload(attribute);
		if (mnl_attr_get_payload_len(attribute) < NLA_HDRLEN + key_length ||
		    mnl_attr_get_payload_len(value) != key_length)
			return "keys of another length";
		bytes = mnl_attr_get_payload(value);
		boundary->key = 0;
		for (uint32_t i = 0; i < key_length; i++)
			boundary->key = boundary->key << 8 | bytes[i];
		return NULL;
	case NFTA_SET_ELEM_FLAGS:
		flags = ntohl(mnl_attr_get_u32(attribute));
		boundary->end = flags & NFT_SET_ELEM_INTERVAL_END;
		return flags & ~(uint32_t)NFT_SET_ELEM_INTERVAL_END
			       ? "an element that stands for all others"
			       : NULL;
	case NFTA_SET_ELEM_USERDATA: /* a comment, or nft's note on an open interval */
	case NFTA_SET_ELEM_PAD:
		return NULL;
	case NFTA_SET_ELEM_TIMEOUT: /* only where it is not the set's */
		boundary->timed = true;
		return NULL;
	case NFTA_SET_ELEM_EXPIRATION:
		boundary->fades = true;
		return NULL;
	default:
		return "elements with more than a key";
	}
}

static void read_list(struct elements *elements, const struct nlattr *list)
{
	struct nlattr *element, *attribute;

	mnl_attr_for_each_nested(element, list)
	{
		struct boundary *boundary =
			arena_push(elements->arena, elements->at, elements->count,
				   elements->capacity);

		*boundary = (struct boundary){0};
		mnl_attr_for_each_nested(attribute, element)
		{
			const char *strange =
				read_attribute(attribute, elements->set->key_length,
					       boundary);

			if (strange && !elements->set->strange)
				elements->set->strange = strange;
		}
		if ((boundary->fades || boundary->timed) && !elements->set->timeout &&
		    !elements->set->strange)
			elements->set->strange = "elements that expire";
		if (!boundary->fades || boundary->timed)
			continue;
		/* What a resolver filled in is its own. */
		elements->count--;
		elements->set->fading++;
	}
}

static int read_elements(const struct nlmsghdr *message, void *context)
{
	struct nlattr *attribute;

	mnl_attr_for_each(attribute, message,
			  sizeof(struct nfgenmsg)) if (mnl_attr_get_type(attribute) ==
						       NFTA_SET_ELEM_LIST_ELEMENTS)
		read_list(context, attribute);
	return 0;
}

/* By key; an end comes before a start at the same place, as the kernel finds them. */
static int compare_boundaries(const void *one, const void *other)
{
	const struct boundary *a = one, *b = other;

	if (a->key != b->key)
		return a->key < b->key ? -1 : 1;
	return b->end - a->end;
}

static void make_ranges(struct elements *elements)
{
	struct live_set *set = elements->set;
	u128 last = u128_mask(nft_live_set_bits(set)), first = 0;
	struct ranges ranges = {0};
	bool inside = false;

	for (size_t i = 0; i < elements->count; i++) {
		const struct boundary *at = &elements->at[i];

		if (!set->intervals) {
			ranges_add(&ranges, (struct range){at->key, at->key},
				   elements->arena);
		} else if (at->end && inside) {
			ranges_add(&ranges, (struct range){first, at->key - 1},
				   elements->arena);
			inside = false;
		} else if (!at->end && !inside) {
			first = at->key;
			inside = true;
		}
	}
	if (inside)
		ranges_add(&ranges, (struct range){first, last}, elements->arena);
	/* Without intervals neighbours stay elements of their own. */
	if (set->intervals)
		ranges_normalize(&ranges);
	set->ranges = ranges;
	set->sentinel = set->intervals && elements->count && elements->at[0].end &&
			elements->at[0].key == 0;
	set->elements = elements->count;
	set->irregular = elements->count != nft_live_set_elements(set, set->sentinel);
}

static struct nlmsghdr *begin_request(struct live_socket *socket,
				      struct live_request *request, const char *table,
				      const struct live_set *set, uint16_t flags)
{
	struct nlmsghdr *message = live_request_begin(socket, request, NFT_MSG_GETSETELEM,
						      NFPROTO_INET, flags);

	mnl_attr_put_strz(message, NFTA_SET_ELEM_LIST_TABLE, table);
	mnl_attr_put_strz(message, NFTA_SET_ELEM_LIST_SET, set->name);
	return message;
}

static int list_elements(struct live_socket *socket, const char *table,
			 struct live_set *set, struct arena *arena)
{
	struct elements elements = {.arena = arena, .set = set};
	struct live_request request;
	int status =
		live_ask(socket, begin_request(socket, &request, table, set, NLM_F_DUMP),
			 read_elements, &elements);

	if (status)
		return status;
	if (elements.count)
		qsort(elements.at, elements.count, sizeof(*elements.at),
		      compare_boundaries);
	make_ranges(&elements);
	return 0;
}

/* -- asking -------------------------------------------------------------------------- */

/** struct asking - Boundaries that were asked for, and how many came as they should */
struct asking {
	struct live_socket *socket;
	const char *table;
	const struct live_set *set;
	struct arena *arena; /* of one question; the answers are not kept */
	struct boundary keys[KEYS_EACH];
	size_t count, matched;
};

static int read_matches(const struct nlmsghdr *message, void *context)
{
	struct asking *asking = context;
	struct live_set set = *asking->set;
	struct elements elements = {.arena = asking->arena, .set = &set};
	int status = read_elements(message, &elements);

	for (size_t i = 0; i < elements.count; i++)
		if (asking->matched < asking->count && !set.strange &&
		    elements.at[i].key == asking->keys[asking->matched].key &&
		    elements.at[i].end == asking->keys[asking->matched].end)
			asking->matched++;
	return status;
}

/* Ask for the boundaries collected so far: 0, -ENOENT when one is not as it should be. */
static int ask(struct asking *asking)
{
	_Alignas(8) uint8_t bytes[512 + KEYS_EACH * 64];
	struct nlmsghdr *message;
	struct nlattr *list;
	uint8_t *at, *begin;
	int status;

	if (!asking->count)
		return 0;
	message = begin_request(asking->socket, (struct live_request *)bytes,
				asking->table, asking->set, NLM_F_ACK);
	list = mnl_attr_nest_start(message, NFTA_SET_ELEM_LIST_ELEMENTS);
	begin = at = mnl_nlmsg_get_payload_tail(message);
	for (size_t i = 0; i < asking->count; i++)
		at = live_element_write(at, asking->set, asking->keys[i].key,
					asking->keys[i].end);
	message->nlmsg_len += (uint32_t)(at - begin);
	mnl_attr_nest_end(message, list);
	asking->matched = 0;
	asking->arena = arena_new();
	status = live_ask(asking->socket, message, read_matches, asking);
	arena_free(asking->arena);
	if (!status && asking->matched != asking->count)
		status = -ENOENT;
	asking->count = 0;
	return status;
}

static int ask_for(struct asking *asking, u128 key, bool end)
{
	asking->keys[asking->count++] = (struct boundary){.key = key, .end = end};
	return asking->count == KEYS_EACH ? ask(asking) : 0;
}

/* The kernel finds no end at 0 by asking; but removing one that is not there fails.  The
 * removal is only tried: the batch has no end. */
static int try_sentinel(struct live_socket *socket, const char *table,
			const struct live_set *set)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new();
	CLEANUP(live_batch_release) struct live_batch batch;
	struct live_part part = {.object = set->name};
	struct live_failure failure;
	struct live_sent sent = {0};

	live_batch_begin(&batch, socket, 0, arena);
	live_put_elements(&batch, NFT_MSG_DELSETELEM, table, set, 0, true, NULL, 0,
			  &part);
	return live_batch_send(&batch, true, &sent, &failure);
}

static int ask_all(struct live_socket *socket, const char *table,
		   const struct live_set *set, const struct live_set *expected)
{
	struct asking asking = {.socket = socket, .table = table, .set = set};
	u128 last = u128_mask(nft_live_set_bits(set));
	int status = expected->sentinel ? try_sentinel(socket, table, set) : 0;

	for (size_t i = 0; !status && i < expected->ranges.count; i++) {
		const struct range *range = &expected->ranges.at[i];

		status = ask_for(&asking, range->first, false);
		if (!status && range->last != last)
			status = ask_for(&asking, range->last + 1, true);
	}
	return status ? status : ask(&asking);
}

/* Can asking show that the set holds what we believe, and nothing more? */
static bool can_ask(const struct live_set *set, const struct live_set *expected,
		    size_t count)
{
	return expected && expected->ranges.count >= ASK_FROM && set->intervals &&
	       expected->intervals && expected->key_length == set->key_length &&
	       !set->strange && expected->elements % 2 && count == expected->elements / 2;
}

int live_read_elements(struct live_socket *socket, const char *table,
		       struct live_set *set, const struct live_set *expected,
		       size_t count, struct arena *arena)
{
	int status;

	if (!can_ask(set, expected, count))
		return list_elements(socket, table, set, arena);
	status = ask_all(socket, table, set, expected);
	if (status == -ENOENT)
		return list_elements(socket, table, set, arena);
	if (status)
		return status;
	set->ranges = expected->ranges;
	set->sentinel = expected->sentinel;
	set->elements = expected->elements;
	return 0;
}
