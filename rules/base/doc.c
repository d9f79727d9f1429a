/* doc.c - A syntax-neutral tree: what YAML, JSON and XML become. */
#include "rules/base/doc.h"

#include <string.h>
#include <strings.h>

const char *doc_kind_name(const struct doc *doc)
{
	switch (doc->kind) {
	case DOC_NULL:
		return "nothing";
	case DOC_SCALAR:
		return "a single value";
	case DOC_LIST:
		return "a list";
	case DOC_MAP:
		return "a mapping";
	}
	BUG("document kind %d", (int)doc->kind);
}

static struct doc *find_key(const struct doc *map, const char *key,
			    int (*compare)(const char *, const char *))
{
	if (!map || map->kind != DOC_MAP)
		return NULL;
	for (size_t i = 0; i < map->count; i++)
		if (compare(map->entries[i].key, key) == 0)
			return map->entries[i].value;
	return NULL;
}

struct doc *doc_get(const struct doc *map, const char *key)
{
	return find_key(map, key, strcmp);
}

struct doc *doc_get_nocase(const struct doc *map, const char *key)
{
	return find_key(map, key, strcasecmp);
}

const char *doc_text(const struct doc *doc)
{
	return doc && doc->kind == DOC_SCALAR ? doc->text : NULL;
}
