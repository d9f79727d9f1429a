/* nft_import_test.c - What the reader of nftables' text makes of rules and packets. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "backends/registry.h"
#include "rules/addr.h"
#include "rules/base/arena.h"
#include "rules/base/diag.h"
#include "rules/base/strbuf.h"
#include "rules/packet.h"
#include "rules/ruleset.h"

/* -- a packet through a rule set, rule by rule -------------------------------------- */

/*
 * Unknowns are tried both ways: few rule sets here have more than a handful.  The mark
 * that a rule tests is the one that the packet has then.
 */
#define MAX_UNKNOWNS 12
#define MAX_DEPTH    16

struct walker {
	const struct ruleset *rules;
	struct packet packet;
	const char *unknowns[MAX_UNKNOWNS];
	size_t unknown_count;
	unsigned truth;
};

enum end { END_CHAIN, END_RETURN, END_ADMIT, END_REFUSE, END_UNDECIDED };

static bool unknown_holds(struct walker *walker, const char *name)
{
	size_t i;

	for (i = 0; i < walker->unknown_count; i++)
		if (strcmp(walker->unknowns[i], name) == 0)
			return walker->truth >> i & 1;
	assert_true(i < MAX_UNKNOWNS);
	walker->unknowns[walker->unknown_count++] = name;
	return walker->truth >> i & 1;
}

static bool symbol_holds(const struct symbols *symbols, const char *word)
{
	for (size_t i = 0; i < symbols->count; i++) {
		const char *symbol = symbols->at[i];
		size_t length = strlen(symbol);

		if (length && symbol[length - 1] == '*'
			    ? *word && strncmp(symbol, word, length - 1) == 0
			    : strcmp(symbol, word) == 0)
			return true;
	}
	return false;
}

static bool match_holds(struct walker *walker, const struct match *match);

static bool term_holds(struct walker *walker, const struct term *term)
{
	const struct packet *packet = &walker->packet;
	bool holds = false;

	switch (term->kind) {
	case TERM_ADDRS: {
		struct addr addr = {packet->family, term->field == FIELD_SOURCE
							    ? packet->source
							    : packet->destination};

		holds = addr_set_contains(&term->addrs, &addr);
		break;
	}
	case TERM_NUMBERS:
		holds = ranges_contain(&term->numbers,
				       term->field == FIELD_FAMILY
					       ? packet->family
					       : packet->number[term->field]);
		break;
	case TERM_NAMES: /* nftables knows no names */
		break;
	case TERM_SYMBOLS:
		holds = symbol_holds(&term->symbols, packet->word[term->field]);
		break;
	case TERM_CHOICE:
		for (size_t i = 0; i < term->choices.count; i++)
			holds |= match_holds(walker, &term->choices.at[i]);
		break;
	case TERM_UNKNOWN:
		holds = unknown_holds(walker, term->unknown);
		break;
	}
	return holds != term->negated;
}

static bool match_holds(struct walker *walker, const struct match *match)
{
	for (size_t i = 0; i < match->count; i++)
		if (!term_holds(walker, &match->terms[i]))
			return false;
	return true;
}

static enum end walk_chain(struct walker *walker, size_t index, unsigned depth)
{
	const struct chain *chain = &walker->rules->chains[index];

	assert_true(depth < MAX_DEPTH);
	for (size_t i = 0; i < chain->count; i++) {
		const struct rule *rule = &chain->rules[i];
		enum end end;

		if (!match_holds(walker, &rule->match))
			continue;
		if (rule->marks)
			walker->packet.number[FIELD_MARK] = rule->mark;
		switch (rule->action) {
		case ACTION_CONTINUE:
			break;
		case ACTION_ADMIT:
			return END_ADMIT;
		case ACTION_REFUSE:
			return END_REFUSE;
		case ACTION_UNDECIDED:
			return END_UNDECIDED;
		case ACTION_RETURN:
			return END_RETURN;
		case ACTION_JUMP:
			end = walk_chain(walker, rule->target, depth + 1);
			if (end != END_CHAIN && end != END_RETURN)
				return end;
			break;
		case ACTION_GOTO:
			return walk_chain(walker, rule->target, depth + 1);
		}
	}
	return END_CHAIN;
}

static char walk_path(struct walker *walker, const struct path *path)
{
	char verdict = 'U';

	for (size_t i = 0; i < path->count; i++) {
		const struct stage *stage = &path->stages[i];
		enum end end;

		if (!match_holds(walker, &stage->guard))
			continue;
		end = walk_chain(walker, stage->chain, 0);
		if (end == END_REFUSE ||
		    (end <= END_RETURN && stage->end == ACTION_REFUSE))
			return 'R';
		if (end == END_ADMIT)
			verdict = 'A';
	}
	return verdict;
}

