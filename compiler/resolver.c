/* resolver.c - Asking DNS servers many questions at once. */
#include "compiler/resolver.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "compiler/dns_asked.h"
#include "compiler/dns_pace.h"
#include "compiler/dns_socket.h"
#include "compiler/terminal.h"
#include "rules/base/arena.h"

/* Some more than may be on the way, for those that wait; each may need two descriptors,
 * of which a process has 1024 by default. */
#define SLOTS 256u
/* Descriptors that are left to the rest of the program. */
#define SPARE_DESCRIPTORS 32u
/* Questions over one socket before another port is taken: a port that is known for long
 * is half the way to a forged answer. */
#define SOCKET_QUESTIONS 32u
/* What comes at once, an error of the network or SERVFAIL, is believed at this try. */
#define TRIES_OF_ERRORS 3u
/* Tries that need room in the window and take it.  Where both had no answer others will
 * hardly have one: such questions must not fill the window. */
#define TRIES_IN_WINDOW 2u
/* Questions without any answer that show a server to be dead: two first windows, 12 s. */
#define DEAD_UDP (2 * DNS_PACE_WINDOW_FIRST)
/* The same of its TCP. */
#define DEAD_TCP 32u
/* Few at a time, and then new questions: the server works while its answers are read. */
#define EVENTS 16

/**
 * struct server_state - One server: its questions, and what it has shown
 * @queue:	in order; those from @next on were not asked yet
 * @used:	slots that work for it
 * @on_way:	of those, tries in the window that may still be answered in time
 * @waiting:	and those that wait for room in it, to be asked again
 * @silent:	questions that ended with nothing, while it never answered
 */
struct server_state {
	const struct dns_server *server;
	struct dns_query **queue;
	size_t count, capacity, next;
	struct dns_pace pace;
	unsigned used, on_way, waiting;
	bool answered, tcp_answered;
	unsigned silent, tcp_silent;
};

/**
 * struct slot - One question in flight
 * @now:	without a query the slot is free
 * @before:	the question before over the same socket, whose answer may come again
 * @questions:	over this socket
 * @waits:	for room in the window, to be asked again
 * @failed:	SERVFAIL was answered, and it was asked again
 * @until:	when to believe that no answer comes
 */
struct slot {
	struct dns_asked now, before;
	struct server_state *server;
	int udp;
	const struct dns_server *connected;
	unsigned questions;
	struct dns_tcp tcp;
	unsigned tries;
	bool on_way, waits, no_edns, failed;
	uint64_t deadline, until;
};

/**
 * struct asking - One call of resolver_ask()
 * @widest:	how many questions may be in flight
 * @share:	and for one server, so that a slow one does not take all
 */
struct asking {
	struct arena *arena;
	size_t count, done;
	struct server_state *servers;
	size_t server_count, server_capacity;
	struct slot slots[SLOTS];
	unsigned in_flight, widest, share;
	int epoll;
	uint64_t now, next_deadline;
	struct dns_random random;
	uint8_t buffer[DNS_MESSAGE_MAX];
};

/* One whose socket leads to the server already, if there is one. */
static struct slot *free_slot(struct asking *asking, const struct dns_server *server)
{
	struct slot *found = NULL;

	for (size_t i = 0; i < SLOTS; i++) {
		struct slot *slot = &asking->slots[i];

		if (slot->now.query)
			continue;
		if (slot->udp >= 0 && slot->connected == server)
			return slot;
		if (!found)
			found = slot;
	}
	if (!found)
		BUG("more questions in flight than slots");
	return found;
}

static struct server_state *state_of(struct asking *asking,
				     const struct dns_server *server)
{
	struct server_state *state;

	for (size_t i = 0; i < asking->server_count; i++)
		if (asking->servers[i].server == server)
			return &asking->servers[i];
	state = arena_push(asking->arena, asking->servers, asking->server_count,
			   asking->server_capacity);
	state->server = server;
	return state;
}

/* 168.63.129.16, on every host of Azure. */
static bool is_azure(const struct dns_server *server)
{
	return server->address.family == FAMILY_IPV4 &&
	       server->address.value == UINT32_C(0xa83f8110);
}

static void queue_questions(struct asking *asking, struct dns_query *queries)
{
	for (size_t i = 0; i < asking->count; i++) {
		struct server_state *state = state_of(asking, queries[i].server);

		*arena_push(asking->arena, state->queue, state->count, state->capacity) =
			&queries[i];
	}
	asking->share = asking->widest;
	if (asking->server_count > 1)
		asking->share /= (unsigned)asking->server_count;
	if (!asking->share)
		asking->share = 1;
	for (size_t i = 0; i < asking->server_count; i++)
		dns_pace_begin(&asking->servers[i].pace, asking->share,
			       is_azure(asking->servers[i].server), asking->now);
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
	slot->questions = 0;
	slot->before = (struct dns_asked){0};
}

