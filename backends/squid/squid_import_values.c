/* squid_import_values.c - What the lines of an ACL put into it. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "backends/squid/squid_importer.h"
#include "rules/base/arena.h"

char *squid_fold(const char *text, struct arena *arena)
{
	char *folded = arena_strndup(arena, text, strlen(text));

	for (char *c = folded; *c; c++)
		*c = (char)tolower((unsigned char)*c);
	return folded;
}

static void keep_word(struct squid_importer *importer, struct squid_acl *acl,
		      const char *word)
{
	*arena_push(importer->arena, acl->words.at, acl->words.count,
		    acl->words.capacity) = word;
}

static void keep_pattern(struct squid_importer *importer, struct squid_acl *acl,
			 struct squid_pattern pattern)
{
	*arena_push(importer->arena, acl->patterns, acl->pattern_count,
		    acl->pattern_capacity) = pattern;
}

/* -- options ------------------------------------------------------------------------ */

static int take_option(struct squid_importer *importer, struct squid_acl *acl,
		       const struct squid_word *word, const char *option)
{
	const char *padded = arena_printf(importer->arena, " %s ", option);

	if (!strstr(acl->type->options, padded))
		return squid_refuse(importer, word->at,
				    "ACLs of type '%s' have no option '%s'",
				    acl->type->name, option);
	if (strcmp(option, "-n") == 0)
		acl->no_lookup = true;
	return 0;
}

/*
 * Words in front that begin with "-" or "+"; "-in" is two options, "--" ends them.
 * @ret_ignore_case: whether regular expressions begin without regard to case
 */
static int read_options(struct squid_importer *importer, struct squid_acl *acl,
			struct squid_words *words, bool *ret_ignore_case)
{
	struct squid_words before = *words;
	struct squid_word word;

	*ret_ignore_case = false;
	for (; squid_next_word(words, &word); before = *words) {
		if (word.text[0] != '-' && word.text[0] != '+')
			break;
		if (!word.text[1])
			return squid_refuse(importer, word.at, "'%s' is no option",
					    word.text);
		if (strcmp(word.text, "--") == 0)
			return 0;
		if (word.text[1] == '-' || strchr(word.text, '='))
			return take_option(importer, acl, &word, word.text);
		for (const char *letter = word.text + 1; *letter; letter++) {
			const char *option = arena_printf(importer->arena, "%c%c",
							  word.text[0], *letter);

			if (take_option(importer, acl, &word, option) < 0)
				return -1;
			if (*letter == 'i')
				*ret_ignore_case = word.text[0] == '-';
		}
	}
	*words = before;
	return 0;
}

/* -- values ------------------------------------------------------------------------- */

static void warn_entry(struct squid_importer *importer, const struct squid_word *item,
		       const char *what)
{
	diag_report(importer->diag, DIAG_SQUID_ENTRY_OTHER, item->at, "'%s': %s",
		    item->text, what);
}

/* What comes behind an entry whose addresses nobody knows may be dropped for it. */
static bool is_uncertain(const struct squid_importer *importer,
			 const struct squid_acl *acl)
{
	return !importer->seven && (acl->addrs.host_count || acl->file_count);
}

static void add_range(struct squid_importer *importer, struct squid_acl *acl,
		      const struct squid_word *item, struct range range)
{
	struct ranges earlier = {0};
	struct addr_set set;
	struct range overlap;
	char text[ADDR_TEXT_MAX];

	if (is_uncertain(importer, acl)) {
		ranges_add(&acl->addrs.after_host, range, importer->arena);
		return;
	}
	if (squid_addrs_add(&acl->addrs, range, importer->seven, importer->arena,
			    &overlap) ||
	    (overlap.first <= range.first && range.last <= overlap.last))
		return;
	ranges_add(&earlier, overlap, importer->arena);
	set = squid_ranges_set(&earlier, importer->arena);
	for (unsigned family = 0; family < FAMILY_COUNT; family++)
		if (set.of[family].count)
			addr_range_format((enum family)family, &set.of[family].at[0],
					  text);
	diag_report(importer->diag, DIAG_SQUID_ENTRY_DROPPED, item->at,
		    "squid drops '%s', since it overlaps '%s' before it", item->text,
		    text);
	diag_help(importer->diag, "write the wider one first, or only that one");
}

