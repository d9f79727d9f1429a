/* dns_answer_test.c - Reading answers: real ones, and the edge of every bound. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "compiler/dns_answer.h"
#include "rules/addr.h"
#include "rules/base/arena.h"

/* The two answers that "Connect privately to an Azure container registry" shows as dig
 * prints them (https://learn.microsoft.com/azure/container-registry/
 * container-registry-private-endpoints, read 2026-11-21), as messages: id 52155, EDNS. */
#define REGISTRY "myregistry.azurecr.io"
#define ID	 52155

/* clang-format off */
static const uint8_t private_answer[] = {
	0xcb, 0xbb, 0x81, 0x80, 0x00, 0x01, 0x00, 0x02, 0x00, 0x00, 0x00, 0x01,
	0x0a, 0x6d, 0x79, 0x72, 0x65, 0x67, 0x69, 0x73, 0x74, 0x72, 0x79, 0x07,
	0x61, 0x7a, 0x75, 0x72, 0x65, 0x63, 0x72, 0x02, 0x69, 0x6f, 0x00, 0x00,
	0x01, 0x00, 0x01, 0xc0, 0x0c, 0x00, 0x05, 0x00, 0x01, 0x00, 0x00, 0x06,
	0xf7, 0x00, 0x19, 0x0a, 0x6d, 0x79, 0x72, 0x65, 0x67, 0x69, 0x73, 0x74,
	0x72, 0x79, 0x0b, 0x70, 0x72, 0x69, 0x76, 0x61, 0x74, 0x65, 0x6c, 0x69,
	0x6e, 0x6b, 0xc0, 0x17, 0xc0, 0x33, 0x00, 0x01, 0x00, 0x01, 0x00, 0x00,
	0x00, 0x0a, 0x00, 0x04, 0x0a, 0x00, 0x00, 0x07, 0x00, 0x00, 0x29, 0xff,
	0xd6, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
};

static const uint8_t public_answer[] = {
	0xcb, 0xbb, 0x81, 0x80, 0x00, 0x01, 0x00, 0x05, 0x00, 0x00, 0x00, 0x01,
	0x0a, 0x6d, 0x79, 0x72, 0x65, 0x67, 0x69, 0x73, 0x74, 0x72, 0x79, 0x07,
	0x61, 0x7a, 0x75, 0x72, 0x65, 0x63, 0x72, 0x02, 0x69, 0x6f, 0x00, 0x00,
	0x01, 0x00, 0x01, 0xc0, 0x0c, 0x00, 0x05, 0x00, 0x01, 0x00, 0x00, 0x0b,
	0x41, 0x00, 0x19, 0x0a, 0x6d, 0x79, 0x72, 0x65, 0x67, 0x69, 0x73, 0x74,
	0x72, 0x79, 0x0b, 0x70, 0x72, 0x69, 0x76, 0x61, 0x74, 0x65, 0x6c, 0x69,
	0x6e, 0x6b, 0xc0, 0x17, 0xc0, 0x33, 0x00, 0x05, 0x00, 0x01, 0x00, 0x00,
	0x0b, 0x41, 0x00, 0x11, 0x04, 0x78, 0x78, 0x78, 0x78, 0x02, 0x78, 0x78,
	0x04, 0x61, 0x7a, 0x63, 0x72, 0x02, 0x69, 0x6f, 0x00, 0xc0, 0x58, 0x00,
	0x05, 0x00, 0x01, 0x00, 0x00, 0x01, 0x2c, 0x00, 0x21, 0x0c, 0x78, 0x78,
	0x78, 0x78, 0x2d, 0x78, 0x78, 0x78, 0x2d, 0x72, 0x65, 0x67, 0x0e, 0x74,
	0x72, 0x61, 0x66, 0x66, 0x69, 0x63, 0x6d, 0x61, 0x6e, 0x61, 0x67, 0x65,
	0x72, 0x03, 0x6e, 0x65, 0x74, 0x00, 0xc0, 0x75, 0x00, 0x05, 0x00, 0x01,
	0x00, 0x00, 0x01, 0x2c, 0x00, 0x24, 0x04, 0x78, 0x78, 0x78, 0x78, 0x0a,
	0x77, 0x65, 0x73, 0x74, 0x65, 0x75, 0x72, 0x6f, 0x70, 0x65, 0x08, 0x63,
	0x6c, 0x6f, 0x75, 0x64, 0x61, 0x70, 0x70, 0x05, 0x61, 0x7a, 0x75, 0x72,
	0x65, 0x03, 0x63, 0x6f, 0x6d, 0x00, 0xc0, 0xa2, 0x00, 0x01, 0x00, 0x01,
	0x00, 0x00, 0x00, 0x0a, 0x00, 0x04, 0x14, 0x2d, 0x7a, 0x90, 0x00, 0x00,
	0x29, 0xff, 0xd6, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
};
/* clang-format on */

