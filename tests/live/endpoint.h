/* endpoint.h - Addresses, ports and times for the tools of the live tests. */
#ifndef TESTS_LIVE_ENDPOINT_H
#define TESTS_LIVE_ENDPOINT_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

#include "rules/base/attr.h"

/** struct endpoint - What bind(), connect() and sendto() take */
struct endpoint {
	struct sockaddr_storage address;
	socklen_t length;
};

/** endpoint_parse() - Read an address of either family; no names, no zones */
bool endpoint_parse(const char *address, uint16_t port,
		    struct endpoint *ret_endpoint) MUST_USE;

/** endpoint_port_parse() - Read a decimal port from 0 to 65535 */
bool endpoint_port_parse(const char *text, uint16_t *ret_port) MUST_USE;

/**
 * endpoint_number_parse() - Read a decimal option from @first to @last
 *
 * Exits with status 2 and a message that names @what when it is none.
 */
unsigned endpoint_number_parse(const char *text, unsigned first, unsigned last,
			       const char *what);

/** endpoint_family() - AF_INET or AF_INET6 */
int endpoint_family(const struct endpoint *endpoint);

/** endpoint_now_ms() - A clock that only goes forward, in milliseconds */
int64_t endpoint_now_ms(void);

/** endpoint_allow_files() - Raise the limit of open files; returns what it is now */
unsigned endpoint_allow_files(void);

/** endpoint_die() - Say what failed, with errno's text, and exit with status 3 */
NORETURN void endpoint_die(const char *what);

#endif
