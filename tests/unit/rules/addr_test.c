/* addr_test.c - Addresses and prefixes: reading, writing, splitting, what is special. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "rules/addr.h"
#include "rules/base/arena.h"
#include "rules/base/strbuf.h"

static struct addr addr_of(const char *text)
{
	struct addr addr = {0};

	if (!addr_parse(text, &addr))
		fail_msg("'%s' is no address", text);
	return addr;
}

static struct prefix prefix_of(const char *text)
{
	struct prefix prefix = {0};

	if (prefix_parse(text, &prefix) != PREFIX_OK)
		fail_msg("'%s' is no prefix", text);
	return prefix;
}

static void test_parse_bad(void **state)
{
	static const char *const bad[] = {
		"",
		" ",
		"10",
		"10.",
		"10.0.0",
		"10.0.0.",
		".10.0.0.1",
		"10.0.0.1.",
		"10.0.0.1.2",
		"10.0.0.256",
		"10.0.0.1000",
		"010.0.0.1",
		"10.00.0.1",
		"10.0.0.01",
		"0x0a.0.0.1",
		"10.0.0.-1",
		"10.0.0.+1",
		" 10.0.0.1",
		"10.0.0.1 ",
		"10.0.0.1\n",
		"10,0,0,1",
		"167772161",
		"10.0.0.1%eth0",
		":",
		":::",
		"::1::",
		"1::2::3",
		"1:2:3:4:5:6:7",
		"1:2:3:4:5:6:7:8:9",
		"1:2:3:4:5:6:7:8::9",
		"12345::",
		"00001::",
		"g::",
		"::1%eth0",
		"fe80::1%1",
		"[::1]",
		"::1 ",
		" ::1",
		"::ffff:1.2.3",
		"::ffff:1.2.3.256",
		"::ffff:01.2.3.4",
		"1.2.3.4::",
		"::1.2.3.4:5",
		"1:2:3:4:5:6:7:1.2.3.4",
		"1:",
		":1",
		"::-1",
		"eth0",
		"localhost",
		"10.0.0.1/32",
		"1111111111111111111111111111111111111111111111111111111111111111111",
	};
	struct addr addr = {FAMILY_IPV6, 42};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		if (addr_parse(bad[i], &addr))
			fail_msg("'%s' was taken", bad[i]);
	assert_true(addr.family == FAMILY_IPV6 && addr.value == 42);
}

static void test_parse_prefix_bad(void **state)
{
	static const char *const bad[] = {
		"/",
		"/8",
		"10.0.0.0/",
		"10.0.0.0/33",
		"10.0.0.0/08",
		"10.0.0.0/00",
		"10.0.0.0/-1",
		"10.0.0.0/+8",
		"10.0.0.0/ 8",
		"10.0.0.0/8 ",
		"10.0.0.0/8/8",
		"10.0.0.0/8x",
		"10.0.0.0/255.0.0.0",
		"10/8",
		"::/129",
		"::/999",
		"::/1000",
		"::/18446744073709551616",
		"::/0x10",
		"2001:db8:/32",
		"10.0.0.0\\8",
		"0000:0000:0000:0000:0000:0000:255.255.255.255.255/8",
	};
	struct prefix prefix = {FAMILY_IPV6, 7, 42};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		if (prefix_parse(bad[i], &prefix) != PREFIX_BAD)
			fail_msg("'%s' was taken", bad[i]);
	assert_true(prefix.length == 7 && prefix.base == 42);
}

static void test_parse_good(void **state)
{
	struct addr addr = addr_of("255.255.255.255");

	(void)state;
	assert_true(addr.family == FAMILY_IPV4 && addr.value == UINT32_MAX);
	addr = addr_of("1.2.3.4");
	assert_true(addr.value == 0x01020304);
	addr = addr_of("0.0.0.0");
	assert_true(addr.family == FAMILY_IPV4 && addr.value == 0);
	addr = addr_of("::");
	assert_true(addr.family == FAMILY_IPV6 && addr.value == 0);
	addr = addr_of("2001:DB8::A");
	assert_true(addr.value == (((u128)0x20010db8 << 96) | 0xa));
	addr = addr_of("0001:0002:0003:0004:0005:0006:255.255.255.255");
	assert_true((uint64_t)addr.value == 0x00050006ffffffff);
	addr = addr_of("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff");
	assert_true(addr.value == U128_MAX);
}

static void test_host_bits(void **state)
{
	static const struct {
		const char *text;
		const char *masked;
	} cases[] = {
		{"10.0.0.1/8", "10.0.0.0/8"},
		{"10.0.0.1/0", "0.0.0.0/0"},
		{"10.0.0.1/31", "10.0.0.0/31"},
		{"255.255.255.255/1", "128.0.0.0/1"},
		{"2001:db8::1/64", "2001:db8::/64"},
		{"::1/127", "::/127"},
		{"::1/0", "::/0"},
	};
	char text[ADDR_TEXT_MAX];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct prefix prefix;

		assert_int_equal(prefix_parse(cases[i].text, &prefix), PREFIX_HOST_BITS);
		assert_string_equal(prefix_format(&prefix, text), cases[i].masked);
	}
}

/* RFC 5952, sections 4 and 5, and the corners of each length. */
static void test_format(void **state)
{
	static const struct {
		const char *text;
		const char *want;
	} cases[] = {
		{"2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"},
		{"2001:0db8::0001", "2001:db8::1"},
		{"2001:db8:0:0:0:0:2:1", "2001:db8::2:1"},
		{"2001:db8::1:1:1:1:1", "2001:db8:0:1:1:1:1:1"},
		{"2001:0:0:1:0:0:0:1", "2001:0:0:1::1"},
		{"2001:DB8::ABCD", "2001:db8::abcd"},
		{"0:0:0:0:0:0:0:0", "::"},
		{"0:0:0:0:0:0:0:1", "::1"},
		{"1:0:0:0:0:0:0:0", "1::"},
		{"0:1:1:1:1:1:1:1", "0:1:1:1:1:1:1:1"},
		{"1:1:1:1:1:1:1:0", "1:1:1:1:1:1:1:0"},
		{"0:0:1:1:1:1:0:0", "::1:1:1:1:0:0"},
		{"::ffff:c000:0201", "::ffff:192.0.2.1"},
		{"fe80::", "fe80::"},
		{"0.0.0.0", "0.0.0.0"},
		{"255.255.255.255", "255.255.255.255"},
		{"10.0.0.0/8", "10.0.0.0/8"},
		{"10.0.0.0/32", "10.0.0.0"},
		{"0.0.0.0/0", "0.0.0.0/0"},
		{"::/0", "::/0"},
		{"::1/128", "::1"},
		{"ffff:ffff:ffff:ffff:ffff:ffff:ffff:fffe/127",
		 "ffff:ffff:ffff:ffff:ffff:ffff:ffff:fffe/127"},
	};
	char text[ADDR_TEXT_MAX];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct prefix prefix = prefix_of(cases[i].text), again;

		assert_string_equal(prefix_format(&prefix, text), cases[i].want);
		again = prefix_of(text);
		assert_true(prefix_equal(&prefix, &again));
	}
}

