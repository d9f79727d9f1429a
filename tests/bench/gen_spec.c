/* gen_spec.c - Make a spec of a given size, and the same rule for ferm.
 *
 * usage: gen_spec [-6] COUNT SHAPE FOLDER
 *
 * Writes FOLDER/postern.yaml and what belongs to it.  Shapes:
 *
 *	lock	a name with COUNT addresses in postern.lock (else it has one)
 *	allow	COUNT prefixes, /20 to /32 (-6: /44 to /64), in one "allow:"
 *	groups	COUNT entries of "allow:" with a prefix each: as many rules
 *	clients	COUNT clients with a prefix each
 *
 * Addresses and prefixes are sorted, disjoint and not adjacent, so that nobody can merge
 * any.  FOLDER/ferm.conf is the rule that "lock" and "allow" come to, in ferm's language.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "rules/addr.h"
#include "rules/base/arena.h"

#define MAX_COUNT 1000000u

enum shape {
	SHAPE_LOCK,
	SHAPE_ALLOW,
	SHAPE_GROUPS,
	SHAPE_CLIENTS,
};

static const char *const shapes[] = {"lock", "allow", "groups", "clients"};

struct prefixes {
	struct prefix *at;
	size_t count, capacity;
};

/* splitmix64: every seed is a good one. */
static uint64_t random_bits(uint64_t *seed)
{
	uint64_t z = *seed += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return z ^ (z >> 31);
}

/* From 20.0.0.0 or 2603:: on, where no block is special for a long way. */
static struct prefixes make_prefixes(enum family family, enum shape shape, size_t count,
				     struct arena *arena)
{
	unsigned bits = family_bits(family), widest = family == FAMILY_IPV4 ? 12 : 84;
	unsigned narrowest = family == FAMILY_IPV4 ? 0 : 64;
	u128 next = family == FAMILY_IPV4 ? (u128)20 << 24 : (u128)0x2603 << 112;
	struct prefixes prefixes = {0};
	uint64_t seed = 1;

	for (size_t i = 0; i < count; i++) {
		unsigned host = narrowest +
				(unsigned)(random_bits(&seed) % (widest - narrowest + 1));
		u128 gap = (u128)(1 + random_bits(&seed) % 1000) << narrowest;
		struct prefix *prefix =
			arena_push(arena, prefixes.at, prefixes.count, prefixes.capacity);

		if (shape == SHAPE_LOCK)
			host = 0;
		*prefix = (struct prefix){family, (uint8_t)(bits - host), 0};
		prefix->base = (next + gap + u128_mask(host)) & ~u128_mask(host);
		next = prefix->base + u128_mask(host) + 1;
	}
	return prefixes;
}

static FILE *create(const char *folder, const char *name, struct arena *arena)
{
	const char *path = arena_printf(arena, "%s/%s", folder, name);
	FILE *file = fopen(path, "w");

	if (!file) {
		perror(path);
		exit(3);
	}
	return file;
}

static void finish(FILE *file)
{
	if (ferror(file) || fclose(file)) {
		perror("gen_spec");
		exit(3);
	}
}

static void put_list(FILE *file, const struct prefixes *prefixes, const char *before,
		     const char *between)
{
	char text[ADDR_TEXT_MAX];

	for (size_t i = 0; i < prefixes->count; i++)
		fprintf(file, "%s%s%s", i ? between : "", before,
			prefix_format(&prefixes->at[i], text));
}

static const char *client_addresses(enum family family)
{
	return family == FAMILY_IPV4 ? "10.240.0.0/16" : "fd00:f0::/48";
}

static void put_groups(FILE *file, const struct prefixes *prefixes)
{
	char text[ADDR_TEXT_MAX];

	fprintf(file, "    allow:\n");
	for (size_t i = 0; i < prefixes->count; i++)
		fprintf(file, "      - {to: \"%s\", protocol: tcp, ports: [%zu]}\n",
			prefix_format(&prefixes->at[i], text), 1024 + i % 60000);
}

static void put_clients(FILE *file, enum family family, const struct prefixes *prefixes)
{
	char text[ADDR_TEXT_MAX];

	for (size_t i = 0; i < prefixes->count; i++)
		fprintf(file,
			"  - {name: client-%zu, addresses: [\"%s\"], families: [%s], "
			"operations: [push]}\n",
			i, prefix_format(&prefixes->at[i], text), family_name(family));
}

