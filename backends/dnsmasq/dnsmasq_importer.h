/* dnsmasq_importer.h - What the files of the importer share. */
#ifndef BACKENDS_DNSMASQ_DNSMASQ_IMPORTER_H
#define BACKENDS_DNSMASQ_DNSMASQ_IMPORTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "backends/answer.h"
#include "rules/base/textmap.h"

/**
 * DOC: Two passes
 *
 * Nothing depends on the order of dnsmasq's lines, but much on all of them: the longest
 * domain wins wherever it stands.  So the first pass reads the files line by line
 * (dnsmasq_import_lines.c) and gathers what the lines say (dnsmasq_import_options.c,
 * dnsmasq_import_records.c, dnsmasq_import_servers.c); the second makes the paths of it
 * (dnsmasq_import_answers.c, dnsmasq_import_questions.c).
 *
 * Sources: src/option.c, src/domain-match.c, src/rfc1035.c, src/forward.c and
 * src/cache.c of dnsmasq 2.90 (Debian 12), read and tried on 2026-11-27.
 */
struct arena;
struct diag;

/* dnsmasq reads pieces of 1024 bytes: what is longer goes on as a line of its own
 * (MAXDNAME in src/dns-protocol.h is 1025, a NUL included). */
#define DNSMASQ_LINE 1024u

/* Steps of a chain of cnames that dnsmasq follows (src/rfc1035.c, answer_request()). */
#define DNSMASQ_MAX_CNAMES 254u

/* Levels of conf-file and conf-dir.  dnsmasq has no bound but its stack; each file is
 * read once only. */
#define DNSMASQ_MAX_DEPTH 16u

enum dnsmasq_kind {
	DNSMASQ_PLAIN,
	DNSMASQ_NOTE,
	DNSMASQ_ADDRESS,
	DNSMASQ_ALIAS,
	DNSMASQ_AUTH_ZONE,
	DNSMASQ_CNAME,
	DNSMASQ_CONF_DIR,
	DNSMASQ_CONF_FILE,
	DNSMASQ_DOMAIN,
	DNSMASQ_DROPPED,
	DNSMASQ_EXPAND,
	DNSMASQ_FILTER,
	DNSMASQ_HOSTS,
	DNSMASQ_HOST_RECORD,
	DNSMASQ_INTERFACE,
	DNSMASQ_LOCALHOST_OK,
	DNSMASQ_LOCALISE,
	DNSMASQ_NFTSET,
	DNSMASQ_NO_HOSTS,
	DNSMASQ_NO_RESOLV,
	DNSMASQ_PORT,
	DNSMASQ_REBIND,
	DNSMASQ_REBIND_OK,
	DNSMASQ_SERVER,
	DNSMASQ_SERVERS_FILE,
	DNSMASQ_SYNTH,
	DNSMASQ_KIND_COUNT,
};

enum dnsmasq_argument {
	DNSMASQ_NONE,
	DNSMASQ_NEEDED,
	DNSMASQ_OPTIONAL,
};

/** struct dnsmasq_option - One row of dnsmasq_options.def */
struct dnsmasq_option {
	const char *name;
	enum dnsmasq_argument argument;
	bool once;
	enum dnsmasq_kind kind;
	const char *assumption;
};

/**
 * struct dnsmasq_line - One line, quotes and comment taken away
 * @key, @value: into @text; no @value: NULL
 * @at:		where each byte of @text stands in the file
 * @id:		what its comment, or the one above, carries behind "postern:"
 * @depth:	files that included its file
 */
struct dnsmasq_line {
	const struct import_file *file;
	const struct dnsmasq_option *option;
	char text[DNSMASQ_LINE + 1];
	uint32_t at[DNSMASQ_LINE + 1];
	size_t length;
	char *key, *value;
	const char *id;
	struct span span;
	unsigned depth;
};

/** struct dnsmasq_source - Where a rule comes from */
struct dnsmasq_source {
	struct span at;
	const char *id;
};

/** struct dnsmasq_record - A name and an address, of host-record or a hosts file */
struct dnsmasq_record {
	const char *name;
	struct addr addr;
	struct dnsmasq_source from;
};

/** struct dnsmasq_host - What all records of a name say together */
struct dnsmasq_host {
	const char *name;
	struct addr_set to;
};

/** struct dnsmasq_cname - cname=; @next: that of its target, or NULL */
struct dnsmasq_cname {
	const char *alias, *target;
	bool asked; /* a host name */
	struct dnsmasq_cname *next, *seen;
	struct dnsmasq_source from;
};

/** struct dnsmasq_interface - interface-name=, dynamic-host=: @families it may give;
 * @more: of the same name */
