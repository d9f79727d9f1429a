/* endpoint.c - Addresses, ports and times for the tools of the live tests. */
#include "tests/live/endpoint.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

bool endpoint_parse(const char *address, uint16_t port, struct endpoint *ret_endpoint)
{
	struct sockaddr_in v4 = {.sin_family = AF_INET, .sin_port = htons(port)};
	struct sockaddr_in6 v6 = {.sin6_family = AF_INET6, .sin6_port = htons(port)};

	if (inet_pton(AF_INET, address, &v4.sin_addr) == 1) {
		memcpy(&ret_endpoint->address, &v4, sizeof(v4));
		ret_endpoint->length = sizeof(v4);
		return true;
	}
	if (inet_pton(AF_INET6, address, &v6.sin6_addr) == 1) {
		memcpy(&ret_endpoint->address, &v6, sizeof(v6));
		ret_endpoint->length = sizeof(v6);
		return true;
	}
	return false;
}

static bool parse_number(const char *text, unsigned long *ret_number)
{
	char *end;

	if (*text < '0' || *text > '9')
		return false;
	errno = 0;
	*ret_number = strtoul(text, &end, 10);
	return !errno && !*end;
}

bool endpoint_port_parse(const char *text, uint16_t *ret_port)
{
	unsigned long number;

	if (!parse_number(text, &number) || number > UINT16_MAX)
		return false;
	*ret_port = (uint16_t)number;
	return true;
}

unsigned endpoint_number_parse(const char *text, unsigned first, unsigned last,
			       const char *what)
{
	unsigned long number;

	if (!parse_number(text, &number) || number < first || number > last) {
		fprintf(stderr, "%s is a number from %u to %u, not '%s'\n", what, first,
			last, text);
		exit(2);
	}
	return (unsigned)number;
}

int endpoint_family(const struct endpoint *endpoint)
{
	return endpoint->address.ss_family;
}

int64_t endpoint_now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

unsigned endpoint_allow_files(void)
{
	const rlim_t most = 65536; /* epoll and the kernel's tables stay small below it */
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit))
		endpoint_die("getrlimit");
	limit.rlim_cur = limit.rlim_max < most ? limit.rlim_max : most;
	if (setrlimit(RLIMIT_NOFILE, &limit))
		endpoint_die("setrlimit");
	return (unsigned)limit.rlim_cur;
}

void endpoint_die(const char *what)
{
	perror(what);
	exit(3);
}
