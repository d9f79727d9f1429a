/* catalogue.c - What is known about Azure: clouds, regions, endpoints, services. */
#include "compiler/catalogue.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "rules/base/arena.h"
#include "rules/base/strbuf.h"
#include "rules/field.h"

/* -- the tables ------------------------------------------------------------ */

#define IN(cloud) (1u << CLOUD_##cloud)

static const struct cloud clouds[] = {
#define CLOUD(id, name, login, blob, zone, tag_cloud, source, day, confidence) \
	{CLOUD_##id,                                                           \
	 name,                                                                 \
	 login,                                                                \
	 blob,                                                                 \
	 zone,                                                                 \
	 tag_cloud,                                                            \
	 {source, day, CONFIDENCE_##confidence}},
#include "compiler/catalogue_clouds.def"
#undef CLOUD
};

static const struct region regions[] = {
#define REGION(cloud, name, display, tag, cloud_tag) \
	{name, display, CLOUD_##cloud, (tag) != NULL, tag, cloud_tag},
#include "compiler/catalogue_regions.def"
#undef REGION
};

static const struct endpoint_row endpoints[] = {
#define ENDPOINT(kind, clouds, name, pattern, tag, member, source, day, confidence) \
	{ENDPOINT_##kind,                                                           \
	 clouds,                                                                    \
	 name,                                                                      \
	 pattern,                                                                   \
	 tag,                                                                       \
	 member,                                                                    \
	 {source, day, CONFIDENCE_##confidence}},
#include "compiler/catalogue_endpoints.def"
#undef ENDPOINT
};

#define GROUP(name, needs_location, takes_private_cluster, summary)
#define INCLUDE(group, included)
#define SERVICE(group, clouds, host, protocol, first, last, tags, condition, reason, \
		source, day, confidence)                                             \
	{group,	 clouds,                                                             \
	 host,	 PROTOCOL_##protocol,                                                \
	 first,	 last,                                                               \
	 tags,	 condition,                                                          \
	 reason, {source, day, CONFIDENCE_##confidence}},
static const struct service_row services[] = {
#include "compiler/catalogue_services.def"
};
#undef GROUP
#undef INCLUDE
#undef SERVICE

#define INCLUDE(group, included)
#define SERVICE(group, clouds, host, protocol, first, last, tags, condition, reason, \
		source, day, confidence)
#define GROUP(name, needs_location, takes_private_cluster, summary) \
	{name, needs_location, takes_private_cluster, summary},
static const struct service_group groups[] = {
#include "compiler/catalogue_services.def"
};
#undef GROUP
#define GROUP(name, needs_location, takes_private_cluster, summary) name,
static const char *const group_names[] = {
#include "compiler/catalogue_services.def"
	NULL,
};
#undef GROUP
#undef INCLUDE

#define GROUP(name, needs_location, takes_private_cluster, summary)
#define INCLUDE(group, included) {group, included},
static const struct {
	const char *group;
	const char *included;
} includes[] = {
#include "compiler/catalogue_services.def"
};
#undef GROUP
#undef INCLUDE
#undef SERVICE

/* -- clouds and regions ---------------------------------------------------- */

const struct cloud *catalogue_cloud(enum cloud_id id)
{
	for (size_t i = 0; i < ARRAY_SIZE(clouds); i++)
		if (clouds[i].id == id)
			return &clouds[i];
	BUG("no cloud %d", (int)id);
}

/* Do two names agree but for case and blanks? */
static bool same_name(const char *a, const char *b)
{
	for (;; a++, b++) {
		a += strspn(a, " ");
		b += strspn(b, " ");
		if (tolower((unsigned char)*a) != tolower((unsigned char)*b))
			return false;
		if (!*a)
			return true;
	}
}

const struct region *catalogue_region(const char *text)
{
	for (size_t i = 0; i < ARRAY_SIZE(regions); i++)
		if (same_name(text, regions[i].name) ||
		    same_name(text, regions[i].display))
			return &regions[i];
	return NULL;
}

const struct region *catalogue_region_at(size_t index)
{
	return index < ARRAY_SIZE(regions) ? &regions[index] : NULL;
}

/* -- is a word a region's name misspelt? ----------------------------------- */

/* The longest name has 18 characters (southcentralusstg and the like); whatever is longer
 * than twice that is no misspelt name. */
#define REGION_MAX 40

/* No name has more words than this ("South Central US STG" has four). */
#define WORDS_MAX 6

/* In lower case and without blanks; false: too long to be a region. */
static bool plain_name(const char *text, char *plain)
{
	size_t length = 0;

	for (; *text; text++) {
		if (*text == ' ')
			continue;
		if (length == REGION_MAX)
			return false;
		plain[length++] = (char)tolower((unsigned char)*text);
	}
	plain[length] = '\0';
	return true;
}

/* Length without digits at the end. */
static size_t stem_length(const char *name)
{
	size_t length = strlen(name);

	while (length && isdigit((unsigned char)name[length - 1]))
		length--;
	return length;
}

static bool is_other_number(const char *plain)
{
	size_t stem = stem_length(plain);

	for (size_t i = 0; i < ARRAY_SIZE(regions); i++)
		if (stem_length(regions[i].name) == stem &&
		    strncmp(plain, regions[i].name, stem) == 0)
			return true;
	return false;
}

/* Length of the shortest word of a display name that @text begins with, among those
 * longer than @longer_than; 0: none. */
static size_t word_length(const char *text, size_t longer_than)
{
	size_t best = 0;

	for (size_t i = 0; i < ARRAY_SIZE(regions); i++) {
		const char *word = regions[i].display;

		for (; *word; word += strspn(word, " ")) {
			size_t length = strcspn(word, " ");

			if (length > longer_than && (!best || length < best) &&
			    strncasecmp(text, word, length) == 0)
				best = length;
			word += length;
		}
	}
	return best;
}

/* Cut a name into words of regions' names; shorter words are tried first. */
static size_t cut_words(const char *name, size_t *lengths, size_t depth)
{
	if (!*name)
		return depth;
	if (depth == WORDS_MAX)
		return 0;
	for (size_t length = word_length(name, 0); length;
	     length = word_length(name, length)) {
		size_t count;

		lengths[depth] = length;
		count = cut_words(name + length, lengths, depth + 1);
		if (count)
			return count;
	}
	return 0;
}

/* Is @display made of exactly these words, in whatever order? */
static bool has_words(const char *display, const char *name, const size_t *lengths,
		      size_t count)
{
	bool used[WORDS_MAX] = {false};
	size_t found = 0, words = 0;

	for (; *display; display += strspn(display, " "), words++) {
		size_t length = strcspn(display, " ");
		const char *word = name;

		for (size_t i = 0; i < count; word += lengths[i++]) {
			if (used[i] || lengths[i] != length ||
			    strncasecmp(word, display, length) != 0)
				continue;
			used[i] = true;
			found++;
			break;
		}
		display += length;
	}
	return found == words && words == count;
}

const char *catalogue_region_typo(const char *text)
{
	const char *names[ARRAY_SIZE(regions) + 1];
	char plain[REGION_MAX + 1];
	size_t lengths[WORDS_MAX], count;
	const char *nearest;

	if (!plain_name(text, plain) || catalogue_region(plain) || is_other_number(plain))
		return NULL;
	count = cut_words(plain, lengths, 0);
	for (size_t i = 0; i < ARRAY_SIZE(regions); i++) {
		if (count && has_words(regions[i].display, plain, lengths, count))
			return regions[i].name;
		names[i] = regions[i].name;
	}
	names[ARRAY_SIZE(regions)] = NULL;
	if (count)
		return NULL;
	/* Two slips of the finger; farther off are new regions ("marsnorth"). */
	nearest = diag_nearest(plain, names);
	return nearest && diag_distance(plain, nearest) <= 2 ? nearest : NULL;
}

/* -- endpoints and services ------------------------------------------------ */

const struct endpoint_row *catalogue_endpoint(enum endpoint_kind kind,
					      enum cloud_id cloud)
{
	for (size_t i = 0; i < ARRAY_SIZE(endpoints); i++)
		if (endpoints[i].kind == kind && endpoints[i].clouds & 1u << cloud)
			return &endpoints[i];
	BUG("no endpoint of kind %d in cloud %d", (int)kind, (int)cloud);
}

/* What stands for one pair of braces. */
static const char *pattern_word(const char *name, size_t length,
				const struct pattern_words *words)
{
	const struct {
		const char *name;
		const char *value;
	} known[] = {
		{"label", words->label},
		{"region", words->region},
		{"location", words->location},
		{"login_suffix", words->cloud ? words->cloud->login_suffix : NULL},
		{"blob_suffix", words->cloud ? words->cloud->blob_suffix : NULL},
	};

	for (size_t i = 0; i < ARRAY_SIZE(known); i++)
		if (strlen(known[i].name) == length && known[i].value &&
		    strncmp(known[i].name, name, length) == 0)
			return known[i].value;
	BUG("no word for {%.*s}", (int)length, name);
}

const char *catalogue_expand(const char *pattern, const struct pattern_words *words,
			     struct arena *arena)
{
	CLEANUP(strbuf_release) struct strbuf text = {0};

	while (*pattern) {
		size_t plain = strcspn(pattern, "{");

		strbuf_add(&text, pattern, plain);
		pattern += plain;
		if (*pattern) {
			size_t length = strcspn(pattern, "}");

			strbuf_puts(&text, pattern_word(pattern + 1, length - 1, words));
			pattern += length + 1;
		}
	}
	return arena_strndup(arena, strbuf_text(&text), text.length);
}

const struct service_row *catalogue_services(size_t *ret_count)
{
	*ret_count = ARRAY_SIZE(services);
	return services;
}

const char *const *catalogue_groups(void)
{
	return group_names;
}

const struct service_group *catalogue_group(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(groups); i++)
		if (strcmp(groups[i].name, name) == 0)
			return &groups[i];
	return NULL;
}

bool catalogue_group_has(const char *group, const struct service_row *row)
{
	if (strcmp(row->group, group) == 0)
		return true;
	for (size_t i = 0; i < ARRAY_SIZE(includes); i++)
		if (strcmp(includes[i].group, group) == 0 &&
		    strcmp(includes[i].included, row->group) == 0)
			return true;
	return false;
}

const char *catalogue_service_tags(const struct service_row *row, const char *location,
				   struct arena *arena)
{
	const struct region *region = location ? catalogue_region(location) : NULL;
	struct pattern_words words = {.location = location};

	if (!row->service_tags)
		return NULL;
	/* AzureCloud is the only tag with a location in the catalogue. */
	if (region && region->cloud_tag)
		words.location = region->cloud_tag;
	return catalogue_expand(row->service_tags, &words, arena);
}
