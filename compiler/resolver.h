/* resolver.h - Asking DNS servers many questions at once. */
#ifndef COMPILER_RESOLVER_H
#define COMPILER_RESOLVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "compiler/dns_answer.h"
#include "rules/addr.h"

/**
 * DOC: The resolver
 *
 * It tells what a server says to a client, so it asks that server and nothing else: no
 * /etc/hosts, no search list, no cache, no other server when one fails.  All that was
 * seen is kept, also what is no answer: "nothing came" and "something came that does not
 * fit" have different causes.
 *
 * Some hundred questions are in flight, each over a UDP socket of its own that is
 * connected to the server: the kernel chooses a random port and drops what others send.
 * No receive buffer of ours can overflow, since each holds the answers to one question;
 * a server's can, so that each server has a pace (dns_pace.h).  A question that was lost
 * takes no place in its window while it waits to be asked again.  A truncated answer is
 * asked for again over a TCP connection of its own, whose deadline concerns nobody else.
 * A server that refuses EDNS with FORMERR is asked again without it.  A server that never
 * said anything is given up after a few dozen questions: 10 000 names must not wait for
 * it one by one.
 *
 * Why no library: compiler/adr/dns-client.md.
 */
struct arena;
struct progress;

/* One question is asked up to so often within so long, the sooner again the sooner the
 * server has answered others (dns_pace.h): after 50, 150, 350, 750, 1550, 3150 and 5150
 * ms where answers take 1 ms, after 1, 3 and 5 s where none came yet.  Clients give up as
 * soon: glibc waits 5 s and asks twice (resolv.conf(5), read 2026-11-27), dig 5 s and
 * three times. */
#define RESOLVER_TRIES	     8u
#define RESOLVER_PATIENCE_MS 6000u
#define RESOLVER_TCP_MS	     4000u

/** struct dns_server - Whom to ask */
struct dns_server {
	struct addr address;
	uint16_t port;
	const char *text; /* "168.63.129.16" or "[::1]:5353": as it was named */
};

/** enum dns_end - How a question ended */
enum dns_end {
	DNS_ANSWERED,	 /* @answer holds what was said, a fault or an RCODE too */
	DNS_SILENT,	 /* nothing came */
	DNS_MISFITS,	 /* something came, and nothing of it was the answer */
	DNS_UNREACHABLE, /* the network or the host said no: @error */
	DNS_TCP_SILENT,	 /* truncated over UDP, and no answer over TCP */
	DNS_TCP_FAILED, /* truncated over UDP, and TCP failed: @error; 0: it was closed */
	DNS_GIVEN_UP,	/* not asked: the server has answered nothing so far */
};

/* What was seen on the way: bits. */
#define DNS_SAW_RETRY	       0x01u /* an answer only when asked again */
#define DNS_SAW_NO_EDNS	       0x02u /* FORMERR with EDNS, an answer without */
#define DNS_SAW_TCP	       0x04u /* truncated, and complete over TCP */
#define DNS_SAW_TWICE	       0x08u /* the same answer came twice */
#define DNS_SAW_OTHER_ID       0x10u
#define DNS_SAW_OTHER_QUESTION 0x20u
#define DNS_SAW_NO_MESSAGE     0x40u
/* An answer to neither this id nor this question.  It is no attack on the name; a late
 * answer comes so where its port is another socket's by now. */
#define DNS_SAW_OTHERS 0x80u

/**
 * struct dns_query - One question to one server, and what came of it
 * @name, @type, @server: the question; set by the caller
 * @saw:	bits above
 * @elapsed_ms:	of an answer: since the message was sent that it answers
 * @size:	bytes of the answer
 */
struct dns_query {
	const char *name;
	enum dns_type type;
	const struct dns_server *server;
	enum dns_end end;
	int error;
	unsigned saw;
	uint32_t elapsed_ms;
	size_t size;
	struct dns_answer answer;
};

/**
 * resolver_ask() - Ask all of @queries and wait until each has ended
 * @progress:	told how many have ended
 *
 * Return: 0, or -errno where this machine has no sockets to ask with
 */
int resolver_ask(struct dns_query *queries, size_t count, struct arena *arena,
		 struct progress *progress) MUST_USE;

#endif
