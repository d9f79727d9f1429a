/* check_dns_private.c - Does each private name lead to its private endpoint? */
#include "compiler/check_dns.h"

#include <string.h>

#include "compiler/catalogue.h"
#include "compiler/resolution.h"
#include "rules/base/arena.h"

/**
 * DOC: Private answers
 *
 * Azure's public DNS leads the name of a registry with a private endpoint to
 * <name>.privatelink.<suffix>, and from there on to the public front end.  Where the zone
 * privatelink.<suffix> is linked to the network, its record takes the second step's place
 * (Azure Container Registry documentation, "Connect privately", read 2026-11-21).  So the
 * chain shows who answered: whether the zone was asked, and whether it had the record.
 */

/** enum private_state - How one answer fares */
enum private_state {
	PRIVATE_RIGHT,
	PRIVATE_RIGHT_NO_HOP,	/* the right address, without privatelink */
	PRIVATE_MISSING,	/* the zone was asked and has no address */
	PRIVATE_PUBLIC,		/* passed the zone by, to a public address */
	PRIVATE_PUBLIC_IN_ZONE, /* the zone has a public address */
	PRIVATE_OTHER,		/* an address that a private endpoint of the spec has */
	PRIVATE_STALE,		/* a private address that none has */
	PRIVATE_FORBIDDEN,	/* loopback and their kin */
	PRIVATE_HAS_IPV6,
	PRIVATE_TROUBLE, /* no answer at all: not ours to explain */
};

/** struct member_ref - An address of some private endpoint of the spec */
struct member_ref {
	const struct private_endpoint *endpoint;
	const struct member_address *member;
};

/**
 * struct judged - One answer of one name, judged
 * @wrong:	the first address that is not right
 * @owner:	whose it is, for PRIVATE_OTHER
 * @misplaced:	a name beside the right one under which a private address was found
 */
struct judged {
	const struct resolved_name *name;
	struct resolved_answer *answer;
	const struct dns_server *server;
	enum private_state state;
	const struct member_address *expected;
	struct addr wrong;
	struct member_ref owner;
	const char *misplaced;
	struct addr misplaced_address;
};

struct check {
	struct resolution *resolution;
	const struct cloud *cloud;
	struct arena *arena;
	struct diag *diag;
	struct judged *judged;
	size_t count, capacity;
};

/* -- judging one answer ---------------------------------------------------- */

/* Is @name a name in the zone, not the zone itself? */
static bool is_in_zone(const char *name, const char *zone)
{
	size_t length = strlen(name), tail = strlen(zone);

	return length > tail + 1 && name[length - tail - 1] == '.' &&
	       strcmp(name + length - tail, zone) == 0;
}

static bool ends_in_zone(const struct resolved_answer *answer, const char *zone)
{
	return answer->chain_count &&
	       is_in_zone(answer->chain[answer->chain_count - 1], zone);
}

static bool passes_zone(const struct resolved_answer *answer, const char *zone)
{
	for (size_t i = 0; i < answer->chain_count; i++)
		if (is_in_zone(answer->chain[i], zone))
			return true;
	return false;
}

static const struct member_address *expected_address(const struct resolved_name *name)
{
	const struct private_endpoint *endpoint = name->endpoint;

	for (size_t i = 0; i < endpoint->member_count; i++)
		if (strcmp(endpoint->members[i].member, name->flows[0]->member) == 0)
			return &endpoint->members[i];
	return NULL;
}

/* Which private endpoint of the spec has @addr? */
static bool find_owner(const struct check *check, const struct addr *addr,
		       struct member_ref *ret_owner)
{
	const struct spec *spec = check->resolution->compilation->spec;

	for (size_t r = 0; r < spec->registry_count; r++)
		for (size_t p = 0; p < spec->registries[r]->private_endpoint_count; p++) {
			const struct private_endpoint *endpoint =
				spec->registries[r]->private_endpoints[p];

			for (size_t m = 0; m < endpoint->member_count; m++) {
				const struct addr *own = &endpoint->members[m].address;

				if (own->family != addr->family ||
				    own->value != addr->value)
					continue;
				*ret_owner = (struct member_ref){endpoint,
								 &endpoint->members[m]};
				return true;
			}
		}
	return false;
}