static void add_word_ranges(struct squid_importer *importer, struct squid_acl *acl,
			    const struct squid_word *item, bool ipv6)
{
	/* Where "ipv6" is (acl/Ip.cc of 5.7). */
	static const char *const blocks[] = {"1000::/4", "2000::/3", "4000::/2",
					     "8000::/2", "C000::/3", "E000::/4",
					     "FC00::/7", "FE80::/10"};
	struct squid_addr_entry entry;

	if (!ipv6) {
		entry = squid_addr_parse(importer->seven ? "::ffff:0:0" : "::",
					 importer->arena);
		if (importer->seven)
			entry.range.last = entry.range.first | UINT32_MAX;
		else
			warn_entry(importer, item,
				   "up to squid 6 the word takes no IPv4 address");
		add_range(importer, acl, item, entry.range);
		return;
	}
	for (size_t i = 0; i < ARRAY_SIZE(blocks); i++) {
		entry = squid_addr_parse(blocks[i], importer->arena);
		add_range(importer, acl, item, entry.range);
	}
}

static void add_host(struct squid_importer *importer, struct squid_acl *acl,
		     const struct squid_word *item, const char *host)
{
	const struct addr_set *known = NULL;
	char text[ADDR_TEXT_MAX];

	if (importer->input->names)
		known = textmap_get(importer->input->names,
				    squid_fold(host, importer->arena));
	if (!known) {
		*arena_push(importer->arena, acl->addrs.hosts, acl->addrs.host_count,
			    acl->addrs.host_capacity) = squid_fold(host, importer->arena);
		return;
	}
	for (unsigned family = 0; family < FAMILY_COUNT; family++)
		for (size_t i = 0; i < known->of[family].count; i++) {
			const char *range =
				addr_range_format((enum family)family,
						  &known->of[family].at[i], text);
			struct squid_addr_entry entry =
				squid_addr_parse(range, importer->arena);

			add_range(importer, acl, item, entry.range);
		}
}

static int read_addrs(struct squid_importer *importer, struct squid_acl *acl,
		      struct squid_words *words)
{
	struct squid_word item;

	while (squid_next_item(words, &item)) {
		struct squid_addr_entry entry;

		if (strcmp(item.text, "ipv4") == 0 || strcmp(item.text, "ipv6") == 0) {
			add_word_ranges(importer, acl, &item, item.text[3] == '6');
			continue;
		}
		entry = squid_addr_parse(item.text, importer->arena);
		if (entry.kind == SQUID_ADDR_BAD)
			return squid_refuse(importer, item.at, "'%s': %s", item.text,
					    entry.why);
		if (entry.trap)
			warn_entry(importer, &item, entry.trap);
		if (entry.kind == SQUID_ADDR_HOST)
			add_host(importer, acl, &item, entry.host);
		else
			add_range(importer, acl, &item, entry.range);
	}
	return 0;
}

/* "[::1]", as squid writes an IPv6 address where it compares names. */
static bool add_literal(struct squid_importer *importer, struct squid_acl *acl,
			const char *text)
{
	size_t length = strlen(text);
	char inner[ADDR_TEXT_MAX], again[ADDR_TEXT_MAX];
	struct prefix prefix;

	if (length < 4 || length - 2 >= sizeof(inner) || text[0] != '[' ||
	    text[length - 1] != ']')
		return false;
	memcpy(inner, text + 1, length - 2);
	inner[length - 2] = '\0';
	if (prefix_parse(inner, &prefix) != PREFIX_OK || prefix.length != 128 ||
	    prefix.family != FAMILY_IPV6 ||
	    strcmp(prefix_format(&prefix, again), inner) != 0)
		return false;
	addr_set_add_prefix(&acl->literals, &prefix, importer->arena);
	return true;
}