/* "A", "R", "U": all that can happen; "-" without a path or outside its universe */
static void walk(const struct ruleset *rules, const char *hook,
		 const struct packet *packet, char result[4], uint32_t *ret_mark)
{
	static const char verdicts[] = "ARU";
	const struct path *path = ruleset_find_path(rules, hook);
	struct walker walker = {.rules = rules, .packet = *packet};
	unsigned seen = 0;

	strcpy(result, "-");
	if (!path || !match_holds(&walker, &path->universe))
		return;
	for (walker.truth = 0; walker.truth < 1u << walker.unknown_count || !seen;
	     walker.truth++) {
		walker.packet = *packet;
		seen |= 1u << (strchr(verdicts, walk_path(&walker, path)) - verdicts);
		*ret_mark = walker.packet.number[FIELD_MARK];
	}
	for (unsigned i = 0; i < 3; i++)
		if (seen >> i & 1)
			*result++ = verdicts[i];
	*result = '\0';
}

/* -- packets as text ---------------------------------------------------------------- */

static unsigned number_of(const char *text)
{
	return (unsigned)strtoul(text, NULL, 0);
}

static u128 address_of(const char *text, struct packet *packet)
{
	struct addr addr;

	assert_true(addr_parse(text, &addr));
	packet->family = addr.family;
	return addr.value;
}

static enum ct_state state_of(const char *text)
{
	for (unsigned i = 0; i < CT_STATE_COUNT; i++)
		if (strcmp(ct_state_name((enum ct_state)i), text) == 0)
			return (enum ct_state)i;
	fail_msg("no state %s", text);
	return CT_NEW;
}

static void read_field(const char *key, const char *value, struct packet *packet,
		       const char **hook, struct arena *arena)
{
	if (strcmp(key, "d") == 0)
		packet->destination = address_of(value, packet);
	else if (strcmp(key, "s") == 0)
		packet->source = address_of(value, packet);
	else if (strcmp(key, "sp") == 0)
		packet->number[FIELD_SOURCE_PORT] = number_of(value);
	else if (strcmp(key, "st") == 0)
		packet->number[FIELD_STATE] = state_of(value);
	else if (strcmp(key, "fl") == 0)
		packet->number[FIELD_TCP_FLAGS] = number_of(value);
	else if (strcmp(key, "m") == 0)
		packet->number[FIELD_MARK] = number_of(value);
	else if (strcmp(key, "in") == 0)
		packet->word[FIELD_IN_INTERFACE] = arena_strdup(arena, value);
	else if (strcmp(key, "out") == 0)
		packet->word[FIELD_OUT_INTERFACE] = arena_strdup(arena, value);
	else if (strcmp(key, "hook") == 0)
		*hook = arena_strdup(arena, value);
	else if (strcmp(key, "proto") == 0)
		packet->number[FIELD_PROTOCOL] = number_of(value);
	else
		fail_msg("no field %s", key);
}

/* "tcp:443", "udp:53", "icmp:8", "icmp:3.4", "icmpv6:128" */
static void read_protocol(const char *name, const char *rest, struct packet *packet)
{
	int protocol = protocol_parse(name);
	const char *code = strchr(rest, '.');

	assert_true(protocol >= 0);
	packet->number[FIELD_PROTOCOL] = (unsigned)protocol;
	if (strncmp(name, "icmp", 4) != 0) {
		packet->number[FIELD_DESTINATION_PORT] = number_of(rest);
		return;
	}
	packet->number[FIELD_ICMP] =
		number_of(rest) << 8 | (code ? number_of(code + 1) : 0);
	if (protocol == PROTOCOL_ICMPV6 && packet->family == FAMILY_IPV4) {
		packet->source = address_of("2001:db8::5", packet);
		packet->destination = address_of("2001:db8:1::1", packet);
	}
}

static void read_packet(const char *text, struct packet *packet, const char **ret_hook,
			struct arena *arena)
{
	char *copy = arena_strdup(arena, text), *save = NULL;

	*packet = (struct packet){0};
	*ret_hook = "forward";
	packet->source = address_of("10.0.0.5", packet);
	packet->destination = address_of("192.0.2.1", packet);
	packet->number[FIELD_PROTOCOL] = PROTOCOL_TCP;
	packet->number[FIELD_SOURCE_PORT] = 40000;
	packet->number[FIELD_DESTINATION_PORT] = 443;
	packet->number[FIELD_STATE] = CT_NEW;
	packet->number[FIELD_TCP_FLAGS] = TCP_SYN;
	packet->word[FIELD_IN_INTERFACE] = "eth0";
	packet->word[FIELD_OUT_INTERFACE] = "eth1";
	for (char *word = strtok_r(copy, " ", &save); word;
	     word = strtok_r(NULL, " ", &save)) {
		char *value = strpbrk(word, "=:");
		bool field = value && *value == '=';

		assert_non_null(value);
		*value++ = '\0';
		if (field)
			read_field(word, value, packet, ret_hook, arena);
		else
			read_protocol(word, value, packet);
	}
	if (strcmp(*ret_hook, "output") == 0)
		packet->word[FIELD_IN_INTERFACE] = IFACE_NONE;
	if (strcmp(*ret_hook, "input") == 0 || strcmp(*ret_hook, "prerouting") == 0)
		packet->word[FIELD_OUT_INTERFACE] = IFACE_NONE;
}

/* -- importing ---------------------------------------------------------------------- */

struct fixture {
	struct arena *arena;
	struct diag *diag;
	struct ruleset *rules;
	int result;
};

