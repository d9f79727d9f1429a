/* spec_fixture.h - A spec in a text, parsed. */
#ifndef TESTS_UNIT_COMPILER_SPEC_FIXTURE_H
#define TESTS_UNIT_COMPILER_SPEC_FIXTURE_H

#include "compiler/spec.h"
#include "rules/base/arena.h"

struct spec_fixture {
	struct arena *arena;
	struct diag *diag;
	struct spec *spec; /* NULL when it was refused */
};

/** spec_fixture_parse() - Parse a YAML text; files it names are relative to tests/reject
 */
struct spec_fixture spec_fixture_parse(const char *text);
void spec_fixture_release(struct spec_fixture *fixture);

/** spec_fixture_slugs() - The slugs of all messages, in order, separated by blanks */
const char *spec_fixture_slugs(const struct spec_fixture *fixture);

#endif
