/* markdown.h - Texts in Markdown that stay texts. */
#ifndef COMPILER_MARKDOWN_H
#define COMPILER_MARKDOWN_H

struct strbuf;

/**
 * markdown_code() - A text as a code span that may stand in a cell of a table
 *
 * Backquotes become apostrophes, control characters "?", and "|" is escaped as GitHub's
 * tables want it (GitHub Flavored Markdown 0.29, section 4.10).
 */
void markdown_code(struct strbuf *out, const char *text);

#endif
