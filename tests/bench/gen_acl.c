/* gen_acl.c - Make random first-match policies, and what they are to be compared with.
 *
 * usage: gen_acl [-s SEED] COUNT SHAPE BASE
 *
 *	BASE.a	COUNT rules and a last one that denies everything
 *	BASE.b	says the same otherwise: rules split in two, neighbours of one action
 *		swapped, rules added where earlier ones decide all their packets
 *	BASE.c	BASE.b with one rule changed, so that some packet is treated otherwise
 *
 * each in the simple form of tests/lib/acl.h, and as BASE.a.rules … in the canonical text
 * of rules/ruleset_text.h.  Shapes:
 *
 *	general	random prefixes on both sides, permit and deny mixed
 *	egress	few sources, random destinations, nearly all permit: the kind we write
 *	zen	both sides /24 to /32, any protocol and port, as Zen's AclBench has them
 *	adverse	random wide ranges on three axes: the worst for interval diagrams
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "rules/base/arena.h"
#include "rules/base/strbuf.h"
#include "rules/field.h"
#include "rules/ruleset_text.h"
#include "tests/lib/acl.h"

#define MAX_RULES 2000000u

struct generator {
	uint64_t seed;
	struct arena *arena;
	uint32_t *pool; /* addresses that rules of shape "general" have in common */
	size_t pool_count;
};

/* splitmix64: every seed is a good one. */
static uint64_t random_bits(struct generator *generator)
{
	uint64_t z = generator->seed += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return z ^ (z >> 31);
}

static uint32_t below(struct generator *generator, uint64_t bound)
{
	return (uint32_t)(random_bits(generator) % bound);
}

static bool in_percent(struct generator *generator, unsigned percent)
{
	return below(generator, 100) < percent;
}

static struct acl_range any(enum acl_axis axis)
{
	return (struct acl_range){0, acl_axis_max(axis)};
}

static struct acl_range prefix(uint32_t address, unsigned length)
{
	uint32_t host = length ? (uint32_t)(UINT32_MAX >> 1 >> (length - 1)) : UINT32_MAX;

	return (struct acl_range){address & ~host, address | host};
}

static struct acl_range wide(struct generator *generator, enum acl_axis axis)
{
	uint32_t a = below(generator, (uint64_t)acl_axis_max(axis) + 1);
	uint32_t b = below(generator, (uint64_t)acl_axis_max(axis) + 1);

	return a < b ? (struct acl_range){a, b} : (struct acl_range){b, a};
}

static uint32_t any_protocol(struct generator *generator)
{
	static const uint32_t protocols[] = {PROTOCOL_TCP, PROTOCOL_TCP, PROTOCOL_TCP,
					     PROTOCOL_UDP, 0};

	return protocols[below(generator, ARRAY_SIZE(protocols))];
}

static struct acl_range any_port(struct generator *generator)
{
	static const uint16_t known[] = {22, 53, 80, 443, 443, 443, 5000, 8080};
	unsigned kind = below(generator, 10);
	uint32_t first, last;

	if (kind < 2)
		return any(ACL_DESTINATION_PORT);
	if (kind < 8) {
		first = known[below(generator, ARRAY_SIZE(known))];
		return (struct acl_range){first, first};
	}
	first = below(generator, 65000);
	last = first + 1 + below(generator, 1999);
	return (struct acl_range){first, last < UINT16_MAX ? last : UINT16_MAX};
}

static struct acl_range pooled(struct generator *generator)
{
	static const uint8_t lengths[] = {8, 12, 16, 20, 24, 24, 28, 32};
	uint32_t address = generator->pool[below(generator, generator->pool_count)];

	return prefix(address, lengths[below(generator, ARRAY_SIZE(lengths))]);
}

static void make_general(struct generator *generator, struct acl_rule *rule)
{
	bool any_source = in_percent(generator, 20);

	rule->permit = in_percent(generator, 60);
	rule->protocol = any_protocol(generator);
	rule->at[ACL_SOURCE] = any_source ? any(ACL_SOURCE) : pooled(generator);
	rule->at[ACL_DESTINATION] = !any_source && in_percent(generator, 10)
					    ? any(ACL_DESTINATION)
					    : pooled(generator);
	rule->at[ACL_DESTINATION_PORT] = any_port(generator);
}

