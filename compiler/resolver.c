/* resolver.c - Asking DNS servers many questions at once. */
#include "compiler/resolver.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "compiler/dns_socket.h"
#include "compiler/terminal.h"
#include "rules/base/arena.h"

/* More questions in flight make nothing faster; each may need two descriptors, of which a
 * process has 1024 by default. */
#define SLOTS 256u
/* Descriptors that are left to the rest of the program. */
#define SPARE_DESCRIPTORS 32u
/* The first questions, before any answer shows what the server bears. */
#define WINDOW_FIRST 32u
/* Questions over one socket before another port is taken: a port that is known for long
 * is half the way to a forged answer. */
#define SOCKET_QUESTIONS 32u
/* Ids that a question had: tries, and one without EDNS. */
#define IDS_MAX (RESOLVER_TRIES + 1)
/* Questions without any answer that show a server to be dead, or TCP to it. */
#define DEAD_UDP SLOTS
#define DEAD_TCP 32u
#define EVENTS	 256

/**
 * struct server_state - What one server has shown
 * @silent:	questions that ended with nothing, while it never answered
 */
struct server_state {
	const struct dns_server *server;
	bool answered, tcp_answered;
	unsigned silent, tcp_silent;
};

/**
 * struct slot - One question in flight
 * @query:	NULL: the slot is free
 * @ids:	of each try: an answer to an earlier one is as good
 * @before, @before_ids: the question before, whose answer may come again
 */
struct slot {
	struct dns_query *query;
	struct server_state *server;
	int udp;
	const struct dns_server *connected;
	unsigned asked; /* over this socket */
	struct dns_tcp tcp;
	uint16_t ids[IDS_MAX];
	unsigned id_count, tries;
	bool no_edns;
	uint64_t began, deadline;
	struct dns_query *before;
	uint16_t before_ids[IDS_MAX];
	unsigned before_count;
};

/** struct asking - One call of resolver_ask() */
struct asking {
	struct arena *arena;
	struct dns_query *queries;
	size_t count, next, done;
	struct server_state *servers;
	size_t server_count;
	struct slot slots[SLOTS];
	unsigned in_flight, window, widest;
	int epoll;
	uint64_t now, next_deadline;
	struct dns_random random;
	uint8_t buffer[DNS_MESSAGE_MAX];
};

static struct slot *free_slot(struct asking *asking)
{
	for (size_t i = 0; i < SLOTS; i++)
		if (!asking->slots[i].query)
			return &asking->slots[i];
	BUG("a window wider than its slots");
}

static struct server_state *state_of(struct asking *asking,
				     const struct dns_server *server)
{
	for (size_t i = 0; i < asking->server_count; i++)
		if (asking->servers[i].server == server)
			return &asking->servers[i];
	BUG("a server that nobody counted");
}

static void count_servers(struct asking *asking)
{
	size_t capacity = 0;

	for (size_t i = 0; i < asking->count; i++) {
		size_t n = 0;

		while (n < asking->server_count &&
		       asking->servers[n].server != asking->queries[i].server)
			n++;
		if (n == asking->server_count)
			arena_push(asking->arena, asking->servers, asking->server_count,
				   capacity)
				->server = asking->queries[i].server;
	}
}

/* -- sockets in the event loop --------------------------------------------- */

/* Events carry the slot's number, and whether it is about TCP. */
static int watch(struct asking *asking, struct slot *slot, bool tcp, int fd,
		 uint32_t events)
{
	uint32_t number = (uint32_t)(slot - asking->slots);
	struct epoll_event event = {.events = events,
				    .data.u32 = number << 1 | (tcp ? 1 : 0)};

	return epoll_ctl(asking->epoll, EPOLL_CTL_ADD, fd, &event) ? -errno : 0;
}

static void close_udp(struct slot *slot)
{
	if (slot->udp >= 0)
		close(slot->udp);
	slot->udp = -1;
	slot->asked = 0;
}

