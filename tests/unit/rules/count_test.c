/* count_test.c - Exact counts: carries, products, decimal text. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "rules/count.h"

static void assert_text(const struct count *count, const char *want)
{
	char text[COUNT_TEXT_MAX];

	assert_string_equal(count_format(count, text), want);
}

static struct count power_of_two(unsigned bits)
{
	struct count count = count_from(1), two = count_from(2);

	while (bits--)
		count = count_multiply(&count, &two);
	return count;
}

static void test_format(void **state)
{
	static const struct {
		uint64_t number;
		const char *text;
	} cases[] = {
		{0, "0"},
		{1, "1"},
		{9, "9"},
		{10, "10"},
		{999999999, "999999999"},
		{1000000000, "1000000000"},
		{1000000001, "1000000001"},
		{1000000000000000000, "1000000000000000000"},
		{UINT64_MAX, "18446744073709551615"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct count count = count_from(cases[i].number);

		assert_text(&count, cases[i].text);
	}
}

static void test_from_wide(void **state)
{
	struct count count = count_from(U128_MAX), one = count_from(1);

	(void)state;
	assert_text(&count, "340282366920938463463374607431768211455");
	count = count_add(&count, &one);
	assert_text(&count, "340282366920938463463374607431768211456");
}

static void test_add_carries(void **state)
{
	struct count sum = power_of_two(511), one = count_from(1), zero = count_from(0);

	(void)state;
	for (unsigned bits = 0; bits < 511; bits++) {
		struct count power = power_of_two(bits);

		sum = count_add(&sum, &power);
	}
	/* 2^512 - 1 has every limb full. */
	for (unsigned i = 0; i < COUNT_LIMBS; i++)
		assert_int_equal(sum.limb[i], UINT32_MAX);
	assert_text(&sum, "13407807929942597099574024998205846127479365820592393377723561"
			  "44372176403007354"
			  "69768018742981669034276900318581864860508537538828119465699464"
			  "33649006084095");
	assert_true(count_equal(&sum, &sum));
	sum = count_add(&sum, &zero);
	sum = count_multiply(&sum, &one);
	assert_int_equal(sum.limb[COUNT_LIMBS - 1], UINT32_MAX);
}

static void test_multiply(void **state)
{
	struct count a = power_of_two(256), b = power_of_two(255), product;
	struct count big = count_from(U128_MAX), zero = count_from(0),
		     one = count_from(1);

	(void)state;
	product = count_multiply(&a, &b);
	b = power_of_two(511);
	assert_true(count_equal(&product, &b));
	/* (2^128 - 1)^2 = 2^256 - 2^129 + 1, checked by adding back. */
	product = count_multiply(&big, &big);
	b = power_of_two(129);
	product = count_add(&product, &b);
	a = count_add(&a, &one);
	assert_true(count_equal(&product, &a));
	product = count_multiply(&big, &zero);
	assert_true(count_is_zero(&product));
	assert_false(count_is_zero(&big));
	assert_false(count_equal(&big, &zero));
}

static void test_small_products(void **state)
{
	(void)state;
	for (uint64_t a = 0; a < 70000; a += 997) {
		for (uint64_t b = UINT32_MAX - 2; b < (uint64_t)UINT32_MAX + 3; b++) {
			struct count x = count_from(a), y = count_from(b);
			struct count product = count_multiply(&x, &y);
			struct count want = count_from((u128)a * b);
			struct count turned = count_multiply(&y, &x);

			assert_true(count_equal(&product, &want));
			assert_true(count_equal(&product, &turned));
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_format),	       cmocka_unit_test(test_from_wide),
		cmocka_unit_test(test_add_carries),    cmocka_unit_test(test_multiply),
		cmocka_unit_test(test_small_products),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
