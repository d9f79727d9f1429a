/* squid_import_terms.c - From ACLs to terms. */
#include <ctype.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "backends/squid/squid_importer.h"
#include "rules/base/arena.h"
#include "rules/base/strbuf.h"

/**
 * DOC: A host that is an address
 *
 * Where a request names an address, dstdomain compares its text, and without -n then the
 * name that a reverse lookup gives, or the word "none" (squid 5.7, tried 2026-08-20).  So
 * without -n whoever owns an address may choose the name that is compared: an unknown.
 * In the model such a request has no name.
 */

/* An unknown's name is read by people; past this many bytes a digest stands for the rest.
 */
#define UNKNOWN_BYTES 160u

/* More expressions of one ACL than this are one unknown: each is a level of diagrams. */
#define MAX_UNKNOWN_PATTERNS 16u

/* Addresses whose text ends in two numbers: 65 536 ranges.  In one, sixteen million. */
#define MAX_TAIL_RANGES 65536u

/* -- names of unknowns -------------------------------------------------------------- */

static int compare_words(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* FNV-1a, 64 bits: not against malice, which gains nothing from equal unknowns. */
static uint64_t digest(const struct symbols *words)
{
	uint64_t hash = UINT64_C(0xcbf29ce484222325);

	for (size_t i = 0; i < words->count; i++)
		for (const char *c = words->at[i];; c++) {
			hash = (hash ^ (unsigned char)*c) * UINT64_C(0x100000001b3);
			if (!*c)
				break;
		}
	return hash;
}

/* "time MTWHF 09:00-17:00"; the same test has the same name. */
static const char *unknown_name(const char *what, const struct symbols *words,
				struct arena *arena)
{
	CLEANUP(strbuf_release) struct strbuf name = {0};

	strbuf_puts(&name, what);
	for (size_t i = 0; i < words->count; i++) {
		if (name.length + strlen(words->at[i]) > UNKNOWN_BYTES) {
			strbuf_printf(&name, " (%zu more, %016" PRIx64 ")",
				      words->count - i, digest(words));
			break;
		}
		strbuf_putc(&name, ' ');
		strbuf_puts(&name, words->at[i]);
	}
	return arena_strndup(arena, strbuf_text(&name), name.length);
}

static void push_word(struct symbols *words, const char *word, struct arena *arena)
{
	*arena_push(arena, words->at, words->count, words->capacity) = word;
}

static void sort_words(struct symbols *words)
{
	if (words->count)
		qsort(words->at, words->count, sizeof(*words->at), compare_words);
}

/* -- building blocks ---------------------------------------------------------------- */

static struct match *add_choice(struct term *term, struct arena *arena)
{
	return arena_push(arena, term->choices.at, term->choices.count,
			  term->choices.capacity);
}

/* No request: a port of no number. */
static void match_never(struct match *match, struct arena *arena)
{
	static const struct ranges none = {0};

	match_numbers(match, FIELD_DESTINATION_PORT, &none, arena);
}

/* One of the alternatives; what needs no choice has none. */
static void match_choices(struct match *match, const struct term *choice,
			  struct arena *arena)
{
	for (size_t i = 0; i < choice->choices.count; i++)
		if (!choice->choices.at[i].count)
			return; /* one of them takes every request */
	if (!choice->choices.count) {
		match_never(match, arena);
	} else if (choice->choices.count == 1) {
		const struct match *only = &choice->choices.at[0];

		for (size_t i = 0; i < only->count; i++)
			*match_add(match, only->terms[i].kind, arena) = only->terms[i];
	} else {
		*match_add(match, TERM_CHOICE, arena) = *choice;
	}
}

/* The host is an address, so there is no name. */
static void match_no_name(struct match *match, struct arena *arena)
{
	match_name(match, (struct name_pattern){NAME_SUFFIX, ""}, true, arena);
}

static void match_connect(struct match *match, bool negated, struct arena *arena)
{
	match_symbol(match, FIELD_METHOD, "CONNECT", negated, arena);
}

static bool is_everything(const struct addr_set *set)
{
	return ranges_is_full(&set->of[FAMILY_IPV4], 32) &&
	       ranges_is_full(&set->of[FAMILY_IPV6], 128);
}

/* What stands in lists that nobody gave. */
static void add_files(const struct squid_acl *acl, struct term *choice,
		      struct arena *arena)
{
	for (size_t i = 0; i < acl->file_count; i++)
		match_unknown(add_choice(choice, arena),
			      arena_printf(arena, "%s \"%s\"", acl->type->name,
					   acl->files[i]),
			      false, arena);
}

/* -- src and dst -------------------------------------------------------------------- */

/* 0.0.0.0 and :: are no addresses to squid where a host is compared (anyp/Uri.cc). */
static struct addr_set without_any(const struct addr_set *set, struct arena *arena)
{
	struct addr_set any = {0};

	for (unsigned family = 0; family < FAMILY_COUNT; family++)
		any.of[family] = ranges_one(0, 0, arena);
	return addr_set_subtract(set, &any, arena);
}

static void build_addrs(struct squid_importer *importer, const struct squid_acl *acl,
			enum field field, struct match *match)
{
	struct arena *arena = importer->arena;
	struct addr_set set = squid_addrs_set(&acl->addrs, arena);
	struct term choice = {.kind = TERM_CHOICE};

	if (acl->no_lookup)
		set = without_any(&set, arena);
	if (is_everything(&set))
		return;
	if (!addr_set_is_empty(&set))
		match_addrs(add_choice(&choice, arena), field, &set, arena);
	for (size_t i = 0; i < acl->addrs.host_count; i++)
		match_resolved(add_choice(&choice, arena), field, acl->addrs.hosts[i],
			       NULL, arena);
	add_files(acl, &choice, arena);
	if (acl->addrs.after_host.count) {
		struct addr_set after = squid_ranges_set(&acl->addrs.after_host, arena);
		struct match *of = add_choice(&choice, arena);

		match_addrs(of, field, &after, arena);
		match_unknown(of,
			      arena_printf(arena,
					   "squid keeps what stands in ACL '%s' behind "
					   "entries that nobody knows",
					   acl->name),
			      false, arena);
	}
	match_choices(match, &choice, arena);
}

static void build_destination(struct squid_importer *importer,
			      const struct squid_acl *acl, bool waits,
			      struct match *match)
{
	struct arena *arena = importer->arena;
	size_t before = match->count;

	if (acl->no_lookup)
		match_no_name(match, arena);
	build_addrs(importer, acl, FIELD_DESTINATION, match);
	importer->tests_destination |= match->count > before;
	if (acl->no_lookup || match->count == before)
		return;
	importer->looks_up = true;
	if (!waits)
		match_unknown(match, "the host's addresses are known already", false,
			      arena);
}

/* -- dstdomain and dstdom_regex ----------------------------------------------------- */

/* Does a text hold numbers of an IPv4 address, and which?  At most four. */
static size_t read_numbers(const char *text, unsigned *numbers)
{
	size_t count = 0;

	for (;;) {
		unsigned number = 0;
		size_t digits = strspn(text, "0123456789");

		if (!digits || digits > 3 || (digits > 1 && *text == '0') || count == 4)
			return 0;
		for (size_t i = 0; i < digits; i++)
			number = number * 10 + (unsigned)(text[i] - '0');
		if (number > 255)
			return 0;
		numbers[count++] = number;
		text += digits;
		if (!*text)
			return count;
		if (*text++ != '.')
			return 0;
	}
}

/* The addresses whose text a pattern takes. */
static void add_literal_addrs(const struct name_pattern *pattern, struct addr_set *set,
			      struct term *choice, struct arena *arena)
{
	unsigned numbers[4];
	size_t count = read_numbers(pattern->text, numbers);
	u128 value = 0;
	struct ranges ranges;

	if (!count || (count < 4 && pattern->kind == NAME_EXACT))
		return;
	for (size_t i = 0; i < count; i++)
		value = value << 8 | numbers[i];
	if (ranges_masked(u128_mask((unsigned)count * 8), value, 32, MAX_TAIL_RANGES,
			  arena, &ranges)) {
		for (size_t i = 0; i < ranges.count; i++)
			ranges_add(&set->of[FAMILY_IPV4], ranges.at[i], arena);
	} else {
		struct match *of = add_choice(choice, arena);

		match_no_name(of, arena);
		match_unknown(of,
			      arena_printf(arena,
					   "the host is an address that ends in .%s",
					   pattern->text),
			      false, arena);
	}
}

static void add_reverse(const char *what, struct symbols *words, struct term *choice,
			struct arena *arena)
{
	struct match *of = add_choice(choice, arena);

	sort_words(words);
	match_no_name(of, arena);
	match_unknown(of, unknown_name(what, words, arena), false, arena);
}

static void build_domains(struct squid_importer *importer, const struct squid_acl *acl,
			  struct match *match)
{
	struct arena *arena = importer->arena;
	const struct name_patterns *names = &acl->domains.names;
	struct term choice = {.kind = TERM_CHOICE};
	struct addr_set literals = {0};
	struct symbols words = {0};

	if (names->count) {
		struct term *term =
			match_add(add_choice(&choice, arena), TERM_NAMES, arena);

		term->field = FIELD_NAME;
		term->names = *names;
	}
	addr_set_add(&literals, &acl->literals, arena);
	for (size_t i = 0; i < names->count; i++) {
		add_literal_addrs(&names->at[i], &literals, &choice, arena);
		if (!acl->no_lookup)
			push_word(&words,
				  arena_printf(arena, "%s%s",
					       names->at[i].kind == NAME_DOMAIN ? "."
										: "",
					       names->at[i].text),
				  arena);
	}
	addr_set_normalize(&literals);
	if (!addr_set_is_empty(&literals)) {
		struct match *of = add_choice(&choice, arena);

		match_no_name(of, arena);
		match_addrs(of, FIELD_DESTINATION, &literals, arena);
		importer->tests_destination = true;
	}
	add_files(acl, &choice, arena);
	if (!acl->no_lookup && words.count)
		add_reverse("a reverse lookup of the destination gives one of", &words,
			    &choice, arena);
	match_choices(match, &choice, arena);
}

static const char *pattern_word(const struct squid_pattern *pattern, struct arena *arena)
{
	return arena_printf(arena, "%s%s", pattern->ignore_case ? "-i " : "",
			    pattern->text);
}

/* An unknown for each expression that is not understood, so that one that stands in two
 * ACLs is the same; for very many a single one. */
static void add_unknown_patterns(const char *what, const struct squid_pattern **patterns,
				 size_t count, struct term *choice, struct arena *arena)
{
	struct symbols words = {0};

	for (size_t i = 0; i < count; i++) {
		if (count <= MAX_UNKNOWN_PATTERNS)
			match_unknown(add_choice(choice, arena),
				      arena_printf(arena, "%s %s", what,
						   pattern_word(patterns[i], arena)),
				      false, arena);
		push_word(&words, pattern_word(patterns[i], arena), arena);
	}
	sort_words(&words);
	if (count > MAX_UNKNOWN_PATTERNS)
		match_unknown(add_choice(choice, arena),
			      unknown_name(what, &words, arena), false, arena);
}

static bool is_whole(const struct squid_acl *acl)
{
	for (size_t i = 0; i < acl->pattern_count; i++)
		if (!squid_regex_is_whole(&acl->patterns[i]))
			return false;
	return true;
}

/* The patterns that are lists of names, and the others. */
static void add_patterns(const struct squid_acl *acl, struct term *choice,
			 struct arena *arena)
{
	const struct squid_pattern **others =
		arena_array(arena, acl->pattern_count + 1, const struct squid_pattern *);
	struct name_patterns names = {0};
	bool whole = is_whole(acl);
	size_t other_count = 0;
	struct term *term;

	for (size_t i = 0; i < acl->pattern_count; i++) {
		enum squid_regex kind = SQUID_REGEX_OTHER;
		struct name_pattern name;

		if (whole)
			kind = squid_regex_names(&acl->patterns[i], arena, &name);
		if (kind == SQUID_REGEX_NAMES)
			*arena_push(arena, names.at, names.count, names.capacity) = name;
		else if (kind == SQUID_REGEX_ALL)
			add_choice(choice, arena);
		else
			others[other_count++] = &acl->patterns[i];
	}
	add_unknown_patterns("dstdom_regex", others, other_count, choice, arena);
	if (!names.count)
		return;
	term = match_add(add_choice(choice, arena), TERM_NAMES, arena);
	term->field = FIELD_NAME;
	term->names = names;
}

static void build_domain_regex(struct squid_importer *importer,
			       const struct squid_acl *acl, struct match *match)
{
	struct arena *arena = importer->arena;
	struct term choice = {.kind = TERM_CHOICE};
	struct symbols words = {0};

	add_patterns(acl, &choice, arena);
	add_files(acl, &choice, arena);
	for (size_t i = 0; i < acl->pattern_count; i++)
		push_word(&words, pattern_word(&acl->patterns[i], arena), arena);
	if (!acl->no_lookup && words.count)
		add_reverse("a reverse lookup of the destination is taken by one of",
			    &words, &choice, arena);
	match_choices(match, &choice, arena);
}

/* -- the others --------------------------------------------------------------------- */

/* A CONNECT has no scheme, "none" for squid 5; 6 and 7 may say otherwise. */
static void build_proto(struct squid_importer *importer, const struct squid_acl *acl,
			struct match *match)
{
	struct arena *arena = importer->arena;
	struct term choice = {.kind = TERM_CHOICE};
	struct symbols words = {0};
	struct match *of;
	bool none = false;

	for (size_t i = 0; i < acl->words.count; i++) {
		push_word(&words, acl->words.at[i], arena);
		none |= strcmp(acl->words.at[i], "none") == 0;
	}
	sort_words(&words);
	if (none) {
		of = add_choice(&choice, arena);
		match_connect(of, false, arena);
		if (importer->seven)
			match_unknown(of, "a CONNECT has the protocol none", false,
				      arena);
	}
	if (words.count) {
		of = add_choice(&choice, arena);
		match_connect(of, true, arena);
		match_unknown(of, unknown_name("proto", &words, arena), false, arena);
	}
	add_files(acl, &choice, arena);
	match_choices(match, &choice, arena);
}

/* Expressions for URLs take no CONNECT, whose URL is "host:port". */
static void build_url_regex(struct squid_importer *importer, const struct squid_acl *acl,
			    struct match *match)
{
	struct arena *arena = importer->arena;
	const struct squid_pattern **patterns =
		arena_array(arena, acl->pattern_count + 1, const struct squid_pattern *);
	struct term choice = {.kind = TERM_CHOICE};
	bool urls = is_whole(acl);

	for (size_t i = 0; i < acl->pattern_count; i++) {
		patterns[i] = &acl->patterns[i];
		urls = urls && squid_regex_is_url(patterns[i]);
	}
	add_unknown_patterns("url_regex", patterns, acl->pattern_count, &choice, arena);
	for (size_t i = 0; urls && i < choice.choices.count; i++)
		match_connect(&choice.choices.at[i], true, arena);
	add_files(acl, &choice, arena);
	match_choices(match, &choice, arena);
}

static void build_ports(struct squid_importer *importer, const struct squid_acl *acl,
			struct match *match)
{
	struct term choice = {.kind = TERM_CHOICE};
	struct ranges ports = acl->ports;

	ranges_normalize(&ports);
	if (ports.count)
		match_numbers(add_choice(&choice, importer->arena),
			      FIELD_DESTINATION_PORT, &ports, importer->arena);
	add_files(acl, &choice, importer->arena);
	match_choices(match, &choice, importer->arena);
}

/* The port of squid's own that the client came to: known where all its ports agree. */
static void build_local_port(struct squid_importer *importer, const struct squid_acl *acl,
			     struct match *match)
{
	struct arena *arena = importer->arena;
	struct ranges own = importer->ports, asked = acl->ports;
	struct ranges common;
	struct symbols words = {0};

	ranges_normalize(&own);
	ranges_normalize(&asked);
	common = ranges_intersect(&own, &asked, arena);
	if (own.count && !importer->transparent && !acl->file_count) {
		if (!common.count)
			match_never(match, arena);
		if (!common.count || ranges_equal(&common, &own))
			return;
	}
	for (size_t i = 0; i < asked.count; i++)
		push_word(&words,
			  arena_printf(arena, "%u-%u", (unsigned)asked.at[i].first,
				       (unsigned)asked.at[i].last),
			  arena);
	match_unknown(match, unknown_name("localport", &words, arena), false, arena);
}

static void build_methods(struct squid_importer *importer, const struct squid_acl *acl,
			  struct match *match)
{
	struct arena *arena = importer->arena;
	struct term choice = {.kind = TERM_CHOICE};

	if (acl->methods.count) {
		struct term *term =
			match_add(add_choice(&choice, arena), TERM_SYMBOLS, arena);

		term->field = FIELD_METHOD;
		term->symbols = acl->methods;
	}
	add_files(acl, &choice, arena);
	match_choices(match, &choice, arena);
}

static void build_group(struct squid_importer *importer, const struct squid_acl *acl,
			bool waits, struct span place, struct match *match)
{
	struct term choice = {.kind = TERM_CHOICE};

	for (size_t i = 0; i < acl->line_count; i++) {
		struct match of = {0};

		for (size_t j = 0; j < acl->lines[i].count; j++)
			squid_add_use(importer, &acl->lines[i].at[j], waits, place, &of);
		*add_choice(&choice, importer->arena) = of;
	}
	match_choices(match, &choice, importer->arena);
}

static void build_opaque(struct squid_importer *importer, const struct squid_acl *acl,
			 struct span place, struct match *match)
{
	const char *name = unknown_name(acl->type->name, &acl->words, importer->arena);

	if (acl->type->trait == SQUID_TRAIT_FRESH)
		name = arena_printf(importer->arena, "%s at %s", name,
				    squid_place(importer, place));
	match_unknown(match, name, false, importer->arena);
}

static void build(struct squid_importer *importer, const struct squid_acl *acl,
		  bool waits, struct span place, struct match *match)
{
	switch (acl->type->kind) {
	case SQUID_ACL_SRC:
		build_addrs(importer, acl, FIELD_SOURCE, match);
		return;
	case SQUID_ACL_DST:
		build_destination(importer, acl, waits, match);
		return;
	case SQUID_ACL_DOMAIN:
		build_domains(importer, acl, match);
		return;
	case SQUID_ACL_DOMAIN_REGEX:
		build_domain_regex(importer, acl, match);
		return;
	case SQUID_ACL_PORT:
		build_ports(importer, acl, match);
		return;
	case SQUID_ACL_METHOD:
		build_methods(importer, acl, match);
		return;
	case SQUID_ACL_PROTO:
		build_proto(importer, acl, match);
		return;
	case SQUID_ACL_URL_REGEX:
		build_url_regex(importer, acl, match);
		return;
	case SQUID_ACL_LOCAL_PORT:
		build_local_port(importer, acl, match);
		return;
	case SQUID_ACL_ANY_OF:
	case SQUID_ACL_ALL_OF:
		build_group(importer, acl, waits, place, match);
		return;
	case SQUID_ACL_OPAQUE:
		build_opaque(importer, acl, place, match);
		return;
	}
	BUG("ACL of kind %d", (int)acl->type->kind);
}

/* What an ACL takes; made once where it is the same each time. */
static const struct match *get_match(struct squid_importer *importer,
				     struct squid_acl *acl, bool waits, struct span place)
{
	struct match *made = acl->built[!waits];

	if (!made || acl->fresh) {
		made = arena_make(importer->arena, struct match);
		build(importer, acl, waits, place, made);
		acl->built[!waits] = made;
	}
	return made;
}

void squid_add_use(struct squid_importer *importer, const struct squid_use *use,
		   bool waits, struct span place, struct match *match)
{
	const struct match *of = get_match(importer, use->acl, waits, place);
	struct arena *arena = importer->arena;

	if (use->negated && !of->count) {
		match_never(match, arena);
	} else if (use->negated && of->count > 1) {
		struct term *term = match_add(match, TERM_CHOICE, arena);

		term->negated = true;
		*add_choice(term, arena) = *of;
	} else {
		for (size_t i = 0; i < of->count; i++) {
			struct term *term = match_add(match, of->terms[i].kind, arena);

			*term = of->terms[i];
			term->negated ^= use->negated;
		}
	}
}
