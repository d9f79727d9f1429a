/* answer.c - What resolvers owe the clients of private endpoints. */
#include "backends/answer.h"

#include <string.h>

#include "backends/followed_sets.h"
#include "rules/base/arena.h"
#include "rules/base/textmap.h"
#include "rules/packet.h"

/* Where clouds have the private side of a domain (learn.microsoft.com/azure/private-link/
 * private-endpoint-dns, read 2026-08-20). */
#define ZONE_PREFIX "privatelink."

/* Where DNS servers are asked. */
#define DNS_PORT 53

const char *answer_domain(const char *zone)
{
	if (strncmp(zone, ZONE_PREFIX, strlen(ZONE_PREFIX)) != 0)
		BUG("'%s' is no private zone", zone);
	return zone + strlen(ZONE_PREFIX);
}

void answer_by_name(const struct backend_job *job, const struct flow *flow,
		    struct arena *arena, struct backend_answer *ret_answer)
{
	(void)job;
	(void)arena;
	*ret_answer = (struct backend_answer){.name = flow->name, .to = flow->addresses};
}

void answer_in_zone(const struct backend_job *job, const struct flow *flow,
		    struct arena *arena, struct backend_answer *ret_answer)
{
	const char *domain = answer_domain(flow->zone);
	size_t length = strlen(flow->name), tail = strlen(domain);

	(void)job;
	if (length <= tail || strcmp(flow->name + length - tail, domain) != 0)
		BUG("'%s' is not below '%s'", flow->name, domain);
	*ret_answer = (struct backend_answer){
		.name = arena_printf(arena, "%.*s%s", (int)(length - tail), flow->name,
				     flow->zone),
		.to = flow->addresses,
	};
}

void answer_forwarded(const struct backend_job *job, const struct flow *flow,
		      struct arena *arena, struct backend_answer *ret_answer)
{
	struct backend_answer answer = {
		.name = arena_printf(arena, ".%s", answer_domain(flow->zone)),
		.port = DNS_PORT,
	};
	struct addr server;

	if (!addr_parse(backend_setting(job, "server"), &server))
		BUG("'%s' is no address", backend_setting(job, "server"));
	ranges_add(&answer.to.of[server.family],
		   (struct range){server.value, server.value}, arena);
	*ret_answer = answer;
}

int answer_check_form(const struct backend_job *job, const char *option, const char *form,
		      struct diag *diag)
{
	for (size_t i = 0; i < job->setting_count; i++) {
		const struct backend_setting *setting = &job->settings[i];

		if (!setting->written || strcmp(setting->option->name, option) != 0 ||
		    backend_setting_is(job, "form", form))
			continue;
		diag_report(diag, DIAG_OPTION_NEEDS_FORM, setting->at,
			    "'%s' has no effect on output '%s': it is of form '%s'",
			    option, job->name, form);
		diag_help(diag, "write 'form: %s', or remove '%s: %s'", form, option,
			  setting->value);
		return -1;
	}
	return 0;
}

const char *answer_zone(const struct backend_job *job)
{
	for (size_t i = 0; i < job->intent->flow_count; i++)
		if (backend_covers(job, job->intent->flows[i]))
			return job->intent->flows[i]->zone;
	return NULL;
}

/* The patterns of what the job owes answers for, each once. */
static void add_owed_names(const struct backend_job *job, bool below, struct arena *arena,
			   struct name_patterns *names)
{
	struct textmap seen = {0};

	for (size_t i = 0; i < job->intent->flow_count; i++) {
		const struct flow *flow = job->intent->flows[i];
		struct backend_answer answer = {0};
		struct name_pattern pattern;

		if (!backend_covers(job, flow))
			continue;
		job->backend->answer(job, flow, arena, &answer);
		if (textmap_get(&seen, answer.name))
			continue;
		textmap_put(&seen, answer.name, &seen, arena);
		pattern = name_pattern_parse(answer.name);
		if (below)
			pattern.kind = NAME_DOMAIN;
		*arena_push(arena, names->at, names->count, names->capacity) = pattern;
	}
}

void answer_match_fills(struct match *match, enum family family, const char *set,
			struct arena *arena)
{
	match_family(match, family, arena);
	match_symbol(match, FIELD_APPLICATION,
		     arena_printf(arena, "%s%s", SPEAKS_FILLS, set), false, arena);
}

