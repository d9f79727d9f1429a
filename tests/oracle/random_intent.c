/* random_intent.c - Bound intents and jobs by chance, the same for the same seed. */
#include "tests/oracle/random_intent.h"

#include "rules/base/arena.h"

/* Names that lead somewhere, each always to the same addresses. */
#define NAMES 6

/**
 * struct making - The work on one job
 * @tags:	what service tags hold in this job, or NULL as @addresses: no tag file
 * @names:	for each of the names, flows alike but for client and group
 */
struct making {
	struct chance *chance;
	struct arena *arena;
	struct intent *intent;
	struct flow_tag *tags;
	struct flow names[NAMES];
	bool resolver; /* the target has answers of private endpoints, and few each */
};

/* -- addresses and ports ----------------------------------------------------------- */

/* Where addresses are near each other, so that sets touch, overlap and merge. */
static const char *const blocks[FAMILY_COUNT][5] = {
	{"10.0.0.0/8", "10.1.2.0/24", "20.50.0.0/16", "0.0.0.0/0", "255.255.255.0/24"},
	{"2603:1020::/32", "fd00:1::/64", "fd00:1::/112", "::/0", "ffff:ffff::/32"},
};

static u128 below(struct making *making, u128 limit)
{
	u128 number =
		(u128)chance_number(making->chance) << 64 | chance_number(making->chance);

	return limit ? number % limit : number;
}

static struct range random_range(struct making *making, enum family family)
{
	struct prefix block;
	struct range range;
	u128 size;

	if (prefix_parse(blocks[family][chance_below(making->chance, 5)], &block) !=
	    PREFIX_OK)
		BUG("a bad prefix in the pool");
	range = prefix_range(&block);
	if (chance_percent(making->chance, 5))
		return range;
	size = range.last - range.first + 1; /* 0: all of IPv6 */
	range.first += below(making, size);
	size = (u128)1 << chance_below(making->chance, 12);
	if (chance_percent(making->chance,
			   50)) /* a prefix, else where it happens to end */
		range.first &= ~(size - 1);
	if (range.last - range.first >= size - 1)
		range.last = range.first + size - 1;
	return range;
}

static void add_ranges(struct making *making, struct addr_set *set, enum family family,
		       size_t count)
{
	for (size_t i = 0; i < count; i++)
		ranges_add(&set->of[family], random_range(making, family), making->arena);
	ranges_normalize(&set->of[family]);
}

/* Addresses of some of @families, at least one. */
static struct addr_set random_set(struct making *making, unsigned families)
{
	size_t count = 1 + chance_below(making->chance, 4);
	struct addr_set set = {0};

	if (chance_percent(making->chance, 2))
		count = 200 + chance_below(making->chance, 800);
	while (addr_set_is_empty(&set))
		for (unsigned family = 0; family < FAMILY_COUNT; family++)
			if (families & 1u << family && chance_percent(making->chance, 70))
				add_ranges(making, &set, (enum family)family, count);
	return set;
}

static struct ranges random_ports(struct making *making)
{
	static const uint16_t pool[] = {1, 22, 53, 80, 443, 444, 445, 8000, 8080, 65535};
	size_t count = chance_below(making->chance, 5);
	struct ranges ports = {0};

	for (size_t i = 0; i < count; i++) {
		uint16_t first = pool[chance_below(making->chance, ARRAY_SIZE(pool))];
		uint16_t last = pool[chance_below(making->chance, ARRAY_SIZE(pool))];

		if (last < first || chance_percent(making->chance, 70))
			last = first;
		ranges_add(&ports, (struct range){first, last}, making->arena);
	}
	ranges_normalize(&ports);
	return ports;
}

/* -- the intent -------------------------------------------------------------------- */

static struct flow_client *add_client(struct making *making, bool host)
{
	struct flow_client *client = intent_add_client(making->intent, making->arena);
	unsigned families = 1 + (unsigned)chance_below(making->chance, FAMILIES_ALL);

	client->name =
		arena_printf(making->arena, "client-%zu", making->intent->client_count);
	client->any_address = host;
	client->families = families;
	if (host)
		return client;
	for (unsigned family = 0; family < FAMILY_COUNT; family++)
		if (families & 1u << family)
			add_ranges(making, &client->addresses, (enum family)family,
				   1 + chance_below(making->chance, 3));
	return client;
}

