/* azure_dns_import_zones.c - Zones, record sets and entries while they are gathered. */
#include <stdarg.h>
#include <string.h>
#include <strings.h>

#include "backends/azure_private_dns/azure_dns_importer.h"
#include "rules/base/arena.h"

/* As long as GROUP_ID_MAX; ids of others may be longer, and those are none of ours. */
#define MAX_ID 119u
/* RFC 1035, section 2.3.4. */
#define MAX_LABEL 63u
/* Others who write records into a zone, of whom each is told. */
#define MAX_WRITERS 16u

void azdns_refused(struct azdns_importer *importer, struct span at, const char *fmt, ...)
{
	CLEANUP(strbuf_release) struct strbuf text = {0};
	va_list args;

	va_start(args, fmt);
	strbuf_vprintf(&text, fmt, args);
	va_end(args);
	diag_report(importer->diag, DIAG_AZURE_DNS_REFUSED, at, "Azure does not take %s",
		    strbuf_text(&text));
	importer->wrong = true;
}

const char *azdns_lower(struct azdns_importer *importer, const char *text)
{
	char *copy = arena_strdup(importer->arena, text);
	size_t length = strlen(copy);

	for (char *c = copy; *c; c++)
		if (*c >= 'A' && *c <= 'Z')
			*c = (char)(*c - 'A' + 'a');
	if (length && copy[length - 1] == '.')
		copy[length - 1] = '\0';
	return copy;
}

const char *azdns_id(struct azdns_importer *importer, const char *text, size_t length)
{
	if (!length || length > MAX_ID)
		return NULL;
	for (size_t i = 0; i < length; i++)
		if (text[i] <= ' ' || text[i] > '~')
			return NULL;
	return arena_strndup(importer->arena, text, length);
}

const char *azdns_both(struct azdns_importer *importer, const char *a, const char *b)
{
	if (!a || !b || strcmp(a, b) == 0)
		return a ? a : b;
	return arena_printf(importer->arena, "%s and %s", a, b);
}

/* Labels of 1 to 63 bytes between dots, without blanks and controls. */
static bool is_name(const char *text)
{
	size_t label = 0;

	if (strlen(text) > AZDNS_MAX_NAME)
		return false;
	for (; *text; text++) {
		if (*text == '.' && !label)
			return false;
		if (*text <= ' ' || *text > '~')
			return false;
		label = *text == '.' ? 0 : label + 1;
		if (label > MAX_LABEL)
			return false;
	}
	return label > 0;
}

struct azdns_zone *azdns_zone_of(struct azdns_importer *importer, const char *key,
				 const char *text, bool known, struct span at)
{
	struct azdns_zone *zone = textmap_get(&importer->by_key, key);

	if (zone)
		return zone;
	zone = arena_make(importer->arena, struct azdns_zone);
	zone->key = key;
	zone->text = text;
	zone->at = at;
	if (known)
		zone->name = azdns_lower(importer, text);
	if (known && !is_name(zone->name))
		azdns_refused(importer, at, "a zone called '%.80s'", text);
	if (importer->count == AZDNS_MAX_ZONES) {
		if (!importer->wrong)
			diag_report(importer->diag, DIAG_DOCUMENT_LIMIT, at,
				    "the text has more than %u private DNS zones",
				    AZDNS_MAX_ZONES);
		importer->wrong = true;
		return zone;
	}
	textmap_put(&importer->by_key, key, zone, importer->arena);
	*arena_push(importer->arena, importer->zones, importer->count,
		    importer->capacity) = zone;
	return zone;
}

static const char *full_name(struct azdns_importer *importer,
			     const struct azdns_zone *zone, const char *name)
{
	const char *origin = zone->name ? zone->name : zone->text;

	if (strcmp(name, "@") == 0)
		return origin;
	return arena_printf(importer->arena, "%s.%s", azdns_lower(importer, name),
			    origin);
}

struct azdns_set *azdns_set_of(struct azdns_importer *importer, struct azdns_zone *zone,
			       enum azdns_type type, const char *name, bool known,
			       struct span at)
{
	const char *full = known ? full_name(importer, zone, name) : name;
	const char *key = arena_printf(importer->arena, "%d %s %s\n%s", (int)type,
				       known ? "named" : "unknown", zone->key, full);
	struct azdns_set *set = textmap_get(&importer->by_key, key);

	if (set)
		return set;
	set = arena_make(importer->arena, struct azdns_set);
	set->type = type;
	set->text = name;
	set->name = known ? full : NULL;
	set->at = at;
	if (known && zone->name && !is_name(full))
		azdns_refused(importer, at, "a record set called '%.80s'", name);
	textmap_put(&importer->by_key, key, set, importer->arena);
	*arena_push(importer->arena, zone->sets, zone->count, zone->capacity) = set;
	return set;
}

struct azdns_entry *azdns_add_entry(struct azdns_importer *importer,
				    struct azdns_set *set, struct span at)
{
	struct azdns_entry *entry =
		arena_push(importer->arena, set->entries, set->count, set->capacity);

	entry->at = at;
	return entry;
}

void azdns_read_value(struct azdns_importer *importer, const struct azdns_set *set,
		      struct azdns_entry *entry, const char *text, struct span at)
{
	bool v4 = set->type == AZDNS_A;

	if (set->type == AZDNS_CNAME) {
		entry->cname = azdns_lower(importer, text);
		if (!is_name(entry->cname))
			azdns_refused(importer, at, "'%.80s' as a canonical name", text);
		return;
	}
	if (!addr_parse(text, &entry->addr) || (entry->addr.family == FAMILY_IPV4) != v4)
		azdns_refused(importer, at, "'%.80s' as an IPv%d address", text,
			      v4 ? 4 : 6);
}

bool azdns_read_type(const char *text, enum azdns_type *ret_type)
{
	static const struct {
		const char *text;
		enum azdns_type type;
	} types[] = {
		{"a", AZDNS_A},	      {"aaaa", AZDNS_AAAA}, {"cname", AZDNS_CNAME},
		{"mx", AZDNS_OTHER},  {"ptr", AZDNS_OTHER}, {"soa", AZDNS_OTHER},
		{"srv", AZDNS_OTHER}, {"txt", AZDNS_OTHER},
	};

	for (size_t i = 0; i < ARRAY_SIZE(types); i++)
		if (strcasecmp(text, types[i].text) == 0) {
			*ret_type = types[i].type;
			return true;
		}
	return false;
}

/* A client's network has one of the links. */
void azdns_add_link(struct azdns_zone *zone, enum azdns_policy policy, bool registers)
{
	if (zone->linked && zone->policy != policy)
		zone->policy = AZDNS_EITHER;
	else
		zone->policy = policy;
	zone->linked = true;
	zone->registers |= registers;
}

void azdns_add_writer(struct azdns_importer *importer, struct azdns_zone *zone,
		      const char *who)
{
	/* one that is not known is as good as many */
	if (zone && zone->writer_count == MAX_WRITERS)
		return;
	if (zone) {
		*arena_push(importer->arena, zone->writers, zone->writer_count,
			    zone->writer_capacity) = who;
		return;
	}
	for (size_t i = 0; i < importer->count; i++)
		azdns_add_writer(importer, importer->zones[i], who);
}
