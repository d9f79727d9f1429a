/* unbound_import_data.c - Names, zones and records of unbound's own. */
#include <string.h>
#include <strings.h>

#include "backends/unbound/unbound_importer.h"
#include "rules/base/arena.h"

/* -- names -------------------------------------------------------------------------- */

/* RFC 1035, section 2.3.4: labels and, as they travel, whole names. */
#define MAX_LABEL 63
#define MAX_WIRE  255

/* Stands for what is in no host's name. */
#define ODD '!'

/** struct name_reader - A name on its way to lower case */
struct name_reader {
	char out[MAX_WIRE + 1];
	size_t length; /* of @out */
	size_t wire;   /* bytes that it takes to send what was read */
	size_t label;  /* characters of the label that is open */
};

static bool end_label(struct name_reader *reader)
{
	if (!reader->label || reader->label > MAX_LABEL)
		return false;
	reader->wire += 1 + reader->label;
	reader->label = 0;
	return reader->wire + 1 <= MAX_WIRE;
}

static void put(struct name_reader *reader, unsigned c)
{
	if (c >= 'A' && c <= 'Z')
		c += 'a' - 'A';
	if (!(c >= 'a' && c <= 'z') && !(c >= '0' && c <= '9') && c != '-' && c != '_')
		c = ODD;
	reader->label++;
	if (reader->length < MAX_WIRE)
		reader->out[reader->length++] = (char)c;
}

/* "\." or "\046"; how long it is, or 0: it is neither */
static size_t read_escape(const char *text, size_t length, unsigned *ret_byte)
{
	unsigned byte = 0;

	if (length < 2)
		return 0;
	*ret_byte = (unsigned char)text[1];
	if (text[1] < '0' || text[1] > '9')
		return 2;
	for (size_t i = 1; i < 4; i++) {
		if (i >= length || text[i] < '0' || text[i] > '9')
			return 0;
		byte = byte * 10 + (unsigned)(text[i] - '0');
	}
	*ret_byte = byte;
	return byte <= UINT8_MAX ? 4 : 0;
}

bool unbound_read_name(const char *text, size_t length, struct arena *arena,
		       const char **ret_name)
{
	struct name_reader reader = {.length = 0};
	size_t i = 0;

	*ret_name = "";
	if (length == 1 && text[0] == '.')
		return true;
	while (i < length) {
		unsigned byte = (unsigned char)text[i];
		size_t taken = 1;

		if (byte == '.') {
			if (!end_label(&reader))
				return false;
			if (++i < length && reader.length < MAX_WIRE)
				reader.out[reader.length++] = '.';
			continue;
		}
		if (byte == '\\' && !(taken = read_escape(text + i, length - i, &byte)))
			return false;
		put(&reader, byte);
		i += taken;
	}
	if (reader.label ? !end_label(&reader) : !reader.wire)
		return false;
	*ret_name = arena_strndup(arena, reader.out, reader.length);
	return true;
}

bool unbound_is_odd(const char *name)
{
	return strchr(name, ODD) != NULL;
}

size_t unbound_labels(const char *name)
{
	size_t labels = *name != '\0';

	for (; *name; name++)
		labels += *name == '.';
	return labels;
}

const char *unbound_parent(const char *name)
{
	const char *dot = strchr(name, '.');

	if (!*name)
		return NULL;
	return dot ? dot + 1 : "";
}

/* -- zones -------------------------------------------------------------------------- */

static const struct unbound_zone_type zone_types[] = {
#define ZONE_TYPE(name, data, rest, since) \
	{name, UNBOUND_DATA_##data, UNBOUND_REST_##rest, since},
#include "backends/unbound/unbound_zone_types.def"
#undef ZONE_TYPE
};

static const char *const zone_type_names[] = {
#define ZONE_TYPE(name, data, rest, since) name,
#include "backends/unbound/unbound_zone_types.def"
#undef ZONE_TYPE
	NULL,
};

const struct unbound_zone_type *unbound_find_zone_type(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(zone_types); i++)
		if (strcmp(zone_types[i].name, name) == 0)
			return &zone_types[i];
	return NULL;
}