static void import_bytes(struct fixture *fixture, const char *text, size_t length)
{
	/* of its own size, so that a sanitizer sees a byte read too much */
	char *copy = malloc(length ? length : 1);

	fixture->arena = arena_new();
	fixture->diag = diag_new(fixture->arena);
	fixture->rules = NULL;
	memcpy(copy, text, length);
	fixture->result = import_text(&backend_nftables, "test.nft", copy, length,
				      fixture->arena, &fixture->rules, fixture->diag);
	assert_int_equal(fixture->result == 0, fixture->rules != NULL);
	assert_int_equal(fixture->result == 0, diag_errors(fixture->diag) == 0);
	for (size_t i = 0; fixture->result && getenv("NFT_TEST_VERBOSE") &&
			   diag_message(fixture->diag, i);
	     i++)
		printf("%s\n", diag_message(fixture->diag, i)->text);
	free(copy);
}

static void import(struct fixture *fixture, const char *text)
{
	import_bytes(fixture, text, strlen(text));
}

static void done(struct fixture *fixture)
{
	arena_free(fixture->arena);
}

/* A rule alone stands in a forward chain with chains and sets beside it. */
static char *wrap(struct arena *arena, const char *text)
{
	if (strstr(text, "table "))
		return arena_strdup(arena, text);
	return arena_printf(
		arena,
		"table inet t {\n"
		"	set v4 { type ipv4_addr; flags interval; elements = { "
		"10.1.0.0/16, "
		"192.0.2.1, 198.51.100.7-198.51.100.9 }; }\n"
		"	set v6 { type ipv6_addr; elements = { 2001:db8::1 }; }\n"
		"	set ports { type inet_service; flags interval; elements = { 80, "
		"8000-8999 }; }\n"
		"	set pairs { type ipv4_addr . inet_service; flags interval; "
		"elements = "
		"{ 192.0.2.0/24 . 443, 198.51.100.1 . 1-1023 }; }\n"
		"	set grows { type ipv4_addr; flags dynamic, timeout; elements = { "
		"192.0.2.9 }; }\n"
		"	set empty { type ipv4_addr; }\n"
		"	set w_x.example_4 { type ipv4_addr; comment "
		"\"postern:x.example\"; "
		"elements = { 192.0.2.9 }; }\n"
		"	set w_x.example_6 { type ipv6_addr; comment "
		"\"postern:x.example\"; }\n"
		"	set d_x.example_4 { type ipv4_addr; timeout 1d; comment "
		"\"postern:x.example\"; }\n"
		"	set misled { type ipv4_addr; comment \"postern:x.example\"; "
		"elements = { 192.0.2.9 }; }\n"
		"	set few { type ipv4_addr; elements = { 192.0.2.9 }; }\n"
		"	map vm { type inet_service : verdict; elements = { 22 : accept, "
		"23 : "
		"drop, 80 : jump ok, 81 : goto no, 82 : continue }; }\n"
		"	map data { type inet_service : ipv4_addr; elements = { 80 : "
		"10.0.0.1 "
		"}; }\n"
		"	chain ok { accept; }\n"
		"	chain no { drop; }\n"
		"	chain back { return; }\n"
		"	chain mark1 { meta mark set 1; }\n"
		"	chain c { type filter hook forward priority 0; policy accept;\n"
		"%s\n"
		"	}\n"
		"}\n",
		text);
}

/**
 * struct row - What must happen to a packet
 * @rules:	NULL: those of the row before
 * @expect:	of "ARU"; several: unknowns decide
 * @lossy:	nft's own listing says something else
 */
struct row {
	const char *rules;
	const char *packet;
	const char *expect;
	bool lossy;
};

static const struct row rows[] = {
#define ROW(rules, packet, expect)   {rules, packet, expect, false},
#define LOSSY(rules, packet, expect) {rules, packet, expect, true},
#include "tests/unit/backends/nft_rows.def"
};

static void check_row(const struct row *row, const struct ruleset *rules,
		      struct arena *arena, const char *text)
{
	struct packet packet;
	const char *hook;
	char result[4];
	uint32_t mark;

	read_packet(row->packet, &packet, &hook, arena);
	walk(rules, hook, &packet, result, &mark);
	if (strcmp(result, row->expect) != 0)
		fail_msg("'%s' gives %s for '%s', not %s", text, result, row->packet,
			 row->expect);
}

static void test_rows(void **state)
{
	struct fixture fixture = {0};
	const char *text = "";

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		if (rows[i].rules) {
			struct arena *arena = arena_new();

			if (fixture.arena)
				done(&fixture);
			text = rows[i].rules;
			import(&fixture, wrap(arena, text));
			arena_free(arena);
			if (fixture.result)
				fail_msg("'%s' is refused: %s", text,
					 diag_message(fixture.diag, 0)->text);
		}
		check_row(&rows[i], fixture.rules, fixture.arena, text);
	}
	done(&fixture);
	assert_true(ARRAY_SIZE(rows) >= 150);
}

