/* schema.c - The spec as a table. */
#include "compiler/schema.h"

#include <string.h>

#include "rules/base/attr.h"

static const struct schema_mapping_info mappings[] = {
#define SPEC_MAPPING(id, name, help) [SCHEMA_##id] = {name, help},
#include "compiler/schema.def"
};

static const struct schema_type_info types[] = {
#define SPEC_TYPE(id, shape, name) [SCHEMA_TYPE_##id] = {SCHEMA_SHAPE_##shape, name},
#include "compiler/schema.def"
};

#define REQUIRED    true
#define OPTIONAL    false
#define NO_VALUES   NULL
#define VALUES(...) ((const char *const[]){__VA_ARGS__, NULL})

static const struct schema_key_info keys[] = {
#define SPEC_KEY(mapping, id, key, type, required, fallback, values, help)            \
	[SCHEMA_##mapping##_##                                                        \
		id] = {SCHEMA_##mapping, key, SCHEMA_TYPE_##type, required, fallback, \
		       values,		 help},
#include "compiler/schema.def"
};

const struct schema_mapping_info *schema_mapping(enum schema_mapping mapping)
{
	if (mapping >= SCHEMA_MAPPING_COUNT)
		BUG("no mapping %d", (int)mapping);
	return &mappings[mapping];
}

const struct schema_type_info *schema_type(enum schema_type type)
{
	if (type >= SCHEMA_TYPE_COUNT)
		BUG("no type %d", (int)type);
	return &types[type];
}

const struct schema_key_info *schema_key(enum schema_key key)
{
	if (key >= SCHEMA_KEY_COUNT)
		BUG("no key %d", (int)key);
	return &keys[key];
}

enum schema_mapping schema_inner_mapping(enum schema_key key)
{
	const struct schema_key_info *info = schema_key(key);
	enum schema_shape shape = schema_type(info->type)->shape;
	size_t i;

	if (shape == SCHEMA_SHAPE_SCALAR || shape == SCHEMA_SHAPE_LIST)
		return SCHEMA_MAPPING_COUNT;
	for (i = 0; i < SCHEMA_MAPPING_COUNT; i++)
		if (strcmp(mappings[i].name, info->values[0]) == 0)
			return (enum schema_mapping)i;
	BUG("'%s' is of no mapping", info->key);
}

/* "registry_data_<region>" matches what begins like it and goes on with a region. */
static bool key_matches(const char *pattern, const char *key)
{
	const char *place = strchr(pattern, '<');

	if (!place)
		return strcmp(pattern, key) == 0;
	return strncmp(pattern, key, (size_t)(place - pattern)) == 0 &&
	       key[place - pattern];
}

enum schema_key schema_find(enum schema_mapping mapping, const char *key)
{
	size_t i;

	for (i = 0; i < SCHEMA_KEY_COUNT; i++)
		if (keys[i].mapping == mapping && key_matches(keys[i].key, key))
			break;
	return (enum schema_key)i;
}
