/* tag_table.h - Filling a table of service tags; only its readers include it. */
#ifndef COMPILER_TAG_TABLE_H
#define COMPILER_TAG_TABLE_H

#include "compiler/service_tags.h"

/* Some ten times what the largest file has (3 041 tags in November 2025). */
#define MAX_TAGS 30000u

/**
 * struct tag_table - A table that grows
 * @code:	what mistakes of the file are reported as
 * @ranges:	of the tag that is being read
 */
struct tag_table {
	struct service_tags *tags;
	enum diag_code code;
	struct ranges ranges[FAMILY_COUNT];
	struct arena *arena;
	struct diag *diag;
};

/** tag_table_begin() - The next tag; -1 when its name is none */
int tag_table_begin(struct tag_table *table, const char *name, struct span at);

/** tag_table_add() - A prefix of that tag */
int tag_table_add(struct tag_table *table, const char *text, struct span at);

/** tag_table_end() - The tag is complete */
void tag_table_end(struct tag_table *table);

/** tag_table_sort() - All tags are there; -1 when a name stands twice */
int tag_table_sort(struct tag_table *table);

/** public_ips_read() - The XML that was published until 2020, into the table */
int public_ips_read(const struct input_file *file, struct tag_table *table);

#endif