/* A scattered but repeatable sequence of numbers (xorshift, George Marsaglia 2003). */
static uint64_t scatter(uint64_t *seed)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 7;
	*seed ^= *seed << 17;
	return *seed;
}

static void test_format_round_trip(void **state)
{
	uint64_t seed = 1;

	(void)state;
	for (unsigned i = 0; i < 20000; i++) {
		enum family family = (enum family)(i & 1);
		struct addr addr = {family, 0}, again;
		char text[ADDR_TEXT_MAX];

		/* Groups of 16 bits, half of them zero: all shapes of "::". */
		for (unsigned group = 0; group < family_bits(family) / 16; group++)
			addr.value = addr.value << 16 |
				     (scatter(&seed) & 1 ? scatter(&seed) & 0xffff : 0);
		again = addr_of(addr_format(&addr, text));
		assert_true(again.family == family && again.value == addr.value);
	}
}

static void test_split(void **state)
{
	(void)state;
	for (u128 first = 0; first < 64; first++) {
		for (u128 last = first; last < 64; last++) {
			struct range rest = {first, last};
			unsigned count = 0, fewest = 0;

			for (;;) {
				struct prefix prefix =
					range_first_prefix(FAMILY_IPV4, &rest);
				struct range part = prefix_range(&prefix);

				assert_true(part.first == rest.first &&
					    part.last <= last);
				count++;
				if (part.last == last)
					break;
				rest.first = part.last + 1;
			}
			/* The fewest: aligned blocks inside whose double is not inside.
			 */
			for (unsigned bits = 0; bits <= 6; bits++) {
				for (u128 base = 0; base < 64; base += (u128)1 << bits) {
					u128 end = base + ((u128)1 << bits) - 1;
					u128 wide = base & ~(((u128)2 << bits) - 1);
					u128 wide_end = wide + ((u128)2 << bits) - 1;

					fewest += base >= first && end <= last &&
						  !(wide >= first && wide_end <= last);
				}
			}
			assert_int_equal(count, fewest);
		}
	}
}

