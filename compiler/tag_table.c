/* tag_table.c - Filling a table of service tags. */
#include "compiler/tag_table.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "rules/base/arena.h"

/* Longest text of a file that a message quotes. */
#define QUOTE "'%.80s'"

/* Letters and digits with single dots between: what a rule may carry as it is. */
static bool is_tag_name(const char *name)
{
	size_t length = strlen(name);
	bool after_dot = true;

	if (!length || length > TAG_NAME_MAX)
		return false;
	for (const char *c = name; *c; c++) {
		bool is_dot = *c == '.';

		if (is_dot ? after_dot
			   : !((*c >= 'a' && *c <= 'z') || (*c >= 'A' && *c <= 'Z') ||
			       (*c >= '0' && *c <= '9')))
			return false;
		after_dot = is_dot;
	}
	return !after_dot;
}

int tag_table_begin(struct tag_table *table, const char *name, struct span at)
{
	struct service_tags *tags = table->tags;

	if (!is_tag_name(name))
		return diag_report(table->diag, table->code, at,
				   QUOTE
				   " is no name of a tag: letters, digits and dots, at "
				   "most %u",
				   name, TAG_NAME_MAX);
	if (tags->count == MAX_TAGS)
		return diag_report(table->diag, table->code, at,
				   "the file has more than %u tags", MAX_TAGS);
	*arena_push(table->arena, tags->at, tags->count, tags->capacity) =
		(struct service_tag){.name = name, .at = at};
	for (unsigned family = 0; family < FAMILY_COUNT; family++)
		table->ranges[family].count = 0;
	return 0;
}

static int bad_prefix(struct tag_table *table, const char *text, struct span at,
		      const struct prefix *masked)
{
	char plain[ADDR_TEXT_MAX];

	if (!masked)
		return diag_report(table->diag, table->code, at,
				   QUOTE " is no prefix (address/length)", text);
	diag_report(table->diag, table->code, at, QUOTE " has bits set behind its length",
		    text);
	diag_help(table->diag, "the prefix is %s; fetch the file again",
		  prefix_format(masked, plain));
	return -1;
}

/* A number from 0 to 255 without leading zeros: behind it, or NULL. */
static const char *take_number(const char *at, unsigned *ret_number)
{
	unsigned number = (unsigned char)*at++ - (unsigned)'0', digit;

	if (number > 9)
		return NULL;
	/* Behind a zero no digit is taken, and the caller finds it in its way. */
	for (; number && (digit = (unsigned char)*at - (unsigned)'0') <= 9; at++) {
		number = number * 10 + digit;
		if (number > 255)
			return NULL;
	}
	*ret_number = number;
	return at;
}

/* "20.1.2.0/24" without inet_pton(): most of a file are such, and this is what keeps the
 * reading near that of its JSON.  Whatever else it is, prefix_parse() judges. */
static bool parse_plain(const char *text, struct prefix *ret_prefix)
{
	uint32_t value = 0;
	unsigned number;

	for (unsigned i = 0; i < 4; i++) {
		text = take_number(text, &number);
		if (!text || *text++ != (i < 3 ? '.' : '/'))
			return false;
		value = value << 8 | number;
	}
	text = take_number(text, &number);
	if (!text || *text || number > 32 || value & (uint32_t)u128_mask(32 - number))
		return false;
	*ret_prefix = (struct prefix){FAMILY_IPV4, (uint8_t)number, value};
	return true;
}

int tag_table_add(struct tag_table *table, const char *text, struct span at)
{
	struct service_tag *tag = &table->tags->at[table->tags->count - 1];
	enum prefix_parse parsed = PREFIX_OK;
	struct prefix prefix;

	if (!parse_plain(text, &prefix)) {
		parsed = strchr(text, '/') ? prefix_parse(text, &prefix) : PREFIX_BAD;
		if (parsed != PREFIX_OK)
			return bad_prefix(table, text, at,
					  parsed == PREFIX_BAD ? NULL : &prefix);
	}
	tag->prefixes[prefix.family]++;
	ranges_add(&table->ranges[prefix.family], prefix_range(&prefix), table->arena);
	return 0;
}

void tag_table_end(struct tag_table *table)
{
	struct service_tag *tag = &table->tags->at[table->tags->count - 1];

	for (unsigned family = 0; family < FAMILY_COUNT; family++) {
		struct ranges *ranges = &table->ranges[family];
		struct ranges *kept = &tag->addresses.of[family];

		ranges_normalize(ranges);
		if (!ranges->count)
			continue;
		kept->at = arena_array(table->arena, ranges->count, struct range);
		kept->count = kept->capacity = ranges->count;
		memcpy(kept->at, ranges->at, ranges->count * sizeof(*kept->at));
	}
}

static int compare_tags(const void *one, const void *other)
{
	const struct service_tag *a = one, *b = other;
	int order = strcasecmp(a->name, b->name);

	if (order)
		return order;
	if (a->at.source != b->at.source)
		return a->at.source < b->at.source ? -1 : 1;
	return (a->at.begin > b->at.begin) - (a->at.begin < b->at.begin);
}

int tag_table_sort(struct tag_table *table)
{
	struct service_tags *tags = table->tags;
	int result = 0;

	if (tags->count)
		qsort(tags->at, tags->count, sizeof(*tags->at), compare_tags);
	for (size_t i = 1; i < tags->count; i++) {
		if (strcasecmp(tags->at[i - 1].name, tags->at[i].name) != 0)
			continue;
		result = diag_report(table->diag, table->code, tags->at[i].at,
				     "the name '%s' stands twice", tags->at[i].name);
		diag_note(table->diag, tags->at[i - 1].at, "first here");
	}
	return result;
}
