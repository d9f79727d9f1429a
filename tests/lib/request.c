/* request.c - What a rule set does with a request to a proxy, asked one by one. */
#include "tests/lib/request.h"

#include <stdio.h>
#include <stdlib.h>

#include "rules/base/arena.h"
#include "rules/decide.h"
#include "rules/diagram.h"
#include "rules/packet.h"
#include "rules/ruleset.h"
#include "rules/space.h"

#define MAX_UNKNOWNS 8

struct request_judge {
	struct diagram *diagram;
	struct decisions *decisions;
	struct decision decision;
};

struct request_judge *request_judge_new(const struct ruleset *rules, struct arena *arena,
					struct diag *diag)
{
	struct request_judge *judge = arena_make(arena, struct request_judge);
	const struct path *path = ruleset_find_path(rules, "request");
	struct space *space = space_new(arena);

	if (!path)
		return NULL;
	space_add_ruleset(space, rules);
	if (space_seal(space) < 0)
		return NULL;
	judge->diagram = diagram_new(space, DIAGRAM_DEFAULT_EDGES);
	judge->decisions = decisions_new(judge->diagram, arena);
	if (decide(judge->decisions, rules, path, DECIDE_BY_RULE, &judge->decision,
		   diag) < 0) {
		request_judge_free(judge);
		return NULL;
	}
	return judge;
}

static struct packet make_packet(const struct request *request)
{
	struct addr to, from;
	struct packet packet = {0};

	if (!addr_parse(request->address, &to) || !addr_parse(request->source, &from)) {
		fprintf(stderr, "no address: %s, %s\n", request->address,
			request->source);
		abort();
	}
	/* A packet has one family; which one a proxy uses behind it is its own affair. */
	packet.family = to.family;
	packet.destination = to.value;
	packet.source = from.value;
	packet.number[FIELD_PROTOCOL] = PROTOCOL_TCP;
	packet.number[FIELD_STATE] = CT_NEW;
	packet.number[FIELD_DESTINATION_PORT] = request->port;
	packet.word[FIELD_NAME] = request->host;
	packet.word[FIELD_METHOD] = request->method;
	return packet;
}

const char *request_judge(struct request_judge *judge, const struct request *request,
			  const struct rule **ret_rule, const char **ret_unknowns)
{
	struct packet packet = make_packet(request);
	struct decision left = decision_at(judge->diagram, judge->decision, &packet);
	const struct outcome *outcome;
	uint32_t leaf;

	if (ret_rule)
		*ret_rule = NULL;
	if (!decision_is_leaf(left, &leaf)) {
		const char *names[MAX_UNKNOWNS];
		size_t count =
			decision_unknowns(judge->diagram, left, names, MAX_UNKNOWNS);

		for (size_t i = 0; ret_unknowns && i <= MAX_UNKNOWNS; i++)
			ret_unknowns[i] = i < count && i < MAX_UNKNOWNS ? names[i] : NULL;
		return "unknown";
	}
	outcome = decisions_outcome(judge->decisions, leaf);
	if (ret_rule)
		*ret_rule = decisions_rule(judge->decisions, outcome->rule);
	return verdict_name(outcome->verdict);
}

void request_judge_free(struct request_judge *judge)
{
	if (judge)
		diagram_free(judge->diagram);
}