/* A socket with a port that the kernel chooses at random. */
static int open_udp(struct asking *asking, struct slot *slot)
{
	const struct dns_server *server = slot->query->server;
	int error;

	if (slot->udp >= 0 && slot->connected == server && slot->asked < SOCKET_QUESTIONS)
		return 0;
	close_udp(slot);
	slot->before = NULL;
	slot->udp = dns_socket_udp(server);
	if (slot->udp < 0)
		return slot->udp;
	slot->connected = server;
	error = watch(asking, slot, false, slot->udp, EPOLLIN);
	if (error)
		close_udp(slot);
	return error;
}

/* -- the end of a question ------------------------------------------------- */

static void open_window(struct asking *asking)
{
	if (asking->window < asking->widest)
		asking->window++;
}

static void count_end(struct slot *slot)
{
	struct server_state *server = slot->server;

	switch (slot->query->end) {
	case DNS_ANSWERED:
		server->answered = true;
		break;
	case DNS_SILENT:
	case DNS_MISFITS:
	case DNS_UNREACHABLE:
		server->silent += !server->answered;
		break;
	case DNS_TCP_SILENT:
	case DNS_TCP_FAILED:
		server->answered = true;
		server->tcp_silent += !server->tcp_answered;
		break;
	case DNS_GIVEN_UP:
		break;
	}
}

static void finish(struct asking *asking, struct slot *slot, enum dns_end end, int error)
{
	struct dns_query *query = slot->query;

	query->end = end;
	query->error = error;
	query->elapsed_ms = (uint32_t)(asking->now - slot->began);
	if (end == DNS_ANSWERED && slot->tries > 1)
		query->saw |= DNS_SAW_RETRY;
	if (end == DNS_ANSWERED && slot->no_edns)
		query->saw |= DNS_SAW_NO_EDNS;
	count_end(slot);
	dns_tcp_close(&slot->tcp);
	slot->before = query;
	memcpy(slot->before_ids, slot->ids, sizeof(slot->ids));
	slot->before_count = slot->id_count;
	slot->query = NULL;
	asking->in_flight--;
	asking->done++;
}

/* -- asking ---------------------------------------------------------------- */

static struct dns_question question_of(const struct slot *slot, unsigned id)
{
	return (struct dns_question){slot->query->name, slot->query->type, slot->ids[id]};
}

/* What the kernel says of the way there; others are ours and end the run. */
static bool is_unreachable(int error)
{
	switch (error) {
	case ECONNREFUSED:
	case ENETUNREACH:
	case EHOSTUNREACH:
	case ENETDOWN:
	case EHOSTDOWN:
	case EACCES:
	case EPERM:
	case EADDRNOTAVAIL:
	case EAFNOSUPPORT:
	case EINVAL:
		return true;
	default:
		return false;
	}
}

static int try_again(struct asking *asking, struct slot *slot, int error);

/* Sends the question once more, with an id of its own. */
static int send_question(struct asking *asking, struct slot *slot)
{
	uint8_t bytes[DNS_QUERY_MAX];
	struct dns_question question;
	size_t length;
	ssize_t sent;

	slot->ids[slot->id_count] = dns_random_id(&asking->random);
	question = question_of(slot, slot->id_count++);
	length = dns_query_write(&question, !slot->no_edns, bytes);
	if (!length)
		BUG("'%s' cannot be asked for", slot->query->name);
	slot->deadline = asking->now + RESOLVER_TIMEOUT_MS;
	if (slot->deadline < asking->next_deadline)
		asking->next_deadline = slot->deadline;
	do
		sent = send(slot->udp, bytes, length, MSG_NOSIGNAL);
	while (sent < 0 && errno == EINTR);
	/* A full queue loses the packet, as the network may: the deadline sees to it. */
	if (sent >= 0 || errno == EAGAIN || errno == ENOBUFS)
		return 0;
	return is_unreachable(errno) ? try_again(asking, slot, errno) : -errno;
}

