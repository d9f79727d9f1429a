/* edges.c - Choose probes at the edges of a rule set, each with the verdict it must have.
 *
 * usage: edges [-a] [-s SEED] [-n COUNT] [-p PATH] [-i IN] [-o OUT] [-c CLIENT]...
 *		[-x PREFIX]... [RULESET]
 *
 * RULESET is a text for nft, or what "nft list ruleset" printed (default: standard
 * input).  It is read by the importer and decided by the same diagrams as every proof; a
 * kernel that then disagrees with a line printed here shows a fault of ours.
 *
 *	proto source sport destination dport allow|deny RULE
 *
 * A probe opens a flow: state new, and SYN when it is TCP.  With -a it is a TCP segment
 * of state new that has ACK and no SYN, as it comes from hosts that cheat and from
 * sessions older than the rules.  RULE is the id of the deciding rule, or "-".  -c gives
 *the client's own address of a family, -x what must be neither source nor destination, -i
 *and -o the interfaces. Equal arguments give equal lines; the seed is printed.
 */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "backends/registry.h"
#include "rules/base/arena.h"
#include "rules/decide.h"
#include "rules/diagram.h"
#include "rules/space.h"
#include "tests/live/endpoint.h"

/**
 * DOC: Where the edges are
 *
 * A rule's terms make a *box*: some ranges an axis.  Box after box takes its turn, and
 * each turn sweeps one axis through the places where faults sit: before the first, first,
 * last, behind the last, inside.  The other axes stay inside, so that the swept one
 * decides.  Every fifth turn mixes axes of different boxes: that is where rules overlap.
 * A box need not be exact (negations and second terms on an axis are taken as they
 * stand), since the verdict comes from the diagram and not from here.
 */

#define MAX_PROBES 5000u
/* Each source becomes an address of the client. */
#define MAX_SOURCES	 48u
#define MAX_CHOICE_DEPTH 4u
/* What the kernel chooses from when a probe has source port 0 (topology.sh says so). */
static const struct range ephemeral = {10000, 60999};
#define SOME_PORT 40000u

/* Never probed: the kernel itself treats them in its own way, whatever rules say.  This
 * host, loopback, multicast, broadcast; IPv4-compatible, IPv4-mapped, link-local. */
static const char *const never[] = {
	"0.0.0.0/8", "127.0.0.0/8",   "224.0.0.0/4", "255.255.255.255",
	"::/96",     "::ffff:0:0/96", "fe80::/10",   "ff00::/8",
};

enum axis {
	AXIS_DESTINATION,
	AXIS_SOURCE,
	AXIS_PORT,
	AXIS_SOURCE_PORT,
	AXIS_COUNT,
};
/* A turn sweeps the axis of its number; the last one mixes. */
#define TURNS (AXIS_COUNT + 1)

enum position {
	POSITION_BEFORE,
	POSITION_FIRST,
	POSITION_LAST,
	POSITION_BEHIND,
	POSITION_INSIDE,
	POSITION_COUNT,
};

/**
 * struct box - What one rule tests
 * @ranges:	by axis and family (ports have those of FAMILY_IPV4 only); NULL: not
 * tested
 * @protocols:	NULL: not tested
 * @turns:	how often it had its turn
 */
struct box {
	const struct ranges *ranges[AXIS_COUNT][FAMILY_COUNT];
	const struct ranges *protocols;
	size_t turns;
};

struct probe {
	enum family family;
	unsigned protocol;
	u128 at[AXIS_COUNT];
	const char *verdict;
	const char *id;
};

struct addr_list {
	struct addr *at;
	size_t count, capacity;
};

/**
 * struct edges - One run
 * @tests_source_port: some rule looks at source ports
 * @tests_ephemeral: and tells one that the kernel may choose from another
 * @unknown:	candidates left out because their verdict depends on an unknown
 */
struct edges {
	struct arena *arena;
	uint64_t seed;
	size_t wanted;
	const char *path;
	const char *in, *out;
	struct addr client[FAMILY_COUNT];
	struct addr_set avoid;
	bool ack_only;

