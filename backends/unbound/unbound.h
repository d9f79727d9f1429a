/* unbound.h - The unbound back end: its functions. */
#ifndef BACKENDS_UNBOUND_UNBOUND_H
#define BACKENDS_UNBOUND_UNBOUND_H

#include <stddef.h>

struct arena;
struct diag;
struct import_input;
struct ruleset;

/** unbound_sniff() - How sure are we that @text is an unbound.conf or a part of one: 0 to
 * 100 */
int unbound_sniff(const char *text, size_t length);

/**
 * unbound_import() - Read an unbound.conf, or a part that such a file includes
 *
 * The path "answer" (backends/answer.h) has the stages "local zones", what unbound
 * answers from its configuration, and, where there are any, "other zones", whose contents
 * stand elsewhere.  The path "question" is there when the text has a forward-zone or a
 * stub-zone; its stage is "forward zones".
 *
 * What stands below a comment "# postern:X", up to the next comment or empty line, has
 * the id X.  A part (@bare) lacks the local zones that unbound has by itself.
 *
 * Return: 0, or -1 with an error in @diag: unbound would not start, or what the text
 * refers to is not among the files
 */
int unbound_import(const struct import_input *input, struct arena *arena,
		   struct ruleset **ret_rules, struct diag *diag);

#endif
