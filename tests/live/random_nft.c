/* random_nft.c - A rule set for nft by chance, for tests/live/nft_fuzz.
 *
 * usage: random_nft SEED
 *
 * Equal seeds give equal texts.  Values come from small pools, so that rules meet each
 * other and the probes of tests/live/edges; replies pass each base chain, so that a probe
 * that fails was refused on its way out.  nft takes most of the texts, not all of them.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rules/base/attr.h"

#define MAX_TABLES 3u
#define MAX_CHAINS 6u /* of a table; a chain jumps to later ones only: no loops */

enum family { IP, IP6, INET };

enum kind { KIND_ADDRESS, KIND_PORT, KIND_PAIR, KIND_COUNT };

/**
 * struct table - What rules of a table may name
 * @first_plain:	chains from here on have no hook
 */
struct table {
	enum family family;
	unsigned number;
	unsigned chains, first_plain;
	bool has_set[KIND_COUNT], has_map[KIND_COUNT];
};

/* struct rule - What the matches of one rule agree on; nft refuses contradictions */
struct rule {
	const struct table *table;
	unsigned chain;
	bool v6;
	const char *protocol;
	bool final;
};

/* SplitMix64 (Sebastiano Vigna, public domain algorithm, prng.di.unimi.it). */
static uint64_t chance;

static unsigned below(unsigned limit)
{
	uint64_t z = chance += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return (unsigned)((z ^ z >> 31) % limit);
}

static bool percent(unsigned part)
{
	return below(100) < part;
}

#define ONE_OF(words) words[below(ARRAY_SIZE(words))]

static PRINTF_LIKE(1, 2) void put(const char *format, ...)
{
	va_list list;

	va_start(list, format);
	vprintf(format, list);
	va_end(list);
}

/* -- values ---------------------------------------------------------------------- */

/* Sources are the client's own: 10.2.0.0/16 and fd02::/32 (nft_fuzz routes them). */
static void put_one_address(bool source, bool v6)
{
	if (v6)
		put(source ? "fd02:0:%x::%x" : "2001:db8:%x::%x", below(3), below(9));
	else
		put(source ? "10.2.%u.%u" : "172.20.%u.%u", below(3), below(9));
}

/* One address, a prefix (host bits and all) or a range */
static void put_address(bool source, bool v6, bool interval)
{
	unsigned from = below(9);

	switch (interval ? below(3) : 0) {
	case 0:
		put_one_address(source, v6);
		break;
	case 1:
		put_one_address(source, v6);
		put("/%u", v6 ? 30 + below(99) : 14 + below(19));
		break;
	default:
		put(v6 ? (source ? "fd02:0:1::%x-fd02:0:1::%x"
				 : "2001:db8:1::%x-2001:db8:1::%x")
		       : (source ? "10.2.1.%u-10.2.1.%u" : "172.20.1.%u-172.20.1.%u"),
		    from, from + 1 + below(9 - from % 9));
	}
}

static void put_port(bool interval)
{
	static const char *const words[] = {"https",	"domain", "http",  "443",
					    "53",	"80",	  "0x1bb", "0673",
					    "65535",	"1",	  "442",   "444",
					    "\"http\"", "00",	  "8080"};
	unsigned from = 440 + below(9);

	if (interval && percent(40))
		put("%u-%u", from, from + 1 + below(100));
	else
		put("%s", ONE_OF(words));
}

static void put_key(enum kind kind, bool v6, bool interval)
{
	if (kind != KIND_PORT)
		put_address(false, v6, interval);
	if (kind == KIND_PAIR)
		put(" . ");
	if (kind != KIND_ADDRESS)
		put_port(interval && kind == KIND_PORT);
}

/* Key @index of a map: nft refuses a key with two verdicts. */
static void put_map_key(enum kind kind, bool v6, unsigned index)
{
	static const char *const ports[] = {"443", "domain", "80", "0674", "0x1bd", "1"};
	static const char *const ranges[] = {"440-443", "53-70",   "80-90",
					     "444",	"445-500", "1"};

	if (percent(4)) {
		put_key(kind, v6, false);
		return;
	}
	if (kind != KIND_PORT && percent(80))
		put(v6 ? "2001:db8:%x::%x" : "172.20.%u.%u", index, below(9));
	else if (kind != KIND_PORT)
		put(v6 ? "2001:db8:%x::5-2001:db8:%x::8" : "172.20.%u.0-172.20.%u.4",
		    index, index);
	if (kind == KIND_PAIR)
		put(" . ");
	if (kind != KIND_ADDRESS)
		put("%s", percent(80) ? ports[index % ARRAY_SIZE(ports)]
				      : ranges[index % ARRAY_SIZE(ranges)]);
}

