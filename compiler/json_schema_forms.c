/* json_schema_forms.c - The forms of single values in the JSON Schema. */
#include "compiler/json_schema_forms.h"

#include "compiler/catalogue.h"
#include "compiler/schema.h"
#include "compiler/spec.h"
#include "rules/field.h"

/* -- the forms of texts (ECMA-262, with the u flag) -------------------------------- */

#define OCTET "(25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])"
#define IPV4  "(" OCTET "\\.){3}" OCTET
#define GROUP "[0-9A-Fa-f]{1,4}"
#define PORT                                                                           \
	"([1-9][0-9]{0,3}|[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|" \
	"6553[0-5])"
#define LABEL "[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?"

static const struct {
	const char *name;
	const char *description;
	const char *pattern;
	unsigned longest; /* 0: the pattern says it */
} texts[] = {
	{"name", "Letters, digits and dashes, a letter in front.",
	 "^[A-Za-z][A-Za-z0-9-]*$", SPEC_MAX_NAME},
	{"registry-name", "5 to 50 letters and digits.", "^[A-Za-z0-9]{5,50}$", 0},
	{"comment", "One line.", "^[^\\u0000-\\u001f\\u007f]+$", SPEC_MAX_COMMENT},
	{"path", "A path, relative to the spec.", "^[^\\u0000-\\u001f\\u007f]+$",
	 SPEC_MAX_PATH},
	{"host", "A host name in full.", "^" LABEL "(\\." LABEL ")+$", SPEC_MAX_HOST},
	{"region", "The programmatic name of an Azure region.", "^[A-Za-z][A-Za-z0-9 ]*$",
	 SPEC_MAX_REGION},
	{"day", "A day: 2027-03-31.",
	 "^(?!0000)[0-9]{4}-((0[13578]|1[02])-(0[1-9]|[12][0-9]|3[01])|"
	 "(0[469]|11)-(0[1-9]|[12][0-9]|30)|02-(0[1-9]|[12][0-9]))$",
	 0},
};

/* Numbers, which may also be written as texts. */
static const struct {
	const char *name;
	const char *description;
	unsigned first, last;
	const char *pattern;
} numbers[] = {
	{"port", "A port.", 1, 65535, "^" PORT "$"},
	{"ports", "A port, or a range of ports: 8000-8080.", 1, 65535,
	 "^" PORT "(-" PORT ")?$"},
};

void json_schema_text(struct json_writer *json, const char *pattern, unsigned longest)
{
	json_key_string(json, "type", "string");
	json_key_string(json, "pattern", pattern);
	if (longest)
		json_key_number(json, "maxLength", longest);
}

void json_schema_number(struct json_writer *json, uint64_t first, uint64_t last,
			const char *pattern)
{
	json_key(json, "anyOf");
	json_list(json);
	json_object(json);
	json_key_string(json, "type", "integer");
	json_key_number(json, "minimum", first);
	json_key_number(json, "maximum", last);
	json_object_end(json);
	json_object(json);
	json_schema_text(json, pattern, 0);
	json_object_end(json);
	json_list_end(json);
}

void json_schema_words(struct json_writer *json, const char *const *words)
{
	json_key(json, "enum");
	json_list(json);
	for (size_t i = 0; words[i]; i++)
		json_string(json, words[i]);
	json_list_end(json);
}

void json_schema_ref(struct json_writer *json, const char *prefix, const char *name)
{
	CLEANUP(strbuf_release) struct strbuf ref = {0};

	strbuf_printf(&ref, "#/$defs/%s", prefix);
	for (const char *c = name; *c; c++)
		strbuf_putc(&ref, (char)(*c == ' ' ? '-' : *c));
	json_key_string(json, "$ref", strbuf_text(&ref));
}

void json_schema_define(struct json_writer *json, const char *prefix, const char *name)
{
	CLEANUP(strbuf_release) struct strbuf key = {0};

	strbuf_puts(&key, prefix);
	for (const char *c = name; *c; c++)
		strbuf_putc(&key, (char)(*c == ' ' ? '-' : *c));
	json_key(json, strbuf_text(&key));
	json_object(json);
}