static void make_egress(struct generator *generator, struct acl_rule *rule)
{
	static const uint8_t lengths[] = {16, 20, 22, 24, 24, 26, 28, 30, 32, 32};
	uint32_t spoke = UINT32_C(10) << 24 | below(generator, 8) << 16;

	rule->permit = in_percent(generator, 95);
	rule->protocol = any_protocol(generator);
	rule->at[ACL_SOURCE] =
		in_percent(generator, 30) ? any(ACL_SOURCE) : prefix(spoke, 16);
	rule->at[ACL_DESTINATION] =
		prefix((uint32_t)random_bits(generator),
		       lengths[below(generator, ARRAY_SIZE(lengths))]);
	rule->at[ACL_DESTINATION_PORT] = any_port(generator);
}

static void make_zen(struct generator *generator, struct acl_rule *rule)
{
	rule->permit = in_percent(generator, 50);
	for (enum acl_axis axis = ACL_SOURCE; axis <= ACL_DESTINATION; axis++)
		rule->at[axis] = prefix((uint32_t)random_bits(generator),
					24 + below(generator, 9));
}

static void make_adverse(struct generator *generator, struct acl_rule *rule)
{
	rule->permit = in_percent(generator, 50);
	rule->at[ACL_SOURCE] = wide(generator, ACL_SOURCE);
	rule->at[ACL_DESTINATION] = wide(generator, ACL_DESTINATION);
	rule->at[ACL_DESTINATION_PORT] = wide(generator, ACL_DESTINATION_PORT);
}

static const struct shape {
	const char *name;
	void (*make)(struct generator *generator, struct acl_rule *rule);
} shapes[] = {
	{"general", make_general},
	{"egress", make_egress},
	{"zen", make_zen},
	{"adverse", make_adverse},
};

static struct acl_rule blank(void)
{
	struct acl_rule rule = {0};

	for (enum acl_axis axis = 0; axis < ACL_AXES; axis++)
		rule.at[axis] = any(axis);
	return rule;
}

static struct acl make(struct generator *generator, const struct shape *shape,
		       size_t count)
{
	struct acl_rule rule = blank();
	struct acl acl = {0};

	generator->pool_count = count / 4 < 8 ? 8 : count / 4;
	generator->pool = arena_array(generator->arena, generator->pool_count, uint32_t);
	for (size_t i = 0; i < generator->pool_count; i++)
		generator->pool[i] = (uint32_t)random_bits(generator);
	for (size_t i = 0; i < count; i++) {
		rule = blank();
		shape->make(generator, &rule);
		acl_add(&acl, &rule, generator->arena);
	}
	rule = blank();
	acl_add(&acl, &rule, generator->arena);
	return acl;
}

static void add_split(struct acl *acl, struct acl_rule rule, struct arena *arena)
{
	struct acl_range whole = rule.at[ACL_DESTINATION];
	uint32_t middle = whole.first + (whole.last - whole.first) / 2;

	rule.at[ACL_DESTINATION].last = middle;
	acl_add(acl, &rule, arena);
	rule.at[ACL_DESTINATION] = (struct acl_range){middle + 1, whole.last};
	acl_add(acl, &rule, arena);
}

/* Two neighbours of one action can always change places. */
static void swap_neighbours(struct generator *generator, struct acl *acl)
{
	for (size_t i = 0; i + 1 < acl->count; i++) {
		struct acl_rule rule = acl->rules[i];

		if (rule.permit != acl->rules[i + 1].permit || below(generator, 2))
			continue;
		acl->rules[i] = acl->rules[i + 1];
		acl->rules[++i] = rule;
	}
}

static struct acl say_otherwise(struct generator *generator, const struct acl *acl)
{
	struct acl other = {0};