/* nft wants a newline or semicolon behind the brace that closes a chain. */
static void put_separators(const char *text, struct strbuf *out)
{
	for (; *text; text++) {
		strbuf_putc(out, *text);
		if (*text == '}' && strspn(text + 1, " ") &&
		    text[1 + strspn(text + 1, " ")] == '}')
			strbuf_putc(out, ';');
	}
}

/* What nft prints of the rules it was given must mean the same. */
static char *list_with_nft(const char *text, struct arena *arena)
{
	char path[] = "/tmp/nft_import_test.XXXXXX", command[256];
	struct strbuf out = {0}, in = {0};
	int file = mkstemp(path);
	char buffer[4096];
	size_t count;
	char *listing;
	FILE *pipe;

	assert_true(file >= 0);
	put_separators(text, &in);
	assert_int_equal(write(file, in.text, in.length), (ssize_t)in.length);
	strbuf_release(&in);
	close(file);
	snprintf(command, sizeof(command),
		 "unshare -n sh -c 'nft -f %s && nft -a list ruleset' 2>/dev/null", path);
	pipe = popen(command, "r");
	assert_non_null(pipe);
	while ((count = fread(buffer, 1, sizeof(buffer), pipe)) > 0)
		strbuf_add(&out, buffer, count);
	count = (size_t)pclose(pipe);
	unlink(path);
	listing = count ? NULL : arena_strdup(arena, strbuf_text(&out));
	strbuf_release(&out);
	return listing;
}

static void test_listing_means_the_same(void **state)
{
	struct arena *arena = arena_new();
	struct fixture fixture = {0};
	const char *text = "";
	size_t listed = 0, refused = 0;

	(void)state;
	if (system("unshare -n nft list ruleset >/dev/null 2>&1") != 0) {
		print_message("no nft, or no right to make a network namespace\n");
		arena_free(arena);
		skip();
	}
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		if (rows[i].rules) {
			char *listing = list_with_nft(wrap(arena, rows[i].rules), arena);

			if (fixture.arena)
				done(&fixture);
			fixture.arena = NULL;
			text = rows[i].rules;
			refused += !listing;
			if (!listing && getenv("NFT_TEST_VERBOSE"))
				print_message("nft refuses '%s'\n", text);
			if (listing) {
				import(&fixture, listing);
				if (fixture.result)
					fail_msg("the listing of '%s' is refused: %s",
						 text,
						 diag_message(fixture.diag, 0)->text);
				listed++;
			}
		}
		if (fixture.arena && !rows[i].lossy)
			check_row(&rows[i], fixture.rules, fixture.arena, text);
	}
	if (fixture.arena)
		done(&fixture);
	print_message("%zu rule sets listed by nft, %zu refused\n", listed, refused);
	assert_true(listed > 10 * refused);
	arena_free(arena);
}

/* -- texts that are refused --------------------------------------------------------- */