static void define_texts(struct json_writer *json)
{
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		json_schema_define(json, "", texts[i].name);
		json_key_string(json, "description", texts[i].description);
		json_schema_text(json, texts[i].pattern, texts[i].longest);
		json_object_end(json);
	}
	for (size_t i = 0; i < ARRAY_SIZE(numbers); i++) {
		json_schema_define(json, "", numbers[i].name);
		json_key_string(json, "description", numbers[i].description);
		json_schema_number(json, numbers[i].first, numbers[i].last,
				   numbers[i].pattern);
		json_object_end(json);
	}
}

/* inet_pton() takes these, and a prefix has no leading zeros. */
static void put_ipv6(struct strbuf *out)
{
	strbuf_puts(out, "((" GROUP ":){7}" GROUP "|(" GROUP ":){6}" IPV4);
	for (unsigned left = 0; left <= 7; left++) {
		strbuf_puts(out, left ? "|" : "|:");
		if (left)
			strbuf_printf(out, "(" GROUP ":){%u}", left);
		strbuf_puts(out, ":");
		if (left < 7)
			strbuf_printf(out, "(" GROUP "(:" GROUP "){0,%u})?", 6 - left);
		if (left > 5)
			continue;
		strbuf_puts(out, left ? "|" : "|:");
		if (left)
			strbuf_printf(out, "(" GROUP ":){%u}", left);
		strbuf_printf(out, ":(" GROUP ":){0,%u}" IPV4, 5 - left);
	}
	strbuf_putc(out, ')');
}

static void define_addresses(struct json_writer *json)
{
	CLEANUP(strbuf_release) struct strbuf ipv6 = {0}, address = {0}, prefix = {0};

	put_ipv6(&ipv6);
	strbuf_printf(&address, "^(" IPV4 "|%s)$", strbuf_text(&ipv6));
	strbuf_printf(&prefix,
		      "^(" IPV4 "(/(3[0-2]|[12]?[0-9]))?|"
		      "%s(/(12[0-8]|1[01][0-9]|[1-9]?[0-9]))?)$",
		      strbuf_text(&ipv6));
	json_schema_define(json, "", "address");
	json_key_string(json, "description", "An IPv4 or IPv6 address.");
	json_schema_text(json, strbuf_text(&address), 0);
	json_object_end(json);
	json_schema_define(json, "", "prefix");
	json_key_string(json, "description",
			"An address, or a prefix without host bits.");
	json_schema_text(json, strbuf_text(&prefix), 0);
	json_object_end(json);
}

/* What is no text may also be written as one. */
static void define_words(struct json_writer *json)
{
	json_schema_define(json, "", "boolean");
	json_key(json, "enum");
	json_list(json);
	json_bool(json, true);
	json_bool(json, false);
	json_string(json, "true");
	json_string(json, "false");
	json_list_end(json);
	json_object_end(json);
	json_schema_define(json, "", "version");
	json_key(json, "enum");
	json_list(json);
	json_number(json, 1);
	json_string(json, "1");
	json_list_end(json);
	json_object_end(json);
}

static void define_protocol(struct json_writer *json)
{
	json_schema_define(json, "", "protocol");
	json_key_string(json, "description", "A protocol's name or number, or any.");
	json_key(json, "anyOf");
	json_list(json);
	json_object(json);
	json_key(json, "enum");
	json_list(json);
	json_string(json, "any");
	for (unsigned protocol = 0; protocol <= 255; protocol++)
		if (protocol_name(protocol))
			json_string(json, protocol_name(protocol));
	json_list_end(json);
	json_object_end(json);
	json_object(json);
	json_schema_number(json, 0, 255, "^([01]?[0-9]{1,2}|2[0-4][0-9]|25[0-5])$");
	json_object_end(json);
	json_list_end(json);
	json_object_end(json);
}

/* A service group's name alone, or with parameters. */
static void define_service_use(struct json_writer *json)
{
	const char *const *groups = catalogue_groups();

	json_schema_define(json, "", "service-use");
	json_key(json, "anyOf");
	json_list(json);
	json_object(json);
	json_key(json, "enum");
	json_list(json);
	for (size_t i = 0; groups[i]; i++)
		if (!catalogue_group(groups[i])->needs_location)
			json_string(json, groups[i]);
	json_list_end(json);
	json_object_end(json);
	json_object(json);
	json_schema_ref(json, "", schema_mapping(SCHEMA_SERVICE)->name);
	json_object_end(json);
	json_list_end(json);
	json_object_end(json);
}

void json_schema_forms(struct json_writer *json)
{
	define_texts(json);
	define_addresses(json);
	define_words(json);
	define_protocol(json);
	define_service_use(json);
}