static int read_domains(struct squid_importer *importer, struct squid_acl *acl,
			struct squid_words *words)
{
	struct squid_word item;

	while (squid_next_item(words, &item)) {
		const char *entry = squid_fold(item.text, importer->arena), *other;

		if (add_literal(importer, acl, entry))
			continue;
		switch (squid_domains_add(&acl->domains, entry, importer->seven,
					  importer->arena, &other)) {
		case SQUID_DOMAIN_ADDED:
		case SQUID_DOMAIN_TWICE:
		case SQUID_DOMAIN_INSIDE:
			break;
		case SQUID_DOMAIN_NEVER:
			diag_report(importer->diag, DIAG_SQUID_NEVER_MATCHES, item.at,
				    "'%s' takes no host name", item.text);
			diag_help(importer->diag, "a host is written 'x', a host and all "
						  "below it '.x'");
			break;
		case SQUID_DOMAIN_FATAL:
			squid_refuse(importer, item.at,
				     "'%s' and '%s' in one ACL, which squid 5 and 6 die "
				     "of",
				     other, item.text);
			diag_help(importer->diag, "keep the one with the dot in front, "
						  "or name every host");
			return -1;
		}
	}
	return 0;
}

static int read_patterns(struct squid_importer *importer, struct squid_acl *acl,
			 struct squid_words *words, bool ignore_case)
{
	struct squid_word item;

	words->escapes = true;
	while (squid_next_item(words, &item)) {
		struct squid_pattern pattern = {item.text, ignore_case, item.at};
		struct name_pattern name;

		if (strcmp(item.text, "-i") == 0 || strcmp(item.text, "+i") == 0) {
			ignore_case = item.text[0] == '-';
			continue;
		}
		if (squid_regex_names(&pattern, importer->arena, &name) ==
		    SQUID_REGEX_INVALID) {
			diag_report(importer->diag, DIAG_SQUID_NEVER_MATCHES, item.at,
				    "'%s' is no regular expression, so squid drops it",
				    item.text);
			continue;
		}
		keep_pattern(importer, acl, pattern);
	}
	if (words->bad_escape)
		return squid_refuse(importer, squid_line_span(words->line),
				    "the line ends with a backslash");
	return 0;
}

/* A number as strtoll() reads it, all of the text; squid takes "+443", too. */
static bool read_number(const char *text, size_t length, u128 *ret_number)
{
	char word[24], *end;
	long long number;

	if (!length || length >= sizeof(word))
		return false;
	memcpy(word, text, length);
	word[length] = '\0';
	number = strtoll(word, &end, 10);
	if (end == word || *end || number < 0 || number > UINT16_MAX)
		return false;
	*ret_number = (u128)number;
	return true;
}

static int read_ports(struct squid_importer *importer, struct squid_acl *acl,
		      struct squid_words *words)
{
	struct squid_word item;

	while (squid_next_item(words, &item)) {
		const char *dash = strchr(item.text, '-');
		size_t first = dash ? (size_t)(dash - item.text) : strlen(item.text);
		struct range range;

		if (!read_number(item.text, first, &range.first) ||
		    (dash && !read_number(dash + 1, strlen(dash + 1), &range.last)))
			return squid_refuse(importer, item.at,
					    "'%s' is no port from 0 to 65535 and no "
					    "range of them",
					    item.text);
		if (!dash)
			range.last = range.first;
		if (range.last < range.first)
			return squid_refuse(importer, item.at,
					    "'%s' ends before it begins", item.text);
		ranges_add(&acl->ports, range, importer->arena);
	}
	return 0;
}

