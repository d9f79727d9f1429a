/* host_name.h - What a host name is made of, in answers of DNS and in locks. */
#ifndef COMPILER_HOST_NAME_H
#define COMPILER_HOST_NAME_H

#include <stdbool.h>

/** host_name_character() - May @c stand in a label (lower case)? */
bool host_name_character(char c);

/**
 * host_name_is() - Is @text a host name: lower case, no wildcard, no dot at the end?
 *
 * RFC 1035, sections 2.3.1 and 2.3.4, and "_", which names behind CNAME records have.
 */
bool host_name_is(const char *text);

#endif