static const struct {
	const char *text;
	const char *slug;
} refused[] = {
	{"table inet t {", "nft-syntax"},
	{"table inet t { chain c {", "nft-syntax"},
	{"table inet t { } }", "nft-syntax"},
	{"}", "nft-syntax"},
	{"frobnicate", "nft-syntax"},
	{"table", "nft-syntax"},
	{"table inet", "nft-syntax"},
	{"table inet t { chian c { } }", "nft-syntax"},
	{"table inet t { chain c { type filtre hook input priority 0; } }", "nft-syntax"},
	{"table inet t { chain c { type filter hook inptu priority 0; } }", "nft-syntax"},
	{"table inet t { chain c { type filter hook input priority high; } }",
	 "nft-syntax"},
	{"table inet t { chain c { type filter hook input priority 0; policy reject; } }",
	 "nft-syntax"},
	{"table inet t { set s { elements = { 10.0.0.1 }; } }", "nft-syntax"},
	{"table inet t { set s { type ipv4_addr; elements = { 10.0.0.1 10.0.0.2 }; } }",
	 "nft-syntax"},
	{"table inet t { set s { type ipv4_addr; elements = { 10.0.0.1", "nft-syntax"},
	{"table inet t { set s { tpye ipv4_addr; } }", "nft-syntax"},
	{"table inet t { chain c { jump nowhere; } }", "nft-undefined"},
	{"table inet t { chain c { ip daddr @nothing accept; } }", "nft-undefined"},
	{"table inet t { chain c { ip daddr $nothing accept; } }", "nft-undefined"},
	{"table inet t { chain c { tcp dport vmap { 22 : jump nowhere }; } }",
	 "nft-undefined"},
	{"add rule inet t c accept", "nft-undefined"},
	{"add table inet t\nadd rule inet t c accept", "nft-undefined"},
	{"add table inet t\nadd element inet t s { 1 }", "nft-undefined"},
	{"add table inet t\nadd chain inet t c\nadd rule inet t c handle 7 accept",
	 "nft-undefined"},
	{"include \"/etc/nftables/more.nft\"", "nft-include"},
	{"table inet t { include \"x\"\n }", "nft-include"},
	{"table inet t { chain c { accept } } garbage", "nft-syntax"},
	{"define x =\n$x", "nft-syntax"},
	{"define x", "nft-syntax"},
	{"table inet \"\" { }", "nft-syntax"},
	/* what nft 1.0.6 or Linux 6.18 does not load (tried 2026-11-21) */
	{"table inet t { chain c { type filter hook input priority 0; }; }\n"
	 "table inet t { chain c { type filter hook forward priority 0; }; }",
	 "nft-refused"},
	{"table inet t { chain c { type filter hook input priority 0; }; }\n"
	 "table inet t { chain c { type filter hook input priority 1; }; }",
	 "nft-refused"},
	{"table inet t { chain c { }; }\n"
	 "table inet t { chain c { type filter hook input priority 0; }; }",
	 "nft-refused"},
	{"table inet t { chain c { policy drop; }; }", "nft-refused"},
	{"table inet t { chain c { type nat hook forward priority 0; }; }",
	 "nft-refused"},
	{"table inet t { chain c { type nat hook output priority -300; }; }",
	 "nft-refused"},
	{"table inet t { chain c { type route hook forward priority 0; }; }",
	 "nft-refused"},
	{"table inet t { chain c { type filter hook forward priority dstnat; }; }",
	 "nft-syntax"},
	{"table inet t { chain c { type filter hook input priority srcnat; }; }",
	 "nft-syntax"},
	{"table inet t { chain c { type filter hook egress priority 0; }; }",
	 "nft-refused"},
	{"table inet t { chain c { type filter hook ingress priority 0; }; }",
	 "nft-refused"},
	{"table inet t { chain c { type filter hook forward device lo priority 0; }; }",
	 "nft-refused"},
	{"table inet t { set s { type ipv4_addr; }; }\n"
	 "table inet t { set s { type inet_service; elements = { 80 }; }; }",
	 "nft-refused"},
	{"table inet t { set s { type ipv4_addr; }; }\n"
	 "table inet t { set s { type ipv4_addr; flags interval; }; }",
	 "nft-refused"},
	{"table inet t { set s { type ipv4_addr; }; }\n"
	 "table inet t { map s { type ipv4_addr : verdict; }; }",
	 "nft-refused"},
	{"table inet t { set s { type ipv4_addr; flags interval; elements = { "
	 "10.0.0.0/8, "
	 "10.1.0.0/16 }; }; }",
	 "nft-refused"},
	{"table inet t { set s { type ipv4_addr; elements = { 10.0.0.0/8 }; }; }",
	 "nft-refused"},
	{"table inet t { set s { type inet_service; elements = { 1-5 }; }; }",
	 "nft-refused"},
	{"table inet t { map m { type inet_service : verdict; elements = { 50 : accept, "
	 "50 : drop }; }; }",
	 "nft-refused"},
	{"table inet t { chain c { tcp dport vmap { 1-100 : accept, 50 : drop }; }; }",
	 "nft-refused"},
	{"table inet t { chain c { iifname vmap { \"a\" : accept, \"a\" : drop }; }; }",
	 "nft-refused"},
	{"table inet t { chain c { jump d; }; }\ntable inet t { chain d { }; }",
	 "nft-refused"},
	{"table inet t { chain c { ip saddr @s drop; }; }\n"
	 "table inet t { set s { type ipv4_addr; }; }",
	 "nft-refused"},
	{"table inet t { chain d { }; chain c { jump d; }; }\ndelete chain inet t d\n"
	 "add chain inet t d",
	 "nft-refused"},
	{"table inet t { chain c { type filter hook input priority 0; }; chain d { jump "
	 "c; }; }",
	 "nft-refused"},
	{"table inet t { }\ncreate table inet t", "nft-refused"},
	{"table inet t { chain c { }; }\ncreate chain inet t c", "nft-refused"},
	{"define x = 1\ndefine x = 2", "nft-refused"},
	/* the same, tried 2026-11-27 */
	{"table inet t { chain c { ip saddr 10.0.0.1 ip6 daddr ::1 accept; }; }",
	 "nft-refused"},
	{"table inet t { chain c { meta nfproto ipv6 ip daddr 10.0.0.1 accept; }; }",
	 "nft-refused"},
	{"table ip t { chain c { ip6 daddr ::1 accept; }; }", "nft-refused"},
	{"table inet t { chain c { icmpv6 type 133 ip daddr 10.0.0.1 accept; }; }",
	 "nft-refused"},
	{"table inet t { chain c { tcp dport 22 udp dport 53 accept; }; }",
	 "nft-refused"},
	{"table inet t { chain c { meta l4proto udp tcp flags syn accept; }; }",
	 "nft-refused"},
	{"table inet t { chain c { meta l4proto { udp, tcp } tcp dport 53 accept; }; }",
	 "nft-refused"},
	{"table inet t { set s { type ipv4_addr; }; chain c { ip6 saddr @s accept; }; }",
	 "nft-refused"},
	{"table inet t { chain c { tcp dport 65536 accept; }; }", "nft-refused"},
	{"table inet t { chain c { tcp dport { 22, 65536 } accept; }; }", "nft-refused"},
	{"table inet t { chain c { tcp dport 443-442 accept; }; }", "nft-refused"},
	{"table inet t { chain c { meta l4proto 256 accept; }; }", "nft-refused"},
	{"table inet t { chain c { icmp type { 8-3 } accept; }; }", "nft-refused"},
	{"table inet t { chain c { ip daddr 10.0.0.9-10.0.0.1 accept; }; }",
	 "nft-refused"},
	{"table inet t { chain c { tcp dport { } accept; }; }", "nft-refused"},
	{"table inet t { set s { type ipv4_addr; elements = { }; }; }", "nft-refused"},
	{"table inet t { set s { type inet_service; elements = { 65536 }; }; }",
	 "nft-refused"},
	{"table inet t { chain c { udp dport 53 reject with tcp reset; }; }",
	 "nft-refused"},
	{"table inet t { chain c { meta l4proto { tcp, udp } reject with tcp reset; }; }",
	 "nft-refused"},
	{"table ip t { chain c { reject with icmpx admin-prohibited; }; }",
	 "nft-refused"},
	{"table inet t { chain c { ip6 daddr ::1 reject with icmp host-unreachable; }; }",
	 "nft-refused"},
	{"table inet t { chain c { ip daddr 10.0.0.1 reject with icmpv6 no-route; }; }",
	 "nft-refused"},
};

