/* what_if_choose.c - Understanding the change that a rehearsal is asked for. */
#include <string.h>

#include "compiler/catalogue.h"
#include "compiler/names.h"
#include "compiler/options.h"
#include "compiler/what_if.h"
#include "rules/base/arena.h"

/* The registry named, or the only one. */
static struct registry *choose_registry(struct compilation *compilation)
{
	const struct spec *spec = compilation->spec;
	const char *name = options_text(compilation->options, OPTION_REGISTRY);
	struct names names = {0};
	const char *nearest;

	for (size_t i = 0; i < spec->registry_count; i++) {
		struct registry *registry = spec->registries[i];

		if (name ? strcasecmp(registry->name.text, name) == 0
			 : spec->registry_count == 1)
			return registry;
		names_add(&names, registry->name.text, registry->name.at, registry,
			  compilation->arena);
	}
	if (!name) {
		diag_report(compilation->diag, DIAG_REGISTRY_AMBIGUOUS, SPAN_NONE,
			    "the spec has %zu registries", spec->registry_count);
		for (size_t i = 0; i < names.count; i++)
			diag_note(compilation->diag, names.at[i].at, "'%s' is one",
				  names.at[i].name);
		diag_help(compilation->diag, "name one with --registry");
		return NULL;
	}
	diag_report(compilation->diag, DIAG_UNKNOWN_REFERENCE, SPAN_NONE,
		    "the spec has no registry '%s'", name);
	nearest = names_nearest(&names, name);
	if (nearest)
		diag_help(compilation->diag, "did you mean '%s'?", nearest);
	return NULL;
}

/* The region's place among the registry's: 0 is home; their number when it is none. */
static size_t find_region(const struct registry *registry, const char *name)
{
	size_t index = 0;

	while (index < registry->region_count &&
	       strcmp(registry->regions[index].name, name) != 0)
		index++;
	return index;
}

static int check_tier(struct compilation *compilation, const struct registry *registry,
		      const char *feature)
{
	if (registry->sku == SKU_PREMIUM)
		return 0;
	diag_report(compilation->diag, DIAG_SKU_FEATURE, registry->sku_at,
		    "the tier of '%s' has no %s", registry->name.text, feature);
	diag_help(compilation->diag, "raise it first (az acr update --sku Premium), then "
				     "write 'sku: premium'");
	return -1;
}

static const char *lower_name(const char *text, struct arena *arena)
{
	char *name = arena_strdup(arena, text), *end = name;

	for (const char *c = text; *c; c++)
		if (*c != ' ')
			*end++ = (char)(*c >= 'A' && *c <= 'Z' ? *c - 'A' + 'a' : *c);
	*end = '\0';
	return name;
}

/* A new region: one of the catalogue's, or one that may have come since. */
static int new_region(struct compilation *compilation, const char *text,
		      const char **ret_region)
{
	const struct region *known = catalogue_region(text);
	const char *name = lower_name(text, compilation->arena);
	const char *typo = NULL;

	if (known) {
		*ret_region = known->name;
		return 0;
	}
	if (strlen(text) <= SPEC_MAX_REGION)
		typo = catalogue_region_typo(text);
	if (typo || strlen(name) > SPEC_MAX_REGION || !*name ||
	    name[strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789")]) {
		diag_report(compilation->diag, DIAG_REGION_TYPO, SPAN_NONE,
			    "'%.80s' is no region", text);
		if (typo)
			diag_help(compilation->diag, "did you mean '%s'?", typo);
		else
			diag_help(compilation->diag,
				  "write the programmatic name, like westeurope");
		return -1;
	}
	*ret_region = name;
	if (diag_report(compilation->diag, DIAG_REGION_UNKNOWN, SPAN_NONE,
			"the region '%s' is not in the catalogue", text) < 0)
		return -1;
	diag_help(compilation->diag, "check it with 'az account list-locations'");
	return 0;
}

static int choose_added(struct compilation *compilation, const char *text,
			struct what_if_change *change)
{
	const struct registry *registry = change->registry;
	size_t index;

	if (check_tier(compilation, registry, "replicas") < 0 ||
	    new_region(compilation, text, &change->region) < 0)
		return -1;
	index = find_region(registry, change->region);
	if (index == registry->region_count)
		return 0;
	if (index == 0)
		diag_report(compilation->diag, DIAG_REPLICA_HOME, SPAN_NONE,
			    "'%s' is the home region of '%s'", change->region,
			    registry->name.text);
	else
		diag_report(compilation->diag, DIAG_REPLICA_TWICE, SPAN_NONE,
			    "'%s' has a replica in '%s' already", registry->name.text,
			    change->region);
	diag_note(compilation->diag, registry->regions[index].word.at, "it is here");
	return -1;
}

static int choose_removed(struct compilation *compilation, const char *text,
			  struct what_if_change *change)
{
	const struct registry *registry = change->registry;
	const struct region *known = catalogue_region(text);
	struct names names = {0};
	const char *nearest;
	size_t index;

	change->region = known ? known->name : lower_name(text, compilation->arena);
	index = find_region(registry, change->region);
	if (index > 0 && index < registry->region_count)
		return 0;
	if (index == 0) {
		diag_report(compilation->diag, DIAG_REPLICA_HOME, SPAN_NONE,
			    "'%s' is the home region of '%s', which cannot be removed",
			    change->region, registry->name.text);
		diag_note(compilation->diag, registry->regions[0].word.at, "it is here");
		return -1;
	}
	diag_report(compilation->diag, DIAG_REPLICA_MISSING, SPAN_NONE,
		    "'%s' has no replica in '%.80s'", registry->name.text, text);
	for (size_t i = 1; i < registry->region_count; i++) {
		names_add(&names, registry->regions[i].name, SPAN_NONE, NULL,
			  compilation->arena);
		diag_note(compilation->diag, registry->regions[i].word.at,
			  "it has one in '%s'", registry->regions[i].name);
	}
	nearest = names_nearest(&names, change->region);
	if (nearest)
		diag_help(compilation->diag, "did you mean '%s'?", nearest);
	return -1;
}

static int choose_dedicated(struct compilation *compilation,
			    struct what_if_change *change)
{
	const struct registry *registry = change->registry;

	if (check_tier(compilation, registry, "dedicated data endpoints") < 0)
		return -1;
	if (registry->data_endpoints != DATA_DEDICATED)
		return 0;
	diag_report(compilation->diag, DIAG_ALREADY_SO, registry->data_endpoints_at,
		    "'%s' has dedicated data endpoints already", registry->name.text);
	if (registry->private_endpoint_count)
		diag_note(compilation->diag, registry->private_endpoints[0]->at,
			  "a private endpoint turns them on");
	return -1;
}

int what_if_choose(struct compilation *compilation, struct what_if_change *ret_change)
{
	const struct options *options = compilation->options;
	const char *added = options_text(options, OPTION_ADD_REPLICA);
	const char *removed = options_text(options, OPTION_REMOVE_REPLICA);
	struct what_if_change change = {.registry = choose_registry(compilation)};
	int result;

	if (!change.registry)
		return -1;
	change.kind = added	? WHAT_IF_ADD_REPLICA
		      : removed ? WHAT_IF_REMOVE_REPLICA
				: WHAT_IF_DEDICATED_DATA;
	if (added)
		result = choose_added(compilation, added, &change);
	else if (removed)
		result = choose_removed(compilation, removed, &change);
	else
		result = choose_dedicated(compilation, &change);
	*ret_change = change;
	return result;
}
