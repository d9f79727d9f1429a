/* squid_importer.h - What the files of the importer share. */
#ifndef BACKENDS_SQUID_SQUID_IMPORTER_H
#define BACKENDS_SQUID_SQUID_IMPORTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "backends/backend.h"
#include "backends/squid/squid_addrs.h"
#include "backends/squid/squid_domains.h"
#include "backends/squid/squid_words.h"
#include "rules/base/diag.h"
#include "rules/base/textmap.h"
#include "rules/ruleset.h"

/**
 * DOC: Two passes
 *
 * squid keeps the order of rules, but what an ACL holds is global: a line behind the rule
 * that uses it counts (squid 5.7, tried 2026-08-20).  So the first pass reads all files
 * line by line (squid_import_lines.c), fills the ACLs (squid_import_acls.c) and keeps the
 * rules; the second makes terms of ACLs and rules of lines (squid_import_terms.c,
 * squid_import_rules.c).
 *
 * What is read is what squid 5.7 makes of a text, faults included: entries that it drops,
 * lines that it reads over with a message, texts that it dies of.  The dialect "squid-7"
 * has those faults no longer that 7.0.1 mended.
 */
struct arena;
struct diag;

/* What every input is bounded at (design: 64 MiB); spans have 32 bits. */
#define SQUID_MAX_BYTES (64u * 1024 * 1024)

/* Files that one import reads, repetitions counted; 16 levels of includes that include
 * twice would be 65 536. */
#define SQUID_MAX_READS 4096u

/* Levels of include that squid allows (cache_cf.cc of 5.7, parseOneConfigFile). */
#define SQUID_MAX_INCLUDES 16u

/* One logical line, continuations joined.  squid has no bound; a line of a megabyte is no
 * configuration. */
#define SQUID_MAX_LINE (1024u * 1024)

/* ACL_NAME_SZ of squid 5.7 is 64, a NUL included (acl/forward.h). */
#define SQUID_MAX_ACL_NAME 63u

/* Groups in groups; the text of rule sets bounds choices at 32 levels. */
#define SQUID_MAX_GROUPS 24u

/* Terms of one rule when all its groups are unfolded: groups that hold groups twice
 * double them at each level. */
#define SQUID_MAX_TERMS 100000u

enum squid_acl_kind {
	SQUID_ACL_SRC,
	SQUID_ACL_DST,
	SQUID_ACL_DOMAIN,
	SQUID_ACL_DOMAIN_REGEX,
	SQUID_ACL_PORT,
	SQUID_ACL_METHOD,
	SQUID_ACL_PROTO,
	SQUID_ACL_URL_REGEX,
	SQUID_ACL_LOCAL_PORT,
	SQUID_ACL_ANY_OF,
	SQUID_ACL_ALL_OF,
	SQUID_ACL_OPAQUE, /* cannot be modelled: an unknown called by its values */
};

/**
 * struct squid_acl_type - One row of squid_acl_types.def
 * @options:	the options that its lines may begin with, a blank before and behind each;
 *		NULL: any
 * @trait:	what else must be known of it
 */
enum squid_acl_trait {
	SQUID_TRAIT_NONE,
	SQUID_TRAIT_ASKS,	/* asks the client for credentials */
	SQUID_TRAIT_NEEDS_AUTH, /* the same, and auth_param must stand before it */
	SQUID_TRAIT_FRESH,	/* another answer each time */
	SQUID_TRAIT_OPENSSL,	/* in squid-openssl only */
};

struct squid_acl_type {
	const char *name;
	enum squid_acl_kind kind;
	const char *options;
	enum squid_acl_trait trait;
};

/** struct squid_use - An ACL in a rule or in a group */
struct squid_use {
	struct squid_acl *acl;
	bool negated;
};

/** struct squid_uses - What all must hold */
struct squid_uses {
	struct squid_use *at;
	size_t count, capacity;
};

/** struct squid_pattern - A regular expression of an ACL */
struct squid_pattern {
	const char *text;
	bool ignore_case;
	struct span at;
};

/**
 * struct squid_acl - A named test, and what its lines have put into it
 * @folded:	the name in lower case: names have no case
 * @no_lookup:	-n, which one line says for all lines of the name
 * @words:	its values as they stand there, where they give an unknown its name
 * @literals:	IPv6 addresses in brackets, which dstdomain compares as texts
 * @files:	lists whose contents nobody knows
 * @lines:	groups: one for each line
 * @state:	for the search for groups that hold themselves
 * @depth, @size, @asks, @fresh: of what it holds; set by squid_check_acls()
 * @built:	terms made already: [1] as a list that cannot wait for a lookup sees it
 */
