/* squid_emit_acls.h - ACLs of the text that is written. */
#ifndef BACKENDS_SQUID_SQUID_EMIT_ACLS_H
#define BACKENDS_SQUID_SQUID_EMIT_ACLS_H

#include <stddef.h>

#include "rules/base/strbuf.h"
#include "rules/base/textmap.h"
#include "rules/ruleset.h"

/**
 * DOC: Names of ACLs
 *
 * squid has one space of names for all its files, without regard to case and of 63 bytes
 * at most; a name that is there already is not refused but added to.  So every name
 * begins with "postern:OUTPUT:", which no other file uses and two outputs share no more
 * than their names, and what is too long ends in a digest.
 */
struct arena;

/**
 * struct emitted_acls - The ACLs so far
 * @out:	their lines
 * @prefix:	"postern:OUTPUT:"
 * @contents:	for each name what it holds, as text: equal sets have one ACL
 */
struct emitted_acls {
	struct strbuf out;
	const char *prefix;
	struct textmap contents;
	struct arena *arena;
};

/** emitted_acls_begin() - No ACLs, for output @name */
void emitted_acls_begin(struct emitted_acls *acls, const char *name, struct arena *arena);

/**
 * emitted_acls_add_addrs() - An ACL of type src
 * @ret_unsaid:	what squid cannot say, or NULL
 *
 * Return: its name
 */
const char *emitted_acls_add_addrs(struct emitted_acls *acls, const char *label,
				   const struct addr_set *addrs, const char **ret_unsaid);

/** emitted_acls_add_ports() - An ACL of type port */
const char *emitted_acls_add_ports(struct emitted_acls *acls, const struct ranges *ports);

/**
 * emitted_acls_add_names() - ACLs of type dstdomain for exact names and names below
 * others
 * @ret_except:	the ACL of names that are not meant though the first takes them, or NULL
 *
 * "*.x" is written ".x", which takes x too; x goes into the second ACL unless it is asked
 * for itself.
 *
 * Return: the first ACL's name
 */
const char *emitted_acls_add_names(struct emitted_acls *acls, const char *label,
				   const struct name_patterns *names,
				   const char **ret_except, const char **ret_unsaid);

#endif
