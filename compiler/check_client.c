/* check_client.c - Clients and the proxy: families, and what the registry's own side
 * says. */
#include "compiler/check.h"
#include "compiler/names.h"
#include "compiler/spec.h"
#include "rules/base/arena.h"
#include "rules/base/strbuf.h"

#define FAMILY_BITS_BOTH (1u << FAMILY_IPV4 | 1u << FAMILY_IPV6)

static enum family other_family(enum family family)
{
	return family == FAMILY_IPV4 ? FAMILY_IPV6 : FAMILY_IPV4;
}

static const char *family_word(enum family family)
{
	return family == FAMILY_IPV4 ? "IPv4" : "IPv6";
}

/* -- families ---------------------------------------------------------------------- */

static unsigned families_of(const struct addr_set *set)
{
	return (set->of[FAMILY_IPV4].count ? 1u << FAMILY_IPV4 : 0) |
	       (set->of[FAMILY_IPV6].count ? 1u << FAMILY_IPV6 : 0);
}

static void check_families(const struct client *client, bool deny, struct diag *diag)
{
	unsigned present = families_of(&client->addresses);
	enum family one = present == 1u << FAMILY_IPV4 ? FAMILY_IPV4 : FAMILY_IPV6;

	if (!present || (client->families_written && client->families == present) ||
	    (!client->families_written && present == FAMILY_BITS_BOTH))
		return;
	if (!client->families_written && deny) {
		diag_report(diag, DIAG_FAMILY_OPEN, client->addresses_at,
			    "client '%s' has %s addresses only: its %s would stay open",
			    client->name.text, family_word(one),
			    family_word(other_family(one)));
		diag_help(diag,
			  "write 'families: [%s]' if it has no other, else its %s "
			  "addresses "
			  "too",
			  family_name(one), family_word(other_family(one)));
		return;
	}
	if (!client->families_written)
		return;
	for (int family = 0; family < FAMILY_COUNT; family++) {
		unsigned bit = 1u << family;

		if ((client->families & bit) == (present & bit))
			continue;
		diag_report(diag, DIAG_CLIENT_FAMILIES, client->families_at,
			    present & bit
				    ? "client '%s' has %s addresses, but not the family"
				    : "client '%s' has no %s addresses, but the family",
			    client->name.text, family_word((enum family)family));
		diag_note(diag, client->addresses_at, "the addresses are here");
		diag_help(diag,
			  present & bit
				  ? "add it to 'families', or remove the addresses"
				  : "remove it from 'families', or write the addresses");
	}
}

static void check_proxy_families(const struct spec *spec, struct diag *diag)
{
	const struct proxy *proxy = &spec->proxy;
	enum family one = proxy->address.family;

	if (proxy->families_written && proxy->families != 1u << one) {
		diag_report(diag, DIAG_CLIENT_FAMILIES, proxy->address_at,
			    "the proxy's families are not those of its address");
		diag_help(diag, "write 'families: [%s]'", family_name(one));
	} else if (!proxy->families_written && spec->egress.deny) {
		diag_report(diag, DIAG_FAMILY_OPEN, proxy->address_at,
			    "the proxy has an %s address only: its %s would stay open",
			    family_word(one), family_word(other_family(one)));
		diag_help(diag, "write 'families: [%s]' if it has no other",
			  family_name(one));
	}
}

/* -- the registry's own rules ------------------------------------------------------ */

static bool check_egress(const struct client *client, const struct registry *registry,
			 struct diag *diag)
{
	CLEANUP(strbuf_release) struct strbuf text = {0};
	struct addr_set refused = {0};
	struct arena *arena;

	if (!client->has_egress_addresses) {
		diag_report(diag, DIAG_EGRESS_UNKNOWN, client->name.at,
			    "whether '%s' lets '%s' in cannot be checked",
			    registry->name.text, client->name.text);
		diag_note(diag, registry->public_access_at,
			  "the registry's rules are here");
		diag_help(diag, "write 'egress_addresses:' with what the registry sees "
				"behind its "
				"NAT");
		return false;
	}
	arena = arena_new();
	refused = addr_set_subtract(&client->egress_addresses, &registry->public_rules,
				    arena);
	addr_set_format(&refused, &text);
	if (!addr_set_is_empty(&refused)) {
		diag_report(diag, DIAG_EGRESS_REFUSED, client->egress_addresses_at,
			    "'%s' refuses %.80s of client '%s'", registry->name.text,
			    strbuf_text(&text), client->name.text);
		diag_note(diag, registry->public_access_at, "its rules are here");
		diag_help(diag,
			  "add it there: az acr network-rule add --name %s --ip-address "
			  "%.80s",
			  registry->name.text, strbuf_text(&text));
	}
	arena_free(arena);
	return true;
}

static void check_public_use(const struct client *client,
			     const struct client_registry *use, bool *egress_reported,
			     struct diag *diag)
{
	const struct registry *registry = use->registry;

	if (registry->public_access == PUBLIC_DISABLED) {
		diag_report(diag, DIAG_PUBLIC_DISABLED,
			    client->mode == MODE_PUBLIC ? client->mode_at
							: registry->mode_at,
			    "client '%s' uses '%s' in public mode, whose public access "
			    "is disabled",
			    client->name.text, registry->name.text);
		diag_note(diag, registry->public_access_at, "it is disabled here");
		diag_help(diag,
			  "write 'mode: private' with a private endpoint, or allow it "
			  "again: "
			  "az acr update --name %s --public-network-enabled true",
			  registry->name.text);
	}
	if (registry->public_access == PUBLIC_SELECTED && !*egress_reported)
		*egress_reported = !check_egress(client, registry, diag);
}

