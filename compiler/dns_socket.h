/* dns_socket.h - Sockets, time and chance for the resolver: inside resolver.c only. */
#ifndef COMPILER_DNS_SOCKET_H
#define COMPILER_DNS_SOCKET_H

#include <stddef.h>
#include <stdint.h>

#include "compiler/dns_answer.h"
#include "compiler/resolver.h"

/** struct dns_random - Ids that nobody can foretell, from the kernel */
struct dns_random {
	uint16_t ids[128];
	size_t left;
};

/** dns_random_begin() - Return: 0 or -errno */
int dns_random_begin(struct dns_random *random);
uint16_t dns_random_id(struct dns_random *random);

/** dns_now_ms() - Milliseconds of the monotonic clock */
uint64_t dns_now_ms(void);

/**
 * dns_socket_udp() - A socket connected to a server, at a port of the kernel's choice
 *
 * Return: the descriptor, or -errno
 */
int dns_socket_udp(const struct dns_server *server);

/** enum dns_tcp_state - Where a question over TCP stands */
enum dns_tcp_state {
	DNS_TCP_GOING,
	DNS_TCP_DONE,	/* the message is in @in */
	DNS_TCP_BROKEN, /* @error; 0: the server closed the connection */
};

/**
 * struct dns_tcp - One question over TCP; @fd is -1 when there is none
 * @out:	length and question
 * @head:	the length of the answer, as it comes
 * @in:		room for the longest answer, made when the first one comes and kept
 */
struct dns_tcp {
	int fd;
	int error;
	uint8_t out[2 + DNS_QUERY_MAX];
	size_t out_length, sent;
	uint8_t head[2];
	size_t head_length;
	uint8_t *in;
	size_t in_length, received;
};

/** dns_tcp_open() - Connect, without waiting; 0 or -errno */
int dns_tcp_open(struct dns_tcp *tcp, const struct dns_server *server,
		 const uint8_t *question, size_t length);

/** dns_tcp_step() - Go on as far as it goes without waiting */
enum dns_tcp_state dns_tcp_step(struct dns_tcp *tcp, struct arena *arena);

void dns_tcp_close(struct dns_tcp *tcp);

#endif
