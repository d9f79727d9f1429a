/* squid_words.h - Lines of a squid.conf, and the words on them. */
#ifndef BACKENDS_SQUID_SQUID_WORDS_H
#define BACKENDS_SQUID_SQUID_WORDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "rules/base/diag.h"

/**
 * DOC: Words and items
 *
 * A *word* ends at a blank; a word that begins with "#" ends the line, a "#" inside does
 * not.  Values of ACLs are *items*: words, up to the first that begins with a quote,
 * which names a file with an item on each line.  Behind such a file squid reads no
 * further, neither words nor a second file (ConfigParser.cc of 5.7, strtokFile()).
 */
struct arena;
struct import_file;
struct import_input;

/* CONFIG_LINE_LIMIT of squid 5.7 (ConfigParser.h): a longer line of a list is two. */
#define SQUID_MAX_ITEM 2047u

/**
 * struct squid_piece - Where a part of a logical line comes from
 * @from:	its first byte in the line
 * @at:		that byte in the source
 * @fixed:	all its bytes stand for one place: the value of a macro
 */
struct squid_piece {
	size_t from;
	uint32_t at;
	bool fixed;
};

/**
 * struct squid_line - A logical line: continuations joined, macros replaced
 * @text:	good until the line is done
 * @pieces:	in order, at least one
 */
struct squid_line {
	const char *text;
	size_t length;
	const struct squid_piece *pieces;
	size_t piece_count;
	const struct import_file *file;
};

/** struct squid_word - A word or an item; @text ends with NUL */
struct squid_word {
	const char *text;
	struct span at;
};

/**
 * struct squid_words - What of a line is still to be read
 * @escapes:	a backslash takes the next byte into the word (regular expressions)
 * @list:	the file that items come from, or NULL
 * @missing:	the name of a list that is not among the files, or NULL
 * @dropped:	words behind a list, which squid does not read
 * @bad_escape:	a backslash at the end: squid dies of it
 */
struct squid_words {
	const struct squid_line *line;
	const struct import_input *input;
	struct arena *arena;
	size_t next;
	bool escapes;
	const struct import_file *list;
	size_t list_next;
	bool ended;
	const char *missing;
	struct squid_word dropped;
	bool bad_escape;
};

/** squid_words_begin() - The words of a line */
struct squid_words squid_words_begin(const struct squid_line *line,
				     const struct import_input *input,
				     struct arena *arena);

/** squid_next_word() - The next word; false at the end of the line */
bool squid_next_word(struct squid_words *words, struct squid_word *ret_word);

/** squid_next_item() - The next item; false when there are no more, see @missing */
bool squid_next_item(struct squid_words *words, struct squid_word *ret_item);

/** squid_line_span() - The whole line */
struct span squid_line_span(const struct squid_line *line);

/**
 * squid_find_files() - The files that a path or pattern of a configuration names
 *
 * Those whose name the pattern takes; when there is none, those whose last components
 * it takes as far as the shorter of both goes: "conf.d/a.conf" for
 * "/etc/squid/conf.d/a.conf", and for any pattern in that folder.
 *
 * Return: how many, into @ret_files, which has room for all files; in the order of names
 */
size_t squid_find_files(const struct import_input *input, const char *pattern,
			const struct import_file **ret_files);

#endif
