/* dns_socket.c - Sockets, time and chance for the resolver: inside resolver.c only. */
#include "compiler/dns_socket.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "rules/base/arena.h"

uint64_t dns_now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

/* -- chance ---------------------------------------------------------------- */

int dns_random_begin(struct dns_random *random)
{
	/* Up to 256 bytes come at once and are not interrupted (getrandom(2)). */
	ssize_t got = getrandom(random->ids, sizeof(random->ids), 0);

	if (got < 0)
		return -errno;
	random->left = ARRAY_SIZE(random->ids);
	return 0;
}

uint16_t dns_random_id(struct dns_random *random)
{
	/* The first call has shown that the kernel gives random numbers. */
	if (!random->left && dns_random_begin(random))
		BUG("the kernel has no more random numbers");
	return random->ids[--random->left];
}

/* -- addresses ------------------------------------------------------------- */

union socket_address {
	struct sockaddr any;
	struct sockaddr_in ipv4;
	struct sockaddr_in6 ipv6;
};

static socklen_t fill_address(const struct dns_server *server,
			      union socket_address *address)
{
	memset(address, 0, sizeof(*address));
	if (server->address.family == FAMILY_IPV4) {
		address->ipv4.sin_family = AF_INET;
		address->ipv4.sin_port = htons(server->port);
		address->ipv4.sin_addr.s_addr = htonl((uint32_t)server->address.value);
		return sizeof(address->ipv4);
	}
	address->ipv6.sin6_family = AF_INET6;
	address->ipv6.sin6_port = htons(server->port);
	for (int i = 0; i < 16; i++)
		address->ipv6.sin6_addr.s6_addr[i] =
			(uint8_t)(server->address.value >> (120 - 8 * i));
	return sizeof(address->ipv6);
}

static int open_socket(const struct dns_server *server, int type)
{
	union socket_address address;
	socklen_t size = fill_address(server, &address);
	int fd = socket(address.any.sa_family, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	int error;

	if (fd < 0)
		return -errno;
	if (connect(fd, &address.any, size) == 0 || errno == EINPROGRESS)
		return fd;
	error = -errno;
	close(fd);
	return error;
}

int dns_socket_udp(const struct dns_server *server)
{
	return open_socket(server, SOCK_DGRAM);
}

/* -- TCP ------------------------------------------------------------------- */

int dns_tcp_open(struct dns_tcp *tcp, const struct dns_server *server,
		 const uint8_t *question, size_t length)
{
	int fd = open_socket(server, SOCK_STREAM);

	*tcp = (struct dns_tcp){.fd = fd < 0 ? -1 : fd, .in = tcp->in};
	if (fd < 0)
		return fd;
	tcp->out[0] = (uint8_t)(length >> 8);
	tcp->out[1] = (uint8_t)length;
	memcpy(tcp->out + 2, question, length);
	tcp->out_length = length + 2;
	return 0;
}

void dns_tcp_close(struct dns_tcp *tcp)
{
	if (tcp->fd >= 0)
		close(tcp->fd);
	tcp->fd = -1;
}

/* The result of send() or recv(): may the caller go on? */
static bool went_on(struct dns_tcp *tcp, ssize_t result, size_t *moved,
		    enum dns_tcp_state *state)
{
	if (result > 0) {
		*moved += (size_t)result;
		return true;
	}
	if (result < 0 && errno == EINTR)
		return true;
	if (result < 0 && errno == EAGAIN)
		return false;
	tcp->error = result < 0 ? errno : 0;
	*state = DNS_TCP_BROKEN;
	return false;
}

enum dns_tcp_state dns_tcp_step(struct dns_tcp *tcp, struct arena *arena)
{
	enum dns_tcp_state state = DNS_TCP_GOING;

	while (tcp->sent < tcp->out_length)
		if (!went_on(tcp,
			     send(tcp->fd, tcp->out + tcp->sent,
				  tcp->out_length - tcp->sent, MSG_NOSIGNAL),
			     &tcp->sent, &state))
			return state;
	while (tcp->head_length < sizeof(tcp->head))
		if (!went_on(tcp,
			     recv(tcp->fd, tcp->head + tcp->head_length,
				  sizeof(tcp->head) - tcp->head_length, 0),
			     &tcp->head_length, &state))
			return state;
	tcp->in_length = (size_t)tcp->head[0] << 8 | tcp->head[1];
	if (!tcp->in)
		tcp->in = arena_array(arena, DNS_MESSAGE_MAX, uint8_t);
	while (tcp->received < tcp->in_length)
		if (!went_on(tcp,
			     recv(tcp->fd, tcp->in + tcp->received,
				  tcp->in_length - tcp->received, 0),
			     &tcp->received, &state))
			return state;
	return DNS_TCP_DONE;
}
