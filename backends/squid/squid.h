/* squid.h - The squid back end: its functions. */
#ifndef BACKENDS_SQUID_SQUID_H
#define BACKENDS_SQUID_SQUID_H

#include <stddef.h>

struct arena;
struct diag;
struct import_input;
struct ruleset;

/** squid_sniff() - How sure are we that @text is a squid.conf or a part of one: 0 to 100
 */
int squid_sniff(const char *text, size_t length);

/**
 * squid_import() - Read a squid.conf, or a part that such a file includes
 *
 * The path "request" has the stage "http_access" and, where there are such lines,
 * "adapted_http_access" and "miss_access".  A text with http_port, https_port or ftp_port
 * is a whole configuration, and what no line decides has the opposite of the last line;
 * without one it is a part, and leaves that undecided.
 *
 * A line of http_access below a comment "# postern:X" has the id X.
 *
 * Return: 0, or -1 with an error in @diag: squid would not start, or what the text refers
 * to is not among the files
 */
int squid_import(const struct import_input *input, struct arena *arena,
		 struct ruleset **ret_rules, struct diag *diag);

#endif