static const char *type_of(enum kind kind, bool v6)
{
	switch (kind) {
	case KIND_ADDRESS:
		return v6 ? "ipv6_addr" : "ipv4_addr";
	case KIND_PORT:
		return "inet_service";
	case KIND_PAIR:
		return v6 ? "ipv6_addr . inet_service" : "ipv4_addr . inet_service";
	case KIND_COUNT:
		break;
	}
	BUG("kind %d", (int)kind);
}

/* The family of the addresses in a table's sets. */
static bool set_v6(const struct table *table)
{
	return table->family == IP6 || (table->family == INET && table->number % 2);
}

/* -- verdicts -------------------------------------------------------------------- */

static void put_jump(const struct rule *rule)
{
	unsigned first = rule->chain + 1 > rule->table->first_plain
				 ? rule->chain + 1
				 : rule->table->first_plain;

	if (first < rule->table->chains)
		put("%s c%u", percent(70) ? "jump" : "goto",
		    first + below(rule->table->chains - first));
	else
		put("return");
}

static void put_map_verdict(const struct rule *rule)
{
	static const char *const words[] = {"accept", "drop",	"accept",
					    "drop",   "return", "continue"};

	if (percent(30))
		put_jump(rule);
	else
		put("%s", ONE_OF(words));
}

static void put_verdict(const struct rule *rule)
{
	if (percent(25)) {
		put_jump(rule);
	} else if (percent(10) && rule->protocol && strcmp(rule->protocol, "tcp") == 0) {
		put("reject with tcp reset");
	} else if (percent(20)) {
		static const char *const words[] = {"return", "continue", "reject",
						    "counter drop",
						    "log prefix \"x\" drop"};

		put("%s", ONE_OF(words));
	} else {
		put(percent(50) ? "accept" : "drop");
	}
}

/* -- matches --------------------------------------------------------------------- */

/* Overlapping concatenations do not load, so those of a set have other addresses each. */
static void put_pairs(const struct rule *rule)
{
	unsigned count = 1 + below(4);

	put("{ ");
	for (unsigned i = 0; i < count; i++) {
		put(i ? ", " : "");
		put_map_key(KIND_PAIR, rule->v6, i);
	}
	put(" } ");
}

static void put_set(void (*element)(const struct rule *), const struct rule *rule)
{
	unsigned count = 1 + below(4);

	put("{ ");
	for (unsigned i = 0; i < count; i++) {
		put(i ? ", " : "");
		element(rule);
	}
	put(" } ");
}

static void element_source(const struct rule *rule)
{
	put_address(true, rule->v6, true);
}

static void element_destination(const struct rule *rule)
{
	put_address(false, rule->v6, true);
}

static void element_port(const struct rule *rule)
{
	(void)rule;
	put_port(true);
}

static void match_address(struct rule *rule)
{
	bool source = percent(35);

	put("%s %s %s", rule->v6 ? "ip6" : "ip", source ? "saddr" : "daddr",
	    percent(25)	  ? "!= "
	    : percent(10) ? "== "
			  : "");
	if (percent(30))
		put_set(source ? element_source : element_destination, rule);
	else if (percent(30) && !source && rule->table->has_set[KIND_ADDRESS] &&
		 rule->v6 == set_v6(rule->table))
		put("@s%d ", KIND_ADDRESS);
	else
		put_address(source, rule->v6, true), put(" ");
}

/* A value outside of its mask is never found, and nft lists such a test as another one.
 */
static void match_mask(struct rule *rule)
{
	unsigned mask = below(16);

	if (rule->v6)
		put("ip6 daddr & ffff:ffff:ffff::f %s 2001:db8:1::%x ",
		    percent(50) ? "==" : "!=", below(3));
	else
		put("ip daddr & 255.255.255.%u %s 172.20.1.%u ", mask,
		    percent(50) ? "==" : "!=", below(9) & mask);
}

