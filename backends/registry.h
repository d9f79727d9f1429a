/* registry.h - Find, list and guess back ends. */
#ifndef BACKENDS_REGISTRY_H
#define BACKENDS_REGISTRY_H

#include <stddef.h>

#include "backends/backend.h"

/* Every back end's constant */
#define BACKEND(id, name) extern const struct backend backend_##id;
#include "backends/backends.def"
#undef BACKEND

/** backends_at() - The @index-th back end in the order of backends.def; NULL past the end
 */
const struct backend *backends_at(size_t index);

/** backends_find() - By name; NULL when there is none */
const struct backend *backends_find(const char *name);

/**
 * backends_guess() - The back end that is surest that a text is in its format
 *
 * Return: NULL when none is more than half sure, or when two are equally sure
 */
const struct backend *backends_guess(const char *text, size_t length);

const struct backend_cap_info *backend_cap_info(enum backend_cap_bit bit);

/** backends_names() - All names, NULL-terminated: for suggestions */
const char *const *backends_names(void);

#endif
