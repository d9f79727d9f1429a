/* ruleset_text.h - The canonical text of a rule set, printed and read. */
#ifndef RULES_RULESET_TEXT_H
#define RULES_RULESET_TEXT_H

#include <stddef.h>
#include <stdint.h>

#include "rules/base/diag.h"
#include "rules/ruleset.h"

/**
 * DOC: The canonical text
 *
 * One line a thing, made for golden tests, fuzzers and people who debug an importer.
 * print(read(t)) = t for every text that was printed.
 *
 *	rules 1
 *	assume "destination NAT runs before these rules"
 *	path "forward" all when not in {""} and not out {""}
 *	  stage "inet postern forward" chain 0 "forward" priority 0 end undecided when ...
 *	chain 0 "forward"
 *	  rule "aks-nodes/contoso": to {10.1.2.4, 10.1.2.5-10.1.2.7} as "e_contoso" and
 *	    from {10.240.0.0/16} and protocol {tcp} and port {443} and state {new} ->
 *admit rule: unknown "limit rate 10/second" -> mark 0x1 log admit rule named "dns" handle
 *7: one of (to {10.0.0.1} and port {53} | to {10.0.0.2})
 *	    -> jump chain 1 "other"
 *	chain 1 "other"
 *	  rule: any -> return
 *
 * (each rule on one line; the breaks above are for this page).  The grammar, where
 * [x] is x or nothing, {x} any number of x, and quoted words stand as they are:
 *
 *	text	 "rules" "1" {"assume" STRING} {path} {chain}
 *	path	 "path" STRING ("all" | "first") ["when" match] {stage}
 *	stage	 "stage" [STRING] chain-ref "priority" INTEGER
 *		 "end" ("admit" | "refuse" | "undecided") ["when" match]
 *	chain	 chain-ref {rule}		numbered 0, 1, 2 ... in this order
 *	rule	 "rule" [STRING] ["named" STRING] ["handle" NUMBER] ":" match "->"
 *		 ["mark" NUMBER] ["log"] action
 *	action	 "continue" | "admit" | "refuse" | "undecided" | "return" |
 *		 ("jump" | "goto") chain-ref
 *	chain-ref "chain" NUMBER [STRING]	the name is the one that chain has
 *	match	 "any" | term {"and" term}
 *	term	 ["not"] test ["as" STRING]
 *	test	 FIELD "{" [value {"," value}] "}" | "unknown" STRING |
 *		 "one" "of" "(" [match {"|" match}] ")"
 *	value	 by the kind of the field (fields.def): an address, prefix or
 *		 address-address; NUMBER, NUMBER-NUMBER or the name of a protocol, a state
 *		 or a family; STRING, on the name axis a pattern (name.h)
 *
 * A NUMBER is decimal or 0x and hexadecimal, an INTEGER one with or without "-".  A
 * STRING is in double quotes; \" \\ \n \t and \xHH stand for bytes, and the printer
 * writes every byte outside printable ASCII so.  Blanks and line ends only separate;
 * "#" begins a comment that goes to the end of the line.
 *
 * The printer writes sets normal (interval.h), tcp-flags, icmp and mark in hexadecimal,
 * one protocol and all states and families by name.
 */
struct arena;
struct strbuf;

/* As other inputs; a text of this size has some million rules. */
#define RULESET_TEXT_MAX_BYTES (64u * 1024 * 1024)
/* Importers make two levels; the bound keeps recursion small. */
#define RULESET_TEXT_MAX_DEPTH 32u
/* Rules, terms, alternatives and elements together.  The largest policy measured has
 * 236 000 rules of some eight; an item costs at most 1 KiB of memory. */
#define RULESET_TEXT_MAX_ITEMS 2000000u
/* A kernel has 5 hooks in each of 3 families; names are looked for one by one. */
#define RULESET_TEXT_MAX_PATHS 256u

void ruleset_print(const struct ruleset *rules, struct strbuf *out);

/** match_print() - One match alone, as it stands in that text */
void match_print(const struct match *match, struct strbuf *out);

/** action_name() - "admit" */
const char *action_name(enum action action);

/**
 * ruleset_read() - Read that text
 *
 * Chains, stages and rules get the span of their line.
 *
 * Return: 0, or -1 with an error in @diag (rules-syntax)
 */
int ruleset_read(const char *text, size_t length, uint32_t source, struct arena *arena,
		 struct ruleset **ret_rules, struct diag *diag) MUST_USE;

#endif