static void test_split_ends(void **state)
{
	struct range all = {0, U128_MAX}, but_first = {1, U128_MAX},
		     ipv4 = {0, UINT32_MAX};
	struct prefix prefix = range_first_prefix(FAMILY_IPV6, &all);
	u128 next = 1;

	(void)state;
	assert_int_equal(prefix.length, 0);
	prefix = range_first_prefix(FAMILY_IPV4, &ipv4);
	assert_int_equal(prefix.length, 0);
	for (unsigned length = 128; length >= 1; length--) {
		prefix = range_first_prefix(FAMILY_IPV6, &but_first);
		assert_int_equal(prefix.length, length);
		assert_true(prefix.base == next);
		next = prefix_range(&prefix).last + 1;
		but_first.first = next;
	}
	assert_true(next == 0);
}

static void test_range_format(void **state)
{
	char text[ADDR_TEXT_MAX];
	struct range range = {0, U128_MAX - 1};

	(void)state;
	assert_string_equal(addr_range_format(FAMILY_IPV6, &range, text),
			    "::-ffff:ffff:ffff:ffff:ffff:ffff:ffff:fffe");
	range = (struct range){(u128)0x1111 << 112 | U128_MAX >> 16, U128_MAX - 1};
	assert_true(strlen(addr_range_format(FAMILY_IPV6, &range, text)) < ADDR_TEXT_MAX);
	range = (struct range){1, 2};
	assert_string_equal(addr_range_format(FAMILY_IPV4, &range, text),
			    "0.0.0.1-0.0.0.2");
	range = (struct range){2, 3};
	assert_string_equal(addr_range_format(FAMILY_IPV4, &range, text), "0.0.0.2/31");
	range = (struct range){2, 2};
	assert_string_equal(addr_range_format(FAMILY_IPV4, &range, text), "0.0.0.2");
}

static void add(struct addr_set *set, const char *text, struct arena *arena)
{
	struct prefix prefix = prefix_of(text);

	addr_set_add_prefix(set, &prefix, arena);
	addr_set_normalize(set);
}

static void assert_set(const struct addr_set *set, const char *want)
{
	CLEANUP(strbuf_release) struct strbuf text = {0};

	addr_set_format(set, &text);
	assert_string_equal(strbuf_text(&text), want);
}

static void test_sets(void **state)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new();
	struct addr_set a = {0}, b = {0}, set;
	struct addr inside = addr_of("10.0.0.7"), v6 = addr_of("::a00:7");

	(void)state;
	assert_true(addr_set_is_empty(&a));
	assert_true(addr_set_equal(&a, &b));
	assert_set(&a, "");
	add(&a, "10.0.0.0/25", arena);
	add(&a, "10.0.0.128/25", arena);
	add(&a, "2001:db8::/32", arena);
	assert_set(&a, "10.0.0.0/24, 2001:db8::/32");
	add(&b, "10.0.0.4/30", arena);
	set = addr_set_subtract(&a, &b, arena);
	assert_set(&set, "10.0.0.0/30, 10.0.0.8-10.0.0.255, 2001:db8::/32");
	assert_false(addr_set_contains(&set, &inside));
	assert_true(addr_set_contains(&a, &inside));
	assert_false(addr_set_contains(&a, &v6));
	set = addr_set_union(&set, &b, arena);
	assert_true(addr_set_equal(&set, &a));
	set = addr_set_intersect(&a, &b, arena);
	assert_true(addr_set_equal(&set, &b));
	assert_false(addr_set_equal(&a, &b));
	set = addr_set_subtract(&b, &a, arena);
	assert_true(addr_set_is_empty(&set));
}

static void test_contains(void **state)
{
	struct prefix prefix = prefix_of("10.1.2.0/27");
	struct addr first = addr_of("10.1.2.0"), last = addr_of("10.1.2.31");
	struct addr after = addr_of("10.1.2.32"), before = addr_of("10.1.1.255");
	struct addr other = {FAMILY_IPV6, first.value};

	(void)state;
	assert_true(prefix_contains(&prefix, &first) && prefix_contains(&prefix, &last));
	assert_false(prefix_contains(&prefix, &after) ||
		     prefix_contains(&prefix, &before));
	assert_false(prefix_contains(&prefix, &other));
}

