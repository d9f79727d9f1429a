/* azure_dns_import_shell.h - The commands of a shell script. */
#ifndef BACKENDS_AZURE_PRIVATE_DNS_AZURE_DNS_IMPORT_SHELL_H
#define BACKENDS_AZURE_PRIVATE_DNS_AZURE_DNS_IMPORT_SHELL_H

#include "backends/azure_private_dns/azure_dns_importer.h"

/**
 * DOC: What is read of a script
 *
 * Words with their quotes, line continuations, comments, assignments and the variables
 * that they set; who comes behind "||", or is within a condition, a loop or a function,
 * is run perhaps.  All else that a shell can do (substitution of commands, arithmetic,
 * parameters of functions) is a text that is not known.  (POSIX.1-2017, Shell Command
 * Language, 2.2, 2.3, 2.6.2, 2.9, read 2026-11-27; "<<<" and "[[" as in bash.)
 */

/* Conditions, loops and functions within each other. */
#define SHELL_MAX_DEPTH 64u
/* Bytes of a word with its variables put in: what doubles is short to write. */
#define SHELL_MAX_WORD 4096u

/** struct shell_word - @text: its value, or what stands for it while it is not @known */
struct shell_word {
	const char *text;
	bool known;
	bool quoted;
	struct span at;
};

/**
 * struct shell_command - A simple command
 * @perhaps:	it is run or not
 * @comment:	behind its last word on that line, without "#"; or NULL
 */
struct shell_command {
	struct shell_word *words;
	size_t count, capacity;
	unsigned line;
	bool perhaps;
	const char *comment;
	struct span at;
};

enum shell_nest {
	SHELL_CONDITION, /* if, while, until, for, select */
	SHELL_CASE,
	SHELL_GROUP,	/* { … } */
	SHELL_SUBSHELL, /* ( … ) */
};

/**
 * struct shell - A script that is being read
 * @variables:	struct shell_word by name; of one that may be set, not known
 * @after_or:	"||" stands in front
 * @function:	"name()" stands in front of its body
 * @hidden:	the line of a command that changes zones within "$(…)", or 0
 */
struct shell {
	struct azdns_importer *importer;
	const char *at, *end;
	unsigned line;
	struct textmap
		variables; /* struct shell_word; of one that may be set, not known */
	struct {
		enum shell_nest kind;
		bool perhaps;
	} nest[SHELL_MAX_DEPTH];
	size_t depth;
	bool after_or;
	bool function;
	unsigned hidden;
	const char *heredocs[8];
	size_t heredoc_count;
};

void shell_begin(struct shell *shell, struct azdns_importer *importer);

/** shell_next() - The next command; 0 at the end, -1 with an error */
int shell_next(struct shell *shell, struct shell_command *ret_command);

/** shell_read_word() - (azure_dns_import_words.c) The word at @shell->at; 0 or -1 */
int shell_read_word(struct shell *shell, struct shell_word *ret_word);

/** shell_skip_bracket() - Behind the bracket that closes the one at @at; NULL: none does
 */
const char *shell_skip_bracket(const char *at, const char *end, char open, char close);

/** shell_error() - Report azure-dns-script; returns -1 */
int shell_error(struct shell *shell, const char *at, const char *what);

#endif