	struct diagram *diagram;
	struct decisions *decisions;
	struct decision decision;

	struct box *boxes;
	size_t box_count, box_capacity;
	bool tests_source_port, tests_ephemeral;
	struct addr_list sources;
	struct probe *probes;
	size_t count, capacity;
	size_t unknown;
};

/* splitmix64: every seed is a good one. */
static uint64_t random_bits(struct edges *edges)
{
	uint64_t z = edges->seed += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return z ^ (z >> 31);
}

static size_t random_below(struct edges *edges, size_t bound)
{
	return (size_t)(random_bits(edges) % bound);
}

static u128 random_within(struct edges *edges, const struct range *range)
{
	u128 bits = (u128)random_bits(edges) << 64 | random_bits(edges);
	u128 size = range->last - range->first + 1;

	return range->first + (size ? bits % size : bits);
}

/* -- boxes --------------------------------------------------------------------- */

static void take_source_ports(struct edges *edges, const struct ranges *ports)
{
	edges->tests_source_port = true;
	for (size_t i = 0; i < ports->count; i++) {
		const struct range *range = &ports->at[i];

		if (range->first <= ephemeral.last && range->last >= ephemeral.first &&
		    (range->first > ephemeral.first || range->last < ephemeral.last))
			edges->tests_ephemeral = true;
	}
}

static void take_term(struct edges *edges, struct box *box, const struct term *term)
{
	if (term->kind == TERM_ADDRS &&
	    (term->field == FIELD_DESTINATION || term->field == FIELD_SOURCE)) {
		enum axis axis =
			term->field == FIELD_SOURCE ? AXIS_SOURCE : AXIS_DESTINATION;

		for (size_t family = 0; family < FAMILY_COUNT; family++) {
			if (term->addrs.of[family].count)
				box->ranges[axis][family] = &term->addrs.of[family];
		}
	} else if (term->kind == TERM_NUMBERS && term->numbers.count) {
		if (term->field == FIELD_DESTINATION_PORT) {
			box->ranges[AXIS_PORT][FAMILY_IPV4] = &term->numbers;
		} else if (term->field == FIELD_SOURCE_PORT) {
			box->ranges[AXIS_SOURCE_PORT][FAMILY_IPV4] = &term->numbers;
			take_source_ports(edges, &term->numbers);
		} else if (term->field == FIELD_PROTOCOL) {
			box->protocols = &term->numbers;
		}
	}
}

static bool takes(const struct box *box, enum protocol protocol)
{
	return !box->protocols || ranges_contain(box->protocols, protocol);
}

/* Rules that test no axis have no edges, those of ICMP and the like no probes. */
static bool is_idle(const struct box *box)
{
	if (!takes(box, PROTOCOL_TCP) && !takes(box, PROTOCOL_UDP))
		return true;
	for (enum axis axis = 0; axis < AXIS_COUNT; axis++) {
		if (box->ranges[axis][FAMILY_IPV4] || box->ranges[axis][FAMILY_IPV6])
			return false;
	}
	return !box->protocols;
}

/* A box for each combination of a rule's choices would be many: each choice gets one, on
 * top of the rule's own terms. */
static void add_boxes(struct edges *edges, struct box base, const struct match *match,
		      unsigned depth)
{
	bool has_choice = false;

	for (size_t i = 0; i < match->count; i++)
		take_term(edges, &base, &match->terms[i]);
	for (size_t i = 0; i < match->count && depth < MAX_CHOICE_DEPTH; i++) {
		const struct term *term = &match->terms[i];

		if (term->kind != TERM_CHOICE)
			continue;
		has_choice = true;
		for (size_t k = 0; k < term->choices.count; k++)
			add_boxes(edges, base, &term->choices.at[k], depth + 1);
	}
	if (!has_choice && !is_idle(&base))
		*arena_push(edges->arena, edges->boxes, edges->box_count,
			    edges->box_capacity) = base;
}