struct dnsmasq_interface {
	const char *name, *interface;
	struct dnsmasq_interface *more;
	unsigned families;
	struct dnsmasq_source from;
};

/** struct dnsmasq_synth - synth-domain=: names below a domain that tell their address */
struct dnsmasq_synth {
	const char *domain;
	enum family family;
	struct range range;
	struct dnsmasq_source from;
};

/** struct dnsmasq_server - What a line says of the questions for a domain */
struct dnsmasq_server {
	enum {
		DNSMASQ_ANSWER,	  /* answer @addr */
		DNSMASQ_ZEROS,	  /* answer 0.0.0.0 and :: */
		DNSMASQ_STANDARD, /* ask the servers that have no domain */
		DNSMASQ_ASK,	  /* ask @addr, or where @host leads */
		DNSMASQ_NOTHING,  /* there is no such name, or no such address */
	} does;
	struct addr addr;
	uint16_t port;
	const char *host;
	struct dnsmasq_source from;
};

/**
 * struct dnsmasq_domain - All lines of one domain
 * @wildcard:	"*x": names that end so, wherever that begins
 * @text:	without a dot or asterisk in front; "": every name
 */
struct dnsmasq_domain {
	const char *text;
	bool wildcard;
	struct dnsmasq_server *at;
	size_t count, capacity;
};

/** DNSMASQ_LIST() - An array of things */
#define DNSMASQ_LIST(type)       \
	struct {                 \
		type *at;        \
		size_t count;    \
		size_t capacity; \
	}

/** struct dnsmasq_set - nftset=: where addresses of a family's answers go */
struct dnsmasq_set {
	const char *path;
	unsigned families;
};

/** struct dnsmasq_fill - nftset= of a domain; "": of every name */
struct dnsmasq_fill {
	const char *domain;
	const struct dnsmasq_set *sets;
	size_t count;
	struct dnsmasq_source from;
};

/**
 * struct dnsmasq_importer - One import
 * @seen_options, @seen_files: what came already
 * @has:	kinds of options that are there
 * @above:	the id of the comment above, or NULL
 * @hindered:	what may keep an answer from coming through, a sentence each
 * @by_family:	points of the path that is made have the family that is asked for, and
 *		have not whom is asked
 */
struct dnsmasq_importer {
	const struct import_input *input;
	struct arena *arena;
	struct diag *diag;
	struct ruleset *rules;
	struct textmap seen_options, seen_files;
	bool has[DNSMASQ_KIND_COUNT];
	const char *above;
	DNSMASQ_LIST(struct dnsmasq_record) records;
	struct textmap host_of;
	DNSMASQ_LIST(struct dnsmasq_host *) hosts;
	struct textmap cname_of;
	DNSMASQ_LIST(struct dnsmasq_cname *) cnames;
	struct textmap interface_of;
	DNSMASQ_LIST(struct dnsmasq_interface *) interfaces; /* the first of each name */
	DNSMASQ_LIST(struct dnsmasq_synth) synths;
	struct name_patterns zones; /* auth-zone */
	struct textmap domain_of;
	DNSMASQ_LIST(struct dnsmasq_domain *) domains;
	DNSMASQ_LIST(const char *) hosts_paths;
	struct textmap fill_of;
	DNSMASQ_LIST(struct dnsmasq_fill *) fills;
	struct name_patterns rebind_ok;
	struct addr_set dropped; /* bogus-nxdomain, ignore-address, alias */
	unsigned filtered;	 /* families */
	DNSMASQ_LIST(const char *) hindered;
	bool forwards; /* some line names a server */
	bool by_family;
	const char *suffix;
};

/** dnsmasq_refuse() - Say that dnsmasq would not start, and why; returns -1 */
int dnsmasq_refuse(struct dnsmasq_importer *importer, struct span at, const char *fmt,
		   ...) PRINTF_LIKE(3, 4);

/** dnsmasq_part() - The bytes of the file that @text, a part of the line's, stands for */
struct span dnsmasq_part(const struct dnsmasq_line *line, const char *text);

/** dnsmasq_read_file() - Read a file and what it includes */
int dnsmasq_read_file(struct dnsmasq_importer *importer, const struct import_file *file,
		      unsigned depth);

/** dnsmasq_find_option() - The row of a name, or NULL */
const struct dnsmasq_option *dnsmasq_find_option(const char *name);

/** dnsmasq_carry_out() - Gather what a line says */
int dnsmasq_carry_out(struct dnsmasq_importer *importer, struct dnsmasq_line *line);

/** dnsmasq_unhide() - Give letters that stood in quotes back, in place */
void dnsmasq_unhide(char *text);

/**
 * dnsmasq_split() - End @text before its first @separator, blanks around it taken away
 *
 * Return: what stands behind it, or NULL where there is none
 */