struct squid_acl {
	const char *name, *folded;
	const struct squid_acl_type *type;
	struct span at;
	bool no_lookup;
	struct squid_addrs addrs;
	struct squid_domains domains;
	struct ranges ports;
	struct symbols methods;
	struct squid_pattern *patterns;
	size_t pattern_count, pattern_capacity;
	struct symbols words;
	struct addr_set literals;
	const char **files;
	size_t file_count, file_capacity;
	struct squid_uses *lines;
	size_t line_count, line_capacity;
	enum { SQUID_ACL_NEW, SQUID_ACL_OPEN, SQUID_ACL_DONE } state;
	unsigned depth;
	uint64_t size;
	bool asks, fresh;
	struct match *built[2];
};

/** enum squid_list - The lists of access lines that decide requests, in their order */
enum squid_list {
	SQUID_LIST_HTTP,
	SQUID_LIST_ADAPTED,
	SQUID_LIST_MISS,
	SQUID_LIST_COUNT,
	SQUID_LIST_OTHER = SQUID_LIST_COUNT, /* decides something else */
};

/** struct squid_access - An access line */
struct squid_access {
	bool allow;
	struct squid_uses uses;
	struct span at;
	const char *id, *name;
};

struct squid_access_list {
	struct squid_access *at;
	size_t count, capacity;
};

/** struct squid_importer - One import */
struct squid_importer {
	const struct import_input *input;
	struct arena *arena;
	struct diag *diag;
	struct ruleset *rules;
	bool seven; /* dialect squid-7 */
	struct textmap acls;
	struct squid_acl **acl_list;
	size_t acl_count, acl_capacity;
	struct squid_access_list lists[SQUID_LIST_COUNT];
	bool listens;		/* a port: a whole configuration */
	bool transparent;	/* a port that does not take requests as they are sent */
	struct ranges ports;	/* of http_port, for localport */
	bool authenticates;	/* auth_param was there */
	bool strict_methods;	/* relaxed_header_parser off */
	bool looks_up;		/* some rule asks for a host's addresses */
	bool tests_destination; /* some rule tests where a request leads */
	unsigned reads;		/* files so far */
	const char *above;	/* the id that the comment above gives, or NULL */
};

/** squid_refuse() - Say that squid would not start, and why; returns -1 */
int squid_refuse(struct squid_importer *importer, struct span at, const char *fmt, ...)
	PRINTF_LIKE(3, 4);

/** squid_place() - "conf.d/x.conf:12", in the arena */
const char *squid_place(const struct squid_importer *importer, struct span at);

/** squid_read_file() - Read a file and what it includes; @depth: includes so far */
int squid_read_file(struct squid_importer *importer, const struct import_file *file,
		    unsigned depth);

/** squid_directive() - Carry out one logical line */
int squid_directive(struct squid_importer *importer, const struct squid_line *line);

/** squid_define_acl() - Carry out "acl ..."; @words stands behind the first word */
int squid_define_acl(struct squid_importer *importer, struct squid_words *words);

/** squid_read_values() - Fill an ACL with the rest of a line: options, then values */
int squid_read_values(struct squid_importer *importer, struct squid_acl *acl,
		      struct squid_words *words);

/** squid_fold() - In lower case, in the arena */
char *squid_fold(const char *text, struct arena *arena);

/** squid_predefine_acls() - What squid defines by itself */
int squid_predefine_acls(struct squid_importer *importer);

/** squid_check_acls() - Refuse groups that hold themselves or are too deep */
int squid_check_acls(struct squid_importer *importer);

/** squid_read_uses() - The rest of a line, names of ACLs with "!" or without */
int squid_read_uses(struct squid_importer *importer, struct squid_words *words,
		    struct squid_uses *ret_uses);

/** squid_read_access() - Carry out an access line; @words stands behind the first word */
int squid_read_access(struct squid_importer *importer, enum squid_list list,
		      struct squid_words *words);

/**
 * squid_add_use() - Append the term of an ACL to @match
 * @waits:	false: where the list cannot wait for a lookup
 * @place:	the line, for tests that have another answer each time
 */
void squid_add_use(struct squid_importer *importer, const struct squid_use *use,
		   bool waits, struct span place, struct match *match);

enum squid_regex {
	SQUID_REGEX_NAMES,   /* takes the names of *ret_names, and no address */
	SQUID_REGEX_ALL,     /* takes everything */
	SQUID_REGEX_INVALID, /* does not compile: squid drops it */
	SQUID_REGEX_OTHER,   /* not modelled */
};

/** squid_regex_names() - The names that a regular expression takes, where it is simple */
enum squid_regex squid_regex_names(const struct squid_pattern *pattern,
				   struct arena *arena, struct name_pattern *ret_name);

/**
 * squid_regex_is_whole() - Do its brackets and parentheses close?
 *
 * squid joins the expressions of a line to "(a)|(b)": where one of them does not close,
 * the others may mean something else than they do alone.
 */
bool squid_regex_is_whole(const struct squid_pattern *pattern);

/** squid_regex_is_url() - Does it take no "host:port", what a CONNECT has for a URL? */
bool squid_regex_is_url(const struct squid_pattern *pattern);

/** squid_make_rules() - Second pass: the path, its stages and their rules */
int squid_make_rules(struct squid_importer *importer);

#endif
