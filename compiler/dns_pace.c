/* dns_pace.c - How fast one server is asked, and how soon again: inside resolver.c only.
 */
#include "compiler/dns_pace.h"

/* More than any question lives: keeps the arithmetic in 32 bits. */
#define ELAPSED_MAX 60000u

static unsigned least(unsigned a, unsigned b)
{
	return a < b ? a : b;
}

void dns_pace_begin(struct dns_pace *pace, unsigned widest, bool is_azure, uint64_t now)
{
	*pace = (struct dns_pace){
		.window = least(widest, DNS_PACE_WINDOW_FIRST),
		.widest = least(widest, DNS_PACE_WINDOW_MAX),
		.threshold = least(widest, DNS_PACE_WINDOW_MAX),
		.rate = is_azure ? DNS_PACE_AZURE_RATE : 0,
		.credit = DNS_PACE_AZURE_BURST * 1000,
		.credited = now,
	};
}

/* A question costs 1000; each millisecond brings the rate. */
bool dns_pace_may_send(struct dns_pace *pace, uint64_t now)
{
	const int64_t most = DNS_PACE_AZURE_BURST * 1000;
	uint64_t elapsed = now - pace->credited;

	if (!pace->rate)
		return true;
	pace->credited = now;
	pace->credit +=
		(int64_t)(elapsed < ELAPSED_MAX ? elapsed : ELAPSED_MAX) * pace->rate;
	if (pace->credit > most)
		pace->credit = most;
	return pace->credit >= 1000;
}

void dns_pace_sent(struct dns_pace *pace)
{
	if (pace->rate)
		pace->credit -= 1000;
}

uint32_t dns_pace_timeout_ms(const struct dns_pace *pace, unsigned number)
{
	uint32_t timeout = DNS_PACE_TIMEOUT_FIRST_MS;

	if (pace->measured)
		timeout = pace->srtt8 / 8 + pace->rttvar4;
	if (timeout < DNS_PACE_TIMEOUT_MIN_MS)
		timeout = DNS_PACE_TIMEOUT_MIN_MS;
	while (--number && timeout < DNS_PACE_TIMEOUT_MAX_MS)
		timeout *= 2;
	return timeout < DNS_PACE_TIMEOUT_MAX_MS ? timeout : DNS_PACE_TIMEOUT_MAX_MS;
}

/* RFC 6298, section 2.3, with alpha 1/8 and beta 1/4. */
static void measure(struct dns_pace *pace, uint32_t elapsed)
{
	uint32_t mean = pace->srtt8 / 8;
	uint32_t deviation = mean > elapsed ? mean - elapsed : elapsed - mean;

	if (!pace->measured) {
		pace->measured = true;
		pace->srtt8 = elapsed * 8;
		pace->rttvar4 = elapsed * 2;
		return;
	}
	pace->rttvar4 += deviation - pace->rttvar4 / 4;
	pace->srtt8 += elapsed - mean;
}

void dns_pace_answered(struct dns_pace *pace, uint64_t elapsed_ms)
{
	measure(pace, elapsed_ms < ELAPSED_MAX ? (uint32_t)elapsed_ms : ELAPSED_MAX);
	if (pace->window >= pace->widest)
		return;
	if (pace->window >= pace->threshold && ++pace->answers < pace->window)
		return;
	pace->answers = 0;
	pace->window++;
}

void dns_pace_lost(struct dns_pace *pace, uint64_t sent, uint64_t now)
{
	if (pace->cut && sent <= pace->cut_at)
		return;
	pace->cut = true;
	pace->cut_at = now;
	pace->answers = 0;
	/* A narrow one is not widened. */
	if (pace->window > DNS_PACE_WINDOW_MIN)
		pace->window = pace->window / 2 < DNS_PACE_WINDOW_MIN
				       ? DNS_PACE_WINDOW_MIN
				       : pace->window / 2;
	pace->threshold = pace->window;
}
