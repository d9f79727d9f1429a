/* dns_asked_test.c - What answers say of the tries that they answer. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "compiler/dns_asked.h"

/** struct fixture - A question that three messages asked, and an empty answer to each */
struct fixture {
	struct dns_query query;
	struct dns_asked asked;
	uint8_t answers[3][DNS_QUERY_MAX];
	size_t length;
};

static void begin(struct fixture *fixture)
{
	*fixture = (struct fixture){
		.query = {.name = "myregistry.azurecr.io", .type = DNS_TYPE_A},
		.asked = {.query = &fixture->query, .count = 3},
	};
	for (unsigned i = 0; i < 3; i++) {
		struct dns_question question;

		fixture->asked.messages[i] = (struct dns_message){
			.id = (uint16_t)(1000 + i),
			.number = i + 1,
			.sent = i,
		};
		question = dns_asked_question(&fixture->asked, i);
		fixture->length = dns_query_write(&question, false, fixture->answers[i]);
		fixture->answers[i][2] |= 0x80; /* QR */
	}
}

static void finds_the_message_of_an_answer(void **state)
{
	struct fixture fixture;
	unsigned number = 99;

	(void)state;
	begin(&fixture);
	for (unsigned i = 0; i < 3; i++) {
		assert_int_equal(dns_asked_fit(&fixture.asked, fixture.answers[i],
					       fixture.length, &number),
				 DNS_FITS);
		assert_int_equal(number, i);
	}
	fixture.answers[0][0] ^= 0x40;
	number = 99;
	assert_int_equal(dns_asked_fit(&fixture.asked, fixture.answers[0], fixture.length,
				       &number),
			 DNS_OTHER_ID);
	fixture.answers[0][20] ^= 1;
	assert_int_equal(dns_asked_fit(&fixture.asked, fixture.answers[0], fixture.length,
				       &number),
			 DNS_OTHER_BOTH);
	assert_int_equal(number, 99);
}

static void an_earlier_try_was_lost(void **state)
{
	struct fixture fixture;
	struct dns_message *messages = fixture.asked.messages;

	(void)state;
	begin(&fixture);
	fixture.asked.by = 0;
	assert_null(dns_asked_lost(&fixture.asked));
	assert_false(dns_asked_late(&fixture.asked));
	fixture.asked.by = 2;
	assert_ptr_equal(dns_asked_lost(&fixture.asked), &messages[1]);
	assert_true(dns_asked_late(&fixture.asked));
	/* Lost, but perhaps by our own doing. */
	messages[0].pushed = messages[1].pushed = true;
	assert_ptr_equal(dns_asked_lost(&fixture.asked), &messages[1]);
	assert_false(dns_asked_late(&fixture.asked));
	/* The same try once more, without EDNS. */
	messages[0].number = messages[1].number = messages[2].number = 1;
	assert_null(dns_asked_lost(&fixture.asked));
}

static void one_more_answer_is_no_stranger(void **state)
{
	struct fixture fixture;

	(void)state;
	begin(&fixture);
	fixture.asked.by = 1;
	fixture.query.saw = DNS_SAW_RETRY;
	assert_true(
		dns_asked_repeated(&fixture.asked, fixture.answers[2], fixture.length));
	assert_int_equal(fixture.query.saw, DNS_SAW_RETRY);
	/* The first try was not lost after all. */
	assert_true(
		dns_asked_repeated(&fixture.asked, fixture.answers[0], fixture.length));
	assert_int_equal(fixture.query.saw, 0);
	assert_true(
		dns_asked_repeated(&fixture.asked, fixture.answers[1], fixture.length));
	assert_int_equal(fixture.query.saw, DNS_SAW_TWICE);
	fixture.answers[1][1] ^= 0x40;
	assert_false(
		dns_asked_repeated(&fixture.asked, fixture.answers[1], fixture.length));
	fixture.asked.query = NULL;
	assert_false(
		dns_asked_repeated(&fixture.asked, fixture.answers[0], fixture.length));
	dns_asked_stray(&fixture.asked, DNS_OTHER_ID);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds_the_message_of_an_answer),
		cmocka_unit_test(an_earlier_try_was_lost),
		cmocka_unit_test(one_more_answer_is_no_stranger),
	};

	return cmocka_run_group_tests_name("compiler/dns_asked", tests, NULL, NULL);
}
