/* named_importer.h - What the files of the importer share. */
#ifndef BACKENDS_BIND_NAMED_IMPORTER_H
#define BACKENDS_BIND_NAMED_IMPORTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "backends/backend.h"
#include "rules/base/diag.h"
#include "rules/base/textmap.h"
#include "rules/ruleset.h"

/**
 * DOC: Three steps
 *
 *	named_import_blocks.c	the bytes of a named.conf to nested statements
 *	named_import_check.c	are they statements that named takes there?
 *	named_import_conf.c	statements to views, zones and forwarders
 *	named_import_lines.c	the bytes of a zone file to lines of words
 *	named_import_master.c	lines to records
 *	named_import_types.c	and what stands behind the type of a record
 *	named_import_nodes.c	records to what a zone has for each name
 *	named_import_lookup.c	where a name leads inside the server: aliases
 *	named_import_rules.c	all of that to rules
 *
 * What is read is what named of BIND 9.18.49 makes of a text (tried 2026-11-27).
 */
struct arena;
struct diag;

/* What every input is bounded at (design: 64 MiB); spans have 32 bits. */
#define NAMED_MAX_BYTES (64u * 1024 * 1024)

/* Files that one import reads, repetitions counted: files that include others twice
 * double them at each level. */
#define NAMED_MAX_READS 4096u

/* Blocks in blocks, and includes in includes; named.conf(5) has no statement of more than
 * six. */
#define NAMED_MAX_DEPTH 32u

/* Aliases that named follows for one question: "max-query-restarts" is 11. */
#define NAMED_MAX_ALIASES 11u

/* Text of a domain name, every byte of 255 spelt "\ddd" */
#define NAMED_NAME_MAX 1024u

/** struct named_block - Statements between braces, or those of a file */
struct named_block {
	struct named_statement *at;
	size_t count, capacity;
};

/** struct named_element - A part of a statement */
enum named_element_kind {
	NAMED_WORD,
	NAMED_QUOTED,
	NAMED_BLOCK,
};

struct named_element {
	enum named_element_kind kind;
	const char *text; /* of a word or a quoted string */
	struct named_block block;
	struct span at;
};

/** struct named_statement - Elements up to a semicolon, at least one */
struct named_statement {
	struct named_element *at;
	size_t count, capacity;
	struct span span;
};

/** struct named_mark - A comment "postern:ID" */
struct named_mark {
	struct span at;
	const char *id;
};

/** struct named_server - Who is asked */
struct named_server {
	struct addr addr;
	uint16_t port;
};

/**
 * struct named_forwarding - "forwarders" and "forward" of a zone, or of all names
 * @given:	"forwarders" stands there: with no servers it ends what is set further up
 */
struct named_forwarding {
	bool given, only;
	struct named_server *servers;
	size_t count, capacity;
};

/** enum named_type - Types of records that make a difference */
enum named_type {
	NAMED_TYPE_A,
	NAMED_TYPE_AAAA,
	NAMED_TYPE_CNAME,
	NAMED_TYPE_DNAME,
	NAMED_TYPE_NS,
	NAMED_TYPE_SOA,
	NAMED_TYPE_MX,
	NAMED_TYPE_SRV,
	NAMED_TYPE_PTR,
	NAMED_TYPE_TEXT,   /* strings */
	NAMED_TYPE_SIGNED, /* RRSIG, NSEC, KEY: may stand beside a CNAME */
	NAMED_TYPE_OTHER,
};

/**
 * struct named_record - A record of a zone file
 * @owner, @target: names in their canonical text: lower case, no dot at the end, "" for
 *		the root, and bytes that no host name has as "\ddd"
 * @data:	of those types of which a name has one: what tells one from another
 */
struct named_record {
	enum named_type type;
	const char *owner;
	const char *target;
	struct addr addr;
	const char *data;
	const char *id;
	struct span at;
};

/**
 * struct named_node - A name of a zone, or one between such a name and the zone's
 * @records:	those of its records that have addresses
 * @alias:	where a CNAME leads, or NULL
 * @cut:	others answer for it and for all names below
 * @hidden:	it is below a cut or a DNAME, so it is only an address of a server there
 * @rename:	the names below it are those below another one
 */
