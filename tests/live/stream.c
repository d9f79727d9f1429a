/* stream.c - Open flow after flow, and count those that fare otherwise than they must.
 *
 * usage: stream [-j SLOTS] TARGET...
 *
 *	TARGET	allow|deny:tcp|udp:ADDRESS,PORT
 *
 * Each slot opens one flow after the other, from a port of its own each time, to the
 * targets in turn: a connection, or a datagram that must come back.  On SIGTERM one line
 * is printed:
 *
 *	ALLOWED allowed (LOST lost, REFUSED refused), DENIED denied (PASSED passed)
 *
 * A connection whose SYN had to be sent again is lost: something dropped the first.
 *
 * Exit status: 0 when no flow fared otherwise and there were some of each kind asked for,
 * 1 otherwise, 2 for bad arguments, 3 when something else fails.
 */
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/live/endpoint.h"

#define MAX_TARGETS 16
#define MAX_SLOTS   256

/* A SYN is sent again after a second: what takes longer was lost. */
#define ALLOW_MS 2500
/* A refusal comes at once; where its ICMP is lost, nothing ever comes. */
#define DENY_MS 150

struct target {
	bool allow;
	bool tcp;
	struct endpoint to;
};

struct slot {
	int fd;
	const struct target *target;
	int64_t deadline;
};

struct stream {
	struct target targets[MAX_TARGETS];
	unsigned target_count, slot_count, next;
	struct slot slots[MAX_SLOTS];
	int poll;
	unsigned long allowed, lost, refused, denied, passed;
};

static bool parse_target(char *text, struct target *target)
{
	char *protocol = strchr(text, ':');
	char *address = protocol ? strchr(protocol + 1, ':') : NULL;
	char *port = address ? strchr(address, ',') : NULL;
	uint16_t number;

	if (!port || !endpoint_port_parse(port + 1, &number))
		return false;
	*protocol = *address = *port = '\0';
	target->allow = strcmp(text, "allow") == 0;
	target->tcp = strcmp(protocol + 1, "tcp") == 0;
	return (target->allow || strcmp(text, "deny") == 0) &&
	       (target->tcp || strcmp(protocol + 1, "udp") == 0) &&
	       endpoint_parse(address + 1, number, &target->to);
}

/* How a flow ended: it came through, was refused, or nothing was heard of it. */
enum end {
	END_PASSED,
	END_REFUSED,
	END_SILENT,
};

static void finish(struct stream *stream, struct slot *slot, enum end end)
{
	const struct linger at_once = {.l_onoff = 1};

	/* A reset: thousands of connections leave nothing behind. */
	if (slot->target->tcp)
		(void)setsockopt(slot->fd, SOL_SOCKET, SO_LINGER, &at_once,
				 sizeof(at_once));
	close(slot->fd);
	slot->fd = -1;
	if (!slot->target->allow) {
		stream->denied++;
		stream->passed += end == END_PASSED;
	} else {
		stream->allowed++;
		stream->refused += end == END_REFUSED;
		stream->lost += end == END_SILENT;
	}
}

static void begin(struct stream *stream, struct slot *slot)
{
	struct epoll_event event = {.data.ptr = slot};
	const struct target *target =
		&stream->targets[stream->next++ % stream->target_count];

	slot->target = target;
	slot->deadline = endpoint_now_ms() + (target->allow ? ALLOW_MS : DENY_MS);
	slot->fd = socket(endpoint_family(&target->to),
			  (target->tcp ? SOCK_STREAM : SOCK_DGRAM) | SOCK_NONBLOCK |
				  SOCK_CLOEXEC,
			  0);
	if (slot->fd < 0)
		endpoint_die("socket");
	event.events = target->tcp ? EPOLLOUT : EPOLLIN;
	if (epoll_ctl(stream->poll, EPOLL_CTL_ADD, slot->fd, &event))
		endpoint_die("epoll_ctl");
	if (connect(slot->fd, (const struct sockaddr *)&target->to.address,
		    target->to.length) &&
	    errno != EINPROGRESS)
		finish(stream, slot, END_REFUSED);
	else if (!target->tcp && send(slot->fd, "x", 1, MSG_NOSIGNAL) != 1)
		finish(stream, slot, END_REFUSED);
}

static enum end tcp_end(int fd)
{
	struct tcp_info info = {0};
	socklen_t length = sizeof(info);
	int error = 0;
	socklen_t error_length = sizeof(error);

	if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &error_length) || error)
		return error == ETIMEDOUT ? END_SILENT : END_REFUSED;
	if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &length))
		endpoint_die("TCP_INFO");
	return info.tcpi_total_retrans ? END_SILENT : END_PASSED;
}

static void take(struct stream *stream, struct slot *slot)
{
	char byte;

	if (slot->target->tcp)
		finish(stream, slot, tcp_end(slot->fd));
	else
		finish(stream, slot,
		       recv(slot->fd, &byte, 1, 0) == 1 ? END_PASSED : END_REFUSED);
}

static int open_signals(int poll)
{
	struct epoll_event event = {.events = EPOLLIN};
	sigset_t ends;
	int fd;

	sigemptyset(&ends);
	sigaddset(&ends, SIGTERM);
	sigaddset(&ends, SIGINT);
	sigprocmask(SIG_BLOCK, &ends, NULL);
	fd = signalfd(-1, &ends, SFD_CLOEXEC);
	if (fd < 0 || epoll_ctl(poll, EPOLL_CTL_ADD, fd, &event))
		endpoint_die("signalfd");
	return fd;
}

static void run(struct stream *stream)
{
	struct epoll_event events[64];

	for (;;) {
		int64_t now = endpoint_now_ms();
		int count;

		for (unsigned i = 0; i < stream->slot_count; i++) {
			struct slot *slot = &stream->slots[i];

			if (slot->fd >= 0 && slot->deadline <= now)
				finish(stream, slot, END_SILENT);
			if (slot->fd < 0)
				begin(stream, slot);
		}
		count = epoll_wait(stream->poll, events, 64, 5);
		for (int i = 0; i < count; i++) {
			struct slot *slot = events[i].data.ptr;

			if (!slot)
				return;
			if (slot->fd >= 0)
				take(stream, slot);
		}
	}
}

int main(int argc, char **argv)
{
	static struct stream stream = {.slot_count = 16};
	bool wants[2] = {false, false};
	int option;

	while ((option = getopt(argc, argv, "j:")) == 'j')
		stream.slot_count =
			endpoint_number_parse(optarg, 1, MAX_SLOTS, "-j SLOTS");
	for (int i = optind; option == -1 && i < argc; i++) {
		struct target *target = &stream.targets[stream.target_count];

		if (stream.target_count == MAX_TARGETS || !parse_target(argv[i], target))
			option = '?';
		else
			wants[stream.targets[stream.target_count++].allow] = true;
	}
	if (option != -1 || !stream.target_count) {
		fprintf(stderr, "usage: stream [-j SLOTS] allow|deny:tcp|udp:ADDRESS,PORT"
				"...\n");
		return 2;
	}
	stream.poll = epoll_create1(EPOLL_CLOEXEC);
	if (stream.poll < 0)
		endpoint_die("epoll_create1");
	open_signals(stream.poll);
	for (unsigned i = 0; i < stream.slot_count; i++)
		stream.slots[i].fd = -1;
	run(&stream);
	printf("%lu allowed (%lu lost, %lu refused), %lu denied (%lu passed)\n",
	       stream.allowed, stream.lost, stream.refused, stream.denied, stream.passed);
	return stream.lost || stream.refused || stream.passed ||
	       (wants[true] && !stream.allowed) || (wants[false] && !stream.denied);
}
