/* request.h - What a rule set does with a request to a proxy, asked one by one. */
#ifndef TESTS_LIB_REQUEST_H
#define TESTS_LIB_REQUEST_H

#include <stddef.h>

struct arena;
struct diag;
struct rule;
struct ruleset;

/**
 * struct request - "METHOD HOST:PORT" from @source
 * @host:	in lower case, or NULL where the request gives an address
 * @address:	that address, or where the host leads
 */
struct request {
	const char *method;
	const char *host;
	const char *address;
	unsigned port;
	const char *source;
};

struct request_judge;

/** request_judge_new() - Decide the path "request"; NULL with a message in @diag */
struct request_judge *request_judge_new(const struct ruleset *rules, struct arena *arena,
					struct diag *diag);

/**
 * request_judge() - "allow", "deny", "undecided"; or "unknown", with names in
 * @ret_unknowns
 * @ret_rule:	(optional) what decides, or NULL
 * @ret_unknowns: (optional) eight names at most, NULL behind the last
 */
const char *request_judge(struct request_judge *judge, const struct request *request,
			  const struct rule **ret_rule, const char **ret_unknowns);

void request_judge_free(struct request_judge *judge);

#endif