static bool is_right(const struct judged *judged, const struct addr *addr)
{
	const struct private_endpoint *endpoint = judged->name->endpoint;

	if (judged->expected)
		return addr->family == judged->expected->address.family &&
		       addr->value == judged->expected->address.value;
	return endpoint->has_subnet && prefix_contains(&endpoint->subnet, addr);
}

static enum private_state judge_address(const struct check *check, struct judged *judged,
					const struct addr *addr)
{
	const char *kind = addr_special(addr), *zone = check->cloud->private_zone;

	if (is_right(judged, addr))
		return PRIVATE_RIGHT;
	judged->wrong = *addr;
	if (addr->family == FAMILY_IPV6)
		return PRIVATE_HAS_IPV6;
	if (!kind)
		return ends_in_zone(judged->answer, zone) ? PRIVATE_PUBLIC_IN_ZONE
							  : PRIVATE_PUBLIC;
	if (find_owner(check, addr, &judged->owner))
		return PRIVATE_OTHER;
	return strcmp(kind, "private") == 0 || strncmp(kind, "shared", 6) == 0
		       ? PRIVATE_STALE
		       : PRIVATE_FORBIDDEN;
}

/* The first wrong address decides; IPv4 comes first. */
static enum private_state judge_addresses(const struct check *check,
					  struct judged *judged)
{
	for (unsigned family = 0; family < FAMILY_COUNT; family++) {
		const struct ranges *ranges = &judged->answer->addresses.of[family];

		for (size_t i = 0; i < ranges->count; i++)
			for (u128 n = 0; n <= ranges->at[i].last - ranges->at[i].first;
			     n++) {
				struct addr addr = {(enum family)family,
						    ranges->at[i].first + n};
				enum private_state state =
					judge_address(check, judged, &addr);

				if (state != PRIVATE_RIGHT)
					return state;
			}
	}
	return passes_zone(judged->answer, check->cloud->private_zone)
		       ? PRIVATE_RIGHT
		       : PRIVATE_RIGHT_NO_HOP;
}

static void judge(struct check *check, const struct resolved_name *name, size_t server)
{
	struct judged *judged =
		arena_push(check->arena, check->judged, check->count, check->capacity);

	judged->name = name;
	judged->answer = &name->answers[server];
	judged->server = &check->resolution->servers[server];
	judged->expected = expected_address(name);
	if (!judged->answer->trouble)
		judged->state = judge_addresses(check, judged);
	else if ((judged->answer->trouble == TROUBLE_NXDOMAIN_BEHIND ||
		  judged->answer->trouble == TROUBLE_NODATA_BEHIND) &&
		 ends_in_zone(judged->answer, check->cloud->private_zone))
		judged->state = PRIVATE_MISSING;
	else
		judged->state = PRIVATE_TROUBLE;
}

/* -- looking for misplaced records ----------------------------------------- */

#define PROBES_MAX 3

/**
 * Names under which records of @name are put by mistake: the host as a whole as the name
 * of the record, and for data endpoints the zones that older copies of Microsoft's page
 * named, privatelink.<region>.data.<suffix> and <region>.privatelink.<suffix>.
 */
static size_t misplaced_names(const struct check *check, const char *name,
			      const char *names[PROBES_MAX])
{
	const char *suffix = check->cloud->login_suffix,
		   *zone = check->cloud->private_zone;
	const char *label = strchr(name, '.'), *data = strstr(name, ".data.");
	size_t count = 0;
	int head, region;

	names[count++] = arena_printf(check->arena, "%s.%s", name, zone);
	if (!label || !data || data < label)
		return count;
	head = (int)(label - name);
	region = (int)(data - label - 1);
	names[count++] = arena_printf(check->arena, "%.*s.privatelink.%.*s.data.%s", head,
				      name, region, label + 1, suffix);
	names[count++] = arena_printf(check->arena, "%.*s.%.*s.%s", head, name, region,
				      label + 1, zone);
	return count;
}

static bool may_be_misplaced(const struct judged *judged)
{
	return judged->state == PRIVATE_MISSING || judged->state == PRIVATE_PUBLIC;
}

