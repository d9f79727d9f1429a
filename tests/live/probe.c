/* probe.c - Which of many flows get through, tried all at once.
 *
 * usage: probe [-t MS] [-n TRIES] < PROBES
 *
 * A probe is a line "proto source sport destination dport"; what stands behind these
 * five words is left alone.  proto is tcp or udp; source may be "any" and sport 0, then
 * the kernel chooses.  Each comes back, in order, as
 *
 *	proto source sport destination dport VERDICT HOW
 *
 *	allow	connected | echoed
 *	deny	reset | unreachable | prohibited | not-permitted | timeout
 *	error	what this machine said: the probe never left, so nothing was learnt
 *
 * The server answers everywhere.  So a TCP handshake that ends or an echo that comes back
 * shows that the flow passes both ways, and whatever else happens is a refusal on the
 *way.
 *
 * Exit status: 0 when every probe has a verdict, 1 when one has an error, 2 for a bad
 * line or option, 3 when the system fails.
 */
#include <errno.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "rules/base/attr.h"
#include "tests/live/endpoint.h"

/* One address has some 28 000 ephemeral ports, and a try takes one of them. */
#define MAX_PROBES 20000u
#define LINE_BYTES 256
#define EVENTS	   256
/* The queue in front of the receiver (netdev_max_backlog) holds 1000 packets: look at
 * what came back before it is full. */
#define BURST 128u
/* Descriptors for everything that is no probe. */
#define SPARE_FILES 16u
#define PAYLOAD	    "postern"

enum state {
	STATE_OPEN,
	STATE_ALLOW,
	STATE_DENY,
	STATE_ERROR,
};

/**
 * struct probe - One flow
 * @words:	its five words, as they were read
 * @from:	where it is sent from; no length: any address
 * @fd:		its socket while a try is under way, else -1
 * @error:	errno behind STATE_DENY (0: nothing came back) and STATE_ERROR
 */
struct probe {
	char *words;
	bool is_tcp;
	uint16_t source_port;
	struct endpoint from;
	struct endpoint to;
	int fd;
	enum state state;
	int error;
};

struct probes {
	struct probe *at;
	size_t count;
	size_t open;
	int poll;
};

static bool parse(const char *line, struct probe *ret_probe)
{
	char proto[8], source[64], sport[8], destination[64], dport[8];
	uint16_t port;

	if (sscanf(line, "%7s %63s %7s %63s %7s", proto, source, sport, destination,
		   dport) != 5)
		return false;
	*ret_probe = (struct probe){.fd = -1, .is_tcp = !strcmp(proto, "tcp")};
	if (!ret_probe->is_tcp && strcmp(proto, "udp"))
		return false;
	if (!endpoint_port_parse(sport, &ret_probe->source_port) ||
	    !endpoint_port_parse(dport, &port) ||
	    !endpoint_parse(destination, port, &ret_probe->to))
		return false;
	if (strcmp(source, "any") &&
	    (!endpoint_parse(source, ret_probe->source_port, &ret_probe->from) ||
	     endpoint_family(&ret_probe->from) != endpoint_family(&ret_probe->to)))
		return false;
	return asprintf(&ret_probe->words, "%s %s %s %s %s", proto, source, sport,
			destination, dport) > 0;
}

static int read_probes(struct probes *probes)
{
	char line[LINE_BYTES];

	probes->at = calloc(MAX_PROBES, sizeof(*probes->at));
	if (!probes->at)
		endpoint_die("calloc");
	while (fgets(line, sizeof(line), stdin)) {
		if (line[0] == '#' || line[0] == '\n')
			continue;
		if (probes->count == MAX_PROBES) {
			fprintf(stderr, "more than %u probes\n", MAX_PROBES);
			return -1;
		}
		if (!parse(line, &probes->at[probes->count])) {
			fprintf(stderr, "not a probe: %s", line);
			return -1;
		}
		probes->count++;
	}
	return 0;
}

static void settle(struct probes *probes, struct probe *probe, enum state state,
		   int error)
{
	probe->state = state;
	probe->error = error;
	if (probe->fd >= 0)
		close(probe->fd);
	probe->fd = -1;
	probes->open--;
}

/* What a firewall says, as opposed to what a broken topology says. */
static bool is_refusal(int error)
{
	return error == ECONNREFUSED || error == EHOSTUNREACH || error == EACCES ||
	       error == EPERM || error == ECONNRESET;
}

static void settle_error(struct probes *probes, struct probe *probe, int error)
{
	settle(probes, probe, is_refusal(error) ? STATE_DENY : STATE_ERROR, error);
}

static int bind_source(const struct probe *probe)
{
	int on = 1;

	if (!probe->from.length)
		return 0;
	/* Several probes may leave from one port to different destinations. */
	if (probe->source_port &&
	    setsockopt(probe->fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)))
		return -1;
	return bind(probe->fd, (const struct sockaddr *)&probe->from.address,
		    probe->from.length);
}