static void add_all_boxes(struct edges *edges, const struct ruleset *rules)
{
	for (size_t c = 0; c < rules->chain_count; c++) {
		const struct chain *chain = &rules->chains[c];

		for (size_t r = 0; r < chain->count; r++)
			add_boxes(edges, (struct box){0}, &chain->rules[r].match, 0);
	}
	/* No edges at all: probes go anywhere. */
	if (!edges->box_count)
		*arena_push(edges->arena, edges->boxes, edges->box_count,
			    edges->box_capacity) = (struct box){0};
}

/* -- candidates ---------------------------------------------------------------- */

static unsigned axis_bits(enum axis axis, enum family family)
{
	return axis == AXIS_DESTINATION || axis == AXIS_SOURCE ? family_bits(family) : 16;
}

static const struct ranges *box_ranges(const struct box *box, enum axis axis,
				       enum family family)
{
	if (axis == AXIS_PORT || axis == AXIS_SOURCE_PORT)
		family = FAMILY_IPV4;
	return box->ranges[axis][family];
}

static bool place(struct edges *edges, const struct range *range, enum position position,
		  unsigned bits, u128 *ret_value)
{
	switch (position) {
	case POSITION_BEFORE:
		*ret_value = range->first - 1;
		return range->first > 0;
	case POSITION_FIRST:
		*ret_value = range->first;
		return true;
	case POSITION_LAST:
		*ret_value = range->last;
		return true;
	case POSITION_BEHIND:
		*ret_value = range->last + 1;
		return range->last < u128_mask(bits);
	case POSITION_INSIDE:
	case POSITION_COUNT:
		*ret_value = random_within(edges, range);
		return true;
	}
	BUG("position %d", (int)position);
}

/* A box of some other rule that tests @axis, or NULL after a few tries. */
static const struct box *other_box(struct edges *edges, enum axis axis,
				   enum family family)
{
	for (unsigned try = 0; try < 8; try++) {
		const struct box *box =
			&edges->boxes[random_below(edges, edges->box_count)];

		if (box_ranges(box, axis, family))
			return box;
	}
	return NULL;
}

/* Where the box does not look: what other rules look at, or anything at all. */
static u128 elsewhere(struct edges *edges, enum axis axis, enum family family)
{
	static const uint16_t ports[] = {22, 53, 80, 123, 443, 3128, 5432, 8080};
	const struct box *box =
		random_below(edges, 4) ? other_box(edges, axis, family) : NULL;
	unsigned bits = axis_bits(axis, family);
	struct range all = {0, u128_mask(bits)};
	u128 value;

	if (box) {
		const struct ranges *ranges = box_ranges(box, axis, family);

		if (place(edges, &ranges->at[random_below(edges, ranges->count)],
			  (enum position)random_below(edges, POSITION_COUNT), bits,
			  &value))
			return value;
	}
	if (axis == AXIS_SOURCE)
		return edges->client[family].value;
	if (axis == AXIS_PORT)
		return ports[random_below(edges, ARRAY_SIZE(ports))];
	if (axis == AXIS_DESTINATION && family == FAMILY_IPV6)
		all = (struct range){(u128)0x2000 << 112, ((u128)0x4000 << 112) - 1};
	return random_within(edges, &all);
}

/* Turn after turn through all places of all ranges; of many ranges, any. */
static bool sweep(struct edges *edges, const struct ranges *ranges, size_t turn,
		  unsigned bits, u128 *ret_value)
{
	size_t index = turn / POSITION_COUNT;

	if (index >= ranges->count)
		index = random_below(edges, ranges->count);
	return place(edges, &ranges->at[index], (enum position)(turn % POSITION_COUNT),
		     bits, ret_value);
}

static bool choose_value(struct edges *edges, const struct box *box, enum axis axis,
			 enum family family, bool swept, u128 *ret_value)
{
	const struct ranges *ranges = box_ranges(box, axis, family);
	unsigned bits = axis_bits(axis, family);

	if (!ranges) {
		*ret_value = elsewhere(edges, axis, family);
		return true;
	}
	if (swept)
		return sweep(edges, ranges, box->turns / TURNS, bits, ret_value);
	return place(edges, &ranges->at[random_below(edges, ranges->count)],
		     random_below(edges, 2) ? POSITION_FIRST : POSITION_INSIDE, bits,
		     ret_value);
}