static void take_probe(struct judged *judged, const struct dns_query *query)
{
	const struct ranges *found = &query->answer.addresses;
	struct addr addr = {.family = FAMILY_IPV4};

	if (judged->misplaced || dns_trouble_of(query) || !found->count)
		return;
	addr.value = found->at[0].first;
	if (!addr_special(&addr))
		return; /* a public answer: the name leads where names of Azure do */
	judged->misplaced = query->name;
	judged->misplaced_address = addr;
}

static void probe(struct check *check)
{
	size_t count = 0, next = 0;
	struct dns_query *queries =
		arena_array(check->arena, check->count * PROBES_MAX, struct dns_query);
	struct judged **asked =
		arena_array(check->arena, check->count * PROBES_MAX, struct judged *);

	for (size_t i = 0; i < check->count; i++) {
		const char *names[PROBES_MAX];
		size_t made;

		if (!may_be_misplaced(&check->judged[i]))
			continue;
		made = misplaced_names(check, check->judged[i].name->name, names);
		for (size_t n = 0; n < made; n++) {
			/* a name too long for DNS is nobody's record */
			if (strlen(names[n]) >= DNS_NAME_SIZE)
				continue;
			asked[count] = &check->judged[i];
			queries[count++] = (struct dns_query){
				.name = names[n],
				.type = DNS_TYPE_A,
				.server = check->judged[i].server,
			};
		}
	}
	/* Without an answer less is known, and the trouble itself is reported anyway. */
	if (!count || resolution_ask(check->resolution, queries, count))
		return;
	for (; next < count; next++)
		take_probe(asked[next], &queries[next]);
}

/* -- reporting ------------------------------------------------------------- */

static size_t count_state(const struct check *check, const struct judged *like,
			  enum private_state state)
{
	size_t count = 0;

	for (size_t i = 0; i < check->count; i++) {
		const struct judged *judged = &check->judged[i];

		count += judged->server == like->server && judged->state == state &&
			 judged->name->endpoint == like->name->endpoint;
	}
	return count;
}

/* Where no name of the private endpoint is right and several fare alike, they have one
 * cause, and one message. */
static bool is_common(const struct check *check, const struct judged *judged)
{
	return (judged->state == PRIVATE_PUBLIC || judged->state == PRIVATE_MISSING) &&
	       !judged->misplaced && !count_state(check, judged, PRIVATE_RIGHT) &&
	       count_state(check, judged, judged->state) > 1;
}

static bool is_first(const struct check *check, const struct judged *judged)
{
	for (const struct judged *at = check->judged; at < judged; at++)
		if (at->state == judged->state && at->server == judged->server &&
		    at->name->endpoint == judged->name->endpoint && !at->misplaced)
			return false;
	return true;
}

static void note_common(const struct check *check, const struct judged *judged)
{
	if (is_common(check, judged))
		diag_note(check->diag, SPAN_NONE,
			  "the same holds for all %zu names of private endpoint '%s'",
			  count_state(check, judged, judged->state),
			  judged->name->endpoint->name.text);
}

static void note_expected(const struct check *check, const struct judged *judged)
{
	char text[ADDR_TEXT_MAX];

	if (judged->expected)
		diag_note(check->diag, judged->expected->at,
			  "private endpoint '%s' has %s for it",
			  judged->name->endpoint->name.text,
			  addr_format(&judged->expected->address, text));
	else
		diag_note(check->diag, judged->name->endpoint->at,
			  "private endpoint '%s' has no address for it in the spec",
			  judged->name->endpoint->name.text);
}

/* The record that the zone should have: "contoso.westeurope.data". */
static const char *record_of(const struct check *check, const struct judged *judged)
{
	size_t length = strlen(judged->name->name) - strlen(check->cloud->login_suffix);

	return arena_strndup(check->arena, judged->name->name, length - 1);
}

static void help_record(const struct check *check, const struct judged *judged)
{
	char text[ADDR_TEXT_MAX] = "ADDRESS";

	if (judged->expected)
		addr_format(&judged->expected->address, text);
	diag_help(check->diag,
		  "az network private-dns record-set a add-record --resource-group "
		  "GROUP --zone-name %s --record-set-name %s --ipv4-address %s",
		  check->cloud->private_zone, record_of(check, judged), text);
}