/* What looks like that, and is loaded all the same (tried 2026-11-27) */
static const char *const taken[] = {
	"meta nfproto != ipv4 ip saddr 10.0.0.1 accept",
	"ip saddr 10.0.0.1 meta nfproto ipv6 accept",
	"ip saddr 10.0.0.1 meta nfproto ipv6 ip6 saddr ::1 accept",
	"meta nfproto ipv4 icmpv6 type 133 accept",
	"ip saddr 10.0.0.1 icmpv6 type 133 accept",
	"meta protocol ip ip6 saddr ::1 accept",
	"meta nfproto { ipv4, ipv6 } ip6 saddr ::1 accept",
	"ct original ip saddr 10.0.0.1 ip6 saddr ::1 accept",
	"tcp dport 22 meta l4proto udp accept",
	"meta l4proto tcp meta l4proto udp udp dport 53 accept",
	"meta l4proto != tcp udp dport 53 accept",
	"meta l4proto 6-17 udp dport 53 accept",
	"meta l4proto & 15 == 6 udp dport 53 accept",
	"meta l4proto vmap { tcp : accept } udp dport 53 accept",
	"ip protocol != tcp udp dport 53 accept",
	"th dport 22 udp dport 53 accept",
	"udp dport 22 th sport 53 accept",
	"tcp option maxseg size set 100 udp dport 53 accept",
	"meta l4proto 6-17 reject with tcp reset",
	"meta l4proto { 6-7 } reject with tcp reset",
	"meta l4proto { tcp, tcp } reject with tcp reset",
	"meta l4proto { tcp, udp } meta l4proto tcp reject with tcp reset",
	"meta l4proto != tcp reject with tcp reset",
	"meta l4proto != { tcp, udp } reject with tcp reset",
	"th dport 53 reject with tcp reset",
	"meta nfproto != ipv6 reject with icmpv6 no-route",
	"ct state 256 accept",
};

static void test_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(refused); i++) {
		struct fixture fixture;

		import(&fixture, refused[i].text);
		if (!fixture.result)
			fail_msg("'%s' is read", refused[i].text);
		assert_string_equal(diag_info(diag_message(fixture.diag, 0)->code)->slug,
				    refused[i].slug);
		done(&fixture);
	}
}

static void test_taken(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(taken); i++) {
		struct fixture fixture;
		char text[256];

		snprintf(text, sizeof(text), "table inet t { chain c { %s; }; }",
			 taken[i]);
		import(&fixture, text);
		if (fixture.result)
			fail_msg("'%s' is refused: %s", taken[i],
				 diag_message(fixture.diag, 0)->text);
		done(&fixture);
	}
}

/* Every prefix of a good text is read or refused, and never more than that. */
static void test_cut_texts(void **state)
{
	struct arena *arena = arena_new();
	const char *text =
		wrap(arena, "ip daddr . tcp dport vmap { 1.1.1.1 . 80 : jump ok }\n"
			    "meta mark set 1 tcp flags & (syn|ack) == syn log "
			    "prefix \"a\" accept comment \"postern:x\" # handle 4");

	(void)state;
	for (size_t length = 0; length <= strlen(text); length++) {
		struct fixture fixture;

		import_bytes(&fixture, text, length);
		done(&fixture);
	}
	arena_free(arena);
}

/* -- what else a rule set holds ----------------------------------------------------- */

static const struct chain *chain_named(const struct ruleset *rules, const char *name)
{
	for (size_t i = 0; i < rules->chain_count; i++)
		if (strcmp(rules->chains[i].name, name) == 0)
			return &rules->chains[i];
	fail_msg("no chain %s", name);
	return NULL;
}

