/* dns_server.h - How DNS servers are named on the command line and in locks. */
#ifndef COMPILER_DNS_SERVER_H
#define COMPILER_DNS_SERVER_H

#include <stdbool.h>

#include "compiler/resolver.h"

#define DNS_PORT 53

/** dns_server_make() - With its text: "168.63.129.16:53", "[::1]:5353" */
struct dns_server dns_server_make(const struct addr *address, uint16_t port,
				  struct arena *arena);

/**
 * dns_server_parse() - "ADDRESS", "ADDRESS:PORT", "[ADDRESS]" or "[ADDRESS]:PORT"
 *
 * A name is none: it would have to be looked up first, and by whom?
 */
bool dns_server_parse(const char *text, struct arena *arena,
		      struct dns_server *ret_server);

#endif