static const struct dns_question registry_a = {REGISTRY, DNS_TYPE_A, ID};

static struct dns_answer read_bytes(const uint8_t *bytes, size_t length,
				    const struct dns_question *question,
				    struct arena *arena)
{
	struct dns_answer answer;

	assert_int_equal(dns_fit(bytes, length, question), DNS_FITS);
	dns_answer_read(bytes, length, question, arena, &answer);
	return answer;
}

static void assert_address(const struct dns_answer *answer, const char *expected)
{
	char text[ADDR_TEXT_MAX];
	struct addr addr = {FAMILY_IPV4, 0};

	assert_int_equal(answer->address_count, 1);
	addr.value = answer->addresses.at[0].first;
	assert_string_equal(addr_format(&addr, text), expected);
}

static void reads_the_private_answer_of_the_documentation(void **state)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new();
	struct dns_answer answer =
		read_bytes(private_answer, sizeof(private_answer), &registry_a, arena);

	(void)state;
	assert_int_equal(answer.fault, DNS_FINE);
	assert_int_equal(answer.rcode, DNS_NOERROR);
	assert_int_equal(answer.odd, 0);
	assert_int_equal(answer.chain_count, 1);
	assert_string_equal(answer.chain[0], "myregistry.privatelink.azurecr.io");
	assert_address(&answer, "10.0.0.7");
	assert_int_equal(answer.ttl, 10);
}

static void reads_the_public_answer_of_the_documentation(void **state)
{
	static const char *const chain[] = {
		"myregistry.privatelink.azurecr.io",
		"xxxx.xx.azcr.io",
		"xxxx-xxx-reg.trafficmanager.net",
		"xxxx.westeurope.cloudapp.azure.com",
	};
	CLEANUP(arena_cleanup) struct arena *arena = arena_new();
	struct dns_answer answer =
		read_bytes(public_answer, sizeof(public_answer), &registry_a, arena);

	(void)state;
	assert_int_equal(answer.fault, DNS_FINE);
	assert_int_equal(answer.chain_count, ARRAY_SIZE(chain));
	for (size_t i = 0; i < ARRAY_SIZE(chain); i++)
		assert_string_equal(answer.chain[i], chain[i]);
	assert_address(&answer, "20.45.122.144");
	assert_int_equal(answer.ttl, 10);
}

/* Every message that is cut anywhere before its last address is a fault, or no answer. */
static void a_cut_answer_gives_nothing(void **state)
{
	const size_t opt = 11;

	(void)state;
	for (size_t length = 0; length < sizeof(public_answer) - opt; length++) {
		CLEANUP(arena_cleanup) struct arena *arena = arena_new();
		struct dns_answer answer;
		/* of its own size, so that reading behind its end shows */
		uint8_t *bytes = memcpy(arena_array(arena, length + 1, uint8_t),
					public_answer, length);

		if (dns_fit(bytes, length, &registry_a) != DNS_FITS)
			continue;
		dns_answer_read(bytes, length, &registry_a, arena, &answer);
		assert_int_equal(answer.fault, DNS_CUT);
		assert_int_equal(answer.addresses.count, 0);
	}
}

static void tells_what_a_message_is_to_a_question(void **state)
{
	struct dns_question other = registry_a;
	uint8_t bytes[sizeof(public_answer)];

	(void)state;
	memcpy(bytes, public_answer, sizeof(bytes));
	other.id ^= 1;
	assert_int_equal(dns_fit(bytes, sizeof(bytes), &other), DNS_OTHER_ID);
	other.name = "myregistrz.azurecr.io";
	assert_int_equal(dns_fit(bytes, sizeof(bytes), &other), DNS_OTHER_BOTH);
	other = registry_a;
	other.type = DNS_TYPE_AAAA;
	assert_int_equal(dns_fit(bytes, sizeof(bytes), &other), DNS_OTHER_QUESTION);
	other = registry_a;
	other.name = "myregistrz.azurecr.io";
	assert_int_equal(dns_fit(bytes, sizeof(bytes), &other), DNS_OTHER_QUESTION);
	assert_int_equal(dns_fit(bytes, 11, &registry_a), DNS_NO_MESSAGE);
	bytes[2] &= 0x7f; /* a question */
	assert_int_equal(dns_fit(bytes, sizeof(bytes), &registry_a), DNS_NO_MESSAGE);
	bytes[2] |= 0x88; /* an answer to another opcode */
	assert_int_equal(dns_fit(bytes, sizeof(bytes), &registry_a), DNS_NO_MESSAGE);
	bytes[2] = 0x81;
	bytes[5] = 0; /* no question: only an error may */
	assert_int_equal(dns_fit(bytes, sizeof(bytes), &registry_a), DNS_OTHER_QUESTION);
	bytes[3] = 0x80 | DNS_FORMERR;
	assert_int_equal(dns_fit(bytes, sizeof(bytes), &registry_a), DNS_FITS_BARE);
	bytes[5] = 2;
	assert_int_equal(dns_fit(bytes, sizeof(bytes), &registry_a), DNS_OTHER_QUESTION);
}

