/* nft_live_kernel.h - Talking to nf_tables; of nft_live*.c only. */
#ifndef BACKENDS_NFTABLES_NFT_LIVE_KERNEL_H
#define BACKENDS_NFTABLES_NFT_LIVE_KERNEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "backends/nftables/nft_live.h"

struct mnl_socket;
struct nlattr;
struct nlmsghdr;

/* An attribute's length has 16 bits, its own header of 4 bytes among them; an expression
 * of ours has at most some hundred bytes. */
#define LIVE_ATTRIBUTE_MAX 65535u

/* The kernel fills at most 32 KiB of an answer at once (af_netlink.c, netlink_dump(),
 * Linux 6.18); with less room every piece of a set walks the whole set again. */
#define LIVE_ANSWER_BYTES (64u << 10)

/**
 * struct live_socket - A netlink socket
 * @room:	the longest batch that it takes
 * @generation:	what every answer must be of; 0: any
 */
struct live_socket {
	struct mnl_socket *mnl;
	uint32_t sequence;
	size_t room;
	uint32_t generation;
};

/** live_socket_open() - 0 or -errno; live_socket_close() is for CLEANUP() */
int live_socket_open(struct live_socket *ret_socket);
void live_socket_close(struct live_socket *socket);

/* One message of an answer; not 0 ends the reading with that error */
typedef int live_answer(const struct nlmsghdr *message, void *context);

/** struct live_request - A question with its attributes; room for what we ask */
struct live_request {
	_Alignas(8) unsigned char bytes[512];
};

/** live_request_begin() - A question of type NFT_MSG_*; attributes may be added */
struct nlmsghdr *live_request_begin(struct live_socket *socket,
				    struct live_request *request, uint16_t type,
				    uint8_t family, uint16_t flags);

/**
 * live_ask() - Send a question and read all of its answer
 *
 * Return: 0, -errno, or -EINTR when the answer was torn: somebody changed the rules
 * while it was read, so all that was read must be read again
 */
int live_ask(struct live_socket *socket, const struct nlmsghdr *request,
	     live_answer *answer, void *context);

/** live_generation() - The number of the kernel's rule set; every change makes another */
int live_generation(struct live_socket *socket, uint32_t *ret_generation);

/* -- batches (nft_live_batch.c) ------------------------------------------------------ */

/**
 * struct live_part - What a message of a batch is about
 * @set, @first: a message of elements: its set, and its first interval in @ranges
 */
struct live_part {
	const char *object;
	const char *id;
	struct span at;
	const struct live_set *set;
	const struct range *ranges;
	bool sentinel;
};

/**
 * struct live_batch - Messages that the kernel takes together, or not at all
 */
struct live_batch {
	struct arena *arena;
	struct live_socket *socket;
	uint8_t *bytes;
	size_t length, capacity;
	uint32_t first; /* the sequence number of the begin */
	struct live_part *parts;
	size_t count, part_capacity;
	uint32_t next_set; /* for sets that rules of the same batch refer to */
	size_t last;	   /* offset of the last message */
};

void live_batch_begin(struct live_batch *batch, struct live_socket *socket,
		      uint32_t generation, struct arena *arena);
void live_batch_release(struct live_batch *batch);

/** live_batch_add() - Begin a message; it is the batch's with live_batch_done() */
struct nlmsghdr *live_batch_add(struct live_batch *batch, uint16_t type, uint16_t flags,
				const struct live_part *part);
void live_batch_done(struct live_batch *batch, const struct nlmsghdr *message);

/** live_batch_is_empty() - Is there nothing but its begin? */
bool live_batch_is_empty(const struct live_batch *batch);

/**
 * live_batch_send() - Send the batch and learn what became of it
 * @try_only:	leave out the end, so that the kernel checks everything and changes
 * nothing
 *
 * Return: 0, or -errno with the first message that was refused in *ret_failure
 */
int live_batch_send(struct live_batch *batch, bool try_only, struct live_sent *sent,
		    struct live_failure *ret_failure);

/** live_put_elements() - Messages with @count intervals of @ranges; NFT_MSG_NEWSETELEM or
 * NFT_MSG_DELSETELEM */
void live_put_elements(struct live_batch *batch, uint16_t type, const char *table,
		       const struct live_set *set, uint32_t set_id, bool sentinel,
		       const struct range *ranges, size_t count,
		       const struct live_part *part);

/** live_element_bytes() - Length of one element's attribute */
size_t live_element_bytes(const struct live_set *set, bool end);

/** live_element_write() - Write one; returns the byte behind it */
uint8_t *live_element_write(uint8_t *at, const struct live_set *set, u128 key, bool end);

/* -- expressions (nft_live_expr.c) --------------------------------------------------- */

/** live_put_op() - One expression as an element of the list that is open; @set_id: of the
 * anonymous set of a look-up */
void live_put_op(struct nlmsghdr *message, const struct live_op *op, uint32_t set_id);

/**
 * live_read_op() - One element of a list of expressions
 *
 * What libnftnl does not know, or has attributes that we do not know, becomes opaque.
 */
void live_read_op(const struct nlattr *element, struct arena *arena,
		  struct live_op *ret_op);

/* -- elements read back (nft_live_elements.c) ---------------------------------------- */

/**
 * live_read_elements() - What a set holds
 * @expected:	(optional) what we believe it holds
 * @count:	what the kernel says of their number, or SIZE_MAX where it does not
 */
int live_read_elements(struct live_socket *socket, const char *table,
		       struct live_set *set, const struct live_set *expected,
		       size_t count, struct arena *arena);

/* -- the whole (nft_live_read.c, nft_live_load.c) ------------------------------------ */

int nft_live_fetch(const struct live_image *expected, struct arena *arena,
		   struct live_image **ret_image);
int nft_live_load(const struct live_image *from, const struct live_image *to,
		  bool try_only, struct arena *arena, struct live_sent *ret_sent,
		  struct live_failure *ret_failure);

/**
 * nft_live_kept() - Which rules of two chains are the same rule, in order
 * @ret_from, @ret_to: for each rule the index of its twin in the other, or SIZE_MAX
 */
void nft_live_kept(const struct live_chain *from, const struct live_chain *to,
		   struct arena *arena, size_t **ret_from, size_t **ret_to);

/** nft_live_set_fits() - Can the set @from be changed into @to in its place? */
bool nft_live_set_fits(const struct live_set *from, const struct live_set *to);

/** nft_live_chain_fits() - Can the chain @from be changed into @to in its place? */
bool nft_live_chain_fits(const struct live_chain *from, const struct live_chain *to);

/** nft_live_intervals() - Intervals of @of that are not in @other as they stand */
struct ranges nft_live_intervals(const struct ranges *of, const struct ranges *other,
				 struct arena *arena);

#endif
