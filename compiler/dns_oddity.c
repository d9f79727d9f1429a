/* dns_oddity.c - What is unusual about a server's answers that are right. */
#include "compiler/dns_oddity.h"

#include "compiler/resolution.h"

/* Clients wait five seconds for an answer; a second is what users notice. */
#define SLOW_MS 1000u

enum oddity {
#define ODDITY(id, code, text, meaning) ODDITY_##id,
#include "compiler/dns_oddities.def"
#undef ODDITY
	ODDITY_COUNT,
};

/** struct oddity_count - How often one was seen, and where first */
struct oddity_count {
	size_t count;
	const struct dns_query *first;
	const struct resolved_name *name;
};

static bool shows(const struct dns_query *query, enum oddity oddity)
{
	const unsigned stray =
		DNS_SAW_OTHER_ID | DNS_SAW_OTHER_QUESTION | DNS_SAW_NO_MESSAGE;

	switch (oddity) {
	case ODDITY_RETRY:
		return query->saw & DNS_SAW_RETRY;
	case ODDITY_SLOW:
		/* A retry takes as long, and says more. */
		return query->elapsed_ms >= SLOW_MS && !(query->saw & DNS_SAW_RETRY);
	case ODDITY_NO_EDNS:
		return query->saw & DNS_SAW_NO_EDNS;
	case ODDITY_TCP:
		return query->saw & DNS_SAW_TCP;
	case ODDITY_LARGE:
		return query->size > DNS_UDP_SIZE && !(query->saw & DNS_SAW_TCP);
	case ODDITY_TWICE:
		return query->saw & DNS_SAW_TWICE;
	case ODDITY_ORDER:
		return query->answer.odd & DNS_ODD_ORDER;
	case ODDITY_CASE:
		return query->answer.odd & DNS_ODD_CASE;
	case ODDITY_TTL_ZERO:
		return query->answer.odd & DNS_ODD_TTL_ZERO;
	case ODDITY_TTL_NEGATIVE:
		return query->answer.odd & DNS_ODD_TTL_NEGATIVE;
	case ODDITY_STRAY:
		return query->saw & stray;
	case ODDITY_COUNT:
		break;
	}
	BUG("no oddity %d", (int)oddity);
}

static void count_query(struct oddity_count *counts, const struct resolved_name *name,
			const struct dns_query *query)
{
	if (dns_trouble_of(query))
		return; /* whatever else was seen, that is what matters */
	for (unsigned oddity = 0; oddity < ODDITY_COUNT; oddity++) {
		if (!shows(query, (enum oddity)oddity))
			continue;
		if (!counts[oddity].count++) {
			counts[oddity].first = query;
			counts[oddity].name = name;
		}
	}
}

static void report(const struct resolution *resolution, const struct oddity_count *counts)
{
	static const struct {
		enum diag_code code;
		const char *text;
		const char *meaning;
	} rows[] = {
#define ODDITY(id, code, text, meaning) {DIAG_##code, text, meaning},
#include "compiler/dns_oddities.def"
#undef ODDITY
	};
	struct diag *diag = resolution->compilation->diag;

	for (unsigned i = 0; i < ODDITY_COUNT; i++) {
		if (!counts[i].count)
			continue;
		diag_report(diag, rows[i].code, counts[i].name->flows[0]->at,
			    "%s %s: '%s'", counts[i].first->server->text, rows[i].text,
			    counts[i].name->name);
		if (counts[i].count > 1)
			diag_note(diag, SPAN_NONE, "it was seen for %zu of %zu questions",
				  counts[i].count, resolution->name_count * 2);
		diag_note(diag, SPAN_NONE, "%s", rows[i].meaning);
	}
}

void dns_oddities_report(struct resolution *resolution)
{
	for (size_t s = 0; s < resolution->server_count; s++) {
		struct oddity_count counts[ODDITY_COUNT] = {0};

		for (size_t i = 0; i < resolution->name_count; i++) {
			const struct resolved_name *name = &resolution->names[i];

			count_query(counts, name, name->answers[s].a);
			count_query(counts, name, name->answers[s].aaaa);
		}
		report(resolution, counts);
	}
}
