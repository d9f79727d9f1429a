/* unbound_importer.h - What the files of the importer share. */
#ifndef BACKENDS_UNBOUND_UNBOUND_IMPORTER_H
#define BACKENDS_UNBOUND_UNBOUND_IMPORTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "backends/backend.h"
#include "backends/unbound/unbound_lexer.h"
#include "rules/base/diag.h"
#include "rules/base/textmap.h"
#include "rules/ruleset.h"

/**
 * DOC: Two passes
 *
 * unbound reads its whole configuration before any of it counts: local-data finds its
 * local zone wherever that stands, and of two zones of one name the later one is taken.
 * So the first pass collects what the attributes say (unbound_import_attributes.c); the
 * second makes the rules: what is answered from the configuration
 * (unbound_import_zones.c), and which servers are asked (unbound_import_forward.c).
 *
 * In both the zone with the most labels decides, so its rules come first.
 */

/** struct unbound_zone_type - One row of unbound_zone_types.def */
struct unbound_zone_type {
	const char *name;
	enum {
		UNBOUND_DATA_NAMES,
		UNBOUND_DATA_TYPES,
		UNBOUND_DATA_WHOLE,
		UNBOUND_DATA_NONE,
	} data;
	enum {
		UNBOUND_REST_ASKED,
		UNBOUND_REST_REFUSED,
		UNBOUND_REST_NULL_ADDRESS,
		UNBOUND_REST_NO_IPV4,
	} rest;
	const char *since;
};

/** struct unbound_record - One local-data; @order: where it stands */
struct unbound_record {
	enum {
		UNBOUND_RECORD_ADDRESS,
		UNBOUND_RECORD_ALIAS,
		UNBOUND_RECORD_OTHER,
		UNBOUND_RECORD_FOREIGN, /* of another class than IN */
	} kind;
	struct addr addr;
	bool empty;	    /* the record holds nothing, which unbound takes */
	const char *target; /* of an alias */
	size_t order;
	const char *id;
	struct span at;
};

/** struct unbound_name - The records of one name */
struct unbound_name {
	const char *name;
	struct unbound_record *records;
	size_t count, capacity;
};

/**
 * struct unbound_zone - A local zone
 * @name:	in lower case, without the dot behind; "" is the root
 * @tagged, @overridden: who asks decides about it, or what it does
 * @builtin:	unbound has it by itself
 */
struct unbound_zone {
	const char *name;
	const struct unbound_zone_type *type;
	const char *id;
	struct span at;
	bool tagged, overridden, builtin;
	struct unbound_name **names;
	size_t count, capacity;
};

/** struct unbound_server - A server that is asked: an address, or a @host without one */
struct unbound_server {
	struct addr addr;
	const char *host;
	uint16_t port;
	struct span at;
};

/**
 * struct unbound_forward - A forward-zone or, @stub, a stub-zone
 * @exempt:	domains in it, and in no other one in it, that private-domain names
 */
struct unbound_forward {
	const char *name; /* NULL: not said yet */
	bool stub, first;
	struct unbound_server *servers;
	size_t count, capacity;
	const char **exempt;
	size_t exempt_count, exempt_capacity;
	const char *id;
	struct span at;
};

/** struct unbound_other - An auth-zone or, @rpz, a response policy zone */
struct unbound_other {
	const char *name;
	bool rpz, downstream, upstream;
	struct span at;
};

/** struct unbound_importer - One import */
struct unbound_importer {
	const struct import_input *input;
	struct arena *arena;
	struct diag *diag;
	struct ruleset *rules;
	struct unbound_lexer lexer;
	bool later; /* dialect: what 1.17 does not know, later versions may */

	struct textmap zone_by_name; /* struct unbound_zone */
	struct unbound_zone **zones;
	size_t zone_count, zone_capacity;
	struct textmap no_default;   /* names that are "nodefault" */
	struct textmap name_by_name; /* struct unbound_name */
	struct unbound_name **names;
	size_t name_count, name_capacity;
	size_t records;
	bool unblock_lan;