/* ">" is left out: nft lists "< 5" and "> 7" of one rule as "!= 5-7". */
static void match_port(struct rule *rule)
{
	static const char *const operators[] = {"", "", "", "!= ", "== ", "< ", "<= "};
	const char *operator= ONE_OF(operators);
	bool order = strchr("<>", *operator) && *operator;

	if (!rule->protocol && percent(50))
		rule->protocol = percent(60) ? "tcp" : "udp";
	if (!rule->protocol) {
		if (percent(60))
			put("meta l4proto { tcp, udp } ");
		rule->protocol = "th";
	}
	put("%s %s %s", rule->protocol, percent(90) ? "dport" : "sport", operator);
	if (order)
		put("%u ", 440 + below(9));
	else if (percent(30))
		put_set(element_port, rule);
	else if (percent(30) && rule->table->has_set[KIND_PORT])
		put("@s%d ", KIND_PORT);
	else
		put_port(true), put(" ");
}

static void match_pair(struct rule *rule)
{
	if (!rule->protocol)
		rule->protocol = percent(60) ? "tcp" : "udp";
	put("%s daddr . %s dport %s", rule->v6 ? "ip6" : "ip", rule->protocol,
	    percent(25) ? "!= " : "");
	if (rule->table->has_set[KIND_PAIR] && rule->v6 == set_v6(rule->table) &&
	    percent(60))
		put("@s%d ", KIND_PAIR);
	else
		put_pairs(rule);
}

static void match_protocol(struct rule *rule)
{
	static const char *const words[] =
		{"tcp ",	  "udp ", "{ tcp, udp } ",    "!= udp ",
		 "{ icmp, 17 } ", "6 ",	  "!= { tcp, icmp } "};
	unsigned word = below(ARRAY_SIZE(words));

	if (rule->protocol)
		return;
	rule->protocol = word < 2 || word == 5 ? word == 1 ? "udp" : "tcp" : "th";
	if (percent(20)) {
		rule->protocol = "th";
		put(percent(50)
			    ? "meta l4proto . th dport { tcp . 443, udp . 53, 6 . 80 } "
			    : "iifname . meta l4proto { \"g0\" . tcp, \"g1\" . udp } ");
		return;
	}
	put("%s %s",
	    percent(60) ? "meta l4proto"
	    : rule->v6	? "ip6 nexthdr"
			: "ip protocol",
	    words[word]);
}

/* Whole matches, each true or false of a probe: a new flow with mark 0. */
static void match_word(struct rule *rule)
{
	static const char *const words[] = {
		"iifname \"g0\" ",
		"iifname \"g*\" ",
		"iifname != \"g1\" ",
		"oifname \"g1\" ",
		"oifname != \"g*\" ",
		"iif g0 ",
		"oif != g0 ",
		"iifname { g0, \"x*\" } ",
		"ct state new ",
		"ct state { new, established } ",
		"ct state != new ",
		"ct state new,established ",
		"ct state != related ",
		"ct state ! established ",
		"ct state & (new | related) != 0 ",
		"ct state invalid,untracked ",
		"meta mark 0x1 ",
		"meta mark != 0x1 ",
		"meta mark & 0x3 == 0x1 ",
		"meta mark & 0x3 != 0x2 ",
		"meta mark { 0, 2-5 } ",
		"mark 02 ",
		"meta mark < 2 ",
		"meta mark and 0x6 == 0 ",
		"meta protocol { ip, ip6 } ",
		"counter ",
		"log prefix \"a b\" ",
		"iifname . oifname { \"g0\" . \"g1\" } ",
		/* from here on only in family inet */
		"meta nfproto ipv4 ",
		"meta nfproto != ipv6 ",
		"meta nfproto { ipv6 } ",
	};
	unsigned words_here = ARRAY_SIZE(words) - (rule->table->family == INET ? 0 : 3);
	/* these depend on unknowns: few, or nothing is left to compare */
	static const char *const unknowns[] = {
		"limit rate 400/second ",
		"meta length > 10 ",
		"meta skuid 0 ",
		"meta skuid != 0 ",
		"ct mark 0 ",
		"ct mark != 0 ",
		"fib daddr type unicast ",
		"@th,16,16 443 ",
		"quota over 1000 mbytes ",
		"numgen inc mod 2 0 ",
		"tcp option maxseg size != 0 ",
		"ct mark set 1 ",
		"ct direction original ",
		"ct status & snat != snat ",
	};

	put("%s", percent(92) ? words[below(words_here)] : ONE_OF(unknowns));
}

