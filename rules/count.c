/* count.c - Exact counts of packets and addresses: more than 128 bits. */
#include "rules/count.h"

#include <string.h>

#include "rules/base/attr.h"

#define LIMB_BITS 32

/* Nine decimal digits are the most that fit a limb. */
#define DIGITS	     9
#define DIGITS_POWER 1000000000u

struct count count_from(u128 number)
{
	struct count count = {{0}};

	for (unsigned i = 0; number; i++, number >>= LIMB_BITS)
		count.limb[i] = (uint32_t)number;
	return count;
}

struct count count_add(const struct count *a, const struct count *b)
{
	struct count sum;
	uint64_t carry = 0;

	for (unsigned i = 0; i < COUNT_LIMBS; i++) {
		carry += (uint64_t)a->limb[i] + b->limb[i];
		sum.limb[i] = (uint32_t)carry;
		carry >>= LIMB_BITS;
	}
	if (carry)
		BUG("a sum of more than %d bits", COUNT_LIMBS * LIMB_BITS);
	return sum;
}

struct count count_multiply(const struct count *a, const struct count *b)
{
	struct count product = {{0}};

	for (unsigned i = 0; i < COUNT_LIMBS; i++) {
		uint64_t carry = 0;

		if (!a->limb[i])
			continue;
		for (unsigned j = 0; j < COUNT_LIMBS - i; j++) {
			carry += (uint64_t)a->limb[i] * b->limb[j] + product.limb[i + j];
			product.limb[i + j] = (uint32_t)carry;
			carry >>= LIMB_BITS;
		}
		for (unsigned j = COUNT_LIMBS - i; j < COUNT_LIMBS; j++)
			carry |= b->limb[j];
		if (carry)
			BUG("a product of more than %d bits", COUNT_LIMBS * LIMB_BITS);
	}
	return product;
}

bool count_is_zero(const struct count *a)
{
	for (unsigned i = 0; i < COUNT_LIMBS; i++)
		if (a->limb[i])
			return false;
	return true;
}

bool count_equal(const struct count *a, const struct count *b)
{
	return memcmp(a->limb, b->limb, sizeof(a->limb)) == 0;
}

struct count count_addresses(const struct addr_set *set)
{
	struct count sum = count_from(0);

	for (unsigned family = 0; family < FAMILY_COUNT; family++) {
		struct count of_family, ranges = count_from(set->of[family].count);
		u128 less = 0; /* by one a range: 2^128 does not fit u128 */

		for (size_t i = 0; i < set->of[family].count; i++)
			less += set->of[family].at[i].last - set->of[family].at[i].first;
		of_family = count_from(less);
		of_family = count_add(&of_family, &ranges);
		sum = count_add(&sum, &of_family);
	}
	return sum;
}

/* Divides @a by DIGITS_POWER and returns the remainder. */
static uint32_t take_digits(struct count *a)
{
	uint64_t rest = 0;

	for (unsigned i = COUNT_LIMBS; i-- > 0;) {
		rest = rest << LIMB_BITS | a->limb[i];
		a->limb[i] = (uint32_t)(rest / DIGITS_POWER);
		rest %= DIGITS_POWER;
	}
	return (uint32_t)rest;
}

const char *count_format(const struct count *a, char *text)
{
	struct count left = *a;
	char *end = text + COUNT_TEXT_MAX - 1, *at = end;

	do {
		uint32_t digits = take_digits(&left);
		bool first = count_is_zero(&left);

		for (unsigned i = 0; i < DIGITS && (digits || !first || at == end); i++) {
			*--at = (char)('0' + digits % 10);
			digits /= 10;
		}
	} while (!count_is_zero(&left));
	*end = '\0';
	memmove(text, at, (size_t)(end - at) + 1);
	return text;
}