static void put_client(FILE *file, enum family family, enum shape shape,
		       const struct prefixes *prefixes)
{
	fprintf(file,
		"  - name: nodes\n    addresses: [\"%s\"]\n    families: [%s]\n"
		"    operations: [push]\n",
		client_addresses(family), family_name(family));
	if (shape == SHAPE_GROUPS)
		put_groups(file, prefixes);
	if (shape == SHAPE_ALLOW) {
		fprintf(file, "    allow:\n      - protocol: tcp\n        ports: [443]\n"
			      "        to:\n");
		put_list(file, prefixes, "          - ", "\n");
		fputc('\n', file);
	}
}

static void put_spec(FILE *file, enum family family, enum shape shape,
		     const struct prefixes *prefixes)
{
	fprintf(file, "version: 1\n\n"
		      "registries:\n"
		      "  - {name: contoso, region: westeurope, mode: public,\n"
		      "     data_endpoints: dedicated, ip_family: dual}\n\n"
		      "clients:\n");
	if (shape == SHAPE_CLIENTS)
		put_clients(file, family, prefixes);
	else
		put_client(file, family, shape, prefixes);
	fprintf(file,
		"\negress: {default: deny}\n\n"
		"outputs:\n  - {backend: nftables, name: gateway, hook: forward}\n");
	finish(file);
}

static void put_lock(FILE *file, enum family family, const struct prefixes *prefixes)
{
	char text[ADDR_TEXT_MAX];

	fprintf(file,
		"{\n  \"version\": 1,\n  \"views\": {\n    \"public\": {\n"
		"      \"server\": \"10.0.1.4:53\",\n      \"names\": {\n"
		"        \"contoso.azurecr.io\": {\n          \"rcode\": \"NOERROR\",\n"
		"          \"chain\": [],\n          \"%s\": [\n",
		family == FAMILY_IPV4 ? "A" : "AAAA");
	for (size_t i = 0; i < prefixes->count; i++)
		fprintf(file, "            \"%s\"%s\n",
			prefix_format(&prefixes->at[i], text),
			i + 1 < prefixes->count ? "," : "");
	fprintf(file, "          ]\n        }\n      }\n    }\n  }\n}\n");
	finish(file);
}

static void put_ferm(FILE *file, enum family family, const struct prefixes *prefixes)
{
	fprintf(file,
		"domain %s table filter chain FORWARD {\n"
		"    mod state state (ESTABLISHED RELATED) ACCEPT;\n"
		"    saddr %s proto tcp dport 443 daddr (\n",
		family == FAMILY_IPV4 ? "ip" : "ip6", client_addresses(family));
	put_list(file, prefixes, "        ", "\n");
	fprintf(file, "\n    ) ACCEPT;\n    saddr %s REJECT;\n}\n",
		client_addresses(family));
	finish(file);
}

int main(int argc, char **argv)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new();
	enum family family = FAMILY_IPV4;
	struct prefixes prefixes, one;
	unsigned long count;
	size_t shape = 0;
	int option;

	while ((option = getopt(argc, argv, "6")) != -1) {
		if (option != '6')
			return 2;
		family = FAMILY_IPV6;
	}
	argv += optind;
	while (argc - optind == 3 && shape < ARRAY_SIZE(shapes) &&
	       strcmp(argv[1], shapes[shape]) != 0)
		shape++;
	if (argc - optind != 3 || shape == ARRAY_SIZE(shapes) ||
	    !(count = strtoul(argv[0], NULL, 10)) || count > MAX_COUNT) {
		fprintf(stderr,
			"usage: gen_spec [-6] COUNT lock|allow|groups|clients FOLDER\n");
		return 2;
	}
	if (mkdir(argv[2], 0777) && access(argv[2], W_OK)) {
		perror(argv[2]);
		return 3;
	}
	prefixes = make_prefixes(family, (enum shape)shape, count, arena);
	one = make_prefixes(family, SHAPE_LOCK, 1, arena);
	put_spec(create(argv[2], "postern.yaml", arena), family, (enum shape)shape,
		 &prefixes);
	put_lock(create(argv[2], "postern.lock", arena), family,
		 shape == SHAPE_LOCK ? &prefixes : &one);
	put_ferm(create(argv[2], "ferm.conf", arena), family, &prefixes);
	return 0;
}
