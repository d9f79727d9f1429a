/* check_dns_public.c - Does each public name lead to where its service can be? */
#include <string.h>

#include "compiler/catalogue.h"
#include "compiler/check_dns.h"
#include "compiler/resolution.h"
#include "rules/base/arena.h"

/** struct check - The work on one resolution */
struct check {
	struct resolution *resolution;
	const struct service_tags *tags;
	const struct cloud *cloud;
	struct arena *arena;
	struct diag *diag;
};

static const char *meaning_of(const char *kind)
{
	if (strcmp(kind, "private") == 0)
		return "a private DNS zone or a custom server answers here: write 'mode: "
		       "private' for clients of this network, or ask where those of the "
		       "public endpoint are";
	if (strcmp(kind, "unspecified") == 0 || strcmp(kind, "loopback") == 0)
		return "servers that block a name answer so: take the name off the list";
	return "no registry can be there: ask another server, and look at this one";
}

static void report_forbidden(const struct check *check, const struct resolved_name *name,
			     const struct dns_server *server, const struct addr *addr,
			     const char *kind)
{
	char text[ADDR_TEXT_MAX];

	diag_report(check->diag, DIAG_DNS_FORBIDDEN_ADDRESS, name->flows[0]->at,
		    "'%s' (%s) leads to %s, which is %s", name->name,
		    name->flows[0]->reason, addr_format(addr, text), kind);
	diag_note(check->diag, SPAN_NONE, "so says %s", server->text);
	diag_help(check->diag, "%s", meaning_of(kind));
}

static void report_outside(const struct check *check, const struct resolved_name *name,
			   const struct addr *addr)
{
	const char *tags = name->flows[0]->service_tag;
	const struct service_tag **found;
	char text[ADDR_TEXT_MAX];
	size_t count;

	diag_report(check->diag, DIAG_DNS_OUTSIDE_TAG, name->flows[0]->at,
		    "'%s' (%s) leads to %s, which is not in the tag%s %s", name->name,
		    name->flows[0]->reason, addr_format(addr, text),
		    strchr(tags, ' ') ? "s" : "", tags);
	found = tags_containing(check->tags, addr, check->arena, &count);
	if (count)
		diag_note(check->diag, found[0]->at, "it is in %s%s", found[0]->name,
			  count > 1 ? ", and in larger ones" : "");
	else
		diag_note(check->diag, SPAN_NONE,
			  "it is in no tag of the file: no address of Azure's, as far as "
			  "the file knows");
}

/* May a client of the name's be sent to @addr? */
static bool check_address(const struct check *check, const struct resolved_name *name,
			  const struct dns_server *server, const struct addr_set *cover,
			  const struct addr *addr)
{
	const char *kind = addr_special(addr);

	if (kind)
		report_forbidden(check, name, server, addr, kind);
	else if (cover && !addr_set_contains(cover, addr))
		report_outside(check, name, addr);
	else
		return true;
	return false;
}

/* One message a name: the first address that is wrong. */
static void check_addresses(const struct check *check, const struct resolved_name *name,
			    struct resolved_answer *answer,
			    const struct dns_server *server, const struct addr_set *cover)
{
	for (unsigned family = 0; family < FAMILY_COUNT; family++) {
		const struct ranges *ranges = &answer->addresses.of[family];

		for (size_t i = 0; i < ranges->count; i++)
			for (u128 n = 0; n <= ranges->at[i].last - ranges->at[i].first;
			     n++) {
				struct addr addr = {(enum family)family,
						    ranges->at[i].first + n};

				if (check_address(check, name, server, cover, &addr))
					continue;
				answer->refused = true;
				return;
			}
	}
}

/* Does the name end in the private zone, which does not know it? */
static bool is_hidden(const struct check *check, const struct resolved_answer *answer)
{
	const char *zone = check->cloud->private_zone, *last;
	size_t tail = strlen(zone), length;

	if (answer->trouble != TROUBLE_NXDOMAIN_BEHIND &&
	    answer->trouble != TROUBLE_NODATA_BEHIND)
		return false;
	last = answer->chain[answer->chain_count - 1];
	length = strlen(last);
	return length > tail && last[length - tail - 1] == '.' &&
	       strcmp(last + length - tail, zone) == 0;
}