/* IP rules that someone seems to count on: the client says what the registry sees of it,
 * but the registry sees its private address. */
static void check_private_use(const struct client *client,
			      const struct client_registry *use, struct diag *diag)
{
	const struct registry *registry = use->registry;

	if (registry->public_access != PUBLIC_SELECTED || !client->has_egress_addresses)
		return;
	diag_report(diag, DIAG_IP_RULES_PE, client->egress_addresses_at,
		    "the rules of '%s' do not act on '%s', which comes by a private "
		    "endpoint",
		    registry->name.text, client->name.text);
	diag_note(diag, registry->public_access_at, "the rules are here");
	diag_help(diag, "remove 'egress_addresses': IP rules hold for the public "
			"endpoint only");
}

static void check_build(const struct client *client, const struct registry *registry,
			struct diag *diag)
{
	if (!(client->operations & 1u << OPERATION_BUILD))
		return;
	if (registry->public_access == PUBLIC_DISABLED) {
		diag_report(diag, DIAG_BUILD_PUBLIC_ACCESS, client->operations_at,
			    "'az acr build' of '%s' does not work without public access "
			    "of '%s'",
			    client->name.text, registry->name.text);
		diag_note(diag, registry->public_access_at, "it is disabled here");
		diag_help(diag,
			  "use a dedicated agent pool: az acr build --agent-pool POOL");
	}
	if (registry->data_endpoints == DATA_DEDICATED) {
		diag_report(diag, DIAG_BUILD_STORAGE, client->operations_at,
			    "'build' opens every storage account to '%s'",
			    client->name.text);
		diag_help(diag, "leave 'build' out where nobody runs 'az acr build'");
	}
}

static bool has_public_use(const struct client *client)
{
	for (size_t i = 0; i < client->registry_count; i++)
		if (client->registries[i].mode == MODE_PUBLIC)
			return true;
	return false;
}

/* Also where only the client chooses private mode. */
static void check_client_storage(const struct client *client,
				 const struct client_registry *use, struct diag *diag)
{
	const struct registry *registry = use->registry;

	if (client->mode != MODE_PRIVATE || registry->mode == MODE_PRIVATE ||
	    registry->data_endpoints != DATA_TRANSITION)
		return;
	diag_report(diag, DIAG_PRIVATE_STORAGE, client->mode_at,
		    "client '%s' uses '%s' in private mode, which leaves no 'transition'",
		    client->name.text, registry->name.text);
	diag_note(diag, registry->data_endpoints_at, "it is set here");
	diag_help(diag, "write 'data_endpoints: dedicated'");
}

static void check_client(const struct spec *spec, const struct client *client,
			 struct diag *diag)
{
	bool egress_reported = false, has_public = has_public_use(client);

	check_families(client, spec->egress.deny, diag);
	for (size_t i = 0; i < client->registry_count; i++) {
		const struct client_registry *use = &client->registries[i];

		if (use->mode == MODE_PUBLIC)
			check_public_use(client, use, &egress_reported, diag);
		else if (!has_public)
			check_private_use(client, use, diag);
		check_client_storage(client, use, diag);
		check_build(client, use->registry, diag);
	}
}

/* The proxy looks a name up once for all its clients: they use it in one mode. */
static void check_proxy_mode(const struct client *client, struct names *uses,
			     struct arena *arena, struct diag *diag)
{
	for (size_t i = 0; i < client->registry_count; i++) {
		struct client_registry *use = &client->registries[i];
		const struct named *first = names_add(uses, use->registry->name.text,
						      client->name.at, use, arena);
		const struct client_registry *other = first ? first->thing : use;

		if (other->mode == use->mode)
			continue;
		diag_report(diag, DIAG_PROXY_MODE,
			    client->mode != MODE_UNSET ? client->mode_at
						       : client->name.at,
			    "client '%s' uses '%s' in %s mode, another client of the "
			    "proxy does "
			    "not",
			    client->name.text, use->registry->name.text,
			    use->mode == MODE_PRIVATE ? "private" : "public");
		diag_note(diag, first->at, "the other client is here");
		diag_help(diag,
			  "the proxy looks a name up for all its clients: write the same "
			  "'mode:' for both, or 'via: direct'");
	}
}

void check_clients(const struct spec *spec, struct arena *arena, struct diag *diag)
{
	bool proxy_used = false;
	struct names uses = {0};

	for (size_t i = 0; i < spec->client_count; i++) {
		check_client(spec, spec->clients[i], diag);
		if (spec->clients[i]->via == CLIENT_PROXY)
			check_proxy_mode(spec->clients[i], &uses, arena, diag);
		proxy_used = proxy_used || spec->clients[i]->via == CLIENT_PROXY;
	}
	if (!spec->proxy.present)
		return;
	if (!proxy_used) {
		diag_report(diag, DIAG_PROXY_UNUSED, spec->proxy.at,
			    "no client sends through the proxy");
		diag_help(diag, "write 'via: proxy' at its clients, or remove 'proxy:'");
	}
	if (proxy_used && spec->proxy.port)
		check_proxy_families(spec, diag);
}