struct named_node {
	const char *name;
	unsigned labels;
	struct named_record **records;
	size_t count, capacity;
	const struct named_record *alias;
	const struct named_record *cut;
	const struct named_record *rename;
	const struct named_record *other; /* what may not stand beside a CNAME */
	bool hidden;
};

enum named_zone_kind {
	NAMED_ZONE_DATA,	/* it answers from its records */
	NAMED_ZONE_STUB,	/* it asks servers that others name */
	NAMED_ZONE_STATIC_STUB, /* it asks servers that it names */
	NAMED_ZONE_FORWARD,	/* no more than forwarders */
};

/**
 * struct named_zone - A zone of a view
 * @unknown:	why its records are not known; NULL: they are
 * @closed:	nobody may ask for its names
 * @lenient:	names that no host may have are let pass ("check-names")
 * @servers:	of a static-stub zone
 */
struct named_zone {
	enum named_zone_kind kind;
	const char *name;
	unsigned labels;
	const char *unknown;
	bool closed;
	bool lenient;
	struct named_forwarding forwarding;
	struct named_server *servers;
	size_t server_count, server_capacity;
	struct named_record **records;
	size_t record_count, record_capacity;
	struct named_node **nodes;
	size_t node_count, node_capacity;
	struct textmap by_name;
	bool wild; /* it has wildcards */
	const char *id;
	struct span at;
};

/**
 * struct named_view - What those who ask see; a server without views has one
 * @picks:	it goes by who asks
 * @opaque:	what may decide any name, or NULL
 */
struct named_view {
	const char *name;
	bool picks;
	bool recursion;
	bool lenient;
	const char *opaque;
	struct named_forwarding forwarding;
	struct named_zone **zones;
	size_t zone_count, zone_capacity;
	struct textmap by_name;
	struct span at;
};

/** struct named_importer - One import */
struct named_importer {
	const struct import_input *input;
	struct arena *arena;
	struct diag *diag;
	struct ruleset *rules;
	struct named_mark *marks;
	size_t mark_count, mark_capacity;
	struct named_view **views;
	size_t view_count, view_capacity;
	unsigned reads; /* files so far */
};

/** named_refuse() - Say that named would not load the text, and why; returns -1 */
int named_refuse(struct named_importer *importer, struct span at, const char *fmt, ...)
	PRINTF_LIKE(3, 4);

/** named_assume() - Add an assumption that is needed because of @at, once, and warn */
void named_assume(struct named_importer *importer, const char *sentence, struct span at);

/** named_place() - "named.conf:12", in the arena */
const char *named_place(const struct named_importer *importer, struct span at);

/** named_find_files() - The files that a path or a pattern names
 * @ret_files:	room for all files of the input */
size_t named_find_files(const struct named_importer *importer, const char *pattern,
			const struct import_file **ret_files);

/** named_check_file() - May one more file be read?  -1: it is too large, or one too many
 */
int named_check_file(struct named_importer *importer, const struct import_file *file);

/** named_mark_id() - The id in a comment "postern:ID", or NULL */
const char *named_mark_id(struct named_importer *importer, const char *text,
			  size_t length);

/** named_read_blocks() - Append the statements of a file, and of what it includes */
int named_read_blocks(struct named_importer *importer, const struct import_file *file,
		      unsigned depth, struct named_block *block);

/** named_same() - Are two words the same?  Keywords have no case */
bool named_same(const char *a, const char *b);

/** named_find() - The last statement of that name in a block, or NULL */
const struct named_statement *named_find(const struct named_block *block,
					 const char *name);

/** struct named_statement_info - One row of named_statements.def */
enum named_value {
	NAMED_VALUE_BOOLEAN,
	NAMED_VALUE_NUMBER,
	NAMED_VALUE_QUOTED,
	NAMED_VALUE_BLOCK,
	NAMED_VALUE_ANY
};
enum named_effect { NAMED_EFFECT_PLAIN, NAMED_EFFECT_NOTE, NAMED_EFFECT_OPAQUE };

struct named_statement_info {
	const char *name;
	const char *places;
	enum named_value value;
	bool many;
	enum named_effect effect;
	const char *note;
};

/** named_statement_find() - The row of a statement, or NULL */
const struct named_statement_info *named_statement_find(const char *name);