static enum family choose_family(struct edges *edges, const struct box *box)
{
	for (enum axis axis = AXIS_DESTINATION; axis <= AXIS_SOURCE; axis++) {
		bool v4 = box->ranges[axis][FAMILY_IPV4],
		     v6 = box->ranges[axis][FAMILY_IPV6];

		if (v4 != v6)
			return v4 ? FAMILY_IPV4 : FAMILY_IPV6;
	}
	return random_below(edges, 2) ? FAMILY_IPV4 : FAMILY_IPV6;
}

static unsigned choose_protocol(struct edges *edges, const struct box *box)
{
	bool tcp = takes(box, PROTOCOL_TCP), udp = takes(box, PROTOCOL_UDP);

	if (edges->ack_only)
		return PROTOCOL_TCP;
	if (tcp == udp || !random_below(edges, 8))
		return random_below(edges, 2) ? PROTOCOL_TCP : PROTOCOL_UDP;
	return tcp ? PROTOCOL_TCP : PROTOCOL_UDP;
}

static bool make_candidate(struct edges *edges, struct box *box, struct probe *ret_probe)
{
	static const struct box anything;
	size_t turn = box->turns % TURNS;
	const struct box *from = turn < AXIS_COUNT ? box : &anything;
	enum family family = choose_family(edges, box);
	bool fits = true;

	*ret_probe =
		(struct probe){.family = family, .protocol = choose_protocol(edges, box)};
	for (enum axis axis = 0; axis < AXIS_COUNT; axis++)
		fits = choose_value(edges, from, axis, family, turn == axis,
				    &ret_probe->at[axis]) &&
		       fits;
	if (!edges->tests_ephemeral && !box_ranges(box, AXIS_SOURCE_PORT, family) &&
	    !(edges->tests_source_port && turn == AXIS_COUNT && random_below(edges, 2)))
		ret_probe->at[AXIS_SOURCE_PORT] = 0;
	box->turns++;
	return fits;
}

/* -- verdicts ------------------------------------------------------------------ */

static bool is_avoided(const struct edges *edges, enum family family, u128 value)
{
	return ranges_contain(&edges->avoid.of[family], value);
}

static bool is_source(const struct edges *edges, enum family family, u128 value)
{
	for (size_t i = 0; i < edges->sources.count; i++) {
		if (edges->sources.at[i].family == family &&
		    edges->sources.at[i].value == value)
			return true;
	}
	return false;
}

/* The client has few addresses: past the limit one that it has already stands in. */
static bool settle_source(struct edges *edges, struct probe *probe)
{
	struct addr *taken;

	if (is_source(edges, probe->family, probe->at[AXIS_SOURCE]))
		return true;
	if (edges->sources.count == MAX_SOURCES) {
		taken = &edges->sources.at[random_below(edges, MAX_SOURCES)];
		probe->at[AXIS_SOURCE] = taken->value;
		return taken->family == probe->family;
	}
	if (probe->at[AXIS_SOURCE] != edges->client[probe->family].value &&
	    is_avoided(edges, probe->family, probe->at[AXIS_SOURCE]))
		return false;
	taken = arena_push(edges->arena, edges->sources.at, edges->sources.count,
			   edges->sources.capacity);
	*taken = (struct addr){probe->family, probe->at[AXIS_SOURCE]};
	return true;
}

static struct packet probe_packet(const struct edges *edges, const struct probe *probe)
{
	struct packet packet = {
		.family = probe->family,
		.destination = probe->at[AXIS_DESTINATION],
		.source = probe->at[AXIS_SOURCE],
	};
	u128 port = probe->at[AXIS_SOURCE_PORT];

