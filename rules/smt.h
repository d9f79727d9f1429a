/* smt.h - A proof's question as SMT-LIB 2, for solvers that others wrote. */
#ifndef RULES_SMT_H
#define RULES_SMT_H

#include "rules/base/diag.h"
#include "rules/proof.h"

/**
 * DOC: Certificates
 *
 * proof.h decides a question by decision diagrams.  Here the same question is written
 * down for an SMT solver: is there a packet that breaks one of the proof's claims?  They
 * all hold exactly when the answer is "unsat".  Nothing here sees a diagram: rules are
 * written in order as they were imported, flows as the intent has them, and what follows
 * from that is the solver's business.  So a fault of the diagrams shows.
 *
 * What a reader has to believe is kept small, and stands in the text:
 *
 *	packet		constants: a Boolean for the family, addresses of 32 and of 128
 *			bits (the family says which count), numbers as bit vectors
 *	words		(interfaces, methods, host names) a number each, in a table, and
 *			one more for every other word.  Which patterns ("*.x", "eth*")
 *			take a word of the table is spelled out.  Which take another word
 *			is a Boolean a pattern, and the asserted facts say only what holds
 *			for all words: below a.x is below x; nothing ends in x and in y.
 *			Without some fact a solver could answer "sat" too much, never
 *			"unsat".
 *	unknowns	what cannot be modelled is a Boolean constant: where it makes a
 *			difference a solver finds the value that does
 *	rules		"reached" when those before did not decide, "matches", and both
 *			together "decides"; a jump is written out where it stands
 *
 * Strings of the solver's own would need no table.  z3 4.8.12 then takes seven seconds
 * over a hundred names, or minutes where the answer is "sat"; over the table half a
 * second.  4000 addresses take it two seconds, 20 000 twenty.  All is of logic QF_BV.
 *
 * The claims are those of proof.h but one: that a rule carries each flow's id follows
 * from "each packet of a flow is decided by a rule with the flow's id", unless the base
 * covers all of the flow.
 */
struct strbuf;

/* Rules of a stage, where those of a chain count once for each jump that leads there: a
 * text of some hundred megabytes, which no solver reads.  A spec has 100 000 flows at
 * most. */
#define SMT_MAX_STEPS 1000000u

/**
 * smt_write() - Append the claims of a question
 * @diag:	knows the files that the spans of rules point into
 *
 * Every line is ASCII, and equal questions give equal bytes.
 *
 * Return: 0, or -1 with rules-too-complex in @diag (jumps in circles are without end)
 */
int smt_write(const struct proof_question *question, struct strbuf *out,
	      struct diag *diag) MUST_USE;

#endif
