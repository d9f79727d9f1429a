/* resolution.c - Looking up every name that a spec needs, and judging the answers. */
#include "compiler/resolution.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "compiler/check_dns.h"
#include "compiler/dns_oddity.h"
#include "compiler/dns_server.h"
#include "compiler/flow_names.h"
#include "compiler/options.h"
#include "compiler/terminal.h"
#include "rules/base/arena.h"

/* -- servers --------------------------------------------------------------- */

static void add_server(struct resolution *resolution, const struct dns_server *server)
{
	for (size_t i = 0; i < resolution->server_count; i++)
		if (strcmp(resolution->servers[i].text, server->text) == 0)
			return;
	*arena_push(resolution->compilation->arena, resolution->servers,
		    resolution->server_count, resolution->server_capacity) = *server;
}

static void add_spec_servers(struct resolution *resolution)
{
	const struct addr_set *set = &resolution->compilation->spec->dns_servers;

	for (unsigned family = 0; family < FAMILY_COUNT; family++)
		for (size_t i = 0; i < set->of[family].count; i++) {
			const struct range *range = &set->of[family].at[i];

			for (u128 n = 0; n <= range->last - range->first; n++) {
				struct addr addr = {(enum family)family,
						    range->first + n};
				struct dns_server server =
					dns_server_make(&addr, DNS_PORT,
							resolution->compilation->arena);

				add_server(resolution, &server);
			}
		}
}

static int find_servers(struct resolution *resolution)
{
	struct compilation *compilation = resolution->compilation;
	const struct option_values *given = &compilation->options->values[OPTION_SERVER];

	for (size_t i = 0; i < given->count; i++) {
		struct dns_server server;

		if (!dns_server_parse(given->at[i], compilation->arena, &server))
			BUG("'%s' was taken for a server", given->at[i]);
		add_server(resolution, &server);
	}
	if (!given->count)
		add_spec_servers(resolution);
	if (resolution->server_count)
		return 0;
	diag_report(compilation->diag, DIAG_RESOLVE_NO_SERVER, compilation->spec->at,
		    "the spec names no DNS server, and no --server is given");
	diag_help(compilation->diag, "inside an Azure network: --server 168.63.129.16");
	return -1;
}

/* -- names ----------------------------------------------------------------- */

static bool is_wanted(const struct compilation *compilation, const struct flow *flow)
{
	/* A wildcard is no name that could be asked for. */
	return flow->name[0] != '*' &&
	       options_lists(compilation->options, OPTION_VIEW, flow->view);
}

static const struct private_endpoint *find_endpoint(const struct spec *spec,
						    const char *name)
{
	for (size_t i = 0; i < spec->registry_count; i++)
		for (size_t j = 0; j < spec->registries[i]->private_endpoint_count; j++) {
			const struct private_endpoint *endpoint =
				spec->registries[i]->private_endpoints[j];

			if (strcmp(endpoint->name.text, name) == 0)
				return endpoint;
		}
	BUG("no private endpoint '%s'", name);
}

static void add_name(struct resolution *resolution, struct flow *const *flows,
		     size_t count)
{
	struct compilation *compilation = resolution->compilation;
	struct resolved_name *name =
		arena_push(compilation->arena, resolution->names, resolution->name_count,
			   resolution->name_capacity);

	name->view = flows[0]->view;
	name->name = flows[0]->name;
	name->flows = flows;
	name->flow_count = count;
	for (size_t i = 0; i < count; i++)
		name->families |= flow_families(flows[i]);
	if (flows[0]->member)
		name->endpoint = find_endpoint(compilation->spec, flows[0]->view);
}

/* Every --view must be somebody's: a typing mistake would ask for nothing. */
static int check_views(struct resolution *resolution, struct flow *const *flows,
		       size_t count)
{
	struct compilation *compilation = resolution->compilation;
	const struct option_values *views = &compilation->options->values[OPTION_VIEW];

	for (size_t i = 0; i < views->count; i++) {
		size_t n = 0;

		while (n < count && strcmp(flows[n]->view, views->at[i]) != 0)
			n++;
		if (n < count)
			continue;
		diag_report(compilation->diag, DIAG_RESOLVE_NO_VIEW, SPAN_NONE,
			    "no client of the spec sees a view '%.80s'", views->at[i]);
		for (n = 0; n < count; n++)
			if (!n || strcmp(flows[n]->view, flows[n - 1]->view) != 0)
				diag_note(compilation->diag, flows[n]->at,
					  "the view '%s' is seen here", flows[n]->view);
		return -1;
	}
	return 0;
}