static enum dns_end end_of_misfits(const struct dns_query *query)
{
	return query->saw & (DNS_SAW_OTHER_ID | DNS_SAW_OTHER_QUESTION |
			     DNS_SAW_NO_MESSAGE)
		       ? DNS_MISFITS
		       : DNS_SILENT;
}

/* After a deadline or an error: the next try, or the end. */
static int try_again(struct asking *asking, struct slot *slot, int error)
{
	if (slot->tries < RESOLVER_TRIES) {
		slot->tries++;
		return send_question(asking, slot);
	}
	finish(asking, slot, error ? DNS_UNREACHABLE : end_of_misfits(slot->query),
	       error);
	return 0;
}

static int begin(struct asking *asking, struct dns_query *query)
{
	struct slot *slot = free_slot(asking);
	struct server_state *server = state_of(asking, query->server);
	int error;

	if (!server->answered && server->silent >= DEAD_UDP) {
		query->end = DNS_GIVEN_UP;
		asking->done++;
		return 0;
	}
	slot->query = query;
	slot->server = server;
	slot->id_count = 0;
	slot->tries = 1;
	slot->no_edns = false;
	slot->began = asking->now;
	asking->in_flight++;
	error = open_udp(asking, slot);
	if (error && is_unreachable(-error)) {
		finish(asking, slot, DNS_UNREACHABLE, -error);
		return 0;
	}
	if (error)
		return error;
	slot->asked++;
	return send_question(asking, slot);
}

static int fill_window(struct asking *asking)
{
	int error = 0;

	while (!error && asking->next < asking->count &&
	       asking->in_flight < asking->window)
		error = begin(asking, &asking->queries[asking->next++]);
	return error;
}

/* -- answers --------------------------------------------------------------- */

/* Which try does a message answer?  What fits none is noted. */
static enum dns_fit fit(const struct slot *slot, const uint8_t *bytes, size_t length,
			struct dns_question *ret_question)
{
	enum dns_fit best = DNS_NO_MESSAGE;

	for (unsigned i = 0; i < slot->id_count; i++) {
		struct dns_question question = question_of(slot, i);
		enum dns_fit found = dns_fit(bytes, length, &question);

		if (found != DNS_OTHER_ID && found != DNS_NO_MESSAGE) {
			*ret_question = question;
			return found;
		}
		best = found;
	}
	return best;
}

/* Is the message one more answer to the question before? */
static bool is_repeated(const struct slot *slot, const uint8_t *bytes, size_t length)
{
	for (unsigned i = 0; slot->before && i < slot->before_count; i++) {
		struct dns_question question = {slot->before->name, slot->before->type,
						slot->before_ids[i]};

		if (dns_fit(bytes, length, &question) == DNS_FITS)
			return true;
	}
	return false;
}

/* Another answer to a question that two tries were sent for is no second answer. */
static void note_misfit(struct slot *slot, enum dns_fit found, const uint8_t *bytes,
			size_t length)
{
	if (is_repeated(slot, bytes, length)) {
		if (slot->before_count == 1)
			slot->before->saw |= DNS_SAW_TWICE;
		return;
	}
	if (!slot->query)
		return;
	if (found == DNS_OTHER_ID)
		slot->query->saw |= DNS_SAW_OTHER_ID;
	else if (found == DNS_OTHER_QUESTION)
		slot->query->saw |= DNS_SAW_OTHER_QUESTION;
	else
		slot->query->saw |= DNS_SAW_NO_MESSAGE;
}

static int start_tcp(struct asking *asking, struct slot *slot,
		     const struct dns_question *question)
{
	uint8_t bytes[DNS_QUERY_MAX];
	size_t length = dns_query_write(question, !slot->no_edns, bytes);
	struct server_state *server = slot->server;
	int error;

	if (!server->tcp_answered && server->tcp_silent >= DEAD_TCP) {
		finish(asking, slot, DNS_TCP_SILENT, 0);
		return 0;
	}
	error = dns_tcp_open(&slot->tcp, slot->query->server, bytes, length);
	if (!error)
		error = watch(asking, slot, true, slot->tcp.fd, EPOLLIN | EPOLLOUT);
	if (error) {
		finish(asking, slot, DNS_TCP_FAILED, -error);
		return is_unreachable(-error) ? 0 : error;
	}
	slot->deadline = asking->now + RESOLVER_TCP_MS;
	if (slot->deadline < asking->next_deadline)
		asking->next_deadline = slot->deadline;
	return 0;
}

