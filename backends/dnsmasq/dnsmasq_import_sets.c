/* dnsmasq_import_sets.c - The path "set" of a configuration. */
#include <stdlib.h>
#include <string.h>

#include "backends/dnsmasq/dnsmasq_importer.h"
#include "rules/base/arena.h"
#include "rules/packet.h"

/**
 * DOC: Sets
 *
 * What comes from a server goes into the sets of the longest domain that takes the name
 * which was asked for, not of those that its answer leads through; of two lines for one
 * domain the first counts (src/forward.c, domain_find_sets(), process_reply()).  What
 * dnsmasq says itself goes nowhere.
 */

/* "4#inet#table#set": the family, where one is told, and the rest. */
static struct dnsmasq_set read_set(struct dnsmasq_importer *importer, char *text)
{
	unsigned families = FAMILIES_ALL;

	dnsmasq_unhide(text);
	if ((text[0] == '4' || text[0] == '6') && text[1] == '#') {
		families = 1u << (text[0] == '4' ? FAMILY_IPV4 : FAMILY_IPV6);
		text += 2;
	}
	return (struct dnsmasq_set){arena_strdup(importer->arena, text), families};
}

static void add_fill(struct dnsmasq_importer *importer, const char *domain,
		     const struct dnsmasq_fill *like)
{
	struct dnsmasq_fill *fill;

	if (textmap_get(&importer->fill_of, domain))
		return;
	fill = arena_make(importer->arena, struct dnsmasq_fill);
	*fill = *like;
	fill->domain = domain;
	textmap_put(&importer->fill_of, domain, fill, importer->arena);
	*arena_push(importer->arena, importer->fills.at, importer->fills.count,
		    importer->fills.capacity) = fill;
}

/* One of a line's domains; "#", or nothing, is every name. */
static int read_domain(struct dnsmasq_importer *importer, const struct dnsmasq_line *line,
		       const char *text, const struct dnsmasq_fill *like)
{
	const char *name = "";

	text += strspn(text, ".");
	if (!*text || strcmp(text, "#") == 0) {
		add_fill(importer, "", like);
		return 0;
	}
	switch (dnsmasq_name(importer, arena_strdup(importer->arena, text), &name)) {
	case DNSMASQ_NAME_BAD:
		return dnsmasq_refuse(importer, line->span, "'%s' is no domain", text);
	case DNSMASQ_NAME_OTHER:
		break;
	case DNSMASQ_NAME_HOST:
		add_fill(importer, name, like);
		break;
	}
	return 0;
}

/* nftset=/DOMAIN/…/SET,… */
int dnsmasq_read_nftset(struct dnsmasq_importer *importer, struct dnsmasq_line *line)
{
	struct dnsmasq_fill like = {.from = {line->span, line->id}};
	DNSMASQ_LIST(const char *) domains = {0};
	DNSMASQ_LIST(struct dnsmasq_set) sets = {0};
	char *text = line->value, *next;

	dnsmasq_unhide(text);
	text += *text == '/';
	while (text > line->value && (next = dnsmasq_split(text, '/'))) {
		*arena_push(importer->arena, domains.at, domains.count,
			    domains.capacity) = arena_strdup(importer->arena, text);
		text = next;
	}
	if (text == line->value)
		*arena_push(importer->arena, domains.at, domains.count,
			    domains.capacity) = "#";
	if (!*text)
		return dnsmasq_refuse(importer, line->span,
				      "no set is named: "
				      "'nftset=/DOMAIN/4#inet#TABLE#SET'");
	for (; text; text = next) {
		next = dnsmasq_split(text, ',');
		*arena_push(importer->arena, sets.at, sets.count, sets.capacity) =
			read_set(importer, text);
	}
	like.sets = sets.at;
	like.count = sets.count;
	for (size_t i = 0; i < domains.count; i++)
		if (read_domain(importer, line, domains.at[i], &like) < 0)
			return -1;
	return 0;
}

/* -- rules -----------------------------------------------------------------------------
 */

static int compare_fills(const void *a, const void *b)
{
	const struct dnsmasq_fill *x = *(struct dnsmasq_fill *const *)a;
	const struct dnsmasq_fill *y = *(struct dnsmasq_fill *const *)b;
	size_t x_length = strlen(x->domain), y_length = strlen(y->domain);

	if (x_length != y_length)
		return x_length > y_length ? -1 : 1;
	return strcmp(x->domain, y->domain);
}

static struct match *add_rule(struct dnsmasq_importer *importer, struct chain *chain,
			      const struct dnsmasq_fill *fill, enum action action)
{
	struct rule *rule =
		dnsmasq_add_rule(importer, chain, action, &fill->from, fill->domain);

	if (*fill->domain)
		match_name(&rule->match, (struct name_pattern){NAME_DOMAIN, fill->domain},
			   false, importer->arena);
	return &rule->match;
}

static void add_sets(struct dnsmasq_importer *importer, struct chain *chain,
		     const struct dnsmasq_fill *fill)
{
	for (size_t i = 0; i < fill->count; i++) {
		const struct dnsmasq_set *set = &fill->sets[i];
		struct match *match = add_rule(importer, chain, fill, ACTION_ADMIT);

		if (set->families != FAMILIES_ALL)
			match_family(match,
				     set->families == 1u << FAMILY_IPV4 ? FAMILY_IPV4
									: FAMILY_IPV6,
				     importer->arena);
		match_symbol(match, FIELD_APPLICATION,
			     arena_printf(importer->arena, "%s%s", SPEAKS_FILLS,
					  set->path),
			     false, importer->arena);
	}
	add_rule(importer, chain, fill, ACTION_REFUSE);
}

void dnsmasq_make_sets(struct dnsmasq_importer *importer)
{
	struct chain *chain;
	struct path *path;

	if (!importer->fills.count)
		return;
	qsort(importer->fills.at, importer->fills.count, sizeof(importer->fills.at[0]),
	      compare_fills);
	path = ruleset_add_path(importer->rules, SET_PATH, importer->arena);
	path->compose = COMPOSE_FIRST;
	importer->by_family = true;
	dnsmasq_make_asked(importer, path);
	chain = dnsmasq_add_stage(importer, path, "sets");
	for (size_t i = 0; i < importer->fills.count; i++)
		add_sets(importer, chain, importer->fills.at[i]);
}
