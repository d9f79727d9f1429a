/* acl.h - First-match policies of IPv4, in the simple form that peers can read. */
#ifndef TESTS_LIB_ACL_H
#define TESTS_LIB_ACL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "rules/base/attr.h"

/**
 * DOC: The simple form
 *
 * A rule a line, the first that matches decides, and a packet that none matches is
 * denied:
 *
 *	permit|deny PROTO SRC-LO SRC-HI DST-LO DST-HI SPORT-LO SPORT-HI DPORT-LO DPORT-HI
 *
 * All numbers are decimal and ranges include their ends; PROTO 0 is any.  A program that
 * compares two policies with BuDDy or z3 reads this in twenty lines.
 */
struct arena;
struct ruleset;

enum acl_axis {
	ACL_SOURCE,
	ACL_DESTINATION,
	ACL_SOURCE_PORT,
	ACL_DESTINATION_PORT,
	ACL_AXES,
};

/** acl_axis_bits() - 32 for addresses, 16 for ports */
static inline unsigned acl_axis_bits(enum acl_axis axis)
{
	return axis == ACL_SOURCE || axis == ACL_DESTINATION ? 32 : 16;
}

static inline uint32_t acl_axis_max(enum acl_axis axis)
{
	return acl_axis_bits(axis) == 32 ? UINT32_MAX : UINT16_MAX;
}

struct acl_range {
	uint32_t first;
	uint32_t last;
};

/** struct acl_rule - One line; @protocol 0 is any */
struct acl_rule {
	bool permit;
	uint32_t protocol;
	struct acl_range at[ACL_AXES];
};

struct acl {
	struct acl_rule *rules;
	size_t count, capacity;
};

struct acl_packet {
	uint32_t protocol;
	uint32_t at[ACL_AXES];
};

/** acl_add() - Append a rule */
void acl_add(struct acl *acl, const struct acl_rule *rule, struct arena *arena);

/** acl_permits() - What the policy says of one packet */
bool acl_permits(const struct acl *acl, const struct acl_packet *packet);

/** acl_read() - Read a file; exits with status 1 and the line's number when it is wrong
 */
struct acl acl_read(const char *path, struct arena *arena);

/** acl_write() - Write the simple form; 0, or -1 with errno */
int acl_write(const struct acl *acl, FILE *out) MUST_USE;

/** acl_ruleset() - The same policy as a rule set: one path, "forward", one chain */
struct ruleset *acl_ruleset(const struct acl *acl, struct arena *arena);

#endif