char *dnsmasq_split(char *text, char separator);

/** dnsmasq_is_number() - Digits alone, or nothing; hidden letters are given back */
bool dnsmasq_is_number(char *text);

enum dnsmasq_name {
	DNSMASQ_NAME_BAD,   /* dnsmasq refuses it */
	DNSMASQ_NAME_OTHER, /* nobody who pulls asks for it */
	DNSMASQ_NAME_HOST,
};

/** dnsmasq_name() - Read a name as dnsmasq does; *ret_name is in lower case */
enum dnsmasq_name dnsmasq_name(struct dnsmasq_importer *importer, char *text,
			       const char **ret_name);

/** dnsmasq_add_record() - Add an address to a name */
void dnsmasq_add_record(struct dnsmasq_importer *importer, const char *name,
			const struct addr *addr, struct dnsmasq_source from);

/** dnsmasq_add_server() - Add to what is done for @domain; "", "#" and "*" as there */
int dnsmasq_add_server(struct dnsmasq_importer *importer, const char *domain,
		       const struct dnsmasq_server *server,
		       const struct dnsmasq_line *line);

/* Lines of one kind or some. */
int dnsmasq_read_conf_file(struct dnsmasq_importer *importer, struct dnsmasq_line *line);
int dnsmasq_read_conf_dir(struct dnsmasq_importer *importer, struct dnsmasq_line *line);
int dnsmasq_read_host_record(struct dnsmasq_importer *importer,
			     struct dnsmasq_line *line);
int dnsmasq_read_cname(struct dnsmasq_importer *importer, struct dnsmasq_line *line);
int dnsmasq_read_interface(struct dnsmasq_importer *importer, struct dnsmasq_line *line);
int dnsmasq_read_synth(struct dnsmasq_importer *importer, struct dnsmasq_line *line);
int dnsmasq_read_server(struct dnsmasq_importer *importer, struct dnsmasq_line *line);
int dnsmasq_read_nftset(struct dnsmasq_importer *importer, struct dnsmasq_line *line);

/** dnsmasq_follow_cnames() - Find where each ends; -1 where they go round */
int dnsmasq_follow_cnames(struct dnsmasq_importer *importer);

/** dnsmasq_read_hosts() - Read the hosts files that the options name */
void dnsmasq_read_hosts(struct dnsmasq_importer *importer);

/** dnsmasq_sort_domains() - The longest first */
void dnsmasq_sort_domains(struct dnsmasq_importer *importer);

/** dnsmasq_find_domain() - By its text, or NULL */
struct dnsmasq_domain *dnsmasq_find_domain(const struct dnsmasq_importer *importer,
					   bool wildcard, const char *text);

/** dnsmasq_match_domain() - Only names that the domain takes */
void dnsmasq_match_domain(struct dnsmasq_importer *importer,
			  const struct dnsmasq_domain *domain, struct match *match);

/** dnsmasq_families() - Families (bits) that the domain answers by itself */
unsigned dnsmasq_families(const struct dnsmasq_domain *domain);

/** dnsmasq_does() - Has the domain a line of that kind? */
bool dnsmasq_does(const struct dnsmasq_domain *domain, int does);

/** dnsmasq_has_standard() - Are there servers for questions that no domain takes? */
bool dnsmasq_has_standard(const struct dnsmasq_importer *importer);

/** dnsmasq_add_stage() - A stage of a path that leaves open what it does not decide */
struct chain *dnsmasq_add_stage(struct dnsmasq_importer *importer, struct path *path,
				const char *label);

/** dnsmasq_add_rule() - A rule of @chain */
struct rule *dnsmasq_add_rule(struct dnsmasq_importer *importer, struct chain *chain,
			      enum action action, const struct dnsmasq_source *from,
			      const char *name);

/** dnsmasq_match_names() - Only these names */
void dnsmasq_match_names(struct dnsmasq_importer *importer, struct match *match,
			 const struct name_patterns *names, bool negated);

/** dnsmasq_unknown_interface() - "interface eth0 has an IPv4 address" */
const char *dnsmasq_unknown_interface(struct dnsmasq_importer *importer,
				      const struct dnsmasq_interface *interface,
				      enum family family);

/** dnsmasq_make_asked() - The stages "records" and "domains" of a path whose points are
 * questions that go on, or not */
void dnsmasq_make_asked(struct dnsmasq_importer *importer, struct path *path);

/** dnsmasq_make_answers() and the like - Second pass: the paths */
void dnsmasq_make_answers(struct dnsmasq_importer *importer);
void dnsmasq_make_questions(struct dnsmasq_importer *importer);
void dnsmasq_make_sets(struct dnsmasq_importer *importer);

#endif
