/* parse_values.c - Scalars of the spec, typed by their place. */
#include "compiler/parser.h"

#include <ctype.h>
#include <string.h>

#include "compiler/catalogue.h"
#include "rules/base/arena.h"
#include "rules/base/utf8.h"

static void suggest(struct parser *parser, const char *word,
		    const char *const *candidates)
{
	const char *nearest = diag_nearest(word, candidates);

	if (nearest)
		diag_help(parser->diag, "did you mean '%s'?", nearest);
}

static const char *join_words(struct parser *parser, const char *const *words)
{
	const char *joined = words[0] ? words[0] : "";

	for (size_t i = 1; words[0] && words[i]; i++)
		joined = arena_printf(parser->arena, "%s%s%s", joined,
				      words[i + 1] ? ", " : " or ", words[i]);
	return joined;
}

bool parse_word(struct parser *parser, const struct doc *doc, const char *const *words,
		enum diag_code code, size_t *ret_index)
{
	for (size_t i = 0; words[i]; i++)
		if (strcmp(doc->text, words[i]) == 0) {
			*ret_index = i;
			return true;
		}
	diag_report(parser->diag, code, doc->at, QUOTE " is not %s", doc->text,
		    join_words(parser, words));
	suggest(parser, doc->text, words);
	return false;
}

static bool all_digits(const char *text, size_t length)
{
	if (!length)
		return false;
	for (size_t i = 0; i < length; i++)
		if (text[i] < '0' || text[i] > '9')
			return false;
	return true;
}

/* Decimal without leading zeros; 9 digits are enough for everything that is counted. */
static bool read_number(const char *text, size_t length, unsigned long *ret_number)
{
	unsigned long number = 0;

	if (length > 9 || !all_digits(text, length) || (length > 1 && text[0] == '0'))
		return false;
	for (size_t i = 0; i < length; i++)
		number = number * 10 + (unsigned long)(text[i] - '0');
	*ret_number = number;
	return true;
}

bool parse_number(struct parser *parser, const struct doc *doc, unsigned long first,
		  unsigned long last, enum diag_code code, unsigned long *ret_number)
{
	unsigned long number;

	if (read_number(doc->text, doc->length, &number) && number >= first &&
	    number <= last) {
		*ret_number = number;
		return true;
	}
	diag_report(parser->diag, code, doc->at,
		    QUOTE " is no whole number from %lu to %lu", doc->text, first, last);
	return false;
}

static bool parse_boolean(struct parser *parser, const struct doc *doc, bool *ret_value)
{
	static const char *const yes[] = {"yes", "on", "y", "1", "enabled", "true", "t"};
	static const char *const no[] = {"no", "off", "n", "0", "disabled", "false", "f"};

	if (strcmp(doc->text, "true") == 0 || strcmp(doc->text, "false") == 0) {
		*ret_value = doc->text[0] == 't';
		return true;
	}
	diag_report(parser->diag, DIAG_BAD_BOOLEAN, doc->at,
		    QUOTE " is neither true nor false", doc->text);
	for (size_t i = 0; i < ARRAY_SIZE(yes); i++) {
		if (strcasecmp(doc->text, yes[i]) == 0)
			diag_help(parser->diag, "write 'true'");
		if (strcasecmp(doc->text, no[i]) == 0)
			diag_help(parser->diag, "write 'false'");
	}
	return false;
}

bool parse_prefix(struct parser *parser, const struct doc *doc, struct prefix *ret_prefix)
{
	char text[ADDR_TEXT_MAX];

	switch (prefix_parse(doc->text, ret_prefix)) {
	case PREFIX_OK:
		return true;
	case PREFIX_HOST_BITS:
		diag_report(parser->diag, DIAG_HOST_BITS, doc->at,
			    QUOTE " has bits set behind its length", doc->text);
		diag_help(parser->diag,
			  "write '%s' for the network, or the address without '/%u'",
			  prefix_format(ret_prefix, text), ret_prefix->length);
		return false;
	case PREFIX_BAD:
		break;
	}
	diag_report(parser->diag, DIAG_BAD_ADDRESS, doc->at,
		    QUOTE " is no address or prefix", doc->text);
	if (strchr(doc->text, '-'))
		diag_help(parser->diag, "write a range as prefixes");
	else if (host_name_is_valid(doc->text) &&
		 strpbrk(doc->text, "ghijklmnopqrstuvwxyz"))
		diag_help(parser->diag,
			  "names are not resolved here: write the addresses");
	else
		diag_help(parser->diag,
			  "write it like 10.1.2.0/24, 10.1.2.4 or 2001:db8::/32");
	return false;
}

