/* squid_domains.c - Lists of domains as squid keeps them. */
#include "backends/squid/squid_domains.h"

#include <stdbool.h>
#include <string.h>

#include "rules/base/arena.h"

/* A host name as a request may have it: labels of letters, digits, "-" and "_". */
static bool is_host(const char *text)
{
	size_t label = 0;

	for (; *text; text++) {
		bool fine = (*text >= 'a' && *text <= 'z') ||
			    (*text >= '0' && *text <= '9') || *text == '-' ||
			    *text == '_';

		if (!fine && (*text != '.' || !label))
			return false;
		label = fine ? label + 1 : 0;
	}
	return label > 0;
}

/* The domain around a name: behind its first dot; NULL when there is none. */
static const char *parent(const char *name)
{
	const char *dot = strchr(name, '.');

	return dot && dot[1] ? dot + 1 : NULL;
}

/* What already takes every name that @entry takes, or an exact "x" beside ".x". */
static enum squid_domain_added find_conflict(const struct squid_domains *domains,
					     const char *entry, const char **ret_other)
{
	bool wide = entry[0] == '.';
	const char *root = entry + wide;
	CLEANUP(arena_cleanup) struct arena *scratch = arena_new();

	if ((*ret_other = textmap_get(&domains->kept, entry)))
		return SQUID_DOMAIN_TWICE;
	*ret_other = textmap_get(&domains->kept,
				 wide ? root : arena_printf(scratch, ".%s", root));
	if (!*ret_other && wide)
		*ret_other = textmap_get(&domains->above, root);
	if (*ret_other)
		return SQUID_DOMAIN_FATAL;
	for (const char *domain = parent(root); domain; domain = parent(domain))
		if ((*ret_other = textmap_get(&domains->kept,
					      arena_printf(scratch, ".%s", domain))))
			return SQUID_DOMAIN_INSIDE;
	return SQUID_DOMAIN_ADDED;
}

enum squid_domain_added squid_domains_add(struct squid_domains *domains, const char *text,
					  bool merge, struct arena *arena,
					  const char **ret_other)
{
	bool wide = text[0] == '.';
	const char *root = text + wide;
	char *entry = arena_strndup(arena, text, strlen(text));

	if (!merge) {
		enum squid_domain_added conflict =
			find_conflict(domains, text, ret_other);

		if (conflict != SQUID_DOMAIN_ADDED)
			return conflict;
	}
	/* The things in the maps are the texts of entries, which nobody changes. */
	textmap_put(&domains->kept, entry, entry, arena);
	for (const char *domain = parent(entry + wide); domain; domain = parent(domain))
		if (!textmap_get(&domains->above, domain))
			textmap_put(&domains->above, domain, entry, arena);
	if (!is_host(root))
		return SQUID_DOMAIN_NEVER;
	*arena_push(arena, domains->names.at, domains->names.count,
		    domains->names.capacity) =
		(struct name_pattern){wide ? NAME_DOMAIN : NAME_EXACT, entry + wide};
	return SQUID_DOMAIN_ADDED;
}
