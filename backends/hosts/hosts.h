/* hosts.h - The hosts back end: its functions. */
#ifndef BACKENDS_HOSTS_HOSTS_H
#define BACKENDS_HOSTS_HOSTS_H

#include <stddef.h>

struct arena;
struct diag;
struct import_input;
struct ruleset;

/** hosts_sniff() - How sure are we that @text is a hosts file: 0 to 100 */
int hosts_sniff(const char *text, size_t length);

/**
 * hosts_import() - Read a hosts file, as glibc and Go do
 *
 * The path "answer" (backends/answer.h) has one stage, "hosts": an admission for each
 * line, then a refusal of all names of the file at other addresses, since whoever finds a
 * name here asks nobody else.  A line that ends in a comment "postern:X" has the id X.
 *
 * Lines without an address in front are ignored by every reader, so they are here; an
 * assumption says so.
 *
 * Return: 0
 */
int hosts_import(const struct import_input *input, struct arena *arena,
		 struct ruleset **ret_rules, struct diag *diag);

#endif