static void drain(struct asking *asking, struct slot *slot);

/* A socket with a port that the kernel chooses at random.  One over which more than one
 * answer may still come is not used again: they would fit no question. */
static int open_udp(struct asking *asking, struct slot *slot,
		    const struct dns_server *server)
{
	int error;

	if (slot->udp >= 0 && slot->connected == server &&
	    slot->questions < SOCKET_QUESTIONS && slot->before.count <= 1)
		return 0;
	drain(asking, slot);
	close_udp(slot);
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

/* A try was answered, or is late: its place in the window is free. */
static void leave_way(struct slot *slot)
{
	slot->server->on_way -= slot->on_way;
	slot->server->waiting -= slot->waits;
	slot->on_way = slot->waits = false;
}

static void count_end(struct slot *slot)
{
	struct server_state *server = slot->server;

	switch (slot->now.query->end) {
	case DNS_ANSWERED:
		break;
	case DNS_SILENT:
	case DNS_MISFITS:
	case DNS_UNREACHABLE:
		server->silent += !server->answered;
		break;
	case DNS_TCP_SILENT:
	case DNS_TCP_FAILED:
		server->tcp_silent += !server->tcp_answered;
		break;
	case DNS_GIVEN_UP:
		break;
	}
}

static void finish(struct asking *asking, struct slot *slot, enum dns_end end, int error)
{
	struct dns_query *query = slot->now.query;

	query->end = end;
	query->error = error;
	if (end == DNS_ANSWERED)
		query->elapsed_ms =
			(uint32_t)(asking->now - slot->now.messages[slot->now.by].sent);
	if (end == DNS_ANSWERED && (slot->failed || dns_asked_late(&slot->now)))
		query->saw |= DNS_SAW_RETRY;
	if (end == DNS_ANSWERED && slot->no_edns)
		query->saw |= DNS_SAW_NO_EDNS;
	count_end(slot);
	leave_way(slot);
	dns_tcp_close(&slot->tcp);
	slot->before = slot->now;
	slot->now.query = NULL;
	slot->server->used--;
	asking->in_flight--;
	asking->done++;
}

/* -- asking ---------------------------------------------------------------- */

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

static void set_deadline(struct asking *asking, struct slot *slot)
{
	uint64_t next =
		asking->now + dns_pace_timeout_ms(&slot->server->pace, slot->tries);

	slot->deadline =
		slot->tries < RESOLVER_TRIES && next < slot->until ? next : slot->until;
	if (slot->deadline < asking->next_deadline)
		asking->next_deadline = slot->deadline;
}

/* Sends the question once more, with an id of its own. */
static int send_question(struct asking *asking, struct slot *slot)
{
	uint8_t bytes[DNS_QUERY_MAX];
	struct dns_question question;
	size_t length;
	ssize_t sent;

	slot->now.messages[slot->now.count] = (struct dns_message){
		.id = dns_random_id(&asking->random),
		.pushed = slot->server->on_way >= DNS_PACE_WINDOW_FIRST,
		.number = slot->tries,
		.sent = asking->now,
	};
	question = dns_asked_question(&slot->now, slot->now.count++);
	length = dns_query_write(&question, !slot->no_edns, bytes);
	if (!length)
		BUG("'%s' cannot be asked for", question.name);
	set_deadline(asking, slot);
	slot->on_way = slot->tries <= TRIES_IN_WINDOW;
	slot->server->on_way += slot->on_way;
	dns_pace_sent(&slot->server->pace);
	do
		sent = send(slot->udp, bytes, length, MSG_NOSIGNAL);
	while (sent < 0 && errno == EINTR);
	/* A full queue loses the packet, as the network may: the deadline sees to it. */
	if (sent >= 0 || errno == EAGAIN || errno == ENOBUFS)
		return 0;
	return is_unreachable(errno) ? try_again(asking, slot, errno) : -errno;
}

/* What stands when no more comes. */
static enum dns_end end_of(const struct slot *slot, int error)
{
	const unsigned misfits = DNS_SAW_OTHER_ID | DNS_SAW_OTHER_QUESTION |
				 DNS_SAW_NO_MESSAGE | DNS_SAW_OTHERS;

	if (slot->failed)
		return DNS_ANSWERED;
	if (error)
		return DNS_UNREACHABLE;
	return slot->now.query->saw & misfits ? DNS_MISFITS : DNS_SILENT;
}

/* After a deadline or an error: the next try, or the end. */
static int try_again(struct asking *asking, struct slot *slot, int error)
{
	leave_way(slot);
	if (slot->tries < (error ? TRIES_OF_ERRORS : RESOLVER_TRIES) &&
	    asking->now < slot->until) {
		slot->tries++;
		return send_question(asking, slot);
	}
	finish(asking, slot, end_of(slot, error), slot->failed ? 0 : error);
	return 0;
}

static int begin(struct asking *asking, struct server_state *server)
{
	struct dns_query *query = server->queue[server->next++];
	struct slot *slot;
	int error;

	if (!server->answered && server->silent >= DEAD_UDP) {
		query->end = DNS_GIVEN_UP;
		asking->done++;
		return 0;
	}
	slot = free_slot(asking, server->server);
	error = open_udp(asking, slot, server->server);
	slot->now = (struct dns_asked){.query = query};
	slot->server = server;
	slot->tries = 1;
	slot->no_edns = slot->failed = false;
	slot->until = asking->now + RESOLVER_PATIENCE_MS;
	server->used++;
	asking->in_flight++;
	if (error && is_unreachable(-error)) {
		finish(asking, slot, DNS_UNREACHABLE, -error);
		return 0;
	}
	if (error)
		return error;
	slot->questions++;
	return send_question(asking, slot);
}

/* May something be sent to the server?  If it is a matter of time, it is seen to. */
static bool may_send(struct asking *asking, struct server_state *server)
{
	uint64_t later = asking->now + DNS_PACE_WAIT_MS;

	if (server->on_way >= server->pace.window)
		return false;
	if (dns_pace_may_send(&server->pace, asking->now))
		return true;
	if (later < asking->next_deadline)
		asking->next_deadline = later;
	return false;
}

/* May the server be asked another question now? */
static bool has_room(struct asking *asking, struct server_state *server)
{
	if (server->next == server->count || asking->in_flight == asking->widest ||
	    server->used >= asking->share || server->waiting)
		return false;
	/* One that has not answered yet gets no more than the first window. */
	if (!server->answered && server->used >= server->pace.window)
		return false;
	return may_send(asking, server);
}

/* Questions that wait come before new ones. */
static int fill_windows(struct asking *asking)
{
	int error = 0;

	for (size_t i = 0; i < SLOTS && !error; i++) {
		struct slot *slot = &asking->slots[i];

		if (slot->waits && may_send(asking, slot->server))
			error = try_again(asking, slot, 0);
	}
	for (size_t i = 0; i < asking->server_count; i++)
		while (!error && has_room(asking, &asking->servers[i]))
			error = begin(asking, &asking->servers[i]);
	return error;
}

/* -- answers --------------------------------------------------------------- */

static int start_tcp(struct asking *asking, struct slot *slot)
{
	struct dns_question question = dns_asked_question(&slot->now, slot->now.by);
	uint8_t bytes[DNS_QUERY_MAX];
	size_t length = dns_query_write(&question, !slot->no_edns, bytes);
	struct server_state *server = slot->server;
	int error;

	if (!server->tcp_answered && server->tcp_silent >= DEAD_TCP) {
		finish(asking, slot, DNS_TCP_SILENT, 0);
		return 0;
	}
	error = dns_tcp_open(&slot->tcp, server->server, bytes, length);
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

static void read_answer(struct asking *asking, struct slot *slot, enum dns_fit found,
			const uint8_t *bytes, size_t length)
{
	struct dns_query *query = slot->now.query;
	struct dns_question question = dns_asked_question(&slot->now, slot->now.by);

	query->size = length;
	if (found == DNS_FITS)
		dns_answer_read(bytes, length, &question, asking->arena, &query->answer);
	else
		query->answer = (struct dns_answer){.rcode = dns_message_rcode(bytes),
						    .ttl = UINT32_MAX};
}

/* An error may be FORMERR because of EDNS, or SERVFAIL because of a bad moment.  Whoever
 * takes long to say so gets as long once more. */
static bool asks_again(struct asking *asking, struct slot *slot, unsigned rcode)
{
	uint64_t until = asking->now + DNS_PACE_TIMEOUT_MAX_MS;

	if (rcode == DNS_FORMERR && !slot->no_edns) {
		slot->no_edns = true;
	} else if (rcode == DNS_SERVFAIL && slot->tries < TRIES_OF_ERRORS) {
		slot->tries++;
		slot->failed = true;
	} else {
		return false;
	}
	if (slot->until < until)
		slot->until = until;
	return true;
}

/* What an answer says of its server. */
static void note_answer(struct asking *asking, struct slot *slot)
{
	struct server_state *server = slot->server;
	const struct dns_message *lost = dns_asked_lost(&slot->now);

	server->answered = true;
	dns_pace_answered(&server->pace,
			  asking->now - slot->now.messages[slot->now.by].sent);
	if (lost && !slot->failed)
		dns_pace_lost(&server->pace, lost->sent, asking->now);
}

static int take_message(struct asking *asking, struct slot *slot, const uint8_t *bytes,
			size_t length)
{
	enum dns_fit found;

	if (slot->now.query && slot->tcp.fd >= 0)
		return 0; /* UDP has said all that it can */
	found = dns_asked_fit(&slot->now, bytes, length, &slot->now.by);
	if (found != DNS_FITS && found != DNS_FITS_BARE) {
		if (!dns_asked_repeated(&slot->before, bytes, length))
			dns_asked_stray(&slot->now, found);
		return 0;
	}
	leave_way(slot);
	note_answer(asking, slot);
	if (found == DNS_FITS && dns_is_truncated(bytes))
		return start_tcp(asking, slot);
	read_answer(asking, slot, found, bytes, length);
	if (asks_again(asking, slot, dns_message_rcode(bytes)))
		return send_question(asking, slot);
	finish(asking, slot, DNS_ANSWERED, 0);
	return 0;
}

/* More answers to the last question may wait in the socket of a free slot. */
static void drain(struct asking *asking, struct slot *slot)
{
	for (unsigned i = 0; slot->udp >= 0 && i < DNS_MESSAGES_MAX; i++) {
		ssize_t length = recv(slot->udp, asking->buffer, sizeof(asking->buffer),
				      MSG_DONTWAIT);

		if (length < 0)
			return;
		(void)dns_asked_repeated(&slot->before, asking->buffer, (size_t)length);
	}
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
	return slot->now.query && slot->tcp.fd < 0 ? try_again(asking, slot, errno) : 0;
}

static void read_tcp(struct asking *asking, struct slot *slot)
{
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
	found = dns_asked_fit(&slot->now, tcp->in, tcp->in_length, &slot->now.by);
	if (found != DNS_FITS) {
		dns_asked_stray(&slot->now, found);
		finish(asking, slot, DNS_MISFITS, 0);
		return;
	}
	slot->now.query->saw |= DNS_SAW_TCP;
	slot->server->tcp_answered = true;
	read_answer(asking, slot, found, tcp->in, tcp->in_length);
	finish(asking, slot, DNS_ANSWERED, 0);
}

/* -- the loop -------------------------------------------------------------- */

/* The last try was in vain.  The next needs room in the window, as the first did. */
static int expire_slot(struct asking *asking, struct slot *slot)
{
	if (slot->tcp.fd >= 0) {
		finish(asking, slot, DNS_TCP_SILENT, 0);
		return 0;
	}
	leave_way(slot);
	if (slot->tries < TRIES_IN_WINDOW && asking->now < slot->until) {
		slot->waits = true;
		slot->server->waiting++;
		slot->deadline = slot->until;
		return 0;
	}
	return try_again(asking, slot, 0);
}

static int expire(struct asking *asking)
{
	uint64_t next = UINT64_MAX;
	int error = 0;

	if (asking->now < asking->next_deadline)
		return 0;
	for (size_t i = 0; i < SLOTS && !error; i++) {
		struct slot *slot = &asking->slots[i];

		if (slot->now.query && slot->deadline <= asking->now)
			error = expire_slot(asking, slot);
		if (slot->now.query && slot->deadline < next)
			next = slot->deadline;
	}
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
		else if (slot->now.query && slot->tcp.fd >= 0)
			read_tcp(asking, slot);
	}
	return error;
}

static int run(struct asking *asking, struct progress *progress)
{
	int error = 0;

	while (!error && asking->done < asking->count) {
		error = fill_windows(asking);
		if (!error && asking->done < asking->count)
			error = wait_for_events(asking);
		if (!error)
			error = expire(asking);
		progress_update(progress, asking->done, asking->count);
	}
	for (size_t i = 0; i < SLOTS && !error; i++)
		drain(asking, &asking->slots[i]);
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
	asking->count = count;
	asking->widest = widest_window();
	asking->next_deadline = UINT64_MAX;
	asking->now = dns_now_ms();
	for (size_t i = 0; i < SLOTS; i++)
		asking->slots[i].udp = asking->slots[i].tcp.fd = -1;
	queue_questions(asking, queries);
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