bool parse_address(struct parser *parser, const struct doc *doc, struct addr *ret_addr)
{
	if (addr_parse(doc->text, ret_addr))
		return true;
	diag_report(parser->diag, DIAG_BAD_ADDRESS, doc->at, QUOTE " is no address",
		    doc->text);
	diag_help(parser->diag, strchr(doc->text, '/')
					? "one address is meant: write it without '/…'"
					: "write it like 10.1.2.4");
	return false;
}

bool parse_ports(struct parser *parser, const struct doc *doc, struct range *ret_range)
{
	const char *dash = strchr(doc->text, '-');
	size_t first_length = dash ? (size_t)(dash - doc->text) : doc->length;
	unsigned long first, last;

	if (!read_number(doc->text, first_length, &first) || first < 1 || first > 65535)
		goto bad;
	last = first;
	if (dash && (!read_number(dash + 1, doc->length - first_length - 1, &last) ||
		     last > 65535))
		goto bad;
	if (last < first) {
		diag_report(parser->diag, DIAG_BAD_PORT, doc->at,
			    "the range " QUOTE " ends before it begins", doc->text);
		diag_help(parser->diag, "write '%lu-%lu'", last, first);
		return false;
	}
	*ret_range = (struct range){first, last};
	return true;
bad:
	diag_report(parser->diag, DIAG_BAD_PORT, doc->at,
		    QUOTE " is no port and no range of ports", doc->text);
	diag_help(parser->diag,
		  "write a number from 1 to 65535, or a range like 8000-8080");
	return false;
}

bool parse_date(struct parser *parser, const struct doc *doc, struct word *ret_word)
{
	static const unsigned days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	const char *t = doc->text;
	unsigned year, month, day, length;

	if (doc->length == 10 && all_digits(t, 4) && t[4] == '-' &&
	    all_digits(t + 5, 2) && t[7] == '-' && all_digits(t + 8, 2)) {
		year = (unsigned)((t[0] - '0') * 1000 + (t[1] - '0') * 100 +
				  (t[2] - '0') * 10 + (t[3] - '0'));
		month = (unsigned)((t[5] - '0') * 10 + (t[6] - '0'));
		day = (unsigned)((t[8] - '0') * 10 + (t[9] - '0'));
		if (month >= 1 && month <= 12 && year >= 1) {
			length = days[month - 1];
			if (month == 2 && year % 4 == 0 &&
			    (year % 100 != 0 || year % 400 == 0))
				length = 29;
			if (day >= 1 && day <= length) {
				*ret_word = (struct word){t, doc->at};
				return true;
			}
		}
		diag_report(parser->diag, DIAG_BAD_DATE, doc->at,
			    QUOTE " is no day of the calendar", t);
		return false;
	}
	diag_report(parser->diag, DIAG_BAD_DATE, doc->at, QUOTE " is no date", t);
	diag_help(parser->diag, "write it like 2027-03-31");
	return false;
}

bool parse_text(struct parser *parser, const struct doc *doc, size_t limit,
		struct word *ret_word)
{
	const char *what = !doc->length		 ? "the text is empty"
			   : doc->length > limit ? "the text is too long"
						 : NULL;

