/* azure_dns_importer.h - What the files of the reader of private DNS zones share. */
#ifndef BACKENDS_AZURE_PRIVATE_DNS_AZURE_DNS_IMPORTER_H
#define BACKENDS_AZURE_PRIVATE_DNS_AZURE_DNS_IMPORTER_H

#include "backends/backend.h"
#include "rules/base/attr.h"
#include "rules/base/textmap.h"

/* Azure lets a network be linked to 1000 zones
 * (learn.microsoft.com/azure/dns/private-dns- privatednszone, read 2026-11-27). */
#define AZDNS_MAX_ZONES 1000u
/* Longest name (RFC 1035, section 2.3.4). */
#define AZDNS_MAX_NAME 253u

enum azdns_type {
	AZDNS_A,
	AZDNS_AAAA,
	AZDNS_CNAME,
	AZDNS_OTHER, /* MX, PTR, SOA, SRV, TXT: the name exists, without an address */
};

/**
 * struct azdns_entry - An address of a record set, or the name that it leads to
 * @unread:	what stands in its place and is not known, or NULL
 * @cname:	of AZDNS_CNAME, in lower case, without a dot at the end
 * @condition:	(optional) what must hold for it to be there, as a text
 */
struct azdns_entry {
	struct addr addr;
	const char *cname;
	const char *unread;
	const char *condition;
	const char *id;
	struct span at;
};

/**
 * struct azdns_set - A record set
 * @name:	full name in lower case, "*" in front of a wildcard's; NULL: not known
 * @text:	its name as it was written, for messages and unknowns
 * @condition:	(optional) what must hold for it to exist
 * @home:	what says it: two sets of one name in one home are an error
 * @gone:	deleted again, by a script
 */
struct azdns_set {
	enum azdns_type type;
	const char *name;
	const char *text;
	const char *condition;
	const void *home;
	bool gone;
	struct azdns_entry *entries;
	size_t count, capacity;
	struct span at;
};

enum azdns_policy {
	AZDNS_REFUSES,	 /* names that the zone lacks do not exist */
	AZDNS_REDIRECTS, /* are asked for in public (NxDomainRedirect) */
	AZDNS_EITHER,	 /* one or the other */
};

/**
 * struct azdns_zone - A zone
 * @name:	in lower case, without a dot at the end; NULL: not known
 * @text:	as it was written
 * @key:	what tells it from other zones
 * @condition:	(optional) what must hold for it to exist
 * @writers:	who else writes records into it, as texts
 * @whole:	the text lists all of its record sets
 * @linked:	a link was seen
 * @gone:	deleted again, by a script
 */
struct azdns_zone {
	const char *name;
	const char *text;
	const char *key;
	const char *condition;
	struct azdns_set **sets;
	size_t count, capacity;
	const char **writers;
	size_t writer_count, writer_capacity;
	bool whole, linked, registers, gone;
	enum azdns_policy policy;
	struct span at;
};

struct azdns_importer {
	const struct import_input *input;
	const struct import_file *file;
	struct azdns_zone **zones;
	size_t count, capacity;
	struct textmap by_key;
	struct ruleset *rules;
	struct arena *arena;
	struct diag *diag;
	bool wrong;
};

/* azure_dns_import_zones.c */

/** azdns_zone_of() - The zone called @text, made when it is new
 * @known: the name is known: @text is it; else @text stands for it */
struct azdns_zone *azdns_zone_of(struct azdns_importer *importer, const char *key,
				 const char *text, bool known, struct span at);

/**
 * azdns_set_of() - The record set of that name and type, made when it is new
 * @name:	relative to the zone: "www", "@", "*"
 * @known:	else @name stands for it
 */
struct azdns_set *azdns_set_of(struct azdns_importer *importer, struct azdns_zone *zone,
			       enum azdns_type type, const char *name, bool known,
			       struct span at);

struct azdns_entry *azdns_add_entry(struct azdns_importer *importer,
				    struct azdns_set *set, struct span at);

/**
 * azdns_read_value() - Set an entry to an address of the set's type, or to a name
 *
 * What is neither is reported (azure-dns-refused).
 */
void azdns_read_value(struct azdns_importer *importer, const struct azdns_set *set,
		      struct azdns_entry *entry, const char *text, struct span at);

/** azdns_read_type() - "A", "aaaa", …; false: no type of record */
bool azdns_read_type(const char *text, enum azdns_type *ret_type);

/** azdns_add_link() - A link with that policy, and whether it registers machines */
void azdns_add_link(struct azdns_zone *zone, enum azdns_policy policy, bool registers);

/** azdns_add_writer() - Somebody else writes records into a zone; NULL: into any */
void azdns_add_writer(struct azdns_importer *importer, struct azdns_zone *zone,
		      const char *who);

/** azdns_lower() - A copy in lower case, without a dot at the end */
const char *azdns_lower(struct azdns_importer *importer, const char *text);

/** azdns_id() - A flow's id, or NULL for what cannot be one */
const char *azdns_id(struct azdns_importer *importer, const char *text, size_t length);

/** azdns_both() - Two conditions that must hold; either may be NULL */
const char *azdns_both(struct azdns_importer *importer, const char *a, const char *b);

/** azdns_refused() - Report what Azure would not take */
PRINTF_LIKE(3, 4)
void azdns_refused(struct azdns_importer *importer, struct span at, const char *fmt, ...);

/* azure_dns_import_json.c, azure_dns_import_script.c: fill the zones; 0 or -1 */
int azdns_read_json(struct azdns_importer *importer);
int azdns_read_script(struct azdns_importer *importer);

/** azdns_make_rules() - The path of all zones (azure_dns_import_rules.c) */
void azdns_make_rules(struct azdns_importer *importer);

#endif
