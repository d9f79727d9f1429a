/* spec_fixture.c - A spec in a text, parsed. */
#include "tests/unit/compiler/spec_fixture.h"

#include <string.h>

#include "compiler/input.h"
#include "compiler/parse.h"

struct spec_fixture spec_fixture_parse(const char *text)
{
	struct spec_fixture fixture = {.arena = arena_new()};
	struct parse_options options = {0};
	struct doc *doc;
	uint32_t source;

	fixture.diag = diag_new(fixture.arena);
	options.files = input_new(fixture.arena, fixture.diag);
	source = diag_add_source(fixture.diag, "tests/reject/spec.yaml", text,
				 strlen(text));
	if (!yaml_read(text, strlen(text), source, fixture.arena, &doc, fixture.diag))
		(void)spec_parse(doc, &options, fixture.arena, &fixture.spec,
				 fixture.diag);
	return fixture;
}

void spec_fixture_release(struct spec_fixture *fixture)
{
	arena_free(fixture->arena);
}

const char *spec_fixture_slugs(const struct spec_fixture *fixture)
{
	const struct diag_message *message;
	const char *slugs = "";

	for (size_t i = 0; (message = diag_message(fixture->diag, i)); i++)
		slugs = arena_printf(fixture->arena, "%s%s%s", slugs, i ? " " : "",
				     diag_info(message->code)->slug);
	return slugs;
}
