/* certificate.h - certificate.smt2: an output's proof, for solvers that others wrote. */
#ifndef COMPILER_CERTIFICATE_H
#define COMPILER_CERTIFICATE_H

#include "compiler/compilation.h"

/* The file beside an output's artifacts */
#define CERTIFICATE_NAME "certificate.smt2"

/**
 * certificate_write() - Write what was proved of an output as claims in SMT-LIB 2
 * @rules:	the artifact, as it was read back
 *
 * What the text claims and what one has to believe is told in rules/smt.h and, for who
 * has nothing but the text, at its beginning.  A part of another text (a drop-in) is
 * claimed alone, not within the frame that it was proved in as well.
 *
 * Return: 0, or -1 with the reason in the compilation's diagnostics
 */
int certificate_write(const struct compilation *compilation, const struct result *result,
		      const struct ruleset *rules, struct strbuf *out);

#endif