static void test_ids(void **state)
{
	struct fixture fixture;
	const char *text =
		"table inet postern {\n"
		"	chain forward { # handle 1\n"
		"		type filter hook forward priority filter; policy "
		"accept;\n"
		"		tcp dport 443 accept comment \"postern:aks/contoso\" # "
		"handle 12\n"
		"		tcp dport 80 drop comment \"mine\"\n"
		"		log prefix \"x\" counter packets 1 bytes 2\n"
		"	}\n"
		"}\n";
	const struct chain *chain;

	(void)state;
	import(&fixture, text);
	chain = chain_named(fixture.rules, "inet postern forward");
	assert_int_equal(chain->count, 3);
	assert_string_equal(chain->rules[0].id, "aks/contoso");
	assert_string_equal(chain->rules[0].name, "postern:aks/contoso");
	assert_int_equal(chain->rules[0].handle, 12);
	assert_int_equal(chain->rules[0].at.begin, strstr(text, "tcp dport 443") - text);
	assert_int_equal(chain->rules[0].at.end, strstr(text, " # handle 12") - text);
	assert_null(chain->rules[1].id);
	assert_string_equal(chain->rules[1].name, "mine");
	assert_int_equal(chain->rules[1].handle, 0);
	assert_true(chain->rules[2].logs);
	assert_int_equal(chain->rules[2].action, ACTION_CONTINUE);
	assert_int_equal(fixture.rules->path_count, 1);
	assert_string_equal(fixture.rules->paths[0].stages[0].label,
			    "inet postern forward");
	assert_int_equal(fixture.rules->paths[0].stages[0].end, ACTION_UNDECIDED);
	done(&fixture);
}

/* Stages by priority; of two with one priority the later chain first. */
static void test_stages(void **state)
{
	struct fixture fixture;
	const struct path *path;

	(void)state;
	import(&fixture,
	       "table ip a { chain x { type filter hook input priority filter + 5; }; "
	       "chain y { type filter hook input priority mangle; } }\n"
	       "table ip6 b { chain x { type filter hook input priority 5; policy "
	       "drop; } }\n"
	       "table inet c { chain n { type nat hook input priority 99; } }");
	assert_int_equal(fixture.result, 0);
	path = ruleset_find_path(fixture.rules, "input");
	assert_non_null(path);
	assert_int_equal(path->compose, COMPOSE_ALL);
	assert_int_equal(path->count, 4);
	assert_string_equal(path->stages[0].label, "ip a y");
	assert_int_equal(path->stages[0].priority, -150);
	assert_string_equal(path->stages[1].label, "ip6 b x");
	assert_int_equal(path->stages[1].end, ACTION_REFUSE);
	assert_string_equal(path->stages[2].label, "ip a x");
	assert_string_equal(path->stages[3].label, "inet c n");
	assert_int_equal(path->stages[3].priority, 99);
	done(&fixture);
}

static uint32_t mark_after(const char *rules, const char *text)
{
	struct arena *arena = arena_new();
	struct fixture fixture;
	struct packet packet;
	const char *hook;
	char result[4];
	uint32_t mark;

	import(&fixture, wrap(arena, rules));
	assert_int_equal(fixture.result, 0);
	read_packet(text, &packet, &hook, arena);
	walk(fixture.rules, hook, &packet, result, &mark);
	done(&fixture);
	arena_free(arena);
	return mark;
}

static void test_marks(void **state)
{
	(void)state;
	assert_int_equal(mark_after("meta mark set 7", "m=0"), 7);
	assert_int_equal(mark_after("meta mark set 0x1 or 0x6 accept", "m=0"), 7);
	assert_int_equal(mark_after("tcp dport 80 meta mark set 7 accept", "tcp:80"), 7);
	assert_int_equal(mark_after("tcp dport 80 meta mark set 7 accept", "tcp:81"), 0);
	/* the mark stays though the rest of the rule does not match */
	assert_int_equal(mark_after("meta mark set 7 tcp dport 80 meta mark set 8",
				    "tcp:81"),
			 7);
	assert_int_equal(mark_after("meta mark set 7 tcp dport 80 meta mark set 8",
				    "tcp:80"),
			 8);
	assert_int_equal(mark_after("mark set 3 jump mark1", "tcp:80"), 1);
}

static bool assumes(const struct ruleset *rules, const char *part)
{
	for (size_t i = 0; i < rules->assumption_count; i++)
		if (strstr(rules->assumptions[i], part))
			return true;
	return false;
}

static void test_assumptions(void **state)
{
	struct fixture fixture;

	(void)state;
	import(&fixture,
	       "table ip nat {\n chain p { type nat hook prerouting priority dstnat;\n"
	       " tcp dport 80 dnat to 10.0.0.1:8080\n } }\n"
	       "table bridge b { chain c { ether type arp accept; } }\n"
	       "table inet s { flags dormant; chain c { type filter hook input "
	       "priority 0; drop; } }\n"
	       "table inet t { set x { type ipv4_addr; flags timeout; elements = { "
	       "10.0.0.1 timeout 1h expires 59m } } }");
	assert_int_equal(fixture.result, 0);
	assert_true(assumes(fixture.rules, "destination NAT"));
	assert_true(assumes(fixture.rules, "(line 3)"));
	assert_true(assumes(fixture.rules, "bridge"));
	assert_true(assumes(fixture.rules, "dormant"));
	assert_true(assumes(fixture.rules, "expire"));
	assert_null(ruleset_find_path(fixture.rules, "input"));
	assert_int_equal(diag_warnings(fixture.diag), 2);
	done(&fixture);
}