static void take_answer(struct asking *asking, struct slot *slot,
			const struct dns_question *question, const uint8_t *bytes,
			size_t length)
{
	dns_answer_read(bytes, length, question, asking->arena, &slot->query->answer);
	slot->query->size = length;
	finish(asking, slot, DNS_ANSWERED, 0);
	open_window(asking);
}

/* An error may be FORMERR because of EDNS, or SERVFAIL because of a bad moment. */
static bool asks_again(struct slot *slot, unsigned rcode)
{
	if (rcode == DNS_FORMERR && !slot->no_edns) {
		slot->no_edns = true;
		return true;
	}
	if (rcode == DNS_SERVFAIL && slot->tries < RESOLVER_TRIES) {
		slot->tries++;
		return true;
	}
	return false;
}

static int take_message(struct asking *asking, struct slot *slot, const uint8_t *bytes,
			size_t length)
{
	struct dns_question question = {0};
	enum dns_fit found;

	if (slot->query && slot->tcp.fd >= 0)
		return 0; /* UDP has said all that it can */
	found = slot->query ? fit(slot, bytes, length, &question) : DNS_NO_MESSAGE;
	if (found != DNS_FITS && found != DNS_FITS_BARE) {
		note_misfit(slot, found, bytes, length);
		return 0;
	}
	if (asks_again(slot, dns_message_rcode(bytes)))
		return send_question(asking, slot);
	if (found == DNS_FITS_BARE) {
		slot->query->answer =
			(struct dns_answer){.rcode = dns_message_rcode(bytes),
					    .ttl = UINT32_MAX};
		finish(asking, slot, DNS_ANSWERED, 0);
		return 0;
	}
	if (dns_is_truncated(bytes))
		return start_tcp(asking, slot, &question);
	take_answer(asking, slot, &question, bytes, length);
	return 0;
}

static int read_udp(struct asking *asking, struct slot *slot)
{
	ssize_t length =
		recv(slot->udp, asking->buffer, sizeof(asking->buffer), MSG_DONTWAIT);

	if (length >= 0)
		return take_message(asking, slot, asking->buffer, (size_t)length);
	if (errno == EAGAIN || errno == EINTR)
		return 0;
	if (!is_unreachable(errno))
		return -errno;
	return slot->query && slot->tcp.fd < 0 ? try_again(asking, slot, errno) : 0;
}

static void read_tcp(struct asking *asking, struct slot *slot)
{
	struct dns_question question;
	enum dns_tcp_state state = dns_tcp_step(&slot->tcp, asking->arena);
	const struct dns_tcp *tcp = &slot->tcp;
	enum dns_fit found;

	if (state == DNS_TCP_GOING) {
		/* Room to write is no news once all is written. */
		struct epoll_event event =
			{.events =
				 EPOLLIN | (tcp->sent < tcp->out_length ? EPOLLOUT : 0u),
			 .data.u32 = (uint32_t)(slot - asking->slots) << 1 | 1};

		(void)epoll_ctl(asking->epoll, EPOLL_CTL_MOD, tcp->fd, &event);
		return;
	}
	if (state == DNS_TCP_BROKEN) {
		finish(asking, slot, DNS_TCP_FAILED, tcp->error);
		return;
	}
	found = fit(slot, tcp->in, tcp->in_length, &question);
	if (found != DNS_FITS) {
		note_misfit(slot, found, tcp->in, tcp->in_length);
		finish(asking, slot, DNS_MISFITS, 0);
		return;
	}
	slot->query->saw |= DNS_SAW_TCP;
	slot->server->tcp_answered = true;
	take_answer(asking, slot, &question, tcp->in, tcp->in_length);
}

