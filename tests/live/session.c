/* session.c - A flow that stays: exchanges data until it is told to stop.
 *
 * usage: session [-i MS] [-t MS] tcp|udp SOURCE DESTINATION PORT
 *
 * Opens the flow and prints "open", then sends a number every -i milliseconds (default
 * 5) and awaits its echo for -t milliseconds (default 2000).  On SIGTERM it makes one
 * last exchange and prints
 *
 *	EXCHANGES exchanges, LOST lost, SENT-AGAIN retransmitted
 *
 * Retransmissions are TCP's own, after a loss on the way or on a machine that is too busy
 * to answer in time: a remark, no fault.
 *
 * Exit status: 0 when nothing was lost, 1 when something was, 2 for bad arguments, 3 when
 * the flow cannot be opened.
 */
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "tests/live/endpoint.h"

struct session {
	int fd;
	bool is_tcp;
	int timeout_ms;
	unsigned exchanges;
	unsigned lost;
};

static void open_flow(struct session *session, const struct endpoint *from,
		      const struct endpoint *to)
{
	struct timeval limit = {
		.tv_sec = session->timeout_ms / 1000,
		.tv_usec = session->timeout_ms % 1000 * 1000,
	};
	int on = 1;

	session->fd =
		socket(endpoint_family(to),
		       (session->is_tcp ? SOCK_STREAM : SOCK_DGRAM) | SOCK_CLOEXEC, 0);
	if (session->fd < 0)
		endpoint_die("socket");
	/* Bounds connect() as well as each answer. */
	if (setsockopt(session->fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit)) ||
	    (session->is_tcp &&
	     setsockopt(session->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on))))
		endpoint_die("setsockopt");
	if (from->length &&
	    bind(session->fd, (const struct sockaddr *)&from->address, from->length))
		endpoint_die("bind");
	if (connect(session->fd, (const struct sockaddr *)&to->address, to->length)) {
		if (errno == EINPROGRESS) /* socket(7): SO_SNDTIMEO ran out */
			errno = ETIMEDOUT;
		endpoint_die("connect");
	}
}

/* Reads until the echo of @number is there; late echoes of earlier ones are passed over.
 */
static bool await_echo(struct session *session, uint32_t number)
{
	int64_t deadline = endpoint_now_ms() + session->timeout_ms;
	uint32_t echo;
	int64_t now;

	while ((now = endpoint_now_ms()) < deadline) {
		struct pollfd wait = {.fd = session->fd, .events = POLLIN};

		if (poll(&wait, 1, (int)(deadline - now)) != 1)
			continue;
		if (recv(session->fd, &echo, sizeof(echo),
			 session->is_tcp ? MSG_WAITALL : 0) != sizeof(echo))
			return false;
		if (echo == number)
			return true;
	}
	return false;
}

static bool exchange(struct session *session)
{
	uint32_t number = session->exchanges++;

	if (send(session->fd, &number, sizeof(number), MSG_NOSIGNAL) == sizeof(number) &&
	    await_echo(session, number))
		return true;
	session->lost++;
	return false;
}

static unsigned retransmitted(const struct session *session)
{
	struct tcp_info info = {0};
	socklen_t length = sizeof(info);

	if (!session->is_tcp ||
	    getsockopt(session->fd, IPPROTO_TCP, TCP_INFO, &info, &length))
		return 0;
	return info.tcpi_total_retrans;
}

/* Readable once we are told to stop. */
static int open_stop(void)
{
	sigset_t stop;
	int fd;

	sigemptyset(&stop);
	sigaddset(&stop, SIGTERM);
	if (sigprocmask(SIG_BLOCK, &stop, NULL))
		endpoint_die("sigprocmask");
	fd = signalfd(-1, &stop, SFD_CLOEXEC);
	if (fd < 0)
		endpoint_die("signalfd");
	return fd;
}

/* A TCP session that lost an exchange is broken; UDP goes on. */
static int run(struct session *session, int stop, int interval_ms)
{
	struct pollfd wait = {.fd = stop, .events = POLLIN};
	bool alive = true;

	while (alive && poll(&wait, 1, interval_ms) == 0)
		alive = exchange(session) || !session->is_tcp;
	if (alive)
		(void)exchange(session);
	printf("%u exchanges, %u lost, %u retransmitted\n", session->exchanges,
	       session->lost, retransmitted(session));
	return session->lost > 0;
}

int main(int argc, char **argv)
{
	struct session session = {.timeout_ms = 2000};
	struct endpoint from = {0}, to;
	int interval_ms = 5, stop;
	uint16_t port;
	int option;

	while ((option = getopt(argc, argv, "i:t:")) != -1) {
		if (option == 'i')
			interval_ms = (int)endpoint_number_parse(optarg, 1, 60000, "-i");
		else if (option == 't')
			session.timeout_ms =
				(int)endpoint_number_parse(optarg, 1, 60000, "-t");
		else
			return 2;
	}
	argv += optind;
	if (argc - optind != 4 || (strcmp(argv[0], "tcp") && strcmp(argv[0], "udp")) ||
	    (strcmp(argv[1], "any") && !endpoint_parse(argv[1], 0, &from)) ||
	    !endpoint_port_parse(argv[3], &port) || !endpoint_parse(argv[2], port, &to)) {
		fprintf(stderr,
			"usage: session [-i MS] [-t MS] tcp|udp SOURCE DESTINATION "
			"PORT\n");
		return 2;
	}
	session.is_tcp = !strcmp(argv[0], "tcp");
	stop = open_stop();
	open_flow(&session, &from, &to);
	puts("open");
	fflush(stdout);
	return run(&session, stop, interval_ms);
}
