/* squid_import_acls.c - Defining ACLs: "acl NAME TYPE VALUES". */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "backends/squid/squid_importer.h"
#include "rules/base/arena.h"

static const struct squid_acl_type types[] = {
#define ACL_TYPE(name, kind, options, trait) \
	{name, SQUID_ACL_##kind, options, SQUID_TRAIT_##trait},
#include "backends/squid/squid_acl_types.def"
#undef ACL_TYPE
};

static const char *const type_names[] = {
#define ACL_TYPE(name, kind, options, trait) name,
#include "backends/squid/squid_acl_types.def"
#undef ACL_TYPE
	NULL,
};

static const struct squid_acl_type *find_type(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(types); i++)
		if (strcmp(types[i].name, name) == 0)
			return &types[i];
	return NULL;
}

static char *fold(const char *text, struct arena *arena)
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
		known = textmap_get(importer->input->names, fold(host, importer->arena));
	if (!known) {
		*arena_push(importer->arena, acl->addrs.hosts, acl->addrs.host_count,
			    acl->addrs.host_capacity) = fold(host, importer->arena);
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
		const char *entry = fold(item.text, importer->arena), *other;

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
		keep_word(importer, acl, fold(item.text, importer->arena));
	return 0;
}

static int read_values(struct squid_importer *importer, struct squid_acl *acl,
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

/* -- the line ----------------------------------------------------------------------- */

/* What squid calls otherwise today (acl/Acl.cc of 5.7). */
static const char *modern_type(const char *name)
{
	static const char *const renamed[][2] = {
		{"myip", "localip"},
		{"myport", "localport"},
		{"clientside_mark", "client_connection_mark"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(renamed); i++)
		if (strcmp(name, renamed[i][0]) == 0)
			return renamed[i][1];
	return name;
}

static int refuse_type(struct squid_importer *importer, const struct squid_word *type)
{
	const char *nearest = diag_nearest(type->text, type_names);

	squid_refuse(importer, type->at, "there is no ACL type '%s'", type->text);
	if (nearest)
		diag_help(importer->diag, "did you mean '%s'?", nearest);
	return -1;
}

/* The ACL of that name and type, made when there is none; NULL with an error. */
static struct squid_acl *open_acl(struct squid_importer *importer,
				  const struct squid_word *name,
				  const struct squid_word *type_word)
{
	const struct squid_acl_type *type = find_type(modern_type(type_word->text));
	char *folded = fold(name->text, importer->arena);
	struct squid_acl *acl = textmap_get(&importer->acls, folded);

	if (!type) {
		refuse_type(importer, type_word);
		return NULL;
	}
	if (acl && acl->type != type) {
		squid_refuse(importer, name->at, "ACL '%s' has the type '%s' already",
			     name->text, acl->type->name);
		if (acl->at.source)
			diag_note(importer->diag, acl->at, "defined here");
		return NULL;
	}
	if (type->trait == SQUID_TRAIT_NEEDS_AUTH && !importer->authenticates) {
		squid_refuse(importer, type_word->at,
			     "'%s' needs an 'auth_param' above it", type->name);
		return NULL;
	}
	if (acl)
		return acl;
	acl = arena_make(importer->arena, struct squid_acl);
	acl->name = name->text;
	acl->folded = folded;
	acl->type = type;
	acl->at = name->at;
	return acl;
}

static void warn_type(struct squid_importer *importer, const struct squid_acl *acl,
		      const struct squid_word *type)
{
	if (acl->type->kind != SQUID_ACL_OPAQUE)
		return;
	diag_report(importer->diag, DIAG_SQUID_ACL_UNKNOWN, type->at,
		    "ACL '%s' is of type '%s', which is not modelled", acl->name,
		    acl->type->name);
	if (acl->type->trait == SQUID_TRAIT_OPENSSL)
		diag_help(importer->diag,
			  "only squid-openssl knows the type; Debian's 'squid' does "
			  "not start with this line");
}

/* What squid did not read, and what nobody could read. */
static void note_rest(struct squid_importer *importer, struct squid_acl *acl,
		      const struct squid_words *words)
{
	if (words->missing) {
		*arena_push(importer->arena, acl->files, acl->file_count,
			    acl->file_capacity) = words->missing;
		diag_report(importer->diag, DIAG_SQUID_ACL_UNKNOWN,
			    squid_line_span(words->line),
			    "the list '%s' of ACL '%s' is not among the files",
			    words->missing, acl->name);
		diag_help(importer->diag, "give it with --with=FILE; squid takes a list "
					  "that is missing for an empty one");
	}
	if (words->dropped.text)
		diag_report(importer->diag, DIAG_SQUID_ENTRY_DROPPED, words->dropped.at,
			    "squid reads nothing behind the list: '%s' is dropped",
			    words->dropped.text);
}

int squid_define_acl(struct squid_importer *importer, struct squid_words *words)
{
	struct span at = squid_line_span(words->line);
	struct squid_word name, type;
	struct squid_acl *acl;

	if (!squid_next_word(words, &name))
		return squid_refuse(importer, at, "an ACL without a name");
	if (strlen(name.text) > SQUID_MAX_ACL_NAME && !importer->seven)
		return squid_refuse(importer, name.at,
				    "the name of the ACL is longer than %u bytes",
				    SQUID_MAX_ACL_NAME);
	if (!squid_next_word(words, &type))
		return squid_refuse(importer, at, "ACL '%s' has no type", name.text);
	if (strcmp(type.text, "proto") == 0 && strcmp(name.text, "manager") == 0)
		return 0; /* of old files; squid has an ACL of that name itself */
	acl = open_acl(importer, &name, &type);
	if (!acl)
		return -1;
	warn_type(importer, acl, &type);
	if (read_values(importer, acl, words) < 0)
		return -1;
	note_rest(importer, acl, words);
	/* Only now can its own lines name it. */
	if (textmap_get(&importer->acls, acl->folded))
		return 0;
	textmap_put(&importer->acls, acl->folded, acl, importer->arena);
	*arena_push(importer->arena, importer->acl_list, importer->acl_count,
		    importer->acl_capacity) = acl;
	return 0;
}

int squid_predefine_acls(struct squid_importer *importer)
{
	/* cf.data.pre of 5.7; 6.0 adds to_linklocal and takes cache_object out */
	static const char text[] =
		"acl all src all\n"
		"acl manager url_regex -i ^cache_object:// +i "
		"^[^:]+://[^/]+/squid-internal-mgr/\n"
		"acl localhost src 127.0.0.1/32 ::1\n"
		"acl to_localhost dst 127.0.0.0/8 0.0.0.0/32 ::1/128 ::/128\n"
		"acl CONNECT method CONNECT\n";
	static const char later[] = "acl to_linklocal dst 169.254.0.0/16 fe80::/10\n";
	const struct import_file files[] = {
		{.name = "squid", .text = text, .length = sizeof(text) - 1},
		{.name = "squid", .text = later, .length = sizeof(later) - 1},
	};

	for (size_t i = 0; i < (importer->seven ? 2u : 1u); i++)
		if (squid_read_file(importer, &files[i], 0) < 0)
			return -1;
	return 0;
}

/* -- groups ------------------------------------------------------------------------- */

static int check_acl(struct squid_importer *importer, struct squid_acl *acl,
		     unsigned depth)
{
	if (acl->state == SQUID_ACL_DONE)
		return 0;
	if (acl->state == SQUID_ACL_OPEN)
		return squid_refuse(importer, acl->at,
				    "ACL '%s' holds itself: 'squid -k parse' says "
				    "nothing, and squid crashes when it starts",
				    acl->name);
	if (depth == SQUID_MAX_GROUPS)
		return diag_report(importer->diag, DIAG_SQUID_TOO_LARGE, acl->at,
				   "ACL '%s' lies in more than %u groups of groups",
				   acl->name, SQUID_MAX_GROUPS);
	acl->state = SQUID_ACL_OPEN;
	acl->size = 1;
	acl->asks = acl->type->trait == SQUID_TRAIT_ASKS ||
		    acl->type->trait == SQUID_TRAIT_NEEDS_AUTH;
	acl->fresh = acl->type->trait == SQUID_TRAIT_FRESH;
	for (size_t i = 0; i < acl->line_count; i++)
		for (size_t j = 0; j < acl->lines[i].count; j++) {
			struct squid_acl *member = acl->lines[i].at[j].acl;

			if (check_acl(importer, member, depth + 1) < 0)
				return -1;
			acl->size += member->size;
			acl->asks |= member->asks;
			acl->fresh |= member->fresh;
			if (member->depth >= acl->depth)
				acl->depth = member->depth + 1;
		}
	if (acl->size > SQUID_MAX_TERMS || acl->depth > SQUID_MAX_GROUPS)
		return diag_report(importer->diag, DIAG_SQUID_TOO_LARGE, acl->at,
				   "ACL '%s' has more than %u tests, or groups in more "
				   "than %u groups",
				   acl->name, SQUID_MAX_TERMS, SQUID_MAX_GROUPS);
	acl->state = SQUID_ACL_DONE;
	return 0;
}

static bool is_empty(const struct squid_acl *acl)
{
	return !acl->addrs.kept && !acl->addrs.host_count && !acl->domains.kept.count &&
	       !acl->literals.of[FAMILY_IPV6].count && !acl->ports.count &&
	       !acl->methods.count && !acl->pattern_count && !acl->words.count &&
	       !acl->file_count && !acl->line_count;
}

int squid_check_acls(struct squid_importer *importer)
{
	for (size_t i = 0; i < importer->acl_count; i++) {
		struct squid_acl *acl = importer->acl_list[i];

		if (check_acl(importer, acl, 0) < 0)
			return -1;
		if (is_empty(acl))
			diag_report(importer->diag, DIAG_SQUID_NEVER_MATCHES, acl->at,
				    "ACL '%s' is empty: it matches nothing", acl->name);
	}
	return 0;
}
