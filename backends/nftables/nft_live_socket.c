/* nft_live_socket.c - Asking nf_tables. */
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

/**
 * DOC: Whole answers
 *
 * A list of rules, chains or sets that changes while it is read is marked by the kernel
 * (NLM_F_DUMP_INTR); a list of elements never is.  But every answer carries the low 16
 * bits of the rule set's generation, so two generations in what belongs together show
 * that it is torn (measured on Linux 6.18, 2026-11-21).
 */

/* What a batch may need: half of what an int counts, so that the kernel, which doubles
 * it, does not overflow.  It is a bound and reserves nothing. */
#define SEND_BYTES (INT32_MAX / 2)

/* One refusal a message at most is answered; 1 MiB holds some 10 000 of them. */
#define RECEIVE_BYTES (1 << 20)

/* The kernel counts its own overhead, too (netlink_sendmsg()). */
#define SEND_OVERHEAD 4096

static int set_buffer(int fd, int force, int plain, int bytes)
{
	/* Only the privileged may go beyond the system's bound; the others get that. */
	if (setsockopt(fd, SOL_SOCKET, force, &bytes, sizeof(bytes)) == 0)
		return 0;
	return setsockopt(fd, SOL_SOCKET, plain, &bytes, sizeof(bytes)) ? -errno : 0;
}

static int set_options(struct live_socket *live)
{
	int fd = mnl_socket_get_fd(live->mnl), on = 1, room = 0, status;
	socklen_t length = sizeof(room);

	/* Without them a refusal does not say which attribute it is about. */
	(void)mnl_socket_setsockopt(live->mnl, NETLINK_EXT_ACK, &on, sizeof(on));
	(void)mnl_socket_setsockopt(live->mnl, NETLINK_CAP_ACK, &on, sizeof(on));
	status = set_buffer(fd, SO_SNDBUFFORCE, SO_SNDBUF, SEND_BYTES);
	if (!status)
		status = set_buffer(fd, SO_RCVBUFFORCE, SO_RCVBUF, RECEIVE_BYTES);
	if (!status && getsockopt(fd, SOL_SOCKET, SO_SNDBUF, &room, &length))
		status = -errno;
	live->room = room > 2 * SEND_OVERHEAD ? (size_t)room - SEND_OVERHEAD : 0;
	return status;
}

int live_socket_open(struct live_socket *ret_socket)
{
	struct live_socket live = {
		.mnl = mnl_socket_open2(NETLINK_NETFILTER, SOCK_CLOEXEC)};
	int status;

	if (!live.mnl)
		return -errno;
	if (mnl_socket_bind(live.mnl, 0, MNL_SOCKET_AUTOPID) < 0)
		status = -errno;
	else
		status = set_options(&live);
	if (status) {
		mnl_socket_close(live.mnl);
		return status;
	}
	live.sequence = 1;
	*ret_socket = live;
	return 0;
}

void live_socket_close(struct live_socket *socket)
{
	if (socket->mnl)
		mnl_socket_close(socket->mnl);
	socket->mnl = NULL;
}

struct nlmsghdr *live_request_begin(struct live_socket *socket,
				    struct live_request *request, uint16_t type,
				    uint8_t family, uint16_t flags)
{
	/* libmnl leaves what pads a text as it is. */
	memset(request->bytes, 0, sizeof(request->bytes));
	return nftnl_nlmsg_build_hdr((char *)request->bytes, type, family, flags,
				     socket->sequence++);
}

/** struct reading - One answer while it is read */
struct reading {
	struct live_socket *socket;
	uint32_t sequence;
	live_answer *answer;
	void *context;
	int status; /* the first error */
	bool torn, done;
};

static void read_message(struct reading *reading, const struct nlmsghdr *message)
{
	const struct nlmsgerr *error = mnl_nlmsg_get_payload(message);
	const struct nfgenmsg *about = mnl_nlmsg_get_payload(message);
	uint32_t generation = reading->socket->generation;

	if (message->nlmsg_seq != reading->sequence)
		return;
	if (message->nlmsg_flags & NLM_F_DUMP_INTR)
		reading->torn = true;
	if (message->nlmsg_type == NLMSG_ERROR) {
		reading->status = reading->status ? reading->status : error->error;
		reading->done = true;
	} else if (message->nlmsg_type == NLMSG_DONE) {
		reading->done = true;
	} else if (message->nlmsg_type >= NLMSG_MIN_TYPE) {
		if (generation && ntohs(about->res_id) != (generation & 0xffff))
			reading->torn = true;
		if (!reading->status && !reading->torn)
			reading->status = reading->answer(message, reading->context);
	}
}

int live_ask(struct live_socket *socket, const struct nlmsghdr *request,
	     live_answer *answer, void *context)
{
	struct reading reading = {
		.socket = socket,
		.sequence = request->nlmsg_seq,
		.answer = answer,
		.context = context,
	};
	_Alignas(8) static _Thread_local uint8_t bytes[LIVE_ANSWER_BYTES];

	if (mnl_socket_sendto(socket->mnl, request, request->nlmsg_len) < 0)
		return -errno;
	while (!reading.done) {
		ssize_t got = mnl_socket_recvfrom(socket->mnl, bytes, sizeof(bytes));
		const struct nlmsghdr *message = (const void *)bytes;
		int left = (int)got;

		if (got < 0 && errno == EINTR)
			continue;
		/* A part of the answer is lost for good: as if it were torn. */
		if (got < 0)
			return errno == ENOBUFS ? -EINTR : -errno;
		for (; mnl_nlmsg_ok(message, left);
		     message = mnl_nlmsg_next(message, &left))
			read_message(&reading, message);
	}
	/* An error in our own reading of a torn answer means nothing. */
	return reading.torn ? -EINTR : reading.status;
}

static int read_generation(const struct nlmsghdr *message, void *context)
{
	uint32_t *generation = context;
	struct nlattr *attribute;

	mnl_attr_for_each(attribute, message,
			  sizeof(struct nfgenmsg)) if (mnl_attr_get_type(attribute) ==
							       NFTA_GEN_ID &&
						       mnl_attr_get_payload_len(
							       attribute) ==
							       sizeof(uint32_t))
		*generation = ntohl(mnl_attr_get_u32(attribute));
	return 0;
}

int live_generation(struct live_socket *socket, uint32_t *ret_generation)
{
	struct live_request request;
	uint32_t generation = 0;
	int status = live_ask(socket,
			      live_request_begin(socket, &request, NFT_MSG_GETGEN,
						 NFPROTO_UNSPEC, NLM_F_ACK),
			      read_generation, &generation);

	if (status)
		return status;
	*ret_generation = generation;
	return generation ? 0 : -EPROTO;
}
