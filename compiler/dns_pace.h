/* dns_pace.h - How fast one server is asked, and how soon again: inside resolver.c only.
 */
#ifndef COMPILER_DNS_PACE_H
#define COMPILER_DNS_PACE_H

#include <stdbool.h>
#include <stdint.h>

/**
 * DOC: Pace
 *
 * A server says nothing about what it bears.  Questions that its socket has no room for
 * are dropped by its kernel without a word: 208 KiB (net.core.rmem_default of Linux) hold
 * some 170 to 280 small packets, fewer than we would have on the way.  So each server has
 * what a TCP connection has, and for the same reasons:
 *
 *	a timeout from measured round trips (RFC 6298), doubled at each try, so that a
 *lost packet costs some of them and not a client's seconds a window of questions on the
 *way (RFC 5681): it grows by one at each answer, and, once a packet was lost, by one at
 *each window of answers; a loss halves it
 *
 * Unlike TCP's, every answer is a measurement: each try has an id of its own, which says
 * what it answers.  And a loss is known only when a later try of the same question is
 * answered: some servers never answer some questions, however slowly they are asked.
 *
 * Azure's own resolver, 168.63.129.16, drops what exceeds 1000 questions a second of one
 * machine, and more than 200 that wait (azure-subscription-service-limits,
 *"Azure-provided DNS resolver VM limits", read 2026-11-27).  A window cannot keep to that
 *where answers take less than a millisecond, and the machine's other programs have
 *look-ups of their own, which must not be dropped for ours: it gets fewer a second.
 */

/* The least timeout: as unbound's (util/rtt.c, RTT_MIN_TIMEOUT, 1.17.1).  A question that
 * a server must pass on takes longer than those that it answers from memory, and is asked
 * twice for nothing; that costs a packet. */
#define DNS_PACE_TIMEOUT_MIN_MS 50u
/* RFC 6298, section 2.1: as long as no round trip is known. */
#define DNS_PACE_TIMEOUT_FIRST_MS 1000u
/* Clients wait longer before they ask again: glibc 5 s (resolv.conf(5), read 2026-11-27),
 * dig 5 s. */
#define DNS_PACE_TIMEOUT_MAX_MS 2000u
/* Before any answer shows what the server bears. */
#define DNS_PACE_WINDOW_FIRST 32u
/* On a way of 20 ms still 400 questions a second. */
#define DNS_PACE_WINDOW_MIN 8u
/* What Azure's resolver lets wait, less some for others; more make no server faster. */
#define DNS_PACE_WINDOW_MAX 192u
/* Of Azure's resolver: questions a second, and how many at once after a rest.  Together
 * they stay below 1000 in any second. */
#define DNS_PACE_AZURE_RATE  800u
#define DNS_PACE_AZURE_BURST 100u
/* When to look again whether it may be asked: four questions later. */
#define DNS_PACE_WAIT_MS 5u

/**
 * struct dns_pace - What one server has shown
 * @window:	how many questions may be on the way
 * @widest:	its bound
 * @threshold:	from there on the window grows slowly
 * @answers:	since it grew last, there
 * @measured:	whether the next two mean anything
 * @srtt8:	mean round trip, in eighths of milliseconds
 * @rttvar4:	its mean deviation, in quarters
 * @cut, @cut_at: whether and when the window was halved last
 * @rate:	questions a second; 0: as many as the window lets
 * @credit:	of those, in thousandths; below 0 where tries could not wait
 * @credited:	when that was reckoned
 */
struct dns_pace {
	unsigned window, widest, threshold, answers;
	bool measured;
	uint32_t srtt8, rttvar4;
	bool cut;
	uint64_t cut_at;
	unsigned rate;
	int64_t credit;
	uint64_t credited;
};

/**
 * dns_pace_begin() - Of a server that was not asked yet
 * @widest:	at least 1
 * @is_azure:	it is Azure's resolver
 */
void dns_pace_begin(struct dns_pace *pace, unsigned widest, bool is_azure, uint64_t now);

/** dns_pace_timeout_ms() - How long to wait for an answer to the try @number, from 1 */
uint32_t dns_pace_timeout_ms(const struct dns_pace *pace, unsigned number);

/** dns_pace_may_send() - May something be sent now, as far as the rate goes? */
bool dns_pace_may_send(struct dns_pace *pace, uint64_t now);

void dns_pace_sent(struct dns_pace *pace);

/** dns_pace_answered() - An answer came, @elapsed_ms after the try that it answers */
void dns_pace_answered(struct dns_pace *pace, uint64_t elapsed_ms);

/**
 * dns_pace_lost() - A question that was sent at @sent was answered only when sent again
 *
 * What was sent before the window was halved says nothing new.
 */
void dns_pace_lost(struct dns_pace *pace, uint64_t sent, uint64_t now);

#endif