	struct unbound_forward **forwards;
	size_t forward_count, forward_capacity;
	struct unbound_other **others;
	size_t other_count, other_capacity;

	struct textmap view_by_name;
	struct unbound_word *views; /* that somebody is in */
	size_t view_count, view_capacity;
	struct unbound_zone **marked; /* that have tags or overrides */
	size_t marked_count, marked_capacity;

	struct addr_set private; /* addresses that answers of others may not hold */
	struct textmap private_domain;
	const char **private_domains;
	size_t private_domain_count, private_domain_capacity;
	struct addr_set not_asked;
	bool spares_localhost;	 /* do-not-query-localhost */
	bool asks[FAMILY_COUNT]; /* do-ip4, do-ip6 */
	bool response_ip, tag_actions;
	const char *modules; /* NULL: as it comes */

	/* of the clause that is open */
	unsigned clause;
	struct unbound_word clause_word;
	bool clause_named;
};

/** unbound_refuse() - Say that unbound would not start, and why; returns -1 */
int unbound_refuse(struct unbound_importer *importer, struct span at, const char *fmt,
		   ...) PRINTF_LIKE(3, 4);

/** unbound_read_attributes() - Read the whole configuration */
int unbound_read_attributes(struct unbound_importer *importer);

/**
 * unbound_read_name() - The name of a zone or record, as unbound reads such texts
 * @ret_name:	in lower case, without the dot behind; a byte that no host's name has is
 *		'!' there
 *
 * Return: false when unbound would not start
 */
bool unbound_read_name(const char *text, size_t length, struct arena *arena,
		       const char **ret_name);

/** unbound_is_odd() - Can no host be called so?  Then nobody asks for it. */
bool unbound_is_odd(const char *name);

/** unbound_add_record() - Carry out "local-data" */
int unbound_add_record(struct unbound_importer *importer,
		       const struct unbound_word *text);

/** unbound_add_zone() - Carry out "local-zone" */
int unbound_add_zone(struct unbound_importer *importer, const struct unbound_word *name,
		     const struct unbound_word *type);

/** unbound_find_zone_type() - The type of that name, of any version, or NULL */
const struct unbound_zone_type *unbound_find_zone_type(const char *name);

/** unbound_find_zone() - The local zone that @name is in, or NULL */
struct unbound_zone *unbound_find_zone(const struct unbound_importer *importer,
				       const char *name);

/** unbound_labels() - How many labels a name has; 0 of the root */
size_t unbound_labels(const char *name);

/** unbound_parent() - What is behind the first label of @name; NULL of the root */
const char *unbound_parent(const char *name);

/** unbound_match_zone() - Names at or below @zone */
void unbound_match_zone(struct match *match, const char *zone, struct arena *arena);

/** unbound_answers_family() - Do the records of a name answer for addresses of @family?
 */
bool unbound_answers_family(const struct unbound_name *name, enum family family);

/** unbound_match_tag() - Of a tagged zone: only for those who ask with such a tag */
void unbound_match_tag(struct match *match, const struct unbound_zone *zone,
		       struct arena *arena);

/** unbound_add_stage() - A stage that leaves open what it does not decide; returns the
 * index of its chain */
size_t unbound_add_stage(struct unbound_importer *importer, const char *path,
			 const char *label);

/** unbound_add_rule() - A rule of chain @chain */
struct rule *unbound_add_rule(struct unbound_importer *importer, size_t chain,
			      enum action action, struct span at, const char *id);

/** unbound_refuse_builtin() - Refuse a zone of unbound's own, together with the one
 * before
 *
 * Return: false when it is none, or has records
 */
bool unbound_refuse_builtin(struct unbound_importer *importer, size_t chain,
			    const struct unbound_zone *zone);

/** unbound_make_answers() - The path "answer" */
int unbound_make_answers(struct unbound_importer *importer);

/** unbound_make_questions() - The path "question", if the text forwards anything */
void unbound_make_questions(struct unbound_importer *importer);

#endif