	for (size_t i = 0, taken; !what && i < doc->length; i += taken) {
		taken = utf8_sequence(doc->text + i, doc->length - i);
		if (!taken || utf8_is_harmful(doc->text + i, taken))
			what = "a line end or control character in the text";
	}
	if (what) {
		diag_report(parser->diag, DIAG_BAD_TEXT, doc->at, "%s", what);
		diag_help(parser->diag, "write one line of 1 to %zu bytes", limit);
		return false;
	}
	*ret_word = (struct word){doc->text, doc->at};
	return true;
}

/* Names go into files, identifiers and comments of every target. */
#define NAME_MAX_BYTES 40

bool parse_name(struct parser *parser, const struct doc *doc, struct word *ret_word)
{
	bool good = isascii((unsigned char)doc->text[0]) &&
		    isalpha((unsigned char)doc->text[0]) && doc->length <= NAME_MAX_BYTES;
	char fixed[NAME_MAX_BYTES + 1];
	size_t length = 0;

	for (size_t i = 0; i < doc->length; i++) {
		unsigned char c = (unsigned char)doc->text[i];

		good = good && isascii(c) && (isalnum(c) || c == '-');
		if (isascii(c) &&
		    (isalpha(c) || (length && (isdigit(c) || strchr("-_ .", c)))) &&
		    length < NAME_MAX_BYTES)
			fixed[length++] = (char)(isalnum(c) ? c : '-');
	}
	if (good) {
		*ret_word = (struct word){doc->text, doc->at};
		return true;
	}
	fixed[length] = '\0';
	diag_report(parser->diag, DIAG_BAD_NAME, doc->at, QUOTE " cannot be a name",
		    doc->text);
	if (length && doc->length <= NAME_MAX_BYTES)
		diag_help(parser->diag,
			  "write '%s': letters, digits and dashes, a letter in front",
			  fixed);
	else
		diag_help(parser->diag,
			  "a name has 1 to %d letters, digits and dashes, a letter "
			  "in front",
			  NAME_MAX_BYTES);
	return false;
}

bool host_name_is_valid(const char *text)
{
	size_t label = 0;

	if (strlen(text) > 253 || !*text)
		return false;
	for (const char *c = text; *c; c++) {
		if (*c == '.') {
			if (!label || c[-1] == '-')
				return false;
			label = 0;
			continue;
		}
		if (!isascii((unsigned char)*c) ||
		    !(isalnum((unsigned char)*c) || (*c == '-' && label)) || ++label > 63)
			return false;
	}
	return label && text[strlen(text) - 1] != '-';
}

static const char *lower(struct arena *arena, const char *text)
{
	char *copy = arena_strdup(arena, text);

	for (char *c = copy; *c; c++)
		*c = (char)(*c >= 'A' && *c <= 'Z' ? *c + ('a' - 'A') : *c);
	return copy;
}

bool parse_host(struct parser *parser, const struct doc *doc, struct word *ret_word)
{
	const char *host = strstr(doc->text, "://");

	if (host_name_is_valid(doc->text) && strchr(doc->text, '.')) {
		*ret_word = (struct word){lower(parser->arena, doc->text), doc->at};
		return true;
	}
	diag_report(parser->diag, DIAG_BAD_HOST_NAME, doc->at, QUOTE " is no host name",
		    doc->text);
	host = host ? host + 3 : doc->text;
	diag_help(parser->diag, "write the full host name alone%s%.*s",
		  strcspn(host, "/:") < strlen(host) || host != doc->text ? ": " : "",
		  strcspn(host, "/:") < strlen(host) || host != doc->text
			  ? (int)(strcspn(host, "/:") > 80 ? 80 : strcspn(host, "/:"))
			  : 0,
		  host);
	return false;
}

/* Longer than any region of Azure ("southcentralusstage", 19). */
#define REGION_MAX_BYTES 40

bool region_make(struct word word, struct arena *arena, struct region_ref *ret_region)
{
	const struct region *known = catalogue_region(word.text);
	char *name = arena_strdup(arena, lower(arena, word.text)), *end = name;

	if (!known) {
		for (const char *c = name; *c; c++)
			if (*c != ' ')
				*end++ = *c;
		*end = '\0';
		if (!*name || strlen(name) > REGION_MAX_BYTES ||
		    !islower((unsigned char)*name))
			return false;
		for (const char *c = name; *c; c++)
			if (!isascii((unsigned char)*c) || !isalnum((unsigned char)*c))
				return false;
	}
	*ret_region = (struct region_ref){word, known ? known->name : name};
	return true;
}

