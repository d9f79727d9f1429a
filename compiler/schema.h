/* schema.h - The spec as a table. */
#ifndef COMPILER_SCHEMA_H
#define COMPILER_SCHEMA_H

#include <stdbool.h>
#include <stddef.h>

enum schema_mapping {
#define SPEC_MAPPING(id, name, help) SCHEMA_##id,
#include "compiler/schema.def"
	SCHEMA_MAPPING_COUNT,
};

/** enum schema_shape - What of a document a type is written as */
enum schema_shape {
	SCHEMA_SHAPE_SCALAR,
	SCHEMA_SHAPE_LIST, /* of scalars; one alone may stand without brackets */
	SCHEMA_SHAPE_MAP,
	SCHEMA_SHAPE_MAPS,  /* a list of mappings */
	SCHEMA_SHAPE_MIXED, /* a list of scalars and mappings */
};

enum schema_type {
#define SPEC_TYPE(id, shape, name) SCHEMA_TYPE_##id,
#include "compiler/schema.def"
	SCHEMA_TYPE_COUNT,
};

enum schema_key {
#define SPEC_KEY(mapping, id, key, type, required, fallback, values, help) \
	SCHEMA_##mapping##_##id,
#include "compiler/schema.def"
	SCHEMA_KEY_COUNT,
};

struct schema_mapping_info {
	const char *name;
	const char *help;
};

struct schema_type_info {
	enum schema_shape shape;
	const char *name;
};

/**
 * struct schema_key_info - One row of schema.def
 * @fallback:	what holds when it is not written, as it would be written; or NULL
 * @values:	words, or the mapping's name; NULL-terminated, or NULL
 */
struct schema_key_info {
	enum schema_mapping mapping;
	const char *key;
	enum schema_type type;
	bool required;
	const char *fallback;
	const char *const *values;
	const char *help;
};

const struct schema_mapping_info *schema_mapping(enum schema_mapping mapping);
const struct schema_type_info *schema_type(enum schema_type type);
const struct schema_key_info *schema_key(enum schema_key key);

/**
 * schema_inner_mapping() - The mapping that a key's value, or its elements, are
 *
 * Return: SCHEMA_MAPPING_COUNT where they are scalars
 */
enum schema_mapping schema_inner_mapping(enum schema_key key);

/** schema_find() - The key of a mapping by name; SCHEMA_KEY_COUNT when there is none */
enum schema_key schema_find(enum schema_mapping mapping, const char *key);

#endif
