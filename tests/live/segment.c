/* segment.c - Send one TCP segment that belongs to no connection.
 *
 * usage: segment FLAGS SOURCE SPORT DESTINATION DPORT
 *
 * FLAGS are letters of "SAFRP": SYN, ACK, FIN, RST, PSH.  The kernel would never send
 * such a segment for us, but a host that wants to slip past a rule for openers can.
 *
 * Exit status: 0 when it was sent, 1 when this host's own rules refused it, 2 for bad
 * arguments, 3 when the system failed.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/ip.h>
#include <netinet/ip6.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "rules/base/attr.h"
#include "tests/live/endpoint.h"

#define HOPS 64

/** struct pseudo_ipv4 - What the checksum covers besides the segment (RFC 9293, 3.1) */
struct pseudo_ipv4 {
	struct in_addr source;
	struct in_addr destination;
	uint8_t zero;
	uint8_t protocol;
	uint16_t length;
};

/** struct pseudo_ipv6 - The same for IPv6 (RFC 8200, 8.1) */
struct pseudo_ipv6 {
	struct in6_addr source;
	struct in6_addr destination;
	uint32_t length;
	uint32_t protocol;
};

struct flow {
	struct endpoint from;
	struct endpoint to;
	uint16_t source_port;
	uint16_t destination_port;
	uint8_t flags;
};

static bool parse_flags(const char *text, uint8_t *ret_flags)
{
	static const struct {
		char letter;
		uint8_t flag;
	} letters[] = {
		{'S', TH_SYN}, {'A', TH_ACK},  {'F', TH_FIN},
		{'R', TH_RST}, {'P', TH_PUSH},
	};

	*ret_flags = 0;
	for (; *text; text++) {
		size_t i = 0;

		while (i < ARRAY_SIZE(letters) && letters[i].letter != *text)
			i++;
		if (i == ARRAY_SIZE(letters))
			return false;
		*ret_flags |= letters[i].flag;
	}
	return *ret_flags;
}

/* The Internet checksum (RFC 1071), unfolded; @length is even. */
static uint32_t sum(const void *data, size_t length)
{
	const uint8_t *bytes = data;
	uint32_t total = 0;

	for (size_t i = 0; i < length; i += 2)
		total += (uint32_t)bytes[i] << 8 | bytes[i + 1];
	return total;
}

static uint16_t fold(uint32_t total)
{
	while (total >> 16)
		total = (total & 0xffff) + (total >> 16);
	return htons((uint16_t)~total);
}

static struct tcphdr make_segment(const struct flow *flow)
{
	return (struct tcphdr){
		.th_sport = htons(flow->source_port),
		.th_dport = htons(flow->destination_port),
		.th_seq = htonl(0x10203040),
		.th_ack = flow->flags & TH_ACK ? htonl(0x50607080) : 0,
		.th_off = sizeof(struct tcphdr) / 4,
		.th_flags = flow->flags,
		.th_win = htons(1024),
	};
}

/* The kernel fills in the checksum of the IPv4 header itself (raw(7)). */
static size_t make_ipv4(const struct flow *flow, uint8_t *packet)
{
	struct tcphdr segment = make_segment(flow);
	struct sockaddr_in from, to;
	struct pseudo_ipv4 pseudo;
	struct ip header;

	memcpy(&from, &flow->from.address, sizeof(from));
	memcpy(&to, &flow->to.address, sizeof(to));
	pseudo = (struct pseudo_ipv4){from.sin_addr, to.sin_addr, 0, IPPROTO_TCP,
				      htons(sizeof(segment))};
	header = (struct ip){
		.ip_v = 4,
		.ip_hl = sizeof(header) / 4,
		.ip_len = htons(sizeof(header) + sizeof(segment)),
		.ip_ttl = HOPS,
		.ip_p = IPPROTO_TCP,
		.ip_src = from.sin_addr,
		.ip_dst = to.sin_addr,
	};
	segment.th_sum =
		fold(sum(&pseudo, sizeof(pseudo)) + sum(&segment, sizeof(segment)));
	memcpy(packet, &header, sizeof(header));
	memcpy(packet + sizeof(header), &segment, sizeof(segment));
	return sizeof(header) + sizeof(segment);
}

static size_t make_ipv6(const struct flow *flow, uint8_t *packet)
{
	struct tcphdr segment = make_segment(flow);
	struct sockaddr_in6 from, to;
	struct pseudo_ipv6 pseudo;
	struct ip6_hdr header = {0};

	memcpy(&from, &flow->from.address, sizeof(from));
	memcpy(&to, &flow->to.address, sizeof(to));
	pseudo = (struct pseudo_ipv6){from.sin6_addr, to.sin6_addr,
				      htonl(sizeof(segment)), htonl(IPPROTO_TCP)};
	header.ip6_flow = htonl(UINT32_C(6) << 28);
	header.ip6_plen = htons(sizeof(segment));
	header.ip6_nxt = IPPROTO_TCP;
	header.ip6_hlim = HOPS;
	header.ip6_src = from.sin6_addr;
	header.ip6_dst = to.sin6_addr;
	segment.th_sum =
		fold(sum(&pseudo, sizeof(pseudo)) + sum(&segment, sizeof(segment)));
	memcpy(packet, &header, sizeof(header));
	memcpy(packet + sizeof(header), &segment, sizeof(segment));
	return sizeof(header) + sizeof(segment);
}

int main(int argc, char **argv)
{
	uint8_t packet[sizeof(struct ip6_hdr) + sizeof(struct tcphdr)];
	struct flow flow = {0};
	size_t length;
	int fd;

	/* A raw socket takes no port: sockets of IPv6 refuse one. */
	if (argc != 6 || !parse_flags(argv[1], &flow.flags) ||
	    !endpoint_parse(argv[2], 0, &flow.from) ||
	    !endpoint_port_parse(argv[3], &flow.source_port) ||
	    !endpoint_parse(argv[4], 0, &flow.to) ||
	    !endpoint_port_parse(argv[5], &flow.destination_port) ||
	    endpoint_family(&flow.from) != endpoint_family(&flow.to)) {
		fprintf(stderr, "usage: segment FLAGS SOURCE SPORT DESTINATION DPORT\n");
		return 2;
	}
	fd = socket(endpoint_family(&flow.to), SOCK_RAW | SOCK_CLOEXEC, IPPROTO_RAW);
	if (fd < 0)
		endpoint_die("socket");
	length = endpoint_family(&flow.to) == AF_INET ? make_ipv4(&flow, packet)
						      : make_ipv6(&flow, packet);
	if (sendto(fd, packet, length, 0, (struct sockaddr *)&flow.to.address,
		   flow.to.length) != (ssize_t)length) {
		if (errno == EPERM)
			return 1;
		endpoint_die("sendto");
	}
	return 0;
}