static void add_flow(struct making *making, const struct flow *like)
{
	struct flow *flow = intent_add_flow(making->intent, making->arena);

	*flow = *like;
	flow->id = arena_printf(making->arena, "%s/%zu", like->group,
				making->intent->flow_count);
	flow->bound_by = "chance";
	flow->reason = "chance";
	if (!flow->name && chance_percent(making->chance, 5))
		flow->path = CLIENT_PROXY;
}

/* Some addresses of a tag that are of @families; none where it has none. */
static struct addr_set part_of(struct making *making, const struct addr_set *tag)
{
	struct addr_set part = {0};

	for (unsigned family = 0; family < FAMILY_COUNT; family++)
		if (tag->of[family].count) {
			u128 value = tag->of[family].at[0].last;

			ranges_add(&part.of[family], (struct range){value, value},
				   making->arena);
		}
	return part;
}

static void make_tags(struct making *making)
{
	static const char *const names[] = {"AzureContainerRegistry.WestEurope",
					    "Storage.WestEurope",
					    "AzureCloud.westeurope"};
	bool known = chance_percent(making->chance, 70);

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		struct addr_set *holds = arena_make(making->arena, struct addr_set);

		*holds = random_set(making, FAMILIES_ALL);
		making->tags[i] = (struct flow_tag){names[i], known ? holds : NULL};
	}
}

/* One to three addresses, alone or beside each other. */
static struct addr_set few_addresses(struct making *making)
{
	struct addr_set set = {0};

	for (size_t i = 1 + chance_below(making->chance, 3); i > 0; i--) {
		enum family family =
			chance_percent(making->chance, 70) ? FAMILY_IPV4 : FAMILY_IPV6;
		u128 value = random_range(making, family).first;

		ranges_add(&set.of[family], (struct range){value, value}, making->arena);
	}
	addr_set_normalize(&set);
	return set;
}

/* An endpoint: private or public, exact or a wildcard, bound or not, with tags or not. */
static struct flow random_endpoint(struct making *making, size_t number)
{
	const struct flow_tag *tag = &making->tags[chance_below(making->chance, 3)];
	bool wildcard = chance_percent(making->chance, 20);
	bool private =
		!wildcard && chance_percent(making->chance, making->resolver ? 80 : 30);
	struct flow flow = {
		.name = arena_printf(making->arena, "%sr%zu.%sazurecr.io",
				     wildcard ? "*." : "", number,
				     number % 2 ? "eastus.data." : ""),
		.families = FAMILIES_ALL,
		.protocol = PROTOCOL_TCP,
		.ports = ranges_one(443, 443, making->arena),
		.view = "public",
		.set_name = "contoso",
		.bound = !wildcard && (private || chance_percent(making->chance, 60)),
	};

	if (private) {
		flow.member = "registry";
		flow.zone = "privatelink.azurecr.io";
		flow.addresses = making->resolver ? few_addresses(making)
						  : random_set(making, FAMILIES_ALL);
		return flow;
	}
	if (chance_percent(making->chance, 80)) {
		flow.service_tag = tag->name;
		flow.tags = tag;
		flow.tag_count = 1;
	}
	if (flow.bound)
		flow.addresses = flow.tag_count && tag->addresses
					 ? part_of(making, tag->addresses)
					 : random_set(making, FAMILIES_ALL);
	return flow;
}

/* Flows to names, and now and then to a tag that is all that is asked for. */
static void add_named_group(struct making *making, const struct flow_client *client)
{
	const char *group = arena_printf(making->arena, "%s/named-%zu", client->name,
					 chance_below(making->chance, 4));
	enum client_path path =
		chance_percent(making->chance, 40) ? CLIENT_PROXY : CLIENT_DIRECT;
	size_t count = 1 + chance_below(making->chance, 3);

	for (size_t i = 0; i < count; i++) {
		struct flow flow = making->names[chance_below(making->chance, NAMES)];
		struct addr_set reached;

		flow.group = group;
		flow.client = client;
		if (flow.tag_count && chance_percent(making->chance, 10)) {
			flow.name = NULL;
			flow.view = NULL;
			flow.bound = false;
			flow.addresses = (struct addr_set){0};
		}
		reached = addr_set_of(&flow.addresses, client->families);
		/* Binding refuses what the client cannot reach. */
		if (flow.bound && addr_set_is_empty(&reached))
			continue;
		flow.path = path;
		add_flow(making, &flow);
	}
}

