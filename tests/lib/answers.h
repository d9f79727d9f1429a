/* answers.h - What a resolver's data say of names, asked one by one. */
#ifndef TESTS_LIB_ANSWERS_H
#define TESTS_LIB_ANSWERS_H

#include <stdbool.h>

struct backend;
struct strbuf;

/**
 * answers_are() - Does @text, as @backend reads it, say what is expected?
 * @text:	cut at lines "@@@ NAME" into what is imported and files that it refers to
 * @expected:	parts separated by ";", each
 *			NAME=ADDRESS -> VERDICT		is NAME answered with ADDRESS?
 *			NAME>4#SET -> VERDICT		do its IPv4 addresses enter SET?
 *(6#) NAME@SERVER -> VERDICT		is NAME asked for at SERVER, port 53?
 *NAME@SERVER#PORT -> VERDICT VERDICT: "allow", "deny", "undecided", or "?" for what
 *depends on unknowns
 * @ret_wrong:	what is not so
 */
bool answers_are(const struct backend *backend, const char *text, const char *expected,
		 struct strbuf *ret_wrong);

/**
 * answers_refused() - Is @text refused with a message that holds @what, at that place?
 * @ret_wrong:	what was said instead
 */
bool answers_refused(const struct backend *backend, const char *text, const char *what,
		     unsigned line, unsigned column, struct strbuf *ret_wrong);

#endif
