/* names.h - Names and what they stand for, found without searching. */
#ifndef COMPILER_NAMES_H
#define COMPILER_NAMES_H

#include <stddef.h>

#include "rules/base/diag.h"

struct arena;

/** struct named - One name; @thing is the caller's */
struct named {
	const char *name;
	struct span at;
	void *thing;
};

/** struct names - A hash table that keeps the order of insertion; all zero is empty */
struct names {
	struct named *at;
	size_t count, capacity;
	size_t *slots; /* index + 1 in @at; 0 is free */
	size_t slot_count;
};

/**
 * names_add() - Add a name that is not there yet
 *
 * Return: NULL, or the entry that has this name already; then nothing is added
 */
const struct named *names_add(struct names *names, const char *name, struct span at,
			      void *thing, struct arena *arena);

/** names_find() - The entry of that name, or NULL */
const struct named *names_find(const struct names *names, const char *name);

/** names_nearest() - The name that a misspelt word most likely meant, or NULL */
const char *names_nearest(const struct names *names, const char *word);

#endif