static int report_type(struct unbound_importer *importer, const struct unbound_word *type)
{
	const char *nearest = diag_nearest(type->text, zone_type_names);

	unbound_refuse(importer, type->at, "'%s' is no type of a local-zone", type->text);
	if (nearest && strcmp(nearest, type->text) == 0)
		diag_help(importer->diag, "unbound 1.17 does not have it; later versions "
					  "do: --dialect=unbound-1.22");
	else if (nearest)
		diag_help(importer->diag, "did you mean '%s'?", nearest);
	return -1;
}

int unbound_add_zone(struct unbound_importer *importer, const struct unbound_word *name,
		     const struct unbound_word *type)
{
	const struct unbound_zone_type *found = unbound_find_zone_type(type->text);
	struct unbound_zone *zone;
	const char *text;
	bool valid;

	if (!found || (found->since && !importer->later))
		return report_type(importer, type);
	valid = unbound_read_name(name->text, name->length, importer->arena, &text);
	/* No zone: the name is only compared with those of unbound's own. */
	if (strcmp(found->name, "nodefault") == 0) {
		if (valid)
			textmap_put(&importer->no_default, text, importer,
				    importer->arena);
		return 0;
	}
	if (!valid)
		return unbound_refuse(importer, name->at, "'%s' is no domain name",
				      name->text);
	zone = textmap_get(&importer->zone_by_name, text);
	if (!zone) {
		zone = arena_make(importer->arena, struct unbound_zone);
		textmap_put(&importer->zone_by_name, text, zone, importer->arena);
	}
	if (zone->type) {
		diag_report(importer->diag, DIAG_UNBOUND_IGNORED, zone->at,
			    "this local-zone is ignored: a later one has the same name");
		diag_note(importer->diag, name->at, "it is here");
	} else {
		*arena_push(importer->arena, importer->zones, importer->zone_count,
			    importer->zone_capacity) = zone;
	}
	zone->name = text;
	zone->type = found;
	zone->at = name->at;
	zone->id = importer->lexer.id;
	return 0;
}

struct unbound_zone *unbound_find_zone(const struct unbound_importer *importer,
				       const char *name)
{
	for (; name; name = unbound_parent(name)) {
		struct unbound_zone *zone = textmap_get(&importer->zone_by_name, name);

		if (zone && zone->type)
			return zone;
	}
	return NULL;
}

/* -- records ------------------------------------------------------------------------ */

static const char *const rr_types[] = {
#define RR_TYPE(name) name,
#include "backends/unbound/unbound_rr_types.def"
#undef RR_TYPE
};

/** struct fields - Words of a record, one after the other */
struct fields {
	const char *at, *end;
};

static bool next_field(struct fields *fields, const char **ret_text, size_t *ret_length)
{
	while (fields->at < fields->end && strchr(" \t\r\n", *fields->at))
		fields->at++;
	*ret_text = fields->at;
	/* A backslash keeps a blank in a name. */
	while (fields->at < fields->end && !strchr(" \t\r\n", *fields->at))
		fields->at += *fields->at == '\\' && fields->at + 1 < fields->end ? 2 : 1;
	*ret_length = (size_t)(fields->at - *ret_text);
	return *ret_length > 0;
}

static bool field_is(const char *text, size_t length, const char *word)
{
	return strlen(word) == length && strncasecmp(text, word, length) == 0;
}

static bool is_numbered(const char *text, size_t length, const char *word, size_t *ret_at)
{
	size_t prefix = strlen(word);

	*ret_at = prefix;
	if (length <= prefix || strncasecmp(text, word, prefix) != 0)
		return false;
	for (size_t i = prefix; i < length; i++)
		if (text[i] < '0' || text[i] > '9')
			return false;
	return true;
}

/* Return: 1 for IN, 0 for another class, -1 when this is none */
static int read_class(const char *text, size_t length)
{
	size_t at;

	if (field_is(text, length, "IN"))
		return 1;
	if (is_numbered(text, length, "CLASS", &at))
		return length == at + 1 && text[at] == '1';
	return field_is(text, length, "CH") || field_is(text, length, "HS") ||
			       field_is(text, length, "NONE") ||
			       field_is(text, length, "ANY")
		       ? 0
		       : -1;
}

static bool is_rr_type(const char *text, size_t length)
{
	size_t at;

	for (size_t i = 0; i < ARRAY_SIZE(rr_types); i++)
		if (field_is(text, length, rr_types[i]))
			return true;
	return is_numbered(text, length, "TYPE", &at);
}