	packet.number[FIELD_PROTOCOL] = probe->protocol;
	packet.number[FIELD_DESTINATION_PORT] = (uint32_t)probe->at[AXIS_PORT];
	packet.number[FIELD_SOURCE_PORT] = port ? (uint32_t)port : SOME_PORT;
	packet.number[FIELD_STATE] = CT_NEW;
	if (probe->protocol == PROTOCOL_TCP)
		packet.number[FIELD_TCP_FLAGS] = edges->ack_only ? TCP_ACK : TCP_SYN;
	packet.word[FIELD_IN_INTERFACE] = edges->in;
	packet.word[FIELD_OUT_INTERFACE] = edges->out;
	return packet;
}

/* What no rule decides passes: nothing but these rules is loaded. */
static const char *verdict_word(enum verdict verdict)
{
	switch (verdict) {
	case VERDICT_ADMIT:
	case VERDICT_UNDECIDED:
		return "allow";
	case VERDICT_REFUSE:
		return "deny";
	case VERDICT_NONE:
		return NULL;
	}
	BUG("verdict %d", (int)verdict);
}

static bool judge(struct edges *edges, struct probe *probe)
{
	struct packet packet = probe_packet(edges, probe);
	const struct outcome *outcome;
	uint32_t leaf;

	if (!decision_is_leaf(decision_at(edges->diagram, edges->decision, &packet),
			      &leaf)) {
		edges->unknown++;
		return false;
	}
	outcome = decisions_outcome(edges->decisions, leaf);
	probe->verdict = verdict_word(outcome->verdict);
	probe->id = outcome->id;
	return probe->verdict;
}

static bool is_known(const struct edges *edges, const struct probe *probe)
{
	for (size_t i = 0; i < edges->count; i++) {
		const struct probe *other = &edges->probes[i];

		if (other->family == probe->family &&
		    other->protocol == probe->protocol &&
		    !memcmp(other->at, probe->at, sizeof(probe->at)))
			return true;
	}
	return false;
}

static void consider(struct edges *edges, struct probe *probe)
{
	if (is_avoided(edges, probe->family, probe->at[AXIS_DESTINATION]) ||
	    !probe->at[AXIS_PORT] || /* connect() takes no port 0 */
	    (edges->tests_ephemeral && !probe->at[AXIS_SOURCE_PORT]) ||
	    is_known(edges, probe) || !settle_source(edges, probe) ||
	    !judge(edges, probe))
		return;
	*arena_push(edges->arena, edges->probes, edges->count, edges->capacity) = *probe;
}

static void choose(struct edges *edges)
{
	/* Small policies have fewer edges than are wanted: stop looking some day. */
	size_t tries = 20 * edges->wanted;

	for (size_t i = 0; i < tries && edges->count < edges->wanted; i++) {
		struct probe probe;

		if (make_candidate(edges, &edges->boxes[i % edges->box_count], &probe))
			consider(edges, &probe);
	}
}

static void print(const struct edges *edges)
{
	for (size_t i = 0; i < edges->count; i++) {
		const struct probe *probe = &edges->probes[i];
		struct addr from = {probe->family, probe->at[AXIS_SOURCE]};
		struct addr to = {probe->family, probe->at[AXIS_DESTINATION]};
		char source[ADDR_TEXT_MAX], destination[ADDR_TEXT_MAX];

		/* What is the client's own never leaves it. */
		if (is_source(edges, to.family, to.value))
			continue;
		printf("%s %s %u %s %u %s %s\n", protocol_name(probe->protocol),
		       addr_format(&from, source), (unsigned)probe->at[AXIS_SOURCE_PORT],
		       addr_format(&to, destination), (unsigned)probe->at[AXIS_PORT],
		       probe->verdict, probe->id ? probe->id : "-");
	}
}

/* -- the rule set -------------------------------------------------------------- */

static int complain(const struct diag *diag)
{
	const struct diag_message *message;

	for (size_t i = 0; (message = diag_message(diag, i)); i++) {
		const struct diag_source *source =
			diag_get_source(diag, message->at.source);

		if (source)
			fprintf(stderr, "%s:%zu: ", source->name,
				diag_place(source, message->at.begin).line);
		fprintf(stderr, "%s\n", message->text);
	}
	return 1;
}