bool parse_region(struct parser *parser, const struct doc *doc,
		  struct region_ref *ret_region)
{
	struct word word = {doc->text, doc->at};
	const char *typo;

	if (catalogue_region(doc->text))
		return region_make(word, parser->arena, ret_region);
	typo = doc->length <= REGION_MAX_BYTES ? catalogue_region_typo(doc->text) : NULL;
	if (typo || !region_make(word, parser->arena, ret_region)) {
		diag_report(parser->diag, DIAG_REGION_TYPO, doc->at,
			    QUOTE " is no region", doc->text);
		if (typo)
			diag_help(parser->diag, "did you mean '%s'?", typo);
		else
			diag_help(parser->diag,
				  "write the programmatic name, like westeurope");
		return false;
	}
	diag_report(parser->diag, DIAG_REGION_UNKNOWN, doc->at,
		    "the region " QUOTE " is not in the catalogue", doc->text);
	diag_help(parser->diag,
		  "check it with 'az account list-locations'; a new region is %s",
		  parser->options->strict ? "fine without --strict" : "fine");
	return true;
}

/* -- values of keys ---------------------------------------------------------------- */

struct span field_at(const struct fields *fields, enum schema_key key)
{
	if (fields->value[key])
		return fields->value[key]->at;
	return field_is_written(fields, key) ? fields->key_at[key] : fields->doc->at;
}

bool field_is_written(const struct fields *fields, enum schema_key key)
{
	return fields->key_at[key].source != 0;
}

size_t field_word(struct parser *parser, const struct fields *fields, enum schema_key key,
		  size_t otherwise)
{
	const struct schema_key_info *info = schema_key(key);
	size_t index = otherwise;

	if (fields->value[key]) {
		parse_word(parser, fields->value[key], info->values, DIAG_BAD_WORD,
			   &index);
		return index;
	}
	for (size_t i = 0; info->fallback && info->values[i]; i++)
		if (strcmp(info->values[i], info->fallback) == 0)
			return i;
	return otherwise;
}

bool field_boolean(struct parser *parser, const struct fields *fields,
		   enum schema_key key)
{
	const char *fallback = schema_key(key)->fallback;
	bool value = fallback && strcmp(fallback, "true") == 0;

	if (fields->value[key])
		parse_boolean(parser, fields->value[key], &value);
	return value;
}

unsigned field_words(struct parser *parser, const struct fields *fields,
		     enum schema_key key)
{
	const struct schema_key_info *info = schema_key(key);
	const struct doc *list = fields->value[key];
	unsigned bits = 0;
	size_t index;

	for (size_t i = 0; !list && info->fallback && info->values[i]; i++)
		if (strcmp(info->values[i], info->fallback) == 0)
			bits |= 1u << i;
	for (size_t i = 0; list && i < list_count(list); i++) {
		const struct doc *item = list_item(list, i);

		if (!parse_word(parser, item, info->values, DIAG_BAD_WORD, &index))
			continue;
		if (bits & 1u << index)
			diag_report(parser->diag, DIAG_LISTED_TWICE, item->at,
				    "'%s' is listed twice", item->text);
		bits |= 1u << index;
	}
	return bits;
}

bool field_prefixes(struct parser *parser, const struct fields *fields,
		    enum schema_key key, struct addr_set *ret_set)
{
	const struct doc *list = fields->value[key];
	struct prefix prefix;

	if (!list)
		return false;
	for (size_t i = 0; i < list_count(list); i++)
		if (parse_prefix(parser, list_item(list, i), &prefix))
			addr_set_add_prefix(ret_set, &prefix, parser->arena);
	addr_set_normalize(ret_set);
	return true;
}
