/* dns_server.c - How DNS servers are named on the command line and in locks. */
#include "compiler/dns_server.h"

#include <string.h>

#include "rules/base/arena.h"

struct dns_server dns_server_make(const struct addr *address, uint16_t port,
				  struct arena *arena)
{
	char text[ADDR_TEXT_MAX];

	addr_format(address, text);
	return (struct dns_server){
		.address = *address,
		.port = port,
		.text = address->family == FAMILY_IPV4
				? arena_printf(arena, "%s:%u", text, port)
				: arena_printf(arena, "[%s]:%u", text, port),
	};
}

/* 1 to 65535, digits only. */
static bool parse_port(const char *text, uint16_t *ret_port)
{
	size_t length = strspn(text, "0123456789");
	unsigned port = 0;

	if (!length || length > 5 || text[length])
		return false;
	for (size_t i = 0; i < length; i++)
		port = port * 10 + (unsigned)(text[i] - '0');
	*ret_port = (uint16_t)port;
	return port && port <= UINT16_MAX;
}

bool dns_server_parse(const char *text, struct arena *arena,
		      struct dns_server *ret_server)
{
	const char *port_text = NULL, *host = text;
	struct addr address;
	uint16_t port = DNS_PORT;

	if (text[0] == '[') {
		const char *end = strchr(text, ']');

		if (!end || (end[1] && end[1] != ':'))
			return false;
		host = arena_strndup(arena, text + 1, (size_t)(end - text - 1));
		port_text = end[1] ? end + 2 : NULL;
	} else if (strchr(text, '.')) {
		const char *colon = strchr(text, ':');

		/* "::ffff:192.0.2.1" has both and is an IPv6 address */
		if (colon && colon > strchr(text, '.')) {
			host = arena_strndup(arena, text, (size_t)(colon - text));
			port_text = colon + 1;
		}
	}
	if (!addr_parse(host, &address) || (port_text && !parse_port(port_text, &port)))
		return false;
	*ret_server = dns_server_make(&address, port, arena);
	return true;
}
