/* answer.h - What resolvers owe the clients of private endpoints. */
#ifndef BACKENDS_ANSWER_H
#define BACKENDS_ANSWER_H

#include "backends/backend.h"

/**
 * DOC: Answers
 *
 * A back end of kind RESOLVER writes data for a DNS server, or for whatever else gives a
 * host its addresses.  Nothing of packets is in it, so its rules are about questions:
 *
 *	path "answer"	a point is a name and an address.  Admitted: the answer to a
 *			question for the name holds the address.  Refused: the server
 *			answers by itself, without that address.  Undecided: it asks on.
 *	path "set"	a point is a name, a family and a set of a packet filter.
 *			Admitted: addresses of the family that the name is answered with
 *			are put into the set.  Refused: they are not.
 *	path "question"	a point is a name and a server (with its port).  Admitted: the
 *			question goes to that server.  Refused: it does not.  Undecided:
 *			it goes where all questions go.
 *
 * Three ways lead to the address of a private endpoint, and each has its obligation:
 *
 *	by name		the public name itself has the addresses.  Works with every
 *			server.
 *	in the zone	the name in the private DNS zone has them, to which Azure's
 *			public chain leads.  Works only where the server looks up the
 *			target of a CNAME by itself: BIND, Azure's own DNS.  Whatever is
 *			below the zone and not in it does not exist.
 *	forwarded	every question at or below the registry's domain goes to a server
 *			that sees the zone.
 */

/** answer_by_name() - The flow's public name, and its addresses */
void answer_by_name(const struct backend_job *job, const struct flow *flow,
		    struct arena *arena, struct backend_answer *ret_answer);

/** answer_in_zone() - The flow's name in its private DNS zone, and its addresses */
void answer_in_zone(const struct backend_job *job, const struct flow *flow,
		    struct arena *arena, struct backend_answer *ret_answer);

/** answer_forwarded() - The flow's registry domain, and the server of option "server" */
void answer_forwarded(const struct backend_job *job, const struct flow *flow,
		      struct arena *arena, struct backend_answer *ret_answer);

/** ANSWER_PATH, QUESTION_PATH, SET_PATH - The paths of such rule sets */
#define ANSWER_PATH   "answer"
#define QUESTION_PATH "question"
#define SET_PATH      "set"

/** answer_check_form() - Refuse @option where it is written without the form that it is
 * of
 *
 * Return: 0, or -1 with an error in @diag
 */
int answer_check_form(const struct backend_job *job, const char *option, const char *form,
		      struct diag *diag);

/** answer_match_fills() - Only points of one set and family */
void answer_match_fills(struct match *match, enum family family, const char *set,
			struct arena *arena);

/** answer_into_sets() - The flow's name and what is below it, and sets of its families,
 * as the packet filter on hook @hook calls them */
void answer_into_sets(const char *hook, const struct flow *flow, struct arena *arena,
		      struct backend_answer *ret_answer);

/** answer_universe() - Whatever can be on such a path; importers give it to theirs */
struct match answer_universe(const char *path, struct arena *arena);

/** enum answer_governed - Which names an output decides besides those of its answers */
enum answer_governed {
	ANSWER_ALONE, /* no others */
	ANSWER_BELOW, /* and every name below one of them */
	ANSWER_ZONE,  /* and everything at or below the private DNS zone */
};

/**
 * answer_scope() - The scope of a resolver's output, with what any such output assumes
 * @path:	ANSWER_PATH, QUESTION_PATH or SET_PATH; the level is called as it is
 *
 * Return: 0, or -1 when the output is about none of its clients' flows
 */
int answer_scope(const struct backend_job *job, const char *path,
		 enum answer_governed governed, struct arena *arena,
		 struct backend_scope *ret_scope, struct diag *diag);

/** struct answer_row - A legal rule of a resolver, for emitters */
struct answer_row {
	const char *id;
	const char *name; /* a pattern's text */
	struct addr *addrs;
	size_t addr_count;
	uint16_t port;
	enum family family; /* of @fills */
	const char *fills;
	struct span at;
};

/**
 * answer_rows() - The legal rules of a resolver but the last, which refuses the rest of
 * what is governed and which the format says by itself
 */
struct answer_row *answer_rows(const struct ruleset *rules, struct arena *arena,
			       size_t *ret_count);

/** answer_zone() - The private DNS zone of the job's flows, "privatelink.azurecr.io"; all
 * of a spec's registries are of one cloud.  NULL: it covers none. */
const char *answer_zone(const struct backend_job *job);

/** answer_domain() - The registry's domain, of which @zone is the private side */
const char *answer_domain(const char *zone);

#endif
