/* certificate.c - certificate.smt2: an output's proof, for solvers that others wrote. */
#include "compiler/certificate.h"

#include "backends/obligation.h"
#include "compiler/hash.h"
#include "rules/smt.h"

/* What a reader who has only this file needs to know. */
static const char *const explanation[] = {
	"How to check it: z3 certificate.smt2",
	"The one question at the end is whether there is a packet that breaks a",
	"claim. \"unsat\" says that there is none. Where the answer is \"sat\", the",
	"packet, and what it breaks, can be had by writing behind it:",
	"(get-value (ipv6 to4 to6 from4 from6 protocol port state",
	"  |claim 1 is broken| |claim 2 is broken|))",
	"",
	"What to believe is that this file says what the two sides say. The",
	"rules are the artifact's, in their order, as an importer read them,",
	"each with its line. The flows are the spec's, with the addresses that",
	"they were bound to. The decision diagrams that the proof in proof.json",
	"was made by had no part in it: this is a second opinion.",
	"",
	"Addresses are bit vectors: to4 and from4 count where ipv6 is false,",
	"to6 and from6 where it is true. A word (an interface, a host name) is",
	"a number: 0 is none, each word that is tested has its own, and the",
	"last is for every other word. Whether a pattern takes such another",
	"word is a Boolean, and what is asserted of these holds for all words:",
	"what is below a.x is below x. Unknowns are Booleans too. A rule",
	"decides what reaches it and matches; a jump is written out where it",
	"stands.",
};

int certificate_write(const struct compilation *compilation, const struct result *result,
		      const struct ruleset *rules, struct strbuf *out)
{
	const struct backend_job *job = result->job;
	struct proof_question question;
	char hash[HASH_TEXT_SIZE];

	if (obligation_question(job, &result->scope, rules, NULL, compilation->arena,
				&question, compilation->diag) < 0)
		return -1;
	strbuf_printf(out,
		      "; Output '%s' (%s) admits what the spec asks for: claims for an "
		      "SMT "
		      "solver.\n; Made by postern %s. The artifact that it is about:\n",
		      job->name, job->backend->name, POSTERN_VERSION);
	for (size_t i = 0; i < result->artifacts.count; i++) {
		const struct artifact *artifact = result->artifacts.at[i];

		strbuf_printf(out, ";   %s, SHA-256 %s\n", artifact->name,
			      hash_text(strbuf_text(&artifact->body),
					artifact->body.length, hash));
	}
	strbuf_puts(out, ";\n");
	for (size_t i = 0; i < ARRAY_SIZE(explanation); i++)
		strbuf_printf(out, ";%s%s\n", *explanation[i] ? " " : "", explanation[i]);
	strbuf_putc(out, '\n');
	return smt_write(&question, out, compilation->diag);
}
