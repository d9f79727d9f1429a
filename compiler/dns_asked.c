/* dns_asked.c - One question and the messages that asked it: inside resolver.c only. */
#include "compiler/dns_asked.h"

struct dns_question dns_asked_question(const struct dns_asked *asked, unsigned number)
{
	return (struct dns_question){asked->query->name, asked->query->type,
				     asked->messages[number].id};
}

enum dns_fit dns_asked_fit(const struct dns_asked *asked, const uint8_t *bytes,
			   size_t length, unsigned *ret_number)
{
	enum dns_fit best = DNS_NO_MESSAGE;

	for (unsigned i = 0; asked->query && i < asked->count; i++) {
		struct dns_question question = dns_asked_question(asked, i);
		enum dns_fit found = dns_fit(bytes, length, &question);

		if (found == DNS_FITS || found == DNS_FITS_BARE ||
		    found == DNS_OTHER_QUESTION) {
			*ret_number = i;
			return found;
		}
		best = found;
	}
	return best;
}

const struct dns_message *dns_asked_lost(const struct dns_asked *asked)
{
	const struct dns_message *by = &asked->messages[asked->by], *message = by;

	while (message > asked->messages)
		if ((--message)->number < by->number)
			return message;
	return NULL;
}

bool dns_asked_late(const struct dns_asked *asked)
{
	const struct dns_message *by = &asked->messages[asked->by];

	for (const struct dns_message *earlier = asked->messages; earlier < by; earlier++)
		if (earlier->number < by->number && !earlier->pushed)
			return true;
	return false;
}

bool dns_asked_repeated(struct dns_asked *asked, const uint8_t *bytes, size_t length)
{
	unsigned number;

	if (dns_asked_fit(asked, bytes, length, &number) != DNS_FITS)
		return false;
	if (number == asked->by)
		asked->query->saw |= DNS_SAW_TWICE;
	else if (number < asked->by) /* the first was not lost, but late */
		asked->query->saw &= ~DNS_SAW_RETRY;
	return true;
}

void dns_asked_stray(struct dns_asked *asked, enum dns_fit found)
{
	if (!asked->query)
		return;
	if (found == DNS_OTHER_BOTH)
		asked->query->saw |= DNS_SAW_OTHERS;
	else if (found == DNS_OTHER_ID)
		asked->query->saw |= DNS_SAW_OTHER_ID;
	else if (found == DNS_OTHER_QUESTION)
		asked->query->saw |= DNS_SAW_OTHER_QUESTION;
	else
		asked->query->saw |= DNS_SAW_NO_MESSAGE;
}
