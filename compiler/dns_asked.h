/* dns_asked.h - One question and the messages that asked it: inside resolver.c only. */
#ifndef COMPILER_DNS_ASKED_H
#define COMPILER_DNS_ASKED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "compiler/dns_answer.h"
#include "compiler/resolver.h"

/* Messages that a question may take: tries, and one without EDNS. */
#define DNS_MESSAGES_MAX (RESOLVER_TRIES + 1)

/**
 * struct dns_message - One that asked a question
 * @number:	of the try
 * @pushed:	so many others were on the way that they may have drowned it
 */
struct dns_message {
	uint16_t id;
	bool pushed;
	unsigned number;
	uint64_t sent;
};

/**
 * struct dns_asked - One question, and all messages that asked it
 * @query:	NULL: none
 * @by:		which message the answer that was taken is to
 *
 * An answer to an earlier one is as good, and may come later: each has an id of its own.
 */
struct dns_asked {
	struct dns_query *query;
	struct dns_message messages[DNS_MESSAGES_MAX];
	unsigned count, by;
};

/** dns_asked_question() - What the message @number, from 0, says */
struct dns_question dns_asked_question(const struct dns_asked *asked, unsigned number);

/** dns_asked_fit() - Which message do the bytes answer, if any? */
enum dns_fit dns_asked_fit(const struct dns_asked *asked, const uint8_t *bytes,
			   size_t length, unsigned *ret_number);

/**
 * dns_asked_lost() - Was a try in vain before the one that was answered?
 *
 * Return: the last such, or NULL
 */
const struct dns_message *dns_asked_lost(const struct dns_asked *asked);

/**
 * dns_asked_late() - Was the question answered only when it was asked again?
 *
 * A message that others of ours may have drowned does not count: no client asks so fast.
 */
bool dns_asked_late(const struct dns_asked *asked);

/**
 * dns_asked_repeated() - Note what is one more answer to a question that has ended
 *
 * Return: false where the bytes are something else
 */
bool dns_asked_repeated(struct dns_asked *asked, const uint8_t *bytes, size_t length);

/** dns_asked_stray() - Note what is no answer to the question, as @found says */
void dns_asked_stray(struct dns_asked *asked, enum dns_fit found);

#endif
