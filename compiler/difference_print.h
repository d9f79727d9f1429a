/* difference_print.h - A difference between rule sets, for people and programs. */
#ifndef COMPILER_DIFFERENCE_PRINT_H
#define COMPILER_DIFFERENCE_PRINT_H

#include "backends/backend.h"
#include "rules/difference.h"

struct arena;
struct json_writer;
struct strbuf;

/** struct difference_input - One of the two rule sets */
struct difference_input {
	const char *name; /* the file */
	const struct backend *backend;
	const struct ruleset *rules;
	const struct path *path;
};

/**
 * struct difference_report - What was asked and what was found
 * @pinned:	axes that are not told, see box_format()
 */
struct difference_report {
	struct difference_input sides[2];
	struct match within;
	struct difference_question question;
	struct difference difference;
	unsigned pinned;
	struct arena *arena;
	const struct diag *diag;
};

/**
 * difference_put_size() - "3 destination addresses, 1 of them surely"
 *
 * Where all of it is about single host names, these are counted as well.
 */
void difference_put_size(const struct difference_part *part, struct strbuf *out);

void difference_text(const struct difference_report *report, struct strbuf *out);

/**
 * difference_markdown() - A line that sums up and a table, for a comment on a change
 *
 * Texts from the rule sets stand in code spans, so that no name becomes markup.
 */
void difference_markdown(const struct difference_report *report, struct strbuf *out);

/** difference_json() - The same, with counts as texts: they may have 128 bits */
void difference_json(const struct difference_report *report, struct strbuf *out);

/** difference_put_json() - That as one value of a larger text */
void difference_put_json(struct json_writer *json,
			 const struct difference_report *report);

#endif