/* First and last address of the blocks of both registries, and their neighbours. */
static void test_special(void **state)
{
	static const struct {
		const char *addr;
		const char *kind; /* NULL: public */
	} cases[] = {
		{"0.0.0.0", "unspecified"},
		{"0.0.0.1", "this network"},
		{"0.255.255.255", "this network"},
		{"1.0.0.0", NULL},
		{"9.255.255.255", NULL},
		{"10.0.0.0", "private"},
		{"10.255.255.255", "private"},
		{"11.0.0.0", NULL},
		{"100.63.255.255", NULL},
		{"100.64.0.0", "shared (100.64.0.0/10)"},
		{"100.127.255.255", "shared (100.64.0.0/10)"},
		{"100.128.0.0", NULL},
		{"126.255.255.255", NULL},
		{"127.0.0.0", "loopback"},
		{"127.255.255.255", "loopback"},
		{"128.0.0.0", NULL},
		{"169.253.255.255", NULL},
		{"169.254.0.0", "link-local"},
		{"169.254.169.254", "link-local"},
		{"169.254.255.255", "link-local"},
		{"169.255.0.0", NULL},
		{"168.63.129.16", NULL},
		{"172.15.255.255", NULL},
		{"172.16.0.0", "private"},
		{"172.31.255.255", "private"},
		{"172.32.0.0", NULL},
		{"191.255.255.255", NULL},
		{"192.0.0.0", "reserved"},
		{"192.0.0.255", "reserved"},
		{"192.0.1.0", NULL},
		{"192.0.2.0", "documentation"},
		{"192.0.2.255", "documentation"},
		{"192.0.3.0", NULL},
		{"192.88.99.1", "reserved"},
		{"192.88.100.0", NULL},
		{"192.167.255.255", NULL},
		{"192.168.0.0", "private"},
		{"192.168.255.255", "private"},
		{"192.169.0.0", NULL},
		{"198.17.255.255", NULL},
		{"198.18.0.0", "benchmarking"},
		{"198.19.255.255", "benchmarking"},
		{"198.20.0.0", NULL},
		{"198.51.100.1", "documentation"},
		{"203.0.113.255", "documentation"},
		{"203.0.114.0", NULL},
		{"223.255.255.255", NULL},
		{"224.0.0.0", "multicast"},
		{"239.255.255.255", "multicast"},
		{"240.0.0.0", "reserved"},
		{"255.255.255.254", "reserved"},
		{"255.255.255.255", "broadcast"},
		{"::", "unspecified"},
		{"::1", "loopback"},
		{"::2", "reserved"},
		{"::fffe:ffff:ffff", "reserved"},
		{"::ffff:0.0.0.0", "ipv4-mapped"},
		{"::ffff:8.8.8.8", "ipv4-mapped"},
		{"::ffff:255.255.255.255", "ipv4-mapped"},
		{"::1:0:0:0", "reserved"},
		{"64:ff9b::", "nat64"},
		{"64:ff9b::ffff:ffff", "nat64"},
		{"64:ff9b::1:0:0", "reserved"},
		{"64:ff9b:1::", "nat64"},
		{"64:ff9b:1:ffff:ffff:ffff:ffff:ffff", "nat64"},
		{"64:ff9b:2::", "reserved"},
		{"100::", "discard-only"},
		{"100::ffff:ffff:ffff:ffff", "discard-only"},
		{"100:0:0:1::", "reserved"},
		{"1fff:ffff::", "reserved"},
		{"2000::", NULL},
		{"2001::", "reserved"},
		{"2001:1ff:ffff::", "reserved"},
		{"2001:200::", NULL},
		{"2001:db7:ffff::", NULL},
		{"2001:db8::", "documentation"},
		{"2001:db8:ffff::", "documentation"},
		{"2001:db9::", NULL},
		{"2002::", "6to4"},
		{"2002:ffff::", "6to4"},
		{"2003::", NULL},
		{"2603:1030::1", NULL},
		{"3ffe:ffff::", NULL},
		{"3fff::", "documentation"},
		{"3fff:fff:ffff::", "documentation"},
		{"3fff:1000::", NULL},
		{"4000::", "reserved"},
		{"5f00::", "reserved"},
		{"fbff::", "reserved"},
		{"fc00::", "private"},
		{"fdff:ffff::", "private"},
		{"fe00::", "reserved"},
		{"fe80::", "link-local"},
		{"febf:ffff::", "link-local"},
		{"fec0::", "reserved"},
		{"ff00::", "multicast"},
		{"ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "multicast"},
	};

	CLEANUP(arena_cleanup) struct arena *arena = arena_new();
	struct addr_set public = addr_set_public(~0u, arena);

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct addr addr = addr_of(cases[i].addr);
		const char *kind = addr_special(&addr);

		/* What may be opened is what nothing is said of. */
		assert_int_equal(addr_set_contains(&public, &addr), !kind);

		if (!kind || !cases[i].kind ? kind != cases[i].kind
					    : strcmp(kind, cases[i].kind) != 0)
			fail_msg("%s is %s", cases[i].addr, kind ? kind : "public");
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_parse_bad),
		cmocka_unit_test(test_parse_prefix_bad),
		cmocka_unit_test(test_parse_good),
		cmocka_unit_test(test_host_bits),
		cmocka_unit_test(test_format),
		cmocka_unit_test(test_format_round_trip),
		cmocka_unit_test(test_split),
		cmocka_unit_test(test_split_ends),
		cmocka_unit_test(test_range_format),
		cmocka_unit_test(test_sets),
		cmocka_unit_test(test_contains),
		cmocka_unit_test(test_special),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
