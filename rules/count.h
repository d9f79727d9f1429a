/* count.h - Exact counts of packets and addresses: more than 128 bits. */
#ifndef RULES_COUNT_H
#define RULES_COUNT_H

#include <stdbool.h>
#include <stdint.h>

#include "rules/addr.h"
#include "rules/interval.h"

/* The widest space has 2 x 128 address bits and some 200 bits of the other axes and of
 * interface words; 512 bits hold its size. */
#define COUNT_LIMBS 16

/** struct count - An unsigned number of 512 bits, least significant limb first */
struct count {
	uint32_t limb[COUNT_LIMBS];
};

struct count count_from(u128 number);
struct count count_add(const struct count *a, const struct count *b);
struct count count_multiply(const struct count *a, const struct count *b);
bool count_is_zero(const struct count *a);
bool count_equal(const struct count *a, const struct count *b);

/** count_addresses() - How many addresses a normal set has, of both families together */
struct count count_addresses(const struct addr_set *set);

/** COUNT_TEXT_MAX - Longest decimal text, NUL included (2^512 has 155 digits) */
#define COUNT_TEXT_MAX 160

/** count_format() - In decimal */
const char *count_format(const struct count *a, char *text);

#endif
