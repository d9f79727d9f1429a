/* dns_pace_test.c - Timeouts and windows, against the formulas of RFC 6298 and RFC 5681.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "compiler/dns_pace.h"

static struct dns_pace begin(unsigned widest)
{
	struct dns_pace pace;

	dns_pace_begin(&pace, widest, false, 0);
	return pace;
}

static void timeouts_double_up_to_the_most(void **state)
{
	struct dns_pace pace = begin(256);

	(void)state;
	assert_int_equal(dns_pace_timeout_ms(&pace, 1), 1000);
	assert_int_equal(dns_pace_timeout_ms(&pace, 2), 2000);
	assert_int_equal(dns_pace_timeout_ms(&pace, 3), 2000);
	dns_pace_answered(&pace, 1);
	assert_int_equal(dns_pace_timeout_ms(&pace, 1), 50);
	assert_int_equal(dns_pace_timeout_ms(&pace, 2), 100);
	assert_int_equal(dns_pace_timeout_ms(&pace, 5), 800);
	assert_int_equal(dns_pace_timeout_ms(&pace, 100), 2000);
}

/* SRTT = R, RTTVAR = R/2, then 7/8 and 3/4 of the old; RTO = SRTT + 4 RTTVAR. */
static void timeouts_follow_the_round_trips(void **state)
{
	struct dns_pace pace = begin(256);

	(void)state;
	dns_pace_answered(&pace, 100);
	assert_int_equal(dns_pace_timeout_ms(&pace, 1), 100 + 4 * 50);
	/* RTTVAR = 3/4 * 50 + 1/4 * |100 - 180| = 57.5; SRTT = 7/8 * 100 + 1/8 * 180 */
	dns_pace_answered(&pace, 180);
	assert_in_range(dns_pace_timeout_ms(&pace, 1), 339, 341);
	/* Steady round trips: the deviation goes away, the mean stays. */
	for (unsigned i = 0; i < 100; i++)
		dns_pace_answered(&pace, 180);
	assert_in_range(dns_pace_timeout_ms(&pace, 1), 180, 200);
	/* One of far away does not stop the clock. */
	for (unsigned i = 0; i < 100; i++)
		dns_pace_answered(&pace, UINT64_MAX);
	assert_int_equal(dns_pace_timeout_ms(&pace, 1), 2000);
	for (unsigned i = 0; i < 200; i++)
		dns_pace_answered(&pace, 0);
	assert_int_equal(dns_pace_timeout_ms(&pace, 1), 50);
}

static void windows_grow_with_answers(void **state)
{
	struct dns_pace pace = begin(256);

	(void)state;
	assert_int_equal(pace.window, 32);
	for (unsigned i = 0; i < 10; i++)
		dns_pace_answered(&pace, 1);
	assert_int_equal(pace.window, 42);
	for (unsigned i = 0; i < 1000; i++)
		dns_pace_answered(&pace, 1);
	assert_int_equal(pace.window, 192);
}

static void a_loss_halves_the_window_once(void **state)
{
	struct dns_pace pace = begin(256);

	(void)state;
	for (unsigned i = 0; i < 148; i++)
		dns_pace_answered(&pace, 1);
	assert_int_equal(pace.window, 180);
	dns_pace_lost(&pace, 1000, 1050);
	assert_int_equal(pace.window, 90);
	/* What was on the way then is the same loss; what was sent later is another. */
	dns_pace_lost(&pace, 1040, 1090);
	dns_pace_lost(&pace, 1050, 1100);
	assert_int_equal(pace.window, 90);
	/* From there on a window of answers opens it by one. */
	for (unsigned i = 0; i < 89; i++)
		dns_pace_answered(&pace, 1);
	assert_int_equal(pace.window, 90);
	dns_pace_answered(&pace, 1);
	assert_int_equal(pace.window, 91);
	dns_pace_lost(&pace, 1051, 1101);
	assert_int_equal(pace.window, 45);
	for (uint64_t now = 2000; now < 2005; now++)
		dns_pace_lost(&pace, now, now);
	assert_int_equal(pace.window, 8);
}

/* As many servers or as few descriptors as there may be. */
static void a_narrow_window_stays(void **state)
{
	struct dns_pace pace = begin(1);

	(void)state;
	assert_int_equal(pace.window, 1);
	dns_pace_lost(&pace, 1, 2);
	assert_int_equal(pace.window, 1);
	dns_pace_answered(&pace, 1);
	assert_int_equal(pace.window, 1);
}

/* How many questions may be sent at @now? */
static unsigned send_all(struct dns_pace *pace, uint64_t now)
{
	unsigned count = 0;

	for (; dns_pace_may_send(pace, now) && count < 10000; count++)
		dns_pace_sent(pace);
	return count;
}

/* In no second as many as Azure's resolver drops, and nobody else is held back. */
static void azure_is_asked_within_its_limit(void **state)
{
	struct dns_pace pace, other;
	unsigned sent[3000] = {0}, total = 0;

	(void)state;
	dns_pace_begin(&pace, 256, true, 5000);
	dns_pace_begin(&other, 256, false, 5000);
	for (unsigned ms = 0; ms < 3000; ms++) {
		total += sent[ms] = send_all(&pace, 5000 + ms);
		if (ms >= 1000)
			total -= sent[ms - 1000];
		assert_in_range(total, 0, 900);
	}
	assert_in_range(total, 799, 800);
	/* A rest brings no more than the first burst. */
	assert_int_equal(send_all(&pace, UINT64_C(1) << 40), 100);
	assert_int_equal(send_all(&other, 5000), 10000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(timeouts_double_up_to_the_most),
		cmocka_unit_test(timeouts_follow_the_round_trips),
		cmocka_unit_test(windows_grow_with_answers),
		cmocka_unit_test(a_loss_halves_the_window_once),
		cmocka_unit_test(a_narrow_window_stays),
		cmocka_unit_test(azure_is_asked_within_its_limit),
	};

	return cmocka_run_group_tests_name("compiler/dns_pace", tests, NULL, NULL);
}