	for (size_t i = 0; i < acl->count; i++) {
		const struct acl_rule *rule = &acl->rules[i];

		if (i % 3 == 0 &&
		    rule->at[ACL_DESTINATION].first < rule->at[ACL_DESTINATION].last)
			add_split(&other, *rule, generator->arena);
		else
			acl_add(&other, rule, generator->arena);
		if (i % 10 == 9) {
			struct acl_rule dead = acl->rules[below(generator, i + 1)];

			dead.permit = !dead.permit;
			acl_add(&other, &dead, generator->arena);
		}
	}
	swap_neighbours(generator, &other);
	return other;
}

static struct acl_packet packet_in(struct generator *generator,
				   const struct acl_rule *rule)
{
	struct acl_packet packet = {
		.protocol = rule->protocol ? rule->protocol : PROTOCOL_TCP,
	};

	for (enum acl_axis axis = 0; axis < ACL_AXES; axis++) {
		struct acl_range range = rule->at[axis];

		packet.at[axis] = range.first + below(generator, (uint64_t)range.last -
									 range.first + 1);
	}
	return packet;
}

/* The smallest mistake: a port range one wider, or where there is none another action. */
static struct acl_packet change(struct generator *generator, struct acl_rule *rule)
{
	struct acl_range *ports = &rule->at[ACL_DESTINATION_PORT];
	struct acl_packet packet = packet_in(generator, rule);

	if (ports->first > 0)
		packet.at[ACL_DESTINATION_PORT] = --ports->first;
	else
		rule->permit = !rule->permit;
	return packet;
}

/* Changes the first rule from the middle on that shows: later ones may be covered. */
static bool spoil(struct generator *generator, const struct acl *acl,
		  struct acl *ret_spoilt)
{
	struct acl other = {0};

	for (size_t i = 0; i < acl->count; i++)
		acl_add(&other, &acl->rules[i], generator->arena);
	for (size_t i = 0; i < other.count; i++) {
		struct acl_rule *rule = &other.rules[(other.count / 2 + i) % other.count];
		struct acl_rule before = *rule;
		struct acl_packet packet = change(generator, rule);

		if (acl_permits(acl, &packet) != acl_permits(&other, &packet)) {
			*ret_spoilt = other;
			return true;
		}
		*rule = before;
	}
	return false;
}

static FILE *create(const char *base, const char *ending, struct arena *arena)
{
	const char *path = arena_printf(arena, "%s.%s", base, ending);
	FILE *file = fopen(path, "w");

	if (!file) {
		perror(path);
		exit(3);
	}
	return file;
}

static void write_both(const struct acl *acl, const char *base, const char *letter,
		       struct arena *arena)
{
	CLEANUP(strbuf_release) struct strbuf text = {0};
	FILE *simple = create(base, letter, arena);
	FILE *rules = create(base, arena_printf(arena, "%s.rules", letter), arena);

	ruleset_print(acl_ruleset(acl, arena), &text);
	fputs(strbuf_text(&text), rules);
	if (acl_write(acl, simple) || fclose(simple) || fclose(rules)) {
		perror(base);
		exit(3);
	}
}

static const struct shape *find_shape(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(shapes); i++) {
		if (!strcmp(shapes[i].name, name))
			return &shapes[i];
	}
	return NULL;
}

int main(int argc, char **argv)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new();
	struct generator generator = {.arena = arena, .seed = 1};
	const struct shape *shape;
	struct acl a, b, c;
	unsigned long count;
	int option;

	while ((option = getopt(argc, argv, "s:")) != -1) {
		if (option != 's')
			return 2;
		generator.seed = strtoull(optarg, NULL, 10);
	}
	argv += optind;
	if (argc - optind != 3 || !(shape = find_shape(argv[1])) ||
	    !(count = strtoul(argv[0], NULL, 10)) || count > MAX_RULES) {
		fprintf(stderr,
			"usage: gen_acl [-s SEED] COUNT general|egress|zen|adverse "
			"BASE\n");
		return 2;
	}
	a = make(&generator, shape, count);
	b = say_otherwise(&generator, &a);
	if (!spoil(&generator, &b, &c)) {
		fprintf(stderr, "no change of one rule shows\n");
		return 1;
	}
	write_both(&a, argv[2], "a", arena);
	write_both(&b, argv[2], "b", arena);
	write_both(&c, argv[2], "c", arena);
	return 0;
}