/* A question that is a pointer would let a short message be read behind its end. */
static void a_compressed_question_does_not_fit(void **state)
{
	static const uint8_t bytes[] = {0xcb, 0xbb, 0x81, 0x80, 0, 1, 0, 0, 0,
					0,    0,    0,	  0xc0, 8, 0, 1, 0, 1};

	(void)state;
	assert_int_equal(dns_fit(bytes, sizeof(bytes), &registry_a), DNS_OTHER_QUESTION);
}

/* -- made messages --------------------------------------------------------- */

/** struct made - A message in the making; @answers are counted in its header */
struct made {
	uint8_t bytes[DNS_MESSAGE_MAX];
	size_t length;
	unsigned answers;
};

static void put16(struct made *made, unsigned number)
{
	made->bytes[made->length++] = (uint8_t)(number >> 8);
	made->bytes[made->length++] = (uint8_t)number;
}

static void put_name(struct made *made, const char *name)
{
	for (size_t length; *name; name += length + (name[length] == '.')) {
		length = strcspn(name, ".");
		made->bytes[made->length++] = (uint8_t)length;
		memcpy(made->bytes + made->length, name, length);
		made->length += length;
	}
	made->bytes[made->length++] = 0;
}

static void make(struct made *made, const struct dns_question *question)
{
	made->length = dns_query_write(question, false, made->bytes);
	made->answers = 0;
	made->bytes[2] |= 0x80;
}

static size_t begin_record(struct made *made, const char *owner, unsigned type,
			   uint32_t ttl)
{
	put_name(made, owner);
	put16(made, type);
	put16(made, 1);
	put16(made, ttl >> 16);
	put16(made, ttl & 0xffff);
	made->length += 2;
	made->answers++;
	made->bytes[6] = (uint8_t)(made->answers >> 8);
	made->bytes[7] = (uint8_t)made->answers;
	return made->length;
}

static void end_record(struct made *made, size_t begin)
{
	made->bytes[begin - 2] = (uint8_t)((made->length - begin) >> 8);
	made->bytes[begin - 1] = (uint8_t)(made->length - begin);
}

static void put_cname(struct made *made, const char *owner, const char *target)
{
	size_t begin = begin_record(made, owner, DNS_TYPE_CNAME, 60);

	put_name(made, target);
	end_record(made, begin);
}

static void put_address(struct made *made, const char *owner, uint32_t address,
			uint32_t ttl)
{
	size_t begin = begin_record(made, owner, DNS_TYPE_A, ttl);

	put16(made, address >> 16);
	put16(made, address & 0xffff);
	end_record(made, begin);
}

static struct dns_answer read_made(const struct made *made, struct arena *arena)
{
	uint8_t *bytes = memcpy(arena_array(arena, made->length, uint8_t), made->bytes,
				made->length);

	return read_bytes(bytes, made->length, &registry_a, arena);
}

static void put_chain(struct made *made, unsigned links, struct arena *arena)
{
	const char *name = REGISTRY, *next;

	for (unsigned i = 0; i < links; i++, name = next) {
		next = arena_printf(arena, "link%u.example", i);
		put_cname(made, name, next);
	}
	put_address(made, name, 0x14000007, 10);
}

static void a_chain_ends_at_its_bound(void **state)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new();
	struct made *made = arena_make(arena, struct made);
	struct dns_answer answer;

	(void)state;
	make(made, &registry_a);
	put_chain(made, DNS_CHAIN_MAX, arena);
	answer = read_made(made, arena);
	assert_int_equal(answer.fault, DNS_FINE);
	assert_int_equal(answer.chain_count, DNS_CHAIN_MAX);
	make(made, &registry_a);
	put_chain(made, DNS_CHAIN_MAX + 1, arena);
	answer = read_made(made, arena);
	assert_int_equal(answer.fault, DNS_CHAIN_LONG);
	assert_int_equal(answer.addresses.count, 0);
}

static void addresses_end_at_their_bound(void **state)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new();
	struct made *made = arena_make(arena, struct made);

	(void)state;
	make(made, &registry_a);
	for (uint32_t i = 0; i < DNS_ADDRESSES_MAX; i++)
		put_address(made, REGISTRY, 0x14000000 + 2 * i, 10);
	assert_int_equal(read_made(made, arena).addresses.count, DNS_ADDRESSES_MAX);
	put_address(made, REGISTRY, 0x15000000, 10);
	assert_int_equal(read_made(made, arena).fault, DNS_TOO_MUCH);
}