static void match_flags(struct rule *rule)
{
	static const char *const words[] = {
		"syn ",
		"!= syn ",
		"== syn ",
		"& (fin | syn | rst | ack) == syn ",
		"& (syn | ack) != syn ",
		"syn / syn,ack ",
		"{ syn, syn | ack } ",
		"! ack ",
		"ack,syn ",
		"!= { ack, syn } ",
		"& ack == 0 ",
	};

	if (rule->protocol && strcmp(rule->protocol, "tcp") != 0)
		return;
	rule->protocol = "tcp";
	put("tcp flags %s", ONE_OF(words));
}

static void match_map(struct rule *rule)
{
	bool pair = percent(40), named;
	enum kind kind = pair ? KIND_PAIR : percent(50) ? KIND_PORT : KIND_ADDRESS;
	unsigned count = 1 + below(4);

	if (kind != KIND_ADDRESS && !rule->protocol)
		rule->protocol = percent(60) ? "tcp" : "udp";
	if (kind != KIND_PORT)
		put("%s daddr %s", rule->v6 ? "ip6" : "ip", pair ? ". " : "");
	if (kind != KIND_ADDRESS)
		put("%s dport ", rule->protocol);
	named = rule->table->has_map[kind] &&
		(kind == KIND_PORT || rule->v6 == set_v6(rule->table));
	put("vmap ");
	rule->final = true;
	if (named && percent(60)) {
		put("@m%d", kind);
		return;
	}
	put("{ ");
	for (unsigned i = 0; i < count; i++) {
		put(i ? ", " : "");
		put_map_key(kind, rule->v6, i);
		put(" : ");
		put_map_verdict(rule);
	}
	put(" }");
}

static void put_rule(const struct table *table, unsigned chain)
{
	static void (*const matches[])(struct rule *) = {
		match_address, match_address,  match_port, match_port,	match_pair,
		match_mask,    match_protocol, match_word, match_flags,
	};
	struct rule rule = {.table = table, .chain = chain};
	unsigned count = below(4);

	rule.v6 = table->family == IP6 || (table->family == INET && percent(50));
	if (percent(10))
		put("meta mark set %u ", below(4));
	for (unsigned i = 0; i < count; i++)
		ONE_OF(matches)(&rule);
	if (percent(12))
		match_map(&rule);
	if (!rule.final && percent(8))
		put("meta mark set %s", percent(50) ? "1" : "0x2"), rule.final = true;
	if (!rule.final)
		put_verdict(&rule);
	put("%s\n", percent(10) ? " comment \"a # b; {\"" : "");
}

/* -- tables ---------------------------------------------------------------------- */

static void put_sets(struct table *table)
{
	for (enum kind kind = 0; kind < KIND_COUNT; kind++) {
		bool v6 = set_v6(table);
		bool interval = kind == KIND_PAIR || percent(50);
		unsigned count = below(5);

		table->has_set[kind] = percent(60);
		if (!table->has_set[kind])
			continue;
		put("\tset s%d {\n\t\ttype %s\n", kind, type_of(kind, v6));
		if (interval)
			put("\t\tflags interval\n%s",
			    percent(90) && kind != KIND_PAIR ? "\t\tauto-merge\n" : "");
		for (unsigned i = 0; i < count; i++) {
			put(i ? ", " : "\t\telements = { ");
			if (kind == KIND_PAIR)
				put_map_key(kind, v6, i);
			else
				put_key(kind, v6, interval);
		}
		put("%s\t}\n", count ? " }\n" : "");
	}
}

