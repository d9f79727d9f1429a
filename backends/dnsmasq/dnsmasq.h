/* dnsmasq.h - The dnsmasq back end: its functions. */
#ifndef BACKENDS_DNSMASQ_DNSMASQ_H
#define BACKENDS_DNSMASQ_DNSMASQ_H

#include <stddef.h>

struct arena;
struct diag;
struct import_input;
struct ruleset;

/** dnsmasq_sniff() - How sure are we that @text is a configuration of dnsmasq: 0 to 100
 */
int dnsmasq_sniff(const char *text, size_t length);

/**
 * dnsmasq_import() - Read a configuration, or a part of one, as dnsmasq 2.90 does
 *
 * The paths are those of backends/answer.h.  Each has its stages in the order in which
 * dnsmasq decides:
 *
 *	"records"	what it knows of a single name: host-record, cname, hosts files
 *	"domains"	address, local and server of the longest domain that takes the
 *name "replies"	what it takes out of others' answers (path "answer" only)
 *
 * The path "question" is there only where some line names a server.  A question goes to
 * it in the sense of the path if the answer comes through, too: under "stop-dns-rebind" a
 * name that is not exempt depends on an unknown.
 *
 * A rule has the id of the comment "# postern:X" at the end of its line, or alone on the
 * line before.
 *
 * Names without a dot, names of addresses (in-addr.arpa) and types of records other than
 * addresses are not looked at.
 *
 * Return: 0, or -1 where dnsmasq would not start
 */
int dnsmasq_import(const struct import_input *input, struct arena *arena,
		   struct ruleset **ret_rules, struct diag *diag);

#endif