static void takes_nothing_that_is_off_the_way(void **state)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new();
	struct made *made = arena_make(arena, struct made);
	struct dns_answer answer;
	uint8_t *owner;

	(void)state;
	make(made, &registry_a);
	put_address(made, "evil.example", 0x06060606, 10);
	put_cname(made, REGISTRY, "right.example");
	put_cname(made, "evil.example", "right.example");
	put_address(made, "right.example", 0x14000007, 10);
	answer = read_made(made, arena);
	assert_int_equal(answer.fault, DNS_FINE);
	assert_int_equal(answer.chain_count, 1);
	assert_address(&answer, "20.0.0.7");
	/* one label that looks like the whole name is another name */
	make(made, &registry_a);
	put_address(made, "myregistry-azurecr-io", 0x06060606, 10);
	owner = memmem(made->bytes, made->length, "myregistry-azurecr-io", 21);
	assert_non_null(owner);
	owner[10] = owner[18] = '.';
	answer = read_made(made, arena);
	assert_int_equal(answer.fault, DNS_FINE);
	assert_int_equal(answer.addresses.count, 0);
}

static void an_error_has_no_addresses(void **state)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new();
	struct made *made = arena_make(arena, struct made);
	struct dns_answer answer;

	(void)state;
	make(made, &registry_a);
	put_cname(made, REGISTRY, "right.example");
	put_address(made, "right.example", 0x14000007, 10);
	made->bytes[3] = DNS_NXDOMAIN;
	answer = read_made(made, arena);
	assert_int_equal(answer.rcode, DNS_NXDOMAIN);
	assert_int_equal(answer.chain_count, 1);
	assert_int_equal(answer.addresses.count, 0);
}

static void reads_times_to_live_as_numbers_of_seconds(void **state)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new();
	struct made *made = arena_make(arena, struct made);
	struct dns_answer answer;

	(void)state;
	make(made, &registry_a);
	put_address(made, REGISTRY, 0x14000007, UINT32_C(0x80000001));
	answer = read_made(made, arena);
	assert_int_equal(answer.ttl, 0);
	assert_int_equal(answer.odd, DNS_ODD_TTL_NEGATIVE);
	make(made, &registry_a);
	put_address(made, REGISTRY, 0x14000007, 0);
	answer = read_made(made, arena);
	assert_int_equal(answer.ttl, 0);
	assert_int_equal(answer.odd, DNS_ODD_TTL_ZERO);
	make(made, &registry_a);
	put_address(made, REGISTRY, 0x14000007, INT32_MAX);
	assert_int_equal(read_made(made, arena).ttl, INT32_MAX);
}

static void a_question_is_written_within_its_bound(void **state)
{
	uint8_t bytes[DNS_QUERY_MAX];
	char name[DNS_NAME_SIZE + 1];
	struct dns_question question = {name, DNS_TYPE_AAAA, ID};

	(void)state;
	/* 63 + 1 + 63 + 1 + 63 + 1 + 61: 253 characters */
	memset(name, 'a', sizeof(name));
	name[63] = name[127] = name[191] = '.';
	name[253] = '\0';
	assert_int_equal(dns_query_write(&question, true, bytes), DNS_QUERY_MAX);
	name[253] = 'a';
	name[254] = '\0';
	assert_int_equal(dns_query_write(&question, true, bytes), 0);
	name[63] = 'a'; /* a label of 127 */
	name[200] = '\0';
	assert_int_equal(dns_query_write(&question, true, bytes), 0);
	question.name = "a..b";
	assert_int_equal(dns_query_write(&question, true, bytes), 0);
	question.name = "";
	assert_int_equal(dns_query_write(&question, true, bytes), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_the_private_answer_of_the_documentation),
		cmocka_unit_test(reads_the_public_answer_of_the_documentation),
		cmocka_unit_test(a_cut_answer_gives_nothing),
		cmocka_unit_test(tells_what_a_message_is_to_a_question),
		cmocka_unit_test(a_compressed_question_does_not_fit),
		cmocka_unit_test(a_chain_ends_at_its_bound),
		cmocka_unit_test(addresses_end_at_their_bound),
		cmocka_unit_test(takes_nothing_that_is_off_the_way),
		cmocka_unit_test(an_error_has_no_addresses),
		cmocka_unit_test(reads_times_to_live_as_numbers_of_seconds),
		cmocka_unit_test(a_question_is_written_within_its_bound),
	};

	return cmocka_run_group_tests_name("compiler/dns_answer", tests, NULL, NULL);
}
