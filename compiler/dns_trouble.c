/* dns_trouble.c - Why a name has no address that a client could use, from what was seen.
 */
#include "compiler/dns_trouble.h"

#include <errno.h>
#include <string.h>

#include "compiler/resolution.h"
#include "rules/base/arena.h"

/* -- one question ---------------------------------------------------------- */

bool dns_trouble_settled(enum dns_trouble trouble)
{
	static const bool settled[TROUBLE_COUNT] = {
		[TROUBLE_NONE] = true,
#define TROUBLE(id, code, text, cause, help, is_settled) [TROUBLE_##id] = is_settled,
#include "compiler/dns_troubles.def"
#undef TROUBLE
	};

	return settled[trouble];
}

static enum dns_trouble misfit(unsigned saw)
{
	if (saw & DNS_SAW_OTHER_QUESTION)
		return TROUBLE_OTHER_QUESTION;
	if (saw & DNS_SAW_NO_MESSAGE && !(saw & DNS_SAW_OTHER_ID))
		return TROUBLE_NO_MESSAGE;
	return TROUBLE_OTHER_ID;
}

static enum dns_trouble of_fault(enum dns_fault fault)
{
	switch (fault) {
	case DNS_FINE:
		return TROUBLE_NONE;
	case DNS_CUT:
		return TROUBLE_CUT;
	case DNS_BAD_POINTER:
		return TROUBLE_BAD_POINTER;
	case DNS_BAD_NAME:
		return TROUBLE_BAD_NAME;
	case DNS_BAD_ADDRESS:
		return TROUBLE_BAD_ADDRESS;
	case DNS_TOO_MUCH:
		return TROUBLE_TOO_MUCH;
	case DNS_CHAIN_SELF:
		return TROUBLE_CHAIN_SELF;
	case DNS_CHAIN_LOOP:
		return TROUBLE_CHAIN_LOOP;
	case DNS_CHAIN_LONG:
		return TROUBLE_CHAIN_LONG;
	case DNS_CHAIN_FORK:
		return TROUBLE_CHAIN_FORK;
	case DNS_CHAIN_ADDRESS:
		return TROUBLE_CHAIN_ADDRESS;
	}
	BUG("no fault %d", (int)fault);
}

static enum dns_trouble of_rcode(const struct dns_answer *answer)
{
	switch (answer->rcode) {
	case DNS_NOERROR:
		return TROUBLE_NONE;
	case DNS_FORMERR:
		return TROUBLE_FORMERR;
	case DNS_SERVFAIL:
		return answer->chain_count ? TROUBLE_SERVFAIL_BEHIND : TROUBLE_SERVFAIL;
	case DNS_NXDOMAIN:
		return answer->chain_count ? TROUBLE_NXDOMAIN_BEHIND : TROUBLE_NXDOMAIN;
	case DNS_NOTIMP:
		return TROUBLE_NOTIMP;
	case DNS_REFUSED:
		return TROUBLE_REFUSED;
	default:
		return TROUBLE_OTHER_RCODE;
	}
}

enum dns_trouble dns_trouble_of(const struct dns_query *query)
{
	switch (query->end) {
	case DNS_ANSWERED:
		return query->answer.fault ? of_fault(query->answer.fault)
					   : of_rcode(&query->answer);
	case DNS_SILENT:
		return TROUBLE_SILENT;
	case DNS_MISFITS:
		return misfit(query->saw);
	case DNS_UNREACHABLE:
		return query->error == ECONNREFUSED ? TROUBLE_CLOSED
						    : TROUBLE_UNREACHABLE;
	case DNS_TCP_SILENT:
		return TROUBLE_TCP_SILENT;
	case DNS_TCP_FAILED:
		return TROUBLE_TCP_FAILED;
	case DNS_GIVEN_UP:
		return TROUBLE_GIVEN_UP;
	}
	BUG("no end %d", (int)query->end);
}

/* -- the two questions of a name ------------------------------------------- */

static const char *type_name(const struct dns_query *query)
{
	return query->type == DNS_TYPE_A ? "A" : "AAAA";
}

/* What happens to the question, behind "the question for AAAA". */
static const char *word_of(enum dns_trouble trouble)
{
	static const char *const words[TROUBLE_COUNT] = {
		[TROUBLE_SILENT] = "gets no answer",
		[TROUBLE_GIVEN_UP] = "gets no answer",
		[TROUBLE_SERVFAIL] = "is answered with SERVFAIL",
		[TROUBLE_SERVFAIL_BEHIND] = "is answered with SERVFAIL",
		[TROUBLE_NXDOMAIN] = "is answered with NXDOMAIN",
		[TROUBLE_NXDOMAIN_BEHIND] = "is answered with NXDOMAIN",
		[TROUBLE_REFUSED] = "is refused",
	};

	return words[trouble] ? words[trouble] : "gets no answer that can be used";
}

static void report_families(const struct resolution *resolution,
			    const struct resolved_name *name,
			    const struct dns_query *good, const struct dns_query *bad,
			    enum dns_trouble trouble)
{
	struct diag *diag = resolution->compilation->diag;

	diag_report(diag, DIAG_DNS_FAMILIES_DIFFER, name->flows[0]->at,
		    "'%s' has %s records at %s, and the question for %s %s", name->name,
		    type_name(good), good->server->text, type_name(bad),
		    word_of(trouble));
	if (trouble == TROUBLE_NXDOMAIN || trouble == TROUBLE_NXDOMAIN_BEHIND)
		diag_note(diag, SPAN_NONE,
			  "NXDOMAIN means that the name has no record of any type: "
			  "clients that believe it forget the address");
	else
		diag_note(diag, SPAN_NONE,
			  "clients ask for both and wait for the second answer, some "
			  "for five seconds at each look-up");
}

