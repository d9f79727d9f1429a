/* smt_writer.h - Inside of smt_write(): what its files share.  Only smt*.c include it. */
#ifndef RULES_SMT_WRITER_H
#define RULES_SMT_WRITER_H

#include <stdbool.h>
#include <stddef.h>

#include "rules/base/arena.h"
#include "rules/base/strbuf.h"
#include "rules/base/textmap.h"
#include "rules/proof.h"

/** struct smt_texts - Terms, or parts of one */
struct smt_texts {
	const char **at;
	size_t count, capacity;
};

/**
 * struct smt_pattern - Words that a test takes
 * @prefix:	of a SYMBOLS axis: words that begin with @name.text; else @name says it
 * @symbol:	the Boolean that says it of the packet's word
 * @other:	the Boolean that says it of a word that is in no table
 */
struct smt_pattern {
	bool prefix;
	struct name_pattern name;
	const char *symbol;
	const char *other;
};

/**
 * struct smt_axis - A word axis
 * @tested:	something tests it at all
 * @words:	those that are tested as a whole, in the order met
 * @by_text:	struct smt_pattern by what kind and text it has
 */
struct smt_axis {
	bool tested;
	struct smt_texts words;
	struct textmap symbols; /* the Boolean of a word */
	struct smt_pattern **patterns;
	size_t pattern_count, pattern_capacity;
	struct textmap by_text;
};

/**
 * struct smt_writer - One text while it is written
 * @mark:	the term for the packet's mark where we are
 * @marked:	the term for "a rule has set a mark" where we are
 * @broken:	the symbols of the claims, each "is broken"
 * @steps:	rules written so far, which also numbers them
 * @line:	the last place whose line was looked for, so that the next is near
 */
struct smt_writer {
	const struct proof_question *question;
	struct arena *arena;
	struct strbuf *out;
	struct diag *diag;
	struct smt_axis axes[FIELD_COUNT];
	struct textmap unknowns; /* the Boolean of an unknown */
	size_t unknown_count;
	struct textmap sets; /* the Boolean of an address set */
	size_t set_count;
	const char *mark;
	const char *marked;
	struct smt_texts broken;
	size_t steps;
	size_t odd_symbols;
	unsigned depth;
	struct {
		uint32_t source, offset;
		size_t line;
	} line;
};

/* -- smt_text.c: spelling ------------------------------------------------------------ */

/** smt_symbol() - "|text|" of printable ASCII; a text with bytes that cannot stand in
 * there gets a number behind it, so that no other has the same symbol */
char *smt_symbol(struct smt_writer *writer, const char *fmt, ...) PRINTF_LIKE(2, 3);

/** smt_comment() - One line "; ..." of printable ASCII, cut where it gets long */
void smt_comment(struct smt_writer *writer, const char *fmt, ...) PRINTF_LIKE(2, 3);

/** smt_define() - (define-fun symbol () Bool (or part...)), or with another @joint */
void smt_define(struct smt_writer *writer, const char *symbol, const char *joint,
		const struct smt_texts *parts);

/** smt_join() - The term (or part...) alone; the one part; @empty for none */
const char *smt_join(struct smt_writer *writer, const char *joint, const char *empty,
		     const struct smt_texts *parts);

void smt_push(struct smt_writer *writer, struct smt_texts *texts, const char *text);

/** smt_title() - A blank line and "; -- title --" */
void smt_title(struct smt_writer *writer, const char *title);

/** smt_number() - A bit vector of so many bits: "#x0a0102ff", "#b011" */
void smt_number(struct strbuf *out, u128 number, unsigned bits);

/** smt_where() - "ruleset.nft:58", or "" for nowhere */
const char *smt_where(struct smt_writer *writer, struct span at);

/* -- smt_match.c: from matches to terms ---------------------------------------------- */

/** smt_declare() - Everything that the matches of the question test */
void smt_declare(struct smt_writer *writer);

/** smt_match() - A match as a term of kind Bool */
void smt_match(struct smt_writer *writer, const struct match *match, struct strbuf *out);

/** smt_define_match() - (define-fun symbol () Bool match) */
void smt_define_match(struct smt_writer *writer, const char *symbol,
		      const struct match *match);

/* -- smt_words.c: word axes ---------------------------------------------------------- */

void smt_words_add(struct smt_writer *writer, const struct term *term);
void smt_words_declare(struct smt_writer *writer);

/** smt_words_term() - A term of kind SYMBOLS or NAMES, its negation aside */
void smt_words_term(struct smt_writer *writer, const struct term *term,
		    struct strbuf *out);

/* -- smt_rules.c: what a path does --------------------------------------------------- */

/**
 * struct smt_fate - The symbols that say what became of a packet on a path
 * @left:	left undecided
 * @marked:	it carries the question's mark and was not refused
 * @deciders:	by id: struct smt_texts of the terms "a rule with that id admits it, and
 *no rule with another id before"
 */
struct smt_fate {
	const char *admitted;
	const char *refused;
	const char *left;
	const char *marked;
	struct textmap deciders;
};

/** smt_path() - Write a path; @suffix tells its symbols from those of other paths */
int smt_path(struct smt_writer *writer, const struct path *path, const char *suffix,
	     struct smt_fate *ret_fate);

#endif