/**
 * named_check() - Does named take these statements in a place?
 * @place:	a letter of named_statements.def
 * @where:	the same in words, "options", "a zone of type 'forward'"
 *
 * Notes what they do that is not followed; *opaque is set to what may decide any name.
 */
int named_check(struct named_importer *importer, const struct named_block *block,
		char place, const char *where, const char **opaque);

/** named_read_boolean() - "yes", "true", "1" and their opposites */
bool named_read_boolean(const char *text, bool *ret_value);

/** named_read_conf() - Make views and zones of the statements of a named.conf */
int named_read_conf(struct named_importer *importer, const struct named_block *block);

/** struct named_word - A word of a line of a zone file */
struct named_word {
	const char *text;
	bool quoted;
	struct span at;
};

/**
 * struct named_line - A line of a zone file, those in parentheses joined
 * @blank:	it begins with a blank: the owner is that of the line before
 */
struct named_line {
	struct named_word *at;
	size_t count, capacity;
	bool blank;
	const char *id;
	struct span span;
};

/** struct named_lines - Where a file is being read */
struct named_lines {
	struct named_importer *importer;
	const struct import_file *file;
	size_t next;
};

/** named_next_line() - The next line that is not empty: 1, 0 at the end, -1 on error */
int named_next_line(struct named_lines *lines, struct named_line *ret_line);

/**
 * named_read_name() - A domain name in its canonical text
 * @origin:	what relative names are below; NULL: there is none
 *
 * Return: NULL after an error was reported
 */
const char *named_read_name(struct named_importer *importer,
			    const struct named_word *word, const char *origin);

/** named_labels() - How many labels a name in canonical text has */
unsigned named_labels(const char *name);

/** named_parent() - The name without its first label; NULL for the root */
const char *named_parent(const char *name);

/** named_is_below() - Is @name @zone, or below it? */
bool named_is_below(const char *name, const char *zone);

/** named_is_host() - May a host have this name?  @wild: a "*" may stand in front */
bool named_is_host(const char *name, bool wild);

/**
 * named_read_data() - Read what stands behind the type of a record
 * @type:	the word of the type
 * @words:	what stands behind it
 *
 * Return: 0, or -1 after an error was reported; 1 where the data cannot be followed
 */
int named_read_data(struct named_importer *importer, const struct named_zone *zone,
		    const struct named_word *type, const struct named_word *words,
		    size_t count, const char *origin, struct named_record *record);

/** named_read_ttl() - "3600", "1h30m" */
bool named_read_ttl(const char *text, uint32_t *ret_seconds);

/**
 * named_read_master() - Read a zone file into the records of a zone
 * @origin:	the name of the zone; NULL: whatever the file says
 */
int named_read_master(struct named_importer *importer, const struct import_file *file,
		      const char *origin, struct named_zone *zone);

/** named_make_nodes() - Sort the zone's records by name, and check the zone */
int named_make_nodes(struct named_importer *importer, struct named_zone *zone);

/** named_node() - The node of a name, or NULL */
struct named_node *named_node(const struct named_zone *zone, const char *name);

/** enum named_found - What a zone has for a name */
enum named_found {
	NAMED_FOUND_NODE,    /* *ret_node, the name's own or a wildcard */
	NAMED_FOUND_NOTHING, /* the name does not exist */
	NAMED_FOUND_CUT,     /* other servers answer */
	NAMED_FOUND_RENAMED, /* a DNAME makes another name of it */
};

enum named_found named_look_up(const struct named_zone *zone, const char *name,
			       struct arena *arena, const struct named_node **ret_node);

/** enum named_end - Where a name leads in the end */
enum named_end {
	NAMED_END_RECORDS,   /* to the records of *ret_node, of which there may be none */
	NAMED_END_NOTHING,   /* to no address */
	NAMED_END_ELSEWHERE, /* to what others answer */
	NAMED_END_UNKNOWN,   /* to what *ret_why says that it is not known */
};

/** named_follow() - Where an alias of @zone leads */
enum named_end named_follow(const struct named_view *view, const struct named_zone *zone,
			    const struct named_record *alias, struct arena *arena,
			    const struct named_node **ret_node, const char **ret_why);

/** named_make_rules() - The paths, their stages and rules */
void named_make_rules(struct named_importer *importer);

/** named_is_conf() - Is it a named.conf, and no zone file? */
bool named_is_conf(const char *text, size_t length);

#endif
