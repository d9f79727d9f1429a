/* echo_server.c - Answer every TCP connection and every UDP datagram with what it said.
 *
 * usage: echo_server PORT
 *
 * One process, both protocols, both families.  The server's namespace redirects all
 * ports of all addresses here, so that whatever a client cannot reach, something on the
 * way has refused.
 */
#include <errno.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "rules/base/attr.h"
#include "tests/live/endpoint.h"

#define EVENTS 256
#define CHUNK  4096

static int open_socket(int type, uint16_t port)
{
	struct sockaddr_in6 any = {
		.sin6_family = AF_INET6,
		.sin6_port = htons(port),
		.sin6_addr = IN6ADDR_ANY_INIT,
	};
	int off = 0, on = 1;
	int fd = socket(AF_INET6, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	if (fd < 0)
		endpoint_die("socket");
	if (setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof(off)) ||
	    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)))
		endpoint_die("setsockopt");
	if (bind(fd, (struct sockaddr *)&any, sizeof(any)))
		endpoint_die("bind");
	return fd;
}

static int open_tcp(uint16_t port)
{
	int fd = open_socket(SOCK_STREAM, port);

	/* The namespace's somaxconn cuts this: all of 5 000 probes open at once. */
	if (listen(fd, 65535))
		endpoint_die("listen");
	return fd;
}

static int open_udp(uint16_t port)
{
	int on = 1, bytes = 4 << 20;
	int fd = open_socket(SOCK_DGRAM, port);

	/* The address that was asked has to be the one that answers. */
	if (setsockopt(fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, &on, sizeof(on)))
		endpoint_die("IPV6_RECVPKTINFO");
	/* Best effort: without the privilege the kernel's default stays. */
	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &bytes, sizeof(bytes)))
		(void)setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof(bytes));
	return fd;
}

static void watch(int poll, int fd)
{
	struct epoll_event event = {.events = EPOLLIN, .data.fd = fd};

	if (epoll_ctl(poll, EPOLL_CTL_ADD, fd, &event))
		endpoint_die("epoll_ctl");
}

static void accept_all(int poll, int listener)
{
	int fd;

	while ((fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0)
		watch(poll, fd);
}

static void echo_stream(int fd)
{
	char chunk[CHUNK];
	ssize_t got = recv(fd, chunk, sizeof(chunk), 0);

	if (got < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	/* Exchanges are short: a peer that does not read what it sent is cut off. */
	if (got <= 0 || send(fd, chunk, (size_t)got, MSG_NOSIGNAL) != got)
		close(fd);
}

static void echo_datagrams(int fd)
{
	union {
		struct cmsghdr align;
		char bytes[CMSG_SPACE(sizeof(struct in6_pktinfo))];
	} control;
	char chunk[CHUNK];

	for (;;) {
		struct sockaddr_storage peer;
		struct iovec data = {.iov_base = chunk, .iov_len = sizeof(chunk)};
		struct msghdr message = {
			.msg_name = &peer,
			.msg_namelen = sizeof(peer),
			.msg_iov = &data,
			.msg_iovlen = 1,
			.msg_control = &control,
			.msg_controllen = sizeof(control),
		};
		ssize_t got = recvmsg(fd, &message, 0);

		if (got < 0)
			return;
		data.iov_len = (size_t)got;
		(void)sendmsg(fd, &message, 0);
	}
}

int main(int argc, char **argv)
{
	struct epoll_event events[EVENTS];
	uint16_t port;
	int poll, tcp, udp;

	if (argc != 2 || !endpoint_port_parse(argv[1], &port)) {
		fprintf(stderr, "usage: echo_server PORT\n");
		return 2;
	}
	endpoint_allow_files();
	poll = epoll_create1(EPOLL_CLOEXEC);
	if (poll < 0)
		endpoint_die("epoll_create1");
	tcp = open_tcp(port);
	udp = open_udp(port);
	watch(poll, tcp);
	watch(poll, udp);
	for (;;) {
		int count = epoll_wait(poll, events, EVENTS, -1);

		for (int i = 0; i < count; i++) {
			if (events[i].data.fd == tcp)
				accept_all(poll, tcp);
			else if (events[i].data.fd == udp)
				echo_datagrams(udp);
			else
				echo_stream(events[i].data.fd);
		}
	}
}