void answer_into_sets(const char *hook, const struct flow *flow, struct arena *arena,
		      struct backend_answer *ret_answer)
{
	struct backend_answer answer = {
		.name = arena_printf(arena, ".%s",
				     flow->name + (flow->name[0] == '*' ? 2 : 0)),
	};

	for (unsigned family = 0; family < FAMILY_COUNT; family++)
		if (flow_families(flow) & 1u << family)
			answer.fills[family] =
				followed_filled_path(hook, flow, (enum family)family,
						     arena);
	*ret_answer = answer;
}

struct match answer_universe(const char *path, struct arena *arena)
{
	struct match universe = {0};
	bool asked = strcmp(path, QUESTION_PATH) == 0;

	/* Sets have names, as many as anybody likes. */
	if (strcmp(path, SET_PATH) == 0)
		return universe;
	match_symbol(&universe, FIELD_APPLICATION,
		     asked ? SPEAKS_DNS_QUESTION : SPEAKS_DNS_ANSWER, false, arena);
	return universe;
}

/* Do its clients send through the proxy, which looks names up for them? */
static bool sends_through_proxy(const struct backend_job *job)
{
	for (size_t i = 0; i < job->intent->flow_count; i++)
		if (job->intent->flows[i]->path == CLIENT_PROXY &&
		    backend_governs(job, job->intent->flows[i]))
			return true;
	return false;
}

static int report_nothing_owed(const struct backend_job *job, const char *path,
			       struct diag *diag)
{
	if (strcmp(path, SET_PATH) == 0) {
		diag_report(diag, DIAG_RESOLVER_OUTPUT, job->at,
			    "'%s' is for clients of public host names, and has none",
			    job->name);
		diag_help(diag, "remove the output: there is no set to fill");
		return -1;
	}
	diag_report(diag, DIAG_RESOLVER_OUTPUT, job->at,
		    "'%s' is for clients of private endpoints, and has none", job->name);
	if (sends_through_proxy(job)) {
		diag_help(diag,
			  "the proxy looks names up for clients that send through it: "
			  "leave out 'clients:', and the output is for the proxy, too");
		return -1;
	}
	diag_help(diag,
		  "write 'mode: private' at the clients that use one, or remove the "
		  "output: public names need no answers of their own");
	return -1;
}

static int report_hidden(const struct backend_job *job, const struct flow *private,
			 const struct flow *public, struct diag *diag)
{
	diag_report(diag, DIAG_ANSWER_CONFLICT, public->client->at,
		    "output '%s' would hide '%s' from client '%s', which needs its "
		    "public "
		    "addresses: the name leads into zone '%s', and has no record there",
		    job->name, private->name, public->client->name, private->zone);
	diag_note(diag, private->client->at, "client '%s' uses its private endpoint",
		  private->client->name);
	diag_help(diag, "use 'hosts', or 'unbound' or 'dnsmasq' of form 'local': they "
			"answer for single names only");
	return -1;
}

static int report_public(const struct backend_job *job, const struct flow *private,
			 const struct flow *public, struct diag *diag)
{
	diag_report(diag, DIAG_ANSWER_CONFLICT, public->client->at,
		    "output '%s' would have to answer '%s' in two ways: %s for client "
		    "'%s', public addresses for '%s'",
		    job->name, private->name, private->bound_by, private->client->name,
		    public->client->name);
	diag_note(diag, private->client->at, "client '%s' is here",
		  private->client->name);
	diag_help(diag,
		  "a resolver does not ask who asks: write an output for the clients of "
		  "the private endpoint only ('clients: [...]'), and let the others ask "
		  "another resolver");
	return -1;
}

/* Nobody who asks the resolver may need the public addresses of a name that it leads to a
 * private endpoint; or, where it has the whole private zone (@whole), of any name with a
 * private endpoint: Azure's public chain leads into the zone. */
static int check_public(const struct backend_job *job, bool whole, struct arena *arena,
			struct diag *diag)
{
	const struct intent *intent = job->intent;
	struct textmap led = {0};