/* The flows of one group: endpoints of one service, or one need over some protocols. */
static void add_group(struct making *making, const struct flow_client *client)
{
	static const char *const set_names[] = {"contoso", "allow-1", "inside", "dns"};
	static const unsigned with_ports[] = {PROTOCOL_TCP, PROTOCOL_UDP, PROTOCOL_SCTP};
	static const unsigned without[] =
		{PROTOCOL_ICMP, PROTOCOL_ICMPV6, 47, PROTOCOL_TCP, 0, PROTOCOL_ANY};
	struct flow flow = {
		.group = arena_printf(making->arena, "%s/group-%zu", client->name,
				      chance_below(making->chance, 6)),
		.set_name =
			set_names[chance_below(making->chance, ARRAY_SIZE(set_names))],
		.client = client,
		.families = FAMILIES_ALL,
		.protocol = PROTOCOL_TCP,
		.ports = random_ports(making),
		.bound = true,
	};
	size_t count = 1 + chance_below(making->chance, 4);
	bool one_need = chance_percent(making->chance, 50);

	flow.addresses = random_set(making, client->families);
	for (size_t i = 0; i < count; i++) {
		if (one_need && flow.ports.count)
			flow.protocol = with_ports[chance_below(making->chance,
								ARRAY_SIZE(with_ports))];
		else if (one_need)
			flow.protocol = without[chance_below(making->chance,
							     ARRAY_SIZE(without))];
		else
			flow.addresses = random_set(making, client->families);
		add_flow(making, &flow);
	}
}

static void add_settings(struct making *making, struct backend_job *job)
{
	const struct backend_option *option = job->backend->options;
	size_t options = 0;

	while (option && option[options].name)
		options++;
	job->settings = arena_array(making->arena, options, struct backend_setting);
	for (; option && option->name; option++) {
		struct backend_setting setting = {.option = option,
						  .value = option->fallback};
		size_t words = 0;

		while (option->kind == BACKEND_OPTION_WORD && option->values[words])
			words++;
		if (words && (option->required || chance_percent(making->chance, 50)))
			setting.value =
				option->values[chance_below(making->chance, words)];
		else if (option->kind == BACKEND_OPTION_NUMBER &&
			 (option->required || chance_percent(making->chance, 30)))
			setting.value =
				arena_printf(making->arena, "0x%x",
					     option->first +
						     (uint32_t)
							     below(making,
								   (u128)option->last -
									   option->first +
									   1));
		else if (option->kind == BACKEND_OPTION_NAME && option->required)
			setting.value = "a-name";
		else if (option->kind == BACKEND_OPTION_ADDRESS &&
			 (option->required || chance_percent(making->chance, 50)))
			setting.value = chance_percent(making->chance, 50) ? "10.0.0.53"
									   : "fd00::53";
		if (setting.value)
			job->settings[job->setting_count++] = setting;
	}
}

struct backend_job *random_job(struct chance *chance, const struct backend *backend,
			       struct arena *arena)
{
	struct backend_job *job = arena_make(arena, struct backend_job);
	struct making making = {
		.chance = chance,
		.arena = arena,
		.intent = arena_make(arena, struct intent),
	};
	size_t clients, groups;
	bool host;

	job->backend = backend;
	job->name = "chance";
	job->intent = making.intent;
	job->deny = backend->kind == BACKEND_KIND_RESOLVER || chance_percent(chance, 75);
	making.resolver = backend->kind == BACKEND_KIND_RESOLVER;
	job->log = chance_percent(chance, 50);
	job->accepts_tags = chance_percent(chance, 60);
	job->accepts_pinned = chance_percent(chance, 60);
	add_settings(&making, job);
	making.tags = arena_array(arena, 3, struct flow_tag);
	make_tags(&making);
	for (size_t i = 0; i < NAMES; i++)
		making.names[i] = random_endpoint(&making, i);
	host = backend_setting_is(job, "hook", "output") && chance_percent(chance, 70);
	clients = host ? 1 : 1 + chance_below(chance, 4);
	job->clients = arena_array(arena, clients, struct flow_client *);
	for (size_t i = 0; i < clients; i++) {
		struct flow_client *client = add_client(&making, host);

		groups = chance_below(chance, 6);
		for (size_t k = 0; k < groups; k++)
			if (chance_percent(chance, 50))
				add_group(&making, client);
			else
				add_named_group(&making, client);
		if (!i || chance_percent(chance, 80))
			job->clients[job->client_count++] = client;
	}
	return job;
}