static void report_hidden(const struct check *check, const struct resolved_name *name,
			  struct resolved_answer *answer, const struct dns_server *server)
{
	diag_report(check->diag, DIAG_FOREIGN_REGISTRY, name->flows[0]->at,
		    "'%s' (%s) leads to '%s', which %s", name->name,
		    name->flows[0]->reason, answer->chain[answer->chain_count - 1],
		    answer->trouble == TROUBLE_NXDOMAIN_BEHIND ? "does not exist"
							       : "has no address");
	diag_note(check->diag, SPAN_NONE,
		  "%s asks a private zone '%s', which hides every registry that has a "
		  "private endpoint elsewhere",
		  server->text, check->cloud->private_zone);
	diag_help(check->diag,
		  "az network private-dns link vnet update --zone-name %s "
		  "--resolution-policy NxDomainRedirect, or give its clients a private "
		  "endpoint",
		  check->cloud->private_zone);
	answer->explained = true;
}

/* The addresses of the name's tags; NULL where no file or no tag says them. */
static const struct addr_set *cover_of(const struct check *check,
				       const struct resolved_name *name)
{
	const char *missing = NULL;
	struct addr_set *cover;

	if (!check->tags || !name->flows[0]->service_tag)
		return NULL;
	cover = arena_make(check->arena, struct addr_set);
	*cover = tags_cover(check->tags, name->flows[0]->service_tag, check->arena,
			    &missing);
	if (!missing)
		return cover;
	diag_report(check->diag, DIAG_SERVICE_TAG_MISSING, name->flows[0]->at,
		    "the service tags have no '%s', which is for '%s' (%s)", missing,
		    name->name, name->flows[0]->reason);
	return NULL;
}

/* Servers may differ where traffic is spread; where one of them lies they do, too. */
static void compare_servers(const struct check *check, const struct resolved_name *name)
{
	const struct resolved_answer *first = &name->answers[0];

	for (size_t s = 1; s < check->resolution->server_count; s++) {
		CLEANUP(strbuf_release) struct strbuf one = {0}, other = {0};

		if (first->trouble || name->answers[s].trouble ||
		    addr_set_equal(&first->addresses, &name->answers[s].addresses))
			continue;
		addr_set_format(&first->addresses, &one);
		addr_set_format(&name->answers[s].addresses, &other);
		diag_report(check->diag, DIAG_DNS_SERVERS_DISAGREE, name->flows[0]->at,
			    "'%s' leads to other addresses at %s than at %s", name->name,
			    check->resolution->servers[s].text,
			    check->resolution->servers[0].text);
		diag_note(check->diag, SPAN_NONE, "%s says %s",
			  check->resolution->servers[0].text, strbuf_text(&one));
		diag_note(check->diag, SPAN_NONE, "%s says %s",
			  check->resolution->servers[s].text, strbuf_text(&other));
	}
}

void check_dns_public(struct resolution *resolution)
{
	struct compilation *compilation = resolution->compilation;
	const struct check check = {
		.resolution = resolution,
		.tags = compilation->tags,
		.cloud = catalogue_cloud(compilation->spec->cloud),
		.arena = compilation->arena,
		.diag = compilation->diag,
	};

	for (size_t i = 0; i < resolution->name_count; i++) {
		const struct resolved_name *name = &resolution->names[i];
		const struct addr_set *cover =
			name->endpoint ? NULL : cover_of(&check, name);

		compare_servers(&check, name);
		for (size_t s = 0; !name->endpoint && s < resolution->server_count; s++) {
			struct resolved_answer *answer = &name->answers[s];
			const struct dns_server *server = &resolution->servers[s];

			if (is_hidden(&check, answer))
				report_hidden(&check, name, answer, server);
			else if (!answer->trouble)
				check_addresses(&check, name, answer, server, cover);
		}
	}
}
