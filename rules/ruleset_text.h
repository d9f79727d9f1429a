/* ruleset_text.h - The canonical text of a rule set, printed and read. */
#ifndef RULES_RULESET_TEXT_H
#define RULES_RULESET_TEXT_H

#include <stddef.h>
#include <stdint.h>

#include "rules/base/diag.h"

/**
 * DOC: The canonical text
 *
 * One line a thing, made for golden tests, fuzzers and people who debug an importer.
 * print(read(t)) = t for every text that was printed.
 *
 *	rules 1
 *	assume "destination NAT runs before these rules"
 *	path "forward" all
 *	  when not in "" and not out ""
 *	  stage "inet postern forward" priority 0 chain "forward" end undecided when ...
 *	chain "forward"
 *	  rule "aks-nodes/contoso": to {10.1.2.4, 10.1.2.5-10.1.2.7} as "e_contoso" and
 *	    from {10.240.0.0/16} and protocol {tcp} and port {443} and state {new} -> admit
 *	  rule: unknown "limit rate 10/second" -> mark 0x1 admit log
 *	  rule: one of (to {10.0.0.1} and port {53} | to {10.0.0.2}) -> jump "other"
 *
 * (each rule on one line; the break above is for this page).
 */
struct arena;
struct ruleset;
struct strbuf;

void ruleset_print(const struct ruleset *rules, struct strbuf *out);

/** ruleset_read() - Read that text; 0, or -1 with an error in @diag (rules-syntax) */
int ruleset_read(const char *text, size_t length, uint32_t source, struct arena *arena,
		 struct ruleset **ret_rules, struct diag *diag);

#endif