static void test_not_understood(void **state)
{
	struct fixture fixture;
	struct arena *arena = arena_new();
	const struct chain *chain;

	(void)state;
	import(&fixture, wrap(arena, "xt match \"conntrack\" counter accept\n"
				     "tcp dport 80 frobnicate 3 drop"));
	assert_int_equal(fixture.result, 0);
	assert_int_equal(diag_warnings(fixture.diag), 2);
	assert_string_equal(diag_info(diag_message(fixture.diag, 0)->code)->slug,
			    "nft-rule-unknown");
	chain = chain_named(fixture.rules, "inet t c");
	assert_int_equal(chain->count, 5);
	assert_int_equal(chain->rules[0].match.terms[0].kind, TERM_UNKNOWN);
	assert_int_equal(chain->rules[0].action, ACTION_ADMIT);
	done(&fixture);
	arena_free(arena);
}

/* The same test twice is one unknown; two rates are two. */
static void test_unknown_names(void **state)
{
	struct fixture fixture;
	struct arena *arena = arena_new();
	const struct chain *chain;

	(void)state;
	import(&fixture,
	       wrap(arena, "ip  dscp 0 accept\nip dscp != 0 drop\n"
			   "limit rate 1/second accept\nlimit rate 1/second accept\n"
			   "ct mark 1 accept"));
	chain = chain_named(fixture.rules, "inet t c");
	assert_string_equal(chain->rules[0].match.terms[1].unknown, "ip dscp 0");
	assert_string_equal(chain->rules[1].match.terms[1].unknown, "ip dscp 0");
	assert_true(chain->rules[1].match.terms[1].negated);
	assert_string_not_equal(chain->rules[2].match.terms[0].unknown,
				chain->rules[3].match.terms[0].unknown);
	done(&fixture);
	arena_free(arena);
}

static void test_sniff(void **state)
{
	static const struct {
		const char *text;
		int least, most;
	} texts[] = {
		{"#!/usr/sbin/nft -f\n", 100, 100},
		{"table inet filter {\n", 90, 100},
		{"# a comment\n\nflush ruleset\n", 90, 100},
		{"add rule ip filter input accept\n", 80, 100},
		{"define x = 1\ntable ip y {}", 60, 100},
		{"*filter\n:INPUT ACCEPT [0:0]\n", 0, 0},
		{"{\"nftables\": []}", 0, 0},
		{"acl localnet src 10.0.0.0/8\n", 0, 0},
		{"", 0, 0},
		{"tables", 0, 0},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
		assert_in_range(backend_nftables.sniff(texts[i].text,
						       strlen(texts[i].text)),
				texts[i].least, texts[i].most);
}

/* "a b c …" doubled with every definition: bounded, and said so */
static void test_definitions_explode(void **state)
{
	struct strbuf text = {0};
	struct fixture fixture;

	(void)state;
	strbuf_puts(&text, "define d0 = { 1, 2, 3, 4 }\n");
	for (unsigned i = 1; i < 15; i++)
		strbuf_printf(&text, "define d%u = { $d%u, $d%u, $d%u, $d%u }\n", i,
			      i - 1, i - 1, i - 1, i - 1);
	strbuf_puts(&text, "table inet t { chain c { tcp dport $d14 accept; } }");
	import(&fixture, strbuf_text(&text));
	assert_int_equal(fixture.result, -1);
	done(&fixture);
	strbuf_release(&text);
}

static void test_large_set(void **state)
{
	enum { COUNT = 100000 };
	struct strbuf text = {0};
	struct fixture fixture;
	const struct chain *chain;

	(void)state;
	strbuf_puts(&text,
		    "table inet t {\n\tset s {\n\t\ttype ipv4_addr\n\t\tflags interval\n"
		    "\t\telements = { ");
	for (unsigned i = 0; i < COUNT; i++)
		strbuf_printf(&text, "%s%u.%u.%u.0/25", i ? ",\n\t\t\t     " : "",
			      1 + i / 65536, i / 256 % 256, i % 256);
	strbuf_puts(&text, " }\n\t}\n\tchain c {\n\t\tip daddr @s accept\n\t}\n}\n");
	import(&fixture, strbuf_text(&text));
	assert_int_equal(fixture.result, 0);
	chain = chain_named(fixture.rules, "inet t c");
	assert_int_equal(chain->rules[0].match.terms[0].addrs.of[FAMILY_IPV4].count,
			 COUNT);
	assert_string_equal(chain->rules[0].match.terms[0].label, "s");
	done(&fixture);
	strbuf_release(&text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_listing_means_the_same),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_taken),
		cmocka_unit_test(test_cut_texts),
		cmocka_unit_test(test_ids),
		cmocka_unit_test(test_stages),
		cmocka_unit_test(test_marks),
		cmocka_unit_test(test_assumptions),
		cmocka_unit_test(test_not_understood),
		cmocka_unit_test(test_unknown_names),
		cmocka_unit_test(test_sniff),
		cmocka_unit_test(test_definitions_explode),
		cmocka_unit_test(test_large_set),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
