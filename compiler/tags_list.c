/* tags_list.c - Printing service tags. */
#include "compiler/tags_list.h"

#include <string.h>

#include "compiler/catalogue.h"

/* -- prefixes -------------------------------------------------------------- */

/* The next prefix of @range; false when that was the last. */
static bool cut_prefix(enum family family, struct range *range, struct prefix *ret_prefix)
{
	struct range taken;

	*ret_prefix = range_first_prefix(family, range);
	taken = prefix_range(ret_prefix);
	if (taken.last == range->last)
		return false;
	range->first = taken.last + 1;
	return true;
}

static void each_prefix(const struct addr_set *set,
			void (*put)(void *context, const char *text), void *context)
{
	char text[ADDR_TEXT_MAX];
	struct prefix prefix;

	for (unsigned family = 0; family < FAMILY_COUNT; family++) {
		for (size_t i = 0; i < set->of[family].count; i++) {
			struct range rest = set->of[family].at[i];
			bool more;

			do {
				more = cut_prefix((enum family)family, &rest, &prefix);
				put(context, prefix_format(&prefix, text));
			} while (more);
		}
	}
}

struct lines {
	const char *before;
	struct strbuf *out;
};

static void put_line(void *context, const char *text)
{
	const struct lines *lines = context;

	strbuf_printf(lines->out, "%s%s\n", lines->before, text);
}

void put_prefixes(const struct addr_set *set, const char *before, struct strbuf *out)
{
	struct lines lines = {before, out};

	each_prefix(set, put_line, &lines);
}

static void put_string(void *context, const char *text)
{
	json_string(context, text);
}

void json_prefixes(struct json_writer *json, const char *key, const struct addr_set *set)
{
	json_key(json, key);
	json_list(json);
	each_prefix(set, put_string, json);
	json_list_end(json);
}

/* -- the table ------------------------------------------------------------- */

#define NAME_TITLE "TAG"

static void put_row(const struct service_tag *tag, int width, struct strbuf *out)
{
	char ipv4[COUNT_TEXT_MAX], ipv6[COUNT_TEXT_MAX];
	struct count count = addresses_count(&tag->addresses, FAMILY_IPV4);

	count_format(&count, ipv4);
	count = addresses_count(&tag->addresses, FAMILY_IPV6);
	count_format(&count, ipv6);
	strbuf_printf(out, "%-*s  %7zu  %10s  %7zu  %s\n", width, tag->name,
		      tag->prefixes[FAMILY_IPV4], ipv4, tag->prefixes[FAMILY_IPV6], ipv6);
}

void tags_list_text(const struct service_tags *tags, struct strbuf *out)
{
	size_t width = strlen(NAME_TITLE), prefixes = 0;

	for (size_t i = 0; i < tags->count; i++) {
		const struct service_tag *tag = &tags->at[i];

		width = strlen(tag->name) > width ? strlen(tag->name) : width;
		prefixes += tag->prefixes[FAMILY_IPV4] + tag->prefixes[FAMILY_IPV6];
	}
	strbuf_printf(out, "cloud %s, ", tags->cloud);
	if (tags->regions_only)
		strbuf_puts(out, "regions by the names of PublicIPs, ");
	else
		strbuf_printf(out, "change %u, ", tags->change_number);
	strbuf_printf(out, "%zu tag%s, %zu prefix%s\n", tags->count,
		      tags->count == 1 ? "" : "s", prefixes, prefixes == 1 ? "" : "es");
	strbuf_printf(out, "%-*s  %7s  %10s  %7s  %s\n", (int)width, NAME_TITLE, "IPV4",
		      "ADDRESSES", "IPV6", "ADDRESSES");
	for (size_t i = 0; i < tags->count; i++)
		put_row(&tags->at[i], (int)width, out);
}

void tag_text(const struct service_tag *tag, struct strbuf *out)
{
	put_prefixes(&tag->addresses, "", out);
}

/* -- JSON ------------------------------------------------------------------ */

void json_tags_head(struct json_writer *json, const struct service_tags *tags)
{
	json_key_string(json, "cloud", tags->cloud);
	json_key(json, "change_number");
	if (tags->regions_only)
		json_null(json);
	else
		json_number(json, tags->change_number);
}

static void json_family(struct json_writer *json, const struct service_tag *tag,
			enum family family)
{
	struct count count = addresses_count(&tag->addresses, family);
	char text[COUNT_TEXT_MAX];

	json_key(json, family_name(family));
	json_object(json);
	json_key_number(json, "prefixes", tag->prefixes[family]);
	/* More than 64 bits: a text. */
	json_key_string(json, "addresses", count_format(&count, text));
	json_object_end(json);
}

static void json_tag_head(struct json_writer *json, const struct service_tag *tag)
{
	const struct region *region = tag_region(tag->name);

	json_key_string(json, "name", tag->name);
	json_key_string(json, "region", region ? region->name : NULL);
	for (unsigned family = 0; family < FAMILY_COUNT; family++)
		json_family(json, tag, (enum family)family);
}

void tags_list_json(const struct service_tags *tags, struct strbuf *out)
{
	struct json_writer json;

	json_begin(&json, out, false);
	json_object(&json);
	json_key_number(&json, "version", 1);
	json_tags_head(&json, tags);
	json_key(&json, "tags");
	json_list(&json);
	for (size_t i = 0; i < tags->count; i++) {
		json_object(&json);
		json_tag_head(&json, &tags->at[i]);
		json_object_end(&json);
	}
	json_list_end(&json);
	json_object_end(&json);
	json_end(&json);
}

void tag_json(const struct service_tags *tags, const struct service_tag *tag,
	      struct strbuf *out)
{
	struct json_writer json;

	json_begin(&json, out, false);
	json_object(&json);
	json_key_number(&json, "version", 1);
	json_tags_head(&json, tags);
	json_tag_head(&json, tag);
	json_prefixes(&json, "covers", &tag->addresses);
	json_object_end(&json);
	json_end(&json);
}