/* -- the loop -------------------------------------------------------------- */

static int expire(struct asking *asking)
{
	uint64_t next = UINT64_MAX;
	bool lost = false;
	int error = 0;

	if (asking->now < asking->next_deadline)
		return 0;
	asking->next_deadline = UINT64_MAX;
	for (size_t i = 0; i < SLOTS && !error; i++) {
		struct slot *slot = &asking->slots[i];

		if (slot->query && slot->deadline <= asking->now) {
			if (slot->tcp.fd >= 0) {
				finish(asking, slot, DNS_TCP_SILENT, 0);
			} else {
				lost = true;
				error = try_again(asking, slot, 0);
			}
		}
		if (slot->query && slot->deadline < next)
			next = slot->deadline;
	}
	if (lost && asking->window > WINDOW_FIRST)
		asking->window /= 2;
	asking->next_deadline = next;
	return error;
}

static int wait_for_events(struct asking *asking)
{
	struct epoll_event events[EVENTS];
	uint64_t left = asking->next_deadline > asking->now
				? asking->next_deadline - asking->now
				: 0;
	int count, error = 0;

	count = epoll_wait(asking->epoll, events, EVENTS,
			   left > RESOLVER_TCP_MS ? (int)RESOLVER_TCP_MS : (int)left);
	if (count < 0)
		return errno == EINTR ? 0 : -errno;
	asking->now = dns_now_ms();
	for (int i = 0; i < count && !error; i++) {
		struct slot *slot = &asking->slots[events[i].data.u32 >> 1];

		if (!(events[i].data.u32 & 1))
			error = slot->udp >= 0 ? read_udp(asking, slot) : 0;
		else if (slot->query && slot->tcp.fd >= 0)
			read_tcp(asking, slot);
	}
	return error;
}

/* A repeated answer to a last question may wait in its socket. */
static void drain(struct asking *asking)
{
	for (size_t i = 0; i < SLOTS; i++)
		if (asking->slots[i].udp >= 0)
			(void)read_udp(asking, &asking->slots[i]);
}

static int run(struct asking *asking, struct progress *progress)
{
	int error = 0;

	while (!error && asking->done < asking->count) {
		error = fill_window(asking);
		if (!error && asking->in_flight)
			error = wait_for_events(asking);
		if (!error)
			error = expire(asking);
		progress_update(progress, asking->done, asking->count);
	}
	if (!error)
		drain(asking);
	return error;
}

/* As wide as the process may open descriptors for. */
static unsigned widest_window(void)
{
	struct rlimit limit;
	rlim_t slots;

	if (getrlimit(RLIMIT_NOFILE, &limit) || limit.rlim_cur == RLIM_INFINITY)
		return SLOTS;
	if (limit.rlim_cur <= SPARE_DESCRIPTORS + 2)
		return 1;
	slots = (limit.rlim_cur - SPARE_DESCRIPTORS) / 2;
	return slots < SLOTS ? (unsigned)slots : SLOTS;
}

int resolver_ask(struct dns_query *queries, size_t count, struct arena *arena,
		 struct progress *progress)
{
	struct asking *asking = arena_make(arena, struct asking);
	int error;

	asking->arena = arena;
	asking->queries = queries;
	asking->count = count;
	asking->widest = widest_window();
	asking->window = asking->widest < WINDOW_FIRST ? asking->widest : WINDOW_FIRST;
	asking->next_deadline = UINT64_MAX;
	asking->now = dns_now_ms();
	for (size_t i = 0; i < SLOTS; i++)
		asking->slots[i].udp = asking->slots[i].tcp.fd = -1;
	count_servers(asking);
	error = dns_random_begin(&asking->random);
	if (error)
		return error;
	asking->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (asking->epoll < 0)
		return -errno;
	error = run(asking, progress);
	for (size_t i = 0; i < SLOTS; i++) {
		dns_tcp_close(&asking->slots[i].tcp);
		close_udp(&asking->slots[i]);
	}
	close(asking->epoll);
	return error;
}
