/* named_import_types.c - What stands behind the type of a record. */
#include <stdlib.h>
#include <string.h>

#include "backends/bind/named_importer.h"
#include "rules/base/arena.h"
#include "rules/base/strbuf.h"

static const struct {
	const char *name;
	unsigned number;
	enum named_type type;
} types[] = {
#define TYPE(name, number, kind) {name, number, NAMED_TYPE_##kind},
#include "backends/bind/named_types.def"
#undef TYPE
};

/* "\# LENGTH HEX..." stands for the bytes of any type (RFC 3597, section 5). */
#define GENERIC "\\#"

/** struct data - A record's words, and what they are read for */
struct data {
	struct named_importer *importer;
	const struct named_zone *zone;
	const struct named_word *type;
	const struct named_word *words;
	size_t count;
	const char *origin;
};

static bool read_number(const char *text, unsigned long max, unsigned long *ret_number)
{
	char *end;

	if (!*text || strlen(text) > 10 || strspn(text, "0123456789") != strlen(text))
		return false;
	*ret_number = strtoul(text, &end, 10);
	return *ret_number <= max;
}

static int find_type(const struct data *data, enum named_type *ret_type)
{
	const char *name = data->type->text;
	unsigned long number;

	for (size_t i = 0; i < ARRAY_SIZE(types); i++)
		if (named_same(types[i].name, name)) {
			*ret_type = types[i].type;
			return 0;
		}
	if (strlen(name) < 5 || strncmp(name, "TYPE", 4) != 0 ||
	    !read_number(name + 4, UINT16_MAX, &number))
		return named_refuse(data->importer, data->type->at,
				    "named knows no type of records '%s'", name);
	*ret_type = NAMED_TYPE_OTHER;
	for (size_t i = 0; i < ARRAY_SIZE(types); i++)
		if (types[i].number == number)
			*ret_type = types[i].type;
	return 0;
}

static int refuse_count(const struct data *data, size_t wanted)
{
	if (data->count > wanted)
		return named_refuse(data->importer, data->words[wanted].at,
				    "a record of type %s ends in front of '%s'",
				    data->type->text, data->words[wanted].text);
	return named_refuse(data->importer, data->type->at,
			    "a record of type %s without its data", data->type->text);
}

static int read_numbers(const struct data *data, size_t first, size_t count,
			unsigned long max)
{
	unsigned long number;

	for (size_t i = first; i < first + count; i++)
		if (!read_number(data->words[i].text, max, &number))
			return named_refuse(data->importer, data->words[i].at,
					    "a number from 0 to %lu should stand here",
					    max);
	return 0;
}

static int read_target(const struct data *data, size_t index, const char **ret_target)
{
	*ret_target = named_read_name(data->importer, &data->words[index], data->origin);
	return *ret_target ? 0 : -1;
}

static int check_host(const struct data *data, size_t index, const char *target)
{
	if (data->zone->lenient || named_is_host(target, false))
		return 0;
	named_refuse(data->importer, data->words[index].at, "'%s' is the name of no host",
		     data->words[index].text);
	diag_help(data->importer->diag, "host names have letters, digits and hyphens; "
					"'check-names' of named.conf lets others pass");
	return -1;
}

static int read_soa(const struct data *data, const char **ret_text)
{
	CLEANUP(strbuf_release) struct strbuf text = {0};
	const char *server, *mailbox;
	uint32_t seconds;

	if (data->count != 7)
		return refuse_count(data, 7);
	if (read_target(data, 0, &server) < 0 || read_target(data, 1, &mailbox) < 0 ||
	    check_host(data, 0, server) < 0 || read_numbers(data, 2, 1, UINT32_MAX) < 0)
		return -1;
	for (size_t i = 3; i < 7; i++)
		if (!named_read_ttl(data->words[i].text, &seconds))
			return named_refuse(data->importer, data->words[i].at,
					    "a time in seconds should stand here");
	for (size_t i = 0; i < 7; i++)
		strbuf_printf(&text, "%s ", data->words[i].text);
	*ret_text = arena_strndup(data->importer->arena, strbuf_text(&text), text.length);
	return 0;
}

static int hex_digit(char c)
{
	static const char digits[] = "0123456789abcdef";
	const char *at;

	if (c >= 'A' && c <= 'F')
		c = (char)(c - 'A' + 'a');
	at = c ? strchr(digits, c) : NULL;
	return at ? (int)(at - digits) : -1;
}