/* Can the answer give some client an address? */
static bool has_addresses(const struct dns_query *query)
{
	return query->end == DNS_ANSWERED && query->answer.address_count;
}

static void take_query(struct resolved_answer *answer, const struct dns_query *query)
{
	enum family family = query->type == DNS_TYPE_A ? FAMILY_IPV4 : FAMILY_IPV6;

	if (dns_trouble_of(query))
		return;
	answer->addresses.of[family] = query->answer.addresses;
	if (answer->chain_count)
		return;
	answer->chain = query->answer.chain;
	answer->chain_count = query->answer.chain_count;
}

/* A failure decides when it is the only answer, or that of a family somebody needs. */
static void join(const struct resolution *resolution, const struct resolved_name *name,
		 struct resolved_answer *answer)
{
	const struct dns_query *both[] = {answer->a, answer->aaaa};

	for (size_t i = 0; i < 2; i++) {
		const struct dns_query *query = both[i], *other = both[1 - i];
		enum dns_trouble trouble = dns_trouble_of(query);

		take_query(answer, query);
		if (!trouble)
			continue;
		if (has_addresses(other) &&
		    (!(name->families & 1u << i) || trouble == TROUBLE_NXDOMAIN ||
		     trouble == TROUBLE_NXDOMAIN_BEHIND)) {
			report_families(resolution, name, other, query, trouble);
			continue;
		}
		if (answer->trouble)
			continue;
		answer->trouble = trouble;
		answer->asked = query;
	}
	if (!answer->trouble && addr_set_is_empty(&answer->addresses)) {
		answer->trouble =
			answer->chain_count ? TROUBLE_NODATA_BEHIND : TROUBLE_NODATA;
		answer->asked = answer->a;
	}
	if (!answer->trouble)
		return;
	answer->rcode = answer->asked->answer.rcode;
	answer->chain = answer->asked->answer.chain;
	answer->chain_count = answer->asked->answer.chain_count;
	answer->addresses = (struct addr_set){0};
}

void dns_trouble_find(struct resolution *resolution)
{
	for (size_t i = 0; i < resolution->name_count; i++)
		for (size_t s = 0; s < resolution->server_count; s++)
			join(resolution, &resolution->names[i],
			     &resolution->names[i].answers[s]);
}

/* -- reporting ------------------------------------------------------------- */

/* The name of the chain that the trouble is about; "" where the row has no place for it.
 */
static const char *place_of(const struct resolved_answer *answer)
{
	enum dns_trouble trouble = answer->trouble;

	if (trouble == TROUBLE_SERVFAIL_BEHIND || trouble == TROUBLE_NXDOMAIN_BEHIND ||
	    trouble == TROUBLE_NODATA_BEHIND)
		return answer->chain[answer->chain_count - 1];
	return answer->asked->answer.at ? answer->asked->answer.at : "";
}

static void report(const struct resolution *resolution, const struct resolved_name *name,
		   const struct resolved_answer *answer)
{
	struct diag *diag = resolution->compilation->diag;
	struct span at = name->flows[0]->at;
	const char *server = answer->asked->server->text, *place = place_of(answer);
	const char *cause_text = NULL, *help_text = NULL;

	switch (answer->trouble) {
#define TROUBLE(id, code, text, cause, help, settled)                                \
	case TROUBLE_##id:                                                           \
		diag_report(diag, DIAG_##code, at, text, name->name, server, place); \
		cause_text = cause;                                                  \
		help_text = help;                                                    \
		break;
#include "compiler/dns_troubles.def"
#undef TROUBLE
	case TROUBLE_NONE:
	case TROUBLE_COUNT:
		BUG("no trouble to report");
	}
	if (answer->asked == answer->aaaa && has_addresses(answer->a))
		diag_note(diag, SPAN_NONE,
			  "it was asked for AAAA; the question for A has an answer");
	if (answer->asked->error)
		diag_note(diag, SPAN_NONE, "the system says: %s",
			  strerror(answer->asked->error));
	diag_note(diag, SPAN_NONE, "%s", cause_text);
	diag_help(diag, "%s", help_text);
}

/* Did the server say anything at all? */
static bool is_dead(const struct resolution *resolution, size_t server)
{
	for (size_t i = 0; i < resolution->name_count; i++) {
		const struct resolved_answer *answer =
			&resolution->names[i].answers[server];

		if (answer->a->end != DNS_SILENT && answer->a->end != DNS_UNREACHABLE &&
		    answer->a->end != DNS_GIVEN_UP)
			return false;
		if (answer->aaaa->end != DNS_SILENT &&
		    answer->aaaa->end != DNS_UNREACHABLE &&
		    answer->aaaa->end != DNS_GIVEN_UP)
			return false;
	}
	return resolution->name_count > 1;
}

/* One message for all names: the first name's trouble is everybody's. */
static void report_dead(const struct resolution *resolution, size_t server)
{
	struct diag *diag = resolution->compilation->diag;

	report(resolution, &resolution->names[0], &resolution->names[0].answers[server]);
	diag_note(diag, SPAN_NONE, "the same holds for all %zu names",
		  resolution->name_count);
}

void dns_trouble_report(struct resolution *resolution)
{
	for (size_t s = 0; s < resolution->server_count; s++) {
		if (is_dead(resolution, s)) {
			report_dead(resolution, s);
			continue;
		}
		for (size_t i = 0; i < resolution->name_count; i++) {
			const struct resolved_name *name = &resolution->names[i];

			if (name->answers[s].trouble && !name->answers[s].explained)
				report(resolution, name, &name->answers[s]);
		}
	}
}