/* Methods in squid's order (http/MethodType.h of 5.7). */
static const char *const methods[] = {
	"GET",	      "POST",	    "PUT",	  "HEAD",	   "CONNECT",
	"TRACE",      "OPTIONS",    "DELETE",	  "LINK",	   "UNLINK",
	"CHECKOUT",   "CHECKIN",    "UNCHECKOUT", "MKWORKSPACE",   "VERSION-CONTROL",
	"REPORT",     "UPDATE",	    "LABEL",	  "MERGE",	   "BASELINE-CONTROL",
	"MKACTIVITY", "ORDERPATCH", "ACL",	  "MKREDIRECTREF", "UPDATEREDIRECTREF",
	"MKCALENDAR", "PROPFIND",   "PROPPATCH",  "MKCOL",	   "COPY",
	"MOVE",	      "LOCK",	    "UNLOCK",	  "SEARCH",	   "PATCH",
	"BIND",	      "REBIND",	    "UNBIND",	  "PRI",	   "PURGE",
};

/* squid compares as many bytes as the word has, so "GE" is GET (RequestMethod.cc). */
static const char *find_method(const struct squid_importer *importer, const char *word)
{
	size_t length = strcspn(word, " \t");

	for (size_t i = 0; i < ARRAY_SIZE(methods); i++)
		if (strncasecmp(methods[i], word, length) == 0 &&
		    (!importer->strict_methods || strncmp(methods[i], word, length) == 0))
			return methods[i];
	return word;
}

static int read_methods(struct squid_importer *importer, struct squid_acl *acl,
			struct squid_words *words)
{
	struct squid_word item;

	while (squid_next_item(words, &item)) {
		const char *method = find_method(importer, item.text);

		if (strcasecmp(method, item.text) != 0)
			warn_entry(importer, &item,
				   arena_printf(importer->arena,
						"squid takes it for the method '%s'",
						method));
		*arena_push(importer->arena, acl->methods.at, acl->methods.count,
			    acl->methods.capacity) = method;
	}
	return 0;
}

static int read_members(struct squid_importer *importer, struct squid_acl *acl,
			struct squid_words *words)
{
	struct squid_uses uses = {0};

	if (squid_read_uses(importer, words, &uses) < 0)
		return -1;
	if (acl->type->kind == SQUID_ACL_ALL_OF) {
		*arena_push(importer->arena, acl->lines, acl->line_count,
			    acl->line_capacity) = uses;
		return 0;
	}
	for (size_t i = 0; i < uses.count; i++)
		*arena_push(importer->arena, acl->lines, acl->line_count,
			    acl->line_capacity) = (struct squid_uses){&uses.at[i], 1, 1};
	return 0;
}

static void read_words(struct squid_importer *importer, struct squid_acl *acl,
		       struct squid_words *words)
{
	struct squid_word word;

	words->escapes = true;
	while (squid_next_word(words, &word))
		keep_word(importer, acl, word.text);
}

static int read_protocols(struct squid_importer *importer, struct squid_acl *acl,
			  struct squid_words *words)
{
	struct squid_word item;

	while (squid_next_item(words, &item))
		keep_word(importer, acl, squid_fold(item.text, importer->arena));
	return 0;
}

int squid_read_values(struct squid_importer *importer, struct squid_acl *acl,
		      struct squid_words *words)
{
	bool ignore_case = false;

	if (acl->type->options && read_options(importer, acl, words, &ignore_case) < 0)
		return -1;
	switch (acl->type->kind) {
	case SQUID_ACL_SRC:
	case SQUID_ACL_DST:
		return read_addrs(importer, acl, words);
	case SQUID_ACL_DOMAIN:
		return read_domains(importer, acl, words);
	case SQUID_ACL_DOMAIN_REGEX:
	case SQUID_ACL_URL_REGEX:
		return read_patterns(importer, acl, words, ignore_case);
	case SQUID_ACL_PORT:
	case SQUID_ACL_LOCAL_PORT:
		return read_ports(importer, acl, words);
	case SQUID_ACL_METHOD:
		return read_methods(importer, acl, words);
	case SQUID_ACL_PROTO:
		return read_protocols(importer, acl, words);
	case SQUID_ACL_ANY_OF:
	case SQUID_ACL_ALL_OF:
		return read_members(importer, acl, words);
	case SQUID_ACL_OPAQUE:
		read_words(importer, acl, words);
		return 0;
	}
	BUG("ACL of kind %d", (int)acl->type->kind);
}