/* Is this the type @name, which has the number @number? */
static bool type_is(const char *text, size_t length, const char *name, const char *number)
{
	size_t at;

	return field_is(text, length, name) ||
	       (is_numbered(text, length, "TYPE", &at) && strlen(number) == length - at &&
		memcmp(text + at, number, length - at) == 0);
}

/** struct record_text - What a record's text says */
struct record_text {
	const char *name;
	struct unbound_record record;
};

static int read_address(struct unbound_importer *importer,
			const struct unbound_word *word, enum family family,
			const char *text, size_t length, struct unbound_record *record)
{
	char address[ADDR_TEXT_MAX];

	record->kind = UNBOUND_RECORD_ADDRESS;
	record->addr.family = family;
	record->empty = !length;
	if (!length)
		return 0;
	if (length < sizeof(address)) {
		memcpy(address, text, length);
		address[length] = '\0';
		if (addr_parse(address, &record->addr) && record->addr.family == family)
			return 0;
	}
	return unbound_refuse(importer, word->at, "'%.*s' is no %s address", (int)length,
			      text, family == FAMILY_IPV4 ? "IPv4" : "IPv6");
}

static int read_rdata(struct unbound_importer *importer, const struct unbound_word *word,
		      const char *type, size_t type_length, struct fields *fields,
		      struct unbound_record *record)
{
	const char *text;
	size_t length;

	next_field(fields, &text, &length);
	if (type_is(type, type_length, "A", "1"))
		return read_address(importer, word, FAMILY_IPV4, text, length, record);
	if (type_is(type, type_length, "AAAA", "28"))
		return read_address(importer, word, FAMILY_IPV6, text, length, record);
	record->kind = UNBOUND_RECORD_OTHER;
	if (!type_is(type, type_length, "CNAME", "5"))
		return 0;
	record->kind = UNBOUND_RECORD_ALIAS;
	record->empty = !length;
	if (length && !unbound_read_name(text, length, importer->arena, &record->target))
		return unbound_refuse(importer, word->at, "'%.*s' is no domain name",
				      (int)length, text);
	return 0;
}

/* name [TTL] [class] type data: "r.azurecr.io. 10 IN A 10.1.2.4" */
static int read_record(struct unbound_importer *importer, const struct unbound_word *word,
		       struct record_text *record)
{
	struct fields fields = {word->text, word->text + word->length};
	const char *text;
	size_t length;
	int class = 1;

	/* What begins with a blank is about the root. */
	if (strchr(" \t", word->text[0]) || !next_field(&fields, &text, &length) ||
	    field_is(text, length, "@")) {
		text = ".";
		length = 1;
	}
	if (!unbound_read_name(text, length, importer->arena, &record->name))
		return unbound_refuse(importer, word->at, "'%.*s' is no domain name",
				      (int)length, text);
	if (next_field(&fields, &text, &length) && *text >= '0' && *text <= '9')
		next_field(&fields, &text, &length);
	if (length && read_class(text, length) >= 0) {
		class = read_class(text, length);
		next_field(&fields, &text, &length);
	}
	if (!length || !is_rr_type(text, length)) {
		unbound_refuse(importer, word->at, "'%.*s' is no type of a record",
			       (int)length, text);
		diag_help(importer->diag, "write: NAME [TTL] [CLASS] TYPE DATA, as in "
					  "'contoso.azurecr.io. 10 IN A 10.1.2.4'");
		return -1;
	}
	if (read_rdata(importer, word, text, length, &fields, &record->record) < 0)
		return -1;
	if (class != 1)
		record->record.kind = UNBOUND_RECORD_FOREIGN;
	return 0;
}

int unbound_add_record(struct unbound_importer *importer, const struct unbound_word *text)
{
	struct record_text read = {.name = NULL};
	struct unbound_name *name;

	if (read_record(importer, text, &read) < 0)
		return -1;
	name = textmap_get(&importer->name_by_name, read.name);
	if (!name) {
		name = arena_make(importer->arena, struct unbound_name);
		name->name = read.name;
		textmap_put(&importer->name_by_name, read.name, name, importer->arena);
		*arena_push(importer->arena, importer->names, importer->name_count,
			    importer->name_capacity) = name;
	}
	read.record.order = importer->records++;
	read.record.at = text->at;
	read.record.id = importer->lexer.id;
	*arena_push(importer->arena, name->records, name->count, name->capacity) =
		read.record;
	return 0;
}