	for (size_t i = 0; i < intent->flow_count; i++) {
		struct flow *flow = intent->flows[i];
		const struct flow *known;

		if (!flow->zone)
			continue;
		/* What has a record is no hidden name. */
		known = textmap_get(&led, flow->name);
		if ((backend_covers(job, flow) &&
		     !(known && backend_covers(job, known))) ||
		    (whole && !known))
			textmap_put(&led, flow->name, flow, arena);
	}
	for (size_t i = 0; i < intent->flow_count; i++) {
		const struct flow *flow = intent->flows[i], *other;

		if (flow->path != CLIENT_DIRECT || !flow->name || !flow_is_public(flow) ||
		    !backend_governs(job, flow))
			continue;
		other = textmap_get(&led, flow->name);
		if (other && !backend_covers(job, other))
			return report_hidden(job, other, flow, diag);
		if (other)
			return report_public(job, other, flow, diag);
	}
	return 0;
}

int answer_scope(const struct backend_job *job, const char *path,
		 enum answer_governed governed, struct arena *arena,
		 struct backend_scope *ret_scope, struct diag *diag)
{
	struct backend_scope scope = {
		.path = path,
		.level = path,
		.universe = answer_universe(path, arena),
	};
	struct term *term = match_add(&scope.governed, TERM_NAMES, arena);
	const char *zone = answer_zone(job);

	term->field = FIELD_NAME;
	if (governed == ANSWER_ZONE && zone)
		*arena_push(arena, term->names.at, term->names.count,
			    term->names.capacity) =
			(struct name_pattern){NAME_DOMAIN, zone};
	else
		add_owed_names(job, governed == ANSWER_BELOW, arena, &term->names);
	if (!term->names.count)
		return report_nothing_owed(job, path, diag);
	if (strcmp(path, SET_PATH) != 0 &&
	    check_public(job, governed == ANSWER_ZONE, arena, diag) < 0)
		return -1;
	if (strcmp(path, QUESTION_PATH) == 0)
		scope_assume(&scope,
			     "whoever asks needs no registry whose private endpoint has "
			     "no "
			     "record in the zone that the server sees: its name does not "
			     "exist there, unless the zone's link says NxDomainRedirect",
			     arena);
	*ret_scope = scope;
	return 0;
}

static void read_addresses(const struct addr_set *set, struct arena *arena,
			   struct answer_row *row)
{
	size_t capacity = 0;

	for (unsigned family = 0; family < FAMILY_COUNT; family++)
		for (size_t i = 0; i < set->of[family].count; i++) {
			const struct range *range = &set->of[family].at[i];

			for (u128 value = range->first;; value++) {
				*arena_push(arena, row->addrs, row->addr_count,
					    capacity) =
					(struct addr){(enum family)family, value};
				if (value == range->last)
					break;
			}
		}
}

static struct answer_row read_row(const struct rule *rule, struct arena *arena)
{
	struct answer_row row = {.id = rule->id, .at = rule->at};

	for (size_t i = 0; i < rule->match.count; i++) {
		const struct term *term = &rule->match.terms[i];
		CLEANUP(strbuf_release) struct strbuf text = {0};

		if (term->kind == TERM_NAMES && term->names.count == 1) {
			name_pattern_format(&term->names.at[0], &text);
			row.name = arena_strndup(arena, strbuf_text(&text), text.length);
		} else if (term->kind == TERM_ADDRS && term->field == FIELD_DESTINATION) {
			read_addresses(&term->addrs, arena, &row);
		} else if (term->kind == TERM_NUMBERS &&
			   term->field == FIELD_DESTINATION_PORT) {
			row.port = (uint16_t)term->numbers.at[0].first;
		} else if (term->kind == TERM_NUMBERS && term->field == FIELD_FAMILY) {
			row.family = (enum family)term->numbers.at[0].first;
		} else if (term->kind == TERM_SYMBOLS &&
			   term->field == FIELD_APPLICATION) {
			row.fills = term->symbols.at[0] + strlen(SPEAKS_FILLS);
		} else {
			BUG("a resolver's rule with such a condition");
		}
	}
	if (!row.name)
		BUG("a resolver's rule without a name");
	return row;
}

struct answer_row *answer_rows(const struct ruleset *rules, struct arena *arena,
			       size_t *ret_count)
{
	const struct chain *chain = &rules->chains[rules->paths[0].stages[0].chain];
	struct answer_row *rows = arena_array(arena, chain->count, struct answer_row);
	size_t count = 0;

	for (size_t i = 0; i < chain->count; i++)
		if (chain->rules[i].action == ACTION_ADMIT)
			rows[count++] = read_row(&chain->rules[i], arena);
	*ret_count = count;
	return rows;
}