static int compare_by_name(const void *one, const void *other)
{
	const struct resolved_name *const *a = one, *const *b = other;
	int order = strcmp((*a)->name, (*b)->name);

	return order ? order : strcmp((*a)->view, (*b)->view);
}

/* One place sees one network: a name that two views have cannot be right in both. */
static int check_unique(struct resolution *resolution)
{
	struct compilation *compilation = resolution->compilation;
	const struct resolved_name **sorted =
		arena_array(compilation->arena, resolution->name_count,
			    const struct resolved_name *);

	for (size_t i = 0; i < resolution->name_count; i++)
		sorted[i] = &resolution->names[i];
	qsort(sorted, resolution->name_count, sizeof(*sorted), compare_by_name);
	for (size_t i = 1; i < resolution->name_count; i++) {
		if (strcmp(sorted[i]->name, sorted[i - 1]->name) != 0)
			continue;
		diag_report(compilation->diag, DIAG_RESOLVE_TWO_VIEWS,
			    sorted[i]->flows[0]->at,
			    "'%s' is another address in the view '%s' than in '%s'",
			    sorted[i]->name, sorted[i]->view, sorted[i - 1]->view);
		diag_note(compilation->diag, sorted[i - 1]->flows[0]->at,
			  "the other view is seen here");
		diag_help(compilation->diag,
			  "say which of them can be seen from here: --view %s",
			  sorted[i - 1]->view);
		return -1;
	}
	return 0;
}

static int find_names(struct resolution *resolution)
{
	struct compilation *compilation = resolution->compilation;
	size_t count, end;
	struct flow **flows = flow_names(compilation->intent, compilation->arena, &count);

	if (check_views(resolution, flows, count))
		return -1;
	for (size_t i = 0; i < count; i = end) {
		for (end = i + 1; end < count && flow_names_equal(flows[i], flows[end]);)
			end++;
		if (is_wanted(compilation, flows[i]))
			add_name(resolution, flows + i, end - i);
	}
	return resolution->name_count ? check_unique(resolution) : 0;
}

/* -- asking ---------------------------------------------------------------- */

static void plan(struct resolution *resolution)
{
	struct arena *arena = resolution->compilation->arena;
	size_t servers = resolution->server_count;
	struct dns_query *next;

	resolution->query_count = resolution->name_count * servers * 2;
	next = resolution->queries =
		arena_array(arena, resolution->query_count, struct dns_query);
	for (size_t i = 0; i < resolution->name_count; i++) {
		struct resolved_name *name = &resolution->names[i];

		name->answers = arena_array(arena, servers, struct resolved_answer);
		for (size_t s = 0; s < servers; s++) {
			const struct dns_server *server = &resolution->servers[s];

			name->answers[s].a = next;
			*next++ = (struct dns_query){.name = name->name,
						     .type = DNS_TYPE_A,
						     .server = server};
			name->answers[s].aaaa = next;
			*next++ = (struct dns_query){.name = name->name,
						     .type = DNS_TYPE_AAAA,
						     .server = server};
		}
	}
}

int resolution_ask(struct resolution *resolution, struct dns_query *queries, size_t count)
{
	struct compilation *compilation = resolution->compilation;
	struct progress progress;
	int error;

	progress_begin(&progress, STDERR_FILENO,
		       options_has(compilation->options, OPTION_QUIET), "asking");
	error = resolver_ask(queries, count, compilation->arena, &progress);
	progress_end(&progress);
	if (!error)
		return 0;
	return diag_report(compilation->diag, DIAG_NETWORK_FAILED, SPAN_NONE,
			   "no DNS server can be asked from here: %s", strerror(-error));
}

int resolution_make(struct compilation *compilation, struct resolution **ret_resolution)
{
	struct resolution *resolution = arena_make(compilation->arena, struct resolution);

	resolution->compilation = compilation;
	*ret_resolution = resolution;
	if (find_servers(resolution) || find_names(resolution))
		return -1;
	plan(resolution);
	return resolution_ask(resolution, resolution->queries, resolution->query_count);
}

int resolution_judge(struct resolution *resolution)
{
	bool settled = true;

	dns_trouble_find(resolution);
	check_dns_private(resolution);
	check_dns_public(resolution);
	check_dns_shared(resolution);
	dns_trouble_report(resolution);
	dns_oddities_report(resolution);
	for (size_t i = 0; i < resolution->name_count; i++)
		for (size_t s = 0; s < resolution->server_count; s++) {
			const struct resolved_answer *answer =
				&resolution->names[i].answers[s];

			settled = settled && !answer->refused &&
				  dns_trouble_settled(answer->trouble);
		}
	return settled ? 0 : -1;
}