/* Reads "\# LENGTH HEX..." as a number of @bytes bytes. */
static int read_generic(const struct data *data, size_t bytes, u128 *ret_value)
{
	unsigned long length;
	size_t digits = 0;
	u128 value = 0;

	if (data->count < 2 || !read_number(data->words[1].text, UINT16_MAX, &length) ||
	    length != bytes)
		return named_refuse(data->importer, data->words[0].at,
				    "an address of %zu bytes should stand here", bytes);
	for (size_t i = 2; i < data->count; i++)
		for (const char *c = data->words[i].text; *c; c++, digits++) {
			if (hex_digit(*c) < 0)
				return named_refuse(data->importer, data->words[i].at,
						    "'%s' is not hexadecimal",
						    data->words[i].text);
			value = value << 4 | (unsigned)hex_digit(*c);
		}
	if (digits != 2 * bytes)
		return named_refuse(data->importer, data->words[0].at,
				    "%zu bytes have %zu digits, and here are %zu", bytes,
				    2 * bytes, digits);
	*ret_value = value;
	return 0;
}

static int read_address(const struct data *data, enum family family,
			struct addr *ret_addr)
{
	const struct named_word *word = &data->words[0];

	if (data->count && strcmp(word->text, GENERIC) == 0) {
		ret_addr->family = family;
		return read_generic(data, family_bits(family) / 8, &ret_addr->value);
	}
	if (data->count != 1)
		return refuse_count(data, 1);
	if (!addr_parse(word->text, ret_addr) || ret_addr->family != family)
		return named_refuse(data->importer, word->at, "'%s' is no %s address",
				    word->text, family == FAMILY_IPV4 ? "IPv4" : "IPv6");
	return 0;
}

/* One name behind @numbers numbers of 16 bits */
static int read_host(const struct data *data, size_t numbers, bool host,
		     const char **ret_target)
{
	if (data->count != numbers + 1)
		return refuse_count(data, numbers + 1);
	if (read_numbers(data, 0, numbers, UINT16_MAX) < 0 ||
	    read_target(data, numbers, ret_target) < 0)
		return -1;
	return host ? check_host(data, numbers, *ret_target) : 0;
}

/* Only strings may be in quotes; numbers, names and addresses are words. */
static int check_quotes(const struct data *data, enum named_type type)
{
	if (type == NAMED_TYPE_TEXT || type == NAMED_TYPE_OTHER)
		return 0;
	for (size_t i = 0; i < data->count; i++)
		if (data->words[i].quoted)
			return named_refuse(data->importer, data->words[i].at,
					    "'%s' may not stand in quotes",
					    data->words[i].text);
	return 0;
}

static int read_by_type(const struct data *data, struct named_record *record)
{
	bool generic = data->count && strcmp(data->words[0].text, GENERIC) == 0;

	switch (record->type) {
	case NAMED_TYPE_A:
		return read_address(data, FAMILY_IPV4, &record->addr);
	case NAMED_TYPE_AAAA:
		return read_address(data, FAMILY_IPV6, &record->addr);
	case NAMED_TYPE_CNAME:
	case NAMED_TYPE_DNAME:
		if (generic)
			return 1;
		if (read_host(data, 0, false, &record->target) < 0)
			return -1;
		record->data = record->target;
		return 0;
	case NAMED_TYPE_PTR:
		return generic ? 0 : read_host(data, 0, false, &record->target);
	case NAMED_TYPE_NS:
		return generic ? 1 : read_host(data, 0, true, &record->target);
	case NAMED_TYPE_MX:
		return generic ? 0 : read_host(data, 1, true, &record->target);
	case NAMED_TYPE_SRV:
		return generic ? 0 : read_host(data, 3, true, &record->target);
	case NAMED_TYPE_SOA:
		return generic ? 1 : read_soa(data, &record->data);
	case NAMED_TYPE_TEXT:
		return data->count ? 0 : refuse_count(data, 1);
	case NAMED_TYPE_SIGNED:
	case NAMED_TYPE_OTHER:
		return 0;
	}
	BUG("record type %d", (int)record->type);
}

int named_read_data(struct named_importer *importer, const struct named_zone *zone,
		    const struct named_word *type, const struct named_word *words,
		    size_t count, const char *origin, struct named_record *record)
{
	const struct data data = {importer, zone, type, words, count, origin};

	if (find_type(&data, &record->type) < 0 || check_quotes(&data, record->type) < 0)
		return -1;
	return read_by_type(&data, record);
}

bool named_read_ttl(const char *text, uint32_t *ret_seconds)
{
	static const char units[] = "wdhms";
	static const uint32_t seconds[] = {604800, 86400, 3600, 60, 1};
	uint64_t total = 0;

	if (!*text)
		return false;
	while (*text) {
		const char *begin = text, *unit;
		uint64_t number = 0;

		for (; *text >= '0' && *text <= '9'; text++) {
			number = number * 10 + (uint64_t)(*text - '0');
			if (number > UINT32_MAX)
				return false;
		}
		if (text == begin)
			return false;
		if (!*text && total == 0) {
			total = number;
			break;
		}
		unit = *text ? strchr(units, *text | 0x20) : NULL;
		if (!unit)
			return false;
		total += number * seconds[unit - units];
		if (total > UINT32_MAX)
			return false;
		text++;
	}
	*ret_seconds = (uint32_t)total;
	return true;
}