static void report_misplaced(const struct check *check, const struct judged *judged)
{
	char text[ADDR_TEXT_MAX];

	diag_report(check->diag, DIAG_PRIVATE_ZONE_NAME, judged->name->flows[0]->at,
		    "the record of '%s' stands under '%s', where nothing looks for it",
		    judged->name->name, judged->misplaced);
	diag_note(check->diag, SPAN_NONE, "%s has %s there", judged->server->text,
		  addr_format(&judged->misplaced_address, text));
	help_record(check, judged);
}

static void report_missing(const struct check *check, const struct judged *judged)
{
	bool empty = judged->answer->trouble == TROUBLE_NODATA_BEHIND;

	diag_report(check->diag, DIAG_PRIVATE_RECORD_MISSING, judged->name->flows[0]->at,
		    "'%s' (%s) leads to '%s', which %s", judged->name->name,
		    judged->name->flows[0]->reason,
		    judged->answer->chain[judged->answer->chain_count - 1],
		    empty ? "has no address" : "does not exist");
	note_expected(check, judged);
	note_common(check, judged);
	if (is_common(check, judged))
		diag_note(check->diag, SPAN_NONE,
			  "a link to the zone may be left of a private endpoint that was "
			  "deleted");
	else if (empty)
		diag_note(check->diag, SPAN_NONE,
			  "the record set is empty, or a guard against rebinding drops "
			  "private addresses");
	else
		diag_note(check->diag, SPAN_NONE,
			  "others of its names are there: a replica that was added later "
			  "needs a record of its own");
	help_record(check, judged);
}

static void report_public(const struct check *check, const struct judged *judged)
{
	const struct resolved_name *name = judged->name;
	const char *zone = check->cloud->private_zone;
	char text[ADDR_TEXT_MAX];

	if (count_state(check, judged, PRIVATE_RIGHT)) {
		diag_report(check->diag, DIAG_PRIVATE_FALLS_BACK, name->flows[0]->at,
			    "'%s' (%s) leads to the public address %s while others of "
			    "the registry are private",
			    name->name, name->flows[0]->reason,
			    addr_format(&judged->wrong, text));
		note_expected(check, judged);
		diag_note(check->diag, SPAN_NONE,
			  "the zone '%s' has no record of it, and its link falls back to "
			  "the Internet (NxDomainRedirect) without a word",
			  zone);
		help_record(check, judged);
		return;
	}
	diag_report(check->diag, DIAG_PRIVATE_RESOLVES_PUBLIC, name->flows[0]->at,
		    "'%s' (%s) leads to the public address %s", name->name,
		    name->flows[0]->reason, addr_format(&judged->wrong, text));
	note_expected(check, judged);
	note_common(check, judged);
	if (passes_zone(judged->answer, zone)) {
		diag_note(check->diag, SPAN_NONE,
			  "%s knows nothing of the private zone '%s'",
			  judged->server->text, zone);
		diag_help(check->diag,
			  "link the zone to the network, or let the DNS server forward "
			  "'%s' to 168.63.129.16 from inside it",
			  check->cloud->login_suffix);
		return;
	}
	diag_note(check->diag, SPAN_NONE,
		  "its chain does not pass '%s': Azure says that the registry has no "
		  "approved private endpoint",
		  zone);
	diag_help(check->diag, "approve it: az acr private-endpoint-connection approve");
}

static void report_other(const struct check *check, const struct judged *judged)
{
	const struct private_endpoint *own = judged->name->endpoint;
	const struct private_endpoint *other = judged->owner.endpoint;
	char text[ADDR_TEXT_MAX];

	diag_report(check->diag, DIAG_PRIVATE_OTHER_ENDPOINT, judged->name->flows[0]->at,
		    "'%s' leads to %s, which is '%s' of private endpoint '%s'",
		    judged->name->name, addr_format(&judged->wrong, text),
		    judged->owner.member->member, other->name.text);
	diag_note(check->diag, judged->owner.member->at, "that address");
	note_expected(check, judged);
	if (other != own && other->registry == own->registry)
		diag_note(check->diag, SPAN_NONE,
			  "both networks share one zone '%s', and the endpoint that came "
			  "later overwrote the records",
			  check->cloud->private_zone);
	else if (other != own)
		diag_note(check->diag, SPAN_NONE,
			  "the records of two registries are "
			  "mixed up");
	else
		diag_note(check->diag, SPAN_NONE,
			  "two records of one private endpoint are mixed up");
	help_record(check, judged);
}