static void put_maps(struct table *table)
{
	for (enum kind kind = 0; kind < KIND_COUNT; kind++) {
		bool v6 = set_v6(table), interval = percent(97);
		struct rule rule = {.table = table, .chain = table->first_plain};
		unsigned count = below(5);

		table->has_map[kind] = percent(40);
		if (!table->has_map[kind])
			continue;
		put("\tmap m%d {\n\t\ttype %s : verdict\n%s", kind, type_of(kind, v6),
		    interval ? "\t\tflags interval\n" : "");
		/* a jump out of a map may go to the last chain, which jumps nowhere */
		rule.chain = table->chains - 2;
		for (unsigned i = 0; i < count; i++) {
			put(i ? ", " : "\t\telements = { ");
			put_map_key(kind, v6, i);
			put(" : ");
			put_map_verdict(&rule);
		}
		put("%s\t}\n", count ? " }\n" : "");
	}
}

static void put_base(const struct table *table, unsigned chain)
{
	static const char *const replies[] = {
		"ct state established,related accept",
		"ct state vmap { established : accept, related : accept }",
		"ct state { established, related } accept",
		"iifname \"g1\" accept\n\t\tct state established accept",
		"ct state & (established | related) != 0 accept",
		"ct state != new accept",
	};
	static const char *const priorities[] = {"filter", "0",	 "filter + 010", "-5",
						 "mangle", "10", "security",	 "raw"};

	put("\tchain c%u {\n\t\ttype filter hook forward priority %s; policy "
	    "%s;\n\t\t%s\n",
	    chain, ONE_OF(priorities), percent(70) ? "accept" : "drop", ONE_OF(replies));
	(void)table;
}

static void put_table(struct table *table)
{
	static const char *const families[] = {"ip", "ip6", "inet"};

	table->chains = 3 + below(MAX_CHAINS - 3);
	table->first_plain = percent(70) ? 1 : 2;
	put("table %s t%u {\n", families[table->family], table->number);
	put_sets(table);
	put_maps(table);
	for (unsigned i = 0; i < table->chains; i++) {
		unsigned rules = i + 1 == table->chains ? 2 : 1 + below(6);

		if (i < table->first_plain)
			put_base(table, i);
		else
			put("\tchain c%u {\n", i);
		for (unsigned k = 0; k < rules; k++)
			put("\t\t"), put_rule(table, i);
		put("\t}\n");
	}
	put("}\n");
}

/* What a text may do to a table that is there. */
static void put_command(const struct table *table)
{
	static const char *const families[] = {"ip", "ip6", "inet"};
	const char *family = families[table->family];
	unsigned chain = below(table->chains);
	enum kind kind = (enum kind)below(KIND_COUNT);

	switch (below(7)) {
	case 0:
		put("insert rule %s t%u c%u ", family, table->number, table->first_plain);
		put_rule(table, table->first_plain);
		break;
	case 1:
		put("add rule %s t%u c%u ", family, table->number, chain);
		put_rule(table, chain);
		break;
	case 2:
		put("add rule %s t%u c0 index 1 ", family, table->number);
		put_rule(table, 0);
		break;
	case 3:
		put("flush chain %s t%u c%u\n", family, table->number, table->chains - 1);
		break;
	case 4:
	case 5:
		if (!table->has_set[kind])
			return;
		put("%s element %s t%u s%d { ", percent(70) ? "add" : "delete", family,
		    table->number, kind);
		put_key(kind, set_v6(table), false);
		put(" }\n");
		break;
	case 6:
		put("chain %s t%u c0 { policy %s; }\n", family, table->number,
		    percent(50) ? "accept" : "drop");
		break;
	}
}

int main(int argc, char **argv)
{
	struct table tables[MAX_TABLES] = {{0}};
	unsigned count, commands;
	char *end;

	if (argc == 2) {
		errno = 0;
		chance = strtoull(argv[1], &end, 10);
	}
	if (argc != 2 || errno || *end || !*argv[1]) {
		fputs("usage: random_nft SEED\n", stderr);
		return 2;
	}
	count = 1 + below(MAX_TABLES);
	for (unsigned i = 0; i < count; i++) {
		tables[i].number = i;
		tables[i].family = (enum family)below(3);
		put_table(&tables[i]);
	}
	commands = percent(50) ? below(5) : 0;
	for (unsigned i = 0; i < commands; i++)
		put_command(&tables[below(count)]);
	return fflush(stdout) ? 3 : 0;
}