static void read_text(const char *name, struct strbuf *out)
{
	FILE *file = strcmp(name, "-") ? fopen(name, "r") : stdin;
	char chunk[65536];
	size_t got;

	if (!file)
		endpoint_die(name);
	while ((got = fread(chunk, 1, sizeof(chunk), file)))
		strbuf_add(out, chunk, got);
	if (ferror(file))
		endpoint_die(name);
	fclose(file);
}

static int import(const char *name, const struct strbuf *text, struct arena *arena,
		  struct ruleset **ret_rules, struct diag *diag)
{
	const struct backend *backend = backends_find("nftables");

	if (!backend)
		BUG("no back end for nftables");
	return import_text(backend, name, strbuf_text(text), text->length, arena,
			   ret_rules, diag);
}

static int decide_all(struct edges *edges, const struct ruleset *rules, struct diag *diag)
{
	const struct path *path = edges->path ? ruleset_find_path(rules, edges->path)
				  : rules->path_count ? &rules->paths[0]
						      : NULL;
	struct space *space = space_new(edges->arena);

	if (!path) {
		fprintf(stderr, "the rule set has no such path\n");
		return -1;
	}
	edges->path = path->name;
	space_add_ruleset(space, rules);
	if (space_seal(space)) {
		fprintf(stderr, "too many unknowns\n");
		return -1;
	}
	edges->diagram = diagram_new(space, DIAGRAM_DEFAULT_EDGES);
	edges->decisions = decisions_new(edges->diagram, edges->arena);
	return decide(edges->decisions, rules, path, DECIDE_BY_ID, &edges->decision,
		      diag);
}

static int run(struct edges *edges, const char *name)
{
	CLEANUP(strbuf_release) struct strbuf text = {0};
	struct diag *diag = diag_new(edges->arena);
	uint64_t seed = edges->seed;
	struct ruleset *rules;

	read_text(name, &text);
	if (import(name, &text, edges->arena, &rules, diag) ||
	    decide_all(edges, rules, diag))
		return complain(diag);
	add_all_boxes(edges, rules);
	printf("# seed %llu, path %s\n", (unsigned long long)seed, edges->path);
	choose(edges);
	print(edges);
	if (edges->unknown)
		fprintf(stderr, "%zu candidates depend on unknowns\n", edges->unknown);
	return fflush(stdout) ? 3 : 0;
}

static void avoid(struct edges *edges, const char *text)
{
	struct prefix prefix;

	if (prefix_parse(text, &prefix) != PREFIX_OK) {
		fprintf(stderr, "not a prefix: '%s'\n", text);
		exit(2);
	}
	addr_set_add_prefix(&edges->avoid, &prefix, edges->arena);
}

static void set_client(struct edges *edges, const char *text)
{
	struct addr addr;

	if (!addr_parse(text, &addr)) {
		fprintf(stderr, "not an address: '%s'\n", text);
		exit(2);
	}
	edges->client[addr.family] = addr;
}

int main(int argc, char **argv)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new();
	struct edges edges = {.arena = arena, .seed = 1, .wanted = 500, .in = IFACE_NONE};
	int option, status;

	set_client(&edges, "192.0.2.2");
	set_client(&edges, "2001:db8::2");
	for (size_t i = 0; i < ARRAY_SIZE(never); i++)
		avoid(&edges, never[i]);
	while ((option = getopt(argc, argv, "as:n:p:i:o:c:x:")) != -1) {
		if (option == 'a')
			edges.ack_only = true;
		else if (option == 's')
			edges.seed = endpoint_number_parse(optarg, 0, UINT32_MAX, "-s");
		else if (option == 'n')
			edges.wanted = endpoint_number_parse(optarg, 1, MAX_PROBES, "-n");
		else if (option == 'p')
			edges.path = optarg;
		else if (option == 'i')
			edges.in = optarg;
		else if (option == 'o')
			edges.out = optarg;
		else if (option == 'c')
			set_client(&edges, optarg);
		else if (option == 'x')
			avoid(&edges, optarg);
		else
			return 2;
	}
	addr_set_normalize(&edges.avoid);
	status = run(&edges, optind < argc ? argv[optind] : "-");
	diagram_free(edges.diagram);
	return status;
}