static void start(struct probes *probes, struct probe *probe)
{
	struct linger abort_on_close = {.l_onoff = 1};
	struct epoll_event event = {
		.events = probe->is_tcp ? EPOLLOUT : EPOLLIN,
		.data.ptr = probe,
	};
	int type =
		(probe->is_tcp ? SOCK_STREAM : SOCK_DGRAM) | SOCK_NONBLOCK | SOCK_CLOEXEC;

	probe->fd = socket(endpoint_family(&probe->to), type, 0);
	if (probe->fd < 0)
		endpoint_die("socket");
	/* No TIME_WAIT: the ports are wanted again. */
	if (probe->is_tcp && setsockopt(probe->fd, SOL_SOCKET, SO_LINGER, &abort_on_close,
					sizeof(abort_on_close)))
		endpoint_die("SO_LINGER");
	if (bind_source(probe)) {
		settle(probes, probe, STATE_ERROR, errno);
		return;
	}
	if (connect(probe->fd, (const struct sockaddr *)&probe->to.address,
		    probe->to.length) &&
	    errno != EINPROGRESS) {
		settle_error(probes, probe, errno);
		return;
	}
	if (!probe->is_tcp && send(probe->fd, PAYLOAD, sizeof(PAYLOAD), 0) < 0) {
		settle_error(probes, probe, errno);
		return;
	}
	if (epoll_ctl(probes->poll, EPOLL_CTL_ADD, probe->fd, &event))
		endpoint_die("epoll_ctl");
}

static void answered(struct probes *probes, struct probe *probe)
{
	char echo[sizeof(PAYLOAD) + 1];
	int error = 0;
	socklen_t length = sizeof(error);

	if (probe->is_tcp) {
		if (getsockopt(probe->fd, SOL_SOCKET, SO_ERROR, &error, &length))
			error = errno;
	} else {
		ssize_t got = recv(probe->fd, echo, sizeof(echo), 0);

		if (got < 0)
			error = errno;
		else if (got != sizeof(PAYLOAD) || memcmp(echo, PAYLOAD, sizeof(PAYLOAD)))
			error = EBADMSG;
	}
	if (error == EAGAIN)
		return;
	if (error)
		settle_error(probes, probe, error);
	else
		settle(probes, probe, STATE_ALLOW, 0);
}

static void collect(struct probes *probes, int timeout_ms)
{
	struct epoll_event events[EVENTS];
	int count = epoll_wait(probes->poll, events, EVENTS, timeout_ms);

	if (count < 0 && errno != EINTR)
		endpoint_die("epoll_wait");
	for (int i = 0; i < count; i++)
		answered(probes, events[i].data.ptr);
}

/* One try of the probes [begin, end) that have no verdict yet. */
static void attempt(struct probes *probes, size_t begin, size_t end, int timeout_ms)
{
	size_t settled_before = probes->count - probes->open;
	size_t started = 0;
	int64_t deadline, now;

	for (size_t i = begin; i < end; i++) {
		if (probes->at[i].state != STATE_OPEN)
			continue;
		start(probes, &probes->at[i]);
		if (++started % BURST == 0)
			collect(probes, 0);
	}
	deadline = endpoint_now_ms() + timeout_ms;
	while (probes->count - probes->open < settled_before + started &&
	       (now = endpoint_now_ms()) < deadline)
		collect(probes, (int)(deadline - now));
	for (size_t i = begin; i < end; i++) {
		if (probes->at[i].fd >= 0)
			close(probes->at[i].fd);
		probes->at[i].fd = -1;
	}
}

static const char *how(const struct probe *probe)
{
	if (probe->state == STATE_ALLOW)
		return probe->is_tcp ? "connected" : "echoed";
	if (probe->state == STATE_ERROR)
		return strerrorname_np(probe->error);
	switch (probe->error) {
	case 0:
		return "timeout";
	case ECONNREFUSED:
	case ECONNRESET:
		return probe->is_tcp ? "reset" : "unreachable";
	case EHOSTUNREACH:
		return "unreachable";
	case EACCES:
		return "prohibited";
	case EPERM:
		return "not-permitted";
	}
	BUG("a refusal without a word: %d", probe->error);
}

static int print(const struct probes *probes)
{
	static const char *const words[] = {
		[STATE_OPEN] = "open",
		[STATE_ALLOW] = "allow",
		[STATE_DENY] = "deny",
		[STATE_ERROR] = "error",
	};
	int status = 0;

	for (size_t i = 0; i < probes->count; i++) {
		const struct probe *probe = &probes->at[i];

		printf("%s %s %s\n", probe->words, words[probe->state], how(probe));
		if (probe->state == STATE_ERROR)
			status = 1;
		free(probe->words);
	}
	return fflush(stdout) ? 3 : status;
}

static void run(struct probes *probes, unsigned tries, int timeout_ms)
{
	size_t window = endpoint_allow_files() - SPARE_FILES;

	probes->open = probes->count;
	for (size_t begin = 0; begin < probes->count; begin += window) {
		size_t end =
			begin + window < probes->count ? begin + window : probes->count;

		for (unsigned try = 0; try < tries; try++)
			attempt(probes, begin, end, timeout_ms);
	}
	for (size_t i = 0; i < probes->count; i++) {
		if (probes->at[i].state == STATE_OPEN)
			settle(probes, &probes->at[i], STATE_DENY, 0);
	}
}

int main(int argc, char **argv)
{
	struct probes probes = {0};
	unsigned timeout_ms = 400, tries = 2;
	int64_t begin;
	int option, status;

	while ((option = getopt(argc, argv, "t:n:")) != -1) {
		if (option == 't')
			timeout_ms = endpoint_number_parse(optarg, 1, 60000, "-t");
		else if (option == 'n')
			tries = endpoint_number_parse(optarg, 1, 10, "-n");
		else
			return 2;
	}
	if (read_probes(&probes))
		return 2;
	probes.poll = epoll_create1(EPOLL_CLOEXEC);
	if (probes.poll < 0)
		endpoint_die("epoll_create1");
	begin = endpoint_now_ms();
	run(&probes, tries, (int)timeout_ms);
	fprintf(stderr, "%zu probes in %lld ms\n", probes.count,
		(long long)(endpoint_now_ms() - begin));
	status = print(&probes);
	free(probes.at);
	return status;
}