static void report_stale(const struct check *check, const struct judged *judged)
{
	const struct private_endpoint *endpoint = judged->name->endpoint;
	bool inside = endpoint->has_subnet &&
		      prefix_contains(&endpoint->subnet, &judged->wrong);
	char text[ADDR_TEXT_MAX], subnet[ADDR_TEXT_MAX];

	diag_report(check->diag, DIAG_PRIVATE_STALE_RECORD, judged->name->flows[0]->at,
		    "'%s' leads to %s, which no private endpoint of the spec has",
		    judged->name->name, addr_format(&judged->wrong, text));
	note_expected(check, judged);
	if (endpoint->has_subnet)
		diag_note(check->diag, endpoint->subnet_text.at, "%s lies %s %s", text,
			  inside ? "in" : "outside",
			  prefix_format(&endpoint->subnet, subnet));
	diag_note(check->diag, SPAN_NONE,
		  "the record is older than the private endpoint, or the spec is older "
		  "than both");
	help_record(check, judged);
}

static void report_state(const struct check *check, const struct judged *judged)
{
	char text[ADDR_TEXT_MAX];
	struct span at = judged->name->flows[0]->at;

	switch (judged->state) {
	case PRIVATE_RIGHT:
	case PRIVATE_TROUBLE:
		break;
	case PRIVATE_RIGHT_NO_HOP:
		diag_report(check->diag, DIAG_PRIVATE_NO_HOP, at,
			    "'%s' is answered without '%s'", judged->name->name,
			    check->cloud->private_zone);
		diag_note(check->diag, SPAN_NONE,
			  "a record of the name itself stands on %s",
			  judged->server->text);
		break;
	case PRIVATE_MISSING:
		report_missing(check, judged);
		break;
	case PRIVATE_PUBLIC:
		report_public(check, judged);
		break;
	case PRIVATE_PUBLIC_IN_ZONE:
		diag_report(check->diag, DIAG_PRIVATE_ZONE_PUBLIC, at,
			    "the zone '%s' holds the public address %s for '%s'",
			    check->cloud->private_zone, addr_format(&judged->wrong, text),
			    judged->name->name);
		note_expected(check, judged);
		help_record(check, judged);
		break;
	case PRIVATE_OTHER:
		report_other(check, judged);
		break;
	case PRIVATE_STALE:
		report_stale(check, judged);
		break;
	case PRIVATE_FORBIDDEN:
		diag_report(check->diag, DIAG_DNS_FORBIDDEN_ADDRESS, at,
			    "'%s' leads to %s, which is %s", judged->name->name,
			    addr_format(&judged->wrong, text),
			    addr_special(&judged->wrong));
		note_expected(check, judged);
		break;
	case PRIVATE_HAS_IPV6:
		diag_report(check->diag, DIAG_PRIVATE_IPV6, at,
			    "'%s' leads to %s, and private endpoints have no IPv6",
			    judged->name->name, addr_format(&judged->wrong, text));
		note_expected(check, judged);
		diag_note(check->diag, SPAN_NONE,
			  "a server that answers A with a record of its own may ask "
			  "others for AAAA");
		break;
	}
}

void check_dns_private(struct resolution *resolution)
{
	struct compilation *compilation = resolution->compilation;
	struct check check = {
		.resolution = resolution,
		.cloud = catalogue_cloud(compilation->spec->cloud),
		.arena = compilation->arena,
		.diag = compilation->diag,
	};

	for (size_t i = 0; i < resolution->name_count; i++)
		for (size_t s = 0; s < resolution->server_count; s++)
			if (resolution->names[i].endpoint)
				judge(&check, &resolution->names[i], s);
	probe(&check);
	for (size_t i = 0; i < check.count; i++) {
		struct judged *judged = &check.judged[i];

		if (judged->misplaced)
			report_misplaced(&check, judged);
		else if (!is_common(&check, judged) || is_first(&check, judged))
			report_state(&check, judged);
		judged->answer->explained = judged->state != PRIVATE_TROUBLE;
		judged->answer->refused = judged->state != PRIVATE_TROUBLE &&
					  judged->state > PRIVATE_MISSING;
	}
}
