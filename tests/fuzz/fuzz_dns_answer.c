/* fuzz_dns_answer.c - Answers of DNS: in bounds, and nothing taken that is off the way.
 */
#include "compiler/dns_answer.h"
#include "compiler/host_name.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/judge.h"

/* The id and the name of the seeds, so that few bytes are spent on fitting. */
#define ID   0xcbbb
#define NAME "myregistry.azurecr.io"

static void judge_answer(const struct dns_answer *answer, unsigned bits)
{
	u128 size = 0;

	HOLDS(answer->chain_count <= DNS_CHAIN_MAX);
	HOLDS(answer->address_count <= DNS_ADDRESSES_MAX);
	for (size_t i = 0; i < answer->chain_count; i++) {
		HOLDS(host_name_is(answer->chain[i]) && strcmp(answer->chain[i], NAME));
		for (size_t j = 0; j < i; j++)
			HOLDS(strcmp(answer->chain[i], answer->chain[j]) != 0);
	}
	for (size_t i = 0; i < answer->addresses.count; i++) {
		const struct range *range = &answer->addresses.at[i];

		HOLDS(range->first <= range->last && range->last <= u128_mask(bits));
		size += range->last - range->first + 1;
	}
	HOLDS(size <= answer->address_count);
	HOLDS((answer->addresses.count != 0) == (answer->address_count != 0));
	if (answer->fault || answer->rcode)
		HOLDS(!answer->addresses.count);
	if (answer->addresses.count)
		HOLDS(answer->ttl <= INT32_MAX);
	HOLDS(!answer->at || answer->fault);
}

/* What is left of a message when a byte is missing gives the same answer or a fault. */
static void judge_prefix(const uint8_t *message, size_t length,
			 const struct dns_question *question,
			 const struct dns_answer *whole, struct arena *arena)
{
	struct dns_answer part;
	uint8_t *shorter = arena_array(arena, length, uint8_t);

	memcpy(shorter, message, length - 1);
	if (dns_fit(shorter, length - 1, question) != DNS_FITS)
		return;
	dns_answer_read(shorter, length - 1, question, arena, &part);
	HOLDS(part.fault || ranges_equal(&part.addresses, &whole->addresses));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new();
	struct dns_question question = {NAME, DNS_TYPE_A, ID};
	struct dns_answer answer;
	uint8_t query[DNS_QUERY_MAX];
	size_t length;

	if (!size || size > DNS_MESSAGE_MAX)
		return 0;
	if (data[0] & 1)
		question.type = DNS_TYPE_AAAA;
	length = dns_query_write(&question, data[0] & 2, query);
	HOLDS(length && length <= sizeof(query));
	HOLDS(dns_fit(query, length, &question) == DNS_NO_MESSAGE);
	query[2] |= 0x80;
	HOLDS(dns_fit(query, length, &question) == DNS_FITS);
	if (dns_fit(data + 1, size - 1, &question) != DNS_FITS)
		return 0;
	dns_answer_read(data + 1, size - 1, &question, arena, &answer);
	judge_answer(&answer, question.type == DNS_TYPE_A ? 32 : 128);
	judge_prefix(data + 1, size - 1, &question, &answer, arena);
	return 0;
}
